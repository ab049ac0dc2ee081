/*-------------------------------------------------------------------------
 *
 * journal.c
 *	  How far an online run is with a revision that takes several
 *	  transactions: the row of migrate_journal.
 *
 * Only such a revision can be found half done after a failure, a crash or the
 * end of its session; all others are applied as a whole or not at all.  There
 * is at most one row, as nobody may run anything else before the revision is
 * finished, or before a stamp says that the database was put right by hand.
 *
 * The statements that are done are known by their texts, so that the rest of
 * the script can be corrected.  What an unfinished statement has left behind is
 * settle.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/journal.h"

static PgmStatement load_statement = {
	.sql = "SELECT revision, direction, statements, done, done_sha256, running,"
	" running_text, object, object_existed, invalid_before, started_at"
	" FROM %s.migrate_journal ORDER BY revision LIMIT 1"
};

static PgmStatement write_statement = {
	.sql = "INSERT INTO %s.migrate_journal AS j (revision, direction, statements, done,"
	" done_sha256, running, running_text, object, object_existed, invalid_before,"
	" started_at, running_since, ran_as, pid)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
	" ON CONFLICT (revision) DO UPDATE SET direction = excluded.direction,"
	" statements = excluded.statements, done = excluded.done,"
	" done_sha256 = excluded.done_sha256, running = excluded.running,"
	" running_text = excluded.running_text, object = excluded.object,"
	" object_existed = excluded.object_existed,"
	" invalid_before = excluded.invalid_before,"
	" running_since = excluded.running_since, ran_as = excluded.ran_as,"
	" pid = excluded.pid",
	.nargs = 14,
	.argtypes = {TEXTOID, TEXTOID, INT4OID, INT4OID, BYTEAOID, INT4OID, TEXTOID,
	TEXTOID, BOOLOID, TEXTARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, INT4OID}
};

static PgmStatement delete_statement = {
	.sql = "DELETE FROM %s.migrate_journal"
};

/*
 * The row, palloc'd; NULL when no revision is half done.  read_only as for
 * pgm_execute().
 */
PgmJournal *
pgm_journal_load(bool read_only)
{
	PgmJournal *journal;
	bool		isnull;

	if (pgm_execute(&load_statement, NULL, NULL, read_only) == 0)
	{
		SPI_freetuptable(SPI_tuptable);
		return NULL;
	}
	journal = palloc0_object(PgmJournal);
	journal->revision = pgm_field_text(0, 1);
	journal->direction = pgm_direction_parse(pgm_field_text(0, 2));
	journal->statements = DatumGetInt32(pgm_field(0, 3, &isnull));
	journal->done = DatumGetInt32(pgm_field(0, 4, &isnull));
	journal->done_digest = DatumGetByteaPCopy(pgm_field(0, 5, &isnull));
	journal->running = DatumGetInt32(pgm_field(0, 6, &isnull));
	if (isnull)
		journal->running = 0;
	journal->running_text = pgm_field_text(0, 7);
	journal->object = pgm_field_text(0, 8);
	journal->object_existed = DatumGetBool(pgm_field(0, 9, &isnull)) && !isnull;
	journal->invalid_before = pgm_field_text_list(0, 10);
	journal->started_at = DatumGetTimestampTz(pgm_field(0, 11, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return journal;
}

/*
 * Writes the row.
 */
void
pgm_journal_write(const PgmJournal *journal)
{
	Datum		values[14];
	char		nulls[14];
	bool		running = journal->running > 0;

	memset(nulls, ' ', sizeof(nulls));
	memset(values, 0, sizeof(values));
	values[0] = CStringGetTextDatum(journal->revision);
	values[1] = CStringGetTextDatum(pgm_direction_name(journal->direction));
	values[2] = Int32GetDatum(journal->statements);
	values[3] = Int32GetDatum(journal->done);
	values[4] = PointerGetDatum(journal->done_digest);
	if (running)
	{
		values[5] = Int32GetDatum(journal->running);
		values[6] = CStringGetTextDatum(journal->running_text);
		if (journal->object != NULL)
			values[7] = CStringGetTextDatum(journal->object);
		values[8] = BoolGetDatum(journal->object_existed);
		values[9] = pgm_list_to_array(journal->invalid_before);
	}
	else
		memset(nulls + 5, 'n', 5);
	if (journal->object == NULL)
		nulls[7] = 'n';
	values[10] = TimestampTzGetDatum(journal->started_at);
	values[11] = TimestampTzGetDatum(GetCurrentTimestamp());
	if (!running)
		nulls[11] = 'n';
	values[12] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[13] = Int32GetDatum(MyProcPid);
	pgm_execute(&write_statement, values, nulls, false);
}

/*
 * No revision is half done any more.
 */
void
pgm_journal_delete(void)
{
	pgm_execute(&delete_statement, NULL, NULL, false);
}

/*
 * The digest of the first n statements: of none, that of an empty text; of more,
 * that of the digest of those before the last, in hexadecimal, and the last.
 * So each costs the same.  It goes on from that of the first "known" ones.
 */
static bytea *
done_digest(const PgmScript *script, int n, bytea *digest, int known)
{
	if (digest == NULL || known > n)
	{
		digest = pgm_text_digest("");
		known = 0;
	}
	for (int i = known; i < n; i++)
	{
		PgmScriptStatement *statement = list_nth(script->statements, i);
		StringInfoData buf;

		initStringInfo(&buf);
		appendStringInfo(&buf, "%s\n%s",
						 TextDatumGetCString(DirectFunctionCall2(binary_encode,
																 PointerGetDatum(digest),
																 CStringGetTextDatum("hex"))),
						 statement->text);
		digest = pgm_text_digest(buf.data);
		pfree(buf.data);
	}
	return digest;
}

/*
 * A row for a script of which nothing is done.
 */
PgmJournal *
pgm_journal_new(const PgmScript *script, PgmDirection direction)
{
	PgmJournal *journal = palloc0_object(PgmJournal);

	journal->revision = pstrdup(script->revision);
	journal->direction = direction;
	journal->started_at = GetCurrentTimestamp();
	pgm_journal_advance(journal, script, 0);
	return journal;
}

/*
 * So many statements are done, and none is running.
 */
void
pgm_journal_advance(PgmJournal *journal, const PgmScript *script, int done)
{
	journal->done_digest = done_digest(script, done, journal->done_digest, journal->done);
	journal->statements = list_length(script->statements);
	journal->done = done;
	journal->running = 0;
	journal->running_text = NULL;
	journal->object = NULL;
	journal->object_existed = false;
	journal->invalid_before = NIL;
}

/*
 * How far it is, as a phrase.
 */
char *
pgm_journal_describe(const PgmJournal *journal)
{
	if (journal->running > 0)
		return psprintf("%d of %d statements are committed, and statement %d was begun outside of a transaction.",
						journal->done, journal->statements, journal->running);
	return psprintf("%d of %d statements are committed.",
					journal->done, journal->statements);
}

/*
 * Raises an error when a revision is half done.  read_only as for
 * pgm_execute().
 */
void
pgm_journal_require_none(bool read_only)
{
	PgmJournal *journal = pgm_journal_load(read_only);

	if (journal == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the %s of revision \"%s\" is half done",
					pgm_direction_name(journal->direction), journal->revision),
			 errdetail_internal("%s", pgm_journal_describe(journal)),
			 journal->direction == PGM_UPGRADE ?
			 errhint("Finish it with CALL migrate_upgrade_online(%s); or put the database right by hand and say where it is with migrate_stamp().",
					 quote_literal_cstr(journal->revision)) :
			 errhint("Finish it with CALL migrate_downgrade_online(...) and the target that it was on the way to; or put the database right by hand and say where it is with migrate_stamp().")));
}

/*
 * Raises an error when the statements that are done are not those of the
 * script.
 */
void
pgm_journal_require_match(const PgmJournal *journal, const PgmScript *script)
{
	if (journal->done <= list_length(script->statements) &&
		pgm_same_bytes(journal->done_digest, done_digest(script, journal->done, NULL, 0)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the %s script of revision \"%s\" was changed where it has run already",
					script->direction, script->revision),
			 errdetail("The first %d statements of it are committed.", journal->done),
			 errhint("Leave them as they were, and correct only what follows; or put the database right by hand and say where it is with migrate_stamp().")));
}
