
# Copyright (c) 2026, pgmigrate contributors

=pod

=head1 NAME

OnlineRunner - sessions that run, hold and watch migrations

=head1 DESCRIPTION

An online run is tested from several sessions at once: one runs, some hold it
up by locks, one looks.  This module keeps those sessions, stops a run at a
place and knows when it has arrived there.  Nothing here sleeps a fixed time:
whatever has to happen is waited for, as long as the timeout of all tests.

A run is held up by a chain of holds.  A hold is what a session does in a
transaction that it leaves open.  The first is taken before the run; when the
run waits for it, the second is taken and the first released, and so on, until
the run waits for the last one.

=cut

package OnlineRunner;

use strict;
use warnings FATAL => 'all';

use IPC::Run;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

our $limit = $PostgreSQL::Test::Utils::timeout_default || 180;

sub new
{
	my ($class, $node, $db) = @_;

	return bless {
		node => $node,
		db => $db,
		sessions => {},
		runs => 0
	}, $class;
}

# The session of this name, which is also its application_name.
sub session
{
	my ($self, $name) = @_;

	return $self->{sessions}{$name} //=
	  OnlineRunner::Session->new($self->{node}, $self->{db}, $name);
}

# What a command in the session that looks on returns.
sub ask
{
	my ($self, $sql) = @_;

	return $self->session('control')->ask($sql);
}

# Close all sessions; those that the server has left are only forgotten.
sub close_sessions
{
	my ($self) = @_;

	$_->close for values %{ $self->{sessions} };
	$self->{sessions} = {};
	return;
}

# Wait until a server one of whose processes was killed has noticed, and takes
# connections again.
sub wait_for_recovery
{
	my ($self) = @_;

	$self->until('the server has noticed', sub { !eval { $self->ask('SELECT 1') } });
	$self->close_sessions;
	$self->until(
		'the server is back',
		sub { (eval { $self->ask('SELECT 1') } // '') eq '1' });
	return;
}

# Wait until something is true.  Whatever else there is to know when it does
# not become so, the message tells.
sub until
{
	my ($self, $what, $true) = @_;
	my $end = time() + $limit;

	while (!$true->())
	{
		if (time() > $end)
		{
			my $activity = eval {
				$self->session('post mortem')->ask(
					q{SELECT pid, application_name, state, wait_event_type, wait_event, pg_blocking_pids(pid), query FROM pg_stat_activity WHERE datname = current_database()}
				);
			} // $@;
			die "waited in vain until $what\n$activity\n";
		}
		sleep(0.004);
	}
	return;
}

# ... until a query returns true.
sub until_sql
{
	my ($self, $what, $sql) = @_;

	return $self->until($what, sub { $self->ask($sql) eq 't' });
}

#----------------------------------------------------------------------
# Runs
#----------------------------------------------------------------------

# Begin to run commands in a session of their own, and return a handle.
sub start
{
	my ($self, $sql, %options) = @_;
	my $name = $options{name} // 'run ' . ++$self->{runs};
	my %run = (
		name => $name,
		in => "$sql;\n\\q\n",
		out => '',
		err => '');

	$run{h} = OnlineRunner::Session::psql($self->{node}, $options{db} // $self->{db},
		$name, \%run, @{ $options{params} // [] });
	# it is to be on its way when we turn to something else
	$run{h}->pump_nb while length $run{in};
	return \%run;
}

# Wait until a run ends, and return what came of it: out, err, rc of psql, and
# of the first error its SQLSTATE and its text.
sub finish
{
	my ($self, $run) = @_;

	$self->until("$run->{name} ends", sub { $self->ended($run) });
	$run->{h}->finish;
	$run->{rc} = $run->{h}->result(0);
	return judge($run);
}

# Find the first error in what a run has said.
sub judge
{
	my ($run) = @_;

	chomp $run->{out};
	($run->{sqlstate}, $run->{error}) =
	  $run->{err} =~ /(?:ERROR|FATAL):  (\w{5}): (.*)/ ? ($1, $2) : ('', '');
	return $run;
}

# Run commands to their end.
sub run
{
	my ($self, $sql, %options) = @_;

	return $self->finish($self->start($sql, %options));
}

# Run one command in a session that stays.
sub call
{
	my ($self, $sql) = @_;
	my ($out, $err) = $self->session('caller')->try($sql);

	return judge({ out => $out, err => $err, rc => $err =~ /^(?:ERROR|FATAL):/m ? 3 : 0 });
}

sub ended
{
	my ($self, $run) = @_;

	return 1 unless $run->{h}->pumpable;
	$run->{h}->pump_nb;
	return !$run->{h}->pumpable;
}

# The process that serves a run.
sub pid
{
	my ($self, $run) = @_;

	return $self->ask("SELECT pid FROM pg_stat_activity WHERE application_name = '$run->{name}' AND datname = current_database()");
}

# Wait until a run has said something.
sub until_said
{
	my ($self, $run, $pattern) = @_;

	$self->until(
		"$run->{name} says $pattern",
		sub {
			my $ended = $self->ended($run);
			return 1 if $run->{err} =~ $pattern;
			die "$run->{name} ended without saying $pattern:\n$run->{out}$run->{err}" if $ended;
			return 0;
		});
	return;
}

# Wait until a run waits for the session of a hold.
sub until_blocked
{
	my ($self, $run, $holder) = @_;

	$self->until(
		"$run->{name} waits for $holder",
		sub {
			die "$run->{name} ended before it waited for $holder:\n$run->{out}$run->{err}"
			  if $self->ended($run);
			return $self->ask(
				"SELECT count(*) FROM pg_stat_activity r JOIN pg_stat_activity h USING (datname) WHERE datname = current_database() AND r.application_name = '$run->{name}' AND h.application_name = '$holder' AND h.pid = ANY (pg_blocking_pids(r.pid))"
			) ne '0';
		});
	return;
}

# Take a hold.  The session must get its locks at once.
sub hold
{
	my ($self, $holder, $sql) = @_;

	$self->session($holder)->ask("BEGIN; SET LOCAL lock_timeout = '60s'; $sql");
	return;
}

sub release
{
	my ($self, $holder) = @_;

	$self->session($holder)->ask('ROLLBACK') if $self->{sessions}{$holder};
	return;
}

# Start a run and stop it at the end of a chain of holds.  The last one is
# still in force; release_all() ends it.
sub start_and_stop
{
	my ($self, $sql, @chain) = @_;
	my $i = 0;

	$self->hold("hold 0", $chain[0]);
	my $run = $self->start($sql);
	$self->until_blocked($run, 'hold 0');
	while (++$i < @chain)
	{
		my ($this, $before) = ('hold ' . $i, 'hold ' . ($i - 1));

		$self->hold($this, $chain[$i]);
		$self->release($before);
		$self->until_blocked($run, $this);
	}
	return $run;
}

sub release_all
{
	my ($self) = @_;

	$self->release($_) for grep { /^hold / } sort keys %{ $self->{sessions} };
	return;
}

#----------------------------------------------------------------------
# One session: a psql that is fed command by command
#----------------------------------------------------------------------

package OnlineRunner::Session;

# Start psql with its input, output and errors in a hash, and a timer.  Errors
# come with their SQLSTATE.
sub psql
{
	my ($node, $db, $name, $io, @params) = @_;
	local $ENV{PGAPPNAME} = $name;

	$io->{timer} = IPC::Run::timer($OnlineRunner::limit);
	return IPC::Run::start(
		[
			$node->installed_command('psql'), '-XAtq', '-v', 'VERBOSITY=verbose', @params,
			'-d', $node->connstr($db)
		],
		'<', \$io->{in}, '>', \$io->{out}, '2>', \$io->{err}, $io->{timer});
}

sub new
{
	my ($class, $node, $db, $name) = @_;
	my $self = bless {
		name => $name,
		in => "\\echo ready\n",
		out => '',
		err => '',
		count => 0
	}, $class;

	$self->{h} = psql($node, $db, $name, $self);
	$self->read_until(qr/ready\n/);
	$self->{out} = '';
	return $self;
}

sub read_until
{
	my ($self, $pattern) = @_;

	$self->{timer}->start;
	until ($self->{out} =~ $pattern)
	{
		die "$self->{name} has ended: $self->{err}\n" unless $self->{h}->pumpable;
		die "$self->{name} does not answer\n" if $self->{timer}->is_expired;
		$self->{h}->pump;
	}
	return;
}

# Run a command; returns the output and what came with it, notices or an error.
sub try
{
	my ($self, $sql) = @_;
	my $mark = "done " . ++$self->{count} . ".";

	$self->{err} = '';
	# the mark on stderr comes first, so that it is there when the other is
	$self->{in} .= "$sql\n;\n\\warn '$mark'\n\\echo '$mark'\n";
	$self->read_until(qr/\Q$mark\E\n/);
	$self->{h}->pump until $self->{err} =~ /\Q$mark\E\n/ || !$self->{h}->pumpable;

	my ($out, $err) = ($self->{out}, $self->{err});
	$self->{out} = '';
	$_ =~ s/\Q$mark\E\n// for $out, $err;
	chomp $out;
	return ($out, $err);
}

# Run a command that must not fail; returns its output.
sub ask
{
	my ($self, $sql) = @_;
	my ($out, $err) = $self->try($sql);

	die "$self->{name}: $err\n$sql\n" if $err =~ /^(?:ERROR|FATAL|PANIC):/m;
	return $out;
}

# End the session, which the server may have ended before.
sub close
{
	my ($self) = @_;

	eval {
		$self->{h}->pump_nb if $self->{h}->pumpable;
		$self->{in} .= "\\q\n" if $self->{h}->pumpable;
		$self->{h}->finish;
	};
	return;
}

1;
