/*-------------------------------------------------------------------------
 *
 * spi.c
 *	  Reading and writing pgmigrate's own tables.
 *
 * All access to migrate_script, migrate_version, migrate_log and
 * migrate_approval goes through here.  Each statement runs with the rights of
 * the tables' owner, and only for its own duration: what a caller may do is
 * decided by EXECUTE on the SQL functions.  Scripts of revisions never run
 * through here.
 *
 * The plans of the statements are kept for the session.  Their texts qualify
 * everything, so that they mean the same under any search_path.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "common/spi.h"

/*
 * The extension's schema, as the function being called found it.  A database
 * has one pgmigrate, so calls inside of calls find the same.
 */
static Oid	schema_oid = InvalidOid;
static char schema_name[2 * NAMEDATALEN + 3];

/*
 * Finds the schema of the extension from the function being called, and
 * connects to SPI: afterwards the current memory context is the one of the
 * SPI level, and goes away with pgm_finish().
 */
void
pgm_connect(FunctionCallInfo fcinfo)
{
	char	   *name;

	schema_oid = get_func_namespace(fcinfo->flinfo->fn_oid);
	name = get_namespace_name(schema_oid);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("the schema of extension \"%s\" does not exist",
						"pgmigrate")));
	strlcpy(schema_name, quote_identifier(name), sizeof(schema_name));
	SPI_connect();
}

/*
 * Ends what pgm_connect began.
 */
void
pgm_finish(void)
{
	SPI_finish();
}

/*
 * The name of the extension's schema, quoted where needed.
 */
const char *
pgm_schema(void)
{
	return schema_name;
}

Oid
pgm_schema_oid(void)
{
	return schema_oid;
}

/*
 * The OID of one of the extension's tables.
 */
static Oid
table_oid(const char *relname)
{
	Oid			relid = get_relname_relid(relname, schema_oid);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table %s.%s does not exist",
						schema_name, quote_identifier(relname)),
				 errhint("It belongs to extension \"%s\"; drop and create the extension again, or restore it from a backup.",
						 "pgmigrate")));
	return relid;
}

/*
 * The OID of the extension itself.
 */
Oid
pgm_extension_oid(void)
{
	return get_extension_oid("pgmigrate", false);
}

/*
 * The owner of the tables.
 */
static Oid
table_owner(void)
{
	HeapTuple	tuple;
	Oid			owner;

	tuple = SearchSysCache1(RELOID,
							ObjectIdGetDatum(table_oid("migrate_script")));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table %s.%s was dropped", schema_name, "migrate_script")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * The text of a statement with the schema filled in, palloc'd.
 */
static char *
statement_text(const char *sql)
{
	StringInfoData buf;
	const char *p = sql;
	const char *mark;

	initStringInfo(&buf);
	while ((mark = strstr(p, "%s")) != NULL)
	{
		appendBinaryStringInfo(&buf, p, mark - p);
		appendStringInfoString(&buf, schema_name);
		p = mark + 2;
	}
	appendStringInfoString(&buf, p);
	return buf.data;
}

/*
 * Makes the plan of a statement, unless there is one for the schema in force.
 */
static void
statement_prepare(PgmStatement *stmt)
{
	SPIPlanPtr	plan;

	if (stmt->plan != NULL && strcmp(stmt->schema, schema_name) == 0)
		return;

	if (stmt->plan != NULL)
	{
		SPI_freeplan(stmt->plan);
		stmt->plan = NULL;
		pfree(stmt->schema);
		stmt->schema = NULL;
	}

	plan = SPI_prepare(statement_text(stmt->sql), stmt->nargs, stmt->argtypes);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	stmt->schema = MemoryContextStrdup(TopMemoryContext, schema_name);
	SPI_keepplan(plan);
	stmt->plan = plan;
}

/*
 * From here to owner_leave we act as the owner of the tables.  An error in
 * between needs no care: the end of the (sub)transaction restores the user.
 */
static void
owner_enter(Oid *userid, int *sec_context)
{
	GetUserIdAndSecContext(userid, sec_context);
	SetUserIdAndSecContext(table_owner(),
						   *sec_context | SECURITY_LOCAL_USERID_CHANGE);
}

static void
owner_leave(Oid userid, int sec_context)
{
	SetUserIdAndSecContext(userid, sec_context);
}

/*
 * Runs a statement and returns the number of rows; they are in SPI_tuptable.
 * SPI leaves its own memory context behind; here the caller's stays current.
 * nulls is as for SPI_execute_plan.  With read_only the statement sees the
 * caller's snapshot; without, all that was done so far in this transaction
 * and, in READ COMMITTED, all that others have committed.
 */
uint64
pgm_execute(PgmStatement *stmt, Datum *values, const char *nulls, bool read_only)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			userid;
	int			sec_context;
	int			rc;

	owner_enter(&userid, &sec_context);
	statement_prepare(stmt);
	rc = SPI_execute_plan(stmt->plan, values, nulls, read_only, 0);
	owner_leave(userid, sec_context);
	MemoryContextSwitchTo(caller);
	if (rc < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(rc));
	return SPI_processed;
}

/*
 * Whether the caller may read a view of the server.
 */
static bool
may_read_view(const char *name)
{
	return pg_class_aclcheck(get_relname_relid(name, PG_CATALOG_NAMESPACE), GetUserId(),
							 ACL_SELECT) == ACLCHECK_OK;
}

/*
 * Runs a query over pg_locks and pg_stat_activity with the rights of the
 * caller, who then sees what he may see; no rows if he may read neither.
 */
uint64
pgm_execute_as_caller(PgmStatement *stmt, Datum *values)
{
	MemoryContext caller = CurrentMemoryContext;
	int			rc;

	if (!may_read_view("pg_locks") || !may_read_view("pg_stat_activity"))
		return 0;
	statement_prepare(stmt);
	rc = SPI_execute_plan(stmt->plan, values, NULL, false, 0);
	MemoryContextSwitchTo(caller);
	if (rc < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(rc));
	return SPI_processed;
}

/*
 * Runs a query without parameters under the given snapshot, also where the
 * transaction has a fixed one.
 */
uint64
pgm_execute_snapshot(PgmStatement *stmt, Snapshot snapshot)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			userid;
	int			sec_context;
	int			rc;

	owner_enter(&userid, &sec_context);
	statement_prepare(stmt);
	PushActiveSnapshot(snapshot);
	rc = SPI_execute_plan(stmt->plan, NULL, NULL, true, 0);
	PopActiveSnapshot();
	owner_leave(userid, sec_context);
	MemoryContextSwitchTo(caller);
	if (rc < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(rc));
	return SPI_processed;
}

/*
 * Runs a query without parameters and hands each row to dest as it comes, for
 * results that should not be held in memory.
 */
void
pgm_execute_dest(PgmStatement *stmt, bool read_only, DestReceiver *dest)
{
	SPIExecuteOptions options;
	MemoryContext caller = CurrentMemoryContext;
	Oid			userid;
	int			sec_context;
	int			rc;

	memset(&options, 0, sizeof(options));
	options.read_only = read_only;
	options.dest = dest;

	owner_enter(&userid, &sec_context);
	statement_prepare(stmt);
	rc = SPI_execute_plan_extended(stmt->plan, &options);
	owner_leave(userid, sec_context);
	MemoryContextSwitchTo(caller);
	if (rc < 0)
		elog(ERROR, "SPI_execute_plan_extended failed: %s",
			 SPI_result_code_string(rc));
}

/*
 * A field of the last result; attno counts from 1.
 */
Datum
pgm_field(uint64 row, int attno, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 attno, isnull);
}

/*
 * A text field of the last result as a C string, or NULL.
 */
char *
pgm_field_text(uint64 row, int attno)
{
	bool		isnull;
	Datum		value = pgm_field(row, attno, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * A text[] field of the last result as a List of C strings; NULL is empty.
 */
List *
pgm_field_text_list(uint64 row, int attno)
{
	bool		isnull;
	Datum		value = pgm_field(row, attno, &isnull);

	if (isnull)
		return NIL;
	return pgm_array_to_list(DatumGetArrayTypeP(value), "value");
}

/*
 * The elements of a one-dimensional text[] as a List of C strings.  argname
 * is the argument that errors name.
 */
List *
pgm_array_to_list(ArrayType *array, const char *argname)
{
	Datum	   *elems;
	bool	   *nulls;
	int			n;
	List	   *result = NIL;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" must be a one-dimensional array",
						argname)));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT,
					  &elems, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not contain null values",
							argname)));
		result = lappend(result, TextDatumGetCString(elems[i]));
	}
	pfree(elems);
	pfree(nulls);
	return result;
}

/*
 * A List of C strings as a text[].
 */
Datum
pgm_list_to_array(List *strings)
{
	Datum	   *elems = palloc(sizeof(Datum) * (list_length(strings) + 1));
	ListCell   *lc;
	int			n = 0;

	foreach(lc, strings)
		elems[n++] = CStringGetTextDatum((char *) lfirst(lc));
	return PointerGetDatum(construct_array(elems, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}
