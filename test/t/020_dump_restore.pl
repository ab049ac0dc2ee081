# Dump and restore: the scripts byte for byte, the graph, the current
# revisions, the log, the approvals and how far an online run has come, through
# every format of pg_dump that carries them, and the next upgrade works there.
# What pg_dump leaves out unless it is asked for is tested too, because it is
# documented.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('postgres', 'CREATE ROLE regress_pgm_writer');

# Scripts with everything that a careless copy loses.
my @texts = (
	"CREATE TABLE a (t text);\r\nINSERT INTO a VALUES ('crlf');\r\n",
	"SELECT 'trailing blanks';   \n\n\n\t\t\n",
	"-- only a comment",
	"SELECT \$a\$ \$\$ in \$b\$ dollar \$b\$ quotes \$\$ \$a\$;",
	"SELECT 'back\\slash', E'\\\\ \\n \\t \\. \\N', '\\.';\n",
	"SELECT '\\.'\n;\n/* \n\\.\n*/\n",
	"SELECT '\t\ttabs\tand\x0b\x0c\x01\x7f';",
	"SELECT 'Gr\xc3\xbc\xc3\x9fe \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\x98 e\xcc\x81 \xef\xbb\xbf\xe2\x80\xa8';",
	"SELECT '{\"a\",b}', '{}', 'NULL', '\"';",
	"CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS \$f\$\nBEGIN\n\tRETURN '\$x\$';\nEND\n\$f\$;",
	"SELECT ';', \"column\" FROM (SELECT 1 AS \"column\") s; ; ;",
	'SELECT \'' . ('long ' x 20000) . '\';',);
my $n = 0;
for my $text (@texts)
{
	$n++;
	my $tag = 'q' . ('x' x $n);
	$node->safe_psql('origin',
		($n == 1 ? 'CREATE EXTENSION pgmigrate;' : '')
		  . "SELECT migrate_revision(E'message $n\\nwith \\\\ \"quotes\" ''and'' more \\t', \$$tag\$$text\$$tag\$, \$$tag\$-- down $n\r\n  \$$tag\$, rev_id => 'r$n');"
	);
}
# Branches, labels, dependencies, an irreversible revision, a merge; some of it
# applied; an approval; a log with every direction.
$node->safe_psql(
	'origin', qq{
	SELECT migrate_revision('left', 'CREATE TABLE l (i int)', 'DROP TABLE l', rev_id => 'l1', branch_label => 'left');
	SELECT migrate_revision('right', 'CREATE TABLE r (i int)', 'DROP TABLE r', rev_id => 'x1', head => 'r$n', splice => true, branch_label => '{right,second}');
	SELECT migrate_merge('heads', 'both', rev_id => 'm1');
	SELECT migrate_revision('forest', 'CREATE TABLE forest (i int)', rev_id => 'f1', head => 'base', depends_on => 'left');
	SELECT migrate_revision('pending', 'CREATE TABLE pending (i int)', 'DROP TABLE pending', rev_id => 'm2', head => 'm1');
	SELECT migrate_upgrade('m1');
	SELECT migrate_upgrade('f1');
	SELECT migrate_stamp('m2');
	SELECT migrate_stamp('m1');
	SELECT migrate_grant('write', 'regress_pgm_writer');
	SELECT migrate_grant('look', 'regress_pgm_writer');
	SELECT migrate_approve('m2');
	SELECT migrate_edit('m1', downgrade => '-- edited after it was applied', force => true);
});
# The model: each text that is DDL, and all its bytes.
$n = 0;
for my $text (map { s/SELECT/COMMENT ON SCHEMA public IS/r } grep { /^SELECT '/ && !/', / } @texts)
{
	$n++;
	$node->safe_psql('origin', "SELECT migrate_set_model(\$m$n\$\\restrict x\r\n$text\$m$n\$, E'part $n\\n\\\\ ''')");
}
# What runs again, what runs around revisions, and which rows there should be.
$node->safe_psql(
	'origin', q{
	SELECT migrate_set_repeatable('ran', E'SELECT 1;\r\n-- \\.\n', depends_on => '{}');
	SELECT migrate_upgrade('f1');
	SELECT migrate_set_repeatable('to run', 'SELECT $$''$$', depends_on => '{ran}');
	SELECT migrate_set_callback('before_run', E'a\n\\name', E'SELECT 1\r\n');
	SELECT migrate_set_model('CREATE TABLE seeded (t text PRIMARY KEY)', 'seeded');
	SELECT migrate_set_seed('seeded', '[{"t": "\u00fc \\\\."}]', key => '{t}', mode => 'exact');
});
# An online run that has failed in the third of four statements.
$node->safe_psql(
	'origin', q{
	CREATE TABLE gate AS SELECT 0 AS n;
	SELECT migrate_revision('in parts', E'CREATE TABLE half (i int);\nCREATE INDEX CONCURRENTLY half_i ON half (i);\nINSERT INTO half SELECT 1 / n FROM gate;\nVACUUM half', 'DROP TABLE half', rev_id => 'h1', head => 'base', branch_label => 'half');
});
isnt($node->psql('origin', "CALL migrate_upgrade_online('h1')"), 0, 'an online run fails');

my $signature = q{
	SELECT 'script', md5(string_agg(s::text, '|' ORDER BY ordinal)) || ' ' || count(*) FROM migrate_script s
	UNION ALL SELECT 'texts', md5(string_agg(encode(convert_to(coalesce(upgrade, 'NULL') || '|' || coalesce(downgrade, 'NULL') || '|' || message, 'UTF8'), 'hex'), '|' ORDER BY ordinal)) FROM migrate_script
	UNION ALL SELECT 'version', string_agg(ordinal || ':' || revision, ' ' ORDER BY ordinal) FROM migrate_version
	UNION ALL SELECT 'log', md5(string_agg(l::text, '|' ORDER BY id)) || ' ' || count(*) FROM migrate_log l
	UNION ALL SELECT 'failed', string_agg(concat_ws(' ', revision, sqlstate, error, statement, line), '|') FROM migrate_log WHERE result = 'failed'
	UNION ALL SELECT 'journal', string_agg(j::text, '|') FROM migrate_journal j
	UNION ALL SELECT 'progress', string_agg(p::text, '|') FROM migrate_progress p
	UNION ALL SELECT 'triggers', string_agg(relname || ' ' || tgname || ' ' || tgenabled::text, '|' ORDER BY relname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE tgfoid = 'migrate_ignore_replicated'::regproc
	UNION ALL SELECT 'approval', string_agg(revision || encode(sha256, 'hex') || approved_by || approved_at, '|') FROM migrate_approval
	UNION ALL SELECT 'model', md5(string_agg(m::text || encode(convert_to(ddl, 'UTF8'), 'hex'), '|' ORDER BY name)) || ' ' || count(*) FROM migrate_model m
	UNION ALL SELECT 'repeatables', string_agg(r::text, '|' ORDER BY name) FROM migrate_repeatable r
	UNION ALL SELECT 'callbacks', string_agg(c::text, '|' ORDER BY event, name) FROM migrate_callback c
	UNION ALL SELECT 'seeds', string_agg(s::text, '|' ORDER BY relation) FROM migrate_seed s
	UNION ALL SELECT 'heads', string_agg(revision || status, ' ' ORDER BY revision) FROM migrate_heads()
	UNION ALL SELECT 'current', string_agg(revision || status || applied_at || applied_by, ' ' ORDER BY revision) FROM migrate_current()
	UNION ALL SELECT 'history', md5(string_agg(h::text, '|')) FROM migrate_history() h
	UNION ALL SELECT 'graph', md5(string_agg(g, '|')) FROM migrate_graph() g
	UNION ALL SELECT 'check', string_agg(DISTINCT test || ok || coalesce(revision, '-'), ' ') FROM migrate_check(false)
	UNION ALL SELECT 'plan', string_agg(revision, ' ' ORDER BY step) FROM migrate_plan('heads')
};
my $before = $node->safe_psql('origin', $signature);
like($before, qr/^version\|\d+:f1 \d+:m1$/m, 'two current revisions in the origin');
like($before, qr/^plan\|(?:m2 h1|h1 m2) to run$/m, 'two revisions pending, and a repeatable');
like($before, qr/^failed\|h1 22012 division by zero 3 3$/m, 'one that has failed');
like($before, qr/^journal\|\(h1,upgrade,4,2,/m, 'half done');
like($before, qr/^progress\|\(,,,(?:upgrade,)?h1,(?:upgrade,)?3,4,/m, 'which the view shows');
like($before, qr/^triggers\|(?:migrate_\w+ migrate_ignore_replicated R\|?){9}$/m, 'the triggers of nine tables');

my $dir = PostgreSQL::Test::Utils::tempdir();

# What has to hold in a database that a dump was restored into.
sub restored_ok
{
	my ($db, $name) = @_;

	is($node->safe_psql($db, $signature), $before, "$name: everything is there");
	is( $node->safe_psql($db,
			"SELECT string_agg(has_function_privilege('regress_pgm_writer', f, 'EXECUTE')::text, ' ' ORDER BY n) FROM unnest('{\"migrate_edit(text,text,text,text,boolean,text,text,boolean)\",\"migrate_upgrade(text,jsonb,text)\",\"migrate_upgrade_online(text,jsonb,text,boolean,text)\",migrate_ignore_replicated()}'::text[]) WITH ORDINALITY f (f, n)"
		),
		'true false false false',
		"$name: so are the grants on functions");
	is( $node->safe_psql($db,
			"SELECT bool_and(has_table_privilege('regress_pgm_writer', t, 'SELECT')), bool_or(has_table_privilege('regress_pgm_writer', t, 'INSERT, UPDATE, DELETE')) FROM unnest('{migrate_script,migrate_version,migrate_log,migrate_approval,migrate_journal,migrate_model,migrate_repeatable,migrate_callback,migrate_seed,migrate_progress}'::text[]) t"
		),
		't|f',
		"$name: and on tables");

	# the revision that is half done comes first
	my $stderr;
	isnt($node->psql($db, "SELECT * FROM migrate_upgrade('heads')", stderr => \$stderr), 0, "$name: what is half done is in the way");
	like($stderr, qr/the upgrade of revision "h1" is half done/, "$name: which the error says");
	$node->safe_psql($db, 'UPDATE gate SET n = 1');
	$node->safe_psql($db, "CALL migrate_upgrade_online('h1')");
	is( $node->safe_psql($db, "SELECT (SELECT count(*) FROM half) = (SELECT count(*) FROM gate), indisvalid, (SELECT count(*) FROM migrate_journal) FROM pg_index WHERE indexrelid = 'half_i'::regclass"),
		't|t|0', "$name: the rest of it runs there");
	is( $node->safe_psql($db, "SELECT revision FROM migrate_upgrade('heads')"),
		'm2', "$name: the next upgrade runs what was pending");
	is($node->safe_psql($db, "SELECT to_regclass('pending') IS NOT NULL"),
		't', "$name: and its table is there");
	is( $node->safe_psql($db, "SELECT migrate_revision('next', '', '', rev_id => 'n1', head => 'm2'); SELECT revision FROM migrate_upgrade('heads')"),
		"n1\nn1",
		"$name: revisions can be added");
	is( $node->safe_psql($db, "SELECT count(*) = max(id) AND count(*) = count(DISTINCT id) FROM migrate_log"),
		't', "$name: the log goes on where it was");
	return;
}

for my $how ([ 'plain', [ '-f', "$dir/plain.sql" ] ],
	[ 'plain with inserts', [ '-f', "$dir/inserts.sql", '--column-inserts' ] ],
	# where our triggers fire
	[ 'plain, as a replica', [ '-f', "$dir/replica.sql" ] ],
	[ 'custom', [ '-Fc', '-f', "$dir/custom.dump" ] ],
	[ 'directory, two jobs', [ '-Fd', '-j', '2', '-f', "$dir/directory" ] ])
{
	my ($name, $options) = @$how;
	my $db = $name =~ s/[^a-z]+/_/gr;
	my ($file) = grep { m{^\Q$dir\E} } @$options;
	local $ENV{PGOPTIONS} = $name =~ /replica/ ? '-c session_replication_role=replica' : '';

	$node->command_ok([ 'pg_dump', @$options, '-d', $node->connstr('origin') ], "$name: dump");
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	if ($name =~ /^plain/)
	{
		$node->command_ok(
			[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($db), '-f', $file ],
			"$name: restore");
	}
	else
	{
		$node->command_ok(
			[
				'pg_restore', '--exit-on-error',
				($name =~ /jobs/ ? ('-j', '2') : ()),
				'-d', $node->connstr($db), $file
			],
			"$name: restore");
	}
	restored_ok($db, $name);
}

# A dump of the schema alone has the extension and the tables that the scripts
# have made, but no revisions: pg_dump takes the rows of an extension for data.
# Together with the data of pgmigrate's tables it is complete.
$node->command_ok([ 'pg_dump', '--schema-only', '-f', "$dir/schema.sql", '-d', $node->connstr('origin') ],
	'schema only: dump');
$node->command_ok(
	[ 'pg_dump', '--data-only', '-t', 'migrate_*', '-f', "$dir/data.sql", '-d', $node->connstr('origin') ],
	'data only: dump');
$node->safe_psql('postgres', 'CREATE DATABASE schema_only');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('schema_only'), '-f', "$dir/schema.sql" ],
	'schema only: restore');
is($node->safe_psql('schema_only', "SELECT (SELECT count(*) FROM migrate_history()), to_regclass('forest') IS NOT NULL"),
	'0|t', 'schema only: no revisions, but what they have made');
$node->safe_psql('schema_only', 'SELECT revision FROM migrate_heads()');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('schema_only'), '-f', "$dir/data.sql" ],
	'schema only: and the data of pgmigrate');
restored_ok('schema_only', 'schema and data of pgmigrate');

# With --disable-triggers, pg_dump enables all triggers afterwards, as the usual
# ones; that no row is lost, and what to do, is told by migrate_check().
$node->command_ok(
	[ 'pg_dump', '--data-only', '--disable-triggers', '-t', 'migrate_*', '-f', "$dir/disabled.sql", '-d', $node->connstr('origin') ],
	'triggers disabled: dump');
$node->safe_psql('postgres', 'CREATE DATABASE disabled');
for my $file ('schema.sql', 'disabled.sql')
{
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('disabled'), '-f', "$dir/$file" ],
		"triggers disabled: restore $file");
}
isnt($node->safe_psql('disabled', $signature), $before, 'triggers disabled: something is not as it was');
my $advice = $node->safe_psql('disabled', "SELECT substring(detail FROM 'ALTER TABLE [^;]*;') FROM migrate_check(false) WHERE test = 'own tables' AND NOT ok");
is(scalar(split(/\n/, $advice)), 9, 'triggers disabled: migrate_check says how to put it right');
$node->safe_psql('disabled', $advice);
restored_ok('disabled', 'triggers disabled');

# What pg_dump leaves out: the rows are not in a dump of other schemas, nor in one
# of certain tables.
$node->safe_psql('origin', 'CREATE SCHEMA other; CREATE TABLE other.t (i int)');
for my $how ([ '-n', 'other' ], [ '-N', 'public' ], [ '-t', 'other.t' ])
{
	my ($stdout, $stderr) = run_command([ 'pg_dump', @$how, '-d', $node->connstr('origin') ]);
	unlike($stdout, qr/^COPY public\.migrate_/m, "not in a dump with @$how");
}
# The extension named by itself brings its rows.
my ($stdout, $stderr) = run_command([ 'pg_dump', '-e', 'pgmigrate', '-d', $node->connstr('origin') ]);
like($stdout, qr/^COPY public\.migrate_script /m, 'in a dump with -e pgmigrate');

# In another schema: the same.
$node->safe_psql('origin', 'CREATE SCHEMA "a""b \'c"; ALTER EXTENSION pgmigrate SET SCHEMA "a""b \'c"');
$node->command_ok([ 'pg_dump', '-f', "$dir/elsewhere.sql", '-d', $node->connstr('origin') ],
	'in a schema with a strange name: dump');
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('elsewhere'), '-f', "$dir/elsewhere.sql" ],
	'in a schema with a strange name: restore');
$node->safe_psql('postgres', q{ALTER DATABASE elsewhere SET search_path = 'a"b ''c', public});
restored_ok('elsewhere', 'in a schema with a strange name');

# A dump taken while a run is under way has all of it or nothing: nothing here.
my $session = $node->background_psql('plain');
$session->query_safe(
	"BEGIN; SELECT migrate_revision('under way', 'CREATE TABLE under_way (i int)', '', rev_id => 'u1', head => 'n1'); SELECT migrate_upgrade('u1')"
);
$node->command_ok([ 'pg_dump', '--lock-wait-timeout=5s', '-f', "$dir/under_way.sql", '-d', $node->connstr('plain') ],
	'a dump does not wait for a run');
$session->query_safe('COMMIT');
$session->quit;
unlike(slurp_file("$dir/under_way.sql"), qr/under.way/, 'and has nothing of it');

$node->stop;
done_testing();
