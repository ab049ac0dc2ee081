/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The settings of pgmigrate, and those that a script runs under.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_SETTINGS_H
#define PGM_SETTINGS_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* pgmigrate.* */
extern char *pgm_search_path;
extern char *pgm_args;
extern char *pgm_tag;
extern char *pgm_upgrade_template;
extern char *pgm_downgrade_template;
extern int	pgm_lock_timeout;
extern int	pgm_lock_retries;
extern int	pgm_revision_timeout;
extern bool pgm_notify;
extern char *pgm_schemas;		/* what SplitGUCList() takes apart */
extern int	pgm_compare_all;	/* owners and privileges, too */
extern char *pgm_model_schema;
extern char *pgm_file_template;
extern int	pgm_truncate_slug_length;

typedef struct PgmPinnedSetting
{
	const char *name;
	const char *value;
} PgmPinnedSetting;

extern void pgm_settings_define(void);
extern Jsonb *pgm_args_object(void);
extern PgmPinnedSetting *pgm_settings_pinned(int *n);
extern int	pgm_settings_pin(const char *args, const char *tag);
extern int	pgm_settings_pin_literals(void);
extern int	pgm_settings_pin_model(void);
extern void pgm_settings_set_args(const char *args);
extern void pgm_settings_pin_lock_timeout(void);
extern void pgm_settings_unpin(int nestlevel);

/* the same for the whole session, over the ends of transactions */
extern List *pgm_settings_remember(List *statements);
extern void pgm_settings_hold(const char *args, const char *tag, List *statements);
extern void pgm_settings_hold_lock_timeout(int milliseconds);
extern void pgm_settings_release(List *held);
extern void pgm_settings_repeat(List *statements);
extern bool pgm_is_identity_setting(const char *name);

#endif							/* PGM_SETTINGS_H */
