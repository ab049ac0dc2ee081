--
-- Online runs that fail, and how the next call goes on: rows of failed steps
-- in migrate_log, the journal, INVALID indexes, statements that cannot be
-- decided, and who is kept out meanwhile.  What a killed server leaves is
-- tested in test/t.
--
\set home :DBNAME
\set testdb regression_pgmigrate_online_resume
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_online;
CREATE ROLE regress_pgm_online SUPERUSER;		-- a name that is in messages
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET SESSION AUTHORIZATION regress_pgm_online;
CREATE EXTENSION pgmigrate;
CREATE TABLE trace (n int GENERATED ALWAYS AS IDENTITY, what text);
CREATE VIEW state AS
	SELECT (SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS version,
		(SELECT string_agg(what, ' ' ORDER BY n) FROM trace) AS trace,
		(SELECT format('%s %s: %s of %s done, running %s', revision, direction, done, statements, coalesce(running::text, 'none')) FROM migrate_journal) AS journal;
CREATE VIEW log AS
	SELECT id, direction, revision, statements, sha256 IS NOT NULL AS digest, result, sqlstate, error, statement, line FROM migrate_log ORDER BY id;

--
-- A revision in one transaction: nothing is left of it, but a row of the log;
-- those before it stay
--
SELECT migrate_revision('works', rev_id => 'f1', upgrade => 'CREATE TABLE works (id int PRIMARY KEY)', downgrade => 'DROP TABLE works');
SELECT migrate_revision('fails in its second statement', rev_id => 'f2', upgrade =>
$$
-- a comment
CREATE TABLE fails (id int PRIMARY KEY);

ALTER TABLE fails
	ADD CONSTRAINT fk
	FOREIGN KEY (id) REFERENCES no_such_table;
SELECT 1;
$$, downgrade => E'DROP TABLE fails;\nDROP TABLE fails');
SELECT migrate_revision('never comes', rev_id => 'f3', upgrade => 'SELECT 1', downgrade => '');
CALL migrate_upgrade_online();
\echo :SQLSTATE
SELECT to_regclass('works'), to_regclass('fails'), * FROM state;
SELECT * FROM log;
SELECT ran_as = current_user AS ran, duration > '0' AS took, started_at <= clock_timestamp() AS started, lsn_before <= lsn_after AS wal FROM migrate_log WHERE result = 'failed';
-- what has failed does not count as having run
SELECT test, revision FROM migrate_check(strict => false) WHERE NOT ok;
SELECT revision, applied_by FROM migrate_current();
-- again
\set VERBOSITY terse
CALL migrate_upgrade_online();
\set VERBOSITY default
-- do what the hint says
SELECT migrate_edit('f2', upgrade => 'CREATE TABLE fails (id int PRIMARY KEY REFERENCES works); SELECT 1');
CALL migrate_upgrade_online();
SELECT * FROM log;
-- downwards
CALL migrate_downgrade_online('base');
SELECT to_regclass('fails'), * FROM state;
SELECT migrate_edit('f2', downgrade => 'DROP TABLE fails', force => true);
CALL migrate_downgrade_online('base');
TRUNCATE migrate_log;
-- the errors of the functions, with what they add
SELECT migrate_edit('f3', upgrade => E'SELECT 1;\nSELECT id,\n\tnme\nFROM works;');
CALL migrate_upgrade_online();
SELECT migrate_edit('f3', upgrade => $$
DO $do$
BEGIN
	PERFORM 1;
	RAISE EXCEPTION 'not on a % database', 'small' USING HINT = 'Get a bigger one.', ERRCODE = 'P0099', DETAIL = 'It is small.';
END
$do$;
$$);
CALL migrate_upgrade_online();
SELECT migrate_edit('f3', upgrade => $$DO 'BEGIN RAISE serialization_failure; END'$$);
\set VERBOSITY terse
CALL migrate_upgrade_online();
\set VERBOSITY default
-- what only fails at commit
SELECT migrate_edit('f3', upgrade => 'CREATE TABLE child (i int REFERENCES works DEFERRABLE INITIALLY DEFERRED); INSERT INTO child VALUES (1)');
CALL migrate_upgrade_online();
\echo :SQLSTATE
SELECT to_regclass('child'), version FROM state;
-- cancelled from inside
SELECT migrate_edit('f3', upgrade => 'CREATE TABLE child (i int); SELECT pg_cancel_backend(pg_backend_pid()); SELECT pg_sleep(100)');
\set SHOW_CONTEXT never
CALL migrate_upgrade_online();
\echo :SQLSTATE
\set SHOW_CONTEXT errors
SELECT to_regclass('child'), version FROM state;
SELECT direction, revision, result, sqlstate, error FROM log;
SELECT sqlstate, statement, line FROM log WHERE result = 'failed' AND sqlstate <> '23503';
-- a long message is kept whole
SELECT migrate_edit('f3', upgrade => $$DO $do$ BEGIN RAISE EXCEPTION '%', repeat('é', 10000); END $do$;$$);
\set VERBOSITY sqlstate
CALL migrate_upgrade_online();
\set VERBOSITY default
SELECT length(error) FROM migrate_log ORDER BY id DESC LIMIT 1;
-- the session goes on
SELECT 1 AS one;
BEGIN;
SELECT 1 AS one;
COMMIT;
SELECT migrate_delete('f3');
CALL migrate_downgrade_online('base');
TRUNCATE migrate_log;

--
-- Between two cuts: what is committed stays, and is not done again
--
SELECT migrate_revision('cut', rev_id => 'c1', head => 'f2', upgrade =>
$$INSERT INTO trace (what) VALUES ('1');
INSERT INTO trace (what) VALUES ('2');
VACUUM trace;
INSERT INTO trace (what) VALUES ('4');
INSERT INTO trace (what) SELECT no_such_column FROM works;
VACUUM trace;
INSERT INTO trace (what) VALUES ('7');
$$, downgrade => 'INSERT INTO trace (what) VALUES (''down 1''); VACUUM trace; INSERT INTO trace (what) VALUES (1 / 0)');
SELECT migrate_revision('after', rev_id => 'c2', upgrade => 'INSERT INTO trace (what) VALUES (''c2'')', downgrade => '');
SELECT transactions FROM migrate_plan() WHERE revision = 'c1';
CALL migrate_upgrade_online();
\echo :SQLSTATE
SELECT * FROM state;
SELECT * FROM log;
SELECT revision, direction, statements, done, done_sha256 IS NOT NULL AS digest, running, running_text, running_since, object, object_existed, invalid_before, started_at <= clock_timestamp() AS started, ran_as, pid = pg_backend_pid() AS pid FROM migrate_journal;
SELECT pid, username, revision, statement, statements, command, waiting_for, phase, percent FROM migrate_progress;
SELECT revision, status FROM migrate_current();
SELECT ok, revision, message, detail FROM migrate_check(strict => false) WHERE test = 'none half done';
\set VERBOSITY terse
SELECT * FROM migrate_check();
\set VERBOSITY default
-- who is kept out, and what may be done
SELECT * FROM migrate_upgrade();
SELECT * FROM migrate_upgrade('c1');
SELECT * FROM migrate_upgrade('f2');			-- nothing to do
SELECT * FROM migrate_downgrade('f1');
SELECT * FROM migrate_downgrade('base');
CALL migrate_downgrade_online('f1');
CALL migrate_downgrade_online('base');
CALL migrate_upgrade_online('f2');				-- nothing to do
SELECT migrate_delete('c2');
SELECT migrate_delete('c1');
SELECT migrate_revision('another', rev_id => 'o1', head => 'f2', splice => true, upgrade => 'SELECT 1', downgrade => '');
SELECT * FROM migrate_upgrade('o1');
CALL migrate_upgrade_online('o1');
\echo :SQLSTATE
SELECT migrate_delete('o1');
SELECT migrate_edit('c1', message => 'cut in pieces');
SELECT migrate_edit('f2', message => 'does not fail', force => true);
SELECT * FROM migrate_plan('head');
BEGIN;
SELECT migrate_require_current('{f2}');
ROLLBACK;
-- again: the same error, the rest from where it was
\set VERBOSITY terse
CALL migrate_upgrade_online();
SELECT * FROM state;
-- the finished statements must stay as they are, all of them
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''one''); INSERT INTO trace (what) VALUES (''2''); VACUUM trace; INSERT INTO trace (what) VALUES (''4'')');
CALL migrate_upgrade_online();
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''1''); INSERT INTO trace (what) VALUES (''2'')');
CALL migrate_upgrade_online();
SELECT migrate_edit('c1', upgrade => '');
CALL migrate_upgrade_online();
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''1''); VACUUM trace; INSERT INTO trace (what) VALUES (''2'')');
CALL migrate_upgrade_online();
\set VERBOSITY default
CALL migrate_upgrade_online();
\echo :SQLSTATE
SELECT * FROM state;
-- the rest may be corrected; here the finished part is laid out anew
SELECT migrate_edit('c1', upgrade => $$
INSERT INTO trace (what) VALUES ('1');
INSERT INTO trace (what) VALUES ('2');

VACUUM trace;
INSERT INTO trace (what) VALUES ('four');
DO 'BEGIN COMMIT; END';
INSERT INTO trace (what) VALUES ('six');$$);
CALL migrate_upgrade_online();
SELECT * FROM state;
SELECT * FROM log;
SELECT * FROM migrate_check(strict => false) WHERE NOT ok;
-- only by the way it was going: downwards
CALL migrate_downgrade_online('f2');
SELECT * FROM state;
\set VERBOSITY terse
CALL migrate_upgrade_online();
\set VERBOSITY default
SELECT revision FROM migrate_current();
SELECT migrate_edit('c1', downgrade => 'INSERT INTO trace (what) VALUES (''down 1''); VACUUM trace; INSERT INTO trace (what) VALUES (''down 3'')', force => true);
CALL migrate_downgrade_online(-1);
SELECT * FROM state;
TRUNCATE trace, migrate_log RESTART IDENTITY;

--
-- Put right by hand: migrate_stamp() forgets the journal
--
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''1''); VACUUM trace; SELECT 1/0');
\set VERBOSITY terse
CALL migrate_upgrade_online();
SELECT journal FROM state;
-- as not done: to where the database is already
BEGIN;
SELECT step, direction, revision FROM migrate_stamp('f2');
SELECT journal FROM state;
ROLLBACK;
SELECT journal FROM state;
SELECT step, direction, revision FROM migrate_stamp('f2');
SELECT version, journal FROM state;
CALL migrate_upgrade_online();
-- as done
SELECT step, direction, revision FROM migrate_stamp('c1');
SELECT version, journal FROM state;
CALL migrate_upgrade_online();
SELECT step, direction, revision FROM migrate_stamp('f2');
CALL migrate_upgrade_online();
SELECT step, direction, revision FROM migrate_stamp('base');
SELECT * FROM state;
SELECT step, direction, revision FROM migrate_stamp('f2');
\set VERBOSITY default
TRUNCATE trace, migrate_log RESTART IDENTITY;

--
-- INVALID indexes
--
CREATE TABLE t (i int, j int);
INSERT INTO t VALUES (1, 1), (2, 2), (2, 2);
CREATE VIEW indexes AS SELECT indexrelid::regclass::text AS index, indisvalid AS valid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY indexrelid::regclass::text COLLATE "C";
SELECT migrate_edit('c1', upgrade => $$INSERT INTO trace (what) VALUES ('1');
CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i);
INSERT INTO trace (what) VALUES ('3');$$, downgrade => 'DROP INDEX CONCURRENTLY t_i; INSERT INTO trace (what) VALUES (''down'')');
CALL migrate_upgrade_online();
\echo :SQLSTATE
SELECT * FROM indexes;
SELECT * FROM state;
SELECT * FROM log;
-- again, the same
\set VERBOSITY terse
CALL migrate_upgrade_online();
\set VERBOSITY default
SELECT * FROM indexes;
-- left behind, as if the server had died: it is dropped and built again
CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i);
UPDATE migrate_journal SET running = 2, running_text = 'CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i)', running_since = now(), object = 'public.t_i', object_existed = false, invalid_before = '{}';
SELECT * FROM indexes;
SELECT * FROM state;
SELECT pid, revision, statement, statements, command, waiting_for FROM migrate_progress;
SELECT message, detail FROM migrate_check(strict => false) WHERE test = 'none half done';
SELECT * FROM migrate_upgrade('c1');
DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t);
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
SELECT * FROM state;
-- it had been finished: it is not built again
CALL migrate_downgrade_online(-1);
INSERT INTO t VALUES (2, 2);
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t);
CREATE UNIQUE INDEX t_i ON t (i);
SELECT 't_i'::regclass::oid AS by_hand \gset
UPDATE migrate_journal SET running = 2, running_text = 'CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i)', running_since = now(), object = 'public.t_i', object_existed = false, invalid_before = '{}';
CALL migrate_upgrade_online('c1');
SELECT 't_i'::regclass::oid = :by_hand AS the_same, * FROM state;
-- nor is an index dropped twice
SELECT migrate_edit('c1', downgrade => 'SELECT 1; VACUUM t; SELECT 1 / 0; DROP INDEX CONCURRENTLY t_i; SELECT 5', force => true);
\set VERBOSITY terse
CALL migrate_downgrade_online(-1);
\set VERBOSITY default
SELECT migrate_edit('c1', downgrade => 'SELECT 1; VACUUM t; DROP INDEX CONCURRENTLY t_i; SELECT 4', force => true);
UPDATE migrate_journal SET running = 3, running_text = 'DROP INDEX CONCURRENTLY t_i', running_since = now(), object = 'public.t_i', object_existed = true, invalid_before = '{}';
DROP INDEX t_i;
CALL migrate_downgrade_online(-1);
SELECT * FROM indexes;
SELECT version, journal FROM state;
-- ... unless somebody has changed the script under it
SELECT migrate_edit('c1', upgrade => $$INSERT INTO trace (what) VALUES ('1'); CREATE INDEX CONCURRENTLY t_i ON no_such_table (i); SELECT 1$$, downgrade => 'DROP INDEX t_i');
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
CREATE INDEX t_i ON t (i);
UPDATE migrate_journal SET running = 2, running_text = 'CREATE INDEX CONCURRENTLY t_i ON t (i)', running_since = now(), object = 'public.t_i', object_existed = false, invalid_before = '{}';
CALL migrate_upgrade_online('c1');
SELECT migrate_edit('c1', upgrade => $$INSERT INTO trace (what) VALUES ('1'); CREATE INDEX CONCURRENTLY t_i ON t (i); SELECT 3$$);
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
-- an index that was there before is not ours
CALL migrate_downgrade_online(-1);
CREATE INDEX t_i ON t (j);
SELECT migrate_edit('c1', upgrade => 'CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i)');
CALL migrate_upgrade_online('c1');
\echo :SQLSTATE
SELECT * FROM indexes;
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
DROP INDEX t_i;
INSERT INTO t VALUES (2, 2);
CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i);
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
-- ... nor is it with IF NOT EXISTS
SELECT step, direction, revision FROM migrate_stamp('f2');
SELECT migrate_edit('c1', upgrade => 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (i)');
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
SELECT version, journal FROM state;
DROP INDEX t_i;
SELECT step, direction, revision FROM migrate_stamp('f2');
-- without a name; INVALID ones of before stay
CREATE UNIQUE INDEX CONCURRENTLY ON t (i);
SELECT migrate_edit('c1', upgrade => 'CREATE UNIQUE INDEX CONCURRENTLY ON t (i)');
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
SELECT * FROM indexes;
DROP INDEX t_i_idx;
DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t);
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
SELECT version, journal FROM state;
-- REINDEX CONCURRENTLY leaves an index of another name
DROP INDEX t_i_idx;
CREATE INDEX t_i ON t (i);
SELECT step, direction, revision FROM migrate_stamp('f2');
CREATE FUNCTION one(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / (SELECT count(*) FROM public.trace); END $$;
TRUNCATE trace;
INSERT INTO trace (what) VALUES ('not empty');
CREATE INDEX t_one ON t (one(i));
TRUNCATE trace;
SELECT migrate_edit('c1', upgrade => 'REINDEX INDEX CONCURRENTLY t_one');
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
SELECT * FROM indexes;
INSERT INTO trace (what) VALUES ('not empty');
CALL migrate_upgrade_online('c1');
SELECT * FROM indexes;
SELECT version, journal FROM state;
DROP TABLE t CASCADE;
SELECT step, direction, revision FROM migrate_stamp('f2');
TRUNCATE trace, migrate_log RESTART IDENTITY;

--
-- What cannot be decided: the server has died in a procedure.  One that has
-- failed is in online_interrupted.sql.
--
CREATE PROCEDURE note(what text) LANGUAGE plpgsql AS 'BEGIN INSERT INTO trace (what) VALUES (what); COMMIT; END';
SELECT migrate_edit('c1', upgrade => 'VACUUM trace; SELECT 1/0', downgrade => 'SELECT 1');
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
SELECT migrate_edit('c1', upgrade => 'VACUUM trace; CALL note(''2''); CALL note(''3'')');
UPDATE migrate_journal SET running = 2, running_text = 'CALL note(''2'')', running_since = now(), invalid_before = '{}', object_existed = false;
CALL migrate_upgrade_online('c1');
CALL migrate_downgrade_online('base', interrupted => 'skip');
CALL migrate_upgrade_online('c1', interrupted => 'skip');
SELECT * FROM state;
CALL migrate_downgrade_online(-1);
TRUNCATE trace, migrate_log RESTART IDENTITY;

--
-- A revision written meanwhile, and one that is not there any more
--
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''1''); VACUUM trace; SELECT 1/0');
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
\set VERBOSITY default
SELECT migrate_revision('later', rev_id => 'c3', upgrade => 'INSERT INTO trace (what) VALUES (''c3'')', downgrade => '');
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''1''); VACUUM trace; SELECT 1');
CALL migrate_upgrade_online();
SELECT * FROM state;
CALL migrate_downgrade_online('f2');
SELECT migrate_edit('c1', upgrade => 'INSERT INTO trace (what) VALUES (''1''); VACUUM trace; SELECT 1/0');
\set VERBOSITY terse
CALL migrate_upgrade_online('c1');
DELETE FROM migrate_script WHERE revision IN ('c1', 'c2', 'c3');
CALL migrate_upgrade_online();
CALL migrate_downgrade_online('base');
SELECT test, ok, revision, message FROM migrate_check(strict => false) WHERE NOT ok ORDER BY test COLLATE "C", revision;
SELECT step, direction, revision FROM migrate_stamp('f2');
SELECT version, journal FROM state;
CALL migrate_downgrade_online('base');
\set VERBOSITY default

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_online;
