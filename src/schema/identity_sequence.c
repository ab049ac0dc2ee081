/*-------------------------------------------------------------------------
 *
 * identity_sequence.c
 *	  The sequences of identity columns, as far as they have a comment and
 *	  privileges of their own.
 *
 * They come and go with GENERATED ... AS IDENTITY, which says all else about
 * them: that is a part of the column, and no statement is written here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"

#include "schema/kinds.h"

static void
identity_sequence_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
}

static void
identity_sequence_drop(PgmWriter *w, const PgmObject *obj)
{
}

/*
 * Column "needs" names the table: a new owner of it is one of the sequence.
 */
const PgmKind pgm_kind_identity_sequence = {
	.name = "identity sequence",
	.word = "SEQUENCE",
	.classid = RelationRelationId,
	.parent_class = RelationRelationId,
	.rank = 216,
	.present = {PGM_SOME_RELATION("S")},
	.query =
	"SELECT c.oid, 0, d.refobjid, d.refobjsubid, n.nspname::text, quote_ident(c.relname),"
	" quote_ident(n.nspname) || '.' || quote_ident(c.relname), NULL::text, NULL::text,"
	" c.relowner, c.relacl, NULL::text[],"
	" ARRAY[d.refclassid, d.refobjid, 0], NULL::text, NULL::text[]"
	" FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.deptype = 'i'"
	" AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid <> 0"
	" AND c.relnamespace = ANY ($1)",
	.acl_type = OBJECT_SEQUENCE,
	.has_acl = true,
	.create = identity_sequence_create,
	.drop = identity_sequence_drop,
};
