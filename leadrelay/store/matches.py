"""How requests were matched to accounts: written by intake, read by explanations, settled by people."""

from collections.abc import Iterable

import msgspec
import orjson
from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.fields import Value
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema_matching import matches

_COLUMNS = ("request", "at", "answer", "account", "given", "candidates")
_SETTLED = ("settled_at", "settled_by", "settled_as")
_ADD = insert(matches, _COLUMNS, conflict="(request) DO NOTHING")
_ALL = ", ".join((*_COLUMNS, *_SETTLED))
_OF = Statement(f"SELECT {_ALL} FROM matches WHERE request IN LISTED(:requests)")
_DOUBTS = Statement(f"SELECT {_ALL} FROM matches WHERE answer = 'doubt' AND settled_at IS NULL ORDER BY at, request")
_SETTLE = Statement(
    "UPDATE matches SET settled_at = :at, settled_by = :by, settled_as = :what"
    " WHERE request = :request AND settled_at IS NULL RETURNING request"
)


class Considered(Struct, frozen=True):
    """An account that a request may be about; `evidence` in words, each with what it weighs."""

    account: str
    answer: str
    score: float
    evidence: tuple[tuple[str, float, str], ...] = ()


class Match(Struct, frozen=True):
    """How the account of one request was found. `given`: what it said of its company; `settled_as`: 'account/7' or
    'new', once somebody said so."""

    request: str
    at: Instant
    answer: str
    account: str | None
    given: dict[str, Value] = field(default_factory=dict)
    candidates: tuple[Considered, ...] = ()
    settled_at: Instant | None = None
    settled_by: str | None = None
    settled_as: str | None = None


def add(conn: Connection, made: Iterable[Match]) -> None:
    """Keeps how requests were matched."""
    _ADD.many(
        conn,
        [
            {
                **{name: getattr(one, name) for name in ("request", "at", "answer", "account")},
                "given": orjson.dumps(one.given).decode(),
                "candidates": msgspec.json.encode(one.candidates).decode(),
            }
            for one in made
        ],
    )


def of(conn: Connection, request: str) -> Match | None:
    """How a request was matched; None when that was never written."""
    rows = _OF.rows(conn, requests=listed([request]))
    return _read(rows[0]) if rows else None


def doubts(conn: Connection) -> list[Match]:
    """The doubts that nobody has settled, the oldest first."""
    return [_read(row) for row in _DOUBTS.rows(conn)]


def settle(conn: Connection, request: str, what: str, by: str, at: Instant) -> bool:
    """Notes who settled a doubt, and how; False when somebody did before."""
    return bool(_SETTLE.rows(conn, request=request, what=what, by=by, at=at))


def _read(row: tuple[object, ...]) -> Match:
    request, at, answer, account, given, candidates, *settled = row
    return msgspec.convert(
        {
            **dict(zip(("request", "at", "answer", "account"), (request, at, answer, account), strict=True)),
            "given": orjson.loads(str(given)),
            "candidates": orjson.loads(str(candidates)),
            **dict(zip(_SETTLED, settled, strict=True)),
        },
        Match,
        strict=False,
    )
