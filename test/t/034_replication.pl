# Replication.  A streaming standby gets all that an online run does, as it does
# it; calls there fail; promoted in the middle of a revision, it goes on.  Logical
# replication brings the rows of the user's tables, but what has been done to a
# database is true of that database alone: a subscriber of all tables keeps its
# own revisions, version, log, approvals and journal.

use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What a call says, with its NOTICEs.
sub said
{
	my ($node, $sql) = @_;
	my ($stdout, $stderr) = ('', '');

	$node->psql('postgres', "\\set VERBOSITY verbose\nSET client_min_messages = notice;\n$sql", stdout => \$stdout, stderr => \$stderr);
	return $stdout . $stderr;
}

#----------------------------------------------------------------------
# A streaming standby
#----------------------------------------------------------------------

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'client_min_messages = warning');
$primary->start;
$primary->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	CREATE TABLE item (id int PRIMARY KEY, code int);
	INSERT INTO item SELECT i, i FROM generate_series(1, 100) i;
	SELECT migrate_revision('one', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'r1');
	SELECT migrate_revision('two', 'CREATE TABLE two (i int); CREATE INDEX CONCURRENTLY item_one ON item (code); INSERT INTO two VALUES (1)',
		'DROP INDEX CONCURRENTLY item_one; DROP TABLE two', rev_id => 'r2');
	SELECT migrate_revision('three', 'CREATE TABLE three (i int)', 'DROP TABLE three', rev_id => 'r3');
});
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

my $state = q{
	SELECT (SELECT string_agg(revision, ',') FROM migrate_current()),
		(SELECT string_agg(concat_ws(' ', id, direction, revision, result, sqlstate), ',' ORDER BY id) FROM migrate_log),
		(SELECT string_agg(concat_ws(' ', revision, done, running), ',') FROM migrate_journal),
		(SELECT count(*) FROM migrate_progress),
		(SELECT string_agg(relname || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END, ',' ORDER BY relname) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 'item'::regclass)};

sub same_on_standby
{
	my ($want, $name) = @_;

	is($primary->safe_psql('postgres', $state), $want, "$name: on the primary");
	$primary->wait_for_catchup($standby);
	is($standby->safe_psql('postgres', $state), $want, "$name: on the standby");
	return;
}

$primary->safe_psql('postgres', "CALL migrate_upgrade_online('head')");
same_on_standby('r3|1 upgrade r1 done,2 upgrade r2 done,3 upgrade r3 done||0|item_one,item_pkey', 'an online run');
is($standby->safe_psql('postgres', 'SELECT * FROM two'), '1', 'with its data');
$primary->safe_psql('postgres', "CALL migrate_downgrade_online('r1')");
same_on_standby('r1|1 upgrade r1 done,2 upgrade r2 done,3 upgrade r3 done,4 downgrade r3 done,5 downgrade r2 done||0|item_pkey', 'a downgrade');
$primary->safe_psql('postgres', "CALL migrate_upgrade_online('head')");
$primary->safe_psql('postgres', 'DELETE FROM migrate_log');

# A run that waits for a writer in the middle of an index.
$primary->safe_psql(
	'postgres', q{
	SELECT migrate_revision('four', 'CREATE TABLE four (i int); INSERT INTO four VALUES (1); CREATE INDEX CONCURRENTLY item_four ON item (code); INSERT INTO four VALUES (2)', rev_id => 'r4');
	SELECT migrate_revision('five', 'CREATE TABLE five (i int)', 'DROP TABLE five', rev_id => 'r5');
});
my $writer = $primary->background_psql('postgres');
$writer->query_safe('BEGIN; UPDATE item SET code = 0 WHERE id = 1');
my ($out, $err) = ('', '');
my $run = IPC::Run::start(
	[ $primary->installed_command('psql'), '-XAtq', '-d', $primary->connstr('postgres'), '-c', "CALL migrate_upgrade_online('head')" ],
	'<', \undef, '>', \$out, '2>', \$err,
	IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM migrate_progress WHERE revision = 'r4' AND statement = 3 AND pid IS NOT NULL AND phase LIKE 'waiting%'")
  or die 'the build does not wait';
same_on_standby('r3||r4 2 3|1|item_four INVALID,item_one,item_pkey', 'in the middle of a run');

# Looking, while that goes on elsewhere: the session that runs is not here.
my %look = (
	'SELECT pid, revision, statement, statements FROM migrate_progress' => '|r4|3|4',
	"SELECT command LIKE 'CREATE INDEX CONCURRENTLY item_four%' FROM migrate_progress" => 't',
	'SELECT revision FROM migrate_current()' => 'r3',
	'SELECT revision, applied FROM migrate_history()' => "r5|f\nr4|f\nr3|t\nr2|t\nr1|t",
	'SELECT step, revision, transactions FROM migrate_plan()' => "1|r4|1-2, 3*, 4\n2|r5|",
	"SELECT step, revision, transactions FROM migrate_plan('base', 'downgrade')" => "1|r3|\n2|r2|1*, 2\n3|r1|",
	'SELECT count(*) > 0 FROM migrate_check(false) WHERE NOT ok AND revision = \'r4\'' => 't',
	'SELECT count(*) > 0 FROM migrate_graph()' => 't',
	"SELECT revision, applied FROM migrate_show('r4')" => 'r4|f');
foreach my $sql (sort keys %look)
{
	is($standby->safe_psql('postgres', $sql), $look{$sql}, "on the standby: $sql");
}

# Running.
foreach my $call (
	"migrate_upgrade_online()", "migrate_upgrade_online('head')", "migrate_upgrade_online('r3')",
	"migrate_upgrade_online('{r4}'::text[])", "migrate_upgrade_online(1)",
	"migrate_upgrade_online('head', wait => false)", "migrate_upgrade_online('head', interrupted => 'skip')",
	"migrate_downgrade_online('base')", "migrate_downgrade_online(-1)")
{
	my ($name) = $call =~ /^(\w+)/;
	like(said($standby, "CALL $call"), qr/ERROR:  25006: cannot execute $name\(\) .*recovery/, "on the standby, $call fails and says why");
}
is($standby->safe_psql('postgres', $state), 'r3||r4 2 3|1|item_four INVALID,item_one,item_pkey', 'nothing has changed there');
like(said($primary, "SET default_transaction_read_only = on; \nCALL migrate_upgrade_online('head', wait => false)"),
	qr/ERROR:  25006: cannot execute migrate_upgrade_online\(\) .*read-only/, 'the same in a read-only session of the primary');

# The primary is lost, and the standby promoted.
$primary->stop('immediate');
eval { $run->finish };
eval { $writer->quit };
$standby->promote;
is($standby->safe_psql('postgres', $state), 'r3||r4 2 3|1|item_four INVALID,item_one,item_pkey', 'promoted, a revision is half done');

# The process that ran was one of another server; here it may be anybody.
my $bystander = $standby->background_psql('postgres');
my $pid = $bystander->query_safe('SELECT pg_backend_pid()');
$standby->safe_psql('postgres', "UPDATE migrate_journal SET pid = $pid");
is($standby->safe_psql('postgres', 'SELECT pid, revision FROM migrate_progress'), '|r4', 'nobody runs it');
like(said($standby, "SELECT migrate_upgrade('head')"), qr/ERROR:  55000: .*r4/, 'the function form does not go over it');
like(said($standby, "CALL migrate_downgrade_online('r1')"), qr/ERROR:  55000: .*r4/, 'nor does a run elsewhere');
my $said = said($standby, "CALL migrate_upgrade_online('head')");
like($said, qr/going on with statement 3 of 4 of revision "r4"/, 'the next online run goes on');
unlike($said, qr/ERROR/, 'without an error');
is($standby->safe_psql('postgres', $state), 'r5|1 upgrade r4 done,2 upgrade r5 done||0|item_four,item_one,item_pkey', 'to the end');
is($standby->safe_psql('postgres', "SELECT string_agg(i::text, ',' ORDER BY i) FROM four"), '1,2', 'each statement was done once');
is($bystander->query_safe('SELECT pg_backend_pid()'), $pid, 'nobody else was harmed');
$bystander->quit;
$standby->stop;

#----------------------------------------------------------------------
# Logical replication
#----------------------------------------------------------------------

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
# so that a transaction of some size is sent before it ends
$publisher->append_conf('postgresql.conf', "logical_decoding_work_mem = '64kB'\nclient_min_messages = warning");
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->append_conf('postgresql.conf', 'client_min_messages = warning');
$subscriber->start;

# All there is to know of a database, with the transaction that wrote each row:
# one that was written anew with what it had before would show.
my $own = q{
	SELECT string_agg(r, E'\n' ORDER BY r) FROM (
		SELECT concat('script ', xmin, to_json(t)) FROM migrate_script t
		UNION ALL SELECT concat('version ', xmin, to_json(t)) FROM migrate_version t
		UNION ALL SELECT concat('log ', xmin, to_json(t)) FROM migrate_log t
		UNION ALL SELECT concat('approval ', xmin, to_json(t)) FROM migrate_approval t
		UNION ALL SELECT concat('model ', xmin, to_json(t)) FROM migrate_model t
		UNION ALL SELECT concat('repeatable ', xmin, to_json(t)) FROM migrate_repeatable t
		UNION ALL SELECT concat('callback ', xmin, to_json(t)) FROM migrate_callback t
		UNION ALL SELECT concat('seed ', xmin, to_json(t)) FROM migrate_seed t
		UNION ALL SELECT concat('journal ', xmin, to_json(t)) FROM migrate_journal t) AS x (r)};

# The publisher has something in each of its tables.
$publisher->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	CREATE ROLE author;
	GRANT CREATE ON SCHEMA public TO author;
	SELECT migrate_grant('write', 'author');
	SELECT migrate_revision('customers', 'CREATE TABLE customer (id int PRIMARY KEY, name text)', 'DROP TABLE customer', rev_id => 'c1');
	SELECT migrate_revision('first customers', $$INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob')$$, '', rev_id => 'p2');
	CALL migrate_upgrade_online('head');
	SET ROLE author;
	SELECT migrate_revision('of another author', rev_id => 'p3',
		upgrade => 'CREATE TABLE p3 (id int PRIMARY KEY, i int); INSERT INTO p3 VALUES (1, 1), (2, 1); CREATE UNIQUE INDEX CONCURRENTLY p3_i ON p3 (i)', downgrade => 'DROP TABLE p3');
	RESET ROLE;
	SELECT migrate_approve('p3');
	SELECT migrate_set_model('CREATE TABLE customer (id int PRIMARY KEY, name text)');
	SELECT migrate_set_repeatable('r', 'SELECT 1');
	SELECT migrate_set_callback('before_run', 'c', 'SELECT 1');
	SELECT migrate_set_seed('customer', '[{"id": 1}]');
	CREATE PUBLICATION everything FOR ALL TABLES;
});
like(said($publisher, "CALL migrate_upgrade_online('head')"), qr/ERROR:  23505:/, 'a run fails in the middle on the publisher');
is($publisher->safe_psql('postgres', 'SELECT (SELECT count(*) FROM migrate_script), (SELECT count(*) FROM migrate_version), (SELECT count(*) FROM migrate_log), (SELECT count(*) FROM migrate_approval), (SELECT count(*) FROM migrate_journal), (SELECT count(*) FROM migrate_model), (SELECT count(*) FROM migrate_repeatable), (SELECT count(*) FROM migrate_callback), (SELECT count(*) FROM migrate_seed)'),
	'3|1|3|1|1|1|1|1|1', 'no table of the publisher is empty');

# The subscriber has one revision in common with it, and one of its own, which
# makes the subscription.
my $connstr = $publisher->connstr . ' dbname=postgres';
my $streaming = $subscriber->pg_version->major >= 16 ? 'parallel' : 'on';
$subscriber->safe_psql(
	'postgres', qq{
	CREATE EXTENSION pgmigrate;
	CREATE TABLE p3 (id int PRIMARY KEY, i int);
	SELECT migrate_revision('customers', 'CREATE TABLE customer (id int PRIMARY KEY, name text)', 'DROP TABLE customer', rev_id => 'c1');
	SELECT migrate_revision('subscribe', rev_id => 'own', head => 'base',
		upgrade => \$script\$CREATE SUBSCRIPTION sub CONNECTION \$\$$connstr\$\$ PUBLICATION everything WITH (streaming = $streaming)\$script\$,
		downgrade => 'DROP SUBSCRIPTION sub');
	SELECT migrate_upgrade('c1');
});
$subscriber->safe_psql('postgres', "CALL migrate_upgrade_online('own')");
my $before = $subscriber->safe_psql('postgres', $own);
is($subscriber->safe_psql('postgres', "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_subscription_rel JOIN pg_class c ON c.oid = srrelid"),
	'customer,migrate_approval,migrate_callback,migrate_journal,migrate_log,migrate_model,migrate_repeatable,migrate_script,migrate_seed,migrate_version,p3', 'the subscription is for all tables');

# (the counters of errors have other names in each version)
my $healthy = q{
	SELECT (SELECT count(*) FROM pg_stat_subscription WHERE subname = 'sub' AND pid IS NOT NULL) > 0,
		(SELECT sum(value::int) FROM pg_stat_subscription_stats s, jsonb_each_text(to_jsonb(s)) WHERE key LIKE '%error_count')};

# Nothing has come, but what has come to the user's table.
sub own_stays
{
	my ($name) = @_;

	$publisher->wait_for_catchup('sub');
	is($subscriber->safe_psql('postgres', $own), $before, "$name: the subscriber's own rows stay");
	is($subscriber->safe_psql('postgres', $healthy), 't|0', "$name: replication goes on");
	return;
}

$subscriber->wait_for_subscription_sync($publisher, 'sub');
own_stays('the first copy');
is($subscriber->safe_psql('postgres', "SELECT string_agg(name, ',' ORDER BY id) FROM customer"), 'Ann,Bob', 'the customers have come');
is($subscriber->safe_psql('postgres', 'SELECT revision FROM migrate_current() ORDER BY 1'), "c1\nown", 'it is where its own runs have brought it');

# All that writes to those tables, on the publisher.
$publisher->safe_psql('postgres', 'DELETE FROM p3 WHERE id = 1');
foreach my $sql (
	"CALL migrate_upgrade_online('head')",
	"SELECT migrate_revision('more customers', \$\$INSERT INTO customer VALUES (3, 'Cid')\$\$, 'DELETE FROM customer WHERE id = 3', rev_id => 'p4')",
	"SELECT migrate_upgrade('head')",
	"SELECT migrate_edit('p4', message => 'still more customers', force => true)",
	"CALL migrate_downgrade_online('p3')",
	"SELECT migrate_delete('p4')",
	"SELECT migrate_revision('more customers', \$\$INSERT INTO customer VALUES (4, 'Dan')\$\$, 'DELETE FROM customer WHERE id = 4', rev_id => 'p5')",
	"SELECT migrate_revision('a branch', '', '', head => 'c1', splice => true, rev_id => 'p6')",
	"SELECT migrate_merge('heads', 'merged', rev_id => 'p7')",
	"CALL migrate_upgrade_online('head')",
	"SELECT migrate_stamp('c1', purge => true)",
	"SELECT migrate_stamp('p7')",
	"UPDATE migrate_script SET message = upper(message)",
	"UPDATE migrate_approval SET approved_at = now()",
	"DELETE FROM migrate_approval",
	"SELECT migrate_set_model('CREATE TABLE customer ()'), migrate_set_model('CREATE TABLE other ()', 'more')",
	"UPDATE migrate_model SET set_by = 'somebody'",
	"SELECT migrate_set_model(NULL)",
	"SELECT migrate_set_repeatable('r', 'SELECT 2'), migrate_set_repeatable('r2', 'SELECT 2'), migrate_set_repeatable('r2', NULL)",
	"SELECT migrate_set_callback('before_run', 'c', 'SELECT 2'), migrate_set_callback('after_run', 'd', 'SELECT 2')",
	"SELECT migrate_set_seed('customer', '[]'), migrate_set_seed('other', '[]'), migrate_set_seed('customer', NULL)",
	"DELETE FROM migrate_log")
{
	unlike(said($publisher, $sql), qr/ERROR/, "on the publisher: $sql");
}
own_stays('later changes');
is($subscriber->safe_psql('postgres', "SELECT string_agg(name, ',' ORDER BY id) FROM customer"), 'Ann,Bob,Dan', 'what scripts did to customers has come');

# Both load the same revisions and run them, first the subscriber.
foreach my $node ($subscriber, $publisher)
{
	my $head = $node->name eq 'publisher' ? 'p7' : 'c1';

	$node->safe_psql(
		'postgres', qq{
		SELECT migrate_revision('a note', 'ALTER TABLE customer ADD note text', 'ALTER TABLE customer DROP note', rev_id => 's1', head => '$head', branch_label => 'both');
		SELECT migrate_revision('orders', 'CREATE TABLE orders (id int PRIMARY KEY); CREATE INDEX CONCURRENTLY customer_note ON customer (note)',
			'DROP INDEX CONCURRENTLY customer_note; DROP TABLE orders', rev_id => 's2', head => 's1');
	});
	$node->safe_psql('postgres', "CALL migrate_upgrade_online('s2')");
	$before = $subscriber->safe_psql('postgres', $own) if $node->name eq 'subscriber';
}
$publisher->safe_psql('postgres', "INSERT INTO customer VALUES (5, 'Eve', 'new'); INSERT INTO orders VALUES (1)");
own_stays('the same revisions on both sides');
is($subscriber->safe_psql('postgres', 'SELECT note FROM customer WHERE id = 5'), 'new', 'the new column has come');
$subscriber->safe_psql('postgres', 'ALTER SUBSCRIPTION sub REFRESH PUBLICATION');
$subscriber->wait_for_subscription_sync($publisher, 'sub');
is($subscriber->safe_psql('postgres', 'SELECT id FROM orders'), '1', 'the new table has come');
own_stays('a new table');

# Rows that are there on both sides change and go on the publisher only.
foreach my $sql (
	"CALL migrate_downgrade_online('s1')",
	"SELECT migrate_stamp('s2')",
	"UPDATE migrate_version SET ordinal = ordinal + 1",
	"UPDATE migrate_log SET message = 'changed'",
	"DELETE FROM migrate_log",
	"SELECT migrate_edit('s2', upgrade => 'SELECT 1', force => true)",
	"SELECT migrate_stamp('p7')",
	"SELECT migrate_delete('s2')",
	"SELECT migrate_delete('s1')")
{
	unlike(said($publisher, $sql), qr/ERROR/, "on the publisher: $sql");
}
$publisher->safe_psql('postgres', "INSERT INTO customer VALUES (6, 'Fay', 'after')");
own_stays('the same revisions go on one side');
is($subscriber->safe_psql('postgres', "SELECT string_agg(revision, ',' ORDER BY revision) FROM migrate_current()"), 'own,s2', 'the subscriber is where it was');
is($subscriber->safe_psql('postgres', 'SELECT note FROM customer WHERE id = 6'), 'after', 'customers still come');

# A transaction that is too big to be sent at its end.
$publisher->safe_psql(
	'postgres', q{
	BEGIN;
	SELECT count(migrate_revision('revision ' || i, 'SELECT ''' || repeat('x', 500) || '''', '', rev_id => 'many' || i)) FROM generate_series(1, 300) i;
	SELECT migrate_stamp('head');
	INSERT INTO customer SELECT i, 'many' FROM generate_series(1001, 1500) i;
	COMMIT;
});
own_stays('a big transaction');
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM customer WHERE name = 'many'"), '500', 'its customers have come');
ok($publisher->poll_query_until('postgres', 'SELECT stream_txns > 0 FROM pg_stat_replication_slots'), 'it was streamed');

# The subscriber goes on with its own, without its subscription: this revision
# ends it.
$subscriber->safe_psql('postgres', "CALL migrate_downgrade_online('own\@base')");
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM pg_subscription"), '0', 'the revision that made the subscription can be undone');
is($publisher->safe_psql('postgres', "SELECT count(*) FROM pg_replication_slots"), '0', 'with its slot');

# The rows of all this would have come: with the trigger off, they do.
$subscriber->safe_psql(
	'postgres', qq{
	TRUNCATE customer, orders, p3, migrate_log;
	ALTER TABLE migrate_log DISABLE TRIGGER ALL});
$publisher->safe_psql('postgres', 'DELETE FROM migrate_log');
$publisher->safe_psql('postgres', "SELECT migrate_stamp('p7')");
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION sub CONNECTION \$\$$connstr\$\$ PUBLICATION everything");
$subscriber->wait_for_subscription_sync($publisher, 'sub');
cmp_ok($subscriber->safe_psql('postgres', "SELECT count(*) FROM migrate_log WHERE revision = 'p7'"), '>', 0, 'without the trigger, the log of the publisher comes');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION sub');

#----------------------------------------------------------------------
# A session that says that it is a replica
#----------------------------------------------------------------------

# A restore may, to be spared triggers and foreign keys; it must get its rows.
$publisher->safe_psql('postgres', 'CREATE DATABASE restored');
$publisher->safe_psql('restored', 'CREATE EXTENSION pgmigrate');
my $dump = "$PostgreSQL::Test::Utils::tmp_check/migrate.sql";
$publisher->command_ok([ 'pg_dump', '--data-only', '-t', 'migrate_*', '-f', $dump, $publisher->connstr('postgres') ], 'the rows are dumped');
append_to_file("$dump.replica", "SET session_replication_role = replica;\n" . slurp_file($dump));
$publisher->safe_psql('restored', slurp_file("$dump.replica"));
my $rows = 'SELECT (SELECT count(*) FROM migrate_script), (SELECT count(*) FROM migrate_version), (SELECT count(*) FROM migrate_log)';
is($publisher->safe_psql('restored', $rows), $publisher->safe_psql('postgres', $rows), 'and restored by a session in the role of a replica');
$publisher->safe_psql(
	'restored', q{
	SET session_replication_role = replica;
	INSERT INTO migrate_approval VALUES ('p7', '\x00', 'me'), ('p5', '\x00', 'me');
	UPDATE migrate_approval SET approved_by = 'you' WHERE revision = 'p7';
	DELETE FROM migrate_approval WHERE revision = 'p5';
});
is($publisher->safe_psql('restored', 'SELECT revision, approved_by FROM migrate_approval'), 'p7|you', 'which can write, change and delete');

$publisher->stop;
$subscriber->stop;
done_testing();
