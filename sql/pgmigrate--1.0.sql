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

CREATE DOMAIN migrate_names AS text[] COLLATE pg_catalog."C"
	CONSTRAINT migrate_names_not_null CHECK (pg_catalog.array_position(VALUE, NULL) IS NULL);

COMMENT ON DOMAIN migrate_names IS 'names of revisions or branches, none of them null';

CREATE TABLE migrate_script (
	revision		text COLLATE pg_catalog."C" NOT NULL,
	down_revision	migrate_names NOT NULL DEFAULT '{}',
	depends_on		migrate_names NOT NULL DEFAULT '{}',
	branch_labels	migrate_names NOT NULL DEFAULT '{}',
	message			text NOT NULL,
	upgrade			text NOT NULL DEFAULT '',
	downgrade		text,
	author			text NOT NULL DEFAULT CURRENT_USER,
	created_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ordinal			bigint NOT NULL,
	is_head			boolean,
	creator			text,
	replaces		migrate_names NOT NULL DEFAULT '{}',
	CONSTRAINT migrate_script_pkey PRIMARY KEY (revision)
);

CREATE INDEX migrate_script_ordinal ON migrate_script (ordinal);
CREATE INDEX migrate_script_head ON migrate_script (revision) WHERE is_head IS NOT FALSE;
CREATE INDEX migrate_script_label ON migrate_script (revision) WHERE branch_labels OPERATOR(pg_catalog.<>) '{}'::text[];
CREATE INDEX migrate_script_replaces ON migrate_script (revision) WHERE replaces OPERATOR(pg_catalog.<>) '{}'::text[];

COMMENT ON TABLE migrate_script IS 'the revisions: one row each, with the texts of both directions';
COMMENT ON COLUMN migrate_script.down_revision IS 'the parents: none for a base, several for a merge point';
COMMENT ON COLUMN migrate_script.depends_on IS 'revisions or branch labels that must be applied first, without being parents';
COMMENT ON COLUMN migrate_script.downgrade IS 'NULL: irreversible; empty: nothing to undo';
COMMENT ON COLUMN migrate_script.author IS 'the role that wrote the present text; decides with whose rights it runs';
COMMENT ON COLUMN migrate_script.ordinal IS 'order of creation; decides where the graph does not';
COMMENT ON COLUMN migrate_script.is_head IS 'whether no revision names this one as a parent; kept by the engine, right when a transaction ends; NULL in a row put in by hand';
COMMENT ON COLUMN migrate_script.creator IS 'who made the revision, as its file says, for people; NULL: the author';
COMMENT ON COLUMN migrate_script.replaces IS 'the revisions that this one was made of with migrate_squash(), oldest first';

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
	result			text NOT NULL DEFAULT 'done',
	sqlstate		text,
	error			text,
	statement		integer,
	line			integer,
	CONSTRAINT migrate_log_pkey PRIMARY KEY (id)
);

CREATE INDEX migrate_log_revision ON migrate_log (revision, id);

COMMENT ON TABLE migrate_log IS 'what was done to this database: one row for each step that committed, and for each online step that failed';
COMMENT ON COLUMN migrate_log.direction IS 'upgrade, downgrade, stamp (became current without running), unstamp, or repeat (revision is then the name of a repeatable)';
COMMENT ON COLUMN migrate_log.ran_as IS 'current_user of the step';
COMMENT ON COLUMN migrate_log.logged_in_as IS 'session_user of the step';
COMMENT ON COLUMN migrate_log.sha256 IS 'SHA-256 of the UTF-8 text that ran; NULL when none ran (stamp)';
COMMENT ON COLUMN migrate_log.result IS 'done, or failed (online runs only: a failed function call leaves nothing behind)';
COMMENT ON COLUMN migrate_log.statement IS 'of a failed step: the number of the statement that failed, from 1; NULL when it was none of them';

CREATE TABLE migrate_journal (
	revision		text COLLATE pg_catalog."C" NOT NULL,
	direction		text NOT NULL,
	statements		integer NOT NULL,
	done			integer NOT NULL,
	done_sha256		bytea NOT NULL,
	running			integer,
	running_text	text,
	running_since	timestamptz,
	object			text,
	object_existed	boolean,
	invalid_before	text[] COLLATE pg_catalog."C",
	started_at		timestamptz NOT NULL,
	ran_as			text NOT NULL,
	pid				integer NOT NULL,
	CONSTRAINT migrate_journal_pkey PRIMARY KEY (revision),
	CONSTRAINT migrate_journal_direction CHECK (
		direction OPERATOR(pg_catalog.=) 'upgrade'::text OR
		direction OPERATOR(pg_catalog.=) 'downgrade'::text),
	CONSTRAINT migrate_journal_done CHECK (
		done OPERATOR(pg_catalog.>=) 0 AND done OPERATOR(pg_catalog.<=) statements),
	CONSTRAINT migrate_journal_running CHECK (
		(running IS NULL AND running_text IS NULL) OR
		(running IS NOT NULL AND running_text IS NOT NULL AND
		 running OPERATOR(pg_catalog.=) (done OPERATOR(pg_catalog.+) 1)))
);

COMMENT ON TABLE migrate_journal IS 'how far an online run is with a revision that takes several transactions; empty when none is half done';
COMMENT ON COLUMN migrate_journal.done IS 'so many statements from the beginning are finished and committed';
COMMENT ON COLUMN migrate_journal.done_sha256 IS 'SHA-256 of their texts: they must not change before the rest has run';
COMMENT ON COLUMN migrate_journal.running IS 'the statement that was begun outside of a transaction, if any';
COMMENT ON COLUMN migrate_journal.object IS 'what that statement makes, changes or drops';
COMMENT ON COLUMN migrate_journal.object_existed IS 'whether it was there before';
COMMENT ON COLUMN migrate_journal.invalid_before IS 'the indexes that were invalid before';

CREATE TABLE migrate_approval (
	revision		text COLLATE pg_catalog."C" NOT NULL,
	sha256			bytea NOT NULL,
	approved_by		text NOT NULL,
	approved_at		timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	CONSTRAINT migrate_approval_pkey PRIMARY KEY (revision, sha256, approved_by)
);

COMMENT ON TABLE migrate_approval IS 'who has approved which exact text (both directions) with migrate_approve()';

CREATE TABLE migrate_model (
	name			text COLLATE pg_catalog."C" NOT NULL,
	ddl				text NOT NULL,
	statements		integer NOT NULL,
	set_at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	set_by			name NOT NULL DEFAULT CURRENT_USER,
	CONSTRAINT migrate_model_pkey PRIMARY KEY (name),
	CONSTRAINT migrate_model_name CHECK (name OPERATOR(pg_catalog.<>) ''::text)
);

COMMENT ON TABLE migrate_model IS 'the wanted schema as DDL, in parts that are run in the order of their names; see migrate_set_model()';
COMMENT ON COLUMN migrate_model.statements IS 'how many statements the part has';
COMMENT ON COLUMN migrate_model.set_by IS 'the role that set the present text';

CREATE TABLE migrate_repeatable (
	name			text COLLATE pg_catalog."C" NOT NULL,
	script			text NOT NULL,
	depends_on		text[] COLLATE pg_catalog."C" NOT NULL DEFAULT '{}',
	author			text NOT NULL DEFAULT CURRENT_USER,
	set_at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	pending			boolean NOT NULL DEFAULT true,
	applied_sha256	bytea,
	applied_at		timestamptz,
	applied_by		text,
	CONSTRAINT migrate_repeatable_pkey PRIMARY KEY (name),
	CONSTRAINT migrate_repeatable_name CHECK (name OPERATOR(pg_catalog.<>) ''::text),
	CONSTRAINT migrate_repeatable_depends_on CHECK (
		pg_catalog.array_position(depends_on, NULL) IS NULL)
);

CREATE INDEX migrate_repeatable_pending ON migrate_repeatable (name) WHERE pending;

COMMENT ON TABLE migrate_repeatable IS 'texts that run again, after the revisions, when they have changed; see migrate_set_repeatable()';
COMMENT ON COLUMN migrate_repeatable.depends_on IS 'names of others that run before it; when one of them runs, it runs again';
COMMENT ON COLUMN migrate_repeatable.author IS 'the role that set the present text';
COMMENT ON COLUMN migrate_repeatable.pending IS 'whether the next upgrade to a head runs it';
COMMENT ON COLUMN migrate_repeatable.applied_sha256 IS 'SHA-256 of the UTF-8 text that ran last in this database';

CREATE TABLE migrate_callback (
	event			text COLLATE pg_catalog."C" NOT NULL,
	name			text COLLATE pg_catalog."C" NOT NULL,
	script			text NOT NULL,
	author			text NOT NULL DEFAULT CURRENT_USER,
	set_at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	CONSTRAINT migrate_callback_pkey PRIMARY KEY (event, name),
	CONSTRAINT migrate_callback_event CHECK (
		event OPERATOR(pg_catalog.=) ANY ('{before_run,before_revision,after_revision,after_run}'::text[])),
	CONSTRAINT migrate_callback_name CHECK (name OPERATOR(pg_catalog.<>) ''::text)
);

COMMENT ON TABLE migrate_callback IS 'SQL that runs before and after revisions and runs; see migrate_set_callback()';
COMMENT ON COLUMN migrate_callback.author IS 'the role that set the present text';

CREATE TABLE migrate_seed (
	relation		text COLLATE pg_catalog."C" NOT NULL,
	rows			jsonb NOT NULL,
	key				text[] COLLATE pg_catalog."C" NOT NULL DEFAULT '{}',
	mode			text NOT NULL,
	set_at			timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	set_by			text NOT NULL DEFAULT CURRENT_USER,
	CONSTRAINT migrate_seed_pkey PRIMARY KEY (relation),
	CONSTRAINT migrate_seed_rows CHECK (
		pg_catalog.jsonb_typeof(rows) OPERATOR(pg_catalog.=) 'array'::text),
	CONSTRAINT migrate_seed_mode CHECK (
		mode OPERATOR(pg_catalog.=) ANY ('{insert-only,upsert,exact}'::text[]))
);

COMMENT ON TABLE migrate_seed IS 'the rows that tables should have, as a part of the model; see migrate_set_seed()';
COMMENT ON COLUMN migrate_seed.key IS 'the columns that tell rows apart; empty: the primary key';
COMMENT ON COLUMN migrate_seed.set_by IS 'the role that declared the present rows';

SELECT pg_catalog.pg_extension_config_dump('migrate_script', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_version', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_log', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_approval', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_journal', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_model', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_repeatable', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_callback', '');
SELECT pg_catalog.pg_extension_config_dump('migrate_seed', '');

/*
 * What has been done to a database is true of that database alone.  A
 * publication FOR ALL TABLES sends these tables too, so a subscriber leaves
 * such rows out: the triggers fire only where session_replication_role is
 * replica, and act only in the workers of logical replication.
 */
CREATE FUNCTION migrate_ignore_replicated()
RETURNS trigger
AS 'MODULE_PATHNAME', 'pgm_sql_ignore_replicated'
LANGUAGE C;

COMMENT ON FUNCTION migrate_ignore_replicated()
IS 'keeps logical replication out of the tables of pgmigrate';

CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_script
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_version
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_log
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_approval
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_journal
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_model
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_repeatable
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_callback
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();
CREATE TRIGGER migrate_ignore_replicated BEFORE INSERT OR UPDATE OR DELETE ON migrate_seed
	FOR EACH ROW EXECUTE FUNCTION migrate_ignore_replicated();

ALTER TABLE migrate_script ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_version ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_log ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_approval ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_journal ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_model ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_repeatable ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_callback ENABLE REPLICA TRIGGER migrate_ignore_replicated;
ALTER TABLE migrate_seed ENABLE REPLICA TRIGGER migrate_ignore_replicated;

----------------------------------------------------------------------
-- Authoring
----------------------------------------------------------------------

CREATE FUNCTION migrate_revision(message text,
	upgrade text DEFAULT NULL, downgrade text DEFAULT NULL,
	rev_id text DEFAULT NULL, head text DEFAULT 'head',
	splice boolean DEFAULT false, branch_label text DEFAULT NULL,
	depends_on text DEFAULT NULL,
	autogenerate boolean DEFAULT false, model_schema text DEFAULT NULL,
	renames jsonb DEFAULT NULL, include text[] DEFAULT NULL,
	exclude text[] DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_revision'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_revision(text, text, text, text, text, boolean, text, text, boolean, text, jsonb, text[], text[])
IS 'write a new revision on top of head and return its id; downgrade NULL: irreversible, empty: nothing to undo; autogenerate: write both from the difference between the model and the database, NULL if there is none';

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

CREATE FUNCTION migrate_load(revision text, message text,
	down_revision text[] DEFAULT NULL, depends_on text[] DEFAULT NULL,
	branch_labels text[] DEFAULT NULL, replaces text[] DEFAULT NULL,
	creator text DEFAULT NULL, created_at timestamptz DEFAULT NULL,
	upgrade text DEFAULT '', downgrade text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_load'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_load(text, text, text[], text[], text[], text[], text, timestamptz, text, text)
IS 'what a revision file calls: take the revision as the file has it and return added, updated or unchanged; parents may come later in the transaction; a line break at the beginning of upgrade and downgrade does not count';

CREATE FUNCTION migrate_load_directory(path text,
	OUT file_name text, OUT revision text, OUT result text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_load_directory'
LANGUAGE C VOLATILE ROWS 1000;

COMMENT ON FUNCTION migrate_load_directory(text)
IS 'load the revision files (*.sql) of a directory of the server; needs the rights of pg_read_server_files';

CREATE FUNCTION migrate_check_loaded()
RETURNS trigger
AS 'MODULE_PATHNAME', 'pgm_sql_check_loaded'
LANGUAGE C;

COMMENT ON FUNCTION migrate_check_loaded()
IS 'checks at the end of a transaction that the revisions loaded in it fit together';

-- what is loaded does not say yet that it is a head
CREATE CONSTRAINT TRIGGER migrate_check_loaded AFTER INSERT ON migrate_script
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.is_head IS FALSE) EXECUTE FUNCTION migrate_check_loaded();
CREATE CONSTRAINT TRIGGER migrate_check_changed
	AFTER UPDATE OF down_revision, depends_on, branch_labels, replaces ON migrate_script
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION migrate_check_loaded();

CREATE FUNCTION migrate_export(revision text)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_export'
LANGUAGE C STABLE;

COMMENT ON FUNCTION migrate_export(text)
IS 'the file of a revision, to be put under version control; migrate_load takes it back';

CREATE FUNCTION migrate_export_all(range text DEFAULT 'base:heads',
	OUT file_name text, OUT revision text, OUT content text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_export_all'
LANGUAGE C STABLE ROWS 1000;

COMMENT ON FUNCTION migrate_export_all(text)
IS 'the files of the revisions of a range, parents first; pgmigrate.file_template makes their names';

CREATE FUNCTION migrate_rebase(revision text, onto text)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_rebase'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_rebase(text, text)
IS 'move a branch that is not applied: give its first revision another parent (''base'': none)';

CREATE FUNCTION migrate_squash(range text, message text, rev_id text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_squash'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_squash(text, text, text)
IS 'make one revision of a chain of them, with the same effect (it is tried), and return its id; where the old ones have run, it counts as applied';

CREATE FUNCTION migrate_approve(revision text, sha256 bytea DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_approve'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_approve(text, bytea)
IS 'allow the present text of a revision (or ''repeatable:name'', ''callback:event/name'') to run with your rights, whoever wrote it; sha256: only if it is the text that migrate_show showed';

CREATE FUNCTION migrate_set_model(ddl text, name text DEFAULT 'default')
RETURNS integer
AS 'MODULE_PATHNAME', 'pgm_sql_set_model'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_set_model(text, text)
IS 'say what the schema should be, as DDL (the output of pg_dump --schema-only is), and return the number of statements; a model can have several parts; ddl NULL removes the part';

CREATE FUNCTION migrate_diff(model_schema text DEFAULT NULL, renames jsonb DEFAULT NULL,
	include text[] DEFAULT NULL, exclude text[] DEFAULT NULL,
	OUT kind text, OUT identity text, OUT change text, OUT hazard text, OUT statement text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_diff'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_diff(text, jsonb, text[], text[])
IS 'show what migrate_revision would write with autogenerate: what leads from the database to its model; changes nothing';

CREATE FUNCTION migrate_schema_sql(schema text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_schema_sql'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_schema_sql(text)
IS 'show a schema, or all that are managed, as DDL, which is good for migrate_set_model()';

CREATE FUNCTION migrate_verify(range text DEFAULT 'base:heads',
	OUT revision text, OUT message text, OUT result text, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_verify'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_verify(text)
IS 'run revisions up, down and up again in a sandbox, from base, and tell which downgrades do not restore what was there; changes nothing';

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

CREATE PROCEDURE migrate_upgrade_online(target text DEFAULT 'head',
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	wait boolean DEFAULT true, interrupted text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'pgm_sql_upgrade_online'
LANGUAGE C;

COMMENT ON PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text)
IS 'upgrade to the target and commit after each revision; runs CREATE INDEX CONCURRENTLY and its like; wait => false: an error when others are running';

CREATE PROCEDURE migrate_upgrade_online(targets text[],
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	wait boolean DEFAULT true, interrupted text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'pgm_sql_upgrade_online_array'
LANGUAGE C;

COMMENT ON PROCEDURE migrate_upgrade_online(text[], jsonb, text, boolean, text)
IS 'upgrade to several targets and commit after each revision';

CREATE PROCEDURE migrate_upgrade_online(steps integer,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	wait boolean DEFAULT true, interrupted text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'pgm_sql_upgrade_online_steps'
LANGUAGE C;

COMMENT ON PROCEDURE migrate_upgrade_online(integer, jsonb, text, boolean, text)
IS 'run the next n upgrades and commit after each';

CREATE PROCEDURE migrate_downgrade_online(target text,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	wait boolean DEFAULT true, interrupted text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'pgm_sql_downgrade_online'
LANGUAGE C;

COMMENT ON PROCEDURE migrate_downgrade_online(text, jsonb, text, boolean, text)
IS 'downgrade to the target and commit after each revision; interrupted => ''repeat'' or ''skip'': what to do with a statement of which nobody knows whether it has finished';

CREATE PROCEDURE migrate_downgrade_online(steps integer,
	args jsonb DEFAULT NULL, tag text DEFAULT NULL,
	wait boolean DEFAULT true, interrupted text DEFAULT NULL)
AS 'MODULE_PATHNAME', 'pgm_sql_downgrade_online_steps'
LANGUAGE C;

COMMENT ON PROCEDURE migrate_downgrade_online(integer, jsonb, text, boolean, text)
IS 'undo the last n revisions and commit after each: CALL migrate_downgrade_online(-1)';

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
-- Coming from elsewhere
----------------------------------------------------------------------

CREATE FUNCTION migrate_baseline(message text DEFAULT 'Baseline', rev_id text DEFAULT NULL,
	branch_label text DEFAULT NULL, include text[] DEFAULT NULL, exclude text[] DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'pgm_sql_baseline'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_baseline(text, text, text, text[], text[])
IS 'begin with a database that is there: write the first revision from its schema, make it current without running it, and return its id';

CREATE FUNCTION migrate_adopt(source text, history text DEFAULT NULL,
	project text DEFAULT NULL, map jsonb DEFAULT NULL,
	allow_holes boolean DEFAULT false, dry_run boolean DEFAULT false,
	OUT version text, OUT revision text, OUT status text, OUT description text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_adopt'
LANGUAGE C VOLATILE ROWS 100;

COMMENT ON FUNCTION migrate_adopt(text, text, text, jsonb, boolean, boolean)
IS 'take over what alembic, dbmate, flyway, rails or sqitch has applied to this database: make the revisions of the same names current, and say what became of each version';
-- Seeding
----------------------------------------------------------------------

CREATE FUNCTION migrate_bulk_insert(relation regclass, rows jsonb,
	override_identity boolean DEFAULT false)
RETURNS bigint
AS 'MODULE_PATHNAME', 'pgm_sql_bulk_insert'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_bulk_insert(regclass, jsonb, boolean)
IS 'insert the rows of a JSON array of objects into a table and return how many; a missing key takes the default of its column, null is NULL';

CREATE FUNCTION migrate_set_seed(relation text, rows jsonb, key text[] DEFAULT NULL,
	mode text DEFAULT 'upsert')
RETURNS integer
AS 'MODULE_PATHNAME', 'pgm_sql_set_seed'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_set_seed(text, jsonb, text[], text)
IS 'declare the rows that a table should have (mode insert-only, upsert or exact), which autogenerate then brings about, and return their number; key: the columns that tell rows apart, else the primary key; rows NULL removes the declaration';

CREATE FUNCTION migrate_set_repeatable(name text, script text, depends_on text[] DEFAULT '{}')
RETURNS integer
AS 'MODULE_PATHNAME', 'pgm_sql_set_repeatable'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_set_repeatable(text, text, text[])
IS 'set a text that upgrades to a head run, after the revisions, whenever it or one that it depends on has changed, and return its number of statements; script NULL removes it';

CREATE FUNCTION migrate_set_callback(event text, name text, script text)
RETURNS integer
AS 'MODULE_PATHNAME', 'pgm_sql_set_callback'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_set_callback(text, text, text)
IS 'set what runs at an event (before_run, before_revision, after_revision, after_run) and return its number of statements; script NULL removes it';

CREATE FUNCTION migrate_schedule(schedule text, target text DEFAULT 'head',
	job_name text DEFAULT 'pgmigrate', online boolean DEFAULT true)
RETURNS bigint
AS 'MODULE_PATHNAME', 'pgm_sql_schedule'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_schedule(text, text, text, boolean)
IS 'schedule an upgrade as a job of pg_cron, or change the job of that name, and return its id; online => false: in one transaction';

CREATE FUNCTION migrate_unschedule(job_name text DEFAULT 'pgmigrate')
RETURNS boolean
AS 'MODULE_PATHNAME', 'pgm_sql_unschedule'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION migrate_unschedule(text)
IS 'remove a job of pg_cron';

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
	OUT branch_labels text, OUT author text, OUT creator text, OUT created_at timestamptz,
	OUT approved_by text, OUT sha256 bytea, OUT upgrade text, OUT downgrade text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_show'
LANGUAGE C STABLE ROWS 1;

COMMENT ON FUNCTION migrate_show(text)
IS 'all there is to know of a revision, with its scripts (use \x in psql); author: the role that wrote the text, creator: who made the revision, as its file says';

CREATE FUNCTION migrate_plan(target text DEFAULT 'head', direction text DEFAULT 'upgrade',
	OUT step integer, OUT direction text, OUT revision text, OUT down_revision text,
	OUT message text, OUT transactions text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'pgm_sql_plan'
LANGUAGE C STABLE ROWS 100;

COMMENT ON FUNCTION migrate_plan(text, text)
IS 'the steps that an upgrade, downgrade or stamp to the target would take, without taking them; transactions: how an online run cuts a script, * marks what runs outside of a transaction';

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
-- Watching
----------------------------------------------------------------------

/*
 * The session that holds the runner lock, which says in pg_stat_activity what
 * it is doing ("pgmigrate: <revision> <n>/<m> <command>"); or else the revision
 * that a run has left half done.
 */
CREATE VIEW migrate_progress AS
SELECT r.pid, r.username, r.application_name,
	COALESCE(r.revision, j.revision COLLATE pg_catalog."default") AS revision,
	COALESCE(r.statement, j.running, j.done OPERATOR(pg_catalog.+) 1) AS statement,
	COALESCE(r.statements, j.statements) AS statements,
	COALESCE(r.command, j.running_text) AS command,
	COALESCE(r.since, j.running_since, j.started_at) AS since,
	CASE WHEN r.pid IS NULL AND pg_catalog.pg_is_in_recovery() THEN 'the primary server'::pg_catalog.text
		WHEN r.pid IS NULL THEN 'the next call: this revision is half done'::pg_catalog.text
		WHEN b.blockers IS NOT NULL THEN b.blockers
		ELSE r.wait_event END AS waiting_for,
	COALESCE(p.phase, v.phase, c.phase) AS phase,
	COALESCE(p.percent, v.percent, c.percent, y.percent) AS percent
FROM (
	SELECT a.pid, a.usename AS username, a.application_name,
		CASE WHEN a.query OPERATOR(pg_catalog.~) '^pgmigrate: [^ ]+ [0-9]+/[0-9]+ ' THEN pg_catalog.split_part(a.query, ' ', 2) END AS revision,
		CASE WHEN a.query OPERATOR(pg_catalog.~) '^pgmigrate: [^ ]+ [0-9]+/[0-9]+ ' THEN pg_catalog.split_part(pg_catalog.split_part(a.query, ' ', 3), '/', 1)::integer END AS statement,
		CASE WHEN a.query OPERATOR(pg_catalog.~) '^pgmigrate: [^ ]+ [0-9]+/[0-9]+ ' THEN pg_catalog.split_part(pg_catalog.split_part(a.query, ' ', 3), '/', 2)::integer END AS statements,
		CASE WHEN a.query OPERATOR(pg_catalog.~) '^pgmigrate: [^ ]+ [0-9]+/[0-9]+ ' THEN pg_catalog.regexp_replace(a.query, '^([^ ]+ ){3}', '') ELSE a.query END AS command,
		a.query_start AS since,
		a.wait_event_type OPERATOR(pg_catalog.||) ': ' OPERATOR(pg_catalog.||) a.wait_event AS wait_event
	FROM pg_catalog.pg_locks l
	JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
	JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) l.objid
	WHERE l.locktype OPERATOR(pg_catalog.=) 'object'
	AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
	AND l.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
	AND l.objsubid OPERATOR(pg_catalog.=) 0::smallint
	AND e.extname OPERATOR(pg_catalog.=) 'pgmigrate'
	AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock' AND l.granted
) r
FULL JOIN migrate_journal j ON true
LEFT JOIN LATERAL (
	SELECT pg_catalog.string_agg(pg_catalog.format('process %s of %s (%s), since %s: %s', a.pid, a.usename, a.application_name, pg_catalog.date_trunc('second', a.xact_start), pg_catalog.left(a.query, 60)), '; ' ORDER BY a.xact_start) AS blockers
	FROM pg_catalog.pg_stat_activity a WHERE a.pid OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(r.pid))
) b ON true
LEFT JOIN LATERAL (
	SELECT i.phase, pg_catalog.round(COALESCE(
		100.0 OPERATOR(pg_catalog.*) NULLIF(i.blocks_done, 0) OPERATOR(pg_catalog./) NULLIF(i.blocks_total, 0),
		100.0 OPERATOR(pg_catalog.*) NULLIF(i.tuples_done, 0) OPERATOR(pg_catalog./) NULLIF(i.tuples_total, 0),
		100.0 OPERATOR(pg_catalog.*) i.lockers_done OPERATOR(pg_catalog./) NULLIF(i.lockers_total, 0)), 1) AS percent
	FROM pg_catalog.pg_stat_progress_create_index i WHERE i.pid OPERATOR(pg_catalog.=) r.pid
) p ON true
LEFT JOIN LATERAL (
	SELECT i.phase, pg_catalog.round(100.0 OPERATOR(pg_catalog.*) i.heap_blks_scanned OPERATOR(pg_catalog./) NULLIF(i.heap_blks_total, 0), 1) AS percent
	FROM pg_catalog.pg_stat_progress_vacuum i WHERE i.pid OPERATOR(pg_catalog.=) r.pid
) v ON true
LEFT JOIN LATERAL (
	SELECT i.phase, pg_catalog.round(100.0 OPERATOR(pg_catalog.*) i.heap_blks_scanned OPERATOR(pg_catalog./) NULLIF(i.heap_blks_total, 0), 1) AS percent
	FROM pg_catalog.pg_stat_progress_cluster i WHERE i.pid OPERATOR(pg_catalog.=) r.pid
) c ON true
LEFT JOIN LATERAL (
	SELECT pg_catalog.round(100.0 OPERATOR(pg_catalog.*) i.bytes_processed OPERATOR(pg_catalog./) NULLIF(i.bytes_total, 0), 1) AS percent
	FROM pg_catalog.pg_stat_progress_copy i WHERE i.pid OPERATOR(pg_catalog.=) r.pid
) y ON true;

COMMENT ON VIEW migrate_progress IS 'what the run of this database is doing now; the details of other roles'' sessions are for members of pg_read_all_stats';

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
REVOKE ALL ON TABLE migrate_script, migrate_version, migrate_log, migrate_approval, migrate_journal, migrate_model, migrate_repeatable, migrate_callback, migrate_seed, migrate_progress FROM PUBLIC;
REVOKE ALL ON ROUTINE
	migrate_revision(text, text, text, text, text, boolean, text, text, boolean, text, jsonb, text[], text[]),
	migrate_revision(text, text[], text, text, text, text, boolean, text),
	migrate_revision(text, text[], text, text, text, boolean, text, text[]),
	migrate_merge(text, text, text, text, boolean),
	migrate_merge(text[], text, text, text, boolean),
	migrate_edit(text, text, text, text, boolean, text, text, boolean),
	migrate_delete(text),
	migrate_load(text, text, text[], text[], text[], text[], text, timestamptz, text, text),
	migrate_load_directory(text),
	migrate_check_loaded(),
	migrate_rebase(text, text),
	migrate_squash(text, text, text),
	migrate_export(text),
	migrate_export_all(text),
	migrate_approve(text, bytea),
	migrate_set_model(text, text),
	migrate_diff(text, jsonb, text[], text[]),
	migrate_schema_sql(text),
	migrate_verify(text),
	migrate_upgrade(text, jsonb, text),
	migrate_upgrade(text[], jsonb, text),
	migrate_upgrade(integer, jsonb, text),
	migrate_downgrade(text, jsonb, text),
	migrate_downgrade(integer, jsonb, text),
	migrate_upgrade_online(text, jsonb, text, boolean, text),
	migrate_upgrade_online(text[], jsonb, text, boolean, text),
	migrate_upgrade_online(integer, jsonb, text, boolean, text),
	migrate_downgrade_online(text, jsonb, text, boolean, text),
	migrate_downgrade_online(integer, jsonb, text, boolean, text),
	migrate_stamp(text, boolean),
	migrate_stamp(text[], boolean),
	migrate_require_current(text[]),
	migrate_baseline(text, text, text, text[], text[]),
	migrate_adopt(text, text, text, jsonb, boolean, boolean),
	migrate_bulk_insert(regclass, jsonb, boolean),
	migrate_set_repeatable(text, text, text[]),
	migrate_set_callback(text, text, text),
	migrate_set_seed(text, jsonb, text[], text),
	migrate_schedule(text, text, text, boolean),
	migrate_unschedule(text),
	migrate_current(boolean),
	migrate_heads(boolean),
	migrate_branches(),
	migrate_history(text),
	migrate_show(text),
	migrate_plan(text, text),
	migrate_check(boolean),
	migrate_graph(text),
	migrate_sql(text, text, jsonb, text),
	migrate_ignore_replicated(),
	migrate_grant(text, name),
	migrate_revoke(text, name)
FROM PUBLIC;
