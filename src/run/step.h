/*-------------------------------------------------------------------------
 *
 * step.h
 *	  Taking one step: its script, and its row in the log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_STEP_H
#define PGM_STEP_H

#include "datatype/timestamp.h"

#include "run/plan.h"

/* what a step took */
typedef struct PgmStepResult
{
	int			statements;
	int64		microseconds;
} PgmStepResult;

extern int64 pgm_log_next_id(void);
extern bool pgm_step_require_trusted(const PgmStep *step);
extern void pgm_error_irreversible(const char *revision);
extern PgmStepResult pgm_step_take(const PgmStep *step, int64 log_id);

#endif							/* PGM_STEP_H */
