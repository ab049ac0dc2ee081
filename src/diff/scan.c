/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  What the parser does not hand over: comments, and commands of psql.
 *
 * Both are found where the server's scanner is between two tokens, so not in
 * literals, quoted names, dollar quotes and comments.  The rules are those of
 * scan.l.  A text that is no SQL is read to its end all the same: to complain
 * is the parser's business.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "parser/scansup.h"

#include "diff/scan.h"

/*
 * The line of an offset into a text, counted from 1.
 */
int
pgm_line_of(const char *text, int offset)
{
	int			line = 1;

	for (int i = 0; i < offset && text[i]; i++)
	{
		if (text[i] == '\n')
			line++;
	}
	return line;
}

/*
 * Whether there is nothing but white space before an offset in its line.
 */
bool
pgm_starts_line(const char *text, int offset)
{
	while (offset > 0 && text[offset - 1] != '\n')
	{
		if (!scanner_isspace(text[--offset]))
			return false;
	}
	return true;
}

static bool
starts_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		IS_HIGHBIT_SET(c);
}

static bool
continues_name(char c)
{
	return starts_name(c) || (c >= '0' && c <= '9');
}

static const char *
skip_line(const char *p)
{
	return p + strcspn(p, "\r\n");
}

/*
 * Skips a comment that begins here; such comments nest.
 */
static const char *
skip_comment(const char *p)
{
	int			depth = 1;

	for (p += 2; *p && depth > 0; p++)
	{
		if (p[0] == '/' && p[1] == '*')
		{
			depth++;
			p++;
		}
		else if (p[0] == '*' && p[1] == '/')
		{
			depth--;
			p++;
		}
	}
	return p;
}

/*
 * Where a literal goes on after its end quote: white space with a line break
 * and another quote.  NULL: it does not.
 */
static const char *
find_continuation(const char *p)
{
	bool		line_break = false;

	for (;;)
	{
		if (scanner_isspace(*p))
		{
			line_break = line_break || *p == '\n' || *p == '\r';
			p++;
		}
		else if (line_break && p[0] == '-' && p[1] == '-')
			p = skip_line(p);
		else
			return line_break && *p == '\'' ? p : NULL;
	}
}

/*
 * Skips a literal or quoted name that begins here.  A doubled quote needs no
 * care: it is as good as two of them.  With backslashes, as in E'', what goes
 * on in another line still has them.
 */
static const char *
skip_quoted(const char *p, bool backslashes)
{
	const char	quote = *p;
	const char *more;

	for (;;)
	{
		p++;
		while (*p && *p != quote)
		{
			if (backslashes && *p == '\\' && p[1])
				p++;
			p++;
		}
		if (*p)
			p++;
		more = backslashes ? find_continuation(p) : NULL;
		if (more == NULL)
			return p;
		p = more;
	}
}

/*
 * Skips what begins with a dollar sign: a dollar quote, or the sign alone.
 */
static const char *
skip_dollar(const char *p)
{
	const char *tag = p + 1;
	const char *end;
	int			length;

	if (starts_name(*tag))
	{
		while (continues_name(*tag))
			tag++;
	}
	if (*tag != '$')
		return p + 1;
	length = tag + 1 - p;
	for (end = tag + 1; (end = strchr(end, '$')) != NULL; end++)
	{
		if (strncmp(end, p, length) == 0)
			return end + length;
	}
	return p + strlen(p);
}

/*
 * Skips a name or key word, and the literal after it if it is E''.
 */
static const char *
skip_name(const char *p)
{
	bool		is_e = (*p == 'e' || *p == 'E') && p[1] == '\'';

	if (is_e)
		return skip_quoted(p + 1, true);
	while (continues_name(*p) || *p == '$')
		p++;
	return p;
}

/*
 * Calls visit for what is found, in order.  visit may raise errors.
 * "conforming" is the value of standard_conforming_strings.
 */
void
pgm_scan(const char *text, bool conforming, PgmScanVisitor visit, void *arg)
{
	const char *p = text;

	while (*p)
	{
		const char *start = p;

		if (p[0] == '-' && p[1] == '-')
		{
			p = skip_line(p);
			visit(arg, PGM_LINE_COMMENT, start - text, p - text);
		}
		else if (*p == '\\')
		{
			p = skip_line(p);
			visit(arg, PGM_BACKSLASH, start - text, p - text);
		}
		else if (p[0] == '/' && p[1] == '*')
			p = skip_comment(p);
		else if (*p == '\'' || *p == '"')
			p = skip_quoted(p, *p == '\'' && !conforming);
		else if (*p == '$')
			p = skip_dollar(p);
		else if (starts_name(*p))
			p = skip_name(p);
		else
			p++;
		CHECK_FOR_INTERRUPTS();
	}
}
