/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  migrate_sql: the offline script of a range, as "alembic --sql" prints it.
 *
 * The script is one transaction that anybody who may run migrations can feed
 * to psql later, on this or another database that has the extension; the
 * scripts of the revisions need not be there.  Before anything else it checks
 * that the database is where the range begins, and keeps other runners out.
 * Where a revision has statements that cannot run in a transaction, it commits
 * before them and begins again after, with the same check; there is nobody to
 * tidy up after such a statement but whoever runs the script.
 * It writes migrate_version and migrate_log itself, for which the right to
 * write these tables is needed.  A script that the caller could not run is not
 * printed either.
 *
 * Comments carry messages of other people, so these are kept to one line.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "nodes/value.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/cut.h"
#include "run/script.h"
#include "run/settings.h"
#include "run/step.h"
#include "run/trust.h"

PG_FUNCTION_INFO_V1(pgm_sql_sql);

/* when and where a step begins, for variables of psql */
#define TAKE_TIME \
	"SELECT pg_catalog.clock_timestamp() AS pgm_start," \
	" pg_catalog.pg_current_wal_insert_lsn() AS pgm_lsn"

/* the script being made */
typedef struct Writer
{
	FunctionCallInfo fcinfo;
	const char *args;
	const char *tag;
} Writer;

/*
 * Returns a piece of the script as a row.
 */
static void
put_piece(Writer *writer, const char *text)
{
	Datum		values[1];
	bool		nulls[1];

	pgm_put_text(values, nulls, 0, text);
	pgm_result_put(writer->fcinfo, values, nulls);
}

/*
 * A text on one line, for a comment.
 */
static char *
one_line(const char *text)
{
	char	   *result = pstrdup(text);

	for (char *p = result; *p; p++)
	{
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	return result;
}

/*
 * A list of strings as an SQL literal of text[].
 */
static char *
array_literal(List *strings)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "ARRAY[");
	foreach(lc, strings)
		appendStringInfo(&buf, "%s%s", buf.len > 6 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));
	appendStringInfoString(&buf, "]::pg_catalog.text[]");
	return buf.data;
}

static List *
row_ids(PgmState *state)
{
	List	   *ids = NIL;
	ListCell   *lc;

	foreach(lc, pgm_state_rows(state))
		ids = lappend(ids, unconstify(char *, ((PgmRevision *) lfirst(lc))->id));
	return ids;
}

/*
 * The beginning of the script.
 */
static void
put_head(Writer *writer, PgmState *start, PgmDirection direction, const char *range)
{
	put_piece(writer, psprintf("-- pgmigrate: %s %s",
							   pgm_direction_name(direction), one_line(range)));
	put_piece(writer, "\\set ON_ERROR_STOP on\n\\set ON_ERROR_ROLLBACK off");
	put_piece(writer, "BEGIN;");
	put_piece(writer, psprintf("SELECT %s.migrate_require_current(%s);",
							   pgm_schema(), array_literal(row_ids(start))));
}

/*
 * The settings that scripts run under, but for search_path, for the
 * transaction (verb "SET LOCAL") or the session ("SET").
 */
static char *
settings_text(Writer *writer, const char *verb)
{
	StringInfoData buf;
	int			n;
	PgmPinnedSetting *settings = pgm_settings_pinned(&n);

	initStringInfo(&buf);
	for (int i = 1; i < n; i++)
		appendStringInfo(&buf, "%s %s = %s;\n", verb, settings[i].name,
						 quote_literal_cstr(settings[i].value));
	if (writer->args != NULL)
		appendStringInfo(&buf, "%s pgmigrate.args = %s;\n", verb,
						 quote_literal_cstr(writer->args));
	if (writer->tag != NULL)
		appendStringInfo(&buf, "%s pgmigrate.tag = %s;\n", verb,
						 quote_literal_cstr(writer->tag));
	return buf.data;
}

/*
 * A call that sets search_path, which is a list.
 */
static char *
search_path_call(bool local)
{
	int			n;
	PgmPinnedSetting *settings = pgm_settings_pinned(&n);

	return psprintf("pg_catalog.set_config(%s, %s, %s) AS pgm_path \\gset",
					quote_literal_cstr(settings[0].name),
					quote_literal_cstr(settings[0].value), local ? "true" : "false");
}

/*
 * A statement that runs outside of a transaction, between a COMMIT and a BEGIN.
 */
static void
put_alone(Writer *writer, PgmState *state, const PgmScriptStatement *statement)
{
	StringInfoData buf;
	int			n;
	PgmPinnedSetting *settings = pgm_settings_pinned(&n);

	initStringInfo(&buf);
	appendStringInfo(&buf, "COMMIT;\n%sSELECT %s\n%s\n;\n",
					 settings_text(writer, "SET"), search_path_call(false),
					 statement->text);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "RESET %s;\n", settings[i].name);
	if (writer->args != NULL)
		appendStringInfoString(&buf, "RESET pgmigrate.args;\n");
	if (writer->tag != NULL)
		appendStringInfoString(&buf, "RESET pgmigrate.tag;\n");
	appendStringInfo(&buf, "BEGIN;\nSELECT %s.migrate_require_current(%s);",
					 pgm_schema(), array_literal(row_ids(state)));
	put_piece(writer, buf.data);
}

/*
 * The text of a script that takes several transactions.  SETs hold to its end,
 * so those that have run are repeated in each.
 */
static void
put_parts(Writer *writer, PgmState *state, const PgmScript *script, List *parts)
{
	StringInfoData sets;
	bool		begun = true;	/* a transaction with the settings */
	ListCell   *lc;

	initStringInfo(&sets);
	foreach(lc, parts)
	{
		PgmPart    *part = lfirst(lc);

		if (part->alone)
		{
			put_alone(writer, state, list_nth(script->statements, part->first - 1));
			begun = false;
			continue;
		}
		if (begun && part->first > 1)
			put_piece(writer, psprintf("COMMIT;\nBEGIN;\nSELECT %s.migrate_require_current(%s);",
									   pgm_schema(), array_literal(row_ids(state))));
		if (part->first > 1)
			put_piece(writer, psprintf("%sSELECT %s%s", settings_text(writer, "SET LOCAL"),
									   search_path_call(true), sets.data));
		for (int number = part->first; number <= part->last; number++)
		{
			PgmScriptStatement *statement = list_nth(script->statements, number - 1);

			put_piece(writer, psprintf("%s\n;", statement->text));
			if (IsA(statement->node, VariableSetStmt))
				appendStringInfo(&sets, "\n%s;", statement->text);
		}
		begun = true;
	}
}

/*
 * A step's own text.  The settings are set anew for each step, as the script
 * before may have changed them.  The line break before the semicolon is for a
 * text that ends in a comment.
 */
static void
put_script(Writer *writer, PgmState *state, const PgmStep *step, const PgmScript *script)
{
	List	   *parts = pgm_script_parts(script);

	put_piece(writer, psprintf("\n-- %s\n%s%s, %s", one_line(pgm_step_describe(step)),
							   settings_text(writer, "SET LOCAL"), TAKE_TIME,
							   search_path_call(true)));
	if (pgm_is_cut(parts))
		put_parts(writer, state, script, parts);
	else if (script->statements != NIL)
		put_piece(writer, psprintf("%s%s", script->text,
								   script->terminated ? "" : "\n;"));
}

/*
 * The rows of migrate_version that change from one state to the next.
 */
static void
put_version(Writer *writer, List *before, List *after)
{
	ListCell   *lc;
	List	   *gone = NIL;
	List	   *come = NIL;

	foreach(lc, before)
	{
		if (!list_member(after, lfirst(lc)))
			gone = lappend(gone, lfirst(lc));
	}
	foreach(lc, after)
	{
		if (!list_member(before, lfirst(lc)))
			come = lappend(come, lfirst(lc));
	}
	foreach(lc, come)
	{
		if (gone != NIL)
		{
			put_piece(writer, psprintf("UPDATE %s.migrate_version SET revision = %s WHERE revision = %s;",
									   pgm_schema(),
									   quote_literal_cstr(strVal(lfirst(lc))),
									   quote_literal_cstr(strVal(linitial(gone)))));
			gone = list_delete_first(gone);
		}
		else
			put_piece(writer, psprintf("INSERT INTO %s.migrate_version (revision, ordinal)\n"
									   "  SELECT %s, coalesce(max(ordinal) + 1, 0) FROM %s.migrate_version;",
									   pgm_schema(), quote_literal_cstr(strVal(lfirst(lc))),
									   pgm_schema()));
	}
	foreach(lc, gone)
		put_piece(writer, psprintf("DELETE FROM %s.migrate_version WHERE revision = %s;",
								   pgm_schema(), quote_literal_cstr(strVal(lfirst(lc)))));
}

/*
 * The row of the log.
 */
static void
put_log(Writer *writer, const PgmStep *step, int statements, const char *ran)
{
	char	   *digest = NULL;

	if (ran != NULL)
		digest = TextDatumGetCString(DirectFunctionCall2(binary_encode,
														 PointerGetDatum(pgm_text_digest(ran)),
														 CStringGetTextDatum("hex")));
	put_piece(writer,
			  psprintf("INSERT INTO %s.migrate_log\n"
					   "  SELECT coalesce(max(id) + 1, 1), %s, %s, %s, %s, :'pgm_start',\n"
					   "    clock_timestamp() - :'pgm_start', %d, current_user, session_user,\n"
					   "    current_setting('application_name'), inet_client_addr(), %s,\n"
					   "    current_setting('server_version'), :'pgm_lsn',\n"
					   "    pg_current_wal_insert_lsn() FROM %s.migrate_log;",
					   pgm_schema(), quote_literal_cstr(step->revision),
					   quote_literal_cstr(pgm_direction_name(step->direction)),
					   array_literal(step->from),
					   step->rev ? quote_literal_cstr(step->rev->message) : "NULL",
					   statements,
					   digest ? psprintf("decode('%s', 'hex')", digest) : "NULL",
					   pgm_schema()));
}

/*
 * The rows of a state as a List of String nodes, which compare by value.
 */
static List *
row_nodes(PgmState *state)
{
	List	   *nodes = NIL;
	ListCell   *lc;

	foreach(lc, row_ids(state))
		nodes = lappend(nodes, makeString(lfirst(lc)));
	return nodes;
}

static List *
add_row_node(List *nodes, PgmState *state, PgmRevision *rev)
{
	if (state->row[rev->index] >= 0)
		nodes = lappend(nodes, makeString(unconstify(char *, rev->id)));
	return nodes;
}

/*
 * The same for the rows that a step over a revision can change: itself and
 * what it needs.
 */
static List *
row_nodes_near(PgmState *state, PgmRevision *rev)
{
	List	   *nodes = add_row_node(NIL, state, rev);

	for (int i = 0; i < rev->down.n; i++)
		nodes = add_row_node(nodes, state, rev->down.rev[i]);
	for (int i = 0; i < rev->deps.n; i++)
		nodes = add_row_node(nodes, state, rev->deps.rev[i]);
	return nodes;
}

/*
 * One step that runs a script.
 */
static void
put_step(Writer *writer, PgmState *state, const PgmStep *step)
{
	PgmScriptRow *row = pgm_script_fetch(step->revision, true);
	const char *text = step->direction == PGM_UPGRADE ? row->upgrade : row->downgrade;
	PgmScript  *script;
	List	   *before = row_nodes_near(state, step->rev);

	pgm_require_trusted(row->revision, row->author, row->upgrade, row->downgrade,
						true);
	if (text == NULL)
		pgm_error_irreversible(step->revision);
	script = pgm_script_parse(step->revision, pgm_direction_name(step->direction), text);
	put_script(writer, state, step, script);
	if (step->direction == PGM_UPGRADE)
		pgm_state_upgrade(state, step->rev);
	else
		pgm_state_downgrade(state, step->rev);
	put_piece(writer, "SET LOCAL search_path = pg_catalog, pg_temp;");
	put_version(writer, before, row_nodes_near(state, step->rev));
	put_log(writer, step, list_length(script->statements), text);
}

/*
 * The body of an upgrade or downgrade.
 */
static void
put_steps(Writer *writer, PgmState *state, List *steps)
{
	MemoryContext step_context = AllocSetContextCreate(CurrentMemoryContext,
													   "pgmigrate step",
													   ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(step_context);
	ListCell   *lc;

	foreach(lc, steps)
	{
		CHECK_FOR_INTERRUPTS();
		put_step(writer, state, lfirst(lc));
		MemoryContextReset(step_context);
	}
	MemoryContextSwitchTo(oldcontext);
}

/*
 * The body of a stamp: the version rows at once, and a log row for each step.
 */
static void
put_stamp(Writer *writer, PgmState *state, List *steps, const char *to)
{
	List	   *before = row_nodes(state);
	bool	   *active;
	ListCell   *lc;

	(void) pgm_plan_stamp(state, list_make1(unconstify(char *, to)), false, &active);
	pgm_state_replace(state, active, false);
	put_piece(writer, "SET LOCAL search_path = pg_catalog, pg_temp;");
	put_piece(writer, TAKE_TIME " \\gset");
	foreach(lc, steps)
		put_piece(writer, psprintf("\n-- %s", one_line(pgm_step_describe(lfirst(lc)))));
	put_version(writer, before, row_nodes(state));
	foreach(lc, steps)
		put_log(writer, lfirst(lc), 0, NULL);
}

/*
 * migrate_sql(direction text, range text, args jsonb, tag text)
 */
Datum
pgm_sql_sql(PG_FUNCTION_ARGS)
{
	PgmDirection direction = pgm_direction_parse(pgm_arg_text(fcinfo, 0, "direction"));
	char	   *range = pgm_arg_text_or_null(fcinfo, 1);
	Writer		writer;
	PgmState   *start;
	const char *end;
	List	   *steps;
	int			nestlevel;

	writer.fcinfo = fcinfo;
	writer.args = pgm_arg_json(fcinfo, 2);
	writer.tag = pgm_arg_text_or_null(fcinfo, 3);
	if (range == NULL)
		range = direction == PGM_DOWNGRADE ? "" : "head";

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	steps = pgm_plan_range(pgm_state_load(pgm_graph_load(true), true),
						   direction, range, &start, &end);
	nestlevel = pgm_settings_pin(NULL, NULL);
	put_head(&writer, start, direction, range);
	if (direction == PGM_STAMP)
		put_stamp(&writer, start, steps, end);
	else
		put_steps(&writer, start, steps);
	put_piece(&writer, "\nCOMMIT;");
	pgm_settings_unpin(nestlevel);
	pgm_finish();
	return (Datum) 0;
}
