/*-------------------------------------------------------------------------
 *
 * pgmigrate.c
 *	  The door: module magic and what happens when the library is loaded.
 *
 * The SQL functions are in api/, one file for each command; what they stand
 * on is in run/ (running revisions), revision/ (what there is to run) and
 * common/ (access to the tables, server versions).  Includes go down that
 * list, never up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "common/compat.h"
#include "run/settings.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "pgmigrate", .version = PGMIGRATE_VERSION);
#else
PG_MODULE_MAGIC;
#endif

void		_PG_init(void);

/*
 * Called when the library is loaded into a backend.  Nothing needs it to be
 * preloaded.
 */
void
_PG_init(void)
{
	pgm_settings_define();
}
