# Autogenerate on databases with rows, roles and other people's objects: what
# is done to the rows is what was declared, the database is as it was after a
# look at it, and after anything that fails; who may do it, and where.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../bench";

use Dump;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "client_min_messages = warning\nmax_locks_per_transaction = 256");
$node->start;

# a database with the extension in a schema of its own
sub create_db
{
	my ($db, $schema) = @_;

	$schema //= 'migrations';
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	$node->safe_psql($db, "CREATE SCHEMA IF NOT EXISTS $schema; CREATE EXTENSION pgmigrate SCHEMA $schema");
	$node->safe_psql('postgres', "ALTER DATABASE $db SET search_path = public, $schema");
}

# its schema as a list of statements, without our own extension
sub dump_of
{
	my ($db) = @_;
	my ($out, $err) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr($db) ]);

	is($err, '', "pg_dump of $db says nothing");
	return [ statements($out, qr/^(?:CREATE EXTENSION|COMMENT ON EXTENSION|CREATE SCHEMA|ALTER SCHEMA) (?:IF NOT EXISTS )?(?:pgmigrate|migrations)\b| (?:ON SCHEMA migrations|(?:FUNCTION|PROCEDURE) migrations\..*) TO /) ];
}

# compare a database with what was dumped
sub schema_is
{
	my ($db, $wanted, $name) = @_;
	my @differences = map { "$_->[0]: $_->[1]" } differences($wanted, dump_of($db));

	is(join("\n", @differences), '', $name);
}

# the dump of a database that a script makes
sub dump_of_script
{
	my ($script) = @_;

	$node->safe_psql('postgres', 'CREATE DATABASE of_script TEMPLATE template0');
	$node->safe_psql('of_script', $script);
	my $dump = dump_of('of_script');
	$node->safe_psql('postgres', 'DROP DATABASE of_script');
	return $dump;
}

sub set_model
{
	my ($db, $model) = @_;

	return $node->safe_psql($db, "SELECT migrate_set_model(\$model\$$model\$model\$)");
}

# the error of a statement, or '' if there is none; the options are psql's
sub error_of
{
	my ($db, $sql, @options) = @_;
	my ($stdout, $stderr) = ('', '');
	my $rc = $node->psql($db, "\\set VERBOSITY verbose\n$sql", stdout => \$stdout, stderr => \$stderr, extra_params => \@options);

	return $rc == 0 ? '' : $stderr;
}

sub rows_are
{
	my ($db, $state, @queries) = @_;

	while (my ($query, $expected) = splice @queries, 0, 2)
	{
		is($node->safe_psql($db, $query), $expected, "$state: $query");
	}
}

#----------------------------------------------------------------------
# Rows survive
#----------------------------------------------------------------------

# The types and tables of both states are written side by side: what is between
# {{ and || is of the state before, what is up to }} of the one after.
my $states = <<'END';
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ({{'sad', 'ok', 'happy'||'sad', 'so-so', 'ok', 'happy', 'great'}});
CREATE TYPE app.size AS ENUM ({{'large', 'small', 'medium'||'small', 'medium', 'large'}});
CREATE TYPE app.level AS ENUM ({{'low', 'unused', 'high'||'low', 'high'}});
CREATE DOMAIN app.email AS text CHECK (VALUE LIKE {{'%@%'||'%_@_%'}});
CREATE DOMAIN app.zip AS {{integer CHECK (VALUE > 0)||text CHECK (VALUE <> '')}};
CREATE TYPE app.address AS (street text, city text{{|| , country text}});

CREATE TABLE app.customer (
	id {{integer||bigint}} GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
	{{vip||is_vip}} boolean DEFAULT false,
	mood app.mood DEFAULT 'ok',
	moods app.mood[],
	size app.size,
	level app.level DEFAULT 'low' NOT NULL,
	email app.email,
	zip app.zip,
	home app.address,
	tags text[] DEFAULT '{}',
	balance numeric({{10, 2||14, 4}}),
	born {{date||text}},
	{{unused text||country text DEFAULT 'CH' NOT NULL}}
);
COMMENT ON TABLE app.customer IS 'those who {{buy||pay}}';
CREATE INDEX customer_mood ON app.customer (mood) WHERE mood <> 'sad';
CREATE INDEX customer_size ON app.customer (size, level);

CREATE SEQUENCE app.number {{||INCREMENT BY 10}};
CREATE TABLE app.invoice (
	number integer DEFAULT nextval('app.number') PRIMARY KEY,
	customer {{integer||bigint}} NOT NULL REFERENCES app.customer ON DELETE {{CASCADE||RESTRICT}},
	code {{varchar(20)||integer}},
	total {{integer||bigint}} CHECK (total >= {{0||-10}}),
	{{status||state}} text{{||  DEFAULT 'open'}}
);
CREATE UNIQUE INDEX invoice_code ON app.invoice (customer, code);

CREATE TABLE app.measure (day date NOT NULL, place text, value {{real||double precision}}) PARTITION BY RANGE (day);
CREATE TABLE app.measure_1 PARTITION OF app.measure FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE app.measure_2 PARTITION OF app.measure FOR VALUES FROM ('2026-02-01') TO ({{'2026-03-01'||'2026-04-01'}});
CREATE TABLE app.measure_rest PARTITION OF app.measure DEFAULT;
CREATE INDEX measure_place ON app.measure (place{{||, day}});

CREATE TABLE app.animal (name text, legs {{integer||smallint}});
CREATE TABLE app.dog (barks boolean{{||, breed text}}) INHERITS (app.animal);
ALTER TABLE app.animal ADD CHECK (legs {{>=||<}} {{0||100}});

CREATE {{||UNLOGGED}} TABLE app.cache (key text PRIMARY KEY, value jsonb{{||, at timestamptz}});
CREATE {{UNLOGGED||}} TABLE app.notes (key text PRIMARY KEY, value text);
CREATE TABLE app.{{journal||diary}} (id serial PRIMARY KEY, line text);

CREATE VIEW app.rich AS SELECT id, name, balance FROM app.customer WHERE balance > {{100||200}};
CREATE VIEW app.richest AS SELECT name, balance FROM app.rich ORDER BY balance DESC LIMIT 1;
CREATE MATERIALIZED VIEW app.totals AS
	SELECT c.name, sum(i.total) AS total FROM app.customer c JOIN app.invoice i ON i.customer = c.id GROUP BY c.name;
CREATE UNIQUE INDEX totals_name ON app.totals (name);
CREATE FUNCTION app.balance_of(app.customer) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1.balance {{||* 1}}';
CREATE FUNCTION app.mood_of(integer) RETURNS app.mood LANGUAGE sql STABLE AS 'SELECT mood FROM app.customer WHERE id = $1';
CREATE VIEW app.moods AS SELECT id, app.mood_of(id{{||::integer}}) AS mood, app.balance_of(c) AS balance FROM app.customer c;
END

sub state
{
	my ($after) = @_;

	return $states =~ s/\{\{(.*?)\|\|(.*?)\}\}/$after ? $2 : $1/ger;
}
my $before = state(0);
my $after = "-- pgmigrate: rename app.invoice.status to app.invoice.state\n" . state(1);

my $rows = <<'END';
INSERT INTO app.customer (name, vip, mood, moods, size, level, email, zip, home, tags, balance, born, unused) VALUES
	('Ann', true, 'happy', '{sad,ok}', 'large', 'high', 'ann@example.org', 8001, ('Road 1', 'Zurich'), '{a,b}', 1000.25, '1970-01-31', 'gone'),
	('Bob', false, NULL, NULL, 'small', 'low', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('O''Neill "x"', NULL, 'sad', '{}', 'medium', 'low', 'o@n', 1, (NULL, 'Bern'), '{"{", NULL}', -1, '2000-02-29', 'gone, too');
INSERT INTO app.invoice (customer, code, total, status) SELECT 1 + i % 3, 1000 + i, i, 'paid' FROM generate_series(1, 300) i;
INSERT INTO app.measure SELECT '2026-01-01'::date + i, 'here', i FROM generate_series(0, 58) i;
INSERT INTO app.measure VALUES ('2026-05-01', 'there', 100), ('2025-05-01', NULL, NULL);
INSERT INTO app.animal VALUES ('bird', 2);
INSERT INTO app.dog VALUES ('Rex', 4, true);
INSERT INTO app.cache VALUES ('k', '{"a": 1}');
INSERT INTO app.notes VALUES ('n', 'v');
INSERT INTO app.journal (line) VALUES ('first'), ('second');
REFRESH MATERIALIZED VIEW app.totals;
END

# what is the same in both states
my @always = (
	'SELECT id, name, upper_name, tags FROM app.customer ORDER BY id' =>
	  "1|Ann|ANN|{a,b}\n2|Bob|BOB|\n3|O'Neill \"x\"|O'NEILL \"X\"|{\"{\",NULL}",
	'SELECT id, mood, moods, level, email, zip FROM app.customer ORDER BY id' =>
	  "1|happy|{sad,ok}|high|ann\@example.org|8001\n2|||low||\n3|sad|{}|low|o\@n|1",
	'SELECT id, balance = 1000.25, (home).street, (home).city, born FROM app.customer ORDER BY id' =>
	  "1|t|Road 1|Zurich|1970-01-31\n2||||\n3|f||Bern|2000-02-29",
	'SELECT count(*), sum(total), min(code), max(code), sum(number) FROM app.invoice' => '300|45150|1001|1300|45150',
	'SELECT count(*), sum(value), max(day) FROM app.measure' => '61|1811|2026-05-01',
	'SELECT tableoid::regclass, name, legs FROM app.animal ORDER BY name' => "app.dog|Rex|4\napp.animal|bird|2",
	'SELECT barks FROM app.dog' => 't',
	'SELECT key, value FROM app.notes' => 'n|v',
	'SELECT key, value FROM app.cache' => 'k|{"a": 1}',
	'SELECT name FROM app.richest' => 'Ann',
	'SELECT name, total FROM app.totals ORDER BY name' => "Ann|15150\nBob|14950\nO'Neill \"x\"|15050",
	'SELECT count(*) FROM app.moods' => '3');
my @before = (
	@always,
	'SELECT size FROM app.customer ORDER BY size' => "large\nsmall\nmedium",
	'SELECT id, vip FROM app.customer ORDER BY id' => "1|t\n2|f\n3|",
	'SELECT DISTINCT status FROM app.invoice' => 'paid',
	'SELECT tableoid::regclass, count(*) FROM app.measure GROUP BY tableoid ORDER BY tableoid::regclass::text COLLATE "C"' =>
	  "app.measure_1|31\napp.measure_2|28\napp.measure_rest|2",
	'SELECT id, line FROM app.journal ORDER BY id' => "1|first\n2|second",
	"SELECT pg_typeof(zip), pg_typeof(zip::app.zip::integer) FROM app.customer LIMIT 1" => 'app.zip|integer');
my @after = (
	@always,
	'SELECT size FROM app.customer ORDER BY size' => "small\nmedium\nlarge",
	'SELECT id, is_vip, country FROM app.customer ORDER BY id' => "1|t|CH\n2|f|CH\n3||CH",
	'SELECT DISTINCT state FROM app.invoice' => 'paid',
	'SELECT DISTINCT pg_typeof(code), pg_typeof(total), pg_typeof(customer) FROM app.invoice' => 'integer|bigint|bigint',
	'SELECT tableoid::regclass, count(*) FROM app.measure GROUP BY tableoid ORDER BY tableoid::regclass::text COLLATE "C"' =>
	  "app.measure_1|31\napp.measure_2|28\napp.measure_rest|2",
	'SELECT id, line FROM app.diary ORDER BY id' => "1|first\n2|second",
	'SELECT (home).country FROM app.customer WHERE id = 1' => '',
	"SELECT zip || '-' FROM app.customer WHERE id = 1" => '8001-',
	"SELECT 'so-so'::app.mood < 'ok', 'great'::app.mood > 'happy'" => 't|t');

sub test_rows
{
	my $renames = q('{"app.customer.vip": "app.customer.is_vip", "app.journal": "app.diary"}');

	create_db('rows');
	$node->safe_psql('rows', $before . $rows);
	rows_are('rows', 'before', @before);
	my $dump = dump_of('rows');
	set_model('rows', $after);

	is($node->safe_psql('rows', "SELECT migrate_revision('all of it', autogenerate => true, renames => $renames, rev_id => 'r1')"),
		'r1', 'a revision with all of it is written');
	my $script = $node->safe_psql('rows', 'SELECT upgrade FROM migrate_script');
	unlike($script, qr/DROP TABLE/, 'no table is dropped');
	like($script, qr/RENAME COLUMN vip TO is_vip/, 'a column is renamed');
	like($script, qr/RENAME COLUMN status TO state/, 'one by annotation');
	like($script, qr/journal RENAME TO diary/, 'a table is renamed');
	like($script, qr/-- HAZARD.*\n(?:--.*\n)*ALTER TABLE app\.customer DROP COLUMN unused/, 'what deletes data says so');
	schema_is('rows', $dump, 'nothing has changed so far');
	rows_are('rows', 'still before', @before);

	$node->safe_psql('rows', 'SELECT migrate_upgrade()');
	schema_is('rows', dump_of_script($after), 'the upgrade leads to the model');
	rows_are('rows', 'after', @after);
	is($node->safe_psql('rows', "SELECT coalesce(migrate_revision('more', autogenerate => true), 'nothing')"), 'nothing', 'that was all');
	is($node->safe_psql('rows', q{INSERT INTO app.customer (name) VALUES ('Dan') RETURNING id, mood, level, country, is_vip}),
		'4|ok|low|CH|f', 'defaults and identity work');
	is($node->safe_psql('rows', q{INSERT INTO app.diary (line) VALUES ('third') RETURNING id}), '3', 'so does the serial of the table that was renamed');
	$node->safe_psql('rows', q{DELETE FROM app.customer WHERE name = 'Dan'; DELETE FROM app.diary WHERE line = 'third'});

	$node->safe_psql('rows', q{SELECT migrate_downgrade('base')});
	schema_is('rows', $dump, 'the downgrade leads back');
	rows_are('rows', 'before again', @before);
	is($node->safe_psql('rows', 'SELECT count(*) FROM app.customer WHERE unused IS NOT NULL'), '0', 'what was deleted is gone');
	is($node->safe_psql('rows', "SELECT count(*) FROM migrate_upgrade()"), '1', 'once more');
	rows_are('rows', 'after again', @after);
}

# What cannot be known is said, and nothing is done that would be wrong.
sub test_decisions
{
	create_db('decide');
	$node->safe_psql('decide', q{
		CREATE TYPE state AS ENUM ('new', 'old', 'odd');
		CREATE TABLE t (id integer PRIMARY KEY, s state, amount text);
		INSERT INTO t VALUES (1, 'odd', 'a lot'), (2, 'new', '12')});
	my $dump = dump_of('decide');

	set_model('decide', q{
		CREATE TYPE state AS ENUM ('new', 'old', 'odd');
		CREATE TABLE t (id integer PRIMARY KEY, s state, amount text, must text NOT NULL)});
	like($node->safe_psql('decide', q{SELECT hazard FROM migrate_diff() WHERE statement ~ 'must'}), qr/fails if there are rows/, 'a NOT NULL column without a default: a hazard');
	$node->safe_psql('decide', q{SELECT migrate_revision('not null', autogenerate => true, rev_id => 'not_null')});
	isnt(error_of('decide', 'SELECT migrate_upgrade()'), '', 'and it fails on rows');
	schema_is('decide', $dump, 'leaving nothing');
	$node->safe_psql('decide', q{SELECT migrate_delete('not_null')});

	set_model('decide', q{
		CREATE TYPE state AS ENUM ('new', 'old');
		CREATE TABLE t (id integer PRIMARY KEY, s state, amount text)});
	$node->safe_psql('decide', q{SELECT migrate_revision('fewer', autogenerate => true, rev_id => 'fewer')});
	like(error_of('decide', 'SELECT migrate_upgrade()'), qr/invalid input value for enum.*odd/, 'a value that is in use cannot be removed');
	schema_is('decide', $dump, 'leaving nothing');
	$node->safe_psql('decide', q{UPDATE t SET s = 'old' WHERE s = 'odd'; SELECT migrate_upgrade()});
	is($node->safe_psql('decide', 'SELECT id, s FROM t ORDER BY id'), "1|old\n2|new", 'it can when it is not');

	set_model('decide', q{
		CREATE TYPE state AS ENUM ('new', 'old');
		CREATE TABLE t (id integer PRIMARY KEY, s state, amount integer)});
	like($node->safe_psql('decide', q{SELECT string_agg(hazard, ' ') FROM migrate_diff()}), qr/can fail/, 'a type change without an automatic cast: a hazard');
	$node->safe_psql('decide', q{SELECT migrate_revision('retype', autogenerate => true, rev_id => 'retype')});
	like(error_of('decide', 'SELECT migrate_upgrade()'), qr/invalid input syntax for type integer: "a lot"/, 'and it fails on such rows');
	$node->safe_psql('decide', q{UPDATE t SET amount = 7 WHERE id = 1; SELECT migrate_upgrade()});
	is($node->safe_psql('decide', 'SELECT id, amount + 1 FROM t ORDER BY id'), "1|8\n2|13", 'not on others');
}

#----------------------------------------------------------------------
# Who may
#----------------------------------------------------------------------

sub test_roles
{
	my @owner = (extra => [ '-U', 'app_owner' ]);

	create_db('roles');
	$node->safe_psql('postgres', 'CREATE ROLE app_owner LOGIN; CREATE ROLE nobody_much LOGIN; CREATE ROLE other LOGIN');
	$node->safe_psql('postgres', 'GRANT CREATE ON DATABASE roles TO app_owner');
	$node->safe_psql('roles', q{
		GRANT USAGE ON SCHEMA migrations TO app_owner, nobody_much;
		SELECT migrate_grant('write', 'app_owner'), migrate_grant('run', 'app_owner');
		CREATE SCHEMA app AUTHORIZATION app_owner;
		SET ROLE app_owner;
		CREATE TABLE app.asset (id integer PRIMARY KEY, kind text);
		CREATE VIEW app.kinds AS SELECT DISTINCT kind FROM app.asset;
		INSERT INTO app.asset VALUES (1, 'car');
		RESET ROLE;
		ALTER DATABASE roles SET pgmigrate.schemas = 'app';
	});
	my $dump = dump_of('roles');
	my $model = q{CREATE SCHEMA app;
		CREATE TABLE app.asset (id integer PRIMARY KEY, kind varchar(10), name text);
		CREATE VIEW app.kinds AS SELECT DISTINCT kind FROM app.asset;
		CREATE FUNCTION app.one() RETURNS integer LANGUAGE sql AS 'SELECT 1'};
	my @as_owner = ('-U', 'app_owner');
	my $call = sub { error_of('roles', $_[0], @as_owner) };

	is($call->("SELECT migrate_set_model(\$m\$$model\$m\$)"), '', 'the owner of a schema sets a model');
	is($call->("SELECT migrate_revision('by owner', autogenerate => true)"), '', 'and writes a revision');
	is($call->('SELECT migrate_upgrade()'), '', 'and runs it');
	is($node->safe_psql('roles', 'SELECT id, kind, name FROM app.asset'), '1|car|', 'it does what it should');
	is($call->("SELECT migrate_downgrade('base')"), '', 'and back');
	schema_is('roles', $dump, 'to where it was');

	# somebody who may not
	like(error_of('roles', "SELECT migrate_diff()", '-U', 'nobody_much'), qr/42501: permission denied for function migrate_diff/, 'without rights: an error');
	$node->safe_psql('roles', q{SELECT migrate_grant('write', 'nobody_much')});
	like(error_of('roles', "SELECT migrate_diff()", '-U', 'nobody_much'), qr/ERROR:  42501: /, 'a writer who owns nothing: an error');
	$node->safe_psql('roles', q{SELECT migrate_delete(revision) FROM migrate_script});
	like(error_of('roles', "SELECT migrate_revision('x', autogenerate => true)", '-U', 'nobody_much'), qr/ERROR:  42501: /, 'also for a revision');

	# a model by one who could not act as the caller
	$node->safe_psql('roles', q{SELECT migrate_set_model(NULL); SELECT migrate_grant('write', 'other'); GRANT USAGE ON SCHEMA migrations TO other});
	is(error_of('roles', q{SELECT migrate_set_model('CREATE SCHEMA app; CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS ''SELECT 1''')}, '-U', 'other'), '', 'another role sets a model');
	like(error_of('roles', 'SELECT migrate_diff()'), qr/42501: model part "default" was set by role "other"/, 'a superuser does not run it');
	schema_is('roles', $dump, 'nothing has changed');
}

#----------------------------------------------------------------------
# Where, and what is left
#----------------------------------------------------------------------

sub test_read_only
{
	my $read_only = 'SET default_transaction_read_only = on;';

	create_db('quiet');
	$node->safe_psql('quiet', 'CREATE TABLE t (id integer PRIMARY KEY); CREATE VIEW v AS SELECT * FROM t');
	set_model('quiet', 'CREATE TABLE t (id bigint PRIMARY KEY, name text); CREATE VIEW v AS SELECT * FROM t');
	for my $call ('migrate_diff()', "migrate_revision('x', autogenerate => true)", "migrate_set_model('')")
	{
		like(error_of('quiet', "$read_only SELECT $call"), qr/ERROR:  25006: cannot execute migrate_\w+\(\) in a read-only transaction/, "read-only: $call");
	}

	$node->backup('backup');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($node, 'backup', has_streaming => 1);
	$standby->start;
	$node->wait_for_catchup($standby);
	for my $call ('migrate_diff()', "migrate_revision('x', autogenerate => true)")
	{
		my $stderr = '';

		$standby->psql('quiet', "\\set VERBOSITY verbose\nSELECT $call", stderr => \$stderr);
		like($stderr, qr/ERROR:  25006: cannot execute migrate_\w+\(\) during recovery/, "on a standby: $call");
	}
	$standby->stop;
}

# A look leaves nothing: no schema, no lock, no row in a catalog.
sub test_nothing_left
{
	my $dump = dump_of('quiet');
	my $schemas = 'SELECT string_agg(nspname, chr(44) ORDER BY nspname) FROM pg_namespace';
	my $counts = 'SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_depend), (SELECT count(*) FROM pg_attribute)';
	my $names = $node->safe_psql('quiet', "$schemas; $counts");
	# the locks of this transaction on anything that is not the system's or ours
	my $locks = q{SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relation >= 16384
		AND relation NOT IN (SELECT oid FROM pg_class WHERE relnamespace = 'migrations'::regnamespace)};

	for my $call ('SELECT count(*) > 0 FROM migrate_diff()', "SELECT migrate_revision('x', autogenerate => true) IS NOT NULL",
		'SELECT migrate_schema_sql() IS NOT NULL', 'SELECT count(*) > 0 FROM migrate_check(false)')
	{
		is($node->safe_psql('quiet', "BEGIN; $call; $locks; $schemas; SHOW search_path; ROLLBACK"),
			"t\n0\n" . ($names =~ s/\n.*//sr) . "\npublic, migrations", "no lock and no schema is left in the transaction: $call");
	}
	is($node->safe_psql('quiet', "$schemas; $counts"), $names, 'nor afterwards');
	schema_is('quiet', $dump, 'the database is as it was');

	# after errors, too
	my %bad = (
		'CREATE TABLE t (id integer; ' => 'model part "default", line 1',
		"CREATE TABLE t (id integer);\n\\connect other" => 'model part "default", line 2');
	for my $model (sort keys %bad)
	{
		like(error_of('quiet', "SELECT migrate_set_model('$model')"), qr/\Q$bad{$model}\E/, "refused: $model");
	}
	%bad = (
		"CREATE TABLE t (id integer);\n\nCREATE VIEW v AS SELECT * FROM nowhere" => 'model part "default", line 3',
		"CREATE TABLE t (id integer);\nALTER TABLE t OWNER TO no_such_role" => 'no_such_role');
	for my $model (sort keys %bad)
	{
		set_model('quiet', $model);
		my $error = error_of('quiet', "SET pgmigrate.compare = 'all'; SELECT migrate_diff()");

		like($error, qr/\Q$bad{$model}\E/, "fails: $model");
		like($error, qr/^LINE \d+: .*\n\s+\^/m, 'with a caret') if $model =~ /nowhere/;
		is($node->safe_psql('quiet', "$schemas; $counts"), $names, 'leaving nothing');
	}
	schema_is('quiet', $dump, 'the database is as it was');
}

# What a parallel worker reads is what the leader reads, also in the sandbox,
# where nothing is committed.
sub test_worker
{
	my $never = 'SET max_parallel_maintenance_workers = 0';
	my $always = 'SET min_parallel_index_scan_size = 0';

	create_db('worker');
	$node->safe_psql('worker', q{
		CREATE TYPE mood AS ENUM ('sad', 'happy');
		CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY, m mood DEFAULT 'sad', at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
		CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
		CREATE TABLE t (id integer PRIMARY KEY, a text COLLATE "C" CHECK (a <> ''), b numeric(12, 2)[], c integer REFERENCES t);
		CREATE INDEX ON t (lower(a)) WHERE c > 0;
		CREATE VIEW v AS SELECT id, a FROM t;
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
		GRANT SELECT (a) ON t TO PUBLIC; COMMENT ON COLUMN t.a IS '} . 'long ' x 2_000 . q{'});
	my $texts = q{SELECT migrate_schema_sql()};
	my $alone = $node->safe_psql('worker', "$never; SET pgmigrate.compare = 'all'; $texts");
	is($node->safe_psql('worker', "$always; SET pgmigrate.compare = 'all'; $texts"), $alone, 'a worker reads the same');

	my $model = $alone =~ s/numeric\(12,2\)\[\]/text/r;
	$model =~ s/'happy'/'so so', 'happy'/;
	isnt($model, $alone, 'the model is another');
	set_model('worker', $model);
	my $diff = q{SELECT kind, identity, change, statement FROM migrate_diff()};
	$alone = $node->safe_psql('worker', "$never; $diff");
	like($alone, qr/so so/, 'there is a difference');
	is($node->safe_psql('worker', "$always; $diff"), $alone, 'and finds the same differences');
	is($node->safe_psql('worker', "$always; SET max_parallel_workers = 0; $diff"), $alone, 'so does a leader that gets no worker');
	is($node->safe_psql('worker', "$always; BEGIN ISOLATION LEVEL SERIALIZABLE; $diff; COMMIT"), $alone, 'and a worker of a serializable transaction');
	is($node->safe_psql('worker', "$always; BEGIN; CREATE TABLE later (i integer); SAVEPOINT s; $diff; ROLLBACK"),
		$node->safe_psql('worker', "$never; BEGIN; CREATE TABLE later (i integer); SAVEPOINT s; $diff; ROLLBACK"),
		'what is not committed is seen');
	$node->safe_psql('worker', "$always; SELECT migrate_revision('x', autogenerate => true, rev_id => 'x'); SELECT migrate_upgrade('head')");
	is($node->safe_psql('worker', "$always; $diff"), '', 'the revision is right');

	# who has read what
	my $from = -s $node->logfile;
	$node->safe_psql('worker', "SET log_min_messages = debug2; $always; $texts");
	my $log = slurp_file($node->logfile, $from);
	my %readers;
	$readers{$1}++ while $log =~ /\[(\d+)\] .*objects of kind/g;
	is(scalar keys %readers, 2, 'there was a worker');
}

sub test_cancel
{
	my $tables = join ';', map { "CREATE TABLE big_$_ (id integer PRIMARY KEY, a text UNIQUE, b text UNIQUE, c text UNIQUE)" } 1 .. 400;
	my $canceled = 0;

	create_db('cancel');
	$node->safe_psql('cancel', 'CREATE TABLE t (id integer PRIMARY KEY)');
	my $dump = dump_of('cancel');
	set_model('cancel', $tables);
	for my $ms (20, 60, 150, 300, 500, 800)
	{
		my $error = error_of('cancel', "SET statement_timeout = $ms; SELECT migrate_revision('x', autogenerate => true); SELECT 1/0");

		$canceled++ if $error =~ /57014: canceling statement due to statement timeout/;
		$node->safe_psql('cancel', q{SELECT migrate_delete(revision) FROM migrate_script});
		# in a transaction that goes on after it
		error_of('cancel', "BEGIN; SAVEPOINT s; SET LOCAL statement_timeout = $ms; SELECT count(*) FROM migrate_diff(); ROLLBACK TO s; CREATE TABLE kept_$ms (i integer); COMMIT", '-v', 'ON_ERROR_STOP=0');
		is($node->safe_psql('cancel', "SELECT count(*) FROM kept_$ms; DROP TABLE kept_$ms"), '0', "the transaction goes on after $ms ms");
		is($node->safe_psql('cancel', q{SELECT count(*) FROM pg_namespace WHERE nspname ~ 'aside'}), '0', 'no schema is left');
		# with a worker
		error_of('cancel', "BEGIN; SAVEPOINT s; SET LOCAL min_parallel_index_scan_size = 0; SET LOCAL statement_timeout = $ms; SELECT count(*) FROM migrate_diff(); ROLLBACK TO s; CREATE TABLE kept_$ms (i integer); COMMIT", '-v', 'ON_ERROR_STOP=0');
		is($node->safe_psql('cancel', "SELECT count(*) FROM kept_$ms; DROP TABLE kept_$ms"), '0', "the transaction goes on after $ms ms with a worker");
	}
	cmp_ok($canceled, '>=', 2, "canceled in the middle ($canceled times)");
	schema_is('cancel', $dump, 'the database is as it was');
}

#----------------------------------------------------------------------
# Drift, extensions, and pgmigrate in public
#----------------------------------------------------------------------

sub test_check
{
	my $failed = 'SELECT test, detail FROM migrate_check(false) WHERE NOT ok';

	create_db('drift');
	$node->safe_psql('drift', 'CREATE TABLE t (id integer PRIMARY KEY, name text)');
	set_model('drift', 'CREATE TABLE t (id integer PRIMARY KEY, name text, more text)');
	like($node->safe_psql('drift', $failed), qr/more/, 'the check finds a model that is not there yet');
	$node->safe_psql('drift', "SELECT migrate_revision('more', autogenerate => true); SELECT migrate_upgrade()");
	is($node->safe_psql('drift', $failed), '', 'it passes at the model');
	$node->safe_psql('drift', 'CREATE INDEX by_hand ON t (name)');
	like($node->safe_psql('drift', $failed), qr/by_hand/, 'an index that somebody made is listed');
	like(error_of('drift', 'SELECT * FROM migrate_check()'), qr/by_hand/, 'and is an error');
	like($node->safe_psql('drift', 'SELECT kind, identity, change FROM migrate_diff()'), qr/^index\|public\.by_hand\|drop/, 'so does the diff');
	$node->safe_psql('drift', 'DROP INDEX by_hand');
	is($node->safe_psql('drift', $failed), '', 'it passes without it');
}

sub test_extensions
{
	my $head = "CREATE EXTENSION citext;\nCREATE EXTENSION hstore;\nCREATE EXTENSION pg_trgm;\n";
	my $table = 'CREATE TABLE word (id integer PRIMARY KEY, word citext UNIQUE, data hstore);
		CREATE INDEX word_trgm ON word USING gin ((word::text) gin_trgm_ops)';

	create_db('contrib');
	if ($node->safe_psql('contrib', q{SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'pg_trgm')}) < 3)
	{
		note('citext, hstore and pg_trgm are not installed');
		return;
	}
	# the model brings them
	set_model('contrib', "$head$table");
	$node->safe_psql('contrib', "SELECT migrate_revision('words', autogenerate => true, rev_id => 'r1'); SELECT migrate_upgrade()");
	is($node->safe_psql('contrib', 'SELECT string_agg(extname, chr(44) ORDER BY extname) FROM pg_extension'), 'citext,hstore,pg_trgm,pgmigrate,plpgsql', 'extensions are created');
	is($node->safe_psql('contrib', 'SELECT count(*) FROM migrate_diff()'), '0', 'and found');
	$node->safe_psql('contrib', q{INSERT INTO word VALUES (1, 'Word', 'a=>1')});
	my $members = $node->safe_psql('contrib', q{SELECT count(*) FROM pg_depend WHERE deptype = 'e'});

	# the members are left alone, also where the model does not mention them
	for my $model ("$head$table;\nALTER TABLE word ADD COLUMN other citext, ADD COLUMN more hstore; CREATE VIEW alike AS SELECT id, word % 'wird' AS alike FROM word",
		"$table; CREATE INDEX word_data ON word USING gist (data)")
	{
		set_model('contrib', $model);
		$node->safe_psql('contrib', "SELECT migrate_revision('more', autogenerate => true); SELECT migrate_upgrade()");
		is($node->safe_psql('contrib', q{SELECT count(*) FROM pg_depend WHERE deptype = 'e'}), $members, 'all members are there');
		is($node->safe_psql('contrib', 'SELECT count(*) FROM migrate_diff()'), '0', 'nothing more to do');
		is($node->safe_psql('contrib', q{SELECT id, word = 'wORD', data -> 'a' FROM word}), '1|t|1', 'the row is there');
	}
	$node->safe_psql('contrib', q{SELECT migrate_downgrade('r1')});
	is($node->safe_psql('contrib', q{SELECT id, word = 'wORD', data -> 'a' FROM word}), '1|t|1', 'also after the downgrade');
	test_extensions_moved();
}

# to another schema: what uses them stays as it is
sub test_extensions_moved
{
	my $dump = dump_of('contrib');

	$node->safe_psql('contrib', q{SELECT migrate_delete('heads')}) for 1 .. 2;
	set_model('contrib', 'CREATE SCHEMA ext;
		CREATE EXTENSION citext SCHEMA ext;
		CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA ext;
		CREATE EXTENSION pg_trgm SCHEMA ext;
		CREATE TABLE word (id integer PRIMARY KEY, word ext.citext UNIQUE, data ext.hstore, more ext.hstore);
		CREATE INDEX word_trgm ON word USING gin ((word::text) ext.gin_trgm_ops)');
	is($node->safe_psql('contrib', "SELECT change, statement FROM migrate_diff() WHERE kind = 'extension'"),
		join("\n", map { "change schema|ALTER EXTENSION $_ SET SCHEMA ext" } qw(citext hstore pg_trgm)),
		'extensions are moved');
	$node->safe_psql('contrib', "SELECT migrate_revision('move', autogenerate => true); SELECT migrate_upgrade()");
	is($node->safe_psql('contrib', 'SELECT count(*) FROM migrate_diff()'), '0', 'nothing more to do after the move');
	is($node->safe_psql('contrib', "SELECT word OPERATOR(ext.=) 'wORD'::ext.citext, data OPERATOR(ext.->) 'a', more FROM word"), 't|1|', 'the row is there after the move');
	$node->safe_psql('contrib', q{SELECT migrate_downgrade('r1')});
	schema_is('contrib', $dump, 'extensions are moved back');
	like(error_of('contrib', q{SELECT migrate_set_model('CREATE EXTENSION hstore SCHEMA nowhere'); SELECT * FROM migrate_diff()}),
		qr/3F000: schema "nowhere" does not exist\n.*model part "default", line 1/s, 'to a schema that there is not');
}

# with its own tables beside those of the user
sub test_public
{
	create_db('in_public', 'public');
	$node->safe_psql('in_public', 'CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)');
	set_model('in_public', 'CREATE TABLE t (id bigint PRIMARY KEY, name text); CREATE VIEW v AS SELECT id FROM t');
	is($node->safe_psql('in_public', q{SELECT count(*) FROM migrate_diff() WHERE identity ~ 'migrate'}), '0', 'in public: what is ours is not compared');
	my $dump = dump_of('in_public');
	$node->safe_psql('in_public', "SELECT migrate_revision('x', autogenerate => true); SELECT migrate_upgrade()");
	is($node->safe_psql('in_public', 'SELECT id, name FROM t; SELECT id FROM v'), "1|\n1", 'in public: upgraded');
	is($node->safe_psql('in_public', 'SELECT count(*) FROM migrate_diff()'), '0', 'in public: nothing more to do');
	is($node->safe_psql('in_public', q{SELECT count(*) FROM migrate_check(false) WHERE NOT ok}), '0', 'in public: the check passes');
	$node->safe_psql('in_public', q{SELECT migrate_downgrade('base')});
	schema_is('in_public', $dump, 'in public: downgraded');

	# a model that is a dump of the database itself, with the extension in it
	my ($text) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr('in_public') ]);
	set_model('in_public', $text);
	is($node->safe_psql('in_public', q{SELECT migrate_delete(revision) FROM migrate_script; SELECT count(*) FROM migrate_diff()}) =~ s/.*\n//sr, '0', 'in public: its own dump is its model');
	# and what it says of itself
	my $sql = $node->safe_psql('in_public', 'SELECT migrate_schema_sql()');
	unlike($sql, qr/migrate_/, 'in public: nothing of ours is in the schema as SQL');
	set_model('in_public', $sql);
	is($node->safe_psql('in_public', 'SELECT count(*) FROM migrate_diff()'), '0', 'in public: the schema as SQL is its model');
}

test_rows();
test_decisions();
test_roles();
test_read_only();
test_nothing_left();
test_worker();
test_cancel();
test_check();
test_extensions();
test_public();
$node->stop;
done_testing();
