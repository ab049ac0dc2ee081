/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  migrate_plan: the steps to a target, without taking them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "run/cut.h"
#include "run/repeatable.h"

PG_FUNCTION_INFO_V1(pgm_sql_plan);

/*
 * migrate_plan(target text, direction text)
 */
Datum
pgm_sql_plan(PG_FUNCTION_ARGS)
{
	List	   *targets;
	PgmDirection direction;
	PgmState   *state;
	int			number = 0;
	List	   *steps;
	MemoryContext row_context;
	ListCell   *lc;

	pgm_result_begin(fcinfo);
	targets = pgm_parse_target_list(pgm_arg_text(fcinfo, 0, "target"), "target");
	direction = pgm_direction_parse(pgm_arg_text(fcinfo, 1, "direction"));

	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate row",
										ALLOCSET_SMALL_SIZES);
	steps = pgm_plan(state, direction, targets);
	(void) pgm_find_cuts(state->graph, steps, true);
	if (direction == PGM_UPGRADE)
		steps = list_concat(steps, pgm_repeatable_steps(state, targets, true));
	foreach(lc, steps)
	{
		const PgmStep *step = lfirst(lc);
		Datum		values[6];
		bool		nulls[6];
		MemoryContext oldcontext = MemoryContextSwitchTo(row_context);

		CHECK_FOR_INTERRUPTS();
		pgm_put_step(values, nulls, ++number, step);
		pgm_put_text(values, nulls, 5, step->cuts ? step->cuts->transactions : NULL);
		pgm_result_put(fcinfo, values, nulls);
		MemoryContextSwitchTo(oldcontext);
		MemoryContextReset(row_context);
	}
	pgm_finish();
	return (Datum) 0;
}
