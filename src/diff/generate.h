/*-------------------------------------------------------------------------
 *
 * generate.h
 *	  What leads from the database to its model, and back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_GENERATE_H
#define PGM_GENERATE_H

#include "diff/write.h"

/* what is asked for */
typedef struct PgmRequest
{
	const char *model_schema;	/* "app_model" or "app_model=app"; NULL: the
								 * model is DDL */
	List	   *renames;		/* of PgmRename *, as the user gave them */
	List	   *include;		/* patterns, see filter.c */
	List	   *exclude;
	bool		prove;
} PgmRequest;

typedef struct PgmGenerated
{
	List	   *upgrade;		/* of PgmWritten * */
	List	   *downgrade;
} PgmGenerated;

extern bool pgm_has_model(void);
extern PgmGenerated *pgm_generate(const PgmRequest *request);
extern char *pgm_generate_schema(const char *schema);

#endif							/* PGM_GENERATE_H */
