/*-------------------------------------------------------------------------
 *
 * seed_write.c
 *	  From the rows that a table has to those that are declared.
 *
 * This runs in the sandbox, where the tables of the model are found under
 * their own names, and those of the database are aside.  A declared row is
 * converted to the types of the model and looked up in the table of the
 * database by its key.  Values are compared with the equality of their type;
 * where there is none, or the type itself changes, by their text.  What
 * differs becomes INSERT, UPDATE and DELETE with literals, for the model's
 * table, as they come after the changes of the schema; the way back holds the
 * rows as they were, and comes before those are taken back.
 *
 * A table comes after those that its foreign keys refer to; rows are deleted
 * after all others were made, in the reverse order.
 *
 * The sandbox has no rows, so they cannot be tried in it.  But each statement
 * is parsed, analysed and planned against the tables of the model, which also
 * reads its literals as values of their types.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "common/compat.h"
#include "common/spi.h"
#include "diff/seed.h"
#include "revision/graph.h"
#include "run/bulk.h"
#include "run/settings.h"
#include "schema/kinds.h"

/* how many rows a statement has at most */
#define MAX_ROWS 1000

#define KIND "rows"

/* a column of a declared row */
typedef struct SeedColumn
{
	Form_pg_attribute wanted;	/* of the model's table */
	Form_pg_attribute present;	/* of the database's table, or NULL */
	bool		in_key;
} SeedColumn;

/* a table at work */
typedef struct SeedTable
{
	const PgmSeed *seed;
	Oid			model;
	Oid			live;			/* InvalidOid: comes with this revision */
	TupleDesc	model_columns;
	TupleDesc	live_columns;	/* or NULL */
	List	   *key;			/* of char * */
	List	   *inserted;		/* of Form_pg_attribute: given by new rows */
	List	   *made;			/* of Change *: inserts and updates */
	List	   *dropped;		/* of Change *: deletes */
	bool		visited;
} SeedTable;

/* a statement and the one that takes it back, or NULL */
typedef struct Change
{
	PgmWritten *forward;
	PgmWritten *backward;
} Change;

/* rows that are inserted, or deleted, by one statement */
typedef struct RowBatch
{
	List	   *columns;		/* of Form_pg_attribute */
	StringInfoData values;		/* "(1, 'one'), (2, 'two')" */
	StringInfoData keys;		/* "1, 2", or "(1, 'a'), (2, 'b')" */
	int			n;
} RowBatch;

/* the tables of pgmigrate are aside in the sandbox, so these do not use them */
#define PRIMARY_KEY_QUERY \
	"SELECT a.attname::text FROM pg_index i" \
	" CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, n)" \
	" JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum" \
	" WHERE i.indrelid = $1 AND i.indisprimary ORDER BY k.n"

#define REFERENCE_QUERY \
	"SELECT FROM pg_constraint c" \
	" WHERE c.contype = 'f' AND c.conrelid = $1 AND c.confrelid = $2"

/*----------------------------------------------------------------------
 * Columns and literals
 *----------------------------------------------------------------------
 */

static Form_pg_attribute
find_column(TupleDesc columns, const char *name)
{
	for (int i = 0; columns != NULL && i < columns->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(columns, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	return NULL;
}

static bool
is_in_key(const SeedTable *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, table->key)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

static TupleDesc
copy_columns(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	TupleDesc	copy = CreateTupleDescCopy(RelationGetDescr(rel));

	/* the copy lacks these */
	for (int i = 0; i < copy->natts; i++)
	{
		TupleDescAttr(copy, i)->attidentity = TupleDescAttr(RelationGetDescr(rel), i)->attidentity;
		TupleDescAttr(copy, i)->attgenerated = TupleDescAttr(RelationGetDescr(rel), i)->attgenerated;
	}
	relation_close(rel, NoLock);
	return copy;
}

/*
 * Whether a text is a plain number.
 */
static bool
is_number(const char *text)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	size_t		n = strspn(digits, "0123456789");

	if (n > 0 && digits[n] == '.')
		n += 1 + strspn(digits + n + 1, "0123456789");
	return n > 0 && digits[n] == '\0' && digits[n - 1] != '.';
}

/*
 * A value, as its type prints it (NULL: a null), as a literal for a column.
 */
static char *
literal(const char *text, Form_pg_attribute att)
{
	if (text == NULL)
		return pstrdup("NULL");
	switch (getBaseType(att->atttypid))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			if (is_number(text))
				return pstrdup(text);
			break;
		case BOOLOID:
			return pstrdup(text[0] == 't' ? "true" : "false");
	}
	return quote_literal_cstr(text);
}

static const char *
column_name(Form_pg_attribute att)
{
	return quote_identifier(NameStr(att->attname));
}

/*
 * The expression for the text of a column.
 */
static char *
text_of(const char *alias, Form_pg_attribute att)
{
	if (att == NULL)
		return pstrdup("NULL");
	return psprintf("CASE WHEN num_nulls(%s.%s) = 0 THEN format('%%s', %s.%s) END",
					alias, column_name(att), alias, column_name(att));
}

/*
 * The expression for whether the values of a column, l the present one and w
 * the wanted, are equal and not null.
 */
static char *
equal_values(Form_pg_attribute present, Form_pg_attribute wanted)
{
	const char *name = column_name(wanted);
	HeapTuple	tuple;
	Oid			equality = InvalidOid;
	char	   *result;

	if (present->atttypid == wanted->atttypid)
		equality = lookup_type_cache(wanted->atttypid, TYPECACHE_EQ_OPR)->eq_opr;
	if (!OidIsValid(equality))
		return psprintf("format('%%s', l.%s) = format('%%s', w.%s)"
						" AND num_nulls(l.%s, w.%s) = 0", name, name, name, name);
	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(equality));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", equality);
	result = psprintf("l.%s OPERATOR(%s.%s) w.%s", name,
					  quote_identifier(get_namespace_name(((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace)),
					  NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname), name);
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The condition that the rows l and w have the same key.
 */
static char *
same_key(const SeedTable *table)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, table->key)
		appendStringInfo(&buf, "%s(%s)", foreach_current_index(lc) > 0 ? " AND " : "",
						 equal_values(find_column(table->live_columns, lfirst(lc)),
									  find_column(table->model_columns, lfirst(lc))));
	return buf.data;
}

/*
 * Runs a query with the rights of the caller, and search_path pg_catalog.
 * Leaves the result in SPI_tuptable, and returns how many rows it has.
 */
uint64
pgm_seed_query(const char *query, int nargs, Oid *argtypes, Datum *values)
{
	MemoryContext context = CurrentMemoryContext;
	int			rc = SPI_execute_with_args(query, nargs, argtypes, values, NULL, false, 0);

	MemoryContextSwitchTo(context);
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(rc));
	return SPI_processed;
}

/*
 * The columns of the key with their types, for a function over JSON.
 */
static char *
typed_column(Form_pg_attribute att)
{
	return psprintf("%s %s", column_name(att),
					format_type_extended(att->atttypid, att->atttypmod,
										 FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
}

static char *
typed_key(const SeedTable *table)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, table->key)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 typed_column(find_column(table->model_columns, lfirst(lc))));
	return buf.data;
}

static char *
live_name(const SeedTable *table)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->live)),
									  get_rel_name(table->live));
}

/*----------------------------------------------------------------------
 * Statements
 *----------------------------------------------------------------------
 */

static void
add_change(List **changes, const SeedTable *table, const char *what,
		   const char *forward, const char *backward, const char *hazard)
{
	Change	   *change = palloc0_object(Change);

	change->forward = pgm_written(forward, KIND, table->seed->identity, what);
	if (hazard != NULL)
		change->forward->hazards = list_make1(pstrdup(hazard));
	if (backward != NULL)
		change->backward = pgm_written(backward, KIND, table->seed->identity, "restore");
	*changes = lappend(*changes, change);
}

static RowBatch *
batch_new(List *columns)
{
	RowBatch   *batch = palloc0_object(RowBatch);

	batch->columns = columns;
	initStringInfo(&batch->values);
	initStringInfo(&batch->keys);
	return batch;
}

/*
 * Adds a row: the texts of the columns of the batch.
 */
static void
batch_add(RowBatch *batch, const SeedTable *table, char **texts)
{
	bool		several = list_length(table->key) > 1;
	ListCell   *lc;

	appendStringInfoString(&batch->values, batch->n > 0 ? ",\n\t(" : "\n\t(");
	foreach(lc, batch->columns)
		appendStringInfo(&batch->values, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 literal(texts[foreach_current_index(lc)], lfirst(lc)));
	appendStringInfoChar(&batch->values, ')');

	appendStringInfo(&batch->keys, "%s%s", batch->n > 0 ? ", " : "", several ? "(" : "");
	foreach(lc, table->key)
	{
		ListCell   *lc2;

		foreach(lc2, batch->columns)
		{
			Form_pg_attribute att = lfirst(lc2);

			if (strcmp(NameStr(att->attname), lfirst(lc)) == 0)
				appendStringInfo(&batch->keys, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
								 literal(texts[foreach_current_index(lc2)], att));
		}
	}
	if (several)
		appendStringInfoChar(&batch->keys, ')');
	batch->n++;
}

static char *
key_names(const SeedTable *table)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, table->key)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	return list_length(table->key) > 1 ? psprintf("(%s)", buf.data) : buf.data;
}

static char *
batch_insert(const RowBatch *batch, const SeedTable *table)
{
	StringInfoData buf;
	bool		overriding = false;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, batch->columns)
	{
		Form_pg_attribute att = lfirst(lc);

		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", column_name(att));
		overriding = overriding || att->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;
	}
	return psprintf("INSERT INTO %s (%s)%s VALUES%s", table->seed->identity, buf.data,
					overriding ? " OVERRIDING SYSTEM VALUE" : "", batch->values.data);
}

static char *
batch_delete(const RowBatch *batch, const SeedTable *table)
{
	return psprintf("DELETE FROM %s WHERE %s IN (%s)", table->seed->identity,
					key_names(table), batch->keys.data);
}

/*
 * Ends a batch of rows to be inserted, if there is one.
 */
static RowBatch *
flush_inserts(RowBatch *batch, SeedTable *table)
{
	if (batch != NULL)
	{
		add_change(&table->made, table, psprintf("insert %d", batch->n),
				   batch_insert(batch, table),
				   OidIsValid(table->live) ? batch_delete(batch, table) : NULL, NULL);
		table->inserted = list_concat_unique_ptr(table->inserted, batch->columns);
	}
	return NULL;
}

/*
 * Moves the sequences of columns that the new rows have numbers for.
 */
static void
move_sequences(SeedTable *table)
{
	ListCell   *lc;

	foreach(lc, table->inserted)
	{
		Form_pg_attribute att = lfirst(lc);
		char	   *statement = pgm_seed_sequence_statement(table->seed->identity,
															NameStr(att->attname));

		if (statement != NULL)
			add_change(&table->made, table, "sequence", statement, NULL, NULL);
	}
}

/*----------------------------------------------------------------------
 * Comparing
 *----------------------------------------------------------------------
 */

/* in the order of the table */
static int
compare_columns(const ListCell *a, const ListCell *b)
{
	return ((SeedColumn *) lfirst(a))->wanted->attnum - ((SeedColumn *) lfirst(b))->wanted->attnum;
}

/*
 * The columns that a row has, as a List of SeedColumn *.  They are known to
 * exist.
 */
static List *
columns_of_row(const SeedTable *table, JsonbContainer *row)
{
	JsonbIterator *it = JsonbIteratorInit(row);
	JsonbValue	value;
	JsonbIteratorToken token;
	List	   *columns = NIL;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		SeedColumn *column;
		char	   *name;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(value.val.string.val, value.val.string.len);
		column = palloc0_object(SeedColumn);
		column->wanted = find_column(table->model_columns, name);
		column->present = find_column(table->live_columns, name);
		column->in_key = is_in_key(table, name);
		columns = lappend(columns, column);
	}
	list_sort(columns, compare_columns);
	return columns;
}

static bool
same_columns(List *a, List *b)
{
	if (list_length(a) != list_length(b))
		return false;
	for (int i = 0; i < list_length(a); i++)
	{
		if (((SeedColumn *) list_nth(a, i))->wanted != ((SeedColumn *) list_nth(b, i))->wanted)
			return false;
	}
	return true;
}

/*
 * The query that looks up rows with these columns: for each the texts that are
 * wanted, whether it is there, the texts that there are, and which are the
 * same.  The rows ($1) are numbered from 1.
 */
static char *
lookup_query(const SeedTable *table, List *columns)
{
	StringInfoData wanted;
	StringInfoData present;
	StringInfoData same;
	StringInfoData types;
	bool		live = OidIsValid(table->live);
	ListCell   *lc;

	initStringInfo(&wanted);
	initStringInfo(&present);
	initStringInfo(&same);
	initStringInfo(&types);
	foreach(lc, columns)
	{
		const SeedColumn *column = lfirst(lc);
		const char *comma = foreach_current_index(lc) > 0 ? ", " : "";
		const char *name = column_name(column->wanted);

		appendStringInfo(&types, "%s%s", comma, typed_column(column->wanted));
		appendStringInfo(&wanted, "%s%s", comma, text_of("w", column->wanted));
		appendStringInfo(&present, "%s%s", comma, text_of("l", column->present));
		if (column->present == NULL)
			appendStringInfo(&same, "%sfalse", comma);
		else
			appendStringInfo(&same, "%sCOALESCE(%s, false) OR num_nulls(l.%s, w.%s) = 2", comma,
							 equal_values(column->present, column->wanted), name, name);
	}
	return psprintf("SELECT e.n, ARRAY[%s]::text[], %s, ARRAY[%s]::text[], ARRAY[%s]::bool[]"
					" FROM jsonb_array_elements($1) WITH ORDINALITY AS e (value, n)"
					" CROSS JOIN LATERAL jsonb_to_record(e.value) AS w (%s)%s"
					" ORDER BY e.n",
					wanted.data, live ? "l.tableoid IS NOT NULL" : "false", present.data,
					same.data, types.data,
					live ? psprintf(" LEFT JOIN %s l ON %s", live_name(table), same_key(table)) : "");
}

/*
 * The elements of a text[] field of a row of a result; NULL for nulls.
 */
static char **
field_texts(SPITupleTable *result, uint64 row, int attno)
{
	bool		isnull;
	Datum		value = SPI_getbinval(result->vals[row], result->tupdesc, attno, &isnull);
	Datum	   *elems;
	bool	   *nulls;
	int			n;
	char	  **texts;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elems, &nulls, &n);
	texts = palloc0_array(char *, n + 1);
	for (int i = 0; i < n; i++)
		texts[i] = nulls[i] ? NULL : TextDatumGetCString(elems[i]);
	return texts;
}

static bool *
field_bools(SPITupleTable *result, uint64 row, int attno)
{
	bool		isnull;
	Datum		value = SPI_getbinval(result->vals[row], result->tupdesc, attno, &isnull);
	Datum	   *elems;
	bool	   *nulls;
	int			n;
	bool	   *bools;

	deconstruct_array(DatumGetArrayTypeP(value), BOOLOID, 1, true, TYPALIGN_CHAR,
					  &elems, &nulls, &n);
	bools = palloc0_array(bool, n + 1);
	for (int i = 0; i < n; i++)
		bools[i] = !nulls[i] && DatumGetBool(elems[i]);
	return bools;
}

/*
 * Writes the UPDATE of a row that is there, if it differs, and the one back.
 */
static void
update_row(SeedTable *table, List *columns, char **wanted, char **present, const bool *same)
{
	StringInfoData forward;
	StringInfoData backward;
	StringInfoData names;
	StringInfoData where;
	ListCell   *lc;

	initStringInfo(&forward);
	initStringInfo(&backward);
	initStringInfo(&names);
	initStringInfo(&where);
	foreach(lc, columns)
	{
		const SeedColumn *column = lfirst(lc);
		int			i = foreach_current_index(lc);
		const char *name = column_name(column->wanted);

		if (column->in_key)
			appendStringInfo(&where, "%s%s = %s", where.len > 0 ? " AND " : "", name,
							 literal(wanted[i], column->wanted));
		else if (!same[i])
		{
			appendStringInfo(&forward, "%s%s = %s", forward.len > 0 ? ", " : "", name,
							 literal(wanted[i], column->wanted));
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", name);
			if (column->present != NULL)
				appendStringInfo(&backward, "%s%s = %s", backward.len > 0 ? ", " : "", name,
								 literal(present[i], column->wanted));
		}
	}
	if (forward.len == 0)
		return;
	add_change(&table->made, table, psprintf("update %s", names.data),
			   psprintf("UPDATE %s SET %s WHERE %s", table->seed->identity, forward.data, where.data),
			   backward.len == 0 ? NULL :
			   psprintf("UPDATE %s SET %s WHERE %s", table->seed->identity, backward.data, where.data),
			   NULL);
}

static List *
wanted_columns(List *columns)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, columns)
		result = lappend(result, ((SeedColumn *) lfirst(lc))->wanted);
	return result;
}

static void
error_ambiguous(const SeedTable *table, int64 row)
{
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("row %d of those that are declared for table %s is there several times",
					(int) row, table->seed->identity),
			 errdetail("The key is (%s).", pgm_string_list_text(table->key, ", ")),
			 errhint("Name columns that tell rows apart: migrate_set_seed(%s, rows, key => '{...}').",
					 quote_literal_cstr(table->seed->identity))));
}

/*
 * Runs a query over declared rows.
 */
static uint64
query_rows(const char *query, Jsonb *rows)
{
	Oid			argtypes[1] = {JSONBOID};
	Datum		values[1];

	values[0] = JsonbPGetDatum(rows);
	return pgm_seed_query(query, 1, argtypes, values);
}

static void
error_no_key(const SeedTable *table, int row, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("row %d of those that are declared for table %s has no value for column \"%s\" of the key",
					row, table->seed->identity, column)));
}

/*
 * Raises an error unless a row, numbered from 1, has the columns of the key.
 */
static void
require_key(const SeedTable *table, List *columns, int row)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, table->key)
	{
		bool		found = false;

		foreach(lc2, columns)
			found = found || strcmp(NameStr(((SeedColumn *) lfirst(lc2))->wanted->attname),
									lfirst(lc)) == 0;
		if (!found)
			error_no_key(table, row, lfirst(lc));
	}
}

/*
 * Raises an error when one of them is null.
 */
static void
require_key_values(const SeedTable *table, List *columns, char **wanted, int64 row)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		const SeedColumn *column = lfirst(lc);

		if (column->in_key && wanted[foreach_current_index(lc)] == NULL)
			error_no_key(table, (int) row, NameStr(column->wanted->attname));
	}
}

/*
 * Compares declared rows that have the same columns and follow each other,
 * numbered from 1.
 */
static void
compare_rows(SeedTable *table, List *columns, int first, int last)
{
	SPITupleTable *result;
	uint64		found;
	RowBatch   *batch = NULL;
	int64		before = 0;

	found = query_rows(lookup_query(table, columns),
					   pgm_bulk_slice(table->seed->rows, first - 1, last));
	result = SPI_tuptable;
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		int64		row = first - 1 +
		DatumGetInt64(SPI_getbinval(result->vals[i], result->tupdesc, 1, &isnull));
		char	  **wanted = field_texts(result, i, 2);

		CHECK_FOR_INTERRUPTS();
		if (row == before)
			error_ambiguous(table, row);
		before = row;
		require_key_values(table, columns, wanted, row);
		if (!DatumGetBool(SPI_getbinval(result->vals[i], result->tupdesc, 3, &isnull)))
		{
			if (batch == NULL || batch->n == MAX_ROWS)
			{
				(void) flush_inserts(batch, table);
				batch = batch_new(wanted_columns(columns));
			}
			batch_add(batch, table, wanted);
			continue;
		}
		if (table->seed->mode == PGM_SEED_INSERT)
			continue;
		update_row(table, columns, wanted, field_texts(result, i, 4), field_bools(result, i, 5));
	}
	(void) flush_inserts(batch, table);
	SPI_freetuptable(result);
}

/*
 * Compares all declared rows.
 */
static void
compare_table(SeedTable *table)
{
	JsonbIterator *it = JsonbIteratorInit(&table->seed->rows->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	List	   *columns = NIL;
	int			first = 0;
	int			number = 0;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		List	   *of_row;

		if (token != WJB_ELEM)
			continue;
		number++;
		of_row = columns_of_row(table, value.val.binary.data);
		require_key(table, of_row, number);
		if (number == 1 || !same_columns(columns, of_row))
		{
			if (number > 1)
				compare_rows(table, columns, first, number - 1);
			columns = of_row;
			first = number;
		}
	}
	if (number > 0)
		compare_rows(table, columns, first, number);
}

/*
 * Raises an error when two declared rows have the same key.
 */
static void
require_unique(const SeedTable *table)
{
	StringInfoData names;
	ListCell   *lc;
	uint64		n;

	initStringInfo(&names);
	foreach(lc, table->key)
		appendStringInfo(&names, "%sw.%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	n = query_rows(psprintf("SELECT min(e.n), max(e.n)"
							" FROM jsonb_array_elements($1) WITH ORDINALITY AS e (value, n)"
							" CROSS JOIN LATERAL jsonb_to_record(e.value) AS w (%s)"
							" GROUP BY %s HAVING count(*) > 1 ORDER BY 1 LIMIT 1",
							typed_key(table), names.data), table->seed->rows);
	if (n > 0)
	{
		bool		isnull;

		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("rows %d and %d of those that are declared for table %s have the same key",
						(int) DatumGetInt64(pgm_field(0, 1, &isnull)),
						(int) DatumGetInt64(pgm_field(0, 2, &isnull)), table->seed->identity),
				 errdetail("The key is (%s).", pgm_string_list_text(table->key, ", "))));
	}
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Writes the DELETE of rows that are not declared.  The way back restores
 * what the model's table has a column for.
 */
static void
delete_others(SeedTable *table)
{
	StringInfoData texts;
	StringInfoData order;
	List	   *columns = NIL;
	RowBatch   *batch = NULL;
	SPITupleTable *result;
	uint64		n;
	ListCell   *lc;

	initStringInfo(&texts);
	initStringInfo(&order);
	for (int i = 0; i < table->model_columns->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(table->model_columns, i);

		if (att->attisdropped || att->attgenerated != '\0' ||
			find_column(table->live_columns, NameStr(att->attname)) == NULL)
			continue;
		appendStringInfo(&texts, "%s%s", columns ? ", " : "", text_of("l", att));
		columns = lappend(columns, att);
	}
	foreach(lc, table->key)
		appendStringInfo(&order, "%sl.%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_identifier(lfirst(lc)));
	n = query_rows(psprintf("SELECT ARRAY[%s]::text[] FROM %s l WHERE NOT EXISTS"
							" (SELECT FROM jsonb_to_recordset($1) AS w (%s) WHERE %s)"
							" ORDER BY %s",
							texts.data, live_name(table), typed_key(table),
							same_key(table), order.data), table->seed->rows);
	result = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (batch == NULL)
			batch = batch_new(columns);
		batch_add(batch, table, field_texts(result, i, 1));
		if (batch->n < MAX_ROWS && i < n - 1)
			continue;
		add_change(&table->dropped, table, psprintf("delete %d", batch->n),
				   batch_delete(batch, table), batch_insert(batch, table),
				   "deletes data: rows that are not declared");
		batch = NULL;
	}
	SPI_freetuptable(result);
}

/*----------------------------------------------------------------------
 * Tables
 *----------------------------------------------------------------------
 */

/*
 * The columns that tell rows apart.
 */
static List *
primary_key(Oid relid)
{
	Oid			argtypes[1] = {OIDOID};
	Datum		values[1];
	List	   *names = NIL;
	uint64		n;

	values[0] = ObjectIdGetDatum(relid);
	n = pgm_seed_query(PRIMARY_KEY_QUERY, 1, argtypes, values);
	for (uint64 i = 0; i < n; i++)
		names = lappend(names, pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	return names;
}

/*
 * Says which table an error is about.
 */
static void
table_error_callback(void *arg)
{
	errcontext("rows declared for table %s", ((const PgmSeed *) arg)->identity);
}

/*
 * Raises an error unless the key are columns that both tables have.
 */
static void
check_key(SeedTable *table)
{
	ListCell   *lc;

	if (table->key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table %s has no primary key", table->seed->identity),
				 errhint("Name columns that tell rows apart: migrate_set_seed(%s, rows, key => '{...}').",
						 quote_literal_cstr(table->seed->identity))));
	foreach(lc, table->key)
	{
		if (find_column(table->model_columns, lfirst(lc)) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of the key does not exist", (char *) lfirst(lc))));
		if (OidIsValid(table->live) && find_column(table->live_columns, lfirst(lc)) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of the key does not exist yet in the database",
							(char *) lfirst(lc)),
					 errhint("Generate the revision that adds or renames it first, without the rows.")));
	}
}

/*
 * Compares a table; live is InvalidOid when it comes with this revision.
 */
static SeedTable *
compare_seed(const PgmSeed *seed, Oid model, Oid live)
{
	SeedTable  *table = palloc0_object(SeedTable);
	ErrorContextCallback callback;

	callback.callback = table_error_callback;
	callback.arg = unconstify(PgmSeed *, seed);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	table->seed = seed;
	table->model = model;
	table->live = live;
	table->model_columns = copy_columns(model);
	table->live_columns = OidIsValid(live) ? copy_columns(live) : NULL;
	table->key = seed->key ? seed->key : primary_key(model);
	check_key(table);
	pgm_bulk_check(model, seed->rows);
	require_unique(table);
	compare_table(table);
	move_sequences(table);
	if (seed->mode == PGM_SEED_EXACT && OidIsValid(live))
		delete_others(table);

	error_context_stack = callback.previous;
	return table;
}

static bool
refers_to(const SeedTable *from, const SeedTable *to)
{
	Oid			argtypes[2] = {OIDOID, OIDOID};
	Datum		values[2];
	uint64		n;

	values[0] = ObjectIdGetDatum(from->model);
	values[1] = ObjectIdGetDatum(to->model);
	n = pgm_seed_query(REFERENCE_QUERY, 2, argtypes, values);
	SPI_freetuptable(SPI_tuptable);
	return n > 0;
}

/*
 * Appends a table after those that it refers to.  A circle is cut where it was
 * entered.
 */
static List *
visit(List *order, List *tables, SeedTable *table)
{
	ListCell   *lc;

	if (table->visited)
		return order;
	check_stack_depth();
	table->visited = true;
	foreach(lc, tables)
	{
		if (lfirst(lc) != table && refers_to(table, lfirst(lc)))
			order = visit(order, tables, lfirst(lc));
	}
	return lappend(order, table);
}

/*
 * Says which statement an error is about.
 */
static void
proof_error_callback(void *arg)
{
	errcontext("generated statement: %s", ((const PgmWritten *) arg)->text);
}

/*
 * Plans a statement.
 */
static void
prove(const PgmWritten *written)
{
	ErrorContextCallback callback;
	SPIPlanPtr	plan;

	callback.callback = proof_error_callback;
	callback.arg = unconstify(PgmWritten *, written);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	plan = SPI_prepare(written->text, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	SPI_freeplan(plan);
	error_context_stack = callback.previous;
}

/*
 * Adds the statements of all tables to those that there are.
 */
static void
add_statements(PgmGenerated *generated, List *tables, bool proof)
{
	List	   *order = NIL;
	List	   *changes = NIL;
	List	   *backward = NIL;
	ListCell   *lc;

	foreach(lc, tables)
		order = visit(order, tables, lfirst(lc));
	foreach(lc, order)
		changes = list_concat(changes, ((SeedTable *) lfirst(lc))->made);
	for (int i = list_length(order) - 1; i >= 0; i--)
		changes = list_concat(changes, ((SeedTable *) list_nth(order, i))->dropped);
	foreach(lc, changes)
	{
		const Change *change = lfirst(lc);

		if (proof)
			prove(change->forward);
		if (proof && change->backward != NULL)
			prove(change->backward);
		generated->upgrade = lappend(generated->upgrade, change->forward);
		if (change->backward != NULL)
			backward = lcons(change->backward, backward);
	}
	generated->downgrade = list_concat(backward, generated->downgrade);
}

/*
 * Settings under which the texts of values mean the same everywhere, and all of
 * the rows are seen.  Returns the nest level.
 */
static int
pin_settings(void)
{
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog, pg_temp"},
		{"bytea_output", "hex"},
		{"extra_float_digits", "1"},
		{"row_security", "off"},
	};
	int			nestlevel = pgm_settings_pin_model();

	for (int i = 0; i < (int) lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return nestlevel;
}

/*
 * The table of the database that the model's is: the one that has its name
 * after renames are taken back.
 */
static Oid
live_table(const PgmObject *model, const PgmSnapshot *live, const PgmSnapshot *compared)
{
	for (int i = 0; i < compared->nobjects; i++)
	{
		const PgmObject *object = compared->objects[i];
		const PgmObject *found;

		if (object->kind != model->kind || object->address.objectId != model->address.objectId)
			continue;
		found = pgm_snapshot_find(live, object->kind, object->identity);
		return found ? found->address.objectId : InvalidOid;
	}
	return InvalidOid;
}

/*
 * Adds what brings the rows of the database to those that are declared (seeds,
 * a List of PgmSeed *, loaded before, as the table is aside in the sandbox), after
 * the changes of the schema, and what takes that back, before those are taken
 * back.  Called in a sandbox that is at the model: live is the database,
 * compared the model under its old names.  With proof the statements are
 * planned.  A table that is not compared is left out.
 */
void
pgm_seeds_write(PgmGenerated *generated, List *seeds, const PgmSnapshot *live,
				const PgmSnapshot *model, const PgmSnapshot *compared, bool proof)
{
	List	   *tables = NIL;
	ListCell   *lc;
	int			nestlevel;

	if (seeds == NIL)
		return;
	nestlevel = pin_settings();
	foreach(lc, seeds)
	{
		const PgmSeed *seed = lfirst(lc);
		const PgmObject *object = pgm_snapshot_find(model, &pgm_kind_table, seed->identity);

		if (object == NULL)
		{
			if (OidIsValid(RangeVarGetRelid(makeRangeVar(pstrdup(seed->schema), pstrdup(seed->table), -1),
											NoLock, true)))
				continue;
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("rows are declared for table %s, which is not in the model",
							seed->identity),
					 errhint("Add the table to the model, or declare no rows: SELECT migrate_set_seed(%s, NULL);",
							 quote_literal_cstr(seed->identity))));
		}
		if (!object->outside)
			tables = lappend(tables, compare_seed(seed, object->address.objectId,
												  live_table(object, live, compared)));
	}
	add_statements(generated, tables, proof);
	pgm_settings_unpin(nestlevel);
}

/*
 * The same where rows are all that is declared: the tables are those of the
 * database.
 */
PgmGenerated *
pgm_seeds_generate(List *seeds, bool proof)
{
	PgmGenerated *generated = palloc0_object(PgmGenerated);
	List	   *tables = NIL;
	ListCell   *lc;
	int			nestlevel = pin_settings();

	foreach(lc, seeds)
	{
		const PgmSeed *seed = lfirst(lc);
		Oid			relid = RangeVarGetRelid(makeRangeVar(pstrdup(seed->schema), pstrdup(seed->table), -1),
											 AccessShareLock, false);

		tables = lappend(tables, compare_seed(seed, relid, relid));
	}
	add_statements(generated, tables, proof);
	pgm_settings_unpin(nestlevel);
	return generated;
}
