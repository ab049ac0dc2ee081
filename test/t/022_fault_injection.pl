# A run that dies: for a chain of five revisions of three statements each, the
# backend is killed with SIGKILL, or an error is raised, after every statement,
# and between the end of the run and the commit, in both directions.  After each
# of these either nothing or all is there, and the next run finishes the work.
# Nothing is left where the online procedures keep theirs, either: no journal,
# no failure in the log, nobody in migrate_progress, no notification.  (Faults in
# online runs are in 031_online_kill.pl.)
#
# The scripts call fault(n) after every statement.  It does nothing unless the
# setting test.fault says otherwise.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $revisions = 5;
my $statements = 3;
my $points = $revisions * $statements;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# the server comes back by itself after a backend has been killed
$node->append_conf('postgresql.conf', "restart_after_crash = on\nclient_min_messages = warning\nlog_min_messages = warning");
$node->start;

# fault(n): raise an error, or kill this backend, when it is the n-th point
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	CREATE TABLE facts (n int, what text);
	CREATE FUNCTION fault(n int) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		wanted text := current_setting('test.fault', true);
	BEGIN
		IF wanted = 'error ' || n THEN
			RAISE EXCEPTION 'fault % injected', n;
		ELSIF wanted = 'kill ' || n THEN
			EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'kill -9 ' || pg_backend_pid());
			PERFORM pg_sleep(60);
		END IF;
	END $$;
});
for my $r (1 .. $revisions)
{
	my ($f1, $f2, $f3) = map { ($r - 1) * $statements + $_ } 1 .. $statements;
	my ($b1, $b2, $b3) = map { ($revisions - $r) * $statements + $_ } 1 .. $statements;

	$node->safe_psql(
		'postgres', qq{
		SELECT migrate_revision('step $r',
			'CREATE TABLE t$r (i int PRIMARY KEY); SELECT fault($f1);
			INSERT INTO facts VALUES ($r, ''up''); SELECT fault($f2);
			CREATE INDEX t${r}_i ON t$r (i); SELECT fault($f3)',
			'DROP INDEX t${r}_i; SELECT fault($b1);
			DELETE FROM facts WHERE n = $r; SELECT fault($b2);
			DROP TABLE t$r; SELECT fault($b3)', rev_id => 'r$r')});
}

# Everything that a run changes.
my $state = q{SELECT (SELECT count(*) FROM pg_class WHERE relname ~ '^t\d+$'), (SELECT count(*) FROM pg_class WHERE relname ~ '^t\d+_i$'), (SELECT count(*) FROM facts), (SELECT (SELECT count(*) FROM migrate_journal) + (SELECT count(*) FROM migrate_progress) + (SELECT count(*) FROM migrate_log WHERE result <> 'done')), (SELECT string_agg(revision, ' ') FROM migrate_version), (SELECT count(*) FROM migrate_log)};
my $nothing = '0|0|0|0||';
my $all = "$revisions|$revisions|$revisions|0|r$revisions|";

my $up = "SELECT migrate_upgrade('head');";
my $down = "SELECT migrate_downgrade('base');";

# How often the server has come up.
sub starts
{
	return scalar(() = slurp_file($node->logfile) =~ /database system is ready to accept connections/g);
}

# Try a run with a fault in it; returns the return code of psql and what it
# said.  After a kill, wait until the server is back.
sub run_with_fault
{
	my ($fault, $sql) = @_;
	my ($stdout, $stderr);
	my $starts = starts();

	my $rc = $node->psql(
		'postgres', "SET test.fault = '$fault'; $sql",
		stdout => \$stdout,
		stderr => \$stderr);
	if ($fault =~ /kill/)
	{
		my $tries = 3600;
		# at first it may not have noticed, and let us in
		while ($tries-- > 0 && starts() == $starts)
		{
			select(undef, undef, undef, 0.05);
		}
	}
	return ($rc, $stderr);
}

# All that a listener has heard, as far as it is known by a mark that we send.
my $marks = 0;
sub heard
{
	my ($listener) = @_;
	my $mark = 'mark ' . ++$marks;
	my $text = '';

	$node->safe_psql('postgres', "NOTIFY pgmigrate, '$mark'");
	for (1 .. 3600)
	{
		# psql prints what has come after a command, before the next prompt
		$text .= $listener->query_safe('SELECT 1') . "\n";
		last if $text =~ /"$mark"/;
		select(undef, undef, undef, 0.05);
	}
	return join(' ', $text =~ /payload "(\{[^\n]*\})" received/g);
}

my $log = 0;
for my $kind ('error', 'kill')
{
	my ($wrong_up, $wrong_down) = ('', '');
	# a kill takes all sessions along
	my $listener = $kind eq 'error' ? $node->background_psql('postgres') : undef;
	$listener->query_safe('LISTEN pgmigrate') if $listener;

	# up: nothing must be left
	for my $point (1 .. $points)
	{
		my ($rc, $stderr) = run_with_fault("$kind $point", $up);
		my $now = $node->safe_psql('postgres', $state);
		$wrong_up .= "$point: psql returned 0; " if $rc == 0;
		$wrong_up .= "$point: no such fault: $stderr; "
		  unless $stderr =~ ($kind eq 'error' ? qr/fault $point injected/ : qr/server closed the connection|connection to server was lost/);
		$wrong_up .= "$point: $now; " if $now ne "$nothing$log";
	}
	is($wrong_up, '', "upgrade, $kind after each of $points statements: nothing is left");

	# after the run, before the commit
	my ($rc, $stderr) = run_with_fault("$kind 99", "BEGIN; $up SELECT fault(99); COMMIT;");
	isnt($rc, 0, "upgrade, $kind before the commit: fails");
	is($node->safe_psql('postgres', $state), "$nothing$log", "upgrade, $kind before the commit: nothing is left");
	is(heard($listener), '', "upgrade, $kind: nobody was notified") if $listener;

	# the next run finishes
	is($node->psql('postgres', $up), 0, "after that, the upgrade finishes");
	$log += $revisions;
	is($node->safe_psql('postgres', $state), "$all$log", "after that, everything is there");
	is(heard($listener), qq({"direction": "upgrade", "revision": "r$revisions", "current": ["r$revisions"]}), "after that, listeners are notified once") if $listener;

	# a fault right after the commit takes nothing away
	run_with_fault("$kind 99", "$up SELECT fault(99);");
	is($node->safe_psql('postgres', $state), "$all$log", "upgrade, $kind after the commit: everything is still there");

	# down: everything must be left
	for my $point (1 .. $points)
	{
		($rc, $stderr) = run_with_fault("$kind $point", $down);
		my $now = $node->safe_psql('postgres', $state);
		$wrong_down .= "$point: psql returned 0; " if $rc == 0;
		$wrong_down .= "$point: no such fault: $stderr; "
		  unless $stderr =~ ($kind eq 'error' ? qr/fault $point injected/ : qr/server closed the connection|connection to server was lost/);
		$wrong_down .= "$point: $now; " if $now ne "$all$log";
	}
	is($wrong_down, '', "downgrade, $kind: everything is left");
	is(heard($listener), '', "downgrade, $kind: nobody was notified") if $listener;
	is($node->psql('postgres', $down), 0, "after that, the downgrade finishes");
	$log += $revisions;
	is($node->safe_psql('postgres', $state), "$nothing$log", "after that, nothing is left");
	if ($listener)
	{
		is(heard($listener), '{"direction": "downgrade", "revision": "r1", "current": []}', "after that, listeners are notified once");
		$listener->quit;
	}
}

# The error names the place.
my ($rc, $stderr) = run_with_fault('error 9', $up);
like($stderr, qr/revision r3, upgrade, statement 6 of 6, line 3/, 'the context of the error names revision, direction, statement and line');

# Within one session and one transaction: the errors are caught, and the run
# after them does the work.
$node->safe_psql(
	'postgres', qq{
	DO \$\$
	BEGIN
		FOR n IN 1..$points LOOP
			BEGIN
				PERFORM set_config('test.fault', 'error ' || n, true);
				PERFORM migrate_upgrade('head');
			EXCEPTION WHEN raise_exception THEN
				NULL;
			END;
		END LOOP;
		PERFORM set_config('test.fault', '', true);
		PERFORM migrate_upgrade('head');
	END \$\$;
});
$log += $revisions;
is($node->safe_psql('postgres', $state), "$all$log", 'errors caught in one transaction: the run after them is complete');

# Other ways for a session to end in the middle: terminated, and the server
# stopped under it.
$node->safe_psql('postgres', $down);
$log += $revisions;
$node->safe_psql('postgres',
	"SELECT migrate_edit('r3', upgrade => (SELECT upgrade FROM migrate_show('r3')) || '; SELECT pg_sleep(60)')");

sub run_that_waits
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);

	# the prompt comes before the run that does not end
	$session->query_until(qr/started/, "\\echo started\n$up\n");
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
	is($node->safe_psql('postgres', "SELECT p.revision, p.statement, p.statements, p.pid = a.pid FROM migrate_progress p, pg_stat_activity a WHERE a.wait_event = 'PgSleep'"),
		'r3|7|7|t', 'migrate_progress shows where a run waits');
	return $session;
}

my $session = run_that_waits();
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_locks WHERE classid = 'pg_extension'::regclass");
is($node->safe_psql('postgres', $state), "$nothing$log", 'pg_terminate_backend: nothing is left, and no lock');
eval { $session->quit };

$session = run_that_waits();
$node->stop('immediate');
$node->start;
eval { $session->quit };
is($node->safe_psql('postgres', $state), "$nothing$log", 'immediate shutdown: nothing is left');

$session = run_that_waits();
$node->stop('fast');
$node->start;
eval { $session->quit };
is($node->safe_psql('postgres', $state), "$nothing$log", 'fast shutdown: nothing is left');

$node->safe_psql('postgres', "SELECT migrate_edit('r3', upgrade => replace((SELECT upgrade FROM migrate_show('r3')), 'pg_sleep(60)', '1'))");
is($node->psql('postgres', $up), 0, 'after that, the upgrade finishes');
$log += $revisions;
is($node->safe_psql('postgres', $state), "$all$log", 'after that, everything is there');

$node->stop;
done_testing();
