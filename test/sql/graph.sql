--
-- migrate_graph: pictures of the revision graph
--
\pset format unaligned
\pset tuples_only on

-- Replaces all revisions by those of a graph that is written as words of the
-- form id:parent+parent/dependency+dependency#label+label, and the version
-- table by the ids in current.
CREATE FUNCTION plant(graph text, current text DEFAULT '') RETURNS void
LANGUAGE sql AS $$
	DELETE FROM migrate_script;
	DELETE FROM migrate_version;
	INSERT INTO migrate_script (revision, down_revision, depends_on, branch_labels, message, ordinal)
	SELECT m[1], coalesce(string_to_array(m[2], '+'), '{}'), coalesce(string_to_array(m[3], '+'), '{}'),
		coalesce(string_to_array(m[4], '+'), '{}'), '', n
	FROM string_to_table(graph, ' ') WITH ORDINALITY AS w(word, n),
		regexp_match(word, '^([^:/#]+)(?::([^/#]+))?(?:/([^#]+))?(?:#(.+))?$') AS m;
	INSERT INTO migrate_version (revision, ordinal)
	SELECT id, n FROM string_to_table(nullif(current, ''), ' ') WITH ORDINALITY AS c(id, n);
$$;

-- nothing there
SELECT migrate_graph();
SELECT migrate_graph('mermaid');
SELECT migrate_graph('dot');

-- a chain: "*" is applied, "o" pending
SELECT plant('a1 b2:a1 c3:b2#core d4:c3', 'b2');
UPDATE migrate_script SET message = CASE revision
	WHEN 'a1' THEN 'create users'
	WHEN 'b2' THEN E'create orders\n\nwith a longer text'
	WHEN 'c3' THEN 'create items'
	ELSE 'index orders' END;
SELECT migrate_graph();
SELECT migrate_graph('text');
SELECT migrate_graph('mermaid');
SELECT migrate_graph('dot');

-- branches
SELECT plant('a b:a c1:b#c1branch c2:b#c2branch d1:c1 d2:c2', 'c1 d2');
SELECT migrate_graph();
SELECT plant('a b:a c:a d:a e:b f:b', 'a');
SELECT migrate_graph();

-- a merge
SELECT plant('a b:a c1:b c2:b#c2branch d1:c1 d2:c2 e:d1+d2 f:e', 'd1 c2');
SELECT migrate_graph();

-- a branch that goes on after it was merged
SELECT plant('a1 b1:a1 c1:b1 a2 b2:a2 c2:b2 d1:c1+c2 d2:c2', 'd1 d2');
SELECT migrate_graph();

-- merges of the same revisions
SELECT plant('a b1:a b2:a b3:a c1:b1+b2+b3 c2:b1+b2+b3 d1:c1 d2:c2', 'c1 d2');
SELECT migrate_graph();
SELECT plant('a b1:a b2:a b3:a c1:b1+b2 c2:b2+b3 d1:c1 d2:c2', 'c1 d2');
SELECT migrate_graph();
SELECT plant('a b1:a b2:a c1:b1+b2 c2:b2+b1 d1:c1 d2:c2', 'c1 d2');
SELECT migrate_graph();
SELECT plant('a b:a c:a m:b+c x:m y:m z:x+y', 'z');
SELECT migrate_graph();

-- merges of many revisions, alone and between other branches
SELECT plant('a b1:a b2:a b3:a b4:a m:b1+b2+b3+b4 n:m', 'n');
SELECT migrate_graph();
SELECT plant('a p:a q:p r:p s:p m:q+r+s n:m x:p', 'n x');
SELECT migrate_graph();
SELECT plant('a p:a q:p r:p s:p m:q+r+s n:a x:n y:m+n z:m');
SELECT migrate_graph();
SELECT plant('a b:a c:b d:c e:d f:e+a g:f+c h:g+b+d i:h+e j:i+f');
SELECT migrate_graph();

-- lines that leave a merge to the left and go past others
SELECT plant('a b:a c:a d:c+b e:b+c f:d+e g:e+b+c');
SELECT migrate_graph();
SELECT plant('a b:a c:b d:a+b e:d+c f:a g:b h:c+g i:f');
SELECT migrate_graph();
SELECT plant('r0 r1:r0 r2:r1 r3:r0+r1 r4:r3+r2 r5:r0 r6:r1 r7:r6+r5');
SELECT migrate_graph();
SELECT plant('a b:a c:a d:a e:a f:b+c g:d+e h:a i:h+b+d j:a');
SELECT migrate_graph();

-- several bases: lines that have nothing in common are kept apart
SELECT plant('a1 b1:a1 a2 b2:a2 a3', 'b1');
SELECT migrate_graph();
SELECT plant('a1 a2 a3 b1 b2 c1 c2 c3 d1/a3+b2+c1 amerge:a1+a2+a3 bmerge:b1+b2 cmerge:c1+c2+c3',
	'amerge b1 c2 d1');
SELECT migrate_graph();

-- dependencies are applied too, but are not drawn in text
SELECT plant('a1#A b1#B a2:a1 b2:b1/a2 a3:a2 b3:b2', 'b2');
SELECT migrate_graph();
SELECT migrate_graph('mermaid');
SELECT migrate_graph('dot');
SELECT plant('a1 a2:a1#lib b1/lib', 'b1');
SELECT migrate_graph();
-- one on a parent says nothing new
SELECT plant('a1 a2:a1/a1');
SELECT migrate_graph();

-- rows of the version table without a revision
SELECT plant('a1 b1:a1', 'gone a1 "]lost\');
SELECT migrate_graph();
SELECT migrate_graph('mermaid');
SELECT migrate_graph('dot');
DELETE FROM migrate_script;
SELECT migrate_graph();

-- messages that would rather be something else
SELECT plant('a01 a02:a01 a03:a02 a04:a03 a05:a04 a06:a05 a07:a06 a08:a07 a09:a08 a10:a09');
UPDATE migrate_script SET message = CASE revision
	WHEN 'a01' THEN E'first line\nsecond line'
	WHEN 'a02' THEN E'\r\n \tafter an empty line\r\nand before another'
	WHEN 'a03' THEN E'   \n  '
	WHEN 'a04' THEN E'tab\there, escape\x1b[31m there, bell\x07  '
	WHEN 'a05' THEN '"quoted" \ and \"escaped\" \N &amp; #quot; 100%'
	WHEN 'a06' THEN '"]; click n0 "javascript:alert(1)"; end'
	WHEN 'a07' THEN '%%{init: {"theme": "dark"}}%% <script>alert(1)</script>'
	WHEN 'a08' THEN '1. `code` **bold** - snake_case it''s a/b www.example.com'
	WHEN 'a09' THEN 'Zażółć gęślą jaźń, 日本語'
	ELSE 'ends with a backslash \' END;
SELECT migrate_graph();
SELECT migrate_graph('mermaid');
SELECT migrate_graph('dot');

-- a long chain, and a wide graph
SELECT plant(string_agg(CASE n WHEN 1 THEN 'r1' ELSE format('r%s:r%s', n, n - 1) END, ' ' ORDER BY n), 'r5000')
FROM generate_series(1, 10000) AS n;
SELECT count(*), count(*) FILTER (WHERE line LIKE '* %'), max(length(line)) FROM migrate_graph() AS line;
SELECT count(*) FROM migrate_graph('mermaid');
SELECT count(*) FROM migrate_graph('dot');
SELECT plant(string_agg(CASE n WHEN 1 THEN 'r1' ELSE format('r%s:r%s', n, n / 2) END, ' ' ORDER BY n))
FROM generate_series(1, 500) AS n;
SELECT count(*) FILTER (WHERE line ~ 'r\d'), max(length(line)) FROM migrate_graph() AS line;

-- it only reads
SELECT plant('a1 b1:a1', 'a1');
BEGIN TRANSACTION READ ONLY;
SELECT migrate_graph();
COMMIT;
SELECT line FROM migrate_graph() WITH ORDINALITY AS g(line, n) ORDER BY n DESC;

-- formats there are not
SELECT migrate_graph('svg');
SELECT migrate_graph('TEXT');
SELECT migrate_graph('');
SELECT migrate_graph(NULL);

SELECT plant('');
DROP FUNCTION plant(text, text);
