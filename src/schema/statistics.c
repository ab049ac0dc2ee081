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

static const char query[] =
	"SELECT s.oid, 0, s.stxrelid, 0, n.nspname::text, quote_ident(s.stxname),"
	" format('%I.%I', n.nspname, s.stxname), NULL::text,"
	" pg_get_statisticsobjdef(s.oid), s.stxowner, NULL::aclitem[],"
	" ARRAY[nullif(s.stxstattarget, -1)::text], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_statistic_ext s"
	" JOIN pg_namespace n ON n.oid = s.stxnamespace"
	" WHERE s.stxnamespace = ANY ($1)";

const PgmKind pgm_kind_statistics = {
	.name = "statistics",
	.word = "STATISTICS",
	.classid = StatisticExtRelationId,
	.parent_class = RelationRelationId,
	.rank = 350,
	.flags = PGM_FOLLOWS_TYPE,
	.query = query,
	.parts = parts,
	.nparts = lengthof(parts),
};
