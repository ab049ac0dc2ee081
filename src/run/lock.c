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
#include "run/lock.h"

static PgmStatement holder_statement = {
	.sql = "SELECT a.pid, a.usename::text, a.application_name,"
	" pg_catalog.date_trunc('second', a.xact_start)::text"
	" FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a"
	" ON a.pid OPERATOR(pg_catalog.=) l.pid"
	" WHERE l.locktype OPERATOR(pg_catalog.=) 'object'::text"
	" AND l.database OPERATOR(pg_catalog.=) $1"
	" AND l.classid OPERATOR(pg_catalog.=) $2"
	" AND l.objid OPERATOR(pg_catalog.=) $3"
	" AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'::text AND l.granted",
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
 * Waits until no other transaction runs migrations, and keeps others from it
 * until this one ends.  What was read before must be read again.
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
}
