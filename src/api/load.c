/*-------------------------------------------------------------------------
 *
 * load.c
 *	  migrate_load: take a revision as its file has it.
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
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_load);
PG_FUNCTION_INFO_V1(pgm_sql_check_loaded);

/*
 * A script without the line break that begins it, which is there so that the
 * script can stand on lines of its own.
 */
static const char *
without_first_break(const char *text)
{
	if (text == NULL)
		return NULL;
	if (text[0] == '\n')
		return text + 1;
	return text[0] == '\r' && text[1] == '\n' ? text + 2 : text;
}

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
	file.upgrade = without_first_break(pgm_arg_text(fcinfo, 8, "upgrade"));
	file.downgrade = without_first_break(pgm_arg_text_or_null(fcinfo, 9));
	pgm_require_writable("migrate_load()");
	pgm_refuse_in_script("migrate_load()");
	pgm_connect(fcinfo);
	result = pgm_load(&file);
	pgm_finish();
	PG_RETURN_TEXT_P(cstring_to_text(pgm_load_result_name(result)));
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
