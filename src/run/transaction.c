/*-------------------------------------------------------------------------
 *
 * transaction.c
 *	  Ending transactions inside of a procedure.
 *
 * A procedure that is called on its own, outside of a transaction block, may
 * commit and go on.  SPI offers that for procedural languages; we do the same
 * without an SPI connection, so that between two transactions we can also run
 * the statements that the server accepts only from the top level (CREATE INDEX
 * CONCURRENTLY, VACUUM, ...).  They end transactions themselves, which would
 * sweep away an open SPI connection: so there must be none whenever one of
 * these functions is called, and the procedure must not be called through one.
 *
 * Each transaction is READ COMMITTED, whatever the session's default is: the
 * next step must see what the last one has done.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "nodes/plannodes.h"
#include "parser/analyze.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "run/transaction.h"

/*
 * Raises an error where the procedure being called could not commit, and says
 * which function does the same in the caller's transaction.
 */
void
pgm_require_top_level(FunctionCallInfo fcinfo, const char *procedure,
					  const char *function)
{
	if (IsTransactionBlock())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s cannot run inside a transaction block", procedure),
				 errdetail("It commits after each revision."),
				 errhint("Switch the client to autocommit and CALL it as a single statement, or use SELECT * FROM %s, which runs in your transaction.",
						 function)));
	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic ||
		SPI_inside_nonatomic_context())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s must be called as a statement of its own", procedure),
				 errdetail("It commits after each revision, which it cannot do inside of a function, a procedure or a DO block, nor with settings attached to it."),
				 errhint("CALL it from the client, or use SELECT * FROM %s, which runs in your transaction.",
						 function)));

	/* what is left is a pipeline of the client with something before us */
	PreventInTransactionBlock(true, procedure);
}

static void
start_transaction(void)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	XactIsoLevel = XACT_READ_COMMITTED;
}

/*
 * Commits and starts the next transaction, which has no snapshot yet.  Raises
 * the errors of the commit.  The current memory context, which must be none of
 * the transaction's, stays.
 */
void
pgm_transaction_next(void)
{
	MemoryContext context = CurrentMemoryContext;

	ForgetPortalSnapshots();
	CommitTransactionCommand();
	start_transaction();
	MemoryContextSwitchTo(context);
}

/*
 * Rolls back and starts the next transaction, after an error that has been
 * caught, copied and flushed.  That releases the locks of the session, too,
 * but for those of advisory locks.
 */
void
pgm_transaction_abort(void)
{
	MemoryContext context = CurrentMemoryContext;

	AbortCurrentTransaction();

	/* it went away with the transaction */
	ActivePortal->portalSnapshot = NULL;
	start_transaction();
	MemoryContextSwitchTo(context);
}

/*
 * Runs a statement as the server runs it for a client: in a transaction that
 * has done nothing yet, and that it may end.  The statement is as the parser
 * left it; text is what its locations point into.
 */
void
pgm_run_top_level(Node *stmt, const char *text)
{
	MemoryContext context = CurrentMemoryContext;
	RawStmt    *raw = makeNode(RawStmt);
	PlannedStmt *planned;

	raw->stmt = stmt;
	if (analyze_requires_snapshot(raw))
		EnsurePortalSnapshotExists();
	planned = linitial_node(PlannedStmt,
							pg_plan_queries(pg_analyze_and_rewrite_fixedparams(raw, text, NULL, 0, NULL),
											text, 0, NULL));
	if (!ActiveSnapshotSet() && PlannedStmtRequiresSnapshot(planned))
		EnsurePortalSnapshotExists();
	ProcessUtility(planned, text, false, PROCESS_UTILITY_TOPLEVEL, NULL, NULL,
				   None_Receiver, NULL);
	MemoryContextSwitchTo(context);
}
