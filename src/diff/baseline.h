/*-------------------------------------------------------------------------
 *
 * baseline.h
 *	  What makes a database's schema out of nothing, and drops it again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_BASELINE_H
#define PGM_BASELINE_H

#include "diff/generate.h"

extern PgmGenerated *pgm_baseline(List *include, List *exclude);

#endif							/* PGM_BASELINE_H */
