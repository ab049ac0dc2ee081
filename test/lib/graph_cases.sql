-- What 010_graph_property.pl and 011_alembic_differential.pl run inside the
-- server: a whole graph with its cases goes in, one line for each comes out,
-- and nothing stays behind.

-- A revision with its status words, without spaces.
CREATE FUNCTION test_status(revision text, status text)
RETURNS text
LANGUAGE sql IMMUTABLE AS
$$
	SELECT revision || '/' ||
		translate(regexp_replace(coalesce(status, ''), ', *', '&', 'g'), ' ', '_')
$$;

-- The steps of a plan or of a run, as direction/revision/parents, or the error.
CREATE FUNCTION test_steps(query text, VARIADIC arguments text[])
RETURNS text
LANGUAGE plpgsql AS
$$
DECLARE
	result text;
BEGIN
	EXECUTE format($q$SELECT coalesce(string_agg(
			concat_ws('/', coalesce(direction, ''), revision, replace(down_revision, ', ', '&')),
			' ' ORDER BY step), '') FROM %s$q$, query)
		INTO result USING arguments[1], arguments[2];
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN format('!%s %s', SQLSTATE, SQLERRM);
END
$$;

-- One case.  A line with tabs between: what migrate_current says before, the
-- plan, the run, the rows afterwards, the number of lines in the log.
CREATE FUNCTION test_case(one jsonb)
RETURNS text
LANGUAGE plpgsql AS
$$
DECLARE
	command text := one ->> 'command';
	target text := one ->> 'target';
	several boolean := jsonb_typeof(one -> 'target') = 'array';
	shown text;
	planned text;
	ran text;
BEGIN
	IF several THEN
		target := ARRAY(SELECT jsonb_array_elements_text(one -> 'target'))::text;
	END IF;
	INSERT INTO migrate_version
		SELECT r, o FROM jsonb_array_elements_text(one -> 'rows') WITH ORDINALITY u(r, o);
	shown := (SELECT string_agg(test_status(revision, status), ' ')
			  FROM migrate_current());
	IF command = 'history' THEN
		ran := test_steps($q$(SELECT n AS step, NULL AS direction, revision, down_revision
			FROM migrate_history($1) WITH ORDINALITY
				AS h(revision, message, status, applied, down_revision,
					 depends_on, branch_labels, author, created_at, n)) s$q$, target, NULL);
		planned := ran;
	ELSE
		planned := test_steps('migrate_plan($1, $2)', target, command);
		ran := test_steps(format('migrate_%s($1%s)', command,
								 CASE WHEN several THEN '::text[]' END), target, NULL);
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'PT001', MESSAGE = concat_ws(E'\t',
		coalesce(shown, ''), planned, ran,
		coalesce((SELECT string_agg(revision, ' ' ORDER BY ordinal) FROM migrate_version), ''),
		(SELECT count(*) FROM migrate_log));
EXCEPTION WHEN SQLSTATE 'PT001' THEN
	RETURN SQLERRM;
END
$$;

-- One graph.  The first line tells what the graph looks like to the functions
-- that list heads and branch points, the others are the cases.
CREATE FUNCTION test_graph(graph jsonb)
RETURNS text
LANGUAGE plpgsql AS
$$
BEGIN
	INSERT INTO migrate_script (revision, down_revision, depends_on,
			branch_labels, message, upgrade, downgrade, ordinal)
		SELECT r ->> 'id',
			ARRAY(SELECT jsonb_array_elements_text(r -> 'down')),
			ARRAY(SELECT jsonb_array_elements_text(r -> 'depends_on')),
			ARRAY(SELECT jsonb_array_elements_text(r -> 'labels')),
			'random', '', '', o
		FROM jsonb_array_elements(graph -> 'revs') WITH ORDINALITY u(r, o);
	RAISE EXCEPTION USING ERRCODE = 'PT002', MESSAGE = concat_ws(E'\n',
		concat_ws(E'\t',
			coalesce((SELECT string_agg(test_status(revision, status), ' ') FROM migrate_heads()), ''),
			coalesce((SELECT string_agg(revision, ' ') FROM migrate_heads(true)), ''),
			coalesce((SELECT string_agg(revision || '/' || replace(children, ', ', '&'), ' ')
					  FROM migrate_branches()), '')),
		(SELECT string_agg(test_case(c), E'\n' ORDER BY o)
		 FROM jsonb_array_elements(graph -> 'cases') WITH ORDINALITY u(c, o)));
EXCEPTION WHEN SQLSTATE 'PT002' THEN
	RETURN SQLERRM;
END
$$;
