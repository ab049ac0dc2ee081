/*-------------------------------------------------------------------------
 *
 * default.c
 *	  Defaults of the columns of tables and views.
 *
 * The expression of a generated column belongs to the column.  A default is a
 * piece of its column, with which it is added; the columns of views are no
 * objects, and their defaults are pieces of the view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"

#include "common/compat.h"
#include "schema/kinds.h"
#include "schema/table.h"

static const PgmPart default_parts[] = {
	{"default", NULL, NULL, NULL}
};

static bool
of_table(const PgmObject *obj)
{
	return obj->parent != NULL && obj->parent->kind == &pgm_kind_column;
}

static bool
default_folds(const PgmObject *obj)
{
	return of_table(obj);
}

/*
 * Returns "ALTER ... ALTER COLUMN c" for the default of this object's column.
 * "col" is the column as it is wanted.
 */
static char *
alter_default(const PgmObject *obj, const PgmObject *col)
{
	if (!of_table(obj))
		return psprintf("ALTER %s ALTER COLUMN %s", obj->parent->target, obj->name);
	return psprintf("%s ALTER COLUMN %s",
					pgm_alter_table(col->parent, pgm_only(col, PGM_DEFAULT_PART)), obj->name);
}

static void
write_default(PgmWriter *w, const PgmObject *obj)
{
	if (of_table(obj) && pgm_comes_from_parent(obj->parent, PGM_DEFAULT_PART))
		return;
	pgm_write(w, "%s SET DEFAULT %s", alter_default(obj, obj->parent), obj->parts[0]);
}

static void
create_default(PgmWriter *w, const PgmObject *obj, List *inside)
{
	write_default(w, obj);
}

static void
change_default(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	write_default(w, to);
}

static void
drop_default(PgmWriter *w, const PgmObject *obj)
{
	const PgmObject *col = obj->parent;

	if (of_table(obj))
	{
		if (col->other != NULL)
			col = col->other;
		if (pgm_column_default(col) == NULL && pgm_comes_from_parent(col, PGM_DEFAULT_PART))
			return;
	}
	pgm_write(w, "%s DROP DEFAULT", alter_default(obj, col));
}

static PgmWay
way_of_default(const PgmObject *from, const PgmObject *to)
{
	return PGM_ALTER;
}

const PgmKind pgm_kind_default = {
	.name = "default",
	.word = "COLUMN",
	.classid = AttrDefaultRelationId,
	.parent_class = RelationRelationId,
	.rank = 213,
	.flags = PGM_FOLDS | PGM_FOLLOWS_TYPE,
	.query =
	/*
	 * Of what is built in only nextval() is told to be volatile.  A default
	 * names no columns: pg_get_expr() need not open the table.
	 */
	"WITH unstable AS MATERIALIZED ("
	"  SELECT d.objid FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid"
	"  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_proc'::regclass"
	"  AND p.provolatile = 'v'"
	"  UNION SELECT d.objid FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.refobjid"
	"  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass)"
	" SELECT d.oid, 0, d.adrelid, CASE WHEN c.relkind = 'v' THEN 0 ELSE d.adnum::int4 END,"
	"  n.nspname::text, quote_ident(a.attname),"
	"  quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),"
	"  NULL::text, NULL::text, NULL::oid, NULL::aclitem[],"
	"  ARRAY[pg_get_expr(d.adbin, 0)], NULL::oid[], NULL::text,"
	"  ARRAY[CASE WHEN d.oid IN (SELECT objid FROM unstable) THEN 'volatile' END]"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,"
	PGM_COLUMNS_OF("c.oid")
	" JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	" WHERE c.relkind IN ('r', 'p', 'f', 'v') AND c.relnamespace = ANY ($1)"
	" AND c.relpersistence <> 't' AND a.attgenerated = ''",
	.parts = default_parts,
	.nparts = lengthof(default_parts),
	.create = create_default,
	.drop = drop_default,
	.way = way_of_default,
	.alter = change_default,
	.folds = default_folds,
};
