/*-------------------------------------------------------------------------
 *
 * squash.h
 *	  One revision in the place of a chain of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SQUASH_H
#define PGM_SQUASH_H

typedef struct PgmSquash
{
	const char *range;
	const char *message;
	const char *rev_id;			/* or NULL: make one up */
} PgmSquash;

/* returns the id of the new revision */
extern const char *pgm_squash(const PgmSquash *squash);

#endif							/* PGM_SQUASH_H */
