# Seeding at night with a real pg_cron, as the README's "With pg_cron" has it:
# revisions are added to a labelled branch during the day and applied by a job;
# a second job finds nothing to do; a seed that fails leaves no row and is told
# by cron.job_run_details and migrate_log.
#
# What is scheduled for "@reboot" starts at once when the server does, so each
# night is a restart (see 032_pg_cron.pl).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Readme;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');

if (!-e $node->config_data('--sharedir') . '/extension/pg_cron.control')
{
	my $major = $node->pg_version->major;

	plan skip_all => "there is no pg_cron for PostgreSQL $major yet" if $major >= 19;
	fail("pg_cron is installed (Debian: postgresql-$major-cron)");
	done_testing();
	exit;
}

$node->init;
my $host = $node->host;
$node->append_conf(
	'postgresql.conf', qq{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'app'
cron.host = '$host'
client_min_messages = warning
});
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE deployer LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE app OWNER deployer');
$node->safe_psql('app', 'CREATE EXTENSION pgmigrate; GRANT CREATE ON SCHEMA public TO deployer');

sub as
{
	my ($role, $sql) = @_;
	return $node->safe_psql('app', $sql, connstr => $node->connstr('app') . " user=$role");
}

# The jobs run; returns when so many runs have ended.
sub night
{
	my ($runs) = @_;

	$node->safe_psql('app', 'DELETE FROM cron.job_run_details');
	$node->restart;
	$node->poll_query_until('app',
		"SELECT count(*) = $runs FROM cron.job_run_details WHERE status = 'failed' OR status = 'succeeded' AND return_message ~ '^(CALL|SELECT \\d+|\\d+ rows?)\$'"
	) or die "the jobs did not end\n";
	return $node->safe_psql('app',
		"SELECT string_agg(jobname || ' ' || status, ', ' ORDER BY jobname) FROM cron.job_run_details JOIN cron.job USING (jobid)");
}

my $log = "SELECT string_agg(concat_ws(' ', revision, result, sqlstate, statement, ran_as), ', ' ORDER BY id) FROM migrate_log";

#----------------------------------------------------------------------
# What the README says, in its order
#----------------------------------------------------------------------

as('postgres', 'CREATE TABLE asset_type (id int PRIMARY KEY, name text NOT NULL)');
as('postgres', 'GRANT ALL ON asset_type TO deployer');
my ($install, $schedule, $write, $look) = readme_blocks('With pg_cron');
as('postgres', $install);

# pg_cron's launcher may start late, here because its database was made after
# the server, and takes every "@reboot" job that it finds then for one to run.
# Once it has run one, those that are scheduled later wait for the next night.
as('postgres', "SELECT cron.schedule('dawn', '\@reboot', 'SELECT 1')");
night(1);
as('postgres', "SELECT cron.unschedule('dawn')");

my $job = as('deployer', $schedule);
like($job, qr/^\d+$/, 'a job has an id');
is( as('postgres', "SELECT schedule, command, username, database, active FROM cron.job WHERE jobid = $job"),
	"0 4 * * *|CALL public.migrate_upgrade_online('seed\@head')|deployer|app|t", 'and is as it should be');
is(as('deployer', "SELECT migrate_schedule('\@reboot', 'seed\@head', 'seed')"), $job, 'the job of a name is changed');
isnt(as('deployer', "SELECT migrate_schedule('\@reboot', 'seed\@head', 'again', online => false)"), $job, 'another name is another job');
is(as('postgres', "SELECT command FROM cron.job WHERE jobname = 'again'"), "SELECT public.migrate_upgrade('seed\@head')", 'which runs the function');

as('postgres', $write);
is(as('postgres', "SELECT count(*) FROM migrate_plan('seed\@head')"), '2', 'two revisions wait for the night');
is(night(2), 'again succeeded, seed succeeded', 'the jobs succeed');
my ($first, $second) = split /,/, as('postgres', "SELECT string_agg(revision, ',' ORDER BY ordinal) FROM migrate_script");
is(as('postgres', $log), "$first done deployer, $second done deployer", 'each revision ran once, as the role of the job');
is(as('postgres', "SELECT string_agg(name, ',' ORDER BY id) FROM asset_type"), 'BROKERAGE_ACCOUNTS,GOLD', 'the rows are there');

# nothing to do
is(night(2), 'again succeeded, seed succeeded', 'the next night has nothing to do');
is(as('postgres', 'SELECT count(*) FROM migrate_log'), '2', 'and does nothing');

#----------------------------------------------------------------------
# A seed that fails
#----------------------------------------------------------------------

as('postgres', q{SELECT migrate_revision('Wrong', $$
	INSERT INTO asset_type VALUES (6, 'SILVER');
	SELECT migrate_bulk_insert('asset_type', '[{"id": 7, "name": "TIN"}, {"id": "eight", "name": "LEAD"}]');
$$, '', head => 'seed@head', rev_id => 'wrong')});
is(as('deployer', "SELECT migrate_unschedule('again')"), 't', 'a job is removed');
is(as('postgres', 'SELECT count(*) FROM cron.job'), '1', 'and gone');
is(night(1), 'seed failed', 'the job fails');
like(as('postgres', 'SELECT return_message FROM cron.job_run_details'), qr/row 2, key "id": invalid input syntax for type integer: "eight"/, 'and says why');
like(as('postgres', 'SELECT return_message FROM cron.job_run_details'), qr/revision wrong, upgrade, statement 2 of 2/, 'and where');
is(as('postgres', 'SELECT count(*) FROM asset_type'), '2', 'no row is left');
like(as('postgres', $log), qr/, wrong failed 22P02 2 deployer\z/, 'the log has it');
like(as('deployer', $look), qr/failed.*wrong\|failed\|row 2, key/s, 'the README says where to look');
is(as('postgres', 'SELECT count(*) FROM cron.job'), '0', 'and how to stop it');

as('postgres', q{SELECT migrate_edit('wrong', upgrade => $$
	SELECT migrate_bulk_insert('asset_type', '[{"id": 7, "name": "TIN"}, {"id": "8", "name": "LEAD"}]')$$)});
as('deployer', q{SELECT migrate_schedule('@reboot', 'heads')});
is(night(1), 'pgmigrate succeeded', 'corrected, the next night goes on');
is(as('postgres', 'SELECT count(*) FROM asset_type'), '4', 'and the rows are there');

#----------------------------------------------------------------------
# Errors are pg_cron's own
#----------------------------------------------------------------------

my ($rc, $stdout, $stderr) = $node->psql('app', "SELECT migrate_schedule('whenever')");
like($stderr, qr/invalid schedule: whenever/, 'a wrong schedule');
($rc, $stdout, $stderr) = $node->psql('app', "SELECT migrate_unschedule('nobody')");
like($stderr, qr/could not find valid entry for job/, 'an unknown job');
$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN');
$node->safe_psql('app', "SELECT migrate_grant('run', 'clerk')");
($rc, $stdout, $stderr) = $node->psql('app', "SELECT migrate_schedule('0 4 * * *')", connstr => $node->connstr('app') . ' user=clerk');
like($stderr, qr/permission denied for schema cron/, 'a role that may not schedule');
$node->safe_psql('postgres', 'CREATE EXTENSION pgmigrate');
($rc, $stdout, $stderr) = $node->psql('postgres', "SELECT migrate_schedule('0 4 * * *')");
like($stderr, qr/SELECT cron\.schedule_in_database\('pgmigrate', '0 4 \* \* \*', 'CALL public\.migrate_upgrade_online\(''head''\)', 'postgres'\);/,
	'from another database: what to type');

$node->stop;
done_testing();
