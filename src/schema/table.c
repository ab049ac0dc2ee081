/*-------------------------------------------------------------------------
 *
 * table.c
 *	  Tables, partitioned tables and foreign tables.
 *
 * Columns, constraints and what a table inherits are objects of their own, in
 * other files; here is the statement that holds them.  A table is never
 * dropped to change it.  What cannot be changed in place, how it is
 * partitioned, takes a new table that gets the rows of the old one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/constraint.h"
#include "schema/kinds.h"
#include "schema/table.h"
#include "schema/type.h"

enum
{
	PART_UNLOGGED,
	PART_OPTIONS,
	PART_METHOD,
	PART_TABLESPACE,
	PART_REPLICA,				/* FULL, NOTHING; "index" is for the index to set */
	PART_SECURITY,
	PART_FORCE,
	PART_FAMILY,				/* see PGM_FAMILIES */
	PART_KEYS,					/* how the tables above are partitioned */
	TABLE_NPARTS
};

static const PgmPart table_parts[TABLE_NPARTS] = {
	[PART_UNLOGGED] = {
		.name = "unlogged",
		.set = "ALTER TABLE %i SET UNLOGGED",
		.unset = "ALTER TABLE %i SET LOGGED"
	},
	[PART_OPTIONS] = {.name = "storage parameters"},
	[PART_METHOD] = {
		.name = "access method",
		.set = "ALTER TABLE %i SET ACCESS METHOD %v",
		.unset = "ALTER TABLE %i SET ACCESS METHOD heap"
	},
	[PART_TABLESPACE] = {
		.name = "tablespace",
		.set = "ALTER TABLE %i SET TABLESPACE %v",
		.unset = "ALTER TABLE %i SET TABLESPACE pg_default"
	},
	[PART_REPLICA] = {
		.name = "replica identity",
		.set = "ALTER TABLE %i REPLICA IDENTITY %v",
		.unset = "ALTER TABLE %i REPLICA IDENTITY DEFAULT"
	},
	[PART_SECURITY] = {
		.name = "row level security",
		.set = "ALTER TABLE %i ENABLE ROW LEVEL SECURITY",
		.unset = "ALTER TABLE %i DISABLE ROW LEVEL SECURITY"
	},
	[PART_FORCE] = {
		.name = "force row level security",
		.set = "ALTER TABLE %i FORCE ROW LEVEL SECURITY",
		.unset = "ALTER TABLE %i NO FORCE ROW LEVEL SECURITY"
	},
	[PART_FAMILY] = {.name = "inherited columns"},
	[PART_KEYS] = {.name = "partition keys above"},
};

/* parts of a foreign table, whose definition is the server */
enum
{
	FOREIGN_OPTIONS,
	FOREIGN_FAMILY,
	FOREIGN_NPARTS
};

static const PgmPart foreign_parts[FOREIGN_NPARTS] = {
	{"options", NULL, NULL, NULL},
	{"inherited columns", NULL, NULL, NULL},
};

/* the texts of "extra", of both kinds */
enum
{
	EXTRA_PARTITION,			/* "partition" or NULL */
	EXTRA_KEY,					/* PARTITION BY, without the word */
	EXTRA_KEY_COLUMNS			/* from here on: names of the columns in it */
};

bool
pgm_is_table(const PgmObject *obj)
{
	return obj->kind == &pgm_kind_table || obj->kind == &pgm_kind_foreign_table;
}

bool
pgm_is_foreign(const PgmObject *table)
{
	return table->kind == &pgm_kind_foreign_table;
}

bool
pgm_is_partition(const PgmObject *table)
{
	return table->extra[EXTRA_PARTITION] != NULL;
}

bool
pgm_is_partitioned(const PgmObject *table)
{
	return table->kind == &pgm_kind_table && table->extra[EXTRA_KEY] != NULL;
}

/*
 * Is that a column by which its table is partitioned?
 */
bool
pgm_is_partition_key(const PgmObject *col)
{
	const PgmObject *table = col->parent;

	if (table == NULL || !pgm_is_table(table))
		return false;
	for (int i = EXTRA_KEY_COLUMNS; i < table->nextra; i++)
		if (strcmp(table->extra[i], col->name) == 0)
			return true;
	return false;
}

/*
 * Returns "ALTER TABLE t" or "ALTER FOREIGN TABLE t", with what is given
 * between.
 */
char *
pgm_alter_table(const PgmObject *table, const char *only)
{
	return psprintf("ALTER %s %s%s", table->kind->word, only, table->identity);
}

/*
 * Is a partition of the snapshot that is left in a table that gets a
 * successor, and shall be in that?  Then its rows go there.
 */
static bool
is_under_remade(const PgmObject *from, const PgmObject *to)
{
	List	   *from_ties = pgm_ties_of(from);
	List	   *to_ties = pgm_ties_of(to);
	const PgmObject *from_parent;
	const PgmObject *to_parent;

	if (from_ties == NIL || to_ties == NIL || !pgm_is_partition(from) || !pgm_is_partition(to))
		return false;
	from_parent = pgm_tie_parent(linitial(from_ties));
	to_parent = pgm_tie_parent(linitial(to_ties));
	return from_parent != NULL && to_parent != NULL && from_parent->other == to_parent &&
		pgm_table_is_remade(from_parent, to_parent);
}

/*
 * Does a table of both snapshots get a successor?
 */
bool
pgm_table_is_remade(const PgmObject *from, const PgmObject *to)
{
	if (from->kind != &pgm_kind_table || to->kind != from->kind)
		return false;
	if (strcmp(from->definition, to->definition) != 0 || (from->remade && to->remade))
		return true;
	if (is_under_remade(from, to))
		return true;
	return !pgm_same_text(from->parts[PART_FAMILY], to->parts[PART_FAMILY]) &&
		pgm_ties_need_remake(from, to);
}

/*
 * Is a table of the wanted snapshot made anew?
 */
bool
pgm_table_is_made(const PgmObject *to)
{
	if (to->other == NULL)
		return true;
	if (pgm_is_foreign(to))
		return strcmp(to->definition, to->other->definition) != 0;
	return pgm_table_is_remade(to->other, to);
}

/*
 * Is that a table of both snapshots that becomes unlogged, or logged?
 */
bool
pgm_table_becomes(const PgmObject *from, bool unlogged)
{
	return from->kind == &pgm_kind_table && from->other != NULL &&
		(from->parts[PART_UNLOGGED] != NULL) != unlogged &&
		(from->other->parts[PART_UNLOGGED] != NULL) == unlogged;
}

static int
compare_columns(const ListCell *a, const ListCell *b)
{
	const PgmObject *left = lfirst(a);
	const PgmObject *right = lfirst(b);

	return left->address.objectSubId - right->address.objectSubId;
}

/*
 * Returns the objects of a kind among those that are made with the table;
 * columns in their order.
 */
static List *
inside_of_kind(List *inside, const PgmKind *kind)
{
	List	   *objects = NIL;
	ListCell   *lc;

	foreach(lc, inside)
	{
		const PgmObject *object = lfirst(lc);

		if (object->kind == kind)
			objects = lappend(objects, lfirst(lc));
	}
	if (kind == &pgm_kind_column)
		list_sort(objects, compare_columns);
	return objects;
}

/*
 * Does the column come with a parent that the statement names?
 */
static bool
comes_with_parents(const PgmObject *col, const List *ties)
{
	ListCell   *lc;

	if (!pgm_column_is_inherited(col))
		return false;
	foreach(lc, ties)
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *parent = pgm_tie_parent(tie);

		if (parent == NULL || pgm_table_column(parent, col->name) != NULL)
			return true;
	}
	return false;
}

/*
 * Returns the ties among these that are to tables, in their order.
 */
static List *
table_ties(const PgmObject *table, const List *ties)
{
	List	   *sorted = NIL;
	ListCell   *lc;

	foreach(lc, pgm_ties_of(table))
		if (list_member_ptr(ties, lfirst(lc)))
			sorted = lappend(sorted, lfirst(lc));
	return sorted;
}

/*
 * Writes the columns and constraints, one a line.
 */
static void
write_elements(PgmWriter *w, const PgmObject *obj, List *inside, List *ties)
{
	bool		typed = pgm_type_tie(obj) != NULL;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, inside_of_kind(inside, &pgm_kind_column))
	{
		const PgmObject *col = lfirst(lc);
		const char *clause = pgm_column_clause(col, inside);

		if (clause != NULL && !comes_with_parents(col, ties))
			appendStringInfo(&buf, "%s\n\t%s", buf.len > 0 ? "," : "", clause);
	}
	foreach(lc, inside_of_kind(inside, &pgm_kind_constraint))
	{
		const PgmObject *constraint = lfirst(lc);

		if (ties == NIL || !pgm_constraint_is_inherited(constraint))
			appendStringInfo(&buf, "%s\n\t%s", buf.len > 0 ? "," : "",
							 pgm_constraint_clause(constraint));
	}
	if (buf.len > 0)
		pgm_write_more(w, " (%s\n)", buf.data);
	else if (!typed)
		pgm_write_more(w, " ()");
	pfree(buf.data);
}

/*
 * Writes CREATE TABLE up to what tables and foreign tables do not share, and
 * returns the ties to parents that it names.
 */
static List *
begin_create(PgmWriter *w, const PgmObject *obj, List *inside, const char *word)
{
	List	   *made = inside_of_kind(inside, &pgm_kind_inheritance);
	List	   *ties = table_ties(obj, made);
	const PgmObject *type = pgm_type_tie(obj);
	ListCell   *lc;

	pgm_write(w, "CREATE %s %s", word, obj->identity);
	if (type != NULL && list_member_ptr(made, type))
		pgm_write_more(w, " OF %s", type->extra[PGM_TIE_PARENT]);
	write_elements(w, obj, inside, ties);
	foreach(lc, ties)
	{
		const PgmObject *tie = lfirst(lc);

		pgm_write_more(w, "%s%s", foreach_current_index(lc) == 0 ? "\nINHERITS (" : ", ",
					   tie->extra[PGM_TIE_PARENT]);
	}
	if (ties != NIL)
		pgm_write_more(w, ")");
	return ties;
}

/*
 * Writes what CREATE TABLE cannot say of the columns.
 */
static void
settle_columns(PgmWriter *w, List *inside, List *ties)
{
	ListCell   *lc;

	foreach(lc, inside_of_kind(inside, &pgm_kind_column))
	{
		const PgmObject *col = lfirst(lc);

		if (comes_with_parents(col, ties))
			pgm_column_settle_inherited(w, col, inside);
		else
			pgm_column_settle(w, col);
	}
}

static void
create_table(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *const *parts = obj->parts;
	List	   *ties;

	ties = begin_create(w, obj, inside,
						parts[PART_UNLOGGED] != NULL ? "UNLOGGED TABLE" : "TABLE");
	if (pgm_is_partitioned(obj))
		pgm_write_more(w, "\nPARTITION BY %s", obj->extra[EXTRA_KEY]);
	if (parts[PART_METHOD] != NULL && !pgm_is_partitioned(obj))
		pgm_write_more(w, "\nUSING %s", parts[PART_METHOD]);
	if (parts[PART_OPTIONS] != NULL)
		pgm_write_more(w, "\nWITH (%s)", parts[PART_OPTIONS]);
	if (parts[PART_TABLESPACE] != NULL)
		pgm_write_more(w, "\nTABLESPACE %s", parts[PART_TABLESPACE]);
	if (parts[PART_METHOD] != NULL && pgm_is_partitioned(obj))
		pgm_write_part(w, table_parts[PART_METHOD].set, obj, parts[PART_METHOD], NULL);
	settle_columns(w, inside, ties);
	for (int i = PART_REPLICA; i <= PART_FORCE; i++)
		if (parts[i] != NULL && strcmp(parts[i], "index") != 0)
			pgm_write_part(w, table_parts[i].set, obj, parts[i], NULL);
}

static PgmWay
way_of_table(const PgmObject *from, const PgmObject *to)
{
	if (pgm_table_is_remade(from, to))
		return PGM_REMAKE;
	for (int i = 0; i < PART_FAMILY; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]))
			return PGM_ALTER;
	return PGM_SAME;
}

static bool
has_toast_parameters(const PgmObject *table)
{
	const char *options = table->parts[PART_OPTIONS];

	return options != NULL && strstr(options, "toast.") != NULL;
}

/*
 * Does a table get storage parameters for its TOAST table, and had none?
 * Perhaps it had no such table, and then they would be ignored: the columns
 * that need it come first.
 */
bool
pgm_table_gets_toast_parameters(const PgmObject *from, const PgmObject *to)
{
	return from->kind == &pgm_kind_table && has_toast_parameters(to) &&
		!has_toast_parameters(from);
}

/*
 * Lets the sequences of a table that becomes logged or unlogged be as wanted.
 */
static void
keep_sequences(PgmWriter *w, const PgmObject *from, bool unlogged)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, from->pieces)
		foreach(lc2, ((const PgmObject *) lfirst(lc))->carries)
		pgm_sequence_keep(w, lfirst(lc2), unlogged);
}

static void
alter_table(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_write_options(w, pgm_alter_table(to, ""), from->parts[PART_OPTIONS],
					  to->parts[PART_OPTIONS]);
	for (int i = 0; i < PART_FAMILY; i++)
	{
		const char *value = to->parts[i];

		if (i == PART_OPTIONS || pgm_same_text(from->parts[i], value))
			continue;
		if (i == PART_REPLICA && value != NULL && strcmp(value, "index") == 0)
			continue;			/* the index does it */
		if (i <= PART_TABLESPACE && !pgm_is_partitioned(to))
			pgm_write_hazard(w, PGM_REWRITES, "%s", "");
		pgm_write_part(w, value != NULL ? table_parts[i].set : table_parts[i].unset, to,
					   value, from->parts[i]);
		if (i == PART_UNLOGGED)
			keep_sequences(w, from, value != NULL);
	}
}

/*
 * Renames a table aside, with the sequences that go with it.
 */
static void
put_aside(PgmWriter *w, const PgmObject *from)
{
	ListCell   *lc;

	pgm_write(w, "%s RENAME TO %s", pgm_alter_table(from, ""), pgm_aside_name(from));
	foreach(lc, from->pieces)
	{
		const PgmObject *col = lfirst(lc);

		if (col->kind == &pgm_kind_column && pgm_column_sequence(col) != NULL)
			pgm_write(w, "ALTER SEQUENCE %s RENAME TO %s", pgm_column_sequence(col),
					  pgm_aside_sequence(col));
	}
}

/*
 * Returns the table that rows are put into to get to where they belong: a
 * partition with other bounds may not be the place for all of them.
 */
static const PgmObject *
destination(const PgmObject *to)
{
	List	   *ties = pgm_is_partition(to) ? pgm_ties_of(to) : NIL;
	const PgmObject *tie;
	const PgmObject *parent;

	if (ties == NIL)
		return to;
	tie = linitial(ties);
	parent = pgm_tie_parent(tie);
	if (parent == NULL || tie->other == NULL ||
		strcmp(tie->definition, tie->other->definition) == 0)
		return to;
	return destination(parent);
}

/*
 * Moves the rows to the successor, each column that is in both.
 */
static void
move_rows(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	StringInfoData names;
	StringInfoData values;
	bool		always = false;
	ListCell   *lc;

	initStringInfo(&names);
	initStringInfo(&values);
	foreach(lc, inside_of_kind(to->pieces, &pgm_kind_column))
	{
		const PgmObject *col = lfirst(lc);
		char	   *expression;
		bool		guess;

		if (col->other == NULL || pgm_column_is_generated(col))
			continue;
		expression = pgm_conversion(col->other, col, col->name, &guess);
		if (guess)
			pgm_write_hazard(w, PGM_DECIDE, "there is no cast from %s to %s; say what %s becomes",
							 pgm_column_type(col->other), pgm_column_type(col), col->name);
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", col->name);
		appendStringInfo(&values, "%s%s", values.len > 0 ? ", " : "",
						 expression != NULL ? expression : col->name);
		always = always || pgm_column_sequence(col) != NULL;
	}
	if (names.len == 0)
		return;
	pgm_write_hazard(w, PGM_REWRITES, "%s", "");
	pgm_write(w, "INSERT INTO %s (%s)%s\nSELECT %s FROM %s%s", destination(to)->identity, names.data,
			  always ? " OVERRIDING SYSTEM VALUE" : "", values.data,
			  pgm_is_partitioned(from) ? "" : "ONLY ", pgm_aside_identity(from));
}

/*
 * Moves the rows from the table that is aside, and drops it.  A partition has
 * gone aside with the table that it is in, and its rows move with that.
 */
static void
leave_table(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	ListCell   *lc;

	if (!is_under_remade(from, to))
		move_rows(w, from, to);
	foreach(lc, to->pieces)
	{
		const PgmObject *col = lfirst(lc);

		if (col->kind == &pgm_kind_column && col->other != NULL &&
			pgm_column_sequence(col) != NULL && pgm_column_sequence(col->other) != NULL)
			pgm_write(w, "SELECT pg_catalog.setval(%s, last_value, is_called) FROM %s",
					  quote_literal_cstr(pgm_column_sequence(col)),
					  psprintf("%s.%s", quote_identifier(from->schema),
							   pgm_aside_sequence(col->other)));
	}
	if (!is_under_remade(from, to))
		pgm_write(w, "DROP TABLE %s", pgm_aside_identity(from));
}

/*
 * The definition of a partitioned table is its key, with the types of the
 * columns in it: they cannot be changed in place.
 */
#define TABLE_REL \
	"WITH RECURSIVE rel AS MATERIALIZED (" \
	"  SELECT c.*, n.nspname," \
	"   quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity" \
	"  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace" \
	"  WHERE c.relnamespace = ANY ($1) AND c.relpersistence <> 't'"

#define TABLE_FAMILIES \
	" tie AS MATERIALIZED (" \
	"  SELECT i.inhrelid, i.inhparent, i.inhseqno FROM pg_inherits i" \
	"  WHERE i.inhrelid IN (SELECT oid FROM rel))," \
	PGM_FAMILIES

const PgmKind pgm_kind_table = {
	.name = "table",
	.word = "TABLE",
	.classid = RelationRelationId,
	.rank = 210,
	.flags = PGM_HOLDS_DATA | PGM_NAMES_RELATION,
	.query =
	TABLE_REL " AND c.relkind IN ('r', 'p')),"
	TABLE_FAMILIES ","
	" keys AS MATERIALIZED ("
	"  SELECT r.oid, pg_get_partkeydef(r.oid) AS key, k.columns, k.names"
	"  FROM rel r, LATERAL"
	"   (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)"
	"     || CASE WHEN a.attcollation <> 0 THEN ' ' || a.attcollation::regcollation::text"
	"      ELSE '' END, ', ' ORDER BY a.attname) AS columns,"
	"     array_agg(quote_ident(a.attname)) AS names"
	"    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid"
	"    WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.objsubid > 0"
	"    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid = 0"
	"    AND d.deptype = 'i') k"
	"  WHERE r.relkind = 'p')"
	" SELECT r.oid, 0, NULL::oid, NULL::int4, r.nspname::text, quote_ident(r.relname),"
	"  r.identity, NULL::text, k.key || ': ' || coalesce(k.columns, ''), r.relowner, r.relacl,"
	"  ARRAY[CASE WHEN r.relpersistence = 'u' THEN 'UNLOGGED' END,"
	"   CASE WHEN r.reloptions IS NOT NULL OR t.reloptions IS NOT NULL THEN"
	"    concat_ws(', ', " PGM_PARAMETERS("r.reloptions", "") ", "
	PGM_PARAMETERS("t.reloptions", "'toast.' || ") ") END,"
	"   CASE WHEN m.amname <> 'heap' OR r.relkind = 'p' THEN quote_ident(m.amname) END,"
	"   quote_ident(s.spcname),"
	"   CASE r.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' WHEN 'i' THEN 'index' END,"
	"   CASE WHEN r.relrowsecurity THEN 'ENABLE' END,"
	"   CASE WHEN r.relforcerowsecurity THEN 'FORCE' END,"
	"   f.family,"
	"   CASE WHEN r.relispartition THEN"
	"    (SELECT string_agg(x.key || ': ' || coalesce(x.columns, ''), '; ' ORDER BY a.number)"
	"     FROM pg_partition_ancestors(r.oid) WITH ORDINALITY a (relid, number)"
	"     JOIN keys x ON x.oid = a.relid WHERE a.relid <> r.oid) END],"
	"  NULL::oid[], NULL::text,"
	"  ARRAY[CASE WHEN r.relispartition THEN 'partition' END, k.key] || k.names"
	" FROM rel r LEFT JOIN pg_class t ON t.oid = r.reltoastrelid AND t.reloptions IS NOT NULL"
	" LEFT JOIN pg_am m ON m.oid = r.relam"
	" LEFT JOIN pg_tablespace s ON s.oid = r.reltablespace"
	" LEFT JOIN family f ON f.oid = r.oid"
	" LEFT JOIN keys k ON k.oid = r.oid",
	.parts = table_parts,
	.nparts = TABLE_NPARTS,
	.acl_type = OBJECT_TABLE,
	.has_acl = true,
	.create = create_table,
	.way = way_of_table,
	.alter = alter_table,
	.aside = put_aside,
	.leave = leave_table,
};

static void
create_foreign(PgmWriter *w, const PgmObject *obj, List *inside)
{
	List	   *ties = begin_create(w, obj, inside, "FOREIGN TABLE");

	pgm_write_more(w, "\nSERVER %s", obj->definition);
	if (obj->parts[FOREIGN_OPTIONS] != NULL)
		pgm_write_more(w, "\nOPTIONS (%s)", obj->parts[FOREIGN_OPTIONS]);
	settle_columns(w, inside, ties);
}

static PgmWay
way_of_foreign(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0 ||
		(!pgm_same_text(from->parts[FOREIGN_FAMILY], to->parts[FOREIGN_FAMILY]) &&
		 pgm_ties_need_remake(from, to)))
		return PGM_REPLACE;
	return PGM_ALTER;
}

static void
alter_foreign(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_write_foreign_options(w, pgm_alter_table(to, ""), from->parts[FOREIGN_OPTIONS],
							  to->parts[FOREIGN_OPTIONS]);
}

const PgmKind pgm_kind_foreign_table = {
	.name = "foreign table",
	.word = "FOREIGN TABLE",
	.classid = RelationRelationId,
	.rank = 211,
	.flags = PGM_NAMES_RELATION,
	.present = {PGM_SOME_RELATION("f")},
	.query =
	TABLE_REL " AND c.relkind = 'f'),"
	TABLE_FAMILIES
	" SELECT r.oid, 0, NULL::oid, NULL::int4, r.nspname::text, quote_ident(r.relname),"
	"  r.identity, NULL::text, quote_ident(s.srvname), r.relowner, r.relacl,"
	"  ARRAY[CASE WHEN t.ftoptions IS NOT NULL THEN " PGM_FOREIGN_OPTIONS("t.ftoptions") " END,"
	"   f.family],"
	"  NULL::oid[], NULL::text,"
	"  ARRAY[CASE WHEN r.relispartition THEN 'partition' END, NULL]"
	" FROM rel r JOIN pg_foreign_table t ON t.ftrelid = r.oid"
	" JOIN pg_foreign_server s ON s.oid = t.ftserver"
	" LEFT JOIN family f ON f.oid = r.oid",
	.parts = foreign_parts,
	.nparts = FOREIGN_NPARTS,
	.acl_type = OBJECT_TABLE,
	.has_acl = true,
	.create = create_foreign,
	.way = way_of_foreign,
	.alter = alter_foreign,
};
