--
-- Autogenerate: schemas, enums, domains, composite, range and base types,
-- collations, conversions and casts.  Each step sets a model, shows what is
-- written, runs it on tables with rows, and finds nothing more to do; at the
-- end all steps are undone.
--
\set home :DBNAME
\set testdb regression_pgmigrate_auto_type
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
-- what undoes a step
CREATE FUNCTION undo(no int) RETURNS text LANGUAGE sql AS
$$
SELECT brief(downgrade) FROM migrate_script WHERE revision = 's' || no
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '

----------------------------------------------------------------------
-- Enums
----------------------------------------------------------------------

--
-- Everything new, in an order in which it can be made
--
SELECT * FROM step(1, $model$
CREATE SCHEMA app;
COMMENT ON SCHEMA app IS 'the application';
CREATE TYPE app.kind AS ENUM ('cash', 'bond', 'o''ther');
COMMENT ON TYPE app.kind IS 'kinds of assets';
CREATE TYPE app.nothing AS ENUM ();
CREATE DOMAIN app.safe_kind AS app.kind DEFAULT 'cash' CHECK (VALUE <> 'bond');
CREATE TYPE app.holding AS (kind app.kind, kinds app.kind[], amount numeric(10, 2));
CREATE TYPE app.kinds AS RANGE (subtype = app.kind);
CREATE FUNCTION app.is_cash(app.kind) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT $1 = 'cash'$$;
CREATE TABLE app.asset (
	id int PRIMARY KEY,
	kind app.kind NOT NULL DEFAULT 'bond',
	kinds app.kind[] DEFAULT '{cash,bond}',
	safe app.safe_kind,
	main app.holding,
	others app.holding[],
	range app.kinds,
	cash boolean GENERATED ALWAYS AS (app.is_cash(kind)) STORED,
	CONSTRAINT known CHECK (kind = ANY (kinds)),
	CONSTRAINT liquid CHECK (kind <> 'o''ther')
);
CREATE INDEX asset_kind ON app.asset (kind) WHERE kind = 'cash';
CREATE UNIQUE INDEX asset_id_kind ON app.asset (kind, id);
COMMENT ON COLUMN app.asset.kind IS 'what it is';
CREATE TABLE app.event (kind app.kind, at int) PARTITION BY RANGE (at);
CREATE TABLE app.event_1 PARTITION OF app.event FOR VALUES FROM (1) TO (10);
CREATE VIEW app.bond AS SELECT id, kind, (main).amount FROM app.asset WHERE kind = 'bond';
COMMENT ON VIEW app.bond IS 'bonds';
CREATE MATERIALIZED VIEW app.count AS SELECT kind, count(*) FROM app.asset GROUP BY kind;
CREATE UNIQUE INDEX count_kind ON app.count (kind);
$model$);
SELECT undo(1);
INSERT INTO app.asset VALUES
	(1, DEFAULT, DEFAULT, DEFAULT, '(bond,"{cash,bond}",1.5)', '{"(cash,,2)","(,,)",NULL}', '[cash,bond]'),
	(2, 'cash', '{cash}', 'o''ther', NULL, '{}', 'empty');
INSERT INTO app.event VALUES ('cash', 3);

--
-- Labels at any place
--
SELECT ddl AS first FROM models WHERE step = 1 \gset
SELECT * FROM step(2, replace(replace(:'first', $$('cash', 'bond', 'o''ther')$$, $$('a', 'b', 'cash', 'c', 'd', 'bond', 'o''ther', 'y', 'z\')$$), 'nothing AS ENUM ()', $$nothing AS ENUM ('x', 'y')$$));
SELECT enum_range(NULL::app.kind), enum_range(NULL::app.nothing);
-- back, nobody has the new labels
SELECT undo(2);

--
-- A label that is used at once cannot be added in place
--
SELECT * FROM step(3, replace(replace(replace(:'first', $$('cash', 'bond', 'o''ther')$$, $$('cash', 'bond', 'o''ther', 'share')$$), $$DEFAULT 'bond'$$, $$DEFAULT 'share'$$), 'nothing AS ENUM ()', $$nothing AS ENUM ('x')$$));
INSERT INTO app.asset VALUES (3, DEFAULT, '{share}');

--
-- One is removed, the others change places
--
DELETE FROM app.asset WHERE id = 3;
SELECT * FROM step(4, replace(:'first', $$('cash', 'bond', 'o''ther')$$, $$('o''ther', 'cash', 'bond', 'new')$$));
SELECT * FROM app.asset ORDER BY kind, id;
SELECT * FROM app.event;
SELECT * FROM app.bond;

--
-- Rows with a label that goes are in the way
--
SELECT migrate_set_model(replace(replace(:'first', $$'bond', 'o''ther')$$, $$'bond')$$), $$'o''ther')$$, $$'bond')$$));
SELECT migrate_revision('not with these rows', autogenerate => true, rev_id => 'no');
SELECT migrate_upgrade();
SELECT migrate_delete('no');

--
-- What was an enum becomes a domain of the same name, and the other way round
--
SELECT * FROM step(5, $model$
CREATE SCHEMA app;
CREATE DOMAIN app.kind AS text CHECK (VALUE IN ('cash', 'bond', 'o''ther'));
CREATE TYPE app.safe_kind AS ENUM ('cash', 'o''ther');
CREATE TABLE app.asset (
	id int PRIMARY KEY,
	kind app.kind NOT NULL DEFAULT 'bond',
	kinds app.kind[] DEFAULT '{cash,bond}',
	safe app.safe_kind
);
$model$);
SELECT * FROM app.asset ORDER BY id;

----------------------------------------------------------------------
-- Domains
----------------------------------------------------------------------

SELECT * FROM step(6, $model$
CREATE FUNCTION even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT $1 % 2 = 0$$;
CREATE SEQUENCE numbers;
CREATE DOMAIN number AS int DEFAULT nextval('numbers') CONSTRAINT positive CHECK (VALUE > 0);
COMMENT ON DOMAIN number IS 'a number';
COMMENT ON CONSTRAINT positive ON DOMAIN number IS 'more than zero';
CREATE DOMAIN small_number AS number CHECK (even(VALUE));
CREATE DOMAIN word AS text COLLATE "C";
CREATE TYPE pair AS (a number, b word);
CREATE TABLE t (id int, n number, s small_number, ns number[], p pair, v word DEFAULT 'x');
CREATE INDEX t_v ON t (v);
CREATE TABLE alone (n word);
CREATE DOMAIN loose AS int;
ALTER DOMAIN loose ADD CONSTRAINT less CHECK (VALUE < 10) NOT VALID;
CREATE TABLE loose_t (l loose);
$model$);
INSERT INTO t VALUES (1, DEFAULT, 2, '{3,4}', '(5,five)', 'abc');
INSERT INTO loose_t VALUES (7);

-- in place
SELECT * FROM step(7, $model$
CREATE FUNCTION even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT $1 % 2 = 0$$;
CREATE DOMAIN number AS int DEFAULT 1;
COMMENT ON DOMAIN number IS 'any number';
CREATE DOMAIN small_number AS number DEFAULT 2 CHECK (even(VALUE)) CONSTRAINT tiny CHECK (VALUE < 100);
CREATE DOMAIN word AS text COLLATE "C";
CREATE TYPE pair AS (a number, b word);
CREATE TABLE t (id int, n number, s small_number, ns number[], p pair, v word DEFAULT 'x');
CREATE INDEX t_v ON t (v);
CREATE TABLE alone (n word);
CREATE DOMAIN loose AS int CONSTRAINT less CHECK (VALUE < 10);
CREATE TABLE loose_t (l loose);
$model$);
SELECT undo(7);

-- inside of arrays and rows the server does not look for values
SELECT * FROM step(8, $model$
CREATE FUNCTION even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT $1 % 2 = 0$$;
CREATE DOMAIN number AS int CONSTRAINT big CHECK (VALUE < 1000);
CREATE DOMAIN small_number AS number CHECK (even(VALUE));
CREATE DOMAIN word AS varchar(10);
CREATE TYPE pair AS (a number, b word);
CREATE TABLE t (id int, n number, s small_number, ns number[], p pair, v word DEFAULT 'x');
CREATE INDEX t_v ON t (v);
CREATE TABLE alone (n word);
CREATE DOMAIN loose AS int;
ALTER DOMAIN loose ADD CONSTRAINT less CHECK (VALUE < 10) NOT VALID;
CREATE TABLE loose_t (l loose);
$model$);
SELECT * FROM t;

-- NOT NULL is written differently from release to release
SELECT count(*) > 0 FROM step(9, $model$
CREATE FUNCTION even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT $1 % 2 = 0$$;
CREATE DOMAIN number AS int NOT NULL DEFAULT 1 CONSTRAINT big CHECK (VALUE < 1000);
CREATE DOMAIN small_number AS number NOT NULL CHECK (even(VALUE));
CREATE DOMAIN word AS varchar(10) NOT NULL;
CREATE TYPE pair AS (a number, b word);
CREATE TABLE t (id int, n number, s small_number, ns number[], p pair, v word DEFAULT 'x');
CREATE INDEX t_v ON t (v);
CREATE TABLE alone (n word);
$model$);
SELECT * FROM t;
INSERT INTO t VALUES (2, NULL);
INSERT INTO t VALUES (2, 3, 4, '{5,NULL}');
INSERT INTO t VALUES (2, 3, NULL);

----------------------------------------------------------------------
-- Composite types
----------------------------------------------------------------------

SELECT * FROM step(10, $model$
CREATE TYPE point3 AS (x int, y int, note text COLLATE "C");
COMMENT ON TYPE point3 IS 'a point';
COMMENT ON COLUMN point3.y IS 'up';
CREATE TYPE stroke AS (start point3, points point3[], label text);
CREATE TYPE free AS (a int, b int);
CREATE DOMAIN origin AS point3;
CREATE TABLE drawing (id int PRIMARY KEY, at point3 DEFAULT '(1,2,)', stroke stroke, lines stroke[], o origin);
CREATE INDEX drawing_x ON drawing (((at).x));
CREATE VIEW xs AS SELECT id, (at).x, (stroke).start.y FROM drawing;
CREATE VIEW frees AS SELECT ROW(1, 2)::free AS f;
CREATE FUNCTION a_of(free) RETURNS int LANGUAGE sql AS $$SELECT ($1).a$$;
$model$);
INSERT INTO drawing VALUES (1, '(3,4,n)', '("(5,6,)","{""(7,8,)"",""(,,)""}",l)', '{"(\"(9,,)\",,)",NULL}', '(1,1,o)'), (2, NULL, NULL, '{}', NULL), (3, '(,,)', NULL, NULL, NULL);

-- added at the end, and dropped: in place
SELECT * FROM step(11, $model$
CREATE TYPE point3 AS (x int, note text COLLATE "C", z int, w int);
CREATE TYPE stroke AS (start point3, points point3[], label text);
CREATE TYPE free AS (a int, b bigint);
CREATE DOMAIN origin AS point3;
CREATE TABLE drawing (id int PRIMARY KEY, at point3 DEFAULT '(1,,2,)', stroke stroke, lines stroke[], o origin);
CREATE INDEX drawing_x ON drawing (((at).x));
CREATE VIEW xs AS SELECT id, (at).x, (stroke).start.note FROM drawing;
CREATE VIEW frees AS SELECT ROW(1, 2)::free AS f;
CREATE FUNCTION a_of(free) RETURNS int LANGUAGE sql AS $$SELECT ($1).a$$;
$model$);
SELECT undo(11);
SELECT id, at, stroke, lines, o, at IS NOT DISTINCT FROM NULL AS none FROM drawing ORDER BY id;

-- another type, another place: the rows move
SELECT * FROM step(12, $model$
CREATE TYPE point3 AS (z int, x text, note text COLLATE "C", w bigint);
COMMENT ON COLUMN point3.z IS 'deep';
CREATE TYPE stroke AS (start point3, points point3[], label text);
CREATE TYPE free AS (b int, a int);
CREATE DOMAIN origin AS point3;
CREATE TABLE drawing (id int PRIMARY KEY, at point3 DEFAULT '(1,,2,)', stroke stroke, lines stroke[], o origin);
CREATE INDEX drawing_x ON drawing (((at).x));
CREATE VIEW xs AS SELECT id, (at).x, (stroke).start.note FROM drawing;
CREATE VIEW frees AS SELECT ROW(1, 2)::free AS f;
CREATE FUNCTION a_of(free) RETURNS int LANGUAGE sql AS $$SELECT ($1).a$$;
$model$);
SELECT id, at, stroke, lines, o, at IS NOT DISTINCT FROM NULL AS none FROM drawing ORDER BY id;

-- tables of a type follow it
SELECT * FROM step(13, $model$
CREATE TYPE address AS (street text, zip int);
CREATE TABLE person OF address (PRIMARY KEY (zip));
$model$);
INSERT INTO person VALUES ('s', 1);
SELECT * FROM step(14, $model$
CREATE TYPE address AS (street text, zip bigint, town text);
CREATE TABLE person OF address (PRIMARY KEY (zip));
$model$);
SELECT * FROM person;

----------------------------------------------------------------------
-- Ranges
----------------------------------------------------------------------

SELECT * FROM step(15, $model$
CREATE TYPE span AS RANGE (subtype = float8, multirange_type_name = spans);
CREATE TYPE steps;
CREATE FUNCTION steps_canonical(steps) RETURNS steps LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE steps AS RANGE (subtype = int, canonical = steps_canonical);
CREATE TYPE words AS RANGE (subtype = text, collation = "C", subtype_opclass = text_pattern_ops);
CREATE DOMAIN bounded AS span CHECK (NOT upper_inf(VALUE));
CREATE TABLE r (s span, ss span[], m spans, b bounded, st steps, EXCLUDE USING gist (s WITH &&));
CREATE VIEW made AS SELECT span(1, 2) AS s, spans(span(1, 2)) AS m;
$model$);
INSERT INTO r VALUES ('[1,2]', '{"[3,4]"}', '{[5,6]}', '[7,8]', '[1,3]');
SELECT * FROM step(16, $model$
CREATE FUNCTION span_diff(numeric, numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$SELECT ($1 - $2)::float8$$;
CREATE TYPE span AS RANGE (subtype = numeric, subtype_diff = span_diff);
CREATE TYPE steps;
CREATE FUNCTION steps_canonical(steps) RETURNS steps LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE steps AS RANGE (subtype = int, canonical = steps_canonical, subtype_diff = int4range_subdiff);
CREATE TYPE words AS RANGE (subtype = text);
CREATE DOMAIN bounded AS span CHECK (NOT upper_inf(VALUE));
CREATE TABLE r (s span, ss span[], m span_multirange, b bounded, st steps, EXCLUDE USING gist (s WITH &&));
CREATE VIEW made AS SELECT span(1, 2) AS s, span_multirange(span(1, 2)) AS m;
$model$);
SELECT * FROM r, made;

----------------------------------------------------------------------
-- Base types, casts, conversions, collations
----------------------------------------------------------------------

SELECT * FROM step(17, $model$
CREATE TYPE announced;
CREATE TYPE only_announced;
CREATE FUNCTION announced_in(cstring) RETURNS announced LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION announced_out(announced) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE whole;
CREATE FUNCTION whole_in(cstring) RETURNS whole LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION whole_out(whole) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE FUNCTION whole_send(whole) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'int4send';
CREATE TYPE whole (INPUT = whole_in, OUTPUT = whole_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, DEFAULT = '42', CATEGORY = 'N', DELIMITER = ';');
CREATE DOMAIN whole_domain AS whole;
CREATE FUNCTION whole_int(whole) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4abs';
CREATE CAST (whole AS int) WITH FUNCTION whole_int(whole);
CREATE CAST (int AS whole) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS date) WITH INOUT;
COMMENT ON CAST (whole AS int) IS 'as a number';
CREATE COLLATION plain (PROVIDER = libc, LOCALE = 'C');
COMMENT ON COLLATION plain IS 'plain';
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TABLE w (a whole, b text COLLATE plain PRIMARY KEY, c text[] COLLATE plain);
CREATE VIEW sorted AS SELECT b FROM w ORDER BY b COLLATE plain;
$model$);
SELECT undo(17);
INSERT INTO w VALUES ('7', 'x', '{y}');
SELECT * FROM step(18, $model$
CREATE TYPE announced;
CREATE FUNCTION announced_in(cstring) RETURNS announced LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION announced_out(announced) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE announced (INPUT = announced_in, OUTPUT = announced_out, LIKE = int4);
CREATE TYPE whole;
CREATE FUNCTION whole_in(cstring) RETURNS whole LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION whole_out(whole) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE FUNCTION whole_send(whole) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'int4send';
CREATE TYPE whole (INPUT = whole_in, OUTPUT = whole_out, SEND = whole_send, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, DEFAULT = '42', CATEGORY = 'N', DELIMITER = ';');
CREATE DOMAIN whole_domain AS whole;
CREATE FUNCTION whole_int(whole) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4abs';
CREATE CAST (whole AS int) WITH FUNCTION whole_int(whole) AS IMPLICIT;
CREATE CAST (whole AS bigint) WITH INOUT;
COMMENT ON CAST (whole AS int) IS 'as a number';
CREATE COLLATION plain (PROVIDER = libc, LOCALE = 'POSIX');
COMMENT ON COLLATION plain IS 'plain';
CREATE DEFAULT CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TABLE w (a whole, b text COLLATE plain PRIMARY KEY, c text[] COLLATE plain);
CREATE VIEW sorted AS SELECT b FROM w ORDER BY b COLLATE plain;
$model$);
-- what cannot be changed in place
SELECT * FROM step(19, $model$
CREATE TYPE whole;
CREATE FUNCTION whole_in(cstring) RETURNS whole LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION whole_out(whole) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE whole (INPUT = whole_in, OUTPUT = whole_out, LIKE = int4, PREFERRED = true);
CREATE DOMAIN whole_domain AS whole;
CREATE TABLE w (a whole, b text PRIMARY KEY, c text[]);
$model$);
SELECT * FROM w;

----------------------------------------------------------------------
-- Schemas: nothing is left of the old one but the rows
----------------------------------------------------------------------

SELECT * FROM step(20, $model$
CREATE SCHEMA "Old one";
CREATE TYPE "Old one".e AS ENUM ('x', 'y');
CREATE DOMAIN "Old one".d AS "Old one".e[];
CREATE TYPE "Old one".c AS (e "Old one".e, d "Old one".d);
CREATE TABLE moving (c "Old one".c, e "Old one".e DEFAULT 'x', d "Old one".d);
COMMENT ON SCHEMA public IS 'mine';
$model$);
INSERT INTO moving VALUES ('(x,"{x,y}")', 'y', '{y}');
SELECT * FROM step(21, $model$
CREATE SCHEMA new;
CREATE TYPE new.e AS ENUM ('x', 'y');
CREATE DOMAIN new.d AS new.e[];
CREATE TYPE new.c AS (e new.e, d new.d);
CREATE TABLE moving (c new.c, e new.e DEFAULT 'x', d new.d);
$model$);
SELECT * FROM moving;

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
SELECT (back(no)).* FROM generate_series(20, 17, -1) no;
SELECT * FROM w;
SELECT (back(no)).* FROM generate_series(16, 15, -1) no;
SELECT * FROM r, made;
SELECT (back(no)).* FROM generate_series(14, 13, -1) no;
SELECT * FROM person;
SELECT (back(no)).* FROM generate_series(12, 10, -1) no;
SELECT id, at, stroke, lines, o, at IS NOT DISTINCT FROM NULL AS none FROM drawing ORDER BY id;
SELECT (back(no)).* FROM generate_series(9, 6, -1) no;
SELECT * FROM t;
SELECT (back(no)).* FROM generate_series(5, 5, -1) no;
SELECT * FROM app.asset ORDER BY id;
SELECT (back(no)).* FROM generate_series(4, 0, -1) no;

\c :home
DROP DATABASE :testdb;
