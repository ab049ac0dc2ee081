/*-------------------------------------------------------------------------
 *
 * verify.h
 *	  Do the downgrades of revisions restore what their upgrades change?
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_VERIFY_H
#define PGM_VERIFY_H

#include "diff/sandbox.h"
#include "revision/state.h"
#include "run/plan.h"
#include "run/script.h"

/* what was found out about a revision */
typedef struct PgmVerdict
{
	const PgmRevision *rev;
	const char *result;			/* "ok", "irreversible", "differs", "failed",
								 * "not tried" */
	const char *detail;			/* or NULL */
} PgmVerdict;

/* what others try in a sandbox */
extern PgmScript *pgm_verify_load(PgmRevision *rev, PgmDirection direction);
extern void pgm_verify_run(PgmScript *script);
extern void pgm_verify_set_aside(PgmSandbox *sandbox, const PgmSnapshot *live);

extern List *pgm_verify(PgmState *state, const bool *chosen);

#endif							/* PGM_VERIFY_H */
