/*-------------------------------------------------------------------------
 *
 * array_cast.c
 *	  Statements whose expressions are read as they were printed.
 *
 * The server prints an array that is cast as a whole as (ARRAY[a, b])::text[],
 * which it would read as ARRAY[a::text, b::text]: a cast of ARRAY[] is one of
 * its elements.  Every "column IN ('x', 'y')" with a varchar column is such an
 * expression.  What is read as it was meant, and is printed as before, has a
 * cast in between that changes nothing:
 * ((ARRAY[a, b])::character varying[])::text[].
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "diff/array_cast.h"

#define ARRAY_BEGIN "(ARRAY["

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || IS_HIGHBIT_SET(c);
}

/*
 * Returns the end of the string in dollar quotes that begins at "p", or "p"
 * when none does.
 */
static const char *
skip_dollar_quoted(const char *p)
{
	const char *tag_end = p + 1;
	char	   *tag;
	const char *end;

	while (is_name_char(*tag_end))
		tag_end++;
	if (*tag_end != '$')
		return p;
	tag = pnstrdup(p, tag_end + 1 - p);
	end = strstr(tag_end + 1, tag);
	end = end != NULL ? end + strlen(tag) : p + strlen(p);
	pfree(tag);
	return end;
}

/*
 * Returns the end of what is quoted at "p", of any sort, or "p" when nothing
 * is.  "start" is where the text begins.
 */
static const char *
skip_quoted(const char *start, const char *p)
{
	bool		escapes;

	if (*p == '$' && (p == start || !is_name_char(p[-1])))
		return skip_dollar_quoted(p);
	if (*p != '\'' && *p != '"')
		return p;
	escapes = *p == '\'' && p > start && p[-1] == 'E';
	for (const char *q = p + 1; *q != '\0'; q++)
	{
		if (*q == '\\' && escapes && q[1] != '\0')
			q++;
		else if (*q == *p)
		{
			if (q[1] != *p)
				return q + 1;
			q++;
		}
	}
	return p + strlen(p);
}

/*
 * Returns the type that an expression is cast to, without a length, or NULL
 * when it does not end with a cast.  A bare constant has the type that its
 * form gives it.
 */
static char *
type_of_element(const char *text, const char *end)
{
	const char *cast = NULL;
	int			depth = 0;
	StringInfoData type;

	for (const char *p = text; p < end;)
	{
		const char *next = skip_quoted(text, p);

		if (next > p)
		{
			p = next;
			continue;
		}
		depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
		if (depth == 0 && p[0] == ':' && p[1] == ':')
			cast = ++p + 1;
		p++;
	}
	initStringInfo(&type);
	if (cast == NULL)
	{
		size_t		len = end - text;

		if (strspn(text, "0123456789") == len)
			return pstrdup("integer");
		if (strspn(text, "0123456789.") == len)
			return pstrdup("numeric");
		if ((len == 4 && strncmp(text, "true", 4) == 0) ||
			(len == 5 && strncmp(text, "false", 5) == 0))
			return pstrdup("boolean");
		return NULL;
	}
	for (const char *p = cast; p < end; p++)
	{
		/* the length or precision of the type */
		if (*p == '(' && p[1] >= '0' && p[1] <= '9')
			while (p < end && *p != ')')
				p++;
		else
			appendStringInfoChar(&type, *p);
	}
	return type.data;
}

/*
 * "p" is behind ARRAY[.  Returns its closing bracket, or NULL; *type becomes
 * the type of the elements, or NULL when it cannot be told.
 */
static const char *
find_end_of_array(const char *p, char **type)
{
	const char *start = p;
	const char *element = p;
	int			depth = 0;

	*type = NULL;
	while (*p != '\0')
	{
		const char *next = skip_quoted(start, p);

		if (next > p)
		{
			p = next;
			continue;
		}
		if (depth == 0 && (*p == ',' || *p == ']'))
		{
			if (*type == NULL)
				*type = type_of_element(element, p);
			if (*p == ']')
				return p;
			element = p + 2;
		}
		depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
		p++;
	}
	return NULL;
}

/*
 * Returns the statement with such casts in it, or itself when it needs none.
 */
char *
pgm_keep_array_casts(char *sql)
{
	StringInfoData buf;
	const char *done = sql;
	const char *p = sql;

	if (strstr(sql, ARRAY_BEGIN) == NULL)
		return sql;
	initStringInfo(&buf);
	while (*p != '\0')
	{
		const char *next = skip_quoted(sql, p);
		const char *end;
		char	   *type;

		if (next > p)
			p = next;
		else if (strncmp(p, ARRAY_BEGIN, strlen(ARRAY_BEGIN)) != 0)
			p++;
		else
		{
			const char *array = p + 1;

			p += strlen(ARRAY_BEGIN);
			end = find_end_of_array(p, &type);
			if (end == NULL || type == NULL || strncmp(end, "])::", 4) != 0)
				continue;
			appendBinaryStringInfo(&buf, done, array - done);
			appendStringInfo(&buf, "(%s)::%s[]",
							 pgm_keep_array_casts(pnstrdup(array, end + 1 - array)), type);
			p = done = end + 1;
		}
	}
	appendStringInfoString(&buf, done);
	return buf.data;
}
