/*-------------------------------------------------------------------------
 *
 * script.h
 *	  The text of a revision, taken apart into statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SCRIPT_H
#define PGM_SCRIPT_H

#include "fmgr.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"

typedef enum PgmStatementKind
{
	PGM_WITHIN,					/* runs in a transaction */
	PGM_ALONE_ONLINE,			/* may need to run outside of one */
	PGM_ALONE					/* cannot run in a transaction block */
} PgmStatementKind;

/* one statement of a script */
typedef struct PgmScriptStatement
{
	const char *text;			/* palloc'd, without the semicolon */
	int			line;			/* line of its first character, from 1 */
	Node	   *node;			/* raw parse tree */
	PgmStatementKind kind;
	const char *alone_name;		/* what to call it when it is PGM_ALONE */
} PgmScriptStatement;

typedef struct PgmScript
{
	const char *revision;		/* for messages */
	const char *direction;		/* "upgrade" or "downgrade" */
	const char *title;			/* what messages call it, if it is not of a
								 * revision; else NULL */
	const char *text;
	List	   *statements;		/* of PgmScriptStatement * */
	bool		terminated;		/* the last one ends in a semicolon */
} PgmScript;

extern PgmScript *pgm_script_parse(const char *revision, const char *direction,
								   const char *text);
extern PgmScript *pgm_script_parse_titled(const char *name, const char *title,
										  const char *text);
extern int	pgm_skip_to_statement(const char *text, int offset, int end);
extern bytea *pgm_text_digest(const char *text);
extern bool pgm_same_bytes(const bytea *a, const bytea *b);

#endif							/* PGM_SCRIPT_H */
