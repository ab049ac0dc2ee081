/*-------------------------------------------------------------------------
 *
 * activity.h
 *	  What pg_stat_activity and listeners are told of a run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ACTIVITY_H
#define PGM_ACTIVITY_H

#include "run/script.h"
#include "run/plan.h"

extern void pgm_activity_statement(const PgmScript *script, int number);
extern void pgm_activity_end(void);
extern void pgm_activity_notify(const PgmStep *step, PgmState *state);

#endif							/* PGM_ACTIVITY_H */
