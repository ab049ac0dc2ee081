/*-------------------------------------------------------------------------
 *
 * upgrade.c
 *	  migrate_upgrade, migrate_downgrade and migrate_stamp: run the steps to
 *	  a target and return them as rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_upgrade);
PG_FUNCTION_INFO_V1(pgm_sql_upgrade_array);
PG_FUNCTION_INFO_V1(pgm_sql_upgrade_steps);
PG_FUNCTION_INFO_V1(pgm_sql_downgrade);
PG_FUNCTION_INFO_V1(pgm_sql_downgrade_steps);
PG_FUNCTION_INFO_V1(pgm_sql_stamp);
PG_FUNCTION_INFO_V1(pgm_sql_stamp_array);

/*
 * Returns a step as a row.  arg is the call.
 */
static void
return_step(void *arg, int number, const PgmStep *step, const PgmStepResult *result)
{
	Datum		values[6];
	bool		nulls[6];
	Interval   *duration = palloc0_object(Interval);

	duration->time = result->microseconds;
	pgm_put_step(values, nulls, number, step);
	values[5] = IntervalPGetDatum(duration);
	nulls[5] = false;
	pgm_result_put(arg, values, nulls);
}

/*
 * Runs a command whose targets are in the memory of the call.
 */
static Datum
run_command(FunctionCallInfo fcinfo, PgmCommand *command)
{
	pgm_connect(fcinfo);
	pgm_run(command, return_step, fcinfo);
	pgm_finish();
	return (Datum) 0;
}

/*
 * The arguments that upgrades and downgrades have after their target.
 */
static Datum
run_migration(FunctionCallInfo fcinfo, PgmDirection direction, List *targets)
{
	PgmCommand	command = {0};

	command.direction = direction;
	command.name = direction == PGM_UPGRADE ?
		"migrate_upgrade()" : "migrate_downgrade()";
	command.targets = targets;
	command.args = pgm_arg_json(fcinfo, 1);
	command.tag = pgm_arg_text_or_null(fcinfo, 2);
	return run_command(fcinfo, &command);
}

static Datum
run_stamp(FunctionCallInfo fcinfo, List *targets)
{
	PgmCommand	command = {0};

	command.direction = PGM_STAMP;
	command.name = "migrate_stamp()";
	command.targets = targets;
	command.purge = pgm_arg_bool(fcinfo, 1, "purge");
	return run_command(fcinfo, &command);
}

/*
 * migrate_upgrade(target text, args jsonb, tag text)
 */
Datum
pgm_sql_upgrade(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_migration(fcinfo, PGM_UPGRADE,
						 pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "target"), "target"));
}

/*
 * migrate_upgrade(targets text[], args jsonb, tag text)
 */
Datum
pgm_sql_upgrade_array(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_migration(fcinfo, PGM_UPGRADE,
						 pgm_arg_text_list(fcinfo, 0, "targets"));
}

/*
 * migrate_upgrade(steps integer, args jsonb, tag text)
 */
Datum
pgm_sql_upgrade_steps(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_migration(fcinfo, PGM_UPGRADE,
						 list_make1(pgm_arg_relative(fcinfo, 0, "steps")));
}

/*
 * migrate_downgrade(target text, args jsonb, tag text)
 */
Datum
pgm_sql_downgrade(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_migration(fcinfo, PGM_DOWNGRADE,
						 pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "target"), "target"));
}

/*
 * migrate_downgrade(steps integer, args jsonb, tag text)
 */
Datum
pgm_sql_downgrade_steps(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_migration(fcinfo, PGM_DOWNGRADE,
						 list_make1(pgm_arg_relative(fcinfo, 0, "steps")));
}

/*
 * migrate_stamp(targets text, purge boolean)
 */
Datum
pgm_sql_stamp(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_stamp(fcinfo,
					 pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "targets"), "targets"));
}

/*
 * migrate_stamp(targets text[], purge boolean)
 */
Datum
pgm_sql_stamp_array(PG_FUNCTION_ARGS)
{
	pgm_result_begin(fcinfo);
	return run_stamp(fcinfo, pgm_arg_text_list(fcinfo, 0, "targets"));
}
