/*-------------------------------------------------------------------------
 *
 * online.c
 *	  migrate_upgrade_online and migrate_downgrade_online: run the steps to a
 *	  target and commit after each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "revision/resolve.h"
#include "run/online.h"
#include "run/transaction.h"

PG_FUNCTION_INFO_V1(pgm_sql_upgrade_online);
PG_FUNCTION_INFO_V1(pgm_sql_upgrade_online_array);
PG_FUNCTION_INFO_V1(pgm_sql_upgrade_online_steps);
PG_FUNCTION_INFO_V1(pgm_sql_downgrade_online);
PG_FUNCTION_INFO_V1(pgm_sql_downgrade_online_steps);

/*
 * What the argument "interrupted" says.
 */
static PgmInterrupted
parse_interrupted(const char *text)
{
	if (text == NULL)
		return PGM_INTERRUPTED_ASK;
	if (strcmp(text, "repeat") == 0)
		return PGM_INTERRUPTED_REPEAT;
	if (strcmp(text, "skip") == 0)
		return PGM_INTERRUPTED_SKIP;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized value for argument \"%s\": \"%s\"", "interrupted", text),
			 errhint("It is 'repeat' or 'skip', or left out.")));
}

/*
 * Runs towards targets, with the arguments that come after them.
 */
static Datum
run_online(FunctionCallInfo fcinfo, PgmDirection direction, List *targets)
{
	PgmCommand	command = {0};
	bool		wait;
	PgmInterrupted interrupted;

	command.direction = direction;
	command.name = direction == PGM_UPGRADE ?
		"migrate_upgrade_online()" : "migrate_downgrade_online()";
	command.targets = targets;
	command.args = pgm_arg_json(fcinfo, 1);
	command.tag = pgm_arg_text_or_null(fcinfo, 2);
	wait = pgm_arg_bool(fcinfo, 3, "wait");
	interrupted = parse_interrupted(pgm_arg_text_or_null(fcinfo, 4));

	pgm_require_writable(command.name);
	pgm_refuse_in_script(command.name);
	pgm_require_top_level(fcinfo, command.name,
						  direction == PGM_UPGRADE ? "migrate_upgrade()" : "migrate_downgrade()");
	pgm_run_online(fcinfo, &command, wait, interrupted);
	PG_RETURN_VOID();
}

/*
 * migrate_upgrade_online(target text, args jsonb, tag text, wait boolean,
 * interrupted text)
 */
Datum
pgm_sql_upgrade_online(PG_FUNCTION_ARGS)
{
	return run_online(fcinfo, PGM_UPGRADE,
					  pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "target"), "target"));
}

/*
 * migrate_upgrade_online(targets text[], ...)
 */
Datum
pgm_sql_upgrade_online_array(PG_FUNCTION_ARGS)
{
	return run_online(fcinfo, PGM_UPGRADE, pgm_arg_text_list(fcinfo, 0, "targets"));
}

/*
 * migrate_upgrade_online(steps integer, ...)
 */
Datum
pgm_sql_upgrade_online_steps(PG_FUNCTION_ARGS)
{
	return run_online(fcinfo, PGM_UPGRADE,
					  list_make1(pgm_arg_relative(fcinfo, 0, "steps")));
}

/*
 * migrate_downgrade_online(target text, ...)
 */
Datum
pgm_sql_downgrade_online(PG_FUNCTION_ARGS)
{
	return run_online(fcinfo, PGM_DOWNGRADE,
					  pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "target"), "target"));
}

/*
 * migrate_downgrade_online(steps integer, ...)
 */
Datum
pgm_sql_downgrade_online_steps(PG_FUNCTION_ARGS)
{
	return run_online(fcinfo, PGM_DOWNGRADE,
					  list_make1(pgm_arg_relative(fcinfo, 0, "steps")));
}
