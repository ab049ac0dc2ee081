/*-------------------------------------------------------------------------
 *
 * replicated.c
 *	  migrate_ignore_replicated: keeps logical replication out of the tables of
 *	  pgmigrate.
 *
 * What was done to the publisher's schema was not done to the subscriber's,
 * and scripts that both have loaded must not meet.  The install script lets the
 * trigger fire only where session_replication_role is "replica"; that may also
 * be the session of somebody who restores a dump, so we look twice.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "replication/logicalworker.h"

#include "common/compat.h"

PG_FUNCTION_INFO_V1(pgm_sql_ignore_replicated);

/*
 * migrate_ignore_replicated()
 */
Datum
pgm_sql_ignore_replicated(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as a row trigger that fires before the change",
						"migrate_ignore_replicated()")));
	if (IsLogicalWorker())
		return PointerGetDatum(NULL);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ?
						   data->tg_newtuple : data->tg_trigtuple);
}
