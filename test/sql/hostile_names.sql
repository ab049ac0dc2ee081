--
-- Names that break what is not quoted: the whole workflow with the extension
-- in a schema with quotes in its name, roles with quotes and upper case,
-- identifiers with everything that is allowed in one, and the schema changed
-- under a session that has used the extension.
--
\set home :DBNAME
\set testdb regression_pgmigrate_hostile_names
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :testdb;
DROP ROLE IF EXISTS "regress_Q""uo'te d", "regress_é\x", "Regress_select", regress_pgm_63_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;
CREATE DATABASE :testdb TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
\c :testdb
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE ROLE "regress_Q""uo'te d";
CREATE ROLE "regress_é\x";
CREATE ROLE "Regress_select" SUPERUSER;
CREATE ROLE regress_pgm_63_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;

-- A trap: a schema whose name is what a careless cut would leave.
CREATE SCHEMA "Ev";
CREATE SCHEMA ev;
CREATE SCHEMA "Ev""il 'S";
CREATE EXTENSION pgmigrate SCHEMA "Ev""il 'S";
CREATE TABLE whereabouts (n int GENERATED ALWAYS AS IDENTITY, what text, value text);

-- The workflow, once for each place where the extension is put.
CREATE FUNCTION workflow() RETURNS TABLE (what text, value text)
LANGUAGE plpgsql AS $f$
#variable_conflict use_column
DECLARE
	s text := quote_ident((SELECT nspname FROM pg_namespace n JOIN pg_extension e ON n.oid = e.extnamespace WHERE extname = 'pgmigrate'));
	q text;
BEGIN
	FOREACH q IN ARRAY ARRAY[
		$q$SELECT %1$s.migrate_revision('first', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'w1')$q$,
		$q$SELECT %1$s.migrate_revision('left', 'INSERT INTO one VALUES (1)', 'DELETE FROM one', rev_id => 'w2', branch_label => 'left')$q$,
		$q$SELECT %1$s.migrate_revision('right', 'SELECT migrate_arg(''key''), migrate_tag()', '', rev_id => 'w3', head => 'w1', splice => true, branch_label => 'right')$q$,
		$q$SELECT %1$s.migrate_merge('heads', 'both', rev_id => 'w4')$q$,
		$q$SELECT %1$s.migrate_edit('w4', message => 'both of them', upgrade => 'SELECT 1')$q$,
		$q$SELECT %1$s.migrate_approve('w4')$q$,
		$q$SELECT string_agg(revision, ' ' ORDER BY step) FROM %1$s.migrate_plan('head')$q$,
		$q$SELECT string_agg(revision, ' ' ORDER BY step) FROM %1$s.migrate_upgrade('head')$q$,
		$q$SELECT string_agg(revision, ' ' ORDER BY step) FROM %1$s.migrate_upgrade('head')$q$,
		$q$SELECT string_agg(revision, ' ') FROM %1$s.migrate_current(true)$q$,
		$q$SELECT string_agg(revision, ' ') FROM %1$s.migrate_history()$q$,
		$q$SELECT string_agg(revision, ' ') FROM %1$s.migrate_heads()$q$,
		$q$SELECT string_agg(revision, ' ') FROM %1$s.migrate_branches()$q$,
		$q$SELECT message FROM %1$s.migrate_show('w4')$q$,
		$q$SELECT bool_and(ok)::text FROM %1$s.migrate_check()$q$,
		$q$SELECT count(*)::text FROM %1$s.migrate_graph()$q$,
		$q$SELECT %1$s.migrate_set_model('CREATE TABLE one (i int, "d;e""f''g" int)', 'it''s "a" \part')$q$,
		$q$SELECT string_agg(concat_ws(' ', change, kind, identity), ', ') FROM %1$s.migrate_diff(include => '{public.one}')$q$,
		$q$SELECT %1$s.migrate_set_model(NULL, 'it''s "a" \part')$q$,
		$q$SELECT %1$s.migrate_require_current('{w4}')::text$q$,
		$q$SELECT string_agg(revision, ' ' ORDER BY step) FROM %1$s.migrate_downgrade('w2')$q$,
		$q$SELECT string_agg(revision, ' ' ORDER BY step) FROM %1$s.migrate_stamp('{w2,w3}')$q$,
		$q$SELECT string_agg(revision, ' ' ORDER BY step) FROM %1$s.migrate_downgrade('base')$q$,
		$q$SELECT %1$s.migrate_delete('w4')$q$,
		$q$SELECT string_agg(direction || ' ' || revision, ', ' ORDER BY id) FROM %1$s.migrate_log$q$,
		$q$SELECT %1$s.migrate_delete(r) || %1$s.migrate_delete('w2') || %1$s.migrate_delete('w1') FROM unnest('{w3}'::text[]) r$q$]
	LOOP
		what := substring(q FROM 'migrate_[a-z_]+');
		BEGIN
			EXECUTE format(q, s) INTO value;
		EXCEPTION WHEN OTHERS THEN
			value := SQLSTATE || ' ' || SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
	EXECUTE format('DELETE FROM %s.migrate_log', s);
	EXECUTE format('DELETE FROM %s.migrate_approval', s);
END $f$;
SELECT * FROM workflow();

-- An online run there, which fails and goes on, as commands for \gexec.  (Names
-- of what it works on are in online_names.)
CREATE FUNCTION online_run() RETURNS SETOF text LANGUAGE sql AS $f$
	SELECT format(q, extnamespace::regnamespace) FROM pg_extension, unnest(ARRAY[
		$q$SELECT %1$s.migrate_revision('online', 'CREATE TABLE two (i int); INSERT INTO two VALUES (1), (1); CREATE UNIQUE INDEX CONCURRENTLY two_i ON two (i); VACUUM two', 'DROP INDEX CONCURRENTLY two_i; DROP TABLE two', rev_id => 'w1')$q$,
		$q$CALL %1$s.migrate_upgrade_online('head')$q$,
		$q$SELECT p.revision, p.statement, p.statements, j.done FROM %1$s.migrate_progress p, %1$s.migrate_journal j$q$,
		$q$UPDATE two SET i = 2 WHERE ctid = (SELECT max(ctid) FROM two)$q$,
		$q$CALL %1$s.migrate_upgrade_online('head', wait => false)$q$,
		$q$CALL %1$s.migrate_downgrade_online(-1)$q$,
		$q$SELECT string_agg(format('%%s %%s %%s', direction, revision, result), ', ' ORDER BY id) AS log, %1$s.migrate_delete('w1') AS deleted FROM %1$s.migrate_log$q$,
		$q$DELETE FROM %1$s.migrate_log$q$]) WITH ORDINALITY q (q, n)
	WHERE extname = 'pgmigrate' ORDER BY n
$f$;
\set VERBOSITY terse
SELECT * FROM online_run() \gexec
\set VERBOSITY default

-- The script of migrate_sql, with the name of the schema in it.
SELECT "Ev""il 'S".migrate_revision('first', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'w1');
\pset format unaligned
\pset tuples_only on
SELECT line FROM "Ev""il 'S".migrate_sql('upgrade', 'base:w1') l, regexp_split_to_table(l, '\n') line WHERE line ~ 'Ev';
\pset tuples_only off
\pset format aligned
SELECT "Ev""il 'S".migrate_delete('w1');

-- In the same session, elsewhere, several times; each time everything works
-- as before, and the old place is not looked at again.
ALTER EXTENSION pgmigrate SET SCHEMA "Ev";
CREATE TABLE "Ev""il 'S".migrate_script (evil text);
CREATE TABLE "Ev""il 'S".migrate_version (evil text);
CREATE TABLE "Ev""il 'S".migrate_journal (evil text);
CREATE TABLE "Ev""il 'S".migrate_model (evil text);
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
CREATE SCHEMA "select";
ALTER EXTENSION pgmigrate SET SCHEMA "select";
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
CREATE SCHEMA "ééééééééééééééééééééééééééééééé";		-- 62 bytes
ALTER EXTENSION pgmigrate SET SCHEMA "ééééééééééééééééééééééééééééééé";
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
CREATE SCHEMA "a;b--c/*d $$ %s %1$s \ {,}""''.x y	zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
SELECT octet_length(nspname) FROM pg_namespace WHERE nspname LIKE 'a;b%';
ALTER EXTENSION pgmigrate SET SCHEMA "a;b--c/*d $$ %s %1$s \ {,}""''.x y	zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
\set VERBOSITY terse
SELECT * FROM online_run() \gexec
\set VERBOSITY default
CREATE SCHEMA "new
line";
ALTER EXTENSION pgmigrate SET SCHEMA "new
line";
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
\set VERBOSITY terse
SELECT * FROM online_run() \gexec
\set VERBOSITY default
-- not even a schema's name in a script's comments leads to a command
SELECT "new
line".migrate_revision('m', 'SELECT 1', '', rev_id => 'w1');
SELECT count(*) FROM "new
line".migrate_sql('upgrade', 'base:w1') l WHERE l ~ '^line' OR l ~ E'--[^\n]*new\n';
SELECT "new
line".migrate_delete('w1');
-- The schema is renamed rather than changed.
ALTER SCHEMA "new
line" RENAME TO renamed;
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
ALTER SCHEMA renamed RENAME TO "Renamed again";
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
\set VERBOSITY terse
SELECT * FROM online_run() \gexec
\set VERBOSITY default
-- And made anew, in the same session.
DROP EXTENSION pgmigrate;
CREATE EXTENSION pgmigrate SCHEMA ev;
SELECT * FROM workflow();
\set VERBOSITY terse
SELECT * FROM online_run() \gexec
\set VERBOSITY default
-- Under quote_all_identifiers.
SET quote_all_identifiers = on;
ALTER EXTENSION pgmigrate SET SCHEMA "Renamed again";
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';
\set VERBOSITY terse
SELECT * FROM online_run() \gexec
\set VERBOSITY default
RESET quote_all_identifiers;
ALTER EXTENSION pgmigrate SET SCHEMA public;
SELECT * FROM workflow() WHERE value ~ '^[0-9A-Z]{5} ';

-- Identifiers: everything that is not forbidden.
CREATE TABLE ids (n int GENERATED ALWAYS AS IDENTITY, id text);
INSERT INTO ids (id) VALUES
	('a''b"c\d'), ('é'), ('select'), ('$1'), ('%s%n'), ('a.b'), ('a/b'), ('/*a*/'), ('$$'), ('$x$'), ('\q'), ('\'), (''''), ('"'),
	('''''''''' ), ('(a)'), ('a;b'), ('<b>&amp;'), ('a|b'), ('[a]'), ('a=b'), ('*'), ('?'), ('#'), ('~'), ('`x`'), ('0'), ('1'), ('00'),
	('null'), ('NULL'), ('true'), ('HEAD'), ('Base'), ('日本語'), ('🐘'), ('e' || U&'\0301'), ('é2'), ('İ'), ('ß'),
	(repeat('x', 255)), (repeat('é', 127)), ('_'), ('__'), ('a_b'), ('"x"'), ('1e5'), (E'\\x41'), ('A'), ('ǆ');
SELECT count(*) FILTER (WHERE made) AS made, count(*) FILTER (WHERE NOT made) AS not_made FROM (
	SELECT migrate_revision(E'about ' || id || E'\nand "more"', format('INSERT INTO whereabouts (what, value) VALUES (''up'', %L)', id),
		format('INSERT INTO whereabouts (what, value) VALUES (''down'', %L)', id), rev_id => id,
		branch_label => CASE WHEN n <= 20 THEN 'L' || id END) = id AS made
	FROM ids ORDER BY n) m;
-- each can be named, exactly
SELECT n, left(id, 20) AS id FROM ids WHERE NOT EXISTS (SELECT FROM migrate_show(id) s WHERE s.revision = id);
SELECT n, left(id, 20) AS id FROM ids WHERE n <= 20 AND NOT EXISTS (SELECT FROM migrate_show('L' || id) s WHERE s.revision = id);
SELECT n, left(id, 20) AS id FROM ids WHERE n <= 20 AND NOT EXISTS (SELECT FROM migrate_show('L' || id || '@' || id) s WHERE s.revision = id);
-- as the target of an upgrade, one after the other, and back
SET client_min_messages = error;
SELECT count(*) FILTER (WHERE ran) AS ran, count(*) FILTER (WHERE NOT ran) AS not_ran FROM (
	SELECT (SELECT string_agg(revision, ' ') FROM migrate_upgrade(ids.id)) = id AS ran FROM ids ORDER BY n) r;
RESET client_min_messages;
SELECT count(*) AS wrong FROM ids JOIN whereabouts w USING (n) WHERE w.value <> id OR w.what <> 'up';
SELECT count(*) FROM migrate_log l JOIN ids ON l.revision = ids.id WHERE l.id = ids.n;
SELECT revision FROM migrate_current();
SELECT bool_and(ok) FROM migrate_check();
-- relative to each
SELECT n, left(id, 20) AS id FROM ids WHERE n < 50 AND
	(SELECT string_agg(revision, ' ') FROM migrate_show(id || '+1')) IS DISTINCT FROM (SELECT i.id FROM ids i WHERE i.n = ids.n + 1);
SELECT n, left(id, 20) AS id FROM ids WHERE n > 1 AND
	(SELECT string_agg(revision, ' ') FROM migrate_history(id || '-1:' || id)) IS DISTINCT FROM (SELECT ids.id || ' ' || i.id FROM ids i WHERE i.n = ids.n - 1);
-- as arrays
SELECT count(*) FROM ids WHERE (SELECT count(*) FROM migrate_plan(ARRAY[id]::text, 'downgrade')) = (SELECT count(*) FROM ids) - n;
-- drawn and written
\pset format unaligned
\pset tuples_only on
SELECT left(l, 80) FROM migrate_graph('text') l;
SELECT left(l, 80) FROM migrate_graph('dot') l;
SELECT left(l, 80) FROM migrate_graph('mermaid') l WHERE l !~ ' --> |^    class';
\pset tuples_only off
\pset format aligned
-- that the offline script runs with such names is in test/t
SET client_min_messages = error;
SELECT count(*) FROM migrate_downgrade(-50);
SELECT string_agg(value, ' ' ORDER BY n DESC) = (SELECT string_agg(id, ' ' ORDER BY n) FROM ids) AS all FROM whereabouts WHERE what = 'down';
DO $$
DECLARE
	i text;
BEGIN
	FOR i IN SELECT id FROM ids ORDER BY n DESC LOOP
		PERFORM migrate_edit(i, message => i, depends_on => '{}');
		PERFORM migrate_delete(i);
	END LOOP;
END $$;
SELECT count(*) FROM migrate_history();

-- Roles.
SET client_min_messages = warning;
DELETE FROM migrate_log;
SELECT migrate_grant('write', 'regress_Q"uo''te d'), migrate_grant('run', 'regress_é\x'), migrate_grant('look', 'regress_pgm_63_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
SELECT pg_get_userbyid(grantee) COLLATE "C" AS role, privilege_type, count(*)
	FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e',
		aclexplode(proacl) WHERE grantee <> proowner AND grantee <> 0 GROUP BY 1, 2 ORDER BY 1;
SET SESSION AUTHORIZATION "regress_Q""uo'te d";
SELECT migrate_revision('by Q', 'SELECT 1', '', rev_id => 'q1');
CREATE FUNCTION pg_temp.run_as_e(command text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	result text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
END $$;
RESET SESSION AUTHORIZATION;
ALTER FUNCTION pg_temp.run_as_e(text) OWNER TO "regress_é\x";
\set SHOW_CONTEXT never
SELECT pg_temp.run_as_e('SELECT revision FROM migrate_upgrade(''head'')');
\set SHOW_CONTEXT errors
SET SESSION AUTHORIZATION "regress_é\x";
SELECT migrate_approve('q1');
SELECT pg_temp.run_as_e('SELECT revision FROM migrate_upgrade(''head'')');
SET SESSION AUTHORIZATION "regress_pgm_63_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
SELECT revision, author FROM migrate_history();
SELECT revision, applied_by FROM migrate_current();
SELECT revision, approved_by FROM migrate_show('q1');
SELECT revision, ran_as, logged_in_as FROM migrate_log ORDER BY id;
SET SESSION AUTHORIZATION "Regress_select";
SELECT revision FROM migrate_downgrade('base');
SELECT migrate_revision('by select', 'SET ROLE "regress_é\x"; CREATE TEMP TABLE t (i int)', '', rev_id => 'q2');
SELECT migrate_approve('q1');
SELECT revision FROM migrate_upgrade('head');
SELECT current_user, session_user;
SELECT migrate_revision('by select', 'SET ROLE "regress_é\x"; CREATE TEMP TABLE u AS SELECT current_user AS who; VACUUM u; CREATE TEMP TABLE v AS SELECT current_user AS who', '', rev_id => 'q3');
SET ROLE "Regress_select";
CALL migrate_upgrade_online('head');
SELECT u.who, v.who, current_user, session_user, current_setting('role') FROM u, v;
RESET ROLE;
SELECT revision, ran_as, logged_in_as FROM migrate_log ORDER BY id;
RESET SESSION AUTHORIZATION;
SELECT migrate_revoke('write', 'regress_Q"uo''te d'), migrate_revoke('run', 'regress_é\x'), migrate_revoke('look', 'regress_pgm_63_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
-- a role that is renamed or dropped leaves its name behind, and no trust
ALTER ROLE "regress_Q""uo'te d" RENAME TO "regress_Q2";
SELECT revision, author FROM migrate_show('q1');
ALTER ROLE "regress_Q2" RENAME TO "regress_Q""uo'te d";

\c :home
DROP DATABASE :testdb;
DROP ROLE "regress_Q""uo'te d", "regress_é\x", "Regress_select", regress_pgm_63_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;
