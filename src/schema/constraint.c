/*-------------------------------------------------------------------------
 *
 * constraint.c
 *	  Constraints of tables: primary key, unique, exclusion, check, and
 *	  foreign keys.
 *
 * Those of domains are in domain.c, those that say NOT NULL belong to their
 * column, and constraint triggers are triggers.
 *
 * A check that a table has from its parents is an object too, though the
 * statement that makes it on the parent makes it here: to attach a table, it
 * must have the check before, and detaching leaves the check behind.  So is
 * the copy of a foreign key that a partition has, but only for what detaching
 * leaves behind; what it says is said by the foreign key of the parent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "common/compat.h"
#include "schema/constraint.h"
#include "schema/index.h"
#include "schema/kinds.h"
#include "schema/table.h"

/* SQL: what the definition of a constraint ends with, or NULL */
#define PGM_CONSTRAINT_STATE \
	"CASE WHEN NOT " PGM_SQL_CONENFORCED " THEN 'NOT ENFORCED'" \
	" WHEN NOT c.convalidated THEN 'NOT VALID' END"

/* parts of a constraint, after those of its index */
enum
{
	PART_INDEX_COMMENT = PGM_INDEX_PARTS,
	PART_STATE,					/* NOT VALID or NOT ENFORCED */
	PART_INHERITED,				/* from a parent and not its own */
	CONSTRAINT_NPARTS
};

/* the texts of "extra", after those of an index */
enum
{
	EXTRA_ONLY = PGM_INDEX_EXTRAS,	/* "ONLY " or "" */
	EXTRA_INHERITED				/* set if it has it from a parent at all */
};

/* parts and texts of a foreign key */
enum
{
	KEY_STATE,
	KEY_DEFERRABLE,
	KEY_COPY,					/* its own name, if it is a copy */
	KEY_NPARTS
};

enum
{
	KEY_TABLE,
	KEY_COPY_OF					/* name of the parent's, if it is a copy */
};

static const char *
table_of(const PgmObject *obj)
{
	return obj->extra[PGM_INDEX_TABLE];
}

/*
 * Does the table have the check from its parents alone?
 */
bool
pgm_constraint_is_inherited(const PgmObject *obj)
{
	return obj->kind == &pgm_kind_constraint && obj->parts[PART_INHERITED] != NULL;
}

/*
 * Is this the copy that a partition has of a foreign key?
 */
static bool
is_copy(const PgmObject *obj)
{
	return obj->kind == &pgm_kind_foreign_key && obj->extra[KEY_COPY_OF] != NULL;
}

/*
 * Does the constraint follow that of a parent, which must be renamed then?
 */
bool
pgm_constraint_follows(const PgmObject *obj)
{
	return pgm_constraint_is_inherited(obj) || is_copy(obj);
}

/*
 * Returns the constraint of that name that the parent has to which this tie
 * of a table is, or NULL.
 */
static const PgmObject *
constraint_of_parent(const PgmObject *tie, const char *name)
{
	const PgmObject *parent = pgm_tie_parent(tie);
	ListCell   *lc;

	if (parent == NULL)
		return NULL;
	foreach(lc, parent->pieces)
	{
		const PgmObject *piece = lfirst(lc);

		if (piece->kind->classid == ConstraintRelationId && strcmp(piece->name, name) == 0)
			return piece;
	}
	return NULL;
}

/*
 * Does the table have the constraint, which has that name there, from a parent
 * that is its parent all the way?  "wanted" says which of the snapshots the
 * object is of.
 */
static bool
stays_inherited(const PgmObject *obj, const char *name, bool wanted)
{
	ListCell   *lc;

	if (obj->parent == NULL)
		return true;
	foreach(lc, pgm_ties_of(obj->parent))
	{
		const PgmObject *tie = lfirst(lc);

		if (!(wanted ? pgm_tie_stays(tie->other, tie) : pgm_tie_stays(tie, tie->other)))
			continue;
		if (pgm_tie_parent(tie) == NULL || constraint_of_parent(tie, name) != NULL)
			return true;
	}
	return false;
}

/*
 * Returns the definition with the clauses for the index, and the state.
 */
static char *
body_of(const PgmObject *obj)
{
	const char *tail = obj->extra[PGM_INDEX_TAIL];
	const char *state = obj->parts[PART_STATE];
	int			length;

	if (tail == NULL)
		tail = "";
	length = strlen(obj->definition) - strlen(tail);
	return psprintf("%.*s%s%s%s%s", length, obj->definition, pgm_index_clauses(obj), tail,
					state != NULL ? " " : "", state != NULL ? state : "");
}

/*
 * Returns the clause that makes the constraint inside CREATE TABLE.
 */
char *
pgm_constraint_clause(const PgmObject *obj)
{
	return psprintf("CONSTRAINT %s %s", obj->name, body_of(obj));
}

/*
 * Has the table another unique constraint or primary key over the same
 * columns?  CREATE TABLE would take the two for one.
 */
static bool
has_twin(const PgmObject *obj)
{
	const char *columns = strchr(obj->definition, '(');
	ListCell   *lc;

	if (obj->claims == NULL || columns == NULL || obj->parent == NULL)
		return false;
	foreach(lc, obj->parent->pieces)
	{
		const PgmObject *piece = lfirst(lc);
		const char *others = strchr(piece->definition, '(');

		if (piece != obj && piece->kind == obj->kind && piece->claims != NULL &&
			others != NULL && strcmp(columns, others) == 0)
			return true;
	}
	return false;
}

/*
 * Can CREATE TABLE say all of it?  NOT VALID means nothing there.
 */
static bool
constraint_folds(const PgmObject *obj)
{
	return obj->parts[PGM_INDEX_STATISTICS] == NULL &&
		obj->parts[PGM_INDEX_CLUSTER] == NULL &&
		obj->parts[PGM_INDEX_REPLICA] == NULL &&
		obj->parts[PGM_INDEX_EXTENSIONS] == NULL &&
		obj->parts[PART_INDEX_COMMENT] == NULL &&
		!has_twin(obj) &&
		(obj->parts[PART_STATE] == NULL || strcmp(obj->parts[PART_STATE], "NOT VALID") != 0);
}

/*
 * Says that the constraint may be against rows that there are.  A partitioned
 * table has none that its own index could be against.
 */
static void
write_add_hazard(PgmWriter *w, const PgmObject *obj, const char *state)
{
	if (obj->parent != NULL && obj->parent->other != NULL && state == NULL &&
		(obj->claims == NULL || !pgm_is_partitioned(obj->parent)))
		pgm_write_hazard(w, PGM_MAY_FAIL, "rows of %s that are against it", table_of(obj));
}

static void
write_index_comment(PgmWriter *w, const PgmObject *obj)
{
	const char *comment = obj->parts[PART_INDEX_COMMENT];

	pgm_write(w, "COMMENT ON INDEX %s IS %s", obj->claims, comment != NULL ? comment : "NULL");
}

static void
add_constraint(PgmWriter *w, const PgmObject *obj)
{
	write_add_hazard(w, obj, obj->parts[PART_STATE]);
	pgm_write(w, "ALTER TABLE %s%s ADD CONSTRAINT %s %s",
			  obj->extra[EXTRA_ONLY], table_of(obj), obj->name, body_of(obj));
}

/*
 * Is a check that the table has from a parent dropped there, too?  Whether
 * it goes with that depends on whether the table is still a child then.
 */
static bool
source_is_dropped(const PgmObject *obj)
{
	ListCell   *lc;

	foreach(lc, pgm_ties_of(obj->parent))
	{
		const PgmObject *source = constraint_of_parent(lfirst(lc), obj->name);

		if (source != NULL &&
			(source->other == NULL ||
			 strcmp(source->definition, source->other->definition) != 0))
			return true;
	}
	return false;
}

/*
 * A check from a parent comes with the statement for the parent, or, to a
 * table that begins to inherit, by pgm_constraint_show().  A partition must
 * have it before it is attached.
 */
static void
create_constraint(PgmWriter *w, const PgmObject *obj, List *inside)
{
	if (pgm_constraint_is_inherited(obj) &&
		(stays_inherited(obj, obj->name, true) ||
		 (obj->parent != NULL && !pgm_is_partition(obj->parent))))
		return;
	add_constraint(w, obj);
	if (obj->claims == NULL)
		return;
	pgm_index_write_rest(w, obj, obj->claims);
	if (obj->parts[PART_INDEX_COMMENT] != NULL)
		write_index_comment(w, obj);
}

static void
drop_constraint(PgmWriter *w, const PgmObject *obj)
{
	bool		inherited = pgm_constraint_is_inherited(obj);

	if (inherited && stays_inherited(obj, obj->name, false))
		return;
	pgm_write(w, "ALTER TABLE %s DROP CONSTRAINT %s%s", table_of(obj),
			  inherited && source_is_dropped(obj) ? "IF EXISTS " : "", obj->name);
}

/*
 * How a check becomes the table's own, or stops to be.  Attaching a table as
 * a partition makes its checks inherited ones and detaching makes them its
 * own, so there is nothing to do then.
 */
static PgmWay
way_of_inherited(const PgmObject *from, const PgmObject *to)
{
	if (from->parts[PART_INHERITED] != NULL)
	{
		if (!stays_inherited(from, from->name, false))
			return source_is_dropped(from) ? PGM_REPLACE : PGM_ALTER;
		return to->extra[EXTRA_INHERITED] != NULL ? PGM_ALTER : PGM_REPLACE;
	}
	if (!stays_inherited(to, to->name, true))
		return to->parent != NULL && pgm_is_partition(to->parent) ? PGM_ALTER : PGM_REPLACE;
	return from->extra[EXTRA_INHERITED] != NULL ? PGM_ALTER : PGM_REPLACE;
}

static PgmWay
way_of_constraint(const PgmObject *from, const PgmObject *to)
{
	if (strcmp(from->definition, to->definition) != 0)
		return PGM_REPLACE;
	if (!pgm_same_text(from->parts[PART_STATE], to->parts[PART_STATE]) &&
		(to->parts[PART_STATE] != NULL ||
		 strcmp(from->parts[PART_STATE], "NOT VALID") != 0))
		return PGM_REPLACE;
	if (!pgm_same_text(from->parts[PART_INHERITED], to->parts[PART_INHERITED]))
		return way_of_inherited(from, to);
	return PGM_ALTER;
}

/*
 * Drops the check of a parent, to give its children another relation to it.
 */
static void
hide_check(PgmWriter *w, const PgmObject *source)
{
	pgm_write(w, "ALTER TABLE %s DROP CONSTRAINT %s", table_of(source), source->name);
}

static void
show_check(PgmWriter *w, const PgmObject *source)
{
	add_constraint(w, source);
	if (source->comment != NULL)
		pgm_write(w, "COMMENT ON %s IS %s", source->target,
				  quote_literal_cstr(source->comment));
}

/*
 * Returns the checks of the parent that the table, which begins to inherit
 * from it by this tie, shall have from there alone.  A table that is made to
 * inherit must have the check, and then has it as its own, too.
 */
static List *
checks_to_hide(const PgmObject *tie)
{
	List	   *checks = NIL;
	ListCell   *lc;

	foreach(lc, tie->parent->pieces)
	{
		const PgmObject *piece = lfirst(lc);
		const PgmObject *source;

		if (!pgm_constraint_is_inherited(piece) || stays_inherited(piece, piece->name, true))
			continue;
		source = constraint_of_parent(tie, piece->name);
		/* one that is yet to be made comes by itself */
		if (source != NULL &&
			(!source->made || (source->parent->made && constraint_folds(source))))
			checks = lappend(checks, unconstify(PgmObject *, source));
	}
	return checks;
}

/*
 * Called before and after a table is made to inherit by ALTER TABLE: takes
 * away, and gives back, the checks that it shall have from the parent alone.
 */
void
pgm_constraint_hide(PgmWriter *w, const PgmObject *tie)
{
	ListCell   *lc;

	foreach(lc, checks_to_hide(tie))
		hide_check(w, lfirst(lc));
}

void
pgm_constraint_show(PgmWriter *w, const PgmObject *tie)
{
	ListCell   *lc;

	foreach(lc, checks_to_hide(tie))
		show_check(w, lfirst(lc));
}

/*
 * The table has the check from a parent and as its own, and shall have it
 * from the parent alone.  It cannot be dropped as long as the parent has it.
 */
static void
write_disown(PgmWriter *w, const PgmObject *to)
{
	const PgmObject *source = NULL;
	ListCell   *lc;

	foreach(lc, pgm_ties_of(to->parent))
		if (source == NULL)
			source = constraint_of_parent(lfirst(lc), to->name);
	if (source == NULL)
		return;
	hide_check(w, source);
	pgm_write(w, "ALTER TABLE %s DROP CONSTRAINT %s", table_of(to), to->name);
	show_check(w, source);
}

static void
alter_constraint(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	if (!pgm_same_text(from->parts[PART_STATE], to->parts[PART_STATE]))
	{
		write_add_hazard(w, to, NULL);
		pgm_write(w, "ALTER TABLE %s VALIDATE CONSTRAINT %s", table_of(to), to->name);
	}
	if (from->parts[PART_INHERITED] != NULL && to->parts[PART_INHERITED] == NULL)
	{
		if (stays_inherited(from, from->name, false))
			add_constraint(w, to);
	}
	else if (from->parts[PART_INHERITED] == NULL && to->parts[PART_INHERITED] != NULL)
	{
		if (from->extra[EXTRA_INHERITED] != NULL && stays_inherited(to, to->name, true))
			write_disown(w, to);
	}
	if (to->claims == NULL)
		return;
	pgm_index_write_changes(w, from, to, to->claims);
	if (!pgm_same_text(from->parts[PART_INDEX_COMMENT], to->parts[PART_INDEX_COMMENT]))
		write_index_comment(w, to);
}

static const PgmPart constraint_parts[CONSTRAINT_NPARTS] = {
	PGM_INDEX_PART_TEXTS,
	{"comment on the index", NULL, NULL, NULL},
	{"validity", NULL, NULL, NULL},
	{"inherited", NULL, NULL, NULL}
};

/*
 * pg_get_constraintdef() gives no storage parameters for a primary key or
 * unique constraint; for an exclusion constraint it does, and they are cut
 * out.  The tail is what follows the place for them.
 *
 * The constraint of a partitioned table comes after the attachments of its
 * partitions, for the same reason as its indexes do.  A check comes after
 * those of children that are their own too.
 */
static const char constraint_query[] =
	"SELECT oid, 0, conrelid, 0, nspname::text, quote_ident(conname),"
	" format('%I.%I.%I', nspname, relname, conname),"
	" format('CONSTRAINT %I ON %s', conname, tablename),"
	" CASE WHEN tail IS NULL OR options IS NULL THEN body"
	" ELSE left(body, length(body) - length(options || tail)) || tail END,"
	" NULL::oid, NULL::aclitem[],"
	" ARRAY[CASE WHEN contype <> 'x' OR tail IS NOT NULL THEN listed_options END, space, targets,"
	"       clustered, replica, extensions, index_comment, CASE WHEN conislocal THEN state END,"
	"       CASE WHEN NOT conislocal AND contype = 'c' THEN 'inherited' END],"
	" needs,"
	" CASE WHEN contype <> 'c' THEN format('%I.%I', nspname, conname) END,"
	" ARRAY[tablename, tail, alone,"
	"       CASE WHEN coninhcount > 0 THEN 'inherited' END]"
	" FROM (SELECT r.*,"
	"       CASE WHEN right(body, coalesce(length(options), 0) + length(wanted_tail)) ="
	"                 coalesce(options, '') || wanted_tail THEN wanted_tail END AS tail"
	"  FROM (SELECT q.*,"
	"        left(def, length(def) - coalesce(length(state) + 1, 0)) AS body"
	"   FROM (SELECT c.oid, c.conrelid, c.conname, c.contype, c.conislocal, c.coninhcount,"
	"    n.nspname, t.relname, format('%I.%I', n.nspname, t.relname) AS tablename,"
	"    pg_get_constraintdef(c.oid) AS def, " PGM_CONSTRAINT_STATE " AS state,"
	"    CASE WHEN c.contype <> 'c' AND (t.relkind = 'p' OR t.relhassubclass) THEN 'ONLY ' ELSE '' END AS alone,"
	"    CASE WHEN c.contype = 'x' THEN" PGM_INDEX_OPTIONS_DEFINED " END AS options,"
	PGM_INDEX_OPTIONS_LISTED " AS listed_options,"
	PGM_INDEX_SPACE " AS space,"
	PGM_INDEX_TARGETS " AS targets,"
	PGM_INDEX_CLUSTERED " AS clustered,"
	PGM_INDEX_REPLICATED " AS replica, ex.extensions,"
	"    quote_literal(d.description) AS index_comment,"
	"    CASE WHEN c.contype <> 'c' THEN"
	"     CASE WHEN x.indpred IS NOT NULL AND (i.reloptions IS NOT NULL OR i.reltablespace <> 0)"
	"     THEN ' WHERE (' || pg_get_expr(x.indpred, x.indrelid) || ')' ELSE '' END ||"
	"     CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END ||"
	"     CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END END AS wanted_tail,"
	"    CASE WHEN c.contype <> 'c' AND t.relkind = 'p' THEN"
	"     (SELECT array_agg(ARRAY['pg_inherits'::regclass::oid, a.inhrelid, a.inhseqno::oid])"
	"      FROM pg_inherits a WHERE a.inhparent = t.oid)"
	"    WHEN c.contype = 'c' AND t.relhassubclass THEN"
	"     (SELECT array_agg(ARRAY['pg_constraint'::regclass::oid, o.oid, 0::oid])"
	"      FROM pg_inherits a JOIN pg_constraint o ON o.conrelid = a.inhrelid"
	"      WHERE a.inhparent = t.oid AND o.contype = 'c' AND o.conname = c.conname"
	"      AND o.conislocal AND o.coninhcount > 0) END AS needs"
	"    FROM pg_constraint c"
	"    JOIN pg_class t ON t.oid = c.conrelid"
	"    JOIN pg_namespace n ON n.oid = t.relnamespace"
	"    LEFT JOIN pg_class i ON i.oid = c.conindid"
	"    LEFT JOIN pg_index x ON x.indexrelid = c.conindid"
	"    LEFT JOIN pg_tablespace ts ON ts.oid = i.reltablespace"
	PGM_INDEX_JOIN_EXTENSIONS
	"    LEFT JOIN pg_description d ON d.objoid = c.conindid AND d.objsubid = 0"
	"                              AND d.classoid = 'pg_class'::regclass"
	"    WHERE c.contype IN ('p', 'u', 'x', 'c') AND t.relnamespace = ANY ($1)"
	"    AND t.relkind IN ('r', 'p', 'f')"
	"    OFFSET 0) q) r) s";

const PgmKind pgm_kind_constraint = {
	.name = "constraint",
	.word = "CONSTRAINT",
	.classid = ConstraintRelationId,
	.parent_class = RelationRelationId,
	.rank = 330,
	.flags = PGM_FOLDS | PGM_FOLLOWS_TYPE,
	.query = constraint_query,
	.parts = constraint_parts,
	.nparts = lengthof(constraint_parts),
	.create = create_constraint,
	.drop = drop_constraint,
	.way = way_of_constraint,
	.alter = alter_constraint,
	.folds = constraint_folds,
};

static void
create_key(PgmWriter *w, const PgmObject *obj, List *inside)
{
	const char *deferrable = obj->parts[KEY_DEFERRABLE];
	const char *state = obj->parts[KEY_STATE];

	if (is_copy(obj))
		return;
	write_add_hazard(w, obj, state);
	pgm_write(w, "ALTER TABLE %s ADD CONSTRAINT %s %s%s%s%s%s",
			  obj->extra[KEY_TABLE], obj->name, obj->definition,
			  deferrable != NULL ? " " : "", deferrable != NULL ? deferrable : "",
			  state != NULL ? " " : "", state != NULL ? state : "");
}

/*
 * A copy goes with the foreign key of the parent, but stays when the table is
 * detached.  When it was a key of the table before, it has a name of its own
 * that is not known elsewhere.
 */
static void
drop_key(PgmWriter *w, const PgmObject *obj)
{
	if (is_copy(obj) && stays_inherited(obj, obj->extra[KEY_COPY_OF], false))
		return;
	if (is_copy(obj) && strcmp(obj->name, obj->extra[KEY_COPY_OF]) != 0)
		pgm_write(w, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s, DROP CONSTRAINT IF EXISTS %s",
				  obj->extra[KEY_TABLE], obj->name, obj->extra[KEY_COPY_OF]);
	else
		pgm_write(w, "ALTER TABLE %s DROP CONSTRAINT %s", obj->extra[KEY_TABLE], obj->name);
}

/*
 * A key becomes a copy when the table is attached, if it is the same as that
 * of the parent, and stops to be one when the table is detached.  Else nothing
 * can be made NOT VALID afterwards.
 */
static PgmWay
way_of_key(const PgmObject *from, const PgmObject *to)
{
	const char *state = to->parts[KEY_STATE];

	if (strcmp(from->definition, to->definition) != 0)
		return PGM_REPLACE;
	if (is_copy(from) && is_copy(to))
		return PGM_SAME;
	if (is_copy(from) || is_copy(to))
		return strcmp(from->name, to->name) == 0 &&
			pgm_same_text(from->parts[KEY_STATE], state) &&
			pgm_same_text(from->parts[KEY_DEFERRABLE], to->parts[KEY_DEFERRABLE]) ?
			PGM_ALTER : PGM_REPLACE;
	if (state != NULL && strcmp(state, "NOT VALID") == 0 &&
		!pgm_same_text(from->parts[KEY_STATE], state))
		return PGM_REPLACE;
	return PGM_ALTER;
}

static void
alter_key_state(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *table = to->extra[KEY_TABLE];

	if (to->parts[KEY_STATE] != NULL)
	{
		pgm_write(w, "ALTER TABLE %s ALTER CONSTRAINT %s NOT ENFORCED", table, to->name);
		return;
	}
	write_add_hazard(w, to, NULL);
	if (strcmp(from->parts[KEY_STATE], "NOT VALID") == 0)
		pgm_write(w, "ALTER TABLE %s VALIDATE CONSTRAINT %s", table, to->name);
	else
		pgm_write(w, "ALTER TABLE %s ALTER CONSTRAINT %s ENFORCED", table, to->name);
}

static void
alter_key(PgmWriter *w, const PgmObject *from, const PgmObject *to)
{
	const char *deferrable = to->parts[KEY_DEFERRABLE];

	if (!pgm_same_text(from->parts[KEY_STATE], to->parts[KEY_STATE]))
		alter_key_state(w, from, to);
	if (pgm_same_text(from->parts[KEY_DEFERRABLE], deferrable))
		return;
	if (deferrable == NULL)
		deferrable = "NOT DEFERRABLE";
	else if (strcmp(deferrable, "DEFERRABLE") == 0)
		deferrable = "DEFERRABLE INITIALLY IMMEDIATE";
	pgm_write(w, "ALTER TABLE %s ALTER CONSTRAINT %s %s", to->extra[KEY_TABLE],
			  to->name, deferrable);
}

static const PgmPart key_parts[KEY_NPARTS] = {
	{"validity", NULL, NULL, NULL},
	{"deferrable", NULL, NULL, NULL},
	{"inherited", NULL, NULL, NULL}
};

/*
 * What a foreign key refers to has to be unique: with partitions, it is so
 * when all their indexes are attached.  Of the copies that a foreign key has,
 * those for the partitions of the table it refers to are of no interest.
 */
static const char key_query[] =
	"WITH RECURSIVE attached AS"
	" (SELECT a.inhparent AS root, a.inhrelid, a.inhseqno FROM pg_inherits a"
	"  JOIN pg_class i ON i.oid = a.inhrelid AND i.relkind IN ('i', 'I')"
	"  UNION ALL"
	"  SELECT r.root, a.inhrelid, a.inhseqno FROM attached r"
	"  JOIN pg_inherits a ON a.inhparent = r.inhrelid),"
	" of_index AS"
	" (SELECT root, array_agg(ARRAY['pg_inherits'::regclass::oid, inhrelid, inhseqno::oid]) AS needs"
	"  FROM attached GROUP BY root)"
	"SELECT oid, 0, conrelid, 0, nspname::text, quote_ident(conname),"
	" CASE WHEN copy_of IS NULL THEN format('%s.%I', tablename, conname)"
	" WHEN taken THEN format('%s.%I (copy)', tablename, copy_of)"
	" ELSE format('%s.%I', tablename, copy_of) END,"
	" format('CONSTRAINT %I ON %s', conname, tablename),"
	" left(def, length(def) - coalesce(length(deferral) + 1, 0) - coalesce(length(state) + 1, 0)),"
	" NULL::oid, NULL::aclitem[], ARRAY[state, deferral, CASE WHEN copy_of IS NOT NULL THEN quote_ident(conname) END], needs, NULL::text,"
	" ARRAY[tablename, quote_ident(copy_of)]"
	" FROM (SELECT c.oid, c.conrelid, n.nspname, c.conname, o.conname AS copy_of,"
	"  format('%I.%I', n.nspname, t.relname) AS tablename,"
	"  pg_get_constraintdef(c.oid) AS def, " PGM_CONSTRAINT_STATE " AS state,"
	"  CASE WHEN c.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED'"
	"  WHEN c.condeferrable THEN 'DEFERRABLE' END AS deferral,"
	"  o.oid IS NOT NULL AND"
	"  EXISTS (SELECT FROM pg_constraint l WHERE l.conrelid = c.conrelid AND l.contypid = 0"
	"          AND l.conname = o.conname AND l.oid <> c.oid AND l.contype = 'f') AS taken,"
	"  x.needs"
	"  FROM pg_constraint c"
	"  JOIN pg_class t ON t.oid = c.conrelid"
	"  JOIN pg_namespace n ON n.oid = t.relnamespace"
	"  LEFT JOIN pg_constraint o ON o.oid = c.conparentid"
	"  LEFT JOIN of_index x ON x.root = c.conindid"
	"  WHERE c.contype = 'f' AND t.relnamespace = ANY ($1)"
	"  AND (o.oid IS NULL OR o.conrelid <> c.conrelid)"
	"  OFFSET 0) q";

const PgmKind pgm_kind_foreign_key = {
	.name = "foreign key",
	.word = "CONSTRAINT",
	.classid = ConstraintRelationId,
	.parent_class = RelationRelationId,
	.rank = 340,
	.query = key_query,
	.parts = key_parts,
	.nparts = lengthof(key_parts),
	.create = create_key,
	.drop = drop_key,
	.way = way_of_key,
	.alter = alter_key,
};
