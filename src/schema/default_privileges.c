/*-------------------------------------------------------------------------
 *
 * default_privileges.c
 *	  Default privileges: what new objects of a role are born with.
 *
 * A row of pg_default_acl is an object.  Without a schema it stands in the
 * place of the built-in default; in a schema it is what is granted beyond
 * that.  When there is no row, either is just that: the default, or nothing.
 * So to make, change and drop one is to grant and revoke.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_default_acl.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/attributes.h"
#include "schema/kinds.h"
#include "schema/privilege.h"

/* columns of "extra" */
enum
{
	EXTRA_OBJECT_TYPE,			/* as in defaclobjtype */
	EXTRA_SCHEMA				/* quoted; NULL: all */
};

static const struct
{
	char		letter;			/* in defaclobjtype */
	ObjectType	type;
	const char *words;
}			object_types[] = {
	{'r', OBJECT_TABLE, "TABLES"},
	{'S', OBJECT_SEQUENCE, "SEQUENCES"},
	{'f', OBJECT_FUNCTION, "FUNCTIONS"},
	{'T', OBJECT_TYPE, "TYPES"},
	{'n', OBJECT_SCHEMA, "SCHEMAS"},
	{'L', OBJECT_LARGEOBJECT, "LARGE OBJECTS"},
};

/* these words are also in the query below */
static const PgmPart default_privileges_parts[] = {
	{.name = "privileges",.set = "ALTER DEFAULT PRIVILEGES %i"},
};

/*
 * Returns which privileges, on what and by whom: the words of an identity.
 */
static char *
default_privileges_identity(const char *role, const char *schema, const char *words)
{
	return psprintf("FOR ROLE %s%s%s ON %s", quote_identifier(role),
					schema == NULL ? "" : " IN SCHEMA ",
					schema == NULL ? "" : quote_identifier(schema), words);
}

/*
 * Returns the list that stands when there is no row.
 */
static Acl *
base_acl(ObjectType type, Oid role, bool in_schema)
{
	return in_schema ? make_empty_acl() : acldefault(type, role);
}

/*
 * Returns what a role has as default privileges in a snapshot, or NULL.
 */
static const Acl *
acl_in_snapshot(const PgmSnapshot *snapshot, const char *role, const char *schema,
				const char *words, bool kept)
{
	const PgmObject *obj;

	if (snapshot->nobjects == 0)
		return NULL;			/* it has no table to look into, either */
	obj = pgm_snapshot_find(snapshot, &pgm_kind_default_privileges,
							default_privileges_identity(role, schema, words));
	return obj == NULL || (kept && obj->other == NULL) ? NULL : obj->acl;
}

/*
 * Returns the privileges that a new object of a role is born with, by the
 * default privileges in a snapshot ("kept": those that are in the other one,
 * too) or, if that is NULL, those in force now.  schema is NULL for what is in
 * none.
 */
Acl *
pgm_acl_born(const PgmSnapshot *snapshot, ObjectType type, Oid role, const char *schema,
			 bool kept)
{
	char	   *role_name = GetUserNameFromId(role, false);
	const char *words = NULL;
	const Acl  *here = NULL;
	Acl		   *born;

	for (int i = 0; i < (int) lengthof(object_types); i++)
		if (object_types[i].type == type && type != OBJECT_LARGEOBJECT)
			words = object_types[i].words;
	if (words == NULL)
		return acldefault(type, role);
	if (snapshot == NULL)
	{
		Oid			nsp = schema == NULL ? InvalidOid : get_namespace_oid(schema, true);

		born = get_user_default_acl(type, role, nsp);
		return born == NULL ? acldefault(type, role) : born;
	}
	born = pgm_acl_effective(type, role,
							 acl_in_snapshot(snapshot, role_name, NULL, words, kept));
	if (schema != NULL)
		here = acl_in_snapshot(snapshot, role_name, schema, words, kept);
	return here == NULL ? born : pgm_acl_either(born, pgm_acl_effective(type, role, here), role);
}

/*
 * Writes what leads from one list to another; NULL is that of no row.
 */
static void
write_default_privileges(PgmWriter *w, const PgmObject *obj, const Acl *from, const Acl *to)
{
	const char *schema = obj->extra[EXTRA_SCHEMA];
	PgmGrantTarget target = {0};
	Acl		   *base;
	ListCell   *lc;

	for (int i = 0; i < (int) lengthof(object_types); i++)
	{
		if (object_types[i].letter != obj->extra[EXTRA_OBJECT_TYPE][0])
			continue;
		target.type = object_types[i].type;
		target.on = object_types[i].words;
	}
	if (target.on == NULL)
		elog(ERROR, "unknown type of default privileges: \"%s\"",
			 obj->extra[EXTRA_OBJECT_TYPE]);
	target.owner = obj->owner;
	target.prefix = psprintf("ALTER DEFAULT PRIVILEGES FOR ROLE %s%s%s ",
							 quote_identifier(GetUserNameFromId(obj->owner, false)),
							 schema == NULL ? "" : " IN SCHEMA ",
							 schema == NULL ? "" : schema);
	base = base_acl(target.type, obj->owner, schema != NULL);
	from = from == NULL ? base : pgm_acl_effective(target.type, obj->owner, from);
	to = to == NULL ? base : pgm_acl_effective(target.type, obj->owner, to);
	foreach(lc, pgm_grant_statements(&target, from, from, to, NULL))
		pgm_write(w, "%s", (const char *) lfirst(lc));
}

static void
default_privileges_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	write_default_privileges(w, obj, NULL, obj->acl);
}

static void
default_privileges_drop(PgmWriter *w, const PgmObject *obj)
{
	write_default_privileges(w, obj, obj->acl, NULL);
}

static void
default_privileges_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	write_default_privileges(w, to, from->acl, to->acl);
}

/*
 * Those in a schema go with it.  There are none unless privileges are
 * compared.
 */
const PgmKind pgm_kind_default_privileges = {
	.name = "default privileges",
	.word = "DEFAULT PRIVILEGES",
	.classid = DefaultAclRelationId,
	.rank = 420,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT d.oid, 0, NULL::oid, NULL::int4, n.nspname::text,"
	" i.identity, i.identity, NULL::text, NULL::text, d.defaclrole, d.defaclacl,"
	" ARRAY[(SELECT coalesce(string_agg(a::text, ' ' ORDER BY a::text COLLATE \"C\"), '')"
	"        FROM unnest(d.defaclacl) a)],"
	" NULL::oid[], NULL::text, ARRAY[d.defaclobjtype::text, quote_ident(n.nspname)]"
	" FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace,"
	" LATERAL (SELECT 'FOR ROLE ' || quote_ident(pg_get_userbyid(d.defaclrole))"
	"   || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') || ' ON '"
	"   || CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'"
	"      WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS'"
	"      WHEN 'L' THEN 'LARGE OBJECTS' END) i (identity)"
	" WHERE current_setting('pgmigrate.compare') = 'all'"
	" AND (d.defaclnamespace = 0 OR d.defaclnamespace = ANY ($1))",
	.parts = default_privileges_parts,
	.nparts = lengthof(default_privileges_parts),
	.create = default_privileges_create,
	.drop = default_privileges_drop,
	.alter = default_privileges_alter,
};
