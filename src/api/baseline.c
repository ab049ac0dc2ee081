/*-------------------------------------------------------------------------
 *
 * baseline.c
 *	  migrate_baseline: begin with a database that is there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "diff/baseline.h"
#include "revision/resolve.h"
#include "revision/state.h"
#include "run/author.h"
#include "run/journal.h"
#include "run/lock.h"
#include "run/runner.h"

PG_FUNCTION_INFO_V1(pgm_sql_baseline);

/*
 * Raises an error when there is a history already.
 */
static void
require_no_history(void)
{
	PgmGraph   *graph;
	List	   *rows;

	pgm_journal_require_none(false);
	rows = pgm_version_rows();
	if (rows != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this database has a history already"),
				 errdetail("Current are: %s.", pgm_string_list_text(rows, ", ")),
				 errhint("To begin anew, forget it with migrate_stamp('base', purge => true) and delete its revisions with migrate_delete().")));
	graph = pgm_state_load_latest()->graph;
	if (graph->n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg_plural("there is %d revision already",
							   "there are %d revisions already",
							   graph->n, graph->n),
				 errdetail("The heads are: %s.",
						   pgm_revision_list_text(pgm_graph_heads(graph), ", ")),
				 errhint("If they have made this database, say so: SELECT * FROM migrate_stamp('...'); else delete them first: SELECT migrate_delete('...');")));
}

static void
ignore_step(void *arg, int number, const PgmStep *step, const PgmStepResult *result)
{
}

/*
 * Makes a revision current without running it.
 */
static void
stamp(const char *revision)
{
	PgmCommand	command = {0};

	command.direction = PGM_STAMP;
	command.name = "migrate_baseline()";
	command.targets = list_make1(unconstify(char *, revision));
	pgm_run(&command, ignore_step, NULL);
}

/*
 * Writes the revision.
 */
static const char *
write_baseline(PgmNewRevision *new, List *include, List *exclude)
{
	PgmGenerated *generated = pgm_baseline(include, exclude);

	if (generated->upgrade == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is nothing to begin with: the managed schemas are empty"),
				 errhint("Write the first revision with migrate_revision(). Which schemas are managed says pgmigrate.schemas.")));
	new->upgrade = pgm_write_script(generated->upgrade);
	new->downgrade = pgm_write_script(generated->downgrade);
	return pgm_author_write(new);
}

/*
 * migrate_baseline(message text, rev_id text, branch_label text,
 *					include text[], exclude text[])
 */
Datum
pgm_sql_baseline(PG_FUNCTION_ARGS)
{
	PgmNewRevision new = {0};
	List	   *include = NIL;
	List	   *exclude = NIL;
	char	   *label;
	const char *id;
	Datum		result;

	new.message = pgm_arg_text(fcinfo, 0, "message");
	new.rev_id = pgm_arg_text_or_null(fcinfo, 1);
	label = pgm_arg_text_or_null(fcinfo, 2);
	if (label != NULL && label[0] != '\0')
		new.branch_labels = pgm_parse_target_list(label, "branch_label");
	if (!PG_ARGISNULL(3))
		include = pgm_arg_text_list(fcinfo, 3, "include");
	if (!PG_ARGISNULL(4))
		exclude = pgm_arg_text_list(fcinfo, 4, "exclude");
	new.heads = list_make1(pstrdup("base"));
	pgm_require_writable("migrate_baseline()");
	pgm_refuse_in_script("migrate_baseline()");
	pgm_connect(fcinfo);
	pgm_lock_runner();
	require_no_history();
	id = write_baseline(&new, include, exclude);
	stamp(id);
	result = SPI_datumTransfer(PointerGetDatum(cstring_to_text(id)), false, -1);
	pgm_finish();
	PG_RETURN_DATUM(result);
}
