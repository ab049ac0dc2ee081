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

#include <ctype.h>

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/cut.h"
#include "run/settings.h"

/*
 * The texts that may need cuts: a cheap look, so that a plan over thousands of
 * scripts need not parse them all.  Each kind of statement that is named below
 * has one of these words.
 */
#define SUSPECT_PATTERN \
	"E'\\\\m(concurrently|vacuum|reindex|cluster|repack|database|tablespace|system" \
	"|subscription|call|do|value)\\\\M'"

static PgmStatement upgrade_suspects_statement = {
	.sql = "SELECT revision, upgrade FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) ANY ($1)"
	" AND upgrade OPERATOR(pg_catalog.~*) " SUSPECT_PATTERN "::pg_catalog.text",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID}
};

static PgmStatement downgrade_suspects_statement = {
	.sql = "SELECT revision, downgrade FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) ANY ($1)"
	" AND downgrade OPERATOR(pg_catalog.~*) " SUSPECT_PATTERN "::pg_catalog.text",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID}
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

/* whether a boolean option is there, and on */
static bool
option_is_on(List *options, const char *name)
{
	DefElem    *opt = find_option(options, name);

	return opt != NULL && defGetBoolean(opt);
}

/* whether a boolean option is there, and off */
static bool
option_is_off(List *options, const char *name)
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
	return !option_is_off(stmt->options, "create_slot") &&
		!option_is_off(stmt->options, "connect");
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

/*
 * Whether a word occurs in a text, in any case.
 */
static bool
has_word(const char *text, const char *word)
{
	char	   *lower = asc_tolower(text, strlen(text));
	size_t		length = strlen(word);

	for (char *p = strstr(lower, word); p != NULL; p = strstr(p + 1, word))
	{
		if ((p == lower || !isalnum((unsigned char) p[-1])) &&
			!isalnum((unsigned char) p[length]))
			return true;
	}
	return false;
}

/*
 * Whether a DO block may end transactions of its own.
 */
static bool
do_may_commit(DoStmt *stmt)
{
	DefElem    *body = find_option(stmt->args, "as");

	return body != NULL &&
		(has_word(strVal(body->arg), "commit") || has_word(strVal(body->arg), "rollback"));
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
			if (option_is_on(((ReindexStmt *) stmt)->params, "concurrently"))
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
 * transaction block.
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
		const char *name;
		bool		alone = pgm_statement_kind(statement->node, &name) != PGM_WITHIN;

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
 * The parts in a form for users: "1-2, 3*, 4-6".  NULL for one transaction.
 */
static char *
parts_text(List *parts)
{
	StringInfoData buf;
	ListCell   *lc;

	if (parts == NIL || (list_length(parts) == 1 && !((PgmPart *) linitial(parts))->alone))
		return NULL;
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
	PgmCuts    *cuts = palloc0_object(PgmCuts);
	int			number = 0;
	ListCell   *lc;

	cuts->revision = script->revision;
	cuts->transactions = parts_text(pgm_script_parts(script));
	if (cuts->transactions == NULL)
		return NULL;
	foreach(lc, script->statements)
	{
		PgmScriptStatement *statement = lfirst(lc);
		const char *name;

		number++;
		if (pgm_statement_kind(statement->node, &name) != PGM_ALONE)
			continue;
		cuts->alone = name;
		cuts->statement = number;
		cuts->line = statement->line;
		break;
	}
	return cuts;
}

/*
 * The steps among these, all in one direction, whose scripts take several
 * transactions online, as a List of PgmCuts in no particular order.  read_only
 * as for pgm_execute().  Raises the parser's error for a text that somebody
 * has put into the table by hand and that does not parse.
 */
List *
pgm_find_cuts(List *steps, bool read_only)
{
	List	   *ids = NIL;
	List	   *found = NIL;
	SPITupleTable *table;
	PgmDirection direction;
	Datum		values[1];
	uint64		n;
	int			nestlevel;
	ListCell   *lc;

	if (steps == NIL)
		return NIL;
	direction = ((PgmStep *) linitial(steps))->direction;
	if (direction != PGM_UPGRADE && direction != PGM_DOWNGRADE)
		return NIL;
	foreach(lc, steps)
		ids = lappend(ids, unconstify(char *, ((PgmStep *) lfirst(lc))->revision));
	values[0] = pgm_list_to_array(ids);
	n = pgm_execute(direction == PGM_UPGRADE ? &upgrade_suspects_statement :
					&downgrade_suspects_statement, values, NULL, read_only);
	table = SPI_tuptable;
	nestlevel = pgm_settings_pin(NULL, NULL);
	for (uint64 i = 0; i < n; i++)
	{
		PgmScript  *script;
		PgmCuts    *cuts;

		CHECK_FOR_INTERRUPTS();
		script = pgm_script_parse(pgm_field_text(i, 1), pgm_direction_name(direction),
								  pgm_field_text(i, 2));
		cuts = script_cuts(script);
		if (cuts != NULL)
			found = lappend(found, cuts);
	}
	pgm_settings_unpin(nestlevel);
	SPI_freetuptable(table);
	return found;
}
