--
-- The attacker, door by door.  Each section says what is tried and what has to
-- happen; the payload is always the same, to become a superuser, so that the
-- last column of "harm" tells whether a door was open.  The rights themselves
-- are in acl.sql; what depends on who logged in is tried with real logins in
-- test/t, because here it is always the same superuser.
--
\set home :DBNAME
\set testdb regression_pgmigrate_security
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS regress_pgm_boss, regress_pgm_boss2, regress_pgm_dev, regress_pgm_dev2, regress_pgm_ops, regress_pgm_nobody, regress_pgm_owner, regress_pgm_gone;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_min_messages = warning;
CREATE ROLE regress_pgm_boss SUPERUSER;		-- runs, and is the victim
CREATE ROLE regress_pgm_boss2 SUPERUSER;
CREATE ROLE regress_pgm_dev;				-- may write scripts
CREATE ROLE regress_pgm_dev2;				-- may write and run
CREATE ROLE regress_pgm_ops;				-- may run
CREATE ROLE regress_pgm_nobody;				-- may nothing
CREATE ROLE regress_pgm_owner;				-- owns the database
SELECT format('ALTER DATABASE %I OWNER TO regress_pgm_owner', current_database()) \gexec
CREATE VIEW harm AS
	SELECT string_agg(rolname, ' ') AS turned_superuser FROM pg_roles
	WHERE rolsuper AND rolname IN ('regress_pgm_dev', 'regress_pgm_dev2', 'regress_pgm_ops', 'regress_pgm_nobody', 'regress_pgm_owner');
GRANT SELECT ON harm TO PUBLIC;
\set payload 'ALTER ROLE regress_pgm_dev SUPERUSER'
-- the name of the one who logged in is not for expected results
CREATE TABLE login AS SELECT session_user AS name;
GRANT SELECT ON login TO PUBLIC;
CREATE FUNCTION attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || replace(SQLERRM, (SELECT format('"%s"', name) FROM public.login), '"(login)"');
END $$;
-- For a role that runs something: inside of a SECURITY DEFINER function its
-- owner is the caller, and not also the superuser who logged in.
CREATE FUNCTION run_as_dev2(command text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	result pg_catalog.text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
END $$;
CREATE FUNCTION run_as_ops(command text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	result pg_catalog.text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
END $$;
CREATE FUNCTION run_as_nobody(command text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	result pg_catalog.text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
END $$;
ALTER FUNCTION run_as_dev2(text) OWNER TO regress_pgm_dev2;
ALTER FUNCTION run_as_ops(text) OWNER TO regress_pgm_ops;
ALTER FUNCTION run_as_nobody(text) OWNER TO regress_pgm_nobody;

SET SESSION AUTHORIZATION regress_pgm_boss;
CREATE EXTENSION pgmigrate;
CREATE SCHEMA dev AUTHORIZATION regress_pgm_dev;

-- Door 1: no rights at all ------------------------------------------------
-- Every function, procedure and table is tried; migrate_arg and migrate_tag are
-- open.
CREATE VIEW doors AS
	SELECT p.proname, p.oid::regprocedure AS function,
		format('%s %s(%s)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, p.oid::regproc,
			(SELECT string_agg(format('NULL::%s', format_type(t, NULL)), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n))) AS call
	FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
		JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'pgmigrate';
GRANT SELECT ON doors TO PUBLIC;
SET SESSION AUTHORIZATION regress_pgm_nobody;
SELECT function, attempt(call) FROM doors WHERE proname NOT IN ('migrate_arg', 'migrate_tag', 'migrate_grant', 'migrate_revoke') ORDER BY function::text COLLATE "C";
SELECT attempt('SELECT migrate_grant(''run'', ''regress_pgm_nobody'')'), attempt('SELECT migrate_revoke(''run'', ''regress_pgm_nobody'')');	-- strict
SELECT migrate_arg('key', 'fallback'), migrate_tag() IS NULL AS no_tag;
SELECT t AS "table", attempt(format(c, t))
	FROM unnest('{migrate_script,migrate_version,migrate_log,migrate_approval,migrate_journal,migrate_model,migrate_progress}'::text[]) t,
		unnest(ARRAY['SELECT FROM %I', 'INSERT INTO %I DEFAULT VALUES', 'UPDATE %I SET revision = revision', 'DELETE FROM %I',
			'TRUNCATE %I', 'LOCK TABLE %I IN ACCESS SHARE MODE', 'DROP TABLE %I', 'ALTER TABLE %I DISABLE TRIGGER ALL',
			'CREATE TRIGGER t AFTER INSERT ON %I FOR EACH STATEMENT EXECUTE FUNCTION suppress_redundant_updates_trigger()',
			'CREATE RULE r AS ON INSERT TO %I DO ALSO SELECT 1', 'CREATE POLICY p ON %I', 'ALTER TABLE %I ENABLE ROW LEVEL SECURITY',
			'CREATE INDEX ON %I (lower(revision))', 'CREATE TEMP TABLE c () INHERITS (%I)', 'CREATE TEMP TABLE c (LIKE %I)',
			'COMMENT ON TABLE %I IS ''x''', 'CREATE STATISTICS s ON revision, ordinal FROM %I']) WITH ORDINALITY c (c, n)
	WHERE t = 'migrate_script' OR n <= 6
	ORDER BY t COLLATE "C", n;
SELECT c AS command, attempt(c) FROM unnest(ARRAY[
	'DROP EXTENSION pgmigrate', 'ALTER EXTENSION pgmigrate SET SCHEMA pg_temp', 'ALTER EXTENSION pgmigrate UPDATE',
	'ALTER EXTENSION pgmigrate DROP FUNCTION migrate_tag()', 'COMMENT ON EXTENSION pgmigrate IS ''x''',
	'DROP FUNCTION migrate_tag()', 'ALTER FUNCTION migrate_tag() SECURITY DEFINER', 'ALTER FUNCTION migrate_tag() RENAME TO t',
	'GRANT EXECUTE ON FUNCTION migrate_upgrade(text, jsonb, text) TO regress_pgm_nobody',
	'ALTER PROCEDURE migrate_upgrade_online(integer, jsonb, text, boolean, text) SECURITY DEFINER',
	'CREATE OR REPLACE VIEW migrate_progress AS SELECT 1 AS pid', 'ALTER VIEW migrate_progress SET (security_invoker = true)',
	'ALTER FUNCTION migrate_ignore_replicated() OWNER TO regress_pgm_nobody',
	'CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE c AS ''$libdir/pgmigrate'', ''pgm_sql_tag''']) c;
-- as an aggregate's or an operator's function, or a trigger's, rights still count
CREATE TEMP TABLE mine (i int);
SELECT c AS command, attempt(c) FROM unnest(ARRAY[
	'CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated()',
	'CREATE AGGREGATE pg_temp.a(*) (SFUNC = migrate_delete, STYPE = text)',
	'CREATE OPERATOR pg_temp.! (RIGHTARG = text, FUNCTION = migrate_delete)',
	'PREPARE p AS SELECT * FROM migrate_upgrade()',
	'CREATE TEMP VIEW v AS SELECT * FROM migrate_history()']) c;
SELECT c AS command, attempt(c) FROM unnest(ARRAY['EXECUTE p', 'SELECT * FROM pg_temp.v']) c;
DEALLOCATE p;
-- a look gives no more than a look, the right to write not that to run, ...
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_grant('look', 'regress_pgm_nobody'), migrate_grant('write', 'regress_pgm_dev'), migrate_grant('run', 'regress_pgm_ops'),
	migrate_grant('write', 'regress_pgm_dev2'), migrate_grant('run', 'regress_pgm_dev2');
SET SESSION AUTHORIZATION regress_pgm_nobody;
SELECT attempt('SELECT migrate_revision(''m'', '''')'), attempt('SELECT migrate_upgrade()'), attempt('DELETE FROM migrate_script'), attempt('SELECT migrate_grant(''run'', ''regress_pgm_nobody'')');
CALL migrate_upgrade_online();
SELECT attempt('DELETE FROM migrate_journal'), attempt('INSERT INTO migrate_journal SELECT * FROM migrate_journal'), attempt('SELECT migrate_ignore_replicated()');
SELECT count(*) FROM migrate_history();
SELECT count(*) FROM migrate_progress;
SET SESSION AUTHORIZATION regress_pgm_dev;
CALL migrate_upgrade_online();
CALL migrate_downgrade_online(-1);
SELECT attempt('SELECT migrate_upgrade()'), attempt('INSERT INTO migrate_version VALUES (''x'', 1)'), attempt('SELECT migrate_history()'), attempt('SELECT migrate_approve(''x'')');
SET SESSION AUTHORIZATION regress_pgm_ops;
SELECT attempt('SELECT migrate_revision(''m'', '''')'), attempt('SELECT migrate_edit(''x'')'), attempt('UPDATE migrate_script SET author = ''regress_pgm_boss'''), attempt('SELECT migrate_grant(''write'', ''regress_pgm_ops'')');

-- Door 2: a writer's script and a powerful caller --------------------------
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_revision('innocent', 'CREATE TABLE innocent (i int)', 'DROP TABLE innocent', rev_id => 'w1');
SELECT migrate_revision('not innocent', :'payload', :'payload', rev_id => 'w2');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('head');
SELECT revision FROM migrate_upgrade('w1');
SELECT revision FROM migrate_upgrade(1);
SELECT revision FROM migrate_upgrade('{w1}'::text[]);
CALL migrate_upgrade_online('head');
CALL migrate_upgrade_online('{w1}'::text[]);
CALL migrate_upgrade_online(1);
SELECT * FROM harm;
SELECT revision FROM migrate_current();
-- a dry look is no run
SELECT revision FROM migrate_plan('w1');
SELECT count(*) > 0 AS some FROM migrate_sql('upgrade', 'base:w2');
SELECT * FROM harm;
-- stamping runs nothing; going down from there would
BEGIN;
SELECT revision FROM migrate_stamp('w2');
SELECT revision FROM migrate_downgrade('-1');
ROLLBACK;
BEGIN;
SELECT revision FROM migrate_stamp('w2');
SELECT revision FROM migrate_downgrade(-1);
ROLLBACK;
SELECT direction, revision FROM migrate_stamp('w2');
CALL migrate_downgrade_online('base');
CALL migrate_downgrade_online(-1);
SELECT direction, revision FROM migrate_stamp('base');
SELECT * FROM harm;
-- approved, it runs, both ways
SELECT migrate_approve('w1');
SELECT revision, approved_by FROM migrate_show('w1');
SELECT revision, approved_by FROM migrate_approval;
SELECT revision FROM migrate_upgrade('w1');
SELECT revision FROM migrate_downgrade('base');
-- one approved revision does not carry the next, nor run before it is refused
SELECT revision FROM migrate_upgrade('head');
CALL migrate_upgrade_online('head');
SELECT revision FROM migrate_current();
SELECT * FROM harm;
-- edited, it is refused again, even if only the downgrade changed
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', upgrade => :'payload');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('w1');
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', upgrade => 'CREATE TABLE innocent (i int)');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('w1');		-- the approved text again
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', downgrade => :'payload', force => true);
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_downgrade('base');
SELECT * FROM harm;
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', downgrade => 'DROP TABLE innocent', force => true);
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_downgrade('base');
-- deleted and written anew under the same name
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_delete('w2'), migrate_delete('w1');
SELECT migrate_revision('anew', :'payload', '', rev_id => 'w1');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('w1');
SELECT * FROM harm;

-- what an online run has left half done, and its author has changed since
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', upgrade => 'CREATE TABLE halves AS SELECT 1 AS i; CREATE INDEX CONCURRENTLY halves_i ON halves (i); SELECT 1 / (i - 1) FROM halves', downgrade => 'DROP TABLE halves');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_approve('w1');
CALL migrate_upgrade_online('w1');
SELECT revision, done, statements FROM migrate_journal;
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT attempt('DELETE FROM migrate_journal'), attempt('UPDATE migrate_journal SET running_text = ''SELECT 1'''), attempt('SELECT migrate_delete(''w1'')');
SELECT migrate_edit('w1', upgrade => 'CREATE TABLE halves AS SELECT 1 AS i; CREATE INDEX CONCURRENTLY halves_i ON halves (i); ' || :'payload');
SET SESSION AUTHORIZATION regress_pgm_boss;
CALL migrate_upgrade_online('w1');
CALL migrate_upgrade_online('w1', interrupted => 'skip');
SELECT * FROM harm;
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', upgrade => 'CREATE TABLE halves AS SELECT 1 AS i; CREATE INDEX CONCURRENTLY halves_i ON halves (i); DROP TABLE halves', downgrade => '');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_approve('w1');
CALL migrate_upgrade_online('w1');
SELECT revision FROM migrate_current();
SELECT revision FROM migrate_downgrade('base');

-- the advice of the refusal can be copied, whatever the identifier
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_revision('bait', 'SELECT 1', NULL, rev_id => 'x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''', head => 'base');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''');
BEGIN;
SELECT revision FROM migrate_stamp('x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''');
SELECT migrate_approve('x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''');
SELECT revision FROM migrate_downgrade('-1');
ROLLBACK;
SELECT migrate_edit('x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''', upgrade => 'SELECT 1 / 0');
SELECT revision FROM migrate_upgrade('x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''');
SELECT migrate_delete('x'');ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;SELECT(''');

-- Door 3: the approval of something else -----------------------------------
-- What moves between the two directions, or appears or disappears, is another
-- text, however the two are put together.
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('w1', upgrade => 'CREATE TABLE innocent (i int);', downgrade => 'DROP TABLE innocent;');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_approve('w1');
CREATE FUNCTION refused(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE call;
	RAISE EXCEPTION USING ERRCODE = 'PGM00', MESSAGE = 'NOT REFUSED';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION edit_as_dev(up text, down text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM migrate_edit('w1', upgrade => up, downgrade => down, irreversible => down IS NULL);
	RETURN up || ' | ' || coalesce(down, 'NULL');
END $$;
ALTER FUNCTION edit_as_dev(text, text) OWNER TO regress_pgm_dev;
SELECT edit_as_dev(up, down), refused('SELECT migrate_upgrade(''w1'')') FROM (VALUES
	('CREATE TABLE innocent (i int);DROP TABLE innocent;', ''),
	('', 'CREATE TABLE innocent (i int);DROP TABLE innocent;'),
	(E'CREATE TABLE innocent (i int);\nDROP TABLE innocent;', ''),
	(E'CREATE TABLE innocent (i int);\n\nDROP TABLE innocent;', ''),
	('CREATE TABLE innocent (i int);', ''),
	('CREATE TABLE innocent (i int);', NULL),
	('DROP TABLE innocent;', 'CREATE TABLE innocent (i int);'),
	('CREATE TABLE innocent (i int); ', 'DROP TABLE innocent;'),
	('create TABLE innocent (i int);', 'DROP TABLE innocent;')) v (up, down);
SELECT edit_as_dev('CREATE TABLE innocent (i int);', 'DROP TABLE innocent;'), refused('SELECT migrate_upgrade(''w1'')');
-- by whom: the writer, who may also run; another runner; a superuser
SET SESSION AUTHORIZATION regress_pgm_dev2;
SELECT migrate_revision('dev2''s', 'CREATE TEMP TABLE dev2s (i int)', 'DROP TABLE dev2s', rev_id => 'x1', head => 'base');
SELECT migrate_approve('x1');
SELECT run_as_dev2('SELECT revision FROM migrate_upgrade(''x1'')');
SELECT run_as_dev2('SELECT revision FROM migrate_downgrade(''x1@base'')');
SELECT run_as_ops('SELECT revision FROM migrate_upgrade(''x1'')');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('x1');
SET SESSION AUTHORIZATION regress_pgm_ops;
SELECT migrate_approve('x1');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('x1');
SELECT run_as_ops('SELECT revision FROM migrate_upgrade(''x1'')');		-- ops has approved it for ops
SELECT run_as_ops('SELECT revision FROM migrate_downgrade(''x1@base'')');
SET SESSION AUTHORIZATION regress_pgm_boss2;
SELECT migrate_approve('x1');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_upgrade('x1');		-- a superuser could act as boss
SELECT revision FROM migrate_downgrade('x1@base');
-- an approver who has lost the power no longer vouches
ALTER ROLE regress_pgm_boss2 NOSUPERUSER;
SELECT revision FROM migrate_upgrade('x1');
ALTER ROLE regress_pgm_boss2 SUPERUSER;
SELECT revision, approved_by FROM migrate_approval ORDER BY revision, approved_by COLLATE "C";
-- nobody can write an approval down by hand
SET SESSION AUTHORIZATION regress_pgm_dev2;
SELECT attempt('INSERT INTO migrate_approval SELECT ''x1'', sha256(''''), ''regress_pgm_boss''');

-- Door 4: members and roles ------------------------------------------------
-- Whoever may SET ROLE to the caller needs no approval; the reverse does.
SET SESSION AUTHORIZATION regress_pgm_boss;
GRANT regress_pgm_ops TO regress_pgm_dev;
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_revision('member''s', 'CREATE TEMP TABLE y1 AS SELECT current_user', 'DROP TABLE y1', rev_id => 'y1', head => 'base');
SELECT run_as_ops('SELECT revision FROM migrate_upgrade(''y1'')');
SET SESSION AUTHORIZATION regress_pgm_ops;
SELECT * FROM y1;
SELECT run_as_ops('SELECT revision FROM migrate_downgrade(''y1@base'')');
SET SESSION AUTHORIZATION regress_pgm_boss;
REVOKE regress_pgm_ops FROM regress_pgm_dev;
SELECT run_as_ops('SELECT revision FROM migrate_upgrade(''y1'')');
GRANT regress_pgm_dev TO regress_pgm_ops;
SELECT run_as_ops('SELECT revision FROM migrate_upgrade(''y1'')');
SET SESSION AUTHORIZATION regress_pgm_ops;
-- as the member of the writer's role: RESET ROLE would lead back to ops
SET ROLE regress_pgm_dev;
SELECT attempt('SELECT migrate_upgrade(''y1'')');	-- dev may not run
RESET ROLE;
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_grant('run', 'regress_pgm_dev');
SET SESSION AUTHORIZATION regress_pgm_ops;
SET ROLE regress_pgm_dev;
SELECT revision FROM migrate_upgrade('y1');
RESET ROLE;
SET SESSION AUTHORIZATION regress_pgm_boss;
REVOKE regress_pgm_dev FROM regress_pgm_ops;
-- A superuser who takes a lesser role before running that role's script.
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_delete('y1');
SELECT migrate_revision('climbs', 'RESET ROLE; ' || :'payload', 'SET ROLE NONE; ' || :'payload', rev_id => 'y2', head => 'base');
SET SESSION AUTHORIZATION regress_pgm_boss;
SET ROLE regress_pgm_dev;
SELECT revision FROM migrate_upgrade('y2');
SET ROLE NONE;
SELECT * FROM harm;
SET ROLE regress_pgm_dev;
CALL migrate_upgrade_online('y2');
SET ROLE NONE;
SELECT * FROM harm;
-- The same after SET LOCAL ROLE, and through a function with SET ROLE.
BEGIN;
SET LOCAL ROLE regress_pgm_dev;
SELECT revision FROM migrate_upgrade('y2');
COMMIT;
CREATE FUNCTION as_dev() RETURNS void LANGUAGE sql SET role = regress_pgm_dev AS $$ SELECT migrate_upgrade('y2') $$;
SELECT as_dev();
SELECT * FROM harm;
-- A superuser who takes a whole session of a lesser role is still in it, and a
-- script could go back to who logged in.
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT attempt('SELECT migrate_upgrade(''y2'')');
SELECT * FROM harm;
SELECT migrate_edit('y2', upgrade => 'RESET SESSION AUTHORIZATION; ' || :'payload', downgrade => '');
SELECT attempt('SELECT migrate_upgrade(''y2'')');
SELECT migrate_edit('y2', upgrade => 'SET SESSION AUTHORIZATION regress_pgm_boss; ' || :'payload', downgrade => '');
SELECT attempt('SELECT migrate_upgrade(''y2'')');
SELECT migrate_edit('y2', upgrade => 'SELECT set_config(''session_authorization'', ''regress_pgm_boss'', false); ' || :'payload', downgrade => '');
SELECT attempt('SELECT migrate_upgrade(''y2'')');
SELECT migrate_edit('y2', upgrade => 'DO $$ BEGIN SET SESSION AUTHORIZATION DEFAULT; ALTER ROLE regress_pgm_dev SUPERUSER; END $$', downgrade => '');
SELECT attempt('SELECT migrate_upgrade(''y2'')');
SELECT session_user, current_user;
\set VERBOSITY sqlstate
CALL migrate_upgrade_online('y2');
\set VERBOSITY default
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT * FROM harm;

-- Door 5: SECURITY DEFINER -------------------------------------------------
-- A superuser's wrapper, called by somebody without rights: the wrapper's
-- owner is the caller.
CREATE FUNCTION deploy(target text) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
	AS $$ SELECT revision FROM migrate_upgrade(target) $$;
REVOKE ALL ON FUNCTION deploy(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION deploy(text) TO regress_pgm_nobody;
SELECT migrate_revision('boss''s', 'CREATE TABLE bosses AS SELECT current_user AS ran_as', 'DROP TABLE bosses', rev_id => 'z1', head => 'base');
SET SESSION AUTHORIZATION regress_pgm_nobody;
SELECT deploy('y2');
SELECT deploy('z1');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT * FROM bosses;
SELECT revision, ran_as, logged_in_as FROM migrate_log ORDER BY id DESC LIMIT 1;
SELECT * FROM harm;
-- A writer's wrapper, called by a superuser: it runs as the writer, and cannot
-- get out of that.
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('y2', upgrade => 'CREATE TABLE dev.y2 AS SELECT current_user AS ran_as', downgrade => 'RESET ROLE; ' || :'payload');
CREATE FUNCTION dev.lure(target text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
	AS $$ BEGIN PERFORM public.migrate_upgrade(target); PERFORM public.migrate_downgrade(target || '@base'); RETURN 'done'; END $$;
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT dev.lure('y2');
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('y2', downgrade => 'SET SESSION AUTHORIZATION regress_pgm_boss; ' || :'payload');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT dev.lure('y2');
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('y2', downgrade => 'DROP TABLE dev.y2');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT dev.lure('y2');
SELECT current_user, session_user;
SELECT * FROM harm;

-- Door 6: a superuser's script, rewritten ----------------------------------
SELECT migrate_revision('bosses again', 'CREATE TABLE bosses2 (i int)', 'DROP TABLE bosses2', rev_id => 'z2', head => 'z1');
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('z2', message => 'only the message');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision, message, author FROM migrate_show('z2');
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('z2', downgrade => :'payload');
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision, message, author FROM migrate_show('z2');
SELECT revision FROM migrate_upgrade('z2');
-- to change the one text is not to vouch for the other
SELECT migrate_edit('z2', upgrade => 'CREATE TABLE bosses2 (i int)');
SELECT migrate_edit('z2', upgrade => 'CREATE TABLE bosses2 (j int)');
SELECT revision, author FROM migrate_show('z2');
SELECT revision FROM migrate_upgrade('z2');
-- applied: with force, and then not with the boss's rights
SELECT migrate_edit('z2', upgrade => 'CREATE TABLE bosses2 (i int)', downgrade => 'DROP TABLE bosses2');
SELECT revision FROM migrate_upgrade('z2');
SET SESSION AUTHORIZATION regress_pgm_dev;
SELECT migrate_edit('z2', downgrade => :'payload');
SELECT migrate_edit('z2', downgrade => :'payload', force => true);
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT revision FROM migrate_downgrade('z2@z1');
SELECT test, ok, revision FROM migrate_check(false) WHERE NOT ok ORDER BY test COLLATE "C", revision COLLATE "C";
SELECT * FROM harm;
SELECT migrate_edit('z2', downgrade => 'DROP TABLE bosses2', force => true);
SELECT migrate_edit('z2', upgrade => 'CREATE TABLE bosses2 (i int)', downgrade => 'DROP TABLE bosses2', force => true);
SELECT revision FROM migrate_downgrade('z2@z1');
SELECT * FROM harm;
-- an author who is gone, or never was, is trusted by nobody, not even when a
-- new role comes by the same name
CREATE ROLE regress_pgm_gone SUPERUSER;
SET SESSION AUTHORIZATION regress_pgm_gone;
SELECT migrate_edit('z2', upgrade => 'CREATE TABLE bosses2 (i int, j int)', downgrade => 'DROP TABLE bosses2');
SET SESSION AUTHORIZATION regress_pgm_boss;
DROP ROLE regress_pgm_gone;
SELECT revision FROM migrate_upgrade('z2');
CREATE ROLE regress_pgm_gone;
SELECT revision FROM migrate_upgrade('z2');
DROP ROLE regress_pgm_gone;
SELECT migrate_approve('z2');
SELECT revision FROM migrate_upgrade('z2');
SELECT revision FROM migrate_downgrade('z2@z1');
SELECT migrate_delete('z2');

-- Door 7: scripts and pgmigrate's own tables -------------------------------
-- The engine's rights end where the script begins.
SET SESSION AUTHORIZATION regress_pgm_boss;
CREATE SCHEMA ops AUTHORIZATION regress_pgm_ops;
SELECT migrate_revision('none', '', '', rev_id => 'v1', head => 'base');
CREATE FUNCTION script_as_ops(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM migrate_edit('v1', upgrade => script);
	SET LOCAL ROLE regress_pgm_ops;
	BEGIN
		PERFORM migrate_upgrade('v1');
		RAISE EXCEPTION USING ERRCODE = 'PGM00', MESSAGE = 'it ran';
	EXCEPTION WHEN OTHERS THEN
		result := SQLSTATE || ' ' || SQLERRM;
	END;
	RESET ROLE;
	RETURN result;
END $$;
SELECT c AS script, script_as_ops(c) FROM unnest(ARRAY[
		'SELECT * FROM migrate_script',
		'INSERT INTO migrate_version VALUES (''x'', 1)',
		'DELETE FROM migrate_log',
		'UPDATE migrate_script SET author = ''regress_pgm_boss''',
		'INSERT INTO migrate_approval SELECT ''v1'', ''x'', ''regress_pgm_boss''',
		'DO $$ BEGIN UPDATE migrate_script SET author = ''regress_pgm_boss''; END $$',
		'SELECT migrate_revision(''m'', '''')',
		'SELECT migrate_grant(''write'', ''regress_pgm_ops'')',
		'GRANT SELECT ON migrate_script TO regress_pgm_ops',
		'CREATE TABLE in_public (i int)',
		'CREATE TABLE ops.in_ops (i int)']) c;
-- online too, where the engine writes its tables between two statements
SELECT migrate_edit('v1', upgrade => 'SET ROLE regress_pgm_ops; CREATE TABLE ops.in_ops (i int); CREATE INDEX CONCURRENTLY in_ops_i ON ops.in_ops (i); SELECT * FROM migrate_journal', downgrade => 'SET ROLE regress_pgm_ops; VACUUM ops.in_ops; DROP TABLE ops.in_ops');
CALL migrate_upgrade_online('v1');
SELECT current_user, session_user, current_setting('role');
SELECT revision, done, statements, ran_as FROM migrate_journal;
SELECT migrate_edit('v1', upgrade => replace(upgrade, 'SELECT * FROM migrate_journal', 'VACUUM ops.in_ops; CREATE TABLE ops.in_ops2 AS SELECT current_user AS who')) FROM migrate_show('v1');
CALL migrate_upgrade_online('v1');
SELECT * FROM ops.in_ops2;
SELECT current_user, session_user, current_setting('role');
SELECT revision, ran_as, logged_in_as FROM migrate_log ORDER BY id DESC LIMIT 1;
SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname ~ '^in_ops' ORDER BY 1;
CALL migrate_downgrade_online('v1@base');
SELECT current_user, session_user, current_setting('role');
DROP TABLE ops.in_ops2;
-- nor do they get lost in a session that is lent, or fail with the script
SELECT migrate_edit('v1', upgrade => 'SET SESSION AUTHORIZATION regress_pgm_ops; CREATE TABLE ops.in_ops (i int); CREATE INDEX CONCURRENTLY in_ops_i ON ops.in_ops (i); SELECT * FROM migrate_journal', downgrade => 'DROP TABLE ops.in_ops');
CALL migrate_upgrade_online('v1');
SELECT current_user, session_user;
SELECT revision, done, statements, ran_as FROM migrate_journal;
SELECT migrate_edit('v1', upgrade => replace(upgrade, 'SELECT * FROM migrate_journal', 'VACUUM ops.in_ops')) FROM migrate_show('v1');
CALL migrate_upgrade_online('v1');
SELECT current_user, session_user;
SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname ~ '^in_ops' ORDER BY 1;
SELECT revision FROM migrate_downgrade('v1@base');
-- and they return after it: a script that ends as somebody without rights
SELECT migrate_edit('v1', upgrade => 'SET ROLE regress_pgm_nobody', downgrade => 'SET LOCAL ROLE regress_pgm_nobody');
SELECT revision FROM migrate_upgrade('v1');
SELECT revision, ran_as, logged_in_as FROM migrate_log ORDER BY id DESC LIMIT 1;
SELECT current_user, session_user, current_setting('role');
SELECT revision FROM migrate_downgrade('v1@base');
SELECT current_user, session_user, current_setting('role');
-- the next script of the run is not run as somebody else
SELECT migrate_revision('who', 'CREATE TABLE who AS SELECT current_user AS c, session_user AS s, current_schemas(false)::text ~ ''^\{public\M'' AS p', 'DROP TABLE who', rev_id => 'v2', head => 'v1');
SELECT migrate_edit('v1', upgrade => 'SET ROLE regress_pgm_ops; SET search_path = ops; SET pgmigrate.search_path = ops', downgrade => '');
SELECT revision FROM migrate_upgrade('v2');
SELECT * FROM who;
SELECT current_user, session_user;
SELECT revision FROM migrate_downgrade('v1');
-- nor after an error that somebody caught
SELECT migrate_edit('v2', upgrade => 'SET ROLE regress_pgm_ops; SELECT 1 / 0', downgrade => '');
SELECT attempt('SELECT migrate_upgrade(''v2'')');
SELECT current_user, session_user;
SELECT migrate_delete('v2');
SELECT revision FROM migrate_downgrade('v1@base');
SELECT migrate_delete('v1');

-- Door 8: settings ---------------------------------------------------------
-- The templates, which every new script is made of, are for superusers, also
-- before the library is loaded in a session.
\c
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_pgm_dev;
SET pgmigrate.upgrade_template = '${upgrades}; ALTER ROLE regress_pgm_dev SUPERUSER';
SELECT migrate_revision('m', 'SELECT 1', '', rev_id => 't1', head => 'base');
SET pgmigrate.upgrade_template = '${upgrades}; ALTER ROLE regress_pgm_dev SUPERUSER';
SET pgmigrate.downgrade_template = '${downgrades}; ALTER ROLE regress_pgm_dev SUPERUSER';
SELECT attempt(format('ALTER ROLE regress_pgm_dev SET pgmigrate.upgrade_template = ''x'''));
RESET SESSION AUTHORIZATION;
SELECT upgrade FROM migrate_script WHERE revision = 't1';
-- The owner of the database can set what any user can, and no more.
SET SESSION AUTHORIZATION regress_pgm_owner;
SELECT attempt(format('ALTER DATABASE %I SET pgmigrate.upgrade_template = ''x''', current_database()));
SELECT attempt(format('ALTER DATABASE %I SET pgmigrate.downgrade_template = ''x''', current_database()));
SELECT attempt('SELECT migrate_upgrade()');
CREATE SCHEMA trap;
CREATE TABLE trap.migrate_script (LIKE pg_class);
CREATE TABLE trap.migrate_version (revision text, ordinal int);
INSERT INTO trap.migrate_version VALUES ('trap', 1);
SELECT format('ALTER DATABASE %I SET search_path = trap, pg_temp, pg_catalog, public', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET "TimeZone" = ''Asia/Tokyo''', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET plan_cache_mode = force_generic_plan', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET row_security = off', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET bytea_output = escape', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET xmloption = document', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET transform_null_equals = on', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET enable_seqscan = off', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET default_tablespace = ''''', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET pgmigrate.search_path = ''"$user", public''', current_database()) \gexec
\c
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_pgm_boss;
SHOW search_path;
SELECT public.migrate_revision('under strange settings', E'CREATE TABLE strange AS SELECT ''a\\b'' AS backslash, ''2026-02-01 12:00+02''::timestamptz::text AS at, NULL = NULL AS nulls', 'DROP TABLE strange', rev_id => 's1', head => 'z1');
SELECT revision FROM public.migrate_current() ORDER BY 1;
SELECT revision FROM public.migrate_upgrade('s1');
SELECT * FROM public.strange;
SELECT revision, encode(sha256, 'hex') = encode(pg_catalog.sha256(convert_to((SELECT upgrade FROM public.migrate_script WHERE revision = 's1'), 'UTF8')), 'hex') AS same
	FROM public.migrate_log WHERE revision = 's1';
SELECT revision FROM public.migrate_downgrade('s1@z1');
SELECT public.migrate_delete('s1');
RESET SESSION AUTHORIZATION;
SELECT format('ALTER DATABASE %I RESET ALL', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()) \gexec
\c
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_upgrade('heads');
SELECT revision FROM migrate_current();
RESET SESSION AUTHORIZATION;
SET default_transaction_read_only = off;
SELECT format('ALTER DATABASE %I RESET ALL', current_database()) \gexec
DROP SCHEMA trap CASCADE;
\c
SET client_min_messages = warning;

-- Door 9: trojans on the search_path ---------------------------------------
-- For every function, operator and type of pg_catalog an evil twin, and for
-- every catalog and table of ours one too, in a schema and in pg_temp before
-- all others.  None of them may be called or read.
SET SESSION AUTHORIZATION regress_pgm_boss;
CREATE FUNCTION spring_traps(place name) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint := 0;
	c text;
BEGIN
	FOR c IN
		-- functions, with polymorphic arguments made exact for text
		SELECT replace(replace(replace(replace(format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', place, p.proname,
				pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
				format('BEGIN RAISE EXCEPTION %L; END', format('trojan %s called', p.proname))),
				'anycompatiblearray', 'text[]'), 'anyarray', 'text[]'), 'anycompatible', 'text'), 'anyelement', 'text')
			FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
				AND NOT EXISTS (SELECT FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) t
					WHERE t IN ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype, 'event_trigger'::regtype, '"any"'::regtype, 'language_handler'::regtype, 'fdw_handler'::regtype))
		UNION ALL
		SELECT replace(replace(replace(replace(format('CREATE OPERATOR %I.%s (%s RIGHTARG = %s, FUNCTION = %I.%I)', place, o.oprname,
				CASE WHEN o.oprleft <> 0 THEN format('LEFTARG = %s,', o.oprleft::regtype) ELSE '' END, o.oprright::regtype, place, p.proname),
				'anycompatiblearray', 'text[]'), 'anyarray', 'text[]'), 'anycompatible', 'text'), 'anyelement', 'text')
			FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode WHERE o.oprnamespace = 'pg_catalog'::regnamespace
		UNION ALL
		SELECT format('CREATE DOMAIN %I.%I AS pg_catalog.%I CHECK (VALUE IS NULL)', place, t, t)
			FROM unnest('{text,int4,int8,bool,bytea,timestamptz,interval,jsonb,name,oid,regclass,pg_lsn,inet}'::text[]) t
			WHERE place <> 'pg_temp'
		UNION ALL
		SELECT format('CREATE TABLE %I.%I (LIKE pg_catalog.%I)', place, relname, relname) FROM pg_class
			WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
				AND relname IN ('pg_class', 'pg_namespace', 'pg_extension', 'pg_proc', 'pg_authid', 'pg_database', 'pg_type', 'pg_depend', 'pg_auth_members')
		UNION ALL
		SELECT format('CREATE TABLE %I.%I (evil text)', place, t) FROM unnest('{migrate_script,migrate_version,migrate_log,migrate_approval,migrate_journal,migrate_model,migrate_progress}'::text[]) t
	LOOP
		BEGIN
			EXECUTE c;
			n := n + 1;
		EXCEPTION WHEN OTHERS THEN		-- what cannot be written in PL/pgSQL
			NULL;
		END;
	END LOOP;
	RETURN n;
END $$;
CREATE SCHEMA trap;
SELECT spring_traps('trap') > 2500 AS many;
CREATE AGGREGATE trap.max(bigint) (SFUNC = trap.int8larger, STYPE = bigint);
CREATE AGGREGATE trap.max(integer) (SFUNC = trap.int4larger, STYPE = integer);
CREATE AGGREGATE trap.count(*) (SFUNC = trap.int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE trap.array_agg(text) (SFUNC = trap.array_append, STYPE = text[], INITCOND = '{}');
CREATE TEMP TABLE migrate_script (evil text);
CREATE TEMP TABLE migrate_version (revision text, ordinal int);
INSERT INTO pg_temp.migrate_version VALUES ('evil', 1);
CREATE TEMP TABLE migrate_log (evil text);
CREATE TEMP TABLE migrate_approval (evil text);
CREATE TEMP TABLE migrate_journal (evil text);
CREATE TEMP TABLE migrate_model (evil text);
CREATE TEMP TABLE migrate_progress (evil text);
CREATE TEMP TABLE pg_class (evil text);
CREATE TEMP TABLE pg_extension (evil text);
SELECT public.migrate_delete('t1');
-- once before the trap, once in it, so that kept plans are looked at again
SELECT revision FROM public.migrate_downgrade('base');
SELECT revision FROM public.migrate_upgrade('z1');
\set mine 'SET search_path = pg_temp, trap, pg_catalog, public'
:mine;
SELECT 'a' = 'b'::pg_catalog.text AS trap_works;
SELECT pg_catalog.lower('A'), lower('A');
SELECT public.migrate_revision('in the trap', 'CREATE TABLE caught (t text DEFAULT lower(''X'') || ''y''); INSERT INTO caught VALUES (DEFAULT); SELECT count(*), max(t), array_agg(t) FROM caught WHERE t = ''a'' OR t LIKE ''x%''', 'DROP TABLE caught', rev_id => 'c1', head => 'z1', branch_label => 'caught', depends_on => 'w1');
SELECT public.migrate_revision('another', '', '', rev_id => 'c2', head => 'z1', splice => true, depends_on => '{c1}');
SELECT public.migrate_merge('{c1,c2}'::pg_catalog.text[], 'joined', rev_id => 'c3');
SELECT public.migrate_revision('a fourth', head => '{c3}'::pg_catalog.text[], upgrade => '', downgrade => '', rev_id => 'c4');
SELECT public.migrate_edit('c3', message => 'joined again', upgrade => 'SELECT 1');
SELECT public.migrate_delete('c4');
SELECT public.migrate_edit('c1', depends_on => '{}');
SELECT public.migrate_approve('c1');
SELECT revision FROM public.migrate_plan('c3');
SELECT step, direction, revision FROM public.migrate_upgrade('c3');
SELECT step, direction, revision FROM public.migrate_upgrade('c3');
SELECT revision, status, applied_by FROM public.migrate_current();
SELECT revision, branch_labels FROM public.migrate_heads();
SELECT revision FROM public.migrate_heads(true);
SELECT revision, children FROM public.migrate_branches();
SELECT revision, status, applied, down_revision, depends_on, branch_labels FROM public.migrate_history();
SELECT revision, approved_by, branches_into FROM public.migrate_show('c1');
SELECT test, ok, revision FROM public.migrate_check(false);
SELECT * FROM public.migrate_graph() LIMIT 3;
SELECT * FROM public.migrate_graph('dot') LIMIT 3;
SELECT * FROM public.migrate_graph('mermaid') LIMIT 3;
SELECT 'a line' FROM public.migrate_sql('upgrade', 'z1:c3') LIMIT 1;
SELECT 'a line' FROM public.migrate_sql('downgrade', 'c3:z1') LIMIT 1;
SELECT 'a line' FROM public.migrate_sql('stamp', 'c3') LIMIT 1;
SELECT public.migrate_require_current('{c3}'::pg_catalog.text[]);
SET pgmigrate.schemas = 'public';
SELECT public.migrate_set_model('CREATE TABLE wanted (t text DEFAULT lower(''X'') || ''y'' CHECK (t = ''a'' OR t LIKE ''x%'')); CREATE VIEW looks AS SELECT count(*), max(a.t), array_agg(b.t) FROM wanted a, wanted b', 'trapped');
SELECT kind, identity, change, statement FROM public.migrate_diff(include => '{public.wanted,public.looks}');
SELECT direction, revision FROM public.migrate_stamp('heads', purge => true);
SELECT public.migrate_revision('generated in the trap', autogenerate => true, include => '{public.wanted,public.looks}', rev_id => 'g1', head => 'c3');
SELECT direction, revision FROM public.migrate_upgrade('g1');
SELECT test, ok FROM public.migrate_check(false) WHERE test OPERATOR(pg_catalog.=) 'matches model' LIMIT 1;
SELECT direction, revision FROM public.migrate_downgrade('c3');
SELECT public.migrate_delete('g1');
SELECT direction, revision FROM public.migrate_stamp('c3', purge => true);
SELECT public.migrate_set_model(NULL, 'trapped');
RESET pgmigrate.schemas;
SELECT public.migrate_require_current('{c1}'::pg_catalog.text[]);
SELECT direction, revision FROM public.migrate_stamp('z1');
SELECT direction, revision FROM public.migrate_stamp('{c2,w1}', purge => true);
SELECT direction, revision FROM public.migrate_stamp('c3', purge => true);
SELECT step, direction, revision FROM public.migrate_downgrade('c2');
SELECT step, direction, revision FROM public.migrate_downgrade('caught@z1');
SELECT step, direction, revision FROM public.migrate_upgrade('+1', '{"a": [1, {"b": null}]}', 'tag');
SELECT step, direction, revision FROM public.migrate_upgrade('c1@head', '{"a": [1, {"b": null}]}', 'tag');
SELECT step, direction, revision FROM public.migrate_downgrade('z1');
SELECT step, direction, revision FROM public.migrate_upgrade('c1');
-- online: all that it writes and looks up between its transactions
SELECT public.migrate_revision('online in the trap', $$
	CREATE TABLE caught_too (t text DEFAULT lower('X') || 'y');
	INSERT INTO caught_too VALUES (DEFAULT), (DEFAULT);
	CREATE INDEX CONCURRENTLY caught_i ON caught_too (lower(t)) WHERE t <> 'a';
	REINDEX TABLE CONCURRENTLY caught_too;
	DO 'BEGIN COMMIT; PERFORM count(*) FROM caught_too WHERE t = ''a''; END';
	CREATE UNIQUE INDEX CONCURRENTLY caught_u ON caught_too (t);
	VACUUM caught_too$$, $$
	DROP INDEX CONCURRENTLY caught_i;
	DROP TABLE caught_too$$, rev_id => 'o1', head => 'c3', branch_label => 'online');
SELECT step, revision, transactions FROM public.migrate_plan('o1');
CALL public.migrate_upgrade_online('o1', '{"a": "b"}', 'tag');
SELECT revision, statement, statements, command, pid FROM public.migrate_progress;
SELECT revision, running, object, object_existed, invalid_before FROM public.migrate_journal;
SELECT test, ok, revision, detail FROM public.migrate_check(false) WHERE NOT ok;
SELECT revision FROM public.migrate_upgrade('o1');
SELECT public.migrate_delete('o1');
DELETE FROM public.caught_too WHERE ctid OPERATOR(pg_catalog.=) '(0,1)'::pg_catalog.tid;
CALL public.migrate_upgrade_online('{o1}'::pg_catalog.text[]);
SELECT revision, statement, result, sqlstate FROM public.migrate_log ORDER BY id DESC LIMIT 2;
CALL public.migrate_downgrade_online('z1');
CALL public.migrate_upgrade_online('c1');
SELECT count(*) FROM public.migrate_progress;
SELECT public.migrate_delete('o1');
SELECT public.migrate_grant('look', 'regress_pgm_owner');
SELECT public.migrate_revoke('look', 'regress_pgm_owner');
SELECT public.migrate_arg('a', 'none');
SET pgmigrate.args = '{"a": "b"}';
SELECT public.migrate_arg('a', 'none');
-- errors are made of the right words too
SELECT public.migrate_upgrade('unknown');
SELECT public.migrate_revision('m', 'SELEC', rev_id => 'm1', head => 'base');
SELECT public.migrate_delete('c1');
-- called by somebody without rights on the tables
RESET search_path;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
SELECT migrate_grant('look', 'regress_pgm_dev2');
SET SESSION AUTHORIZATION regress_pgm_dev2;
SET search_path = trap, pg_catalog, public;
SELECT public.migrate_revision('dev2''s', '', '', rev_id => 'd1', head => 'c3');
SELECT revision FROM public.migrate_history('d1-1:d1');
SELECT public.migrate_delete('d1');
RESET search_path;
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT * FROM pg_temp.migrate_version;
SELECT count(*) FROM trap.migrate_log;
-- A role without any rights on schemas still has pg_temp, and what is in it
-- comes first among tables and types.  What the engine does with the rights of
-- the tables' owner must not call the check of a domain there.
SELECT migrate_grant('look', 'regress_pgm_nobody');
SET SESSION AUTHORIZATION regress_pgm_nobody;
CREATE FUNCTION pg_temp.climb() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING 'trojan called as %', current_user;
	RETURN true;
END $$;
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{text,int4,int8,bool,bytea,timestamptz,interval,jsonb,name,oid,regclass,regprocedure,pg_lsn,inet,varchar,"char"}'::text[] LOOP
		EXECUTE format('CREATE DOMAIN pg_temp.%I AS pg_catalog.%I CHECK (pg_temp.climb())', t, t);
	END LOOP;
END $$;
SET search_path = pg_temp, pg_catalog, public;
SELECT revision, applied_by FROM public.migrate_current();
SELECT revision FROM public.migrate_heads();
SELECT revision FROM public.migrate_branches();
SELECT revision, applied FROM public.migrate_history();
SELECT revision, approved_by FROM public.migrate_show('c1');
SELECT step, revision FROM public.migrate_plan('c3');
SELECT test, ok FROM public.migrate_check(false);
SELECT * FROM public.migrate_graph() LIMIT 3;
SELECT 'a line' FROM public.migrate_sql('upgrade', 'z1:c3') LIMIT 1;
SELECT 'a line' FROM public.migrate_sql('downgrade', 'c3:z1') LIMIT 1;
SELECT 'a line' FROM public.migrate_sql('stamp', 'c3') LIMIT 1;
SELECT count(*) FROM public.migrate_progress;
RESET search_path;
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_grant(p, 'regress_pgm_nobody') FROM unnest('{write,run}'::pg_catalog.text[]) p;
SET SESSION AUTHORIZATION regress_pgm_nobody;
SET search_path = pg_temp, pg_catalog, public;
SELECT public.migrate_revision('nobody''s', '', '', rev_id => 'n1', head => 'base', branch_label => 'nobody', depends_on => 'w1');
SELECT public.migrate_revision('nobody''s', '', '', rev_id => 'n2', head => 'n1');
SELECT public.migrate_edit('n2', message => 'edited', downgrade => 'SELECT 1', branch_label => 'n');
SELECT public.migrate_approve('n2');
SELECT direction, revision FROM public.migrate_stamp('w1', purge => true);
SELECT public.run_as_nobody('SELECT pg_catalog.string_agg(revision, '' '' ORDER BY step) FROM public.migrate_upgrade(''n@head'')');
SELECT public.migrate_require_current('{n2}');
SELECT public.run_as_nobody('SELECT pg_catalog.string_agg(revision, '' '' ORDER BY step) FROM public.migrate_downgrade(''nobody@base'')');
SELECT public.migrate_edit('n2', upgrade => 'CREATE TEMP TABLE n2 (i int); CREATE INDEX CONCURRENTLY n2_i ON n2 (i); VACUUM n2; SELECT 1 / 0', downgrade => 'VACUUM');
RESET search_path;
-- (a superuser, so that who logged in may run it as well)
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_approve('n1'), migrate_approve('n2');
SET SESSION AUTHORIZATION regress_pgm_nobody;
SET search_path = pg_temp, pg_catalog, public;
CALL public.migrate_upgrade_online('n@head');
SELECT revision, statement, statements FROM public.migrate_progress;
SELECT public.migrate_edit('n2', upgrade => 'CREATE TEMP TABLE n2 (i int); CREATE INDEX CONCURRENTLY n2_i ON n2 (i); VACUUM n2', downgrade => 'DROP TABLE n2');
RESET search_path;
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT migrate_approve('n2');
SET SESSION AUTHORIZATION regress_pgm_nobody;
SET search_path = pg_temp, pg_catalog, public;
CALL public.migrate_upgrade_online('n@head');
CALL public.migrate_downgrade_online('nobody@base');
SELECT revision FROM public.migrate_current();
SELECT public.migrate_delete('n2');
SELECT public.migrate_delete('n1');
RESET search_path;
SET SESSION AUTHORIZATION regress_pgm_boss;
SELECT direction, revision FROM migrate_stamp('c1', purge => true);
SELECT * FROM harm;
-- the temporary schema in front of the path of scripts is what the caller asks for
SELECT revision FROM migrate_downgrade('z1');
SET pgmigrate.search_path = 'pg_temp, public';
SELECT revision FROM migrate_upgrade('c1');
SELECT pg_catalog.to_regclass('public.caught'), pg_catalog.to_regclass('pg_temp.caught') IS NOT NULL AS temporary;
RESET pgmigrate.search_path;
SELECT revision FROM migrate_downgrade('base');
DROP EXTENSION pgmigrate;
\c
SET client_min_messages = warning;

-- Door 10: a schema prepared before CREATE EXTENSION -----------------------
SET SESSION AUTHORIZATION regress_pgm_boss;
CREATE SCHEMA prepared AUTHORIZATION regress_pgm_owner;
GRANT ALL ON SCHEMA public TO regress_pgm_owner;
SET SESSION AUTHORIZATION regress_pgm_owner;
SELECT public.spring_traps('prepared') > 2500 AS many;
DROP TABLE prepared.migrate_script, prepared.migrate_version, prepared.migrate_log, prepared.migrate_approval, prepared.migrate_journal, prepared.migrate_model, prepared.migrate_progress;
-- tables and functions of ours that are there already: no adoption
SET SESSION AUTHORIZATION regress_pgm_owner;
CREATE TABLE prepared.migrate_log (id bigint);
SET SESSION AUTHORIZATION regress_pgm_boss;
\set SHOW_CONTEXT never
CREATE EXTENSION pgmigrate SCHEMA prepared;
SET SESSION AUTHORIZATION regress_pgm_owner;
DROP TABLE prepared.migrate_log;
CREATE FUNCTION prepared.migrate_tag() RETURNS text LANGUAGE sql AS $$ SELECT 'trojan' $$;
SET SESSION AUTHORIZATION regress_pgm_boss;
CREATE EXTENSION pgmigrate SCHEMA prepared;
SET SESSION AUTHORIZATION regress_pgm_owner;
DROP FUNCTION prepared.migrate_tag();
-- also when the path leads there
SET SESSION AUTHORIZATION regress_pgm_boss;
SET search_path = prepared, pg_catalog, public;
CREATE EXTENSION pgmigrate SCHEMA prepared;
\set SHOW_CONTEXT errors
RESET search_path;
-- what it is made of is of pg_catalog
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) AS needs
	FROM pg_depend d JOIN pg_class c ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND c.relname ~ '^migrate_'
	WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass) AND d.refobjid <> 'prepared.migrate_names'::regtype;
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) AS needs
	FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND r.ev_class = 'prepared.migrate_progress'::regclass
	WHERE d.deptype = 'n' AND d.refclassid <> 'pg_class'::regclass OR d.refobjid IN (SELECT oid FROM pg_class WHERE relnamespace = 'prepared'::regnamespace AND relname !~ '^migrate_');
SELECT tgrelid::regclass AS "table", tgfoid::regprocedure AS function FROM pg_trigger WHERE tgname = 'migrate_ignore_replicated' ORDER BY 1;
SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'prepared.migrate_script_label'::regclass;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = 'prepared.migrate_names'::regtype;
SELECT attrelid::regclass, attname, atttypid::regtype FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid AND t.oid <> 'prepared.migrate_names'::regtype
	WHERE attrelid::regclass::text ~ '^prepared.migrate_' AND attnum > 0 AND typnamespace <> 'pg_catalog'::regnamespace;
-- and it works, with its traps around it
SELECT prepared.migrate_revision('first', 'CREATE TABLE t1 (i int)', 'DROP TABLE t1', rev_id => 'p1', branch_label => 'label');
SELECT prepared.migrate_revision('second', '', '', rev_id => 'p2', depends_on => 'p1');
SELECT revision FROM prepared.migrate_upgrade('label@head');
SELECT revision, status FROM prepared.migrate_current();
SELECT revision FROM prepared.migrate_history();
SELECT ok FROM prepared.migrate_check();
SELECT revision FROM prepared.migrate_downgrade('base');
SELECT prepared.migrate_edit('p2', upgrade => 'CREATE INDEX CONCURRENTLY t1_i ON t1 (i)', downgrade => 'DROP INDEX CONCURRENTLY t1_i');
CALL prepared.migrate_upgrade_online('p2');
SELECT count(*) FROM prepared.migrate_progress;
CALL prepared.migrate_downgrade_online('base');
DROP EXTENSION pgmigrate;
DROP SCHEMA prepared CASCADE;

-- Door 11: texts that end up in a script -----------------------------------
-- migrate_sql writes messages, identifiers and labels into comments, which they
-- must not end, and into literals.  That psql takes it so is in test/t.
CREATE EXTENSION pgmigrate;
SELECT migrate_revision(E'first line\nDROP TABLE one; -- \n\\! echo harm\n*/ ''; $$ " \\gexec\r\\q\u2028\\echo x\n', E'CREATE TABLE one (t text);\nINSERT INTO one VALUES (''a\n\\! echo text\nb''), ($x$\n\\q\n$x$) -- no newline at the end', E'/* \n\\q */ DROP TABLE one -- the end', rev_id => 'a''b"c\d', branch_label => '\!');
SELECT migrate_revision(E'\r\n\\copy x from program ''echo harm''', 'SELECT 2', 'SELECT -2;', rev_id => '*/', depends_on => 'a''b"c\d');
SELECT migrate_revision('third', 'SELECT 3; -- x', '', rev_id => '\\');
CREATE VIEW offline AS
	SELECT 1 AS n, l FROM migrate_sql('upgrade', 'base:head', '{"key": "it''s\n\\! echo harm\n"}', E'tag''s\n\\! echo harm') l
	UNION ALL SELECT 2, l FROM migrate_sql('downgrade', '\\:base') l
	UNION ALL SELECT 3, l FROM migrate_sql('stamp', 'base:head') l;
\pset format unaligned
SELECT n, line FROM offline, regexp_split_to_table(l, '[\n\r]') line WHERE line ~ '^--';
SELECT n, line FROM offline, regexp_split_to_table(l, '[\n\r]') line WHERE line ~ 'pgmigrate.(args|tag) =';
\pset format aligned
-- no carriage return or line separator gets into a comment
SELECT count(*) FROM offline WHERE l ~ '^--[^\n]*[\r\u2028]';
-- a list of schemas, which the owner of the database may set, stays a list
SET pgmigrate.search_path = 'public;ALTER/**/ROLE/**/regress_pgm_dev/**/SUPERUSER;--';
SELECT n, line FROM offline, regexp_split_to_table(l, '[\n\r]') line WHERE line ~ ';ALTER/' AND line !~ '["''][^"'']*;ALTER/';
RESET pgmigrate.search_path;

-- Door 12: the trigger of somebody else's table ----------------------------
-- Only the owner of the extension may put it there, and then it does nothing,
-- as only a worker of logical replication is stopped by it.
SELECT migrate_ignore_replicated();
CREATE TABLE other (i int, t text);
INSERT INTO other VALUES (1, 'one'), (2, 'two');
CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON other FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
INSERT INTO other VALUES (3, 'three');
UPDATE other SET t = upper(t) WHERE i > 1;
DELETE FROM other WHERE i = 2;
SELECT * FROM other ORDER BY i;
ALTER TABLE other ENABLE ALWAYS TRIGGER t;
SET session_replication_role = replica;
INSERT INTO other VALUES (4, 'four');
UPDATE other SET i = 5 WHERE i = 4;
DELETE FROM other WHERE i = 1;
SELECT * FROM other ORDER BY i;
-- the same for our own tables: who restores a dump like that loses nothing
INSERT INTO migrate_version VALUES ('\\', 1);
UPDATE migrate_version SET ordinal = 2;
SELECT * FROM migrate_version;
DELETE FROM migrate_version;
RESET session_replication_role;
DROP TRIGGER t ON other;
-- other kinds of triggers are no use to anybody
CREATE FUNCTION attempt_trigger(kind text, "on" text, command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER t %s ON %s EXECUTE FUNCTION migrate_ignore_replicated()', kind, "on");
	EXECUTE command;
	RAISE EXCEPTION USING ERRCODE = 'PGM00', MESSAGE = 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE VIEW other_view AS SELECT * FROM other;
SELECT kind, "on", attempt_trigger(kind, "on", command) FROM (VALUES
	('AFTER INSERT', 'other FOR EACH ROW', 'INSERT INTO other VALUES (6)'),
	('BEFORE INSERT', 'other FOR EACH STATEMENT', 'INSERT INTO other VALUES (6)'),
	('AFTER DELETE', 'other FOR EACH STATEMENT', 'DELETE FROM other'),
	('BEFORE TRUNCATE', 'other FOR EACH STATEMENT', 'TRUNCATE other'),
	('INSTEAD OF INSERT', 'other_view FOR EACH ROW', 'INSERT INTO other_view VALUES (6)')) v (kind, "on", command);
SELECT attempt('CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION migrate_ignore_replicated()');
SELECT * FROM other ORDER BY i;

\c :home
DROP DATABASE :testdb;
DROP ROLE regress_pgm_boss, regress_pgm_boss2, regress_pgm_dev, regress_pgm_dev2, regress_pgm_ops, regress_pgm_nobody, regress_pgm_owner;
