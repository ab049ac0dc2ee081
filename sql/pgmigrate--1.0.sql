/* sql/pgmigrate--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION pgmigrate" to load this file. \quit

/*
 * Everything below is created in the schema that CREATE EXTENSION chose, which
 * may hold objects of other people.  So nothing here is CREATE OR REPLACE, no
 * expression is evaluated that is not plain pg_catalog, and the engine finds
 * these tables by the schema of its own functions, never by search_path.
 *
 * The engine reads and writes the tables with the rights of their owner; what
 * a role may do is decided by EXECUTE on the functions (see migrate_grant).
 */

----------------------------------------------------------------------
-- Tables
----------------------------------------------------------------------

CREATE TABLE migrate_script (
	revision		text COLLATE pg_catalog."C" NOT NULL,
	down_revision	text[] COLLATE pg_catalog."C" NOT NULL DEFAULT '{}',
	depends_on		text[] COLLATE pg_catalog."C" NOT NULL DEFAULT '{}',
	branch_labels	text[] COLLATE pg_catalog."C" NOT NULL DEFAULT '{}',
	message			text NOT NULL,
	upgrade			text NOT NULL DEFAULT '',
	downgrade		text,
	author			text NOT NULL DEFAULT CURRENT_USER,
	created_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ordinal			bigint NOT NULL,
	is_head			boolean,
	CONSTRAINT migrate_script_pkey PRIMARY KEY (revision),
	CONSTRAINT migrate_script_names CHECK (
		pg_catalog.array_position(down_revision, NULL) IS NULL AND
		pg_catalog.array_position(depends_on, NULL) IS NULL AND
		pg_catalog.array_position(branch_labels, NULL) IS NULL)
);

CREATE INDEX migrate_script_ordinal ON migrate_script (ordinal);
CREATE INDEX migrate_script_head ON migrate_script (revision) WHERE is_head IS NOT FALSE;
CREATE INDEX migrate_script_label ON migrate_script (revision) WHERE branch_labels OPERATOR(pg_catalog.<>) '{}'::text[];

COMMENT ON TABLE migrate_script IS 'the revisions: one row each, with the texts of both directions';
COMMENT ON COLUMN migrate_script.down_revision IS 'the parents: none for a base, several for a merge point';
COMMENT ON COLUMN migrate_script.depends_on IS 'revisions or branch labels that must be applied first, without being parents';
COMMENT ON COLUMN migrate_script.downgrade IS 'NULL: irreversible; empty: nothing to undo';
COMMENT ON COLUMN migrate_script.author IS 'the role that wrote the present text';
COMMENT ON COLUMN migrate_script.ordinal IS 'order of creation; decides where the graph does not';
COMMENT ON COLUMN migrate_script.is_head IS 'whether no revision names this one as a parent; kept by the engine, NULL in a row put in by hand';

CREATE TABLE migrate_version (
	revision		text COLLATE pg_catalog."C" NOT NULL,
	ordinal			integer NOT NULL,
	CONSTRAINT migrate_version_pkey PRIMARY KEY (revision),
	CONSTRAINT migrate_version_ordinal CHECK (ordinal >= 0)
);

COMMENT ON TABLE migrate_version IS 'the current revisions of this database: one row per head of what is applied';
COMMENT ON COLUMN migrate_version.ordinal IS 'place among the rows, oldest first';

CREATE TABLE migrate_log (
	id				bigint NOT NULL,
	revision		text COLLATE pg_catalog."C" NOT NULL,
	direction		text NOT NULL,
	down_revision	text[] COLLATE pg_catalog."C" NOT NULL DEFAULT '{}',
	message			text,
	started_at		timestamptz NOT NULL,
	duration		interval NOT NULL,
	statements		integer NOT NULL,
	ran_as			text NOT NULL,
	logged_in_as	text NOT NULL,
	application_name text NOT NULL,
	client_addr		inet,
	sha256			bytea,
	server_version	text NOT NULL,
	lsn_before		pg_lsn NOT NULL,
	lsn_after		pg_lsn NOT NULL,
	CONSTRAINT migrate_log_pkey PRIMARY KEY (id)
);

CREATE INDEX migrate_log_revision ON migrate_log (revision, id);

COMMENT ON TABLE migrate_log IS 'what was done to this database: one row for each step that committed';
COMMENT ON COLUMN migrate_log.direction IS 'upgrade, downgrade, stamp (became current without running) or unstamp';
COMMENT ON COLUMN migrate_log.ran_as IS 'current_user of the step';
COMMENT ON COLUMN migrate_log.logged_in_as IS 'session_user of the step';
COMMENT ON COLUMN migrate_log.sha256 IS 'SHA-256 of the UTF-8 text that ran; NULL when none ran (stamp)';

CREATE TABLE migrate_approval (
	revision		text COLLATE pg_catalog."C" NOT NULL,
	sha256			bytea NOT NULL,
	approved_by		text NOT NULL,
	approved_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	CONSTRAINT migrate_approval_pkey PRIMARY KEY (revision, sha256, approved_by)
);

COMMENT ON TABLE migrate_approval IS 'who has approved which exact text (both directions) with migrate_approve()';

SELECT pg_catalog.pg_extension_config_dump('migrate_script', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_version', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_log', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_approval', '');

----------------------------------------------------------------------
-- Authoring
----------------------------------------------------------------------

CREATE FUNCTION migrate_revision(message text,
	upgrade text DEFAULT NULL, downgrade text DEFAULT NULL,
	rev_id text DEFAULT NULL, head text DEFAULT 'head',
	splice boolean DEFAULT false, branch_label text DEFAULT NULL,
	depends_on text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_revision'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_revision(text, text, text, text, text, boolean, text, text)
IS 'write a new revision on top of head and return its id; downgrade NULL: irreversible, empty: nothing to undo';

CREATE FUNCTION migrate_revision(message text, depends_on text[],
	upgrade text DEFAULT NULL, downgrade text DEFAULT NULL,
	rev_id text DEFAULT NULL, head text DEFAULT 'head',
	splice boolean DEFAULT false, branch_label text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_revision_depends'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_revision(text, text[], text, text, text, text, boolean, text)
IS 'write a new revision that depends on several others and return its id';

CREATE FUNCTION migrate_revision(message text, head text[],
	upgrade text DEFAULT NULL, downgrade text DEFAULT NULL,
	rev_id text DEFAULT NULL, splice boolean DEFAULT false,
	branch_label text DEFAULT NULL, depends_on text[] DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_revision_heads'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_revision(text, text[], text, text, text, boolean, text, text[])
IS 'write a new revision on top of several heads, a merge point with a script, and return its id';

CREATE FUNCTION migrate_merge(revisions text DEFAULT 'heads', message text DEFAULT NULL,
	rev_id text DEFAULT NULL, branch_label text DEFAULT NULL, splice boolean DEFAULT false)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_merge'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_merge(text, text, text, text, boolean)
IS 'join several heads (''heads'': all of them) in a new, empty merge point and return its id';

CREATE FUNCTION migrate_merge(revisions text[], message text DEFAULT NULL,
	rev_id text DEFAULT NULL, branch_label text DEFAULT NULL, splice boolean DEFAULT false)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_merge_array'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_merge(text[], text, text, text, boolean)
IS 'join the given heads in a new, empty merge point and return its id';

CREATE FUNCTION migrate_edit(revision text,
	message text DEFAULT NULL, upgrade text DEFAULT NULL, downgrade text DEFAULT NULL,
	irreversible boolean DEFAULT false, branch_label text DEFAULT NULL,
	depends_on text DEFAULT NULL, force boolean DEFAULT false)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_edit'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_edit(text, text, text, text, boolean, text, text, boolean)
IS 'change a revision: NULL leaves a part as it is; an applied revision needs force => true';

CREATE FUNCTION migrate_delete(revision text)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_delete'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_delete(text)
IS 'delete a revision that is not applied and that no other revision needs';

CREATE FUNCTION migrate_approve(revision text, sha256 bytea DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_approve'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_approve(text, bytea)
IS 'allow the present text of a revision to run with your rights, whoever wrote it; sha256: only if it is the text that migrate_show showed';

----------------------------------------------------------------------
-- Running
----------------------------------------------------------------------

CREATE FUNCTION migrate_upgrade(target text DEFAULT 'head',
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_upgrade'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_upgrade(text, jsonb, text)
IS 'run the upgrades that lead to the target: head, heads, a revision, label@head, +1, ...';

CREATE FUNCTION migrate_upgrade(targets text[],
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_upgrade_array'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_upgrade(text[], jsonb, text)
IS 'run the upgrades that lead to several targets';

CREATE FUNCTION migrate_upgrade(steps integer,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_upgrade_steps'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_upgrade(integer, jsonb, text)
IS 'run the next n upgrades';

CREATE FUNCTION migrate_downgrade(target text,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_downgrade'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_downgrade(text, jsonb, text)
IS 'run the downgrades that lead back to the target: -1, base, a revision, label@base, ...';

CREATE FUNCTION migrate_downgrade(steps integer,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_downgrade_steps'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_downgrade(integer, jsonb, text)
IS 'undo the last n revisions: migrate_downgrade(-1)';

CREATE FUNCTION migrate_stamp(targets text, purge boolean DEFAULT false,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_stamp'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_stamp(text, boolean)
IS 'set the current revision without running anything; purge => true forgets all current revisions first';

CREATE FUNCTION migrate_stamp(targets text[], purge boolean DEFAULT false,
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT duration interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_stamp_array'
LANGUAGE C VOLATILE ROWS 10;

COMMENT ON FUNCTION migrate_stamp(text[], boolean)
IS 'set several current revisions without running anything';

CREATE FUNCTION migrate_arg(key text, fallback text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_arg'
LANGUAGE C STABLE;

COMMENT ON FUNCTION migrate_arg(text, text)
IS 'in a script: the value of a key of args, or the fallback when it is missing';

CREATE FUNCTION migrate_tag()
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_tag'
LANGUAGE C STABLE;

COMMENT ON FUNCTION migrate_tag()
IS 'in a script: the tag that the caller gave, or NULL';

CREATE FUNCTION migrate_require_current(revisions text[])
RETURNS void
AS 'MODULE_PATHNAME', 'pgm_sql_require_current'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_require_current(text[])
IS 'raise an error unless exactly these revisions are current; keeps other runners out until the transaction ends';

----------------------------------------------------------------------
-- Looking
----------------------------------------------------------------------

CREATE FUNCTION migrate_current(check_heads boolean DEFAULT false,
	OUT revision text, OUT message text, OUT status text,
	OUT applied_at timestamptz, OUT applied_by text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_current'
LANGUAGE C STABLE ROWS 2;

COMMENT ON FUNCTION migrate_current(boolean)
IS 'the current revisions of this database; check_heads => true: an error unless they are the heads';

CREATE FUNCTION migrate_heads(resolve_dependencies boolean DEFAULT false,
	OUT revision text, OUT message text, OUT branch_labels text, OUT status text,
	OUT author text, OUT created_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_heads'
LANGUAGE C STABLE ROWS 2;

COMMENT ON FUNCTION migrate_heads(boolean)
IS 'the revisions without children; resolve_dependencies => true: only those that no revision depends on either';

CREATE FUNCTION migrate_branches(
	OUT revision text, OUT message text, OUT branch_labels text, OUT children text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_branches'
LANGUAGE C STABLE ROWS 2;

COMMENT ON FUNCTION migrate_branches()
IS 'the branch points: revisions with more than one child';

CREATE FUNCTION migrate_history(range text DEFAULT 'base:heads',
	OUT revision text, OUT message text, OUT status text, OUT applied boolean,
	OUT down_revision text, OUT depends_on text, OUT branch_labels text,
	OUT author text, OUT created_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_history'
LANGUAGE C STABLE ROWS 1000;

COMMENT ON FUNCTION migrate_history(text)
IS 'the revisions of a range [start]:[end], newest first';

CREATE FUNCTION migrate_show(revision text DEFAULT 'current',
	OUT revision text, OUT message text, OUT status text, OUT applied boolean,
	OUT down_revision text, OUT depends_on text, OUT branches_into text,
	OUT branch_labels text, OUT author text, OUT created_at timestamptz,
	OUT approved_by text, OUT sha256 bytea, OUT upgrade text, OUT downgrade text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_show'
LANGUAGE C STABLE ROWS 1;

COMMENT ON FUNCTION migrate_show(text)
IS 'all there is to know of a revision, with its scripts (use \x in psql)';

CREATE FUNCTION migrate_plan(target text DEFAULT 'head', direction text DEFAULT 'upgrade',
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_plan'
LANGUAGE C STABLE ROWS 100;

COMMENT ON FUNCTION migrate_plan(text, text)
IS 'the steps that an upgrade, downgrade or stamp to the target would take, without taking them';

CREATE FUNCTION migrate_check(strict boolean DEFAULT true,
	OUT test text, OUT ok boolean, OUT revision text, OUT message text, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_check'
LANGUAGE C STABLE ROWS 5;

COMMENT ON FUNCTION migrate_check(boolean)
IS 'is there one head, is it applied, are the applied scripts unchanged? an error if not; strict => false: rows instead';

CREATE FUNCTION migrate_graph(format text DEFAULT 'text')
RETURNS SETOF text
AS 'MODULE_PATHNAME', 'pgm_sql_graph'
LANGUAGE C STABLE ROWS 1000;

COMMENT ON FUNCTION migrate_graph(text)
IS 'the revision graph, drawn as text, or as a mermaid or dot document';

CREATE FUNCTION migrate_sql(direction text DEFAULT 'upgrade', range text DEFAULT NULL,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL)
RETURNS SETOF text
AS 'MODULE_PATHNAME', 'pgm_sql_sql'
LANGUAGE C STABLE ROWS 100;

COMMENT ON FUNCTION migrate_sql(text, text, jsonb, text)
IS 'the SQL script of an upgrade, downgrade or stamp over a range from:to, to be run later with psql';

----------------------------------------------------------------------
-- Rights
----------------------------------------------------------------------

CREATE FUNCTION migrate_grant(privilege text, role name)
RETURNS void
AS 'MODULE_PATHNAME', 'pgm_sql_grant'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION migrate_grant(text, name)
IS 'grant a role the right to look, to write scripts, or to run them';

CREATE FUNCTION migrate_revoke(privilege text, role name)
RETURNS void
AS 'MODULE_PATHNAME', 'pgm_sql_revoke'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION migrate_revoke(text, name)
IS 'take back what migrate_grant gave';

-- Nobody but the owner may do anything, until migrate_grant says otherwise.
-- migrate_arg and migrate_tag only read settings of the caller's own session.
REVOKE ALL ON TABLE migrate_script, migrate_version, migrate_log, migrate_approval FROM PUBLIC;
REVOKE ALL ON FUNCTION
	migrate_revision(text, text, text, text, text, boolean, text, text),
	migrate_revision(text, text[], text, text, text, text, boolean, text),
	migrate_revision(text, text[], text, text, text, boolean, text, text[]),
	migrate_merge(text, text, text, text, boolean),
	migrate_merge(text[], text, text, text, boolean),
	migrate_edit(text, text, text, text, boolean, text, text, boolean),
	migrate_delete(text),
	migrate_approve(text, bytea),
	migrate_upgrade(text, jsonb, text),
	migrate_upgrade(text[], jsonb, text),
	migrate_upgrade(integer, jsonb, text),
	migrate_downgrade(text, jsonb, text),
	migrate_downgrade(integer, jsonb, text),
	migrate_stamp(text, boolean),
	migrate_stamp(text[], boolean),
	migrate_require_current(text[]),
	migrate_current(boolean),
	migrate_heads(boolean),
	migrate_branches(),
	migrate_history(text),
	migrate_show(text),
	migrate_plan(text, text),
	migrate_check(boolean),
	migrate_graph(text),
	migrate_sql(text, text, jsonb, text),
	migrate_grant(text, name),
	migrate_revoke(text, name)
FROM PUBLIC;
