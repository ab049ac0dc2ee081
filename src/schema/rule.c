/*-------------------------------------------------------------------------
 *
 * rule.c
 *	  Rules.
 *
 * The rule of a view that is its query is no object: it is the view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_rewrite.h"

#include "schema/kinds.h"
#include "schema/trigger.h"

#define CREATE_RULE "CREATE RULE "

static const PgmPart rule_parts[] = {
	{
		.name = "enabled",
		.set = "ALTER TABLE %p %v RULE %n",
		.unset = "ALTER TABLE %p ENABLE RULE %n"
	},
};

/*
 * PgmKind.alter: OR REPLACE leaves it enabled or disabled as it is.
 */
static void
rule_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (!pgm_same_text(from->definition, to->definition))
		pgm_write(w, "CREATE OR REPLACE RULE %s", to->definition + strlen(CREATE_RULE));
	pgm_write_alter(w, from, to);
}

const PgmKind pgm_kind_rule = {
	.name = "rule",
	.word = "RULE",
	.classid = RewriteRelationId,
	.parent_class = RelationRelationId,
	.rank = 360,
	.flags = PGM_OR_REPLACE,
	.present = {{RewriteRelationId, InvalidAttrNumber, Anum_pg_rewrite_ev_type, "234"}},
	.query =
	"SELECT r.oid, 0, c.oid, 0, n.nspname::text, quote_ident(r.rulename),"
	" quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(r.rulename),"
	" 'RULE ' || quote_ident(r.rulename) || ' ON '"
	"  || quote_ident(n.nspname) || '.' || quote_ident(c.relname),"
	" rtrim(pg_get_ruledef(r.oid), ';'), NULL::oid, NULL::aclitem[],"
	" ARRAY[" PGM_FIRES("r.ev_enabled") "], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_rewrite r"
	" JOIN pg_class c ON c.oid = r.ev_class AND c.relnamespace = ANY ($1)"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE r.rulename <> '_RETURN'",
	.parts = rule_parts,
	.nparts = lengthof(rule_parts),
	.alter = rule_alter,
};
