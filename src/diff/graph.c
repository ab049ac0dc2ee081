/*-------------------------------------------------------------------------
 *
 * graph.c
 *	  A graph of actions, and the order that its edges leave.
 *
 * The graph is sorted topologically; where that leaves a choice, by phase,
 * the rank of the kind and the identity, so the order does not depend on OIDs
 * or on chance.  When edges make a cycle, the weakest edge of it is given up.
 *
 * Where the edges come from is not known here; see order.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"

#include "common/compat.h"
#include "diff/graph.h"

/*
 * Returns a node without edges, for an action from the one object to the other.
 */
PgmNode *
pgm_node_make(PgmActionType type, const PgmObject *from, const PgmObject *to, PgmPhase phase)
{
	PgmNode    *node = palloc0_object(PgmNode);

	node->action.type = type;
	node->action.from = from;
	node->action.to = to;
	node->object = to != NULL && type != PGM_ACT_DROP ? to : from;
	node->phase = phase;
	node->position = -1;
	return node;
}

/*
 * Adds an edge, unless one of the nodes is NULL or they are the same.
 */
void
pgm_edge_add(PgmNode *before, PgmNode *after, PgmStrength strength)
{
	PgmEdge    *edge;

	if (before == NULL || after == NULL || before == after)
		return;
	edge = palloc_object(PgmEdge);
	edge->before = before;
	edge->after = after;
	edge->strength = strength;
	edge->removed = false;
	before->out = lappend(before->out, edge);
	after->in = lappend(after->in, edge);
	after->waits++;
}

/*
 * Which of two nodes comes first, when either could?  Drops go the other way
 * round.
 */
int
pgm_node_compare(const PgmNode *a, const PgmNode *b)
{
	const PgmObject *o = a->object;
	const PgmObject *p = b->object;
	bool		backwards = a->action.type == PGM_ACT_DROP;
	int			cmp;

	if (a->phase != b->phase)
		return a->phase - b->phase;
	if (o->kind->rank != p->kind->rank)
		cmp = o->kind->rank - p->kind->rank;
	else
	{
		cmp = strcmp(o->parent != NULL ? o->parent->identity : o->identity,
					 p->parent != NULL ? p->parent->identity : p->identity);
		if (cmp == 0)
			cmp = o->address.objectSubId - p->address.objectSubId;
		if (cmp == 0)
			cmp = strcmp(o->identity, p->identity);
		if (cmp == 0)
			cmp = strcmp(o->kind->name, p->kind->name);
	}
	return backwards ? -cmp : cmp;
}

static int
compare_heap(Datum a, Datum b, void *arg)
{
	return -pgm_node_compare((PgmNode *) DatumGetPointer(a), (PgmNode *) DatumGetPointer(b));
}

/*
 * Returns an edge of a cycle to give up, the weakest there is in it.
 * "start" waits for something that is not done, and so does that, and so on:
 * going back ends in a cycle.
 */
static PgmEdge *
weakest_edge_of_cycle(List *nodes, PgmNode *start)
{
	List	   *path = NIL;		/* of PgmEdge *, backwards */
	PgmNode    *node = start;
	PgmEdge    *weakest = NULL;
	ListCell   *lc;
	int			first;

	foreach(lc, nodes)
		((PgmNode *) lfirst(lc))->position = -1;
	while (node->position < 0)
	{
		PgmEdge    *back = NULL;

		node->position = list_length(path);
		foreach(lc, node->in)
		{
			PgmEdge    *edge = lfirst(lc);

			if (!edge->removed && !edge->before->done)
			{
				back = edge;
				break;
			}
		}
		Assert(back != NULL);
		path = lappend(path, back);
		node = back->before;
	}
	first = node->position;
	for (int i = first; i < list_length(path); i++)
	{
		PgmEdge    *edge = list_nth(path, i);

		if (weakest == NULL || edge->strength < weakest->strength)
			weakest = edge;
	}
	return weakest;
}

static void
remove_edge(PgmEdge *edge)
{
	edge->removed = true;
	edge->after->waits--;
}

/*
 * What would go with another gets a statement of its own, before that goes.
 */
static void
drop_by_itself(PgmNode *node)
{
	ListCell   *lc;

	node->silent = false;
	node->phase = PGM_PHASE_DROP;
	foreach(lc, node->in)
	{
		PgmEdge    *edge = lfirst(lc);

		if (edge->removed || edge->strength != PGM_EDGE_CARRY || edge->before->done)
			continue;
		remove_edge(edge);
		pgm_edge_add(node, edge->before, PGM_EDGE_HARD);
	}
}

/*
 * Gives up one edge of a cycle.  A cycle of hard edges only is broken too:
 * the statements will then fail, and say why better than this could.
 */
static PgmNode *
break_cycle(List *nodes)
{
	ListCell   *lc;
	PgmEdge    *edge;

	foreach(lc, nodes)
		if (!((PgmNode *) lfirst(lc))->done)
		break;
	edge = weakest_edge_of_cycle(nodes, lfirst(lc));
	if (edge->strength == PGM_EDGE_CARRY)
		drop_by_itself(edge->after);
	else
		remove_edge(edge);
	return edge->after->waits == 0 ? edge->after : NULL;
}

/*
 * Returns the nodes in order, and sets their positions.
 */
List *
pgm_nodes_sort(List *nodes)
{
	int			n = list_length(nodes);
	binaryheap *heap = binaryheap_allocate(Max(n, 1), compare_heap, NULL);
	List	   *sorted = NIL;
	ListCell   *lc;

	foreach(lc, nodes)
		if (((PgmNode *) lfirst(lc))->waits == 0)
		binaryheap_add(heap, PointerGetDatum(lfirst(lc)));
	while (list_length(sorted) < n)
	{
		PgmNode    *node;

		CHECK_FOR_INTERRUPTS();
		if (binaryheap_empty(heap))
		{
			node = break_cycle(nodes);
			if (node != NULL)
				binaryheap_add(heap, PointerGetDatum(node));
			continue;
		}
		node = (PgmNode *) DatumGetPointer(binaryheap_remove_first(heap));
		node->done = true;
		sorted = lappend(sorted, node);
		foreach(lc, node->out)
		{
			PgmEdge    *edge = lfirst(lc);

			if (!edge->removed && --edge->after->waits == 0)
				binaryheap_add(heap, PointerGetDatum(edge->after));
		}
	}
	binaryheap_free(heap);
	foreach(lc, sorted)
		((PgmNode *) lfirst(lc))->position = foreach_current_index(lc);
	return sorted;
}
