/*-------------------------------------------------------------------------
 *
 * type.h
 *	  What the kinds that are types have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_TYPE_H
#define PGM_TYPE_H

#include "nodes/primnodes.h"
#include "schema/kind.h"

/* the columns of a type up to "identity", for the query of a kind */
#define PGM_TYPE_NAMES \
	"t.oid, 0, NULL::oid, NULL::int4, n.nspname::text, quote_ident(t.typname)," \
	" quote_ident(n.nspname) || '.' || quote_ident(t.typname)"

extern bool pgm_type_has_name(const PgmObject *type, const char *name);
extern bool pgm_type_in_columns(const PgmObject *type);
extern bool pgm_type_in_containers(const PgmObject *type, bool array_used);
extern bool pgm_built_in_cast(Oid source, Oid target, CoercionContext context);
extern bool pgm_type_has_cast(const PgmObject *type);
extern PgmWay pgm_type_replace(const PgmObject *from);
extern char *pgm_aside_name(const PgmObject *obj);
extern char *pgm_aside_identity(const PgmObject *obj);
extern char *pgm_converter_identity(const PgmObject *obj);
extern void pgm_type_aside(PgmWriter *w, const PgmObject *from);
extern void pgm_type_leave(PgmWriter *w, const PgmObject *from, const PgmObject *to);

/* domain.c */
extern Oid	pgm_domain_base(const PgmObject *domain);

/* range.c */
extern const char *pgm_multirange(const PgmObject *range);

/* enum.c: which enums get labels in place no more */
typedef enum PgmEnumRemake
{
	PGM_ENUMS_IN_PLACE,			/* none */
	PGM_ENUMS_OF_COLUMNS,		/* those that columns use */
	PGM_ENUMS_ALL
} PgmEnumRemake;

extern PgmEnumRemake pgm_enum_remake;
extern bool pgm_enum_uses_new_label(const PgmObject *from, const PgmObject *to,
									const char *text);

#endif							/* PGM_TYPE_H */
