
# Copyright (c) 2026, pgmigrate contributors

# Random graphs and cases, compared with Alembic itself where it is installed.
# What Alembic is known to do wrong is left out, each exclusion with its reason
# below; the numbers are those of the list of its defects that the project
# keeps.  010_graph_property.pl checks those cases too, against a model.
#
# PGMIGRATE_TEST_SEED and PGMIGRATE_TEST_GRAPHS choose other graphs and another
# number of them, PGMIGRATE_TEST_SHOW how many mismatches of a kind are
# described; PYTHON names an interpreter that has alembic.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IPC::Run ();
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use GraphRunner;
use RevisionModel;

my $seed = $ENV{PGMIGRATE_TEST_SEED} // 20261123;
my $graphs = $ENV{PGMIGRATE_TEST_GRAPHS} // 300;
my $cases_per_graph = 12;
my $show_at_most = $ENV{PGMIGRATE_TEST_SHOW} // 3;

# An interpreter that has alembic: Debian's package serves only its own.
my ($python, $version);
foreach my $candidate (grep { defined } $ENV{PYTHON}, 'python3',
	'/usr/bin/python3')
{
	my ($output, $errors) = ('', '');
	my $ok = eval {
		IPC::Run::run(
			[ $candidate, '-c', 'import alembic; print(alembic.__version__)' ],
			'<', \undef, '>', \$output, '2>', \$errors);
	};

	next unless $ok;
	chomp $output;
	($python, $version) = ($candidate, $output);
	last;
}
plan skip_all => 'alembic is not installed' unless defined $python;

# Why the answer of Alembic to a case cannot be compared with ours, or undef
# when it can.  Wherever that is possible the case alone decides, not that the
# answers differ.
sub excluded
{
	my ($model, $case, $theirs) = @_;
	my $command = $case->{command};
	my @targets =
	  ref $case->{target} ? @{ $case->{target} } : ($case->{target});

	# A Python exception in the place of an error text: relative targets that
	# go too far (5), a target twice (4) and other malformed input; or in the
	# place of a result: merges with a dependency or a parent below them (18),
	# stamps with several targets (1).
	return "crash: $theirs->{crash}" if defined $theirs->{crash};

	foreach my $target (@targets)
	{
		my ($qualifier, $symbol, $steps) = RevisionModel::parse($target);

		# Not numbered: base-N walks down from the heads.
		return 'base-N'
		  if defined $steps && $steps < 0 && ($symbol // '') eq 'base';

		# 16: stamp has no relative forms.
		return '16' if $command eq 'stamp' && defined $steps;

		next unless defined $qualifier;

		# 7: what stands before the @ is not even looked up with base, nor in
		# an absolute downgrade target, and has no effect there on what the
		# symbol means.
		my $within = eval { $model->lookup($qualifier) };
		my $absolute = $command eq 'downgrade' && !defined $steps;

		return '7'
		  if !defined $within && ($absolute || ($symbol // '') eq 'base');
		if ($absolute)
		{
			my $found = eval { $model->resolve_one($symbol) };

			return '7'
			  if $symbol eq 'head'
			  || $symbol eq 'heads'
			  || (defined $found && !$model->lineage($found, $within));
		}

		# Not numbered, and 7: stamp and downgrade look a partial identifier up
		# without what stands before the @, which can make it ambiguous.
		return 'label@partial'
		  if $command ne 'upgrade'
		  && !defined $steps
		  && $symbol !~ /^(base|heads?)$/
		  && !exists $model->{name}{$symbol};

		# Not numbered: a walk upwards from a revision that is no member of
		# the branch before the @.
		if (defined $within && defined $symbol && ($steps // 0) > 0)
		{
			my $found = eval { $model->resolve_one($symbol) };

			return 'label@other+N'
			  if defined $found && !$model->lineage($found, $within);
		}
	}
	return undef unless $command eq 'stamp';

	my @found =
	  eval { map { $model->upgrade_target($_, $case->{rows}) } @targets };

	# an error in the names is to be compared
	return undef if $@;

	# 4: targets that overlap are not refused.
	return '4'
	  if $model->overlaps(@found)
	  || (@targets > 1 && grep { /(^|@)base$/ } @targets);

	# 1: with several targets, each is stamped as if it were alone.
	my %row = map { $_ => 1 } @{ $case->{rows} };
	return '1'
	  if @found > 1
	  && grep { !$row{$_} && $model->lineage_overlap($case->{rows}, $_) } @found;

	# 2 and 20: every row that shares a lineage with the target is deleted,
	# with what it implies elsewhere, and with a qualifier also every row that
	# shares a lineage with that.  Where this makes no difference the answers
	# have to be the same.
	my @against =
	  (@found, map { /^([^@]+)@/ ? $model->lookup($1) : () } @targets);
	my @keep =
	  @against
	  ? grep { !$model->lineage_overlap(\@against, $_) } @{ $case->{rows} }
	  : ();
	my $upstream =
	  join ',', $model->maximal($model->ancestors([ @keep, @found ]));

	return '2, 20' if $upstream ne join ',', @{ $model->expect($case)->{rows} };
	return undef;
}

# Ask Alembic about all cases at once.
sub ask_alembic
{
	my ($models, $cases) = @_;
	my $json = JSON::PP->new->canonical;
	my $input = '';
	my ($output, $errors) = ('', '');

	$input .= $json->encode(
		{ revs => $models->[$_]{revs}, cases => $cases->[$_] })
	  . "\n"
	  foreach 0 .. $#$models;
	IPC::Run::run([ $python, "$FindBin::RealBin/alembic_oracle.py" ],
		'<', \$input, '>', \$output, '2>', \$errors)
	  or die "alembic_oracle.py failed: $errors";
	return map { $json->decode($_) } split /\n/, $output;
}

my (%compared, %left_out, %mismatches);
my $same_order = 0;
my $orders = 0;

# Count one mismatch and say how to see it.
sub mismatch
{
	my ($kind, $model, $case, $seen, $theirs) = @_;

	return if $mismatches{$kind}++ >= $show_at_most;
	diag("mismatch: $kind");
	diag('Alembic: ' . JSON::PP->new->canonical->encode($theirs));
	diag("pgmigrate: $seen->{run_text}; rows: @{ $seen->{rows} }");
	diag($model->describe($case));
}

# Compare one case.
sub compare
{
	my ($model, $case, $seen, $theirs) = @_;
	my $command = $case->{command};
	my $why_not = excluded($model, $case, $theirs);
	my @steps = map { $_->{revision} } @{ $seen->{steps} };

	if (defined $why_not)
	{
		$left_out{"$command, $why_not"}++;
		return;
	}
	$compared{$command}++;

	if (defined $theirs->{error} || defined $seen->{error})
	{
		mismatch("$command: one is an error", $model, $case, $seen, $theirs)
		  if !defined $theirs->{error} || !defined $seen->{error};
		return;
	}

	# 19: downgrades leave rows that overlap; then only the steps count.
	if ($model->overlaps(@{ $theirs->{rows} }))
	{
		$left_out{"$command, rows, 19"}++;
	}
	elsif (join(',', @{ $theirs->{rows} }) ne join(',', sort @{ $seen->{rows} }))
	{
		mismatch("$command: rows", $model, $case, $seen, $theirs);
	}
	return if $command eq 'stamp';

	mismatch("$command: steps", $model, $case, $seen, $theirs)
	  if join(',', sort @steps) ne join(',', sort @{ $theirs->{steps} });
	if (@steps > 1)
	{
		$orders++;
		$same_order++
		  if join(',', @steps) eq join(',', @{ $theirs->{steps} });
	}
}

srand($seed);
note("alembic $version, seed $seed, $graphs graphs");

my @models = map { RevisionModel->random_graph(plain_ids => 1) } 1 .. $graphs;
my @cases =
  map {
	my $model = $_;
	[
		map { $model->random_case(qw(upgrade downgrade stamp)) }
		  1 .. $cases_per_graph
	]
  } @models;
my @theirs = ask_alembic(\@models, \@cases);
my $runner = GraphRunner->new;
my @seen = $runner->run(\@models, \@cases);
$runner->stop;

is(scalar @theirs, scalar @models, 'Alembic answered');
foreach my $i (0 .. $#models)
{
	compare($models[$i], $cases[$i][$_], $seen[$i]{cases}[$_], $theirs[$i][$_])
	  foreach 0 .. $#{ $cases[$i] };
}

foreach my $command (sort keys %compared)
{
	my @wrong = grep { /^$command:/ } sort keys %mismatches;

	ok(!@wrong, "$command: $compared{$command} cases compared");
	diag("$mismatches{$_} mismatches in $_ (seed $seed)") foreach @wrong;
}
diag("alembic $version: $same_order of $orders plans have exactly its order");
note("left out: $_: $left_out{$_}") foreach sort keys %left_out;

done_testing();
