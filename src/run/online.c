/*-------------------------------------------------------------------------
 *
 * online.c
 *	  Running a command with a commit after each revision.
 *
 * A revision that needs one transaction is one: its statements, its rows of
 * migrate_version and of migrate_log.  They run in a subtransaction, so that a
 * failure can be written down in the same transaction, or all be tried again
 * when a lock was not to be had in time, without letting go of the runner lock
 * in between.  What the subtransaction has locked is free again by then.
 *
 * A revision that was cut (see cut.c) has the journal to say how far it is.
 * Parts within a transaction advance the journal as they commit.  A statement
 * that runs alone is announced in the journal before, and advances it after;
 * what lies between is settled by a look at the catalogs (see settle.c), right
 * away after an error, or by the next run after a crash.
 *
 * Between two transactions there is no snapshot and no lock but the runner's,
 * and nobody else waits for us with one (see lock.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/activity.h"
#include "run/blocker.h"
#include "run/callback.h"
#include "run/cut.h"
#include "run/journal.h"
#include "run/limit.h"
#include "run/lock.h"
#include "run/online.h"
#include "run/repeatable.h"
#include "run/settings.h"
#include "run/settle.h"
#include "run/transaction.h"

/*
 * The pauses before trying again, in ms.  The first one is as long as the wait
 * was, so that those who were held up behind us can catch up, but not shorter
 * than this.
 */
#define SHORTEST_PAUSE 100
#define LONGEST_PAUSE 10000

typedef struct OnlineRun
{
	FunctionCallInfo fcinfo;
	const PgmCommand *command;
	PgmInterrupted interrupted;
	MemoryContext context;		/* of the run; outlives its transactions */
	MemoryContext step_context;
	int			nestlevel;		/* of the settings of the transaction */
	bool		alone;			/* some statements run outside of transactions */
	PgmState   *state;
	List	   *steps;
	PgmScriptQueue *queue;
	List	   *callbacks;		/* of PgmCallback * */
	PgmJournal *journal;		/* NULL: no revision is half done */
	List	   *held;			/* settings of the session, to be restored */
	bool		holding;		/* they are changed at the moment */
	bool		committed;		/* the failed statement has, something */

	/* the step at work */
	const PgmStep *step;
	PgmScript  *script;
	PgmLogEntry entry;
	List	   *sets;			/* the SETs that have run, VariableSetStmt */
	int			at;				/* the statement at work; 0: none */
	bool		prepared;		/* the callbacks before it have run */
	bool		finishing;		/* what it has done is being written down */
	bool		logged;			/* its failure is in the log */
} OnlineRun;

/* a piece of work in a subtransaction; what arg is depends on it */
typedef void (*Work) (OnlineRun *run, void *arg);

/*
 * Each piece of a run between begin() and commit() is a transaction with a
 * snapshot, an SPI connection and pinned settings.  Outside of them there is a
 * transaction that has done nothing yet.
 */
static void
begin(OnlineRun *run)
{
	EnsurePortalSnapshotExists();
	pgm_connect(run->fcinfo);
	run->nestlevel = pgm_settings_pin(run->command->args, run->command->tag);
	MemoryContextSwitchTo(run->step_context);
}

static void
commit(OnlineRun *run)
{
	pgm_settings_unpin(run->nestlevel);
	pgm_finish();
	MemoryContextSwitchTo(run->step_context);
	pgm_transaction_next();
}

/*
 * Copies the error that has been caught, in PG_CATCH.
 */
static ErrorData *
catch_error(OnlineRun *run)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(run->context);
	edata = CopyErrorData();
	FlushErrorState();
	pgm_blocker_unwatch();
	pgm_limit_statement_end();
	return edata;
}

/*
 * Does some work in a subtransaction.  Returns the error that it ended with,
 * in the context of the run, or NULL.
 */
static ErrorData *
attempt(OnlineRun *run, Work work, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile edata = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(run, arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		edata = catch_error(run);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return edata;
}

/*----------------------------------------------------------------------
 * Failing
 *----------------------------------------------------------------------
 */

/*
 * Whether the same may well succeed a moment later.
 */
static bool
is_passing(const ErrorData *edata)
{
	return edata->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
		edata->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

/*
 * Says what has become of the revision and what to do.
 */
static void
add_hint(OnlineRun *run, ErrorData *edata)
{
	const char *name = run->step->revision;
	const char *direction = pgm_direction_name(run->step->direction);

	if (edata->hint != NULL)
		return;
	if (run->step->direction == PGM_REPEAT && !is_passing(edata))
		edata->hint = psprintf("It was rolled back; what came before it is committed. Correct it with migrate_set_repeatable(%s, '...') and CALL again.",
							   quote_literal_cstr(name));
	else if (run->journal != NULL)
		edata->hint = psprintf("%s Correct the cause, or the rest of the script with migrate_edit(%s, %s => '...'%s), and CALL again: it goes on from there.",
							   pgm_journal_describe(run->journal),
							   quote_literal_cstr(name), direction,
							   run->step->direction == PGM_DOWNGRADE ? ", force => true" : "");
	else if (is_passing(edata) ||
			 ERRCODE_TO_CATEGORY(edata->sqlerrcode) == ERRCODE_TRANSACTION_ROLLBACK ||
			 ERRCODE_TO_CATEGORY(edata->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION ||
			 ERRCODE_TO_CATEGORY(edata->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES)
		edata->hint = psprintf("Revision \"%s\" was rolled back; what came before it is committed. CALL again to go on.",
							   name);
	else
		edata->hint = psprintf("Revision \"%s\" was rolled back; what came before it is committed. Correct its script with migrate_edit(%s, %s => '...'%s) and CALL again.",
							   name, quote_literal_cstr(name), direction,
							   run->step->direction == PGM_DOWNGRADE ? ", force => true" : "");
}

/*
 * Writes down that the step has failed; arg is the error.
 */
static void
log_failure(OnlineRun *run, void *arg)
{
	PgmScriptStatement *statement = run->at > 0 ?
		list_nth(run->script->statements, run->at - 1) : NULL;

	run->entry.microseconds = GetCurrentTimestamp() - run->entry.started_at;
	run->entry.lsn_after = GetXLogInsertRecPtr();
	pgm_log_write(run->step, &run->entry, (ErrorData *) arg, run->at,
				  statement ? statement->line : 0);
}

/*
 * Ends the run with an error, in a transaction in which nothing else is done.
 */
static void
fail(OnlineRun *run, ErrorData *edata)
{
	pgm_limit_explain(edata, run->step->revision);
	(void) attempt(run, log_failure, edata);
	run->logged = true;
	add_hint(run, edata);
	commit(run);
	ReThrowError(edata);
}

/*
 * Sleeps; arg are the milliseconds.
 */
static void
sleep_a_while(OnlineRun *run, void *arg)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), *(int *) arg);

	for (;;)
	{
		long		rest = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);

		CHECK_FOR_INTERRUPTS();
		if (rest <= 0)
			break;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 rest, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

/*
 * Waits before the next try, in a transaction in which nothing else is done:
 * without a snapshot, and with no lock but the runner's.  The pauses double,
 * and differ by chance, so that two who got into each other's way do not meet
 * again.
 */
static void
pause_after(OnlineRun *run, ErrorData *edata, int tries)
{
	double		longest = Min(Max(LONGEST_PAUSE, pgm_lock_timeout),
							  Max(SHORTEST_PAUSE, pgm_lock_timeout) * pow(2, Min(tries, 20)));
	int			pause = longest * (0.5 + pg_prng_double(&pg_global_prng_state) / 2);
	char	   *blockers = pgm_blocker_describe();
	ErrorData  *interrupt;

	ereport(NOTICE,
			(errmsg("%s; trying revision \"%s\" again in %d ms (%d of %d)",
					edata->message, run->step->revision, pause, tries + 1,
					pgm_lock_retries),
			 blockers ? errdetail_internal("%s", blockers) : 0));
	commit(run);
	interrupt = attempt(run, sleep_a_while, &pause);
	begin(run);
	if (interrupt != NULL)
		fail(run, interrupt);
}

/*
 * After a try that has failed: waits for the next one, or ends the run.
 */
static void
pause_or_fail(OnlineRun *run, ErrorData *edata, int tries, bool may_repeat)
{
	char	   *blockers;

	if (may_repeat && is_passing(edata) && tries < pgm_lock_retries)
	{
		pause_after(run, edata, tries);
		return;
	}
	blockers = is_passing(edata) ? pgm_blocker_describe() : NULL;
	if (blockers != NULL && edata->detail == NULL)
		edata->detail = MemoryContextStrdup(run->context, blockers);
	fail(run, edata);
}

/*----------------------------------------------------------------------
 * Steps
 *----------------------------------------------------------------------
 */

/*
 * All of the step is done: writes that down.
 */
static void
finish_step(OnlineRun *run)
{
	pgm_limit_stop(run->step->revision);
	if (run->journal != NULL)
		pgm_journal_delete();
	if (run->step->direction == PGM_UPGRADE)
		pgm_state_upgrade(run->state, run->step->rev);
	else if (run->step->direction == PGM_DOWNGRADE)
	{
		pgm_state_downgrade(run->state, run->step->rev);
		pgm_repeatable_require_again();
	}
	else
		pgm_repeatable_applied(run->step->repeatable, run->entry.digest);
	pgm_state_write(run->state);
	run->entry.microseconds = GetCurrentTimestamp() - run->entry.started_at;
	run->entry.lsn_after = GetXLogInsertRecPtr();
	pgm_log_write(run->step, &run->entry, NULL, 0, 0);
	pgm_activity_notify(run->step, run->state);
	if (run->step->direction != PGM_REPEAT)
		pgm_callbacks_run(run->callbacks, PGM_AFTER_REVISION, run->step->direction,
						  run->step, true);
}

/*
 * Runs the callbacks that come before the step at work, in the transaction of
 * its first part: until that is committed, they have not run.
 */
static void
prepare_step(OnlineRun *run)
{
	if (!run->prepared)
		pgm_callbacks_run(run->callbacks, PGM_BEFORE_REVISION, run->step->direction,
						  run->step, true);
}

/*
 * Notes that so many statements (arg) are done.
 */
static void
advance(OnlineRun *run, void *arg)
{
	int			done = *(int *) arg;

	if (done == list_length(run->script->statements))
	{
		finish_step(run);
		return;
	}
	if (run->journal == NULL)
		run->journal = pgm_journal_new(run->script, run->step->direction);
	pgm_journal_advance(run->journal, run->script, done);
	pgm_journal_write(run->journal);
}

/*
 * Runs statements that share a transaction; arg is the part.
 */
static void
run_part(OnlineRun *run, void *arg)
{
	PgmPart    *part = arg;
	int			nestlevel = NewGUCNestLevel();

	run->finishing = false;
	run->at = 0;
	prepare_step(run);
	pgm_settings_pin_lock_timeout();
	pgm_settings_repeat(run->sets);
	pgm_blocker_watch(pgm_lock_timeout);
	pgm_step_run(run->script, part->first, part->last, true, &run->at);
	run->at = 0;
	pgm_step_check_deferred(run->script);
	pgm_blocker_unwatch();
	run->finishing = true;
	pgm_settings_unpin(nestlevel);
	pgm_require_online_lock();
	advance(run, &part->last);
}

static void
run_within(OnlineRun *run, PgmPart *part)
{
	PgmJournal *journal = run->journal;
	PgmJournal	before;
	ErrorData  *edata;

	if (journal != NULL)
		before = *journal;
	for (int tries = 0; (edata = attempt(run, run_part, part)) != NULL; tries++)
	{
		/* what the part has noted of itself is not so */
		run->journal = journal;
		if (journal != NULL)
			*journal = before;
		pause_or_fail(run, edata, tries, !run->finishing);
	}
	run->prepared = true;
}

/*
 * Ends a step of which nothing is left to run.
 */
static void
run_nothing(OnlineRun *run, void *arg)
{
	prepare_step(run);
	advance(run, arg);
}

/*
 * Remembers the session's own settings, from under the pinned ones, before
 * execute_alone() changes them.
 */
static void
remember_settings(OnlineRun *run)
{
	pgm_settings_unpin(run->nestlevel);
	run->held = pgm_settings_remember(run->sets);
	run->nestlevel = pgm_settings_pin(run->command->args, run->command->tag);
}

/*
 * Announces a statement that runs alone; arg is its number.
 */
static void
announce(OnlineRun *run, void *arg)
{
	int			number = *(int *) arg;
	PgmScriptStatement *statement = list_nth(run->script->statements, number - 1);
	int			nestlevel = NewGUCNestLevel();

	prepare_step(run);
	run->at = number;
	if (run->journal == NULL)
		run->journal = pgm_journal_new(run->script, run->step->direction);
	pgm_journal_advance(run->journal, run->script, number - 1);
	run->journal->running = number;
	pgm_settings_repeat(run->sets);
	pgm_alone_begin(run->journal, statement->text);
	pgm_settings_unpin(nestlevel);
	pgm_journal_write(run->journal);
}

/*
 * Restores the settings of the session, and commits that at once, lest a later
 * rollback bring the others back.
 */
static void
release_settings(OnlineRun *run)
{
	EnsurePortalSnapshotExists();
	pgm_connect(run->fcinfo);
	pgm_settings_release(run->held);
	pgm_finish();
	MemoryContextSwitchTo(run->step_context);
	pgm_transaction_next();
	run->holding = false;
}

/*
 * Executes a statement outside of a transaction, with the settings of scripts.
 * number is 0 for one of our own, that drops the index "leftover".  Returns the
 * error that it ended with, or NULL.  Leaves a transaction that has done
 * nothing.
 */
static ErrorData *
execute_alone(OnlineRun *run, const char *text, int number, const char *leftover)
{
	ErrorData  *volatile edata = NULL;
	LocalTransactionId transaction = pgm_local_xid();
	MemoryContext context = AllocSetContextCreate(run->step_context,
												  "pgmigrate statement",
												  ALLOCSET_DEFAULT_SIZES);

	run->holding = true;
	run->committed = false;
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		Node	   *stmt = pgm_parse_alone(text, run->journal->object);

		pgm_settings_hold(run->command->args, run->command->tag, run->sets);
		pgm_blocker_watch(pgm_lock_timeout);
		if (pgm_alone_lock(stmt))
		{
			pgm_blocker_unwatch();
			pgm_settings_hold_lock_timeout(0);
		}
		if (number > 0)
			pgm_step_run_alone(run->script, number, stmt);
		else if (pgm_is_leftover(leftover))
			pgm_run_top_level(stmt, text);
		pgm_blocker_unwatch();
		pgm_transaction_next();
	}
	PG_CATCH();
	{
		edata = catch_error(run);
		run->committed = pgm_local_xid() != transaction;
		pgm_transaction_abort();
	}
	PG_END_TRY();

	MemoryContextSwitchTo(run->step_context);
	MemoryContextDelete(context);
	release_settings(run);

	/* a rollback, also one of a DO block's own, has released it */
	pgm_lock_online_again();
	return edata;
}

/*
 * What became of the statement that the journal says was running.
 */
static PgmOutcome
look_at_outcome(OnlineRun *run, List **leftovers)
{
	int			nestlevel = NewGUCNestLevel();
	PgmOutcome	outcome;

	pgm_settings_repeat(run->sets);
	outcome = pgm_alone_outcome(run->journal, leftovers);
	pgm_settings_unpin(nestlevel);
	return outcome;
}

/*
 * Drops what a statement has left behind, if that takes no wait.
 */
static bool
drop_leftovers_now(OnlineRun *run, List *leftovers)
{
	int			nestlevel = NewGUCNestLevel();
	bool		all = true;
	ListCell   *lc;

	pgm_settings_repeat(run->sets);
	foreach(lc, leftovers)
		all = pgm_drop_leftover_now(lfirst(lc)) && all;
	pgm_settings_unpin(nestlevel);
	return all;
}

/*
 * After the failure of a statement that ran alone (arg is its number): tidies
 * up and notes that it is not running.  What cannot be done now, or not be
 * known, stays in the journal for the next run.
 */
static void
tidy(OnlineRun *run, void *arg)
{
	int			number = *(int *) arg;
	List	   *leftovers;
	PgmOutcome	outcome = look_at_outcome(run, &leftovers);

	if (!drop_leftovers_now(run, leftovers) ||
		outcome == PGM_OUTCOME_DONE || outcome == PGM_OUTCOME_FINALIZE ||
		(outcome == PGM_OUTCOME_UNKNOWN && run->committed))
		return;
	pgm_journal_advance(run->journal, run->script, number - 1);
	if (number > 1)
		pgm_journal_write(run->journal);
	else
	{
		pgm_journal_delete();
		run->journal = NULL;
	}
}

/*
 * Runs a statement outside of a transaction.  Called between begin() and
 * commit(), as is run_within().
 */
static void
run_alone(OnlineRun *run, int number)
{
	PgmScriptStatement *statement = list_nth(run->script->statements, number - 1);
	PgmJournal *journal;
	PgmJournal	announced;
	ErrorData  *edata;
	ErrorData  *untidy;

	remember_settings(run);
	for (int tries = 0;; tries++)
	{
		edata = attempt(run, announce, &number);
		if (edata != NULL)
		{
			run->committed = false;
			(void) attempt(run, tidy, &number);
			fail(run, edata);
		}
		commit(run);
		run->prepared = true;
		edata = execute_alone(run, statement->text, number, NULL);
		begin(run);
		if (edata == NULL)
			break;
		journal = run->journal;
		announced = *journal;
		untidy = attempt(run, tidy, &number);
		if (untidy != NULL)
		{
			run->journal = journal;
			*journal = announced;
		}

		/* what is not known to have done nothing stays in the journal */
		pause_or_fail(run, edata, tries, untidy == NULL &&
					  (run->journal == NULL || run->journal->running == 0));
	}
	run->at = 0;
	pgm_require_online_lock();
	edata = attempt(run, advance, &number);
	if (edata != NULL)
		fail(run, edata);
}

/*
 * Remembers the SETs among the statements.  RESET ALL takes back those before
 * it, but for the identity.
 */
static void
remember_sets(OnlineRun *run, int first, int last)
{
	for (int number = first; number <= last; number++)
	{
		PgmScriptStatement *statement = list_nth(run->script->statements, number - 1);
		List	   *kept = NIL;
		ListCell   *lc;

		if (!IsA(statement->node, VariableSetStmt))
			continue;
		if (((VariableSetStmt *) statement->node)->kind != VAR_RESET_ALL)
		{
			run->sets = lappend(run->sets, statement->node);
			continue;
		}
		foreach(lc, run->sets)
		{
			if (pgm_is_identity_setting(((VariableSetStmt *) lfirst(lc))->name))
				kept = lappend(kept, lfirst(lc));
		}
		run->sets = kept;
	}
}

/*----------------------------------------------------------------------
 * Going on with a revision that is half done
 *----------------------------------------------------------------------
 */

/*
 * Brings an interrupted DETACH PARTITION CONCURRENTLY to its end.
 */
static void
finalize_detach(OnlineRun *run, void *arg)
{
	int			nestlevel = NewGUCNestLevel();
	int			rc;

	pgm_settings_pin_lock_timeout();
	pgm_settings_repeat(run->sets);
	pgm_blocker_watch(pgm_lock_timeout);
	rc = SPI_execute(pgm_alone_finalize(run->journal), false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	pgm_blocker_unwatch();
	pgm_settings_unpin(nestlevel);
}

/*
 * Drops an index that a statement has left behind.
 */
static void
drop_leftover(OnlineRun *run, const char *index)
{
	char	   *sql = psprintf("DROP INDEX CONCURRENTLY %s", index);

	ereport(NOTICE,
			(errmsg("dropping the invalid index %s, left behind by an interrupted statement",
					index)));
	for (int tries = 0;; tries++)
	{
		ErrorData  *edata;

		commit(run);
		edata = execute_alone(run, sql, 0, index);
		begin(run);
		if (edata == NULL)
			return;
		if (edata->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
		{
			/* of a table's toast, for one; it is in nobody's way */
			ereport(WARNING,
					(errmsg("could not drop the invalid index %s: %s", index,
							edata->message),
					 errhint("Ask a superuser to drop it.")));
			return;
		}
		pause_or_fail(run, edata, tries, true);
	}
}

/*
 * Raises the error for a statement of which nobody can tell whether it has
 * finished.
 */
static void
error_unknown_outcome(OnlineRun *run)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("statement %d of the %s of revision \"%s\" was interrupted, and nobody can tell whether it has finished",
					run->journal->running, run->script->direction,
					run->step->revision),
			 errdetail_internal("%s", run->journal->running_text),
			 errhint("Look at what it was to do, then CALL again with interrupted => 'repeat' or interrupted => 'skip'.")));
}

/*
 * Whether the statement that the journal says was running has taken effect
 * after all.  What it has left behind is tidied away.
 */
static bool
settle(OnlineRun *run)
{
	List	   *leftovers;
	ErrorData  *edata;
	PgmOutcome	outcome = look_at_outcome(run, &leftovers);

	if (outcome == PGM_OUTCOME_LEFTOVER)
	{
		ListCell   *lc;

		foreach(lc, leftovers)
			drop_leftover(run, lfirst(lc));
		outcome = look_at_outcome(run, &leftovers);
	}
	switch (outcome)
	{
		case PGM_OUTCOME_DONE:
			return true;
		case PGM_OUTCOME_REPEAT:
			return false;
		case PGM_OUTCOME_FINALIZE:
			for (int tries = 0;
				 (edata = attempt(run, finalize_detach, NULL)) != NULL; tries++)
				pause_or_fail(run, edata, tries, true);
			return true;
		case PGM_OUTCOME_LEFTOVER:
			return false;
		case PGM_OUTCOME_UNKNOWN:
			break;
	}
	if (run->interrupted == PGM_INTERRUPTED_ASK)
		error_unknown_outcome(run);
	return run->interrupted == PGM_INTERRUPTED_SKIP;
}

/*
 * Goes on with a revision that was begun earlier.  Returns how many of its
 * statements are done.
 */
static int
resume(OnlineRun *run)
{
	PgmJournal *journal = run->journal;
	int			n = list_length(run->script->statements);
	int			done = journal->done;
	int			running = journal->running;

	pgm_journal_require_match(journal, run->script);
	remember_sets(run, 1, done);
	if (running > 0)
	{
		remember_settings(run);
		if (settle(run))
		{
			PgmScriptStatement *statement = running <= n ?
				list_nth(run->script->statements, running - 1) : NULL;

			done = running;
			if (statement == NULL || strcmp(statement->text, journal->running_text) != 0)
				ereport(ERROR,
						(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						 errmsg("the %s script of revision \"%s\" was changed where it has run already",
								run->script->direction, run->script->revision),
						 errdetail("Statement %d was: %s", running, journal->running_text),
						 errhint("Put it back as it was; or put the database right by hand and say where it is with migrate_stamp().")));
		}
	}
	if (done < n)
		ereport(NOTICE,
				(errmsg("going on with statement %d of %d of revision \"%s\"",
						done + 1, n, run->step->revision)));
	return done;
}

/*----------------------------------------------------------------------
 * The run
 *----------------------------------------------------------------------
 */

/*
 * Runs what is not done yet of the script at work.  Called after begin(), ends
 * with commit().
 */
static void
run_script(OnlineRun *run, int done)
{
	int			n = list_length(run->script->statements);
	bool		begun = true;
	ListCell   *lc;

	foreach(lc, pgm_script_parts(run->script))
	{
		PgmPart    *part = lfirst(lc);
		int			first = Max(part->first, done + 1);

		if (first > part->last)
			continue;
		if (!begun)
			begin(run);
		part->first = first;
		if (part->alone)
			run_alone(run, first);
		else
			run_within(run, part);
		remember_sets(run, first, part->last);
		commit(run);
		begun = false;
	}
	if (begun)
	{
		/* there was nothing (left) to run */
		ErrorData  *edata = attempt(run, run_nothing, &n);

		if (edata != NULL)
			fail(run, edata);
		commit(run);
	}
}

/*
 * Runs a repeatable, which is one transaction.  Called after begin(), ends with
 * commit().
 */
static void
run_repeatable(OnlineRun *run)
{
	PgmPart		part = {1, list_length(run->script->statements), false};

	run_within(run, &part);
	commit(run);
}

/*
 * Takes a step.
 */
static void
take_step(OnlineRun *run, const PgmStep *step)
{
	bool		resuming = run->journal != NULL;

	ereport(NOTICE, (errmsg("%s", pgm_step_describe(step))));
	begin(run);
	memset(&run->entry, 0, sizeof(run->entry));
	run->entry.started_at = GetCurrentTimestamp();
	run->entry.lsn_before = GetXLogInsertRecPtr();
	run->step = step;
	run->script = NULL;
	run->sets = NIL;
	run->at = 0;
	run->logged = false;

	pgm_limit_start();
	run->script = pgm_step_script(step, run->queue, &run->entry.digest);
	run->entry.statements = list_length(run->script->statements);
	run->prepared = resuming || step->direction == PGM_REPEAT;
	if (step->direction == PGM_REPEAT)
		run_repeatable(run);
	else
		run_script(run, resuming ? resume(run) : 0);
	run->journal = NULL;
	run->step = NULL;
	MemoryContextReset(run->step_context);
}

/*
 * Whether a script of the steps takes more than transactions.
 */
static bool
any_alone(PgmState *state, List *steps)
{
	ListCell   *lc;

	if (!pgm_find_cuts(state->graph, steps, false))
		return false;
	foreach(lc, steps)
	{
		const PgmCuts *cuts = ((PgmStep *) lfirst(lc))->cuts;

		if (cuts != NULL && cuts->any_alone)
			return true;
	}
	return false;
}

/*
 * Whether there is something to do, without any lock; *alone is whether it
 * takes more than transactions.
 */
static bool
look_ahead(const PgmCommand *command, bool *alone)
{
	PgmState   *state;
	bool	   *active;
	List	   *steps;

	if (pgm_nothing_to_do(command) == PGM_YES)
		return false;
	steps = pgm_make_plan(command, true, &state, &active);
	*alone = pgm_journal_load(false) != NULL;
	if (steps == NIL)
		return *alone;
	*alone = *alone || any_alone(state, steps);
	return true;
}

/*
 * Takes the locks, waiting for them if the caller wants to.
 */
static void
take_locks(OnlineRun *run, bool wait)
{
	if (pgm_lock_online_try(run->alone))
		return;
	pgm_connect(run->fcinfo);
	pgm_report_runner(run->alone, wait ? NOTICE : ERROR);
	pgm_finish();
	MemoryContextSwitchTo(run->context);
	pgm_transaction_next();
	pgm_lock_online_wait();
}

/*
 * The revision that is half done comes first, and nothing can be done without
 * it.
 */
static void
put_journal_first(OnlineRun *run)
{
	ListCell   *lc;

	foreach(lc, run->steps)
	{
		PgmStep    *step = lfirst(lc);

		if (strcmp(step->revision, run->journal->revision) == 0 &&
			step->direction == run->journal->direction)
		{
			run->steps = lcons(step, list_delete_ptr(run->steps, step));
			return;
		}
	}
	pgm_journal_require_none(false);
}

/*
 * Makes the plan, under the locks.  Returns false if it takes more than
 * transactions and the locks are not for that.
 */
static bool
make_plan(OnlineRun *run)
{
	bool	   *active;

	begin(run);
	MemoryContextSwitchTo(run->context);
	run->steps = pgm_make_plan(run->command, false, &run->state, &active);
	run->journal = pgm_journal_load(false);
	if (!run->alone && (run->journal != NULL || any_alone(run->state, run->steps)))
	{
		commit(run);
		return false;
	}
	if (run->journal != NULL)
		put_journal_first(run);
	pgm_check_steps(run->steps);
	if (run->steps != NIL)
	{
		run->queue = pgm_script_queue(run->steps);
		run->callbacks = pgm_callbacks_load();
	}
	commit(run);
	return true;
}

/*
 * Runs the callbacks of the run itself; arg is the event.
 */
static void
run_callbacks(OnlineRun *run, void *arg)
{
	pgm_callbacks_run(run->callbacks, *(PgmEvent *) arg, run->command->direction, NULL, true);
}

/*
 * ... in a transaction of their own.
 */
static void
commit_callbacks(OnlineRun *run, PgmEvent event)
{
	ErrorData  *edata;

	if (run->steps == NIL || !pgm_callbacks_any(run->callbacks, event))
		return;
	begin(run);
	edata = attempt(run, run_callbacks, &event);
	commit(run);
	if (edata != NULL)
		ReThrowError(edata);
}

/*
 * Takes the locks, makes the plan, and takes its steps.
 */
static void
run_all(OnlineRun *run, bool wait)
{
	ListCell   *lc;

	for (;;)
	{
		take_locks(run, wait);
		pgm_transaction_next();
		if (make_plan(run))
			break;

		/* somebody has written such a script meanwhile */
		pgm_unlock_online();
		run->alone = true;
	}
	commit_callbacks(run, PGM_BEFORE_RUN);
	foreach(lc, run->steps)
		take_step(run, lfirst(lc));
	commit_callbacks(run, PGM_AFTER_RUN);
}

/*
 * Writes the failure down, if that was not done yet and nobody else is running
 * by now.
 */
static void
log_late(OnlineRun *run, ErrorData *edata)
{
	if (run->step == NULL || run->script == NULL || run->logged ||
		!pgm_lock_online_retry())
		return;
	begin(run);
	(void) attempt(run, log_failure, edata);
	commit(run);
}

/*
 * Leaves the session clean after an error.  What matters most comes first, and
 * the rest cannot prevent it.
 */
static void
clean_up(OnlineRun *run, ErrorData *edata)
{
	pgm_set_running(false);
	if (run->step != NULL)
		pgm_limit_explain(edata, run->step->revision);
	pgm_transaction_abort();
	pgm_unlock_online();
	pgm_activity_end();
	PG_TRY();
	{
		if (run->holding)
			release_settings(run);
		log_late(run, edata);
	}
	PG_CATCH();
	{
		(void) catch_error(run);
		pgm_transaction_abort();
	}
	PG_END_TRY();
	pgm_unlock_online();
}

/*
 * Runs a command, with a commit after each revision.  wait: others who are
 * running are waited for, else it is an error that they are.  The caller is
 * the procedure itself, with fcinfo its call, and not connected to SPI.
 */
void
pgm_run_online(FunctionCallInfo fcinfo, const PgmCommand *command, bool wait,
			   PgmInterrupted interrupted)
{
	MemoryContext caller = CurrentMemoryContext;
	OnlineRun	run;
	bool		work;

	memset(&run, 0, sizeof(run));
	run.fcinfo = fcinfo;
	run.command = command;
	run.interrupted = interrupted;
	run.context = AllocSetContextCreate(PortalContext, "pgmigrate online run",
										ALLOCSET_DEFAULT_SIZES);
	run.step_context = AllocSetContextCreate(run.context, "pgmigrate step",
											 ALLOCSET_DEFAULT_SIZES);

	pgm_connect(fcinfo);
	work = look_ahead(command, &run.alone);
	pgm_finish();
	if (!work)
		return;

	MemoryContextSwitchTo(run.context);
	pgm_set_running(true);
	PG_TRY();
	{
		run_all(&run, wait);
	}
	PG_CATCH();
	{
		ErrorData  *edata = catch_error(&run);

		clean_up(&run, edata);
		ReThrowError(edata);
	}
	PG_END_TRY();
	pgm_unlock_online();
	pgm_set_running(false);
	pgm_activity_end();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(run.context);
}
