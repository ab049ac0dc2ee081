/*-------------------------------------------------------------------------
 *
 * repeatable.c
 *	  Repeatables: texts that run again when they have changed.
 *
 * Views, functions, grants and reference data are often kept as one current
 * text instead of a chain of changes.  Such a text has a row in
 * migrate_repeatable, and an upgrade that ends at a head runs it after the
 * revisions when it is pending: new, or changed since it ran in this database,
 * or something that it depends on has run.  A downgrade makes all of them
 * pending, as it may have dropped what they made.
 *
 * The flag is kept by those who change something, and indexed, so that finding
 * out that there is nothing to do costs nothing (see store.c).  All changes are
 * made under the runner lock.
 *
 * Running a text is step.c's and online.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/lock.h"
#include "run/repeatable.h"
#include "run/settings.h"
#include "run/trust.h"

#define KIND "repeatable"

static PgmStatement load_statement = {
	.sql = "SELECT name, script, depends_on, author, pending FROM %s.migrate_repeatable"
	" ORDER BY name"
};

static PgmStatement applied_text_statement = {
	.sql = "SELECT pending, applied_sha256,"
	" script OPERATOR(pg_catalog.=) $2 FROM %s.migrate_repeatable"
	" WHERE name OPERATOR(pg_catalog.=) $1",
	.nargs = 2,
	.argtypes = {TEXTOID, TEXTOID}
};

static PgmStatement set_statement = {
	.sql = "INSERT INTO %s.migrate_repeatable (name, script, depends_on, author, set_at, pending)"
	" VALUES ($1, $2, $3, $4, pg_catalog.clock_timestamp(), $5)"
	" ON CONFLICT (name) DO UPDATE SET script = excluded.script,"
	" depends_on = excluded.depends_on, author = excluded.author,"
	" set_at = excluded.set_at, pending = excluded.pending",
	.nargs = 5,
	.argtypes = {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, BOOLOID}
};

static PgmStatement remove_statement = {
	.sql = "DELETE FROM %s.migrate_repeatable WHERE name OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement pending_statement = {
	.sql = "SELECT name FROM %s.migrate_repeatable WHERE pending ORDER BY name"
};

static PgmStatement applied_statement = {
	.sql = "UPDATE %s.migrate_repeatable SET pending = false, applied_sha256 = $2,"
	" applied_at = pg_catalog.clock_timestamp(), applied_by = $3"
	" WHERE name OPERATOR(pg_catalog.=) $1",
	.nargs = 3,
	.argtypes = {TEXTOID, BYTEAOID, TEXTOID}
};

/* what depends on one that has run */
static PgmStatement dependents_statement = {
	.sql = "UPDATE %s.migrate_repeatable SET pending = true"
	" WHERE $1 OPERATOR(pg_catalog.=) ANY (depends_on) AND NOT pending",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement again_statement = {
	.sql = "UPDATE %s.migrate_repeatable SET pending = true WHERE NOT pending"
};

/*
 * All of them, in the order of their names, as a List of PgmRepeatable * in the
 * current context.
 */
static List *
load(bool read_only)
{
	List	   *all = NIL;
	uint64		n = pgm_execute(&load_statement, NULL, NULL, read_only);

	for (uint64 i = 0; i < n; i++)
	{
		PgmRepeatable *repeatable = palloc0_object(PgmRepeatable);
		bool		isnull;

		repeatable->name = pgm_field_text(i, 1);
		repeatable->script = pgm_field_text(i, 2);
		repeatable->depends_on = pgm_field_text_list(i, 3);
		repeatable->author = pgm_field_text(i, 4);
		repeatable->pending = DatumGetBool(pgm_field(i, 5, &isnull));
		all = lappend(all, repeatable);
	}
	SPI_freetuptable(SPI_tuptable);
	return all;
}

static PgmRepeatable *
find(List *all, const char *name)
{
	ListCell   *lc;

	foreach(lc, all)
	{
		if (strcmp(((PgmRepeatable *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

static PgmRepeatable *
find_or_fail(List *all, const char *name)
{
	PgmRepeatable *repeatable = find(all, name);

	if (repeatable == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("repeatable \"%s\" does not exist", name)));
	return repeatable;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * Appends one to the order, after all that it depends on.  Raises an error for
 * a circle.  With missing_ok what does not exist is passed over.
 */
static List *
visit(List *order, List *all, PgmRepeatable *repeatable, bool missing_ok)
{
	List	   *names;
	ListCell   *lc;

	if (repeatable->visited == 2)
		return order;
	if (repeatable->visited == 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("repeatable \"%s\" depends on itself", repeatable->name),
				 errdetail("It is part of a circle of dependencies.")));
	check_stack_depth();
	repeatable->visited = 1;
	repeatable->due = repeatable->pending;
	names = list_copy(repeatable->depends_on);
	list_sort(names, compare_names);
	foreach(lc, names)
	{
		PgmRepeatable *other = find(all, lfirst(lc));

		if (other == NULL && missing_ok)
			continue;
		if (other == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("repeatable \"%s\" depends on \"%s\", which does not exist",
							repeatable->name, (char *) lfirst(lc)),
					 errhint("Set it with migrate_set_repeatable(%s, '...'), or set the other one without it.",
							 quote_literal_cstr(lfirst(lc)))));
		order = visit(order, all, other, missing_ok);
		repeatable->due = repeatable->due || other->due;
	}
	repeatable->visited = 2;
	return lappend(order, repeatable);
}

/*
 * All of them in the order in which they run, and due is set.
 */
static List *
put_in_order(List *all, bool missing_ok)
{
	List	   *order = NIL;
	ListCell   *lc;

	foreach(lc, all)
		order = visit(order, all, lfirst(lc), missing_ok);
	return order;
}

/*
 * Whether a text, when it is set, is to run: not when it is what has run, and
 * nothing else has asked for it to run again.
 */
static bool
is_to_run(const char *name, const char *script)
{
	Datum		values[2];
	bool		pending = true;
	bool		isnull;

	values[0] = CStringGetTextDatum(name);
	values[1] = CStringGetTextDatum(script);
	if (pgm_execute(&applied_text_statement, values, NULL, false) == 1)
	{
		bool		was_pending = DatumGetBool(pgm_field(0, 1, &isnull));
		Datum		ran = pgm_field(0, 2, &isnull);
		bool		ran_this = !isnull &&
		pgm_same_bytes(DatumGetByteaPP(ran), pgm_text_digest(script));
		bool		same = DatumGetBool(pgm_field(0, 3, &isnull));

		/* pending with a text that has run: for another reason */
		pending = !ran_this || (was_pending && same);
	}
	SPI_freetuptable(SPI_tuptable);
	return pending;
}

/*
 * The title of one in messages.
 */
static char *
title_of(const char *name)
{
	return psprintf("repeatable \"%s\"", name);
}

/*
 * Raises an error when a script has a statement that cannot run in a
 * transaction block.
 */
static void
require_within(const PgmScript *script)
{
	ListCell   *lc;

	foreach(lc, script->statements)
	{
		const PgmScriptStatement *statement = lfirst(lc);

		if (statement->kind == PGM_ALONE)
			ereport(ERROR,
					(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
					 errmsg("%s cannot be used in a repeatable", statement->alone_name),
					 errdetail("It is in line %d, and cannot run inside a transaction block.",
							   statement->line),
					 errhint("Use it in a revision.")));
	}
}

/*
 * Sets a text and returns its number of statements.  Raises an error when it
 * does not parse, and for a circle of dependencies; what it depends on may be
 * set later.  The caller is connected to SPI, here and below.
 */
int
pgm_repeatable_set(const char *name, const char *script, List *depends_on)
{
	PgmScript  *parsed;
	Datum		values[5];
	int			nestlevel = pgm_settings_pin(NULL, NULL);

	parsed = pgm_script_parse_titled(name, title_of(name), script);
	pgm_settings_unpin(nestlevel);
	require_within(parsed);
	pgm_lock_runner();
	values[0] = CStringGetTextDatum(name);
	values[1] = CStringGetTextDatum(script);
	values[2] = pgm_list_to_array(depends_on);
	values[3] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[4] = BoolGetDatum(is_to_run(name, script));
	pgm_execute(&set_statement, values, NULL, false);
	(void) put_in_order(load(false), true);
	return list_length(parsed->statements);
}

/*
 * Removes a text, on which no other may depend.  What it made stays.
 */
void
pgm_repeatable_remove(const char *name)
{
	List	   *all;
	Datum		values[1];
	ListCell   *lc;
	ListCell   *lc2;

	pgm_lock_runner();
	all = load(false);
	(void) find_or_fail(all, name);
	foreach(lc, all)
	{
		const PgmRepeatable *other = lfirst(lc);

		foreach(lc2, other->depends_on)
		{
			if (strcmp(lfirst(lc2), name) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						 errmsg("cannot remove repeatable \"%s\" because repeatable \"%s\" depends on it",
								name, other->name)));
		}
	}
	values[0] = CStringGetTextDatum(name);
	pgm_execute(&remove_statement, values, NULL, false);
}

/*
 * Allows the present text to run with the rights of the caller; sha256, if not
 * NULL, is that of the text that he has read.
 */
void
pgm_repeatable_approve(const char *name, bytea *sha256)
{
	const PgmRepeatable *repeatable = find_or_fail(load(false), name);

	pgm_approve_text(KIND, name, repeatable->author, repeatable->script, sha256);
}

/*
 * The names of those that are pending, as char *.
 */
List *
pgm_repeatable_pending(bool read_only)
{
	List	   *names = NIL;
	uint64		n = pgm_execute(&pending_statement, NULL, NULL, read_only);

	for (uint64 i = 0; i < n; i++)
		names = lappend(names, pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	return names;
}

/*
 * Whether the targets of an upgrade are heads.
 */
static bool
leads_to_heads(PgmState *state, List *targets)
{
	bool		quiet = state->quiet;
	List	   *revisions;
	ListCell   *lc;

	state->quiet = true;
	revisions = pgm_resolve_upgrades(state, targets);
	state->quiet = quiet;
	foreach(lc, revisions)
	{
		if (!pgm_is_head(lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * The steps that an upgrade from the given state to the targets takes after
 * those of the revisions; read_only as for pgm_execute().  Raises an error when
 * one is due and something that one depends on does not exist.
 */
List *
pgm_repeatable_steps(PgmState *state, List *targets, bool read_only)
{
	List	   *steps = NIL;
	ListCell   *lc;

	if (pgm_repeatable_pending(read_only) == NIL || !leads_to_heads(state, targets))
		return NIL;
	foreach(lc, put_in_order(load(read_only), false))
	{
		const PgmRepeatable *repeatable = lfirst(lc);
		PgmStep    *step;

		if (!repeatable->due)
			continue;
		step = palloc0_object(PgmStep);
		step->direction = PGM_REPEAT;
		step->revision = repeatable->name;
		step->repeatable = repeatable;
		steps = lappend(steps, step);
	}
	return steps;
}

/*
 * Raises an error unless the text may run with the present rights.
 */
void
pgm_repeatable_require_trusted(const PgmRepeatable *repeatable)
{
	pgm_require_trusted_text(KIND, repeatable->name, repeatable->author, repeatable->script,
							 "migrate_repeatable");
}

/*
 * The text, parsed, and its digest.  Raises an error when the caller may not
 * run it.  The settings are pinned.
 */
PgmScript *
pgm_repeatable_script(const PgmRepeatable *repeatable, bytea **digest)
{
	pgm_repeatable_require_trusted(repeatable);
	*digest = pgm_text_digest(repeatable->script);
	return pgm_script_parse_titled(repeatable->name, title_of(repeatable->name),
								   repeatable->script);
}

/*
 * Notes that a text has run.  What depends on it is pending now.
 */
void
pgm_repeatable_applied(const PgmRepeatable *repeatable, bytea *digest)
{
	Datum		values[3];

	values[0] = CStringGetTextDatum(repeatable->name);
	values[1] = PointerGetDatum(digest);
	values[2] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	pgm_execute(&applied_statement, values, NULL, false);
	pgm_execute(&dependents_statement, values, NULL, false);
}

/*
 * Makes all of them pending.
 */
void
pgm_repeatable_require_again(void)
{
	pgm_execute(&again_statement, NULL, NULL, false);
}
