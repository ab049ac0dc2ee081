
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

Dump - dumps of pg_dump --schema-only as sets of statements

=head1 DESCRIPTION

Two databases whose schemas are the same give dumps that may differ in what no
statement can change and nobody asks for: the order of the columns of a table,
and with it the order in which things come.  This module takes a dump apart
into statements, brings each in a form in which that does not show, and says
what two dumps do not have in common.  Everything else is kept as it is.

How the dumps are made, it does not know.

=cut

package Dump;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(split_statements statements differences class_of);

#----------------------------------------------------------------------
# Taking apart
#----------------------------------------------------------------------

# One token of SQL, as far as we care: what can hold a semicolon, a comma or a
# parenthesis that means nothing is one token.
my $token = qr/
	(?<space> \s+ | --[^\n]* | \/\*.*?\*\/ )
  | (?<string> [eE]'(?:[^'\\]++|\\.|'')*+' | '(?:[^']++|'')*+' | "(?:[^"]++|"")*+"
	  | \$(?<tag>(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?)\$.*?\$\k<tag>\$ )
  | (?<word> [A-Za-z_\x80-\xff][\w\$\x80-\xff]* )
  | (?<psql> (?<![^\n]) \\[^\n]* )
  | (?<open> [(\[] )
  | (?<close> [)\]] )
  | (?<end> ; )
  | (?<other> . )
/xs;

# The statements of a script, without comments and without their semicolons.
# psql commands at the beginning of a line are left out.
sub split_statements
{
	my ($text) = @_;
	my @statements;
	my ($statement, $depth, $atomic, $last) = ('', 0, 0, '');

	while ($text =~ /\G$token/gc)
	{
		my $piece = $&;

		next if defined $+{psql};
		if (defined $+{space})
		{
			$statement .= $piece =~ /^\s/ ? $piece : ' ' if $statement ne '';
			next;
		}
		$depth++ if defined $+{open};
		$depth-- if defined $+{close};
		$atomic = 1 if uc $piece eq 'ATOMIC' && $last eq 'BEGIN';
		# the body ends with an END at the beginning of a statement
		$atomic = 2 if $atomic == 1 && uc $piece eq 'END' && $last =~ /^(?:;|ATOMIC)$/;
		$last = uc $piece;
		if (defined $+{end} && $depth <= 0 && $atomic != 1)
		{
			push @statements, trimmed($statement) if $statement =~ /\S/;
			($statement, $depth, $atomic, $last) = ('', 0, 0, '');
			next;
		}
		$statement .= $piece;
	}
	push @statements, trimmed($statement) if $statement =~ /\S/;
	return @statements;
}

sub trimmed
{
	my ($text) = @_;

	$text =~ s/\s+$//;
	return $text;
}

# What stands between the commas of a list, which begins at the position of
# $$text with its parenthesis.  Moves the position behind the list.
sub items_of
{
	my ($text) = @_;
	my ($depth, $item) = (0, '');
	my @items;

	while ($$text =~ /\G$token/gc)
	{
		my $piece = $&;

		$depth++ if defined $+{open};
		$depth-- if defined $+{close};
		last if $depth == 0;
		next if $depth == 1 && $piece eq '(' && $item eq '' && !@items && defined $+{open};
		if ($depth == 1 && $piece eq ',')
		{
			push @items, $item;
			$item = '';
			next;
		}
		$item .= $piece;
	}
	push @items, $item if $item =~ /\S/;
	s/^\s+|\s+$//g for @items;
	return @items;
}

# A name as it stands in a statement, with its schema or without.
my $part = qr/(?:"(?:[^"]|"")*"|[^\s."(),;]+)/;
my $name = qr/$part(?:\.$part)*/;

# Write a list, which begins where the position of the statement is, in the
# order of the alphabet.
sub sort_list
{
	my ($statement, $before, $between, $after) = @_;
	my $begin = pos $$statement;
	my @items = items_of($statement);

	substr($$statement, $begin, pos($$statement) - $begin) =
	  $before . join($between, sort @items) . $after;
	return;
}

# A statement without an order that nobody has asked for: that of columns, in
# CREATE TABLE and in the two lists that the server keeps in that order, whatever
# was typed, and that of the members of an operator family.
sub without_order
{
	my ($statement) = @_;

	if ($statement =~
		/^CREATE (?:UNLOGGED |FOREIGN )?TABLE $name\s+(?:(?:OF|PARTITION OF) $name\s+)?(?=\()/gc)
	{
		sort_list(\$statement, "(\n    ", "\n    ", "\n)");
	}
	elsif ($statement =~ /^ALTER PUBLICATION $name ADD TABLE (?:ONLY )?$name (?=\()/gc)
	{
		sort_list(\$statement, '(', ', ', ')');
	}
	elsif ($statement =~ /^(CREATE STATISTICS $name (?:\([^()]*\) )?ON )(.*)( FROM $name)$/s)
	{
		my ($begin, $list, $end) = ($1, "($2)", $3);

		pos($list) = 0;
		$statement = $begin . join(', ', sort(items_of(\$list))) . $end;
	}
	elsif ($statement =~ /^(?:CREATE OPERATOR CLASS|ALTER OPERATOR FAMILY) $name /)
	{
		# members come in the order of their numbers; there is none among those
		# that have the same
		my ($begin, @members) = split /^    (?=OPERATOR|FUNCTION|STORAGE)/m, $statement;

		s/\s*,?\s*$// for @members;
		$statement = join "\n    ", trimmed($begin), sort @members;
	}
	return $statement;
}

# The statements of a dump, sorted.  What is set for the statements that follow
# is written into them.  Left out are those that "skip" (a pattern) matches.
sub statements
{
	my ($text, $skip) = @_;
	my (%set, @result);

	for my $statement (split_statements($text))
	{
		if ($statement =~ /^SET SESSION AUTHORIZATION (.*)/s)
		{
			$set{authorization} = $1;
		}
		elsif ($statement =~ /^RESET SESSION AUTHORIZATION$/)
		{
			delete $set{authorization};
		}
		elsif ($statement =~ /^SET (default_tablespace|default_table_access_method) = (.*)/s)
		{
			$set{$1} = $2;
		}
		next if $statement =~ /^(?:SET|RESET) /
		  || $statement =~ /^SELECT pg_catalog\.set_config\('search_path', '', false\)$/
		  || defined $skip && $statement =~ $skip;

		my $result = without_order($statement);
		if ($statement =~ /^CREATE (?:UNLOGGED )?(?:TABLE|MATERIALIZED VIEW) /)
		{
			$result .= " /* access method $set{default_table_access_method} */"
			  if ($set{default_table_access_method} // 'heap') ne 'heap';
		}
		$result .= " /* tablespace $set{default_tablespace} */"
		  if $statement =~ /^CREATE / && ($set{default_tablespace} // "''") ne "''";
		$result .= " /* as $set{authorization} */" if defined $set{authorization};
		push @result, $result;
	}
	return sort @result;
}

#----------------------------------------------------------------------
# Comparing
#----------------------------------------------------------------------

# The words of a statement that are not names: "ALTER TABLE ONLY ADD CONSTRAINT
# PRIMARY KEY".
sub class_of
{
	my ($statement) = @_;
	my $head = substr($statement, 0, 400);
	my @words;

	$head =~ s/'(?:[^']|'')*(?:'|$)//g;
	$head =~ s/"(?:[^"]|"")*(?:"|$)//g;
	$head =~ s/\(.*//s unless $head =~ s/\(.*?\)//sg;
	@words = grep { /^[A-Z]{2,}$/ } split /[\s,]+/, $head;
	# what follows the kind of object is of no interest in CREATE
	splice @words, 3 if $head =~ /^CREATE/ && @words > 3;
	splice @words, 7 if @words > 7;
	return join ' ', @words;
}

# What is only in the first, and what only in the second of two sorted lists.
sub only_in
{
	my ($one, $two) = @_;
	my (%count, @left, @right);

	$count{$_}++ for @$one;
	$count{$_}-- for @$two;
	for my $statement (sort keys %count)
	{
		push @left,  ($statement) x $count{$statement}  if $count{$statement} > 0;
		push @right, ($statement) x -$count{$statement} if $count{$statement} < 0;
	}
	return (\@left, \@right);
}

# What a statement is about, so that the two versions of it find each other.
sub subject_of
{
	my ($statement) = @_;

	return $1
	  if $statement =~ /^((?:[A-Z]+ )+?(?:$name \(.*?\)|$name)(?: ON $name)?(?:\s+(?:ADD CONSTRAINT|ALTER COLUMN) $name)?)/s;
	return substr($statement, 0, 40);
}

# The differences between what there should be and what there is: a list of
# [class, text], empty when there are none.
sub differences
{
	my ($wanted, $found) = @_;
	my ($missing, $extra) = only_in($wanted, $found);
	my (%by_subject, @result);

	push @{ $by_subject{ subject_of($_) } }, $_ for @$extra;
	for my $statement (@$missing)
	{
		my $same = $by_subject{ subject_of($statement) };

		if ($same && @$same)
		{
			my ($left, $right) = first_difference($statement, shift @$same);

			push @result, [ 'differs: ' . class_of($statement),
				subject_of($statement) . "\n  wanted: $left\n  found:  $right" ];
		}
		else
		{
			push @result, [ 'missing: ' . class_of($statement), $statement ];
		}
	}
	for my $statement (map { @$_ } map { $by_subject{$_} } sort keys %by_subject)
	{
		push @result, [ 'too much: ' . class_of($statement), $statement ];
	}
	return @result;
}

# The first lines in which two statements differ.
sub first_difference
{
	my ($one, $two) = @_;
	my ($left, $right) =
	  $one =~ /^CREATE \w* ?TABLE/
	  ? only_in([ split /\n/, $one ], [ split /\n/, $two ])
	  : ([ split /\n/, $one ], [ split /\n/, $two ]);

	while (@$left && @$right && $left->[0] eq $right->[0])
	{
		shift @$left;
		shift @$right;
	}
	return ($left->[0] // '(nothing)', $right->[0] // '(nothing)');
}

1;
