/*-------------------------------------------------------------------------
 *
 * filter.h
 *	  Which schemas and which objects are compared.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_FILTER_H
#define PGM_FILTER_H

#include "nodes/pg_list.h"
#include "schema/kind.h"

typedef struct PgmFilter
{
	List	   *include;		/* of private things */
	List	   *exclude;
} PgmFilter;

extern bool pgm_schema_is_managed(const char *name);
extern List *pgm_managed_schemas(void);
extern PgmFilter *pgm_filter_make(List *include, List *exclude);
extern bool pgm_filter_passes(const PgmFilter *filter, const PgmObject *object);

#endif							/* PGM_FILTER_H */
