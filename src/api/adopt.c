/*-------------------------------------------------------------------------
 *
 * adopt.c
 *	  migrate_adopt: take over the history of another migration tool.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/jsonb.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/adopt.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_adopt);

#define NCOLUMNS 4

/*
 * Takes the arguments.
 */
static PgmAdoption
arg_adoption(FunctionCallInfo fcinfo)
{
	PgmAdoption adoption = {0};

	adoption.tool = pgm_arg_text(fcinfo, 0, "source");
	adoption.history = pgm_arg_text_or_null(fcinfo, 1);
	adoption.project = pgm_arg_text_or_null(fcinfo, 2);
	if (!PG_ARGISNULL(3))
	{
		adoption.map = PG_GETARG_JSONB_P(3);
		if (!JB_ROOT_IS_OBJECT(adoption.map))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must be a JSON object", "map"),
					 errhint("For example: map => '{\"20240131\": \"1975ea83b712\"}'.")));
	}
	adoption.allow_holes = pgm_arg_bool(fcinfo, 4, "allow_holes");
	adoption.dry_run = pgm_arg_bool(fcinfo, 5, "dry_run");
	return adoption;
}

/*
 * migrate_adopt(source text, history text, project text, map jsonb,
 *				 allow_holes boolean, dry_run boolean)
 */
Datum
pgm_sql_adopt(PG_FUNCTION_ARGS)
{
	PgmAdoption adoption = arg_adoption(fcinfo);
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	if (!adoption.dry_run)
		pgm_require_writable("migrate_adopt()");
	pgm_refuse_in_script("migrate_adopt()");
	pgm_connect(fcinfo);
	foreach(lc, pgm_adopt(&adoption))
	{
		const PgmAdopted *adopted = lfirst(lc);
		Datum		values[NCOLUMNS];
		bool		nulls[NCOLUMNS];

		pgm_put_text(values, nulls, 0, adopted->version);
		pgm_put_text(values, nulls, 1, adopted->revision);
		pgm_put_text(values, nulls, 2, adopted->status);
		pgm_put_text(values, nulls, 3, adopted->description);
		pgm_result_put(fcinfo, values, nulls);
	}
	pgm_finish();
	return (Datum) 0;
}
