# Jobs of a real pg_cron, in both of its ways to run them, as a client of the
# server and in a background worker: an online run with concurrent indexes, and
# a run that loads reference data.  A run that fails is a job that failed, with
# its message, and leaves nothing half done; the next night goes on.
#
# pg_cron looks at its schedule once a minute, but starts what is scheduled for
# "@reboot" at once, in the same way.  So each night is a restart here, of both
# servers at the same time.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @modes = ('client', 'worker');
my %node = map { $_ => PostgreSQL::Test::Cluster->new($_) } @modes;

if (!-e $node{client}->config_data('--sharedir') . '/extension/pg_cron.control')
{
	my $major = $node{client}->pg_version->major;

	# Whoever tests a version that has it shall not miss that this was left out.
	plan skip_all => "there is no pg_cron for PostgreSQL $major yet" if $major >= 19;
	fail("pg_cron is installed (Debian: postgresql-$major-cron)");
	done_testing();
	exit;
}

# The jobs belong to a role that may run, and owns what it makes; the scripts
# were written by a superuser.
foreach my $mode (@modes)
{
	my $node = $node{$mode};
	my ($host, $workers) = ($node->host, $mode eq 'worker' ? 'on' : 'off');

	$node->init;
	# the host is the socket's directory: nothing listens on TCP
	$node->append_conf(
		'postgresql.conf', qq{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = $workers
cron.host = '$host'
max_worker_processes = 16
max_prepared_transactions = 2
});
	$node->start;
	$node->safe_psql(
		'postgres', q{
		CREATE EXTENSION pg_cron;
		CREATE ROLE deployer LOGIN;
		CREATE DATABASE app OWNER deployer;
		SELECT cron.schedule_in_database(job, '@reboot', 'SELECT', 'app', 'deployer', false)
		FROM unnest('{upgrade,seed,two}'::text[]) AS job;
	});
	$node->safe_psql(
		'app', q{
		CREATE EXTENSION pgmigrate;
		GRANT CREATE ON SCHEMA public TO deployer;
		SELECT migrate_grant('look', 'deployer'), migrate_grant('run', 'deployer');
	});
}

# Run some SQL in both databases.
sub everywhere
{
	my ($sql) = @_;
	$node{$_}->safe_psql('app', $sql) foreach @modes;
	return;
}

# The same answer from both.
sub all_say
{
	my ($sql, $want, $name) = @_;
	is($node{$_}->safe_psql('app', $sql), $want, "$_: $name") foreach @modes;
	return;
}

# Start a night with these jobs, given by their commands.
sub start_night
{
	my (%jobs) = @_;

	foreach my $mode (@modes)
	{
		$node{$mode}->safe_psql('postgres',
			"DELETE FROM cron.job_run_details; UPDATE cron.job SET active = false;"
			  . join('', map { "UPDATE cron.job SET active = true, command = \$\$$jobs{$_}\$\$ WHERE jobname = '$_';" } sort keys %jobs));
		$node{$mode}->restart;
	}
	return;
}

# Wait until so many runs have ended.  A worker's run is noted as succeeded when
# a NOTICE has come and nothing else yet; what it says last is its command tag.
sub end_night
{
	my ($runs) = @_;

	foreach my $mode (@modes)
	{
		$node{$mode}->poll_query_until('postgres',
			"SELECT count(*) = $runs FROM cron.job_run_details WHERE status = 'failed' OR status = 'succeeded' AND return_message ~ '^(CALL|SELECT \\d+|\\d+ rows?)\$'"
		) or die "$mode: the jobs did not end";
	}
	return;
}

# What became of a job, from the first run to the last.
sub job
{
	my ($mode, $job) = @_;
	return $node{$mode}->safe_psql('postgres',
		"SELECT status || ' ' || return_message FROM cron.job_run_details JOIN cron.job USING (jobid) WHERE jobname = '$job' ORDER BY runid"
	);
}

sub succeeded
{
	my ($job, $tag, $name) = @_;
	like(job($_, $job), qr/^succeeded $tag\z/, "$_: $name") foreach @modes;
	return;
}

sub failed
{
	my ($job, $message, $name) = @_;
	like(job($_, $job), qr/^failed ERROR: +$message/, "$_: $name") foreach @modes;
	return;
}

my $rows = qr/(?:SELECT 2|2 rows)/;
my $log = "SELECT string_agg(concat_ws(' ', revision, result, sqlstate, statement), ', ' ORDER BY id) FROM migrate_log WHERE id > ";
my $journal = 'SELECT count(*) FROM migrate_journal';
my $current = 'SELECT string_agg(revision, \',\' ORDER BY revision) FROM migrate_current()';

#----------------------------------------------------------------------
# The first night: several revisions, and indexes that are built concurrently
#----------------------------------------------------------------------

everywhere(
	q{
	SELECT migrate_revision('items', rev_id => 'm1', branch_label => 'main',
		upgrade => 'CREATE TABLE kind (id int PRIMARY KEY, name text);
			CREATE TABLE item (id int PRIMARY KEY, code text, kind int REFERENCES kind);
			INSERT INTO item SELECT i, i % 100 FROM generate_series(1, 1000) i',
		downgrade => 'DROP TABLE item, kind');
	SELECT migrate_revision('indexes', rev_id => 'm2',
		upgrade => 'ALTER TABLE item ADD note text;
			CREATE INDEX CONCURRENTLY item_code ON item (code);
			UPDATE item SET note = code;
			CREATE UNIQUE INDEX CONCURRENTLY item_both ON item (id, note)',
		downgrade => '');
	SELECT migrate_revision('a view', rev_id => 'm3', upgrade => 'CREATE VIEW items AS SELECT * FROM item');
});
start_night(upgrade => "CALL migrate_upgrade_online('head')");
end_night(1);
succeeded('upgrade', 'CALL', 'an online run succeeds');
all_say($current, 'm3', 'it has arrived');
all_say("$log 0", 'm1 done, m2 done, m3 done', 'its log');
all_say("SELECT DISTINCT ran_as, logged_in_as FROM migrate_log", 'deployer|deployer', 'it ran as the role of the job');
all_say("SELECT count(*), count(note) FROM items", '1000|1000', 'its data');
all_say("SELECT string_agg(indexrelid::regclass::text, ',' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'item'::regclass AND indisvalid",
	'item_both,item_code,item_pkey', 'its indexes');
all_say($journal, '0', 'no revision is half done');

#----------------------------------------------------------------------
# The second night: reference data on a branch of its own
#----------------------------------------------------------------------

everywhere(
	q{
	SELECT migrate_revision('first kinds', rev_id => 's1', head => 'base', branch_label => 'seed', depends_on => 'm1',
		upgrade => $$INSERT INTO kind VALUES (1, 'one'), (2, 'two')$$);
	SELECT migrate_revision('more kinds', rev_id => 's2', head => 'seed@head',
		upgrade => $$INSERT INTO kind VALUES (3, 'three'); UPDATE item SET kind = 1 + id % 3$$);
});
start_night(upgrade => "CALL migrate_upgrade_online('head')", seed => "SELECT migrate_upgrade('seed\@head')");
end_night(2);
succeeded('seed', $rows, 'a run of a branch succeeds');
failed('upgrade', 'multiple head revisions are present for given argument "head"', 'that head means two things now is an error');
like(job($_, 'upgrade'), qr/m3.*s2/s, "$_: which names them") foreach @modes;
all_say($current, 'm3,s2', 'both branches are applied');
all_say("$log 3", 's1 done, s2 done', 'what did not begin is not in the log');
all_say("SELECT count(*), sum(kind) FROM item", '1000|2000', 'the data is there');

#----------------------------------------------------------------------
# The third night: both fail, the online run in its second revision
#----------------------------------------------------------------------

everywhere(
	q{
	SELECT migrate_revision('good', rev_id => 'm4', head => 'm3', upgrade => 'CREATE TABLE m4 (i int)');
	SELECT migrate_revision('bad', rev_id => 'm5', head => 'm4', upgrade => 'CREATE TABLE m5 (i int);

		INSERT INTO m5 SELECT 1 / 0');
	SELECT migrate_revision('wrong kinds', rev_id => 's3', head => 's2',
		upgrade => $$INSERT INTO kind VALUES (4, 'four'); INSERT INTO kind VALUES (4, 'five')$$);
});
start_night(
	upgrade => "CALL migrate_upgrade_online('main\@head')",
	seed => "SELECT migrate_upgrade('seed\@head')",
	two => "SET work_mem = '8MB'; CALL migrate_upgrade_online('main\@head')");
end_night(3);
failed('two', 'migrate_upgrade_online\(\) (?:cannot run inside a transaction block|must be called as a statement of its own)', 'a job of two statements');
failed('upgrade', 'division by zero', 'an online run that fails');
like(job($_, 'upgrade'), qr/revision m5, upgrade, statement 2 of 2, line 3/, "$_: says where") foreach @modes;
failed('seed', 'duplicate key value violates unique constraint "kind_pkey"', 'reference data that is wrong');
like(job($_, 'seed'), qr/revision s3, upgrade, statement 2 of 2, line 1/, "$_: says where") foreach @modes;
all_say($current, 'm4,s2', 'what came before stays');
all_say("$log 5", 'm4 done, m5 failed 22012 2', 'the log has the failure of the online run');
all_say("SELECT error, line FROM migrate_log WHERE result = 'failed'", 'division by zero|3', 'with its message and place');
all_say("SELECT to_regclass('m4') IS NOT NULL, to_regclass('m5') IS NULL, (SELECT count(*) FROM kind)", 't|t|3', 'nothing of what failed is there');
all_say($journal, '0', 'no revision is half done');

# The fourth: corrected, both go on.
everywhere(
	q{
	SELECT migrate_edit('m5', upgrade => 'CREATE TABLE m5 (i int); INSERT INTO m5 SELECT 1');
	SELECT migrate_edit('s3', upgrade => $$INSERT INTO kind VALUES (4, 'four'), (5, 'five')$$);
	SELECT migrate_revision('nothing', '', '', rev_id => 's4', head => 's3');
});
start_night(upgrade => "CALL migrate_upgrade_online('main\@head')", seed => "SELECT migrate_upgrade('seed\@head')");
end_night(2);
succeeded('upgrade', 'CALL', 'the next night the online run goes on');
succeeded('seed', $rows, 'the next night the reference data is loaded');
all_say($current, 'm5,s4', 'all is applied');
all_say("SELECT (SELECT count(*) FROM kind), (SELECT count(*) FROM m5)", '5|1', 'once');

#----------------------------------------------------------------------
# The fifth: the server is restarted in the middle of an index
#----------------------------------------------------------------------

# A prepared transaction outlives restarts, so that the build has to wait for
# it from its beginning.
everywhere(
	q{
	SELECT migrate_revision('one more index', rev_id => 'm6', head => 'm5',
		upgrade => 'CREATE TABLE m6 (i int);
			INSERT INTO m6 VALUES (1);
			CREATE INDEX CONCURRENTLY item_note ON item (note);
			INSERT INTO m6 VALUES (2)');
	SELECT migrate_revision('kinds in the way', rev_id => 's5', head => 's4',
		upgrade => 'UPDATE kind SET name = upper(name); SELECT pg_sleep(2); SELECT pg_sleep(2); SELECT pg_sleep(2)');
	BEGIN;
	UPDATE item SET code = code WHERE id = 1;
	PREPARE TRANSACTION 'writer';
});
start_night(upgrade => "CALL migrate_upgrade_online('main\@head')");
foreach my $mode (@modes)
{
	$node{$mode}->poll_query_until('app',
		"SELECT count(*) = 1 FROM migrate_progress WHERE pid IS NOT NULL AND revision = 'm6' AND statement = 3 AND statements = 4 AND phase LIKE 'waiting%'"
	) or die "$mode: the build does not wait";
	is($node{$mode}->safe_psql('app', 'SELECT username FROM migrate_progress'), 'deployer', "$mode: the run can be watched");

	my ($stderr, $out) = ('', '');
	my $rc = $node{$mode}->psql('app', "SET ROLE deployer; SELECT migrate_upgrade('seed\@head')", stdout => \$out, stderr => \$stderr);
	is($rc, 3, "$mode: reference data cannot be loaded meanwhile");
	like($stderr, qr/deployer/, "$mode: which says who runs");
	unlike($stderr, qr/deadlock|timeout/, "$mode: and does not wait for it");
}
foreach my $mode (@modes)
{
	$node{$mode}->restart;
	$node{$mode}->safe_psql('app', "COMMIT PREPARED 'writer'");
}
end_night(2);
foreach my $mode (@modes)
{
	my @runs = split(/^(?=succeeded|failed)/m, job($mode, 'upgrade'));
	is(scalar @runs, 2, "$mode: the job ran twice");
	like($runs[0], qr/^failed .*(?:server restarted|administrator command|connection)/i, "$mode: the run that was interrupted has failed");
	is($runs[1], 'succeeded CALL', "$mode: the next goes on");
}
all_say($current, 'm6,s4', 'to the end');
all_say("SELECT string_agg(i::text, ',' ORDER BY i) FROM m6", '1,2', 'each statement ran once');
all_say("SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ',' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'item'::regclass AND indexrelid::regclass::text ~ 'note'",
	'item_note true', 'the index is whole, and the only one');
all_say("$log 10", 'm6 done', 'the log has one row of it');
all_say($journal, '0', 'no revision is half done');

#----------------------------------------------------------------------
# The sixth: an index that cannot be built, after statements that were
#----------------------------------------------------------------------

everywhere(
	q{
	SELECT migrate_revision('unique', rev_id => 'm7', head => 'm6',
		upgrade => 'CREATE TABLE m7 (i int);
			CREATE UNIQUE INDEX CONCURRENTLY item_unique ON item (code);
			INSERT INTO m7 VALUES (1)');
});
start_night(upgrade => "CALL migrate_upgrade_online('main\@head')");
end_night(1);
failed('upgrade', 'could not create unique index "item_unique"', 'an index over data that is wrong');
all_say("$log 11", 'm7 failed 23505 2', 'the log has it');
all_say($current, 'm6,s4', 'the revision is not applied');
all_say("SELECT to_regclass('item_unique')", '', 'the index is not left behind');
all_say("SELECT revision, done FROM migrate_journal", 'm7|1', 'how far it came is known');

# The seventh: the data is put right, and the branches are merged.  There is a
# limit for a statement now; the run takes longer, but no statement does.
everywhere(
	q{
	ALTER ROLE deployer SET statement_timeout = '5s';
	UPDATE item SET code = id;
	SELECT migrate_merge('heads', 'all together', rev_id => 'both');
});
start_night(upgrade => "CALL migrate_upgrade_online('head')");
end_night(1);
succeeded('upgrade', 'CALL', 'the next night goes on');
all_say($current, 'both', 'and arrives at the one head');
all_say("$log 12", 'm7 done, s5 done, both done', 'its log');
all_say("SELECT (SELECT count(*) FROM m7), (SELECT indisvalid FROM pg_index WHERE indexrelid = 'item_unique'::regclass), (SELECT name FROM kind WHERE id = 1)",
	'1|t|ONE', 'what it did');
all_say($journal, '0', 'no revision is half done');
all_say("SELECT count(*) FROM migrate_check() WHERE NOT ok", '0', 'all is well');

$node{$_}->stop foreach @modes;
done_testing();
