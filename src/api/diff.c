/*-------------------------------------------------------------------------
 *
 * diff.c
 *	  migrate_diff and migrate_schema_sql: what leads from the database to
 *	  its model, and the database as a model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/autogenerate.h"
#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/rename.h"
#include "revision/graph.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_diff);
PG_FUNCTION_INFO_V1(pgm_sql_schema_sql);

#define NCOLUMNS 5

/*
 * Takes the arguments model_schema, renames, include and exclude, the first of
 * which is number "first".
 */
PgmRequest *
pgm_arg_request(FunctionCallInfo fcinfo, int first)
{
	PgmRequest *request = palloc0_object(PgmRequest);

	request->model_schema = pgm_arg_text_or_null(fcinfo, first);
	if (!PG_ARGISNULL(first + 1))
		request->renames = pgm_renames_of_object(PG_GETARG_JSONB_P(first + 1));
	if (!PG_ARGISNULL(first + 2))
		request->include = pgm_arg_text_list(fcinfo, first + 2, "include");
	if (!PG_ARGISNULL(first + 3))
		request->exclude = pgm_arg_text_list(fcinfo, first + 3, "exclude");
	return request;
}

/*
 * migrate_diff(model_schema text, renames jsonb, include text[],
 *				exclude text[])
 */
Datum
pgm_sql_diff(PG_FUNCTION_ARGS)
{
	PgmRequest *request;
	PgmGenerated *generated;
	ListCell   *lc;

	pgm_require_writable("migrate_diff()");
	pgm_result_begin(fcinfo);
	request = pgm_arg_request(fcinfo, 0);
	pgm_connect(fcinfo);
	generated = pgm_generate(request);
	foreach(lc, generated->upgrade)
	{
		const PgmWritten *written = lfirst(lc);
		Datum		values[NCOLUMNS];
		bool		nulls[NCOLUMNS];

		pgm_put_text(values, nulls, 0, written->kind);
		pgm_put_text(values, nulls, 1, written->identity);
		pgm_put_text(values, nulls, 2, written->change);
		pgm_put_text(values, nulls, 3, written->hazards == NIL ? NULL :
					 pgm_string_list_text(written->hazards, "; "));
		pgm_put_text(values, nulls, 4, written->text);
		pgm_result_put(fcinfo, values, nulls);
	}
	pgm_finish();
	return (Datum) 0;
}

/*
 * migrate_schema_sql(schema text)
 */
Datum
pgm_sql_schema_sql(PG_FUNCTION_ARGS)
{
	char	   *schema = pgm_arg_text_or_null(fcinfo, 0);
	text	   *in_spi;
	Datum		result;

	pgm_connect(fcinfo);
	in_spi = cstring_to_text(pgm_generate_schema(schema));
	result = SPI_datumTransfer(PointerGetDatum(in_spi), false, -1);
	pgm_finish();
	PG_RETURN_DATUM(result);
}
