--
-- Autogenerate: primary keys, unique, exclusion and check constraints, foreign
-- keys, indexes, sequences and extended statistics.  Each step sets a model,
-- shows what is written, runs it on tables with rows, and finds nothing more
-- to do; at the end all steps are undone.
--
\set home :DBNAME
\set testdb regression_pgmigrate_auto_constraint
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
CREATE SCHEMA tools;
CREATE EXTENSION pgmigrate SCHEMA tools;
ALTER DATABASE :testdb SET pgmigrate.schemas = 'public';
SET pgmigrate.schemas = 'public';
SET search_path = tools, public;

CREATE TABLE models (step int PRIMARY KEY, ddl text);
-- from the model so far to this one
CREATE FUNCTION step(no int, model text, OUT change text, OUT hazard text, OUT statement text)
RETURNS SETOF record LANGUAGE plpgsql AS
$$
DECLARE
	rest text;
BEGIN
	INSERT INTO models VALUES (no, model);
	PERFORM migrate_set_model(model);
	RETURN QUERY SELECT d.change, d.hazard, d.statement FROM migrate_diff() d;
	PERFORM migrate_revision('step ' || no, rev_id => 's' || no, autogenerate => true);
	PERFORM migrate_upgrade();
	SELECT string_agg(d.statement, '; ') INTO rest FROM migrate_diff() d;
	IF rest IS NOT NULL THEN
		RAISE EXCEPTION 'step % left: %', no, rest;
	END IF;
END
$$;
-- what undoes a step
CREATE FUNCTION undo(no int) RETURNS text LANGUAGE sql AS
$$
SELECT downgrade FROM migrate_script WHERE revision = 's' || no
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '

----------------------------------------------------------------------
-- Constraints and indexes of tables
----------------------------------------------------------------------

--
-- Everything at once, of tables that refer to each other
--
SELECT * FROM step(1, $model$
CREATE TABLE owner (
	id int PRIMARY KEY,
	name text,
	best_asset int
);
CREATE TABLE asset (
	id int,
	kind text NOT NULL,
	owner int,
	value numeric,
	used int4range,
	CONSTRAINT asset_pkey PRIMARY KEY (id) INCLUDE (kind) WITH (fillfactor = 80),
	CONSTRAINT asset_name UNIQUE NULLS NOT DISTINCT (kind, owner) DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT "Odd ""check" CHECK (value > 0) NO INHERIT,
	CONSTRAINT asset_used EXCLUDE USING gist (used WITH &&) WITH (fillfactor = 60)
		WHERE (value > 5 AND kind <> ' WITH (fillfactor=60)') DEFERRABLE,
	CONSTRAINT asset_owner FOREIGN KEY (owner) REFERENCES owner ON UPDATE CASCADE ON DELETE SET NULL
);
ALTER TABLE owner ADD CONSTRAINT owner_best FOREIGN KEY (best_asset) REFERENCES asset
	DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE asset ADD CONSTRAINT asset_kind CHECK (kind <> '') NOT VALID;
CREATE INDEX asset_by_value ON asset (value DESC NULLS LAST, lower(kind) text_pattern_ops)
	INCLUDE (owner) WITH (fillfactor = 75, deduplicate_items = off) WHERE value > 3;
ALTER INDEX asset_by_value ALTER COLUMN 2 SET STATISTICS 300;
CREATE UNIQUE INDEX asset_by_kind ON asset (kind COLLATE "C", id);
ALTER TABLE asset CLUSTER ON asset_pkey, REPLICA IDENTITY USING INDEX asset_pkey;
CREATE INDEX "Odd ""index" ON owner USING hash (name);
COMMENT ON CONSTRAINT asset_owner ON asset IS 'who pays';
COMMENT ON CONSTRAINT asset_pkey ON asset IS 'the key';
COMMENT ON INDEX asset_pkey IS 'the index of the key';
COMMENT ON INDEX "Odd ""index" IS 'it''s odd';
CREATE VIEW richest AS SELECT a.*, count(*) FROM asset a JOIN owner o ON o.id = a.owner GROUP BY a.id;
$model$);
SELECT undo(1);

INSERT INTO owner VALUES (1, 'Ann', NULL), (2, 'Bob', NULL);
INSERT INTO asset VALUES (1, 'boat', 1, 10, '[1,5)'), (2, 'house', 1, 20, '[5,8)'), (3, 'tree', 2, 4, '[1,9)');
UPDATE owner SET best_asset = 2 WHERE id = 1;

--
-- In place
--
SELECT * FROM step(2, $model$
CREATE TABLE owner (
	id int PRIMARY KEY,
	name text,
	best_asset int
);
CREATE TABLE asset (
	id int,
	kind text NOT NULL,
	owner int,
	value numeric,
	used int4range,
	CONSTRAINT asset_pkey PRIMARY KEY (id) INCLUDE (kind) WITH (fillfactor = 90),
	CONSTRAINT asset_name UNIQUE NULLS NOT DISTINCT (kind, owner) WITH (fillfactor = 50)
		DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT "Odd ""check" CHECK (value > 0) NO INHERIT,
	CONSTRAINT asset_used EXCLUDE USING gist (used WITH &&)
		WHERE (value > 5 AND kind <> ' WITH (fillfactor=60)') DEFERRABLE,
	CONSTRAINT asset_owner FOREIGN KEY (owner) REFERENCES owner ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE
);
ALTER TABLE owner ADD CONSTRAINT owner_best FOREIGN KEY (best_asset) REFERENCES asset;
ALTER TABLE asset ADD CONSTRAINT asset_kind CHECK (kind <> '');
CREATE INDEX asset_by_value ON asset (value DESC NULLS LAST, lower(kind) text_pattern_ops)
	INCLUDE (owner) WITH (fillfactor = 75) WHERE value > 3;
ALTER INDEX asset_by_value ALTER COLUMN 2 SET STATISTICS 0;
CREATE UNIQUE INDEX asset_by_kind ON asset (kind COLLATE "C", id);
ALTER TABLE asset CLUSTER ON asset_by_kind, REPLICA IDENTITY USING INDEX asset_by_kind;
CREATE INDEX "Odd ""index" ON owner USING hash (name) WITH (fillfactor = 70);
COMMENT ON CONSTRAINT asset_owner ON asset IS 'who paid';
COMMENT ON CONSTRAINT asset_pkey ON asset IS 'the key';
COMMENT ON INDEX asset_name IS 'the index of the name';
CREATE VIEW richest AS SELECT a.*, count(*) FROM asset a JOIN owner o ON o.id = a.owner GROUP BY a.id;
$model$);
SELECT undo(2);

--
-- Made again, with what depends on them: foreign keys, a view
--
SELECT * FROM step(3, $model$
CREATE TABLE owner (
	id int PRIMARY KEY,
	name text,
	best_asset int
);
CREATE TABLE asset (
	id int,
	kind text NOT NULL,
	owner int,
	value numeric,
	used int4range,
	CONSTRAINT asset_pkey PRIMARY KEY (id),
	CONSTRAINT asset_name UNIQUE (kind, owner),
	CONSTRAINT "Odd ""check" CHECK (value >= 0),
	CONSTRAINT asset_used EXCLUDE USING gist (used WITH &&) WHERE (value > 6),
	CONSTRAINT asset_owner FOREIGN KEY (owner) REFERENCES owner MATCH FULL ON DELETE CASCADE
);
ALTER TABLE owner ADD CONSTRAINT owner_best FOREIGN KEY (best_asset) REFERENCES asset NOT VALID;
ALTER TABLE asset ADD CONSTRAINT asset_kind CHECK (kind <> '') NOT VALID;
CREATE INDEX asset_by_value ON asset (value, lower(kind) text_pattern_ops);
CREATE UNIQUE INDEX asset_by_kind ON asset (kind, id);
CREATE INDEX "Odd ""index" ON owner (name);
CREATE VIEW richest AS SELECT a.*, count(*) FROM asset a JOIN owner o ON o.id = a.owner GROUP BY a.id;
$model$);
SELECT undo(3);

--
-- Other names, and a name that goes from an index to a constraint
--
SELECT * FROM step(4, $model$
CREATE TABLE owner (
	id int CONSTRAINT owner_key PRIMARY KEY,
	name text,
	best_asset int
);
CREATE TABLE asset (
	id int,
	kind text NOT NULL,
	owner int,
	value numeric,
	used int4range,
	CONSTRAINT asset_key PRIMARY KEY (id),
	CONSTRAINT asset_by_kind UNIQUE (kind, id),
	CONSTRAINT asset_value CHECK (value >= 0),
	CONSTRAINT asset_used EXCLUDE USING gist (used WITH &&) WHERE (value > 6),
	CONSTRAINT asset_pays FOREIGN KEY (owner) REFERENCES owner MATCH FULL ON DELETE CASCADE
);
ALTER TABLE owner ADD CONSTRAINT owner_best FOREIGN KEY (best_asset) REFERENCES asset;
ALTER TABLE asset ADD CONSTRAINT asset_kind CHECK (kind <> '');
CREATE INDEX asset_value_idx ON asset (value, lower(kind) text_pattern_ops);
CREATE INDEX "Odd ""index" ON owner (name);
CREATE VIEW richest AS SELECT a.*, count(*) FROM asset a JOIN owner o ON o.id = a.owner GROUP BY a.id;
$model$);
SELECT undo(4);

--
-- New types of columns that constraints and indexes use, and a function in them
--
SELECT * FROM step(5, $model$
CREATE FUNCTION known(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <> 'unknown' $$;
CREATE TABLE owner (
	id bigint CONSTRAINT owner_key PRIMARY KEY,
	name varchar(40) CONSTRAINT owner_known CHECK (known(name)),
	best_asset bigint
);
CREATE TABLE asset (
	id bigint,
	kind text NOT NULL,
	owner bigint,
	value numeric,
	used int4range,
	CONSTRAINT asset_key PRIMARY KEY (id),
	CONSTRAINT asset_by_kind UNIQUE (kind, id),
	CONSTRAINT asset_value CHECK (value >= 0),
	CONSTRAINT asset_used EXCLUDE USING gist (used WITH &&) WHERE (value > 6),
	CONSTRAINT asset_pays FOREIGN KEY (owner) REFERENCES owner MATCH FULL ON DELETE CASCADE
);
ALTER TABLE owner ADD CONSTRAINT owner_best FOREIGN KEY (best_asset) REFERENCES asset;
ALTER TABLE asset ADD CONSTRAINT asset_kind CHECK (kind <> '');
CREATE INDEX asset_value_idx ON asset (value, lower(kind) text_pattern_ops);
CREATE INDEX asset_known ON asset (kind) WHERE known(kind);
CREATE INDEX "Odd ""index" ON owner (name);
$model$);
SELECT undo(5);

--
-- Tables that refer to each other go
--
SELECT * FROM step(6, $model$
CREATE TABLE note (id int, text text);
$model$);
SELECT undo(6);

--
-- An index that was left invalid is made again; the way back leaves it valid
--
INSERT INTO note VALUES (1, 'a'), (1, 'b');
\set VERBOSITY terse
CREATE UNIQUE INDEX CONCURRENTLY note_id ON note (id);
\set VERBOSITY default
DELETE FROM note WHERE text = 'b';
SELECT * FROM step(7, $model$
CREATE TABLE note (id int, text text);
CREATE UNIQUE INDEX note_id ON note (id);
$model$);
SELECT undo(7);

----------------------------------------------------------------------
-- Children and partitions
----------------------------------------------------------------------
SELECT * FROM step(8, $model$
CREATE TABLE note (id int, text text);
CREATE UNIQUE INDEX note_id ON note (id);
CREATE TABLE base (a int);
CREATE TABLE derived (b int) INHERITS (base);
CREATE TABLE alone (a int, b int);
CREATE TABLE kind (id int PRIMARY KEY);
CREATE TABLE event (id int, at int, kind int) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE event_2x PARTITION OF event_2 DEFAULT;
CREATE TABLE guest (event int, at int);
$model$);
INSERT INTO derived VALUES (1, 1);
INSERT INTO alone VALUES (2, 2);
INSERT INTO kind VALUES (1);
INSERT INTO event VALUES (1, 5, 1), (2, 15, 1);
INSERT INTO guest VALUES (1, 5), (2, 15);

-- on all tables below, once
SELECT * FROM step(9, $model$
CREATE TABLE note (id int, text text);
CREATE UNIQUE INDEX note_id ON note (id);
CREATE TABLE base (a int CONSTRAINT positive CHECK (a > 0), CONSTRAINT here CHECK (a < 100) NO INHERIT);
CREATE TABLE derived (b int) INHERITS (base);
CREATE TABLE alone (b int) INHERITS (base);
CREATE TABLE kind (id int PRIMARY KEY);
CREATE TABLE event (id int, at int, kind int REFERENCES kind, CONSTRAINT sane CHECK (at >= 0),
	PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE event_2x PARTITION OF event_2 DEFAULT;
CREATE INDEX event_kind ON event (kind) WHERE kind > 0;
CREATE TABLE guest (event int, at int, FOREIGN KEY (event, at) REFERENCES event);
$model$);
SELECT undo(9);

-- one that is detached, and other indexes
SELECT * FROM step(10, $model$
CREATE TABLE note (id int, text text);
CREATE UNIQUE INDEX note_id ON note (id);
CREATE TABLE base (a int CONSTRAINT positive CHECK (a >= 0), CONSTRAINT here CHECK (a < 100));
CREATE TABLE derived (b int, CONSTRAINT positive CHECK (a >= 0)) INHERITS (base);
CREATE TABLE alone (a int, b int, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE kind (id int PRIMARY KEY);
CREATE TABLE event (id int, at int, kind int REFERENCES kind DEFERRABLE, CONSTRAINT sane CHECK (at >= 0),
	PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_1 (id int NOT NULL, at int NOT NULL, kind int, CONSTRAINT sane CHECK (at >= 0),
	CONSTRAINT event_1_pkey PRIMARY KEY (id, at));
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE event_2x PARTITION OF event_2 DEFAULT;
CREATE INDEX event_kind ON event (kind DESC);
CREATE TABLE guest (event int, at int);
$model$);
SELECT undo(10);

-- a new partition
SELECT * FROM step(11, $model$
CREATE TABLE note (id int, text text);
CREATE UNIQUE INDEX note_id ON note (id);
CREATE TABLE base (a int CONSTRAINT positive CHECK (a >= 0), CONSTRAINT here CHECK (a < 100));
CREATE TABLE derived (b int, CONSTRAINT positive CHECK (a >= 0)) INHERITS (base);
CREATE TABLE alone (a int, b int, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE kind (id int PRIMARY KEY);
CREATE TABLE event (id int, at int, kind int REFERENCES kind DEFERRABLE, CONSTRAINT sane CHECK (at >= 0),
	PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_1 (id int NOT NULL, at int NOT NULL, kind int, CONSTRAINT sane CHECK (at >= 0),
	CONSTRAINT event_1_pkey PRIMARY KEY (id, at));
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE event_2x PARTITION OF event_2 DEFAULT;
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM (20) TO (30);
CREATE INDEX event_kind ON event (kind DESC);
CREATE TABLE guest (event int, at int);
$model$);
SELECT undo(11);
SELECT tableoid::regclass, * FROM event ORDER BY id;

----------------------------------------------------------------------
-- Sequences and statistics
----------------------------------------------------------------------
SELECT * FROM step(12, $model$
CREATE SEQUENCE plain;
CREATE SEQUENCE small AS smallint INCREMENT -2 MINVALUE -100 MAXVALUE -2 START -4 CACHE 5 CYCLE;
CREATE UNLOGGED SEQUENCE "Odd ""seq" START 5;
CREATE SEQUENCE shared;
CREATE TABLE counted (id int, n int, m int DEFAULT nextval('shared'), text text);
CREATE STATISTICS counted_1 (ndistinct, mcv) ON id, n, lower(text) FROM counted;
CREATE STATISTICS counted_2 ON (id + n) FROM counted;
ALTER STATISTICS counted_2 SET STATISTICS 50;
COMMENT ON STATISTICS counted_2 IS 'a sum';
$model$);
INSERT INTO counted VALUES (5, 1), (7, 2);
SELECT nextval('plain'), nextval('plain'), nextval('small'), nextval('"Odd ""seq"');

-- a column gets a sequence and goes on from its numbers; bounds move, and what
-- is outside of them with these
SELECT * FROM step(13, $model$
CREATE SEQUENCE plain MINVALUE 1000 START 1000 OWNED BY NONE;
CREATE SEQUENCE small AS integer INCREMENT 3 MAXVALUE 5000;
CREATE SEQUENCE "Odd ""seq" START 5 CACHE 10;
CREATE TABLE counted (id serial, n int, m int, text text);
CREATE SEQUENCE shared OWNED BY counted.m;
CREATE STATISTICS counted_1 (mcv) ON id, n FROM counted;
CREATE STATISTICS counted_2 ON (id + n) FROM counted;
ALTER STATISTICS counted_2 SET STATISTICS 70;
$model$);
SELECT undo(13);
SELECT nextval('plain'), nextval('small'), nextval('"Odd ""seq"'), nextval('counted_id_seq');

-- one sequence moves to another column, one goes with its column, and one
-- outlives it
SELECT * FROM step(14, $model$
CREATE SEQUENCE plain AS smallint MINVALUE 1000;
CREATE SEQUENCE "Odd ""seq" START 5;
CREATE TABLE counted (n int, text text);
CREATE SEQUENCE shared;
ALTER SEQUENCE plain OWNED BY counted.n;
CREATE STATISTICS counted_2 ON n, text FROM counted;
$model$);
SELECT undo(14);
SELECT nextval('plain');
--
-- An index and a check of a column that goes and of one that gets another type
--
SELECT * FROM step(15, $model$
CREATE TABLE gauge (id int, low int, high int, text text);
CREATE INDEX gauge_bloom ON gauge USING brin (low int4_bloom_ops, text text_bloom_ops);
ALTER TABLE gauge ADD CONSTRAINT gauge_check CHECK (low % 3 = 0 OR high > 0);
$model$);
SELECT * FROM step(16, $model$
CREATE TABLE gauge (id int, low text);
$model$);
SELECT undo(16);

--
-- Down again, each step to its own model
--
CREATE FUNCTION back(no int, OUT step int, OUT differences text) LANGUAGE plpgsql AS
$$
BEGIN
	step := no;
	PERFORM migrate_downgrade(CASE no WHEN 0 THEN 'base' ELSE 's' || no END);
	PERFORM migrate_set_model(coalesce((SELECT ddl FROM models m WHERE m.step = no), ''));
	SELECT coalesce(string_agg(d.statement, '; '), 'none') INTO differences FROM migrate_diff() d;
END
$$;
SELECT (back(no)).* FROM generate_series(15, 9, -1) no;
SELECT tableoid::regclass, * FROM event ORDER BY id;
SELECT tableoid::regclass, * FROM base ORDER BY a;
SELECT (back(no)).* FROM generate_series(8, 0, -1) no;

\c :home
DROP DATABASE :testdb;
