-- Callbacks: when they run and what they see, what becomes of a run when one
-- fails, and whose callbacks run with whose rights.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE TABLE heard (n int GENERATED ALWAYS AS IDENTITY, said text);
CREATE FUNCTION hear(name text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO heard (said) SELECT concat_ws(' ', name || ':', migrate_arg('event'), migrate_arg('direction'),
		migrate_arg('revision'), '<' || migrate_arg('down_revision') || '>', migrate_arg('message'),
		'env=' || migrate_arg('env'), 'tag=' || migrate_tag(),
		'at ' || (SELECT string_agg(revision, ',') FROM migrate_current()), 'log ' || (SELECT count(*) FROM migrate_log))
$$;

SELECT migrate_revision('First', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'c1');
SELECT migrate_revision('Second', $$INSERT INTO heard (said) VALUES ('script: ' || coalesce(migrate_arg('revision'), 'null'))$$, '', rev_id => 'c2');
SELECT migrate_set_callback('before_run', 'b', $$SELECT hear('b')$$);
SELECT migrate_set_callback('before_run', 'a', $$SELECT hear('a'); SELECT 1$$);
SELECT migrate_set_callback('before_revision', 'log', $$SELECT hear('log')$$);
SELECT migrate_set_callback('after_revision', 'log', $$SELECT hear('log')$$);
SELECT migrate_set_callback('after_run', 'log', $$SELECT hear('log')$$);
SELECT migrate_set_repeatable('rep', $$INSERT INTO heard (said) VALUES ('repeatable')$$);

-- in a function
SELECT step, revision FROM migrate_upgrade('head', args => '{"env": "test", "revision": "mine"}', tag => 'v1');
SELECT said FROM heard ORDER BY n;
SELECT migrate_arg('revision'), migrate_arg('event');
TRUNCATE heard;
-- nothing to do, nothing to hear; nor of stamps
SELECT count(*) FROM migrate_upgrade('head');
SELECT count(*) FROM migrate_plan('head');
SELECT step, revision FROM migrate_stamp('c1');
SELECT step, revision FROM migrate_stamp('c2');
SELECT said FROM heard ORDER BY n;
SELECT step, revision FROM migrate_downgrade('c1');
SELECT said FROM heard ORDER BY n;
TRUNCATE heard;

-- online: with the revision, and committed with it
SELECT migrate_edit('c2', upgrade => 'CREATE TABLE two (i int); CREATE INDEX CONCURRENTLY two_i ON two (i); INSERT INTO two VALUES (1)', downgrade => 'DROP TABLE two');
SELECT migrate_revision('Alone', 'CREATE INDEX CONCURRENTLY two_alone ON two (i)', 'DROP INDEX CONCURRENTLY two_alone', rev_id => 'c3');
SELECT migrate_revision('Empty', '', '', rev_id => 'c4');
CALL migrate_upgrade_online('head', args => '{"env": "online"}');
SELECT said FROM heard ORDER BY n;
TRUNCATE heard;
CALL migrate_downgrade_online('c2');
SELECT said FROM heard ORDER BY n;
TRUNCATE heard;

-- one that fails
SELECT migrate_set_callback('after_revision', 'guard', $$
	SELECT hear('guard');
	DO 'BEGIN IF migrate_arg(''revision'') = ''c4'' THEN RAISE ''not c4''; END IF; END'$$);
SELECT step, revision FROM migrate_upgrade('head');
SELECT migrate_edit('c3', upgrade => 'CREATE INDEX two_alone ON two (i)', downgrade => 'DROP INDEX two_alone');
SELECT step, revision FROM migrate_upgrade('head');
SELECT count(*) FROM heard;
CALL migrate_upgrade_online('head');
SELECT revision FROM migrate_current();
SELECT said FROM heard ORDER BY n;
SELECT revision, result, error, statement FROM migrate_log ORDER BY id DESC LIMIT 2;
TRUNCATE heard;
SELECT migrate_set_callback('after_revision', 'guard', NULL);
SELECT migrate_set_callback('before_revision', 'guard', 'SELECT 1/0');
SELECT step, revision FROM migrate_upgrade('head');
CALL migrate_upgrade_online('head');
SELECT migrate_set_callback('before_revision', 'guard', NULL);
SELECT migrate_set_callback('before_run', 'guard', 'SELECT 2/0');
SELECT step, revision FROM migrate_upgrade('head');
CALL migrate_upgrade_online('head');
SELECT migrate_set_callback('before_run', 'guard', NULL);
SELECT migrate_set_callback('after_run', 'guard', 'SELECT 3/0');
SELECT step, revision FROM migrate_upgrade('head');
SELECT revision FROM migrate_current();
CALL migrate_upgrade_online('head');
SELECT revision FROM migrate_current();
SELECT migrate_set_callback('after_run', 'guard', NULL);
SELECT count(*) FROM heard WHERE said LIKE '%upgrade c4%';

-- a revision that fails takes its callbacks along
SELECT migrate_revision('Wrong', 'SELECT 4/0', '', rev_id => 'c5');
TRUNCATE heard;
CALL migrate_upgrade_online('head');
SELECT said FROM heard ORDER BY n;
-- a callback starts no run and changes no revision; what it sets ends with it
SELECT migrate_set_callback('before_run', 'again', $$SELECT migrate_upgrade()$$);
SELECT migrate_upgrade('head');
SELECT migrate_set_callback('before_run', 'again', $$SET work_mem = '7MB'; SET search_path = nowhere$$);
SELECT migrate_edit('c5', upgrade => $$INSERT INTO heard (said) VALUES (current_setting('work_mem'))$$);
SET work_mem = '5MB';
SELECT step, revision FROM migrate_upgrade('head');
SELECT said FROM heard WHERE said LIKE '%MB';
RESET work_mem;

-- what is refused
SELECT migrate_set_callback('during_run', 'x', 'SELECT 1');
SELECT migrate_set_callback('', 'x', 'SELECT 1');
SELECT migrate_set_callback(NULL, 'x', 'SELECT 1');
SELECT migrate_set_callback('after_run', '', 'SELECT 1');
SELECT migrate_set_callback('after_run', NULL, 'SELECT 1');
SELECT migrate_set_callback('after_run', 'x', 'SELECT (');
SELECT migrate_set_callback('after_run', 'x', E'\n\nSELECT 1; COMMIT');
SELECT migrate_set_callback('after_run', 'x', 'SELECT 1; DROP INDEX CONCURRENTLY x');
SELECT migrate_set_callback('after_run', 'x', NULL);
BEGIN READ ONLY;
SELECT migrate_set_callback('after_run', 'x', 'SELECT 1');
ROLLBACK;

-- whose
CREATE ROLE regress_callback_dev;
SELECT migrate_grant('write', 'regress_callback_dev');
SET ROLE regress_callback_dev;
SELECT migrate_set_callback('after_run', 'it''s mine', 'SELECT current_user');
RESET ROLE;
SELECT migrate_revision('Last', '', '', rev_id => 'c6');
SELECT migrate_upgrade();
CALL migrate_upgrade_online();
SELECT migrate_approve('callback:after_run/nobody');
SELECT migrate_approve('callback:never/it''s mine');
SELECT migrate_approve('callback:after_run');
SELECT migrate_approve('callback:after_run/it''s mine');
SELECT step, revision FROM migrate_upgrade();

\set VERBOSITY terse
SET client_min_messages = warning;
DROP TABLE heard, one, two;
DROP FUNCTION hear;
DROP EXTENSION pgmigrate;
DROP OWNED BY regress_callback_dev;
DROP ROLE regress_callback_dev;
CREATE EXTENSION pgmigrate;
