--
-- The rights that installing the extension gives, function by function and
-- table by table, and what migrate_grant and migrate_revoke change in them.
-- A new function has to be added here by hand, which is the point.
--
\set home :DBNAME
\set testdb regression_pgmigrate_acl
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_look, regress_pgm_write, regress_pgm_run, regress_pgm_nobody, regress_pgm_other;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
CREATE ROLE regress_pgm_nobody;
CREATE ROLE regress_pgm_look;
CREATE ROLE regress_pgm_write;
CREATE ROLE regress_pgm_run;
CREATE ROLE regress_pgm_other;

-- An installer whose default privileges are generous to everybody.
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC;

-- What the extension consists of.
CREATE VIEW members AS
	SELECT d.classid, d.objid FROM pg_depend d
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgmigrate');
SELECT classid::regclass AS class, count(*) FROM members WHERE classid <> 'pg_type'::regclass GROUP BY 1 ORDER BY 1;

-- The grantees of an ACL besides the owner, with PUBLIC as such.
CREATE FUNCTION grantees(acl aclitem[], owner oid) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(who || ':' || privileges, ' ' ORDER BY who COLLATE "C")
	FROM (SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END
				|| CASE WHEN is_grantable THEN '*' ELSE '' END AS who,
			string_agg(privilege_type, ',' ORDER BY privilege_type COLLATE "C") AS privileges
		FROM aclexplode(acl) WHERE grantee <> owner GROUP BY grantee, is_grantable) g
$$;

CREATE VIEW functions AS
	SELECT substr(p.oid::regprocedure::text, 5) COLLATE "C" AS function,
		p.prokind AS kind, p.prosecdef AS definer, p.proisstrict AS strict, p.proleakproof AS leakproof,
		p.provolatile AS volatile, p.proparallel AS parallel, l.lanname AS lang, p.proconfig AS config,
		n.nspname AS schema, p.proowner = e.extowner AS owned,
		p.oid, p.proowner,
		grantees(coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner) AS others
	FROM members m JOIN pg_proc p ON p.oid = m.objid
		JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang,
		pg_extension e
	WHERE m.classid = 'pg_proc'::regclass AND e.extname = 'pgmigrate';
CREATE VIEW tables AS
	SELECT substr(c.oid::regclass::text, 5) COLLATE "C" AS relation, c.relkind AS kind, c.relpersistence AS persistence,
		c.relrowsecurity AS rls, c.relhastriggers AS triggers, c.relhasrules AS rules, c.relowner = e.extowner AS owned,
		c.oid, grantees(coalesce(c.relacl, acldefault('r', c.relowner)), c.relowner) AS others,
		(SELECT string_agg(attname, ' ') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) AS column_acls
	FROM members m JOIN pg_class c ON c.oid = m.objid, pg_extension e
	WHERE m.classid = 'pg_class'::regclass AND c.relkind <> 'i' AND e.extname = 'pgmigrate';

-- The functions, and the procedures, which end in _online: all in C, none
-- SECURITY DEFINER, none LEAKPROOF, none parallel safe, nothing for anybody but
-- the owner, except migrate_arg and migrate_tag for PUBLIC.
SELECT function, volatile, strict, others FROM functions ORDER BY function;
SELECT DISTINCT kind, definer, leakproof, parallel, lang, config, schema, owned FROM functions ORDER BY kind;
SELECT function FROM functions WHERE (kind = 'p') <> (function ~ '^[a-z_]+_online\(');
-- Each has a comment.
SELECT function FROM functions WHERE obj_description(oid, 'pg_proc') IS NULL;

SELECT relation, kind, persistence, rls, triggers, rules, owned, others, column_acls FROM tables ORDER BY relation;
SELECT relation FROM tables WHERE obj_description(oid, 'pg_class') IS NULL;
-- The triggers: where session_replication_role is "replica" only, but for the
-- one that checks what was loaded.
SELECT relation, tgname, tgenabled, tgfoid::regprocedure AS function, tgattr, tgqual IS NULL AS always
	FROM tables t JOIN pg_trigger ON tgrelid = t.oid ORDER BY relation, tgname;
-- What the view reads, it reads with the rights of its owner.
SELECT pg_get_userbyid(relowner) = current_user AS owned, reloptions FROM pg_class WHERE oid = 'mig.migrate_progress'::regclass;

-- The schema is left as it was.
SELECT grantees(nspacl, nspowner) AS others FROM pg_namespace WHERE nspname = 'mig';

-- No expression of ours depends on anything outside pg_catalog; columns have our domain.
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object,
		pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) AS needs
	FROM pg_depend d JOIN (
			SELECT classid, objid FROM members
			UNION SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN members ON ev_class = objid AND classid = 'pg_class'::regclass) m
		ON m.classid = d.classid AND m.objid = d.objid
	WHERE d.deptype = 'n' AND d.refclassid NOT IN ('pg_namespace'::regclass, 'pg_class'::regclass)
		AND d.refobjid <> 'mig.migrate_names'::regtype
	ORDER BY 1, 2;

-- What each group gives.
CREATE TABLE roles_of (role name PRIMARY KEY);
INSERT INTO roles_of VALUES ('regress_pgm_look'), ('regress_pgm_write'), ('regress_pgm_run'), ('regress_pgm_nobody');
CREATE VIEW held AS
	SELECT r.role, 'function' AS what, f.function COLLATE "C" AS name,
		CASE WHEN has_function_privilege(r.role, f.oid, 'EXECUTE WITH GRANT OPTION') THEN 'EXECUTE*' ELSE 'EXECUTE' END AS privilege
		FROM roles_of r, functions f
		WHERE has_function_privilege(r.role, f.oid, 'EXECUTE') AND f.function !~ '^migrate_(arg|tag)'
	UNION ALL
	SELECT r.role, 'table', t.relation, p
		FROM roles_of r, tables t,
			unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
		WHERE has_table_privilege(r.role, t.oid, p)
	UNION ALL
	SELECT r.role, 'schema', 'mig', p FROM roles_of r, unnest('{USAGE,CREATE}'::text[]) p
		WHERE has_schema_privilege(r.role, 'mig', p);
SELECT * FROM held;
CREATE TABLE acls_before AS
	SELECT function AS name, others FROM functions UNION ALL SELECT relation, others FROM tables;

SELECT mig.migrate_grant('look', 'regress_pgm_look');
SELECT mig.migrate_grant('write', 'regress_pgm_write');
SELECT mig.migrate_grant('run', 'regress_pgm_run');
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_look' ORDER BY 1, 2, 3;
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_write' ORDER BY 1, 2, 3;
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_run' ORDER BY 1, 2, 3;
SELECT * FROM held WHERE role = 'regress_pgm_nobody';
-- Every function is in exactly one group, except those for PUBLIC and the owner
-- and the one for the triggers.
SELECT f.function, count(h.role) AS groups FROM functions f LEFT JOIN held h ON h.what = 'function' AND h.name = f.function
	GROUP BY 1 HAVING count(h.role) <> 1 ORDER BY 1;

-- Granting twice is no error, and taking back twice neither.
SELECT mig.migrate_grant('run', 'regress_pgm_run');
SELECT mig.migrate_revoke('run', 'regress_pgm_run');
SELECT mig.migrate_revoke('run', 'regress_pgm_run');
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_run' ORDER BY 1, 2, 3;

-- Who has two groups and loses one keeps the other, and can still use it.
SELECT mig.migrate_grant('run', 'regress_pgm_look');
SELECT mig.migrate_revoke('look', 'regress_pgm_look');
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_look' ORDER BY 1, 2, 3;
SET ROLE regress_pgm_look;
SELECT * FROM mig.migrate_upgrade('heads');
CALL mig.migrate_upgrade_online('heads');
SELECT * FROM mig.migrate_progress;
RESET ROLE;
SELECT mig.migrate_revoke('run', 'regress_pgm_look');

-- Membership counts as for any right.
GRANT regress_pgm_write TO regress_pgm_nobody;
SET ROLE regress_pgm_nobody;
SELECT mig.migrate_revision('by a member', '', '', rev_id => 'member1');
RESET ROLE;
SELECT revision, author FROM mig.migrate_script;
REVOKE regress_pgm_write FROM regress_pgm_nobody;

-- "public" stands for everybody, as in GRANT; other key words are only names.
SELECT mig.migrate_grant('look', 'public');
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_nobody' ORDER BY 1, 2, 3;
SELECT mig.migrate_revoke('look', 'public');
SELECT mig.migrate_grant('look', 'current_user');
SELECT mig.migrate_grant('look', 'PUBLIC');
SELECT grantees(nspacl, nspowner) AS others FROM pg_namespace WHERE nspname = 'mig';
REVOKE USAGE ON SCHEMA mig FROM PUBLIC;

-- A role with the right to call migrate_grant, but none to give.
GRANT USAGE ON SCHEMA mig TO regress_pgm_other;
GRANT EXECUTE ON FUNCTION mig.migrate_grant(text, name), mig.migrate_revoke(text, name) TO regress_pgm_other;
INSERT INTO roles_of VALUES ('regress_pgm_other');
SET ROLE regress_pgm_other;
SELECT mig.migrate_grant('run', 'regress_pgm_other');
SELECT mig.migrate_grant('look', 'regress_pgm_other');
SELECT mig.migrate_revoke('write', 'regress_pgm_write');
RESET ROLE;
SELECT what, name, privilege FROM held WHERE role = 'regress_pgm_other' ORDER BY 1, 2, 3;
SELECT count(*) FROM held WHERE role = 'regress_pgm_write';
REVOKE ALL ON FUNCTION mig.migrate_grant(text, name), mig.migrate_revoke(text, name) FROM regress_pgm_other;
REVOKE ALL ON SCHEMA mig FROM regress_pgm_other;

-- All taken back: nothing is left but the right to find the schema, which may
-- have been there before.
SELECT count(mig.migrate_revoke(p, role)) FROM unnest('{look,write,run}'::text[]) p, roles_of;
SELECT * FROM held ORDER BY role, what, name;
SELECT name, b.others AS before, a.others AS after
	FROM acls_before b JOIN (SELECT function AS name, others FROM functions UNION ALL SELECT relation, others FROM tables) a USING (name)
	WHERE a.others IS DISTINCT FROM b.others;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_look, regress_pgm_write, regress_pgm_run, regress_pgm_nobody, regress_pgm_other;
