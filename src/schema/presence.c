/*-------------------------------------------------------------------------
 *
 * presence.c
 *	  Which kinds of objects some schemas may have.
 *
 * To plan the query of a kind takes longer than to see that there is no row for
 * it: most schemas have few kinds.  See PgmKind.present.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "schema/kind.h"
#include "schema/presence.h"

/* what one look through a catalog has found */
typedef struct Look
{
	Oid			catalog;
	AttrNumber	schema;
	AttrNumber	letter;
	bool		seen[UCHAR_MAX + 1];	/* by letter; 0: if there is no such column */
} Look;

static bool
is_among(Oid schema, const Oid *schemas, int nschemas)
{
	for (int i = 0; i < nschemas; i++)
		if (schemas[i] == schema)
			return true;
	return false;
}

/*
 * Looks through a catalog for rows that initdb has not made.
 */
static void
look_through(Look *look, const Oid *schemas, int nschemas)
{
	Relation	rel = table_open(look->catalog, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	HeapTuple	tuple;
	bool		isnull;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (DatumGetObjectId(heap_getattr(tuple, 1, desc, &isnull)) < FirstNormalObjectId)
			continue;
		if (look->schema != InvalidAttrNumber &&
			!is_among(DatumGetObjectId(heap_getattr(tuple, look->schema, desc, &isnull)),
					  schemas, nschemas))
			continue;
		if (look->letter == InvalidAttrNumber)
			look->seen[0] = true;
		else
			look->seen[(unsigned char) DatumGetChar(heap_getattr(tuple, look->letter,
																 desc, &isnull))] = true;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/*
 * Returns the look through the catalog that a presence is in.
 */
static Look *
look_for(List **looks, const PgmPresence *presence, const Oid *schemas, int nschemas)
{
	Look	   *look;
	ListCell   *lc;

	foreach(lc, *looks)
	{
		look = lfirst(lc);
		if (look->catalog == presence->catalog && look->schema == presence->schema &&
			look->letter == presence->letter)
			return look;
	}
	look = palloc0_object(Look);
	look->catalog = presence->catalog;
	look->schema = presence->schema;
	look->letter = presence->letter;
	look_through(look, schemas, nschemas);
	*looks = lappend(*looks, look);
	return look;
}

static bool
is_present(List **looks, const PgmPresence *presence, const Oid *schemas, int nschemas)
{
	const Look *look = look_for(looks, presence, schemas, nschemas);

	if (presence->letter == InvalidAttrNumber)
		return look->seen[0];
	for (const char *letter = presence->letters; *letter; letter++)
		if (look->seen[(unsigned char) *letter])
			return true;
	return false;
}

/*
 * Sets for each kind whether the schemas may have an object of it.  There is an
 * active snapshot; takes short locks on catalogs.
 */
void
pgm_presence_find(const Oid *schemas, int nschemas, bool *present)
{
	List	   *looks = NIL;

	for (int i = 0; i < pgm_nkinds; i++)
	{
		const PgmPresence *presence = pgm_kinds[i]->present;

		present[i] = !OidIsValid(presence->catalog);
		for (size_t j = 0; j < lengthof(pgm_kinds[i]->present) && !present[i]; j++)
			present[i] = OidIsValid(presence[j].catalog) &&
				is_present(&looks, &presence[j], schemas, nschemas);
	}
	list_free_deep(looks);
}
