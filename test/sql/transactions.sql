--
-- A run is part of the caller's transaction: whatever way it is called and
-- however it ends, all of it is there or nothing.  What holds between two
-- sessions is in test/specs, what holds when a server dies in test/t.
--
\set home :DBNAME
\set testdb regression_pgmigrate_transactions
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
CREATE EXTENSION pgmigrate;

SELECT migrate_revision('one', 'CREATE TABLE one (i int); INSERT INTO one VALUES (1)', 'DROP TABLE one', rev_id => 'r1');
SELECT migrate_revision('two', 'CREATE TABLE two (i int)', 'DROP TABLE two', rev_id => 'r2');
SELECT migrate_revision('three', 'INSERT INTO one VALUES (3)', 'DELETE FROM one WHERE i = 3', rev_id => 'r3');

-- What there is: tables made by scripts, current revisions, log, and the lock
-- of a run, held by this session.
CREATE VIEW state AS
	SELECT (SELECT string_agg(relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class
			WHERE relname IN ('one', 'two', 'three', 'four') AND relkind = 'r') AS tables,
		(SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS version,
		(SELECT string_agg(id || ':' || direction || ' ' || revision, ', ' ORDER BY id) FROM migrate_log) AS log,
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'pg_extension'::regclass AND objsubid = 0) AS locks;
CREATE FUNCTION wipe() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM migrate_downgrade('base');
	DELETE FROM migrate_log;
END $$;
SELECT * FROM state;

-- A rolled back upgrade leaves no trace.
BEGIN;
SELECT step, direction, revision, down_revision, message FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT * FROM one;
SELECT revision, status FROM migrate_current();
ROLLBACK;
SELECT * FROM state;

-- Neither does a rolled back downgrade or stamp.
BEGIN;
SELECT revision FROM migrate_upgrade('head');
COMMIT;
SELECT * FROM state;
BEGIN;
SELECT revision FROM migrate_downgrade('base');
SELECT * FROM state;
ROLLBACK;
BEGIN;
SELECT revision, direction FROM migrate_stamp('r1');
SELECT * FROM state;
ROLLBACK;
SELECT * FROM state;

-- Nor does rolled back authoring.
BEGIN;
SELECT migrate_revision('four', 'CREATE TABLE four (i int)', rev_id => 'r4');
SELECT migrate_edit('r4', message => 'changed');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
ROLLBACK;
SELECT revision, message FROM migrate_history();
SELECT * FROM state;

-- Nothing to do: no lock, no transaction id, no row.
BEGIN;
SELECT revision FROM migrate_upgrade('head');
SELECT locks FROM state;
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
BEGIN;
SELECT revision FROM migrate_stamp('head');
SELECT revision FROM migrate_downgrade('r3');
SELECT locks, pg_current_xact_id_if_assigned() IS NULL AS nothing_written FROM state;
COMMIT;
SELECT wipe();

-- Savepoints: what is rolled back can be done again, and only once.
BEGIN;
SELECT revision FROM migrate_upgrade('r1');
SAVEPOINT s;
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
ROLLBACK TO s;
SELECT * FROM state;
SELECT revision FROM migrate_upgrade('+1');
RELEASE s;
COMMIT;
SELECT * FROM state;
SELECT wipe();

-- The lock of a run in a subtransaction goes with the subtransaction.
BEGIN;
SAVEPOINT s;
SELECT revision FROM migrate_upgrade('head');
SELECT locks FROM state;
ROLLBACK TO s;
SELECT locks FROM state;
COMMIT;

-- A failing script leaves nothing, not even of the revisions before it.
SELECT migrate_revision('fails', E'CREATE TABLE four (i int);\nINSERT INTO four VALUES (4);\nSELECT 1 / (migrate_arg(''divisor'', ''0''))::int;\nSELECT 4', 'DROP TABLE four', rev_id => 'r4');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
BEGIN;
SELECT revision FROM migrate_upgrade('r2');
SELECT revision FROM migrate_upgrade('head');
SELECT revision FROM migrate_current();
COMMIT;
SELECT * FROM state;
-- psql's own savepoint
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT revision FROM migrate_upgrade('r2');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
COMMIT;
\set ON_ERROR_ROLLBACK off
SELECT * FROM state;

-- Caught by PL/pgSQL: the rest of the transaction stands.
DO $$
BEGIN
	PERFORM migrate_upgrade('head');
EXCEPTION WHEN division_by_zero THEN
	RAISE WARNING 'caught: %', SQLERRM;
END $$;
SELECT * FROM state;
DO $$
DECLARE
	ctx text;
BEGIN
	PERFORM migrate_upgrade('r3');
	BEGIN
		PERFORM migrate_upgrade('r4');
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS ctx = PG_EXCEPTION_CONTEXT;
		RAISE WARNING 'caught: % %', SQLSTATE, ctx;
	END;
	PERFORM migrate_upgrade('r4', args => '{"divisor": 2}');
END $$;
SELECT * FROM state;
SELECT wipe();

-- In all the places where a query can stand.
CREATE FUNCTION in_plpgsql() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
	steps text := '';
BEGIN
	FOR r IN SELECT * FROM migrate_upgrade('r3') LOOP
		steps := steps || ' ' || r.step || ':' || r.revision;
	END LOOP;
	RETURN steps;
END $$;
SELECT in_plpgsql();
CREATE FUNCTION in_sql() RETURNS SETOF text LANGUAGE sql AS $$ SELECT revision FROM migrate_downgrade('r1') $$;
SELECT in_sql();
SELECT * FROM state;
SELECT wipe();
PREPARE up(text) AS SELECT revision FROM migrate_upgrade($1);
EXECUTE up('r1');
EXECUTE up('r1');
EXECUTE up('+1');
EXECUTE up('+1');
SELECT * FROM state;
SELECT wipe();
EXECUTE up('r3');
DEALLOCATE up;
SELECT * FROM state;
SELECT wipe();
CREATE TABLE steps AS SELECT step, revision FROM migrate_upgrade('r3');
SELECT * FROM steps;
SELECT * FROM state;
SELECT wipe();
INSERT INTO steps SELECT step + 10, revision FROM migrate_upgrade('r2');
SELECT * FROM steps ORDER BY step;
DROP TABLE steps;
SELECT wipe();
-- Two calls in one command, in order.
SELECT step, revision FROM migrate_upgrade('+1') UNION ALL SELECT step, revision FROM migrate_upgrade('+1');
SELECT * FROM state;
SELECT wipe();
-- A reader that stops early does not stop the run.
SELECT revision FROM migrate_upgrade('r3') LIMIT 1;
SELECT * FROM state;
SELECT wipe();
SELECT (migrate_upgrade('r3')).revision LIMIT 1;
SELECT version FROM state;
SELECT wipe();
SELECT EXISTS (SELECT FROM migrate_upgrade('r3'));
SELECT version FROM state;
SELECT wipe();
SELECT revision FROM migrate_upgrade('r3') WHERE false;
SELECT * FROM state;
BEGIN;
DECLARE c CURSOR FOR SELECT revision FROM migrate_upgrade('r3');
SELECT version FROM state;
FETCH 1 FROM c;
SELECT version FROM state;
CLOSE c;
COMMIT;
SELECT * FROM state;
SELECT wipe();
-- For each row of something.
SELECT t, u.revision FROM unnest('{r1,r2,r2,r3}'::text[]) t LEFT JOIN LATERAL migrate_upgrade(t) u ON true;
SELECT * FROM state;
SELECT wipe();
-- From a trigger.
CREATE TABLE deploy (target text);
CREATE FUNCTION deploy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM migrate_upgrade(NEW.target); RETURN NEW; END $$;
CREATE TRIGGER deploy AFTER INSERT ON deploy FOR EACH ROW EXECUTE FUNCTION deploy();
INSERT INTO deploy VALUES ('r1'), ('r3');
SELECT * FROM state;
SELECT wipe();
-- Deferred, at commit.
DROP TRIGGER deploy ON deploy;
CREATE CONSTRAINT TRIGGER deploy AFTER INSERT ON deploy DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deploy();
BEGIN;
INSERT INTO deploy VALUES ('r2');
SELECT version FROM state;
COMMIT;
SELECT * FROM state;
BEGIN;
INSERT INTO deploy VALUES ('r4');
COMMIT;
SELECT * FROM state;
DROP TABLE deploy;
SELECT wipe();
-- From a procedure that commits: each call is a transaction.
CREATE PROCEDURE step_by_step() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..4 LOOP
		PERFORM migrate_upgrade('+1');
		COMMIT;
	END LOOP;
END $$;
CALL step_by_step();
SELECT * FROM state;
SELECT wipe();

-- Several commands in one message are one transaction.
SELECT revision FROM migrate_upgrade('r1')\; SELECT revision FROM migrate_upgrade('r3')\; SELECT 1 / 0;
SELECT * FROM state;

-- Read-only transactions: looking works, the rest says why not.
SELECT revision FROM migrate_upgrade('r2');
BEGIN READ ONLY;
SELECT revision, status FROM migrate_current();
SELECT revision FROM migrate_heads();
SELECT revision FROM migrate_branches();
SELECT revision, applied FROM migrate_history();
SELECT revision, applied FROM migrate_show('r1');
SELECT step, revision FROM migrate_plan('head');
SELECT count(*) > 0 AS some FROM migrate_check(false);
SELECT count(*) > 0 AS some FROM migrate_graph();
SELECT count(*) > 0 AS some FROM migrate_sql('upgrade', 'base:head');
SELECT migrate_arg('key', 'fallback'), migrate_tag();
SAVEPOINT s;
SELECT migrate_upgrade('head');
ROLLBACK TO s;
SELECT migrate_upgrade('r2');		-- nothing to do
ROLLBACK TO s;
SELECT migrate_upgrade(1);
ROLLBACK TO s;
SELECT migrate_upgrade('{r3}'::text[]);
ROLLBACK TO s;
SELECT migrate_downgrade('-1');
ROLLBACK TO s;
SELECT migrate_downgrade(-1);
ROLLBACK TO s;
SELECT migrate_stamp('r1');
ROLLBACK TO s;
SELECT migrate_stamp('{r1}'::text[]);
ROLLBACK TO s;
SELECT migrate_revision('m', '', '');
ROLLBACK TO s;
SELECT migrate_revision('m', depends_on => '{r1}'::text[]);
ROLLBACK TO s;
SELECT migrate_revision('m', head => '{r4}'::text[]);
ROLLBACK TO s;
SELECT migrate_merge('heads');
ROLLBACK TO s;
SELECT migrate_merge('{r4}'::text[]);
ROLLBACK TO s;
SELECT migrate_edit('r4', message => 'm');
ROLLBACK TO s;
SELECT migrate_delete('r4');
ROLLBACK TO s;
SELECT migrate_approve('r4');
ROLLBACK TO s;
SELECT migrate_grant('look', current_user);
ROLLBACK TO s;
SELECT migrate_revoke('look', current_user);
ROLLBACK TO s;
SELECT migrate_require_current('{r2}');
ROLLBACK TO s;
COMMIT;
SELECT * FROM state;
SELECT wipe();

-- A run inside a run is refused, directly or not.
SELECT migrate_edit('r4', downgrade => 'DROP TABLE IF EXISTS four');
SELECT migrate_edit('r4', upgrade => 'CREATE TABLE four (i int); SELECT migrate_upgrade(''head'')');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT migrate_edit('r4', upgrade => 'SELECT migrate_downgrade(''-1'')');
SELECT revision FROM migrate_upgrade('head');
SELECT migrate_edit('r4', upgrade => 'SELECT migrate_stamp(''r1'')');
SELECT revision FROM migrate_upgrade('head');
SELECT migrate_edit('r4', upgrade => 'DO $$ BEGIN PERFORM migrate_upgrade(''r1''); EXCEPTION WHEN OTHERS THEN RAISE WARNING ''%: %'', SQLSTATE, SQLERRM; END $$');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT wipe();
-- after an error in a run the next one is not taken for a nested one
SELECT revision FROM migrate_upgrade('r2');
SELECT wipe();
-- Looking from inside a script is allowed, and shows the state before the run.
SELECT migrate_edit('r4', upgrade => 'CREATE TABLE four AS SELECT revision, applied FROM migrate_history(); INSERT INTO four SELECT ''current '' || revision FROM migrate_current()', force => true);
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM four;
SELECT wipe();

-- A script that changes the revisions while it runs.
SELECT migrate_edit('r4', upgrade => 'SELECT migrate_edit(''r4'', upgrade => ''SELECT 4'', force => true)');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT wipe();
SELECT migrate_edit('r4', upgrade => 'SELECT migrate_delete(''r4'')');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT migrate_edit('r4', upgrade => 'SELECT migrate_revision(''five'', '''', '''', rev_id => ''r5'')');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT revision, applied FROM migrate_history();
SELECT migrate_delete('r5');
SELECT wipe();
-- the next revision is changed by the one before it
SELECT migrate_edit('r4', upgrade => 'CREATE TABLE four AS SELECT ''old'' AS t');
SELECT migrate_edit('r3', upgrade => 'SELECT migrate_edit(''r4'', upgrade => ''CREATE TABLE four AS SELECT ''''new'''' AS t'')', downgrade => '');
SELECT revision FROM migrate_upgrade('head');
SELECT * FROM state;
SELECT migrate_edit('r3', upgrade => 'INSERT INTO one VALUES (3)', downgrade => 'DELETE FROM one WHERE i = 3');
SELECT wipe();

-- A script that takes the ground from under its feet.
SELECT migrate_edit('r4', upgrade => 'DROP EXTENSION pgmigrate', downgrade => '', force => true);
\set VERBOSITY terse
SELECT revision FROM migrate_upgrade('head');
\set VERBOSITY default
SELECT * FROM state;
SELECT migrate_edit('r4', upgrade => 'DROP EXTENSION pgmigrate CASCADE');
\set VERBOSITY terse
SELECT revision FROM migrate_upgrade('head');
\set VERBOSITY default
SELECT * FROM state;
SELECT migrate_edit('r4', upgrade => 'ALTER EXTENSION pgmigrate DROP TABLE migrate_log; DROP TABLE migrate_log CASCADE');
\set VERBOSITY terse
SELECT revision FROM migrate_upgrade('head');
\set VERBOSITY default
SELECT * FROM state;
SELECT migrate_edit('r4', upgrade => 'ALTER TABLE migrate_log RENAME TO log');
\set VERBOSITY terse
SELECT revision FROM migrate_upgrade('head');
\set VERBOSITY default
SELECT * FROM state;
SELECT migrate_edit('r4', upgrade => 'CREATE SCHEMA elsewhere; ALTER EXTENSION pgmigrate SET SCHEMA elsewhere', downgrade => 'ALTER EXTENSION pgmigrate SET SCHEMA public; DROP SCHEMA elsewhere');
SELECT revision FROM migrate_upgrade('head');
SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'pgmigrate';
SELECT * FROM state;
DROP VIEW state;
DROP FUNCTION wipe();
DROP EXTENSION pgmigrate;
DROP SCHEMA IF EXISTS elsewhere CASCADE;
DROP TABLE IF EXISTS one, two, four;

-- Settings ---------------------------------------------------------------
CREATE EXTENSION pgmigrate;
CREATE TABLE seen (id serial, name text, value text);
CREATE VIEW settings AS
	SELECT name, setting FROM pg_settings
	WHERE name IN ('search_path', 'TimeZone', 'DateStyle', 'IntervalStyle',
		'work_mem', 'role', 'lock_timeout', 'check_function_bodies', 'pgmigrate.args', 'pgmigrate.tag');
SELECT migrate_revision('looks', $$
	INSERT INTO seen (name, value) SELECT name, setting FROM settings WHERE name NOT IN ('role') ORDER BY name COLLATE "C";
	INSERT INTO seen (name, value) VALUES ('user', CASE current_user WHEN session_user THEN 'same' ELSE current_user END),
		('a\b', '2026-02-01 12:00+02'::timestamptz::text || ' ' || interval '1 day 1 hour'),
		('key', migrate_arg('key')), ('tag', migrate_tag())$$,
	'', rev_id => 's1');
SELECT migrate_revision('sets', $$
	CREATE SCHEMA app;
	SET search_path = app;
	SET TimeZone = 'Asia/Tokyo';
	SET LOCAL DateStyle = 'German';
	SELECT set_config('work_mem', '77MB', false), set_config('lock_timeout', '7s', true);
	CREATE TABLE in_app AS SELECT '\\' AS two_backslashes;
	SET pgmigrate.args = '{"key": "changed"}';
	SET pgmigrate.tag = 'changed';
	SET check_function_bodies = off$$,
	'DROP SCHEMA app CASCADE', rev_id => 's2');
SELECT migrate_revision('looks again', $$
	INSERT INTO public.seen (name, value) SELECT name, setting FROM public.settings WHERE name NOT IN ('role') ORDER BY name COLLATE "C";
	INSERT INTO public.seen (name, value) VALUES ('key', migrate_arg('key')), ('tag', migrate_tag());
	RESET ALL;
	RESET search_path$$,
	'', rev_id => 's3');
SELECT migrate_revision('fails', 'SET search_path = nowhere; SET work_mem = ''66MB''; SELECT 1 / 0', '', rev_id => 's4');
SET TimeZone = 'Europe/Paris';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'iso_8601';
-- (19 has no other string literals any more)
SELECT current_setting('server_version_num')::int < 190000 AS old \gset
\if :old
SET escape_string_warning = off;
SET standard_conforming_strings = off;
\endif
SET work_mem = '5MB';
CREATE SCHEMA mine;
SET search_path = mine, public, pg_temp;
SET pgmigrate.tag = 'session';
BEGIN;
SET LOCAL lock_timeout = '3s';
SELECT * FROM settings ORDER BY name COLLATE "C";
SELECT revision FROM migrate_upgrade('s3', args => '{"key": "value"}', tag => 'call');
SELECT * FROM settings ORDER BY name COLLATE "C";
COMMIT;
SELECT name, setting FROM settings WHERE name = 'lock_timeout';
SELECT name, value FROM seen ORDER BY id;
SELECT * FROM app.in_app;
SELECT migrate_arg('key', 'none') AS arg, migrate_tag() AS tag;
-- restored after a failure too, whether or not the transaction goes on
SELECT revision FROM migrate_upgrade('s4', args => '{"key": "value"}', tag => 'call');
SELECT * FROM settings ORDER BY name COLLATE "C";
BEGIN;
SAVEPOINT s;
SELECT revision FROM migrate_upgrade('s4', args => '{"key": "value"}', tag => 'call');
ROLLBACK TO s;
SELECT * FROM settings ORDER BY name COLLATE "C";
SELECT migrate_arg('key', 'none') AS arg, migrate_tag() AS tag;
COMMIT;
DO $$ BEGIN PERFORM migrate_upgrade('s4', '{"key": "value"}', 'call'); EXCEPTION WHEN division_by_zero THEN NULL; END $$;
SELECT migrate_arg('key', 'none') AS arg, migrate_tag() AS tag;
SHOW search_path;
-- the defaults for args and tag
SET pgmigrate.args = '{"key": "from the session", "other": 1}';
SELECT migrate_arg('key') AS key, migrate_arg('other') AS other, migrate_tag() AS tag;
SELECT revision FROM migrate_downgrade('base');
TRUNCATE seen;
SELECT revision FROM migrate_upgrade('s1');
SELECT name, value FROM seen WHERE name IN ('key', 'tag') ORDER BY name;
RESET ALL;
SET client_min_messages = warning;
SELECT revision FROM migrate_downgrade('base');

-- pgmigrate.search_path says where unqualified names go.
TRUNCATE seen;
SET pgmigrate.search_path = 'mine, public';
SELECT migrate_edit('s2', upgrade => 'CREATE TABLE here (i int); INSERT INTO seen (name, value) SELECT ''schemas'', current_schemas(false)::text', downgrade => 'DROP TABLE here');
SELECT revision FROM migrate_upgrade('s2');
SELECT 'mine.here'::regclass;
SELECT name, value FROM seen WHERE name = 'schemas';
SELECT revision FROM migrate_downgrade('s1');
RESET pgmigrate.search_path;

-- Temporary tables: of the caller, they capture nothing; of a script, they
-- serve until the end of the transaction or session.
CREATE TEMP TABLE here (i int);
CREATE TEMP TABLE seen (id int, name text, value text);
SET search_path = pg_temp, public;
SELECT revision FROM migrate_upgrade('s2');
SELECT count(*) AS captured FROM pg_temp.seen;
SELECT 'public.here'::regclass;
SELECT revision FROM migrate_downgrade('s1');
DROP TABLE pg_temp.here, pg_temp.seen;
RESET search_path;
SELECT migrate_edit('s2', upgrade => 'CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT generate_series(1, 3) AS i; ANALYZE scratch; INSERT INTO seen (name, value) SELECT ''scratch'', sum(i) FROM scratch', downgrade => '');
SELECT migrate_edit('s3', upgrade => 'INSERT INTO seen (name, value) SELECT ''scratch again'', count(*) FROM scratch', downgrade => '');
SELECT revision FROM migrate_upgrade('s3');
SELECT name, value FROM seen WHERE name ~ 'scratch' ORDER BY id;
SELECT to_regclass('pg_temp.scratch');

-- Ways to end early -----------------------------------------------------
SELECT revision FROM migrate_downgrade('s1');
SELECT migrate_edit('s2', upgrade => E'CREATE TABLE slow (i int);\nSELECT pg_sleep(30)');
\set SHOW_CONTEXT never
SET statement_timeout = '200ms';
SELECT revision FROM migrate_upgrade('s2');
\echo :SQLSTATE
RESET statement_timeout;
SELECT to_regclass('slow'), (SELECT revision FROM migrate_current());
SELECT migrate_edit('s2', upgrade => 'CREATE TABLE slow (i int); SELECT pg_cancel_backend(pg_backend_pid()); SELECT pg_sleep(30)');
SELECT revision FROM migrate_upgrade('s2');
\echo :SQLSTATE
SELECT to_regclass('slow'), (SELECT revision FROM migrate_current());
-- a cancel is not for PL/pgSQL to catch
DO $$ BEGIN PERFORM migrate_upgrade('s2'); EXCEPTION WHEN OTHERS THEN RAISE WARNING 'caught'; END $$;
\echo :SQLSTATE
\set SHOW_CONTEXT errors
-- what only fails at commit
SELECT migrate_edit('s2', upgrade => 'CREATE TABLE parent (i int PRIMARY KEY); CREATE TABLE child (i int REFERENCES parent DEFERRABLE INITIALLY DEFERRED); INSERT INTO child VALUES (1)');
SELECT revision FROM migrate_upgrade('s2');
\echo :SQLSTATE
SELECT to_regclass('child'), (SELECT revision FROM migrate_current());
-- a procedure or block that commits
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
SELECT migrate_edit('s2', upgrade => 'CREATE TABLE slow (i int); CALL commits()');
SELECT revision FROM migrate_upgrade('s2');
\echo :SQLSTATE
SELECT migrate_edit('s2', upgrade => 'CREATE TABLE slow (i int); DO $$ BEGIN ROLLBACK; END $$');
SELECT revision FROM migrate_upgrade('s2');
\echo :SQLSTATE
SELECT to_regclass('slow'), (SELECT revision FROM migrate_current());
-- a script that changes a table which the calling query reads
CREATE TABLE busy (i int);
INSERT INTO busy VALUES (1), (2);
SELECT migrate_edit('s2', upgrade => 'ALTER TABLE busy ADD COLUMN j int');
SELECT i, revision FROM busy, LATERAL migrate_upgrade('s2', tag => i::text);
\echo :SQLSTATE
SELECT i, (SELECT count(*) FROM migrate_upgrade('s2')) FROM busy;
\echo :SQLSTATE
SELECT revision FROM migrate_upgrade('s2');
SELECT * FROM busy;
-- endless recursion in a script
SELECT revision FROM migrate_downgrade('s1');
CREATE FUNCTION forever(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN forever(i + 1); END $$;
SELECT migrate_edit('s2', upgrade => 'SELECT forever(1)');
\set VERBOSITY sqlstate
SELECT revision FROM migrate_upgrade('s2');
\set VERBOSITY default
SELECT revision FROM migrate_current();
SELECT count(*) AS locks FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'pg_extension'::regclass;

\c :home
DROP DATABASE :testdb;
