/*-------------------------------------------------------------------------
 *
 * composite.c
 *	  Composite types and their attributes.
 *
 * Attributes are objects of their own: they can be added and dropped in place,
 * and their types can change as long as no column has values of the type.
 * Their order counts.  The row types of tables are not here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/string.h"

#include "schema/kinds.h"
#include "schema/table.h"
#include "schema/type.h"

/* what an attribute says of itself beyond its definition */
enum
{
	EXTRA_TYPE,
	EXTRA_TYPE_OID
};

static int
compare_positions(const ListCell *a, const ListCell *b)
{
	const PgmObject *left = lfirst(a);
	const PgmObject *right = lfirst(b);

	return left->address.objectSubId - right->address.objectSubId;
}

/*
 * Returns the attributes of a type in their order.
 */
static List *
attributes_of(const PgmObject *type)
{
	List	   *list = list_copy(type->pieces);

	list_sort(list, compare_positions);
	return list;
}

/*
 * Is the type made while values of the old one wait to be taken over?
 */
static bool
has_predecessor(const PgmObject *obj)
{
	return obj->remade && obj->other != NULL && pgm_type_in_columns(obj->other);
}

/*
 * Does the type of the attribute, or what that is made of, come with a cast?
 */
static bool
has_cast(const PgmObject *attribute)
{
	ListCell   *lc;

	foreach(lc, attribute->needs)
		if (lfirst(lc) != attribute->parent && pgm_type_has_cast(lfirst(lc)))
			return true;
	return false;
}

/*
 * Returns the expression that makes an attribute of the new type from an old
 * value, which is $1.
 */
static char *
attribute_value(const PgmObject *attribute)
{
	const PgmObject *old = attribute->other;
	const char *type = attribute->extra[EXTRA_TYPE];

	if (old == NULL)
		return "NULL";
	if (has_cast(attribute) ||
		pgm_built_in_cast(atooid(old->extra[EXTRA_TYPE_OID]),
						  atooid(attribute->extra[EXTRA_TYPE_OID]), COERCION_EXPLICIT))
		return psprintf("($1).%s::%s", attribute->name, type);
	return psprintf("($1).%s::text%s::%s", attribute->name,
					pg_str_endswith(type, "[]") ? "[]" : "", type);
}

/*
 * Writes a cast from the old type to the new one: unlike the detour over text
 * it works when attributes come, go or change places, and in arrays.
 */
static void
write_cast(PgmWriter *w, const PgmObject *obj)
{
	const char *old = pgm_aside_identity(obj->other);
	const char *function = pgm_converter_identity(obj);
	const char *sep = "";
	ListCell   *lc;

	/* a row of nulls is not null, but IS NULL would say so */
	pgm_write(w, "CREATE FUNCTION %s(%s) RETURNS %s\n    LANGUAGE sql\n"
			  "    AS $$SELECT CASE WHEN $1 IS DISTINCT FROM NULL THEN ROW(",
			  function, old, obj->identity);
	foreach(lc, attributes_of(obj))
	{
		pgm_write_more(w, "%s%s", sep, attribute_value(lfirst(lc)));
		sep = ", ";
	}
	pgm_write_more(w, ")::%s END$$", obj->identity);
	pgm_write(w, "CREATE CAST (%s AS %s) WITH FUNCTION %s(%s)",
			  old, obj->identity, function, old);
}

/*
 * Writes the CREATE with all attributes, which fold into it: the type needs
 * whatever they need.
 */
static void
composite_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *sep = "";
	ListCell   *lc;

	pgm_write(w, "CREATE TYPE %s AS (", obj->identity);
	foreach(lc, inside)
	{
		const PgmObject *attribute = lfirst(lc);

		pgm_write_more(w, "%s\n    %s %s", sep, attribute->name, attribute->definition);
		sep = ",";
	}
	pgm_write_more(w, "%s)", inside != NIL ? "\n" : "");
	if (has_predecessor(obj))
		write_cast(w, obj);
}

/*
 * Do the attributes come to their places when those that are no more are
 * dropped and the new ones are added?  They are added at the end.
 */
static bool
order_can_be_had(const PgmObject *from, const PgmObject *to)
{
	int			last = 0;
	bool		adding = false;
	ListCell   *lc;

	foreach(lc, attributes_of(to))
	{
		const PgmObject *attribute = lfirst(lc);

		if (attribute->other == NULL)
			adding = true;
		else if (adding || attribute->other->address.objectSubId < last)
			return false;
		else
			last = attribute->other->address.objectSubId;
	}
	return true;
}

/*
 * Does the type of an attribute change?
 */
static bool
retypes(const PgmObject *to)
{
	ListCell   *lc;

	foreach(lc, to->pieces)
	{
		const PgmObject *attribute = lfirst(lc);

		if (attribute->other != NULL &&
			!pgm_same_text(attribute->definition, attribute->other->definition))
			return true;
	}
	return false;
}

/*
 * Are there tables OF the type, as it is now, that stay so?
 */
static bool
has_typed_tables(const PgmObject *from)
{
	ListCell   *lc;

	foreach(lc, from->needed_by)
	{
		const PgmObject *user = lfirst(lc);

		if (pgm_is_table(user) && pgm_type_tie_stays(user, user->other))
			return true;
	}
	return false;
}

/*
 * Is there something, a view perhaps, that keeps an expression of the type?
 */
static bool
in_expressions(const PgmObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const PgmObject *user = lfirst(lc);

		if (user->parent != type &&
			(user->kind->flags & (PGM_NAMES_ROUTINE | PGM_FOLLOWS_TYPE)) == 0)
			return true;
	}
	return false;
}

/*
 * What has to be done with the type, while its attributes see to themselves.
 */
static PgmWay
composite_way(const PgmObject *from, const PgmObject *to)
{
	if (!order_can_be_had(from, to))
		return pgm_type_replace(from);
	if (!retypes(to))
		return PGM_ALTER;
	if (pgm_type_in_columns(from))
		return PGM_REMAKE;
	return in_expressions(from) && !has_typed_tables(from) ? PGM_DISTURB : PGM_ALTER;
}

/*
 * Does every value of an attribute fit into its new type?
 */
static bool
fits(const PgmObject *from, const PgmObject *to)
{
	const char *type = to->extra[EXTRA_TYPE];

	if (strcmp(from->extra[EXTRA_TYPE], type) == 0 || strcmp(type, "text") == 0)
		return true;
	return strchr(type, '(') == NULL &&
		pgm_built_in_cast(atooid(from->extra[EXTRA_TYPE_OID]),
						  atooid(to->extra[EXTRA_TYPE_OID]), COERCION_IMPLICIT);
}

/*
 * Says what becomes of attributes, and renames the type aside.
 */
static void
composite_aside(PgmWriter *w, const PgmObject *from)
{
	ListCell   *lc;

	foreach(lc, from->other == NULL ? NIL : attributes_of(from))
	{
		const PgmObject *attribute = lfirst(lc);

		if (attribute->other == NULL)
			pgm_write_hazard(w, PGM_LOSES_DATA, "attribute %s of all values of type %s",
							 attribute->name, from->identity);
		else if (!fits(attribute, attribute->other))
			pgm_write_hazard(w, PGM_MAY_FAIL, "attribute %s becomes %s in all values of type %s",
							 attribute->name, attribute->other->extra[EXTRA_TYPE],
							 from->identity);
	}
	pgm_type_aside(w, from);
}

/*
 * Drops the type that is aside, and the cast from it.
 */
static void
composite_leave(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *old = pgm_aside_identity(from);

	if (has_predecessor(to))
	{
		pgm_write(w, "DROP CAST (%s AS %s)", old, to->identity);
		pgm_write(w, "DROP FUNCTION %s(%s)", pgm_converter_identity(to), old);
	}
	pgm_type_leave(w, from, to);
}

/*
 * The attributes do it.
 */
static void
composite_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
}

const PgmKind pgm_kind_composite_type = {
	.name = "composite type",
	.word = "TYPE",
	.classid = TypeRelationId,
	.rank = 56,
	.flags = PGM_NAMES_TYPE | PGM_FOLLOWS_TYPE,
	.present = {PGM_SOME_RELATION("c")},
	.query =
	"SELECT " PGM_TYPE_NAMES ", NULL::text, coalesce(l.attributes, ''),"
	" t.typowner, t.typacl, NULL::text[], l.needs, NULL::text, NULL::text[]"
	" FROM pg_class c JOIN pg_type t ON t.oid = c.reltype"
	" JOIN pg_namespace n ON n.oid = t.typnamespace"
	" LEFT JOIN (SELECT a.attrelid,"
	"   string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)"
	"     || CASE WHEN a.attcollation <> y.typcollation"
	"        THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END,"
	"     ', ' ORDER BY a.attnum) AS attributes,"
	/* so that the attributes can all be made with it, in their order */
	"   array_agg(ARRAY['pg_type'::regclass::oid, a.atttypid, 0])"
	"   || array_agg(ARRAY['pg_collation'::regclass::oid, a.attcollation, 0]) AS needs"
	"   FROM pg_class r CROSS JOIN" PGM_COLUMNS_OF("r.oid")
	"   JOIN pg_type y ON y.oid = a.atttypid"
	"   WHERE r.relkind = 'c' AND r.relnamespace = ANY ($1)"
	"   GROUP BY a.attrelid) l ON l.attrelid = c.oid"
	" WHERE c.relkind = 'c' AND c.relnamespace = ANY ($1)",
	.acl_type = OBJECT_TYPE,
	.has_acl = true,
	.create = composite_create,
	.way = composite_way,
	.alter = composite_alter,
	.aside = composite_aside,
	.leave = composite_leave,
};

/*
 * Writes a change of attributes, which tables OF the type follow.
 */
static void
write_change(PgmWriter *w, const PgmObject *from, const PgmObject *to, const char *change)
{
	pgm_write(w, "ALTER TYPE %s %s%s", to->identity, change,
			  from != NULL && has_typed_tables(from) ? " CASCADE" : "");
}

static void
attribute_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	write_change(w, obj->parent->other, obj->parent,
				 psprintf("ADD ATTRIBUTE %s %s", obj->name, obj->definition));
}

static void
attribute_drop(PgmWriter *w, const PgmObject *obj)
{
	if (pgm_type_in_columns(obj->parent))
		pgm_write_hazard(w, PGM_LOSES_DATA, "attribute %s of all values of type %s",
						 obj->name, obj->parent->identity);
	write_change(w, obj->parent, obj->parent, psprintf("DROP ATTRIBUTE %s", obj->name));
}

static PgmWay
attribute_way(const PgmObject *from, const PgmObject *to)
{
	return PGM_DISTURB;
}

static void
attribute_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	write_change(w, from->parent, to->parent,
				 psprintf("ALTER ATTRIBUTE %s TYPE %s", to->name, to->definition));
}

const PgmKind pgm_kind_attribute = {
	.name = "attribute",
	.word = "COLUMN",
	.classid = RelationRelationId,
	.parent_class = TypeRelationId,
	.rank = 57,
	.flags = PGM_FOLDS | PGM_FOLLOWS_TYPE | PGM_SPREADS,
	.present = {PGM_SOME_RELATION("c")},
	.query =
	"SELECT c.oid, a.attnum::int4, c.reltype, 0, n.nspname::text, quote_ident(a.attname),"
	" quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),"
	" NULL::text,"
	" format_type(a.atttypid, a.atttypmod)"
	" || CASE WHEN a.attcollation <> y.typcollation"
	"    THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END,"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text,"
	" ARRAY[format_type(a.atttypid, a.atttypmod), a.atttypid::text]"
	" FROM pg_class c CROSS JOIN" PGM_COLUMNS_OF("c.oid")
	" JOIN pg_type y ON y.oid = a.atttypid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind = 'c' AND c.relnamespace = ANY ($1)"
	" ORDER BY c.oid, a.attnum",
	.create = attribute_create,
	.drop = attribute_drop,
	.way = attribute_way,
	.alter = attribute_alter,
};
