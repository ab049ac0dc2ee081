#
# bench.pl
#
# Measure pgmigrate and print, for each goal, the figure of this run, the goal
# and "ok" or "MISSED".  Called by test/bench/run, which starts the server that
# the PG* variables name; the argument is a directory for our files.
#
# Nearly all figures are ratios to something else that does the same work, so
# that they hold on any machine.  The two sides take turns, each on a new copy
# of the same database, and the median of the ratios of the rounds counts: what
# else the machine does disturbs both sides alike or one round only.
#
#	ddl			upgrade of 1,000 revisions, CREATE TABLE and CREATE INDEX each
#	insert		upgrade of 1,000 revisions, one INSERT each
#	online		online upgrade of 1,000 revisions of one statement
#	traffic		writers during an online upgrade (see Traffic.pm)
#	plan		migrate_plan() on large graphs: time, growth, memory
#	noop		migrate_upgrade() when there is nothing to do
#	write		2,000 calls of migrate_revision()
#	load		10,000 revision files in one transaction
#	seed		1,000,000 rows with migrate_bulk_insert()
#	autogenerate	migrate_diff() of 100 and 1,000 tables against pg_dump (see
#				Autogenerate.pm)
#	alembic		200 of the revisions of "ddl" with Alembic, when it is there
#
# The server runs without fsync.  That makes the comparison stricter, as the
# time to flush a commit would be the same on both sides.  Where there are many
# commits, it is made with fsync, too.
#
# What the measurements share is in Bench.pm.
#
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Autogenerate;
use Bench;
use Traffic;

$dir = shift // die "usage: bench.pl DIRECTORY\n";

my @names = qw(ddl insert online traffic plan noop write load seed autogenerate alembic);
my %wanted = map { $_ => 1 } ($ENV{BENCH} ? split ' ', $ENV{BENCH} : @names);

$| = 1;
for my $name (keys %wanted)
{
	die "BENCH: no measurement \"$name\"; there are @names\n"
	  unless grep { $_ eq $name } @names;
}

#----------------------------------------------------------------------
# Upgrades
#----------------------------------------------------------------------

my $upgrade = "SELECT * FROM migrate_upgrade('head')";

sub bench_ddl
{
	my $count   = $quick ? 200 : 1000;
	my $rounds  = $quick ? 3 : 7;
	my @scripts = map { ddl_script($_) } 1 .. $count;
	my $file    = write_file('ddl.sql', @scripts);
	my $tables  = "SELECT count(*) FROM pg_class WHERE relname ~ '^item_[0-9]+_name\$'";

	create_template('bench_ddl', '', @scripts);
	my ($ours, $theirs) = take_turns(
		$rounds,
		'bench_ddl',
		sub {
			my $time = wall('psql', '-X', '-d', $_[0], '-c', $upgrade);
			check_count($_[0], $tables, $count);
			check_count($_[0], 'SELECT count(*) FROM migrate_log', $count);
			return $time;
		},
		sub {
			my $time = psql_file($_[0], $file, '-1');
			check_count($_[0], $tables, $count);
			return $time;
		});
	my @ratios = ratios($ours, $theirs);

	report('upgrade, ' . commas($count) . ' x CREATE TABLE + index',
		median(@ratios), 'x psql -1 -f', 1.10);
	detail('whole process: ' . seconds(median(@$ours)) . ', psql ' . seconds(median(@$theirs)));
	detail_rounds(@ratios);
	drop_db('bench_ddl');
}

sub bench_insert
{
	my $count   = $quick ? 500 : 1000;
	my $rounds  = $quick ? 5 : 15;
	my @scripts = map { "INSERT INTO item VALUES ($_, 'item number $_', $_.50);" } 1 .. $count;
	my $do      = sub {
		return 'DO $$DECLARE r record; BEGIN '
		  . "FOR r IN SELECT * FROM bench_script ORDER BY id LOOP $_[0] EXECUTE r.script; "
		  . 'INSERT INTO bench_history (revision, message) VALUES (r.revision, r.message); '
		  . 'END LOOP; END$$';
	};
	my $notice = "RAISE NOTICE 'Running upgrade % -> %, %', r.id - 1, r.revision, r.message;";

	create_template('bench_insert',
		"CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12, 2));\n",
		@scripts);
	my @times = take_turns(
		$rounds,
		'bench_insert',
		map {
			my ($log, @command) = @$_;
			sub {
				my @pair = both_times($_[0], @command);
				check_count($_[0], 'SELECT count(*) FROM item', $count);
				check_count($_[0], "SELECT count(*) FROM $log", $count);
				return \@pair;
			}
		} [ 'migrate_log', $upgrade ],
		[ 'bench_history', $do->('') ],
		[ 'migrate_log', 'SET client_min_messages = warning', $upgrade ],
		[ 'bench_history', $do->($notice) ]);
	my @process = map { my $side = $_; [ map { $_->[0] } @$side ] } @times;
	my ($ours, $theirs, $silent, $noisy) =
	  map { my $side = $_; [ map { $_->[1] } @$side ] } @times;
	my @ratios = ratios($silent, $theirs);

	# Like is judged with like: a DO block says nothing to the client, so the run
	# is measured with client_min_messages = warning.  Announcing each step costs
	# a message and the waking of the client for each; that is shown too, against
	# the silent block and against one that raises the same NOTICEs.
	report('upgrade, ' . commas($count) . ' x INSERT, silent', median(@ratios), 'x a DO block', 2);
	detail('in the server: ' . seconds(median(@$silent)) . ', DO ' . seconds(median(@$theirs)));
	detail(sprintf 'with a NOTICE for each step: %s, %.2f x; whole process %.2f x',
		seconds(median(@$ours)), median(ratios($ours, $theirs)),
		median(ratios(@process[ 0, 1 ])));
	detail(sprintf 'when the DO block raises the same NOTICEs: %s, %.2f x',
		seconds(median(@$noisy)), median(ratios($ours, $noisy)));
	detail_rounds(@ratios);
	drop_db('bench_insert');
}

# One revision, one statement, one commit: against psql with autocommit, which
# has a round trip for each.  INSERT is next to nothing, so what it shows is the
# cost of a revision itself.
sub bench_online
{
	my $tables  = $quick ? 300 : 1000;
	my @tables  = map { table_script($_) } 1 .. $tables;
	my @inserts = map { "INSERT INTO item VALUES ($_, 'item number $_', $_.50);\n" } 1 .. 1000;

	create_template('bench_online', '', @tables);
	for my $fsync ('off', 'on')
	{
		online_times('CREATE TABLE', $fsync, $quick ? 3 : 5,
			"SELECT count(*) FROM pg_class WHERE relname ~ '^item_[0-9]+\$'", @tables);
	}
	drop_db('bench_online');

	create_template('bench_online',
		"CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12, 2));\n",
		@inserts);
	for my $fsync ('off', 'on')
	{
		online_times('INSERT', $fsync, $quick ? 7 : 15, 'SELECT count(*) FROM item', @inserts);
	}
	drop_db('bench_online');
}

# Run the revisions of bench_online, which hold these scripts.
sub online_times
{
	my ($name, $fsync, $rounds, $query, @scripts) = @_;
	my $count = @scripts;
	my $file  = write_file('online.sql', @scripts);
	my $call  = "CALL migrate_upgrade_online('head')";

	# only what is measured is done with fsync: making the database is not
	my $measure = sub {
		my ($db, @command) = @_;

		set_fsync('on') if $fsync eq 'on';
		my $time = wall('psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', $db, @command);
		set_fsync('off') if $fsync eq 'on';
		check_count($db, $query, $count);
		return $time;
	};
	my $online = sub {
		my ($db, @commands) = @_;
		my $time = $measure->($db, map { ('-c', $_) } @commands, $call);

		check_count($db, 'SELECT count(*) FROM migrate_log', $count);
		return $time;
	};
	my @sides =
	  (sub { $online->($_[0]) }, sub { $measure->($_[0], '-f', $file) });
	push @sides, sub { $online->($_[0], 'SET client_min_messages = warning') }
	  if $name eq 'INSERT';
	my ($ours, $theirs, $silent) = take_turns($rounds, 'bench_online', @sides);
	my @ratios = ratios($ours, $theirs);

	report('online, ' . commas($count) . " x $name" . ($fsync eq 'on' ? ', fsync' : ''),
		median(@ratios), 'x psql -f', $name eq 'INSERT' ? undef : 1.30);
	detail('whole process: ' . seconds(median(@$ours)) . ', psql ' . seconds(median(@$theirs))
		  . ($silent ? sprintf '; without NOTICEs %s, %.2f x', seconds(median(@$silent)),
			median(ratios($silent, $theirs)) : ''));
	detail_rounds(@ratios);
}

#----------------------------------------------------------------------
# Large graphs
#----------------------------------------------------------------------

my $plan    = "SELECT count(*) FROM migrate_plan('heads')";
my $ordered = 'SELECT count(*) FROM (SELECT revision, down_revision, message FROM migrate_script'
  . ' ORDER BY ordinal OFFSET 0) s';

# A database with revisions made by a query, for what does not run them:
# "linear" is a chain of that many, "diamonds" that many branches in two that
# are merged.  Ids, messages and texts are of the usual size.
sub create_graph
{
	my ($db, $kind, $count) = @_;
	my $id = sub { "substr(md5((($_[0])::int)::text), 1, 12)" };
	my $rows =
	  $kind eq 'linear'
	  ? "SELECT i AS n, CASE WHEN i > 1 THEN ARRAY[" . $id->('i - 1') . "] ELSE '{}' END AS down,\n"
	  . "  i = $count AS is_head FROM generate_series(1, $count) i"
	  : "SELECT i AS n, CASE WHEN i = 1 THEN '{}'\n"
	  . "    WHEN i % 3 = 2 THEN ARRAY[" . $id->('i - 1') . "]\n"
	  . "    WHEN i % 3 = 0 THEN ARRAY[" . $id->('i - 2') . "]\n"
	  . "    ELSE ARRAY[" . $id->('i - 2') . ", " . $id->('i - 1') . "] END AS down,\n"
	  . "  i = 3 * $count + 1 AS is_head FROM generate_series(1, 3 * $count + 1) i";

	create_db($db);
	sql($db, "INSERT INTO migrate_script\n"
		  . "  (revision, down_revision, message, upgrade, downgrade, ordinal, is_head)\n"
		  . "SELECT " . $id->('n') . ", down, 'Add column number ' || n || ' to the asset table',\n"
		  . "  format('ALTER TABLE asset ADD COLUMN column_%s text NOT NULL DEFAULT %L;', n, n),\n"
		  . "  format('ALTER TABLE asset DROP COLUMN column_%s;', n), n, is_head\n"
		  . "FROM ($rows) r ORDER BY n");
	sql($db, 'VACUUM ANALYZE');
}

# Kilobytes of a process's memory by kind, as the kernel counts them.
sub memory_of
{
	my ($pid) = @_;
	my %memory;

	open(my $status, '<', "/proc/$pid/status") or return;
	while (<$status>)
	{
		$memory{$1} = $2 if /^(VmHWM|RssAnon|RssFile|RssShmem):\s+(\d+) kB/;
	}
	close $status;
	return keys %memory == 4 ? \%memory : undef;
}

# The bytes of memory that a query needs at its peak, in a new session; undef
# where the kernel does not tell.
#
# The kernel keeps the peak of all memory that is mapped (VmHWM).  What is
# shared (buffers) or belongs to files (the program) never becomes less, so the
# peak of our own is VmHWM without what there is of those two at the end.  The
# rows are read first, lest what any query needs is counted, too.
sub peak_memory
{
	my ($db, $query) = @_;
	my $session = open_session($db);

	my $backend = ask_session($session, 'SELECT pg_backend_pid()');
	# so that psql, whose messages nobody reads, has none
	tell_session($session, 'SET client_min_messages = warning');
	ask_session($session, $ordered);
	my $before = memory_of($backend);
	ask_session($session, $query);
	my $after = memory_of($backend);
	close_session($session);

	return undef unless $before && $after;
	my $peak = $after->{VmHWM} - $after->{RssFile} - $after->{RssShmem};
	return 1024 * ($peak - $before->{RssAnon});
}

# The median time of a plan, and of reading the rows, in the first call of a
# session.
sub plan_times
{
	my ($db, $rounds) = @_;
	my (@ours, @theirs);

	for (1 .. $rounds)
	{
		my @times = server_times($db, $ordered, $ordered, $plan);

		push @theirs, $times[1];
		push @ours,   $times[2];
	}
	return (median(@ours), median(ratios(\@ours, \@theirs)));
}

sub bench_plan
{
	my $rounds = $quick ? 3 : 7;
	my @sizes = $quick ? (10_000, 20_000) : (10_000, 20_000, 50_000, 100_000);
	my (%time, %times_rows, %memory, @cases);

	@cases = map { [ "bench_$_", $_ ] } @sizes;
	create_graph(@$_[0], 'linear', @$_[1]) for @cases;
	create_graph('bench_diamonds', 'diamonds', 2_000);
	push @cases, [ 'bench_diamonds', 6_001 ];
	for my $case (@cases)
	{
		my ($db, $count) = @$case;

		check_count($db, $plan, $count);
		($time{$count}, $times_rows{$count}) = plan_times($db, $rounds);
		$memory{$count} = peak_memory($db, $plan);
	}

	for my $case ([ 20_000, '20,000 in a line', 150 ], [ 6_001, '6,001 in 2,000 diamonds', 100 ])
	{
		my ($count, $what, $goal) = @$case;

		report("plan, $what", $time{$count} * 1e3, 'ms', $goal);
		detail(sprintf '%.1f x reading the rows in order', $times_rows{$count});
	}
	if (!$quick)
	{
		# a cache that becomes too small is not what this is to find
		report('plan, per revision, 100,000', ($time{100_000} / 100_000) / ($time{10_000} / 10_000),
			'x at 10,000', 1.5);
	}
	detail(join(', ', map { sprintf '%.2f us at %s', $time{$_} / $_ * 1e6, commas($_) } @sizes));
	if (!defined $memory{20_000})
	{
		print "  (this kernel does not tell the peak of a process's memory)\n";
		return;
	}
	for my $count ($quick ? 20_000 : (20_000, 100_000))
	{
		report('plan, memory per revision, ' . commas($count), $memory{$count} / $count, 'bytes', 1024);
	}
	detail(join(', ', map { sprintf '%.1f MB at %s', $memory{$_} / 2**20, commas($_) } @sizes));
	report('plan, memory per revision, diamonds', $memory{6_001} / 6_001, 'bytes', 1024);

	# for comparison: what a run needs, when its scripts are empty
	sql('bench_20000', "UPDATE migrate_script SET upgrade = ''");
	sql('bench_20000', 'VACUUM ANALYZE');
	report('upgrade, memory per revision, 20,000',
		peak_memory('bench_20000', "SELECT count(*) FROM migrate_upgrade('heads')") / 20_000, 'bytes');
	drop_db($_->[0]) for @cases;
}

#----------------------------------------------------------------------
# Nothing to do
#----------------------------------------------------------------------

# The average time of a statement in one run of pgbench.  Runs are short, and
# there are many, as the two sides of a ratio should find the machine in the
# same mood.
sub pgbench
{
	my ($db, $file) = @_;
	my ($output) =
	  timed(0, 'pgbench', '-n', '-M', 'prepared', '-c', 1, '-t', 10_000, '-f', $file, $db);

	$output =~ /^tps = ([\d.]+)/m or die "pgbench gave no tps: $output";
	return 1 / $1;
}

sub bench_noop
{
	my $rounds = $quick ? 8 : 30;
	my @sizes  = (10, 1_000, 100_000);
	my @cases  = (0, @sizes);	# 0: SELECT 1
	my $one    = write_file('one.sql', "SELECT 1;\n");
	my $noop   = write_file('noop.sql', "$upgrade;\n");
	my %time;

	for my $size (@sizes)
	{
		create_graph("bench_$size", 'linear', $size);
		sql("bench_$size", "SELECT * FROM migrate_stamp('head')");
		check_count("bench_$size", "SELECT count(*) FROM migrate_upgrade('head')", 0);
		sql("bench_$size", 'VACUUM ANALYZE');
	}
	sql('postgres', 'CHECKPOINT');
	for (1 .. $rounds)
	{
		for my $case (@cases)
		{
			push @{ $time{$case} },
			  $case ? pgbench("bench_$case", $noop) : pgbench('bench_10', $one);
		}
		push @cases, shift @cases;
	}

	my @ratios = ratios($time{1_000}, $time{0});
	report('upgrade with nothing to do', median(@ratios), 'x SELECT 1', 3);
	detail('SELECT 1 ' . join(', ',
		map { seconds(median(@{ $time{$_} })) . ($_ ? ' at ' . commas($_) : '') } 0, @sizes));
	detail_rounds(@ratios);
	for my $size (1_000, 100_000)
	{
		@ratios = ratios($time{$size}, $time{10});
		report('upgrade with nothing to do, ' . commas($size), median(@ratios), 'x at 10', 1.10);
		detail_rounds(@ratios);
	}
	drop_db("bench_$_") for @sizes;
}

#----------------------------------------------------------------------
# Writing
#----------------------------------------------------------------------

sub bench_write
{
	my $count  = $quick ? 500 : 2_000;
	my $rounds = $quick ? 2 : 3;
	my (@calls, @inserts);

	for my $n (1 .. $count)
	{
		my $texts = "'Add table number $n', '" . ddl_script($n) . "', 'DROP TABLE item_$n;\n'";
		my $id = sprintf '%012x', $n * 0x9e3779b1;

		push @calls,   "SELECT migrate_revision($texts, '$id');\n";
		push @inserts, "INSERT INTO plain VALUES ($texts, '$id');\n";
	}
	my $ours   = write_file('calls.sql', @calls);
	my $theirs = write_file('inserts.sql', @inserts);

	create_db('bench_write');
	sql('bench_write',
		'CREATE TABLE plain (message text, upgrade text, downgrade text, revision text PRIMARY KEY)');
	my @results = take_turns(
		$rounds,
		'bench_write',
		sub { psql_file($_[0], $ours,   '-1') },
		sub { psql_file($_[0], $theirs, '-1') });
	my @ratios = ratios(@results);

	report('migrate_revision(), ' . commas($count) . ' calls', median(@ratios), 'x a plain INSERT');
	detail('with psql -1 -f: ' . seconds(median(@{ $results[0] }) / $count) . ' a call, '
		  . seconds(median(@{ $results[1] }) / $count) . ' an INSERT');
	drop_db('bench_write');
}

# Loading files, as migrate_export() writes them and in an order that has nothing
# to do with the graph, against INSERTs of the same columns from files of the
# same size.
sub bench_load
{
	my $count  = $quick ? 1_000 : 10_000;
	my $rounds = $quick ? 2 : 5;
	my (@files, @inserts);

	for my $n (1 .. $count)
	{
		my ($id, $parent) = map { sprintf '%012x', $_ * 0x9e3779b1 } $n, $n - 1;
		my $scripts = '$pgmigrate$' . "\n" . ddl_script($n) . '$pgmigrate$' . ",%s "
		  . '$pgmigrate$' . "\nDROP TABLE item_$n;\n" . '$pgmigrate$';
		my $head = "-- Add table number $n\n--\n-- Revision ID: $id\n-- Revises: $parent\n"
		  . "-- Create Date: 2026-01-02 03:04:05+00\n\n";
		my $file = $head . "SELECT migrate_load(\n\trevision => '$id',\n\tmessage => 'Add table number $n',\n"
		  . "\tdown_revision => " . ($n > 1 ? "'{$parent}'" : 'NULL') . ",\n"
		  . "\tdepends_on => NULL,\n\tbranch_labels => NULL,\n\treplaces => NULL,\n"
		  . "\tcreator => 'somebody',\n\tcreated_at => '2026-01-02 03:04:05+00',\n\tupgrade => "
		  . sprintf($scripts, "\n\tdowngrade =>") . ");\n";
		my $insert = $head
		  . "INSERT INTO plain VALUES ('$id', 'Add table number $n', '{$parent}', 'somebody', '2026-01-02 03:04:05+00', "
		  . sprintf($scripts, '') . ");\n";

		# of the same size
		substr($insert, -1, 0, ' --' . '-' x (length($file) - length($insert) - 3));
		push @files,   $file;
		push @inserts, $insert;
	}
	# every file, each seventh after the other; and half of them
	my $mix = sub {
		my ($number) = @_;
		return map { my $rest = $_; grep { $_ % 7 == $rest } 0 .. $number - 1 } reverse 0 .. 6;
	};
	my $ours   = write_file('files.sql', @files[ $mix->($count) ]);
	my $half   = write_file('half.sql',  @files[ $mix->($count / 2) ]);
	my $theirs = write_file('plain.sql', @inserts);

	create_db('bench_load');
	sql('bench_load', 'CREATE TABLE plain (revision text PRIMARY KEY, message text, down_revision text[],'
		  . ' creator text, created_at timestamptz, upgrade text, downgrade text)');
	my @options = ('-1', '-q', '-o', '/dev/null');
	my $load = sub {
		my ($file, $number) = @_;
		return sub {
			my $time = psql_file($_[0], $file, @options);
			check_count($_[0], 'SELECT count(*) FROM migrate_script', $number);
			return $time;
		};
	};
	my @results = take_turns(
		$rounds,
		'bench_load',
		$load->($ours, $count),
		sub { psql_file($_[0], $theirs, @options) },
		sub {
			$load->($ours, $count)->($_[0]);
			return psql_file($_[0], $ours, @options);
		},
		$load->($half, $count / 2));
	my @ratios = ratios(@results[ 0, 1 ]);

	report('load ' . commas($count) . ' files in one transaction', median(@ratios), 'x psql with INSERTs', 2);
	detail('whole process: ' . seconds(median(@{ $results[0] })) . ', INSERTs '
		  . seconds(median(@{ $results[1] })));
	detail(sprintf 'a file of them takes %.2f x as long as one of half as many',
		median(ratios(@results[ 0, 3 ])) / 2);
	detail(sprintf 'the same files again, unchanged: %.2f x', median(ratios(@results[ 2, 1 ])));
	detail_rounds(@ratios);
	drop_db('bench_load');
}

#----------------------------------------------------------------------
# Seeding
#----------------------------------------------------------------------

# The rows are one jsonb of about 110 MB (it cannot be larger than 256 MB),
# which both sides read from a table.
sub bench_seed
{
	my $count  = $quick ? 100_000 : 1_000_000;
	my $rounds = $quick ? 3 : 5;
	my $value  = 'SELECT rows FROM bench_rows';

	create_db('bench_seed');
	sql('bench_seed', 'CREATE TABLE item (id int PRIMARY KEY, name text, amount numeric, at timestamptz)');
	sql('bench_seed', "CREATE TABLE bench_rows AS SELECT jsonb_agg(jsonb_build_object('id', i,\n"
		  . "  'name', 'item number ' || i, 'amount', i + 0.5,\n"
		  . "  'at', '2026-01-01'::timestamptz + i * interval '1 s')) AS rows\n"
		  . "FROM generate_series(1, $count) i");
	sql('bench_seed', 'VACUUM ANALYZE');
	my ($ours, $theirs) = take_turns(
		$rounds,
		'bench_seed',
		map {
			my $command = $_;
			sub {
				my ($time) = server_times($_[0], $command);

				check_count($_[0], 'SELECT count(at) FROM item', $count);
				return $time;
			}
		} "SELECT migrate_bulk_insert('item', ($value))",
		"INSERT INTO item SELECT * FROM jsonb_populate_recordset(NULL::item, ($value))");
	my @ratios = ratios($ours, $theirs);

	report('bulk insert, ' . commas($count) . ' rows', median(@ratios), 'x INSERT SELECT', 1.30);
	detail('in the server: ' . seconds(median(@$ours)) . ', INSERT ' . seconds(median(@$theirs)));
	detail_rounds(@ratios);
	drop_db('bench_seed');
}

#----------------------------------------------------------------------
# Alembic
#----------------------------------------------------------------------

# The files of an Alembic project with the same statements in op.execute().
sub alembic_project
{
	my (@scripts) = @_;
	my $project = "$dir/alembic";
	my $down    = 'None';
	my $number  = 0;

	mkdir $_ or die "$_: $!\n" for $project, "$project/alembic", "$project/alembic/versions";
	write_file('alembic/alembic.ini', "[alembic]\nscript_location = $project/alembic\n");
	write_file('alembic/alembic/script.py.mako', '');
	write_file('alembic/alembic/env.py', <<'END');
import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(
    "postgresql+psycopg2:///bench_run?host=" + os.environ["PGHOST"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
END
	for my $script (@scripts)
	{
		my $id = sprintf '%012x', ++$number * 0x9e3779b1;

		write_file("alembic/alembic/versions/${id}_.py", <<"END");
"""step $number"""
from alembic import op

revision = "$id"
down_revision = $down


def upgrade():
    op.execute("""$script""")


def downgrade():
    pass
END
		$down = "\"$id\"";
	}
	return "$project/alembic.ini";
}

sub bench_alembic
{
	my $count   = $quick ? 50 : 200;
	my $rounds  = $quick ? 2 : 5;
	my @scripts = map { ddl_script($_) } 1 .. $count;
	my $python  = '/usr/bin/python3';

	if (system("$python -c 'import alembic, psycopg2' >/dev/null 2>&1") != 0)
	{
		print "  (Alembic and psycopg2 are not installed: no comparison)\n";
		return;
	}
	my $ini = alembic_project(@scripts);

	create_template('bench_alembic', '', @scripts);
	my ($ours, $theirs) = take_turns(
		$rounds,
		'bench_alembic',
		sub { wall('psql', '-X', '-d', $_[0], '-c', $upgrade) },
		sub {
			my $time = wall($python, '-m', 'alembic.config', '-c', $ini, 'upgrade', 'head');
			check_count($_[0], "SELECT count(*) FROM pg_class WHERE relname ~ '^item_[0-9]+_name\$'",
				$count);
			return $time;
		});

	report("upgrade, $count x CREATE TABLE + index", median(ratios($ours, $theirs)), 'x Alembic');
	detail('whole process: ' . seconds(median(@$ours)) . ', Alembic ' . seconds(median(@$theirs)));
	drop_db('bench_alembic');
}

#----------------------------------------------------------------------

my %measure = (
	ddl          => \&bench_ddl,
	insert       => \&bench_insert,
	online       => \&bench_online,
	traffic      => \&bench_traffic,
	plan         => \&bench_plan,
	noop         => \&bench_noop,
	write        => \&bench_write,
	load         => \&bench_load,
	seed         => \&bench_seed,
	autogenerate => \&bench_autogenerate,
	alembic      => \&bench_alembic);

sql('postgres', 'CREATE DATABASE bench TEMPLATE template0');
sql('bench',    'CREATE EXTENSION pgmigrate');
print 'PostgreSQL ', sql('postgres', 'SHOW server_version'), $quick ? ", quick\n" : "\n";
for my $name (grep { $wanted{$_} } @names)
{
	$measure{$name}->();
}
my $missed = Bench::missed();
print $missed ? "$missed missed\n" : "all goals are met\n";
exit($missed ? 1 : 0);
