--
-- Autogenerate: views and materialized views, triggers, rules, policies, event
-- triggers, publications, and what leads to foreign servers.
-- Each step sets a model, shows what is written, runs it, and finds nothing
-- more to do; at the end all steps are undone.
--
\set home :DBNAME
\set testdb regression_pgmigrate_auto_view
-- neither wal_level nor that a subscription is not connected matters here
SET client_min_messages = error;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_reader, "regress_pgm Reader";
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = error;
CREATE ROLE regress_pgm_reader;
CREATE ROLE "regress_pgm Reader";
CREATE SCHEMA tools;
CREATE EXTENSION pgmigrate SCHEMA tools;
ALTER DATABASE :testdb SET pgmigrate.schemas = 'public';
SET pgmigrate.schemas = 'public';
SET search_path = tools, public;

CREATE TABLE models (step int PRIMARY KEY, ddl text);
-- From the model so far to this one, each statement in one line.  The queries
-- of views are left out: versions print them differently.
CREATE FUNCTION step(no int, model text, OUT change text, OUT statement text)
RETURNS SETOF record LANGUAGE plpgsql AS
$$
DECLARE
	rest bigint;
BEGIN
	INSERT INTO models VALUES (no, model);
	PERFORM migrate_set_model(model);
	RETURN QUERY
		SELECT d.change, concat_ws(' -- ', regexp_replace(regexp_replace(d.statement, '\s+', ' ', 'g'),
			'(VIEW .* AS) (SELECT|WITH|VALUES).*?(| WITH \w+ CHECK OPTION)$', '\1 ...\3'), d.hazard)
		FROM migrate_diff() d;
	PERFORM migrate_revision('step ' || no, rev_id => 's' || no, autogenerate => true);
	PERFORM migrate_upgrade();
	SELECT count(*) INTO rest FROM migrate_diff();
	IF rest > 0 THEN
		RAISE EXCEPTION 'step % left % statements to do', no, rest;
	END IF;
END
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '

--
-- Views: options, what hangs on them, chains
--
SELECT * FROM step(1, $model$
CREATE TABLE asset (id int PRIMARY KEY, kind text COLLATE "C", value numeric(10, 2), note text);
CREATE TABLE asset_type (kind text PRIMARY KEY, name text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE VIEW named AS SELECT a.id, a.kind, t.name FROM asset a JOIN asset_type t USING (kind);
COMMENT ON VIEW named IS 'assets with the names of their types';
COMMENT ON COLUMN named.name IS 'from asset_type';
ALTER VIEW named ALTER COLUMN kind SET DEFAULT 'LOAN';
CREATE TRIGGER named_insert INSTEAD OF INSERT ON named FOR EACH ROW EXECUTE FUNCTION act();
CREATE RULE named_delete AS ON DELETE TO named DO INSTEAD DELETE FROM asset WHERE asset.id = old.id;
COMMENT ON RULE named_delete ON named IS 'deletes the asset';
CREATE VIEW named_upper AS SELECT id, upper(name) AS name FROM named;
CREATE VIEW loans WITH (security_barrier) AS SELECT * FROM asset WHERE kind = 'LOAN' WITH LOCAL CHECK OPTION;
CREATE VIEW per_kind AS SELECT t.kind, t.name, count(*) FROM asset_type t JOIN asset USING (kind) GROUP BY t.kind;
CREATE RECURSIVE VIEW numbers(n) AS SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10;
CREATE VIEW pairs (first, "Second one") AS VALUES (1, 'a'), (2, 'b');
CREATE VIEW empty AS SELECT FROM asset;
$model$);

-- in place: columns at the end, other queries with the same columns, options
SELECT * FROM step(2, $model$
CREATE TABLE asset (id int PRIMARY KEY, kind text COLLATE "C", value numeric(10, 2), note text);
CREATE TABLE asset_type (kind text PRIMARY KEY, name text, icon text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE VIEW named AS SELECT a.id, a.kind, t.name, t.icon FROM asset a JOIN asset_type t USING (kind);
COMMENT ON VIEW named IS 'assets with the names of their types';
COMMENT ON COLUMN named.name IS 'from asset_type';
COMMENT ON COLUMN named.icon IS 'is new';
ALTER VIEW named ALTER COLUMN kind SET DEFAULT 'LOAN';
CREATE TRIGGER named_insert INSTEAD OF INSERT ON named FOR EACH ROW EXECUTE FUNCTION act();
CREATE RULE named_delete AS ON DELETE TO named DO INSTEAD DELETE FROM asset WHERE asset.id = old.id;
COMMENT ON RULE named_delete ON named IS 'deletes the asset';
CREATE VIEW named_upper AS SELECT id, upper(name) || '!' AS name FROM named;
CREATE VIEW loans WITH (security_invoker = false, security_barrier = off) AS SELECT * FROM asset WHERE kind = 'LOAN' WITH CASCADED CHECK OPTION;
CREATE VIEW per_kind WITH (security_invoker) AS SELECT t.kind, t.name, count(*), t.icon FROM asset_type t JOIN asset USING (kind) GROUP BY t.kind;
CREATE RECURSIVE VIEW numbers(n) AS SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20;
CREATE VIEW pairs (first, "Second one") AS VALUES (1, 'a'), (3, 'c');
CREATE VIEW empty AS SELECT FROM asset;
$model$);

-- not in place: a column gone, renamed, of another type, or of a column that
-- changes; what hangs on the view is made again with it
SELECT * FROM step(3, $model$
CREATE TABLE asset (id bigint PRIMARY KEY, kind text COLLATE "C", value numeric(10, 2));
CREATE TABLE asset_type (kind text PRIMARY KEY, name text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE VIEW named AS SELECT a.id, a.kind, t.name FROM asset a JOIN asset_type t USING (kind);
COMMENT ON VIEW named IS 'assets with the names of their types';
COMMENT ON COLUMN named.name IS 'from asset_type';
ALTER VIEW named ALTER COLUMN kind SET DEFAULT 'LOAN';
CREATE TRIGGER named_insert INSTEAD OF INSERT ON named FOR EACH ROW EXECUTE FUNCTION act();
CREATE RULE named_delete AS ON DELETE TO named DO INSTEAD DELETE FROM asset WHERE asset.id = old.id;
COMMENT ON RULE named_delete ON named IS 'deletes the asset';
CREATE VIEW named_upper AS SELECT id, upper(name) || '!' AS name FROM named;
CREATE VIEW loans AS SELECT * FROM asset WHERE kind = 'LOAN';
CREATE VIEW per_kind AS SELECT t.kind, t.name AS called, count(*) FROM asset_type t JOIN asset USING (kind) GROUP BY t.kind;
CREATE TABLE pairs (first int, "Second one" text);
$model$);

--
-- Materialized views
--
SELECT * FROM step(4, $model$
CREATE TABLE asset (id bigint PRIMARY KEY, kind text COLLATE "C", value numeric(10, 2));
CREATE VIEW loans AS SELECT * FROM asset WHERE kind = 'LOAN';
CREATE MATERIALIZED VIEW sums WITH (fillfactor = 70, toast.autovacuum_enabled = false) AS
	SELECT kind, sum(value) FROM asset GROUP BY kind WITH NO DATA;
CREATE UNIQUE INDEX sums_kind ON sums (kind);
ALTER MATERIALIZED VIEW sums CLUSTER ON sums_kind;
ALTER MATERIALIZED VIEW sums ALTER COLUMN kind SET STATISTICS 200, ALTER COLUMN kind SET STORAGE EXTERNAL,
	ALTER COLUMN kind SET COMPRESSION pglz, ALTER COLUMN kind SET (n_distinct = 12);
ALTER TABLE sums REPLICA IDENTITY FULL;
COMMENT ON MATERIALIZED VIEW sums IS 'value by kind';
COMMENT ON COLUMN sums.kind IS 'the kind';
COMMENT ON INDEX sums_kind IS 'one row each';
CREATE MATERIALIZED VIEW loan_ids AS SELECT id FROM loans;
CREATE VIEW last_loan AS SELECT max(id) FROM loan_ids;
$model$);
SELECT relname, relispopulated FROM pg_class WHERE relkind = 'm' ORDER BY 1;

SELECT * FROM step(5, $model$
CREATE TABLE asset (id bigint PRIMARY KEY, kind text COLLATE "C", value numeric(10, 2));
CREATE VIEW loans AS SELECT id FROM asset WHERE kind = 'LOAN';
CREATE MATERIALIZED VIEW sums WITH (toast.autovacuum_enabled = true, autovacuum_enabled = false) AS
	SELECT kind, sum(value) FROM asset GROUP BY kind;
CREATE UNIQUE INDEX sums_kind ON sums (kind);
ALTER MATERIALIZED VIEW sums ALTER COLUMN kind SET STATISTICS 300, ALTER COLUMN kind SET (n_distinct = -0.5);
ALTER TABLE sums REPLICA IDENTITY NOTHING;
COMMENT ON MATERIALIZED VIEW sums IS 'value by kind';
COMMENT ON INDEX sums_kind IS 'one row each';
CREATE MATERIALIZED VIEW loan_ids AS SELECT id FROM loans;
CREATE VIEW last_loan AS SELECT max(id) FROM loan_ids;
$model$);

-- with another query it is made again, with its indexes and what is above it
SELECT * FROM step(6, $model$
CREATE TABLE asset (id bigint PRIMARY KEY, kind text COLLATE "C", value numeric(10, 2));
CREATE VIEW loans AS SELECT id FROM asset WHERE kind = 'LOAN';
CREATE MATERIALIZED VIEW sums AS
	SELECT kind, sum(value), count(*) FROM asset GROUP BY kind;
CREATE UNIQUE INDEX sums_kind ON sums (kind);
ALTER MATERIALIZED VIEW sums ALTER COLUMN kind SET STATISTICS 300;
COMMENT ON INDEX sums_kind IS 'one row each';
CREATE MATERIALIZED VIEW loan_ids AS SELECT id FROM loans WHERE id > 0;
CREATE VIEW last_loan AS SELECT max(id) FROM loan_ids;
$model$);

--
-- Triggers, rules, policies
--
SELECT * FROM step(7, $model$
CREATE TABLE asset (id int PRIMARY KEY, kind text, value numeric);
CREATE TABLE log (id int, kind text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION other_act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OF kind ON asset FOR EACH ROW WHEN (new.id > 0) EXECUTE FUNCTION act('x', 'it''s');
CREATE TRIGGER after_all AFTER DELETE ON asset REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION other_act();
ALTER TABLE asset DISABLE TRIGGER after_all;
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON asset DEFERRABLE FOR EACH ROW EXECUTE FUNCTION act();
COMMENT ON TRIGGER before_row ON asset IS 'first';
CREATE RULE log_insert AS ON INSERT TO asset WHERE new.id > 5 DO ALSO INSERT INTO log VALUES (new.id, new.kind);
CREATE RULE no_update AS ON UPDATE TO log DO INSTEAD NOTHING;
ALTER TABLE log DISABLE RULE no_update;
COMMENT ON RULE log_insert ON asset IS 'logs';
ALTER TABLE asset ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON asset;
CREATE POLICY readers ON asset FOR SELECT TO "regress_pgm Reader", regress_pgm_reader USING (id IN (SELECT id FROM log));
CREATE POLICY writers ON asset AS RESTRICTIVE USING (value > 0) WITH CHECK (value > 1);
COMMENT ON POLICY everybody ON asset IS 'nothing yet';
CREATE TABLE event (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TRIGGER each_event AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION act();
ALTER TABLE event_1 DISABLE TRIGGER each_event;
$model$);

SELECT * FROM step(8, $model$
CREATE TABLE asset (id int PRIMARY KEY, kind text, value numeric);
CREATE TABLE log (id int, kind text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION other_act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER before_row BEFORE UPDATE ON asset FOR EACH ROW EXECUTE FUNCTION other_act();
ALTER TABLE asset ENABLE REPLICA TRIGGER before_row;
CREATE TRIGGER after_all AFTER DELETE ON asset REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION other_act();
ALTER TABLE asset ENABLE ALWAYS TRIGGER after_all;
CREATE CONSTRAINT TRIGGER checked AFTER INSERT OR UPDATE ON asset DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION act();
COMMENT ON TRIGGER before_row ON asset IS 'first';
CREATE RULE log_insert AS ON INSERT TO asset WHERE new.id > 6 DO ALSO INSERT INTO log VALUES (new.id, 'new');
CREATE RULE no_update AS ON UPDATE TO log DO INSTEAD NOTHING;
COMMENT ON RULE log_insert ON asset IS 'logs';
ALTER TABLE asset ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON asset TO regress_pgm_reader USING (true) WITH CHECK (kind <> 'x');
CREATE POLICY readers ON asset FOR SELECT USING (id IN (SELECT id FROM log));
CREATE POLICY writers ON asset AS RESTRICTIVE USING (value > 0);
COMMENT ON POLICY everybody ON asset IS 'all';
CREATE TABLE event (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
CREATE TRIGGER each_event AFTER INSERT OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION act();
ALTER TABLE event_1 DISABLE TRIGGER each_event;
$model$);

-- a column that they name changes its type; the trigger of a partitioned table
-- is disabled but on one partition
SELECT * FROM step(9, $model$
CREATE TABLE asset (id bigint PRIMARY KEY, kind varchar(20), value numeric);
CREATE TABLE log (id int, kind text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER before_row BEFORE UPDATE OF id ON asset FOR EACH ROW EXECUTE FUNCTION act();
CREATE RULE log_insert AS ON INSERT TO asset WHERE new.id > 6 DO ALSO INSERT INTO log VALUES (new.id, 'new');
ALTER TABLE asset ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON asset TO regress_pgm_reader USING (true) WITH CHECK (kind <> 'x');
CREATE TABLE event (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
CREATE TRIGGER each_event AFTER INSERT OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION act();
ALTER TABLE event DISABLE TRIGGER each_event;
ALTER TABLE event_1 ENABLE TRIGGER each_event;
$model$);

--
-- What is in no schema
--
SELECT * FROM step(10, $model$
CREATE TABLE asset (id int PRIMARY KEY, kind text, value numeric);
CREATE TABLE log (id int, kind text);
CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION noted_again() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER at_end ON ddl_command_end WHEN TAG IN ('DROP TABLE', 'CREATE TABLE') EXECUTE FUNCTION noted();
CREATE EVENT TRIGGER at_drop ON sql_drop EXECUTE FUNCTION noted();
ALTER EVENT TRIGGER at_drop DISABLE;
COMMENT ON EVENT TRIGGER at_end IS 'notes it';
CREATE FOREIGN DATA WRAPPER away OPTIONS (debug 'true', "Odd name" 'it''s');
CREATE SERVER far TYPE 'old' VERSION '1.0' FOREIGN DATA WRAPPER away OPTIONS (host 'far.example', port '1');
CREATE SERVER near FOREIGN DATA WRAPPER away;
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password 'x');
CREATE USER MAPPING FOR regress_pgm_reader SERVER far;
COMMENT ON FOREIGN DATA WRAPPER away IS 'wrapper';
COMMENT ON SERVER far IS 'server';
CREATE PUBLICATION nothing;
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert');
CREATE PUBLICATION chosen FOR TABLE asset (id, kind) WHERE (id > 3), log WITH (publish_via_partition_root);
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA public;
COMMENT ON PUBLICATION nothing IS 'empty';
$model$);

SELECT * FROM step(11, $model$
CREATE TABLE asset (id bigint PRIMARY KEY, kind text, value numeric);
CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION noted_again() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER at_end ON ddl_command_end EXECUTE FUNCTION noted_again();
CREATE EVENT TRIGGER at_drop ON sql_drop EXECUTE FUNCTION noted();
ALTER EVENT TRIGGER at_drop ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER at_end IS 'notes it';
CREATE FOREIGN DATA WRAPPER away OPTIONS (debug 'false', more '');
CREATE SERVER far TYPE 'old' FOREIGN DATA WRAPPER away OPTIONS (host 'farther.example');
CREATE SERVER near TYPE 'new' FOREIGN DATA WRAPPER away;
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password 'y', "user" 'z');
CREATE USER MAPPING FOR "regress_pgm Reader" SERVER far;
COMMENT ON SERVER far IS 'farther';
CREATE PUBLICATION nothing WITH (publish = 'update, delete');
CREATE PUBLICATION everything FOR TABLE asset;
CREATE PUBLICATION chosen FOR TABLE asset (id, value) WHERE (id > 3);
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA public;
$model$);

SELECT * FROM step(12, 'CREATE TABLE asset (id bigint PRIMARY KEY, kind text, value numeric)');

--
-- Down again, each step to its own model
--
CREATE FUNCTION back(no int, OUT step int, OUT differences bigint) LANGUAGE plpgsql AS
$$
BEGIN
	step := no;
	PERFORM migrate_downgrade(CASE no WHEN 0 THEN 'base' ELSE 's' || no END);
	PERFORM migrate_set_model(coalesce((SELECT ddl FROM models m WHERE m.step = no), ''));
	SELECT count(*) INTO differences FROM migrate_diff();
END
$$;
SELECT (back(no)).* FROM generate_series(11, 0, -1) no;

--
-- Who may not see the connection strings sees no subscriptions
--
CREATE SUBSCRIPTION regress_pgm_there CONNECTION 'dbname=there' PUBLICATION a WITH (connect = false, slot_name = NONE);
SELECT change, statement FROM migrate_diff();
GRANT USAGE ON SCHEMA tools TO regress_pgm_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tools TO regress_pgm_reader;
SET ROLE regress_pgm_reader;
SELECT migrate_schema_sql('public') LIKE '%regress_pgm_there%';
RESET ROLE;
DROP SUBSCRIPTION regress_pgm_there;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_reader, "regress_pgm Reader";
