
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

Readme - the commands of the README, for tests that run them

=cut

package Readme;

use strict;
use warnings;

use FindBin;
use Exporter 'import';

our @EXPORT = qw(readme_blocks);

# The SQL blocks of a section, in their order.
sub readme_blocks
{
	my ($section) = @_;
	my ($inside, @blocks, $block);

	open(my $file, '<:raw', "$FindBin::RealBin/../../README.md") or die "README.md: $!\n";
	while (my $line = <$file>)
	{
		if ($line =~ /^```/)
		{
			push @blocks, $block if defined $block;
			$block = $inside && $line =~ /^```sql$/ ? '' : undef;
		}
		elsif (defined $block)
		{
			$block .= $line;
		}
		elsif ($line =~ /^## (.*)$/)
		{
			$inside = $1 eq $section;
		}
	}
	close $file;
	die "the README has no section \"$section\" with commands\n" unless @blocks;
	return @blocks;
}

1;
