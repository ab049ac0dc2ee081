/*-------------------------------------------------------------------------
 *
 * operator.c
 *	  Operators, operator families with their loose members, and operator
 *	  classes.
 *
 * An operator family is written before its classes, and each class names its
 * family, also when CREATE OPERATOR CLASS had made it.  What pg_depend ties
 * to a class is part of the class, which cannot be changed in place.  The
 * rest, the loose members, are objects of their own: pieces of the family.
 * Members of the same number are kept in the order in which they were added,
 * as dumps have them in that order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"

#include "common/compat.h"
#include "schema/kinds.h"

/*
 * Parts of an operator.  A link between two operators is held by the one whose
 * identity sorts last, so that it is compared once: setting it sets the other
 * end too.  Who holds a link is "after" the other operator.
 *
 * Since 17 there are links that only one end knows of: the other was made
 * later, and said nothing of it.  Both ends hold such a link, and the other
 * end is "after" the one that knows.
 */
enum
{
	OPERATOR_COMMUTATOR,		/* identity, after "shell", "one way" or "one
								 * way from" if it is that */
	OPERATOR_NEGATOR,
	OPERATOR_RESTRICT,
	OPERATOR_JOIN,
	OPERATOR_HASHES,
	OPERATOR_MERGES,
	OPERATOR_NPARTS
};

#define OPERATOR_NLINKS 2

/* in "extra" of an operator */
enum
{
	EXTRA_NAME,					/* qualified, without arguments */
	EXTRA_LINK,					/* OPERATOR(...), for each of the links,
								 * whoever holds it */
	EXTRA_LINKED = EXTRA_LINK + OPERATOR_NLINKS,	/* identity of that one */
	EXTRA_SHELL = EXTRA_LINKED + OPERATOR_NLINKS	/* ... if it is a shell */
};

static const PgmPart operator_parts[OPERATOR_NPARTS] = {
	[OPERATOR_COMMUTATOR] = {"commutator"},
	[OPERATOR_NEGATOR] = {"negator"},
	[OPERATOR_RESTRICT] = {"restrict"},
	[OPERATOR_JOIN] = {"join"},
	[OPERATOR_HASHES] = {"hashes"},
	[OPERATOR_MERGES] = {"merges"},
};

/* what stands before their values in CREATE and ALTER OPERATOR */
static const char *const operator_options[OPERATOR_NPARTS] = {
	[OPERATOR_COMMUTATOR] = "COMMUTATOR = ",
	[OPERATOR_NEGATOR] = "NEGATOR = ",
	[OPERATOR_RESTRICT] = "RESTRICT = ",
	[OPERATOR_JOIN] = "JOIN = ",
	[OPERATOR_HASHES] = "",
	[OPERATOR_MERGES] = "",
};

/*
 * Returns what stands for a part in CREATE OPERATOR, or NULL.
 */
static const char *
operator_option(const PgmObject *obj, int part)
{
	return part < OPERATOR_NLINKS ? obj->extra[EXTRA_LINK + part] : obj->parts[part];
}

/*
 * Returns the operator at the other end of a link that this one holds, or
 * NULL when there is none or it is no object.
 */
static const PgmObject *
linked_operator(const PgmObject *obj, int link)
{
	const char *identity = obj->extra[EXTRA_LINKED + link];
	ListCell   *lc;

	if (obj->parts[link] == NULL || identity == NULL)
		return NULL;
	if (strcmp(identity, obj->identity) == 0)
		return obj;
	foreach(lc, obj->after)
	{
		const PgmObject *other = lfirst(lc);

		if (other->kind == obj->kind && strcmp(other->identity, identity) == 0)
			return other;
	}
	return NULL;
}

/*
 * Does the link change without a statement of its own?  It goes when the
 * operator at the other end is dropped, and comes when that is made, which
 * also turns a shell into an operator.
 */
static bool
link_follows(const PgmObject *from, const PgmObject *to, int link)
{
	const PgmObject *had = linked_operator(from, link);
	const PgmObject *wanted = linked_operator(to, link);

	if (from->extra[EXTRA_SHELL + link] != NULL)
		return to->extra[EXTRA_SHELL + link] == NULL &&
			pgm_same_text(from->extra[EXTRA_LINKED + link], to->extra[EXTRA_LINKED + link]);
	if (from->parts[link] != NULL && (had == NULL || had->other != NULL))
		return false;
	return to->parts[link] == NULL || (wanted != NULL && wanted->other == NULL);
}

/*
 * Can ALTER OPERATOR set the link?  Neither end may have one.
 */
static bool
link_can_be_set(const PgmObject *from, const PgmObject *to, int link)
{
	const PgmObject *wanted = linked_operator(to, link);

	return PGM_CAN_ALTER_OPERATOR && from->extra[EXTRA_LINK + link] == NULL &&
		wanted != NULL && wanted->other != NULL &&
		wanted->other->extra[EXTRA_LINK + link] == NULL;
}

/*
 * PgmKind.way.  HASHES and MERGES can be said of an operator later, but not
 * taken back.
 */
static PgmWay
operator_way(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0)
		return PGM_REPLACE;
	for (int i = 0; i < OPERATOR_NLINKS; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]) &&
			!link_follows(from, to, i) && !link_can_be_set(from, to, i))
			return PGM_REPLACE;
	for (int i = OPERATOR_HASHES; i <= OPERATOR_MERGES; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]) &&
			(!PGM_CAN_ALTER_OPERATOR || to->parts[i] == NULL))
			return PGM_REPLACE;
	return PGM_ALTER;
}

/*
 * PgmKind.alter
 */
static void
operator_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	bool		begun = false;

	for (int i = 0; i < OPERATOR_NPARTS; i++)
	{
		const char *option = operator_option(to, i);

		if (pgm_same_text(from->parts[i], to->parts[i]) ||
			(i < OPERATOR_NLINKS && link_follows(from, to, i)))
			continue;
		if (begun)
			pgm_write_more(w, ", ");
		else
			pgm_write(w, "ALTER %s SET (", to->target);
		begun = true;
		pgm_write_more(w, "%s%s", operator_options[i], option != NULL ? option : "NONE");
	}
	if (begun)
		pgm_write_more(w, ")");
}

/*
 * PgmKind.create.  A commutator or negator that does not exist yet is made as
 * a shell, which its own CREATE fills.
 */
static void
operator_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE OPERATOR %s (\n    %s", obj->extra[EXTRA_NAME], obj->definition);
	for (int i = 0; i < OPERATOR_NPARTS; i++)
		if (operator_option(obj, i) != NULL)
			pgm_write_more(w, ",\n    %s%s", operator_options[i], operator_option(obj, i));
	pgm_write_more(w, "\n)");
}

/*
 * PgmKind.drop.  The shells that its CREATE made are no objects that anybody
 * else would drop.
 */
static void
operator_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write_drop(w, obj);
	for (int i = 0; i < OPERATOR_NLINKS; i++)
		if (obj->extra[EXTRA_SHELL + i] != NULL)
			pgm_write(w, "DROP OPERATOR IF EXISTS %s", obj->extra[EXTRA_SHELL + i]);
}

/*
 * The operator "l" that column "link" of operator o names: what o says of it.
 * And what o is named by in one way.
 */
#define OPERATOR_LINK(link, result, named) \
	" LEFT JOIN LATERAL (" \
	"  SELECT 'OPERATOR(' || quote_ident(ln.nspname) || '.' || l.oprname || ')' AS option," \
	"   l.oid::regoperator::text AS identity," \
	"   CASE WHEN l.oprcode = 0 THEN l.oid::regoperator::text END AS shell," \
	"   CASE WHEN l.oprcode = 0 THEN 'shell ' || l.oid::regoperator" \
	"    WHEN l." link " <> o.oid THEN 'one way ' || l.oid::regoperator" \
	"    WHEN o.oid::regoperator::text COLLATE \"C\" >= l.oid::regoperator::text" \
	"    THEN l.oid::regoperator::text END AS held," \
	"   CASE WHEN l." link " = o.oid AND" \
	"    o.oid::regoperator::text COLLATE \"C\" > l.oid::regoperator::text" \
	"    THEN ARRAY[ARRAY['pg_operator'::regclass::oid, l.oid, 0]] ELSE '{}' END AS after" \
	"  FROM pg_operator l" \
	"  JOIN pg_namespace ln ON ln.oid = l.oprnamespace" \
	"  WHERE l.oid = o." link \
	" ) " result " ON o." link " <> 0" \
	" LEFT JOIN (" \
	"  SELECT l.oid, 'one way from ' || string_agg(k.oid::regoperator::text, ' '" \
	"    ORDER BY k.oid::regoperator::text COLLATE \"C\") AS held," \
	"   array_agg(ARRAY['pg_operator'::regclass::oid, k.oid, 0]) AS after" \
	"  FROM pg_operator k JOIN pg_operator l ON l.oid = k." link " AND l." link " <> k.oid" \
	"  WHERE k.oprcode <> 0" \
	"  GROUP BY l.oid" \
	" ) " named " ON " named ".oid = o.oid"

const PgmKind pgm_kind_operator = {
	.name = "operator",
	.word = "OPERATOR",
	.classid = OperatorRelationId,
	.rank = 120,
	.present = {PGM_SOME(OperatorRelationId, Anum_pg_operator_oprnamespace)},
	.query =
	"SELECT o.oid, 0, NULL::oid, NULL::int4, n.nspname::text, o.oprname::text,"
	" o.oid::regoperator::text, NULL::text,"
	" concat_ws(E',\\n    ', 'FUNCTION = ' || o.oprcode,"
	"  CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END,"
	"  CASE WHEN o.oprright <> 0 THEN 'RIGHTARG = ' || format_type(o.oprright, NULL) END),"
	" o.oprowner, NULL::aclitem[],"
	" ARRAY[coalesce(c.held, cn.held), coalesce(g.held, gn.held),"
	"  CASE WHEN o.oprrest <> 0 THEN o.oprrest::text END,"
	"  CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::text END,"
	"  CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END],"
	" coalesce(c.after, '{}') || coalesce(cn.after, '{}') || coalesce(g.after, '{}')"
	"  || coalesce(gn.after, '{}'),"
	" NULL::text,"
	" ARRAY[format('%I.%s', n.nspname, o.oprname), c.option, g.option, c.identity, g.identity,"
	"  c.shell, g.shell]"
	" FROM pg_operator o"
	" JOIN pg_namespace n ON n.oid = o.oprnamespace"
	OPERATOR_LINK("oprcom", "c", "cn")
	OPERATOR_LINK("oprnegate", "g", "gn")
	" WHERE o.oprnamespace = ANY ($1) AND o.oprcode <> 0 AND"
	PGM_NOT_MEMBER("pg_operator", "o.oid"),
	.parts = operator_parts,
	.nparts = OPERATOR_NPARTS,
	.create = operator_create,
	.drop = operator_drop,
	.way = operator_way,
	.alter = operator_alter,
};

const PgmKind pgm_kind_operator_family = {
	.name = "operator family",
	.word = "OPERATOR FAMILY",
	.classid = OperatorFamilyRelationId,
	.rank = 125,
	.present = {PGM_SOME(OperatorFamilyRelationId, Anum_pg_opfamily_opfnamespace)},
	.query =
	"SELECT f.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(f.opfname),"
	" format('%I.%I USING %I', n.nspname, f.opfname, a.amname), NULL::text,"
	" format('CREATE OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, a.amname),"
	" f.opfowner, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_opfamily f"
	" JOIN pg_namespace n ON n.oid = f.opfnamespace"
	" JOIN pg_am a ON a.oid = f.opfmethod"
	" WHERE f.opfnamespace = ANY ($1)",
};

/*
 * Members of a family: what the name of one begins with, and its clause.
 */
#define MEMBER_OPERATOR "'OPERATOR ' || m.amopstrategy"
#define MEMBER_OPERATOR_CLAUSE \
	MEMBER_OPERATOR " || ' ' || m.amopopr::regoperator" \
	" || coalesce(' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(s.opfname), '')"
#define MEMBER_OPERATOR_SORT \
	" LEFT JOIN pg_opfamily s ON s.oid = m.amopsortfamily" \
	" LEFT JOIN pg_namespace sn ON sn.oid = s.opfnamespace"
#define MEMBER_FUNCTION "'FUNCTION ' || m.amprocnum"
#define MEMBER_TYPES(left, right) \
	"' (' || format_type(" left ", NULL) || ', ' || format_type(" right ", NULL) || ')'"
#define MEMBER_FUNCTION_CLAUSE \
	MEMBER_FUNCTION " || " MEMBER_TYPES("m.amproclefttype", "m.amprocrighttype") \
	" || ' ' || m.amproc::regprocedure"

/* parts of a loose member */
enum
{
	MEMBER_FOLLOWS,				/* members of its number that were added
								 * before; in "extra" one by one */
	MEMBER_NPARTS
};

static const PgmPart member_parts[MEMBER_NPARTS] = {
	[MEMBER_FOLLOWS] = {"order"},
};

/*
 * The members of families that pg_depend ties to the family, and to no class.
 */
#define MEMBER_QUERY(catalog, family, number, name, clause, joins) \
	"SELECT m.oid, 0, f.oid, 0, n.nspname::text, " name "," \
	" format('%I.%I USING %I.%s', n.nspname, f.opfname, a.amname, " name ")," \
	" format('OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, a.amname)," \
	" " clause "," \
	" NULL::oid, NULL::aclitem[]," \
	" ARRAY[string_agg(" clause ", E'\\n') OVER earlier]," \
	" CASE WHEN lag(m.oid) OVER same IS NOT NULL" \
	"  THEN ARRAY['" catalog "'::regclass::oid, lag(m.oid) OVER same, 0] END," \
	" NULL::text, array_agg(" clause ") OVER earlier" \
	" FROM pg_opfamily f" \
	" JOIN pg_namespace n ON n.oid = f.opfnamespace" \
	" JOIN pg_am a ON a.oid = f.opfmethod" \
	" JOIN " catalog " m ON m." family " = f.oid" \
	" JOIN pg_depend d ON d.classid = '" catalog "'::regclass AND d.objid = m.oid" \
	"  AND d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid" \
	joins \
	" WHERE f.opfnamespace = ANY ($1)" \
	" WINDOW same AS (PARTITION BY f.oid, " number " ORDER BY m.oid)," \
	"  earlier AS (same ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"

/*
 * The target of a member is its family.  PgmKind.create, drop, way, alter.
 */
static void
member_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "ALTER %s ADD\n    %s", obj->target, obj->definition);
}

static void
member_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "ALTER %s DROP\n    %s", obj->target, obj->name);
}

static PgmWay
member_way(const PgmObject *from, const PgmObject *to)
{
	return PGM_ALTER;
}

/*
 * Is the member in its place?  Those before it have to be there already, in
 * their order: what is added comes last.
 */
static bool
member_is_in_place(const PgmObject *from, const PgmObject *to)
{
	int			found = 0;

	for (int i = 0; i < from->nextra && found < to->nextra; i++)
		if (strcmp(from->extra[i], to->extra[found]) == 0)
			found++;
	return found == to->nextra;
}

static void
member_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) == 0 && member_is_in_place(from, to))
		return;
	member_drop(w, from);
	member_create(w, to, NIL);
}

const PgmKind pgm_kind_operator_family_operator = {
	.name = "operator family operator",
	.word = "OPERATOR FAMILY",
	.classid = AccessMethodOperatorRelationId,
	.parent_class = OperatorFamilyRelationId,
	.rank = 126,
	.present = {PGM_SOME(OperatorFamilyRelationId, Anum_pg_opfamily_opfnamespace)},
	.query = MEMBER_QUERY("pg_amop", "amopfamily", "m.amopstrategy",
						  MEMBER_OPERATOR " || " MEMBER_TYPES("m.amoplefttype", "m.amoprighttype"),
						  MEMBER_OPERATOR_CLAUSE, MEMBER_OPERATOR_SORT),
	.parts = member_parts,
	.nparts = MEMBER_NPARTS,
	.create = member_create,
	.drop = member_drop,
	.way = member_way,
	.alter = member_alter,
};

const PgmKind pgm_kind_operator_family_function = {
	.name = "operator family function",
	.word = "OPERATOR FAMILY",
	.classid = AccessMethodProcedureRelationId,
	.parent_class = OperatorFamilyRelationId,
	.rank = 127,
	.present = {PGM_SOME(OperatorFamilyRelationId, Anum_pg_opfamily_opfnamespace)},
	.query = MEMBER_QUERY("pg_amproc", "amprocfamily", "m.amprocnum",
						  MEMBER_FUNCTION " || " MEMBER_TYPES("m.amproclefttype", "m.amprocrighttype"),
						  MEMBER_FUNCTION_CLAUSE, ""),
	.parts = member_parts,
	.nparts = MEMBER_NPARTS,
	.create = member_create,
	.drop = member_drop,
	.way = member_way,
	.alter = member_alter,
};

/*
 * The members that pg_depend ties to class c.
 */
#define CLASS_MEMBERS(catalog, number, clause, joins) \
	"(SELECT string_agg(" clause ", E',\\n    ' ORDER BY " number ", m.oid)" \
	" FROM pg_depend d JOIN " catalog " m ON m.oid = d.objid" joins \
	" WHERE d.classid = '" catalog "'::regclass AND d.refclassid = 'pg_opclass'::regclass" \
	"  AND d.refobjid = c.oid)"

/*
 * A class that has nothing else says that it stores the type it is for, which
 * is the default.  It comes after the loose members for its type, which an
 * index that uses it may call from the beginning.
 */
const PgmKind pgm_kind_operator_class = {
	.name = "operator class",
	.word = "OPERATOR CLASS",
	.classid = OperatorClassRelationId,
	.rank = 130,
	.present = {PGM_SOME(OperatorClassRelationId, Anum_pg_opclass_opcnamespace)},
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(c.opcname),"
	" format('%I.%I USING %I', n.nspname, c.opcname, a.amname), NULL::text,"
	" format(E'CREATE OPERATOR CLASS %I.%I %sFOR TYPE %s USING %I FAMILY %I.%I AS\\n    %s',"
	"  n.nspname, c.opcname, CASE WHEN c.opcdefault THEN 'DEFAULT ' END,"
	"  format_type(c.opcintype, NULL), a.amname, fn.nspname, f.opfname,"
	"  concat_ws(E',\\n    ',"
	"   CASE WHEN c.opckeytype <> 0 THEN 'STORAGE ' || format_type(c.opckeytype, NULL)"
	"    WHEN o.members IS NULL AND p.members IS NULL"
	"    THEN 'STORAGE ' || format_type(c.opcintype, NULL) END,"
	"   o.members, p.members)),"
	" c.opcowner, NULL::aclitem[], NULL::text[],"
	" (SELECT array_agg(ARRAY[d.classid, d.objid, 0])"
	"  FROM pg_depend d"
	"  LEFT JOIN pg_amop o ON d.classid = 'pg_amop'::regclass AND o.oid = d.objid"
	"  LEFT JOIN pg_amproc p ON d.classid = 'pg_amproc'::regclass AND p.oid = d.objid"
	"  WHERE d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = c.opcfamily"
	"   AND c.opcintype IN (o.amoplefttype, p.amproclefttype)),"
	" NULL::text, NULL::text[]"
	" FROM pg_opclass c"
	" JOIN pg_namespace n ON n.oid = c.opcnamespace"
	" JOIN pg_am a ON a.oid = c.opcmethod"
	" JOIN pg_opfamily f ON f.oid = c.opcfamily"
	" JOIN pg_namespace fn ON fn.oid = f.opfnamespace"
	" CROSS JOIN LATERAL "
	CLASS_MEMBERS("pg_amop", "m.amopstrategy", MEMBER_OPERATOR_CLAUSE, MEMBER_OPERATOR_SORT)
	" o(members)"
	" CROSS JOIN LATERAL "
	CLASS_MEMBERS("pg_amproc", "m.amprocnum", MEMBER_FUNCTION_CLAUSE, "")
	" p(members)"
	" WHERE c.opcnamespace = ANY ($1) AND"
	PGM_NOT_MEMBER("pg_opclass", "c.oid"),
};
