/*-------------------------------------------------------------------------
 *
 * store.c
 *	  The rows of migrate_script and migrate_approval.
 *
 * Single rows, found by index, so that writing a revision and running a step
 * cost the same however many there are.  The graph as a whole is loaded by
 * graph.c.  Nothing here decides whether a change is allowed.
 *
 * migrate_script.is_head is kept so that "nothing to do" can be seen, and
 * revisions can be written, without the graph.  Rows put in by hand do not say
 * (NULL); they count as heads until somebody writes a revision and finds out.
 * migrate_check() tests the flags.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "common/compat.h"
#include "common/spi.h"
#include "revision/store.h"

#define SCRIPT_COLUMNS \
	"revision, down_revision, depends_on, branch_labels, message, upgrade," \
	" downgrade, author, is_head, creator, replaces, created_at"

static PgmStatement fetch_statement = {
	.sql = "SELECT " SCRIPT_COLUMNS " FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

/* OFFSET makes it one look into the index for each, whatever the statistics say */
static PgmStatement fetch_texts_statement = {
	.sql = "SELECT s.* FROM pg_catalog.unnest($1) AS n (revision), LATERAL"
	" (SELECT revision, upgrade, downgrade, author FROM %s.migrate_script"
	"  WHERE revision OPERATOR(pg_catalog.=) n.revision OFFSET 0) AS s",
	.nargs = 1,
	.argtypes = {TEXTARRAYOID}
};

static PgmStatement lock_statement = {
	.sql = "SELECT " SCRIPT_COLUMNS " FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement lock_for_delete_statement = {
	.sql = "SELECT " SCRIPT_COLUMNS " FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) $1 FOR UPDATE",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement keep_statement = {
	.sql = "SELECT " SCRIPT_COLUMNS " FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement pin_statement = {
	.sql = "SELECT 1 FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

#define NEXT_ORDINAL \
	"(SELECT COALESCE(pg_catalog.max(ordinal), 0::bigint)" \
	" OPERATOR(pg_catalog.+) 1::bigint FROM %s.migrate_script)"
#define INSERT_ROW(ordinal) \
	"INSERT INTO %s.migrate_script (" SCRIPT_COLUMNS ", ordinal)" \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11," \
	" COALESCE($12, pg_catalog.clock_timestamp()), " ordinal ")" \
	" ON CONFLICT DO NOTHING"
#define ROW_TYPES \
	TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID, \
	TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID

static PgmStatement next_ordinal_statement = {
	.sql = "SELECT " NEXT_ORDINAL
};

static PgmStatement insert_statement = {
	.sql = INSERT_ROW(NEXT_ORDINAL),
	.nargs = 12,
	.argtypes = {ROW_TYPES}
};

static PgmStatement insert_at_statement = {
	.sql = INSERT_ROW("$13"),
	.nargs = 13,
	.argtypes = {ROW_TYPES, INT8OID}
};

static PgmStatement update_statement = {
	.sql = "UPDATE %s.migrate_script SET down_revision = $2, depends_on = $3,"
	" branch_labels = $4, message = $5, upgrade = $6, downgrade = $7, author = $8,"
	" creator = $10, replaces = $11, created_at = COALESCE($12, created_at)"
	" WHERE revision OPERATOR(pg_catalog.=) $1",
	.nargs = 12,
	.argtypes = {ROW_TYPES}
};

static PgmStatement delete_statement = {
	.sql = "DELETE FROM %s.migrate_script WHERE revision OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement delete_approvals_statement = {
	.sql = "DELETE FROM %s.migrate_approval WHERE revision OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

static PgmStatement head_statement = {
	.sql = "UPDATE %s.migrate_script SET is_head = $2"
	" WHERE revision OPERATOR(pg_catalog.=) $1"
	" AND (is_head IS NULL OR is_head OPERATOR(pg_catalog.<>) $2)",
	.nargs = 2,
	.argtypes = {TEXTOID, BOOLOID}
};

static PgmStatement unsettled_statement = {
	.sql = "SELECT 1 FROM %s.migrate_script"
	" WHERE is_head IS NOT FALSE AND is_head IS NULL ORDER BY revision LIMIT 1"
};

static PgmStatement heads_statement = {
	.sql = "SELECT revision, is_head IS NULL FROM %s.migrate_script"
	" WHERE is_head IS NOT FALSE ORDER BY revision LIMIT $1",
	.nargs = 1,
	.argtypes = {INT8OID}
};

static PgmStatement flagged_statement = {
	.sql = "SELECT revision FROM %s.migrate_script WHERE is_head IS NOT FALSE AND is_head"
};

static PgmStatement replacing_statement = {
	.sql = "SELECT " SCRIPT_COLUMNS " FROM %s.migrate_script"
	" WHERE replaces OPERATOR(pg_catalog.<>) '{}'::pg_catalog.text[] ORDER BY ordinal, revision"
};

/* the replaced in a list of names become one, where the first of them was */
#define REPLACED_NAMES(column) \
	"ARRAY(SELECT u.name FROM (SELECT CASE WHEN n.name OPERATOR(pg_catalog.=) ANY ($1)" \
	" THEN $2 ELSE n.name END AS name, pg_catalog.min(n.place) AS place" \
	" FROM pg_catalog.unnest(" column ") WITH ORDINALITY AS n (name, place)" \
	" GROUP BY 1) u ORDER BY u.place)"

static PgmStatement replace_names_statement = {
	.sql = "UPDATE %s.migrate_script SET down_revision = " REPLACED_NAMES("down_revision") ","
	" depends_on = " REPLACED_NAMES("depends_on")
	" WHERE (down_revision OPERATOR(pg_catalog.&&) $1 OR depends_on OPERATOR(pg_catalog.&&) $1)"
	" AND NOT revision OPERATOR(pg_catalog.=) ANY ($1)"
	" AND revision OPERATOR(pg_catalog.<>) $2",
	.nargs = 2,
	.argtypes = {TEXTARRAYOID, TEXTOID}
};

/* as for heads, the order makes the small index the one to use */
static PgmStatement label_statement = {
	.sql = "SELECT revision FROM %s.migrate_script"
	" WHERE branch_labels OPERATOR(pg_catalog.<>) '{}'::pg_catalog.text[]"
	" AND $1 OPERATOR(pg_catalog.=) ANY (branch_labels)"
	" AND ($2 IS NULL OR revision OPERATOR(pg_catalog.<>) $2) ORDER BY revision LIMIT 1",
	.nargs = 2,
	.argtypes = {TEXTOID, TEXTOID}
};

/* a revision that is half done, or a pending repeatable, makes the look inconclusive */
#define NONE_HALF_DONE " WHERE NOT EXISTS (SELECT FROM %s.migrate_journal)" \
	" AND NOT EXISTS (SELECT FROM %s.migrate_repeatable WHERE pending)"

/* the current revisions (true) and the heads, two of each at most */
static PgmStatement current_head_statement = {
	.sql = "(SELECT revision, true FROM %s.migrate_version" NONE_HALF_DONE " LIMIT 2)"
	" UNION ALL (SELECT revision, false FROM %s.migrate_script"
	" WHERE is_head IS NOT FALSE ORDER BY revision LIMIT 2)"
};

/* the same, with a given revision in place of the heads */
static PgmStatement current_revision_statement = {
	.sql = "(SELECT revision, true FROM %s.migrate_version" NONE_HALF_DONE " LIMIT 2)"
	" UNION ALL (SELECT revision, false FROM %s.migrate_script"
	" WHERE revision OPERATOR(pg_catalog.=) $1)",
	.nargs = 1,
	.argtypes = {TEXTOID}
};

/*
 * A row for whatever leaves it open whether all heads are applied: a head that
 * is neither a row nor a dependency of one, a row that is no head, a revision
 * that is half done.
 */
static PgmStatement open_heads_statement = {
	.sql = "(SELECT 1 FROM %s.migrate_script h WHERE h.is_head IS NOT FALSE"
	" AND NOT EXISTS (SELECT 1 FROM %s.migrate_version v"
	"  WHERE v.revision OPERATOR(pg_catalog.=) h.revision)"
	" AND NOT EXISTS (SELECT 1 FROM %s.migrate_version v JOIN %s.migrate_script s"
	"  ON s.revision OPERATOR(pg_catalog.=) v.revision"
	"  WHERE h.revision OPERATOR(pg_catalog.=) ANY (s.depends_on)"
	"  OR s.depends_on OPERATOR(pg_catalog.&&) h.branch_labels) LIMIT 1)"
	" UNION ALL (SELECT 1 FROM %s.migrate_version v"
	" WHERE NOT EXISTS (SELECT 1 FROM %s.migrate_script s"
	"  WHERE s.revision OPERATOR(pg_catalog.=) v.revision AND s.is_head IS NOT FALSE) LIMIT 1)"
	" UNION ALL (SELECT 1 FROM %s.migrate_journal LIMIT 1)"
	" UNION ALL (SELECT 1 FROM %s.migrate_repeatable WHERE pending LIMIT 1)"
};

static PgmStatement approve_statement = {
	.sql = "INSERT INTO %s.migrate_approval (revision, sha256, approved_by)"
	" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
	.nargs = 3,
	.argtypes = {TEXTOID, BYTEAOID, TEXTOID}
};

static PgmStatement approvals_statement = {
	.sql = "SELECT approved_by FROM %s.migrate_approval"
	" WHERE revision OPERATOR(pg_catalog.=) $1 AND sha256 OPERATOR(pg_catalog.=) $2"
	" ORDER BY approved_at, approved_by",
	.nargs = 2,
	.argtypes = {TEXTOID, BYTEAOID}
};

/*
 * A row of the last result.
 */
static PgmScriptRow *
row_at(uint64 i)
{
	PgmScriptRow *row = palloc0_object(PgmScriptRow);
	bool		isnull;

	row->revision = pgm_field_text(i, 1);
	row->down_revision = pgm_field_text_list(i, 2);
	row->depends_on = pgm_field_text_list(i, 3);
	row->branch_labels = pgm_field_text_list(i, 4);
	row->message = pgm_field_text(i, 5);
	row->upgrade = pgm_field_text(i, 6);
	row->downgrade = pgm_field_text(i, 7);
	row->author = pgm_field_text(i, 8);
	row->is_head = DatumGetBool(pgm_field(i, 9, &isnull)) || isnull;
	row->creator = pgm_field_text(i, 10);
	row->replaces = pgm_field_text_list(i, 11);
	row->created_at = DatumGetTimestampTz(pgm_field(i, 12, &isnull));
	row->dated = true;
	return row;
}

/*
 * The only row of the last result, or NULL when there was none.
 */
static PgmScriptRow *
result_row(uint64 n)
{
	PgmScriptRow *row = n > 0 ? row_at(0) : NULL;

	SPI_freetuptable(SPI_tuptable);
	return row;
}

static char *
copy_text(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

static List *
copy_names(List *names)
{
	List	   *copy = NIL;
	ListCell   *lc;

	foreach(lc, names)
		copy = lappend(copy, pstrdup(lfirst(lc)));
	return copy;
}

/*
 * A copy of a row with all that it points to.
 */
PgmScriptRow *
pgm_script_copy(const PgmScriptRow *row)
{
	PgmScriptRow *copy = palloc_object(PgmScriptRow);

	*copy = *row;
	copy->revision = copy_text(row->revision);
	copy->down_revision = copy_names(row->down_revision);
	copy->depends_on = copy_names(row->depends_on);
	copy->branch_labels = copy_names(row->branch_labels);
	copy->message = copy_text(row->message);
	copy->upgrade = copy_text(row->upgrade);
	copy->downgrade = copy_text(row->downgrade);
	copy->author = copy_text(row->author);
	copy->creator = copy_text(row->creator);
	copy->replaces = copy_names(row->replaces);
	return copy;
}

/*
 * The row of a revision, or NULL.  read_only as for pgm_execute().
 */
PgmScriptRow *
pgm_script_fetch(const char *revision, bool read_only)
{
	Datum		values[1];

	values[0] = CStringGetTextDatum(revision);
	return result_row(pgm_execute(&fetch_statement, values, NULL, read_only));
}

/*
 * The texts of some revisions (char *), as a List of PgmScriptRow in no
 * particular order, of which only revision, upgrade, downgrade and author are
 * set.
 */
List *
pgm_script_fetch_texts(List *revisions)
{
	Datum		values[1];
	List	   *rows = NIL;
	uint64		n;

	values[0] = pgm_list_to_array(revisions);
	n = pgm_execute(&fetch_texts_statement, values, NULL, false);
	for (uint64 i = 0; i < n; i++)
	{
		PgmScriptRow *row = palloc0_object(PgmScriptRow);

		row->revision = pgm_field_text(i, 1);
		row->upgrade = pgm_field_text(i, 2);
		row->downgrade = pgm_field_text(i, 3);
		row->author = pgm_field_text(i, 4);
		rows = lappend(rows, row);
	}
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

/*
 * The row of a revision, waiting for whoever is changing or deleting the row, and keeping
 * others from it until the transaction ends.
 */
PgmScriptRow *
pgm_script_lock(const char *revision)
{
	Datum		values[1];

	values[0] = CStringGetTextDatum(revision);
	return result_row(pgm_execute(&lock_statement, values, NULL, false));
}

/*
 * The same, and also waiting for those who keep the row.
 */
PgmScriptRow *
pgm_script_lock_for_delete(const char *revision)
{
	Datum		values[1];

	values[0] = CStringGetTextDatum(revision);
	return result_row(pgm_execute(&lock_for_delete_statement, values, NULL, false));
}

/*
 * The same, keeping others only from deleting the row.
 */
PgmScriptRow *
pgm_script_keep(const char *revision)
{
	Datum		values[1];

	values[0] = CStringGetTextDatum(revision);
	return result_row(pgm_execute(&keep_statement, values, NULL, false));
}

/*
 * Keeps others from deleting the row, without reading it.  Returns whether it
 * is there.
 */
bool
pgm_script_pin(const char *revision)
{
	Datum		values[1];
	uint64		n;

	values[0] = CStringGetTextDatum(revision);
	n = pgm_execute(&pin_statement, values, NULL, false);
	SPI_freetuptable(SPI_tuptable);
	return n > 0;
}

/*
 * Runs a statement that takes what SCRIPT_COLUMNS lists, and perhaps the
 * ordinal.  Returns whether a row was written.
 */
static bool
write_row(PgmStatement *statement, const PgmScriptRow *row)
{
	Datum		values[13];
	char		nulls[14] = "             ";

	values[0] = CStringGetTextDatum(row->revision);
	values[1] = pgm_list_to_array(row->down_revision);
	values[2] = pgm_list_to_array(row->depends_on);
	values[3] = pgm_list_to_array(row->branch_labels);
	values[4] = CStringGetTextDatum(row->message);
	values[5] = CStringGetTextDatum(row->upgrade);
	values[6] = row->downgrade ? CStringGetTextDatum(row->downgrade) : (Datum) 0;
	nulls[6] = row->downgrade ? ' ' : 'n';
	values[7] = CStringGetTextDatum(row->author);
	values[8] = BoolGetDatum(row->is_head);
	values[9] = row->creator ? CStringGetTextDatum(row->creator) : (Datum) 0;
	nulls[9] = row->creator ? ' ' : 'n';
	values[10] = pgm_list_to_array(row->replaces);
	values[11] = TimestampTzGetDatum(row->created_at);
	nulls[11] = row->dated ? ' ' : 'n';
	values[12] = Int64GetDatum(row->ordinal);
	return pgm_execute(statement, values, nulls, false) > 0;
}

/*
 * The ordinal that a revision gets that is added next.
 */
int64
pgm_script_next_ordinal(void)
{
	bool		isnull;
	int64		ordinal;

	(void) pgm_execute(&next_ordinal_statement, NULL, NULL, false);
	ordinal = DatumGetInt64(pgm_field(0, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return ordinal;
}

/*
 * Adds a revision, as the last one unless it has an ordinal.  Returns false
 * when another session has just added one of that id.
 */
bool
pgm_script_try_insert(const PgmScriptRow *row)
{
	return write_row(row->ordinal > 0 ? &insert_at_statement : &insert_statement, row);
}

/*
 * The same; raises an error when it is there.
 */
void
pgm_script_insert(const PgmScriptRow *row)
{
	if (!pgm_script_try_insert(row))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("revision \"%s\" already exists", row->revision)));
}

/*
 * Writes back all but whether it is a head.
 */
void
pgm_script_update(const PgmScriptRow *row)
{
	(void) write_row(&update_statement, row);
}

/*
 * Deletes a revision and its approvals.
 */
void
pgm_script_delete(const char *revision)
{
	Datum		values[1];

	values[0] = CStringGetTextDatum(revision);
	pgm_execute(&delete_approvals_statement, values, NULL, false);
	pgm_execute(&delete_statement, values, NULL, false);
}

void
pgm_script_set_head(const char *revision, bool is_head)
{
	Datum		values[2];

	values[0] = CStringGetTextDatum(revision);
	values[1] = BoolGetDatum(is_head);
	pgm_execute(&head_statement, values, NULL, false);
}

/*
 * Whether there are rows that do not say whether they are heads.
 */
bool
pgm_script_is_unsettled(void)
{
	uint64		n = pgm_execute(&unsettled_statement, NULL, NULL, false);

	SPI_freetuptable(SPI_tuptable);
	return n > 0;
}

/*
 * The ids of a result, which is freed.
 */
static List *
result_ids(uint64 n)
{
	List	   *ids = NIL;

	for (uint64 i = 0; i < n; i++)
		ids = lappend(ids, pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	return ids;
}

/*
 * The ids of all revisions that are flagged as heads, under the active
 * snapshot.
 */
List *
pgm_script_flagged(void)
{
	return result_ids(pgm_execute(&flagged_statement, NULL, NULL, true));
}

/*
 * The revisions that replace others, as a List of PgmScriptRow.
 */
List *
pgm_script_replacing(void)
{
	List	   *rows = NIL;
	uint64		n = pgm_execute(&replacing_statement, NULL, NULL, false);

	for (uint64 i = 0; i < n; i++)
		rows = lappend(rows, row_at(i));
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

/*
 * Puts one revision in the place of some others wherever these are parents or
 * dependencies, but not in their own rows.
 */
void
pgm_script_replace_names(List *revisions, const char *by)
{
	Datum		values[2];

	values[0] = pgm_list_to_array(revisions);
	values[1] = CStringGetTextDatum(by);
	pgm_execute(&replace_names_statement, values, NULL, false);
}

/*
 * The ids of up to limit revisions that are flagged as heads, or do not say, in
 * no particular order; *unsettled is whether one of them does not.
 */
List *
pgm_script_heads(int limit, bool *unsettled)
{
	Datum		values[1];
	List	   *heads = NIL;
	uint64		n;

	values[0] = Int64GetDatum(limit);
	n = pgm_execute(&heads_statement, values, NULL, false);
	*unsettled = false;
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		heads = lappend(heads, pgm_field_text(i, 1));
		*unsettled = *unsettled || DatumGetBool(pgm_field(i, 2, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
	return heads;
}

/*
 * The revision that has a branch label, or NULL; the one of except (or NULL)
 * does not count.
 */
char *
pgm_script_label_holder(const char *label, const char *except)
{
	Datum		values[2];
	char		nulls[3] = "  ";
	List	   *ids;

	values[0] = CStringGetTextDatum(label);
	values[1] = except ? CStringGetTextDatum(except) : (Datum) 0;
	nulls[1] = except ? ' ' : 'n';
	ids = result_ids(pgm_execute(&label_statement, values, nulls, false));
	return ids ? linitial(ids) : NULL;
}

/*
 * Whether the database is at exactly one revision, and that is the one given
 * or, if NULL, the only head.  Two index
 * look-ups, whatever the size of the graph.  A "no" is given only for the
 * head, and only where there is one.
 */
PgmAnswer
pgm_script_is_current(const char *revision)
{
	Datum		values[1];
	uint64		n;
	int			ncurrent = 0;
	PgmAnswer	answer = PGM_UNKNOWN;

	if (revision != NULL)
		values[0] = CStringGetTextDatum(revision);
	n = pgm_execute(revision ? &current_revision_statement : &current_head_statement,
					values, NULL, false);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		if (DatumGetBool(pgm_field(i, 2, &isnull)))
			ncurrent++;
	}
	if (ncurrent <= 1 && n - ncurrent == 1)
	{
		if (ncurrent == 1 && strcmp(pgm_field_text(0, 1), pgm_field_text(1, 1)) == 0)
			answer = PGM_YES;
		else if (revision == NULL)
			answer = PGM_NO;
	}
	SPI_freetuptable(SPI_tuptable);
	return answer;
}

/*
 * Whether it is certain that all heads are applied.
 */
bool
pgm_script_heads_are_current(void)
{
	uint64		n = pgm_execute(&open_heads_statement, NULL, NULL, false);

	SPI_freetuptable(SPI_tuptable);
	return n == 0;
}

/*
 * SHA-256 of both texts of a revision, which is what an approval is for.  The
 * lengths keep the border between the two where it is.
 */
bytea *
pgm_script_digest(const char *upgrade, const char *downgrade)
{
	char	   *up = pg_server_to_any(upgrade, strlen(upgrade), PG_UTF8);
	char	   *down = downgrade ?
		pg_server_to_any(downgrade, strlen(downgrade), PG_UTF8) : NULL;
	char	   *both = psprintf("%zu:%s:%zu:%s", strlen(up), up,
								down ? strlen(down) : 0, down ? down : "irreversible");

	return DatumGetByteaP(DirectFunctionCall1(sha256_bytea,
											  PointerGetDatum(cstring_to_text(both))));
}

/*
 * Notes that a role approves a text.
 */
void
pgm_approval_insert(const char *revision, bytea *digest, const char *role)
{
	Datum		values[3];

	values[0] = CStringGetTextDatum(revision);
	values[1] = PointerGetDatum(digest);
	values[2] = CStringGetTextDatum(role);
	pgm_execute(&approve_statement, values, NULL, false);
}

/*
 * The roles that have approved a text, as char *.
 */
List *
pgm_approval_roles(const char *revision, bytea *digest, bool read_only)
{
	Datum		values[2];
	List	   *roles = NIL;
	uint64		n;

	values[0] = CStringGetTextDatum(revision);
	values[1] = PointerGetDatum(digest);
	n = pgm_execute(&approvals_statement, values, NULL, read_only);
	for (uint64 i = 0; i < n; i++)
		roles = lappend(roles, pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	return roles;
}
