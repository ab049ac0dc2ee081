/*-------------------------------------------------------------------------
 *
 * log.h
 *	  The rows of migrate_log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_LOG_H
#define PGM_LOG_H

#include "access/xlogdefs.h"
#include "datatype/timestamp.h"

#include "run/plan.h"

/* what the log says of a step besides the step itself */
typedef struct PgmLogEntry
{
	TimestampTz started_at;
	int64		microseconds;
	int			statements;
	bytea	   *digest;			/* of the text that ran; NULL when none did */
	XLogRecPtr	lsn_before;
	XLogRecPtr	lsn_after;
} PgmLogEntry;

typedef struct PgmLog PgmLog;

extern PgmLog *pgm_log_open(void);
extern void pgm_log_add(PgmLog *log, const PgmStep *step, const PgmLogEntry *entry);
extern void pgm_log_flush(PgmLog *log);
extern void pgm_log_write(const PgmStep *step, const PgmLogEntry *entry,
						  const ErrorData *failure, int statement, int line);

#endif							/* PGM_LOG_H */
