/*-------------------------------------------------------------------------
 *
 * sandbox.c
 *	  A subtransaction that is always rolled back, in which the schemas of
 *	  the database are renamed aside, so that a model can be built under the
 *	  true names.
 *
 * Only rows of catalogs are changed: no lock is taken on any object that was
 * there before, and other sessions see nothing.  Renaming a schema needs what
 * ALTER SCHEMA ... RENAME needs, which keeps everybody from building things
 * under names that others trust.
 *
 * Members of extensions move to the new schema of the old name, so that a
 * model can use them; they are found by their OIDs as before.
 *
 * What is built there is not known here: see model.c and proof.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "commands/comment.h"
#include "commands/schemacmds.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "diff/sandbox.h"
#include "run/settings.h"
#include "schema/privilege.h"

/*
 * Members of extensions, with their row types, array types and the like.  OFFSET
 * makes it looks into an index: most of pg_depend is about other things.
 */
static const char members_query[] =
"WITH RECURSIVE m(classid, objid) AS ("
"  SELECT d.classid, d.objid FROM pg_catalog.pg_extension e, LATERAL"
"   (SELECT classid, objid FROM pg_catalog.pg_depend"
"    WHERE refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
"      AND refobjid OPERATOR(pg_catalog.=) e.oid"
"      AND deptype OPERATOR(pg_catalog.=) 'e' OFFSET 0) d"
"  UNION"
"  SELECT d.classid, d.objid FROM m, LATERAL"
"   (SELECT classid, objid FROM pg_catalog.pg_depend"
"    WHERE refclassid OPERATOR(pg_catalog.=) m.classid"
"      AND refobjid OPERATOR(pg_catalog.=) m.objid"
"      AND deptype OPERATOR(pg_catalog.=) 'i'"
"      AND classid OPERATOR(pg_catalog.=) ANY ('{pg_catalog.pg_class,pg_catalog.pg_type}'::pg_catalog.regclass[]::pg_catalog.oid[])"
"    OFFSET 0) d)"
"SELECT DISTINCT classid, objid FROM m";

/*
 * Begins the subtransaction.  It must be ended by pgm_sandbox_end(), also
 * after an error.
 *
 * Triggers and event triggers do not fire in it unless they are enabled for
 * replicas: what is done there has not happened.
 */
void
pgm_sandbox_begin(PgmSandbox *sandbox)
{
	sandbox->aside = NIL;
	sandbox->given = NIL;
	sandbox->context = CurrentMemoryContext;
	sandbox->owner = CurrentResourceOwner;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(sandbox->context);
	(void) set_config_option("session_replication_role", "replica", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	(void) set_config_option("check_function_bodies", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * Rolls it back.
 */
void
pgm_sandbox_end(PgmSandbox *sandbox)
{
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(sandbox->context);
	CurrentResourceOwner = sandbox->owner;
}

/*
 * Rolls it back after an error, in the handler of which this is called, and
 * raises the error again.
 */
void
pgm_sandbox_fail(PgmSandbox *sandbox)
{
	ErrorData  *error;

	MemoryContextSwitchTo(sandbox->context);
	error = CopyErrorData();
	FlushErrorState();
	pgm_sandbox_end(sandbox);
	ReThrowError(error);
}

/*
 * Sets one column of the row of that catalog and OID.
 */
static void
set_catalog_column(Oid classid, Oid objid, AttrNumber attno, Datum value, bool isnull)
{
	Relation	rel = table_open(classid, RowExclusiveLock);
	HeapTuple	tuple = get_catalog_object_by_oid(rel, get_object_attnum_oid(classid), objid);
	int			natts = RelationGetNumberOfAttributes(rel);
	Datum	   *values = palloc0_array(Datum, natts);
	bool	   *nulls = palloc0_array(bool, natts);
	bool	   *replace = palloc0_array(bool, natts);

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for object %u of catalog %u", objid, classid);
	values[attno - 1] = value;
	nulls[attno - 1] = isnull;
	replace[attno - 1] = true;
	tuple = heap_modify_tuple(tuple, RelationGetDescr(rel), values, nulls, replace);
	CatalogTupleUpdate(rel, &tuple->t_self, tuple);
	table_close(rel, RowExclusiveLock);
}

/*
 * Returns privileges and owner of a schema.
 */
static Datum
schema_acl(Oid schema, Oid *owner, bool *isnull)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Datum		acl;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %u", schema);
	acl = SysCacheGetAttr(NAMESPACEOID, tuple, Anum_pg_namespace_nspacl, isnull);
	if (!*isnull)
		acl = PointerGetDatum(DatumGetAclPCopy(acl));
	*owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return acl;
}

/*
 * Returns what a schema has in a new database: public what initdb gave it,
 * any other what CREATE SCHEMA gives.
 */
static Datum
schema_acl_at_first(const char *name, Oid *owner, bool *isnull)
{
	Datum		acl = (Datum) 0;

	*isnull = true;
	*owner = GetUserId();
	if (strcmp(name, "public") != 0)
		return acl;
	*owner = ROLE_PG_DATABASE_OWNER;
	if (SPI_execute("SELECT initprivs FROM pg_catalog.pg_init_privs"
					" WHERE objoid OPERATOR(pg_catalog.=) 2200 AND classoid OPERATOR(pg_catalog.=) 2615",
					false, 1) == SPI_OK_SELECT && SPI_processed == 1)
		acl = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
	if (!*isnull)
		acl = PointerGetDatum(DatumGetAclPCopy(acl));
	SPI_freetuptable(SPI_tuptable);
	return acl;
}

/*
 * Makes an empty schema of that name in place of another: with its owner and
 * privileges, or, when these are compared, with those of a new database.
 * Returns its OID.
 */
static Oid
make_schema_like(const char *name, Oid like)
{
	Oid			owner;
	bool		isnull;
	Datum		acl;
	Oid			made;

	if (pgm_compare_all)
		acl = schema_acl_at_first(name, &owner, &isnull);
	else
		acl = schema_acl(like, &owner, &isnull);
	made = NamespaceCreate(name, owner, false);
	CommandCounterIncrement();
	set_catalog_column(NamespaceRelationId, made, Anum_pg_namespace_nspacl, acl, isnull);
	if (strcmp(name, "public") == 0)
		CreateComments(made, NamespaceRelationId, 0,
					   pgm_compare_all ? "standard public schema" :
					   GetComment(like, NamespaceRelationId, 0));
	CommandCounterIncrement();
	return made;
}

/*
 * Returns the namespace of an object, or InvalidOid when its catalog has none.
 */
static Oid
namespace_of(Oid classid, Oid objid)
{
	ObjectAddress address;

	if (!is_objectclass_supported(classid) ||
		get_object_attnum_namespace(classid) == InvalidAttrNumber)
		return InvalidOid;
	ObjectAddressSet(address, classid, objid);
	return get_object_namespace(&address);
}

/*
 * Puts an object into another schema, on which it depends then if it did on the
 * old one: ALTER EXTENSION ... SET SCHEMA wants to find that.
 */
static void
put_in_schema(Oid classid, Oid objid, AttrNumber attno, Oid old, Oid new)
{
	set_catalog_column(classid, objid, attno, ObjectIdGetDatum(new), false);
	(void) changeDependencyFor(classid, objid, NamespaceRelationId, old, new);
}

/*
 * Moves the extensions themselves, which have a schema even when no member is
 * in it.
 */
static void
move_extensions(List *from, List *to)
{
	Relation	rel = table_open(ExtensionRelationId, RowExclusiveLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_extension form = (Form_pg_extension) GETSTRUCT(tuple);
		ListCell   *lc;

		foreach(lc, from)
		{
			Oid			new = list_nth_oid(to, foreach_current_index(lc));

			if (lfirst_oid(lc) == form->extnamespace && OidIsValid(new))
				put_in_schema(ExtensionRelationId, form->oid, Anum_pg_extension_extnamespace,
							  lfirst_oid(lc), new);
		}
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

/*
 * Moves the members of extensions from each of the schemas "from" to the one
 * at the same place in "to".  What has no place there is made by "make".
 */
static void
move_members(PgmSandbox *sandbox, List *from, List **to, List *names)
{
	uint64		n;
	SPITupleTable *rows;

	if (SPI_execute(members_query, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the members of extensions");
	n = SPI_processed;
	rows = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		Oid			classid = DatumGetObjectId(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull));
		Oid			objid = DatumGetObjectId(SPI_getbinval(rows->vals[i], rows->tupdesc, 2, &isnull));
		Oid			nsp = namespace_of(classid, objid);
		int			at = 0;
		ListCell   *lc;

		if (!OidIsValid(nsp))
			continue;
		foreach(lc, from)
		{
			if (lfirst_oid(lc) == nsp)
				break;
			at++;
		}
		if (at == list_length(from))
			continue;
		if (!OidIsValid(list_nth_oid(*to, at)))
		{
			char	   *name = list_nth(names, at);

			lfirst_oid(list_nth_cell(*to, at)) = make_schema_like(name, nsp);
			sandbox->given = lappend(sandbox->given, name);
		}
		put_in_schema(classid, objid, get_object_attnum_namespace(classid),
					  nsp, list_nth_oid(*to, at));
	}
	SPI_freetuptable(rows);
	move_extensions(from, *to);
	CommandCounterIncrement();
}

/*
 * Deletes the row of an object, so that its name is free.
 */
static void
hide_object(const ObjectAddress *address)
{
	Relation	rel = table_open(address->classId, RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	/* column 1 of every catalog that has OIDs is the OID */
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(address->objectId));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		CatalogTupleDelete(rel, &tuple->t_self);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

/*
 * Hides what is in no schema, as far as the caller could have dropped it.
 * What has no owner goes too: nothing can be put in its place that could not
 * have been made without that.
 */
static void
hide_globals(const PgmSnapshot *live)
{
	for (int i = 0; i < live->nobjects; i++)
	{
		PgmObject  *object = live->objects[i];

		if ((object->kind->flags & PGM_GLOBAL) == 0 ||
			(object->kind->flags & PGM_NO_DROP) != 0 ||
			object->address.objectId < FirstNormalObjectId ||
			object->address.objectSubId != 0)
			continue;
		if (!OidIsValid(object->owner) || has_privs_of_role(GetUserId(), object->owner))
			hide_object(&object->address);
	}
	CommandCounterIncrement();
}

/*
 * Renames the schemas aside and, if "globals", hides what is in no schema.
 * public is there again, empty, and so is each schema that holds members of
 * an extension, with just these.
 *
 * The caller is connected to SPI.  Fails as ALTER SCHEMA ... RENAME does when
 * the current user may not do that.
 */
void
pgm_sandbox_set_aside(PgmSandbox *sandbox, const PgmSnapshot *live, List *schemas,
					  bool globals)
{
	List	   *names = NIL;
	List	   *made = NIL;
	ListCell   *lc;

	foreach(lc, schemas)
	{
		Oid			oid = lfirst_oid(lc);
		char	   *name = get_namespace_name(oid);
		Oid			new = InvalidOid;

		RenameSchema(name, psprintf("pgmigrate aside %u", oid));
		CommandCounterIncrement();
		if (strcmp(name, "public") == 0)
		{
			new = make_schema_like(name, oid);
			sandbox->given = lappend(sandbox->given, name);
		}
		names = lappend(names, name);
		made = lappend_oid(made, new);
	}
	sandbox->aside = list_concat_copy(sandbox->aside, schemas);
	move_members(sandbox, schemas, &made, names);
	if (globals)
	{
		hide_globals(live);
		pgm_system_privileges_reset(live);
	}
}

/*
 * Gives a schema owner, privileges and comment of another: a schema that holds
 * a model says nothing about these.
 */
static void
take_schema_attributes(Oid schema, Oid like)
{
	Oid			owner;
	bool		isnull;
	Datum		acl = schema_acl(like, &owner, &isnull);

	set_catalog_column(NamespaceRelationId, schema, Anum_pg_namespace_nspacl, acl, isnull);
	CommandCounterIncrement();
	set_catalog_column(NamespaceRelationId, schema, Anum_pg_namespace_nspowner,
					   ObjectIdGetDatum(owner), false);
	CreateComments(schema, NamespaceRelationId, 0, GetComment(like, NamespaceRelationId, 0));
	CommandCounterIncrement();
}

/*
 * Puts a schema in the place of the one that it stands for, which is set
 * aside if it is there.
 */
void
pgm_sandbox_put_in(PgmSandbox *sandbox, const char *schema, const char *stands_for)
{
	Oid			old = get_namespace_oid(stands_for, true);
	Oid			new = get_namespace_oid(schema, false);
	List	   *made = list_make1_oid(new);

	if (OidIsValid(old))
	{
		RenameSchema(stands_for, psprintf("pgmigrate aside %u", old));
		CommandCounterIncrement();
		sandbox->aside = lappend_oid(sandbox->aside, old);
	}
	RenameSchema(schema, stands_for);
	CommandCounterIncrement();
	if (OidIsValid(old))
		take_schema_attributes(new, old);
	if (OidIsValid(old))
		move_members(sandbox, list_make1_oid(old), &made,
					 list_make1(pstrdup(stands_for)));
}

/*
 * Gives the relations that were built the owners that they have in the
 * database: who they belong to is not compared, but a sequence can only be
 * owned by a table of the same role.  Only where the current user could do so:
 * what is run on behalf of an owner must not run for somebody else.
 */
void
pgm_sandbox_take_owners(const PgmSnapshot *built, const PgmSnapshot *live)
{
	pgm_snapshot_pair(built, live);
	for (int i = 0; i < built->nobjects; i++)
	{
		const PgmObject *object = built->objects[i];
		const PgmObject *there = object->other;

		if (object->address.classId != RelationRelationId ||
			object->address.objectSubId != 0 || !OidIsValid(object->owner))
			continue;
		if (there != NULL && there->owner != object->owner &&
			member_can_set_role(GetUserId(), there->owner))
			set_catalog_column(RelationRelationId, object->address.objectId,
							   Anum_pg_class_relowner, ObjectIdGetDatum(there->owner), false);
	}
	CommandCounterIncrement();
}

/*
 * Returns those of the schemas that were not set aside.
 */
List *
pgm_sandbox_schemas(const PgmSandbox *sandbox, List *managed)
{
	return list_difference_oid(managed, sandbox->aside);
}
