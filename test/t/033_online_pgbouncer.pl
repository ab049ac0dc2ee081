# Online runs through PgBouncer, in transaction mode and in session mode, with
# the simple and the extended protocol: CALL is one statement, so it keeps its
# server connection for all of its transactions.  The next client that gets that
# connection finds neither a setting nor a lock, whatever became of the run.

use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin';
plan skip_all => 'pgbouncer is not installed' unless defined $pgbouncer;
plan skip_all => 'pgbouncer does not run as root' if $> == 0;

# The time zone and the date style are none of those that scripts run with.
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'Asia/Tokyo'\ndatestyle = 'German, DMY'");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	CREATE TABLE done (what text);
	SELECT migrate_revision('table', rev_id => 'r1',
		upgrade => $$SET work_mem = '77MB'; SET search_path = pg_catalog; SET TimeZone = 'America/Lima';
			CREATE TABLE public.item (id int, code int);
			INSERT INTO public.item SELECT i, i FROM generate_series(1, 200) i;
			INSERT INTO public.done VALUES ('r1')$$,
		downgrade => 'DROP TABLE item; DELETE FROM done');
	SELECT migrate_revision('indexes', rev_id => 'r2',
		upgrade => $$SET work_mem = '66MB'; SET statement_timeout = '10min';
			INSERT INTO done VALUES (concat_ws(' ', 'r2', migrate_arg('who'), migrate_tag(), current_setting('work_mem')));
			CREATE INDEX CONCURRENTLY item_id ON item (id);
			INSERT INTO done VALUES (concat_ws(' ', 'r2', migrate_arg('who'), migrate_tag(), current_setting('work_mem')));
			CREATE UNIQUE INDEX CONCURRENTLY item_code ON item (code);
			SET ROLE pg_monitor$$,
		downgrade => 'DROP INDEX CONCURRENTLY item_code; DROP INDEX CONCURRENTLY item_id');
	SELECT migrate_revision('more', rev_id => 'r3',
		upgrade => $$INSERT INTO done VALUES ('r3'); CREATE TEMP TABLE scratch (i int) ON COMMIT DROP$$,
		downgrade => $$DELETE FROM done WHERE what = 'r3'$$);
	SELECT migrate_revision('fails', rev_id => 'f1', head => 'r3',
		upgrade => $$SET work_mem = '55MB'; SET TimeZone = 'America/Lima'; SET ROLE pg_monitor; SELECT 1 / 0$$);
	SELECT migrate_revision('cannot be built', rev_id => 'f2', head => 'r3', splice => true,
		upgrade => $$SET work_mem = '55MB'; CREATE TABLE half (i int); INSERT INTO half VALUES (1), (1);
			CREATE UNIQUE INDEX CONCURRENTLY half_i ON half (i); INSERT INTO half VALUES (2)$$,
		downgrade => 'DROP TABLE half');
});

# One bouncer with pools of one and of two server connections in each mode.  In
# session mode it would clean up between clients; here it forgets prepared
# statements only, so that what a run leaves behind is seen.
my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my ($host, $server_port) = ($node->host, $node->port);
my $user = getpwuid($>);
my %modes = (transaction => [ 'tone', 'ttwo' ], session => [ 'sone', 'stwo' ]);
my @pools = map { @{ $modes{$_} } } sort keys %modes;
my $databases = '';
foreach my $mode (sort keys %modes)
{
	foreach my $size (1, 2)
	{
		$databases .= "$modes{$mode}[$size - 1] = host=$host port=$server_port dbname=postgres user=$user pool_mode=$mode pool_size=$size\n";
	}
}
append_to_file(
	"$dir/pgbouncer.ini", qq{
[databases]
$databases
[pgbouncer]
listen_addr =
unix_socket_dir = $dir
listen_port = $port
auth_type = any
server_reset_query = DEALLOCATE ALL
logfile = $dir/pgbouncer.log
pidfile = $dir/pgbouncer.pid
ignore_startup_parameters = extra_float_digits, options
query_wait_timeout = 180
});
my ($out, $err) = ('', '');
my $bouncer = IPC::Run::start([ $pgbouncer, '-q', "$dir/pgbouncer.ini" ], '>', \$out, '2>', \$err);
END { $bouncer->kill_kill if defined $bouncer }

sub through
{
	my ($pool) = @_;
	return "host=$dir port=$port dbname=$pool user=$user";
}

# Start one statement through a pool.
sub start
{
	my ($pool, $sql) = @_;
	my %client = (out => '', err => '');
	$client{run} = IPC::Run::start(
		[
			$node->installed_command('psql'), '-XAtq', '-v', 'VERBOSITY=verbose', '-d', through($pool), '-c', $sql
		],
		'<', \undef, '>', \$client{out}, '2>', \$client{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return \%client;
}

# Wait for it.  Returns what it answered, or its error.
sub finish
{
	my ($client) = @_;
	my $ok = $client->{run}->finish;

	chomp $client->{out};
	return $ok ? $client->{out} : $client->{err};
}

sub call
{
	return finish(start(@_));
}

my $tries = 200;
while ($tries-- > 0 && call('tone', 'SELECT 1') ne '1')
{
	select(undef, undef, undef, 0.05);
}
is(call($_, 'SELECT 1'), '1', "pgbouncer answers: $_") foreach @pools;

# What a run could leave on a server connection, as the next client sees it ...
my $left = q{
	SELECT (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
			WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'standard_conforming_strings')
			OR name IN ('TimeZone', 'DateStyle', 'IntervalStyle', 'work_mem', 'search_path', 'lock_timeout', 'statement_timeout', 'role',
				'client_min_messages', 'default_transaction_isolation', 'array_nulls', 'transform_null_equals')),
		current_user = session_user, coalesce(migrate_tag(), '-'), migrate_arg('who', '-'),
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype NOT IN ('relation', 'virtualxid')),
		to_regclass('pg_temp.scratch')};
my $clean = call('tone', $left);
like($clean, qr/DateStyle=German, DMY.*TimeZone=Asia.*\|t\|-\|-\|0\|$/s, 'a server connection before any run');

# ... and as everybody does.  Other sessions than the bouncer's are not there.
my $idle = q{
	SELECT count(*) FILTER (WHERE state <> 'idle' OR xact_start IS NOT NULL OR backend_xmin IS NOT NULL),
		count(*) FILTER (WHERE query LIKE 'pgmigrate:%'),
		(SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
		(SELECT count(*) FROM migrate_progress WHERE pid IS NOT NULL)
	FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()};

sub nothing_left
{
	my ($pool, $name) = @_;

	# in session mode the bouncer itself may still be at work on a connection
	ok($node->poll_query_until('postgres', $idle, '0|0|0|0'), "$pool: $name: no lock and no transaction is left")
	  or die "what is left would spoil all that follows";
	is(call($pool, $left), $clean, "$pool: $name: no setting is left");
	return;
}

my $state = q{
	SELECT (SELECT string_agg(revision, ',') FROM migrate_current()), (SELECT count(*) FROM migrate_journal),
		(SELECT string_agg(what, ',' ORDER BY what) FROM done),
		(SELECT string_agg(relname || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END, ',' ORDER BY relname)
			FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid IN (to_regclass('item'), to_regclass('half')))};
my $base = '|0||';
my $at_r3 = sub { my ($who) = @_; return "r3|0|r1,r2${who}66MB,r2${who}66MB,r3|item_code,item_id" };

#----------------------------------------------------------------------
# One client at a time
#----------------------------------------------------------------------

foreach my $pool (@pools)
{
	is(call($pool, "CALL migrate_upgrade_online('r3', args => '{\"who\": \"me\"}', tag => 'now')"), '', "$pool: an online run");
	is($node->safe_psql('postgres', $state), $at_r3->(' me now '), "$pool: has done it all");
	nothing_left($pool, 'a run');
	is(call($pool, "CALL migrate_upgrade_online('r3')"), '', "$pool: nothing to do");
	nothing_left($pool, 'nothing to do');

	# the function forms after it, on the same connections
	is(call($pool, "SELECT revision FROM migrate_downgrade('r2')"), 'r3', "$pool: the function form goes down");
	is(call($pool, "SELECT revision FROM migrate_upgrade('r3', args => '{\"who\": \"you\"}')"), 'r3', "$pool: and up");
	like(call($pool, "SELECT migrate_downgrade('r1')"), qr/ERROR:  25001:.*HINT:.*migrate_downgrade_online/s,
		"$pool: it does not run what needs to be outside of a transaction");
	nothing_left($pool, 'the function forms');

	# a failure in a transaction
	like(call($pool, "CALL migrate_upgrade_online('f1')"), qr/ERROR:  22012: division by zero/, "$pool: a script that fails");
	nothing_left($pool, 'a failure');
	is($node->safe_psql('postgres', $state), $at_r3->(' me now '), "$pool: nothing was changed");
	is($node->safe_psql('postgres', "SELECT revision, sqlstate, statement FROM migrate_log WHERE result = 'failed'"), 'f1|22012|4', "$pool: but the log");

	# a failure outside of one
	like(call($pool, "CALL migrate_upgrade_online('f2')"), qr/ERROR:  23505: could not create unique index "half_i"/, "$pool: an index that cannot be built");
	nothing_left($pool, 'a failed index');
	is($node->safe_psql('postgres', 'SELECT revision, done, running FROM migrate_journal'), 'f2|3|', "$pool: how far it came is known");
	like(call($pool, "SELECT migrate_upgrade('f1')"), qr/ERROR:  55000: .*f2/, "$pool: nothing else runs now");
	nothing_left($pool, 'a run that was refused');
	is(call($pool, 'DELETE FROM half WHERE ctid IN (SELECT min(ctid) FROM half)'), '', "$pool: the data is put right");
	is(call($pool, "CALL migrate_upgrade_online('f2')"), '', "$pool: and the run goes on");
	nothing_left($pool, 'going on');
	is(call($pool, "SELECT string_agg(i::text, ',' ORDER BY i), (SELECT indisvalid FROM pg_index WHERE indexrelid = 'half_i'::regclass) FROM half"),
		'1,2|t', "$pool: each statement was done once");

	# where it cannot commit
	like(call($pool, "BEGIN; CALL migrate_downgrade_online('base')"), qr/ERROR:  25001: .*migrate_downgrade_online\(\)/, "$pool: not in a transaction block");
	like(call($pool, "SELECT 1; CALL migrate_downgrade_online('base')"), qr/ERROR:  25001: .*migrate_downgrade_online\(\)/, "$pool: not as one of several statements");
	like(call($pool, "DO \$\$ BEGIN CALL migrate_downgrade_online('base'); END \$\$"), qr/ERROR:  25001: .*migrate_downgrade_online\(\)/, "$pool: not in a DO block");
	nothing_left($pool, 'calls that were refused');

	is(call($pool, "CALL migrate_downgrade_online('base')"), '', "$pool: down again");
	is($node->safe_psql('postgres', $state), $base, "$pool: nothing is left of it");
	nothing_left($pool, 'a downgrade');
	$node->safe_psql('postgres', 'DELETE FROM migrate_log');
}

#----------------------------------------------------------------------
# The extended protocol
#----------------------------------------------------------------------

# Give a script to pgbench; it shall fail when an error is given.
sub pgbench
{
	my ($pool, $protocol, $clients, $times, $sql, $error) = @_;
	my $file = "$dir/script.sql";

	unlink $file;
	append_to_file($file, "$sql\n");
	my ($stdout, $stderr) = run_command(
		[
			$node->installed_command('pgbench'), '-n', '-M', $protocol, '-c', $clients, '-t', $times,
			'-D', 'up=3', '-D', 'down=-3', '-h', $dir, '-p', $port, '-U', $user, '-f', $file, $pool
		]);
	call($pool, 'DEALLOCATE ALL') if $protocol eq 'prepared';
	my $all = $clients * $times;
	my $ok = defined $error ? $stderr =~ $error : $stdout =~ m{actually processed: $all/$all\b} && $stderr !~ /error|aborted/i;
	$sql =~ s/\s+/ /g;
	ok($ok, "$pool, $protocol, clients: $clients: $sql") or diag("$stdout\n$stderr");
	return;
}

foreach my $pool (@pools)
{
	foreach my $protocol ('extended', 'prepared')
	{
		# Parameters are sent as such, and need their types.  A statement that
		# is prepared stays on its connection, which older versions of PgBouncer
		# know nothing of in transaction mode: there it works with one
		# connection only, and has to be forgotten afterwards.
		next if $protocol eq 'prepared' && $pool eq 'ttwo';
		pgbench($pool, $protocol, 1, 1, 'CALL migrate_upgrade_online(:up::integer, tag => :up::text);');
		is($node->safe_psql('postgres', $state), $at_r3->(' 3 '), "$pool, $protocol: a run");
		nothing_left($pool, "a run, $protocol");
		pgbench($pool, $protocol, 1, 1, 'CALL migrate_downgrade_online(:down::integer);');
		is($node->safe_psql('postgres', $state), $base, "$pool, $protocol: and back");
		nothing_left($pool, "a downgrade, $protocol");
	}

	# a pipeline is a transaction, in the server's words since 18: the call may
	# begin one, but not come later
	pgbench($pool, 'extended', 1, 1, "\\startpipeline\nCALL migrate_upgrade_online('r3');\nSELECT 1;\n\\endpipeline");
	is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool: a run in a pipeline");
	pgbench($pool, 'extended', 1, 1, "\\startpipeline\nDELETE FROM done;\nCALL migrate_downgrade_online('base');\n\\endpipeline",
		qr/migrate_downgrade_online\(\) cannot (?:be executed within a pipeline|run inside a transaction block)/);
	is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool: nothing was committed");
	nothing_left($pool, 'pipelines');
	pgbench($pool, 'extended', 1, 1, "CALL migrate_downgrade_online('base');");

	# psql has it since 16
	if ($node->pg_version->major >= 16)
	{
		$node->safe_psql('postgres', "CALL migrate_upgrade_online(\$1) \\bind 'r3' \\g", connstr => through($pool));
		is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool: a run with \\bind");
		nothing_left($pool, 'a run with \bind');
		$node->safe_psql('postgres', "CALL migrate_downgrade_online(\$1) \\bind 'base' \\g", connstr => through($pool));
		is($node->safe_psql('postgres', $state), $base, "$pool: and back");
	}
	$node->safe_psql('postgres', 'DELETE FROM migrate_log');
}

#----------------------------------------------------------------------
# Several clients at once
#----------------------------------------------------------------------

foreach my $pool (@pools)
{
	foreach my $protocol ('simple', 'extended')
	{
		pgbench($pool, $protocol, 6, 2, "CALL migrate_upgrade_online('r3');");
		is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool, $protocol: six clients have done it once");
		is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT revision) FROM migrate_log'), '3|3', "$pool, $protocol: by the log, too");
		nothing_left($pool, "six clients, $protocol");
		pgbench($pool, $protocol, 6, 2, "CALL migrate_downgrade_online('base');");
		is($node->safe_psql('postgres', $state), $base, "$pool, $protocol: and back");
		$node->safe_psql('postgres', 'DELETE FROM migrate_log');
	}
}

# A run that has to wait for a writer, in the middle of its first index.
sub start_blocked
{
	my ($pool) = @_;
	my $writer = $node->background_psql('postgres');

	is(call($pool, "CALL migrate_upgrade_online('r1')"), '', "$pool: the first revision");
	$writer->query_safe('BEGIN; INSERT INTO item VALUES (1000, 1000)');
	my $client = start($pool, "CALL migrate_upgrade_online('r3')");
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM migrate_progress WHERE revision = 'r2' AND pid IS NOT NULL AND phase LIKE 'waiting%'")
	  or die "$pool: the build does not wait";
	return ($client, $writer);
}

sub back_to_base
{
	my ($pool) = @_;

	is(call($pool, "CALL migrate_downgrade_online('base')"), '', "$pool: back to base");
	is($node->safe_psql('postgres', $state), $base, "$pool: all of it");
	$node->safe_psql('postgres', 'DELETE FROM migrate_log');
	return;
}

foreach my $pool (map { $modes{$_}[1] } sort keys %modes)
{
	# others do not wait unless they want to
	my ($client, $writer) = start_blocked($pool);
	my $pid = $node->safe_psql('postgres', 'SELECT pid FROM migrate_progress');
	like(call($pool, "CALL migrate_upgrade_online('r3', wait => false)"), qr/ERROR:  55P03:.*DETAIL:.*\b$pid\b/s, "$pool: wait => false says who runs");
	like(call($pool, "SELECT migrate_upgrade('r3')"), qr/ERROR:  55P03:/, "$pool: the function form would have to wait for an index that waits for it");
	is(call($pool, 'SELECT count(*) FROM migrate_log'), '1', "$pool: others can look");
	$writer->query_safe('COMMIT');
	$writer->quit;
	is(finish($client), '', "$pool: the run goes on");
	is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool: to its end");
	nothing_left($pool, 'wait => false');
	back_to_base($pool);

	# a cancel that comes through the bouncer
	($client, $writer) = start_blocked($pool);
	$client->{run}->signal('INT');
	like(finish($client), qr/ERROR:  57014:/, "$pool: a run that is canceled");
	is($node->safe_psql('postgres', "SELECT result, sqlstate FROM migrate_log WHERE revision = 'r2'"), 'failed|57014', "$pool: the log has it");
	$writer->query_safe('COMMIT');
	$writer->quit;
	nothing_left($pool, 'a cancel');
	is(call($pool, "CALL migrate_upgrade_online('r3')"), '', "$pool: the next goes on");
	is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool: to the end, each statement once");
	nothing_left($pool, 'going on after a cancel');
	back_to_base($pool);

	# a client that vanishes; the next one waits for what the server still does
	($client, $writer) = start_blocked($pool);
	$client->{run}->kill_kill;
	$client = start($pool, "CALL migrate_upgrade_online('r3')");
	$writer->query_safe('COMMIT');
	$writer->quit;
	is(finish($client), '', "$pool: when a client has vanished, the next one goes on");
	is($node->safe_psql('postgres', $state), $at_r3->(' '), "$pool: to the end, each statement once");
	nothing_left($pool, 'a client that has vanished');
	back_to_base($pool);
}

$bouncer->kill_kill;
undef $bouncer;
$node->stop;
done_testing();
