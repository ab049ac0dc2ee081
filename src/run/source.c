/*-------------------------------------------------------------------------
 *
 * source.c
 *	  Reading the history tables of other migration tools.
 *
 * A history table belongs to somebody else: it is read with the rights of the
 * caller, and whoever made it may mean harm.  So nothing of it is run for the
 * caller.  Columns must be of built-in types and are read as they are, without
 * a cast; row-level security is refused, which could also hide a part of the
 * history; and what is not a plain table (a view runs functions of its owner's
 * choice) is read only when the caller has named it.
 *
 * What the versions mean here is not known: see adopt.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/graph.h"
#include "run/source.h"

#define MAX_COLUMNS 5

/* a column that a tool's table has */
typedef struct Column
{
	const char *name;
	char		category;		/* as pg_type.typcategory */
} Column;

typedef struct Tool
{
	const char *name;
	const char *title;
	const char *table;
	const char *registry;		/* the schema that the tool keeps it in, or
								 * NULL: the search_path says */
	Column		columns[MAX_COLUMNS];
	const char *order;			/* names of columns */
	List	   *(*take) (const char *project);	/* SPI_tuptable as PgmForeign * */
} Tool;

static List *take_alembic(const char *project);
static List *take_flyway(const char *project);
static List *take_plain(const char *project);
static List *take_sqitch(const char *project);

static const Tool tools[] = {
	{"alembic", "Alembic", "alembic_version", NULL,
		{{"version_num", TYPCATEGORY_STRING}},
	"version_num", take_alembic},
	{"dbmate", "dbmate", "schema_migrations", NULL,
		{{"version", TYPCATEGORY_STRING}},
	"version", take_plain},
	{"flyway", "Flyway", "flyway_schema_history", NULL,
		{{"version", TYPCATEGORY_STRING}, {"description", TYPCATEGORY_STRING},
		{"type", TYPCATEGORY_STRING}, {"success", TYPCATEGORY_BOOLEAN},
		{"installed_rank", TYPCATEGORY_NUMERIC}},
	"installed_rank", take_flyway},
	{"rails", "Rails", "schema_migrations", NULL,
		{{"version", TYPCATEGORY_STRING}},
	"version", take_plain},
	{"sqitch", "Sqitch", "changes", "sqitch",
		{{"change_id", TYPCATEGORY_STRING}, {"change", TYPCATEGORY_STRING},
		{"project", TYPCATEGORY_STRING}, {"note", TYPCATEGORY_STRING},
		{"committed_at", TYPCATEGORY_DATETIME}},
	"committed_at, change_id", take_sqitch},
};

/* the same table in other schemas, for a hint */
static const char elsewhere_query[] =
"SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.'"
" OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname)"
" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
" ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
" WHERE c.relname OPERATOR(pg_catalog.=) $1::pg_catalog.name"
" AND c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog.text[])"
" ORDER BY 1 LIMIT 5";

static const Tool *
find_tool(const char *name)
{
	for (int i = 0; i < (int) lengthof(tools); i++)
	{
		if (strcmp(tools[i].name, name) == 0)
			return &tools[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized source: \"%s\"", name),
			 errhint("The sources are alembic, dbmate, flyway, rails and sqitch.")));
}

/*
 * A field of the result as text, or NULL; attno counts from 1.  The output
 * function is that of a built-in type.
 */
static char *
field(uint64 row, int attno)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, attno);
}

static PgmForeign *
add_version(List **versions, const char *version)
{
	PgmForeign *foreign = palloc0_object(PgmForeign);

	foreign->version = version;
	*versions = lappend(*versions, foreign);
	return foreign;
}

/*
 * Alembic keeps the heads of what is applied, one row each.
 */
static List *
take_alembic(const char *project)
{
	List	   *versions = NIL;

	for (uint64 i = 0; i < SPI_processed; i++)
		add_version(&versions, field(i, 1))->covers = true;
	return versions;
}

/*
 * dbmate and Rails have a row for each file that was applied.
 */
static List *
take_plain(const char *project)
{
	List	   *versions = NIL;

	for (uint64 i = 0; i < SPI_processed; i++)
		add_version(&versions, field(i, 1));
	return versions;
}

static PgmForeign *
find_version(List *versions, const char *version)
{
	ListCell   *lc;

	foreach(lc, versions)
	{
		PgmForeign *foreign = lfirst(lc);

		if (strcmp(foreign->version, version) == 0)
			return foreign;
	}
	return NULL;
}

static bool
starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t		length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/*
 * Flyway has a row for each time that something ran; the last one of a version
 * counts.  Without a version are the scripts that run again, known by their
 * descriptions, and the note that Flyway has created the schema.
 */
static List *
take_flyway(const char *project)
{
	List	   *versions = NIL;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *version = field(i, 1);
		char	   *description = field(i, 2);
		char	   *type = field(i, 3);
		char	   *success = field(i, 4);
		PgmForeign *foreign;

		if (description == NULL || type == NULL || success == NULL ||
			(version == NULL && strcmp(type, "SCHEMA") == 0))
			continue;
		foreign = find_version(versions, version ? version : description);
		if (foreign != NULL)
			versions = list_delete_ptr(versions, foreign);
		foreign = add_version(&versions, version ? version : description);
		foreign->description = description;
		if (version != NULL)
			foreign->name = description;
		foreign->covers = ends_with(type, "BASELINE");
		if (strcmp(success, "t") != 0)
			foreign->state = PGM_FOREIGN_FAILED;
		else if (version == NULL)
			foreign->state = PGM_FOREIGN_REPEATABLE;
		else if (starts_with(type, "UNDO") || strcmp(type, "DELETE") == 0)
			foreign->state = PGM_FOREIGN_UNDONE;
	}
	return versions;
}

/*
 * The projects of Sqitch's changes as one text, and how many there are.
 */
static char *
list_projects(int *n)
{
	List	   *projects = NIL;
	ListCell   *lc;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *project = field(i, 3);
		bool		found = project == NULL;

		foreach(lc, projects)
			found = found || strcmp(lfirst(lc), project) == 0;
		if (!found)
			projects = lappend(projects, project);
	}
	*n = list_length(projects);
	return *n > 0 ? pgm_string_list_text(projects, ", ") : pstrdup("none");
}

/*
 * Sqitch has a row for each change that is deployed now.
 */
static List *
take_sqitch(const char *project)
{
	List	   *versions = NIL;
	int			nprojects;
	char	   *projects = list_projects(&nprojects);

	if (project == NULL && nprojects > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("Sqitch has deployed %d projects to this database", nprojects),
				 errdetail("They are: %s.", projects),
				 errhint("Adopt them one by one: project => '...'.")));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *its_project = field(i, 3);
		char	   *change = field(i, 2);
		PgmForeign *foreign;

		if (change == NULL || its_project == NULL ||
			(project != NULL && strcmp(project, its_project) != 0))
			continue;
		foreign = add_version(&versions, change);
		foreign->id = field(i, 1);
		foreign->name = change;
		foreign->description = field(i, 4);
	}
	if (versions == NIL && project != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no change of project \"%s\" is deployed", project),
				 errdetail("Projects with changes are: %s.", projects)));
	return versions;
}

/*
 * Raises the error that the table is not there, and says where one of that
 * name is.
 */
static void
error_no_table(const Tool *tool, const char *history)
{
	Oid			argtype = TEXTOID;
	Datum		value = CStringGetTextDatum(tool->table);
	List	   *others = NIL;
	const char *what = tool->registry ? "schema" : "table";

	if (SPI_execute_with_args(elsewhere_query, 1, &argtype, &value, NULL, false, 0) == SPI_OK_SELECT)
	{
		for (uint64 i = 0; i < SPI_processed; i++)
			others = lappend(others, pgm_field_text(i, 1));
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("there is no history of %s: table %s does not exist",
					tool->title, history),
			 others ? errdetail("There is: %s.", pgm_string_list_text(others, ", ")) : 0,
			 others || tool->registry ?
			 errhint("Say which %s it is: history => '...'.", what) :
			 errhint("Connect to the database that %s has migrated, or say which table it is: history => '...'.",
					 tool->title)));
}

/*
 * The name of the table that a user means.
 */
static RangeVar *
history_name(const Tool *tool, const char *history)
{
	List	   *parts;

	if (history == NULL)
		return makeRangeVar(unconstify(char *, tool->registry),
							unconstify(char *, tool->table), -1);
	parts = textToQualifiedNameList(cstring_to_text(history));
	if (tool->registry == NULL)
		return makeRangeVarFromNameList(parts);
	if (list_length(parts) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is not the name of a schema", history),
				 errhint("The history of %s is a schema, its registry.", tool->title)));
	return makeRangeVar(strVal(linitial(parts)), unconstify(char *, tool->table), -1);
}

/*
 * How SQL writes the table.
 */
static char *
relation_text(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/*
 * Finds the table, and keeps it from being dropped.  Raises an error when
 * there is none, or none that may be read.
 */
static Oid
find_table(const Tool *tool, const char *history)
{
	RangeVar   *name = history_name(tool, history);
	Oid			relid = RangeVarGetRelid(name, AccessShareLock, true);
	char		kind;

	if (!OidIsValid(relid))
		error_no_table(tool, name->schemaname == NULL ? quote_identifier(name->relname) :
					   quote_qualified_identifier(name->schemaname, name->relname));
	kind = get_rel_relkind(relid);
	if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE)
		return relid;
	if (kind != RELKIND_VIEW && kind != RELKIND_MATVIEW && kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", relation_text(relid))));
	if (history == NULL || tool->registry != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a plain table", relation_text(relid)),
				 errdetail("%s has not made it.", tool->title),
				 tool->registry ? 0 :
				 errhint("If you trust its owner, name it: history => %s.",
						 quote_literal_cstr(relation_text(relid)))));
	return relid;
}

/*
 * Raises an error unless the table has the column, of a built-in type of the
 * right sort.
 */
static void
check_column(const Tool *tool, Oid relid, const Column *column)
{
	AttrNumber	attno = get_attnum(relid, column->name);
	Oid			type;
	char		category;
	bool		preferred;

	if (attno == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table %s is no history of %s", relation_text(relid), tool->title),
				 errdetail("It has no column \"%s\".", column->name)));
	type = getBaseType(get_atttype(relid, attno));
	get_type_category_preferred(type, &category, &preferred);
	if (type >= FirstNormalObjectId || category != column->category)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("table %s is no history of %s", relation_text(relid), tool->title),
				 errdetail("Its column \"%s\" is of type %s.", column->name,
						   format_type_be(get_atttype(relid, attno)))));
}

/*
 * Reads the table as the caller.  The result is in SPI_tuptable.
 */
static void
read_table(const Tool *tool, Oid relid)
{
	StringInfoData sql;
	MemoryContext caller = CurrentMemoryContext;
	int			nestlevel = NewGUCNestLevel();
	int			rc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < MAX_COLUMNS && tool->columns[i].name != NULL; i++)
	{
		check_column(tool, relid, &tool->columns[i]);
		appendStringInfo(&sql, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(tool->columns[i].name));
	}
	appendStringInfo(&sql, " FROM %s ORDER BY %s", relation_text(relid), tool->order);
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	rc = SPI_execute(sql.data, false, 0);
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "could not read %s: %s", relation_text(relid), SPI_result_code_string(rc));
	AtEOXact_GUC(false, nestlevel);
	MemoryContextSwitchTo(caller);
}

/*
 * Reads the history of another tool, with the rights of the caller, as it is
 * now.  history names the table (for Sqitch the schema) when it is not where
 * the tool puts it; project, a project of Sqitch.  Both may be NULL.
 *
 * The caller is connected to SPI.  Raises an error for an unknown tool, and
 * when there is no such table, or none of that tool.
 */
PgmSource *
pgm_source_read(const char *tool, const char *history, const char *project)
{
	const Tool *found = find_tool(tool);
	PgmSource  *source = palloc0_object(PgmSource);
	Oid			relid;
	ListCell   *lc;

	if (project != NULL && found->registry == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only Sqitch has projects")));
	relid = find_table(found, history);
	source->tool = found->name;
	source->title = found->title;
	source->history = relation_text(relid);
	read_table(found, relid);
	source->versions = found->take(project);
	SPI_freetuptable(SPI_tuptable);
	foreach(lc, source->versions)
	{
		if (((PgmForeign *) lfirst(lc))->version == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("table %s is no history of %s", source->history, source->title),
					 errdetail("There is a row without a version.")));
	}
	return source;
}
