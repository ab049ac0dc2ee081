/*-------------------------------------------------------------------------
 *
 * model.h
 *	  The model: the wanted schema as DDL, in parts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_MODEL_H
#define PGM_MODEL_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/* one statement of a part */
typedef struct PgmModelStatement
{
	RawStmt    *raw;			/* its locations are offsets into the part */
	int			offset;			/* of its first character, in bytes */
	int			length;			/* without the semicolon */
	int			line;			/* from 1 */
} PgmModelStatement;

/* a part of the model, parsed */
typedef struct PgmModelPart
{
	const char *name;
	const char *ddl;			/* as it was given */
	const char *source;			/* the same for the parser: same length */
	List	   *statements;		/* of PgmModelStatement * */
	List	   *renames;		/* of PgmModelRename * */
} PgmModelPart;

/* "-- pgmigrate: rename from to to" */
typedef struct PgmModelRename
{
	const char *from;			/* as it is written there */
	const char *to;
	const char *part;
	int			line;
} PgmModelRename;

/* model_parse.c */
extern PgmModelPart *pgm_model_parse(const char *name, const char *ddl);
extern void pgm_model_set_caret(const PgmModelPart *part, int offset);
extern int	pgm_model_error_offset(const PgmModelPart *part, int position);

/* model.c */
extern List *pgm_model_load(const char *only_part);
extern void pgm_model_run_parts(List *parts);
extern void pgm_model_run(const char *only_part);
extern List *pgm_model_renames(List *parts);
extern List *pgm_model_extensions(List *parts);
extern List *pgm_model_schemas(List *parts);
extern bool pgm_model_exists(void);
extern int	pgm_model_set(const char *name, const char *ddl);
extern void pgm_model_remove(const char *name);

#endif							/* PGM_MODEL_H */
