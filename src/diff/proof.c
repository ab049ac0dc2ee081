/*-------------------------------------------------------------------------
 *
 * proof.c
 *	  Running generated statements in the sandbox, to see what they do.
 *
 * The sandbox is at the model.  So the downgrade is run first, after which
 * the catalogs must be those of the database, and then the upgrade, after
 * which they must be those of the model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/resowner.h"

#include "common/compat.h"
#include "diff/filter.h"
#include "diff/proof.h"
#include "run/settings.h"
#include "schema/kinds.h"

/* how many differences a message lists */
#define MAX_SHOWN 10

/*
 * Whether an object is looked at.
 */
static bool
passes(const PgmObject *object, const void *arg)
{
	const PgmView *view = arg;
	ListCell   *lc;

	if (object->kind == &pgm_kind_extension)
		foreach(lc, view->without)
			if (strcmp(object->identity, lfirst(lc)) == 0)
				return false;
	return pgm_filter_passes(view->filter, object);
}

/*
 * Returns the schemas to look at.
 */
static List *
schemas_of_view(const PgmView *view)
{
	Oid			only;

	if (view->only_schema == NULL)
		return list_difference_oid(pgm_managed_schemas(), view->aside);
	only = get_namespace_oid(view->only_schema, true);
	return OidIsValid(only) ? list_make1_oid(only) : NIL;
}

/*
 * Reads what there is now, and leaves it unlinked.  The caller is connected to
 * SPI, and keeps the view as it is until the snapshot is linked.
 */
PgmSnapshot *
pgm_view_begin(const PgmView *view)
{
	return pgm_snapshot_begin(schemas_of_view(view), view->globals, passes, view);
}

/*
 * Reads what there is now, and links another snapshot on the way if it is not
 * NULL.  The caller is connected to SPI.
 */
PgmSnapshot *
pgm_view_read_linking(const PgmView *view, PgmSnapshot *unlinked)
{
	return pgm_snapshot_read(schemas_of_view(view), view->globals, passes, view, unlinked);
}

/*
 * Reads what there is now.  The caller is connected to SPI.
 */
PgmSnapshot *
pgm_view_read(const PgmView *view)
{
	return pgm_view_read_linking(view, NULL);
}

/*
 * Is an extension dropped that the database has?  That is not tried: what is
 * aside may need it.  One that the model has made can go.
 */
static bool
drops_extension(const PgmWritten *written, List *extensions)
{
	ListCell   *lc;

	if (written->action == NULL || written->action->type != PGM_ACT_DROP ||
		written->action->from->kind != &pgm_kind_extension)
		return false;
	foreach(lc, extensions)
		if (strcmp(lfirst(lc), written->identity) == 0)
			return true;
	return false;
}

/*
 * Runs the statements.  Returns the one that failed, and its error, or NULL.
 * After a failure the subtransaction that the caller began is good for
 * nothing but to be rolled back.
 */
static const PgmWritten *
run_statements(List *statements, const PgmView *view, ErrorData **error)
{
	MemoryContext context = CurrentMemoryContext;
	ListCell   *lc;
	const PgmWritten *volatile at = NULL;

	PG_TRY();
	{
		foreach(lc, statements)
		{
			int			rc;

			at = lfirst(lc);
			CHECK_FOR_INTERRUPTS();
			if (drops_extension(at, view->without))
				continue;
			rc = SPI_execute(at->text, false, 0);
			if (rc < 0)
				elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
			if (SPI_tuptable != NULL)
				SPI_freetuptable(SPI_tuptable);
		}
		at = NULL;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		*error = CopyErrorData();
		if ((*error)->sqlerrcode == ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	return at;
}

/*
 * Runs one direction and compares where it led to.  Returns whether all is
 * well.
 */
static bool
check_direction(PgmDisproof *disproof, const char *direction, List *statements,
				const PgmView *view, const PgmSnapshot *wanted)
{
	disproof->direction = direction;
	disproof->failed = run_statements(statements, view, &disproof->error);
	if (disproof->failed != NULL)
		return false;
	disproof->differences = pgm_differences(pgm_view_read(view), wanted, view->all);
	return disproof->differences == NIL;
}

/*
 * Returns what is wrong with generated statements, or NULL.  The caller is
 * connected to SPI, in a sandbox that is at the model; it is there afterwards.
 */
PgmDisproof *
pgm_disprove(const PgmGenerated *generated, const PgmView *view,
			 const PgmSnapshot *live, const PgmSnapshot *model)
{
	PgmDisproof *disproof = palloc0_object(PgmDisproof);
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool		good = false;
	PgmView		of_live = *view;

	of_live.without = NIL;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	/* as for a run; the end of the subtransaction takes it back */
	(void) pgm_settings_pin_model();
	PG_TRY();
	{
		good = check_direction(disproof, "downgrade", generated->downgrade, &of_live, live) &&
			check_direction(disproof, "upgrade", generated->upgrade, view, model);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		CurrentResourceOwner = owner;
		ReThrowError(error);
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return good ? NULL : disproof;
}

/*
 * Returns the differences as lines.
 */
char *
pgm_list_differences(List *differences)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, differences)
	{
		const PgmDifference *difference = lfirst(lc);

		if (foreach_current_index(lc) == MAX_SHOWN)
		{
			appendStringInfo(&buf, "\n... and %d more", list_length(differences) - MAX_SHOWN);
			break;
		}
		appendStringInfo(&buf, "%s%s %s: %s", foreach_current_index(lc) > 0 ? "\n" : "",
						 difference->kind, difference->identity, difference->what);
	}
	return buf.data;
}

/*
 * Raises the error that says what is wrong.
 */
void
pgm_report_disproof(const PgmDisproof *disproof)
{
	if (disproof->failed != NULL)
		ereport(ERROR,
				(errcode(disproof->error->sqlerrcode),
				 errmsg("the generated %s failed when it was tried: %s",
						disproof->direction, disproof->error->message),
				 disproof->error->detail != NULL ?
				 errdetail_internal("%s", disproof->error->detail) : 0,
				 errhint("Nothing was stored. Write the revision by hand, or leave the object out with exclude."),
				 errcontext("statement: %s", disproof->failed->text)));
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("the generated %s does not lead to the wanted schema", disproof->direction),
			 errdetail_internal("%s", pgm_list_differences(disproof->differences)),
			 errhint("Nothing was stored. Write the revision by hand, or leave the objects out with exclude.")));
}
