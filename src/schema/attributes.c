/*-------------------------------------------------------------------------
 *
 * attributes.c
 *	  What objects of all kinds have in common: owner, privileges, security
 *	  labels, comment.
 *
 * They are written in this order, because a new owner changes whose the
 * privileges are.  The forms are the same for all kinds, with what a kind
 * calls the target: ALTER target OWNER TO, COMMENT ON target IS; only GRANT
 * has words of its own.  How lists of privileges are compared and changed is
 * in privilege.c.
 *
 * The attributes of a table must be written before those of its columns: to
 * revoke on a table revokes on its columns, too, and is made good here only
 * for columns that keep what they have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_init_privs.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/attributes.h"
#include "schema/kinds.h"
#include "schema/privilege.h"

/*
 * Can the owner of an object be changed by ALTER?  Not that of a piece, of an
 * extension, or of the sequence of an identity column.  The role that default
 * privileges are for is part of their identity, and system privileges write
 * their own owner.
 */
static bool
has_alter_owner(const PgmObject *obj)
{
	return OidIsValid(obj->owner) && obj->address.objectSubId == 0 &&
		obj->kind != &pgm_kind_identity_sequence &&
		obj->kind->classid != DefaultAclRelationId &&
		obj->kind->classid != InitPrivsRelationId &&
		obj->kind->classid != ExtensionRelationId;
}

/*
 * Does the owner differ, and is it for this object to say so?  A sequence that
 * stays with a column follows the owner of its table.
 */
static bool
owner_differs(const PgmObject *from, const PgmObject *to)
{
	if (from->owner == to->owner || !has_alter_owner(from) || !has_alter_owner(to))
		return false;
	return !(to->kind->acl_type == OBJECT_SEQUENCE && to->kind->has_acl &&
			 from->carriers != NIL && to->carriers != NIL);
}

/*
 * Returns the role whose grants need no grant option, or InvalidOid.
 */
static Oid
granting_owner(const PgmObject *obj)
{
	if (OidIsValid(obj->owner) || obj->parent == NULL)
		return obj->owner;
	return obj->parent->owner;
}

/*
 * Returns the type of an object as acldefault() and GRANT have it.
 */
static ObjectType
grant_type(const PgmObject *obj)
{
	switch (obj->kind->acl_type)
	{
		case OBJECT_DOMAIN:
			return OBJECT_TYPE;
		case OBJECT_PROCEDURE:
		case OBJECT_ROUTINE:
		case OBJECT_AGGREGATE:
			return OBJECT_FUNCTION;
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_FOREIGN_TABLE:
			return OBJECT_TABLE;
		default:
			return obj->kind->acl_type;
	}
}

/*
 * Returns what is granted on an object when it has got the owner of another.
 */
static Acl *
privileges_under(const PgmObject *obj, const PgmObject *to)
{
	Oid			owner = granting_owner(obj);

	return pgm_acl_given(pgm_acl_effective(grant_type(obj), owner, obj->acl),
						 owner, granting_owner(to));
}

static bool
privileges_differ(const PgmObject *from, const PgmObject *to)
{
	if (!to->kind->has_acl || (from->acl == NULL && to->acl == NULL) ||
		!OidIsValid(granting_owner(to)))
		return false;
	return !pgm_acl_same(privileges_under(from, to), privileges_under(to, to));
}

/*
 * Returns the label of a provider, or NULL.
 */
static const char *
find_label(const PgmObject *obj, const char *provider)
{
	for (int i = 0; i + 1 < list_length(obj->labels); i += 2)
		if (strcmp(list_nth(obj->labels, i), provider) == 0)
			return list_nth(obj->labels, i + 1);
	return NULL;
}

static bool
labels_differ(const PgmObject *from, const PgmObject *to)
{
	if (list_length(from->labels) != list_length(to->labels))
		return true;
	for (int i = 0; i + 1 < list_length(to->labels); i += 2)
		if (!pgm_same_text(list_nth(to->labels, i + 1),
						   find_label(from, list_nth(to->labels, i))))
			return true;
	return false;
}

/*
 * Do two objects differ in comment or labels or, if "all", in owner or
 * privileges?  They must be of the same kind.
 */
bool
pgm_attributes_differ(const PgmObject *from, const PgmObject *to, bool all)
{
	return !pgm_same_text(from->comment, to->comment) || labels_differ(from, to) ||
		(all && (owner_differs(from, to) || privileges_differ(from, to)));
}

/*
 * Returns what differs, for users, as a list of char *.
 */
List *
pgm_attribute_names(const PgmObject *from, const PgmObject *to, bool all)
{
	List	   *names = NIL;

	if (all && owner_differs(from, to))
		names = lappend(names, "owner");
	if (all && privileges_differ(from, to))
		names = lappend(names, "privileges");
	if (labels_differ(from, to))
		names = lappend(names, "security label");
	if (!pgm_same_text(from->comment, to->comment))
		names = lappend(names, "comment");
	return names;
}

/*
 * Returns how GRANT names an object.  It wants the types of all arguments of
 * an aggregate, and has no asterisk for none.
 */
static const char *
grant_target(const PgmObject *obj)
{
	switch (grant_type(obj))
	{
		case OBJECT_TABLE:
			return psprintf("TABLE %s", obj->identity);
		case OBJECT_COLUMN:
			return psprintf("TABLE %.*s",
							(int) (strlen(obj->identity) - strlen(obj->name) - 1),
							obj->identity);
		case OBJECT_FUNCTION:
			if (strcmp(obj->kind->word, "AGGREGATE") != 0)
				return obj->target;
			if (strlen(obj->identity) > 3 &&
				strcmp(obj->identity + strlen(obj->identity) - 3, "(*)") == 0)
				return psprintf("FUNCTION %.*s()", (int) strlen(obj->identity) - 3,
								obj->identity);
			return psprintf("FUNCTION %s", obj->identity);
		case OBJECT_TYPE:
			return psprintf("TYPE %s", obj->identity);
		case OBJECT_FOREIGN_SERVER:
			return psprintf("FOREIGN SERVER %s", obj->identity);
		default:
			return psprintf("%s %s", obj->kind->word, obj->identity);
	}
}

static void
write_all(PgmWriter *w, List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		pgm_write(w, "%s", (const char *) lfirst(lc));
}

/*
 * Returns the statements for the privileges of an object, as for
 * pgm_grant_statements().
 */
static List *
grant_statements(const PgmObject *to, const Acl *may, const Acl *must,
				 const Acl *want, List **revoked)
{
	PgmGrantTarget target;

	target.type = grant_type(to);
	target.owner = granting_owner(to);
	target.on = grant_target(to);
	target.column = target.type == OBJECT_COLUMN ? to->name : NULL;
	target.prefix = "";
	return pgm_grant_statements(&target, may, must, want, revoked);
}

/*
 * Gives back to the columns that stay what the REVOKEs on their table took,
 * as far as it is wanted.
 */
static void
restore_columns(PgmWriter *w, const PgmObject *to, List *revoked)
{
	ListCell   *lc;

	if (revoked == NIL)
		return;
	foreach(lc, to->pieces)
	{
		const PgmObject *column = lfirst(lc);
		Acl		   *had;
		Acl		   *want;
		Acl		   *left;

		if (!column->kind->has_acl || grant_type(column) != OBJECT_COLUMN ||
			column->other == NULL || column->other->acl == NULL)
			continue;
		had = privileges_under(column->other, column);
		want = pgm_acl_both(had, privileges_under(column, column));
		left = pgm_acl_both(pgm_acl_without(had, revoked, granting_owner(column)), want);
		write_all(w, grant_statements(column, left, left, want, NULL));
	}
}

static void
write_changed_privileges(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	Acl		   *has = privileges_under(from, to);
	List	   *revoked;

	write_all(w, grant_statements(to, has, has, privileges_under(to, to), &revoked));
	if (grant_type(to) == OBJECT_TABLE)
		restore_columns(w, to, revoked);
}

/*
 * Takes all privileges on an object away.
 */
void
pgm_write_revokes(PgmWriter *w, const PgmObject *from)
{
	Acl		   *has = privileges_under(from, from);

	write_all(w, grant_statements(from, has, has,
								  pgm_acl_effective(grant_type(from), granting_owner(from), NULL),
								  NULL));
}

/*
 * Writes the privileges of an object that the current role has just made.  What default
 * privileges give is written for what is in force before the first statement:
 * they are made and changed last, but dropped at any time.
 */
static void
write_born_privileges(PgmWriter *w, const PgmObject *to)
{
	const PgmSnapshot *base = pgm_base_written(w);
	ObjectType	type = grant_type(to);
	Oid			creator = GetUserId();
	Oid			owner = granting_owner(to);
	Acl		   *before = pgm_acl_born(base, type, creator, to->schema, false);
	Acl		   *after = pgm_acl_born(base, type, creator, to->schema, true);

	write_all(w, grant_statements(to,
								  pgm_acl_given(pgm_acl_either(before, after, creator), creator, owner),
								  pgm_acl_given(pgm_acl_both(before, after), creator, owner),
								  privileges_under(to, to), NULL));
}

/*
 * Writes owner and privileges.
 */
static void
write_rights(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (from == NULL ? has_alter_owner(to) && to->owner != GetUserId() : owner_differs(from, to))
	{
		char	   *role = GetUserNameFromId(to->owner, false);

		pgm_write(w, "ALTER %s OWNER TO %s", to->target, quote_identifier(role));
	}
	if (!to->kind->has_acl || !OidIsValid(granting_owner(to)))
		return;
	if (from == NULL)
		write_born_privileges(w, to);
	else if (privileges_differ(from, to))
		write_changed_privileges(w, from, to);
}

static void
write_labels(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	for (int i = 0; from != NULL && i + 1 < list_length(from->labels); i += 2)
	{
		const char *provider = list_nth(from->labels, i);

		if (find_label(to, provider) == NULL)
			pgm_write(w, "SECURITY LABEL FOR %s ON %s IS NULL",
					  quote_identifier(provider), to->target);
	}
	for (int i = 0; i + 1 < list_length(to->labels); i += 2)
	{
		const char *provider = list_nth(to->labels, i);
		const char *label = list_nth(to->labels, i + 1);

		if (from == NULL || !pgm_same_text(label, find_label(from, provider)))
			pgm_write(w, "SECURITY LABEL FOR %s ON %s IS %s",
					  quote_identifier(provider), to->target, quote_literal_cstr(label));
	}
}

/*
 * Is that the schema public?  Its snapshots have no comment when it is that of
 * initdb, and an empty one when there is none.
 */
static bool
is_public(const PgmObject *obj)
{
	return obj->kind == &pgm_kind_schema && strcmp(obj->identity, "public") == 0;
}

/*
 * Writes the comment.
 */
static void
write_comment(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *comment = to->comment;

	if (pgm_same_text(from == NULL ? NULL : from->comment, comment))
		return;
	if (comment == NULL && is_public(to))
		comment = "standard public schema";
	pgm_write(w, "COMMENT ON %s IS %s", to->target,
			  comment == NULL || comment[0] == '\0' ? "NULL" : quote_literal_cstr(comment));
}

/*
 * Returns public as initdb makes it.
 */
static PgmObject *
initial_public(const PgmObject *to)
{
	PgmObject  *initial = palloc_object(PgmObject);
	AclItem		item = {0};

	*initial = *to;
	initial->owner = ROLE_PG_DATABASE_OWNER;
	item.ai_grantee = ACL_ID_PUBLIC;
	item.ai_grantor = initial->owner;
	ACLITEM_SET_PRIVS_GOPTIONS(item, ACL_USAGE, ACL_NO_RIGHTS);
	initial->acl = aclupdate(acldefault(OBJECT_SCHEMA, initial->owner), &item,
							 ACL_MODECHG_ADD, initial->owner, DROP_RESTRICT);
	initial->comment = NULL;
	initial->labels = NIL;
	return initial;
}

/*
 * Writes the statements that give an object comment and labels and, if "all",
 * owner and privileges of "to".  It has those of "from" now; if that is NULL,
 * it was just made by the current role.
 */
void
pgm_write_attributes(PgmWriter *w, const PgmObject *from, const PgmObject *to, bool all)
{
	const PgmSnapshot *base = pgm_base_written(w);

	/* a new database has that schema */
	if (from == NULL && base != NULL && base->nobjects == 0 && is_public(to))
		from = initial_public(to);
	if (all)
		write_rights(w, from, to);
	write_labels(w, from, to);
	write_comment(w, from, to);
}

/*
 * The same for an object that was made again in the place of "from".  Owner
 * and privileges that are not compared are given back; see pgm_keep_rights().
 */
void
pgm_write_attributes_again(PgmWriter *w, const PgmObject *from, const PgmObject *to,
						   bool all)
{
	pgm_write_attributes(w, NULL, to, all || from != NULL);
}

/*
 * What is in one snapshot only belongs to whoever makes it.
 */
static void
forget_rights(PgmSnapshot *snapshot)
{
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		PgmObject  *object = snapshot->objects[i];

		if (object->other != NULL)
			continue;
		if (OidIsValid(object->owner))
			object->owner = GetUserId();
		object->acl = NULL;
	}
}

/*
 * Makes the owners and privileges of two snapshots what they will be if they
 * are not compared: those in the first one, which objects keep in both
 * directions, also when they are made again.
 */
void
pgm_keep_rights(PgmSnapshot *live, PgmSnapshot *wanted)
{
	pgm_snapshot_pair(live, wanted);
	for (int i = 0; i < wanted->nobjects; i++)
	{
		PgmObject  *object = wanted->objects[i];

		if (object->other == NULL)
			continue;
		object->owner = object->other->owner;
		object->acl = object->other->acl;
	}
	forget_rights(live);
	forget_rights(wanted);
}
