/*-------------------------------------------------------------------------
 *
 * cut.c
 *	  Which statements run outside of a transaction, and how an online run
 *	  cuts a script.
 *
 * An online run executes a script in as few transactions as it can.  It is cut
 * before and after each statement that the server refuses to run in a
 * transaction block, and after ALTER TYPE ... ADD VALUE, as what follows may use
 * the new value, which the server allows only when it is committed.
 *
 * The list of such statements is that of the callers of
 * PreventInTransactionBlock() in the server.  Some of them depend on the
 * catalogs (REINDEX of a partitioned table) or on code (a procedure that
 * commits); those run outside of a transaction online, and inside, as far as
 * the server lets them, otherwise.
 *
 * Running the parts is online.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/dest.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/cut.h"
#include "run/settings.h"

/*
 * A text that needs cuts has one of these words: so that a plan over thousands
 * of scripts need not parse them all.
 */
static const char *const suspect_words[] = {
	"call", "cluster", "concurrently", "database", "do", "reindex", "repack",
	"subscription", "system", "tablespace", "vacuum", "value"
};

/* receives the texts of all revisions */
typedef struct CutReceiver
{
	DestReceiver pub;
	MemoryContext context;		/* of the result */
	PgmGraph   *graph;
	PgmStep   **steps;			/* by index of their revision; or NULL */
} CutReceiver;

static PgmStatement upgrades_statement = {
	.sql = "SELECT revision, upgrade FROM %s.migrate_script"
};

static PgmStatement downgrades_statement = {
	.sql = "SELECT revision, downgrade FROM %s.migrate_script"
};

/* the option of that name in a list of DefElem, or NULL */
static DefElem *
find_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *opt = lfirst(lc);

		if (strcmp(opt->defname, name) == 0)
			return opt;
	}
	return NULL;
}

/*
 * Whether a boolean option (of a List of DefElem) is there, and on.  Raises an
 * error if its value is no boolean.
 */
bool
pgm_option_is_on(List *options, const char *name)
{
	DefElem    *opt = find_option(options, name);

	return opt != NULL && defGetBoolean(opt);
}

/*
 * Whether a boolean option is there, and off.  Raises an error if its value is
 * no boolean.
 */
bool
pgm_option_is_off(List *options, const char *name)
{
	DefElem    *opt = find_option(options, name);

	return opt != NULL && !defGetBoolean(opt);
}

/*
 * Whether CREATE SUBSCRIPTION makes a replication slot, which it does unless
 * told otherwise.
 */
static bool
creates_slot(CreateSubscriptionStmt *stmt)
{
	return !pgm_option_is_off(stmt->options, "create_slot") &&
		!pgm_option_is_off(stmt->options, "connect");
}

/*
 * Whether DETACH PARTITION ... CONCURRENTLY is among the commands of an ALTER
 * TABLE.
 */
static bool
detaches_concurrently(AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst(lc);

		if (cmd->subtype == AT_DetachPartition &&
			((PartitionCmd *) cmd->def)->concurrent)
			return true;
	}
	return false;
}

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_' || IS_HIGHBIT_SET(c);
}

/*
 * Whether one of n words occurs in a text of the given length, in any case.
 */
static bool
has_word(const char *text, int length, const char *const *words, int n)
{
	int			start;

	for (int i = 0; i < length; i++)
	{
		if (!is_word_char(text[i]))
			continue;
		for (start = i; i < length && is_word_char(text[i]);)
			i++;
		for (int j = 0; j < n; j++)
		{
			if ((int) strlen(words[j]) == i - start &&
				pg_strncasecmp(text + start, words[j], i - start) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Whether a DO block may end transactions of its own.
 */
static bool
do_may_commit(DoStmt *stmt)
{
	static const char *const words[] = {"commit", "rollback"};
	DefElem    *body = find_option(stmt->args, "as");

	return body != NULL &&
		has_word(strVal(body->arg), strlen(strVal(body->arg)), words, lengthof(words));
}

/*
 * The name of a statement that cannot run inside a transaction block, or NULL
 * if it can, as far as its text tells.
 */
static const char *
alone_name(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_IndexStmt:
			return ((IndexStmt *) stmt)->concurrent ?
				"CREATE INDEX CONCURRENTLY" : NULL;
		case T_DropStmt:
			return ((DropStmt *) stmt)->concurrent ?
				"DROP INDEX CONCURRENTLY" : NULL;
		case T_ReindexStmt:
			if (pgm_option_is_on(((ReindexStmt *) stmt)->params, "concurrently"))
				return "REINDEX CONCURRENTLY";
			if (((ReindexStmt *) stmt)->kind >= REINDEX_OBJECT_SCHEMA)
				return "REINDEX of a schema or database";
			return NULL;
		case T_VacuumStmt:
			return ((VacuumStmt *) stmt)->is_vacuumcmd ? "VACUUM" : NULL;
		case T_AlterTableStmt:
			return detaches_concurrently((AlterTableStmt *) stmt) ?
				"ALTER TABLE ... DETACH PARTITION CONCURRENTLY" : NULL;
		case T_CreateSubscriptionStmt:
			return creates_slot((CreateSubscriptionStmt *) stmt) ?
				"CREATE SUBSCRIPTION with a replication slot" : NULL;
		case T_CreatedbStmt:
			return "CREATE DATABASE";
		case T_DropdbStmt:
			return "DROP DATABASE";
		case T_CreateTableSpaceStmt:
			return "CREATE TABLESPACE";
		case T_DropTableSpaceStmt:
			return "DROP TABLESPACE";
		case T_AlterDatabaseStmt:
			return find_option(((AlterDatabaseStmt *) stmt)->options, "tablespace") ?
				"ALTER DATABASE ... SET TABLESPACE" : NULL;
		case T_AlterSystemStmt:
			return "ALTER SYSTEM";
		default:
			return NULL;
	}
}

/*
 * How a statement runs.  *name is what to call it where it cannot run in a
 * transaction block.  Raises an error for an option that should be a boolean.
 */
PgmStatementKind
pgm_statement_kind(Node *stmt, const char **name)
{
	if (pgm_is_cluster(stmt))
	{
		*name = pgm_is_cluster_all(stmt) ? "CLUSTER of all tables" : NULL;
		return *name ? PGM_ALONE : PGM_ALONE_ONLINE;
	}
	*name = alone_name(stmt);
	if (*name != NULL)
		return PGM_ALONE;
	switch (nodeTag(stmt))
	{
		case T_ReindexStmt:
		case T_AlterSubscriptionStmt:
		case T_DropSubscriptionStmt:
		case T_CallStmt:
			return PGM_ALONE_ONLINE;
		case T_DoStmt:
			return do_may_commit((DoStmt *) stmt) ? PGM_ALONE_ONLINE : PGM_WITHIN;
		default:
			return PGM_WITHIN;
	}
}

/*
 * Whether a statement adds a value to an enum.
 */
static bool
adds_value(const PgmScript *script, int number)
{
	PgmScriptStatement *statement = list_nth(script->statements, number - 1);

	return IsA(statement->node, AlterEnumStmt) &&
		((AlterEnumStmt *) statement->node)->oldVal == NULL;
}

/*
 * Whether the transaction must end after a statement: the next one may use the
 * values that this one and those before it have added to an enum.
 */
static bool
ends_part(const PgmScript *script, int number)
{
	return adds_value(script, number) &&
		number < list_length(script->statements) && !adds_value(script, number + 1);
}

/*
 * The parts of a script, as a List of PgmPart.  A script without statements
 * has none.
 */
List *
pgm_script_parts(const PgmScript *script)
{
	List	   *parts = NIL;
	PgmPart    *open = NULL;
	int			n = list_length(script->statements);

	for (int number = 1; number <= n; number++)
	{
		PgmScriptStatement *statement = list_nth(script->statements, number - 1);
		bool		alone = statement->kind != PGM_WITHIN;

		if (open == NULL || alone)
		{
			open = palloc0_object(PgmPart);
			open->first = number;
			open->alone = alone;
			parts = lappend(parts, open);
		}
		open->last = number;
		if (alone || ends_part(script, number))
			open = NULL;
	}
	return parts;
}

/*
 * Whether parts of a script are more than one transaction.
 */
bool
pgm_is_cut(List *parts)
{
	return list_length(parts) > 1 ||
		(parts != NIL && ((PgmPart *) linitial(parts))->alone);
}

/*
 * The parts in a form for users: "1-2, 3*, 4-6".
 */
static char *
parts_text(List *parts)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, parts)
	{
		PgmPart    *part = lfirst(lc);

		appendStringInfo(&buf, "%s%d", buf.len > 0 ? ", " : "", part->first);
		if (part->last > part->first)
			appendStringInfo(&buf, "-%d", part->last);
		if (part->alone)
			appendStringInfoChar(&buf, '*');
	}
	return buf.data;
}

/*
 * What is special about a script, or NULL if nothing is.
 */
static PgmCuts *
script_cuts(const PgmScript *script)
{
	PgmCuts    *cuts;
	List	   *parts = pgm_script_parts(script);
	int			number = 0;
	ListCell   *lc;

	if (!pgm_is_cut(parts))
		return NULL;
	cuts = palloc0_object(PgmCuts);
	foreach(lc, parts)
		cuts->any_alone = cuts->any_alone || ((PgmPart *) lfirst(lc))->alone;
	cuts->transactions = parts_text(parts);
	foreach(lc, script->statements)
	{
		PgmScriptStatement *statement = lfirst(lc);

		number++;
		if (statement->kind != PGM_ALONE)
			continue;
		cuts->alone = statement->alone_name;
		cuts->statement = number;
		cuts->line = statement->line;
		break;
	}
	return cuts;
}

static void
receive_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
	/* nothing to prepare: the query is our own and its columns are known */
}

static void
receive_shutdown(DestReceiver *self)
{
	/* nothing to do */
}

/*
 * Looks at the text of a revision, if that is among the steps.  The executor
 * calls us in a short-lived context.
 */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	CutReceiver *receiver = (CutReceiver *) self;
	bool		isnull;
	PgmRevision *rev;
	PgmStep    *step;
	Datum		value;
	text	   *script;
	MemoryContext oldcontext;

	CHECK_FOR_INTERRUPTS();
	rev = pgm_graph_lookup(receiver->graph,
						   TextDatumGetCString(slot_getattr(slot, 1, &isnull)));
	step = rev != NULL ? receiver->steps[rev->index] : NULL;
	value = slot_getattr(slot, 2, &isnull);
	if (step == NULL || isnull)
		return true;
	script = DatumGetTextPP(value);
	if (!has_word(VARDATA_ANY(script), VARSIZE_ANY_EXHDR(script), suspect_words,
				  lengthof(suspect_words)))
		return true;
	oldcontext = MemoryContextSwitchTo(receiver->context);
	step->cuts = script_cuts(pgm_script_parse(step->revision,
											  pgm_direction_name(step->direction),
											  text_to_cstring(script)));
	MemoryContextSwitchTo(oldcontext);
	return true;
}

/*
 * Finds out which of the steps, all in one direction, have scripts that take
 * several transactions online: step->cuts.  Returns whether any has.  read_only
 * as for pgm_execute().  Raises the parser's error for a text that somebody has
 * put into the table by hand and that does not parse.
 */
bool
pgm_find_cuts(PgmGraph *graph, List *steps, bool read_only)
{
	CutReceiver receiver;
	PgmDirection direction;
	bool		any = false;
	int			nestlevel;
	ListCell   *lc;

	if (steps == NIL)
		return false;
	direction = ((PgmStep *) linitial(steps))->direction;
	if (direction != PGM_UPGRADE && direction != PGM_DOWNGRADE)
		return false;

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.rStartup = receive_startup;
	receiver.pub.receiveSlot = receive_row;
	receiver.pub.rShutdown = receive_shutdown;
	receiver.pub.rDestroy = receive_shutdown;
	receiver.pub.mydest = DestNone;
	receiver.context = CurrentMemoryContext;
	receiver.graph = graph;
	receiver.steps = palloc0_array(PgmStep *, graph->n + 1);
	foreach(lc, steps)
	{
		PgmStep    *step = lfirst(lc);

		if (step->rev != NULL)
			receiver.steps[step->rev->index] = step;
	}

	nestlevel = pgm_settings_pin(NULL, NULL);
	pgm_execute_dest(direction == PGM_UPGRADE ? &upgrades_statement :
					 &downgrades_statement, read_only, &receiver.pub);
	pgm_settings_unpin(nestlevel);
	pfree(receiver.steps);
	foreach(lc, steps)
		any = any || ((PgmStep *) lfirst(lc))->cuts != NULL;
	return any;
}
