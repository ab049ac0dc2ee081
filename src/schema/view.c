/*-------------------------------------------------------------------------
 *
 * view.c
 *	  Views, materialized views, and what can be said of their columns.
 *
 * The query as pg_get_viewdef() prints it names all columns of the view, so
 * no column list is written, but for VALUES.  Default values of view columns are objects of
 * the kind "default"; indexes of materialized views are of the kind "index",
 * which also knows of CLUSTER and REPLICA IDENTITY USING INDEX.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/matview.h"
#include "nodes/bitmapset.h"

#include "schema/kinds.h"
#include "schema/table.h"
#include "schema/view.h"

/* schema, name and identity of a relation, for the query of a kind */
#define RELATION_NAMES \
	"n.nspname::text, quote_ident(c.relname)," \
	" quote_ident(n.nspname) || '.' || quote_ident(c.relname)"

enum
{
	VIEW_OPTIONS,
	VIEW_CHECK_OPTION
};

/* the options are changed by view_alter(); "extra" has name and type of each column */
static const PgmPart view_parts[] = {
	[VIEW_OPTIONS] = {
		.name = "options",
	},
	[VIEW_CHECK_OPTION] = {
		.name = "check option",
		.set = "ALTER VIEW %i SET (check_option = %v)",
		.unset = "ALTER VIEW %i RESET (check_option)"
	},
};

/*
 * The query of a view that is a VALUES list with names for its columns is
 * printed as SELECT column1 AS ... FROM (VALUES ...) "*VALUES*", which would
 * not be read as it was written.  Returns the VALUES list then, or NULL.
 */
static const char *
values_of_view(const PgmObject *obj)
{
	static const char before[] = "\n   FROM (VALUES ";
	static const char after[] = ") \"*VALUES*\"";
	const char *from = strstr(obj->definition, before);
	size_t		len = strlen(obj->definition);

	if (from == NULL || len < strlen(after) ||
		strcmp(obj->definition + len - strlen(after), after) != 0)
		return NULL;
	from = strchr(from, '(') + 1;
	return pnstrdup(from, obj->definition + len - strlen(after) - from);
}

/*
 * Writes the CREATE, or what "verb" says instead.
 */
static void
view_write(PgmWriter *w, const PgmObject *obj, const char *verb)
{
	const char *check_option = obj->parts[VIEW_CHECK_OPTION];
	const char *values = values_of_view(obj);

	pgm_write(w, "%s VIEW %s", verb, obj->identity);
	if (values != NULL)
		for (int i = 0; i < obj->nextra; i += 2)
			pgm_write_more(w, "%s%s%s", i == 0 ? " (" : ", ", obj->extra[i],
						   i + 2 < obj->nextra ? "" : ")");
	if (obj->parts[VIEW_OPTIONS] != NULL)
		pgm_write_more(w, " WITH (%s)", obj->parts[VIEW_OPTIONS]);
	if (values != NULL)
		pgm_write_more(w, " AS\n %s", values);
	else
		pgm_write_more(w, " AS\n%s", obj->definition);
	if (check_option != NULL)
		pgm_write_more(w, "\n  WITH %s CHECK OPTION",
					   strcmp(check_option, "'local'") == 0 ? "LOCAL" : "CASCADED");
}

/*
 * Does something that the view needs need the view?
 */
static bool
view_in_circle(const PgmObject *obj)
{
	ListCell   *lc;

	foreach(lc, obj->needs)
		if (list_member_ptr(((const PgmObject *) lfirst(lc))->needs, obj))
		return true;
	return false;
}

/*
 * PgmKind.shell: a view with the same columns that needs nothing but their
 * types, for a function that is about its rows and that it calls.
 */
static void
view_shell(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "CREATE OR REPLACE VIEW %s AS\n SELECT", obj->identity);
	for (int i = 0; i < obj->nextra; i += 2)
		pgm_write_more(w, "%s NULL::%s AS %s", i == 0 ? "" : ",", obj->extra[i + 1],
					   obj->extra[i]);
}

/*
 * PgmKind.create
 */
static void
view_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	view_write(w, obj, view_in_circle(obj) ? "CREATE OR REPLACE" : "CREATE");
}

/*
 * PgmKind.way: the query can be replaced by another one that has the same
 * columns and perhaps more after them.
 */
static PgmWay
view_way(const PgmObject *from, const PgmObject *to)
{
	if (pgm_same_text(from->definition, to->definition))
		return PGM_ALTER;
	if (from->nextra > to->nextra)
		return PGM_REPLACE;
	for (int i = 0; i < from->nextra; i++)
		if (!pgm_same_text(from->extra[i], to->extra[i]))
			return PGM_REPLACE;
	return PGM_ALTER;
}

/*
 * PgmKind.alter: CREATE OR REPLACE takes away the options that it does not
 * name, so they need no statements then.
 */
static void
view_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const PgmPart *check_option = &view_parts[VIEW_CHECK_OPTION];
	const char *checked = to->parts[VIEW_CHECK_OPTION];

	if (!pgm_same_text(from->definition, to->definition))
	{
		view_write(w, to, "CREATE OR REPLACE");
		return;
	}
	pgm_write_options(w, psprintf("ALTER VIEW %s", to->identity),
					  from->parts[VIEW_OPTIONS], to->parts[VIEW_OPTIONS]);
	if (!pgm_same_text(from->parts[VIEW_CHECK_OPTION], checked))
		pgm_write_part(w, checked != NULL ? check_option->set : check_option->unset,
					   to, checked, NULL);
}

const PgmKind pgm_kind_view = {
	.name = "view",
	.word = "VIEW",
	.classid = RelationRelationId,
	.rank = 300,
	.flags = PGM_NAMES_RELATION,
	.present = {PGM_SOME_RELATION("v")},
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, " RELATION_NAMES ", NULL::text,"
	" rtrim(pg_get_viewdef(c.oid), ';'), c.relowner, c.relacl,"
	" CASE WHEN c.reloptions IS NULL THEN '{NULL,NULL}' ELSE ARRAY["
	"  (SELECT string_agg(o.option_name || '=' || quote_literal(o.option_value), ', ')"
	"   FROM pg_options_to_table(c.reloptions) o WHERE o.option_name <> 'check_option'),"
	"  (SELECT quote_literal(o.option_value)"
	"   FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'check_option')] END,"
	" NULL::oid[], NULL::text, a.columns"
	" FROM pg_class c"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN ("
	"  SELECT a.attrelid, array_agg(ARRAY[quote_ident(a.attname), format_type(t.oid, a.atttypmod)"
	"   || CASE WHEN a.attcollation <> t.typcollation"
	"    THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END] ORDER BY a.attnum)"
	"   AS columns"
	"  FROM pg_class r CROSS JOIN" PGM_COLUMNS_OF("r.oid")
	"  JOIN pg_type t ON t.oid = a.atttypid"
	"  WHERE r.relkind = 'v' AND r.relnamespace = ANY ($1)"
	"  GROUP BY a.attrelid"
	" ) a ON a.attrelid = c.oid"
	" WHERE c.relkind = 'v' AND c.relnamespace = ANY ($1) AND" PGM_NOT_MEMBER("pg_class", "c.oid"),
	.parts = view_parts,
	.nparts = lengthof(view_parts),
	.acl_type = OBJECT_TABLE,
	.has_acl = true,
	.create = view_create,
	.way = view_way,
	.alter = view_alter,
	.shell = view_shell,
	.in_circle = view_in_circle,
};

enum
{
	MATVIEW_ACCESS_METHOD,
	MATVIEW_OPTIONS,
	MATVIEW_TABLESPACE,
	MATVIEW_REPLICA_IDENTITY
};

/* "extra" of a materialized view */
enum
{
	MATVIEW_DATABASE_TABLESPACE,
	MATVIEW_EMPTY				/* set if it has not been populated */
};

/*
 * The options, and what takes a tablespace away, are written by
 * matview_alter().
 */
static const PgmPart matview_parts[] = {
	[MATVIEW_ACCESS_METHOD] = {
		.name = "access method",
		.clause = " USING %v",
		.set = "ALTER MATERIALIZED VIEW %i SET ACCESS METHOD %v",
		.unset = "ALTER MATERIALIZED VIEW %i SET ACCESS METHOD heap"
	},
	[MATVIEW_OPTIONS] = {
		.name = "options",
		.clause = " WITH (%v)"
	},
	[MATVIEW_TABLESPACE] = {
		.name = "tablespace",
		.clause = " TABLESPACE %v",
		.set = "ALTER MATERIALIZED VIEW %i SET TABLESPACE %v"
	},
	[MATVIEW_REPLICA_IDENTITY] = {
		.name = "replica identity",
		.set = "ALTER MATERIALIZED VIEW %i REPLICA IDENTITY %v",
		.unset = "ALTER MATERIALIZED VIEW %i REPLICA IDENTITY DEFAULT"
	},
};

enum
{
	COLUMN_STATISTICS,
	COLUMN_STORAGE,
	COLUMN_COMPRESSION,
	COLUMN_OPTIONS
};

/*
 * The options, and what takes the storage away, are written by
 * column_alter().  "extra" is the storage that the type has by default.
 */
static const PgmPart column_parts[] = {
	[COLUMN_STATISTICS] = {
		.name = "statistics",
		.set = "ALTER MATERIALIZED VIEW %p ALTER COLUMN %n SET STATISTICS %v",
		.unset = "ALTER MATERIALIZED VIEW %p ALTER COLUMN %n SET STATISTICS -1"
	},
	[COLUMN_STORAGE] = {
		.name = "storage",
		.set = "ALTER MATERIALIZED VIEW %p ALTER COLUMN %n SET STORAGE %v"
	},
	[COLUMN_COMPRESSION] = {
		.name = "compression",
		.set = "ALTER MATERIALIZED VIEW %p ALTER COLUMN %n SET COMPRESSION %v",
		.unset = "ALTER MATERIALIZED VIEW %p ALTER COLUMN %n SET COMPRESSION default"
	},
	[COLUMN_OPTIONS] = {
		.name = "options",
		.set = "ALTER MATERIALIZED VIEW %p ALTER COLUMN %n SET (%v)"
	},
};

/*
 * PgmKind.create: the column comes with its view, and only what is special
 * about it has to be said.
 */
static void
column_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	for (int i = 0; i < obj->kind->nparts; i++)
		if (obj->parts[i] != NULL)
			pgm_write_part(w, column_parts[i].set, obj, obj->parts[i], NULL);
}

/*
 * PgmKind.drop: it goes with its view, and never without.
 */
static void
column_drop(PgmWriter *w, const PgmObject *obj)
{
}

/*
 * PgmKind.way
 */
static PgmWay
column_way(const PgmObject *from, const PgmObject *to)
{
	return PGM_ALTER;
}

/*
 * PgmKind.alter
 */
static void
column_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	for (int i = 0; i < to->kind->nparts; i++)
	{
		const PgmPart *part = &column_parts[i];

		if (pgm_same_text(from->parts[i], to->parts[i]))
			continue;
		if (i == COLUMN_OPTIONS)
			pgm_write_options(w, psprintf("ALTER MATERIALIZED VIEW %s ALTER COLUMN %s",
										  to->parent->identity, to->name),
							  from->parts[i], to->parts[i]);
		else if (i == COLUMN_STORAGE && to->parts[i] == NULL)
			pgm_write_part(w, part->set, to, to->extra[0], NULL);
		else
			pgm_write_part(w, to->parts[i] != NULL ? part->set : part->unset,
						   to, to->parts[i], NULL);
	}
}

/* the word for a value of attstorage or typstorage */
#define STORAGE_WORD(column) \
	"CASE " column " WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'" \
	" WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' END"

/*
 * All columns are objects, so that comments and privileges of one can change
 * alone.
 */
const PgmKind pgm_kind_view_column = {
	.name = "view column",
	.word = "COLUMN",
	.classid = RelationRelationId,
	.parent_class = RelationRelationId,
	.rank = 305,
	.flags = PGM_FOLDS,
	.present = {PGM_SOME_RELATION("vm")},
	.query =
	"SELECT c.oid, a.attnum::int4, c.oid, 0, c.nspname, quote_ident(a.attname),"
	" c.identity || '.' || quote_ident(a.attname), NULL::text, NULL::text, NULL::oid, a.attacl,"
	" CASE WHEN c.relkind = 'm' THEN ARRAY["
	"  CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END,"
	"  CASE WHEN a.attstorage <> t.typstorage THEN " STORAGE_WORD("a.attstorage") " END,"
	"  CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,"
	"  CASE WHEN " PGM_HAS_PARAMETERS("a.attoptions") " THEN "
	PGM_PARAMETERS("a.attoptions", "") " END] ELSE '{NULL,NULL,NULL,NULL}' END,"
	" NULL::oid[], NULL::text,"
	" CASE WHEN c.relkind = 'm' THEN ARRAY[" STORAGE_WORD("t.typstorage") "] END"
	" FROM (SELECT c.oid, c.relkind, " RELATION_NAMES " AS identity"
	"  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	"  WHERE c.relkind IN ('v', 'm') AND c.relnamespace = ANY ($1)) c"
	" CROSS JOIN" PGM_COLUMNS_OF("c.oid")
	" JOIN pg_type t ON t.oid = a.atttypid",
	.parts = column_parts,
	.nparts = lengthof(column_parts),
	.acl_type = OBJECT_COLUMN,
	.has_acl = true,
	.create = column_create,
	.drop = column_drop,
	.way = column_way,
	.alter = column_alter,
};

/*
 * PgmKind.create
 */
static void
matview_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	ListCell   *lc;

	pgm_write(w, "CREATE MATERIALIZED VIEW %s", obj->identity);
	if (obj->parts[MATVIEW_ACCESS_METHOD] != NULL)
		pgm_write_more(w, " USING %s", obj->parts[MATVIEW_ACCESS_METHOD]);
	if (obj->parts[MATVIEW_OPTIONS] != NULL)
		pgm_write_more(w, " WITH (%s)", obj->parts[MATVIEW_OPTIONS]);
	if (obj->parts[MATVIEW_TABLESPACE] != NULL)
		pgm_write_more(w, " TABLESPACE %s", obj->parts[MATVIEW_TABLESPACE]);
	pgm_write_more(w, " AS\n%s", obj->definition);
	if (obj->extra[MATVIEW_EMPTY] != NULL)
		pgm_write_more(w, "\n  WITH NO DATA");
	if (obj->parts[MATVIEW_REPLICA_IDENTITY] != NULL)
		pgm_write_part(w, matview_parts[MATVIEW_REPLICA_IDENTITY].set, obj,
					   obj->parts[MATVIEW_REPLICA_IDENTITY], NULL);
	foreach(lc, inside)
		column_create(w, lfirst(lc), NIL);
}

/*
 * PgmKind.way: all but the query can be changed.
 */
static PgmWay
matview_way(const PgmObject *from, const PgmObject *to)
{
	return pgm_same_text(from->definition, to->definition) ? PGM_ALTER : PGM_REPLACE;
}

/*
 * PgmKind.alter
 */
static void
matview_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	for (int i = 0; i < to->kind->nparts; i++)
	{
		const PgmPart *part = &matview_parts[i];

		if (pgm_same_text(from->parts[i], to->parts[i]))
			continue;
		if (i == MATVIEW_OPTIONS)
			pgm_write_options(w, psprintf("ALTER MATERIALIZED VIEW %s", to->identity),
							  from->parts[i], to->parts[i]);
		else if (i == MATVIEW_TABLESPACE && to->parts[i] == NULL)
			pgm_write_part(w, part->set, to, to->extra[MATVIEW_DATABASE_TABLESPACE], NULL);
		else
			pgm_write_part(w, to->parts[i] != NULL ? part->set : part->unset,
						   to, to->parts[i], NULL);
	}
}

const PgmKind pgm_kind_materialized_view = {
	.name = "materialized view",
	.word = "MATERIALIZED VIEW",
	.classid = RelationRelationId,
	.rank = 310,
	.flags = PGM_NAMES_RELATION,
	.present = {PGM_SOME_RELATION("m")},
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, " RELATION_NAMES ", NULL::text,"
	" rtrim(pg_get_viewdef(c.oid), ';'), c.relowner, c.relacl,"
	" ARRAY[CASE WHEN m.amname <> 'heap' THEN quote_ident(m.amname) END,"
	"  nullif(concat_ws(', ', " PGM_PARAMETERS("c.reloptions", "") ","
	"   " PGM_PARAMETERS("tc.reloptions", "'toast.' || ") "), ''),"
	"  quote_ident(s.spcname),"
	"  CASE c.relreplident WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' END],"
	" NULL::oid[], NULL::text,"
	" ARRAY[quote_ident(ds.spcname), CASE WHEN NOT c.relispopulated THEN 'empty' END]"
	" FROM pg_class c"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_am m ON m.oid = c.relam"
	" LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace"
	" LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid"
	" JOIN pg_database d ON d.datname = current_database()"
	" JOIN pg_tablespace ds ON ds.oid = d.dattablespace"
	" WHERE c.relkind = 'm' AND c.relnamespace = ANY ($1) AND" PGM_NOT_MEMBER("pg_class", "c.oid"),
	.parts = matview_parts,
	.nparts = lengthof(matview_parts),
	.acl_type = OBJECT_TABLE,
	.has_acl = true,
	.create = matview_create,
	.way = matview_way,
	.alter = matview_alter,
};

/*
 * Does a view read an empty materialized view of the database, be it through
 * other views?
 */
static bool
reads_empty(const PgmObject *view, const PgmSnapshot *live, Bitmapset **seen)
{
	ListCell   *lc;

	foreach(lc, view->needs)
	{
		const PgmObject *need = lfirst(lc);

		if (need->kind == &pgm_kind_view_column)
			need = need->parent;
		if (need == NULL || bms_is_member(need->number, *seen) ||
			(need->kind != &pgm_kind_view && need->kind != &pgm_kind_materialized_view))
			continue;
		*seen = bms_add_member(*seen, need->number);
		if (need->kind == &pgm_kind_materialized_view)
		{
			const PgmObject *there = pgm_snapshot_find(live, need->kind, need->identity);

			if (there != NULL && there->extra[MATVIEW_EMPTY] != NULL)
				return true;
		}
		if (reads_empty(need, live, seen))
			return true;
	}
	return false;
}

/*
 * Marks the materialized views of a model that has just been built, and is in
 * "built", as populated or not.  A dump makes all of them WITH NO DATA, and
 * what reads those could not be made; so one that the database has is what it
 * is there, and a new one is populated if that will be possible.
 */
void
pgm_matviews_populate(const PgmSnapshot *built, const PgmSnapshot *live)
{
	for (int i = 0; i < built->nobjects; i++)
	{
		const PgmObject *view = built->objects[i];
		const PgmObject *there;
		Bitmapset  *seen = NULL;
		bool		empty;
		Relation	relation;

		if (view->kind != &pgm_kind_materialized_view)
			continue;
		there = pgm_snapshot_find(live, view->kind, view->identity);
		empty = there != NULL ? there->extra[MATVIEW_EMPTY] != NULL :
			reads_empty(view, live, &seen);
		if (empty == (view->extra[MATVIEW_EMPTY] != NULL))
			continue;
		relation = table_open(view->address.objectId, RowExclusiveLock);
		SetMatViewPopulatedState(relation, !empty);
		table_close(relation, NoLock);
		view->extra[MATVIEW_EMPTY] = empty ? "empty" : NULL;
	}
	CommandCounterIncrement();
}
