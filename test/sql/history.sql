-- migrate_history(): columns and ranges.  The ranges of the vectors are in
-- vectors_history.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
DROP ROLE IF EXISTS regress_historian;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;
CREATE ROLE regress_historian SUPERUSER;
SET SESSION AUTHORIZATION regress_historian;

SELECT * FROM migrate_history();
SELECT * FROM migrate_history(':');
SELECT * FROM migrate_history('current:');
SELECT * FROM migrate_history('head:heads');

--
-- A graph with everything: branches, a merge, a second base, a dependency
--
SELECT migrate_revision('create customer', rev_id => 'c_init', branch_label => 'core');
SELECT migrate_revision('add customer name', rev_id => 'c_name');
SELECT migrate_revision('create asset', rev_id => 'a_init', branch_label => 'assets');
SELECT migrate_revision('create bond', rev_id => 'b_init', head => 'c_name', splice => true, branch_label => 'bonds');
SELECT migrate_revision('bond maturity', rev_id => 'b_mat', head => 'b_init');
SELECT migrate_merge('{a_init,b_mat}', 'assets and bonds', 'merge_1');
SELECT migrate_revision('totals', rev_id => 'totals');
SELECT migrate_revision('reports', rev_id => 'r_init', head => 'base', branch_label => 'reports', depends_on => 'merge_1');
SELECT migrate_revision('monthly report', rev_id => 'r_month', head => 'r_init');

SELECT revision, message, status, applied, down_revision, depends_on, branch_labels, author,
	created_at IS NOT NULL AS created_at
FROM migrate_history();
SET client_min_messages = warning;
SELECT count(*) FROM migrate_stamp('{r_init}');
RESET client_min_messages;
SELECT revision, status, applied FROM migrate_history();
SELECT revision, message, status, applied, down_revision FROM migrate_history('current:heads');
-- the newest first, and it stays so in a query without ORDER BY
SELECT revision FROM migrate_history() WHERE applied LIMIT 3;
-- created by whom, when: what Alembic does not say
SELECT count(*), count(author), count(created_at), min(created_at) <= max(created_at) AS ordered FROM migrate_history();

--
-- Ranges
--
CREATE FUNCTION hist(range text) RETURNS text
LANGUAGE sql AS
$$
	SELECT string_agg(h.revision, ' ') FROM migrate_history(range) h
$$;
SELECT range, hist(range) FROM unnest(ARRAY[
	'c_init:c_name', 'c_name:c_init@head', 'c_name:merge_1', 'bonds:merge_1', 'assets:totals',
	'c_i:b_m', 'core:core', 'core:+1', 'bonds:+2', 'bonds:+99', 'totals-1:totals', ':b_mat-1', ':base', ':core@base',
	'base:c_init', 'reports@base:', 'reports:', 'reports:reports@head', 'base:reports@base+1', ':reports@+1', 'r_month-1:',
	'merge_1:heads', 'totals:', ':current', 'c_name:assets@+1', 'assets@-1:', 'reports@-1:']) AS range;
-- where it is not clear what is meant
SELECT * FROM migrate_history('c_name:+1');
SELECT * FROM migrate_history('merge_1-1:');
SELECT revision, message FROM migrate_history('-1:');
UPDATE migrate_script SET created_at = '2026-01-02 12:00Z';
SELECT * FROM migrate_history(':head');
-- the bounds are not on one line
SELECT * FROM migrate_history('assets:bonds');
SELECT * FROM migrate_history('totals:c_name');
SELECT * FROM migrate_history('r_init:totals');
SELECT * FROM migrate_history('r_month:current');
-- what is no range
SELECT * FROM migrate_history('totals');
SELECT * FROM migrate_history('');
SELECT * FROM migrate_history('a:b:c');
SELECT * FROM migrate_history(NULL);
SELECT * FROM migrate_history('nowhere:');
SELECT * FROM migrate_history(':nowhere');
SELECT * FROM migrate_history('core@totals@x:');
SELECT * FROM migrate_history('core@r_init:');
SELECT * FROM migrate_history('+1:');
SELECT * FROM migrate_history('c_init:+1x');
SELECT * FROM migrate_history('c_init+:');

--
-- Many revisions: newest first
--
DELETE FROM migrate_version;
DELETE FROM migrate_script;
INSERT INTO migrate_script (revision, down_revision, message, ordinal)
	SELECT 'n' || n, CASE WHEN n > 1 THEN ARRAY['n' || n - 1] ELSE '{}' END, 'number ' || n, n
	FROM generate_series(1, 2000) n;
SELECT count(*), min(place - (2001 - substr(revision, 2)::int)), max(place - (2001 - substr(revision, 2)::int))
FROM migrate_history() WITH ORDINALITY AS
	h(revision, message, status, applied, down_revision, depends_on, branch_labels, author, created_at, place);
SELECT revision, status FROM migrate_history('-2:');
SELECT revision FROM migrate_history('n500:+2');

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP EXTENSION pgmigrate CASCADE;
DROP FUNCTION hist;
DROP OWNED BY regress_historian CASCADE;
DROP ROLE regress_historian;
