# An online run that is ended: cancelled, terminated, killed with SIGKILL, or by
# a shutdown of the server, at every place where that makes a difference.  After
# each of these one more call leads to the head, and what is there then is what
# a run that nobody disturbed leaves.
#
# The places:
#
# - between any two statements of a script.  After each statement that is part
#   of a transaction the script asks for an advisory lock, which is free unless
#   the test holds it.
# - inside each statement that runs alone, in each of its phases.  These wait for
#   locks or for snapshots of other sessions.
# - before each write of the engine's own to its journal and its log.
#   A trigger numbers the writes and asks for an advisory lock, too.  So a
#   statement can have finished without anybody having noted it.

use strict;
use warnings;

use File::Basename;
use lib dirname(__FILE__) . '/../lib';
use OnlineRunner;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# The server comes back by itself after a backend has been killed.  Locks are
# waited for, as that is how a run is stopped here.  Autovacuum would come
# between.
$node->append_conf(
	'postgresql.conf', q{
restart_after_crash = on
pgmigrate.lock_timeout = 0
autovacuum = off
log_statement = none
log_min_messages = fatal
allow_in_place_tablespaces = on
});
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE app');
my $app = OnlineRunner->new($node, 'app');

#----------------------------------------------------------------------
# What the scripts work on
#----------------------------------------------------------------------

# Made once.
$app->ask('CREATE DATABASE made');
$app->ask(
	q{
	CREATE EXTENSION pgmigrate;

	CREATE SEQUENCE writes;
	CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM pg_catalog.pg_advisory_xact_lock(9, pg_catalog.nextval('public.writes')::int);
		RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
	END $$;
	-- what becomes an update is an insert first
	CREATE TRIGGER stop BEFORE INSERT OR DELETE ON migrate_journal FOR EACH ROW EXECUTE FUNCTION stop();
	CREATE TRIGGER stop BEFORE INSERT ON migrate_log FOR EACH ROW EXECUTE FUNCTION stop();

	-- some rows a commit; what it has done it does not do again
	CREATE PROCEDURE backfill() LANGUAGE plpgsql AS $$
	DECLARE
		n int;
	BEGIN
		FOR n IN SELECT id FROM public.batch WHERE done IS NULL ORDER BY id LOOP
			UPDATE public.batch SET done = id * 2 WHERE id = n;
			INSERT INTO public.fact VALUES ('batch ' || n);
			COMMIT;
			IF n = 2 THEN
				PERFORM pg_advisory_xact_lock(8, 0);
			END IF;
		END LOOP;
	END $$;
});

# Made before each run.  What the test script says happened is in fact.
my $tables = join ' ', map {
	"DROP TABLE IF EXISTS $_ CASCADE; CREATE TABLE $_ (id int PRIMARY KEY, v int); INSERT INTO $_ SELECT i, i * 2 FROM generate_series(1, 10) i; CREATE INDEX ${_}_old ON $_ (v);"
} qw(ci cu di ri rt va);
my $fixture = qq{
	SET client_min_messages = error;
	BEGIN;
	TRUNCATE migrate_version, migrate_log, migrate_journal;
	$tables
	DROP TABLE IF EXISTS fact, fresh, feeling, batch, part, part1, part2 CASCADE;
	DROP TYPE IF EXISTS mood;
	DROP SCHEMA IF EXISTS pair CASCADE;
	CREATE SCHEMA pair CREATE TABLE one (id int PRIMARY KEY) CREATE TABLE two (id int PRIMARY KEY);
	CREATE TABLE fact (what text);
	CREATE TABLE batch (id int PRIMARY KEY, done int);
	INSERT INTO batch SELECT generate_series(1, 4);
	CREATE TYPE mood AS ENUM ('sad');
	CREATE TABLE feeling (m mood);
	CREATE TABLE part (id int) PARTITION BY RANGE (id);
	CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
	CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
	INSERT INTO part SELECT generate_series(0, 19);
	COMMIT;
	RESET client_min_messages;
};

# Everything that a run changes, but for the rows of failures.
my $state = q{
	SELECT string_agg(what, E'\n') FROM (
	SELECT format('%s.%s %s', c.relname, a.attname, format_type(atttypid, atttypmod)) AS what
		FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname !~ '^migrate_' AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT format('%s %s %s %s', pg_get_indexdef(indexrelid), indisvalid, indisready, indislive)
		FROM pg_index JOIN pg_class c ON c.oid = indexrelid
		WHERE relnamespace = 'public'::regnamespace AND relname !~ '^migrate_'
	UNION ALL SELECT format('%s is part of %s, %s', inhrelid::regclass, inhparent::regclass, inhdetachpending) FROM pg_inherits
	UNION ALL SELECT enumlabel FROM pg_enum
	UNION ALL SELECT 'fact ' || f.what FROM fact f
	UNION ALL SELECT format('batch %s %s', id, done) FROM batch
	UNION ALL SELECT 'feeling ' || m FROM feeling
	UNION ALL SELECT datname FROM pg_database
	UNION ALL SELECT spcname FROM pg_tablespace
	UNION ALL SELECT format('%s = %s', name, setting) FROM pg_file_settings WHERE sourcefile ~ 'auto.conf'
	UNION ALL SELECT 'version ' || revision FROM migrate_version
	UNION ALL SELECT 'journal ' || revision FROM migrate_journal
	UNION ALL SELECT format('log %s %s %s', direction, revision, statements) FROM migrate_log WHERE result = 'done'
	ORDER BY 1) AS everything};

#----------------------------------------------------------------------
# Scripts
#----------------------------------------------------------------------

# How to hold up a statement that runs alone.  Advisory locks of key 7 are of
# the statements between, 8 of the procedure, 9 of the writes.
sub lock_table
{
	my ($table, $mode) = @_;
	return "LOCK TABLE $table IN $mode MODE";
}
my $old_snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1';
my $catalog = lock_table('pg_database', 'SHARE');

sub phases_create
{
	my ($table) = @_;
	my ($change, $write) = (lock_table($table, 'SHARE UPDATE EXCLUSIVE'), lock_table($table, 'ROW EXCLUSIVE'));

	return {
		'waiting for the table' => [$change],
		'waiting for writers before it builds' => [$write],
		'waiting for writers before it validates' => [ $write, $write ]
	};
}

# A script is a list of statements; one that runs alone comes with the chains of
# holds that stop it in its phases.  Those in front of which nothing can be
# stopped only have holds that do not concern what comes before.  A pair of
# chains ends the run that goes on as well.
my %upgrade = (
	command => "CALL migrate_upgrade_online('head', wait => false)",
	again => "CALL migrate_upgrade_online('head', wait => false, interrupted => 'repeat')",
	prepare => '',
	script => [
		"INSERT INTO fact VALUES ('one')",
		"CREATE TABLE fresh (i int DEFAULT 5)",
		"INSERT INTO fact VALUES ('two')",
		[
			"CREATE INDEX CONCURRENTLY ci_v ON ci (v)",
			{
				%{ phases_create('ci') },
				'waiting for snapshots' => [$old_snapshot],
				'then before what is left is dropped' => [ [ lock_table('ci', 'ROW EXCLUSIVE') ], [ lock_table('ci', 'SHARE UPDATE EXCLUSIVE') ] ],
				'then while what is left is dropped' => [ [ lock_table('ci', 'ROW EXCLUSIVE') ], [ lock_table('ci', 'ACCESS SHARE') ] ],
				'then while what is left is dead' => [ [ lock_table('ci', 'ROW EXCLUSIVE') ], [ lock_table('ci', 'ACCESS SHARE'), lock_table('ci', 'ACCESS SHARE') ] ],
				'then while it is built again' => [ [ lock_table('ci', 'ROW EXCLUSIVE') ], [$old_snapshot] ]
			}
		],
		[ "CREATE UNIQUE INDEX CONCURRENTLY ON cu (v)", phases_create('cu') ],
		"INSERT INTO fact VALUES ('three')",
		[
			"DROP INDEX CONCURRENTLY di_old",
			{
				'waiting for the table' => [ lock_table('di', 'SHARE UPDATE EXCLUSIVE') ],
				'waiting for readers before it is invalid' => [ lock_table('di', 'ACCESS SHARE') ],
				'waiting for readers before it is dead' => [ lock_table('di', 'ACCESS SHARE'), lock_table('di', 'ACCESS SHARE') ]
			}
		],
		"INSERT INTO fact VALUES ('four')",
		[
			"REINDEX INDEX CONCURRENTLY ri_old",
			{
				%{ phases_create('ri') },
				'waiting for snapshots' => [$old_snapshot],
				'waiting for readers before the old one is dead' => [ lock_table('ri', 'ACCESS SHARE') ],
				'waiting for readers before the old one is dropped' => [ lock_table('ri', 'ACCESS SHARE'), lock_table('ri', 'ACCESS SHARE') ],
				'then while the new one is dropped' => [ [ lock_table('ri', 'ROW EXCLUSIVE') ], [ lock_table('ri', 'ACCESS SHARE') ] ],
				'then while the old one is dropped' => [ [ lock_table('ri', 'ACCESS SHARE') ], [ lock_table('ri', 'ACCESS SHARE'), lock_table('ri', 'ACCESS SHARE') ] ],
				'then while it is built again' => [ [ lock_table('ri', 'ACCESS SHARE') ], [ lock_table('ri', 'ACCESS SHARE'), lock_table('ri', 'ROW EXCLUSIVE') ] ]
			}
		],
		"INSERT INTO fact VALUES ('five')",
		[
			"ALTER TABLE part DETACH PARTITION part2 CONCURRENTLY",
			{
				'waiting for the table' => [ lock_table('part', 'SHARE UPDATE EXCLUSIVE') ],
				'waiting for readers' => [ lock_table('part', 'ACCESS SHARE') ],
				'waiting for readers of the partition' => [ lock_table('part', 'ACCESS SHARE'), lock_table('part2', 'ACCESS SHARE') ],
				'then while it is finalized' => [ [ lock_table('part', 'ACCESS SHARE') ], [ lock_table('part2', 'ACCESS SHARE') ] ]
			}
		],
		"ALTER TYPE mood ADD VALUE 'glad'",
		"INSERT INTO feeling VALUES ('glad')",
		[ "CALL backfill()", { 'after two of its commits' => ["SELECT pg_advisory_xact_lock(8, 0)"] } ],
		"INSERT INTO fact VALUES ('six')",
		[ "VACUUM va", { 'waiting for the table' => [ lock_table('va', 'SHARE UPDATE EXCLUSIVE') ] } ],
		"INSERT INTO fact VALUES ('seven')"
	]);

# The other direction, with nothing that is in a transaction at its ends.
my %downgrade = (
	command => "CALL migrate_downgrade_online('base', wait => false)",
	again => "CALL migrate_downgrade_online('base', wait => false, interrupted => 'repeat')",
	prepare => "SELECT migrate_stamp('head')",
	script => [
		[ "DROP INDEX CONCURRENTLY IF EXISTS di_old", { 'waiting for readers' => [ lock_table('di', 'ACCESS SHARE') ] } ],
		[ "CREATE INDEX CONCURRENTLY IF NOT EXISTS ci_v ON ci (v)", { 'waiting for writers' => [ lock_table('ci', 'ROW EXCLUSIVE') ] } ],
		"DELETE FROM batch WHERE id = 4",
		"INSERT INTO fact VALUES ('down')",
		[
			"REINDEX TABLE CONCURRENTLY rt",
			{
				'waiting for writers' => [ lock_table('rt', 'ROW EXCLUSIVE') ],
				'waiting for readers' => [ lock_table('rt', 'ACCESS SHARE') ]
			}
		],
		[ "REINDEX SCHEMA pair", { 'waiting for the first table' => [ lock_table('pair.one', 'ROW EXCLUSIVE') ], 'waiting for the second table' => [ lock_table('pair.two', 'ROW EXCLUSIVE') ] } ],
		[
			q{DO $$BEGIN DELETE FROM batch WHERE id = 2; COMMIT; PERFORM pg_advisory_xact_lock(8, 0); DELETE FROM batch WHERE id = 3; END$$},
			{ 'after its commit' => ["SELECT pg_advisory_xact_lock(8, 0)"] }
		]
	]);

# What concerns the whole server.
my %cluster = (
	command => $upgrade{command},
	again => $upgrade{again},
	prepare => "ALTER DATABASE made RENAME TO unmade; DROP TABLESPACE IF EXISTS place; ALTER SYSTEM RESET ALL",
	script => [
		[ "CREATE DATABASE made", { 'waiting for the catalog' => [$catalog] } ],
		"INSERT INTO fact VALUES ('one')",
		[ "DROP DATABASE unmade", { 'waiting for the catalog' => [$catalog] } ],
		[ "ALTER SYSTEM SET work_mem = '5MB'", {} ],
		"INSERT INTO fact VALUES ('two')",
		[ "CREATE TABLESPACE place LOCATION ''", {} ]
	]);

# Write a script out, with a stop after every statement that is in a
# transaction, and find all places to stop.  Fills in the text, the numbers of
# the statements, and the points: a name, the chain of holds and, for those in a
# statement that runs alone, its number.
sub write_script
{
	my ($run, $name) = @_;
	my ($n, $stop) = (0, '');
	my (@text, @points);

	for my $part (@{ $run->{script} })
	{
		my ($statement, $phases) = ref $part ? @$part : ($part);

		push @text, $statement;
		$n++;
		if ($phases)
		{
			$run->{undecided}{$n} = 1 if $statement =~ /^(?:CALL|DO)/;
			for my $phase (sort keys %$phases)
			{
				my ($chain, $then) = ref $phases->{$phase}[0] ? @{ $phases->{$phase} } : $phases->{$phase};

				push @points,
				  {
					name => "in $n, $statement, $phase",
					chain => [ $stop || (), @$chain ],
					alone => $n,
					then => $then
				  };
			}
		}
		else
		{
			# which facts are to be there when so many statements are done
			push @{ $run->{facts} }, $n if $statement =~ /INSERT INTO fact/;
			$n++;
			$stop = "SELECT pg_advisory_xact_lock(7, $n)";
			push @text, $stop;
			push @points, { name => "after $statement", chain => [$stop] };
		}
	}
	$run->{name} = $name;
	$run->{text} = join(";\n", @text);
	$run->{statements} = $n;
	$run->{points} = \@points;
	return;
}

# Put everything where a run begins: one revision before, and one after, the
# one whose script matters.
sub reset_all
{
	my ($run) = @_;
	my ($up, $down) = $run == \%downgrade ? ('SELECT 1', $run->{text}) : ($run->{text}, undef);

	$app->ask($fixture);
	if (($app->{loaded} // '') ne $run->{name})
	{
		$app->ask(
			qq{TRUNCATE migrate_script;
			SELECT migrate_revision('before', 'INSERT INTO fact VALUES (''before'')', 'INSERT INTO fact VALUES (''not before'')', rev_id => 'r1');
			SELECT migrate_revision('the script', \$script\$$up\$script\$, } . (defined $down ? "\$script\$$down\$script\$" : 'NULL') . qq{, rev_id => 'r2');
			SELECT migrate_revision('after', 'INSERT INTO fact VALUES (''after'')', 'INSERT INTO fact VALUES (''not after'')', rev_id => 'r3')});
		$app->{loaded} = $run->{name};
	}
	$app->ask($_) for split /; /, $run->{prepare};
	$app->ask("SELECT setval('writes', 1, false)");
	return;
}

#----------------------------------------------------------------------
# Ways to end a run
#----------------------------------------------------------------------

# Each leaves no run and no hold behind.
my %end = (
	cancel => sub {
		my ($run) = @_;
		my $pid = $app->pid($run);
		my $since;

		# The holds stay while it tidies up, unless it waits for one of them again.
		$app->until('the wait has a time', sub { $since = $app->ask("SELECT waitstart FROM pg_locks WHERE pid = $pid AND NOT granted") });
		$app->ask("SELECT pg_cancel_backend($pid)");
		$app->until(
			'the run is cancelled',
			sub {
				$app->ended($run)
				  || $app->ask("SELECT count(*) FROM pg_locks WHERE pid = $pid AND NOT granted AND waitstart > '$since'") ne '0';
			});
		$app->release_all;
	},
	terminate => sub {
		my ($run) = @_;

		$app->ask('SELECT pg_terminate_backend(' . $app->pid($run) . ')');
		$app->until('the run is terminated', sub { $app->ended($run) });
		$app->release_all;
	},
	'kill -9' => sub {
		my ($run) = @_;

		kill 'KILL', $app->pid($run);
		$app->until('the run is killed', sub { $app->ended($run) });
		$app->wait_for_recovery;
	},
	'fast shutdown' => sub { restart('fast') },
	'immediate shutdown' => sub { restart('immediate') });

sub restart
{
	my ($mode) = @_;

	$node->stop($mode);
	$app->close_sessions;
	$node->start;
	return;
}

#----------------------------------------------------------------------
# Trials
#----------------------------------------------------------------------

# What a run has left in its session, if that is still there: locks, settings,
# a transaction.
my $left = q{SELECT (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'pg_extension'::regclass),
	(SELECT count(*) FROM pg_settings WHERE source = 'session'), pg_current_xact_id_if_assigned() IS NOT NULL};

# End a run at a point in a way, go on, and see what is there.  Returns what
# is wrong.  Some points say where the next run is ended in turn.
sub trial
{
	my ($run, $point, $way) = @_;
	my $wrong = '';
	my $complain = sub { $wrong .= "@_\n" };
	my ($ended, $done, $running);

	reset_all($run);
	for my $chain ($point->{chain}, $point->{then} // ())
	{
		my $again = $chain != $point->{chain};

		$ended = $app->start_and_stop("$run->{command}; $left", @$chain);
		$end{$way}->($ended);
		$app->finish($ended);
		if ($way eq 'cancel')
		{
			$complain->("ended with $ended->{err}") if $ended->{sqlstate} ne '57014';
			$complain->("what is left in the session: $ended->{out}") if $ended->{out} ne '0|0|f';
			$app->until_sql('the session ends', "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '$ended->{name}'");
		}
		else
		{
			$complain->("the client was not disconnected: $ended->{err}") if $ended->{rc} != 2;
		}

		# Nobody runs, and what is said of it is true.
		$complain->("a session is left")
		  if $app->ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = '$ended->{name}'") ne '0';
		$complain->("a lock is left")
		  if $app->ask("SELECT count(*) FROM pg_locks WHERE classid = 'pg_extension'::regclass") ne '0';
		($done, $running) =
		  split /\|/, $app->ask("SELECT done, COALESCE(running, 0) FROM migrate_journal WHERE revision = 'r2'") || '0|0';
		my $progress = $app->ask('SELECT revision, pid FROM migrate_progress');
		$complain->("the progress is $progress") if $progress ne ($done || $running ? 'r2|' : '');
		if ($done || $running)
		{
			my $facts = grep { $_ <= $done } @{ $run->{facts} };
			my $found = $app->ask("SELECT count(*) FROM fact WHERE what NOT IN ('before', 'after', 'not before', 'not after') AND what !~ 'batch'");
			$complain->("$done statements are done, but $found facts are there") if $facts ne $found;
		}
		else
		{
			$complain->("the journal is there without being so")
			  if $app->ask('SELECT count(*) FROM migrate_journal') ne '0';
		}
		# (when all sessions end, some hold ends before the run does)
		if ($point->{alone} && ($way eq 'terminate' || $way eq 'kill -9'))
		{
			$complain->("$running is running, not $point->{alone}") if $running != $point->{alone};
		}
		my $failures = $app->ask(
			"SELECT string_agg(concat_ws(' ', revision, sqlstate, statement), ',') FROM migrate_log WHERE result = 'failed'");
		if ($way ne 'cancel')
		{
			$complain->("the log has a failure: $failures") if $failures ne '';
		}
		elsif ($point->{alone} && !$again)
		{
			$complain->("the log of the failure is $failures") if $failures ne "r2 57014 $point->{alone}";
		}
		else
		{
			$complain->("the log of the failure is $failures") if $failures !~ /^(r[123] 57014( \d+)?,?)+$/;
		}
	}

	# Go on.
	my $next = $app->run($run->{command});
	if ($run->{undecided}{$running})
	{
		$complain->("what cannot be decided was decided: $next->{err}")
		  if $next->{sqlstate} ne '55000' || $next->{err} !~ /interrupted => 'repeat'/;
		$next = $app->run($run->{again});
	}
	$complain->("going on failed: $next->{err}") if $next->{rc} != 0 || $next->{sqlstate};
	# (unless there was nothing left but to see that the last statement is done)
	if ($done && $running != $run->{statements})
	{
		$complain->("not said where it goes on: $next->{err}")
		  if $next->{err} !~ /going on with statement \d+ of $run->{statements} of revision "r2"/;
	}
	my $now = $app->ask($state);
	$complain->("in the end:\n", difference($run->{undisturbed}, $now)) if $now ne $run->{undisturbed};
	$complain->("a progress is left") if $app->ask('SELECT count(*) FROM migrate_progress') ne '0';
	return $wrong;
}

# The lines that are in one of two texts only.
sub difference
{
	my ($expected, $got) = @_;
	my %count;

	$count{$_}++ for split /\n/, $expected;
	$count{$_}-- for split /\n/, $got;
	return join "\n", map { $count{$_} > 0 ? "missing: $_" : "too much: $_" } grep { $count{$_} } sort keys %count;
}

# Try all points that a pattern chooses in some ways.
sub try_all
{
	my ($run, $which, @ways) = @_;

	for my $point (grep { $_->{name} =~ $which } @{ $run->{points} })
	{
		for my $way (@ways)
		{
			my $begin = time();
			my $wrong = eval { trial($run, $point, $way) };

			if (!defined $wrong)
			{
				# what cannot be gone on with is not to hinder the others
				$wrong = $@;
				$app->close_sessions;
				eval { $app->ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^run '") }
				  or $node->restart;
			}
			is($wrong, '', "$run->{name}: $way $point->{name}");
			note sprintf('%.2f s', time() - $begin);
		}
	}
	return;
}

my @signals = ('cancel', 'terminate', 'kill -9');
my @shutdowns = ('fast shutdown', 'immediate shutdown');
my %runs = (upgrade => \%upgrade, downgrade => \%downgrade, 'the whole server' => \%cluster);

for my $name (sort keys %runs)
{
	my $run = $runs{$name};

	# What there is to be in the end, and how often the engine writes.
	write_script($run, $name);
	reset_all($run);
	my $all = $app->run($run->{command});
	is($all->{err} =~ s/^(?:NOTICE:  00000: Running |LOCATION: ).*\n//mgr, '', "$name: undisturbed");
	$run->{undisturbed} = $app->ask($state);
	is(scalar(() = $run->{undisturbed} =~ /^fact (?!(?:not )?(?:before|after)|batch)/mg), scalar(@{ $run->{facts} }), "$name: all statements have run");
	unlike($run->{undisturbed}, qr/^CREATE.* f( |$)|_cc(?:new|old)|journal|, t$/m, "$name: nothing is half done");
	my $writes = $app->ask('SELECT last_value FROM writes');
	push @{ $run->{points} }, map { { name => "before write $_", chain => ["SELECT pg_advisory_xact_lock(9, $_)"] } } 1 .. $writes;
	cmp_ok($writes, '>', 3, "$name: $writes writes of the engine's own");

	try_all($run, qr/^(?!before write)/, @signals);
	# a statement that runs alone is between two of these; and both ways to
	# vanish leave the same behind
	try_all($run, qr/^before write \d*[02468]$/, 'cancel', 'terminate');
	try_all($run, qr/^before write \d*[13579]$/, 'cancel', 'kill -9');
}
try_all(\%upgrade, qr/waiting for snapshots|waiting for readers$|after two of its commits|VALUES \('three'\)/, @shutdowns);
try_all(\%cluster, qr/in 1/, @shutdowns);

$app->close_sessions;
$node->stop;
done_testing();
