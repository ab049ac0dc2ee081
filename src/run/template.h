/*-------------------------------------------------------------------------
 *
 * template.h
 *	  The form that a team gives to the texts of new revisions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TEMPLATE_H
#define PGM_TEMPLATE_H

#include "revision/store.h"

extern const char *pgm_template_problem(const char *template, const char *needed);
extern const char *pgm_template_render(const char *template,
									   const PgmScriptRow *row, const char *text);

#endif							/* PGM_TEMPLATE_H */
