-- Upgrades: which revisions a target needs, in which order, and the rows of
-- the version table afterwards.  The graphs are in lib/vectors.sql.
\getenv inputdir PG_ABS_SRCDIR
\set helpers :inputdir '/lib/vectors.sql'
BEGIN;
\set ECHO none
\i :helpers
\set ECHO all

-- V1: linear
CALL graph('V1');
SELECT v.*, r.* FROM (VALUES
	('upgrade', '+2', 'a'),
	('upgrade', 'b+2', 'a'),
	('upgrade', 'd-2', 'a'),
	('upgrade', '-2', 'b'),
	('upgrade', '+5', 'b'),
	('upgrade', '+1', ''),
	('upgrade', 'base+1', ''),
	('upgrade', 'head', ''),
	('upgrade', 'heads', 'c'),
	('upgrade', 'head-1', 'b'),
	('upgrade', 'head-3', ''),
	('upgrade', 'head-4', ''),
	('upgrade', 'head-5', ''),
	('upgrade', 'a-1', 'b'),
	('upgrade', 'head', 'e'),
	('upgrade', 'b', 'd'),
	('upgrade', 'b@head', 'c'),
	('upgrade', 'base', 'c'),
	('upgrade', '{c}', 'a'),
	('upgrade', '{c,c}', 'a'),
	('upgrade', '{c,d}', 'a'),
	('upgrade', '{d,c}', 'a')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V2: branches
CALL graph('V2');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'heads', ''),
	('upgrade', 'head', ''),
	('upgrade', 'c1branch@head', 'b'),
	('upgrade', 'c1branch@head', ''),
	('upgrade', 'c2branch@head-1', 'a'),
	('upgrade', 'c2branch@+1', 'c1'),
	('upgrade', 'c2branch@+1', 'c1,c2'),
	('upgrade', 'c2branch@+2', 'c1'),
	('upgrade', 'c2branch@+1', 'a'),
	('upgrade', 'c1branch@+1', ''),
	('upgrade', 'b@+1', 'c1,c2'),
	('upgrade', '+1', 'c1,c2'),
	('upgrade', '+1', 'b'),
	('upgrade', 'base+1', ''),
	('upgrade', '+1', ''),
	('upgrade', 'b+1', ''),
	('upgrade', 'c1branch@b+1', ''),
	('upgrade', 'c1branch@base+3', ''),
	('upgrade', 'c2branch', 'b'),
	('upgrade', 'c2@head', 'b'),
	('upgrade', 'c1branch@heads', 'd2'),
	('upgrade', 'c1branch@b', ''),
	('upgrade', 'c1branch@c2', 'b'),
	('upgrade', '{c1,d2}', ''),
	('upgrade', '{d2,c1}', ''),
	('upgrade', '{c1branch@head,c2branch}', 'c1'),
	('upgrade', '{c1,d1}', 'b')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V3: a merge
CALL graph('V3');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'f', 'd1,c2'),
	('upgrade', 'head', ''),
	('upgrade', 'e', 'c1'),
	('upgrade', 'f-1', 'd1'),
	('upgrade', 'f-2', 'd1'),
	('upgrade', 'c2branch@+2', 'c1,c2'),
	('upgrade', 'c2branch@+3', 'c1,c2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V4: the merged branch goes on
CALL graph('V4');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'd1', 'd2,b1'),
	('upgrade', 'd2', 'd1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V4b');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'd1', 'd3,b2,b1'),
	('upgrade', 'd2', 'd3,d1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V5: twin merges, step by step
CALL graph('V5');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'b3', 'a'),
	('upgrade', 'b1', 'b3'),
	('upgrade', 'b2', 'b1,b3'),
	('upgrade', 'c2', 'b1,b2,b3'),
	('upgrade', 'd2', 'c2'),
	('upgrade', 'c1', 'd2'),
	('upgrade', 'd1', 'c1,d2'),
	('upgrade', 'heads', '')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V5b');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'd2', 'a'),
	('upgrade', 'b1', 'd2'),
	('upgrade', 'c1', 'b1,d2'),
	('upgrade', 'd1', 'c1,d2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V6: a dependency
CALL graph('V6');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'B@head', ''),
	('upgrade', 'b1', 'a2'),
	('upgrade', 'b2', 'a2,b1'),
	('upgrade', 'b3', 'b2'),
	('upgrade', 'A@head', 'b2'),
	('upgrade', 'A@+1', 'b2'),
	('upgrade', 'B@+1', 'a1'),
	('upgrade', 'B@+2', 'a1'),
	('upgrade', 'heads', 'a1'),
	('upgrade', '{a2,b2}', '')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V7 and V8: dependencies in the middle, and on several branches
CALL graph('V7');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'c2', ''),
	('upgrade', 'heads', 'c2'),
	('upgrade', 'lib1@+1', 'c2')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V8');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'd1', ''),
	('upgrade', '{amerge,bmerge}', 'd1'),
	('upgrade', 'heads', 'd1,b1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V9 to V13
CALL graph('V9');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'heads', ''),
	('upgrade', 'b2', 'a1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V10');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'b4', ''),
	('upgrade', 'b2', 'a3,b1'),
	('upgrade', 'b4', 'b3')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V11');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'b1', 'a1'),
	('upgrade', 'bmerge', 'b1'),
	('upgrade', 'head', '')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V12');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'head', ''),
	('upgrade', '+1', 'a1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V13');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'c2', 'a2'),
	('upgrade', 'c2', 'c1,b2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V14: a forest
CALL graph('V14');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'heads', ''),
	('upgrade', '+1', ''),
	('upgrade', 'A@+1', ''),
	('upgrade', 'A@+1', 'a2'),
	('upgrade', 'A@+2', 'b2'),
	('upgrade', 'A@base+2', ''),
	('upgrade', 'base+1', '')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V15: an effective head is a head for "head", not for "heads"
CALL graph('V15');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'heads', ''),
	('upgrade', 'head', ''),
	('upgrade', 'b1@head', ''),
	('upgrade', 'a1@head', 'a1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V16 and V17
CALL graph('V16');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'y@head', ''),
	('upgrade', 'x@+1', 'y2'),
	('upgrade', 'heads', 'y1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V17');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'user', ''),
	('upgrade', 'user_', ''),
	('upgrade', 'use', '')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V18: cross dependencies
CALL graph('V18');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'b_2@head', ''),
	('upgrade', 'b_1@heads', ''),
	('upgrade', 'heads', ''),
	('upgrade', 'b_1@head', 'base1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V19: the other arm of a merge comes along
CALL graph('V19');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'merge', 'db1'),
	('upgrade', 'heads', ''),
	('upgrade', 'merge', 'fe1b1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- nothing of the branch is a row: start at what is applied of it, of which only
-- one is the tip when another depends on it
CALL graph('a #A; x <a; y <a !x; w <y; z !y');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'A@+1', 'z'),
	('upgrade', 'x@+1', 'z')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V20: rows that overlap, which only hands can make
CALL graph('V20');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'head', 'a,b')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- a merge that depends on what is already below it, or has it as a parent
CALL graph('deps');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'm', ''),
	('upgrade', 'm', 'a'),
	('upgrade', 'm', 'b1,b2')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('deps2');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'm', ''),
	('upgrade', 'm', 'b1'),
	('upgrade', 'm', 'b1,b2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- partial identifiers: the start of an id that has more than three characters,
-- with a label only within that branch
CALL graph('hex');
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'abd1', ''),
	('upgrade', 'abd', ''),
	('upgrade', 'ab', ''),
	('upgrade', 'xy', ''),
	('upgrade', 'xyz', ''),
	('upgrade', 'feature_x@ab', ''),
	('upgrade', 'feature_x@abd', ''),
	('upgrade', 'feature_y@abcd', ''),
	('upgrade', 'feature_y', ''),
	('upgrade', 'feature_', ''),
	('upgrade', 'abcd@head', ''),
	('upgrade', 'abd+1', ''),
	('upgrade', 'abcd-1', '')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- without any revision every place is the base
CALL graph('x');
DELETE FROM migrate_script;
SELECT v.*, r.* FROM (VALUES
	('upgrade', 'head', ''),
	('upgrade', 'heads', ''),
	('upgrade', 'base', ''),
	('upgrade', '+1', ''),
	('upgrade', 'x', '')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- what a step says of itself
CALL graph('V3');
CALL be_at('{c2,c1}');
SELECT step, direction, revision, down_revision, message FROM migrate_plan('head');
SET LOCAL client_min_messages = notice;
SELECT step, direction, revision, down_revision, message FROM migrate_upgrade('head');
SET LOCAL client_min_messages = warning;
SELECT revision, direction, down_revision, message, statements FROM migrate_log ORDER BY id;

-- integers and arrays
CALL graph('V2');
SELECT revision, down_revision FROM migrate_upgrade(2);
SELECT revision, down_revision FROM migrate_upgrade(ARRAY['c1', 'c2']);
SELECT rows_now();
SELECT revision FROM migrate_upgrade('{c1branch@head, c2branch@head}'::text[]);
SELECT revision FROM migrate_upgrade('{c1branch@head, c2branch@head}'::text[]);
SELECT rows_now();

-- a row keeps its place when another one comes or goes
CALL be_at('{c2,c1}');
SELECT revision FROM migrate_upgrade('d1');
SELECT revision, ordinal FROM migrate_version ORDER BY ordinal;

ROLLBACK;
