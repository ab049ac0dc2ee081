/*-------------------------------------------------------------------------
 *
 * graph.c
 *	  migrate_graph: the revision graph as a picture.
 *
 * The pictures themselves are made in revision/draw.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/draw.h"

PG_FUNCTION_INFO_V1(pgm_sql_graph);

typedef void (*DrawFunction) (PgmGraph *graph, PgmState *state,
							  PgmLineSink sink, void *arg);

/* a kind of picture that can be asked for */
typedef struct Format
{
	const char *name;
	DrawFunction draw;
} Format;

static const Format formats[] = {
	{"text", pgm_draw_text},
	{"mermaid", pgm_draw_mermaid},
	{"dot", pgm_draw_dot}
};

/*
 * What draws the format of that name, NULL being none.
 */
static DrawFunction
find_format(const char *name)
{
	for (Size i = 0; name != NULL && i < lengthof(formats); i++)
	{
		if (strcmp(name, formats[i].name) == 0)
			return formats[i].draw;
	}
	ereport(ERROR,
			(name == NULL ?
			 errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED) :
			 errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 name == NULL ?
			 errmsg("argument \"%s\" must not be null", "format") :
			 errmsg("unrecognized graph format: \"%s\"", name),
			 errhint("The formats are text, mermaid and dot.")));
}

/*
 * Returns a line as a row.
 */
static void
put_line(void *arg, const char *line)
{
	Datum		values[1];
	bool		nulls[1];

	pgm_put_text(values, nulls, 0, line);
	pgm_result_put((FunctionCallInfo) arg, values, nulls);
	pfree(DatumGetPointer(values[0]));
}

/*
 * migrate_graph(format text)
 */
Datum
pgm_sql_graph(PG_FUNCTION_ARGS)
{
	DrawFunction draw = find_format(pgm_arg_text_or_null(fcinfo, 0));
	PgmGraph   *graph;

	pgm_result_begin(fcinfo);
	pgm_connect(fcinfo);
	graph = pgm_graph_load(true);
	draw(graph, pgm_state_load(graph, true), put_line, fcinfo);
	pgm_finish();
	return (Datum) 0;
}
