/*-------------------------------------------------------------------------
 *
 * routine.h
 *	  What functions, procedures and aggregates have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ROUTINE_H
#define PGM_ROUTINE_H

#include "schema/kind.h"

/* the words of a routine's body, for a guess at what it uses */
extern List *pgm_routine_words(const PgmObject *routine);

/* is the body kept parsed? */
extern bool pgm_routine_is_parsed(const PgmObject *routine);

/* would CREATE OR REPLACE accept the new names of input parameters? */
extern bool pgm_routine_names_kept(const PgmObject *from, const PgmObject *to,
								   int first);

/* marks of a routine or an index that it goes with an extension */
extern void pgm_write_extensions(PgmWriter *w, const char *target, const char *word,
								 const char *wanted, const char *has);

/*
 * For queries over pg_proc p: the names and types of output parameters
 * (o.outs), and the names of input parameters (o.ins).
 */
#define PGM_ROUTINE_PARAMETERS \
	" LEFT JOIN LATERAL (" \
	"  SELECT string_agg(format('%I %s', coalesce(a.name, ''), format_type(a.type, NULL)), ', ' ORDER BY a.i)" \
	"   FILTER (WHERE a.mode IN ('o', 'b', 't')) AS outs," \
	"   array_agg(a.name ORDER BY a.i) FILTER (WHERE a.mode IN ('i', 'b', 'v')) AS ins" \
	"  FROM unnest(p.proallargtypes, p.proargmodes, p.proargnames)" \
	"   WITH ORDINALITY a(type, mode, name, i)" \
	" ) o ON p.proallargtypes IS NOT NULL"

#endif							/* PGM_ROUTINE_H */
