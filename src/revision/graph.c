/*-------------------------------------------------------------------------
 *
 * graph.c
 *	  The revision graph in memory: loading it and walking over it.
 *
 * Responsible for the shape of the graph: edges, names, closures, heads and
 * bases, and the order of steps.  It knows nothing of what is applied (see
 * state.c) nor of how users name revisions (see resolve.c).
 *
 * Everything here is linear in the number of revisions and edges, except that
 * the topological sort pays a logarithm for its heap.
 *
 * Dependencies are used as they are.  Alembic first takes away those that an
 * ancestor already has ("normalized"); that changes neither the closures nor
 * the maximal elements of a closed set, which is all that we compute, so we
 * need not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/graph.h"

/* the names of revisions: their ids, and the branch labels */
typedef struct NameEntry
{
	const char *name;
	PgmRevision *rev;
	uint32		hash;
	char		status;
} NameEntry;

#define SH_PREFIX pgm_name
#define SH_ELEMENT_TYPE NameEntry
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* the edges of a revision as names, before they are resolved */
typedef struct RawEdges
{
	List	   *down;
	List	   *depends_on;
} RawEdges;

/* receives the rows of migrate_script */
typedef struct GraphReceiver
{
	DestReceiver pub;
	PgmGraph   *graph;
	RawEdges   *raw;
	int			space;
	const char *last_author;	/* authors repeat: share the string */
	const char *last_creator;
} GraphReceiver;

static void receive_startup(DestReceiver *self, int operation, TupleDesc typeinfo);
static bool receive_row(TupleTableSlot *slot, DestReceiver *self);
static void receive_shutdown(DestReceiver *self);
static void receive_destroy(DestReceiver *self);
static void resolve_edges(PgmGraph *graph, RawEdges *raw, bool partial);
static void check_acyclic(PgmGraph *graph);

static PgmStatement load_statement = {
	.sql = "SELECT revision, message, author, created_at, ordinal,"
	" down_revision, depends_on, branch_labels, downgrade IS NULL,"
	" COALESCE(creator, author) FROM %s.migrate_script ORDER BY ordinal, revision"
};

/* see pgm_graph_set_is_new */
static PgmIsNew revision_is_new = NULL;

/*
 * Sets the function that tells the rows that others have just loaded from
 * those that were here: what is wrong with them is said in another way.
 */
void
pgm_graph_set_is_new(PgmIsNew is_new)
{
	revision_is_new = is_new;
}

static bool
is_new(const PgmRevision *rev)
{
	return revision_is_new != NULL && revision_is_new(rev->id);
}

/*
 * Reads the graph.  The caller has called pgm_connect(); the graph lives in a
 * context below the current one.  read_only as for pgm_execute().  Raises
 * ERRCODE_DATA_CORRUPTED when the rows do not make a graph, which only rows
 * put in by hand can do, or those just loaded.  "partial" leaves out the edges
 * of the latter that lead nowhere.
 */
static PgmGraph *
graph_load(bool read_only, bool partial)
{
	MemoryContext context;
	MemoryContext oldcontext;
	PgmGraph   *graph;
	GraphReceiver receiver;

	context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate graph",
									ALLOCSET_DEFAULT_SIZES);
	oldcontext = MemoryContextSwitchTo(context);

	graph = palloc0_object(PgmGraph);
	graph->context = context;

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.rStartup = receive_startup;
	receiver.pub.receiveSlot = receive_row;
	receiver.pub.rShutdown = receive_shutdown;
	receiver.pub.rDestroy = receive_destroy;
	receiver.pub.mydest = DestNone;
	receiver.graph = graph;
	receiver.space = 64;
	receiver.raw = palloc_array(RawEdges, receiver.space);
	graph->revs = palloc_array(PgmRevision, receiver.space);

	pgm_execute_dest(&load_statement, read_only, &receiver.pub);

	graph->names = (struct pgm_name_hash *) pgm_name_create(context, graph->n + 16, NULL);
	resolve_edges(graph, receiver.raw, partial);
	check_acyclic(graph);

	pfree(receiver.raw);
	MemoryContextSwitchTo(oldcontext);
	return graph;
}

PgmGraph *
pgm_graph_load(bool read_only)
{
	return graph_load(read_only, false);
}

/*
 * The graph while revisions are being loaded, some of whose parents may still
 * be to come.
 */
PgmGraph *
pgm_graph_load_partial(bool read_only)
{
	return graph_load(read_only, true);
}

static void
receive_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
	/* nothing to prepare: the query is our own and its columns are known */
}

/*
 * The elements of a text[] column of a row, which is almost always empty or
 * has one element.
 */
static List *
slot_text_list(TupleTableSlot *slot, int attno)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, attno, &isnull);

	if (isnull)
		return NIL;
	return pgm_array_to_list(DatumGetArrayTypeP(value), "value");
}

/*
 * A text column of a row whose values repeat: *last is the one before.
 */
static const char *
share_text(TupleTableSlot *slot, int attno, const char **last)
{
	bool		isnull;
	char	   *value = TextDatumGetCString(slot_getattr(slot, attno, &isnull));

	if (*last != NULL && strcmp(value, *last) == 0)
		pfree(value);
	else
		*last = value;
	return *last;
}

/*
 * Takes one row of migrate_script.  The executor calls us in a short-lived
 * context, so everything is copied into the graph's.
 */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	GraphReceiver *receiver = (GraphReceiver *) self;
	PgmGraph   *graph = receiver->graph;
	MemoryContext oldcontext = MemoryContextSwitchTo(graph->context);
	PgmRevision *rev;
	RawEdges   *raw;
	bool		isnull;

	if (graph->n == receiver->space)
	{
		receiver->space *= 2;
		graph->revs = repalloc_huge(graph->revs,
									sizeof(PgmRevision) * receiver->space);
		receiver->raw = repalloc_huge(receiver->raw,
									  sizeof(RawEdges) * receiver->space);
	}
	rev = &graph->revs[graph->n];
	raw = &receiver->raw[graph->n];
	memset(rev, 0, sizeof(PgmRevision));

	rev->index = graph->n++;
	rev->id = TextDatumGetCString(slot_getattr(slot, 1, &isnull));
	rev->message = TextDatumGetCString(slot_getattr(slot, 2, &isnull));
	rev->author = share_text(slot, 3, &receiver->last_author);
	rev->creator = share_text(slot, 10, &receiver->last_creator);
	rev->created_at = DatumGetTimestampTz(slot_getattr(slot, 4, &isnull));
	rev->ordinal = DatumGetInt64(slot_getattr(slot, 5, &isnull));
	raw->down = slot_text_list(slot, 6);
	raw->depends_on = rev->depends_on = slot_text_list(slot, 7);
	rev->labels = slot_text_list(slot, 8);
	rev->irreversible = DatumGetBool(slot_getattr(slot, 9, &isnull));

	MemoryContextSwitchTo(oldcontext);
	return true;
}

static void
receive_shutdown(DestReceiver *self)
{
	/* the rows stay with the graph */
}

static void
receive_destroy(DestReceiver *self)
{
	/* the receiver is a local variable of pgm_graph_load */
}

/*
 * Enters a name, which must be new: ids and labels share one name space.  While
 * revisions are being loaded, one may still have to give way to another.
 */
static void
enter_name(PgmGraph *graph, const char *name, PgmRevision *rev, bool partial)
{
	NameEntry  *entry;
	bool		found;

	entry = pgm_name_insert((pgm_name_hash *) graph->names, name, &found);
	if (found && partial && (is_new(rev) || is_new(entry->rev)))
		return;
	if (found)
		ereport(ERROR,
				(errcode(is_new(rev) || is_new(entry->rev) ?
						 ERRCODE_DUPLICATE_OBJECT : ERRCODE_DATA_CORRUPTED),
				 errmsg("branch name \"%s\" in revision \"%s\" is already used by revision \"%s\"",
						name, rev->id, entry->rev->id)));
	entry->rev = rev;
}

static void
error_not_present(PgmRevision *rev, const char *name, bool is_parent)
{
	ereport(ERROR,
			(errcode(is_new(rev) ? ERRCODE_UNDEFINED_OBJECT : ERRCODE_DATA_CORRUPTED),
			 is_parent ?
			 errmsg("revision \"%s\" referenced from revision \"%s\" as its parent is not present",
					name, rev->id) :
			 errmsg("revision \"%s\" referenced from revision \"%s\" as a dependency is not present",
					name, rev->id),
			 is_new(rev) ?
			 errhint("Load the file of \"%s\" before the transaction ends, or correct the file of \"%s\".",
					 name, rev->id) :
			 errhint("Put the missing revision back into %s.migrate_script, or correct the row of \"%s\".",
					 pgm_schema(), rev->id)));
}

/*
 * The revision of an id or a label that the row of rev names, or an error.
 * NULL if there is none and "partial" allows that.
 */
static PgmRevision *
named_revision(PgmGraph *graph, PgmRevision *rev, const char *name, bool is_parent,
			   bool partial)
{
	NameEntry  *entry;

	entry = pgm_name_lookup((pgm_name_hash *) graph->names, name);
	if (entry == NULL || (is_parent && strcmp(entry->rev->id, name) != 0))
	{
		if (partial && is_new(rev))
			return NULL;
		error_not_present(rev, name, is_parent);
	}
	if (entry->rev == rev)
		ereport(ERROR,
				(errcode(is_new(rev) ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_DATA_CORRUPTED),
				 is_parent ?
				 errmsg("self-loop is detected in revisions (%s)", rev->id) :
				 errmsg("dependency self-loop is detected in revisions (%s)", rev->id)));
	return entry->rev;
}

static bool
edges_have(const PgmEdges *edges, const PgmRevision *rev)
{
	for (int i = 0; i < edges->n; i++)
	{
		if (edges->rev[i] == rev)
			return true;
	}
	return false;
}

/*
 * Resolves the names of one kind of edge into edges.  A name that is there
 * twice, or a dependency on a parent, adds nothing and is left out.
 */
static void
resolve_names(PgmGraph *graph, PgmRevision *rev, List *names, bool is_parent,
			  bool partial)
{
	PgmEdges   *edges = is_parent ? &rev->down : &rev->deps;
	ListCell   *lc;

	if (names == NIL)
		return;
	edges->rev = palloc_array(PgmRevision *, list_length(names));
	foreach(lc, names)
	{
		PgmRevision *other = named_revision(graph, rev, lfirst(lc), is_parent,
											partial);

		if (other == NULL || edges_have(edges, other) ||
			(!is_parent && edges_have(&rev->down, other)))
			continue;
		edges->rev[edges->n++] = other;
		if (is_parent)
			other->next.n++;
		else
			other->dependents.n++;
	}
}

/*
 * Gives space for the opposite edges, whose number has been counted.
 */
static void
edges_allocate(PgmEdges *edges)
{
	if (edges->n > 0)
		edges->rev = palloc_array(PgmRevision *, edges->n);
	edges->n = 0;
}

/*
 * Turns the names in raw into edges of both directions, and fills the hash of
 * names.
 */
static void
resolve_edges(PgmGraph *graph, RawEdges *raw, bool partial)
{
	for (int i = 0; i < graph->n; i++)
		enter_name(graph, graph->revs[i].id, &graph->revs[i], partial);
	for (int i = 0; i < graph->n; i++)
	{
		ListCell   *lc;

		foreach(lc, graph->revs[i].labels)
			enter_name(graph, lfirst(lc), &graph->revs[i], partial);
	}
	for (int i = 0; i < graph->n; i++)
	{
		resolve_names(graph, &graph->revs[i], raw[i].down, true, partial);
		resolve_names(graph, &graph->revs[i], raw[i].depends_on, false, partial);
		list_free_deep(raw[i].down);
	}
	for (int i = 0; i < graph->n; i++)
	{
		edges_allocate(&graph->revs[i].next);
		edges_allocate(&graph->revs[i].dependents);
	}
	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		for (int j = 0; j < rev->down.n; j++)
		{
			PgmEdges   *next = &rev->down.rev[j]->next;

			next->rev[next->n++] = rev;
		}
		for (int j = 0; j < rev->deps.n; j++)
		{
			PgmEdges   *dependents = &rev->deps.rev[j]->dependents;

			dependents->rev[dependents->n++] = rev;
		}
	}
}

/*
 * Peels off, again and again, the revisions whose edges in one direction all
 * lead to revisions peeled off before.  What is left over is on a cycle or
 * leads to one.  left[] starts as the revisions to look at.
 */
static int
peel(PgmGraph *graph, bool *left, bool with_deps, bool upwards)
{
	int		   *pending = palloc0_array(int, graph->n + 1);
	PgmRevision **stack = palloc_array(PgmRevision *, graph->n + 1);
	int			nstack = 0;
	int			nleft = 0;

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		if (!left[i])
			continue;
		nleft++;
		pending[i] = upwards ? rev->down.n : rev->next.n;
		if (with_deps)
			pending[i] += upwards ? rev->deps.n : rev->dependents.n;
		if (pending[i] == 0)
			stack[nstack++] = rev;
	}
	while (nstack > 0)
	{
		PgmRevision *rev = stack[--nstack];
		PgmEdges   *edges[2];

		left[rev->index] = false;
		nleft--;
		edges[0] = upwards ? &rev->next : &rev->down;
		edges[1] = upwards ? &rev->dependents : &rev->deps;
		for (int k = 0; k < (with_deps ? 2 : 1); k++)
		{
			for (int j = 0; j < edges[k]->n; j++)
			{
				PgmRevision *other = edges[k]->rev[j];

				if (--pending[other->index] == 0 && left[other->index])
					stack[nstack++] = other;
			}
		}
	}
	pfree(pending);
	pfree(stack);
	return nleft;
}

/*
 * The revisions of a set, in order of creation.
 */
static List *
set_list(PgmGraph *graph, const bool *set)
{
	List	   *result = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		if (set[i])
			result = lappend(result, &graph->revs[i]);
	}
	return result;
}

/*
 * Raises an error when the graph has a cycle, naming the revisions on it (and
 * those between two cycles).
 */
static void
check_acyclic(PgmGraph *graph)
{
	bool	   *left = pgm_set_new(graph);
	bool	   *left_other_way = pgm_set_new(graph);
	bool		found_new = false;
	bool		by_down;

	memset(left, true, graph->n);
	if (peel(graph, left, true, true) == 0)
	{
		pfree(left);
		pfree(left_other_way);
		return;
	}

	/* there is one; is it made of parents alone? */
	memset(left, true, graph->n);
	by_down = peel(graph, left, false, true) > 0;
	if (!by_down)
	{
		memset(left, true, graph->n);
		peel(graph, left, true, true);
	}
	memset(left_other_way, true, graph->n);
	peel(graph, left_other_way, !by_down, false);
	for (int i = 0; i < graph->n; i++)
		left[i] = left[i] && left_other_way[i];

	for (int i = 0; i < graph->n; i++)
		found_new = found_new || (left[i] && is_new(&graph->revs[i]));
	ereport(ERROR,
			(errcode(found_new ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_DATA_CORRUPTED),
			 by_down ?
			 errmsg("cycle is detected in revisions (%s)",
					pgm_revision_list_text(set_list(graph, left), ", ")) :
			 errmsg("dependency cycle is detected in revisions (%s)",
					pgm_revision_list_text(set_list(graph, left), ", "))));
}

/*
 * The revision that has exactly this id or branch label, or NULL.
 */
PgmRevision *
pgm_graph_lookup(PgmGraph *graph, const char *id_or_label)
{
	NameEntry  *entry;

	entry = pgm_name_lookup((pgm_name_hash *) graph->names, id_or_label);
	return entry ? entry->rev : NULL;
}

/*
 * The revisions whose id starts with prefix, or a label of which does.  As in
 * Alembic, only names of more than three characters take part, while the
 * prefix may be of any length.
 */
List *
pgm_graph_lookup_prefix(PgmGraph *graph, const char *prefix)
{
	size_t		len = strlen(prefix);
	List	   *result = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];
		bool		match = strlen(rev->id) > 3 && strncmp(rev->id, prefix, len) == 0;
		ListCell   *lc;

		foreach(lc, rev->labels)
		{
			const char *label = lfirst(lc);

			if (strlen(label) > 3 && strncmp(label, prefix, len) == 0)
				match = true;
		}
		if (match)
			result = lappend(result, rev);
	}
	return result;
}

/*
 * The revisions without children.
 */
List *
pgm_graph_heads(PgmGraph *graph)
{
	List	   *result = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		if (pgm_is_head(&graph->revs[i]))
			result = lappend(result, &graph->revs[i]);
	}
	return result;
}

/*
 * The heads that no other revision depends on: what the version table holds
 * when everything is applied.
 */
List *
pgm_graph_real_heads(PgmGraph *graph)
{
	List	   *result = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		if (pgm_is_real_head(&graph->revs[i]))
			result = lappend(result, &graph->revs[i]);
	}
	return result;
}

/*
 * The revisions without parents.
 */
List *
pgm_graph_bases(PgmGraph *graph)
{
	List	   *result = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		if (graph->revs[i].down.n == 0)
			result = lappend(result, &graph->revs[i]);
	}
	return result;
}

/*
 * The branch labels to show with each revision: an array indexed by
 * PgmRevision.index of Lists of char *.
 *
 * A label holds for the revision that has it, for all its descendants, and
 * downwards as long as the branch has no fork: neither a branch point (other
 * branches' dependents count) nor a merge point.  This is for display only.
 */
List	  **
pgm_graph_display_labels(PgmGraph *graph)
{
	List	  **result = palloc0_array(List *, graph->n + 1);

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];
		bool	   *set;

		if (rev->labels == NIL)
			continue;
		set = pgm_descendants_by_next(graph, list_make1(rev));
		while (rev->next.n + rev->dependents.n <= 1 &&
			   rev->down.n + rev->deps.n == 1 && rev->down.n == 1)
		{
			rev = rev->down.rev[0];
			if (rev->next.n + rev->dependents.n > 1)
				break;
			set[rev->index] = true;
		}
		for (int j = 0; j < graph->n; j++)
		{
			if (set[j])
				result[j] = list_concat(result[j], list_copy(graph->revs[i].labels));
		}
		pfree(set);
	}
	return result;
}

/*
 * An empty set.
 */
bool *
pgm_set_new(PgmGraph *graph)
{
	return palloc0_array(bool, graph->n + 1);
}

/* which edges a closure follows */
typedef enum ClosureKind
{
	CLOSURE_ANCESTORS,
	CLOSURE_ANCESTORS_BY_DOWN,
	CLOSURE_DESCENDANTS,
	CLOSURE_DESCENDANTS_BY_NEXT
} ClosureKind;

/*
 * Adds the targets of edges that are not in the set yet, to it and to the
 * stack.
 */
static int
closure_push(const PgmEdges *edges, bool *set, PgmRevision **stack, int nstack)
{
	for (int i = 0; i < edges->n; i++)
	{
		PgmRevision *rev = edges->rev[i];

		if (!set[rev->index])
		{
			set[rev->index] = true;
			stack[nstack++] = rev;
		}
	}
	return nstack;
}

/*
 * The closure of some revisions, themselves included.
 */
static bool *
closure(PgmGraph *graph, List *revs, ClosureKind kind)
{
	bool	   *set = pgm_set_new(graph);
	PgmRevision **stack = palloc_array(PgmRevision *, graph->n + 1);
	int			nstack = 0;
	ListCell   *lc;

	foreach(lc, revs)
	{
		PgmRevision *rev = lfirst(lc);

		if (!set[rev->index])
		{
			set[rev->index] = true;
			stack[nstack++] = rev;
		}
	}
	while (nstack > 0)
	{
		PgmRevision *rev = stack[--nstack];

		if (kind == CLOSURE_ANCESTORS)
			nstack = closure_push(&rev->deps, set, stack, nstack);
		if (kind == CLOSURE_DESCENDANTS)
			nstack = closure_push(&rev->dependents, set, stack, nstack);
		if (kind == CLOSURE_ANCESTORS || kind == CLOSURE_ANCESTORS_BY_DOWN)
			nstack = closure_push(&rev->down, set, stack, nstack);
		else
			nstack = closure_push(&rev->next, set, stack, nstack);
	}
	pfree(stack);
	return set;
}

/*
 * What must be applied for revs to be: they, their parents and dependencies,
 * and so on.
 */
bool *
pgm_ancestors(PgmGraph *graph, List *revs)
{
	return closure(graph, revs, CLOSURE_ANCESTORS);
}

bool *
pgm_ancestors_by_down(PgmGraph *graph, List *revs)
{
	return closure(graph, revs, CLOSURE_ANCESTORS_BY_DOWN);
}

/*
 * What cannot stay when revs go: they, their children and dependents, and so
 * on.
 */
bool *
pgm_descendants(PgmGraph *graph, List *revs)
{
	return closure(graph, revs, CLOSURE_DESCENDANTS);
}

bool *
pgm_descendants_by_next(PgmGraph *graph, List *revs)
{
	return closure(graph, revs, CLOSURE_DESCENDANTS_BY_NEXT);
}

/*
 * The branch of a revision: its ancestors and descendants by parents alone.
 */
bool *
pgm_lineage(PgmGraph *graph, PgmRevision *rev)
{
	bool	   *set = pgm_ancestors_by_down(graph, list_make1(rev));
	bool	   *above = pgm_descendants_by_next(graph, list_make1(rev));

	for (int i = 0; i < graph->n; i++)
		set[i] = set[i] || above[i];
	pfree(above);
	return set;
}

/*
 * Whether any target of the edges is in the set.
 */
bool
pgm_edges_meet(const PgmEdges *edges, const bool *set)
{
	for (int i = 0; i < edges->n; i++)
	{
		if (set[edges->rev[i]->index])
			return true;
	}
	return false;
}

/*
 * The maximal elements of a set that holds the ancestors of its members.
 */
List *
pgm_maximal(PgmGraph *graph, const bool *down_closed)
{
	List	   *result = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		if (down_closed[i] &&
			!pgm_edges_meet(&rev->next, down_closed) &&
			!pgm_edges_meet(&rev->dependents, down_closed))
			result = lappend(result, rev);
	}
	return result;
}

/*
 * State of pgm_toposort_down.  Each revision that the walk has met holds a
 * slot: the slot of the child that it was met from when it is the first new
 * parent of that child, else a new one.  A revision can be emitted when all
 * its children in the set are; of those that can, the one in the lowest slot
 * is.
 */
typedef struct OrderState
{
	const bool *set;
	int		   *slot;			/* by index; -1: not met yet */
	int		   *pending;		/* by index: children not emitted yet */
	int			nslots;
	binaryheap *ready;
	List	   *output;
} OrderState;

/* binaryheap is a max-heap: the lowest slot has to be the greatest */
static int
compare_slots(Datum a, Datum b, void *arg)
{
	OrderState  *state = arg;
	int			slot_a = state->slot[((PgmRevision *) DatumGetPointer(a))->index];
	int			slot_b = state->slot[((PgmRevision *) DatumGetPointer(b))->index];

	return slot_a < slot_b ? 1 : slot_a > slot_b ? -1 : 0;
}

/*
 * One child of rev was emitted, at slot; keeps is whether rev takes over that
 * slot if it is met for the first time.  Returns whether it did.
 */
static bool
sort_meet(OrderState *state, PgmRevision *rev, int slot, bool keeps)
{
	bool		taken = false;

	if (!state->set[rev->index])
		return false;
	if (state->slot[rev->index] < 0)
	{
		taken = keeps;
		state->slot[rev->index] = keeps ? slot : state->nslots++;
	}
	if (--state->pending[rev->index] == 0)
		binaryheap_add(state->ready, PointerGetDatum(rev));
	return taken;
}

static int
count_in_set(const PgmEdges *edges, const bool *set)
{
	int			n = 0;

	for (int i = 0; i < edges->n; i++)
		n += set[edges->rev[i]->index] ? 1 : 0;
	return n;
}

/*
 * The revisions of a set, children and dependents before what they need: the
 * order of a downgrade, and backwards that of an upgrade.
 *
 * Where the graph leaves a choice, we go down one branch, from the head that
 * was created first, until something is met that others of the set still
 * need.  That is Alembic's order, at a cost that stays linear in merges.
 */
List *
pgm_toposort_down(PgmGraph *graph, const bool *set)
{
	OrderState	state;

	memset(&state, 0, sizeof(state));
	state.set = set;
	state.slot = palloc_array(int, graph->n + 1);
	state.pending = palloc0_array(int, graph->n + 1);
	state.ready = binaryheap_allocate(graph->n + 1, compare_slots, &state);

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		state.slot[i] = -1;
		if (!set[i])
			continue;
		state.pending[i] = count_in_set(&rev->next, set) +
			count_in_set(&rev->dependents, set);
		if (state.pending[i] == 0)
		{
			state.slot[i] = state.nslots++;
			binaryheap_add_unordered(state.ready, PointerGetDatum(rev));
		}
	}
	binaryheap_build(state.ready);

	while (!binaryheap_empty(state.ready))
	{
		PgmRevision *rev = (PgmRevision *)
			DatumGetPointer(binaryheap_remove_first(state.ready));
		bool		keeps = true;

		CHECK_FOR_INTERRUPTS();
		state.output = lappend(state.output, rev);
		for (int i = 0; i < rev->down.n; i++)
			keeps = !sort_meet(&state, rev->down.rev[i],
							   state.slot[rev->index], keeps) && keeps;
		for (int i = 0; i < rev->deps.n; i++)
			keeps = !sort_meet(&state, rev->deps.rev[i],
							   state.slot[rev->index], keeps) && keeps;
	}

	binaryheap_free(state.ready);
	pfree(state.slot);
	pfree(state.pending);
	return state.output;
}

/*
 * The ids of some revisions as one string.
 */
char *
pgm_revision_list_text(List *revs, const char *separator)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, revs)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? separator : "",
						 ((PgmRevision *) lfirst(lc))->id);
	return buf.data;
}

/*
 * The ids at the ends of some edges as one string.
 */
char *
pgm_edges_text(const PgmEdges *edges, const char *separator)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < edges->n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? separator : "", edges->rev[i]->id);
	return buf.data;
}

/*
 * Some strings as one.
 */
char *
pgm_string_list_text(List *strings, const char *separator)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, strings)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? separator : "",
						 (char *) lfirst(lc));
	return buf.data;
}

/*
 * The first line of a message, for places that have one line.
 */
const char *
pgm_first_line(const char *text)
{
	size_t		length = strcspn(text, "\r\n");

	return text[length] == '\0' ? text : pnstrdup(text, length);
}
