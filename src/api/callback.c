/*-------------------------------------------------------------------------
 *
 * callback.c
 *	  migrate_set_callback: sets what runs before or after revisions and runs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/callback.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_set_callback);

/*
 * migrate_set_callback(event text, name text, script text)
 */
Datum
pgm_sql_set_callback(PG_FUNCTION_ARGS)
{
	PgmEvent	event = pgm_event_parse(pgm_arg_text(fcinfo, 0, "event"));
	char	   *name = pgm_arg_text(fcinfo, 1, "name");
	char	   *script = pgm_arg_text_or_null(fcinfo, 2);
	int			statements = 0;

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a callback must not be empty")));
	pgm_require_writable("migrate_set_callback()");
	pgm_refuse_in_script("migrate_set_callback()");
	pgm_connect(fcinfo);
	if (script == NULL)
		pgm_callback_remove(event, name);
	else
		statements = pgm_callback_set(event, name, script);
	pgm_finish();
	PG_RETURN_INT32(statements);
}
