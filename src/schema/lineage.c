/*-------------------------------------------------------------------------
 *
 * lineage.c
 *	  What the statements for a parent table do to its children.
 *
 * A column of a child is an object with values of its own, and is compared
 * like any other.  But ALTER TABLE on a parent recurses: to add, drop or retype
 * a column always, to set a default unless told not to.  Here is said which
 * statements recurse and what therefore needs no statement for the child.
 *
 * A default is set with recursion if all tables below want the same, and with
 * ONLY for one table at a time if they do not.
 *
 * A tie is an object of kind "inheritance", a piece of the child.  Whether
 * ties can be made and cut as wanted is said here, too, because a column once
 * declared in the child stays so: see pgm_ties_need_remake().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "schema/kinds.h"
#include "schema/table.h"

/*
 * Returns the column of that name, or NULL.
 */
const PgmObject *
pgm_table_column(const PgmObject *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, table->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_column && strcmp(piece->name, name) == 0)
			return piece;
	}
	return NULL;
}

/*
 * Returns the default of a column, or NULL.
 */
const PgmObject *
pgm_column_default(const PgmObject *col)
{
	ListCell   *lc;

	foreach(lc, col->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_default)
			return piece;
	}
	return NULL;
}

/*
 * Returns what a column has for a part, of which the default is one here.
 */
const char *
pgm_column_value(const PgmObject *col, int part)
{
	if (part == PGM_DEFAULT_PART)
	{
		const PgmObject *object = pgm_column_default(col);

		return object == NULL ? NULL : object->parts[0];
	}
	return col->parts[part];
}

static bool
same_value(const PgmObject *a, const PgmObject *b, int part)
{
	return pgm_same_text(pgm_column_value(a, part), pgm_column_value(b, part));
}

/*
 * Returns the ties to the parents of a table, in their order.
 */
List *
pgm_ties_of(const PgmObject *table)
{
	List	   *ties = NIL;
	ListCell   *lc;

	for (int number = 1;; number++)
	{
		int			last = list_length(ties);
		bool		more = false;

		foreach(lc, table->pieces)
		{
			PgmObject  *piece = lfirst(lc);

			if (piece->kind != &pgm_kind_inheritance)
				continue;
			if (piece->address.objectSubId == number)
				ties = lappend(ties, piece);
			else if (piece->address.objectSubId > number)
				more = true;
		}
		if (!more && list_length(ties) == last)
			return ties;
	}
}

/*
 * Returns the tie of a table to the type that it is of, or NULL.
 */
const PgmObject *
pgm_type_tie(const PgmObject *table)
{
	ListCell   *lc;

	foreach(lc, table->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_inheritance && piece->address.objectSubId == 0)
			return piece;
	}
	return NULL;
}

/*
 * Returns the parent that a tie is to, or NULL when it is not among the
 * objects that were read.
 */
const PgmObject *
pgm_tie_parent(const PgmObject *tie)
{
	ListCell   *lc;

	foreach(lc, tie->after)
	{
		const PgmObject *object = lfirst(lc);

		if (pgm_is_table(object) && object != tie->parent &&
			strcmp(object->identity, tie->extra[PGM_TIE_PARENT]) == 0)
			return object;
	}
	return NULL;
}

/*
 * Adds the tie that a child has to a table.
 */
static List *
add_tie_below(List *ties, const PgmObject *child, const PgmObject *table)
{
	ListCell   *lc;

	foreach(lc, child->pieces)
	{
		PgmObject  *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_inheritance && piece->address.objectSubId > 0 &&
			strcmp(piece->extra[PGM_TIE_PARENT], table->identity) == 0)
			ties = lappend(ties, piece);
	}
	return ties;
}

/*
 * Returns the ties that the children of a table have to it.  A partition does
 * not need its table, but would go with it.
 */
List *
pgm_ties_below(const PgmObject *table)
{
	List	   *ties = NIL;
	ListCell   *lc;

	foreach(lc, table->needed_by)
		if (pgm_is_table(lfirst(lc)))
			ties = add_tie_below(ties, lfirst(lc), table);
	foreach(lc, table->carries)
	{
		const PgmObject *child = lfirst(lc);

		if (pgm_is_table(child) && !list_member_ptr(child->needs, table))
			ties = add_tie_below(ties, child, table);
	}
	return ties;
}

/*
 * Returns the tie among these that is to the parent of that name, or NULL.
 */
static const PgmObject *
tie_to(const List *ties, const char *parent)
{
	ListCell   *lc;

	foreach(lc, ties)
	{
		const PgmObject *tie = lfirst(lc);

		if (strcmp(tie->extra[PGM_TIE_PARENT], parent) == 0)
			return tie;
	}
	return NULL;
}

/*
 * Do the parents come to their order when those that are no more are cut off
 * and the new ones come last?
 */
static bool
order_can_be_had(const List *from_ties, const List *to_ties)
{
	bool		adding = false;
	int			last = 0;
	ListCell   *lc;

	foreach(lc, to_ties)
	{
		const PgmObject *to = lfirst(lc);
		const PgmObject *from = tie_to(from_ties, to->extra[PGM_TIE_PARENT]);

		if (from == NULL)
			adding = true;
		else if (adding || from->address.objectSubId < last)
			return false;
		else
			last = from->address.objectSubId;
	}
	return true;
}

/*
 * How does the wanted column of a child come to be declared there, or not, if
 * the ties that are in both snapshots stay?  Returns whether it can be had.
 */
static bool
declaration_can_be_had(const PgmObject *from, const PgmObject *col, const List *from_ties,
					   const List *to_ties)
{
	const PgmObject *old_column = pgm_table_column(from, col->name);
	bool		supplied = false;	/* by a parent that stays */
	ListCell   *lc;

	if (!pgm_column_is_inherited(col) && !pgm_column_is_merged(col))
		return true;			/* it becomes so when no parent has it */
	foreach(lc, to_ties)
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *parent = pgm_tie_parent(tie);
		const PgmObject *old_tie = tie_to(from_ties, tie->extra[PGM_TIE_PARENT]);

		if (old_tie == NULL || parent == NULL || parent->other == NULL ||
			pgm_table_column(parent, col->name) == NULL ||
			pgm_table_is_remade(parent->other, parent))
			continue;
		if (old_column == NULL || pgm_table_column(parent->other, col->name) != NULL)
			supplied = true;
	}
	if (pgm_column_is_inherited(col))
		return supplied && (old_column == NULL || pgm_column_is_inherited(old_column));
	return !supplied || (old_column != NULL && !pgm_column_is_inherited(old_column));
}

/*
 * Can the columns of a child come to be declared there, or not, as wanted,
 * while the ties in both snapshots stay?
 */
static bool
declarations_can_be_had(const PgmObject *from, const PgmObject *to, const List *from_ties,
						const List *to_ties)
{
	ListCell   *lc;

	foreach(lc, to->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_column &&
			!declaration_can_be_had(from, piece, from_ties, to_ties))
			return false;
	}
	return true;
}

/*
 * Must all ties of a table that is no partition be cut and made again?
 */
bool
pgm_ties_are_redone(const PgmObject *from, const PgmObject *to)
{
	List	   *from_ties;
	List	   *to_ties;

	if (pgm_is_partition(from) || pgm_is_partition(to))
		return false;
	from_ties = pgm_ties_of(from);
	to_ties = pgm_ties_of(to);
	return !order_can_be_had(from_ties, to_ties) ||
		!declarations_can_be_had(from, to, from_ties, to_ties);
}

/*
 * Must the table be remade to inherit from its parents as wanted?  A column
 * that is there before the tie is made is declared in the child for ever.
 */
bool
pgm_ties_need_remake(const PgmObject *from, const PgmObject *to)
{
	ListCell   *lc;

	if (!pgm_ties_are_redone(from, to))
		return false;
	foreach(lc, to->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind == &pgm_kind_column && pgm_column_is_inherited(piece))
			return true;
	}
	return false;
}

/*
 * Is a tie, which may be missing in one of the snapshots, never cut on the way
 * from one to the other?
 */
bool
pgm_tie_stays(const PgmObject *from, const PgmObject *to)
{
	const PgmObject *from_parent;
	const PgmObject *to_parent;

	if (from == NULL || to == NULL || from->parent == NULL || to->parent == NULL ||
		strcmp(from->definition, to->definition) != 0)
		return false;
	from_parent = pgm_tie_parent(from);
	to_parent = pgm_tie_parent(to);
	if (from_parent != NULL && to_parent != NULL &&
		pgm_table_is_remade(from_parent, to_parent))
		return false;
	return !pgm_table_is_remade(from->parent, to->parent) &&
		!pgm_ties_are_redone(from->parent, to->parent);
}

/*
 * Is the table of that type all the way from one snapshot to the other?
 */
bool
pgm_type_tie_stays(const PgmObject *from, const PgmObject *to)
{
	const PgmObject *from_tie = from == NULL ? NULL : pgm_type_tie(from);
	const PgmObject *to_tie = to == NULL ? NULL : pgm_type_tie(to);

	return from_tie != NULL && to_tie != NULL && from_tie->other == to_tie &&
		!to_tie->made && !pgm_table_is_remade(from, to);
}

/*
 * Is a column of the wanted snapshot made anew?
 */
static bool
is_made(const PgmObject *col)
{
	return col->other == NULL || pgm_table_is_made(col->parent) ||
		pgm_column_is_replaced(col->other, col);
}

/*
 * Do all columns below one of the wanted snapshot have the same for a part?
 * Tables that are below it only before the change count, too.
 */
bool
pgm_same_below(const PgmObject *col, int part)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_below(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, col->name);

		if (child != NULL &&
			(!same_value(col, child, part) || !pgm_same_below(child, part)))
			return false;
	}
	if (col->other == NULL)
		return true;
	foreach(lc, pgm_ties_below(col->other->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *child = pgm_table_column(tie->parent, col->name);

		if (child != NULL && child->other != NULL && !same_value(col, child->other, part))
			return false;
	}
	return true;
}

/*
 * Returns "ONLY " when a statement for a part of the column must not recurse.
 */
const char *
pgm_only(const PgmObject *col, int part)
{
	if (pgm_ties_below(col->parent) == NIL &&
		(col->parent->other == NULL || pgm_ties_below(col->parent->other) == NIL))
		return "";
	return pgm_same_below(col, part) ? "" : "ONLY ";
}

/*
 * Does a table of the wanted snapshot get what it inherits over this tie while
 * statements run for the parent?
 */
static bool
tie_passes_on(const PgmObject *tie)
{
	if (pgm_tie_stays(tie->other, tie))
		return true;
	return !pgm_is_partition(tie->parent) && pgm_table_is_made(tie->parent);
}

/*
 * Does a column of the wanted snapshot get its value for a part by what is
 * done to a column of a parent?
 */
bool
pgm_comes_from_parent(const PgmObject *col, int part)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_of(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *parent = pgm_tie_parent(tie);
		const PgmObject *above;
		bool		changes;

		if (parent == NULL || !tie_passes_on(tie))
			continue;
		above = pgm_table_column(parent, col->name);
		if (above == NULL || !same_value(above, col, part))
			continue;
		changes = is_made(above) || !same_value(above, above->other, part);
		if (changes ? pgm_same_below(above, part) : is_made(col))
			return true;
	}
	return false;
}

/*
 * Returns the column of a parent whose ADD COLUMN or CREATE TABLE makes this
 * one of the wanted snapshot, or NULL.
 */
const PgmObject *
pgm_made_by_parent(const PgmObject *col)
{
	ListCell   *lc;

	if (!pgm_column_is_inherited(col))
		return NULL;
	foreach(lc, pgm_ties_of(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *parent = pgm_tie_parent(tie);
		const PgmObject *above;

		if (parent == NULL || !tie_passes_on(tie))
			continue;
		above = pgm_table_column(parent, col->name);
		if (above != NULL && (is_made(above) || pgm_table_is_made(col->parent)))
			return above;
	}
	return NULL;
}

/*
 * Does a column of the snapshot that is left go by the DROP COLUMN of a
 * parent's?
 */
bool
pgm_dropped_by_parent(const PgmObject *col)
{
	ListCell   *lc;

	if (!pgm_column_is_inherited(col))
		return false;
	foreach(lc, pgm_ties_of(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *parent = pgm_tie_parent(tie);
		const PgmObject *above;

		if (parent == NULL || !pgm_tie_stays(tie, tie->other))
			continue;
		above = pgm_table_column(parent, col->name);
		if (above != NULL &&
			(above->other == NULL || pgm_column_is_replaced(above, above->other)))
			return true;
	}
	return false;
}

/*
 * Does what must recurse (a new type) come to a column of the wanted snapshot
 * from the column of a parent?
 */
bool
pgm_changed_by_parent(const PgmObject *col)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_of(col->parent))
	{
		const PgmObject *tie = lfirst(lc);
		const PgmObject *parent = pgm_tie_parent(tie);
		const PgmObject *above;

		if (parent == NULL || !pgm_tie_stays(tie->other, tie))
			continue;
		above = pgm_table_column(parent, col->name);
		if (above != NULL && !is_made(above))
			return true;
	}
	return false;
}
