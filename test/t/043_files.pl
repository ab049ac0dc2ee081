# Revisions as files: what is exported and loaded comes out as it went in, for
# texts of all sorts, through psql and real files, under both values of
# standard_conforming_strings; and the commands of README's "In git".

use strict;
use warnings;

use Encode ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{SEED} // time;
srand($seed);
note("SEED=$seed");

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'client_min_messages = warning');
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;

# The two commands of the README.
my $export =
  q{psql -XAtqz0 -c 'SELECT file_name, content FROM migrate_export_all()' | }
  . q{while IFS= read -rd '' f && IFS= read -rd '' c; do printf %s "$c" > "versions/$f"; done};
my $load = q{cat versions/*.sql | psql -X1q -v ON_ERROR_STOP=1 -f - -o /dev/null};

my $readme = slurp_file('README.md');
for my $command ($export, $load)
{
	my $pattern = join '\s*\\\\?\s*', map { quotemeta } split / /, $command;
	like($readme, qr/$pattern/, 'the README says so');
}

# Run a command of the shell for a database, in $dir.
sub shell
{
	my ($db, $command) = @_;

	local $ENV{PGDATABASE} = $db;
	local $ENV{LC_ALL}     = 'C.UTF-8';
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'bash', '-c', "set -o pipefail; cd '$dir' && $command" ],
		'>', \$out, '2>', \$err);
	note($err) unless $ok;
	return $ok;
}

sub fresh
{
	my ($db) = @_;

	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $db");
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db,        'CREATE EXTENSION pgmigrate');
	return;
}

sub fresh_directory
{
	system_or_bail('rm', '-rf', "$dir/versions");
	mkdir "$dir/versions" or die $!;
	return;
}

sub files
{
	return map { s!.*/!!r => slurp_file($_) } glob "$dir/versions/*.sql";
}

# All that a file is to keep.
my $rows = q{SELECT revision, down_revision, depends_on, branch_labels, replaces, message,
	coalesce(creator, author) AS creator, created_at, upgrade, downgrade
	FROM migrate_script};

sub digest
{
	my ($db) = @_;
	return $node->safe_psql($db,
		"SELECT revision, md5(r::text), length(upgrade) FROM ($rows) r ORDER BY revision");
}

#----------------------------------------------------------------------
# Random texts
#----------------------------------------------------------------------

my @pieces = (
	"'", "''", '"', '\\', '\\\\', '\\n', "\\'", '$', '$$', '$pgmigrate$', '$pgmigrate',
	'$pgmigrate1$', '$pgmigrate2', '$a$', '$$pgmigrate$', 'pgmigrate$', "\n", "\r\n", "\r",
	"\n\n", "\t", ' ', ':name', ":'name'", ':"name"', '\\.', "\n\\.\n", '\\q', '--', '/*', '*/',
	';', ';;', 'SELECT', '{', '}', '%', '%s', '%(rev)s', "\x{1}", "\x{8}", "\x{b}", "\x{1b}",
	"\x{7f}", "\x{80}", "\x{a0}", "\x{e4}", "\x{2028}", "\x{feff}", "\x{65e5}\x{672c}",
	"\x{1f418}", "e\x{301}", "\x{202e}", "\x{10fffd}", 'E\'', 'U&\'', 'migrate_load(', ');');

# Any text at all.
sub random_text
{
	my ($length) = @_;
	my $text = '';

	$text .= rand() < 0.7 ? $pieces[ rand @pieces ] : chr(32 + rand 95) for 1 .. rand $length;
	return $text;
}

# A script: one that the parser accepts, with any text in it.  It may begin and
# end with anything that is white space or a comment.
sub random_script
{
	my ($length) = @_;
	my $text = random_text($length);
	my $blank = sub { join '', map { ("\n", "\r\n", "\r", ' ', "\t")[ rand 5 ] } 1 .. rand 4 };

	return '' if rand() < 0.05;
	if (rand() < 0.4)
	{
		# a comment to the end of the text
		$text =~ s/[\r\n]/ /g;
		return $blank->() . "SELECT 1; -- $text" . (rand() < 0.5 ? $blank->() : '');
	}
	my $tag = 'q';
	$tag .= 'x' while index($text, "\$$tag") >= 0;
	return $blank->() . "SELECT \$$tag\$$text\$$tag\$" . (rand() < 0.5 ? ';' : '') . $blank->();
}

# A text as an SQL literal that is the same under all settings.
sub literal
{
	my ($text) = @_;
	return "convert_from(decode('" . unpack('H*', Encode::encode('UTF-8', $text)) . "', 'hex'), 'UTF8')";
}

fresh('origin');
my $count = 150;
my @ids;
my @values;
for my $i (1 .. $count)
{
	my $id = sprintf '%012x', $i * 7919;
	my $parent = @ids && rand() < 0.9 ? "{$ids[ rand @ids ]}" : '{}';
	my $down = rand() < 0.2 ? 'NULL' : literal(random_script(30));
	my $message = random_text(rand() < 0.2 ? 200 : 20);
	my $length = $i <= 2 ? 1 : 60;
	my $script = random_script($length);

	# of 1 MB: in many lines, and in one
	$script = "SELECT '" . ("a line of it: \$pgmigrate\$ ''\n" x 36000) . "';" if $i == 1;
	$script = 'SELECT $q$' . ("\x{e4}\x{1f418}\\ " x 130000) . '$q$' if $i == 2;
	my $labels = $i % 20 == 0 ? "{label_$i,\"l\xc3\xa4bel_$i\"}" : '{}';
	push @values,
	  "('$id', '$parent', '{}', '$labels', " . literal($message) . ', '
	  . literal($script) . ", $down, " . literal('Zo' . chr(0xeb) . " o'Neil $i")
	  . ", '2026-01-01 00:00:00.000001+00'::timestamptz + interval '$i.5 s', $i)";
	push @ids, $id;
}
# written by hand, as migrate_revision() would put them in its templates
append_to_file("$dir/rows.sql",
	"INSERT INTO migrate_script (revision, down_revision, depends_on, branch_labels, message,"
	  . " upgrade, downgrade, creator, created_at, ordinal) VALUES\n"
	  . join(",\n", @values)
	  . ";\n");
ok(shell('origin', 'psql -X1q -v ON_ERROR_STOP=1 -f rows.sql'), 'rows are there');
my $origin = digest('origin');

fresh_directory();
ok(shell('origin', $export), 'the rows are exported');
my %files = files();
is(scalar keys %files, $count, 'one file each');
is($node->safe_psql('origin', "SELECT count(*) FROM migrate_export_all() e WHERE content = pg_read_file('$dir/versions/' || file_name)"),
	$count, 'the files are what migrate_export_all() says, byte for byte');
is($node->safe_psql('origin', 'SELECT count(*) FROM migrate_export_all() e WHERE content = migrate_export(revision)'),
	$count, 'and migrate_export() says the same');
like(join('', keys %files), qr/^[\w.\x80-\xff-]+$/, 'the names are harmless');

for my $conforming ('on', 'off')
{
	fresh('copy');
	$node->safe_psql('postgres', "ALTER DATABASE copy SET standard_conforming_strings = $conforming");
	$node->safe_psql('postgres', "ALTER DATABASE copy SET escape_string_warning = off");
	ok(shell('copy', $load), "the files are loaded, standard_conforming_strings $conforming");
	is(digest('copy'), $origin, 'the rows are the same');
	ok(shell('copy', $export), 'and exported again');
	is_deeply({ files() }, \%files, 'the files are the same');
	is(shell('copy', "cat versions/*.sql | psql -XqAt1 -v ON_ERROR_STOP=1 -f - | sort -u > said"), 1, 'once more');
	is(slurp_file("$dir/said"), "unchanged\n", 'nothing is changed');
}

# in any order
fresh('copy');
ok(shell('copy', 'ls versions/*.sql | shuf | tr "\n" "\0" | xargs -0 cat | psql -X1q -v ON_ERROR_STOP=1 -f - -o /dev/null'),
	'the files are loaded in another order');
is(digest('copy'), $origin, 'the rows are the same');

# as a directory of the server
fresh('copy');
is($node->safe_psql('copy', "SELECT result, count(*) FROM migrate_load_directory('$dir/versions') GROUP BY 1"),
	"added|$count", 'the server loads the directory');
is(digest('copy'), $origin, 'the rows are the same');
is($node->safe_psql('copy', "SELECT result, count(*) FROM migrate_load_directory('$dir/versions/') GROUP BY 1"),
	"unchanged|$count", 'and once more');

# files with the line endings of another system
for my $file (glob "$dir/versions/*.sql")
{
	my $text = slurp_file($file);

	$text =~ s/\r\n/\n/g;
	$text =~ s/\n/\r\n/g;
	unlink $file;
	append_to_file($file, $text);
}
is($node->safe_psql('copy', "SELECT result, count(*) FROM migrate_load_directory('$dir/versions') GROUP BY 1"),
	"unchanged|$count", 'line endings do not count');
ok(shell('copy', "cat versions/*.sql | psql -XqAt1 -v ON_ERROR_STOP=1 -f - | sort -u > said"), 'nor with psql');
is(slurp_file("$dir/said"), "unchanged\n", 'nothing is changed');

#----------------------------------------------------------------------
# Dump and restore, other schemas, and a lost file
#----------------------------------------------------------------------

$node->safe_psql('copy', q{SELECT migrate_load('dump', 'kept', down_revision => '{}', replaces => '{old1,old2}', creator => 'somebody else')});
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'copy' ], 'a dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-1', '-d', 'restored', "$dir/dump" ], 'is restored');
is(digest('restored'), digest('copy'), 'nothing is lost');
is($node->safe_psql('restored', 'SELECT is_head, creator, author, replaces FROM migrate_script WHERE revision = \'dump\''),
	$node->safe_psql('copy', 'SELECT is_head, creator, author, replaces FROM migrate_script WHERE revision = \'dump\''),
	'what is for the engine neither');
is($node->safe_psql('restored', "SELECT result, count(*) FROM migrate_load_directory('$dir/versions') GROUP BY 1"),
	"unchanged|$count", 'and the files still are the same');

$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'CREATE SCHEMA "My Tools"; CREATE EXTENSION pgmigrate SCHEMA "My Tools"');
ok(!shell('elsewhere', $load), 'an extension in another schema is not found');
ok(shell('elsewhere', q{export PGOPTIONS='-c search_path="My\\ Tools"'; } . $load),
	'unless it is on the search_path');
is($node->safe_psql('elsewhere', 'SELECT count(*) FROM "My Tools".migrate_script'), $count, 'then it is');

# a revision that somebody applied and never committed
fresh('copy');
fresh_directory();
$node->safe_psql('copy', q{
	SELECT migrate_revision('known', 'CREATE TABLE known (i int)', 'DROP TABLE known', rev_id => 'k1');
	SELECT migrate_revision('applied by hand', 'CREATE TABLE forgotten (i int);', 'DROP TABLE forgotten;', rev_id => 'k2');
	SELECT * FROM migrate_upgrade('head');});
ok(shell('copy', $export), 'it is exported');
fresh('other');
ok(shell('other', $load), 'and loaded elsewhere');
is($node->safe_psql('other', "SELECT revision FROM migrate_upgrade('head')"), "k1\nk2", 'where it runs');

# an error leaves nothing behind
fresh('other');
append_to_file("$dir/versions/k3_bad.sql", "SELECT migrate_load('k3', 'bad', down_revision => '{missing}');\n");
ok(!shell('other', $load), 'a parent is missing');
is($node->safe_psql('other', 'SELECT count(*) FROM migrate_script'), 0, 'nothing was loaded');

$node->stop;
done_testing();
