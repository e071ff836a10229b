"""Fields that rules test and that none of many subjects in the database has a value for."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from leadrelay.clock import Instant
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import JOINED, SUBJECTS
from leadrelay.rulebook.condition import Line
from leadrelay.rulebook.lint.unfilled import empty_fields, lines_of
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.problem import Problem
from leadrelay.store.facts import Reader
from leadrelay.store.owners import whole_team
from leadrelay.store.schema import TABLES

ENOUGH = 100
"""Of fewer subjects than this, that none has a value says little."""
_PLURALS = {"request": "requests", "opportunity": "opportunities", "contact": "contacts", "account": "accounts"}


def check_data(loaded: Loaded, conn: Connection, now: Instant) -> list[Problem]:
    """Warnings of fields that rules test and no subject has, each where it is first tested; for rules without errors.

    Every subject is read, until each field has been seen with a value. What the files say to be never known is left to
    that. Facts about owners come from the team, and are not looked at."""
    known = empty_fields(loaded)
    lines: dict[str, Line] = {}
    for line in lines_of(loaded.ruleset):
        if line.path not in known and not line.path.startswith(JOINED):
            lines.setdefault(line.path, line)
    found: list[Problem] = []
    for kind in SUBJECTS:
        paths = [path for path in lines if path.startswith(f"{kind}.")]
        found += _of_kind(kind, paths, lines, loaded, conn, now)
    return found


def _of_kind(
    kind: str, paths: list[str], lines: dict[str, Line], loaded: Loaded, conn: Connection, now: Instant
) -> Iterator[Problem]:
    count = conn.execute(select(func.count()).select_from(TABLES[kind])).scalar_one()
    if count < ENOUGH or not paths:
        return
    left = set(paths)
    slots = Slots.of((f"{kind}.id", *paths), loaded.ruleset.fields)
    for rows in Reader(kind, slots, whole_team(conn, loaded.ruleset.team)).all(conn, now):
        left -= {path for path in left if any(row[slots.index[path]] not in (None, "", ()) for row in rows)}
        if not left:
            return
    for path in sorted(left):
        message = f"{path}: none of {count:,} {_PLURALS[kind]} has one."
        remedy = "Let an import map, a form or a rule fill it, or remove the test."
        yield Problem(lines[path].place, "empty-field", message, remedy, "warning")
