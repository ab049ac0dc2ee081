/*-------------------------------------------------------------------------
 *
 * rebase.c
 *	  Moving a branch to another parent.
 *
 * Two who wrote revisions on the same head have made two branches.  If one of
 * them has not run, it can be moved behind the other, instead of joining the
 * two.  The first revision of the branch gets another parent; all that builds
 * on it comes along.
 *
 * Where a script stands decides when it runs, so whoever moves it answers for
 * it (see trust.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/journal.h"
#include "run/load.h"
#include "run/lock.h"
#include "run/rebase.h"
#include "run/trust.h"

static void
error_deleted(const char *revision)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("revision \"%s\" was deleted meanwhile", revision)));
}

/*
 * The revision of an id that was resolved before its row was locked.
 */
static PgmRevision *
find_again(PgmState *state, const char *id)
{
	PgmRevision *rev = pgm_graph_lookup(state->graph, id);

	if (rev == NULL)
		error_deleted(id);
	return rev;
}

/*
 * The id of the one revision that a text names, or NULL for base.
 */
static const char *
resolve_parent(PgmState *state, const char *text)
{
	List	   *revs;

	if (strcmp(text, "base") == 0)
		return NULL;
	revs = pgm_resolve_revisions(state, text);
	if (list_length(revs) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("\"%s\" is more than one revision", text),
				 errdetail("They are: %s.", pgm_revision_list_text(revs, ", ")),
				 errhint("Name one of them.")));
	if (revs == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no revision indicated by symbol \"%s\"", text)));
	return ((PgmRevision *) linitial(revs))->id;
}

/*
 * Locks the rows of the revision and of the parents it leaves and gets, in the
 * order of their ids, so that authors who build on them come before us or
 * after.
 */
static PgmScriptRow *
lock_rows(PgmRevision *rev, const char *parent)
{
	const char *ids[3];
	int			n = 0;
	PgmScriptRow *result = NULL;

	ids[n++] = rev->id;
	if (rev->down.n > 0)
		ids[n++] = rev->down.rev[0]->id;
	if (parent != NULL)
		ids[n++] = parent;
	for (int i = 1; i < n; i++)
	{
		for (int j = i; j > 0 && strcmp(ids[j - 1], ids[j]) > 0; j--)
		{
			const char *id = ids[j];

			ids[j] = ids[j - 1];
			ids[j - 1] = id;
		}
	}
	for (int i = 0; i < n; i++)
	{
		PgmScriptRow *row = pgm_script_lock(ids[i]);

		if (row == NULL)
			error_deleted(ids[i]);
		if (strcmp(ids[i], rev->id) == 0)
			result = row;
	}
	return result;
}

/*
 * Raises an error when the revision has run, or is being run.
 */
static void
require_not_applied(PgmState *state, PgmRevision *rev)
{
	PgmJournal *journal = pgm_journal_load(false);

	if (journal != NULL && strcmp(journal->revision, rev->id) == 0)
		pgm_journal_require_none(false);
	if (state->active[rev->index])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot move revision \"%s\" because it is applied", rev->id),
				 errhint("Move the other branch, or join them: SELECT migrate_merge('heads', 'merge');")));
}

/*
 * Raises an error when the revision cannot be moved there.
 */
static void
check_move(PgmState *state, PgmRevision *rev, PgmRevision *parent)
{
	require_not_applied(state, rev);
	if (rev->down.n > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot move revision \"%s\" because it is a merge point", rev->id),
				 errdetail("Its parents are: %s.", pgm_edges_text(&rev->down, ", ")),
				 errhint("Move the first revision of one of its branches.")));
	if (parent == rev)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("revision \"%s\" cannot be its own parent", rev->id)));
	if (parent != NULL && pgm_descendants(state->graph, list_make1(rev))[parent->index])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot move revision \"%s\" onto \"%s\", which needs it",
						rev->id, parent->id),
				 errhint("Move the branch of \"%s\" away first, or move \"%s\" onto what both are based on.",
						 parent->id, parent->id)));
}

/*
 * Gives the revision its parent, which may be NULL.
 */
static void
move(PgmScriptRow *row, PgmRevision *rev, PgmRevision *parent)
{
	const char *user = GetUserNameFromId(GetUserId(), false);

	if (strcmp(row->author, user) != 0)
	{
		if (row->upgrade[0] != '\0' || (row->downgrade && row->downgrade[0] != '\0'))
			pgm_require_trusted(row->revision, row->author, row->upgrade,
								row->downgrade, false);
		if (row->creator == NULL)
			row->creator = row->author;
		row->author = user;
	}
	row->down_revision = parent ? list_make1(unconstify(char *, parent->id)) : NIL;
	pgm_script_update(row);
	if (rev->down.n > 0 && rev->down.rev[0]->next.n == 1)
		pgm_script_set_head(rev->down.rev[0]->id, true);
	if (parent != NULL)
		pgm_script_set_head(parent->id, false);
}

/*
 * Moves the branch that begins with a revision onto another one.  The caller
 * is connected to SPI.
 */
const char *
pgm_rebase(const char *revision, const char *onto)
{
	PgmState   *state;
	PgmScriptRow *row;
	PgmRevision *rev;
	PgmRevision *parent = NULL;
	const char *id;
	const char *parent_id;

	pgm_loading_finish();
	pgm_lock_runner();
	state = pgm_state_load_latest();
	rev = pgm_resolve_revision(state, revision);
	id = rev->id;
	parent_id = resolve_parent(state, onto);
	row = lock_rows(rev, parent_id);

	/* again, as others may have written before the locks were ours */
	state = pgm_state_load_latest();
	rev = find_again(state, id);
	if (parent_id != NULL)
		parent = find_again(state, parent_id);
	check_move(state, rev, parent);
	if ((rev->down.n > 0 ? rev->down.rev[0] : NULL) != parent)
		move(row, rev, parent);
	return id;
}
