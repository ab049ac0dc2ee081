/*-------------------------------------------------------------------------
 *
 * current.c
 *	  migrate_current and migrate_require_current: where this database is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/journal.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_current);
PG_FUNCTION_INFO_V1(pgm_sql_require_current);

#define NCOLUMNS 5

static PgmStatement applied_statement = {
	.sql = "SELECT started_at, ran_as FROM %s.migrate_log"
	" WHERE revision OPERATOR(pg_catalog.=) $1"
	" AND direction OPERATOR(pg_catalog.=) ANY ('{upgrade,stamp}'::pg_catalog.text[])"
	" AND result OPERATOR(pg_catalog.=) 'done'::pg_catalog.text"
	" ORDER BY id DESC LIMIT 1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

/*
 * Puts when and by whom a revision was applied last, if the log knows.
 */
static void
put_applied(Datum *values, bool *nulls, const char *revision)
{
	Datum		args[1];

	nulls[3] = nulls[4] = true;
	args[0] = CStringGetTextDatum(revision);
	if (pgm_execute(&applied_statement, args, NULL, true) > 0)
	{
		values[3] = pgm_field(0, 1, &nulls[3]);
		pgm_put_text(values, nulls, 4, pgm_field_text(0, 2));
	}
	/* the row is still needed; it goes with the SPI level */
}

static void
put_current(FunctionCallInfo fcinfo, const char *id, const char *message,
			const char *status)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS];

	pgm_put_text(values, nulls, 0, id);
	pgm_put_text(values, nulls, 1, message);
	pgm_put_text(values, nulls, 2, status);
	put_applied(values, nulls, id);
	pgm_result_put(fcinfo, values, nulls);
}

/*
 * What is applied because others depend on it, and has no applied child: the
 * heads of branches that have no row of their own.
 */
static List *
implied_heads(PgmState *state)
{
	List	   *result = NIL;

	for (int i = 0; i < state->graph->n; i++)
	{
		PgmRevision *rev = &state->graph->revs[i];

		if (state->active[i] && state->row[i] < 0 &&
			!pgm_edges_meet(&rev->next, state->active))
			result = lappend(result, rev);
	}
	return result;
}

/*
 * Raises an error unless the rows are the heads that no revision depends on.
 */
static void
check_heads(PgmState *state)
{
	List	   *rows = pgm_state_rows(state);
	List	   *heads = pgm_graph_real_heads(state->graph);

	if (state->unknown == NIL && list_length(rows) == list_length(heads) &&
		list_difference_ptr(heads, rows) == NIL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("database is not on all head revisions"),
			 errdetail("Current are: %s%s%s; the heads are: %s.",
					   rows || !state->unknown ?
					   (rows ? pgm_revision_list_text(rows, ", ") : "none") : "",
					   rows && state->unknown ? ", " : "",
					   state->unknown ?
					   psprintf("%s (unknown)",
								pgm_string_list_text(state->unknown, ", ")) : "",
					   heads ? pgm_revision_list_text(heads, ", ") : "none"),
			 state->unknown ?
			 errhint("Load the scripts of the unknown revisions, or set the current revision anew: SELECT * FROM migrate_stamp('heads', purge => true);") :
			 errhint("SELECT * FROM migrate_upgrade('heads'); brings it there.")));
}

/*
 * migrate_current(check_heads boolean)
 */
Datum
pgm_sql_current(PG_FUNCTION_ARGS)
{
	bool		check = pgm_arg_bool(fcinfo, 0, "check_heads");
	PgmState   *state;
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	if (check)
	{
		check_heads(state);
		pgm_journal_require_none(true);
	}
	foreach(lc, pgm_state_rows(state))
	{
		PgmRevision *rev = lfirst(lc);

		put_current(fcinfo, rev->id, pgm_first_line(rev->message), pgm_status_text(state, rev, 0));
	}
	foreach(lc, implied_heads(state))
	{
		PgmRevision *rev = lfirst(lc);
		char	   *status = pgm_status_text(state, rev, 0);

		put_current(fcinfo, rev->id, pgm_first_line(rev->message),
					status ? psprintf("%s, implied", status) : "implied");
	}
	foreach(lc, state->unknown)
		put_current(fcinfo, lfirst(lc), NULL, "unknown");
	pgm_finish();
	return (Datum) 0;
}

/*
 * migrate_require_current(revisions text[])
 */
Datum
pgm_sql_require_current(PG_FUNCTION_ARGS)
{
	List	   *revisions = pgm_arg_text_list(fcinfo, 0, "revisions");

	pgm_require_writable("migrate_require_current()");
	pgm_connect(fcinfo);
	pgm_require_current(revisions);
	pgm_finish();
	PG_RETURN_VOID();
}
