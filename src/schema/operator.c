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

/* parts of an operator */
enum
{
	OPERATOR_COMMUTATOR,
	OPERATOR_NEGATOR,
	OPERATOR_RESTRICT,
	OPERATOR_JOIN,
	OPERATOR_HASHES,
	OPERATOR_MERGES,
	OPERATOR_NPARTS
};

/* in "extra" of an operator */
enum
{
	EXTRA_NAME,					/* qualified, without arguments */
	EXTRA_SHELL_COMMUTATOR,		/* with arguments, if it is a shell */
	EXTRA_SHELL_NEGATOR
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
 * PgmKind.way.  An operator's links to its commutator and negator follow when
 * one of the two is made or dropped, and cannot be changed otherwise; that is
 * why a change of them asks for PGM_ALTER, which has nothing to write.  HASHES
 * and MERGES can be said of an operator later, but not taken back.
 */
static PgmWay
operator_way(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0)
		return PGM_REPLACE;
	for (int i = OPERATOR_HASHES; i <= OPERATOR_MERGES; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]) &&
			(!PGM_CAN_ALTER_OPERATOR_HASHES || to->parts[i] == NULL))
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

	for (int i = OPERATOR_RESTRICT; i < OPERATOR_NPARTS; i++)
	{
		if (pgm_same_text(from->parts[i], to->parts[i]))
			continue;
		if (begun)
			pgm_write_more(w, ", ");
		else
			pgm_write(w, "ALTER %s SET (", to->target);
		begun = true;
		pgm_write_more(w, "%s%s", operator_options[i],
					   to->parts[i] != NULL ? to->parts[i] : "NONE");
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
		if (obj->parts[i] != NULL)
			pgm_write_more(w, ",\n    %s%s", operator_options[i], obj->parts[i]);
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
	for (int i = EXTRA_SHELL_COMMUTATOR; i <= EXTRA_SHELL_NEGATOR; i++)
		if (obj->extra[i] != NULL)
			pgm_write(w, "DROP OPERATOR IF EXISTS %s", obj->extra[i]);
}

#define OPERATOR_LINK(oid, operator, namespace) \
	" LEFT JOIN pg_operator " operator " ON " operator ".oid = " oid \
	" LEFT JOIN pg_namespace " namespace " ON " namespace ".oid = " operator ".oprnamespace"

const PgmKind pgm_kind_operator = {
	.name = "operator",
	.word = "OPERATOR",
	.classid = OperatorRelationId,
	.rank = 120,
	.query =
	"SELECT o.oid, 0, NULL::oid, NULL::int4, n.nspname::text, o.oprname::text,"
	" o.oid::regoperator::text, NULL::text,"
	" concat_ws(E',\\n    ', 'FUNCTION = ' || o.oprcode,"
	"  CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END,"
	"  CASE WHEN o.oprright <> 0 THEN 'RIGHTARG = ' || format_type(o.oprright, NULL) END),"
	" o.oprowner, NULL::aclitem[],"
	" ARRAY['OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')',"
	"  'OPERATOR(' || quote_ident(gn.nspname) || '.' || g.oprname || ')',"
	"  CASE WHEN o.oprrest <> 0 THEN o.oprrest::text END,"
	"  CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::text END,"
	"  CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END],"
	" NULL::oid[], NULL::text,"
	" ARRAY[format('%I.%s', n.nspname, o.oprname),"
	"  CASE WHEN c.oprcode = 0 THEN c.oid::regoperator::text END,"
	"  CASE WHEN g.oprcode = 0 THEN g.oid::regoperator::text END]"
	" FROM pg_operator o"
	" JOIN pg_namespace n ON n.oid = o.oprnamespace"
	OPERATOR_LINK("o.oprcom", "c", "cn")
	OPERATOR_LINK("o.oprnegate", "g", "gn")
	" WHERE o.oprnamespace = ANY ($1) AND o.oprcode <> 0",
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

/*
 * The members of families that pg_depend ties to the family, and to no class.
 */
#define MEMBER_QUERY(catalog, family, name, clause, joins) \
	"SELECT m.oid, 0, f.oid, 0, n.nspname::text, " name "," \
	" format('%I.%I USING %I.%s', n.nspname, f.opfname, a.amname, " name ")," \
	" format('OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, a.amname)," \
	" " clause "," \
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]" \
	" FROM pg_opfamily f" \
	" JOIN pg_namespace n ON n.oid = f.opfnamespace" \
	" JOIN pg_am a ON a.oid = f.opfmethod" \
	" JOIN " catalog " m ON m." family " = f.oid" \
	" JOIN pg_depend d ON d.classid = '" catalog "'::regclass AND d.objid = m.oid" \
	"  AND d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid" \
	joins \
	" WHERE f.opfnamespace = ANY ($1)"

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

static void
member_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	member_drop(w, from);
	member_create(w, to, NIL);
}

const PgmKind pgm_kind_operator_family_operator = {
	.name = "operator family operator",
	.word = "OPERATOR FAMILY",
	.classid = AccessMethodOperatorRelationId,
	.parent_class = OperatorFamilyRelationId,
	.rank = 126,
	.query = MEMBER_QUERY("pg_amop", "amopfamily",
						  MEMBER_OPERATOR " || " MEMBER_TYPES("m.amoplefttype", "m.amoprighttype"),
						  MEMBER_OPERATOR_CLAUSE, MEMBER_OPERATOR_SORT),
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
	.query = MEMBER_QUERY("pg_amproc", "amprocfamily",
						  MEMBER_FUNCTION " || " MEMBER_TYPES("m.amproclefttype", "m.amprocrighttype"),
						  MEMBER_FUNCTION_CLAUSE, ""),
	.create = member_create,
	.drop = member_drop,
	.way = member_way,
	.alter = member_alter,
};

/*
 * The members that pg_depend ties to class c.
 */
#define CLASS_MEMBERS(catalog, number, clause, joins) \
	"(SELECT string_agg(" clause ", E',\\n    ' ORDER BY " number ", (" clause ") COLLATE \"C\")" \
	" FROM pg_depend d JOIN " catalog " m ON m.oid = d.objid" joins \
	" WHERE d.classid = '" catalog "'::regclass AND d.refclassid = 'pg_opclass'::regclass" \
	"  AND d.refobjid = c.oid)"

/*
 * A class that has nothing else says that it stores the type it is for, which
 * is the default.
 */
const PgmKind pgm_kind_operator_class = {
	.name = "operator class",
	.word = "OPERATOR CLASS",
	.classid = OperatorClassRelationId,
	.rank = 130,
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
	" c.opcowner, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
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
