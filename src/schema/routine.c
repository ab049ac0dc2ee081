/*-------------------------------------------------------------------------
 *
 * routine.c
 *	  Functions (window functions among them) and procedures.
 *
 * CREATE OR REPLACE changes nearly everything in place.  What it refuses to
 * change is the definition here: the kind of routine, the result with its
 * output parameters, and that a parameter is VARIADIC (which it would accept,
 * but calls that are stored in views are bound to it).  What it refuses in
 * one direction only, names and defaults of input parameters, is in "extra".
 *
 * Bodies that are strings have no dependencies; pgm_routine_words() gives
 * their words, for the order to follow what they seem to use.
 *
 * Aggregates are in aggregate.c; the functions that come with a range type
 * belong to the type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"

#include "schema/kinds.h"
#include "schema/routine.h"

/* parts */
enum
{
	PART_BODY,					/* CREATE OR REPLACE ..., as the server prints
								 * it */
	PART_EXTENSIONS,			/* those it is marked as depending on, one a
								 * line */
	NPARTS
};

/* in "extra" */
enum
{
	EXTRA_LANGUAGE,
	EXTRA_BODY,					/* NULL unless it is a string in some language
								 * that can name other objects */
	EXTRA_PARSED,				/* set if the body is kept parsed */
	EXTRA_RESULT,
	EXTRA_NDEFAULTS,
	EXTRA_POLYMORPHIC,			/* defaults, if some parameter is polymorphic */
	EXTRA_NAMES					/* of input parameters, from here on */
};

static const PgmPart routine_parts[NPARTS] = {
	[PART_BODY] = {"definition"},
	[PART_EXTENSIONS] = {"extensions"},
};

#define CREATE_OR_REPLACE "CREATE OR REPLACE "

/*
 * A routine that is internal to a type is made by CREATE TYPE.
 */
#define ROUTINE_QUERY(prokinds, target) \
	"SELECT p.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(p.proname)," \
	" p.oid::regprocedure::text, " target "," \
	" CASE p.prokind WHEN 'w' THEN 'WINDOW ' ELSE '' END" \
	"  || CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END" \
	"  || format_type(p.prorettype, NULL)" \
	"  || CASE WHEN p.prorettype = 'record'::regtype AND o.outs IS NOT NULL" \
	"   THEN ' (' || o.outs || ')' ELSE '' END" \
	"  || CASE WHEN p.provariadic <> 0 THEN ' VARIADIC' ELSE '' END," \
	" p.proowner, p.proacl," \
	" ARRAY[rtrim(pg_get_functiondef(p.oid), E'\\n'), x.extensions]," \
	" NULL::oid[], NULL::text," \
	" ARRAY[l.lanname::text," \
	"  CASE WHEN l.lanname NOT IN ('internal', 'c') AND p.prosqlbody IS NULL THEN p.prosrc END," \
	"  CASE WHEN p.prosqlbody IS NOT NULL THEN 'parsed' END," \
	"  format_type(p.prorettype, NULL)," \
	"  p.pronargdefaults::text," \
	"  CASE WHEN p.pronargdefaults > 0 AND p.proargtypes::oid[] &&" \
	"   '{anyelement,anyarray,anynonarray,anyenum,anyrange,anymultirange,anycompatible," \
	"anycompatiblearray,anycompatiblenonarray,anycompatiblerange," \
	"anycompatiblemultirange}'::regtype[]::oid[] THEN pg_get_expr(p.proargdefaults, 0) END" \
	" ] || coalesce(CASE WHEN p.proallargtypes IS NULL THEN p.proargnames ELSE o.ins END, '{}')" \
	" FROM pg_proc p" \
	" JOIN pg_namespace n ON n.oid = p.pronamespace" \
	" JOIN pg_language l ON l.oid = p.prolang" \
	PGM_ROUTINE_PARAMETERS \
	" LEFT JOIN (" \
	"  SELECT d.objid, string_agg(quote_ident(e.extname), E'\\n' ORDER BY e.extname) AS extensions" \
	"  FROM pg_extension e JOIN pg_depend d ON d.refobjid = e.oid" \
	"  WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_proc'::regclass" \
	"   AND d.deptype = 'x'" \
	"  GROUP BY d.objid" \
	" ) x ON x.objid = p.oid" \
	" WHERE p.pronamespace = ANY ($1) AND p.prokind IN (" prokinds ")" \
	" AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass" \
	"  AND e.objid = p.oid AND e.deptype IN ('e', 'i'))"

/*
 * Would CREATE OR REPLACE accept the new names of input parameters?  They
 * are in "extra" of both, from the one numbered "first" on.  A name can be
 * given to a parameter that has none; no other change is accepted.
 */
bool
pgm_routine_names_kept(const PgmObject *from, const PgmObject *to, int first)
{
	for (int i = first; i < from->nextra; i++)
	{
		const char *name = from->extra[i];

		if (name == NULL || name[0] == '\0')
			continue;
		if (i >= to->nextra || to->extra[i] == NULL ||
			strcmp(name, to->extra[i]) != 0)
			return false;
	}
	return true;
}

/*
 * Is the body kept parsed, with what it uses as dependencies?
 */
bool
pgm_routine_is_parsed(const PgmObject *routine)
{
	return (routine->kind == &pgm_kind_function || routine->kind == &pgm_kind_procedure) &&
		routine->extra[EXTRA_PARSED] != NULL;
}

/*
 * Marks "target" (a routine, an index) as depending on those of the extensions
 * in "wanted" that are not in "has" ("NO " as "word": takes that mark away).
 */
void
pgm_write_extensions(PgmWriter *w, const char *target, const char *word,
					 const char *wanted, const char *has)
{
	const char *name = wanted;

	while (name != NULL)
	{
		const char *end = strchr(name, '\n');
		size_t		len = end != NULL ? (size_t) (end - name) : strlen(name);
		bool		found = false;

		for (const char *p = has; p != NULL && !found; p = strchr(p, '\n'))
		{
			if (*p == '\n')
				p++;
			found = strncmp(p, name, len) == 0 && (p[len] == '\0' || p[len] == '\n');
		}
		if (!found)
			pgm_write(w, "ALTER %s %sDEPENDS ON EXTENSION %.*s",
					  target, word, (int) len, name);
		name = end != NULL ? end + 1 : NULL;
	}
}

/*
 * PgmKind.create: there is none to replace, so it does not say OR REPLACE.
 */
static void
routine_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *body = obj->parts[PART_BODY];

	if (strncmp(body, CREATE_OR_REPLACE, strlen(CREATE_OR_REPLACE)) == 0)
		pgm_write(w, "CREATE %s", body + strlen(CREATE_OR_REPLACE));
	else
		pgm_write(w, "%s", body);
	pgm_write_extensions(w, obj->target, "", obj->parts[PART_EXTENSIONS], NULL);
}

/*
 * PgmKind.way
 */
static PgmWay
routine_way(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0 ||
		!pgm_routine_names_kept(from, to, EXTRA_NAMES))
		return PGM_REPLACE;
	/* a default can be changed and added, but not taken away */
	if (atoi(from->extra[EXTRA_NDEFAULTS]) > atoi(to->extra[EXTRA_NDEFAULTS]))
		return PGM_REPLACE;
	/* ... nor change its type, and here that is the expression's own */
	if (from->extra[EXTRA_POLYMORPHIC] != NULL &&
		!pgm_same_text(from->extra[EXTRA_POLYMORPHIC], to->extra[EXTRA_POLYMORPHIC]))
		return PGM_REPLACE;
	return PGM_ALTER;
}

/*
 * PgmKind.alter: CREATE OR REPLACE keeps owner and privileges, but takes the
 * marks of extensions away.
 */
static void
routine_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *has = from->parts[PART_EXTENSIONS];
	const char *wanted = to->parts[PART_EXTENSIONS];

	if (!pgm_same_text(from->parts[PART_BODY], to->parts[PART_BODY]))
	{
		pgm_write(w, "%s", to->parts[PART_BODY]);
		has = NULL;
	}
	pgm_write_extensions(w, to->target, "NO ", has, wanted);
	pgm_write_extensions(w, to->target, "", wanted, has);
}

static bool
starts_word(unsigned char c)
{
	return isalpha(c) || c == '_' || IS_HIGHBIT_SET(c);
}

/*
 * Returns the end of the comment that begins at p, or p if none does.
 */
static const char *
skip_comment(const char *p)
{
	int			depth = 0;

	if (p[0] == '-' && p[1] == '-')
		return p + strcspn(p, "\n");
	if (p[0] != '/' || p[1] != '*')
		return p;
	do
	{
		bool		begins = p[0] == '/' && p[1] == '*';
		bool		ends = p[0] == '*' && p[1] == '/';

		depth += begins ? 1 : ends ? -1 : 0;
		p += begins || ends ? 2 : 1;
	} while (depth > 0 && *p != '\0');
	return p;
}

static int
compare_words(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * Sorts the words and leaves each in once.
 */
static List *
distinct_words(List *words)
{
	List	   *distinct = NIL;
	ListCell   *lc;

	list_sort(words, compare_words);
	foreach(lc, words)
	{
		if (distinct == NIL || strcmp(llast(distinct), lfirst(lc)) != 0)
			distinct = lappend(distinct, lfirst(lc));
	}
	return distinct;
}

/*
 * Returns the distinct words in the body of a function or procedure, sorted,
 * as palloc'd strings: what is quoted as it is, the rest in lower case.  Words
 * in string constants are among them, because a body can run what it has in a
 * string; those in comments are not.  NIL when the body is no string, or not
 * in a language that names other objects.
 *
 * A body in any language is read as SQL.  That is a guess, and so is the
 * list: it says what may be used.
 */
List *
pgm_routine_words(const PgmObject *routine)
{
	List	   *words = NIL;
	const char *p;

	if (routine->kind != &pgm_kind_function && routine->kind != &pgm_kind_procedure)
		return NIL;
	p = routine->extra[EXTRA_BODY];
	while (p != NULL && *p != '\0')
	{
		const char *end = skip_comment(p);

		if (end > p)
		{
			p = end;
			continue;
		}
		end = p + 1;
		if (starts_word((unsigned char) *p))
		{
			while (starts_word((unsigned char) *end) ||
				   isdigit((unsigned char) *end) || *end == '$')
				end++;
			words = lappend(words, downcase_truncate_identifier(p, end - p, false));
		}
		else if (*p == '"')
		{
			end += strcspn(end, "\"");
			words = lappend(words, pnstrdup(p + 1, end - p - 1));
			if (*end == '"')
				end++;
		}
		p = end;
	}
	return distinct_words(words);
}

const PgmKind pgm_kind_function = {
	.name = "function",
	.word = "FUNCTION",
	.classid = ProcedureRelationId,
	.rank = 100,
	.flags = PGM_NAMES_ROUTINE | PGM_OR_REPLACE,
	.present = {PGM_SOME_ROUTINE("fw")},
	.query = ROUTINE_QUERY("'f', 'w'", "NULL::text"),
	.parts = routine_parts,
	.nparts = NPARTS,
	.acl_type = OBJECT_FUNCTION,
	.has_acl = true,
	.create = routine_create,
	.way = routine_way,
	.alter = routine_alter,
};

/*
 * Without a mode, DROP PROCEDURE takes a list of types for one of the input
 * parameters or for one of all parameters, and may find two procedures.
 */
const PgmKind pgm_kind_procedure = {
	.name = "procedure",
	.word = "PROCEDURE",
	.classid = ProcedureRelationId,
	.rank = 101,
	.flags = PGM_NAMES_ROUTINE | PGM_OR_REPLACE,
	.present = {PGM_SOME_ROUTINE("p")},
	.query = ROUTINE_QUERY("'p'",
						   "format('PROCEDURE %I.%I(%s)', n.nspname, p.proname,"
						   " (SELECT string_agg('IN ' || format_type(a.type, NULL), ', ' ORDER BY a.i)"
						   "  FROM unnest(p.proargtypes) WITH ORDINALITY a(type, i)))"),
	.parts = routine_parts,
	.nparts = NPARTS,
	.acl_type = OBJECT_FUNCTION,	/* as acldefault() calls both */
	.has_acl = true,
	.create = routine_create,
	.way = routine_way,
	.alter = routine_alter,
};
