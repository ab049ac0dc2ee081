/*-------------------------------------------------------------------------
 *
 * bulk.h
 *	  Inserting the rows of a JSON array into a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_BULK_H
#define PGM_BULK_H

#include "utils/jsonb.h"

extern Jsonb *pgm_bulk_slice(Jsonb *rows, int first, int last);
extern void pgm_bulk_check(Oid relid, Jsonb *rows);
extern uint64 pgm_bulk_insert(Oid relid, Jsonb *rows, bool override_identity);

#endif							/* PGM_BULK_H */
