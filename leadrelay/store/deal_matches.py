"""Which running deals requests were found to be about: kept with the evidence, read by explanations, settled."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.matching.deals import Meant, Weighed
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema_matching import deal_matches

_COLUMNS = ("request", "at", "answer", "deal", "weighed")
_SETTLED = ("settled_at", "settled_by", "settled_as")
_ALL = ", ".join((*_COLUMNS, *_SETTLED))
_OF = Statement(f"SELECT {_ALL} FROM deal_matches WHERE request IN LISTED(:requests)")
_DOUBTS = Statement(
    f"SELECT {_ALL} FROM deal_matches WHERE answer = 'doubt' AND settled_at IS NULL AND EXISTS"
    " (SELECT 1 FROM requests r WHERE r.id = request AND r.status = 'open' AND r.triage = 'doubt'"
    " AND r.deal_match = 'doubt') ORDER BY at, request"
)
_KEEP = insert(
    deal_matches,
    _COLUMNS,
    conflict="(request) DO UPDATE SET at = excluded.at, answer = excluded.answer, deal = excluded.deal,"
    " weighed = excluded.weighed",
)
_SETTLE = Statement(
    "UPDATE deal_matches SET settled_at = :at, settled_by = :by, settled_as = :what"
    " WHERE request = :request AND settled_at IS NULL RETURNING request"
)


class DealMatch(Struct, frozen=True):
    """How the deal of one request was found. `settled_as`: 'opportunity/7' or 'none', once somebody said so."""

    request: str
    at: Instant
    answer: str
    deal: str | None
    weighed: tuple[Weighed, ...] = ()
    settled_at: Instant | None = None
    settled_by: str | None = None
    settled_as: str | None = None


def keep(conn: Connection, found: Mapping[str, Meant], now: Instant) -> None:
    """Keeps how the deals of requests were found, by the request's id, in the place of what was found before."""
    _KEEP.many(
        conn,
        [
            {
                "request": request,
                "at": now,
                "answer": one.answer,
                "deal": one.deal,
                "weighed": msgspec.json.encode(one.weighed).decode(),
            }
            for request, one in found.items()
        ],
    )


def of(conn: Connection, requests: Iterable[str]) -> dict[str, DealMatch]:
    """How the deals of these requests were found, by the request's id; those that were never weighed are left out."""
    return {row[0]: _read(row) for row in _OF.rows(conn, requests=listed(requests))}


def doubts(conn: Connection) -> list[DealMatch]:
    """The doubts that wait for somebody, the oldest first."""
    return [_read(row) for row in _DOUBTS.rows(conn)]


def settle(conn: Connection, request: str, what: str, by: str, at: Instant) -> bool:
    """Notes who settled which deal it is; False when somebody did before."""
    return bool(_SETTLE.rows(conn, request=request, what=what, by=by, at=at))


def _read(row: tuple[object, ...]) -> DealMatch:
    request, at, answer, deal, weighed, *settled = row
    told = dict(zip(_COLUMNS, (request, at, answer, deal, msgspec.json.decode(str(weighed))), strict=True))
    return msgspec.convert(told | dict(zip(_SETTLED, settled, strict=True)), DealMatch, strict=False)
