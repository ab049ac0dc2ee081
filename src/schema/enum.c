/*-------------------------------------------------------------------------
 *
 * enum.c
 *	  Enum types.
 *
 * A label can be added in place.  It cannot be removed, nor can labels change
 * places: then the type is renamed aside, a new one is made, and the columns
 * follow it.  That is not done here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "schema/kinds.h"
#include "schema/type.h"

/*
 * A label that ALTER TYPE has added cannot be used in the same transaction,
 * those of a type that was made in it can.  Who needs that sets this.
 */
PgmEnumRemake pgm_enum_remake = PGM_ENUMS_IN_PLACE;

static bool
has_label(const PgmObject *obj, const char *label)
{
	for (int i = 0; i < obj->nextra; i++)
		if (strcmp(obj->extra[i], label) == 0)
			return true;
	return false;
}

/*
 * Are all labels of "from" in "to", in the same order?
 */
static bool
only_adds(const PgmObject *from, const PgmObject *to)
{
	int			at = 0;

	for (int i = 0; i < to->nextra && at < from->nextra; i++)
		if (strcmp(from->extra[at], to->extra[i]) == 0)
			at++;
	return at == from->nextra;
}

static PgmWay
enum_way(const PgmObject *from, const PgmObject *to)
{
	if (only_adds(from, to) &&
		(pgm_enum_remake == PGM_ENUMS_IN_PLACE ||
		 (pgm_enum_remake == PGM_ENUMS_OF_COLUMNS && !pgm_type_in_columns(from))))
		return PGM_ALTER;
	return pgm_type_replace(from);
}

/*
 * Adds the labels from left to right, so that the neighbour on the left of
 * each is there: only the first one may have none.
 */
static void
enum_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	int			met = 0;		/* of the labels of "from" */

	for (int i = 0; i < to->nextra; i++)
	{
		if (met < from->nextra && strcmp(from->extra[met], to->extra[i]) == 0)
		{
			met++;
			continue;
		}
		pgm_write(w, "ALTER TYPE %s ADD VALUE %s", to->identity,
				  quote_literal_cstr(to->extra[i]));
		if (met == from->nextra)
			continue;			/* it becomes the last one */
		if (i == 0)
			pgm_write_more(w, " BEFORE %s", quote_literal_cstr(from->extra[0]));
		else
			pgm_write_more(w, " AFTER %s", quote_literal_cstr(to->extra[i - 1]));
	}
}

/*
 * Renames the type aside, and says which labels will be missing.
 */
static void
enum_aside(PgmWriter *w, const PgmObject *from)
{
	StringInfoData missing;

	initStringInfo(&missing);
	for (int i = 0; from->other != NULL && i < from->nextra; i++)
		if (!has_label(from->other, from->extra[i]))
			appendStringInfo(&missing, "%s%s", missing.len > 0 ? ", " : "",
							 quote_literal_cstr(from->extra[i]));
	if (missing.len > 0)
		pgm_write_hazard(w, PGM_MAY_FAIL,
						 "rows with a label that is no more must be changed before: %s",
						 missing.data);
	pgm_type_aside(w, from);
}

/*
 * Does a text that will be part of the new schema use a label that only "to"
 * has?  Takes every string that looks like one for a use.
 */
bool
pgm_enum_uses_new_label(const PgmObject *from, const PgmObject *to, const char *text)
{
	if (text == NULL)
		return false;
	for (int i = 0; i < to->nextra; i++)
		if (!has_label(from, to->extra[i]) &&
			strstr(text, quote_literal_cstr(to->extra[i])) != NULL)
			return true;
	return false;
}

const PgmKind pgm_kind_enum = {
	.name = "enum",
	.word = "TYPE",
	.classid = TypeRelationId,
	.rank = 52,
	.flags = PGM_NAMES_TYPE,
	.present = {PGM_SOME_TYPE("e")},
	.query =
	"SELECT " PGM_TYPE_NAMES ", NULL::text,"
	" 'CREATE TYPE ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname)"
	" || ' AS ENUM (' || coalesce(l.quoted, '') || ')',"
	" t.typowner, t.typacl, NULL::text[], NULL::oid[], NULL::text,"
	" coalesce(l.labels, '{}')"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" LEFT JOIN (SELECT enumtypid,"
	"   E'\\n    ' || string_agg(quote_literal(enumlabel), E',\\n    ' ORDER BY enumsortorder)"
	"   || E'\\n' AS quoted,"
	"   array_agg(enumlabel::text ORDER BY enumsortorder) AS labels"
	"   FROM pg_enum GROUP BY enumtypid) l ON l.enumtypid = t.oid"
	" WHERE t.typtype = 'e' AND t.typnamespace = ANY ($1)",
	.acl_type = OBJECT_TYPE,
	.has_acl = true,
	.way = enum_way,
	.alter = enum_alter,
	.aside = enum_aside,
	.leave = pgm_type_leave,
};
