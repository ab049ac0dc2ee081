--
-- Online runs, CALL migrate_upgrade_online() and migrate_downgrade_online():
-- what is committed when, what is said, what a script sees and sets.  What is
-- left after a failure is in online_resume.sql, what waits for what in
-- test/specs.
--
\set home :DBNAME
\set testdb regression_pgmigrate_online
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP DATABASE IF EXISTS regression_pgmigrate_made;
DROP ROLE IF EXISTS regress_pgm_online, regress_pgm_other;
CREATE ROLE regress_pgm_online SUPERUSER;		-- a name that is in messages
CREATE ROLE regress_pgm_other;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET SESSION AUTHORIZATION regress_pgm_online;
CREATE EXTENSION pgmigrate;

-- What there is, with the locks of this session.
CREATE VIEW state AS
	SELECT (SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS version,
		(SELECT string_agg(id || ':' || direction || ' ' || revision || CASE result WHEN 'done' THEN '' ELSE ' ' || result END, ', ' ORDER BY id) FROM migrate_log) AS log,
		(SELECT count(*) FROM migrate_journal) AS journal,
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'pg_extension'::regclass) AS locks;

--
-- Nothing there
--
CALL migrate_upgrade_online();
CALL migrate_upgrade_online('head');
CALL migrate_upgrade_online('heads');
CALL migrate_upgrade_online('base');
CALL migrate_downgrade_online('base');
CALL migrate_downgrade_online('head');
CALL migrate_upgrade_online(1);
CALL migrate_downgrade_online(-1);
SELECT * FROM state;

--
-- Up and down, in all forms
--
CREATE TABLE trace (n int GENERATED ALWAYS AS IDENTITY, what text, xid xid8 DEFAULT pg_current_xact_id());
SELECT migrate_revision('create account', rev_id => 'r1',
	upgrade => 'CREATE TABLE account (id int PRIMARY KEY); INSERT INTO trace (what) VALUES (''r1 up''), (''r1 up'')',
	downgrade => 'DROP TABLE account; INSERT INTO trace (what) VALUES (''r1 down'')');
SELECT migrate_revision('add owner', rev_id => 'r2',
	upgrade => 'ALTER TABLE account ADD owner text; INSERT INTO trace (what) VALUES (''r2 up'')',
	downgrade => 'ALTER TABLE account DROP owner; INSERT INTO trace (what) VALUES (''r2 down'')');
SELECT migrate_revision('index owner', rev_id => 'r3',
	upgrade => 'CREATE INDEX CONCURRENTLY account_owner ON account (owner); INSERT INTO trace (what) VALUES (''r3 up'')',
	downgrade => 'DROP INDEX CONCURRENTLY account_owner; INSERT INTO trace (what) VALUES (''r3 down'')');
SELECT migrate_revision('fill account', rev_id => 'r4',
	upgrade => $$INSERT INTO account VALUES (1, 'alice'), (2, 'bob'); INSERT INTO trace (what) VALUES ('r4 up')$$,
	downgrade => 'DELETE FROM account');
SELECT step, revision, transactions FROM migrate_plan();
CALL migrate_upgrade_online('r1');
CALL migrate_upgrade_online('r1');		-- nothing to do
CALL migrate_upgrade_online('base');	-- less than what there is
CALL migrate_upgrade_online(1);
CALL migrate_upgrade_online();
CALL migrate_upgrade_online();
SELECT * FROM state;
TABLE account;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'account'::regclass ORDER BY 1;
CALL migrate_downgrade_online(-1);
CALL migrate_downgrade_online('-1');
CALL migrate_downgrade_online('r2');	-- nothing to do
CALL migrate_downgrade_online('head');	-- that would be up
CALL migrate_downgrade_online('base');
CALL migrate_upgrade_online(targets => ARRAY['r2']);
CALL migrate_upgrade_online('{r3}');
CALL migrate_upgrade_online(steps => 1, args => NULL, tag => NULL, wait => false, interrupted => NULL);
CALL migrate_downgrade_online(target => 'base', wait => true);
CALL migrate_upgrade_online('head', '{"key": "value"}', 'a tag', true, NULL);
CALL migrate_downgrade_online(steps => -4);
SELECT version, journal, locks, (SELECT string_agg(left(direction, 1) || revision, ' ' ORDER BY id) FROM migrate_log) AS log FROM state;
-- each revision is a transaction: its statements, its row of the log and of
-- migrate_version; a script that is cut is several
SELECT what, count(*), count(DISTINCT xid) AS transactions FROM trace GROUP BY what ORDER BY what COLLATE "C";
TRUNCATE trace, migrate_log RESTART IDENTITY;
CALL migrate_upgrade_online('r2');
SELECT t.what, t.xmin = l.xmin AS same_as_log, v.revision AS version, t.xmin = v.xmin AS same_as_version
FROM trace t JOIN migrate_log l ON t.what = l.revision || ' up' LEFT JOIN migrate_version v ON v.revision = l.revision ORDER BY t.n;
-- and its row of the log is like that of the function form
SELECT id, revision, direction, down_revision, message, duration > '0' AS took, statements, ran_as = current_user AS ran, application_name <> '' AS app,
	sha256 = sha256(convert_to((SELECT upgrade FROM migrate_script s WHERE s.revision = l.revision), 'UTF8')) AS digest,
	lsn_before < lsn_after AS wal, result, sqlstate, error, statement, line
FROM migrate_log l ORDER BY id;
CALL migrate_upgrade_online();
SELECT revision, statements, result FROM migrate_log ORDER BY id;
SELECT count(*) AS findings FROM migrate_check(strict => false) WHERE NOT ok;
CALL migrate_downgrade_online('base');
TRUNCATE trace, migrate_log RESTART IDENTITY;

-- quiet
SET client_min_messages = warning;
CALL migrate_upgrade_online();
RESET client_min_messages;
CALL migrate_downgrade_online('base');

-- the other way round, and mixed with the functions
SELECT revision FROM migrate_upgrade('r2');
CALL migrate_upgrade_online();
SELECT revision FROM migrate_downgrade('r3');
CALL migrate_downgrade_online('base');
SELECT version, journal, locks, (SELECT string_agg(left(direction, 1) || revision, ' ' ORDER BY id) FROM migrate_log) AS log FROM state;

--
-- Branches
--
SELECT migrate_revision('left', rev_id => 'left_1', head => 'r2', splice => true, branch_label => 'lefties');
SELECT migrate_revision('alone', rev_id => 'alone', head => 'base', depends_on => 'r1');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
CALL migrate_upgrade_online();
CALL migrate_upgrade_online('{left_1,alone}');
SELECT version FROM state;
CALL migrate_upgrade_online('heads');
SELECT version FROM state;
CALL migrate_downgrade_online('lefties@-1');
SELECT version FROM state;
CALL migrate_downgrade_online(-1);
SELECT version FROM state;
CALL migrate_upgrade_online(ARRAY['r4', 'lefties@head', 'alone']);
SELECT migrate_merge('heads', 'all of them', rev_id => 'merged');
CALL migrate_upgrade_online();
SELECT version FROM state;
CALL migrate_downgrade_online('base');
SELECT version FROM state;
SELECT migrate_delete(r) FROM unnest('{merged,left_1,alone}'::text[]) r;

-- Irreversible: known before the first step.
SELECT migrate_edit('r2', irreversible => true);
CALL migrate_upgrade_online();
CALL migrate_downgrade_online('base');
SELECT version FROM state;
SELECT migrate_edit('r2', downgrade => 'ALTER TABLE account DROP owner', force => true);
CALL migrate_downgrade_online('base');
-- Empty scripts.
SELECT migrate_revision('empty', rev_id => 'e1', head => 'base');
SELECT migrate_revision('comments only', rev_id => 'e2', head => 'e1',
	upgrade => E'-- VACUUM, to be written\n', downgrade => '/* to be written */');
CALL migrate_upgrade_online('e2');
SELECT revision, statements, result FROM migrate_log ORDER BY id DESC LIMIT 2;
CALL migrate_downgrade_online('e1@base');
SELECT * FROM migrate_version;

DROP EXTENSION pgmigrate CASCADE;
CREATE EXTENSION pgmigrate;
CREATE VIEW state AS
	SELECT (SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS version,
		(SELECT string_agg(id || ':' || direction || ' ' || revision || CASE result WHEN 'done' THEN '' ELSE ' ' || result END, ', ' ORDER BY id) FROM migrate_log) AS log,
		(SELECT count(*) FROM migrate_journal) AS journal,
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'pg_extension'::regclass) AS locks;
TRUNCATE trace RESTART IDENTITY;

--
-- Statements that run alone, all kinds of them
--
SET client_min_messages = warning;
CREATE TABLE parts (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
RESET client_min_messages;
SELECT migrate_revision('all kinds', rev_id => 'k1', upgrade => $$
CREATE TABLE t (i int, j int);
INSERT INTO t SELECT g, g % 10 FROM generate_series(1, 100) g;
CREATE INDEX CONCURRENTLY t_j ON t (j);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (i);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_i ON t (i);
ALTER TABLE t ADD PRIMARY KEY USING INDEX t_i;
REINDEX INDEX CONCURRENTLY t_j;
REINDEX TABLE CONCURRENTLY t;
REINDEX TABLE t;
REINDEX TABLE parts;
REINDEX SCHEMA public;
REINDEX (VERBOSE off) DATABASE regression_pgmigrate_online;
VACUUM t;
VACUUM (ANALYZE, FREEZE) t;
VACUUM FULL t;
CLUSTER t USING t_j;
CLUSTER;
ALTER TABLE parts DETACH PARTITION part_1 CONCURRENTLY;
CREATE DATABASE regression_pgmigrate_made TEMPLATE template0;
ALTER DATABASE regression_pgmigrate_made SET TABLESPACE pg_default;
COMMENT ON DATABASE regression_pgmigrate_made IS 'made';
DROP DATABASE regression_pgmigrate_made;
DROP DATABASE IF EXISTS regression_pgmigrate_made;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE regress_pgm_space LOCATION '';
CREATE TABLE in_space (i int) TABLESPACE regress_pgm_space;
DROP TABLE in_space;
DROP TABLESPACE regress_pgm_space;
ALTER SYSTEM SET pgmigrate.tag = 'of the system';
ALTER SYSTEM RESET pgmigrate.tag;
DROP INDEX CONCURRENTLY t_j;
DROP INDEX CONCURRENTLY IF EXISTS t_j;
INSERT INTO trace (what) VALUES ('k1 up');
$$, downgrade => 'DROP TABLE t; DROP TABLE part_1');
SELECT transactions FROM migrate_plan();
CALL migrate_upgrade_online();
SELECT statements, result FROM migrate_log;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 't'::regclass;
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'parts'::regclass ORDER BY 1;
SELECT * FROM state;
CALL migrate_downgrade_online('base');

--
-- Where it is cut
--
SELECT migrate_revision('cut', rev_id => 'k2', head => 'base', upgrade => $$
CREATE TABLE c (i int);
INSERT INTO trace (what) VALUES ('a');
INSERT INTO trace (what) VALUES ('a');
VACUUM c;
INSERT INTO trace (what) VALUES ('b');
CREATE INDEX CONCURRENTLY ON c (i);
ANALYZE c;
INSERT INTO trace (what) VALUES ('c');
INSERT INTO trace (what) VALUES ('c');
$$, downgrade => 'DROP TABLE c');
TRUNCATE trace RESTART IDENTITY;
SELECT transactions FROM migrate_plan('k2');
CALL migrate_upgrade_online('k2');
SELECT string_agg(what, ' ' ORDER BY n) AS what, count(DISTINCT xid) AS transactions, bool_and(xid = first) AS each_one
FROM (SELECT *, min(xid) OVER (PARTITION BY what) AS first FROM trace) s;
CALL migrate_downgrade_online('k2@base');

--
-- Enums: a value is committed before it is used
--
SELECT migrate_revision('mood', rev_id => 'm1', head => 'base', upgrade => $$
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE person (name text, mood mood);
$$, downgrade => 'DROP TABLE person; DROP TYPE mood');
SELECT migrate_revision('better mood', rev_id => 'm2', head => 'm1', upgrade => $$
ALTER TYPE mood ADD VALUE 'happy';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'very happy' AFTER 'happy';
INSERT INTO person VALUES ('alice', 'happy'), ('bob', 'very happy');
INSERT INTO person VALUES ('carol', lower('HAPPY')::mood);
ALTER TABLE person ALTER mood SET DEFAULT 'happy';
$$, downgrade => '');
SELECT revision, transactions FROM migrate_plan('m2');
CALL migrate_upgrade_online('m2');
SELECT * FROM person ORDER BY mood, name;
CALL migrate_downgrade_online('m2@base');

--
-- Blocks and procedures that commit
--
CREATE TABLE big (id int, done boolean);
INSERT INTO big SELECT g FROM generate_series(1, 10) g;
CREATE PROCEDURE fill(batch int) LANGUAGE plpgsql AS $$
BEGIN
	LOOP
		UPDATE big SET done = true WHERE id IN (SELECT id FROM big WHERE done IS NULL ORDER BY id LIMIT batch);
		EXIT WHEN NOT FOUND;
		COMMIT;
	END LOOP;
END $$;
SELECT migrate_revision('backfill', rev_id => 'b1', head => 'base', upgrade => $$
DO LANGUAGE plpgsql $do$
BEGIN
	FOR i IN 1..3 LOOP
		INSERT INTO trace (what) VALUES ('batch');
		COMMIT;
	END LOOP;
	INSERT INTO trace (what) VALUES ('undone');
	ROLLBACK;
END $do$;
CALL fill(4);
INSERT INTO trace (what) VALUES ('after');
$$, downgrade => 'UPDATE big SET done = NULL');
TRUNCATE trace RESTART IDENTITY;
SELECT transactions FROM migrate_plan('b1');
CALL migrate_upgrade_online('b1');
SELECT what, count(*), count(DISTINCT xid) AS transactions FROM trace GROUP BY what ORDER BY what;
SELECT count(*), count(done) AS done, count(DISTINCT xmin::text) AS transactions FROM big;
SELECT * FROM state;
CALL migrate_downgrade_online('b1@base');

--
-- Rows that a script returns are thrown away, alone or not
--
CREATE PROCEDURE answer(INOUT i int) LANGUAGE plpgsql AS 'BEGIN i := i + 1; END';
SELECT migrate_revision('rows', rev_id => 'o1', head => 'base',
	upgrade => 'SELECT generate_series(1, 1000); VACUUM trace; SHOW work_mem; CALL answer(41); EXPLAIN SELECT 1; DECLARE c CURSOR WITH HOLD FOR SELECT 1; VACUUM trace; FETCH c', downgrade => '');
CALL migrate_upgrade_online('o1');
CLOSE c;
CALL migrate_downgrade_online('o1@base');
-- what the session has besides stays
BEGIN;
DECLARE of_session CURSOR WITH HOLD FOR SELECT generate_series(1, 3) AS i;
COMMIT;
FETCH of_session;
PREPARE of_session AS SELECT 'prepared' AS statement;
CREATE TEMP TABLE of_session AS SELECT 'temporary' AS "table";
SELECT pg_advisory_lock(7);
SELECT migrate_edit('o1', upgrade => 'VACUUM trace; CREATE INDEX CONCURRENTLY ON no_such_table (i)');
\set VERBOSITY terse
CALL migrate_upgrade_online('o1');
\set VERBOSITY default
SELECT migrate_edit('o1', upgrade => 'VACUUM trace; SELECT 2');
CALL migrate_upgrade_online('o1');
FETCH ALL FROM of_session;
EXECUTE of_session;
TABLE of_session;
SELECT pg_advisory_unlock(7);
DEALLOCATE of_session;
DROP TABLE of_session;
CLOSE of_session;
CALL migrate_downgrade_online('o1@base');
-- the lock of the run is in the session, and must stay
SELECT migrate_edit('o1', upgrade => 'VACUUM trace; SELECT pg_advisory_unlock_all(); SELECT 3');
CALL migrate_upgrade_online('o1');
\echo :SQLSTATE
SELECT journal, locks FROM state;
SELECT migrate_edit('o1', upgrade => 'VACUUM trace; SELECT 3');
CALL migrate_upgrade_online('o1');
CALL migrate_downgrade_online('o1@base');

--
-- Arguments
--
SELECT migrate_revision('arguments', rev_id => 'a1', head => 'base', upgrade => $$
INSERT INTO trace (what) VALUES (concat_ws(' ', '1', migrate_arg('key'), migrate_arg('none', 'fallback'), migrate_tag()));
VACUUM trace;
INSERT INTO trace (what) VALUES (concat_ws(' ', '3', migrate_arg('key'), migrate_arg('none', 'fallback'), migrate_tag()));
CALL note(migrate_arg('key'));
$$, downgrade => 'INSERT INTO trace (what) VALUES (concat_ws('' '', ''down'', migrate_arg(''key''), migrate_tag()))');
CREATE PROCEDURE note(what text) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO trace (what) VALUES (concat_ws(' ', 'call', what, migrate_arg('key'), migrate_tag()));
	COMMIT;
	INSERT INTO trace (what) VALUES (concat_ws(' ', 'commit', migrate_arg('key'), migrate_tag()));
END $$;
TRUNCATE trace RESTART IDENTITY;
CALL migrate_upgrade_online('a1', args => '{"key": "it''s", "none": null}', tag => 'night');
SELECT migrate_arg('key') AS arg, migrate_tag() AS tag;
CALL migrate_downgrade_online('a1@base', '{"key": "value"}', 'day');
SET pgmigrate.args = '{"key": "from the session"}';
SET pgmigrate.tag = 'session';
CALL migrate_upgrade_online('a1');
CALL migrate_downgrade_online('a1@base', args => '{"key": "of the call"}');
RESET pgmigrate.args;
RESET pgmigrate.tag;
SELECT what FROM trace ORDER BY n;

--
-- Settings: pinned in each transaction of a script, and what it sets holds
-- until its end and no longer
--
CREATE VIEW settings AS
	SELECT name, setting FROM pg_settings
	WHERE name IN ('search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'work_mem', 'lock_timeout',
		'statement_timeout', 'default_transaction_isolation', 'transaction_isolation', 'client_min_messages')
	UNION ALL SELECT 'user', CASE current_user WHEN session_user THEN 'session user' ELSE current_user END;
CREATE TABLE seen (n int, name text, setting text);
GRANT ALL ON seen, settings TO regress_pgm_other;
CREATE PROCEDURE see(n int) LANGUAGE sql AS 'INSERT INTO public.seen SELECT n, * FROM public.settings';
GRANT EXECUTE ON PROCEDURE see TO regress_pgm_other;
SELECT migrate_revision('sets', rev_id => 's1', head => 'base', upgrade => $$
INSERT INTO seen SELECT 1, * FROM settings;
CREATE SCHEMA app;
SET search_path = app;
SET TimeZone = 'Asia/Tokyo';
SET work_mem = '1234kB';
SELECT set_config('statement_timeout', '7s', false);
SET default_transaction_isolation = 'serializable';
CREATE TABLE made (i int);
INSERT INTO public.seen SELECT 2, * FROM public.settings;
CREATE INDEX CONCURRENTLY ON made (i);
INSERT INTO public.seen SELECT 3, * FROM public.settings;
SET ROLE regress_pgm_other;
CALL public.see(4);
INSERT INTO public.seen SELECT 5, * FROM public.settings;
RESET ROLE;
RESET work_mem;
VACUUM made;
INSERT INTO public.seen SELECT 6, * FROM public.settings;
$$, downgrade => 'DROP SCHEMA app CASCADE');
SELECT migrate_revision('sees', rev_id => 's2', head => 's1', upgrade => 'INSERT INTO seen SELECT 7, * FROM settings; VACUUM seen; INSERT INTO seen SELECT 8, * FROM settings', downgrade => '');
SET TimeZone = 'Europe/Berlin';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'iso_8601';
SET search_path = pg_catalog, public;
SET work_mem = '5555kB';
SET lock_timeout = '33s';
SET default_transaction_isolation = 'repeatable read';
SET client_min_messages = warning;
CREATE TEMP TABLE before AS SELECT * FROM settings;
CALL public.migrate_upgrade_online('s2');
SELECT s.name, string_agg(coalesce(s.setting, ''), ' | ' ORDER BY s.n) AS seen FROM seen s GROUP BY s.name ORDER BY s.name COLLATE "C";
-- the session is as it was
SELECT count(*) FROM (SELECT * FROM settings EXCEPT SELECT * FROM before) s;
-- also when the run fails, before or after a cut, alone or not
SELECT migrate_revision('fails', rev_id => 's3', head => 's2', upgrade => 'SET search_path = nowhere; SET work_mem = ''66MB''; SET lock_timeout = ''66s''; SELECT 1/0', downgrade => '');
CALL migrate_upgrade_online('s3');
SELECT count(*) FROM (SELECT * FROM settings EXCEPT SELECT * FROM before) s;
SELECT migrate_edit('s3', upgrade => 'SET search_path = nowhere; SET ROLE regress_pgm_other; CREATE INDEX CONCURRENTLY ON no_such_table (i)');
CALL migrate_upgrade_online('s3');
SELECT count(*) FROM (SELECT * FROM settings EXCEPT SELECT * FROM before) s;
SELECT revision FROM migrate_stamp('s2');
SELECT migrate_edit('s3', upgrade => 'SET search_path = nowhere; SET ROLE regress_pgm_other; CALL public.see(9); SELECT 1/0');
CALL migrate_upgrade_online('s3');
SELECT count(*) FROM (SELECT * FROM settings EXCEPT SELECT * FROM before) s;
SELECT revision FROM migrate_stamp('s2');
CALL migrate_downgrade_online('s1');
SELECT count(*) FROM (SELECT * FROM settings EXCEPT SELECT * FROM before) s;
DROP TABLE before;
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
RESET search_path;
RESET work_mem;
RESET lock_timeout;
RESET default_transaction_isolation;
RESET client_min_messages;
CALL migrate_downgrade_online('s1@base');
SELECT migrate_delete('s3');
-- SET LOCAL, too, is for the revision; set_config() holds until the next cut
TRUNCATE seen;
SELECT migrate_edit('s2', upgrade => 'SET LOCAL work_mem = ''77kB''; SELECT set_config(''lock_timeout'', ''77s'', true); VACUUM seen; INSERT INTO seen SELECT 9, * FROM settings');
CALL migrate_upgrade_online('s2');
SELECT name, setting FROM seen WHERE n = 9 AND name IN ('work_mem', 'lock_timeout') ORDER BY name;
SELECT name, setting FROM settings WHERE name IN ('work_mem', 'lock_timeout') ORDER BY name;
CALL migrate_downgrade_online('s1@base');
-- another path for scripts; a temporary table does not stand in for a real one
CREATE SCHEMA mine;
SET pgmigrate.search_path = 'mine, public';
SELECT migrate_edit('s2', upgrade => 'CREATE TABLE here (i int); CREATE INDEX CONCURRENTLY ON here (i); VACUUM here', downgrade => 'DROP INDEX CONCURRENTLY here_i_idx; DROP TABLE here');
CREATE TEMP TABLE here (i int);
CALL migrate_upgrade_online('s2');
SELECT 'mine.here_i_idx'::regclass, to_regclass('public.here'), to_regclass('pg_temp.here_i_idx');
CALL migrate_downgrade_online('s1@base');
SELECT to_regclass('mine.here'), to_regclass('pg_temp.here');
RESET pgmigrate.search_path;
DROP TABLE pg_temp.here;
DROP SCHEMA mine;

--
-- What a script sees of itself: the journal, the progress, the activity
--
SELECT migrate_revision('looks', rev_id => 'j1', head => 'base', upgrade => $$
INSERT INTO trace (what) SELECT format('1: %s', j) FROM migrate_journal j;
VACUUM trace;
INSERT INTO trace (what) SELECT format('3: %s %s %s of %s running %s, %s', revision, direction, done, statements, running, ran_as) FROM migrate_journal;
CALL look(4);
INSERT INTO trace (what) SELECT format('5: %s %s %s of %s running %s', revision, direction, done, statements, running) FROM migrate_journal;
INSERT INTO trace (what) SELECT format('6: %s %s/%s %s %s', revision, statement, statements, command, pid = pg_backend_pid()) FROM migrate_progress;
SELECT pg_stat_clear_snapshot();
INSERT INTO trace (what) SELECT format('8: %s', query) FROM pg_stat_activity WHERE pid = pg_backend_pid();
$$, downgrade => $$
INSERT INTO trace (what) SELECT format('1: %s %s/%s %s', revision, statement, statements, command) FROM migrate_progress;
SELECT pg_stat_clear_snapshot();
INSERT INTO trace (what) SELECT format('3: %s', query) FROM pg_stat_activity WHERE pid = pg_backend_pid();
INSERT INTO trace (what) SELECT format('4: %s', j) FROM migrate_journal j;
$$);
CREATE PROCEDURE look(n int) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO trace (what) SELECT format('%s: %s %s %s of %s running %s %s %s', n, revision, direction, done, statements, running, running_text, pid = pg_backend_pid()) FROM migrate_journal;
	INSERT INTO trace (what) SELECT format('%s: %s', n, query) FROM pg_stat_activity WHERE pid = pg_backend_pid();
END $$;
TRUNCATE trace RESTART IDENTITY;
CALL migrate_upgrade_online('j1');
CALL migrate_downgrade_online('j1@base');
\pset format unaligned
SELECT what FROM trace ORDER BY n;
SELECT * FROM migrate_progress;
SELECT * FROM migrate_journal;
-- the function forms, too
TRUNCATE trace RESTART IDENTITY;
SELECT migrate_edit('j1', upgrade => $$
SELECT 1;
INSERT INTO trace (what) SELECT format('2: %s', query) FROM pg_stat_activity WHERE pid = pg_backend_pid();
SELECT pg_stat_clear_snapshot();
INSERT INTO trace (what) SELECT format('4: %s %s/%s %s', revision, statement, statements, command) FROM migrate_progress;
$$);
SELECT revision FROM migrate_upgrade('j1');
SELECT what FROM trace ORDER BY n;
\pset format aligned
SELECT revision FROM migrate_downgrade('j1@base');
SELECT migrate_delete('j1');

--
-- Limits
--
SHOW pgmigrate.lock_timeout;
SHOW pgmigrate.lock_retries;
SHOW pgmigrate.revision_timeout;
-- for a revision as a whole, online and in the function forms
SELECT migrate_revision('quick', rev_id => 'l0', head => 'base', upgrade => 'SELECT 1', downgrade => '');
SELECT migrate_revision('slow', rev_id => 'l1', head => 'l0', upgrade => E'SELECT 1;\nSELECT pg_sleep(100)', downgrade => '');
SELECT migrate_revision('slow', rev_id => 'l2', head => 'l1', upgrade => 'SELECT pg_sleep(1.5)', downgrade => '');
SELECT migrate_revision('slow', rev_id => 'l3', head => 'l2', upgrade => 'SELECT pg_sleep(1.5)', downgrade => '');
CREATE TABLE one_row AS SELECT 100 AS seconds;
CREATE FUNCTION slow(seconds int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(seconds); RETURN seconds; END';
SET pgmigrate.revision_timeout = '1s';
CALL migrate_upgrade_online('l1');
\echo :SQLSTATE
SELECT revision FROM migrate_upgrade('l1');
\echo :SQLSTATE
SELECT version FROM state;
-- statements that run alone count
SELECT migrate_edit('l1', upgrade => 'CREATE INDEX CONCURRENTLY slow ON one_row (slow(seconds))');
\set SHOW_CONTEXT never
CALL migrate_upgrade_online('l1');
\echo :SQLSTATE
\set SHOW_CONTEXT errors
SELECT to_regclass('slow'), journal FROM state;
-- each revision anew, and nothing comes later
SELECT migrate_edit('l1', upgrade => 'SELECT pg_sleep(1.5)');
SET pgmigrate.revision_timeout = '4s';
CALL migrate_upgrade_online('l3');
SET pgmigrate.revision_timeout = '2s';
SELECT migrate_edit('l1', upgrade => 'SELECT 1', force => true);
CALL migrate_downgrade_online('l2');
SELECT pg_sleep(2.2);
RESET pgmigrate.revision_timeout;
CALL migrate_downgrade_online('l0');
-- statement_timeout: each statement of a script anew
SELECT migrate_edit('l1', upgrade => 'SELECT pg_sleep(1.5); VACUUM trace; SELECT pg_sleep(1.5)');
SET statement_timeout = '4s';
CALL migrate_upgrade_online('l2');
SELECT version FROM state;
CALL migrate_downgrade_online('l0');
SELECT migrate_edit('l1', upgrade => E'SELECT 1;\nSELECT pg_sleep(100)');
SET statement_timeout = '1s';
CALL migrate_upgrade_online('l3');
\echo :SQLSTATE
SELECT migrate_edit('l1', upgrade => E'SELECT 1;\nCREATE INDEX CONCURRENTLY slow ON one_row (slow(seconds))');
\set SHOW_CONTEXT never
CALL migrate_upgrade_online('l3');
\echo :SQLSTATE
\set SHOW_CONTEXT errors
RESET statement_timeout;
SELECT to_regclass('slow'), journal FROM state;
SELECT direction, revision, result, sqlstate, error, statement, line FROM migrate_log WHERE result = 'failed' ORDER BY id;

SELECT revision FROM migrate_stamp('l0');

--
-- At the end
--
SELECT * FROM migrate_check(strict => false) WHERE test = 'none half done';
SELECT journal, locks FROM state;
\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_online, regress_pgm_other;
