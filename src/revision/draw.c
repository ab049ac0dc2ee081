/*-------------------------------------------------------------------------
 *
 * draw.c
 *	  Pictures of the revision graph, as lines of text.
 *
 * Responsible for turning a graph, and what of it is applied, into text,
 * mermaid or dot.  It reads nothing from the database and does not know where
 * the lines go.
 *
 * The text is what "git log --graph --oneline" would show, newest first:
 *
 *		o   e1 (head) merge the two
 *		|\
 *		* | c1 (current) left
 *		| o d1 (right) right
 *		|/
 *		* b1 where they part
 *
 * "*" is an applied revision, "o" a pending one.  Lanes join a revision to
 * its parents only; dependencies are named in brackets.  After the id come,
 * in parentheses, "head" (or "effective head": without children, but others
 * depend on it), "current" for a row of the version table, and the branch
 * labels given to this very revision; then the first line of the message.
 * Unlike git, we leave a row without a revision between a base and the head of
 * another line that comes right below it, which would look like its parent.
 *
 * How it is drawn.  Going down the topological order, we keep a list of
 * lanes; each waits for one revision, the next in its line that is still to
 * come, and no two wait for the same.  A lane's place in the list is its
 * place on paper: lane n is drawn in column 2n, and the columns between are
 * for lines that move.  A revision ends the lane that waits for it (or opens
 * a new one at the right, when it is a head), and its lane is replaced by
 * those of its parents, where these have none farther left.  Then, before the
 * next revision, rows are drawn that bring all lines ("strands") from where
 * they are to where their lanes now are: first one row in which those of a
 * merge spread to the right, then as many as it takes for strands to move
 * left, each at its own pace and across what is in its way.  See step().
 *
 * All this costs time and paper in proportion to the number of open lanes for
 * each revision, and nothing else: a chain of any length is linear.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "common/compat.h"
#include "revision/draw.h"

/* What all formats need. */
typedef struct Picture
{
	PgmGraph   *graph;
	PgmState   *state;
	PgmLineSink sink;
	void	   *sink_arg;
	StringInfoData line;		/* the line being made */
	StringInfoData words;		/* a piece of text on its way into it */
} Picture;

/*
 * A line on its way down the paper from one revision's row to the next.
 */
typedef struct Strand
{
	int			column;			/* where it is now, or STRAND_JOINED */
	int			slot;			/* where the first row takes it: to the right
								 * of column, or the same */
	int			target;			/* column of its lane, not right of slot */
	bool		moving;			/* went left in this row */
} Strand;

#define STRAND_JOINED (-1)

/* A parent of the revision being drawn. */
typedef struct Parent
{
	PgmRevision *rev;
	int			lane;			/* that waits for it, or else the child's */
	int			seq;			/* place among the parents */
} Parent;

/* How a revision and the strands to its parents are laid out. */
typedef struct Fan
{
	PgmRevision *rev;
	int			lane;			/* of the revision */
	int			nparents;
	Parent	   *parents;		/* from left to right */
	bool		skewed;			/* does the first strand leave to the left? */
	bool		fused;			/* does the last one meet the lane at the
								 * right? */
	int			nslots;			/* strands that leave straight or to the right */
	int			shift;			/* how many lanes those at the right go on to
								 * the right */
	int			lead;			/* the columns of that which they have to go
								 * before the row of the revision */
} Fan;

/* The state of a drawing as text. */
typedef struct TextDrawing
{
	Picture		picture;
	int			nlanes;
	PgmRevision **lanes;		/* what each lane waits for */
	PgmRevision **spare;		/* where the next state of lanes is made */
	int		   *lane_of;		/* by index: the lane that waits, or -1 */
	int			nstrands;
	Strand	   *strands;		/* from left to right, as they left */
	int			width;			/* columns of row in use */
	char	   *row;			/* the row being drawn */
	bool		moved;			/* were there rows below the last revision's? */
	bool		ended;			/* is the place of the next new lane right
								 * below a base? */
} TextDrawing;

/*----------------------------------------------------------------------
 * Lines, and what is said of a revision
 *----------------------------------------------------------------------
 */

static void
picture_init(Picture *picture, PgmGraph *graph, PgmState *state,
			 PgmLineSink sink, void *arg)
{
	picture->graph = graph;
	picture->state = state;
	picture->sink = sink;
	picture->sink_arg = arg;
	initStringInfo(&picture->line);
	initStringInfo(&picture->words);
}

/*
 * Takes away the blanks at the end.
 */
static void
trim_end(StringInfo buf)
{
	while (buf->len > 0 && buf->data[buf->len - 1] == ' ')
		buf->data[--buf->len] = '\0';
}

/*
 * Hands the line over and begins a new one.
 */
static void
emit_line(Picture *picture)
{
	trim_end(&picture->line);
	picture->sink(picture->sink_arg, picture->line.data);
	resetStringInfo(&picture->line);
}

static bool
is_current(Picture *picture, PgmRevision *rev)
{
	return picture->state->row[rev->index] >= 0;
}

static bool
is_applied(Picture *picture, PgmRevision *rev)
{
	return picture->state->active[rev->index];
}

static bool
is_head(Picture *picture, PgmRevision *rev)
{
	return pgm_is_head(rev);
}

/*
 * Appends a text with its control characters made blanks, so that it can
 * neither leave the line nor command a terminal.  All server encodings keep
 * these codes out of multi-byte characters.
 */
static void
append_printable(StringInfo buf, const char *text, int len)
{
	for (int i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		appendStringInfoChar(buf, (c < ' ' || c == 0x7f) ? ' ' : text[i]);
	}
}

/*
 * Appends one more word to a list in parentheses, which is opened for the
 * first.
 */
static void
append_mark(StringInfo buf, const char *mark, int *nmarks)
{
	appendStringInfoString(buf, (*nmarks)++ == 0 ? " (" : ", ");
	append_printable(buf, mark, strlen(mark));
}

/*
 * Makes picture->words the id and the marks of a revision.
 */
static void
title_of(Picture *picture, PgmRevision *rev)
{
	StringInfo	buf = &picture->words;
	int			nmarks = 0;
	ListCell   *lc;

	resetStringInfo(buf);
	append_printable(buf, rev->id, strlen(rev->id));
	if (pgm_is_head(rev))
		append_mark(buf, pgm_is_real_head(rev) ? "head" : "effective head", &nmarks);
	if (is_current(picture, rev))
		append_mark(buf, "current", &nmarks);
	foreach(lc, rev->labels)
		append_mark(buf, lfirst(lc), &nmarks);
	if (nmarks > 0)
		appendStringInfoChar(buf, ')');
}

/*
 * Makes picture->words the first line of a revision's message that is not
 * blank, and returns its length.
 */
static int
message_of(Picture *picture, PgmRevision *rev)
{
	const char *text = rev->message + strspn(rev->message, " \t\r\n");
	StringInfo	buf = &picture->words;

	resetStringInfo(buf);
	append_printable(buf, text, strcspn(text, "\r\n"));
	trim_end(buf);
	return buf->len;
}

/*
 * Makes picture->words the title of a row of the version table that belongs
 * to no revision.
 */
static void
title_of_unknown(Picture *picture, const char *id)
{
	resetStringInfo(&picture->words);
	append_printable(&picture->words, id, strlen(id));
	appendStringInfoString(&picture->words, " (current, unknown)");
}

/*
 * Writes a line that is always the same.
 */
static void
emit_string(Picture *picture, const char *line)
{
	appendStringInfoString(&picture->line, line);
	emit_line(picture);
}

/*
 * Calls a function, which is to write a line, for each edge of the graph.
 */
static void
emit_edges(Picture *picture,
		   void (*edge) (Picture *picture, PgmRevision *from, PgmRevision *to,
						 bool is_dependency))
{
	for (int i = 0; i < picture->graph->n; i++)
	{
		PgmRevision *rev = &picture->graph->revs[i];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < rev->down.n; j++)
			edge(picture, rev->down.rev[j], rev, false);
		for (int j = 0; j < rev->deps.n; j++)
			edge(picture, rev->deps.rev[j], rev, true);
	}
}

/*----------------------------------------------------------------------
 * Text
 *----------------------------------------------------------------------
 */

/*
 * Begins a row of art.
 */
static void
row_begin(TextDrawing *d)
{
	memset(d->row, ' ', d->width);
}

/*
 * Puts the row of art into the line.
 */
static void
row_end(TextDrawing *d)
{
	appendBinaryStringInfo(&d->picture.line, d->row, d->width);
	trim_end(&d->picture.line);
}

static int
compare_parents(const void *a, const void *b)
{
	const Parent *pa = a;
	const Parent *pb = b;

	if (pa->lane != pb->lane)
		return pa->lane < pb->lane ? -1 : 1;
	return pa->seq < pb->seq ? -1 : 1;
}

/*
 * Draws a row in which all lanes go straight on, to keep a base and the head
 * of another line, which is to come right below it, apart.
 */
static void
separate(TextDrawing *d)
{
	d->width = 2 * d->nlanes;
	row_begin(d);
	for (int i = 0; i < d->nlanes; i++)
		d->row[2 * i] = '|';
	row_end(d);
	emit_line(&d->picture);
}

/*
 * Decides how a revision is laid out, and opens a lane for it when it is a
 * head.
 *
 * The strands to its parents leave from left to right in the order of the
 * lanes that wait for them already; new lanes come between, in the order in
 * which the parents were declared.  Of several strands the first leaves to
 * the left at once when it has to go there ("skewed"), and the last ends in
 * the next lane at the right when that waits for the same parent ("fused"):
 *
 *		| *			* |
 *		|/|			|\|
 */
static void
fan_plan(TextDrawing *d, PgmRevision *rev, Fan *fan)
{
	int			n = rev->down.n;

	if (d->lane_of[rev->index] < 0)
	{
		if (d->ended)
			separate(d);
		d->lane_of[rev->index] = d->nlanes;
		d->lanes[d->nlanes++] = rev;
	}
	fan->rev = rev;
	fan->lane = d->lane_of[rev->index];
	fan->nparents = n;
	fan->parents = palloc_array(Parent, n + 1);
	for (int i = 0; i < n; i++)
	{
		Parent	   *parent = &fan->parents[i];

		parent->rev = rev->down.rev[i];
		parent->lane = d->lane_of[parent->rev->index];
		if (parent->lane < 0)
			parent->lane = fan->lane;
		parent->seq = i;
	}
	if (n > 1)
		qsort(fan->parents, n, sizeof(Parent), compare_parents);

	fan->skewed = n > 1 && fan->parents[0].lane < fan->lane;
	fan->nslots = fan->skewed ? n - 1 : n;
	fan->fused = fan->nslots > 1 &&
		fan->parents[n - fan->nslots].lane == fan->lane &&
		fan->parents[n - 2].lane == fan->lane &&
		fan->parents[n - 1].lane == fan->lane + 1;
	fan->shift = Max(fan->nslots - 1, 0) - (fan->fused ? 1 : 0);
	fan->lead = Max(2 * fan->shift - (fan->fused ? 0 : 2), 0);

	/* no row can need more: all lanes, and a slot for each parent */
	d->width = 2 * (d->nlanes + n);
}

/*
 * Draws the rows above a merge of many revisions in which the lanes at its
 * right make room, a column in each row.
 */
static void
make_room(TextDrawing *d, const Fan *fan)
{
	/* strands that have just moved have to arrive first */
	for (int by = d->moved ? 0 : 1; by < fan->lead; by++)
	{
		CHECK_FOR_INTERRUPTS();
		row_begin(d);
		for (int i = 0; i < d->nlanes; i++)
		{
			if (i <= fan->lane || by == 0)
				d->row[2 * i] = '|';
			else
				d->row[2 * i + by] = '\\';
		}
		row_end(d);
		emit_line(&d->picture);
	}
}

/*
 * Draws the row of a revision, with what is said of it.
 */
static void
draw_revision_row(TextDrawing *d, const Fan *fan)
{
	Picture    *picture = &d->picture;
	PgmRevision *rev = fan->rev;
	int			text_column = 2 * (d->nlanes + fan->shift);

	row_begin(d);
	for (int i = 0; i < d->nlanes; i++)
	{
		if (i == fan->lane)
			d->row[2 * i] = is_applied(picture, rev) ? '*' : 'o';
		else if (i > fan->lane && fan->lead > 0)
			d->row[2 * i + fan->lead] = fan->fused ? '|' : '\\';
		else
			d->row[2 * i] = '|';
	}
	if (fan->nslots > 2)
	{
		int			end = 2 * (fan->lane + fan->nslots) - 4;

		memset(d->row + 2 * fan->lane + 1, '-', end - 2 * fan->lane - 1);
		d->row[end] = '.';
	}
	row_end(d);

	appendStringInfoSpaces(&picture->line, text_column - picture->line.len);
	title_of(picture, rev);
	appendBinaryStringInfo(&picture->line, picture->words.data, picture->words.len);
	for (int i = 0; i < rev->deps.n; i++)
	{
		const char *id = rev->deps.rev[i]->id;

		appendStringInfoString(&picture->line, i == 0 ? " [depends on " : ", ");
		append_printable(&picture->line, id, strlen(id));
	}
	if (rev->deps.n > 0)
		appendStringInfoChar(&picture->line, ']');
	if (message_of(picture, rev) > 0)
		appendStringInfo(&picture->line, " %s", picture->words.data);
	emit_line(picture);
}

/*
 * Adds a strand that goes from a column to a lane; the first row takes it to
 * slot.
 */
static void
add_strand(TextDrawing *d, int column, int slot, int lane)
{
	Strand	   *strand = &d->strands[d->nstrands++];

	strand->column = column;
	strand->slot = slot;
	strand->target = 2 * lane;
	strand->moving = false;
}

/*
 * The lane of rev in the list being made in d->spare, at whose end it is put
 * when it is not there yet.
 */
static int
next_lane_of(TextDrawing *d, PgmRevision *rev, int *nlanes)
{
	int			lane = d->lane_of[rev->index];

	if (lane < 0 || lane >= *nlanes || d->spare[lane] != rev)
	{
		lane = (*nlanes)++;
		d->lane_of[rev->index] = lane;
		d->spare[lane] = rev;
	}
	return lane;
}

/*
 * Makes the next list of lanes, in which a revision's lane is replaced by
 * those of its parents, and the strands that lead to it from the row of the
 * revision.
 */
static void
replace_lane(TextDrawing *d, const Fan *fan)
{
	PgmRevision **lanes = d->lanes;
	int			nlanes = fan->lane;
	int			start = 2 * fan->lane;

	memcpy(d->spare, lanes, sizeof(PgmRevision *) * nlanes);
	d->nstrands = 0;
	for (int i = 0; i < fan->lane; i++)
		add_strand(d, 2 * i, 2 * i, i);
	for (int i = 0; i < fan->nparents; i++)
	{
		int			nth = Max(i - (fan->skewed ? 1 : 0), 0);

		add_strand(d, start, start + 2 * nth,
				   next_lane_of(d, fan->parents[i].rev, &nlanes));
	}
	for (int i = fan->lane + 1; i < d->nlanes; i++)
		add_strand(d, 2 * i + fan->lead, 2 * (i + fan->shift),
				   next_lane_of(d, lanes[i], &nlanes));

	d->lanes = d->spare;
	d->spare = lanes;
	d->nlanes = nlanes;
}

/*
 * Moves a strand to the left by a column, or to the other side of a lane.
 * Returns false if it has to wait for the next row.  Strands are moved from
 * left to right, after those that rest were drawn.
 */
static bool
move_left(TextDrawing *d, Strand *strand)
{
	int			column = strand->column - 1;

	if (column == strand->target && d->row[column] == '|')
	{
		strand->column = STRAND_JOINED;
		return true;
	}
	if (d->row[column] == '|')
		column--;
	if (d->row[column] != ' ')
		return false;
	d->row[column] = column == strand->target ? '|' : '/';
	strand->column = column;
	strand->moving = column != strand->target;
	return true;
}

/*
 * Takes a strand that has far to go to the left along the bottom of the row,
 * if nothing else moves there, so that the next row can be its last.
 */
static void
slide(TextDrawing *d, Strand *strand)
{
	int			stop = strand->target + 2;

	/* the last row will take it across the lane next to its own, if any */
	if (d->row[stop] == '|')
		stop++;
	if (strand->column < stop + 2)
		return;
	for (int i = stop; i < strand->column; i++)
	{
		if (d->row[i] != ' ' && d->row[i] != '|')
			return;
	}
	for (int i = stop; i < strand->column; i++)
	{
		if (d->row[i] == ' ')
			d->row[i] = '_';
	}
	strand->column = stop;
}

/*
 * Draws one row of strands on their way, and returns whether another one is
 * needed.
 *
 * Only strands at rest are ever crossed, and a strand in motion goes on in
 * every row until it is there, so two in motion never meet, except in the
 * lane that both lead to.  Only right below a merge can two want the same
 * place, when both leave it to the left.  The second one then waits for a
 * row, and so do those at its right: if one of them came to where it stood,
 * it would seem to have crossed it.
 */
static bool
step(TextDrawing *d)
{
	bool		again = false;
	bool		wait = false;

	CHECK_FOR_INTERRUPTS();
	row_begin(d);
	for (int i = 0; i < d->nstrands; i++)
	{
		Strand	   *strand = &d->strands[i];

		strand->moving = false;
		if (strand->column < strand->slot)
			d->row[strand->slot - 1] = '\\';
		else if (strand->column == strand->target)
			d->row[strand->column] = '|';
	}
	for (int i = 0; i < d->nstrands; i++)
	{
		Strand	   *strand = &d->strands[i];

		if (strand->column < strand->slot)
			strand->column = strand->slot;
		else if (strand->column > strand->target)
		{
			if (wait || !move_left(d, strand))
			{
				Assert(strand->column % 2 == 0);
				d->row[strand->column] = '|';
				wait = true;
			}
		}
	}
	for (int i = 0; i < d->nstrands; i++)
	{
		Strand	   *strand = &d->strands[i];

		if (strand->moving)
			slide(d, strand);
		strand->slot = strand->column;	/* from now on, to the left only */
		/* one column from its lane, a strand leads into it by itself */
		if (strand->column > strand->target + (strand->moving ? 1 : 0))
			again = true;
	}
	row_end(d);
	emit_line(&d->picture);
	return again;
}

/*
 * Draws the rows that lead from a revision to the next one.
 */
static void
draw_strands(TextDrawing *d)
{
	bool		again = false;

	for (int i = 0; i < d->nstrands && !again; i++)
	{
		Strand	   *strand = &d->strands[i];

		again = strand->column != strand->slot || strand->column != strand->target;
	}
	d->moved = again;
	while (again)
		again = step(d);
}

/*
 * Draws the revision graph as text, newest first.
 */
void
pgm_draw_text(PgmGraph *graph, PgmState *state, PgmLineSink sink, void *arg)
{
	TextDrawing d;
	bool	   *all = pgm_set_new(graph);
	ListCell   *lc;

	picture_init(&d.picture, graph, state, sink, arg);
	foreach(lc, state->unknown)
	{
		title_of_unknown(&d.picture, lfirst(lc));
		appendStringInfo(&d.picture.line, "? %s no revision has this id",
						 d.picture.words.data);
		emit_line(&d.picture);
	}

	/* at most n lanes, and n strands more in the rows below a merge */
	d.nlanes = 0;
	d.moved = d.ended = false;
	d.lanes = palloc_array(PgmRevision *, graph->n + 1);
	d.spare = palloc_array(PgmRevision *, graph->n + 1);
	d.lane_of = palloc_array(int, graph->n + 1);
	d.strands = palloc_array(Strand, 2 * (Size) graph->n + 1);
	d.row = palloc(4 * (Size) graph->n + 1);
	memset(d.lane_of, -1, sizeof(int) * graph->n);
	memset(all, true, graph->n);

	foreach(lc, pgm_toposort_down(graph, all))
	{
		Fan			fan;

		CHECK_FOR_INTERRUPTS();
		fan_plan(&d, lfirst(lc), &fan);
		if (fan.lead > 0 && fan.lane < d.nlanes - 1)
			make_room(&d, &fan);
		draw_revision_row(&d, &fan);
		replace_lane(&d, &fan);
		draw_strands(&d);
		d.ended = fan.nparents == 0 && fan.lane == d.nlanes;
		pfree(fan.parents);
	}
}

/*----------------------------------------------------------------------
 * Mermaid
 *----------------------------------------------------------------------
 */

static bool
is_alphanumeric(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * Appends picture->words as a part of a quoted label.
 *
 * Labels are read as markdown and as HTML, and searched for directives, links
 * and icons.  So only letters, digits, blanks and what means nothing to any of
 * these stay as they are, some marks only between two letters or digits; all
 * else is written in mermaid's own escapes.
 */
static void
append_mermaid(Picture *picture)
{
	const char *text = picture->words.data;

	for (const char *s = text; *s != '\0'; s++)
	{
		unsigned char c = (unsigned char) *s;
		bool		plain;

		if (strchr("-_/'", c) != NULL)
			plain = s > text && is_alphanumeric(s[-1]) && is_alphanumeric(s[1]);
		else
			plain = IS_HIGHBIT_SET(c) || is_alphanumeric(c) ||
				strchr(" ,()", c) != NULL;

		if (plain)
			appendStringInfoChar(&picture->line, *s);
		else if (c == '"')
			appendStringInfoString(&picture->line, "#quot;");
		else
			appendStringInfo(&picture->line, "#%d;", c);
	}
}

/*
 * Writes the line of a node.
 */
static void
mermaid_node(Picture *picture, PgmRevision *rev)
{
	appendStringInfo(&picture->line, "    n%d[\"", rev->index);
	title_of(picture, rev);
	append_mermaid(picture);
	if (message_of(picture, rev) > 0)
	{
		appendStringInfoString(&picture->line, "<br/>");
		append_mermaid(picture);
	}
	appendStringInfoString(&picture->line, "\"]");
	emit_line(picture);
}

static void
mermaid_edge(Picture *picture, PgmRevision *from, PgmRevision *to,
			 bool is_dependency)
{
	appendStringInfo(&picture->line, "    n%d %s n%d", from->index,
					 is_dependency ? "-.->" : "-->", to->index);
	emit_line(picture);
}

/*
 * Puts the revisions for which test is true into a class.
 */
static void
mermaid_class(Picture *picture, const char *name,
			  bool (*test) (Picture *picture, PgmRevision *rev))
{
	bool		any = false;

	for (int i = 0; i < picture->graph->n; i++)
	{
		if (!test(picture, &picture->graph->revs[i]))
			continue;
		appendStringInfo(&picture->line, "%s%d", any ? ",n" : "    class n", i);
		any = true;
	}
	if (!any)
		return;
	appendStringInfo(&picture->line, " %s", name);
	emit_line(picture);
}

/*
 * Writes the rows of the version table without a revision as nodes of their
 * own.
 */
static void
mermaid_unknown(Picture *picture)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, picture->state->unknown)
	{
		title_of_unknown(picture, lfirst(lc));
		appendStringInfo(&picture->line, "    u%d[\"", n++);
		append_mermaid(picture);
		appendStringInfoString(&picture->line, "\"]:::unknown");
		emit_line(picture);
	}
}

/*
 * Writes the revision graph as a mermaid document: solid arrows from parents
 * to children, dotted ones from dependencies to who needs them.
 */
void
pgm_draw_mermaid(PgmGraph *graph, PgmState *state, PgmLineSink sink, void *arg)
{
	Picture		picture;

	picture_init(&picture, graph, state, sink, arg);
	emit_string(&picture, "graph BT");
	mermaid_unknown(&picture);
	for (int i = 0; i < graph->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		mermaid_node(&picture, &graph->revs[i]);
	}
	emit_edges(&picture, mermaid_edge);
	emit_string(&picture, "    classDef default fill:#fff,stroke:#888,color:#000");
	emit_string(&picture, "    classDef applied fill:#dfd,stroke:#282");
	emit_string(&picture, "    classDef current fill:#8d8");
	emit_string(&picture, "    classDef head stroke-width:3px");
	emit_string(&picture, "    classDef unknown fill:#fdd,stroke:#822");
	mermaid_class(&picture, "applied", is_applied);
	mermaid_class(&picture, "current", is_current);
	mermaid_class(&picture, "head", is_head);
}

/*----------------------------------------------------------------------
 * Dot
 *----------------------------------------------------------------------
 */

/*
 * Appends picture->words as a part of a quoted string.  In a label,
 * backslashes begin escapes and ampersands begin entities.  Names know
 * neither, but what they are written as does not show.
 */
static void
append_dot(Picture *picture)
{
	StringInfo	line = &picture->line;

	for (const char *s = picture->words.data; *s != '\0'; s++)
	{
		if (*s == '"' || *s == '\\')
			appendStringInfo(line, "\\%c", *s);
		else if (*s == '&')
			appendStringInfoString(line, "&amp;");
		else
			appendStringInfoChar(line, *s);
	}
}

/*
 * Appends the name of the node of a revision: its id.
 */
static void
append_dot_name(Picture *picture, const char *id)
{
	resetStringInfo(&picture->words);
	append_printable(&picture->words, id, strlen(id));
	appendStringInfoChar(&picture->line, '"');
	append_dot(picture);
	appendStringInfoChar(&picture->line, '"');
}

/*
 * Writes the line of a node.
 */
static void
dot_node(Picture *picture, PgmRevision *rev)
{
	StringInfo	line = &picture->line;

	appendStringInfoSpaces(line, 4);
	append_dot_name(picture, rev->id);
	appendStringInfoString(line, " [label=\"");
	title_of(picture, rev);
	append_dot(picture);
	if (message_of(picture, rev) > 0)
	{
		appendStringInfoString(line, "\\n");
		append_dot(picture);
	}
	appendStringInfo(line, "\", style=%s%s];",
					 is_current(picture, rev) ? "filled" :
					 is_applied(picture, rev) ? "solid" : "dotted",
					 pgm_is_head(rev) ? ", penwidth=2" : "");
	emit_line(picture);
}

static void
dot_edge(Picture *picture, PgmRevision *from, PgmRevision *to,
		 bool is_dependency)
{
	appendStringInfoSpaces(&picture->line, 4);
	append_dot_name(picture, from->id);
	appendStringInfoString(&picture->line, " -> ");
	append_dot_name(picture, to->id);
	appendStringInfoString(&picture->line, is_dependency ? " [style=dashed];" : ";");
	emit_line(picture);
}

/*
 * Writes the rows of the version table without a revision as nodes of their
 * own.
 */
static void
dot_unknown(Picture *picture)
{
	ListCell   *lc;

	foreach(lc, picture->state->unknown)
	{
		appendStringInfoSpaces(&picture->line, 4);
		append_dot_name(picture, lfirst(lc));
		appendStringInfoString(&picture->line, " [label=\"");
		title_of_unknown(picture, lfirst(lc));
		append_dot(picture);
		appendStringInfoString(&picture->line, "\", style=filled, fillcolor=pink];");
		emit_line(picture);
	}
}

/*
 * Writes the revision graph as a document for graphviz: solid arrows from
 * parents to children, dashed ones from dependencies to who needs them;
 * current revisions filled, pending ones with a dotted border, heads with a
 * thick one.
 */
void
pgm_draw_dot(PgmGraph *graph, PgmState *state, PgmLineSink sink, void *arg)
{
	Picture		picture;

	picture_init(&picture, graph, state, sink, arg);
	emit_string(&picture, "digraph revisions {");
	emit_string(&picture, "    rankdir=BT;");
	emit_string(&picture, "    node [shape=box];");
	dot_unknown(&picture);
	for (int i = 0; i < graph->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		dot_node(&picture, &graph->revs[i]);
	}
	emit_edges(&picture, dot_edge);
	emit_string(&picture, "}");
}
