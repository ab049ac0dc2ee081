
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

Autogenerate - how long it takes to compare a schema with its model

=head1 DESCRIPTION

Two versions of a generated schema are compared: each table has ten columns, a
primary key, two foreign keys, three more indexes and a check; every tenth has
a view, a function and a trigger.  In the second version one table of fifty has
lost a column and got another, a column has another type (with a view that uses
it), there is an index more, and the check is another.

What compares two schemas must read both, so the measure is pg_dump
--schema-only, which reads and writes one: where the model is a schema, of that
database; where it is DDL text, after psql has run this text, since to know what
it means the server has to run it.

=cut

package Autogenerate;

use strict;
use warnings;

use Bench;
use Exporter 'import';

our @EXPORT = qw(bench_autogenerate);

my $every = 50;					# so many tables have one that changes
my @sizes = (100, 1_000);

# The statements that make one table, with its view, function and trigger.
sub item
{
	my ($n, $count, $new) = @_;
	my $changed = $new && $n % $every == 0;
	my $parent  = $n > 1 ? $n - 1 : $count;
	my $other   = $n > $count / 2 ? $n - int($count / 2) : $n + int($count / 2);
	my $column  = $changed ? 'note text' : 'payload jsonb';
	my $scale   = $changed ? '14, 4' : '12, 2';
	my $least   = $changed ? 1 : 0;
	my $sql     = <<"END";
CREATE TABLE item_$n (
    id bigint PRIMARY KEY,
    parent_id bigint NOT NULL,
    other_id bigint,
    code text NOT NULL,
    name varchar(100) NOT NULL,
    amount numeric($scale) DEFAULT 0,
    state text DEFAULT 'new' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    active boolean DEFAULT true,
    $column,
    CONSTRAINT item_${n}_amount CHECK (amount >= $least)
);
CREATE UNIQUE INDEX item_${n}_code ON item_$n (code);
CREATE INDEX item_${n}_name ON item_$n (lower(name));
CREATE INDEX item_${n}_created ON item_$n (created_at, state) WHERE active;
END
	$sql .= "CREATE INDEX item_${n}_state ON item_$n (state);\n" if $changed;
	$sql .= <<"END" if $n % 10 == 0;
CREATE VIEW item_${n}_open AS
    SELECT i.id, i.code, i.amount, p.name AS parent
    FROM item_$n i JOIN item_$parent p ON p.id = i.parent_id WHERE i.active;
CREATE FUNCTION item_${n}_stamp() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END\$\$;
CREATE TRIGGER item_${n}_stamp BEFORE INSERT ON item_$n
    FOR EACH ROW EXECUTE FUNCTION item_${n}_stamp();
END
	return ($sql, "ALTER TABLE item_$n\n"
		  . "    ADD CONSTRAINT item_${n}_parent FOREIGN KEY (parent_id) REFERENCES item_$parent,\n"
		  . "    ADD CONSTRAINT item_${n}_other FOREIGN KEY (other_id) REFERENCES item_$other;\n");
}

# The whole schema, in a schema.
sub schema_script
{
	my ($schema, $count, $new) = @_;
	my (@tables, @keys);

	for my $n (1 .. $count)
	{
		my ($table, $key) = item($n, $count, $new);

		push @tables, $table;
		push @keys,   $key;
	}
	return ("SET search_path = $schema;\n", @tables, @keys);
}

# Make what is measured for a size: "bench_plain" has only the schema of today,
# "bench_schema" has also its model in a schema, "bench_text" as text, which is
# left in a file.  Returns the name of that.
sub create_schemas
{
	my ($count) = @_;
	my $today = write_file('today.sql', schema_script('public', $count, 0));
	my $model = write_file('model.sql', 'CREATE SCHEMA app_model;',
		schema_script('app_model', $count, 1));
	my $wanted = write_file('wanted.sql', schema_script('public', $count, 1));

	create_db('bench_wanted', 'template0');
	psql_file('bench_wanted', $wanted, '-1');
	my ($text) = timed(0, 'pg_dump', '--schema-only', 'bench_wanted');
	drop_db('bench_wanted');
	my $ddl = write_file('ddl.sql', $text);

	create_db('bench_plain', 'template0');
	psql_file('bench_plain', $today, '-1');
	sql('bench_plain', 'VACUUM ANALYZE');
	create_db('bench_text', 'bench_plain');
	sql('bench_text', 'CREATE SCHEMA migrations; CREATE EXTENSION pgmigrate SCHEMA migrations');
	create_db('bench_schema', 'bench_text');
	psql_file('bench_schema', $model, '-1');
	psql_file('bench_text', write_file('set_model.sql',
		'SELECT migrations.migrate_set_model($model$', $text, "\$model\$);\n"));
	sql($_, 'VACUUM ANALYZE') for 'bench_schema', 'bench_text';
	return $ddl;
}

# Measure each side on copies of a database of its own, in turn; a side is a
# template and what to do.  A copy has no dead rows of the round before.
sub alternate
{
	my ($rounds, @sides) = @_;
	my @results = map { [] } @sides;

	for my $round (0 .. $rounds - 1)
	{
		for my $number ($round % 2 ? reverse(0 .. $#sides) : (0 .. $#sides))
		{
			my ($template, $code) = @{ $sides[$number] };

			create_db('bench_run', $template);
			push @{ $results[$number] }, $code->('bench_run');
			drop_db('bench_run');
		}
	}
	return @results;
}

sub dump_time
{
	my ($db) = @_;

	return wall('pg_dump', '--schema-only', $db);
}

# The seconds of a comparison, which must have found something.
sub diff_time
{
	my ($db, $arguments) = @_;
	my ($output, $time) = timed(0, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $db,
		'-c', "SELECT * FROM migrations.migrate_diff($arguments)");

	die "no difference was found\n" unless $output =~ /ALTER TABLE/;
	return $time;
}

sub revision_time
{
	my ($db, $arguments) = @_;
	my $time = wall('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-c',
		"SELECT migrations.migrate_revision('there', autogenerate => true$arguments)");

	check_count($db, "SELECT count(*) FROM migrations.migrate_script WHERE upgrade ~ 'ALTER TABLE'", 1);
	return $time;
}

# All about one size.  Returns the times of both comparisons.
sub measure_size
{
	my ($count, $rounds) = @_;
	my $ddl = create_schemas($count);
	my $as_schema = "model_schema => 'app_model'";
	my ($schema, $dump, $text, $run, $by_schema, $by_text) = alternate(
		$rounds,
		[ 'bench_schema', sub { diff_time($_[0], $as_schema) } ],
		[ 'bench_plain',  \&dump_time ],
		[ 'bench_text',   sub { diff_time($_[0], '') } ],
		[ 'template0',    sub { psql_file($_[0], $ddl) + dump_time($_[0]) } ],
		[ 'bench_schema', sub { revision_time($_[0], ", $as_schema") } ],
		[ 'bench_text',   sub { revision_time($_[0], '') } ]);

	for my $case (
		[ 'schema', $schema, $dump, 'x pg_dump -s', 'pg_dump',        $by_schema ],
		[ 'text',   $text,   $run,  'x psql, dump', 'psql, pg_dump', $by_text ])
	{
		my ($kind, $ours, $theirs, $unit, $name, $revision) = @$case;
		my @ratios = ratios($ours, $theirs);

		report('diff, ' . commas($count) . " tables, model is $kind", median(@ratios), $unit, 1.5);
		detail('whole process: ' . seconds(median(@$ours)) . ", $name " . seconds(median(@$theirs))
			  . '; revision with proof ' . seconds(median(@$revision)));
		detail_rounds(@ratios);
	}
	drop_db($_) for qw(bench_plain bench_text bench_schema);
	return (median(@$schema), median(@$text));
}

sub bench_autogenerate
{
	my $rounds = $quick ? 3 : 7;
	my @times = map { [ measure_size($_, $rounds) ] } @sizes;

	for my $case ([ 'schema', 0 ], [ 'text', 1 ])
	{
		my ($kind, $which) = @$case;

		report("diff, 1,000 tables, model is $kind", $times[1][$which] / $times[0][$which],
			'x 100 tables', 12);
	}
}

1;
