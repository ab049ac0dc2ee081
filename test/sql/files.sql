-- Revisions as files: migrate_export(), migrate_export_all(), migrate_load(),
-- migrate_load_directory(), and what is wrong with files.  Then
-- migrate_rebase().
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_loader, regress_creator;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_creator SUPERUSER;
SET SESSION AUTHORIZATION regress_creator;

CREATE VIEW loaded AS
	SELECT revision, down_revision AS down, depends_on AS deps, branch_labels AS labels,
		is_head AS head, author, creator
	FROM migrate_script ORDER BY revision COLLATE "C";

----------------------------------------------------------------------
-- The file
----------------------------------------------------------------------

SELECT migrate_revision('Create asset', E'CREATE TABLE asset (id int);\n', E'DROP TABLE asset;\n',
	rev_id => 'a1', branch_label => '{assets,"Äpfel"}');
SELECT migrate_revision(E'Two lines:\r\nthe second, isn''t it\rand \\ a third', E'\nSELECT $pgmigrate$ $pgmigrate1 $pgmigrate$;',
	rev_id => 'b2', depends_on => 'a1');
SELECT migrate_revision('Empty', '', '', rev_id => 'c3');
UPDATE migrate_script SET created_at = '2026-01-02 03:04:05.678901+00';

\pset format unaligned
\pset tuples_only on
SELECT migrate_export('a1');
SELECT migrate_export('b2');
SELECT migrate_export('c3');
\pset tuples_only off
\pset format aligned

-- the time is one of UTC, whatever the session likes
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'German';
SELECT migrate_export('a1') ~ '\t''2026-01-02 03:04:05.678901\+00''|created_at => ''2026-01-02 03:04:05.678901\+00''' AS utc;
RESET TimeZone;
RESET DateStyle;
UPDATE migrate_script SET created_at = 'infinity' WHERE revision = 'a1';
SELECT regexp_match(migrate_export('a1'), 'created_at => [^\n]*');
UPDATE migrate_script SET created_at = '0044-03-15 12:00:00+00 BC' WHERE revision = 'a1';
SELECT regexp_match(migrate_export('a1'), 'created_at => [^\n]*');
UPDATE migrate_script SET created_at = '2026-01-02 03:04:05.678901+00';

SELECT migrate_export('nope');
SELECT migrate_export('heads');
SELECT migrate_export('');
SELECT migrate_export(NULL);
SELECT length(migrate_export('current'));

-- a hostile row cannot break out of its comment, nor out of its directory
INSERT INTO migrate_script (revision, message, ordinal, created_at)
VALUES (E'../x\ny', E'-- */ \x01\nDROP TABLE asset', 90, '2026-01-01Z'), ('-rf', '', 91, now()),
	('.hidden', '...', 92, now()), ('A1', 'CREATE asset', 93, now());
\pset format unaligned
SELECT migrate_export(E'../x\ny');
\pset format aligned
SELECT file_name, quote_literal(revision) FROM migrate_export_all() ORDER BY file_name COLLATE "C";
DELETE FROM migrate_script WHERE ordinal >= 90;

-- names
SELECT file_name, revision FROM migrate_export_all();
SELECT file_name FROM migrate_export_all('a1:b2');
SELECT file_name FROM migrate_export_all('c3:a1');
SELECT file_name FROM migrate_export_all(NULL);
SET pgmigrate.file_template = '%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d%(second).2d_%(epoch)s-%(slug)s-%(rev)s %%;x';
SELECT file_name FROM migrate_export_all('a1:a1');
SET pgmigrate.file_template = '%(slug)s';
SET pgmigrate.file_template = '%(rev)s%(nope)s';
SET pgmigrate.file_template = '%(rev)s%';
SET pgmigrate.file_template = '%(rev)s%(slug';
SET pgmigrate.file_template = 'versions/%(rev)s';
RESET pgmigrate.file_template;
SET pgmigrate.truncate_slug_length = 0;
CREATE FUNCTION slug(message text, length integer) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	name text;
BEGIN
	PERFORM set_config('pgmigrate.truncate_slug_length', length::text, true);
	UPDATE migrate_script s SET message = slug.message WHERE revision = 'c3';
	SELECT file_name INTO name FROM migrate_export_all('c3:c3');
	RETURN name;
END
$$;
SELECT l, slug(m, l) FROM (VALUES
	(40, 'Add   the  column (price), UPPER_case'), (10, 'Add the column'), (7, 'Add the column'), (6, 'Add the column'),
	(3, 'unbroken'), (40, ''), (40, '---'), (40, 'Größe der Straße'), (40, 'a…b “c” 日本語。x'), (5, '日本語日本語'),
	(40, 'a__b_'), (1, 'ab'), (40, '../../etc/passwd; rm -rf $HOME `x`')) v (l, m);
UPDATE migrate_script SET message = 'Empty' WHERE revision = 'c3';

----------------------------------------------------------------------
-- Loading
----------------------------------------------------------------------

CREATE TABLE file AS SELECT * FROM migrate_export_all();
CREATE FUNCTION load(name text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	result text;
BEGIN
	EXECUTE (SELECT content FROM file WHERE revision = name) INTO result;
	RETURN result;
END
$$;
SELECT revision, load(revision) FROM file;
TRUNCATE migrate_script;

-- any order, and used at once
BEGIN;
SELECT load('c3');
SELECT load('b2');
SELECT load('a1');
SELECT revision, step FROM migrate_upgrade('head');
SELECT * FROM loaded;
ROLLBACK;
SELECT count(*) FROM migrate_script;
BEGIN;
SELECT load(revision) FROM file;
COMMIT;
SELECT * FROM loaded;
SELECT content = migrate_export(revision) AS same FROM file;

-- the same again writes nothing
SELECT revision, xmin AS before FROM migrate_script WHERE revision = 'a1' \gset
SELECT load(revision) FROM file;
SELECT xmin = :'before' AS untouched FROM migrate_script WHERE revision = 'a1';
SELECT migrate_load('a1', 'Create asset', branch_labels => '{Äpfel,assets}',
	upgrade => E'\r\nCREATE TABLE asset (id int);', downgrade => E'DROP TABLE asset;\r\n');
SELECT migrate_load('a1', 'Create asset', branch_labels => '{Äpfel,assets}',
	upgrade => E'CREATE TABLE asset (id int);\n\n', downgrade => E'DROP TABLE asset;\r\n');

-- nothing is known of who and when
SELECT migrate_load('d4', 'Sparse', '{c3}');
SELECT created_at > now() - interval '1 hour' AS now, author, creator, upgrade, downgrade FROM migrate_script WHERE revision = 'd4';

-- changed, and not applied
SELECT migrate_load('d4', 'Changed', '{b2}', '{a1}', '{label}', '{}', 'somebody', '2026-05-06 07:08:09Z', 'SELECT 1', '');
SELECT * FROM loaded;
SELECT message, created_at AT TIME ZONE 'UTC' AS created, upgrade, downgrade FROM migrate_script WHERE revision = 'd4';
SELECT revision, author FROM migrate_heads();
SELECT migrate_load('d4', 'Changed', '{b2}', '{a1}', '{}', upgrade => 'SELECT 1', downgrade => '');
SELECT creator FROM migrate_script WHERE revision = 'd4';

-- changed, and applied
SELECT count(*) FROM migrate_upgrade('c3');
SELECT migrate_load('a1', 'Create asset', upgrade => E'CREATE TABLE asset (\n\tid bigint\n);\n', downgrade => E'DROP TABLE asset;\n');
SELECT migrate_load('c3', 'Empty', '{b2}', upgrade => (SELECT string_agg('SELECT ' || i || repeat(' ', 30 * i), E';\n') FROM generate_series(1, 9) i));
SELECT migrate_load('b2', 'Moved', '{c3}', '{}', upgrade => E'\n\nSELECT $pgmigrate$ $pgmigrate1 $pgmigrate$;');
-- what is for people can change
SELECT migrate_load('a1', 'Create the asset', branch_labels => '{assets,fruit}', upgrade => E'CREATE TABLE asset (id int);', downgrade => 'DROP TABLE asset;');
SELECT message, branch_labels, upgrade FROM migrate_script WHERE revision = 'a1';

----------------------------------------------------------------------
-- What is wrong with files
----------------------------------------------------------------------

SELECT migrate_load('x', 'lost', '{nowhere}');
SELECT migrate_load('x', 'lost', '{c3,assets}');
SELECT migrate_load('x', 'lost', '{c3}', '{nowhere}');
SELECT migrate_load('x', 'self', '{x}');
SELECT migrate_load('x', 'self', '{c3}', '{x}');
BEGIN;
SELECT migrate_load('x', 'cycle', '{y}'), migrate_load('y', 'cycle', '{z}'), migrate_load('z', 'cycle', '{x}');
COMMIT;
BEGIN;
SELECT migrate_load('x', 'cycle', '{c3}', '{y}'), migrate_load('y', 'cycle', '{x}');
SET CONSTRAINTS ALL IMMEDIATE;
COMMIT;
SELECT migrate_load('x', 'label', '{c3}', branch_labels => '{fruit}');
SELECT migrate_load('x', 'label', '{c3}', branch_labels => '{a1}');
SELECT migrate_load('x', 'label', '{c3}', branch_labels => '{x}');
SELECT migrate_load('x', 'label', '{c3}', branch_labels => '{y,y}');
SELECT migrate_load('fruit', 'taken', '{c3}');
SELECT migrate_load('x', 'syntax', '{c3}', upgrade => E'\nSELECT 1;\nSELEC 2;');
SELECT migrate_load('x', 'syntax', '{c3}', downgrade => 'COMMIT');
SELECT migrate_load('a@b', 'name');
SELECT migrate_load('', 'name');
SELECT migrate_load('head', 'name');
SELECT migrate_load('x', 'name', '{a-b}');
SELECT migrate_load('x', 'name', '{{a},{b}}');
SELECT migrate_load('x', 'name', '{NULL}');
SELECT migrate_load(NULL, 'null');
SELECT migrate_load('x', NULL);
SELECT migrate_load('x', 'null', upgrade => NULL);
SELECT migrate_load('x', 'self', replaces => '{x}');
SELECT count(*) FROM migrate_script WHERE revision = 'x';

-- a savepoint takes back what was loaded, not what was before
BEGIN;
SELECT migrate_load('x', 'kept', '{c3}');
SAVEPOINT s;
SELECT migrate_load('y', 'lost', '{x}');
SELECT revision FROM migrate_upgrade('y');
ROLLBACK TO s;
SELECT migrate_revision('on top', rev_id => 'y2', head => 'x');
COMMIT;
SELECT revision, head FROM loaded;
SELECT test, ok FROM migrate_check(false) WHERE test = 'head flags';

-- by a script, and where nothing can be written
SELECT migrate_load('z', 'loads', '{y2}', upgrade => $$SELECT migrate_load('zz', 'x', '{z}')$$);
SELECT count(*) FROM migrate_upgrade('z');
BEGIN READ ONLY;
SELECT migrate_load('zz', 'x', '{z}');
ROLLBACK;
SELECT migrate_check_loaded();

----------------------------------------------------------------------
-- Rights
----------------------------------------------------------------------

CREATE ROLE regress_loader;
SELECT migrate_grant('look', 'regress_loader');
SET SESSION AUTHORIZATION regress_loader;
SELECT migrate_export('c3') IS NULL;
SELECT migrate_load('w', 'x', '{z}');
SELECT migrate_rebase('z', 'c3');
RESET SESSION AUTHORIZATION;
SELECT migrate_grant('write', 'regress_loader');
SET SESSION AUTHORIZATION regress_loader;
-- the loader is the author, whoever the file says has made it
SELECT migrate_load('w', 'x', '{y2}', creator => 'regress_creator', upgrade => 'SELECT 1');
SELECT * FROM migrate_load_directory('/tmp');
SELECT revision, author FROM migrate_heads();
RESET SESSION AUTHORIZATION;
SELECT revision, s.author, s.creator, h.author AS listed FROM migrate_show('w') s JOIN migrate_history() h USING (revision);
SELECT * FROM loaded WHERE revision IN ('w', 'z');
SELECT count(*) FROM migrate_upgrade('w');
-- a superuser who loads the same does not vouch for it, one who loads another does
SELECT migrate_load('w', 'x', '{y2}', creator => 'regress_creator', upgrade => E'SELECT 1\n');
SELECT author FROM migrate_script WHERE revision = 'w';
SELECT migrate_load('w', 'x', '{y2}', creator => 'regress_creator', upgrade => 'SELECT 2');
SELECT author = current_user AS mine, creator FROM migrate_script WHERE revision = 'w';
SET SESSION AUTHORIZATION regress_creator;

----------------------------------------------------------------------
-- A directory of the server
----------------------------------------------------------------------

SELECT current_setting('data_directory') || '/pgmigrate_files' AS dir \gset
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', translate(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', ''),
		'mkdir -p pgmigrate_files && base64 -d > "pgmigrate_files/' || name || '"');
END
$$;
CREATE FUNCTION try(content text) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
	detail text;
	hint text;
	context text;
	message text;
BEGIN
	PERFORM put('x.sql', content);
	PERFORM migrate_load_directory(current_setting('data_directory') || '/pgmigrate_files');
	RAISE NOTICE 'fine';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RAISE NOTICE '% | % | % | % | %', SQLSTATE, message, detail, hint, split_part(context, E'\nSQL', 1);
END
$$;
SELECT put(file_name, content) FROM file WHERE revision <> 'a1';
SELECT put('.hidden.sql', 'SELECT 1'), put('other.txt', 'SELECT 1');
SELECT * FROM migrate_load_directory(:'dir');
SELECT try($$SELECT public.migrate_load('v1', E'positional', ARRAY['z', 'w'], '{}'::text[], NULL, upgrade => 'SELECT 1'::text);
	/* and */ SELECT migrate_load(message => 'named', revision => 'v2', down_revision => '{v1}', created_at => '2026-02-03 Z'::timestamptz) AS x$$);
SELECT revision, down, creator FROM loaded WHERE revision LIKE 'v_';
DELETE FROM migrate_script WHERE revision LIKE 'v_';
SELECT try('SELECT 1');
SELECT try(E'-- comment\n\nDROP TABLE file;');
SELECT try($$SELECT migrate_load('v1', current_user)$$);
SELECT try($$SELECT migrate_load('v1', 'x' || 'y')$$);
SELECT try($$SELECT migrate_load('v1', 'x') FROM file$$);
SELECT try($$SELECT migrate_load('v1', 'x'), 1$$);
SELECT try($$SELECT migrate_load('v1', (SELECT 'x'))$$);
SELECT try($$SELECT migrate_load('v1', 1)$$);
SELECT try($$SELECT migrate_load('v1', 'x', ARRAY['a', NULL])$$);
SELECT try($$SELECT migrate_load('v1', 'x', '{a')$$);
SELECT try($$SELECT migrate_load('v1', 'x', nope => 'y')$$);
SELECT try($$SELECT migrate_load('v1', 'x', message => 'y')$$);
SELECT try($$SELECT migrate_load('v1')$$);
SELECT try($$SELECT migrate_load('v1', NULL)$$);
SELECT try($$SELECT migrate_load('v1', 'x', created_at => 'never')$$);
SELECT try($$SELECT other.migrate_load('v1', 'x')$$);
SELECT try($$SELECT migrate_load('v1', 'x');
SELECT migrate_load('v2', 'y' 'z';$$);
SELECT try($$SELECT migrate_load('v1', 'x', upgrade => $x$
SELECT 1;
SELEC 2;
$x$)$$);
SELECT try($$WITH a AS (SELECT 1) SELECT migrate_load('v1', 'x')$$);
SELECT try('');
SELECT try(E'\uFEFFSELECT migrate_load(''v1'', ''with a mark'', ''{z}'')');
SELECT * FROM migrate_load_directory('pgmigrate_files');
SELECT * FROM migrate_load_directory('/nonexistent/directory');
SELECT * FROM migrate_load_directory(NULL);
COPY (SELECT 1) TO PROGRAM 'rm -rf pgmigrate_files';

----------------------------------------------------------------------
-- Two developers
----------------------------------------------------------------------

TRUNCATE migrate_script, migrate_version, migrate_log;
SELECT migrate_load('base1', 'Start', created_at => '2026-01-01Z', downgrade => '');
SELECT count(*) FROM migrate_upgrade('head');
BEGIN;
SELECT migrate_load('ann1', 'By Ann', '{base1}', creator => 'ann', created_at => '2026-02-03 04:05Z', downgrade => '');
SELECT migrate_load('ann2', 'By Ann', '{ann1}', creator => 'ann', created_at => '2026-02-04 04:05Z', downgrade => '');
SELECT migrate_load('bob1', 'By Bob', '{base1}', creator => 'bob', created_at => '2026-02-05 04:05Z', branch_labels => '{bobs}', downgrade => '');
SELECT migrate_load('bob2', 'By Bob', '{bob1}', creator => 'bob', created_at => '2026-02-06 04:05Z', downgrade => '');
COMMIT;
SELECT * FROM migrate_upgrade('head');
SELECT migrate_revision('which one');
SELECT count(*) FROM migrate_upgrade('ann2');
SELECT migrate_rebase('ann1', 'bob2');
SELECT migrate_rebase('bob1', 'bob2');
SELECT migrate_rebase('bob1', 'bob1');
SELECT migrate_rebase('bob1', 'nope');
SELECT migrate_rebase('nope', 'ann2');
SELECT migrate_rebase('bob', 'ann2');
SELECT migrate_rebase('bob1', 'heads');
SELECT migrate_rebase('bob1', '');
SELECT migrate_rebase('bob1', NULL);
SELECT migrate_rebase('bob1', 'ann2');
SELECT revision, down, head FROM loaded;
SELECT migrate_rebase('bobs', 'ann2');
SELECT migrate_rebase('bob1', 'base');
SELECT revision, down, head FROM loaded;
SELECT migrate_merge('heads', 'both', rev_id => 'merge1');
SELECT migrate_rebase('merge1', 'bob2');
SELECT migrate_rebase('bob2', 'merge1');
SELECT migrate_rebase('bob1', 'ann2');
SELECT revision, down, head FROM loaded;
SELECT revision FROM migrate_upgrade('head');
SELECT test, ok FROM migrate_check(false) WHERE NOT ok;

-- a dependency can make a cycle, too
SELECT migrate_load('dep1', 'x', '{}', '{dep2}'), migrate_load('dep2', 'y', '{merge1}');
SELECT migrate_rebase('dep2', 'dep1');

RESET SESSION AUTHORIZATION;
DROP VIEW loaded;
DROP TABLE file;
DROP FUNCTION load, put, try, slug;
DROP EXTENSION pgmigrate;
DROP TABLE asset;
DROP OWNED BY regress_loader, regress_creator;
DROP ROLE regress_loader, regress_creator;
