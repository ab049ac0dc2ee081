/*-------------------------------------------------------------------------
 *
 * lock.h
 *	  One runner at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_LOCK_H
#define PGM_LOCK_H

/* until the transaction ends */
extern void pgm_lock_runner(void);
extern void pgm_lock_names(bool exclusive);

/* over the transactions of an online run */
extern bool pgm_lock_online_try(bool alone);
extern bool pgm_lock_online_retry(void);
extern void pgm_lock_online_wait(void);
extern void pgm_lock_online_again(void);
extern void pgm_require_online_lock(void);
extern void pgm_unlock_online(void);
extern void pgm_report_runner(bool alone, int elevel);

#endif							/* PGM_LOCK_H */
