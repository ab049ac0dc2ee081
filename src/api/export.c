/*-------------------------------------------------------------------------
 *
 * export.c
 *	  migrate_export and migrate_export_all: revisions as files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/file.h"
#include "revision/resolve.h"
#include "run/settings.h"

PG_FUNCTION_INFO_V1(pgm_sql_export);
PG_FUNCTION_INFO_V1(pgm_sql_export_all);

/* the names that were given to files, without regard to case */
typedef struct NameEntry
{
	char		name[MAXPGPATH];
	int			used;
} NameEntry;

/*
 * migrate_export(revision text)
 */
Datum
pgm_sql_export(PG_FUNCTION_ARGS)
{
	char	   *revision = pgm_arg_text(fcinfo, 0, "revision");
	PgmScriptRow *row;
	text	   *in_spi;
	Datum		result;

	pgm_connect(fcinfo);
	row = pgm_script_fetch(revision, true);
	if (row == NULL)
	{
		PgmState   *state = pgm_state_load(pgm_graph_load(true), true);

		row = pgm_script_fetch(pgm_resolve_revision(state, revision)->id, true);
	}
	in_spi = cstring_to_text(pgm_file_text(row));
	result = SPI_datumTransfer(PointerGetDatum(in_spi), false, -1);
	pgm_finish();
	PG_RETURN_DATUM(result);
}

/*
 * A name like this one that no other file has, even where file systems do not
 * tell upper from lower case.
 */
static char *
unique_name(HTAB *names, const char *file_name)
{
	char		key[MAXPGPATH];
	NameEntry  *entry;
	bool		found;

	strlcpy(key, file_name, sizeof(key));
	for (char *p = key; *p != '\0'; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	entry = hash_search(names, key, HASH_ENTER, &found);
	entry->used = found ? entry->used + 1 : 1;
	if (entry->used == 1)
		return pstrdup(file_name);
	return unique_name(names,
					   psprintf("%.*s_%d.sql", (int) strlen(file_name) - 4, file_name,
								entry->used));
}

/*
 * migrate_export_all(range text)
 */
Datum
pgm_sql_export_all(PG_FUNCTION_ARGS)
{
	char	   *range = pgm_arg_text(fcinfo, 0, "range");
	PgmState   *state;
	List	   *revs;
	MemoryContext row_context;
	HASHCTL		ctl;
	HTAB	   *names;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	state = pgm_state_load(pgm_graph_load(true), true);
	revs = pgm_toposort_down(state->graph, pgm_resolve_history(state, range));
	row_context = AllocSetContextCreate(CurrentMemoryContext, "pgmigrate row",
										ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = MAXPGPATH;
	ctl.entrysize = sizeof(NameEntry);
	ctl.hcxt = CurrentMemoryContext;
	names = hash_create("pgmigrate file names", 256, &ctl,
						HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	for (int i = list_length(revs) - 1; i >= 0; i--)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(row_context);
		const char *id = ((PgmRevision *) list_nth(revs, i))->id;
		PgmScriptRow *row = pgm_script_fetch(id, true);
		Datum		values[3];
		bool		nulls[3];

		CHECK_FOR_INTERRUPTS();
		if (row != NULL)
		{
			char	   *name = pgm_file_name(pgm_file_template, pgm_truncate_slug_length, row);

			pgm_put_text(values, nulls, 0, unique_name(names, name));
			pgm_put_text(values, nulls, 1, id);
			pgm_put_text(values, nulls, 2, pgm_file_text(row));
			pgm_result_put(fcinfo, values, nulls);
		}
		MemoryContextSwitchTo(oldcontext);
		MemoryContextReset(row_context);
	}
	pgm_finish();
	return (Datum) 0;
}
