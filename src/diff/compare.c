/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  Comparing two snapshots, and what a change of one object means for
 *	  those that depend on it.
 *
 * Objects are the same when kind and identity are.  Whether two objects of
 * the same identity differ is a comparison of texts; what to do about it is
 * said by the kind.  Then the changes spread: what depends on something that
 * is dropped has to be dropped before, and what uses a column has to be out
 * of the way when its type changes.
 *
 * In which order this is done is order.c's affair.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"

#include "common/compat.h"
#include "diff/compare.h"
#include "schema/attributes.h"
#include "schema/kinds.h"
#include "schema/routine.h"
#include "schema/table.h"

typedef struct Spread
{
	PgmComparison *comparison;
	List	   *queue;			/* of PgmObject *: spread these next */
} Spread;

/*
 * Does the object hold data that dropping it would lose?
 */
bool
pgm_holds_data(const PgmObject *obj)
{
	return (obj->kind->flags & PGM_HOLDS_DATA) != 0 &&
		(obj->kind->derived == NULL || !obj->kind->derived(obj));
}

/*
 * Are both the same text, or both NULL?
 */
bool
pgm_same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
same_object(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0)
		return false;
	for (int i = 0; i < from->kind->nparts; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]))
			return false;
	return true;
}

/*
 * In place if each part that differs can be set, or unset.
 */
PgmWay
pgm_default_way(const PgmObject *from, const PgmObject *to)
{
	const PgmKind *kind = from->kind;

	if (strcmp(from->definition, to->definition) != 0)
		return (kind->flags & PGM_OR_REPLACE) ? PGM_ALTER : PGM_REPLACE;
	for (int i = 0; i < kind->nparts; i++)
	{
		const PgmPart *part = &kind->parts[i];

		if (!pgm_same_text(from->parts[i], to->parts[i]) &&
			(to->parts[i] != NULL ? part->set : part->unset) == NULL &&
			(kind->flags & PGM_OR_REPLACE) == 0)
			return PGM_REPLACE;
	}
	return PGM_ALTER;
}

/*
 * Returns how to get from one to the other, which has the same identity.
 */
static PgmWay
way_between(const PgmObject *from, const PgmObject *to)
{
	PgmWay		way;

	if (same_object(from, to))
		return PGM_SAME;
	way = from->kind->way != NULL ? from->kind->way(from, to) : pgm_default_way(from, to);
	if (way == PGM_REPLACE && pgm_holds_data(from) && from->kind->aside != NULL)
		return PGM_REMAKE;
	return way;
}

static PgmFate *
fate_of(Spread *spread, const PgmObject *from)
{
	return &spread->comparison->fates[from->number];
}

static void
enqueue(Spread *spread, PgmObject *object)
{
	PgmFate    *fate = fate_of(spread, object);

	if (!fate->queued)
	{
		fate->queued = true;
		spread->queue = lappend(spread->queue, object);
	}
}

/*
 * The object goes; if it is wanted it will be made again.
 */
static void
drop_object(Spread *spread, PgmObject *object)
{
	PgmFate    *fate = fate_of(spread, object);

	if (fate->dropped)
		return;
	fate->dropped = true;
	if (object->other != NULL)
	{
		fate->way = PGM_REPLACE;
		spread->comparison->made[object->other->number] = true;
	}
	enqueue(spread, object);
}

static bool
is_column(const PgmObject *object)
{
	return object->address.classId == RelationRelationId && object->address.objectSubId != 0;
}

static void drop_object(Spread *spread, PgmObject *object);
static void raise_way(Spread *spread, PgmObject *object, PgmWay way);

/*
 * A table that stays is rewritten: what the server would not have then, bodies
 * of functions that use its row type, goes before.
 */
static void
disturb_row_type(Spread *spread, const PgmObject *table)
{
	ListCell   *lc;

	foreach(lc, table->needed_by)
		if (pgm_routine_is_parsed(lfirst(lc)))
		drop_object(spread, lfirst(lc));
}

/*
 * A table gets a successor, and with it the partitions that are in it.
 */
static void
remake_table(Spread *spread, PgmObject *table)
{
	ListCell   *lc;

	if (table->other == NULL || fate_of(spread, table)->dropped)
		return;
	table->remade = table->other->remade = true;
	raise_way(spread, table, PGM_REMAKE);
	foreach(lc, pgm_ties_below(table))
	{
		PgmObject  *child = ((PgmObject *) lfirst(lc))->parent;

		if (child->other != NULL && !child->remade && pgm_table_is_remade(child, child->other))
			remake_table(spread, child);
	}
}

/*
 * More has to be done about the object than was known.  By what a table is
 * partitioned cannot change its type.
 */
static void
raise_way(Spread *spread, PgmObject *object, PgmWay way)
{
	PgmFate    *fate = fate_of(spread, object);

	if (object->other == NULL || fate->dropped || fate->way >= way)
		return;
	fate->way = way;
	if (way == PGM_REMAKE)
		spread->comparison->made[object->other->number] = true;
	enqueue(spread, object);
	if (way == PGM_DISTURB && is_column(object) && pgm_holds_data(object))
	{
		disturb_row_type(spread, object->parent);
		if (pgm_is_partition_key(object))
			remake_table(spread, object->parent);
	}
}

/*
 * Does the object, as it is wanted, need what is wanted in place of "gone"?
 */
static bool
will_need(const PgmObject *object, const PgmObject *gone)
{
	return gone->other != NULL && list_member_ptr(object->other->needs, gone->other);
}

static const PgmObject *
whole_of(const PgmObject *object)
{
	return object->parent != NULL ? object->parent : object;
}

/*
 * Does the object, as it is wanted, need something of another kind that takes
 * the name of "gone"?
 */
static bool
will_need_heir(const PgmObject *object, const PgmObject *gone)
{
	ListCell   *lc;

	if (whole_of(gone)->other != NULL)
		return false;
	foreach(lc, object->other->needs)
	{
		const PgmObject *need = whole_of(lfirst(lc));

		if (need->other == NULL && strcmp(need->identity, whole_of(gone)->identity) == 0)
			return true;
	}
	return false;
}

/*
 * What an object belongs to goes, and it stays: the tie between them is cut
 * before, and if it is wanted tied again.
 */
static void
release_object(Spread *spread, PgmObject *object)
{
	ListCell   *lc;

	if (object->other == NULL || fate_of(spread, object)->dropped)
		return;
	foreach(lc, object->pieces)
	{
		PgmObject  *piece = lfirst(lc);

		if (piece->kind->flags & PGM_RELEASES)
			drop_object(spread, piece);
	}
}

/*
 * Is "object" a column that is generated from "need", and will hold its values
 * itself?  Then it lets go of it first.
 */
static bool
lets_go(Spread *spread, const PgmObject *object, const PgmObject *need)
{
	return is_column(object) && is_column(need) && object->other != NULL &&
		!fate_of(spread, object)->dropped && !pgm_holds_data(object) &&
		pgm_holds_data(object->other) && !will_need(object, need);
}

/*
 * Is "object" the index or constraint of a partition that is cut off before
 * its table goes, with what "gone" is there?  Then it stays.
 */
static bool
stays_with_partition(Spread *spread, const PgmObject *object, const PgmObject *gone)
{
	if ((object->kind != &pgm_kind_index && object->kind != &pgm_kind_constraint) ||
		object->parent == NULL || gone->parent == NULL || gone->parent == object->parent)
		return false;
	return pgm_holds_data(object->parent) && object->parent->other != NULL &&
		!fate_of(spread, object->parent)->dropped && fate_of(spread, gone->parent)->dropped;
}

/*
 * Is "object" a foreign key to a partitioned table, and "gone" of a partition
 * that is cut off before it goes?  Then the key stays.
 */
static bool
stays_with_table(Spread *spread, const PgmObject *object, const PgmObject *gone)
{
	const PgmObject *table = gone->parent;
	ListCell   *lc;

	if (object->kind != &pgm_kind_foreign_key || object->parent == table)
		return false;
	while (table != NULL && fate_of(spread, table)->dropped)
	{
		List	   *ties = NIL;

		if (pgm_is_table(table) && pgm_is_partition(table))
			ties = pgm_ties_of(table);
		table = ties != NIL ? pgm_tie_parent(linitial(ties)) : NULL;
	}
	if (table == NULL || table == gone->parent)
		return false;
	foreach(lc, object->needs)
		if (((const PgmObject *) lfirst(lc))->parent == table)
		return true;
	return false;
}

/*
 * "gone" is dropped.  What becomes of "object", which needs it?
 */
static void
spread_drop(Spread *spread, PgmObject *gone, PgmObject *object)
{
	PgmFate    *fate = fate_of(spread, object);
	bool		carried = list_member_ptr(object->carriers, gone);

	if (fate->dropped || object->other == NULL)
		return;
	if (fate->way == PGM_REMAKE && list_member_ptr(gone->carriers, object))
		return;					/* goes with what has a successor */
	if (carried ? stays_with_partition(spread, object, gone) :
		stays_with_table(spread, object, gone))
		return;
	if (pgm_holds_data(object))
	{
		if (object->parent == gone)
			drop_object(spread, object);
		else if (carried)
			release_object(spread, object);
		else if (is_column(object) && will_need(object, gone))
			raise_way(spread, object, PGM_DISTURB);
		return;
	}
	if (lets_go(spread, object, gone) ||
		(!carried && fate->way != PGM_SAME && !will_need(object, gone) &&
		 !will_need_heir(object, gone)))
		return;					/* is altered first, and lets go */
	if (!carried && (object->kind->flags & PGM_SPREADS) != 0 && object->parent != NULL)
		drop_object(spread, object->parent);
	else
		drop_object(spread, object);
}

/*
 * A table is of a type that gets a successor: it becomes of that.
 */
static void
release_typed(Spread *spread, const PgmObject *table, const PgmObject *type)
{
	ListCell   *lc;

	foreach(lc, table->pieces)
	{
		PgmObject  *tie = lfirst(lc);

		if (tie->kind == &pgm_kind_inheritance && list_member_ptr(tie->after, type))
			drop_object(spread, tie);
	}
}

/*
 * "remade" gets a successor while it still exists.
 */
static void
spread_remake(Spread *spread, PgmObject *remade, PgmObject *object)
{
	if (object->parent == remade)
		drop_object(spread, object);
	else if (is_column(object) && pgm_holds_data(object))
		raise_way(spread, object, PGM_DISTURB);
	else if (pgm_holds_data(object))
		release_typed(spread, object, remade);
	else if ((object->kind->flags & PGM_SPREADS) != 0 && object->parent != NULL)
		raise_way(spread, object->parent, PGM_REMAKE);
	else if (object->kind->aside != NULL)
		raise_way(spread, object, PGM_REMAKE);
	else
		drop_object(spread, object);
}

/*
 * Does a type that is to be dropped hold up columns, be it in a type that is
 * made of it?
 */
static bool
has_columns(const PgmObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const PgmObject *user = lfirst(lc);

		if (is_column(user) && pgm_holds_data(user) && user->other != NULL)
			return true;
		if ((user->kind->flags & PGM_SPREADS) != 0 && user->parent != NULL)
			user = user->parent;
		if (user != type && (user->kind->flags & PGM_NAMES_TYPE) != 0 &&
			user->other != NULL && has_columns(user))
			return true;
	}
	return false;
}

/*
 * Returns the type of another kind that takes over the name of a type that
 * goes while there are columns that stay, or NULL.
 */
static const PgmObject *
find_heir(const PgmComparison *comparison, const PgmObject *type)
{
	if ((type->kind->flags & PGM_NAMES_TYPE) == 0 || type->kind->aside == NULL ||
		!has_columns(type))
		return NULL;
	for (int i = 0; i < pgm_nkinds; i++)
	{
		const PgmObject *heir = (pgm_kinds[i]->flags & PGM_NAMES_TYPE) == 0 ? NULL :
		pgm_snapshot_find(comparison->to, pgm_kinds[i], type->identity);

		if (heir != NULL)
			return heir;
	}
	return NULL;
}

/*
 * Sets the way of an object that is not wanted.
 */
static void
judge_unwanted(Spread *spread, PgmObject *object)
{
	PgmFate    *fate = fate_of(spread, object);

	fate->heir = find_heir(spread->comparison, object);
	if (fate->heir == NULL)
		drop_object(spread, object);
	else
	{
		fate->way = PGM_REMAKE;
		enqueue(spread, object);
	}
}

/*
 * Says at each object whether it is remade, or made.
 */
static void
mark_remade(const PgmComparison *comparison)
{
	const PgmSnapshot *from = comparison->from;

	for (int i = 0; i < comparison->to->nobjects; i++)
	{
		comparison->to->objects[i]->remade = false;
		comparison->to->objects[i]->made = comparison->made[i];
	}
	for (int i = 0; i < from->nobjects; i++)
	{
		PgmObject  *object = from->objects[i];
		const PgmFate *fate = &comparison->fates[i];
		PgmObject  *to = fate->heir != NULL ? unconstify(PgmObject *, fate->heir) : object->other;

		object->remade = !fate->dropped && fate->way == PGM_REMAKE;
		if (to != NULL && object->remade)
			to->remade = true;
	}
}

/*
 * Spreads what becomes of one object to those that need it.
 */
static void
spread_object(Spread *spread, PgmObject *object)
{
	PgmFate    *fate = fate_of(spread, object);
	ListCell   *lc;

	foreach(lc, object->needed_by)
	{
		PgmObject  *user = lfirst(lc);

		if (fate->dropped)
			spread_drop(spread, object, user);
		else if (fate->way == PGM_REMAKE)
			spread_remake(spread, object, user);
		else if (fate->way == PGM_DISTURB &&
				 (user->kind->flags & PGM_FOLLOWS_TYPE) == 0 &&
				 !pgm_holds_data(user) && !lets_go(spread, user, object))
			drop_object(spread, user);
	}
	foreach(lc, object->carries)
	{
		if (fate->dropped)
			spread_drop(spread, object, lfirst(lc));
		else if (fate->way == PGM_REMAKE && pgm_holds_data(lfirst(lc)))
			release_object(spread, lfirst(lc));
	}
}

/*
 * Sets the way of an object that is in both, before changes spread.
 */
static void
judge_pair(Spread *spread, PgmObject *object, List *replaced)
{
	PgmComparison *comparison = spread->comparison;
	PgmFate    *fate = fate_of(spread, object);
	ListCell   *lc;

	fate->way = way_between(object, object->other);
	fate->attributes = pgm_attributes_differ(object, object->other, comparison->all);
	foreach(lc, replaced)
	{
		const PgmObject *named = lfirst(lc);

		if (named->kind == object->kind && !pgm_holds_data(object) &&
			strcmp(named->identity, object->identity) == 0)
			fate->way = PGM_REPLACE;
	}
	if (fate->way == PGM_REPLACE && object->kind->aside != NULL && has_columns(object))
		fate->way = PGM_REMAKE;
	if (fate->way == PGM_REPLACE)
	{
		fate->way = PGM_SAME;
		drop_object(spread, object);
	}
	else if (fate->way >= PGM_DISTURB)
	{
		if (fate->way == PGM_REMAKE)
			comparison->made[object->other->number] = true;
		else if (is_column(object))
			disturb_row_type(spread, object->parent);
		enqueue(spread, object);
	}
}

/*
 * A column comes with values to a table that stays.
 */
static void
judge_new_column(Spread *spread, const PgmObject *col)
{
	if (col->kind == &pgm_kind_column && col->parent->other != NULL &&
		pgm_column_comes_with_values(col))
		disturb_row_type(spread, col->parent->other);
}

/*
 * Is the object put aside, be it with what it is a piece of?
 */
static bool
is_put_aside(Spread *spread, const PgmObject *object)
{
	const PgmFate *fate = fate_of(spread, object);

	if (fate->way == PGM_REMAKE && !fate->dropped)
		return true;
	return object->parent != NULL && is_put_aside(spread, object->parent);
}

/*
 * Returns the table of what a foreign key needs, when it is another one than
 * that of the key; or NULL.
 */
static const PgmObject *
referenced_table(const PgmObject *key, const PgmObject *need)
{
	const PgmObject *table = need->parent;

	if (table == NULL || table == key->parent ||
		table->address.classId != RelationRelationId)
		return NULL;
	return table;
}

/*
 * Does one table that is dropped refer to another, over foreign keys of such
 * tables?  "seen" are those that have been asked, by number.
 */
static bool
refers_to(Spread *spread, const PgmObject *table, const PgmObject *goal, Bitmapset **seen)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (table == goal)
		return true;
	if (!fate_of(spread, table)->dropped || bms_is_member(table->number, *seen))
		return false;
	*seen = bms_add_member(*seen, table->number);
	foreach(lc, table->pieces)
	{
		const PgmObject *key = lfirst(lc);

		if (key->kind != &pgm_kind_foreign_key)
			continue;
		foreach(lc2, key->needs)
		{
			const PgmObject *referenced = referenced_table(key, lfirst(lc2));

			if (referenced != NULL && refers_to(spread, referenced, goal, seen))
				return true;
		}
	}
	return false;
}

/*
 * Is this a foreign key in a circle of tables that are all dropped?  None of
 * them could go before the next, so it goes before all.
 */
static bool
is_in_circle(Spread *spread, const PgmObject *object)
{
	Bitmapset  *seen = NULL;
	ListCell   *lc;

	if (object->kind != &pgm_kind_foreign_key || object->parent == NULL ||
		!fate_of(spread, object->parent)->dropped)
		return false;
	foreach(lc, object->carriers)
		if (((const PgmObject *) lfirst(lc))->kind == object->kind)
		return false;			/* goes with that of the partitioned table */
	foreach(lc, object->needs)
	{
		const PgmObject *referenced = referenced_table(object, lfirst(lc));

		if (referenced != NULL && refers_to(spread, referenced, object->parent, &seen))
			return true;
	}
	return false;
}

static bool is_carried(Spread *spread, const PgmObject *object);

/*
 * Is there a piece of the same table that the object needs and that has to go
 * before the table is put aside?
 */
static bool
needs_freed_name(Spread *spread, const PgmObject *object)
{
	ListCell   *lc;

	foreach(lc, object->needs)
	{
		const PgmObject *need = lfirst(lc);

		if (need->claims != NULL && need->parent != NULL && need->parent == object->parent &&
			fate_of(spread, need)->dropped && !is_carried(spread, need))
			return true;
	}
	return false;
}

/*
 * Does a foreign key that stays refer to the table, or to one that it is a
 * partition of?
 */
static bool
is_referenced(Spread *spread, const PgmObject *table)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, table->pieces)
		foreach(lc2, ((const PgmObject *) lfirst(lc))->needed_by)
	{
		const PgmObject *key = lfirst(lc2);

		if (key->kind == &pgm_kind_foreign_key && key->parent != table &&
			!fate_of(spread, key)->dropped)
			return true;
	}
	foreach(lc, pgm_is_partition(table) ? pgm_ties_of(table) : NIL)
		if (pgm_tie_parent(lfirst(lc)) != NULL &&
			is_referenced(spread, pgm_tie_parent(lfirst(lc))))
		return true;
	return false;
}

/*
 * Is it a partition that must be cut off before it goes?  It must when it has
 * indexes that free their names for its successor, and when what it is a
 * partition of is referred to.
 */
static bool
is_cut_off(Spread *spread, const PgmObject *tie)
{
	const PgmObject *table = tie->parent;
	const PgmObject *above;

	if (tie->kind != &pgm_kind_inheritance || table == NULL || !pgm_is_partition(table))
		return false;
	above = pgm_tie_parent(tie);
	if (above == NULL || fate_of(spread, above)->dropped ||
		fate_of(spread, above)->way == PGM_REMAKE)
		return false;
	if (fate_of(spread, table)->dropped)
		return is_referenced(spread, above);
	return fate_of(spread, table)->way == PGM_REMAKE;
}

/*
 * Does the object need something that is changed while what needs it is away,
 * as a column is that gets another type?  Columns that carry it go later.
 */
static bool
is_disturbed(Spread *spread, const PgmObject *object)
{
	ListCell   *lc;

	foreach(lc, object->needs)
	{
		const PgmFate *fate = fate_of(spread, lfirst(lc));

		if (fate->way == PGM_DISTURB && !fate->dropped)
			return true;
	}
	return false;
}

/*
 * Does the object go by itself when what carries it goes?  When that is put
 * aside, what takes the name of a relation has to go before, to free it, and
 * what needs that.
 */
static bool
is_carried(Spread *spread, const PgmObject *object)
{
	bool		disturbed;
	ListCell   *lc;

	if ((object->kind->flags & PGM_RELEASES) != 0 && object->parent != NULL &&
		!fate_of(spread, object->parent)->dropped &&
		fate_of(spread, object->parent)->way != PGM_REMAKE)
		return false;
	if (is_in_circle(spread, object) || is_cut_off(spread, object))
		return false;
	disturbed = is_disturbed(spread, object);
	foreach(lc, object->carriers)
	{
		const PgmObject *carrier = lfirst(lc);

		if (disturbed && carrier->kind == &pgm_kind_column)
			continue;
		if (is_put_aside(spread, carrier) ?
			pgm_holds_data(object) ||
			((object->kind->flags & PGM_NAMES_RELATION) == 0 && object->claims == NULL &&
			 !needs_freed_name(spread, object)) ||
			(fate_of(spread, carrier)->dropped && !is_carried(spread, carrier)) :
			fate_of(spread, carrier)->dropped)
			return true;
	}
	return false;
}

/*
 * Spreads what is in the queue.
 */
static void
spread_queue(Spread *spread)
{
	while (spread->queue != NIL)
	{
		PgmObject  *object = llast(spread->queue);

		CHECK_FOR_INTERRUPTS();
		spread->queue = list_delete_last(spread->queue);
		fate_of(spread, object)->queued = false;
		spread_object(spread, object);
	}
}

/*
 * Returns the index that an attachment attaches to, or NULL when one of both
 * or their tables part anyway.
 */
static PgmObject *
index_above(Spread *spread, const PgmObject *attachment)
{
	PgmObject  *above = NULL;
	ListCell   *lc;

	foreach(lc, attachment->after)
	{
		PgmObject  *end = lfirst(lc);

		if (fate_of(spread, end)->dropped || fate_of(spread, end)->way == PGM_REMAKE)
			return NULL;
		if (end->kind != &pgm_kind_inheritance && end != attachment->parent)
			above = end;
	}
	return above;
}

/*
 * Two indexes that stay, of tables that stay attached, are attached to each
 * other no longer.  No statement does that, so that of the topmost partitioned
 * table is made again, and what is attached to it with it.
 */
static void
detach_indexes(Spread *spread, const PgmObject *attachment)
{
	PgmObject  *above = index_above(spread, attachment);
	ListCell   *lc;

	if (above == NULL)
		return;
	foreach(lc, above->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_index_attachment && index_above(spread, piece) != NULL)
		{
			detach_indexes(spread, piece);
			return;
		}
	}
	drop_object(spread, above);
}

/*
 * Nothing is known any more of an earlier comparison.
 */
static void
forget_marks(const PgmSnapshot *snapshot)
{
	for (int i = 0; i < snapshot->nobjects; i++)
		snapshot->objects[i]->remade = snapshot->objects[i]->made = false;
}

/*
 * Returns what has to become of each object to get from one snapshot to the
 * other.  "replaced" are objects that must not be changed in place, though
 * they could be.
 */
PgmComparison *
pgm_compare(const PgmSnapshot *from, const PgmSnapshot *to, bool all, List *replaced)
{
	PgmComparison *comparison = palloc0_object(PgmComparison);
	Spread		spread = {comparison, NIL};

	comparison->from = from;
	comparison->to = to;
	comparison->all = all;
	comparison->fates = palloc0_array(PgmFate, Max(from->nobjects, 1));
	comparison->made = palloc0_array(bool, Max(to->nobjects, 1));
	pgm_snapshot_pair(from, to);
	forget_marks(from);
	forget_marks(to);
	for (int i = 0; i < to->nobjects; i++)
		comparison->made[i] = to->objects[i]->other == NULL && !to->objects[i]->outside;
	for (int i = 0; i < from->nobjects; i++)
	{
		if (from->objects[i]->outside)
			continue;
		if (from->objects[i]->other == NULL)
			judge_unwanted(&spread, from->objects[i]);
		else
			judge_pair(&spread, from->objects[i], replaced);
	}
	for (int i = 0; i < to->nobjects; i++)
		if (comparison->made[i])
			judge_new_column(&spread, to->objects[i]);
	spread_queue(&spread);
	for (int i = 0; i < from->nobjects; i++)
		if (comparison->fates[i].dropped && from->objects[i]->kind == &pgm_kind_index_attachment)
		{
			detach_indexes(&spread, from->objects[i]);
			spread_queue(&spread);
		}
	for (int i = 0; i < from->nobjects; i++)
		if (comparison->fates[i].dropped)
			comparison->fates[i].carried = is_carried(&spread, from->objects[i]);
	mark_remade(comparison);
	return comparison;
}

/*
 * Returns the names of the parts that differ, with commas between.
 */
const char *
pgm_changed_parts(const PgmObject *from, const PgmObject *to, bool all)
{
	StringInfoData buf;
	const char *sep = "";
	ListCell   *lc;

	initStringInfo(&buf);
	if (strcmp(from->definition, to->definition) != 0)
	{
		appendStringInfoString(&buf, "definition");
		sep = ", ";
	}
	for (int i = 0; i < from->kind->nparts; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]))
		{
			appendStringInfo(&buf, "%s%s", sep, from->kind->parts[i].name);
			sep = ", ";
		}
	foreach(lc, pgm_attribute_names(from, to, all))
	{
		appendStringInfo(&buf, "%s%s", sep, (char *) lfirst(lc));
		sep = ", ";
	}
	return buf.data;
}

static PgmDifference *
make_difference(const PgmObject *from, const PgmObject *to, const char *what)
{
	PgmDifference *difference = palloc0_object(PgmDifference);
	const PgmObject *object = from != NULL ? from : to;

	difference->kind = object->kind->name;
	difference->identity = object->identity;
	difference->what = what;
	difference->from = from;
	difference->to = to;
	return difference;
}

/*
 * Returns what "from" has otherwise than "to", as a list of PgmDifference *.
 */
List *
pgm_differences(const PgmSnapshot *from, const PgmSnapshot *to, bool all)
{
	List	   *differences = NIL;

	pgm_snapshot_pair(from, to);
	for (int i = 0; i < from->nobjects; i++)
	{
		PgmObject  *object = from->objects[i];

		if (object->outside)
			continue;
		if (object->other == NULL)
			differences = lappend(differences,
								  make_difference(object, NULL, "not wanted"));
		else if (way_between(object, object->other) != PGM_SAME ||
				 pgm_attributes_differ(object, object->other, all))
			differences = lappend(differences,
								  make_difference(object, object->other,
												  pgm_changed_parts(object, object->other, all)));
	}
	for (int i = 0; i < to->nobjects; i++)
		if (to->objects[i]->other == NULL && !to->objects[i]->outside)
			differences = lappend(differences,
								  make_difference(NULL, to->objects[i], "missing"));
	return differences;
}
