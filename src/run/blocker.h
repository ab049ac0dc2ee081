/*-------------------------------------------------------------------------
 *
 * blocker.h
 *	  Who holds the lock that we have waited for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_BLOCKER_H
#define PGM_BLOCKER_H

extern void pgm_blocker_watch(int lock_timeout);
extern void pgm_blocker_unwatch(void);
extern char *pgm_blocker_describe(void);

#endif							/* PGM_BLOCKER_H */
