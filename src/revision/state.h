/*-------------------------------------------------------------------------
 *
 * state.h
 *	  Which revisions of the graph are applied.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_STATE_H
#define PGM_STATE_H

#include "nodes/bitmapset.h"

#include "revision/graph.h"

/*
 * The rows of migrate_version, and what follows from them.
 */
typedef struct PgmState
{
	PgmGraph   *graph;
	bool	   *active;			/* the rows and all their ancestors */
	int		   *row;			/* by index: ordinal of the row, or -1 */
	Bitmapset  *rows;			/* indexes of the rows, and graph->n, which
								 * keeps it at its size */
	int		   *loaded_row;		/* the same as it stands in the table */
	int		   *nabove;			/* by index: active children and dependents */
	int			next_ordinal;
	int		   *changed;		/* indexes of rows to be written */
	int			nchanged;
	bool	   *is_changed;		/* by index */
	List	   *unknown;		/* of char *: rows without a script */
	bool		quiet;			/* a look ahead: no warnings */
} PgmState;

/* changes when this backend writes migrate_version */
extern int	pgm_state_epoch;

extern PgmState *pgm_state_load(PgmGraph *graph, bool read_only);
extern PgmState *pgm_state_load_latest(void);
extern PgmState *pgm_state_load_partial(void);
extern PgmState *pgm_state_from(PgmGraph *graph, List *rows);
extern List *pgm_state_rows(PgmState *state);
extern void pgm_state_require_known(PgmState *state);
extern void pgm_state_require_antichain(PgmState *state);

/* taking steps; pgm_state_write then brings the table in line */
extern void pgm_state_upgrade(PgmState *state, PgmRevision *rev);
extern void pgm_state_downgrade(PgmState *state, PgmRevision *rev);
extern void pgm_state_replace(PgmState *state, const bool *active, bool purge);
extern void pgm_state_write(PgmState *state);

/* without the graph */
extern List *pgm_version_rows(void);
extern bool pgm_version_is_stale(void);
extern void pgm_version_replace(List *revisions, const char *by);

#endif							/* PGM_STATE_H */
