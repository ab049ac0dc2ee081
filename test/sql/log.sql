-- migrate_log: what was done to this database, by whom, and with which text.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_boss, regress_worker;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_boss SUPERUSER;
CREATE ROLE regress_worker;
GRANT CREATE ON SCHEMA public TO regress_worker;
GRANT regress_worker TO regress_boss;
SELECT migrate_grant('look', 'regress_worker');
SELECT migrate_grant('run', 'regress_worker');
SET SESSION AUTHORIZATION regress_boss;

SELECT migrate_revision('one', rev_id => 'l1', upgrade => 'CREATE TABLE logged (id int); SELECT 1;', downgrade => 'DROP TABLE logged');
SELECT migrate_revision('two', rev_id => 'l2', upgrade => E'INSERT INTO logged VALUES (1);\n-- the end', downgrade => '');
SELECT migrate_revision('three', rev_id => 'l3', head => 'l1', splice => true,
	upgrade => U&'SELECT ''\00e4\00f6\00fc \20ac''', downgrade => 'SELECT 1');
SELECT migrate_merge(message => 'merge', rev_id => 'l4');

--
-- One row for each step, in the order of the steps
--
SET application_name = 'regress log';
SELECT step, revision FROM migrate_upgrade();
SELECT id, direction, revision, down_revision, message, statements FROM migrate_log ORDER BY id;
SELECT count(*) FROM migrate_downgrade('l1');
SELECT count(*) FROM migrate_stamp('l2');
SELECT count(*) FROM migrate_stamp('base');
SELECT count(*) FROM migrate_stamp('l1');
SELECT count(*) FROM migrate_downgrade('base');
SELECT id, direction, revision, down_revision, message, statements FROM migrate_log ORDER BY id;
-- they are all of steps that are done
SELECT DISTINCT result, sqlstate, error, statement, line FROM migrate_log;

--
-- The text that ran
--
SELECT id, direction, l.revision,
	l.sha256 = sha256(convert_to(CASE direction WHEN 'upgrade' THEN upgrade WHEN 'downgrade' THEN downgrade END, 'UTF8'))
		AS is_the_text
FROM migrate_log l JOIN migrate_script s USING (revision) ORDER BY id;
SELECT encode(sha256, 'hex') FROM migrate_log WHERE revision = 'l3' AND direction = 'upgrade';
-- the text as it was then
SELECT migrate_edit('l1', upgrade => 'CREATE TABLE logged (id bigint)');
SELECT count(*) FROM migrate_upgrade('l1');
SELECT id, statements, l.sha256 = sha256(convert_to(upgrade, 'UTF8')) AS is_the_text
FROM migrate_log l JOIN migrate_script s USING (revision)
WHERE direction = 'upgrade' AND revision = 'l1' ORDER BY id;

--
-- When, how long, where
--
SELECT bool_and(started_at BETWEEN now() - interval '1 hour' AND clock_timestamp()) AS started_at,
	bool_and(duration >= '0' AND duration < '1 hour') AS duration,
	bool_and(lsn_after >= lsn_before) AS lsn,
	bool_and(lsn_after > lsn_before) FILTER (WHERE revision = 'l1' AND sha256 IS NOT NULL) AS wrote,
	bool_and(server_version = current_setting('server_version')) AS version
FROM migrate_log;
SELECT bool_and(started_at + duration <= next) AS in_order, bool_and(lsn_after <= next_lsn) AS in_order
FROM (SELECT *, lead(started_at) OVER (ORDER BY id) AS next, lead(lsn_before) OVER (ORDER BY id) AS next_lsn FROM migrate_log) l;

--
-- By whom
--
TRUNCATE migrate_log;
DROP TABLE logged;
SELECT count(*) FROM migrate_stamp('base');
SET ROLE regress_worker;
SET application_name = 'regress worker';
SELECT count(*) FROM migrate_upgrade('l1');
RESET ROLE;
SET application_name = '';
SELECT count(*) FROM migrate_upgrade('l2');
SET application_name = E'it''s "me"';
-- a function with the rights of its owner
CREATE FUNCTION run_as_boss() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
	'SELECT count(*) FROM migrate_upgrade(''l3'')';
SET SESSION AUTHORIZATION regress_worker;
SELECT run_as_boss();
SET SESSION AUTHORIZATION regress_boss;
SELECT id, direction, revision, ran_as, logged_in_as, application_name FROM migrate_log ORDER BY id;
SELECT bool_and(client_addr IS NOT DISTINCT FROM inet_client_addr()) AS client_addr FROM migrate_log;
SELECT revision, applied_by FROM migrate_current();
-- the message is that of the day
SELECT migrate_edit('l1', message => 'the first', force => true);
SELECT DISTINCT message FROM migrate_log WHERE revision = 'l1';
-- a script cannot say that somebody else did it
SELECT migrate_edit('l4', upgrade => $$SET application_name = 'somebody else'; SET ROLE regress_worker$$);
SET application_name = 'me';
SELECT count(*) FROM migrate_upgrade();
SELECT revision, ran_as, logged_in_as, application_name FROM migrate_log ORDER BY id DESC LIMIT 1;
SHOW application_name;

--
-- What did not commit is not there
--
SELECT max(id) AS before FROM migrate_log \gset
BEGIN;
SELECT count(*) FROM migrate_downgrade('base');
SELECT count(*) FROM migrate_log WHERE id > :before;
ROLLBACK;
SELECT count(*) FROM migrate_log WHERE id > :before;
SELECT migrate_edit('l2', downgrade => 'SELECT 1/0', force => true);
\set VERBOSITY terse
SELECT count(*) FROM migrate_downgrade('base');
\set VERBOSITY default
SELECT count(*) FROM migrate_log WHERE id > :before;
-- of an online run that failed, there is what was done and what was not
\set VERBOSITY terse
CALL migrate_downgrade_online('base');
\set VERBOSITY default
SELECT id - :before AS id, direction, revision, result, sqlstate, error, statement, line, statements,
	l.sha256 = sha256(convert_to(downgrade, 'UTF8')) AS is_the_text, ran_as, logged_in_as
FROM migrate_log l JOIN migrate_script s USING (revision) WHERE id > :before ORDER BY id;
SELECT max(id) AS before FROM migrate_log \gset
-- numbers go on
SELECT count(*) FROM migrate_stamp('l1');
SELECT max(id) - :before AS more FROM migrate_log;
-- who has failed has not applied it, even if it comes to be applied otherwise
SELECT count(*) FROM migrate_stamp('l2');
SELECT count(*) FROM migrate_stamp('l1');
SELECT migrate_edit('l2', upgrade => E'SELECT 1;\nSELECT 1/0');
SET ROLE regress_worker;
\set VERBOSITY terse
CALL migrate_upgrade_online('l2');
\set VERBOSITY default
RESET ROLE;
SELECT direction, revision, result, statement, line, ran_as FROM migrate_log ORDER BY id DESC LIMIT 1;
UPDATE migrate_version SET revision = 'l2';
SELECT revision, applied_by FROM migrate_current();

RESET SESSION AUTHORIZATION;
DROP EXTENSION pgmigrate CASCADE;
DROP TABLE logged;
DROP FUNCTION run_as_boss;
REVOKE CREATE ON SCHEMA public FROM regress_worker;
DROP OWNED BY regress_boss, regress_worker;
DROP ROLE regress_boss, regress_worker;
