-- migrate_adopt(): take over what another tool has applied.  Alembic and Sqitch
-- themselves are in test/t; the tables here are made as the tools make them.
\set home :DBNAME
\set testdb regression_pgmigrate_adopting
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_adopter;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
CREATE ROLE regress_pgm_adopter SUPERUSER;
SET SESSION AUTHORIZATION regress_pgm_adopter;
CREATE SCHEMA mig;
CREATE EXTENSION pgmigrate SCHEMA mig;
SET search_path = public, mig;

-- what was written, to see that nothing was
CREATE VIEW written AS
	SELECT (SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version) AS current,
		(SELECT count(*) FROM migrate_log) AS log_rows;
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$
	DELETE FROM migrate_version; DELETE FROM migrate_log; $$;

--
-- Alembic: a row for each head.  1 - 2 - 3, 2 - 2b, 3 and 2b - 4; x1 is another
-- base that depends on 2.
--
SELECT migrate_revision('one', 'CREATE TABLE t1 ()', 'DROP TABLE t1', rev_id => '1');
SELECT migrate_revision('two', 'CREATE TABLE t2 ()', 'DROP TABLE t2', rev_id => '2');
SELECT migrate_revision('three', 'CREATE TABLE t3 ()', 'DROP TABLE t3', rev_id => '3');
SELECT migrate_revision('two b', 'CREATE TABLE t2b ()', 'DROP TABLE t2b', rev_id => '2b', head => '2', splice => true);
SELECT migrate_merge('{3,2b}', 'four', rev_id => '4');
SELECT migrate_revision('x one', 'CREATE TABLE x1 ()', 'DROP TABLE x1', rev_id => 'x1', head => 'base', depends_on => '2');

SELECT * FROM migrate_adopt('alembic');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
SELECT * FROM migrate_adopt('alembic');
TABLE written;

INSERT INTO alembic_version VALUES ('2b'), ('x1');
-- a dry run writes nothing
SELECT * FROM migrate_adopt('alembic', dry_run => true);
TABLE written;
SELECT * FROM migrate_adopt('alembic');
TABLE written;
SELECT revision, applied, status FROM migrate_history();
SELECT id, revision, direction, down_revision, message, statements, sha256, result FROM migrate_log ORDER BY id;
-- again: nothing to do
SELECT * FROM migrate_adopt('alembic');
TABLE written;

-- Alembic goes on
DELETE FROM alembic_version WHERE version_num = '2b';
INSERT INTO alembic_version VALUES ('4');
SELECT * FROM migrate_adopt('alembic');
TABLE written;

-- pgmigrate goes on: what it has run stays
SELECT migrate_revision('five', 'CREATE TABLE t5 ()', 'DROP TABLE t5', rev_id => '5', head => '4');
SELECT revision FROM migrate_upgrade('5');
SELECT * FROM migrate_adopt('alembic');
TABLE written;

-- and what it has undone is not claimed
SELECT revision FROM migrate_downgrade('4');
SELECT revision FROM migrate_downgrade('3');
SELECT * FROM migrate_adopt('alembic');
SELECT * FROM migrate_adopt('alembic', dry_run => true) WHERE status <> 'implied';
TABLE written;
-- unless the user says so
SELECT revision FROM migrate_stamp('4');
SELECT * FROM migrate_adopt('alembic') WHERE status <> 'implied';

-- Alembic goes back: that is told, and nothing is taken back
DELETE FROM alembic_version WHERE version_num = '4';
INSERT INTO alembic_version VALUES ('2b');
SELECT * FROM migrate_adopt('alembic');
TABLE written;

-- a version that nobody knows here
SELECT forget();
INSERT INTO alembic_version VALUES ('3'), ('99');
SELECT * FROM migrate_adopt('alembic') WHERE status <> 'implied';
TABLE written;
SELECT forget();
DELETE FROM alembic_version WHERE version_num <> '99';
SELECT * FROM migrate_adopt('alembic');
TABLE written;
SELECT version, revision, status FROM migrate_adopt('alembic', map => '{"99": "3"}') WHERE status <> 'implied';
-- a label is as good as an id
SELECT forget();
SELECT migrate_edit('3', branch_label => 'third', force => true);
SELECT version, revision, status FROM migrate_adopt('alembic', map => '{"99": "third", "98": "nonsense"}') WHERE status <> 'implied';
SELECT version, revision, status FROM migrate_adopt('alembic', map => '{"99": null}');

-- in one transaction with what follows, and rolled back
SELECT forget();
BEGIN;
SELECT version, revision, status FROM migrate_adopt('alembic', map => '{"99": "2"}');
TABLE written;
ROLLBACK;
TABLE written;

--
-- dbmate and Rails: a row for each file
--
CREATE TABLE public.schema_migrations (version character varying(128) NOT NULL PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key character varying NOT NULL PRIMARY KEY, value character varying,
	created_at timestamp(6) without time zone NOT NULL, updated_at timestamp(6) without time zone NOT NULL);
INSERT INTO ar_internal_metadata VALUES ('environment', 'test', now(), now());
INSERT INTO schema_migrations VALUES ('2'), ('1'), ('3'), ('2b');
SELECT * FROM migrate_adopt('dbmate');
SELECT * FROM migrate_adopt('rails');
TABLE written;
-- the merge point does nothing, so it is no hole
SELECT forget();
INSERT INTO schema_migrations VALUES ('5');
SELECT * FROM migrate_adopt('rails');
TABLE written;
-- holes
SELECT forget();
DELETE FROM schema_migrations WHERE version IN ('1', '2b');
SELECT * FROM migrate_adopt('dbmate');
TABLE written;
SELECT * FROM migrate_adopt('dbmate', dry_run => true);
TABLE written;
SELECT * FROM migrate_adopt('dbmate', allow_holes => true);
TABLE written;
-- what is applied here is no hole
SELECT version, revision, status FROM migrate_adopt('dbmate');
SELECT count(*) FROM ar_internal_metadata;

-- a map from files to revisions, several to one of them
SELECT forget();
DELETE FROM schema_migrations;
INSERT INTO schema_migrations SELECT '2024010' || g FROM generate_series(1, 5) g;
SELECT * FROM migrate_adopt('dbmate', map => '{"20240101": "1", "20240102": "2", "20240103": "2", "20240104": "3", "20240105": null}');
TABLE written;

--
-- Flyway
--
SELECT forget();
CREATE TABLE "public"."flyway_schema_history" (
	"installed_rank" INT NOT NULL,
	"version" VARCHAR(50),
	"description" VARCHAR(200) NOT NULL,
	"type" VARCHAR(20) NOT NULL,
	"script" VARCHAR(1000) NOT NULL,
	"checksum" INTEGER,
	"installed_by" VARCHAR(100) NOT NULL,
	"installed_on" TIMESTAMP NOT NULL DEFAULT now(),
	"execution_time" INTEGER NOT NULL,
	"success" BOOLEAN NOT NULL
);
ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success");
CREATE FUNCTION flyway(rank int, version text, description text, type text, success boolean DEFAULT true)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO flyway_schema_history
		VALUES (rank, version, description, type, description || '.sql', 1, 'me', now(), 1, success); $$;
SELECT flyway(0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA');
SELECT * FROM migrate_adopt('flyway');
SELECT flyway(1, '1', 'first', 'SQL'), flyway(2, '2', 'second', 'SQL'),
	flyway(3, NULL, 'some views', 'SQL'), flyway(4, '3', 'third', 'SQL'),
	flyway(5, NULL, 'some views', 'SQL'), flyway(6, '3', 'third', 'UNDO_SQL'),
	flyway(7, '2.1', 'two b', 'SQL'), flyway(8, '9', 'a failure', 'SQL', false),
	flyway(9, '1', 'first', 'DELETE'), flyway(10, '1', 'first', 'SQL'),
	flyway(11, '8', 'gone', 'SQL'), flyway(12, '8', 'gone', 'DELETE');
SELECT * FROM migrate_adopt('flyway');
TABLE written;
SELECT version, status FROM migrate_adopt('flyway', map => '{"some views": "2b", "9": null, "3": null, "8": null}');

-- what failed is not applied, and what builds on it is
SELECT forget();
SELECT migrate_edit('2', message => 'a failure', force => true);
DELETE FROM flyway_schema_history WHERE version IN ('2', '2.1', '3', '8');
SELECT flyway(13, '3', 'third', 'SQL');
SELECT * FROM migrate_adopt('flyway');
TABLE written;

-- a baseline stands for all that is below it
DELETE FROM flyway_schema_history;
SELECT flyway(1, '3', '<< Flyway Baseline >>', 'BASELINE'), flyway(2, '5', 'five', 'SQL');
SELECT * FROM migrate_adopt('flyway', dry_run => true);
SELECT flyway(3, '2b', 'two b', 'SQL_BASELINE');
SELECT * FROM migrate_adopt('flyway');
TABLE written;

--
-- Sqitch: a schema of its own, names of changes
--
SELECT forget();
CREATE SCHEMA sqitch;
CREATE TABLE sqitch.projects (
	project TEXT PRIMARY KEY, uri TEXT NULL UNIQUE, created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
	creator_name TEXT NOT NULL, creator_email TEXT NOT NULL);
CREATE TABLE sqitch.changes (
	change_id TEXT PRIMARY KEY, script_hash TEXT NULL, change TEXT NOT NULL,
	project TEXT NOT NULL REFERENCES sqitch.projects (project) ON UPDATE CASCADE,
	note TEXT NOT NULL DEFAULT '', committed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
	committer_name TEXT NOT NULL, committer_email TEXT NOT NULL, planned_at TIMESTAMPTZ NOT NULL,
	planner_name TEXT NOT NULL, planner_email TEXT NOT NULL, UNIQUE (project, script_hash));
CREATE FUNCTION sqitch(change text, note text DEFAULT '', project text DEFAULT 'flipr') RETURNS void
LANGUAGE sql AS $$
	INSERT INTO sqitch.projects VALUES (project, NULL, now(), 'me', 'me@example.com') ON CONFLICT DO NOTHING;
	INSERT INTO sqitch.changes
		SELECT substr(encode(sha256(convert_to(project || change || n, 'UTF8')), 'hex'), 1, 40),
			n::text, change, project, note, '2026-01-01'::timestamptz + n * '1 s'::interval,
			'me', 'me@example.com', now(), 'me', 'me@example.com'
		FROM (SELECT count(*) AS n FROM sqitch.changes) c; $$;
SELECT * FROM migrate_adopt('sqitch');
SELECT migrate_edit('1', message => E'app-schema\n\nwith more to say', force => true);
SELECT migrate_edit('2', message => 'users table', force => true);
SELECT sqitch('app-schema', 'Makes the schema.'), sqitch('2'), sqitch('third');
SELECT * FROM migrate_adopt('sqitch');
TABLE written;
-- reworked: the same name twice
SELECT forget();
SELECT sqitch('third', 'again');
SELECT * FROM migrate_adopt('sqitch');
SELECT change_id AS reworked FROM sqitch.changes WHERE note = 'again' \gset
SELECT * FROM migrate_adopt('sqitch', map => jsonb_build_object(:'reworked', '2b'));
TABLE written;
-- several projects
SELECT forget();
SELECT sqitch('x1', project => 'other "project"');
SELECT * FROM migrate_adopt('sqitch', project => 'other "project"', allow_holes => true);
SELECT * FROM migrate_adopt('sqitch');
SELECT * FROM migrate_adopt('sqitch', project => 'none');
-- two revisions of one message, two versions of one revision
SELECT forget();
SELECT migrate_edit('2', message => 'twice', force => true), migrate_edit('3', message => 'twice', force => true);
SELECT sqitch('twice', project => 'third'), sqitch('one', project => 'third'), sqitch('1', project => 'third');
SELECT migrate_edit('1', message => 'one', force => true);
SELECT * FROM migrate_adopt('sqitch', project => 'third');
SELECT * FROM migrate_adopt('sqitch', project => 'third', dry_run => true);
TABLE written;

--
-- A half-done revision keeps from adopting
--
INSERT INTO migrate_journal VALUES ('3', 'upgrade', 3, 1, '\x00', NULL, NULL, NULL, NULL, NULL, NULL, now(), 'me', 1);
SELECT * FROM migrate_adopt('dbmate', map => '{"20240101": "1"}');
DELETE FROM migrate_journal;
TABLE written;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_adopter;
