/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The settings of pgmigrate, and those that a script runs under.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SETTINGS_H
#define PGM_SETTINGS_H

#include "utils/jsonb.h"

/* pgmigrate.* */
extern char *pgm_search_path;
extern char *pgm_args;
extern char *pgm_tag;
extern char *pgm_upgrade_template;
extern char *pgm_downgrade_template;

typedef struct PgmPinnedSetting
{
	const char *name;
	const char *value;
} PgmPinnedSetting;

extern void pgm_settings_define(void);
extern Jsonb *pgm_args_object(void);
extern PgmPinnedSetting *pgm_settings_pinned(int *n);
extern int	pgm_settings_pin(const char *args, const char *tag);
extern void pgm_settings_unpin(int nestlevel);

#endif							/* PGM_SETTINGS_H */
