-- What the vectors_* tests share: the graphs of the vectors, and helpers that
-- load a graph and run one vector.  To be included in a transaction that rolls
-- back.
--
-- A graph is written as revisions separated by semicolons, in the order of
-- their creation.  After the id, <x names a parent, !x a dependency (an id or
-- a label), #x a branch label.

CREATE TEMP TABLE vector_graph (name text PRIMARY KEY, about text, revisions text);

INSERT INTO vector_graph VALUES
('V1', 'linear',
 'a; b <a; c <b; d <c; e <d'),
('V2', 'two branches',
 'a; b <a; c1 <b #c1branch; d1 <c1; c2 <b #c2branch; d2 <c2'),
('V3', 'two branches, merged',
 'a; b <a; c1 <b; d1 <c1; c2 <b #c2branch; d2 <c2; e <d1 <d2; f <e'),
('V4', 'a merged branch goes on',
 'a1; b1 <a1; c1 <b1; a2; b2 <a2; c2 <b2; d1 <c1 <c2; d2 <c2'),
('V4b', 'two of three merged branches go on',
 'a1; b1 <a1; c1 <b1; a2; b2 <a2; c2 <b2; a3; b3 <a3; c3 <b3;
  d1 <c1 <c2 <c3; d2 <c2; d3 <c3'),
('V5', 'twin merges',
 'a; b1 <a; b2 <a; b3 <a; c1 <b1 <b2 <b3; c2 <b1 <b2 <b3; d1 <c1; d2 <c2'),
('V5b', 'not quite twin merges',
 'a; b1 <a; b2 <a; b3 <a; c1 <b1 <b2; c2 <b2 <b3; d1 <c1; d2 <c2'),
('V6', 'a dependency between two branches',
 'a1 #A; a2 <a1; a3 <a2; b1 #B; b2 <b1 !a2; b3 <b2'),
('V7', 'a dependency in the middle of a branch that goes on',
 'a1 #lib1; b1 <a1; c1 <b1; d1 <c1; e1 <d1; f1 <e1; a2; b2 <a2; c2 <b2 !c1'),
('V8', 'three forests, merged, and a revision that depends on parts of each',
 'a1; a2; a3; amerge <a1 <a2 <a3; b1; b2; bmerge <b1 <b2;
  c1; c2; c3; cmerge <c1 <c2 <c3; d1 !a3 !b2 !c1'),
('V9', 'crossing dependencies',
 'a1; a2 <a1; a3 <a2 !b1; b1; b2 <b1 !a2; b3 <b2'),
('V10', 'the same dependency twice on one branch',
 'a1; a2 <a1; a3 <a2; b1; b2 <b1 !a3; b3 <b2; b4 <b3 !a3'),
('V11', 'a merge of a revision and of what it depends on',
 'a1; b1 !a1; bmerge <a1 <b1'),
('V11b', 'the same beside another branch',
 'a1; b1 !a1; bmerge <a1 <b1; z1'),
('V12', 'a dependency on the own parent',
 'a1; a2 <a1 !a1'),
('V13', 'a dependency on a label',
 'a1; b1 <a1; c1 <b1 #c1lib; a2; b2 <a2; c2 <b2 !c1lib'),
('V14', 'a forest',
 'a1 #A; b1 <a1; a2; b2 <a2'),
('V15', 'an effective head',
 'a1; a2 <a1; b1 !a2'),
('V16', 'a dependency below a tip',
 'y1 #y; x1 #x; y2 <y1 !x1; x2 <x1'),
('V17', 'ids that are the beginning of each other',
 'user_foo; user <user_foo !user_foo'),
('V18', 'cross dependencies of three bases',
 'base1 #b_1; a1a <base1; a1b <base1; b1a <a1a; b1b <a1b !a3;
  base2 #b_2; a2 <base2; b2 <a2; c2 <b2 !a3; d2 <c2;
  base3 #b_3; a3 <base3; b3 <a3'),
('V19', 'branches, of which one merges two arms',
 'a1; a2 <a1; a3 <a2; b1 <a3; b2 <a3; cb1 <b1; cb2 <b2; db1 <cb1; db2 <cb2;
  e1b1 <db1; fe1b1 <e1b1; e2b1 <db1; e2b2 <db2; merge <e2b1 <e2b2'),
('V20', 'linear, for rows that overlap',
 'a; b <a'),
('deps', 'a merge that depends on what is below it',
 'a; b1 <a; b2 <a; m <b1 <b2 !a'),
('deps2', 'a merge with a parent that is below the others',
 'a; b1 <a; b2 <a; m <b1 <b2 <a'),
('hex', 'ids that start alike',
 'abc123456789; abd123456789 <abc123456789 #feature_x; abcdef012345 <abc123456789 #feature_y; xyz');

-- Load a graph of the table above, or one that is written out, instead of
-- what is there.
CREATE PROCEDURE graph(wanted text)
LANGUAGE plpgsql AS
$$
DECLARE
	text_of_graph text := coalesce(
		(SELECT revisions FROM vector_graph WHERE name = wanted), wanted);
BEGIN
	DELETE FROM migrate_version;
	DELETE FROM migrate_log;
	DELETE FROM migrate_script;
	INSERT INTO migrate_script (revision, down_revision, depends_on,
			branch_labels, message, upgrade, downgrade, ordinal)
		SELECT words[1],
			ARRAY(SELECT substr(w, 2) FROM unnest(words) WITH ORDINALITY u(w, o)
				  WHERE w ~ '^<' ORDER BY o),
			ARRAY(SELECT substr(w, 2) FROM unnest(words) WITH ORDINALITY u(w, o)
				  WHERE w ~ '^!' ORDER BY o),
			ARRAY(SELECT substr(w, 2) FROM unnest(words) WITH ORDINALITY u(w, o)
				  WHERE w ~ '^#' ORDER BY o),
			'revision ' || words[1], '', '', ordinal
		FROM regexp_split_to_table(text_of_graph, ';\s*')
				WITH ORDINALITY r(one, ordinal),
			regexp_split_to_array(one, '\s+') words;
END
$$;

-- Set the rows of the version table, in this order.
CREATE PROCEDURE be_at(wanted text[])
LANGUAGE plpgsql AS
$$
BEGIN
	DELETE FROM migrate_version;
	INSERT INTO migrate_version
		SELECT r, o FROM unnest(wanted) WITH ORDINALITY u(r, o);
END
$$;

-- The rows of the version table, sorted by name.
CREATE FUNCTION rows_now()
RETURNS text
LANGUAGE sql AS
$$
	SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '')
	FROM migrate_version
$$;

-- Run one vector: the steps, or the error, and the rows afterwards.  A
-- command is upgrade, downgrade or stamp.  The target may be an array literal
-- where several make sense.  The plan has to be what is run.  A stamp is shown
-- as the rows it replaces -> the new row.
CREATE FUNCTION vec(command text, target text, at_rows text,
	OUT steps text, OUT after text)
LANGUAGE plpgsql AS
$$
DECLARE
	one text := CASE WHEN command = 'stamp' THEN
		$q$CASE s.direction WHEN 'stamp' THEN concat_ws(' ', s.down_revision, '->', s.revision)
			ELSE concat(s.revision, ' ->') END$q$
		ELSE 's.revision' END;
	separator text := CASE WHEN command = 'stamp' THEN '; ' ELSE ',' END;
	planned text;
BEGIN
	CALL be_at(('{' || at_rows || '}')::text[]);
	BEGIN
		SET LOCAL client_min_messages = error;
		EXECUTE format('SELECT string_agg(%s, %L ORDER BY step) FROM migrate_plan($1, $2) s',
					   one, separator)
			INTO planned USING target, command;
		SET LOCAL client_min_messages = warning;
		EXECUTE format('SELECT string_agg(%s, %L ORDER BY step) FROM migrate_%s($1) s',
					   one, separator, command)
			INTO steps USING target;
		IF planned IS DISTINCT FROM steps THEN
			steps := format('%s, but the plan is %s', steps, planned);
		END IF;
		after := rows_now();
		steps := coalesce(steps, '(nothing)');
	EXCEPTION WHEN OTHERS THEN
		steps := format('%s: %s', SQLSTATE, SQLERRM);
	END;
END
$$;

SET LOCAL client_min_messages = warning;
