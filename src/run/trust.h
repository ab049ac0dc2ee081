/*-------------------------------------------------------------------------
 *
 * trust.h
 *	  Whose scripts a caller runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TRUST_H
#define PGM_TRUST_H

#include "fmgr.h"

extern bool pgm_author_is_trusted(const char *author);
extern const char *pgm_author_falls_short_of(const char *author);
extern void pgm_require_trusted(const char *revision, const char *author,
								const char *upgrade, const char *downgrade,
								bool read_only);

/* the same for what is no revision, but has a kind and a name */
extern void pgm_require_trusted_text(const char *kind, const char *name, const char *author,
									 const char *text, const char *table);
extern void pgm_approve_text(const char *kind, const char *name, const char *author,
							 const char *text, bytea *sha256);

#endif							/* PGM_TRUST_H */
