/*-------------------------------------------------------------------------
 *
 * transaction.h
 *	  Ending transactions inside of a procedure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TRANSACTION_H
#define PGM_TRANSACTION_H

#include "fmgr.h"
#include "nodes/parsenodes.h"

extern void pgm_require_top_level(FunctionCallInfo fcinfo, const char *procedure,
								  const char *function);
extern void pgm_transaction_next(void);
extern void pgm_transaction_abort(void);
extern void pgm_run_top_level(Node *stmt, const char *text);

#endif							/* PGM_TRANSACTION_H */
