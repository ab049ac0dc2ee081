#!/usr/bin/env python3
"""Turn the revisions of an Alembic project into revision files of pgmigrate.

    python3 export.py [-c alembic.ini] [-x KEY=VALUE]... DIRECTORY

Writes one SQL file for each revision, named after the Python file, with one
call of migrate_load() that has the same id, parents, dependencies, branch
labels, date and message.  The upgrade and downgrade texts are what Alembic
itself makes of the scripts in offline mode ("alembic upgrade a:b --sql"),
without what pgmigrate does by itself: BEGIN and COMMIT, also those around an
autocommit_block(), and the keeping of alembic_version.

The env.py of the project is run once, in offline mode; no database is needed.
Needs Alembic 1.8 or later.  Load the files with psql, in any order, in one
transaction; SELECT * FROM migrate_adopt('alembic') then tells a database that
Alembic has migrated where it is.

What cannot be turned into SQL is reported, and the exit status is 1:

  * An upgrade that fails without a connection (it reads from the database, for
    example) becomes a script that raises an error when it is run.  Write it by
    hand.  A database on which it is applied already never runs it.
  * So does such a downgrade.

A downgrade that raises NotImplementedError makes the revision irreversible,
which is told, too, but is no failure.

A date without a time zone is taken for UTC.  Who wrote a revision Alembic does
not know: it will be who loads it.
"""

import argparse
import io
import pathlib
import re
import sys

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.schema import DDLElement


def make_environment(config, scripts, work):
    """An environment that renders literals as PostgreSQL reads them.

    work gets the context, and the arguments that env.py gives to the scripts.
    Alembic knows its environment by its very class, so there is no subclass.
    """
    run_args = {}
    environment = EnvironmentContext(
        config,
        scripts,
        as_sql=True,
        fn=lambda _heads, context: work(context, run_args) or (),
    )
    alembics_configure = environment.configure
    alembics_run_migrations = environment.run_migrations

    def configure(*args, **kwargs):
        # with the paramstyle of a driver, each % would be doubled
        dialect_opts = dict(kwargs.get("dialect_opts") or {})
        dialect_opts["paramstyle"] = "named"
        kwargs["dialect_opts"] = dialect_opts
        kwargs["literal_binds"] = True
        alembics_configure(*args, **kwargs)

    def run_migrations(**kwargs):
        run_args.update(kwargs)
        alembics_run_migrations(**kwargs)

    environment.configure = configure
    environment.run_migrations = run_migrations
    return environment


class Recorder:
    """Runs scripts in offline mode and returns the SQL that each would run."""

    def __init__(self, context, run_args):
        self.impl = context.impl
        self.run_args = run_args
        if self.impl.__dialect__ != "postgresql":
            raise SystemExit(
                "export.py: the project is for %s, not for PostgreSQL"
                % self.impl.__dialect__
            )
        # a string is as long as it looks; SQLAlchemy would ask the server
        self.impl.dialect._backslash_escapes = False
        self.alembics_exec = self.impl._exec
        self.impl._exec = self.execute
        # pgmigrate finds out by itself where a script has to be cut
        self.impl.emit_begin = lambda: None
        self.impl.emit_commit = lambda: None

    def execute(
        self, construct, execution_options=None, multiparams=(), params=None
    ):
        """Record a statement.

        Alembic turns tabs into blanks, also in strings, and puts the semicolon
        into a comment at the end of a statement.  That matters for what is not
        DDL of its own making.
        """
        if isinstance(construct, DDLElement):
            return self.alembics_exec(construct, execution_options)
        if multiparams or params:
            raise ValueError("a statement with separate parameters")
        if isinstance(construct, str):
            construct = text(construct)
        sql = str(
            construct.compile(
                dialect=self.impl.dialect,
                compile_kwargs={"literal_binds": True},
            )
        ).strip()
        if not sql.endswith(";"):
            sql += "\n;" if "--" in sql.rsplit("\n", 1)[-1] else ";"
        self.impl.static_output(sql)
        return None

    def record(self, module, name):
        """The SQL of a script's function, or the exception that it raises."""
        function = getattr(module, name, None)
        if function is None:
            return None, NotImplementedError()
        outer, self.impl.output_buffer = self.impl.output_buffer, io.StringIO()
        try:
            function(**self.run_args)
            return self.impl.output_buffer.getvalue().strip(), None
        except Exception as error:  # whatever a script may raise
            return None, error
        finally:
            self.impl.output_buffer = outer


def record_all(config, scripts, revisions):
    """What record() returns for each revision, both directions."""
    texts = {}

    def work(context, run_args):
        recorder = Recorder(context, run_args)
        for revision in revisions:
            texts[revision.revision] = (
                recorder.record(revision.module, "upgrade"),
                recorder.record(revision.module, "downgrade"),
            )

    with make_environment(config, scripts, work):
        scripts.run_env()
    if len(texts) != len(revisions):
        raise SystemExit("export.py: env.py has not run the migrations")
    return texts


def as_tuple(value):
    """What Alembic takes as a string, a sequence or None."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def message_of(revision):
    """The docstring without what Alembic has added to it."""
    message = re.split(r"(?m)^Revision ID:", revision.longdoc)[0].strip()
    return message or "empty message"


def date_of(revision):
    """The date in the docstring, with its time zone, or None."""
    match = re.search(r"(?m)^Create Date: *(\S.*?) *$", revision.longdoc)
    if match is None:
        return None
    date = match.group(1)
    return date if re.search(r"(Z|[+-]\d\d(:?\d\d)?)$", date) else date + "+00"


def quote(value):
    """A string literal."""
    return "'%s'" % value.replace("'", "''")


def quote_array(values):
    """A literal of type text[]."""
    escaped = (re.sub(r'(["\\])', r"\\\1", value) for value in values)
    return quote("{%s}" % ",".join('"%s"' % value for value in escaped))


def dollar_quote(value):
    """The text in dollar quotes, on lines of its own."""
    number, tag = 0, "$pgmigrate"
    while tag in value:
        number += 1
        tag = "$pgmigrate%d" % number
    return "%s$\n%s\n%s$" % (tag, value, tag)


def failing_script(direction, error):
    """A script that cannot be run by accident."""
    reason = " ".join(("%s: %s" % (type(error).__name__, error)).split())
    return (
        "-- The %s could not be turned into SQL without a connection:\n"
        "-- %s\n"
        "DO 'BEGIN RAISE EXCEPTION ''write this %s by hand''; END';"
        % (direction, reason, direction)
    )


def write_file(path, revision, upgrade, downgrade):
    """Write the file of a revision."""
    arguments = [
        ("revision", quote(revision.revision)),
        ("message", quote(message_of(revision))),
    ]
    for name, values in (
        ("down_revision", as_tuple(revision.down_revision)),
        ("depends_on", as_tuple(getattr(revision.module, "depends_on", None))),
        (
            "branch_labels",
            as_tuple(getattr(revision.module, "branch_labels", None)),
        ),
    ):
        if values:
            arguments.append((name, quote_array(values)))
    if date_of(revision) is not None:
        arguments.append(("created_at", quote(date_of(revision))))
    for name, script in (("upgrade", upgrade), ("downgrade", downgrade)):
        if script is not None:
            arguments.append((name, dollar_quote(script) if script else "''"))
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("SELECT migrate_load(\n    ")
        file.write(",\n    ".join("%s => %s" % pair for pair in arguments))
        file.write(");\n")


def convert(directory, revision, recorded):
    """Write a revision.  Returns what has to be told of it."""
    (upgrade, up_error), (downgrade, down_error) = recorded
    notes = []
    if up_error is not None:
        upgrade = failing_script("upgrade", up_error)
        notes.append(("upgrade", up_error))
    if isinstance(down_error, NotImplementedError):
        notes.append(("irreversible", None))
    elif down_error is not None:
        downgrade = failing_script("downgrade", down_error)
        notes.append(("downgrade", down_error))
    path = directory / (pathlib.Path(revision.path).stem + ".sql")
    if path.exists():
        raise SystemExit("export.py: %s is there already" % path)
    write_file(path, revision, upgrade, downgrade)
    return notes


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Turn the revisions of an Alembic project into revision"
        " files of pgmigrate."
    )
    parser.add_argument("-c", "--config", default="alembic.ini")
    parser.add_argument("-n", "--name", default="alembic")
    parser.add_argument("-x", action="append", default=[])
    parser.add_argument("directory", type=pathlib.Path)
    return parser.parse_args()


def main():
    """Convert a project.  Returns the exit status."""
    options = parse_arguments()
    config = Config(
        options.config,
        ini_section=options.name,
        output_buffer=io.StringIO(),
        cmd_opts=argparse.Namespace(x=options.x),
    )
    scripts = ScriptDirectory.from_config(config)
    # from the bases to the heads
    revisions = list(scripts.walk_revisions())[::-1]
    texts = record_all(config, scripts, revisions)
    options.directory.mkdir(parents=True, exist_ok=True)
    status = 0
    for revision in revisions:
        for what, error in convert(
            options.directory, revision, texts[revision.revision]
        ):
            if error is None:
                print("%s: has no downgrade" % revision.revision)
                continue
            status = 1
            print(
                "%s: write the %s by hand (%s: %s)"
                % (revision.revision, what, type(error).__name__, error)
            )
    print("%d revisions in %s" % (len(revisions), options.directory))
    return status


if __name__ == "__main__":
    sys.exit(main())
