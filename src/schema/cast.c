/*-------------------------------------------------------------------------
 *
 * cast.c
 *	  Casts.
 *
 * A cast is in no schema.  It is read when a type or the function of it is in
 * one of the schemas, or when all of them come with the server.  The casts of
 * ranges to their multiranges come with the types.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_cast.h"

#include "schema/kinds.h"

const PgmKind pgm_kind_cast = {
	.name = "cast",
	.word = "CAST",
	.classid = CastRelationId,
	.rank = 140,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, NULL::text, i.identity, i.identity,"
	" NULL::text,"
	" 'CREATE CAST ' || i.identity"
	" || CASE c.castmethod WHEN 'b' THEN ' WITHOUT FUNCTION'"
	"    WHEN 'i' THEN ' WITH INOUT'"
	"    ELSE ' WITH FUNCTION ' || c.castfunc::regprocedure::text END"
	" || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT'"
	"    WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END,"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource"
	" JOIN pg_type t ON t.oid = c.casttarget"
	" LEFT JOIN pg_proc f ON f.oid = c.castfunc,"
	" LATERAL (SELECT '(' || format_type(c.castsource, NULL) || ' AS '"
	"  || format_type(c.casttarget, NULL) || ')' AS identity OFFSET 0) i"
	" WHERE c.oid >= " CppAsString2(FirstNormalObjectId)
	" AND (s.typnamespace = ANY ($1) OR t.typnamespace = ANY ($1)"
	"  OR f.pronamespace = ANY ($1)"
	"  OR s.typnamespace = 'pg_catalog'::regnamespace"
	"  AND t.typnamespace = 'pg_catalog'::regnamespace"
	"  AND coalesce(f.pronamespace, 'pg_catalog'::regnamespace) = 'pg_catalog'::regnamespace)"
	" AND NOT EXISTS (SELECT FROM pg_range r"
	"  WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)",
};
