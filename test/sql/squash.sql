-- migrate_squash(): one revision in the place of several, here and where its
-- file is loaded.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE VIEW chain AS
	SELECT revision, down_revision AS down, depends_on AS deps, branch_labels AS labels, replaces, is_head AS head
	FROM migrate_script ORDER BY revision COLLATE "C";

-- definitions only: written from the schemas
SELECT migrate_revision('asset', 'CREATE TABLE asset (id int);', 'DROP TABLE asset;', rev_id => 'a1', branch_label => 'assets');
SELECT migrate_revision('name', 'ALTER TABLE asset ADD name text', 'ALTER TABLE asset DROP name -- gone', rev_id => 'a2');
SELECT migrate_revision('index', 'CREATE INDEX asset_name ON asset (name); COMMENT ON TABLE asset IS ''all''', 'COMMENT ON TABLE asset IS NULL; DROP INDEX asset_name', rev_id => 'a3');
-- data as well: put one after the other
SELECT migrate_revision('rows', E'INSERT INTO asset VALUES (1, ''x'') -- first', 'TRUNCATE asset', rev_id => 'b1');
SELECT migrate_revision('view', 'CREATE VIEW names AS SELECT name FROM asset;', 'DROP VIEW names;', rev_id => 'b2', depends_on => 'a2');
-- who builds on them
SELECT migrate_revision('top', '', '', rev_id => 'c1', depends_on => '{a3,assets}');
SELECT migrate_revision('side', '', '', rev_id => 's1', head => 'base', depends_on => '{a1,a3,b1}');
CREATE TABLE old AS SELECT * FROM migrate_export_all();

BEGIN;
-- where nothing has run
SELECT migrate_squash('a1:a3', 'Schema', rev_id => 'n1');
SELECT migrate_squash('b1:b2', 'Rows', rev_id => 'n2');
SELECT * FROM chain;
\pset format unaligned
\pset tuples_only on
SELECT upgrade, E'--\n', downgrade FROM migrate_script WHERE revision IN ('n1', 'n2') ORDER BY revision;
\pset tuples_only off
\pset format aligned
SELECT revision FROM migrate_upgrade('heads');
SELECT * FROM names;
SELECT revision FROM migrate_downgrade('base');
SELECT to_regclass('asset');
ROLLBACK;

-- where a part has run
SELECT count(*) FROM migrate_upgrade('a2');
SELECT migrate_squash('a1:a3', 'Schema');
SELECT migrate_squash('a1:a2', 'Schema', rev_id => 'n1');
SELECT revision FROM migrate_version;
SELECT count(*) FROM migrate_upgrade('heads');
-- where all have
BEGIN;
SELECT migrate_squash('n1:a3', 'Schema', rev_id => 'n2');
SELECT migrate_squash('b1:c1', 'Rest', rev_id => 'n3');
SELECT * FROM chain;
SELECT revision FROM migrate_version ORDER BY ordinal;
SELECT revision, direction, down_revision, message FROM migrate_log ORDER BY id;
SELECT * FROM migrate_upgrade('heads');
SELECT test, ok FROM migrate_check(false) WHERE NOT ok;
CREATE TABLE new AS SELECT * FROM migrate_export_all();
SELECT count(*) FROM migrate_downgrade('base');
COMMIT;
SELECT count(*) FROM pg_class WHERE relname IN ('asset', 'names');

-- what cannot be made one
TRUNCATE migrate_script, migrate_version, migrate_log;
CREATE FUNCTION load(name text, tab regclass) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	file text;
	result text;
BEGIN
	EXECUTE format('SELECT content FROM %s WHERE revision = $1', tab) INTO file USING name;
	EXECUTE file INTO result;
	RETURN result;
END
$$;
BEGIN;
SELECT revision, load(revision, 'old') FROM old ORDER BY revision DESC;
COMMIT;
SELECT migrate_squash('a1:a1', 'one');
SELECT migrate_squash('a1:nope', 'none');
SELECT migrate_squash('', 'none');
SELECT migrate_squash(NULL, 'none');
SELECT migrate_squash('a1:a3', NULL);
SELECT migrate_squash('a1:a3', '');
SELECT migrate_squash('a1:a3', 'x', rev_id => 'b1');
SELECT migrate_squash('a1:a3', 'x', rev_id => 'assets');
SELECT migrate_squash('a1:a3', 'x', rev_id => 'a-b');
SELECT migrate_squash('base:heads', 'x');
SELECT migrate_revision('fork', '', '', rev_id => 'f1', head => 'a2', splice => true);
SELECT migrate_squash('a1:a3', 'x');
SELECT migrate_merge('{f1,c1}', 'merge', rev_id => 'm1');
SELECT migrate_squash('c1:m1', 'x');
SELECT migrate_delete('m1'), migrate_delete('f1');
SELECT migrate_revision('between', '', '', rev_id => 'x1', head => 'base', depends_on => 'a1');
SELECT migrate_edit('a3', depends_on => 'x1');
SELECT migrate_squash('a1:a3', 'x');
SELECT migrate_edit('a3', depends_on => '');
SELECT migrate_edit('a1', upgrade => E'CREATE TABLE asset (id int);\nSET search_path = other;');
SELECT migrate_squash('a1:a2', 'x');
SELECT migrate_edit('a1', upgrade => 'CREATE TABLE asset (id int);', downgrade => 'SELECT 1;');
SELECT migrate_squash('a1:a2', 'x', rev_id => 'n1');
SELECT migrate_edit('a1', downgrade => 'SELECT 1 / 0;');
SELECT migrate_squash('a1:a2', 'x', rev_id => 'n1');
SELECT migrate_edit('a1', irreversible => true);
BEGIN;
SELECT migrate_squash('a1:a2', 'x', rev_id => 'n1');
SELECT upgrade, downgrade FROM migrate_script WHERE revision = 'n1';
ROLLBACK;
SELECT migrate_edit('a1', upgrade => 'SELECT nothing FROM nowhere');
SELECT migrate_squash('a1:a2', 'x', rev_id => 'n1');
SELECT count(*) FROM migrate_script WHERE revision = 'n1';

-- what would lose data is not written from the schemas
TRUNCATE migrate_script;
SELECT migrate_revision('base', 'CREATE TABLE t (a int)', 'DROP TABLE t', rev_id => 'r1');
SELECT migrate_revision('rename', 'ALTER TABLE t RENAME a TO b', 'ALTER TABLE t RENAME b TO a', rev_id => 'r2');
SELECT migrate_revision('type', 'ALTER TABLE t ALTER b TYPE bigint', 'ALTER TABLE t ALTER b TYPE int', rev_id => 'r3');
SELECT migrate_squash('r2:r3', 'x', rev_id => 'n1');
SELECT upgrade, downgrade FROM migrate_script WHERE revision = 'n1';
-- nor what the schemas do not show
SELECT migrate_revision('rights', 'GRANT SELECT ON t TO PUBLIC', 'REVOKE SELECT ON t FROM PUBLIC', rev_id => 'r4');
SELECT migrate_squash('r1:r4', 'x', rev_id => 'n2');
SELECT upgrade, replaces FROM migrate_script WHERE revision = 'n2';

-- loaded elsewhere: where all have run
TRUNCATE migrate_script, migrate_version, migrate_log;
CREATE FUNCTION begin_anew() RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
	TRUNCATE migrate_script, migrate_version, migrate_log;
	DROP TABLE IF EXISTS asset CASCADE;
END
$$;
BEGIN;
SELECT load(revision, 'old') FROM old;
COMMIT;
SELECT count(*) FROM migrate_upgrade('heads');
BEGIN;
SELECT revision, load(revision, 'new') FROM new ORDER BY revision DESC;
COMMIT;
SELECT * FROM chain;
SELECT revision FROM migrate_version ORDER BY ordinal;
SELECT revision, direction, down_revision FROM migrate_log WHERE direction = 'stamp' ORDER BY id;
SELECT revision, load(revision, 'new') FROM new;
SELECT test, ok FROM migrate_check(false) WHERE NOT ok;
-- the old files do no harm
SELECT revision, load(revision, 'old') FROM old;

-- where none has, and where there are none
SELECT begin_anew();
BEGIN;
SELECT load(revision, 'old') FROM old;
COMMIT;
BEGIN;
SELECT revision, load(revision, 'new') FROM new ORDER BY revision DESC;
COMMIT;
SELECT * FROM chain;
SELECT count(*) FROM migrate_version;
SELECT begin_anew();
BEGIN;
SELECT load(revision, 'new') FROM new;
COMMIT;
SELECT revision FROM migrate_upgrade('heads');

-- where only some have
SELECT begin_anew();
BEGIN;
SELECT load(revision, 'old') FROM old;
COMMIT;
SELECT count(*) FROM migrate_upgrade('a2');
SELECT load('n2', 'new');
SELECT revision FROM migrate_version;
SELECT count(*) FROM migrate_upgrade('a3');
SELECT load('n2', 'new');
SELECT revision FROM migrate_version;
SELECT * FROM chain;

-- a revision that was written before, and comes after
SELECT migrate_load('late1', 'On what is gone', '{a3}', '{a1,b1}');
SELECT migrate_load('late2', 'On both', '{a2,late1}');
SELECT * FROM chain WHERE revision LIKE 'late_';

-- a parent that is another one than the file says
SELECT migrate_load('n2', 'Schema', '{b1}', replaces => '{a1,a2,n1,a3}', upgrade => upgrade, downgrade => downgrade)
FROM migrate_script WHERE revision = 'n2';

-- scripts that the caller would not run are not tried, nor is this a way to
-- vouch for them unread
CREATE ROLE regress_squasher;
SELECT migrate_grant('write', 'regress_squasher');
SET SESSION AUTHORIZATION regress_squasher;
SELECT migrate_squash('b1:b2', 'x');
SELECT migrate_load('q1', 'x', '{late2}', upgrade => 'CREATE TABLE q (i int)'), migrate_load('q2', 'x', '{q1}', upgrade => 'DROP TABLE q');
RESET SESSION AUTHORIZATION;
SELECT migrate_squash('q1:q2', 'x');
SELECT migrate_rebase('q1', 'c1');
DROP OWNED BY regress_squasher;
DROP ROLE regress_squasher;

DROP VIEW chain;
DROP TABLE old, new;
DROP FUNCTION load, begin_anew;
DROP TABLE asset CASCADE;
DROP EXTENSION pgmigrate;
