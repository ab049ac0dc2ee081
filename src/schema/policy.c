/*-------------------------------------------------------------------------
 *
 * policy.c
 *	  Row security policies.
 *
 * Whether row security is enabled or forced is said of the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_policy.h"

#include "schema/kinds.h"

enum
{
	PART_ROLES,
	PART_USING,
	PART_CHECK
};

/* an expression can be put in place of another, but not taken away */
static const PgmPart policy_parts[] = {
	[PART_ROLES] = {
		.name = "roles",
		.clause = " TO %v",
		.set = "ALTER POLICY %n ON %p TO %v",
		.unset = "ALTER POLICY %n ON %p TO PUBLIC"
	},
	[PART_USING] = {
		.name = "using",
		.clause = " USING (%v)",
		.set = "ALTER POLICY %n ON %p USING (%v)"
	},
	[PART_CHECK] = {
		.name = "with check",
		.clause = " WITH CHECK (%v)",
		.set = "ALTER POLICY %n ON %p WITH CHECK (%v)"
	},
};

/*
 * PgmKind.alter: all in one statement, so that there is never one part of
 * what is wanted without the other.
 */
static void
policy_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *roles = to->parts[PART_ROLES];

	pgm_write(w, "ALTER %s", to->target);
	if (!pgm_same_text(from->parts[PART_ROLES], roles))
		pgm_write_more(w, " TO %s", roles != NULL ? roles : "PUBLIC");
	if (!pgm_same_text(from->parts[PART_USING], to->parts[PART_USING]))
		pgm_write_more(w, " USING (%s)", to->parts[PART_USING]);
	if (!pgm_same_text(from->parts[PART_CHECK], to->parts[PART_CHECK]))
		pgm_write_more(w, " WITH CHECK (%s)", to->parts[PART_CHECK]);
}

const PgmKind pgm_kind_policy = {
	.name = "policy",
	.word = "POLICY",
	.classid = PolicyRelationId,
	.parent_class = RelationRelationId,
	.rank = 380,
	.present = {PGM_ANY(PolicyRelationId)},
	.query =
	"SELECT p.oid, 0, p.polrelid, 0, p.nspname, p.name, p.relation || '.' || p.name, p.target,"
	" 'CREATE ' || p.target"
	"  || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END"
	"  || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'"
	"   WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END,"
	" NULL::oid, NULL::aclitem[],"
	" ARRAY[CASE WHEN p.polroles <> '{0}' THEN (SELECT string_agg(quote_ident(r.rolname), ', '"
	"   ORDER BY r.rolname) FROM pg_roles r WHERE r.oid = ANY (p.polroles)) END,"
	"  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM (SELECT p.*, n.nspname::text, quote_ident(p.polname) AS name, x.relation,"
	"  'POLICY ' || quote_ident(p.polname) || ' ON ' || x.relation AS target"
	"  FROM pg_policy p"
	"  JOIN pg_class c ON c.oid = p.polrelid AND c.relnamespace = ANY ($1)"
	"  JOIN pg_namespace n ON n.oid = c.relnamespace"
	"  CROSS JOIN LATERAL (VALUES (quote_ident(n.nspname) || '.' || quote_ident(c.relname)))"
	"   AS x(relation)) p",
	.parts = policy_parts,
	.nparts = lengthof(policy_parts),
	.alter = policy_alter,
};
