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
 * session user as well, and whoever logged in: a script may say RESET ROLE or
 * RESET SESSION AUTHORIZATION, or leave something behind that does so later in
 * the session (a trigger, above all a deferred one).  Inside of a SECURITY
 * DEFINER function only its owner counts, as for everything that it calls.
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
#include "run/script.h"
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
	if (InLocalUserIdChange())
		return true;
	return member_can_set_role(role, GetSessionUserId()) &&
		member_can_set_role(role, MyProc->roleId);
}

/*
 * The name of the role that an author who is not trusted falls short of.
 */
const char *
pgm_author_falls_short_of(const char *author)
{
	Oid			role = get_role_oid(author, true);
	Oid			missing = MyProc->roleId;

	if (!OidIsValid(role) || !member_can_set_role(role, GetUserId()))
		missing = GetUserId();
	else if (!member_can_set_role(role, GetSessionUserId()))
		missing = GetSessionUserId();
	return GetUserNameFromId(missing, false);
}

/*
 * Raises an error unless the script may run with the present rights.
 * read_only as for pgm_execute().
 */
void
pgm_require_trusted(const char *revision, const char *author,
					const char *upgrade, const char *downgrade, bool read_only)
{
	List	   *roles;
	ListCell   *lc;
	const char *missing;

	if (pgm_author_is_trusted(author))
		return;
	roles = pgm_approval_roles(revision, pgm_script_digest(upgrade, downgrade),
							   read_only);
	foreach(lc, roles)
	{
		if (pgm_author_is_trusted(lfirst(lc)))
			return;
	}

	missing = pgm_author_falls_short_of(author);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("revision \"%s\" was written by role \"%s\", who could not act as role \"%s\"",
					revision, author, missing),
			 errdetail("Its script would run with the rights of role \"%s\".", missing),
			 errhint("Read it with migrate_show(%s), then approve this text: SELECT migrate_approve(%s);",
					 quote_literal_cstr(revision), quote_literal_cstr(revision))));
}

/*
 * What an approval of something else than a revision is kept under.  An id of a
 * revision has no colon.
 */
static char *
approval_key(const char *kind, const char *name)
{
	return psprintf("%s:%s", kind, name);
}

/*
 * Raises an error unless a text that is none of a revision may run with the
 * present rights: kind and name say what it is, and table where to read it.
 */
void
pgm_require_trusted_text(const char *kind, const char *name, const char *author,
						 const char *text, const char *table)
{
	char	   *key = approval_key(kind, name);
	const char *missing;
	ListCell   *lc;

	if (pgm_author_is_trusted(author))
		return;
	foreach(lc, pgm_approval_roles(key, pgm_text_digest(text), false))
	{
		if (pgm_author_is_trusted(lfirst(lc)))
			return;
	}
	missing = pgm_author_falls_short_of(author);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s \"%s\" was written by role \"%s\", who could not act as role \"%s\"",
					kind, name, author, missing),
			 errdetail("It would run with the rights of role \"%s\".", missing),
			 errhint("Read it in %s, then approve this text: SELECT migrate_approve(%s);",
					 table, quote_literal_cstr(key))));
}

/*
 * Lets a text that is none of a revision run with the rights of the caller;
 * sha256, if not NULL, must be its digest.
 */
void
pgm_approve_text(const char *kind, const char *name, const char *author,
				 const char *text, bytea *sha256)
{
	bytea	   *digest = pgm_text_digest(text);

	if (sha256 != NULL && !pgm_same_bytes(sha256, digest))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the text of %s \"%s\" does not have that SHA-256", kind, name),
				 errdetail("It was last written by role \"%s\".", author)));
	pgm_approval_insert(approval_key(kind, name), digest,
						GetUserNameFromId(GetUserId(), false));
}
