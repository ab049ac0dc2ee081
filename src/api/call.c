/*-------------------------------------------------------------------------
 *
 * call.c
 *	  What the SQL-callable functions share: arguments in, rows out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

#include "api/call.h"
#include "common/compat.h"
#include "common/spi.h"
#include "revision/resolve.h"

static void
error_null(const char *argname)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" must not be null", argname)));
}

/*
 * A text argument that must be there.
 */
char *
pgm_arg_text(FunctionCallInfo fcinfo, int n, const char *argname)
{
	if (PG_ARGISNULL(n))
		error_null(argname);
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/*
 * A text argument, or NULL.
 */
char *
pgm_arg_text_or_null(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/*
 * The elements of a text[] argument that must be there.
 */
List *
pgm_arg_text_list(FunctionCallInfo fcinfo, int n, const char *argname)
{
	if (PG_ARGISNULL(n))
		error_null(argname);
	return pgm_array_to_list(PG_GETARG_ARRAYTYPE_P(n), argname);
}

/*
 * A jsonb argument as text, or NULL.  It must be an object.
 */
char *
pgm_arg_json(FunctionCallInfo fcinfo, int n)
{
	Jsonb	   *json;

	if (PG_ARGISNULL(n))
		return NULL;
	json = PG_GETARG_JSONB_P(n);
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a JSON object", "args"),
				 errhint("For example: args => '{\"env\": \"production\"}'.")));
	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

bool
pgm_arg_bool(FunctionCallInfo fcinfo, int n, const char *argname)
{
	if (PG_ARGISNULL(n))
		error_null(argname);
	return PG_GETARG_BOOL(n);
}

/*
 * An integer argument as a relative target.
 */
char *
pgm_arg_relative(FunctionCallInfo fcinfo, int n, const char *argname)
{
	if (PG_ARGISNULL(n))
		error_null(argname);
	return psprintf("%+d", PG_GETARG_INT32(n));
}

/*
 * Prepares for returning rows.  To be called before pgm_connect().
 */
void
pgm_result_begin(FunctionCallInfo fcinfo)
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
}

/*
 * Returns a row.
 */
void
pgm_result_put(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * A text, or NULL, into a column (from 0).
 */
void
pgm_put_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	values[column] = text ? CStringGetTextDatum(text) : (Datum) 0;
}

/*
 * The first five columns of the functions that return steps.
 */
void
pgm_put_step(Datum *values, bool *nulls, int number, const PgmStep *step)
{
	values[0] = Int32GetDatum(number);
	nulls[0] = false;
	pgm_put_text(values, nulls, 1, pgm_direction_name(step->direction));
	pgm_put_text(values, nulls, 2, step->revision);
	pgm_put_text(values, nulls, 3,
				 step->from ? pgm_string_list_text(step->from, ", ") : NULL);
	pgm_put_text(values, nulls, 4,
				 step->rev ? pgm_first_line(step->rev->message) : NULL);
}

static void
append_word(StringInfo buf, const char *word)
{
	appendStringInfo(buf, "%s%s", buf->len > 0 ? ", " : "", word);
}

/*
 * The words that describe a revision, or NULL when there is nothing to say.
 */
char *
pgm_status_text(PgmState *state, PgmRevision *rev, int flags)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (pgm_is_real_head(rev))
		append_word(&buf, "head");
	else if (pgm_is_head(rev))
		append_word(&buf, "effective head");
	if ((flags & PGM_STATUS_CURRENT) && state->row[rev->index] >= 0)
		append_word(&buf, "current");
	if (pgm_is_branch_point(rev))
		append_word(&buf, "branchpoint");
	if (pgm_is_merge_point(rev))
		append_word(&buf, "mergepoint");
	return buf.len > 0 ? buf.data : NULL;
}

/*
 * Labels as one text, or NULL when there are none.
 */
char *
pgm_labels_text(List *labels)
{
	return labels ? pgm_string_list_text(labels, ", ") : NULL;
}
