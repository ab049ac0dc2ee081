/*-------------------------------------------------------------------------
 *
 * object.c
 *	  From the rows that the query of a kind gives to objects.
 *
 * A schema has tens of thousands of them, so the elements of an array become
 * strings where they are.  Where the rows come from is the affair of read.c,
 * and what objects have to do with each other that of snapshot.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/object.h"

/* columns of the rows that a kind's query gives, from 0; see kind.h */
enum
{
	COL_OBJID,
	COL_OBJSUBID,
	COL_PARENT,
	COL_PARENTSUB,
	COL_SCHEMA,
	COL_NAME,
	COL_IDENTITY,
	COL_TARGET,
	COL_DEFINITION,
	COL_OWNER,
	COL_ACL,
	COL_PARTS,
	COL_AFTER,
	COL_CLAIMS,
	COL_EXTRA
};

static const Oid column_types[] = {
	OIDOID, INT4OID, OIDOID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
	OIDOID, ACLITEMARRAYOID, TEXTARRAYOID, OIDARRAYOID, TEXTOID, TEXTARRAYOID
};

static char *
text_column(const TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL : TextDatumGetCString(slot->tts_values[column]);
}

static Oid
oid_column(const TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? InvalidOid : DatumGetObjectId(slot->tts_values[column]);
}

/*
 * Turns the elements of a text[], which is ours to write into and has a byte
 * more than its size, into strings where they are.  The zero that ends one may
 * fall on the header of the next, so it is written when that has been read.
 */
static void
split_texts(ArrayType *array, const char **texts, int n)
{
	const bits8 *bitmap = ARR_NULLBITMAP(array);
	char	   *p = (char *) array + (ARR_HASNULL(array) ? (Size) array->dataoffset :
									  ARR_OVERHEAD_NONULLS(ARR_NDIM(array)));
	char	   *end = NULL;

	for (int i = 0; i < n; i++)
	{
		Size		size;

		if (bitmap != NULL && (bitmap[i / 8] & (1 << (i % 8))) == 0)
			continue;
		size = VARSIZE_ANY(p);
		texts[i] = VARDATA_ANY(p);
		if (end != NULL)
			*end = '\0';
		end = p + size;
		p = (char *) att_align_nominal(end, TYPALIGN_INT);
	}
	if (end != NULL)
		*end = '\0';
}

/*
 * Returns the elements of a text[], at least "want" of them, NULLs included.
 */
static const char **
text_array_column(const TupleTableSlot *slot, int column, int want, int *n)
{
	ArrayType  *array;
	ArrayType  *copy;
	const char **texts;

	*n = 0;
	if (slot->tts_isnull[column])
		return palloc0_array(const char *, Max(want, 1));
	array = DatumGetArrayTypeP(slot->tts_values[column]);
	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	copy = palloc(VARSIZE(array) + 1);
	memcpy(copy, array, VARSIZE(array));
	texts = palloc0_array(const char *, Max(Max(want, *n), 1));
	split_texts(copy, texts, *n);
	return texts;
}

/*
 * Returns the object that a row of a kind's query is, in the current memory
 * context.  The columns of the slot have been taken apart.
 */
PgmObject *
pgm_object_make(const PgmKind *kind, const TupleTableSlot *slot)
{
	PgmObject  *object = palloc0_object(PgmObject);
	int			n;

	object->kind = kind;
	ObjectAddressSubSet(object->address, kind->classid, oid_column(slot, COL_OBJID),
						(int32) oid_column(slot, COL_OBJSUBID));
	ObjectAddressSubSet(object->parent_address, kind->parent_class,
						oid_column(slot, COL_PARENT),
						(int32) oid_column(slot, COL_PARENTSUB));
	object->schema = text_column(slot, COL_SCHEMA);
	object->name = text_column(slot, COL_NAME);
	object->identity = text_column(slot, COL_IDENTITY);
	object->target = text_column(slot, COL_TARGET);
	if (object->target == NULL)
		object->target = psprintf("%s %s", kind->word, object->identity);
	object->definition = text_column(slot, COL_DEFINITION);
	if (object->definition == NULL)
		object->definition = "";
	object->owner = oid_column(slot, COL_OWNER);
	object->acl = slot->tts_isnull[COL_ACL] ? NULL :
		DatumGetAclPCopy(slot->tts_values[COL_ACL]);
	object->parts = text_array_column(slot, COL_PARTS, kind->nparts, &n);
	if (n != kind->nparts && kind->nparts > 0 && n > 0)
		elog(ERROR, "kind %s has %d parts, its query gives %d", kind->name, kind->nparts, n);
	object->claims = text_column(slot, COL_CLAIMS);
	object->extra = text_array_column(slot, COL_EXTRA, 0, &object->nextra);
	return object;
}

/*
 * Returns what is needed of a row to say whether it is wanted.
 */
void
pgm_object_row_oids(const TupleTableSlot *slot, Oid *objid, Oid *parent)
{
	*objid = oid_column(slot, COL_OBJID);
	*parent = oid_column(slot, COL_PARENT);
}

/*
 * Returns the column "after" of a row, or NULL.
 */
ArrayType *
pgm_object_row_after(const TupleTableSlot *slot)
{
	return slot->tts_isnull[COL_AFTER] ? NULL :
		DatumGetArrayTypeP(slot->tts_values[COL_AFTER]);
}

/*
 * Raises an error unless the query gives what kind.h says.
 */
void
pgm_object_check_columns(const PgmKind *kind, TupleDesc desc)
{
	if (desc->natts != lengthof(column_types))
		elog(ERROR, "the query of kind %s gives %d columns", kind->name, desc->natts);
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->atttypid != column_types[i])
			elog(ERROR, "column %d of the query of kind %s is of type %u", i + 1,
				 kind->name, TupleDescAttr(desc, i)->atttypid);
}

/*
 * Returns the description of the rows.
 */
TupleDesc
pgm_object_columns(void)
{
	TupleDesc	desc = CreateTemplateTupleDesc(lengthof(column_types));

	for (size_t i = 0; i < lengthof(column_types); i++)
		TupleDescInitEntry(desc, (AttrNumber) (i + 1), NULL, column_types[i], -1, 0);
	return desc;
}
