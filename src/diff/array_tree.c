/*-------------------------------------------------------------------------
 *
 * array_tree.c
 *	  Reading expressions as they were before the server printed them.
 *
 * A model is often the output of pg_dump.  There, "status IN ('x', 'y')" with
 * a varchar column is (ARRAY['x'::character varying, ...])::text[], of which
 * the parser makes ARRAY[('x'::character varying)::text, ...]: another tree,
 * which is printed in another way.  In the raw parse tree the array gets the
 * type of its elements first, so that the cast is one of the whole again.
 *
 * array_cast.c does the same for the texts that are written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"

#include "diff/array_tree.h"

/*
 * Returns the type that all elements are cast to, or NULL.
 */
static TypeName *
common_cast(const A_ArrayExpr *array)
{
	TypeName   *type = NULL;
	ListCell   *lc;

	foreach(lc, array->elements)
	{
		TypeCast   *element = lfirst(lc);

		if (!IsA(element, TypeCast) || element->typeName->arrayBounds != NIL ||
			(type != NULL && !equal(type->names, element->typeName->names)))
			return NULL;
		type = element->typeName;
	}
	return type;
}

/*
 * Walks through an expression.
 */
static bool
keep_walker(Node *node, void *context)
{
	TypeCast   *cast = (TypeCast *) node;

	if (node == NULL)
		return false;
	if (IsA(node, TypeCast) && IsA(cast->arg, A_ArrayExpr) &&
		cast->typeName->arrayBounds != NIL)
	{
		TypeName   *type = common_cast((A_ArrayExpr *) cast->arg);

		if (type != NULL && !equal(type->names, cast->typeName->names))
		{
			TypeCast   *inner = makeNode(TypeCast);

			inner->arg = cast->arg;
			inner->typeName = copyObject(type);
			inner->typeName->typmods = NIL;
			inner->typeName->arrayBounds = list_make1(makeInteger(-1));
			inner->location = -1;
			cast->arg = (Node *) inner;
			return false;
		}
	}
	return raw_expression_tree_walker(node, keep_walker, context);
}

static void
keep_in(Node *expression)
{
	(void) keep_walker(expression, NULL);
}

/*
 * What stands inside of CREATE TABLE or after ADD: a column or a constraint.
 */
static void
keep_in_element(Node *element)
{
	ListCell   *lc;

	if (element == NULL)
		return;
	if (IsA(element, Constraint))
	{
		keep_in(((Constraint *) element)->raw_expr);
		keep_in(((Constraint *) element)->where_clause);
	}
	else if (IsA(element, ColumnDef))
		foreach(lc, ((ColumnDef *) element)->constraints)
			keep_in_element(lfirst(lc));
}

static void
keep_in_elements(List *elements)
{
	ListCell   *lc;

	foreach(lc, elements)
		keep_in_element(lfirst(lc));
}

static void
keep_in_index(IndexStmt *stmt)
{
	ListCell   *lc;

	keep_in(stmt->whereClause);
	foreach(lc, stmt->indexParams)
		keep_in(((IndexElem *) lfirst(lc))->expr);
}

static void
keep_in_alter_table(AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst(lc);

		if (cmd->subtype == AT_ColumnDefault)
			keep_in(cmd->def);
		else
			keep_in_element(cmd->def);
	}
}

/*
 * Changes the raw parse tree of a statement so that it means what it was
 * printed from.
 */
void
pgm_keep_array_trees(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_CreateStmt:
			keep_in_elements(((CreateStmt *) stmt)->tableElts);
			break;
		case T_AlterTableStmt:
			keep_in_alter_table((AlterTableStmt *) stmt);
			break;
		case T_CreateDomainStmt:
			keep_in_elements(((CreateDomainStmt *) stmt)->constraints);
			break;
		case T_AlterDomainStmt:
			keep_in_element(((AlterDomainStmt *) stmt)->def);
			break;
		case T_IndexStmt:
			keep_in_index((IndexStmt *) stmt);
			break;
		case T_ViewStmt:
			keep_in(((ViewStmt *) stmt)->query);
			break;
		case T_CreateTableAsStmt:
			keep_in(((CreateTableAsStmt *) stmt)->query);
			break;
		case T_CreateTrigStmt:
			keep_in(((CreateTrigStmt *) stmt)->whenClause);
			break;
		case T_CreatePolicyStmt:
			keep_in(((CreatePolicyStmt *) stmt)->qual);
			keep_in(((CreatePolicyStmt *) stmt)->with_check);
			break;
		case T_RuleStmt:
			keep_in(((RuleStmt *) stmt)->whereClause);
			break;
		default:
			break;
	}
}
