
# Copyright (c) 2026, pgmigrate contributors

# From a real Alembic project (test/alembic/project) to pgmigrate: its revisions
# become revision files (test/alembic/export.py), a database that Alembic has
# migrated is adopted, another one is built from the files, and a third stays
# with Alembic.  All three must be the same, then and after going back and
# forward.  Skipped without Alembic.
#
# PYTHON names an interpreter that has Alembic and psycopg2.

use strict;
use warnings FATAL => 'all';

use FindBin;
use File::Basename qw(basename);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = "$FindBin::RealBin/../alembic/project";
my $export = "$FindBin::RealBin/../alembic/export.py";

# Run a command in the project.  Returns its exit code, output and errors.
sub in_project
{
	my (@command) = @_;
	my ($output, $errors) = ('', '');
	my $ok = eval {
		IPC::Run::run(\@command, '<', \undef, '>', \$output, '2>', \$errors,
			init => sub { chdir $project });
	};

	return (defined $ok ? $? >> 8 : -1, $output, $errors);
}

my ($python) =
  grep { (in_project($_, '-c', 'import alembic, psycopg2'))[0] == 0 }
  grep { defined } $ENV{PYTHON}, '/usr/bin/python3', 'python3';
plan skip_all => 'alembic or psycopg2 is not installed'
  unless defined $python;

$ENV{PYTHONDONTWRITEBYTECODE} = 1;
$ENV{PYTHONIOENCODING} = 'utf-8';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# Run Alembic on a database.
sub alembic
{
	my ($db, @command) = @_;

	local $ENV{DATABASE_URL} =
	  sprintf('postgresql+psycopg2:///%s?host=%s&port=%s', $db, $node->host, $node->port);
	return in_project($python, '-c', 'from alembic.config import main; main()', @command);
}

sub alembic_ok
{
	my ($db, @command) = @_;
	my ($rc, $stdout, $stderr) = alembic($db, @command);

	is($rc, 0, "$db: alembic @command") or diag($stderr);
	return $stdout;
}

# a database with pgmigrate in a schema of its own
sub create_db
{
	my ($db) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	$node->safe_psql($db, "CREATE SCHEMA migrations; CREATE EXTENSION pgmigrate SCHEMA migrations;
		ALTER DATABASE $db SET search_path = public, migrations");
}

# The application's tables, with their rows.
sub dump_of
{
	my ($db) = @_;
	my ($stdout, $stderr) = run_command(
		[ 'pg_dump', '-d', $node->connstr($db), '--inserts', '-N', 'migrations',
			'-T', 'alembic_version', '--no-comments' ]);
	my ($with_comments) = run_command(
		[ 'pg_dump', '-d', $node->connstr($db), '-s', '-t', 'account' ]);

	is($stderr, '', "pg_dump of $db says nothing");
	# the extension, and what newer versions of pg_dump make up
	return join "\n", grep { !/pgmigrate|^\\(un)?restrict/ } split /\n/, "$stdout\n$with_comments";
}

sub same_dumps
{
	my ($what) = @_;
	my $theirs = dump_of('theirs');

	foreach my $db ('adopted', 'built')
	{
		is(dump_of($db), $theirs, "$db: $what: the same as Alembic's");
	}
}

# The same current revisions in all three.
sub same_current
{
	my ($what) = @_;
	my ($rc, $stdout) = alembic('theirs', 'current');
	my $theirs = join "\n", sort map { /^(\w+)/ } split /\n/, $stdout;

	foreach my $db ('adopted', 'built')
	{
		is( $node->safe_psql($db, 'SELECT revision FROM migrate_current() ORDER BY revision COLLATE "C"'),
			$theirs, "$db: $what: the same is current");
	}
}

# Load all files, in the order given.
sub load
{
	my ($db, @files) = @_;
	my ($stdout, $stderr) = ('', '');

	IPC::Run::run([ 'cat', @files ], '|',
		[ 'psql', '-X', '-1', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($db) ],
		'>', \$stdout, '2>', \$stderr);
	is($stderr, '', "$db: the files load");
	return join ' ', sort split /\n/, $stdout;
}

#----------------------------------------------------------------------
# From Python files to revision files
#----------------------------------------------------------------------

my $versions = PostgreSQL::Test::Utils::tempdir() . '/versions';
my ($rc, $stdout, $stderr) = in_project($python, $export, $versions);
is($rc, 1, 'export.py says that something has to be done by hand');
is($stdout, <<"END", 'and what');
b70629415d67: has no downgrade
f5e407293b45: write the upgrade by hand (AttributeError: 'NoneType' object has no attribute 'fetchall')
9 revisions in $versions
END
my @files = sort glob("$versions/*.sql");
is(join(' ', map { basename($_) } @files),
	join(' ', map { basename($_) =~ s/py$/sql/r } sort glob("$project/versions/*.py")),
	'a file for each revision');
unlike(slurp_file($_), qr/alembic_version|Running|^(?:BEGIN|COMMIT)/m, basename($_) . ' has nothing of the bookkeeping')
  foreach @files;

($rc, $stdout, $stderr) = in_project($python, $export, $versions);
is($rc, 1, 'files that are there are not overwritten');
like($stderr, qr/is there already/, 'but told');
($rc, $stdout, $stderr) = in_project($python, $export, '-c', '/nowhere/alembic.ini', "$versions.2");
isnt($rc, 0, 'no project');

create_db($_) foreach 'theirs', 'adopted', 'built', 'behind', 'unfinished';
is(load('unfinished', @files), join(' ', ('added') x 9), 'the files load as they are');
($rc, $stdout, $stderr) = $node->psql('unfinished', q{CALL migrate_upgrade_online('heads')});
like($stderr, qr/write this upgrade by hand.*revision f5e407293b45, upgrade/s, 'and what is to be done by hand cannot be forgotten');

# as the reports says: by hand
my ($by_hand) = grep { /f5e407293b45/ } @files;
my $text = slurp_file($by_hand);
ok($text =~ s/-- The upgrade could.*?END';/ALTER TABLE account ADD COLUMN shown_as text;\nUPDATE account SET shown_as = replace(name, 'a', 'A');/s,
	'one upgrade is written by hand');
unlink $by_hand;
append_to_file($by_hand, $text);

foreach my $db ('adopted', 'built', 'behind')
{
	is(load($db, reverse @files), join(' ', ('added') x 9), "$db: in any order");
	is(load($db, @files), join(' ', ('unchanged') x 9), "$db: again");
}
is(load('unfinished', @files), join(' ', ('unchanged') x 8, 'updated'), 'unfinished: only what was written by hand is new');

# ids, parents, labels, dependencies, dates, messages
is($node->safe_psql('built', q{
	SELECT string_agg(concat_ws('|', revision, down_revision, depends_on, branch_labels, replace(message, E'\n', '\n'),
		created_at AT TIME ZONE 'UTC', downgrade IS NULL), E'\n' ORDER BY revision) FROM migrate_script}), <<'END' =~ s/\n$//r, 'all that Alembic knows is there');
1975ea83b712|{}|{}|{}|Create account table|2011-11-08 11:40:27.089406|f
a6f518304c56|{}|{1975ea83b712,prices}|{audit}|Audit|2012-03-01 00:00:00|f
ae1027a6acf|{1975ea83b712}|{}|{}|Seed accounts: "100 %" of it's data, ’Ünïcödé’ \ backslash\n\nWith a second paragraph.|2011-11-08 10:37:36.714947|f
b1a0c3e5f701|{ae1027a6acf}|{}|{prices}|Add prices|2012-01-02 03:04:05|f
b70629415d67|{a6f518304c56}|{}|{}|Forget the audit's authors|2012-03-02 00:00:00|t
c2b1d4f60812|{ae1027a6acf}|{}|{reports}|Add reports|2012-01-03 03:04:05|f
d3c2e5071923|{b1a0c3e5f701,c2b1d4f60812}|{}|{}|merge prices and reports|2012-02-03 03:04:05|f
e4d3f6182a34|{d3c2e5071923}|{}|{}|Index names, add a kind and use it|2012-02-04 03:04:05|f
f5e407293b45|{e4d3f6182a34}|{}|{}|Copy names, which reads them first|2012-02-05 03:04:05|f
END
like($node->safe_psql('built', q{SELECT transactions FROM migrate_plan('heads') WHERE revision = 'e4d3f6182a34'}),
	qr/\*/, 'an autocommit_block() is cut by itself');

#----------------------------------------------------------------------
# Adopted, built, and left with Alembic
#----------------------------------------------------------------------

alembic_ok($_, 'upgrade', 'heads') foreach 'theirs', 'adopted';
alembic_ok('behind', 'upgrade', 'd3c2e5071923');
$node->safe_psql('built', q{CALL migrate_upgrade_online('heads')});

my $adopt = q{SELECT version, revision, status FROM migrate_adopt('alembic') ORDER BY 1, 2};
my $adopted = <<'END' =~ s/\n$//r;
b70629415d67|b70629415d67|adopted
f5e407293b45|f5e407293b45|adopted
|1975ea83b712|implied
|a6f518304c56|implied
|ae1027a6acf|implied
|b1a0c3e5f701|implied
|c2b1d4f60812|implied
|d3c2e5071923|implied
|e4d3f6182a34|implied
END
is($node->safe_psql('adopted', $adopt), $adopted, 'adopted: a row for each revision');
is($node->safe_psql('adopted', $adopt), $adopted =~ s/adopted/applied/gr, 'adopted: again, nothing new');
is($node->safe_psql('adopted', 'SELECT string_agg(direction, $$ $$) FROM migrate_log'), 'stamp stamp', 'adopted: and nothing written');
is($node->safe_psql('adopted', q{SELECT count(*) FROM migrate_upgrade('heads')}), '0', 'adopted: there is nothing to upgrade');
same_dumps('at the heads');
same_current('at the heads');

# where Alembic was half way, pgmigrate goes on
is($node->safe_psql('behind', $adopt), <<'END' =~ s/\n$//r, 'behind: half way is adopted as half way');
d3c2e5071923|d3c2e5071923|adopted
|1975ea83b712|implied
|ae1027a6acf|implied
|b1a0c3e5f701|implied
|c2b1d4f60812|implied
END
$node->safe_psql('behind', q{CALL migrate_upgrade_online('heads')});
is(dump_of('behind'), dump_of('theirs'), 'behind: goes on to the same');

#----------------------------------------------------------------------
# On from there
#----------------------------------------------------------------------

sub all_go
{
	my ($direction, $target) = @_;

	alembic_ok('theirs', $direction, $target);
	$node->safe_psql($_, "CALL migrate_${direction}_online('$target')") foreach 'adopted', 'built';
	same_dumps("$direction to $target");
	same_current("$direction to $target");
}

all_go('downgrade', 'e4d3f6182a34');
all_go('downgrade', 'd3c2e5071923');

# what has no way back, has none in either
($rc, $stdout, $stderr) = alembic('theirs', 'downgrade', 'audit@-1');
like($stderr, qr/NotImplementedError: what is gone is gone/, 'theirs: no way back');
foreach my $db ('adopted', 'built')
{
	($rc, $stdout, $stderr) = $node->psql($db, q{SELECT * FROM migrate_downgrade('audit@-1')});
	like($stderr, qr/revision "b70629415d67".*irreversible|irreversible.*b70629415d67/s, "$db: no way back");
}
same_dumps('after that');
same_current('after that');

# Adopting what was undone since is refused; nothing is claimed that is not.
($rc, $stdout, $stderr) = $node->psql('adopted', q{SELECT * FROM migrate_adopt('alembic')});
like($stderr, qr/migrate_downgrade\(\) has undone what Alembic says is applied.*Undone here: e4d3f6182a34, f5e407293b45/s,
	'adopted: what was undone is not adopted again');

all_go('upgrade', 'heads');
is($node->safe_psql('adopted', $adopt), $adopted =~ s/adopted/applied/gr, 'adopted: Alembic\'s table says what is');

$node->stop;
done_testing();
