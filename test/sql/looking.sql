-- Where are we, and what is there: migrate_current(), migrate_heads(),
-- migrate_branches(), migrate_show() and migrate_plan().
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_looker;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_looker SUPERUSER;
SET SESSION AUTHORIZATION regress_looker;

--
-- An empty project
--
SELECT * FROM migrate_current();
SELECT * FROM migrate_current(true);
SELECT * FROM migrate_heads();
SELECT * FROM migrate_heads(true);
SELECT * FROM migrate_branches();
SELECT * FROM migrate_plan();
SELECT * FROM migrate_plan('base', 'downgrade');
SELECT * FROM migrate_plan('head', 'stamp');
SELECT * FROM migrate_show();
SELECT * FROM migrate_show('head');
SELECT * FROM migrate_show('x');

--
-- The graph that Alembic's manual has: a core, and billing on its own base
--
SELECT migrate_revision('create users', rev_id => 'a1', branch_label => 'core',
	upgrade => 'CREATE TABLE users (id int)', downgrade => 'DROP TABLE users');
SELECT migrate_revision('left', rev_id => 'b1', head => 'a1', upgrade => 'ALTER TABLE users ADD l int',
	downgrade => 'ALTER TABLE users DROP l');
SELECT migrate_revision('right', rev_id => 'b2', head => 'a1', splice => true,
	upgrade => 'ALTER TABLE users ADD r int', downgrade => 'ALTER TABLE users DROP r');
SELECT migrate_revision('billing base', rev_id => 'z1', head => 'base', branch_label => 'billing',
	depends_on => 'b1', upgrade => 'CREATE TABLE bill (id int)');
SELECT migrate_merge('{b1,b2}', 'merge', 'm1');
SELECT revision, message, branch_labels, status, author FROM migrate_heads();
SELECT revision FROM migrate_heads(true);
SELECT * FROM migrate_branches();
SELECT migrate_heads(NULL);
SELECT migrate_current(NULL);

--
-- Current
--
SELECT * FROM migrate_current(true);
SET client_min_messages = warning;
SELECT revision FROM migrate_upgrade('b1');
RESET client_min_messages;
SELECT revision, message, status, applied_by, applied_at BETWEEN now() - interval '1 hour' AND now() AS applied_at
FROM migrate_current();
-- z1 implies b1
SET client_min_messages = warning;
SELECT revision FROM migrate_upgrade('billing');
RESET client_min_messages;
SELECT revision, message, status, applied_by FROM migrate_current();
SELECT * FROM migrate_current(true);
SET client_min_messages = warning;
SELECT revision FROM migrate_upgrade('heads');
RESET client_min_messages;
SELECT revision, message, status, applied_by FROM migrate_current();
SELECT revision FROM migrate_current(true);
-- a current revision that nobody knows
INSERT INTO migrate_version VALUES ('ghost', 9);
SELECT revision, message, status, applied_by FROM migrate_current();
SELECT * FROM migrate_upgrade('heads');
SELECT * FROM migrate_downgrade('base');
SELECT * FROM migrate_plan('head');
SELECT revision, status, applied FROM migrate_history();
SELECT revision FROM migrate_show();
DELETE FROM migrate_version WHERE revision = 'ghost';
-- a stamp is by somebody too
SELECT revision FROM migrate_stamp('b2', purge => true);
SELECT revision, status, applied_by FROM migrate_current();
-- rows that were put in by hand are by nobody
DELETE FROM migrate_log;
SELECT revision, status, applied_at, applied_by FROM migrate_current();
-- an effective head
SELECT migrate_revision('needs all of core', rev_id => 'z2', head => 'billing@head', depends_on => 'm1', downgrade => '');
SELECT revision, status FROM migrate_heads();
SELECT revision, status FROM migrate_heads(resolve_dependencies => true);
SELECT revision FROM migrate_stamp('heads');
SELECT revision, status FROM migrate_current(true);

--
-- Show
--
SELECT migrate_edit('z1', message => E'billing base\n\nlong text', force => true);
\x on
SELECT revision, message, status, applied, down_revision, depends_on, branches_into, branch_labels, author,
	created_at IS NOT NULL AS created_at, approved_by, upgrade, downgrade
FROM migrate_show('a1');
SELECT revision, message, status, applied, down_revision, depends_on, branches_into, branch_labels, author,
	created_at IS NOT NULL AS created_at, approved_by, upgrade, downgrade
FROM migrate_show('{m1,z1}');
\x off
SELECT migrate_edit('z1', message => 'billing base', force => true);
SELECT revision, status FROM migrate_show();
SELECT revision FROM migrate_show('current');
SELECT revision FROM migrate_show('heads');
SELECT revision FROM migrate_show('core@head');
SELECT revision FROM migrate_show('base');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT revision FROM migrate_show('-1');
SELECT revision FROM migrate_show('billing@-1');
SELECT revision FROM migrate_show('z1-1');
SELECT revision FROM migrate_show('z2-2');
SELECT revision FROM migrate_show('z2-3');
SELECT revision FROM migrate_show('a1+1');
SELECT revision FROM migrate_show('b1+1');
SELECT revision FROM migrate_show('head');
SELECT revision FROM migrate_show('core@z1');
SELECT revision FROM migrate_show('a1:b1');
SELECT revision FROM migrate_show(NULL);
SELECT revision FROM migrate_show('{}');

--
-- Plan
--
SELECT * FROM migrate_plan('base', 'downgrade');
SELECT * FROM migrate_plan('a1', 'downgrade');
SELECT * FROM migrate_plan('-1', 'downgrade');
SELECT * FROM migrate_plan('billing@-1', 'downgrade');
SELECT * FROM migrate_plan('b1', 'stamp');
SELECT * FROM migrate_plan('base', 'stamp');
SELECT * FROM migrate_plan('{b1,b2}', 'stamp');
SELECT * FROM migrate_plan('heads');
DELETE FROM migrate_version;
SELECT * FROM migrate_plan('heads');
SELECT * FROM migrate_plan('{b2,z1}');
SELECT * FROM migrate_plan('+1');
SELECT * FROM migrate_plan('core@+1');
SELECT * FROM migrate_plan('heads', 'stamp');
SELECT * FROM migrate_plan('base', 'downgrade');
-- how an online run would cut the scripts
BEGIN;
SELECT migrate_revision('in parts', rev_id => 'z3', head => 'z2',
	upgrade => 'CREATE TABLE x (i int); INSERT INTO x VALUES (1); CREATE INDEX CONCURRENTLY x_i ON x (i); VACUUM x; DROP TABLE x',
	downgrade => 'DROP INDEX CONCURRENTLY x_i');
SELECT * FROM migrate_plan('z3');
SELECT * FROM migrate_plan('z3', 'stamp');
SELECT direction, revision FROM migrate_stamp('z3');
SELECT * FROM migrate_plan('-1', 'downgrade');
ROLLBACK;

-- nothing of it was done
SELECT (SELECT count(*) FROM migrate_version) AS rows, (SELECT count(*) FROM migrate_log WHERE direction = 'downgrade') AS downgrades;
-- errors are those of the run
SELECT * FROM migrate_plan();
SELECT * FROM migrate_plan('nowhere');
SELECT * FROM migrate_plan('b1', 'downgrade');
SELECT * FROM migrate_plan('{b1,b2}', 'downgrade');
SELECT * FROM migrate_plan('{a1,b1}', 'stamp');
SELECT * FROM migrate_plan('head', 'sideways');
SELECT * FROM migrate_plan('head', 'UPGRADE');
SELECT * FROM migrate_plan(NULL);
SELECT * FROM migrate_plan('head', NULL);

--
-- Looking needs no right to write
--
BEGIN READ ONLY;
SELECT count(*) FROM migrate_current();
SELECT count(*) FROM migrate_heads();
SELECT count(*) FROM migrate_branches();
SELECT count(*) FROM migrate_show('heads');
SELECT count(*) FROM migrate_plan('heads');
SELECT count(*) FROM migrate_history();
SELECT count(*) > 0 AS some FROM migrate_graph();
SELECT count(*) > 0 AS some FROM migrate_sql('upgrade', 'heads');
SELECT count(*) > 0 AS some FROM migrate_check(false);
SELECT count(*) FROM migrate_progress;
COMMIT;

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP TABLE users, bill;
DROP OWNED BY regress_looker CASCADE;
DROP ROLE regress_looker;
