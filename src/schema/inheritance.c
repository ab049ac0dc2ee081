/*-------------------------------------------------------------------------
 *
 * inheritance.c
 *	  Ties of tables: to the tables they inherit from, to the partitioned
 *	  table they are a partition of, and to the type they are of.
 *
 * A tie is a piece of the child.  Bounds that change are a tie that is cut and
 * made again, never a new table.  What comes to a child over its ties is said
 * in lineage.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"

#include "common/compat.h"
#include "schema/constraint.h"
#include "schema/kinds.h"
#include "schema/table.h"

enum
{
	PART_FAMILY,				/* see PGM_FAMILIES */
	TIE_NPARTS
};

static const PgmPart tie_parts[TIE_NPARTS] = {
	{"inherited columns", NULL, NULL, NULL}
};

static bool
is_attachment(const PgmObject *tie)
{
	return tie->definition[0] != '\0';
}

static bool
is_of_type(const PgmObject *tie)
{
	return tie->address.objectSubId == 0;
}

/*
 * A partition is made as a table of its own and attached; the other ties are
 * said when the table is made.
 */
static bool
tie_folds(const PgmObject *obj)
{
	return !is_attachment(obj);
}

static void
create_tie(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const PgmObject *table = obj->parent;
	const char *parent = obj->extra[PGM_TIE_PARENT];

	if (is_of_type(obj))
		pgm_write(w, "%s OF %s", pgm_alter_table(table, ""), parent);
	else if (is_attachment(obj))
	{
		if (!pgm_table_is_made(table) && !pgm_is_foreign(table))
			pgm_write_hazard(w, PGM_MAY_FAIL, "rows of %s that are out of its bounds",
							 table->identity);
		pgm_write(w, "ALTER TABLE %s ATTACH PARTITION %s %s", parent, table->identity,
				  obj->definition);
	}
	else
	{
		pgm_constraint_hide(w, obj);
		pgm_write(w, "%s INHERIT %s", pgm_alter_table(table, ""), parent);
		pgm_constraint_show(w, obj);
	}
}

/*
 * Gives names of their own to NOT NULL constraints of columns that came over a
 * tie and shall be the table's alone, where they are constraints (since 18).
 */
static void
rename_not_null(PgmWriter *w, const PgmObject *tie)
{
	const PgmObject *parent = pgm_tie_parent(tie);
	ListCell   *lc;

	foreach(lc, tie->parent->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_column && parent != NULL &&
			pgm_table_column(parent, piece->name) != NULL && piece->other != NULL &&
			!pgm_column_is_inherited(piece->other) && !pgm_column_is_merged(piece->other))
			pgm_column_rename_not_null(w, piece);
	}
}

static void
drop_tie(PgmWriter *w, const PgmObject *obj)
{
	const PgmObject *table = obj->parent;
	const char *parent = obj->extra[PGM_TIE_PARENT];

	if (is_of_type(obj))
		pgm_write(w, "%s NOT OF", pgm_alter_table(table, ""));
	else if (is_attachment(obj))
		pgm_write(w, "ALTER TABLE %s DETACH PARTITION %s", parent, table->identity);
	else
	{
		pgm_write(w, "%s NO INHERIT %s", pgm_alter_table(table, ""), parent);
		rename_not_null(w, obj);
	}
}

static PgmWay
tie_way(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0)
		return PGM_REPLACE;
	return pgm_ties_are_redone(from->parent, to->parent) ? PGM_REPLACE : PGM_SAME;
}

/*
 * What must be there before a tie is made: the columns of both ends, and what
 * of the child is matched with what the parent has (indexes, constraints).
 */
const PgmKind pgm_kind_inheritance = {
	.name = "inheritance",
	.word = "TABLE",
	.classid = InheritsRelationId,
	.parent_class = RelationRelationId,
	.rank = 215,
	.flags = PGM_FOLDS | PGM_RELEASES | PGM_FOLLOWS_TYPE,
	.present = {PGM_ANY(InheritsRelationId), PGM_ANY_COMPOSITE_TYPE},
	.query =
	"WITH RECURSIVE rel AS MATERIALIZED ("
	"  SELECT c.oid, c.relkind, c.relispartition, c.relpartbound, c.reloftype, n.nspname,"
	"   quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity"
	"  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	"  WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY ($1)"
	"  AND c.relpersistence <> 't'"
	"  AND (c.reloftype <> 0 OR c.oid IN (SELECT inhrelid FROM pg_inherits))),"
	" tie AS MATERIALIZED ("
	"  SELECT i.inhrelid, i.inhparent, i.inhseqno FROM pg_inherits i"
	"  WHERE i.inhrelid IN (SELECT oid FROM rel)),"
	PGM_FAMILIES ","
	" need AS ("
	"  SELECT t.inhrelid, t.inhparent, 1259::oid AS classid, a.attrelid AS objid,"
	"   a.attnum::int4::oid AS objsubid"
	"  FROM tie t JOIN pg_attribute a ON a.attrelid = t.inhrelid"
	"  WHERE a.attnum > 0 AND NOT a.attisdropped"
	"  UNION ALL SELECT t.inhrelid, t.inhparent, 1259, a.attrelid, a.attnum::int4::oid"
	"  FROM tie t JOIN pg_attribute a ON a.attrelid = t.inhparent"
	"  WHERE a.attnum > 0 AND NOT a.attisdropped"
	"  UNION ALL SELECT t.inhrelid, t.inhparent, 1259, t.inhparent, 0 FROM tie t"
	"  UNION ALL SELECT t.inhrelid, t.inhparent, 2606, c.oid, 0"
	"  FROM tie t JOIN pg_constraint c ON c.conrelid = t.inhrelid"
	"  WHERE c.contype IN ('c', 'f') AND c.coninhcount > 0"
	"  UNION ALL SELECT t.inhrelid, t.inhparent, 1259, x.indexrelid, 0"
	"  FROM tie t JOIN pg_index x ON x.indrelid = t.inhrelid"
	"  JOIN pg_inherits xi ON xi.inhrelid = x.indexrelid"
	/* an index that has not all of its own is not taken for one of the parent's */
	"  UNION ALL SELECT t.inhrelid, t.inhparent, 2611, xi.inhrelid, xi.inhseqno::oid"
	"  FROM tie t JOIN pg_index x ON x.indrelid = t.inhrelid"
	"  JOIN pg_inherits xi ON xi.inhparent = x.indexrelid),"
	" needs AS ("
	"  SELECT inhrelid, inhparent,"
	"   array_agg(ARRAY[classid, objid, objsubid]) AS needs"
	"  FROM need GROUP BY inhrelid, inhparent)"
	" SELECT r.oid, t.inhseqno, r.oid, 0, r.nspname::text, p.identity,"
	"  r.identity || '.' || p.identity, NULL::text,"
	"  CASE WHEN r.relispartition THEN pg_get_expr(r.relpartbound, r.oid) END,"
	"  NULL::oid, NULL::aclitem[], ARRAY[f.family], d.needs, NULL::text, ARRAY[p.identity]"
	" FROM tie t JOIN rel r ON r.oid = t.inhrelid"
	" JOIN (SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity"
	"   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) p ON p.oid = t.inhparent"
	" LEFT JOIN needs d ON d.inhrelid = t.inhrelid AND d.inhparent = t.inhparent"
	" LEFT JOIN family f ON f.oid = t.inhrelid"
	" UNION ALL"
	" SELECT r.oid, 0, r.oid, 0, r.nspname::text, r.reloftype::regtype::text,"
	"  r.identity || '.' || r.reloftype::regtype::text, NULL::text, NULL::text,"
	"  NULL::oid, NULL::aclitem[], ARRAY[NULL::text],"
	"  ARRAY[1247, r.reloftype, 0] || array_agg(ARRAY[1259, a.attrelid, a.attnum::int4::oid]),"
	"  NULL::text, ARRAY[r.reloftype::regtype::text]"
	" FROM rel r CROSS JOIN" PGM_COLUMNS_OF("r.oid")
	" WHERE r.reloftype <> 0 GROUP BY r.oid, r.nspname, r.identity, r.reloftype",
	.parts = tie_parts,
	.nparts = TIE_NPARTS,
	.create = create_tie,
	.drop = drop_tie,
	.way = tie_way,
	.folds = tie_folds,
};
