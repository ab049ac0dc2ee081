/*-------------------------------------------------------------------------
 *
 * grant.c
 *	  migrate_grant and migrate_revoke: who may look, write and run.
 *
 * These are GRANTs and REVOKEs of EXECUTE on the functions of a group, run
 * with the rights of the caller: who may grant is up to the server.  The
 * groups are here and nowhere else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_grant);
PG_FUNCTION_INFO_V1(pgm_sql_revoke);

typedef struct PrivilegeGroup
{
	const char *privilege;
	const char *functions;		/* as an array literal of names */
	bool		tables;			/* with SELECT on the tables */
} PrivilegeGroup;

static const PrivilegeGroup groups[] = {
	{"look", "{migrate_current,migrate_heads,migrate_branches,migrate_history,"
		"migrate_show,migrate_plan,migrate_check,migrate_graph,migrate_sql,"
	"migrate_export,migrate_export_all}", true},
	{"write", "{migrate_revision,migrate_merge,migrate_edit,migrate_delete,migrate_set_model,migrate_diff,migrate_schema_sql,migrate_verify,"
	"migrate_load,migrate_load_directory,migrate_rebase,migrate_squash}", false},
	{"run", "{migrate_upgrade,migrate_downgrade,migrate_upgrade_online,"
	"migrate_downgrade_online,migrate_stamp,migrate_approve,migrate_require_current,"
	"migrate_adopt,migrate_baseline}", false},
};

/* what those who may look can also read directly */
static const char *const relations[] = {
	"migrate_script", "migrate_version", "migrate_log", "migrate_approval",
	"migrate_journal", "migrate_model", "migrate_progress"
};

/* every form of the functions that belong to the extension */
static PgmStatement functions_statement = {
	.sql = "SELECT p.oid::pg_catalog.regprocedure::pg_catalog.text FROM pg_catalog.pg_proc p"
	" WHERE p.pronamespace OPERATOR(pg_catalog.=) $1"
	" AND p.proname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])"
	" AND EXISTS (SELECT FROM pg_catalog.pg_depend d"
	"  WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
	"  AND d.objid OPERATOR(pg_catalog.=) p.oid"
	"  AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
	"  AND d.refobjid OPERATOR(pg_catalog.=) $3"
	"  AND d.deptype OPERATOR(pg_catalog.=) 'e')"
	" ORDER BY 1",
	.nargs = 3,
	.argtypes = {OIDOID, TEXTOID, OIDOID}
};

static const PrivilegeGroup *
find_group(const char *privilege)
{
	for (int i = 0; i < (int) lengthof(groups); i++)
	{
		if (strcmp(groups[i].privilege, privilege) == 0)
			return &groups[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized privilege: \"%s\"", privilege),
			 errhint("The privileges are look, write and run.")));
}

/*
 * Runs a GRANT or REVOKE as the caller.
 */
static void
run_as_caller(const char *sql)
{
	int			rc = SPI_execute(sql, false, 0);

	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
}

/*
 * The functions of a group as a comma-separated list of signatures.
 */
static char *
group_functions(const PrivilegeGroup *group)
{
	StringInfoData buf;
	Datum		values[3];
	uint64		n;

	values[0] = ObjectIdGetDatum(pgm_schema_oid());
	values[1] = CStringGetTextDatum(group->functions);
	values[2] = ObjectIdGetDatum(pgm_extension_oid());
	initStringInfo(&buf);
	n = pgm_execute(&functions_statement, values, NULL, false);
	for (uint64 i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	return buf.data;
}

/*
 * Grants or revokes.  The signatures are printed, and read back, under a
 * search_path without the extension's schema, so they are qualified.
 */
static Datum
change_privilege(FunctionCallInfo fcinfo, const char *function, bool grant)
{
	const PrivilegeGroup *group = find_group(pgm_arg_text(fcinfo, 0, "privilege"));
	char	   *role = NameStr(*PG_GETARG_NAME(1));
	const char *verb = grant ? "GRANT" : "REVOKE";
	const char *word = grant ? "TO" : "FROM";
	int			nestlevel;

	pgm_require_writable(function);
	role = strcmp(role, "public") == 0 ? "PUBLIC" :
		pstrdup(quote_identifier(GetUserNameFromId(get_role_oid(role, false), false)));

	pgm_connect(fcinfo);
	nestlevel = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (grant)
		run_as_caller(psprintf("GRANT USAGE ON SCHEMA %s TO %s", pgm_schema(), role));
	run_as_caller(psprintf("%s EXECUTE ON ROUTINE %s %s %s", verb,
						   group_functions(group), word, role));
	if (group->tables)
	{
		for (int i = 0; i < (int) lengthof(relations); i++)
			run_as_caller(psprintf("%s SELECT ON TABLE %s.%s %s %s", verb,
								   pgm_schema(), relations[i], word, role));
	}
	AtEOXact_GUC(false, nestlevel);
	pgm_finish();
	PG_RETURN_VOID();
}

/*
 * migrate_grant(privilege text, role name)
 */
Datum
pgm_sql_grant(PG_FUNCTION_ARGS)
{
	return change_privilege(fcinfo, "migrate_grant()", true);
}

/*
 * migrate_revoke(privilege text, role name)
 */
Datum
pgm_sql_revoke(PG_FUNCTION_ARGS)
{
	return change_privilege(fcinfo, "migrate_revoke()", false);
}
