/*-------------------------------------------------------------------------
 *
 * array_cast.h
 *	  Statements whose expressions are read as they were printed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ARRAY_CAST_H
#define PGM_ARRAY_CAST_H

extern char *pgm_keep_array_casts(char *sql);

#endif							/* PGM_ARRAY_CAST_H */
