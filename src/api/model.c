/*-------------------------------------------------------------------------
 *
 * model.c
 *	  migrate_set_model: says what the schema should be, as DDL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/model.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_set_model);

/*
 * migrate_set_model(ddl text, name text)
 */
Datum
pgm_sql_set_model(PG_FUNCTION_ARGS)
{
	char	   *ddl = pgm_arg_text_or_null(fcinfo, 0);
	char	   *name = pgm_arg_text(fcinfo, 1, "name");
	int			statements = 0;

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a model part must not be empty")));
	pgm_require_writable("migrate_set_model()");
	pgm_connect(fcinfo);
	if (ddl == NULL)
		pgm_model_remove(name);
	else
		statements = pgm_model_set(name, ddl);
	pgm_finish();
	PG_RETURN_INT32(statements);
}
