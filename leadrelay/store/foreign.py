"""What other systems call our subjects, and what their columns hold as far as we know."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

Holds = dict[str, str]
"""The text of their columns (casefolded names), as an import last brought it or we last wrote it."""

_OF_MAP = Statement(
    "SELECT subject, foreign_id, holds FROM foreign_ids WHERE map = :map AND subject IN LISTED(:subjects)"
)
_PUT = Statement(
    "INSERT INTO foreign_ids (subject, map, system, foreign_id, holds, at)"
    " VALUES (:subject, :map, :system, :foreign_id, :holds, :at) ON CONFLICT (subject, map) DO UPDATE SET"
    " system = excluded.system, foreign_id = excluded.foreign_id, holds = excluded.holds, at = excluded.at"
)


class Foreign(NamedTuple):
    """A subject (request/42) under the id that the system of a map has for it."""

    subject: str
    foreign_id: str
    holds: Holds


def known(conn: Connection, map_name: str, subjects: Iterable[str]) -> dict[str, Foreign]:
    """Those of these subjects that the map has brought, by subject."""
    rows = _OF_MAP.rows(conn, map=map_name, subjects=listed(subjects))
    return {row[0]: Foreign(row[0], row[1], orjson.loads(row[2])) for row in rows}


def put(conn: Connection, map_name: str, system: str, found: Iterable[Foreign], now: Instant) -> None:
    """Keeps what these subjects are called, and what is held of them."""
    _PUT.many(
        conn,
        [
            {
                "subject": one.subject,
                "map": map_name,
                "system": system,
                "foreign_id": one.foreign_id,
                "holds": orjson.dumps(one.holds).decode(),
                "at": now,
            }
            for one in found
        ],
    )


def hold(conn: Connection, map_name: str, system: str, subject: str, news: Mapping[str, str], now: Instant) -> None:
    """Some columns hold something else now, because we wrote it there."""
    found = known(conn, map_name, [subject])
    put(conn, map_name, system, [one._replace(holds={**one.holds, **news}) for one in found.values()], now)
