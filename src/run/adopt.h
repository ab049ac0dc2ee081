/*-------------------------------------------------------------------------
 *
 * adopt.h
 *	  Taking over what another migration tool has applied.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ADOPT_H
#define PGM_ADOPT_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* what is asked for */
typedef struct PgmAdoption
{
	const char *tool;
	const char *history;		/* or NULL: where the tool puts it */
	const char *project;		/* of Sqitch, or NULL */
	Jsonb	   *map;			/* of versions to revisions, or NULL */
	bool		allow_holes;
	bool		dry_run;		/* look only; mistakes are rows */
} PgmAdoption;

/* what became of a version or of a revision */
typedef struct PgmAdopted
{
	const char *version;		/* or NULL: the other tool does not name it */
	const char *revision;		/* or NULL */
	const char *status;
	const char *description;	/* or NULL */
} PgmAdopted;

extern List *pgm_adopt(const PgmAdoption *adoption);

#endif							/* PGM_ADOPT_H */
