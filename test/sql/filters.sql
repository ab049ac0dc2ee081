--
-- What is compared with the model: pgmigrate.schemas, and the include and
-- exclude arguments.
--
\set home :DBNAME
\set testdb regression_pgmigrate_filters
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
SET search_path = public, mig;
CREATE FUNCTION mig.differences(include text[] DEFAULT NULL, exclude text[] DEFAULT NULL)
RETURNS TABLE (difference text) LANGUAGE sql AS $$
	SELECT concat_ws(' ', change, kind, identity) COLLATE "C" FROM mig.migrate_diff(include => $1, exclude => $2)
	WHERE identity !~ '^mig.differences' ORDER BY 1
$$;
SELECT migrate_set_model($$
CREATE SCHEMA app;
CREATE SCHEMA audit_1;
CREATE SCHEMA audit_2;
CREATE SCHEMA "Möbel, alt";
CREATE SCHEMA "public""x";
CREATE TABLE app.asset (id int PRIMARY KEY, kind text CHECK (kind <> ''));
CREATE TABLE app.asset_type (id int REFERENCES app.asset);
CREATE INDEX asset_kind ON app.asset (kind);
CREATE TABLE app."Asset" (id int);
CREATE VIEW app.assets AS SELECT * FROM app.asset;
CREATE FUNCTION app.asset(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE audit_1.log (i int);
CREATE TABLE audit_2.log (i int);
CREATE TABLE "Möbel, alt".tisch (i int);
CREATE TABLE "public""x".t (i int);
CREATE TABLE asset (i int);
CREATE TABLE spatial_ref_sys (i int);
$$);

-- Schemas ------------------------------------------------------------------
SHOW pgmigrate.schemas;
SELECT * FROM differences();
SET pgmigrate.schemas = 'app';
SELECT * FROM differences();
SET pgmigrate.schemas = 'audit_?, "Möbel, alt"';
SELECT * FROM differences();
SET pgmigrate.schemas = 'audit*, !audit_2';
SELECT * FROM differences();
SET pgmigrate.schemas = '!a*, !public';
SELECT * FROM differences();
SET pgmigrate.schemas = '*, "!Möbel, alt", !a*, !public';
SELECT * FROM differences();
SET pgmigrate.schemas = 'public"x';
SELECT * FROM differences();
-- case matters; a part is not enough; * is none or more, ? is one character
SET pgmigrate.schemas = 'APP, ap, pp, M?bel, M*alt*, a??????_';
SELECT * FROM differences();
SET pgmigrate.schemas = app, audit_1;
SELECT * FROM differences();
-- those of the system are never read
SET pgmigrate.schemas = 'pg_*, information_schema';
SELECT * FROM differences();
SET pgmigrate.schemas = '';
SELECT count(*) > 10 AS all FROM differences();
SET pgmigrate.schemas = 'a b';
SET pgmigrate.schemas = 'a,,b';
SET pgmigrate.schemas = 'a, !';
SET pgmigrate.schemas = '"a';
RESET pgmigrate.schemas;
SELECT set_config('pgmigrate.schemas', repeat('*a', 1000) || '*', false) <> '' AS set;
SELECT * FROM differences();
-- a model may make more than what is compared, or may use what is there
CREATE SCHEMA audit_1;
CREATE TABLE audit_1.log (i int PRIMARY KEY, j int);
CREATE SCHEMA app;
CREATE TABLE app.log (i int REFERENCES audit_1.log);
CREATE TABLE asset (i int, j int);
SET pgmigrate.schemas = 'app';
SELECT * FROM differences('{table:*}');
SELECT ddl AS whole FROM migrate_model \gset
SELECT migrate_set_model('CREATE SCHEMA app; CREATE TABLE app.log (i int REFERENCES audit_1.log, k int)');
SELECT * FROM differences();
CREATE TYPE public.kind AS ENUM ('a');
SELECT migrate_set_model('SET search_path = app, public; CREATE SCHEMA app; CREATE TABLE log (i int REFERENCES audit_1.log, k kind)');
SELECT * FROM differences();
DROP TYPE public.kind;
SELECT migrate_set_model(:'whole');
DROP SCHEMA app, audit_1 CASCADE;
DROP TABLE asset;
SET pgmigrate.schemas = 'app, public';

-- Objects ------------------------------------------------------------------
SELECT * FROM differences('{app.*}');
SELECT * FROM differences('{app.asset}');
SELECT * FROM differences('{app.asset*}', '{app.asset_type,index:*}');
SELECT * FROM differences('{table:*}');
SELECT * FROM differences('{Table:app.*,VIEW:*}');
SELECT * FROM differences('{foreign_key:*,"foreign key:*"}');
SELECT * FROM differences(NULL, '{table:*}');
SELECT * FROM differences(NULL, '{function:*,view:*}');
-- with quotes, as in the identity, or without; upper case is another name
SELECT * FROM differences('{app.Asset}');
SELECT * FROM differences(ARRAY['app."Asset"']);
SELECT * FROM differences(ARRAY['function:app.asset(integer,*)']);
-- without a dot: the name alone, in any schema
SELECT * FROM differences('{asset}');
SELECT * FROM differences(NULL, '{asset*,Asset}');
SELECT * FROM differences('{spatial_ref_sys}');
-- what is a piece of something goes with it, and can be left out alone
SELECT * FROM differences('{app.asset}', '{app.asset.asset_kind_check}');
SELECT * FROM differences('{}', '{}') LIMIT 0;
SELECT * FROM differences('{nothing}');
-- bad patterns (the hint lists all kinds)
\set VERBOSITY terse
SELECT * FROM differences('{tabel:public.*}');
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT * FROM differences('{""}');
SELECT * FROM differences(NULL, '{"table:"}');
SELECT * FROM differences('{NULL}');
SELECT * FROM differences('{{a},{b}}');
-- a colon in a name is none of a kind
SELECT * FROM differences(ARRAY['app."a:b"', 'app.x::y']);
-- of a piece, what it is a piece of may be left out
CREATE TABLE public.spatial_ref_sys (i int);
CREATE INDEX unwanted ON spatial_ref_sys (i);
SELECT * FROM differences('{index:public.*}');
DROP TABLE public.spatial_ref_sys;
-- a revision of a part
SELECT migrate_revision('one table', autogenerate => true, include => '{spatial_ref_sys}', rev_id => 'f1');
SELECT upgrade, downgrade FROM migrate_show('f1');
SELECT migrate_revision('wrong', 'SELECT 1', include => '{spatial_ref_sys}', rev_id => 'f2');

\c :home
DROP DATABASE :testdb;
