/*-------------------------------------------------------------------------
 *
 * file.c
 *	  Revisions as files: what is in them, and what they are called.
 *
 * A file is a comment for people and one call of migrate_load(), with all that
 * is known of the revision.  Every argument is named, also those that are null:
 * so the file shows what could be said, and the server need not read the
 * defaults of the function, which takes a tenth of the time of a load.  The same row makes the same file in every session
 * and database, and a file that is loaded makes the same row; so nothing here
 * depends on settings or the locale.
 *
 * A script stands between dollar quotes, on lines of its own: the line break
 * after the first quote is not part of it.  Other texts are quoted so that they
 * read the same whatever standard_conforming_strings is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/file.h"
#include "revision/graph.h"

#define QUOTE_TAG "pgmigrate"

/*
 * Appends a text that is to be a comment: each line of it becomes one.  What
 * could end a comment, or confuse a terminal, does not get through.
 */
static void
append_comment(StringInfo buf, const char *before, const char *text)
{
	const char *p = text;

	for (;;)
	{
		const char *start = p;

		appendStringInfo(buf, "-- %s", before);
		while (*p != '\0' && *p != '\n' && *p != '\r')
		{
			appendStringInfoChar(buf, (unsigned char) *p < ' ' || *p == 0x7f ? ' ' : *p);
			p++;
		}
		while (p == start && buf->len > 0 && buf->data[buf->len - 1] == ' ')
			buf->data[--buf->len] = '\0';
		appendStringInfoChar(buf, '\n');
		if (*p == '\0')
			break;
		p += p[0] == '\r' && p[1] == '\n' ? 2 : 1;
	}
}

/*
 * A time in UTC.
 */
static char *
time_text(TimestampTz time)
{
	char		text[MAXDATELEN + 1];
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_NOT_FINITE(time))
		EncodeSpecialTimestamp(time, text);
	else if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) == 0)
	{
		tm.tm_isdst = 0;
		EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, text);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return pstrdup(text);
}

/*
 * Appends an argument of the call.
 */
static void
append_argument(StringInfo buf, const char *name, const char *value)
{
	appendStringInfo(buf, ",\n\t%s => %s", name, value);
}

static void
append_names(StringInfo buf, const char *name, List *names)
{
	const char *value = "NULL";

	if (names != NIL)
		value = quote_literal_cstr(OidOutputFunctionCall(F_ARRAY_OUT, pgm_list_to_array(names)));
	append_argument(buf, name, value);
}

/*
 * A tag for dollar quotes of which the text has not even the beginning: the
 * text may end in part of it.
 */
static char *
free_tag(const char *text)
{
	char	   *tag = pstrdup("$" QUOTE_TAG);

	for (int i = 1; strstr(text, tag) != NULL; i++)
		tag = psprintf("$" QUOTE_TAG "%d", i);
	return tag;
}

/*
 * Appends a script, or NULL, as an argument.
 */
static void
append_script(StringInfo buf, const char *name, const char *text)
{
	char	   *tag;

	if (text == NULL || text[0] == '\0')
	{
		append_argument(buf, name, text == NULL ? "NULL" : "''");
		return;
	}
	tag = free_tag(text);
	appendStringInfo(buf, ",\n\t%s => %s$\n", name, tag);
	appendStringInfoString(buf, text);
	appendStringInfo(buf, "%s$", tag);
}

/*
 * The file of a revision.  All of the row must be there but author and
 * is_head; the author is needed if there is no creator.
 */
char *
pgm_file_text(const PgmScriptRow *row)
{
	StringInfoData buf;
	const char *creator = row->creator ? row->creator : row->author;
	char	   *created_at = time_text(row->created_at);

	initStringInfo(&buf);
	append_comment(&buf, "", row->message);
	append_comment(&buf, "", "");
	append_comment(&buf, "Revision ID: ", row->revision);
	append_comment(&buf, "Revises: ", pgm_string_list_text(row->down_revision, ", "));
	append_comment(&buf, "Create Date: ", created_at);
	appendStringInfo(&buf, "\nSELECT migrate_load(\n\trevision => %s",
					 quote_literal_cstr(row->revision));
	append_argument(&buf, "message", quote_literal_cstr(row->message));
	append_names(&buf, "down_revision", row->down_revision);
	append_names(&buf, "depends_on", row->depends_on);
	append_names(&buf, "branch_labels", row->branch_labels);
	append_names(&buf, "replaces", row->replaces);
	append_argument(&buf, "creator", quote_literal_cstr(creator));
	append_argument(&buf, "created_at", quote_literal_cstr(created_at));
	append_script(&buf, "upgrade", row->upgrade);
	append_script(&buf, "downgrade", row->downgrade);
	appendStringInfoString(&buf, ");\n");
	return buf.data;
}

/*
 * Whether a character counts as part of a word.  Beyond ASCII there are only
 * the blocks of signs to leave out; the locale is not asked, so that a file has
 * the same name everywhere.
 */
static bool
is_word_character(const char *p, int length)
{
	pg_wchar	c;

	if (length == 1)
		return (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
			(*p >= 'A' && *p <= 'Z') || *p == '_';
	if (GetDatabaseEncoding() != PG_UTF8)
		return true;
	c = utf8_to_unicode((const unsigned char *) p);
	return !((c >= 0x80 && c <= 0xbf && c != 0xaa && c != 0xb5 && c != 0xba) ||
			 c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c <= 0x206f) ||
			 (c >= 0x20a0 && c <= 0x20cf) || (c >= 0x2190 && c <= 0x2bff) ||
			 (c >= 0x2e00 && c <= 0x2e7f) || (c >= 0x3000 && c <= 0x3004) ||
			 (c >= 0x3008 && c <= 0x3020) || (c >= 0xd800 && c <= 0xf8ff) ||
			 (c >= 0xfe00 && c <= 0xfe6f) || c >= 0xff00);
}

/*
 * The words of a message, for the name of a file; as Alembic makes it.
 */
static char *
slug_of(const char *message, int max_length)
{
	StringInfoData buf;
	int			last_break = -1;	/* the last "_" within the length */
	int			length = 0;
	bool		pending = false;

	initStringInfo(&buf);
	for (const char *p = message; *p != '\0';)
	{
		int			bytes = pg_mblen(p);

		if (!is_word_character(p, bytes))
			pending = buf.len > 0;
		else
		{
			if (pending || *p == '_')
				last_break = buf.len;
			if (length + (pending ? 1 : 0) >= max_length)
			{
				/* too long: cut before the word that does not fit */
				if (last_break >= 0)
					buf.len = last_break;
				buf.data[buf.len] = '\0';
				appendStringInfoChar(&buf, '_');
				break;
			}
			if (pending)
			{
				appendStringInfoChar(&buf, '_');
				length++;
			}
			pending = false;
			if (bytes == 1)
				appendStringInfoChar(&buf, pg_ascii_tolower((unsigned char) *p));
			else
				appendBinaryStringInfo(&buf, p, bytes);
			length++;
		}
		p += bytes;
	}
	return buf.data;
}

/*
 * The number that a token stands for, or false if there is no such token.
 */
static bool
token_number(const char *name, TimestampTz time, int64 *number)
{
	struct pg_tm tm = {0};
	fsec_t		fsec = 0;

	if (TIMESTAMP_NOT_FINITE(time) || timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		time = 0;
	if (strcmp(name, "epoch") == 0)
		*number = time / USECS_PER_SEC +
			(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (int64) SECS_PER_DAY;
	else if (strcmp(name, "year") == 0)
		*number = tm.tm_year;
	else if (strcmp(name, "month") == 0)
		*number = tm.tm_mon;
	else if (strcmp(name, "day") == 0)
		*number = tm.tm_mday;
	else if (strcmp(name, "hour") == 0)
		*number = tm.tm_hour;
	else if (strcmp(name, "minute") == 0)
		*number = tm.tm_min;
	else if (strcmp(name, "second") == 0)
		*number = tm.tm_sec;
	else
		return false;
	return true;
}

/*
 * Reads a token at *p, after its "%": "(name)" with a width and "s" or "d".
 * Returns its name, palloc'd, or NULL if it is none; *digits is the width.
 */
static char *
read_token(const char **p, int *digits)
{
	const char *close;
	const char *q;
	char	   *name;

	if (**p != '(' || (close = strchr(*p, ')')) == NULL)
		return NULL;
	name = pnstrdup(*p + 1, close - *p - 1);
	q = close + 1;
	*digits = 0;
	if (*q == '.' || *q == '0')
		q++;
	if (*q >= '1' && *q <= '9')
		*digits = *q++ - '0';
	if (*q != 's' && *q != 'd')
		return NULL;
	*p = q + 1;
	return name;
}

/*
 * What is wrong with a template of file names, as a full sentence, or NULL.
 */
const char *
pgm_file_template_problem(const char *file_template)
{
	bool		names_revision = false;

	for (const char *p = file_template; *p != '\0';)
	{
		char	   *name;
		int			digits;
		int64		number;

		if (*p == '/' || *p == '\\')
			return "The names are those of files in one directory.";
		if (*p++ != '%')
			continue;
		if (*p == '%')
		{
			p++;
			continue;
		}
		name = read_token(&p, &digits);
		if (name == NULL)
			return "A percent sign begins a token such as %(rev)s.";
		if (strcmp(name, "rev") == 0)
			names_revision = true;
		else if (strcmp(name, "slug") != 0 && !token_number(name, 0, &number))
			return psprintf("\"%%(%s)\" is no token.", name);
	}
	return names_revision ? NULL : "The template must contain \"%(rev)s\".";
}

/*
 * Appends a text as part of the name of a file: what a shell, a file system or
 * psql might take for something else becomes "_".
 */
static void
append_safely(StringInfo buf, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (IS_HIGHBIT_SET(c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || c == '_' ||
			(buf->len > 0 && (c == '-' || c == '.' || c == '+' || c == '@' || c == '=')))
			appendStringInfoChar(buf, c);
		else
			appendStringInfoChar(buf, '_');
	}
}

/*
 * The name of the file of a revision.  The template has been checked.
 */
char *
pgm_file_name(const char *file_template, int slug_length, const PgmScriptRow *row)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (const char *p = file_template; *p != '\0';)
	{
		char	   *name;
		char		one[2] = {*p, '\0'};
		int			digits;
		int64		number;

		if (*p++ != '%' || *p == '%')
		{
			p += one[0] == '%' ? 1 : 0;
			append_safely(&buf, one);
			continue;
		}
		name = read_token(&p, &digits);
		if (name == NULL)
			continue;
		if (strcmp(name, "rev") == 0)
			append_safely(&buf, row->revision);
		else if (strcmp(name, "slug") == 0)
			append_safely(&buf, slug_of(row->message, slug_length));
		else if (token_number(name, row->created_at, &number))
			append_safely(&buf, psprintf("%0*lld", digits, (long long) number));
	}
	appendStringInfoString(&buf, ".sql");
	return buf.data;
}
