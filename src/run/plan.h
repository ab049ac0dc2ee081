/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  The steps that lead to a target.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_PLAN_H
#define PGM_PLAN_H

#include "revision/graph.h"
#include "revision/state.h"

typedef enum PgmDirection
{
	PGM_UPGRADE,
	PGM_DOWNGRADE,
	PGM_STAMP,					/* becomes current without running */
	PGM_UNSTAMP,				/* is forgotten without running */
	PGM_REPEAT					/* no revision, but a repeatable runs again */
} PgmDirection;

typedef struct PgmCuts PgmCuts; /* see cut.h */

typedef struct PgmStep
{
	PgmDirection direction;
	const char *revision;		/* id */
	PgmRevision *rev;			/* NULL for an unknown row that is purged, and
								 * for a repeatable */
	List	   *from;			/* of char *: the parents; of a stamp, the
								 * rows that give way */
	const PgmCuts *cuts;		/* of its script; NULL when it has none, or
								 * before pgm_find_cuts() */
	const struct PgmRepeatable *repeatable; /* see repeatable.h, or NULL */
} PgmStep;

extern const char *pgm_direction_name(PgmDirection direction);
extern PgmDirection pgm_direction_parse(const char *name);
extern char *pgm_step_describe(const PgmStep *step);

extern List *pgm_plan_stamp(PgmState *state, List *targets, bool purge,
							bool **active);
extern List *pgm_plan(PgmState *state, PgmDirection direction, List *targets);
extern List *pgm_plan_range(PgmState *state, PgmDirection direction,
							const char *range, PgmState **start,
							const char **end);

#endif							/* PGM_PLAN_H */
