/*-------------------------------------------------------------------------
 *
 * repeatable.c
 *	  migrate_set_repeatable: sets a text that runs again when it has changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/repeatable.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_set_repeatable);

/*
 * migrate_set_repeatable(name text, script text, depends_on text[])
 */
Datum
pgm_sql_set_repeatable(PG_FUNCTION_ARGS)
{
	char	   *name = pgm_arg_text(fcinfo, 0, "name");
	char	   *script = pgm_arg_text_or_null(fcinfo, 1);
	List	   *depends_on = pgm_arg_text_list(fcinfo, 2, "depends_on");
	int			statements = 0;

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a repeatable must not be empty")));
	pgm_require_writable("migrate_set_repeatable()");
	pgm_refuse_in_script("migrate_set_repeatable()");
	pgm_connect(fcinfo);
	if (script == NULL)
		pgm_repeatable_remove(name);
	else
		statements = pgm_repeatable_set(name, script, depends_on);
	pgm_finish();
	PG_RETURN_INT32(statements);
}
