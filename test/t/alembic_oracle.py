"""Ask Alembic itself what an upgrade, a downgrade or a stamp would do.

Reads one JSON document per line from standard input, each a graph with its
cases, and writes one line per graph with the answers.  Nothing touches a
database or the file system: the revisions are objects in memory, and the
version table is the set that Alembic's HeadMaintainer keeps.  What the answers
are compared with, and which of them are known to be wrong, is not known here.

graph:  {"revs": [{"id", "down", "depends_on", "labels"}, ...], "cases": [...]}
case:   {"command": "upgrade", "target": "a" or ["a", "b"], "rows": ["b"]}
answer: {"steps": [...], "rows": [...]} in Alembic's order,
        {"error": "text"} where Alembic refuses, or
        {"crash": "KeyError"} where it falls over
"""

import json
import sys
import warnings
from unittest import mock

from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory
from alembic.script.revision import Revision, RevisionMap
from alembic.util import CommandError


class MemoryRevision(Revision):
    """A revision with scripts that do nothing, as RevisionStep wants them."""

    module = mock.Mock()
    doc = ""


def make_directory(revs):
    """A script directory that consists of the given revisions."""
    directory = ScriptDirectory.__new__(ScriptDirectory)
    made = [
        MemoryRevision(
            rev["id"],
            tuple(rev["down"]) or None,
            tuple(rev["depends_on"]) or None,
            tuple(rev["labels"]) or None,
        )
        for rev in revs
    ]
    directory.revision_map = RevisionMap(lambda: made)
    return directory


def answer(directory, case):
    """What Alembic does in one case."""
    target, rows = case["target"], tuple(case["rows"])
    if isinstance(target, list):
        target = tuple(target)
    try:
        if case["command"] == "upgrade":
            steps = directory._upgrade_revs(target, rows)
        elif case["command"] == "downgrade":
            steps = directory._downgrade_revs(target, rows)
        else:
            steps = directory._stamp_revs(target, rows)
        context = mock.Mock()
        context.as_sql = True
        maintainer = HeadMaintainer(context, rows)
        for step in steps:
            maintainer.update_to_step(step)
    except CommandError as error:
        return {"error": str(error)}
    except Exception as error:
        return {"crash": type(error).__name__}
    if case["command"] == "stamp":
        names = []
    else:
        names = [step.revision.revision for step in steps]
    return {"steps": names, "rows": sorted(maintainer.heads)}


def main():
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        graph = json.loads(line)
        directory = make_directory(graph["revs"])
        answers = [answer(directory, case) for case in graph["cases"]]
        print(json.dumps(answers))


main()
