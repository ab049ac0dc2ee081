/*-------------------------------------------------------------------------
 *
 * snapshot.h
 *	  All objects of some schemas, as the catalogs have them at one moment.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SNAPSHOT_H
#define PGM_SNAPSHOT_H

#include "nodes/bitmapset.h"
#include "schema/kind.h"

typedef struct PgmSnapshot
{
	PgmObject **objects;		/* in the order of kinds, then identity */
	int			nobjects;
	struct HTAB *by_address;
	struct HTAB *by_identity;
} PgmSnapshot;

/* which objects to leave out; arg is the caller's */
typedef bool (*PgmObjectFilter) (const PgmObject *obj, const void *arg);

extern PgmSnapshot *pgm_snapshot_read(List *schemas, bool globals,
									  PgmObjectFilter passes, const void *arg);
extern PgmObject *pgm_snapshot_find(const PgmSnapshot *snapshot,
									const PgmKind *kind, const char *identity);

#endif							/* PGM_SNAPSHOT_H */
