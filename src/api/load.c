/*-------------------------------------------------------------------------
 *
 * load.c
 *	  migrate_load and migrate_load_directory: take revisions as their files
 *	  have them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "run/load.h"
#include "run/load_file.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_load);
PG_FUNCTION_INFO_V1(pgm_sql_load_directory);
PG_FUNCTION_INFO_V1(pgm_sql_check_loaded);

static List *
arg_names(FunctionCallInfo fcinfo, int n, const char *argname)
{
	return PG_ARGISNULL(n) ? NIL : pgm_arg_text_list(fcinfo, n, argname);
}

/*
 * migrate_load(revision text, message text, down_revision text[],
 *				depends_on text[], branch_labels text[], replaces text[],
 *				creator text, created_at timestamptz, upgrade text,
 *				downgrade text)
 */
Datum
pgm_sql_load(PG_FUNCTION_ARGS)
{
	PgmScriptRow file = {0};
	PgmLoadResult result;

	file.revision = pgm_arg_text(fcinfo, 0, "revision");
	file.message = pgm_arg_text(fcinfo, 1, "message");
	file.down_revision = arg_names(fcinfo, 2, "down_revision");
	file.depends_on = arg_names(fcinfo, 3, "depends_on");
	file.branch_labels = arg_names(fcinfo, 4, "branch_labels");
	file.replaces = arg_names(fcinfo, 5, "replaces");
	file.creator = pgm_arg_text_or_null(fcinfo, 6);
	file.dated = !PG_ARGISNULL(7);
	if (file.dated)
		file.created_at = PG_GETARG_TIMESTAMPTZ(7);
	file.upgrade = pgm_load_script(pgm_arg_text(fcinfo, 8, "upgrade"));
	file.downgrade = pgm_load_script(pgm_arg_text_or_null(fcinfo, 9));
	pgm_require_writable("migrate_load()");
	pgm_refuse_in_script("migrate_load()");
	pgm_connect(fcinfo);
	result = pgm_load(&file);
	pgm_finish();
	PG_RETURN_TEXT_P(cstring_to_text(pgm_load_result_name(result)));
}

/*
 * Returns what was loaded as a row.  arg is the call.
 */
static void
return_loaded(void *arg, const char *file_name, const char *revision, PgmLoadResult result)
{
	Datum		values[3];
	bool		nulls[3];

	pgm_put_text(values, nulls, 0, file_name);
	pgm_put_text(values, nulls, 1, revision);
	pgm_put_text(values, nulls, 2, pgm_load_result_name(result));
	pgm_result_put(arg, values, nulls);
}

/*
 * migrate_load_directory(path text)
 */
Datum
pgm_sql_load_directory(PG_FUNCTION_ARGS)
{
	char	   *path = pgm_arg_text(fcinfo, 0, "path");

	pgm_require_writable("migrate_load_directory()");
	pgm_refuse_in_script("migrate_load_directory()");
	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	pgm_load_directory(path, return_loaded, fcinfo);
	pgm_finish();
	return (Datum) 0;
}

/*
 * The trigger that is called for each row at the end of a transaction; the
 * first call does it for all that were loaded.
 */
Datum
pgm_sql_check_loaded(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"migrate_check_loaded")));
	if (pgm_loading_is_open())
	{
		pgm_connect(fcinfo);
		pgm_loading_finish();
		pgm_finish();
	}
	PG_RETURN_POINTER(NULL);
}
