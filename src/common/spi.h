/*-------------------------------------------------------------------------
 *
 * spi.h
 *	  Reading and writing pgmigrate's own tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SPI_H
#define PGM_SPI_H

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"

#define PGM_MAX_ARGS 19

/*
 * A statement over pgmigrate's tables.  "%s" in the text stands for the
 * quoted name of the extension's schema, each time it occurs.  The plan is
 * made at the first use and kept for the session.  Everything else in the
 * text must be qualified, operators included: it is planned under whatever
 * search_path is in force.
 */
typedef struct PgmStatement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[PGM_MAX_ARGS];
	/* private to spi.c */
	SPIPlanPtr	plan;
	char	   *schema;			/* the name that the plan was made with */
} PgmStatement;

/* what every SQL-callable function opens and ends with */
extern void pgm_connect(FunctionCallInfo fcinfo);
extern void pgm_finish(void);

/* the extension; valid between pgm_connect and pgm_finish */
extern const char *pgm_schema(void);
extern Oid	pgm_schema_oid(void);
extern Oid	pgm_extension_oid(void);

/* run a statement with the rights of the tables' owner */
extern uint64 pgm_execute(PgmStatement *stmt, Datum *values, const char *nulls,
						  bool read_only);
extern uint64 pgm_execute_as_caller(PgmStatement *stmt, Datum *values);
extern uint64 pgm_execute_snapshot(PgmStatement *stmt, Snapshot snapshot);
extern void pgm_execute_dest(PgmStatement *stmt, bool read_only,
							 DestReceiver *dest);

/* fields of SPI_tuptable; what is returned lives in the current context */
extern Datum pgm_field(uint64 row, int attno, bool *isnull);
extern char *pgm_field_text(uint64 row, int attno);
extern List *pgm_field_text_list(uint64 row, int attno);

/* text[] on the way in and out */
extern List *pgm_array_to_list(ArrayType *array, const char *argname);
extern Datum pgm_list_to_array(List *strings);

#endif							/* PGM_SPI_H */
