/*-------------------------------------------------------------------------
 *
 * system_column.c
 *	  Privileges on the system columns of tables (tableoid, ctid and so on).
 *
 * The column itself is always there.  One with privileges is an object here:
 * it is made by granting them, which is the affair of attributes.c, and
 * dropped by revoking them.  Where privileges are not compared there is none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"

#include "schema/attributes.h"
#include "schema/kinds.h"

static void
system_column_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
}

static void
system_column_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write_revokes(w, obj);
}

/*
 * The number is not the column's, which others may need: they would be taken
 * for what needs the privileges.
 */
const PgmKind pgm_kind_system_column = {
	.name = "system column",
	.word = "COLUMN",
	.classid = RelationRelationId,
	.parent_class = RelationRelationId,
	.rank = 306,
	.query =
	"SELECT a.attrelid, a.attnum - 1000, a.attrelid, 0, n.nspname::text, quote_ident(a.attname),"
	" quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),"
	" NULL::text, NULL::text, NULL::oid, a.attacl, NULL::text[], NULL::oid[], NULL::text,"
	" NULL::text[]"
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE a.attnum < 0 AND a.attacl IS NOT NULL AND c.relnamespace = ANY ($1)"
	" AND c.relkind IN ('r', 'p', 'f', 'm')"
	" AND current_setting('pgmigrate.compare') = 'all'",
	.acl_type = OBJECT_COLUMN,
	.has_acl = true,
	.create = system_column_create,
	.drop = system_column_drop,
};
