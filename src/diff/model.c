/*-------------------------------------------------------------------------
 *
 * model.c
 *	  The model: the wanted schema as DDL, kept in parts, and run.
 *
 * The parts are rows of migrate_model, and run in the order of their names.
 * Running is for the sandbox, which takes everything back; what the statements
 * SET is taken back here.  A part runs with the rights of the caller, so it is
 * refused when the role that set it could not act as the caller (see trust.c).
 *
 * An error is the statement's own, with a context that says where in which
 * part it was.  What a part may hold is checked in model_parse.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/scansup.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "common/spi.h"
#include "diff/array_tree.h"
#include "diff/model.h"
#include "diff/scan.h"
#include "run/settings.h"
#include "run/trust.h"

#define MAX_SHOWN_STATEMENT 60

/* for the error context: which statement is running */
typedef struct RunContext
{
	const PgmModelPart *part;
	const PgmModelStatement *statement;
} RunContext;

static PgmStatement parts_statement = {
	.sql = "SELECT name, ddl, set_by::pg_catalog.text FROM %s.migrate_model"
	" WHERE $1 IS NULL OR name OPERATOR(pg_catalog.=) $1 ORDER BY name",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement exists_statement = {
	.sql = "SELECT FROM %s.migrate_model LIMIT 1"
};

static PgmStatement set_statement = {
	.sql = "INSERT INTO %s.migrate_model (name, ddl, statements, set_at, set_by)"
	" VALUES ($1, $2, $3, pg_catalog.clock_timestamp(), $4)"
	" ON CONFLICT (name) DO UPDATE SET ddl = excluded.ddl,"
	" statements = excluded.statements, set_at = excluded.set_at,"
	" set_by = excluded.set_by",
	.nargs = 4,
	.argtypes = {TEXTOID, TEXTOID, INT4OID, NAMEOID}
};

static PgmStatement remove_statement = {
	.sql = "DELETE FROM %s.migrate_model WHERE name OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static void
error_no_part(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model part \"%s\" does not exist", name)));
}

/*
 * Whether there is a model of DDL.  The caller is connected to SPI, here and
 * below.
 */
bool
pgm_model_exists(void)
{
	return pgm_execute(&exists_statement, NULL, NULL, false) > 0;
}

/*
 * Sets a part of the model, and returns its number of statements.  Raises the
 * errors of pgm_model_parse(); nothing is run.
 */
int
pgm_model_set(const char *name, const char *ddl)
{
	int			statements = list_length(pgm_model_parse(name, ddl)->statements);
	NameData	role;
	Datum		values[4];

	namestrcpy(&role, GetUserNameFromId(GetUserId(), false));
	values[0] = CStringGetTextDatum(name);
	values[1] = CStringGetTextDatum(ddl);
	values[2] = Int32GetDatum(statements);
	values[3] = NameGetDatum(&role);
	pgm_execute(&set_statement, values, NULL, false);
	return statements;
}

/*
 * Removes a part of the model, which must be there.
 */
void
pgm_model_remove(const char *name)
{
	Datum		values[1];

	values[0] = CStringGetTextDatum(name);
	if (pgm_execute(&remove_statement, values, NULL, false) == 0)
		error_no_part(name);
}

/*
 * Raises an error unless a part that was set by this role may run with the
 * present rights.
 */
static void
require_trusted(const char *name, const char *author)
{
	const char *missing;

	if (pgm_author_is_trusted(author))
		return;
	missing = pgm_author_falls_short_of(author);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("model part \"%s\" was set by role \"%s\", who could not act as role \"%s\"",
					name, author, missing),
			 errdetail("Its statements would run with the rights of role \"%s\".", missing),
			 errhint("Read it, then set it yourself: SELECT migrate_set_model(ddl, name) FROM %s.migrate_model WHERE name = %s;",
					 pgm_schema(), quote_literal_cstr(name))));
}

/*
 * The parts of the model in the order in which they run, or the one of that
 * name: a List of PgmModelPart *, parsed, in the current context.  Raises an
 * error when there is none, when one does not parse, or when the caller should
 * not run it.
 */
List *
pgm_model_load(const char *only_part)
{
	Datum		values[1] = {0};
	char		nulls[2] = "n";
	uint64		n;
	SPITupleTable *table;
	List	   *parts = NIL;

	if (only_part != NULL)
	{
		values[0] = CStringGetTextDatum(only_part);
		nulls[0] = ' ';
	}
	n = pgm_execute(&parts_statement, values, nulls, false);
	if (n == 0 && only_part != NULL)
		error_no_part(only_part);
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no model"),
				 errhint("Set one with migrate_set_model(), or name the schema that holds it: model_schema => '...'.")));
	table = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		const char *name = pgm_field_text(i, 1);

		require_trusted(name, pgm_field_text(i, 3));
		parts = lappend(parts, pgm_model_parse(name, pgm_field_text(i, 2)));
	}
	SPI_freetuptable(table);
	return parts;
}

/*
 * The renames that the parts are annotated with: a List of PgmModelRename *.
 */
List *
pgm_model_renames(List *parts)
{
	List	   *renames = NIL;
	ListCell   *lc;

	foreach(lc, parts)
		renames = list_concat(renames, ((PgmModelPart *) lfirst(lc))->renames);
	return renames;
}

/*
 * The names of the extensions that the parts create, as a List of char *.
 */
List *
pgm_model_extensions(List *parts)
{
	List	   *names = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, parts)
	{
		foreach(lc2, ((PgmModelPart *) lfirst(lc))->statements)
		{
			Node	   *stmt = ((PgmModelStatement *) lfirst(lc2))->raw->stmt;

			if (IsA(stmt, CreateExtensionStmt))
				names = lappend(names, ((CreateExtensionStmt *) stmt)->extname);
		}
	}
	return names;
}

/*
 * The first schema of the path that the parts begin with.
 */
static const char *
default_schema(void)
{
	List	   *names;

	/* the setting was accepted, so this does not fail */
	if (!SplitIdentifierString(pstrdup(pgm_search_path), ',', &names) || names == NIL)
		return NULL;
	return linitial(names);
}

static const char *
schema_of_relation(RangeVar *relation)
{
	return relation->schemaname != NULL ? relation->schemaname : "";
}

static const char *
schema_of_name(List *name)
{
	return list_length(name) > 1 ? strVal(linitial(name)) : "";
}

/*
 * The schema that a statement makes, or makes something in; empty: the first
 * one of the path; NULL: it makes nothing, or it is not known.
 */
static const char *
made_in_schema(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_CreateSchemaStmt:
			return ((CreateSchemaStmt *) stmt)->schemaname;
		case T_CreateStmt:
			return schema_of_relation(((CreateStmt *) stmt)->relation);
		case T_CreateForeignTableStmt:
			return schema_of_relation(((CreateForeignTableStmt *) stmt)->base.relation);
		case T_CreateTableAsStmt:
			return schema_of_relation(((CreateTableAsStmt *) stmt)->into->rel);
		case T_ViewStmt:
			return schema_of_relation(((ViewStmt *) stmt)->view);
		case T_CreateSeqStmt:
			return schema_of_relation(((CreateSeqStmt *) stmt)->sequence);
		case T_CompositeTypeStmt:
			return schema_of_relation(((CompositeTypeStmt *) stmt)->typevar);
		case T_CreateEnumStmt:
			return schema_of_name(((CreateEnumStmt *) stmt)->typeName);
		case T_CreateRangeStmt:
			return schema_of_name(((CreateRangeStmt *) stmt)->typeName);
		case T_CreateDomainStmt:
			return schema_of_name(((CreateDomainStmt *) stmt)->domainname);
		case T_CreateFunctionStmt:
			return schema_of_name(((CreateFunctionStmt *) stmt)->funcname);
		case T_DefineStmt:
			return schema_of_name(((DefineStmt *) stmt)->defnames);
		default:
			return NULL;
	}
}

static bool
has_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

/*
 * Whether a statement may change the path: set_config() is in a query.
 */
static bool
may_set_path(Node *stmt)
{
	return IsA(stmt, SelectStmt) ||
		(IsA(stmt, VariableSetStmt) && ((VariableSetStmt *) stmt)->name != NULL &&
		 pg_strcasecmp(((VariableSetStmt *) stmt)->name, "search_path") == 0);
}

/*
 * Adds the schemas that a part makes, or makes something in, as far as its
 * text tells.
 */
static List *
add_schemas_of_part(List *names, const PgmModelPart *part)
{
	const char *first = default_schema();
	ListCell   *lc;

	foreach(lc, part->statements)
	{
		Node	   *stmt = ((PgmModelStatement *) lfirst(lc))->raw->stmt;
		const char *name = made_in_schema(stmt);

		if (may_set_path(stmt))
			first = NULL;
		if (name != NULL && name[0] == '\0')
			name = first;
		if (name != NULL && !has_name(names, name))
			names = lappend(names, unconstify(char *, name));
	}
	return names;
}

/*
 * The names of the schemas that the parts make, or make something in, as a
 * List of char * without duplicates.
 */
List *
pgm_model_schemas(List *parts)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, parts)
		names = add_schemas_of_part(names, lfirst(lc));
	return names;
}

/*
 * A statement as one short line.
 */
static char *
shown_statement(const PgmModelPart *part, const PgmModelStatement *statement)
{
	StringInfoData buf;
	const char *text = part->ddl + statement->offset;
	bool		space = false;

	initStringInfo(&buf);
	for (int i = 0; i < statement->length && buf.len <= MAX_SHOWN_STATEMENT; i++)
	{
		if (scanner_isspace(text[i]))
		{
			space = true;
			continue;
		}
		if (space)
			appendStringInfoChar(&buf, ' ');
		space = false;
		appendStringInfoChar(&buf, text[i]);
	}
	if (buf.len > MAX_SHOWN_STATEMENT)
	{
		buf.len = pg_mbcliplen(buf.data, buf.len, MAX_SHOWN_STATEMENT);
		buf.data[buf.len] = '\0';
		appendStringInfoString(&buf, " ...");
	}
	return buf.data;
}

/*
 * Says where in which part the error is.  One that knows no place is at its
 * statement.
 */
static void
run_error_callback(void *arg)
{
	RunContext *context = arg;
	const PgmModelStatement *statement = context->statement;
	int			position = geterrposition();

	if (position > 0)
	{
		int			offset = pgm_model_error_offset(context->part, position);

		errposition(0);
		pgm_model_set_caret(context->part, offset);
	}
	else if (getinternalerrposition() <= 0)
		pgm_model_set_caret(context->part, statement->offset);
	errcontext("model part \"%s\", line %d, statement: %s", context->part->name,
			   statement->line, shown_statement(context->part, statement));
}

/*
 * Whether a SET is not for a model.  The encoding of the client is that of
 * what it gets from us.  Who acts is the caller, unless owners matter.  A
 * setting that this server does not know is one of a newer pg_dump.
 */
static bool
ignores_setting(VariableSetStmt *stmt)
{
	const char *varname = NULL;

	if (stmt->name == NULL || stmt->kind == VAR_SET_MULTI)
		return false;
	if (pg_strcasecmp(stmt->name, "client_encoding") == 0)
		return true;
	if (!pgm_compare_all && pgm_is_identity_setting(stmt->name))
		return true;
	if (strchr(stmt->name, '.') != NULL)
		return false;
	(void) GetConfigOptionByName(stmt->name, &varname, true);
	return varname == NULL;
}

/*
 * Takes OWNER TO out of an ALTER TABLE.  Returns whether nothing is left.
 */
static bool
takes_owner_only(AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		if (((AlterTableCmd *) lfirst(lc))->subtype == AT_ChangeOwner)
			stmt->cmds = foreach_delete_current(stmt->cmds, lc);
	}
	return stmt->cmds == NIL;
}

/*
 * Whether a statement is about owners or privileges alone.
 */
static bool
is_about_rights(Node *stmt)
{
	return IsA(stmt, AlterOwnerStmt) || IsA(stmt, GrantStmt) ||
		IsA(stmt, AlterDefaultPrivilegesStmt) ||
		(IsA(stmt, AlterTableStmt) && takes_owner_only((AlterTableStmt *) stmt));
}

/*
 * Whether a comment is on something that is not compared, and that the caller
 * need not own.
 */
static bool
comments_outside(CommentStmt *stmt)
{
	return stmt->objtype == OBJECT_EXTENSION || stmt->objtype == OBJECT_DATABASE;
}

/*
 * CREATE SCHEMA may name one that is there, as public is.
 */
static void
adapt_create_schema(CreateSchemaStmt *stmt)
{
	if (!pgm_compare_all && stmt->authrole != NULL)
	{
		if (stmt->schemaname == NULL && stmt->authrole->roletype == ROLESPEC_CSTRING)
			stmt->schemaname = stmt->authrole->rolename;
		if (stmt->schemaname != NULL)
			stmt->authrole = NULL;
	}
	if (stmt->schemaElts == NIL)
		stmt->if_not_exists = true;
}

/*
 * Returns the schema of an extension that SET SCHEMA can move, or InvalidOid.
 */
static Oid
schema_of_movable(const char *name)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			schema = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(name));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)) &&
		((Form_pg_extension) GETSTRUCT(tuple))->extrelocatable)
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

/*
 * CREATE EXTENSION usually names one that is there.  In another schema, it has
 * to be moved if that can be.  Returns the statement to run.
 */
static Node *
adapt_create_extension(CreateExtensionStmt *stmt)
{
	Oid			there = schema_of_movable(stmt->extname);
	AlterObjectSchemaStmt *move;
	ListCell   *lc;

	stmt->if_not_exists = true;
	if (!OidIsValid(there))
		return (Node *) stmt;
	foreach(lc, stmt->options)
	{
		DefElem    *option = lfirst(lc);

		if (strcmp(option->defname, "schema") != 0 ||
			get_namespace_oid(defGetString(option), false) == there)
			continue;
		move = makeNode(AlterObjectSchemaStmt);
		move->objectType = OBJECT_EXTENSION;
		move->object = (Node *) makeString(stmt->extname);
		move->newschema = defGetString(option);
		return (Node *) move;
	}
	return (Node *) stmt;
}

/*
 * CONCURRENTLY makes no difference to what is there in the end.
 */
static void
adapt_alter_table(AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst(lc);

		if (cmd->subtype == AT_DetachPartition)
			((PartitionCmd *) cmd->def)->concurrent = false;
	}
}

/*
 * Makes a statement fit for the sandbox.  Returns whether it is to be run.
 */
static bool
adapt_statement(Node *stmt)
{
	if (!pgm_compare_all && is_about_rights(stmt))
		return false;
	pgm_keep_array_trees(stmt);
	switch (nodeTag(stmt))
	{
		case T_VariableSetStmt:
			return !ignores_setting((VariableSetStmt *) stmt);
		case T_CommentStmt:
			return !comments_outside((CommentStmt *) stmt);
		case T_CreateSchemaStmt:
			adapt_create_schema((CreateSchemaStmt *) stmt);
			break;
		case T_IndexStmt:
			((IndexStmt *) stmt)->concurrent = false;
			break;
		case T_DropStmt:
			((DropStmt *) stmt)->concurrent = false;
			break;
		case T_AlterTableStmt:
			adapt_alter_table((AlterTableStmt *) stmt);
			break;
		default:
			break;
	}
	return true;
}

/*
 * Runs a query, for what it does.
 */
static void
run_query(const char *text)
{
	SPIExecuteOptions options;
	int			rc;

	memset(&options, 0, sizeof(options));
	options.dest = None_Receiver;
	rc = SPI_execute_extended(text, &options);
	if (rc < 0)
		elog(ERROR, "SPI_execute_extended failed: %s", SPI_result_code_string(rc));
}

/*
 * Runs any other statement as the server runs it for a client, without parsing
 * it again: half of the time of a model would go into that.
 */
static void
run_utility(RawStmt *raw, const char *source)
{
	List	   *queries;
	PlannedStmt *planned;

	PushActiveSnapshot(GetTransactionSnapshot());
	queries = pg_analyze_and_rewrite_fixedparams(raw, source, NULL, 0, NULL);
	planned = linitial_node(PlannedStmt, pg_plan_queries(queries, source, 0, NULL));
	if (!PlannedStmtRequiresSnapshot(planned))
		PopActiveSnapshot();
	ProcessUtility(planned, source, false, PROCESS_UTILITY_QUERY, NULL, NULL,
				   None_Receiver, NULL);
	if (PlannedStmtRequiresSnapshot(planned))
		PopActiveSnapshot();
	CommandCounterIncrement();
}

/*
 * Lets the rest of the model use a value that was added to an enum, as psql
 * would.  The server would not, lest an index keeps the value when the
 * transaction is rolled back; of the sandbox nothing is kept.
 */
static void
allow_new_value(Node *stmt)
{
	if (IsA(stmt, AlterEnumStmt))
		AtEOXact_Enum();
}

/*
 * Runs a statement, or a copy of it: the parts may be run again.
 */
static void
run_statement(const PgmModelPart *part, const PgmModelStatement *statement)
{
	RawStmt    *raw = copyObject(statement->raw);

	if (!adapt_statement(raw->stmt))
		return;
	if (IsA(raw->stmt, CreateExtensionStmt))
		raw->stmt = adapt_create_extension((CreateExtensionStmt *) raw->stmt);
	if (IsA(raw->stmt, SelectStmt))
		run_query(pnstrdup(part->source + statement->offset, statement->length));
	else
		run_utility(raw, part->source);
	allow_new_value(statement->raw->stmt);
}

/*
 * Runs a part.  Each begins with the same settings.
 */
static void
run_part(const PgmModelPart *part, MemoryContext scratch)
{
	MemoryContext caller = CurrentMemoryContext;
	int			nestlevel = pgm_settings_pin_model();
	RunContext	context;
	ErrorContextCallback callback;
	ListCell   *lc;

	context.part = part;
	callback.callback = run_error_callback;
	callback.arg = &context;
	foreach(lc, part->statements)
	{
		CHECK_FOR_INTERRUPTS();
		context.statement = lfirst(lc);
		MemoryContextReset(scratch);
		MemoryContextSwitchTo(scratch);
		callback.previous = error_context_stack;
		error_context_stack = &callback;
		run_statement(part, context.statement);
		error_context_stack = callback.previous;
		MemoryContextSwitchTo(caller);
	}
	pgm_settings_unpin(nestlevel);
}

/*
 * Runs the parts that pgm_model_load() has returned, within the present
 * (sub)transaction, which must be rolled back.  Raises the errors of their
 * statements.
 */
void
pgm_model_run_parts(List *parts)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "pgmigrate model",
												  ALLOCSET_DEFAULT_SIZES);
	void	   *new_values = palloc(EstimateUncommittedEnumsSpace());
	ListCell   *lc;

	SerializeUncommittedEnums(new_values, EstimateUncommittedEnumsSpace());
	PG_TRY();
	{
		foreach(lc, parts)
			run_part(lfirst(lc), scratch);
	}
	PG_FINALLY();
	{
		/* those of the caller are as new as before; see allow_new_value */
		AtEOXact_Enum();
		RestoreUncommittedEnums(new_values);
	}
	PG_END_TRY();
	MemoryContextDelete(scratch);
}

/*
 * Loads and runs the model, or one part of it.
 */
void
pgm_model_run(const char *only_part)
{
	pgm_model_run_parts(pgm_model_load(only_part));
}
