/*-------------------------------------------------------------------------
 *
 * generate.c
 *	  From the database and its model to an upgrade and a downgrade.
 *
 * The database is read as it is, the model from a sandbox.  Both directions
 * are written, and, when they are to be kept, tried in the sandbox.  What
 * turns out not to work in place is replaced, and tried again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "diff/filter.h"
#include "diff/generate.h"
#include "diff/model.h"
#include "diff/proof.h"
#include "diff/rename.h"
#include "diff/sandbox.h"
#include "diff/seed.h"
#include "run/settings.h"
#include "schema/kinds.h"
#include "schema/attributes.h"
#include "schema/type.h"
#include "schema/view.h"

/* how often a proof is tried again with more objects replaced */
#define MAX_TRIES 8

typedef struct Generation
{
	const PgmRequest *request;
	PgmSandbox	sandbox;
	PgmView		view;
	const char *model_schema;
	List	   *parts;			/* of the model, parsed */
	PgmSnapshot *live;
	PgmSnapshot *model;			/* as it was built */
	PgmSnapshot *compared;		/* the same under the old names */
	List	   *renames;		/* of PgmRename *, to be done */
	List	   *replaced;		/* of PgmObject *: not in place */
	List	   *seeds;			/* of PgmSeed *: rows that are declared */
	PgmGenerated *generated;
} Generation;

/*
 * Takes "app_model=app" apart; without an equals sign it is for public.
 */
static void
take_model_schema(Generation *gen, const char *text)
{
	char	   *copy;
	char	   *equals;

	if (text == NULL || text[0] == '\0')
		return;
	gen->model_schema = copy = pstrdup(text);
	equals = strchr(copy, '=');
	gen->view.only_schema = "public";
	if (equals != NULL)
	{
		*equals = '\0';
		gen->view.only_schema = equals + 1;
	}
	if (strcmp(gen->model_schema, gen->view.only_schema) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schema \"%s\" cannot be the model of itself", gen->model_schema)));
	(void) get_namespace_oid(gen->model_schema, false);
}

/*
 * Reads the database, in a subtransaction of its own so that no lock stays.
 * The snapshot is not linked yet.
 */
static PgmSnapshot *
read_live(const PgmView *view)
{
	PgmSandbox	sandbox;
	PgmSnapshot *live;

	pgm_sandbox_begin(&sandbox);
	PG_TRY();
	{
		live = pgm_view_begin(view);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&sandbox);
	}
	PG_END_TRY();
	pgm_sandbox_end(&sandbox);
	return live;
}

/*
 * Returns the extensions that the database has and that no part of the model
 * creates.  They are dropped only when everything is compared.
 */
static List *
unnamed_extensions(const Generation *gen)
{
	List	   *named = pgm_model_extensions(gen->parts);
	List	   *names = NIL;
	ListCell   *lc;

	for (int i = 0; i < gen->live->nobjects; i++)
	{
		const PgmObject *object = gen->live->objects[i];
		bool		found = object->kind != &pgm_kind_extension;

		foreach(lc, named)
			found = found || strcmp(object->identity, quote_identifier((char *) lfirst(lc))) == 0;
		if (!found)
			names = lappend(names, unconstify(char *, object->identity));
	}
	return names;
}

/*
 * May the caller rename a schema that is not compared?  None of the system or
 * of an extension.
 */
static bool
is_own_schema(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(oid));
	bool		owns;

	if (!HeapTupleIsValid(tuple))
		return false;
	owns = has_privs_of_role(GetUserId(),
							 ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner);
	ReleaseSysCache(tuple);
	return owns && (oid >= FirstNormalObjectId || oid == PG_PUBLIC_NAMESPACE) &&
		!OidIsValid(getExtensionOfObject(NamespaceRelationId, oid));
}

/*
 * Returns the schemas that are set aside: those that are compared, and others
 * of the caller's that the model makes anew, as a dump of everything does.
 */
static List *
schemas_in_the_way(const Generation *gen)
{
	List	   *schemas = pgm_managed_schemas();
	ListCell   *lc;

	foreach(lc, pgm_model_schemas(gen->parts))
	{
		Oid			oid = get_namespace_oid(lfirst(lc), true);

		if (is_own_schema(oid))
			schemas = list_append_unique_oid(schemas, oid);
	}
	return schemas;
}

/*
 * Builds the model.
 */
static void
build_model(Generation *gen)
{
	if (gen->model_schema != NULL)
		pgm_sandbox_put_in(&gen->sandbox, gen->model_schema, gen->view.only_schema);
	else
	{
		pgm_snapshot_link(gen->live);
		pgm_sandbox_set_aside(&gen->sandbox, gen->live, schemas_in_the_way(gen), true);
		pgm_model_run_parts(gen->parts);
	}
	gen->view.aside = gen->sandbox.aside;
	if (gen->view.all && gen->model_schema == NULL)
		gen->view.without = unnamed_extensions(gen);
	CommandCounterIncrement();
}

/*
 * Returns the renames that the user and the model say.
 */
static List *
declared_renames(const Generation *gen)
{
	List	   *renames = list_copy(gen->request->renames);
	ListCell   *lc;

	foreach(lc, pgm_model_renames(gen->parts))
	{
		const PgmModelRename *annotation = lfirst(lc);
		PgmRename  *rename = palloc0_object(PgmRename);

		rename->from = annotation->from;
		rename->to = annotation->to;
		rename->optional = true;
		renames = lappend(renames, rename);
	}
	return renames;
}

/*
 * Takes renames back in the sandbox, the last first.
 */
static void
take_back(List *renames)
{
	for (int i = list_length(renames) - 1; i >= 0; i--)
	{
		const PgmRename *rename = list_nth(renames, i);

		if (SPI_execute(rename->backward, false, 0) < 0)
			elog(ERROR, "could not execute \"%s\"", rename->backward);
	}
}

/*
 * Reads the model under the names of the database: what is renamed, by
 * declaration or because nothing else is different, has its old name.
 */
static void
read_under_old_names(Generation *gen)
{
	List	   *detected;

	if (gen->renames != NIL)
	{
		take_back(gen->renames);
		gen->compared = pgm_view_read(&gen->view);
	}
	detected = pgm_renames_detect(gen->live, gen->compared);
	if (detected != NIL)
	{
		take_back(detected);
		gen->compared = pgm_view_read(&gen->view);
		gen->renames = list_concat(detected, gen->renames);
	}
}

/*
 * Reads the model, and once more under the names of the database if there
 * are renames.  Afterwards all has its new name again.
 */
static void
read_model(Generation *gen)
{
	PgmSandbox	renamed;

	gen->model = gen->compared = pgm_view_read_linking(&gen->view, gen->live);
	pgm_matviews_populate(gen->model, gen->live);
	gen->renames = list_concat(pgm_renames_find(declared_renames(gen), gen->live),
							   pgm_renames_of_extensions(gen->live, gen->model));
	pgm_sandbox_begin(&renamed);
	PG_TRY();
	{
		read_under_old_names(gen);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&renamed);
	}
	PG_END_TRY();
	pgm_sandbox_end(&renamed);
}

/*
 * Returns the statements that rename.
 */
static List *
rename_statements(List *renames, bool forward)
{
	List	   *statements = NIL;
	ListCell   *lc;

	foreach(lc, renames)
	{
		const PgmRename *rename = lfirst(lc);
		PgmWritten *written = pgm_written(forward ? rename->forward : rename->backward,
										  rename->object->kind->name,
										  rename->object->identity,
										  rename->change != NULL ? rename->change : "rename");

		statements = forward ? lappend(statements, written) : lcons(written, statements);
	}
	return statements;
}

/*
 * Does what is new or other in the model use a label that an enum gets?
 * A label cannot be used in the transaction that adds it.
 */
static bool
names_new_label(const PgmObject *type, const PgmObject *user)
{
	if (user->other != NULL && pgm_changed_parts(user->other, user, false)[0] == '\0')
		return false;
	if (pgm_enum_uses_new_label(type->other, type, user->definition))
		return true;
	for (int i = 0; i < user->kind->nparts; i++)
		if (user->parts[i] != NULL &&
			pgm_enum_uses_new_label(type->other, type, user->parts[i]))
			return true;
	return false;
}

/*
 * The same for all enums and what needs them, directly or through a column.
 */
static bool
uses_new_labels(Generation *gen)
{
	ListCell   *lc;
	ListCell   *lc2;

	pgm_snapshot_pair(gen->live, gen->compared);
	for (int i = 0; i < gen->compared->nobjects; i++)
	{
		const PgmObject *type = gen->compared->objects[i];

		if (type->kind != &pgm_kind_enum || type->other == NULL)
			continue;
		foreach(lc, type->needed_by)
		{
			const PgmObject *user = lfirst(lc);

			if (names_new_label(type, user))
				return true;
			foreach(lc2, user->needed_by)
				if (names_new_label(type, lfirst(lc2)))
				return true;
		}
	}
	return false;
}

/*
 * Writes both directions.
 */
static void
write_both(Generation *gen)
{
	bool		all = gen->view.all;

	/* default privileges are set aside with the rest if they are compared */
	bool		whole = all && gen->model_schema == NULL;
	PgmComparison *back;

	if (pgm_enum_remake == PGM_ENUMS_IN_PLACE && uses_new_labels(gen))
		pgm_enum_remake = PGM_ENUMS_OF_COLUMNS;
	back = pgm_compare(gen->compared, gen->live, all, gen->replaced);
	gen->generated->downgrade =
		list_concat(rename_statements(gen->renames, false),
					pgm_write_actions(pgm_order(back), whole ? gen->compared : NULL, all));
	gen->generated->upgrade =
		list_concat(pgm_write_actions(pgm_order(pgm_compare(gen->live, gen->compared,
															all, gen->replaced)),
									  whole ? gen->live : NULL, all),
					rename_statements(gen->renames, true));
}

/*
 * Notes that an object has to be replaced.  Returns whether that is news.
 */
static bool
replace_object(Generation *gen, const PgmObject *object)
{
	ListCell   *lc;

	if (object == NULL || pgm_holds_data(object))
		return false;
	foreach(lc, gen->replaced)
	{
		const PgmObject *known = lfirst(lc);

		if (known->kind == object->kind && strcmp(known->identity, object->identity) == 0)
			return false;
	}
	gen->replaced = lappend(gen->replaced, unconstify(PgmObject *, object));
	return true;
}

/*
 * Learns from a proof that failed.  Returns whether there is something new to
 * try.
 */
static bool
learn(Generation *gen, const PgmDisproof *disproof)
{
	bool		news = false;
	ListCell   *lc;

	if (disproof->failed != NULL)
	{
		const PgmAction *action = disproof->failed->action;

		if (disproof->error->sqlerrcode == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE &&
			pgm_enum_remake != PGM_ENUMS_ALL)
		{
			pgm_enum_remake = PGM_ENUMS_ALL;
			return true;
		}
		return action != NULL && action->type == PGM_ACT_CHANGE &&
			replace_object(gen, action->from);
	}
	foreach(lc, disproof->differences)
	{
		const PgmDifference *difference = lfirst(lc);

		if (difference->from != NULL && difference->to != NULL)
			news |= replace_object(gen, difference->from);
	}
	return news;
}

/*
 * Tries both directions, and replaces more where that fails.
 */
static void
prove(Generation *gen)
{
	for (int tries = 1;; tries++)
	{
		PgmDisproof *disproof;

		disproof = pgm_disprove(gen->generated, &gen->view, gen->live, gen->model);
		if (disproof == NULL)
			return;
		if (tries == MAX_TRIES || !learn(gen, disproof))
			pgm_report_disproof(disproof);
		write_both(gen);
	}
}

/*
 * What is done in the sandbox.
 */
static void
generate_in_sandbox(Generation *gen)
{
	build_model(gen);
	read_model(gen);
	if (!gen->view.all)
	{
		pgm_sandbox_take_owners(gen->compared, gen->live);
		pgm_keep_rights(gen->live, gen->compared);
	}
	if (gen->request->prove)
		pgm_renames_propose(gen->live, gen->compared);
	pgm_enum_remake = PGM_ENUMS_IN_PLACE;
	write_both(gen);
	if (gen->request->prove &&
		(gen->generated->upgrade != NIL || gen->generated->downgrade != NIL))
		prove(gen);
	pgm_seeds_write(gen->generated, gen->seeds, gen->live, gen->model, gen->compared,
					gen->request->prove);
}

/*
 * Is there a model, of DDL or a schema?
 */
bool
pgm_has_model(void)
{
	return pgm_model_schema[0] != '\0' || pgm_model_exists();
}

/*
 * Returns the statements that lead from the database to its model, and back;
 * none if there is no difference.  Changes nothing and keeps no lock.
 *
 * The caller is connected to SPI.  Raises the errors of the model's own
 * statements, and those of a proof that fails.
 */
PgmGenerated *
pgm_generate(const PgmRequest *request)
{
	Generation	gen = {0};

	gen.request = request;
	gen.generated = palloc0_object(PgmGenerated);
	gen.seeds = pgm_seeds_load();
	if (request->model_schema == NULL && gen.seeds != NIL && !pgm_has_model())
		return pgm_seeds_generate(gen.seeds, request->prove);
	take_model_schema(&gen, request->model_schema != NULL ? request->model_schema :
					  pgm_model_schema);
	gen.view.globals = gen.model_schema == NULL;
	gen.view.all = pgm_compare_all;
	gen.view.filter = pgm_filter_make(request->include, request->exclude);
	if (gen.model_schema == NULL)
		gen.parts = pgm_model_load(NULL);
	gen.live = read_live(&gen.view);
	pgm_sandbox_begin(&gen.sandbox);
	PG_TRY();
	{
		generate_in_sandbox(&gen);
	}
	PG_CATCH();
	{
		pgm_sandbox_fail(&gen.sandbox);
	}
	PG_END_TRY();
	pgm_sandbox_end(&gen.sandbox);
	return gen.generated;
}

/*
 * Returns what is in the schema as DDL; NULL: what is in all that are managed,
 * and in no schema.  The caller is connected to SPI.
 */
char *
pgm_generate_schema(const char *schema)
{
	PgmView		view = {0};
	PgmSnapshot nothing = {0};
	PgmSnapshot *live;

	view.globals = schema == NULL;
	view.only_schema = schema;
	view.all = pgm_compare_all;
	view.filter = pgm_filter_make(NIL, NIL);
	if (schema != NULL)
		(void) get_namespace_oid(schema, false);
	live = read_live(&view);
	pgm_snapshot_link(live);
	return pgm_write_script(pgm_write_actions(pgm_order(pgm_compare(&nothing, live, view.all,
																	NIL)),
											  &nothing, view.all));
}
