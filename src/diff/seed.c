/*-------------------------------------------------------------------------
 *
 * seed.c
 *	  Reference data as a part of the model: which rows are declared.
 *
 * A row of migrate_seed holds the rows that a table should have, as JSON.  The
 * table need not be there when they are set, so only their form is checked
 * here; what leads from the rows of a database to these is seed_write.c's.
 *
 * As a part of the model of DDL is, rows are taken only from a role that could
 * act as the caller: who generates a revision becomes its author.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "common/spi.h"
#include "diff/seed.h"
#include "run/settings.h"
#include "run/trust.h"

static const char *const mode_names[] = {
	[PGM_SEED_INSERT] = "insert-only",
	[PGM_SEED_UPSERT] = "upsert",
	[PGM_SEED_EXACT] = "exact",
};

static PgmStatement set_statement = {
	.sql = "INSERT INTO %s.migrate_seed (relation, rows, key, mode, set_at, set_by)"
	" VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp(), $5)"
	" ON CONFLICT (relation) DO UPDATE SET rows = excluded.rows, key = excluded.key,"
	" mode = excluded.mode, set_at = excluded.set_at, set_by = excluded.set_by",
	.nargs = 5,
	.argtypes = {TEXTOID, JSONBOID, TEXTARRAYOID, TEXTOID, TEXTOID}
};

static PgmStatement remove_statement = {
	.sql = "DELETE FROM %s.migrate_seed WHERE relation OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement exists_statement = {
	.sql = "SELECT FROM %s.migrate_seed LIMIT 1"
};

static PgmStatement load_statement = {
	.sql = "SELECT relation, rows, key, mode, set_by FROM %s.migrate_seed ORDER BY relation"
};

/*
 * The mode that a user names.
 */
PgmSeedMode
pgm_seed_mode_parse(const char *name)
{
	for (int i = 0; i < (int) lengthof(mode_names); i++)
	{
		if (strcmp(mode_names[i], name) == 0)
			return (PgmSeedMode) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized mode: \"%s\"", name),
			 errhint("The modes are insert-only, upsert and exact.")));
}

/*
 * Takes the name of a table apart.  Without a schema it is in the first one of
 * the path of scripts.
 */
static void
take_name(PgmSeed *seed, const char *relation)
{
	List	   *names = textToQualifiedNameList(cstring_to_text(relation));
	List	   *path;

	if (list_length(names) > 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("improper qualified name (too many dotted names): %s", relation)));
	seed->table = strVal(llast(names));
	if (list_length(names) == 2)
		seed->schema = strVal(linitial(names));
	else if (SplitIdentifierString(pstrdup(pgm_search_path), ',', &path) && path != NIL)
		seed->schema = linitial(path);
	else
		seed->schema = "public";
	seed->identity = quote_qualified_identifier(seed->schema, seed->table);
}

static JsonbValue *
value_of(JsonbContainer *object, const char *key)
{
	JsonbValue	name;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key);
	name.val.string.len = strlen(key);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name);
}

/*
 * Raises an error unless a row, numbered from 1, has all columns of the key.
 */
static void
require_key(const PgmSeed *seed, JsonbContainer *row, int number)
{
	ListCell   *lc;

	foreach(lc, seed->key)
	{
		JsonbValue *value = value_of(row, lfirst(lc));

		if (value == NULL || value->type == jbvNull)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("row %d has no value for column \"%s\" of the key", number,
							(char *) lfirst(lc))));
	}
}

/*
 * Raises an error unless the rows are an array of objects that have the key.
 */
static void
check_rows(const PgmSeed *seed)
{
	JsonbIterator *it;
	JsonbValue	value;
	JsonbIteratorToken token;
	int			number = 0;

	if (!JB_ROOT_IS_ARRAY(seed->rows) || JB_ROOT_IS_SCALAR(seed->rows))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a JSON array of objects", "rows"),
				 errhint("For example: '[{\"id\": 1, \"name\": \"one\"}, {\"id\": 2, \"name\": \"two\"}]'.")));
	it = JsonbIteratorInit(&seed->rows->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		number++;
		if (value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("row %d is not a JSON object", number)));
		require_key(seed, value.val.binary.data, number);
	}
}

/*
 * Declares the rows of a table and returns their number.  Nothing is inserted.
 * The caller is connected to SPI, here and below.
 */
int
pgm_seed_set(const char *relation, Jsonb *rows, List *key, PgmSeedMode mode)
{
	PgmSeed		seed = {0};
	Datum		values[5];

	take_name(&seed, relation);
	seed.rows = rows;
	seed.key = key;
	check_rows(&seed);
	values[0] = CStringGetTextDatum(seed.identity);
	values[1] = JsonbPGetDatum(rows);
	values[2] = pgm_list_to_array(key);
	values[3] = CStringGetTextDatum(mode_names[mode]);
	values[4] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	pgm_execute(&set_statement, values, NULL, false);
	return JB_ROOT_COUNT(rows);
}

/*
 * Declares nothing of a table any more; its rows stay.
 */
void
pgm_seed_remove(const char *relation)
{
	PgmSeed		seed = {0};
	Datum		values[1];

	take_name(&seed, relation);
	values[0] = CStringGetTextDatum(seed.identity);
	if (pgm_execute(&remove_statement, values, NULL, false) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no rows are declared for table %s", seed.identity)));
}

/*
 * Whether any rows are declared.
 */
bool
pgm_seeds_exist(void)
{
	return pgm_execute(&exists_statement, NULL, NULL, false) > 0;
}

/*
 * Raises an error unless the rows were declared by a role that could act as
 * the caller.
 */
static void
require_trusted(const char *relation, const char *author)
{
	const char *missing;

	if (pgm_author_is_trusted(author))
		return;
	missing = pgm_author_falls_short_of(author);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the rows of table %s were declared by role \"%s\", who could not act as role \"%s\"",
					relation, author, missing),
			 errhint("Read them, then declare them yourself: SELECT migrate_set_seed(relation, rows, key, mode) FROM %s.migrate_seed WHERE relation = %s;",
					 pgm_schema(), quote_literal_cstr(relation))));
}

/*
 * All that is declared, in the order of the tables' names, as a List of
 * PgmSeed * in the current context.
 */
List *
pgm_seeds_load(void)
{
	List	   *seeds = NIL;
	uint64		n = pgm_execute(&load_statement, NULL, NULL, false);
	SPITupleTable *table = SPI_tuptable;

	for (uint64 i = 0; i < n; i++)
	{
		PgmSeed    *seed = palloc0_object(PgmSeed);
		bool		isnull;
		char	   *relation = pgm_field_text(i, 1);

		require_trusted(relation, pgm_field_text(i, 5));
		take_name(seed, relation);
		seed->rows = DatumGetJsonbPCopy(pgm_field(i, 2, &isnull));
		seed->key = pgm_field_text_list(i, 3);
		seed->mode = pgm_seed_mode_parse(pgm_field_text(i, 4));
		seeds = lappend(seeds, seed);
	}
	SPI_freetuptable(table);
	return seeds;
}
