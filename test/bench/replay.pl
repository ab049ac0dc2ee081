# replay.pl TESTS OUT SEED COUNT
#
# Makes pairs of the schemas that PostgreSQL's own regression tests go through.
# The scripts in TESTS/sql are run statement by statement, each in a copy of the
# database test_setup; at some places, chosen at random, the schema is dumped,
# and again up to thirty statements later.  About COUNT pairs are left in OUT,
# each a folder with a.sql and b.sql.  The same seed does the same.  The server
# is where the environment says.
#
# What does not work is left; so are scripts that are about the whole server,
# and statements that a dump of a single database cannot restore.

use strict;
use warnings;

use File::Basename;
use File::Path qw(make_path);
use IPC::Open2;

my ($tests, $out, $seed, $count) = @ARGV;
my $timeout = 30;
my $database = 'replay';

# scripts that need what is not there, or leave no schema
my $left_out = qr/^(?:test_setup|largeobject|tablespace|collate.*|.*encoding|prepared_xacts
	|stats.*|sanity_check|vacuum_parallel|psql.*|database|subscription|create_role|regproc)$/x;
my $skipped = qr/^\s*(?:copy|vacuum|explain|select\s+pg_sleep|reassign|notify|listen|cluster|analyze
	|checkpoint|prepare\s+transaction|(?:alter|create|drop)\s+(?:system|database|role|user\b(?!\s+mapping)|group|tablespace)
	|create\s+(?:or\s+replace\s+)?(?:trusted\s+)?(?:procedural\s+)?language)\b|pg_temp|\btemp(?:orary)?\b/xi;
my $changes = qr/^\s*(?:create|alter|drop|comment|grant|revoke|security|commit|end|do)\b/i;

sub slurp
{
	my ($file) = @_;

	open(my $in, '<', $file) or die "$file: $!\n";
	local $/ = undef;
	return scalar <$in>;
}

# The statements of a script, and commands of psql that the others may need.
sub statements_of
{
	my ($text) = @_;
	my ($depth, $atomic, $statement, @statements) = (0, 0, '');

	pos($text) = 0;
	while (pos($text) < length($text))
	{
		if ($text =~ /\G\\[^\n]*\n?/gc)
		{
			my $command = $&;

			push @statements, $statement =~ /\S/ ? "$statement;" : $command =~ /^\\(?:set|getenv)/ ? $command : ();
			$statement = '';
		}
		elsif ($text =~ /\G--[^\n]*/gc || $text =~ m{\G/\*.*?\*/}gcs)
		{
			next;
		}
		elsif ($text =~ /\G[eE]'(?:[^'\\]|\\.|'')*'/gcs
			|| $text =~ /\G'(?:[^']|'')*'/gcs
			|| $text =~ /\G"(?:[^"]|"")*"/gcs)
		{
			$statement .= $&;
		}
		elsif ($text =~ /\G(\$(?:[A-Za-z_]\w*)?\$)/gc)
		{
			my $quote = $1;

			$statement .= $quote;
			$statement .= $& if $text =~ /\G.*?\Q$quote\E/gcs;
		}
		elsif ($text =~ /\G\w+/gc)
		{
			my $word = lc $&;

			$statement .= $&;
			$atomic++ if $word eq 'atomic' || ($atomic && $word eq 'case');
			$atomic-- if $atomic && $word eq 'end';
		}
		else
		{
			$text =~ /\G./gcs;
			my $char = $&;

			$depth += $char eq '(' ? 1 : $char eq ')' ? -1 : 0;
			$statement .= $char;
			next if $char ne ';' || $atomic || $depth > 0;
			if ($statement =~ /^\s*copy\b.*\bfrom\s+stdin/is)
			{
				$text =~ /\G.*?^\\\.\n/gcsm;
			}
			else
			{
				push @statements, $statement;
			}
			($statement, $depth) = ('', 0);
		}
	}
	return @statements;
}

# The schema that the database has.
sub dump_schema
{
	my $dump = `pg_dump --schema-only --lock-wait-timeout=3000 -d $database 2>/dev/null`;

	return undef if $? != 0;
	$dump =~ s/^\\(?:un)?restrict .*\n//mg;
	return $dump;
}

# Runs a script, and returns its schema after each of some statements, which
# are given by their numbers.
sub states_of
{
	my ($statements, %wanted) = @_;
	my (%state, $in_transaction);

	system('dropdb', '--if-exists', '--force', $database);
	system('createdb', '-T', 'test_setup', $database) == 0 or die "no database\n";
	my $pid = open2(my $answers, my $psql, "psql -XqAt -d $database 2>/dev/null");
	print {$psql} "SET statement_timeout = '5s'; SET lock_timeout = '2s';\n";
	foreach my $n (0 .. $#$statements)
	{
		my $done = 0;

		print {$psql} "$statements->[$n]\n";
		$in_transaction = 1 if $statements->[$n] =~ /^\s*(?:begin|start\s+transaction)/i;
		$in_transaction = 0 if $statements->[$n] =~ /^\s*(?:commit|rollback(?!\s+to)|abort|end)\b/i;
		next if !$wanted{$n} || $in_transaction;
		print {$psql} "\\echo !done\n";
		$psql->flush;
		eval {
			local $SIG{ALRM} = sub { die "stuck\n" };
			alarm $timeout;
			while (defined(my $line = <$answers>))
			{
				$done = 1, last if $line eq "!done\n";
			}
			alarm 0;
		};
		last if !$done;
		$state{$n} = dump_schema();
	}
	kill 'TERM', $pid;
	close $psql;
	close $answers;
	waitpid $pid, 0;
	return %state;
}

sub write_pair
{
	my ($name, $a, $b) = @_;

	make_path("$out/$name");
	foreach (['a', $a], ['b', $b])
	{
		open(my $file, '>', "$out/$name/$_->[0].sql") or die "$out: $!\n";
		print {$file} $_->[1];
		close $file;
	}
	return;
}

srand($seed);
local $SIG{PIPE} = 'IGNORE';
local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
my %script = map { basename($_, '.sql') => [ grep { $_ !~ $skipped } statements_of(slurp($_)) ] }
  grep { basename($_, '.sql') !~ $left_out } glob("$tests/sql/*.sql");
my %places = map {
	my $statements = $script{$_};
	($_ => [ grep { $statements->[$_] =~ $changes } 0 .. $#$statements ])
} keys %script;
my $all = 0;
$all += @$_ foreach values %places;

my $made = 0;
foreach my $name (sort keys %script)
{
	my @places = @{ $places{$name} };
	my (%pair, %state);

	# more places than pairs: some are in a transaction, or change nothing
	foreach (@places)
	{
		my $i = int(rand(@places));
		my $j = $i + (1, 1, 2, 3, 5, 8, 13, 30)[ rand(8) ];

		$pair{"$places[$i] $places[$j]"} = 1 if $j < @places && rand() < 1.3 * $count / $all;
	}
	next if !%pair;
	%state = states_of($script{$name}, map { $_ => 1 } map { split / / } keys %pair);
	foreach (sort keys %pair)
	{
		my ($i, $j) = split / /;

		next if !defined $state{$i} || !defined $state{$j} || $state{$i} eq $state{$j};
		write_pair("${name}_${i}_$j", $state{$i}, $state{$j});
		$made++;
	}
}
system('dropdb', '--if-exists', '--force', $database);
print "$made pairs\n";
