-- migrate_adopt() and migrate_baseline(): wrong input at every door, histories
-- that are none, names and tables that mean harm, rights.
\set home :DBNAME
\set testdb regression_pgmigrate_adopt_bad
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_adopter, regress_pgm_deployer, regress_pgm_mallory;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
CREATE ROLE regress_pgm_adopter SUPERUSER;
CREATE ROLE regress_pgm_deployer;
CREATE ROLE regress_pgm_mallory;
SET SESSION AUTHORIZATION regress_pgm_adopter;
CREATE EXTENSION pgmigrate;
SELECT migrate_revision('one', 'CREATE TABLE t1 ()', 'DROP TABLE t1', rev_id => '1');
SELECT migrate_revision('two', 'CREATE TABLE t2 ()', 'DROP TABLE t2', rev_id => '2');

--
-- Arguments
--
SELECT * FROM migrate_adopt(NULL);
SELECT * FROM migrate_adopt('');
SELECT * FROM migrate_adopt('liquibase');
SELECT * FROM migrate_adopt('Alembic');
SELECT * FROM migrate_adopt('alembic', history => '');
SELECT * FROM migrate_adopt('alembic', history => 'a.b.c.d');
SELECT * FROM migrate_adopt('alembic', history => 'otherdb.public.alembic_version');
SELECT * FROM migrate_adopt('alembic', history => '"');
SELECT * FROM migrate_adopt('alembic', history => 'nowhere.alembic_version');
SELECT * FROM migrate_adopt('sqitch', history => 'a.b');
SELECT * FROM migrate_adopt('sqitch', history => 'nowhere');
SELECT * FROM migrate_adopt('sqitch');
SELECT * FROM migrate_adopt('flyway');
SELECT * FROM migrate_adopt('alembic', project => 'x');
SELECT * FROM migrate_adopt('alembic', map => '[]');
SELECT * FROM migrate_adopt('alembic', map => '"1"');
SELECT * FROM migrate_adopt('alembic', allow_holes => NULL);
SELECT * FROM migrate_adopt('alembic', dry_run => NULL);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('1');
SELECT * FROM migrate_adopt('alembic', map => '{"1": 1}');
SELECT * FROM migrate_adopt('alembic', map => '{"1": {"a": "b"}}');
SELECT * FROM migrate_adopt('alembic', map => '{"1": "nope"}');
SELECT * FROM migrate_adopt('alembic', map => '{"1": ""}');

--
-- Tables that are not what they should be
--
CREATE SCHEMA golang
	CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
INSERT INTO golang.schema_migrations VALUES (2, false);
SELECT * FROM migrate_adopt('dbmate', history => 'golang.schema_migrations');
SELECT * FROM migrate_adopt('alembic', history => 'golang.schema_migrations');
SELECT * FROM migrate_adopt('dbmate');
SELECT * FROM migrate_adopt('flyway', history => 'alembic_version');
CREATE TABLE nullable (version text);
INSERT INTO nullable VALUES ('1'), (NULL);
SELECT * FROM migrate_adopt('rails', history => 'nullable');
CREATE SEQUENCE counted;
SELECT * FROM migrate_adopt('rails', history => 'counted');
SELECT * FROM migrate_adopt('rails', history => 'alembic_version_pkey');

-- names
CREATE SCHEMA "My ""Schema"";";
CREATE TABLE "My ""Schema"";"."Größe'$$ \" (version text COLLATE "C" PRIMARY KEY);
INSERT INTO "My ""Schema"";"."Größe'$$ \" VALUES ('1');
SELECT * FROM migrate_adopt('rails', history => '"My ""Schema"";"."Größe''$$ \"', dry_run => true);
SELECT * FROM migrate_adopt('alembic', history => 'public.ALEMBIC_VERSION', dry_run => true);
ALTER TABLE alembic_version SET SCHEMA "My ""Schema"";";
SELECT * FROM migrate_adopt('alembic');
SELECT * FROM migrate_adopt('alembic', history => '"My ""Schema"";".alembic_version', dry_run => true);
ALTER TABLE "My ""Schema"";".alembic_version SET SCHEMA public;
CREATE SCHEMA "Registry one"
	CREATE TABLE changes (change_id text PRIMARY KEY, change text, project text, note text, committed_at timestamptz);
INSERT INTO "Registry one".changes VALUES ('c1', '1', 'p', 'a note', now()), ('c2', E'a\nb', 'p', NULL, now());
SELECT * FROM migrate_adopt('sqitch', history => '"Registry one"', dry_run => true);

--
-- Tables that mean harm.  Mallory may create things in public, where others
-- look first.
--
GRANT CREATE ON SCHEMA public TO regress_pgm_mallory;
DROP TABLE alembic_version;
SET ROLE regress_pgm_mallory;
CREATE FUNCTION rob() RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE WARNING 'run as %', current_user; RETURN '2'; END $$;
CREATE VIEW alembic_version AS SELECT rob() AS version_num;
RESET ROLE;
SELECT * FROM migrate_adopt('alembic');
SELECT * FROM migrate_adopt('alembic', dry_run => true);
-- who names it has it run, as in any SELECT
SELECT * FROM migrate_adopt('alembic', history => 'public.alembic_version', dry_run => true);
SET ROLE regress_pgm_mallory;
DROP VIEW alembic_version;
CREATE TYPE trap AS (a text);
CREATE FUNCTION trap_text(trap) RETURNS text LANGUAGE sql AS 'SELECT rob()';
CREATE CAST (trap AS text) WITH FUNCTION trap_text(trap) AS IMPLICIT;
CREATE TABLE alembic_version (version_num trap);
INSERT INTO alembic_version VALUES (ROW('2'));
RESET ROLE;
SELECT * FROM migrate_adopt('alembic');
SET ROLE regress_pgm_mallory;
DROP TABLE alembic_version;
CREATE DOMAIN label AS text CHECK (VALUE <> '');
CREATE TABLE alembic_version (version_num label);
INSERT INTO alembic_version VALUES ('2');
ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE alembic_version FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON alembic_version USING (rob() = '2');
GRANT SELECT ON alembic_version TO regress_pgm_deployer;
RESET ROLE;
SELECT * FROM migrate_adopt('alembic', dry_run => true);
SELECT migrate_grant('run', 'regress_pgm_deployer');
SET ROLE regress_pgm_deployer;
SELECT * FROM migrate_adopt('alembic');
SHOW row_security;
RESET ROLE;
DROP TABLE alembic_version;

--
-- Rights
--
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY, other text);
INSERT INTO alembic_version VALUES ('1');
SET ROLE regress_pgm_mallory;
SELECT * FROM migrate_adopt('alembic');
SELECT migrate_baseline();
SET ROLE regress_pgm_deployer;
SELECT * FROM migrate_adopt('alembic');
SELECT * FROM migrate_adopt('alembic', dry_run => true);
SELECT * FROM migrate_adopt('sqitch', history => '"Registry one"');
RESET ROLE;
GRANT SELECT (version_num) ON alembic_version TO regress_pgm_deployer;
SET ROLE regress_pgm_deployer;
SELECT * FROM migrate_adopt('alembic');
RESET ROLE;
SELECT revision, direction, ran_as FROM migrate_log;

--
-- Where nothing can be written
--
BEGIN READ ONLY;
SELECT * FROM migrate_adopt('alembic', dry_run => true);
SELECT * FROM migrate_adopt('alembic');
ROLLBACK;
BEGIN READ ONLY;
SELECT migrate_baseline();
ROLLBACK;
SELECT migrate_revision('calls', 'SELECT * FROM migrate_adopt(''alembic'')', '', rev_id => '3');
SELECT migrate_revision('calls', 'SELECT migrate_baseline()', '', rev_id => '4');
SELECT * FROM migrate_upgrade('3');
SELECT revision FROM migrate_stamp('3');
SELECT * FROM migrate_upgrade('4');
-- in a transaction whose snapshot is older than a run by others nothing is
-- stamped; see the isolation tests for the lock

-- a current revision without a script
DELETE FROM migrate_version;
INSERT INTO migrate_version VALUES ('lost', 0);
SELECT * FROM migrate_adopt('alembic');
SELECT * FROM migrate_adopt('alembic', dry_run => true);

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_adopter, regress_pgm_deployer, regress_pgm_mallory;
