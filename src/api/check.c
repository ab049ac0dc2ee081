/*-------------------------------------------------------------------------
 *
 * check.c
 *	  migrate_check: is the database in step with its revisions?
 *
 * The tests: there is one head; every head is applied; every current revision
 * has a script; the text of every applied revision is what ran; the head flags
 * of migrate_script are right; the database is what its model says.  By default a failed test is an error, so that
 * a pipeline stops; the error lists all of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/generate.h"
#include "diff/sandbox.h"
#include "diff/seed.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/journal.h"
#include "run/load.h"
#include "run/repeatable.h"
#include "run/script.h"

PG_FUNCTION_INFO_V1(pgm_sql_check);

#define NCOLUMNS 5

/* what a test has to say about a revision (or about all, if that is NULL) */
typedef struct Finding
{
	const char *test;
	bool		ok;
	bool		untested;		/* the caller may not find it out */
	const char *revision;
	const char *message;
	const char *detail;
} Finding;

/* the text of each revision that ran last, if it ran upwards */
static PgmStatement ran_statement = {
	.sql = "SELECT s.revision, s.message, s.upgrade, l.sha256,"
	" pg_catalog.date_trunc('second', l.started_at)::pg_catalog.text, l.ran_as"
	" FROM %s.migrate_script s CROSS JOIN LATERAL"
	" (SELECT * FROM %s.migrate_log l"
	"  WHERE l.revision OPERATOR(pg_catalog.=) s.revision"
	"  AND l.direction OPERATOR(pg_catalog.=) ANY ('{upgrade,downgrade}'::pg_catalog.text[])"
	"  AND l.result OPERATOR(pg_catalog.=) 'done'::pg_catalog.text"
	"  ORDER BY l.id DESC LIMIT 1) l"
	" WHERE l.direction OPERATOR(pg_catalog.=) 'upgrade'::pg_catalog.text"
	" ORDER BY s.ordinal, s.revision"
};

/* the revisions that count as heads without a look at the graph */
static PgmStatement flag_statement = {
	.sql = "SELECT revision FROM %s.migrate_script WHERE is_head IS NOT FALSE"
};

/* the tables whose trigger does not keep logical replication out */
static PgmStatement trigger_statement = {
	.sql = "SELECT c.relname::pg_catalog.text FROM pg_catalog.pg_class c"
	" WHERE c.relnamespace OPERATOR(pg_catalog.=) $1"
	" AND c.relname::pg_catalog.text OPERATOR(pg_catalog.=) ANY"
	" ('{migrate_script,migrate_version,migrate_log,migrate_approval,migrate_journal,migrate_model,"
	"migrate_repeatable,migrate_callback,migrate_seed}'::pg_catalog.text[])"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t"
	"  WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid"
	"  AND t.tgname OPERATOR(pg_catalog.=) 'migrate_ignore_replicated'::pg_catalog.name"
	"  AND t.tgenabled OPERATOR(pg_catalog.=) ANY ('{R,A}'::pg_catalog.\"char\"[]))"
	" ORDER BY 1",
	.nargs = 1,
	.argtypes = {OIDOID}
};

static List *
add_finding(List *findings, const char *test, bool ok, const char *revision,
			const char *message, const char *detail)
{
	Finding    *finding = palloc0_object(Finding);

	finding->test = test;
	finding->ok = ok;
	finding->revision = revision;
	finding->message = message;
	finding->detail = detail;
	return lappend(findings, finding);
}

/*
 * One head, for each revision beyond the first one.
 */
static List *
test_heads(PgmState *state, List *findings)
{
	List	   *heads = pgm_graph_real_heads(state->graph);
	ListCell   *lc;

	if (list_length(heads) <= 1)
	{
		PgmRevision *head = heads ? linitial(heads) : NULL;

		return add_finding(findings, "one head", true, head ? head->id : NULL,
						   head ? head->message : NULL, NULL);
	}
	foreach(lc, heads)
	{
		PgmRevision *head = lfirst(lc);

		findings = add_finding(findings, "one head", false, head->id, head->message,
							   psprintf("One of %d heads; SELECT migrate_merge('heads', 'merge'); joins them.",
										list_length(heads)));
	}
	return findings;
}

/*
 * Every head is applied, and every row has a script.
 */
static List *
test_current(PgmState *state, List *findings)
{
	List	   *heads = pgm_graph_real_heads(state->graph);
	bool		ok = true;
	ListCell   *lc;

	foreach(lc, heads)
	{
		PgmRevision *head = lfirst(lc);

		if (state->active[head->index])
			continue;
		ok = false;
		findings = add_finding(findings, "at head", false, head->id, head->message,
							   "Not applied; SELECT * FROM migrate_upgrade('heads'), or CALL migrate_upgrade_online('heads'), applies it.");
	}
	if (ok)
		findings = add_finding(findings, "at head", true, NULL, NULL, NULL);

	foreach(lc, state->unknown)
		findings = add_finding(findings, "scripts present", false, lfirst(lc), NULL,
							   "A current revision without a script; load it, or set the current revision anew with migrate_stamp and purge => true.");
	if (state->unknown == NIL)
		findings = add_finding(findings, "scripts present", true, NULL, NULL, NULL);
	return findings;
}

/*
 * The text of every applied revision is the one that ran.
 */
static List *
test_texts(PgmState *state, List *findings)
{
	uint64		n = pgm_execute(&ran_statement, NULL, NULL, true);
	bool		ok = true;

	for (uint64 i = 0; i < n; i++)
	{
		char	   *revision = pgm_field_text(i, 1);
		PgmRevision *rev = pgm_graph_lookup(state->graph, revision);
		bool		isnull;
		Datum		ran = pgm_field(i, 4, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (isnull || !state->active[rev->index])
			continue;
		if (pgm_same_bytes(DatumGetByteaPP(ran),
						   pgm_text_digest(pgm_field_text(i, 3))))
			continue;
		ok = false;
		findings = add_finding(findings, "scripts unchanged", false, revision,
							   pgm_field_text(i, 2),
							   psprintf("Its upgrade text has changed since it ran at %s by %s.",
										pgm_field_text(i, 5), pgm_field_text(i, 6)));
	}
	SPI_freetuptable(SPI_tuptable);
	if (ok)
		findings = add_finding(findings, "scripts unchanged", true, NULL, NULL, NULL);
	return findings;
}

/*
 * Every revision without children is flagged as a head.
 */
static List *
test_flags(PgmState *state, List *findings)
{
	bool	   *flagged = pgm_set_new(state->graph);
	uint64		n = pgm_execute(&flag_statement, NULL, NULL, true);
	bool		ok = true;

	for (uint64 i = 0; i < n; i++)
		flagged[pgm_graph_lookup(state->graph, pgm_field_text(i, 1))->index] = true;
	SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < state->graph->n; i++)
	{
		PgmRevision *rev = &state->graph->revs[i];

		/* what was just loaded says it when the transaction ends */
		if (!pgm_is_head(rev) || flagged[i] || pgm_loading_is_open())
			continue;
		ok = false;
		findings = add_finding(findings, "head flags", false, rev->id, rev->message,
							   psprintf("A head that is not marked as one; UPDATE %s.migrate_script SET is_head = true WHERE revision = %s; corrects it.",
										pgm_schema(), quote_literal_cstr(rev->id)));
	}
	if (ok)
		findings = add_finding(findings, "head flags", true, NULL, NULL, NULL);
	return findings;
}

/*
 * No revision is half done.
 */
static List *
test_journal(List *findings)
{
	PgmJournal *journal = pgm_journal_load(true);

	if (journal == NULL)
		return add_finding(findings, "none half done", true, NULL, NULL, NULL);
	return add_finding(findings, "none half done", false, journal->revision, NULL,
					   psprintf("Its %s was interrupted: %s",
								pgm_direction_name(journal->direction),
								pgm_journal_describe(journal)));
}

/*
 * Logical replication leaves the tables alone.
 */
static List *
test_replication(List *findings)
{
	Datum		values[1];
	uint64		n;

	values[0] = ObjectIdGetDatum(pgm_schema_oid());
	n = pgm_execute(&trigger_statement, values, NULL, true);
	for (uint64 i = 0; i < n; i++)
	{
		const char *table = psprintf("%s.%s", pgm_schema(), pgm_field_text(i, 1));

		findings = add_finding(findings, "own tables", false, NULL, NULL,
							   psprintf("Logical replication could change %s; ALTER TABLE %s ENABLE REPLICA TRIGGER migrate_ignore_replicated; keeps it out.",
										table, table));
	}
	SPI_freetuptable(SPI_tuptable);
	if (n == 0)
		findings = add_finding(findings, "own tables", true, NULL, NULL, NULL);
	return findings;
}

/*
 * Compares with the model.  Returns NULL, and says why, when the caller has
 * not the rights that it needs: who may look shall get an answer to the rest.
 */
static PgmGenerated *
generate_if_allowed(const PgmRequest *request, char **reason)
{
	PgmSandbox	sandbox;
	PgmGenerated *volatile generated = NULL;

	pgm_sandbox_begin(&sandbox);
	PG_TRY();
	{
		generated = pgm_generate(request);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		if (geterrcode() != ERRCODE_INSUFFICIENT_PRIVILEGE)
			pgm_sandbox_fail(&sandbox);
		MemoryContextSwitchTo(sandbox.context);
		error = CopyErrorData();
		FlushErrorState();
		*reason = error->message;
	}
	PG_END_TRY();
	pgm_sandbox_end(&sandbox);
	return generated;
}

/*
 * The database is what its model says, if it has one.  Where that cannot be
 * found out, on a standby or in a read-only transaction, nothing is said.
 */
static List *
test_model(List *findings)
{
	PgmRequest	request = {0};
	PgmGenerated *generated;
	const char *last = "";
	char	   *reason;
	ListCell   *lc;

	if (XactReadOnly || RecoveryInProgress() || !(pgm_has_model() || pgm_seeds_exist()))
		return findings;
	generated = generate_if_allowed(&request, &reason);
	if (generated == NULL)
	{
		findings = add_finding(findings, "matches model", true, NULL, NULL,
							   psprintf("Not tested: %s", reason));
		((Finding *) llast(findings))->untested = true;
		return findings;
	}
	foreach(lc, generated->upgrade)
	{
		const PgmWritten *written = lfirst(lc);
		const char *detail = psprintf("%s %s: %s", written->kind, written->identity,
									  written->change);

		/* an object may need several statements in a row */
		if (strcmp(detail, last) != 0)
			findings = add_finding(findings, "matches model", false, NULL, NULL, detail);
		last = detail;
	}
	if (generated->upgrade == NIL)
		findings = add_finding(findings, "matches model", true, NULL, NULL, NULL);
	return findings;
}

/*
 * Every repeatable has run since it was changed.
 */
static List *
test_repeatables(List *findings)
{
	ListCell   *lc;

	foreach(lc, pgm_repeatable_pending(true))
		findings = add_finding(findings, "repeatables", false, lfirst(lc), NULL,
							   "It, or what it depends on, has changed since it ran; SELECT * FROM migrate_upgrade('heads') runs it.");
	return findings;
}

/*
 * Raises an error that lists the findings that are not ok, if any.
 */
static void
require_ok(List *findings)
{
	StringInfoData buf;
	ListCell   *lc;
	int			n = 0;

	initStringInfo(&buf);
	foreach(lc, findings)
	{
		Finding    *finding = lfirst(lc);

		if (finding->ok)
			continue;
		appendStringInfo(&buf, "%s%s: ", n++ > 0 ? "\n" : "", finding->test);
		if (finding->revision != NULL)
			appendStringInfo(&buf, "%s: ", finding->revision);
		appendStringInfoString(&buf, finding->detail);
	}
	if (n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg_plural("the database is not in step with its revisions: %d finding",
							   "the database is not in step with its revisions: %d findings",
							   n, n),
				 errdetail_internal("%s", buf.data),
				 errhint("SELECT * FROM migrate_check(strict => false); returns them as rows.")));
}

/*
 * migrate_check(strict boolean)
 */
Datum
pgm_sql_check(PG_FUNCTION_ARGS)
{
	bool		strict = pgm_arg_bool(fcinfo, 0, "strict");
	PgmState   *state;
	List	   *findings;
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	findings = test_heads(state, NIL);
	findings = test_current(state, findings);
	findings = test_texts(state, findings);
	findings = test_flags(state, findings);
	findings = test_journal(findings);
	findings = test_repeatables(findings);
	findings = test_replication(findings);
	findings = test_model(findings);
	if (strict)
		require_ok(findings);
	foreach(lc, findings)
	{
		Finding    *finding = lfirst(lc);
		Datum		values[NCOLUMNS];
		bool		nulls[NCOLUMNS];

		pgm_put_text(values, nulls, 0, finding->test);
		values[1] = BoolGetDatum(finding->ok);
		nulls[1] = finding->untested;
		pgm_put_text(values, nulls, 2, finding->revision);
		pgm_put_text(values, nulls, 3, finding->message);
		pgm_put_text(values, nulls, 4, finding->detail);
		pgm_result_put(fcinfo, values, nulls);
	}
	pgm_finish();
	return (Datum) 0;
}
