/*-------------------------------------------------------------------------
 *
 * model_parse.c
 *	  The text of a part of the model, taken apart into statements.
 *
 * What pg_dump --schema-only prints can be a part as it is.  What says nothing
 * about a schema (data, transactions, roles, maintenance) is refused here, with
 * its line and a caret, when the part is set and again when it is run.  The
 * annotations are read here, too.
 *
 * Which statements are left out of a run, or are changed for it, is decided in
 * model.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "common/compat.h"
#include "diff/model.h"
#include "diff/scan.h"
#include "run/cut.h"
#include "run/script.h"
#include "run/settings.h"

/* a line longer than this many bytes is not quoted as a whole */
#define MAX_QUOTED_LINE 1000

#define HINT_DATA \
	"A model holds no data: dump it with pg_dump --schema-only, and put data into the scripts of revisions."
#define HINT_TRANSACTION \
	"A model is run within the transaction of the caller, and leaves nothing behind."
#define HINT_OUTSIDE \
	"A model describes the schemas of this database; what it needs besides has to exist before."
#define HINT_SCHEMA \
	"A model holds statements that make, change or drop what is in a schema."
#define HINT_SUBSCRIPTION \
	"Write CREATE SUBSCRIPTION ... WITH (connect = false), as pg_dump does."
#define HINT_STRINGS \
	"A part of the model is read with the one value of standard_conforming_strings that it begins with."
#define HINT_PSQL \
	"Of the commands of psql, a model can have \\restrict and \\unrestrict only."
#define HINT_ANNOTATION \
	"Write for example: -- pgmigrate: rename public.asset.kind to public.asset.type_name"

#define ANNOTATION "pgmigrate:"

/* what the error context callback needs to know */
typedef struct ParseContext
{
	PgmModelPart *part;
	char	   *source;			/* becomes part->source */
	int			offset;			/* of what is at hand; -1: unknown */
	bool		conforming;		/* standard_conforming_strings */
} ParseContext;

/*
 * Puts the caret at an offset of a part, of which the line is shown.  At the
 * end of the part that is the last line that is not blank.
 */
void
pgm_model_set_caret(const PgmModelPart *part, int offset)
{
	const char *at = part->ddl + offset;
	const char *start = at;
	int			length;

	if (*at == '\0')
	{
		while (at > part->ddl && scanner_isspace(at[-1]))
			at--;
		start = at;
	}
	while (start > part->ddl && start[-1] != '\n')
		start--;
	if (at - start > MAX_QUOTED_LINE / 2)
		start = at;
	length = pg_mbcliplen(start, strcspn(start, "\r\n"), MAX_QUOTED_LINE);
	internalerrposition(pg_mbstrlen_with_len(start, at - start) + 1);
	internalerrquery(pnstrdup(start, length));
}

/*
 * The offset that an error position of the parser stands for.
 */
int
pgm_model_error_offset(const PgmModelPart *part, int position)
{
	return pg_mbcharcliplen(part->ddl, strlen(part->ddl), position - 1);
}

static bool
ends_copy(const char *end, const char *start)
{
	static const char tail[] = "from stdin;";
	int			length = strlen(tail);

	while (end > start && scanner_isspace(end[-1]))
		end--;
	return end - start > length && pg_strncasecmp(end - length, tail, length) == 0;
}

/*
 * The offset of the first COPY FROM STDIN, in the form of pg_dump, before an
 * error, which is then one of its data; -1: there is none.
 */
static int
find_copy(const char *text, int offset)
{
	const char *line = text;

	while (line < text + offset)
	{
		const char *end = line + strcspn(line, "\n");

		if (pg_strncasecmp(line, "copy ", 5) == 0 && ends_copy(end, line))
			return line - text;
		if (*end == '\0')
			break;
		line = end + 1;
	}
	return -1;
}

/*
 * Says in which part and line an error is, and moves the caret from the
 * command that the user typed into the part.
 */
static void
parse_error_callback(void *arg)
{
	ParseContext *context = arg;
	const PgmModelPart *part = context->part;
	int			position = geterrposition();

	if (position > 0)
	{
		int			copy;

		context->offset = pgm_model_error_offset(part, position);
		copy = find_copy(part->ddl, context->offset);
		errposition(0);
		if (copy >= 0)
		{
			context->offset = copy;
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED);
			errmsg("%s cannot be used in a model", "COPY FROM STDIN");
			errhint(HINT_DATA);
		}
		pgm_model_set_caret(part, context->offset);
	}
	if (context->offset >= 0)
		errcontext("model part \"%s\", line %d", part->name,
				   pgm_line_of(part->ddl, context->offset));
	else
		errcontext("model part \"%s\"", part->name);
}

/*
 * The error position of an offset, for the callback.
 */
static int
error_position(const ParseContext *context, int offset)
{
	return errposition(pg_mbstrlen_with_len(context->part->ddl, offset) + 1);
}

static void
refuse(const ParseContext *context, int sqlstate, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("%s cannot be used in a model", what),
			 errhint("%s", hint),
			 error_position(context, context->offset)));
}

/*
 * Whether a query calls setval(), as dumps with data do.
 */
static bool
calls_setval(const SelectStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->targetList)
	{
		Node	   *value = ((ResTarget *) lfirst(lc))->val;

		if (IsA(value, FuncCall) &&
			strcmp(strVal(llast(((FuncCall *) value)->funcname)), "setval") == 0)
			return true;
	}
	return false;
}

/*
 * Why a kind of statement has no place in a model, as a hint; NULL: it has.
 */
static const char *
hint_for_kind(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
		case T_CopyStmt:
		case T_TruncateStmt:
			return HINT_DATA;
		case T_CreatedbStmt:
		case T_AlterDatabaseStmt:
		case T_AlterDatabaseSetStmt:
		case T_AlterDatabaseRefreshCollStmt:
		case T_DropdbStmt:
		case T_CreateTableSpaceStmt:
		case T_AlterTableSpaceOptionsStmt:
		case T_DropTableSpaceStmt:
		case T_CreateRoleStmt:
		case T_AlterRoleStmt:
		case T_AlterRoleSetStmt:
		case T_DropRoleStmt:
		case T_GrantRoleStmt:
		case T_DropOwnedStmt:
		case T_ReassignOwnedStmt:
		case T_AlterSystemStmt:
			return HINT_OUTSIDE;
		case T_CheckPointStmt:
		case T_ClosePortalStmt:
		case T_DeallocateStmt:
		case T_DeclareCursorStmt:
		case T_DiscardStmt:
		case T_ExecuteStmt:
		case T_ExplainStmt:
		case T_FetchStmt:
		case T_ListenStmt:
		case T_LoadStmt:
		case T_NotifyStmt:
		case T_PrepareStmt:
		case T_ReindexStmt:
		case T_UnlistenStmt:
		case T_VacuumStmt:
		case T_VariableShowStmt:
			return HINT_SCHEMA;
		default:
			return pgm_is_cluster(stmt) ? HINT_SCHEMA : NULL;
	}
}

/*
 * Raises an error for a SET that would change how the rest is read.
 */
static void
check_set(const ParseContext *context, VariableSetStmt *stmt)
{
	if (stmt->kind == VAR_SET_MULTI && strncmp(stmt->name, "TRANSACTION", 11) == 0)
		refuse(context, ERRCODE_ACTIVE_SQL_TRANSACTION, "SET TRANSACTION",
			   HINT_TRANSACTION);
	if (stmt->kind == VAR_SET_VALUE &&
		pg_strcasecmp(stmt->name, "standard_conforming_strings") == 0)
	{
		bool		on;

		if (parse_bool(ExtractSetVariableArgs(stmt), &on) && on != context->conforming)
			refuse(context, ERRCODE_FEATURE_NOT_SUPPORTED,
				   "another value of standard_conforming_strings", HINT_STRINGS);
	}
}

/*
 * Raises an error for a statement that has no place in a model.
 */
static void
check_statement(const ParseContext *context, Node *stmt)
{
	const char *hint = hint_for_kind(stmt);

	if (IsA(stmt, TransactionStmt))
		refuse(context, ERRCODE_INVALID_TRANSACTION_TERMINATION,
			   "transaction control", HINT_TRANSACTION);
	if (hint != NULL)
		refuse(context, ERRCODE_FEATURE_NOT_SUPPORTED, CreateCommandName(stmt), hint);
	if (IsA(stmt, SelectStmt) && calls_setval((SelectStmt *) stmt))
		refuse(context, ERRCODE_FEATURE_NOT_SUPPORTED, "setval()", HINT_DATA);
	if (IsA(stmt, CreateSubscriptionStmt) &&
		!pgm_option_is_off(((CreateSubscriptionStmt *) stmt)->options, "connect"))
		refuse(context, ERRCODE_ACTIVE_SQL_TRANSACTION,
			   "CREATE SUBSCRIPTION that connects", HINT_SUBSCRIPTION);
	if (IsA(stmt, VariableSetStmt))
		check_set(context, (VariableSetStmt *) stmt);
}

/*
 * Takes out a line that psql would not send to the server.  Raises an error
 * for the commands of psql that do something.
 */
static void
take_out_command(ParseContext *context, int start, int end)
{
	static const char *const harmless[] = {"\\restrict", "\\unrestrict"};
	const char *text = context->part->ddl + start;
	int			length = strcspn(text, " \t\r\n;");

	for (int i = 0; i < (int) lengthof(harmless); i++)
	{
		if ((int) strlen(harmless[i]) == length &&
			strncmp(text, harmless[i], length) == 0 &&
			pgm_starts_line(context->part->ddl, start))
		{
			memset(context->source + start, ' ', end - start);
			return;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("psql command \"%s\" cannot be used in a model",
					pnstrdup(text, Min(length, pg_mbcliplen(text, length, 40)))),
			 errhint("%s", HINT_PSQL),
			 error_position(context, start)));
}

/*
 * The end of a name that begins here, as of a table, column or function.
 */
static const char *
skip_name(const char *p)
{
	while (*p && !scanner_isspace(*p))
	{
		char		close = *p == '(' ? ')' : '"';

		if (*p == '(' || *p == '"')
		{
			p = strchr(p + 1, close);
			if (p == NULL)
				return NULL;
		}
		p++;
	}
	return p;
}

static const char *
skip_space(const char *p)
{
	while (scanner_isspace(*p))
		p++;
	return p;
}

/*
 * Takes a word, in any case, and the white space after it.  Returns false if
 * another one is there.
 */
static bool
take_word(const char **p, const char *word)
{
	int			length = strlen(word);

	if (pg_strncasecmp(*p, word, length) != 0 || !scanner_isspace((*p)[length]))
		return false;
	*p = skip_space(*p + length);
	return true;
}

/*
 * Takes a name, and the white space after it.  Returns NULL if none is there.
 */
static const char *
take_name(const char **p)
{
	const char *start = *p;
	const char *end = skip_name(start);

	if (end == NULL || end == start)
		return NULL;
	*p = skip_space(end);
	return pnstrdup(start, end - start);
}

/*
 * Reads a comment, which may be an annotation.
 */
static void
read_comment(ParseContext *context, int start, int end)
{
	PgmModelPart *part = context->part;
	const char *text = pnstrdup(part->ddl + start + 2, end - start - 2);
	const char *p = skip_space(text);
	PgmModelRename *rename;

	if (pg_strncasecmp(p, ANNOTATION, strlen(ANNOTATION)) != 0)
		return;
	p = skip_space(p + strlen(ANNOTATION));
	rename = palloc0_object(PgmModelRename);
	if (!take_word(&p, "rename") || (rename->from = take_name(&p)) == NULL ||
		!take_word(&p, "to") || (rename->to = take_name(&p)) == NULL || *p != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("annotation is not understood"),
				 errhint("%s", HINT_ANNOTATION),
				 error_position(context, start)));
	rename->part = part->name;
	rename->line = pgm_line_of(part->ddl, start);
	part->renames = lappend(part->renames, rename);
}

static void
visit_scanned(void *arg, PgmScanned what, int start, int end)
{
	if (what == PGM_BACKSLASH)
		take_out_command(arg, start, end);
	else
		read_comment(arg, start, end);
}

/*
 * Cuts a part into statements, and checks each.
 */
static void
parse_statements(ParseContext *context)
{
	PgmModelPart *part = context->part;
	int			length = strlen(part->source);
	int			line = 1;
	int			counted = 0;	/* up to where lines are counted */
	List	   *raw = raw_parser(part->source, RAW_PARSE_DEFAULT);
	ListCell   *lc;

	foreach(lc, raw)
	{
		RawStmt    *stmt = lfirst(lc);
		PgmModelStatement *statement = palloc0_object(PgmModelStatement);
		int			start = Max(stmt->stmt_location, 0);
		int			end = stmt->stmt_len > 0 ? start + stmt->stmt_len : length;

		start = pgm_skip_to_statement(part->source, start, end);
		for (; counted < start; counted++)
			line += part->source[counted] == '\n';
		context->offset = start;
		check_statement(context, stmt->stmt);

		stmt->stmt_location = start;
		stmt->stmt_len = end - start;
		statement->raw = stmt;
		statement->offset = start;
		statement->length = end - start;
		statement->line = line;
		part->statements = lappend(part->statements, statement);
	}
}

/*
 * Notes that a backslash has been found.
 */
static void
note_backslash(void *arg, PgmScanned what, int start, int end)
{
	if (what == PGM_BACKSLASH)
		*(int *) arg = start;
}

/*
 * Whether an offset of a text is between two tokens: a backslash would be seen
 * there.
 */
static bool
is_between_tokens(const char *text, int offset)
{
	int			seen = -1;

	pgm_scan(psprintf("%.*s\\", offset, text), true, note_backslash, &seen);
	return seen == offset;
}

/*
 * Whether the part turns standard_conforming_strings off, as pg_dump does it
 * for a server where it was: on a line of its own.
 */
static bool
turns_conforming_off(const char *ddl)
{
	static const char line[] = "SET standard_conforming_strings = off;";

	for (const char *p = ddl; *p; p += strcspn(p, "\n"), p += *p == '\n')
	{
		if (pg_strncasecmp(p, line, strlen(line)) == 0)
			return is_between_tokens(ddl, p - ddl);
	}
	return false;
}

/*
 * Scans and parses a part with the one or the other form of literals.
 */
static void
parse_part(ParseContext *context, bool conforming)
{
	PgmModelPart *part = context->part;

	context->source = pstrdup(part->ddl);
	context->offset = -1;
	context->conforming = conforming;
	(void) set_config_option("standard_conforming_strings", conforming ? "on" : "off",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);

	/* psql takes a byte order mark for no text */
	if (strncmp(part->ddl, "\xef\xbb\xbf", 3) == 0)
		memset(context->source, ' ', 3);
	pgm_scan(context->source, conforming, visit_scanned, context);
	part->source = context->source;
	parse_statements(context);
}

/*
 * Parses a part of the model.  Raises the parser's errors, and others for what
 * has no place in a model; their context names part and line.  The result is
 * palloc'd in the current context, and refers to the arguments.
 */
PgmModelPart *
pgm_model_parse(const char *name, const char *ddl)
{
	PgmModelPart *part = palloc0_object(PgmModelPart);
	int			nestlevel = pgm_settings_pin_model();
	ParseContext context;
	ErrorContextCallback callback;

	part->name = name;
	part->ddl = ddl;
	context.part = part;
	callback.callback = parse_error_callback;
	callback.arg = &context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	parse_part(&context, !turns_conforming_off(ddl));

	error_context_stack = callback.previous;
	pgm_settings_unpin(nestlevel);
	return part;
}
