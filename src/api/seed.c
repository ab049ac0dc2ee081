/*-------------------------------------------------------------------------
 *
 * seed.c
 *	  migrate_set_seed: declares the rows that a table should have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/seed.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_set_seed);

/*
 * migrate_set_seed(relation text, rows jsonb, key text[], mode text)
 */
Datum
pgm_sql_set_seed(PG_FUNCTION_ARGS)
{
	char	   *relation = pgm_arg_text(fcinfo, 0, "relation");
	Jsonb	   *rows = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	List	   *key = PG_ARGISNULL(2) ? NIL : pgm_arg_text_list(fcinfo, 2, "key");
	PgmSeedMode mode = pgm_seed_mode_parse(pgm_arg_text(fcinfo, 3, "mode"));
	int			n = 0;

	pgm_require_writable("migrate_set_seed()");
	pgm_connect(fcinfo);
	if (rows == NULL)
		pgm_seed_remove(relation);
	else
		n = pgm_seed_set(relation, rows, key, mode);
	pgm_finish();
	PG_RETURN_INT32(n);
}
