
# Copyright (c) 2026, pgmigrate contributors

# The section "Coming from Alembic, Flyway, ..." of the README: every command in
# it is run, on databases in which the other tools have left their tables.  That
# these are as the tools make them is tested elsewhere.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my $readme = slurp_file("$top/README.md");
my ($section) = $readme =~ /^(## Coming from Alembic.*?)^## /ms
  or die 'the README has no such section';
my @sql = map { grep { /\S/ } split /(?<=;)[^\n]*\n/, $_ } $section =~ /^```sql\n(.*?)^```/msg;
my @shell = map { split /\n/, $_ } $section =~ /^```sh\n(.*?)^```/msg;

is(scalar(@sql), 8, 'the section has so many statements');
is(scalar(@shell), 3, 'and so many commands');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

my $revisions = q{
	SELECT migrate_revision('Initial schema with all tables', 'CREATE TABLE asset (id int)', 'DROP TABLE asset', rev_id => '1975ea83b712');
	SELECT migrate_revision('Add new column to asset table', 'ALTER TABLE asset ADD note text', 'ALTER TABLE asset DROP note', rev_id => '2ec8169a394e');
	SELECT migrate_revision('Seed asset types reference data', 'INSERT INTO asset VALUES (1)', 'DELETE FROM asset', rev_id => '7de8469a594f');
	CREATE TABLE asset (id int);
};
my $flyway = q{
	CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
		type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
		installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
	INSERT INTO flyway_schema_history VALUES (1, '1', 'Initial schema with all tables', 'SQL', 'V1__x.sql', 1, 'me', now(), 1, true);
};
my $sqitch = q{
	CREATE TABLE %1$s.changes (change_id text PRIMARY KEY, script_hash text, change text NOT NULL, project text NOT NULL,
		note text NOT NULL, committed_at timestamptz NOT NULL DEFAULT now());
	INSERT INTO %1$s.changes VALUES ('c0ffee', 'x', '1975ea83b712', 'flipr', 'A note', now());
};

# What has to be there for a statement, and the row that it must return.
my @cases = (
	[ qr/'alembic'/, "$revisions CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('7de8469a594f')",
		"7de8469a594f|7de8469a594f|adopted|Seed asset types reference data\n|1975ea83b712|implied|Initial schema with all tables\n|2ec8169a394e|implied|Add new column to asset table" ],
	[ qr/'flyway', dry_run/, $revisions . $flyway, '1|1975ea83b712|adopted|Initial schema with all tables' ],
	[ qr/'flyway', history/, $revisions . "CREATE SCHEMA app; SET search_path = app, public; $flyway", '1|1975ea83b712|adopted|Initial schema with all tables' ],
	[ qr/'sqitch', project/, $revisions . 'CREATE SCHEMA sqitch;' . sprintf($sqitch, 'sqitch') . q{INSERT INTO sqitch.changes VALUES ('bad', 'y', 'other', 'other', '', now())},
		'1975ea83b712|1975ea83b712|adopted|A note' ],
	[ qr/'sqitch', history/, $revisions . 'CREATE SCHEMA registry;' . sprintf($sqitch, 'registry'), '1975ea83b712|1975ea83b712|adopted|A note' ],
	[ qr/'rails'/, $revisions . q{CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20240131120000')},
		'20240131120000|1975ea83b712|adopted|Initial schema with all tables' ],
	[ qr/migrate_baseline\('As it was'\)/, 'CREATE TABLE asset (id int)', qr/^[0-9a-f]{12}$/ ],
	[ qr/migrate_baseline\('As it was', exclude/, "CREATE TABLE asset (id int); $flyway", qr/^[0-9a-f]{12}$/ ]);

sub create_db
{
	my ($db) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	$node->safe_psql($db, 'CREATE EXTENSION pgmigrate');
}

foreach my $statement (@sql)
{
	my ($i) = grep { $statement =~ $cases[$_][0] } 0 .. $#cases;

	ok(defined $i, "it is known what this needs: $statement") or next;
	create_db("case$i");
	$node->safe_psql("case$i", $cases[$i][1]);
	my $result = $node->safe_psql("case$i", $statement);
	ref $cases[$i][2] ? like($result, $cases[$i][2], 'it works') : is($result, $cases[$i][2], 'it works');
}
is($node->safe_psql('case1', 'SELECT count(*) FROM migrate_log'), '0', 'a dry run writes nothing');
my $upgrade = $node->safe_psql('case7', 'SELECT upgrade, downgrade FROM migrate_show()');
like($upgrade, qr/CREATE TABLE public\.asset/, 'the baseline has the table');
unlike($upgrade, qr/flyway/, 'and not what is left out');

# The commands, in a project of Alembic's at home.
SKIP:
{
	my ($python) = grep { system("$_ -c 'import alembic, psycopg2' 2>/dev/null") == 0 } grep { defined } $ENV{PYTHON}, '/usr/bin/python3', 'python3';
	skip 'alembic or psycopg2 is not installed', 4 unless defined $python;
	my $home = PostgreSQL::Test::Utils::tempdir();

	system("cp -r '$top/test/alembic/project' '$home/shop'") == 0 or die;
	# one that cannot be printed makes the first command fail, which is tested elsewhere
	unlink glob("$home/shop/versions/f5e407293b45*");
	create_db('shop');
	$node->safe_psql('shop', q{CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('d3c2e5071923')});
	local %ENV = (%ENV, HOME => $home, PGHOST => $node->host, PGPORT => $node->port, PYTHONDONTWRITEBYTECODE => 1);
	my $output = '';
	foreach my $command (@shell)
	{
		my $here = $command =~ s/^python3/$python/r =~ s{/tmp/versions}{$home/versions}gr;

		ok(IPC::Run::run([ 'sh', '-c', "cd '$top' && $here" ], '<', \undef, '>', \$output, '2>&1'), $command) or diag($output);
	}
	like($output, qr/d3c2e5071923 \| d3c2e5071923 \| adopted/, 'and the database knows where it is');
}

$node->stop;
done_testing();
