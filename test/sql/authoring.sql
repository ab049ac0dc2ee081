-- Writing revisions: migrate_revision() with all its arguments, what it
-- refuses, and how scripts are taken apart.  Then migrate_edit(),
-- migrate_delete() and migrate_approve().
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_author, regress_editor;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;

-- some errors name the author
CREATE ROLE regress_author SUPERUSER;
SET SESSION AUTHORIZATION regress_author;

-- everything that a revision is, except what differs from run to run
CREATE VIEW authored AS
	SELECT revision, message, down_revision, depends_on, branch_labels,
		upgrade, downgrade, is_head
	FROM migrate_script ORDER BY ordinal;

-- the SQLSTATE of a call
CREATE FUNCTION state_of(call text) RETURNS text
LANGUAGE plpgsql AS
$$
BEGIN
	EXECUTE 'SELECT ' || call;
	RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

--
-- The usual ways to write a revision
--
SELECT migrate_revision('create account',
	'CREATE TABLE account (id int PRIMARY KEY)', 'DROP TABLE account', 'a1');
SELECT migrate_revision('add owner', rev_id => 'a2',
	upgrade => 'ALTER TABLE account ADD owner text',
	downgrade => 'ALTER TABLE account DROP owner');
-- without a downgrade there is no way back
SELECT migrate_revision('drop owner', rev_id => 'a3',
	upgrade => 'ALTER TABLE account DROP owner');
-- with an empty one there is nothing to undo
SELECT migrate_revision('fill account', rev_id => 'a4',
	upgrade => 'INSERT INTO account VALUES (1)', downgrade => '');
-- without scripts: an empty revision
SELECT migrate_revision('nothing yet', rev_id => 'a5');
-- only down
SELECT migrate_revision('only down', rev_id => 'a6', downgrade => 'SELECT 1');
TABLE authored;
SELECT bool_and(author = current_user) AS author,
	bool_and(created_at BETWEEN statement_timestamp() - interval '1 hour' AND clock_timestamp()) AS created,
	array_agg(ordinal ORDER BY revision) AS ordinals
FROM migrate_script;
-- identifiers are made up unless they are given
SELECT migrate_revision('made up') ~ '^[0-9a-f]{12}$' AS made_up;
SELECT migrate_revision('made up too', head => 'head') ~ '^[0-9a-f]{12}$' AS made_up;
SELECT count(*), count(DISTINCT revision) FROM migrate_script;

--
-- Identifiers
--
SELECT migrate_revision('again', rev_id => 'a1');
SELECT migrate_revision('empty', rev_id => '');
SELECT migrate_revision('reserved', rev_id => 'head');
SELECT migrate_revision('illegal', rev_id => 'a@b');
SELECT migrate_revision('illegal', rev_id => 'x:y-z+{1},@@');
SELECT migrate_revision('illegal', rev_id => 'two words');
SELECT migrate_revision('illegal', rev_id => E'line\nbreak');
SELECT migrate_revision('too long', rev_id => repeat('x', 256));
SELECT id, state_of(format('migrate_revision(%L, rev_id => %L)', 'x', id))
FROM unnest(ARRAY['heads', 'base', 'current', 'a-b', 'a+b', 'a:b', 'a,b', '{a', 'a}',
	E'a\tb', ' ', E'\x7f']) AS id;
-- these are fine
BEGIN;
SELECT migrate_revision('upper case is another', rev_id => 'A1');
SELECT migrate_revision('dots, slashes, quotes', rev_id => 'v1.2/3_"x"''y''');
SELECT migrate_revision('digits', rev_id => '1');
SELECT migrate_revision('no ASCII', rev_id => U&'\00e4nderung') = U&'\00e4nderung' AS umlaut;
SELECT migrate_revision('long', rev_id => repeat('x', 255)) = repeat('x', 255) AS long;
SELECT migrate_revision('after them') ~ '^[0-9a-f]{12}$' AS made_up;
ROLLBACK;

--
-- Messages
--
SELECT migrate_revision(NULL);
SELECT migrate_revision('');
SELECT migrate_revision(E' \n\t');
BEGIN;
SELECT migrate_revision(E'first line\n\nmore about it', rev_id => 'm1');
SELECT message FROM migrate_script WHERE revision = 'm1';
ROLLBACK;

--
-- Parents
--
DELETE FROM migrate_script WHERE message LIKE 'made up%';
UPDATE migrate_script SET is_head = true WHERE revision = 'a6';
BEGIN;
SELECT migrate_revision('by id', rev_id => 'a7', head => 'a6');
SELECT migrate_revision('by the beginning of an id', rev_id => 'second_root', head => 'base');
SELECT migrate_revision('on it', rev_id => 'second_child', head => 'second_r');
SELECT migrate_revision('relative', rev_id => 'side', head => 'second_child-1', splice => true);
SELECT migrate_revision('base of a branch', rev_id => 'third_root', head => 'a1@base');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT revision, down_revision, is_head FROM migrate_script WHERE ordinal > 6 ORDER BY ordinal;
ROLLBACK;
-- only heads, unless one says so
SELECT migrate_revision('not a head', rev_id => 'n1', head => 'a2');
SELECT migrate_revision('splice', rev_id => 'b3', head => 'a2', splice => true);
-- and then "head" is not clear
SELECT migrate_revision('which one', rev_id => 'n1');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT migrate_revision('which one', rev_id => 'n1', head => 'a1@head');
SELECT migrate_revision('this one', rev_id => 'b4', head => 'b3@head');
SELECT migrate_revision('no such', rev_id => 'n1', head => 'nowhere');
SELECT migrate_revision('not clear', rev_id => 'n1', head => 'a');
SELECT migrate_revision('malformed', rev_id => 'n1', head => 'a6@@x');
SELECT migrate_revision('malformed', rev_id => 'n1', head => 'a1:a6');
SELECT migrate_revision('empty', rev_id => 'n1', head => '');
SELECT migrate_revision('null', rev_id => 'n1', head => NULL::text);
SELECT migrate_revision('null', rev_id => 'n1', splice => NULL);
SELECT revision, down_revision, is_head FROM migrate_script ORDER BY ordinal;

-- several parents: a merge point with a script
BEGIN;
SELECT migrate_revision('both', head => ARRAY['a6', 'b4'], rev_id => 'm1',
	upgrade => 'SELECT 1', downgrade => 'SELECT 2');
SELECT migrate_revision('on top', rev_id => 'm2');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT revision, down_revision, is_head FROM migrate_script WHERE ordinal > 6 ORDER BY ordinal;
ROLLBACK;
BEGIN;
SELECT migrate_revision('array literal', head => '{b4,a6}', rev_id => 'm1');
SELECT down_revision FROM migrate_script WHERE revision = 'm1';
ROLLBACK;
BEGIN;
SELECT migrate_revision('all heads', head => 'heads', rev_id => 'm1');
SELECT down_revision FROM migrate_script WHERE revision = 'm1';
ROLLBACK;
SELECT migrate_revision('twice', head => ARRAY['a6', 'a6'], rev_id => 'n1');
SELECT migrate_revision('twice', head => ARRAY['heads', 'b4'], rev_id => 'n1');
SELECT migrate_revision('not a head', head => ARRAY['a6', 'b3'], rev_id => 'n1');
SELECT migrate_revision('null', head => ARRAY['a6', NULL], rev_id => 'n1');
SELECT migrate_revision('null', head => NULL::text[], rev_id => 'n1');
SELECT migrate_revision('two dimensions', head => ARRAY[['a6'], ['b4']], rev_id => 'n1');

--
-- Branch labels
--
BEGIN;
SELECT migrate_revision('billing starts', rev_id => 'c1', head => 'base', branch_label => 'billing');
SELECT migrate_revision('billing goes on', rev_id => 'c2', head => 'billing@head');
SELECT migrate_revision('two labels', rev_id => 'd1', head => 'base', branch_label => '{core,kernel}');
SELECT migrate_revision('no label', rev_id => 'd2', head => 'kernel@head', branch_label => '');
SELECT revision, down_revision, branch_labels FROM migrate_script WHERE ordinal > 8 ORDER BY ordinal;
SAVEPOINT s;
SELECT migrate_revision('taken', rev_id => 'n1', head => 'base', branch_label => 'core');
ROLLBACK TO s;
SELECT migrate_revision('taken by an id', rev_id => 'n1', head => 'base', branch_label => 'a1');
ROLLBACK TO s;
SELECT migrate_revision('own id', rev_id => 'n1', head => 'base', branch_label => 'n1');
ROLLBACK TO s;
SELECT migrate_revision('twice', rev_id => 'n1', head => 'base', branch_label => '{x,x}');
ROLLBACK TO s;
SELECT migrate_revision('illegal', rev_id => 'n1', head => 'base', branch_label => 'a@b');
ROLLBACK TO s;
SELECT migrate_revision('reserved', rev_id => 'n1', head => 'base', branch_label => 'current');
ROLLBACK;

--
-- Dependencies
--
BEGIN;
SELECT migrate_revision('reports', rev_id => 'reports_1', head => 'base', branch_label => 'reports');
SELECT migrate_revision('on an id', rev_id => 'r2', head => 'reports@head', depends_on => 'b4');
SELECT migrate_revision('labels stay labels', rev_id => 'e1', head => 'base', depends_on => 'reports');
SELECT migrate_revision('beginnings of ids do not stay', rev_id => 'e2', head => 'e1', depends_on => 'reports_');
SELECT migrate_revision('several', rev_id => 'e3', head => 'e2', depends_on => ARRAY['r2', 'a3']);
SELECT migrate_revision('several in a text', rev_id => 'e4', head => 'e3', depends_on => '{r2,a3,r2}');
SELECT migrate_revision('none', rev_id => 'e5', head => 'e4', depends_on => '{}');
SELECT migrate_revision('a place', rev_id => 'e6', head => 'e5', depends_on => 'reports@head');
SELECT migrate_revision('arrays of both', head => ARRAY['e6', 'a6'], depends_on => ARRAY['b3'], rev_id => 'e7');
SELECT revision, down_revision, depends_on FROM migrate_script WHERE ordinal > 8 ORDER BY ordinal;
SELECT revision, status FROM migrate_heads();
SAVEPOINT s;
SELECT migrate_revision('no such', rev_id => 'n1', head => 'e7', depends_on => 'nowhere');
ROLLBACK TO s;
SELECT migrate_revision('itself', rev_id => 'n1', head => 'e7', depends_on => 'n1');
ROLLBACK TO s;
SELECT migrate_revision('base', rev_id => 'n1', head => 'e7', depends_on => 'base');
ROLLBACK TO s;
SELECT migrate_revision('null', rev_id => 'n1', head => 'e7', depends_on => ARRAY['a1', NULL]);
ROLLBACK;

--
-- What cannot run is refused when it is written: parsing
--
SELECT migrate_revision('a typing error', rev_id => 'n1', head => 'b4', upgrade =>
$$CREATE TABLE t (id int);
-- the next one is wrong
CREATE TABEL u (id int);
SELECT 1;$$);
SELECT migrate_revision('at the end', rev_id => 'n1', head => 'b4', upgrade => 'SELECT 1;
SELECT (');
SELECT migrate_revision('in the downgrade', rev_id => 'n1', head => 'b4',
	upgrade => 'SELECT 1', downgrade => 'DROP TALBE t');
SELECT migrate_revision('quotes', rev_id => 'n1', head => 'b4', upgrade => 'SELECT 1;
SELECT ''open');
SELECT migrate_revision('dollar quotes', rev_id => 'n1', head => 'b4', upgrade => 'DO $x$ BEGIN NULL; END $y$');
SELECT migrate_revision('comments', rev_id => 'n1', head => 'b4', upgrade => 'SELECT 1 /* open /* nested */');
SELECT migrate_revision('psql', rev_id => 'n1', head => 'b4', upgrade => 'CREATE TABLE t (id int);
\d t
');
SELECT migrate_revision('psql', rev_id => 'n1', head => 'b4', upgrade => '\i other.sql');
-- characters of several bytes count as one
SELECT migrate_revision('no ASCII', rev_id => 'n1', head => 'b4',
	upgrade => U&'SELECT ''\00e4\00f6\00fc''; SELEKT 1');
-- of a long script only the line is shown
SELECT migrate_revision('long', rev_id => 'n1', head => 'b4',
	upgrade => repeat(E'SELECT 1;\n', 500) || E'  SELECT 2; SELEKT 3;\n' || repeat(E'SELECT 1;\n', 500));

--
-- ... and statements that no run could execute, of either kind
--
SELECT migrate_revision('transaction', rev_id => 'n1', head => 'b4', upgrade =>
$$SELECT 1;
/* begins
   here */ BEGIN; SELECT 2; COMMIT;$$);
SELECT migrate_revision('transaction', rev_id => 'n1', head => 'b4', upgrade => 'SELECT 1;
COMMIT');
SELECT migrate_revision('transaction', rev_id => 'n1', head => 'b4', downgrade => 'ROLLBACK TO SAVEPOINT s');
SELECT migrate_revision('copy', rev_id => 'n1', head => 'b4', upgrade => 'COPY account FROM STDIN');
SELECT migrate_revision('copy', rev_id => 'n1', head => 'b4', upgrade => 'SELECT 1; COPY account TO STDOUT');
SELECT migrate_revision('characteristics', rev_id => 'n1', head => 'b4',
	upgrade => 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
SELECT migrate_revision('discard', rev_id => 'n1', head => 'b4', upgrade =>
'VACUUM account;
DISCARD ALL;');
SELECT script, state_of(format('migrate_revision(%L, rev_id => %L, head => %L, upgrade => %L)',
	'x', 'n1', 'b4', script))
FROM unnest(ARRAY['BEGIN', 'START TRANSACTION', 'COMMIT AND CHAIN', 'END', 'ABORT', 'ROLLBACK',
	'SAVEPOINT s', 'RELEASE s', 'PREPARE TRANSACTION ''x''', 'COMMIT PREPARED ''x''',
	'ROLLBACK PREPARED ''x''',
	'SELECT 1; COPY (SELECT 1) TO STDOUT', 'COPY account (id) FROM STDIN (FORMAT csv)',
	'SET TRANSACTION READ ONLY', 'SET TRANSACTION SNAPSHOT ''x''', 'SET LOCAL TRANSACTION DEFERRABLE',
	'CREATE INDEX CONCURRENTLY i ON t (id); COMMIT']) AS script;
-- what runs outside of a transaction only may be written: an online run
-- executes it (what a function says to it is in online_plan.sql)
BEGIN;
SELECT migrate_revision('index', rev_id => 'n1', head => 'b4', upgrade =>
'CREATE INDEX i ON account (id);
CREATE UNIQUE INDEX CONCURRENTLY j ON account (id);',
	downgrade => 'DROP INDEX CONCURRENTLY j; DROP INDEX i');
SELECT migrate_edit('n1', upgrade => 'CREATE UNIQUE INDEX CONCURRENTLY j ON account (id)',
	downgrade => 'DROP INDEX CONCURRENTLY j');
SELECT upgrade, downgrade FROM authored WHERE revision = 'n1';
ROLLBACK;
SELECT script, state_of(format('migrate_delete(migrate_revision(%L, rev_id => %L, head => %L, upgrade => %L, downgrade => %4$L))',
	'x', 'n1', 'b4', script))
FROM unnest(ARRAY['CREATE INDEX CONCURRENTLY ON t (id)', 'DROP INDEX CONCURRENTLY i',
	'REINDEX INDEX CONCURRENTLY i', 'REINDEX TABLE CONCURRENTLY account',
	'REINDEX (CONCURRENTLY) TABLE t', 'REINDEX SCHEMA public', 'REINDEX DATABASE d', 'REINDEX SYSTEM d',
	'VACUUM', 'VACUUM (ANALYZE) account', 'VACUUM FULL t', 'CLUSTER', 'CLUSTER VERBOSE',
	'ALTER TABLE parts DETACH PARTITION part_1 CONCURRENTLY',
	'CREATE DATABASE d', 'DROP DATABASE d', 'ALTER DATABASE d SET TABLESPACE s',
	'CREATE TABLESPACE s LOCATION ''/nowhere''', 'DROP TABLESPACE s',
	'ALTER SYSTEM SET work_mem = 1', 'ALTER SYSTEM RESET ALL',
	'CREATE SUBSCRIPTION s CONNECTION ''h'' PUBLICATION p',
	'CREATE SUBSCRIPTION s CONNECTION ''h'' PUBLICATION p WITH (create_slot = true)',
	'DROP SUBSCRIPTION s']) AS script;
-- and so may their harmless relatives
SELECT script, state_of(format('migrate_delete(migrate_revision(%L, rev_id => %L, head => %L, upgrade => %L))',
	'x', 'n1', 'b4', script))
FROM unnest(ARRAY['', ';;', '-- only a comment', 'ANALYZE', 'CLUSTER t USING i', 'REINDEX TABLE t',
	'REINDEX (VERBOSE, CONCURRENTLY false) TABLE t',
	'CREATE INDEX IF NOT EXISTS i ON t (id)', 'DROP INDEX i', 'DISCARD TEMP',
	'ALTER TABLE parts DETACH PARTITION part_1', 'ALTER DATABASE d SET work_mem = 1',
	'ALTER DATABASE d ALLOW_CONNECTIONS false',
	'COPY t FROM ''/data/t.csv''', 'COPY t TO PROGRAM ''cat''', 'LOCK TABLE t', 'SET LOCAL work_mem = 1',
	'CREATE SUBSCRIPTION s CONNECTION ''h'' PUBLICATION p WITH (connect = false)',
	'CREATE SUBSCRIPTION s CONNECTION ''h'' PUBLICATION p WITH (create_slot = off)',
	'CALL p()', 'LISTEN x', 'REFRESH MATERIALIZED VIEW CONCURRENTLY v',
	'PREPARE s AS SELECT 1', 'DECLARE c CURSOR FOR SELECT 1']) AS script;
-- nothing of all this was written
SELECT revision, down_revision, is_head FROM migrate_script ORDER BY ordinal;

--
-- Where statements end
--
DELETE FROM migrate_script;
SELECT migrate_revision('semicolons that end nothing', rev_id => 's1', upgrade =>
$script$
-- ; in a comment
/* ; /* ; */ ; */
CREATE TABLE semi (t text DEFAULT ';', ";" int);	-- ;
INSERT INTO semi VALUES ('it''s ; here'), (E'\';\n'), (U&'\003b'), ($$;$$), ($x$ $$;$$ $x$);
DO $$
BEGIN
	EXECUTE 'SELECT 1;';
	/* ; */
	INSERT INTO semi VALUES ('do;');
END;
$$;
;
CREATE FUNCTION semi_count() RETURNS bigint
BEGIN ATOMIC
	SELECT 1;
	SELECT count(*) FROM semi;
END;
CREATE PROCEDURE semi_add(n int)
BEGIN ATOMIC
	INSERT INTO semi SELECT ';' || n;
	INSERT INTO semi SELECT CASE n WHEN 1 THEN 'one;' ELSE 'many;' END;
END;
CREATE FUNCTION semi_two(a int, b int) RETURNS int RETURN a + b; CALL semi_add(1);
CREATE RULE semi_rule AS ON DELETE TO semi DO ALSO (SELECT 1; SELECT 2);
CREATE SCHEMA semi_schema CREATE TABLE a (id int) CREATE VIEW v AS SELECT id FROM a;
SELECT ';'
	';';;
$script$,
downgrade => 'DROP VIEW semi_schema.v; DROP TABLE semi_schema.a; DROP SCHEMA semi_schema; DROP ROUTINE semi_count, semi_add, semi_two; DROP TABLE semi');
SELECT revision FROM migrate_upgrade();
SELECT statements FROM migrate_log;
SELECT t FROM semi ORDER BY t COLLATE "C";
SELECT revision FROM migrate_downgrade('base');
SELECT revision, statements FROM migrate_log WHERE direction = 'downgrade';

--
-- Changing a revision
--
DELETE FROM migrate_script;
SELECT migrate_revision('first', rev_id => 'e1', upgrade => 'SELECT 1', downgrade => '', branch_label => 'edited');
SELECT migrate_revision('second', rev_id => 'e2', upgrade => 'SELECT 2', downgrade => 'SELECT -2');
SELECT migrate_revision('third', rev_id => 'third_revision', upgrade => 'SELECT 3', downgrade => 'SELECT -3');
SELECT migrate_edit('e2', message => 'the second');
SELECT migrate_edit('third', upgrade => 'SELECT 33');
SELECT migrate_edit('head', downgrade => 'SELECT -33', depends_on => 'e1');
SELECT migrate_edit('edited', branch_label => '{edited,also_edited}');
SELECT migrate_edit('head-1', irreversible => true);
TABLE authored;
SELECT migrate_edit('e2', downgrade => '', message => 'the second again', upgrade => '');
SELECT migrate_edit('third', depends_on => '{}');
SELECT migrate_edit('e1', branch_label => '');
TABLE authored;
-- what it refuses
SELECT migrate_edit('e2');
SELECT migrate_edit(NULL, message => 'x');
SELECT migrate_edit('nowhere', message => 'x');
SELECT migrate_edit('base', message => 'x');
SELECT migrate_edit('current', message => 'x');
SELECT migrate_edit('e2', message => ' ');
SELECT migrate_edit('e2', upgrade => 'SELECT 1; SELEKT 2');
SELECT migrate_edit('e2', downgrade => 'COMMIT');
SELECT migrate_edit('e2', downgrade => 'SELECT 1', irreversible => true);
SELECT migrate_edit('e2', irreversible => NULL);
SELECT migrate_edit('e2', branch_label => 'e1');
SELECT migrate_edit('e2', branch_label => 'base');
SELECT migrate_edit('e2', depends_on => 'nowhere');
SELECT migrate_edit('e2', depends_on => 'e2');
SELECT migrate_edit('e1', depends_on => 'third_revision');
-- a label that is needed cannot go
SELECT migrate_edit('e1', branch_label => 'needed');
SELECT migrate_revision('needs it', rev_id => 'e4', depends_on => 'needed');
SELECT migrate_edit('e1', branch_label => 'other');
SELECT migrate_edit('e1', branch_label => '{other,needed}');
TABLE authored;

-- an applied revision only with force
SELECT revision FROM migrate_upgrade('e2');
SELECT migrate_edit('e2', message => 'x');
SELECT migrate_edit('e1', downgrade => 'SELECT 5');
SELECT migrate_edit('current', message => 'the current one', force => true);
SELECT migrate_edit('e1', downgrade => 'SELECT 5', force => true);
SELECT migrate_edit('e1', depends_on => 'third', force => true);
SELECT migrate_edit('third', upgrade => 'SELECT 333');
-- who changes a text is its author; a message is no text
CREATE ROLE regress_editor SUPERUSER;
SET ROLE regress_editor;
SELECT migrate_edit('e4', message => 'needs the label');
SELECT migrate_edit('third', upgrade => 'SELECT 3333');
SELECT migrate_edit('e2', upgrade => '', force => true);	-- the text it had
RESET ROLE;
SELECT revision, message, author FROM migrate_script ORDER BY ordinal;

--
-- Deleting a revision
--
SELECT migrate_delete('e2');
SELECT migrate_delete('third');
SELECT migrate_delete('nowhere');
SELECT migrate_delete('base');
SELECT migrate_delete(NULL);
SELECT migrate_delete('heads');
SELECT migrate_delete('third');
-- a dependent counts as well as a child
SELECT migrate_revision('another base', rev_id => 'o1', head => 'base');
SELECT migrate_revision('depends', rev_id => 'o2', head => 'base', depends_on => 'o1');
SELECT migrate_delete('o1');
SELECT migrate_delete('heads');
SELECT migrate_delete('o2');
SELECT migrate_delete('o1');
SELECT migrate_delete('e1');
SELECT revision, down_revision, is_head FROM migrate_script ORDER BY ordinal;
-- the parent of a deleted one is a head again, if it has no other child
SELECT migrate_revision('left', rev_id => 'l', head => 'e2');
SELECT migrate_revision('right', rev_id => 'r', head => 'e2', splice => true);
SELECT migrate_merge('heads', rev_id => 'lr');
SELECT migrate_delete('lr');
SELECT revision, is_head FROM migrate_script ORDER BY ordinal;
SELECT migrate_delete('l');
SELECT revision, is_head FROM migrate_script ORDER BY ordinal;
SELECT migrate_delete('r');
SELECT revision, is_head FROM migrate_script ORDER BY ordinal;
SELECT migrate_revision('on top again', rev_id => 'e3');
-- after its undoing it can go, and its id be used again
SELECT revision FROM migrate_downgrade('base');
SELECT migrate_delete('head');
SELECT migrate_delete('head');
SELECT migrate_delete('head');
SELECT migrate_delete('head');
SELECT migrate_revision('the first one', rev_id => 'e1');
SELECT revision, message FROM migrate_history();

--
-- Approving a revision
--
SELECT migrate_revision('approve me', rev_id => 'e2', upgrade => 'SELECT 1', downgrade => 'SELECT 2');
SELECT revision, approved_by FROM migrate_show('e2');
SELECT migrate_approve('e2');
SELECT migrate_approve('e2');
SET ROLE regress_editor;
SELECT migrate_approve('head');
RESET ROLE;
SELECT revision, approved_by FROM migrate_show('e2');
SELECT revision, octet_length(sha256), approved_by FROM migrate_approval ORDER BY approved_by;
-- another text, in any direction, is not approved
SELECT migrate_edit('e2', downgrade => 'SELECT 22');
SELECT revision, approved_by FROM migrate_show('e2');
SELECT migrate_edit('e2', irreversible => true);
SELECT revision, approved_by FROM migrate_show('e2');
-- the former text is
SELECT migrate_edit('e2', downgrade => 'SELECT 2');
SELECT revision, approved_by FROM migrate_show('e2');
-- and a message does not matter
SELECT migrate_edit('e2', message => 'approved');
SELECT revision, message, approved_by FROM migrate_show('e2');
SELECT migrate_approve('nowhere');
SELECT migrate_approve('base');
SELECT migrate_approve(NULL);

--
-- Read-only transactions
--
BEGIN READ ONLY;
SAVEPOINT s;
SELECT migrate_revision('x');
ROLLBACK TO s;
SELECT migrate_edit('e2', message => 'x');
ROLLBACK TO s;
SELECT migrate_delete('e2');
ROLLBACK TO s;
SELECT migrate_approve('e2');
ROLLBACK;

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP OWNED BY regress_author, regress_editor;
DROP ROLE regress_author, regress_editor;
