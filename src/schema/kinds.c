/*-------------------------------------------------------------------------
 *
 * kinds.c
 *	  The table of kinds of objects.
 *
 * A new kind is one entry here and its definition in a file of its family.
 * The order is that of their ranks, which is the order in which objects are
 * made when their dependencies leave a choice.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/kind.h"
#include "schema/kinds.h"

const PgmKind *const pgm_kinds[] = {
	&pgm_kind_schema,
	&pgm_kind_extension,
	&pgm_kind_language,
	&pgm_kind_access_method,
	&pgm_kind_collation,
	&pgm_kind_type,
	&pgm_kind_enum,
	&pgm_kind_domain,
	&pgm_kind_composite_type,
	&pgm_kind_attribute,
	&pgm_kind_range_type,
	&pgm_kind_function,
	&pgm_kind_procedure,
	&pgm_kind_aggregate,
	&pgm_kind_operator,
	&pgm_kind_operator_family,
	&pgm_kind_operator_family_operator,
	&pgm_kind_operator_family_function,
	&pgm_kind_operator_class,
	&pgm_kind_cast,
	&pgm_kind_transform,
	&pgm_kind_conversion,
	&pgm_kind_text_search_parser,
	&pgm_kind_text_search_template,
	&pgm_kind_text_search_dictionary,
	&pgm_kind_text_search_configuration,
	&pgm_kind_foreign_data_wrapper,
	&pgm_kind_server,
	&pgm_kind_user_mapping,
	&pgm_kind_sequence,
	&pgm_kind_sequence_owner,
	&pgm_kind_table,
	&pgm_kind_foreign_table,
	&pgm_kind_column,
	&pgm_kind_default,
	&pgm_kind_inheritance,
	&pgm_kind_identity_sequence,
	&pgm_kind_view,
	&pgm_kind_view_column,
	&pgm_kind_system_column,
	&pgm_kind_materialized_view,
	&pgm_kind_index,
	&pgm_kind_domain_constraint,
	&pgm_kind_constraint,
	&pgm_kind_foreign_key,
	&pgm_kind_index_attachment,
	&pgm_kind_statistics,
	&pgm_kind_rule,
	&pgm_kind_trigger,
	&pgm_kind_partition_trigger,
	&pgm_kind_policy,
	&pgm_kind_publication,
	&pgm_kind_publication_table,
	&pgm_kind_publication_schema,
	&pgm_kind_subscription,
	&pgm_kind_default_privileges,
	&pgm_kind_system_privileges,
	&pgm_kind_event_trigger,
};

const int	pgm_nkinds = lengthof(pgm_kinds);

/*
 * Returns the kind of that name, or NULL.
 */
const PgmKind *
pgm_kind_named(const char *name)
{
	for (int i = 0; i < pgm_nkinds; i++)
		if (strcmp(pgm_kinds[i]->name, name) == 0)
			return pgm_kinds[i];
	return NULL;
}

/*
 * Returns the place of a kind in the table.
 */
int
pgm_kind_place(const PgmKind *kind)
{
	int			place = 0;

	while (pgm_kinds[place] != kind)
		place++;
	return place;
}
