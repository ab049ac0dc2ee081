
# Copyright (c) 2026, pgmigrate contributors

# Random graphs and random cases, compared with the independent model of the
# graph semantics in lib/RevisionModel.pm: what migrate_plan says, what
# migrate_upgrade, migrate_downgrade and migrate_stamp do, what they leave in
# migrate_version and migrate_log, and what migrate_current, migrate_heads,
# migrate_branches and migrate_history show.
#
# PGMIGRATE_TEST_SEED and PGMIGRATE_TEST_GRAPHS choose other graphs than the
# usual ones, and another number of them, PGMIGRATE_TEST_SHOW how many mismatches
# of a kind are described.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use GraphRunner;
use RevisionModel;

my $seed = $ENV{PGMIGRATE_TEST_SEED} // 20261122;
my $graphs = $ENV{PGMIGRATE_TEST_GRAPHS} // 2000;
my $cases_per_graph = 12;

# a few ranges of history between the others
my @commands = (('upgrade', 'downgrade', 'stamp') x 4, 'history');

# how many mismatches of a kind are described
my $show_at_most = $ENV{PGMIGRATE_TEST_SHOW} // 3;

my %checked;
my %mismatches;

# Count one comparison; when it fails, say how to see it.
sub check
{
	my ($kind, $ok, $model, $case, @why) = @_;

	$checked{$kind}++;
	return if $ok;
	return if $mismatches{$kind}++ >= $show_at_most;
	diag("mismatch in: $kind");
	diag($_) foreach @why;
	diag($model->describe($case));
}

# Sorted words of a list.
sub sorted { return join ' ', sort @_; }

# The revisions that are in the first list, but not in the second.
sub without
{
	my ($first, $second) = @_;
	my %second = map { $_ => 1 } @$second;

	return sorted(grep { !$second{$_} } @$first);
}

# Compare the lists of heads and of branch points.
sub check_graph
{
	my ($model, $seen) = @_;
	my %real = map { $_ => 1 } $model->real_heads;
	my $heads =
	  sorted(map { "$_/" . ($real{$_} ? 'head' : 'effective head') }
		  $model->heads);
	my $points = $model->branch_points;
	my $branches =
	  sorted(map { "$_/" . join('&', @{ $points->{$_} }) } keys %$points);

	my $seen_heads = sorted(
		map {
			my %is = map { $_ => 1 } @{ $seen->{heads}{$_} };
			"$_/"
			  . join('&', grep { $is{$_} } 'head', 'effective head')
		} keys %{ $seen->{heads} });
	my $seen_branches = sorted(
		map { "$_/" . join('&', sort @{ $seen->{branches}{$_} }) }
		  keys %{ $seen->{branches} });
	my $real_heads = sorted(keys %real);
	my $seen_real = sorted(@{ $seen->{real_heads} });

	check('migrate_heads()', $seen_heads eq $heads,
		$model, undef, "expected: $heads", "got: $seen_heads");
	check('migrate_heads(true)', $seen_real eq $real_heads,
		$model, undef, "expected: $real_heads", "got: $seen_real");
	check('migrate_branches()', $seen_branches eq $branches,
		$model, undef, "expected: $branches", "got: $seen_branches");
}

# Compare one case.
sub check_case
{
	my ($model, $case, $seen) = @_;
	my $command = $case->{command};
	my $expected = $model->expect($case);
	my @got = ("plan: $seen->{plan_text}", "run: $seen->{run_text}",
		"rows: @{ $seen->{rows} }");

	# the rows, and what they imply on other branches
	my $current = $model->current($case->{rows});
	my $current_text = sorted(map { "$_/$current->{$_}" } keys %$current);
	my %known = map { $_ => 1 }
	  ('head', 'effective head', 'branchpoint', 'mergepoint', 'implied');
	my $seen_current = sorted(
		map {
			"$_/"
			  . join(',',
				sort grep { $known{$_} } @{ $seen->{current}{$_} })
		} keys %{ $seen->{current} });

	check('migrate_current()', $seen_current eq $current_text,
		$model, $case, "expected: $current_text", "got: $seen_current");

	# what is planned is what is run, errors included
	check("plan of $command", $seen->{plan_text} eq $seen->{run_text},
		$model, $case, @got)
	  if $command ne 'history';

	if (defined $expected->{error})
	{
		check(
			"error of $command",
			defined $seen->{error} && $seen->{error} =~ /^($expected->{error})$/,
			$model, $case, "expected: $expected->{error}", @got);
		check(
			"$command that fails",
			"@{ $seen->{rows} }" eq "@{ $case->{rows} }" && $seen->{logged} == 0,
			$model, $case, @got);
		return;
	}

	my @want = (
		'expected steps: ' . sorted(@{ $expected->{steps} }),
		'expected rows: ' . sorted(@{ $expected->{rows} }));
	my @steps = map { $_->{revision} } @{ $seen->{steps} };

	if (defined $seen->{error})
	{
		check("steps of $command", 0, $model, $case, @want, @got);
		return;
	}
	if ($command eq 'history')
	{
		check('history',
			sorted(@steps) eq sorted(@{ $expected->{steps} }),
			$model, $case, @want, @got);
		check('order of history', $model->order_is_valid(\@steps, 1),
			$model, $case, @got);
		return;
	}
	check("rows after $command",
		sorted(@{ $seen->{rows} }) eq sorted(@{ $expected->{rows} }),
		$model, $case, @want, @got);
	check("log of $command", $seen->{logged} == @steps,
		$model, $case, "lines in the log: $seen->{logged}", @got);

	# rows that stay keep their order
	my %before = map { $_ => 1 } @{ $case->{rows} };
	my %after = map { $_ => 1 } @{ $seen->{rows} };
	my @stay_before = grep { $after{$_} } @{ $case->{rows} };
	my @stay_after = grep { $before{$_} } @{ $seen->{rows} };

	check("order of rows after $command", "@stay_before" eq "@stay_after",
		$model, $case, @got);

	if ($command eq 'stamp')
	{
		# each row added is one step, each row gone is named in one of them
		my @added;
		my %gone;

		foreach my $step (@{ $seen->{steps} })
		{
			if ($step->{direction} eq 'stamp')
			{
				push @added, $step->{revision};
				$gone{$_} = 1 foreach @{ $step->{down} };
			}
			else
			{
				$gone{ $step->{revision} } = 1;
			}
		}
		check(
			'steps of stamp',
			sorted(@added) eq without($expected->{rows}, $case->{rows})
			  && sorted(keys %gone) eq
			  without($case->{rows}, $expected->{rows}),
			$model, $case, @want, @got);
		return;
	}

	check("steps of $command", sorted(@steps) eq sorted(@{ $expected->{steps} }),
		$model, $case, @want, @got);
	check("order of $command",
		$model->order_is_valid(\@steps, $command eq 'downgrade'),
		$model, $case, @got);
	check(
		"columns of $command",
		!(grep {
				$_->{direction} ne $command
				  || "@{ $_->{down} }" ne "@{ $model->{down}{$_->{revision}} }"
			} @{ $seen->{steps} }),
		$model, $case, @got);
}

srand($seed);
note("seed $seed, $graphs graphs; PGMIGRATE_TEST_SEED chooses other ones");

my $runner = GraphRunner->new;

while ($graphs > 0)
{
	my @batch =
	  map { RevisionModel->random_graph } 1 .. ($graphs < 100 ? $graphs : 100);
	my @cases = map {
		my $model = $_;
		[ map { $model->random_case(@commands) } 1 .. $cases_per_graph ]
	} @batch;
	my @seen = $runner->run(\@batch, \@cases);

	$graphs -= @batch;
	foreach my $i (0 .. $#batch)
	{
		check_graph($batch[$i], $seen[$i]);
		check_case($batch[$i], $cases[$i][$_], $seen[$i]{cases}[$_])
		  foreach 0 .. $#{ $cases[$i] };
	}
}
$runner->stop;

foreach my $kind (sort keys %checked)
{
	my $wrong = $mismatches{$kind} // 0;

	ok(!$wrong, "$kind: $checked{$kind} compared")
	  or diag("$wrong mismatches in: $kind (seed $seed)");
}

done_testing();
