-- Repeatables: what runs again when its text has changed, in which order, who
-- may run it, and what knows of it.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;

SELECT migrate_revision('Assets', 'CREATE TABLE asset (id int, name text)', 'DROP TABLE asset CASCADE', rev_id => 'a1');
SELECT migrate_revision('Owner', 'ALTER TABLE asset ADD owner text', 'ALTER TABLE asset DROP owner CASCADE', rev_id => 'a2');

-- they run after the revisions, in the order of dependencies, then of names
SELECT migrate_set_repeatable('b reports', $$
	CREATE OR REPLACE VIEW report AS SELECT count(*) AS n, upcase('x') AS x FROM asset;
	COMMENT ON VIEW report IS 'one'$$, depends_on => '{functions,a seeds}');
SELECT migrate_set_repeatable('functions',
	$$CREATE OR REPLACE FUNCTION upcase(t text) RETURNS text LANGUAGE sql AS 'SELECT upper(t)'$$);
SELECT migrate_set_repeatable('a seeds', $$INSERT INTO asset SELECT 1, 'one' WHERE NOT EXISTS (SELECT FROM asset)$$);
SELECT step, direction, revision, down_revision, message FROM migrate_plan();
SELECT step, direction, revision FROM migrate_plan('a1');
SELECT step, direction, revision FROM migrate_upgrade('a1');
SELECT step, direction, revision FROM migrate_plan('+1');
SELECT step, direction, revision FROM migrate_upgrade();
SELECT * FROM report;
SELECT name, pending, applied_sha256 = sha256(convert_to(script, 'UTF8')) AS applied, applied_by, author FROM migrate_repeatable ORDER BY name;
SELECT id, revision, direction, message, statements, sha256 IS NOT NULL AS digest, result FROM migrate_log ORDER BY id;
SELECT revision, status, applied_by IS NOT NULL FROM migrate_current();

-- then there is nothing to do
SELECT count(*) FROM migrate_plan();
SELECT count(*) FROM migrate_upgrade();
SELECT count(*) FROM migrate_upgrade('heads');
SELECT count(*) FROM migrate_upgrade('a2');
SELECT test, ok, revision FROM migrate_check() WHERE test = 'repeatables';
BEGIN;
SELECT migrate_upgrade();
SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass AND mode = 'ExclusiveLock';
COMMIT;

-- the same text again is no change; another one is, also for what depends on it
SELECT migrate_set_repeatable('functions', script) FROM migrate_repeatable WHERE name = 'functions';
SELECT count(*) FROM migrate_plan();
SELECT migrate_set_repeatable('functions',
	$$CREATE OR REPLACE FUNCTION upcase(t text) RETURNS text LANGUAGE sql AS 'SELECT upper(t) || ''!'''$$);
SELECT step, direction, revision FROM migrate_plan();
SELECT step, direction, revision FROM migrate_plan('a1');
SELECT test, ok, revision, detail FROM migrate_check(strict => false) WHERE NOT ok;
SELECT * FROM migrate_check();
SELECT step, direction, revision FROM migrate_upgrade('a2');
SELECT * FROM report;
-- changed, and changed back
SELECT migrate_set_repeatable('a seeds', 'SELECT 1');
SELECT step, direction, revision FROM migrate_plan('heads');
SELECT migrate_set_repeatable('a seeds', $$INSERT INTO asset SELECT 1, 'one' WHERE NOT EXISTS (SELECT FROM asset)$$);
SELECT count(*) FROM migrate_plan('heads');

-- one that fails takes the run along, and is named
SELECT migrate_set_repeatable('functions', $$
	CREATE OR REPLACE FUNCTION upcase(t text) RETURNS text LANGUAGE sql AS 'SELECT t';
	SELECT 1 / 0$$);
SELECT migrate_revision('More', 'CREATE TABLE more ()', 'DROP TABLE more', rev_id => 'a3');
SELECT step, direction, revision FROM migrate_upgrade();
SELECT revision FROM migrate_current();
SELECT * FROM report;
SELECT migrate_set_repeatable('functions',
	$$CREATE OR REPLACE FUNCTION upcase(t text) RETURNS text LANGUAGE sql AS 'SELECT t'$$);
SELECT step, direction, revision FROM migrate_upgrade();

-- downgrades and stamps run none; after a downgrade all run again
SELECT step, direction, revision FROM migrate_stamp('a2');
SELECT step, direction, revision FROM migrate_stamp('a3');
SELECT count(*) FROM migrate_plan();
SELECT step, direction, revision FROM migrate_downgrade('a1');
SELECT step, direction, revision FROM migrate_plan('a2');
SELECT step, direction, revision FROM migrate_upgrade();
SELECT * FROM report;

-- branches: a target that is a head will do
SELECT migrate_revision('Side', 'SELECT 1', '', rev_id => 's1', head => 'base', branch_label => 'side');
SELECT migrate_set_repeatable('extra', 'SELECT 2', '{b reports}');
SELECT step, direction, revision FROM migrate_plan('a3');
SELECT step, direction, revision FROM migrate_plan('side@head');
SELECT step, direction, revision FROM migrate_plan('side@base+1');
SELECT step, direction, revision FROM migrate_upgrade('heads');
SELECT count(*) FROM migrate_upgrade('heads');

-- online, each in its own transaction
SELECT migrate_set_repeatable('functions',
	$$CREATE OR REPLACE FUNCTION upcase(t text) RETURNS text LANGUAGE sql AS 'SELECT t || 3'$$);
SELECT migrate_set_repeatable('b reports', 'SELECT wrong', '{functions}');
SELECT migrate_set_repeatable('new ''one''', '-- nothing');
CALL migrate_upgrade_online('heads');
SELECT name, pending FROM migrate_repeatable ORDER BY name;
SELECT revision, direction, result, sqlstate, statement, line FROM migrate_log ORDER BY id DESC LIMIT 2;
SELECT migrate_set_repeatable('b reports', 'SELECT 1', '{functions}');
CALL migrate_upgrade_online('heads');
CALL migrate_upgrade_online('heads');
SELECT name FROM migrate_repeatable WHERE pending;
CALL migrate_downgrade_online('side@-1');
CALL migrate_upgrade_online('heads');

-- what is refused
SELECT migrate_set_repeatable('', 'SELECT 1');
SELECT migrate_set_repeatable(NULL, 'SELECT 1');
SELECT migrate_set_repeatable('x', 'SELECT 1', NULL);
SELECT migrate_set_repeatable('x', 'SELECT 1', '{NULL}');
SELECT migrate_set_repeatable('x', E'SELECT 1;\nSELEC 2');
SELECT migrate_set_repeatable('x', 'SELECT 1; COMMIT');
SELECT migrate_set_repeatable('x', E'SELECT 1;\nVACUUM');
SELECT migrate_set_repeatable('x', 'SELECT 1', '{x}');
SELECT migrate_set_repeatable('functions', 'SELECT 1', '{extra}');
SELECT migrate_set_repeatable('no such', NULL);
SELECT migrate_set_repeatable('functions', NULL);
SELECT migrate_revision('Calls', $$SELECT migrate_set_repeatable('y', 'SELECT 1')$$, '', rev_id => 's2', head => 's1');
SELECT migrate_upgrade('side@head');
SELECT migrate_edit('s2', upgrade => '');
-- what it depends on can be set later, but must be there in time
SELECT migrate_set_repeatable('x', 'SELECT 1', '{y}');
SELECT step, direction, revision FROM migrate_plan('heads');
SELECT migrate_set_repeatable('y', 'SELECT 1', '{x}');
SELECT migrate_set_repeatable('y', 'SELECT 1');
SELECT step, direction, revision FROM migrate_upgrade('heads');
SELECT migrate_set_repeatable('x', NULL), migrate_set_repeatable('y', NULL);

-- whose text runs with whose rights
CREATE ROLE regress_repeat_dev;
SELECT migrate_grant('write', 'regress_repeat_dev');
SET ROLE regress_repeat_dev;
SELECT migrate_set_repeatable('evil', 'ALTER ROLE regress_repeat_dev SUPERUSER');
RESET ROLE;
SELECT migrate_upgrade('heads');
CALL migrate_upgrade_online('heads');
SELECT migrate_approve('repeatable:nobody');
SELECT migrate_approve('repeatable:evil', '\x00');
SELECT migrate_approve('repeatable:evil', sha256(convert_to('ALTER ROLE regress_repeat_dev SUPERUSER', 'UTF8')));
BEGIN;
SELECT step, direction, revision FROM migrate_upgrade('heads');
ROLLBACK;
SET ROLE regress_repeat_dev;
SELECT migrate_set_repeatable('evil', 'ALTER ROLE regress_repeat_dev SUPERUSER CREATEDB');
RESET ROLE;
SELECT migrate_upgrade('heads');
SELECT migrate_set_repeatable('evil', script) FROM migrate_repeatable WHERE name = 'evil';
BEGIN;
SELECT step, direction, revision FROM migrate_upgrade('heads');
ROLLBACK;
SELECT migrate_set_repeatable('evil', NULL);
BEGIN READ ONLY;
SELECT migrate_set_repeatable('x', 'SELECT 1');
ROLLBACK;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP TABLE asset, more CASCADE;
DROP FUNCTION upcase;
DROP EXTENSION pgmigrate;
DROP OWNED BY regress_repeat_dev;
DROP ROLE regress_repeat_dev;
CREATE EXTENSION pgmigrate;
