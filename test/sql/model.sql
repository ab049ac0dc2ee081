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
SET client_encoding = 'UTF8';
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

-- but as the part itself says, which dumps of old servers do
SELECT migrate_set_model($$
SET client_encoding = 'UTF8';
SET standard_conforming_strings = off;
SET escape_string_warning = off;
CREATE TABLE a (t text DEFAULT 'it\'s
\connect here', u text DEFAULT '
SET standard_conforming_strings = on;');
$$);
SELECT migrate_set_model($$
SET standard_conforming_strings = off;
CREATE TABLE a (t text DEFAULT 'it\'s');
SET standard_conforming_strings = on;
$$);
SELECT migrate_set_model($$
CREATE TABLE a (t text DEFAULT '\', u text DEFAULT '
SET standard_conforming_strings = off;
\', v text DEFAULT 'it''s');
$$);

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

-- Running ---------------------------------------------------------------------
-- From here on the model is compared with the database, so that it is run.
CREATE SCHEMA keep;
DROP FUNCTION attempt(text);
DROP VIEW parts;
CREATE TABLE keep.state (n int, what text);
CREATE FUNCTION keep.note(n int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO keep.state
	SELECT $1, 'class ' || c.oid::text || c.xmin::text || relname FROM pg_class c UNION ALL
	SELECT $1, 'namespace ' || n.oid::text || n.xmin::text || nspname FROM pg_namespace n UNION ALL
	SELECT $1, 'proc ' || p.oid::text || p.xmin::text || proname FROM pg_proc p UNION ALL
	SELECT $1, 'type ' || t.oid::text || t.xmin::text || typname FROM pg_type t UNION ALL
	SELECT $1, 'depend ' || d::text FROM pg_depend d UNION ALL
	SELECT $1, 'setting ' || name || setting FROM pg_settings WHERE name NOT LIKE '%seed%'
$$;
SET pgmigrate.schemas = '!keep, !mig';
CREATE TABLE lives (i int);
COMMENT ON TABLE lives IS 'is there';
SELECT migrate_diff();
SELECT keep.note(1);
SELECT migrate_set_model('CREATE TABLE lives (i int); CREATE TABLE b (i int)');
SELECT kind, identity, change FROM migrate_diff();
-- errors of its statements: at their place, or else at the statement
SELECT migrate_set_model($$
-- a comment
CREATE TABLE a (i int);
CREATE TABLE b (
	i int REFERENCES nowhere
);
$$);
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nCREATE POLICY p ON a TO regress_pgm_missing;');
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE VIEW early AS SELECT * FROM late;\nCREATE TABLE late (i int);');
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE TABLE a (\n\t"Grüße" text,\n\t"日本" numeric(1, 2, 3)\n);');
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nCREATE INDEX a_i ON a (j);');
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nCREATE TABLE a (j int);');
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nSELECT\n  no_such_function();');
SELECT migrate_diff();
SELECT migrate_set_model(E'CREATE TABLE a (i int);\nDO $d$ BEGIN\n  PERFORM 1 / 0;\nEND $d$;');
SELECT migrate_diff();
SELECT migrate_set_model(E'DO $d$ BEGIN COMMIT; END $d$;');
SELECT migrate_diff();
SELECT migrate_set_model('CREATE TABLE a (i int, CHECK (i > 0 AND' || repeat(' i <> 123456789 AND', 100) || ' j = 1))');
SELECT migrate_diff();
-- of all of that nothing is left, nor of a transaction that goes on
BEGIN;
SAVEPOINT s;
SELECT count(*) FROM migrate_diff();
ROLLBACK TO s;
SELECT i FROM lives;
COMMIT;
SELECT migrate_set_model('CREATE TABLE lives (i int); CREATE TABLE b (i int)');
BEGIN;
CREATE TABLE young (i int);
SELECT kind, identity, change FROM migrate_diff();
INSERT INTO young VALUES (1);
DROP TABLE young;
COMMIT;
SELECT keep.note(2);
SELECT n, what FROM keep.state s WHERE NOT EXISTS (SELECT FROM keep.state t WHERE t.what = s.what AND t.n <> s.n);
TRUNCATE keep.state;
-- where nothing can be written, nothing is tried
SET default_transaction_read_only = on;
SELECT migrate_diff();
RESET default_transaction_read_only;

-- The parts run in the order of their names, each with the same settings
SELECT migrate_set_model(NULL);
SELECT migrate_set_model('CREATE TABLE c (b_i int REFERENCES b (i));', 'B');
SELECT migrate_set_model('CREATE TABLE b (i int PRIMARY KEY);', 'a');
SELECT migrate_diff();
SELECT migrate_set_model(NULL, 'B');
SELECT migrate_set_model($$
CREATE TABLE c (b_i int REFERENCES b (i));
CREATE SCHEMA other;
SET search_path = other;
SET pgmigrate.schemas = 'public';
CREATE TABLE in_other (i int);
SET work_mem = '99MB';
SET client_encoding = 'LATIN1';
SET DateStyle = 'German';
SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('my.own', 'x', false);
$$, 'b');
SELECT migrate_set_model($$
CREATE TABLE in_public (d date DEFAULT '2026-02-01');
DO 'BEGIN ASSERT current_setting(''work_mem'') <> ''99MB'' AND current_setting(''client_encoding'') = ''UTF8''; RAISE NOTICE ''not to be seen''; END';
CREATE TABLE IF NOT EXISTS in_public ();
$$, 'c');
SELECT kind, identity, change FROM migrate_diff();
SHOW work_mem;
SHOW search_path;
SHOW pgmigrate.schemas;
SELECT current_setting('my.own', true);
SELECT migrate_set_model(NULL, n) FROM unnest('{a,b,c}'::text[]) n;

-- Literals as an old server has them
SELECT migrate_set_model($$
SET standard_conforming_strings = off;
CREATE TABLE lives (i int);
COMMENT ON TABLE lives IS 'is\x20there';
CREATE TABLE escaped (t text DEFAULT 'it\'s \\ a\ttab');
SELECT 'it\'s';
$$);
SELECT statement FROM migrate_diff();

-- What is left out, or done in another way, in the sandbox
SELECT migrate_set_model($$
CREATE SCHEMA public;
CREATE SCHEMA mine AUTHORIZATION regress_pgm_missing;
CREATE SCHEMA IF NOT EXISTS mine;
COMMENT ON SCHEMA mine IS 'mine';
CREATE EXTENSION plpgsql;
COMMENT ON EXTENSION plpgsql IS 'another comment';
COMMENT ON DATABASE regression_pgmigrate_model IS 'a comment';
SET no_such_setting = 0;
SET SESSION AUTHORIZATION regress_pgm_missing;
SET ROLE regress_pgm_missing;
CREATE TABLE mine.t (i int, j int) PARTITION BY RANGE (i);
CREATE TABLE mine.t1 PARTITION OF mine.t FOR VALUES FROM (1) TO (2);
ALTER TABLE mine.t OWNER TO regress_pgm_missing;
ALTER TABLE mine.t OWNER TO regress_pgm_missing, ADD COLUMN k int, OWNER TO regress_pgm_missing;
ALTER SCHEMA mine OWNER TO regress_pgm_missing;
GRANT SELECT ON mine.t TO regress_pgm_missing;
REVOKE ALL ON SCHEMA public FROM regress_pgm_missing;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_pgm_missing GRANT SELECT ON TABLES TO PUBLIC;
CREATE INDEX CONCURRENTLY t1_i ON mine.t1 (i);
CREATE INDEX CONCURRENTLY t1_j ON mine.t1 (j);
DROP INDEX CONCURRENTLY mine.t1_i;
ALTER TABLE mine.t DETACH PARTITION mine.t1 CONCURRENTLY;
CREATE TYPE mine.color AS ENUM ('red');
ALTER TYPE mine.color ADD VALUE 'blue';
CREATE TABLE mine.painted (c mine.color DEFAULT 'blue');
CREATE FUNCTION mine.early() RETURNS int LANGUAGE sql AS 'SELECT late FROM mine.late';
CREATE TABLE mine.late AS SELECT 1 AS late;
SELECT 1 AS one INTO mine.selected;
DO 'BEGIN CREATE TABLE mine.done (i int); END';
$$);
SELECT kind, identity, change, regexp_replace(statement, '\s+', ' ', 'g') AS statement FROM migrate_diff() ORDER BY kind COLLATE "C", identity COLLATE "C", statement COLLATE "C";
SET pgmigrate.compare = 'all';
SELECT migrate_diff();
RESET pgmigrate.compare;
-- values that are new in this transaction are still so
CREATE TYPE keep.color AS ENUM ('red');
BEGIN;
ALTER TYPE keep.color ADD VALUE 'blue';
SELECT count(*) > 0 AS ran FROM migrate_diff();
SELECT 'blue'::keep.color;
ROLLBACK;
BEGIN;
ALTER TYPE keep.color ADD VALUE 'green';
SELECT migrate_set_model('SELECT 1 / 0', 'fails');
SAVEPOINT s;
SELECT migrate_diff();
ROLLBACK TO s;
SELECT 'green'::keep.color;
ROLLBACK;
-- with owners and privileges
SELECT migrate_set_model($$
CREATE TABLE lives (i int);
COMMENT ON TABLE lives IS 'is there';
ALTER TABLE lives OWNER TO regress_pgm_app;
GRANT SELECT ON lives TO regress_pgm_other;
SET ROLE regress_pgm_missing;
$$);
SELECT kind, identity, change FROM migrate_diff();
SET pgmigrate.compare = 'all';
SELECT migrate_diff();
RESET pgmigrate.compare;

-- An annotation, which may stay in the model when it is done
SELECT migrate_set_model($$
CREATE TABLE lives (
	j int	-- pgmigrate: rename lives.i to lives.j
);
COMMENT ON TABLE lives IS 'is there';
-- pgmigrate: rename public.was_never_there to public.lives
$$);
SELECT kind, identity, change, statement FROM migrate_diff();
BEGIN;
ALTER TABLE lives RENAME i TO j;
SELECT kind, identity, change, statement FROM migrate_diff();
ROLLBACK;

-- The output of pg_dump --schema-only, of several releases
SELECT migrate_set_model($dump$--
-- PostgreSQL database dump
--

-- Dumped from database version 15.3
-- Dumped by pg_dump version 15.3

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: EXTENSION plpgsql; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION plpgsql IS 'PL/pgSQL procedural language';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: lives; Type: TABLE; Schema: public; Owner: somebody
--

CREATE TABLE public.lives (
    i integer
);


ALTER TABLE public.lives OWNER TO somebody;

--
-- Name: TABLE lives; Type: COMMENT; Schema: public; Owner: somebody
--

COMMENT ON TABLE public.lives IS 'is there';


--
-- PostgreSQL database dump complete
--

$dump$);
SELECT * FROM migrate_diff();
SELECT migrate_set_model($dump$--
-- PostgreSQL database dump
--

\restrict cJq5rFgYpfGMpyPuQyx2SEBGUrErgATJ5SmqZTyWpUMHTTG4FZYQXxSWcTRiQ3P

-- Dumped from database version 17.6
-- Dumped by pg_dump version 17.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: public; Type: SCHEMA; Schema: -; Owner: somebody
--

-- *not* creating schema, since initdb creates it


ALTER SCHEMA public OWNER TO somebody;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: lives; Type: TABLE; Schema: public; Owner: somebody
--

CREATE TABLE public.lives (
    i integer
);


ALTER TABLE public.lives OWNER TO somebody;

COMMENT ON TABLE public.lives IS 'is there';


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: somebody
--

REVOKE USAGE ON SCHEMA public FROM PUBLIC;


--
-- PostgreSQL database dump complete
--

\unrestrict cJq5rFgYpfGMpyPuQyx2SEBGUrErgATJ5SmqZTyWpUMHTTG4FZYQXxSWcTRiQ3P

$dump$);
SELECT * FROM migrate_diff();
SELECT migrate_set_model($dump$--
-- PostgreSQL database dump
--

\restrict 8zfg

-- Dumped from database version 18.0
-- Dumped by pg_dump version 18.0

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'LATIN1';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.lives (
    i integer
);
COMMENT ON TABLE public.lives IS 'is there';
ALTER TABLE ONLY public.lives
    ADD CONSTRAINT "Grüße" UNIQUE (i);
\unrestrict 8zfg
$dump$);
SELECT kind, identity, change FROM migrate_diff();
-- which one script can bring about
SELECT migrate_revision('From a dump', autogenerate => true, rev_id => 'm2');
SELECT revision FROM migrate_upgrade();
SELECT * FROM migrate_diff();
SELECT migrate_set_model(NULL);

-- With whose rights -----------------------------------------------------------
SELECT migrate_grant('write', 'regress_pgm_author'), migrate_grant('write', 'regress_pgm_app');
SELECT migrate_grant('look', 'regress_pgm_author'), migrate_grant('look', 'regress_pgm_app'), migrate_grant('look', 'regress_pgm_other');
CREATE TABLE keep.login AS SELECT session_user AS name;
GRANT USAGE ON SCHEMA keep TO PUBLIC;
GRANT SELECT ON keep.login TO PUBLIC;
-- what a command says, without the name of the one who logged in
CREATE FUNCTION keep.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
	hint text;
BEGIN
	BEGIN
		EXECUTE command INTO result;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		result := format(E'%s %s\n%s\n%s', SQLSTATE, SQLERRM, detail, hint);
	END;
	RETURN replace(result, (SELECT format('"%s"', name) FROM keep.login), '"(login)"');
END $$;
-- inside of a SECURITY DEFINER function its owner is the caller
CREATE FUNCTION keep.as_app(command text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public, mig AS 'SELECT keep.attempt($1)';
CREATE FUNCTION keep.as_author(command text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public, mig AS 'SELECT keep.attempt($1)';
CREATE FUNCTION keep.as_nobody(command text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public, mig AS 'SELECT keep.attempt($1)';
GRANT CREATE ON SCHEMA keep TO regress_pgm_app, regress_pgm_author, regress_pgm_nobody;
ALTER FUNCTION keep.as_app(text) OWNER TO regress_pgm_app;
ALTER FUNCTION keep.as_author(text) OWNER TO regress_pgm_author;
ALTER FUNCTION keep.as_nobody(text) OWNER TO regress_pgm_nobody;
-- a role without rights
SELECT keep.as_nobody($$SELECT mig.migrate_set_model('SELECT 1')$$);
GRANT USAGE ON SCHEMA mig TO regress_pgm_nobody;
SELECT keep.as_nobody(c) FROM unnest(ARRAY['SELECT migrate_set_model(''SELECT 1'')', 'SELECT migrate_set_model(NULL)', 'SELECT count(*) FROM migrate_model',
	'INSERT INTO migrate_model VALUES (''x'', '''', 0)', 'SELECT count(*) FROM migrate_diff()']) c;
SELECT keep.as_author(c) FROM unnest(ARRAY['INSERT INTO migrate_model VALUES (''x'', '''', 0)', 'UPDATE migrate_model SET set_by = ''x''', 'DELETE FROM migrate_model',
	'SELECT count(*) FROM migrate_model']) c;
-- a model is a script: it runs for those as whom its author could act
SELECT keep.as_author($$SELECT migrate_set_model('ALTER TABLE keep.login ADD i int')$$);
SELECT name, set_by FROM migrate_model;
SELECT keep.attempt('SELECT count(*) FROM migrate_diff()');
SELECT keep.attempt($$SELECT migrate_revision('evil', autogenerate => true)$$);
SELECT keep.attempt($$SELECT concat_ws(': ', test, coalesce(ok::text, 'unknown'), detail) FROM migrate_check() WHERE test = 'matches model'$$);
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
-- so who is a member of the caller may have set it; to rename schemas aside
-- takes what ALTER SCHEMA takes
CREATE SCHEMA app AUTHORIZATION regress_pgm_app;
GRANT CREATE ON DATABASE regression_pgmigrate_model TO regress_pgm_app;
SET pgmigrate.schemas = 'app';
GRANT regress_pgm_app TO regress_pgm_author;
SELECT keep.as_author($$SELECT migrate_set_model('CREATE SCHEMA app; CREATE TABLE app.t (i int)')$$);
SELECT keep.as_app('SELECT string_agg(concat_ws('' '', change, kind, identity), '', '') FROM migrate_diff()');
REVOKE regress_pgm_app FROM regress_pgm_author;
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
-- one who sets it again is its author
SELECT keep.as_app('SELECT migrate_set_model(ddl, name) FROM migrate_model WHERE name = ''default''');
SELECT name, set_by FROM migrate_model;
SELECT keep.as_app('SELECT string_agg(concat_ws('' '', change, kind, identity), '', '') FROM migrate_diff()');
-- every part counts, and an author who is gone can act as nobody
SELECT keep.as_author($$SELECT migrate_set_model('SELECT 1', 'other')$$);
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
UPDATE migrate_model SET set_by = 'regress_pgm_gone' WHERE name = 'other';
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
SELECT keep.as_app('SELECT migrate_set_model(NULL, ''other'')');
-- a model does no more than its caller may
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT keep.as_app($$SELECT migrate_set_model('CREATE TABLE public.not_mine (i int)')$$);
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
SELECT keep.as_app($$SELECT migrate_set_model('CREATE SCHEMA app; DO ''BEGIN SET ROLE regress_pgm_author; END''')$$);
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
SELECT keep.as_app($$SELECT migrate_set_model('CREATE SCHEMA app; DROP EXTENSION pgmigrate')$$);
SELECT keep.as_app('SELECT count(*) FROM migrate_diff()');
SELECT count(*) FROM pg_extension WHERE extname = 'pgmigrate';

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_author, regress_pgm_other, regress_pgm_app, regress_pgm_nobody;
