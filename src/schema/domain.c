/*-------------------------------------------------------------------------
 *
 * domain.c
 *	  Domains and their constraints.
 *
 * Default and NOT NULL are parts of the domain.  From 17 on, NOT NULL is a
 * constraint with a name, and then it is read as one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"

#include "schema/kinds.h"
#include "schema/type.h"

enum
{
	PART_DEFAULT,
	PART_NOT_NULL,
	PART_CONSTRAINTS
};

static const PgmPart domain_parts[] = {
	[PART_DEFAULT] = {
		.name = "default",
		.set = "ALTER DOMAIN %i SET DEFAULT %v",
		.unset = "ALTER DOMAIN %i DROP DEFAULT"
	},
	[PART_NOT_NULL] = {
		.name = "not null",
		.set = "ALTER DOMAIN %i SET NOT NULL",
		.unset = "ALTER DOMAIN %i DROP NOT NULL"
	},
	/* all that are valid: they change by themselves, if they can */
	[PART_CONSTRAINTS] = {
		.name = "constraints"
	},
};

/* what a domain says of itself beyond that */
enum
{
	EXTRA_ARRAY,				/* not NULL: something is made of arrays of it */
	EXTRA_BASE_OID
};

/*
 * Returns the OID of the type that it is a domain over.
 */
Oid
pgm_domain_base(const PgmObject *domain)
{
	return atooid(domain->extra[EXTRA_BASE_OID]);
}

enum
{
	PART_NOT_VALID
};

static const PgmPart constraint_parts[] = {
	[PART_NOT_VALID] = {
		.name = "not valid",
		.unset = "ALTER DOMAIN %p VALIDATE CONSTRAINT %n"
	},
};

/*
 * Writes the CREATE with default, NOT NULL and constraints.
 */
static void
domain_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	ListCell   *lc;

	pgm_write(w, "CREATE DOMAIN %s AS %s", obj->identity, obj->definition);
	if (obj->parts[PART_DEFAULT] != NULL)
		pgm_write_more(w, " DEFAULT %s", obj->parts[PART_DEFAULT]);
	if (obj->parts[PART_NOT_NULL] != NULL)
		pgm_write_more(w, " NOT NULL");
	foreach(lc, inside)
	{
		const PgmObject *constraint = lfirst(lc);

		pgm_write_more(w, "\n    CONSTRAINT %s %s", constraint->name,
					   constraint->definition);
	}
}

/*
 * Is there something that values of the domain have to satisfy but did not
 * have to before?
 */
static bool
demands_more(const PgmObject *from, const PgmObject *to)
{
	ListCell   *lc;

	if (from->parts[PART_NOT_NULL] == NULL && to->parts[PART_NOT_NULL] != NULL)
		return true;
	foreach(lc, to->pieces)
	{
		const PgmObject *constraint = lfirst(lc);
		const PgmObject *old = constraint->other;

		if (constraint->parts[PART_NOT_VALID] == NULL &&
			(old == NULL || old->parts[PART_NOT_VALID] != NULL ||
			 !pgm_same_text(old->definition, constraint->definition)))
			return true;
	}
	return false;
}

/*
 * The server refuses to look for values inside of arrays and rows, so then
 * they have to move to a new domain.
 */
static PgmWay
domain_way(const PgmObject *from, const PgmObject *to)
{
	if (!pgm_same_text(from->definition, to->definition))
		return pgm_type_replace(from);
	if (demands_more(from, to) &&
		pgm_type_in_containers(from, from->extra[EXTRA_ARRAY] != NULL))
		return PGM_REMAKE;
	return PGM_ALTER;
}

/*
 * Changes default and NOT NULL.
 */
static void
domain_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	for (int i = 0; i < PART_CONSTRAINTS; i++)
	{
		const PgmPart *part = &to->kind->parts[i];

		if (pgm_same_text(from->parts[i], to->parts[i]))
			continue;
		if (i == PART_NOT_NULL && to->parts[i] != NULL && pgm_type_in_columns(from))
			pgm_write_hazard(w, PGM_MAY_FAIL, "columns of type %s must not have nulls",
							 to->identity);
		pgm_write_part(w, to->parts[i] != NULL ? part->set : part->unset, to,
					   to->parts[i], from->parts[i]);
	}
}

static void
constraint_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "ALTER DOMAIN %s DROP CONSTRAINT %s", obj->parent->identity,
			  obj->name);
}

static bool
needs_routine(const PgmObject *obj)
{
	ListCell   *lc;

	foreach(lc, obj->needs)
		if ((((const PgmObject *) lfirst(lc))->kind->flags & PGM_NAMES_ROUTINE) != 0)
			return true;
	return false;
}

/*
 * Renames the domain aside, and says what may be in the way of the new one.
 * Routines may have to go before it does.
 */
static void
domain_aside(PgmWriter *w, const PgmObject *from)
{
	const PgmObject *to = from->other;
	ListCell   *lc;

	if (to != NULL && !pgm_same_text(from->definition, to->definition))
		pgm_write_hazard(w, PGM_MAY_FAIL, "values of type %s become %s",
						 from->identity, to->definition);
	if (to != NULL && demands_more(from, to))
		pgm_write_hazard(w, PGM_MAY_FAIL, "values of type %s must satisfy its new constraints",
						 from->identity);
	if (from->parts[PART_DEFAULT] != NULL && needs_routine(from))
		pgm_write(w, "ALTER DOMAIN %s DROP DEFAULT", from->identity);
	foreach(lc, from->pieces)
		if (needs_routine(lfirst(lc)))
			constraint_drop(w, lfirst(lc));
	pgm_type_aside(w, from);
}

const PgmKind pgm_kind_domain = {
	.name = "domain",
	.word = "DOMAIN",
	.classid = TypeRelationId,
	.rank = 54,
	.flags = PGM_NAMES_TYPE | PGM_LETS_GO,
	.present = {PGM_SOME_TYPE("d")},
	.query =
	"SELECT " PGM_TYPE_NAMES ", NULL::text,"
	" format_type(t.typbasetype, t.typtypmod)"
	" || CASE WHEN t.typcollation <> b.typcollation"
	"    THEN ' COLLATE ' || t.typcollation::regcollation::text ELSE '' END,"
	" t.typowner, t.typacl,"
	/* what has no typdefaultbin comes from the base type */
	" ARRAY[pg_get_expr(t.typdefaultbin, 0),"
	"  CASE WHEN t.typnotnull AND NOT EXISTS (SELECT FROM pg_constraint c"
	"   WHERE c.contypid = t.oid AND c.contype = 'n') THEN 'NOT NULL' END,"
	"  (SELECT string_agg(quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid), ', '"
	"    ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = t.oid AND c.convalidated)],"
	" NULL::oid[], NULL::text,"
	" ARRAY[CASE WHEN EXISTS (SELECT FROM pg_depend d"
	"  WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid = t.typarray"
	"  AND d.classid IN ('pg_class'::regclass, 'pg_type'::regclass)) THEN 'array' END,"
	" t.typbasetype::text]"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" JOIN pg_type b ON b.oid = t.typbasetype"
	" WHERE t.typtype = 'd' AND t.typnamespace = ANY ($1)",
	.parts = domain_parts,
	.nparts = lengthof(domain_parts),
	.acl_type = OBJECT_DOMAIN,
	.has_acl = true,
	.create = domain_create,
	.way = domain_way,
	.alter = domain_alter,
	.aside = domain_aside,
	.leave = pgm_type_leave,
};

/*
 * Writes the ALTER DOMAIN that adds it.
 */
static void
constraint_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const PgmObject *domain = obj->parent;

	if (obj->parts[PART_NOT_VALID] == NULL && domain->other != NULL &&
		pgm_type_in_columns(domain->other))
		pgm_write_hazard(w, PGM_MAY_FAIL, "columns of type %s must satisfy %s",
						 domain->identity, obj->name);
	pgm_write(w, "ALTER DOMAIN %s ADD CONSTRAINT %s %s", domain->identity,
			  obj->name, obj->definition);
	if (obj->parts[PART_NOT_VALID] != NULL)
		pgm_write_more(w, " NOT VALID");
}

/*
 * CREATE DOMAIN cannot say NOT VALID.
 */
static bool
constraint_folds(const PgmObject *obj)
{
	return obj->parts[PART_NOT_VALID] == NULL;
}

const PgmKind pgm_kind_domain_constraint = {
	.name = "domain constraint",
	.word = "CONSTRAINT",
	.classid = ConstraintRelationId,
	.parent_class = TypeRelationId,
	.rank = 330,
	.flags = PGM_FOLDS,
	.present = {PGM_SOME_TYPE("d")},
	.query =
	"SELECT c.oid, 0, t.oid, 0, n.nspname::text, quote_ident(c.conname),"
	" d.identity || '.' || quote_ident(c.conname),"
	" 'CONSTRAINT ' || quote_ident(c.conname) || ' ON DOMAIN ' || d.identity,"
	" CASE WHEN c.convalidated THEN f.def ELSE left(f.def, -length(' NOT VALID')) END,"
	" NULL::oid, NULL::aclitem[],"
	" ARRAY[CASE WHEN NOT c.convalidated THEN 'NOT VALID' END],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_constraint c JOIN pg_type t ON t.oid = c.contypid"
	" JOIN pg_namespace n ON n.oid = t.typnamespace,"
	" LATERAL (SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS identity) d,"
	" LATERAL (SELECT pg_get_constraintdef(c.oid) AS def OFFSET 0) f"
	" WHERE t.typtype = 'd' AND t.typnamespace = ANY ($1)",
	.parts = constraint_parts,
	.nparts = lengthof(constraint_parts),
	.create = constraint_create,
	.drop = constraint_drop,
	.folds = constraint_folds,
};
