/*-------------------------------------------------------------------------
 *
 * settle.c
 *	  What a statement that runs outside of a transaction is about, and what
 *	  became of it.
 *
 * Such a statement cannot be undone by a rollback, and its end cannot be
 * written down in the transaction that brings it about.  So before it begins,
 * the journal notes what it is going to make, change or drop and whether that
 * is there; and when its end was not seen (a crash, a cancel, an error), a look
 * at the catalogs says which of these it was:
 *
 *		CREATE INDEX CONCURRENTLY	the index was not there before and is on the
 *									table: valid, done; invalid, a leftover
 *		REINDEX CONCURRENTLY		invalid indexes of what it was about, named
 *									..._ccnew or ..._ccold, that were not
 *									invalid before, are leftovers
 *		DROP ... CONCURRENTLY, DROP	it was there before and is gone: done
 *		CREATE ...					it was not there before and is now: done
 *		DETACH ... CONCURRENTLY		no partition any more: done; detach pending:
 *									to be finalized
 *		VACUUM, ALTER SYSTEM, ...	can be run again without harm
 *		CALL, DO, ...				nobody can tell
 *
 * An invalid index may also be one that somebody else is building at the
 * moment.  So a leftover is dropped only after its table was locked against
 * that, and if it is still invalid then.
 *
 * All functions need a transaction with a snapshot, an SPI connection and the
 * settings that the script has made so far, unless they say otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/subscriptioncmds.h"
#include "commands/tablespace.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_target.h"
#include "parser/parser.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "common/compat.h"
#include "common/spi.h"
#include "run/cut.h"
#include "run/settle.h"

static PgmStatement invalid_statement = {
	.sql = "SELECT pg_catalog.format('%1$I.%2$I', n.nspname, c.relname), i.indrelid"
	" FROM pg_catalog.pg_index i"
	" JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid"
	" JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
	" WHERE NOT i.indisvalid AND c.relkind OPERATOR(pg_catalog.=) 'i'::pg_catalog.\"char\""
	" ORDER BY 1"
};

static PgmStatement subscription_statement = {
	.sql = "SELECT 1 FROM pg_catalog.pg_subscription WHERE subname OPERATOR(pg_catalog.=) $1::pg_catalog.name"
	" AND subdbid OPERATOR(pg_catalog.=) $2",
	.nargs = 2,
	.argtypes = {TEXTOID, OIDOID}
};

/*
 * The indexes that are invalid, by their qualified names.  *tables are theirs
 * (a List of OIDs in the same order).
 */
static List *
invalid_indexes(List **tables)
{
	List	   *names = NIL;
	uint64		n = pgm_execute(&invalid_statement, NULL, NULL, false);

	*tables = NIL;
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		names = lappend(names, pgm_field_text(i, 1));
		*tables = lappend_oid(*tables, DatumGetObjectId(pgm_field(i, 2, &isnull)));
	}
	SPI_freetuptable(SPI_tuptable);
	return names;
}

static bool
is_listed(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

/*
 * The relation of a qualified name as the journal has it, or InvalidOid.  That
 * somebody may not use the schema is left for his statement to find out.
 */
static Oid
named_relation(const char *name)
{
	RangeVar   *range = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(name)));
	Oid			schema = range->schemaname ?
		get_namespace_oid(range->schemaname, true) : InvalidOid;

	return OidIsValid(schema) ? get_relname_relid(range->relname, schema) : InvalidOid;
}

/*
 * The qualified name of a relation.
 */
static char *
relation_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

static bool
index_is_valid(Oid indexrelid)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexrelid));
	bool		valid;

	if (!HeapTupleIsValid(tuple))
		return false;
	valid = ((Form_pg_index) GETSTRUCT(tuple))->indisvalid;
	ReleaseSysCache(tuple);
	return valid;
}

/*
 * The name of a column of an index, which is none of those before it.
 */
static char *
index_column_name(IndexElem *elem, List *before)
{
	const char *base = elem->indexcolname;
	char	   *name;

	if (base == NULL && elem->expr != NULL)
		base = FigureIndexColname(elem->expr);
	if (base == NULL)
		base = elem->name ? elem->name : "expr";
	name = pstrdup(base);
	for (int i = 1; is_listed(before, name); i++)
	{
		char	   *number = psprintf("%d", i);
		int			length = pg_mbcliplen(base, strlen(base),
										  NAMEDATALEN - 1 - strlen(number));

		name = psprintf("%.*s%s", length, base, number);
	}
	return name;
}

/*
 * The name that the server will give to an index without one, which it cannot
 * be asked for beforehand.  The rules are ChooseIndexName()'s in
 * src/backend/commands/indexcmds.c.
 */
static char *
choose_index_name(IndexStmt *stmt, Oid relid)
{
	List	   *names = NIL;
	StringInfoData columns;
	ListCell   *lc;

	initStringInfo(&columns);
	foreach(lc, list_concat_copy(stmt->indexParams, stmt->indexIncludingParams))
	{
		char	   *name = index_column_name(lfirst(lc), names);

		names = lappend(names, name);
		if (columns.len < NAMEDATALEN)
			appendStringInfo(&columns, "%s%s", columns.len > 0 ? "_" : "", name);
	}
	return ChooseRelationName(get_rel_name(relid), columns.data, "idx",
							  get_rel_namespace(relid), false);
}

/*
 * The parse tree of one statement that runs alone.  object is what the journal
 * says that it makes (or NULL): an index without a name gets that one.
 */
Node *
pgm_parse_alone(const char *text, const char *object)
{
	List	   *statements = raw_parser(text, RAW_PARSE_DEFAULT);
	RawStmt    *raw;

	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a text of %s.migrate_journal is not one statement", pgm_schema())));
	raw = linitial_node(RawStmt, statements);
	if (IsA(raw->stmt, IndexStmt) && ((IndexStmt *) raw->stmt)->idxname == NULL &&
		object != NULL)
	{
		List	   *names = textToQualifiedNameList(cstring_to_text(object));

		((IndexStmt *) raw->stmt)->idxname = pstrdup(strVal(llast(names)));
	}
	return raw->stmt;
}

static bool
is_concurrent_reindex(Node *stmt)
{
	return IsA(stmt, ReindexStmt) &&
		pgm_option_is_on(((ReindexStmt *) stmt)->params, "concurrently");
}

/*
 * The table that REINDEX is about, or InvalidOid if it is about many.
 */
static Oid
reindexed_table(ReindexStmt *stmt)
{
	Oid			relid;

	if (stmt->relation == NULL)
		return InvalidOid;
	relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	if (OidIsValid(relid) && stmt->kind == REINDEX_OBJECT_INDEX)
		relid = IndexGetRelation(relid, true);
	return relid;
}

typedef enum PartitionState
{
	NO_PARTITION,
	ATTACHED,
	DETACH_PENDING
} PartitionState;

/*
 * How a relation is attached to a partitioned table.
 */
static PartitionState
partition_state(Oid relid, Oid parent)
{
	PartitionState result = NO_PARTITION;
	Relation	inherits;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;

	if (!OidIsValid(relid) || !OidIsValid(parent))
		return result;
	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_inherits row = (Form_pg_inherits) GETSTRUCT(tuple);

		if (row->inhparent == parent)
			result = row->inhdetachpending ? DETACH_PENDING : ATTACHED;
	}
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return result;
}

/*
 * The DETACH PARTITION command of a statement, or NULL.
 */
static PartitionCmd *
detach_command(Node *stmt)
{
	ListCell   *lc;

	if (!IsA(stmt, AlterTableStmt))
		return NULL;
	foreach(lc, ((AlterTableStmt *) stmt)->cmds)
	{
		AlterTableCmd *cmd = lfirst(lc);

		if (cmd->subtype == AT_DetachPartition)
			return (PartitionCmd *) cmd->def;
	}
	return NULL;
}

static bool
subscription_exists(const char *name)
{
	Datum		values[2];
	uint64		n;

	values[0] = CStringGetTextDatum(name);
	values[1] = ObjectIdGetDatum(MyDatabaseId);
	n = pgm_execute(&subscription_statement, values, NULL, false);
	SPI_freetuptable(SPI_tuptable);
	return n > 0;
}

/*
 * What CREATE INDEX CONCURRENTLY will make.
 */
static void
begin_index(PgmJournal *journal, IndexStmt *stmt)
{
	Oid			relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	Oid			existing;

	if (!OidIsValid(relid))
		return;					/* the server will say so */
	if (stmt->idxname == NULL)
		stmt->idxname = choose_index_name(stmt, relid);
	journal->object = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												 stmt->idxname);
	existing = get_relname_relid(stmt->idxname, get_rel_namespace(relid));
	journal->object_existed = OidIsValid(existing);

	/* the server would take it for what is asked for */
	if (stmt->if_not_exists && get_rel_relkind(existing) == RELKIND_INDEX &&
		!index_is_valid(existing))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index %s exists, but it is not valid", journal->object),
				 errdetail("Somebody is building it, or has failed to."),
				 errhint("If nobody is: DROP INDEX CONCURRENTLY %s;", journal->object)));
}

/*
 * The name of the database, tablespace or subscription that a statement makes
 * or drops, or NULL.
 */
static const char *
global_object(Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_CreatedbStmt:
			return ((CreatedbStmt *) stmt)->dbname;
		case T_DropdbStmt:
			return ((DropdbStmt *) stmt)->dbname;
		case T_CreateTableSpaceStmt:
			return ((CreateTableSpaceStmt *) stmt)->tablespacename;
		case T_DropTableSpaceStmt:
			return ((DropTableSpaceStmt *) stmt)->tablespacename;
		case T_CreateSubscriptionStmt:
			return ((CreateSubscriptionStmt *) stmt)->subname;
		case T_DropSubscriptionStmt:
			return ((DropSubscriptionStmt *) stmt)->subname;
		default:
			return NULL;
	}
}

static bool
global_object_exists(Node *stmt, const char *name)
{
	switch (nodeTag(stmt))
	{
		case T_CreatedbStmt:
		case T_DropdbStmt:
			return OidIsValid(get_database_oid(name, true));
		case T_CreateTableSpaceStmt:
		case T_DropTableSpaceStmt:
			return OidIsValid(get_tablespace_oid(name, true));
		default:
			return subscription_exists(name);
	}
}

/*
 * Notes what a statement will make, change or drop, and whether that is there.
 * journal->running is set already.  Raises an error for what must not be begun.
 */
void
pgm_alone_begin(PgmJournal *journal, const char *text)
{
	Node	   *stmt = pgm_parse_alone(text, NULL);
	PartitionCmd *detach = detach_command(stmt);
	Oid			relid = InvalidOid;
	List	   *tables;

	journal->running_text = text;
	if (IsA(stmt, IndexStmt))
		begin_index(journal, (IndexStmt *) stmt);
	else if (IsA(stmt, DropStmt))
	{
		relid = RangeVarGetRelid(makeRangeVarFromNameList(linitial(((DropStmt *) stmt)->objects)),
								 NoLock, true);
		journal->object_existed = OidIsValid(relid);
	}
	else if (detach != NULL)
	{
		relid = RangeVarGetRelid(detach->name, NoLock, true);
		journal->object_existed =
			partition_state(relid, RangeVarGetRelid(((AlterTableStmt *) stmt)->relation,
													NoLock, true)) != NO_PARTITION;
	}
	else if (is_concurrent_reindex(stmt))
		journal->invalid_before = invalid_indexes(&tables);
	else
	{
		journal->object = global_object(stmt);
		if (journal->object != NULL)
			journal->object_existed = global_object_exists(stmt, journal->object);
	}
	if (OidIsValid(relid))
		journal->object = relation_name(relid);
}

/*
 * Takes a lock if the relation is there and the user may have it.  Otherwise
 * the statement itself says what is wrong.
 */
static bool
lock_relation(Oid relid)
{
	if (!OidIsValid(relid) || !pgm_may_maintain(relid))
		return false;
	LockRelationOid(relid, ShareUpdateExclusiveLock);
	return true;
}

static bool
lock_table_of_index(Oid indexrelid)
{
	if (!OidIsValid(indexrelid) || get_rel_relkind(indexrelid) != RELKIND_INDEX)
		return false;
	return lock_relation(IndexGetRelation(indexrelid, true));
}

/*
 * Some statements take a lock and then wait for other transactions in several
 * phases, in which lock_timeout must not cut them off.  Takes that first lock,
 * while lock_timeout is still in force, and returns true for such a statement.
 * Leaves no snapshot behind.  Needs no SPI connection.
 */
bool
pgm_alone_lock(Node *stmt)
{
	PartitionCmd *detach = detach_command(stmt);

	if (IsA(stmt, IndexStmt))
		return lock_relation(RangeVarGetRelid(((IndexStmt *) stmt)->relation, NoLock, true));
	if (IsA(stmt, DropStmt))
		return lock_table_of_index(RangeVarGetRelid(makeRangeVarFromNameList(linitial(((DropStmt *) stmt)->objects)),
													NoLock, true));
	if (is_concurrent_reindex(stmt))
		return ((ReindexStmt *) stmt)->relation == NULL ||
			lock_relation(reindexed_table((ReindexStmt *) stmt));
	if (detach != NULL)
		return lock_relation(RangeVarGetRelid(((AlterTableStmt *) stmt)->relation, NoLock, true)) &&
			lock_relation(RangeVarGetRelid(detach->name, NoLock, true));
	return false;
}

/*
 * Whether an index is there and invalid.  The caller has locked its table, so
 * nobody is building it.
 */
bool
pgm_is_leftover(const char *index)
{
	Oid			relid = named_relation(index);

	return OidIsValid(relid) && !index_is_valid(relid);
}

/*
 * Whether a name ends as those of the transient indexes of REINDEX
 * CONCURRENTLY do, with a number or without.
 */
static bool
is_transient_index(const char *name)
{
	int			length = strlen(name);

	if (length > 0 && name[length - 1] == '"')
		length--;
	while (length > 0 && name[length - 1] >= '0' && name[length - 1] <= '9')
		length--;
	return length > 6 && (strncmp(name + length - 6, "_ccnew", 6) == 0 ||
						  strncmp(name + length - 6, "_ccold", 6) == 0);
}

/*
 * What became of DETACH PARTITION ... CONCURRENTLY.
 */
static PgmOutcome
detach_outcome(const PgmJournal *journal, AlterTableStmt *stmt)
{
	if (journal->object == NULL || !journal->object_existed)
		return PGM_OUTCOME_REPEAT;
	switch (partition_state(named_relation(journal->object),
							RangeVarGetRelid(stmt->relation, NoLock, true)))
	{
		case ATTACHED:
			return PGM_OUTCOME_REPEAT;
		case DETACH_PENDING:
			return PGM_OUTCOME_FINALIZE;
		case NO_PARTITION:
			break;
	}
	return PGM_OUTCOME_DONE;
}

/*
 * What became of CREATE INDEX CONCURRENTLY.
 */
static PgmOutcome
index_outcome(const PgmJournal *journal, IndexStmt *stmt, List **leftovers)
{
	Oid			relid;

	if (journal->object == NULL || journal->object_existed)
		return PGM_OUTCOME_REPEAT;
	relid = named_relation(journal->object);
	if (!OidIsValid(relid) || get_rel_relkind(relid) != RELKIND_INDEX ||
		IndexGetRelation(relid, true) != RangeVarGetRelid(stmt->relation, NoLock, true))
		return PGM_OUTCOME_REPEAT;
	if (index_is_valid(relid))
		return PGM_OUTCOME_DONE;
	*leftovers = list_make1(unconstify(char *, journal->object));
	return PGM_OUTCOME_LEFTOVER;
}

/*
 * The table that holds the large values of another, or InvalidOid.
 */
static Oid
toast_table(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			toast;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	toast = ((Form_pg_class) GETSTRUCT(tuple))->reltoastrelid;
	ReleaseSysCache(tuple);
	return toast;
}

/*
 * Whether REINDEX has to do with a table.
 */
static bool
reindexes(ReindexStmt *stmt, List *partitions, Oid table)
{
	ListCell   *lc;

	if (stmt->kind == REINDEX_OBJECT_SCHEMA)
		return get_rel_namespace(table) == get_namespace_oid(stmt->name, true);
	if (stmt->relation == NULL)
		return true;
	foreach(lc, partitions)
	{
		Oid			relid = lfirst_oid(lc);

		if (relid == table || toast_table(relid) == table)
			return true;
	}
	return false;
}

/*
 * What became of REINDEX CONCURRENTLY.
 */
static PgmOutcome
reindex_outcome(const PgmJournal *journal, ReindexStmt *stmt, List **leftovers)
{
	Oid			reindexed = reindexed_table(stmt);
	List	   *partitions = OidIsValid(reindexed) ?
		find_all_inheritors(reindexed, NoLock, NULL) : NIL;
	List	   *tables;
	List	   *names = invalid_indexes(&tables);
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, names, lc2, tables)
	{
		if (is_transient_index(lfirst(lc)) &&
			!is_listed(journal->invalid_before, lfirst(lc)) &&
			reindexes(stmt, partitions, lfirst_oid(lc2)))
			*leftovers = lappend(*leftovers, lfirst(lc));
	}
	return *leftovers ? PGM_OUTCOME_LEFTOVER : PGM_OUTCOME_REPEAT;
}

/*
 * What became of the statement that the journal says was running.  *leftovers
 * are the indexes to be dropped, by their qualified names.
 */
PgmOutcome
pgm_alone_outcome(const PgmJournal *journal, List **leftovers)
{
	Node	   *stmt = pgm_parse_alone(journal->running_text, journal->object);
	bool		exists;

	*leftovers = NIL;
	switch (nodeTag(stmt))
	{
		case T_IndexStmt:
			return index_outcome(journal, (IndexStmt *) stmt, leftovers);
		case T_ReindexStmt:
			if (!is_concurrent_reindex(stmt))
				return PGM_OUTCOME_REPEAT;
			return reindex_outcome(journal, (ReindexStmt *) stmt, leftovers);
		case T_AlterTableStmt:
			return detach_outcome(journal, (AlterTableStmt *) stmt);
		case T_VacuumStmt:
		case T_AlterSystemStmt:
		case T_AlterDatabaseStmt:
			return PGM_OUTCOME_REPEAT;
		case T_DropStmt:
			exists = journal->object && OidIsValid(named_relation(journal->object));
			break;
		default:
			if (pgm_is_cluster(stmt))
				return PGM_OUTCOME_REPEAT;
			if (global_object(stmt) == NULL)
				return PGM_OUTCOME_UNKNOWN;
			exists = global_object_exists(stmt, global_object(stmt));
	}
	return exists != journal->object_existed ? PGM_OUTCOME_DONE : PGM_OUTCOME_REPEAT;
}

/*
 * The statement that brings an interrupted DETACH CONCURRENTLY to an end.
 */
char *
pgm_alone_finalize(const PgmJournal *journal)
{
	AlterTableStmt *stmt = (AlterTableStmt *) pgm_parse_alone(journal->running_text, NULL);
	Oid			parent = RangeVarGetRelid(stmt->relation, NoLock, false);

	return psprintf("ALTER TABLE %s DETACH PARTITION %s FINALIZE",
					relation_name(parent), journal->object);
}

/*
 * Drops an invalid index if nobody is using its table just now.  Returns
 * whether it is no leftover any more.  Nobody has to wait for us.
 */
bool
pgm_drop_leftover_now(const char *index)
{
	Oid			indexrelid = named_relation(index);
	Oid			relid;
	int			rc;

	if (!OidIsValid(indexrelid))
		return true;
	relid = IndexGetRelation(indexrelid, true);
	if (!OidIsValid(relid) || !object_ownercheck(RelationRelationId, relid, GetUserId()))
		return false;
	if (!ConditionalLockRelationOid(relid, AccessExclusiveLock))
		return false;
	if (!pgm_is_leftover(index))
		return true;
	rc = SPI_execute(psprintf("DROP INDEX %s", index), false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	return true;
}
