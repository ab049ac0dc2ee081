/*-------------------------------------------------------------------------
 *
 * loading.c
 *	  What has been loaded in a transaction, as a whole.
 *
 * Files come in any order, so rows are added without regard to their parents
 * and without saying that they are heads.  When the transaction ends (a
 * deferred constraint trigger calls us), or before anything looks at the heads,
 * the graph is read once: it must be one, and what has become a head, or is
 * none any more, is noted.  So the cost of loading is linear, and so is that of
 * many loads in one transaction.
 *
 * What has been loaded is kept in memory until the transaction ends.  When a
 * subtransaction rolls back, some of it is not there any more; this does no
 * harm, as rows decide.  But what was settled in the subtransaction has to be
 * settled again.
 *
 * migrate_revision(), called again and again in one transaction, makes each
 * revision a head only until the next.  The index of heads would keep all of
 * these, and each call would see them all; so the last one is kept in mind, too.
 *
 * A revision that replaces others (see squash.c) takes their place here, too:
 * only when all is loaded can be said whether they have run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/load.h"
#include "run/lock.h"
#include "run/replace.h"

/* see pin_parents */
#define MAX_EARLY_LOOKS 16

/* a revision that was loaded */
typedef struct LoadedEntry
{
	const char *name;
	uint32		hash;
	char		status;
} LoadedEntry;

#define SH_PREFIX pgm_loaded
#define SH_ELEMENT_TYPE LoadedEntry
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* the state of one transaction; all NULL and false: nothing was loaded */
typedef struct Loading
{
	MemoryContext context;
	pgm_loaded_hash *revisions;
	List	   *late;			/* of char *: parents that were not there */
	List	   *expected;		/* of PgmScriptRow *: see pgm_loading_expect */
	bool		has_lock;		/* on the name space */
	bool		last_added;		/* the last one was new here */
	int64		ordinal;		/* of the next one; 0: not known */
	const char *author_head;	/* written by an author as a head, and the
								 * row says so */
	List	   *heads;			/* of char *: the same, and it does not yet */
	bool		late_heads;		/* there have been some */
	bool		replaces;		/* one of them replaces others */
	List	   *replacing;		/* of PgmScriptRow *: all that do */
	bool		replacing_known;
	bool		open;			/* not settled since the last one */
	PgmState   *state;			/* what is applied, or NULL: not known */
	MemoryContext state_context;
	int			state_epoch;
} Loading;

static Loading loading;

static void
forget_state(void)
{
	loading.state = NULL;
	loading.replacing_known = false;
}

static void
at_end_of_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
		memset(&loading, 0, sizeof(loading));
}

static void
at_end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
						 SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB || loading.context == NULL)
		return;
	loading.open = loading.open || loading.late_heads ||
		loading.revisions->members > 0;
	loading.author_head = NULL;
	loading.has_lock = false;
	loading.last_added = false;
	loading.ordinal = 0;
	forget_state();
}

/*
 * Begins to keep account, if that has not been done in this transaction.
 */
static void
begin_loading(void)
{
	static bool registered = false;

	if (!registered)
	{
		RegisterXactCallback(at_end_of_transaction, NULL);
		RegisterSubXactCallback(at_end_of_subtransaction, NULL);
		pgm_graph_set_is_new(pgm_loading_has);
		registered = true;
	}
	if (loading.context != NULL)
		return;
	loading.context = AllocSetContextCreate(TopTransactionContext, "pgmigrate loading",
											ALLOCSET_DEFAULT_SIZES);
	loading.revisions = pgm_loaded_create(loading.context, 64, NULL);
}

/*
 * Whether a revision was loaded in this transaction.
 */
bool
pgm_loading_has(const char *revision)
{
	return loading.revisions != NULL &&
		pgm_loaded_lookup(loading.revisions, revision) != NULL;
}

/*
 * Keeps the name space to ourselves until the transaction ends.  That makes
 * those who load the same files come one after the other.
 */
void
pgm_loading_lock(void)
{
	begin_loading();
	if (!loading.has_lock)
		pgm_lock_names(true);
	loading.has_lock = true;
}

/*
 * Whether the next revision is likely to be new here: the last one was.
 */
bool
pgm_loading_is_new(void)
{
	return loading.has_lock && loading.last_added;
}

void
pgm_loading_guess_new(bool yes)
{
	loading.last_added = yes;
}

/*
 * The ordinal of the revision that is loaded next.  It is looked up once: the
 * caller holds the name space, and what authors write in between makes it
 * unknown again.
 */
int64
pgm_loading_next_ordinal(void)
{
	if (loading.ordinal == 0)
		loading.ordinal = pgm_script_next_ordinal();
	return loading.ordinal++;
}

/*
 * Keeps the parents from being deleted.  Those that are not there yet must be
 * in the end.  Where many have not been there, files come in no order, and it
 * is not worth while to look before.
 */
static void
pin_parents(List *parents, bool at_end)
{
	ListCell   *lc;

	foreach(lc, parents)
	{
		MemoryContext caller;

		if (pgm_loading_has(lfirst(lc)) ||
			((at_end || list_length(loading.late) < MAX_EARLY_LOOKS) &&
			 pgm_script_pin(lfirst(lc))))
			continue;
		caller = MemoryContextSwitchTo(loading.context);
		loading.late = lappend(loading.late, pstrdup(lfirst(lc)));
		MemoryContextSwitchTo(caller);
	}
}

/*
 * The revision that replaces this one, or NULL.  The caller holds the names
 * lock, without which no revision that replaces others can be written; so they
 * are looked up once.
 */
const char *
pgm_loading_replaced_by(const char *revision)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (!loading.replacing_known)
	{
		MemoryContext caller = MemoryContextSwitchTo(loading.context);

		loading.replacing = pgm_script_replacing();
		loading.replacing_known = true;
		MemoryContextSwitchTo(caller);
	}
	foreach(lc, loading.replacing)
	{
		PgmScriptRow *row = lfirst(lc);

		foreach(lc2, row->replaces)
			if (strcmp(lfirst(lc2), revision) == 0)
				return row->revision;
	}
	return NULL;
}

/*
 * Notes that the row of a revision was written.
 */
void
pgm_loading_note(const PgmScriptRow *file)
{
	begin_loading();
	if (!pgm_loading_has(file->revision))
	{
		MemoryContext caller = MemoryContextSwitchTo(loading.context);
		bool		found;

		(void) pgm_loaded_insert(loading.revisions, pstrdup(file->revision), &found);
		MemoryContextSwitchTo(caller);
	}
	pin_parents(file->down_revision, false);
	if (file->replaces != NIL)
	{
		loading.replaces = true;
		loading.replacing_known = false;
	}
	loading.open = true;

	/* then no trigger is going to fire */
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		pgm_loading_finish();
}

/*
 * Notes that a revision that has run must be at the place that its file says,
 * when all is loaded.  Its row has been locked, and is written so that the
 * trigger fires.
 */
void
pgm_loading_expect(const PgmScriptRow *file)
{
	MemoryContext caller;

	begin_loading();
	caller = MemoryContextSwitchTo(loading.context);
	loading.expected = lappend(loading.expected, pgm_script_copy(file));
	MemoryContextSwitchTo(caller);
	loading.open = true;
}

/*
 * Whether a revision is applied.  The caller holds the runner lock.  What is
 * applied is found out once: loading does not change it, and running is seen.
 */
bool
pgm_loading_is_applied(const char *revision)
{
	PgmRevision *rev;
	bool		applied;

	begin_loading();
	if (loading.state == NULL || loading.state_epoch != pgm_state_epoch)
	{
		MemoryContext caller;

		if (loading.state_context != NULL)
			MemoryContextDelete(loading.state_context);
		loading.state_context = AllocSetContextCreate(loading.context, "pgmigrate applied",
													  ALLOCSET_DEFAULT_SIZES);
		caller = MemoryContextSwitchTo(loading.state_context);
		loading.state = pgm_state_load_partial();
		loading.state_epoch = pgm_state_epoch;
		MemoryContextSwitchTo(caller);
	}
	rev = pgm_graph_lookup(loading.state->graph, revision);
	applied = rev != NULL && strcmp(rev->id, revision) == 0 &&
		loading.state->active[rev->index];

	/* a revision without a script may be loaded next, and be applied then */
	if (loading.state->unknown != NIL)
		forget_state();
	return applied;
}

/*
 * Notes which revisions are heads, as far as that is not what their rows say.
 */
static void
settle_heads(PgmGraph *graph, List *flagged)
{
	bool	   *is_flagged = pgm_set_new(graph);
	ListCell   *lc;

	foreach(lc, flagged)
	{
		PgmRevision *rev = pgm_graph_lookup(graph, lfirst(lc));

		if (rev != NULL)
			is_flagged[rev->index] = true;
	}
	for (int i = 0; i < graph->n; i++)
	{
		PgmRevision *rev = &graph->revs[i];

		if (is_flagged[i] != pgm_is_head(rev))
			pgm_script_set_head(rev->id, pgm_is_head(rev));
	}
}

/*
 * Reads the graph and what the rows say under one snapshot, so that nothing is
 * corrected that others have just changed.
 */
static void
check_graph(void)
{
	PgmGraph   *graph;
	List	   *flagged;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	graph = pgm_graph_load(true);
	flagged = pgm_script_flagged();
	PopActiveSnapshot();
	settle_heads(graph, flagged);
}

/*
 * Whether an author has made the revision a head of which the row does not say
 * so yet.
 */
bool
pgm_loading_is_head(const char *revision)
{
	ListCell   *lc;

	foreach(lc, loading.heads)
		if (strcmp(lfirst(lc), revision) == 0)
			return true;
	return false;
}

/*
 * All of them, as a List of char *.
 */
List *
pgm_loading_heads(void)
{
	return list_copy(loading.heads);
}

/*
 * Notes that an author writes a revision, which takes the place of its parents
 * as a head.  Returns whether its row is to say so.
 */
bool
pgm_loading_note_head(const char *revision, List *parents)
{
	MemoryContext caller;
	bool		on_top = false;
	ListCell   *lc;

	begin_loading();
	loading.ordinal = 0;
	caller = MemoryContextSwitchTo(loading.context);
	foreach(lc, parents)
	{
		ListCell   *lc2;

		if (loading.author_head != NULL && strcmp(loading.author_head, lfirst(lc)) == 0)
			on_top = true;
		foreach(lc2, loading.heads)
		{
			if (strcmp(lfirst(lc2), lfirst(lc)) == 0)
			{
				loading.heads = foreach_delete_current(loading.heads, lc2);
				on_top = true;
			}
		}
	}
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		on_top = false;			/* no trigger is going to fire */
	loading.late_heads = loading.late_heads || on_top;
	if (on_top)
		loading.heads = lappend(loading.heads, pstrdup(revision));
	else
		loading.author_head = pstrdup(revision);
	MemoryContextSwitchTo(caller);
	return !on_top;
}

/*
 * Whether something was written and has not been settled yet.
 */
bool
pgm_loading_is_open(void)
{
	return loading.open || loading.heads != NIL;
}

/*
 * Checks what was loaded, if there is anything.  The heads of an author stay in
 * mind, if nothing else is to be settled.
 */
void
pgm_loading_check(void)
{
	if (loading.open)
		pgm_loading_finish();
}

/*
 * Reads what was loaded, checks it, and settles what depends on all of it.
 */
static void
settle_loaded(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pgmigrate check of loading",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	List	   *late = loading.late;
	ListCell   *lc;

	loading.late = NIL;
	pin_parents(late, true);
	if (loading.replaces)
		pgm_replace_all();
	check_graph();
	foreach(lc, loading.expected)
		pgm_load_expected(lfirst(lc));
	loading.expected = NIL;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	loading.open = false;
}

/*
 * Checks what was written in this transaction, and settles what depends on all
 * of it.  Raises an error when it does not fit together.  The caller is
 * connected to SPI.
 */
void
pgm_loading_finish(void)
{
	ListCell   *lc;

	foreach(lc, loading.heads)
		pgm_script_set_head(lfirst(lc), true);
	loading.heads = NIL;
	loading.author_head = NULL;
	loading.ordinal = 0;
	if (loading.open)
		settle_loaded();
}
