/*-------------------------------------------------------------------------
 *
 * table.h
 *	  What tables, their columns and their inheritance know of each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TABLE_H
#define PGM_TABLE_H

#include "schema/kind.h"

/* table.c */
extern bool pgm_is_table(const PgmObject *obj);
extern bool pgm_is_partition(const PgmObject *table);
extern bool pgm_column_comes_with_values(const PgmObject *col);
extern bool pgm_table_becomes(const PgmObject *from, bool unlogged);
extern bool pgm_is_partition_key(const PgmObject *col);
extern bool pgm_is_partitioned(const PgmObject *table);
extern bool pgm_is_foreign(const PgmObject *table);
extern bool pgm_table_is_made(const PgmObject *to);
extern bool pgm_table_is_remade(const PgmObject *from, const PgmObject *to);
extern char *pgm_alter_table(const PgmObject *table, const char *only);

/* column.c */
extern char *pgm_column_clause(const PgmObject *col, const List *inside);
extern void pgm_column_rename_not_null(PgmWriter *w, const PgmObject *col);
extern void pgm_column_settle(PgmWriter *w, const PgmObject *col);
extern void pgm_column_settle_inherited(PgmWriter *w, const PgmObject *col,
										const List *inside);
extern bool pgm_column_is_inherited(const PgmObject *col);
extern bool pgm_column_is_merged(const PgmObject *col);
extern bool pgm_column_is_generated(const PgmObject *col);
extern bool pgm_column_is_replaced(const PgmObject *from, const PgmObject *to);
extern const char *pgm_column_sequence(const PgmObject *col);
extern const char *pgm_column_sequence_name(const PgmObject *col);
extern char *pgm_aside_sequence(const PgmObject *col);
extern const char *pgm_column_type(const PgmObject *col);

/* column_type.c: the texts of a column's "extra" that it needs */
enum
{
	PGM_COLUMN_TYPE_OID,		/* of the type, or of what the domain is over */
	PGM_COLUMN_TYPE_NAME,		/* the name of that, without a length */
	PGM_COLUMN_TYPMOD,
	PGM_COLUMN_CATEGORY,
	PGM_COLUMN_DOMAIN,			/* set if the type is a domain */
	PGM_COLUMN_TYPE_EXTRAS
};

extern bool pgm_type_is_remade(const PgmObject *col);
extern char *pgm_conversion(const PgmObject *from, const PgmObject *to,
							const char *value, bool *guess);
extern bool pgm_retype_rewrites(const PgmObject *from, const PgmObject *to);
extern bool pgm_retype_may_fail(const PgmObject *from, const PgmObject *to);
extern bool pgm_only_length_differs(const PgmObject *from, const PgmObject *to);

/* lineage.c: what the statements for a parent do to its children */
#define PGM_DEFAULT_PART (-1)	/* in place of the number of a part */

extern const PgmObject *pgm_tie_parent(const PgmObject *tie);
extern bool pgm_tie_stays(const PgmObject *from, const PgmObject *to);
extern bool pgm_ties_are_redone(const PgmObject *from, const PgmObject *to);
extern bool pgm_ties_need_remake(const PgmObject *from, const PgmObject *to);
extern bool pgm_type_tie_stays(const PgmObject *from, const PgmObject *to);
extern const PgmObject *pgm_type_tie(const PgmObject *table);
extern List *pgm_ties_of(const PgmObject *table);
extern List *pgm_ties_below(const PgmObject *table);
extern bool pgm_table_gets_toast_parameters(const PgmObject *from, const PgmObject *to);
extern const PgmObject *pgm_table_column(const PgmObject *table, const char *name);
extern const PgmObject *pgm_column_default(const PgmObject *col);
extern const char *pgm_column_value(const PgmObject *col, int part);
extern bool pgm_same_below(const PgmObject *col, int part);
extern const char *pgm_only(const PgmObject *col, int part);
extern bool pgm_comes_from_parent(const PgmObject *col, int part);
extern const PgmObject *pgm_made_by_parent(const PgmObject *col);
extern bool pgm_dropped_by_parent(const PgmObject *col);
extern bool pgm_changed_by_parent(const PgmObject *col);

/*
 * SQL: for each table that inherits and is no partition, what it inherits, and
 * what its ancestors do: "family" has oid and family.  Of the columns, those
 * with a plus sign are declared in the child, too.  Must come in a WITH
 * RECURSIVE, after "rel" (oid, relispartition) and "tie", rows of pg_inherits.
 */
#define PGM_FAMILIES \
	" inherited AS (" \
	"  SELECT a.attrelid, string_agg(CASE WHEN a.attislocal THEN '+' ELSE '' END" \
	"    || quote_ident(a.attname), ', ' ORDER BY a.attname) AS columns" \
	"  FROM pg_attribute a WHERE a.attrelid IN (SELECT inhrelid FROM tie)" \
	"  AND a.attinhcount > 0 AND NOT a.attisdropped GROUP BY a.attrelid)," \
	" own AS MATERIALIZED (" \
	"  SELECT t.inhrelid AS oid, string_agg(t.inhparent::regclass::text, ', ' ORDER BY t.inhseqno)" \
	"   || ': ' || coalesce(min(i.columns), '') AS family" \
	"  FROM tie t JOIN rel r ON r.oid = t.inhrelid" \
	"  LEFT JOIN inherited i ON i.attrelid = t.inhrelid" \
	"  WHERE NOT r.relispartition GROUP BY t.inhrelid)," \
	" kin AS (SELECT oid, oid AS ancestor FROM own" \
	"  UNION SELECT k.oid, t.inhparent FROM kin k JOIN tie t ON t.inhrelid = k.ancestor)," \
	" family AS (" \
	"  SELECT k.oid, string_agg(o.family, '; ' ORDER BY k.ancestor <> k.oid," \
	"    k.ancestor::regclass::text COLLATE \"C\") AS family" \
	"  FROM kin k JOIN own o ON o.oid = k.ancestor GROUP BY k.oid)"

/* sequence.c */
extern void pgm_sequence_keep(PgmWriter *w, const PgmObject *from, bool unlogged);

/* inheritance.c */
enum
{
	PGM_TIE_PARENT,				/* identity of the parent, or name of the type */
	PGM_TIE_EXTRAS
};

/*
 * Are there options of columns at all?  Most often there are none, and asking
 * so costs less than looking for them.
 */
#define PGM_HAS_PARAMETERS(column) \
	"(" column "[2] IS NOT NULL OR NOT starts_with(" column "[1], 'pg_attver='))"

/*
 * option.c.  SQL: storage parameters, in their order, and options for a
 * foreign-data wrapper, sorted, of an array as the catalogs have it.
 */
#define PGM_PARAMETERS(column, prefix) \
	"(SELECT string_agg(" prefix "quote_ident(o.option_name) || '=' || quote_literal(o.option_value)," \
	" ', ') FROM pg_options_to_table(" column ") o WHERE o.option_name <> 'pg_attver')"
#define PGM_FOREIGN_OPTIONS(column) \
	"(SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value)," \
	" ', ' ORDER BY o.option_name COLLATE \"C\") FROM pg_options_to_table(" column ") o)"

extern void pgm_write_options(PgmWriter *w, const char *alter, const char *from,
							  const char *to);
extern void pgm_write_foreign_options(PgmWriter *w, const char *alter, const char *from,
									  const char *to);

#endif							/* PGM_TABLE_H */
