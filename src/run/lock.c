/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  One runner at a time.
 *
 * Whoever runs, stamps, edits or deletes revisions holds an exclusive lock on
 * the extension object (pg_locks: locktype "object", classid pg_extension), a
 * function until its transaction ends, an online run over all its
 * transactions.  It is a lock of the server's lock manager: it shows in
 * pg_locks, takes part in deadlock detection, obeys lock_timeout, and cannot be
 * left behind by a crash, a pooler or a dump.  No role can take it without the
 * right to run or to drop the extension, as it could an advisory lock.  DROP
 * EXTENSION conflicts with it; readers and VACUUM do not.
 *
 * Locks on the same object with another objsubid are:
 *
 *		1	the name space of ids and labels, for authors
 *		2	"alone": an online run holds it exclusively if it has statements
 *			that run outside of a transaction; functions share it
 *
 * The second one is there because CREATE INDEX CONCURRENTLY and its like wait
 * for all older snapshots.  A function that waits for a run holds the snapshot
 * of its caller, so such a run and that function would wait for one another.
 * Therefore a function does not wait for such a run, it fails; an online run
 * waits without a snapshot.  The lock belongs to the method of advisory locks,
 * whose locks of a session outlive the abort of a transaction, so that the run
 * can tidy up after a statement that has failed.  The tag is none that
 * pg_advisory_lock() can make.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/state.h"
#include "run/lock.h"

#define SUBID_RUNNER	0
#define SUBID_NAMES		1
#define SUBID_ALONE		2

/*
 * Who holds a lock, or else who has been waiting for it, as far as the caller
 * may know.
 */
static PgmStatement holder_statement = {
	.sql = "SELECT a.pid, a.usename::pg_catalog.text, a.application_name,"
	" pg_catalog.date_trunc('second', a.xact_start)::pg_catalog.text"
	" FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a"
	" ON a.pid OPERATOR(pg_catalog.=) l.pid"
	" WHERE l.locktype OPERATOR(pg_catalog.=) 'object'::pg_catalog.text"
	" AND l.database OPERATOR(pg_catalog.=) $1"
	" AND l.classid OPERATOR(pg_catalog.=) $2"
	" AND l.objid OPERATOR(pg_catalog.=) $3"
	" AND l.objsubid::pg_catalog.int4 OPERATOR(pg_catalog.=) $4"
	" AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'::pg_catalog.text"
	" AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()"
	" ORDER BY l.granted DESC LIMIT 1",
	.nargs = 4,
	.argtypes = {OIDOID, OIDOID, OIDOID, INT4OID}
};

static LOCKTAG
lock_tag(int subid)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
					   pgm_extension_oid(), subid);
	if (subid == SUBID_ALONE)
		tag.locktag_lockmethodid = USER_LOCKMETHOD;
	return tag;
}

/*
 * A sentence about who holds a lock, or NULL if nobody does any more.
 */
static char *
describe_holder(int subid)
{
	Datum		values[4];
	char	   *text = NULL;

	values[0] = ObjectIdGetDatum(MyDatabaseId);
	values[1] = ObjectIdGetDatum(ExtensionRelationId);
	values[2] = ObjectIdGetDatum(pgm_extension_oid());
	values[3] = Int32GetDatum(subid);
	if (pgm_execute_as_caller(&holder_statement, values) > 0)
	{
		bool		isnull;
		int			pid = DatumGetInt32(pgm_field(0, 1, &isnull));
		char	   *user = pgm_field_text(0, 2);
		char	   *application = pgm_field_text(0, 3);
		char	   *since = pgm_field_text(0, 4);

		text = psprintf("Process %d of user \"%s\" (application \"%s\") holds the lock, in a transaction since %s.",
						pid, user ? user : "", application ? application : "",
						since ? since : "unknown");
		SPI_freetuptable(SPI_tuptable);
	}
	return text;
}

/*
 * Tells the user whom we are going to wait for (NOTICE), or who keeps us from
 * running (ERROR).  The caller is connected to SPI.
 */
void
pgm_report_runner(bool alone, int elevel)
{
	char	   *holder = describe_holder(SUBID_RUNNER);

	if (holder == NULL && alone)
		holder = describe_holder(SUBID_ALONE);
	if (elevel < ERROR)
	{
		if (holder != NULL)
			ereport(elevel,
					(errmsg("waiting for another session that is running migrations"),
					 errdetail_internal("%s", holder)));
		return;
	}
	ereport(elevel,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("another session is running migrations"),
			 holder ? errdetail_internal("%s", holder) : 0,
			 errhint("Try again when it has finished, or wait for it with wait => true.")));
}

/*
 * Raises an error when the transaction has a fixed snapshot and others have
 * run or written revisions since it was taken.
 */
static void
require_fresh(void)
{
	if (pgm_version_is_stale())
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent run of migrations"),
				 errhint("The transaction might succeed if retried.")));
}

/*
 * Waits until no other transaction runs migrations, and keeps others from it
 * until this one ends.  What was read before must be read again.  Raises a
 * serialization error when that could not show what others have done, and
 * fails at once when to wait would be to wait for ever.
 */
void
pgm_lock_runner(void)
{
	LOCKTAG		alone = lock_tag(SUBID_ALONE);
	LOCKTAG		tag = lock_tag(SUBID_RUNNER);

	if (LockAcquire(&alone, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		char	   *holder = describe_holder(SUBID_ALONE);

		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("an online run of migrations is going on, which would wait for this transaction"),
				 holder ? errdetail_internal("%s", holder) : 0,
				 errhint("Try again when it has finished, or CALL migrate_upgrade_online(), which waits for it.")));
	}
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		pgm_report_runner(false, NOTICE);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
	}
	AcceptInvalidationMessages();
	require_fresh();
}

/*
 * Keeps the name space of ids and branch names to ourselves (exclusive: for
 * branch names, which no unique index guards) or from those who do (for ids
 * that are given).  Runs are not concerned.
 */
void
pgm_lock_names(bool exclusive)
{
	LOCKTAG		tag = lock_tag(SUBID_NAMES);

	(void) LockAcquire(&tag, exclusive ? ExclusiveLock : ShareLock, false, false);
	require_fresh();
}

/*
 * The tags of the locks that an online run has taken, so that they can be
 * released whatever has become of the extension.
 */
static LOCKTAG run_tag;
static LOCKTAG run_alone_tag;
static bool run_is_alone;

static bool
is_held(const LOCKTAG *tag)
{
	return pgm_lock_held_by_me(tag, ExclusiveLock);
}

/*
 * Takes the locks of an online run for the session, if they are free.
 */
bool
pgm_lock_online_try(bool alone)
{
	run_tag = lock_tag(SUBID_RUNNER);
	run_alone_tag = lock_tag(SUBID_ALONE);
	run_is_alone = alone;
	return pgm_lock_online_retry();
}

/*
 * The same for locks that have been released since.
 */
bool
pgm_lock_online_retry(void)
{
	if (run_is_alone &&
		LockAcquire(&run_alone_tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	if (LockAcquire(&run_tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		pgm_unlock_online();
		return false;
	}
	return true;
}

/*
 * Takes the locks that pgm_lock_online_try() did not get, and waits for them.
 * The caller must have no snapshot, else the run that we wait for might wait
 * for us.  If the wait is given up by an error, the locks are for
 * pgm_unlock_online() to release.
 */
void
pgm_lock_online_wait(void)
{
	InvalidateCatalogSnapshot();
	if (run_is_alone)
		(void) LockAcquire(&run_alone_tag, ExclusiveLock, true, false);
	(void) LockAcquire(&run_tag, ExclusiveLock, true, false);
}

/*
 * Takes the runner lock back after a rollback, which releases it; "alone" is
 * still held.  The caller must have no snapshot.
 */
void
pgm_lock_online_again(void)
{
	InvalidateCatalogSnapshot();
	if (is_held(&run_tag))
		return;
	(void) LockAcquire(&run_tag, ExclusiveLock, true, false);

	/* somebody may have moved the extension to another schema */
	AcceptInvalidationMessages();
}

/*
 * Raises an error when a script has released the locks.
 */
void
pgm_require_online_lock(void)
{
	if (!is_held(&run_tag) || (run_is_alone && !is_held(&run_alone_tag)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the script has released the locks of the session"),
				 errhint("Scripts must not call pg_advisory_unlock_all().")));
}

/*
 * Releases the locks of an online run, as far as they are held.  Raises no
 * error.
 */
void
pgm_unlock_online(void)
{
	if (is_held(&run_tag))
		LockRelease(&run_tag, ExclusiveLock, true);
	if (run_is_alone && is_held(&run_alone_tag))
		LockRelease(&run_alone_tag, ExclusiveLock, true);
}
