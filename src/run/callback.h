/*-------------------------------------------------------------------------
 *
 * callback.h
 *	  Callbacks: SQL that runs before and after revisions and runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_CALLBACK_H
#define PGM_CALLBACK_H

#include "run/plan.h"
#include "run/script.h"

typedef enum PgmEvent
{
	PGM_BEFORE_RUN,
	PGM_BEFORE_REVISION,
	PGM_AFTER_REVISION,
	PGM_AFTER_RUN
} PgmEvent;

typedef struct PgmCallback
{
	PgmEvent	event;
	const char *name;
	PgmScript  *script;
} PgmCallback;

extern PgmEvent pgm_event_parse(const char *name);
extern int	pgm_callback_set(PgmEvent event, const char *name, const char *script);
extern void pgm_callback_remove(PgmEvent event, const char *name);
extern void pgm_callback_approve(const char *name, bytea *sha256);

/* running them */
extern List *pgm_callbacks_load(void);
extern bool pgm_callbacks_any(List *callbacks, PgmEvent event);
extern void pgm_callbacks_run(List *callbacks, PgmEvent event, PgmDirection direction,
							  const PgmStep *step, bool online);

#endif							/* PGM_CALLBACK_H */
