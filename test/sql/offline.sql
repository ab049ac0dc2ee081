-- migrate_sql(): the script of a run, for psql.  What it prints is run with
-- psql on this database, and compared with the run itself.
\getenv outputdir PG_ABS_BUILDDIR
\cd :outputdir
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_offline;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_offline SUPERUSER;
SET SESSION AUTHORIZATION regress_offline;

--
-- What it looks like
--
SELECT migrate_revision('create account', rev_id => 'o1',
	upgrade => 'CREATE TABLE account (id int PRIMARY KEY)', downgrade => 'DROP TABLE account');
SELECT migrate_revision('add owner', rev_id => 'o2',
	upgrade => E'ALTER TABLE account ADD owner text;\nINSERT INTO account VALUES (1, migrate_arg(''owner''));',
	downgrade => 'ALTER TABLE account DROP owner');
-- (without the log)
\pset format unaligned
\pset tuples_only on
SELECT line FROM migrate_sql('upgrade', 'o2') AS line WHERE line NOT LIKE 'INSERT INTO public.migrate_log%';
SELECT line FROM migrate_sql('upgrade', 'o1:o2', args => '{"owner": "it''s \\ alice"}', tag => 'v1') AS line WHERE line NOT LIKE 'INSERT INTO public.migrate_log%';
SELECT line FROM migrate_sql('downgrade', 'o2:base') AS line WHERE line NOT LIKE 'INSERT INTO public.migrate_log%';
SELECT line FROM migrate_sql('stamp', 'o2') AS line WHERE line NOT LIKE 'INSERT INTO public.migrate_log%';
SELECT line FROM migrate_sql('stamp', 'o2:base') AS line WHERE line NOT LIKE 'INSERT INTO public.migrate_log%';
\pset tuples_only off
\pset format aligned
-- nothing was done
SELECT count(*) FROM migrate_version;

--
-- Nasty texts
--
SELECT migrate_revision(E'ends in a comment\nDROP TABLE account; -- '' $$ :account', rev_id => 'n1', upgrade => $n1$
CREATE TABLE nasty (t text, u text);
INSERT INTO nasty VALUES ('it''s', E'\\ \'\n'), ($q$ $x$ ; $q$, ':account');
-- the end; of $$it$$ \q$n1$, downgrade => E'DROP TABLE nasty /* nested /* ; */ '' */ -- "');
SELECT migrate_revision('bodies', rev_id => 'n2', upgrade => $$
CREATE FUNCTION nasty_atomic() RETURNS int
BEGIN ATOMIC
	SELECT 1;
	SELECT CASE WHEN true THEN 2 END;
END;
CREATE FUNCTION nasty_quoted() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
	-- ; '
	RETURN $in$ ; ' \r $in$;
END
$body$;
DO $do$ BEGIN EXECUTE 'INSERT INTO nasty VALUES ('';'', nasty_quoted())'; END $do$;;
;$$, downgrade => 'DROP FUNCTION nasty_atomic(); DROP FUNCTION nasty_quoted()');
SELECT migrate_revision('sets things', rev_id => 'n3', upgrade => $$
SET LOCAL search_path = pg_catalog;
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT set_config('datestyle', 'German', true)$$, downgrade => 'SET LOCAL search_path = pg_catalog');
SELECT migrate_revision('sees them', rev_id => $$v1.2/'n4'$$, upgrade => $$
INSERT INTO nasty SELECT name, setting FROM pg_settings
WHERE name IN ('search_path', 'TimeZone', 'DateStyle', 'standard_conforming_strings');
INSERT INTO nasty VALUES ('backslash', '\');
INSERT INTO nasty VALUES ('tag', migrate_tag()), ('arg', migrate_arg('a'))$$, downgrade => 'DELETE FROM nasty');
SELECT migrate_revision('empty', rev_id => 'n5');
SELECT migrate_revision('only a comment', rev_id => 'n6', upgrade => '-- nothing', downgrade => '/* nothing */');
SELECT migrate_revision('the other branch', rev_id => 'n4b', head => 'n3', splice => true,
	upgrade => 'CREATE TABLE nasty_b ()', downgrade => 'DROP TABLE nasty_b');
SELECT migrate_revision('depends', rev_id => 'd1', head => 'base', depends_on => 'n4b', downgrade => '');
SELECT migrate_merge('{n6,n4b}', 'merge', 'm1');

-- what a run leaves behind, without what differs from run to run
CREATE VIEW left_behind AS
	SELECT 'log' AS what, rank() OVER (ORDER BY id) AS place,
		concat_ws('; ', direction, revision, down_revision, message, statements, ran_as, logged_in_as,
			application_name, encode(sha256, 'hex')) AS item
	FROM migrate_log
	UNION ALL
	SELECT 'current', rank() OVER (ORDER BY ordinal), revision FROM migrate_version;
CREATE TABLE online AS TABLE left_behind;
CREATE TABLE online_data (t text, u text);
-- remember it, and then forget the log
CREATE PROCEDURE remember() LANGUAGE plpgsql AS
$$
BEGIN
	TRUNCATE online, online_data;
	INSERT INTO online TABLE left_behind;
	IF to_regclass('nasty') IS NOT NULL THEN
		INSERT INTO online_data TABLE nasty;
	END IF;
	DELETE FROM migrate_log;
END
$$;
-- in what the present state differs from what was remembered
CREATE FUNCTION differences() RETURNS SETOF text LANGUAGE plpgsql AS
$$
BEGIN
	RETURN QUERY SELECT 'only online: ' || x::text FROM (TABLE online EXCEPT ALL TABLE left_behind) x;
	RETURN QUERY SELECT 'only offline: ' || x::text FROM (TABLE left_behind EXCEPT ALL TABLE online) x;
	IF to_regclass('nasty') IS NOT NULL THEN
		RETURN QUERY SELECT 'data, only online: ' || x::text FROM (TABLE online_data EXCEPT ALL TABLE nasty) x;
		RETURN QUERY SELECT 'data, only offline: ' || x::text FROM (TABLE nasty EXCEPT ALL TABLE online_data) x;
	END IF;
	RETURN NEXT (SELECT count(*) || ' rows of the log compared' FROM migrate_log);
	DELETE FROM migrate_log;
END
$$;

--
-- The whole way up
--
\set args '{"owner": "alice", "a": "it''s \\\\ \\"x\\""}'
SELECT count(*) FROM migrate_upgrade('heads', args => :'args', tag => E'v''1\\');
CALL remember();
SELECT * FROM online_data ORDER BY t COLLATE "C", u COLLATE "C";
SELECT count(*) FROM migrate_downgrade('base');
DELETE FROM migrate_log;
SELECT migrate_sql('upgrade', 'base:heads', args => :'args', tag => E'v''1\\') \g (format=unaligned tuples_only=on) results/offline_script.sql
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT * FROM differences();
SELECT revision, status FROM migrate_current();
SELECT * FROM migrate_upgrade('heads');
SELECT current_setting('search_path'), current_setting('standard_conforming_strings'), migrate_tag();
SELECT bool_and(ok) FROM migrate_check(false) WHERE test <> 'one head';

--
-- The whole way down
--
SELECT count(*) FROM migrate_downgrade('base');
CALL remember();
SELECT count(*) FROM migrate_upgrade('heads');
DELETE FROM migrate_log;
SELECT migrate_sql('downgrade', 'heads:base') \g (format=unaligned tuples_only=on) results/offline_script.sql
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT * FROM differences();
SELECT count(*) FROM migrate_current();
SELECT to_regclass('account'), to_regclass('nasty');

--
-- A part of the way: from two rows over a merge point, and back
--
SELECT count(*) FROM migrate_upgrade('{n6,n4b}', args => '{"a": 1}');
DELETE FROM migrate_log;
SELECT migrate_sql('upgrade', 'current:m1') \g (format=unaligned tuples_only=on) results/offline_script.sql
SELECT count(*) FROM migrate_upgrade('m1');
CALL remember();
SELECT count(*) FROM migrate_downgrade('n6');
DELETE FROM migrate_log;
SELECT revision FROM migrate_current();
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT * FROM differences();
SELECT revision FROM migrate_current();
-- back
SELECT count(*) FROM migrate_downgrade('n3');
CALL remember();
SELECT count(*) FROM migrate_upgrade('m1', args => '{"a": 1}');
DELETE FROM migrate_log;
SELECT migrate_sql('downgrade', 'm1:n3') \g (format=unaligned tuples_only=on) results/offline_script.sql
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT * FROM differences();
SELECT revision FROM migrate_current();

--
-- Stamps
--
SELECT count(*) FROM migrate_stamp('heads');
CALL remember();
SELECT count(*) FROM migrate_stamp('n3');
DELETE FROM migrate_log;
SELECT migrate_sql('stamp', 'n3:heads') \g (format=unaligned tuples_only=on) results/offline_script.sql
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT * FROM differences();
SELECT count(*) FROM migrate_stamp('o1');
CALL remember();
SELECT count(*) FROM migrate_stamp('heads');
DELETE FROM migrate_log;
SELECT migrate_sql('stamp', 'heads:o1') \g (format=unaligned tuples_only=on) results/offline_script.sql
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT * FROM differences();
SELECT revision FROM migrate_current();

--
-- Not where the range does not begin, and so not twice
--
-- (without what would end this session at the error)
\! sed -i '/ON_ERROR_STOP/d' results/offline_script.sql
\set ECHO none \\ \o /dev/null \\ \i results/offline_script.sql \\ \set ON_ERROR_STOP off \\ \o \\ \set ECHO all
SELECT revision FROM migrate_current();
SELECT migrate_require_current('{o1}');
SELECT migrate_require_current('{o1,o2}');
SELECT migrate_require_current('{}');
SELECT migrate_require_current(NULL);
SELECT migrate_require_current(ARRAY['o1', NULL]);

--
-- Refused
--
SELECT migrate_revision('no way back', rev_id => 'i1', head => 'm1', upgrade => 'SELECT 1');
SELECT migrate_sql('downgrade', 'i1:m1');
SELECT migrate_sql('downgrade');
SELECT migrate_sql('downgrade', 'base');
SELECT migrate_sql('downgrade', 'm1:');
SELECT migrate_sql('downgrade', ':base');
SELECT migrate_sql('upgrade', 'o1:');
SELECT migrate_sql('upgrade', 'm1:o1');
SELECT migrate_sql('upgrade', '');
SELECT migrate_sql('upgrade', 'nowhere');
SELECT migrate_sql('upgrade', 'nowhere:m1');
SELECT migrate_sql('upgrade', '+1:m1');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT migrate_sql();
SELECT migrate_sql('sideways');
SELECT migrate_sql(NULL);

RESET SESSION AUTHORIZATION;
DROP EXTENSION pgmigrate CASCADE;
DROP TABLE account, nasty, online, online_data;
DROP PROCEDURE remember;
DROP FUNCTION differences, nasty_atomic, nasty_quoted;
DROP OWNED BY regress_offline CASCADE;
DROP ROLE regress_offline;
