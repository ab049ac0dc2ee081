/*-------------------------------------------------------------------------
 *
 * load_file.h
 *	  Loading files of the server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_LOAD_FILE_H
#define PGM_LOAD_FILE_H

#include "run/load.h"

/* is told of each revision that was loaded */
typedef void (*PgmLoadSink) (void *arg, const char *file_name, const char *revision,
							 PgmLoadResult result);

extern void pgm_load_directory(const char *path, PgmLoadSink sink, void *arg);

#endif							/* PGM_LOAD_FILE_H */
