/*-------------------------------------------------------------------------
 *
 * schedule.c
 *	  migrate_schedule and migrate_unschedule: upgrades as jobs of pg_cron.
 *
 * Both only call pg_cron's own functions, with the rights of the caller; the
 * job is his, and everything else about it is pg_cron's business.  The command
 * is the upgrade alone, as a procedure that commits must be, and names the
 * schema of the extension: a job has the search_path of its role, not of the
 * session that scheduled it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_schedule);
PG_FUNCTION_INFO_V1(pgm_sql_unschedule);

/*
 * The command of a job.
 */
static char *
job_command(const char *target, bool online)
{
	return psprintf("%s %s.%s(%s)", online ? "CALL" : "SELECT", pgm_schema(),
					online ? "migrate_upgrade_online" : "migrate_upgrade",
					quote_literal_cstr(target));
}

/*
 * Raises an error unless pg_cron is in this database.  instead is what to type
 * in the database where it is; NULL: there is nothing.
 */
static void
require_pg_cron(const char *instead)
{
	const char *place;

	if (OidIsValid(get_extension_oid("pg_cron", true)))
		return;
	place = GetConfigOption("cron.database_name", true, false);
	if (place == NULL || instead == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"%s\" is not installed in this database", "pg_cron"),
				 errhint("Add pg_cron to shared_preload_libraries, set cron.database_name to this database, restart the server and run CREATE EXTENSION pg_cron.")));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("extension \"%s\" is not installed in this database", "pg_cron"),
			 errdetail("The database of its jobs is \"%s\".", place),
			 errhint("There, run: %s", instead)));
}

/*
 * Calls a function of pg_cron, with arguments of type text.
 */
static Datum
call_pg_cron(const char *query, int nargs, char **args)
{
	Oid			argtypes[3] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[3];
	bool		isnull;
	int			rc;

	for (int i = 0; i < nargs; i++)
		values[i] = CStringGetTextDatum(args[i]);
	rc = SPI_execute_with_args(query, nargs, argtypes, values, NULL, false, 1);
	if (rc != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(rc));
	return pgm_field(0, 1, &isnull);
}

/*
 * migrate_schedule(schedule text, target text, job_name text, online boolean)
 */
Datum
pgm_sql_schedule(PG_FUNCTION_ARGS)
{
	char	   *args[3];
	char	   *target = pgm_arg_text(fcinfo, 1, "target");
	bool		online;
	int64		job;

	args[0] = pgm_arg_text(fcinfo, 2, "job_name");
	args[1] = pgm_arg_text(fcinfo, 0, "schedule");
	online = pgm_arg_bool(fcinfo, 3, "online");
	(void) pgm_parse_target_list(target, "target");
	pgm_require_writable("migrate_schedule()");
	pgm_connect(fcinfo);
	args[2] = job_command(target, online);
	require_pg_cron(psprintf("SELECT cron.schedule_in_database(%s, %s, %s, %s);",
							 quote_literal_cstr(args[0]), quote_literal_cstr(args[1]),
							 quote_literal_cstr(args[2]),
							 quote_literal_cstr(get_database_name(MyDatabaseId))));
	job = DatumGetInt64(call_pg_cron("SELECT cron.schedule($1, $2, $3)::pg_catalog.int8", 3, args));
	pgm_finish();
	PG_RETURN_INT64(job);
}

/*
 * migrate_unschedule(job_name text)
 */
Datum
pgm_sql_unschedule(PG_FUNCTION_ARGS)
{
	char	   *args[1];
	bool		found;

	args[0] = pgm_arg_text(fcinfo, 0, "job_name");
	pgm_require_writable("migrate_unschedule()");
	pgm_connect(fcinfo);
	require_pg_cron(psprintf("SELECT cron.unschedule(%s);", quote_literal_cstr(args[0])));
	found = DatumGetBool(call_pg_cron("SELECT cron.unschedule($1)", 1, args));
	pgm_finish();
	PG_RETURN_BOOL(found);
}
