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

#include "run/log.h"
#include "run/plan.h"

/* what a step took */
typedef struct PgmStepResult
{
	int			statements;
	int64		microseconds;
} PgmStepResult;

/* the scripts of the steps of a run */
typedef struct PgmScriptQueue PgmScriptQueue;

extern PgmScriptQueue *pgm_script_queue(List *steps);
extern PgmStepResult pgm_step_take(const PgmStep *step, PgmScriptQueue *queue,
								   PgmLog *log);
extern void pgm_error_irreversible(const char *revision);

#endif							/* PGM_STEP_H */
