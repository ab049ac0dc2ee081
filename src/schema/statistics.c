/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  Extended statistics.
 *
 * The statistics target of a column belongs to the column, that of a column
 * of an index to the index.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_statistic_ext.h"

#include "common/compat.h"
#include "schema/kinds.h"

static const PgmPart parts[] = {
	{"statistics target", NULL, "ALTER STATISTICS %i SET STATISTICS %v",
	"ALTER STATISTICS %i SET STATISTICS -1"}
};

/*
 * The definition is not pg_get_statisticsobjdef(), which has the columns in
 * the order that they have in the table.  The kinds are said when not all are
 * wanted; a single expression has none.
 */
static const char query[] =
	"SELECT s.oid, 0, s.stxrelid, 0, n.nspname::text, quote_ident(s.stxname),"
	" format('%I.%I', n.nspname, s.stxname), NULL::text,"
	" format('CREATE STATISTICS %I.%I%s ON %s FROM %I.%I', n.nspname, s.stxname,"
	"  CASE WHEN NOT s.stxkind @> '{d,f,m}' AND"
	"   cardinality(s.stxkeys::int2[]) + coalesce(cardinality(e.expressions), 0) > 1 THEN"
	"   ' (' || concat_ws(', ',"
	"    CASE WHEN 'd' = ANY (s.stxkind) THEN 'ndistinct' END,"
	"    CASE WHEN 'f' = ANY (s.stxkind) THEN 'dependencies' END,"
	"    CASE WHEN 'm' = ANY (s.stxkind) THEN 'mcv' END) || ')' END,"
	"  concat_ws(', ',"
	"   (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)"
	"    FROM pg_attribute a WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys::int2[])),"
	"   (SELECT string_agg('(' || u.e || ')', ', ' ORDER BY u.i)"
	"    FROM unnest(e.expressions) WITH ORDINALITY u(e, i))),"
	"  tn.nspname, t.relname),"
	" s.stxowner, NULL::aclitem[],"
	" ARRAY[nullif(s.stxstattarget, -1)::text], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_statistic_ext s"
	" JOIN pg_namespace n ON n.oid = s.stxnamespace"
	" JOIN pg_class t ON t.oid = s.stxrelid"
	" JOIN pg_namespace tn ON tn.oid = t.relnamespace"
	" CROSS JOIN LATERAL (SELECT CASE WHEN s.stxexprs IS NOT NULL THEN"
	"                     pg_get_statisticsobjdef_expressions(s.oid) END OFFSET 0) e(expressions)"
	" WHERE s.stxnamespace = ANY ($1)";

const PgmKind pgm_kind_statistics = {
	.name = "statistics",
	.word = "STATISTICS",
	.classid = StatisticExtRelationId,
	.parent_class = RelationRelationId,
	.rank = 350,
	.flags = PGM_FOLLOWS_TYPE,
	.present = {PGM_SOME(StatisticExtRelationId, Anum_pg_statistic_ext_stxnamespace)},
	.query = query,
	.parts = parts,
	.nparts = lengthof(parts),
};
