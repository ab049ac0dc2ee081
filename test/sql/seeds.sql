-- Reference data as a part of the model: what is declared, what autogenerate
-- makes of it in both directions, and what is refused.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE FUNCTION generated(rev text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT '-- up' UNION ALL SELECT upgrade FROM migrate_show(rev)
	UNION ALL SELECT '-- down' UNION ALL SELECT downgrade FROM migrate_show(rev) $$;

CREATE SCHEMA shop;
ALTER DATABASE :DBNAME SET pgmigrate.schemas = 'shop';
SET pgmigrate.schemas = 'shop';
SELECT migrate_set_model($$
	CREATE SCHEMA shop;
	CREATE TYPE shop.mood AS ENUM ('sad', 'ok');
	CREATE TABLE shop.kind (
		id int PRIMARY KEY,
		name varchar(20) NOT NULL DEFAULT 'none',
		parent int REFERENCES shop.kind,
		mood shop.mood,
		rate numeric(6, 2),
		doc json,
		added timestamptz NOT NULL DEFAULT '2026-01-01 00:00+00'
	);
	CREATE TABLE shop.asset (
		kind int REFERENCES shop.kind, code text, ok boolean, tags text[], PRIMARY KEY (kind, code));
$$);
-- in whatever order they are declared: the tables come with the revision
SELECT migrate_set_seed('shop.asset', '[
	{"kind": 1, "code": "a", "ok": true, "tags": ["x", "y z"]},
	{"kind": 2, "code": "it''s \\ b", "ok": null}]');
SELECT migrate_set_seed('shop.kind', '[
	{"id": 1, "name": "one", "mood": "ok", "rate": 1.5, "doc": {"a": [1, 2]}},
	{"id": 2, "name": "two", "mood": null, "rate": "2", "doc": null},
	{"id": 3, "parent": 2}]', mode => 'upsert');
SELECT relation, key, mode, set_by, jsonb_array_length(rows) FROM migrate_seed ORDER BY 1;
SELECT kind, identity, change, hazard FROM migrate_diff() WHERE kind = 'rows';
SELECT migrate_revision('Shop', autogenerate => true, rev_id => 'm1');
SELECT generated('m1');
SELECT step, revision FROM migrate_upgrade();
SELECT * FROM shop.kind ORDER BY id;
SELECT * FROM shop.asset ORDER BY kind;
-- equal is what the types say, not the text
SELECT count(*) FROM migrate_diff();
SELECT test, ok FROM migrate_check() WHERE test = 'matches model';
SELECT migrate_revision('Nothing', autogenerate => true);
SELECT migrate_set_seed('shop.kind', '[
	{"id": "1", "name": "one", "mood": "ok", "rate": 1.500, "added": "2026-01-01T01:00:00+01:00"},
	{"id": 2.0, "name": "two", "rate": 2.0}]');
SELECT kind, identity, change FROM migrate_diff();
SELECT migrate_set_seed('shop.kind', '[
	{"id": "1", "name": "one", "mood": "ok", "rate": 1.500, "added": "2026-01-01T01:00:00+01:00"},
	{"id": 2, "name": "two", "rate": 2.0}]');
SELECT count(*) FROM migrate_diff();
-- the order of keys in a json that has no equality is another text
SELECT migrate_set_seed('shop.kind', '[{"id": 1, "doc": {"a": [1, 2]}}]');
SELECT count(*) FROM migrate_diff();

-- rows and columns change together; what was there comes back
SELECT migrate_set_model($$
	CREATE SCHEMA shop;
	CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
	CREATE TABLE shop.kind (
		id int PRIMARY KEY,
		name varchar(20) NOT NULL DEFAULT 'none',
		parent int REFERENCES shop.kind,
		mood shop.mood,
		rate numeric(6, 2),
		doc json,
		added timestamptz NOT NULL DEFAULT '2026-01-01 00:00+00',
		sign text
	);
	CREATE TABLE shop.asset (
		kind int REFERENCES shop.kind, code text, ok boolean, tags text[], PRIMARY KEY (kind, code));
$$);
INSERT INTO shop.kind VALUES (7, 'by hand', 1, 'sad', -7.25, '{"b":1}', '2026-07-07 07:07:07+00'), (8, 'also', 7, NULL, 'NaN', NULL, '2026-08-08 00:00+00');
UPDATE shop.kind SET name = 'changed', rate = 9 WHERE id = 1;
SELECT migrate_set_seed('shop.kind', '[
	{"id": 1, "name": "one", "sign": "I"},
	{"id": 2, "name": "zwei", "sign": "II", "mood": "ok"},
	{"id": 4, "name": "four", "sign": "IV", "mood": "ok", "rate": -4},
	{"id": 5, "name": "five", "sign": "V", "mood": null, "rate": 5}]', mode => 'exact');
SELECT migrate_set_seed('shop.asset', '[{"kind": 4, "code": "d"}, {"kind": 1, "code": "a", "ok": false}]', mode => 'exact');
SELECT change, hazard FROM migrate_diff() WHERE kind = 'rows';
SELECT test, detail FROM migrate_check(strict => false) WHERE NOT ok;
SELECT migrate_revision('More', autogenerate => true, rev_id => 'm2');
SELECT generated('m2');
CREATE TABLE before AS SELECT k::text AS r FROM shop.kind k UNION ALL SELECT a::text FROM shop.asset a;
SELECT step, revision FROM migrate_upgrade();
SELECT id, name, mood, rate, sign FROM shop.kind ORDER BY id;
SELECT * FROM shop.asset ORDER BY kind;
SELECT count(*) FROM migrate_diff();
SELECT step, revision FROM migrate_downgrade(-1);
SELECT count(*), count(b.r), count(n.r) FROM before b FULL JOIN
	(SELECT k::text AS r FROM shop.kind k UNION ALL SELECT a::text FROM shop.asset a) n ON n.r = b.r;
SELECT step, revision FROM migrate_upgrade();
SELECT count(*) FROM migrate_diff();

-- insert-only leaves alone what is there
UPDATE shop.kind SET name = 'mine' WHERE id = 1;
SELECT migrate_set_seed('shop.kind', '[{"id": 1, "name": "one"}, {"id": 6, "name": "six"}]', mode => 'insert-only');
SELECT migrate_revision('Six', autogenerate => true, rev_id => 'm3');
SELECT generated('m3');
SELECT step, revision FROM migrate_upgrade();

-- another key; a type that changes; a table that is renamed
SELECT migrate_set_model($$
	CREATE SCHEMA shop;
	CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
	CREATE TABLE shop.sort (
		id bigint PRIMARY KEY,
		name varchar(20) NOT NULL DEFAULT 'none' UNIQUE,
		parent int,
		mood shop.mood,
		rate numeric(6, 2),
		doc json,
		added timestamptz NOT NULL DEFAULT '2026-01-01 00:00+00',
		sign text
	);
	-- pgmigrate: rename shop.kind to shop.sort
	CREATE TABLE shop.asset (
		kind int REFERENCES shop.kind, code text, ok boolean, tags text[], PRIMARY KEY (kind, code));
	CREATE TABLE shop.counted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED);
	CREATE TABLE shop.tally (id smallserial PRIMARY KEY, down int GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY -1), n int);
$$);
SELECT migrate_set_seed('shop.kind', NULL);
SELECT migrate_set_model(replace(ddl, 'REFERENCES shop.kind', '')) FROM migrate_model;
SELECT migrate_set_seed('shop.sort', '[{"id": 2, "name": "zwei", "sign": "2"}, {"id": 77, "name": "new", "sign": "77"}]', key => '{name}');
SELECT migrate_set_seed('shop.counted', '[{"id": 10, "n": 1}]', mode => 'exact');
SELECT migrate_set_seed('shop.tally', '[{"id": 7, "down": -5}, {"id": 3, "down": -2}]');
SELECT change, statement FROM migrate_diff() WHERE kind = 'rows';
SELECT migrate_revision('Rename', autogenerate => true, rev_id => 'm4');
SELECT step, revision FROM migrate_upgrade();
SELECT id, name, sign FROM shop.sort ORDER BY id;
SELECT * FROM shop.counted;
SELECT step, revision FROM migrate_downgrade(-1);
SELECT id, name, sign FROM shop.kind ORDER BY id;
SELECT step, revision FROM migrate_upgrade();
-- the numbers go on after those that were given
INSERT INTO shop.counted (n) VALUES (3) RETURNING id;
INSERT INTO shop.tally (n) VALUES (1) RETURNING id, down;
SELECT migrate_revision('Gone', autogenerate => true, rev_id => 'm5');
SELECT generated('m5');
SELECT step, revision FROM migrate_upgrade();

-- what is refused
SELECT migrate_set_seed('shop.sort', '{"id": 1}');
SELECT migrate_set_seed('shop.sort', '[1]');
SELECT migrate_set_seed('shop.sort', '7');
SELECT migrate_set_seed('shop.sort', '[{"id": 1}]', mode => 'sometimes');
SELECT migrate_set_seed('shop.sort', '[{"id": 1}]', mode => NULL);
SELECT migrate_set_seed('shop.sort', '[{"id": 1}, {"id": null, "name": "x"}]', key => '{id}');
SELECT migrate_set_seed('shop.sort', '[{"id": 1}]', key => '{id,name}');
SELECT migrate_set_seed('a.b.c', '[]');
SELECT migrate_set_seed('shop..x', '[]');
SELECT migrate_set_seed('', '[]');
SELECT migrate_set_seed(NULL, '[]');
SELECT migrate_set_seed('shop.nothing', NULL);
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}, {"id": 2, "name": "y", "colour": 1}]');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}, {"id": 2, "mood": "angry"}]');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}, {"name": "y"}]');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}, {"id": "1", "name": "y"}]');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.sort', '[{"added": "2026-01-01 00:00+00", "name": "x"}]', key => '{added}');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}]', key => '{no}');
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}]');
SELECT migrate_set_seed('shop.counted', '[{"id": 1, "twice": 2}]');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.counted', NULL);
SELECT migrate_set_seed('shop.missing', '[{"id": 1}]');
SELECT * FROM migrate_diff();
SELECT migrate_set_seed('shop.missing', NULL);
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "x"}, {"id": null, "name": "y"}]');
SELECT * FROM migrate_diff();
BEGIN READ ONLY;
SELECT migrate_set_seed('shop.sort', '[]');
ROLLBACK;

-- only whose rows the caller would vouch for
CREATE ROLE regress_seed_dev;
SELECT migrate_grant('write', 'regress_seed_dev');
SET ROLE regress_seed_dev;
SELECT migrate_set_seed('shop.sort', '[{"id": 1, "name": "root"}]');
RESET ROLE;
SELECT * FROM migrate_diff();
SELECT test, ok, detail FROM migrate_check(strict => false) WHERE test = 'matches model';
SELECT migrate_set_seed(relation, rows, key, mode) FROM migrate_seed WHERE relation = 'shop.sort';
SELECT change, statement FROM migrate_diff();

-- without a model, rows are all that is compared
SELECT migrate_set_model(NULL);
SELECT change, statement FROM migrate_diff();
SELECT migrate_revision('Rows', autogenerate => true, rev_id => 'm6');
SELECT step, revision FROM migrate_upgrade();
SELECT count(*) FROM migrate_diff();
SELECT test, ok FROM migrate_check() WHERE test = 'matches model';

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP TABLE before;
DROP FUNCTION generated;
DROP EXTENSION pgmigrate;
DROP OWNED BY regress_seed_dev;
DROP ROLE regress_seed_dev;
ALTER DATABASE :DBNAME RESET pgmigrate.schemas;
CREATE EXTENSION pgmigrate;
