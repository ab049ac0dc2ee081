/*-------------------------------------------------------------------------
 *
 * index.h
 *	  What indexes and the constraints that have one share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_INDEX_H
#define PGM_INDEX_H

#include "schema/kind.h"

/* the first parts of both kinds */
enum
{
	PGM_INDEX_OPTIONS,			/* "fillfactor='70', ..." */
	PGM_INDEX_TABLESPACE,
	PGM_INDEX_STATISTICS,		/* "2 100, 3 500": number of column, target */
	PGM_INDEX_CLUSTER,
	PGM_INDEX_REPLICA,
	PGM_INDEX_EXTENSIONS,		/* that it is marked to go with, one a line */
	PGM_INDEX_PARTS
};

#define PGM_INDEX_PART_TEXTS \
	{"storage parameters", NULL, NULL, NULL}, \
	{"tablespace", NULL, NULL, NULL}, \
	{"statistics", NULL, NULL, NULL}, \
	{"cluster", NULL, NULL, NULL}, \
	{"replica identity", NULL, NULL, NULL}, \
	{"depends on extension", NULL, NULL, NULL}

/* the first texts of both kinds' "extra" */
enum
{
	PGM_INDEX_TABLE,			/* qualified name of the table */
	PGM_INDEX_TAIL,				/* end of the definition: what storage
								 * parameters and a tablespace come before */
	PGM_INDEX_EXTRAS
};

/*
 * SQL: the values of these parts.  i is the pg_class row of the index, x its
 * pg_index row, t the pg_class row of its table, ts its tablespace.
 */
#define PGM_INDEX_SPACE " quote_ident(ts.spcname)"
#define PGM_INDEX_TARGETS \
	" CASE WHEN x.indexprs IS NOT NULL THEN" \
	"  (SELECT string_agg(format('%s %s', a.attnum, a.attstattarget), ', ' ORDER BY a.attnum)" \
	"   FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0) END"
#define PGM_INDEX_CLUSTERED " CASE WHEN x.indisclustered THEN 'on' END"
#define PGM_INDEX_REPLICATED " CASE WHEN x.indisreplident AND t.relreplident = 'i' THEN 'on' END"

/* the join that gives ex.extensions */
#define PGM_INDEX_JOIN_EXTENSIONS \
	" LEFT JOIN (" \
	"  SELECT d.objid, string_agg(quote_ident(e.extname), E'\\n' ORDER BY e.extname) AS extensions" \
	"  FROM pg_extension e JOIN pg_depend d ON d.refobjid = e.oid" \
	"  WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_class'::regclass" \
	"  AND d.deptype = 'x' GROUP BY d.objid" \
	" ) ex ON ex.objid = i.oid"

/*
 * Storage parameters are needed twice: all as literals, and as the definition
 * of an index has them, to find them there.
 */
#define PGM_INDEX_OPTIONS_LISTED \
	" CASE WHEN i.reloptions IS NOT NULL THEN" \
	"  (SELECT string_agg(quote_ident(option_name) || '=' || quote_literal(option_value), ', ')" \
	"   FROM pg_options_to_table(i.reloptions)) END"
#define PGM_INDEX_OPTIONS_DEFINED \
	" CASE WHEN i.reloptions IS NOT NULL THEN" \
	"  (SELECT ' WITH (' || string_agg(quote_ident(option_name) || '=' ||" \
	"                                  CASE WHEN quote_ident(option_value) = option_value" \
	"                                  THEN option_value ELSE quote_literal(option_value) END, ', ') || ')'" \
	"   FROM pg_options_to_table(i.reloptions)) END"

extern char *pgm_index_clauses(const PgmObject *obj);
extern void pgm_index_write_rest(PgmWriter *w, const PgmObject *obj, const char *index);
extern void pgm_index_write_changes(PgmWriter *w, const PgmObject *from,
									const PgmObject *to, const char *index);

#endif							/* PGM_INDEX_H */
