-- migrate_upgrade() and migrate_downgrade(): what runs, what is said, and what
-- is left when it fails.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_runner, regress_other;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;

-- some errors name the author
CREATE ROLE regress_runner SUPERUSER;
SET SESSION AUTHORIZATION regress_runner;

--
-- Nothing there
--
SELECT * FROM migrate_upgrade();
SELECT * FROM migrate_upgrade('head');
SELECT * FROM migrate_upgrade('heads');
SELECT * FROM migrate_upgrade('base');
SELECT * FROM migrate_upgrade(1);
SELECT * FROM migrate_upgrade('x');
SELECT * FROM migrate_downgrade('base');
SELECT * FROM migrate_downgrade('head');
SELECT * FROM migrate_downgrade(-1);
SELECT count(*) FROM migrate_log;

--
-- Up and down
--
SELECT migrate_revision('create account', rev_id => 'r1',
	upgrade => 'CREATE TABLE account (id int PRIMARY KEY)',
	downgrade => 'DROP TABLE account');
SELECT migrate_revision('add owner', rev_id => 'r2',
	upgrade => 'ALTER TABLE account ADD owner text',
	downgrade => 'ALTER TABLE account DROP owner');
SELECT migrate_revision('index owner', rev_id => 'r3',
	upgrade => 'CREATE INDEX account_owner ON account (owner)',
	downgrade => 'DROP INDEX account_owner');
SELECT migrate_revision('fill account', rev_id => 'r4',
	upgrade => $$INSERT INTO account VALUES (1, 'alice'), (2, 'bob')$$,
	downgrade => 'DELETE FROM account');

SELECT step, direction, revision, down_revision, message, duration >= '0' AS took
FROM migrate_upgrade('r2');
SELECT * FROM migrate_upgrade('r2');	-- nothing to do
SELECT * FROM migrate_upgrade('r1');	-- less than what there is
SELECT step, revision FROM migrate_upgrade('+1');
SELECT step, revision FROM migrate_upgrade();
SELECT * FROM migrate_upgrade();
TABLE account;
SELECT step, direction, revision, down_revision, message, duration >= '0' AS took
FROM migrate_downgrade('r2');
SELECT * FROM migrate_downgrade('r2');	-- nothing to do
SELECT * FROM migrate_downgrade('r3');	-- that would be up
TABLE account;
SELECT to_regclass('account_owner');

-- integers
SELECT revision FROM migrate_upgrade(1);
SELECT revision FROM migrate_upgrade(+1);
SELECT revision FROM migrate_downgrade(-3);
SELECT revision FROM migrate_upgrade(2);
SELECT * FROM migrate_upgrade(0);
SELECT * FROM migrate_upgrade(-1);
SELECT * FROM migrate_upgrade(9);
SELECT * FROM migrate_upgrade(2147483647);
SELECT * FROM migrate_upgrade(NULL::int);
SELECT * FROM migrate_downgrade(0);
SELECT * FROM migrate_downgrade(1);
SELECT * FROM migrate_downgrade(-9);
SELECT * FROM migrate_downgrade((-2147483648)::int);
SELECT * FROM migrate_downgrade(NULL::int);

-- arguments that are missing
SELECT * FROM migrate_upgrade(NULL::text);
SELECT * FROM migrate_upgrade(NULL::text[]);
SELECT * FROM migrate_upgrade('');
SELECT * FROM migrate_upgrade('{}');
SELECT * FROM migrate_upgrade('{}'::text[]);
SELECT * FROM migrate_upgrade(ARRAY['r4', NULL]);
SELECT * FROM migrate_upgrade(ARRAY[['r4'], ['r3']]);
SELECT * FROM migrate_downgrade(NULL::text);
SELECT * FROM migrate_downgrade('');
SELECT * FROM migrate_downgrade('{r1,r2}');
SELECT revision FROM migrate_downgrade('{r1}');
SELECT revision FROM migrate_downgrade('base');

--
-- It is all in the transaction of the caller
--
BEGIN;
SELECT revision FROM migrate_upgrade();
SELECT count(*) FROM account;
SELECT revision FROM migrate_current();
ROLLBACK;
SELECT to_regclass('account'), count(*) FROM migrate_current();
BEGIN;
SELECT revision FROM migrate_upgrade(2);
SAVEPOINT s;
SELECT revision FROM migrate_upgrade();
ROLLBACK TO s;
SELECT revision FROM migrate_current();
SELECT revision FROM migrate_upgrade(1);
COMMIT;
SELECT revision FROM migrate_current();
SELECT id, direction, revision FROM migrate_log ORDER BY id DESC LIMIT 3;
-- the rows of a run are those of the run, whatever one does with them
SELECT count(*) FROM (SELECT * FROM migrate_downgrade('base') LIMIT 1) s;
SELECT count(*) FROM migrate_current();
DO $$
DECLARE
	s record;
BEGIN
	FOR s IN SELECT * FROM migrate_upgrade() LOOP
		RAISE NOTICE '% % is done', s.step, s.revision;
	END LOOP;
END
$$;
SELECT revision FROM migrate_downgrade('base');

--
-- Branches
--
SELECT migrate_revision('left', rev_id => 'left_1', head => 'r4', branch_label => 'lefties');
SELECT migrate_revision('right', rev_id => 'right_1', head => 'r4', splice => true, branch_label => 'righties');
SELECT migrate_revision('left', rev_id => 'left_2', head => 'left_1');
SELECT migrate_revision('alone', rev_id => 'alone', head => 'base', depends_on => 'r2');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT * FROM migrate_upgrade();
SELECT revision FROM migrate_upgrade(ARRAY['left_1', 'alone']);
SELECT revision, status FROM migrate_current();
SELECT revision FROM migrate_upgrade('{lefties@head,righties@head}');
SELECT * FROM migrate_upgrade('{heads,left_2}');
SELECT * FROM migrate_upgrade(ARRAY['left_1', 'left_2']);
SELECT revision, status FROM migrate_current();
SELECT revision FROM migrate_downgrade('lefties@-1');
SELECT revision FROM migrate_downgrade('alone@base');
SELECT revision, status FROM migrate_current();
-- what depends on a revision goes with it
SELECT revision FROM migrate_downgrade('r1');
SELECT revision FROM migrate_downgrade('base');
SELECT migrate_delete(r) FROM unnest(ARRAY['alone', 'left_2', 'left_1', 'right_1']) r;

--
-- Irreversible, and empty, revisions
--
SELECT migrate_revision('no way back', rev_id => 'final', upgrade => 'DELETE FROM account');
SELECT migrate_revision('empty', rev_id => 'empty');
SELECT migrate_revision('comments only', rev_id => 'comments',
	upgrade => E'-- to be written\n', downgrade => '/* to be written */');
SELECT revision FROM migrate_upgrade();
SELECT revision, statements FROM migrate_log ORDER BY id DESC LIMIT 3;
SELECT revision FROM migrate_downgrade('final');
SELECT * FROM migrate_downgrade(-1);
SELECT migrate_edit('final', downgrade => '', force => true);
SELECT revision FROM migrate_downgrade('base');

DROP EXTENSION pgmigrate CASCADE;
CREATE EXTENSION pgmigrate;

--
-- A script that fails leaves nothing behind
--
SELECT migrate_revision('works', rev_id => 'f1',
	upgrade => 'CREATE TABLE works (id int PRIMARY KEY)', downgrade => 'DROP TABLE works');
SELECT migrate_revision('fails in its second statement', rev_id => 'f2', upgrade =>
$$
-- a comment
CREATE TABLE fails (id int PRIMARY KEY);

ALTER TABLE fails
	ADD CONSTRAINT fk
	FOREIGN KEY (id) REFERENCES no_such_table;
SELECT 1;
$$, downgrade => '');
SELECT * FROM migrate_upgrade();
SELECT to_regclass('works'), to_regclass('fails'), count(*) FROM migrate_version;
SELECT count(*) FROM migrate_log;
-- do what the hint says
SELECT migrate_edit('f2', upgrade => 'CREATE TABLE fails (id int PRIMARY KEY REFERENCES works); SELECT 1', downgrade => E'DROP TABLE fails;\nDROP TABLE fails;');
SELECT revision FROM migrate_upgrade();

-- downwards
\set VERBOSITY terse
SELECT * FROM migrate_downgrade('base');
\set VERBOSITY default
SELECT to_regclass('fails'), revision FROM migrate_current();

-- a position in a script
SELECT migrate_revision('column', rev_id => 'f3', upgrade =>
$$SELECT 1;
SELECT id,
	nme
FROM works;$$);
SELECT * FROM migrate_upgrade();
-- a hint of its own
SELECT migrate_edit('f3', upgrade => 'SELECT * FROM works WHERE ids = 1');
SELECT * FROM migrate_upgrade();
-- data
SELECT migrate_edit('f3', upgrade => 'INSERT INTO works VALUES (1), (2), (1)');
SELECT * FROM migrate_upgrade();
-- an error inside of a DO block
SELECT migrate_edit('f3', upgrade => $$
DO $do$
BEGIN
	PERFORM 1;
	RAISE EXCEPTION 'not on a % database', 'small' USING HINT = 'Get a bigger one.', ERRCODE = 'P0099';
END
$do$;
$$);
SELECT * FROM migrate_upgrade();
-- a statement that the server refuses only when it runs
SELECT migrate_edit('f3', upgrade => $$DO 'BEGIN COMMIT; END'$$);
SELECT * FROM migrate_upgrade();
-- a conflict that may be gone the next time
SELECT migrate_edit('f3', upgrade => $$DO 'BEGIN RAISE serialization_failure; END'$$);
SELECT * FROM migrate_upgrade();
SELECT migrate_edit('f3', upgrade => $$DO 'BEGIN RAISE query_canceled; END'$$);
SELECT * FROM migrate_upgrade();
-- the session is as it was
SHOW search_path;
BEGIN;
SAVEPOINT s;
SELECT * FROM migrate_upgrade();
ROLLBACK TO s;
SHOW search_path;
SELECT revision FROM migrate_current();
ROLLBACK;
-- caught in PL/pgSQL, nothing is left either
SELECT migrate_edit('f3', upgrade => 'CREATE TABLE left_over (); SELECT 1/0');
DO $$
BEGIN
	PERFORM migrate_upgrade();
EXCEPTION WHEN division_by_zero THEN
	RAISE NOTICE 'caught: %', SQLERRM;
END
$$;
SELECT to_regclass('left_over'), revision FROM migrate_current();
SELECT migrate_edit('f3', upgrade => 'SELECT 1', downgrade => '');
SELECT revision FROM migrate_upgrade();
SELECT migrate_edit('f2', downgrade => 'DROP TABLE fails', force => true);
SELECT revision FROM migrate_downgrade('base');

DROP EXTENSION pgmigrate CASCADE;
CREATE EXTENSION pgmigrate;

--
-- Scripts that return rows
--
SELECT migrate_revision('rows', rev_id => 's1', upgrade => $$
SELECT * FROM generate_series(1, 1000);
VALUES (1), (2);
CREATE TABLE returned (id int PRIMARY KEY, t text);
INSERT INTO returned SELECT n, n FROM generate_series(1, 3) n RETURNING *;
UPDATE returned SET t = 'x' WHERE id = 1 RETURNING t;
DELETE FROM returned WHERE id = 3 RETURNING *;
TABLE returned;
EXPLAIN (COSTS off) SELECT 1;
SHOW work_mem;
WITH new AS (INSERT INTO returned VALUES (9, 'nine') RETURNING *) SELECT * FROM new;
SELECT INTO returned_2 FROM returned;
CREATE TABLE returned_3 AS SELECT * FROM returned;
PREPARE insert_one(int) AS INSERT INTO returned VALUES ($1, 'prepared');
EXECUTE insert_one(10);
DEALLOCATE insert_one;
DECLARE c CURSOR FOR SELECT * FROM returned ORDER BY id;
FETCH ALL FROM c;
MOVE BACKWARD ALL IN c;
CLOSE c;
$$, downgrade => 'DROP TABLE returned, returned_2, returned_3');
SELECT revision FROM migrate_upgrade();
SELECT statements FROM migrate_log;
TABLE returned ORDER BY id;

--
-- Scripts that set things
--
SELECT migrate_revision('sets', rev_id => 's2', upgrade => $$
CREATE TABLE seen (n int, name text, setting text);
CREATE FUNCTION see(n int) RETURNS void LANGUAGE sql AS
$f$
	INSERT INTO seen SELECT n, s, current_setting(s)
	FROM unnest(ARRAY['search_path', 'TimeZone', 'DateStyle', 'IntervalStyle',
		'standard_conforming_strings', 'work_mem']) s;
$f$;
SELECT see(1);
CREATE SCHEMA other;
SET search_path = other, public;
SET LOCAL TimeZone = 'Asia/Tokyo';
SET work_mem = '1234kB';
SELECT set_config('datestyle', 'German', false);
CREATE TABLE made_in_other (id int);
SELECT see(2);
RESET work_mem;
$$, downgrade => 'DROP SCHEMA other CASCADE; DROP FUNCTION see; DROP TABLE seen');
SELECT migrate_revision('sees', rev_id => 's3', upgrade => 'SELECT see(3)', downgrade => '');
SET TimeZone = 'Europe/Berlin';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'iso_8601';
SET search_path = pg_catalog, public;
SET work_mem = '5555kB';
SELECT revision FROM public.migrate_upgrade();
SELECT name, max(setting) FILTER (WHERE n = 1) AS first,
	max(setting) FILTER (WHERE n = 2) AS after_set, max(setting) FILTER (WHERE n = 3) AS next_revision
FROM seen GROUP BY name ORDER BY name COLLATE "C";
SELECT to_regclass('other.made_in_other');
SELECT name, setting FROM pg_settings
WHERE name IN ('search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'work_mem')
ORDER BY name COLLATE "C";
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
RESET search_path;
RESET work_mem;
-- another path for scripts
CREATE SCHEMA app;
SELECT migrate_revision('where', rev_id => 's4', upgrade => 'CREATE TABLE here ()', downgrade => 'DROP TABLE here');
SET pgmigrate.search_path = 'app, public';
SELECT revision FROM migrate_upgrade();
SELECT to_regclass('app.here'), to_regclass('public.here');
RESET pgmigrate.search_path;
SELECT count(*) FROM pg_tables WHERE tablename = 'here';
SET pgmigrate.search_path = app;
SELECT revision FROM migrate_downgrade(-1);
RESET pgmigrate.search_path;
SET pgmigrate.search_path = 'a,,b';
-- a temporary table does not stand in for a real one
CREATE TEMP TABLE returned (id int);
SELECT migrate_edit('s4', upgrade => $$INSERT INTO returned VALUES (77, 'not temporary')$$, downgrade => '');
SELECT revision FROM migrate_upgrade();
SELECT count(*) FROM pg_temp.returned;
SELECT count(*) FROM public.returned WHERE id = 77;
DROP TABLE pg_temp.returned;
DROP SCHEMA app;
-- a role that a script takes is given back
SELECT migrate_revision('role', rev_id => 's5', upgrade => $$
CREATE ROLE regress_other;
SET ROLE regress_other;
CREATE TEMP TABLE of_other ();
$$, downgrade => '');
SELECT revision FROM migrate_upgrade();
SELECT current_user, pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'of_other';
DROP TABLE of_other;
DROP ROLE regress_other;

DROP EXTENSION pgmigrate CASCADE;
DROP TABLE returned, returned_2, returned_3, seen;
DROP FUNCTION see;
DROP SCHEMA other CASCADE;
CREATE EXTENSION pgmigrate;

--
-- Definitions of many kinds in one script
--
SELECT migrate_revision('all kinds', rev_id => 'k1', upgrade => $$
CREATE SCHEMA kinds;
SET LOCAL search_path = kinds, public;
SET LOCAL client_min_messages = error;
CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TYPE mood ADD VALUE 'happy';
CREATE TYPE pair AS (a int, b int);
CREATE TYPE span AS RANGE (subtype = int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE COLLATION germanic (locale = 'C');
CREATE SEQUENCE counter START 10;
CREATE TABLE parent (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	m mood DEFAULT 'ok', p positive, s span, q pair,
	twice int GENERATED ALWAYS AS (p * 2) STORED,
	EXCLUDE USING gist (s WITH &&)
);
CREATE TABLE twin (LIKE parent INCLUDING ALL);
CREATE TABLE child (extra text COLLATE germanic) INHERITS (parent);
CREATE TABLE parts (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_d (LIKE parts);
ALTER TABLE parts ATTACH PARTITION parts_d DEFAULT;
CREATE INDEX ON parts (v);
CREATE UNLOGGED TABLE fast (id int);
CREATE VIEW v AS SELECT id, m FROM parent;
CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM parent WITH NO DATA;
REFRESH MATERIALIZED VIEW mv;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE PROCEDURE p() LANGUAGE sql AS 'INSERT INTO kinds.parts VALUES (1)';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
CREATE CAST (pair AS text) WITH INOUT;
CREATE TRIGGER t BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION g();
CREATE RULE r AS ON UPDATE TO v DO INSTEAD NOTHING;
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY pol ON parent USING (id > 0);
CREATE STATISTICS st ON id, m FROM parent;
CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple);
CREATE FOREIGN DATA WRAPPER fdw;
CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER srv;
CREATE FOREIGN TABLE ft (id int) SERVER srv;
CREATE PUBLICATION pgmigrate_pub FOR TABLE parts_1;
CREATE EVENT TRIGGER pgmigrate_et ON ddl_command_end WHEN TAG IN ('CREATE OPERATOR CLASS') EXECUTE FUNCTION kinds.e();
$$);
SELECT migrate_edit('k1', upgrade => replace(upgrade, 'CREATE EVENT TRIGGER',
	$$CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER$$) || $$
GRANT SELECT ON parent TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA kinds GRANT SELECT ON TABLES TO PUBLIC;
COMMENT ON TABLE parent IS 'of all kinds';
ALTER TABLE parent ADD COLUMN more text, ALTER m SET NOT NULL, ADD CHECK (more <> '') NOT VALID;
ALTER TABLE parent VALIDATE CONSTRAINT parent_more_check;
ALTER TABLE child RENAME extra TO extras;
ALTER SEQUENCE counter OWNED BY fast.id;
CALL p();
TRUNCATE parts;
INSERT INTO parent (p, s) SELECT n, span(n, n + 1) FROM generate_series(1, 3) n;
MERGE INTO parts USING (SELECT 5 AS id) AS src ON parts.id = src.id
	WHEN NOT MATCHED THEN INSERT VALUES (src.id, 'merged');
COPY parts_1 TO PROGRAM 'cat >/dev/null';
ANALYZE parent;
LOCK TABLE parent IN SHARE MODE;
CLUSTER parent USING parent_pkey;
REINDEX TABLE parent;
NOTIFY pgmigrate_done;
CREATE ROLE regress_of_script;
ALTER ROLE regress_of_script SET work_mem = '1MB';
DROP ROLE regress_of_script;
$$, downgrade => $$
DROP EVENT TRIGGER pgmigrate_et;
DROP PUBLICATION pgmigrate_pub;
SET LOCAL client_min_messages = warning;
DROP FOREIGN DATA WRAPPER fdw CASCADE;
DROP SCHEMA kinds CASCADE;
$$) FROM migrate_script;
SELECT revision FROM migrate_upgrade();
SELECT statements FROM migrate_log;
SELECT count(*) FROM kinds.parent;
TABLE kinds.parts;
SELECT revision FROM migrate_downgrade('base');
SELECT to_regnamespace('kinds');

-- a value that is new in this transaction cannot be used in it
SELECT migrate_revision('enum', rev_id => 'k2', upgrade => $$
CREATE TYPE colour AS ENUM ('red');
$$, downgrade => 'DROP TYPE colour');
SELECT migrate_revision('enum value', rev_id => 'k3', upgrade => $$
ALTER TYPE colour ADD VALUE 'blue';
CREATE TABLE painted (c colour DEFAULT 'blue');
$$, downgrade => 'DROP TABLE painted');
SELECT revision FROM migrate_upgrade('k2');
SELECT revision FROM migrate_upgrade('k3');
SELECT revision FROM migrate_current();
-- what the hint says
CALL migrate_upgrade_online('k3');
INSERT INTO painted DEFAULT VALUES RETURNING c;
SELECT revision FROM migrate_downgrade('k2');

DROP EXTENSION pgmigrate CASCADE;
DROP TYPE colour;
CREATE EXTENSION pgmigrate;

--
-- Many statements, and many revisions
--
SELECT migrate_revision('200 statements', rev_id => 'many',
	upgrade => string_agg(format('CREATE TABLE many_%s (id int);', n), E'\n' ORDER BY n)
		|| E'\nDROP TABLE many_201',
	downgrade => string_agg(format('DROP TABLE many_%s;', n), ' ' ORDER BY n DESC))
FROM generate_series(1, 199) n;
SELECT * FROM migrate_upgrade();
SELECT migrate_edit('many', upgrade => replace(upgrade, 'DROP TABLE many_201', 'SELECT 1'))
FROM migrate_script;
SELECT revision FROM migrate_upgrade();
SELECT count(*) FROM pg_class WHERE relname LIKE 'many\_%';
SELECT revision FROM migrate_downgrade('base');
SELECT direction, statements FROM migrate_log ORDER BY id;
SELECT count(*) FROM pg_class WHERE relname LIKE 'many\_%';
SELECT count(migrate_revision('number ' || n, rev_id => 'n' || n)) FROM generate_series(1, 100) n;
SET client_min_messages = warning;
SELECT count(*), min(step), max(step) FROM migrate_upgrade();
SELECT count(*), min(step), max(step) FROM migrate_downgrade('base');
SELECT revision FROM migrate_upgrade(1);	-- no notice
RESET client_min_messages;

--
-- A run inside of a run
--
SELECT migrate_revision('calls itself', rev_id => 'nested', head => 'n100',
	upgrade => 'SELECT migrate_upgrade()', downgrade => '');
SELECT revision FROM migrate_stamp('n100');
SELECT revision FROM migrate_upgrade();
SELECT migrate_edit('nested', upgrade => $$SELECT migrate_downgrade('base')$$);
SELECT revision FROM migrate_upgrade();
SELECT migrate_edit('nested', upgrade => $$SELECT migrate_stamp('base')$$);
SELECT revision FROM migrate_upgrade();
-- looking is allowed; the versions are written at the end
CREATE TABLE looked (t text);
SELECT migrate_edit('nested', upgrade => 'INSERT INTO looked SELECT revision FROM migrate_current()');
SELECT revision FROM migrate_upgrade();
TABLE looked;

--
-- Where nothing can be written
--
BEGIN READ ONLY;
SAVEPOINT s;
SELECT * FROM migrate_upgrade();
ROLLBACK TO s;
SELECT * FROM migrate_upgrade('x');
ROLLBACK TO s;
SELECT * FROM migrate_downgrade('base');
ROLLBACK;
-- not in a place for rows
SELECT migrate_upgrade();
SELECT ARRAY(SELECT revision FROM migrate_downgrade('n98'));

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP TABLE looked;
DROP OWNED BY regress_runner CASCADE;
DROP ROLE regress_runner;
