/*-------------------------------------------------------------------------
 *
 * runner.h
 *	  Running a command from its targets to its last step.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_RUNNER_H
#define PGM_RUNNER_H

#include "revision/store.h"
#include "run/plan.h"
#include "run/step.h"

typedef struct PgmCommand
{
	PgmDirection direction;		/* upgrade, downgrade or stamp */
	const char *name;			/* of the function, for messages */
	List	   *targets;		/* of char * */
	const char *args;			/* JSON text, or NULL */
	const char *tag;			/* or NULL */
	bool		purge;			/* of a stamp */
} PgmCommand;

/* is told of each step that was taken */
typedef void (*PgmStepSink) (void *arg, int number, const PgmStep *step,
							 const PgmStepResult *result);

extern void pgm_require_writable(const char *function);
extern void pgm_refuse_in_script(const char *function);
extern void pgm_run(const PgmCommand *command, PgmStepSink sink, void *arg);
extern void pgm_require_current(List *revisions);

/* what an online run shares */
extern void pgm_set_running(bool yes);
extern PgmAnswer pgm_nothing_to_do(const PgmCommand *command);
extern List *pgm_make_plan(const PgmCommand *command, bool quiet, PgmState **state,
						   bool **active);
extern void pgm_check_steps(List *steps);

#endif							/* PGM_RUNNER_H */
