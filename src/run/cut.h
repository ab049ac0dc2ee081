/*-------------------------------------------------------------------------
 *
 * cut.h
 *	  Which statements run outside of a transaction, and how an online run
 *	  cuts a script.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_CUT_H
#define PGM_CUT_H

#include "run/plan.h"
#include "run/script.h"

/*
 * Statements that run in one transaction, or one that runs outside.  They are
 * numbered from 1.
 */
typedef struct PgmPart
{
	int			first;
	int			last;
	bool		alone;
} PgmPart;

/* what is special about the script of a step */
struct PgmCuts
{
	char	   *transactions;	/* for the user */
	bool		any_alone;		/* some run outside of a transaction */
	const char *alone;			/* the name of the first statement that cannot
								 * run in a transaction block, or NULL */
	int			statement;		/* its number */
	int			line;
};

extern PgmStatementKind pgm_statement_kind(Node *stmt, const char **name);
extern bool pgm_option_is_on(List *options, const char *name);
extern bool pgm_option_is_off(List *options, const char *name);
extern List *pgm_script_parts(const PgmScript *script);
extern bool pgm_is_cut(List *parts);
extern bool pgm_find_cuts(PgmGraph *graph, List *steps, bool read_only);

#endif							/* PGM_CUT_H */
