--
-- Autogenerate: comments, owners and privileges, of objects, columns, the
-- system itself, and by default.  What is generated is proved when it is
-- stored; here is to be seen what is written, and what is left of it.
--
\set home :DBNAME
\set testdb regression_pgmigrate_auto_privilege
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_owner, regress_pgm_reader, regress_pgm_writer, "regress_pgm Rôle ""x"" y", regress_pgm_deploy;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
CREATE ROLE regress_pgm_owner;
CREATE ROLE regress_pgm_reader;
CREATE ROLE regress_pgm_writer;
CREATE ROLE "regress_pgm Rôle ""x"" y";
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
SET pgmigrate.schemas = '*, !mig';

-- The model becomes :ddl, and these are the statements; they are stored and
-- run, after which nothing is left to do; they are undone.
\set model 'SELECT mig.migrate_set_model(:\'ddl\') > 0 AS model; SELECT replace(statement, \'ROLE \' || quote_ident(session_user), \'ROLE superuser\') AS statement FROM mig.migrate_diff();'
\set there 'SELECT mig.migrate_revision(\'there\', autogenerate => true) IS NOT NULL AS written; SELECT direction FROM mig.migrate_upgrade(); SELECT count(*) AS left_to_do FROM mig.migrate_diff();'
\set back 'SELECT direction FROM mig.migrate_downgrade(\'-1\'); SELECT mig.migrate_delete(\'heads\') IS NOT NULL AS deleted;'

-- Owners and privileges, without MAINTAIN, which not all servers have; the role
-- of the tests is called superuser.
CREATE VIEW mig.rights AS
	SELECT what COLLATE "C", replace(pg_get_userbyid(owner), session_user, 'superuser') AS owner,
		(SELECT string_agg(a, ' ' ORDER BY a)
			FROM (SELECT replace(regexp_replace(a::text, 'm[*]?/', '/'), quote_ident(session_user), 'superuser') COLLATE "C"
				FROM unnest(acl) a) a (a)) AS acl
	FROM (SELECT format('%I.%I', nspname, relname), relowner, relacl
			FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind NOT IN ('i', 'I', 'c', 't')
		UNION ALL SELECT format('%I.%I.%I', nspname, relname, attname), NULL, attacl
			FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE attacl IS NOT NULL
		UNION ALL SELECT p.oid::regprocedure::text, proowner, proacl FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
		UNION ALL SELECT t.oid::regtype::text, typowner, typacl FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE typtype IN ('d', 'e')
		UNION ALL SELECT nspname, nspowner, nspacl FROM pg_namespace) o (what, owner, acl)
	WHERE what ~ '^app(\.|$)';

----------------------------------------------------------------------
-- Owners and privileges are compared when asked, comments always
----------------------------------------------------------------------
CREATE SCHEMA app;
CREATE TABLE app.asset (id integer, name text, secret text);
CREATE VIEW app.named AS SELECT name FROM app.asset;
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql STABLE RETURN 1;
CREATE AGGREGATE app.biggest(integer) (sfunc = int4larger, stype = integer);
CREATE AGGREGATE app.number(*) (sfunc = int8inc, stype = bigint, initcond = '0');
CREATE PROCEDURE app.work(a integer, INOUT b integer) LANGUAGE sql AS 'SELECT 1';
CREATE TYPE app.mood AS ENUM ('good', 'bad');
CREATE DOMAIN app.short AS text;
CREATE SEQUENCE app.counter;

SELECT $ddl$
CREATE SCHEMA app;
CREATE TABLE app.asset (id integer, name text, secret text);
CREATE VIEW app.named AS SELECT name FROM app.asset;
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql STABLE RETURN 1;
CREATE AGGREGATE app.biggest(integer) (sfunc = int4larger, stype = integer);
CREATE AGGREGATE app.number(*) (sfunc = int8inc, stype = bigint, initcond = '0');
CREATE PROCEDURE app.work(a integer, INOUT b integer) LANGUAGE sql AS 'SELECT 1';
CREATE TYPE app.mood AS ENUM ('good', 'bad');
CREATE DOMAIN app.short AS text;
CREATE SEQUENCE app.counter;
COMMENT ON SCHEMA app IS 'the application';
COMMENT ON TABLE app.asset IS 'it''s \ here';
COMMENT ON COLUMN app.asset.name IS 'Name ü';
COMMENT ON AGGREGATE app.number(*) IS 'how many';
COMMENT ON PROCEDURE app.work(integer, integer) IS 'works';
ALTER SCHEMA app OWNER TO regress_pgm_owner;
ALTER TABLE app.asset OWNER TO regress_pgm_owner;
ALTER VIEW app.named OWNER TO "regress_pgm Rôle ""x"" y";
ALTER AGGREGATE app.number(*) OWNER TO regress_pgm_owner;
ALTER FUNCTION app.total() OWNER TO regress_pgm_owner;
ALTER TYPE app.mood OWNER TO regress_pgm_owner;
ALTER DOMAIN app.short OWNER TO regress_pgm_owner;
ALTER SEQUENCE app.counter OWNER TO regress_pgm_owner;
ALTER PROCEDURE app.work(integer, integer) OWNER TO regress_pgm_owner;
ALTER AGGREGATE app.biggest(integer) OWNER TO regress_pgm_owner;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT CREATE ON SCHEMA app TO regress_pgm_writer WITH GRANT OPTION;
GRANT SELECT ON app.asset TO regress_pgm_reader;
GRANT ALL ON app.asset TO regress_pgm_writer;
GRANT UPDATE (name), INSERT (name, id) ON app.asset TO "regress_pgm Rôle ""x"" y";
GRANT SELECT (tableoid) ON app.asset TO regress_pgm_reader;
REVOKE TRUNCATE ON app.asset FROM regress_pgm_owner;
GRANT SELECT ON app.named TO PUBLIC;
REVOKE EXECUTE ON FUNCTION app.total() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.total() TO regress_pgm_reader;
REVOKE ALL ON FUNCTION app.number() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.biggest(integer) TO regress_pgm_reader WITH GRANT OPTION;
REVOKE ALL ON PROCEDURE app.work(integer, integer) FROM PUBLIC, regress_pgm_owner;
REVOKE ALL ON TYPE app.mood FROM PUBLIC;
GRANT USAGE ON DOMAIN app.short TO regress_pgm_reader;
GRANT USAGE ON SEQUENCE app.counter TO regress_pgm_writer;
$ddl$ AS ddl \gset
:model
SET pgmigrate.compare = 'all';
:model
:there
SELECT * FROM mig.rights ORDER BY 1;

----------------------------------------------------------------------
-- From there to less and to others; a REVOKE on the table takes the same
-- from its columns, which must have it back
----------------------------------------------------------------------
SELECT replace(replace(replace(replace(replace(:'ddl',
	'GRANT SELECT (tableoid)', 'GRANT SELECT (ctid, xmin)'),
	'GRANT ALL ON app.asset TO regress_pgm_writer', 'GRANT SELECT (id), INSERT (id, name) ON app.asset TO regress_pgm_writer'),
	'GRANT CREATE ON SCHEMA app TO regress_pgm_writer WITH GRANT OPTION', 'GRANT CREATE ON SCHEMA app TO regress_pgm_writer'),
	'GRANT EXECUTE ON FUNCTION app.biggest(integer) TO regress_pgm_reader WITH GRANT OPTION', 'GRANT EXECUTE ON FUNCTION app.biggest(integer) TO regress_pgm_reader'),
	'ALTER TABLE app.asset OWNER TO regress_pgm_owner', 'ALTER TABLE app.asset OWNER TO "regress_pgm Rôle ""x"" y"') AS ddl \gset
:model
:there
SELECT * FROM mig.rights WHERE what ~ 'asset|biggest|^app$' ORDER BY 1;
:back
SELECT * FROM mig.rights ORDER BY 1;

----------------------------------------------------------------------
-- What is made again has what it had, also when that is not compared
----------------------------------------------------------------------
SET pgmigrate.compare = 'schema';
CREATE VIEW app.ids AS SELECT id, name FROM app.asset;
ALTER VIEW app.ids OWNER TO regress_pgm_owner;
GRANT SELECT ON app.ids TO regress_pgm_reader;
GRANT UPDATE (name) ON app.ids TO PUBLIC;
COMMENT ON VIEW app.ids IS 'all of them';
SELECT :'ddl' || $ddl$
CREATE VIEW app.ids AS SELECT id::bigint AS id, name FROM app.asset;
COMMENT ON VIEW app.ids IS 'all of them';
$ddl$ AS ddl \gset
:model
:there
SELECT * FROM mig.rights WHERE what ~ 'ids' ORDER BY 1;
:back
SELECT * FROM mig.rights WHERE what ~ 'ids' ORDER BY 1;
SET pgmigrate.compare = 'all';
DROP SCHEMA app CASCADE;

----------------------------------------------------------------------
-- Grants that others than the owner made
----------------------------------------------------------------------
CREATE SCHEMA app;
CREATE TABLE app.asset (id integer);
SELECT $ddl$
CREATE SCHEMA app;
CREATE TABLE app.asset (id integer);
GRANT USAGE ON SCHEMA app TO PUBLIC;
ALTER TABLE app.asset OWNER TO regress_pgm_owner;
GRANT SELECT ON app.asset TO regress_pgm_writer WITH GRANT OPTION;
SET SESSION AUTHORIZATION regress_pgm_writer;
GRANT SELECT ON app.asset TO "regress_pgm Rôle ""x"" y" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "regress_pgm Rôle ""x"" y";
GRANT SELECT ON app.asset TO regress_pgm_reader;
RESET SESSION AUTHORIZATION;
$ddl$ AS ddl \gset
:model
:there
SELECT * FROM mig.rights ORDER BY 1;
SELECT replace(:'ddl', 'GRANT SELECT ON app.asset TO regress_pgm_reader', 'GRANT SELECT ON app.asset TO PUBLIC') AS ddl \gset
:model
:there
SELECT * FROM mig.rights ORDER BY 1;
:back
SELECT * FROM mig.rights ORDER BY 1;
SELECT mig.migrate_set_model('CREATE SCHEMA app; CREATE TABLE app.asset (id integer)') > 0 AS model;
SELECT statement FROM mig.migrate_diff();
:there
SELECT * FROM mig.rights ORDER BY 1;
DROP SCHEMA app CASCADE;

----------------------------------------------------------------------
-- Default privileges: what is made before they change is born with the old
-- ones, and what is made by the model with those of the model
----------------------------------------------------------------------
ALTER DEFAULT PRIVILEGES FOR ROLE regress_pgm_owner GRANT SELECT ON TABLES TO regress_pgm_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE SCHEMA app;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT, INSERT ON TABLES TO regress_pgm_writer;
SELECT $ddl$
CREATE SCHEMA app;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT, DELETE ON TABLES TO regress_pgm_writer;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO regress_pgm_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO "regress_pgm Rôle ""x"" y";
CREATE TABLE app.asset (id serial, number integer GENERATED ALWAYS AS IDENTITY);
REVOKE ALL ON SEQUENCE app.asset_number_seq FROM "regress_pgm Rôle ""x"" y";
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql STABLE RETURN 1;
CREATE TYPE app.mood AS ENUM ('good', 'bad');
$ddl$ AS ddl \gset
:model
:there
SELECT * FROM mig.rights ORDER BY 1;
:back
SELECT pg_get_userbyid(defaclrole) = current_user AS mine, defaclnamespace::regnamespace AS schema, defaclobjtype
	FROM pg_default_acl ORDER BY 1, 2, 3;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_pgm_owner REVOKE SELECT ON TABLES FROM regress_pgm_reader;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
DROP SCHEMA app CASCADE;

----------------------------------------------------------------------
-- The system's own, which a model mentions when they are not as they were;
-- pgmigrate's functions are left alone
----------------------------------------------------------------------
GRANT SELECT ON pg_class TO regress_pgm_owner WITH GRANT OPTION;
GRANT SELECT (relname) ON pg_class TO regress_pgm_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mig TO regress_pgm_reader;
SELECT $ddl$
REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
GRANT SELECT (relname, oid) ON pg_catalog.pg_class TO regress_pgm_reader;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO regress_pgm_owner;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT CREATE ON SCHEMA pg_catalog TO regress_pgm_owner;
REVOKE USAGE ON TYPE pg_catalog.money FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO regress_pgm_owner;
COMMENT ON SCHEMA public IS NULL;
$ddl$ AS ddl \gset
:model
:there
SELECT statement FROM mig.migrate_diff();
:back
SELECT mig.migrate_set_model('') AS model;
SELECT statement FROM mig.migrate_diff();
:there
SELECT relacl = initprivs AS as_before FROM pg_class, pg_init_privs WHERE oid = objoid AND oid = 'pg_class'::regclass;
SELECT 1 FROM pg_attribute WHERE attrelid = 'pg_class'::regclass AND attacl IS NOT NULL;

----------------------------------------------------------------------
-- A role that owns its schema and is no superuser: what it could not change in
-- the system is no affair of its
----------------------------------------------------------------------
CREATE ROLE regress_pgm_deploy;
GRANT regress_pgm_owner TO regress_pgm_deploy;
GRANT CREATE ON DATABASE :testdb TO regress_pgm_deploy;
GRANT ALL ON SCHEMA mig TO regress_pgm_deploy;
GRANT ALL ON ALL TABLES IN SCHEMA mig TO regress_pgm_deploy;
GRANT ALL ON ALL ROUTINES IN SCHEMA mig TO regress_pgm_deploy;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
SET pgmigrate.schemas = 'app';
SELECT mig.migrate_set_model($ddl$
CREATE SCHEMA app;
GRANT CREATE ON SCHEMA app TO regress_pgm_owner;
CREATE TABLE app.asset (id serial, name text);
ALTER TABLE app.asset OWNER TO regress_pgm_owner;
GRANT SELECT ON app.asset TO regress_pgm_reader;
CREATE VIEW app.ids AS SELECT id FROM app.asset;
GRANT SELECT ON app.ids TO PUBLIC;
$ddl$) > 0 AS model;
SET ROLE regress_pgm_deploy;
CREATE SCHEMA app;
CREATE TABLE app.asset (id integer);
SELECT statement FROM mig.migrate_diff();
SELECT mig.migrate_revision('there', autogenerate => true) IS NOT NULL AS written;
RESET ROLE;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_owner, regress_pgm_reader, regress_pgm_writer, "regress_pgm Rôle ""x"" y", regress_pgm_deploy;
