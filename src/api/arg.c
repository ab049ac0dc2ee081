/*-------------------------------------------------------------------------
 *
 * arg.c
 *	  migrate_arg and migrate_tag: what the caller of a run has to say to the
 *	  scripts.
 *
 * Both read settings (see run/settings.c), so they work in functions that a
 * script calls, and outside of runs too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "api/call.h"
#include "common/compat.h"
#include "run/settings.h"

PG_FUNCTION_INFO_V1(pgm_sql_arg);
PG_FUNCTION_INFO_V1(pgm_sql_tag);

/*
 * The value of a key of the arguments as a text Datum; false when it is
 * missing or null.
 */
static bool
argument_value(text *key, Datum *value)
{
	LOCAL_FCINFO(call, 2);
	Jsonb	   *object = pgm_args_object();

	if (object == NULL)
		return false;
	InitFunctionCallInfoData(*call, NULL, 2, InvalidOid, NULL, NULL);
	call->args[0].value = JsonbPGetDatum(object);
	call->args[0].isnull = false;
	call->args[1].value = PointerGetDatum(key);
	call->args[1].isnull = false;
	*value = jsonb_object_field_text(call);
	return !call->isnull;
}

/*
 * migrate_arg(key text, fallback text)
 */
Datum
pgm_sql_arg(PG_FUNCTION_ARGS)
{
	Datum		value;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "key")));
	if (argument_value(PG_GETARG_TEXT_PP(0), &value))
		PG_RETURN_DATUM(value);
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(PG_GETARG_TEXT_P(1));
}

/*
 * migrate_tag()
 */
Datum
pgm_sql_tag(PG_FUNCTION_ARGS)
{
	if (pgm_tag[0] == '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(pgm_tag));
}
