/*-------------------------------------------------------------------------
 *
 * blocker.c
 *	  Who holds the lock that we have waited for.
 *
 * When lock_timeout strikes, the server has left the queue of the lock before
 * the error is raised, and the error does not say which lock it was.  So while
 * scripts run, a timer looks a few times within the time that a wait may take
 * whether this process is waiting, and for what.  After the error the holders
 * of that lock are found as the deadlock detector finds them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/blocker.h"

/* looks within the time that a wait may take, and the longest pause between */
#define LOOKS_PER_WAIT 4
#define LONGEST_PAUSE 250		/* ms */

static TimeoutId timer = MAX_TIMEOUTS;	/* not registered yet */
static LOCKTAG awaited_tag;
static LOCKMODE awaited_mode;
static volatile sig_atomic_t awaited = false;

static PgmStatement describe_statement = {
	.sql = "SELECT pg_catalog.string_agg(pg_catalog.format("
	"'Blocked by process %1$s of user \"%2$s\"%3$s: %4$s', a.pid, a.usename,"
	" CASE WHEN a.state IS NOT NULL THEN"
	" pg_catalog.format(' (application \"%1$s\", %2$s since %3$s)', a.application_name, a.state,"
	" pg_catalog.date_trunc('second', COALESCE(a.xact_start, a.state_change))) END,"
	" pg_catalog.left(pg_catalog.regexp_replace(a.query, E'\\\\s+', ' ', 'g'), 200)),"
	" E'\\n' ORDER BY a.xact_start, a.pid)"
	" FROM pg_catalog.pg_stat_activity a WHERE a.pid OPERATOR(pg_catalog.=) ANY ("
	"SELECT l.pid FROM pg_catalog.pg_locks l"
	" WHERE l.virtualtransaction OPERATOR(pg_catalog.=) ANY ($1))",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID}
};

/*
 * Notes what we wait for.  Called by a signal: while we wait, the lock cannot
 * go away.
 */
static void
look(void)
{
	LOCK	   *lock = MyProc->waitLock;

	if (lock == NULL)
		return;
	awaited_tag = lock->tag;
	awaited_mode = MyProc->waitLockMode;
	awaited = true;
}

/*
 * Looks from now on.  lock_timeout is in milliseconds.
 */
void
pgm_blocker_watch(int lock_timeout)
{
	int			pause = Min(LONGEST_PAUSE, Max(lock_timeout / LOOKS_PER_WAIT, 1));

	awaited = false;
	if (lock_timeout <= 0)
		return;
	if (timer == MAX_TIMEOUTS)
		timer = RegisterTimeout(USER_TIMEOUT, look);
	enable_timeout_every(timer,
						 TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pause),
						 pause);
}

void
pgm_blocker_unwatch(void)
{
	if (timer != MAX_TIMEOUTS)
		disable_timeout(timer, false);
}

/*
 * A line on each session that holds the lock that we waited for last, palloc'd,
 * as far as the user may know of it; NULL if there was none or nobody holds it
 * any more.  The caller is connected to SPI.
 */
char *
pgm_blocker_describe(void)
{
	VirtualTransactionId *holders;
	List	   *names = NIL;
	Datum		values[1];
	char	   *text;
	int			n;

	if (!awaited)
		return NULL;
	holders = GetLockConflicts(&awaited_tag, awaited_mode, &n);
	for (int i = 0; i < n; i++)
		names = lappend(names, psprintf("%d/%u", pgm_vxid_backend(holders[i]),
										holders[i].localTransactionId));
	if (names == NIL)
		return NULL;
	values[0] = pgm_list_to_array(names);
	if (pgm_execute_as_caller(&describe_statement, values) == 0)
		return NULL;
	text = pgm_field_text(0, 1);
	SPI_freetuptable(SPI_tuptable);
	return text;
}
