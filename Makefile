# Makefile of pgmigrate
#
#   make                    build against the PostgreSQL that pg_config names
#   make install            install into it
#   make installcheck       run the tests against a running server
#   make test               everything, on a private server that is set up here
#   make demo               a tour on a private server
#
# Choose another server with PG_CONFIG=/path/to/pg_config.

EXTENSION = pgmigrate
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" pgmigrate.control)
MODULE_big = pgmigrate
PGFILEDESC = "pgmigrate - Alembic-style schema migrations inside PostgreSQL"

# One a line, in alphabetical order; "make test" compares the list with src/.
OBJS = \
	$(WIN32RES) \
	src/api/adopt.o \
	src/api/arg.o \
	src/api/baseline.o \
	src/api/bulk.o \
	src/api/call.o \
	src/api/callback.o \
	src/api/check.o \
	src/api/current.o \
	src/api/diff.o \
	src/api/export.o \
	src/api/grant.o \
	src/api/graph.o \
	src/api/history.o \
	src/api/load.o \
	src/api/model.o \
	src/api/online.o \
	src/api/plan.o \
	src/api/rebase.o \
	src/api/repeatable.o \
	src/api/replicated.o \
	src/api/revision.o \
	src/api/schedule.o \
	src/api/seed.o \
	src/api/sql.o \
	src/api/upgrade.o \
	src/api/verify.o \
	src/common/spi.o \
	src/diff/array_cast.o \
	src/diff/array_tree.o \
	src/diff/baseline.o \
	src/diff/compare.o \
	src/diff/filter.o \
	src/diff/generate.o \
	src/diff/graph.o \
	src/diff/model.o \
	src/diff/model_parse.o \
	src/diff/order.o \
	src/diff/proof.o \
	src/diff/rename.o \
	src/diff/sandbox.o \
	src/diff/scan.o \
	src/diff/seed.o \
	src/diff/seed_sequence.o \
	src/diff/seed_write.o \
	src/diff/squash.o \
	src/diff/verify.o \
	src/diff/write.o \
	src/pgmigrate.o \
	src/revision/draw.o \
	src/revision/file.o \
	src/revision/graph.o \
	src/revision/resolve.o \
	src/revision/state.o \
	src/revision/store.o \
	src/run/activity.o \
	src/run/adopt.o \
	src/run/author.o \
	src/run/blocker.o \
	src/run/bulk.o \
	src/run/callback.o \
	src/run/cut.o \
	src/run/journal.o \
	src/run/limit.o \
	src/run/load.o \
	src/run/load_file.o \
	src/run/loading.o \
	src/run/lock.o \
	src/run/log.o \
	src/run/online.o \
	src/run/plan.o \
	src/run/rebase.o \
	src/run/repeatable.o \
	src/run/replace.o \
	src/run/runner.o \
	src/run/script.o \
	src/run/settings.o \
	src/run/settle.o \
	src/run/source.o \
	src/run/step.o \
	src/run/template.o \
	src/run/transaction.o \
	src/run/trust.o \
	src/schema/aggregate.o \
	src/schema/attributes.o \
	src/schema/basetype.o \
	src/schema/cast.o \
	src/schema/collation.o \
	src/schema/column.o \
	src/schema/column_type.o \
	src/schema/composite.o \
	src/schema/constraint.o \
	src/schema/default.o \
	src/schema/default_privileges.o \
	src/schema/domain.o \
	src/schema/enum.o \
	src/schema/foreign.o \
	src/schema/identity_sequence.o \
	src/schema/index.o \
	src/schema/inheritance.o \
	src/schema/kinds.o \
	src/schema/language.o \
	src/schema/lineage.o \
	src/schema/object.o \
	src/schema/operator.o \
	src/schema/option.o \
	src/schema/policy.o \
	src/schema/presence.o \
	src/schema/privilege.o \
	src/schema/publication.o \
	src/schema/range.o \
	src/schema/read.o \
	src/schema/routine.o \
	src/schema/rule.o \
	src/schema/schema.o \
	src/schema/sequence.o \
	src/schema/snapshot.o \
	src/schema/statistics.o \
	src/schema/system_column.o \
	src/schema/system_privileges.o \
	src/schema/table.o \
	src/schema/textsearch.o \
	src/schema/trigger.o \
	src/schema/type.o \
	src/schema/view.o

PG_CPPFLAGS = -I$(srcdir)/src -DPGMIGRATE_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter

DATA = $(wildcard sql/pgmigrate--*.sql)

# Inputs are in test/, expected results of both kinds in expected/.  The two
# lists share one output directory, so no name may be in both.  The tests that
# use the extension as it is loaded come before those that make it anew.
REGRESS = \
	graph vectors_downgrade vectors_errors vectors_history vectors_stamp \
	vectors_upgrade acl adopt_bad_input adopting approving arguments authoring \
	auto_constraint auto_family auto_privilege auto_routine auto_table \
	auto_type auto_view bad_input baseline bulk_insert callbacks checking \
	files filters history hostile_names log looking merging model offline \
	online online_bad_input online_interrupted online_names online_plan \
	online_resume repeatables running scheduling security seeds squash \
	stamping templates transactions
REGRESS_OPTS = --inputdir=test --load-extension=pgmigrate --encoding=UTF8 --no-locale

ISOLATION = \
	adopt_waits autogenerate_locks concurrent_authors concurrent_limits \
	concurrent_loaders concurrent_noop concurrent_repeatables concurrent_trust \
	concurrent_upgrade online_authors online_cleanup online_concurrently \
	online_levels online_locks online_waiters
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=pgmigrate

TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# The targets after this block prepare their own server, so they must work on
# a machine that has none yet.  Debian ships the makefiles without the headers,
# too.
ifneq ($(and $(wildcard $(PGXS)),$(wildcard $(shell $(PG_CONFIG) --includedir-server)/postgres.h)),)
include $(PGXS)
# PGXS knows nothing of our headers
$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h)
else
all install installcheck clean:
	@echo "$(PG_CONFIG) names no server with its development files" \
		"(Debian: postgresql-server-dev-NN); see PG_CONFIG." >&2; exit 1
endif

# SUITES chooses among checks, demo, regress, isolation and tap; TESTS names
# single tests: make test SUITES=regress TESTS="init graph"
test:
	@SUITES='$(SUITES)' TESTS='$(TESTS)' test/run

# ... on every supported version of PostgreSQL (as root; debootstrap)
test-all:
	@test/all-versions

# ... with the extension built under AddressSanitizer and UBSan
test-sanitize:
	@SUITES='$(SUITES)' TESTS='$(TESTS)' test/sanitize

demo:
	@test/demo

bench:
	@test/bench/run

lint:
	@test/lint

indent:
	@test/indent

# for the scripts in test/: the value of a variable
print-%:
	@echo $($*)

.PHONY: test test-all test-sanitize demo bench lint indent
