/*-------------------------------------------------------------------------
 *
 * write.h
 *	  The statements of actions, and scripts made of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_WRITE_H
#define PGM_WRITE_H

#include "diff/order.h"

/* a statement, with what it is for */
typedef struct PgmWritten
{
	char	   *text;			/* without its semicolon */
	List	   *hazards;		/* of char * */
	const PgmAction *action;	/* NULL: a setting or a rename */
	const char *joined;			/* clauses can be added to this, or NULL */
	const char *kind;
	const char *identity;
	const char *change;			/* "add", "drop", "change type" */
} PgmWritten;

extern List *pgm_write_actions(List *actions, const PgmSnapshot *base, bool all);
extern PgmWritten *pgm_written(const char *text, const char *kind,
							   const char *identity, const char *change);
extern char *pgm_write_script(List *statements);

#endif							/* PGM_WRITE_H */
