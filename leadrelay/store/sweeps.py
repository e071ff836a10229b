"""What each flow did last, for people who look whether it runs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement

_PUT = Statement(
    "INSERT INTO sweeps (flow, at, summary) VALUES (:flow, :at, :summary)"
    " ON CONFLICT (flow) DO UPDATE SET at = excluded.at, summary = excluded.summary"
)
_ALL = Statement("SELECT flow, at, summary FROM sweeps ORDER BY flow")
_LAST = Statement("SELECT at FROM decisions ORDER BY id DESC LIMIT 1")  # max(at) would read them all


class Sweep(NamedTuple):
    """A flow's last run."""

    flow: str
    at: Instant
    summary: Mapping[str, Any]


def record(conn: Connection, flow: str, now: Instant, summary: Mapping[str, object]) -> None:
    """Keeps what a flow just did, in the place of what it did before."""
    _PUT.run(conn, flow=flow, at=now, summary=orjson.dumps(dict(summary)).decode())


def last(conn: Connection) -> dict[str, Sweep]:
    """The last run of each flow that ever ran."""
    return {flow: Sweep(flow, at, orjson.loads(summary)) for flow, at, summary in _ALL.rows(conn)}


def last_decision_at(conn: Connection) -> Instant | None:
    """When the last decision was taken; a clock before it would decide with facts from the future."""
    found = _LAST.rows(conn)
    return int(found[0][0]) if found else None
