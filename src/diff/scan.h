/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  What the parser does not hand over: comments, and commands of psql.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SCAN_H
#define PGM_SCAN_H

typedef enum PgmScanned
{
	PGM_LINE_COMMENT,			/* from "--" to the end of the line */
	PGM_BACKSLASH				/* from a backslash to the end of the line */
} PgmScanned;

/* is told of each; both offsets are in bytes, end is the first one after */
typedef void (*PgmScanVisitor) (void *arg, PgmScanned what, int start, int end);

extern void pgm_scan(const char *text, bool conforming, PgmScanVisitor visit,
					 void *arg);
extern int	pgm_line_of(const char *text, int offset);
extern bool pgm_starts_line(const char *text, int offset);

#endif							/* PGM_SCAN_H */
