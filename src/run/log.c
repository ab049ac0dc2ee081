/*-------------------------------------------------------------------------
 *
 * log.c
 *	  The rows of migrate_log.
 *
 * A run of many small steps in one transaction would spend more on its log
 * than on its scripts if it wrote row by row, so rows are collected and written
 * some hundred at a time.  Nobody can see the difference: others see a step only
 * when the transaction commits.  An online run writes each row with its step.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/log.h"

#define LOG_BATCH 256

/* the columns that differ from row to row, in the order of the statement */
enum
{
	COL_ID,
	COL_REVISION,
	COL_DIRECTION,
	COL_DOWN_REVISION,
	COL_MESSAGE,
	COL_STARTED_AT,
	COL_DURATION,
	COL_STATEMENTS,
	COL_SHA256,
	COL_LSN_BEFORE,
	COL_LSN_AFTER,
	NUM_COLS
};

static const Oid column_types[NUM_COLS] = {
	INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INTERVALOID,
	INT4OID, BYTEAOID, PG_LSNOID, PG_LSNOID
};

struct PgmLog
{
	MemoryContext context;		/* of the values not yet written */
	int64		next_id;
	int			n;
	Datum		values[NUM_COLS][LOG_BATCH];
	bool		nulls[NUM_COLS][LOG_BATCH];
};

static PgmStatement last_id_statement = {
	.sql = "SELECT pg_catalog.max(id) FROM %s.migrate_log"
};

/* an array of text[] cannot be unnested to text[], so those come as text */
static PgmStatement insert_statement = {
	.sql = "INSERT INTO %s.migrate_log (id, revision, direction, down_revision,"
	" message, started_at, duration, statements, sha256, lsn_before, lsn_after,"
	" ran_as, logged_in_as, application_name, client_addr, server_version)"
	" SELECT id, revision, direction, down_revision::pg_catalog.text[],"
	" message, started_at, duration, statements, sha256, lsn_before, lsn_after,"
	" $12, $13, $14, pg_catalog.inet_client_addr(), $15"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
	" pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
	" pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8),"
	" pg_catalog.unnest($9), pg_catalog.unnest($10), pg_catalog.unnest($11))"
	" AS r (id, revision, direction, down_revision, message, started_at,"
	" duration, statements, sha256, lsn_before, lsn_after)",
	.nargs = NUM_COLS + 4,
	.argtypes = {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		TEXTARRAYOID, TIMESTAMPTZARRAYOID, INTERVALARRAYOID, INT4ARRAYOID,
		BYTEAARRAYOID, PG_LSNARRAYOID, PG_LSNARRAYOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID}
};

/* the same for one row, which may be a failure */
static PgmStatement insert_one_statement = {
	.sql = "INSERT INTO %s.migrate_log (id, revision, direction, down_revision,"
	" message, started_at, duration, statements, sha256, lsn_before, lsn_after,"
	" ran_as, logged_in_as, application_name, server_version, client_addr,"
	" result, sqlstate, error, statement, line)"
	" VALUES ((SELECT COALESCE(pg_catalog.max(id), 0::bigint)"
	" OPERATOR(pg_catalog.+) 1::bigint FROM %s.migrate_log),"
	" $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
	" pg_catalog.inet_client_addr(), $15, $16, $17, $18, $19)",
	.nargs = 19,
	.argtypes = {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID, INTERVALOID,
		INT4OID, BYTEAOID, PG_LSNOID, PG_LSNOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID}
};

/*
 * Begins to collect rows.  The caller holds the runner lock, under which alone
 * rows are added, and keeps it until pgm_log_flush().
 */
PgmLog *
pgm_log_open(void)
{
	PgmLog	   *log = palloc(sizeof(PgmLog));
	bool		isnull;
	int64		last;

	pgm_execute(&last_id_statement, NULL, NULL, false);
	last = DatumGetInt64(pgm_field(0, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);

	log->context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate log",
										 ALLOCSET_DEFAULT_SIZES);
	log->next_id = isnull ? 1 : last + 1;
	log->n = 0;
	return log;
}

static void
set_column(PgmLog *log, int column, Datum value, bool isnull)
{
	log->values[column][log->n] = value;
	log->nulls[column][log->n] = isnull;
}

/*
 * Adds the row of a step.
 */
void
pgm_log_add(PgmLog *log, const PgmStep *step, const PgmLogEntry *entry)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(log->context);
	Interval   *duration = palloc0_object(Interval);
	char	   *parents;
	bytea	   *digest = NULL;

	duration->time = entry->microseconds;
	if (entry->digest != NULL)
	{
		digest = palloc(VARSIZE(entry->digest));
		memcpy(digest, entry->digest, VARSIZE(entry->digest));
	}
	parents = OidOutputFunctionCall(F_ARRAY_OUT, pgm_list_to_array(step->from));

	set_column(log, COL_ID, Int64GetDatum(log->next_id++), false);
	set_column(log, COL_REVISION, CStringGetTextDatum(step->revision), false);
	set_column(log, COL_DIRECTION,
			   CStringGetTextDatum(pgm_direction_name(step->direction)), false);
	set_column(log, COL_DOWN_REVISION, CStringGetTextDatum(parents), false);
	set_column(log, COL_MESSAGE,
			   step->rev ? CStringGetTextDatum(step->rev->message) : (Datum) 0,
			   step->rev == NULL);
	set_column(log, COL_STARTED_AT, TimestampTzGetDatum(entry->started_at), false);
	set_column(log, COL_DURATION, IntervalPGetDatum(duration), false);
	set_column(log, COL_STATEMENTS, Int32GetDatum(entry->statements), false);
	set_column(log, COL_SHA256, PointerGetDatum(digest), digest == NULL);
	set_column(log, COL_LSN_BEFORE, LSNGetDatum(entry->lsn_before), false);
	set_column(log, COL_LSN_AFTER, LSNGetDatum(entry->lsn_after), false);
	MemoryContextSwitchTo(oldcontext);

	if (++log->n == LOG_BATCH)
		pgm_log_flush(log);
}

/*
 * Who runs: the arguments of the statements from a place on.
 */
static void
put_runner(Datum *values)
{
	values[0] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[1] = CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false));
	values[2] = CStringGetTextDatum(application_name ? application_name : "");
	values[3] = CStringGetTextDatum(GetConfigOption("server_version", false, false));
}

/*
 * Writes the row of a step at once.  failure is what it has failed with, at a
 * statement of a line (0: at none), or NULL.  The caller holds the runner lock
 * until the row is committed.
 */
void
pgm_log_write(const PgmStep *step, const PgmLogEntry *entry,
			  const ErrorData *failure, int statement, int line)
{
	Interval   *duration = palloc0_object(Interval);
	Datum		values[19];
	char		nulls[19];

	duration->time = entry->microseconds;
	memset(nulls, ' ', sizeof(nulls));
	memset(values, 0, sizeof(values));
	values[0] = CStringGetTextDatum(step->revision);
	values[1] = CStringGetTextDatum(pgm_direction_name(step->direction));
	values[2] = pgm_list_to_array(step->from);
	if (step->rev != NULL)
		values[3] = CStringGetTextDatum(step->rev->message);
	else
		nulls[3] = 'n';
	values[4] = TimestampTzGetDatum(entry->started_at);
	values[5] = IntervalPGetDatum(duration);
	values[6] = Int32GetDatum(entry->statements);
	values[7] = PointerGetDatum(entry->digest);
	nulls[7] = entry->digest ? ' ' : 'n';
	values[8] = LSNGetDatum(entry->lsn_before);
	values[9] = LSNGetDatum(entry->lsn_after);
	put_runner(values + 10);
	values[14] = CStringGetTextDatum(failure ? "failed" : "done");
	if (failure != NULL)
	{
		values[15] = CStringGetTextDatum(unpack_sql_state(failure->sqlerrcode));
		values[16] = CStringGetTextDatum(failure->message ? failure->message : "");
		values[17] = Int32GetDatum(statement);
		values[18] = Int32GetDatum(line);
	}
	else
		nulls[15] = nulls[16] = 'n';
	if (statement == 0)
		nulls[17] = nulls[18] = 'n';
	pgm_execute(&insert_one_statement, values, nulls, false);
}

/*
 * Writes the rows that have been collected.
 */
void
pgm_log_flush(PgmLog *log)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(log->context);
	Datum		values[NUM_COLS + 4];

	if (log->n > 0)
	{
		for (int i = 0; i < NUM_COLS; i++)
		{
			int			lower = 1;
			int16		typlen;
			bool		typbyval;
			char		typalign;

			get_typlenbyvalalign(column_types[i], &typlen, &typbyval, &typalign);
			values[i] = PointerGetDatum(construct_md_array(log->values[i], log->nulls[i],
														   1, &log->n, &lower,
														   column_types[i], typlen,
														   typbyval, typalign));
		}
		put_runner(values + NUM_COLS);
		pgm_execute(&insert_statement, values, NULL, false);
	}
	MemoryContextSwitchTo(oldcontext);
	MemoryContextReset(log->context);
	log->n = 0;
}
