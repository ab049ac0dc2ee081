/*-------------------------------------------------------------------------
 *
 * rebase.c
 *	  migrate_rebase and migrate_squash: put revisions in another place, or
 *	  several into one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/squash.h"
#include "run/rebase.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_rebase);
PG_FUNCTION_INFO_V1(pgm_sql_squash);

/*
 * Returns an id, which lives in the memory of the SPI level that this ends.
 */
static Datum
return_id(const char *id)
{
	text	   *in_spi = cstring_to_text(id);
	Datum		result = SPI_datumTransfer(PointerGetDatum(in_spi), false, -1);

	pgm_finish();
	return result;
}

/*
 * migrate_rebase(revision text, onto text)
 */
Datum
pgm_sql_rebase(PG_FUNCTION_ARGS)
{
	char	   *revision = pgm_arg_text(fcinfo, 0, "revision");
	char	   *onto = pgm_arg_text(fcinfo, 1, "onto");

	pgm_require_writable("migrate_rebase()");
	pgm_refuse_in_script("migrate_rebase()");
	pgm_connect(fcinfo);
	PG_RETURN_DATUM(return_id(pgm_rebase(revision, onto)));
}

/*
 * migrate_squash(range text, message text, rev_id text)
 */
Datum
pgm_sql_squash(PG_FUNCTION_ARGS)
{
	PgmSquash	squash = {0};

	squash.range = pgm_arg_text(fcinfo, 0, "range");
	squash.message = pgm_arg_text(fcinfo, 1, "message");
	squash.rev_id = pgm_arg_text_or_null(fcinfo, 2);
	pgm_require_writable("migrate_squash()");
	pgm_refuse_in_script("migrate_squash()");
	pgm_connect(fcinfo);
	PG_RETURN_DATUM(return_id(pgm_squash(&squash)));
}
