# Through PgBouncer in transaction mode, where each transaction of a client may
# get another server connection: everything works that works without, two
# clients take turns, and nothing is left on a server connection, neither a
# setting nor a lock, for the next client that gets it.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin';
plan skip_all => 'pgbouncer is not installed' unless defined $pgbouncer;
plan skip_all => 'pgbouncer does not run as root' if $> == 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	CREATE TABLE done (what text, pid int);
	SELECT migrate_revision('one', $$SET work_mem = '77MB'; SET search_path = pg_catalog; SET TimeZone = 'Asia/Tokyo'; INSERT INTO public.done VALUES ('r1 ' || public.migrate_arg('who') || ' ' || public.migrate_tag(), pg_backend_pid()); SET ROLE pg_monitor$$, $$DELETE FROM done$$, rev_id => 'r1');
	SELECT migrate_revision('two', $$INSERT INTO done VALUES ('r2 ' || migrate_arg('who', 'nobody'), pg_backend_pid()); CREATE TEMP TABLE scratch (i int) ON COMMIT DROP$$, '', rev_id => 'r2');
	SELECT migrate_revision('fails', $$SET work_mem = '66MB'; SET ROLE pg_monitor; SELECT 1 / 0$$, '', rev_id => 'r3');
});

# One bouncer with two pools on the same server: "one" has a single server
# connection, so that the next client surely gets what the one before used, and
# "two" has two.
my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $port = PostgreSQL::Test::Cluster::get_free_port();
my ($host, $server_port) = ($node->host, $node->port);
my $user = getpwuid($>);
append_to_file(
	"$dir/pgbouncer.ini", qq{
[databases]
one = host=$host port=$server_port dbname=postgres user=$user pool_size=1
two = host=$host port=$server_port dbname=postgres user=$user pool_size=2
[pgbouncer]
listen_addr =
unix_socket_dir = $dir
listen_port = $port
auth_type = any
pool_mode = transaction
logfile = $dir/pgbouncer.log
pidfile = $dir/pgbouncer.pid
ignore_startup_parameters = extra_float_digits, options
query_wait_timeout = 30
});
my ($out, $err) = ('', '');
my $bouncer = IPC::Run::start([ $pgbouncer, '-q', "$dir/pgbouncer.ini" ], '>', \$out, '2>', \$err);
END { $bouncer->kill_kill if defined $bouncer }

sub through
{
	my ($pool) = @_;
	return "host=$dir port=$port dbname=$pool user=$user";
}

my $tries = 200;
while ($tries-- > 0 && $node->psql('postgres', 'SELECT 1', connstr => through('one'), stderr => \my $ignored) != 0)
{
	select(undef, undef, undef, 0.05);
}
is($node->safe_psql('postgres', 'SELECT 1', connstr => through('one')), '1', 'pgbouncer answers');

# What a run could leave behind on the one server connection.
my $left = q{
	SELECT (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')),
		current_user = session_user, current_setting('search_path'), current_setting('work_mem'), current_setting('role'),
		coalesce(migrate_tag(), '-'), migrate_arg('who', '-'),
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype NOT IN ('relation', 'virtualxid')),
		to_regclass('pg_temp.scratch')};
my $clean = $node->safe_psql('postgres', $left, connstr => through('one'));
is($clean, '|t|"$user", public|4MB|none|-|-|0|', 'a server connection before any run');

sub call
{
	my ($pool, $sql) = @_;
	my ($stdout, $stderr) = ('', '');
	my $rc = $node->psql('postgres', $sql, connstr => through($pool), stdout => \$stdout, stderr => \$stderr);
	return $rc == 0 ? $stdout : $stderr;
}

# The workflow, each command a transaction and so perhaps another connection.
for my $pool ('one', 'two')
{
	my $step = 0;
	for my $try (
		[ "SELECT revision FROM migrate_upgrade('r2', args => '{\"who\": \"me\"}', tag => 'now')", "r1\nr2" ],
		[ "SELECT revision FROM migrate_upgrade('r2')", '' ],
		[ "SELECT revision FROM migrate_current()", 'r2' ],
		[ "SELECT revision, applied FROM migrate_history()", "r3|f\nr2|t\nr1|t" ],
		[ "SELECT what FROM done", "r1 me now\nr2 me" ],
		[ "SELECT migrate_upgrade('head')", qr/division by zero/ ],
		[ "SELECT revision FROM migrate_downgrade('base')", "r2\nr1" ],
		[ "SELECT revision FROM migrate_stamp('r1')", 'r1' ],
		[ "SELECT revision FROM migrate_stamp('base')", qr/^(r1)?$/ ],
		[ "SELECT migrate_revision('m', '', '', rev_id => 'n1', head => 'r2', splice => true)", 'n1' ],
		[ "SELECT migrate_delete('n1')", 'n1' ],
		# a prepared statement lives for a transaction here
		[ "BEGIN; PREPARE up AS SELECT revision FROM migrate_upgrade(\$1); EXECUTE up('r1'); EXECUTE up('r2'); DEALLOCATE up; ROLLBACK", "r1\nr2" ],
		[ "BEGIN; SELECT revision FROM migrate_upgrade('r2', tag => 'rolled back'); ROLLBACK", "r1\nr2" ],
		[ "SELECT count(*) FROM migrate_current()", '0' ])
	{
		my ($sql, $want) = @$try;
		my $got = call($pool, $sql);
		$step++;

		ref $want ? like($got, $want, "$pool: $sql") : is($got, $want, "$pool: $sql");
		is(call($pool, $left), $clean, "$pool: nothing is left after step $step") if $sql =~ /upgrade|downgrade|stamp/;
	}
	is(call($pool, 'DELETE FROM migrate_log'), '', "$pool: cleared");
}

# A client that stays connected, and a question to it.
sub client
{
	my ($pool) = @_;
	my %client = (in => '', out => '', err => '');
	$client{run} = IPC::Run::start(
		[ $node->installed_command('psql'), '-XAtq', '-d', through($pool), '-f', '-' ],
		'<', \$client{in}, '>', \$client{out}, '2>', \$client{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return \%client;
}

sub ask
{
	my ($client, $sql, $wait) = @_;
	my $mark = 'mark' . ++$client->{n};

	$client->{out} = '';
	$client->{in} .= "$sql\n;\n\\echo $mark\n";
	return if defined $wait && !$wait;
	return answer($client);
}

sub answer
{
	my ($client) = @_;
	my $mark = "mark$client->{n}";

	$client->{run}->pump until $client->{out} =~ /$mark\n/;
	my $text = $client->{out};
	$text =~ s/$mark\n//;
	chomp $text;
	return $text . ($client->{err} ne '' ? " $client->{err}" : '');
}

# Two clients take turns.  With a single server connection the second waits for
# the connection, with two it waits for the lock of the run.
for my $pool ('one', 'two')
{
	my ($one, $two) = (client($pool), client($pool));

	is(ask($one, "BEGIN; SELECT revision FROM migrate_upgrade('r2', args => '{\"who\": \"first\"}', tag => 'a')"),
		"r1\nr2", "$pool: the first client runs in a transaction");
	ask($two, "SELECT revision FROM migrate_upgrade('r2', args => '{\"who\": \"second\"}', tag => 'b')", 0);
	$two->{run}->pump_nb;
	if ($pool eq 'two')
	{
		$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND classid = 'pg_extension'::regclass");
	}
	else
	{
		select(undef, undef, undef, 0.3);
	}
	$two->{run}->pump_nb;
	is($two->{out}, '', "$pool: the second client waits");
	is(ask($one, 'COMMIT'), '', "$pool: the first commits");
	is(answer($two), '', "$pool: the second had nothing to do");
	is(ask($two, 'SELECT string_agg(what, \',\') FROM done'), 'r1 first a,r2 first', "$pool: the work was done once, by the first");
	is(ask($one, $left), $clean, "$pool: nothing is left for the first");
	is(ask($two, $left), $clean, "$pool: nothing is left for the second");

	# they take turns, statement by statement
	is(ask($one, "SELECT revision FROM migrate_downgrade('-1')"), 'r2', "$pool: the first goes one back");
	is(ask($two, "SELECT revision FROM migrate_downgrade('-1')"), 'r1', "$pool: the second goes one back");
	is(ask($one, "SELECT revision FROM migrate_upgrade('+1', '{\"who\": \"first\"}', 'x')"), 'r1', "$pool: the first goes one up");
	is(ask($two, "SELECT revision FROM migrate_upgrade('+1')"), 'r2', "$pool: the second goes one up");
	is(ask($one, 'SELECT string_agg(what, \',\') FROM done'), 'r1 first x,r2 nobody', "$pool: the arguments of the one are not the other's");
	is(ask($two, "SELECT revision FROM migrate_downgrade('base')"), "r2\nr1", "$pool: back to base");

	# a client that vanishes in the middle
	is(ask($one, "BEGIN; SELECT revision FROM migrate_upgrade('r2', tag => 'z')"), "r1\nr2", "$pool: the first runs again");
	$one->{run}->kill_kill;
	is(ask($two, "SELECT revision FROM migrate_upgrade('r1', tag => 'after')"), 'r1', "$pool: and vanishes; the second does the work");
	is(ask($two, $left), $clean, "$pool: nothing is left after that");
	is(ask($two, "SELECT revision FROM migrate_downgrade('base'); DELETE FROM migrate_log"), 'r1', "$pool: cleared");
	$two->{in} .= "\\q\n";
	$two->{run}->finish;
}

# Many clients on few connections, with the simple and the extended protocol.
append_to_file("$dir/script.sql", "SELECT * FROM migrate_upgrade('r2', '{\"who\": \"x\"}', 'y');\nSELECT * FROM migrate_current();\n");
for my $protocol ('simple', 'extended')
{
	my ($stdout, $stderr) = run_command(
		[
			$node->installed_command('pgbench'), '-n', '-M', $protocol, '-c', '10', '-t', '20',
			'-h', $dir, '-p', $port, '-U', $user, '-f', "$dir/script.sql", 'two'
		]);
	like($stdout, qr{actually processed: 200/200}, "$protocol protocol: all done");
	unlike($stderr, qr/error|aborted/i, "$protocol protocol: no error");
	is(call('one', 'SELECT count(*) FROM done'), '2', "$protocol protocol: once");
	is(call('one', "SELECT count(*) FROM migrate_downgrade('base')"), '2', "$protocol protocol: back to base");
}

$bouncer->kill_kill;
undef $bouncer;
$node->stop;
done_testing();
