/*-------------------------------------------------------------------------
 *
 * runner.c
 *	  Running a command from its targets to its last step, all in the
 *	  transaction of the caller.
 *
 * The order of things is what makes concurrent runs safe.  A look without any
 * lock finds out whether there is something to do; usually there is not, and
 * that is all.  Otherwise we take the runner lock, which may mean to wait for
 * another session, and only then read the graph and the state that count.  In
 * READ COMMITTED that reading sees what the other session has committed, so
 * its work is not done again.  A transaction with a fixed snapshot would not
 * see it, so there the lock fails with a serialization error if anybody has
 * been faster.
 *
 * Nothing here catches an error: the caller's (sub)transaction ends, and with
 * it all that was done, the lock and the pinned settings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/activity.h"
#include "run/callback.h"
#include "run/cut.h"
#include "run/journal.h"
#include "run/limit.h"
#include "run/load.h"
#include "run/lock.h"
#include "run/repeatable.h"
#include "run/runner.h"
#include "run/settings.h"
#include "run/trust.h"

/* a run is going on in this backend; reset by an error too */
static bool running = false;

/*
 * Raises an error where nothing can be written: on a standby, in a read-only
 * transaction, in a parallel worker.
 */
void
pgm_require_writable(const char *function)
{
	PreventCommandDuringRecovery(function);
	PreventCommandIfReadOnly(function);
	PreventCommandIfParallelMode(function);
}

/*
 * Raises an error inside of a run, whose plan must stay as it is.
 */
void
pgm_refuse_in_script(const char *function)
{
	if (running)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("%s cannot be called from the script of a revision",
						function)));
}

/*
 * Notes whether a run is going on in this backend.  Whoever says yes must say
 * no whatever happens.
 */
void
pgm_set_running(bool yes)
{
	running = yes;
}

/*
 * Whether there is nothing to do, as far as a look at two indexes can tell.
 * When it is unknown, the graph decides.
 */
PgmAnswer
pgm_nothing_to_do(const PgmCommand *command)
{
	const char *target;

	pgm_loading_finish();
	if (command->direction != PGM_UPGRADE || list_length(command->targets) != 1)
		return PGM_UNKNOWN;
	target = linitial(command->targets);
	if (strcmp(target, "head") == 0)
		return pgm_script_is_current(NULL);
	if (strcmp(target, "heads") == 0)
		return pgm_script_heads_are_current() ? PGM_YES : PGM_UNKNOWN;
	return pgm_script_is_current(target);
}

/*
 * The plan of a command, from what the tables say now.  quiet leaves out the
 * warnings.
 */
List *
pgm_make_plan(const PgmCommand *command, bool quiet, PgmState **state, bool **active)
{
	List	   *steps;

	*state = pgm_state_load_latest();
	(*state)->quiet = quiet;
	if (command->direction == PGM_STAMP)
		return pgm_plan_stamp(*state, command->targets, command->purge, active);
	steps = pgm_plan(*state, command->direction, command->targets);
	if (command->direction == PGM_UPGRADE)
		steps = list_concat(steps, pgm_repeatable_steps(*state, command->targets, false));
	return steps;
}

/*
 * Whether there would be steps to take, without any lock.
 */
static bool
look_ahead(const PgmCommand *command)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pgmigrate look ahead",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PgmState   *state;
	bool	   *active;
	bool		any = pgm_make_plan(command, true, &state, &active) != NIL;

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return any;
}

/*
 * Raises an error when a step could not be taken for reasons that can be seen
 * before the first one is: no downgrade script, or a script that the caller
 * may not run.
 */
void
pgm_check_steps(List *steps)
{
	const char *trusted = NULL;
	ListCell   *lc;

	foreach(lc, steps)
	{
		const PgmStep *step = lfirst(lc);

		if (step->direction == PGM_STAMP || step->direction == PGM_UNSTAMP)
			continue;
		if (step->direction == PGM_REPEAT)
		{
			pgm_repeatable_require_trusted(step->repeatable);
			continue;
		}
		if (step->direction == PGM_DOWNGRADE && step->rev->irreversible)
			pgm_error_irreversible(step->revision);

		/* authors repeat, and share the string */
		if (step->rev->author == trusted)
			continue;
		if (pgm_author_is_trusted(step->rev->author))
			trusted = step->rev->author;
		else
		{
			PgmScriptRow *row = pgm_script_fetch(step->revision, false);

			if (row != NULL)
				pgm_require_trusted(row->revision, row->author, row->upgrade,
									row->downgrade, false);
		}
	}
}

/*
 * The targets of a command as the user may type them.
 */
static char *
targets_text(const PgmCommand *command)
{
	if (list_length(command->targets) == 1)
		return quote_literal_cstr(linitial(command->targets));
	return quote_literal_cstr(psprintf("{%s}", pgm_string_list_text(command->targets, ",")));
}

/*
 * Raises an error when a script has a statement that cannot run in the
 * transaction of the caller.
 */
static void
require_no_alone(const PgmCommand *command, PgmState *state, List *steps)
{
	ListCell   *lc;

	if (!pgm_find_cuts(state->graph, steps, false))
		return;
	foreach(lc, steps)
	{
		const PgmStep *step = lfirst(lc);

		if (step->cuts == NULL || step->cuts->alone == NULL)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s cannot run inside a transaction block", step->cuts->alone),
				 errdetail("It is statement %d of the %s of revision \"%s\", in line %d.",
						   step->cuts->statement, pgm_direction_name(step->direction),
						   step->revision, step->cuts->line),
				 errhint("CALL migrate_%s_online(%s); runs it outside of a transaction.",
						 pgm_direction_name(command->direction),
						 targets_text(command))));
	}
}

/*
 * Runs the callbacks of a step, of a revision.  Those that come after it find
 * the tables as they are then.
 */
static void
run_callbacks(List *callbacks, PgmEvent event, const PgmStep *step, PgmState *state,
			  PgmLog *log)
{
	if ((step->direction != PGM_UPGRADE && step->direction != PGM_DOWNGRADE) ||
		!pgm_callbacks_any(callbacks, event))
		return;
	if (event == PGM_AFTER_REVISION)
	{
		pgm_log_flush(log);
		pgm_state_write(state);
	}
	pgm_callbacks_run(callbacks, event, step->direction, step, false);
}

/*
 * Takes the steps.  *failing is the step at work, for the hint of an error.
 */
static void
take_steps(List *steps, List *callbacks, PgmState *state, PgmStepSink sink, void *arg,
		   const PgmStep *volatile *failing)
{
	PgmLog	   *log = pgm_log_open();
	PgmScriptQueue *queue = pgm_script_queue(steps);
	MemoryContext step_context;
	MemoryContext oldcontext;
	int			number = 0;
	ListCell   *lc;

	step_context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate step",
										 ALLOCSET_DEFAULT_SIZES);
	oldcontext = MemoryContextSwitchTo(step_context);
	foreach(lc, steps)
	{
		const PgmStep *step = lfirst(lc);
		PgmStepResult result;

		ereport(NOTICE, (errmsg("%s", pgm_step_describe(step))));
		*failing = step;
		run_callbacks(callbacks, PGM_BEFORE_REVISION, step, state, log);
		result = pgm_step_take(step, queue, log);
		*failing = NULL;
		if (step->direction == PGM_UPGRADE)
			pgm_state_upgrade(state, step->rev);
		else if (step->direction == PGM_DOWNGRADE)
			pgm_state_downgrade(state, step->rev);
		run_callbacks(callbacks, PGM_AFTER_REVISION, step, state, log);
		sink(arg, ++number, step, &result);
		MemoryContextReset(step_context);
	}
	MemoryContextSwitchTo(oldcontext);
	pgm_log_flush(log);
}

/*
 * Which of the procedures would take a step.
 */
static const char *
online_name(const PgmStep *step)
{
	return pgm_direction_name(step->direction == PGM_DOWNGRADE ? PGM_DOWNGRADE : PGM_UPGRADE);
}

/*
 * Adds a hint to an error of a script that has none, and throws it again.  In
 * PG_CATCH.
 */
static void
rethrow_with_hint(const PgmStep *step, MemoryContext context)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(context);
	edata = CopyErrorData();
	FlushErrorState();
	pgm_limit_explain(edata, step->revision);
	if (edata->sqlerrcode == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE)
		edata->hint = psprintf("Nothing was changed. CALL migrate_%s_online() commits in between.",
							   online_name(step));
	if (edata->sqlerrcode == ERRCODE_INVALID_TRANSACTION_TERMINATION &&
		edata->hint == NULL && step->direction != PGM_REPEAT)
		edata->hint = psprintf("Nothing was changed. CALL migrate_%s_online() runs procedures and DO blocks that commit.",
							   online_name(step));
	if (edata->hint == NULL)
	{
		switch (ERRCODE_TO_CATEGORY(edata->sqlerrcode))
		{
			case ERRCODE_OPERATOR_INTERVENTION:
			case ERRCODE_TRANSACTION_ROLLBACK:
			case ERRCODE_INSUFFICIENT_RESOURCES:
				edata->hint = "Nothing was changed. Run it again.";
				break;
			default:
				edata->hint = edata->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ?
					pstrdup("Nothing was changed. Run it again.") :
					step->direction == PGM_REPEAT ?
					psprintf("Nothing was changed. Correct it with migrate_set_repeatable(%s, '...') and run it again.",
							 quote_literal_cstr(step->revision)) :
					psprintf("Nothing was changed. Correct the script with migrate_edit(%s, %s => '...'%s) and run it again.",
							 quote_literal_cstr(step->revision),
							 pgm_direction_name(step->direction),
							 step->direction == PGM_DOWNGRADE ? ", force => true" : "");
		}
	}
	ReThrowError(edata);
}

/*
 * Runs the steps with the settings pinned, and writes the version rows.
 */
static void
run_steps(const PgmCommand *command, List *steps, PgmState *state,
		  const bool *active, PgmStepSink sink, void *arg)
{
	const PgmStep *volatile failing = NULL;
	MemoryContext context = CurrentMemoryContext;
	List	   *volatile callbacks = NIL;
	int			nestlevel;

	running = true;
	PG_TRY();
	{
		nestlevel = pgm_settings_pin(command->args, command->tag);
		(void) pgm_args_object();
		if (command->direction != PGM_STAMP)
			callbacks = pgm_callbacks_load();
		pgm_callbacks_run(callbacks, PGM_BEFORE_RUN, command->direction, NULL, false);
		take_steps(steps, callbacks, state, sink, arg, &failing);
		if (active != NULL)
			pgm_state_replace(state, active, command->purge);
		pgm_state_write(state);
		if (command->direction == PGM_DOWNGRADE)
			pgm_repeatable_require_again();
		pgm_callbacks_run(callbacks, PGM_AFTER_RUN, command->direction, NULL, false);
		pgm_settings_unpin(nestlevel);
		pgm_activity_notify(llast(steps), state);
	}
	PG_CATCH();
	{
		running = false;
		pgm_activity_end();
		if (failing != NULL &&
			failing->direction != PGM_STAMP && failing->direction != PGM_UNSTAMP)
			rethrow_with_hint(failing, context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	running = false;
	pgm_activity_end();
}

/*
 * Warns of current revisions that a stamp has to leave as they are.
 */
static void
warn_unknown(PgmState *state)
{
	ListCell   *lc;

	foreach(lc, state->unknown)
		ereport(WARNING,
				(errmsg("current revision \"%s\" has no script and was left as it is",
						(char *) lfirst(lc)),
				 errhint("purge => true forgets it.")));
}

/*
 * The user says where the database is, so nothing is half done any more.
 */
static void
forget_journal(void)
{
	PgmJournal *journal = pgm_journal_load(false);

	if (journal == NULL)
		return;
	pgm_journal_delete();
	ereport(NOTICE,
			(errmsg("forgetting that the %s of revision \"%s\" was half done",
					pgm_direction_name(journal->direction), journal->revision),
			 errdetail_internal("%s", pgm_journal_describe(journal))));
}

/*
 * Runs a command.  sink is told of each step.  The caller has called
 * pgm_connect().  Raises the errors of resolving, planning and the scripts.
 */
void
pgm_run(const PgmCommand *command, PgmStepSink sink, void *arg)
{
	PgmState   *state;
	bool	   *active = NULL;
	List	   *steps;
	PgmAnswer	answer;

	pgm_require_writable(command->name);
	pgm_refuse_in_script(command->name);

	answer = pgm_nothing_to_do(command);
	if (answer == PGM_UNKNOWN && !look_ahead(command) && pgm_journal_load(false) == NULL)
		answer = PGM_YES;
	if (answer == PGM_YES)
		return;

	pgm_lock_runner();
	if (command->direction == PGM_STAMP)
		forget_journal();
	else
		pgm_journal_require_none(false);
	steps = pgm_make_plan(command, false, &state, &active);
	if (command->direction == PGM_STAMP && !command->purge)
		warn_unknown(state);
	if (steps == NIL)
		return;
	pgm_check_steps(steps);
	require_no_alone(command, state, steps);
	run_steps(command, steps, state, active, sink, arg);
}

/*
 * Raises an error unless exactly these revisions (List of char *) are current,
 * and keeps other runners out until the transaction ends.
 */
void
pgm_require_current(List *revisions)
{
	List	   *rows;
	ListCell   *lc;
	bool		same;

	pgm_lock_runner();
	pgm_journal_require_none(false);
	rows = pgm_version_rows();
	same = list_length(rows) == list_length(revisions);
	foreach(lc, rows)
	{
		ListCell   *lc2;
		bool		found = false;

		foreach(lc2, revisions)
			found = found || strcmp(lfirst(lc), lfirst(lc2)) == 0;
		same = same && found;
	}
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the current revisions of this database are not the expected ones"),
				 errdetail("Expected are: %s; current are: %s.",
						   revisions ? pgm_string_list_text(revisions, ", ") : "none",
						   rows ? pgm_string_list_text(rows, ", ") : "none"),
				 errhint("Make the script anew for a database that is there: SELECT migrate_sql('upgrade', '<current>:<target>');")));
}
