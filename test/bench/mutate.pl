# mutate.pl DATABASE SEED PERCENT
#
# Changes the schema of a database at random: drops so many percent of what
# could be dropped, with what depends on it, and does so many percent of some
# other things to its columns.  What does not work is left.  The same seed does
# the same.  The server is where the environment says.

use strict;
use warnings;

my ($db, $seed, $percent) = @ARGV;

# the rows of a query
sub rows
{
	my ($query) = @_;

	open(my $psql, '-|', 'psql', '-XAtq', '-d', $db, '-c', $query) or die "psql: $!\n";
	chomp(my @rows = <$psql>);
	close($psql) or die "the database cannot be read\n";
	return sort @rows;
}

# so many percent of a list
sub some_of
{
	return map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand(), $_ ] }
		grep { rand(100) < $percent } @_;
}

my $own = q{nspname !~ '^pg_' AND nspname <> 'information_schema'};
my @drops = rows(qq{
	SELECT format('DROP %s %s CASCADE', CASE relkind WHEN 'v' THEN 'VIEW'
		WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE'
		WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END, c.oid::regclass)
	FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
	WHERE c.oid >= 16384 AND $own AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I')
	AND NOT relispartition
	UNION ALL
	SELECT format('DROP ROUTINE %s CASCADE', oid::regprocedure)
	FROM pg_proc WHERE oid >= 16384 AND prokind IN ('f', 'p')
	UNION ALL
	SELECT format('DROP TYPE %s CASCADE', oid::regtype)
	FROM pg_type WHERE oid >= 16384 AND typtype IN ('e', 'd', 'r')
	UNION ALL
	SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
	FROM pg_constraint WHERE oid >= 16384 AND conrelid <> 0
	UNION ALL
	SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
	FROM pg_trigger WHERE NOT tgisinternal});
my @changes = rows(qq{
	WITH col AS (SELECT c.oid::regclass AS t, quote_ident(attname) AS a, attnotnull, atthasdef,
		atttypid::regtype::text AS type, hashtext(c.oid::regclass || attname) & 255 AS n
		FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace s ON s.oid = relnamespace
		WHERE c.oid >= 16384 AND relkind IN ('r', 'p') AND $own AND attnum > 0 AND NOT attisdropped)
	SELECT format('ALTER TABLE %s ALTER %s TYPE %s', t, a, CASE WHEN type IN ('smallint', 'integer')
		THEN 'bigint' WHEN type = 'bigint' THEN 'numeric' ELSE 'varchar(77)' END)
	FROM col WHERE type ~ 'int|char|text'
	UNION ALL SELECT format('ALTER TABLE %s DROP %s CASCADE', t, a) FROM col WHERE n % 4 = 0
	UNION ALL SELECT format('ALTER TABLE %s ALTER %s %s NOT NULL', t, a,
		CASE WHEN attnotnull THEN 'DROP' ELSE 'SET' END) FROM col WHERE n % 4 = 1
	UNION ALL SELECT format('ALTER TABLE %s ALTER %s %s DEFAULT%s', t, a,
		CASE WHEN atthasdef THEN 'DROP' ELSE 'SET' END, CASE WHEN NOT atthasdef THEN ' NULL' END)
	FROM col WHERE n % 4 = 2
	UNION ALL SELECT format('CREATE INDEX ON %s (%s)', t, a) FROM col WHERE n % 4 = 3
	UNION ALL SELECT format('COMMENT ON COLUMN %s.%s IS %L', t, a, n) FROM col WHERE n % 5 = 0
	UNION ALL SELECT format('ALTER TABLE %s ADD extra_%s int DEFAULT %s', t, n, n) FROM col WHERE n % 5 = 1});

srand($seed);
my @statements = some_of(@drops, @changes);
open(my $psql, '|-', 'psql -Xq -d ' . quotemeta($db) . ' >/dev/null 2>&1') or die "psql: $!\n";
print {$psql} "SET lock_timeout = '5s';\n", map { "$_;\n" } @statements;
close($psql);
printf "%d of %d statements\n", scalar(@statements), @drops + @changes;
