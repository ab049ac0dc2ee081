/*-------------------------------------------------------------------------
 *
 * read.c
 *	  Running the queries of the kinds.
 *
 * A large schema takes most of its time here, in functions such as
 * pg_get_indexdef(), so a parallel worker of the server helps where it may: the
 * leader takes kinds from the front of a list and the worker from its back,
 * until they meet.  A worker sees what its leader sees, also
 * what the transaction has done and not committed (src/backend/access/
 * transam/README.parallel), and sends rows as minimal tuples through a queue.
 * The leader looks into the queue while it reads itself, so that nobody waits.
 *
 * What the rows mean is not known here; see object.c and snapshot.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "optimizer/paths.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "schema/kinds.h"
#include "schema/object.h"
#include "schema/presence.h"
#include "schema/read.h"

#define MAX_KINDS 64
#define QUEUE_SIZE ((Size) 2 * 1024 * 1024)
#define ROWS_BETWEEN_LOOKS 16

/* what is in shared memory */
#define KEY_SHARED 1
#define KEY_QUEUE 2

typedef struct SharedReading
{
	pg_atomic_uint32 known;		/* is it known which kinds are present? */
	bool		present[MAX_KINDS]; /* by their place in pgm_kinds */
	int			nkinds;
	int			kinds[MAX_KINDS];	/* places in pgm_kinds of those to read */
	pg_atomic_flag taken[MAX_KINDS];	/* of the same */
	int			nschemas;
	Oid			schemas[FLEXIBLE_ARRAY_MEMBER];
} SharedReading;

/* stands before a tuple in a message, aligned as a tuple must be */
typedef union MessageHeader
{
	int			kind;			/* its place in pgm_kinds */
	char		room[MAXIMUM_ALIGNOF];
} MessageHeader;

struct PgmReading
{
	SharedReading *shared;
	ParallelContext *parallel;	/* NULL: nobody helps */
	shm_mq_handle *queue;		/* NULL: there is no worker, or it has ended */
	TupleTableSlot *slot;		/* for the rows of the worker */
	int			level;			/* of settings */
	PgmRowSink	sink;
	void	   *arg;
};

/* takes the rows of a query */
typedef struct RowReceiver
{
	DestReceiver pub;
	int			kind;
	PgmReading *reading;		/* in the leader */
	shm_mq_handle *queue;		/* in a worker */
	uint64		nrows;
} RowReceiver;

/* the plans, one a kind, kept for the session */
static SPIPlanPtr *plans = NULL;

/* called by name */
extern PGDLLEXPORT void pgm_reading_worker(dsm_segment *segment, shm_toc *toc);

/*
 * Makes a plan for the session.  It is the same for any schemas: making it
 * costs more than it could gain.
 */
static SPIPlanPtr
make_plan(const char *query, const char *what)
{
	Oid			argtypes[1] = {OIDARRAYOID};
	SPIPlanPtr	plan = SPI_prepare_cursor(query, 1, argtypes, CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "could not prepare the query of kind %s: %s",
			 what, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	return plan;
}

/*
 * Returns the plan of a kind's query.
 */
static SPIPlanPtr
kind_plan(int number)
{
	if (plans == NULL)
		plans = MemoryContextAllocZero(TopMemoryContext,
									   pgm_nkinds * sizeof(SPIPlanPtr));
	if (plans[number] == NULL)
		plans[number] = make_plan(pgm_kinds[number]->query, pgm_kinds[number]->name);
	return plans[number];
}

/*
 * Returns the parameter of the queries.
 */
static ParamListInfo
query_parameters(const SharedReading *shared)
{
	ParamListInfo params = makeParamList(1);
	Datum	   *oids = palloc_array(Datum, Max(shared->nschemas, 1));

	for (int i = 0; i < shared->nschemas; i++)
		oids[i] = ObjectIdGetDatum(shared->schemas[i]);
	params->params[0].value =
		PointerGetDatum(construct_array(oids, shared->nschemas, OIDOID,
										sizeof(Oid), true, TYPALIGN_INT));
	params->params[0].isnull = false;
	params->params[0].pflags = PARAM_FLAG_CONST;
	params->params[0].ptype = OIDARRAYOID;
	return params;
}

/*
 * Can a kind be left out?
 */
static bool
is_absent(SharedReading *shared, int number)
{
	if (pg_atomic_read_u32(&shared->known) == 0)
		return false;
	pg_read_barrier();
	return !shared->present[number];
}

/*
 * Reads the objects of a kind.
 */
static void
read_kind(int number, ParamListInfo params, RowReceiver *receiver)
{
	const PgmKind *kind = pgm_kinds[number];
	SPIExecuteOptions options = {0};
	TimestampTz started = GetCurrentTimestamp();

	receiver->kind = number;
	receiver->nrows = 0;
	options.params = params;
	options.read_only = true;	/* under the snapshot that all share */
	options.dest = &receiver->pub;
	if (SPI_execute_plan_extended(kind_plan(number), &options) < 0)
		elog(ERROR, "could not read the objects of kind %s", kind->name);
	elog(DEBUG2, "pgmigrate: " UINT64_FORMAT " objects of kind %s in " INT64_FORMAT " us",
		 receiver->nrows, kind->name, GetCurrentTimestamp() - started);
}

/*
 * Reads the kinds that nobody has taken yet.
 */
static void
read_kinds(SharedReading *shared, RowReceiver *receiver, bool from_back)
{
	ParamListInfo params = query_parameters(shared);

	for (int i = 0; i < shared->nkinds; i++)
	{
		int			place = from_back ? shared->nkinds - 1 - i : i;

		if (!is_absent(shared, shared->kinds[place]) &&
			pg_atomic_test_set_flag(&shared->taken[place]))
			read_kind(shared->kinds[place], params, receiver);
	}
}

/*
 * DestReceiver.rStartup
 */
static void
check_columns(DestReceiver *self, int operation, TupleDesc desc)
{
	pgm_object_check_columns(pgm_kinds[((RowReceiver *) self)->kind], desc);
}

static void
ignore_end(DestReceiver *self)
{
}

static void
init_receiver(RowReceiver *receiver, bool (*receive) (TupleTableSlot *, DestReceiver *))
{
	memset(receiver, 0, sizeof(RowReceiver));
	receiver->pub.receiveSlot = receive;
	receiver->pub.rStartup = check_columns;
	receiver->pub.rShutdown = ignore_end;
	receiver->pub.rDestroy = ignore_end;
	receiver->pub.mydest = DestNone;
}

/*
 * Sends a row to the leader (DestReceiver.receiveSlot).
 */
static bool
send_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MessageHeader header = {0};
	shm_mq_iovec parts[2];
	bool		should_free;
	MinimalTuple tuple = ExecFetchSlotMinimalTuple(slot, &should_free);
	shm_mq_result result;

	header.kind = receiver->kind;
	parts[0].data = (const char *) &header;
	parts[0].len = sizeof(header);
	parts[1].data = (const char *) tuple;
	parts[1].len = tuple->t_len;
	result = shm_mq_sendv(receiver->queue, parts, 2, false, false);
	if (should_free)
		pfree(tuple);
	receiver->nrows++;

	/* false ends the query: the leader has gone */
	return result == SHM_MQ_SUCCESS;
}

/*
 * What a parallel worker does.
 */
void
pgm_reading_worker(dsm_segment *segment, shm_toc *toc)
{
	SharedReading *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	shm_mq	   *queue = shm_toc_lookup(toc, KEY_QUEUE, false);
	RowReceiver receiver;

	shm_mq_set_sender(queue, MyProc);
	init_receiver(&receiver, send_row);
	receiver.queue = shm_mq_attach(queue, segment, NULL);
	SPI_connect();
	read_kinds(shared, &receiver, true);
	SPI_finish();
	shm_mq_detach(receiver.queue);
}

/*
 * Takes a row that the worker sent.
 */
static void
take_message(PgmReading *reading, void *message)
{
	const MessageHeader *header = message;

	ExecStoreMinimalTuple((MinimalTuple) ((char *) message + sizeof(MessageHeader)),
						  reading->slot, false);
	reading->sink(reading->arg, header->kind, reading->slot);
	ExecClearTuple(reading->slot);
}

/*
 * Takes what the worker has sent; all that it sends if "to_the_end".
 */
static void
look_into_queue(PgmReading *reading, bool to_the_end)
{
	shm_mq_result result = SHM_MQ_WOULD_BLOCK;
	void	   *message;
	Size		size;

	while (reading->queue != NULL &&
		   (result = shm_mq_receive(reading->queue, &size, &message,
									!to_the_end)) == SHM_MQ_SUCCESS)
		take_message(reading, message);
	if (result == SHM_MQ_DETACHED)
		reading->queue = NULL;
}

/*
 * Takes a row that the leader reads (DestReceiver.receiveSlot).
 */
static bool
take_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	PgmReading *reading = receiver->reading;

	CHECK_FOR_INTERRUPTS();
	reading->sink(reading->arg, receiver->kind, slot);
	if (receiver->nrows++ % ROWS_BETWEEN_LOOKS == 0)
		look_into_queue(reading, false);
	return true;
}

/*
 * Sets what the texts of the catalogs depend on, until the nest level ends.
 */
static int
pin_settings(void)
{
	int			level = NewGUCNestLevel();
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog, pg_temp"},
		{"standard_conforming_strings", "on"},
		{"quote_all_identifiers", "off"},
		{"DateStyle", "ISO, MDY"},
		{"IntervalStyle", "postgres"},
		{"TimeZone", "UTC"},
		{"extra_float_digits", "1"},
		{"bytea_output", "hex"},
		{"jit", "off"},
		/*
		 * catalogs that were just filled have no statistics to trust; hash
		 * joins are good for few rows and for many
		 */
		{"enable_nestloop", "off"},
		{"enable_mergejoin", "off"},
	};

	for (size_t i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

/*
 * The kinds that take long come first, so that leader and worker are done at
 * about the same time.  Those of the worker open the tables, which is best done
 * in one process.
 */
static const PgmKind *const kinds_of_leader[] = {
	&pgm_kind_column,
	&pgm_kind_foreign_key,
	&pgm_kind_default,
	&pgm_kind_view,
	&pgm_kind_function
};

static const PgmKind *const kinds_of_worker[] = {
	&pgm_kind_index,
	&pgm_kind_constraint
};

static bool
takes_long(const PgmKind *kind)
{
	for (size_t i = 0; i < lengthof(kinds_of_leader); i++)
		if (kinds_of_leader[i] == kind)
			return true;
	for (size_t i = 0; i < lengthof(kinds_of_worker); i++)
		if (kinds_of_worker[i] == kind)
			return true;
	return false;
}

/*
 * Puts the kinds in the order in which the leader reads them.
 */
static void
order_kinds(SharedReading *shared, bool globals)
{
	for (size_t i = 0; i < lengthof(kinds_of_leader); i++)
		shared->kinds[shared->nkinds++] = pgm_kind_place(kinds_of_leader[i]);
	for (int j = 0; j < pgm_nkinds; j++)
		if (!takes_long(pgm_kinds[j]) && (globals || (pgm_kinds[j]->flags & PGM_GLOBAL) == 0))
			shared->kinds[shared->nkinds++] = j;
	for (int i = lengthof(kinds_of_worker) - 1; i >= 0; i--)
		shared->kinds[shared->nkinds++] = pgm_kind_place(kinds_of_worker[i]);
}

/*
 * Finds out which kinds there are, while the worker reads those that take long.
 */
static void
find_present(SharedReading *shared)
{
	pgm_presence_find(shared->schemas, shared->nschemas, shared->present);
	pg_write_barrier();
	pg_atomic_write_u32(&shared->known, 1);
}

/*
 * Is a worker worth while?  Its start takes as long as some fifty tables;
 * pg_depend has about a page for each five.  So the size from which on the
 * server reads an index in parallel, 512 kB, is right here, too.
 */
static bool
want_worker(void)
{
	Relation	depend;
	BlockNumber pages;

	if (max_parallel_maintenance_workers == 0 || IsInParallelMode())
		return false;
	depend = table_open(DependRelationId, AccessShareLock);
	pages = RelationGetNumberOfBlocks(depend);
	table_close(depend, AccessShareLock);
	return pages >= (BlockNumber) min_parallel_index_scan_size;
}

static void
init_atomics(SharedReading *shared)
{
	pg_atomic_init_u32(&shared->known, 0);
	for (int i = 0; i < MAX_KINDS; i++)
		pg_atomic_init_flag(&shared->taken[i]);
}

/*
 * Makes the reading known to a worker, and starts it.  There may be none after
 * all.
 */
static void
launch_worker(PgmReading *reading, Size shared_size)
{
	ParallelContext *parallel;
	shm_mq	   *queue;
	SharedReading *shared;

	EnterParallelMode();
	parallel = CreateParallelContext("$libdir/pgmigrate", "pgm_reading_worker", 1);
	shm_toc_estimate_chunk(&parallel->estimator, shared_size);
	shm_toc_estimate_chunk(&parallel->estimator, QUEUE_SIZE);
	shm_toc_estimate_keys(&parallel->estimator, 2);
	InitializeParallelDSM(parallel);
	shared = shm_toc_allocate(parallel->toc, shared_size);
	memcpy(shared, reading->shared, shared_size);
	init_atomics(shared);
	shm_toc_insert(parallel->toc, KEY_SHARED, shared);
	queue = shm_mq_create(shm_toc_allocate(parallel->toc, QUEUE_SIZE), QUEUE_SIZE);
	shm_mq_set_receiver(queue, MyProc);
	shm_toc_insert(parallel->toc, KEY_QUEUE, queue);

	LaunchParallelWorkers(parallel);
	if (parallel->nworkers_launched > 0)
		reading->queue = shm_mq_attach(queue, parallel->seg, parallel->worker[0].bgwhandle);
	reading->shared = shared;
	reading->parallel = parallel;
	reading->slot = MakeSingleTupleTableSlot(pgm_object_columns(), &TTSOpsMinimalTuple);
}

/*
 * Begins to read all objects of the schemas, and those that are in no schema
 * if "globals".  Until pgm_reading_end(), settings are ours, and nothing may be
 * written if a worker helps.  The caller is connected to SPI and has made its
 * own changes visible.  Takes short locks on catalogs, and ACCESS SHARE on
 * relations that views name.
 */
PgmReading *
pgm_reading_begin(List *schemas, bool globals)
{
	PgmReading *reading = palloc0_object(PgmReading);
	Size		size = add_size(offsetof(SharedReading, schemas),
								mul_size(sizeof(Oid), list_length(schemas)));
	bool		helped = want_worker();
	ListCell   *lc;

	reading->shared = palloc0(size);
	foreach(lc, schemas)
		reading->shared->schemas[reading->shared->nschemas++] = lfirst_oid(lc);
	init_atomics(reading->shared);
	if (pgm_nkinds > MAX_KINDS)
		elog(ERROR, "there are more than %d kinds of objects", MAX_KINDS);
	order_kinds(reading->shared, globals);
	reading->level = pin_settings();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (helped)
		launch_worker(reading, size);
	return reading;
}

/*
 * Reads, and hands each row to the sink.
 */
void
pgm_reading_rows(PgmReading *reading, PgmRowSink sink, void *arg)
{
	RowReceiver receiver;

	reading->sink = sink;
	reading->arg = arg;
	init_receiver(&receiver, take_row);
	receiver.reading = reading;
	find_present(reading->shared);
	read_kinds(reading->shared, &receiver, false);
	look_into_queue(reading, true);
}

/*
 * Ends it.
 */
void
pgm_reading_end(PgmReading *reading)
{
	if (reading->parallel != NULL)
	{
		WaitForParallelWorkersToFinish(reading->parallel);
		DestroyParallelContext(reading->parallel);
		ExitParallelMode();
		ExecDropSingleTupleTableSlot(reading->slot);
	}
	PopActiveSnapshot();
	AtEOXact_GUC(false, reading->level);
}
