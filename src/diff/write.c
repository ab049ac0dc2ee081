/*-------------------------------------------------------------------------
 *
 * write.c
 *	  Writing the statements of actions.
 *
 * What a statement says is the affair of the kinds (src/schema); here are the
 * forms that most of them share, the hazards above statements, and the script
 * as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "lib/stringinfo.h"

#include "common/compat.h"
#include "diff/array_cast.h"
#include "diff/write.h"
#include "schema/attributes.h"

struct PgmWriter
{
	List	   *statements;		/* of PgmWritten * */
	List	   *hazards;		/* for the next one */
	const PgmAction *action;	/* what is being written */
	const char *change;
	const PgmSnapshot *base;	/* where the statements start; or NULL */
};

static const char *const hazard_names[] = {
	[PGM_LOSES_DATA] = "deletes data",
	[PGM_MAY_FAIL] = "can fail on data",
	[PGM_REWRITES] = "rewrites the table",
	[PGM_LOCKS] = "blocks writers",
	[PGM_DECIDE] = "needs a decision",
};

static char *format_text(const char *fmt, va_list args) pg_attribute_printf(1, 0);

static char *
format_text(const char *fmt, va_list args)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (;;)
	{
		va_list		copy;
		int			needed;

		va_copy(copy, args);
		needed = appendStringInfoVA(&buf, fmt, copy);
		va_end(copy);
		if (needed == 0)
			return buf.data;
		enlargeStringInfo(&buf, needed);
	}
}

/*
 * Returns a statement that is not the work of a kind.
 */
PgmWritten *
pgm_written(const char *text, const char *kind, const char *identity, const char *change)
{
	PgmWritten *written = palloc0_object(PgmWritten);

	written->text = pstrdup(text);
	written->kind = kind;
	written->identity = identity;
	written->change = change;
	return written;
}

/*
 * Adds a statement.
 */
void
pgm_write(PgmWriter *w, const char *fmt,...)
{
	const PgmObject *object = w->action->to != NULL ? w->action->to : w->action->from;
	PgmWritten *written;
	va_list		args;
	char	   *text;

	va_start(args, fmt);
	text = format_text(fmt, args);
	va_end(args);
	written = pgm_written(text, object->kind->name, object->identity, w->change);
	written->action = w->action;
	written->hazards = w->hazards;
	w->hazards = NIL;
	w->statements = lappend(w->statements, written);
}

/*
 * Adds a text to a list unless it is there.
 */
static List *
add_text(List *texts, char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
		if (strcmp(lfirst(lc), text) == 0)
			return texts;
	return lappend(texts, text);
}

/*
 * Adds to the last statement.
 */
void
pgm_write_more(PgmWriter *w, const char *fmt,...)
{
	PgmWritten *written = llast(w->statements);
	va_list		args;
	char	   *text;

	va_start(args, fmt);
	text = format_text(fmt, args);
	va_end(args);
	written->text = psprintf("%s%s", written->text, text);
	pfree(text);
}

/*
 * Adds a clause to the last statement, with a comma, if that was begun by this
 * with the same text; else begins a statement.  Says each hazard once.
 */
void
pgm_write_joined(PgmWriter *w, const char *begin)
{
	PgmWritten *written = w->statements == NIL ? NULL : llast(w->statements);
	ListCell   *lc;

	if (written == NULL || !pgm_same_text(written->joined, begin))
	{
		pgm_write(w, "%s", begin);
		written = llast(w->statements);
		written->joined = begin;
		return;
	}
	pgm_write_more(w, ",\n   ");
	written->identity = psprintf("%s, %s", written->identity,
								 w->action->to->identity);
	foreach(lc, w->hazards)
		written->hazards = add_text(written->hazards, lfirst(lc));
	w->hazards = NIL;
}

/*
 * Says what is dangerous about the next statement.  The words of fmt, which
 * may be empty, follow the name of the hazard.
 */
void
pgm_write_hazard(PgmWriter *w, PgmHazard hazard, const char *fmt,...)
{
	va_list		args;
	char	   *text;

	va_start(args, fmt);
	text = format_text(fmt, args);
	va_end(args);
	w->hazards = lappend(w->hazards,
						 text[0] == '\0' ? pstrdup(hazard_names[hazard]) :
						 psprintf("%s: %s", hazard_names[hazard], text));
}

/*
 * Appends a text of a part, with its placeholders replaced; see PgmPart.
 */
static void
append_part(StringInfo buf, const char *text, const PgmObject *obj,
			const char *value, const char *old_value)
{
	for (const char *p = text; *p != '\0'; p++)
	{
		const char *insert;

		if (*p != '%')
		{
			appendStringInfoChar(buf, *p);
			continue;
		}
		switch (*++p)
		{
			case 'i':
				insert = obj->identity;
				break;
			case 'o':
				insert = obj->target;
				break;
			case 'n':
				insert = obj->name;
				break;
			case 'p':
				insert = obj->parent != NULL ? obj->parent->identity : "";
				break;
			case 'v':
				insert = value;
				break;
			case 'w':
				insert = old_value;
				break;
			case '%':
				insert = "%";
				break;
			default:
				elog(ERROR, "unknown placeholder in text \"%s\"", text);
		}
		appendStringInfoString(buf, insert != NULL ? insert : "");
	}
}

/*
 * Adds the statement that a text of a part stands for.
 */
void
pgm_write_part(PgmWriter *w, const char *text, const PgmObject *obj,
			   const char *value, const char *old_value)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_part(&buf, text, obj, value, old_value);
	pgm_write(w, "%s", buf.data);
	pfree(buf.data);
}

/*
 * Makes an object: its definition, the clauses of its parts, and statements
 * for parts that have no clause.
 */
void
pgm_write_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, obj->definition);
	for (int i = 0; i < obj->kind->nparts; i++)
		if (obj->parts[i] != NULL && obj->kind->parts[i].clause != NULL)
			append_part(&buf, obj->kind->parts[i].clause, obj, obj->parts[i], NULL);
	pgm_write(w, "%s", buf.data);
	pfree(buf.data);
	for (int i = 0; i < obj->kind->nparts; i++)
		if (obj->parts[i] != NULL && obj->kind->parts[i].clause == NULL &&
			obj->kind->parts[i].set != NULL)
			pgm_write_part(w, obj->kind->parts[i].set, obj, obj->parts[i], NULL);
}

void
pgm_write_drop(PgmWriter *w, const PgmObject *obj)
{
	if (obj->kind->flags & PGM_HOLDS_DATA)
		pgm_write_hazard(w, PGM_LOSES_DATA, "%s", "");
	pgm_write(w, "DROP %s", obj->target);
}

/*
 * Sets and unsets the parts that differ.
 */
void
pgm_write_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	for (int i = 0; i < to->kind->nparts; i++)
	{
		const PgmPart *part = &to->kind->parts[i];

		if (pgm_same_text(from->parts[i], to->parts[i]))
			continue;
		pgm_write_part(w, to->parts[i] != NULL ? part->set : part->unset,
					   to, to->parts[i], from->parts[i]);
	}
}

/*
 * Returns how the object that is being written gets to what is wanted.
 */
PgmWay
pgm_way_written(const PgmWriter *w)
{
	return w->action->way;
}

/*
 * Returns the snapshot that the statements begin with, or NULL for the
 * catalogs as they are now.
 */
const PgmSnapshot *
pgm_base_written(const PgmWriter *w)
{
	return w->base;
}

static void
write_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	if (obj->kind->create != NULL)
		obj->kind->create(w, obj, inside);
	else
		pgm_write_create(w, obj, inside);
}

static void
write_change(PgmWriter *w, const PgmAction *action, bool all)
{
	const PgmObject *from = action->from;
	const PgmObject *to = action->to;
	const char *parts;

	parts = pgm_changed_parts(from, to, all);
	w->change = parts[0] == '\0' ? "change" : psprintf("change %s", parts);
	if (action->way != PGM_SAME)
	{
		if (to->kind->alter != NULL)
			to->kind->alter(w, from, to);
		else if (to->kind->flags & PGM_OR_REPLACE)
			write_create(w, to, NIL);
		else
			pgm_write_alter(w, from, to);
	}
	pgm_write_attributes(w, from, to, all);
}

static void
write_made(PgmWriter *w, const PgmAction *action, bool all)
{
	ListCell   *lc;

	w->change = action->from == NULL ? "add" : "replace";
	write_create(w, action->to, action->inside);
	pgm_write_attributes_again(w, action->from, action->to, all);
	foreach(lc, action->inside)
	{
		const PgmObject *piece = lfirst(lc);

		pgm_write_attributes_again(w, action->from == NULL ? NULL : piece->other, piece, all);
	}
}

static void
write_action(PgmWriter *w, const PgmAction *action, bool all)
{
	const PgmObject *object = action->to != NULL ? action->to : action->from;

	w->action = action;
	w->change = action->to == NULL ? "drop" : "replace";
	switch (action->type)
	{
		case PGM_ACT_DROP:
			if (action->from->kind->drop != NULL)
				action->from->kind->drop(w, action->from);
			else
				pgm_write_drop(w, action->from);
			break;
		case PGM_ACT_ASIDE:
			action->from->kind->aside(w, action->from);
			break;
		case PGM_ACT_SHELL:
			w->change = action->from == NULL ? "add" : "replace";
			object->kind->shell(w, object);
			break;
		case PGM_ACT_CREATE:
			write_made(w, action, all);
			break;
		case PGM_ACT_CHANGE:
			write_change(w, action, all);
			break;
		case PGM_ACT_LEAVE:
			action->to->kind->leave(w, action->from, action->to);
			break;
	}
	w->hazards = NIL;
}

/*
 * Returns the statements of the actions, as a list of PgmWritten *.  They are
 * for a database that is as in "base"; NULL: as it is now.
 */
List *
pgm_write_actions(List *actions, const PgmSnapshot *base, bool all)
{
	PgmWriter	writer = {0};
	ListCell   *lc;

	writer.base = base;
	foreach(lc, actions)
		write_action(&writer, lfirst(lc), all);
	foreach(lc, writer.statements)
	{
		PgmWritten *written = lfirst(lc);

		written->text = pgm_keep_array_casts(written->text);
	}
	return writer.statements;
}

/*
 * Does a statement make a routine, whose body may name what comes later?
 */
static bool
makes_routine(const PgmWritten *written)
{
	return written->action != NULL && written->action->to != NULL &&
		written->action->to->kind->classid == ProcedureRelationId;
}

/*
 * Returns the text of a script.
 */
char *
pgm_write_script(List *statements)
{
	StringInfoData buf;
	ListCell   *lc;
	ListCell   *lc2;

	initStringInfo(&buf);
	foreach(lc, statements)
		if (makes_routine(lfirst(lc)))
		{
			appendStringInfoString(&buf, "SET check_function_bodies = off;\n\n");
			break;
		}
	foreach(lc, statements)
	{
		const PgmWritten *written = lfirst(lc);

		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(&buf, '\n');
		foreach(lc2, written->hazards)
			appendStringInfo(&buf, "-- HAZARD: %s\n", (char *) lfirst(lc2));
		appendStringInfo(&buf, "%s;\n", written->text);
	}
	return buf.data;
}
