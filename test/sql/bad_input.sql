--
-- Bad input, for every function: NULL, empty, blank, unknown, ambiguous,
-- too long, malformed and out of range.  What is checked here is that each
-- call gets an error of its own with the right SQLSTATE, and that none ends
-- in an internal error.  What the good forms mean is checked elsewhere.
--
\set home :DBNAME
\set testdb regression_pgmigrate_bad_input
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_author;
CREATE ROLE regress_pgm_author SUPERUSER;		-- a name that is in messages
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_pgm_author;
CREATE EXTENSION pgmigrate;

-- abc1 - abc2 - xyz1 (label "lab"), applied up to abc2
SELECT migrate_revision('first', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'abc1');
SELECT migrate_revision('second', 'CREATE TABLE two (i int)', 'DROP TABLE two', rev_id => 'abc2');
SELECT migrate_revision('third', 'CREATE TABLE three (i int)', rev_id => 'xyz1', branch_label => 'lab');
SELECT revision FROM migrate_upgrade('abc2');

-- Run one call in a subtransaction that is always undone.
CREATE FUNCTION attempt(call text, OUT state text, OUT message text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT ' || call;
	RAISE EXCEPTION USING ERRCODE = 'PGM00', MESSAGE = 'no error';
EXCEPTION WHEN OTHERS THEN
	state := replace(SQLSTATE, 'PGM00', '00000');
	message := SQLERRM;
END $$;

CREATE TABLE bad (id int GENERATED ALWAYS AS IDENTITY, want text, call text);

-- texts that are no revision, and what is wrong with them as a target
CREATE TABLE text_input (id int GENERATED ALWAYS AS IDENTITY, want text, input text);
INSERT INTO text_input (want, input) VALUES
	('22004', NULL),
	('22023', ''),
	('42704', '   '),
	('42704', E'\t\n'),
	('42704', 'unknown'),
	('42P08', 'abc'),				-- abc1 or abc2
	('42704', 'abc11'),
	('42704', 'ABC1'),
	('42704', repeat('x', 300)),
	('42704', repeat('é', 300)),
	('42704', 'é'),
	('42704', '日本語'),
	('42704', '''; DROP TABLE one; --'),
	('42704', '"abc1"'),
	('42704', ' abc1'),
	('42704', 'abc1 '),
	('42704', 'abc1,abc2'),
	('42704', 'abc1 abc2'),
	('42704', 'abc%'),
	('42704', 'ab_1'),
	('42704', '%s%s%n%d'),
	('42704', '*'),
	('42704', '\'),
	('42704', '1'),
	('42704', 'HEAD'),
	('42704', 'Base'),
	('42704', '@'),
	('42704', '@@'),
	('42704', 'lab@'),
	('42704', '@head'),
	('42704', '@abc1'),
	('42704', 'a@b@c'),
	('42704', 'lab@lab@head'),
	('42704', 'nolab@head'),
	('42704', 'nolab@abc1'),
	('42704', 'lab@unknown'),
	('42704', 'lab@head@'),
	('22P02', '{a'),
	('22P02', '{a}}'),
	('22P02', '{"a}'),
	('22023', '{}'),
	('22004', '{NULL}'),
	('22004', '{abc1,NULL}'),
	('22023', '{""}'),
	('42704', '{unknown}'),
	('2202E', '{{abc1}}'),
	('2202E', '{{abc1,abc2},{abc1,abc2}}'),
	('22P02', '{abc1');

-- relative forms that no function can make sense of
CREATE TABLE relative_input (id int GENERATED ALWAYS AS IDENTITY, want text, input text);
INSERT INTO relative_input (want, input) VALUES
	('42704', '+'),
	('42704', '-'),
	('42704', '+x'),
	('42704', '++1'),
	('42704', '--1'),
	('42704', '+-1'),
	('42704', '+1junk'),
	('42704', '+1@head'),
	('42704', '-1 '),
	('42704', '+ 1'),
	('42704', '+1.5'),
	('42704', '+1e3'),
	('42704', '+0x1'),
	('42704', 'unknown+1'),
	('42704', 'unknown-1'),
	('42704', 'nolab@+1'),
	('42704', 'nolab@-1'),
	('42704', '@+1'),
	('42704', 'lab@@+1'),
	('42704', 'abc1+1+1'),
	('42704', 'abc1-1-1'),
	('42704', 'abc1+'),
	('42704', '+１');				-- a full-width digit

-- Every function that takes revisions gets every text that is none.
INSERT INTO bad (want, call)
	SELECT CASE
			WHEN f.n BETWEEN 8 AND 10 AND t.input LIKE '{%' THEN '42704'	-- one revision, so no array
			WHEN f.n = 7 AND t.input = '{}' THEN '00000'					-- nothing to show
			ELSE t.want END,
		format(f.call, quote_nullable(t.input) || '::text')
	FROM (VALUES
		(1, 'migrate_upgrade(%s)'),
		(2, 'migrate_downgrade(%s)'),
		(3, 'migrate_stamp(%s)'),
		(4, 'migrate_plan(%s)'),
		(5, 'migrate_plan(%s, ''downgrade'')'),
		(6, 'migrate_plan(%s, ''stamp'')'),
		(7, 'migrate_show(%s)'),
		(8, 'migrate_edit(%s, message => ''m'')'),
		(9, 'migrate_delete(%s)'),
		(10, 'migrate_approve(%s)'),
		(11, 'migrate_merge(%s)'),
		(12, 'migrate_revision(''m'', head => %s)')) AS f (n, call),
		(SELECT 1, id, want, input FROM text_input
		 UNION ALL
		 SELECT 2, id, want, input FROM relative_input) AS t (part, id, want, input)
	ORDER BY f.n, t.part, t.id;
-- depends_on: NULL, an empty text and an empty array mean none
INSERT INTO bad (want, call)
	SELECT CASE WHEN input IN ('', '{}') THEN '00000' ELSE want END, format('migrate_revision(''m'', depends_on => %L::text)', input)
	FROM text_input WHERE input IS NOT NULL ORDER BY id;
INSERT INTO bad (want, call)
	SELECT CASE WHEN input IN ('', '{}') THEN '00000' ELSE want END, format('migrate_edit(''xyz1'', depends_on => %L::text)', input)
	FROM text_input WHERE input IS NOT NULL ORDER BY id;

CREATE TABLE outcome AS
	SELECT b.id, b.want, a.state, a.message, b.call
	FROM bad b, LATERAL attempt(b.call) a ORDER BY b.id;

-- All of them, by function: the states that came back, and how often.
SELECT regexp_replace(call, '\(.*', '') AS function, state, count(*)
	FROM outcome GROUP BY 1, 2 ORDER BY 1, 2;

-- Those that got another state than wanted.
\pset format unaligned
SELECT want, state, message, call FROM outcome WHERE state <> want ORDER BY id;

-- The words, as migrate_upgrade says them.
SELECT state, message FROM outcome WHERE call LIKE 'migrate_upgrade%' ORDER BY id;
\pset format aligned

-- The other arguments, one by one: the SQLSTATE wanted stands before the call.
TRUNCATE bad, outcome RESTART IDENTITY;
INSERT INTO bad (want, call) VALUES
	-- numbers
	('22004', 'migrate_upgrade(NULL::integer)'),
	('22023', 'migrate_upgrade(0)'),
	('22023', 'migrate_upgrade(-1)'),
	('22023', 'migrate_upgrade(2)'),
	('22023', 'migrate_upgrade(2147483647)'),
	('22023', 'migrate_upgrade(-2147483648)'),
	('22023', 'migrate_upgrade(''+2147483648'')'),
	('22023', 'migrate_upgrade(''+99999999999999999999999999'')'),
	('22023', 'migrate_upgrade(''abc1+99999999999999999999999999'')'),
	('22023', 'migrate_upgrade(''head-99999999999999999999999999'')'),
	('22023', 'migrate_upgrade(''+0'')'),
	('22023', 'migrate_upgrade(''-0'')'),
	('22023', 'migrate_upgrade(''-1'')'),
	('22004', 'migrate_downgrade(NULL::integer)'),
	('22023', 'migrate_downgrade(0)'),
	('22023', 'migrate_downgrade(1)'),
	('22023', 'migrate_downgrade(-3)'),
	('22023', 'migrate_downgrade(2147483647)'),
	('22023', 'migrate_downgrade(-2147483648)'),
	('22023', 'migrate_downgrade(''-2147483649'')'),
	('22023', 'migrate_downgrade(''-99999999999999999999999999'')'),
	('22023', 'migrate_downgrade(''+1'')'),
	('22023', 'migrate_stamp(''+99999999999999999999999999'')'),
	('22023', 'migrate_stamp(''-3'')'),
	('22023', 'migrate_plan(''+2'')'),
	('22023', 'migrate_plan(''-99999999999999999999999999'', ''downgrade'')'),
	('42883', 'migrate_upgrade(1.5)'),
	('42883', 'migrate_downgrade(9999999999)'),
	-- arrays
	('22004', 'migrate_upgrade(NULL::text[])'),
	('22023', 'migrate_upgrade(ARRAY[]::text[])'),
	('22004', 'migrate_upgrade(ARRAY[NULL]::text[])'),
	('22004', 'migrate_upgrade(ARRAY[''abc1'', NULL])'),
	('22023', 'migrate_upgrade(ARRAY[''''])'),
	('2202E', 'migrate_upgrade(ARRAY[[''abc1''], [''abc2'']])'),
	('42704', 'migrate_upgrade(ARRAY[''unknown''])'),
	('42704', 'migrate_upgrade(ARRAY[''{abc1}''])'),
	('42704', 'migrate_upgrade(''[5:5]={unknown}''::text[])'),
	('22023', 'migrate_upgrade(ARRAY[''abc1'', ''abc2''])'),
	('22004', 'migrate_stamp(NULL::text[])'),
	('22023', 'migrate_stamp(ARRAY[]::text[])'),
	('22004', 'migrate_stamp(ARRAY[NULL]::text[])'),
	('2202E', 'migrate_stamp(ARRAY[[''abc1'']])'),
	('22023', 'migrate_stamp(ARRAY[''abc1'', ''abc1''])'),
	('22023', 'migrate_stamp(ARRAY[''abc1'', ''abc2''])'),
	('22023', 'migrate_stamp(ARRAY[''base'', ''abc1''])'),
	('22004', 'migrate_stamp(''abc1'', purge => NULL)'),
	('22004', 'migrate_merge(NULL::text[])'),
	('22023', 'migrate_merge(ARRAY[]::text[])'),
	('22004', 'migrate_merge(ARRAY[NULL]::text[])'),
	('2202E', 'migrate_merge(ARRAY[[''abc1'']])'),
	('42710', 'migrate_merge(ARRAY[''xyz1'', ''xyz1''])'),
	('55000', 'migrate_merge(ARRAY[''abc1'', ''xyz1''])'),
	('22004', 'migrate_revision(''m'', head => NULL::text[])'),
	('22004', 'migrate_revision(''m'', head => ARRAY[NULL]::text[])'),
	('2202E', 'migrate_revision(''m'', head => ARRAY[[''abc1'']])'),
	('22004', 'migrate_revision(''m'', depends_on => ARRAY[NULL]::text[])'),
	('2202E', 'migrate_revision(''m'', depends_on => ARRAY[[''abc1'']])'),
	('42704', 'migrate_revision(''m'', depends_on => ARRAY[''unknown''])'),
	('22004', 'migrate_require_current(NULL)'),
	('22004', 'migrate_require_current(ARRAY[NULL]::text[])'),
	('55000', 'migrate_require_current(ARRAY[''''])'),
	('2202E', 'migrate_require_current(ARRAY[[''abc2'']])'),
	('55000', 'migrate_require_current(ARRAY[]::text[])'),
	('55000', 'migrate_require_current(ARRAY[''abc1''])'),
	('55000', 'migrate_require_current(ARRAY[''abc1'', ''abc2''])'),
	('55000', 'migrate_require_current(ARRAY[''unknown''])'),
	-- identifiers
	('42602', 'migrate_revision(''m'', rev_id => '''')'),
	('42602', 'migrate_revision(''m'', rev_id => ''   '')'),
	('42602', 'migrate_revision(''m'', rev_id => ''a@b'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''a-b'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''a+b'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''a:b'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''@-+:'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''a b'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''a,b'')'),
	('42602', 'migrate_revision(''m'', rev_id => ''{a}'')'),
	('42602', 'migrate_revision(''m'', rev_id => E''a\nb'')'),
	('42602', 'migrate_revision(''m'', rev_id => E''a\tb'')'),
	('42602', 'migrate_revision(''m'', rev_id => E''a\x01b'')'),
	('42602', 'migrate_revision(''m'', rev_id => E''a\x7fb'')'),
	('00000', 'migrate_revision(''m'', rev_id => E''a\u00a0b'')'),
	('00000', 'migrate_revision(''m'', rev_id => E''a\u2028b'')'),
	('00000', 'migrate_revision(''m'', rev_id => E''a\u0085b'')'),
	('42622', 'migrate_revision(''m'', rev_id => repeat(''x'', 256))'),
	('42622', 'migrate_revision(''m'', rev_id => repeat(''é'', 128))'),
	('00000', 'migrate_revision(''m'', rev_id => repeat(''x'', 255))'),
	('00000', 'migrate_revision(''m'', rev_id => repeat(''é'', 127))'),
	('42939', 'migrate_revision(''m'', rev_id => ''head'')'),
	('42939', 'migrate_revision(''m'', rev_id => ''heads'')'),
	('42939', 'migrate_revision(''m'', rev_id => ''base'')'),
	('42939', 'migrate_revision(''m'', rev_id => ''current'')'),
	('42710', 'migrate_revision(''m'', rev_id => ''abc1'')'),
	('42710', 'migrate_revision(''m'', rev_id => ''lab'')'),
	('42602', 'migrate_merge(''xyz1'', rev_id => ''a@b'')'),
	('42710', 'migrate_merge(''xyz1'', rev_id => ''abc1'')'),
	-- labels
	('00000', 'migrate_revision(''m'', branch_label => '''')'),
	('42602', 'migrate_revision(''m'', branch_label => ''  '')'),
	('42602', 'migrate_revision(''m'', branch_label => ''a@b'')'),
	('42602', 'migrate_revision(''m'', branch_label => ''a-b'')'),
	('42939', 'migrate_revision(''m'', branch_label => ''head'')'),
	('42939', 'migrate_revision(''m'', branch_label => ''base'')'),
	('42622', 'migrate_revision(''m'', branch_label => repeat(''x'', 256))'),
	('42710', 'migrate_revision(''m'', rev_id => ''new1'', branch_label => ''lab'')'),
	('42710', 'migrate_revision(''m'', rev_id => ''new1'', branch_label => ''abc1'')'),
	('42710', 'migrate_revision(''m'', rev_id => ''same'', branch_label => ''same'')'),
	('22P02', 'migrate_revision(''m'', branch_label => ''{a'')'),
	('22004', 'migrate_revision(''m'', branch_label => ''{NULL}'')'),
	('2202E', 'migrate_revision(''m'', branch_label => ''{{a}}'')'),
	('42710', 'migrate_revision(''m'', branch_label => ''{new,new}'')'),
	('42710', 'migrate_edit(''xyz1'', branch_label => ''abc1'')'),
	('42602', 'migrate_edit(''xyz1'', branch_label => ''a@b'')'),
	('42710', 'migrate_merge(''xyz1'', rev_id => ''new1'', branch_label => ''lab'')'),
	-- messages and flags
	('22004', 'migrate_revision(NULL::text)'),
	('22004', 'migrate_revision(NULL, head => ''head''::text)'),
	('22004', 'migrate_revision(''m'', splice => NULL)'),
	('22004', 'migrate_revision(''m'', head => NULL::text)'),
	('22004', 'migrate_edit(''xyz1'', message => ''m'', force => NULL)'),
	('22004', 'migrate_edit(''xyz1'', irreversible => NULL)'),
	('22004', 'migrate_merge(''xyz1'', splice => NULL)'),
	('55000', 'migrate_revision(''m'', head => ''abc1'')'),
	('42710', 'migrate_revision(''m'', head => ''{xyz1,xyz1}'')'),
	-- edit and delete
	('55000', 'migrate_edit(''abc1'', upgrade => '''')'),
	('55000', 'migrate_edit(''abc2'', downgrade => '''')'),
	('22023', 'migrate_edit(''xyz1'', downgrade => '''', irreversible => true)'),
	('22023', 'migrate_edit(''xyz1'')'),
	('55000', 'migrate_delete(''abc1'')'),
	('55000', 'migrate_delete(''abc2'')'),
	('22023', 'migrate_edit(''xyz1'', depends_on => ''xyz1'')'),
	-- scripts
	('42601', 'migrate_revision(''m'', ''SELEC 1'')'),
	('42601', 'migrate_revision(''m'', '''', ''SELEC 1'')'),
	('42601', 'migrate_revision(''m'', ''SELECT ''''unterminated'')'),
	('42601', 'migrate_revision(''m'', ''SELECT $$unterminated'')'),
	('42601', 'migrate_revision(''m'', ''/* unterminated'')'),
	('42601', 'migrate_revision(''m'', E''\\d one'')'),
	('42601', 'migrate_revision(''m'', ''CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;'')'),
	('42601', 'migrate_edit(''xyz1'', upgrade => ''SELEC 1'')'),
	('42601', 'migrate_edit(''xyz1'', downgrade => ''SELEC 1'')'),
	-- words
	('22004', 'migrate_plan(''head'', NULL)'),
	('22023', 'migrate_plan(''head'', '''')'),
	('22023', 'migrate_plan(''head'', ''sideways'')'),
	('22023', 'migrate_plan(''head'', ''UPGRADE'')'),
	('22004', 'migrate_sql(NULL)'),
	('22023', 'migrate_sql('''')'),
	('22023', 'migrate_sql(''sideways'')'),
	('22004', 'migrate_graph(NULL)'),
	('22023', 'migrate_graph('''')'),
	('22023', 'migrate_graph(''svg'')'),
	('22004', 'migrate_current(NULL)'),
	('22004', 'migrate_heads(NULL)'),
	('22004', 'migrate_check(NULL)'),
	('55000', 'migrate_current(true)'),
	-- ranges
	('22004', 'migrate_history(NULL)'),
	('22023', 'migrate_history('''')'),
	('22023', 'migrate_history(''abc1'')'),
	('22023', 'migrate_history(''abc1:abc2:xyz1'')'),
	('42704', 'migrate_history(''abc1:unknown'')'),
	('42704', 'migrate_history(''unknown:'')'),
	('42704', 'migrate_history(''@:@'')'),
	('42704', 'migrate_history(''abc1:+1junk'')'),
	('42P08', 'migrate_history(''abc:'')'),
	('22023', 'migrate_history(''xyz1:abc1'')'),
	('42704', 'migrate_history('' : '')'),
	('22023', 'migrate_sql(''upgrade'', '''')'),
	('22023', 'migrate_sql(''upgrade'', ''a:b:c'')'),
	('42704', 'migrate_sql(''upgrade'', ''unknown'')'),
	('42704', 'migrate_sql(''upgrade'', ''abc1:unknown'')'),
	('42704', 'migrate_sql(''upgrade'', ''unknown:abc1'')'),
	('22023', 'migrate_sql(''upgrade'', ''abc2:abc1'')'),
	('22023', 'migrate_sql(''downgrade'')'),
	('22023', 'migrate_sql(''downgrade'', ''abc1'')'),
	('22023', 'migrate_sql(''downgrade'', ''abc1:abc2'')'),
	('42704', 'migrate_sql(''downgrade'', ''unknown:base'')'),
	('55000', 'migrate_sql(''downgrade'', ''xyz1:base'')'),
	('42704', 'migrate_sql(''stamp'', ''unknown'')'),
	-- args and tag
	('22023', 'migrate_upgrade(''head'', ''[]''::jsonb)'),
	('22023', 'migrate_upgrade(''head'', ''1''::jsonb)'),
	('22023', 'migrate_upgrade(''head'', ''"text"''::jsonb)'),
	('22023', 'migrate_upgrade(''head'', ''null''::jsonb)'),
	('22023', 'migrate_downgrade(''-1'', ''[{"a": 1}]''::jsonb)'),
	('22023', 'migrate_sql(''upgrade'', NULL, ''[]''::jsonb)'),
	('22004', 'migrate_arg(NULL)'),
	('00000', 'migrate_arg('''')'),
	('00000', 'migrate_arg(repeat(''x'', 300))'),
	('00000', 'migrate_tag()'),
	-- rights
	('22023', 'migrate_grant('''', ''nobody'')'),
	('22023', 'migrate_grant(''everything'', ''nobody'')'),
	('22023', 'migrate_grant(''LOOK'', ''nobody'')'),
	('42704', 'migrate_grant(''look'', '''')'),
	('42704', 'migrate_grant(''look'', ''regress_pgm_no_such_role'')'),
	('42704', 'migrate_grant(''look'', ''"; DROP TABLE one; --'')'),
	('42704', 'migrate_revoke(''look'', ''regress_pgm_no_such_role'')'),
	('22023', 'migrate_revoke(''everything'', ''nobody'')'),
	('00000', 'migrate_grant(NULL, NULL)'),		-- strict
	('00000', 'migrate_revoke(NULL, NULL)');

CREATE TABLE outcome2 AS
	SELECT b.id, b.want, a.state, a.message, b.call
	FROM bad b, LATERAL attempt(b.call) a ORDER BY b.id;

\pset format unaligned
SELECT want, state, message, call FROM outcome2 WHERE state <> want ORDER BY id;
SELECT state, message, call FROM outcome2 ORDER BY id;
\pset format aligned

-- What no run could execute is refused when it is written, one kind a line.
-- What only an online run can is not.
CREATE TABLE statement_input (id int GENERATED ALWAYS AS IDENTITY, want text, input text);
INSERT INTO statement_input (want, input) VALUES
	('2D000', 'BEGIN'),
	('2D000', 'START TRANSACTION'),
	('2D000', 'COMMIT'),
	('2D000', 'END'),
	('2D000', 'ROLLBACK'),
	('2D000', 'ABORT'),
	('2D000', 'COMMIT AND CHAIN'),
	('2D000', 'SAVEPOINT s'),
	('2D000', 'RELEASE s'),
	('2D000', 'ROLLBACK TO s'),
	('2D000', 'PREPARE TRANSACTION ''x'''),
	('2D000', 'COMMIT PREPARED ''x'''),
	('2D000', 'ROLLBACK PREPARED ''x'''),
	('2D000', 'SELECT 1; COMMIT; SELECT 2'),
	('0A000', 'COPY one FROM STDIN'),
	('0A000', 'COPY one TO STDOUT'),
	('0A000', 'COPY (SELECT 1) TO STDOUT'),
	('0A000', 'VACUUM; COPY one TO STDOUT'),
	('25001', 'SET TRANSACTION READ ONLY'),
	('25001', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE'),
	('25001', 'DISCARD ALL'),
	('00000', 'DISCARD TEMP'),
	('00000', 'VACUUM'),
	('00000', 'VACUUM one'),
	('00000', 'CREATE INDEX CONCURRENTLY ON one (i)'),
	('00000', 'DROP INDEX CONCURRENTLY one_i'),
	('00000', 'REINDEX INDEX CONCURRENTLY one_i'),
	('00000', 'REINDEX DATABASE x'),
	('00000', 'REINDEX SYSTEM x'),
	('00000', 'REINDEX SCHEMA x'),
	('00000', 'CREATE DATABASE x'),
	('00000', 'DROP DATABASE x'),
	('00000', 'ALTER DATABASE x SET TABLESPACE y'),
	('00000', 'CREATE TABLESPACE x LOCATION ''/nonexistent'''),
	('00000', 'DROP TABLESPACE x'),
	('00000', 'ALTER SYSTEM SET work_mem = ''1MB'''),
	('00000', 'CLUSTER'),
	('00000', 'ALTER TABLE one DETACH PARTITION two CONCURRENTLY'),
	('00000', 'CREATE SUBSCRIPTION x CONNECTION ''dbname=x'' PUBLICATION y');
SELECT s.want, a.state, s.input, a.message
	FROM statement_input s,
	LATERAL attempt(format('migrate_revision(''m'', %L)', s.input)) a ORDER BY s.id;
-- the same in the downgrade direction
SELECT s.want, a.state, s.input, a.message
	FROM statement_input s,
	LATERAL attempt(format('migrate_revision(''m'', '''', %L)', s.input)) a
	WHERE a.state <> s.want ORDER BY s.id;

-- Nothing that failed has left anything.
SELECT revision, message, branch_labels FROM migrate_history();
SELECT revision FROM migrate_current();
SELECT count(*) AS log FROM migrate_log;
SELECT count(*) AS approvals FROM migrate_approval;
SELECT count(*) AS journal FROM migrate_journal;

-- As top-level commands, with all the parts of the error.
SELECT migrate_upgrade('unknown');
\echo :SQLSTATE
SELECT migrate_upgrade('abc');
\echo :SQLSTATE
SELECT migrate_revision('m', E'SELECT 1;\nSELEC 2;\n', rev_id => 'new1');
\echo :SQLSTATE
SELECT migrate_revision('m', E'SELECT 1;\nCOMMIT;\n', rev_id => 'new1');
\echo :SQLSTATE
SELECT migrate_revision('m', E'SELECT ''é'';\n  DISCARD ALL;\n', rev_id => 'new1');
\echo :SQLSTATE
SELECT migrate_edit('abc1', upgrade => '');
\echo :SQLSTATE
SELECT migrate_downgrade('+1');
\echo :SQLSTATE
SELECT migrate_upgrade('{abc1,abc2}');
\echo :SQLSTATE

-- The settings.
SET pgmigrate.args = 'no json';
SELECT migrate_arg('key', 'fallback');
\echo :SQLSTATE
SET pgmigrate.args = '[1]';
SELECT migrate_arg('key', 'fallback');
\echo :SQLSTATE
SET pgmigrate.args = '"key"';
SELECT migrate_arg('key', 'fallback');
\echo :SQLSTATE
SET pgmigrate.args = '';
SELECT migrate_arg('key', 'fallback');
SET pgmigrate.args = '{"key": {"a": [1, 2]}, "null": null, "": "empty"}';
SELECT migrate_arg('key') AS key, migrate_arg('null', 'fallback') AS null, migrate_arg('') AS empty;
RESET pgmigrate.args;
SET pgmigrate.tag = '';
SELECT migrate_tag() IS NULL AS no_tag;
SET pgmigrate.tag = E'with ''quotes'' and\nnew lines';
SELECT migrate_tag();
RESET pgmigrate.tag;
SET pgmigrate.search_path = ',,';
\echo :SQLSTATE
SET pgmigrate.search_path = '"unterminated';
\echo :SQLSTATE
SET pgmigrate.upgrade_template = 'SELECT ${nonsense}';
\echo :SQLSTATE
SET pgmigrate.upgrade_template = '${upgrades';
\echo :SQLSTATE
SET pgmigrate.downgrade_template = '${downgrades} ${}';
\echo :SQLSTATE
SET pgmigrate.upgrade_template = 'SELEC ${upgrades}';
SELECT migrate_revision('m', 'SELECT 1', rev_id => 'new1');
\echo :SQLSTATE
RESET pgmigrate.upgrade_template;
SET pgmigrate.no_such_setting = '1';
\echo :SQLSTATE

-- Rows put in by hand that make no graph: everything that reads them says so.
CREATE TABLE rows_input (id int, what text, change text);
INSERT INTO rows_input VALUES
	(1, 'missing parent', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{gone}', 'm', 10)$$),
	(2, 'missing dependency', $$INSERT INTO migrate_script (revision, depends_on, message, ordinal) VALUES ('bad1', '{gone}', 'm', 10)$$),
	(3, 'own parent', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{bad1}', 'm', 10)$$),
	(4, 'own dependency', $$INSERT INTO migrate_script (revision, depends_on, message, ordinal) VALUES ('bad1', '{bad1}', 'm', 10)$$),
	(5, 'cycle', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{bad2}', 'm', 10), ('bad2', '{bad1}', 'm', 11)$$),
	(6, 'dependency cycle', $$INSERT INTO migrate_script (revision, depends_on, message, ordinal) VALUES ('bad1', '{bad2}', 'm', 10), ('bad2', '{bad1}', 'm', 11)$$),
	(7, 'label used twice', $$INSERT INTO migrate_script (revision, branch_labels, message, ordinal) VALUES ('bad1', '{lab}', 'm', 10)$$),
	(8, 'label that is an id', $$INSERT INTO migrate_script (revision, branch_labels, message, ordinal) VALUES ('bad1', '{abc1}', 'm', 10)$$),
	(9, 'NULL as a parent', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{NULL}', 'm', 10)$$),
	(10, 'parents in two dimensions', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{{abc1},{abc2}}', 'm', 10)$$),
	(11, 'one parent twice', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{abc2,abc2}', 'm', 10)$$),
	(12, 'same ordinal', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{abc2}', 'm', 1)$$),
	(13, 'negative ordinal', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{abc2}', 'm', -9223372036854775808)$$),
	(14, 'last ordinal', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('bad1', '{xyz1}', 'm', 9223372036854775807)$$),
	(15, 'empty id', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('', '{xyz1}', 'm', 10)$$),
	(16, 'reserved id', $$INSERT INTO migrate_script (revision, down_revision, message, ordinal) VALUES ('head', '{xyz1}', 'm', 10)$$),
	(17, 'unreadable script', $$INSERT INTO migrate_script (revision, down_revision, message, upgrade, ordinal) VALUES ('bad1', '{xyz1}', 'm', 'SELEC 1', 10)$$),
	(18, 'script with COMMIT', $$INSERT INTO migrate_script (revision, down_revision, message, upgrade, ordinal) VALUES ('bad1', '{xyz1}', 'm', 'COMMIT', 10)$$),
	(19, 'author that is no role', $$INSERT INTO migrate_script (revision, down_revision, message, author, ordinal) VALUES ('bad1', '{xyz1}', 'm', 'regress_pgm_no_such_role', 10)$$),
	(20, 'unknown current revision', $$INSERT INTO migrate_version VALUES ('ghost', 1)$$),
	(21, 'overlapping current revisions', $$INSERT INTO migrate_version VALUES ('abc1', 2)$$),
	(22, 'no head', $$UPDATE migrate_script SET is_head = false$$),
	(24, 'empty current revision', $$INSERT INTO migrate_version VALUES ('', 2)$$),
	(25, 'no rows at all', $$DELETE FROM migrate_script$$),
	(26, 'message of ten thousand lines', $$UPDATE migrate_script SET message = repeat(E'line\n', 10000)$$),
	(27, 'empty texts', $$UPDATE migrate_script SET message = '', upgrade = '', downgrade = '', author = ''$$),
	(28, 'journal of an unknown revision', $$INSERT INTO migrate_journal VALUES ('ghost', 'upgrade', 2, 1, 'x', NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-01', 'nobody', 1)$$),
	(29, 'journal of other statements', $$INSERT INTO migrate_journal VALUES ('xyz1', 'upgrade', 2147483647, 2147483647, '', NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-01', 'nobody', 1)$$),
	(30, 'journal of a statement that is none', $$INSERT INTO migrate_journal VALUES ('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'SELEC', NULL, 'no.such.name.at.all', NULL, NULL, '2026-01-01', 'nobody', 1)$$),
	(23, 'last current ordinal', $$UPDATE migrate_version SET ordinal = 2147483647$$);

CREATE FUNCTION attempt_after(change text, call text, OUT state text, OUT message text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	EXECUTE 'SELECT ' || call;
	RAISE EXCEPTION USING ERRCODE = 'PGM00', MESSAGE = 'no error';
EXCEPTION WHEN OTHERS THEN
	state := replace(SQLSTATE, 'PGM00', '00000');
	message := SQLERRM;
END $$;

CREATE TABLE outcome3 AS
	SELECT r.id, r.what, c.n, c.call, a.state, a.message
	FROM rows_input r,
		(VALUES (1, 'migrate_upgrade(''heads'')'), (2, 'migrate_downgrade(''base'')'),
			(3, 'migrate_stamp(''abc1'')'), (4, 'migrate_revision(''m'', head => ''xyz1'', splice => true)'),
			(5, 'migrate_current()'), (6, 'migrate_history()'), (7, 'migrate_heads()'),
			(8, 'migrate_graph()'), (9, 'migrate_check(false)'), (10, 'migrate_plan(''heads'')'),
			(11, 'migrate_branches()'), (12, 'migrate_show(''heads'')'),
			(13, 'migrate_sql()'), (14, 'migrate_merge(''heads'')'),
			(15, 'migrate_edit(''xyz1'', upgrade => ''SELECT 1'')'), (16, 'migrate_delete(''xyz1'')')) AS c (n, call),
		LATERAL attempt_after(r.change, c.call) a;
-- internal errors (data_corrupted, XX001, is the right word for a broken graph)
SELECT * FROM outcome3 WHERE state LIKE 'XX%' AND state <> 'XX001' ORDER BY id, n;
\pset format unaligned
SELECT what, state, message, string_agg(regexp_replace(call, '^migrate_|\(.*', '', 'g'), ' ' ORDER BY n) AS functions
	FROM outcome3 GROUP BY id, what, state, message ORDER BY id, state, message;
\pset format aligned

-- A journal put in by hand, and what the online procedures say to it.
CREATE PROCEDURE journal(revision text, direction text, statements int, done int, sha256 bytea, running int DEFAULT NULL, running_text text DEFAULT NULL, object text DEFAULT NULL)
LANGUAGE sql AS $$
	DELETE FROM migrate_journal;
	INSERT INTO migrate_journal VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8, false, '{nonsense}', now(), 'nobody', 1);
$$;
\set VERBOSITY terse
CALL journal('xyz1', 'sideways', 1, 0, '');
CALL journal('xyz1', 'stamp', 1, 0, '');
CALL journal('xyz1', 'upgrade', 1, -1, '');
CALL journal('xyz1', 'upgrade', 1, 2, '');
CALL journal('xyz1', 'upgrade', 2, 1, '', 1, 'SELECT 1');
CALL journal('xyz1', 'upgrade', 2, 1, '', 2);
\set VERBOSITY default
CALL journal('ghost', 'upgrade', 1, 0, sha256(''));
CALL migrate_upgrade_online('head');
CALL migrate_downgrade_online('base');
SELECT revision, statement, statements, command FROM migrate_progress;
CALL journal('abc2', 'upgrade', 1, 0, sha256(''));			-- which is applied
CALL migrate_upgrade_online('head');
CALL migrate_downgrade_online('base');
CALL journal('xyz1', 'downgrade', 1, 0, sha256(''));		-- which is not
CALL migrate_upgrade_online('head');
CALL migrate_downgrade_online('base');
-- more done than there is, or something else
CALL journal('xyz1', 'upgrade', 1, 1, sha256(''));
CALL migrate_upgrade_online('head');
CALL journal('xyz1', 'upgrade', 2147483647, 2147483647, sha256(''));
CALL migrate_upgrade_online('head');
CALL journal('xyz1', 'upgrade', 1, 0, 'short');
CALL migrate_upgrade_online('head');
-- a statement that cannot have been begun
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, '');
CALL migrate_upgrade_online('head');
\echo :SQLSTATE
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'VACUUM; VACUUM');
CALL migrate_upgrade_online('head');
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'SELEC');
CALL migrate_upgrade_online('head');
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'SELECT 1');
CALL migrate_upgrade_online('head');
-- an object that is none
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'DROP INDEX CONCURRENTLY x', 'a.b.c.d');
CALL migrate_upgrade_online('head');
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'CREATE INDEX CONCURRENTLY ON one (i)', '"unterminated');
CALL migrate_upgrade_online('head');
-- nothing of it has changed anything, and a stamp puts it right
SELECT revision FROM migrate_current();
SET client_min_messages = notice;
SELECT revision FROM migrate_stamp('abc2');
SET client_min_messages = warning;
SELECT count(*) FROM migrate_journal;
-- a statement that is not that of the script, and left no trace: the script runs
CALL journal('xyz1', 'upgrade', 1, 0, sha256(''), 1, 'CREATE DATABASE d');
CALL migrate_upgrade_online('head');
SELECT revision FROM migrate_current();
DROP TABLE three;
SELECT revision FROM migrate_stamp('abc2');

-- Every function with every text in every text argument: nothing but errors
-- that a user can understand, and nothing that takes the server down.  (The
-- procedures are in online_bad_input.)
CREATE TABLE fuzz AS
	SELECT p.oid::regprocedure AS function, a.n, t.input,
		format('%s(%s)', p.oid::regproc,
			(SELECT string_agg(format('%I => %s', p.proargnames[x.n],
					CASE WHEN x.n = a.n THEN format('%L::text', t.input)
						WHEN x.t = 'text'::regtype THEN '''abc1''::text'
						ELSE format('NULL::%s', x.t::regtype) END), ', ' ORDER BY x.n)
			 FROM unnest(p.proargtypes) WITH ORDINALITY AS x (t, n)
			 WHERE x.n = a.n OR x.n <= p.pronargs - p.pronargdefaults)) AS call
	FROM pg_proc p
		JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND p.prokind = 'f'
		JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'pgmigrate',
		unnest(p.proargtypes) WITH ORDINALITY AS a (t, n),
		(SELECT input FROM text_input UNION ALL SELECT input FROM relative_input) t
	WHERE a.t = 'text'::regtype;
SELECT count(*) > 2000 AS many FROM fuzz;
CREATE TABLE fuzz_outcome AS
	SELECT f.*, a.* FROM fuzz f, LATERAL attempt(f.call) a;
SELECT function, call, state, message FROM fuzz_outcome
	WHERE state !~ '^(00000|22|3F000|42|55000)' ORDER BY 1, 2;

-- The server is still the one we began with, and nothing has changed.
SELECT revision, message FROM migrate_history();
SELECT revision, status FROM migrate_current();
SELECT count(*) FROM migrate_journal;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_author;
