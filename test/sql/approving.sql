--
-- Approvals are for what was read, authorship follows the pen, and rows put in
-- by hand do no harm.
--
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate;
CREATE EXTENSION pgmigrate;
RESET client_min_messages;
CREATE ROLE regress_approve_boss SUPERUSER;
SET ROLE regress_approve_boss;
CREATE ROLE regress_approve_writer;
GRANT USAGE ON SCHEMA public TO regress_approve_writer;
SELECT migrate_grant('write', 'regress_approve_writer');

SET ROLE regress_approve_writer;
SELECT migrate_revision('by the writer', 'SELECT 1', 'SELECT 2', rev_id => 'w1');
SET ROLE regress_approve_boss;

--
-- The text may change between reading and approving
--
SELECT sha256 AS "read" FROM migrate_show('w1') \gset
SET ROLE regress_approve_writer;
SELECT migrate_edit('w1', downgrade => 'SELECT 666');
SET ROLE regress_approve_boss;
\set VERBOSITY terse
SELECT migrate_approve('w1', :'read');
SELECT migrate_approve('w1', '');
\set VERBOSITY default
SELECT approved_by FROM migrate_show('w1') WHERE approved_by IS NOT NULL;
SELECT sha256 AS "read" FROM migrate_show('w1') \gset
SELECT migrate_approve('w1', :'read');
SELECT count(*) FROM migrate_approval;
-- the digest is that of both texts with their lengths
SELECT sha256 = pg_catalog.sha256('8:SELECT 1:10:SELECT 666') AS same FROM migrate_show('w1');
SET ROLE regress_approve_writer;
SELECT migrate_edit('w1', upgrade => 'SELECT 11');
SET ROLE regress_approve_boss;

--
-- To edit one text is not to vouch for the other
--
\set VERBOSITY terse
SELECT migrate_edit('w1', downgrade => 'SELECT 22');
SELECT migrate_edit('w1', depends_on => '');
\set VERBOSITY default
SELECT migrate_edit('w1', message => 'a message is no text');
SELECT revision, message, author = current_user AS mine FROM migrate_show('w1');
SELECT migrate_edit('w1', upgrade => 'SELECT 11', downgrade => 'SELECT 22');
SELECT revision, author = current_user AS mine FROM migrate_show('w1');
-- what a revision depends on decides when it runs
SET ROLE regress_approve_writer;
SELECT migrate_revision('another', rev_id => 'w2', head => 'base');
SELECT migrate_edit('w1', depends_on => 'w2');
SET ROLE regress_approve_boss;
\set VERBOSITY terse
SELECT * FROM migrate_upgrade('w1');
\set VERBOSITY default

--
-- A template can put the names of others anywhere
--
INSERT INTO migrate_script (revision, message, ordinal)
	VALUES ('*/SELECT/**/1;--''x', 'by hand', 10);
SET pgmigrate.upgrade_template = E'/* ${message} ${up_revision} after ${down_revision} by ${author} */\n${upgrades}';
SELECT migrate_revision(E'two\nlines', 'SELECT 3', rev_id => 'w3', head => '*/SELECT/**/1;--''x');
RESET pgmigrate.upgrade_template;
SELECT replace(upgrade, current_user, '<author>') AS upgrade FROM migrate_show('w3');

--
-- Rows put in by hand
--
SELECT migrate_revision('labelled', rev_id => 'w4', head => 'w3', branch_label => 'lab');
SELECT migrate_revision('the id is taken', rev_id => 'w4', head => 'w3', splice => true);
SELECT migrate_revision('the id is a label', rev_id => 'lab', head => 'w4');
\set VERBOSITY terse
INSERT INTO migrate_script (revision, message, ordinal, branch_labels) VALUES ('h1', 'no name', 20, '{NULL}');
\set VERBOSITY default
INSERT INTO migrate_script (revision, message, ordinal, down_revision) VALUES ('h1', 'nobody''s child', 20, '{gone}');
SELECT revision FROM migrate_heads();
DELETE FROM migrate_script WHERE revision = 'h1';
-- heads that do not know it
DELETE FROM migrate_script WHERE revision IN ('w1', 'w2');
UPDATE migrate_script SET is_head = false;
\set VERBOSITY terse
SELECT migrate_revision('on the head', rev_id => 'w5');
SELECT * FROM migrate_check(strict => false) WHERE test = 'head flags';
SELECT revision FROM migrate_upgrade('head');
UPDATE migrate_script SET is_head = NULL;
SELECT migrate_revision('on the head', rev_id => 'w5');
SELECT revision, is_head FROM migrate_script ORDER BY ordinal, revision;

RESET ROLE;
DROP EXTENSION pgmigrate;
REVOKE ALL ON SCHEMA public FROM regress_approve_writer;
DROP ROLE regress_approve_writer, regress_approve_boss;
