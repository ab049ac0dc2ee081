/*-------------------------------------------------------------------------
 *
 * baseline.c
 *	  What makes a database's schema out of nothing, and drops it again.
 *
 * This is a comparison with an empty model: what leads from the model to the
 * database is the upgrade here, and the way back the downgrade.  Both are
 * tried in a sandbox that is empty.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"

#include "common/compat.h"
#include "diff/baseline.h"
#include "diff/filter.h"
#include "diff/proof.h"
#include "diff/sandbox.h"
#include "run/settings.h"
#include "schema/kinds.h"

typedef struct Baseline
{
	PgmSandbox	sandbox;
	PgmView		view;
	PgmSnapshot *live;
	PgmSnapshot *nothing;		/* what an empty database has: public */
	PgmGenerated *generated;	/* as for a model that is empty */
} Baseline;

/*
 * Reads the database, in a subtransaction of its own so that no lock stays.
 */
static void
read_live(Baseline *baseline)
{
	pgm_sandbox_begin(&baseline->sandbox);
	PG_TRY();
	{
		baseline->live = pgm_view_read(&baseline->view);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&baseline->sandbox);
	}
	PG_END_TRY();
	pgm_sandbox_end(&baseline->sandbox);
}

/*
 * The extensions that the database has.  An empty database has none, but here
 * they stay, so they are not looked at.
 */
static List *
extensions(const PgmSnapshot *live)
{
	List	   *names = NIL;

	for (int i = 0; i < live->nobjects; i++)
	{
		if (live->objects[i]->kind == &pgm_kind_extension)
			names = lappend(names, unconstify(char *, live->objects[i]->identity));
	}
	return names;
}

/*
 * Leaves out the statements that drop extensions, unless everything is
 * compared: as autogenerate does.
 */
static List *
keep_extensions(List *statements)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, statements)
	{
		const PgmWritten *written = lfirst(lc);

		if (written->action == NULL || written->action->type != PGM_ACT_DROP ||
			written->action->from->kind != &pgm_kind_extension)
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

/*
 * Writes both directions and tries them.  In the sandbox.
 */
static void
write_and_prove(Baseline *baseline)
{
	PgmView    *view = &baseline->view;
	PgmDisproof *disproof;

	pgm_sandbox_set_aside(&baseline->sandbox, baseline->live, pgm_managed_schemas(), true);
	view->aside = baseline->sandbox.aside;
	view->without = extensions(baseline->live);
	CommandCounterIncrement();
	baseline->nothing = pgm_view_read(view);
	baseline->generated->downgrade =
		pgm_write_actions(pgm_order(pgm_compare(baseline->nothing, baseline->live,
												view->all, NIL)),
						  baseline->nothing, view->all);
	baseline->generated->upgrade =
		pgm_write_actions(pgm_order(pgm_compare(baseline->live, baseline->nothing,
												view->all, NIL)),
						  baseline->live, view->all);
	if (!view->all)
		baseline->generated->upgrade = keep_extensions(baseline->generated->upgrade);
	if (baseline->generated->downgrade == NIL)
		return;
	disproof = pgm_disprove(baseline->generated, view, baseline->live, baseline->nothing);
	if (disproof == NULL)
		return;

	/* the proof is of the comparison, the other way round */
	disproof->direction = strcmp(disproof->direction, "upgrade") == 0 ? "downgrade" : "upgrade";
	pgm_report_disproof(disproof);
}

/*
 * Returns the statements that make what is in the managed schemas, and those
 * that drop it again; none if there is nothing.  Changes nothing and keeps no
 * lock.
 *
 * The caller is connected to SPI.  Raises an error when the proof fails, or
 * when the current user may not rename the schemas.
 */
PgmGenerated *
pgm_baseline(List *include, List *exclude)
{
	Baseline	baseline = {0};
	PgmGenerated *result = palloc0_object(PgmGenerated);

	baseline.generated = palloc0_object(PgmGenerated);
	baseline.view.globals = true;
	baseline.view.all = pgm_compare_all;
	baseline.view.filter = pgm_filter_make(include, exclude);
	read_live(&baseline);
	pgm_sandbox_begin(&baseline.sandbox);
	PG_TRY();
	{
		write_and_prove(&baseline);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&baseline.sandbox);
	}
	PG_END_TRY();
	pgm_sandbox_end(&baseline.sandbox);
	result->upgrade = baseline.generated->downgrade;
	result->downgrade = baseline.generated->upgrade;
	return result;
}
