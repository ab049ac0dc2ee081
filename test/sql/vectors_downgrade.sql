-- Downgrades: what has to go for a target, in which order, and the rows of the
-- version table afterwards.  The graphs are in lib/vectors.sql.
\getenv inputdir PG_ABS_SRCDIR
\set helpers :inputdir '/lib/vectors.sql'
BEGIN;
\set ECHO none
\i :helpers
\set ECHO all

-- V1: linear
CALL graph('V1');
SELECT v.*, r.* FROM (VALUES
	('downgrade', '-1', 'c'),
	('downgrade', '-3', 'e'),
	('downgrade', 'a+2', 'e'),
	('downgrade', 'c-2', 'd'),
	('downgrade', '-5', 'b'),
	('downgrade', '-2', 'b'),
	('downgrade', '-1', ''),
	('downgrade', 'b', ''),
	('downgrade', 'd', 'b'),
	('downgrade', 'base', ''),
	('downgrade', 'base', 'c'),
	('downgrade', 'c', 'c'),
	('downgrade', 'head', 'e'),
	('downgrade', 'head', 'd'),
	('downgrade', 'heads', 'e'),
	('downgrade', 'head-1', 'e'),
	('downgrade', '+1', 'c'),
	('downgrade', 'b-2', 'd'),
	('downgrade', 'b-3', 'd'),
	('downgrade', 'd+2', 'e'),
	('downgrade', 'base+1', 'c'),
	('downgrade', 'base-1', 'c')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V2: without a label every branch above the target goes, with one its own
CALL graph('V2');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b', 'd1,d2'),
	('downgrade', 'base+2', 'd1,d2'),
	('downgrade', 'c2branch@base+2', 'd2,d1'),
	('downgrade', 'c2branch@base+3', 'd2,d1'),
	('downgrade', 'c2', 'd2,d1'),
	('downgrade', 'c1branch@-1', 'd1,d2'),
	('downgrade', 'd2-1', 'd2,c1'),
	('downgrade', 'd2-1', 'c1,d2'),
	('downgrade', 'c1branch@b', 'c1,d2'),
	('downgrade', 'c2branch@b', 'c1,d2'),
	('downgrade', 'c2@b', 'd1,d2'),
	('downgrade', 'd1@b', 'd1,d2'),
	('downgrade', 'c1branch@head-1', 'd1,d2'),
	('downgrade', 'd1-2', 'd1,d2'),
	('downgrade', 'c1branch@d1-2', 'd1,d2'),
	('downgrade', 'c2', 'd1,c2'),
	('downgrade', 'c1branch@-2', 'd1,d2'),
	('downgrade', 'c1branch@-3', 'd1,d2'),
	('downgrade', 'c1branch@a', 'd1,d2'),
	('downgrade', 'c1branch@base', 'd1,d2'),
	('downgrade', 'c1branch@-1', 'd2'),
	('downgrade', 'c1branch@-2', 'd2'),
	('downgrade', 'c1branch@-1', 'b'),
	('downgrade', 'c1branch@-1', ''),
	('downgrade', 'a@-1', 'd1,d2'),
	('downgrade', 'a@b', 'd1,d2'),
	('downgrade', 'b', 'a'),
	('downgrade', 'd1', 'c1,d2'),
	('downgrade', 'c1branch@b', 'd2'),
	('downgrade', 'c1branch@c2', 'd1,d2'),
	('downgrade', 'heads', 'd1,d2'),
	('downgrade', 'head', 'd1,d2'),
	('downgrade', 'c1branch@head', 'd1,d2'),
	('downgrade', 'c1branch@head', 'c1,d2'),
	('downgrade', 'base', 'd1,d2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V2: without a label the first row decides, with a warning
\set VERBOSITY terse
SELECT v.*, r.* FROM (VALUES ('downgrade', '-1', 'd2,d1')) v(command, target, at), LATERAL vec(command, target, at) r;
SELECT v.*, r.* FROM (VALUES ('downgrade', '-1', 'c2,d1')) v(command, target, at), LATERAL vec(command, target, at) r;
SELECT v.*, r.* FROM (VALUES ('downgrade', '-1', 'd1,d2')) v(command, target, at), LATERAL vec(command, target, at) r;
SELECT v.*, r.* FROM (VALUES ('downgrade', '-2', 'd1,d2')) v(command, target, at), LATERAL vec(command, target, at) r;
SELECT v.*, r.* FROM (VALUES ('downgrade', '-3', 'd1,d2')) v(command, target, at), LATERAL vec(command, target, at) r;
\set VERBOSITY default

-- V3: a merge
CALL graph('V3');
SELECT v.*, r.* FROM (VALUES
	('downgrade', '-1', 'f'),
	('downgrade', '-2', 'f'),
	('downgrade', 'd1', 'f'),
	('downgrade', 'c1', 'f'),
	('downgrade', 'b', 'f'),
	('downgrade', 'c2branch@b', 'f'),
	('downgrade', 'base', 'f')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V4: the merged branch goes on
CALL graph('V4');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b1', 'd2,d1'),
	('downgrade', 'c2', 'd2,d1'),
	('downgrade', 'd1@c2', 'd2,d1'),
	('downgrade', 'd2@c2', 'd2,d1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V4b');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'd2-1', 'd3,d2,d1'),
	('downgrade', 'd2@c2', 'd3,d2,d1'),
	('downgrade', 'b1', 'd3,d1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V5: twin merges
CALL graph('V5');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'c1', 'd1,d2'),
	('downgrade', 'c2@b2', 'c1,d2'),
	('downgrade', 'c1@b2', 'c1,d2'),
	('downgrade', 'b2', 'd1,d2'),
	('downgrade', 'b1@a', 'c2')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V5b');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'c1', 'd1,d2'),
	('downgrade', 'b1', 'c1,d2'),
	('downgrade', 'b2', 'c1,d2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V6: dependents on other branches go along, dependencies never
CALL graph('V6');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'B@base', 'a3,b3'),
	('downgrade', 'A@base', 'a3,b3'),
	('downgrade', 'b1', 'b2'),
	('downgrade', 'a2', 'a3,b3'),
	('downgrade', 'A@-1', 'b2'),
	('downgrade', 'B@-1', 'b2'),
	('downgrade', 'A@-1', 'a3,b3'),
	('downgrade', 'a1', 'a3,b3'),
	('downgrade', 'B@-1', 'a3'),
	('downgrade', 'B@base', 'a3'),
	('downgrade', 'base', 'a3,b3')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V7: a dependency stays as the row of the other branch
CALL graph('V7');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'c1', 'c2,d1'),
	('downgrade', 'b1', 'e1,c2'),
	('downgrade', 'b2', 'c2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V8: three forests
CALL graph('V8');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b2', 'amerge,bmerge,cmerge,d1'),
	('downgrade', 'd1@base', 'amerge,d1,b1,cmerge'),
	('downgrade', 'base', 'amerge,b1,b2,cmerge')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V9 to V12: dependencies that cross, repeat, or are parents as well
CALL graph('V9');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b1', 'a3,b2'),
	('downgrade', 'a2', 'a3,b3'),
	('downgrade', 'a1', 'a3,b3')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V10');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b3', 'b4'),
	('downgrade', 'b1', 'b4'),
	('downgrade', '-1', 'b4')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V11');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'a1', 'bmerge'),
	('downgrade', 'b1', 'bmerge'),
	('downgrade', '-1', 'bmerge'),
	('downgrade', 'b1@base', 'bmerge')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V11b');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b1', 'bmerge,z1'),
	('downgrade', 'a1', 'bmerge,z1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V12');
SELECT v.*, r.* FROM (VALUES
	('downgrade', '-1', 'a2'),
	('downgrade', 'a1', 'a2'),
	('downgrade', 'base', 'a2')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V13');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b2', 'c2'),
	('downgrade', 'b1', 'c2'),
	('downgrade', 'c1lib', 'c2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V14 and V15: a forest, an effective head
CALL graph('V14');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'base', 'b1,b2'),
	('downgrade', 'A@base', 'b1,b2'),
	('downgrade', 'a2@base', 'b1,b2'),
	('downgrade', 'A@-1', 'b1,b2'),
	('downgrade', 'A@-2', 'b1,b2')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V15');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'a2', 'b1'),
	('downgrade', 'a1', 'b1'),
	('downgrade', '-1', 'b1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V16: the tip of a branch that is only implied
CALL graph('V16');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'x@-1', 'x2,y2'),
	('downgrade', 'x@-1', 'x1,y2'),
	('downgrade', 'x@-1', 'y2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V17: ids that are the beginning of each other
CALL graph('V17');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'base', 'user'),
	('downgrade', 'user_foo', 'user')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V18: cross dependencies
CALL graph('V18');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b_3@base', 'b1a,b1b,d2,b3'),
	('downgrade', 'b_2@base', 'b1a,b1b,d2,b3'),
	('downgrade', 'base1', 'b1a,b1b,d2,b3'),
	('downgrade', 'b1b@base1', 'b1a,b1b,d2,b3')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V19: along several branches
CALL graph('V19');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b1', 'fe1b1,merge'),
	('downgrade', 'a3', 'fe1b1,merge'),
	('downgrade', 'b2@a3', 'fe1b1,merge')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V20: rows that overlap, which only hands can make; a downgrade repairs them
CALL graph('V20');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'a', 'a,b'),
	('downgrade', 'base', 'a,b')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- a merge that depends on what is below it, or has it as a parent
CALL graph('deps');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b1', 'm'),
	('downgrade', '-1', 'm'),
	('downgrade', 'a', 'm'),
	('downgrade', 'base', 'm')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('deps2');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'b1', 'm'),
	('downgrade', 'a', 'm')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- an error names the target as it was typed
CALL graph('hex');
SELECT v.*, r.* FROM (VALUES
	('downgrade', 'abd1', 'abd123456789'),
	('downgrade', 'abcd', 'abd123456789'),
	('downgrade', 'feature_x@-1', 'abd123456789'),
	('downgrade', 'feature_x@-1', 'abd123456789,abcdef012345')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- what a step says of itself
CALL graph('V3');
CALL be_at('{f}');
SELECT step, direction, revision, down_revision, message FROM migrate_plan('c1', 'downgrade');
SET LOCAL client_min_messages = notice;
SELECT step, direction, revision, down_revision, message FROM migrate_downgrade('c1');
SELECT step, direction, revision, down_revision, message FROM migrate_downgrade('base');
SET LOCAL client_min_messages = warning;
SELECT revision, direction, down_revision, message FROM migrate_log ORDER BY id;

-- integers
CALL graph('V1');
CALL be_at('{e}');
SELECT revision FROM migrate_downgrade(-2);
SELECT rows_now();

ROLLBACK;
