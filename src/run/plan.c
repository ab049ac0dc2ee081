/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The steps that lead to a target.
 *
 * A plan is computed from the graph and the state alone and changes nothing.
 * The rules, with "active" for all that is applied:
 *
 *		upgrade		ancestors(targets) - active
 *		downgrade	descendants(children of the target) in active; when only one
 *					branch is meant, only the children on it
 *		stamp		active - strict descendants(target) + ancestors(target);
 *					base forgets all, label@base what is on that branch and
 *					what depends on it
 *
 * where ancestors and descendants follow dependencies too.  An upgrade never
 * drops, a downgrade never adds, and a downgrade takes along what depends on
 * what it undoes.  A stamp says how far its target's branch is and leaves the
 * other branches as they are (Alembic forgets those that a replaced row
 * implied).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "revision/resolve.h"
#include "run/plan.h"

/*
 * The word for a direction, as results and the log show it.
 */
const char *
pgm_direction_name(PgmDirection direction)
{
	switch (direction)
	{
		case PGM_UPGRADE:
			return "upgrade";
		case PGM_DOWNGRADE:
			return "downgrade";
		case PGM_STAMP:
			return "stamp";
		case PGM_UNSTAMP:
			return "unstamp";
		case PGM_REPEAT:
			return "repeat";
	}
	return NULL;				/* keep compiler quiet */
}

/*
 * The direction that a user names.
 */
PgmDirection
pgm_direction_parse(const char *name)
{
	if (strcmp(name, "upgrade") == 0)
		return PGM_UPGRADE;
	if (strcmp(name, "downgrade") == 0)
		return PGM_DOWNGRADE;
	if (strcmp(name, "stamp") == 0)
		return PGM_STAMP;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized direction: \"%s\"", name),
			 errhint("The directions are upgrade, downgrade and stamp.")));
}

/*
 * The line that announces a step, in Alembic's words.
 */
char *
pgm_step_describe(const PgmStep *step)
{
	char	   *from = pgm_string_list_text(step->from, ", ");

	switch (step->direction)
	{
		case PGM_UPGRADE:
			return psprintf("Running upgrade %s -> %s, %s",
							from, step->revision, pgm_first_line(step->rev->message));
		case PGM_DOWNGRADE:
			return psprintf("Running downgrade %s -> %s, %s",
							step->revision, from, pgm_first_line(step->rev->message));
		case PGM_STAMP:
			return psprintf("Running stamp_revision %s -> %s", from, step->revision);
		case PGM_UNSTAMP:
			return psprintf("Running stamp_revision %s -> ", step->revision);
		case PGM_REPEAT:
			return psprintf("Running repeatable %s", step->revision);
	}
	return NULL;				/* keep compiler quiet */
}

/*
 * One step over a revision, from its parents or to them.
 */
static PgmStep *
make_step(PgmDirection direction, PgmRevision *rev)
{
	PgmStep    *step = palloc0_object(PgmStep);

	step->direction = direction;
	step->revision = rev->id;
	step->rev = rev;
	for (int i = 0; i < rev->down.n; i++)
		step->from = lappend(step->from, unconstify(char *, rev->down.rev[i]->id));
	return step;
}

/*
 * Steps upwards over a set of revisions.
 */
static List *
upgrade_steps(PgmGraph *graph, const bool *set)
{
	List	   *order = pgm_toposort_down(graph, set);
	List	   *steps = NIL;

	for (int i = list_length(order) - 1; i >= 0; i--)
		steps = lappend(steps, make_step(PGM_UPGRADE, list_nth(order, i)));
	return steps;
}

static List *
downgrade_steps(PgmGraph *graph, const bool *set)
{
	List	   *steps = NIL;
	ListCell   *lc;

	foreach(lc, pgm_toposort_down(graph, set))
		steps = lappend(steps, make_step(PGM_DOWNGRADE, lfirst(lc)));
	return steps;
}

/*
 * The upgrades that lead to revs; the empty list when they are all applied.
 */
static List *
plan_upgrade_to(PgmState *state, List *revs)
{
	bool	   *needed = pgm_ancestors(state->graph, revs);

	for (int i = 0; i < state->graph->n; i++)
		needed[i] = needed[i] && !state->active[i];
	return upgrade_steps(state->graph, needed);
}

/*
 * The upgrades that lead to the targets (a List of char *).
 */
static List *
plan_upgrade(PgmState *state, List *targets)
{
	pgm_state_require_known(state);
	pgm_state_require_antichain(state);
	return plan_upgrade_to(state, pgm_resolve_upgrades(state, targets));
}

/*
 * The revisions where a downgrade to the target starts to undo: what comes
 * right after it.
 */
static List *
downgrade_roots(PgmState *state, PgmDowngradeTarget target)
{
	PgmGraph   *graph = state->graph;
	List	   *roots = NIL;
	List	   *kept = NIL;
	bool	   *below;
	ListCell   *lc;

	if (target.rev == NULL)
		roots = pgm_graph_bases(graph);
	else
	{
		for (int i = 0; i < target.rev->next.n; i++)
			roots = lappend(roots, target.rev->next.rev[i]);
	}
	if (target.branch == NULL || list_length(roots) <= 1)
		return roots;

	below = pgm_ancestors_by_down(graph, list_make1(target.branch));
	foreach(lc, roots)
	{
		if (below[((PgmRevision *) lfirst(lc))->index])
			kept = lappend(kept, lfirst(lc));
	}
	if (kept == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not a valid downgrade target from current heads"),
				 errdetail("Nothing between the target and revision \"%s\" can be undone.",
						   target.branch->id)));
	return kept;
}

/*
 * The downgrades that lead to the target.
 */
static List *
plan_downgrade(PgmState *state, const char *text)
{
	PgmDowngradeTarget target;
	bool	   *drop;
	bool		any = false;

	pgm_state_require_known(state);
	target = pgm_resolve_downgrade(state, text);
	drop = pgm_descendants(state->graph, downgrade_roots(state, target));
	for (int i = 0; i < state->graph->n; i++)
	{
		drop[i] = drop[i] && state->active[i];
		any = any || drop[i];
	}
	if (!any && target.rev != NULL && state->row[target.rev->index] < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("destination \"%s\" is not a valid downgrade target from current head(s)",
						text),
				 state->active[target.rev->index] ?
				 errdetail("It is applied, but nothing above it on its own branch is.") :
				 errdetail("It is not applied."),
				 errhint("SELECT * FROM migrate_current(); shows the current revisions.")));
	return downgrade_steps(state->graph, drop);
}

/*
 * Takes out of the active set what is on a branch or depends on it, and keeps
 * what the rest needs.
 */
static bool *
forget_branch(PgmGraph *graph, bool *active, PgmRevision *branch)
{
	bool	   *below = pgm_ancestors_by_down(graph, list_make1(branch));
	bool	   *above = pgm_descendants(graph, list_make1(branch));
	List	   *rest = NIL;

	for (int i = 0; i < graph->n; i++)
	{
		if (active[i] && !below[i] && !above[i])
			rest = lappend(rest, &graph->revs[i]);
	}
	return pgm_ancestors(graph, rest);
}

/*
 * What is active after a stamp.
 */
static bool *
stamped_set(PgmState *state, List *targets, bool purge)
{
	PgmGraph   *graph = state->graph;
	bool	   *active = pgm_set_new(graph);
	List	   *revs = NIL;
	ListCell   *lc;

	if (!purge)
		memcpy(active, state->active, graph->n);
	foreach(lc, targets)
	{
		PgmStampTarget *target = lfirst(lc);

		if (target->rev != NULL)
			revs = lappend(revs, target->rev);
		else if (target->branch == NULL)
			memset(active, false, graph->n);
		else
			active = forget_branch(graph, active, target->branch);
	}
	if (revs != NIL)
	{
		bool	   *above = pgm_descendants(graph, revs);
		bool	   *below = pgm_ancestors(graph, revs);

		for (int i = 0; i < graph->n; i++)
			active[i] = (active[i] && !above[i]) || below[i];
	}
	return active;
}

/*
 * The rows among old (whose entries are set to NULL when taken) that are on a
 * line with rev.
 */
static List *
take_related(PgmGraph *graph, PgmRevision *rev, PgmRevision **old, int nold)
{
	bool	   *below = pgm_ancestors(graph, list_make1(rev));
	bool	   *above = pgm_descendants(graph, list_make1(rev));
	List	   *taken = NIL;

	for (int i = 0; i < nold; i++)
	{
		if (old[i] != NULL && (below[old[i]->index] || above[old[i]->index]))
		{
			taken = lappend(taken, unconstify(char *, old[i]->id));
			old[i] = NULL;
		}
	}
	return taken;
}

/*
 * The steps that turn the current rows into those of a new active set: one
 * for each row that is new, with the rows that it replaces, and one for each
 * other row that goes.
 */
static List *
stamp_steps(PgmState *state, const bool *active, bool purge)
{
	PgmGraph   *graph = state->graph;
	PgmRevision **gone = palloc_array(PgmRevision *, graph->n + 1);
	bool	   *is_row = pgm_set_new(graph);
	int			ngone = 0;
	List	   *steps = NIL;
	List	   *rows = pgm_maximal(graph, active);
	ListCell   *lc;

	foreach(lc, rows)
		is_row[((PgmRevision *) lfirst(lc))->index] = true;
	foreach(lc, pgm_state_rows(state))
	{
		if (!is_row[((PgmRevision *) lfirst(lc))->index])
			gone[ngone++] = lfirst(lc);
	}
	foreach(lc, rows)
	{
		PgmRevision *rev = lfirst(lc);
		PgmStep    *step;

		if (state->row[rev->index] >= 0)
			continue;
		step = make_step(PGM_STAMP, rev);
		step->from = take_related(graph, rev, gone, ngone);
		steps = lappend(steps, step);
	}
	for (int i = 0; i < ngone; i++)
	{
		PgmStep    *step;

		if (gone[i] == NULL)
			continue;
		step = make_step(PGM_UNSTAMP, gone[i]);
		step->from = NIL;
		steps = lappend(steps, step);
	}
	foreach(lc, purge ? state->unknown : NIL)
	{
		PgmStep    *step = palloc0_object(PgmStep);

		step->direction = PGM_UNSTAMP;
		step->revision = lfirst(lc);
		steps = lappend(steps, step);
	}
	return steps;
}

/*
 * The steps of a stamp; *active is what it makes active.
 */
List *
pgm_plan_stamp(PgmState *state, List *targets, bool purge, bool **active)
{
	PgmState   *from = purge ? pgm_state_from(state->graph, NIL) : state;

	*active = stamped_set(state, pgm_resolve_stamps(from, targets), purge);
	return stamp_steps(state, *active, purge);
}

/*
 * A downgrade leads to one place.
 */
static const char *
single_target(List *targets)
{
	if (list_length(targets) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a downgrade takes one target, but %d were given",
						list_length(targets))));
	return linitial(targets);
}

/*
 * The steps to the targets from the given state.
 */
List *
pgm_plan(PgmState *state, PgmDirection direction, List *targets)
{
	bool	   *active;

	switch (direction)
	{
		case PGM_UPGRADE:
			return plan_upgrade(state, targets);
		case PGM_DOWNGRADE:
			return plan_downgrade(state, single_target(targets));
		case PGM_STAMP:
		case PGM_UNSTAMP:
			return pgm_plan_stamp(state, targets, false, &active);
		case PGM_REPEAT:
			break;
	}
	return NIL;					/* keep compiler quiet */
}

/*
 * Raises an error unless the two ends of a range are on one line.
 */
static void
require_range(PgmGraph *graph, const char *range, List *lower, List *upper)
{
	bool	   *below = pgm_ancestors(graph, upper);
	ListCell   *lc;

	foreach(lc, lower)
	{
		if (!below[((PgmRevision *) lfirst(lc))->index])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("requested range \"%s\" does not refer to ancestor/descendant revisions along the same branch",
							range)));
	}
}

/*
 * The steps of an offline range "from:to", which does not depend on what is
 * applied here.  *start is the state that it begins in, *end the text of its
 * end.  A range without a
 * colon begins at base; a downgrade needs both ends.
 */
List *
pgm_plan_range(PgmState *state, PgmDirection direction, const char *range,
			   PgmState **start, const char **end)
{
	char	   *from = NULL;
	char	   *to = NULL;
	List	   *lower;
	List	   *upper;

	if (strchr(range, ':'))
		pgm_parse_range(range, &from, &to);
	else if (direction != PGM_DOWNGRADE)
	{
		from = pstrdup("base");
		to = pstrdup(range);
	}
	if (from == NULL || to == NULL || to[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s requires <fromrev>:<torev>, but the range is \"%s\"",
						pgm_direction_name(direction), range)));

	lower = pgm_resolve_bound(state, from);
	*start = pgm_state_from(state->graph, lower);
	*end = to;

	switch (direction)
	{
		case PGM_UPGRADE:
			upper = pgm_resolve_upgrade(*start, to);
			require_range(state->graph, range, lower, upper);
			return plan_upgrade_to(*start, upper);
		case PGM_DOWNGRADE:
			return plan_downgrade(*start, to);
		default:
			return pgm_plan(*start, direction, list_make1(to));
	}
}
