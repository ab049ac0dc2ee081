-- migrate_baseline(): begin with a database that is there.
\set home :DBNAME
\set testdb regression_pgmigrate_baseline
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_baseline, regress_pgm_owner;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
CREATE ROLE regress_pgm_baseline SUPERUSER;
CREATE ROLE regress_pgm_owner;
SET SESSION AUTHORIZATION regress_pgm_baseline;
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
SET search_path = public, mig;
-- pgmigrate's own schema is none of the application's
ALTER DATABASE :testdb SET pgmigrate.schemas = '*, !mig';
SET pgmigrate.schemas = '*, !mig';

-- nothing there
SELECT migrate_baseline();
SELECT migrate_baseline(NULL);
SELECT migrate_baseline('');

CREATE TYPE kind AS ENUM ('CHECKING', 'SAVINGS');
CREATE SCHEMA "Billing";
CREATE TABLE asset (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind kind NOT NULL DEFAULT 'CHECKING',
	"Größe" numeric(14, 2) CHECK ("Größe" >= 0)
);
CREATE TABLE "Billing".invoice (id int PRIMARY KEY, asset_id bigint REFERENCES asset, note text DEFAULT 'it''s $$');
CREATE VIEW "Billing".open AS SELECT i.id, a.kind FROM "Billing".invoice i JOIN asset a ON a.id = i.asset_id;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON asset FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO asset (kind) VALUES ('SAVINGS');
COMMENT ON TABLE asset IS 'what there is';

-- arguments
SELECT migrate_baseline(rev_id => '');
SELECT migrate_baseline(rev_id => 'a b');
SELECT migrate_baseline(rev_id => 'head');
SELECT migrate_baseline(branch_label => '{a,');
SELECT migrate_baseline(exclude => '{nonsense:x}');
SELECT migrate_baseline(exclude => '{{a},{b}}');
-- what is left out must not be needed
SELECT migrate_baseline(exclude => '{type:public.kind,enum:public.kind}');
SELECT count(*) FROM migrate_script;

-- not in this transaction after all
BEGIN;
SELECT migrate_baseline(rev_id => 'b0');
ROLLBACK;
SELECT count(*) FROM migrate_script;

SELECT migrate_baseline('As it was', rev_id => 'b1', branch_label => 'app');
SELECT revision, message, status, applied, down_revision, branch_labels, author FROM migrate_show();
\pset format unaligned
\pset tuples_only on
SELECT upgrade FROM migrate_show();
SELECT downgrade FROM migrate_show();
\pset format aligned
\pset tuples_only off
SELECT revision, direction, down_revision, message, sha256, result FROM migrate_log;
SELECT * FROM asset;
SELECT * FROM migrate_check();
-- twice is once too often
SELECT migrate_baseline();

-- the model of the database, and what is new in it
SELECT migrate_set_model(migrate_schema_sql() || 'ALTER TABLE public.asset ADD COLUMN note text;') > 0 AS set;
SELECT kind, identity, change FROM migrate_diff();
SELECT migrate_revision('A note', autogenerate => true, rev_id => 'b2');
SELECT revision FROM migrate_upgrade();
SELECT migrate_set_model(NULL);
SELECT revision, result, detail FROM migrate_verify();

-- back to nothing, and forward
SELECT revision FROM migrate_downgrade('base');
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', 'Billing');
SELECT migrate_baseline();
SELECT revision FROM migrate_upgrade();
INSERT INTO "Billing".invoice (id) VALUES (1);
SELECT * FROM "Billing".invoice;

-- revisions, but none applied
SELECT revision FROM migrate_stamp('base');
SELECT migrate_baseline();
SELECT migrate_delete('b2'), migrate_delete('b1');

-- parts of it; extensions are made, and stay
CREATE EXTENSION hstore;
ALTER TABLE asset ADD COLUMN tags hstore;
SELECT migrate_baseline(rev_id => 'c1', include => '{"\"Billing\".*"}');
SELECT migrate_baseline(rev_id => 'c1', exclude => '{"\"Billing\".*","schema:\"Billing\"",trigger:*}');
\pset format unaligned
\pset tuples_only on
SELECT upgrade, downgrade FROM migrate_show();
\pset format aligned
\pset tuples_only off

-- somebody who may not rename the schemas
SELECT revision FROM migrate_stamp('base');
SELECT migrate_delete('c1');
SELECT migrate_grant('run', 'regress_pgm_owner');
SET ROLE regress_pgm_owner;
SELECT migrate_baseline();
RESET ROLE;
SELECT count(*) FROM migrate_script;
-- and somebody who owns all there is, and is no superuser
CREATE DATABASE regression_pgmigrate_baseline_owned TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' OWNER regress_pgm_owner;
\c regression_pgmigrate_baseline_owned
SET client_min_messages = warning;
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
SELECT mig.migrate_grant('run', 'regress_pgm_owner'), mig.migrate_grant('look', 'regress_pgm_owner');
SET SESSION AUTHORIZATION regress_pgm_owner;
SET search_path = public, mig;
SET pgmigrate.schemas = '*, !mig';
CREATE TABLE owned (id serial PRIMARY KEY);
SELECT migrate_baseline(rev_id => 'd1');
\pset format unaligned
\pset tuples_only on
SELECT upgrade, downgrade FROM migrate_show();
\pset format aligned
\pset tuples_only off
RESET SESSION AUTHORIZATION;
SET search_path = public, mig;
SELECT migrate_approve('d1');
SELECT revision FROM migrate_downgrade('base');
SELECT revision FROM migrate_upgrade();
INSERT INTO owned DEFAULT VALUES;
TABLE owned;

-- with owners, privileges and extensions
SELECT revision FROM migrate_stamp('base');
SELECT migrate_delete('d1');
CREATE EXTENSION hstore;
ALTER TABLE owned OWNER TO regress_pgm_owner;
CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION secret() FROM PUBLIC;
GRANT SELECT ON owned TO PUBLIC;
SET pgmigrate.compare = 'all';
SELECT migrate_baseline(rev_id => 'e1');
\pset format unaligned
\pset tuples_only on
SELECT replace(upgrade, current_user, 'CURRENT_USER'), replace(downgrade, current_user, 'CURRENT_USER') FROM migrate_show();
\pset format aligned
\pset tuples_only off
DROP TABLE owned;
DROP FUNCTION secret();
DROP EXTENSION hstore;
SELECT revision FROM migrate_stamp('base');
SELECT revision FROM migrate_upgrade();
SELECT relname, relowner::regrole, relacl IS NOT NULL AS granted FROM pg_class WHERE relname IN ('owned', 'hstore');

\c :home
DROP DATABASE :testdb;
DROP DATABASE regression_pgmigrate_baseline_owned;
DROP ROLE regress_pgm_baseline, regress_pgm_owner;
