/*-------------------------------------------------------------------------
 *
 * schema.c
 *	  Schemas and extensions.
 *
 * What is in a schema, and what belongs to an extension, is not here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"

#include "schema/kinds.h"

/*
 * public is read as any other, but it is usually there from the start.
 */
const PgmKind pgm_kind_schema = {
	.name = "schema",
	.word = "SCHEMA",
	.classid = NamespaceRelationId,
	.rank = 10,
	.query =
	"SELECT n.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(n.nspname),"
	" quote_ident(n.nspname), NULL::text,"
	" 'CREATE SCHEMA ' || CASE WHEN n.nspname = 'public' THEN 'IF NOT EXISTS ' ELSE '' END"
	" || quote_ident(n.nspname),"
	" n.nspowner, n.nspacl, NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_namespace n"
	" WHERE n.oid = ANY ($1)",
	.acl_type = OBJECT_SCHEMA,
	.has_acl = true,
};

/*
 * The schema of an extension that cannot be moved is said when it is made, and
 * is no difference afterwards.
 */
static const PgmPart extension_parts[] = {
	{.name = "schema",.set = "ALTER EXTENSION %n SET SCHEMA %v"},
};

/*
 * Returns nothing; writes the CREATE.  A server may have the extension in a
 * version other than that of the model, so none is named.
 */
static void
extension_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE EXTENSION IF NOT EXISTS %s WITH SCHEMA %s",
			  obj->name, obj->extra[0]);
}

/*
 * Comments are those of the control file and come with the extension; the
 * version is the server's affair: both are left out.  There is no ALTER
 * EXTENSION ... OWNER TO.
 */
const PgmKind pgm_kind_extension = {
	.name = "extension",
	.word = "EXTENSION",
	.classid = ExtensionRelationId,
	.rank = 20,
	.flags = PGM_GLOBAL | PGM_NO_DROP,
	.query =
	"SELECT e.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(e.extname),"
	" quote_ident(e.extname), NULL::text, NULL::text, NULL::oid, NULL::aclitem[],"
	" ARRAY[CASE WHEN e.extrelocatable THEN quote_ident(n.nspname) END],"
	" NULL::oid[], NULL::text, ARRAY[quote_ident(n.nspname)]"
	" FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
	" WHERE e.extname NOT IN ('plpgsql', 'pgmigrate')",
	.parts = extension_parts,
	.nparts = lengthof(extension_parts),
	.create = extension_create,
};
