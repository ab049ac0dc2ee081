/*-------------------------------------------------------------------------
 *
 * squash.c
 *	  One revision in the place of a chain of them.
 *
 * Where the old scripts only define things, the new ones are written from the
 * schemas before and after them, as autogenerate does; but only if nothing is
 * lost or changed on the way that a script might have taken care of.  Otherwise
 * the old scripts are put one after the other.
 *
 * Either way the new scripts are tried in the sandbox: the upgrade must lead
 * to the schema that the old ones led to, and the downgrade back.
 *
 * Taking the place of the old revisions is the affair of replace.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/resowner.h"

#include "common/compat.h"
#include "diff/compare.h"
#include "diff/filter.h"
#include "diff/proof.h"
#include "diff/sandbox.h"
#include "diff/squash.h"
#include "diff/verify.h"
#include "diff/write.h"
#include "revision/resolve.h"
#include "revision/store.h"
#include "run/author.h"
#include "run/journal.h"
#include "run/load.h"
#include "run/lock.h"
#include "run/settings.h"
#include "schema/type.h"

typedef struct Squash
{
	PgmState   *state;
	List	   *chain;			/* of PgmRevision *, the oldest first */
	List	   *before;			/* of PgmScript *: what leads to the chain */
	List	   *ups;			/* of PgmScript *, in the order of the chain */
	List	   *downs;			/* the same, the other way; NIL: irreversible */
	bool		irreversible;
	bool		plain;			/* the scripts only define things */
	PgmSandbox	sandbox;
	PgmView		view;
	PgmSnapshot *from;
	PgmSnapshot *to;
	const char *upgrade;
	const char *downgrade;
	const char *problem;		/* of the last try, or NULL */
	PgmScriptRow row;			/* what is to be written */
} Squash;

static void
error_no_chain(const PgmRevision *rev, const char *why, const PgmEdges *edges)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("only revisions that follow one another can be made into one"),
			 errdetail("Revision \"%s\" is a %s: %s.", rev->id, why,
					   pgm_edges_text(edges, ", ")),
			 errhint("Choose a range that ends before it, or begins after it.")));
}

/*
 * Finds the chain of a range, or raises an error.
 */
static void
find_chain(Squash *squash, const char *range)
{
	PgmGraph   *graph = squash->state->graph;
	ListCell   *lc;

	foreach(lc, pgm_toposort_down(graph, pgm_resolve_history(squash->state, range)))
		squash->chain = lcons(lfirst(lc), squash->chain);
	if (list_length(squash->chain) < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("range \"%s\" has less than two revisions", range),
				 errhint("For example: SELECT migrate_squash('<oldest>:<newest>', 'message');")));
	for (int i = 0; i < list_length(squash->chain); i++)
	{
		PgmRevision *rev = list_nth(squash->chain, i);

		if (i > 0 && rev->down.n > 1)
			error_no_chain(rev, "merge point", &rev->down);
		if (i < list_length(squash->chain) - 1 && rev->next.n > 1)
			error_no_chain(rev, "branch point", &rev->next);
		if (i > 0 && (rev->down.n == 0 || rev->down.rev[0] != list_nth(squash->chain, i - 1)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("only revisions that follow one another can be made into one"),
					 errdetail("Revision \"%s\" does not build on \"%s\".", rev->id,
							   ((PgmRevision *) list_nth(squash->chain, i - 1))->id)));
	}
}

/*
 * Raises an error when only a part of the chain has run.
 */
static void
check_applied(Squash *squash)
{
	PgmRevision *applied = NULL;
	PgmRevision *missing = NULL;
	ListCell   *lc;

	foreach(lc, squash->chain)
	{
		PgmRevision *rev = lfirst(lc);

		if (squash->state->active[rev->index])
			applied = rev;
		else if (missing == NULL)
			missing = rev;
	}
	if (applied != NULL && missing != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot make one revision of some of which only a part is applied"),
				 errdetail("Revision \"%s\" is applied here, \"%s\" is not.",
						   applied->id, missing->id),
				 errhint("Finish them first: SELECT * FROM migrate_upgrade(%s);",
						 quote_literal_cstr(((PgmRevision *) llast(squash->chain))->id))));
}

static List *
add_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return names;
	return lappend(names, unconstify(char *, name));
}

/*
 * Takes over what the chain depends on and is not in it.
 */
static void
take_dependencies(Squash *squash, const PgmRevision *rev, const bool *in_chain)
{
	PgmGraph   *graph = squash->state->graph;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, rev->depends_on)
	{
		PgmRevision *other = pgm_graph_lookup(graph, lfirst(lc));
		bool	   *below;

		if (other == NULL || in_chain[other->index])
			continue;
		below = pgm_ancestors(graph, list_make1(other));
		foreach(lc2, squash->chain)
		{
			PgmRevision *member = lfirst(lc2);

			if (below[member->index])
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("cannot make one revision of \"%s\" and \"%s\"",
								member->id, rev->id),
						 errdetail("Revision \"%s\", which is none of them, must run between the two.",
								   other->id)));
		}
		squash->row.depends_on = add_name(squash->row.depends_on, lfirst(lc));
	}
}

/*
 * Fills in all of the new row but its texts.
 */
static void
describe(Squash *squash)
{
	bool	   *in_chain = pgm_set_new(squash->state->graph);
	PgmRevision *first = linitial(squash->chain);
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, squash->chain)
		in_chain[((PgmRevision *) lfirst(lc))->index] = true;
	for (int i = 0; i < first->down.n; i++)
		squash->row.down_revision = add_name(squash->row.down_revision,
											 first->down.rev[i]->id);
	foreach(lc, squash->chain)
	{
		PgmRevision *rev = lfirst(lc);
		PgmScriptRow *row = pgm_script_fetch(rev->id, false);

		take_dependencies(squash, rev, in_chain);
		foreach(lc2, rev->labels)
			squash->row.branch_labels = add_name(squash->row.branch_labels, lfirst(lc2));
		foreach(lc2, row ? row->replaces : NIL)
			squash->row.replaces = add_name(squash->row.replaces, lfirst(lc2));
		squash->row.replaces = add_name(squash->row.replaces, rev->id);
		squash->irreversible = squash->irreversible || rev->irreversible;
	}
}

/*
 * Reads all scripts that are needed, before the sandbox is there.
 */
static void
load_scripts(Squash *squash)
{
	PgmGraph   *graph = squash->state->graph;
	ListCell   *lc;

	foreach(lc, pgm_toposort_down(graph, pgm_ancestors(graph, list_make1(llast(squash->chain)))))
	{
		PgmRevision *rev = lfirst(lc);
		PgmScript  *script = pgm_verify_load(rev, PGM_UPGRADE);

		if (!list_member_ptr(squash->chain, rev))
			squash->before = lcons(script, squash->before);
		else
		{
			squash->ups = lcons(script, squash->ups);
			if (!squash->irreversible)
				squash->downs = lappend(squash->downs, pgm_verify_load(rev, PGM_DOWNGRADE));
		}
	}
}

/*
 * Does a statement define something, in a way that the schemas show?
 */
static bool
is_plain(const PgmScriptStatement *statement)
{
	ListCell   *lc;

	switch (nodeTag(statement->node))
	{
		case T_AlterTableStmt:
			foreach(lc, ((AlterTableStmt *) statement->node)->cmds)
				if (((AlterTableCmd *) lfirst(lc))->subtype == AT_ChangeOwner)
					return false;
			return true;
		case T_CreateStmt:
		case T_IndexStmt:
		case T_CommentStmt:
		case T_CreateSeqStmt:
		case T_AlterSeqStmt:
		case T_ViewStmt:
		case T_CreateFunctionStmt:
		case T_AlterFunctionStmt:
		case T_CreateTrigStmt:
		case T_CreatePolicyStmt:
		case T_AlterPolicyStmt:
		case T_CreateEnumStmt:
		case T_AlterEnumStmt:
		case T_CompositeTypeStmt:
		case T_CreateDomainStmt:
		case T_AlterDomainStmt:
		case T_CreateRangeStmt:
		case T_CreateSchemaStmt:
		case T_CreateExtensionStmt:
		case T_CreateStatsStmt:
		case T_DefineStmt:
		case T_RuleStmt:
		case T_DropStmt:
		case T_RenameStmt:
		case T_AlterObjectSchemaStmt:
			return true;
		default:
			return false;
	}
}

/*
 * Do the scripts only define things?  Settings must not go on in the scripts
 * after the one that makes them.
 */
static bool
are_plain(List *scripts)
{
	bool		plain = true;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, scripts)
	{
		const PgmScript *script = lfirst(lc);

		foreach(lc2, script->statements)
		{
			const PgmScriptStatement *statement = lfirst(lc2);

			plain = plain && is_plain(statement);
			if (IsA(statement->node, VariableSetStmt) && lnext(scripts, lc) != NULL)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("the %s of revision \"%s\" changes a setting, which would go on in the scripts after it",
								script->direction, script->revision),
						 errdetail("The statement is in line %d: %s", statement->line,
								   statement->text),
						 errhint("Choose a range that begins after it.")));
		}
	}
	return plain;
}

/*
 * The texts of scripts, one after the other.
 */
static char *
join_scripts(List *scripts)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, scripts)
	{
		const PgmScript *script = lfirst(lc);

		appendStringInfo(&buf, "%s-- from revision %s\n", buf.len > 0 ? "\n" : "",
						 script->revision);
		appendStringInfoString(&buf, script->text);
		if (buf.data[buf.len - 1] != '\n')
			appendStringInfoChar(&buf, '\n');
		if (script->statements != NIL && !script->terminated)
			appendStringInfoString(&buf, ";\n");
	}
	return buf.data;
}

static void
run_scripts(List *scripts)
{
	ListCell   *lc;

	foreach(lc, scripts)
	{
		CHECK_FOR_INTERRUPTS();
		pgm_verify_run(lfirst(lc));
	}
}

/*
 * Writes both scripts from the schemas.  Returns false when something could be
 * lost that the old scripts may have taken care of.
 */
static bool
write_from_schemas(Squash *squash)
{
	List	   *upgrade;
	List	   *downgrade;
	ListCell   *lc;

	pgm_enum_remake = false;
	downgrade = pgm_write_actions(pgm_order(pgm_compare(squash->to, squash->from, false, NIL)),
								  NULL, false);
	upgrade = pgm_write_actions(pgm_order(pgm_compare(squash->from, squash->to, false, NIL)),
								NULL, false);
	foreach(lc, upgrade)
		if (((PgmWritten *) lfirst(lc))->hazards != NIL)
			return false;
	squash->upgrade = pgm_write_script(upgrade);
	squash->downgrade = squash->irreversible ? NULL : pgm_write_script(downgrade);
	return true;
}

/*
 * Runs something in a subtransaction that is rolled back.
 */
static void
in_subtransaction(Squash *squash, void (*action) (Squash *squash), bool catch)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		action(squash);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return;
	if (!catch || error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	squash->problem = error->context == NULL ? error->message :
		psprintf("%s\n%s", error->message, error->context);
}

/*
 * Runs the old scripts, and writes the new ones from what they lead to.
 */
static void
run_old(Squash *squash)
{
	run_scripts(squash->ups);
	squash->to = pgm_view_read(&squash->view);
	squash->plain = squash->plain && write_from_schemas(squash);
}

static const char *
compare_with(Squash *squash, const PgmSnapshot *wanted, const char *what)
{
	List	   *differences = pgm_differences(pgm_view_read(&squash->view), wanted, true);

	return differences == NIL ? NULL :
		psprintf("%s\n%s", what, pgm_list_differences(differences));
}

/*
 * Runs the new scripts and looks where they lead.
 */
static void
run_new(Squash *squash)
{
	squash->problem = NULL;
	pgm_verify_run(pgm_script_parse(squash->row.revision, "upgrade", squash->upgrade));
	squash->problem = compare_with(squash, squash->to, "The upgrade leads elsewhere:");
	if (squash->problem != NULL || squash->downgrade == NULL)
		return;
	pgm_verify_run(pgm_script_parse(squash->row.revision, "downgrade", squash->downgrade));
	squash->problem = compare_with(squash, squash->from, "The downgrade does not lead back:");
}

/*
 * Finds scripts that do what the old ones did.
 */
static void
find_scripts(Squash *squash)
{
	run_scripts(squash->before);
	squash->from = pgm_view_read(&squash->view);
	in_subtransaction(squash, run_old, false);
	if (squash->plain)
	{
		in_subtransaction(squash, run_new, true);
		if (squash->problem == NULL)
			return;
	}
	squash->upgrade = join_scripts(squash->ups);
	squash->downgrade = squash->irreversible ? NULL : join_scripts(squash->downs);
	in_subtransaction(squash, run_new, true);
	if (squash->problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the revisions cannot be made into one that does the same"),
				 errdetail_internal("%s", squash->problem),
				 errhint("SELECT * FROM migrate_verify(); tells whether the downgrades restore what the upgrades change.")));
}

/*
 * What is done in the sandbox, which begins and ends here.
 */
static pg_noinline void
squash_in_sandbox(Squash *squash)
{
	pgm_sandbox_begin(&squash->sandbox);
	PG_TRY();
	{
		PgmSnapshot *live = pgm_view_read(&squash->view);

		pgm_verify_set_aside(&squash->sandbox, live);
		squash->view.aside = squash->sandbox.aside;
		find_scripts(squash);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&squash->sandbox);
	}
	PG_END_TRY();
	pgm_sandbox_end(&squash->sandbox);
}

/*
 * Puts one revision in the place of the chain that a range is.  The caller is
 * connected to SPI.  Raises an error when that cannot be done so that the
 * schema, and what has run, stay what they are.
 */
const char *
pgm_squash(const PgmSquash *wanted)
{
	Squash		squash = {0};
	int			level;

	pgm_loading_finish();
	pgm_loading_lock();
	pgm_lock_runner();
	pgm_journal_require_none(false);
	squash.state = pgm_state_load_latest();
	find_chain(&squash, wanted->range);
	check_applied(&squash);
	squash.row.revision = pgm_author_new_id(wanted->rev_id);
	squash.row.message = pgm_author_message(wanted->message);
	squash.row.author = GetUserNameFromId(GetUserId(), false);
	describe(&squash);

	level = pgm_settings_pin(NULL, NULL);
	load_scripts(&squash);
	squash.plain = are_plain(squash.ups);
	squash.plain = are_plain(squash.downs) && squash.plain;
	squash.view.globals = true;
	squash.view.all = true;
	squash.view.filter = pgm_filter_make(NIL, NIL);
	squash_in_sandbox(&squash);
	pgm_settings_unpin(level);

	squash.row.upgrade = squash.upgrade;
	squash.row.downgrade = squash.downgrade;
	pgm_check_scripts(squash.row.revision, squash.row.upgrade, squash.row.downgrade);
	pgm_script_insert(&squash.row);
	pgm_loading_note(&squash.row);
	pgm_loading_finish();
	return squash.row.revision;
}
