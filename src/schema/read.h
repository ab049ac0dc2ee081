/*-------------------------------------------------------------------------
 *
 * read.h
 *	  Running the queries of the kinds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_READ_H
#define PGM_READ_H

#include "executor/tuptable.h"
#include "nodes/pg_list.h"

typedef struct PgmReading PgmReading;

/*
 * Is given each row.  "number" is the place of its kind in pgm_kinds: those of
 * a kind come in the order of its query, but the kinds in any, and mixed.
 */
typedef void (*PgmRowSink) (void *arg, int number, TupleTableSlot *slot);

extern PgmReading *pgm_reading_begin(List *schemas, bool globals);
extern void pgm_reading_rows(PgmReading *reading, PgmRowSink sink, void *arg);
extern void pgm_reading_end(PgmReading *reading);

#endif							/* PGM_READ_H */
