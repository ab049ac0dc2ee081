/*-------------------------------------------------------------------------
 *
 * replace.h
 *	  Revisions that take the place of others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_REPLACE_H
#define PGM_REPLACE_H

extern void pgm_replace_all(void);

#endif							/* PGM_REPLACE_H */
