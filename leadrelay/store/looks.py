"""When the flows looked at what was due: a line for every chunk of a sweep, written with it."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement

_NOTE = Statement(
    "INSERT INTO looks (flow, kind, at, seen, first_due) SELECT :flow, :kind, :at, :seen, due_at FROM agenda"
    " WHERE flow = :flow AND kind = :kind AND due_at <= :at ORDER BY due_at LIMIT 1"
)
_ALL = Statement("SELECT flow, kind, at, seen, first_due FROM looks ORDER BY id")


class Look(NamedTuple):
    """One chunk of a sweep. `seen`: the last row of history that was there; `first_due`: since when the first of what
    it looked at had waited."""

    flow: str
    kind: str
    at: Instant
    seen: int
    first_due: Instant


def note(conn: Connection, flow: str, kind: str, now: Instant, seen: int) -> None:
    """Notes that a flow looks now at what is due, if anything is; call it before the agenda changes."""
    _NOTE.run(conn, flow=flow, kind=kind, at=now, seen=seen)


def every(conn: Connection) -> list[Look]:
    """All looks, in the order in which they were."""
    return [Look(*row) for row in _ALL.rows(conn)]
