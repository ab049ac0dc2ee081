--
-- A block or a procedure that commits and then fails, or is cancelled: what it
-- has committed stays, so to run it again is for the user to decide, by the
-- argument "interrupted".
--
\set home :DBNAME
\set testdb regression_pgmigrate_online_interrupted
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
CREATE EXTENSION pgmigrate;
CREATE TABLE trace (n int GENERATED ALWAYS AS IDENTITY, what text);
CREATE VIEW state AS
	SELECT (SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS version,
		(SELECT string_agg(what, ' ' ORDER BY n) FROM trace) AS trace,
		(SELECT format('%s %s: %s of %s done, running %s', revision, direction, done, statements, coalesce(running::text, 'none')) FROM migrate_journal) AS journal;
CREATE VIEW log AS
	SELECT id, direction, revision, statements, result, sqlstate, statement, line FROM migrate_log ORDER BY id;

-- a block that fails after it has committed
SELECT migrate_revision('backfill', rev_id => 'c1', upgrade => $$INSERT INTO trace (what) VALUES ('1');
DO 'BEGIN INSERT INTO trace (what) VALUES (''a''); COMMIT; INSERT INTO trace (what) VALUES (1 / migrate_arg(''divisor'', ''0'')::int); COMMIT; END';
INSERT INTO trace (what) VALUES ('3');$$, downgrade => 'SELECT 1');
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
SELECT * FROM state;
SELECT * FROM log;
CALL migrate_upgrade_online('c1');
\echo :SQLSTATE
SELECT * FROM state;
\set VERBOSITY terse
CALL migrate_upgrade_online('c1', interrupted => 'repeat');
\set VERBOSITY default
SELECT * FROM state;
CALL migrate_upgrade_online('c1', args => '{"divisor": 1}', interrupted => 'repeat');
SELECT * FROM state;
SELECT * FROM log;
CALL migrate_downgrade_online(-1);
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
CALL migrate_upgrade_online('c1', interrupted => 'skip');
SELECT * FROM state;
CALL migrate_downgrade_online(-1);
-- it says nothing about a run that was not interrupted
CALL migrate_upgrade_online('c1', args => '{"divisor": 1}', interrupted => 'skip');
SELECT * FROM state;
CALL migrate_downgrade_online(-1);
TRUNCATE trace, migrate_log RESTART IDENTITY;

-- one that fails before it has committed has done nothing: no question
SELECT migrate_edit('c1', upgrade => $$INSERT INTO trace (what) VALUES ('1');
DO 'BEGIN INSERT INTO trace (what) VALUES (''a''); PERFORM 1 / migrate_arg(''divisor'', ''0'')::int; COMMIT; END';
INSERT INTO trace (what) VALUES ('3');$$);
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
SELECT * FROM state;
CALL migrate_upgrade_online('c1', args => '{"divisor": 1}');
SELECT * FROM state;
CALL migrate_downgrade_online(-1);
TRUNCATE trace, migrate_log RESTART IDENTITY;

-- a procedure that is cancelled after it has committed
CREATE PROCEDURE note(what text) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO trace (what) VALUES (what);
	COMMIT;
	PERFORM pg_cancel_backend(pg_backend_pid());
	PERFORM pg_sleep(100);
END $$;
SELECT migrate_edit('c1', upgrade => 'CALL note(''called'')');
\set VERBOSITY terse
CALL migrate_upgrade_online();
\set VERBOSITY default
SELECT * FROM state;
CALL migrate_upgrade_online();
SELECT * FROM migrate_upgrade();
SELECT test, ok, revision, detail FROM migrate_check(strict => false) WHERE test = 'none half done';
SELECT statement, statements, command, waiting_for FROM migrate_progress;
CALL migrate_upgrade_online(interrupted => 'skip');
SELECT * FROM state;
-- downwards
SELECT migrate_edit('c1', downgrade => 'SELECT 1; CALL note(''down''); SELECT 3', force => true);
\set VERBOSITY terse
CALL migrate_downgrade_online('base');
\set VERBOSITY default
CALL migrate_downgrade_online('base');
CALL migrate_downgrade_online('base', interrupted => 'skip');
SELECT * FROM state;
SELECT * FROM log;

\c :home
DROP DATABASE :testdb;
