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
#include "run/script.h"

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
extern PgmScript *pgm_step_script(const PgmStep *step, PgmScriptQueue *queue,
								  bytea **digest);
extern void pgm_step_run(const PgmScript *script, int first, int last, bool online,
						 int *at);
extern void pgm_step_check_deferred(PgmScript *script);
extern void pgm_step_run_alone(const PgmScript *script, int number, Node *stmt);
extern void pgm_error_irreversible(const char *revision);

#endif							/* PGM_STEP_H */
