"""The open opportunities as rows for reports."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Day
from leadrelay.store.raw import Statement

_OPEN = Statement(
    "SELECT stage, owner, product, expected_value, win_chance, project_chance, decision_on FROM opportunities"
    " WHERE closed_at IS NULL ORDER BY id"
)


class Deal(NamedTuple):
    """An open opportunity: what it may be worth in cents, in percent the seller's chance of winning it and the chance
    that the project goes ahead, when they decide."""

    stage: str | None = None
    owner: str | None = None
    product: str | None = None
    value: int | None = None
    win_chance: float | None = None
    project_chance: float | None = None
    decision_on: Day | None = None


def open_deals(conn: Connection) -> list[Deal]:
    """Every open opportunity, by id."""
    return [Deal(*row) for row in _OPEN.rows(conn)]
