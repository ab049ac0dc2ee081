/*-------------------------------------------------------------------------
 *
 * object.h
 *	  From the rows that the query of a kind gives to objects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_OBJECT_H
#define PGM_OBJECT_H

#include "executor/tuptable.h"
#include "schema/kind.h"
#include "utils/array.h"

extern PgmObject *pgm_object_make(const PgmKind *kind, const TupleTableSlot *slot,
								  MemoryContext context);
extern void pgm_object_row_oids(const TupleTableSlot *slot, Oid *objid, Oid *parent);
extern ArrayType *pgm_object_row_after(const TupleTableSlot *slot);
extern void pgm_object_check_columns(const PgmKind *kind, TupleDesc desc);
extern TupleDesc pgm_object_columns(void);

#endif							/* PGM_OBJECT_H */
