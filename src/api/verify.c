/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  migrate_verify: run revisions up, down and up again, for a try.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/verify.h"
#include "revision/resolve.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_verify);

/*
 * migrate_verify(range text)
 */
Datum
pgm_sql_verify(PG_FUNCTION_ARGS)
{
	char	   *range = pgm_arg_text(fcinfo, 0, "range");
	PgmState   *state;
	ListCell   *lc;

	pgm_require_writable("migrate_verify()");
	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(false), false);
	foreach(lc, pgm_verify(state, pgm_resolve_history(state, range)))
	{
		const PgmVerdict *verdict = lfirst(lc);
		Datum		values[4];
		bool		nulls[4];

		pgm_put_text(values, nulls, 0, verdict->rev->id);
		pgm_put_text(values, nulls, 1, pgm_first_line(verdict->rev->message));
		pgm_put_text(values, nulls, 2, verdict->result);
		pgm_put_text(values, nulls, 3, verdict->detail);
		pgm_result_put(fcinfo, values, nulls);
	}
	pgm_finish();
	return (Datum) 0;
}
