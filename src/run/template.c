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
 * The latter are meant for comments, so line breaks in them become blanks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

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
 * Appends a value; unless it is the script itself, on one line.
 */
static void
append_value(StringInfo buf, const char *value, bool verbatim)
{
	for (const char *p = value; *p; p++)
		appendStringInfoChar(buf, !verbatim && (*p == '\n' || *p == '\r') ? ' ' : *p);
}

/*
 * The text of one direction of a new revision.
 */
const char *
pgm_template_render(const char *template, const PgmScriptRow *row, const char *text)
{
	StringInfoData buf;
	const char *p = template;
	const char *mark;

	initStringInfo(&buf);
	while ((mark = strstr(p, "${")) != NULL)
	{
		const char *end = strchr(mark, '}');
		char	   *name;
		const char *value;

		if (end == NULL)
			break;
		appendBinaryStringInfo(&buf, p, mark - p);
		name = pnstrdup(mark + 2, end - mark - 2);
		value = placeholder_value(name, row, text);
		if (value == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized placeholder \"${%s}\" in the template of revisions",
							name),
					 errhint("See the settings pgmigrate.upgrade_template and pgmigrate.downgrade_template.")));
		append_value(&buf, value, value == text);
		p = end + 1;
	}
	appendStringInfoString(&buf, p);
	return buf.data;
}
