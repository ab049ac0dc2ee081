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
	EXTRA_ON,					/* how GRANT names it */
	EXTRA_ALTER,				/* how ALTER ... OWNER TO names it */
	EXTRA_BASE_OWNER,			/* role OID: the owner at first */
	EXTRA_BASE,					/* the privileges at first, as aclitem[] */
	EXTRA_COLUMNS				/* from here on for each column with other
								 * privileges than at first: quoted name,
								 * privileges, those at first */
};

static const struct
{
	const char *word;
	ObjectType	type;
}			object_types[] = {
	{"table", OBJECT_TABLE},
	{"sequence", OBJECT_SEQUENCE},
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

/* an object as it is in its snapshot, or as it was at first */
typedef struct Rights
{
	const PgmObject *obj;
	bool		first;
} Rights;

static Rights
at_first(const PgmObject *obj)
{
	Rights		rights = {obj, true};

	return rights;
}

static Rights
at_present(const PgmObject *obj)
{
	Rights		rights = {obj, false};

	return rights;
}

static Acl *
parse_acl(const char *text)
{
	return DatumGetAclP(OidInputFunctionCall(F_ARRAY_IN, unconstify(char *, text),
											 ACLITEMOID, -1));
}

static Oid
rights_owner(Rights rights)
{
	return rights.first ? atooid(rights.obj->extra[EXTRA_BASE_OWNER]) : rights.obj->owner;
}

static const Acl *
rights_acl(Rights rights)
{
	return rights.first ? parse_acl(rights.obj->extra[EXTRA_BASE]) : rights.obj->acl;
}

/*
 * Returns the privileges on a column.  One that is not mentioned has those
 * that it had at first, which the other side knows.
 */
static const Acl *
rights_column_acl(Rights rights, Rights other, const char *column)
{
	for (int i = EXTRA_COLUMNS; i + 2 < rights.obj->nextra; i += 3)
		if (strcmp(rights.obj->extra[i], column) == 0)
			return parse_acl(rights.obj->extra[i + (rights.first ? 2 : 1)]);
	other.first = true;
	return rights_column_acl(other, rights, column);
}

/*
 * Returns the statements (a List of char *) for the columns that "listed"
 * mentions and "but" does not.  "revoked" is what their table has lost, and so
 * have they.
 */
static List *
column_statements(const PgmGrantTarget *table, Rights from, Rights to,
				  const PgmObject *listed, const PgmObject *but, List *revoked)
{
	List	   *statements = NIL;
	Oid			owner = table->owner;

	for (int i = EXTRA_COLUMNS; i + 2 < listed->nextra; i += 3)
	{
		const char *column = listed->extra[i];
		PgmGrantTarget target = *table;
		bool		done = false;
		Acl		   *has;

		for (int j = EXTRA_COLUMNS; but != NULL && j + 2 < but->nextra; j += 3)
			done = done || strcmp(but->extra[j], column) == 0;
		if (done)
			continue;
		target.type = OBJECT_COLUMN;
		target.column = column;
		has = pgm_acl_given(rights_column_acl(from, to, column), rights_owner(from), owner);
		has = pgm_acl_without(has, revoked, owner);
		statements = list_concat(statements,
								 pgm_grant_statements(&target, has, has,
													  rights_column_acl(to, from, column),
													  NULL));
	}
	return statements;
}

/*
 * Returns the statements (a List of char *) that lead from one to the other.
 */
static List *
rights_statements(Rights from, Rights to)
{
	const PgmObject *obj = to.obj;
	PgmGrantTarget target = {0};
	List	   *statements = NIL;
	List	   *revoked;
	Acl		   *has;

	for (int i = 0; i < (int) lengthof(object_types); i++)
		if (strcmp(object_types[i].word, obj->extra[EXTRA_TYPE]) == 0)
			target.type = object_types[i].type;
	target.owner = rights_owner(to);
	target.on = obj->extra[EXTRA_ON];
	target.prefix = "";
	if (rights_owner(from) != target.owner)
		statements =
			list_make1(psprintf("ALTER %s OWNER TO %s", obj->extra[EXTRA_ALTER],
								quote_identifier(GetUserNameFromId(target.owner, false))));
	has = pgm_acl_given(rights_acl(from), rights_owner(from), target.owner);
	statements = list_concat(statements,
							 pgm_grant_statements(&target, has, has,
												  pgm_acl_effective(target.type, target.owner,
																	rights_acl(to)),
												  &revoked));
	statements = list_concat(statements, column_statements(&target, from, to, to.obj, NULL,
														   revoked));
	if (from.obj != to.obj)
		statements = list_concat(statements, column_statements(&target, from, to, from.obj,
															   to.obj, revoked));
	return statements;
}

static void
write_rights(PgmWriter *w, Rights from, Rights to)
{
	ListCell   *lc;

	foreach(lc, rights_statements(from, to))
		pgm_write(w, "%s", (const char *) lfirst(lc));
}

static void
system_privileges_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	write_rights(w, at_first(obj), at_present(obj));
}

static void
system_privileges_drop(PgmWriter *w, const PgmObject *obj)
{
	write_rights(w, at_present(obj), at_first(obj));
}

static void
system_privileges_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	write_rights(w, at_present(from), at_present(to));
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
		foreach(lc, rights_statements(at_present(obj), at_first(obj)))
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
#define FIRST(class, oid) \
	" LEFT JOIN pg_init_privs p ON p.classoid = '" class "'::regclass" \
	"   AND p.objoid = " oid " AND p.objsubid = 0"
#define CHANGED(class, oid, acl) \
	FIRST(class, oid) " WHERE " acl " IS DISTINCT FROM p.initprivs"
#define IN_SCHEMA(nsp, name) \
	"quote_ident(" nsp ".nspname) || '.' || quote_ident(" name ")"
#define ITEMS(acl) \
	"(SELECT coalesce(string_agg(x::text, ' ' ORDER BY x::text COLLATE \"C\"), '')" \
	" FROM unnest(" acl ") x)"

/*
 * m: members of extensions.  a: columns whose privileges may differ from the
 * first ones.  k: the same, one row for each relation.  o: the objects of each
 * catalog whose privileges may differ; the number, which is that of the
 * catalog, makes addresses that are nobody else's.  Privileges on what the
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
	" a AS (SELECT attrelid, attnum FROM pg_attribute WHERE attacl IS NOT NULL"
	"  UNION SELECT objoid, objsubid FROM pg_init_privs"
	"   WHERE classoid = 'pg_class'::regclass AND objsubid <> 0),"
	" k AS MATERIALIZED (SELECT b.attrelid,"
	"   array_agg(ARRAY[quote_ident(b.attname), coalesce(b.attacl, '{}')::text,"
	"                   coalesce(p.initprivs, '{}')::text]"
	"             ORDER BY b.attname) AS columns,"
	"   string_agg(b.attname || ': ' || " ITEMS("b.attacl") ", ' ' ORDER BY b.attname)"
	"     AS privileges,"
	"   string_agg(b.attname || ': ' || " ITEMS("p.initprivs") ", ' ' ORDER BY b.attname)"
	"     AS first_privileges"
	"  FROM a JOIN pg_attribute b USING (attrelid, attnum)"
	"  JOIN pg_class c ON c.oid = attrelid"
	MEMBERS("pg_class", "c.oid")
	"  LEFT JOIN pg_init_privs p ON p.classoid = 'pg_class'::regclass"
	"   AND p.objoid = attrelid AND p.objsubid = attnum"
	"  WHERE b.attacl IS DISTINCT FROM p.initprivs AND NOT b.attisdropped"
	OURS("c.oid", "c.relnamespace")
	"  GROUP BY b.attrelid),"
	" o (number, oid, type, defaults, word, alter_word, named, owner, acl,"
	"    initprivs, extension, extowner) AS MATERIALIZED ("

	"SELECT 1, c.oid, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END,"
	"  CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END,"
	"  CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,"
	"  'TABLE', " IN_SCHEMA("n", "c.relname") ", c.relowner, c.relacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	MEMBERS("pg_class", "c.oid") FIRST("pg_class", "c.oid")
	" LEFT JOIN k ON k.attrelid = c.oid"
	" WHERE (c.relacl IS DISTINCT FROM p.initprivs OR k.attrelid IS NOT NULL)"
	OURS("c.oid", "c.relnamespace")
	" AND c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')"

	" UNION ALL SELECT 2, f.oid, 'function', 'f',"
	"  CASE f.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, 'ROUTINE',"
	"  " IN_SCHEMA("n", "f.proname") " || '(' || oidvectortypes(f.proargtypes) || ')',"
	"  f.proowner, f.proacl, p.initprivs, m.extension, m.extowner"
	" FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace"
	MEMBERS("pg_proc", "f.oid") CHANGED("pg_proc", "f.oid", "f.proacl")
	OURS("f.oid", "f.pronamespace")

	" UNION ALL SELECT 3, t.oid, 'type', 'T', 'TYPE', 'TYPE',"
	"  " IN_SCHEMA("n", "t.typname") ", t.typowner, t.typacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	MEMBERS("pg_type", "t.oid") CHANGED("pg_type", "t.oid", "t.typacl")
	OURS("t.oid", "t.typnamespace")

	" UNION ALL SELECT 4, l.oid, 'language', 'l', 'LANGUAGE', 'LANGUAGE',"
	"  quote_ident(l.lanname), l.lanowner, l.lanacl,"
	"  p.initprivs, CASE WHEN l.oid >= 16384 THEN m.extension END, m.extowner"
	" FROM pg_language l"
	MEMBERS("pg_language", "l.oid") CHANGED("pg_language", "l.oid", "l.lanacl")
	" AND (l.oid < 16384 OR m.extowner IS NOT NULL)"

	" UNION ALL SELECT 5, n.oid, 'schema', 'n', 'SCHEMA', 'SCHEMA',"
	"  quote_ident(n.nspname), n.nspowner, n.nspacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_namespace n"
	MEMBERS("pg_namespace", "n.oid") CHANGED("pg_namespace", "n.oid", "n.nspacl")
	OURS("n.oid", "n.oid")

	" UNION ALL SELECT 6, w.oid, 'wrapper', 'F', 'FOREIGN DATA WRAPPER',"
	"  'FOREIGN DATA WRAPPER', quote_ident(w.fdwname), w.fdwowner, w.fdwacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_foreign_data_wrapper w"
	MEMBERS("pg_foreign_data_wrapper", "w.oid")
	CHANGED("pg_foreign_data_wrapper", "w.oid", "w.fdwacl")
	" AND m.extowner IS NOT NULL"

	" UNION ALL SELECT 7, s.oid, 'server', 'S', 'FOREIGN SERVER', 'SERVER',"
	"  quote_ident(s.srvname), s.srvowner, s.srvacl,"
	"  p.initprivs, m.extension, m.extowner"
	" FROM pg_foreign_server s"
	MEMBERS("pg_foreign_server", "s.oid") CHANGED("pg_foreign_server", "s.oid", "s.srvacl")
	" AND m.extowner IS NOT NULL)"

	" SELECT o.oid, o.number, NULL::oid, NULL::int4, NULL::text,"
	"  i.identity, i.identity, NULL::text, NULL::text, o.owner, e.acl,"
	"  ARRAY[CASE WHEN o.owner <> b.owner THEN quote_ident(pg_get_userbyid(o.owner)) END,"
	"        e.privileges],"
	"  CASE WHEN o.extension IS NOT NULL"
	"   THEN ARRAY['pg_extension'::regclass::oid, o.extension, 0] END, NULL::text,"
	"  ARRAY[o.type, i.identity, o.alter_word || ' ' || o.named,"
	"        b.owner::text, e.initprivs::text]"
	"   || ARRAY(SELECT u.text FROM unnest(k.columns) WITH ORDINALITY u (text, at)"
	"            ORDER BY u.at)"
	" FROM o LEFT JOIN k ON o.number = 1 AND k.attrelid = o.oid,"
	" LATERAL (SELECT o.word || ' ' || o.named) i (identity),"
	" LATERAL (SELECT CASE WHEN o.oid < 16384 THEN 10::oid ELSE o.extowner END) b (owner),"
	" LATERAL (SELECT coalesce(o.acl, acldefault(o.defaults::\"char\", o.owner)),"
	"                 coalesce(o.initprivs, acldefault(o.defaults::\"char\", o.owner)))"
	"   d (acl, initprivs),"
	" LATERAL (SELECT d.acl, d.initprivs,"
	"    concat_ws(' ', " ITEMS("d.acl") ", k.privileges) AS privileges,"
	"    concat_ws(' ', " ITEMS("d.initprivs") ", k.first_privileges) AS first_privileges) e"
	" WHERE e.privileges <> e.first_privileges"
	" AND pg_has_role(o.owner, 'USAGE')"
	" AND current_setting('pgmigrate.compare') = 'all'",
	.parts = system_privileges_parts,
	.nparts = lengthof(system_privileges_parts),
	.create = system_privileges_create,
	.drop = system_privileges_drop,
	.alter = system_privileges_alter,
};
