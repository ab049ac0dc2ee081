/*-------------------------------------------------------------------------
 *
 * privilege.c
 *	  Lists of privileges, and the GRANTs and REVOKEs that lead from one to
 *	  another.
 *
 * What a statement does to a list is not guessed: it is done to a copy with
 * the server's own aclupdate(), so the next statement is written for what is
 * really left.
 *
 * What the owner did not grant himself was granted by a role that holds the
 * grant option.  Such a GRANT is written as that role, between SET ROLE
 * and RESET ROLE, because GRANTED BY takes no other role than the current one.
 * Lost is the grantor when it may do anything anyway: the server then records
 * the owner.  Who runs the script must be able to SET ROLE to the grantor, and
 * is the session user again after it.  To take such a grant away no other
 * role is needed: the grant option that it came from is revoked with CASCADE,
 * and what should have stayed is granted again.
 *
 * Which objects have privileges, and what they were born with, is not here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/privilege.h"

/* in the order in which statements name them */
static const struct
{
	AclMode		bit;
	const char *word;
}			privilege_words[] = {
	{ACL_SELECT, "SELECT"},
	{ACL_INSERT, "INSERT"},
	{ACL_UPDATE, "UPDATE"},
	{ACL_DELETE, "DELETE"},
	{ACL_TRUNCATE, "TRUNCATE"},
	{ACL_REFERENCES, "REFERENCES"},
	{ACL_TRIGGER, "TRIGGER"},
	{ACL_MAINTAIN, "MAINTAIN"},
	{ACL_USAGE, "USAGE"},
	{ACL_CREATE, "CREATE"},
	{ACL_EXECUTE, "EXECUTE"},
};

/* what one role granted to another */
typedef struct Grant
{
	Oid			grantee;
	Oid			grantor;
	AclMode		privileges;
	AclMode		options;		/* those with grant option */
	const char *to;				/* how statements name the grantee */
	const char *by;				/* ... and the grantor */
	bool		by_owner;
} Grant;

/* the statements so far, and what they make of the list */
typedef struct Change
{
	const PgmGrantTarget *target;
	Acl		   *may;			/* what may be there */
	Acl		   *must;			/* what is surely there */
	List	   *statements;		/* of char * */
	List	   *revoked;		/* of AclItem * */
} Change;

static int
acl_length(const Acl *acl)
{
	return ARR_NDIM(acl) == 0 ? 0 : ACL_NUM(acl);
}

/*
 * Returns the items of a list, which are never NULL ones.
 */
static AclItem *
acl_items(const Acl *acl)
{
	return (AclItem *) ((char *) acl + ARR_OVERHEAD_NONULLS(ARR_NDIM(acl)));
}

/*
 * Returns a list of these items.
 */
static Acl *
make_acl(const AclItem *items, int n)
{
	Size		size = ACL_N_SIZE(n);
	Acl		   *acl = palloc0(size);

	SET_VARSIZE(acl, size);
	acl->ndim = 1;
	acl->dataoffset = 0;
	acl->elemtype = ACLITEMOID;
	ARR_LBOUND(acl)[0] = 1;
	ARR_DIMS(acl)[0] = n;
	if (n > 0)
		memcpy(acl_items(acl), items, n * sizeof(AclItem));
	return acl;
}

/*
 * Returns what a list of privileges that may be NULL, for the default, means.
 */
Acl *
pgm_acl_effective(ObjectType type, Oid owner, const Acl *acl)
{
	if (acl == NULL)
		return acldefault(type, owner);
	return make_acl(acl_items(acl), acl_length(acl));
}

/*
 * Returns what becomes of a list when the object gets another owner.
 */
Acl *
pgm_acl_given(const Acl *acl, Oid old_owner, Oid new_owner)
{
	if (old_owner == new_owner || !OidIsValid(old_owner) || !OidIsValid(new_owner) ||
		acl_length(acl) == 0)
		return make_acl(acl_items(acl), acl_length(acl));
	return aclnewowner(acl, old_owner, new_owner);
}

/*
 * Returns the item of that grantee and grantor, or NULL.
 */
static const AclItem *
find_item(const Acl *acl, Oid grantee, Oid grantor)
{
	for (int i = 0; i < acl_length(acl); i++)
	{
		const AclItem *item = &acl_items(acl)[i];

		if (item->ai_grantee == grantee && item->ai_grantor == grantor)
			return item;
	}
	return NULL;
}

static AclMode
item_privileges(const Acl *acl, Oid grantee, Oid grantor)
{
	const AclItem *item = find_item(acl, grantee, grantor);

	return item == NULL ? ACL_NO_RIGHTS : ACLITEM_GET_PRIVS(*item);
}

static AclMode
item_options(const Acl *acl, Oid grantee, Oid grantor)
{
	const AclItem *item = find_item(acl, grantee, grantor);

	return item == NULL ? ACL_NO_RIGHTS : ACLITEM_GET_GOPTIONS(*item);
}

/*
 * Returns what is in one list or the other.
 */
Acl *
pgm_acl_either(const Acl *a, const Acl *b, Oid owner)
{
	Acl		   *acl = aclmerge(a, b, owner);

	/* that has no list for nothing */
	return acl == NULL ? make_acl(NULL, 0) : acl;
}

/*
 * Returns what is in both lists.
 */
Acl *
pgm_acl_both(const Acl *a, const Acl *b)
{
	int			n = acl_length(a);
	AclItem    *items = palloc_array(AclItem, Max(n, 1));
	int			kept = 0;

	for (int i = 0; i < n; i++)
	{
		AclItem		item = acl_items(a)[i];
		AclMode		privileges = ACLITEM_GET_PRIVS(item) &
		item_privileges(b, item.ai_grantee, item.ai_grantor);
		AclMode		options = ACLITEM_GET_GOPTIONS(item) &
		item_options(b, item.ai_grantee, item.ai_grantor);

		if ((privileges | options) == ACL_NO_RIGHTS)
			continue;
		ACLITEM_SET_PRIVS_GOPTIONS(item, privileges, options);
		items[kept++] = item;
	}
	return make_acl(items, kept);
}

/*
 * Is everything in a in b, too?
 */
static bool
acl_within(const Acl *a, const Acl *b)
{
	for (int i = 0; i < acl_length(a); i++)
	{
		const AclItem *item = &acl_items(a)[i];

		if (ACLITEM_GET_PRIVS(*item) & ~item_privileges(b, item->ai_grantee, item->ai_grantor) ||
			ACLITEM_GET_GOPTIONS(*item) & ~item_options(b, item->ai_grantee, item->ai_grantor))
			return false;
	}
	return true;
}

/*
 * Do two lists, neither NULL, say the same in whatever order?
 */
bool
pgm_acl_same(const Acl *a, const Acl *b)
{
	return acl_within(a, b) && acl_within(b, a);
}

static Acl *
revoke_item(const Acl *acl, const AclItem *item, Oid owner)
{
	return aclupdate(acl, item, ACL_MODECHG_DEL, owner, DROP_CASCADE);
}

/*
 * Returns what is left of a list after revocations (a List of AclItem *).
 */
Acl *
pgm_acl_without(const Acl *acl, List *revoked, Oid owner)
{
	Acl		   *left = make_acl(acl_items(acl), acl_length(acl));
	ListCell   *lc;

	foreach(lc, revoked)
		left = revoke_item(left, lfirst(lc), owner);
	return left;
}

/*
 * Returns the name of a role, as statements say it, or NULL if there is none.
 */
static const char *
role_words(Oid role)
{
	char	   *name;

	if (role == ACL_ID_PUBLIC)
		return "PUBLIC";
	name = GetUserNameFromId(role, true);
	return name == NULL ? NULL : quote_identifier(name);
}

/*
 * The owner's own privileges first, then by grantee, PUBLIC before all others.
 */
static int
compare_grants(const void *a, const void *b)
{
	const Grant *g = a;
	const Grant *h = b;
	int			cmp;

	if (g->by_owner != h->by_owner)
		return g->by_owner ? -1 : 1;
	if ((g->grantee == ACL_ID_PUBLIC) != (h->grantee == ACL_ID_PUBLIC))
		return g->grantee == ACL_ID_PUBLIC ? -1 : 1;
	cmp = strcmp(g->to, h->to);
	return cmp != 0 ? cmp : strcmp(g->by, h->by);
}

/*
 * Returns the grants of a list, but for those of roles that are no more, in an
 * order that does not depend on the catalog's.
 */
static Grant *
sorted_grants(const Acl *acl, Oid owner, int *n)
{
	Grant	   *grants = palloc_array(Grant, Max(acl_length(acl), 1));

	*n = 0;
	for (int i = 0; i < acl_length(acl); i++)
	{
		const AclItem *item = &acl_items(acl)[i];
		Grant	   *grant = &grants[*n];

		grant->grantee = item->ai_grantee;
		grant->grantor = item->ai_grantor;
		grant->privileges = ACLITEM_GET_PRIVS(*item);
		grant->options = ACLITEM_GET_GOPTIONS(*item);
		grant->to = role_words(item->ai_grantee);
		grant->by = role_words(item->ai_grantor);
		grant->by_owner = item->ai_grantor == owner;
		if (grant->to != NULL && grant->by != NULL)
			(*n)++;
	}
	qsort(grants, *n, sizeof(Grant), compare_grants);
	return grants;
}

/*
 * Returns all privileges that there are on something of that type, if there
 * is more than one.
 */
static AclMode
all_privileges(ObjectType type)
{
	switch (type)
	{
		case OBJECT_TABLE:
			return ACL_ALL_RIGHTS_RELATION;
		case OBJECT_COLUMN:
			return ACL_ALL_RIGHTS_COLUMN;
		case OBJECT_SEQUENCE:
			return ACL_ALL_RIGHTS_SEQUENCE;
		case OBJECT_SCHEMA:
			return ACL_ALL_RIGHTS_SCHEMA;
		case OBJECT_LARGEOBJECT:
			return ACL_ALL_RIGHTS_LARGEOBJECT;
		default:
			return ACL_NO_RIGHTS;
	}
}

/*
 * Returns privileges as statements list them: "SELECT (c), INSERT (c)".
 */
static const char *
privilege_list(const PgmGrantTarget *target, AclMode privileges)
{
	StringInfoData buf;
	const char *column = target->column == NULL ? "" : psprintf(" (%s)", target->column);

	if (privileges == all_privileges(target->type))
		return psprintf("ALL%s", column);
	initStringInfo(&buf);
	for (int i = 0; i < (int) lengthof(privilege_words); i++)
		if (privileges & privilege_words[i].bit)
			appendStringInfo(&buf, "%s%s%s", buf.len > 0 ? ", " : "",
							 privilege_words[i].word, column);
	return buf.data;
}

/*
 * Would RESTRICT refuse to take these grant options from a role?
 */
static bool
has_passed_on(const Change *change, Oid role, AclMode privileges)
{
	if (role == change->target->owner)
		return false;
	for (int i = 0; i < acl_length(change->may); i++)
	{
		const AclItem *item = &acl_items(change->may)[i];

		if (item->ai_grantor == role && (ACLITEM_GET_PRIVS(*item) & privileges))
			return true;
	}
	return false;
}

/*
 * Writes a REVOKE by the owner.
 */
static void
revoke_from(Change *change, const Grant *grant, AclMode privileges, bool option_only)
{
	const PgmGrantTarget *target = change->target;
	AclItem    *item;

	if (privileges == ACL_NO_RIGHTS)
		return;
	change->statements =
		lappend(change->statements,
				psprintf("%sREVOKE %s%s ON %s FROM %s%s", target->prefix,
						 option_only ? "GRANT OPTION FOR " : "",
						 privilege_list(target, privileges), target->on, grant->to,
						 has_passed_on(change, grant->grantee, privileges) ? " CASCADE" : ""));
	item = palloc0_object(AclItem);
	item->ai_grantee = grant->grantee;
	item->ai_grantor = target->owner;
	ACLITEM_SET_PRIVS_GOPTIONS(*item, option_only ? ACL_NO_RIGHTS : privileges, privileges);
	change->may = revoke_item(change->may, item, target->owner);
	change->must = revoke_item(change->must, item, target->owner);
	change->revoked = lappend(change->revoked, item);
}

/*
 * Writes a GRANT, as the grantor if that is not the owner.
 */
static void
grant_to(Change *change, const Grant *grant, AclMode privileges, bool with_option)
{
	const PgmGrantTarget *target = change->target;
	AclItem		item = {0};

	if (privileges == ACL_NO_RIGHTS)
		return;
	if (!grant->by_owner)
		change->statements = lappend(change->statements,
									 psprintf("SET ROLE %s", grant->by));
	change->statements =
		lappend(change->statements,
				psprintf("%sGRANT %s ON %s TO %s%s", target->prefix,
						 privilege_list(target, privileges), target->on, grant->to,
						 with_option ? " WITH GRANT OPTION" : ""));
	if (!grant->by_owner)
		change->statements = lappend(change->statements, pstrdup("RESET ROLE"));
	item.ai_grantee = grant->grantee;
	item.ai_grantor = grant->grantor;
	ACLITEM_SET_PRIVS_GOPTIONS(item, privileges, with_option ? privileges : ACL_NO_RIGHTS);
	change->must = aclupdate(change->must, &item, ACL_MODECHG_ADD, target->owner,
							 DROP_RESTRICT);
}

/*
 * Revokes the grant options through which others than the owner granted what
 * is not wanted.  What is wanted of it comes back with the grants.
 */
static void
revoke_foreign(Change *change, const Acl *want)
{
	Oid			owner = change->target->owner;
	AclMode		surplus = ACL_NO_RIGHTS;
	int			n;
	Grant	   *grants = sorted_grants(change->may, owner, &n);

	for (int i = 0; i < n; i++)
	{
		const Grant *grant = &grants[i];

		if (!grant->by_owner)
			surplus |=
				(grant->privileges & ~item_privileges(want, grant->grantee, grant->grantor)) |
				(grant->options & ~item_options(want, grant->grantee, grant->grantor));
	}
	for (int i = 0; i < n; i++)
		if (grants[i].by_owner && grants[i].grantee != owner)
			revoke_from(change, &grants[i],
						item_options(change->may, grants[i].grantee, owner) & surplus, true);
}

/*
 * Revokes what the owner granted and is not wanted.
 */
static void
revoke_own(Change *change, const Acl *want)
{
	int			n;
	Grant	   *grants = sorted_grants(change->may, change->target->owner, &n);

	for (int i = 0; i < n; i++)
	{
		const Grant *grant = &grants[i];
		AclMode		surplus = grant->privileges &
		~item_privileges(want, grant->grantee, grant->grantor);
		AclMode		options = grant->options &
		~item_options(want, grant->grantee, grant->grantor);

		if (!grant->by_owner)
			break;
		revoke_from(change, grant, surplus, false);
		revoke_from(change, grant, options & ~surplus, true);
	}
}

/*
 * Does the grantor hold the grant options that are needed?
 */
static bool
can_grant(const Change *change, const Grant *grant, AclMode privileges)
{
	AclMode		held = ACL_NO_RIGHTS;

	if (grant->by_owner)
		return true;
	for (int i = 0; i < acl_length(change->must); i++)
		if (acl_items(change->must)[i].ai_grantee == grant->grantor)
			held |= ACLITEM_GET_GOPTIONS(acl_items(change->must)[i]);
	return (privileges & ~held) == ACL_NO_RIGHTS;
}

/*
 * Grants what is wanted and not surely there, those first who pass it on.
 */
static void
grant_missing(Change *change, const Acl *want)
{
	int			n;
	Grant	   *grants = sorted_grants(want, change->target->owner, &n);
	bool		again = true;

	while (again)
	{
		again = false;
		for (int i = 0; i < n; i++)
		{
			const Grant *grant = &grants[i];
			AclMode		options = grant->options &
			~item_options(change->must, grant->grantee, grant->grantor);
			AclMode		plain = grant->privileges & ~grant->options &
			~item_privileges(change->must, grant->grantee, grant->grantor);

			if ((options | plain) == ACL_NO_RIGHTS ||
				!can_grant(change, grant, options | plain))
				continue;
			grant_to(change, grant, plain, false);
			grant_to(change, grant, options, true);
			again = true;
		}
	}
}

/*
 * Returns the statements (a List of char *) after which exactly "want" is
 * granted.  Now it is at least "must" and at most "may"; none of the lists is
 * NULL.  If "revoked" is not NULL, what the REVOKEs took away is put there (a
 * List of AclItem *).
 */
List *
pgm_grant_statements(const PgmGrantTarget *target, const Acl *may, const Acl *must,
					 const Acl *want, List **revoked)
{
	Change		change = {0};

	change.target = target;
	change.may = make_acl(acl_items(may), acl_length(may));
	change.must = make_acl(acl_items(must), acl_length(must));
	revoke_foreign(&change, want);
	revoke_own(&change, want);
	grant_missing(&change, want);
	if (revoked != NULL)
		*revoked = change.revoked;
	return change.statements;
}
