/*-------------------------------------------------------------------------
 *
 * bulk.c
 *	  Inserting the rows of a JSON array into a table.
 *
 * Rows that follow each other and have the same keys are one INSERT ... SELECT
 * over jsonb_to_recordset(), which names the columns of these keys and no
 * other: so what is missing takes its default, and rights, triggers, policies
 * and rules are those of any INSERT of the caller.
 *
 * The server's conversion does not say where in the array it failed.  Keeping
 * track would cost everybody; so all of it runs in a subtransaction, and after
 * an error the row and the key are searched for by converting again, without
 * inserting, ever smaller parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"

#include "common/compat.h"
#include "run/bulk.h"

/* the INSERT for rows of certain keys, kept for the call */
typedef struct KeySet
{
	const JsonbContainer *sample;	/* a row that has these keys */
	List	   *columns;		/* of Form_pg_attribute, in the order of the
								 * keys */
	SPIPlanPtr	plan;
} KeySet;

typedef struct BulkInsert
{
	Relation	rel;
	Jsonb	   *rows;
	int			n;				/* how many rows */
	bool		override_identity;
	bool		only_check;		/* insert nothing */
	List	   *keysets;		/* of KeySet * */
	uint64		inserted;
	const struct RowRange *at;	/* at work; for an error */
} BulkInsert;

/* work in a subtransaction */
typedef void (*BulkWork) (BulkInsert *insert, void *arg);

/* rows that have the same keys; numbered from 0, last is the first one after */
typedef struct RowRange
{
	const KeySet *keyset;
	int			first;
	int			last;
} RowRange;

/*
 * The bytes of the keys of an object.  They come first among its data.
 */
static int
keys_length(const JsonbContainer *object)
{
	int			n = JsonContainerSize(object);

	return n == 0 ? 0 : getJsonbOffset(object, n - 1) + getJsonbLength(object, n - 1);
}

static const char *
keys_data(const JsonbContainer *object)
{
	return (const char *) (object->children + 2 * JsonContainerSize(object));
}

/*
 * Whether two objects have the same keys.  The server keeps the keys of an
 * object sorted, before its values, so that they need not be looked at one by
 * one.
 */
static bool
same_keys(const JsonbContainer *a, const JsonbContainer *b)
{
	int			n = JsonContainerSize(a);

	return n == (int) JsonContainerSize(b) &&
		memcmp(a->children, b->children, n * sizeof(JEntry)) == 0 &&
		memcmp(keys_data(a), keys_data(b), keys_length(a)) == 0;
}

/*
 * A key of an object, palloc'd.
 */
static char *
key_of(const JsonbContainer *object, int number)
{
	return pnstrdup(keys_data(object) + getJsonbOffset(object, number),
					getJsonbLength(object, number));
}

/*
 * The names of the columns that can be given, for a hint.
 */
static char *
column_names(Relation rel)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(tupdesc, i);

		if (!att->attisdropped && att->attgenerated == '\0')
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
							 NameStr(att->attname));
	}
	return buf.data;
}

/*
 * The column that a key names.  Raises an error that names the row (from 1)
 * when there is none, or when it cannot be given.
 */
static Form_pg_attribute
column_of_key(const BulkInsert *insert, const char *key, int row)
{
	TupleDesc	tupdesc = RelationGetDescr(insert->rel);
	const char *table = RelationGetRelationName(insert->rel);
	Form_pg_attribute att = NULL;

	for (int i = 0; i < tupdesc->natts && att == NULL; i++)
	{
		if (!TupleDescAttr(tupdesc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(tupdesc, i)->attname), key) == 0)
			att = TupleDescAttr(tupdesc, i);
	}
	if (att == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("row %d: key \"%s\" is no column of relation \"%s\"", row, key, table),
				 errhint("The columns are: %s.", column_names(insert->rel))));
	if (att->attgenerated != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("row %d: key \"%s\" is a generated column of relation \"%s\"",
						row, key, table),
				 errhint("Leave the key out.")));
	if (att->attidentity == ATTRIBUTE_IDENTITY_ALWAYS && !insert->override_identity)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("row %d: key \"%s\" is an identity column defined as GENERATED ALWAYS of relation \"%s\"",
						row, key, table),
				 errhint("Leave the key out, or say override_identity => true, as OVERRIDING SYSTEM VALUE does.")));
	return att;
}

/*
 * The list of columns, with their types or without.
 */
static char *
column_list(List *columns, bool types)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, columns)
	{
		Form_pg_attribute att = lfirst(lc);

		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(NameStr(att->attname)));
		if (types)
			appendStringInfo(&buf, " %s",
							 format_type_extended(att->atttypid, att->atttypmod,
												  FORMAT_TYPE_TYPEMOD_GIVEN |
												  FORMAT_TYPE_FORCE_QUALIFY));
	}
	return buf.data;
}

/*
 * The text of the INSERT for some columns.  All is qualified, as the caller's
 * search_path is in force, and stays so for triggers.
 */
static char *
insert_text(const BulkInsert *insert, List *columns)
{
	const char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(insert->rel)),
												   RelationGetRelationName(insert->rel));

	if (columns == NIL)
		return psprintf("INSERT INTO %s DEFAULT VALUES", table);
	return psprintf("INSERT INTO %s (%s)%s SELECT * FROM pg_catalog.jsonb_to_recordset($1) AS r (%s)",
					table, column_list(columns, false),
					insert->override_identity ? " OVERRIDING SYSTEM VALUE" : "",
					column_list(columns, true));
}

/*
 * Prepares a statement over the rows.  The plan must not have the rows in it,
 * which would copy them each time.
 */
static SPIPlanPtr
prepare(const char *text, bool takes_rows)
{
	Oid			argtypes[1] = {JSONBOID};
	SPIPlanPtr	plan = SPI_prepare_cursor(text, takes_rows ? 1 : 0, argtypes,
										  CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
	return plan;
}

/*
 * The text of a query that converts the values of some columns.
 */
static char *
conversion_text(List *columns)
{
	return psprintf("SELECT pg_catalog.count(*) FROM pg_catalog.jsonb_to_recordset($1) AS r (%s)",
					column_list(columns, true));
}

/*
 * The INSERT for rows that have the same keys as this one, whose number counts
 * from 1.  Raises an error when a key is no column.
 */
static const KeySet *
find_keyset(BulkInsert *insert, const JsonbContainer *object, int row)
{
	KeySet	   *keyset;
	ListCell   *lc;

	foreach(lc, insert->keysets)
	{
		keyset = lfirst(lc);
		if (same_keys(keyset->sample, object))
			return keyset;
	}
	keyset = palloc0_object(KeySet);
	keyset->sample = object;
	for (int i = 0; i < (int) JsonContainerSize(object); i++)
		keyset->columns = lappend(keyset->columns,
								  column_of_key(insert, key_of(object, i), row));
	if (!insert->only_check)
		keyset->plan = prepare(insert_text(insert, keyset->columns), keyset->columns != NIL);
	else if (keyset->columns != NIL)
		keyset->plan = prepare(conversion_text(keyset->columns), true);
	insert->keysets = lappend(insert->keysets, keyset);
	return keyset;
}

/*
 * Some elements of an array, from 0, where last is the first one after: an
 * array of their own unless it is all of them.
 */
Jsonb *
pgm_bulk_slice(Jsonb *rows, int first, int last)
{
	char	   *path;

	if (first == 0 && last == (int) JB_ROOT_COUNT(rows))
		return rows;
	path = psprintf("$[%d to %d]", first, last - 1);
	return DatumGetJsonbP(DirectFunctionCall4(jsonb_path_query_array,
											  JsonbPGetDatum(rows),
											  DirectFunctionCall1(jsonpath_in, CStringGetDatum(path)),
											  DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")),
											  BoolGetDatum(false)));
}

/*
 * Executes a plan over some rows and returns how many it processed.
 */
static uint64
execute_over(const BulkInsert *insert, SPIPlanPtr plan, int first, int last)
{
	Datum		values[1];
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *rows = pgm_bulk_slice(insert->rows, first, last);
	int			rc;

	values[0] = JsonbPGetDatum(rows);
	rc = SPI_execute_plan(plan, values, NULL, false, 0);
	MemoryContextSwitchTo(context);
	if (rc < 0)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(rc));
	SPI_freetuptable(SPI_tuptable);
	if (rows != insert->rows)
		pfree(rows);
	return SPI_processed;
}

/*----------------------------------------------------------------------
 * Finding the row and the key that cannot be converted
 *----------------------------------------------------------------------
 */

/*
 * Whether it makes sense to search after an error: not when the session or
 * the machine is at its end.
 */
static bool
is_about_data(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INTERNAL_ERROR:
			return false;
		default:
			return sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE;
	}
}

/*
 * Does some work in a subtransaction.  Returns the error that it ended with, in
 * the current context, or NULL.
 */
static ErrorData *
attempt(BulkInsert *insert, BulkWork work, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile edata = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(insert, arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return edata;
}

/* what to convert */
typedef struct Conversion
{
	List	   *columns;
	int			first;
	int			last;
} Conversion;

static void
convert(BulkInsert *insert, void *arg)
{
	const Conversion *conversion = arg;
	SPIPlanPtr	plan = prepare(conversion_text(conversion->columns), true);

	(void) execute_over(insert, plan, conversion->first, conversion->last);
	SPI_freeplan(plan);
}

/*
 * Tries to convert the values of some columns of some rows.  Returns the error,
 * or NULL.  What is no error of the data is thrown.
 */
static ErrorData *
try_conversion(BulkInsert *insert, List *columns, int first, int last)
{
	Conversion	conversion = {columns, first, last};
	ErrorData  *edata = attempt(insert, convert, &conversion);

	if (edata != NULL && !is_about_data(edata->sqlerrcode))
		ReThrowError(edata);
	return edata;
}

/*
 * The first row of a range that cannot be converted.  There is one.
 */
static int
find_row(BulkInsert *insert, const RowRange *range)
{
	int			first = range->first;
	int			last = range->last;

	while (last - first > 1)
	{
		int			middle = first + (last - first) / 2;

		if (try_conversion(insert, range->keyset->columns, first, middle) != NULL)
			last = middle;
		else
			first = middle;
	}
	return first;
}

/*
 * Raises the error of the INSERT of a range, saying where it is as exactly as
 * can be found out.
 */
static void
report_failure(BulkInsert *insert, const RowRange *range, ErrorData *edata)
{
	List	   *columns = range->keyset->columns;
	ListCell   *lc;
	int			row;

	if (columns != NIL && is_about_data(edata->sqlerrcode) &&
		try_conversion(insert, columns, range->first, range->last) != NULL)
	{
		row = find_row(insert, range);
		foreach(lc, columns)
		{
			Form_pg_attribute att = lfirst(lc);
			ErrorData  *cause = try_conversion(insert, list_make1(att), row, row + 1);

			if (cause == NULL)
				continue;
			cause->message = psprintf("row %d, key \"%s\": %s", row + 1,
									  NameStr(att->attname), cause->message);
			cause->context = NULL;
			cause->internalquery = NULL;
			cause->internalpos = 0;

			/* not where we searched, but where we were called */
			ThrowErrorData(cause);
		}
	}
	ReThrowError(edata);
}

/*
 * Says which rows an error is about.
 */
static void
range_error_callback(void *arg)
{
	const RowRange *range = arg;

	if (range->last - range->first == 1)
		errcontext("migrate_bulk_insert(), row %d", range->first + 1);
	else
		errcontext("migrate_bulk_insert(), rows %d to %d", range->first + 1, range->last);
}

/*----------------------------------------------------------------------
 * Inserting
 *----------------------------------------------------------------------
 */

/*
 * Executes the plan of rows that have the same keys.
 */
static void
insert_range(BulkInsert *insert, const RowRange *range)
{
	ErrorContextCallback callback;
	SPIPlanPtr	plan = range->keyset->plan;

	callback.callback = range_error_callback;
	callback.arg = unconstify(RowRange *, range);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	insert->at = range;
	if (range->keyset->columns != NIL)
		insert->inserted += execute_over(insert, plan, range->first, range->last);
	else if (plan != NULL)
		for (int i = range->first; i < range->last; i++)
			insert->inserted += execute_over(insert, plan, 0, insert->n);
	error_context_stack = callback.previous;
}

/*
 * The same for all of them, a List of RowRange *.
 */
static void
insert_ranges(BulkInsert *insert, void *arg)
{
	ListCell   *lc;

	foreach(lc, (List *) arg)
	{
		CHECK_FOR_INTERRUPTS();
		insert_range(insert, lfirst(lc));
	}
}

/*
 * Inserts all rows.  The keys of all are looked at before the first is
 * inserted, as that may take long.
 */
static void
insert_rows(BulkInsert *insert)
{
	JsonbIterator *it = JsonbIteratorInit(&insert->rows->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	RowRange   *range = NULL;
	List	   *ranges = NIL;
	ErrorData  *edata;
	int			row = 0;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		const JsonbContainer *object;

		if (token != WJB_ELEM)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("row %d is not a JSON object", row + 1)));
		object = value.val.binary.data;
		if (range == NULL || !same_keys(range->keyset->sample, object))
		{
			range = palloc_object(RowRange);
			range->keyset = find_keyset(insert, object, row + 1);
			range->first = row;
			ranges = lappend(ranges, range);
		}
		range->last = ++row;
	}
	edata = attempt(insert, insert_ranges, ranges);
	if (edata != NULL)
		report_failure(insert, insert->at, edata);
}

/*
 * Raises the errors that pgm_bulk_insert() would raise for keys that are no
 * columns and for values that do not have their types.  rows is known to be an
 * array of objects.
 */
void
pgm_bulk_check(Oid relid, Jsonb *rows)
{
	BulkInsert	insert = {0};

	insert.rel = relation_open(relid, AccessShareLock);
	insert.rows = rows;
	insert.n = JB_ROOT_COUNT(rows);
	insert.override_identity = true;
	insert.only_check = true;
	insert_rows(&insert);
	relation_close(insert.rel, NoLock);
}

/*
 * Inserts the rows, an array of objects, into a relation, with the rights of
 * the caller, and returns how many were inserted.  Raises an error that names
 * row and key when a key is no column or a value does not have its type, and
 * the errors of the INSERT.  The caller is connected to SPI.
 */
uint64
pgm_bulk_insert(Oid relid, Jsonb *rows, bool override_identity)
{
	BulkInsert	insert = {0};

	if (!JB_ROOT_IS_ARRAY(rows) || JB_ROOT_IS_SCALAR(rows))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a JSON array of objects", "rows"),
				 errhint("For example: '[{\"id\": 1, \"name\": \"one\"}, {\"id\": 2, \"name\": \"two\"}]'.")));

	/* the lock of an INSERT, so that the columns stay as they are */
	insert.rel = relation_open(relid, RowExclusiveLock);
	if (insert.rel->rd_rel->relkind != RELKIND_RELATION &&
		insert.rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
		insert.rel->rd_rel->relkind != RELKIND_VIEW &&
		insert.rel->rd_rel->relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot insert into relation \"%s\"",
						RelationGetRelationName(insert.rel)),
				 errdetail_relkind_not_supported(insert.rel->rd_rel->relkind)));
	insert.rows = rows;
	insert.n = JB_ROOT_COUNT(rows);
	insert.override_identity = override_identity;
	insert_rows(&insert);
	relation_close(insert.rel, NoLock);
	return insert.inserted;
}
