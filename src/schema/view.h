/*-------------------------------------------------------------------------
 *
 * view.h
 *	  What a model does not say of its materialized views.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_VIEW_H
#define PGM_VIEW_H

#include "schema/snapshot.h"

extern void pgm_matviews_populate(const PgmSnapshot *built, const PgmSnapshot *live);

#endif							/* PGM_VIEW_H */
