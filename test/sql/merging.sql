-- migrate_merge(): joining heads.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_merger;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;

-- some errors name the author
CREATE ROLE regress_merger SUPERUSER;
SET SESSION AUTHORIZATION regress_merger;

CREATE VIEW authored AS
	SELECT revision, message, down_revision, branch_labels, upgrade, downgrade, is_head
	FROM migrate_script ORDER BY ordinal;

--
-- Nothing to merge
--
SELECT migrate_merge();
SELECT migrate_revision('first', rev_id => 'a');
SELECT migrate_merge();
SELECT migrate_merge('heads', 'merge');
SELECT migrate_merge('a');
SELECT migrate_merge(ARRAY['a']);
SELECT migrate_merge('{}');
SELECT migrate_merge('{}'::text[]);

--
-- Two heads
--
SELECT migrate_revision('left', rev_id => 'left', head => 'a', branch_label => 'lefties',
	upgrade => 'CREATE TABLE l (id int)', downgrade => 'DROP TABLE l');
SELECT migrate_revision('right', rev_id => 'right', head => 'a', splice => true,
	upgrade => 'CREATE TABLE r (id int)', downgrade => 'DROP TABLE r');
SELECT revision, message, status FROM migrate_heads();
-- what it refuses
SELECT migrate_merge(NULL::text);
SELECT migrate_merge(NULL::text[]);
SELECT migrate_merge(ARRAY['left', NULL]);
SELECT migrate_merge('');
SELECT migrate_merge('left');
SELECT migrate_merge('base');
SELECT migrate_merge('{left,nowhere}');
SELECT migrate_merge('{left,left}');
SELECT migrate_merge('{left,lefties}');
SELECT migrate_merge('{heads,left}');
SELECT migrate_merge('{left,a}');
SELECT migrate_merge('{left,right}', message => ' ');
SELECT migrate_merge('{left,right}', rev_id => 'a');
SELECT migrate_merge('{left,right}', rev_id => 'a-b');
SELECT migrate_merge('{left,right}', rev_id => 'm', branch_label => 'lefties');
SELECT migrate_merge('{left,right}', splice => NULL);
TABLE authored;

-- all the ways to name them
BEGIN;
SELECT migrate_merge(rev_id => 'm');
SELECT message, down_revision, upgrade, downgrade FROM authored WHERE revision = 'm';
ROLLBACK;
BEGIN;
SELECT migrate_merge(ARRAY['right', 'left'], 'the right one first', 'm', 'merged');
SELECT message, down_revision, branch_labels FROM authored WHERE revision = 'm';
ROLLBACK;
BEGIN;
SELECT migrate_merge('{lefties@head,righ}', rev_id => 'm');
SELECT message, down_revision FROM authored WHERE revision = 'm';
ROLLBACK;
BEGIN;
SELECT migrate_merge('a@heads', 'by a common ancestor', 'm');
SELECT message, down_revision FROM authored WHERE revision = 'm';
ROLLBACK;
SELECT migrate_merge() ~ '^[0-9a-f]{12}$' AS made_up;
SELECT revision ~ '^[0-9a-f]{12}$' AS made_up, message, status FROM migrate_heads();
SELECT migrate_delete('head') ~ '^[0-9a-f]{12}$' AS made_up;
SELECT revision, status FROM migrate_heads();

-- and the merge point runs like any other revision
SELECT migrate_merge('heads', 'merge left and right', 'm');
SELECT migrate_revision('goes on', rev_id => 'n');
SELECT step, revision, down_revision, message FROM migrate_upgrade();
SELECT revision, status FROM migrate_current();
SELECT step, revision, down_revision, message FROM migrate_downgrade('left');
SELECT revision, status FROM migrate_current();
SELECT step, revision, down_revision, message FROM migrate_downgrade('base');

--
-- A merge with what is no head: splice
--
SELECT migrate_merge('{n,left}', 'again', 'o');
SELECT migrate_revision('third branch', rev_id => 'third', head => 'right', splice => true);
SELECT migrate_merge('{third,left}', 'not only heads', 'o');
SELECT migrate_merge('{third,left}', 'not only heads', 'o', splice => true);
SELECT revision, status FROM migrate_heads();
SELECT revision, children FROM migrate_branches();
SELECT migrate_merge(message => 'at last', rev_id => 'p');
SELECT revision, down_revision, status FROM migrate_history('n:');
-- three at once
SELECT migrate_delete('p');
SELECT migrate_revision('another base', rev_id => 'z', head => 'base');
SELECT migrate_merge(rev_id => 'p');
SELECT message, down_revision FROM authored WHERE revision = 'p';
SELECT revision, down_revision, message FROM migrate_upgrade();

BEGIN READ ONLY;
SELECT migrate_merge();
ROLLBACK;

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP OWNED BY regress_merger CASCADE;
DROP ROLE regress_merger;
