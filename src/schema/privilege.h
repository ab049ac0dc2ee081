/*-------------------------------------------------------------------------
 *
 * privilege.h
 *	  Lists of privileges, and the GRANTs and REVOKEs that lead from one to
 *	  another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_PRIVILEGE_H
#define PGM_PRIVILEGE_H

#include "schema/kind.h"
#include "schema/snapshot.h"

/* what privileges are granted on, as statements say it */
typedef struct PgmGrantTarget
{
	ObjectType	type;			/* as for acldefault() */
	Oid			owner;
	const char *on;				/* "TABLE public.asset" */
	const char *column;			/* its quoted name; NULL: the whole */
	const char *prefix;			/* goes before GRANT and REVOKE; may be "" */
} PgmGrantTarget;

extern Acl *pgm_acl_effective(ObjectType type, Oid owner, const Acl *acl);
extern Acl *pgm_acl_given(const Acl *acl, Oid old_owner, Oid new_owner);
extern Acl *pgm_acl_either(const Acl *a, const Acl *b, Oid owner);
extern Acl *pgm_acl_both(const Acl *a, const Acl *b);
extern Acl *pgm_acl_without(const Acl *acl, List *revoked, Oid owner);
extern bool pgm_acl_same(const Acl *a, const Acl *b);
extern List *pgm_grant_statements(const PgmGrantTarget *target, const Acl *may,
								  const Acl *must, const Acl *want, List **revoked);

/* default_privileges.c */
extern Acl *pgm_acl_born(const PgmSnapshot *snapshot, ObjectType type, Oid role,
						 const char *schema, bool kept);

/* system_privileges.c */
extern void pgm_system_privileges_reset(const PgmSnapshot *snapshot);

#endif							/* PGM_PRIVILEGE_H */
