/*-------------------------------------------------------------------------
 *
 * trigger.c
 *	  Triggers and event triggers.
 *
 * A trigger on a partitioned table has a copy on each partition.  The copies
 * come and go with it, but each can be enabled or disabled by itself; that is
 * all that is said of them.  The triggers that foreign keys are made of have
 * names that hold OIDs, and are left alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"

#include "schema/kinds.h"
#include "schema/trigger.h"

#define CREATE_TRIGGER "CREATE TRIGGER "

enum
{
	PART_FIRES
};

/*
 * ONLY: whether the copies on partitions fire is said of each.
 */
static const PgmPart trigger_parts[] = {
	[PART_FIRES] = {
		.name = "enabled",
		.set = "ALTER TABLE ONLY %p %v TRIGGER %n",
		.unset = "ALTER TABLE ONLY %p ENABLE TRIGGER %n"
	},
};

static bool
is_plain_trigger(const PgmObject *obj)
{
	return strncmp(obj->definition, CREATE_TRIGGER, strlen(CREATE_TRIGGER)) == 0;
}

/*
 * PgmKind.way: OR REPLACE can change everything but constraint triggers.  It
 * enables the copies on partitions again, so these are better made anew.
 */
static PgmWay
trigger_way(const PgmObject *from, const PgmObject *to)
{
	if (pgm_same_text(from->definition, to->definition))
		return PGM_ALTER;
	if (!is_plain_trigger(from) || !is_plain_trigger(to) || to->extra[0] != NULL)
		return PGM_REPLACE;
	return PGM_ALTER;
}

/*
 * PgmKind.alter: a trigger that is replaced is enabled.
 */
static void
trigger_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (pgm_same_text(from->definition, to->definition))
	{
		pgm_write_alter(w, from, to);
		return;
	}
	pgm_write(w, "CREATE OR REPLACE TRIGGER %s", to->definition + strlen(CREATE_TRIGGER));
	if (to->parts[PART_FIRES] != NULL)
		pgm_write_part(w, trigger_parts[PART_FIRES].set, to, to->parts[PART_FIRES], NULL);
}

/* the columns up to "target" and what they come from */
#define TRIGGER_NAMES(target) \
	"SELECT t.oid, 0, c.oid, 0, n.nspname::text, quote_ident(t.tgname)," \
	" quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(t.tgname), " \
	target

#define TRIGGER_FROM \
	" FROM pg_trigger t" \
	" JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = ANY ($1)" \
	" JOIN pg_namespace n ON n.oid = c.relnamespace"

const PgmKind pgm_kind_trigger = {
	.name = "trigger",
	.word = "TRIGGER",
	.classid = TriggerRelationId,
	.parent_class = RelationRelationId,
	.rank = 370,
	.query =
	TRIGGER_NAMES("'TRIGGER ' || quote_ident(t.tgname) || ' ON '"
				  " || quote_ident(n.nspname) || '.' || quote_ident(c.relname)")
	", pg_get_triggerdef(t.oid), NULL::oid, NULL::aclitem[],"
	" ARRAY[" PGM_FIRES("t.tgenabled") "], NULL::oid[], NULL::text,"
	" ARRAY[CASE WHEN c.relkind = 'p' THEN 'copied' END]"
	TRIGGER_FROM
	" WHERE NOT t.tgisinternal AND t.tgparentid = 0",
	.parts = trigger_parts,
	.nparts = lengthof(trigger_parts),
	.way = trigger_way,
	.alter = trigger_alter,
};

/*
 * PgmKind.create: the copy of a trigger that is disabled is disabled when it
 * is made for a new partition, and enabled when it is made with the trigger.
 */
static void
copy_create(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *original = obj->extra[0];
	const char *fires = obj->parts[PART_FIRES];

	if (fires != NULL)
		pgm_write_part(w, trigger_parts[PART_FIRES].set, obj, fires, NULL);
	else if (original != NULL)
		pgm_write_part(w, trigger_parts[PART_FIRES].unset, obj, NULL, NULL);
}

/*
 * PgmKind.drop: it goes with its trigger or with its partition.
 */
static void
copy_drop(PgmWriter *w, const PgmObject *obj)
{
}

const PgmKind pgm_kind_partition_trigger = {
	.name = "partition trigger",
	.word = "TRIGGER",
	.classid = TriggerRelationId,
	.parent_class = RelationRelationId,
	.rank = 371,
	.present = {PGM_ANY(InheritsRelationId)},
	.query =
	TRIGGER_NAMES("'TRIGGER ' || quote_ident(t.tgname) || ' ON '"
				  " || quote_ident(n.nspname) || '.' || quote_ident(c.relname)")
	", NULL::text, NULL::oid, NULL::aclitem[],"
	" ARRAY[" PGM_FIRES("t.tgenabled") "],"
	" ARRAY['pg_trigger'::regclass::oid, o.oid, 0], NULL::text,"
	" ARRAY[" PGM_FIRES("o.tgenabled") "]"
	TRIGGER_FROM
	" JOIN pg_trigger o ON o.oid = t.tgparentid"
	" WHERE NOT t.tgisinternal AND t.tgparentid <> 0",
	.parts = trigger_parts,
	.nparts = lengthof(trigger_parts),
	.create = copy_create,
	.drop = copy_drop,
};

static const PgmPart event_trigger_parts[] = {
	[PART_FIRES] = {
		.name = "enabled",
		.set = "ALTER EVENT TRIGGER %i %v",
		.unset = "ALTER EVENT TRIGGER %i ENABLE"
	},
};

/*
 * The tags are compared in the order in which they were given, which is the
 * one that everybody sees.
 *
 * The rank is the last there is: what a script makes after an event trigger
 * would fire it.
 */
const PgmKind pgm_kind_event_trigger = {
	.name = "event trigger",
	.word = "EVENT TRIGGER",
	.classid = EventTriggerRelationId,
	.rank = 430,
	.flags = PGM_GLOBAL,
	.query =
	"SELECT t.oid, 0, NULL::oid, NULL::int4, NULL::text, quote_ident(t.evtname),"
	" quote_ident(t.evtname), NULL::text,"
	" 'CREATE EVENT TRIGGER ' || quote_ident(t.evtname) || ' ON ' || quote_ident(t.evtevent)"
	"  || coalesce((SELECT E'\\n  WHEN TAG IN ('"
	"   || string_agg(quote_literal(g.tag), ', ' ORDER BY g.ordinality) || ')'"
	"   FROM unnest(t.evttags) WITH ORDINALITY g(tag)), '')"
	"  || E'\\n  EXECUTE FUNCTION ' || t.evtfoid::regproc || '()',"
	" t.evtowner, NULL::aclitem[], ARRAY[" PGM_FIRES("t.evtenabled") "],"
	" NULL::oid[], NULL::text, NULL::text[]"
	" FROM pg_event_trigger t",
	.parts = event_trigger_parts,
	.nparts = lengthof(event_trigger_parts),
};
