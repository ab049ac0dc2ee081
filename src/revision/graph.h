/*-------------------------------------------------------------------------
 *
 * graph.h
 *	  The revision graph in memory.
 *
 * The graph is a copy of migrate_script without the script texts, read under
 * one snapshot and never changed afterwards.  It has two kinds of edges: to
 * the parents (down_revision) and to the dependencies (depends_on, resolved
 * to revisions).  "Next" is the opposite direction of "down".
 *
 * Sets of revisions are arrays of bool indexed by PgmRevision.index; lists of
 * revisions are Lists of PgmRevision pointers.  The empty list is the base.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_GRAPH_H
#define PGM_GRAPH_H

#include "nodes/pg_list.h"
#include "datatype/timestamp.h"

typedef struct PgmRevision PgmRevision;

/* a fixed array of edges, in the order in which they were declared */
typedef struct PgmEdges
{
	int			n;
	PgmRevision **rev;
} PgmEdges;

struct PgmRevision
{
	const char *id;
	const char *message;
	const char *author;			/* role that wrote the present text */
	const char *creator;		/* who made the revision; for people */
	TimestampTz created_at;
	bool		irreversible;	/* has no downgrade script */
	int64		ordinal;		/* order of creation */
	int			index;			/* place in PgmGraph.revs; sorted by ordinal */
	PgmEdges	down;			/* parents */
	PgmEdges	deps;			/* dependencies, resolved, without parents */
	PgmEdges	next;			/* children by down */
	PgmEdges	dependents;		/* who has us in deps */
	List	   *labels;			/* of char *: the branch labels given here */
	List	   *depends_on;		/* of char *: as declared, ids or labels */
};

typedef struct PgmGraph
{
	MemoryContext context;		/* everything lives here */
	int			n;
	PgmRevision *revs;			/* in order of creation */
	struct pgm_name_hash *names;	/* ids and labels */
} PgmGraph;

/* whether a revision is new: loaded in this transaction and not checked yet */
typedef bool (*PgmIsNew) (const char *revision);

/* loading */
extern PgmGraph *pgm_graph_load(bool read_only);
extern PgmGraph *pgm_graph_load_partial(bool read_only);
extern void pgm_graph_set_is_new(PgmIsNew is_new);
extern PgmRevision *pgm_graph_lookup(PgmGraph *graph, const char *id_or_label);
extern List *pgm_graph_lookup_prefix(PgmGraph *graph, const char *prefix);

/* classes of revisions; lists are in order of creation */
extern List *pgm_graph_heads(PgmGraph *graph);
extern List *pgm_graph_real_heads(PgmGraph *graph);
extern List *pgm_graph_bases(PgmGraph *graph);
extern List **pgm_graph_display_labels(PgmGraph *graph);

static inline bool
pgm_is_head(const PgmRevision *rev)
{
	return rev->next.n == 0;
}

static inline bool
pgm_is_real_head(const PgmRevision *rev)
{
	return rev->next.n == 0 && rev->dependents.n == 0;
}

static inline bool
pgm_is_branch_point(const PgmRevision *rev)
{
	return rev->next.n > 1;
}

static inline bool
pgm_is_merge_point(const PgmRevision *rev)
{
	return rev->down.n > 1;
}

/* sets: an array of bool, one for each revision of the graph */
extern bool *pgm_set_new(PgmGraph *graph);
extern bool *pgm_ancestors(PgmGraph *graph, List *revs);
extern bool *pgm_ancestors_by_down(PgmGraph *graph, List *revs);
extern bool *pgm_descendants(PgmGraph *graph, List *revs);
extern bool *pgm_descendants_by_next(PgmGraph *graph, List *revs);
extern bool *pgm_lineage(PgmGraph *graph, PgmRevision *rev);
extern bool pgm_edges_meet(const PgmEdges *edges, const bool *set);
extern List *pgm_maximal(PgmGraph *graph, const bool *down_closed);
extern List *pgm_toposort_down(PgmGraph *graph, const bool *set);

/* text */
extern char *pgm_revision_list_text(List *revs, const char *separator);
extern char *pgm_edges_text(const PgmEdges *edges, const char *separator);
extern char *pgm_string_list_text(List *strings, const char *separator);
extern const char *pgm_first_line(const char *text);

#endif							/* PGM_GRAPH_H */
