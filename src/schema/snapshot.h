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
	int		   *first;			/* by the place of a kind in pgm_kinds, where
								 * its objects begin; one more for the end.
								 * NULL: there are no objects */
	struct HTAB *by_address;
	const struct PgmSnapshot *paired;	/* see pgm_snapshot_pair() */
	struct PgmReader *reader;	/* what is not linked yet; NULL: nothing */
} PgmSnapshot;

/* which objects to leave out; arg is the caller's */
typedef bool (*PgmObjectFilter) (const PgmObject *obj, const void *arg);

extern PgmSnapshot *pgm_snapshot_begin(List *schemas, bool globals,
									   PgmObjectFilter passes, const void *arg);
extern void pgm_snapshot_link(PgmSnapshot *snapshot);
extern PgmSnapshot *pgm_snapshot_read(List *schemas, bool globals,
									  PgmObjectFilter passes, const void *arg,
									  PgmSnapshot *unlinked);
extern PgmObject *pgm_snapshot_find(const PgmSnapshot *snapshot,
									const PgmKind *kind, const char *identity);
extern void pgm_snapshot_pair(const PgmSnapshot *from, const PgmSnapshot *to);

#endif							/* PGM_SNAPSHOT_H */
