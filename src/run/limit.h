/*-------------------------------------------------------------------------
 *
 * limit.h
 *	  How long a revision may take.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_LIMIT_H
#define PGM_LIMIT_H

extern void pgm_limit_start(void);
extern void pgm_limit_stop(const char *revision);
extern void pgm_limit_explain(ErrorData *edata, const char *revision);
extern void pgm_limit_statement(void);
extern void pgm_limit_statement_end(void);

#endif							/* PGM_LIMIT_H */
