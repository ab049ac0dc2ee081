/*-------------------------------------------------------------------------
 *
 * trust.c
 *	  Whose scripts a caller runs.
 *
 * A script runs with the rights of the caller, so who may write scripts could
 * use the rights of whoever upgrades next.  Therefore a script runs only when
 * its author, the role that wrote the present text, could have acted as the
 * caller anyway, or when a role that could has approved exactly this text.
 *
 * "Could act as" is SET ROLE's rule.  The caller is the current user, and the
 * session user as well: a script may say RESET ROLE.  Inside of a SECURITY
 * DEFINER function it may not, and there the session user does not count.
 *
 * Roles are stored by name, so that a dump means the same elsewhere.  A name
 * that is no role (any more) can act as nobody.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"

#include "common/compat.h"
#include "revision/store.h"
#include "run/trust.h"

/*
 * Whether scripts of this author run with the present rights without being
 * approved.
 */
bool
pgm_author_is_trusted(const char *author)
{
	Oid			role = get_role_oid(author, true);

	if (!OidIsValid(role))
		return false;
	if (!member_can_set_role(role, GetUserId()))
		return false;
	return InLocalUserIdChange() || member_can_set_role(role, GetSessionUserId());
}

/*
 * Raises an error unless the script may run with the present rights.
 */
void
pgm_require_trusted(const char *revision, const char *author,
					const char *upgrade, const char *downgrade)
{
	bytea	   *digest;
	List	   *roles;
	ListCell   *lc;
	Oid			caller = GetUserId();

	if (pgm_author_is_trusted(author))
		return;

	digest = pgm_script_digest(upgrade, downgrade);
	roles = pgm_approval_roles(revision, digest, false);
	foreach(lc, roles)
	{
		if (pgm_author_is_trusted(lfirst(lc)))
			return;
	}

	/* name the role that the author falls short of */
	if (OidIsValid(get_role_oid(author, true)) &&
		member_can_set_role(get_role_oid(author, true), caller))
		caller = GetSessionUserId();
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("revision \"%s\" was written by role \"%s\", who could not act as role \"%s\"",
					revision, author, GetUserNameFromId(caller, false)),
			 errdetail("Its script would run with the rights of role \"%s\".",
					   GetUserNameFromId(caller, false)),
			 errhint("Read it with migrate_show('%s'), then approve this text: SELECT migrate_approve('%s');",
					 revision, revision)));
}
