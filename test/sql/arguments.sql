-- What the caller of a run has to say to the scripts: args and tag, read with
-- migrate_arg() and migrate_tag().
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;

-- what a script sees
CREATE TABLE said (n int GENERATED ALWAYS AS IDENTITY, env text, size text, tag text);
CREATE FUNCTION say() RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
	INSERT INTO said (env, size, tag)
		VALUES (migrate_arg('env'), migrate_arg('size', 'small'), migrate_tag());
END
$$;
SELECT migrate_revision('says', rev_id => 'r1', upgrade => $$
	INSERT INTO said (env, size, tag)
		VALUES (migrate_arg('env'), migrate_arg('size', 'small'), migrate_tag())$$,
	downgrade => 'SELECT say()');
SELECT migrate_revision('says again', rev_id => 'r2', upgrade => 'SELECT say()', downgrade => 'SELECT say()');

--
-- With and without
--
SELECT revision FROM migrate_upgrade();
SELECT revision FROM migrate_downgrade('base', args => '{"env": "test", "size": "large"}', tag => 'v1');
SELECT revision FROM migrate_upgrade(1, '{"env": "staging"}', 'v2');
SELECT revision FROM migrate_upgrade(ARRAY['r2'], '{"size": null}', '');
SELECT revision FROM migrate_downgrade(-1, tag => 'v3');
-- what is no string
SELECT revision FROM migrate_upgrade(args => '{"env": {"name": "x", "no": 1}, "size": 12.50}', tag => E'it''s "v\\4"\n');
TABLE said ORDER BY n;
-- nothing is left of it
SELECT migrate_arg('env'), migrate_arg('env', 'fallback'), migrate_tag();
SHOW pgmigrate.args;
SHOW pgmigrate.tag;
-- also after an error
SELECT migrate_edit('r2', downgrade => $$SELECT migrate_arg('env')::int$$, force => true);
\set VERBOSITY terse
SELECT revision FROM migrate_downgrade(-1, args => '{"env": "not a number"}', tag => 'v5');
\set VERBOSITY default
SELECT migrate_arg('env'), migrate_tag();
SELECT revision FROM migrate_downgrade(-1, args => '{"env": 5}');
SELECT migrate_edit('r2', downgrade => 'SELECT say()');

--
-- Settings of the session, which args and tag override
--
TRUNCATE said RESTART IDENTITY;
SET pgmigrate.args = '{"env": "session", "size": "huge"}';
SET pgmigrate.tag = 'session';
SELECT migrate_arg('env'), migrate_arg('size', 'fallback'), migrate_arg('x', 'fallback'), migrate_tag();
SELECT revision FROM migrate_upgrade();
-- all of it: args that are given replace the object as a whole
SELECT revision FROM migrate_downgrade(-1, args => '{"env": "run"}');
SELECT revision FROM migrate_upgrade(tag => 'run');
SELECT revision FROM migrate_downgrade('base', args => '{}', tag => '');
TABLE said ORDER BY n;
SELECT migrate_arg('env'), migrate_tag();
RESET pgmigrate.args;
RESET pgmigrate.tag;
-- a script can change them, for itself
SELECT migrate_edit('r1', upgrade => $$
	SET pgmigrate.args = '{"env": "script"}';
	SET LOCAL pgmigrate.tag = 'script';
	SELECT say();
	SELECT set_config('pgmigrate.args', '', false)$$);
TRUNCATE said RESTART IDENTITY;
SELECT revision FROM migrate_upgrade(args => '{"env": "run"}', tag => 'run');
TABLE said ORDER BY n;
SELECT revision FROM migrate_downgrade('base');

--
-- Outside of a run
--
SELECT migrate_arg('env'), migrate_arg('env', 'fallback'), migrate_arg('env', NULL), migrate_tag();
SELECT migrate_arg(NULL);
SELECT migrate_arg(NULL, 'fallback');
SELECT migrate_arg(''), migrate_arg('', 'fallback');
SET pgmigrate.args = '{"a": "x", "a": "last", "": "empty", "A": "upper", "b": [1, "two"], "c": true, "d": null}';
SELECT migrate_arg('a'), migrate_arg(''), migrate_arg('A'), migrate_arg('b'), migrate_arg('c'),
	migrate_arg('d'), migrate_arg('d', 'fallback');
BEGIN READ ONLY;
SELECT migrate_arg('a'), migrate_tag();
COMMIT;
RESET pgmigrate.args;

--
-- Wrong ones
--
SELECT * FROM migrate_upgrade(args => '[]');
SELECT * FROM migrate_upgrade(args => '["env", "x"]');
SELECT * FROM migrate_upgrade(args => '"env"');
SELECT * FROM migrate_upgrade(args => '1');
SELECT * FROM migrate_upgrade(args => 'null');
SELECT * FROM migrate_upgrade('r1', '[]');
SELECT * FROM migrate_downgrade('base', '[]');
SELECT * FROM migrate_downgrade(-1, '[]');
SELECT * FROM migrate_sql('upgrade', 'head', '[]');
SELECT count(*) FROM migrate_current();
DROP EXTENSION pgmigrate CASCADE;
DROP FUNCTION say;
DROP TABLE said;
