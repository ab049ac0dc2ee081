/*-------------------------------------------------------------------------
 *
 * script.c
 *	  The text of a revision, taken apart into statements.
 *
 * The server's own parser does it, so dollar quotes, BEGIN ATOMIC bodies and
 * whatever the next release brings are cut where the server cuts them.  The
 * same code serves when a revision is written and when it is run: what could
 * not run is refused when it is written, with its line and a caret.
 *
 * Which statements cannot run in a transaction is cut.c's business; running
 * them is step.c's and online.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/fmgrprotos.h"

#include "common/compat.h"
#include "run/cut.h"
#include "run/script.h"

/* a script longer than this many bytes is not quoted as a whole */
#define MAX_QUOTED_SCRIPT 2000

#define HINT_TRANSACTION \
	"The caller of migrate_upgrade() commits or rolls back; migrate_upgrade_online() commits after each revision."
#define HINT_COPY_FROM \
	"Use INSERT, or COPY from a file of the server."
#define HINT_COPY_TO \
	"Use COPY to a file of the server."
#define HINT_DISCARD \
	"It would reset the session of the caller."

/* what the error context callback needs to know */
typedef struct ParseContext
{
	const PgmScript *script;
	int			offset;			/* of the statement at hand; -1: unknown */
} ParseContext;

/*
 * The line of an offset into a text, counted from 1.
 */
static int
line_of(const char *text, int offset)
{
	int			line = 1;

	for (int i = 0; i < offset && text[i]; i++)
	{
		if (text[i] == '\n')
			line++;
	}
	return line;
}

/*
 * SHA-256 of a text in UTF-8, so that it is the same in databases of other
 * encodings.
 */
bytea *
pgm_text_digest(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	bytea	   *bytes = (bytea *) cstring_to_text(utf8);

	return DatumGetByteaP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(bytes)));
}

/*
 * Whether two digests are the same.
 */
bool
pgm_same_bytes(const bytea *a, const bytea *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/*
 * Puts the caret at an offset of a script.  Of a long script only the line is
 * shown, so that the message stays readable; the context has its number.
 */
static void
set_caret(const char *text, int offset)
{
	const char *start = text;
	char	   *excerpt = pstrdup(text);

	if (strlen(text) > MAX_QUOTED_SCRIPT)
	{
		start = text + offset;
		while (start > text && start[-1] != '\n')
			start--;
		excerpt = pnstrdup(start, strcspn(start, "\n"));
	}
	internalerrposition(pg_mbstrlen_with_len(start, text + offset - start) + 1);
	internalerrquery(excerpt);
}

/*
 * Whether the statement before an offset is COPY FROM STDIN, as in the output
 * of pg_dump: then the error is at its data.
 */
static bool
follows_copy(const char *text, int offset)
{
	char	   *before = asc_tolower(text, offset);
	char	   *end = strrchr(before, ';');
	char	   *start;

	if (end == NULL)
		return false;
	*end = '\0';
	start = strrchr(before, ';');
	start = start ? start + 1 : before;
	return strstr(start, "copy") != NULL && strstr(start, "stdin") != NULL;
}

/*
 * Says in which script and line an error is, and moves the caret from the
 * command that the user typed into the script.
 */
static void
parse_error_callback(void *arg)
{
	ParseContext *context = arg;
	const PgmScript *script = context->script;
	int			position = geterrposition();
	int			offset = context->offset;

	if (position > 0)
	{
		offset = pg_mbcharcliplen(script->text, strlen(script->text), position - 1);
		errposition(0);
		set_caret(script->text, offset);
		if (follows_copy(script->text, offset))
			errhint("COPY FROM STDIN cannot be used in a revision, nor can its data lines. " HINT_COPY_FROM);
		else if (script->text[offset] == '\\')
			errhint("Commands of psql cannot be used in a revision.");
	}
	if (script->title != NULL && offset >= 0)
		errcontext("%s, line %d", script->title, line_of(script->text, offset));
	else if (script->title != NULL)
		errcontext("%s", script->title);
	else if (offset >= 0)
		errcontext("%s script of revision \"%s\", line %d", script->direction,
				   script->revision, line_of(script->text, offset));
	else
		errcontext("%s script of revision \"%s\"", script->direction,
				   script->revision);
}

/*
 * Raises the error for a statement at an offset of a script.
 */
static void
refuse(ParseContext *context, int sqlstate, const char *what, const char *hint)
{
	const char *text = context->script->text;

	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("%s cannot be used in a revision", what),
			 errhint("%s", hint),
			 errposition(pg_mbstrlen_with_len(text, context->offset) + 1)));
}

/*
 * Raises an error for a statement that could never run in a revision.
 */
static void
check_statement(ParseContext *context, Node *stmt)
{
	if (IsA(stmt, TransactionStmt))
		refuse(context, ERRCODE_INVALID_TRANSACTION_TERMINATION,
			   "transaction control", HINT_TRANSACTION);
	if (IsA(stmt, CopyStmt) && ((CopyStmt *) stmt)->filename == NULL)
	{
		bool		is_from = ((CopyStmt *) stmt)->is_from;

		refuse(context, ERRCODE_FEATURE_NOT_SUPPORTED,
			   is_from ? "COPY FROM STDIN" : "COPY TO STDOUT",
			   is_from ? HINT_COPY_FROM : HINT_COPY_TO);
	}
	if (IsA(stmt, VariableSetStmt) &&
		((VariableSetStmt *) stmt)->kind == VAR_SET_MULTI &&
		strncmp(((VariableSetStmt *) stmt)->name, "TRANSACTION", 11) == 0)
		refuse(context, ERRCODE_ACTIVE_SQL_TRANSACTION, "SET TRANSACTION",
			   HINT_TRANSACTION);
	if (IsA(stmt, DiscardStmt) && ((DiscardStmt *) stmt)->target == DISCARD_ALL)
		refuse(context, ERRCODE_ACTIVE_SQL_TRANSACTION, "DISCARD ALL", HINT_DISCARD);
}

/*
 * Skips white space and comments, from which the parser lets a statement
 * begin.  Returns the offset of what comes then.
 */
int
pgm_skip_to_statement(const char *text, int offset, int end)
{
	int			depth;

	while (offset < end)
	{
		if (scanner_isspace(text[offset]))
			offset++;
		else if (text[offset] == '-' && offset + 1 < end && text[offset + 1] == '-')
		{
			while (offset < end && text[offset] != '\n' && text[offset] != '\r')
				offset++;
		}
		else if (text[offset] == '/' && offset + 1 < end && text[offset + 1] == '*')
		{
			depth = 1;
			offset += 2;
			while (offset < end && depth > 0)
			{
				if (text[offset] == '/' && offset + 1 < end && text[offset + 1] == '*')
				{
					depth++;
					offset++;
				}
				else if (text[offset] == '*' && offset + 1 < end && text[offset + 1] == '/')
				{
					depth--;
					offset++;
				}
				offset++;
			}
		}
		else
			break;
	}
	return offset;
}

/*
 * Parses the text that a script has and checks each statement.
 */
static PgmScript *
parse_script(PgmScript *script)
{
	const char *text = script->text;
	ParseContext context;
	ErrorContextCallback callback;
	List	   *raw;
	ListCell   *lc;
	int			length = strlen(text);
	int			line = 1;
	int			counted = 0;	/* up to where lines are counted */

	context.script = script;
	context.offset = -1;
	callback.callback = parse_error_callback;
	callback.arg = &context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	raw = raw_parser(text, RAW_PARSE_DEFAULT);
	foreach(lc, raw)
	{
		RawStmt    *stmt = lfirst(lc);
		PgmScriptStatement *statement = palloc0_object(PgmScriptStatement);
		int			start = Max(stmt->stmt_location, 0);
		int			end = stmt->stmt_len > 0 ? start + stmt->stmt_len : length;

		start = pgm_skip_to_statement(text, start, end);
		line += line_of(text + counted, start - counted) - 1;
		counted = start;
		context.offset = start;
		check_statement(&context, stmt->stmt);

		script->terminated = stmt->stmt_len > 0;
		statement->line = line;
		statement->text = pnstrdup(text + start, end - start);
		statement->node = stmt->stmt;
		statement->kind = pgm_statement_kind(stmt->stmt, &statement->alone_name);
		script->statements = lappend(script->statements, statement);
	}

	error_context_stack = callback.previous;
	return script;
}

/*
 * Parses a script and checks each statement.  Raises the parser's errors and
 * those of check_statement; their context names revision, direction and line.
 * The result is palloc'd in the current context.  The caller must have pinned
 * standard_conforming_strings (see settings.c), which changes how texts read.
 */
PgmScript *
pgm_script_parse(const char *revision, const char *direction, const char *text)
{
	PgmScript  *script = palloc0_object(PgmScript);

	script->revision = revision;
	script->direction = direction;
	script->text = text;
	return parse_script(script);
}

/*
 * The same for a script that is none of a revision, but has a name, and a title
 * for messages.
 */
PgmScript *
pgm_script_parse_titled(const char *name, const char *title, const char *text)
{
	PgmScript  *script = palloc0_object(PgmScript);

	script->revision = name;
	script->title = title;
	script->text = text;
	return parse_script(script);
}
