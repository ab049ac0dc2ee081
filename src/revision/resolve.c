/*-------------------------------------------------------------------------
 *
 * resolve.c
 *	  From what a user types to revisions.
 *
 * The rules are Alembic's, and so are the words of the errors; the grammar is
 * in resolve.h.  Where Alembic accepts malformed text or falls over
 * (a relative target that goes too far, "+1junk", "a@b@c"), we raise the error
 * that it has for the case.
 *
 * What is to be run for a target, plan.c knows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"

/* how many candidates an error lists */
#define MAX_CANDIDATES 10

#define MAX_IDENTIFIER_BYTES 255

/* ----------------------------------------------------------------
 * Taking texts apart
 * ----------------------------------------------------------------
 */

/*
 * The error for a text that names nothing.  detail is the reason, a full
 * sentence, or NULL.
 */
static void
error_not_located(const char *symbol, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("can't locate revision identified by \"%s\"", symbol),
			 detail ? errdetail_internal("%s", detail) : 0,
			 errhint("SELECT * FROM migrate_history(); lists the revisions.")));
}

static void
error_relative(const PgmTarget *target)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relative revision %s%lld didn't produce " INT64_FORMAT " migrations",
					target->count > 0 ? "+" : "", (long long) target->count,
					target->count < 0 ? -target->count : target->count),
			 errdetail("The target was \"%s\".", target->text)));
}

/*
 * The day of a time, for the user.
 */
static const char *
date_text(TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (TIMESTAMP_NOT_FINITE(time) || timestamp2tm(time, &tz, &tm, &fsec, NULL, NULL) != 0)
		return "undated";
	return psprintf("%04d-%02d-%02d", tm.tm_year, tm.tm_mon, tm.tm_mday);
}

/*
 * Up to MAX_CANDIDATES revisions with their messages, for a DETAIL.
 */
static char *
candidates_text(List *revs, bool dated)
{
	StringInfoData buf;
	ListCell   *lc;
	int			n = 0;

	initStringInfo(&buf);
	foreach(lc, revs)
	{
		PgmRevision *rev = lfirst(lc);

		if (n++ == MAX_CANDIDATES)
		{
			appendStringInfo(&buf, "\n... and %d more",
							 list_length(revs) - MAX_CANDIDATES);
			break;
		}
		appendStringInfo(&buf, "%s%s (%s, by %s%s)", n > 1 ? "\n" : "",
						 rev->id, pgm_first_line(rev->message), rev->creator,
						 dated ? psprintf(", %s", date_text(rev->created_at)) : "");
	}
	return buf.data;
}

static void
error_ambiguous_walk(const PgmTarget *target, PgmRevision *at, List *choices)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
			 errmsg("ambiguous walk"),
			 errdetail("The target was \"%s\"; from \"%s\" the ways are:\n%s",
					   target->text, at ? at->id : "base",
					   candidates_text(choices, false)),
			 errhint("Name the revision, or a branch: label@+1, label@-1.")));
}

/*
 * Whether text is a place that has a meaning of its own.
 */
static bool
is_reserved(const char *name)
{
	return strcmp(name, "head") == 0 || strcmp(name, "heads") == 0 ||
		strcmp(name, "base") == 0 || strcmp(name, "current") == 0;
}

/*
 * Raises an error unless name can be an id or a branch label.  what is
 * "revision identifier" or "branch name".
 *
 * Alembic forbids "@", "-", "+" and ":", which the grammar needs.  We also
 * forbid what would make lists and array literals ambiguous, and the names of
 * places.
 */
void
pgm_check_identifier(const char *name, const char *what)
{
	StringInfoData illegal;

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("%s must not be empty", what)));
	if (strlen(name) > MAX_IDENTIFIER_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("%s is too long", what),
				 errdetail("It has %zu bytes; at most %d are allowed.",
						   strlen(name), MAX_IDENTIFIER_BYTES)));
	if (is_reserved(name))
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("%s \"%s\" is reserved", what, name)));

	initStringInfo(&illegal);
	for (const char *p = name; *p; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (c <= ' ' || c == 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("white space and control characters are not allowed in %s \"%s\"",
							what, name)));
		if (strchr("@-+:,{}", c) && !strchr(illegal.data, c))
			appendStringInfo(&illegal, "%s%c", illegal.len > 0 ? " " : "", c);
	}
	if (illegal.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("character(s) \"%s\" not allowed in %s \"%s\"",
						illegal.data, what, name)));
}

/*
 * The texts of several targets in one argument: either one target, or an
 * array literal of them.  argname is the argument that errors name.
 */
List *
pgm_parse_target_list(const char *text, const char *argname)
{
	Datum		array;

	if (text[0] != '{')
		return list_make1(pstrdup(text));
	array = OidInputFunctionCall(F_ARRAY_IN, pstrdup(text), TEXTOID, -1);
	return pgm_array_to_list(DatumGetArrayTypeP(array), argname);
}

/*
 * Reads the number of a relative target; what does not fit is as far as one
 * can go.
 */
static int64
parse_count(const char *digits, bool negative)
{
	int64		count = 0;

	for (const char *p = digits; *p; p++)
	{
		if (count > (PG_INT64_MAX - 9) / 10)
			return negative ? -PG_INT64_MAX : PG_INT64_MAX;
		count = count * 10 + (*p - '0');
	}
	return negative ? -count : count;
}

/*
 * Takes a target apart.  Raises an error when text does not match the grammar
 * as a whole.
 */
static void
parse_target(const char *text, PgmTarget *target)
{
	char	   *rest = pstrdup(text);
	char	   *mark;

	memset(target, 0, sizeof(PgmTarget));
	target->text = text;
	if (text[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("can't locate revision identified by \"%s\"", text),
				 errhint("Write base for the state before the first revision.")));

	if (strchr(text, ':'))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("range revision \"%s\" not allowed", text),
				 errhint("Only migrate_history and migrate_sql take ranges.")));

	mark = strchr(rest, '@');
	if (mark != NULL)
	{
		*mark = '\0';
		target->branch = rest;
		rest = mark + 1;
		if (target->branch[0] == '\0' || rest[0] == '\0' || strchr(rest, '@'))
			error_not_located(text, "A branch is written as label@revision.");
	}

	mark = strpbrk(rest, "+-");
	if (mark != NULL)
	{
		char		sign = *mark;

		if (mark[1] == '\0' || strspn(mark + 1, "0123456789") != strlen(mark + 1))
			error_not_located(text, "A relative revision is written as +N, -N or revision+N, with a number at the end.");
		*mark = '\0';
		target->relative = true;
		target->count = parse_count(mark + 1, sign == '-');
	}
	if (rest[0] != '\0')
		target->symbol = rest;
}

/*
 * Splits a range.  A side that is not given is NULL.
 */
void
pgm_parse_range(const char *range, char **lower, char **upper)
{
	char	   *copy = pstrdup(range);
	char	   *colon = strchr(copy, ':');

	if (colon == NULL || strchr(colon + 1, ':') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("history range requires [start]:[end], [start]:, or :[end]"),
				 errdetail("The range was \"%s\".", range)));
	*colon = '\0';
	*lower = copy[0] ? copy : NULL;
	*upper = colon[1] ? colon + 1 : NULL;
}

/* ----------------------------------------------------------------
 * Finding revisions
 * ----------------------------------------------------------------
 */

/*
 * The revision that a name stands for: an id, a label, or the start of one.
 * within, if not NULL, limits a start to a branch.
 */
static PgmRevision *
find_revision(PgmGraph *graph, const char *name, const bool *within)
{
	PgmRevision *rev = pgm_graph_lookup(graph, name);
	List	   *found = NIL;
	ListCell   *lc;

	if (rev != NULL)
		return rev;

	foreach(lc, pgm_graph_lookup_prefix(graph, name))
	{
		rev = lfirst(lc);
		if (within == NULL || within[rev->index])
			found = lappend(found, rev);
	}
	if (list_length(found) == 1)
		return linitial(found);
	if (found == NIL)
	{
		error_not_located(name,
						  psprintf(strlen(name) < 4 ?
								   "No such revision or branch \"%s\"; please ensure at least four characters are present for partial revision identifier matches." :
								   "No such revision or branch \"%s\".", name));
	}
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
			 errmsg("can't locate revision identified by \"%s\"", name),
			 errdetail("Multiple revisions start with \"%s\":\n%s",
					   name, candidates_text(found, false)),
			 errhint("Write more characters of the identifier.")));
}

/*
 * The revision that stands for a branch.
 */
static PgmRevision *
find_branch(PgmGraph *graph, const char *branch)
{
	List	   *found;

	if (is_reserved(branch))
		error_not_located(branch, psprintf("No such branch: \"%s\".", branch));
	if (pgm_graph_lookup(graph, branch) != NULL)
		return pgm_graph_lookup(graph, branch);
	found = pgm_graph_lookup_prefix(graph, branch);
	if (found == NIL)
		error_not_located(branch, psprintf("No such branch: \"%s\".", branch));
	return find_revision(graph, branch, NULL);
}

/*
 * The members of revs that are in the set.
 */
static List *
filter_list(List *revs, const bool *set)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, revs)
	{
		PgmRevision *rev = lfirst(lc);

		if (set == NULL || set[rev->index])
			result = lappend(result, rev);
	}
	return result;
}

static void
error_multiple_heads(const PgmTarget *target, List *heads)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
			 errmsg("multiple head revisions are present for given argument \"%s\"",
					target->text),
			 errdetail("The heads are:\n%s", candidates_text(heads, true)),
			 target->branch ?
			 errhint("Specify a specific target revision, or join the heads: SELECT migrate_merge('{%s}', 'merge');",
					 pgm_revision_list_text(heads, ",")) :
			 errhint("Specify a specific target revision, \"<branchname>@head\" to narrow to a specific head, or \"heads\" for all heads; or join them: SELECT migrate_merge('heads', 'merge');")));
}

/*
 * The revisions of an absolute target; the empty list is base.
 */
static List *
resolve_symbol(PgmState *state, const PgmTarget *target)
{
	PgmGraph   *graph = state->graph;
	PgmRevision *rev;
	bool	   *within = NULL;

	if (target->branch != NULL)
		within = pgm_lineage(graph, find_branch(graph, target->branch));

	if (strcmp(target->symbol, "base") == 0)
		return NIL;
	if (strcmp(target->symbol, "heads") == 0)
		return within ? filter_list(pgm_graph_heads(graph), within) :
			pgm_graph_real_heads(graph);
	if (strcmp(target->symbol, "head") == 0)
	{
		List	   *heads = filter_list(pgm_graph_heads(graph), within);

		if (list_length(heads) > 1)
			error_multiple_heads(target, heads);
		return heads;
	}
	rev = find_revision(graph, target->symbol, within);
	if (within != NULL && !within[rev->index])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("revision \"%s\" is not a member of branch \"%s\"",
						rev->id, target->branch)));
	return list_make1(rev);
}

/*
 * The one revision of an absolute target, or NULL for base.
 */
static PgmRevision *
resolve_single(PgmState *state, const PgmTarget *target)
{
	List	   *revs = resolve_symbol(state, target);

	if (list_length(revs) > 1)
		error_multiple_heads(target, revs);
	return revs ? linitial(revs) : NULL;
}

/*
 * Walks target->count revisions from start (NULL: base), upwards within a
 * branch if one is given.  Returns NULL for base.  Raises an error where the
 * way forks, and, unless clamp, where it ends too early.
 */
static PgmRevision *
walk(PgmState *state, PgmRevision *start, const PgmTarget *target,
	 const bool *within, bool clamp)
{
	PgmRevision *at = start;
	int64		left = target->count < 0 ? -target->count : target->count;

	if (left == 0)
		error_relative(target);
	for (; left > 0; left--)
	{
		List	   *choices = NIL;

		if (target->count < 0)
		{
			if (at == NULL)
				break;
			for (int i = 0; i < at->down.n; i++)
				choices = lappend(choices, at->down.rev[i]);
		}
		else if (at == NULL)
			choices = filter_list(pgm_graph_bases(state->graph), within);
		else
		{
			for (int i = 0; i < at->next.n; i++)
				choices = lappend(choices, at->next.rev[i]);
			choices = filter_list(choices, within);
		}

		if (list_length(choices) > 1)
			error_ambiguous_walk(target, at, choices);
		if (choices == NIL && target->count > 0)
			break;
		at = choices ? linitial(choices) : NULL;
	}
	if (left > 0 && !clamp)
		error_relative(target);
	return at;
}

/*
 * Where a branch is: the current rows on it if there are any.  Otherwise, to
 * go up, the topmost of its revisions that are applied; to go down, only one
 * that is the tip of what is applied (because others depend on it), as going
 * down from a trunk would undo the branches of others.
 */
static List *
branch_tips(PgmState *state, PgmRevision *branch, bool down)
{
	bool	   *within = pgm_lineage(state->graph, branch);
	List	   *tips = filter_list(pgm_state_rows(state), within);

	if (tips != NIL)
		return tips;
	for (int i = 0; i < state->graph->n; i++)
		within[i] = within[i] && state->active[i];
	for (int i = 0; i < state->graph->n; i++)
	{
		PgmRevision *rev = &state->graph->revs[i];

		if (!within[i] ||
			pgm_edges_meet(&rev->next, down ? state->active : within) ||
			(!down && pgm_edges_meet(&rev->dependents, within)))
			continue;
		tips = lappend(tips, rev);
	}
	return tips;
}

/* ----------------------------------------------------------------
 * The commands
 * ----------------------------------------------------------------
 */

/*
 * Where "+N" counts from.
 */
static PgmRevision *
upgrade_start(PgmState *state, PgmRevision *branch)
{
	List	   *starts = branch ? branch_tips(state, branch, false) :
		pgm_state_rows(state);

	if (list_length(starts) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("ambiguous upgrade from multiple current revisions"),
				 errdetail("The current revisions are:\n%s", candidates_text(starts, false)),
				 errhint("Name the revision, or a branch: label@+1.")));
	return starts ? linitial(starts) : NULL;
}

/*
 * The revisions of a target that, if it is relative to nothing, counts upwards
 * from where the database is; the empty list is base.
 */
static List *
resolve_upwards(PgmState *state, const PgmTarget *target)
{
	PgmRevision *branch = NULL;
	PgmRevision *rev;

	if (!target->relative)
		return resolve_symbol(state, target);

	if (target->branch != NULL)
		branch = find_branch(state->graph, target->branch);
	if (target->symbol != NULL)
		rev = resolve_single(state, target);
	else if (target->count <= 0)
		error_relative(target);
	else
		rev = upgrade_start(state, branch);
	rev = walk(state, rev, target,
			   branch ? pgm_lineage(state->graph, branch) : NULL, false);
	return rev ? list_make1(rev) : NIL;
}

/*
 * The revisions that an upgrade leads to; the empty list is base, which only
 * its name stands for.
 */
List *
pgm_resolve_upgrade(PgmState *state, const char *text)
{
	PgmTarget	target;
	List	   *revs;

	parse_target(text, &target);
	revs = resolve_upwards(state, &target);
	if (revs == NIL && target.relative)
		error_relative(&target);
	return revs;
}

/*
 * Raises an error when one of some revisions is an ancestor of another.  verb
 * is what is being done, for the hint.
 */
static void
require_antichain(PgmGraph *graph, List *revs, const char *verb)
{
	bool	   *closed = pgm_ancestors(graph, revs);
	ListCell   *lc;

	foreach(lc, revs)
	{
		PgmRevision *rev = lfirst(lc);
		ListCell   *lc2;

		if (!pgm_edges_meet(&rev->next, closed) &&
			!pgm_edges_meet(&rev->dependents, closed))
			continue;
		foreach(lc2, revs)
		{
			PgmRevision *other = lfirst(lc2);

			if (other != rev && pgm_ancestors(graph, list_make1(other))[rev->index])
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("requested revision \"%s\" overlaps with other requested revisions \"%s\"",
								other->id, rev->id),
						 errhint("Of a revision and its ancestor, %s only the former.",
								 verb)));
		}
	}
	pfree(closed);
}

/*
 * The revisions that an upgrade to several targets leads to.
 */
List *
pgm_resolve_upgrades(PgmState *state, List *texts)
{
	List	   *revs = NIL;
	ListCell   *lc;

	if (texts == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no target revision was given")));
	foreach(lc, texts)
		revs = list_concat_unique_ptr(revs, pgm_resolve_upgrade(state, lfirst(lc)));
	require_antichain(state->graph, revs, "name");
	return revs;
}

/*
 * Where "-N" counts from, for a downgrade or a stamp.
 */
static PgmRevision *
downgrade_start(PgmState *state, const PgmTarget *target, PgmRevision *branch)
{
	List	   *starts = branch ? branch_tips(state, branch, true) :
		pgm_state_rows(state);

	if (starts == NIL)
		error_relative(target);
	if (list_length(starts) > 1 && !(branch == NULL && state->quiet))
	{
		if (branch != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
					 errmsg("ambiguous downgrade from multiple current revisions"),
					 errdetail("The current revisions of branch \"%s\" are:\n%s",
							   target->branch, candidates_text(starts, false)),
					 errhint("Name the revision to go back to.")));
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("downgrade %s from multiple heads is ambiguous", target->text),
				 errdetail("The current revisions are:\n%s", candidates_text(starts, false)),
				 errhint("The first of them is taken; name a branch to choose: label@-1.")));
	}
	return linitial(starts);
}

/*
 * Where a downgrade leads.
 */
PgmDowngradeTarget
pgm_resolve_downgrade(PgmState *state, const char *text)
{
	PgmDowngradeTarget result = {NULL, NULL};
	PgmTarget	target;
	PgmRevision *start;

	parse_target(text, &target);
	if (target.branch != NULL)
		result.branch = find_branch(state->graph, target.branch);
	if (!target.relative)
	{
		result.rev = resolve_single(state, &target);
		return result;
	}

	if (target.symbol != NULL)
		start = resolve_single(state, &target);
	else if (target.count >= 0)
		error_relative(&target);
	else
	{
		start = downgrade_start(state, &target, result.branch);
		if (result.branch == NULL)
			result.branch = start;
	}
	result.rev = walk(state, start, &target,
					  target.branch ?
					  pgm_lineage(state->graph, result.branch) : NULL, false);
	return result;
}

/*
 * What one text of a stamp stands for, appended to targets.
 */
static List *
resolve_stamp(PgmState *state, const char *text, List *targets)
{
	PgmStampTarget *stamp = palloc0_object(PgmStampTarget);
	PgmTarget	target;
	List	   *revs;
	ListCell   *lc;

	parse_target(text, &target);
	if (target.relative && target.symbol == NULL && target.count < 0)
	{
		PgmDowngradeTarget down = pgm_resolve_downgrade(state, text);

		stamp->rev = down.rev;
		stamp->branch = down.branch;
		return lappend(targets, stamp);
	}
	revs = resolve_upwards(state, &target);
	if (revs == NIL)
	{
		if (target.branch != NULL)
			stamp->branch = find_branch(state->graph, target.branch);
		return lappend(targets, stamp);
	}
	foreach(lc, revs)
	{
		stamp = palloc0_object(PgmStampTarget);
		stamp->rev = lfirst(lc);
		targets = lappend(targets, stamp);
	}
	return targets;
}

/*
 * Raises an error when a stamp to base, or to the base of a branch, comes with
 * another target that it would undo.
 */
static void
require_base_alone(PgmGraph *graph, List *targets, PgmStampTarget *base)
{
	bool	   *within = base->branch ? pgm_lineage(graph, base->branch) : NULL;
	ListCell   *lc;

	foreach(lc, targets)
	{
		PgmStampTarget *other = lfirst(lc);

		if (other == base ||
			(within && other->rev && !within[other->rev->index]) ||
			(within && !other->rev && other->branch && other->branch != base->branch))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("requested revision \"%s\" overlaps with other requested revisions \"%s\"",
						other->rev ? other->rev->id : "base", "base"),
				 errhint("Of a revision and its ancestor, stamp only the former.")));
	}
}

/*
 * What a stamp sets: a List of PgmStampTarget.
 */
List *
pgm_resolve_stamps(PgmState *state, List *texts)
{
	List	   *targets = NIL;
	List	   *revs = NIL;
	ListCell   *lc;

	if (texts == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no target revision was given")));
	foreach(lc, texts)
		targets = resolve_stamp(state, lfirst(lc), targets);

	foreach(lc, targets)
	{
		PgmStampTarget *target = lfirst(lc);

		if (target->rev == NULL)
			require_base_alone(state->graph, targets, target);
		else if (list_member_ptr(revs, target->rev))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("requested revision \"%s\" overlaps with other requested revisions \"%s\"",
							target->rev->id, target->rev->id)));
		else
			revs = lappend(revs, target->rev);
	}
	require_antichain(state->graph, revs, "stamp");
	return targets;
}

/*
 * The revisions that a text names where there is nothing to run: for show,
 * edit, merge and the parents of a new revision.  "current" is the current
 * revisions; a relative target counts from the head.
 */
List *
pgm_resolve_revisions(PgmState *state, const char *text)
{
	PgmTarget	target;
	PgmTarget	start;
	PgmRevision *rev;

	if (strcmp(text, "current") == 0)
		return pgm_state_rows(state);
	parse_target(text, &target);
	if (!target.relative)
		return resolve_symbol(state, &target);
	start = target;
	if (start.symbol == NULL)
		start.symbol = "head";
	rev = walk(state, resolve_single(state, &start), &target,
			   target.branch ?
			   pgm_lineage(state->graph, find_branch(state->graph, target.branch)) :
			   NULL, false);
	return rev ? list_make1(rev) : NIL;
}

/*
 * The one revision that a text names.
 */
PgmRevision *
pgm_resolve_revision(PgmState *state, const char *text)
{
	List	   *revs = pgm_resolve_revisions(state, text);

	if (list_length(revs) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("\"%s\" is more than one revision", text),
				 errdetail("The revisions are:\n%s", candidates_text(revs, false))));
	if (revs == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 strcmp(text, "current") == 0 ?
				 errmsg("no current revisions") :
				 errmsg("no revision indicated by symbol \"%s\"", text)));
	return linitial(revs);
}

/*
 * The revisions of a bound of an offline range: an absolute target, "current",
 * or one relative to a named revision.
 */
List *
pgm_resolve_bound(PgmState *state, const char *text)
{
	PgmTarget	target;

	if (strcmp(text, "current") == 0)
		return pgm_state_rows(state);
	parse_target(text, &target);
	if (target.relative && target.symbol == NULL)
		error_relative(&target);
	return resolve_upwards(state, &target);
}

/*
 * Where "-N" alone leads in a history range: from each head, or from those of
 * a branch, so many steps down.
 */
static List *
resolve_history_down(PgmState *state, const PgmTarget *target, const bool *within)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, filter_list(pgm_graph_heads(state->graph), within))
	{
		PgmRevision *rev = walk(state, lfirst(lc), target, within, true);

		if (rev == NULL)
			return NIL;
		result = list_append_unique_ptr(result, rev);
	}
	return result;
}

/*
 * One bound of a history range.  lower is the lower bound when this is the
 * upper one: "+N" alone counts from it.  Too large numbers end at the base or
 * the head.
 */
static List *
resolve_history_bound(PgmState *state, const PgmTarget *target, List *lower, bool upper)
{
	PgmRevision *from;
	PgmRevision *rev;
	bool	   *within = NULL;

	if (target->symbol != NULL && strcmp(target->text, "current") == 0)
		return pgm_state_rows(state);
	if (!target->relative)
		return resolve_symbol(state, target);
	if (target->branch != NULL)
		within = pgm_lineage(state->graph, find_branch(state->graph, target->branch));
	if (target->symbol == NULL && target->count < 0)
		return resolve_history_down(state, target, within);

	if (target->symbol != NULL)
		from = resolve_single(state, target);
	else if (upper)
		from = lower ? linitial(lower) : NULL;
	else
		error_relative(target);
	rev = walk(state, from, target, within, true);
	return rev ? list_make1(rev) : NIL;
}

/*
 * The revisions of a history range, bounds included.  A branch in the lower
 * bound picks the heads that the range leads to.
 */
bool *
pgm_resolve_history(PgmState *state, const char *range)
{
	PgmGraph   *graph = state->graph;
	char	   *lower_text;
	char	   *upper_text;
	PgmTarget	lower_target;
	PgmTarget	upper_target;
	List	   *lower;
	List	   *upper;
	bool	   *set;
	bool	   *below;
	bool	   *above;
	ListCell   *lc;

	pgm_parse_range(range, &lower_text, &upper_text);
	parse_target(lower_text ? lower_text : "base", &lower_target);
	parse_target(upper_text ? upper_text : "heads", &upper_target);
	lower = resolve_history_bound(state, &lower_target, NIL, false);
	upper = resolve_history_bound(state, &upper_target, lower, true);
	if (lower_target.branch != NULL)
		upper = filter_list(upper,
							pgm_lineage(graph, find_branch(graph, lower_target.branch)));

	set = pgm_ancestors(graph, upper);
	if (lower == NIL)
		return set;

	foreach(lc, lower)
	{
		if (!set[((PgmRevision *) lfirst(lc))->index])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("requested range \"%s\" does not refer to ancestor/descendant revisions along the same branch",
							range),
					 errhint("A range begins with the older revision.")));
	}
	below = pgm_ancestors(graph, lower);
	above = pgm_descendants_by_next(graph, lower);
	for (int i = 0; i < graph->n; i++)
		set[i] = set[i] && !below[i] && above[i];
	foreach(lc, lower)
		set[((PgmRevision *) lfirst(lc))->index] = true;
	return set;
}
