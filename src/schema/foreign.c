/*-------------------------------------------------------------------------
 *
 * foreign.c
 *	  Foreign data wrappers, servers and user mappings.
 *
 * Foreign tables are tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"

#include "schema/kinds.h"
#include "schema/table.h"

/*
 * Sets and unsets the parts that differ, but for the options, which are the
 * last part.
 */
static void
foreign_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const PgmKind *kind = to->kind;
	int			options = kind->nparts - 1;

	for (int i = 0; i < options; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]))
			pgm_write_part(w, to->parts[i] != NULL ? kind->parts[i].set : kind->parts[i].unset,
						   to, to->parts[i], NULL);
	pgm_write_foreign_options(w, psprintf("ALTER %s", to->target),
							  from->parts[options], to->parts[options]);
}

/* always the last part; it is changed by foreign_alter() */
#define OPTIONS_PART \
	{ \
		.name = "options", \
		.clause = " OPTIONS (%v)", \
		.set = "ALTER %o OPTIONS (%v)", \
		.unset = "ALTER %o OPTIONS (%v)" \
	}

static const PgmPart wrapper_parts[] = {
	{
		.name = "handler",
		.clause = " HANDLER %v",
		.set = "ALTER FOREIGN DATA WRAPPER %i HANDLER %v",
		.unset = "ALTER FOREIGN DATA WRAPPER %i NO HANDLER"
	},
	{
		.name = "validator",
		.clause = " VALIDATOR %v",
		.set = "ALTER FOREIGN DATA WRAPPER %i VALIDATOR %v",
		.unset = "ALTER FOREIGN DATA WRAPPER %i NO VALIDATOR"
	},
	OPTIONS_PART,
};

const PgmKind pgm_kind_foreign_data_wrapper = {
	.name = "foreign-data wrapper",
	.word = "FOREIGN DATA WRAPPER",
	.classid = ForeignDataWrapperRelationId,
	.rank = 170,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT w.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(w.fdwname),"
	" quote_ident(w.fdwname), NULL::text,"
	" 'CREATE FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname), w.fdwowner, w.fdwacl,"
	" ARRAY[CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END,"
	"  CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END,"
	"  " PGM_FOREIGN_OPTIONS("w.fdwoptions") "],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_foreign_data_wrapper w",
	.parts = wrapper_parts,
	.nparts = lengthof(wrapper_parts),
	.acl_type = OBJECT_FDW,
	.has_acl = true,
	.alter = foreign_alter,
};

/* a part without "set" is for good */
static const PgmPart server_parts[] = {
	{
		.name = "type",
		.clause = " TYPE %v"
	},
	{
		.name = "version",
		.clause = " VERSION %v",
		.set = "ALTER SERVER %i VERSION %v",
		.unset = "ALTER SERVER %i VERSION NULL"
	},
	{
		.name = "wrapper",
		.clause = " FOREIGN DATA WRAPPER %v"
	},
	OPTIONS_PART,
};

const PgmKind pgm_kind_server = {
	.name = "server",
	.word = "SERVER",
	.classid = ForeignServerRelationId,
	.rank = 171,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT s.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(s.srvname),"
	" quote_ident(s.srvname), NULL::text, 'CREATE SERVER ' || quote_ident(s.srvname),"
	" s.srvowner, s.srvacl,"
	" ARRAY[quote_literal(s.srvtype), quote_literal(s.srvversion), quote_ident(w.fdwname),"
	"  " PGM_FOREIGN_OPTIONS("s.srvoptions") "],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw",
	.parts = server_parts,
	.nparts = lengthof(server_parts),
	.acl_type = OBJECT_FOREIGN_SERVER,
	.has_acl = true,
	.alter = foreign_alter,
};

static const PgmPart mapping_parts[] = {
	OPTIONS_PART,
};

/*
 * No piece of its server, which cannot be dropped as long as there are any.
 * Read through the view, which hides the options of others from those who are
 * not superusers.
 */
const PgmKind pgm_kind_user_mapping = {
	.name = "user mapping",
	.word = "USER MAPPING",
	.classid = UserMappingRelationId,
	.rank = 172,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT m.umid, 0, NULL::oid, NULL::int4, NULL::text, m.name, m.server || '.' || m.name,"
	" 'USER MAPPING FOR ' || m.name || ' SERVER ' || m.server,"
	" 'CREATE USER MAPPING FOR ' || m.name || ' SERVER ' || m.server,"
	" NULL::oid, NULL::aclitem[], ARRAY[" PGM_FOREIGN_OPTIONS("m.umoptions") "],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM (SELECT umid, umoptions, quote_ident(srvname) AS server,"
	"  CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE quote_ident(usename) END AS name"
	"  FROM pg_user_mappings) m",
	.parts = mapping_parts,
	.nparts = lengthof(mapping_parts),
	.alter = foreign_alter,
};
