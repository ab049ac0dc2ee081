
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

Traffic - what an online run does to those who write meanwhile

=head1 DESCRIPTION

pgbench writes to a table at full speed, and meanwhile the table gets a column,
a foreign key and an index, with a reader in the way that stays in its
transaction.  This is done twice, each in a database of its own: online, in four
revisions, and with plain statements in one transaction, which shows what the
online run is good for.

Two figures are taken from the latencies that pgbench logs.  The p99 of the
transactions hides what stops everybody: four clients that wait for an hour are
four transactions of thousands.  So a p99 is also taken over the time: in 99 %
of all moments of the run, who is waiting then is served within so long.

=cut

package Traffic;

use strict;
use warnings;

use Bench;
use Exporter 'import';
use List::Util qw(sum);
use Time::HiRes qw(sleep time);

our @EXPORT = qw(bench_traffic);

my $clients = 4;
my $rows    = 200_000;

# Seconds: what is left out before pgbench is as fast as it gets, what is
# measured undisturbed, and for how much longer than the lock_timeout the reader
# is in the way of ALTER TABLE and of CREATE INDEX CONCURRENTLY.
my $warm_up     = 1;
my $undisturbed = $quick ? 2 : 5;
my $hold_table  = $quick ? 1 : 3;
my $hold_index  = 0.5;

my @revisions = (
	[ 'column',      "ALTER TABLE account ADD COLUMN state text NOT NULL DEFAULT 'open'" ],
	[ 'foreign key', 'ALTER TABLE account ADD CONSTRAINT account_customer_fkey'
		  . ' FOREIGN KEY (customer_id) REFERENCES customer NOT VALID' ],
	[ 'validation', 'ALTER TABLE account VALIDATE CONSTRAINT account_customer_fkey' ],
	[ 'index',      'CREATE INDEX CONCURRENTLY account_customer ON account (customer_id)' ]);

# The same for those who do not know better.
my @plain = (
	"ALTER TABLE account ADD COLUMN state text NOT NULL DEFAULT 'open';\n",
	'ALTER TABLE account ADD CONSTRAINT account_customer_fkey'
	  . " FOREIGN KEY (customer_id) REFERENCES customer;\n",
	"CREATE INDEX account_customer ON account (customer_id);\n");

#----------------------------------------------------------------------
# Latencies
#----------------------------------------------------------------------

# Read the log of pgbench: client, number, microseconds, script, and when the
# transaction ended.  Returns pairs of when it ended and its seconds.
sub read_log
{
	my ($name) = @_;
	my @found;

	open(my $log, '<', $name) or die "$name: $!\n";
	while (<$log>)
	{
		my (undef, undef, $latency, undef, $seconds, $microseconds) = split;

		die "a transaction of pgbench: $_" if $latency !~ /^\d+$/;
		push @found, [ $seconds + $microseconds / 1e6, $latency / 1e6 ];
	}
	close $log;
	unlink $name;
	return \@found;
}

# What the transactions that were under way in a time say of it.
sub figures
{
	my ($log, $from, $to) = @_;
	my @latencies = sort { $a <=> $b }
	  map { $_->[1] } grep { $_->[0] >= $from && $_->[0] - $_->[1] <= $to } @$log;
	my $ended = grep { $_->[0] >= $from && $_->[0] <= $to } @$log;

	die "pgbench has done nothing\n" if !@latencies;

	# At a moment of a transaction of length L, the rest takes longer than x in
	# L - x of L.  From the longest on, find the x for which these sum up to one
	# hundredth of the time.
	my $beyond = sum(@latencies) / 100;
	my $sum    = 0;
	my $moment = 0;
	for my $n (1 .. @latencies)
	{
		$sum += $latencies[-$n];
		my $x = ($sum - $beyond) / $n;
		my $next = $n < @latencies ? $latencies[ -$n - 1 ] : 0;

		$moment = $x;
		last if $x >= $next;
	}
	return {
		p99    => $latencies[ int(0.99 * $#latencies) ],
		max    => $latencies[-1],
		moment => $moment,
		tps    => $ended / ($to - $from),
		time   => $to - $from
	};
}

#----------------------------------------------------------------------
# What goes on at the same time
#----------------------------------------------------------------------

sub create_traffic
{
	my ($db) = @_;

	create_db($db);
	sql($db, $_) for
	  'CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL)',
	  "INSERT INTO customer SELECT i, 'customer ' || i FROM generate_series(1, 1000) i",
	  'CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,'
	  . ' customer_id int NOT NULL, balance numeric(12, 2) NOT NULL, note text)',
	  'INSERT INTO account (customer_id, balance, note)'
	  . " SELECT i % 1000 + 1, i, 'account number ' || i FROM generate_series(1, $rows) i",
	  'VACUUM ANALYZE',
	  'CHECKPOINT';
}

sub start_writers
{
	my ($db)   = @_;
	my $insert = write_file('insert.sql', "\\set customer random(1, 1000)\n",
		"INSERT INTO account (customer_id, balance, note) VALUES (:customer, 0, 'new');\n");
	my $update = write_file('update.sql', "\\set id random(1, $rows)\n",
		"UPDATE account SET balance = balance + 1 WHERE id = :id;\n");

	# far more seconds than needed; it is stopped before
	return start_program('pgbench', 'pgbench', '-n', '-M', 'prepared', '-c', $clients, '-j', 1,
		'-T', 600, '--log', "--log-prefix=$dir/latency", '-f', $insert, '-f', $update, $db);
}

# End pgbench as the end of its time does: that is an alarm.
sub stop_writers
{
	my ($writers) = @_;

	die "pgbench has ended:\n$writers->{output}" if has_ended($writers);
	kill 'ALRM', $writers->{pid};
	my $output = await_end($writers);

	die "pgbench was not well:\n$output"
	  if $output =~ /aborted|error:|number of failed transactions: [^0]/;
}

# Begin a transaction that has read the table and has a snapshot.
sub begin_reading
{
	my ($reader) = @_;

	tell_session($reader, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
	ask_session($reader, 'SELECT count(*) FROM account WHERE id <= 10');
}

# Change the table with a program while there are writers and a reader, and
# return the figures of undisturbed writers, those of the time of the change and
# what the program has said.
#
# The reader goes some time after ALTER TABLE has begun to wait for it.  If asked
# for, it comes back when the column is there, and goes after it has kept CREATE
# INDEX CONCURRENTLY waiting.
sub change
{
	my ($db, $lock_timeout, $come_back, @command) = @_;
	my $writers = start_writers($db);
	my $reader  = open_session($db);
	my $watcher = open_session($db);
	my $see     = sub {
		my ($what, $query, $program) = @_;

		wait_until($what,
			sub {
				return 1 if ask_session($watcher, $query) eq 't';
				die "$program->{name} has ended before $what:\n$program->{output}"
				  if $program && has_ended($program);
				return 0;
			});
	};

	$see->('pgbench is at work', "SELECT count(*) = $clients FROM pg_stat_activity"
		  . " WHERE application_name = 'pgbench' AND state = 'active'");
	sleep $warm_up;
	my $before = time;
	sleep $undisturbed;

	begin_reading($reader);
	my $start   = time;
	my $program = start_program('change', @command);
	$see->('ALTER TABLE waits', 'SELECT count(*) > 0 FROM pg_locks WHERE NOT granted'
		  . " AND mode = 'AccessExclusiveLock' AND relation = 'account'::regclass", $program);
	sleep $lock_timeout + $hold_table;
	tell_session($reader, 'COMMIT');

	if ($come_back)
	{
		$see->('the column is there', 'SELECT count(*) > 0 FROM pg_attribute'
			  . " WHERE attrelid = 'account'::regclass AND attname = 'state'", $program);
		begin_reading($reader);
		$see->('CREATE INDEX waits for the reader', 'SELECT count(*) > 0'
			  . " FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots'",
			$program);
		sleep $lock_timeout + $hold_index;
		die "CREATE INDEX did not wait for the reader:\n$program->{output}" if has_ended($program);
		tell_session($reader, 'COMMIT');
	}
	my $output = await_end($program);
	my $end    = time;

	# so that what was under way at the end comes to its own
	sleep 0.5;
	stop_writers($writers);
	close_session($_) for $reader, $watcher;
	my $log = read_log("$dir/latency.$writers->{pid}");
	return (figures($log, $before, $start), figures($log, $start, $end), $output);
}

# The change has been made, all of it.
sub check_change
{
	my ($db) = @_;

	check_count($db, "SELECT count(*) FROM pg_constraint WHERE convalidated"
		  . " AND conname = 'account_customer_fkey'", 1);
	check_count($db, "SELECT count(*) FROM pg_index WHERE indisvalid"
		  . " AND indexrelid = 'account_customer'::regclass", 1);
	check_count($db, "SELECT count(*) FROM account WHERE state <> 'open'", 0);
}

#----------------------------------------------------------------------

# Two goals or none: as nobody is to wait for longer than the lock_timeout, what
# is usual may take that much longer.
sub report_traffic
{
	my ($what, $quiet, $busy, $lock_timeout) = @_;

	for my $figure ([ 'p99', 'p99' ], [ 'moment', '99 % of the time' ])
	{
		my ($key, $name) = @$figure;

		report("$what, $name", $busy->{$key} * 1e3, 'ms',
			defined $lock_timeout ? ($lock_timeout + $quiet->{$key}) * 1e3 : undef);
		detail(seconds($busy->{$key}) . ', undisturbed ' . seconds($quiet->{$key}));
	}
	detail(sprintf 'the longest of all %s, undisturbed %s',
		seconds($busy->{max}), seconds($quiet->{max}));
	detail(sprintf '%s transactions a second, undisturbed %s',
		commas(int $busy->{tps}), commas(int $quiet->{tps}));
}

sub bench_traffic
{
	my $db = 'bench_traffic';
	my ($quiet, $busy, $output);

	create_traffic($db);
	for my $revision (@revisions)
	{
		my ($message, $script) = @$revision;

		sql($db, "SELECT migrate_revision('$message', \$\$$script\$\$, '')");
	}
	my $lock_timeout =
	  sql($db, "SELECT setting::int / 1000.0 FROM pg_settings WHERE name = 'pgmigrate.lock_timeout'"
		  . ' AND migrate_tag() IS NULL');	# which loads the library

	($quiet, $busy, $output) = change($db, $lock_timeout, 1, 'psql', '-X', '-d', $db, '-c',
		"CALL migrate_upgrade_online('head')");
	check_change($db);
	check_count($db, 'SELECT count(*) FROM migrate_current(true)', 1);
	my $retries = () = $output =~ /^NOTICE: .*; trying revision /mg;
	die "the lock of ALTER TABLE was to be had in time:\n$output" if !$retries;

	report_traffic('writers, online', $quiet, $busy, $lock_timeout);
	detail(sprintf 'the run took %s; %d x tried again for the lock of ALTER TABLE',
		seconds($busy->{time}), $retries);
	drop_db($db);

	create_traffic($db);
	($quiet, $busy) = change($db, $lock_timeout, 0, 'psql', '-X', '-1', '-v', 'ON_ERROR_STOP=1',
		'-d', $db, '-f', write_file('plain.sql', @plain));
	check_change($db);

	report_traffic('writers, psql -1', $quiet, $busy);
	detail(sprintf 'the run took %s', seconds($busy->{time}));
	drop_db($db);
}

1;
