/*-------------------------------------------------------------------------
 *
 * history.c
 *	  migrate_history, migrate_heads, migrate_branches and migrate_show: look
 *	  at revisions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "revision/store.h"

PG_FUNCTION_INFO_V1(pgm_sql_history);
PG_FUNCTION_INFO_V1(pgm_sql_heads);
PG_FUNCTION_INFO_V1(pgm_sql_branches);
PG_FUNCTION_INFO_V1(pgm_sql_show);

#define MAX_COLUMNS 15

/* a row under construction; columns are filled from left to right */
typedef struct Row
{
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS];
	int			n;
} Row;

static void
add_text(Row *row, const char *text)
{
	pgm_put_text(row->values, row->nulls, row->n++, text);
}

static void
add_bool(Row *row, bool value)
{
	row->nulls[row->n] = false;
	row->values[row->n++] = BoolGetDatum(value);
}

static void
add_time(Row *row, TimestampTz value)
{
	row->nulls[row->n] = false;
	row->values[row->n++] = TimestampTzGetDatum(value);
}

/* the ids at the ends of edges, or NULL when there are none */
static const char *
edges_or_null(const PgmEdges *edges)
{
	return edges->n > 0 ? pgm_edges_text(edges, ", ") : NULL;
}

/*
 * migrate_history(range text)
 */
Datum
pgm_sql_history(PG_FUNCTION_ARGS)
{
	char	   *range = pgm_arg_text(fcinfo, 0, "range");
	PgmState   *state;
	List	  **labels;
	MemoryContext row_context;
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	labels = pgm_graph_display_labels(state->graph);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate row",
										ALLOCSET_SMALL_SIZES);
	foreach(lc, pgm_toposort_down(state->graph, pgm_resolve_history(state, range)))
	{
		PgmRevision *rev = lfirst(lc);
		Row			row = {0};
		MemoryContext oldcontext = MemoryContextSwitchTo(row_context);

		CHECK_FOR_INTERRUPTS();
		add_text(&row, rev->id);
		add_text(&row, pgm_first_line(rev->message));
		add_text(&row, pgm_status_text(state, rev, PGM_STATUS_CURRENT));
		add_bool(&row, state->active[rev->index]);
		add_text(&row, edges_or_null(&rev->down));
		add_text(&row, pgm_labels_text(rev->depends_on));
		add_text(&row, pgm_labels_text(labels[rev->index]));
		add_text(&row, rev->creator);
		add_time(&row, rev->created_at);
		pgm_result_put(fcinfo, row.values, row.nulls);
		MemoryContextSwitchTo(oldcontext);
		MemoryContextReset(row_context);
	}
	pgm_finish();
	return (Datum) 0;
}

/*
 * migrate_heads(resolve_dependencies boolean)
 */
Datum
pgm_sql_heads(PG_FUNCTION_ARGS)
{
	bool		resolve = pgm_arg_bool(fcinfo, 0, "resolve_dependencies");
	PgmState   *state;
	List	  **labels;
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	labels = pgm_graph_display_labels(state->graph);
	foreach(lc, resolve ? pgm_graph_real_heads(state->graph) :
			pgm_graph_heads(state->graph))
	{
		PgmRevision *rev = lfirst(lc);
		Row			row = {0};

		add_text(&row, rev->id);
		add_text(&row, pgm_first_line(rev->message));
		add_text(&row, pgm_labels_text(labels[rev->index]));
		add_text(&row, pgm_status_text(state, rev, PGM_STATUS_CURRENT));
		add_text(&row, rev->creator);
		add_time(&row, rev->created_at);
		pgm_result_put(fcinfo, row.values, row.nulls);
	}
	pgm_finish();
	return (Datum) 0;
}

/*
 * migrate_branches()
 */
Datum
pgm_sql_branches(PG_FUNCTION_ARGS)
{
	PgmGraph   *graph;
	List	  **labels;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	graph = pgm_graph_load(true);
	labels = pgm_graph_display_labels(graph);
	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];
		Row			row = {0};

		if (!pgm_is_branch_point(rev))
			continue;
		add_text(&row, rev->id);
		add_text(&row, pgm_first_line(rev->message));
		add_text(&row, pgm_labels_text(labels[i]));
		add_text(&row, edges_or_null(&rev->next));
		pgm_result_put(fcinfo, row.values, row.nulls);
	}
	pgm_finish();
	return (Datum) 0;
}

/*
 * Returns all that there is to know of a revision.
 */
static void
show_revision(FunctionCallInfo fcinfo, PgmState *state, List **labels,
			  PgmRevision *rev)
{
	PgmScriptRow *script = pgm_script_fetch(rev->id, true);
	bytea	   *digest;
	Row			row = {0};

	if (script == NULL)
		return;
	digest = pgm_script_digest(script->upgrade, script->downgrade);
	add_text(&row, rev->id);
	add_text(&row, rev->message);
	add_text(&row, pgm_status_text(state, rev, PGM_STATUS_CURRENT));
	add_bool(&row, state->active[rev->index]);
	add_text(&row, edges_or_null(&rev->down));
	add_text(&row, pgm_labels_text(rev->depends_on));
	add_text(&row, edges_or_null(&rev->next));
	add_text(&row, pgm_labels_text(labels[rev->index]));
	add_text(&row, rev->author);
	add_text(&row, rev->creator);
	add_time(&row, rev->created_at);
	add_text(&row, pgm_labels_text(pgm_approval_roles(rev->id, digest, true)));
	row.values[row.n++] = PointerGetDatum(digest);
	add_text(&row, script->upgrade);
	add_text(&row, script->downgrade);
	pgm_result_put(fcinfo, row.values, row.nulls);
}

/*
 * migrate_show(revision text)
 */
Datum
pgm_sql_show(PG_FUNCTION_ARGS)
{
	List	   *texts = pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "revision"), "revision");
	PgmState   *state;
	List	  **labels;
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	labels = pgm_graph_display_labels(state->graph);
	foreach(lc, texts)
	{
		ListCell   *lc2;

		foreach(lc2, pgm_resolve_revisions(state, lfirst(lc)))
			show_revision(fcinfo, state, labels, lfirst(lc2));
	}
	pgm_finish();
	return (Datum) 0;
}
