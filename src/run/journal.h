/*-------------------------------------------------------------------------
 *
 * journal.h
 *	  How far an online run is with a revision that takes several
 *	  transactions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_JOURNAL_H
#define PGM_JOURNAL_H

#include "datatype/timestamp.h"

#include "run/plan.h"
#include "run/script.h"

/* the row of migrate_journal */
typedef struct PgmJournal
{
	const char *revision;
	PgmDirection direction;
	int			statements;
	int			done;			/* so many statements are finished */
	bytea	   *done_digest;	/* of their texts */
	int			running;		/* begun outside of a transaction; 0: none */
	const char *running_text;
	const char *object;			/* what it makes or drops; may be NULL */
	bool		object_existed;
	List	   *invalid_before; /* of char *: indexes */
	TimestampTz started_at;
} PgmJournal;

extern PgmJournal *pgm_journal_load(bool read_only);
extern void pgm_journal_write(const PgmJournal *journal);
extern void pgm_journal_delete(void);

extern PgmJournal *pgm_journal_new(const PgmScript *script, PgmDirection direction);
extern void pgm_journal_advance(PgmJournal *journal, const PgmScript *script, int done);
extern void pgm_journal_require_none(bool read_only);
extern void pgm_journal_require_match(const PgmJournal *journal, const PgmScript *script);
extern char *pgm_journal_describe(const PgmJournal *journal);

#endif							/* PGM_JOURNAL_H */
