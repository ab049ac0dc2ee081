/*-------------------------------------------------------------------------
 *
 * revision.c
 *	  migrate_revision, migrate_merge, migrate_edit, migrate_delete and
 *	  migrate_approve: write revisions.
 *
 * The forms of migrate_revision and migrate_merge differ only in which
 * arguments are arrays, and in their order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/autogenerate.h"
#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "revision/state.h"
#include "run/author.h"
#include "run/callback.h"
#include "run/repeatable.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_revision);
PG_FUNCTION_INFO_V1(pgm_sql_revision_depends);
PG_FUNCTION_INFO_V1(pgm_sql_revision_heads);
PG_FUNCTION_INFO_V1(pgm_sql_merge);
PG_FUNCTION_INFO_V1(pgm_sql_merge_array);
PG_FUNCTION_INFO_V1(pgm_sql_edit);
PG_FUNCTION_INFO_V1(pgm_sql_delete);
PG_FUNCTION_INFO_V1(pgm_sql_approve);

/*
 * An optional text argument that takes one name or an array literal.  An
 * empty text is the empty list.
 */
static List *
arg_names(FunctionCallInfo fcinfo, int n, const char *argname)
{
	char	   *text = pgm_arg_text_or_null(fcinfo, n);

	if (text == NULL || text[0] == '\0')
		return NIL;
	return pgm_parse_target_list(text, argname);
}

/*
 * The head argument, one or several.
 */
static List *
arg_heads(FunctionCallInfo fcinfo, int n)
{
	return pgm_parse_target_list(pgm_arg_text(fcinfo, n, "head"), "head");
}

/*
 * Returns an id, which lives in the memory of the SPI level that this ends.
 */
static Datum
return_id(const char *id)
{
	text	   *in_spi = cstring_to_text(id);
	Datum		result = SPI_datumTransfer(PointerGetDatum(in_spi), false, -1);

	pgm_finish();
	PG_RETURN_DATUM(result);
}

static Datum
write_revision(FunctionCallInfo fcinfo, const PgmNewRevision *new)
{
	pgm_require_writable("migrate_revision()");
	pgm_connect(fcinfo);
	return return_id(pgm_author_write(new));
}

/*
 * Raises an error unless every head is applied: what is generated leads on
 * from there.
 */
static void
require_at_head(void)
{
	PgmState   *state = pgm_state_load(pgm_graph_load(false), false);
	ListCell   *lc;

	foreach(lc, pgm_graph_real_heads(state->graph))
	{
		PgmRevision *head = lfirst(lc);

		if (!state->active[head->index])
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("target database is not up to date"),
					 errdetail("Revision \"%s\" is not applied.", head->id),
					 errhint("SELECT * FROM migrate_upgrade('heads'); applies it.")));
	}
}

/*
 * Raises an error for arguments that only mean something with autogenerate.
 */
static void
require_no_request(const PgmRequest *request)
{
	if (request->model_schema != NULL || request->renames != NIL ||
		request->include != NIL || request->exclude != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model_schema, renames, include and exclude need autogenerate => true")));
}

/*
 * Fills in both scripts from the comparison with the model.  Returns false
 * when there is nothing to do.
 */
static bool
autogenerate(PgmNewRevision *new, PgmRequest *request)
{
	PgmGenerated *generated;

	if (new->upgrade != NULL || new->downgrade != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a revision is either written or generated"),
				 errhint("Leave out upgrade and downgrade, or autogenerate; a generated revision can be changed with migrate_edit().")));
	require_at_head();
	request->prove = true;
	generated = pgm_generate(request);
	if (generated->upgrade == NIL)
	{
		ereport(NOTICE, (errmsg("no changes in schema detected")));
		return false;
	}
	new->upgrade = pgm_write_script(generated->upgrade);
	new->downgrade = pgm_write_script(generated->downgrade);
	return true;
}

/*
 * migrate_revision(message text, upgrade text, downgrade text, rev_id text,
 *					head text, splice boolean, branch_label text,
 *					depends_on text, autogenerate boolean,
 *					model_schema text, renames jsonb, include text[],
 *					exclude text[])
 */
Datum
pgm_sql_revision(PG_FUNCTION_ARGS)
{
	PgmNewRevision new = {0};
	PgmRequest *request;

	new.message = pgm_arg_text(fcinfo, 0, "message");
	new.upgrade = pgm_arg_text_or_null(fcinfo, 1);
	new.downgrade = pgm_arg_text_or_null(fcinfo, 2);
	new.rev_id = pgm_arg_text_or_null(fcinfo, 3);
	new.heads = arg_heads(fcinfo, 4);
	new.splice = pgm_arg_bool(fcinfo, 5, "splice");
	new.branch_labels = arg_names(fcinfo, 6, "branch_label");
	new.depends_on = arg_names(fcinfo, 7, "depends_on");
	request = pgm_arg_request(fcinfo, 9);
	if (!pgm_arg_bool(fcinfo, 8, "autogenerate"))
	{
		require_no_request(request);
		return write_revision(fcinfo, &new);
	}
	pgm_require_writable("migrate_revision()");
	pgm_connect(fcinfo);
	if (autogenerate(&new, request))
		return return_id(pgm_author_write(&new));
	pgm_finish();
	PG_RETURN_NULL();
}

/*
 * migrate_revision(message text, depends_on text[], upgrade text,
 *					downgrade text, rev_id text, head text, splice boolean,
 *					branch_label text)
 */
Datum
pgm_sql_revision_depends(PG_FUNCTION_ARGS)
{
	PgmNewRevision new = {0};

	new.message = pgm_arg_text(fcinfo, 0, "message");
	new.depends_on = PG_ARGISNULL(1) ? NIL :
		pgm_arg_text_list(fcinfo, 1, "depends_on");
	new.upgrade = pgm_arg_text_or_null(fcinfo, 2);
	new.downgrade = pgm_arg_text_or_null(fcinfo, 3);
	new.rev_id = pgm_arg_text_or_null(fcinfo, 4);
	new.heads = arg_heads(fcinfo, 5);
	new.splice = pgm_arg_bool(fcinfo, 6, "splice");
	new.branch_labels = arg_names(fcinfo, 7, "branch_label");
	return write_revision(fcinfo, &new);
}

/*
 * migrate_revision(message text, head text[], upgrade text, downgrade text,
 *					rev_id text, splice boolean, branch_label text,
 *					depends_on text[])
 */
Datum
pgm_sql_revision_heads(PG_FUNCTION_ARGS)
{
	PgmNewRevision new = {0};

	new.message = pgm_arg_text(fcinfo, 0, "message");
	new.heads = pgm_arg_text_list(fcinfo, 1, "head");
	new.upgrade = pgm_arg_text_or_null(fcinfo, 2);
	new.downgrade = pgm_arg_text_or_null(fcinfo, 3);
	new.rev_id = pgm_arg_text_or_null(fcinfo, 4);
	new.splice = pgm_arg_bool(fcinfo, 5, "splice");
	new.branch_labels = arg_names(fcinfo, 6, "branch_label");
	new.depends_on = PG_ARGISNULL(7) ? NIL :
		pgm_arg_text_list(fcinfo, 7, "depends_on");
	return write_revision(fcinfo, &new);
}

/*
 * Writes a merge point; the arguments after the first are those of both forms.
 */
static Datum
write_merge(FunctionCallInfo fcinfo, List *revisions)
{
	PgmNewRevision new = {0};

	new.merge = true;
	new.heads = revisions;
	new.message = pgm_arg_text_or_null(fcinfo, 1);
	if (new.message == NULL)
		new.message = psprintf("merge %s", pgm_string_list_text(revisions, " and "));
	new.rev_id = pgm_arg_text_or_null(fcinfo, 2);
	new.branch_labels = arg_names(fcinfo, 3, "branch_label");
	new.splice = pgm_arg_bool(fcinfo, 4, "splice");
	pgm_require_writable("migrate_merge()");
	pgm_connect(fcinfo);
	return return_id(pgm_author_write(&new));
}

/*
 * migrate_merge(revisions text, message text, rev_id text, branch_label text,
 *				 splice boolean)
 */
Datum
pgm_sql_merge(PG_FUNCTION_ARGS)
{
	return write_merge(fcinfo,
					   pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "revisions"), "revisions"));
}

/*
 * migrate_merge(revisions text[], ...)
 */
Datum
pgm_sql_merge_array(PG_FUNCTION_ARGS)
{
	return write_merge(fcinfo, pgm_arg_text_list(fcinfo, 0, "revisions"));
}

/*
 * migrate_edit(revision text, message text, upgrade text, downgrade text,
 *				irreversible boolean, branch_label text, depends_on text,
 *				force boolean)
 */
Datum
pgm_sql_edit(PG_FUNCTION_ARGS)
{
	PgmEdit		edit = {0};

	edit.revision = pgm_arg_text(fcinfo, 0, "revision");
	edit.message = pgm_arg_text_or_null(fcinfo, 1);
	edit.upgrade = pgm_arg_text_or_null(fcinfo, 2);
	edit.downgrade = pgm_arg_text_or_null(fcinfo, 3);
	edit.irreversible = pgm_arg_bool(fcinfo, 4, "irreversible");
	edit.set_labels = !PG_ARGISNULL(5);
	edit.branch_labels = arg_names(fcinfo, 5, "branch_label");
	edit.set_depends_on = !PG_ARGISNULL(6);
	edit.depends_on = arg_names(fcinfo, 6, "depends_on");
	edit.force = pgm_arg_bool(fcinfo, 7, "force");
	pgm_require_writable("migrate_edit()");
	pgm_refuse_in_script("migrate_edit()");
	pgm_connect(fcinfo);
	return return_id(pgm_author_edit(&edit));
}

/*
 * migrate_delete(revision text)
 */
Datum
pgm_sql_delete(PG_FUNCTION_ARGS)
{
	const char *revision = pgm_arg_text(fcinfo, 0, "revision");

	pgm_require_writable("migrate_delete()");
	pgm_refuse_in_script("migrate_delete()");
	pgm_connect(fcinfo);
	return return_id(pgm_author_delete(revision));
}

/*
 * Approves what has another kind of text, if the name says so.
 */
static bool
approve_other(const char *name, bytea *sha256)
{
	if (strncmp(name, "repeatable:", 11) == 0)
		pgm_repeatable_approve(name + 11, sha256);
	else if (strncmp(name, "callback:", 9) == 0)
		pgm_callback_approve(name + 9, sha256);
	else
		return false;
	return true;
}

/*
 * migrate_approve(revision text, sha256 bytea)
 */
Datum
pgm_sql_approve(PG_FUNCTION_ARGS)
{
	const char *revision = pgm_arg_text(fcinfo, 0, "revision");

	bytea	   *sha256 = PG_ARGISNULL(1) ? NULL : PG_GETARG_BYTEA_PP(1);

	pgm_require_writable("migrate_approve()");
	pgm_connect(fcinfo);
	if (approve_other(revision, sha256))
		return return_id(revision);
	return return_id(pgm_author_approve(revision, sha256));
}
