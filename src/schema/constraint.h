/*-------------------------------------------------------------------------
 *
 * constraint.h
 *	  Constraints as CREATE TABLE says them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_CONSTRAINT_H
#define PGM_CONSTRAINT_H

#include "schema/kind.h"

extern char *pgm_constraint_clause(const PgmObject *obj);
extern bool pgm_constraint_is_inherited(const PgmObject *obj);
extern bool pgm_constraint_follows(const PgmObject *obj);
extern void pgm_constraint_hide(PgmWriter *w, const PgmObject *tie);
extern void pgm_constraint_show(PgmWriter *w, const PgmObject *tie);

#endif							/* PGM_CONSTRAINT_H */
