/*-------------------------------------------------------------------------
 *
 * kinds.h
 *	  The kinds, each defined in a file of its family.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_KINDS_H
#define PGM_KINDS_H

#include "schema/kind.h"

/* one line each: extern const PgmKind pgm_kind_schema; */
extern const PgmKind pgm_kind_schema;
extern const PgmKind pgm_kind_extension;
extern const PgmKind pgm_kind_collation;
extern const PgmKind pgm_kind_type;
extern const PgmKind pgm_kind_enum;
extern const PgmKind pgm_kind_domain;
extern const PgmKind pgm_kind_composite_type;
extern const PgmKind pgm_kind_attribute;
extern const PgmKind pgm_kind_range_type;
extern const PgmKind pgm_kind_cast;
extern const PgmKind pgm_kind_conversion;
extern const PgmKind pgm_kind_domain_constraint;
extern const PgmKind pgm_kind_function;
extern const PgmKind pgm_kind_procedure;
extern const PgmKind pgm_kind_aggregate;
extern const PgmKind pgm_kind_operator;
extern const PgmKind pgm_kind_operator_family;
extern const PgmKind pgm_kind_operator_family_operator;
extern const PgmKind pgm_kind_operator_family_function;
extern const PgmKind pgm_kind_operator_class;
extern const PgmKind pgm_kind_language;
extern const PgmKind pgm_kind_access_method;
extern const PgmKind pgm_kind_transform;
extern const PgmKind pgm_kind_text_search_parser;
extern const PgmKind pgm_kind_text_search_template;
extern const PgmKind pgm_kind_text_search_dictionary;
extern const PgmKind pgm_kind_text_search_configuration;
extern const PgmKind pgm_kind_identity_sequence;
extern const PgmKind pgm_kind_default_privileges;
extern const PgmKind pgm_kind_system_privileges;
extern const PgmKind pgm_kind_view;
extern const PgmKind pgm_kind_view_column;
extern const PgmKind pgm_kind_materialized_view;
extern const PgmKind pgm_kind_system_column;
extern const PgmKind pgm_kind_rule;
extern const PgmKind pgm_kind_trigger;
extern const PgmKind pgm_kind_partition_trigger;
extern const PgmKind pgm_kind_policy;
extern const PgmKind pgm_kind_event_trigger;
extern const PgmKind pgm_kind_publication;
extern const PgmKind pgm_kind_publication_table;
extern const PgmKind pgm_kind_publication_schema;
extern const PgmKind pgm_kind_subscription;
extern const PgmKind pgm_kind_foreign_data_wrapper;
extern const PgmKind pgm_kind_server;
extern const PgmKind pgm_kind_user_mapping;
extern const PgmKind pgm_kind_sequence;
extern const PgmKind pgm_kind_sequence_owner;
extern const PgmKind pgm_kind_constraint;
extern const PgmKind pgm_kind_foreign_key;
extern const PgmKind pgm_kind_index;
extern const PgmKind pgm_kind_index_attachment;
extern const PgmKind pgm_kind_statistics;
extern const PgmKind pgm_kind_table;
extern const PgmKind pgm_kind_foreign_table;
extern const PgmKind pgm_kind_column;
extern const PgmKind pgm_kind_default;
extern const PgmKind pgm_kind_inheritance;

#endif							/* PGM_KINDS_H */
