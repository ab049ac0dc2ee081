/*-------------------------------------------------------------------------
 *
 * template.c
 *	  The form that a team gives to the texts of new revisions, as Alembic's
 *	  script.py.mako does.
 *
 * A template is text with placeholders:
 *
 *		${upgrades}, ${downgrades}	the text that was given, untouched
 *		${message}, ${up_revision}, ${down_revision}, ${branch_labels},
 *		${depends_on}, ${create_date}, ${author}
 *
 * The message is meant for a comment, so line breaks in it become blanks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "revision/graph.h"
#include "run/template.h"

/*
 * The value of a placeholder, or NULL when there is no such placeholder.
 */
static const char *
placeholder_value(const char *name, const PgmScriptRow *row, const char *text)
{
	if (strcmp(name, "upgrades") == 0 || strcmp(name, "downgrades") == 0)
		return text;
	if (strcmp(name, "message") == 0)
		return row->message;
	if (strcmp(name, "up_revision") == 0)
		return row->revision;
	if (strcmp(name, "down_revision") == 0)
		return pgm_string_list_text(row->down_revision, ", ");
	if (strcmp(name, "branch_labels") == 0)
		return pgm_string_list_text(row->branch_labels, ", ");
	if (strcmp(name, "depends_on") == 0)
		return pgm_string_list_text(row->depends_on, ", ");
	if (strcmp(name, "create_date") == 0)
		return timestamptz_to_str(GetCurrentTimestamp());
	if (strcmp(name, "author") == 0)
		return row->author;
	return NULL;
}

/*
 * Appends a value.  Names of other revisions and of roles may come from other
 * people, and a template may put them anywhere, so of those only what cannot
 * be read as SQL goes through.
 */
static void
append_value(StringInfo buf, const char *name, const char *value)
{
	bool		is_text = strcmp(name, "upgrades") == 0 || strcmp(name, "downgrades") == 0;
	bool		is_message = strcmp(name, "message") == 0;

	for (const char *p = value; *p; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (is_text || (is_message && c != '\n' && c != '\r'))
			appendStringInfoChar(buf, c);
		else if (is_message)
			appendStringInfoChar(buf, ' ');
		else if (IS_HIGHBIT_SET(c) || isalnum(c) || strchr("_.,: +", c) ||
				 (c == '-' && p[1] != '-'))
			appendStringInfoChar(buf, c);
		else
			appendStringInfoChar(buf, '?');
	}
}

/*
 * Finds the next placeholder at or after p.  Returns where it begins, or NULL;
 * *name is its name, palloc'd, and *end what follows.  An unclosed one has a
 * NULL name.
 */
static const char *
next_placeholder(const char *p, char **name, const char **end)
{
	const char *mark = strstr(p, "${");
	const char *brace;

	if (mark == NULL)
		return NULL;
	brace = strchr(mark, '}');
	*name = brace ? pnstrdup(mark + 2, brace - mark - 2) : NULL;
	*end = brace ? brace + 1 : mark + strlen(mark);
	return mark;
}

/*
 * What is wrong with a template, as a full sentence, or NULL.  needed is the
 * placeholder without which the author's text would be lost.
 */
const char *
pgm_template_problem(const char *template, const char *needed)
{
	static const PgmScriptRow nothing = {.message = "", .revision = "", .author = ""};
	const char *p = template;
	bool		found = false;
	char	   *name;

	while (next_placeholder(p, &name, &p) != NULL)
	{
		if (name == NULL)
			return "A placeholder is not closed.";
		if (placeholder_value(name, &nothing, "") == NULL)
			return psprintf("\"${%s}\" is no placeholder.", name);
		found = found || strcmp(name, needed) == 0;
	}
	if (!found)
		return psprintf("The template must contain \"${%s}\".", needed);
	return NULL;
}

/*
 * The text of one direction of a new revision.  The template has been checked
 * when it was set.
 */
const char *
pgm_template_render(const char *template, const PgmScriptRow *row, const char *text)
{
	StringInfoData buf;
	const char *p = template;
	const char *mark;
	const char *end;
	char	   *name;

	initStringInfo(&buf);
	while ((mark = next_placeholder(p, &name, &end)) != NULL)
	{
		const char *value = name ? placeholder_value(name, row, text) : NULL;

		appendBinaryStringInfo(&buf, p, mark - p);
		if (value != NULL)
			append_value(&buf, name, value);
		p = end;
	}
	appendStringInfoString(&buf, p);
	return buf.data;
}
