-- The errors of the revision grammar and of the graph, as a user sees them:
-- with DETAIL and HINT.  Their SQLSTATEs are in the last part.
\getenv inputdir PG_ABS_SRCDIR
\set helpers :inputdir '/lib/vectors.sql'
\set VERBOSITY default
BEGIN;
\set ECHO none
\i :helpers
\set ECHO all
\set ON_ERROR_ROLLBACK on

-- The revisions of a graph as if alice had written them: the details of some
-- errors name the authors.
CREATE PROCEDURE alices_graph(wanted text)
LANGUAGE sql AS
$$
	CALL graph(wanted);
	UPDATE migrate_script SET author = 'alice';
$$;

--
-- Symbols
--
CALL alices_graph('V2');
CALL be_at('{b}');
SELECT revision FROM migrate_upgrade('x');
SELECT revision FROM migrate_upgrade('ae10e');
SELECT revision FROM migrate_upgrade('x@head');
SELECT revision FROM migrate_upgrade('c1branch@x');
SELECT revision FROM migrate_upgrade('c1branch@c2');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT revision FROM migrate_upgrade();
SELECT revision FROM migrate_upgrade('head');
SELECT revision FROM migrate_upgrade('b@head');
SELECT revision FROM migrate_downgrade('heads');
SELECT revision FROM migrate_downgrade('c1branch@c2');
SELECT revision FROM migrate_stamp('head');
SELECT revision FROM migrate_show('head');
SELECT revision FROM migrate_upgrade('a:b');
SELECT revision FROM migrate_upgrade('current');
SELECT revision FROM migrate_upgrade('{c1,x}');
CALL alices_graph('hex');
SELECT revision FROM migrate_upgrade('ab');
SELECT revision FROM migrate_upgrade('abc1@xyz');
SELECT revision FROM migrate_upgrade('feature_');
SELECT revision FROM migrate_upgrade('xy');

--
-- Relative targets
--
CALL alices_graph('V2');
CALL be_at('{b}');
SELECT revision FROM migrate_upgrade('-1');
SELECT revision FROM migrate_upgrade('+0');
SELECT revision FROM migrate_upgrade('+9');
SELECT revision FROM migrate_upgrade('+1');
SELECT revision FROM migrate_upgrade('b+1');
SELECT revision FROM migrate_upgrade('c1branch@+9');
SELECT revision FROM migrate_upgrade('c1+9');
SELECT revision FROM migrate_upgrade('c1-9');
SELECT revision FROM migrate_upgrade('a-1');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT revision FROM migrate_upgrade('head-1');
SELECT revision FROM migrate_downgrade('+1');
SELECT revision FROM migrate_downgrade('-0');
SELECT revision FROM migrate_downgrade('-9');
SELECT revision FROM migrate_downgrade('b-9');
SELECT revision FROM migrate_downgrade('c1+9');
SELECT revision FROM migrate_downgrade('base-1');
SELECT revision FROM migrate_downgrade('c1branch@c2-1');
SELECT revision FROM migrate_stamp('+9');
SELECT revision FROM migrate_stamp('-9');
CALL be_at('{d1,d2}');
SELECT revision FROM migrate_upgrade('+1');
SELECT revision FROM migrate_upgrade('b@+1');
SELECT revision FROM migrate_downgrade('b@-1');
CALL be_at('{d2}');
SELECT revision FROM migrate_downgrade('c1branch@-1');
CALL be_at('{}');
SELECT revision FROM migrate_downgrade('-1');
SELECT revision FROM migrate_downgrade('c1branch@-1');
SELECT revision FROM migrate_stamp('-1');
CALL alices_graph('V3');
CALL be_at('{f}');
SELECT revision FROM migrate_downgrade('-2');
SELECT revision FROM migrate_upgrade('f-2');
CALL alices_graph('V14');
SELECT revision FROM migrate_upgrade('+1');

-- integers
CALL alices_graph('V1');
CALL be_at('{b}');
SELECT revision FROM migrate_upgrade(0);
SELECT revision FROM migrate_upgrade(-1);
SELECT revision FROM migrate_upgrade(9);
SELECT revision FROM migrate_downgrade(0);
SELECT revision FROM migrate_downgrade(1);
SELECT revision FROM migrate_downgrade(-9);

--
-- Targets that do not fit
--
CALL alices_graph('V2');
CALL be_at('{b}');
SELECT revision FROM migrate_upgrade('{c1,d1}');
SELECT revision FROM migrate_stamp('{d1,c1}');
SELECT revision FROM migrate_stamp('{c1,c1}');
SELECT revision FROM migrate_stamp('{base,c1}');
SELECT revision FROM migrate_downgrade('d1');
SELECT revision FROM migrate_downgrade('{a,b}');
CALL be_at('{d1,d2}');
SELECT revision FROM migrate_downgrade('a@b');
CALL alices_graph('V20');
CALL be_at('{a,b}');
SELECT revision FROM migrate_upgrade('head');
CALL alices_graph('V2');
CALL be_at('{ghost}');
SELECT revision FROM migrate_upgrade('heads');
SELECT revision FROM migrate_downgrade('base');

--
-- Malformed targets
--
CALL alices_graph('V1');
CALL be_at('{b}');
SELECT revision FROM migrate_upgrade('+1junk');
SELECT revision FROM migrate_upgrade('+1@head');
SELECT revision FROM migrate_upgrade('+1+1');
SELECT revision FROM migrate_upgrade('b+');
SELECT revision FROM migrate_upgrade('-');
SELECT revision FROM migrate_upgrade('');
SELECT revision FROM migrate_upgrade('@');
SELECT revision FROM migrate_upgrade('@head');
SELECT revision FROM migrate_upgrade('b@');
SELECT revision FROM migrate_upgrade('a@b@c');
SELECT revision FROM migrate_upgrade('head@b');
SELECT revision FROM migrate_upgrade('base@head');
SELECT revision FROM migrate_upgrade(' head');
SELECT revision FROM migrate_upgrade('HEAD');
SELECT revision FROM migrate_upgrade('+99999999999999999999');
SELECT revision FROM migrate_upgrade('{}');
SELECT revision FROM migrate_upgrade('{c,NULL}');
SELECT revision FROM migrate_upgrade('{{c},{d}}');
SELECT revision FROM migrate_upgrade('{{c,d}}'::text[]);
SELECT revision FROM migrate_upgrade(ARRAY[NULL]::text[]);
SELECT revision FROM migrate_upgrade(ARRAY[]::text[]);
SELECT revision FROM migrate_upgrade(NULL::text);
SELECT revision FROM migrate_upgrade(NULL::text[]);
SELECT revision FROM migrate_upgrade(NULL::integer);
SELECT revision FROM migrate_downgrade(NULL::text);
SELECT revision FROM migrate_downgrade('');
SELECT revision FROM migrate_stamp(NULL::text);
SELECT revision FROM migrate_stamp('');
SELECT revision FROM migrate_plan('head', 'sideways');
SELECT revision FROM migrate_plan(NULL);

-- dots are allowed, also in relative targets
CALL graph('my.rev; my.rev.2 <my.rev');
SELECT revision FROM migrate_plan('my.rev.2-1');

--
-- Ranges of history
--
CALL alices_graph('V1');
SELECT revision FROM migrate_history('b');
SELECT revision FROM migrate_history('a:b:c');
SELECT revision FROM migrate_history('d:b');
SELECT revision FROM migrate_history('x:');
SELECT revision FROM migrate_history(NULL);
CALL alices_graph('V18');
SELECT revision FROM migrate_history('b3:d2');

--
-- Broken graphs, which only hands can make
--
CALL graph('a; c <b');
SELECT revision FROM migrate_heads();
CALL graph('a; c <a !b');
SELECT revision FROM migrate_heads();
CALL graph('a <a');
SELECT revision FROM migrate_heads();
CALL graph('a !a');
SELECT revision FROM migrate_heads();
CALL graph('a #x !x');
SELECT revision FROM migrate_heads();
CALL graph('a <c; b <a; c <b');
SELECT revision FROM migrate_heads();
CALL graph('x; a <c; b <a; c <b <x; y <c');
SELECT revision FROM migrate_heads();
CALL graph('a !b; b !a');
SELECT revision FROM migrate_heads();
CALL graph('x; a <x !c; b !a; c <b');
SELECT revision FROM migrate_heads();
CALL graph('c #x; e #x');
SELECT revision FROM migrate_heads();
CALL graph('c; e #c');
SELECT revision FROM migrate_heads();
CALL graph('a; c <b');
SELECT revision FROM migrate_upgrade('a');
SELECT revision FROM migrate_downgrade('base');
SELECT revision FROM migrate_stamp('a');
SELECT revision FROM migrate_history();
SELECT migrate_revision('on top', rev_id => 'd', head => 'c');

--
-- Authoring
--
CALL alices_graph('V2');
UPDATE migrate_script SET is_head = revision IN ('d1', 'd2');
SELECT migrate_revision('no head named');
SELECT migrate_revision('not a head', rev_id => 'e', head => 'b');
SELECT migrate_revision('not a head', rev_id => 'e', head => 'c1branch@b');
SELECT migrate_revision('unknown head', rev_id => 'e', head => 'x');
SELECT migrate_revision('not a member', rev_id => 'e', head => 'c1branch@d2');
SELECT migrate_revision('twice', rev_id => 'e', head => '{d1,d1}');
SELECT migrate_revision('twice', rev_id => 'e', head => ARRAY['d1', 'c1branch@head']);
SELECT migrate_revision('id exists', rev_id => 'a', head => 'd1');
SELECT migrate_revision('characters', rev_id => 'a@b', head => 'd1');
SELECT migrate_revision('characters', rev_id => 'a-b+c:d', head => 'd1');
SELECT migrate_revision('characters', rev_id => 'a b', head => 'd1');
SELECT migrate_revision('reserved', rev_id => 'head', head => 'd1');
SELECT migrate_revision('reserved', rev_id => 'base', head => 'd1');
SELECT migrate_revision('empty', rev_id => '', head => 'd1');
SELECT migrate_revision('long', rev_id => repeat('x', 256), head => 'd1');
SELECT migrate_revision('label exists', rev_id => 'e', branch_label => 'c2branch', head => 'd1');
SELECT migrate_revision('label is an id', rev_id => 'e', branch_label => 'b', head => 'd1');
SELECT migrate_revision('label reserved', rev_id => 'e', branch_label => 'heads', head => 'd1');
SELECT migrate_revision('label characters', rev_id => 'e', branch_label => 'a@b', head => 'd1');
SELECT migrate_revision('unknown dependency', rev_id => 'e', depends_on => 'x', head => 'd1');
SELECT migrate_revision('unknown dependency', rev_id => 'e', depends_on => ARRAY['a', 'x'], head => 'd1');
SELECT migrate_revision('own dependency', rev_id => 'e', depends_on => 'e', head => 'd1');
SELECT migrate_revision(NULL);
SELECT migrate_merge('{d1,x}');
SELECT migrate_merge('{d1,c2}');
SELECT migrate_merge('b');
SELECT migrate_merge('{d1,d1}');
SELECT migrate_merge('base');
SELECT migrate_merge('{}');
SELECT migrate_merge(NULL::text);
CALL be_at('{d1}');
SELECT revision FROM migrate_current(true);
SELECT revision FROM migrate_show('x');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT revision FROM migrate_show('b@head');

-- nothing of that was written
SELECT revision, down_revision, depends_on, branch_labels FROM migrate_script ORDER BY ordinal;

-- rows that are put in by hand have is_head, which does not make them heads
CALL graph('V1');
SELECT migrate_revision('not a head', rev_id => 'x', head => 'b');
SELECT migrate_revision('on the head', rev_id => 'x');
SELECT migrate_merge('{c,x}', rev_id => 'm');
SELECT revision, down_revision FROM migrate_script WHERE revision IN ('x', 'm');

-- check_heads is content with the real heads: an effective head is no row
CALL graph('V15');
CALL be_at('{b1}');
SELECT revision, status FROM migrate_current(true);
CALL be_at('{a2}');
SELECT revision, status FROM migrate_current(true);

-- an irreversible revision
CALL graph('V1');
UPDATE migrate_script SET downgrade = NULL WHERE revision = 'b';
CALL be_at('{c}');
SELECT revision FROM migrate_downgrade('-1');
SELECT revision FROM migrate_downgrade('-1');
SELECT rows_now();

--
-- SQLSTATEs
--
\set ON_ERROR_ROLLBACK off
CREATE FUNCTION state_of(statement text) RETURNS text
LANGUAGE plpgsql AS
$$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CALL graph('V2');
CALL be_at('{b}');
UPDATE migrate_script SET is_head = revision IN ('d1', 'd2');
SELECT state_of(statement), statement FROM (VALUES
	($$SELECT migrate_upgrade('x')$$),
	($$SELECT migrate_upgrade('x@head')$$),
	($$SELECT migrate_upgrade('c1branch@c2')$$),
	($$SELECT migrate_upgrade('head')$$),
	($$SELECT migrate_upgrade('+9')$$),
	($$SELECT migrate_upgrade('+1')$$),
	($$SELECT migrate_upgrade('+1junk')$$),
	($$SELECT migrate_upgrade('{c1,d1}')$$),
	($$SELECT migrate_upgrade('a:b')$$),
	($$SELECT migrate_upgrade('')$$),
	($$SELECT migrate_upgrade(NULL::text)$$),
	($$SELECT migrate_upgrade('{}')$$),
	($$SELECT migrate_upgrade('{c')$$),
	($$SELECT migrate_downgrade('d1')$$),
	($$SELECT migrate_downgrade('-9')$$),
	($$SELECT migrate_downgrade('heads')$$),
	($$SELECT migrate_stamp('{c1,d1}')$$),
	($$SELECT migrate_history('b')$$),
	($$SELECT migrate_history('d1:c2')$$),
	($$SELECT migrate_plan('head', 'sideways')$$),
	($$SELECT migrate_current(true)$$),
	($$SELECT migrate_revision('m')$$),
	($$SELECT migrate_revision('m', head => 'b')$$),
	($$SELECT migrate_revision('m', head => '{d1,d1}')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => 'a')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => 'c1branch')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => 'a@b')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => 'head')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => '')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => repeat('x', 256))$$),
	($$SELECT migrate_revision('m', head => 'd1', branch_label => 'c1branch')$$),
	($$SELECT migrate_revision('m', head => 'd1', rev_id => 'e', branch_label => 'e')$$),
	($$SELECT migrate_revision('m', head => 'd1', depends_on => 'x')$$),
	($$SELECT migrate_revision(NULL)$$),
	($$SELECT migrate_merge('base')$$)
) v(statement);
UPDATE migrate_script SET downgrade = NULL WHERE revision = 'b';
SELECT state_of($$SELECT migrate_downgrade('-1')$$);
CALL graph('a <a');
SELECT state_of('SELECT migrate_heads()');
CALL graph('a; c <b');
SELECT state_of('SELECT migrate_heads()');
CALL graph('c #x; e #x');
SELECT state_of('SELECT migrate_heads()');

ROLLBACK;
