/*-------------------------------------------------------------------------
 *
 * adopt.c
 *	  Taking over what another migration tool has applied: its versions are
 *	  matched with revisions, and these are stamped.
 *
 * A version is matched, in this order, with
 *
 *		the revision that the map says; null leaves the version out
 *		the revision with that id or branch label; of a change of Sqitch, the
 *			id of the change comes before its name
 *		the one revision whose message is the name of the change (Sqitch) or
 *			the description of the migration (Flyway)
 *
 * Nothing is guessed beyond that, and no two versions may lead to one
 * revision unless the map says so.
 *
 * What is stamped is what is applied here already and what the other tool has
 * applied, no more.  A revision is "implied" when the tool does not name it
 * but says that it is applied (below a head of Alembic, or a baseline of
 * Flyway), when it does nothing (a merge point), or when it is applied here
 * already.  Any other that would have to be applied, because one of the tool's
 * builds on it, is a hole.  Nothing is ever taken back: what only pgmigrate
 * has applied since stays, and what it has undone since is an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/state.h"
#include "revision/store.h"
#include "run/adopt.h"
#include "run/journal.h"
#include "run/lock.h"
#include "run/runner.h"
#include "run/script.h"
#include "run/settings.h"
#include "run/source.h"

/* the words of the column "status" */
#define STATUS_ADOPTED		"adopted"
#define STATUS_APPLIED		"applied"
#define STATUS_IMPLIED		"implied"
#define STATUS_HOLE			"hole"
#define STATUS_UNDONE_HERE	"undone here"
#define STATUS_ONLY_HERE	"only here"
#define STATUS_NOT_FOUND	"not found"
#define STATUS_AMBIGUOUS	"ambiguous"
#define STATUS_LEFT_OUT		"left out"
#define STATUS_FAILED		"failed there"
#define STATUS_UNDONE		"undone there"
#define STATUS_REPEATABLE	"repeatable"

/* a version with what was found for it */
typedef struct Match
{
	const PgmForeign *foreign;
	PgmRevision *rev;			/* or NULL */
	const char *why;			/* it is not adopted: a status, or NULL */
	bool		by_map;
	List	   *candidates;		/* of char *, when it is ambiguous */
} Match;

/* what there is, and what should become of it */
typedef struct Takeover
{
	const PgmAdoption *adoption;
	PgmSource  *source;
	PgmState   *state;
	const char **messages;		/* by index: the first lines */
	List	   *matches;		/* of Match * */
	bool	   *named;			/* matched with an applied version */
	bool	   *wanted;			/* these and all that they build on */
	bool	   *hole;			/* wanted, though nobody says it is applied */
	bool	   *undone;			/* wanted, but undone by pgmigrate since */
	bool	   *only_here;		/* built on what is wanted, and nobody knows
								 * how */
	bool		news;			/* something becomes applied */
} Takeover;

/* what pgmigrate itself has done last with each of some revisions */
static PgmStatement last_done_statement = {
	.sql = "SELECT DISTINCT ON (l.revision) l.revision, l.direction"
	" FROM %s.migrate_log l"
	" WHERE l.revision OPERATOR(pg_catalog.=) ANY ($1)"
	" AND l.result OPERATOR(pg_catalog.=) 'done'::pg_catalog.text"
	" AND l.direction OPERATOR(pg_catalog.=) ANY ('{upgrade,downgrade}'::pg_catalog.text[])"
	" ORDER BY l.revision, l.id DESC",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID}
};

/*
 * Looks a version up in the map.  Returns whether it is there; *revision is
 * NULL when the map says null.
 */
static bool
look_up_map(const PgmAdoption *adoption, const char *version, const char **revision)
{
	JsonbValue	key;
	JsonbValue *value;

	if (adoption->map == NULL || version == NULL)
		return false;
	key.type = jbvString;
	key.val.string.val = unconstify(char *, version);
	key.val.string.len = strlen(version);
	value = findJsonbValueFromContainer(&adoption->map->root, JB_FOBJECT, &key);
	if (value == NULL)
		return false;
	*revision = NULL;
	if (value->type == jbvNull)
		return true;
	if (value->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the map of version \"%s\" must be the name of a revision, or null",
						version)));
	*revision = pnstrdup(value->val.string.val, value->val.string.len);
	return true;
}

/*
 * Follows the map.  Returns false when it does not name the version.
 */
static bool
match_by_map(const Takeover *takeover, Match *match)
{
	const PgmForeign *foreign = match->foreign;
	const char *revision;

	if (!look_up_map(takeover->adoption, foreign->id, &revision) &&
		!look_up_map(takeover->adoption, foreign->version, &revision))
		return false;
	match->by_map = true;
	if (revision == NULL)
	{
		match->why = STATUS_LEFT_OUT;
		return true;
	}
	match->rev = pgm_graph_lookup(takeover->state->graph, revision);
	if (match->rev == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the map leads from version \"%s\" to revision \"%s\", which does not exist",
						foreign->version, revision)));
	return true;
}

/*
 * Looks for the revisions whose message is the name of the version.
 */
static void
match_by_message(const Takeover *takeover, Match *match)
{
	PgmGraph   *graph = takeover->state->graph;

	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		if (strcmp(takeover->messages[i], match->foreign->name) == 0)
		{
			match->rev = rev;
			match->candidates = lappend(match->candidates, unconstify(char *, rev->id));
		}
	}
	if (list_length(match->candidates) > 1)
	{
		match->rev = NULL;
		match->why = STATUS_AMBIGUOUS;
	}
}

/*
 * Finds the revision of a version.
 */
static Match *
match_version(const Takeover *takeover, const PgmForeign *foreign)
{
	Match	   *match = palloc0_object(Match);
	PgmGraph   *graph = takeover->state->graph;

	match->foreign = foreign;
	if (!match_by_map(takeover, match))
	{
		if (foreign->id != NULL)
			match->rev = pgm_graph_lookup(graph, foreign->id);
		if (match->rev == NULL)
			match->rev = pgm_graph_lookup(graph, foreign->version);
		if (match->rev == NULL && foreign->name != NULL)
			match_by_message(takeover, match);
	}
	if (match->by_map && match->rev == NULL)
		return match;
	if (foreign->state == PGM_FOREIGN_FAILED)
		match->why = STATUS_FAILED;
	else if (foreign->state == PGM_FOREIGN_UNDONE)
		match->why = STATUS_UNDONE;
	else if (foreign->state == PGM_FOREIGN_REPEATABLE && !match->by_map)
		match->why = STATUS_REPEATABLE;
	else if (match->rev == NULL && match->why == NULL)
		match->why = STATUS_NOT_FOUND;
	return match;
}

/*
 * Marks as ambiguous what leads to one revision from several versions, unless
 * the map says so of all but one.
 */
static void
find_clashes(Takeover *takeover)
{
	Match	  **first = palloc0_array(Match *, takeover->state->graph->n + 1);
	ListCell   *lc;

	foreach(lc, takeover->matches)
	{
		Match	   *match = lfirst(lc);
		Match	   *other;

		if (match->why != NULL || match->by_map)
			continue;
		other = first[match->rev->index];
		if (other == NULL)
		{
			first[match->rev->index] = match;
			continue;
		}
		match->why = other->why = STATUS_AMBIGUOUS;
		match->candidates = list_make1(unconstify(char *, match->rev->id));
		other->candidates = match->candidates;
	}
}

/*
 * Does the revision do nothing when it is applied?
 */
static bool
does_nothing(const PgmRevision *rev)
{
	PgmScriptRow *row = pgm_script_fetch(rev->id, false);

	return row != NULL &&
		pgm_script_parse(rev->id, "upgrade", row->upgrade)->statements == NIL;
}

/*
 * Computes what should be applied, and which of it is a hole.
 */
static void
find_wanted(Takeover *takeover)
{
	PgmGraph   *graph = takeover->state->graph;
	const bool *active = takeover->state->active;
	List	   *named = NIL;
	List	   *covering = NIL;
	bool	   *covered;
	ListCell   *lc;

	takeover->named = pgm_set_new(graph);
	foreach(lc, takeover->matches)
	{
		Match	   *match = lfirst(lc);

		if (match->why != NULL)
			continue;
		takeover->named[match->rev->index] = true;
		named = lappend(named, match->rev);
		if (match->foreign->covers)
			covering = lappend(covering, match->rev);
	}
	takeover->wanted = pgm_ancestors(graph, named);
	takeover->hole = pgm_set_new(graph);
	covered = pgm_ancestors(graph, covering);
	for (int i = 0; i < graph->n; i++)
	{
		if (!takeover->wanted[i] || active[i])
			continue;
		takeover->news = true;
		takeover->hole[i] = !takeover->named[i] && !covered[i] &&
			!takeover->adoption->allow_holes && !does_nothing(&graph->revs[i]);
	}
}

/*
 * Finds what pgmigrate has undone of what is wanted, and what is applied here
 * on top of it though pgmigrate has not run it.
 */
static void
compare_with_log(Takeover *takeover)
{
	PgmGraph   *graph = takeover->state->graph;
	const bool *active = takeover->state->active;
	List	   *wanted = NIL;
	List	   *ids = NIL;
	bool	   *above;
	Datum		value;
	uint64		n;

	takeover->undone = pgm_set_new(graph);
	takeover->only_here = pgm_set_new(graph);
	for (int i = 0; i < graph->n; i++)
	{
		if (takeover->wanted[i])
			wanted = lappend(wanted, &graph->revs[i]);
	}
	above = pgm_descendants(graph, wanted);
	for (int i = 0; i < graph->n; i++)
	{
		takeover->only_here[i] = active[i] && above[i] && !takeover->wanted[i];
		if (takeover->only_here[i] || (takeover->wanted[i] && !active[i]))
			ids = lappend(ids, unconstify(char *, graph->revs[i].id));
	}
	if (ids == NIL)
		return;
	value = pgm_list_to_array(ids);
	n = pgm_execute(&last_done_statement, &value, NULL, false);
	for (uint64 i = 0; i < n; i++)
	{
		PgmRevision *rev = pgm_graph_lookup(graph, pgm_field_text(i, 1));

		if (strcmp(pgm_field_text(i, 2), "upgrade") == 0)
			takeover->only_here[rev->index] = false;
		else
			takeover->undone[rev->index] = takeover->wanted[rev->index];
	}
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Reads all there is and compares it.
 */
static Takeover *
look(const PgmAdoption *adoption)
{
	Takeover   *takeover = palloc0_object(Takeover);
	ListCell   *lc;
	int			nestlevel;

	takeover->adoption = adoption;
	takeover->source = pgm_source_read(adoption->tool, adoption->history, adoption->project);
	takeover->state = pgm_state_load_latest();
	pgm_state_require_known(takeover->state);
	takeover->messages = palloc_array(const char *, takeover->state->graph->n + 1);
	for (int i = 0; i < takeover->state->graph->n; i++)
		takeover->messages[i] = pgm_first_line(takeover->state->graph->revs[i].message);
	foreach(lc, takeover->source->versions)
		takeover->matches = lappend(takeover->matches, match_version(takeover, lfirst(lc)));
	find_clashes(takeover);
	nestlevel = pgm_settings_pin(NULL, NULL);
	find_wanted(takeover);
	pgm_settings_unpin(nestlevel);
	compare_with_log(takeover);
	return takeover;
}

/*
 * The revisions of a set, parents first.
 */
static List *
set_list(PgmGraph *graph, const bool *set)
{
	bool	   *all = pgm_set_new(graph);
	List	   *revs = NIL;
	ListCell   *lc;

	memset(all, true, graph->n);
	foreach(lc, pgm_toposort_down(graph, all))
	{
		if (set[((PgmRevision *) lfirst(lc))->index])
			revs = lcons(lfirst(lc), revs);
	}
	return revs;
}

/*
 * The same as text, or NULL.
 */
static char *
set_text(PgmGraph *graph, const bool *set)
{
	List	   *revs = set_list(graph, set);

	return revs == NIL ? NULL : pgm_revision_list_text(revs, ", ");
}

/*
 * The versions with a status as text, or NULL.
 */
static char *
versions_text(const Takeover *takeover, const char *status)
{
	List	   *versions = NIL;
	ListCell   *lc;

	foreach(lc, takeover->matches)
	{
		const Match *match = lfirst(lc);

		if (match->why != NULL && strcmp(match->why, status) == 0)
			versions = lappend(versions, unconstify(char *, match->foreign->version));
	}
	return versions == NIL ? NULL : pgm_string_list_text(versions, ", ");
}

/*
 * Raises an error when a version could be more than one revision, or a
 * revision more than one version.
 */
static void
require_unambiguous(const Takeover *takeover)
{
	StringInfoData buf;
	ListCell   *lc;
	const char *version = NULL;

	initStringInfo(&buf);
	foreach(lc, takeover->matches)
	{
		const Match *match = lfirst(lc);

		if (match->candidates == NIL || match->why == NULL ||
			strcmp(match->why, STATUS_AMBIGUOUS) != 0)
			continue;
		version = match->foreign->id ? match->foreign->id : match->foreign->version;
		appendStringInfo(&buf, "%s\"%s\"", buf.len > 0 ? "\n" : "", match->foreign->version);
		if (match->foreign->id != NULL)
			appendStringInfo(&buf, " (%s)", match->foreign->id);
		appendStringInfo(&buf, " could be: %s",
						 pgm_string_list_text(match->candidates, ", "));
	}
	if (version != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("it is not clear which revisions versions of %s are",
						takeover->source->title),
				 errdetail_internal("%s", buf.data),
				 errhint("Say which they are: map => '{\"%s\": \"...\"}'.", version)));
}

/*
 * Raises an error when nothing at all was found.
 */
static void
require_any(const Takeover *takeover)
{
	char	   *not_found = versions_text(takeover, STATUS_NOT_FOUND);
	ListCell   *lc;

	if (not_found == NULL)
		return;
	foreach(lc, takeover->matches)
	{
		const Match *match = lfirst(lc);

		if (match->why == NULL || strcmp(match->why, STATUS_LEFT_OUT) == 0)
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("no revision is there for what %s has applied", takeover->source->title),
			 errdetail("The versions are: %s.", not_found),
			 errhint("Write or load the revisions first, with these ids, or say which they are: map => '{\"version\": \"revision\"}'.")));
}

/*
 * Raises an error when a stamp would claim more than is applied, or what
 * pgmigrate has undone.
 */
static void
require_exact(const Takeover *takeover)
{
	PgmGraph   *graph = takeover->state->graph;
	char	   *holes = set_text(graph, takeover->hole);
	char	   *undone = set_text(graph, takeover->undone);

	if (holes != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("what %s has applied has holes", takeover->source->title),
				 errdetail("Not applied according to it, though others build on them: %s.", holes),
				 errhint("If they are applied all the same, specify allow_holes => true; else apply them with %s first. dry_run => true shows all versions.",
						 takeover->source->title)));
	if (undone != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("migrate_downgrade() has undone what %s says is applied",
						takeover->source->title),
				 errdetail("Undone here: %s.", undone),
				 errhint("Apply it again with migrate_upgrade(); or, if %s has, say where the database is with migrate_stamp().",
						 takeover->source->title)));
}

/*
 * Adds "label: text." to the details of a warning.
 */
static void
append_finding(StringInfo buf, const char *label, const char *text)
{
	if (text != NULL)
		appendStringInfo(buf, "%s%s: %s.", buf->len > 0 ? "\n" : "", label, text);
}

/*
 * Warns of what is not adopted.
 */
static void
warn_of_rest(const Takeover *takeover)
{
	StringInfoData buf;
	const char *title = takeover->source->title;
	char	   *only_here = set_text(takeover->state->graph, takeover->only_here);

	initStringInfo(&buf);
	append_finding(&buf, "No revision is there for", versions_text(takeover, STATUS_NOT_FOUND));
	append_finding(&buf, "Failed there", versions_text(takeover, STATUS_FAILED));
	append_finding(&buf, "Undone there", versions_text(takeover, STATUS_UNDONE));
	append_finding(&buf, "Repeatable, and not adopted", versions_text(takeover, STATUS_REPEATABLE));
	if (buf.len > 0)
		ereport(WARNING,
				(errmsg("not all that is in the history of %s was adopted", title),
				 errdetail_internal("%s", buf.data),
				 versions_text(takeover, STATUS_NOT_FOUND) ?
				 errhint("Load the missing revisions before the next migrate_upgrade(), and adopt again; or say which they are: map => '{\"version\": \"revision\"}'.") : 0));
	if (only_here != NULL)
		ereport(WARNING,
				(errmsg("revisions are applied here that %s does not know of", title),
				 errdetail("They are: %s.", only_here),
				 errhint("If %s has undone them, say where the database is with migrate_stamp().",
						 title)));
}

static void
add_row(List **rows, const char *version, const PgmRevision *rev, const char *status,
		const char *description)
{
	PgmAdopted *row = palloc_object(PgmAdopted);

	row->version = version;
	row->revision = rev ? rev->id : NULL;
	row->status = status;
	if (description != NULL && description[0] != '\0')
		row->description = description;
	else
		row->description = rev ? pgm_first_line(rev->message) : NULL;
	*rows = lappend(*rows, row);
}

/*
 * The status of a revision that a version was matched with.
 */
static const char *
match_status(const Takeover *takeover, const Match *match)
{
	if (match->why != NULL)
		return match->why;
	if (takeover->undone[match->rev->index])
		return STATUS_UNDONE_HERE;
	return takeover->state->active[match->rev->index] ? STATUS_APPLIED : STATUS_ADOPTED;
}

/*
 * The versions in the order of the other tool, then revisions that it does not
 * name, as rows.
 */
static List *
make_rows(const Takeover *takeover)
{
	PgmGraph   *graph = takeover->state->graph;
	List	   *rows = NIL;
	bool	   *rest = pgm_set_new(graph);
	ListCell   *lc;

	foreach(lc, takeover->matches)
	{
		const Match *match = lfirst(lc);

		add_row(&rows, match->foreign->version, match->rev,
				match_status(takeover, match), match->foreign->description);
	}
	for (int i = 0; i < graph->n; i++)
		rest[i] = takeover->only_here[i] || (takeover->wanted[i] && !takeover->named[i]);
	foreach(lc, set_list(graph, rest))
	{
		const PgmRevision *rev = lfirst(lc);
		int			i = rev->index;

		add_row(&rows, NULL, rev,
				takeover->only_here[i] ? STATUS_ONLY_HERE :
				takeover->hole[i] ? STATUS_HOLE :
				takeover->undone[i] ? STATUS_UNDONE_HERE : STATUS_IMPLIED, NULL);
	}
	return rows;
}

/*
 * A step is told by the rows.
 */
static void
ignore_step(void *arg, int number, const PgmStep *step, const PgmStepResult *result)
{
}

/*
 * Stamps what is wanted, besides what is applied.
 */
static void
stamp(const Takeover *takeover)
{
	PgmGraph   *graph = takeover->state->graph;
	PgmCommand	command = {0};
	bool	   *after = pgm_set_new(graph);
	ListCell   *lc;

	command.direction = PGM_STAMP;
	command.name = "migrate_adopt()";
	for (int i = 0; i < graph->n; i++)
		after[i] = takeover->wanted[i] || takeover->state->active[i];
	foreach(lc, pgm_maximal(graph, after))
		command.targets = lappend(command.targets,
								  unconstify(char *, ((PgmRevision *) lfirst(lc))->id));
	pgm_run(&command, ignore_step, NULL);
}

/*
 * Adopts what another tool has applied, and returns what became of each
 * version and of the revisions that are implied, as a list of PgmAdopted *.
 * With nothing new to stamp it takes no lock and writes nothing; a dry run
 * never does, and raises no error for what it finds.
 *
 * The caller is connected to SPI.  Raises the errors of reading the history,
 * and refuses what is ambiguous, has holes, or was undone here.
 */
List *
pgm_adopt(const PgmAdoption *adoption)
{
	Takeover   *takeover = look(adoption);

	if (!adoption->dry_run && takeover->news)
	{
		pgm_lock_runner();
		pgm_journal_require_none(false);
		takeover = look(adoption);
	}
	if (takeover->source->versions == NIL)
		ereport(NOTICE,
				(errmsg("there is nothing to adopt: table %s names no version",
						takeover->source->history)));
	if (!adoption->dry_run)
	{
		require_unambiguous(takeover);
		require_any(takeover);
		require_exact(takeover);
		warn_of_rest(takeover);
		if (takeover->news)
			stamp(takeover);
	}
	return make_rows(takeover);
}
