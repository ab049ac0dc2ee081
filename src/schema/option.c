/*-------------------------------------------------------------------------
 *
 * option.c
 *	  Changing lists of options.
 *
 * There are two kinds of lists: storage parameters, fillfactor='70', and
 * options for foreign-data wrappers, filename '/tmp/f'.  In both, the elements
 * are separated by a comma and a space, names are quoted as needed and all
 * values are literals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "schema/table.h"

/* one element, with the name that it begins with */
typedef struct Option
{
	char	   *text;
	char	   *name;
} Option;

/*
 * Returns the end of what is quoted at "p", or "p" when nothing is.
 */
static const char *
skip_quoted(const char *p)
{
	char		quote = *p;

	if (quote != '\'' && quote != '"')
		return p;
	for (p++; *p != '\0'; p++)
	{
		if (*p == '\\' && quote == '\'' && p[1] != '\0')
			p++;
		else if (*p == quote)
		{
			if (p[1] != quote)
				return p + 1;
			p++;
		}
	}
	return p;
}

/*
 * Returns the elements of a list, which may be NULL, as a list of Option *.
 */
static List *
parse_options(const char *list)
{
	List	   *options = NIL;
	const char *p = list;

	while (p != NULL && *p != '\0')
	{
		Option	   *option = palloc0_object(Option);
		const char *start = p;

		while (*p != '\0' && *p != ',')
		{
			const char *end = skip_quoted(p);

			if (option->name == NULL && (*p == '=' || *p == ' '))
				option->name = pnstrdup(start, p - start);
			p = end > p ? end : p + 1;
		}
		option->text = pnstrdup(start, p - start);
		if (option->name == NULL)
			option->name = option->text;
		options = lappend(options, option);
		if (*p == ',')
			p += 2;
	}
	return options;
}

/*
 * Returns the option of that name, or NULL.
 */
static const Option *
find_option(const List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		const Option *option = lfirst(lc);

		if (strcmp(option->name, name) == 0)
			return option;
	}
	return NULL;
}

static void
append_element(StringInfo buf, const char *verb, const char *text)
{
	appendStringInfo(buf, "%s%s%s", buf->len > 0 ? ", " : "", verb, text);
}

/*
 * Returns how many of the wanted options, from the first on, are there as they
 * should be and in the order that they should have.
 */
static int
count_in_place(const List *old_options, const List *options)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, old_options)
	{
		const Option *old_option = lfirst(lc);

		if (count < list_length(options) &&
			strcmp(((const Option *) list_nth(options, count))->text, old_option->text) == 0)
			count++;
	}
	return count;
}

/*
 * Writes RESET for the storage parameters that "to" no longer has, and SET for
 * those that are new or have another value.  What is set comes last, so all
 * are set that come after the first of these.  "alter" is the statement up to
 * there.  Both lists may be NULL.
 */
void
pgm_write_options(PgmWriter *w, const char *alter, const char *from, const char *to)
{
	List	   *old_options = parse_options(from);
	List	   *options = parse_options(to);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, old_options)
	{
		const Option *option = lfirst(lc);

		if (find_option(options, option->name) == NULL)
			append_element(&buf, "", option->name);
	}
	if (buf.len > 0)
		pgm_write(w, "%s RESET (%s)", alter, buf.data);
	resetStringInfo(&buf);
	for_each_from(lc, options, count_in_place(old_options, options))
		append_element(&buf, "", ((const Option *) lfirst(lc))->text);
	if (buf.len > 0)
		pgm_write(w, "%s SET (%s)", alter, buf.data);
	pfree(buf.data);
}

/*
 * Writes the OPTIONS clause that leads from one list of options for a
 * foreign-data wrapper to another.  Nothing is written when they are the same.
 */
void
pgm_write_foreign_options(PgmWriter *w, const char *alter, const char *from, const char *to)
{
	List	   *old_options = parse_options(from);
	List	   *options = parse_options(to);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, old_options)
	{
		const Option *option = lfirst(lc);

		if (find_option(options, option->name) == NULL)
			append_element(&buf, "DROP ", option->name);
	}
	foreach(lc, options)
	{
		const Option *option = lfirst(lc);
		const Option *old_option = find_option(old_options, option->name);

		if (old_option == NULL)
			append_element(&buf, "ADD ", option->text);
		else if (strcmp(old_option->text, option->text) != 0)
			append_element(&buf, "SET ", option->text);
	}
	if (buf.len > 0)
		pgm_write(w, "%s OPTIONS (%s)", alter, buf.data);
	pfree(buf.data);
}
