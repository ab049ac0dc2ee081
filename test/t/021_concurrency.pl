# Fifty sessions that call migrate_upgrade('head') at once on a new database, and
# some of them migrate_upgrade_online('head').  (Online runs among themselves are
# in 030_online.pl.)
#
# They are held at a barrier, an advisory lock, until all fifty have arrived;
# with a snapshot taken before the barrier in REPEATABLE READ and SERIALIZABLE.
# The scripts insert into a table without a unique constraint, so that a step
# that ran twice would show.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 50;
my $steps = 10;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 70\nclient_min_messages = warning");
$node->start;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $round = 0;

# Run the given pgbench script with fifty clients, released at the same time.
# Returns what pgbench wrote and the name of the database.
sub stampede
{
	my ($script) = @_;
	my $db = 'stampede' . ++$round;

	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION pgmigrate; CREATE TABLE done (what text)');
	$node->safe_psql($db,
		"SELECT migrate_revision('step $_', 'CREATE TABLE t$_ (i int); INSERT INTO done VALUES (''up $_'')', 'DROP TABLE t$_; INSERT INTO done VALUES (''down $_'')', rev_id => 'r$_')"
	) for 1 .. $steps;
	append_to_file("$dir/$db.sql", $script);

	my $barrier = $node->background_psql($db);
	$barrier->query_safe('SELECT pg_advisory_lock(1)');
	my ($out, $err) = ('', '');
	my $pgbench = IPC::Run::start(
		[
			$node->installed_command('pgbench'), '-n', '-c', $clients, '-j', '2', '-t', '1',
			'-h', $node->host, '-p', $node->port, '-f', "$dir/$db.sql", $db
		],
		'>', \$out, '2>', \$err,
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$node->poll_query_until($db,
		"SELECT count(*) = $clients FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = '$db')"
	) or die 'the clients did not arrive';
	$barrier->query_safe('SELECT pg_advisory_unlock(1)');
	$pgbench->finish;
	$barrier->quit;
	return ("$out$err", $db);
}

# The work was done once.
sub once_ok
{
	my ($db, $name) = @_;

	is( $node->safe_psql($db, 'SELECT count(*), count(DISTINCT what) FROM done'),
		"$steps|$steps", "$name: every step ran once");
	is($node->safe_psql($db, 'SELECT revision FROM migrate_version'), "r$steps", "$name: at head");
	is( $node->safe_psql($db, 'SELECT count(*), min(id), max(id), count(DISTINCT revision) FROM migrate_log'),
		"$steps|1|$steps|$steps",
		"$name: one row in the log for each step");
	return;
}

# READ COMMITTED: nobody gets an error.
for my $case (
	[ 'one command', "SELECT pg_advisory_lock_shared(1);\nSELECT * FROM migrate_upgrade('head');\n" ],
	[
		'functions and procedures',
		"\\set way random(0, 1)\nSELECT pg_advisory_lock_shared(1);\n\\if :way\nSELECT * FROM migrate_upgrade('head');\n\\else\nCALL migrate_upgrade_online('head');\n\\endif\n"
	],
	[
		'in a transaction',
		"BEGIN;\nSELECT pg_advisory_lock_shared(1), count(*) FROM migrate_log;\nSELECT * FROM migrate_upgrade('head');\nSELECT * FROM migrate_upgrade('head');\nCOMMIT;\n"
	])
{
	my ($name, $script) = @$case;
	my ($log, $db) = stampede($script);

	like($log, qr/number of transactions actually processed: $clients\/$clients/, "$name: all clients finished");
	unlike($log, qr/error|aborted|ERROR/, "$name: without an error");
	once_ok($db, $name);
}

# Who has looked before, and saw that there is something to do.
my ($log, $db) = stampede(
	"SELECT pg_advisory_lock_shared(1);\nSELECT count(*) AS n FROM migrate_plan('heads') \\gset\n\\if :n > 0\nSELECT * FROM migrate_upgrade('head');\n\\endif\n"
);
unlike($log, qr/aborted|ERROR/, 'a plan and an upgrade: without an error');
once_ok($db, 'a plan and an upgrade');

# With a snapshot from before: a serialization failure is allowed, nothing else.
for my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	($log, $db) = stampede(
		"BEGIN ISOLATION LEVEL $level;\nSELECT count(*) FROM migrate_log;\nSELECT pg_advisory_lock_shared(1);\nSELECT * FROM migrate_upgrade('head');\nCOMMIT;\n"
	);
	like($log, qr/number of failed transactions: \d+|number of transactions actually processed/, "$level: pgbench finished");
	my ($processed) = $log =~ m{number of transactions actually processed: (\d+)};
	my ($failed) = $log =~ m{number of failed transactions: (\d+)};
	is($processed + $failed, $clients, "$level: every client has done it or got a serialization failure");
	cmp_ok($processed, '>=', 1, "$level: somebody has done it");
	unlike($log, qr/aborted|ERROR/, "$level: no other error");
	once_ok($db, $level);
}

# Up and down at the same time, in one transaction or in many: whatever the order,
# rows, tables and log agree.
($log, $db) = stampede(
	"\\set way random(0, 3)\nSELECT pg_advisory_lock_shared(1);\n\\if :way = 0\nSELECT * FROM migrate_upgrade('head');\n\\elif :way = 1\nCALL migrate_upgrade_online('head');\n\\elif :way = 2\nCALL migrate_downgrade_online('base');\n\\else\nSELECT * FROM migrate_downgrade('base');\n\\endif\n"
);
like($log, qr/number of transactions actually processed: $clients\/$clients/, 'up and down: all clients finished');
unlike($log, qr/aborted|ERROR/, 'up and down: without an error');
is( $node->safe_psql($db,
		"SELECT (SELECT count(*) FROM migrate_log) = (SELECT count(*) FROM done), (SELECT count(*) FROM done WHERE what ~ 'up') - (SELECT count(*) FROM done WHERE what ~ 'down') = (SELECT count(*) FROM pg_class WHERE relname ~ '^t\\d+\$'), (SELECT count(*) FROM pg_class WHERE relname ~ '^t\\d+\$') = CASE WHEN EXISTS (SELECT FROM migrate_version) THEN $steps ELSE 0 END, (SELECT count(*) = max(id) FROM migrate_log)"
	),
	't|t|t|t',
	'up and down: log, tables and current revision agree');

# Fifty writers on one head: the chain has fifty links, and no branch.
($log, $db) = stampede("SELECT pg_advisory_lock_shared(1);\nSELECT migrate_revision('by ' || :client_id, '', '');\n");
unlike($log, qr/aborted|ERROR/, 'fifty writers: without an error');
is( $node->safe_psql($db,
		"SELECT (SELECT count(*) FROM migrate_script), (SELECT count(*) FROM migrate_heads()), (SELECT count(*) FROM migrate_branches()), (SELECT count(DISTINCT ordinal) FROM migrate_script)"
	),
	($steps + $clients) . '|1|0|' . ($steps + $clients),
	'fifty writers: one chain');

$node->stop;
done_testing();
