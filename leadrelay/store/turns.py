"""Whose turn it is in each pool, as the database remembers it from one choice to the next."""

from sqlalchemy import Connection

from leadrelay.leads.turns import Turn, Turns
from leadrelay.store.raw import Statement

_ALL = Statement("SELECT pool, person, credit, here, easing FROM turns ORDER BY pool, person")
_SAVE = Statement(
    "INSERT INTO turns (pool, person, credit, here, easing) VALUES (:pool, :person, :credit, :here, :easing)"
    " ON CONFLICT (pool, person)"
    " DO UPDATE SET credit = excluded.credit, here = excluded.here, easing = excluded.easing"
)


def read(conn: Connection) -> Turns:
    """Every turn, by pool and person. Whoever means to save them reads them in the same transaction."""
    found: Turns = {}
    for pool, person, credit, here, easing in _ALL.rows(conn):
        found.setdefault(pool, {})[person] = Turn(credit, bool(here), bool(easing))
    return found


def save(conn: Connection, turns: Turns) -> None:
    """Remembers the turns of these pools."""
    _SAVE.many(
        conn,
        [
            {"pool": pool, "person": person, "credit": turn.credit, "here": turn.here, "easing": turn.easing}
            for pool, group in turns.items()
            for person, turn in group.items()
        ],
    )
