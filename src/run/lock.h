/*-------------------------------------------------------------------------
 *
 * lock.h
 *	  One runner at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_LOCK_H
#define PGM_LOCK_H

extern void pgm_lock_runner(void);
extern void pgm_lock_names(bool exclusive);

#endif							/* PGM_LOCK_H */
