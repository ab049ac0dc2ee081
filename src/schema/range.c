/*-------------------------------------------------------------------------
 *
 * range.c
 *	  Range types, each with its multirange type.
 *
 * Nothing of a range type can be changed in place.  The functions that make
 * ranges and the cast to the multirange come and go with the type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "schema/kinds.h"
#include "schema/type.h"

/* what a range type says of itself beyond its definition */
enum
{
	EXTRA_CANONICAL,			/* the function, or NULL */
	EXTRA_MULTIRANGE,			/* identity of the multirange type */
	EXTRA_MULTIRANGE_ASIDE,		/* name of it that is not quoted */
	EXTRA_SUBTYPE
};

/*
 * Returns the identity of the multirange type.
 */
const char *
pgm_multirange(const PgmObject *range)
{
	return range->extra[EXTRA_MULTIRANGE];
}

static void
range_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE TYPE %s AS RANGE (%s)", obj->identity, obj->definition);
}

static PgmWay
range_way(const PgmObject *from, const PgmObject *to)
{
	return pgm_type_replace(from);
}

/*
 * Renames the type, its multirange type and the functions that make values of
 * them, which keep their names when a type is renamed.
 */
static void
range_aside(PgmWriter *w, const PgmObject *from)
{
	const char *multirange = from->extra[EXTRA_MULTIRANGE];
	const char *subtype = from->extra[EXTRA_SUBTYPE];
	PgmObject	other = *from;
	const char *name;
	const char *multirange_name;

	if (from->other != NULL && !pgm_same_text(subtype, from->other->extra[EXTRA_SUBTYPE]))
		pgm_write_hazard(w, PGM_MAY_FAIL, "values of type %s become ranges of %s",
						 from->identity, from->other->extra[EXTRA_SUBTYPE]);
	other.name = from->extra[EXTRA_MULTIRANGE_ASIDE];
	name = pgm_aside_name(from);
	multirange_name = pgm_aside_name(&other);
	pgm_write(w, "ALTER FUNCTION %s(%s, %s) RENAME TO %s",
			  from->identity, subtype, subtype, name);
	pgm_write(w, "ALTER FUNCTION %s(%s, %s, text) RENAME TO %s",
			  from->identity, subtype, subtype, name);
	pgm_write(w, "ALTER FUNCTION %s() RENAME TO %s", multirange, multirange_name);
	pgm_write(w, "ALTER FUNCTION %s(%s) RENAME TO %s",
			  multirange, from->identity, multirange_name);
	pgm_write(w, "ALTER FUNCTION %s(%s[]) RENAME TO %s",
			  multirange, from->identity, multirange_name);
	pgm_write(w, "ALTER TYPE %s RENAME TO %s", multirange, multirange_name);
	pgm_type_aside(w, from);
}

static void
range_leave(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_type_leave(w, from, to);
	if (from->extra[EXTRA_CANONICAL] != NULL)
		pgm_write_more(w, " CASCADE");
}

/*
 * The canonical function takes and returns the type, so it needs a shell.
 */
static void
range_shell(PgmWriter *w, const PgmObject *obj)
{
	if (obj->extra[EXTRA_CANONICAL] != NULL)
		pgm_write(w, "CREATE TYPE %s", obj->identity);
}

/*
 * Drops the type.  It and its canonical function need each other, so that none
 * can be dropped alone.
 */
static void
range_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "DROP TYPE %s%s", obj->identity,
			  obj->extra[EXTRA_CANONICAL] != NULL ? " CASCADE" : "");
}

const PgmKind pgm_kind_range_type = {
	.name = "range type",
	.word = "TYPE",
	.classid = TypeRelationId,
	.rank = 58,
	.flags = PGM_NAMES_TYPE,
	.present = {PGM_SOME_TYPE("r")},
	.query =
	"SELECT " PGM_TYPE_NAMES ", NULL::text,"
	" E'\\n    subtype = ' || s.name"
	" || E',\\n    multirange_type_name = ' || m.identity"
	" || CASE WHEN o.opcdefault THEN '' ELSE E',\\n    subtype_opclass = '"
	"    || quote_ident(on_.nspname) || '.' || quote_ident(o.opcname) END"
	" || CASE WHEN r.rngcollation = st.typcollation THEN '' ELSE E',\\n    collation = '"
	"    || r.rngcollation::regcollation::text END"
	" || CASE WHEN r.rngcanonical = 0 THEN '' ELSE E',\\n    canonical = '"
	"    || r.rngcanonical::regproc::text END"
	" || CASE WHEN r.rngsubdiff = 0 THEN '' ELSE E',\\n    subtype_diff = '"
	"    || r.rngsubdiff::regproc::text END || E'\\n',"
	" t.typowner, t.typacl, NULL::text[], NULL::oid[], NULL::text,"
	" ARRAY[CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::text END, m.identity, quote_ident(m.typname), s.name]"
	" FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid"
	" JOIN pg_namespace n ON n.oid = t.typnamespace"
	" JOIN pg_type st ON st.oid = r.rngsubtype"
	" JOIN pg_opclass o ON o.oid = r.rngsubopc"
	" JOIN pg_namespace on_ ON on_.oid = o.opcnamespace"
	" JOIN (SELECT y.oid, y.typname, quote_ident(yn.nspname) || '.' || quote_ident(y.typname)"
	"       AS identity FROM pg_type y JOIN pg_namespace yn ON yn.oid = y.typnamespace"
	"       WHERE y.typtype = 'm') m ON m.oid = r.rngmultitypid,"
	" LATERAL (SELECT format_type(r.rngsubtype, NULL) AS name OFFSET 0) s"
	" WHERE t.typnamespace = ANY ($1)",
	.acl_type = OBJECT_TYPE,
	.has_acl = true,
	.create = range_create,
	.drop = range_drop,
	.way = range_way,
	.aside = range_aside,
	.leave = range_leave,
	.shell = range_shell,
};
