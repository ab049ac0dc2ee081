/*-------------------------------------------------------------------------
 *
 * replace.c
 *	  Revisions that take the place of others.
 *
 * A revision that was made with migrate_squash() names those that it was made
 * of.  Wherever it comes to, they go: what built on them builds on it.  Where
 * all of them have run, it counts as applied; where none has, it is to be run;
 * where only some have, nobody can say where the database is, so that is an
 * error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "revision/state.h"
#include "revision/store.h"
#include "run/journal.h"
#include "run/lock.h"
#include "run/log.h"
#include "run/replace.h"
#include "run/step.h"

/* what is found out about the revisions that are replaced */
typedef struct Replaced
{
	List	   *present;		/* of char *: they have rows */
	const char *missing;		/* the last one that has not run, or NULL */
	const char *applied;		/* the last one that has, or NULL */
} Replaced;

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * Locks the rows of the replaced against authors who would build on them.
 */
static void
lock_rows(List *names)
{
	ListCell   *lc;

	list_sort(names, compare_names);
	foreach(lc, names)
		(void) pgm_script_lock_for_delete(lfirst(lc));
}

static bool
is_listed(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

/*
 * Finds out what has run.  Of a revision that has no row is known only whether
 * it, or one after it, is current.
 */
static Replaced
look_at(PgmState *state, const PgmScriptRow *row)
{
	Replaced	found = {0};

	for (int i = list_length(row->replaces) - 1; i >= 0; i--)
	{
		char	   *id = list_nth(row->replaces, i);
		PgmRevision *rev = pgm_graph_lookup(state->graph, id);
		bool		present = rev != NULL && strcmp(rev->id, id) == 0;
		bool		applied;

		if (present)
		{
			found.present = lappend(found.present, id);
			applied = state->active[rev->index];
		}
		else
			applied = found.applied != NULL || is_listed(state->unknown, id);
		if (applied && found.applied == NULL)
			found.applied = id;
		if (!applied && found.missing == NULL)
			found.missing = id;
	}
	return found;
}

static void
error_partly_applied(const PgmScriptRow *row, const Replaced *found)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("revision \"%s\" cannot replace revisions of which only some are applied",
					row->revision),
			 errdetail("Revision \"%s\" is applied here, \"%s\" is not.",
					   found->applied, found->missing),
			 is_listed(found->present, (char *) llast(row->replaces)) ?
			 errhint("Before it is loaded, finish them: SELECT * FROM migrate_upgrade(%s);",
					 quote_literal_cstr(llast(row->replaces))) :
			 errhint("Load the files of the replaced revisions without this one, and SELECT * FROM migrate_upgrade(%s); first.",
					 quote_literal_cstr(llast(row->replaces)))));
}

/*
 * Takes the revision as applied, as those that it replaces are.
 */
static void
take_as_applied(PgmState *state, const PgmScriptRow *row)
{
	PgmLog	   *log = pgm_log_open();
	PgmStep		step = {0};

	pgm_version_replace(row->replaces, row->revision);
	step.direction = PGM_STAMP;
	step.revision = row->revision;
	step.rev = pgm_graph_lookup(state->graph, row->revision);
	step.from = row->replaces;
	(void) pgm_step_take(&step, NULL, log);
	pgm_log_flush(log);
}

/*
 * Puts a revision in the place of those that it replaces.  state is as it was
 * before any was.
 */
static void
replace(PgmState *state, const PgmScriptRow *row)
{
	PgmRevision *rev = pgm_graph_lookup(state->graph, row->revision);
	Replaced	found = look_at(state, row);
	ListCell   *lc;

	if (found.present != NIL || found.applied != NULL)
		pgm_journal_require_none(false);
	if (found.applied != NULL && found.missing != NULL)
		error_partly_applied(row, &found);
	if (found.applied != NULL && !state->active[rev->index])
		take_as_applied(state, row);
	pgm_script_replace_names(row->replaces, row->revision);
	foreach(lc, found.present)
		pgm_script_delete(lfirst(lc));
}

static PgmScriptRow *
find_row(List *rows, const char *revision)
{
	ListCell   *lc;

	foreach(lc, rows)
		if (strcmp(((PgmScriptRow *) lfirst(lc))->revision, revision) == 0)
			return lfirst(lc);
	return NULL;
}

/*
 * Is the revision to go itself, as another one replaces it?
 */
static bool
is_replaced(List *rows, const char *revision)
{
	ListCell   *lc;

	foreach(lc, rows)
		if (is_listed(((PgmScriptRow *) lfirst(lc))->replaces, revision))
			return true;
	return false;
}

/*
 * Does so for all revisions that replace others, the oldest first.  The caller
 * is connected to SPI.  Takes the runner lock.
 */
void
pgm_replace_all(void)
{
	List	   *rows = pgm_script_replacing();
	List	   *names = NIL;
	PgmState   *state;
	List	   *revs;
	bool	   *set;
	ListCell   *lc;

	if (rows == NIL)
		return;
	pgm_lock_runner();
	foreach(lc, rows)
		names = list_concat(names, ((PgmScriptRow *) lfirst(lc))->replaces);
	lock_rows(names);

	/* now that nobody can change what is replaced */
	rows = pgm_script_replacing();
	state = pgm_state_load_partial();
	set = pgm_set_new(state->graph);
	foreach(lc, rows)
	{
		const char *revision = ((PgmScriptRow *) lfirst(lc))->revision;

		if (!is_replaced(rows, revision))
			set[pgm_graph_lookup(state->graph, revision)->index] = true;
	}
	revs = pgm_toposort_down(state->graph, set);
	for (int i = list_length(revs) - 1; i >= 0; i--)
		replace(state, find_row(rows, ((PgmRevision *) list_nth(revs, i))->id));
}
