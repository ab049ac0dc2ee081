/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The settings of pgmigrate, and those that a script runs under.
 *
 * A script must mean the same in every session, so the settings that change
 * what SQL means are pinned for the duration of a run: search_path, the forms
 * of literals and the time zone.  Settings that belong to the place rather
 * than to the script (lock_timeout, default_tablespace, work_mem, ...) are the
 * caller's.
 *
 * The arguments of a run are settings as well (pgmigrate.args and .tag), so
 * that functions called by a script can read them, that they vanish with an
 * error, and that an offline script can set them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "common/spi.h"
#include "revision/file.h"
#include "run/settings.h"
#include "run/template.h"

char	   *pgm_search_path;
char	   *pgm_args;
char	   *pgm_tag;
char	   *pgm_upgrade_template;
char	   *pgm_downgrade_template;
int			pgm_lock_timeout;
int			pgm_lock_retries;
int			pgm_revision_timeout;
bool		pgm_notify;
char	   *pgm_schemas;
int			pgm_compare_all;
char	   *pgm_model_schema;
char	   *pgm_file_template;
int			pgm_truncate_slug_length;

static const struct config_enum_entry compare_options[] = {
	{"schema", false, false},
	{"all", true, false},
	{NULL, 0, false}
};

/* a setting as it was before pgm_settings_hold() */
typedef struct HeldSetting
{
	const char *name;
	const char *value;			/* NULL: not set in this session */
} HeldSetting;

/* what was set in this session */
static PgmStatement session_statement = {
	.sql = "SELECT name, setting FROM pg_catalog.pg_settings"
	" WHERE source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text"
};

/* search_path is put in front of these; see pgm_settings_pinned */
static const PgmPinnedSetting fixed_settings[] = {
	{"standard_conforming_strings", "on"},
	{"TimeZone", "UTC"},
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"array_nulls", "on"},
	{"transform_null_equals", "off"},
};

/*
 * These as well while a model is run: it may name what comes later, and says
 * nothing that is for the caller.
 */
static const PgmPinnedSetting model_settings[] = {
	{"check_function_bodies", "off"},
	{"client_min_messages", "error"},
	{"escape_string_warning", "off"},
};

/*
 * Accepts what is a list of names, as search_path does.
 */
static bool
check_script_path(char **newval, void **extra, GucSource source)
{
	char	   *copy = pstrdup(*newval);
	List	   *names;
	bool		ok = SplitIdentifierString(copy, ',', &names);

	if (!ok)
		GUC_check_errdetail("List syntax is invalid.");
	else
		list_free(names);
	pfree(copy);
	return ok;
}

/*
 * Accepts what is a list of patterns, which may have any characters.
 */
static bool
check_schemas(char **newval, void **extra, GucSource source)
{
	char	   *copy = pstrdup(*newval);
	List	   *patterns;
	bool		ok = SplitGUCList(copy, ',', &patterns);
	ListCell   *lc;

	foreach(lc, ok ? patterns : NIL)
		ok = ok && strcmp(lfirst(lc), "!") != 0;
	if (!ok)
		GUC_check_errdetail("List syntax is invalid.");
	pfree(copy);
	return ok;
}

/*
 * Accepts a template that leaves the author's text in.
 */
static bool
check_upgrade_template(char **newval, void **extra, GucSource source)
{
	const char *detail = pgm_template_problem(*newval, "upgrades");

	if (detail != NULL)
		GUC_check_errdetail("%s", detail);
	return detail == NULL;
}

static bool
check_downgrade_template(char **newval, void **extra, GucSource source)
{
	const char *detail = pgm_template_problem(*newval, "downgrades");

	if (detail != NULL)
		GUC_check_errdetail("%s", detail);
	return detail == NULL;
}

static bool
check_file_template(char **newval, void **extra, GucSource source)
{
	const char *detail = pgm_file_template_problem(*newval);

	if (detail != NULL)
		GUC_check_errdetail("%s", detail);
	return detail == NULL;
}

/*
 * Defines the settings for the files of revisions.
 */
static void
define_file_settings(void)
{
	DefineCustomStringVariable("pgmigrate.file_template",
							   "Sets the form of the names of revision files.",
							   "Alembic's: %(rev)s, %(slug)s, %(epoch)s, %(year)d, %(month).2d, %(day).2d, %(hour).2d, %(minute).2d, %(second).2d.",
							   &pgm_file_template, "%(rev)s_%(slug)s",
							   PGC_USERSET, 0, check_file_template, NULL, NULL);
	DefineCustomIntVariable("pgmigrate.truncate_slug_length",
							"Sets how many characters of the message are in the name of a file.",
							NULL,
							&pgm_truncate_slug_length, 40, 1, 200,
							PGC_USERSET, 0, NULL, NULL, NULL);
}

/*
 * Defines the settings for comparing a model with the database.
 */
static void
define_model_settings(void)
{
	DefineCustomStringVariable("pgmigrate.schemas",
							   "Sets the schemas that are compared with the model.",
							   "Names or patterns with * and ?; one with ! in front leaves out what it matches.",
							   &pgm_schemas, "*",
							   PGC_USERSET, GUC_LIST_INPUT,
							   check_schemas, NULL, NULL);
	DefineCustomEnumVariable("pgmigrate.compare",
							 "Sets whether owners and privileges are compared, too.",
							 NULL,
							 &pgm_compare_all, false, compare_options,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("pgmigrate.model_schema",
							   "Sets the schema that holds the model, if it is none of DDL.",
							   "\"name\" stands for public, \"name=other\" for another schema.",
							   &pgm_model_schema, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
}

/*
 * Defines pgmigrate.*.  Called once, when the library is loaded.
 *
 * The templates can only be set by a superuser (or who was granted it): they
 * become the text of scripts that others write and run.
 */
void
pgm_settings_define(void)
{
	DefineCustomStringVariable("pgmigrate.search_path",
							   "Sets the schema search order of the scripts of revisions.",
							   "The schema of the extension and pg_temp follow it.",
							   &pgm_search_path, "public",
							   PGC_USERSET, GUC_LIST_INPUT,
							   check_script_path, NULL, NULL);
	DefineCustomStringVariable("pgmigrate.args",
							   "Sets the arguments that scripts read with migrate_arg().",
							   "A JSON object. The args of a run override it.",
							   &pgm_args, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("pgmigrate.tag",
							   "Sets the tag that scripts read with migrate_tag().",
							   "The tag of a run overrides it.",
							   &pgm_tag, "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("pgmigrate.upgrade_template",
							   "Sets the form of the upgrade text of new revisions.",
							   "${upgrades} stands for the text that was given.",
							   &pgm_upgrade_template, "${upgrades}",
							   PGC_SUSET, 0, check_upgrade_template, NULL, NULL);
	DefineCustomStringVariable("pgmigrate.downgrade_template",
							   "Sets the form of the downgrade text of new revisions.",
							   "${downgrades} stands for the text that was given.",
							   &pgm_downgrade_template, "${downgrades}",
							   PGC_SUSET, 0, check_downgrade_template, NULL, NULL);
	DefineCustomIntVariable("pgmigrate.lock_timeout",
							"Sets how long a statement of an online run waits for a lock.",
							"The revision is then rolled back and tried again. Zero turns this off.",
							&pgm_lock_timeout, 2000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("pgmigrate.lock_retries",
							"Sets how often an online run tries again to get a lock.",
							NULL,
							&pgm_lock_retries, 10, 0, 1000000,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pgmigrate.revision_timeout",
							"Sets how long a revision may take.",
							"Zero turns this off.",
							&pgm_revision_timeout, 0, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("pgmigrate.notify",
							 "Sends a notification on channel pgmigrate when a run commits.",
							 "A transaction that has notified cannot be prepared.",
							 &pgm_notify, true,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	define_model_settings();
	define_file_settings();
	MarkGUCPrefixReserved("pgmigrate");
}

/*
 * The settings that scripts run under, palloc'd.  The extension's own schema
 * is on the path for migrate_arg(); pg_temp comes last, so that a temporary
 * table cannot stand in for a real one.
 */
PgmPinnedSetting *
pgm_settings_pinned(int *n)
{
	PgmPinnedSetting *settings = palloc(sizeof(PgmPinnedSetting) + sizeof(fixed_settings));

	settings[0].name = "search_path";
	if (pgm_search_path[0] == '\0' || strcmp(pgm_search_path, pgm_schema()) == 0)
		settings[0].value = psprintf("%s, pg_temp", pgm_schema());
	else
		settings[0].value = psprintf("%s, %s, pg_temp", pgm_search_path, pgm_schema());
	memcpy(&settings[1], fixed_settings, sizeof(fixed_settings));
	*n = lengthof(fixed_settings) + 1;
	return settings;
}

static void
set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Pins what changes how a text is taken apart, for those who only read it.
 * Most sessions have that already, and there are many texts in a file.
 */
int
pgm_settings_pin_literals(void)
{
	int			nestlevel = NewGUCNestLevel();

	if (!standard_conforming_strings)
		set_local("standard_conforming_strings", "on");
	return nestlevel;
}

/*
 * Pins the settings, and the arguments of the run where given (else NULL).
 * Returns the nest level for pgm_settings_unpin(); an error unpins too.
 */
int
pgm_settings_pin(const char *args, const char *tag)
{
	int			nestlevel = NewGUCNestLevel();
	int			n;
	PgmPinnedSetting *settings = pgm_settings_pinned(&n);

	for (int i = 0; i < n; i++)
		set_local(settings[i].name, settings[i].value);
	if (args != NULL)
		set_local("pgmigrate.args", args);
	if (tag != NULL)
		set_local("pgmigrate.tag", tag);
	return nestlevel;
}

/*
 * Pins the settings that a model is run under.  The rest is as for
 * pgm_settings_pin().
 */
int
pgm_settings_pin_model(void)
{
	int			nestlevel = pgm_settings_pin(NULL, NULL);

	for (int i = 0; i < (int) lengthof(model_settings); i++)
		set_local(model_settings[i].name, model_settings[i].value);
	return nestlevel;
}

/*
 * Undoes every change of a setting since the nest level was opened, also the
 * SETs of scripts.
 */
void
pgm_settings_unpin(int nestlevel)
{
	AtEOXact_GUC(false, nestlevel);
}

/*
 * Sets the arguments that migrate_arg() reads, until the nest level ends.
 */
void
pgm_settings_set_args(const char *args)
{
	set_local("pgmigrate.args", args);
}

/*
 * Puts pgmigrate.lock_timeout in force, after pgm_settings_pin().
 */
void
pgm_settings_pin_lock_timeout(void)
{
	set_local("lock_timeout", psprintf("%d", pgm_lock_timeout));
}

/*
 * SET, or RESET if value is NULL.
 */
static void
set_session(const char *name, const char *value, int elevel)
{
	(void) set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SET, true, elevel, false);
}

/*
 * Whether a setting says whose rights are used.
 */
bool
pgm_is_identity_setting(const char *name)
{
	return strcmp(name, "role") == 0 || strcmp(name, "session_authorization") == 0;
}

/*
 * Appends what a setting is that pg_settings does not list.
 */
static List *
remember_unlisted(List *held, const char *name)
{
	HeldSetting *setting = palloc0_object(HeldSetting);
	const char *value = GetConfigOption(name, true, false);

	setting->name = pstrdup(name);
	setting->value = value ? pstrdup(value) : NULL;
	return lappend(held, setting);
}

static HeldSetting *
find_held(List *held, const char *name)
{
	ListCell   *lc;

	foreach(lc, held)
	{
		if (pg_strcasecmp(((HeldSetting *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

/*
 * The settings of this session, for pgm_settings_release(), in the current
 * context: all that were set in it, the identity (the first two), and those
 * that nobody has defined but statements of the script (a List of
 * VariableSetStmt) set.  The caller is connected to SPI.
 */
List *
pgm_settings_remember(List *statements)
{
	List	   *held = NIL;
	uint64		n = pgm_execute(&session_statement, NULL, NULL, false);
	ListCell   *lc;

	held = remember_unlisted(held, "session_authorization");
	held = remember_unlisted(held, "role");
	for (uint64 i = 0; i < n; i++)
	{
		HeldSetting *setting = palloc0_object(HeldSetting);

		setting->name = pgm_field_text(i, 1);
		setting->value = pgm_field_text(i, 2);
		held = lappend(held, setting);
	}
	SPI_freetuptable(SPI_tuptable);
	foreach(lc, statements)
	{
		VariableSetStmt *stmt = lfirst(lc);

		if (stmt->name != NULL && strchr(stmt->name, '.') != NULL &&
			find_held(held, stmt->name) == NULL)
			held = remember_unlisted(held, stmt->name);
	}
	return held;
}

/*
 * Does for the session what pgm_settings_pin() does for a transaction, and
 * executes the SETs: for a statement that ends transactions itself.  Should
 * this transaction be rolled back, so are the settings.
 */
void
pgm_settings_hold(const char *args, const char *tag, List *statements)
{
	int			n;
	PgmPinnedSetting *pinned = pgm_settings_pinned(&n);
	ListCell   *lc;

	for (int i = 0; i < n; i++)
		set_session(pinned[i].name, pinned[i].value, ERROR);
	if (args != NULL)
		set_session("pgmigrate.args", args, ERROR);
	if (tag != NULL)
		set_session("pgmigrate.tag", tag, ERROR);
	pgm_settings_hold_lock_timeout(pgm_lock_timeout);
	foreach(lc, statements)
	{
		VariableSetStmt *stmt = copyObject(lfirst(lc));

		stmt->is_local = false;
		ExecSetVariableStmt(stmt, false);
	}
}

/*
 * Sets lock_timeout for the session, between hold and release.
 */
void
pgm_settings_hold_lock_timeout(int milliseconds)
{
	set_session("lock_timeout", psprintf("%d", milliseconds), ERROR);
}

/*
 * Makes the settings of the session what they were, also those that the
 * statement has set by itself.  The identity comes first, as the rest may need
 * its rights.  What cannot be restored is a warning: the others should be.
 * The caller is connected to SPI.
 */
void
pgm_settings_release(List *held)
{
	ListCell   *lc;
	uint64		n;
	List	   *present = NIL;

	foreach(lc, held)
	{
		HeldSetting *setting = lfirst(lc);
		const char *value = GetConfigOption(setting->name, true, false);

		/* to set the role again would be refused where it is not changed */
		if (value == NULL || setting->value == NULL ||
			strcmp(value, setting->value) != 0)
			set_session(setting->name, setting->value, WARNING);
	}

	n = pgm_execute(&session_statement, NULL, NULL, false);
	for (uint64 i = 0; i < n; i++)
		present = lappend(present, pgm_field_text(i, 1));
	SPI_freetuptable(SPI_tuptable);
	foreach(lc, present)
	{
		if (find_held(held, lfirst(lc)) == NULL)
			set_session(lfirst(lc), NULL, WARNING);
	}
}

/*
 * Executes SETs of a script again, in a later transaction of it (a List of
 * VariableSetStmt), after pgm_settings_pin().
 */
void
pgm_settings_repeat(List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		ExecSetVariableStmt(copyObject(lfirst(lc)), false);
}

/*
 * The arguments as a JSON object, or NULL when there are none.
 */
Jsonb *
pgm_args_object(void)
{
	Jsonb	   *json;

	if (pgm_args[0] == '\0')
		return NULL;
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(pgm_args)));
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("setting \"%s\" must be a JSON object", "pgmigrate.args"),
				 errhint("For example: SET pgmigrate.args = '{\"env\": \"production\"}';")));
	return json;
}
