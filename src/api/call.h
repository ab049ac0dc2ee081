/*-------------------------------------------------------------------------
 *
 * call.h
 *	  What the SQL-callable functions share: arguments in, rows out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_CALL_H
#define PGM_CALL_H

#include "fmgr.h"
#include "funcapi.h"

#include "run/plan.h"

/* arguments; argname is what an error calls it */
extern char *pgm_arg_text(FunctionCallInfo fcinfo, int n, const char *argname);
extern char *pgm_arg_text_or_null(FunctionCallInfo fcinfo, int n);
extern List *pgm_arg_text_list(FunctionCallInfo fcinfo, int n, const char *argname);
extern char *pgm_arg_json(FunctionCallInfo fcinfo, int n);
extern bool pgm_arg_bool(FunctionCallInfo fcinfo, int n, const char *argname);
extern char *pgm_arg_relative(FunctionCallInfo fcinfo, int n, const char *argname);

/* results */
extern void pgm_result_begin(FunctionCallInfo fcinfo);
extern void pgm_result_put(FunctionCallInfo fcinfo, Datum *values, bool *nulls);
extern void pgm_put_text(Datum *values, bool *nulls, int column, const char *text);

/* the columns step, direction, revision, down_revision, message */
extern void pgm_put_step(Datum *values, bool *nulls, int number, const PgmStep *step);

/* words that describe a revision */
#define PGM_STATUS_CURRENT		0x01	/* say which revisions are current */
extern char *pgm_status_text(PgmState *state, PgmRevision *rev, int flags);
extern char *pgm_labels_text(List *labels);

#endif							/* PGM_CALL_H */
