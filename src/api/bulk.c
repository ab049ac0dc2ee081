/*-------------------------------------------------------------------------
 *
 * bulk.c
 *	  migrate_bulk_insert: insert the rows of a JSON array into a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/jsonb.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/bulk.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_bulk_insert);

/*
 * migrate_bulk_insert(relation regclass, rows jsonb,
 *					   override_identity boolean)
 */
Datum
pgm_sql_bulk_insert(PG_FUNCTION_ARGS)
{
	Oid			relid;
	Jsonb	   *rows;
	bool		override_identity = pgm_arg_bool(fcinfo, 2, "override_identity");
	uint64		n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null",
						PG_ARGISNULL(0) ? "relation" : "rows")));
	relid = PG_GETARG_OID(0);
	rows = PG_GETARG_JSONB_P(1);
	pgm_require_writable("migrate_bulk_insert()");
	pgm_connect(fcinfo);
	n = pgm_bulk_insert(relid, rows, override_identity);
	pgm_finish();
	PG_RETURN_INT64(n);
}
