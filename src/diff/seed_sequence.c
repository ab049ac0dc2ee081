/*-------------------------------------------------------------------------
 *
 * seed_sequence.c
 *	  Sequences go on after the numbers of declared rows.
 *
 * Rows that come with a number for a column which takes it from a sequence of
 * its own, else, would meet that sequence later.  What is written here moves
 * it; to take it back is not worth a statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "common/spi.h"
#include "diff/seed.h"

/* that of an identity column, or one that a serial column owns */
#define SEQUENCE_QUERY \
	"SELECT s, CASE WHEN q.seqincrement > 0 THEN q.seqmax ELSE q.seqmin END::text," \
	" (q.seqincrement > 0)::text" \
	" FROM pg_get_serial_sequence($1, $2) AS s JOIN pg_sequence q ON q.seqrelid = s::regclass"

/*
 * Returns the statement that moves the sequence of a column of a table, which
 * is named as in SQL, behind what the column has; or NULL if it has none.  The
 * caller has connected to SPI, with search_path pg_catalog.
 */
char *
pgm_seed_sequence_statement(const char *table, const char *column)
{
	Oid			argtypes[2] = {TEXTOID, TEXTOID};
	Datum		values[2];
	char	   *statement = NULL;

	values[0] = CStringGetTextDatum(table);
	values[1] = CStringGetTextDatum(column);
	if (pgm_seed_query(SEQUENCE_QUERY, 2, argtypes, values) > 0)
	{
		const char *sequence = pgm_field_text(0, 1);
		const char *bound = pgm_field_text(0, 2);
		bool		up = strcmp(pgm_field_text(0, 3), "true") == 0;
		char	   *last = psprintf("(SELECT last_value FROM %s)", sequence);
		char	   *extreme = psprintf("%s(%s)", up ? "max" : "min", quote_identifier(column));

		statement = psprintf("SELECT pg_catalog.setval(%s, %s) FROM %s HAVING %s BETWEEN %s AND %s",
							 quote_literal_cstr(sequence), extreme, table, extreme,
							 up ? last : bound, up ? bound : last);
	}
	SPI_freetuptable(SPI_tuptable);
	return statement;
}
