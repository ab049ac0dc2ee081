/*-------------------------------------------------------------------------
 *
 * rename.h
 *	  Objects that have another name in the model than in the database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_RENAME_H
#define PGM_RENAME_H

#include "schema/snapshot.h"
#include "utils/jsonb.h"

typedef struct PgmRename
{
	const char *from;			/* as the user wrote it */
	const char *to;
	bool		optional;		/* from an annotation: may be long done */
	/* found by pgm_renames_find */
	const PgmObject *object;	/* in the database; NULL: nothing to do */
	const char *forward;		/* the statement, and its reverse */
	const char *backward;
	const char *change;			/* what to call it; NULL: rename */
	int			depth;			/* pieces of relations are deeper */
} PgmRename;

extern List *pgm_renames_of_object(Jsonb *renames);
extern List *pgm_renames_find(List *renames, const PgmSnapshot *live);
extern List *pgm_renames_of_extensions(const PgmSnapshot *live, const PgmSnapshot *model);
extern List *pgm_renames_detect(const PgmSnapshot *live, const PgmSnapshot *model);
extern void pgm_renames_propose(const PgmSnapshot *live, const PgmSnapshot *model);

#endif							/* PGM_RENAME_H */
