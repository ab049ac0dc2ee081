/*-------------------------------------------------------------------------
 *
 * state.c
 *	  Which revisions of the graph are applied: the rows of migrate_version.
 *
 * A database is described by one row per head of what is applied.  The active
 * set, all that is applied, is the rows with all their ancestors, dependencies
 * included; the rows are the maximal elements of the active set.  Each step
 * below keeps that so, at the cost of the edges of the one revision.
 *
 * A row without a script (the script was never loaded here, or was taken
 * away by hand) is "unknown": it is shown and kept, but nothing can be run
 * over it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/state.h"

static PgmStatement rows_statement = {
	.sql = "SELECT revision, ordinal FROM %s.migrate_version ORDER BY ordinal, revision"
};

/*
 * What a run by others changes (rows, and the number of the last log entry),
 * and what an author changes (any row of migrate_script).
 */
static PgmStatement fingerprint_statement = {
	.sql = "SELECT revision, ordinal::bigint FROM %s.migrate_version"
	" UNION ALL SELECT '', pg_catalog.max(id) FROM %s.migrate_log"
	" UNION ALL SELECT revision, xmin::pg_catalog.text::bigint FROM %s.migrate_script"
	" ORDER BY 2, 1"
};

static PgmStatement insert_statement = {
	.sql = "INSERT INTO %s.migrate_version (revision, ordinal) VALUES ($1, $2)",
	.nargs = 2,
	.argtypes = {TEXTOID, INT4OID}
};

static PgmStatement update_statement = {
	.sql = "UPDATE %s.migrate_version SET revision = $1, ordinal = $2"
	" WHERE revision OPERATOR(pg_catalog.=) $3",
	.nargs = 3,
	.argtypes = {TEXTOID, INT4OID, TEXTOID}
};

/* the first row of some gives way to another one, the rest goes */
static PgmStatement replace_statement = {
	.sql = "UPDATE %s.migrate_version SET revision = $2"
	" WHERE revision OPERATOR(pg_catalog.=) (SELECT v.revision FROM %s.migrate_version v"
	"  WHERE v.revision OPERATOR(pg_catalog.=) ANY ($1)"
	"  ORDER BY v.ordinal, v.revision LIMIT 1)"
	" AND NOT EXISTS (SELECT FROM %s.migrate_version v"
	"  WHERE v.revision OPERATOR(pg_catalog.=) $2)",
	.nargs = 2,
	.argtypes = {TEXTARRAYOID, TEXTOID}
};

static PgmStatement delete_all_statement = {
	.sql = "DELETE FROM %s.migrate_version WHERE revision OPERATOR(pg_catalog.=) ANY ($1)",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID}
};

static PgmStatement delete_statement = {
	.sql = "DELETE FROM %s.migrate_version WHERE revision OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

int			pgm_state_epoch = 0;

/*
 * A state in which nothing is applied.
 */
static PgmState *
state_new(PgmGraph *graph)
{
	PgmState   *state = palloc0_object(PgmState);

	state->graph = graph;
	state->row = palloc_array(int, graph->n + 1);
	state->loaded_row = palloc_array(int, graph->n + 1);
	state->nabove = palloc0_array(int, graph->n + 1);
	state->changed = palloc_array(int, graph->n + 1);
	state->is_changed = palloc0_array(bool, graph->n + 1);
	state->rows = bms_make_singleton(graph->n);
	for (int i = 0; i < graph->n; i++)
		state->row[i] = state->loaded_row[i] = -1;
	return state;
}

/*
 * Computes the active set and what hangs on it from the rows.
 */
static void
state_activate(PgmState *state)
{
	PgmGraph   *graph = state->graph;
	List	   *rows = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		state->nabove[i] = 0;
		if (state->row[i] >= 0)
			rows = lappend(rows, &graph->revs[i]);
	}
	state->active = pgm_ancestors(graph, rows);
	list_free(rows);

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		if (!state->active[i])
			continue;
		for (int j = 0; j < rev->down.n; j++)
			state->nabove[rev->down.rev[j]->index]++;
		for (int j = 0; j < rev->deps.n; j++)
			state->nabove[rev->deps.rev[j]->index]++;
	}
}

/*
 * The state of this database.  read_only as for pgm_execute().
 */
PgmState *
pgm_state_load(PgmGraph *graph, bool read_only)
{
	PgmState   *state = state_new(graph);
	uint64		n = pgm_execute(&rows_statement, NULL, NULL, read_only);

	for (uint64 i = 0; i < n; i++)
	{
		char	   *id = pgm_field_text(i, 1);
		PgmRevision *rev = pgm_graph_lookup(graph, id);
		bool		isnull;
		int			ordinal = DatumGetInt32(pgm_field(i, 2, &isnull));

		/* a label is no revision */
		if (rev != NULL && strcmp(rev->id, id) == 0)
		{
			state->row[rev->index] = state->loaded_row[rev->index] = ordinal;
			state->rows = bms_add_member(state->rows, rev->index);
		}
		else
			state->unknown = lappend(state->unknown, id);
		state->next_ordinal = Max(state->next_ordinal, ordinal + 1);
	}
	SPI_freetuptable(SPI_tuptable);
	state_activate(state);
	return state;
}

/*
 * The graph and the state of this database as they are now, under one
 * snapshot: what this transaction has done, and in READ COMMITTED all that
 * others have committed.
 */
PgmState *
pgm_state_load_latest(void)
{
	PgmState   *state;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	state = pgm_state_load(pgm_graph_load(true), true);
	PopActiveSnapshot();
	return state;
}

/*
 * The same while revisions are being loaded, some of whose parents may still
 * be to come.
 */
PgmState *
pgm_state_load_partial(void)
{
	PgmState   *state;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	state = pgm_state_load(pgm_graph_load_partial(true), true);
	PopActiveSnapshot();
	return state;
}

/*
 * The state of a database in which exactly these rows are current.  It cannot
 * be written.
 */
PgmState *
pgm_state_from(PgmGraph *graph, List *rows)
{
	PgmState   *state = state_new(graph);
	ListCell   *lc;

	foreach(lc, rows)
	{
		int			index = ((PgmRevision *) lfirst(lc))->index;

		state->row[index] = state->next_ordinal++;
		state->rows = bms_add_member(state->rows, index);
	}
	state_activate(state);
	return state;
}

/* sorts revisions by the ordinal of their rows */
typedef struct RowOrder
{
	PgmRevision *rev;
	int			ordinal;
} RowOrder;

static int
compare_rows(const void *a, const void *b)
{
	int			ordinal_a = ((const RowOrder *) a)->ordinal;
	int			ordinal_b = ((const RowOrder *) b)->ordinal;

	return ordinal_a < ordinal_b ? -1 : ordinal_a > ordinal_b ? 1 : 0;
}

/*
 * The current revisions that have scripts, oldest row first.
 */
List *
pgm_state_rows(PgmState *state)
{
	RowOrder   *order = palloc_array(RowOrder, bms_num_members(state->rows));
	int			n = 0;
	List	   *rows = NIL;

	for (int i = -1; (i = bms_next_member(state->rows, i)) < state->graph->n;)
	{
		order[n].rev = &state->graph->revs[i];
		order[n++].ordinal = state->row[i];
	}
	qsort(order, n, sizeof(RowOrder), compare_rows);
	for (int i = 0; i < n; i++)
		rows = lappend(rows, order[i].rev);
	pfree(order);
	return rows;
}

/*
 * Raises an error when a current revision has no script: then we cannot know
 * what lies between it and anything else.
 */
void
pgm_state_require_known(PgmState *state)
{
	if (state->unknown == NIL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("can't locate revision identified by \"%s\"",
					(char *) linitial(state->unknown)),
			 errdetail("It is a current revision of this database, but there is no script for it."),
			 errhint("Load the script of the revision, or set the current revision anew: SELECT * FROM migrate_stamp('...', purge => true);")));
}

/*
 * Raises an error when one current revision is an ancestor of another, which
 * only rows put in by hand can be.
 */
void
pgm_state_require_antichain(PgmState *state)
{
	for (int i = 0; i < state->graph->n; i++)
	{
		PgmRevision *rev = &state->graph->revs[i];
		bool	   *above;

		if (state->row[i] < 0 || state->nabove[i] == 0)
			continue;
		above = pgm_descendants(state->graph, list_make1(rev));
		for (int j = 0; j < state->graph->n; j++)
		{
			if (j != i && above[j] && state->row[j] >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("requested revision \"%s\" overlaps with other requested revisions \"%s\"",
								state->graph->revs[j].id, rev->id),
						 errdetail("Both are current revisions of this database, though one is an ancestor of the other."),
						 errhint("Set the current revision anew: SELECT * FROM migrate_stamp(%s, purge => true);",
								 quote_literal_cstr(state->graph->revs[j].id))));
		}
	}
}

/*
 * Sets the ordinal of a row; -1: it is none any more.
 */
static void
set_row(PgmState *state, int index, int ordinal)
{
	state->row[index] = ordinal;
	if (ordinal >= 0)
		state->rows = bms_add_member(state->rows, index);
	else
		state->rows = bms_del_member(state->rows, index);
	if (!state->is_changed[index])
	{
		state->is_changed[index] = true;
		state->changed[state->nchanged++] = index;
	}
}

/*
 * Rows that are parents or dependencies of rev give way to it; the place of
 * the first one is taken over.
 */
static int
absorb_rows(PgmState *state, const PgmEdges *edges, int place)
{
	for (int i = 0; i < edges->n; i++)
	{
		int			index = edges->rev[i]->index;

		state->nabove[index]++;
		if (state->row[index] >= 0)
		{
			if (place < 0 || state->row[index] < place)
				place = state->row[index];
			set_row(state, index, -1);
		}
	}
	return place;
}

/*
 * rev has been applied.  All that it needs must be active.
 */
void
pgm_state_upgrade(PgmState *state, PgmRevision *rev)
{
	int			place;

	place = absorb_rows(state, &rev->down, -1);
	place = absorb_rows(state, &rev->deps, place);
	state->active[rev->index] = true;
	set_row(state, rev->index, place >= 0 ? place : state->next_ordinal++);
}

/*
 * Parents or dependencies of a row that goes become rows unless something
 * else that is active needs them.
 */
static int
release_rows(PgmState *state, const PgmEdges *edges, int place)
{
	for (int i = 0; i < edges->n; i++)
	{
		int			index = edges->rev[i]->index;

		if (--state->nabove[index] > 0 || state->row[index] >= 0)
			continue;
		set_row(state, index, place >= 0 ? place : state->next_ordinal++);
		place = -1;
	}
	return place;
}

/*
 * rev has been undone.  Nothing active may need it.
 */
void
pgm_state_downgrade(PgmState *state, PgmRevision *rev)
{
	int			place = state->row[rev->index];

	set_row(state, rev->index, -1);
	state->active[rev->index] = false;
	place = release_rows(state, &rev->down, place);
	release_rows(state, &rev->deps, place);
}

/*
 * Makes exactly the given set active, without steps.  Rows that stay keep
 * their place.  purge also forgets the unknown rows.
 */
void
pgm_state_replace(PgmState *state, const bool *active, bool purge)
{
	List	   *maximal = pgm_maximal(state->graph, active);
	bool	   *is_row = pgm_set_new(state->graph);
	ListCell   *lc;

	foreach(lc, maximal)
	{
		int			index = ((PgmRevision *) lfirst(lc))->index;

		is_row[index] = true;
		if (state->row[index] < 0)
			set_row(state, index, state->next_ordinal++);
	}
	for (int i = 0; i < state->graph->n; i++)
	{
		if (state->row[i] >= 0 && !is_row[i])
			set_row(state, i, -1);
	}
	state_activate(state);
	if (purge)
	{
		foreach(lc, state->unknown)
		{
			Datum		values[1];

			values[0] = CStringGetTextDatum(lfirst(lc));
			pgm_execute(&delete_statement, values, NULL, false);
		}
		state->unknown = NIL;
	}
}

/*
 * Raises an error unless a row was there to be written.
 */
static void
require_written(PgmState *state, int index, uint64 n)
{
	if (n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("row \"%s\" of %s.migrate_version was changed during the run",
						state->graph->revs[index].id, pgm_schema()),
				 errhint("Scripts must leave that table alone.")));
}

/*
 * The next row from *i on that is to be deleted (gone) or inserted, or -1.
 */
static int
next_changed(PgmState *state, int *i, bool gone)
{
	while (*i < state->nchanged)
	{
		int			index = state->changed[(*i)++];
		bool		was = state->loaded_row[index] >= 0;
		bool		is = state->row[index] >= 0;

		if (was != is && was == gone)
			return index;
	}
	return -1;
}

/*
 * Writes what has changed since the state was loaded or written into
 * migrate_version.  A row that goes makes room for one that comes.  The caller
 * holds the runner lock.
 */
void
pgm_state_write(PgmState *state)
{
	int			i = 0;
	int			j = 0;

	pgm_state_epoch++;
	for (;;)
	{
		int			gone = next_changed(state, &i, true);
		int			come = next_changed(state, &j, false);
		Datum		values[3];

		if (gone < 0 && come < 0)
			break;
		if (come >= 0)
		{
			values[0] = CStringGetTextDatum(state->graph->revs[come].id);
			values[1] = Int32GetDatum(state->row[come]);
		}
		if (gone < 0)
			pgm_execute(&insert_statement, values, NULL, false);
		else if (come < 0)
		{
			values[0] = CStringGetTextDatum(state->graph->revs[gone].id);
			require_written(state, gone,
							pgm_execute(&delete_statement, values, NULL, false));
		}
		else
		{
			values[2] = CStringGetTextDatum(state->graph->revs[gone].id);
			require_written(state, gone,
							pgm_execute(&update_statement, values, NULL, false));
		}
	}
	while (state->nchanged > 0)
	{
		int			index = state->changed[--state->nchanged];

		state->loaded_row[index] = state->row[index];
		state->is_changed[index] = false;
	}
}

/*
 * The rows of migrate_version as a List of char *, oldest first.
 */
List *
pgm_version_rows(void)
{
	List	   *rows = NIL;
	uint64		n = pgm_execute(&rows_statement, NULL, NULL, false);

	for (uint64 i = 0; i < n; i++)
		rows = lappend(rows, pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

/*
 * Puts one revision in the place of some rows, if they are there.  The caller
 * holds the runner lock.
 */
void
pgm_version_replace(List *revisions, const char *by)
{
	Datum		values[2];

	pgm_state_epoch++;
	values[0] = pgm_list_to_array(revisions);
	values[1] = CStringGetTextDatum(by);
	pgm_execute(&replace_statement, values, NULL, false);
	pgm_execute(&delete_all_statement, values, NULL, false);
}

/*
 * What another run would change, as one string, under a snapshot.
 */
static char *
version_fingerprint(Snapshot snapshot)
{
	StringInfoData buf;
	uint64		n = pgm_execute_snapshot(&fingerprint_statement, snapshot);

	initStringInfo(&buf);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		int64		number = DatumGetInt64(pgm_field(i, 2, &isnull));

		appendStringInfo(&buf, INT64_FORMAT " %s\n",
						 isnull ? 0 : number, pgm_field_text(i, 1));
	}
	SPI_freetuptable(SPI_tuptable);
	return buf.data;
}

/*
 * Whether somebody has committed a run since this transaction took its
 * snapshot.  In READ COMMITTED each statement takes a new one, so the answer
 * is no.
 */
bool
pgm_version_is_stale(void)
{
	if (!IsolationUsesXactSnapshot())
		return false;
	return strcmp(version_fingerprint(GetTransactionSnapshot()),
				  version_fingerprint(GetLatestSnapshot())) != 0;
}
