/*-------------------------------------------------------------------------
 *
 * compare.h
 *	  What has to become of each object to get from one snapshot to another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_COMPARE_H
#define PGM_COMPARE_H

#include "schema/snapshot.h"

/* what becomes of an object of the snapshot that is left */
typedef struct PgmFate
{
	PgmWay		way;			/* when it is in both */
	bool		attributes;		/* comment, owner, ... differ */
	bool		dropped;		/* goes, for good or to be made again */
	bool		carried;		/* ... with another object: needs no statement */
	const PgmObject *heir;		/* of a type that goes: what takes its name,
								 * and the values of columns; way is
								 * PGM_REMAKE then */
	bool		queued;			/* private to compare.c */
} PgmFate;

typedef struct PgmComparison
{
	const PgmSnapshot *from;
	const PgmSnapshot *to;
	bool		all;			/* owners and privileges too */
	PgmFate    *fates;			/* by number in "from" */
	bool	   *made;			/* by number in "to": must be created */
} PgmComparison;

/* what one snapshot has otherwise than another, for users */
typedef struct PgmDifference
{
	const char *kind;
	const char *identity;
	const char *what;			/* "missing", "not wanted", "type, default" */
	const PgmObject *from;		/* or NULL */
	const PgmObject *to;		/* or NULL */
} PgmDifference;

extern PgmComparison *pgm_compare(const PgmSnapshot *from, const PgmSnapshot *to,
								  bool all, List *replaced);
extern List *pgm_differences(const PgmSnapshot *from, const PgmSnapshot *to, bool all);
extern const char *pgm_changed_parts(const PgmObject *from, const PgmObject *to, bool all);
extern bool pgm_holds_data(const PgmObject *obj);

#endif							/* PGM_COMPARE_H */
