/*-------------------------------------------------------------------------
 *
 * repeatable.h
 *	  Repeatables: texts that run again when they have changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_REPEATABLE_H
#define PGM_REPEATABLE_H

#include "run/plan.h"
#include "run/script.h"

typedef struct PgmRepeatable
{
	const char *name;
	const char *script;
	List	   *depends_on;		/* of char *: names of others */
	const char *author;
	bool		pending;		/* has changed since it ran here */
	bool		due;			/* the same, or what it depends on will run */
	int			visited;		/* while they are put in order */
} PgmRepeatable;

extern int	pgm_repeatable_set(const char *name, const char *script, List *depends_on);
extern void pgm_repeatable_remove(const char *name);
extern void pgm_repeatable_approve(const char *name, bytea *sha256);
extern List *pgm_repeatable_pending(bool read_only);

/* running them, after the revisions */
extern List *pgm_repeatable_steps(PgmState *state, List *targets, bool read_only);
extern void pgm_repeatable_require_trusted(const PgmRepeatable *repeatable);
extern PgmScript *pgm_repeatable_script(const PgmRepeatable *repeatable, bytea **digest);
extern void pgm_repeatable_applied(const PgmRepeatable *repeatable, bytea *digest);
extern void pgm_repeatable_require_again(void);

#endif							/* PGM_REPEATABLE_H */
