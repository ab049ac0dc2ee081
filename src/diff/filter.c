/*-------------------------------------------------------------------------
 *
 * filter.c
 *	  Which schemas and which objects are compared.
 *
 * Schemas are chosen by the setting pgmigrate.schemas, objects by the include
 * and exclude arguments of a call.  A pattern may have * (any characters) and
 * ? (one character), and is compared with names as they are in the catalogs,
 * upper and lower case being different.
 *
 * A pattern for objects matches the identity of an object (public."Asset",
 * public.f(integer), public.asset.kind), or schema.name without quotes.  One
 * without a dot matches the name alone, of what is no piece of something else.
 * With a kind and a colon in front it is for that kind only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "common/spi.h"
#include "diff/filter.h"
#include "run/settings.h"

typedef struct FilterPattern
{
	const PgmKind *kind;		/* NULL: any */
	const char *glob;
} FilterPattern;

/* those that are neither the system's nor of an extension */
static const char schemas_query[] =
"SELECT n.oid, n.nspname::pg_catalog.text FROM pg_catalog.pg_namespace n"
" WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_'"
" AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'"
" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
"  WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass"
"  AND d.objid OPERATOR(pg_catalog.=) n.oid"
"  AND d.deptype OPERATOR(pg_catalog.=) 'e')"
" ORDER BY n.nspname";

/*
 * Whether a name matches a pattern.
 */
static bool
matches(const char *glob, const char *name)
{
	const char *star = NULL;	/* the last one, ... */
	const char *resume = NULL;	/* ... and where what follows it was tried */

	while (*name)
	{
		if (*glob == '*')
		{
			star = glob++;
			resume = name;
		}
		else if (*glob == '?')
		{
			glob++;
			name += pg_encoding_mblen(GetDatabaseEncoding(), name);
		}
		else if (*glob == *name)
		{
			glob++;
			name++;
		}
		else if (star != NULL)
		{
			glob = star + 1;
			resume += pg_encoding_mblen(GetDatabaseEncoding(), resume);
			name = resume;
		}
		else
			return false;
	}
	return glob[strspn(glob, "*")] == '\0';
}

/*
 * Whether a schema of that name is chosen by a list of patterns.
 */
static bool
is_chosen(List *patterns, const char *name)
{
	bool		any_include = false;
	bool		included = false;
	ListCell   *lc;

	foreach(lc, patterns)
	{
		const char *pattern = lfirst(lc);

		if (pattern[0] == '!')
		{
			if (matches(pattern + 1, name))
				return false;
			continue;
		}
		any_include = true;
		included = included || matches(pattern, name);
	}
	return included || !any_include;
}

/*
 * The patterns of pgmigrate.schemas.
 */
static List *
schema_patterns(void)
{
	List	   *patterns = NIL;

	/* the setting was accepted, so this does not fail */
	(void) SplitGUCList(pstrdup(pgm_schemas), ',', &patterns);
	return patterns;
}

/*
 * Whether pgmigrate.schemas chooses a schema of that name.
 */
bool
pgm_schema_is_managed(const char *name)
{
	return is_chosen(schema_patterns(), name);
}

/*
 * The OIDs of the schemas to be compared, in the order of their names.  The
 * caller is connected to SPI.
 */
List *
pgm_managed_schemas(void)
{
	List	   *patterns = schema_patterns();
	int			rc = SPI_execute(schemas_query, false, 0);
	uint64		n = SPI_processed;
	List	   *oids = NIL;

	if (rc != SPI_OK_SELECT)
		elog(ERROR, "could not read the schemas: %s", SPI_result_code_string(rc));
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		if (is_chosen(patterns, pgm_field_text(i, 2)))
			oids = lappend_oid(oids, DatumGetObjectId(pgm_field(i, 1, &isnull)));
	}
	SPI_freetuptable(SPI_tuptable);
	return oids;
}

/*
 * The length of the kind before the colon of a pattern, which is of letters,
 * spaces, or underscores for these, and hyphens; 0: no kind is given.
 */
static int
kind_length(const char *text)
{
	int			length = 0;

	while ((text[length] >= 'a' && text[length] <= 'z') ||
		   (text[length] >= 'A' && text[length] <= 'Z') ||
		   text[length] == ' ' || text[length] == '_' || text[length] == '-')
		length++;
	return text[length] == ':' ? length : 0;
}

/*
 * The kind of a name of that length, in any case.  Raises an error if there is
 * none.
 */
static const PgmKind *
find_kind(const char *text, int length)
{
	char	   *name = pnstrdup(text, length);
	StringInfoData known;

	for (int i = 0; i < length; i++)
		name[i] = name[i] == '_' ? ' ' : pg_tolower(name[i]);
	initStringInfo(&known);
	for (int i = 0; i < pgm_nkinds; i++)
	{
		if (strcmp(pgm_kinds[i]->name, name) == 0)
			return pgm_kinds[i];
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", pgm_kinds[i]->name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized kind of object: \"%s\"", pnstrdup(text, length)),
			 errhint("The kinds are: %s.", known.data)));
}

/*
 * The patterns of an argument, compiled.
 */
static List *
make_patterns(List *texts, const char *argname)
{
	List	   *patterns = NIL;
	ListCell   *lc;

	foreach(lc, texts)
	{
		const char *text = lfirst(lc);
		int			length = kind_length(text);
		FilterPattern *pattern = palloc0_object(FilterPattern);

		pattern->kind = length > 0 ? find_kind(text, length) : NULL;
		pattern->glob = length > 0 ? text + length + 1 : text;
		if (pattern->glob[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" contains an empty pattern", argname),
					 errhint("A pattern is for example 'public.asset*', or 'index:*'.")));
		patterns = lappend(patterns, pattern);
	}
	return patterns;
}

/*
 * A filter of the patterns in two Lists of char *.  Raises an error for one
 * that is none.  It lives in the current context.
 */
PgmFilter *
pgm_filter_make(List *include, List *exclude)
{
	PgmFilter  *filter = palloc_object(PgmFilter);

	filter->include = make_patterns(include, "include");
	filter->exclude = make_patterns(exclude, "exclude");
	return filter;
}

/*
 * A name without its quotes.
 */
static char *
without_quotes(const char *name)
{
	char	   *plain = pstrdup(name);
	char	   *to = plain;

	if (name[0] != '"')
		return plain;
	for (const char *from = name + 1; *from && !(from[0] == '"' && from[1] == '\0'); from++)
	{
		if (from[0] == '"' && from[1] == '"')
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return plain;
}

/*
 * Whether one of the patterns matches the object itself.
 */
static bool
matches_any(List *patterns, const PgmObject *object)
{
	char	   *name = without_quotes(object->name);
	char	   *qualified = name;
	ListCell   *lc;

	if (object->schema != NULL)
		qualified = psprintf("%s.%s", object->schema, name);
	foreach(lc, patterns)
	{
		FilterPattern *pattern = lfirst(lc);

		if (pattern->kind != NULL && pattern->kind != object->kind)
			continue;
		if (matches(pattern->glob, object->identity) || matches(pattern->glob, qualified))
			return true;
		if (object->parent == NULL && strchr(pattern->glob, '.') == NULL &&
			matches(pattern->glob, name))
			return true;
	}
	return false;
}

/*
 * Whether an object is to be compared: nothing that it is a piece of, nor
 * itself, is excluded, and if anything is included, one of these is.
 */
bool
pgm_filter_passes(const PgmFilter *filter, const PgmObject *object)
{
	bool		included = filter->include == NIL;

	for (; object != NULL; object = object->parent)
	{
		if (filter->exclude != NIL && matches_any(filter->exclude, object))
			return false;
		included = included || matches_any(filter->include, object);
	}
	return included;
}
