--
-- Where an online run cuts a script: the column "transactions" of
-- migrate_plan(), for all kinds of statements; what the functions say to
-- scripts that they cannot run; and what is still refused when it is written.
-- Hardly any of them is run.
--
\set home :DBNAME
\set testdb regression_pgmigrate_online_plan
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_online;
CREATE ROLE regress_pgm_online SUPERUSER;		-- a name that is in messages
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_pgm_online;
CREATE EXTENSION pgmigrate;

--
-- Which statements run outside of a transaction
--
CREATE TABLE script (n int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO script (text) VALUES
	-- never inside of a transaction
	('CREATE INDEX CONCURRENTLY ON t (i)'),
	('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (i)'),
	('DROP INDEX CONCURRENTLY t_i'),
	('DROP INDEX CONCURRENTLY IF EXISTS t_i'),
	('REINDEX INDEX CONCURRENTLY t_i'),
	('REINDEX TABLE CONCURRENTLY t'),
	('REINDEX (CONCURRENTLY) TABLE t'),
	('REINDEX (VERBOSE, CONCURRENTLY on) INDEX t_i'),
	('REINDEX SCHEMA public'),
	('REINDEX SCHEMA CONCURRENTLY public'),
	('REINDEX DATABASE x'),
	('REINDEX SYSTEM x'),
	('VACUUM'),
	('VACUUM t'),
	('VACUUM (ANALYZE) t (i)'),
	('VACUUM FULL t'),
	('CREATE DATABASE x'),
	('DROP DATABASE x'),
	('DROP DATABASE IF EXISTS x WITH (FORCE)'),
	('ALTER DATABASE x SET TABLESPACE y'),
	('CREATE TABLESPACE x LOCATION ''/nonexistent'''),
	('DROP TABLESPACE x'),
	('ALTER SYSTEM SET work_mem = ''1MB'''),
	('ALTER SYSTEM RESET ALL'),
	('ALTER TABLE p DETACH PARTITION t CONCURRENTLY'),
	('CREATE SUBSCRIPTION s CONNECTION ''dbname=x'' PUBLICATION p'),
	('CREATE SUBSCRIPTION s CONNECTION ''dbname=x'' PUBLICATION p WITH (create_slot = true)'),
	('CLUSTER'),
	('CLUSTER VERBOSE'),
	-- online, because it may be that they cannot
	('REINDEX TABLE t'),
	('REINDEX INDEX t_i'),
	('REINDEX (CONCURRENTLY off) INDEX t_i'),
	('CLUSTER t USING t_i'),
	('ALTER SUBSCRIPTION s REFRESH PUBLICATION'),
	('ALTER SUBSCRIPTION s DISABLE'),
	('DROP SUBSCRIPTION s'),
	('CALL p()'),
	('DO $$ BEGIN UPDATE t SET i = 1; COMMIT; END $$'),
	('DO LANGUAGE plpgsql ''BEGIN rollback; END'''),
	('DO $$ BEGIN NULL; Commit; END $$ LANGUAGE plpgsql'),
	-- inside
	('DO $$ BEGIN PERFORM 1; END $$'),
	('DO $$ BEGIN PERFORM committed FROM t; END $$'),
	('CREATE INDEX ON t (i)'),
	('CREATE INDEX concurrently_ ON t (i)'),
	('DROP INDEX t_i'),
	('ANALYZE'),
	('ANALYZE t'),
	('ALTER DATABASE x SET work_mem = ''1MB'''),
	('ALTER DATABASE x CONNECTION LIMIT 7'),
	('ALTER TABLESPACE x RENAME TO y'),
	('ALTER TABLE t SET TABLESPACE x'),
	('ALTER TABLE p DETACH PARTITION t'),
	('ALTER TABLE p DETACH PARTITION t FINALIZE'),
	('ALTER TABLE p ATTACH PARTITION t DEFAULT'),
	('CREATE SUBSCRIPTION s CONNECTION ''dbname=x'' PUBLICATION p WITH (connect = false)'),
	('CREATE SUBSCRIPTION s CONNECTION ''dbname=x'' PUBLICATION p WITH (create_slot = off, slot_name = x)'),
	('REFRESH MATERIALIZED VIEW CONCURRENTLY v'),
	('ALTER TABLE t ADD CONSTRAINT c CHECK (i > 0) NOT VALID'),
	('ALTER TABLE t VALIDATE CONSTRAINT c'),
	('CHECKPOINT'),
	('COMMENT ON TABLE t IS ''VACUUM; CREATE INDEX CONCURRENTLY; COMMIT'''),
	('SELECT ''VACUUM'' /* VACUUM; */ -- VACUUM;'),
	('CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE ''VACUUM''; END $$'),
	('CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$'),
	('CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; SELECT 2; END'),
	('GRANT CREATE ON DATABASE x TO PUBLIC'),
	('COPY t FROM ''/nonexistent'''),
	('SET work_mem = ''1MB''');
SELECT count(migrate_revision(left(text, 40), text, text, rev_id => format('s%s', to_char(n, 'FM000')))) FROM (SELECT * FROM script ORDER BY n) s;
\pset format unaligned
SELECT p.transactions, s.text FROM migrate_plan('head') p JOIN script s ON p.step = s.n ORDER BY n;
-- (19 has a new name for one of them)
SELECT CASE WHEN current_setting('server_version_num')::int < 190000 THEN 'CLUSTER' ELSE 'REPACK' END AS repack \gset
SELECT migrate_revision('all tables', :'repack', '', rev_id => 'all') || ' ' || migrate_revision('one', :'repack' || ' t', '', rev_id => 'one') AS written;
SELECT revision, transactions FROM migrate_plan('head') WHERE revision IN ('all', 'one');
SELECT migrate_delete('one') || ' ' || migrate_delete('all') AS deleted;
-- downwards as well
SELECT count(*) FROM migrate_stamp('head');
SELECT count(*) FROM migrate_plan('base', 'downgrade') p JOIN script s ON p.revision = format('s%s', to_char(n, 'FM000')) WHERE p.transactions = '1*';
SELECT count(*), count(transactions) FROM migrate_plan('base', 'stamp');
SELECT count(*) FROM migrate_stamp('base');
DELETE FROM migrate_script;
DELETE FROM migrate_log;

--
-- Several statements
--
TRUNCATE script RESTART IDENTITY;
INSERT INTO script (text) VALUES
	(''),
	('-- VACUUM'),
	('SELECT 1'),
	('SELECT 1; SELECT 2'),
	('VACUUM; SELECT 2'),
	('SELECT 1; VACUUM'),
	('SELECT 1; VACUUM; SELECT 3'),
	('SELECT 1; SELECT 2; VACUUM; SELECT 4; SELECT 5; SELECT 6'),
	('VACUUM; VACUUM'),
	('VACUUM; VACUUM; SELECT 3; VACUUM'),
	('VACUUM; SELECT 2; VACUUM; SELECT 4; VACUUM'),
	(';;; VACUUM ;;; SELECT 2 ;;;'),
	('/* ; */ SELECT 1; -- ; VACUUM
	  VACUUM'),
	('SELECT 1; DO ''BEGIN COMMIT; END''; SELECT 3'),
	('SET work_mem = ''1MB''; VACUUM; RESET work_mem'),
	(repeat('SELECT 1; ', 12) || 'VACUUM;' || repeat(' SELECT 1;', 100) || 'CLUSTER; CALL p();' || repeat(' SELECT 1;', 9)),
	-- enums: new values are committed before anything can use them
	('ALTER TYPE mood ADD VALUE ''happy'''),
	('ALTER TYPE mood ADD VALUE ''happy''; SELECT 1'),
	('ALTER TYPE mood ADD VALUE ''happy''; INSERT INTO m VALUES (''happy'')'),
	('ALTER TYPE mood ADD VALUE ''happy''; SELECT 2; INSERT INTO m VALUES (''happy'')'),
	('ALTER TYPE mood ADD VALUE ''happy''; INSERT INTO m VALUES (''unhappy'')'),
	('INSERT INTO m VALUES (''happy''); ALTER TYPE mood ADD VALUE ''happy'''),
	('SELECT 1; ALTER TYPE mood ADD VALUE IF NOT EXISTS ''happy'' BEFORE ''sad''; INSERT INTO m VALUES (''happy''); SELECT 3'),
	('ALTER TYPE mood ADD VALUE ''a''; ALTER TYPE mood ADD VALUE ''b''; INSERT INTO m VALUES (''a''), (''b'')'),
	('ALTER TYPE mood ADD VALUE ''one''; ALTER TYPE mood ADD VALUE ''two'' AFTER ''one''; SELECT 3'),
	('ALTER TYPE mood ADD VALUE ''it''''s''; INSERT INTO m VALUES (''it''''s'')'),
	('ALTER TYPE mood ADD VALUE ''it''''s''; INSERT INTO m VALUES ($$it''s$$)'),
	('ALTER TYPE mood ADD VALUE ''a\b''; INSERT INTO m VALUES (''a\b'')'),
	('ALTER TYPE mood RENAME VALUE ''sad'' TO ''blue''; INSERT INTO m VALUES (''blue'')'),
	('CREATE TYPE mood AS ENUM (''sad''); ALTER TYPE mood ADD VALUE ''happy''; CREATE TABLE m (m mood DEFAULT ''happy''); VACUUM'),
	('ALTER TYPE mood ADD VALUE ''happy''; DO $$ BEGIN INSERT INTO m VALUES (''happy''); END $$; VACUUM; INSERT INTO m VALUES (''happy'')');
SELECT count(migrate_revision('m', text, rev_id => format('m%s', to_char(n, 'FM000')))) FROM (SELECT * FROM script ORDER BY n) s;
SELECT p.transactions, left(replace(s.text, E'\n', ' '), 120) AS text FROM migrate_plan('head') p JOIN script s ON p.step = s.n ORDER BY n;
\pset format aligned
-- a part of the plan, and where it begins
SELECT step, revision, transactions FROM migrate_plan('m006');
SELECT count(*) FROM migrate_stamp('m004');
SELECT step, revision, transactions FROM migrate_plan('+3');
SELECT count(*) FROM migrate_stamp('base');
DELETE FROM migrate_script;
DELETE FROM migrate_log;
-- a text that does not parse, put in by hand, or from a newer server
INSERT INTO migrate_script (revision, message, upgrade, ordinal) VALUES ('bad', 'm', 'VACUUM; SELEC VALUE', 1);
\set VERBOSITY terse
SELECT revision FROM migrate_upgrade('head');
CALL migrate_upgrade_online('head');
\set VERBOSITY default
DELETE FROM migrate_script;
DELETE FROM migrate_log;

--
-- The function forms refuse such a script before the first step
--
CREATE TABLE t (i int);
SELECT migrate_revision('plain', 'CREATE TABLE made (i int)', 'DROP TABLE made', rev_id => 'f1');
SELECT migrate_revision('cut', E'SELECT 1;\n\nCREATE INDEX CONCURRENTLY t_i ON t (i);\nVACUUM t', 'DROP INDEX CONCURRENTLY t_i', rev_id => 'f2');
SELECT migrate_revision('after', 'SELECT 1', 'SELECT 1', rev_id => 'f3');
SELECT * FROM migrate_upgrade();
\echo :SQLSTATE
SELECT * FROM migrate_upgrade('f2');
SELECT * FROM migrate_upgrade(2);
SELECT * FROM migrate_upgrade('{f3}'::text[]);
SELECT migrate_revision('branch', 'SELECT 1', 'SELECT 1', rev_id => 'g1', head => 'f1', splice => true);
SELECT * FROM migrate_upgrade('{f3,g1}');
SELECT migrate_delete('g1');
BEGIN;
SELECT * FROM migrate_upgrade();
ROLLBACK;
SELECT to_regclass('made'), to_regclass('t_i'), count(*) FROM migrate_log;
-- what does not lead over it runs
SELECT revision FROM migrate_upgrade('f1');
SELECT * FROM migrate_upgrade('+1');
SELECT revision FROM migrate_stamp('f3');
SELECT revision FROM migrate_downgrade('f2');
SELECT * FROM migrate_downgrade('-1');
SELECT * FROM migrate_downgrade('base');
\echo :SQLSTATE
SELECT revision, transactions FROM migrate_plan('base', 'downgrade');
SELECT revision FROM migrate_current();
SELECT count(*) FROM migrate_stamp('base');
DROP TABLE made;
-- one of each kind, and its name; what may run in a transaction is left to try
\set VERBOSITY terse
CREATE FUNCTION refused(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	h text;
BEGIN
	PERFORM migrate_revision('m', script, rev_id => 'kind', head => 'base');
	PERFORM migrate_upgrade('kind');
	RAISE EXCEPTION 'not refused';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS h = PG_EXCEPTION_HINT;
	RETURN format('%s %s [%s]', SQLSTATE, SQLERRM, h);
END $$;
\pset format unaligned
SELECT refused(s) FROM unnest(ARRAY[
	'CREATE INDEX CONCURRENTLY ON t (i)',
	'DROP INDEX CONCURRENTLY t_i',
	'REINDEX TABLE CONCURRENTLY t',
	'REINDEX SCHEMA public',
	'REINDEX DATABASE x',
	'REINDEX SYSTEM x',
	'VACUUM',
	'CREATE DATABASE x',
	'DROP DATABASE x',
	'ALTER DATABASE x SET TABLESPACE y',
	'CREATE TABLESPACE x LOCATION ''/nonexistent''',
	'DROP TABLESPACE x',
	'ALTER SYSTEM SET work_mem = ''1MB''',
	'ALTER TABLE p DETACH PARTITION t CONCURRENTLY',
	'CREATE SUBSCRIPTION s CONNECTION ''dbname=x'' PUBLICATION p',
	'CLUSTER']) s;
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS 'BEGIN END';
SELECT split_part(refused(s), ' [', 1) AS refused FROM unnest(ARRAY[
	'REINDEX TABLE t',
	'CALL nothing()',
	'DO ''BEGIN /* no COMMIT */ END''',
	'DO ''BEGIN COMMIT; END''']) s;
\pset format aligned
\set VERBOSITY default
DELETE FROM migrate_script;
DELETE FROM migrate_log;

--
-- What is refused when it is written, as before
--
CREATE FUNCTION written(script text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM migrate_revision('m', script, rev_id => 'new');
	PERFORM migrate_delete('new');
	PERFORM migrate_revision('m', '', script, rev_id => 'new');
	PERFORM migrate_edit('new', upgrade => script);
	PERFORM migrate_delete('new');
	RETURN 'written';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT s AS script, written(s) FROM unnest(ARRAY[
	'BEGIN', 'START TRANSACTION', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'COMMIT AND CHAIN', 'SAVEPOINT s', 'RELEASE s', 'ROLLBACK TO s',
	'PREPARE TRANSACTION ''x''', 'COMMIT PREPARED ''x''', 'ROLLBACK PREPARED ''x''',
	'VACUUM; COMMIT', 'COPY t FROM STDIN', 'COPY t TO STDOUT', 'DISCARD ALL',
	'SET TRANSACTION READ ONLY', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
	'VACUUM', 'CREATE INDEX CONCURRENTLY ON t (i)', 'ALTER SYSTEM RESET ALL', 'DISCARD PLANS', 'DISCARD TEMP', 'DISCARD SEQUENCES',
	'VACUUM;', 'VACUUM; VACUUM x y', 'VACUUM (no_such_option) t']) s;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_online;
