/*-------------------------------------------------------------------------
 *
 * seed.h
 *	  Reference data as a part of the model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SEED_H
#define PGM_SEED_H

#include "utils/jsonb.h"

#include "diff/generate.h"
#include "schema/snapshot.h"

typedef enum PgmSeedMode
{
	PGM_SEED_INSERT,			/* rows that are missing are inserted */
	PGM_SEED_UPSERT,			/* ... and those that differ updated */
	PGM_SEED_EXACT				/* ... and all others deleted */
} PgmSeedMode;

/* the rows that a table should have */
typedef struct PgmSeed
{
	const char *schema;
	const char *table;
	const char *identity;		/* both, quoted as needed */
	Jsonb	   *rows;
	List	   *key;			/* of char *: columns; NIL: the primary key */
	PgmSeedMode mode;
} PgmSeed;

/* seed.c: what is declared */
extern PgmSeedMode pgm_seed_mode_parse(const char *name);
extern int	pgm_seed_set(const char *relation, Jsonb *rows, List *key, PgmSeedMode mode);
extern void pgm_seed_remove(const char *relation);
extern bool pgm_seeds_exist(void);
extern List *pgm_seeds_load(void);

/* seed_write.c: what leads there */
extern void pgm_seeds_write(PgmGenerated *generated, List *seeds, const PgmSnapshot *live,
							const PgmSnapshot *model, const PgmSnapshot *compared, bool proof);
extern PgmGenerated *pgm_seeds_generate(List *seeds, bool proof);
extern uint64 pgm_seed_query(const char *query, int nargs, Oid *argtypes, Datum *values);

/* seed_sequence.c */
extern char *pgm_seed_sequence_statement(const char *table, const char *column);

#endif							/* PGM_SEED_H */
