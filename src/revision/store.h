/*-------------------------------------------------------------------------
 *
 * store.h
 *	  The rows of migrate_script and migrate_approval.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_STORE_H
#define PGM_STORE_H

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "nodes/pg_list.h"

/* a row of migrate_script */
typedef struct PgmScriptRow
{
	const char *revision;
	List	   *down_revision;	/* of char * */
	List	   *depends_on;
	List	   *branch_labels;
	const char *message;
	const char *upgrade;
	const char *downgrade;		/* NULL: irreversible */
	const char *author;			/* the role that wrote the present text */
	bool		is_head;
	const char *creator;		/* who made it, for people; NULL: the author */
	List	   *replaces;		/* the revisions that this one was made of */
	bool		dated;			/* created_at is set */
	TimestampTz created_at;
	int64		ordinal;		/* for a new row: its place, or 0: the last */
} PgmScriptRow;

/* what a look at a few rows can say */
typedef enum PgmAnswer
{
	PGM_NO,
	PGM_YES,
	PGM_UNKNOWN
} PgmAnswer;

extern PgmScriptRow *pgm_script_copy(const PgmScriptRow *row);
extern PgmScriptRow *pgm_script_fetch(const char *revision, bool read_only);
extern List *pgm_script_fetch_texts(List *revisions);
extern PgmScriptRow *pgm_script_lock(const char *revision);
extern PgmScriptRow *pgm_script_lock_for_delete(const char *revision);
extern PgmScriptRow *pgm_script_keep(const char *revision);
extern bool pgm_script_pin(const char *revision);
extern int64 pgm_script_next_ordinal(void);
extern void pgm_script_insert(const PgmScriptRow *row);
extern bool pgm_script_try_insert(const PgmScriptRow *row);
extern void pgm_script_update(const PgmScriptRow *row);
extern void pgm_script_delete(const char *revision);
extern void pgm_script_set_head(const char *revision, bool is_head);
extern List *pgm_script_flagged(void);
extern List *pgm_script_replacing(void);
extern void pgm_script_replace_names(List *revisions, const char *by);
extern bool pgm_script_is_unsettled(void);
extern List *pgm_script_heads(int limit, bool *unsettled);
extern char *pgm_script_label_holder(const char *label, const char *except);
extern PgmAnswer pgm_script_is_current(const char *revision);
extern bool pgm_script_heads_are_current(void);

extern bytea *pgm_script_digest(const char *upgrade, const char *downgrade);
extern void pgm_approval_insert(const char *revision, bytea *digest,
								const char *role);
extern List *pgm_approval_roles(const char *revision, bytea *digest,
								bool read_only);

#endif							/* PGM_STORE_H */
