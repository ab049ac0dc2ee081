/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Aggregates: plain, moving, ordered-set and hypothetical-set ones.
 *
 * CREATE OR REPLACE AGGREGATE changes everything but the kind of aggregate,
 * the number of direct arguments, the result and the names of arguments.
 *
 * The identity of an aggregate is that of a function, with which it shares
 * its names; GRANT and REVOKE know it as FUNCTION and that.  Everything else
 * wants to see * for no arguments, and ORDER BY: the target.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_proc.h"

#include "schema/kinds.h"
#include "schema/routine.h"

/* parts */
enum
{
	PART_BODY,					/* what follows AGGREGATE */
	NPARTS
};

static const PgmPart aggregate_parts[NPARTS] = {
	[PART_BODY] = {"definition"},
};

/*
 * The options of CREATE AGGREGATE.  Functions are named without their
 * arguments, which follow from the types.
 */
#define AGGREGATE_OPTIONS \
	"concat_ws(E',\\n    '," \
	" 'SFUNC = ' || g.aggtransfn::regproc," \
	" 'STYPE = ' || format_type(g.aggtranstype, NULL)," \
	" 'SSPACE = ' || nullif(g.aggtransspace, 0)," \
	" CASE WHEN g.aggfinalfn <> 0 THEN 'FINALFUNC = ' || g.aggfinalfn::regproc END," \
	" CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END," \
	" 'FINALFUNC_MODIFY = ' || " AGGREGATE_MODIFY("g.aggfinalmodify") "," \
	" CASE WHEN g.aggcombinefn <> 0 THEN 'COMBINEFUNC = ' || g.aggcombinefn::regproc END," \
	" CASE WHEN g.aggserialfn <> 0 THEN 'SERIALFUNC = ' || g.aggserialfn::regproc END," \
	" CASE WHEN g.aggdeserialfn <> 0 THEN 'DESERIALFUNC = ' || g.aggdeserialfn::regproc END," \
	" 'INITCOND = ' || quote_literal(g.agginitval)," \
	" CASE WHEN g.aggmtransfn <> 0 THEN 'MSFUNC = ' || g.aggmtransfn::regproc END," \
	" CASE WHEN g.aggminvtransfn <> 0 THEN 'MINVFUNC = ' || g.aggminvtransfn::regproc END," \
	" CASE WHEN g.aggmtranstype <> 0 THEN 'MSTYPE = ' || format_type(g.aggmtranstype, NULL) END," \
	" 'MSSPACE = ' || nullif(g.aggmtransspace, 0)," \
	" CASE WHEN g.aggmfinalfn <> 0 THEN 'MFINALFUNC = ' || g.aggmfinalfn::regproc END," \
	" CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END," \
	" CASE WHEN g.aggmtransfn <> 0" \
	"  THEN 'MFINALFUNC_MODIFY = ' || " AGGREGATE_MODIFY("g.aggmfinalmodify") " END," \
	" 'MINITCOND = ' || quote_literal(g.aggminitval)," \
	" 'SORTOP = OPERATOR(' || quote_ident(son.nspname) || '.' || so.oprname || ')'," \
	" CASE WHEN g.aggkind = 'h' THEN 'HYPOTHETICAL' END," \
	" CASE p.proparallel WHEN 's' THEN 'PARALLEL = safe' WHEN 'r' THEN 'PARALLEL = restricted' END)"

/* NULL when it is what CREATE AGGREGATE takes for it */
#define AGGREGATE_MODIFY(column) \
	"CASE " column " WHEN CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::\"char\" THEN NULL" \
	" WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END"

/*
 * The types of the arguments as DROP AGGREGATE wants them.  A variadic
 * argument among the direct arguments stands for the aggregated ones too.
 */
#define AGGREGATE_ARGUMENTS \
	"(SELECT CASE WHEN g.aggkind = 'n' THEN coalesce(string_agg(a.type, ',' ORDER BY a.i), '*')" \
	"  ELSE concat(string_agg(a.type || ' ', ',' ORDER BY a.i) FILTER (WHERE a.i <= g.aggnumdirectargs)," \
	"   'ORDER BY '," \
	"   coalesce(string_agg(a.type, ',' ORDER BY a.i) FILTER (WHERE a.i > g.aggnumdirectargs)," \
	"    max(a.type) FILTER (WHERE a.i = p.pronargs))) END AS types" \
	" FROM (SELECT CASE WHEN g.aggkind <> 'n' AND p.provariadic <> 0 AND u.i = p.pronargs" \
	"   THEN 'VARIADIC ' ELSE '' END || format_type(u.type, NULL), u.i" \
	"  FROM unnest(p.proargtypes) WITH ORDINALITY u(type, i)) a(type, i)) a"

/*
 * Would CREATE OR REPLACE do?  PgmKind.way.
 */
static PgmWay
aggregate_way(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0 ||
		!pgm_routine_names_kept(from, to, 0))
		return PGM_REPLACE;
	return PGM_ALTER;
}

static void
aggregate_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE AGGREGATE %s", obj->parts[PART_BODY]);
}

static void
aggregate_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_write(w, "CREATE OR REPLACE AGGREGATE %s", to->parts[PART_BODY]);
}

const PgmKind pgm_kind_aggregate = {
	.name = "aggregate",
	.word = "AGGREGATE",
	.classid = ProcedureRelationId,
	.rank = 110,
	.flags = PGM_NAMES_ROUTINE | PGM_OR_REPLACE,
	.present = {PGM_SOME_ROUTINE("a")},
	.query =
	"SELECT p.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(p.proname),"
	" p.oid::regprocedure::text, format('AGGREGATE %I.%I(%s)', n.nspname, p.proname, a.types),"
	" concat(g.aggkind, ' ', g.aggnumdirectargs, ' ', format_type(p.prorettype, NULL),"
	"  CASE WHEN p.provariadic <> 0 THEN ' VARIADIC' END),"
	" p.proowner, p.proacl,"
	" ARRAY[format(E'%I.%I(%s) (\\n    %s\\n)', n.nspname, p.proname,"
	"  coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'), " AGGREGATE_OPTIONS ")],"
	" NULL::oid[], NULL::text, CASE WHEN p.proallargtypes IS NULL THEN p.proargnames ELSE o.ins END"
	" FROM pg_aggregate g"
	" JOIN pg_proc p ON p.oid = g.aggfnoid"
	" JOIN pg_namespace n ON n.oid = p.pronamespace"
	" LEFT JOIN pg_operator so ON so.oid = g.aggsortop"
	" LEFT JOIN pg_namespace son ON son.oid = so.oprnamespace"
	PGM_ROUTINE_PARAMETERS
	" CROSS JOIN LATERAL " AGGREGATE_ARGUMENTS
	" WHERE p.pronamespace = ANY ($1) AND p.prokind = 'a' AND"
	PGM_NOT_MEMBER("pg_proc", "p.oid"),
	.parts = aggregate_parts,
	.nparts = NPARTS,
	.acl_type = OBJECT_FUNCTION,
	.has_acl = true,
	.create = aggregate_create,
	.way = aggregate_way,
	.alter = aggregate_alter,
};
