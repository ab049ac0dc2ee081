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
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/store.h"
#include "run/script.h"
#include "run/settings.h"
#include "run/step.h"
#include "run/trust.h"

/* for the error context: which statement is running */
typedef struct StepContext
{
	const PgmScript *script;
	const PgmScriptStatement *statement;
	int			number;
} StepContext;

/* what goes into the log besides the step itself */
typedef struct LogEntry
{
	int64		id;
	TimestampTz started_at;
	const char *ran_as;
	const char *logged_in_as;
	bytea	   *digest;			/* NULL when nothing ran */
	XLogRecPtr	lsn_before;
	PgmStepResult result;
} LogEntry;

static PgmStatement next_id_statement = {
	.sql = "SELECT pg_catalog.max(id) FROM %s.migrate_log"
};

static PgmStatement log_statement = {
	.sql = "INSERT INTO %s.migrate_log (id, revision, direction, down_revision,"
	" message, started_at, duration, statements, ran_as, logged_in_as,"
	" application_name, client_addr, sha256, server_version, lsn_before, lsn_after)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
	" pg_catalog.inet_client_addr(), $12, $13, $14, $15)",
	.nargs = 15,
	.argtypes = {INT8OID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID,
		TIMESTAMPTZOID, INTERVALOID, INT4OID, TEXTOID, TEXTOID, TEXTOID,
	BYTEAOID, TEXTOID, PG_LSNOID, PG_LSNOID}
};

/*
 * The number of the next row of the log.  The caller holds the runner lock,
 * under which alone rows are added.
 */
int64
pgm_log_next_id(void)
{
	bool		isnull;
	int64		last;

	pgm_execute(&next_id_statement, NULL, NULL, false);
	last = DatumGetInt64(pgm_field(0, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return isnull ? 1 : last + 1;
}

/*
 * Adds the row of a step to the log.
 */
static void
write_log(const PgmStep *step, const LogEntry *entry)
{
	Datum		values[15];
	char		nulls[16] = "               ";
	Interval   *duration = palloc0_object(Interval);

	duration->time = entry->result.microseconds;
	values[0] = Int64GetDatum(entry->id);
	values[1] = CStringGetTextDatum(step->revision);
	values[2] = CStringGetTextDatum(pgm_direction_name(step->direction));
	values[3] = pgm_list_to_array(step->from);
	values[4] = step->rev ? CStringGetTextDatum(step->rev->message) : (Datum) 0;
	nulls[4] = step->rev ? ' ' : 'n';
	values[5] = TimestampTzGetDatum(entry->started_at);
	values[6] = IntervalPGetDatum(duration);
	values[7] = Int32GetDatum(entry->result.statements);
	values[8] = CStringGetTextDatum(entry->ran_as);
	values[9] = CStringGetTextDatum(entry->logged_in_as);
	values[10] = CStringGetTextDatum(application_name ? application_name : "");
	values[11] = PointerGetDatum(entry->digest);
	nulls[11] = entry->digest ? ' ' : 'n';
	values[12] = CStringGetTextDatum(GetConfigOption("server_version", false, false));
	values[13] = LSNGetDatum(entry->lsn_before);
	values[14] = LSNGetDatum(GetXLogInsertRecPtr());
	pgm_execute(&log_statement, values, nulls, false);
}

/*
 * Says where in which script the error is.
 */
static void
step_error_callback(void *arg)
{
	StepContext *context = arg;

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
	int			rc;

	memset(&options, 0, sizeof(options));
	options.dest = None_Receiver;
	rc = SPI_execute_extended(text, &options);
	if (rc == SPI_ERROR_TRANSACTION || rc == SPI_ERROR_COPY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this kind of statement cannot be used in a revision")));
	if (rc < 0)
		elog(ERROR, "SPI_execute_extended failed: %s", SPI_result_code_string(rc));
}

/*
 * Runs the statements of a script, and undoes what they set.  confine keeps
 * the script from SET ROLE and SET SESSION AUTHORIZATION, as a SECURITY
 * DEFINER function is.
 */
static void
run_script(const PgmScript *script, bool confine)
{
	StepContext context;
	ErrorContextCallback callback;
	Oid			userid;
	int			sec_context;
	int			nestlevel;
	ListCell   *lc;

	if (script->statements == NIL)
		return;

	context.script = script;
	context.number = 0;
	callback.callback = step_error_callback;
	callback.arg = &context;
	callback.previous = error_context_stack;

	GetUserIdAndSecContext(&userid, &sec_context);
	if (confine)
		SetUserIdAndSecContext(userid, sec_context | SECURITY_LOCAL_USERID_CHANGE);
	nestlevel = NewGUCNestLevel();
	foreach(lc, script->statements)
	{
		CHECK_FOR_INTERRUPTS();
		context.statement = lfirst(lc);
		context.number++;
		error_context_stack = &callback;
		run_statement(context.statement->text);
		error_context_stack = callback.previous;
	}
	pgm_settings_unpin(nestlevel);
	if (confine)
		SetUserIdAndSecContext(userid, sec_context);
}

/*
 * The row of a step's revision.
 */
static PgmScriptRow *
step_row(const PgmStep *step)
{
	PgmScriptRow *row = pgm_script_fetch(step->revision, false);

	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("revision \"%s\" was deleted during the run", step->revision)));
	return row;
}

/*
 * Raises an error when the caller may not run the script of a step.
 */
bool
pgm_step_require_trusted(const PgmStep *step)
{
	PgmScriptRow *row = step_row(step);

	return pgm_require_trusted(row->revision, row->author, row->upgrade,
							   row->downgrade, false);
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
 * or when there is none to go down with.  *confine is whether the script must
 * be kept from changing roles.
 */
static const char *
step_text(const PgmStep *step, bool *confine)
{
	PgmScriptRow *row = step_row(step);

	*confine = pgm_require_trusted(row->revision, row->author, row->upgrade,
								   row->downgrade, false);
	if (step->direction == PGM_UPGRADE)
		return row->upgrade;
	if (row->downgrade == NULL)
		pgm_error_irreversible(step->revision);
	return row->downgrade;
}

/*
 * Takes a step: runs the script that it has and logs it under the given
 * number.  The caller holds the runner lock, has pinned the settings, and is
 * connected to SPI.
 */
PgmStepResult
pgm_step_take(const PgmStep *step, int64 log_id)
{
	LogEntry	entry;
	MemoryContext context;
	MemoryContext oldcontext;

	context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate step",
									ALLOCSET_DEFAULT_SIZES);
	oldcontext = MemoryContextSwitchTo(context);

	memset(&entry, 0, sizeof(entry));
	entry.id = log_id;
	entry.started_at = GetCurrentTimestamp();
	entry.lsn_before = GetXLogInsertRecPtr();
	entry.ran_as = GetUserNameFromId(GetUserId(), false);
	entry.logged_in_as = GetUserNameFromId(GetSessionUserId(), false);

	if (step->direction == PGM_UPGRADE || step->direction == PGM_DOWNGRADE)
	{
		bool		confine;
		const char *text = step_text(step, &confine);
		PgmScript  *script = pgm_script_parse(step->revision,
											  pgm_direction_name(step->direction),
											  text);

		entry.digest = pgm_text_digest(text);
		run_script(script, confine);
		MemoryContextSwitchTo(context);
		entry.result.statements = list_length(script->statements);
	}
	entry.result.microseconds = GetCurrentTimestamp() - entry.started_at;
	write_log(step, &entry);

	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(context);
	return entry.result;
}
