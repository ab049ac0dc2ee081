/*-------------------------------------------------------------------------
 *
 * draw.h
 *	  Pictures of the revision graph, as lines of text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_DRAW_H
#define PGM_DRAW_H

#include "revision/graph.h"
#include "revision/state.h"

/*
 * Takes the lines of a picture, first to last, without line ends.  The string
 * is only valid during the call.
 */
typedef void (*PgmLineSink) (void *arg, const char *line);

/* to be read in a terminal, like "git log --graph --oneline" */
extern void pgm_draw_text(PgmGraph *graph, PgmState *state,
						  PgmLineSink sink, void *arg);

/* documents for programs that do the layout: mermaid and graphviz */
extern void pgm_draw_mermaid(PgmGraph *graph, PgmState *state,
							 PgmLineSink sink, void *arg);
extern void pgm_draw_dot(PgmGraph *graph, PgmState *state,
						 PgmLineSink sink, void *arg);

#endif							/* PGM_DRAW_H */
