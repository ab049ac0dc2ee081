-- Ranges of history, and the lists of heads, branch points and current
-- revisions.  The graphs are in lib/vectors.sql.
\getenv inputdir PG_ABS_SRCDIR
\set helpers :inputdir '/lib/vectors.sql'
BEGIN;
\set ECHO none
\i :helpers
\set ECHO all

-- the revisions of a range, newest first
CREATE FUNCTION hist(range text) RETURNS text
LANGUAGE plpgsql AS
$$
BEGIN
	RETURN (SELECT string_agg(revision, ',' ORDER BY n)
			FROM migrate_history(range) WITH ORDINALITY
				AS h(revision, message, status, applied, down_revision,
					 depends_on, branch_labels, author, created_at, n));
EXCEPTION WHEN OTHERS THEN
	RETURN format('%s: %s', SQLSTATE, SQLERRM);
END
$$;

-- V1: linear; both bounds belong to the range
CALL graph('V1');
CALL be_at('{c}');
SELECT range, hist(range) FROM (VALUES
	('base:heads'), (':'), ('b:d'), (':c'), ('c:'), ('b:b'), ('base:b'), ('b:head'),
	('d:b'), ('current:'), (':current'), ('b:current'), ('current:b'),
	('b:+2'), (':+2'), ('b:+0'), ('c:+9'), (':e-1'), ('b:head-1'), ('a:head-9'),
	('-2:'), ('-2:d'), ('-9:'), ('-2:-1'),
	('c-1:d'), ('base+2:d'), ('b+1:'), ('c-9:d'),
	('base:base'), ('heads:'), ('head:head'),
	('b'), (''), ('a:b:c'), ('x:'), (':x'), ('b:+1junk')
) v(range);

-- V2: branches
CALL graph('V2');
CALL be_at('{d1,c2}');
SELECT range, hist(range) FROM (VALUES
	('base:heads'), (':d1'), (':c2branch@head'), ('b:'), ('c1:'), ('c1branch:'), ('c1:d1'),
	('c1:d2'), ('c1branch@base:'), ('c1branch@base:heads'), ('c1branch@b:'),
	('c1branch@-1:'), ('-1:'), ('c1branch@-2:d1'),
	('b:+1'), ('b:c1branch@+1'), ('c1:+1'), ('current:'), (':current'), ('b:current'),
	(':head'), ('a:c1branch@heads')
) v(range);

-- V3: a merge
CALL graph('V3');
SELECT range, hist(range) FROM (VALUES
	(':'), ('c2:f'), ('d1:'), ('b:e'), ('c1:d2'), ('-1:'), ('-2:'), ('c2branch@base:')
) v(range);

-- V6 and V15: dependencies belong to a range from the base, not to one from
-- a revision
CALL graph('V6');
CALL be_at('{b2}');
SELECT range, hist(range) FROM (VALUES
	(':'), (':b2'), ('b1:b3'), ('b1:'), ('a1:b3'), ('a2:'), ('B@base:'), ('A@base:'),
	(':current'), ('current:'), ('b1:current')
) v(range);
CALL graph('V15');
SELECT range, hist(range) FROM (VALUES
	(':'), ('a1:'), ('a1:a2'), ('a2:')
) v(range);

-- V18: along one branch only
CALL graph('V18');
SELECT range, hist(range) FROM (VALUES
	(':'), ('b3:d2'), ('a3:d2'), ('base2:d2'), (':b_2@head'), ('b_2@base:'), ('a2:b2')
) v(range);

-- V19: depth first along the branches, each up to its branch point
CALL graph('V19');
SELECT range, hist(range) FROM (VALUES
	(':'), ('db1:merge'), ('a3:merge'), ('b1:heads')
) v(range);

-- the columns
CALL graph('V3');
CALL be_at('{d1,c2}');
SELECT revision, status, applied, down_revision, depends_on, branch_labels FROM migrate_history();
CALL graph('V6');
CALL be_at('{b2}');
SELECT revision, status, applied, down_revision, depends_on, branch_labels FROM migrate_history();
CALL graph('V13');
SELECT revision, status, applied, down_revision, depends_on, branch_labels FROM migrate_history('a2:');
CALL graph('V15');
SELECT revision, status, applied, down_revision, depends_on, branch_labels FROM migrate_history();

-- labels are inherited by what stands upon a revision, and by what it stands
-- upon down to the next branch point
CALL graph('a; b <a #x; c <b; d <c');
SELECT revision, branch_labels FROM migrate_history();
CALL graph('a; b <a #x; c1 <b; c2 <b');
SELECT revision, branch_labels FROM migrate_history();
CALL graph('a; b <a #x #y; c <b; z !b');
SELECT revision, branch_labels FROM migrate_history();
CALL graph('a; b1 <a #x; b2 <a #y; m <b1 <b2; n <m');
SELECT revision, branch_labels FROM migrate_history();

-- heads: without children; with dependencies resolved, without dependents too
CREATE FUNCTION heads_of(wanted text, OUT heads text, OUT real_heads text)
LANGUAGE plpgsql AS
$$
BEGIN
	CALL graph(wanted);
	heads := (SELECT string_agg(format('%s (%s)', revision, status), ', ') FROM migrate_heads());
	real_heads := (SELECT string_agg(revision, ', ') FROM migrate_heads(true));
END
$$;
SELECT name, h.* FROM (VALUES ('V1'), ('V2'), ('V3'), ('V5'), ('V6'), ('V7'), ('V8'),
	('V9'), ('V11b'), ('V14'), ('V15'), ('V16'), ('V17'), ('V18'), ('V19')) v(name),
	LATERAL heads_of(name) h;

-- branch points
CREATE FUNCTION branches_of(wanted text, OUT branches text)
LANGUAGE plpgsql AS
$$
BEGIN
	CALL graph(wanted);
	branches := (SELECT string_agg(format('%s -> %s', revision, children), '; ' ORDER BY revision)
				 FROM migrate_branches());
END
$$;
SELECT name, h.* FROM (VALUES ('V1'), ('V2'), ('V4'), ('V5'), ('V6'), ('V18'), ('V19')) v(name),
	LATERAL branches_of(name) h;

-- current: the rows, and the tips that rows imply on other branches
CREATE FUNCTION current_of(wanted text, rows text, OUT current text)
LANGUAGE plpgsql AS
$$
BEGIN
	CALL graph(wanted);
	CALL be_at(rows::text[]);
	current := (SELECT string_agg(format('%s (%s)', revision, status), '; ')
				FROM migrate_current());
END
$$;
SELECT v.*, h.* FROM (VALUES
	('V1', '{}'), ('V1', '{c}'), ('V1', '{e}'),
	('V2', '{d2,c1}'), ('V2', '{b}'), ('V3', '{e}'), ('V3', '{d1,c2}'), ('V3', '{f}'),
	('V6', '{b2}'), ('V6', '{b3,a3}'), ('V8', '{d1}'), ('V8', '{d1,b1}'), ('V9', '{b2}'),
	('V15', '{a2}'), ('V15', '{b1}'), ('V16', '{y2}'), ('V5', '{c1,c2}'),
	('V1', '{ghost}'), ('V2', '{d1,ghost}')
) v(name, at), LATERAL current_of(name, at) h;

-- no revisions, no rows
CALL graph('x');
DELETE FROM migrate_script;
SELECT count(*) FROM migrate_history();
SELECT count(*) FROM migrate_heads();
SELECT count(*) FROM migrate_branches();
SELECT count(*) FROM migrate_current();

ROLLBACK;
