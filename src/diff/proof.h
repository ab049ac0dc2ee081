/*-------------------------------------------------------------------------
 *
 * proof.h
 *	  Running generated statements in the sandbox, to see what they do.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_PROOF_H
#define PGM_PROOF_H

#include "diff/generate.h"

/* how a snapshot is read, the same each time */
typedef struct PgmView
{
	List	   *aside;			/* schemas that are not looked at */
	bool		globals;
	const char *only_schema;	/* or NULL: all that are managed */
	const void *filter;
	bool		all;			/* owners and privileges count */
	List	   *without;		/* of char *: extensions that are there, but not
								 * in the model */
} PgmView;

/* what went wrong; all NULL and NIL: nothing */
typedef struct PgmDisproof
{
	const char *direction;		/* "upgrade" or "downgrade" */
	ErrorData  *error;			/* a statement failed */
	const PgmWritten *failed;
	List	   *differences;	/* of PgmDifference *: it led elsewhere */
} PgmDisproof;

extern PgmSnapshot *pgm_view_begin(const PgmView *view);
extern PgmSnapshot *pgm_view_read_linking(const PgmView *view, PgmSnapshot *unlinked);
extern PgmSnapshot *pgm_view_read(const PgmView *view);
extern PgmDisproof *pgm_disprove(const PgmGenerated *generated, const PgmView *view,
								 const PgmSnapshot *live, const PgmSnapshot *model);
extern char *pgm_list_differences(List *differences);
extern void pgm_report_disproof(const PgmDisproof *disproof);

#endif							/* PGM_PROOF_H */
