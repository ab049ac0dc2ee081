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
 * DEFINER function it may not, and there the session user does not count.  Who
 * logged in as somebody else still (SET SESSION AUTHORIZATION) does not lend
 * the rights of that role either: unless the author could act as it, the
 * script is kept from changing roles.
 *
 * Roles are stored by name, so that a dump means the same elsewhere.  A name
 * that is no role (any more) can act as nobody.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"

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
 * Whether a script of this author may be let out of the session's role: it
 * could say RESET SESSION AUTHORIZATION, back to the role that logged in.
 */
static bool
could_act_as_login(const char *author)
{
	Oid			role = get_role_oid(author, true);

	return OidIsValid(role) && member_can_set_role(role, MyProc->roleId);
}

/*
 * Raises an error unless the script may run with the present rights.  Returns
 * whether it must be kept from changing roles.  read_only as for pgm_execute().
 */
bool
pgm_require_trusted(const char *revision, const char *author,
					const char *upgrade, const char *downgrade, bool read_only)
{
	bytea	   *digest;
	List	   *roles;
	ListCell   *lc;
	Oid			caller = GetUserId();
	bool		trusted = false;

	if (pgm_author_is_trusted(author))
	{
		if (could_act_as_login(author))
			return false;
		trusted = true;
	}

	digest = pgm_script_digest(upgrade, downgrade);
	roles = pgm_approval_roles(revision, digest, read_only);
	foreach(lc, roles)
	{
		if (pgm_author_is_trusted(lfirst(lc)))
		{
			if (could_act_as_login(lfirst(lc)))
				return false;
			trusted = true;
		}
	}
	if (trusted)
		return true;

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
			 errhint("Read it with migrate_show(%s), then approve this text: SELECT migrate_approve(%s);",
					 quote_literal_cstr(revision), quote_literal_cstr(revision))));
}
