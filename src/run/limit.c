/*-------------------------------------------------------------------------
 *
 * limit.c
 *	  How long a revision may take: pgmigrate.revision_timeout.
 *
 * The server arms statement_timeout when a command of the client begins, so it
 * counts for a whole call and cannot be set from inside.  We have a timer of
 * our own, which does what statement_timeout's does, a cancel, and remember
 * that it was ours.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/timeout.h"

#include "run/limit.h"
#include "run/settings.h"

static TimeoutId timer = MAX_TIMEOUTS;	/* not registered yet */
static volatile sig_atomic_t expired = false;

static void
cancel_revision(void)
{
	expired = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

/*
 * Starts the time of a revision, if it has a limit.
 */
void
pgm_limit_start(void)
{
	expired = false;
	if (pgm_revision_timeout <= 0)
		return;
	if (timer == MAX_TIMEOUTS)
		timer = RegisterTimeout(USER_TIMEOUT, cancel_revision);
	enable_timeout_after(timer, pgm_revision_timeout);
}

/*
 * Stops the time.  Returns whether it had run out; then the cancel, should it
 * not have been noticed yet, is taken back.
 */
static bool
stop_timer(void)
{
	if (timer != MAX_TIMEOUTS)
		disable_timeout(timer, false);
	if (!expired)
		return false;
	expired = false;
	QueryCancelPending = false;
	return true;
}

static char *
limit_message(const char *revision)
{
	return psprintf("canceling revision \"%s\" due to %s", revision,
					"pgmigrate.revision_timeout");
}

/*
 * Stops the time of a revision that has come to its end.  Raises an error if
 * that was too late.
 */
void
pgm_limit_stop(const char *revision)
{
	if (stop_timer())
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg_internal("%s", limit_message(revision))));
}

/*
 * Stops the time of a revision that has failed, and says so if that was the
 * reason.
 */
void
pgm_limit_explain(ErrorData *edata, const char *revision)
{
	if (stop_timer() && edata->sqlerrcode == ERRCODE_QUERY_CANCELED)
		edata->message = limit_message(revision);
}

/*
 * Starts the time of statement_timeout anew, for the next statement of an
 * online run, as if the client had sent it.
 */
void
pgm_limit_statement(void)
{
	SetCurrentStatementStartTimestamp();
	if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
	else
		pgm_limit_statement_end();
}

/*
 * Stops the time of statement_timeout: what the run does between statements
 * does not count.
 */
void
pgm_limit_statement_end(void)
{
	if (get_timeout_active(STATEMENT_TIMEOUT))
		disable_timeout(STATEMENT_TIMEOUT, false);
}
