/*-------------------------------------------------------------------------
 *
 * type.c
 *	  What the kinds that are types have in common: who uses a type, and how
 *	  one is renamed aside.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"

#include "schema/type.h"

static bool
begins_name(const char *identity, const char *name)
{
	int			length = strlen(identity);

	return strncmp(identity, name, length) == 0 && strchr("[(", name[length]) != NULL;
}

/*
 * Is that, as format_type() gives it, the name of the type, of an array of it,
 * or of its multirange?
 */
bool
pgm_type_has_name(const PgmObject *type, const char *name)
{
	return begins_name(type->identity, name) ||
		(strcmp(type->kind->name, "range type") == 0 &&
		 begins_name(pgm_multirange(type), name));
}

/*
 * Calls itself for types that are made of the type.  "contained": the type we
 * began with is inside of this one.
 */
static bool
find_column(const PgmObject *type, bool contained, bool containers_only)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const PgmObject *user = lfirst(lc);

		if (user->parent == type)
			continue;
		if (user->kind->classid == RelationRelationId && user->parent != NULL &&
			user->parent->kind->classid == TypeRelationId)
		{
			/* an attribute of a composite type */
			if (find_column(user->parent, true, containers_only))
				return true;
		}
		else if (user->kind->classid == TypeRelationId)
		{
			/* a domain over it, or a range of it */
			if (find_column(user, contained || strcmp(user->kind->name, "domain") != 0,
							containers_only))
				return true;
		}
		else if (user->kind->classid == RelationRelationId &&
				 user->address.objectSubId > 0 &&
				 (user->kind->flags & PGM_HOLDS_DATA) != 0 &&
				 (contained || !containers_only))
			return true;
	}
	return false;
}

/*
 * Is there a column of the type, of an array of it, or of a type that is made
 * of it?
 */
bool
pgm_type_in_columns(const PgmObject *type)
{
	return find_column(type, false, false);
}

/*
 * Is there a column that has values of the type inside of its own?  Of arrays
 * the caller knows whether they are used.
 */
bool
pgm_type_in_containers(const PgmObject *type, bool array_used)
{
	return find_column(type, array_used, true);
}

/*
 * Returns how to get to a type that cannot be had in place: while columns use
 * it, their data have to be moved.
 */
PgmWay
pgm_type_replace(const PgmObject *from)
{
	return pgm_type_in_columns(from) ? PGM_REMAKE : PGM_REPLACE;
}

/*
 * Are both types built in, and is there a cast from one to the other that can
 * be used in that context?
 */
bool
pgm_built_in_cast(Oid source, Oid target, CoercionContext context)
{
	return source < FirstNormalObjectId && target < FirstNormalObjectId &&
		can_coerce_type(1, &source, &target, context);
}

/*
 * When a type has been remade, can its values be cast to the new one (see
 * composite.c)?  Otherwise they go over as text.
 */
bool
pgm_type_has_cast(const PgmObject *type)
{
	ListCell   *lc;

	if (type->other == NULL)
		return false;
	if (strcmp(type->kind->name, "composite type") == 0)
		return true;
	if (strcmp(type->kind->name, "domain") != 0)
		return false;
	if (pgm_built_in_cast(pgm_domain_base(type->other), pgm_domain_base(type),
						  COERCION_EXPLICIT))
		return true;
	foreach(lc, type->needs)
		if (pgm_type_has_cast(lfirst(lc)))
			return true;
	return false;
}

/*
 * Takes the quotes off a name.
 */
static char *
unquoted(const char *name)
{
	char	   *result = palloc(strlen(name) + 1);
	char	   *to = result;

	if (name[0] != '"')
		return strcpy(result, name);
	for (const char *from = name + 1; from[0] != '\0'; from++)
	{
		if (from[0] == '"')
		{
			if (from[1] != '"')
				break;
			from++;
		}
		*to++ = *from;
	}
	*to = '\0';
	return result;
}

/*
 * Returns a name made of that of the object and a label, quoted as needed.
 */
static char *
labelled_name(const PgmObject *obj, const char *label)
{
	return pstrdup(quote_identifier(makeObjectName(unquoted(obj->name), NULL, label)));
}

/*
 * Returns the name that an object has while it is aside, quoted as needed.
 */
char *
pgm_aside_name(const PgmObject *obj)
{
	return labelled_name(obj, "_pgmigrate_old");
}

/*
 * The same, with the schema.
 */
char *
pgm_aside_identity(const PgmObject *obj)
{
	return psprintf("%s.%s", quote_identifier(obj->schema), pgm_aside_name(obj));
}

/*
 * Returns the qualified name of a function that makes the new from the old.
 */
char *
pgm_converter_identity(const PgmObject *obj)
{
	return psprintf("%s.%s", quote_identifier(obj->schema),
					labelled_name(obj, "_pgmigrate_new"));
}

/*
 * Renames a type aside.  Its array type gets out of the way by itself.
 */
void
pgm_type_aside(PgmWriter *w, const PgmObject *from)
{
	pgm_write(w, "ALTER %s RENAME TO %s", from->target, pgm_aside_name(from));
}

/*
 * Drops the type that is aside, when nothing uses it any more.
 */
void
pgm_type_leave(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_write(w, "DROP %s %s", from->kind->word, pgm_aside_identity(from));
}
