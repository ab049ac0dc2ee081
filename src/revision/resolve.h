/*-------------------------------------------------------------------------
 *
 * resolve.h
 *	  From what a user types to revisions.
 *
 * The grammar, of which a text must be a full match:
 *
 *		target   := [ branch "@" ] symbol | [ branch "@" ] [ symbol ] sign digits
 *		branch   := label | id | start of an id
 *		symbol   := "head" | "heads" | "base" | id | start of an id | label
 *		sign     := "+" | "-"
 *		range    := [ target ] ":" [ target ]
 *
 * None of "@", "-", "+" and ":" can be part of an id or a label.  Where several
 * targets make sense, a text may also be an array literal: {a,b}.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_RESOLVE_H
#define PGM_RESOLVE_H

#include "revision/graph.h"
#include "revision/state.h"

/* a target taken apart */
typedef struct PgmTarget
{
	const char *text;			/* as typed */
	const char *branch;			/* before the "@", or NULL */
	const char *symbol;			/* NULL: a relative target counts from where
								 * we are */
	bool		relative;
	int64		count;			/* signed; of a relative target */
} PgmTarget;

/* where a downgrade leads */
typedef struct PgmDowngradeTarget
{
	PgmRevision *rev;			/* NULL: base */
	PgmRevision *branch;		/* undo only this branch, or NULL */
} PgmDowngradeTarget;

/* what a stamp sets */
typedef struct PgmStampTarget
{
	PgmRevision *rev;			/* NULL: base */
	PgmRevision *branch;		/* of a base: forget only this branch, or NULL */
} PgmStampTarget;

/* identifiers and texts */
extern List *pgm_parse_target_list(const char *text, const char *argname);
extern void pgm_parse_range(const char *range, char **lower, char **upper);
extern void pgm_check_identifier(const char *name, const char *what);

/* resolving, for each kind of command */
extern List *pgm_resolve_upgrade(PgmState *state, const char *text);
extern List *pgm_resolve_upgrades(PgmState *state, List *texts);
extern PgmDowngradeTarget pgm_resolve_downgrade(PgmState *state, const char *text);
extern List *pgm_resolve_stamps(PgmState *state, List *texts);
extern List *pgm_resolve_revisions(PgmState *state, const char *text);
extern PgmRevision *pgm_resolve_revision(PgmState *state, const char *text);
extern bool *pgm_resolve_history(PgmState *state, const char *range);
extern List *pgm_resolve_bound(PgmState *state, const char *text);

#endif							/* PGM_RESOLVE_H */
