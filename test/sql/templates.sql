-- pgmigrate.upgrade_template and .downgrade_template: the form that a team
-- gives to the texts of new revisions.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_template, regress_no_template;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_template SUPERUSER;
CREATE ROLE regress_no_template;
SET SESSION AUTHORIZATION regress_template;

SELECT migrate_tag() IS NULL;	-- the library is loaded
SHOW pgmigrate.upgrade_template;
SHOW pgmigrate.downgrade_template;

--
-- All placeholders
--
SELECT migrate_revision('before there was a template', rev_id => 't1', upgrade => 'SELECT 1', downgrade => '');
SET pgmigrate.upgrade_template = E'-- ${message}
-- Revision: ${up_revision}, Revises: ${down_revision}
-- Labels: ${branch_labels}, depends on: ${depends_on}, author: ${author}
SET LOCAL lock_timeout = ''5s'';
${upgrades}';
SET pgmigrate.downgrade_template = E'-- undo ${message}\n${downgrades}\n-- end of ${up_revision}';
SELECT migrate_revision('with a template', rev_id => 't2', branch_label => '{one,two}', depends_on => 't1',
	upgrade => 'SELECT 2', downgrade => 'SELECT -2');
SELECT upgrade, downgrade FROM migrate_script WHERE revision = 't2';
-- a base, a merge point
SELECT migrate_revision('a base', rev_id => 'base_2', head => 'base');
SELECT migrate_merge(rev_id => 'm');
SELECT revision, upgrade, downgrade FROM migrate_script WHERE revision IN ('base_2', 'm') ORDER BY ordinal;
-- irreversible stays irreversible
SELECT migrate_revision('irreversible', rev_id => 't4', upgrade => 'SELECT 4');
SELECT upgrade, downgrade FROM migrate_script WHERE revision = 't4';
-- edits are no new revisions
SELECT migrate_edit('t4', downgrade => 'SELECT -4');
SELECT downgrade FROM migrate_script WHERE revision = 't4';
-- the date
SET pgmigrate.upgrade_template = '-- ${create_date}
${upgrades}';
RESET pgmigrate.downgrade_template;
SELECT migrate_revision('dated', rev_id => 't5', upgrade => 'SELECT 5', downgrade => '');
SELECT upgrade ~ '^-- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*\nSELECT 5$' AS dated FROM migrate_script WHERE revision = 't5';

--
-- Messages with line breaks cannot get out of a comment
--
SET pgmigrate.upgrade_template = E'-- ${message}\n${upgrades}';
SELECT migrate_revision(E'two lines\nSELECT 1/0;\r\nCOMMIT', rev_id => 't6', upgrade => E'SELECT\n6', downgrade => '');
SELECT upgrade FROM migrate_script WHERE revision = 't6';
-- what is inserted is not searched for placeholders again
SELECT migrate_revision('${author} ${nothing}', rev_id => 't7', upgrade => E'SELECT ''${message} ${''', downgrade => '');
SELECT upgrade FROM migrate_script WHERE revision = 't7';
-- what is no placeholder
SET pgmigrate.upgrade_template = E'-- $message {message} $ { $$ $1\n${upgrades}';
SELECT migrate_revision('no placeholders', rev_id => 't8', downgrade => '');
SELECT upgrade FROM migrate_script WHERE revision = 't8';
-- the same one twice
SET pgmigrate.upgrade_template = E'${upgrades};${upgrades}';
SELECT migrate_revision('twice', rev_id => 't9', upgrade => 'SELECT 9', downgrade => '');
SELECT upgrade FROM migrate_script WHERE revision = 't9';
-- what was written runs
RESET pgmigrate.upgrade_template;
SET client_min_messages = warning;
SELECT count(*) FROM migrate_upgrade();
RESET client_min_messages;
SELECT revision, statements FROM migrate_log ORDER BY revision;

--
-- Errors
--
SET pgmigrate.upgrade_template = '-- ${mesage}
${upgrades}';
SET pgmigrate.upgrade_template = '${} ${upgrades}';
SET pgmigrate.upgrade_template = '-- form: ${upgrades';
SET pgmigrate.upgrade_template = '-- form';
SET pgmigrate.upgrade_template = '';
SHOW pgmigrate.upgrade_template;
-- the text as a whole is parsed
SET pgmigrate.upgrade_template = E'-- by the team\nSELEKT 1; ${upgrades}';
SELECT migrate_revision('x', rev_id => 'n1', upgrade => 'SELECT 1');
SET pgmigrate.upgrade_template = E'BEGIN;\n${upgrades};\nCOMMIT;';
SELECT migrate_revision('x', rev_id => 'n1', upgrade => 'SELECT 1');
RESET pgmigrate.upgrade_template;
SET pgmigrate.downgrade_template = '${downgrades} ${down_revisions}';
SELECT migrate_revision('not used', rev_id => 'n1', upgrade => 'SELECT 1');
RESET pgmigrate.downgrade_template;
SELECT revision FROM migrate_history('t9:');

-- templates become the texts of scripts, so not everybody may set them
RESET SESSION AUTHORIZATION;
SET ROLE regress_no_template;
SET pgmigrate.upgrade_template = 'DROP TABLE x';
SET pgmigrate.downgrade_template = 'DROP TABLE x';
RESET ROLE;

SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP ROLE regress_template, regress_no_template;
