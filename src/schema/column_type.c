/*-------------------------------------------------------------------------
 *
 * column_type.c
 *	  How the values of a column get from one type to another.
 *
 * Whether there is a cast is asked of the server as far as it can know: types
 * that are built in are there at any time, others may be gone or not yet be
 * there when statements are written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "schema/table.h"
#include "schema/type.h"

static Oid
type_oid(const PgmObject *col)
{
	return atooid(col->extra[PGM_COLUMN_TYPE_OID]);
}

static int
type_modifier(const PgmObject *col)
{
	return atoi(col->extra[PGM_COLUMN_TYPMOD]);
}

static char
type_category(const PgmObject *col)
{
	return col->extra[PGM_COLUMN_CATEGORY][0];
}

static bool
is_domain(const PgmObject *col)
{
	return col->extra[PGM_COLUMN_DOMAIN] != NULL;
}

/*
 * Returns the type of a column or of the elements of its arrays, if it is an
 * object, or NULL.
 */
static const PgmObject *
type_of(const PgmObject *col)
{
	const char *name = pgm_column_type(col);
	ListCell   *lc;

	foreach(lc, col->needs)
	{
		const PgmObject *need = lfirst(lc);

		if (need->kind->classid == TypeRelationId && pgm_type_has_name(need, name))
			return need;
	}
	return NULL;
}

/*
 * Is the type of a column of the wanted snapshot another one than it was,
 * though it has the same name?
 */
static bool
is_remade(const PgmObject *col)
{
	const PgmObject *type = type_of(col);

	return type != NULL && type->remade;
}

/*
 * The same, of the type or the collation.
 */
bool
pgm_type_is_remade(const PgmObject *col)
{
	ListCell   *lc;

	foreach(lc, col->needs)
	{
		const PgmObject *need = lfirst(lc);

		if (need->kind->classid == CollationRelationId && need->remade)
			return true;
	}
	return is_remade(col);
}

/*
 * Is it the same type, but for its length or whether a domain is around it?
 */
bool
pgm_only_length_differs(const PgmObject *from, const PgmObject *to)
{
	return strcmp(from->extra[PGM_COLUMN_TYPE_NAME], to->extra[PGM_COLUMN_TYPE_NAME]) == 0;
}

/*
 * Can the server be asked about casts of this type?  It must be the same type
 * that it was when the columns were read.
 */
static bool
is_known(const PgmObject *col)
{
	Oid			oid = type_oid(col);

	return oid < FirstNormalObjectId || SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(oid));
}

/*
 * Returns how values get from one type to the other in that context.
 */
static CoercionPathType
find_path(const PgmObject *from, const PgmObject *to, CoercionContext context)
{
	Oid			function;

	if (is_known(from) && is_known(to))
		return find_coercion_pathway(type_oid(to), type_oid(from), context, &function);
	if (context >= COERCION_ASSIGNMENT && type_category(to) == TYPCATEGORY_STRING)
		return COERCION_PATH_COERCEVIAIO;
	if (context >= COERCION_EXPLICIT && type_category(from) == TYPCATEGORY_STRING)
		return COERCION_PATH_COERCEVIAIO;
	return COERCION_PATH_NONE;
}

/*
 * Returns the expression that turns a value of a column into one of its new
 * type, or NULL when that happens without asking.  *guess is set when there is
 * no cast, so that the author has to say what is wanted.
 */
char *
pgm_conversion(const PgmObject *from, const PgmObject *to, const char *value, bool *guess)
{
	const char *type = pgm_column_type(to);
	const char *brackets = type_category(from) == TYPCATEGORY_ARRAY &&
		type_category(to) == TYPCATEGORY_ARRAY ? "[]" : "";

	*guess = false;
	if (is_remade(to))
		return pgm_type_has_cast(type_of(to)) ? psprintf("%s::%s", value, type) :
			psprintf("%s::text%s::%s", value, brackets, type);
	if (pgm_only_length_differs(from, to) ||
		find_path(from, to, COERCION_ASSIGNMENT) != COERCION_PATH_NONE)
		return NULL;
	if (find_path(from, to, COERCION_EXPLICIT) != COERCION_PATH_NONE)
		return psprintf("%s::%s", value, type);
	*guess = type_category(to) != TYPCATEGORY_ENUM || type_category(from) != TYPCATEGORY_ENUM;
	return psprintf("%s::text%s::%s", value, brackets, type);
}

/*
 * Does each value of one length also have the other?
 */
static bool
is_wider(Oid type, int from, int to)
{
	if (from == to || to == -1)
		return true;
	if (from == -1)
		return false;
	switch (type)
	{
		case NUMERICOID:
			return ((from - VARHDRSZ) & 0xffff) == ((to - VARHDRSZ) & 0xffff) && from < to;
		case INTERVALOID:
			return false;
		default:
			return from < to;
	}
}

/*
 * The parts of the modifier of a numeric type, as numeric.c packs them.
 */
static int
digits_of_numeric(int modifier)
{
	return ((modifier - VARHDRSZ) >> 16) & 0xffff;
}

static int
scale_of_numeric(int modifier)
{
	return (((modifier - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
}

/*
 * Has each numeric of one length a place in the other, unchanged?
 */
static bool
numeric_fits(int from, int to)
{
	if (from == -1 || to == -1)
		return to == -1;
	return scale_of_numeric(to) >= scale_of_numeric(from) &&
		digits_of_numeric(to) - scale_of_numeric(to) >=
		digits_of_numeric(from) - scale_of_numeric(from);
}

/*
 * Is the table written anew when the type changes?
 */
bool
pgm_retype_rewrites(const PgmObject *from, const PgmObject *to)
{
	int			modifier = type_modifier(to);

	if (is_domain(to) || is_remade(to))
		return true;
	if (pgm_only_length_differs(from, to))
	{
		switch (type_oid(to))
		{
			case VARCHAROID:
			case VARBITOID:
			case NUMERICOID:
			case TIMESTAMPOID:
			case TIMESTAMPTZOID:
			case TIMEOID:
			case TIMETZOID:
				return !is_wider(type_oid(to), type_modifier(from), modifier);
			default:
				return modifier != type_modifier(from);
		}
	}
	return modifier != -1 || find_path(from, to, COERCION_ASSIGNMENT) != COERCION_PATH_RELABELTYPE;
}

/*
 * Can there be values that have no counterpart in the new type?
 */
bool
pgm_retype_may_fail(const PgmObject *from, const PgmObject *to)
{
	int			modifier = type_modifier(to);

	/* what can fail then is said where the type is */
	if (is_remade(to))
		return false;
	if (is_domain(to) && strcmp(pgm_column_type(from), pgm_column_type(to)) != 0)
		return true;
	if (pgm_only_length_differs(from, to))
		return type_oid(to) == NUMERICOID ? !numeric_fits(type_modifier(from), modifier) :
			!is_wider(type_oid(to), type_modifier(from), modifier);
	if (modifier != -1)
		return true;
	return type_category(to) != TYPCATEGORY_STRING &&
		find_path(from, to, COERCION_IMPLICIT) == COERCION_PATH_NONE;
}
