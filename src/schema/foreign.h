/*-------------------------------------------------------------------------
 *
 * foreign.h
 *	  How the options of what is foreign are read; see option.c for how they
 *	  are changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_FOREIGN_H
#define PGM_FOREIGN_H

/*
 * What stands in OPTIONS (...), for the query of a kind: of an array as the
 * catalogs have it.  NULL when there are none.
 */
#define PGM_OPTIONS(column) \
	"(SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value)," \
	" ', ' ORDER BY o.option_name COLLATE \"C\") FROM pg_options_to_table(" column ") o)"

#endif							/* PGM_FOREIGN_H */
