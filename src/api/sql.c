/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  migrate_sql: the offline script of a range, as "alembic --sql" prints it.
 *
 * The script is one transaction that anybody who may run migrations can feed
 * to psql later, on this or another database that has the extension; the
 * scripts of the revisions need not be there.  Before anything else it checks
 * that the database is where the range begins, and keeps other runners out.
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
 * The settings that a step runs under.  They are set anew for each step, as
 * the script before may have changed them.  search_path comes last, and by
 * set_config(), as it is a list.
 */
static char *
settings_text(Writer *writer)
{
	StringInfoData buf;
	int			n;
	PgmPinnedSetting *settings = pgm_settings_pinned(&n);

	initStringInfo(&buf);
	for (int i = 1; i < n; i++)
		appendStringInfo(&buf, "SET LOCAL %s = %s;\n", settings[i].name,
						 quote_literal_cstr(settings[i].value));
	if (writer->args != NULL)
		appendStringInfo(&buf, "SET LOCAL pgmigrate.args = %s;\n",
						 quote_literal_cstr(writer->args));
	if (writer->tag != NULL)
		appendStringInfo(&buf, "SET LOCAL pgmigrate.tag = %s;\n",
						 quote_literal_cstr(writer->tag));
	appendStringInfo(&buf, TAKE_TIME ", pg_catalog.set_config(%s, %s, true) AS pgm_path \\gset",
					 quote_literal_cstr(settings[0].name),
					 quote_literal_cstr(settings[0].value));
	return buf.data;
}

/*
 * A step's own text.  The line break before the semicolon is for a text that
 * ends in a comment.
 */
static void
put_script(Writer *writer, const PgmStep *step, const PgmScript *script)
{
	put_piece(writer, psprintf("\n-- %s\n%s", one_line(pgm_step_describe(step)),
							   settings_text(writer)));
	if (script->statements != NIL)
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
	put_script(writer, step, script);
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
