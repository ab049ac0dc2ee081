/*-------------------------------------------------------------------------
 *
 * snapshot.c
 *	  Reading all objects of some schemas from the catalogs.
 *
 * The queries of the kinds give the objects; pg_depend gives what needs what.
 * Most addresses in pg_depend are no objects here: the row type of a table,
 * the rule of a view, the index of a constraint.  Such an address stands for
 * what it depends on internally, or else automatically, or for its extension.
 *
 * What is done with a snapshot is not known here; see src/diff.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_description.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_seclabel.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "common/compat.h"
#include "schema/object.h"
#include "schema/read.h"
#include "schema/snapshot.h"

/* an alias stands for an alias at most this many times over */
#define MAX_ALIAS_DEPTH 12

typedef struct AddressEntry
{
	ObjectAddress address;		/* the key */
	PgmObject  *object;
} AddressEntry;

/* a row of pg_depend */
typedef struct Dependency
{
	ObjectAddress depender;
	ObjectAddress referenced;
	char		deptype;
	int			next;			/* the next one of the depender, or -1 */
} Dependency;

/* the rows of one depender */
typedef struct DependerKey
{
	Oid			classid;
	Oid			objid;
} DependerKey;

typedef struct DependerEntry
{
	DependerKey key;
	int			first;			/* in the array of rows */
	int			last;
	bool		member;			/* of an extension */
} DependerEntry;

typedef struct Comment
{
	ObjectAddress address;
	char	   *provider;		/* of a security label; NULL: it is a comment */
	char	   *text;
} Comment;

typedef struct PgmReader
{
	PgmSnapshot *snapshot;
	List	  **by_kind;		/* of PgmObject *, as read */
	List	   *objects;		/* all of them, in the order of kinds */
	List	   *more;			/* of After *: column COL_AFTER */
	Dependency *deps;
	int			ndeps;
	HTAB	   *dependers;
	List	   *comments;		/* of Comment * */
	MemoryContext context;		/* of the snapshot */
	MemoryContext object_context;
	MemoryContext row_context;
	PgmObjectFilter passes;
	const void *arg;
} Reader;

typedef struct After
{
	PgmObject  *object;
	ObjectAddress address;
} After;

/* "size" is about how many entries there will be */
static HTAB *
make_address_table(long size)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(ObjectAddress);
	ctl.entrysize = sizeof(AddressEntry);
	ctl.hcxt = CurrentMemoryContext;
	return hash_create("pgmigrate objects by address", size, &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * Returns the object of that address, or NULL.
 */
static PgmObject *
object_at(const PgmSnapshot *snapshot, const ObjectAddress *address)
{
	AddressEntry *entry = hash_search(snapshot->by_address, address, HASH_FIND, NULL);

	return entry == NULL ? NULL : entry->object;
}

/*
 * Returns the object of that kind and identity, or NULL.
 */
PgmObject *
pgm_snapshot_find(const PgmSnapshot *snapshot, const PgmKind *kind,
				  const char *identity)
{
	int			place = pgm_kind_place(kind);
	int			low;
	int			high;

	if (snapshot->first == NULL)
		return NULL;
	low = snapshot->first[place];
	high = snapshot->first[place + 1];
	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(snapshot->objects[middle]->identity, identity);

		if (order == 0)
			return snapshot->objects[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/*
 * Makes the objects of a kind know each other: those from "i" to "last" of one
 * snapshot, and from "j" to "other_last" of the other, both sorted.
 */
static void
pair_kind(const PgmSnapshot *from, int i, int last, const PgmSnapshot *to, int j, int other_last)
{
	while (i < last || j < other_last)
	{
		int			order;

		if (i == last || j == other_last)
			order = i == last ? 1 : -1;
		else
			order = strcmp(from->objects[i]->identity, to->objects[j]->identity);
		if (order < 0)
			from->objects[i++]->other = NULL;
		else if (order > 0)
			to->objects[j++]->other = NULL;
		else
		{
			from->objects[i]->other = to->objects[j];
			to->objects[j++]->other = from->objects[i++];
		}
	}
}

/*
 * Makes the objects of both snapshots know each other, unless they do.
 */
void
pgm_snapshot_pair(const PgmSnapshot *from, const PgmSnapshot *to)
{
	if (from->paired == to && to->paired == from)
		return;
	for (int place = 0; place < pgm_nkinds; place++)
		pair_kind(from, from->first ? from->first[place] : 0,
				  from->first ? from->first[place + 1] : 0,
				  to, to->first ? to->first[place] : 0,
				  to->first ? to->first[place + 1] : 0);
	unconstify(PgmSnapshot *, from)->paired = to;
	unconstify(PgmSnapshot *, to)->paired = from;
}

/*
 * Reads pg_depend, and finds what rows each depender has.  Of the rows of initdb only the
 * members of its extension, plpgsql, count.
 */
static void
read_dependencies(Reader *reader)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	int			allocated = 1024;
	HASHCTL		ctl = {0};
	HeapTuple	tuple;

	reader->deps = palloc_array(Dependency, allocated);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);
		Dependency *dep;

		if (form->objid < FirstNormalObjectId && form->deptype != DEPENDENCY_EXTENSION)
			continue;
		if (reader->ndeps == allocated)
		{
			allocated *= 2;
			reader->deps = repalloc_huge(reader->deps, allocated * sizeof(Dependency));
		}
		dep = &reader->deps[reader->ndeps++];
		ObjectAddressSubSet(dep->depender, form->classid, form->objid, form->objsubid);
		ObjectAddressSubSet(dep->referenced, form->refclassid, form->refobjid, form->refobjsubid);
		dep->deptype = form->deptype;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	ctl.keysize = sizeof(DependerKey);
	ctl.entrysize = sizeof(DependerEntry);
	ctl.hcxt = CurrentMemoryContext;
	reader->dependers = hash_create("pgmigrate dependers", reader->ndeps / 2, &ctl,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int i = 0; i < reader->ndeps; i++)
	{
		Dependency *dep = &reader->deps[i];
		DependerKey key = {dep->depender.classId, dep->depender.objectId};
		bool		found;
		DependerEntry *entry = hash_search(reader->dependers, &key, HASH_ENTER, &found);

		dep->next = -1;
		if (!found)
		{
			entry->first = i;
			entry->member = false;
		}
		else
			reader->deps[entry->last].next = i;
		entry->last = i;
		if (dep->deptype == DEPENDENCY_EXTENSION && dep->depender.objectSubId == 0)
			entry->member = true;
	}
}

static DependerEntry *
depender_entry(Reader *reader, Oid classid, Oid objid)
{
	DependerKey key = {classid, objid};

	return hash_search(reader->dependers, &key, HASH_FIND, NULL);
}

/*
 * Is that a member of an extension?
 */
static bool
is_member(Reader *reader, Oid classid, Oid objid)
{
	DependerEntry *entry = depender_entry(reader, classid, objid);

	return entry != NULL && entry->member;
}

/*
 * Returns what of these types the address depends on first, or NULL.
 */
static const ObjectAddress *
depends_by(Reader *reader, const ObjectAddress *address, char deptype)
{
	DependerEntry *entry = depender_entry(reader, address->classId, address->objectId);

	if (entry == NULL)
		return NULL;
	for (int i = entry->first; i >= 0; i = reader->deps[i].next)
		if (reader->deps[i].deptype == deptype)
			return &reader->deps[i].referenced;
	return NULL;
}

/*
 * Returns the object that an address in pg_depend stands for, or NULL when it
 * is none of this snapshot.
 */
static PgmObject *
resolve(Reader *reader, const ObjectAddress *address)
{
	static const char order[] = {DEPENDENCY_EXTENSION, DEPENDENCY_INTERNAL, DEPENDENCY_AUTO};
	ObjectAddress at = *address;

	for (int depth = 0; depth < MAX_ALIAS_DEPTH; depth++)
	{
		PgmObject  *object = object_at(reader->snapshot, &at);
		const ObjectAddress *next = NULL;

		if (object == NULL && at.objectSubId != 0)
		{
			at.objectSubId = 0;
			object = object_at(reader->snapshot, &at);
		}
		if (object != NULL)
			return object;
		for (size_t i = 0; i < lengthof(order) && next == NULL; i++)
			next = depends_by(reader, &at, order[i]);
		if (next == NULL)
			return NULL;
		at = *next;
	}
	return NULL;
}

/*
 * Remembers what column "after" names, to be looked up when all is read.
 */
static void
take_after(Reader *reader, PgmObject *object, ArrayType *after)
{
	Datum	   *elems;
	bool	   *nulls;
	int			n;

	deconstruct_array(after, OIDOID, sizeof(Oid), true, TYPALIGN_INT, &elems, &nulls, &n);
	for (int i = 0; i + 2 < n; i += 3)
	{
		After	   *more;

		if (nulls[i] || nulls[i + 1] || nulls[i + 2])
			continue;
		more = palloc_object(After);
		more->object = object;
		ObjectAddressSubSet(more->address, DatumGetObjectId(elems[i]),
							DatumGetObjectId(elems[i + 1]),
							(int32) DatumGetObjectId(elems[i + 2]));
		reader->more = lappend(reader->more, more);
	}
}

/*
 * Makes an object of a row (PgmRowSink).  Members of extensions, and their
 * pieces, are left out.
 */
static void
take_row(void *arg, int number, TupleTableSlot *slot)
{
	Reader	   *reader = arg;
	const PgmKind *kind = pgm_kinds[number];
	MemoryContext old;
	PgmObject  *object;
	ArrayType  *after;
	Oid			objid;
	Oid			parent;

	slot_getallattrs(slot);
	pgm_object_row_oids(slot, &objid, &parent);
	if (is_member(reader, kind->classid, objid) ||
		(OidIsValid(kind->parent_class) && is_member(reader, kind->parent_class, parent)))
		return;
	old = MemoryContextSwitchTo(reader->row_context);
	object = pgm_object_make(kind, slot, reader->object_context);
	after = pgm_object_row_after(slot);
	MemoryContextSwitchTo(reader->context);
	reader->by_kind[number] = lappend(reader->by_kind[number], object);
	if (after != NULL)
		take_after(reader, object, after);
	MemoryContextSwitchTo(old);
	MemoryContextReset(reader->row_context);
}

/*
 * The first kind to be read keeps an address.
 */
static void
enter_address(Reader *reader, PgmObject *object)
{
	AddressEntry *entry;
	bool		found;

	entry = hash_search(reader->snapshot->by_address, &object->address, HASH_ENTER, &found);
	if (!found)
		entry->object = object;
}

/*
 * Notes that "need" must exist before "object".
 */
static void
add_need(PgmObject *object, PgmObject *need)
{
	if (object == need || list_member_ptr(object->needs, need))
		return;
	object->needs = lappend(object->needs, need);
	need->needed_by = lappend(need->needed_by, object);
}

/*
 * Notes that "object" goes when "carrier" goes.
 */
static void
add_carrier(PgmObject *object, PgmObject *carrier)
{
	if (list_member_ptr(object->carriers, carrier))
		return;
	object->carriers = lappend(object->carriers, carrier);
	carrier->carries = lappend(carrier->carries, object);
}

/*
 * A piece needs its parent, and goes with it.
 */
static void
attach_to_parent(PgmObject *object)
{
	if (object->parent == NULL)
		return;
	object->parent->pieces = lappend(object->parent->pieces, object);
	add_carrier(object, object->parent);
	add_need(object, object->parent);
}

/*
 * Does a row of pg_depend say what carries an object, and not what it needs?
 * The index of a partition is made before its parent's, a sequence before the
 * column that owns it, and a partition is attached when it is there.
 */
static bool
only_carries(const Dependency *dep, const PgmObject *object)
{
	if (dep->deptype == DEPENDENCY_PARTITION_PRI || dep->deptype == DEPENDENCY_PARTITION_SEC)
		return true;
	return dep->deptype == DEPENDENCY_AUTO &&
		object->address.classId == RelationRelationId &&
		object->address.objectSubId == 0 && object->parent == NULL;
}

/*
 * Turns rows of pg_depend into what objects need, and what they go with.
 */
static void
link_dependencies(Reader *reader)
{
	const ObjectAddress *last = NULL;
	PgmObject  *object = NULL;
	ListCell   *lc;

	for (int i = 0; i < reader->ndeps; i++)
	{
		Dependency *dep = &reader->deps[i];
		PgmObject  *need;

		if (dep->deptype == DEPENDENCY_EXTENSION)
			continue;
		/* mostly the rows of an object follow each other */
		if (last == NULL || memcmp(last, &dep->depender, sizeof(ObjectAddress)) != 0)
			object = resolve(reader, &dep->depender);
		last = &dep->depender;
		if (object == NULL)
			continue;
		need = resolve(reader, &dep->referenced);
		if (need == NULL || need == object)
			continue;
		if (!only_carries(dep, object))
			add_need(object, need);
		if (dep->deptype != DEPENDENCY_NORMAL &&
			dep->depender.classId == object->address.classId &&
			dep->depender.objectId == object->address.objectId)
			add_carrier(object, need);
	}
	foreach(lc, reader->more)
	{
		After	   *more = lfirst(lc);
		PgmObject  *first = resolve(reader, &more->address);

		if (first != NULL && first != more->object)
			more->object->after = list_append_unique_ptr(more->object->after, first);
	}
}

static int
compare_numbers(const ListCell *a, const ListCell *b)
{
	return ((const PgmObject *) lfirst(a))->number - ((const PgmObject *) lfirst(b))->number;
}

/*
 * Sorts what objects need: pg_depend has it in an order that depends on OIDs.
 */
static void
sort_needs(const PgmSnapshot *snapshot)
{
	for (int i = 0; i < snapshot->nobjects; i++)
		if (list_length(snapshot->objects[i]->needs) > 1)
			list_sort(snapshot->objects[i]->needs, compare_numbers);
}

/*
 * A base type and its functions need each other: the functions go with the
 * type.
 */
static void
link_circles(const PgmSnapshot *snapshot)
{
	ListCell   *lc;

	for (int i = 0; i < snapshot->nobjects; i++)
	{
		PgmObject  *type = snapshot->objects[i];

		if (type->kind->shell == NULL || type->kind->in_circle != NULL)
			continue;
		foreach(lc, type->needs)
		{
			PgmObject  *function = lfirst(lc);

			if (list_member_ptr(function->needs, type))
				add_carrier(function, type);
		}
	}
}

/*
 * Reads the comments.
 */
static void
read_comments(Reader *reader)
{
	Relation	rel = table_open(DescriptionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_description form = (Form_pg_description) GETSTRUCT(tuple);
		Comment    *comment;
		bool		isnull;
		Datum		value;

		if (form->objoid < FirstNormalObjectId && form->classoid != NamespaceRelationId)
			continue;
		value = heap_getattr(tuple, Anum_pg_description_description,
							 RelationGetDescr(rel), &isnull);
		comment = palloc0_object(Comment);
		ObjectAddressSubSet(comment->address, form->classoid, form->objoid, form->objsubid);
		comment->text = TextDatumGetCString(value);
		reader->comments = lappend(reader->comments, comment);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/*
 * Reads the security labels.
 */
static void
read_labels(Reader *reader)
{
	Relation	rel = table_open(SecLabelRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		FormData_pg_seclabel *form = (FormData_pg_seclabel *) GETSTRUCT(tuple);
		Comment    *label = palloc0_object(Comment);
		bool		isnull;
		TupleDesc	desc = RelationGetDescr(rel);

		ObjectAddressSubSet(label->address, form->classoid, form->objoid, form->objsubid);
		label->provider = TextDatumGetCString(heap_getattr(tuple, Anum_pg_seclabel_provider,
														   desc, &isnull));
		label->text = TextDatumGetCString(heap_getattr(tuple, Anum_pg_seclabel_label,
													   desc, &isnull));
		reader->comments = lappend(reader->comments, label);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/*
 * As in a dump, the comment that initdb gives public is none, and to have none
 * is to have an empty one.
 */
static void
adjust_comment_of_public(const PgmSnapshot *snapshot)
{
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		PgmObject  *object = snapshot->objects[i];

		if (object->kind->classid != NamespaceRelationId ||
			strcmp(object->identity, "public") != 0)
			continue;
		if (object->comment == NULL)
			object->comment = "";
		else if (strcmp(object->comment, "standard public schema") == 0)
			object->comment = NULL;
	}
}

/*
 * Gives the objects their comments and labels.
 */
static void
attach_comments(const Reader *reader)
{
	ListCell   *lc;

	foreach(lc, reader->comments)
	{
		Comment    *comment = lfirst(lc);
		PgmObject  *object = object_at(reader->snapshot, &comment->address);

		if (object == NULL)
			continue;
		if (comment->provider != NULL)
			object->labels = lappend(lappend(object->labels, comment->provider), comment->text);
		else if (object->kind->classid != ExtensionRelationId)
			object->comment = comment->text;
	}
	adjust_comment_of_public(reader->snapshot);
}

static int
compare_identities(const void *a, const void *b)
{
	return strcmp((*(PgmObject *const *) a)->identity, (*(PgmObject *const *) b)->identity);
}

/*
 * Sorts the objects, which are in the order of kinds, by identity within each.
 */
static void
sort_objects(PgmSnapshot *snapshot)
{
	int			at = 0;

	snapshot->first = palloc_array(int, pgm_nkinds + 1);
	for (int place = 0; place < pgm_nkinds; place++)
	{
		int			first = at;

		while (at < snapshot->nobjects && snapshot->objects[at]->kind == pgm_kinds[place])
			at++;
		snapshot->first[place] = first;
		qsort(snapshot->objects + first, at - first, sizeof(PgmObject *), compare_identities);
		for (int i = first + 1; i < at; i++)
			if (strcmp(snapshot->objects[i - 1]->identity, snapshot->objects[i]->identity) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_OBJECT),
						 errmsg("%s \"%s\" occurs twice", pgm_kinds[place]->name,
								snapshot->objects[i]->identity)));
	}
	snapshot->first[pgm_nkinds] = at;
}

/*
 * Numbers the objects as they were read, and marks those that do not pass the
 * filter.  Returns which of them are in the snapshot all the same, because a
 * piece of theirs is.
 */
static bool *
mark_outside(Reader *reader)
{
	bool	   *needed = palloc0_array(bool, Max(list_length(reader->objects), 1));
	ListCell   *lc;

	foreach(lc, reader->objects)
	{
		PgmObject  *object = lfirst(lc);

		object->number = foreach_current_index(lc);
		object->outside = reader->passes != NULL && !reader->passes(object, reader->arg);
	}
	foreach(lc, reader->objects)
	{
		PgmObject  *object = lfirst(lc);

		if (object->outside)
			continue;
		while ((object = object->parent) != NULL && object->outside)
			needed[object->number] = true;
	}
	return needed;
}

/*
 * Numbers the objects in an order that does not depend on OIDs, and leaves
 * out what does not pass the filter.  Addresses are entered for all that pass.
 */
static void
order_objects(Reader *reader)
{
	PgmSnapshot *snapshot = reader->snapshot;
	ListCell   *lc;
	List	   *kept = NIL;
	bool	   *needed;

	snapshot->by_address = make_address_table(list_length(reader->objects));
	foreach(lc, reader->objects)
		enter_address(reader, lfirst(lc));
	foreach(lc, reader->objects)
	{
		PgmObject  *object = lfirst(lc);

		if (OidIsValid(object->parent_address.objectId))
			object->parent = resolve(reader, &object->parent_address);
	}
	snapshot->objects = palloc_array(PgmObject *, Max(list_length(reader->objects), 1));
	needed = mark_outside(reader);
	foreach(lc, reader->objects)
	{
		PgmObject  *object = lfirst(lc);

		if (object->outside && !needed[object->number])
		{
			hash_search(snapshot->by_address, &object->address, HASH_REMOVE, NULL);
			continue;
		}
		kept = lappend(kept, object);
		snapshot->objects[snapshot->nobjects++] = object;
	}
	reader->objects = kept;
	sort_objects(snapshot);
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		snapshot->objects[i]->number = i;
		attach_to_parent(snapshot->objects[i]);
	}
}

/*
 * Makes of what was read what the snapshot is to be, unless that is done.  The
 * catalogs are not looked at: they may be other by now.
 */
void
pgm_snapshot_link(PgmSnapshot *snapshot)
{
	Reader	   *reader = snapshot->reader;
	MemoryContext old;

	if (reader == NULL)
		return;
	old = MemoryContextSwitchTo(reader->context);
	for (int i = 0; i < pgm_nkinds; i++)
		reader->objects = list_concat(reader->objects, reader->by_kind[i]);
	order_objects(reader);
	link_dependencies(reader);
	sort_needs(snapshot);
	link_circles(snapshot);
	attach_comments(reader);
	hash_destroy(reader->dependers);
	pfree(reader->deps);
	snapshot->reader = NULL;
	MemoryContextSwitchTo(old);
}

/*
 * Returns a reader with nothing read.
 */
static Reader *
make_reader(PgmObjectFilter passes, const void *arg)
{
	Reader	   *reader = palloc0_object(Reader);

	reader->snapshot = palloc0_object(PgmSnapshot);
	reader->snapshot->reader = reader;
	reader->passes = passes;
	reader->arg = arg;
	reader->by_kind = palloc0_array(List *, pgm_nkinds);
	reader->context = CurrentMemoryContext;
	reader->object_context = GenerationContextCreate(CurrentMemoryContext, "pgmigrate objects",
													 ALLOCSET_DEFAULT_SIZES);
	reader->row_context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate row",
												ALLOCSET_SMALL_SIZES);
	return reader;
}

/*
 * Reads all that is in the catalogs.
 */
static void
read_catalogs(Reader *reader, PgmReading *reading)
{
	read_dependencies(reader);
	read_comments(reader);
	read_labels(reader);
	pgm_reading_rows(reading, take_row, reader);
	MemoryContextDelete(reader->row_context);
}

/*
 * Reads all objects of the schemas, and those that are in no schema if
 * "globals", but for members of extensions and what does not pass the filter.
 * The snapshot is to be linked before it is used; until then the filter must
 * stay as it is.
 *
 * The snapshot is made in the current memory context.  The caller is
 * connected to SPI and has made its own changes visible.  Takes short locks
 * on catalogs, and ACCESS SHARE on relations that views name.
 */
PgmSnapshot *
pgm_snapshot_begin(List *schemas, bool globals, PgmObjectFilter passes, const void *arg)
{
	Reader	   *reader = make_reader(passes, arg);
	PgmReading *reading = pgm_reading_begin(schemas, globals);

	read_catalogs(reader, reading);
	pgm_reading_end(reading);
	return reader->snapshot;
}

/*
 * The same, and links the snapshot.  If there is another one to be linked
 * ("unlinked" is not NULL), that is done while a worker reads.
 */
PgmSnapshot *
pgm_snapshot_read(List *schemas, bool globals, PgmObjectFilter passes, const void *arg,
				  PgmSnapshot *unlinked)
{
	Reader	   *reader = make_reader(passes, arg);
	PgmSnapshot *snapshot = reader->snapshot;
	PgmReading *reading = pgm_reading_begin(schemas, globals);

	if (unlinked != NULL)
		pgm_snapshot_link(unlinked);
	read_catalogs(reader, reading);
	pgm_snapshot_link(snapshot);

	/* the worker has ended meanwhile */
	pgm_reading_end(reading);
	return snapshot;
}
