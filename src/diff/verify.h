/*-------------------------------------------------------------------------
 *
 * verify.h
 *	  Do the downgrades of revisions restore what their upgrades change?
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_VERIFY_H
#define PGM_VERIFY_H

#include "revision/state.h"

/* what was found out about a revision */
typedef struct PgmVerdict
{
	const PgmRevision *rev;
	const char *result;			/* "ok", "irreversible", "differs", "failed",
								 * "not tried" */
	const char *detail;			/* or NULL */
} PgmVerdict;

extern List *pgm_verify(PgmState *state, const bool *chosen);

#endif							/* PGM_VERIFY_H */
