# Whose script runs for whom, with real logins: what pg_regress cannot try, as
# all its sessions belong to a superuser, who counts as a caller everywhere.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'client_min_messages = error');
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION pgmigrate;
	CREATE ROLE dev LOGIN;
	CREATE ROLE ops LOGIN;
	CREATE ROLE lead LOGIN;
	CREATE ROLE looker LOGIN;
	CREATE ROLE boss LOGIN SUPERUSER;
	GRANT dev TO lead;
	GRANT CREATE ON SCHEMA public TO dev, ops, lead;
	SELECT migrate_grant('write', 'dev'), migrate_grant('run', 'dev'), migrate_grant('run', 'ops'), migrate_grant('run', 'lead'), migrate_grant('look', 'looker');
});

# What a role gets for a command: the result, or the error.
sub as
{
	my ($role, $sql, %options) = @_;
	my ($stdout, $stderr) = ('', '');
	local $ENV{PGOPTIONS} = $options{settings} if defined $options{settings};
	my $rc = $node->psql('postgres', $sql, stdout => \$stdout, stderr => \$stderr, extra_params => [ '-U', $role ]);

	$stderr =~ s/\n.*//s;
	$stderr =~ s/^psql:<stdin>:\d+: //;
	return $rc == 0 ? $stdout : $stderr;
}

# nobody has become a superuser
sub unharmed
{
	my ($name) = @_;
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_roles WHERE rolsuper AND rolname IN ('dev', 'ops', 'lead', 'looker')"),
		'0', "$name: no harm done");
	return;
}

sub refused
{
	my ($author, $caller) = @_;
	return qr/revision "\w+" was written by role "$author", who could not act as role "$caller"/;
}
my $climb = 'ALTER ROLE dev SUPERUSER';
my $up = "SELECT revision FROM migrate_upgrade('head')";

# The writer's own script, in the writer's own session.
is(as('dev', "SELECT migrate_revision('one', 'CREATE TABLE one AS SELECT current_user AS who', 'DROP TABLE one', rev_id => 'r1')"), 'r1', 'dev writes');
is(as('dev', $up), 'r1', 'and runs without an approval');
is($node->safe_psql('postgres', 'SELECT who FROM one'), 'dev', 'as dev');
is($node->safe_psql('postgres', 'SELECT ran_as, logged_in_as FROM migrate_log'), 'dev|dev', 'which the log says');
is(as('dev', "SELECT revision FROM migrate_downgrade('base')"), 'r1', 'and back');

# Somebody else's session.
like(as('ops', $up), refused('dev', 'ops'), 'ops is refused');
like(as('lead', $up), refused('dev', 'lead'), 'so is who may act as dev');
like(as('boss', $up), refused('dev', 'boss'), 'so is a superuser');
like(as('lead', "SET ROLE dev; $up"), refused('dev', 'lead'), 'also after SET ROLE: the way back leads to lead');
like(as('boss', "SET ROLE dev; $up"), refused('dev', 'boss'), 'or to the superuser');
like(as('boss', "SET SESSION AUTHORIZATION dev; $up"), refused('dev', 'boss'), 'also after SET SESSION AUTHORIZATION');
is(as('ops', "SELECT migrate_approve('r1'); $up"), "r1\nr1", 'ops approves and runs');
is($node->safe_psql('postgres', 'SELECT who FROM one'), 'ops', 'as ops');
like(as('lead', "SELECT revision FROM migrate_downgrade('base')"), refused('dev', 'lead'), 'which is no approval for others');
is(as('boss', "SELECT migrate_approve('r1'); SELECT revision FROM migrate_downgrade('base')"), "r1\nr1", 'a superuser approves and runs');
is(as('lead', $up), 'r1', 'which is one for all');

# A superuser's script runs for everybody, with their rights.
is(as('boss', "SELECT migrate_revision('two', 'CREATE TABLE two AS SELECT current_user AS who', 'DROP TABLE two', rev_id => 'r2')"), 'r2', 'a superuser writes');
is(as('ops', $up), 'r2', 'ops runs');
is($node->safe_psql('postgres', 'SELECT who FROM two'), 'ops', 'as ops');
is(as('boss', "SELECT migrate_revision('three', '$climb', '', rev_id => 'r3')"), 'r3', 'a superuser writes what takes one');
isnt(as('dev', $up), 'r3', 'dev cannot run it');
unharmed('a superuser\'s script');
is(as('boss', "SELECT migrate_delete('r3')"), 'r3', 'gone');

# Ways out of the writer's own session do not exist.
for my $way ('RESET ROLE', 'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION boss', 'SET ROLE boss',
	"SELECT set_config(''role'', ''boss'', false)", "SELECT set_config(''session_authorization'', ''boss'', false)")
{
	as('dev', "SELECT migrate_revision('climb', '$way; $climb', '', rev_id => 'r3')");
	like(as('dev', $up), qr/permission denied|must be superuser|ERROR/, "$way in dev's session fails");
	like(as('boss', "SET SESSION AUTHORIZATION dev; $up"), refused('dev', 'boss'), "$way in a session lent to dev is refused");
	like(as('boss', "SET ROLE dev; $up"), refused('dev', 'boss'), "$way in a role lent to dev is refused");
	as('dev', "SELECT migrate_delete('r3')");
}
unharmed('ways out');

# A text that grows out of an edit of somebody else's.
is(as('dev', "SELECT migrate_revision('four', 'SELECT 1', '$climb', rev_id => 'r4')"), 'r4', 'dev writes a harmless upgrade and a harmful downgrade');
like(as('boss', "SELECT migrate_grant('write', 'ops'); SELECT migrate_edit('r4', upgrade => 'SELECT 2')"),
	refused('dev', 'boss'), 'a superuser who changes the one does not become the author of the other');
like(as('boss', $up), refused('dev', 'boss'), 'and still does not run it');
is(as('boss', "SELECT migrate_edit('r4', upgrade => 'SELECT 2', downgrade => ''); $up"), "r4\nr4", 'with both texts, it is the superuser\'s');
is(as('dev', "SELECT migrate_edit('r4', downgrade => '$climb', force => true)"), 'r4', 'dev changes the downgrade');
like(as('boss', "SELECT revision FROM migrate_downgrade('r2')"), refused('dev', 'boss'), 'and it is dev\'s again');
unharmed('edits');
as('boss', "SELECT migrate_edit('r4', upgrade => 'SELECT 2', downgrade => '', force => true); SELECT revision FROM migrate_downgrade('r2'); SELECT migrate_delete('r4')");

# The template of new scripts cannot be set with the connection either.
my $template = "pgmigrate.upgrade_template='\${upgrades};ALTER/**/ROLE/**/dev/**/SUPERUSER'";
is( as('dev', "SELECT migrate_revision('five', 'SELECT 5', '', rev_id => 'r5')", settings => "-c $template"),
	'r5', 'dev writes with a template of its own');
is($node->safe_psql('postgres', "SELECT upgrade FROM migrate_show('r5')"), 'SELECT 5', 'which is not used');
is(as('dev', "SELECT migrate_delete('r5')"), 'r5', 'gone');

# Types in pg_temp, which come before all others, under the eyes of the owner
# of the tables.
my $traps = q{
	CREATE FUNCTION pg_temp.climb() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_user = 'looker' THEN RAISE EXCEPTION 'trap'; END IF; EXECUTE 'ALTER ROLE looker SUPERUSER'; RETURN true; END $$;
	DO $$ DECLARE t pg_catalog.text; BEGIN
		FOR t IN SELECT typname FROM pg_catalog.pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typname !~ '^_' LOOP
			EXECUTE format('CREATE DOMAIN pg_temp.%I AS pg_catalog.%I CHECK (pg_temp.climb())', t, t);
		END LOOP;
	END $$;
	SET search_path = pg_temp, pg_catalog, public;};
like(as('looker', "$traps SELECT 'x'::text"), qr/trap/, 'the traps are set');
for my $look (
	'migrate_current()', 'migrate_heads()', 'migrate_heads(true)', 'migrate_branches()', 'migrate_history()',
	"migrate_show('r1')", "migrate_plan('base', 'downgrade')", 'migrate_check(false)', 'migrate_graph()',
	"migrate_graph('dot')", "migrate_sql('upgrade', 'base:head')", "migrate_sql('stamp', 'head')", 'migrate_progress')
{
	unlike(as('looker', "$traps SELECT pg_catalog.count(*) FROM public.$look"), qr/ERROR/, "$look steps over them");
}
unharmed('types in pg_temp');

# migrate_sql is for the one who asks to run later: the same rule.
as('dev', "SELECT migrate_revision('six', '$climb', '', rev_id => 'r6')");
like(as('boss', "SELECT * FROM migrate_sql('upgrade', 'r2:r6')"), refused('dev', 'boss'), 'no offline script of what would be refused');
is(as('dev', "SELECT migrate_delete('r6')"), 'r6', 'gone');

# A SECURITY DEFINER function of a superuser is the caller, for whoever may
# call it; one of dev's is dev, whoever calls it.
$node->safe_psql(
	'postgres', q{
	CREATE FUNCTION deploy() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT revision FROM migrate_upgrade('head') $$;
	CREATE FUNCTION lure() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT revision FROM migrate_upgrade('head') $$;
	ALTER FUNCTION deploy() OWNER TO boss;
	ALTER FUNCTION lure() OWNER TO dev;
	SELECT migrate_downgrade('r1');
});
is(as('looker', 'SELECT deploy()'), 'r2', 'looker deploys through a superuser\'s function');
is($node->safe_psql('postgres', 'SELECT who FROM two'), 'boss', 'as that superuser');
is($node->safe_psql('postgres', 'SELECT ran_as, logged_in_as FROM migrate_log ORDER BY id DESC LIMIT 1'), 'boss|looker', 'and the log has both');
as('dev', "SELECT migrate_revision('seven', '$climb', '', rev_id => 'r7')");
like(as('looker', 'SELECT deploy()'), refused('dev', 'boss'), 'but not dev\'s script');
for my $way ('RESET ROLE', 'SET SESSION AUTHORIZATION boss')
{
	as('dev', "SELECT migrate_edit('r7', upgrade => '$way; $climb')");
	like(as('boss', 'SELECT lure()'), qr/cannot set parameter/, "$way inside of dev's function, called by a superuser");
}
unharmed('SECURITY DEFINER');
as('dev', "SELECT migrate_delete('r7')");

# Online runs: the same rules, also for what another role has left half done.
my $online = "CALL migrate_upgrade_online('o1')";
is( as( 'dev', q{SELECT migrate_revision('online', 'CREATE TABLE o AS SELECT current_user AS who; CREATE INDEX CONCURRENTLY o_i ON o (who); DO $$ BEGIN IF current_user = ''dev'' THEN RAISE ''not for dev''; END IF; END $$; VACUUM o', 'DROP TABLE o', rev_id => 'o1', head => 'base')}),
	'o1', 'dev writes what takes several transactions');
like(as('looker', $online), qr/permission denied for procedure/, 'looker may not run it');
like(as('ops', $online), refused('dev', 'ops'), 'ops is refused');
like(as('lead', "SET ROLE dev; $online"), refused('dev', 'lead'), 'so is lead as dev');
like(as('boss', "SET SESSION AUTHORIZATION dev; $online"), refused('dev', 'boss'), 'and a superuser as dev');
is($node->safe_psql('postgres', "SELECT to_regclass('o') IS NULL, (SELECT count(*) FROM migrate_journal)"), 't|0', 'before anything is done');
like(as('dev', $online), qr/not for dev/, 'dev runs a part of it');
is($node->safe_psql('postgres', 'SELECT revision, done, ran_as FROM migrate_journal'), 'o1|2|dev', 'as dev');
like(as('ops', $online), refused('dev', 'ops'), 'ops is refused for the rest as well');
like(as('boss', "CALL migrate_upgrade_online('o1', interrupted => 'skip')"), refused('dev', 'boss'), 'so is a superuser');
is(as('ops', "SELECT migrate_approve('o1'); $online"), 'o1', 'ops approves and runs the rest');
is($node->safe_psql('postgres', "SELECT (SELECT who FROM o), string_agg(result || ' ' || ran_as, ', ' ORDER BY id) FROM migrate_log WHERE revision = 'o1'"),
	'dev|failed dev, done ops', 'which the log says');
for my $way ('RESET ROLE', 'SET ROLE NONE', 'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION boss', 'SET ROLE boss')
{
	as('dev', "SELECT migrate_revision('climb', '$way; VACUUM o; $climb', '', rev_id => 'o2', head => 'o1')");
	like(as('dev', "CALL migrate_upgrade_online('o2')"), qr/permission denied|must be superuser|ERROR/, "$way in dev's session fails");
	like(as('boss', "SET ROLE dev; CALL migrate_upgrade_online('o2')"), refused('dev', 'boss'), "$way in a role lent to dev is refused");
	as('dev', "SELECT migrate_stamp('o1'); SELECT migrate_delete('o2')");
	is($node->safe_psql('postgres', "SELECT count(*) FROM migrate_history() WHERE revision = 'o2'"), '0', "$way leaves nothing behind");
}
unharmed('online runs');

$node->stop;
done_testing();
