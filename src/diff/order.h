/*-------------------------------------------------------------------------
 *
 * order.h
 *	  The actions that lead from one snapshot to another, in order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ORDER_H
#define PGM_ORDER_H

#include "diff/compare.h"

typedef enum PgmActionType
{
	PGM_ACT_DROP,
	PGM_ACT_ASIDE,				/* rename out of the way */
	PGM_ACT_SHELL,				/* declare, to be made later */
	PGM_ACT_CREATE,
	PGM_ACT_CHANGE,
	PGM_ACT_LEAVE				/* move data from what is aside, and drop it */
} PgmActionType;

typedef struct PgmAction
{
	PgmActionType type;
	const PgmObject *from;		/* NULL: there was none */
	const PgmObject *to;		/* NULL: there will be none */
	PgmWay		way;			/* of PGM_ACT_CHANGE */
	List	   *inside;			/* of PgmObject *: made with PGM_ACT_CREATE */
} PgmAction;

extern List *pgm_names_of(const PgmObject *object);
extern List *pgm_order(const PgmComparison *comparison);

#endif							/* PGM_ORDER_H */
