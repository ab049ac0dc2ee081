/*-------------------------------------------------------------------------
 *
 * sandbox.h
 *	  A place in this database where a model can be built under its true
 *	  names, and of which nothing is left.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SANDBOX_H
#define PGM_SANDBOX_H

#include "nodes/pg_list.h"

#include "common/compat.h"
#include "schema/snapshot.h"

typedef struct PgmSandbox
{
	List	   *aside;			/* OIDs of the schemas that were renamed */
	List	   *given;			/* char *: names of schemas that are there before
								 * the model is run */
	MemoryContext context;		/* the caller's */
	void	   *owner;			/* the caller's resource owner */
} PgmSandbox;

extern void pgm_sandbox_begin(PgmSandbox *sandbox);
extern void pgm_sandbox_end(PgmSandbox *sandbox);
pg_noreturn extern void pgm_sandbox_fail(PgmSandbox *sandbox);
extern void pgm_sandbox_set_aside(PgmSandbox *sandbox, const PgmSnapshot *live,
								  List *schemas, bool globals);
extern void pgm_sandbox_put_in(PgmSandbox *sandbox, const char *schema,
							   const char *stands_for);
extern void pgm_sandbox_take_owners(const PgmSnapshot *built, const PgmSnapshot *live);
extern List *pgm_sandbox_schemas(const PgmSandbox *sandbox, List *managed);

#endif							/* PGM_SANDBOX_H */
