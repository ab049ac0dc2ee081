/*-------------------------------------------------------------------------
 *
 * index.c
 *	  Indexes, and their attachment to the index of a partitioned table.
 *
 * The index of a constraint is no object, but a part of the constraint; what
 * both can have (storage parameters, a tablespace, statistics targets, CLUSTER
 * ON, the replica identity of the table) is written here.
 *
 * An index of a partitioned table is made for itself alone, as those of the
 * partitions are, and these are attached to it.  That way each has the name
 * it should have, whether the partition or the index was there first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/tablespace.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/index.h"
#include "schema/kinds.h"
#include "schema/routine.h"
#include "schema/table.h"

/* a part that only indexes have */
enum
{
	PART_INVALID = PGM_INDEX_PARTS,
	INDEX_NPARTS
};

/*
 * Returns the target for a column in a list "2 100, 3 500", or -1.
 */
static int
target_of_column(const char *list, int column)
{
	for (const char *p = list; p != NULL;)
	{
		char	   *end;

		if (strtol(p, &end, 10) == column)
			return strtol(end, NULL, 10);
		p = strchr(p, ',');
		if (p != NULL)
			p += 2;
	}
	return -1;
}

/*
 * Sets the statistics targets of the columns in "list" to what "to" has.
 */
static void
write_targets(PgmWriter *w, const char *index, const char *list,
			  const char *from, const char *to)
{
	for (const char *p = list; p != NULL;)
	{
		int			column = atoi(p);
		int			target = target_of_column(to, column);

		/* one that is in both is done with the list of the wanted ones */
		if (target != target_of_column(from, column) && (list == to || target < 0))
			pgm_write(w, "ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d",
					  index, column, target);
		p = strchr(p, ',');
		if (p != NULL)
			p += 2;
	}
}

/*
 * Is another index of the table the one to cluster on?
 */
static bool
clusters_on_another(const PgmObject *index)
{
	ListCell   *lc;

	if (index->parent == NULL)
		return false;
	foreach(lc, index->parent->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if ((piece->kind == &pgm_kind_index || piece->kind == &pgm_kind_constraint) &&
			piece->parts[PGM_INDEX_CLUSTER] != NULL)
			return true;
	}
	return false;
}

static void
write_cluster(PgmWriter *w, const PgmObject *to)
{
	const char *table = to->extra[PGM_INDEX_TABLE];

	if (to->parts[PGM_INDEX_CLUSTER] != NULL)
		pgm_write(w, "ALTER TABLE %s CLUSTER ON %s", table, to->name);
	else if (!clusters_on_another(to))
		pgm_write(w, "ALTER TABLE %s SET WITHOUT CLUSTER", table);
}

/*
 * An index that is the replica identity no longer leaves it to another, or to
 * the table, to say what is.
 */
static void
write_replica(PgmWriter *w, const PgmObject *to)
{
	if (to->parts[PGM_INDEX_REPLICA] != NULL)
		pgm_write(w, "ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %s",
				  to->extra[PGM_INDEX_TABLE], to->name);
}

/*
 * Returns the clauses for storage parameters and tablespace, which follow the
 * definition without its tail.
 */
char *
pgm_index_clauses(const PgmObject *obj)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (obj->parts[PGM_INDEX_OPTIONS] != NULL)
		appendStringInfo(&buf, " WITH (%s)", obj->parts[PGM_INDEX_OPTIONS]);
	if (obj->parts[PGM_INDEX_TABLESPACE] != NULL)
		appendStringInfo(&buf, "%s TABLESPACE %s",
						 obj->kind == &pgm_kind_index ? "" : " USING INDEX",
						 obj->parts[PGM_INDEX_TABLESPACE]);
	return buf.data;
}

/*
 * Writes, for an index that was made, what CREATE INDEX cannot say.  "index"
 * is its qualified name.
 */
void
pgm_index_write_rest(PgmWriter *w, const PgmObject *obj, const char *index)
{
	const char *statistics = obj->parts[PGM_INDEX_STATISTICS];

	write_targets(w, index, statistics, NULL, statistics);
	if (obj->parts[PGM_INDEX_CLUSTER] != NULL)
		write_cluster(w, obj);
	write_replica(w, obj);
	pgm_write_extensions(w, psprintf("INDEX %s", index), "",
						 obj->parts[PGM_INDEX_EXTENSIONS], NULL);
}

/*
 * Changes the parts that differ.
 */
void
pgm_index_write_changes(PgmWriter *w, const PgmObject *from, const PgmObject *to,
						const char *index)
{
	const char *space = to->parts[PGM_INDEX_TABLESPACE];
	const char *old_targets = from->parts[PGM_INDEX_STATISTICS];
	const char *targets = to->parts[PGM_INDEX_STATISTICS];

	pgm_write_options(w, psprintf("ALTER INDEX %s", index),
					  from->parts[PGM_INDEX_OPTIONS], to->parts[PGM_INDEX_OPTIONS]);
	if (!pgm_same_text(from->parts[PGM_INDEX_TABLESPACE], space))
	{
		pgm_write_hazard(w, PGM_LOCKS, "copies index %s", index);
		pgm_write(w, "ALTER INDEX %s SET TABLESPACE %s", index, space != NULL ? space :
				  quote_identifier(get_tablespace_name(MyDatabaseTableSpace)));
	}
	write_targets(w, index, old_targets, old_targets, targets);
	write_targets(w, index, targets, old_targets, targets);
	if (!pgm_same_text(from->parts[PGM_INDEX_CLUSTER], to->parts[PGM_INDEX_CLUSTER]))
		write_cluster(w, to);
	if (!pgm_same_text(from->parts[PGM_INDEX_REPLICA], to->parts[PGM_INDEX_REPLICA]))
		write_replica(w, to);
	pgm_write_extensions(w, psprintf("INDEX %s", index), "NO ",
						 from->parts[PGM_INDEX_EXTENSIONS], to->parts[PGM_INDEX_EXTENSIONS]);
	pgm_write_extensions(w, psprintf("INDEX %s", index), "",
						 to->parts[PGM_INDEX_EXTENSIONS], from->parts[PGM_INDEX_EXTENSIONS]);
}

/*
 * The name goes between "CREATE INDEX" and "ON"; the clauses go before the
 * tail, which is "WHERE ...".
 */
static void
create_index(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *on = strstr(obj->definition, " ON ");
	const char *tail = obj->extra[PGM_INDEX_TAIL];
	int			length;

	if (tail == NULL)
		tail = "";
	length = strlen(on) - strlen(tail);
	/* that of a partitioned table is made of those of the partitions */
	if (obj->parent != NULL && obj->parent->other != NULL && !pgm_is_partitioned(obj->parent))
		pgm_write_hazard(w, PGM_LOCKS,
						 "while the index is built; see CREATE INDEX CONCURRENTLY");
	pgm_write(w, "%.*s %s%.*s%s%s", (int) (on - obj->definition), obj->definition,
			  obj->name, length, on, pgm_index_clauses(obj), tail);
	pgm_index_write_rest(w, obj, obj->identity);
}

/*
 * An index that was left invalid is made again.  None is made invalid: to
 * such a one, there is no way, and a valid one is as good.
 */
static PgmWay
way_of_index(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0)
		return PGM_REPLACE;
	for (int i = 0; i < PGM_INDEX_PARTS; i++)
		if (!pgm_same_text(from->parts[i], to->parts[i]))
			return from->parts[PART_INVALID] != NULL ? PGM_REPLACE : PGM_ALTER;
	return from->parts[PART_INVALID] != NULL ? PGM_REPLACE : PGM_SAME;
}

static void
alter_index(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	pgm_index_write_changes(w, from, to, to->identity);
}

static const PgmPart index_parts[INDEX_NPARTS] = {
	PGM_INDEX_PART_TEXTS,
	{"validity", NULL, NULL, NULL}
};

/*
 * The definition is pg_get_indexdef() without the name, and without storage
 * parameters if what pg_get_indexdef() ends with is what is expected.
 *
 * It needs the attachments of partitions because a partition that is attached
 * later gets an index of its own, under a name of its own.
 */
static const char index_query[] =
	"SELECT indexrelid, 0, indrelid, 0, nspname::text, quote_ident(relname),"
	" format('%I.%I', nspname, relname), NULL::text,"
	" CASE WHEN split THEN left(body, -length(options)) || coalesce(tail, '') ELSE def END,"
	" NULL::oid, NULL::aclitem[],"
	" ARRAY[CASE WHEN split THEN listed_options END, space, targets, clustered, replica, extensions,"
	"       invalid],"
	" needs, NULL::text,"
	" ARRAY[tablename, CASE WHEN right(def, length(tail)) = tail THEN tail END]"
	" FROM (SELECT *, left(def, length(def) - coalesce(length(tail), 0)) AS body,"
	"       options IS NOT NULL AND right(def, length(options) + coalesce(length(tail), 0)) ="
	"                               options || coalesce(tail, '') AS split"
	"  FROM (SELECT x.indexrelid, x.indrelid, n.nspname, i.relname,"
	"   format('%I.%I', n.nspname, t.relname) AS tablename,"
	"   CASE WHEN x.indisunique THEN 'CREATE UNIQUE INDEX ON ' ELSE 'CREATE INDEX ON ' END ||"
	"   substr(pg_get_indexdef(x.indexrelid),"
	"          length(quote_ident(i.relname)) + CASE WHEN x.indisunique THEN 25 ELSE 18 END) AS def,"
	"   CASE WHEN x.indpred IS NOT NULL AND (i.reloptions IS NOT NULL OR i.reltablespace <> 0)"
	"   THEN ' WHERE ' || pg_get_expr(x.indpred, x.indrelid) END AS tail,"
	PGM_INDEX_OPTIONS_DEFINED " AS options,"
	PGM_INDEX_OPTIONS_LISTED " AS listed_options,"
	PGM_INDEX_SPACE " AS space,"
	PGM_INDEX_TARGETS " AS targets,"
	PGM_INDEX_CLUSTERED " AS clustered,"
	PGM_INDEX_REPLICATED " AS replica, ex.extensions,"
	"   CASE WHEN NOT x.indisvalid AND i.relkind = 'i' THEN 'invalid' END AS invalid,"
	"   CASE WHEN i.relkind = 'I' THEN"
	"    (SELECT array_agg(ARRAY['pg_inherits'::regclass::oid, a.inhrelid, a.inhseqno::oid])"
	"     FROM pg_inherits a WHERE a.inhparent = x.indrelid) END AS needs"
	"   FROM pg_index x"
	"   JOIN pg_class i ON i.oid = x.indexrelid"
	"   JOIN pg_class t ON t.oid = x.indrelid"
	"   JOIN pg_namespace n ON n.oid = t.relnamespace"
	"   LEFT JOIN pg_tablespace ts ON ts.oid = i.reltablespace"
	PGM_INDEX_JOIN_EXTENSIONS
	"   WHERE t.relnamespace = ANY ($1) AND t.relkind IN ('r', 'p', 'm')"
	"   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid"
	"                   AND c.contype IN ('p', 'u', 'x'))"
	"   OFFSET 0) q) p";

const PgmKind pgm_kind_index = {
	.name = "index",
	.word = "INDEX",
	.classid = RelationRelationId,
	.parent_class = RelationRelationId,
	.rank = 320,
	.flags = PGM_NAMES_RELATION | PGM_FOLLOWS_TYPE,
	.query = index_query,
	.parts = index_parts,
	.nparts = lengthof(index_parts),
	.create = create_index,
	.way = way_of_index,
	.alter = alter_index,
};

/*
 * A table that is attached gets its indexes attached to those that its parent
 * has at that time.
 */
static void
create_attachment(PgmWriter *w, const PgmObject *obj, List *inside)
{
	bool		table_is_attached = false;
	bool		parent_is_made = false;
	ListCell   *lc;

	foreach(lc, obj->after)
	{
		const PgmObject *other = lfirst(lc);

		if (other->kind == &pgm_kind_inheritance)
			table_is_attached = other->made;
		else if (other != obj->parent)
			parent_is_made |= other->made;
	}
	if (table_is_attached && !parent_is_made)
		return;
	pgm_write(w, "ALTER INDEX %s ATTACH PARTITION %s", obj->definition, obj->identity);
}

/*
 * There is no way to detach an index: it goes with the index that it is
 * attached to, or stays when its table is detached.
 */
static void
drop_attachment(PgmWriter *w, const PgmObject *obj)
{
}

static const char attachment_query[] =
	"SELECT a.inhrelid, a.inhseqno, a.inhrelid, 0, n.nspname::text, quote_ident(i.relname),"
	" format('%I.%I', n.nspname, i.relname), NULL::text,"
	" format('%I.%I', pn.nspname, p.relname), NULL::oid, NULL::aclitem[], NULL::text[],"
	" ARRAY['pg_class'::regclass::oid, a.inhrelid, 0::oid,"
	"       'pg_class'::regclass::oid, a.inhparent, 0::oid,"
	"       'pg_inherits'::regclass::oid, ta.inhrelid, ta.inhseqno::oid],"
	" NULL::text, NULL::text[]"
	" FROM pg_inherits a"
	" JOIN pg_class i ON i.oid = a.inhrelid"
	" JOIN pg_index x ON x.indexrelid = i.oid"
	" JOIN pg_namespace n ON n.oid = i.relnamespace"
	" JOIN pg_class p ON p.oid = a.inhparent"
	" JOIN pg_namespace pn ON pn.oid = p.relnamespace"
	" JOIN pg_inherits ta ON ta.inhrelid = x.indrelid"
	" WHERE i.relnamespace = ANY ($1)";

const PgmKind pgm_kind_index_attachment = {
	.name = "index attachment",
	.word = "INDEX",
	.classid = InheritsRelationId,
	.parent_class = RelationRelationId,
	.rank = 345,
	.present = {PGM_ANY(InheritsRelationId)},
	.query = attachment_query,
	.create = create_attachment,
	.drop = drop_attachment,
};
