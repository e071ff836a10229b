"""The record of how opportunities moved from stage to stage, and out: appended, never changed (M17)."""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import StageMove
from leadrelay.store.raw import insert
from leadrelay.store.schema_opportunities import stage_moves

_INSERT = insert(stage_moves, ("at", "opportunity", "from", "to", "move", "cause", "reason", "overridden"))


def record(conn: Connection, moves: Iterable[StageMove], now: Instant) -> None:
    """Appends moves that were made at `now`, in this order."""
    _INSERT.many(
        conn,
        [
            {
                "at": now,
                "opportunity": one.opportunity,
                "from": one.old,
                "to": one.new,
                "move": one.move,
                "cause": one.cause,
                "reason": one.reason,
                "overridden": orjson.dumps(one.overridden).decode(),
            }
            for one in moves
        ],
    )
