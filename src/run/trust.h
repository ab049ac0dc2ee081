/*-------------------------------------------------------------------------
 *
 * trust.h
 *	  Whose scripts a caller runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TRUST_H
#define PGM_TRUST_H

extern bool pgm_author_is_trusted(const char *author);
extern const char *pgm_author_falls_short_of(const char *author);
extern void pgm_require_trusted(const char *revision, const char *author,
								const char *upgrade, const char *downgrade,
								bool read_only);

#endif							/* PGM_TRUST_H */
