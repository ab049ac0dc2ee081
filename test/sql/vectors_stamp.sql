-- Stamps: the rows of the version table for a target.  Revisions that are
-- applied on other branches stay applied, also those that only a removed row
-- implied.  The graphs are in lib/vectors.sql.
\getenv inputdir PG_ABS_SRCDIR
\set helpers :inputdir '/lib/vectors.sql'
BEGIN;
\set ECHO none
\i :helpers
\set ECHO all

-- V1: linear
CALL graph('V1');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'head', ''),
	('stamp', 'heads', 'b'),
	('stamp', 'b', 'd'),
	('stamp', 'd', 'b'),
	('stamp', 'b', 'b'),
	('stamp', 'base', 'd'),
	('stamp', 'base', ''),
	('stamp', '{d}', 'b')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- relative forms
SELECT v.*, r.* FROM (VALUES
	('stamp', '+1', 'b'),
	('stamp', '+1', ''),
	('stamp', '-1', 'b'),
	('stamp', '-2', 'b'),
	('stamp', '-3', 'b'),
	('stamp', '+9', 'b'),
	('stamp', 'b+1', ''),
	('stamp', 'head-1', 'b'),
	('stamp', 'base+2', 'e')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- targets that overlap are refused
SELECT v.*, r.* FROM (VALUES
	('stamp', '{a,b}', ''),
	('stamp', '{b,a}', ''),
	('stamp', '{a,a}', ''),
	('stamp', '{base,c}', 'b'),
	('stamp', '{c,base}', 'b')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V2: branches
CALL graph('V2');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'b', 'd1,d2'),
	('stamp', 'c1branch@base', 'd1,c2'),
	('stamp', 'c2branch@head', 'd1,c2'),
	('stamp', 'heads', ''),
	('stamp', 'heads', 'b'),
	('stamp', 'heads', 'd1'),
	('stamp', 'heads', 'd1,d2'),
	('stamp', 'head', 'b'),
	('stamp', 'c1', 'd1,d2'),
	('stamp', 'c2', 'b'),
	('stamp', 'c2', 'c1'),
	('stamp', '{c1,c2}', 'd1'),
	('stamp', '{c1,c2}', 'd1,d2'),
	('stamp', 'c1branch@+1', 'c1,c2'),
	('stamp', 'c1branch@b', 'c1,d2'),
	('stamp', '{c1branch@head,c2}', ''),
	('stamp', 'a', 'd1,d2'),
	('stamp', 'base', 'd1,d2'),
	('stamp', 'd2@base', 'd1,d2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V2: without a label the first row decides, with a warning
\set VERBOSITY terse
SELECT v.*, r.* FROM (VALUES ('stamp', '-1', 'd1,c2')) v(command, target, at), LATERAL vec(command, target, at) r;
SELECT v.*, r.* FROM (VALUES ('stamp', '-1', 'c2,d1')) v(command, target, at), LATERAL vec(command, target, at) r;
\set VERBOSITY default

-- V3: a merge; the other arm is not forgotten
CALL graph('V3');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'c2', 'e'),
	('stamp', 'a', 'e'),
	('stamp', 'e', 'c2'),
	('stamp', 'c2branch@head', 'd1,c2'),
	('stamp', 'e', 'd1,c2'),
	('stamp', 'e', 'b'),
	('stamp', '{d1,d2}', 'f'),
	('stamp', '{c1,c2}', 'f'),
	('stamp', 'c2branch@base', 'f'),
	('stamp', 'd1', 'f')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V4 and V5: merged branches that go on, and twin merges
CALL graph('V4');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'd1', 'd2'),
	('stamp', 'c1', 'd1'),
	('stamp', 'b1', 'd2,d1'),
	('stamp', 'c2', 'd2,d1')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V5');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'b3', 'd1,d2'),
	('stamp', 'c1', 'd1,d2'),
	('stamp', '{c1,c2}', 'd1'),
	('stamp', 'c1', 'b2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V6: what a row implied on the other branch is kept as a row
CALL graph('V6');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'B@base', 'b2'),
	('stamp', 'b1', 'b2'),
	('stamp', 'a2', 'b2'),
	('stamp', 'a1', 'b2'),
	('stamp', 'A@base', 'b2'),
	('stamp', 'A@base', 'a3,b3'),
	('stamp', 'B@base', 'a3,b3'),
	('stamp', 'b2', 'a1'),
	('stamp', 'b2', 'a3'),
	('stamp', '{a2,b2}', ''),
	('stamp', '{a2,b1}', 'b3'),
	('stamp', 'heads', 'a1'),
	('stamp', 'A@-1', 'b2'),
	('stamp', 'base', 'a3,b3')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V7 and V8: dependencies in the middle, and on several branches
CALL graph('V7');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'b1', 'e1,c2'),
	('stamp', 'c1', 'e1,c2'),
	('stamp', 'b2', 'f1,c2'),
	('stamp', 'lib1@base', 'c2')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V8');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'd1', ''),
	('stamp', 'a3', 'd1'),
	('stamp', 'd1@base', 'amerge,d1,b1,cmerge'),
	('stamp', 'b1@base', 'bmerge,d1')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V9 to V13
CALL graph('V9');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'b1', 'a3,b3'),
	('stamp', 'a1', 'a3,b3')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V10');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'b1', 'b4'),
	('stamp', 'b3', 'b4'),
	('stamp', 'a1', 'b4')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V11');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'a1', 'bmerge'),
	('stamp', 'b1', 'bmerge'),
	('stamp', '{a1,b1}', '')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V13');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'c2', ''),
	('stamp', 'b2', 'c2'),
	('stamp', 'c1lib', 'c2')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V14 and V15: a forest, an effective head
CALL graph('V14');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'heads', ''),
	('stamp', 'heads', 'b1,b2'),
	('stamp', 'A@base', 'b1,b2'),
	('stamp', 'b1', 'a2'),
	('stamp', 'head', '')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('V15');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'heads', ''),
	('stamp', 'b1', ''),
	('stamp', 'a2', 'b1'),
	('stamp', '{a2,b1}', '')
) v(command, target, at), LATERAL vec(command, target, at) r;
CALL graph('a1 #A; a2 <a1; b1 <a1 !a2');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'heads', ''),
	('stamp', 'A@heads', ''),
	('upgrade', 'A@heads', '')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- V20: rows that overlap are repaired
CALL graph('V20');
SELECT v.*, r.* FROM (VALUES
	('stamp', 'a', 'a,b'),
	('stamp', 'b', 'a,b'),
	('stamp', 'base', 'a,b')
) v(command, target, at), LATERAL vec(command, target, at) r;

-- the rows of a step: what is replaced, what is only removed
CALL graph('V3');
CALL be_at('{d1,c2}');
SELECT step, direction, revision, down_revision FROM migrate_plan('e', 'stamp');
SET LOCAL client_min_messages = notice;
SELECT step, direction, revision, down_revision FROM migrate_stamp('e');
SELECT step, direction, revision, down_revision FROM migrate_stamp('{d1,d2}'::text[]);
SELECT step, direction, revision, down_revision FROM migrate_stamp('base');
SET LOCAL client_min_messages = warning;
SELECT revision, direction, down_revision, sha256 FROM migrate_log ORDER BY id;

-- a revision that nobody knows any more is kept, with a warning, unless purged
CALL graph('V2');
CALL be_at('{ghost,c1}');
SELECT step, direction, revision, down_revision FROM migrate_stamp('d1');
SELECT revision, ordinal FROM migrate_version ORDER BY ordinal;
SELECT step, direction, revision, down_revision FROM migrate_stamp('c2', purge => true);
SELECT revision, ordinal FROM migrate_version ORDER BY ordinal;

-- purging forgets all rows first, whatever they were
CALL be_at('{d1,d2}');
SELECT step, direction, revision, down_revision FROM migrate_stamp('c1', purge => true);
SELECT rows_now();
CALL be_at('{ghost}');
SELECT step, direction, revision, down_revision FROM migrate_stamp('base', purge => true);
SELECT rows_now();
CALL be_at('{d1,d2}');
SELECT step, direction, revision, down_revision FROM migrate_stamp(ARRAY['d1', 'd2'], purge => true);
SELECT rows_now();

ROLLBACK;
