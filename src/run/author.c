/*-------------------------------------------------------------------------
 *
 * author.c
 *	  Writing, changing and deleting revisions.
 *
 * Everything is checked before anything is written: names, parents, labels,
 * and that the scripts parse.
 *
 * Writing a revision locks the rows of its parents, so that two authors who
 * build on the same head come one after the other: who names "head" gets the
 * other's revision as parent, who names the revision is told that it is no
 * head any more.  In the usual case (one head, or parents given by their full
 * ids) no graph is loaded and the cost does not depend on how many revisions
 * there are.  Changing and deleting take the runner lock: what a run has
 * planned must stay as it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/author.h"
#include "run/journal.h"
#include "run/load.h"
#include "run/lock.h"
#include "run/script.h"
#include "run/settings.h"
#include "run/template.h"
#include "run/trust.h"

#define NEW_ID_BYTES 6			/* 12 hex digits */

/*
 * Loads the graph and the state when they are first needed.
 */
static PgmState *
need_state(PgmState **state)
{
	if (*state == NULL)
		*state = pgm_state_load_latest();
	return *state;
}

static void
error_multiple_heads(List *heads)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
			 errmsg("multiple heads are present; please specify the head revision on which the new revision should be based, or perform a merge"),
			 errdetail("The heads are: %s.", pgm_revision_list_text(heads, ", ")),
			 errhint("For example: head => %s, or SELECT migrate_merge('heads', 'merge');",
					 quote_literal_cstr(((PgmRevision *) linitial(heads))->id))));
}

/*
 * Finds out which of the rows that were put in by hand are heads.  Usually
 * there are none, which an index shows.
 */
static void
settle_heads(PgmState **state)
{
	PgmGraph   *graph;

	if (!pgm_script_is_unsettled())
		return;
	graph = need_state(state)->graph;
	for (int i = 0; i < graph->n; i++)
		pgm_script_set_head(graph->revs[i].id, pgm_is_head(&graph->revs[i]));
}

static void
error_deleted(const char *revision)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("revision \"%s\" was deleted meanwhile", revision)));
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * Locks the parents' rows, in the order of their ids, and checks that they can
 * be parents.  Returns false when one of them has got a child meanwhile.
 */
static bool
lock_parents(List *parents, bool splice)
{
	List	   *sorted = list_copy(parents);
	ListCell   *lc;

	list_sort(sorted, compare_names);
	foreach(lc, sorted)
	{
		PgmScriptRow *row = pgm_script_lock(lfirst(lc));

		if (row == NULL)
			error_deleted(lfirst(lc));
		if (!row->is_head && !splice && !pgm_loading_is_head(lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * The ids of the revisions that a text names, from the graph.
 */
static List *
resolve_ids(PgmState **state, const char *text)
{
	List	   *ids = NIL;
	ListCell   *lc;

	foreach(lc, pgm_resolve_revisions(need_state(state), text))
		ids = lappend(ids, pstrdup(((PgmRevision *) lfirst(lc))->id));
	if (ids == NIL && strcmp(text, "current") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no current revisions")));
	return ids;
}

/*
 * The ids of the parents that a text names.
 */
static List *
resolve_parents(PgmState **state, const char *text)
{
	if (strcmp(text, "head") == 0)
	{
		bool		unsettled;
		List	   *heads = list_concat(pgm_script_heads(2, &unsettled),
										pgm_loading_heads());

		if (list_length(heads) == 1 && !unsettled)
			return heads;
		settle_heads(state);
		heads = pgm_graph_heads(need_state(state)->graph);
		if (list_length(heads) > 1)
			error_multiple_heads(heads);
	}
	else if (pgm_script_fetch(text, false) != NULL)
		return list_make1(pstrdup(text));
	return resolve_ids(state, text);
}

/*
 * The parents that the texts of a new revision name, each once.
 */
static List *
list_parents(const PgmNewRevision *new, PgmState **state)
{
	List	   *parents = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, new->heads)
	{
		List	   *ids = resolve_parents(state, lfirst(lc));

		if (ids == NIL && list_length(new->heads) > 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no revision indicated by symbol \"%s\"",
							(char *) lfirst(lc))));
		parents = list_concat(parents, ids);
	}
	foreach(lc, parents)
	{
		for_each_cell(lc2, parents, lnext(parents, lc))
		{
			if (strcmp(lfirst(lc), lfirst(lc2)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_OBJECT),
						 errmsg("duplicate head revisions specified"),
						 errdetail("Revision \"%s\" is there twice.",
								   (char *) lfirst(lc))));
		}
	}
	return parents;
}

/*
 * The parent of a new revision on the head, with its row locked.  Whoever was
 * faster has moved the head on, so we look again until we have it.
 */
static List *
lock_head(const PgmNewRevision *new, PgmState **state)
{
	const char *last = NULL;

	for (;;)
	{
		List	   *parents = list_parents(new, state);

		if (parents == NIL)
		{
			/* the first revision of all has no parent to meet others at */
			pgm_lock_runner();
			*state = NULL;
			parents = list_parents(new, state);
			if (parents == NIL)
				return NIL;
		}
		if (lock_parents(parents, new->splice))
			return parents;
		if (last != NULL && strcmp(last, linitial(parents)) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("revision \"%s\" is the head, but is not marked as one",
							last),
					 errhint("SELECT * FROM migrate_check(strict => false); tells how to correct it.")));
		last = linitial(parents);
		CHECK_FOR_INTERRUPTS();
		*state = NULL;
	}
}

/*
 * The parents of a new revision, with their rows locked.
 */
static List *
find_parents(const PgmNewRevision *new, PgmState **state)
{
	List	   *parents;
	ListCell   *lc;

	if (new->heads == NIL && !new->merge)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no head revision was given"),
				 errhint("head => 'base' starts a new tree.")));
	if (list_length(new->heads) == 1 && strcmp(linitial(new->heads), "head") == 0)
		return lock_head(new, state);

	settle_heads(state);
	parents = list_parents(new, state);
	if (lock_parents(parents, new->splice))
		return parents;
	foreach(lc, parents)
	{
		if (!pgm_script_fetch(lfirst(lc), false)->is_head &&
			!pgm_loading_is_head(lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("revision \"%s\" is not a head revision",
							(char *) lfirst(lc)),
					 errhint("Specify splice => true to create a new branch from this revision.")));
	}
	return parents;
}

/*
 * Raises an error unless a name is new among ids and labels.  except is a
 * revision whose own labels do not count, or NULL.
 */
static void
require_new_name(const char *name, const char *revision, bool is_label,
				 const char *except)
{
	const char *holder = pgm_script_label_holder(name, except);

	if (holder != NULL && !is_label)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("revision identifier \"%s\" is already used as a branch name by revision \"%s\"",
						name, holder)));
	if (holder == NULL && pgm_script_fetch(name, false) != NULL)
	{
		if (!is_label)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("revision \"%s\" already exists", name)));
		holder = name;
	}
	if (holder != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("branch name \"%s\" in revision \"%s\" is already used by revision \"%s\"",
						name, revision, holder)));
}

/*
 * Checks the labels that a revision is to have.  The caller holds the names
 * lock, if there are any: labels are rare, so those who give some come one
 * after the other.
 */
static void
check_labels(List *labels, const char *revision)
{
	ListCell   *lc;

	foreach(lc, labels)
	{
		const char *label = lfirst(lc);
		ListCell   *lc2;

		pgm_check_identifier(label, "branch name");
		for_each_cell(lc2, labels, lnext(labels, lc))
		{
			if (strcmp(label, lfirst(lc2)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_OBJECT),
						 errmsg("branch name \"%s\" is given twice", label)));
		}
		if (strcmp(label, revision) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("branch name \"%s\" is the identifier of the revision",
							label)));
		require_new_name(label, revision, true, revision);
	}
}

/*
 * Keeps a revision from being deleted.
 */
static void
keep_revision(const char *revision)
{
	if (pgm_script_keep(revision) == NULL)
		error_deleted(revision);
}

/*
 * The dependencies as they are stored: ids in full, labels as they are.  The
 * revisions that are named by id are kept from being deleted.
 */
static List *
resolve_dependencies(List *texts, PgmState **state)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, texts)
	{
		const char *text = lfirst(lc);
		List	   *ids = NIL;
		ListCell   *lc2;

		if (pgm_script_keep(text) != NULL)
			ids = list_make1(pstrdup(text));
		else
		{
			PgmRevision *rev = pgm_graph_lookup(need_state(state)->graph, text);

			if (rev != NULL)
			{
				keep_revision(rev->id);
				ids = list_make1(pstrdup(text));
			}
			else
				ids = resolve_ids(state, text);
			if (ids == NIL)
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_OBJECT),
						 errmsg("no revision indicated by symbol \"%s\"", text)));
			foreach(lc2, rev ? NIL : ids)
				keep_revision(lfirst(lc2));
		}
		foreach(lc2, ids)
		{
			ListCell   *lc3;
			bool		found = false;

			foreach(lc3, result)
				found = found || strcmp(lfirst(lc3), lfirst(lc2)) == 0;
			if (!found)
				result = lappend(result, lfirst(lc2));
		}
	}
	return result;
}

/*
 * Parses the scripts of a revision, as a run does.
 */
void
pgm_check_scripts(const char *revision, const char *upgrade, const char *downgrade)
{
	int			nestlevel = pgm_settings_pin_literals();

	(void) pgm_script_parse(revision, "upgrade", upgrade);
	if (downgrade != NULL)
		(void) pgm_script_parse(revision, "downgrade", downgrade);
	pgm_settings_unpin(nestlevel);
}

/*
 * A random identifier that is not taken.
 */
static const char *
new_identifier(void)
{
	for (;;)
	{
		unsigned char bytes[NEW_ID_BYTES];
		char		id[2 * NEW_ID_BYTES + 1];

		if (!pg_strong_random(bytes, sizeof(bytes)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		id[hex_encode((const char *) bytes, sizeof(bytes), id)] = '\0';
		if (pgm_script_fetch(id, false) == NULL)
			return pstrdup(id);
	}
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void
check_message(const char *message)
{
	if (is_blank(message))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the message must not be empty"),
				 errhint("Say in a few words what the revision does.")));
}

/*
 * The message of a new revision, if it can be one.
 */
const char *
pgm_author_message(const char *message)
{
	check_message(message);
	return message;
}

/*
 * The id of a new revision: the one that is wanted, if it is free, or one that
 * is made up.  The caller holds the names lock if it is given.
 */
const char *
pgm_author_new_id(const char *rev_id)
{
	if (rev_id == NULL)
		return new_identifier();
	pgm_check_identifier(rev_id, "revision identifier");
	require_new_name(rev_id, rev_id, false, NULL);
	return rev_id;
}

/*
 * Sets the texts of a new revision from what was given and the templates.  A
 * revision without any text does nothing in either direction; with an upgrade
 * alone it is irreversible.
 */
static void
fill_texts(const PgmNewRevision *new, PgmScriptRow *row)
{
	const char *downgrade = new->downgrade;

	if (new->upgrade == NULL && downgrade == NULL)
		downgrade = "";
	row->upgrade = pgm_template_render(pgm_upgrade_template, row,
									   new->upgrade ? new->upgrade : "");
	row->downgrade = downgrade ?
		pgm_template_render(pgm_downgrade_template, row, downgrade) : NULL;
}

/*
 * Writes a new revision.
 */
const char *
pgm_author_write(const PgmNewRevision *new)
{
	PgmState   *state = NULL;
	PgmScriptRow row;
	ListCell   *lc;

	pgm_loading_check();
	check_message(new->message);
	memset(&row, 0, sizeof(row));
	row.message = new->message;
	row.author = GetUserNameFromId(GetUserId(), false);

	if (new->rev_id != NULL || new->branch_labels != NIL)
		pgm_lock_names(new->branch_labels != NIL);
	row.revision = pgm_author_new_id(new->rev_id);
	check_labels(new->branch_labels, row.revision);
	row.branch_labels = new->branch_labels;

	row.down_revision = find_parents(new, &state);
	if (new->merge && list_length(row.down_revision) < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a merge needs at least two revisions"),
				 row.down_revision ?
				 errdetail("There is nothing to merge with \"%s\".",
						   (char *) linitial(row.down_revision)) : 0));
	row.depends_on = resolve_dependencies(new->depends_on, &state);

	fill_texts(new, &row);
	pgm_check_scripts(row.revision, row.upgrade, row.downgrade);

	foreach(lc, row.down_revision)
		pgm_script_set_head(lfirst(lc), false);
	row.is_head = pgm_loading_note_head(row.revision, row.down_revision);
	pgm_script_insert(&row);
	return row.revision;
}

/*
 * Raises an error when the dependencies of a revision cannot be changed to
 * these: when it is applied (the current revisions would no longer say what
 * is), or when that would make a cycle.
 */
static void
check_new_dependencies(PgmState *state, PgmRevision *rev, List *depends_on)
{
	bool	   *above = pgm_descendants(state->graph, list_make1(rev));
	ListCell   *lc;

	if (state->active[rev->index])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot change the dependencies of revision \"%s\" because it is applied",
						rev->id)));
	foreach(lc, depends_on)
	{
		PgmRevision *other = pgm_graph_lookup(state->graph, lfirst(lc));

		if (other == NULL)
			error_deleted(lfirst(lc));
		if (other == rev)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("dependency self-loop is detected in revisions (%s)",
							rev->id)));
		if (above[other->index])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("dependency cycle is detected in revisions (%s, %s)",
							rev->id, other->id)));
	}
}

/*
 * Raises an error when a label that goes is what another revision depends on.
 */
static void
check_lost_labels(PgmGraph *graph, PgmRevision *rev, List *kept)
{
	ListCell   *lc;

	foreach(lc, rev->labels)
	{
		ListCell   *lc2;
		bool		stays = false;

		foreach(lc2, kept)
			stays = stays || strcmp(lfirst(lc), lfirst(lc2)) == 0;
		for (int i = 0; i < graph->n && !stays; i++)
		{
			foreach(lc2, graph->revs[i].depends_on)
			{
				if (strcmp(lfirst(lc), lfirst(lc2)) == 0)
					ereport(ERROR,
							(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
							 errmsg("cannot take away branch name \"%s\" because revision \"%s\" depends on it",
									(char *) lfirst(lc), graph->revs[i].id)));
			}
		}
	}
}

/*
 * Applies an edit to the row, and says whether a text has changed.
 */
static bool
apply_edit(const PgmEdit *edit, PgmScriptRow *row)
{
	const char *old_upgrade = row->upgrade;
	const char *old_downgrade = row->downgrade;

	if (edit->message != NULL)
	{
		check_message(edit->message);
		row->message = edit->message;
	}
	if (edit->upgrade != NULL)
		row->upgrade = edit->upgrade;
	if (edit->downgrade != NULL)
		row->downgrade = edit->downgrade;
	if (edit->irreversible)
		row->downgrade = NULL;
	return strcmp(old_upgrade, row->upgrade) != 0 ||
		(old_downgrade == NULL) != (row->downgrade == NULL) ||
		(old_downgrade && strcmp(old_downgrade, row->downgrade) != 0);
}

static void
check_edit(const PgmEdit *edit)
{
	if (edit->irreversible && edit->downgrade != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a revision with a downgrade script is not irreversible"),
				 errhint("Give either downgrade or irreversible => true.")));
	if (!edit->message && !edit->upgrade && !edit->downgrade &&
		!edit->irreversible && !edit->set_labels && !edit->set_depends_on)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is nothing to change"),
				 errhint("Give message, upgrade, downgrade, irreversible, branch_label or depends_on.")));
}

/*
 * Makes the present user the author of the row, as one who edits is.  A text
 * of somebody else that stays must be one that the user could run: else to
 * edit one direction would be to vouch for the other, unread.
 */
static void
take_authorship(const PgmEdit *edit, const PgmScriptRow *old, PgmScriptRow *row)
{
	bool		keeps = (edit->upgrade == NULL && old->upgrade[0] != '\0') ||
		(edit->downgrade == NULL && !edit->irreversible &&
		 old->downgrade != NULL && old->downgrade[0] != '\0');

	row->author = GetUserNameFromId(GetUserId(), false);
	if (keeps && strcmp(old->author, row->author) != 0)
		pgm_require_trusted(old->revision, old->author, old->upgrade,
							old->downgrade, false);
}

/*
 * The revision of an id in a state that was loaded after its row was locked.
 * What the user typed is not looked at again: "head" may be another one now.
 */
static PgmRevision *
find_locked(PgmState *state, const char *id)
{
	PgmRevision *rev = pgm_graph_lookup(state->graph, id);

	if (rev == NULL)
		error_deleted(id);
	return rev;
}

/*
 * The revision that an edit is about, if it may be edited.  *row is its row,
 * which is locked, and *state what there is after that.
 */
static PgmRevision *
find_edited(const PgmEdit *edit, PgmState **state, PgmScriptRow **row)
{
	PgmRevision *rev;
	const char *id;

	/* in this order, as a loader does */
	if (edit->set_labels)
		pgm_lock_names(true);
	pgm_lock_runner();
	pgm_loading_finish();
	id = pgm_resolve_revision(need_state(state), edit->revision)->id;
	*row = pgm_script_lock(id);
	if (*row == NULL)
		error_deleted(id);
	*state = NULL;
	rev = find_locked(need_state(state), id);
	if ((*state)->active[rev->index] && !edit->force)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("revision \"%s\" is already applied", rev->id),
				 errdetail("A change would have no effect on what has run here."),
				 errhint("Write a new revision, or specify force => true to change this one all the same.")));
	return rev;
}

/*
 * Raises an error when an online run has left a revision half done.
 */
static void
require_not_half_done(const char *revision)
{
	PgmJournal *journal = pgm_journal_load(false);

	if (journal != NULL && strcmp(journal->revision, revision) == 0)
		pgm_journal_require_none(false);
}

/*
 * Changes a revision.
 */
const char *
pgm_author_edit(const PgmEdit *edit)
{
	PgmState   *state = NULL;
	PgmRevision *rev;
	PgmScriptRow *row;
	PgmScriptRow old;
	bool		changed;

	check_edit(edit);
	rev = find_edited(edit, &state, &row);
	old = *row;
	if (edit->set_labels)
	{
		check_labels(edit->branch_labels, rev->id);
		check_lost_labels(state->graph, rev, edit->branch_labels);
		row->branch_labels = edit->branch_labels;
	}
	if (edit->set_depends_on)
	{
		require_not_half_done(rev->id);
		row->depends_on = resolve_dependencies(edit->depends_on, &state);
		check_new_dependencies(state, rev, row->depends_on);
	}
	changed = apply_edit(edit, row);
	if (changed)
		pgm_check_scripts(row->revision, row->upgrade, row->downgrade);

	/* what a script depends on decides when it runs: that is its author's too */
	if (changed || edit->set_depends_on)
		take_authorship(edit, &old, row);
	pgm_script_update(row);
	return row->revision;
}

/*
 * Deletes a revision that is not applied and that no other one needs.
 */
const char *
pgm_author_delete(const char *revision)
{
	PgmState   *state;
	PgmRevision *rev;
	const char *id;

	pgm_loading_finish();
	pgm_lock_runner();
	id = pgm_resolve_revision(pgm_state_load_latest(), revision)->id;

	/* whoever is building on it must come first, so look again after */
	(void) pgm_script_lock_for_delete(id);
	state = pgm_state_load_latest();
	rev = find_locked(state, id);
	require_not_half_done(rev->id);

	if (state->active[rev->index])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("revision \"%s\" is already applied", rev->id),
				 errhint("Undo it first: SELECT * FROM migrate_downgrade('...');")));
	if (rev->next.n > 0 || rev->dependents.n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot delete revision \"%s\" because other revisions need it",
						rev->id),
				 errdetail("They are: %s%s%s.", pgm_edges_text(&rev->next, ", "),
						   rev->next.n > 0 && rev->dependents.n > 0 ? ", " : "",
						   pgm_edges_text(&rev->dependents, ", "))));

	pgm_script_delete(rev->id);
	for (int i = 0; i < rev->down.n; i++)
	{
		if (rev->down.rev[i]->next.n == 1)
			pgm_script_set_head(rev->down.rev[i]->id, true);
	}
	return rev->id;
}

/*
 * Notes that the present user approves the present text of a revision, which
 * must have the given digest unless that is NULL.
 */
const char *
pgm_author_approve(const char *revision, bytea *sha256)
{
	PgmRevision *rev = pgm_resolve_revision(pgm_state_load_latest(), revision);
	PgmScriptRow *row = pgm_script_fetch(rev->id, false);
	bytea	   *digest;

	if (row == NULL)
		error_deleted(rev->id);
	digest = pgm_script_digest(row->upgrade, row->downgrade);
	if (sha256 != NULL && !pgm_same_bytes(sha256, digest))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the text of revision \"%s\" does not have that SHA-256", rev->id),
				 errdetail("It was last written by role \"%s\".", row->author),
				 errhint("Read it again: SELECT * FROM migrate_show(%s);",
						 quote_literal_cstr(rev->id))));
	pgm_approval_insert(row->revision, digest, GetUserNameFromId(GetUserId(), false));
	return row->revision;
}
