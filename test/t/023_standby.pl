# A streaming standby: the functions that look work there, and the view; those
# that write or run say why not, a run on the primary arrives, and after a
# promotion the work goes on.  (Online runs and a standby are in
# 034_replication.pl.)

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'client_min_messages = warning');
$primary->start;
$primary->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	SELECT migrate_revision('one', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'r1', branch_label => 'main');
	SELECT migrate_revision('two', 'CREATE TABLE two (i int)', 'DROP TABLE two', rev_id => 'r2');
	SELECT migrate_revision('three', 'CREATE TABLE three (i int)', 'DROP TABLE three', rev_id => 'r3');
	SELECT migrate_upgrade('r1');
	SELECT migrate_set_model('CREATE TABLE one (i int)');
	CREATE TABLE files (version varchar PRIMARY KEY);
	INSERT INTO files VALUES ('r1'), ('r2');
});

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

# Looking.
my %look = (
	"SELECT revision, status, applied_by IS NOT NULL FROM migrate_current()" => 'r1||t',
	"SELECT revision FROM migrate_heads()" => 'r3',
	"SELECT revision FROM migrate_heads(true)" => 'r3',
	"SELECT revision FROM migrate_branches()" => '',
	"SELECT revision, applied FROM migrate_history()" => "r3|f\nr2|f\nr1|t",
	"SELECT revision, applied FROM migrate_history('current:')" => "r3|f\nr2|f\nr1|t",
	"SELECT revision, applied FROM migrate_show()" => 'r1|t',
	"SELECT step, revision FROM migrate_plan()" => "1|r2\n2|r3",
	"SELECT count(*) > 0 FROM migrate_graph()" => 't',
	"SELECT count(*) > 0 FROM migrate_graph('dot')" => 't',
	"SELECT count(*) > 0 FROM migrate_sql('upgrade', 'r1:r3')" => 't',
	"SELECT count(*) > 0 FROM migrate_check(false)" => 't',
	"SELECT count(*) FROM migrate_check(false) WHERE test = 'matches model'" => '0',
	"SELECT name, statements FROM migrate_model" => 'default|1',
	"SELECT migrate_arg('a', 'b'), migrate_tag() IS NULL" => 'b|t',
	"SELECT revision, result FROM migrate_log" => 'r1|done',
	"SELECT version, status FROM migrate_adopt('rails', history => 'files', dry_run => true)" => "r1|applied\nr2|adopted",
	"SELECT count(*) FROM migrate_progress" => '0',
	"SELECT count(*) FROM migrate_journal" => '0',
	"SELECT count(*) FROM migrate_check(false) WHERE test = 'none half done' AND ok" => '1',
	"SELECT revision, transactions FROM migrate_plan()" => "r2|\nr3|");
for my $sql (sort keys %look)
{
	is($standby->safe_psql('postgres', $sql), $look{$sql}, "on the standby: $sql");
}

# Writing and running.
for my $call (
	"migrate_upgrade()", "migrate_upgrade('{r2}'::text[])",
	"migrate_upgrade(1)", "migrate_upgrade('r1')",
	"migrate_downgrade('-1')", "migrate_downgrade(-1)",
	"migrate_stamp('r2')", "migrate_stamp('{r2}'::text[])",
	"migrate_revision('m')", "migrate_revision('m', depends_on => '{r1}'::text[])",
	"migrate_revision('m', head => '{r3}'::text[])",
	"migrate_merge()", "migrate_merge('{r3}'::text[])",
	"migrate_edit('r3', message => 'm')", "migrate_delete('r3')",
	"migrate_set_model('')", "migrate_diff()", "migrate_verify()",
	"migrate_revision('m', autogenerate => true)",
	"migrate_approve('r3')", "migrate_require_current('{r1}')",
	"migrate_adopt('rails', history => 'files')", "migrate_baseline()",
	"migrate_grant('look', 'pg_monitor')", "migrate_revoke('look', 'pg_monitor')")
{
	my ($name) = $call =~ /^(\w+)/;
	my ($stdout, $stderr);

	isnt(
		$standby->psql(
			'postgres', "\\set VERBOSITY verbose\nSELECT $call",
			stdout => \$stdout,
			stderr => \$stderr),
		0,
		"on the standby, $call fails");
	like($stderr, qr/ERROR:  25006: cannot execute (?:\Q$name\E\(\)|GRANT|REVOKE) .*(?:recovery|read-only)/, "and says why");
}

# A run on the primary arrives, all of it at once.
my $session = $primary->background_psql('postgres');
$session->query_safe("BEGIN; SELECT migrate_upgrade('head')");
$primary->safe_psql('postgres', 'CREATE TABLE marker (i int)');
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', "SELECT to_regclass('marker') IS NOT NULL, revision FROM migrate_current()"),
	't|r1', 'while the run is under way, the standby has nothing of it');
is($primary->safe_psql('postgres', 'SELECT count(*) FROM migrate_progress'), '1', 'the primary knows that somebody runs');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM migrate_progress'), '0', 'the standby does not');
$session->query_safe('COMMIT');
$session->quit;
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', "SELECT revision, status FROM migrate_current(true)"), 'r3|head', 'the run arrives');
is($standby->safe_psql('postgres', "SELECT to_regclass('two') IS NOT NULL, to_regclass('three') IS NOT NULL, count(*) FROM migrate_log"),
	't|t|3', 'with its tables and its log');

# A session on the standby that was there before sees it too, and the writing
# of a new revision.
my $reader = $standby->background_psql('postgres');
is($reader->query_safe("SELECT revision FROM migrate_heads()"), 'r3', 'a session on the standby');
$primary->safe_psql('postgres', "SELECT migrate_revision('four', 'CREATE TABLE four (i int)', 'DROP TABLE four', rev_id => 'r4')");
$primary->wait_for_catchup($standby);
is($reader->query_safe("SELECT revision FROM migrate_heads()"), 'r4', 'sees a new revision');

# Promoted, it goes on.
$primary->stop;
$standby->promote;
is($standby->safe_psql('postgres', "SELECT revision FROM migrate_upgrade('head')"), 'r4', 'after a promotion, an upgrade runs');
is($reader->query_safe("SELECT revision FROM migrate_downgrade('-1')"), 'r4', 'also in the session from before');
is($standby->safe_psql('postgres', "SELECT string_agg(id || direction || revision, ' ' ORDER BY id) FROM migrate_log"),
	'1upgrader1 2upgrader2 3upgrader3 4upgrader4 5downgrader4', 'the log goes on');
is($standby->safe_psql('postgres', "SELECT (SELECT count(*) FROM migrate_progress), count(*) FROM migrate_check(false) WHERE NOT ok AND test NOT IN ('at head', 'matches model')"), '0|0', 'and nothing is half done');
$reader->quit;

$standby->stop;
done_testing();
