/*-------------------------------------------------------------------------
 *
 * trigger.h
 *	  What triggers and rules have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TRIGGER_H
#define PGM_TRIGGER_H

/*
 * When it fires, for the query of a kind: the verb of the statement that sets
 * it, or NULL for the default.
 */
#define PGM_FIRES(column) \
	"CASE " column " WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'" \
	" WHEN 'A' THEN 'ENABLE ALWAYS' END"

#endif							/* PGM_TRIGGER_H */
