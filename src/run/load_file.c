/*-------------------------------------------------------------------------
 *
 * load_file.c
 *	  Loading files of the server.
 *
 * A file is not run, it is read: the server's parser takes it apart, and it
 * may hold nothing but calls of migrate_load() with constants.  So who may load
 * files cannot be made to run what is in them.  Who may read files of the
 * server at all is decided as for COPY.
 *
 * Files are in UTF-8, whatever the client's encoding is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/load_file.h"
#include "run/script.h"
#include "run/settings.h"

/* an argument of migrate_load() */
typedef enum ArgumentKind
{
	ARG_TEXT,
	ARG_NAMES,
	ARG_TIME
} ArgumentKind;

static const struct
{
	const char *name;
	ArgumentKind kind;
	bool		required;
}			arguments[] = {
	{"revision", ARG_TEXT, true},
	{"message", ARG_TEXT, true},
	{"down_revision", ARG_NAMES, false},
	{"depends_on", ARG_NAMES, false},
	{"branch_labels", ARG_NAMES, false},
	{"replaces", ARG_NAMES, false},
	{"creator", ARG_TEXT, false},
	{"created_at", ARG_TIME, false},
	{"upgrade", ARG_TEXT, false},
	{"downgrade", ARG_TEXT, false},
};

#define NARGUMENTS ((int) lengthof(arguments))

/* the file at hand */
typedef struct RevisionFile
{
	const char *name;
	const char *text;
	int			offset;			/* of the statement at hand; -1: none */
} RevisionFile;

/*
 * Says in which file and line an error is, and puts the caret there.
 */
static void
file_error_callback(void *arg)
{
	RevisionFile *file = arg;
	int			position = geterrposition();
	int			offset = file->offset;
	int			line = 1;

	if (position > 0)
	{
		const char *start;

		offset = pg_mbcharcliplen(file->text, strlen(file->text), position - 1);
		start = file->text + offset;
		while (start > file->text && start[-1] != '\n')
			start--;
		errposition(0);
		internalerrposition(pg_mbstrlen_with_len(start, file->text + offset - start) + 1);
		internalerrquery(pnstrdup(start, strcspn(start, "\r\n")));
	}
	if (offset < 0)
	{
		errcontext("file \"%s\"", file->name);
		return;
	}
	for (int i = 0; i < offset; i++)
		line += file->text[i] == '\n' ? 1 : 0;
	errcontext("file \"%s\", line %d", file->name, line);
}

/*
 * Where a byte of the file is, for errposition().
 */
static int
position_of(const RevisionFile *file, int offset)
{
	if (offset < 0)
		offset = file->offset;
	return pg_mbstrlen_with_len(file->text, offset) + 1;
}

static void
refuse_statement(const RevisionFile *file, int offset)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a revision file can only call migrate_load() with constants"),
			 errhint("Files that do other things can be run with psql."),
			 errposition(position_of(file, offset))));
}

static void
refuse_argument(const RevisionFile *file, int offset, const char *problem, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", psprintf(problem, name)),
			 errposition(position_of(file, offset))));
}

/*
 * The call that a statement is, or an error.
 */
static FuncCall *
call_of(const RevisionFile *file, Node *node)
{
	SelectStmt *select = (SelectStmt *) node;
	ResTarget  *target;
	FuncCall   *call;

	if (!IsA(node, SelectStmt) || select->op != SETOP_NONE ||
		list_length(select->targetList) != 1 || select->distinctClause != NIL ||
		select->intoClause != NULL || select->fromClause != NIL ||
		select->whereClause != NULL || select->groupClause != NIL ||
		select->havingClause != NULL || select->windowClause != NIL ||
		select->sortClause != NIL || select->limitCount != NULL ||
		select->limitOffset != NULL || select->lockingClause != NIL ||
		select->withClause != NULL)
		refuse_statement(file, -1);
	target = linitial_node(ResTarget, select->targetList);
	call = (FuncCall *) target->val;
	if (!IsA(call, FuncCall) || strcmp(strVal(llast(call->funcname)), "migrate_load") != 0 ||
		list_length(call->funcname) > 2 || call->agg_order != NIL ||
		call->agg_filter != NULL || call->over != NULL || call->agg_within_group ||
		call->agg_star || call->agg_distinct || call->func_variadic)
		refuse_statement(file, exprLocation(target->val));
	if (list_length(call->funcname) == 2 &&
		strcmp(strVal(linitial(call->funcname)), get_namespace_name(pgm_schema_oid())) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("extension \"%s\" is not in schema \"%s\"", "pgmigrate",
						strVal(linitial(call->funcname))),
				 errhint("Leave out the schema, so that the file can be loaded everywhere."),
				 errposition(position_of(file, call->location))));
	return call;
}

/*
 * Is a cast one to a type that the arguments have?
 */
static bool
is_fitting_cast(const TypeCast *cast)
{
	const char *name = strVal(llast(cast->typeName->names));

	return strcmp(name, "text") == 0 || strcmp(name, "timestamptz") == 0;
}

/*
 * A constant as a text, or NULL; an error if it is none.
 */
static char *
constant_text(const RevisionFile *file, Node *node)
{
	A_Const    *constant = (A_Const *) node;

	if (IsA(node, TypeCast) && is_fitting_cast((TypeCast *) node))
		return constant_text(file, ((TypeCast *) node)->arg);
	if (!IsA(node, A_Const) || (!constant->isnull && nodeTag(&constant->val) != T_String))
		refuse_statement(file, exprLocation(node));
	return constant->isnull ? NULL : strVal(&constant->val);
}

/*
 * A constant as a list of names: ARRAY[...], or the text of an array.
 */
static List *
constant_names(const RevisionFile *file, Node *node, const char *argname)
{
	char	   *text;
	Datum		array;

	if (IsA(node, TypeCast) && is_fitting_cast((TypeCast *) node))
		node = ((TypeCast *) node)->arg;
	if (IsA(node, A_ArrayExpr))
	{
		List	   *names = NIL;
		ListCell   *lc;

		foreach(lc, ((A_ArrayExpr *) node)->elements)
		{
			text = constant_text(file, lfirst(lc));
			if (text == NULL)
				refuse_argument(file, exprLocation(lfirst(lc)),
								"argument \"%s\" must not contain null values", argname);
			names = lappend(names, text);
		}
		return names;
	}
	text = constant_text(file, node);
	if (text == NULL)
		return NIL;
	array = OidInputFunctionCall(F_ARRAY_IN, text, TEXTOID, -1);
	return pgm_array_to_list(DatumGetArrayTypeP(array), argname);
}

/*
 * Puts the value of an argument into the row.
 */
static void
set_argument(const RevisionFile *file, PgmScriptRow *row, int number, Node *node)
{
	List	  **lists[] = {&row->down_revision, &row->depends_on,
	&row->branch_labels, &row->replaces};
	char	   *text;

	if (arguments[number].kind == ARG_NAMES)
	{
		*lists[number - 2] = constant_names(file, node, arguments[number].name);
		return;
	}
	text = constant_text(file, node);
	if (text == NULL && (arguments[number].required || strcmp(arguments[number].name, "upgrade") == 0))
		refuse_argument(file, exprLocation(node), "argument \"%s\" must not be null",
						arguments[number].name);
	if (arguments[number].kind == ARG_TIME)
	{
		row->dated = text != NULL;
		if (row->dated)
			row->created_at = DatumGetTimestampTz(OidInputFunctionCall(F_TIMESTAMPTZ_IN, text,
																	   InvalidOid, -1));
		return;
	}
	switch (number)
	{
		case 0:
			row->revision = text;
			break;
		case 1:
			row->message = text;
			break;
		case 6:
			row->creator = text;
			break;
		case 8:
			row->upgrade = pgm_load_script(text);
			break;
		case 9:
			row->downgrade = pgm_load_script(text);
			break;
	}
}

/*
 * The number of an argument of the call, and its value.
 */
static int
argument_number(const RevisionFile *file, Node **node, int place, bool *named)
{
	NamedArgExpr *argument = (NamedArgExpr *) *node;

	if (!IsA(*node, NamedArgExpr))
	{
		if (*named || place >= NARGUMENTS)
			refuse_statement(file, exprLocation(*node));
		return place;
	}
	*named = true;
	*node = (Node *) argument->arg;
	for (int i = 0; i < NARGUMENTS; i++)
		if (strcmp(arguments[i].name, argument->name) == 0)
			return i;
	refuse_argument(file, argument->location,
					"migrate_load() has no argument \"%s\"", argument->name);
	return -1;
}

/*
 * The row that a call describes.
 */
static PgmScriptRow *
row_of_call(const RevisionFile *file, FuncCall *call)
{
	PgmScriptRow *row = palloc0_object(PgmScriptRow);
	bool		seen[NARGUMENTS] = {false};
	bool		named = false;
	ListCell   *lc;

	row->upgrade = "";
	foreach(lc, call->args)
	{
		Node	   *node = lfirst(lc);
		int			number = argument_number(file, &node, foreach_current_index(lc), &named);

		if (seen[number])
			refuse_argument(file, exprLocation(node), "argument \"%s\" is given twice",
							arguments[number].name);
		seen[number] = true;
		set_argument(file, row, number, node);
	}
	for (int i = 0; i < NARGUMENTS; i++)
		if (arguments[i].required && !seen[i])
			refuse_argument(file, call->location, "argument \"%s\" is missing",
							arguments[i].name);
	return row;
}

/*
 * Reads a file.  *file has its name, and gets its text.
 */
static void
read_file(RevisionFile *file, const char *path)
{
	FILE	   *stream = AllocateFile(path, PG_BINARY_R);
	struct stat st;
	char	   *bytes;
	size_t		length;

	if (stream == NULL || fstat(fileno(stream), &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", path)));
	if (st.st_size >= (off_t) MaxAllocSize / 4)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("file \"%s\" is too large", path)));
	bytes = palloc(st.st_size + 1);
	length = fread(bytes, 1, st.st_size, stream);
	if (ferror(stream))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", path)));
	FreeFile(stream);
	bytes[length] = '\0';

	/* what some editors begin a file with */
	if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
	{
		bytes += 3;
		length -= 3;
	}
	file->text = pg_any_to_server(bytes, length, PG_UTF8);
}

/*
 * Loads the revisions of a file.
 */
static void
load_revision_file(RevisionFile *file, const char *path, PgmLoadSink sink, void *arg)
{
	ErrorContextCallback callback;
	List	   *raw;
	ListCell   *lc;

	file->text = "";
	file->offset = -1;
	callback.callback = file_error_callback;
	callback.arg = file;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	read_file(file, path);
	raw = raw_parser(file->text, RAW_PARSE_DEFAULT);
	foreach(lc, raw)
	{
		RawStmt    *stmt = lfirst(lc);
		int			start = Max(stmt->stmt_location, 0);
		PgmScriptRow *row;

		file->offset = pgm_skip_to_statement(file->text, start, strlen(file->text));
		row = row_of_call(file, call_of(file, stmt->stmt));
		sink(arg, file->name, row->revision, pgm_load(row));
	}
	error_context_stack = callback.previous;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * The names of the files of a directory that end in .sql, in order.
 */
static List *
list_files(const char *path)
{
	DIR		   *dir = AllocateDir(path);
	struct dirent *entry;
	List	   *names = NIL;

	while ((entry = ReadDir(dir, path)) != NULL)
	{
		size_t		length = strlen(entry->d_name);
		struct stat st;

		if (length <= 4 || entry->d_name[0] == '.' ||
			strcmp(entry->d_name + length - 4, ".sql") != 0)
			continue;
		if (stat(psprintf("%s/%s", path, entry->d_name), &st) == 0 && S_ISREG(st.st_mode))
			names = lappend(names, pstrdup(entry->d_name));
	}
	FreeDir(dir);
	list_sort(names, compare_names);
	return names;
}

/*
 * Raises an error unless the caller may read files of the server.
 */
static void
require_file_access(const char *path)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to load files of the server"),
				 errdetail("Only roles with privileges of the \"%s\" role may do that.",
						   "pg_read_server_files"),
				 errhint("Files of the client can be loaded with psql: cat *.sql | psql -1 -f -")));
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is no absolute path", path)));
}

/*
 * Loads all files of a directory of the server whose names end in .sql.  The
 * sink is told of each revision.  The caller is connected to SPI.
 */
void
pgm_load_directory(const char *path, PgmLoadSink sink, void *arg)
{
	char	   *directory = pstrdup(path);
	MemoryContext context;
	MemoryContext caller;
	int			nestlevel;
	ListCell   *lc;
	List	   *names;

	require_file_access(path);
	canonicalize_path(directory);
	names = list_files(directory);
	nestlevel = pgm_settings_pin_literals();
	context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate file",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	foreach(lc, names)
	{
		RevisionFile file = {0};

		CHECK_FOR_INTERRUPTS();
		file.name = lfirst(lc);
		load_revision_file(&file, psprintf("%s/%s", directory, file.name), sink, arg);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	pgm_settings_unpin(nestlevel);
}
