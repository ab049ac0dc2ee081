# The section "Seeding" of the README: each command runs, and does what is said.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Readme;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = warning");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pgmigrate');
$node->safe_psql('postgres', 'CREATE TABLE asset_type (id int PRIMARY KEY, name text NOT NULL UNIQUE)');

my %says = (
	"SELECT string_agg(id || name, ',' ORDER BY id) FROM asset_type" => [ 1, '1CHECKING_ACCOUNTS,2SAVINGS_ACCOUNTS' ],
	"SELECT string_agg(name, ',' ORDER BY id) FROM asset_type" => [ 2, 'CHECKING_ACCOUNTS,SAVINGS,REAL_ESTATE' ],
	"SELECT string_agg(asset_label, ',' ORDER BY id) FROM asset_types" => [ 3, 'Checking Accounts,Savings,Real Estate' ],
	"SELECT count(*) FROM deployment WHERE direction = 'upgrade'" => [ 4, '1' ],
	"SELECT count(*) FROM migrate_callback" => [ 4, '0' ]);

my $n = 0;
foreach my $block (readme_blocks('Seeding'))
{
	my ($rc, $stdout, $stderr) = $node->psql('postgres', $block, on_error_stop => 1);

	$n++;
	is($rc, 0, "block $n runs") or diag("$block\n$stderr");
	is($node->safe_psql('postgres', $_), $says{$_}[1], "block $n: $_") foreach grep { $says{$_}[0] == $n } sort keys %says;
}
is($n, 4, 'the section has so many blocks');

# Dump and restore keep what was declared, and that it has run.
my $all = q{SELECT json_agg(t) FROM (SELECT to_json(r) FROM migrate_repeatable r UNION ALL SELECT to_json(c) FROM migrate_callback c
	UNION ALL SELECT to_json(s) FROM migrate_seed s) t};
$node->safe_psql('postgres', q{
	SELECT migrate_set_callback('before_run', 'x', 'SELECT 1');
	SELECT migrate_set_seed('asset_type', '[{"id": 1}]');
	CREATE DATABASE copy;
});
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('postgres') ], 'a dump');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('copy') ], 'is restored');
is($node->safe_psql('copy', $all), $node->safe_psql('postgres', $all), 'repeatables, callbacks and rows are there');
is($node->safe_psql('copy', 'SELECT count(*) FROM migrate_upgrade()'), '0', 'and nothing runs again');

# Nothing to do takes no lock and reads a few rows, with repeatables, too.
my $plan = $node->safe_psql('postgres', q{
	BEGIN;
	SELECT count(*) FROM migrate_upgrade();
	SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND locktype = 'object';
	SELECT pg_current_xact_id_if_assigned() IS NULL;
	COMMIT;
});
is($plan, "0\n0\nt", 'a run that has nothing to do leaves nothing');

$node->stop;
done_testing();
