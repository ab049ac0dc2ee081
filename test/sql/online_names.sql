--
-- Names that break what is not quoted, online: of the extension's schema,
-- roles, revisions, tables and indexes.  An INVALID index that a run has left
-- is found by its name and dropped, whatever the name is; its neighbours of
-- like names stay.
--
\set home :DBNAME
\set testdb regression_pgmigrate_online_names
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS "Regress_Q""uo'te d";
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE ROLE "Regress_Q""uo'te d" SUPERUSER;
SET SESSION AUTHORIZATION "Regress_Q""uo'te d";
-- traps: schemas whose names are what a careless cut would leave
CREATE SCHEMA "Ev";
CREATE SCHEMA ev;
CREATE SCHEMA "Ev""il 'S";
CREATE EXTENSION pgmigrate SCHEMA "Ev""il 'S";
SET search_path = public, "Ev""il 'S";

--
-- Identifiers of revisions
--
CREATE TABLE ids (n int GENERATED ALWAYS AS IDENTITY, id text);
INSERT INTO ids (id) VALUES
	('a''b"c\d'), ('é'), ('select'), ('$1'), ('%s%n'), ('a.b'), ('/*a*/'), ('$$'), ('\q'), (''''), ('"'), ('a;b'), ('日本語'), ('🐘'),
	('HEAD'), ('0'), (repeat('x', 255)), (repeat('é', 127));
CREATE TABLE whereabouts (n int GENERATED ALWAYS AS IDENTITY, what text, value text);
SELECT count(migrate_revision('about ' || id || E'\nand "more"',
	format('INSERT INTO whereabouts (what, value) VALUES (''up'', %1$L); VACUUM ids; CREATE TABLE %2$I (i int); CREATE INDEX CONCURRENTLY ON %2$I (i)', id, 'of ' || n),
	format('INSERT INTO whereabouts (what, value) VALUES (''down'', %1$L); DROP TABLE %2$I; VACUUM ids', id, 'of ' || n), rev_id => id))
FROM (SELECT * FROM ids ORDER BY n) s;
SELECT format('CALL migrate_upgrade_online(%L)', id) FROM ids WHERE n <= 15 ORDER BY n \gexec
CALL migrate_upgrade_online('head');
SELECT count(*) FROM ids JOIN whereabouts w USING (n) WHERE w.value = ids.id AND w.what = 'up';
SELECT count(*) FROM migrate_log l JOIN ids ON l.revision = ids.id WHERE l.id = ids.n AND l.result = 'done';
SELECT count(*) FROM migrate_check() WHERE NOT ok;
CALL migrate_downgrade_online('base');
SELECT string_agg(value, ' ' ORDER BY n DESC) = (SELECT string_agg(id, ' ' ORDER BY n) FROM ids) AS all FROM whereabouts WHERE what = 'down';
-- half done, and going on
SELECT migrate_edit(id, upgrade => 'VACUUM ids; SELECT 1 / migrate_arg(''divisor'', ''0'')::int') = id AS edited FROM ids WHERE n IN (1, 14) ORDER BY n;
CALL migrate_upgrade_online('head');
SELECT revision, direction, done, statements FROM migrate_journal;
SELECT revision, statement, statements, command FROM migrate_progress;
SELECT revision, detail FROM migrate_check(strict => false) WHERE test = 'none half done';
SELECT * FROM migrate_upgrade('head');
SELECT migrate_delete('a''b"c\d');
CALL migrate_upgrade_online('🐘', args => '{"divisor": "1"}');
SELECT revision FROM migrate_current();
SELECT count(*) FROM migrate_stamp('base');
DELETE FROM migrate_script;
TRUNCATE migrate_log, ids, whereabouts;

--
-- Indexes.  Each is built in vain, as the table has a duplicate, and again when
-- the duplicate has gone.  An INVALID index of the same name in another schema,
-- which is on the search_path of scripts, is none of ours.
--
CREATE TABLE name (n int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO name (name) VALUES
	('plain'), ('Upper'), ('with space'), ('quo"te'), ('''apos'), ('back\slash'), ('a.b'), ('a;b--c/*d'), ('$$ %s %I'), ('é'), ('日本語'), ('🐘'),
	(repeat('x', 63)), (repeat('é', 31)), ('select'), ('CONCURRENTLY'), (E'new\nline'), (E'ta\tb'), ('{,}'), (' ');
CREATE TABLE neighbour (i int);
INSERT INTO neighbour VALUES (1), (1);
\set ECHO none
\set QUIET on
\o /dev/null
SELECT format('CREATE SCHEMA %I', name) FROM name ORDER BY n \gexec
SELECT format('CREATE TABLE %I."the Table" (%I int); INSERT INTO %1$I."the Table" VALUES (1), (1)', name, name) FROM name ORDER BY n \gexec
SET client_min_messages = error;
\set VERBOSITY terse
SELECT format('CREATE UNIQUE INDEX CONCURRENTLY %I ON public.neighbour (i)', name) FROM name ORDER BY n \gexec
RESET client_min_messages;
\o
\set ECHO all
SET client_min_messages = warning;
CREATE VIEW indexes AS
	SELECT count(*) FILTER (WHERE NOT indisvalid AND nspname = 'public') AS neighbours,
		count(*) FILTER (WHERE indisvalid AND nspname <> 'public') AS valid, count(*) FILTER (WHERE NOT indisvalid AND nspname <> 'public') AS invalid
	FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace
	WHERE indrelid = 'neighbour'::regclass OR nspname IN (SELECT name FROM name);
SELECT * FROM indexes;
SELECT count(migrate_revision('index ' || n, format('CREATE UNIQUE INDEX CONCURRENTLY %1$I ON %1$I."the Table" (%1$I)', name),
	format('DROP INDEX CONCURRENTLY %1$I.%1$I', name), rev_id => 'n' || n)) FROM (SELECT * FROM name ORDER BY n) s;
SELECT c FROM name, unnest(ARRAY['CALL migrate_upgrade_online(''head'')', 'TABLE indexes',
	format('DELETE FROM %I."the Table" WHERE ctid = (SELECT max(ctid) FROM %1$I."the Table")', name)]) WITH ORDINALITY u (c, i) ORDER BY n, i \gexec
CALL migrate_upgrade_online('head');
SELECT * FROM indexes;
SELECT left(error, 100) AS error FROM migrate_log WHERE result = 'failed' ORDER BY id;
\set VERBOSITY default
CALL migrate_downgrade_online('base');
SELECT * FROM indexes;
SELECT count(*) FROM migrate_stamp('base');
DELETE FROM migrate_script;
TRUNCATE migrate_log;

--
-- Tables, with indexes whose names the server makes up
--
SELECT format('INSERT INTO %I."the Table" VALUES (1); ALTER TABLE %1$I."the Table" RENAME TO %1$I', name) FROM name ORDER BY n \gexec
SELECT count(migrate_revision('index ' || n, format('CREATE UNIQUE INDEX CONCURRENTLY ON %1$I.%1$I (%1$I)', name),
	format('REINDEX TABLE CONCURRENTLY %1$I.%1$I', name), rev_id => 'n' || n)) FROM (SELECT * FROM name ORDER BY n) s;
\set VERBOSITY terse
SELECT c FROM name, unnest(ARRAY['CALL migrate_upgrade_online(''head'')', 'TABLE indexes',
	format('DELETE FROM %I.%1$I WHERE ctid = (SELECT max(ctid) FROM %1$I.%1$I)', name)]) WITH ORDINALITY u (c, i) ORDER BY n, i \gexec
CALL migrate_upgrade_online('head');
\set VERBOSITY default
SELECT * FROM indexes;
CALL migrate_downgrade_online('base');
SELECT * FROM indexes;

\c :home
DROP DATABASE :testdb;
DROP ROLE "Regress_Q""uo'te d";
