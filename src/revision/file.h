/*-------------------------------------------------------------------------
 *
 * file.h
 *	  Revisions as files.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_FILE_H
#define PGM_FILE_H

#include "revision/store.h"

extern char *pgm_file_text(const PgmScriptRow *row);
extern char *pgm_file_name(const char *file_template, int slug_length,
						   const PgmScriptRow *row);
extern const char *pgm_file_template_problem(const char *file_template);

#endif							/* PGM_FILE_H */
