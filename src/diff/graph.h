/*-------------------------------------------------------------------------
 *
 * graph.h
 *	  A graph of actions, and the order that its edges leave.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_GRAPH_H
#define PGM_GRAPH_H

#include "diff/order.h"

/* phases, in which order what can be done is done */
typedef enum PgmPhase
{
	PGM_PHASE_SILENT,
	PGM_PHASE_DROP,
	PGM_PHASE_ASIDE,
	PGM_PHASE_MAKE,
	PGM_PHASE_LEAVE,
	PGM_PHASE_DROP_DATA
} PgmPhase;

/* how much an edge matters */
typedef enum PgmStrength
{
	PGM_EDGE_SOFT,				/* a guess */
	PGM_EDGE_FOLD,				/* for a nicer CREATE TABLE */
	PGM_EDGE_CHANGE,			/* something changed may be needed changed */
	PGM_EDGE_CARRY,				/* what goes with another goes when that does */
	PGM_EDGE_HARD
} PgmStrength;

typedef struct PgmEdge
{
	struct PgmNode *before;
	struct PgmNode *after;
	PgmStrength	strength;
	bool		removed;
} PgmEdge;

typedef struct PgmNode
{
	PgmAction	action;
	const PgmObject *object;	/* what the key comes from */
	PgmPhase	phase;
	bool		silent;			/* happens with another: no statement */
	bool		done;
	int			waits;			/* edges to it that are not done */
	int			position;
	struct PgmNode *into;		/* it is made in the statement of this one */
	List	   *in;				/* of PgmEdge * */
	List	   *out;
} PgmNode;

extern PgmNode *pgm_node_make(PgmActionType type, const PgmObject *from,
							  const PgmObject *to, PgmPhase phase);
extern int	pgm_node_compare(const PgmNode *a, const PgmNode *b);
extern void pgm_edge_add(PgmNode *before, PgmNode *after, PgmStrength strength);
extern List *pgm_nodes_sort(List *nodes);

#endif							/* PGM_GRAPH_H */
