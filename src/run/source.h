/*-------------------------------------------------------------------------
 *
 * source.h
 *	  What the history table of another migration tool says.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SOURCE_H
#define PGM_SOURCE_H

#include "nodes/pg_list.h"

/* what the other tool says of a version */
typedef enum PgmForeignState
{
	PGM_FOREIGN_APPLIED,
	PGM_FOREIGN_FAILED,
	PGM_FOREIGN_UNDONE,
	PGM_FOREIGN_REPEATABLE		/* runs again whenever its text changes */
} PgmForeignState;

/* a version in the history of another tool */
typedef struct PgmForeign
{
	const char *version;		/* as the user knows it */
	const char *id;				/* another name of it, or NULL */
	const char *name;			/* what a revision's message may be, or NULL */
	const char *description;	/* or NULL */
	PgmForeignState state;
	bool		covers;			/* with it, all that it builds on is applied */
} PgmForeign;

/* what to read */
typedef struct PgmSource
{
	const char *tool;			/* "alembic", ... */
	const char *title;			/* how messages call it: "Alembic" */
	const char *history;		/* the table or schema, as SQL writes it */
	List	   *versions;		/* of PgmForeign *, in the tool's order */
} PgmSource;

extern PgmSource *pgm_source_read(const char *tool, const char *history,
								  const char *project);

#endif							/* PGM_SOURCE_H */
