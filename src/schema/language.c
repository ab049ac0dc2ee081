/*-------------------------------------------------------------------------
 *
 * language.c
 *	  Procedural languages, transforms and access methods: what belongs to no
 *	  schema and is made of functions.
 *
 * Most of these come with an extension, and then they are not looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_am.h"
#include "catalog/pg_language.h"
#include "catalog/pg_transform.h"

#include "schema/kinds.h"

/* parts of a language */
enum
{
	LANGUAGE_BODY,				/* what follows its name */
	LANGUAGE_TRUSTED,			/* "TRUSTED ", or NULL */
	LANGUAGE_NPARTS
};

static const PgmPart language_parts[LANGUAGE_NPARTS] = {
	[LANGUAGE_BODY] = {"definition"},
	[LANGUAGE_TRUSTED] = {"trusted"},
};

/* parts of a transform */
enum
{
	TRANSFORM_BODY,				/* what follows CREATE OR REPLACE */
	TRANSFORM_NPARTS
};

static const PgmPart transform_parts[TRANSFORM_NPARTS] = {
	[TRANSFORM_BODY] = {"definition"},
};

/*
 * CREATE OR REPLACE changes everything about a language or a transform.
 * PgmKind.way.
 */
static PgmWay
always_alter(const PgmObject *from, const PgmObject *to)
{
	return PGM_ALTER;
}

static void
write_language(PgmWriter *w, const char *create, const PgmObject *obj)
{
	const char *trusted = obj->parts[LANGUAGE_TRUSTED];

	pgm_write(w, "%s %sLANGUAGE %s %s", create, trusted != NULL ? trusted : "",
			  obj->identity, obj->parts[LANGUAGE_BODY]);
}

static void
language_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	write_language(w, "CREATE", obj);
}

static void
language_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	write_language(w, "CREATE OR REPLACE", to);
}

static void
transform_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE %s %s", obj->target, obj->parts[TRANSFORM_BODY]);
}

static void
transform_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_write(w, "CREATE OR REPLACE %s %s", to->target, to->parts[TRANSFORM_BODY]);
}

const PgmKind pgm_kind_language = {
	.name = "language",
	.word = "LANGUAGE",
	.classid = LanguageRelationId,
	.rank = 30,
	.flags = PGM_GLOBAL | PGM_OR_REPLACE,
	.query =
	"SELECT l.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(l.lanname),"
	" quote_ident(l.lanname), NULL::text, NULL::text, l.lanowner, l.lanacl,"
	" ARRAY['HANDLER ' || l.lanplcallfoid::regproc"
	"  || CASE WHEN l.laninline <> 0 THEN ' INLINE ' || l.laninline::regproc ELSE '' END"
	"  || CASE WHEN l.lanvalidator <> 0 THEN ' VALIDATOR ' || l.lanvalidator::regproc ELSE '' END,"
	"  CASE WHEN l.lanpltrusted THEN 'TRUSTED ' END],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_language l"
	" WHERE l.lanispl",
	.parts = language_parts,
	.nparts = LANGUAGE_NPARTS,
	.acl_type = OBJECT_LANGUAGE,
	.has_acl = true,
	.create = language_create,
	.way = always_alter,
	.alter = language_alter,
};

const PgmKind pgm_kind_access_method = {
	.name = "access method",
	.word = "ACCESS METHOD",
	.classid = AccessMethodRelationId,
	.rank = 31,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT a.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(a.amname),"
	" quote_ident(a.amname), NULL::text,"
	" format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname,"
	"  CASE a.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, a.amhandler),"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_am a"
	" WHERE a.oid >= 16384",	/* the others are the server's */
};

/*
 * What a transform does not transform, the language's default does.
 */
const PgmKind pgm_kind_transform = {
	.name = "transform",
	.word = "TRANSFORM",
	.classid = TransformRelationId,
	.rank = 150,
	.flags = PGM_GLOBAL | PGM_OR_REPLACE,
	.query =
	"SELECT t.oid, 0, NULL::oid, NULL::int4, NULL::text,"
	" format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname),"
	" format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname), NULL::text, NULL::text,"
	" NULL::oid, NULL::aclitem[],"
	" ARRAY['(' || concat_ws(', ',"
	"  CASE WHEN t.trffromsql <> 0 THEN 'FROM SQL WITH FUNCTION ' || t.trffromsql::regprocedure END,"
	"  CASE WHEN t.trftosql <> 0 THEN 'TO SQL WITH FUNCTION ' || t.trftosql::regprocedure END) || ')'],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_transform t"
	" JOIN pg_language l ON l.oid = t.trflang"
	" WHERE t.oid >= 16384",
	.parts = transform_parts,
	.nparts = TRANSFORM_NPARTS,
	.create = transform_create,
	.way = always_alter,
	.alter = transform_alter,
};
