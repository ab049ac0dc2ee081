# An application whose models are SQLAlchemy's, as a Poetry project (test/orm):
# create_all() fills a schema, which is the model; revisions are generated from
# it, the application works on what they make, its models change, and the next
# revision is generated.  The same with a dump as the model.  Without
# SQLAlchemy this is skipped; without Poetry the application is started by
# Python itself.
#
# PYTHON names an interpreter that has SQLAlchemy and psycopg2.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../bench";

use Dump;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = "$FindBin::RealBin/../orm";

# Run a command in the project.  Returns its exit code, output and errors.
sub in_project
{
	my (@command) = @_;
	my ($output, $errors) = ('', '');

	my $ok = eval { IPC::Run::run(\@command, '<', \undef, '>', \$output, '2>', \$errors, init => sub { chdir $project }) };
	return (defined $ok ? $? : -1, $output, $errors);
}

my ($python) = grep { (in_project($_, '-c', 'import sqlalchemy, psycopg2'))[0] == 0 }
  grep { defined } $ENV{PYTHON}, '/usr/bin/python3', 'python3';
plan skip_all => 'SQLAlchemy or psycopg2 is not installed' unless defined $python;

# Poetry is to take the packages of the system, not to install its own.
$ENV{POETRY_VIRTUALENVS_CREATE} = 'false';
$ENV{PYTHONDONTWRITEBYTECODE} = 1;
my @run = ($python, '-m', 'asset_app');
my @run_slowly = @run;

SKIP:
{
	skip 'Poetry is not installed', 2 if (in_project('poetry', '--version'))[0] != 0;
	my ($rc, $stdout, $stderr) = in_project('poetry', 'check');
	is($rc, 0, 'the project is one for Poetry') or diag("$stdout$stderr");
	($rc, $stdout, $stderr) = in_project('poetry', 'run', $python, '-c', 'import asset_app; print(asset_app.__name__)');
	is($stdout, "asset_app\n", 'which can run it') or diag($stderr);
	unshift @run_slowly, 'poetry', 'run' if $rc == 0;
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;

# Run the application on a database, as a role.  Returns what it prints.  One
# database is enough for Poetry, which takes its time.
sub app
{
	my ($db, @command) = @_;
	my $user = $db eq 'shop' ? 'clerk@' : '';

	local $ENV{DATABASE_URL} = sprintf('postgresql+psycopg2://%s/%s?host=%s&port=%s', $user, $db, $node->host, $node->port);
	my ($rc, $stdout, $stderr) = in_project($db eq 'assets' ? @run_slowly : @run, @command);
	is($rc, 0, "$db: the application runs: @command") or diag($stderr);
	return $stdout;
}

sub sql
{
	my ($db, $sql) = @_;

	return $node->safe_psql($db, $sql, $db eq 'shop' ? (connstr => $node->connstr($db) . ' user=clerk') : ());
}

# a database with the extension in a schema of its own
sub create_db
{
	my ($db) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	$node->safe_psql($db, 'CREATE SCHEMA migrations; CREATE EXTENSION pgmigrate SCHEMA migrations');
	$node->safe_psql('postgres', "ALTER DATABASE $db SET search_path = public, migrations");
}

# the statements of a dump, without our own
sub dump_of
{
	my ($db, @options) = @_;
	my ($out, $err) = run_command([ 'pg_dump', '--schema-only', @options, '-d', $node->connstr($db) ]);

	is($err, '', "pg_dump of $db says nothing");
	return join "\n", statements($out, qr/^(?:CREATE EXTENSION|COMMENT ON EXTENSION|CREATE SCHEMA|ALTER SCHEMA) (?:IF NOT EXISTS )?(?:pgmigrate|migrations)\b/);
}

#----------------------------------------------------------------------
# From models to a database, and on
#----------------------------------------------------------------------

my $assets1 = <<'END';
Ada|12345|real_estate|Villa|250000.50|EUR|{'rooms': 7}|['Home', 'Haus']|None|['house']
Ada|12345|checking_account|Daily|0.00|EUR|{}|[]|None|['cash', 'house']
Bob|None|savings_account|Rainy days|10.00|EUR|{}|[]|2026-01-31|[]
END
my $assets2 = <<'END';
Ada|real_estate|Villa|250000.50|EUR|{'rooms': 7}|['Home', 'Haus']|False|['house']|None|London|['1.00', '2.00']
Ada|checking_account|Daily|0.00|EUR|{}|[]|False|['cash', 'house']|None|None|[]
Bob|savings_account|Rainy days|10.00|EUR|{}|[]|True|[]|None|None|[]
Ada|brokerage_account|Shares|0.00|USD|{}|[]|False|['risk']|Villa|None|[]
END
my $renames = q{'{"%1$sasset.kind": "%1$sasset.type_name"}'};

# The whole life of the application in a database.
sub live
{
	my ($db, $schema, $how) = @_;
	my $table = $schema eq 'public' ? '' : "$schema.";
	my $renamed = sprintf($renames, $table);

	local $ENV{ASSET_SCHEMA} = $schema;

	app($db, 'model');
	is(sql($db, "SELECT migrate_revision('First models', autogenerate => true, $how, rev_id => 'm1')"), 'm1', "$db: a revision from the models");
	is(sql($db, 'SELECT revision FROM migrate_upgrade()'), 'm1', "$db: which runs");
	is(sql($db, "SELECT count(*) FROM migrate_diff($how)"), '0', "$db: then there is no difference");
	is(sql($db, "SELECT migrate_revision('Nothing', autogenerate => true, $how) IS NULL"), 't', "$db: and nothing more to do");

	app($db, 'fill');
	is(app($db, 'list'), $assets1, "$db: the application works");

	app($db, 'model', '2');
	is( sql($db, "SELECT hazard FROM migrate_diff($how, renames => $renamed) WHERE kind = 'column' AND identity = '$schema.owner.fax'") =~ /deletes data/ ? 1 : 0,
		1, "$db: what would be lost is said");
	is( sql($db, "SELECT count(*) FROM migrate_diff($how, renames => $renamed) WHERE hazard ~ 'deletes data'"), '1', "$db: it is one column");
	is( sql($db, "SELECT migrate_revision('Second models', autogenerate => true, $how, renames => $renamed, rev_id => 'm2')"),
		'm2', "$db: a revision from the changed models");
	is(sql($db, 'SELECT revision FROM migrate_upgrade()'), 'm2', "$db: which runs with the rows that are there");
	is(sql($db, "SELECT count(*) FROM migrate_diff($how)"), '0', "$db: then there is no difference");
	is(sql($db, "SELECT migrate_revision('Nothing', autogenerate => true, $how) IS NULL"), 't', "$db: and nothing more to do");
	my $target = $how =~ /'(.*)'/ ? $1 : '';
	is(sql($db, "SET pgmigrate.model_schema = '$target'; SELECT count(*) FROM migrate_check()") > 0 ? 1 : 0, 1, "$db: migrate_check says so, too");

	app($db, 'fill2');
	is(app($db, 'list2'), $assets2, "$db: the changed application works, with the old rows and new ones");

	# a label that is in use cannot go
	my ($rc, $stdout, $stderr) = $node->psql($db, 'SELECT migrate_downgrade(-1)', $db eq 'shop' ? (connstr => $node->connstr($db) . ' user=clerk') : ());
	like($stderr, qr/brokerage_account/, "$db: rows that the first models cannot have keep from going back");
	is(app($db, 'list2'), $assets2, "$db: then nothing has changed");
	sql($db, "DELETE FROM ${table}asset WHERE name = 'Shares'");
	is(sql($db, 'SELECT revision FROM migrate_downgrade(-1)'), 'm2', "$db: without them it goes back");
	is(app($db, 'list'), $assets1 =~ s/12345/None/gr, "$db: and the application of the first models works, but for the fax");
	app($db, 'model');
	is(sql($db, "SELECT count(*) FROM migrate_diff($how)"), '0', "$db: there is no difference to the first models");
	is(sql($db, 'SELECT count(*) FROM migrate_upgrade()'), '1', "$db: forward again");
	is(sql($db, 'SELECT count(*) FROM migrate_downgrade(\'base\')'), '2', "$db: and back to nothing");
	is( sql($db, "SELECT count(*) FROM pg_class WHERE relnamespace = '$schema'::regnamespace") . sql($db, "SELECT count(*) FROM pg_type WHERE typnamespace = '$schema'::regnamespace"),
		'00', "$db: nothing is left");
}

create_db('assets');
live('assets', 'public', "model_schema => 'app_model'");

# As a role that owns its schema and is no superuser, in another schema, which
# the search path of the scripts does not name.
create_db('shop');
$node->safe_psql('shop', q{
	CREATE ROLE clerk LOGIN;
	GRANT CREATE ON DATABASE shop TO clerk;
	CREATE SCHEMA asset AUTHORIZATION clerk;
	SELECT migrate_grant(p, 'clerk') FROM unnest('{look,write,run}'::text[]) p});
live('shop', 'asset', "model_schema => 'app_model=asset'");

#----------------------------------------------------------------------
# A dump as the model
#----------------------------------------------------------------------

my $dir = PostgreSQL::Test::Utils::tempdir();

# The schema of the models, as a file that pg_dump writes
foreach my $version ('1', '2')
{
	$node->safe_psql('postgres', "CREATE DATABASE models$version TEMPLATE template0");
	app("models$version", 'create', $version eq '2' ? '2' : ());
	$node->command_ok([ 'pg_dump', '--schema-only', '-f', "$dir/models$version.sql", '-d', $node->connstr("models$version") ],
		"a dump of models $version");
}

create_db('dumped');
my $set = sub {
	my ($version) = @_;

	return sql('dumped', "\\set model `cat $dir/models$version.sql`\nSELECT migrate_set_model(:'model') > 20");
};
is($set->('1'), 't', 'the dump is a model');
is(sql('dumped', "SELECT migrate_revision('First', autogenerate => true, rev_id => 'd1')"), 'd1', 'a revision from it');
is(sql('dumped', 'SELECT revision FROM migrate_upgrade()'), 'd1', 'which runs');
is(dump_of('dumped'), dump_of('models1'), 'then pg_dump says the same of both');
is(sql('dumped', "SELECT migrate_revision('Nothing', autogenerate => true) IS NULL"), 't', 'and there is nothing more to do');
app('dumped', 'fill');
is(app('dumped', 'list'), $assets1, 'the application works');

is($set->('2'), 't', 'the next dump is a model');
isnt(sql('dumped', "SELECT count(*) FROM migrate_check(strict => false) WHERE NOT ok"), '0', 'migrate_check sees a difference');
is( sql('dumped', "SELECT migrate_revision('Second', autogenerate => true, rev_id => 'd2', renames => " . sprintf($renames, '') . ')'),
	'd2', 'a revision from it');
is(sql('dumped', 'SELECT revision FROM migrate_upgrade()'), 'd2', 'which runs');
is(dump_of('dumped'), dump_of('models2'), 'then pg_dump says the same of both');
is(sql('dumped', "SELECT count(*) FROM migrate_check() WHERE NOT ok"), '0', 'migrate_check sees no difference');
app('dumped', 'fill2');
is(app('dumped', 'list2'), $assets2, 'the application works');
sql('dumped', "DELETE FROM asset WHERE name = 'Shares'");
is(sql('dumped', "SELECT count(*) FROM migrate_downgrade('d1')"), '1', 'back to the first dump');
is(dump_of('dumped'), dump_of('models1'), 'pg_dump says the same of both');
is(app('dumped', 'list'), $assets1 =~ s/12345/None/gr, 'and the rows are there');

#----------------------------------------------------------------------
# Four processes that start at once
#----------------------------------------------------------------------

# The database has the scripts, and nothing else; each process upgrades first.
create_db('fresh');
app('fresh', 'model');
sql('fresh', "SELECT migrate_revision('Models', autogenerate => true, model_schema => 'app_model', rev_id => 'f1')");
sql('fresh', "DROP SCHEMA app_model CASCADE");
sql('fresh', q{SELECT migrate_revision('First owner', $$
	SELECT migrate_bulk_insert('owner', '[{"name": "Ada", "email": "ada@example.org", "is_active": true}]');
	SELECT pg_sleep(1);
$$, 'DELETE FROM owner', rev_id => 'f2')});
my $at = time + 4;
my @started;
{
	local $ENV{DATABASE_URL} = sprintf('postgresql+psycopg2:///fresh?host=%s&port=%s', $node->host, $node->port);

	foreach my $process (1 .. 4)
	{
		my ($output, $errors) = ('', '');

		push @started, { output => \$output, errors => \$errors };
		$started[-1]{handle} = IPC::Run::start([ @run, 'serve', $at ], '<', \undef, '>', \$output, '2>', \$errors, init => sub { chdir $project });
	}
	foreach my $process (@started)
	{
		$process->{handle}->finish;
		is($process->{handle}->result(0), 0, 'a process starts') or diag(${ $process->{errors} });
	}
}
is(join(' ', sort map { chomp(my $line = ${ $_->{output} }); $line } @started), '0|0 0|0 0|0 2|0', 'one of them took the two steps, and all can work');
is(sql('fresh', "SELECT string_agg(revision || ' ' || result, ',' ORDER BY id) FROM migrate_log"), 'f1 done,f2 done', 'each ran once');
is(sql('fresh', 'SELECT count(*) FROM owner'), '1', 'and so did the seed');
is(app('fresh', 'serve'), "0|0\n", 'one that starts later has nothing to do');

# a dump with data is none
$node->command_ok([ 'pg_dump', '-f', "$dir/data.sql", '-T', 'migrations.*', '-d', $node->connstr('dumped') ], 'a dump with data');
my ($rc, $stdout, $stderr) = $node->psql('dumped', "\\set model `cat $dir/data.sql`\nSELECT migrate_set_model(:'model')");
like($stderr, qr/COPY FROM STDIN cannot be used in a model.*--schema-only.*model part "default", line \d+/s, 'is refused with its line');

$node->stop;
done_testing();
