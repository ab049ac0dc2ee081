
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

RevisionModel - what the tests expect of the revision graph

=head1 DESCRIPTION

A second, independent implementation of the graph semantics, kept as plain as
possible: sets are hashes, every closure is computed by walking, nothing is
cached beyond one graph.  It makes random graphs and random cases, and it says
what an upgrade, a downgrade or a stamp has to do with them.  It does not know
SQL, and it shares no code or table with the extension.

Words used here: "down" is the list of parents, "deps" the resolved
dependencies, "next" the children by parent only.  Closures over both kinds of
edges are called ancestors and descendants, those over parents only have a _d
at the end of their name.  A qualifier is what stands before the @ of a
target.  The empty list of revisions is the base.

A case is a hash of command (upgrade, downgrade, stamp, history), target (a
string, or a reference to an array of strings) and rows (the ids in the version
table, in their order).  An expectation is either error, a SQLSTATE (or several with |
between them where more than one is reasonable), or steps and rows, both as
sorted lists of ids.

=cut

package RevisionModel;

use strict;
use warnings FATAL => 'all';

#----------------------------------------------------------------------
# The graph
#----------------------------------------------------------------------

# Make a model of a list of revisions, in the order of their creation.  Each
# is a hash of id, down, depends_on (ids or labels) and labels.
sub new
{
	my ($class, $revs) = @_;
	my $self = bless {
		order => [ map { $_->{id} } @$revs ],
		revs => $revs,
		name => {},
		down => {},
		deps => {},
		next => {},
		users => {},
	}, $class;

	foreach my $rev (@$revs)
	{
		$self->{name}{$_} = $rev->{id} foreach $rev->{id}, @{ $rev->{labels} };
		$self->{next}{ $rev->{id} } = [];
		$self->{users}{ $rev->{id} } = [];
	}
	foreach my $rev (@$revs)
	{
		my $id = $rev->{id};
		my %parent = map { $_ => 1 } @{ $rev->{down} };
		my %dep = map { $self->{name}{$_} => 1 } @{ $rev->{depends_on} };

		delete @dep{ keys %parent };
		$self->{down}{$id} = [ @{ $rev->{down} } ];
		$self->{deps}{$id} = [ sort keys %dep ];
		push @{ $self->{next}{$_} }, $id foreach keys %parent;
		push @{ $self->{users}{$_} }, $id foreach keys %dep;
	}
	return $self;
}

# The closure of some revisions over the named kinds of edges, themselves
# included, as a reference to a hash.
sub closure
{
	my ($self, $start, @kinds) = @_;
	my %seen;
	my @todo = @$start;

	while (defined(my $id = pop @todo))
	{
		next if $seen{$id}++;
		push @todo, @{ $self->{$_}{$id} } foreach @kinds;
	}
	return \%seen;
}

# What some revisions stand upon, and what stands upon them.
sub ancestors     { return $_[0]->closure($_[1], 'down', 'deps'); }
sub ancestors_d   { return $_[0]->closure($_[1], 'down'); }
sub descendants   { return $_[0]->closure($_[1], 'next', 'users'); }
sub descendants_d { return $_[0]->closure($_[1], 'next'); }

# Those of a set that no other member of the set stands upon.
sub maximal
{
	my ($self, $set) = @_;
	my @result;

	foreach my $id (sort keys %$set)
	{
		my $above = $self->descendants([$id]);
		push @result, $id unless grep { $_ ne $id && $above->{$_} } keys %$set;
	}
	return @result;
}

# The same by parents only.
sub maximal_d
{
	my ($self, $set) = @_;
	my @result;

	foreach my $id (sort keys %$set)
	{
		my $above = $self->descendants_d([$id]);
		push @result, $id unless grep { $_ ne $id && $above->{$_} } keys %$set;
	}
	return @result;
}

# Does one of two revisions stand upon the other, by parents only?
sub lineage
{
	my ($self, $x, $y) = @_;
	return $self->ancestors_d([$x])->{$y} || $self->ancestors_d([$y])->{$x};
}

# The same by both kinds of edges.
sub lineage_with_deps
{
	my ($self, $x, $y) = @_;
	return $self->ancestors([$x])->{$y} || $self->ancestors([$y])->{$x};
}

# The revisions without parents.
sub bases
{
	my ($self) = @_;
	return grep { !@{ $self->{down}{$_} } } @{ $self->{order} };
}

# The revisions without children.
sub heads
{
	my ($self) = @_;
	return grep { !@{ $self->{next}{$_} } } @{ $self->{order} };
}

# Those of them that no revision depends on either.
sub real_heads
{
	my ($self) = @_;
	return grep { !@{ $self->{users}{$_} } } $self->heads;
}

# The branch points: a hash from their ids to the sorted lists of children.
sub branch_points
{
	my ($self) = @_;
	my %result;

	foreach my $id (@{ $self->{order} })
	{
		my @children = sort @{ $self->{next}{$id} };
		$result{$id} = \@children if @children > 1;
	}
	return \%result;
}

# What migrate_current has to show: a hash from ids to status words.
sub current
{
	my ($self, $rows) = @_;
	my %row = map { $_ => 1 } @$rows;
	my %result;

	foreach my $id ($self->maximal_d($self->ancestors($rows)))
	{
		my @words;

		push @words, @{ $self->{users}{$id} } ? 'effective head' : 'head'
		  unless @{ $self->{next}{$id} };
		push @words, 'branchpoint' if @{ $self->{next}{$id} } > 1;
		push @words, 'mergepoint' if @{ $self->{down}{$id} } > 1;
		push @words, 'implied' unless $row{$id};
		$result{$id} = join ',', sort @words;
	}
	return \%result;
}

# Is this list a possible order of an upgrade (or, when backwards, of a
# downgrade)?
sub order_is_valid
{
	my ($self, $steps, $backwards) = @_;
	my %place;

	$place{ $steps->[$_] } = $_ foreach 0 .. $#$steps;
	foreach my $id (@$steps)
	{
		foreach my $needed (@{ $self->{down}{$id} }, @{ $self->{deps}{$id} })
		{
			next unless exists $place{$needed};
			return 0
			  if $backwards
			  ? $place{$needed} < $place{$id}
			  : $place{$needed} > $place{$id};
		}
	}
	return 1;
}

#----------------------------------------------------------------------
# Targets
#----------------------------------------------------------------------

# Raise the error that is expected, a SQLSTATE or several.
sub fail
{
	my ($state) = @_;
	die { state => $state };
}

# Split a target into qualifier, symbol and number of steps, each of which may
# be undef.
sub parse
{
	my ($target) = @_;
	my ($qualifier, $symbol, $steps);

	$symbol = $target;
	($qualifier, $symbol) = ($1, $2) if $target =~ /^([^@]+)@([^@]*)$/;
	($symbol, $steps) = ($1, $2) if $symbol =~ /^([^+-]*)([+-][0-9]+)$/;
	fail('42704') if $symbol =~ /[-+@]/;
	fail('42704') if $symbol eq '' && !defined $steps;
	undef $symbol if $symbol eq '';
	return ($qualifier, $symbol, $steps);
}

# The revision that a name or the beginning of a name stands for.  When there
# is a qualifying revision, only its lineage is searched for beginnings.
sub lookup
{
	my ($self, $name, $within) = @_;
	my @found;

	return $self->{name}{$name} if exists $self->{name}{$name};
	foreach my $key (keys %{ $self->{name} })
	{
		next unless length($key) > 3 && index($key, $name) == 0;
		next
		  if defined $within && !$self->lineage($self->{name}{$key}, $within);
		push @found, $key;
	}
	fail('42704') if @found == 0;
	fail('42P08') if @found > 1;
	return $self->{name}{ $found[0] };
}

# The revisions that a symbol stands for, with a qualifying revision or undef.
sub resolve
{
	my ($self, $symbol, $within) = @_;

	return () if $symbol eq 'base';
	if ($symbol eq 'heads' && !defined $within)
	{
		return $self->real_heads;
	}
	if ($symbol eq 'head' || $symbol eq 'heads')
	{
		my @found = $self->heads;

		@found = grep { $self->lineage($_, $within) } @found
		  if defined $within;
		fail('42P08') if $symbol eq 'head' && @found > 1;
		return @found;
	}

	my $found = $self->lookup($symbol, $within);
	fail('22023') if defined $within && !$self->lineage($found, $within);
	return ($found);
}

# The same where exactly one revision or the base (undef) makes sense.
sub resolve_one
{
	my ($self, $symbol, $within) = @_;
	my @found = $self->resolve($symbol, $within);

	fail('42P08') if @found > 1;
	return $found[0];
}

# Walk up a number of steps from a revision, or from the base (undef).
sub walk_up
{
	my ($self, $at, $steps, $within) = @_;

	while ($steps-- > 0)
	{
		my @next = defined $at ? @{ $self->{next}{$at} } : $self->bases;

		@next = grep { $self->lineage($_, $within) } @next if defined $within;
		fail('22023') if @next == 0;
		fail('42P08') if @next > 1;
		$at = $next[0];
	}
	return $at;
}

# Walk down a number of steps from a revision; the base is one step below a
# revision without parents, and nothing is below the base.
sub walk_down
{
	my ($self, $at, $steps) = @_;

	while ($steps-- > 0)
	{
		fail('22023') unless defined $at;
		my @down = @{ $self->{down}{$at} };

		fail('42P08') if @down > 1;
		$at = $down[0];
	}
	return $at;
}

# Where a relative upgrade without a symbol starts.
sub upgrade_start
{
	my ($self, $rows, $within) = @_;
	my @start = @$rows;

	if (defined $within)
	{
		@start = grep { $self->lineage($_, $within) } @start;
		if (!@start)
		{
			my %active = map { $_ => 1 }
			  grep { $self->lineage($_, $within) }
			  keys %{ $self->ancestors($rows) };
			my %below;

			foreach my $id (keys %active)
			{
				$below{$_} = 1
				  foreach @{ $self->{down}{$id} }, @{ $self->{deps}{$id} };
			}
			@start = grep { !$below{$_} } sort keys %active;
		}
	}
	fail('42P08') if @start > 1;
	return $start[0];
}

# The revisions that an upgrade target stands for.
sub upgrade_target
{
	my ($self, $target, $rows) = @_;
	my ($qualifier, $symbol, $steps) = parse($target);
	my $within = defined $qualifier ? $self->lookup($qualifier) : undef;
	my $at;

	return $self->resolve($symbol, $within) unless defined $steps;

	if (!defined $symbol)
	{
		fail('22023') if $steps <= 0;
		$at = $self->upgrade_start($rows, $within);
		return $self->walk_up($at, $steps, $within);
	}
	if ($steps > 0)
	{
		$at = $self->resolve_one($symbol, $symbol eq 'base' ? undef : $within);
		return $self->walk_up($at, $steps, $within);
	}
	$at = $self->walk_down($self->resolve_one($symbol, $within), -$steps);
	fail('22023') unless defined $at;
	return ($at);
}

# The revision (undef: the base) to which a downgrade leads, and the
# qualifying revision, if any.
sub downgrade_target
{
	my ($self, $target, $rows) = @_;
	my ($qualifier, $symbol, $steps) = parse($target);
	my $within = defined $qualifier ? $self->lookup($qualifier) : undef;

	return ($self->resolve_one($symbol, $within), $within)
	  unless defined $steps;

	if (defined $symbol && $steps > 0)
	{
		my $at =
		  $self->resolve_one($symbol, $symbol eq 'base' ? undef : $within);

		return ($self->walk_up($at, $steps, $within), $within);
	}
	if (defined $symbol)
	{
		my $at = $self->resolve_one($symbol, $within);

		return ($self->walk_down($at, -$steps), $within);
	}

	fail('22023') if $steps >= 0;
	if (!defined $within)
	{
		fail('22023') unless @$rows;
		return ($self->walk_down($rows->[0], -$steps), $rows->[0]);
	}

	# the row on that branch, or else what a row implies on that branch
	my @start = grep { $self->lineage($_, $within) } @$rows;

	@start = grep { $self->lineage($_, $within) }
	  $self->maximal_d($self->ancestors($rows))
	  unless @start;
	fail('22023|42704|55000') if @start == 0;
	fail('42P08') if @start > 1;
	return ($self->walk_down($start[0], -$steps), $within);
}

#----------------------------------------------------------------------
# Commands
#----------------------------------------------------------------------

# Does any of these revisions stand upon another of them?
sub overlaps
{
	my ($self, @revs) = @_;

	foreach my $i (0 .. $#revs)
	{
		my $below = $self->ancestors([ $revs[$i] ]);

		foreach my $j (0 .. $#revs)
		{
			return 1 if $i != $j && $below->{ $revs[$j] };
		}
	}
	return 0;
}

# Each of these returns the steps and the rows afterwards, both sorted, or
# raises the error that is expected.

# What has to be applied for some targets.
sub do_upgrade
{
	my ($self, $target, $rows) = @_;
	my %asked = map { $_ => 1 }
	  map { $self->upgrade_target($_, $rows) }
	  (ref $target ? @$target : ($target));
	my @asked = sort keys %asked;

	fail('22023') if $self->overlaps(@asked);

	my $active = $self->ancestors($rows);
	my $wanted = $self->ancestors(\@asked);
	my @steps = grep { !$active->{$_} } sort keys %$wanted;

	return (\@steps, [ $self->maximal({ %$active, %$wanted }) ]);
}

# What has to go for a target.
sub do_downgrade
{
	my ($self, $target, $rows) = @_;
	my ($at, $within) = $self->downgrade_target($target, $rows);
	my @roots = defined $at ? @{ $self->{next}{$at} } : $self->bases;

	if (defined $within && @roots > 1)
	{
		my $below = $self->ancestors_d([$within]);

		@roots = grep { $below->{$_} } @roots;
		fail('22023') unless @roots;
	}

	my $active = $self->ancestors($rows);
	my $above = $self->descendants(\@roots);
	my @steps = grep { $above->{$_} } sort keys %$active;

	fail('22023')
	  if !@steps && defined $at && !grep { $_ eq $at } @$rows;

	delete @$active{@steps};
	return (\@steps, [ $self->maximal($active) ]);
}

# The rows for some targets; the steps are left to the caller.
sub do_stamp
{
	my ($self, $target, $rows) = @_;
	my @targets = ref $target ? @$target : ($target);
	my $active = $self->ancestors($rows);
	my @asked;

	foreach my $one (@targets)
	{
		my ($qualifier, $symbol, $steps) = parse($one);
		my @found;
		my $within = defined $qualifier ? $self->lookup($qualifier) : undef;

		if (defined $steps && $steps < 0)
		{
			my $at;

			($at, $within) = $self->downgrade_target($one, $rows);
			@found = $at if defined $at;
		}
		else
		{
			@found = $self->upgrade_target($one, $rows);
		}

		if (!@found)
		{
			# the base excludes every other target
			fail('22023') if @targets > 1;
			return ([], []) unless defined $within;

			my %gone = (
				%{ $self->ancestors_d([$within]) },
				%{ $self->descendants([$within]) });

			delete @$active{ keys %gone };
			return ([],
				[ $self->maximal($self->ancestors([ keys %$active ])) ]);
		}
		push @asked, @found;
	}
	fail('22023') if $self->overlaps(@asked);

	foreach my $id (@asked)
	{
		foreach my $above (keys %{ $self->descendants([$id]) })
		{
			delete $active->{$above} unless $above eq $id;
		}
	}
	return ([],
		[ $self->maximal({ %$active, %{ $self->ancestors(\@asked) } }) ]);
}

# The revisions that one side of a history range stands for.
sub history_bound
{
	my ($self, $text, $rows) = @_;
	my ($qualifier, $symbol) = parse($text);

	return @$rows if $text eq 'current';
	return $self->resolve($symbol,
		defined $qualifier ? $self->lookup($qualifier) : undef);
}

# The revisions of a range, both ends included.
sub do_history
{
	my ($self, $target, $rows) = @_;
	my ($from, $to) = split /:/, $target, -1;
	my @lower = $self->history_bound($from eq '' ? 'base' : $from, $rows);
	my @upper = $self->history_bound($to eq '' ? 'heads' : $to, $rows);
	my $range = $self->ancestors(\@upper);

	if (@lower)
	{
		my $below = $self->ancestors(\@lower);
		my $above = $self->descendants_d(\@lower);

		fail('22023') if grep { !$range->{$_} } @lower;
		foreach my $id (keys %$range)
		{
			delete $range->{$id} if $below->{$id} || !$above->{$id};
		}
		$range->{$_} = 1 foreach @lower;
	}
	return ([ sort keys %$range ], [ sort @$rows ]);
}

# What a case has to give.
sub expect
{
	my ($self, $case) = @_;
	my $method = "do_$case->{command}";
	my @result = eval { $self->$method($case->{target}, $case->{rows}) };

	if (my $error = $@)
	{
		die $error unless ref $error;
		return { error => $error->{state} };
	}
	return { steps => $result[0], rows => $result[1] };
}

#----------------------------------------------------------------------
# Random graphs and cases
#----------------------------------------------------------------------

# One of a list.
sub pick { return $_[ int(rand(@_)) ]; }

# A list in random order.
sub shuffle
{
	my (@list) = @_;

	foreach my $i (reverse 1 .. $#list)
	{
		my $j = int(rand($i + 1));
		@list[ $i, $j ] = @list[ $j, $i ];
	}
	return @list;
}

# A new id in one of several styles, none of them used before.
sub random_id
{
	my ($style, $used) = @_;
	my $id;

	do
	{
		if ($style == 0)
		{
			$id = join '', map { sprintf '%x', int(rand(16)) } 1 .. 12;
		}
		elsif ($style == 1)
		{
			# short ones, which have no partial form
			$id = chr(ord('a') + int(rand(5))) . int(rand(20));
		}
		elsif ($style == 2)
		{
			# each the beginning of others
			$id = 'user' . substr('_of_this_house', 0, int(rand(15)));
		}
		else
		{
			$id = sprintf 'v%d.%d.%d', map { int(rand(4)) } 1 .. 3;
		}
	} while ($used->{$id}++);
	return $id;
}

# A random graph.  Options: plain_ids makes only ids that consist of word
# characters.
sub random_graph
{
	my ($class, %options) = @_;
	my $n = 2 + int(rand(11));
	my $style = int(rand($options{plain_ids} ? 3 : 4));
	my $base_share = pick(0.02, 0.1, 0.3);
	my $merge_share = pick(0, 0.15, 0.35);
	my $dep_share = pick(0, 0.1, 0.35);
	my $label_share = pick(0, 0.15, 0.4);
	my $tip_share = pick(0.4, 0.7, 0.95);
	my @labels = shuffle(qw(core billing lib1 web api2 ops_team x));
	my (@revs, %used, %child);

	foreach my $i (0 .. $n - 1)
	{
		my $rev = {
			id => random_id($style, \%used),
			down => [],
			depends_on => [],
			labels => []
		};

		if ($i > 0 && rand() >= $base_share)
		{
			# parents: mostly revisions that have no child yet
			my @ids = map { $_->{id} } @revs;
			my @tips = grep { !$child{$_} } @ids;
			my $want = rand() < $merge_share ? 2 + (rand() < 0.3) : 1;
			my %chosen;

			while ($want-- > 0)
			{
				my @pool = rand() < $tip_share ? @tips : @ids;
				my $parent = pick(@pool);
				my $below;

				next if $chosen{$parent};

				# rarely a parent that stands upon another parent
				$below = $class->new(\@revs)
				  ->lineage_overlap([ keys %chosen ], $parent);
				next if $below && rand() < 0.9;
				$chosen{$parent} = 1;
				push @{ $rev->{down} }, $parent;
			}
			$child{$_} = 1 foreach @{ $rev->{down} };
		}
		foreach (1 .. 2)
		{
			next unless $i > 0 && rand() < $dep_share;
			my $on = pick(@revs);
			my $name =
			  rand() < 0.5 ? pick($on->{id}, @{ $on->{labels} }) : $on->{id};

			push @{ $rev->{depends_on} }, $name
			  unless grep { $_ eq $name } @{ $rev->{depends_on} };
		}
		while (@labels && rand() < $label_share)
		{
			push @{ $rev->{labels} }, shift @labels;
		}
		push @revs, $rev;
	}

	# the order of creation need not be an order of the graph
	@revs = shuffle(@revs) if rand() < 0.3;
	return $class->new(\@revs);
}

# Does a revision share a lineage, dependencies included, with any of a list?
sub lineage_overlap
{
	my ($self, $ids, $id) = @_;
	return scalar grep { $self->lineage_with_deps($_, $id) } @$ids;
}

# Random rows of the version table: what is left of a random down-closed set.
sub random_rows
{
	my ($self) = @_;
	my $share = pick(0, 0.1, 0.2, 0.4, 1);
	my @chosen = grep { rand() < $share } @{ $self->{order} };

	return [ shuffle($self->maximal($self->ancestors(\@chosen))) ];
}

# A name for a random revision out of some: its id, the beginning of it, or a
# label.
sub random_name
{
	my ($self, @ids) = @_;
	my $id = pick(@ids);
	my ($rev) = grep { $_->{id} eq $id } @{ $self->{revs} };
	my $kind = rand();

	return substr($id, 0, 1 + int(rand(length($id)))) if $kind < 0.03;
	return substr($id, 0, int((3 + length($id)) / 2)) if $kind < 0.12;
	return pick(@{ $rev->{labels} }) if $kind < 0.4 && @{ $rev->{labels} };
	return $id;
}

# A random target for a command.  Mostly one that makes sense: something that
# is not yet applied to upgrade to, something applied to downgrade to, a
# qualifier of the same branch.
sub random_target
{
	my ($self, $command, $rows) = @_;
	my @all = @{ $self->{order} };
	my $active = $self->ancestors($rows);
	my @likely = grep { ($command eq 'upgrade') != !!$active->{$_} } @all;
	my @ids = @likely && rand() < 0.7 ? @likely : @all;
	my $id = pick(@ids);
	my @branch = grep { $self->lineage($_, $id) } @all;
	my $qualifier =
	  $self->random_name(rand() < 0.75 ? @branch : @all) . '@';
	my $kind = int(rand(100));
	my $sign = pick('+', '-');
	my $n = 1 + int(rand(rand() < 0.8 ? 2 : 5));

	# mostly the direction that makes sense
	$sign = '+' if $command eq 'upgrade' && rand() < 0.7;
	$sign = '-' if $command eq 'downgrade' && rand() < 0.7;

	return $self->random_name($id) if $kind < 20;
	return pick('head', 'heads', 'heads') if $kind < 26;
	return 'base' if $kind < 29;
	return "$sign$n" if $kind < 37;
	return $self->random_name($id) . "$sign$n" if $kind < 46;
	return pick('base', 'head') . "$sign$n" if $kind < 49;

	if ($kind < 62)
	{
		return $qualifier . $self->random_name($id) if $command eq 'downgrade';

		my @names = map { $self->random_name(@ids) } 1 .. 2 + (rand() < 0.3);

		push @names, 'base' if rand() < 0.04;
		$names[0] .= '@head' if rand() < 0.1;
		return \@names;
	}

	return $qualifier . pick('head', 'head', 'heads') if $kind < 70;
	return $qualifier . 'base' if $kind < 76;
	return $qualifier . $self->random_name($id) if $kind < 82;
	return "$qualifier$sign$n" if $kind < 92;
	return $qualifier . $self->random_name($id) . "$sign$n" if $kind < 98;
	return $qualifier . "base$sign$n";
}

# A random range of history.
sub random_range
{
	my ($self, $rows) = @_;
	my $upper = pick(@{ $self->{order} });
	my @below = keys %{ $self->ancestors([$upper]) };
	my $lower = rand() < 0.7 ? pick(sort @below) : pick(@{ $self->{order} });

	return join ':',
	  pick('', 'base', 'current', map { $self->random_name($lower) } 1 .. 4),
	  pick('', 'head', 'heads', 'current',
		$self->random_name($upper) . '@head',
		map { $self->random_name($upper) } 1 .. 4);
}

# A random case for one of some commands.
sub random_case
{
	my ($self, @commands) = @_;
	my $command = pick(@commands);
	my $rows = $self->random_rows;

	return {
		command => 'history',
		rows => $rows,
		target => $self->random_range($rows)
	  }
	  if $command eq 'history';

	return {
		command => $command,
		rows => $rows,
		target => $self->random_target($command, $rows)
	};
}

# The graph and a case as text, to be read by whoever has to look into a
# mismatch; it can be pasted into psql.
sub describe
{
	my ($self, $case) = @_;
	my @lines;
	my $ordinal = 0;
	my $text;

	foreach my $rev (@{ $self->{revs} })
	{
		push @lines,
		  sprintf("\t('%s', '{%s}', '{%s}', '{%s}', '', '', '', %d)",
			$rev->{id},
			join(',', @{ $rev->{down} }),
			join(',', @{ $rev->{depends_on} }),
			join(',', @{ $rev->{labels} }),
			++$ordinal);
	}
	$text =
	  "INSERT INTO migrate_script (revision, down_revision, depends_on,\n"
	  . "\tbranch_labels, message, upgrade, downgrade, ordinal) VALUES\n"
	  . join(",\n", @lines) . ";\n";
	if ($case)
	{
		my $target =
		  ref $case->{target}
		  ? '{' . join(',', @{ $case->{target} }) . '}'
		  : $case->{target};

		$text .=
		  "INSERT INTO migrate_version SELECT * FROM unnest('{"
		  . join(',', @{ $case->{rows} })
		  . "}'::text[]) WITH ORDINALITY;\n"
		  . "SELECT * FROM migrate_$case->{command}('$target');\n";
	}
	return $text;
}

1;
