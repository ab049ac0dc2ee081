/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Running revisions up, down and up again in the sandbox, from base.
 *
 * The sandbox begins without any schema but an empty public, as a new database
 * does.  After each downgrade the catalogs must be what they were before the
 * upgrade, and after the second upgrade what they were after the first.
 *
 * What runs in a transaction is run as it is; CONCURRENTLY is left out, and
 * what cannot be in a transaction and changes no schema (VACUUM) is skipped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/guc.h"
#include "utils/resowner.h"

#include "common/compat.h"
#include "diff/compare.h"
#include "diff/filter.h"
#include "diff/proof.h"
#include "diff/sandbox.h"
#include "diff/verify.h"
#include "revision/store.h"
#include "run/plan.h"
#include "run/settings.h"
#include "run/step.h"
#include "schema/attributes.h"

/* a revision to be tried; its scripts are read before the sandbox is there */
typedef struct Trial
{
	PgmRevision *rev;
	PgmScript  *up;
	PgmScript  *down;			/* NULL: irreversible */
} Trial;

typedef struct Verification
{
	const bool *chosen;
	PgmView		view;
	PgmSandbox	sandbox;
	PgmSnapshot *before;		/* the revision that is looked at */
	List	   *verdicts;
} Verification;

/*
 * Takes CONCURRENTLY out of a statement.  Returns false when the statement
 * cannot be tried without that.
 */
static bool
make_tryable(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_IndexStmt:
			((IndexStmt *) stmt)->concurrent = false;
			return true;
		case T_DropStmt:
			((DropStmt *) stmt)->concurrent = false;
			return ((DropStmt *) stmt)->removeType == OBJECT_INDEX;
		case T_AlterTableStmt:
			((PartitionCmd *) ((AlterTableCmd *) linitial(((AlterTableStmt *) stmt)->cmds))->def)->concurrent = false;
			return true;
		default:
			return false;
	}
}

/*
 * Runs a statement that would have to run outside of a transaction, as far
 * as it changes the schema.
 */
static void
try_alone(const PgmScript *script, int number)
{
	PgmScriptStatement *statement = list_nth(script->statements, number - 1);
	PlannedStmt *wrapper;

	if (!make_tryable(statement->node))
		return;
	wrapper = makeNode(PlannedStmt);
	wrapper->commandType = CMD_UTILITY;
	wrapper->utilityStmt = statement->node;
	ProcessUtility(wrapper, statement->text, false, PROCESS_UTILITY_QUERY, NULL, NULL,
				   None_Receiver, NULL);
	CommandCounterIncrement();
}

/*
 * Runs a script in the sandbox, under the settings of a run.
 */
void
pgm_verify_run(PgmScript *script)
{
	int			level = NewGUCNestLevel();

	for (int number = 1; number <= list_length(script->statements); number++)
	{
		PgmScriptStatement *statement = list_nth(script->statements, number - 1);
		int			at;

		if (statement->kind == PGM_ALONE)
			try_alone(script, number);
		else
			pgm_step_run(script, number, number, false, &at);
	}
	pgm_step_check_deferred(script);
	pgm_settings_unpin(level);
}

/*
 * Returns a script of a revision.  Raises an error when the caller may not run
 * it.
 */
PgmScript *
pgm_verify_load(PgmRevision *rev, PgmDirection direction)
{
	PgmStep		step = {0};
	bytea	   *digest;

	step.direction = direction;
	step.revision = rev->id;
	step.rev = rev;
	return pgm_step_script(&step, pgm_script_queue(list_make1(&step)), &digest);
}

/*
 * Returns the trials of the revisions that are chosen and of all that they
 * need, those first that others need.
 */
static List *
load_trials(PgmState *state, const bool *chosen)
{
	List	   *roots = NIL;
	List	   *trials = NIL;
	ListCell   *lc;

	for (int i = 0; i < state->graph->n; i++)
		if (chosen[i])
			roots = lappend(roots, &state->graph->revs[i]);
	foreach(lc, pgm_toposort_down(state->graph, pgm_ancestors(state->graph, roots)))
	{
		Trial	   *trial = palloc0_object(Trial);
		PgmScriptRow *row;

		trial->rev = lfirst(lc);
		row = linitial(pgm_script_fetch_texts(list_make1(unconstify(char *, trial->rev->id))));
		trial->up = pgm_verify_load(trial->rev, PGM_UPGRADE);
		if (row->downgrade != NULL)
			trial->down = pgm_verify_load(trial->rev, PGM_DOWNGRADE);
		trials = lcons(trial, trials);
	}
	return trials;
}

static void
add_verdict(Verification *v, PgmRevision *rev, const char *result, const char *detail)
{
	PgmVerdict *verdict = palloc_object(PgmVerdict);

	verdict->rev = rev;
	verdict->result = result;
	verdict->detail = detail;
	if (v->chosen[rev->index])
		v->verdicts = lappend(v->verdicts, verdict);
}

/*
 * Runs the downgrade and the upgrade again, comparing each time.  Returns what
 * is wrong, or NULL.
 */
static char *
down_and_up(Verification *v, const Trial *trial, const PgmSnapshot *after)
{
	List	   *differences;

	pgm_verify_run(trial->down);
	differences = pgm_differences(pgm_view_read(&v->view), v->before, v->view.all);
	if (differences != NIL)
		return psprintf("The downgrade does not restore:\n%s",
						pgm_list_differences(differences));
	pgm_verify_run(trial->up);
	differences = pgm_differences(pgm_view_read(&v->view), after, v->view.all);
	if (differences != NIL)
		return psprintf("The upgrade leads elsewhere the second time:\n%s",
						pgm_list_differences(differences));
	return NULL;
}

/*
 * Judges a revision that has been run up.  What is tried is taken back.
 */
static void
judge(Verification *v, const Trial *trial, const PgmSnapshot *after)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile wrong = NULL;
	volatile bool failed = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		wrong = down_and_up(v, trial, after);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		FlushErrorState();
		failed = true;
		wrong = error->context == NULL ? error->message :
			psprintf("%s\n%s", error->message, error->context);
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	add_verdict(v, trial->rev, failed ? "failed" : wrong != NULL ? "differs" : "ok", wrong);
}

/*
 * Runs the upgrade of a revision.  Returns false, with a verdict, when it
 * fails; then nothing more can be run in the sandbox.
 */
static bool
run_up(Verification *v, const Trial *trial)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool good = true;

	PG_TRY();
	{
		pgm_verify_run(trial->up);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
			PG_RE_THROW();
		FlushErrorState();
		add_verdict(v, trial->rev, "failed",
					error->context == NULL ? error->message :
					psprintf("%s\n%s", error->message, error->context));
		good = false;
	}
	PG_END_TRY();
	return good;
}

/*
 * Goes through the revisions, each after those it depends on.
 */
static void
verify_all(Verification *v, List *trials)
{
	bool		good = true;
	ListCell   *lc;

	v->before = pgm_view_read(&v->view);
	foreach(lc, trials)
	{
		const Trial *trial = lfirst(lc);
		PgmRevision *rev = trial->rev;
		PgmSnapshot *after;

		CHECK_FOR_INTERRUPTS();
		if (good)
			good = run_up(v, trial);
		else
			add_verdict(v, rev, "not tried", "An earlier upgrade failed.");
		if (!good)
			continue;
		after = pgm_view_read(&v->view);
		if (!v->chosen[rev->index])
			 /* only on the way */ ;
		else if (trial->down != NULL)
			judge(v, trial, after);
		else
			add_verdict(v, rev, "irreversible", NULL);
		v->before = after;
	}
}

/*
 * Leaves nothing in the sandbox but an empty public, and runs what follows as
 * a session does.
 */
void
pgm_verify_set_aside(PgmSandbox *sandbox, const PgmSnapshot *live)
{
	(void) set_config_option("session_replication_role", "origin", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	(void) set_config_option("check_function_bodies", "on", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	(void) set_config_option("client_min_messages", "warning", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	pgm_sandbox_set_aside(sandbox, live, pgm_managed_schemas(), true);
}

/*
 * What is done in the sandbox, which begins and ends here.
 */
static pg_noinline void
verify_in_sandbox(Verification *v, List *trials)
{
	pgm_sandbox_begin(&v->sandbox);
	PG_TRY();
	{
		PgmSnapshot *live = pgm_view_read(&v->view);

		pgm_verify_set_aside(&v->sandbox, live);
		v->view.aside = v->sandbox.aside;
		verify_all(v, trials);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&v->sandbox);
	}
	PG_END_TRY();
	pgm_sandbox_end(&v->sandbox);
}

/*
 * Returns what was found out about the chosen revisions, as a list of
 * PgmVerdict *, in the order in which they run.
 *
 * The caller is connected to SPI.  Nothing is changed, and no lock is kept;
 * scripts do run, so the author rule is obeyed (see trust.c).
 */
List *
pgm_verify(PgmState *state, const bool *chosen)
{
	Verification v = {0};
	int			level = pgm_settings_pin(NULL, NULL);

	v.chosen = chosen;
	v.view.globals = true;
	v.view.all = pgm_compare_all;
	v.view.filter = pgm_filter_make(NIL, NIL);
	verify_in_sandbox(&v, load_trials(state, chosen));
	pgm_settings_unpin(level);
	return v.verdicts;
}
