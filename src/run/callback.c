/*-------------------------------------------------------------------------
 *
 * callback.c
 *	  Callbacks: SQL that runs before and after revisions and runs.
 *
 * A callback runs as the script of a revision does: with the rights of the
 * caller, under the pinned settings, and only if its author could act as the
 * caller.  It is part of what it belongs to: that of a revision runs in the
 * revision's transaction and fails with it.
 *
 * What it is called for it reads with migrate_arg(): the keys event, direction
 * and, for a revision, revision, down_revision and message stand above keys of
 * the same names that the user has given, while a callback runs.
 *
 * When the events come is the runners' business.  A stamp runs no callbacks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/store.h"
#include "run/callback.h"
#include "run/lock.h"
#include "run/settings.h"
#include "run/step.h"
#include "run/trust.h"

#define KIND "callback"

static const char *const event_names[] = {
	[PGM_BEFORE_RUN] = "before_run",
	[PGM_BEFORE_REVISION] = "before_revision",
	[PGM_AFTER_REVISION] = "after_revision",
	[PGM_AFTER_RUN] = "after_run",
};

static PgmStatement load_statement = {
	.sql = "SELECT event, name, script, author FROM %s.migrate_callback"
	" ORDER BY event, name"
};

static PgmStatement set_statement = {
	.sql = "INSERT INTO %s.migrate_callback (event, name, script, author, set_at)"
	" VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp())"
	" ON CONFLICT (event, name) DO UPDATE SET script = excluded.script,"
	" author = excluded.author, set_at = excluded.set_at",
	.nargs = 4,
	.argtypes = {TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static PgmStatement remove_statement = {
	.sql = "DELETE FROM %s.migrate_callback WHERE event OPERATOR(pg_catalog.=) $1"
	" AND name OPERATOR(pg_catalog.=) $2",
	.nargs = 2,
	.argtypes = {TEXTOID, TEXTOID}
};

static PgmStatement text_statement = {
	.sql = "SELECT author, script FROM %s.migrate_callback"
	" WHERE event OPERATOR(pg_catalog.=) $1 AND name OPERATOR(pg_catalog.=) $2",
	.nargs = 2,
	.argtypes = {TEXTOID, TEXTOID}
};

/*
 * The event that a user names.
 */
PgmEvent
pgm_event_parse(const char *name)
{
	for (int i = 0; i < (int) lengthof(event_names); i++)
	{
		if (strcmp(event_names[i], name) == 0)
			return (PgmEvent) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized event: \"%s\"", name),
			 errhint("The events are before_run, before_revision, after_revision and after_run.")));
}

/*
 * The name of a callback among all, as it is approved.
 */
static char *
full_name(PgmEvent event, const char *name)
{
	return psprintf("%s/%s", event_names[event], name);
}

static void
error_no_callback(PgmEvent event, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("callback \"%s\" for event %s does not exist", name,
					event_names[event])));
}

/*
 * Parses a callback; the settings are pinned.
 */
static PgmScript *
parse(PgmEvent event, const char *name, const char *script)
{
	return pgm_script_parse_titled(name,
								   psprintf("callback \"%s\" (%s)", name, event_names[event]),
								   script);
}

/*
 * Sets a callback and returns its number of statements.  Raises an error when
 * it does not parse.  The caller is connected to SPI, here and below.
 */
int
pgm_callback_set(PgmEvent event, const char *name, const char *script)
{
	PgmScript  *parsed;
	Datum		values[4];
	ListCell   *lc;
	int			nestlevel = pgm_settings_pin(NULL, NULL);

	parsed = parse(event, name, script);
	pgm_settings_unpin(nestlevel);
	foreach(lc, parsed->statements)
	{
		const PgmScriptStatement *statement = lfirst(lc);

		if (statement->kind == PGM_ALONE)
			ereport(ERROR,
					(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
					 errmsg("%s cannot be used in a callback", statement->alone_name),
					 errdetail("It is in line %d, and cannot run inside a transaction block.",
							   statement->line)));
	}
	pgm_lock_runner();
	values[0] = CStringGetTextDatum(event_names[event]);
	values[1] = CStringGetTextDatum(name);
	values[2] = CStringGetTextDatum(script);
	values[3] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	pgm_execute(&set_statement, values, NULL, false);
	return list_length(parsed->statements);
}

/*
 * Removes a callback, which must be there.
 */
void
pgm_callback_remove(PgmEvent event, const char *name)
{
	Datum		values[2];

	pgm_lock_runner();
	values[0] = CStringGetTextDatum(event_names[event]);
	values[1] = CStringGetTextDatum(name);
	if (pgm_execute(&remove_statement, values, NULL, false) == 0)
		error_no_callback(event, name);
}

/*
 * Allows the present text of a callback, given as event/name, to run with the
 * rights of the caller; sha256, if not NULL, is that of the text that he has
 * read.
 */
void
pgm_callback_approve(const char *name, bytea *sha256)
{
	const char *slash = strchr(name, '/');
	PgmEvent	event;
	Datum		values[2];
	char	   *author;
	char	   *script;

	event = pgm_event_parse(slash ? pnstrdup(name, slash - name) : name);
	name = slash ? slash + 1 : "";
	values[0] = CStringGetTextDatum(event_names[event]);
	values[1] = CStringGetTextDatum(name);
	if (pgm_execute(&text_statement, values, NULL, false) == 0)
		error_no_callback(event, name);
	author = pgm_field_text(0, 1);
	script = pgm_field_text(0, 2);
	SPI_freetuptable(SPI_tuptable);
	pgm_approve_text(KIND, full_name(event, name), author, script, sha256);
}

/*
 * All callbacks, in the order of their names, as a List of PgmCallback * in
 * the current context.  Raises an error when the caller may not run one.  The
 * settings are pinned.
 */
List *
pgm_callbacks_load(void)
{
	List	   *callbacks = NIL;
	uint64		n = pgm_execute(&load_statement, NULL, NULL, false);
	SPITupleTable *table = SPI_tuptable;

	for (uint64 i = 0; i < n; i++)
	{
		PgmCallback *callback = palloc0_object(PgmCallback);
		char	   *script;
		char	   *author;

		SPI_tuptable = table;
		callback->event = pgm_event_parse(pgm_field_text(i, 1));
		callback->name = pgm_field_text(i, 2);
		script = pgm_field_text(i, 3);
		author = pgm_field_text(i, 4);
		pgm_require_trusted_text(KIND, full_name(callback->event, callback->name), author,
								 script, "migrate_callback");
		callback->script = parse(callback->event, callback->name, script);
		callbacks = lappend(callbacks, callback);
	}
	SPI_freetuptable(table);
	return callbacks;
}

/*
 * Whether there is one for an event.
 */
bool
pgm_callbacks_any(List *callbacks, PgmEvent event)
{
	ListCell   *lc;

	foreach(lc, callbacks)
	{
		if (((PgmCallback *) lfirst(lc))->event == event)
			return true;
	}
	return false;
}

/*
 * Adds a key with its value; NULL hides a key that the user has given.
 */
static void
put_key(StringInfo buf, const char *key, const char *value)
{
	appendStringInfo(buf, "%s\"%s\": ", buf->len > 1 ? ", " : "", key);
	if (value != NULL)
		escape_json(buf, value);
	else
		appendStringInfoString(buf, "null");
}

/*
 * The arguments that a callback reads, as JSON text.
 */
static char *
callback_args(PgmEvent event, PgmDirection direction, const PgmStep *step)
{
	StringInfoData buf;
	Jsonb	   *args = pgm_args_object();
	Datum		json;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	put_key(&buf, "event", event_names[event]);
	put_key(&buf, "direction", pgm_direction_name(direction));
	put_key(&buf, "revision", step ? step->revision : NULL);
	put_key(&buf, "down_revision", step ? pgm_string_list_text(step->from, ", ") : NULL);
	put_key(&buf, "message", step ? step->rev->message : NULL);
	appendStringInfoChar(&buf, '}');
	json = DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
	if (args != NULL)
		json = DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(args), json);
	return JsonbToCString(NULL, &DatumGetJsonbP(json)->root, VARSIZE(DatumGetPointer(json)));
}

/*
 * Adds to an error of a callback what to do, and throws it again.  In
 * PG_CATCH.
 */
static void
rethrow_with_hint(const PgmCallback *callback, MemoryContext context)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(context);
	edata = CopyErrorData();
	FlushErrorState();
	if (edata->hint == NULL &&
		ERRCODE_TO_CATEGORY(edata->sqlerrcode) != ERRCODE_OPERATOR_INTERVENTION)
		edata->hint = psprintf("Correct the callback with migrate_set_callback(%s, %s, '...') and run it again; NULL in place of the text removes it.",
							   quote_literal_cstr(event_names[callback->event]),
							   quote_literal_cstr(callback->name));
	ReThrowError(edata);
}

/*
 * Runs a callback.
 */
static void
run_callback(PgmCallback *callback, PgmDirection direction, const PgmStep *step,
			 bool online)
{
	MemoryContext context = CurrentMemoryContext;
	int			nestlevel = NewGUCNestLevel();
	int			at;

	callback->script->title = psprintf("callback \"%s\" (%s)%s%s, %s", callback->name,
									   event_names[callback->event],
									   step ? " of revision " : "", step ? step->revision : "",
									   pgm_direction_name(direction));
	PG_TRY();
	{
		pgm_settings_set_args(callback_args(callback->event, direction, step));
		if (online)
			pgm_settings_pin_lock_timeout();
		pgm_step_run(callback->script, 1, list_length(callback->script->statements),
					 online, &at);
	}
	PG_CATCH();
	{
		rethrow_with_hint(callback, context);
	}
	PG_END_TRY();
	pgm_settings_unpin(nestlevel);
}

/*
 * Runs the callbacks of an event: of a run in a direction, or of a step of it
 * (else NULL).  The settings are pinned.  Raises their errors.
 */
void
pgm_callbacks_run(List *callbacks, PgmEvent event, PgmDirection direction,
				  const PgmStep *step, bool online)
{
	ListCell   *lc;

	foreach(lc, callbacks)
	{
		PgmCallback *callback = lfirst(lc);

		if (callback->event == event)
			run_callback(callback, direction, step, online);
	}
}
