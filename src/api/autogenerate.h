/*-------------------------------------------------------------------------
 *
 * autogenerate.h
 *	  Arguments that ask for a comparison with the model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_AUTOGENERATE_H
#define PGM_AUTOGENERATE_H

#include "fmgr.h"

#include "diff/generate.h"

extern PgmRequest *pgm_arg_request(FunctionCallInfo fcinfo, int first);

#endif							/* PGM_AUTOGENERATE_H */
