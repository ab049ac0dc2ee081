# The script that migrate_sql writes, given to psql: it does what the upgrade
# would have done, and the texts of the attacker in it (messages, identifiers,
# labels, arguments, string literals, the name of the schema) do nothing more.
# Run on a database where it does not apply, it changes nothing.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $touched = "$dir/touched";

# Every line of this would do harm, if psql took it for one.
my $harm = join("\n",
	'x', "\\! touch $touched", "\\copy (select 1) to '$touched'", "*/", "'; \$\$ ; \"", "\\o $touched",
	'DROP TABLE victim;', "\\q", '-- ', "SELECT 'CREATE TABLE harm ()' \\gexec", '\\connect nowhere', '')
  . "\r\\! touch $touched\r\nDROP TABLE victim;\n";

# As text between dollar quotes, and in a comment (which it must not end).  The
# names with colons are variables that psql sets itself.
my $comment = $harm =~ s{\*/}{* /}r;
my $up =
  "INSERT INTO victim VALUES (\$q\$$harm\$q\$), (\$q\$:DBNAME\$q\$), (':USER'), (migrate_arg('key')), (migrate_tag());\n/* $comment */";

# identifiers, in the order of their revisions
my @ids = (
	"\xc3\xa9", 'select', '$1', '%s%n', 'a;b', "'", '"', '\\', '\\q', '\\!', "\\'", '`x`', '\$\$', '/*', '*/', '0', 'NULL', '#', '(', "''", '\$x\$',
	'x' x 254, "\xe6\x97\xa5\xe6\x9c\xac", '~');

sub database
{
	my ($name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name,
		qq{ALTER DATABASE $name SET search_path = public, "Ev""il 'S"; CREATE SCHEMA "Ev""il 'S"; CREATE EXTENSION pgmigrate SCHEMA "Ev""il 'S"; CREATE TABLE victim (t text)});
	my $quoted = $harm =~ s/'/''/gr;
	my $script = $up =~ s/'/''/gr;
	$node->safe_psql(
		$name, qq{
		SELECT migrate_revision('first', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'r1');
		SELECT migrate_revision('$quoted', '$script', 'DELETE FROM victim -- no newline', rev_id => 'a''b"c\\d\$\$*/', branch_label => '\\!label');
		SELECT migrate_revision('third -- ', 'CREATE TABLE three (i int) -- no newline', 'DROP TABLE three;', rev_id => 'r3')});
	for my $id (@ids)
	{
		my $literal = "'" . ($id =~ s/'/''/gr) . "'";

		$node->safe_psql($name,
			"SELECT migrate_revision('about ' || $literal, format('INSERT INTO victim VALUES (%L)', $literal), format('DELETE FROM victim WHERE t = %L', $literal), rev_id => $literal, branch_label => 'L' || $literal)"
		);
	}
	return;
}

sub script
{
	my ($name, $arguments, $file) = @_;
	my $text = $node->safe_psql($name, "SELECT * FROM migrate_sql($arguments)");
	append_to_file($file, "$text\n");
	return;
}

sub run_file
{
	my ($name, $file) = @_;
	my ($stdout, $stderr) = ('', '');
	my $ok = run_log(
		[ $node->installed_command('psql'), '-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($name), '-f', $file ],
		'>', \$stdout, '2>', \$stderr);
	return ($ok, $stderr);
}

# what is the same after the offline script and after the upgrade itself
my $state = q{
	SELECT string_agg(md5(t), ' ' ORDER BY ctid) FROM victim
	UNION ALL SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname IN ('one', 'three', 'harm')
	UNION ALL SELECT string_agg(revision, ' ') FROM migrate_version
	UNION ALL SELECT count(*)::text FROM migrate_script};

database('online');
database('offline');
my $start = $node->safe_psql('online', $state);
my $arguments = '\'{"key": "it\'\'s\n\\\\! touch ' . $touched . '\n"}\', E\'tag\'\'s\\n\\\\! touch ' . $touched . "'";
$node->safe_psql('online', "SELECT migrate_upgrade('head', $arguments)");
script('offline', "'upgrade', 'base:head', $arguments", "$dir/up.sql");
my ($ok, $stderr) = run_file('offline', "$dir/up.sql");
ok($ok, 'the upgrade script runs') or diag($stderr);
is($node->safe_psql('offline', $state), $node->safe_psql('online', $state), 'and does what the upgrade does');
ok(!-e $touched, 'and nothing more');
my $log = 'SELECT id, direction, down_revision, message, statements, sha256, ran_as, logged_in_as FROM migrate_log ORDER BY id';
is($node->safe_psql('offline', $log), $node->safe_psql('online', $log), 'the log has the same steps');

# a second time it does not apply, and changes nothing
my $after = $node->safe_psql('offline', $state);
($ok, $stderr) = run_file('offline', "$dir/up.sql");
ok(!$ok, 'a second time it fails');
is($node->safe_psql('offline', $state), $after, 'and changes nothing');

# down again
script('offline', "'downgrade', 'head:base'", "$dir/down.sql");
($ok, $stderr) = run_file('offline', "$dir/down.sql");
ok($ok, 'the downgrade script runs') or diag($stderr);
is($node->safe_psql('offline', $state), $start, 'and undoes it all');
ok(!-e $touched, 'and nothing more');
($ok, $stderr) = run_file('offline', "$dir/down.sql");
ok(!$ok, 'a second time it fails');

# stamp
script('offline', "'stamp', 'base:head'", "$dir/stamp.sql");
($ok, $stderr) = run_file('offline', "$dir/stamp.sql");
ok($ok, 'the stamp script runs') or diag($stderr);
is($node->safe_psql('offline', 'SELECT revision FROM migrate_current()'), '~', 'and stamps');
is($node->safe_psql('offline', "SELECT to_regclass('one')"), '', 'without running anything');
ok(!-e $touched, 'and nothing more');

# What cannot run in a transaction is put between two.  The result is that of an
# online run, and of its script no part runs where the one before it did not.
my $indexes =
  "SELECT indexrelid::regclass, indisvalid FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relname LIKE 'cut%' ORDER BY 1::text";
for my $name ('cut_online', 'cut_offline')
{
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, q{CREATE EXTENSION pgmigrate;
		SELECT migrate_revision('one', 'CREATE TABLE cut (i int, path text)', 'DROP TABLE cut', rev_id => 'c1');
		SELECT migrate_revision('two', $$
			SET LOCAL work_mem = '77kB';
			INSERT INTO cut VALUES (1, current_setting('work_mem'));
			CREATE INDEX CONCURRENTLY cut_i ON cut (i); -- a comment; with a semicolon
			INSERT INTO cut VALUES (2, current_setting('search_path') || current_setting('work_mem') || migrate_arg('a'));
			VACUUM cut $$, 'DROP INDEX CONCURRENTLY cut_i; DELETE FROM cut', rev_id => 'c2');
		SELECT migrate_revision('three', $$CREATE TYPE cut_kind AS ENUM ('a'); ALTER TYPE cut_kind ADD VALUE 'b'; SELECT 'b'::cut_kind$$,
			'DROP TYPE cut_kind', rev_id => 'c3')});
}
$node->safe_psql('cut_online', q{CALL migrate_upgrade_online('head', args => '{"a": "x"}')});
script('cut_offline', q{'upgrade', 'base:head', '{"a": "x"}'}, "$dir/cut_up.sql");
($ok, $stderr) = run_file('cut_offline', "$dir/cut_up.sql");
ok($ok, 'a script with cuts runs') or diag($stderr);
for my $what ($indexes, 'SELECT * FROM cut ORDER BY i', 'SELECT revision FROM migrate_current()', $log)
{
	is($node->safe_psql('cut_offline', $what), $node->safe_psql('cut_online', $what), "and does what an online run does: $what");
}
isnt($node->safe_psql('cut_offline', $indexes), '', 'there is an index');
$node->safe_psql('cut_online', "CALL migrate_downgrade_online('c1')");
script('cut_offline', "'downgrade', 'head:c1'", "$dir/cut_down.sql");

# in the middle of it somebody else says that the database is elsewhere
my $meddled = slurp_file("$dir/cut_down.sql");
$meddled =~ s/(DROP INDEX CONCURRENTLY cut_i\n;)/$1\nSELECT migrate_stamp('c1');/ or die 'no such statement';
append_to_file("$dir/meddled.sql", $meddled);
($ok, $stderr) = run_file('cut_offline', "$dir/meddled.sql");
ok(!$ok, 'a cut looks again where the database is');
like($stderr, qr/are not the expected ones/, 'and says so');
is($node->safe_psql('cut_offline', 'SELECT count(*) FROM cut'), 2, 'the rest was not run');

$node->stop;
done_testing();
