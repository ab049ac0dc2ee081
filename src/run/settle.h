/*-------------------------------------------------------------------------
 *
 * settle.h
 *	  What a statement that runs outside of a transaction is about, and what
 *	  became of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SETTLE_H
#define PGM_SETTLE_H

#include "run/journal.h"

/* what became of a statement whose end nobody has seen */
typedef enum PgmOutcome
{
	PGM_OUTCOME_DONE,			/* it took effect */
	PGM_OUTCOME_REPEAT,			/* it did not, and can be run (again) */
	PGM_OUTCOME_FINALIZE,		/* what it began must be brought to an end */
	PGM_OUTCOME_LEFTOVER,		/* indexes must be dropped, then it can be run */
	PGM_OUTCOME_UNKNOWN			/* nobody can tell */
} PgmOutcome;

extern Node *pgm_parse_alone(const char *text, const char *object);
extern void pgm_alone_begin(PgmJournal *journal, const char *text);
extern bool pgm_alone_lock(Node *stmt);
extern bool pgm_is_leftover(const char *index);
extern PgmOutcome pgm_alone_outcome(const PgmJournal *journal, List **leftovers);
extern char *pgm_alone_finalize(const PgmJournal *journal);
extern bool pgm_drop_leftover_now(const char *index);

#endif							/* PGM_SETTLE_H */
