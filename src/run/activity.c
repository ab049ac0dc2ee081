/*-------------------------------------------------------------------------
 *
 * activity.c
 *	  What pg_stat_activity and listeners are told of a run.
 *
 * While a statement of a script runs, the session's query is shown as
 *
 *		pgmigrate: <revision> <number>/<statements> <statement>
 *
 * which the view migrate_progress takes apart again.  Each commit of a run
 * sends a notification with a JSON object on channel "pgmigrate".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/async.h"
#include "mb/pg_wchar.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/json.h"

#include "common/compat.h"
#include "run/activity.h"
#include "run/settings.h"

#define CHANNEL "pgmigrate"

/* more of a statement than pg_stat_activity usually keeps is not copied */
#define SHOWN_LENGTH 1024

/* the server takes no longer payloads */
#define LONGEST_PAYLOAD 7900

/*
 * Shows a statement of a script as what this session is running.
 */
void
pgm_activity_statement(const PgmScript *script, int number)
{
	PgmScriptStatement *statement = list_nth(script->statements, number - 1);
	StringInfoData buf;
	int			length = strlen(statement->text);

	if (length > SHOWN_LENGTH)
		length = pg_mbcliplen(statement->text, length, SHOWN_LENGTH);
	initStringInfo(&buf);
	appendStringInfo(&buf, "pgmigrate: %s %d/%d ", script->revision, number,
					 list_length(script->statements));
	appendBinaryStringInfo(&buf, statement->text, length);
	pgstat_report_activity(STATE_RUNNING, buf.data);
	pfree(buf.data);
}

/*
 * Shows the client's own command again.
 */
void
pgm_activity_end(void)
{
	pgstat_report_activity(STATE_RUNNING, debug_query_string ? debug_query_string : "");
}

/*
 * Notifies listeners, when the transaction commits, of a step that leads to
 * state.
 */
void
pgm_activity_notify(const PgmStep *step, PgmState *state)
{
	StringInfoData buf;
	ListCell   *lc;
	int			start;
	bool		first = true;

	if (!pgm_notify)
		return;
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"direction\": \"%s\", \"revision\": ",
					 pgm_direction_name(step->direction));
	escape_json(&buf, step->revision);
	start = buf.len;
	appendStringInfoString(&buf, ", \"current\": [");
	foreach(lc, pgm_state_rows(state))
	{
		if (!first)
			appendStringInfoString(&buf, ", ");
		first = false;
		escape_json(&buf, ((PgmRevision *) lfirst(lc))->id);
	}
	appendStringInfoChar(&buf, ']');

	/* so many branches do not fit; a listener can ask for them */
	if (buf.len > LONGEST_PAYLOAD)
	{
		buf.len = start;
		buf.data[start] = '\0';
	}
	appendStringInfoChar(&buf, '}');
	Async_Notify(CHANNEL, buf.data);
	pfree(buf.data);
}
