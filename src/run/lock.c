/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  One runner at a time.
 *
 * Whoever runs, stamps, edits or deletes revisions holds an exclusive lock on
 * the extension object (pg_locks: locktype "object", classid pg_extension)
 * until its transaction ends.  It is a lock of the server's lock manager: it
 * shows in pg_locks, takes part in deadlock detection, obeys lock_timeout, and
 * cannot be left behind by a crash, a pooler or a dump.  No role can take it
 * without the right to run or to drop the extension, as it could an advisory
 * lock.  DROP EXTENSION conflicts with it; readers and VACUUM do not.
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

#include "common/compat.h"
#include "common/spi.h"
#include "revision/state.h"
#include "run/lock.h"

static PgmStatement holder_statement = {
	.sql = "SELECT a.pid, a.usename::pg_catalog.text, a.application_name,"
	" pg_catalog.date_trunc('second', a.xact_start)::pg_catalog.text"
	" FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a"
	" ON a.pid OPERATOR(pg_catalog.=) l.pid"
	" WHERE l.locktype OPERATOR(pg_catalog.=) 'object'::pg_catalog.text"
	" AND l.database OPERATOR(pg_catalog.=) $1"
	" AND l.classid OPERATOR(pg_catalog.=) $2"
	" AND l.objid OPERATOR(pg_catalog.=) $3"
	" AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'::pg_catalog.text AND l.granted",
	.nargs = 3,
	.argtypes = {OIDOID, OIDOID, OIDOID}
};

/*
 * Tells the user whom we are going to wait for.
 */
static void
report_holder(Oid extension)
{
	Datum		values[3];
	bool		isnull;

	values[0] = ObjectIdGetDatum(MyDatabaseId);
	values[1] = ObjectIdGetDatum(ExtensionRelationId);
	values[2] = ObjectIdGetDatum(extension);
	if (pgm_execute(&holder_statement, values, NULL, false) > 0)
	{
		char	   *user = pgm_field_text(0, 2);
		char	   *since = pgm_field_text(0, 4);

		ereport(NOTICE,
				(errmsg("waiting for another session that is running migrations"),
				 errdetail("Process %d of user \"%s\" (application \"%s\") holds the lock, in a transaction since %s.",
						   DatumGetInt32(pgm_field(0, 1, &isnull)),
						   user ? user : "", pgm_field_text(0, 3),
						   since ? since : "unknown")));
	}
	SPI_freetuptable(SPI_tuptable);
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
 * serialization error when that could not show what others have done.
 */
void
pgm_lock_runner(void)
{
	Oid			extension = pgm_extension_oid();
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension, 0);
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		report_holder(extension);
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
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
					   pgm_extension_oid(), 1);
	(void) LockAcquire(&tag, exclusive ? ExclusiveLock : ShareLock, false, false);
	require_fresh();
}
