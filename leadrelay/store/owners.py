"""Owners as the database knows them: people who were imported, and how much each has open."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection, func, literal_column, select, union_all

from leadrelay.leads.team import Person, Team
from leadrelay.store.raw import Statement, listed, one_of
from leadrelay.store.schema import opportunities, people, requests

_PEOPLE = Statement(select(people).order_by(people.c.id))
_OPEN_REQUESTS = select(requests.c.owner).where(
    requests.c.status == literal_column("'open'"), requests.c.asleep_since.is_(None), one_of(requests.c.owner, "ids")
)
_OPEN_DEALS = select(opportunities.c.owner).where(
    opportunities.c.closed_at.is_(None), opportunities.c.asleep_since.is_(None), one_of(opportunities.c.owner, "ids")
)
_OPEN = union_all(_OPEN_REQUESTS, _OPEN_DEALS).subquery()
_COUNTS = Statement(select(_OPEN.c.owner, func.count()).group_by(_OPEN.c.owner))


def whole_team(conn: Connection, team: Team) -> Team:
    """The team with the people who were imported and are not in it by themselves."""
    columns = people.c.keys()
    imported = [dict(zip(columns, row, strict=True)) for row in _PEOPLE.rows(conn)]
    extra = {row["id"]: _person(row) for row in imported if row["id"] not in team.people}
    return replace(team, people={**team.people, **extra}) if extra else team


def _person(row: Mapping[str, Any]) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        email=row["email"] or "",
        roles=tuple(orjson.loads(row["roles"])),
        pools=tuple(orjson.loads(row["pools"])),
        language=row["language"],
        manager=row["manager"],
        active=bool(row["active"]),
    )


def open_counts(conn: Connection, ids: Iterable[str]) -> dict[str, int]:
    """How many requests and opportunities these people have open now, history aside; who has none is there with 0."""
    counts = dict.fromkeys(ids, 0)
    for owner, count in _COUNTS.rows(conn, ids=listed(counts)):
        counts[owner] = count
    return counts
