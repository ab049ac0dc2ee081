/*-------------------------------------------------------------------------
 *
 * load.c
 *	  Taking a revision as its file has it.
 *
 * A revision that is not here is added, one that is the same is left alone,
 * without any lock, and one that differs is changed unless it has run here
 * (then the difference is an error).  Line endings and a final newline do not
 * count: tools for files change them.
 *
 * The files of a directory come in any order, so nothing is said here about
 * parents and labels.  See loading.c for what is checked when all are there.
 *
 * Whoever loads a text has written it, as far as trust goes (see trust.c).  A
 * text that stays keeps its author.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "revision/resolve.h"
#include "run/author.h"
#include "run/journal.h"
#include "run/load.h"
#include "run/lock.h"

/* how many lines, and how much of each, an error shows */
#define MAX_LINES 5
#define MAX_LINE_BYTES 160

/*
 * A script as a file gives it, without the line break that begins it, which is
 * there so that the script can stand on lines of its own.
 */
const char *
pgm_load_script(const char *text)
{
	if (text == NULL)
		return NULL;
	if (text[0] == '\n')
		return text + 1;
	return text[0] == '\r' && text[1] == '\n' ? text + 2 : text;
}

const char *
pgm_load_result_name(PgmLoadResult result)
{
	return result == PGM_LOAD_ADDED ? "added" :
		result == PGM_LOAD_UPDATED ? "updated" : "unchanged";
}

/*
 * Steps over a carriage return that only ends a line.
 */
static const char *
skip_return(const char *p)
{
	return p[0] == '\r' && p[1] == '\n' ? p + 1 : p;
}

static bool
is_final(const char *p)
{
	return p[0] == '\0' || (p[0] == '\n' && p[1] == '\0');
}

/*
 * Whether two texts (either may be NULL) are the same but for line endings and
 * a final newline.
 */
static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (;;)
	{
		a = skip_return(a);
		b = skip_return(b);
		if (is_final(a) && is_final(b))
			return true;
		if (*a != *b || *a == '\0')
			return false;
		a++;
		b++;
	}
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
 * Whether two lists have the same names.
 */
static bool
same_names(List *a, List *b)
{
	ListCell   *lc;

	foreach(lc, a)
		if (!is_listed(b, lfirst(lc)))
			return false;
	foreach(lc, b)
		if (!is_listed(a, lfirst(lc)))
			return false;
	return true;
}

static const char *
creator_of(const PgmScriptRow *row)
{
	return row->creator != NULL ? row->creator : row->author;
}

/*
 * Whether the scripts are the same.
 */
static bool
same_scripts(const PgmScriptRow *row, const PgmScriptRow *file)
{
	return same_text(row->upgrade, file->upgrade) &&
		same_text(row->downgrade, file->downgrade);
}

/*
 * Whether the revision is at the same place.
 */
static bool
same_place(const PgmScriptRow *row, const PgmScriptRow *file)
{
	return same_names(row->down_revision, file->down_revision) &&
		same_names(row->depends_on, file->depends_on);
}

/*
 * Whether what is for people only is the same.  What the file does not say is.
 */
static bool
same_notes(const PgmScriptRow *row, const PgmScriptRow *file)
{
	return same_text(row->message, file->message) &&
		same_names(row->branch_labels, file->branch_labels) &&
		same_names(row->replaces, file->replaces) &&
		(file->creator == NULL || strcmp(file->creator, creator_of(row)) == 0) &&
		(!file->dated || file->created_at == row->created_at);
}

static bool
same_revision(const PgmScriptRow *row, const PgmScriptRow *file)
{
	return same_scripts(row, file) && same_place(row, file) && same_notes(row, file);
}

/*
 * The lines of a text, without their ends.
 */
static List *
split_lines(const char *text)
{
	List	   *lines = NIL;

	while (*text != '\0')
	{
		size_t		length = strcspn(text, "\n");
		size_t		shown = length;

		if (shown > 0 && text[length] == '\n' && text[shown - 1] == '\r')
			shown--;
		lines = lappend(lines, pnstrdup(text, shown));
		text += length + (text[length] == '\n' ? 1 : 0);
	}
	return lines;
}

/*
 * Appends some lines, each with a mark in front.
 */
static void
append_lines(StringInfo buf, char mark, List *lines, int from, int to)
{
	for (int i = from; i < to; i++)
	{
		const char *line = list_nth(lines, i);

		if (i == from + MAX_LINES)
		{
			appendStringInfo(buf, "\n%c ... (%d more)", mark, to - i);
			break;
		}
		if (strlen(line) <= MAX_LINE_BYTES)
			appendStringInfo(buf, "\n%c %s", mark, line);
		else
			appendStringInfo(buf, "\n%c %.*s...", mark,
							 pg_mbcliplen(line, strlen(line), MAX_LINE_BYTES), line);
	}
}

/*
 * Appends how a script differs, if it does: the lines from the first to the
 * last that are not the same, those that are here with "-", those of the file
 * with "+".
 */
static void
append_difference(StringInfo buf, const char *direction, const char *here, const char *there)
{
	List	   *old;
	List	   *new;
	int			first = 0;
	int			last = 0;

	if (same_text(here, there))
		return;
	if (buf->len > 0)
		appendStringInfoChar(buf, '\n');
	if (here == NULL || there == NULL)
	{
		appendStringInfo(buf, "The revision is irreversible %s.",
						 here == NULL ? "here, not in the file" : "in the file, not here");
		return;
	}
	old = split_lines(here);
	new = split_lines(there);
	while (first < list_length(old) && first < list_length(new) &&
		   strcmp(list_nth(old, first), list_nth(new, first)) == 0)
		first++;
	while (last < list_length(old) - first && last < list_length(new) - first &&
		   strcmp(list_nth(old, list_length(old) - 1 - last),
				  list_nth(new, list_length(new) - 1 - last)) == 0)
		last++;
	appendStringInfo(buf, "The %s differs in line %d (-: here, +: in the file):",
					 direction, first + 1);
	append_lines(buf, '-', old, first, list_length(old) - last);
	append_lines(buf, '+', new, first, list_length(new) - last);
}

/*
 * The same for a list of names.
 */
static void
append_names(StringInfo buf, const char *what, List *here, List *there)
{
	if (same_names(here, there))
		return;
	appendStringInfo(buf, "%sThe %s are %s here and %s in the file.",
					 buf->len > 0 ? "\n" : "", what,
					 here ? pgm_string_list_text(here, ", ") : "none",
					 there ? pgm_string_list_text(there, ", ") : "none");
}

/*
 * Raises the error for a file that differs from a revision that has run here,
 * or has been begun.
 */
static void
error_applied(const PgmScriptRow *row, const PgmScriptRow *file, bool half_done)
{
	StringInfoData detail;

	initStringInfo(&detail);
	append_names(&detail, "parents", row->down_revision, file->down_revision);
	append_names(&detail, "dependencies", row->depends_on, file->depends_on);
	append_difference(&detail, "upgrade", row->upgrade, file->upgrade);
	append_difference(&detail, "downgrade", row->downgrade, file->downgrade);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 half_done ?
			 errmsg("revision \"%s\" is half done, and its file says something else",
					row->revision) :
			 errmsg("revision \"%s\" is already applied, and its file says something else",
					row->revision),
			 errdetail_internal("%s", detail.data),
			 half_done ?
			 errhint("Let the online run finish first, or take it back with migrate_downgrade_online().") :
			 errhint("Put the change into a new revision; or undo this one first with migrate_downgrade(); or make the text here that of the file, without running it, with migrate_edit(%s, ..., force => true).",
					 quote_literal_cstr(row->revision))));
}

/*
 * Checks what can be said of the file alone.
 */
static void
check_names(const PgmScriptRow *file)
{
	ListCell   *lc;

	pgm_check_identifier(file->revision, "revision identifier");
	foreach(lc, file->down_revision)
		pgm_check_identifier(lfirst(lc), "revision identifier");
	foreach(lc, file->depends_on)
		pgm_check_identifier(lfirst(lc), "revision identifier");
	foreach(lc, file->branch_labels)
		pgm_check_identifier(lfirst(lc), "branch name");
	foreach(lc, file->replaces)
	{
		pgm_check_identifier(lfirst(lc), "revision identifier");
		if (strcmp(lfirst(lc), file->revision) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("revision \"%s\" cannot replace itself", file->revision)));
	}
}

/*
 * Adds the revision.  Returns false when another session has been faster.
 */
static bool
add_revision(const PgmScriptRow *file)
{
	PgmScriptRow row = *file;
	bool		unsettled;

	/* the first revision of all has no parent to meet other authors at */
	if (row.down_revision == NIL && pgm_script_heads(1, &unsettled) == NIL)
		pgm_lock_runner();
	pgm_check_scripts(row.revision, row.upgrade, row.downgrade);
	row.author = GetUserNameFromId(GetUserId(), false);

	/* loading.c finds out in the end, for all at once */
	row.is_head = false;
	row.ordinal = pgm_loading_next_ordinal();
	return pgm_script_try_insert(&row);
}

/*
 * Whether an online run has left the revision half done.
 */
static bool
is_half_done(const char *revision)
{
	PgmJournal *journal = pgm_journal_load(false);

	return journal != NULL && strcmp(journal->revision, revision) == 0;
}

/*
 * Locks the rows of the parents that the revision is going to leave, so that
 * whoever builds on them comes before us or after.
 */
static void
lock_old_parents(const PgmScriptRow *row, const PgmScriptRow *file)
{
	ListCell   *lc;

	foreach(lc, row->down_revision)
		if (!is_listed(file->down_revision, lfirst(lc)))
			(void) pgm_script_lock(lfirst(lc));
}

/*
 * Writes the file into the row, which is locked.
 */
static void
update_revision(const PgmScriptRow *row, const PgmScriptRow *file)
{
	PgmScriptRow new = *file;
	bool		same = same_scripts(row, file);

	new.creator = file->creator;
	if (file->creator == NULL || strcmp(file->creator, creator_of(row)) == 0)
		new.creator = row->creator;
	if (same && same_place(row, file))
		new.author = row->author;
	else
	{
		new.author = GetUserNameFromId(GetUserId(), false);
		if (new.creator == NULL && strcmp(row->author, new.author) != 0)
			new.creator = row->author;
	}
	if (same)
	{
		/* line endings alone are no reason to change what was approved */
		new.upgrade = row->upgrade;
		new.downgrade = row->downgrade;
	}
	else
		pgm_check_scripts(new.revision, new.upgrade, new.downgrade);
	pgm_script_update(&new);
}

/*
 * A revision that has run must be at the place that its file says, now that
 * all is loaded.  Then the file is written.
 */
void
pgm_load_expected(const PgmScriptRow *file)
{
	PgmScriptRow *row = pgm_script_lock(file->revision);

	if (row == NULL)
		return;
	if (!same_place(row, file))
		error_applied(row, file, is_half_done(file->revision));
	if (!same_notes(row, file))
		update_revision(row, file);
}

/*
 * Changes the revision, if it still is there and still differs.
 */
static PgmLoadResult
change_revision(const PgmScriptRow *file, bool *gone)
{
	PgmScriptRow *row;

	pgm_lock_runner();
	row = pgm_script_lock(file->revision);
	*gone = row == NULL;
	if (row == NULL || same_revision(row, file))
		return PGM_LOAD_UNCHANGED;
	if (!same_scripts(row, file) || !same_place(row, file))
	{
		bool		half_done = is_half_done(file->revision);
		bool		applied = pgm_loading_is_applied(file->revision);

		if ((applied || half_done) && !same_scripts(row, file))
			error_applied(row, file, half_done);
		if (applied || half_done)
		{
			/* right if a squashed revision takes the place of the parents */
			pgm_script_update(row);
			pgm_loading_expect(file);
			return PGM_LOAD_UPDATED;
		}
		lock_old_parents(row, file);
	}
	update_revision(row, file);
	pgm_loading_note(file);
	return PGM_LOAD_UPDATED;
}

/*
 * Names with those that were replaced changed to what replaces them; the same
 * list if there are none.
 */
static List *
map_names(List *names)
{
	List	   *mapped = NIL;
	bool		changed = false;
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *by = pgm_loading_replaced_by(lfirst(lc));
		char	   *name = by ? unconstify(char *, by) : lfirst(lc);

		changed = changed || by != NULL;
		if (!is_listed(mapped, name))
			mapped = lappend(mapped, name);
	}
	return changed ? mapped : names;
}

/*
 * What the file says in terms of what is here: it may be older than a squashed
 * revision, and name one that this replaces.  The caller holds the name space.
 */
static const PgmScriptRow *
map_file(const PgmScriptRow *file)
{
	List	   *parents = map_names(file->down_revision);
	List	   *dependencies = map_names(file->depends_on);
	PgmScriptRow *mapped;

	if (parents == file->down_revision && dependencies == file->depends_on)
		return file;
	mapped = palloc_object(PgmScriptRow);
	*mapped = *file;
	mapped->down_revision = parents;
	mapped->depends_on = dependencies;
	return mapped;
}

/*
 * Adds the revision if it is not here.  The caller holds the name space.
 */
static bool
try_add(const PgmScriptRow *file, PgmLoadResult *result)
{
	const char *by = pgm_loading_replaced_by(file->revision);

	*result = PGM_LOAD_UNCHANGED;
	if (by != NULL)
	{
		ereport(NOTICE,
				(errmsg("revision \"%s\" is left out: revision \"%s\" replaces it",
						file->revision, by)));
		return true;
	}
	file = map_file(file);
	if (!add_revision(file))
		return false;
	pgm_loading_note(file);
	*result = PGM_LOAD_ADDED;
	return true;
}

/*
 * Takes a revision as its file has it.  Raises an error for a file that cannot
 * be right whatever the others say, and for one that has changed after the
 * revision has run here.  The caller is connected to SPI; the end of the
 * transaction checks the rest (see loading.c).
 */
PgmLoadResult
pgm_load(const PgmScriptRow *file)
{
	PgmLoadResult result;

	check_names(file);
	if (pgm_loading_is_new() && try_add(file, &result))
		return result;
	for (;;)
	{
		PgmScriptRow *row = pgm_script_fetch(file->revision, false);
		bool		gone = row == NULL;

		CHECK_FOR_INTERRUPTS();
		pgm_loading_guess_new(gone);
		if (row != NULL && same_revision(row, file))
			return PGM_LOAD_UNCHANGED;
		pgm_loading_lock();
		if (row != NULL)
			result = change_revision(map_file(file), &gone);
		if (!gone || try_add(file, &result))
			return result;
		/* another session has just added it, or deleted it: look again */
	}
}
