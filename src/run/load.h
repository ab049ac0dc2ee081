/*-------------------------------------------------------------------------
 *
 * load.h
 *	  Taking revisions as their files have them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_LOAD_H
#define PGM_LOAD_H

#include "revision/state.h"
#include "revision/store.h"

typedef enum PgmLoadResult
{
	PGM_LOAD_ADDED,
	PGM_LOAD_UPDATED,
	PGM_LOAD_UNCHANGED
} PgmLoadResult;

/* load.c: one revision */
extern PgmLoadResult pgm_load(const PgmScriptRow *file);
extern const char *pgm_load_script(const char *text);
extern const char *pgm_load_result_name(PgmLoadResult result);
extern void pgm_load_expected(const PgmScriptRow *file);

/* loading.c: what has been loaded in this transaction, as a whole */
extern void pgm_loading_lock(void);
extern bool pgm_loading_is_new(void);
extern void pgm_loading_guess_new(bool yes);
extern int64 pgm_loading_next_ordinal(void);
extern void pgm_loading_note(const PgmScriptRow *file);
extern void pgm_loading_expect(const PgmScriptRow *file);
extern bool pgm_loading_has(const char *revision);
extern const char *pgm_loading_replaced_by(const char *revision);
extern bool pgm_loading_is_applied(const char *revision);
extern bool pgm_loading_is_head(const char *revision);
extern List *pgm_loading_heads(void);
extern bool pgm_loading_note_head(const char *revision, List *parents);
extern bool pgm_loading_is_open(void);
extern void pgm_loading_check(void);
extern void pgm_loading_finish(void);

#endif							/* PGM_LOAD_H */
