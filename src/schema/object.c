/*-------------------------------------------------------------------------
 *
 * object.c
 *	  From the rows that the query of a kind gives to objects.
 *
 * A schema has tens of thousands of them, so a row is taken as the executor
 * hands it over, without a copy of it, and the elements of an array become
 * strings where they are.  What objects have to do with each other is the
 * affair of snapshot.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
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

typedef struct ObjectReceiver
{
	DestReceiver pub;
	const PgmKind *kind;
	MemoryContext context;		/* for the objects */
	PgmObjectTest wanted;
	PgmObjectSink take;
	void	   *arg;
} ObjectReceiver;

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
 * Returns the object that a row of a kind's query is.
 */
static PgmObject *
make_object(const PgmKind *kind, const TupleTableSlot *slot)
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
 * DestReceiver.rStartup: raises an error unless the query gives what kind.h
 * says.
 */
static void
check_columns(DestReceiver *self, int operation, TupleDesc desc)
{
	static const Oid types[] = {
		OIDOID, INT4OID, OIDOID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
		OIDOID, ACLITEMARRAYOID, TEXTARRAYOID, OIDARRAYOID, TEXTOID, TEXTARRAYOID
	};
	const PgmKind *kind = ((ObjectReceiver *) self)->kind;

	if (desc->natts != lengthof(types))
		elog(ERROR, "the query of kind %s gives %d columns", kind->name, desc->natts);
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->atttypid != types[i])
			elog(ERROR, "column %d of the query of kind %s is of type %u", i + 1,
				 kind->name, TupleDescAttr(desc, i)->atttypid);
}

/*
 * DestReceiver.receiveSlot
 */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	ObjectReceiver *receiver = (ObjectReceiver *) self;
	MemoryContext old;
	PgmObject  *object;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	if (!receiver->wanted(receiver->arg, receiver->kind, oid_column(slot, COL_OBJID),
						  oid_column(slot, COL_PARENT)))
		return true;
	old = MemoryContextSwitchTo(receiver->context);
	object = make_object(receiver->kind, slot);
	receiver->take(receiver->arg, object, slot->tts_isnull[COL_AFTER] ? NULL :
				   DatumGetArrayTypeP(slot->tts_values[COL_AFTER]));
	MemoryContextSwitchTo(old);
	return true;
}

static void
ignore_end(DestReceiver *self)
{
}

/*
 * Returns a receiver that makes an object of each row of a kind's query, in
 * the current memory context.  One that is not "wanted" is left out.
 */
DestReceiver *
pgm_object_receiver(const PgmKind *kind, PgmObjectTest wanted, PgmObjectSink take,
					void *arg)
{
	ObjectReceiver *receiver = palloc0_object(ObjectReceiver);

	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = check_columns;
	receiver->pub.rShutdown = ignore_end;
	receiver->pub.rDestroy = ignore_end;
	receiver->pub.mydest = DestNone;
	receiver->kind = kind;
	receiver->context = CurrentMemoryContext;
	receiver->wanted = wanted;
	receiver->take = take;
	receiver->arg = arg;
	return &receiver->pub;
}
