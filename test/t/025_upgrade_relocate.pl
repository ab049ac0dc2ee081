# The extension as an object: made in one schema or moved to another it is the
# same; it is not dropped or moved under a running migration, nor dropped under
# one that is made of many transactions, nor a running migration disturbed by
# either; and other databases are other worlds.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;

# Everything that the extension consists of, without OIDs, and with its schema
# written as "@".
my $catalog = q{
	WITH e AS (SELECT oid, extnamespace, quote_ident(extnamespace::regnamespace::text) AS schema FROM pg_extension WHERE extname = 'pgmigrate'),
	m AS (SELECT classid, objid FROM pg_depend, e WHERE refclassid = 'pg_extension'::regclass AND refobjid = e.oid AND deptype = 'e'),
	r AS (SELECT c.* FROM pg_class c JOIN m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid),
	lines AS (
		SELECT 'member ' || type || ' ' || identity AS line FROM m, pg_identify_object(classid, objid, 0)
		UNION ALL
		SELECT 'function ' || pg_get_functiondef(objid) || coalesce(obj_description(objid, 'pg_proc'), '') || ' ' || coalesce(proacl::text, '') FROM m JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass
		UNION ALL
		SELECT 'relation ' || oid::regclass || ' ' || relkind::text || relpersistence::text || coalesce(relacl::text, '') || coalesce(obj_description(oid, 'pg_class'), '') FROM r
		UNION ALL
		SELECT 'column ' || attrelid::regclass || ' ' || attnum || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || coalesce(attcollation::regcollation::text, '') || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') || ' ' || coalesce(col_description(attrelid, attnum), '')
			FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND attnum > 0 LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
		UNION ALL
		SELECT 'index ' || pg_get_indexdef(indexrelid) FROM r JOIN pg_index i ON i.indrelid = r.oid
		UNION ALL
		SELECT 'constraint ' || conname || ' ' || connamespace::regnamespace || ' ' || pg_get_constraintdef(c.oid) FROM r JOIN pg_constraint c ON c.conrelid = r.oid
		UNION ALL
		SELECT 'trigger ' || tgenabled::text || ' ' || pg_get_triggerdef(t.oid) FROM r JOIN pg_trigger t ON t.tgrelid = r.oid
		UNION ALL
		SELECT 'view ' || pg_get_viewdef(oid) FROM r WHERE relkind = 'v'
		UNION ALL
		SELECT 'type ' || typname || ' ' || typnamespace::regnamespace FROM r JOIN pg_type t ON t.typrelid = r.oid OR t.oid = (SELECT typarray FROM pg_type WHERE typrelid = r.oid)
		UNION ALL
		SELECT 'configuration ' || c::regclass || ' ' || w FROM pg_extension, unnest(extconfig, extcondition) u (c, w) WHERE extname = 'pgmigrate')
	SELECT line FROM (
		SELECT replace(replace(line, e.schema || '.', '@.'), ' ' || e.schema, ' @') AS line FROM lines, e) l
	ORDER BY line COLLATE "C"};

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE SCHEMA home; CREATE EXTENSION pgmigrate SCHEMA home');
my $fresh = $node->safe_psql('fresh', "SET search_path = pg_catalog; $catalog");
cmp_ok(scalar(split(/\n/, $fresh)), '>', 80, 'there is something to compare');
is(scalar(() = $fresh =~ /^trigger R .* EXECUTE FUNCTION @\.migrate_ignore_replicated\(\)$/mg), 9, 'with nine triggers');
like($fresh, qr/^view .*@\.migrate_journal/ms, 'and a view');
like($fresh, qr/^function CREATE OR REPLACE PROCEDURE @\.migrate_upgrade_online\(/m, 'and procedures');

$node->safe_psql('postgres', 'CREATE DATABASE moved');
$node->safe_psql('moved', 'CREATE EXTENSION pgmigrate; CREATE SCHEMA "O\'ther place"; CREATE SCHEMA home');
$node->safe_psql('moved', "SELECT migrate_revision('one', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'r1'); SELECT migrate_upgrade()");
$node->safe_psql('moved', 'ALTER EXTENSION pgmigrate SET SCHEMA "O\'ther place"; ALTER EXTENSION pgmigrate SET SCHEMA home');
is($node->safe_psql('moved', "SET search_path = pg_catalog; $catalog"), $fresh, 'moved twice, it is as if made there');
is($node->safe_psql('moved', "SELECT revision FROM home.migrate_downgrade('base')"), 'r1', 'and it works there');

# moved while a revision is half done
$node->safe_psql('moved', q{
	SELECT home.migrate_revision('half', 'CREATE TABLE half (i int); CREATE INDEX CONCURRENTLY half_i ON half (i); SELECT 1 / count(*) FROM one; VACUUM half', 'DROP TABLE half', rev_id => 'r2')});
isnt($node->psql('moved', "CALL home.migrate_upgrade_online('head')"), 0, 'an online run fails');
$node->safe_psql('moved', 'CREATE SCHEMA next; ALTER EXTENSION pgmigrate SET SCHEMA next; INSERT INTO one VALUES (1)');
is($node->safe_psql('moved', 'SELECT revision, statement, statements FROM next.migrate_progress'), 'r2|3|4', 'moved after that, the view finds it half done');
$node->safe_psql('moved', "CALL next.migrate_upgrade_online('head')");
is($node->safe_psql('moved', 'SELECT (SELECT revision FROM next.migrate_current()), (SELECT count(*) FROM next.migrate_journal), (SELECT count(*) FROM next.migrate_progress)'), 'r2|0|0', 'and the rest is done there');
# the triggers call the function, wherever it is, and keep nobody from restoring
is( $node->safe_psql('moved', q{
	SET session_replication_role = replica;
	UPDATE next.migrate_script SET message = 'restored' WHERE revision = 'r2' RETURNING message;
	DELETE FROM next.migrate_log WHERE result = 'failed' RETURNING revision}),
	"restored\nr2", 'the triggers work there');
$node->safe_psql('moved', 'ALTER EXTENSION pgmigrate SET SCHEMA home; SELECT home.migrate_downgrade(\'base\'); SELECT home.migrate_delete(\'r2\')');
is($node->safe_psql('moved', "SET search_path = pg_catalog; $catalog"), $fresh, 'moved back, it is as if made there');

# made by another role, the functions do not turn into that role's
$node->safe_psql('postgres', 'CREATE ROLE regress_pgm_installer SUPERUSER; CREATE ROLE regress_pgm_user; CREATE DATABASE other');
$node->safe_psql('other', 'SET ROLE regress_pgm_installer; CREATE SCHEMA home; CREATE EXTENSION pgmigrate SCHEMA home');
(my $owned = $node->safe_psql('other', "SET search_path = pg_catalog; $catalog")) =~ s/regress_pgm_installer/OWNER/g;
my $me = $node->safe_psql('postgres', 'SELECT current_user');
(my $fresh_owned = $fresh) =~ s{(?<=[\{,/])\Q$me\E(?=[=,\}])}{OWNER}g;
is($owned, $fresh_owned, 'made by another role, it is the same');
# the owner loses its power: the tables are still the owner's to read
$node->safe_psql('other',
	"SET ROLE regress_pgm_installer; SELECT home.migrate_revision('one', 'CREATE TABLE one (i int)', 'DROP TABLE one', rev_id => 'r1'); SELECT home.migrate_grant('look', 'regress_pgm_user'); RESET ROLE; ALTER ROLE regress_pgm_installer NOSUPERUSER"
);
is($node->safe_psql('other', "SET ROLE regress_pgm_user; SELECT revision FROM home.migrate_history()"), 'r1', 'the owner need not be a superuser');

# versions
my ($rc, $stdout, $stderr) = $node->psql('fresh', 'ALTER EXTENSION pgmigrate UPDATE');
is($rc, 0, 'an update to the same version');
is($node->safe_psql('fresh', "SET search_path = pg_catalog; $catalog"), $fresh, 'changes nothing');
is( $node->safe_psql('fresh', "SELECT count(*) FROM pg_available_extension_versions WHERE name = 'pgmigrate' AND (trusted OR NOT superuser OR NOT relocatable)"),
	'0', 'not trusted, for superusers, relocatable');
is($node->safe_psql('fresh', "SELECT count(*) FROM pg_extension_update_paths('pgmigrate') WHERE path IS NOT NULL AND source > target"), '0', 'no way back to an older version');

# What a run has under its feet stays.  The commands wait for the run, or are
# refused, but do not go through in the middle of it.
$node->safe_psql('fresh',
	"SELECT home.migrate_revision('slow', 'CREATE TABLE slow (i int)', 'DROP TABLE slow', rev_id => 's1'); SELECT home.migrate_revision('next', 'CREATE TABLE next (i int)', 'DROP TABLE next', rev_id => 's2')"
);
my $runner = $node->background_psql('fresh');
my $other = $node->background_psql('fresh', on_error_stop => 0);

# DROP EXTENSION
$runner->query_safe("BEGIN; SELECT home.migrate_upgrade('s1')");
$other->query_until(qr/started/, "\\echo started\nDROP EXTENSION pgmigrate;\n");
ok($node->poll_query_until('fresh', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 'DROP EXTENSION waits for a run');
$runner->query_safe("SELECT home.migrate_upgrade('s2')");
$runner->query_safe('COMMIT');
$other->query("SELECT 1");
is( $node->safe_psql('fresh', "SELECT to_regclass('slow') IS NOT NULL, to_regclass('next') IS NOT NULL, to_regclass('home.migrate_log') IS NULL, (SELECT count(*) FROM pg_extension WHERE extname = 'pgmigrate')"),
	't|t|t|0', 'then it goes through');

# the runner's session finds the new one, made in another schema
$node->safe_psql('fresh', 'DROP TABLE slow, next; CREATE SCHEMA second; CREATE EXTENSION pgmigrate SCHEMA second');
$node->safe_psql('fresh',
	"SELECT second.migrate_revision('slow', 'CREATE TABLE slow (i int)', 'DROP TABLE slow', rev_id => 's1'); SELECT second.migrate_revision('next', 'CREATE TABLE next (i int)', 'DROP TABLE next', rev_id => 's2')"
);
is($runner->query_safe("SELECT revision FROM second.migrate_upgrade('s1')"), 's1', 'a session that knew the old extension uses the new one');

# the other way round: a run waits for DROP EXTENSION, then finds nothing
$other->query_safe('BEGIN; DROP EXTENSION pgmigrate');
$runner = restart($runner);
$runner->query_until(qr/started/, "\\echo started\nSELECT revision FROM second.migrate_upgrade('s2');\n");
ok($node->poll_query_until('fresh', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 'a run waits for DROP EXTENSION');
$other->query_safe('ROLLBACK');
is($runner->query_safe("SELECT to_regclass('next') IS NOT NULL"), "s2\nt", 'that is rolled back: the run goes on');
$runner->query_safe("SELECT second.migrate_downgrade('s1')");
$other->query_safe('BEGIN; DROP EXTENSION pgmigrate');
$runner->query_until(qr/started/, "\\echo started\nSELECT revision FROM second.migrate_upgrade('s2');\n");
ok($node->poll_query_until('fresh', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 'a run waits for DROP EXTENSION');
$other->query_safe('COMMIT');
my ($answer, $failed) = $runner->query("SELECT to_regclass('next') IS NULL");
is($answer, 't', 'that is committed: the run has left nothing');
like($runner->{stderr}, qr/ERROR/, 'and says so');
unlike($runner->{stderr}, qr/cache lookup failed|XX000|could not open relation with OID/, 'in words for users');
$runner->{stderr} = '';

# ALTER EXTENSION SET SCHEMA while a run is under way
$node->safe_psql('fresh', 'DROP TABLE slow; CREATE EXTENSION pgmigrate SCHEMA second');
$node->safe_psql('fresh',
	"SELECT second.migrate_revision('slow', 'CREATE TABLE slow (i int)', 'DROP TABLE slow', rev_id => 's1'); SELECT second.migrate_revision('next', 'CREATE TABLE next (i int)', 'DROP TABLE next', rev_id => 's2')"
);
$runner = restart($runner);
$runner->query_safe("BEGIN; SELECT second.migrate_upgrade('s1')");
$other->query_until(qr/started/, "\\echo started\nALTER EXTENSION pgmigrate SET SCHEMA home;\n");
ok($node->poll_query_until('fresh', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 'ALTER EXTENSION SET SCHEMA waits for a run');
$runner->query_safe("SELECT second.migrate_upgrade('s2')");
$runner->query_safe('COMMIT');
$other->query('SELECT 1');
is( $node->safe_psql('fresh', "SELECT extnamespace::regnamespace, (SELECT string_agg(revision, ' ') FROM home.migrate_current()), (SELECT count(*) FROM home.migrate_log) FROM pg_extension WHERE extname = 'pgmigrate'"),
	'home|s2|2', 'then it goes through');
is($runner->query_safe("SELECT revision FROM home.migrate_downgrade('base')"), "s2\ns1", "the session that ran follows it");

# An online run, which is made of many transactions: DROP EXTENSION waits for all
# of them, with one revision committed and the next one waiting for us.
$node->safe_psql('fresh', q{
	SELECT home.migrate_revision('third', 'SELECT pg_advisory_xact_lock(1); CREATE TABLE third (i int)', 'DROP TABLE third', rev_id => 's3');
	SELECT home.migrate_revision('fourth', 'CREATE INDEX third_i ON third (i)', 'DROP INDEX third_i', rev_id => 's4')});
my $gate = $node->background_psql('fresh');
$gate->query_safe('SELECT pg_advisory_lock(1)');
$runner->query_safe('SET pgmigrate.lock_timeout = 0');
$runner->query_until(qr/started/, "\\echo started\nCALL home.migrate_upgrade_online('head');\n");
ok($node->poll_query_until('fresh', "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), 'an online run is under way');
is($node->safe_psql('fresh', "SELECT revision FROM home.migrate_current()"), 's2', 'between two revisions');
$other->query_until(qr/started/, "\\echo started\nDROP EXTENSION pgmigrate;\n");
ok($node->poll_query_until('fresh', "SELECT count(*) = 1 FROM pg_locks WHERE classid = 'pg_extension'::regclass AND NOT granted"), 'DROP EXTENSION waits for it');
$gate->query_safe('SELECT pg_advisory_unlock(1)');
$gate->quit;
$runner->query('SELECT 1');
$other->query('SELECT 1');
is($runner->{stderr} =~ s/^background_psql:.*\n//mgr, '', 'the run gets no error');
is($other->{stderr} =~ s/^background_psql:.*\n//mgr, '', 'nor does DROP EXTENSION');
is( $node->safe_psql('fresh', "SELECT to_regclass('third_i') IS NOT NULL, (SELECT count(*) FROM pg_extension WHERE extname = 'pgmigrate'), (SELECT count(*) FROM pg_locks WHERE classid = 'pg_extension'::regclass)"),
	't|0|0', 'the run has done all of it, then DROP EXTENSION goes through, and no lock is left');
$node->safe_psql('fresh', q{
	DROP TABLE slow, next, third;
	CREATE EXTENSION pgmigrate SCHEMA home;
	SELECT home.migrate_revision('slow', 'CREATE TABLE slow (i int)', 'DROP TABLE slow', rev_id => 's1')});
is($runner->query_safe("SELECT revision FROM home.migrate_upgrade('head')"), 's1', 'the session that ran uses the one that is made anew');
$runner->query_safe("SELECT home.migrate_downgrade('base')");

# Two databases at once: a run in one does not keep the other waiting.
$runner->query_safe("BEGIN; SELECT home.migrate_upgrade('s1')");
is( $node->safe_psql('moved', "SET lock_timeout = '5s'; SELECT revision FROM home.migrate_upgrade('head')"),
	'r1', 'a run in another database does not wait');
$runner->query_safe('ROLLBACK');

# Dropped with CASCADE of its schema, or of an owner, without a trace.
$runner->quit;
$other->quit;
$node->safe_psql('fresh', 'DROP SCHEMA home CASCADE');
is($node->safe_psql('fresh', "SELECT count(*) FROM pg_extension WHERE extname = 'pgmigrate'"), '0', 'DROP SCHEMA CASCADE takes it along');
is($node->safe_psql('fresh', "SELECT count(*) FROM pg_proc WHERE proname ~ '^migrate_'"), '0', 'all of it');

# A session that has been told to end its old self.
sub restart
{
	my ($session) = @_;
	$session->quit;
	return $node->background_psql('fresh', on_error_stop => 0);
}

$node->stop;
done_testing();
