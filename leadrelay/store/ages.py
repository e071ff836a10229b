"""When other systems last changed each field of a record, as far as they told us, so that what comes late is known."""

from collections.abc import Iterable, Mapping

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

Ages = dict[str, Instant]
"""By field ('request.summary'), the moment of the change that we took last."""

_OF = Statement("SELECT subject, ages FROM said_ages WHERE source = :source AND subject IN LISTED(:subjects)")
_PUT = Statement(
    "INSERT INTO said_ages (subject, source, ages) VALUES (:subject, :source, :ages)"
    " ON CONFLICT (subject, source) DO UPDATE SET ages = excluded.ages"
)


def known(conn: Connection, source: str, subjects: Iterable[str]) -> dict[str, Ages]:
    """By subject, how old what a source said of its fields is."""
    return {row[0]: orjson.loads(row[1]) for row in _OF.rows(conn, source=source, subjects=listed(subjects))}


def put(conn: Connection, source: str, found: Mapping[str, Ages]) -> None:
    """Keeps the ages of these subjects' fields."""
    rows = [{"subject": key, "source": source, "ages": orjson.dumps(one).decode()} for key, one in found.items()]
    _PUT.many(conn, rows)
