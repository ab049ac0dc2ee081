-- migrate_check(): is the database in step with its revisions?
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_checker;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_checker SUPERUSER;
SET SESSION AUTHORIZATION regress_checker;
SET DateStyle = 'ISO';
SET TimeZone = 'UTC';

-- the findings, without the time in them
CREATE FUNCTION findings(OUT test text, OUT ok boolean, OUT revision text, OUT message text, OUT detail text)
RETURNS SETOF record LANGUAGE sql AS
$$
	SELECT test, ok, revision, message,
		regexp_replace(detail, '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00', '<time>')
	FROM migrate_check(strict => false)
$$;

--
-- All is well
--
SELECT * FROM migrate_check();
SELECT migrate_revision('one', rev_id => 'c1', upgrade => 'CREATE TABLE checked (id int)', downgrade => 'DROP TABLE checked');
SELECT migrate_revision('two', rev_id => 'c2', upgrade => 'ALTER TABLE checked ADD a int', downgrade => 'ALTER TABLE checked DROP a');
SET client_min_messages = warning;
SELECT count(*) FROM migrate_upgrade();
SELECT * FROM migrate_check();
SELECT * FROM findings();

--
-- Not at the head
--
SELECT migrate_revision('three', rev_id => 'c3', upgrade => 'ALTER TABLE checked ADD b int', downgrade => 'ALTER TABLE checked DROP b');
SELECT * FROM migrate_check();
SELECT * FROM findings();
SELECT count(*) FROM migrate_upgrade();
SELECT bool_and(ok) FROM migrate_check();

--
-- Texts that changed after they ran
--
SELECT migrate_edit('c2', upgrade => 'ALTER TABLE checked ADD a bigint', force => true);
SELECT * FROM findings();
SELECT test, ok, revision FROM migrate_check(false) WHERE NOT ok;
-- a downgrade is not what ran, and a message is no text
SELECT migrate_edit('c2', upgrade => 'ALTER TABLE checked ADD a int', force => true);
SELECT migrate_edit('c2', downgrade => '', message => 'the second', force => true);
SELECT bool_and(ok) FROM migrate_check();
-- a blank is a change; so is what is done behind our back
UPDATE migrate_script SET upgrade = upgrade || ' ' WHERE revision IN ('c1', 'c3');
SELECT * FROM findings() WHERE NOT ok;
UPDATE migrate_script SET upgrade = rtrim(upgrade);
SELECT bool_and(ok) FROM migrate_check();
-- what is not applied any more may change
SELECT count(*) FROM migrate_downgrade('c2');
SELECT migrate_edit('c3', upgrade => 'ALTER TABLE checked ADD c int', downgrade => 'ALTER TABLE checked DROP c');
SELECT * FROM findings();
SELECT count(*) FROM migrate_upgrade();
SELECT bool_and(ok) FROM migrate_check();
-- what was stamped never ran
SELECT migrate_revision('four', rev_id => 'c4', upgrade => 'SELECT 1/0');
SELECT count(*) FROM migrate_stamp('c4');
SELECT migrate_edit('c4', upgrade => 'SELECT 4/0', force => true);
SELECT bool_and(ok) FROM migrate_check();

--
-- Several heads
--
SELECT migrate_revision('left', rev_id => 'l1');
SELECT migrate_revision('right', rev_id => 'r1', head => 'c4', splice => true);
SELECT * FROM findings();
-- one that another one depends on is no head here
SELECT migrate_edit('r1', depends_on => 'l1');
SELECT * FROM findings();
SELECT migrate_edit('r1', depends_on => '{}');
SELECT count(*) FROM migrate_upgrade('heads');
SELECT migrate_edit('r1', depends_on => 'l1', force => true);
SELECT * FROM findings();
SELECT migrate_merge(message => 'merge', rev_id => 'm1');
SELECT * FROM findings() WHERE NOT ok;
SELECT count(*) FROM migrate_upgrade();
SELECT bool_and(ok) FROM migrate_check();

--
-- Current revisions without a script
--
INSERT INTO migrate_version VALUES ('ghost', 9), ('ghost_2', 10);
SELECT * FROM findings();
SELECT * FROM migrate_check();
DELETE FROM migrate_version WHERE revision LIKE 'ghost%';

--
-- Flags that were set by hand
--
UPDATE migrate_script SET is_head = false;
SELECT * FROM findings();
SELECT * FROM migrate_check();
-- do what it says
SELECT detail AS correction FROM migrate_check(false) WHERE test = 'head flags' \gset
SELECT substring(:'correction' FROM 'UPDATE [^;]*;') AS correction \gset
:correction
SELECT bool_and(ok) FROM migrate_check();
-- a flag too many does no harm
UPDATE migrate_script SET is_head = true;
SELECT bool_and(ok) FROM migrate_check();
SELECT * FROM migrate_upgrade();
SELECT revision FROM migrate_heads();
SELECT migrate_revision('on top', rev_id => 'on_top');
SELECT revision, down_revision, is_head FROM migrate_script WHERE revision IN ('m1', 'on_top') ORDER BY ordinal;

--
-- A revision that an online run has left half done
--
SELECT migrate_revision('half', rev_id => 'half', upgrade => $$
CREATE INDEX CONCURRENTLY checked_a ON checked (a);
SELECT 1/0;
ALTER TABLE checked ADD half int;
$$, downgrade => 'DROP INDEX checked_a; ALTER TABLE checked DROP half');
SELECT revision FROM migrate_upgrade('on_top');
CALL migrate_upgrade_online();
SELECT * FROM findings() WHERE NOT ok;
SELECT * FROM migrate_check();
SELECT migrate_edit('half', upgrade => replace(upgrade, '1/0', '1')) FROM migrate_show('half');
CALL migrate_upgrade_online();
SELECT bool_and(ok) FROM migrate_check();
-- what was done in two runs is what ran, as far as the text goes
SELECT migrate_edit('half', upgrade => 'SELECT 2', force => true);
SELECT * FROM findings() WHERE NOT ok;
SELECT count(*) FROM migrate_downgrade('m1');
SELECT migrate_delete('half');

--
-- The triggers, which a restore with --disable-triggers enables as others
--
ALTER TABLE migrate_log ENABLE TRIGGER ALL;
ALTER TABLE migrate_script DISABLE TRIGGER ALL;
ALTER TABLE migrate_version ENABLE ALWAYS TRIGGER migrate_ignore_replicated;
SELECT count(*) FROM migrate_upgrade();
SELECT * FROM findings() WHERE NOT ok;
SELECT * FROM migrate_check();
-- do what it says
SELECT substring(detail FROM 'ALTER TABLE [^;]*;') FROM migrate_check(false) WHERE NOT ok \gexec
SELECT bool_and(ok) FROM migrate_check();
SELECT count(*) FROM migrate_downgrade('m1');

--
-- Everything at once
--
UPDATE migrate_script SET is_head = false WHERE revision = 'on_top';
INSERT INTO migrate_version VALUES ('ghost', 9);
SELECT migrate_edit('c2', upgrade => 'SELECT 2', force => true);
SELECT migrate_revision('another base', rev_id => 'base_2', head => 'base');
SELECT * FROM findings();
\set VERBOSITY terse
SELECT * FROM migrate_check();
SELECT * FROM migrate_check(true);
\set VERBOSITY default

SELECT * FROM migrate_check(NULL);
BEGIN READ ONLY;
SELECT count(*) FROM migrate_check(false);
COMMIT;

RESET SESSION AUTHORIZATION;
DROP EXTENSION pgmigrate CASCADE;
DROP FUNCTION findings;
DROP TABLE checked;
DROP OWNED BY regress_checker CASCADE;
DROP ROLE regress_checker;
