/*-------------------------------------------------------------------------
 *
 * sequence.c
 *	  Sequences, and the columns that own them.
 *
 * The sequence of an identity column is no object, but a part of the column.
 * That a column owns a sequence is an object of its own: the default of the
 * column needs the sequence, and the ownership needs the column.
 *
 * Where a sequence has got to is never lost: it is changed in place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/kinds.h"
#include "schema/table.h"

/* parts; NULL is the default for the type and the direction */
enum
{
	PART_TYPE,
	PART_INCREMENT,
	PART_MIN,
	PART_MAX,
	PART_START,
	PART_CACHE,
	PART_CYCLE,
	PART_UNLOGGED,
	SEQUENCE_NPARTS
};

/* the numbers behind those parts, which are never NULL */
enum
{
	EXTRA_MIN,
	EXTRA_MAX,
	EXTRA_START,
	EXTRA_INCREMENT
};

static int64
number_of(const PgmObject *obj, int extra)
{
	return pg_strtoint64(obj->extra[extra]);
}

static const PgmPart sequence_parts[SEQUENCE_NPARTS] = {
	{"type", " AS %v", NULL, NULL},
	{"increment", " INCREMENT BY %v", NULL, NULL},
	{"minimum", " MINVALUE %v", NULL, NULL},
	{"maximum", " MAXVALUE %v", NULL, NULL},
	{"start", " START WITH %v", NULL, NULL},
	{"cache", " CACHE %v", NULL, NULL},
	{"cycle", " %v", NULL, NULL},
	{"persistence", NULL, "ALTER SEQUENCE %i SET UNLOGGED", "ALTER SEQUENCE %i SET LOGGED"}
};

static void
create_sequence(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE %sSEQUENCE %s",
			  obj->parts[PART_UNLOGGED] != NULL ? "UNLOGGED " : "", obj->identity);
	if (obj->parts[PART_TYPE] != NULL)
		pgm_write_more(w, " AS %s", obj->parts[PART_TYPE]);
	if (obj->parts[PART_INCREMENT] != NULL)
		pgm_write_more(w, " INCREMENT BY %s", obj->parts[PART_INCREMENT]);
	if (obj->parts[PART_MIN] != NULL)
		pgm_write_more(w, " MINVALUE %s", obj->parts[PART_MIN]);
	if (obj->parts[PART_MAX] != NULL)
		pgm_write_more(w, " MAXVALUE %s", obj->parts[PART_MAX]);
	if (obj->parts[PART_START] != NULL)
		pgm_write_more(w, " START WITH %s", obj->parts[PART_START]);
	if (obj->parts[PART_CACHE] != NULL)
		pgm_write_more(w, " CACHE %s", obj->parts[PART_CACHE]);
	if (obj->parts[PART_CYCLE] != NULL)
		pgm_write_more(w, " CYCLE");
}

static void
drop_sequence(PgmWriter *w, const PgmObject *obj)
{
	pgm_write_hazard(w, PGM_LOSES_DATA, "where sequence %s has got to", obj->identity);
	pgm_write(w, "DROP SEQUENCE %s", obj->identity);
}

static PgmWay
way_of_sequence(const PgmObject *from, const PgmObject *to)
{
	return PGM_ALTER;
}

/*
 * Writes a statement that widens the bounds to those of both, if "value" can
 * otherwise not be set yet.
 */
static void
write_widen(PgmWriter *w, const PgmObject *from, const PgmObject *to, int64 value)
{
	bool		new_type = !pgm_same_text(from->parts[PART_TYPE], to->parts[PART_TYPE]);
	int64		min = number_of(from, EXTRA_MIN);
	int64		max = number_of(from, EXTRA_MAX);

	if (value >= min && value <= max)
		return;
	pgm_write(w, "ALTER SEQUENCE %s%s MINVALUE " INT64_FORMAT " MAXVALUE " INT64_FORMAT,
			  to->identity, new_type ? " AS bigint" : "",
			  Min(min, number_of(to, EXTRA_MIN)), Max(max, number_of(to, EXTRA_MAX)));
}

/*
 * Puts the sequence inside its new bounds if it has not come to those that it
 * starts from, or if it is beyond the others but was never used.  If it was,
 * nothing can be done but to let ALTER SEQUENCE say so.
 */
static void
write_move(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	bool		up = number_of(to, EXTRA_INCREMENT) > 0;
	int			near = up ? EXTRA_MIN : EXTRA_MAX;
	int			far = up ? EXTRA_MAX : EXTRA_MIN;
	int64		sign = up ? 1 : -1;
	const char *name = quote_literal_cstr(to->identity);

	if (sign * number_of(to, near) > sign * number_of(from, near))
	{
		write_widen(w, from, to, number_of(to, near));
		pgm_write(w, "SELECT pg_catalog.setval(%s, %s, false) FROM %s WHERE last_value %s %s",
				  name, to->extra[near], to->identity, up ? "<" : ">", to->extra[near]);
	}
	if (sign * number_of(from, EXTRA_START) > sign * number_of(to, far))
	{
		write_widen(w, from, to, number_of(to, EXTRA_START));
		pgm_write(w, "SELECT pg_catalog.setval(%s, %s, false) FROM %s WHERE last_value %s %s AND NOT is_called",
				  name, to->extra[EXTRA_START], to->identity, up ? ">" : "<", to->extra[far]);
	}
}

/*
 * Can the sequence be beyond the bound that it is to run against?
 */
static bool
is_narrowed(const PgmObject *from, const PgmObject *to)
{
	if (number_of(to, EXTRA_INCREMENT) > 0)
		return number_of(to, EXTRA_MAX) < number_of(from, EXTRA_MAX);
	return number_of(to, EXTRA_MIN) > number_of(from, EXTRA_MIN);
}

/*
 * Appends a clause if the number differs.  What is the default is said by
 * "none" where it can be, so that it is one.
 */
static void
append_number(StringInfo buf, const char *clause, const char *none, bool changed,
			  const char *value, const char *number)
{
	if (!changed)
		return;
	if (value == NULL && none != NULL)
		appendStringInfo(buf, " %s", none);
	else
		appendStringInfo(buf, " %s %s", clause, number);
}

/*
 * All in one statement, for one alone could be against another.  A new type
 * moves bounds that are the limits of the old one, so they are said, too.
 */
static void
alter_sequence(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *type = to->parts[PART_TYPE];
	const char *cache = to->parts[PART_CACHE];
	bool		new_type = !pgm_same_text(from->parts[PART_TYPE], type);
	bool		new_min = new_type || !pgm_same_text(from->extra[EXTRA_MIN], to->extra[EXTRA_MIN]);
	bool		new_max = new_type || !pgm_same_text(from->extra[EXTRA_MAX], to->extra[EXTRA_MAX]);
	StringInfoData buf;

	initStringInfo(&buf);
	if (new_type)
		appendStringInfo(&buf, " AS %s", type != NULL ? type : "bigint");
	append_number(&buf, "INCREMENT BY", NULL,
				  !pgm_same_text(from->extra[EXTRA_INCREMENT], to->extra[EXTRA_INCREMENT]),
				  NULL, to->extra[EXTRA_INCREMENT]);
	append_number(&buf, "MINVALUE", "NO MINVALUE", new_min, to->parts[PART_MIN], to->extra[EXTRA_MIN]);
	append_number(&buf, "MAXVALUE", "NO MAXVALUE", new_max, to->parts[PART_MAX], to->extra[EXTRA_MAX]);
	append_number(&buf, "START WITH", NULL,
				  !pgm_same_text(from->extra[EXTRA_START], to->extra[EXTRA_START]),
				  NULL, to->extra[EXTRA_START]);
	append_number(&buf, "CACHE", NULL, !pgm_same_text(from->parts[PART_CACHE], cache),
				  NULL, cache != NULL ? cache : "1");
	if (!pgm_same_text(from->parts[PART_CYCLE], to->parts[PART_CYCLE]))
		appendStringInfoString(&buf, to->parts[PART_CYCLE] != NULL ? " CYCLE" : " NO CYCLE");
	if (buf.len > 0)
	{
		write_move(w, from, to);
		if (is_narrowed(from, to))
			pgm_write_hazard(w, PGM_MAY_FAIL, "where sequence %s has got to", to->identity);
		pgm_write(w, "ALTER SEQUENCE %s%s", to->identity, buf.data);
	}
	if (!pgm_same_text(from->parts[PART_UNLOGGED], to->parts[PART_UNLOGGED]))
		pgm_write(w, "ALTER SEQUENCE %s SET %s", to->identity,
				  to->parts[PART_UNLOGGED] != NULL ? "UNLOGGED" : "LOGGED");
}

/*
 * Called when a table becomes logged or unlogged, which a sequence that one of
 * its columns owns does with it: writes that it stays what it is.
 */
void
pgm_sequence_keep(PgmWriter *w, const PgmObject *from, bool unlogged)
{
	if (from->kind == &pgm_kind_sequence && from->other != NULL &&
		(from->parts[PART_UNLOGGED] != NULL) != unlogged &&
		pgm_same_text(from->parts[PART_UNLOGGED], from->other->parts[PART_UNLOGGED]))
		pgm_write(w, "ALTER SEQUENCE %s SET %s", from->identity,
				  from->parts[PART_UNLOGGED] != NULL ? "UNLOGGED" : "LOGGED");
}

/*
 * An owned sequence has the owner of its table, always.
 */
static const char sequence_query[] =
"SELECT oid, 0, NULL::oid, NULL::int, nspname::text, quote_ident(relname),"
" format('%I.%I', nspname, relname), NULL::text, '',"
" relowner, relacl,"
" ARRAY[nullif(type, 'bigint'), nullif(increment, '1'), nullif(min, default_min),"
"       nullif(max, default_max), nullif(start, CASE WHEN up THEN min ELSE max END),"
"       nullif(cache, '1'), cycle, unlogged],"
" NULL::oid[], NULL::text, ARRAY[min, max, start, increment]"
" FROM (SELECT c.oid, n.nspname, c.relname, c.relowner, c.relacl,"
"  format_type(s.seqtypid, NULL) AS type, s.seqincrement > 0 AS up,"
"  s.seqincrement::text AS increment, s.seqmin::text AS min, s.seqmax::text AS max,"
"  s.seqstart::text AS start, s.seqcache::text AS cache,"
"  CASE WHEN s.seqcycle THEN 'CYCLE' END AS cycle,"
"  CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED' END AS unlogged,"
"  CASE WHEN s.seqincrement > 0 THEN '1'"
"  WHEN s.seqtypid = 'int2'::regtype THEN '-32768'"
"  WHEN s.seqtypid = 'int4'::regtype THEN '-2147483648'"
"  ELSE '-9223372036854775808' END AS default_min,"
"  CASE WHEN s.seqincrement < 0 THEN '-1'"
"  WHEN s.seqtypid = 'int2'::regtype THEN '32767'"
"  WHEN s.seqtypid = 'int4'::regtype THEN '2147483647'"
"  ELSE '9223372036854775807' END AS default_max"
"  FROM pg_sequence s"
"  JOIN pg_class c ON c.oid = s.seqrelid"
"  JOIN pg_namespace n ON n.oid = c.relnamespace"
"  WHERE c.relnamespace = ANY ($1)"
"  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
"                  AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass"
"                  AND d.deptype = 'i')) q";

const PgmKind pgm_kind_sequence = {
	.name = "sequence",
	.word = "SEQUENCE",
	.classid = RelationRelationId,
	.rank = 200,
	.flags = PGM_HOLDS_DATA | PGM_NAMES_RELATION,
	.present = {PGM_SOME_RELATION("S")},
	.query = sequence_query,
	.parts = sequence_parts,
	.nparts = lengthof(sequence_parts),
	.acl_type = OBJECT_SEQUENCE,
	.has_acl = true,
	.create = create_sequence,
	.drop = drop_sequence,
	.way = way_of_sequence,
	.alter = alter_sequence,
};

/*
 * Returns the column that owns the sequence, or NULL if it is not known.
 */
static const PgmObject *
column_of(const PgmObject *obj)
{
	ListCell   *lc;

	foreach(lc, obj->after)
	{
		const PgmObject *need = lfirst(lc);

		if (need->address.classId == RelationRelationId && need->address.objectSubId != 0)
			return need;
	}
	return NULL;
}

/*
 * A new sequence goes on from the numbers that the column has already.
 */
static void
write_start(PgmWriter *w, const PgmObject *sequence, const PgmObject *column)
{
	const char *type = pgm_column_type(column);

	if (number_of(sequence, EXTRA_INCREMENT) < 0 ||
		(strcmp(type, "smallint") != 0 && strcmp(type, "integer") != 0 &&
		 strcmp(type, "bigint") != 0))
		return;
	pgm_write(w, "SELECT pg_catalog.setval(%s, max(%s)) FROM %s HAVING max(%s) >= %s",
			  quote_literal_cstr(sequence->identity), column->name,
			  column->parent->identity, column->name, sequence->extra[EXTRA_START]);
}

/*
 * A sequence can only be owned by a table of the same role, so it comes after
 * what gives the table its owner.
 */
static void
create_owner(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const PgmObject *sequence = obj->parent;
	const PgmObject *column = column_of(obj);
	const PgmObject *table = column != NULL ? column->parent : NULL;

	if (table != NULL && table->owner != sequence->owner)
		pgm_write(w, "ALTER SEQUENCE %s OWNER TO %s", obj->identity,
				  quote_identifier(GetUserNameFromId(table->owner, false)));
	pgm_write(w, "ALTER SEQUENCE %s OWNED BY %s", obj->identity, obj->definition);
	if (table != NULL && column->other != NULL && sequence->other == NULL)
		write_start(w, sequence, column);
}

static void
drop_owner(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "ALTER SEQUENCE %s OWNED BY NONE", obj->identity);
}

/*
 * In place, as long as the column that had it stays: with it, the sequence
 * would go.
 */
static PgmWay
way_of_owner(const PgmObject *from, const PgmObject *to)
{
	const PgmObject *column = column_of(from);

	return column != NULL && column->other != NULL && !column->parent->remade ?
		PGM_ALTER : PGM_REPLACE;
}

static void
alter_owner(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	create_owner(w, to, NIL);
}

static const char owner_query[] =
"SELECT c.oid, 0, c.oid, 0, n.nspname::text, quote_ident(c.relname),"
" format('%I.%I', n.nspname, c.relname), NULL::text,"
" format('%I.%I.%I', tn.nspname, t.relname, a.attname),"
" NULL::oid, NULL::aclitem[], NULL::text[],"
" ARRAY['pg_class'::regclass::oid, t.oid, a.attnum::int::oid,"
"       'pg_class'::regclass, t.oid, 0], NULL::text, NULL::text[]"
" FROM pg_depend d"
" JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'"
" JOIN pg_namespace n ON n.oid = c.relnamespace"
" JOIN pg_class t ON t.oid = d.refobjid"
" JOIN pg_namespace tn ON tn.oid = t.relnamespace"
" JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
" WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0"
" AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid <> 0 AND d.deptype = 'a'"
" AND c.relnamespace = ANY ($1)";

const PgmKind pgm_kind_sequence_owner = {
	.name = "sequence owner",
	.word = "SEQUENCE",
	.classid = DependRelationId,
	.parent_class = RelationRelationId,
	.rank = 214,
	.flags = PGM_RELEASES,
	.present = {PGM_SOME_RELATION("S")},
	.query = owner_query,
	.create = create_owner,
	.drop = drop_owner,
	.way = way_of_owner,
	.alter = alter_owner,
};
