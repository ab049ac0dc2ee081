/*-------------------------------------------------------------------------
 *
 * author.h
 *	  Writing, changing and deleting revisions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_AUTHOR_H
#define PGM_AUTHOR_H

#include "fmgr.h"
#include "nodes/pg_list.h"

/* a revision to be written; lists are of char *, as the user typed them */
typedef struct PgmNewRevision
{
	const char *message;
	const char *upgrade;		/* or NULL */
	const char *downgrade;		/* or NULL */
	const char *rev_id;			/* or NULL: make one up */
	List	   *heads;			/* the parents */
	bool		splice;			/* parents need not be heads */
	bool		merge;			/* at least two parents */
	List	   *branch_labels;
	List	   *depends_on;
} PgmNewRevision;

/* a change; what is NULL or false stays as it is */
typedef struct PgmEdit
{
	const char *revision;
	const char *message;
	const char *upgrade;
	const char *downgrade;
	bool		irreversible;
	bool		set_labels;
	List	   *branch_labels;
	bool		set_depends_on;
	List	   *depends_on;
	bool		force;			/* even if it is applied */
} PgmEdit;

extern void pgm_check_scripts(const char *revision, const char *upgrade,
							  const char *downgrade);

extern const char *pgm_author_new_id(const char *rev_id);
extern const char *pgm_author_message(const char *message);

/* each returns the id of the revision */
extern const char *pgm_author_write(const PgmNewRevision *new);
extern const char *pgm_author_edit(const PgmEdit *edit);
extern const char *pgm_author_delete(const char *revision);
extern const char *pgm_author_approve(const char *revision, bytea *sha256);

#endif							/* PGM_AUTHOR_H */
