/*-------------------------------------------------------------------------
 *
 * rename.c
 *	  Telling a rename from a drop and an add.
 *
 * A comparison of catalogs cannot see that a column was renamed; the user can
 * say so.  What is said is undone in the sandbox: there the new name becomes
 * the old one again, so that everything that uses it is compared under the
 * old name, by the server's own deparsing.  The upgrade then ends with the
 * renames, and the downgrade begins with their reverse.
 *
 * Indexes, constraints and the sequences of columns follow by themselves:
 * nothing is lost by renaming them.  A likely rename that nobody has said is
 * proposed, and never done.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/jsonb.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "diff/order.h"
#include "diff/rename.h"
#include "schema/constraint.h"
#include "schema/kinds.h"

/*
 * How a name is changed.  %s are: the object as it is found, its name, the
 * other name.
 */
typedef struct RenameForm
{
	const char *kind;
	const char *form;			/* %1$s parent's identity, %2$s name,
								 * %3$s new name, %4$s word and identity */
} RenameForm;

static const RenameForm piece_forms[] = {
	{"column", "ALTER TABLE %1$s RENAME COLUMN %2$s TO %3$s"},
	{"attribute", "ALTER TYPE %1$s RENAME ATTRIBUTE %2$s TO %3$s CASCADE"},
	{"constraint", "ALTER TABLE %1$s RENAME CONSTRAINT %2$s TO %3$s"},
	{"foreign key", "ALTER TABLE %1$s RENAME CONSTRAINT %2$s TO %3$s"},
	{"domain constraint", "ALTER DOMAIN %1$s RENAME CONSTRAINT %2$s TO %3$s"},
	{"trigger", "ALTER TRIGGER %2$s ON %1$s RENAME TO %3$s"},
	{"policy", "ALTER POLICY %2$s ON %1$s RENAME TO %3$s"},
	{"rule", "ALTER RULE %2$s ON %1$s RENAME TO %3$s"},
};

/*
 * Returns the pairs of a JSON object, as a list of PgmRename *.
 */
List *
pgm_renames_of_object(Jsonb *renames)
{
	List	   *list = NIL;
	JsonbIterator *it;
	JsonbValue	value;
	JsonbIteratorToken token;
	PgmRename  *rename = NULL;

	if (renames == NULL)
		return NIL;
	if (!JB_ROOT_IS_OBJECT(renames))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("renames must be a JSON object"),
				 errhint("Write {\"old_table.old_column\": \"old_table.new_column\"}.")));
	it = JsonbIteratorInit(&renames->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			rename = palloc0_object(PgmRename);
			rename->from = pnstrdup(value.val.string.val, value.val.string.len);
		}
		else if (token == WJB_VALUE)
		{
			if (value.type != jbvString)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("the new name of \"%s\" in renames must be a string",
								rename->from)));
			rename->to = pnstrdup(value.val.string.val, value.val.string.len);
			list = lappend(list, rename);
		}
	}
	return list;
}

/*
 * Returns the parts of a qualified name, each quoted as needed.
 */
static List *
name_parts(const char *name)
{
	List	   *parts;
	List	   *quoted = NIL;
	ListCell   *lc;

	if (!SplitIdentifierString(pstrdup(name), '.', &parts) || parts == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name in renames: \"%s\"", name)));
	foreach(lc, parts)
		quoted = lappend(quoted, (char *) quote_identifier(lfirst(lc)));
	return quoted;
}

static char *
join_parts(List *parts, int n)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? "." : "", (char *) list_nth(parts, i));
	return buf.data;
}

static bool
is_enum_label(const PgmObject *type, const char *label)
{
	return strcmp(type->kind->name, "enum") == 0 && label != NULL;
}

/*
 * Returns the object of that identity.  Relations and types come before
 * pieces, which come before all else, by the order of kinds.
 */
static PgmObject *
find_identity(const PgmSnapshot *snapshot, const char *identity)
{
	static const char *const first[] = {
		"table", "foreign table", "view", "materialized view", "sequence",
		"index", "enum", "domain", "composite type", "range type", "column"
	};
	PgmObject  *object;

	for (size_t i = 0; i < lengthof(first); i++)
	{
		const PgmKind *kind = pgm_kind_named(first[i]);

		if (kind != NULL && (object = pgm_snapshot_find(snapshot, kind, identity)) != NULL)
			return object;
	}
	for (int i = 0; i < pgm_nkinds; i++)
		if ((object = pgm_snapshot_find(snapshot, pgm_kinds[i], identity)) != NULL)
			return object;
	return NULL;
}

/*
 * Finds what a name means: with or without its schema, which is public then.
 */
static PgmObject *
find_named(const PgmSnapshot *live, List *parts)
{
	char	   *name = join_parts(parts, list_length(parts));
	PgmObject  *object = find_identity(live, psprintf("public.%s", name));

	return object != NULL ? object : find_identity(live, name);
}

/*
 * Fills in the statements that rename an object and take that back.
 */
static void
write_rename(PgmRename *rename, const PgmObject *object, const char *to_schema,
			 const char *to_name)
{
	const char *word = object->kind->word;
	const char *from_schema = object->schema != NULL ? quote_identifier(object->schema) : NULL;

	rename->object = object;
	for (size_t i = 0; i < lengthof(piece_forms); i++)
	{
		if (strcmp(piece_forms[i].kind, object->kind->name) != 0 || object->parent == NULL)
			continue;
		rename->depth = 1;
		rename->forward = psprintf(piece_forms[i].form, object->parent->identity,
								   object->name, to_name);
		rename->backward = psprintf(piece_forms[i].form, object->parent->identity,
									to_name, object->name);
		return;
	}
	if (to_schema != NULL && from_schema != NULL && strcmp(to_schema, from_schema) != 0)
	{
		if (strcmp(to_name, object->name) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot rename \"%s\" and move it to another schema at once",
							rename->from)));
		rename->forward = psprintf("ALTER %s %s SET SCHEMA %s", word, object->identity, to_schema);
		rename->backward = psprintf("ALTER %s %s.%s SET SCHEMA %s", word, to_schema,
									to_name, from_schema);
		return;
	}
	rename->forward = psprintf("ALTER %s RENAME TO %s", object->target, to_name);
	rename->backward = psprintf("ALTER %s %s%s%s RENAME TO %s", word,
								from_schema != NULL ? from_schema : "",
								from_schema != NULL ? "." : "", to_name, object->name);
}

/*
 * Labels of enums have no object of their own: type.label.
 */
static bool
find_label(PgmRename *rename, const PgmSnapshot *live, List *from, List *to)
{
	PgmObject  *type;
	List	   *raw;
	char	   *label;

	if (list_length(from) < 2 || list_length(from) != list_length(to))
		return false;
	type = find_named(live, list_copy_head(from, list_length(from) - 1));
	if (type == NULL || !SplitIdentifierString(pstrdup(rename->from), '.', &raw))
		return false;
	label = llast(raw);
	if (!is_enum_label(type, label))
		return false;
	for (int i = 0; i < type->nextra; i++)
	{
		List	   *raw_to;

		if (strcmp(type->extra[i], label) != 0 ||
			!SplitIdentifierString(pstrdup(rename->to), '.', &raw_to))
			continue;
		rename->object = type;
		rename->depth = 1;
		rename->forward = psprintf("ALTER TYPE %s RENAME VALUE %s TO %s", type->identity,
								   quote_literal_cstr(label),
								   quote_literal_cstr(llast(raw_to)));
		rename->backward = psprintf("ALTER TYPE %s RENAME VALUE %s TO %s", type->identity,
									quote_literal_cstr(llast(raw_to)),
									quote_literal_cstr(label));
		return true;
	}
	return false;
}

static int
compare_renames(const ListCell *a, const ListCell *b)
{
	const PgmRename *r = lfirst(a);
	const PgmRename *s = lfirst(b);

	if (r->depth != s->depth)
		return s->depth - r->depth;
	return strcmp(r->from, s->from);
}

/*
 * Returns those renames that are still to be done, with their statements, in
 * the order in which they are done: pieces before what they are pieces of.
 *
 * Raises 42704 for a name that is not in the database, unless the rename is
 * an annotation, which stays in the model when it is done.
 */
List *
pgm_renames_find(List *renames, const PgmSnapshot *live)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, renames)
	{
		PgmRename  *rename = lfirst(lc);
		List	   *from = name_parts(rename->from);
		List	   *to = name_parts(rename->to);
		PgmObject  *object = find_named(live, from);

		if (object != NULL)
		{
			int			n = list_length(to);
			const char *schema = object->parent == NULL && n > 1 ? list_nth(to, n - 2) : NULL;

			if (object->parent == NULL && n == 1 && list_length(from) == 1)
				schema = NULL;
			write_rename(rename, object, schema, llast(to));
			found = lappend(found, rename);
		}
		else if (find_label(rename, live, from, to))
			found = lappend(found, rename);
		else if (!rename->optional)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("\"%s\" in renames does not exist", rename->from),
					 errhint("Renames go from what is in the database to what is in the model.")));
	}
	list_sort(found, compare_renames);
	return found;
}

/*
 * Is there a schema of that name, which is quoted as needed?
 */
static bool
schema_exists(const char *name)
{
	List	   *names = textToQualifiedNameList(cstring_to_text(name));

	return OidIsValid(get_namespace_oid(strVal(linitial(names)), true));
}

/*
 * Returns the moves of extensions to another schema, as renames: what names a
 * member has another text then, and is the same.  The model has just been
 * built; where it does not have the old schema, nothing can be moved back.
 */
List *
pgm_renames_of_extensions(const PgmSnapshot *live, const PgmSnapshot *model)
{
	List	   *renames = NIL;

	pgm_snapshot_pair(live, model);
	for (int i = 0; i < live->nobjects; i++)
	{
		const PgmObject *object = live->objects[i];
		const char *from;
		const char *to;
		PgmRename  *rename;

		if (object->kind != &pgm_kind_extension || object->other == NULL)
			continue;
		from = object->parts[0];	/* its schema */
		to = object->other->parts[0];
		if (from == NULL || to == NULL || strcmp(from, to) == 0 || !schema_exists(from))
			continue;
		rename = palloc0_object(PgmRename);
		rename->object = object;
		rename->change = "change schema";
		rename->forward = psprintf("ALTER EXTENSION %s SET SCHEMA %s", object->name, to);
		rename->backward = psprintf("ALTER EXTENSION %s SET SCHEMA %s", object->name, from);
		renames = lappend(renames, rename);
	}
	return renames;
}

/*
 * Returns what a sequence is owned by, or NULL.
 */
static const char *
owned_by(const PgmObject *sequence)
{
	ListCell   *lc;

	foreach(lc, sequence->pieces)
	{
		const PgmObject *tie = lfirst(lc);

		if (strcmp(tie->kind->name, "sequence owner") == 0)
			return tie->definition;
	}
	return NULL;
}

/*
 * Are two objects of different names the same otherwise?
 */
static bool
same_but_name(const PgmObject *a, const PgmObject *b)
{
	if (a->kind != b->kind || strcmp(a->definition, b->definition) != 0)
		return false;
	if ((a->parent == NULL) != (b->parent == NULL) ||
		(a->parent != NULL && strcmp(a->parent->identity, b->parent->identity) != 0))
		return false;
	if (strcmp(a->kind->name, "sequence") == 0)
		return owned_by(a) != NULL && owned_by(b) != NULL &&
			pgm_same_text(a->schema, b->schema) &&
			strcmp(owned_by(a), owned_by(b)) == 0;
	for (int i = 0; i < a->kind->nparts; i++)
		if (!pgm_same_text(a->parts[i], b->parts[i]))
			return false;
	return true;
}

/*
 * Can this kind be renamed without a word?
 */
static bool
follows_renames(const PgmKind *kind)
{
	return strcmp(kind->name, "index") == 0 || strcmp(kind->name, "constraint") == 0 ||
		strcmp(kind->name, "foreign key") == 0 || strcmp(kind->name, "sequence") == 0;
}

/*
 * Is one of the names that an object has taken in a snapshot that does not
 * have the object?
 */
static bool
name_is_taken(const PgmSnapshot *snapshot, const PgmObject *object)
{
	List	   *names = pgm_names_of(object);
	ListCell   *lc;
	ListCell   *lc2;

	for (int i = 0; i < snapshot->nobjects; i++)
	{
		const PgmObject *other = snapshot->objects[i];

		if (!pgm_same_text(other->schema, object->schema))
			continue;
		foreach(lc, pgm_names_of(other))
			foreach(lc2, names)
				if (strcmp(lfirst(lc), lfirst(lc2)) == 0)
					return true;
	}
	return false;
}

/*
 * Returns the object of the model that is the same under another name, or
 * NULL.  Names that something else has in the other snapshot are left alone.
 */
static const PgmObject *
find_renamed(const PgmSnapshot *live, const PgmSnapshot *model, const PgmObject *from,
			 const bool *taken)
{
	for (int i = 0; i < model->nobjects; i++)
	{
		const PgmObject *to = model->objects[i];

		if (to->kind == from->kind && to->other == NULL && !taken[i] && same_but_name(from, to))
			return name_is_taken(model, from) || name_is_taken(live, to) ? NULL : to;
	}
	return NULL;
}

/*
 * Returns renames of indexes, constraints and sequences of columns that are
 * the same under another name in the model.
 */
List *
pgm_renames_detect(const PgmSnapshot *live, const PgmSnapshot *model)
{
	List	   *renames = NIL;
	bool	   *taken = palloc0_array(bool, Max(model->nobjects, 1));

	pgm_snapshot_pair(live, model);
	for (int i = 0; i < live->nobjects; i++)
	{
		const PgmObject *from = live->objects[i];
		const PgmObject *to;
		PgmRename  *rename;

		if (from->other != NULL || !follows_renames(from->kind) || pgm_constraint_follows(from))
			continue;
		to = find_renamed(live, model, from, taken);
		if (to == NULL)
			continue;
		taken[to->number] = true;
		rename = palloc0_object(PgmRename);
		rename->from = from->identity;
		rename->to = to->identity;
		write_rename(rename, from, NULL, to->name);
		rename->depth = 1;
		renames = lappend(renames, rename);
	}
	return renames;
}

/*
 * Is this a table, or a column of a table that is in both snapshots, and only
 * in one of them?
 */
static bool
is_new(const PgmObject *object)
{
	if (object->other != NULL)
		return false;
	if (strcmp(object->kind->name, "table") == 0)
		return true;
	return strcmp(object->kind->name, "column") == 0 && object->parent != NULL &&
		object->parent->other != NULL;
}

/*
 * Returns how many columns two tables share by name and type, in percent of
 * the larger one.
 */
static int
likeness(const PgmObject *a, const PgmObject *b)
{
	int			na = 0;
	int			nb = 0;
	int			same = 0;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, b->pieces)
		nb += strcmp(((PgmObject *) lfirst(lc))->kind->name, "column") == 0;
	foreach(lc, a->pieces)
	{
		const PgmObject *column = lfirst(lc);

		if (strcmp(column->kind->name, "column") != 0)
			continue;
		na++;
		foreach(lc2, b->pieces)
		{
			const PgmObject *other = lfirst(lc2);

			same += other->kind == column->kind && strcmp(column->name, other->name) == 0 &&
				pgm_same_text(column->parts[0], other->parts[0]);
		}
	}
	return na == 0 || nb == 0 ? 0 : same * 100 / Max(na, nb);
}

/*
 * Could the one have become the other?
 */
static bool
is_likely(const PgmObject *from, const PgmObject *to)
{
	if (from->kind != to->kind)
		return false;
	if (from->parent == NULL)
		return likeness(from, to) >= 60;
	return strcmp(from->parent->identity, to->parent->identity) == 0 &&
		strcmp(from->definition, to->definition) == 0 &&
		pgm_same_text(from->parts[0], to->parts[0]);
}

/*
 * Says which drops and adds look like renames, and what to type if they are.
 */
void
pgm_renames_propose(const PgmSnapshot *live, const PgmSnapshot *model)
{
	List	   *news = NIL;
	ListCell   *lc;

	pgm_snapshot_pair(live, model);
	for (int i = 0; i < model->nobjects; i++)
		if (is_new(model->objects[i]))
			news = lappend(news, model->objects[i]);
	if (news == NIL)
		return;
	for (int i = 0; i < live->nobjects; i++)
	{
		const PgmObject *from = live->objects[i];

		if (!is_new(from))
			continue;
		foreach(lc, news)
		{
			const PgmObject *to = lfirst(lc);

			if (!is_likely(from, to))
				continue;
			ereport(NOTICE,
					(errmsg("%s %s may have become %s", from->kind->name,
							from->identity, to->identity),
					 errdetail("It is dropped, with its data, and the other one is added."),
					 errhint("If it was renamed, pass renames => '{\"%s\": \"%s\"}'.",
							 from->identity, to->identity)));
			news = foreach_delete_current(news, lc);
			break;
		}
	}
}
