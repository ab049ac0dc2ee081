
# Copyright (c) 2026, pgmigrate contributors

# From Sqitch itself to pgmigrate: projects are deployed with Sqitch, and
# adopted by revisions that have the names of its changes.  Skipped without
# Sqitch or its driver (Debian: sqitch, libdbd-pg-perl).

use strict;
use warnings FATAL => 'all';

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $project;

$ENV{HOME} = $dir;
$ENV{SQITCH_FULLNAME} = 'Ada Lovelace';
$ENV{SQITCH_EMAIL} = 'ada@example.com';

# Run a command in the project.  Returns its exit code and all that it prints.
sub in_project
{
	my (@command) = @_;
	my $output = '';
	my $ok = eval {
		IPC::Run::run(\@command, '<', \undef, '>', \$output, '2>&1',
			init => sub { chdir($project // $dir) });
	};

	return (defined $ok ? $? >> 8 : -1, $output);
}

plan skip_all => 'sqitch is not installed' if (in_project('sqitch', '--version'))[0] != 0;
plan skip_all => 'DBD::Pg is not installed' if (in_project('perl', '-MDBD::Pg', '-e', '1'))[0] != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

sub sqitch
{
	my (@arguments) = @_;
	my ($rc, $output) = in_project('sqitch', @arguments);

	is($rc, 0, "sqitch @arguments[0 .. ($#arguments > 1 ? 1 : $#arguments)]") or diag($output);
	return $output;
}

sub uri
{
	my ($db) = @_;

	return sprintf('db:pg:///%s?host=%s;port=%s', $db, $node->host, $node->port);
}

# Add a change with its scripts.
sub add_change
{
	my ($command, $name, $deploy, $revert, @options) = @_;

	sqitch($command, $name, '-n', "Note of $name", @options);
	foreach ([ 'deploy', $deploy ], [ 'revert', $revert ])
	{
		my ($kind, $sql) = @$_;

		unlink "$project/$kind/$name.sql";
		append_to_file("$project/$kind/$name.sql", "BEGIN;\n$sql;\nCOMMIT;\n");
	}
}

sub begin_project
{
	my ($name) = @_;

	$project = "$dir/$name";
	mkdir $project;
	sqitch('init', $name, '--engine', 'pg');
}

my $adopt = 'SELECT version, revision, status, description FROM migrate_adopt($$sqitch$$';

$node->safe_psql('postgres', 'CREATE DATABASE app TEMPLATE template0');
$node->safe_psql('app', 'CREATE SCHEMA migrations; CREATE EXTENSION pgmigrate SCHEMA migrations;
	ALTER DATABASE app SET search_path = public, migrations');

#----------------------------------------------------------------------
# One project, deployed in part
#----------------------------------------------------------------------

begin_project('flipr');
add_change('add', 'appschema', 'CREATE SCHEMA flipr', 'DROP SCHEMA flipr');
add_change('add', 'users', 'CREATE TABLE flipr.users (nick text PRIMARY KEY)', 'DROP TABLE flipr.users', '-r', 'appschema');
add_change('add', 'größe-2', 'ALTER TABLE flipr.users ADD COLUMN "größe" int', 'ALTER TABLE flipr.users DROP COLUMN "größe"', '-r', 'users');
sqitch('deploy', '--to', 'users', uri('app'));

# The same changes as revisions: by id, by label, and by message, since a name
# of Sqitch's may have characters that an id may not.
my $load = q{
	SELECT migrate_revision('Add the schema', 'CREATE SCHEMA flipr', 'DROP SCHEMA flipr', rev_id => 'appschema');
	SELECT migrate_revision('Add users', 'CREATE TABLE flipr.users (nick text PRIMARY KEY)', 'DROP TABLE flipr.users', rev_id => 'f2', branch_label => 'users');
	SELECT migrate_revision('größe-2', 'ALTER TABLE flipr.users ADD COLUMN "größe" int', 'ALTER TABLE flipr.users DROP COLUMN "größe"', rev_id => 'f3')};
$node->safe_psql('app', $load);

is($node->safe_psql('app', "$adopt)"), <<'END' =~ s/\n$//r, 'what is deployed is adopted');
appschema|appschema|adopted|Note of appschema
users|f2|adopted|Note of users
END
is($node->safe_psql('app', 'SELECT revision FROM migrate_current()'), 'f2', 'no more and no less is current');
sqitch('deploy', uri('app'));
is($node->safe_psql('app', "$adopt)"), <<'END' =~ s/\n$//r, 'Sqitch goes on, and so does adopting');
appschema|appschema|applied|Note of appschema
users|f2|applied|Note of users
größe-2|f3|adopted|Note of größe-2
END
is($node->safe_psql('app', 'SELECT revision FROM migrate_current()'), 'f3', 'what was deployed since is current');

# pgmigrate goes on
$node->safe_psql('app', q{SELECT migrate_downgrade('f2'); SELECT migrate_upgrade('head')});
is($node->safe_psql('app', "SELECT count(*) FROM migrate_adopt('sqitch') WHERE status = 'applied'"), '3', 'back and forward: the same is applied');

# the same table made by both
$node->safe_psql('postgres', 'CREATE DATABASE built TEMPLATE template0');
$node->safe_psql('built', "CREATE SCHEMA migrations; CREATE EXTENSION pgmigrate SCHEMA migrations;
	ALTER DATABASE built SET search_path = public, migrations");
$node->safe_psql('built', $load);
$node->safe_psql('built', q{SELECT migrate_upgrade('head')});
my ($theirs) = run_command([ 'pg_dump', '-d', $node->connstr('app'), '-n', 'flipr' ]);
my ($ours) = run_command([ 'pg_dump', '-d', $node->connstr('built'), '-n', 'flipr' ]);
is($ours =~ s/^\\(?:un)?restrict.*$//gmr, $theirs =~ s/^\\(?:un)?restrict.*$//gmr, 'the tables are the same');

#----------------------------------------------------------------------
# A change that is reworked, another project, another registry
#----------------------------------------------------------------------

sqitch('tag', 'v1', '-n', 'Version one');
add_change('rework', 'users', 'ALTER TABLE flipr.users ADD COLUMN since date', 'ALTER TABLE flipr.users DROP COLUMN since');
sqitch('deploy', uri('app'));
$node->safe_psql('app', q{SELECT migrate_revision('Users have a date', 'ALTER TABLE flipr.users ADD COLUMN since date', 'ALTER TABLE flipr.users DROP COLUMN since', rev_id => 'f4')});
my ($rc, $stdout, $stderr) = $node->psql('app', "$adopt)");
like($stderr, qr/not clear which revisions.*"users" \([0-9a-f]{40}\) could be: f2\n"users" \([0-9a-f]{40}\) could be: f2/s, 'a name that is there twice is ambiguous');
my $second = $node->safe_psql('app', "SELECT change_id FROM sqitch.changes WHERE change = 'users' ORDER BY committed_at DESC LIMIT 1");
is($node->safe_psql('app', "$adopt, map => '{\"$second\": \"f4\"}')"), <<'END' =~ s/\n$//r, 'the map tells them apart');
appschema|appschema|applied|Note of appschema
users|f2|applied|Note of users
größe-2|f3|applied|Note of größe-2
users|f4|adopted|Note of users
END

begin_project('audit');
add_change('add', 'log', 'CREATE TABLE flipr.log (entry text)', 'DROP TABLE flipr.log');
sqitch('deploy', uri('app'));
$node->safe_psql('app', q{SELECT migrate_revision('log', 'CREATE TABLE flipr.log (entry text)', 'DROP TABLE flipr.log', head => 'base', rev_id => 'a1')});
($rc, $stdout, $stderr) = $node->psql('app', "$adopt)");
like($stderr, qr/Sqitch has deployed 2 projects.*audit, flipr|Sqitch has deployed 2 projects.*flipr, audit/s, 'two projects');
is($node->safe_psql('app', "$adopt, project => 'audit')"), 'log|a1|adopted|Note of log', 'one of them');
is($node->safe_psql('app', 'SELECT string_agg(revision, $$ $$ ORDER BY revision) FROM migrate_current()'), 'a1 f4', 'both are current');

sqitch('deploy', '--registry', 'My Registry', uri('built'));
($rc, $stdout, $stderr) = $node->psql('built', "$adopt)");
like($stderr, qr/there is no history of Sqitch: table sqitch.changes does not exist/, 'another registry has to be named');
($rc, $stdout, $stderr) = $node->psql('built', "$adopt, history => '\"My Registry\"')");
like($stderr, qr/no revision is there for what Sqitch has applied.*The versions are: log/s, 'the registry is found');

# A revert is told, and nothing is taken back by itself.
$project = "$dir/flipr";
sqitch('revert', '-y', '--to', 'größe-2', uri('app'));
($rc, $stdout, $stderr) = $node->psql('app', "$adopt, project => 'flipr')");
like($stderr, qr/WARNING:  revisions are applied here that Sqitch does not know of\nDETAIL:  They are: f4/, 'what Sqitch has reverted is told');
like($stdout, qr/^\|f4\|only here\|/m, 'and in the rows');
is($node->safe_psql('app', q{SELECT migrate_stamp('f3'); SELECT count(*) FROM migrate_adopt('sqitch', project => 'flipr') WHERE status = 'applied'}) =~ s/.*\n//sr,
	'3', 'until the user says where the database is');

$node->stop;
done_testing();
