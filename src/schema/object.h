/*-------------------------------------------------------------------------
 *
 * object.h
 *	  From the rows that the query of a kind gives to objects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_OBJECT_H
#define PGM_OBJECT_H

#include "schema/kind.h"
#include "tcop/dest.h"
#include "utils/array.h"

/* is asked before an object is made of a row; arg is the caller's */
typedef bool (*PgmObjectTest) (void *arg, const PgmKind *kind, Oid objid, Oid parent);

/* is given each object, and the column "after" of its row or NULL */
typedef void (*PgmObjectSink) (void *arg, PgmObject *object, ArrayType *after);

extern DestReceiver *pgm_object_receiver(const PgmKind *kind, PgmObjectTest wanted,
										 PgmObjectSink take, void *arg);

#endif							/* PGM_OBJECT_H */
