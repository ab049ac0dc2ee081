/*-------------------------------------------------------------------------
 *
 * attributes.h
 *	  What objects of all kinds have in common: owner, privileges, security
 *	  labels, comment.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ATTRIBUTES_H
#define PGM_ATTRIBUTES_H

#include "schema/snapshot.h"

extern bool pgm_attributes_differ(const PgmObject *from, const PgmObject *to, bool all);
extern List *pgm_attribute_names(const PgmObject *from, const PgmObject *to, bool all);
extern void pgm_write_attributes(PgmWriter *w, const PgmObject *from,
								 const PgmObject *to, bool all);
extern void pgm_write_revokes(PgmWriter *w, const PgmObject *from);
extern void pgm_write_attributes_again(PgmWriter *w, const PgmObject *from,
									   const PgmObject *to, bool all);
extern void pgm_keep_rights(PgmSnapshot *live, PgmSnapshot *wanted);

#endif							/* PGM_ATTRIBUTES_H */
