/*-------------------------------------------------------------------------
 *
 * online.h
 *	  Running a command with a commit after each revision.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ONLINE_H
#define PGM_ONLINE_H

#include "fmgr.h"

#include "run/runner.h"

/* what to do with a statement of which nobody knows whether it has finished */
typedef enum PgmInterrupted
{
	PGM_INTERRUPTED_ASK,		/* raise an error */
	PGM_INTERRUPTED_REPEAT,
	PGM_INTERRUPTED_SKIP
} PgmInterrupted;

extern void pgm_run_online(FunctionCallInfo fcinfo, const PgmCommand *command,
						   bool wait, PgmInterrupted interrupted);

#endif							/* PGM_ONLINE_H */
