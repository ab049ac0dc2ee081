--
-- The model as DDL: what can be a part of it and what is refused, with its line
-- and a caret; in what order and with whose rights the parts run, and that
-- nothing is left of a run.  Comparing a model with the database is for other
-- tests.
--
\set home :DBNAME
\set testdb regression_pgmigrate_model
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_author, regress_pgm_other, regress_pgm_app, regress_pgm_nobody;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = notice;
CREATE ROLE regress_pgm_author;
CREATE ROLE regress_pgm_other;
CREATE ROLE regress_pgm_app;
CREATE ROLE regress_pgm_nobody;
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
SET search_path = public, mig;
CREATE VIEW parts AS SELECT name, statements, length(ddl) AS length, set_by = current_user AS by_me, set_at <= clock_timestamp() AS set FROM mig.migrate_model ORDER BY name;

-- Parts are set, replaced and removed -------------------------------------
SELECT migrate_set_model('CREATE TABLE a (i int); CREATE TABLE b (i int)');
SELECT migrate_set_model('CREATE TABLE c (i int);', name => 'more');
SELECT migrate_set_model(name => 'Zoo', ddl => 'CREATE TABLE d ()');
SELECT * FROM parts;
SELECT migrate_set_model('CREATE TABLE a (i int)');
SELECT * FROM parts;
SELECT migrate_set_model(NULL, 'Zoo');
SELECT migrate_set_model(NULL, 'Zoo');
SELECT migrate_set_model(NULL, 'zoo');
SELECT migrate_set_model(NULL, 'more');
SELECT migrate_set_model(NULL);
SELECT migrate_set_model(NULL);
SELECT * FROM parts;
SELECT migrate_set_model('SELECT 1', NULL);
SELECT migrate_set_model('SELECT 1', '');
-- a part can be empty: nothing is wanted
SELECT migrate_set_model(''), migrate_set_model(E' \n;; -- nothing\n/* at all */ ;', 'blank');
SELECT * FROM parts;
-- rolled back, it is as it was
BEGIN;
SELECT migrate_set_model('CREATE TABLE a (i int)'), migrate_set_model(NULL, 'blank');
ROLLBACK;
SELECT * FROM parts;
SELECT migrate_set_model(NULL), migrate_set_model(NULL, 'blank');
-- nothing is set where nothing can be written
SET default_transaction_read_only = on;
SELECT migrate_set_model('CREATE TABLE a (i int)');
SELECT migrate_set_model(NULL);
RESET default_transaction_read_only;
-- the text is kept as it is
SELECT migrate_set_model(E'\uFEFFCREATE TABLE "Grüße" (\r\n\t"日本" text DEFAULT $$\\x\r\n\\connect$$\r\n);\r\n');
SELECT ddl = E'\uFEFFCREATE TABLE "Grüße" (\r\n\t"日本" text DEFAULT $$\\x\r\n\\connect$$\r\n);\r\n' AS same FROM migrate_model;
-- a script can set it
SELECT migrate_revision('sets the model', $$SELECT mig.migrate_set_model('CREATE TABLE a (i int)', 'by script')$$, '', rev_id => 'm1');
SELECT count(*) FROM migrate_upgrade();
SELECT * FROM parts;
SELECT migrate_set_model(NULL, 'by script');

-- What is no SQL is refused, with its line and a caret ----------------------
SELECT migrate_set_model(E'CREATE TABLE a (i int);\n\n-- a comment\nCREATE TABEL b (i int);');
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nCREATE TABLE b (i int,);', 'two');
SELECT migrate_set_model(E'CREATE TABLE "Grüße 日本" (x text DEFAULT \'never ends);\n');
SELECT migrate_set_model(E'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $f$\nSELECT 1;\n');
SELECT migrate_set_model(E'/* one\n/* two */\n');
SELECT migrate_set_model(E'\n\nCREATE TABLE a (i int');
SELECT migrate_set_model('no SQL at all');
SELECT migrate_set_model(format('CREATE TABLE a (%s i int i);', repeat(' ', 2000)));
SELECT migrate_set_model('CREATE TABEL a ()', E'hostile "part"\n''%s');
-- whatever the session's literals look like
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT migrate_set_model($$CREATE TABLE a (t text DEFAULT '\');$$);
SELECT ddl FROM migrate_model;
RESET standard_conforming_strings;
RESET escape_string_warning;

-- psql's commands -----------------------------------------------------------
SELECT migrate_set_model(E'\\connect other\nCREATE TABLE a (i int);');
SELECT migrate_set_model(E'CREATE TABLE a (i int);\n  \\i other.sql\n');
SELECT migrate_set_model(E'CREATE TABLE a (i int) \\gexec\n');
SELECT migrate_set_model(E'CREATE TABLE a (\n\\echo middle\n i int);');
SELECT migrate_set_model(E'\\restricted\n');
SELECT migrate_set_model(E'CREATE TABLE a (i int); \\restrict not_at_the_start\n');
SELECT migrate_set_model(E'\\');
-- in literals, names, bodies and comments they are none
SELECT migrate_set_model($model$
\restrict 5ab'C$$dE"f
CREATE TABLE a (t text DEFAULT '
\connect one
', u text DEFAULT E'\'
\connect two \
', v text DEFAULT E'a'
  'continued \'
\connect three
', "
\connect four
" int); /*
\connect five /* nested
\connect six */
\connect seven */
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT $$
\connect eight
$$ $_$; -- \connect nine
CREATE TABLE dollar$$in$$name (e text DEFAULT'
\connect ten
');
	\unrestrict 5ab'C$$dE"f
$model$);
SELECT migrate_set_model(E'\\restrict k\r\nCREATE TABLE a (i int);\r\n\r\n\\unrestrict k\r\n');
SELECT migrate_set_model(E'CREATE TABLE a (i int);\n\n\\unrestrict k');

-- What says nothing about a schema -------------------------------------------
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nBEGIN;\nCREATE TABLE b (i int);\nCOMMIT;');
CREATE FUNCTION attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	context text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RETURN format('%s %s (%s)', SQLSTATE, SQLERRM, substring(context FROM 'model part "[^"]*", line \d+'));
END $$;
SELECT ddl, attempt(format('SELECT migrate_set_model(E''CREATE TABLE a (i int);\n'' || %L)', ddl)) FROM unnest(ARRAY[
	'COMMIT', 'SAVEPOINT s', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'PREPARE TRANSACTION ''x''',
	'INSERT INTO a VALUES (1)', 'UPDATE a SET i = 1', 'DELETE FROM a', 'MERGE INTO a USING a b ON false WHEN MATCHED THEN DO NOTHING', 'TRUNCATE a',
	'COPY a FROM ''/tmp/x''', 'COPY a TO STDOUT', 'COPY a FROM STDIN', 'SELECT setval(''s'', 1)', 'SELECT pg_catalog.setval(''public.s'', 1, true)',
	'CREATE DATABASE x', 'ALTER DATABASE x SET work_mem = 1', 'DROP DATABASE x', 'CREATE ROLE x', 'CREATE USER x', 'ALTER ROLE x SUPERUSER',
	'ALTER ROLE x SET work_mem = 1', 'DROP ROLE x', 'GRANT x TO y', 'REASSIGN OWNED BY x TO y', 'DROP OWNED BY x',
	'CREATE TABLESPACE x LOCATION ''/x''', 'DROP TABLESPACE x', 'ALTER SYSTEM SET work_mem = 1', 'VACUUM', 'ANALYZE a', 'CLUSTER', 'REINDEX TABLE a',
	'CHECKPOINT', 'LOAD ''x''', 'DISCARD ALL', 'DISCARD TEMP', 'NOTIFY x', 'LISTEN x', 'UNLISTEN x', 'PREPARE p AS SELECT 1', 'EXECUTE p', 'DEALLOCATE ALL',
	'DECLARE c CURSOR FOR SELECT 1', 'FETCH c', 'CLOSE c', 'SHOW work_mem', 'EXPLAIN SELECT 1',
	'SET standard_conforming_strings = off', 'SET standard_conforming_strings TO ''no''', 'SET standard_conforming_strings = on',
	'CREATE SUBSCRIPTION s CONNECTION '''' PUBLICATION p', 'CREATE SUBSCRIPTION s CONNECTION '''' PUBLICATION p WITH (create_slot = false)',
	'CREATE SUBSCRIPTION s CONNECTION '''' PUBLICATION p WITH (connect = false)',
	'CREATE INDEX CONCURRENTLY a_i ON a (i)', 'REFRESH MATERIALIZED VIEW m', 'LOCK TABLE a', 'SET CONSTRAINTS ALL DEFERRED', 'CALL p()', 'DO ''BEGIN END''']) ddl;
-- a dump with data: at its COPY, whatever the data look like
SELECT migrate_set_model(E'CREATE TABLE public.a (t text);\n\nCOPY public.a (t) FROM stdin;\nit''s ; a quote\n\\.\n\n\nSELECT 1;\n');
SELECT migrate_set_model(E'CREATE TABLE public.a (t text);\n\nCOPY public.a (t) FROM stdin;\n\\N\n\\.\n');
SELECT migrate_set_model(E'CREATE TABLE public.a (t text);\n\nINSERT INTO public.a VALUES (''x'');\n');
SELECT migrate_set_model(E'SELECT pg_catalog.setval(''public.a_id_seq'', 7, true);\n');

-- Annotations ----------------------------------------------------------------
SELECT migrate_set_model(E'CREATE TABLE a (\n\ttype_name text, -- pgmigrate: rename public.a.kind to type_name\n\tj int);');
SELECT migrate_set_model(E'CREATE TABLE a (i int);\n--PGMIGRATE:RENAME  "Old ""name"".b"."c d"  TO  public.f(integer, text)  \nCREATE TABLE b (i int);');
SELECT migrate_set_model(E'CREATE TABLE a (i int); -- pgmigrate: rename a.b\n');
SELECT migrate_set_model(E'CREATE TABLE a (i int);\n   -- pgmigrate: drop a.b\n');
SELECT migrate_set_model(E'-- pgmigrate: rename a to b to c\n');
SELECT migrate_set_model(E'-- pgmigrate: rename "a to b\n');
SELECT migrate_set_model(E'-- pgmigrate:\n');
SELECT migrate_set_model(E'-- see pgmigrate: rename\n/* -- pgmigrate: nonsense */ SELECT ''\n-- pgmigrate: nonsense'';');
SELECT migrate_set_model(NULL);
