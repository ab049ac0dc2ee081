/*-------------------------------------------------------------------------
 *
 * order.c
 *	  Putting what has to be done into an order in which it can be done.
 *
 * Each action is a node of a graph.  Edges come from the dependencies of both
 * snapshots and from names that have to be free before they can be taken.
 * Some edges are wishes: that a table comes after the functions its defaults
 * call, so that CREATE TABLE can hold the defaults.
 *
 * How the graph is sorted is not known here; see graph.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "utils/hsearch.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "diff/graph.h"
#include "diff/order.h"
#include "schema/kinds.h"
#include "schema/routine.h"
#include "schema/table.h"

/* the nodes of one object; which ones there are depends on its side */
typedef struct ObjectNodes
{
	PgmNode    *drop;
	PgmNode    *aside;
	PgmNode    *leave;
	PgmNode    *change;
	PgmNode    *shell;			/* of either side */
	PgmNode    *create;
} ObjectNodes;

typedef struct Graph
{
	const PgmComparison *comparison;
	ObjectNodes *from;			/* by number */
	ObjectNodes *to;
	List	   *nodes;
} Graph;


/* longest text of a name, with its name space, schema and quotes */
#define MAX_NAME (NAMEDATALEN * 8)

typedef struct NameEntry
{
	char		name[MAX_NAME]; /* the key */
	PgmNode    *node;			/* after which it is free */
	const PgmObject *object;
} NameEntry;

static PgmNode *
add_node(Graph *graph, PgmActionType type, const PgmObject *from, const PgmObject *to,
		 PgmPhase phase)
{
	PgmNode    *node = pgm_node_make(type, from, to, phase);

	graph->nodes = lappend(graph->nodes, node);
	return node;
}

static ObjectNodes *
nodes_from(Graph *graph, const PgmObject *from)
{
	return &graph->from[from->number];
}

static ObjectNodes *
nodes_to(Graph *graph, const PgmObject *to)
{
	return &graph->to[to->number];
}

static const PgmFate *
fate_of(Graph *graph, const PgmObject *from)
{
	return &graph->comparison->fates[from->number];
}

/*
 * Makes the nodes of an object that is there.
 */
static void
add_nodes_from(Graph *graph, const PgmObject *from)
{
	const PgmFate *fate = fate_of(graph, from);
	ObjectNodes *nodes = nodes_from(graph, from);

	if (fate->dropped)
	{
		bool		for_good = from->other == NULL && pgm_holds_data(from);

		nodes->drop = add_node(graph, PGM_ACT_DROP, from, from->other,
							   fate->carried ? PGM_PHASE_SILENT :
							   for_good ? PGM_PHASE_DROP_DATA : PGM_PHASE_DROP);
		nodes->drop->silent = fate->carried;
		if (from->kind->in_circle != NULL && from->kind->in_circle(from) && !fate->carried)
			nodes->shell = add_node(graph, PGM_ACT_SHELL, from, NULL, PGM_PHASE_DROP);
		pgm_edge_add(nodes->shell, nodes->drop, PGM_EDGE_HARD);
	}
	else if (fate->way == PGM_REMAKE)
	{
		const PgmObject *to = fate->heir != NULL ? fate->heir : from->other;

		nodes->aside = add_node(graph, PGM_ACT_ASIDE, from, to, PGM_PHASE_ASIDE);
		nodes->leave = add_node(graph, PGM_ACT_LEAVE, from, to, PGM_PHASE_LEAVE);
	}
	else if (fate->way != PGM_SAME || fate->attributes)
	{
		nodes->change = add_node(graph, PGM_ACT_CHANGE, from, from->other, PGM_PHASE_MAKE);
		nodes->change->action.way = fate->way;
	}
}

static void
add_nodes_to(Graph *graph, const PgmObject *to)
{
	ObjectNodes *nodes = nodes_to(graph, to);

	if (!graph->comparison->made[to->number])
		return;
	if (to->kind->shell != NULL && (to->kind->in_circle == NULL || to->kind->in_circle(to)))
		nodes->shell = add_node(graph, PGM_ACT_SHELL, to->other, to, PGM_PHASE_MAKE);
	nodes->create = add_node(graph, PGM_ACT_CREATE, to->other, to, PGM_PHASE_MAKE);
	pgm_edge_add(nodes->shell, nodes->create, PGM_EDGE_HARD);
}

/*
 * Returns the node after which what is wanted is there for "user", or NULL
 * when it is there all the time.
 */
static PgmNode *
made_node(Graph *graph, const PgmObject *need, const PgmObject *user, PgmStrength *strength)
{
	ObjectNodes *nodes = nodes_to(graph, need);

	*strength = PGM_EDGE_HARD;
	if (nodes->shell != NULL && list_member_ptr(need->needs, user))
		return nodes->shell;
	if (nodes->create != NULL)
		return nodes->create;
	if (need->other == NULL)
		return NULL;
	*strength = PGM_EDGE_CHANGE;
	return nodes_from(graph, need->other)->change;
}

/*
 * Is "first" one of the two that "tie" attaches to each other?
 */
static bool
is_end_of(const PgmObject *tie, const PgmObject *first)
{
	return tie->kind == &pgm_kind_index_attachment ||
		(tie->kind->classid == InheritsRelationId && first->parent == NULL);
}

/*
 * "node" comes when the columns of the table are right.
 */
static void
after_columns(Graph *graph, PgmNode *node, const PgmObject *table, PgmStrength strength)
{
	ListCell   *lc;

	foreach(lc, table->pieces)
	{
		const PgmObject *col = lfirst(lc);
		PgmStrength	usual;

		if (col->kind == &pgm_kind_column)
			pgm_edge_add(made_node(graph, col, node->action.to, &usual), node, strength);
	}
}

/*
 * "node" makes or changes an object into "to": it comes after what that needs.
 */
static void
after_needs(Graph *graph, PgmNode *node, const PgmObject *to)
{
	ListCell   *lc;

	if (node == NULL)
		return;
	foreach(lc, to->after)
	{
		PgmStrength	strength;

		pgm_edge_add(made_node(graph, lfirst(lc), to, &strength), node,
					 is_end_of(to, lfirst(lc)) ? PGM_EDGE_HARD : PGM_EDGE_CHANGE);
	}
	foreach(lc, to->needs)
	{
		const PgmObject *need = lfirst(lc);
		PgmStrength	strength;
		PgmNode    *made = made_node(graph, need, to, &strength);

		/* see add_edges_of_change() */
		if (to->kind != &pgm_kind_column || need != to->parent || need->other == NULL ||
			!pgm_table_gets_toast_parameters(need->other, need))
			pgm_edge_add(made, node, strength);

		/*
		 * A function whose body is kept parsed would be in the way when a
		 * table whose row type it uses is rewritten.
		 */
		if (node->action.type == PGM_ACT_CREATE && pgm_routine_is_parsed(to) &&
			need->kind == &pgm_kind_table)
			after_columns(graph, node, need, PGM_EDGE_CHANGE);
	}
}

/*
 * A parent would like to come after what its pieces need, and their pieces,
 * to have them in its own statement.
 */
static void
after_needs_of_pieces(Graph *graph, PgmNode *node, const PgmObject *to)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, to->pieces)
	{
		const PgmObject *piece = lfirst(lc);
		List	   *befores;

		if ((piece->kind->flags & PGM_FOLDS) == 0 ||
			(piece->kind->folds != NULL && !piece->kind->folds(piece)))
			continue;
		befores = list_concat_copy(piece->needs, piece->after);
		foreach(lc2, befores)
		{
			const PgmObject *need = lfirst(lc2);
			PgmStrength	strength;

			if (need != node->action.to && need->parent != node->action.to &&
				need->parent != to)
				pgm_edge_add(made_node(graph, need, piece, &strength), node, PGM_EDGE_FOLD);
		}
		list_free(befores);
		after_needs_of_pieces(graph, node, piece);
	}
}

/*
 * Does an object go when the other one goes, be it by way of a third?
 */
static bool
is_carried_by(const PgmObject *object, const PgmObject *carrier, int depth)
{
	ListCell   *lc;

	foreach(lc, object->carriers)
		if (lfirst(lc) == carrier ||
			(depth < 8 && is_carried_by(lfirst(lc), carrier, depth + 1)))
		return true;
	return false;
}

/*
 * "node" has to be done before "gone" goes, be it by itself or with another;
 * with one that "rider", if there is one, goes with, too, it may.
 */
static void
before_gone(Graph *graph, PgmNode *node, const PgmObject *gone, const PgmObject *rider,
			int depth)
{
	ObjectNodes *nodes = nodes_from(graph, gone);
	ListCell   *lc;

	pgm_edge_add(node, nodes->drop, PGM_EDGE_HARD);
	if (rider == NULL || depth > 0)
		pgm_edge_add(node, nodes->aside, PGM_EDGE_HARD);
	if (nodes->drop == NULL || !nodes->drop->silent || depth > 8)
		return;
	foreach(lc, gone->carriers)
		if (nodes_from(graph, lfirst(lc)) != nodes &&
			(rider == NULL || !is_carried_by(rider, lfirst(lc), 0)))
		before_gone(graph, node, lfirst(lc), rider, depth + 1);
}

/*
 * Is the object a piece of one that is remade, or of a piece of one, or the
 * function of a type that is remade?
 */
static bool
is_of_remade(Graph *graph, const PgmObject *from)
{
	ListCell   *lc;

	foreach(lc, from->carriers)
	{
		const PgmObject *carrier = lfirst(lc);

		if (carrier->kind->shell != NULL && fate_of(graph, carrier)->way == PGM_REMAKE)
			return true;
	}
	return from->parent != NULL &&
		(fate_of(graph, from->parent)->way == PGM_REMAKE ||
		 is_of_remade(graph, from->parent));
}

/*
 * Does an object, or a piece of it, not need the other one any more when it is
 * aside?
 */
static bool
lets_go(const PgmObject *object, const PgmObject *need)
{
	return (object->kind->flags & PGM_LETS_GO) != 0 &&
		(need->kind->flags & PGM_NAMES_ROUTINE) != 0;
}

/*
 * Returns what an object that goes with others goes with first, if one of them
 * has a statement of its own; or NULL.
 */
static const PgmObject *
first_carrier(Graph *graph, const PgmObject *from)
{
	ListCell   *lc;

	foreach(lc, from->carriers)
	{
		const PgmNode *drop = nodes_from(graph, lfirst(lc))->drop;

		if (drop != NULL && !drop->silent && drop->phase == PGM_PHASE_DROP)
			return lfirst(lc);
	}
	return NULL;
}

/*
 * A tie is cut before the columns of either end change: those of the child
 * cannot while it is there, and what is done to the parent's is done to the
 * child's.
 */
static void
before_columns(Graph *graph, PgmNode *cut, const PgmObject *table)
{
	ListCell   *lc;

	if (table == NULL || table->other == NULL || fate_of(graph, table)->way == PGM_REMAKE)
		return;
	foreach(lc, table->pieces)
	{
		const PgmObject *col = lfirst(lc);
		ObjectNodes *nodes = nodes_from(graph, col);

		if (col->kind != &pgm_kind_column)
			continue;
		pgm_edge_add(cut, nodes->change, PGM_EDGE_HARD);
		pgm_edge_add(cut, nodes->drop, PGM_EDGE_HARD);
	}
	foreach(lc, table->other->pieces)
		if (((const PgmObject *) lfirst(lc))->kind == &pgm_kind_column)
		pgm_edge_add(cut, nodes_to(graph, lfirst(lc))->create, PGM_EDGE_HARD);
}

/*
 * The edges of an object that goes.
 */
static void
add_edges_of_drop(Graph *graph, const PgmObject *from)
{
	ObjectNodes *nodes = nodes_from(graph, from);
	const PgmObject *first = nodes->drop->silent ? first_carrier(graph, from) : NULL;
	ListCell   *lc;

	foreach(lc, from->needs)
	{
		const PgmObject *need = lfirst(lc);
		ObjectNodes *of_need = nodes_from(graph, need);

		if (nodes->drop->silent && list_member_ptr(from->carriers, need))
			continue;
		if (nodes->drop->silent && is_of_remade(graph, from) && from->parent != NULL &&
			lets_go(from->parent, need))
			continue;
		if (nodes->shell != NULL && list_member_ptr(need->needs, from))
		{
			before_gone(graph, nodes->shell, need, NULL, 0);
			continue;
		}
		if (nodes->drop->silent)
			before_gone(graph, nodes->drop, need, from, 0);
		else
			before_gone(graph, nodes->drop, need, NULL, 0);
		pgm_edge_add(nodes->drop, of_need->leave, PGM_EDGE_HARD);
		pgm_edge_add(nodes->drop, of_need->change,
					 fate_of(graph, need)->way == PGM_DISTURB ? PGM_EDGE_HARD : PGM_EDGE_CHANGE);
	}
	foreach(lc, from->carriers)
	{
		ObjectNodes *of_carrier = nodes_from(graph, lfirst(lc));

		if (first != NULL && lfirst(lc) != first)
			continue;
		if (nodes->drop->silent)
		{
			pgm_edge_add(of_carrier->drop, nodes->drop, PGM_EDGE_CARRY);
			pgm_edge_add(of_carrier->leave, nodes->drop, PGM_EDGE_HARD);
		}
		else if (!list_member_ptr(from->needs, lfirst(lc)))
			before_gone(graph, nodes->drop, lfirst(lc), NULL, 0);
	}
	/* an index lets go of another one when its table does */
	if (from->kind != &pgm_kind_index_attachment || !nodes->drop->silent)
		foreach(lc, from->after)
			pgm_edge_add(nodes->drop, nodes_from(graph, lfirst(lc))->drop,
						 nodes->drop->silent ? PGM_EDGE_SOFT : PGM_EDGE_CHANGE);
	if (from->kind == &pgm_kind_inheritance && !nodes->drop->silent)
	{
		before_columns(graph, nodes->drop, from->parent);
		before_columns(graph, nodes->drop, pgm_tie_parent(from));
	}
	/* a piece of what is remade does not keep its name from the new one */
	if (from->other != NULL && !(nodes->drop->silent && is_of_remade(graph, from)))
		pgm_edge_add(nodes->drop, nodes_to(graph, from->other)->create, PGM_EDGE_HARD);
}

/*
 * A table can be attached to another when both have the same columns: after
 * columns of either are dropped.  Rows can move into a partitioned table when
 * it has its partitions.
 */
static void
add_edges_of_attachment(Graph *graph, const PgmObject *to)
{
	List	   *ends;
	ListCell   *lc;
	ListCell   *lc2;

	if (to->kind->classid != InheritsRelationId)
		return;
	ends = list_concat_copy(to->needs, to->after);
	foreach(lc, ends)
	{
		const PgmObject *end = lfirst(lc);

		if (end->address.classId != RelationRelationId ||
			end->address.objectSubId != 0 || end->other == NULL)
			continue;
		if (end != to->parent)
			pgm_edge_add(nodes_to(graph, to)->create,
						 nodes_from(graph, end->other)->leave, PGM_EDGE_HARD);
		foreach(lc2, end->other->pieces)
		{
			const PgmObject *piece = lfirst(lc2);
			PgmNode    *drop = nodes_from(graph, piece)->drop;

			if (piece->address.objectSubId == 0 || drop == NULL || drop->silent)
				continue;
			pgm_edge_add(drop, nodes_to(graph, to)->create, PGM_EDGE_HARD);
			pgm_edge_add(drop, nodes_to(graph, to->parent)->create, PGM_EDGE_FOLD);
		}
	}
	list_free(ends);
}

/*
 * A logged table cannot refer to an unlogged one.  So when one becomes
 * unlogged, those that refer to it have done so or do it no more, and when it
 * becomes logged, those that it refers to have.
 */
static void
add_edges_of_logging(Graph *graph, const PgmObject *key)
{
	ObjectNodes *nodes = nodes_from(graph, key);
	const PgmObject *table = key->parent;
	ListCell   *lc;

	if (table == NULL)
		return;
	foreach(lc, key->needs)
	{
		const PgmObject *referenced = ((const PgmObject *) lfirst(lc))->parent;
		PgmNode    *change;

		if (referenced == NULL || referenced == table ||
			referenced->kind != &pgm_kind_table)
			continue;
		change = nodes_from(graph, referenced)->change;
		if (change != NULL && pgm_table_becomes(referenced, true))
		{
			pgm_edge_add(nodes->drop, change, PGM_EDGE_HARD);
			pgm_edge_add(nodes_from(graph, table)->change, change, PGM_EDGE_CHANGE);
		}
		if (pgm_table_becomes(table, false))
		{
			pgm_edge_add(nodes->drop, nodes_from(graph, table)->change, PGM_EDGE_HARD);
			pgm_edge_add(change, nodes_from(graph, table)->change, PGM_EDGE_CHANGE);
		}
	}
}

/*
 * A partition is attached when those are gone whose place it could take.
 */
static void
after_partitions(Graph *graph, const PgmObject *tie)
{
	const PgmObject *table = pgm_tie_parent(tie);
	ListCell   *lc;

	if (table == NULL || table->other == NULL || !pgm_is_partition(tie->parent) ||
		fate_of(graph, table->other)->way == PGM_REMAKE)
		return;
	foreach(lc, pgm_ties_below(table->other))
		pgm_edge_add(nodes_from(graph, lfirst(lc))->drop, nodes_to(graph, tie)->create,
					 PGM_EDGE_CHANGE);
}

/*
 * The edges of an object that is changed: it lets go of what is dropped, and
 * moves from what is remade to its successor.
 */
static void
add_edges_of_change(Graph *graph, const PgmObject *from)
{
	PgmNode    *change = nodes_from(graph, from)->change;
	ListCell   *lc;

	after_needs(graph, change, from->other);
	if (pgm_table_gets_toast_parameters(from, from->other))
		after_columns(graph, change, from->other, PGM_EDGE_HARD);
	/* a sequence that a column owns gets the owner of the table with that */
	foreach(lc, from->kind->acl_type == OBJECT_SEQUENCE ? from->carriers : NIL)
	{
		const PgmObject *carrier = lfirst(lc);

		if (carrier->parent != NULL)
			pgm_edge_add(nodes_from(graph, carrier->parent)->change, change, PGM_EDGE_CHANGE);
	}
	foreach(lc, from->needs)
	{
		const PgmObject *need = lfirst(lc);
		ObjectNodes *of_need = nodes_from(graph, need);

		if (of_need->drop != NULL)
			before_gone(graph, change, need, NULL, 0);
		pgm_edge_add(change, of_need->leave, PGM_EDGE_HARD);
		if (need->other != NULL && fate_of(graph, need)->way == PGM_DISTURB &&
			!list_member_ptr(from->other->needs, need->other))
			pgm_edge_add(change, of_need->change, PGM_EDGE_HARD);
	}
}

/*
 * A table inherits before and after: a column that the parent gets is merged
 * with the child's, which must have the type of it by then; and one that the
 * parent loses is free to be changed in the child.
 */
static void
add_edges_of_merge(Graph *graph, const PgmObject *tie)
{
	const PgmObject *parent = pgm_tie_parent(tie);
	ListCell   *lc;

	if (parent == NULL || parent->other == NULL || tie->other == NULL)
		return;
	foreach(lc, tie->parent->pieces)
	{
		const PgmObject *col = lfirst(lc);
		const PgmObject *above;

		if (col->kind != &pgm_kind_column || col->other == NULL)
			continue;
		above = pgm_table_column(parent, col->name);
		if (above != NULL && above->other == NULL)
		{
			pgm_edge_add(nodes_from(graph, above)->drop, nodes_from(graph, col)->change,
						 PGM_EDGE_CHANGE);
			pgm_edge_add(nodes_from(graph, above)->drop, nodes_from(graph, col)->drop,
						 PGM_EDGE_CHANGE);
		}
		above = pgm_table_column(parent->other, col->name);
		if (above != NULL && above->other == NULL)
		{
			pgm_edge_add(nodes_from(graph, col)->change, nodes_to(graph, above)->create,
						 PGM_EDGE_CHANGE);
			pgm_edge_add(nodes_to(graph, col->other)->create, nodes_to(graph, above)->create,
						 PGM_EDGE_CHANGE);
		}
	}
}

/*
 * What "part", which is an object that gets a successor or a piece of it, needs
 * goes after the object, and is put aside after it.
 */
static void
after_remade(Graph *graph, const PgmObject *from, const PgmObject *part)
{
	ObjectNodes *nodes = nodes_from(graph, from);
	ListCell   *lc;

	foreach(lc, part->needs)
	{
		const PgmObject *need = lfirst(lc);
		ObjectNodes *of_need = nodes_from(graph, need);

		if (need == from || is_carried_by(need, from, 0))
			continue;
		if (of_need->drop != NULL)
			before_gone(graph, lets_go(from, need) ? nodes->aside : nodes->leave, need, NULL, 0);
		pgm_edge_add(nodes->leave, of_need->leave, PGM_EDGE_HARD);
		pgm_edge_add(nodes->aside, of_need->aside, PGM_EDGE_CHANGE);
	}
}

/*
 * What is made from rows, a materialized view, or checked against them, a
 * foreign key, is made when the rows have moved to where "to" keeps them.
 */
static void
before_readers(Graph *graph, PgmNode *leave, const PgmObject *to, List **seen)
{
	ListCell   *lc;

	foreach(lc, to->needed_by)
	{
		const PgmObject *user = lfirst(lc);
		PgmNode    *create = nodes_to(graph, user)->create;

		if (create == NULL || list_member_ptr(*seen, user))
			continue;
		*seen = lappend(*seen, unconstify(PgmObject *, user));
		if (user->kind == &pgm_kind_foreign_key || user->kind == &pgm_kind_materialized_view)
			pgm_edge_add(leave, create, PGM_EDGE_CHANGE);
		else
			before_readers(graph, leave, user, seen);
	}
}

/*
 * The edges of an object that gets a successor: data move when what they need
 * is there (the partitions), and before what would act on them (triggers).
 */
static void
add_edges_of_remake(Graph *graph, const PgmObject *from)
{
	ObjectNodes *nodes = nodes_from(graph, from);
	const PgmFate *fate = fate_of(graph, from);
	const PgmObject *to = fate->heir != NULL ? fate->heir : from->other;
	PgmNode    *create = nodes_to(graph, to)->create;
	ListCell   *lc;

	pgm_edge_add(nodes->aside, create, PGM_EDGE_HARD);
	pgm_edge_add(nodes->aside, nodes_to(graph, to)->shell, PGM_EDGE_HARD);
	pgm_edge_add(create, nodes->leave, PGM_EDGE_HARD);
	after_remade(graph, from, from);
	foreach(lc, from->pieces)
	{
		const PgmObject *piece = lfirst(lc);
		PgmNode    *drop = nodes_from(graph, piece)->drop;

		if (drop != NULL && drop->silent)
			after_remade(graph, from, piece);
	}
	foreach(lc, to->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		pgm_edge_add((piece->kind->flags & PGM_FOLDS) ? nodes_to(graph, piece)->create : NULL,
					 nodes->leave, PGM_EDGE_CHANGE);
		if ((piece->kind->flags & PGM_FOLDS) == 0)
			pgm_edge_add(nodes->leave, nodes_to(graph, piece)->create, PGM_EDGE_CHANGE);
	}
	foreach(lc, to->needed_by)
	{
		const PgmObject *user = lfirst(lc);

		if (user->kind->classid == InheritsRelationId && user->parent != to)
			pgm_edge_add(nodes_to(graph, user)->create, nodes->leave, PGM_EDGE_HARD);
	}
	if (pgm_holds_data(from))
	{
		List	   *seen = NIL;

		before_readers(graph, nodes->leave, to, &seen);
		list_free(seen);
	}
}

/*
 * Returns the names that an object takes, each in its own name space.
 */
List *
pgm_names_of(const PgmObject *object)
{
	int			flags = object->kind->flags;
	List	   *names = NIL;

	if (flags & PGM_NAMES_RELATION)
		names = lappend(names, psprintf("relation %s", object->identity));
	if (object->claims != NULL)
		names = lappend(names, psprintf("relation %s", object->claims));
	if (flags & (PGM_NAMES_TYPE | PGM_NAMES_RELATION))
		names = lappend(names, psprintf("type %s", object->identity));
	if (flags & PGM_NAMES_ROUTINE)
		names = lappend(names, psprintf("routine %s", object->identity));
	if (object->kind->classid == ConstraintRelationId)
		names = lappend(names, psprintf("constraint %s", object->identity));
	return names;
}

static HTAB *
make_name_table(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = MAX_NAME;
	ctl.entrysize = sizeof(NameEntry);
	ctl.hcxt = CurrentMemoryContext;
	return hash_create("pgmigrate names", 256, &ctl, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

/*
 * Notes that the names are free after "node".
 */
static void
free_names(HTAB *table, List *names, PgmNode *node, const PgmObject *object)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		NameEntry  *entry = hash_search(table, lfirst(lc), HASH_ENTER, NULL);

		entry->node = node;
		entry->object = object;
	}
}

/*
 * "node", which takes the names, comes after what frees them.
 */
static void
take_names(HTAB *table, List *names, PgmNode *node, const PgmObject *object)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		NameEntry  *entry = hash_search(table, lfirst(lc), HASH_FIND, NULL);

		if (entry != NULL && entry->object != object->other)
			pgm_edge_add(entry->node, node, PGM_EDGE_HARD);
	}
}

/*
 * A name is free for what takes it when what had it is gone, or has changed.
 */
static void
add_edges_of_names(Graph *graph)
{
	const PgmComparison *comparison = graph->comparison;
	HTAB	   *table = make_name_table();

	for (int i = 0; i < comparison->from->nobjects; i++)
	{
		const PgmObject *from = comparison->from->objects[i];
		ObjectNodes *nodes = nodes_from(graph, from);

		if (nodes->drop != NULL)
			free_names(table, pgm_names_of(from), nodes->drop, from);
		else if (nodes->change != NULL && from->claims != NULL &&
				 !pgm_same_text(from->claims, from->other->claims))
			free_names(table, pgm_names_of(from), nodes->change, from);
	}
	for (int i = 0; i < comparison->to->nobjects; i++)
	{
		const PgmObject *to = comparison->to->objects[i];
		ObjectNodes *nodes = nodes_to(graph, to);

		if (nodes->create != NULL)
			take_names(table, pgm_names_of(to),
					   nodes->shell != NULL ? nodes->shell : nodes->create, to);
		else if (to->claims != NULL && to->other != NULL)
			take_names(table, pgm_names_of(to), nodes_from(graph, to->other)->change, to);
	}
	hash_destroy(table);
}

/*
 * Returns a name without its quotes.
 */
static char *
unquoted(const char *name)
{
	List	   *parts;
	char	   *copy = pstrdup(name);

	return SplitIdentifierString(copy, '.', &parts) && parts != NIL ? linitial(parts) : copy;
}

/*
 * A routine had better come after those whose names are in its body, which may
 * be run by what comes next.  Bodies are no dependencies for the server.
 */
static void
add_edges_of_bodies(Graph *graph)
{
	HTAB	   *table = make_name_table();
	const PgmSnapshot *to = graph->comparison->to;

	for (int i = 0; i < to->nobjects; i++)
		if (to->objects[i]->kind->flags & PGM_NAMES_ROUTINE)
			free_names(table, list_make1(unquoted(to->objects[i]->name)),
					   graph->to[i].create, to->objects[i]);
	for (int i = 0; i < to->nobjects; i++)
	{
		ListCell   *lc;

		if ((to->objects[i]->kind->flags & PGM_NAMES_ROUTINE) == 0 ||
			graph->to[i].create == NULL)
			continue;
		foreach(lc, pgm_routine_words(to->objects[i]))
		{
			NameEntry  *entry = hash_search(table, lfirst(lc), HASH_FIND, NULL);

			if (entry != NULL && entry->object != to->objects[i])
				pgm_edge_add(entry->node, graph->to[i].create, PGM_EDGE_SOFT);
		}
	}
	hash_destroy(table);
}

/*
 * A view had better come after the columns of its tables are gone that have a
 * name which is in its text: by that name, columns are joined.
 */
static void
add_edges_of_joins(Graph *graph, const PgmObject *view)
{
	PgmNode    *node = nodes_to(graph, view)->create;
	ListCell   *lc;
	ListCell   *lc2;

	if (view->kind != &pgm_kind_view && view->kind != &pgm_kind_materialized_view)
		return;
	if (node == NULL && view->other != NULL)
		node = nodes_from(graph, view->other)->change;
	foreach(lc, node != NULL ? view->needs : NIL)
	{
		const PgmObject *need = lfirst(lc);
		const PgmObject *table = need->parent != NULL ? need->parent : need;

		if (table->other == NULL || table->remade)
			continue;
		foreach(lc2, table->other->pieces)
		{
			const PgmObject *piece = lfirst(lc2);

			if (piece->kind == &pgm_kind_column && nodes_from(graph, piece)->drop != NULL &&
				strstr(view->definition, piece->name) != NULL)
				pgm_edge_add(nodes_from(graph, piece)->drop, node, PGM_EDGE_SOFT);
		}
	}
}

static Graph *
make_graph(const PgmComparison *comparison)
{
	Graph	   *graph = palloc0_object(Graph);
	const PgmSnapshot *from = comparison->from;
	const PgmSnapshot *to = comparison->to;

	graph->comparison = comparison;
	graph->from = palloc0_array(ObjectNodes, Max(from->nobjects, 1));
	graph->to = palloc0_array(ObjectNodes, Max(to->nobjects, 1));
	for (int i = 0; i < from->nobjects; i++)
		add_nodes_from(graph, from->objects[i]);
	for (int i = 0; i < to->nobjects; i++)
		add_nodes_to(graph, to->objects[i]);
	for (int i = 0; i < to->nobjects; i++)
	{
		add_edges_of_joins(graph, to->objects[i]);
		after_needs(graph, graph->to[i].create, to->objects[i]);
		if (graph->to[i].create != NULL)
		{
			after_needs_of_pieces(graph, graph->to[i].create, to->objects[i]);
			add_edges_of_attachment(graph, to->objects[i]);
			if (to->objects[i]->kind == &pgm_kind_inheritance)
				after_partitions(graph, to->objects[i]);
		}
	}
	for (int i = 0; i < from->nobjects; i++)
	{
		if (graph->from[i].drop != NULL)
			add_edges_of_drop(graph, from->objects[i]);
		if (graph->from[i].change != NULL)
			add_edges_of_change(graph, from->objects[i]);
		if (graph->from[i].leave != NULL)
			add_edges_of_remake(graph, from->objects[i]);
		if (from->objects[i]->kind == &pgm_kind_foreign_key)
			add_edges_of_logging(graph, from->objects[i]);
		if (from->objects[i]->kind == &pgm_kind_inheritance)
			add_edges_of_merge(graph, from->objects[i]);
	}
	add_edges_of_names(graph);
	add_edges_of_bodies(graph);
	return graph;
}

/*
 * Can a piece be made in the statement of "root"?  It can when all that has to
 * come before it comes before that statement or is in it.
 */
static bool
can_fold(const PgmNode *piece, const PgmNode *root)
{
	const PgmObject *to = piece->action.to;
	ListCell   *lc;

	if (to->kind->folds != NULL && !to->kind->folds(to))
		return false;
	foreach(lc, piece->in)
	{
		const PgmEdge *edge = lfirst(lc);

		const PgmNode *before = edge->before->into != NULL ?
		edge->before->into : edge->before;

		if (before != root && before->position >= root->position)
			return false;
	}
	return true;
}

static int
compare_pieces(const ListCell *a, const ListCell *b)
{
	return pgm_node_compare(lfirst(a), lfirst(b));
}

/*
 * Returns the nodes that make the pieces of an object, and their pieces, as
 * far as they are of a kind that folds.
 */
static List *
foldable_pieces(Graph *graph, const PgmObject *to)
{
	List	   *pieces = NIL;
	ListCell   *lc;

	foreach(lc, to->pieces)
	{
		const PgmObject *piece = lfirst(lc);
		PgmNode    *create = nodes_to(graph, piece)->create;

		if ((piece->kind->flags & PGM_FOLDS) == 0 || create == NULL)
			continue;
		pieces = lappend(pieces, create);
		pieces = list_concat(pieces, foldable_pieces(graph, piece));
	}
	return pieces;
}

/*
 * Moves into the statement of "root" what can be there, until there is no
 * more.
 */
static void
fold_pieces(Graph *graph, PgmNode *root)
{
	List	   *pieces = foldable_pieces(graph, root->action.to);
	bool		more = true;
	ListCell   *lc;

	list_sort(pieces, compare_pieces);
	while (more)
	{
		more = false;
		foreach(lc, pieces)
		{
			PgmNode    *piece = lfirst(lc);

			if (piece->into != NULL || !can_fold(piece, root))
				continue;
			piece->into = root;
			more = true;
		}
	}
	foreach(lc, pieces)
	{
		PgmNode    *piece = lfirst(lc);

		if (piece->into == root)
			root->action.inside = lappend(root->action.inside,
										  unconstify(PgmObject *, piece->action.to));
	}
}

/*
 * Returns the actions that lead from one snapshot to the other, in order, as
 * a list of PgmAction *.
 */
List *
pgm_order(const PgmComparison *comparison)
{
	Graph	   *graph = make_graph(comparison);
	List	   *sorted = pgm_nodes_sort(graph->nodes);
	List	   *actions = NIL;
	ListCell   *lc;

	foreach(lc, sorted)
	{
		PgmNode    *node = lfirst(lc);

		if (node->action.type == PGM_ACT_CREATE && node->into == NULL)
			fold_pieces(graph, node);
	}
	foreach(lc, sorted)
	{
		PgmNode    *node = lfirst(lc);

		if (!node->silent && node->into == NULL)
			actions = lappend(actions, &node->action);
	}
	return actions;
}
