/*-------------------------------------------------------------------------
 *
 * column.c
 *	  Columns of tables, partitioned tables and foreign tables.
 *
 * What a column of a child gets from its parents is said in lineage.c, and how
 * values get to a new type in column_type.c.  The sequence of an identity
 * column is part of the column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/kinds.h"
#include "schema/table.h"
#include "schema/type.h"

enum
{
	PART_TYPE,
	PART_COLLATION,
	PART_NOT_NULL,				/* "NOT NULL", maybe with a name and NO INHERIT */
	PART_GENERATED,				/* "STORED", "VIRTUAL" */
	PART_EXPRESSION,
	PART_IDENTITY,				/* "ALWAYS", "BY DEFAULT" */
	PART_SEQUENCE,				/* its name, if it is not the usual one */
	PART_SEQUENCE_LOGGED,		/* "LOGGED", "UNLOGGED" if unlike the table */
	PART_START,
	PART_INCREMENT,
	PART_MINVALUE,
	PART_MAXVALUE,
	PART_CACHE,
	PART_CYCLE,
	PART_STORAGE,
	PART_COMPRESSION,
	PART_STATISTICS,
	PART_OPTIONS,
	PART_FOREIGN_OPTIONS,
	COLUMN_NPARTS
};

/* SQL: a kind of storage as ALTER TABLE names it */
#define PGM_STORAGE(column) \
	"CASE " column " WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'" \
	" WHEN 'x' THEN 'EXTENDED' END"

/*
 * SQL: has the column options?  Some minor releases keep a version of the
 * column among them.
 */
#define HAS_OPTIONS "(a.attoptions[1] NOT LIKE 'pg_attver=%' OR a.attoptions[2] IS NOT NULL)"

static const PgmPart column_parts[COLUMN_NPARTS] = {
	[PART_TYPE] = {.name = "type"},
	[PART_COLLATION] = {.name = "collation"},
	[PART_NOT_NULL] = {.name = "not null"},
	[PART_GENERATED] = {.name = "generated"},
	[PART_EXPRESSION] = {.name = "expression"},
	[PART_IDENTITY] = {.name = "identity"},
	[PART_SEQUENCE] = {.name = "sequence"},
	[PART_SEQUENCE_LOGGED] = {.name = "sequence logged"},
	[PART_START] = {.name = "start", .clause = " START WITH %v"},
	[PART_INCREMENT] = {.name = "increment", .clause = " INCREMENT BY %v"},
	[PART_MINVALUE] = {.name = "minvalue", .clause = " MINVALUE %v"},
	[PART_MAXVALUE] = {.name = "maxvalue", .clause = " MAXVALUE %v"},
	[PART_CACHE] = {.name = "cache", .clause = " CACHE %v"},
	[PART_CYCLE] = {.name = "cycle", .clause = " CYCLE"},
	[PART_STORAGE] = {.name = "storage"},
	[PART_COMPRESSION] = {.name = "compression"},
	[PART_STATISTICS] = {.name = "statistics"},
	[PART_OPTIONS] = {.name = "options"},
	[PART_FOREIGN_OPTIONS] = {.name = "foreign options"},
};

/* the texts of "extra", after those of the type */
enum
{
	EXTRA_ORIGIN = PGM_COLUMN_TYPE_EXTRAS,	/* "inherited", "merged" or NULL */
	EXTRA_STORAGE,				/* of the type */
	EXTRA_NOT_NULL,				/* name of the constraint, from 18 on */
	EXTRA_NOT_NULL_LOCAL,		/* not set: it only comes from a parent */
	EXTRA_SEQUENCE,				/* qualified name */
	EXTRA_SEQUENCE_NAME,
	EXTRA_START,				/* the numbers, default or not */
	EXTRA_INCREMENT,
	EXTRA_MINVALUE,
	EXTRA_MAXVALUE
};

/*
 * Does the column come from a parent alone?  That of a partition does.
 */
bool
pgm_column_is_inherited(const PgmObject *col)
{
	return col->extra[EXTRA_ORIGIN] != NULL && strcmp(col->extra[EXTRA_ORIGIN], "inherited") == 0;
}

/*
 * Is the column declared in the table and in a parent?
 */
bool
pgm_column_is_merged(const PgmObject *col)
{
	return col->extra[EXTRA_ORIGIN] != NULL && strcmp(col->extra[EXTRA_ORIGIN], "merged") == 0;
}

bool
pgm_column_is_generated(const PgmObject *col)
{
	return col->parts[PART_GENERATED] != NULL;
}

const char *
pgm_column_type(const PgmObject *col)
{
	return col->parts[PART_TYPE];
}

/*
 * Returns the qualified name of the sequence of an identity column, or NULL.
 */
const char *
pgm_column_sequence(const PgmObject *col)
{
	return col->extra[EXTRA_SEQUENCE];
}

const char *
pgm_column_sequence_name(const PgmObject *col)
{
	return col->extra[EXTRA_SEQUENCE_NAME];
}

/*
 * Returns the name that the sequence has while the table is aside, quoted as
 * needed.
 */
char *
pgm_aside_sequence(const PgmObject *col)
{
	PgmObject	sequence = {.name = pgm_column_sequence_name(col)};

	return pgm_aside_name(&sequence);
}

/*
 * Does ADD COLUMN give it values in rows that there are?
 */
bool
pgm_column_comes_with_values(const PgmObject *col)
{
	return col->parts[PART_GENERATED] != NULL || col->parts[PART_IDENTITY] != NULL ||
		pgm_column_default(col) != NULL || col->extra[PGM_COLUMN_DOMAIN] != NULL;
}

static bool
same_part(const PgmObject *from, const PgmObject *to, int part)
{
	return pgm_same_text(from->parts[part], to->parts[part]);
}

/*
 * Returns "ALTER TABLE t ALTER COLUMN c", with ONLY when a statement for that
 * part must not recurse.
 */
static char *
alter_column(const PgmObject *col, const char *only)
{
	return psprintf("%s ALTER COLUMN %s", pgm_alter_table(col->parent, only), col->name);
}

/*
 * Is NOT NULL something that CREATE TABLE cannot say?
 */
static bool
not_null_stands_alone(const PgmObject *col)
{
	const char *value = col->parts[PART_NOT_NULL];

	return value != NULL && strstr(value, " NOT VALID") != NULL;
}

/*
 * Appends GENERATED AS IDENTITY with the options of the sequence.
 */
static void
append_identity(StringInfo buf, const PgmObject *col)
{
	StringInfoData options;

	initStringInfo(&options);
	if (col->parts[PART_SEQUENCE] != NULL)
		appendStringInfo(&options, " SEQUENCE NAME %s", col->parts[PART_SEQUENCE]);
	if (col->parts[PART_START] != NULL)
		appendStringInfo(&options, " START WITH %s", col->parts[PART_START]);
	if (col->parts[PART_INCREMENT] != NULL)
		appendStringInfo(&options, " INCREMENT BY %s", col->parts[PART_INCREMENT]);
	if (col->parts[PART_MINVALUE] != NULL)
		appendStringInfo(&options, " MINVALUE %s", col->parts[PART_MINVALUE]);
	if (col->parts[PART_MAXVALUE] != NULL)
		appendStringInfo(&options, " MAXVALUE %s", col->parts[PART_MAXVALUE]);
	if (col->parts[PART_CACHE] != NULL)
		appendStringInfo(&options, " CACHE %s", col->parts[PART_CACHE]);
	if (col->parts[PART_CYCLE] != NULL)
		appendStringInfoString(&options, " CYCLE");
	appendStringInfo(buf, "GENERATED %s AS IDENTITY", col->parts[PART_IDENTITY]);
	if (options.len > 0)
		appendStringInfo(buf, " (%s)", options.data + 1);
	pfree(options.data);
}

/*
 * Returns the default of the column if it is made in the same statement.
 */
static const PgmObject *
default_inside(const PgmObject *col, const List *inside)
{
	const PgmObject *object = pgm_column_default(col);

	return object != NULL && list_member_ptr(inside, object) ? object : NULL;
}

/*
 * Does the column get what it has for a part from a parent that is named in
 * the same CREATE TABLE?
 */
static bool
comes_with_parent(const PgmObject *col, const List *inside, int part)
{
	ListCell   *lc;

	foreach(lc, inside)
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *above;

		if (tie->kind != &pgm_kind_inheritance || tie->parent != col->parent ||
			pgm_tie_parent(tie) == NULL)
			continue;
		above = pgm_table_column(pgm_tie_parent(tie), col->name);
		if (above != NULL && pgm_same_text(above->parts[part], col->parts[part]))
			return true;
	}
	return false;
}

/*
 * Is NOT NULL not said again?  Only then, from 18 on, it is the parent's alone.
 */
static bool
inherits_not_null(const PgmObject *col, const List *inside)
{
	return col->extra[EXTRA_NOT_NULL_LOCAL] == NULL &&
		comes_with_parent(col, inside, PART_NOT_NULL);
}

/*
 * Returns "CONSTRAINT name " for a NOT NULL that is to have a name, or "".
 * The name which the server would choose is still taken when a table of that
 * name is aside.
 */
static char *
not_null_name(const PgmObject *col)
{
	const char *value = col->parts[PART_NOT_NULL];
	const char *name = col->extra[EXTRA_NOT_NULL];

	if (name != NULL && (col->parent->remade || strncmp(value, "NOT NULL", 8) != 0))
		return psprintf("CONSTRAINT %s ", name);
	return "";
}

/*
 * Returns what NOT NULL is followed by where it is a constraint.
 */
static const char *
not_null_tail(const PgmObject *col)
{
	return strstr(col->parts[PART_NOT_NULL], "NOT NULL") + strlen("NOT NULL");
}

/*
 * Appends what follows the type.
 */
static void
append_qualities(StringInfo buf, const PgmObject *col, const List *inside)
{
	const PgmObject *object = default_inside(col, inside);

	if (object != NULL)
		appendStringInfo(buf, " DEFAULT %s", object->parts[0]);
	/* an expression must not be said again (before 16) */
	if (pgm_column_is_generated(col) && !comes_with_parent(col, inside, PART_EXPRESSION))
		appendStringInfo(buf, " GENERATED ALWAYS AS (%s) %s", col->parts[PART_EXPRESSION],
						 col->parts[PART_GENERATED]);
	if (col->parts[PART_NOT_NULL] != NULL && !not_null_stands_alone(col) &&
		!inherits_not_null(col, inside))
		appendStringInfo(buf, " %sNOT NULL%s", not_null_name(col), not_null_tail(col));
	if (col->parts[PART_IDENTITY] != NULL)
	{
		appendStringInfoChar(buf, ' ');
		append_identity(buf, col);
	}
}

/*
 * Returns what CREATE TABLE and ADD COLUMN say of the column, or NULL when
 * that is nothing because the type of the table says it all.
 */
char *
pgm_column_clause(const PgmObject *col, const List *inside)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, col->name);
	if (pgm_type_tie(col->parent) != NULL)
	{
		int			length = buf.len;

		append_qualities(&buf, col, inside);
		return buf.len > length ? buf.data : NULL;
	}
	appendStringInfo(&buf, " %s", col->parts[PART_TYPE]);
	if (col->parts[PART_COMPRESSION] != NULL)
		appendStringInfo(&buf, " COMPRESSION %s", col->parts[PART_COMPRESSION]);
	if (col->parts[PART_FOREIGN_OPTIONS] != NULL)
		appendStringInfo(&buf, " OPTIONS (%s)", col->parts[PART_FOREIGN_OPTIONS]);
	if (col->parts[PART_COLLATION] != NULL)
		appendStringInfo(&buf, " COLLATE %s", col->parts[PART_COLLATION]);
	append_qualities(&buf, col, inside);
	return buf.data;
}

static void
write_storage(PgmWriter *w, const PgmObject *col)
{
	const char *value = col->parts[PART_STORAGE];

	pgm_write(w, "%s SET STORAGE %s", alter_column(col, pgm_only(col, PART_STORAGE)),
			  value != NULL ? value : col->extra[EXTRA_STORAGE]);
}

static void
write_compression(PgmWriter *w, const PgmObject *col)
{
	const char *value = col->parts[PART_COMPRESSION];

	pgm_write(w, "%s SET COMPRESSION %s", alter_column(col, ""),
			  value != NULL ? value : "default");
}

static void
write_statistics(PgmWriter *w, const PgmObject *col)
{
	const char *value = col->parts[PART_STATISTICS];

	pgm_write(w, "%s SET STATISTICS %s", alter_column(col, pgm_only(col, PART_STATISTICS)),
			  value != NULL ? value : "-1");
}

/*
 * Writes that the sequence of an identity column is logged or not; without a
 * word of its own, it is what the table is.
 */
static void
write_sequence_logged(PgmWriter *w, const PgmObject *col, const char *value)
{
	pgm_write(w, "ALTER SEQUENCE %s SET %s", pgm_column_sequence(col), value);
}

/*
 * Writes SET NOT NULL, or what does that under a name.
 */
static void
write_set_not_null(PgmWriter *w, const PgmObject *col, const char *only)
{
	const char *name = not_null_name(col);
	const char *tail = not_null_tail(col);

	if (*name == '\0' && *tail == '\0')
		pgm_write(w, "%s SET NOT NULL", alter_column(col, only));
	else
		pgm_write(w, "%s ADD %sNOT NULL %s%s",
				  pgm_alter_table(col->parent, strstr(tail, "NO INHERIT") ? "" : only),
				  name, col->name, tail);
}

/*
 * Writes what CREATE TABLE and ADD COLUMN cannot say of the column.
 */
void
pgm_column_settle(PgmWriter *w, const PgmObject *col)
{
	if (not_null_stands_alone(col))
		write_set_not_null(w, col, "");
	if (col->parts[PART_SEQUENCE_LOGGED] != NULL)
		write_sequence_logged(w, col, col->parts[PART_SEQUENCE_LOGGED]);
	if (col->parts[PART_STORAGE] != NULL)
		write_storage(w, col);
	if (col->parts[PART_COMPRESSION] != NULL && pgm_type_tie(col->parent) != NULL)
		write_compression(w, col);
	if (col->parts[PART_STATISTICS] != NULL)
		write_statistics(w, col);
	if (col->parts[PART_OPTIONS] != NULL)
		pgm_write_options(w, alter_column(col, ""), NULL, col->parts[PART_OPTIONS]);
}

/*
 * Writes how a column that a parent makes differs from the parent's.
 */
void
pgm_column_settle_inherited(PgmWriter *w, const PgmObject *col, const List *inside)
{
	const PgmObject *object = default_inside(col, inside);
	const PgmObject *above = pgm_made_by_parent(col);
	bool		bare = above == NULL;

	if (object != NULL)
		object->kind->create(w, object, NIL);
	else if (!bare && pgm_column_default(col) == NULL && pgm_column_default(above) != NULL)
		pgm_write(w, "%s DROP DEFAULT",
				  alter_column(col, pgm_only(col, PGM_DEFAULT_PART)));
	if (bare || !same_part(above, col, PART_NOT_NULL))
	{
		if (col->parts[PART_NOT_NULL] != NULL)
			write_set_not_null(w, col, pgm_only(col, PART_NOT_NULL));
		else if (!bare)
			pgm_write(w, "%s DROP NOT NULL", alter_column(col, pgm_only(col, PART_NOT_NULL)));
	}
	if (!pgm_comes_from_parent(col, PART_STORAGE) &&
		(bare ? col->parts[PART_STORAGE] != NULL : !same_part(above, col, PART_STORAGE)))
		write_storage(w, col);
	if (bare ? col->parts[PART_COMPRESSION] != NULL : !same_part(above, col, PART_COMPRESSION))
		write_compression(w, col);
	if (col->parts[PART_STATISTICS] != NULL &&
		(pgm_table_is_made(col->parent) || !pgm_comes_from_parent(col, PART_STATISTICS)))
		write_statistics(w, col);
	if (col->parts[PART_OPTIONS] != NULL)
		pgm_write_options(w, alter_column(col, ""), NULL, col->parts[PART_OPTIONS]);
	if (col->parts[PART_FOREIGN_OPTIONS] != NULL)
		pgm_write_foreign_options(w, alter_column(col, ""), NULL,
								  col->parts[PART_FOREIGN_OPTIONS]);
}

/*
 * Says what adding a column does to rows that there are.
 */
static void
write_add_hazards(PgmWriter *w, const PgmObject *col, const PgmObject *object)
{
	if (pgm_is_foreign(col->parent) || pgm_table_is_made(col->parent))
		return;
	if (col->parts[PART_NOT_NULL] != NULL && object == NULL &&
		col->parts[PART_IDENTITY] == NULL && !pgm_column_is_generated(col) &&
		col->extra[PGM_COLUMN_DOMAIN] == NULL)
		pgm_write_hazard(w, PGM_DECIDE,
						 "fails if there are rows; give %s a DEFAULT, or add it without NOT NULL and fill it first",
						 col->name);
	if (col->parts[PART_IDENTITY] != NULL ||
		(col->parts[PART_GENERATED] != NULL && strcmp(col->parts[PART_GENERATED], "STORED") == 0) ||
		(object != NULL && object->extra[0] != NULL))
		pgm_write_hazard(w, PGM_REWRITES, "%s", "");
}

/*
 * Lets a new sequence go on where the values that there are end.
 */
static void
write_catch_up(PgmWriter *w, const PgmObject *col)
{
	bool		down = col->extra[EXTRA_INCREMENT][0] == '-';

	pgm_write(w, "SELECT pg_catalog.setval(%s, %s(%s)) FROM %s HAVING %s(%s) %s %s",
			  quote_literal_cstr(pgm_column_sequence(col)), down ? "min" : "max", col->name,
			  col->parent->identity, down ? "min" : "max", col->name, down ? "<=" : ">=",
			  col->extra[EXTRA_START]);
}

/*
 * Could the table of a new column have children when it is added?
 */
static bool
has_children(const PgmObject *col)
{
	return col->parent->other != NULL && pgm_ties_below(col->parent->other) != NIL;
}

/*
 * Adds an identity column to a table with children, which takes steps: ADD
 * COLUMN would have to give each child a sequence of its own.
 */
static void
add_identity_to_parent(PgmWriter *w, const PgmObject *col)
{
	const char *table = col->parent->identity;
	StringInfoData buf;

	pgm_write(w, "%s ADD COLUMN %s %s", pgm_alter_table(col->parent, ""), col->name,
			  col->parts[PART_TYPE]);
	pgm_write_hazard(w, PGM_REWRITES, "%s", "");
	pgm_write(w, "UPDATE %s AS t SET %s = %s + (r.n - 1) * %s\n"
			  "FROM (SELECT tableoid, ctid, row_number() OVER () AS n FROM %s) AS r\n"
			  "WHERE t.tableoid = r.tableoid AND t.ctid = r.ctid",
			  table, col->name, col->extra[EXTRA_START], col->extra[EXTRA_INCREMENT], table);
	write_set_not_null(w, col, "");
	initStringInfo(&buf);
	append_identity(&buf, col);
	pgm_write(w, "%s ADD %s", alter_column(col, ""), buf.data);
	write_catch_up(w, col);
}

static void
create_column(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const PgmObject *object = default_inside(obj, inside);

	if (pgm_made_by_parent(obj) != NULL ||
		(obj->parent->other != NULL && pgm_type_tie_stays(obj->parent->other, obj->parent)))
	{
		pgm_column_settle_inherited(w, obj, inside);
		return;
	}
	if (obj->parts[PART_IDENTITY] != NULL && has_children(obj) &&
		!(PGM_PARTITIONS_SHARE_IDENTITY && pgm_is_partitioned(obj->parent)))
	{
		add_identity_to_parent(w, obj);
		pgm_column_settle(w, obj);
		return;
	}
	write_add_hazards(w, obj, object);
	pgm_write(w, "%s ADD COLUMN ", pgm_alter_table(obj->parent, ""));
	if (pgm_type_tie(obj->parent) == NULL)
		pgm_write_more(w, "%s", pgm_column_clause(obj, inside));
	else
	{
		StringInfoData buf;

		initStringInfo(&buf);
		append_qualities(&buf, obj, inside);
		pgm_write_more(w, "%s %s%s", obj->name, obj->parts[PART_TYPE], buf.data);
	}
	pgm_column_settle(w, obj);
}

/*
 * Returns the ties over which children keep a column that their parent drops:
 * those that shall have it as their own, and those that are aside and still
 * have to give its values to their successor.
 */
static List *
keepers(const PgmObject *col)
{
	List	   *ties = NIL;
	ListCell   *lc;

	foreach(lc, pgm_ties_below(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *table = tie->parent;
		const PgmObject *child = pgm_table_column(table, col->name);

		if (child == NULL || !pgm_column_is_inherited(child) || child->other == NULL)
			continue;
		if (pgm_table_is_remade(table, table->other) ||
			(pgm_tie_stays(tie, tie->other) && !pgm_column_is_replaced(child, child->other)))
			ties = lappend(ties, lfirst(lc));
	}
	return ties;
}

static void
drop_column(PgmWriter *w, const PgmObject *obj)
{
	List	   *kept;
	ListCell   *lc;

	if (obj->parent->other != NULL && pgm_type_tie_stays(obj->parent, obj->parent->other))
		return;
	if (pgm_dropped_by_parent(obj))
		return;
	kept = keepers(obj);
	if (obj->kind->derived == NULL || !obj->kind->derived(obj))
		pgm_write_hazard(w, PGM_LOSES_DATA, "%s", "");
	pgm_write(w, "%s DROP COLUMN %s", pgm_alter_table(obj->parent, kept != NIL ? "ONLY " : ""),
			  obj->name);
	if (kept == NIL)
		return;
	foreach(lc, pgm_ties_below(obj->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, obj->name);

		if (!list_member_ptr(kept, tie) && child != NULL && pgm_dropped_by_parent(child))
			pgm_write(w, "%s DROP COLUMN %s", pgm_alter_table(tie->parent, ""), obj->name);
	}
}

/*
 * Can the way a column is generated be changed without making it anew?
 */
static bool
generation_can_change(const PgmObject *from, const PgmObject *to)
{
	const char *generated = from->parts[PART_GENERATED];

	if (same_part(from, to, PART_GENERATED))
		return same_part(from, to, PART_EXPRESSION) || PGM_CAN_SET_EXPRESSION;
	return to->parts[PART_GENERATED] == NULL && strcmp(generated, "STORED") == 0;
}

/*
 * Is a column of both snapshots dropped and made again?
 */
bool
pgm_column_is_replaced(const PgmObject *from, const PgmObject *to)
{
	bool		guess;

	if (from->parts[PART_GENERATED] == NULL && to->parts[PART_GENERATED] == NULL)
		return false;
	if (!generation_can_change(from, to))
		return true;
	if (to->parts[PART_GENERATED] == NULL ||
		(same_part(from, to, PART_TYPE) && same_part(from, to, PART_COLLATION) &&
		 !pgm_type_is_remade(to)))
		return false;
	return !same_part(from, to, PART_EXPRESSION) ||
		pgm_conversion(from, to, "", &guess) != NULL;
}

static PgmWay
way_of_column(const PgmObject *from, const PgmObject *to)
{
	if (pgm_column_is_replaced(from, to))
		return PGM_REPLACE;
	return same_part(from, to, PART_TYPE) && same_part(from, to, PART_COLLATION) ?
		PGM_ALTER : PGM_DISTURB;
}

/*
 * Does a table below have NOT NULL under another name than the one that the
 * column hands down?  Since 18, such a column cannot get a new type: the server
 * makes the constraint again everywhere under that one name.
 */
static bool
has_not_null_of_other_name(const PgmObject *col, const char *name)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_below(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, col->name);

		if (child == NULL || child->extra[EXTRA_NOT_NULL] == NULL)
			continue;
		if (strcmp(child->extra[EXTRA_NOT_NULL], name) != 0 ||
			has_not_null_of_other_name(child, name))
			return true;
	}
	return false;
}

/*
 * Gives a column its new type.  Returns false if the type stays.
 *
 * A default is cast along if it can be, and may then read differently than
 * one made for the type: so it is set again.
 */
static bool
alter_type(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	bool		remade = pgm_type_is_remade(to);
	const PgmObject *old_default = pgm_column_default(from);
	const PgmObject *new_default = pgm_column_default(to);
	bool		same_type = pgm_only_length_differs(from, to);
	bool		guess = false;
	const char *not_null = from->extra[EXTRA_NOT_NULL];
	char	   *expression;

	if (same_part(from, to, PART_TYPE) && same_part(from, to, PART_COLLATION) && !remade)
		return false;
	if (pgm_type_tie_stays(from->parent, to->parent) || pgm_changed_by_parent(to))
		return true;
	expression = pgm_conversion(from, to, to->name, &guess);
	if (pgm_column_is_generated(to))
		expression = NULL;
	if (guess)
		pgm_write_hazard(w, PGM_DECIDE, "there is no cast from %s to %s; say USING what",
						 from->parts[PART_TYPE], to->parts[PART_TYPE]);
	if (!pgm_is_foreign(to->parent))
	{
		if (pgm_retype_may_fail(from, to))
			pgm_write_hazard(w, PGM_MAY_FAIL, "values that do not fit into %s",
							 to->parts[PART_TYPE]);
		if (pgm_retype_rewrites(from, to))
			pgm_write_hazard(w, PGM_REWRITES, "%s", "");
	}
	if (not_null != NULL && !has_not_null_of_other_name(from, not_null))
		not_null = NULL;
	pgm_write_joined(w, pgm_alter_table(to->parent, ""));
	if (not_null != NULL)
		pgm_write_more(w, " ALTER COLUMN %s DROP NOT NULL,", to->name);
	if (old_default != NULL && new_default != NULL && !same_type && !remade)
		pgm_write_more(w, " ALTER COLUMN %s DROP DEFAULT,", to->name);
	pgm_write_more(w, " ALTER COLUMN %s TYPE %s", to->name, to->parts[PART_TYPE]);
	if (to->parts[PART_COLLATION] != NULL)
		pgm_write_more(w, " COLLATE %s", to->parts[PART_COLLATION]);
	if (expression != NULL)
		pgm_write_more(w, " USING %s", expression);
	if (old_default != NULL && new_default != NULL && !same_type && !remade &&
		pgm_same_text(old_default->parts[0], new_default->parts[0]))
		pgm_write_more(w, ", ALTER COLUMN %s SET DEFAULT %s", to->name, new_default->parts[0]);
	if (not_null != NULL)
		pgm_write_more(w, ", ADD CONSTRAINT %s NOT NULL %s%s", not_null, to->name,
					   not_null_tail(from));
	return true;
}

/*
 * Writes what a change of the generation expression needs.
 */
static void
alter_generation(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (pgm_changed_by_parent(to))
		return;
	if (!same_part(from, to, PART_GENERATED))
		pgm_write(w, "%s DROP EXPRESSION", alter_column(to, ""));
	else if (!same_part(from, to, PART_EXPRESSION))
	{
		if (strcmp(to->parts[PART_GENERATED], "STORED") == 0)
			pgm_write_hazard(w, PGM_REWRITES, "%s", "");
		pgm_write(w, "%s SET EXPRESSION AS (%s)", alter_column(to, ""),
				  to->parts[PART_EXPRESSION]);
	}
}

/*
 * Makes columns of children that have to be NOT NULL so again, when it had to
 * be dropped for all of them.
 */
static void
restore_not_null_below(PgmWriter *w, const PgmObject *col)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_below(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, col->name);

		if (child == NULL || !pgm_tie_stays(tie->other, tie))
			continue;
		if (child->parts[PART_NOT_NULL] == NULL)
			restore_not_null_below(w, child);
		else if (child->other != NULL && child->other->parts[PART_NOT_NULL] != NULL)
			write_set_not_null(w, child, "");
	}
}

/*
 * Takes NOT NULL from columns of children that have their own and shall have
 * it only as it is handed down.  They would keep theirs.
 */
static void
drop_own_not_null_below(PgmWriter *w, const PgmObject *col)
{
	ListCell   *lc;

	if (col->extra[EXTRA_NOT_NULL] == NULL || strstr(col->parts[PART_NOT_NULL], "NO INHERIT") != NULL)
		return;
	foreach(lc, pgm_ties_below(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, col->name);

		if (child == NULL || child->other == NULL || !pgm_tie_stays(tie->other, tie))
			continue;
		if (child->other->extra[EXTRA_NOT_NULL] == NULL)
			drop_own_not_null_below(w, child);
		else if (child->extra[EXTRA_NOT_NULL] != NULL &&
				 child->extra[EXTRA_NOT_NULL_LOCAL] == NULL &&
				 child->other->extra[EXTRA_NOT_NULL_LOCAL] != NULL)
			pgm_write(w, "%s DROP NOT NULL", alter_column(child, ""));
	}
}

/*
 * Renames the NOT NULL that a column keeps from a parent, which has lost its
 * own or is no parent any more, to the name that it shall have.  col is of the
 * snapshot before the change.
 */
void
pgm_column_rename_not_null(PgmWriter *w, const PgmObject *col)
{
	const char *old_name = col->extra[EXTRA_NOT_NULL];
	const char *name = col->other == NULL ? NULL : col->other->extra[EXTRA_NOT_NULL];

	if (old_name != NULL && name != NULL && strcmp(old_name, name) != 0 &&
		same_part(col, col->other, PART_NOT_NULL))
		pgm_write(w, "%s RENAME CONSTRAINT %s TO %s", pgm_alter_table(col->other->parent, ""),
				  old_name, name);
}

/*
 * Does so for the children that keep NOT NULL when a column loses it.
 */
static void
rename_not_null_below(PgmWriter *w, const PgmObject *col)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_below(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, col->name);

		if (child != NULL && pgm_tie_stays(tie, tie->other))
			pgm_column_rename_not_null(w, child);
	}
}

/*
 * Is the column in a partition that stays one of a table with this column?
 */
static bool
is_in_staying_partition(const PgmObject *col)
{
	return pgm_is_partition(col->parent) && pgm_changed_by_parent(col);
}

/*
 * Changes what a NOT NULL constraint with a name is like.
 */
static void
alter_not_null_constraint(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *old_name = from->extra[EXTRA_NOT_NULL];
	const char *name = to->extra[EXTRA_NOT_NULL];
	const char *old_value = from->parts[PART_NOT_NULL];
	const char *value = to->parts[PART_NOT_NULL];
	char	   *alter = pgm_alter_table(to->parent, "");

	if (strcmp(old_name, name) != 0)
		pgm_write(w, "%s RENAME CONSTRAINT %s TO %s", alter, old_name, name);
	if ((strstr(old_value, " NO INHERIT") == NULL) != (strstr(value, " NO INHERIT") == NULL))
		pgm_write(w, "%s ALTER CONSTRAINT %s %s", alter, name,
				  strstr(value, " NO INHERIT") != NULL ? "NO INHERIT" : "INHERIT");
	if (strstr(old_value, " NOT VALID") != NULL && strstr(value, " NOT VALID") == NULL)
	{
		pgm_write_hazard(w, PGM_MAY_FAIL, "rows with nulls in %s", to->name);
		pgm_write(w, "%s VALIDATE CONSTRAINT %s", alter, name);
	}
}

/*
 * Sets or drops NOT NULL.  A partitioned table cannot do it alone.
 */
static void
alter_not_null(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	bool		partitioned = pgm_is_partitioned(to->parent);
	const char *only = partitioned ? "" : pgm_only(to, PART_NOT_NULL);

	if (same_part(from, to, PART_NOT_NULL) || pgm_comes_from_parent(to, PART_NOT_NULL))
		return;
	if (from->parts[PART_NOT_NULL] != NULL && to->parts[PART_NOT_NULL] != NULL)
	{
		alter_not_null_constraint(w, from, to);
		return;
	}
	if (to->parts[PART_NOT_NULL] != NULL)
	{
		drop_own_not_null_below(w, to);
		if (!pgm_is_foreign(to->parent))
			pgm_write_hazard(w, PGM_MAY_FAIL, "rows with nulls in %s", to->name);
		write_set_not_null(w, to, only);
		return;
	}
	if (is_in_staying_partition(to) && from->other != NULL)
	{
		const PgmObject *tie = linitial(pgm_ties_of(to->parent));
		const PgmObject *above = pgm_table_column(pgm_tie_parent(tie), to->name);

		if (above != NULL && above->other != NULL && !same_part(above, above->other, PART_NOT_NULL))
			return;				/* dropping it there dropped it here */
	}
	pgm_write(w, "%s DROP NOT NULL", alter_column(to, only));
	if (partitioned)
		restore_not_null_below(w, to);
	else if (*only != '\0')
		rename_not_null_below(w, from);
}

/*
 * Makes a column that has rows an identity column.
 */
static void
add_identity(PgmWriter *w, const PgmObject *to)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_identity(&buf, to);
	pgm_write(w, "%s ADD %s", alter_column(to, ""), buf.data);
	write_catch_up(w, to);
	if (to->parts[PART_SEQUENCE_LOGGED] != NULL)
		write_sequence_logged(w, to, to->parts[PART_SEQUENCE_LOGGED]);
}

static int64
number_of(const PgmObject *col, int extra)
{
	return pg_strtoint64(col->extra[extra]);
}

/*
 * Brings the sequence into its new limits.  Returns whether it must restart
 * because the new limits and the old ones have nothing in common.
 */
static bool
enter_limits(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	int64		old_min = number_of(from, EXTRA_MINVALUE);
	int64		old_max = number_of(from, EXTRA_MAXVALUE);
	int64		min = number_of(to, EXTRA_MINVALUE);
	int64		max = number_of(to, EXTRA_MAXVALUE);
	const char *sequence = pgm_column_sequence(to);

	if (min > old_max || max < old_min)
		return true;
	if (min > old_min)
		pgm_write(w, "SELECT pg_catalog.setval(%s, " INT64_FORMAT ", false) FROM %s WHERE last_value < " INT64_FORMAT,
				  quote_literal_cstr(sequence), min, sequence, min);
	if (max < old_max && same_part(from, to, PART_TYPE))
		pgm_write(w, "SELECT pg_catalog.setval(%s, " INT64_FORMAT ") FROM %s WHERE last_value > " INT64_FORMAT,
				  quote_literal_cstr(sequence), max, sequence, max);
	return false;
}

/*
 * Changes the options of the sequence.  A limit that is the type's own has
 * followed the type.
 */
static void
alter_identity_options(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	StringInfoData buf;
	bool		restart = false;
	const char **new = to->parts;

	initStringInfo(&buf);
	if (!same_part(from, to, PART_IDENTITY))
		appendStringInfo(&buf, " SET GENERATED %s", new[PART_IDENTITY]);
	if (!same_part(from, to, PART_INCREMENT))
		appendStringInfo(&buf, " SET INCREMENT BY %s", to->extra[EXTRA_INCREMENT]);
	if (!same_part(from, to, PART_MINVALUE))
		appendStringInfo(&buf, new[PART_MINVALUE] ? " SET MINVALUE %s" : " SET NO MINVALUE",
						 new[PART_MINVALUE]);
	if (!same_part(from, to, PART_MAXVALUE))
		appendStringInfo(&buf, new[PART_MAXVALUE] ? " SET MAXVALUE %s" : " SET NO MAXVALUE",
						 new[PART_MAXVALUE]);
	if (strcmp(from->extra[EXTRA_START], to->extra[EXTRA_START]) != 0)
		appendStringInfo(&buf, " SET START WITH %s", to->extra[EXTRA_START]);
	if (!same_part(from, to, PART_CACHE))
		appendStringInfo(&buf, " SET CACHE %s", new[PART_CACHE] ? new[PART_CACHE] : "1");
	if (!same_part(from, to, PART_CYCLE))
		appendStringInfo(&buf, " SET %sCYCLE", new[PART_CYCLE] ? "" : "NO ");
	if (!same_part(from, to, PART_MINVALUE) || !same_part(from, to, PART_MAXVALUE))
		restart = enter_limits(w, from, to);
	if (restart)
		appendStringInfo(&buf, " RESTART WITH %s", to->extra[EXTRA_START]);
	if (buf.len > 0)
		pgm_write(w, "%s%s", alter_column(to, ""), buf.data);
}

/*
 * Changes an identity column that stays one.
 */
static void
alter_identity(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *old_name = pgm_column_sequence_name(from);
	const char *logged = to->parts[PART_SEQUENCE_LOGGED];

	if (strcmp(old_name, pgm_column_sequence_name(to)) != 0)
		pgm_write(w, "ALTER SEQUENCE %s RENAME TO %s", pgm_column_sequence(from),
				  pgm_column_sequence_name(to));
	alter_identity_options(w, from, to);
	if (!same_part(from, to, PART_SEQUENCE_LOGGED))
	{
		if (logged == NULL)
			logged = strcmp(from->parts[PART_SEQUENCE_LOGGED], "LOGGED") == 0 ?
				"UNLOGGED" : "LOGGED";
		write_sequence_logged(w, to, logged);
	}
}

/*
 * Changes what only says how values are kept.  A new type takes the storage
 * and the compression away.
 */
static void
alter_keeping(PgmWriter *w, const PgmObject *from, const PgmObject *to, bool retyped)
{
	bool		lost = retyped && to->parts[PART_STORAGE] != NULL;

	if ((lost || !same_part(from, to, PART_STORAGE)) &&
		!(retyped && to->parts[PART_STORAGE] == NULL) &&
		(lost || !pgm_comes_from_parent(to, PART_STORAGE)))
		write_storage(w, to);
	if ((retyped && to->parts[PART_COMPRESSION] != NULL) ||
		(!retyped && !same_part(from, to, PART_COMPRESSION)))
		write_compression(w, to);
	if (!same_part(from, to, PART_STATISTICS) && !pgm_comes_from_parent(to, PART_STATISTICS))
		write_statistics(w, to);
	pgm_write_options(w, alter_column(to, ""), from->parts[PART_OPTIONS],
					  to->parts[PART_OPTIONS]);
	pgm_write_foreign_options(w, alter_column(to, ""), from->parts[PART_FOREIGN_OPTIONS],
							  to->parts[PART_FOREIGN_OPTIONS]);
}

static void
change_column(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	bool		had_identity = from->parts[PART_IDENTITY] != NULL;
	bool		has_identity = to->parts[PART_IDENTITY] != NULL;
	bool		retyped;

	if (had_identity && !has_identity)
		pgm_write(w, "%s DROP IDENTITY", alter_column(to, ""));
	alter_generation(w, from, to);
	retyped = alter_type(w, from, to);
	alter_not_null(w, from, to);
	if (has_identity && had_identity)
		alter_identity(w, from, to);
	else if (has_identity)
		add_identity(w, to);
	alter_keeping(w, from, to, retyped);
}

/*
 * Has the column no data of its own?
 */
static bool
is_derived(const PgmObject *obj)
{
	return pgm_column_is_generated(obj) || (obj->parent != NULL && pgm_is_foreign(obj->parent));
}

const PgmKind pgm_kind_column = {
	.name = "column",
	.word = "COLUMN",
	.classid = RelationRelationId,
	.parent_class = RelationRelationId,
	.rank = 212,
	.flags = PGM_FOLDS | PGM_HOLDS_DATA,
	.query =
	"WITH rel AS MATERIALIZED ("
	"  SELECT c.oid, c.relname, c.relispartition, c.relpersistence, n.nspname::text AS nspname,"
	"   quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity,"
	"   c.oid IN (SELECT inhrelid FROM pg_inherits) AS inherits"
	"  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	"  WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY ($1)"
	"  AND c.relpersistence <> 't'),"
	" a AS MATERIALIZED (SELECT a.* FROM rel," PGM_COLUMNS_OF("rel.oid") "),"
	/* their types; the base type stands for a domain */
	" typ AS MATERIALIZED ("
	"  SELECT t.oid, t.typcollation, t.typstorage, format_type(t.oid, -1) AS name,"
	"   coalesce(b.oid, t.oid)::text AS base, format_type(coalesce(b.oid, t.oid), NULL) AS base_name,"
	"   coalesce(b.typcategory, t.typcategory)::text AS category,"
	"   CASE WHEN b.oid IS NOT NULL THEN 'domain' END AS domain,"
	"   CASE WHEN b.oid IS NOT NULL THEN t.typtypmod::text END AS domain_typmod"
	"  FROM pg_type t LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'"
	"  WHERE t.oid IN (SELECT atttypid FROM a)),"
	/* the columns of parents, for columns that come from there alone */
	" above AS ("
	"  SELECT a.attrelid, a.attnum,"
	"   array_agg(ARRAY['pg_class'::regclass::oid, p.attrelid, p.attnum::int4::oid]) AS needs"
	"  FROM rel r JOIN pg_inherits i ON i.inhrelid = r.oid"
	"  JOIN pg_attribute a ON a.attrelid = i.inhrelid AND NOT a.attislocal AND a.attnum > 0"
	"  JOIN pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname"
	"   AND NOT p.attisdropped"
	"  WHERE r.inherits GROUP BY a.attrelid, a.attnum),"
	/* the sequences of identity columns */
	" seq AS ("
	"  SELECT d.refobjid, d.refobjsubid, k.relname, k.relpersistence,"
	"   quote_ident(n.nspname) || '.' || quote_ident(k.relname) AS identity,"
	"   q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, q.seqcycle,"
	"   CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END AS usual_start,"
	"   CASE WHEN q.seqincrement > 0 THEN 1 WHEN q.seqtypid = 'int2'::regtype THEN -32768"
	"    WHEN q.seqtypid = 'int4'::regtype THEN -2147483648"
	"    ELSE -9223372036854775808 END AS usual_min,"
	"   CASE WHEN q.seqincrement < 0 THEN -1 WHEN q.seqtypid = 'int2'::regtype THEN 32767"
	"    WHEN q.seqtypid = 'int4'::regtype THEN 2147483647"
	"    ELSE 9223372036854775807 END AS usual_max"
	"  FROM pg_sequence q"
	"  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = q.seqrelid"
	"   AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'"
	"  JOIN pg_class k ON k.oid = q.seqrelid JOIN pg_namespace n ON n.oid = k.relnamespace"
	"  WHERE k.relnamespace = ANY ($1))"
	" SELECT a.attrelid, a.attnum::int4, a.attrelid, 0, r.nspname, quote_ident(a.attname),"
	"  r.identity || '.' || quote_ident(a.attname), NULL::text, NULL::text, NULL::oid, a.attacl,"
	"  ARRAY[CASE WHEN a.atttypmod < 0 THEN t.name ELSE format_type(a.atttypid, a.atttypmod) END,"
	"   CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,"
	"   " PGM_NOT_NULL ","
	"   CASE a.attgenerated WHEN 's' THEN 'STORED' WHEN 'v' THEN 'VIRTUAL' END,"
	"   CASE WHEN a.attgenerated <> '' THEN (SELECT pg_get_expr(g.adbin, g.adrelid)"
	"    FROM pg_attrdef g WHERE g.adrelid = a.attrelid AND g.adnum = a.attnum) END,"
	"   CASE WHEN s.identity IS NULL THEN NULL WHEN a.attidentity = 'a' THEN 'ALWAYS'"
	"    ELSE 'BY DEFAULT' END,"
	"   CASE WHEN s.relname <> r.relname || '_' || a.attname || '_seq' THEN s.identity END,"
	"   CASE WHEN s.relpersistence <> r.relpersistence THEN"
	"    CASE s.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END END,"
	"   CASE WHEN s.seqstart <> s.usual_start THEN s.seqstart::text END,"
	"   CASE WHEN s.seqincrement <> 1 THEN s.seqincrement::text END,"
	"   CASE WHEN s.seqmin <> s.usual_min THEN s.seqmin::text END,"
	"   CASE WHEN s.seqmax <> s.usual_max THEN s.seqmax::text END,"
	"   CASE WHEN s.seqcache <> 1 THEN s.seqcache::text END,"
	"   CASE WHEN s.seqcycle THEN 'CYCLE' END,"
	"   CASE WHEN a.attstorage <> t.typstorage THEN " PGM_STORAGE("a.attstorage") " END,"
	"   CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,"
	"   nullif(a.attstattarget, -1)::text,"
	"   CASE WHEN " HAS_OPTIONS " THEN " PGM_PARAMETERS("a.attoptions", "") " END,"
	"   CASE WHEN a.attfdwoptions IS NOT NULL THEN " PGM_FOREIGN_OPTIONS("a.attfdwoptions") " END],"
	"  above.needs, s.identity,"
	"  ARRAY[t.base, t.base_name, coalesce(t.domain_typmod, a.atttypmod::text), t.category, t.domain,"
	"   CASE WHEN a.attinhcount = 0 THEN NULL WHEN a.attislocal THEN 'merged' ELSE 'inherited' END,"
	"   " PGM_STORAGE("t.typstorage") ", " PGM_NOT_NULL_NAME ", " PGM_NOT_NULL_LOCAL ", s.identity, quote_ident(s.relname),"
	"   s.seqstart::text, s.seqincrement::text, s.seqmin::text, s.seqmax::text]"
	" FROM a JOIN rel r ON r.oid = a.attrelid"
	" JOIN typ t ON t.oid = a.atttypid"
	" LEFT JOIN seq s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum"
	" LEFT JOIN above ON above.attrelid = a.attrelid AND above.attnum = a.attnum"
	PGM_NOT_NULL_JOIN,
	.parts = column_parts,
	.nparts = COLUMN_NPARTS,
	.acl_type = OBJECT_COLUMN,
	.has_acl = true,
	.create = create_column,
	.drop = drop_column,
	.way = way_of_column,
	.alter = change_column,
	.derived = is_derived,
};
