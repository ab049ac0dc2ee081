/*-------------------------------------------------------------------------
 *
 * collation.c
 *	  Collations and conversions.
 *
 * The version of a collation is that of a library on this machine, and not
 * looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_conversion.h"

#include "common/compat.h"
#include "schema/kinds.h"
#include "schema/type.h"

/*
 * A collation cannot be changed.  Columns go over from the old one to the new
 * one, as they do when it is a type.
 */
static PgmWay
collation_way(const PgmObject *from, const PgmObject *to)
{
	return pgm_type_replace(from);
}

const PgmKind pgm_kind_collation = {
	.name = "collation",
	.word = "COLLATION",
	.classid = CollationRelationId,
	.rank = 40,
	.present = {PGM_SOME(CollationRelationId, Anum_pg_collation_collnamespace)},
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(c.collname),"
	" i.identity, NULL::text,"
	" 'CREATE COLLATION ' || i.identity || ' (provider = '"
	" || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END"
	" || CASE WHEN " PGM_COLL_LOCALE " IS NOT NULL"
	"    THEN ', locale = ' || quote_literal(" PGM_COLL_LOCALE ")"
	"    WHEN c.collcollate = c.collctype"
	"    THEN ', locale = ' || quote_literal(c.collcollate)"
	"    ELSE ', lc_collate = ' || quote_literal(c.collcollate)"
	"      || ', lc_ctype = ' || quote_literal(c.collctype) END"
	" || CASE WHEN c.collisdeterministic THEN '' ELSE ', deterministic = false' END"
	" || coalesce(', rules = ' || quote_literal(" PGM_COLL_ICU_RULES "), '')"
	" || ')',"
	" c.collowner, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace,"
	" LATERAL (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname) AS identity) i"
	" WHERE c.collnamespace = ANY ($1)"
	" AND c.collencoding IN (-1, (SELECT encoding FROM pg_database"
	"  WHERE datname = current_database()))",
	.way = collation_way,
	.aside = pgm_type_aside,
	.leave = pgm_type_leave,
};

const PgmKind pgm_kind_conversion = {
	.name = "conversion",
	.word = "CONVERSION",
	.classid = ConversionRelationId,
	.rank = 152,
	.present = {PGM_SOME(ConversionRelationId, Anum_pg_conversion_connamespace)},
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(c.conname),"
	" i.identity, NULL::text,"
	" 'CREATE ' || CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END"
	" || 'CONVERSION ' || i.identity"
	" || ' FOR ' || quote_literal(pg_encoding_to_char(c.conforencoding))"
	" || ' TO ' || quote_literal(pg_encoding_to_char(c.contoencoding))"
	" || ' FROM ' || c.conproc::text,"
	" c.conowner, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace,"
	" LATERAL (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.conname) AS identity) i"
	" WHERE c.connamespace = ANY ($1)",
};
