#
# corpus.pl [option ...] DIRECTORY KEEP [FOLDER ...]
#
# Judge autogenerate by pairs of schemas.  Called by test/bench/corpus, which
# describes the options, and starts the server that the PG* variables name.
# DIRECTORY is for our files, KEEP for those of pairs that fail.
#
# A pair are two files a.sql and b.sql.  It counts when psql loads both into
# empty databases without an error.  Then there are five databases' dumps
# (pg_dump --schema-only) to compare, see Dump.pm:
#
#	up			a, after a generated revision with b as the model was run: b's
#	down		the same, after the revision was undone: a's
#	again		after the upgrade a second revision has nothing to do
#	schema		a database made from migrate_schema_sql() of b: b's
#
# Owners and privileges are compared, too (pgmigrate.compare = 'all').  Roles
# and collations that the files expect are made when psql misses them.  Roles
# are global: they stay until the end, a CREATE ROLE of the files is run once,
# and pairs that have one are not tried beside others.
#
use strict;
use warnings;
use Cwd qw(getcwd);
use Fcntl qw(:flock SEEK_SET);
use File::Basename;
use File::Find;
use File::Path qw(make_path remove_tree);
use FindBin;
use Getopt::Long;
use POSIX ();
use Storable;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);
use lib $FindBin::Bin;
use Dump;

my @judged = qw(up down again schema);
my %title = (
	up     => 'upgrade leads from a to b',
	down   => 'downgrade leads back to a',
	again  => 'then nothing more to do',
	schema => 'schema as SQL is b');
my $goal = 0.99;
my %option = (model => 'dump', schema => 'pgmigrate_ext', dump => []);

GetOptions(\%option, 'model=s', 'schema=s', 'both', 'only=s', 'jobs=i', 'dump=s@')
  or exit 2;
my ($dir, $keep, @folders) = @ARGV;
die "--model is dump or text\n" unless $option{model} =~ /^(?:dump|text)$/;
my $jobs = $option{jobs} // processors();

# what our own extension adds to a dump
my $schema  = $option{schema};
my $ours    = $schema eq 'public' ? '' : "|CREATE SCHEMA $schema|ALTER SCHEMA $schema OWNER TO .*";
my $skip    = qr/^(?:CREATE EXTENSION IF NOT EXISTS pgmigrate WITH SCHEMA .*|COMMENT ON EXTENSION pgmigrate .*$ours)$/s;
my $timeout = 300;

$ENV{PGOPTIONS} = "-c pgmigrate.compare=all -c statement_timeout=${timeout}s";
$| = 1;

sub processors
{
	my $count = `nproc` || 1;

	chomp $count;
	return $count > 4 ? 4 : $count;
}

#----------------------------------------------------------------------
# Files and programs
#----------------------------------------------------------------------

sub read_file
{
	my ($file) = @_;

	open(my $in, '<:raw', $file) or die "$file: $!\n";
	local $/ = undef;
	return <$in> // '';
}

sub write_file
{
	my ($file, @lines) = @_;

	open(my $out, '>:raw', $file) or die "$file: $!\n";
	print $out @lines;
	close $out or die "$file: $!\n";
	return $file;
}

# Run a program in a directory, its output and its messages going to files.
# Returns whether it succeeded.
sub run_program
{
	my ($directory, $out, $err, @command) = @_;
	my $pid = fork() // die "could not fork: $!\n";

	if (!$pid)
	{
		chdir $directory;
		open(STDIN, '<', '/dev/null') or POSIX::_exit(127);
		open(STDOUT, '>', $out) or POSIX::_exit(127);
		open(STDERR, '>', $err) or POSIX::_exit(127);
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return $? == 0;
}

# Run SQL for our own purposes and return what it prints.
sub sql
{
	my ($db, @statements) = @_;
	my ($out, $err) = map { "$dir/sql.$$.$_" } qw(out err);

	run_program('.', $out, $err, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $db,
		map { ('-c', $_) } @statements)
	  or die "@statements: " . read_file($err);
	my $result = read_file($out);
	chomp $result;
	return $result;
}

sub literal
{
	my ($text) = @_;

	$text =~ s/'/''/g;
	return "'$text'";
}

sub identifier
{
	my ($text) = @_;

	$text =~ s/"/""/g;
	return "\"$text\"";
}

# A text as one literal in which nothing has to be escaped.
sub dollar_quoted
{
	my ($text) = @_;
	my $tag = 'model';

	$tag .= '_' while index($text, "\$$tag\$") >= 0;
	return "\$$tag\$$text\$$tag\$";
}

#----------------------------------------------------------------------
# Databases
#----------------------------------------------------------------------

sub create_db
{
	my ($db, $template, @prelude) = @_;

	drop_db($db);
	sql('postgres', "CREATE DATABASE $db TEMPLATE $template STRATEGY file_copy");
	sql($db, @prelude) if @prelude;
	return;
}

# A subscription stands in the way of DROP DATABASE.
sub drop_db
{
	my ($db) = @_;
	my @subscriptions = split /\n/,
	  sql('postgres',
		'SELECT quote_ident(subname) FROM pg_subscription s, pg_database d '
		  . "WHERE s.subdbid = d.oid AND datname = '$db'");

	for my $name (@subscriptions)
	{
		sql($db, "ALTER SUBSCRIPTION $name DISABLE",
			"ALTER SUBSCRIPTION $name SET (slot_name = NONE)",
			"DROP SUBSCRIPTION $name");
	}
	sql('postgres', "DROP DATABASE IF EXISTS $db WITH (FORCE)");
	return;
}

# Two templates: one as initdb made it and one with the extension.  They are
# connected to, lest each copy has to write its cache of system catalogs.
sub create_templates
{
	sql('postgres', 'CREATE DATABASE corpus_empty TEMPLATE template0');
	sql('corpus_empty', 'SELECT 1');
	sql('postgres', 'CREATE DATABASE corpus_ext TEMPLATE corpus_empty');
	sql('corpus_ext', $schema eq 'public' ? () : "CREATE SCHEMA $schema",
		"CREATE EXTENSION pgmigrate SCHEMA $schema");
	sql('corpus_ext', 'SELECT 1');
	sql('postgres', 'CHECKPOINT');
	return;
}

#----------------------------------------------------------------------
# One pair
#----------------------------------------------------------------------

# CREATE ROLE and its like, at the beginning of a line.
my $role_ddl = qr/^[ \t]*(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER|GROUP)\s+(?!MAPPING\b)/im;

# Take CREATE ROLE out of a script and run it, unless the role is there.
sub without_roles
{
	my ($text) = @_;

	$text =~ s{^[ \t]*CREATE\s+(?:ROLE|USER|GROUP)\s+(?!MAPPING\b)("(?:[^"]|"")*"|\w+)[^;]*;}
		{ make_role($1, $&); '' }gime;
	return $text;
}

sub make_role
{
	my ($name, $statement) = @_;
	my $found = sql('postgres',
		"SELECT count(*) FROM pg_roles WHERE quote_ident(rolname) IN ("
		  . literal(lc $name) . ', ' . literal($name) . ')');

	$statement =~ s/;\s*$//;
	eval { sql('postgres', $statement) } unless $found;
	return;
}

# The error in the messages of psql: its line, and its class.
sub error_in
{
	my ($file) = @_;
	my $messages = read_file($file);

	return ('', '') unless $messages =~ /^(?:psql:[^\n]*?: )?((?:ERROR|FATAL|PANIC): .*)/ms;
	my $text = $1;
	my ($line) = $text =~ /^(.*)/;
	my $class = $line;

	if ($messages =~ /server closed the connection|terminating connection because of crash/)
	{
		return ('the server has crashed', $text);
	}
	$class =~ s/"[^"]*(?:"[^"]*"[^"]*)*?"(?= |$|,|:|\)|;)/"..."/g;
	$class =~ s/\b\d+\b/N/g unless $class !~ s/^((?:ERROR|FATAL): +\w{5}: )//;
	return (($line =~ /^(\w+: +\w{5}: )/ ? $1 : '') . $class, substr($text, 0, 3000));
}

# What the server lacks by this error, as statements for each new database;
# undef when nothing can be done.
sub provide
{
	my ($error) = @_;

	if ($error =~ /ERROR: +(?:\w{5}: +)?role "(.*)" does not exist/)
	{
		eval { sql('postgres', 'CREATE ROLE ' . identifier($1)) };
		return [];
	}
	if ($error =~ /ERROR: +(?:\w{5}: +)?collation "([^"]*)" for encoding/)
	{
		my $collation = $1;
		my $locale = $collation =~ s/[.@].*//r;

		$locale =~ s/_/-/;
		return ['SET allow_system_table_mods = on; CREATE COLLATION pg_catalog.'
			  . identifier($collation) . ' (provider = icu, locale = ' . literal($locale) . ')'];
	}
	return undef;
}

# Load a file into a new database.  Returns the error, or ''.
sub load
{
	my ($pair, $side, $db, $template) = @_;
	my $file = "$pair->{$side}";
	my $err  = "$pair->{work}/load_$side.err";
	my $before = '';

	for (1 .. 40)
	{
		my $text = read_file($file);

		create_db($db, $template, @{ $pair->{prelude} });
		if ($pair->{roles})
		{
			$file = write_file("$pair->{work}/load_$side.sql", without_roles($text));
		}
		return '' if run_program(dirname($pair->{$side}), '/dev/null', $err, 'psql', '-Xq', '-v',
			'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $db, '-f', $file);
		my ($class, $error) = error_in($err);
		my $prelude = provide($error);

		if (!$prelude || $error eq $before)
		{
			return $class || 'psql: ' . substr(read_file($err), 0, 200);
		}
		push @{ $pair->{prelude} }, @$prelude;
		# what the other file was loaded without
		return 'again' if @$prelude && $side eq 'b';
		$before = $error;
	}
	return 'too much is missing';
}

# Dump a database; returns its statements.
sub dump_of
{
	my ($pair, $db, $name) = @_;
	my $file = "$pair->{work}/$name.dump";

	run_program('.', $file, "$file.err", 'pg_dump', '--schema-only', $db)
	  or die "pg_dump: " . read_file("$file.err");
	unlink "$file.err";
	return [ statements(read_file($file), $skip) ];
}

# Run statements in the database under test.  Returns what they print, or undef
# after an error, which is then in the pair's result of this step.
sub ask
{
	my ($pair, $step, $db, $statement) = @_;
	my $file = "$pair->{work}/$step";
	my $start = clock_gettime(CLOCK_MONOTONIC);
	my $ok = run_program('.', "$file.out", "$file.err", 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1',
		'-v', 'VERBOSITY=verbose', '-d', $db, '-f', write_file("$file.sql", "$statement;\n"));

	$pair->{time}{$step} = clock_gettime(CLOCK_MONOTONIC) - $start;
	if (!$ok)
	{
		my ($class, $text) = error_in("$file.err");

		$pair->{error} = [ "$step: $class", $text || read_file("$file.err") ];
		return undef;
	}
	my $result = read_file("$file.out");
	chomp $result;
	return $result;
}

# Store that a judged step has failed, by an error or by differences.
sub failed
{
	my ($pair, $step, @misses) = @_;

	$pair->{misses}{$step} = [ map { [@$_] } @misses ];
	return;
}

sub compare
{
	my ($pair, $step, $wanted, $found) = @_;
	my @differences = differences($wanted, $found);

	failed($pair, $step, @differences) if @differences;
	return !@differences;
}

# The text of the model.
sub model_of
{
	my ($pair) = @_;
	my $text = read_file($pair->{work} . '/b.dump');

	# the database that it is of has the extension only for migrate_schema_sql()
	$text =~ s/^(?:CREATE EXTENSION IF NOT EXISTS pgmigrate WITH SCHEMA|COMMENT ON EXTENSION pgmigrate) [^\n]*\n//mg;
	$text =~ s/^(?:CREATE SCHEMA \Q$schema\E|ALTER SCHEMA \Q$schema\E OWNER TO [^\n]*);\n//mg
	  unless $schema eq 'public';
	return $text;
}

# Whether the dump of b cannot be loaded, into an empty database either.
sub dump_is_bad
{
	my ($pair, $new) = @_;
	my $file = write_file("$pair->{work}/model.loaded.sql", model_of($pair));

	create_db($new, 'corpus_empty', @{ $pair->{prelude} });
	return !run_program('.', '/dev/null', "$file.err", 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1',
		'-d', $new, '-f', $file);
}

# Write the revision, with a model of this kind.  Returns its id, '' when there
# is nothing to do, undef after an error.
sub revision
{
	my ($pair, $db, $kind) = @_;
	my $text = $kind eq 'dump' ? model_of($pair) : read_file($pair->{b});

	$text = without_roles($text) if $pair->{roles};
	return undef
	  unless defined ask($pair, 'model', $db,
		"SELECT $schema.migrate_set_model(" . dollar_quoted($text) . ')');
	return ask($pair, 'revision', $db,
		"SELECT $schema.migrate_revision('there', autogenerate => true)");
}

# The same with the kind of model that was asked for, or with the other where
# that kind does not exist: a file may hold what is no part of a model, and what
# pg_dump writes may be wrong.
sub first_revision
{
	my ($pair, $db, $new) = @_;
	my $kind = $option{model};
	my $id = revision($pair, $db, $kind);

	return $id if defined $id || $pair->{error}[1] !~ /^CONTEXT:.*model part "/m;
	return undef if $kind eq 'dump' && !dump_is_bad($pair, $new);
	$pair->{refused} = $pair->{error}[0];
	return revision($pair, $db, $kind eq 'dump' ? 'text' : 'dump');
}

# From a to b: whether there is something to go back from.
sub judge_up
{
	my ($pair, $db, $new, $wanted) = @_;
	my $id = first_revision($pair, $db, $new);

	if (!defined $id)
	{
		failed($pair, $_, $pair->{error}) for qw(up again down);
		return 0;
	}
	if ($id eq '')
	{
		# a model that is no more than the database: the same dump, or a miss
		compare($pair, 'up', $wanted, dump_of($pair, $db, 'up'));
		return 0;
	}
	ask($pair, 'script', $db, "SELECT '-- upgrade' || E'\\n' || upgrade || E'\\n-- downgrade\\n' || "
		  . "coalesce(downgrade, '(none)') FROM $schema.migrate_script");
	if (!defined ask($pair, 'upgrade', $db, "SELECT * FROM $schema.migrate_upgrade()"))
	{
		failed($pair, $_, $pair->{error}) for qw(up again down);
		return 0;
	}
	compare($pair, 'up', $wanted, dump_of($pair, $db, 'up'));

	$id = ask($pair, 'again', $db, "SELECT $schema.migrate_revision('again', autogenerate => true)");
	if (!defined $id)
	{
		failed($pair, 'again', $pair->{error});
	}
	elsif ($id ne '')
	{
		my $script = ask($pair, 'again_script', $db,
			"SELECT upgrade FROM $schema.migrate_script WHERE revision = '$id'") // '';

		failed($pair, 'again', map { [ 'again: ' . class_of($_), $_ ] } split_statements($script));
		ask($pair, 'again_delete', $db, "SELECT $schema.migrate_delete('$id')");
	}
	return 1;
}

sub judge_down
{
	my ($pair, $db, $wanted) = @_;

	if (!defined ask($pair, 'downgrade', $db, "SELECT * FROM $schema.migrate_downgrade('base')"))
	{
		failed($pair, 'down', $pair->{error});
		return;
	}
	compare($pair, 'down', $wanted, dump_of($pair, $db, 'down'));
	return;
}

sub judge_schema
{
	my ($pair, $db, $new, $wanted) = @_;
	my $script = ask($pair, 'schema', $db, "SELECT $schema.migrate_schema_sql()");

	if (defined $script)
	{
		create_db($new, 'corpus_empty', @{ $pair->{prelude} });
		rename "$pair->{work}/schema.out", "$pair->{work}/schema.loaded.sql";
		if (run_program('.', '/dev/null', "$pair->{work}/schema.err", 'psql', '-Xq', '-v',
			'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $new, '-f',
			"$pair->{work}/schema.loaded.sql"))
		{
			compare($pair, 'schema', $wanted, dump_of($pair, $new, 'schema'));
			return;
		}
		my ($class, $text) = error_in("$pair->{work}/schema.err");

		$pair->{error} = [ "load schema: $class", $text ];
	}
	failed($pair, 'schema', $pair->{error});
	return;
}

# Everything about one pair; the databases are the worker's.
sub judge
{
	my ($pair, $worker) = @_;
	my ($a, $b, $c) = map { "corpus_${worker}_$_" } qw(a b c);
	my $why;

	remove_tree($pair->{work});
	make_path($pair->{work});
	$pair->{misses}  = {};
	$pair->{time}    = {};
	$pair->{prelude} //= [];
	do
	{
		$why = load($pair, 'a', $a, 'corpus_ext');
		$why = 'b: ' . $why if $why eq '' && ($why = load($pair, 'b', $b, 'corpus_ext'));
	} while ($why eq 'b: again');
	$pair->{unloaded} = $why;
	return if $why;

	my $dump_a = dump_of($pair, $a, 'a');
	my $dump_b = dump_of($pair, $b, 'b');

	judge_schema($pair, $b, $c, $dump_b);
	judge_down($pair, $a, $dump_a) if judge_up($pair, $a, $c, $dump_b);
	drop_db($_) for $a, $b, $c;
	return;
}

#----------------------------------------------------------------------
# All pairs
#----------------------------------------------------------------------

# The pairs below the folders, each with its name.
sub find_pairs
{
	my @pairs;

	for my $folder (@folders)
	{
		my $above = dirname($folder);

		find({ no_chdir => 1, follow => 1, wanted => sub {
			my $at = $File::Find::name;

			return unless -e "$at/a.sql" && -e "$at/b.sql";
			my $name = substr($at, length($above) + 1);

			push @pairs, { name => $name, a => "$at/a.sql", b => "$at/b.sql" };
			push @pairs, { name => "$name (back)", a => "$at/b.sql", b => "$at/a.sql" }
			  if $option{both};
		} }, $folder);
	}
	for my $file (@{ $option{dump} })
	{
		my $name = basename($file);
		my $nothing = write_file("$dir/nothing.sql", "-- nothing\n");

		push @pairs, { name => "$name from nothing", a => $nothing, b => $file };
		push @pairs, { name => "$name to nothing", a => $file, b => $nothing };
	}
	@pairs = grep { $_->{name} =~ /$option{only}/ } @pairs if defined $option{only};
	for my $pair (@pairs)
	{
		$pair->{roles} = 1 if grep { read_file($_) =~ $role_ddl } $pair->{a}, $pair->{b};
		$pair->{work} = "$keep/" . ($pair->{name} =~ s/ /_/gr);
	}
	return sort { $a->{name} cmp $b->{name} } @pairs;
}

# A crash takes down the sessions of all workers.  Wait until the server is up.
sub crashed
{
	my ($text) = @_;

	return 0 unless $text =~ /terminating connection because of crash|in recovery mode|starting up|server closed the connection|Connection refused|the server has crashed/;
	for (1 .. 100)
	{
		last if eval { sql('postgres', 'SELECT 1') };
		sleep 0.2;
	}
	return 1;
}

# Judge one pair, and once more when another's crash may have been in the way.
sub judge_safely
{
	my ($pair, $worker) = @_;

	for my $try (1 .. 2)
	{
		my $ok = eval { judge($pair, $worker); 1 };
		my $text = join ' ', $ok ? () : $@, $pair->{unloaded} // '',
		  map { map { "@$_" } @$_ } values %{ $pair->{misses} };

		if (!$ok)
		{
			failed($pair, $_, [ 'the judge gave up: ' . substr($@, 0, 150), $@ ]) for @judged;
		}
		last unless crashed($text);
	}
	remove_tree($pair->{work}) unless $pair->{unloaded} || %{ $pair->{misses} };
	return;
}

# Take the next pair that nobody has taken; -1: none is left.
sub next_number
{
	my ($count) = @_;

	open(my $file, '+<', "$dir/next") or die "$dir/next: $!\n";
	flock($file, LOCK_EX);
	my $number = <$file>;
	seek $file, 0, SEEK_SET;
	print $file $number + 1, "\n";
	close $file;
	return $number < $count ? $number : -1;
}

sub work
{
	my ($worker, @pairs) = @_;
	my @done;

	open(my $roles, '>>', "$dir/roles.lock") or die "$dir/roles.lock: $!\n";
	while ((my $number = next_number(scalar @pairs)) >= 0)
	{
		my $pair = $pairs[$number];

		flock($roles, $pair->{roles} ? LOCK_EX : LOCK_SH);
		judge_safely($pair, $worker);
		flock($roles, LOCK_UN);
		push @done, $pair;
		print "  $pair->{name}: ", join(', ', verdict($pair)), "\n" if verdict($pair);
	}
	store(\@done, "$dir/done.$worker");
	return;
}

# What has failed, in a few words; nothing for a pair that passed.
sub verdict
{
	my ($pair) = @_;

	return "does not load: $pair->{unloaded}" if $pair->{unloaded};
	return grep { $pair->{misses}{$_} } @judged;
}

sub run_all
{
	my (@pairs) = @_;
	my @children;

	write_file("$dir/next", "0\n");
	for my $worker (1 .. $jobs)
	{
		my $pid = fork() // die "could not fork: $!\n";

		if (!$pid)
		{
			work($worker, @pairs);
			POSIX::_exit(0);
		}
		push @children, $pid;
	}
	waitpid $_, 0 for @children;
	return sort { $a->{name} cmp $b->{name} } map { @{ retrieve("$dir/done.$_") } } 1 .. $jobs;
}

#----------------------------------------------------------------------
# The report
#----------------------------------------------------------------------

# One line for each class of what has gone wrong, the most frequent first, with
# an example.
sub report_classes
{
	my ($title, $show, %classes) = @_;

	return unless %classes;
	print "\n$title\n";
	for my $class (sort { @{ $classes{$b} } <=> @{ $classes{$a} } || $a cmp $b } keys %classes)
	{
		my @examples = @{ $classes{$class} };

		printf "  %4d  %s\n", scalar @examples, $class;
		next unless $show;
		my ($name, $text) = @{ $examples[0] };

		print "        $name\n";
		my @lines = split /\n/, $text;
		splice @lines, 8 if @lines > 8;
		print map { '          ' . substr($_, 0, 200) . "\n" } @lines;
	}
	return;
}

sub report
{
	my ($seconds, @pairs) = @_;
	my (%classes, %unloaded, %refused, @loaded);
	my $missed = 0;

	for my $pair (@pairs)
	{
		if ($pair->{unloaded})
		{
			push @{ $unloaded{ $pair->{unloaded} } }, [ $pair->{name}, '' ];
			next;
		}
		push @loaded, $pair;
		push @{ $refused{ $pair->{refused} } }, [ $pair->{name}, '' ] if $pair->{refused};
		my %seen;
		for my $step (@judged)
		{
			for my $miss (@{ $pair->{misses}{$step} // [] })
			{
				my ($class, $text) = @$miss;

				$class = "$step: $class" unless $class =~ /^\Q$step\E:/;
				# an error is shown once, not for each step that it prevented
				next if $seen{"$class$text"}++ || $class =~ /^(?:down|again): (?:model|revision|upgrade): /;
				push @{ $classes{$class} }, [ $pair->{name}, $text ];
			}
		}
	}
	report_classes('Not loaded:', 0, %unloaded);
	report_classes('No model, so that the other kind was used:', 0, %refused);
	report_classes('Missed:', 1, %classes);

	printf "\n%d pairs, %d loaded, in %.0f s; model: %s; extension in %s\n", scalar @pairs,
	  scalar @loaded, $seconds, $option{model}, $schema;
	for my $step (@judged)
	{
		my $count = grep { !$_->{misses}{$step} } @loaded;
		my $share = @loaded ? $count / @loaded : 0;

		printf "  %-28s %5d  %6.2f %%  (goal %.0f %%)  %s\n", $title{$step}, $count, 100 * $share,
		  100 * $goal, $share >= $goal ? 'ok' : 'MISSED';
		$missed++ if $share < $goal;
	}
	my @times = sort { $a <=> $b } map { $_->{time}{revision} // () } @loaded;

	printf "  %-28s %.0f ms in the middle, %.0f ms at most\n", 'migrate_revision() took',
	  1e3 * $times[ @times / 2 ], 1e3 * $times[-1]
	  if @times;
	return $missed;
}

my $start = clock_gettime(CLOCK_MONOTONIC);
my @pairs = find_pairs() or die "no pairs are found\n";

create_templates();
printf "%d pairs, %d at once\n", scalar @pairs, $jobs;
my @done = run_all(@pairs);
exit(report(clock_gettime(CLOCK_MONOTONIC) - $start, @done) ? 1 : 0);
