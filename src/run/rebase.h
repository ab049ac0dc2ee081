/*-------------------------------------------------------------------------
 *
 * rebase.h
 *	  Moving a branch to another parent.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_REBASE_H
#define PGM_REBASE_H

/* returns the id of the revision */
extern const char *pgm_rebase(const char *revision, const char *onto);

#endif							/* PGM_REBASE_H */
