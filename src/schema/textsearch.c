/*-------------------------------------------------------------------------
 *
 * textsearch.c
 *	  Text search parsers, templates, dictionaries and configurations.
 *
 * The options of a dictionary, in their order, and the mappings of a
 * configuration change in place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"

#include "schema/kinds.h"

enum
{
	DICTIONARY_OPTIONS,			/* name = value, name = value */
	DICTIONARY_NPARTS
};

static const PgmPart dictionary_parts[DICTIONARY_NPARTS] = {
	[DICTIONARY_OPTIONS] = {"options"},
};

enum
{
	CONFIGURATION_MAPPINGS,		/* all of them; "extra" has type of token and
								 * its dictionaries in turn */
	CONFIGURATION_NPARTS
};

static const PgmPart configuration_parts[CONFIGURATION_NPARTS] = {
	[CONFIGURATION_MAPPINGS] = {"mappings"},
};

/*
 * Returns the options of a dictionary as a list of char *, each "name =
 * value" as it is written in SQL.  Within quotes a quote is doubled.
 */
static List *
split_options(const char *text)
{
	List	   *options = NIL;
	const char *start = text;
	char		quote = '\0';

	if (text == NULL)
		return NIL;
	for (const char *p = text;; p++)
	{
		if (*p == '\0' || (quote == '\0' && *p == ','))
		{
			options = lappend(options, pnstrdup(start, p - start));
			if (*p == '\0')
				return options;
			start = p + 1 + strspn(p + 1, " ");
		}
		else if (quote != '\0')
			quote = *p == quote ? '\0' : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
	}
}

/*
 * Returns the name of such an option.
 */
static char *
option_name(const char *option)
{
	const char *p = option;

	if (*p == '"')
	{
		for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++)
			if (*p == '"')
				p++;
		if (*p == '"')
			p++;
	}
	else
		p += strcspn(p, " =");
	return pnstrdup(option, p - option);
}

static bool
sets_option(List *options, int first, const char *name)
{
	ListCell   *lc;

	for_each_from(lc, options, first)
	{
		if (strcmp(option_name(lfirst(lc)), name) == 0)
			return true;
	}
	return false;
}

/*
 * PgmKind.alter for a dictionary.  An option that is set moves to the end, and
 * one without a value is taken away.  So the options that come first in both
 * stay, and what follows is set in the order wanted.
 */
static void
dictionary_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	List	   *has = split_options(from->parts[DICTIONARY_OPTIONS]);
	List	   *wanted = split_options(to->parts[DICTIONARY_OPTIONS]);
	List	   *changes = NIL;
	int			kept = 0;
	ListCell   *lc;

	foreach(lc, has)
	{
		if (kept < list_length(wanted) &&
			strcmp(lfirst(lc), list_nth(wanted, kept)) == 0)
			kept++;
		else if (!sets_option(wanted, kept, option_name(lfirst(lc))))
			changes = lappend(changes, option_name(lfirst(lc)));
	}
	for_each_from(lc, wanted, kept)
		changes = lappend(changes, lfirst(lc));

	foreach(lc, changes)
	{
		if (foreach_current_index(lc) == 0)
			pgm_write(w, "ALTER %s (", to->target);
		else
			pgm_write_more(w, ", ");
		pgm_write_more(w, "%s", (char *) lfirst(lc));
	}
	if (changes != NIL)
		pgm_write_more(w, ")");
}

/*
 * Returns the dictionaries for a type of token, or NULL.
 */
static const char *
mapped_to(const PgmObject *obj, const char *token)
{
	for (int i = 0; i + 1 < obj->nextra; i += 2)
		if (strcmp(obj->extra[i], token) == 0)
			return obj->extra[i + 1];
	return NULL;
}

/* would the mapping be written as that statement? */
static bool
is_change(const PgmObject *from, const PgmObject *to, int i, bool exists)
{
	const char *old = from != NULL ? mapped_to(from, to->extra[i]) : NULL;

	return (old != NULL) == exists && !pgm_same_text(old, to->extra[i + 1]);
}

/*
 * Writes ADD MAPPING ("exists": ALTER MAPPING) for the types of token in "to"
 * that have none in "from", which may be NULL (that have another).  Types
 * with the same dictionaries go into one statement.
 */
static void
write_mappings(PgmWriter *w, const PgmObject *from, const PgmObject *to, bool exists)
{
	for (int i = 0; i + 1 < to->nextra; i += 2)
	{
		bool		written = false;

		if (!is_change(from, to, i, exists))
			continue;
		for (int j = 0; j < i && !written; j += 2)
			written = is_change(from, to, j, exists) &&
				strcmp(to->extra[j + 1], to->extra[i + 1]) == 0;
		if (written)
			continue;
		pgm_write(w, "ALTER %s\n    %s MAPPING FOR %s", to->target,
				  exists ? "ALTER" : "ADD", to->extra[i]);
		for (int j = i + 2; j + 1 < to->nextra; j += 2)
			if (is_change(from, to, j, exists) &&
				strcmp(to->extra[j + 1], to->extra[i + 1]) == 0)
				pgm_write_more(w, ", %s", to->extra[j]);
		pgm_write_more(w, " WITH %s", to->extra[i + 1]);
	}
}

/*
 * PgmKind.create for a configuration
 */
static void
configuration_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "%s", obj->definition);
	write_mappings(w, NULL, obj, false);
}

/*
 * PgmKind.alter for a configuration
 */
static void
configuration_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	bool		begun = false;

	for (int i = 0; i + 1 < from->nextra; i += 2)
	{
		if (mapped_to(to, from->extra[i]) != NULL)
			continue;
		if (begun)
			pgm_write_more(w, ", %s", from->extra[i]);
		else
			pgm_write(w, "ALTER %s\n    DROP MAPPING FOR %s", to->target, from->extra[i]);
		begun = true;
	}
	write_mappings(w, from, to, true);
	write_mappings(w, from, to, false);
}

/*
 * What is in place when the definitions agree.  PgmKind.way.
 */
static PgmWay
alter_parts(const PgmObject *from, const PgmObject *to)
{
	return strcmp(from->definition, to->definition) == 0 ? PGM_ALTER : PGM_REPLACE;
}

static void
dictionary_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *options = obj->parts[DICTIONARY_OPTIONS];

	pgm_write(w, "CREATE %s (\n    %s%s%s\n)", obj->target, obj->definition,
			  options != NULL ? ",\n    " : "", options != NULL ? options : "");
}

const PgmKind pgm_kind_text_search_parser = {
	.name = "text search parser",
	.word = "TEXT SEARCH PARSER",
	.classid = TSParserRelationId,
	.rank = 160,
	.present = {PGM_SOME(TSParserRelationId, Anum_pg_ts_parser_prsnamespace)},
	.query =
	"SELECT p.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(p.prsname),"
	" format('%I.%I', n.nspname, p.prsname), NULL::text,"
	" format(E'CREATE TEXT SEARCH PARSER %I.%I (\\n    %s\\n)', n.nspname, p.prsname,"
	"  concat_ws(E',\\n    ', 'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken,"
	"   'END = ' || p.prsend,"
	"   CASE WHEN p.prsheadline <> 0 THEN 'HEADLINE = ' || p.prsheadline END,"
	"   'LEXTYPES = ' || p.prslextype)),"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_ts_parser p"
	" JOIN pg_namespace n ON n.oid = p.prsnamespace"
	" WHERE p.prsnamespace = ANY ($1)",
};

const PgmKind pgm_kind_text_search_template = {
	.name = "text search template",
	.word = "TEXT SEARCH TEMPLATE",
	.classid = TSTemplateRelationId,
	.rank = 161,
	.present = {PGM_SOME(TSTemplateRelationId, Anum_pg_ts_template_tmplnamespace)},
	.query =
	"SELECT t.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(t.tmplname),"
	" format('%I.%I', n.nspname, t.tmplname), NULL::text,"
	" format(E'CREATE TEXT SEARCH TEMPLATE %I.%I (\\n    %s\\n)', n.nspname, t.tmplname,"
	"  concat_ws(E',\\n    ', CASE WHEN t.tmplinit <> 0 THEN 'INIT = ' || t.tmplinit END,"
	"   'LEXIZE = ' || t.tmpllexize)),"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_ts_template t"
	" JOIN pg_namespace n ON n.oid = t.tmplnamespace"
	" WHERE t.tmplnamespace = ANY ($1)",
};

const PgmKind pgm_kind_text_search_dictionary = {
	.name = "text search dictionary",
	.word = "TEXT SEARCH DICTIONARY",
	.classid = TSDictionaryRelationId,
	.rank = 162,
	.present = {PGM_SOME(TSDictionaryRelationId, Anum_pg_ts_dict_dictnamespace)},
	.query =
	"SELECT d.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(d.dictname),"
	" format('%I.%I', n.nspname, d.dictname), NULL::text,"
	" format('TEMPLATE = %I.%I', tn.nspname, t.tmplname),"
	" d.dictowner, NULL::aclitem[], ARRAY[nullif(d.dictinitoption, '')],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_ts_dict d"
	" JOIN pg_namespace n ON n.oid = d.dictnamespace"
	" JOIN pg_ts_template t ON t.oid = d.dicttemplate"
	" JOIN pg_namespace tn ON tn.oid = t.tmplnamespace"
	" WHERE d.dictnamespace = ANY ($1)",
	.parts = dictionary_parts,
	.nparts = DICTIONARY_NPARTS,
	.create = dictionary_create,
	.way = alter_parts,
	.alter = dictionary_alter,
};

const PgmKind pgm_kind_text_search_configuration = {
	.name = "text search configuration",
	.word = "TEXT SEARCH CONFIGURATION",
	.classid = TSConfigRelationId,
	.rank = 163,
	.present = {PGM_SOME(TSConfigRelationId, Anum_pg_ts_config_cfgnamespace)},
	.query =
	"SELECT c.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(c.cfgname),"
	" format('%I.%I', n.nspname, c.cfgname), NULL::text,"
	" format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)',"
	"  n.nspname, c.cfgname, pn.nspname, p.prsname),"
	" c.cfgowner, NULL::aclitem[], ARRAY[m.mappings], NULL::oid[], NULL::text, m.each"
	" FROM pg_ts_config c"
	" JOIN pg_namespace n ON n.oid = c.cfgnamespace"
	" JOIN pg_ts_parser p ON p.oid = c.cfgparser"
	" JOIN pg_namespace pn ON pn.oid = p.prsnamespace"
	" CROSS JOIN LATERAL ("
	"  SELECT string_agg(format('FOR %s WITH %s', token, dictionaries), E'\\n' ORDER BY token COLLATE \"C\"),"
	"   array_agg(ARRAY[token, dictionaries] ORDER BY token COLLATE \"C\")"
	"  FROM (SELECT quote_ident(t.alias),"
	"    string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)"
	"   FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype"
	"   WHERE m.mapcfg = c.oid"
	"   GROUP BY t.alias) m(token, dictionaries)"
	" ) m(mappings, each)"
	" WHERE c.cfgnamespace = ANY ($1)",
	.parts = configuration_parts,
	.nparts = CONFIGURATION_NPARTS,
	.create = configuration_create,
	.way = alter_parts,
	.alter = configuration_alter,
};
