# The online procedures, as a user sees them: what is committed when, what
# becomes of a run that fails, what may be in a script, and what other sessions
# see and get meanwhile.  How a run that was ended from outside is resumed is
# the subject of 031_online_kill.pl.

use strict;
use warnings;

use File::Basename;
use lib dirname(__FILE__) . '/../lib';
use JSON::PP;
use OnlineRunner;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
max_connections = 60
allow_in_place_tablespaces = on
autovacuum = off
log_statement = none
deadlock_timeout = 60s
});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE DATABASE pattern;
	CREATE ROLE ops LOGIN;
	CREATE ROLE nobody LOGIN;
});
$node->safe_psql(
	'pattern', q{
	CREATE EXTENSION pgmigrate;
	CREATE TABLE fact (what text, xid xid8 DEFAULT pg_current_xact_id());
	CREATE TABLE t (id int PRIMARY KEY, v int, w int);
	INSERT INTO t SELECT i, i % 5 FROM generate_series(1, 20) i;
});

my $up = "CALL migrate_upgrade_online('head')";
my $databases = 0;

# A new database with the extension and some tables.
sub new_database
{
	my $name = 'db' . ++$databases;

	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE pattern");
	return OnlineRunner->new($node, $name);
}

# The call that writes a revision.
sub revision
{
	my ($id, $upgrade, $downgrade) = @_;
	$downgrade = defined $downgrade ? "\$script\$$downgrade\$script\$" : 'NULL';
	return "SELECT migrate_revision('$id', \$script\$$upgrade\$script\$, $downgrade, rev_id => '$id')";
}

sub write_revisions
{
	my ($app, @revisions) = @_;
	$app->ask(revision(@$_)) for @revisions;
	return;
}

sub current
{
	my ($app) = @_;
	return $app->ask("SELECT string_agg(revision, ' ' ORDER BY revision) FROM migrate_version");
}

sub facts
{
	my ($app) = @_;
	return $app->ask("SELECT string_agg(what, ' ' ORDER BY what) FROM fact");
}

# The log, without what differs from run to run.
sub logged
{
	my ($app) = @_;
	return $app->ask("SELECT concat_ws(' ', direction, revision, result, sqlstate, statement, line) FROM migrate_log ORDER BY id");
}

sub journal
{
	my ($app) = @_;
	return $app->ask("SELECT concat_ws(' ', revision, direction, statements, done, running) FROM migrate_journal");
}

sub invalid_indexes
{
	my ($app) = @_;
	return $app->ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid");
}

# A run that ends well has said nothing but what it runs.
sub runs_ok
{
	my ($run, $name, $notices) = @_;
	my $said = join "\n", $run->{err} =~ /^(?:NOTICE|WARNING|ERROR|FATAL):  (?:00000: )?(.*)$/mg;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($run->{rc} . $run->{err} =~ s/^(?!ERROR|FATAL).*\n//mgr, 0, "$name: succeeds");
	is($said, $notices, "$name: says what it runs") if defined $notices;
	return $run;
}

sub fails
{
	my ($run, $sqlstate, $message, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($run->{sqlstate}, qr/^$sqlstate$/, "$name: fails with $sqlstate") or diag($run->{err});
	like($run->{err}, $message, "$name: says why");
	return $run;
}

my ($app, $run);

#----------------------------------------------------------------------
# One transaction for each revision
#----------------------------------------------------------------------

$app = new_database();
write_revisions(
	$app,
	map {
		[
			"r$_",
			"CREATE TABLE t$_ (); INSERT INTO fact VALUES ('up $_'); SELECT pg_advisory_xact_lock(1, $_); INSERT INTO fact VALUES ('up $_')",
			"DROP TABLE t$_; INSERT INTO fact VALUES ('down $_'); INSERT INTO fact VALUES ('down $_')"
		]
	} 1 .. 4);

# stopped in the second one
$run = $app->start_and_stop($up, 'SELECT pg_advisory_xact_lock(1, 2)');
is(current($app), 'r1', 'while the second revision runs, the first one is current');
is(facts($app), 'up 1 up 1', '... with its rows');
is($app->ask("SELECT string_agg(relname, ' ') FROM pg_class WHERE relname ~ '^t[0-9]'"), 't1', '... its tables');
is(logged($app), 'upgrade r1 done', '... its row of the log');
is(journal($app), '', '... and no journal, as nothing is cut');
$app->release_all;
runs_ok($app->finish($run), 'four revisions',
	"Running upgrade  -> r1, r1\nRunning upgrade r1 -> r2, r2\nRunning upgrade r2 -> r3, r3\nRunning upgrade r3 -> r4, r4");
is($run->{out}, '', 'the procedure returns no rows');
is(current($app), 'r4', 'at head');

my $one_transaction = q{
	SELECT count(DISTINCT f.xid) = 4 AND bool_and(f.n = 1) AND bool_and(l.xmin::text = f.row) AND bool_and(c.xmin::text = f.row)
	FROM (SELECT what, count(DISTINCT xid) AS n, max(xid::text) AS xid, max(xmin::text) AS row FROM fact WHERE what ~ 'up' GROUP BY what) f
	JOIN migrate_log l ON 'up ' || substr(l.revision, 2) = f.what
	JOIN pg_class c ON c.relname = 't' || substr(l.revision, 2)};
is($app->ask($one_transaction), 't', 'tables, rows and log of a revision are of one transaction, each revision of another');
is($app->ask("SELECT v.xmin = l.xmin FROM migrate_version v JOIN migrate_log l USING (revision)"), 't', '... and so is the version');

$run = runs_ok($app->run('CALL migrate_downgrade_online(-1)'), 'one step down', 'Running downgrade r4 -> r3, r4');
$run = runs_ok($app->run("CALL migrate_downgrade_online('r1')"), 'down to a revision', "Running downgrade r3 -> r2, r3\nRunning downgrade r2 -> r1, r2");
is($app->ask("SELECT count(DISTINCT xid) FROM fact WHERE what ~ 'down'"), '3', 'each downgrade was a transaction');
is(current($app), 'r1', 'at the target');
runs_ok($app->run('CALL migrate_upgrade_online(1)'), 'one step up', 'Running upgrade r1 -> r2, r2');
runs_ok($app->run("CALL migrate_upgrade_online('{r3}'::text[])"), 'a list of targets', 'Running upgrade r2 -> r3, r3');
runs_ok($app->run("CALL migrate_upgrade_online(target => 'head', args => NULL, tag => NULL, wait => true, interrupted => NULL)"),
	'all arguments', 'Running upgrade r3 -> r4, r4');
is(logged($app) =~ tr/\n/\n/, 9, 'the log has a row for each step');

# Nothing to do: no lock is taken, as another session that holds it shows.
$app->hold('hold 0', "SELECT migrate_downgrade('-1')");
runs_ok($app->run($up), 'nothing to do', '');
runs_ok($app->run("CALL migrate_downgrade_online('r4', wait => false)"), 'nothing to undo', '');
fails($app->run("CALL migrate_downgrade_online('base', wait => false)"), '55P03', qr/process \d+ of user "\w+"/i, 'wait => false, while a function runs');
like($run->{err}, qr/^(?!.*hold 0)/s, 'nobody was waited for before');
$app->release_all;

# Targets that make no sense are errors here as they are there.
fails($app->run("CALL migrate_upgrade_online('x1')"), '42704', qr/can't locate revision identified by "x1"/, 'a target that does not exist');
fails($app->run("CALL migrate_upgrade_online('head', interrupted => 'maybe')"), '22023', qr/interrupted/, 'interrupted => maybe');

#----------------------------------------------------------------------
# Where the procedures can be called
#----------------------------------------------------------------------

$app->ask("SELECT migrate_downgrade('base')");
$app->ask(
	q{
	CREATE FUNCTION calls() RETURNS void LANGUAGE plpgsql AS $$BEGIN CALL migrate_upgrade_online(); END$$;
	CREATE PROCEDURE calls_too() LANGUAGE plpgsql AS $$BEGIN CALL migrate_upgrade_online(); END$$;
	CREATE PROCEDURE calls_sql() LANGUAGE sql AS 'CALL migrate_upgrade_online()';
});
my $before = $app->ask('SELECT count(*) FROM migrate_log');
for my $case (
	[ 'in a transaction block', "BEGIN; $up", 'block' ],
	[ 'in a block that has done something', "BEGIN; CREATE TABLE x (); $up", 'block' ],
	[ 'in a string of commands', "SELECT 1\\; $up", 'block' ],
	[ 'as the first of several commands', "$up\\; SELECT 1", 'block' ],
	[ 'after a savepoint', "BEGIN; SAVEPOINT s; $up", 'block' ],
	[ 'in a DO', "DO 'BEGIN $up; END'" =~ s/'head'/''head''/r, 'statement' ],
	[ 'in a function', 'SELECT calls()', 'statement' ],
	[ 'in a procedure', 'CALL calls_too()', 'statement' ],
	[ 'in a procedure in SQL', 'CALL calls_sql()', 'statement' ],
	[ 'in a DO in a transaction block', "BEGIN; DO 'BEGIN CALL migrate_upgrade_online(); END'", '' ])
{
	my ($name, $sql, $why) = @$case;

	$run = fails(
		$app->run($sql), '25001',
		$why eq 'block' ? qr/migrate_upgrade_online\(\) cannot run inside a transaction block.*^HINT:.*migrate_upgrade/ms
		: $why ? qr/migrate_upgrade_online\(\) must be called as a statement of its own/
		: qr/migrate_upgrade_online\(\)/,
		$name);
}
$app->ask('ALTER PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text) SET work_mem = 1000');
fails($app->run($up), '25001', qr/must be called as a statement of its own/, 'with settings of its own');
$app->ask('ALTER PROCEDURE migrate_upgrade_online(text, jsonb, text, boolean, text) RESET ALL');
fails($app->run("CALL migrate_downgrade_online('base')", params => [ '-c', 'BEGIN', '-c', "CALL migrate_downgrade_online('base')" ]),
	'25001', qr/migrate_downgrade_online\(\) cannot run inside a transaction block/, 'the other direction');
fails($app->run("SET default_transaction_read_only = on; $up"), '25006', qr/migrate_upgrade_online\(\).*read-only/, 'read-only');
is(current($app) . $app->ask('SELECT count(*) FROM migrate_log') . $app->ask("SELECT to_regclass('x')"), $before, '... and nothing was done');

#----------------------------------------------------------------------
# Failures
#----------------------------------------------------------------------

$app = new_database();
write_revisions(
	$app,
	[ 'r1', "INSERT INTO fact VALUES ('one')", '' ],
	[ 'r2', "INSERT INTO fact VALUES ('two')", '' ],
	[ 'r3', "CREATE TABLE x ();\n\nINSERT INTO fact VALUES ('three');\nSELECT 1 / 0;\nINSERT INTO fact VALUES ('four')", 'DROP TABLE x' ],
	[ 'r4', "INSERT INTO fact VALUES ('five')", '' ]);
$run = fails($app->run($up), '22012', qr/ERROR:  22012: division by zero/, 'the third of four');
like($run->{err}, qr/^(?:CONTEXT:  )?revision r3, upgrade, statement 3 of 4, line 4/m, '... and says where');
is(current($app), 'r2', '... the second one is current');
is(facts($app), 'one two', '... nothing of the third one is there');
is($app->ask("SELECT to_regclass('x')"), '', '... not its table either');
is(logged($app), "upgrade r1 done\nupgrade r2 done\nupgrade r3 failed 22012 3 4", '... but its failure is in the log');
is($app->ask("SELECT error, ran_as = current_user, statements, sha256 IS NOT NULL, duration > '0' FROM migrate_log WHERE id = 3"),
	'division by zero|t|4|t|t', '... with the text of the error');
is($app->ask("SELECT count(*) FROM migrate_log WHERE result = 'done' AND (sqlstate IS NOT NULL OR error IS NOT NULL OR statement IS NOT NULL OR line IS NOT NULL)"),
	'0', '... and done rows have none');
is(journal($app), '', '... and no journal is left');
is($app->ask("SELECT string_agg(revision || applied, ' ' ORDER BY revision) FROM migrate_history()"), 'r1true r2true r3false r4false', 'migrate_history does not take it for applied');
fails($app->run($up), '22012', qr/division by zero/, 'again');
is($app->ask('SELECT count(*) FROM migrate_log'), '4', '... one more row');
$app->ask("SELECT migrate_edit('r3', upgrade => 'CREATE TABLE x ()')");
runs_ok($app->run($up), 'corrected', "Running upgrade r2 -> r3, r3\nRunning upgrade r3 -> r4, r4");
is(facts($app), 'five one two', '... the rest was done');
is($app->ask("SELECT string_agg(concat_ws(' ', id, revision, result), ', ' ORDER BY id) FROM migrate_log"),
	'1 r1 done, 2 r2 done, 3 r3 failed, 4 r3 failed, 5 r3 done, 6 r4 done', '... and so says the log');
is($app->ask('SELECT * FROM migrate_check(false) WHERE NOT ok'), '', 'migrate_check finds nothing');

# An error when it commits: a deferred constraint.
write_revisions(
	$app,
	[
		'r5',
		'CREATE TABLE y (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO y VALUES (1), (1)',
		'DROP TABLE y'
	]);
fails($app->run($up), '23505', qr/duplicate key/, 'an error of the commit');
is(current($app), 'r4', '... nothing was done');
like($app->ask('SELECT revision, result, sqlstate FROM migrate_log ORDER BY id DESC LIMIT 1'), qr/^r5\|failed\|23505$/, '... and the failure is kept');

# The caller is not left in the middle of anything.
$run = $app->run("$up; SELECT 'next', pg_current_xact_id_if_assigned() IS NULL; CREATE TABLE z (); BEGIN; SELECT 2; COMMIT", params => []);
like($run->{out}, qr/^next\|t\n2$/m, 'the session goes on after a failure');

#----------------------------------------------------------------------
# Statements that cannot run in a transaction
#----------------------------------------------------------------------

# Each with what it takes, what undoes it, and how to see it.  Tried as a script
# of its own, and between two others, in both directions.
$app = new_database();
$app->ask(
	q{
	CREATE SCHEMA sparse;
	CREATE TABLE sparse.s (id int PRIMARY KEY);
	CREATE TABLE part (id int) PARTITION BY RANGE (id);
	CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
	CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
	CREATE INDEX t_v ON t (v);
	CREATE INDEX t_w ON t (w);
	CLUSTER t USING t_v;
	CREATE PROCEDURE commits(a text) LANGUAGE plpgsql AS $$BEGIN INSERT INTO fact VALUES (a); COMMIT; INSERT INTO fact VALUES (a || a); END$$;
});
my $file_of = sub { "SELECT pg_relation_filenode('$_[0]')" };
my $index_there = sub { "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('$_[0]')" };
my $changes = qr/^change$/;
my @kinds = (
	# name, upgrade, what shows it, before, after, downgrade (which leads back to before)
	[ 'CREATE INDEX CONCURRENTLY', 'CREATE INDEX CONCURRENTLY t_new ON t (v, w)', $index_there->('t_new'), '', 't', 'DROP INDEX CONCURRENTLY t_new' ],
	[ 'an unnamed index', 'CREATE INDEX CONCURRENTLY ON t (w, v)', $index_there->('t_w_v_idx'), '', 't', 'DROP INDEX CONCURRENTLY t_w_v_idx' ],
	[ 'an index IF NOT EXISTS', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_u ON t (id) INCLUDE (v) WHERE v > 1', $index_there->('t_u'), '', 't', 'DROP INDEX CONCURRENTLY IF EXISTS t_u, not_there' =~ s/, not_there//r ],
	[ 'DROP INDEX CONCURRENTLY', 'DROP INDEX CONCURRENTLY t_w', $index_there->('t_w'), 't', '', 'CREATE INDEX CONCURRENTLY t_w ON t (w)' ],
	[ 'REINDEX INDEX CONCURRENTLY', 'REINDEX INDEX CONCURRENTLY t_v', $file_of->('t_v'), 'change', 'change', 'REINDEX TABLE CONCURRENTLY t' ],
	[ 'REINDEX (CONCURRENTLY)', 'REINDEX (CONCURRENTLY) TABLE t', $file_of->('t_pkey'), 'change', 'change', 'REINDEX SCHEMA CONCURRENTLY public' ],
	[ 'REINDEX SCHEMA', 'REINDEX SCHEMA sparse', $file_of->('sparse.s_pkey'), 'change', 'change', 'REINDEX SCHEMA sparse' ],
	[ 'REINDEX TABLE', 'REINDEX TABLE t', $file_of->('t_pkey'), 'change', 'change', 'REINDEX INDEX t_pkey' ],
	[ 'VACUUM', 'VACUUM (FULL, ANALYZE) t', $file_of->('t'), 'change', 'change', 'VACUUM FULL t' ],
	[ 'CLUSTER', 'CLUSTER', $file_of->('t'), 'change', 'change', 'CLUSTER t USING t_v' ],
	[ 'ALTER SYSTEM', "ALTER SYSTEM SET cursor_tuple_fraction = 0.5", "SELECT setting FROM pg_file_settings WHERE name = 'cursor_tuple_fraction'", '', '0.5', 'ALTER SYSTEM RESET cursor_tuple_fraction' ],
	[ 'CREATE DATABASE', 'CREATE DATABASE kind1', "SELECT 1 FROM pg_database WHERE datname = 'kind1'", '', '1', 'DROP DATABASE kind1' ],
	[ 'CREATE TABLESPACE', "CREATE TABLESPACE kind2 LOCATION ''", "SELECT 1 FROM pg_tablespace WHERE spcname = 'kind2'", '', '1', 'DROP TABLESPACE kind2' ],
	[ 'DETACH PARTITION CONCURRENTLY', 'ALTER TABLE part DETACH PARTITION part2 CONCURRENTLY', "SELECT count(*) FROM pg_inherits WHERE inhparent = 'part'::regclass", '2', '1', 'ALTER TABLE part ATTACH PARTITION part2 FOR VALUES FROM (10) TO (20)' ],
	[ 'CALL', "CALL commits('c')", "SELECT count(*) || ' ' || count(DISTINCT xid) FROM fact WHERE what ~ '^c+\$'", '0 0', '2 2', "DELETE FROM fact WHERE what ~ '^c+\$'" ],
	[ 'DO', q{DO $$BEGIN INSERT INTO fact VALUES ('d'); COMMIT; INSERT INTO fact VALUES ('dd'); END$$}, "SELECT count(*) || ' ' || count(DISTINCT xid) FROM fact WHERE what ~ '^d+\$'", '0 0', '2 2', "DELETE FROM fact WHERE what ~ '^d+\$'" ]);
# runs in a transaction as well, so the function form does not refuse it
my %also_inside = map { $_ => 1 } ('REINDEX TABLE', 'CALL', 'DO');

for my $kind (@kinds)
{
	my ($name, $upgrade, $look, $from, $to, $downgrade) = @$kind;
	my $undo_alone = $downgrade =~ /CONCURRENTLY|^(?:DROP DATABASE|DROP TABLESPACE|VACUUM|REINDEX SCHEMA|ALTER SYSTEM)/;

	for my $mixed (0, 1)
	{
		my $label = $mixed ? "$name, among others" : $name;
		my $id = 'k' . $app->ask('SELECT count(*) FROM migrate_script');
		my @around = $mixed ? ("INSERT INTO fact VALUES ('before');\n", ";\nINSERT INTO fact VALUES ('after')") : ('', '');
		my $parent = current($app);
		my ($seen, $undone);

		$app->ask(revision($id, "$around[0]$upgrade$around[1]", "$around[0]$downgrade$around[1]"));
		is($app->ask("SELECT transactions FROM migrate_plan('head')"), $mixed ? '1, 2*, 3' : '1*', "$label: the plan shows the cuts");
		if (!$also_inside{$name})
		{
			fails($app->call("SELECT migrate_upgrade('head')"), '25001', qr/^HINT:.*migrate_upgrade_online/m, "$label: refused by the function");
		}
		is(current($app), $parent, "$label: nothing was done yet");

		$seen = $app->ask($look);
		is($seen, $from, "$label: before") if $from !~ $changes;
		runs_ok($app->call($up), "$label, up", "Running upgrade $parent -> $id, $id");
		if ($to !~ $changes) { is($app->ask($look), $to, "$label: after") }
		else { isnt($app->ask($look), $seen, "$label: was done") }
		is(facts($app) =~ s/ ?\b(c+|d+)\b//gr, $mixed ? 'after before' : '', "$label: the others were done once");
		is(current($app) . '.' . journal($app), "$id.", "$label: at head, without a journal");

		$app->ask("DELETE FROM fact WHERE what IN ('before', 'after')");
		$seen = $app->ask($look);
		if ($undo_alone)
		{
			fails($app->call("SELECT migrate_downgrade('-1')"), '25001', qr/^HINT:.*migrate_downgrade_online/m, "$label: refused by the function, down");
		}
		runs_ok($app->call('CALL migrate_downgrade_online(-1)'), "$label, down", "Running downgrade $id -> $parent, $id");
		if ($from !~ $changes) { is($app->ask($look), $from, "$label: as before") }
		else { isnt($app->ask($look), $seen, "$label: was undone") }
		is(facts($app) =~ s/ ?\b(c+|d+)\b//gr, $mixed ? 'after before' : '', "$label: the others were done once, down");
		is(current($app) . '.' . journal($app), "$parent.", "$label: back, without a journal");
		is(invalid_indexes($app), '0', "$label: no invalid index");
		$app->ask("DELETE FROM fact; SELECT migrate_delete('$id')");
	}
}
# A new value of an enumeration can be used after a commit only.
$app->ask("CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE feeling (m mood)");
write_revisions($app,
	[ 'e1', "INSERT INTO fact VALUES ('e'); ALTER TYPE mood ADD VALUE 'glad'; INSERT INTO fact VALUES ('f'); INSERT INTO feeling VALUES ('glad')", '' ],
	[ 'e2', "INSERT INTO feeling VALUES ('sad'); ALTER TYPE mood ADD VALUE 'angry'", '' ]);
is($app->ask("SELECT transactions FROM migrate_plan('head')"), "1-2, 3-4\n", 'a new value is followed by a cut, unless it is the last statement');
runs_ok($app->call($up), 'with new values', "Running upgrade  -> e1, e1\nRunning upgrade e1 -> e2, e2");
is($app->ask('SELECT m FROM feeling ORDER BY 1'), "sad\nglad", '... which are used');
is(facts($app), 'e f', '... and the rest is done once');

# An index without a name gets the one that the server would have given it.
$app->ask('CREATE SCHEMA one; CREATE SCHEMA two');
my @unnamed = (
	'(a)', '(a)', '(lower(a))', '(lower(a), upper(b))', '((a || b))', '((a || b), (b || a), b)', '(a) INCLUDE (b, c)',
	'USING hash (b)', '(b DESC) WHERE c > 1', '(c, c)', '(a_column_with_a_very_long_name_so_that_the_name_is_cut, another_column_with_a_very_long_name)',
	'(COALESCE(c, 0))', '((c::text))', '((CASE WHEN c > 1 THEN 1 END))', '("Quoted name")', '(a COLLATE "C")');
for my $schema ('one', 'two')
{
	$app->ask(qq{CREATE TABLE $schema."A table" (a text, b text, c int, a_column_with_a_very_long_name_so_that_the_name_is_cut int, another_column_with_a_very_long_name int, "Quoted name" int)});
}
$app->ask(qq{CREATE INDEX ON one."A table" $_}) for @unnamed;
write_revisions($app, [ 'e3', join('; ', map { qq{CREATE INDEX CONCURRENTLY ON two."A table" $_} } @unnamed), '' ]);
runs_ok($app->call($up), 'many indexes without names');
my $names = "SELECT string_agg(relname, E'\\n' ORDER BY indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = '%s.\"A table\"'::regclass";
is($app->ask(sprintf $names, 'two'), $app->ask(sprintf $names, 'one'), '... get the names that they would have got otherwise');

# What belongs to the session is there over a cut.
write_revisions($app, [ 'e4', "CREATE TEMP TABLE mine AS SELECT 'g' AS what; CREATE INDEX CONCURRENTLY mine_what ON mine (what); VACUUM mine; INSERT INTO fact SELECT what FROM mine", '' ]);
runs_ok($app->call($up), 'a temporary table');
is(facts($app), 'e f g', '... is there after the cuts');

# What would do away with the run.
for my $case (
	[ 'SELECT pg_advisory_unlock_all(); VACUUM t; SELECT 1', '55000', qr/released the locks/ ],
	[ 'VACUUM t; SELECT pg_advisory_unlock_all()', '55000', qr/released the locks/ ],
	[ "SELECT migrate_upgrade('head')", '55006', qr/migrate_upgrade\(\) cannot be called from the script/ ],
	[ "CALL migrate_upgrade_online('head')", '55006', qr/migrate_upgrade_online\(\) cannot be called from the script/ ],
	[ "DO 'BEGIN CALL migrate_upgrade_online(''head''); COMMIT; END'", '55006', qr/migrate_upgrade_online\(\) cannot be called from the script/ ],
	[ "VACUUM t; SELECT migrate_stamp('base')", '55006', qr/migrate_stamp\(\) cannot be called from the script/ ],
	[ "VACUUM t; SELECT migrate_delete('e4')", '55006', qr/migrate_delete\(\) cannot be called from the script/ ])
{
	my ($script, $sqlstate, $why) = @$case;

	write_revisions($app, [ 'e5', $script, '' ]);
	fails($app->call($up), $sqlstate, $why, $script);
	is($app->ask("SELECT count(*) FROM pg_locks WHERE classid = 'pg_extension'::regclass"), '0', '... no lock is left');
	is(current($app), 'e4', '... nor was anything else done');
	$app->ask("SELECT migrate_stamp('e4'); SELECT migrate_delete('e5')");
}

# Neither may a script have what makes no sense in it.
for my $sql ('COMMIT', 'BEGIN', 'SAVEPOINT s', 'COPY t FROM STDIN', 'COPY t TO STDOUT', 'SET TRANSACTION READ ONLY', 'DISCARD ALL')
{
	fails($app->call(revision('no', "CREATE INDEX CONCURRENTLY t_no ON t (v); $sql", '')), '(?:25001|0A000|2D000)', qr/./, "$sql is refused when it is written");
}
$app->close_sessions;

#----------------------------------------------------------------------
# Settings
#----------------------------------------------------------------------

# Run something between two looks at all settings; returns what has changed.
sub settings_changed
{
	my ($app, $call, $settings) = @_;
	my $result = $app->run(
		qq{SELECT count(*) FROM migrate_current();
		DO 'BEGIN END';
		$settings;
		CREATE TEMP TABLE before AS SELECT name, setting, source, reset_val, pending_restart FROM pg_settings;
		CREATE TEMP TABLE who AS SELECT current_user AS c, session_user AS s, current_setting('my.own', true) AS o;
		$call;
		\\echo changed
		SELECT name, setting, source, reset_val, pending_restart FROM pg_settings EXCEPT TABLE before;
		TABLE before EXCEPT SELECT name, setting, source, reset_val, pending_restart FROM pg_settings;
		SELECT current_user, session_user, current_setting('my.own', true) FROM who WHERE (c, s) <> (current_user, session_user) OR COALESCE(o, '') <> COALESCE(current_setting('my.own', true), '')});

	my ($changed) = $result->{out} =~ /^changed\n?(.*)/ms;
	return ($result, $changed);
}

$app = new_database();
$app->ask('CREATE SCHEMA sparse; CREATE TABLE sparse.s (id int); CREATE TABLE opened (id int); ALTER TABLE opened OWNER TO ops; GRANT INSERT ON fact TO ops; GRANT CREATE ON SCHEMA public TO ops');
my $show = "concat_ws(' ', current_setting('work_mem'), current_setting('TimeZone'), current_setting('search_path'), current_setting('my.own', true), current_setting('enable_seqscan'), current_user)";
my $sets = qq{SET work_mem = '7MB';
	SET TIME ZONE 'Asia/Tokyo';
	SET search_path = sparse, public;
	SET my.own = 'x';
	SET LOCAL enable_seqscan = off;
	SELECT set_config('random_page_cost', '9', false)};
write_revisions(
	$app,
	[
		'r1', qq{$sets;
		INSERT INTO public.fact SELECT 'a ' || $show;
		CREATE INDEX CONCURRENTLY s_i ON s (id);
		INSERT INTO public.fact SELECT 'b ' || $show;
		RESET work_mem;
		VACUUM s;
		INSERT INTO public.fact SELECT 'c ' || $show;}, 'VACUUM sparse.s'
	],
	[ 'r2', "INSERT INTO public.fact SELECT 'd ' || $show; $sets", '' ],
	[ 'r3', "INSERT INTO public.fact SELECT 'e ' || $show", '' ],
	[ 'r4', "SET ROLE ops; CREATE INDEX CONCURRENTLY opened_id ON opened (id); CREATE TABLE mine (); INSERT INTO public.fact SELECT 'f ' || $show", '' ],
	[ 'r5', "INSERT INTO public.fact SELECT 'g ' || $show", '' ]);
my ($changed);
($run, $changed) = settings_changed($app, $up, "SET work_mem = '3MB'; SET search_path = pg_catalog, public");
runs_ok($run, 'scripts with settings');
is($changed, '', '... leave all settings as they were');
my @shown = split /\n/, $app->ask('SELECT what FROM fact ORDER BY 1');
is(shift @shown, 'a 7MB Asia/Tokyo sparse, public x off postgres', '... which hold in the script');
is(shift @shown, 'b 7MB Asia/Tokyo sparse, public x off postgres', '... over a statement that runs alone');
is(shift @shown, 'c 4MB Asia/Tokyo sparse, public x off postgres', '... and so does a RESET');
like($_, qr/^[deg] 3MB UTC public, \S+ on postgres$|^[deg] 3MB UTC public.* on postgres$/, "... to the end of their revision: $_") for @shown[ 0, 1, 3 ];
like($shown[2], qr/^f 3MB UTC public.* on ops$/, '... and a role is a setting');
is($app->ask("SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('mine', 'opened_id')"), "opened_id|ops\nmine|ops", '... that counts');
is($app->ask("SELECT indrelid::regclass FROM pg_index WHERE indexrelid = 'sparse.s_i'::regclass"), 'sparse.s', 'search_path holds for a statement that runs alone');
is($app->ask("SELECT string_agg(DISTINCT ran_as, ' ') FROM migrate_log"), 'postgres', 'the log says who called');

# After failures: in a transaction, in a statement that runs alone, and before
# and after one.
for my $case (
	[ 'in one transaction', "$sets; SELECT 1 / 0" ],
	[ 'in a statement that runs alone', "$sets; CREATE INDEX CONCURRENTLY none ON none (id)" ],
	[ 'after a statement that runs alone', "$sets; CREATE INDEX CONCURRENTLY IF NOT EXISTS t_v ON public.t (v); SELECT 1 / 0" ],
	[ 'in a CALL', "$sets; DO 'BEGIN COMMIT; PERFORM 1 / 0; END'" ],
	[ 'with another role', "SET ROLE ops; CREATE INDEX CONCURRENTLY none ON public.t (id)" ],
	[ 'with another role, in a transaction', "SET ROLE ops; CREATE TABLE public.mine2 (); SELECT 1 / 0" ],
	[ 'with another user', "SET SESSION AUTHORIZATION ops; CREATE INDEX CONCURRENTLY none ON public.t (id)" ],
	[ 'after all kinds of SET', "SET NAMES 'LATIN1'; SET TIME ZONE LOCAL; SET XML OPTION DOCUMENT; SET lock_timeout = '5s'; VACUUM public.t; SELECT 1 / 0" ],
	[ 'after SET SESSION CHARACTERISTICS', "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY; CREATE INDEX CONCURRENTLY IF NOT EXISTS t_v ON public.t (v); SELECT 1 / 0" ],
	[ 'with a setting of superusers and another role', "SET deadlock_timeout = '10s'; SET ROLE ops; VACUUM public.opened; SELECT 1 / 0" ],
	[ 'after set_config()', "VACUUM public.t; SELECT set_config('work_mem', '9MB', false); VACUUM public.t; SELECT 1 / 0" ],
	[ 'after RESET ALL', "RESET ALL; VACUUM public.t; SELECT 1 / 0" ],
	[ 'after a SET at each cut', "SET work_mem = '7MB'; VACUUM public.t; SET work_mem = '8MB'; VACUUM public.t; SET work_mem TO DEFAULT; VACUUM public.t; RESET work_mem; VACUUM public.t; SELECT 1 / 0" ],
	[ 'in a setting', "$sets; CREATE INDEX CONCURRENTLY IF NOT EXISTS t_v ON public.t (v); SET work_mem = 'much'" ])
{
	my ($name, $script) = @$case;

	write_revisions($app, [ 'bad', $script, '' ]);
	($run, $changed) = settings_changed($app, $up, "SET work_mem = '3MB'; SET my.own = 'mine'; SET default_transaction_deferrable = on");
	isnt($run->{sqlstate}, '', "a failure $name") or diag($run->{err});
	is($changed, '', '... leaves all settings as they were');
	$app->ask("SELECT migrate_edit('bad', upgrade => regexp_replace((SELECT upgrade FROM migrate_show('bad')), '1 / 0|''much''', '1', 'g'))");
	($run, $changed) = settings_changed($app, $up, "SET search_path = 'nowhere', public; SET my.own = 'mine'");
	is($changed, '', '... and so does the next call');
	$app->ask("SELECT migrate_stamp('r5'); SELECT migrate_delete('bad')");
}

# Settings of the session that come from elsewhere than a SET.
$app->ask("ALTER DATABASE $app->{db} SET search_path = sparse, public; ALTER DATABASE $app->{db} SET my.own = 'database''s'; ALTER ROLE postgres IN DATABASE $app->{db} SET work_mem = '3MB'");
write_revisions($app, [ 'r6', "$sets; SET random_page_cost = 5; SET IntervalStyle = iso_8601; VACUUM s; INSERT INTO public.fact SELECT 'h ' || $show", '' ]);
{
	local $ENV{PGOPTIONS} = '-c random_page_cost=3 -c intervalstyle=sql_standard';
	local $ENV{PGTZ} = 'Europe/Berlin';
	($run, $changed) = settings_changed($app, $up, 'SELECT 1');
}
runs_ok($run, 'settings of the database, the role and the connection');
is($changed, '', '... stay what they were');
$app->close_sessions;

# What is settled before a failure holds after it.
$app = new_database();
write_revisions($app, [ 'r1', "SET work_mem = '7MB'; SET ROLE ops; VACUUM; RESET ROLE; SELECT 1 / 0; INSERT INTO fact SELECT $show", '' ]);
fails($app->call($up), '22012', qr/division by zero/, 'a failure after a setting');
$app->ask("SELECT migrate_edit('r1', upgrade => replace((SELECT upgrade FROM migrate_show('r1')), '1 / 0', '1'))");
runs_ok($app->call($up), 'the rest');
like(facts($app), qr/^7MB .* postgres$/, 'is run with the settings of what was done before');
$app->close_sessions;

#----------------------------------------------------------------------
# Failures of scripts that are cut
#----------------------------------------------------------------------

$app = new_database();
my $cut = "INSERT INTO fact VALUES ('a');\nCREATE INDEX CONCURRENTLY t_v ON t (v);\nINSERT INTO fact VALUES ('b');\nINSERT INTO fact SELECT 1 / 0;\nCREATE INDEX CONCURRENTLY t_w ON t (w)";
write_revisions($app, [ 'r1', '', '' ], [ 'r2', $cut, 'DROP INDEX t_v' ], [ 'r3', "INSERT INTO fact VALUES ('z')", '' ]);
is($app->ask("SELECT revision, transactions FROM migrate_plan('head')"), "r1|\nr2|1, 2*, 3-4, 5*\nr3|", 'the plan shows three commits');
$run = fails($app->call($up), '22012', qr/division by zero/, 'a failure after two commits');
like($run->{err}, qr/^(?:CONTEXT:  )?revision r2, upgrade, statement 4 of 5, line 4/m, '... says where');
like($run->{err}, qr/^HINT:.*migrate_edit\('r2'/m, '... and how to go on');
is(current($app), 'r1', '... the revision is not current');
is(facts($app), 'a', '... what was committed is there');
is($app->ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_v'::regclass"), 't', '... with the index');
is(journal($app), 'r2 upgrade 5 2', '... and the journal says so');
is(logged($app), "upgrade r1 done\nupgrade r2 failed 22012 4 4", '... and so does the log');
is($app->ask('SELECT pid, revision, statement, statements FROM migrate_progress'), '|r2|3|5', '... and migrate_progress');
like($app->ask('SELECT * FROM migrate_check(false) WHERE NOT ok'), qr/half done.*r2/, '... and migrate_check');

# Nothing else runs meanwhile.
for my $call ("SELECT migrate_upgrade('head')", "SELECT migrate_upgrade('r2')", "SELECT migrate_downgrade('base')", "CALL migrate_downgrade_online('base')", "CALL migrate_downgrade_online(-1)")
{
	fails($app->call($call), '55000', qr/"r2"/, $call);
}
fails($app->call("SELECT migrate_delete('r2')"), '55000', qr/"r2"/, 'the revision cannot be deleted') if eval { $app->ask("SELECT migrate_delete('r3')"); 1 };
write_revisions($app, [ 'r3', "INSERT INTO fact VALUES ('z')", '' ]);
is(journal($app) . facts($app) . current($app), 'r2 upgrade 5 2' . 'a' . 'r1', 'nothing of this did anything');

# What was done is not to be changed; the rest is.
for my $case ([ "('a')", "('A')" ], [ 'ON t (v)', 'ON t (id)' ], [ "INSERT INTO fact VALUES ('a');\n", '' ])
{
	my ($from, $to) = @$case;
	my $new = $cut =~ s/\Q$from\E/$to/r;

	$run = $app->call("SELECT migrate_edit('r2', upgrade => \$script\$$new\$script\$)");
	$run = $app->call($up) unless $run->{sqlstate};
	fails($run, '55000', qr/"r2"/, "finished statements cannot become $to");
	is(facts($app) . journal($app), 'ar2 upgrade 5 2', '... and nothing is done');
}
$app->ask("SELECT migrate_edit('r2', upgrade => \$script\$" . ($cut =~ s/SELECT 1 \/ 0/VALUES ('c'), ('d')/r) . ";\nINSERT INTO fact VALUES ('e')\$script\$)");
$run = runs_ok($app->call($up), 'the rest');
like($run->{err}, qr/going on with statement 3 of 6 of revision "r2"/, '... is said to be the rest');
is(facts($app), 'a b c d e z', '... and nothing was done twice');
is(current($app) . journal($app), 'r3', '... the database is at the head');
is(logged($app) =~ s/^.* 55000\n//mgr, "upgrade r1 done\nupgrade r2 failed 22012 4 4\nupgrade r2 done\nupgrade r3 done", '... the log has both');
is($app->ask('SELECT * FROM migrate_check(false) WHERE NOT ok'), '', '... migrate_check finds nothing');
is($app->ask('SELECT count(*) FROM migrate_progress'), '0', '... nobody runs');

# Put right by hand.
$app = new_database();
for my $target ('r1', 'r2', 'base')
{
	write_revisions($app, [ 'r1', "INSERT INTO fact VALUES ('x')", '' ], [ 'r2', "$cut", '' ]) if $target eq 'r1';
	fails($app->call($up), '22012', qr/division by zero/, 'a failure after two commits');
	$app->ask("SELECT migrate_stamp('$target')");
	is(journal($app), '', "migrate_stamp('$target') deletes the journal");
	is(current($app), $target =~ s/base//r, '... and says where the database is');
	runs_ok($app->call("CALL migrate_upgrade_online('$target')"), '... which is that', '');
	runs_ok($app->call("CALL migrate_downgrade_online('base')"), '... so that other runs are possible again');
	$app->ask('DROP INDEX IF EXISTS t_v; DELETE FROM fact');
}

# In the other direction.
write_revisions($app, [ 'r3', '', $cut ]);
$app->ask("SELECT migrate_stamp('head')");
fails($app->call("CALL migrate_downgrade_online('base')"), '22012', qr/revision r3, downgrade, statement 4 of 5/, 'a failure on the way down');
is(current($app), 'r3', '... the revision is still current');
is(journal($app), 'r3 downgrade 5 2', '... and the journal says how far it is');
$app->ask("SELECT migrate_edit('r3', force => true, downgrade => \$script\$" . ($cut =~ s/SELECT 1 \/ 0/VALUES ('c')/r) . "\$script\$)");
runs_ok($app->call("CALL migrate_downgrade_online('r2')"), 'the rest of the way down');
is(facts($app) . current($app) . journal($app), 'a b cr2', '... nothing was done twice');
is(invalid_indexes($app), '0', '... no invalid index is left');
$app->close_sessions;

# Of two branches, the one that is half done comes first.
$app = new_database();
write_revisions($app, [ 'r1', '', '' ], [ 'a1', $cut, '' ]);
$app->ask("SELECT migrate_revision('b1', 'INSERT INTO fact VALUES (''other'')', '', rev_id => 'b1', head => 'r1', splice => true)");
fails($app->call("CALL migrate_upgrade_online('a1')"), '22012', qr/revision a1, upgrade, statement 4 of 5/, 'a failure in one branch');
fails($app->call("CALL migrate_upgrade_online('b1')"), '55000', qr/"a1"/, 'the other one has to wait');
$app->ask("SELECT migrate_edit('a1', upgrade => \$script\$" . ($cut =~ s/SELECT 1 \/ 0/VALUES ('c')/r) . "\$script\$)");
runs_ok($app->call("CALL migrate_upgrade_online('heads')"), 'both');
is($app->ask("SELECT string_agg(revision, ' ' ORDER BY id) FROM migrate_log WHERE result = 'done'"), 'r1 a1 b1', '... the half done one first');
is(facts($app) . ' ' . current($app), 'a b c other a1 b1', '... completely');
$app->close_sessions;

# A unique index on a column that is not unique.
$app = new_database();
write_revisions($app,
	[ 'r1', "INSERT INTO fact VALUES ('a'); CREATE UNIQUE INDEX CONCURRENTLY t_u ON t (v); INSERT INTO fact VALUES ('b')", '' ],
	[ 'r2', "CREATE UNIQUE INDEX CONCURRENTLY ON t (w, v)", '' ]);
$run = fails($app->call($up), '23505', qr/revision r1, upgrade, statement 2 of 3/, 'a unique index that cannot be');
is(invalid_indexes($app), '0', '... is gone at once when nobody uses the table');
is(current($app) . journal($app), 'r1 upgrade 3 1', '... the journal says that it is to be built') or diag(journal($app));
$app->hold('hold 0', 'LOCK TABLE t IN ACCESS SHARE MODE');
fails($app->call($up), '23505', qr/going on with statement 2 of 3/, 'once more, while somebody reads the table');
is(invalid_indexes($app), '1', '... it is left when somebody uses the table');
$app->release_all;
$app->ask('UPDATE t SET v = id, w = 1 WHERE id > 1');
$app->ask('UPDATE t SET v = 2 WHERE id = 3; INSERT INTO t VALUES (30, 2, 1)');
fails($app->call($up), '23505', qr/^NOTICE:.*t_u/m, 'the next call drops it, and fails again');
is(invalid_indexes($app), '0', '... without leaving it');
$app->ask('UPDATE t SET v = 100 + id');
runs_ok($app->call($up), 'with unique values');
is($app->ask("SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ', ' ORDER BY 1) FROM pg_index WHERE indrelid = 't'::regclass"),
	't_pkey true, t_u true, t_w_v_idx true', '... all indexes are there, once and valid') or diag($app->ask('\d t'));
is(facts($app), 'a b', '... and the rest was done once');

# An invalid index of somebody else's is left alone.
$app = new_database();
$app->call('CREATE UNIQUE INDEX CONCURRENTLY t_u ON t (v)');
is(invalid_indexes($app), '1', 'an invalid index is there');
my $foreign = $app->ask("SELECT 't_u'::regclass::oid");
write_revisions($app, [ 'r1', "INSERT INTO fact VALUES ('a'); CREATE INDEX CONCURRENTLY t_u ON t (v, id)", '' ]);
fails($app->call($up), '42P07', qr/"t_u" already exists/, 'its name is taken') for 1 .. 2;
is($app->ask("SELECT 't_u'::regclass::oid"), $foreign, '... and it stays');
$app->ask('DROP INDEX t_u');
runs_ok($app->call($up), 'when it is gone');
is($app->ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_u'::regclass"), 't', '... ours is there');
$app->close_sessions;

# What may have done a part of its work is not repeated without being told to.
for my $answer ('repeat', 'skip')
{
	my $breaks = q{CREATE OR REPLACE PROCEDURE breaks() LANGUAGE plpgsql AS $$BEGIN %s; INSERT INTO fact VALUES ('b'); COMMIT; %s; END$$};

	$app = new_database();
	$app->ask(sprintf $breaks, 'PERFORM 1 / 0', 'NULL');
	write_revisions($app, [ 'r1', "INSERT INTO fact VALUES ('a'); CALL breaks(); INSERT INTO fact VALUES ('c')", '' ]);
	fails($app->call($up), '22012', qr/revision r1, upgrade, statement 2 of 3/, 'a procedure that fails before it commits');
	is(journal($app) . ' ' . facts($app), 'r1 upgrade 3 1 a', '... has done nothing');

	$app->ask(sprintf $breaks, 'NULL', 'PERFORM 1 / 0');
	fails($app->call($up), '22012', qr/revision r1, upgrade, statement 2 of 3/, '... is repeated, and fails after a commit');
	is(journal($app) . ' ' . facts($app), 'r1 upgrade 3 1 2 a b', '... which may have done something');
	fails($app->call($up), '55000', qr/interrupted => 'repeat'/, '... so nobody can tell');

	$app->ask(sprintf $breaks, 'PERFORM pg_advisory_xact_lock(1, 1)', 'NULL');
	$run = $app->start_and_stop("CALL migrate_upgrade_online('head', interrupted => 'repeat')", 'SELECT pg_advisory_xact_lock(1, 1)');
	is(journal($app), 'r1 upgrade 3 1 2', '... and is repeated when the user says so');
	$app->ask("SELECT pg_terminate_backend(@{[ $app->pid($run) ]})");
	$app->finish($run);
	$app->release_all;
	is(journal($app), 'r1 upgrade 3 1 2', 'if its session ends, it is begun');

	$run = fails($app->call($up), '55000', qr/interrupted => 'repeat'/, 'the next call');
	like($run->{err}, qr/interrupted => 'skip'/, '... names both ways on');
	is(facts($app) . journal($app), 'a br1 upgrade 3 1 2', '... and does nothing');
	runs_ok($app->call("CALL migrate_upgrade_online('head', interrupted => '$answer')"), "... until it is told to $answer");
	is(facts($app), $answer eq 'skip' ? 'a b c' : 'a b b c', '... which it does');
	is(current($app) . journal($app), 'r1', '... and goes on to the end');
	$app->close_sessions;
}

#----------------------------------------------------------------------
# Time limits
#----------------------------------------------------------------------

# These take their time, so they run beside each other and what follows.
my $per_statement = new_database();
write_revisions($per_statement, [ 'r1', 'SELECT pg_sleep(0.8); SELECT pg_sleep(0.8); SELECT pg_sleep(0.8); VACUUM t; SELECT pg_sleep(0.8)', '' ]);
my $per_statement_run = $per_statement->start("SET statement_timeout = '2s'; $up");
my $per_revision = new_database();
write_revisions($per_revision, [ 'r1', 'SELECT pg_sleep(1.2)', '' ], [ 'r2', 'SELECT pg_sleep(1.2)', '' ]);
my $per_revision_run = $per_revision->start("SET pgmigrate.revision_timeout = '2200ms'; $up; SELECT pg_sleep(2.5)");

$app = new_database();
write_revisions($app, [ 'r1', '', '' ], [ 'r2', 'SELECT pg_sleep(0.01); SELECT pg_sleep(600)', '' ]);
$run = fails($app->run("SET pgmigrate.revision_timeout = '200ms'; $up"), '57014', qr/canceling revision "r2" due to pgmigrate\.revision_timeout/, 'a revision that takes too long');
is(current($app) . journal($app), 'r1', '... is undone');
is(logged($app), "upgrade r1 done\nupgrade r2 failed 57014 2 1", '... which is in the log');
fails($app->run("SET pgmigrate.revision_timeout = '200ms'; SELECT migrate_upgrade('head')"), '57014', qr/canceling revision "r2" due to pgmigrate\.revision_timeout/, 'the same in the function');
$run = fails($app->run("SET statement_timeout = '200ms'; $up"), '57014', qr/canceling statement due to statement timeout/, 'a statement that takes too long');
like($run->{err}, qr/revision r2, upgrade, statement 2 of 2/, '... and which one it is');
$app->ask("SELECT migrate_edit('r2', upgrade => 'SET statement_timeout = ''100ms''; SELECT pg_sleep(0.01); SELECT pg_sleep(600)')");
fails($app->run($up), '57014', qr/canceling statement due to statement timeout/, 'a script can set its own limit');
$app->ask(q{SELECT migrate_edit('r2', upgrade => 'DO $$BEGIN LOOP PERFORM pg_sleep(0.01); END LOOP; END$$')});
fails($app->run("SET pgmigrate.revision_timeout = '200ms'; $up"), '57014', qr/pgmigrate\.revision_timeout/, 'a loop');
$app->ask(q{SELECT migrate_edit('r2', upgrade => repeat('SELECT pg_sleep(0.02);', 1000))});
fails($app->run("SET pgmigrate.revision_timeout = '300ms'; $up"), '57014', qr/pgmigrate\.revision_timeout/, 'a thousand statements that take too long together');

# ... and while it waits for its turn with a lock.
$app->ask("SELECT migrate_edit('r2', upgrade => 'LOCK TABLE t')");
$app->hold('hold 0', 'LOCK TABLE t IN ACCESS SHARE MODE');
fails($app->run("SET pgmigrate.revision_timeout = '500ms'; SET pgmigrate.lock_timeout = '10ms'; SET pgmigrate.lock_retries = 1000; $up"),
	'57014', qr/canceling revision "r2" due to pgmigrate\.revision_timeout/, 'a revision that does not get a lock');
$app->release_all;

# The time ends with the revision, also if it fails and the error is caught.
$app->ask("SELECT migrate_edit('r2', upgrade => 'SELECT 1 / 0')");
for my $call ("DO 'BEGIN PERFORM migrate_upgrade(''head''); EXCEPTION WHEN division_by_zero THEN PERFORM pg_sleep(0.3); END'", "SELECT migrate_upgrade('head'); SELECT pg_sleep(0.3)", "$up; SELECT pg_sleep(0.3)")
{
	$run = $app->run("SET pgmigrate.revision_timeout = '150ms'; $call");
	unlike($run->{err}, qr/cancel/, "no time runs after a failure: $call");
}

# ... inside a statement that runs alone, which then is built again.
$app->ask(q{SELECT migrate_edit('r2', upgrade => 'CREATE INDEX CONCURRENTLY t_v ON t (v)')});
$app->hold('hold 0', 'LOCK TABLE t IN ROW EXCLUSIVE MODE');
fails($app->run("SET pgmigrate.revision_timeout = '300ms'; $up"), '57014', qr/canceling revision "r2" due to pgmigrate\.revision_timeout/, 'a concurrent index that takes too long');
is(invalid_indexes($app), '1', '... leaves an invalid index while somebody uses the table');
$app->release_all;
runs_ok($app->run("SET pgmigrate.revision_timeout = '100s'; $up"), 'the next call');
is(invalid_indexes($app) . current($app), '0r2', '... builds it');
$app->close_sessions;

#----------------------------------------------------------------------
# Locks
#----------------------------------------------------------------------

my $impatient = "SET pgmigrate.lock_timeout = '50ms'; SET pgmigrate.lock_retries = 2";
my $patient = "SET pgmigrate.lock_timeout = '50ms'; SET pgmigrate.lock_retries = 1000";
$app = new_database();
$app->ask('CREATE SEQUENCE attempt; CREATE TABLE other ()');
write_revisions($app,
	[ 'r1', "SELECT nextval('attempt'); ALTER TABLE other ADD COLUMN a int; INSERT INTO fact VALUES ('once'); ALTER TABLE t ADD COLUMN new int", '' ],
	[ 'r2', "INSERT INTO fact VALUES ('two'); CREATE INDEX CONCURRENTLY t_v ON t (v)", '' ]);
$app->hold('hold 0', 'SELECT count(*) FROM t');
my $holder = $app->session('hold 0')->ask('SELECT pg_backend_pid()');
$run = fails($app->run("$impatient; $up"), '55P03', qr/revision r1, upgrade, statement 4 of 4/, 'a lock that is not to be had');
my @notices = $run->{err} =~ /^(NOTICE:.*\n(?:(?!NOTICE|ERROR).*\n)*)/mg;
is(scalar(grep { /^DETAIL:.*\b$holder\b.*"?postgres"?.*hold 0/m } @notices), 2, '... is tried again twice, and who has it is said') or diag($run->{err});
like($run->{err} =~ s/.*^ERROR/ERROR/msr, qr/^DETAIL:.*\b$holder\b.*hold 0.*SELECT pg_backend_pid/m, '... also in the end');
is($app->ask('SELECT last_value FROM attempt'), '3', '... each time with the whole revision');
is(facts($app) . current($app) . logged($app), 'upgrade r1 failed 55P03 4 1', '... nothing is done, and the log has one failure');

# Between the attempts no lock is held, so that others get through.
$run = $app->start("$patient; $up");
$app->until_said($run, qr/^DETAIL:.*hold 0/m);
$app->hold('other', 'LOCK TABLE other');
$app->release('other');
$app->release_all;
runs_ok($app->finish($run), 'a lock that is given free');
is(facts($app) . ' ' . current($app), 'once two r2', '... everything is done once');
cmp_ok($app->ask('SELECT last_value FROM attempt'), '>', 4, '... at the second attempt or later');
is($app->ask("SELECT string_agg(result, ' ' ORDER BY id) FROM migrate_log"), 'failed done done', '... which is no failure');

# What runs alone: it is tried again while it waits for its first lock, not
# when it waits for others to end.
write_revisions($app, [ 'r3', "INSERT INTO fact VALUES ('three'); CREATE INDEX CONCURRENTLY t_w ON t (w); INSERT INTO fact VALUES ('four')", '' ]);
$app->hold('hold 0', 'LOCK TABLE t IN SHARE MODE');
fails($app->run("$impatient; $up"), '55P03', qr/^DETAIL:.*hold 0/m, 'the table of a concurrent index is locked');
is(facts($app) . ' ' . journal($app), 'once three two r3 upgrade 3 1', '... what comes before is done') or diag(journal($app));
is(invalid_indexes($app), '0', '... and nothing is left behind');
$run = $app->start("$patient; $up");
$app->until_said($run, qr/^DETAIL:.*hold 0/m);
$app->release_all;
runs_ok($app->finish($run), 'the table is given free');
is(facts($app) . ' ' . current($app), 'four once three two r3', '... everything is done once');

write_revisions($app, [ 'r4', 'CREATE INDEX CONCURRENTLY t_vw ON t (v, w)', '' ]);
$app->hold('hold 0', 'LOCK TABLE t IN ROW EXCLUSIVE MODE');
$run = $app->start("SET lock_timeout = '40ms'; $impatient; $up; SHOW lock_timeout");
$app->until_blocked($run, 'hold 0');
my $pid = $app->pid($run);
$app->until_sql('it has waited for long', "SELECT bool_or(waitstart < clock_timestamp() - interval '1 s') FROM pg_locks WHERE pid = $pid AND NOT granted AND locktype = 'virtualxid'");
$app->release_all;
runs_ok($app->finish($run), 'waiting for writers is not cut short', 'Running upgrade r3 -> r4, r4');
is($run->{out}, '40ms', '... and the session has its own limit again');

# Without retries, and without a limit.
write_revisions($app, [ 'r5', "SELECT nextval('attempt'); ALTER TABLE t ADD COLUMN next int", '' ]);
$app->ask("SELECT setval('attempt', 1, false)");
$app->hold('hold 0', 'SELECT count(*) FROM t');
fails($app->run("SET pgmigrate.lock_timeout = '50ms'; SET pgmigrate.lock_retries = 0; $up"), '55P03', qr/^DETAIL:.*hold 0/m, 'without retries');
is($app->ask('SELECT last_value FROM attempt'), '1', '... there is one attempt');
$run = $app->start("SET pgmigrate.lock_timeout = 0; $up");
$app->until_blocked($run, 'hold 0');
$pid = $app->pid($run);
$app->until_sql('it has waited for long', "SELECT bool_or(waitstart < clock_timestamp() - interval '2.2 s') FROM pg_locks WHERE pid = $pid AND NOT granted");
$app->release_all;
runs_ok($app->finish($run), 'without a limit', 'Running upgrade r4 -> r5, r5');

# A run that is cancelled while it pauses.
write_revisions($app, [ 'x6', 'LOCK TABLE t', '' ]);
$app->hold('hold 0', 'SELECT count(*) FROM t');
$run = $app->start("SET pgmigrate.lock_timeout = '1ms'; SET pgmigrate.lock_retries = 1000; $up");
$app->until_said($run, qr/\((?:[5-9]|\d\d+) of 1000\)/);
$app->ask("SELECT pg_cancel_backend(@{[ $app->pid($run) ]})");
fails($app->finish($run), '57014', qr/canceling statement due to user request/, 'a run that is cancelled while it pauses');
is($app->ask("SELECT revision, sqlstate FROM migrate_log ORDER BY id DESC LIMIT 1"), 'x6|57014', '... which is in the log');
is($app->ask("SELECT count(*) FROM pg_locks WHERE classid = 'pg_extension'::regclass"), '0', '... no lock is left');

# A script can have a limit of its own.
$app->ask("SELECT migrate_edit('x6', upgrade => 'SET lock_timeout = ''20ms''; LOCK TABLE t')");
fails($app->run("SET pgmigrate.lock_timeout = 0; SET pgmigrate.lock_retries = 1; $up"), '55P03', qr/\(1 of 1\)/, 'a limit in the script');
$app->release_all;
$app->ask("SELECT migrate_delete('x6')");

# A deadlock that the run loses.
$app->ask("SELECT setval('attempt', 1, false)");
write_revisions($app, [ 'r6', "SET deadlock_timeout = '10ms'; SELECT nextval('attempt'); LOCK TABLE other; SELECT pg_advisory_xact_lock(1, 6); LOCK TABLE t; INSERT INTO fact VALUES ('six')", '' ]);
$run = $app->start_and_stop("SET pgmigrate.lock_timeout = 0; $up", 'LOCK TABLE t; SELECT pg_advisory_xact_lock(1, 6)');
my $crossing = $app->start('BEGIN; LOCK TABLE t; LOCK TABLE other; COMMIT', name => 'crossing');
$app->until_blocked($crossing, 'hold 0');
$app->release_all;
$app->finish($crossing);
is($crossing->{sqlstate}, '', 'the other session of a deadlock gets its locks');
runs_ok($app->finish($run), 'a run that meets a deadlock');
like($run->{err}, qr/^NOTICE:.*deadlock detected/m, '... says so');
is($app->ask('SELECT last_value FROM attempt'), '2', '... and tries again');
is($app->ask("SELECT count(*) FROM fact WHERE what = 'six'"), '1', '... and what it does is done once');
$app->close_sessions;

#----------------------------------------------------------------------
# Others that run
#----------------------------------------------------------------------

# Twenty at once: one does it, and the others do nothing.
for my $protocol ('simple', 'prepared')
{
	my $clients = 20;
	my $dir = PostgreSQL::Test::Utils::tempdir();

	$app = new_database();
	write_revisions($app,
		map { [ "r$_", "INSERT INTO fact VALUES ('a$_'); CREATE INDEX CONCURRENTLY ON t (v); INSERT INTO fact VALUES ('b$_'); VACUUM t", '' ] } 1 .. 3);
	append_to_file("$dir/script.sql", "SELECT pg_advisory_lock_shared(1);\n$up;\n");
	$app->hold('hold 0', 'SELECT pg_advisory_xact_lock(1)');
	my ($out, $err) = ('', '');
	my $pgbench = IPC::Run::start(
		[
			$node->installed_command('pgbench'), '-n', '-c', $clients, '-j', '2', '-t', '1', '-M', $protocol,
			'-h', $node->host, '-p', $node->port, '-f', "$dir/script.sql", $app->{db}
		],
		'>', \$out, '2>', \$err);
	$app->until_sql('all clients have come', "SELECT count(*) = $clients FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
	$app->release_all;
	$app->until('pgbench ends', sub { $pgbench->pump_nb if $pgbench->pumpable; !$pgbench->pumpable });
	$pgbench->finish;
	like($out, qr/actually processed: $clients\/$clients/, "twenty at once, $protocol: all end");
	unlike($err, qr/ERROR|aborted/, '... without an error');
	is(facts($app), 'a1 a2 a3 b1 b2 b3', '... it was done once');
	is(logged($app), join("\n", map { "upgrade r$_ done" } 1 .. 3), '... as the log says');
	is(current($app) . journal($app) . invalid_indexes($app), 'r30', '... completely');
	$app->close_sessions;
}

# Beside a run without statements that run alone, functions wait; beside one
# with them they cannot, as these would wait for the function in turn.
$app = new_database();
write_revisions($app,
	[ 'r1', "SELECT pg_advisory_xact_lock(1, 1)", '' ],
	[ 'r2', "SELECT pg_advisory_xact_lock(1, 2); CREATE INDEX CONCURRENTLY t_v ON t (v)", '' ]);
$run = $app->start_and_stop("CALL migrate_upgrade_online('r1')", 'SELECT pg_advisory_xact_lock(1, 1)');
my $function = $app->start("SELECT revision FROM migrate_upgrade('r1')");
$app->until_blocked($function, $run->{name});
my $second = $app->start("CALL migrate_upgrade_online('r1')");
$app->until_blocked($second, $run->{name});
fails($app->call("CALL migrate_upgrade_online('r1', wait => false)"), '55P03', qr/^DETAIL:.*\b@{[ $app->pid($run) ]}\b.*postgres.*$run->{name}/m, 'wait => false');
$app->release_all;
runs_ok($app->finish($run), 'the run');
runs_ok($app->finish($function), 'the function that has waited');
is($function->{out}, '', '... has done nothing');
runs_ok($app->finish($second), 'the second run');
unlike($second->{err}, qr/Running/, '... has done nothing either');
is(logged($app), 'upgrade r1 done', 'it was done once');

$run = $app->start_and_stop($up, 'SELECT pg_advisory_xact_lock(1, 2)');
fails($app->call("SELECT migrate_upgrade('r2')"), '55P03', qr/\b@{[ $app->pid($run) ]}\b.*$run->{name}/, 'a function beside a run that has statements that run alone');
fails($app->call("SELECT migrate_downgrade('base')"), '55P03', qr/^DETAIL:/m, '... in the other direction, too');
runs_ok($app->call("SELECT migrate_upgrade('r1')"), '... unless there is nothing to do');
$app->release_all;
runs_ok($app->finish($run), 'the run');

# ... nor beside one that waits for its turn.
$app->ask("SELECT migrate_stamp('r1'); DROP INDEX t_v");
$app->hold('hold 0', "SELECT migrate_stamp('base')");
$run = $app->start($up);
$app->until_blocked($run, 'hold 0');
fails($app->call("SELECT migrate_downgrade('base')"), '55P03', qr/^DETAIL:/m, 'a function beside a run that waits');
$app->session('hold 0')->ask('COMMIT');
runs_ok($app->finish($run), 'the run that has waited');
like($run->{err}, qr/Running upgrade  -> r1.*Running upgrade r1 -> r2/s, '... does what is then to be done');
is(current($app) . invalid_indexes($app), 'r20', '... completely');

# Whoever waits can be told not to.
$app->ask("SELECT migrate_stamp('base')");
$app->hold('hold 0', "SELECT migrate_stamp('r2')");
for my $target ('r1', 'r2')
{
	for my $how ('cancel', 'terminate')
	{
		$run = $app->start("CALL migrate_upgrade_online('$target')");
		$app->until_blocked($run, 'hold 0');
		$app->ask("SELECT pg_${how}_backend(@{[ $app->pid($run) ]})");
		fails($app->finish($run), $how eq 'cancel' ? '57014' : '57P01', qr/waiting for another session/, "$how while it waits to go to $target");
		is($app->ask("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity USING (pid) WHERE classid = 'pg_extension'::regclass AND application_name <> 'hold 0'"), '0', '... it has no lock');
	}
}
fails($app->run("SET lock_timeout = '50ms'; $up"), '55P03', qr/canceling statement due to lock timeout/, 'the lock_timeout of the session ends its wait');
$app->release_all;
is(current($app), '', 'nothing was done');
$app->ask("SELECT migrate_stamp('r2')");

# Whoever writes revisions meanwhile does not disturb.
write_revisions($app, [ 'r3', 'SELECT pg_advisory_xact_lock(1, 3); VACUUM t; SELECT 1', '' ]);
$run = $app->start_and_stop($up, 'SELECT pg_advisory_xact_lock(1, 3)');
write_revisions($app, [ 'r4', "INSERT INTO fact VALUES ('new')", '' ]);
fails($app->call("SET lock_timeout = '500ms'; SELECT migrate_edit('r3', upgrade => 'SELECT 2')"), '55\w\d\d', qr/ERROR/, 'the text that runs cannot be changed');
$app->release_all;
runs_ok($app->finish($run), 'a run beside which a revision was written');
like(current($app), qr/^r[34]$/, '... ends at a head');
$app->close_sessions;

#----------------------------------------------------------------------
# Watching
#----------------------------------------------------------------------

$app = new_database();
write_revisions($app,
	[ 'r1', "SELECT 'first'; SELECT pg_advisory_xact_lock(1, 1); CREATE INDEX CONCURRENTLY t_v ON t (v)", '' ],
	[ 'r2', "SELECT 2", "SELECT pg_advisory_xact_lock(1, 2)" ]);
is($app->ask('SELECT count(*) FROM migrate_progress'), '0', 'nobody runs');
is($app->ask("SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'migrate_progress'::regclass AND attnum > 0"),
	'pid username application_name revision statement statements command since waiting_for phase percent', 'what migrate_progress shows');
$app->session('listener')->ask('LISTEN pgmigrate');
my $progress = 'SELECT username, application_name, revision, statement, statements, since <= clock_timestamp() FROM migrate_progress';
$run = $app->start_and_stop($up, 'SELECT pg_advisory_xact_lock(1, 1)', 'LOCK TABLE t IN ROW EXCLUSIVE MODE');
$app->release_all;
runs_ok($app->finish($run), 'a run');
$app->call("CALL migrate_downgrade_online('base')");
$app->ask('DROP INDEX t_v');
$app->session('listener')->ask('SELECT 1');

$run = $app->start_and_stop($up, 'SELECT pg_advisory_xact_lock(1, 1)');
$pid = $app->pid($run);
is($app->ask($progress), "postgres|$run->{name}|r1|2|3|t", 'migrate_progress shows the statement');
like($app->ask('SELECT command, waiting_for FROM migrate_progress'), qr/^SELECT.*\|.*hold 0/, '... and what it waits for') or diag($app->ask('SELECT * FROM migrate_progress'));
is($app->ask("SELECT pid = $pid FROM migrate_progress"), 't', '... in which process');
like($app->ask("SELECT query FROM pg_stat_activity WHERE pid = $pid"), qr/^pgmigrate: r1 2\/3 SELECT/, 'so does pg_stat_activity');
$app->hold('hold 1', 'LOCK TABLE t IN ROW EXCLUSIVE MODE');
$app->release('hold 0');
$app->until_blocked($run, 'hold 1');
is($app->ask($progress), "postgres|$run->{name}|r1|3|3|t", 'migrate_progress shows the next statement');
like($app->ask('SELECT command, phase FROM migrate_progress'), qr/^CREATE INDEX.*\|.*waiting for writers before build/, '... and the phase of an index');
like($app->ask("SELECT query FROM pg_stat_activity WHERE pid = $pid"), qr/^pgmigrate: r1 3\/3 CREATE INDEX/, 'so does pg_stat_activity');
$app->release_all;
runs_ok($app->finish($run), 'the watched run');
is($app->ask('SELECT count(*) FROM migrate_progress'), '0', 'nobody runs any more');

$run = $app->start_and_stop("SELECT migrate_downgrade('r1')", 'SELECT pg_advisory_xact_lock(1, 2)');
is($app->ask($progress), "postgres|$run->{name}|r2|1|1|t", 'a function is shown, too');
like($app->ask("SELECT query FROM pg_stat_activity WHERE application_name = '$run->{name}'"), qr/^pgmigrate: r2 1\/1 SELECT/, '... also in pg_stat_activity');
$app->release_all;
$app->finish($run);
$app->call($up);
like($app->ask("SELECT query FROM pg_stat_activity WHERE application_name = 'caller' AND datname = current_database()"), qr/^\Q$up\E\s*;?$/, 'in the end the session shows its own command');

# Whoever may look sees that somebody runs, and who may see statistics, what.
$app->ask("SELECT migrate_grant('look', 'nobody')");
$app->ask("SELECT migrate_stamp('r1')");
write_revisions($app, [ 'r3', 'SELECT pg_advisory_xact_lock(1, 3)', '' ]);
$run = $app->start_and_stop($up, 'SELECT pg_advisory_xact_lock(1, 3)');
my $watch = sub { $app->run('SELECT pid, revision, statement, statements FROM migrate_progress', params => [ '-U', 'nobody' ])->{out} };
$pid = $app->pid($run);
is($watch->(), "$pid|||", 'a role that may look sees that somebody runs');
$app->ask('GRANT pg_read_all_stats TO nobody');
is($watch->(), "$pid|r3|1|1", '... and what, if it may see the statistics');
$app->ask('REVOKE pg_read_all_stats FROM nobody');
$app->release_all;
$app->finish($run);
$app->close_sessions;

# Notifications: what psql prints of them.
$app = new_database();
write_revisions($app,
	[ 'r1', 'SELECT 1', 'SELECT 1' ], [ 'r2', 'VACUUM t; SELECT 1; VACUUM t', 'SELECT 1' ], [ 'r3', 'SELECT 1', 'SELECT 1' ],
	[ 'r4', 'SELECT 1 / 0', '' ]);
my $listener = $app->session('listener');
$listener->ask('LISTEN pgmigrate');
# All that has come, until a mark of ours comes after it.
my $marks = 0;
sub heard
{
	my $mark = 'mark ' . ++$marks;
	my $text = '';

	$app->ask("NOTIFY pgmigrate, '$mark'");
	$app->until('the mark arrives', sub { $text .= $listener->ask('SELECT 1') . "\n"; $text =~ /"$mark"/ });
	return map {
		my $json = decode_json($_);
		"$json->{direction} $json->{revision} " . join(',', @{ $json->{current} })
	} $text =~ /notification "pgmigrate" with payload "(\{.*\})" received/g;
}
fails($app->call($up), '22012', qr/division/, 'three revisions and a failure');
is_deeply([ heard() ], [ 'upgrade r1 r1', 'upgrade r2 r2', 'upgrade r3 r3' ], 'a notification for each revision, none for the failure');
$app->call("SELECT migrate_downgrade('base')");
is_deeply([ heard() ], ['downgrade r1 '], 'one for a function');
$app->call("BEGIN; SELECT migrate_upgrade('r1'); ROLLBACK");
is_deeply([ heard() ], [], 'none for what is rolled back');
$app->call("SELECT migrate_upgrade('r1')");
is_deeply([ heard() ], ['upgrade r1 r1'], 'one for a function that goes up');
$app->call("CALL migrate_downgrade_online('base')");
is_deeply([ heard() ], ['downgrade r1 '], 'and one on the way down');
$app->close_sessions;

#----------------------------------------------------------------------
# Sessions and roles
#----------------------------------------------------------------------

$app = new_database();
write_revisions($app,
	[ 'r1', "INSERT INTO fact SELECT concat_ws('/', 'a', current_setting('transaction_isolation'), migrate_arg('who'), migrate_tag()); CREATE INDEX CONCURRENTLY t_v ON t (v); INSERT INTO fact SELECT concat_ws('/', 'b', current_setting('transaction_isolation'), migrate_arg('who'), migrate_tag())", '' ],
	[ 'r2', "INSERT INTO fact SELECT concat_ws('/', 'c', current_setting('transaction_isolation'), migrate_arg('who'), migrate_tag())", 'SELECT 1' ]);
$run = $app->run("SET default_transaction_isolation = serializable; SET default_transaction_deferrable = on; CALL migrate_upgrade_online('head', args => '{\"who\": \"me\"}', tag => 'x y'); SELECT current_setting('transaction_isolation'), migrate_arg('who', 'nobody'), migrate_tag()");
runs_ok($run, 'in a session that is SERIALIZABLE by default');
is(facts($app), 'a/read committed/me/x y b/read committed/me/x y c/read committed/me/x y', '... all transactions are READ COMMITTED, with arguments and tag');
is($run->{out}, 'serializable|nobody|', '... and the session is as it was');
fails($app->run("SET default_transaction_read_only = on; CALL migrate_downgrade_online(-1)"), '25006', qr/read-only/, 'read-only by default');
is(current($app), 'r2', '... nothing was done');

# A role that owns the tables and may run.
$app = new_database();
$app->ask("ALTER TABLE t OWNER TO ops; ALTER TABLE fact OWNER TO ops; GRANT CREATE ON SCHEMA public TO ops; SELECT migrate_grant('run', 'ops')");
write_revisions($app,
	[ 'r1', "INSERT INTO fact VALUES (current_user); CREATE INDEX CONCURRENTLY t_v ON t (v); CREATE TABLE mine (); VACUUM t; INSERT INTO fact VALUES (session_user)", 'DROP INDEX CONCURRENTLY t_v; DROP TABLE mine; SELECT 1 / 0' ]);
my @as_ops = (params => [ '-U', 'ops' ]);
fails($app->run($up, params => [ '-U', 'nobody' ]), '42501', qr/permission denied for procedure migrate_upgrade_online/, 'a role that has no rights');
runs_ok($app->run($up, @as_ops), 'a role that may run', 'Running upgrade  -> r1, r1');
is(facts($app), 'ops ops', '... runs as itself');
is($app->ask("SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('mine', 't_v') ORDER BY 1"), "mine|ops\nt_v|ops", '... and owns what it makes');
is($app->ask('SELECT ran_as, logged_in_as FROM migrate_log'), 'ops|ops', '... which the log says');
fails($app->run("CALL migrate_downgrade_online('base')", @as_ops), '22012', qr/statement 3 of 3/, '... its failure');
is($app->ask("SELECT ran_as, sqlstate FROM migrate_log WHERE result = 'failed'"), 'ops|22012', '... is kept');
like($app->ask('SELECT revision, done, ran_as FROM migrate_journal'), qr/^r1\|1\|ops$/, '... as is how far it has come');
for my $table ('migrate_journal', 'migrate_log', 'migrate_version')
{
	fails($app->run("DELETE FROM $table", @as_ops), '42501', qr/permission denied/, "... but it has no right to change $table");
}
$app->ask("SELECT migrate_edit('r1', force => true, downgrade => 'DROP INDEX CONCURRENTLY t_v; DROP TABLE mine')");
$run = runs_ok($app->run("SET ROLE ops; CALL migrate_downgrade_online('base'); SELECT current_user, session_user"), 'a superuser in that role');
is($run->{out}, 'ops|postgres', '... stays in it');
is(current($app) . journal($app) . facts($app), 'ops ops', '... and has done the rest');
is($app->ask("SELECT ran_as, logged_in_as FROM migrate_log ORDER BY id DESC LIMIT 1"), 'ops|postgres', '... which the log says');
$app->ask('ALTER TABLE t OWNER TO postgres');
fails($app->run($up, @as_ops), '42501', qr/must be owner of (?:table|relation) t/, 'rights that are missing for a statement that runs alone');
$app->ask('ALTER TABLE t OWNER TO ops');
runs_ok($app->run($up, @as_ops), '... can be had later');
is(current($app) . journal($app) . invalid_indexes($app), 'r10', '... and it goes on');
$app->close_sessions;

#----------------------------------------------------------------------
# What has taken its time
#----------------------------------------------------------------------

runs_ok($per_statement->finish($per_statement_run), 'statement_timeout counts for each statement');
is(current($per_statement), 'r1', '... not for the call');
runs_ok($per_revision->finish($per_revision_run), 'pgmigrate.revision_timeout counts for each revision');
is(current($per_revision), 'r2', '... and ends with it');
$_->close_sessions for $per_statement, $per_revision;

$node->stop;
done_testing();
