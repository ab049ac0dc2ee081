/*-------------------------------------------------------------------------
 *
 * system_privileges.c
 *	  Privileges on what is no object of the schemas: the system's own
 *	  catalogs, functions, types and languages, and members of extensions.
 *
 * pg_init_privs says what was granted when they came to be, by initdb or by
 * CREATE EXTENSION.  What has other privileges now is an object here; it is
 * made by granting and revoking, and dropped by restoring the first state.
 * As in a dump, the schema information_schema is left out, and a new owner
 * counts only together with other privileges.
 *
 * public is read as any other schema; see schema.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_init_privs.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "common/compat.h"
#include "schema/attributes.h"
#include "schema/kinds.h"
#include "schema/privilege.h"

/* columns of "extra" */
enum
{
	EXTRA_TYPE,					/* see object_types */
	EXTRA_ON,					/* how GRANT names it, without its column */
	EXTRA_COLUMN,				/* quoted; NULL: the whole */
	EXTRA_ALTER,				/* how ALTER ... OWNER TO names it */
	EXTRA_BASE_OWNER,			/* role OID: the owner at first */
	EXTRA_BASE					/* the privileges at first, as aclitem[] */
};

static const struct
{
	const char *word;
	ObjectType	type;
}			object_types[] = {
	{"table", OBJECT_TABLE},
	{"sequence", OBJECT_SEQUENCE},
	{"column", OBJECT_COLUMN},
	{"function", OBJECT_FUNCTION},
	{"type", OBJECT_TYPE},
	{"language", OBJECT_LANGUAGE},
	{"schema", OBJECT_SCHEMA},
	{"wrapper", OBJECT_FDW},
	{"server", OBJECT_FOREIGN_SERVER},
};

static const PgmPart system_privileges_parts[] = {
	{.name = "owner",.set = "ALTER %i OWNER TO %v"},
	{.name = "privileges",.set = "GRANT %i"},
};

/* owner and privileges at one time */
typedef struct Rights
{
	Oid			owner;
	Acl		   *acl;
} Rights;

/*
 * Returns what the system or the extension gave it.
 */
static Rights
base_rights(const PgmObject *obj)
{
	Rights		rights;
	Datum		acl = OidInputFunctionCall(F_ARRAY_IN, unconstify(char *, obj->extra[EXTRA_BASE]),
										   ACLITEMOID, -1);

	rights.owner = atooid(obj->extra[EXTRA_BASE_OWNER]);
	rights.acl = DatumGetAclP(acl);
	return rights;
}

static Rights
present_rights(const PgmObject *obj)
{
	Rights		rights;

	rights.owner = obj->owner;
	rights.acl = obj->acl;
	return rights;
}

/*
 * Returns the statements (a List of char *) that lead from one to the other.
 */
static List *
rights_statements(const PgmObject *obj, Rights from, Rights to)
{
	PgmGrantTarget target = {0};
	List	   *statements = NIL;
	Acl		   *has;

	for (int i = 0; i < (int) lengthof(object_types); i++)
		if (strcmp(object_types[i].word, obj->extra[EXTRA_TYPE]) == 0)
			target.type = object_types[i].type;
	target.owner = to.owner;
	target.on = obj->extra[EXTRA_ON];
	target.column = obj->extra[EXTRA_COLUMN];
	target.prefix = "";
	if (from.owner != to.owner && target.column == NULL)
		statements =
			list_make1(psprintf("ALTER %s OWNER TO %s", obj->extra[EXTRA_ALTER],
								quote_identifier(GetUserNameFromId(to.owner, false))));
	has = pgm_acl_given(from.acl, from.owner, to.owner);
	return list_concat(statements,
					   pgm_grant_statements(&target, has, has,
											pgm_acl_effective(target.type, to.owner, to.acl),
											NULL));
}

static void
write_rights(PgmWriter *w, const PgmObject *obj, Rights from, Rights to)
{
	ListCell   *lc;

	foreach(lc, rights_statements(obj, from, to))
		pgm_write(w, "%s", (const char *) lfirst(lc));
}

static void
system_privileges_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	write_rights(w, obj, base_rights(obj), present_rights(obj));
}

static void
system_privileges_drop(PgmWriter *w, const PgmObject *obj)
{
	write_rights(w, obj, present_rights(obj), base_rights(obj));
}

static void
system_privileges_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	write_rights(w, to, present_rights(from), present_rights(to));
}

/*
 * Takes all system privileges of a snapshot back in the catalogs, as in a new
 * database.  For the sandbox, before a model is built there.  The caller is
 * connected to SPI, and the snapshot was read as the current role, who may do
 * this with all that was read.
 */
void
pgm_system_privileges_reset(const PgmSnapshot *snapshot)
{
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		const PgmObject *obj = snapshot->objects[i];
		ListCell   *lc;

		if (obj->kind != &pgm_kind_system_privileges)
			continue;
		foreach(lc, rights_statements(obj, present_rights(obj), base_rights(obj)))
		{
			int			rc = SPI_execute(lfirst(lc), false, 0);

			if (rc < 0)
				elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
		}
	}
}

/* what is the system's own in a schema, or belongs to an extension */
#define OURS(oid, nsp) \
	" AND (" nsp " = 'pg_catalog'::regnamespace AND " oid " < 16384 OR m.extowner IS NOT NULL)"
#define MEMBERS(class, oid) \
	" LEFT JOIN m ON m.classid = '" class "'::regclass AND m.objid = " oid
#define CHANGED(class, oid, sub, acl) \
	" LEFT JOIN pg_init_privs p ON p.classoid = '" class "'::regclass" \
	"   AND p.objoid = " oid " AND p.objsubid = " sub \
	" WHERE " acl " IS DISTINCT FROM p.initprivs"
#define IN_SCHEMA(nsp, name) \
	"quote_ident(" nsp ".nspname) || '.' || quote_ident(" name ")"

/*
 * The first part of each is one row for each object of a catalog whose
 * privileges may differ from the first ones.  The number is that of the
 * catalog, for addresses that are nobody else's.  Privileges on what the
 * current role could not change anyway are left out.
 */
const PgmKind pgm_kind_system_privileges = {
	.name = "system privileges",
	.word = "SYSTEM PRIVILEGES",
	.classid = InitPrivsRelationId,
	.rank = 421,
	.flags = PGM_GLOBAL,
	.query =
	"WITH m AS (SELECT d.classid, d.objid, e.oid AS extension, e.extowner"
	"  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid"
	"  WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'"
	"  AND e.extname <> 'pgmigrate'),"
	" o (number, oid, sub, type, defaults, word, alter_word, named, col, owner, acl,"
	"    initprivs, extension, extowner) AS ("

	"SELECT 1, c.oid, 0, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END,"
	"  CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END,"
	"  CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,"
	"  'TABLE', " IN_SCHEMA("n", "c.relname") ", NULL, c.relowner, c.relacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	MEMBERS("pg_class", "c.oid") CHANGED("pg_class", "c.oid", "0", "c.relacl")
	OURS("c.oid", "c.relnamespace")
	" AND c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')"

	" UNION ALL SELECT 2, c.oid, a.attnum, 'column', 'c', 'TABLE', NULL,"
	"  " IN_SCHEMA("n", "c.relname") ", quote_ident(a.attname), c.relowner, a.attacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	MEMBERS("pg_class", "c.oid") CHANGED("pg_class", "c.oid", "a.attnum", "a.attacl")
	OURS("c.oid", "c.relnamespace") " AND NOT a.attisdropped"

	" UNION ALL SELECT 3, f.oid, 0, 'function', 'f',"
	"  CASE f.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, 'ROUTINE',"
	"  " IN_SCHEMA("n", "f.proname") " || '(' || oidvectortypes(f.proargtypes) || ')', NULL,"
	"  f.proowner, f.proacl, p.initprivs, m.extension, m.extowner"
	" FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace"
	MEMBERS("pg_proc", "f.oid") CHANGED("pg_proc", "f.oid", "0", "f.proacl")
	OURS("f.oid", "f.pronamespace")

	" UNION ALL SELECT 4, t.oid, 0, 'type', 'T', 'TYPE', 'TYPE',"
	"  " IN_SCHEMA("n", "t.typname") ", NULL, t.typowner, t.typacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	MEMBERS("pg_type", "t.oid") CHANGED("pg_type", "t.oid", "0", "t.typacl")
	OURS("t.oid", "t.typnamespace")

	" UNION ALL SELECT 5, l.oid, 0, 'language', 'l', 'LANGUAGE', 'LANGUAGE',"
	"  quote_ident(l.lanname), NULL, l.lanowner, l.lanacl,"
	"  p.initprivs, CASE WHEN l.oid >= 16384 THEN m.extension END, m.extowner"
	" FROM pg_language l"
	MEMBERS("pg_language", "l.oid") CHANGED("pg_language", "l.oid", "0", "l.lanacl")
	" AND (l.oid < 16384 OR m.extowner IS NOT NULL)"

	" UNION ALL SELECT 6, n.oid, 0, 'schema', 'n', 'SCHEMA', 'SCHEMA',"
	"  quote_ident(n.nspname), NULL, n.nspowner, n.nspacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_namespace n"
	MEMBERS("pg_namespace", "n.oid") CHANGED("pg_namespace", "n.oid", "0", "n.nspacl")
	OURS("n.oid", "n.oid")

	" UNION ALL SELECT 7, w.oid, 0, 'wrapper', 'F', 'FOREIGN DATA WRAPPER',"
	"  'FOREIGN DATA WRAPPER', quote_ident(w.fdwname), NULL, w.fdwowner, w.fdwacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_foreign_data_wrapper w"
	MEMBERS("pg_foreign_data_wrapper", "w.oid")
	CHANGED("pg_foreign_data_wrapper", "w.oid", "0", "w.fdwacl")
	" AND m.extowner IS NOT NULL"

	" UNION ALL SELECT 8, s.oid, 0, 'server', 'S', 'FOREIGN SERVER', 'SERVER',"
	"  quote_ident(s.srvname), NULL, s.srvowner, s.srvacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_foreign_server s"
	MEMBERS("pg_foreign_server", "s.oid")
	CHANGED("pg_foreign_server", "s.oid", "0", "s.srvacl")
	" AND m.extowner IS NOT NULL)"

	" SELECT o.oid, o.number * 10000 + o.sub, NULL::oid, NULL::int4, NULL::text,"
	"  i.identity, i.identity, NULL::text, NULL::text, o.owner, e.acl,"
	"  ARRAY[CASE WHEN o.owner <> b.owner THEN quote_ident(pg_get_userbyid(o.owner)) END,"
	"        e.privileges],"
	"  CASE WHEN o.extension IS NOT NULL"
	"   THEN ARRAY['pg_extension'::regclass::oid, o.extension, 0] END, NULL::text,"
	"  ARRAY[o.type, o.word || ' ' || o.named, o.col, o.alter_word || ' ' || o.named,"
	"        b.owner::text, e.initprivs::text]"
	" FROM o,"
	" LATERAL (SELECT o.word || ' ' || o.named || coalesce('.' || o.col, '')) i (identity),"
	" LATERAL (SELECT CASE WHEN o.oid < 16384 THEN 10::oid ELSE o.extowner END) b (owner),"
	" LATERAL (SELECT d.acl, d.initprivs,"
	"    (SELECT coalesce(string_agg(x::text, ' ' ORDER BY x::text COLLATE \"C\"), '')"
	"     FROM unnest(d.acl) x) AS privileges,"
	"    (SELECT coalesce(string_agg(x::text, ' ' ORDER BY x::text COLLATE \"C\"), '')"
	"     FROM unnest(d.initprivs) x) AS first_privileges"
	"   FROM (SELECT coalesce(o.acl, acldefault(o.defaults::\"char\", o.owner)),"
	"                coalesce(o.initprivs, acldefault(o.defaults::\"char\", o.owner)))"
	"     d (acl, initprivs)) e"
	" WHERE e.privileges <> e.first_privileges"
	" AND pg_has_role(o.owner, 'USAGE')"
	" AND current_setting('pgmigrate.compare') = 'all'",
	.parts = system_privileges_parts,
	.nparts = lengthof(system_privileges_parts),
	.create = system_privileges_create,
	.drop = system_privileges_drop,
	.alter = system_privileges_alter,
};
