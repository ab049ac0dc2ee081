# shellcheck shell=bash
#
# lib.sh
#
# What the scripts of this directory share: finding PostgreSQL or installing
# it, copying it into a temporary directory, building the extension into that
# copy, and running a server from it.  Which tests run and how they are counted
# is not decided here.
#
# Nothing outside the temporary directory is written, except for Debian
# packages that are missing, and only when we are root.  No server that is
# already running is touched: ours has its own files, its own data directory
# and listens on a socket in the temporary directory only.
#
# Read from the environment:
#
#	PG_CONFIG	the pg_config of the server to use
#	PG_MAJOR	or its major version, as Debian packages it
#	TMPDIR		where the temporary directory is made (default /tmp)
#
# Set for the scripts, after prepare_server():
#
#	tmp			the temporary directory; it goes away with the script
#	bin			the private copy's directory of programs
#	major		its major version
#	running		a process group that must not outlive the script
#	server_env	what a client needs in its environment, after start_server()

set -u

# Settings for other servers must not leak into ours.
for name in ${!PG*}; do
	case $name in
		PG_CONFIG | PG_MAJOR) ;;
		*) unset "$name" ;;
	esac
done
export LC_ALL=C.UTF-8
unset MAKEFLAGS MFLAGS MAKELEVEL CDPATH
umask 022

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tmp=
bin=
major=${PG_MAJOR:-}
pg_config=
server_env=()
running=

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

#----------------------------------------------------------------------
# The server and the packages
#----------------------------------------------------------------------

# The makefiles alone do not tell: Debian ships them with the client programs.
has_development_files()
{
	[ -e "$("$1" --pgxs)" ] && [ -e "$("$1" --includedir-server)/postgres.h" ]
}

# Set pg_config and major: what the caller asked for, else the newest server
# with its development files, else the newest server.  Both stay empty when
# there is no server.
choose_server()
{
	local candidate

	pg_config=
	if [ -n "${PG_CONFIG:-}" ]; then
		candidate=$("$PG_CONFIG" --bindir 2>/dev/null) ||
			die "cannot run PG_CONFIG=$PG_CONFIG"
		pg_config=$candidate/pg_config
	elif [ -n "${PG_MAJOR:-}" ]; then
		candidate=/usr/lib/postgresql/$PG_MAJOR/bin
		[ ! -x "$candidate/pg_config" ] || pg_config=$candidate/pg_config
		major=$PG_MAJOR
	else
		for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr); do
			[ -x "$candidate/postgres" ] || continue
			if has_development_files "$candidate/pg_config"; then
				pg_config=$candidate/pg_config
				break
			fi
			# no development files: only if nothing better comes
			if [ -z "$major" ]; then
				major=${candidate%/bin}
				major=${major##*/}
			fi
		done
		if [ -z "$pg_config" ] && [ -z "$major" ] &&
			candidate=$(pg_config --bindir 2>/dev/null) &&
			[ -x "$candidate/postgres" ] && [ -x "$candidate/pg_config" ]; then
			pg_config=$candidate/pg_config
		fi
	fi
	if [ -n "$pg_config" ]; then
		major=$("$pg_config" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	fi
}

# Note the package unless the command succeeds.
required=()
optional=()
require()
{
	local package=$1

	shift
	"$@" >/dev/null 2>&1 || required+=("$package")
}

recommend()
{
	local package=$1

	shift
	"$@" >/dev/null 2>&1 || optional+=("$package")
}

# A build without the C library's headers fails as one without a compiler does.
compiler_works()
{
	command -v gcc make &&
		echo '#include <stdio.h>' | gcc -E -x c -o /dev/null -
}

# Fill required and optional with the packages that are missing for a purpose:
# "build" (and run a server) or "test".
list_missing()
{
	local share=''

	required=()
	optional=()
	if [ -n "$pg_config" ]; then
		share=$("$pg_config" --sharedir)
		require "postgresql-$major" test -x "${pg_config%/*}/postgres"
		require "postgresql-server-dev-$major" has_development_files "$pg_config"
	elif [ -n "$major" ]; then
		required+=("postgresql-$major" "postgresql-server-dev-$major")
	else
		required+=(postgresql postgresql-server-dev-all)
	fi
	require build-essential compiler_works

	if [ "$1" = test ]; then
		require binutils command -v nm
		require perl perl -MTest::More -e 1
		require libipc-run-perl perl -MIPC::Run -e 1
		recommend python3-psycopg2 /usr/bin/python3 -c 'import psycopg2'
		recommend alembic /usr/bin/python3 -c 'import alembic'
		recommend python3-sqlalchemy /usr/bin/python3 -c 'import sqlalchemy'
		# "poetry check" needs the second, which Debian's package forgets
		recommend python3-poetry command -v poetry
		recommend python3-trove-classifiers /usr/bin/python3 -c 'import trove_classifiers'
		# Sqitch talks to PostgreSQL through the second
		recommend sqitch command -v sqitch
		recommend libdbd-pg-perl perl -MDBD::Pg -e 1
		recommend pgbouncer sh -c 'PATH=$PATH:/usr/sbin command -v pgbouncer'
		# Debian has it for each version but one that is not out yet: there its
		# test is skipped, elsewhere it fails without it
		recommend "postgresql-${major:-15}-cron" \
			test -e "$share/extension/pg_cron.control"
	fi
}

apt_install()
{
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends "$@" </dev/null >>"$apt_log" 2>&1
}

# Install packages without starting any service and without creating a
# database cluster; what this needs in /etc is taken away again.
install_packages()
{
	local policy=/usr/sbin/policy-rc.d dropin=/etc/postgresql-common/createcluster.d
	local made_policy='' made_dropin='' had_bouncer='' rc=0

	[ -e /etc/init.d/pgbouncer ] && had_bouncer=1
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
		made_policy=1
	fi

	# comes first, because it is what reads the settings that we add
	if [[ " $* " == *" postgresql"* ]]; then
		apt_install postgresql-common || rc=1
		[ -d "$dropin" ] || { mkdir -p "$dropin" && made_dropin=1; }
		echo 'create_main_cluster = false' >"$dropin/pgmigrate-test.conf"
	fi

	apt_install "$@" || rc=1

	rm -f "$dropin/pgmigrate-test.conf"
	[ -z "$made_dropin" ] || rmdir "$dropin" 2>/dev/null
	[ -z "$made_policy" ] || rm -f "$policy"
	if [ -z "$had_bouncer" ] && [ -e /etc/init.d/pgbouncer ]; then
		update-rc.d pgbouncer disable >>"$apt_log" 2>&1
	fi
	return $rc
}

# See that everything is there for the purpose ("build" or "test").
# As root we install what is missing, else we say what to type.
ensure_packages()
{
	local purpose=$1 package available=()

	choose_server
	list_missing "$purpose"
	[ $((${#required[@]} + ${#optional[@]})) -gt 0 ] || return 0

	if ! command -v apt-get >/dev/null; then
		[ ${#required[@]} -eq 0 ] || die "missing (by their Debian names): ${required[*]}"
		say "# without ${optional[*]} some tests cannot run"
		return 0
	fi

	if [ "$(id -u)" -ne 0 ]; then
		if [ -z "$major" ]; then
			major=$(default_major)
			list_missing "$purpose"
		fi
		if [ ${#required[@]} -eq 0 ]; then
			say "# without ${optional[*]} some tests cannot run"
			return 0
		fi
		say "Please install what is missing, or run this as root:" >&2
		say "apt-get install -y --no-install-recommends ${required[*]} ${optional[*]}" >&2
		exit 1
	fi

	apt_log=$tmp/apt.log
	if ! apt-get update -q </dev/null >"$apt_log" 2>&1; then
		say "# apt-get update failed; going on with the lists that are there"
	fi
	if [ -z "$major" ]; then
		major=$(default_major)
		[ -n "$major" ] || die "apt-get knows no package postgresql"
		list_missing "$purpose"
	fi
	for package in ${optional[@]+"${optional[@]}"}; do
		if apt-cache show "$package" >/dev/null 2>&1; then
			available+=("$package")
		else
			say "# $package is not available here; some tests cannot run"
		fi
	done
	[ $((${#required[@]} + ${#available[@]})) -gt 0 ] || return 0

	say "# installing ${required[*]} ${available[*]}"
	if ! install_packages ${required[@]+"${required[@]}"} ${available[@]+"${available[@]}"} &&
		[ ${#required[@]} -gt 0 ]; then
		# once more without what we can do without
		install_packages "${required[@]}"
	fi

	choose_server
	list_missing "$purpose"
	if [ ${#required[@]} -gt 0 ]; then
		tail -n 20 "$apt_log" >&2
		die "could not install ${required[*]}"
	fi
}

# The major version that this Debian's package "postgresql" stands for.
default_major()
{
	apt-cache depends postgresql 2>/dev/null |
		sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
}

#----------------------------------------------------------------------
# The temporary directory
#----------------------------------------------------------------------

# Make tmp, and have it removed with everything that runs from it.
make_tmp()
{
	local base=${TMPDIR:-/tmp}

	# The path of a socket has room for about a hundred bytes.
	[ ${#base} -le 40 ] || base=/tmp
	tmp=$(mktemp -d "$base/pgmigrate.XXXXXX") || exit 1
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir "$tmp/home" "$tmp/tmp" "$tmp/src" "$tmp/log"
	chmod 755 "$tmp"
}

clean_up()
{
	local file

	trap - EXIT
	[ -z "$running" ] || kill -TERM -- "-$running" 2>/dev/null
	# our server, and those that an interrupted test left behind
	while IFS= read -r file; do
		as_user "$bin/pg_ctl" -D "${file%/*}" -m immediate -s stop >/dev/null 2>&1
	done < <(find "$tmp" -name postmaster.pid 2>/dev/null)
	cd /
	rm -rf "$tmp"
}

# Run a command as the user that the server belongs to (PostgreSQL refuses to
# run as root), with an environment of its own.
as_user()
{
	local run=()

	[ "$(id -u)" -ne 0 ] || run=(runuser -u postgres --)
	${run[@]+"${run[@]}"} env -i LC_ALL="$LC_ALL" TZ=UTC HOME="$tmp/home" TMPDIR="$tmp/tmp" \
		PATH="$bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin" \
		${CI:+"CI=$CI"} ${http_proxy:+"http_proxy=$http_proxy"} "$@"
}

own_tmp()
{
	[ "$(id -u)" -ne 0 ] || chown -R postgres: "$@"
}

# Run make in the copied tree, for the private server.
make_ext()
{
	as_user make -C "$tmp/src" --no-print-directory "PG_CONFIG=$bin/pg_config" "$@"
}

#----------------------------------------------------------------------
# The private server
#----------------------------------------------------------------------

# Copy the installation.  Its programs find their libraries and the rest by
# the way that leads there from their own place, so everything keeps its path
# below tmp; what only a compiler reads is linked.
copy_server()
{
	local dir

	for dir in $("$pg_config" --bindir) $("$pg_config" --pkglibdir) $("$pg_config" --sharedir); do
		mkdir -p "$tmp$dir"
		cp -a "$dir/." "$tmp$dir/" || die "could not copy $dir"
	done
	# the second may be in the first; never make a link in what is only linked
	for dir in $("$pg_config" --includedir) $("$pg_config" --includedir-server); do
		if [ ! -e "$tmp$dir" ] && [ -e "$dir" ]; then
			mkdir -p "$(dirname "$tmp$dir")"
			ln -s "$dir" "$tmp$dir"
		fi
	done
	bin=$tmp$("$pg_config" --bindir)
	own_tmp "$tmp"
	as_user test -w "$tmp/home" || die "user postgres cannot reach $tmp; set TMPDIR"
	case $(as_user "$bin/pg_config" --sharedir) in
		"$tmp"/*) ;;
		*) die "this PostgreSQL cannot be moved: $pg_config" ;;
	esac
}

# Copy the tree, without what belongs to git or was built in it.
copy_source()
{
	tar -C "$top" -cf - --exclude=./.git --exclude=./.servers \
		--exclude=./results --exclude='./tmp_check*' --exclude='./regression.*' \
		--exclude=./log --exclude=./output_iso \
		--exclude='*.o' --exclude='*.bc' --exclude='*.so' . |
		tar -C "$tmp/src" -xf - --no-same-owner || die "could not copy $top"
	own_tmp "$tmp/src"
}

# Make the data directory and start the server.  It is trusted completely, as
# nobody but its user reaches the socket.
start_server()
{
	as_user "$bin/initdb" -D "$tmp/data" -U postgres -A trust -N \
		--locale=C --encoding=UTF8 >"$tmp/log/initdb.log" 2>&1 ||
		{ tail -n 20 "$tmp/log/initdb.log"; return 1; }
	cat >>"$tmp/data/postgresql.conf" <<-EOF
		listen_addresses = ''
		unix_socket_directories = '$tmp/tmp'
		unix_socket_permissions = 0700
		fsync = off
		max_prepared_transactions = 10
		log_line_prefix = '%m [%p] %q%a '
	EOF
	as_user "$bin/pg_ctl" -D "$tmp/data" -l "$tmp/log/server.log" -w -t 120 -s start ||
		{ tail -n 20 "$tmp/log/server.log"; return 1; }
	# for the programs that connect to it
	server_env=(PGHOST="$tmp/tmp" PGPORT=5432 PGUSER=postgres)
}

stop_server()
{
	as_user "$bin/pg_ctl" -D "$tmp/data" -m fast -w -s stop
}

# The tour, for whoever wants to see or to check it.
run_demo()
{
	as_user "${server_env[@]}" createdb demo &&
		as_user "${server_env[@]}" psql -X -d demo <"$tmp/src/test/demo.sql"
} 2>&1

# Everything up to a tree that is ready to be built.
prepare_server()
{
	make_tmp
	ensure_packages "$1"
	copy_server
	copy_source
}
