--
-- Bad input for the procedures, and places where they cannot run.  A CALL must
-- be a statement of its own to get that far, so the calls are made by \gexec;
-- the SQLSTATE that is wanted stands in a comment after each.
--
\set home :DBNAME
\set testdb regression_pgmigrate_online_bad_input
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_online, regress_pgm_dev, regress_pgm_ops;
CREATE ROLE regress_pgm_online SUPERUSER;		-- a name that is in messages
CREATE ROLE regress_pgm_dev;
CREATE ROLE regress_pgm_ops;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_pgm_online;
CREATE EXTENSION pgmigrate;

-- abc1 - abc2 - xyz1 (label "lab"), applied up to abc2
SELECT migrate_revision('first', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'abc1');
SELECT migrate_revision('second', 'CREATE TABLE two (i int)', 'DROP TABLE two', rev_id => 'abc2');
SELECT migrate_revision('third', 'CREATE TABLE three (i int); CREATE INDEX CONCURRENTLY ON three (i)', rev_id => 'xyz1', branch_label => 'lab');
CALL migrate_upgrade_online('abc2');
CREATE VIEW state AS
	SELECT (SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS version,
		(SELECT count(*) FROM migrate_log) AS log, (SELECT count(*) FROM migrate_journal) AS journal,
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'pg_extension'::regclass) AS locks;
SELECT * FROM state;

--
-- Targets
--
CREATE TABLE text_input (id int GENERATED ALWAYS AS IDENTITY, want text, input text);
INSERT INTO text_input (want, input) VALUES
	('22004', NULL),
	('22023', ''),
	('42704', '   '),
	('42704', E'\t'),
	('42704', 'unknown'),
	('42P08', 'abc'),				-- abc1 or abc2
	('42704', 'ABC1'),
	('42704', repeat('x', 300)),
	('42704', 'é'),
	('42704', '日本語'),
	('42704', '''; DROP TABLE one; --'),
	('42704', '"abc1"'),
	('42704', 'abc1 '),
	('42704', 'abc1,abc2'),
	('42704', '%s%s%n%d'),
	('42704', '\'),
	('42704', '1'),
	('42704', 'HEAD'),
	('42704', '@'),
	('42704', 'lab@'),
	('42704', '@head'),
	('42704', 'lab@lab@head'),
	('42704', 'nolab@head'),
	('42704', 'lab@unknown'),
	('22P02', '{a'),
	('22P02', '{"a}'),
	('22023', '{}'),
	('22004', '{NULL}'),
	('22004', '{abc1,NULL}'),
	('22023', '{""}'),
	('42704', '{unknown}'),
	('2202E', '{{abc1}}'),
	('42704', '+'),
	('42704', '-'),
	('42704', '+1junk'),
	('42704', '+-1'),
	('42704', 'unknown+1'),
	('42704', 'abc1+1+1'),
	('22023', '+0'),
	('22023', '+99999999999999999999999999'),
	('42704', '+１');				-- a full-width digit
\set VERBOSITY sqlstate
SELECT format('CALL migrate_upgrade_online(%s::text); -- %s', quote_nullable(input), want) FROM text_input ORDER BY id \gexec
SELECT format('CALL migrate_downgrade_online(%s::text); -- %s', quote_nullable(input), want) FROM text_input ORDER BY id \gexec
\set VERBOSITY default
CALL migrate_upgrade_online(NULL);
CALL migrate_upgrade_online('');
CALL migrate_upgrade_online('unknown');
CALL migrate_upgrade_online('abc');
CALL migrate_downgrade_online(NULL);
CALL migrate_downgrade_online('unknown');
CALL migrate_downgrade_online('{abc1,abc2}');
CALL migrate_downgrade_online('xyz1');

--
-- Numbers, arrays, and the other arguments
--
CREATE TABLE bad (id int GENERATED ALWAYS AS IDENTITY, want text, call text);
INSERT INTO bad (want, call) VALUES
	('22004', 'migrate_upgrade_online(NULL::integer)'),
	('22023', 'migrate_upgrade_online(0)'),
	('22023', 'migrate_upgrade_online(-1)'),
	('22023', 'migrate_upgrade_online(2)'),
	('22023', 'migrate_upgrade_online(2147483647)'),
	('22023', 'migrate_upgrade_online(-2147483648)'),
	('22004', 'migrate_downgrade_online(NULL::integer)'),
	('22023', 'migrate_downgrade_online(0)'),
	('22023', 'migrate_downgrade_online(1)'),
	('22023', 'migrate_downgrade_online(-3)'),
	('22023', 'migrate_downgrade_online(-2147483648)'),
	('42883', 'migrate_upgrade_online(1.5)'),
	('42883', 'migrate_downgrade_online(9999999999)'),
	('42883', 'migrate_downgrade_online()'),
	('42883', 'migrate_downgrade_online(ARRAY[''abc1''])'),
	('22004', 'migrate_upgrade_online(NULL::text[])'),
	('22023', 'migrate_upgrade_online(ARRAY[]::text[])'),
	('22004', 'migrate_upgrade_online(ARRAY[NULL]::text[])'),
	('22004', 'migrate_upgrade_online(ARRAY[''abc1'', NULL])'),
	('22023', 'migrate_upgrade_online(ARRAY[''''])'),
	('2202E', 'migrate_upgrade_online(ARRAY[[''abc1''], [''abc2'']])'),
	('42704', 'migrate_upgrade_online(ARRAY[''unknown''])'),
	('22023', 'migrate_upgrade_online(ARRAY[''abc1'', ''abc2''])'),
	('22023', 'migrate_upgrade_online(''head'', ''[]''::jsonb)'),
	('22023', 'migrate_upgrade_online(''head'', ''1''::jsonb)'),
	('22023', 'migrate_upgrade_online(''head'', ''null''::jsonb)'),
	('22023', 'migrate_upgrade_online(1, ''"text"''::jsonb)'),
	('22023', 'migrate_upgrade_online(ARRAY[''head''], ''[{"a": 1}]''::jsonb)'),
	('22P02', 'migrate_upgrade_online(''head'', ''{'')'),
	('22023', 'migrate_downgrade_online(''-1'', ''[]''::jsonb)'),
	('22023', 'migrate_downgrade_online(-1, ''[]''::jsonb)'),
	('22004', 'migrate_upgrade_online(''head'', wait => NULL)'),
	('22004', 'migrate_upgrade_online(1, wait => NULL)'),
	('22004', 'migrate_upgrade_online(ARRAY[''head''], wait => NULL)'),
	('22004', 'migrate_downgrade_online(''-1'', wait => NULL)'),
	('22004', 'migrate_downgrade_online(-1, wait => NULL)'),
	('22P02', 'migrate_upgrade_online(''head'', wait => ''maybe'')'),
	('22023', 'migrate_upgrade_online(''head'', interrupted => '''')'),
	('22023', 'migrate_upgrade_online(''head'', interrupted => '' '')'),
	('22023', 'migrate_upgrade_online(''head'', interrupted => ''again'')'),
	('22023', 'migrate_upgrade_online(''head'', interrupted => ''REPEAT'')'),
	('22023', 'migrate_upgrade_online(''head'', interrupted => ''skip '')'),
	('22023', 'migrate_upgrade_online(1, interrupted => ''no'')'),
	('22023', 'migrate_upgrade_online(ARRAY[''head''], interrupted => ''é'')'),
	('22023', 'migrate_downgrade_online(''-1'', interrupted => ''x'')'),
	('22023', 'migrate_downgrade_online(-1, interrupted => ''x'')'),
	-- although there is nothing to do
	('22023', 'migrate_upgrade_online(''base'', interrupted => ''x'')'),
	('22023', 'migrate_upgrade_online(''base'', ''[]''::jsonb)'),
	('22004', 'migrate_upgrade_online(''base'', wait => NULL)'),
	('42883', 'migrate_upgrade_online(''head'', no_such_argument => 1)'),
	('42883', 'migrate_upgrade_online(''head'', ''{}'', ''t'', true, ''skip'', 1)'),
	('42883', 'migrate_stamp_online(''head'')');
\set VERBOSITY sqlstate
SELECT format('CALL %s; -- %s', call, want) FROM bad ORDER BY id \gexec
\set VERBOSITY default
CALL migrate_upgrade_online('head', interrupted => 'again');
CALL migrate_upgrade_online('head', wait => NULL);
CALL migrate_upgrade_online('head', '[]');
SELECT migrate_upgrade_online('head');
SELECT * FROM migrate_upgrade_online('head');
SELECT * FROM state;

--
-- Settings
--
\set VERBOSITY sqlstate
SET pgmigrate.lock_timeout = '';
SET pgmigrate.lock_timeout = '-1';
SET pgmigrate.lock_timeout = 'soon';
SET pgmigrate.lock_timeout = '1 parsec';
SET pgmigrate.lock_timeout = '100 days';
SET pgmigrate.lock_retries = '';
SET pgmigrate.lock_retries = '-1';
SET pgmigrate.lock_retries = '1s';
SET pgmigrate.lock_retries = '99999999999';
SET pgmigrate.revision_timeout = '-1';
SET pgmigrate.revision_timeout = 'never';
SET pgmigrate.no_such_setting = 1;
\set VERBOSITY default
SET pgmigrate.lock_timeout = '1500us';
SHOW pgmigrate.lock_timeout;
SET pgmigrate.lock_timeout = '1h';
SHOW pgmigrate.lock_timeout;
SET pgmigrate.revision_timeout = '2d';
SHOW pgmigrate.revision_timeout;
RESET pgmigrate.lock_timeout;
RESET pgmigrate.revision_timeout;

--
-- Not at the top level
--
BEGIN;
CALL migrate_upgrade_online('head');
ROLLBACK;
\set VERBOSITY terse
BEGIN;
CALL migrate_upgrade_online(ARRAY['head']);
ROLLBACK;
BEGIN;
CALL migrate_upgrade_online(1);
ROLLBACK;
BEGIN;
CALL migrate_downgrade_online('base');
ROLLBACK;
BEGIN;
CALL migrate_downgrade_online(-1);
ROLLBACK;
BEGIN;
CALL migrate_upgrade_online('base');		-- nothing to do
ROLLBACK;
BEGIN;
SAVEPOINT s;
CALL migrate_upgrade_online('head');
ROLLBACK TO s;
SELECT * FROM state;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CALL migrate_upgrade_online('head');
ROLLBACK;
\set ON_ERROR_ROLLBACK on
BEGIN;
CALL migrate_upgrade_online('head');
SELECT 'goes on' AS "transaction";
COMMIT;
\set ON_ERROR_ROLLBACK off
\set VERBOSITY default
-- what psql and most drivers do without autocommit
\set AUTOCOMMIT off
CALL migrate_upgrade_online('head');
ROLLBACK;
\set AUTOCOMMIT on
-- several statements in one message
SELECT 1\; CALL migrate_upgrade_online('head');
CALL migrate_upgrade_online('head')\; SELECT 1;
CALL migrate_upgrade_online('abc2')\; CALL migrate_upgrade_online('head');
SELECT * FROM state;
-- DO, functions, procedures, triggers
DO $$ BEGIN CALL migrate_upgrade_online('head'); END $$;
\echo :SQLSTATE
\set VERBOSITY terse
DO $$ BEGIN COMMIT; CALL migrate_upgrade_online('head'); END $$;
DO $$ BEGIN EXECUTE 'CALL migrate_downgrade_online(-1)'; END $$;
DO $$ BEGIN BEGIN CALL migrate_upgrade_online('head'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END; END $$;
CREATE PROCEDURE wrapped() LANGUAGE plpgsql AS $$ BEGIN CALL migrate_upgrade_online('head'); END $$;
CALL wrapped();
CREATE PROCEDURE wrapped_twice() LANGUAGE plpgsql AS $$ BEGIN COMMIT; CALL wrapped(); END $$;
CALL wrapped_twice();
CREATE PROCEDURE wrapped_sql() LANGUAGE sql AS $$ CALL migrate_upgrade_online('head') $$;
CALL wrapped_sql();
CREATE FUNCTION wrapped_function() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL migrate_upgrade_online('head'); END $$;
SELECT wrapped_function();
CREATE FUNCTION wrapped_sql_function() RETURNS void LANGUAGE sql AS $$ CALL migrate_upgrade_online('head') $$;
SELECT wrapped_sql_function();
CREATE TABLE triggers (i int);
CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CALL migrate_upgrade_online('head'); RETURN new; END $$;
CREATE TRIGGER t AFTER INSERT ON triggers FOR EACH ROW EXECUTE FUNCTION on_insert();
INSERT INTO triggers VALUES (1);
DROP TABLE triggers;
BEGIN;
CALL wrapped();
ROLLBACK;
-- procedures that cannot commit
ALTER PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text) SET search_path = pg_catalog, public;
CALL migrate_upgrade_online('head');
ALTER PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text) RESET ALL;
ALTER PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text) SECURITY DEFINER;
CALL migrate_upgrade_online('head');
ALTER PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text) SECURITY INVOKER;
-- from the script of a revision
SELECT migrate_revision('in itself', 'CALL migrate_upgrade_online(''head'')', '', rev_id => 'self', head => 'base');
SELECT revision FROM migrate_upgrade('self');
CALL migrate_upgrade_online('self');
SELECT count(*) FROM migrate_stamp('abc2');
SELECT migrate_edit('self', upgrade => 'CREATE INDEX CONCURRENTLY ON one (i); CALL migrate_downgrade_online(''base'')');
CALL migrate_upgrade_online('self');
SELECT count(*) FROM migrate_stamp('abc2');
SELECT migrate_edit('self', upgrade => 'CREATE INDEX CONCURRENTLY ON one (i); SELECT migrate_upgrade(''head'')');
CALL migrate_upgrade_online('self');
SELECT count(*) FROM migrate_stamp('abc2');
SELECT migrate_edit('self', upgrade => 'DO $$ BEGIN COMMIT; PERFORM migrate_stamp(''xyz1''); END $$');
CALL migrate_upgrade_online('self');
SELECT count(*) FROM migrate_stamp('abc2');
SELECT migrate_delete('self');
-- the next call is not taken for a nested one
CALL migrate_upgrade_online('abc2');
SELECT version, journal, locks FROM state;
\set VERBOSITY default

--
-- Read-only
--
SET default_transaction_read_only = on;
CALL migrate_upgrade_online('head');
\echo :SQLSTATE
CALL migrate_downgrade_online(-1);
CALL migrate_upgrade_online('base');
SELECT step, revision, transactions FROM migrate_plan('head');
SELECT count(*) FROM migrate_progress;
SET default_transaction_read_only = off;
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;
CALL migrate_upgrade_online('head');
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE;
BEGIN READ ONLY;
CALL migrate_upgrade_online('head');
ROLLBACK;
SELECT * FROM state;

--
-- Rights
--
SET SESSION AUTHORIZATION regress_pgm_dev;
CALL migrate_upgrade_online('head');
CALL migrate_upgrade_online(1);
CALL migrate_upgrade_online(ARRAY['head']);
CALL migrate_downgrade_online('base');
CALL migrate_downgrade_online(-1);
SELECT * FROM migrate_journal;
SELECT * FROM migrate_progress;
SET SESSION AUTHORIZATION regress_pgm_online;
SELECT migrate_grant('look', 'regress_pgm_dev'), migrate_grant('write', 'regress_pgm_dev'), migrate_grant('run', 'regress_pgm_ops');
SET SESSION AUTHORIZATION regress_pgm_dev;
CALL migrate_upgrade_online('head');
SELECT count(*) FROM migrate_progress;
SELECT count(*) FROM migrate_journal;
DELETE FROM migrate_journal;
SELECT migrate_revision('by dev', 'VACUUM one', '', rev_id => 'dev1');
-- a script of somebody who could not act as the caller
SET SESSION AUTHORIZATION regress_pgm_ops;
CALL migrate_upgrade_online('head');
SET SESSION AUTHORIZATION regress_pgm_online;
CALL migrate_upgrade_online('head');
CALL migrate_upgrade_online('xyz1');
CALL migrate_upgrade_online('head');
SELECT migrate_approve('dev1');
CALL migrate_upgrade_online('head');
SELECT * FROM state;
-- with the rights of the caller, alone or not
GRANT CREATE ON SCHEMA public TO regress_pgm_ops;
SELECT migrate_revision('for ops', 'CREATE TABLE four (i int); CREATE INDEX CONCURRENTLY four_i ON four (i); CREATE INDEX CONCURRENTLY one_ops ON one (i)', 'DROP TABLE four', rev_id => 'ops1');
SET SESSION AUTHORIZATION regress_pgm_ops;
CALL migrate_upgrade_online('head');
\echo :SQLSTATE
SET SESSION AUTHORIZATION regress_pgm_online;
SELECT migrate_edit('ops1', upgrade => 'CREATE TABLE four (i int); CREATE INDEX CONCURRENTLY four_i ON four (i); DO ''BEGIN COMMIT; END''; INSERT INTO four VALUES (4)');
SET SESSION AUTHORIZATION regress_pgm_ops;
CALL migrate_upgrade_online('head');
SET SESSION AUTHORIZATION regress_pgm_online;
SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('four', 'four_i', 'one_ops') ORDER BY 1;
SELECT revision, ran_as, logged_in_as, result, sqlstate FROM migrate_log WHERE ran_as = 'regress_pgm_ops' ORDER BY id;
SELECT migrate_revoke('look', 'regress_pgm_dev'), migrate_revoke('write', 'regress_pgm_dev'), migrate_revoke('run', 'regress_pgm_ops'), migrate_revoke('write', 'regress_pgm_ops');
SET SESSION AUTHORIZATION regress_pgm_ops;
CALL migrate_downgrade_online(-1);
RESET SESSION AUTHORIZATION;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_online, regress_pgm_dev, regress_pgm_ops;
