/*-------------------------------------------------------------------------
 *
 * step.c
 *	  Taking one step: its script, and its row in the log.
 *
 * The statements of a script run one by one through SPI, with the rights of
 * the caller and under the settings that the runner has pinned.  What a script
 * SETs ends with its step.  An error is the statement's own, with a context
 * that says where in which script it was.
 *
 * Which steps there are and in what order, and the rows of migrate_version,
 * are the runner's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/store.h"
#include "run/activity.h"
#include "run/limit.h"
#include "run/repeatable.h"
#include "run/script.h"
#include "run/settings.h"
#include "run/step.h"
#include "run/transaction.h"
#include "run/trust.h"

/* for the error context: which statement is running */
typedef struct StepContext
{
	const PgmScript *script;
	const PgmScriptStatement *statement;
	int			number;
	const char *text;			/* what positions of errors are in; NULL: SPI
								 * knows */
} StepContext;

/*
 * The scripts of the next steps: they are read some at a time.
 */
struct PgmScriptQueue
{
	MemoryContext context;
	List	   *steps;			/* all steps of the run */
	int			next;			/* the first one that is not read yet */
	List	   *rows;			/* of PgmScriptRow */
};

#define QUEUE_LENGTH 64

/*
 * A queue of the scripts of some steps.  It lives in the current context.
 */
PgmScriptQueue *
pgm_script_queue(List *steps)
{
	PgmScriptQueue *queue = palloc0_object(PgmScriptQueue);

	queue->context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate scripts",
										   ALLOCSET_DEFAULT_SIZES);
	queue->steps = steps;
	return queue;
}

/*
 * The script of a step.  Steps must be asked for in their order.
 */
static PgmScriptRow *
queue_get(PgmScriptQueue *queue, const PgmStep *step)
{
	List	   *ids = NIL;
	ListCell   *lc;
	MemoryContext oldcontext;

	foreach(lc, queue->rows)
	{
		PgmScriptRow *row = lfirst(lc);

		if (strcmp(row->revision, step->revision) == 0)
			return row;
	}
	if (queue->next >= list_length(queue->steps))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("revision \"%s\" was deleted during the run", step->revision)));

	MemoryContextReset(queue->context);
	oldcontext = MemoryContextSwitchTo(queue->context);
	for (int i = 0; i < QUEUE_LENGTH && queue->next < list_length(queue->steps); i++)
	{
		PgmStep    *coming = list_nth(queue->steps, queue->next++);

		ids = lappend(ids, unconstify(char *, coming->revision));
	}
	queue->rows = pgm_script_fetch_texts(ids);
	MemoryContextSwitchTo(oldcontext);
	return queue_get(queue, step);
}

/*
 * Says where in which script the error is.
 */
static void
step_error_callback(void *arg)
{
	StepContext *context = arg;
	int			position = geterrposition();

	if (context->text != NULL && position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(context->text);
	}
	if (context->script->title != NULL)
		errcontext("%s, statement %d of %d, line %d", context->script->title,
				   context->number, list_length(context->script->statements),
				   context->statement->line);
	else
		errcontext("revision %s, %s, statement %d of %d, line %d",
				   context->script->revision, context->script->direction,
				   context->number, list_length(context->script->statements),
				   context->statement->line);
}

/*
 * Runs one statement of a script.  Its result, if it has one, is thrown away.
 */
static void
run_statement(const char *text)
{
	SPIExecuteOptions options;
	MemoryContext caller = CurrentMemoryContext;
	int			rc;

	memset(&options, 0, sizeof(options));
	options.dest = None_Receiver;
	rc = SPI_execute_extended(text, &options);
	MemoryContextSwitchTo(caller);
	if (rc == SPI_ERROR_TRANSACTION || rc == SPI_ERROR_COPY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this kind of statement cannot be used in a revision")));
	if (rc < 0)
		elog(ERROR, "SPI_execute_extended failed: %s", SPI_result_code_string(rc));
}

/*
 * Runs the statements first to last of a script, numbered from 1.  *at is the
 * one at work, also when an error leaves us.  What they SET stays until the
 * caller unpins the settings.  Online, each counts as a statement of the client
 * for statement_timeout.  The caller is connected to SPI.
 */
void
pgm_step_run(const PgmScript *script, int first, int last, bool online, int *at)
{
	StepContext context;
	ErrorContextCallback callback;

	context.script = script;
	context.text = NULL;
	callback.callback = step_error_callback;
	callback.arg = &context;
	callback.previous = error_context_stack;

	for (int number = first; number <= last; number++)
	{
		CHECK_FOR_INTERRUPTS();
		*at = number;
		context.statement = list_nth(script->statements, number - 1);
		context.number = number;
		if (online)
			pgm_limit_statement();
		pgm_activity_statement(script, number);
		error_context_stack = &callback;
		run_statement(context.statement->text);
		error_context_stack = callback.previous;
	}
	if (online)
		pgm_limit_statement_end();
}

/*
 * Says which script has left behind what cannot be committed.
 */
static void
deferred_error_callback(void *arg)
{
	const PgmScript *script = arg;

	if (script->title != NULL)
		errcontext("%s, at its end", script->title);
	else
		errcontext("revision %s, %s, at its end", script->revision, script->direction);
}

/*
 * Checks the constraints that a script has deferred, where an error can still
 * be told from one of the commit.
 */
void
pgm_step_check_deferred(PgmScript *script)
{
	ErrorContextCallback callback;

	callback.callback = deferred_error_callback;
	callback.arg = script;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	AfterTriggerSetState(makeNode(ConstraintsSetStmt));
	error_context_stack = callback.previous;
}

/*
 * Runs a statement of a script outside of a transaction, as the server runs it
 * for a client (see pgm_run_top_level()).  stmt is its parse tree.
 */
void
pgm_step_run_alone(const PgmScript *script, int number, Node *stmt)
{
	StepContext context;
	ErrorContextCallback callback;

	context.script = script;
	context.statement = list_nth(script->statements, number - 1);
	context.number = number;
	context.text = context.statement->text;
	callback.callback = step_error_callback;
	callback.arg = &context;
	callback.previous = error_context_stack;
	pgm_limit_statement();
	pgm_activity_statement(script, number);
	error_context_stack = &callback;
	pgm_run_top_level(stmt, context.text);
	error_context_stack = callback.previous;
	pgm_limit_statement_end();
}

void
pgm_error_irreversible(const char *revision)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("revision \"%s\" is irreversible: it has no downgrade script",
					revision),
			 errhint("Give it one with migrate_edit(%s, downgrade => '...', force => true), or mark it as undone without running anything with migrate_stamp.",
					 quote_literal_cstr(revision))));
}

/*
 * The text that a step runs.  Raises an error when the caller may not run it,
 * or when there is none to go down with.
 */
static const char *
step_text(PgmScriptQueue *queue, const PgmStep *step)
{
	PgmScriptRow *row = queue_get(queue, step);

	pgm_require_trusted(row->revision, row->author, row->upgrade, row->downgrade,
						false);
	if (step->direction == PGM_UPGRADE)
		return row->upgrade;
	if (row->downgrade == NULL)
		pgm_error_irreversible(step->revision);
	return row->downgrade;
}

/*
 * The script of a step, parsed, and its digest.  Raises an error when the
 * caller may not run it.  It lives in the current context.
 */
PgmScript *
pgm_step_script(const PgmStep *step, PgmScriptQueue *queue, bytea **digest)
{
	const char *text;

	if (step->direction == PGM_REPEAT)
		return pgm_repeatable_script(step->repeatable, digest);
	text = step_text(queue, step);
	*digest = pgm_text_digest(text);
	return pgm_script_parse(step->revision, pgm_direction_name(step->direction),
							text);
}

/*
 * Takes a step: runs the script that it has and logs it.  What it needs is
 * allocated in the current context, which the caller resets.  The caller holds
 * the runner lock, has pinned the settings, and is connected to SPI.
 */
PgmStepResult
pgm_step_take(const PgmStep *step, PgmScriptQueue *queue, PgmLog *log)
{
	PgmLogEntry entry;
	PgmStepResult result;

	memset(&entry, 0, sizeof(entry));
	entry.started_at = GetCurrentTimestamp();
	entry.lsn_before = GetXLogInsertRecPtr();

	if (step->direction == PGM_UPGRADE || step->direction == PGM_DOWNGRADE ||
		step->direction == PGM_REPEAT)
	{
		PgmScript  *script = pgm_step_script(step, queue, &entry.digest);
		int			nestlevel = NewGUCNestLevel();
		int			at;

		entry.statements = list_length(script->statements);
		pgm_limit_start();
		pgm_step_run(script, 1, entry.statements, false, &at);
		pgm_limit_stop(step->revision);
		pgm_settings_unpin(nestlevel);
		if (step->direction == PGM_REPEAT)
			pgm_repeatable_applied(step->repeatable, entry.digest);
	}
	entry.microseconds = GetCurrentTimestamp() - entry.started_at;
	entry.lsn_after = GetXLogInsertRecPtr();
	pgm_log_add(log, step, &entry);

	result.statements = entry.statements;
	result.microseconds = entry.microseconds;
	return result;
}
