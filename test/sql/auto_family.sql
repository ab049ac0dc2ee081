--
-- Autogenerate: tables with what belongs to them from elsewhere (types in
-- partition keys, typed tables, keys of other tables, partitions under another
-- name).  One model leads to another and back, with rows in the tables.
--
\set home :DBNAME
\set testdb regression_pgmigrate_auto_family
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
CREATE SCHEMA tools;
CREATE EXTENSION pgmigrate SCHEMA tools;
ALTER DATABASE :testdb SET pgmigrate.schemas = '*, !tools';
SET pgmigrate.schemas = '*, !tools';
SET search_path = tools, public;

CREATE TABLE models (step int PRIMARY KEY, ddl text);
-- queries of views read differently from release to release
CREATE FUNCTION brief(statements text) RETURNS text LANGUAGE sql AS
$$
SELECT regexp_replace(statements, '(VIEW \S+ AS)\n[^;]*', '\1 ...', 'g')
$$;
-- from the model so far to this one
CREATE FUNCTION step(no int, model text, OUT change text, OUT hazard text, OUT statement text)
RETURNS SETOF record LANGUAGE plpgsql AS
$$
DECLARE
	rest text;
BEGIN
	INSERT INTO models VALUES (no, model);
	PERFORM migrate_set_model(model);
	RETURN QUERY SELECT d.change, d.hazard, brief(d.statement) FROM migrate_diff() d;
	PERFORM migrate_revision('step ' || no, rev_id => 's' || no, autogenerate => true);
	PERFORM migrate_upgrade();
	SELECT string_agg(d.statement, '; ') INTO rest FROM migrate_diff() d;
	IF rest IS NOT NULL THEN
		RAISE EXCEPTION 'step % left: %', no, rest;
	END IF;
END
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '


SELECT count(*) FROM step(1, $model$
-- the type of a partition key
CREATE TYPE kind AS ENUM ('cash', 'bond');
CREATE TABLE by_kind (id int, k kind) PARTITION BY LIST (k);
CREATE TABLE by_kind_cash PARTITION OF by_kind FOR VALUES IN ('cash');
CREATE TABLE by_kind_rest PARTITION OF by_kind DEFAULT;
CREATE VIEW kinds AS SELECT k FROM by_kind;
CREATE TABLE below (id int, k kind) PARTITION BY LIST (id);
CREATE TABLE below_1 PARTITION OF below FOR VALUES IN (1) PARTITION BY LIST (k);
CREATE TABLE below_1_cash PARTITION OF below_1 FOR VALUES IN ('cash');
CREATE TABLE below_rest PARTITION OF below DEFAULT;

-- a table of a type that is made of another one
CREATE DOMAIN code AS int;
CREATE TYPE pair AS (a int, c code);
CREATE TABLE typed OF pair (PRIMARY KEY (a));

-- a type that becomes one of another kind, inside of a third
CREATE TYPE state AS ENUM ('on', 'off');
CREATE TYPE reading AS (s state, at int);
CREATE TABLE readings (r reading, rs reading[]);

-- a label that is used at once, where no column has it
CREATE TYPE label AS ENUM ('x');
CREATE FUNCTION is_x(label) RETURNS boolean LANGUAGE sql AS $$SELECT $1 = 'x'$$;

-- a table that refers to itself gets a successor
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree) PARTITION BY LIST (id);
CREATE TABLE tree_all PARTITION OF tree DEFAULT;

-- tables that refer to each other become unlogged
CREATE TABLE master (id int PRIMARY KEY, number int);
CREATE TABLE detail (id int PRIMARY KEY REFERENCES master);
CREATE TABLE other (id int REFERENCES detail);
CREATE SEQUENCE numbers OWNED BY master.number;

-- the row type of a table in a function whose body is kept parsed
CREATE TABLE sheet (id int, v int);
CREATE FUNCTION sheet_id(s sheet) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT s.id; END;
CREATE VIEW sheet_ids AS SELECT sheet_id(sheet) FROM sheet;

-- partitions under other names, and one that is cut off and changed
CREATE TABLE part (id int PRIMARY KEY, t text) PARTITION BY LIST (id);
CREATE INDEX ON part (t);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1) PARTITION BY LIST (id);
CREATE TABLE part_1_all PARTITION OF part_1 DEFAULT;
CREATE TABLE part_2 PARTITION OF part FOR VALUES IN (2);
CREATE TABLE part_rest PARTITION OF part DEFAULT;

-- partitions of a table that is referred to: one goes, one gets partitions
CREATE TABLE goal (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE goal_1 PARTITION OF goal FOR VALUES IN (1);
CREATE TABLE goal_2 PARTITION OF goal FOR VALUES IN (2);
CREATE TABLE goal_3 PARTITION OF goal FOR VALUES IN (3);
CREATE TABLE shot (id int REFERENCES goal);

-- a view that calls a function that returns its rows
CREATE VIEW ring AS SELECT 1 AS a, 'x'::text AS b;
CREATE FUNCTION of_ring() RETURNS SETOF ring LANGUAGE sql AS $$SELECT NULL::ring$$;
CREATE OR REPLACE VIEW ring AS SELECT 1 AS a, 'y'::text AS b FROM of_ring();

-- an index that is attached to that of the partitioned table no longer
CREATE TABLE tied (id int, k text) PARTITION BY LIST (id);
CREATE TABLE tied_1 PARTITION OF tied FOR VALUES IN (1);
CREATE TABLE tied_2 PARTITION OF tied FOR VALUES IN (2) PARTITION BY LIST (k);
CREATE TABLE tied_2_all PARTITION OF tied_2 DEFAULT;
CREATE INDEX tied_k ON ONLY tied (k);
CREATE INDEX tied_1_k ON tied_1 (k);
CREATE INDEX tied_2_k ON ONLY tied_2 (k);
CREATE INDEX tied_2_all_k ON tied_2_all (k);
ALTER INDEX tied_k ATTACH PARTITION tied_1_k;
ALTER INDEX tied_k ATTACH PARTITION tied_2_k;
ALTER INDEX tied_2_k ATTACH PARTITION tied_2_all_k;

-- a column that a view must not see, because it joins by that name
CREATE TABLE left_hand (x int, y int, z int);
CREATE TABLE middle (x int, z int);
CREATE TABLE right_hand (z int, q int);
CREATE VIEW joined AS SELECT z, q
FROM left_hand AS l (x, y, other) JOIN middle USING (x) JOIN right_hand USING (z);
$model$);
INSERT INTO by_kind VALUES (1, 'cash'), (2, 'bond');
INSERT INTO below VALUES (1, 'cash'), (2, 'bond');
INSERT INTO typed VALUES (1, 2);
INSERT INTO readings VALUES (('on', 1), ARRAY[('off', 2)::reading]);
INSERT INTO tree VALUES (1, 1), (2, 1);
INSERT INTO master VALUES (1, 1);
INSERT INTO detail VALUES (1);
INSERT INTO sheet VALUES (1, 2);
INSERT INTO goal VALUES (1), (3);
INSERT INTO shot VALUES (1);
INSERT INTO part VALUES (1, 'one'), (2, 'two'), (3, 'three');

SELECT * FROM step(2, $model$
CREATE TYPE kind AS ENUM ('bond', 'cash', 'fund');
CREATE TABLE by_kind (id int, k kind) PARTITION BY LIST (k);
CREATE TABLE by_kind_cash PARTITION OF by_kind FOR VALUES IN ('cash');
CREATE TABLE by_kind_rest PARTITION OF by_kind DEFAULT;
CREATE VIEW kinds AS SELECT k FROM by_kind;
CREATE TABLE below (id int, k kind) PARTITION BY LIST (id);
CREATE TABLE below_1 PARTITION OF below FOR VALUES IN (1) PARTITION BY LIST (k);
CREATE TABLE below_1_cash PARTITION OF below_1 FOR VALUES IN ('cash');
CREATE TABLE below_rest PARTITION OF below DEFAULT;

CREATE DOMAIN code AS bigint DEFAULT 7;
CREATE TYPE pair AS (a int, c code);
CREATE TABLE typed OF pair (PRIMARY KEY (a));

CREATE DOMAIN state AS text CHECK (VALUE IN ('on', 'off'));
CREATE TYPE reading AS (s state, at int);
CREATE TABLE readings (r reading, rs reading[]);

CREATE TYPE label AS ENUM ('x', 'y');
CREATE FUNCTION is_x(label) RETURNS boolean LANGUAGE sql AS $$SELECT $1 = 'x'$$;
CREATE DOMAIN no_y AS label CHECK (VALUE <> 'y');

CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree);

CREATE UNLOGGED TABLE master (id int PRIMARY KEY, number int);
CREATE UNLOGGED TABLE detail (id int PRIMARY KEY REFERENCES master);
CREATE SEQUENCE numbers OWNED BY master.number;

CREATE TABLE sheet (id int, v bigint, w int DEFAULT 5);
CREATE FUNCTION sheet_id(s sheet) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT s.id; END;
CREATE VIEW sheet_ids AS SELECT sheet_id(sheet) FROM sheet;

CREATE TABLE part (id int PRIMARY KEY, t text) PARTITION BY LIST (id);
CREATE INDEX ON part (t);
CREATE TABLE part_one PARTITION OF part FOR VALUES IN (1) PARTITION BY LIST (id);
CREATE TABLE part_1_all PARTITION OF part_one DEFAULT;
CREATE TABLE part_2 (id bigint, t text, more int);
CREATE TABLE part_others PARTITION OF part DEFAULT;

CREATE TABLE goal (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE goal_1 PARTITION OF goal FOR VALUES IN (1);
CREATE TABLE goal_3 PARTITION OF goal FOR VALUES IN (3) PARTITION BY LIST (id);
CREATE TABLE goal_3_all PARTITION OF goal_3 DEFAULT;
CREATE TABLE shot (id int REFERENCES goal);

CREATE VIEW ring AS SELECT 'x'::text AS b;
CREATE FUNCTION of_ring() RETURNS SETOF ring LANGUAGE sql AS $$SELECT NULL::ring$$;
CREATE OR REPLACE VIEW ring AS SELECT 'y'::text AS b FROM of_ring();

CREATE TABLE tied (id int, k text) PARTITION BY LIST (id);
CREATE TABLE tied_1 PARTITION OF tied FOR VALUES IN (1);
CREATE TABLE tied_2 PARTITION OF tied FOR VALUES IN (2) PARTITION BY LIST (k);
CREATE TABLE tied_2_all PARTITION OF tied_2 DEFAULT;
CREATE INDEX tied_k ON ONLY tied (k);
CREATE INDEX tied_1_k ON tied_1 (k);
CREATE INDEX tied_2_k ON ONLY tied_2 (k);
CREATE INDEX tied_2_all_k ON tied_2_all (k);
ALTER INDEX tied_k ATTACH PARTITION tied_1_k;
ALTER INDEX tied_k ATTACH PARTITION tied_2_k;

CREATE TABLE left_hand (x int, y int);
CREATE TABLE middle (x int, z int);
CREATE TABLE right_hand (z int, q int);
CREATE VIEW joined AS SELECT z, q, y
FROM left_hand JOIN middle USING (x) JOIN right_hand USING (z);
$model$);

\set rows 'SELECT ''by_kind'', b::text FROM by_kind b UNION ALL SELECT ''below'', b::text FROM below b UNION ALL SELECT ''typed'', t::text FROM typed t UNION ALL SELECT ''readings'', r::text FROM readings r UNION ALL SELECT ''tree'', t::text FROM tree t UNION ALL SELECT ''master'', m::text FROM master m UNION ALL SELECT ''detail'', d::text FROM detail d UNION ALL SELECT ''sheet'', s::text FROM sheet s UNION ALL SELECT ''goal'', g::text FROM goal g UNION ALL SELECT ''shot'', s::text FROM shot s UNION ALL SELECT ''part'', p::text FROM part p UNION ALL SELECT ''part_2'', p::text FROM part_2 p ORDER BY 1, 2;'
:rows
SELECT count(*) FROM migrate_downgrade('s1');
:rows
SELECT migrate_set_model(ddl) > 0 FROM models WHERE step = 1;
SELECT * FROM migrate_diff();

\c :home
DROP DATABASE :testdb;
