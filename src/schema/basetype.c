/*-------------------------------------------------------------------------
 *
 * basetype.c
 *	  Base types, and types that are only announced (shell types).
 *
 * The functions of a base type are objects like all functions.  They take or
 * return the type and the type needs them: the shell comes first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "schema/kinds.h"
#include "schema/type.h"

/* none can be had by ALTER TYPE but these */
static const PgmPart type_parts[] = {
	{.name = "receive",
		.set = "ALTER TYPE %i SET (receive = %v)",
	.unset = "ALTER TYPE %i SET (receive = NONE)"},
	{.name = "send",
		.set = "ALTER TYPE %i SET (send = %v)",
	.unset = "ALTER TYPE %i SET (send = NONE)"},
	{.name = "typmod_in",
		.set = "ALTER TYPE %i SET (typmod_in = %v)",
	.unset = "ALTER TYPE %i SET (typmod_in = NONE)"},
	{.name = "typmod_out",
		.set = "ALTER TYPE %i SET (typmod_out = %v)",
	.unset = "ALTER TYPE %i SET (typmod_out = NONE)"},
	{.name = "analyze",
		.set = "ALTER TYPE %i SET (analyze = %v)",
	.unset = "ALTER TYPE %i SET (analyze = NONE)"},
	{.name = "subscript",
		.set = "ALTER TYPE %i SET (subscript = %v)",
	.unset = "ALTER TYPE %i SET (subscript = NONE)"},
	/* it cannot be made plain again */
	{.name = "storage",
	.set = "ALTER TYPE %i SET (storage = %v)"},
};

/*
 * A shell has no definition.
 */
static bool
is_shell(const PgmObject *obj)
{
	return obj->definition[0] == '\0';
}

static void
type_shell(PgmWriter *w, const PgmObject *obj)
{
	if (!is_shell(obj))
		pgm_write(w, "CREATE TYPE %s", obj->identity);
}

static void
type_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE TYPE %s", obj->identity);
	if (is_shell(obj))
		return;
	pgm_write_more(w, " (%s", obj->definition);
	for (int i = 0; i < obj->kind->nparts; i++)
		if (obj->parts[i] != NULL)
			pgm_write_more(w, ",\n    %s = %s", obj->kind->parts[i].name, obj->parts[i]);
	pgm_write_more(w, "\n)");
}

/*
 * Drops the type.  It and its functions need each other, so that none can be
 * dropped alone.
 */
static void
type_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "DROP TYPE %s%s", obj->identity, is_shell(obj) ? "" : " CASCADE");
}

/*
 * A shell becomes a type by being made; a type never becomes a shell again.
 */
static PgmWay
type_way(const PgmObject *from, const PgmObject *to)
{
	if (is_shell(from) && !is_shell(to))
		return PGM_ALTER;
	if (pgm_default_way(from, to) == PGM_REPLACE)
		return pgm_type_replace(from);
	return PGM_ALTER;
}

/*
 * Renames the type and its functions, which go with it, so that those of the
 * new one can have the same names.
 */
static void
type_aside(PgmWriter *w, const PgmObject *from)
{
	ListCell   *lc;

	foreach(lc, from->needs)
	{
		const PgmObject *function = lfirst(lc);

		if (list_member_ptr(function->needs, from))
			pgm_write(w, "ALTER %s RENAME TO %s", function->target,
					  pgm_aside_name(function));
	}
	pgm_type_aside(w, from);
}

static void
type_leave(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_type_leave(w, from, to);
	pgm_write_more(w, " CASCADE");
}

static void
type_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (is_shell(from) && !is_shell(to))
		type_create(w, to, NIL);
	else
		pgm_write_alter(w, from, to);
}

#define FUNCTION(column) "CASE WHEN t." column " <> 0 THEN t." column "::text END"

const PgmKind pgm_kind_type = {
	.name = "type",
	.word = "TYPE",
	.classid = TypeRelationId,
	.rank = 50,
	.flags = PGM_NAMES_TYPE,
	.query =
	"SELECT " PGM_TYPE_NAMES ", NULL::text,"
	" CASE WHEN t.typisdefined THEN E'\\n    input = ' || t.typinput::regproc::text"
	" || E',\\n    output = ' || t.typoutput::regproc::text"
	" || E',\\n    internallength = '"
	" || CASE WHEN t.typlen = -1 THEN 'variable' ELSE t.typlen::text END"
	" || CASE WHEN t.typbyval THEN E',\\n    passedbyvalue' ELSE '' END"
	" || E',\\n    alignment = '"
	" || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4'"
	"    ELSE 'double' END"
	" || CASE WHEN t.typcategory <> 'U'"
	"    THEN E',\\n    category = ' || quote_literal(t.typcategory::text) ELSE '' END"
	" || CASE WHEN t.typispreferred THEN E',\\n    preferred = true' ELSE '' END"
	" || coalesce(E',\\n    default = ' || quote_literal(t.typdefault), '')"
	" || CASE WHEN t.typelem <> 0"
	"    THEN E',\\n    element = ' || format_type(t.typelem, NULL) ELSE '' END"
	" || CASE WHEN t.typdelim <> ','"
	"    THEN E',\\n    delimiter = ' || quote_literal(t.typdelim::text) ELSE '' END"
	" || CASE WHEN t.typcollation <> 0 THEN E',\\n    collatable = true' ELSE '' END"
	" END,"
	" t.typowner, t.typacl,"
	" CASE WHEN t.typisdefined THEN"
	" ARRAY[" FUNCTION("typreceive") ", " FUNCTION("typsend")
	", " FUNCTION("typmodin") ", " FUNCTION("typmodout")
	", " FUNCTION("typanalyze") ", " FUNCTION("typsubscript") ","
	" CASE t.typstorage WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended'"
	" WHEN 'm' THEN 'main' END]"
	" ELSE array_fill(NULL::text, ARRAY[7]) END,"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" LEFT JOIN pg_type e ON e.oid = t.typelem"
	" WHERE t.typnamespace = ANY ($1)"
	" AND (t.typtype = 'b' AND e.typarray IS DISTINCT FROM t.oid"
	"  OR t.typtype = 'p' AND NOT t.typisdefined)",
	.parts = type_parts,
	.nparts = lengthof(type_parts),
	.acl_type = OBJECT_TYPE,
	.has_acl = true,
	.create = type_create,
	.drop = type_drop,
	.way = type_way,
	.alter = type_alter,
	.aside = type_aside,
	.leave = type_leave,
	.shell = type_shell,
};
