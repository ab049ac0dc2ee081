
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

GraphRunner - run cases of RevisionModel in a server

=head1 DESCRIPTION

Keeps a server with the extension and the functions of graph_cases.sql, sends
graphs with their cases to it in batches, and takes the answers apart.  What is
right, it does not know.

=cut

package GraphRunner;

use strict;
use warnings FATAL => 'all';

use File::Basename;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

# Start a server.
sub new
{
	my ($class) = @_;
	my $node = PostgreSQL::Test::Cluster->new('main');

	$node->init;
	$node->append_conf(
		'postgresql.conf', qq{
fsync = off
client_min_messages = error
log_min_messages = fatal
log_min_error_statement = panic
log_statement = none
});
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION pgmigrate');
	$node->safe_psql('postgres',
		slurp_file(dirname(__FILE__) . '/graph_cases.sql'));
	return bless {
		node => $node,
		json => JSON::PP->new->canonical
	}, $class;
}

sub stop
{
	my ($self) = @_;
	$self->{node}->stop;
}

# Run the cases of some graphs, given as a list of models and a list of lists
# of cases.  Returns for each graph a hash of heads, real_heads, branches and
# cases.
sub run
{
	my ($self, $models, $cases) = @_;
	my $script = "TRUNCATE migrate_script, migrate_version, migrate_log;\n";
	my (@result, $output, $errors, $status);

	foreach my $i (0 .. $#$models)
	{
		my $json = $self->{json}
		  ->encode({ revs => $models->[$i]{revs}, cases => $cases->[$i] });

		$script .= "SELECT test_graph(\$json\$$json\$json\$);\n";
	}

	$status = $self->{node}->psql(
		'postgres', $script,
		stdout => \$output,
		stderr => \$errors,
		on_error_stop => 1);

	my @lines = split /\n/, $output, -1;

	foreach my $i (0 .. $#$models)
	{
		# say which graph it was, when the server or a function fell over
		die "psql failed with status $status: $errors\n",
		  "one of these cases:\n",
		  map { $models->[$i]->describe($_) } @{ $cases->[$i] }
		  if @lines < 1 + @{ $cases->[$i] };

		my @graph = split /\t/, shift @lines, -1;

		push @result,
		  {
			heads => split_status($graph[0]),
			real_heads => [ split / /, $graph[1] ],
			branches => split_pairs($graph[2]),
			cases =>
			  [ map { split_case($_) } splice @lines, 0, @{ $cases->[$i] } ]
		  };
	}
	return @result;
}

# A list of name/value&value as a hash from names to lists.
sub split_pairs
{
	my ($text) = @_;
	my %result;

	foreach my $one (split / /, $text)
	{
		my ($name, $values) = split m{/}, $one, 2;

		$result{$name} = [ split /&/, $values // '' ];
	}
	return \%result;
}

# The same for status words, which may consist of two.
sub split_status
{
	my $result = split_pairs(@_);

	foreach my $words (values %$result)
	{
		tr/_/ / foreach @$words;
	}
	return $result;
}

# One line of test_case() as a hash.
sub split_case
{
	my ($line) = @_;
	my ($current, $plan, $run, $rows, $logged) = split /\t/, $line, -1;
	my %result = (
		current => split_status($current),
		plan_text => $plan,
		run_text => $run,
		rows => [ split / /, $rows ],
		logged => $logged,
		steps => []);

	if ($run =~ /^!(\w{5})/)
	{
		$result{error} = $1;
		return \%result;
	}
	foreach my $step (split / /, $run)
	{
		my ($direction, $revision, $down) = split m{/}, $step, 3;

		push @{ $result{steps} },
		  {
			direction => $direction,
			revision => $revision,
			down => [ split /&/, $down // '' ]
		  };
	}
	return \%result;
}

1;
