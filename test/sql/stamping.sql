-- migrate_stamp(): set the current revision without running anything.  Which
-- rows come out of which stamp is in vectors_stamp.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_stamper;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_stamper SUPERUSER;
SET SESSION AUTHORIZATION regress_stamper;

CREATE VIEW logged AS
	SELECT id, direction, revision, down_revision, message, statements, sha256
	FROM migrate_log ORDER BY id;

--
-- Nothing there
--
SELECT * FROM migrate_stamp('head');
SELECT * FROM migrate_stamp('base');
SELECT * FROM migrate_stamp('base', purge => true);
SELECT * FROM migrate_stamp('x');

SELECT migrate_revision('one', rev_id => 's1', upgrade => 'SELECT 1/0', downgrade => 'SELECT 1/0');
SELECT migrate_revision('two', rev_id => 's2', upgrade => 'SELECT 1/0', downgrade => 'SELECT 1/0');
SELECT migrate_revision('three', rev_id => 's3', upgrade => 'SELECT 1/0');

--
-- Up, down, and nothing to do
--
SELECT step, direction, revision, down_revision, message, duration >= '0' AS took FROM migrate_stamp('s1');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('head');
SELECT * FROM migrate_stamp('head');
SELECT * FROM migrate_stamp('s3');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('s2');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('-1');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('+2');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('base');
TABLE logged;
TABLE migrate_version;

--
-- Branches, several targets
--
SELECT migrate_revision('left', rev_id => 'l1', branch_label => 'left');
SELECT migrate_revision('right', rev_id => 'r1', head => 's3', splice => true, branch_label => 'right');
SELECT migrate_revision('another base', rev_id => 'o1', head => 'base', branch_label => 'other');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('{l1,r1}');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp(ARRAY['other']);
TABLE migrate_version ORDER BY ordinal;
SELECT * FROM migrate_stamp('heads');
-- several rows are replaced by one
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('s2');
TABLE migrate_version ORDER BY ordinal;
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('heads');
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('right@base');
TABLE migrate_version ORDER BY ordinal;
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('base');
-- refused
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT * FROM migrate_stamp('head');
SELECT * FROM migrate_stamp('{s1,s2}');
SELECT * FROM migrate_stamp('{base,o1}');
SELECT * FROM migrate_stamp('nowhere');
SELECT * FROM migrate_stamp('s1:s2');
SELECT * FROM migrate_stamp('');
SELECT * FROM migrate_stamp('{}');
SELECT * FROM migrate_stamp('{}'::text[]);
SELECT * FROM migrate_stamp(NULL::text);
SELECT * FROM migrate_stamp(NULL::text[]);
SELECT * FROM migrate_stamp(ARRAY['s1', NULL]);
SELECT * FROM migrate_stamp('s1', purge => NULL);
SELECT * FROM migrate_stamp('-1');
SELECT * FROM migrate_stamp('+99');
TABLE migrate_version;

--
-- Rows that nobody knows
--
INSERT INTO migrate_version VALUES ('ghost', 0), ('s1', 1);
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('s2');
SELECT revision, status FROM migrate_current();
-- no change, nothing said
SELECT * FROM migrate_stamp('s2');
-- purge forgets them
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('s2', purge => true);
SELECT revision, status FROM migrate_current();
INSERT INTO migrate_version VALUES ('ghost', 0);
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('heads', purge => true);
SELECT revision, status FROM migrate_current();
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('base', purge => true);
-- relative to what is forgotten
SELECT step, direction, revision, down_revision, message FROM migrate_stamp('s2');
SELECT * FROM migrate_stamp('-1', purge => true);
SELECT * FROM migrate_stamp('s2', purge => true);
-- rows that overlap are mended by a stamp
DELETE FROM migrate_version;
INSERT INTO migrate_version VALUES ('s1', 0), ('s3', 1), ('s2', 2);
SELECT step, direction, revision, down_revision FROM migrate_stamp('s2', purge => true);
TABLE migrate_version;

--
-- In the transaction of the caller
--
BEGIN;
SELECT revision FROM migrate_stamp('heads');
SELECT revision FROM migrate_current();
ROLLBACK;
SELECT revision FROM migrate_current();
BEGIN READ ONLY;
SELECT * FROM migrate_stamp('base');
ROLLBACK;
-- who may not run the scripts may stamp them: nothing runs
UPDATE migrate_script SET author = 'nobody at all';
SELECT revision FROM migrate_stamp('s3');
SELECT revision, status FROM migrate_current();

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP OWNED BY regress_stamper CASCADE;
DROP ROLE regress_stamper;
