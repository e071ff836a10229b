"""The agenda: which subject each flow looks at when; what is due is read by index, not by evaluating everything."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.fields import SUBJECTS
from leadrelay.rulebook.model import FLOWS, Ruleset
from leadrelay.store import asleep
from leadrelay.store.raw import Statement, listed
from leadrelay.store.schema import TABLES
from leadrelay.store.watches import Watch, watches_of

_SCHEDULE = Statement(
    "INSERT INTO agenda (flow, kind, id, due_at) VALUES (:flow, :kind, :id, :due_at)"
    " ON CONFLICT (flow, kind, id) DO UPDATE SET due_at = excluded.due_at"
)
_WATCHES = Statement("SELECT flow, kind, paths, closed_paths FROM watches ORDER BY flow, kind")
_FORGET_WATCHES = Statement("DELETE FROM watches")
_WATCH = Statement("INSERT INTO watches (flow, kind, paths, closed_paths) VALUES (:flow, :kind, :paths, :closed_paths)")
_FORGET = Statement(
    "DELETE FROM agenda WHERE NOT EXISTS"
    " (SELECT 1 FROM watches WHERE watches.flow = agenda.flow AND watches.kind = agenda.kind)"
)
_COMING = Statement(
    "SELECT flow, kind, id, due_at FROM agenda"
    " WHERE due_at IS NOT NULL AND kind = :kind AND id = :id AND flow IN LISTED(:flows) ORDER BY due_at, flow"
)
_NEXT = Statement(
    "SELECT flow, kind, id, due_at FROM agenda"
    " WHERE due_at IS NOT NULL AND flow = :flow ORDER BY due_at, kind, id LIMIT :limit"
)
# The kinds are named because the index begins with flow and kind: without them all of a flow's lines would be read.
_KINDS = ", ".join(f"'{kind}'" for kind in SUBJECTS)
_COUNT_DUE = Statement(f"SELECT count(*) FROM agenda WHERE flow = :flow AND kind IN ({_KINDS}) AND due_at <= :now")
_EARLIEST = Statement(
    "SELECT flow, (SELECT agenda.due_at FROM agenda WHERE agenda.flow = watches.flow AND agenda.kind = watches.kind"
    " AND agenda.due_at IS NOT NULL ORDER BY agenda.due_at LIMIT 1) FROM watches"
)

_IS_OPEN = {"request": "s.status = 'open'", "opportunity": "s.closed_at IS NULL"}


def _of_missing(kind: str) -> str:
    """That a line is due and its subject is not there."""
    return (
        f"flow = :flow AND kind = '{kind}' AND due_at <= :now"
        f" AND NOT EXISTS (SELECT 1 FROM {TABLES[kind].name} WHERE {TABLES[kind].name}.id = agenda.id)"
    )


_END_EPISODES = {
    kind: Statement(
        "UPDATE episodes SET ended_at = :now WHERE ended_at IS NULL"
        f" AND subject IN (SELECT '{kind}/' || id FROM agenda WHERE {_of_missing(kind)})"
    )
    for kind in SUBJECTS
}
_FORGET_MISSING = {kind: Statement(f"DELETE FROM agenda WHERE {_of_missing(kind)} RETURNING id") for kind in SUBJECTS}


class Due(NamedTuple):
    """One line of the agenda."""

    flow: str
    kind: str
    id: str
    due_at: Instant


def watches(conn: Connection) -> list[Watch]:
    """What the live rules look at; empty before a ruleset has gone live."""
    return [_watch(*row) for row in _WATCHES.rows(conn)]


@lru_cache(maxsize=64)
def _watch(flow: str, kind: str, paths: str, closed_paths: str | None) -> Watch:
    read = orjson.loads(paths)
    return Watch.of(flow, kind, read, read if closed_paths is None else orjson.loads(closed_paths))


@lru_cache(maxsize=64)
def _mark(kind: str, column: str, new: bool, closed: bool) -> Statement:
    """Marks the subjects of a kind whose `column` is one of `ids` as due; new requests from when they came in."""
    due = "CASE WHEN s.received_at < :now THEN s.received_at ELSE :now END" if new and kind == "request" else ":now"
    which = f"s.{column} IN LISTED(:ids)" if column != "everything" else "1 = 1"
    which += " AND s.asleep_since IS NULL"
    which += "" if closed else f" AND {_IS_OPEN[kind]}"
    return Statement(
        f"INSERT INTO agenda (flow, kind, id, due_at) SELECT :flow, :kind, s.id, {due}"
        f" FROM {TABLES[kind].name} AS s WHERE {which}"
        " ON CONFLICT (flow, kind, id) DO UPDATE SET due_at = excluded.due_at"
        " WHERE agenda.due_at IS NULL OR agenda.due_at > excluded.due_at"
    )


def mark(
    conn: Connection,
    watch: Watch,
    column: str,
    ids: Iterable[str],
    now: Instant,
    new: bool = False,
    paths: Iterable[str] | None = None,
) -> None:
    """Makes one flow look again, now, at the subjects of its kind whose `column` (id, contact, account, owner) is
    among `ids`; what is due earlier stays so. `paths`: what changed around them; closed ones are left alone if no
    rulebook for such reads any of it."""
    closed = paths is None or watch.wakes_closed(paths)
    _mark(watch.kind, column, new, closed).run(conn, flow=watch.flow, kind=watch.kind, ids=listed(ids), now=now)


def touch(conn: Connection, kind: str, ids: Iterable[str], now: Instant) -> None:
    """Makes every flow that has rulebooks on this kind look again at these subjects, asleep or not."""
    chosen = list(ids)
    asleep.rouse(conn, kind, chosen)
    for watch in watches(conn):
        if watch.kind == kind:
            mark(conn, watch, "id", chosen, now)


def touch_all(conn: Connection, ruleset: Ruleset, now: Instant) -> None:
    """A new ruleset went live: every flow looks at every subject of the kinds that it has rulebooks on."""
    _FORGET_WATCHES.run(conn)
    rows = [
        {
            "flow": watch.flow,
            "kind": watch.kind,
            "paths": orjson.dumps(sorted(watch.paths)).decode(),
            "closed_paths": orjson.dumps(sorted(watch.closed)).decode(),
        }
        for watch in watches_of(ruleset)
    ]
    _WATCH.many(conn, rows)
    _FORGET.run(conn)
    for watch in watches(conn):
        _mark(watch.kind, "everything", True, True).run(conn, flow=watch.flow, kind=watch.kind, now=now)


def schedule(conn: Connection, flow: str, kind: str, moments: Iterable[tuple[str, Instant | None]]) -> None:
    """Sets when a flow looks at each subject (id) again; None or FOREVER: not until a field changes.

    In a sweep, call it before `write.apply`: what the batch's effects wake up must stay woken."""
    _SCHEDULE.many(
        conn,
        [
            {"flow": flow, "kind": kind, "id": subject, "due_at": None if due is None or due >= FOREVER else due}
            for subject, due in moments
        ],
    )


def coming_for(conn: Connection, kind: str, subject_id: str) -> list[Due]:
    """When each flow looks at one subject again, soonest first."""
    return [Due(*row) for row in _COMING.rows(conn, kind=kind, id=subject_id, flows=listed(FLOWS))]


def next_due(conn: Connection, flow: str, limit: int) -> list[Due]:
    """What a flow will look at next, soonest first."""
    return [Due(*row) for row in _NEXT.rows(conn, flow=flow, limit=limit)]


def count_due(conn: Connection, flow: str, now: Instant) -> int:
    """How many subjects a flow has to look at by now."""
    return int(_COUNT_DUE.rows(conn, flow=flow, now=now)[0][0])


def earliest(conn: Connection) -> dict[str, Instant]:
    """When each flow has to look at something first; a flow that waits for nothing is left out."""
    found: dict[str, Instant] = {}
    for flow, due in _EARLIEST.rows(conn):
        if due is not None:
            found[flow] = min(due, found.get(flow, FOREVER))
    return found


def forget_missing(conn: Connection, flow: str, kind: str, now: Instant) -> bool:
    """Takes subjects off the agenda that are due and were deleted, and ends their episodes; whether there were any."""
    _END_EPISODES[kind].run(conn, flow=flow, now=now)
    return bool(_FORGET_MISSING[kind].rows(conn, flow=flow, now=now))
