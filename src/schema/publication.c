/*-------------------------------------------------------------------------
 *
 * publication.c
 *	  Publications, what is in them, and subscriptions.
 *
 * What is published by name is an object of its own.  Of FOR ALL TABLES, with
 * what it leaves out, the publication itself knows.
 *
 * A subscription is made without a connection to the publisher, as if it were
 * restored: its slot is not made, and it has to be enabled.  It is dropped
 * without one as well.  Who may not see the connection strings sees no
 * subscriptions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_publication.h"
#include "catalog/pg_publication_namespace.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_subscription.h"

#include "common/compat.h"
#include "schema/kinds.h"

/* all options, or NULL when all are what they are by default */
static const PgmPart publication_parts[] = {
	{
		.name = "options",
		.clause = " WITH (%v)",
		.set = "ALTER PUBLICATION %i SET (%v)",
		.unset = "ALTER PUBLICATION %i SET (publish = 'insert, update, delete, truncate',"
		" publish_via_partition_root = false" PGM_NO_GENERATED_COLUMNS ")"
	},
};

const PgmKind pgm_kind_publication = {
	.name = "publication",
	.word = "PUBLICATION",
	.classid = PublicationRelationId,
	.rank = 400,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT p.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(p.pubname),"
	" quote_ident(p.pubname), NULL::text,"
	" 'CREATE PUBLICATION ' || quote_ident(p.pubname) || coalesce(' FOR ' || nullif(concat_ws(', ',"
	"  CASE WHEN p.puballtables THEN 'ALL TABLES' || coalesce(' EXCEPT (TABLE ' || x.tables || ')', '') END,"
	"  CASE WHEN " PGM_PUBLICATION_ALL_SEQUENCES " THEN 'ALL SEQUENCES' END), ''), ''),"
	" p.pubowner, NULL::aclitem[],"
	" ARRAY[CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate)"
	"   OR p.pubviaroot OR " PGM_PUBLICATION_GENERATED_COLUMNS " = 's'"
	"  THEN 'publish = ''' || concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,"
	"   CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,"
	"   CASE WHEN p.pubtruncate THEN 'truncate' END)"
	"   || ''', publish_via_partition_root = ' || p.pubviaroot"
	"   || CASE " PGM_PUBLICATION_GENERATED_COLUMNS
	"    WHEN 's' THEN ', publish_generated_columns = stored'"
	"    WHEN 'n' THEN ', publish_generated_columns = none' ELSE '' END END],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_publication p"
	" LEFT JOIN LATERAL ("
	"  SELECT string_agg('ONLY ' || t.name, ', ' ORDER BY t.name COLLATE \"C\") AS tables"
	"  FROM pg_publication_rel r CROSS JOIN LATERAL (VALUES (r.prrelid::regclass::text)) t(name)"
	"  WHERE r.prpubid = p.oid AND " PGM_PUBLICATION_EXCEPT
	" ) x ON true",
	.parts = publication_parts,
	.nparts = lengthof(publication_parts),
};

/*
 * PgmKind.create: the definition is what follows the name of the relation.
 */
static void
publication_table_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "ALTER PUBLICATION %s ADD TABLE ONLY %s%s",
			  obj->parent->identity, obj->name, obj->definition);
}

/*
 * PgmKind.drop
 */
static void
publication_table_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "ALTER PUBLICATION %s DROP TABLE ONLY %s", obj->parent->identity, obj->name);
}

/*
 * Columns in the order of their names: the order in which they are stored is
 * that of the table.
 */
const PgmKind pgm_kind_publication_table = {
	.name = "publication table",
	.word = "PUBLICATION",
	.classid = PublicationRelRelationId,
	.parent_class = PublicationRelationId,
	.rank = 401,
	.present = {PGM_ANY(PublicationRelRelationId)},
	.query =
	"SELECT r.oid, 0, p.oid, 0, n.nspname::text, x.name,"
	" quote_ident(p.pubname) || '.' || x.name, NULL::text,"
	" coalesce(' (' || a.columns || ')', '')"
	"  || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', ''),"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_publication_rel r"
	" JOIN pg_publication p ON p.oid = r.prpubid"
	" JOIN pg_class c ON c.oid = r.prrelid AND c.relnamespace = ANY ($1)"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" CROSS JOIN LATERAL (VALUES (quote_ident(n.nspname) || '.' || quote_ident(c.relname))) AS x(name)"
	" LEFT JOIN LATERAL ("
	"  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) AS columns"
	"  FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)"
	" ) a ON r.prattrs IS NOT NULL"
	" WHERE NOT " PGM_PUBLICATION_EXCEPT,
	.create = publication_table_create,
	.drop = publication_table_drop,
};

/*
 * PgmKind.create
 */
static void
publication_schema_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "ALTER PUBLICATION %s ADD TABLES IN SCHEMA %s",
			  obj->parent->identity, obj->name);
}

/*
 * PgmKind.drop
 */
static void
publication_schema_drop(PgmWriter *w, const PgmObject *obj)
{
	pgm_write(w, "ALTER PUBLICATION %s DROP TABLES IN SCHEMA %s",
			  obj->parent->identity, obj->name);
}

const PgmKind pgm_kind_publication_schema = {
	.name = "publication schema",
	.word = "PUBLICATION",
	.classid = PublicationNamespaceRelationId,
	.parent_class = PublicationRelationId,
	.rank = 402,
	.present = {PGM_ANY(PublicationNamespaceRelationId)},
	.query =
	"SELECT r.oid, 0, p.oid, 0, n.nspname::text, quote_ident(n.nspname),"
	" quote_ident(p.pubname) || '.' || quote_ident(n.nspname), NULL::text, NULL::text,"
	" NULL::oid, NULL::aclitem[], NULL::text[], NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_publication_namespace r"
	" JOIN pg_publication p ON p.oid = r.pnpubid"
	" JOIN pg_namespace n ON n.oid = r.pnnspid"
	" WHERE n.oid = ANY ($1)",
	.create = publication_schema_create,
	.drop = publication_schema_drop,
};

enum
{
	SUBSCRIPTION_SOURCE,
	SUBSCRIPTION_PUBLICATIONS,
	SUBSCRIPTION_SLOT,
	SUBSCRIPTION_OPTIONS		/* from here on the name of a part is the
								 * option's */
};

#define SUBSCRIPTION_OPTION(option, by_default) \
	{ \
		.name = option, \
		.set = "ALTER SUBSCRIPTION %i SET (" option " = %v)", \
		.unset = "ALTER SUBSCRIPTION %i SET (" option " = " by_default ")" \
	}

static const PgmPart subscription_parts[] = {
	[SUBSCRIPTION_SOURCE] = {
		.name = "connection",
		.set = "ALTER SUBSCRIPTION %i %v"
	},
	[SUBSCRIPTION_PUBLICATIONS] = {
		.name = "publications",
		.set = "ALTER SUBSCRIPTION %i SET PUBLICATION %v WITH (refresh = false)"
	},
	[SUBSCRIPTION_SLOT] = {
		.name = "slot_name",
		.set = "ALTER SUBSCRIPTION %i SET (slot_name = %v)"
	},
	[SUBSCRIPTION_OPTIONS] = SUBSCRIPTION_OPTION("binary", "false"),
	SUBSCRIPTION_OPTION("streaming", PGM_SUBSCRIPTION_STREAMING),
	SUBSCRIPTION_OPTION("disable_on_error", "false"),
	SUBSCRIPTION_OPTION("synchronous_commit", "off"),
	SUBSCRIPTION_OPTION("password_required", "true"),
	SUBSCRIPTION_OPTION("run_as_owner", "false"),
	SUBSCRIPTION_OPTION("origin", "any"),
	SUBSCRIPTION_OPTION("max_retention_duration", "0"),
	SUBSCRIPTION_OPTION("wal_receiver_timeout", "'-1'"),
};

/*
 * PgmKind.create: the definition is what cannot be altered in a transaction.
 */
static void
subscription_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	pgm_write(w, "CREATE SUBSCRIPTION %s %s PUBLICATION %s WITH (connect = false, slot_name = %s",
			  obj->identity, obj->parts[SUBSCRIPTION_SOURCE],
			  obj->parts[SUBSCRIPTION_PUBLICATIONS], obj->parts[SUBSCRIPTION_SLOT]);
	for (int i = SUBSCRIPTION_OPTIONS; i < obj->kind->nparts; i++)
		if (obj->parts[i] != NULL)
			pgm_write_more(w, ", %s = %s", subscription_parts[i].name, obj->parts[i]);
	pgm_write_more(w, "%s)", obj->definition);
}

/*
 * A subscription that is cut off from its slot must be disabled.
 */
static void
write_cut_off(PgmWriter *w, const PgmObject *obj)
{
	pgm_write_hazard(w, PGM_DECIDE,
					 "the replication slot %s of the publisher stays and keeps WAL until it is dropped there",
					 obj->parts[SUBSCRIPTION_SLOT]);
	pgm_write(w, "ALTER SUBSCRIPTION %s DISABLE", obj->identity);
}

/*
 * PgmKind.drop: a subscription with a slot cannot be dropped in a transaction.
 */
static void
subscription_drop(PgmWriter *w, const PgmObject *obj)
{
	if (strcmp(obj->parts[SUBSCRIPTION_SLOT], "NONE") != 0)
	{
		write_cut_off(w, obj);
		pgm_write_part(w, subscription_parts[SUBSCRIPTION_SLOT].set, obj, "NONE", NULL);
	}
	pgm_write_drop(w, obj);
}

/*
 * PgmKind.alter
 */
static void
subscription_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->parts[SUBSCRIPTION_SLOT], "NONE") != 0 &&
		strcmp(to->parts[SUBSCRIPTION_SLOT], "NONE") == 0)
		write_cut_off(w, from);
	pgm_write_alter(w, from, to);
}

/* 'on' for a boolean option that is, NULL else */
#define IF_TRUE(column) "CASE WHEN " column " THEN 'true' END"

/*
 * Not everybody may read subconninfo, and a query that mentions the column is
 * refused even if it has no rows.  So the column is read by a query inside the
 * query, for those who may; hex, because the result is XML.
 */
const PgmKind pgm_kind_subscription = {
	.name = "subscription",
	.word = "SUBSCRIPTION",
	.classid = SubscriptionRelationId,
	.rank = 410,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT s.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(s.subname),"
	" quote_ident(s.subname), NULL::text,"
	" CASE WHEN s.subtwophasestate <> 'd' THEN ', two_phase = true' ELSE '' END"
	"  || CASE WHEN " PGM_SUBSCRIPTION_FAILOVER " THEN ', failover = true' ELSE '' END"
	"  || CASE WHEN " PGM_SUBSCRIPTION_RETAINS " THEN ', retain_dead_tuples = true' ELSE '' END,"
	" s.subowner, NULL::aclitem[],"
	" ARRAY[coalesce('SERVER ' || (SELECT quote_ident(v.srvname)"
	"   FROM pg_foreign_server v WHERE v.oid = " PGM_SUBSCRIPTION_SERVER "),"
	"   'CONNECTION ' || quote_literal(convert_from(decode(substring("
	"    query_to_xml('SELECT encode(convert_to(subconninfo, getdatabaseencoding()), ''hex'') AS hex"
	"     FROM pg_subscription WHERE oid = ' || s.oid, false, true, '')::text"
	"    FROM '<hex>([0-9a-f]*)</hex>'), 'hex'), getdatabaseencoding()))),"
	"  (SELECT string_agg(quote_ident(u.name), ', ' ORDER BY u.ordinality)"
	"   FROM unnest(s.subpublications) WITH ORDINALITY u(name)),"
	"  coalesce(quote_literal(s.subslotname), 'NONE'),"
	"  " IF_TRUE("s.subbinary") ","
	"  nullif(CASE s.substream::text WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'p' THEN 'parallel'"
	"   ELSE 'off' END, '" PGM_SUBSCRIPTION_STREAMING "'),"
	"  " IF_TRUE("s.subdisableonerr") ","
	"  CASE WHEN s.subsynccommit <> 'off' THEN quote_literal(s.subsynccommit) END,"
	"  CASE WHEN NOT " PGM_SUBSCRIPTION_NEEDS_PASSWORD " THEN 'false' END,"
	"  " IF_TRUE(PGM_SUBSCRIPTION_RUNS_AS_OWNER) ","
	"  CASE WHEN " PGM_SUBSCRIPTION_ORIGIN " <> 'any' THEN quote_literal(" PGM_SUBSCRIPTION_ORIGIN ") END,"
	"  CASE WHEN " PGM_SUBSCRIPTION_MAX_RETENTION " <> 0 THEN " PGM_SUBSCRIPTION_MAX_RETENTION "::text END,"
	"  CASE WHEN " PGM_SUBSCRIPTION_TIMEOUT " <> '-1' THEN quote_literal(" PGM_SUBSCRIPTION_TIMEOUT ") END],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_subscription s"
	" JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()"
	" WHERE has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')",
	.parts = subscription_parts,
	.nparts = lengthof(subscription_parts),
	.create = subscription_create,
	.drop = subscription_drop,
	.alter = subscription_alter,
};
