--
-- Autogenerate: functions, procedures, aggregates, operators with their
-- families and classes, languages, transforms, access methods, and text
-- search objects.  Each step sets a model, shows what is written, runs it, and
-- finds nothing more to do; at the end all steps are undone.
--
\set home :DBNAME
\set testdb regression_pgmigrate_auto_routine
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
-- from the model so far to this one; "left" is what there is still to do
CREATE FUNCTION step(no int, model text, OUT change text, OUT statement text)
RETURNS SETOF record LANGUAGE plpgsql AS
$$
DECLARE
	rest bigint;
BEGIN
	INSERT INTO models VALUES (no, model);
	PERFORM migrate_set_model(model);
	RETURN QUERY SELECT d.change, d.statement FROM migrate_diff() d;
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
-- Routines of many sorts
--
SELECT * FROM step(1, $model$
CREATE TABLE asset (id int, kind text, price numeric);
CREATE FUNCTION plain(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE FUNCTION unnamed(int, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION defaults(a int, b text DEFAULT 'x') RETURNS text LANGUAGE sql AS 'SELECT b';
CREATE FUNCTION record_of(a int, OUT x int, OUT y text) LANGUAGE sql AS $$SELECT a, 'y'::text$$;
CREATE FUNCTION table_of() RETURNS TABLE (x int, y text) LANGUAGE plpgsql AS $$BEGIN RETURN NEXT; END$$;
CREATE FUNCTION assets() RETURNS SETOF asset ROWS 10 LANGUAGE sql STABLE AS 'SELECT * FROM asset';
CREATE FUNCTION label(a asset) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT a.kind || '!'$$;
CREATE FUNCTION total() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(price) FROM asset; END;
CREATE FUNCTION everything(VARIADIC v int[]) RETURNS int LANGUAGE sql STRICT PARALLEL SAFE COST 7
	SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '7MB' AS 'SELECT v[1]';
CREATE FUNCTION numbered(int) RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION "Odd ""name" ("A b" int) RETURNS text LANGUAGE plpgsql AS
$f$
BEGIN
	-- $function$ 100%; 'it''s'
	RETURN $$;$$;
END
$f$;
CREATE PROCEDURE act(a int, OUT b int) LANGUAGE plpgsql AS $$BEGIN b := a; END$$;
CREATE PROCEDURE act(a int, b int) LANGUAGE sql BEGIN ATOMIC DELETE FROM asset WHERE id = a; END;
COMMENT ON FUNCTION plain(int) IS 'is used by many';
COMMENT ON PROCEDURE act(IN int, IN int) IS 'the other act';
ALTER PROCEDURE act(IN int, IN int) DEPENDS ON EXTENSION plpgsql;
CREATE FUNCTION any_of(a anyelement DEFAULT 1) RETURNS anyelement LANGUAGE sql AS 'SELECT a';
CREATE VIEW labels AS SELECT a.label, plain(b.id) AS id FROM asset a JOIN asset b ON a.id = b.id;
$model$);

INSERT INTO asset VALUES (1, 'chair', 10), (2, 'table', 90);

--
-- What CREATE OR REPLACE can do is done in place, and what uses the function
-- stays
--
SELECT * FROM step(2, $model$
CREATE FUNCTION plain(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN a; END';
CREATE TABLE asset (id int, kind text, price numeric,
	CONSTRAINT plain_id CHECK (plain(id) > 0),
	twice int GENERATED ALWAYS AS (plain(id) * 2) STORED);
CREATE FUNCTION unnamed(a int, b text) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION defaults(a int DEFAULT 4, b text DEFAULT 'y') RETURNS text LANGUAGE sql AS 'SELECT b';
CREATE FUNCTION record_of(a int, INOUT x int DEFAULT 1) LANGUAGE sql AS $$SELECT a$$;
CREATE FUNCTION record_of(a int, OUT x int, OUT y text) LANGUAGE sql STABLE AS $$SELECT a, 'z'::text$$;
CREATE FUNCTION table_of(OUT x int, OUT y text) RETURNS SETOF record LANGUAGE plpgsql AS $$BEGIN RETURN NEXT; END$$;
CREATE FUNCTION assets() RETURNS SETOF asset ROWS 20 LANGUAGE sql STABLE AS 'SELECT * FROM asset';
CREATE FUNCTION label(a asset) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT a.kind || '?'$$;
CREATE FUNCTION total() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(price + twice) FROM asset; END;
CREATE FUNCTION everything(VARIADIC v int[]) RETURNS int LANGUAGE sql AS 'SELECT v[1]';
CREATE FUNCTION numbered(int) RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE AS 'window_rank';
CREATE FUNCTION "Odd ""name" ("A b" int) RETURNS text LANGUAGE sql AS $$SELECT ';'::text$$;
CREATE PROCEDURE act(a int, OUT b int) LANGUAGE plpgsql AS $$BEGIN b := 1; END$$;
CREATE PROCEDURE act(a int, b int) LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC DELETE FROM asset WHERE id = b; END;
ALTER PROCEDURE act(IN int, IN int) DEPENDS ON EXTENSION plpgsql;
ALTER FUNCTION assets() DEPENDS ON EXTENSION plpgsql;
CREATE FUNCTION any_of(a anyelement DEFAULT 1) RETURNS anyelement LANGUAGE sql AS 'SELECT a';
COMMENT ON FUNCTION plain(int) IS 'is used by more';
COMMENT ON PROCEDURE act(IN int, OUT int) IS 'this act';
CREATE VIEW labels AS SELECT a.label, plain(b.id) AS id FROM asset a JOIN asset b ON a.id = b.id;
CREATE INDEX ON asset (plain(id));
$model$);
SELECT id, twice FROM asset ORDER BY id;

--
-- What it cannot is dropped and made again, with what uses it
--
SELECT * FROM step(3, $model$
CREATE FUNCTION plain(number int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN number; END';
CREATE TABLE asset (id int, kind text, price numeric,
	CONSTRAINT plain_id CHECK (plain(id) > 0));
CREATE FUNCTION unnamed(int, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION defaults(a int, b text) RETURNS text LANGUAGE sql AS 'SELECT b';
CREATE FUNCTION record_of(a int, OUT x int, OUT z text) LANGUAGE sql STABLE AS $$SELECT a, 'z'::text$$;
CREATE FUNCTION table_of() RETURNS TABLE (x int, y text, z date) LANGUAGE plpgsql AS $$BEGIN RETURN NEXT; END$$;
CREATE FUNCTION label(a asset) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$SELECT a.kind || '?'$$;
CREATE FUNCTION total() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(price) FROM asset; END;
CREATE FUNCTION everything(v int[]) RETURNS int LANGUAGE sql AS 'SELECT v[1]';
CREATE FUNCTION numbered(int) RETURNS bigint LANGUAGE internal IMMUTABLE AS 'int48';
CREATE PROCEDURE "Odd ""name" ("A b" int) LANGUAGE sql AS $$SELECT ';'::text$$;
CREATE FUNCTION any_of(a anyelement DEFAULT 'x'::text) RETURNS anyelement LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE act(a int, INOUT b int) LANGUAGE plpgsql AS $$BEGIN b := 1; END$$;
COMMENT ON FUNCTION plain(int) IS 'is used by more';
CREATE VIEW labels AS SELECT a.label, plain(b.id) AS id FROM asset a JOIN asset b ON a.id = b.id;
COMMENT ON VIEW labels IS 'made again';
CREATE INDEX ON asset (plain(id));
$model$);
SELECT * FROM labels ORDER BY id;

--
-- A function whose body is a string comes after what its body names, as far
-- as anything else leaves a choice
--
SELECT * FROM step(4, $model$
SET check_function_bodies = off;
CREATE FUNCTION a_first() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT public.b_second() /* d_last() */';
CREATE FUNCTION b_second() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public."C third"(); END';
CREATE FUNCTION "C third"() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 3';
CREATE FUNCTION d_last() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 4';
CREATE TABLE asset (id int, kind text, price numeric);
CREATE INDEX ON asset (id) WHERE id > a_first();
$model$);

--
-- Aggregates
--
SELECT * FROM step(5, $model$
CREATE FUNCTION add(a bigint, b int, c text) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE AGGREGATE rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE named(n int, t text) (SFUNC = add, STYPE = bigint, SSPACE = 8);
CREATE AGGREGATE mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_avg,
	INITCOND = '{0,0,0}', COMBINEFUNC = float8_combine, PARALLEL = SAFE,
	MSFUNC = float8_accum, MINVFUNC = float8_accum, MSTYPE = float8[], MFINALFUNC = float8_avg,
	MINITCOND = '{0,0,0}', MFINALFUNC_MODIFY = SHAREABLE);
CREATE AGGREGATE average(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, SSPACE = 128,
	FINALFUNC = numeric_avg, COMBINEFUNC = numeric_avg_combine, SERIALFUNC = numeric_avg_serialize,
	DESERIALFUNC = numeric_avg_deserialize, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = RESTRICTED);
CREATE AGGREGATE smallest(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE largest(VARIADIC items anyarray) (SFUNC = array_larger, STYPE = anyarray);
CREATE AGGREGATE share(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
	FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE place(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi,
	STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
COMMENT ON AGGREGATE rows(*) IS 'rows';
COMMENT ON AGGREGATE share(float8 ORDER BY anyelement) IS 'share';
COMMENT ON AGGREGATE place(VARIADIC "any" ORDER BY VARIADIC "any") IS 'place';
CREATE VIEW totals AS SELECT total(x), rows(*) FROM generate_series(1, 3) x, generate_series(1, 1) y;
$model$);
SELECT * FROM totals;

SELECT * FROM step(6, $model$
CREATE FUNCTION add(a bigint, b int, c text) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE AGGREGATE total(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1', PARALLEL = SAFE);
CREATE AGGREGATE rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '10');
CREATE AGGREGATE named(n int, text text) (SFUNC = add, STYPE = bigint, SSPACE = 8);
CREATE AGGREGATE mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_var_pop,
	INITCOND = '{0,0,0}');
CREATE AGGREGATE smallest(int) (SFUNC = int4larger, STYPE = int, SORTOP = >);
CREATE FUNCTION largest(VARIADIC items anyarray) RETURNS anyarray LANGUAGE sql AS 'SELECT items';
CREATE AGGREGATE share(float8, float8) (SFUNC = float8_regr_accum, STYPE = float8[], INITCOND = '{0,0,0,0,0,0}');
COMMENT ON AGGREGATE rows(*) IS 'more rows';
CREATE VIEW totals AS SELECT total(x), rows(*) FROM generate_series(1, 3) x, generate_series(1, 1) y;
$model$);
SELECT * FROM totals;

--
-- Operators, families and classes
--
SELECT * FROM step(7, $model$
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION lt(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a < $2.a';
CREATE FUNCTION eq(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE FUNCTION ne(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a <> $2.a';
CREATE FUNCTION gt(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a > $2.a';
CREATE FUNCTION eq(pair, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2';
CREATE FUNCTION neg(pair) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION cmp(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.a, $2.a)';
CREATE FUNCTION cmp(pair, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.a, $2)';
CREATE OPERATOR <# (FUNCTION = lt, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = >#, RESTRICT = scalarltsel);
CREATE OPERATOR ># (FUNCTION = gt, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = <#);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = =#, NEGATOR = <>#,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR <># (FUNCTION = ne, LEFTARG = pair, RIGHTARG = pair, NEGATOR = =#);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = pair, RIGHTARG = int);
CREATE OPERATOR -# (FUNCTION = neg, RIGHTARG = pair);
COMMENT ON OPERATOR -# (NONE, pair) IS 'prefix';
CREATE OPERATOR CLASS pair_ops FOR TYPE pair USING btree AS
	OPERATOR 1 <#, OPERATOR 3 =#, OPERATOR 5 >#, FUNCTION 1 cmp(pair, pair);
CREATE OPERATOR CLASS our_box_ops FOR TYPE box USING gist AS OPERATOR 3 &&,
	OPERATOR 15 <->(box, point) FOR ORDER BY float_ops,
	FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal),
	FUNCTION 2 gist_box_union(internal, internal),
	FUNCTION 5 gist_box_penalty(internal, internal, internal),
	FUNCTION 6 gist_box_picksplit(internal, internal),
	FUNCTION 7 gist_box_same(box, box, internal);
CREATE TABLE pairs (p pair, b box);
CREATE INDEX pairs_p ON pairs (p pair_ops);
CREATE INDEX pairs_b ON pairs USING gist (b our_box_ops);
CREATE VIEW equal_pairs AS SELECT a.p FROM pairs a JOIN pairs b ON a.p =# b.p;
$model$);

INSERT INTO pairs SELECT ROW(i, 2)::pair FROM generate_series(1, 5) i;

-- estimators, links to new operators and loose members of a family change in
-- place; a class does not, and its index is made again
SELECT * FROM step(8, $model$
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION lt(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a < $2.a';
CREATE FUNCTION eq(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE FUNCTION ne(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a <> $2.a';
CREATE FUNCTION gt(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a > $2.a';
CREATE FUNCTION eq(pair, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2';
CREATE FUNCTION eq(int, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2.a';
CREATE FUNCTION cmp(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.a, $2.a)';
CREATE FUNCTION cmp(pair, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1.a, $2)';
CREATE OPERATOR <# (FUNCTION = lt, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = >#, RESTRICT = scalarltsel,
	JOIN = scalarltjoinsel);
CREATE OPERATOR ># (FUNCTION = gt, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = <#, RESTRICT = scalargtsel);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = =#, NEGATOR = <>#, HASHES, MERGES);
CREATE OPERATOR <># (FUNCTION = ne, LEFTARG = pair, RIGHTARG = pair, NEGATOR = =#);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = pair, RIGHTARG = int, COMMUTATOR = =#);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = int, RIGHTARG = pair, COMMUTATOR = =#);
CREATE OPERATOR FAMILY pair_ops USING btree;
COMMENT ON OPERATOR FAMILY pair_ops USING btree IS 'for pairs';
CREATE OPERATOR CLASS pair_ops DEFAULT FOR TYPE pair USING btree FAMILY pair_ops AS
	OPERATOR 1 <#, OPERATOR 3 =#, OPERATOR 5 >#, FUNCTION 1 cmp(pair, pair);
COMMENT ON OPERATOR CLASS pair_ops USING btree IS 'by a';
ALTER OPERATOR FAMILY pair_ops USING btree ADD OPERATOR 3 =#(pair, int), FUNCTION 1 (pair, int) cmp(pair, int);
CREATE OPERATOR CLASS our_box_ops FOR TYPE box USING gist AS OPERATOR 6 ~=,
	OPERATOR 15 <->(box, point) FOR ORDER BY float_ops,
	FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal),
	FUNCTION 2 gist_box_union(internal, internal),
	FUNCTION 5 gist_box_penalty(internal, internal, internal),
	FUNCTION 6 gist_box_picksplit(internal, internal),
	FUNCTION 7 gist_box_same(box, box, internal),
	FUNCTION 8 (box, box) gist_box_distance(internal, box, smallint, oid, internal);
CREATE OPERATOR CLASS nothing FOR TYPE int USING hash AS STORAGE int;
CREATE TABLE pairs (p pair, b box);
CREATE INDEX pairs_p ON pairs (p);
CREATE INDEX pairs_b ON pairs USING gist (b our_box_ops);
CREATE VIEW equal_pairs AS SELECT a.p FROM pairs a JOIN pairs b ON a.p =# b.p;
$model$);
SELECT count(*) FROM pairs;

--
-- Languages, transforms, access methods
--
SELECT * FROM step(9, $model$
CREATE TRUSTED LANGUAGE ours HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler;
COMMENT ON LANGUAGE ours IS 'like theirs';
CREATE FUNCTION spoken() RETURNS int LANGUAGE ours AS 'BEGIN RETURN 1; END';
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
COMMENT ON TRANSFORM FOR int LANGUAGE sql IS 'no use';
CREATE FUNCTION transformed(int) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE int AS 'SELECT 1';
CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD tree TYPE INDEX HANDLER bthandler;
COMMENT ON ACCESS METHOD pile IS 'another heap';
CREATE TABLE piled (id int) USING pile;
$model$);

INSERT INTO piled VALUES (1);

SELECT * FROM step(10, $model$
CREATE LANGUAGE ours HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
CREATE FUNCTION spoken() RETURNS int LANGUAGE ours AS 'BEGIN RETURN 1; END';
CREATE TRANSFORM FOR int LANGUAGE sql
	(FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE FUNCTION transformed(int) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE int AS 'SELECT 2';
CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD tree TYPE INDEX HANDLER hashhandler;
CREATE TABLE piled (id int) USING pile;
$model$);
SELECT * FROM piled;

--
-- Text search
--
SELECT * FROM step(11, $model$
CREATE TEXT SEARCH PARSER words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
	LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE simply (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY stops (TEMPLATE = simply, StopWords = 'english', Accept = false);
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, Language = 'english');
CREATE TEXT SEARCH CONFIGURATION search (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR asciiword, word WITH stops, stems;
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR email, url, "float" WITH simple;
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR host WITH stems;
COMMENT ON TEXT SEARCH PARSER words IS 'parser';
COMMENT ON TEXT SEARCH TEMPLATE simply IS 'template';
COMMENT ON TEXT SEARCH DICTIONARY stops IS 'dictionary';
COMMENT ON TEXT SEARCH CONFIGURATION search IS 'configuration';
CREATE TABLE document (body text);
CREATE INDEX document_body ON document USING gin (to_tsvector('search', body));
$model$);

SELECT * FROM step(12, $model$
CREATE TEXT SEARCH PARSER words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
	LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE simply (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY stops (TEMPLATE = simply, Accept = false, StopWords = 'english');
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, Language = 'german', StopWords = 'german');
CREATE TEXT SEARCH CONFIGURATION search (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR asciiword WITH stems;
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR word WITH stops, stems;
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR host, url WITH simple;
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR file, "int" WITH stems;
CREATE TEXT SEARCH CONFIGURATION other (PARSER = words);
CREATE TABLE document (body text);
CREATE INDEX document_body ON document USING gin (to_tsvector('search', body));
$model$);

-- a parser takes its configurations along
SELECT * FROM step(13, $model$
CREATE TEXT SEARCH PARSER words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
	LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION search (PARSER = words);
ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR word WITH simple;
CREATE TABLE document (body text);
CREATE INDEX document_body ON document USING gin (to_tsvector('search', body));
$model$);

--
-- Down again, each step to its own model
--
CREATE FUNCTION back(no int, OUT step int, OUT statements bigint, OUT differences bigint) LANGUAGE plpgsql AS
$$
BEGIN
	step := no;
	SELECT count(*) INTO statements FROM regexp_matches((SELECT downgrade FROM migrate_script WHERE revision = 's' || no + 1), ';\s*$', 'gn');
	PERFORM migrate_downgrade(CASE no WHEN 0 THEN 'base' ELSE 's' || no END);
	PERFORM migrate_set_model(coalesce((SELECT ddl FROM models m WHERE m.step = no), ''));
	SELECT count(*) INTO differences FROM migrate_diff();
END
$$;
SELECT (back(no)).* FROM generate_series(12, 0, -1) no;

\c :home
DROP DATABASE :testdb;
