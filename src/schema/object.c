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

/*
 * An object is one piece of memory, with all its texts: there are so many that
 * the edges between pieces would be a third of them.
 */
typedef struct Carver
{
	char	   *next;
	Size		size;			/* while it is counted, what is needed */
} Carver;

/* a text or an array of a row, detoasted */
typedef struct Value
{
	const void *datum;			/* NULL: is null */
	Size		size;			/* of its copy */
} Value;

static void *
carve(Carver *carver, Size size)
{
	char	   *piece = carver->next;

	carver->next += MAXALIGN(size);
	return piece;
}

/*
 * Returns a column of type text; its size is with a zero at the end.
 */
static Value
text_value(const TupleTableSlot *slot, int column, Carver *carver)
{
	Value		value = {NULL, 0};

	if (slot->tts_isnull[column])
		return value;
	value.datum = DatumGetTextPP(slot->tts_values[column]);
	value.size = VARSIZE_ANY_EXHDR(value.datum) + 1;
	carver->size += MAXALIGN(value.size);
	return value;
}

/*
 * Returns a column of type text[]; its size is with room for a zero after the
 * last element.
 */
static Value
array_value(const TupleTableSlot *slot, int column, Carver *carver)
{
	Value		value = {NULL, 0};

	if (slot->tts_isnull[column])
		return value;
	value.datum = DatumGetArrayTypeP(slot->tts_values[column]);
	value.size = VARSIZE(value.datum) + 1;
	carver->size += MAXALIGN(value.size);
	return value;
}

static int
count_elements(Value value)
{
	const ArrayType *array = value.datum;

	return array == NULL ? 0 : ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

static const char *
copy_text(Carver *carver, Value value)
{
	char	   *copy;

	if (value.datum == NULL)
		return NULL;
	copy = carve(carver, value.size);
	memcpy(copy, VARDATA_ANY(value.datum), value.size - 1);
	copy[value.size - 1] = '\0';
	return copy;
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
 * Returns the "n" elements of a text[], and NULLs up to "room" of them.
 */
static const char **
copy_texts(Carver *carver, Value value, int n, int room)
{
	const char **texts = carve(carver, sizeof(char *) * room);
	ArrayType  *copy;

	memset(texts, 0, sizeof(char *) * room);
	if (n > 0)
	{
		copy = carve(carver, value.size);
		memcpy(copy, value.datum, value.size - 1);
		split_texts(copy, texts, n);
	}
	return texts;
}

/*
 * Returns the object that a row of a kind's query is, in a memory context.  The
 * current one is for what is not needed afterwards.  The columns of the slot
 * have been taken apart.
 */
PgmObject *
pgm_object_make(const PgmKind *kind, const TupleTableSlot *slot, MemoryContext context)
{
	Carver		carver = {NULL, 0};
	Value		schema = text_value(slot, COL_SCHEMA, &carver);
	Value		name = text_value(slot, COL_NAME, &carver);
	Value		identity = text_value(slot, COL_IDENTITY, &carver);
	Value		target = text_value(slot, COL_TARGET, &carver);
	Value		definition = text_value(slot, COL_DEFINITION, &carver);
	Value		claims = text_value(slot, COL_CLAIMS, &carver);
	Value		parts = array_value(slot, COL_PARTS, &carver);
	Value		extra = array_value(slot, COL_EXTRA, &carver);
	int			nparts = count_elements(parts);
	int			nextra = count_elements(extra);
	int			room = Max(kind->nparts, nparts);
	Size		word = target.datum == NULL ? strlen(kind->word) : 0;
	PgmObject  *object;

	if (nparts != kind->nparts && kind->nparts > 0 && nparts > 0)
		elog(ERROR, "kind %s has %d parts, its query gives %d", kind->name, kind->nparts, nparts);
	carver.size += MAXALIGN(sizeof(PgmObject)) +
		sizeof(char *) * (room + nextra) +
		(target.datum == NULL ? MAXALIGN(word + 1 + identity.size) : 0);
	carver.next = MemoryContextAlloc(context, carver.size);
	object = carve(&carver, sizeof(PgmObject));
	memset(object, 0, sizeof(PgmObject));
	object->kind = kind;
	ObjectAddressSubSet(object->address, kind->classid, oid_column(slot, COL_OBJID),
						(int32) oid_column(slot, COL_OBJSUBID));
	ObjectAddressSubSet(object->parent_address, kind->parent_class,
						oid_column(slot, COL_PARENT),
						(int32) oid_column(slot, COL_PARENTSUB));
	object->owner = oid_column(slot, COL_OWNER);
	object->schema = copy_text(&carver, schema);
	object->name = copy_text(&carver, name);
	object->identity = copy_text(&carver, identity);
	object->target = copy_text(&carver, target);
	if (object->target == NULL)
	{
		char	   *copy = carve(&carver, word + 1 + identity.size);

		memcpy(copy, kind->word, word);
		copy[word] = ' ';
		strcpy(copy + word + 1, object->identity);
		object->target = copy;
	}
	object->definition = definition.datum ? copy_text(&carver, definition) : "";
	object->claims = copy_text(&carver, claims);
	object->parts = copy_texts(&carver, parts, nparts, room);
	object->extra = copy_texts(&carver, extra, nextra, nextra);
	object->nextra = nextra;
	if (!slot->tts_isnull[COL_ACL])
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		object->acl = DatumGetAclPCopy(slot->tts_values[COL_ACL]);
		MemoryContextSwitchTo(caller);
	}
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
