/*-------------------------------------------------------------------------
 *
 * presence.h
 *	  Which kinds of objects some schemas may have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_PRESENCE_H
#define PGM_PRESENCE_H

extern void pgm_presence_find(const Oid *schemas, int nschemas, bool *present);

#endif							/* PGM_PRESENCE_H */
