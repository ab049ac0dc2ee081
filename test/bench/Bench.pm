
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

Bench - what the measurements of bench.pl share

=head1 DESCRIPTION

Calculates with the figures, prints them with their goals, makes databases and
runs programs and sessions.  What is measured, it does not know.

=cut

package Bench;

use strict;
use warnings;

use Exporter 'import';
use IO::Handle;
use IPC::Open2;
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT = qw(
  $dir $quick
  median ratios commas seconds
  report detail detail_rounds
  sql wall timed server_times both_times write_file psql_file
  open_session tell_session ask_session close_session
  start_program has_ended await_end wait_until
  create_db drop_db check_count take_turns set_fsync
  create_template table_script ddl_script
);

our $dir;						# for our files
our $quick = $ENV{QUICK};		# measure less of everything
my $missed = 0;					# goals
my %running;					# programs that we have started, by process

#----------------------------------------------------------------------
# Numbers
#----------------------------------------------------------------------

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	my $middle = int(@sorted / 2);

	return @sorted % 2 ? $sorted[$middle] : ($sorted[ $middle - 1 ] + $sorted[$middle]) / 2;
}

# The ratios of two lists, element by element.
sub ratios
{
	my ($ours, $theirs) = @_;

	return map { $ours->[$_] / $theirs->[$_] } 0 .. $#$ours;
}

# 20000 -> 20,000
sub commas
{
	my $text = shift;

	1 while $text =~ s/^(\d+)(\d{3})/$1,$2/;
	return $text;
}

# A time in seconds, with three digits that mean something.
sub seconds
{
	my $time = shift;

	return sprintf('%.2f s', $time) if $time >= 1;
	return sprintf('%.0f ms', $time * 1e3) if $time >= 0.1;
	return sprintf('%.1f ms', $time * 1e3) if $time >= 1e-3;
	return sprintf('%.1f us', $time * 1e6);
}

#----------------------------------------------------------------------
# What is printed
#----------------------------------------------------------------------

# One measurement: what, the figure, what it is a multiple of (or its unit),
# and the goal if there is one.  The line fits in 80 columns.
sub report
{
	my ($what, $figure, $unit, $goal) = @_;
	my $format = $figure < 10 ? '%.2f' : '%.0f';
	my $verdict = '';

	if (defined $goal)
	{
		$format = '%.0f' if $goal >= 10;
		$verdict = sprintf("(goal $format)", $goal);
		$verdict = sprintf('%-12s', $verdict) . ($figure <= $goal ? 'ok' : 'MISSED');
		$missed++ if $figure > $goal;
	}
	my $line = sprintf("  %-37s %6s %-13s %s", $what, sprintf($format, $figure), $unit, $verdict);
	$line =~ s/ +$//;
	print "$line\n";
}

# How many goals were missed.
sub missed
{
	return $missed;
}

# What explains the line above.
sub detail
{
	print "      $_[0]\n";
}

# How far apart the rounds are.
sub detail_rounds
{
	my @sorted  = sort { $a <=> $b } @_;
	my $quarter = int(@sorted / 4);

	detail(sprintf '%d rounds: %.2f to %.2f, the middle half %.2f to %.2f', scalar @sorted,
		$sorted[0], $sorted[-1], $sorted[$quarter], $sorted[ -1 - $quarter ]);
}

#----------------------------------------------------------------------
# Programs
#----------------------------------------------------------------------

# Run a program and return its output and the seconds that it took, wall clock.
# Messages (the NOTICEs of a run) are written to a file, which nobody reads
# unless the program fails.
sub timed
{
	my ($discard, @command) = @_;
	my $output = '';
	my $start  = clock_gettime(CLOCK_MONOTONIC);
	my $pid    = open(my $from, '-|') // die "could not fork: $!\n";

	if (!$pid)
	{
		open(STDERR, '>', "$dir/messages") or POSIX::_exit(127);
		if ($discard)
		{
			open(STDOUT, '>', '/dev/null') or POSIX::_exit(127);
		}
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	{
		local $/ = undef;
		$output = <$from> // '';
	}
	my $ok = close $from;
	my $time = clock_gettime(CLOCK_MONOTONIC) - $start;

	if (!$ok)
	{
		open(my $messages, '<', "$dir/messages") or die "@command failed\n";
		my @last = grep { !/NOTICE/ } <$messages>;
		splice @last, 0, -10 if @last > 10;
		die "@command failed:\n@last";
	}
	return ($output, $time);
}

# The seconds that a program takes, its output going to /dev/null.
sub wall
{
	return (timed(1, @_))[1];
}

# Run SQL and return the first column of the last row.
sub sql
{
	my ($db, $sql) = @_;
	my ($output) = timed(0, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-c', $sql);

	return (split /\n/, $output)[-1];
}

# Run commands in one new session and return the seconds that each took, as
# psql's \timing sees them: without the start of psql and of the backend.  A
# SET is not measured.
sub server_times
{
	my ($db, @commands) = @_;
	my @settings = grep { /^SET / } @commands;

	@commands = grep { !/^SET / } @commands;
	my ($output) = timed(0, 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $db,
		map { ('-c', $_) } @settings, '\timing on', @commands);
	my @times = map { $_ / 1e3 } $output =~ /^Time: ([\d.]+) ms/mg;

	die "psql gave no times: $output" if @times != @commands;
	return @times;
}

# Both at once: the seconds of one command, of the whole process and without
# its start.
sub both_times
{
	my ($db, @command) = @_;
	my $start = clock_gettime(CLOCK_MONOTONIC);
	my ($time) = server_times($db, @command);

	return (clock_gettime(CLOCK_MONOTONIC) - $start, $time);
}

sub write_file
{
	my ($name, @lines) = @_;

	open(my $file, '>', "$dir/$name") or die "$dir/$name: $!\n";
	print $file @lines;
	close $file or die "$dir/$name: $!\n";
	return "$dir/$name";
}

sub psql_file
{
	my ($db, $file, @options) = @_;

	return wall('psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', $db, @options, '-f', $file);
}

#----------------------------------------------------------------------
# Sessions and programs that go on while we do something else
#----------------------------------------------------------------------

# Open a session, which does what it is told and waits meanwhile.
sub open_session
{
	my ($db) = @_;
	my $pid = open2(my $from, my $to, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $db);

	$running{$pid} = 1;
	return { pid => $pid, from => $from, to => $to };
}

# Have it run a statement that returns nothing.
sub tell_session
{
	my ($session, $statement) = @_;

	print { $session->{to} } "$statement;\n";
	$session->{to}->flush;
}

# Have it run a statement that returns one row, and return that.
sub ask_session
{
	my ($session, $statement) = @_;

	tell_session($session, $statement);
	my $line = readline($session->{from}) // die "$statement failed\n";
	chomp $line;
	return $line;
}

sub close_session
{
	my ($session) = @_;

	close $session->{to};
	waitpid $session->{pid}, 0;
	delete $running{ $session->{pid} };
	die "a session has failed\n" if $?;
}

# Start a program whose output, messages and all, goes to a file of this name.
sub start_program
{
	my ($name, @command) = @_;
	my $file = "$dir/$name.out";
	my $pid = fork() // die "could not fork: $!\n";

	if (!$pid)
	{
		open(STDIN, '<', '/dev/null') or POSIX::_exit(127);
		open(STDOUT, '>', $file) or POSIX::_exit(127);
		open(STDERR, '>&', \*STDOUT) or POSIX::_exit(127);
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	$running{$pid} = 1;
	return { name => $name, pid => $pid, file => $file };
}

# Whether it has ended; if so, its status and output are in the program.
sub has_ended
{
	my ($program) = @_;

	return 1 if defined $program->{status};
	return 0 unless waitpid($program->{pid}, POSIX::WNOHANG) == $program->{pid};
	$program->{status} = $?;
	delete $running{ $program->{pid} };

	open(my $output, '<', $program->{file}) or die "$program->{file}: $!\n";
	local $/ = undef;
	$program->{output} = <$output>;
	return 1;
}

# Wait for its end, which must be a good one, and return the output.
sub await_end
{
	my ($program) = @_;

	wait_until("$program->{name} ends", sub { has_ended($program) });
	die "$program->{name} failed:\n$program->{output}" if $program->{status};
	return $program->{output};
}

# Wait until something is the case.
sub wait_until
{
	my ($what, $test) = @_;
	my $end = clock_gettime(CLOCK_MONOTONIC) + 180;

	until ($test->())
	{
		die "gave up to wait until $what\n" if clock_gettime(CLOCK_MONOTONIC) > $end;
		Time::HiRes::sleep(0.01);
	}
}

# Leave nothing behind when we end early.
END
{
	local $?;
	kill 'TERM', keys %running;
}

#----------------------------------------------------------------------
# Databases
#----------------------------------------------------------------------

# Make a database.  A connection sees to the cache of system catalogs that the
# first one of any database has to write, and a checkpoint gives every
# measurement the same start.
sub create_db
{
	my ($db, $template) = @_;

	sql('postgres', "CREATE DATABASE $db TEMPLATE " . ($template // 'bench'));
	sql($db, 'SELECT 1');
	sql('postgres', 'CHECKPOINT');
}

sub drop_db
{
	my ($db) = @_;

	sql('postgres', "DROP DATABASE $db");
}

# Make sure that a measurement has done what it says.
sub check_count
{
	my ($db, $query, $count) = @_;
	my $found = sql($db, $query);

	die "$query: $found instead of $count\n" if $found != $count;
}

# Measure both sides in turn, each round in the other order and each on a new
# copy of a database.  Returns the results of each side, by round.
sub take_turns
{
	my ($rounds, $template, @sides) = @_;
	my @results = map { [] } @sides;

	for my $round (0 .. $rounds - 1)
	{
		my @order = $round % 2 ? reverse(0 .. $#sides) : (0 .. $#sides);

		for my $side (@order)
		{
			create_db('bench_run', $template);
			push @{ $results[$side] }, $sides[$side]->('bench_run');
			drop_db('bench_run');
		}
	}
	return @results;
}

# Turn fsync on or off, and see that the server has heard of it.
sub set_fsync
{
	my ($value) = @_;

	sql('postgres', "ALTER SYSTEM SET fsync = $value");
	sql('postgres', 'SELECT pg_reload_conf()');
	wait_until("fsync is $value", sub { sql('postgres', 'SHOW fsync') eq $value });
}

# Write revisions with migrate_revision(), each with its statements, into a new
# database, and leave the same statements for a DO block in bench_script.
sub create_template
{
	my ($db, $setup, @scripts) = @_;
	my $number = 0;
	my @lines  = (
		$setup,
		"CREATE TABLE bench_script (id int PRIMARY KEY, revision text, message text, script text);\n",
		"CREATE TABLE bench_history (revision text PRIMARY KEY, message text,\n"
		  . "  at timestamptz NOT NULL DEFAULT clock_timestamp());\n");

	for my $script (@scripts)
	{
		$number++;
		push @lines, "INSERT INTO bench_script SELECT $number,\n"
		  . "  migrate_revision(m, s, ''), m, s\n"
		  . "  FROM (VALUES ('step $number', \$script\$$script\$script\$)) v (m, s);\n";
	}
	push @lines, "COMMIT;\nVACUUM ANALYZE;\n";
	create_db($db);
	psql_file($db, write_file('setup.sql', "BEGIN;\n", @lines));
}

# CREATE TABLE of five columns with a primary key ...
sub table_script
{
	my $n = shift;

	return "CREATE TABLE item_$n (id bigint PRIMARY KEY, name text NOT NULL, "
	  . "amount numeric(12, 2), note text, created_at timestamptz NOT NULL DEFAULT now());\n";
}

# ... and the same with an index.
sub ddl_script
{
	my $n = shift;

	return table_script($n) . "CREATE INDEX item_${n}_name ON item_$n (name);\n";
}

1;
