"""Calls of the intake API that were answered, by their Idempotency-Key: the same call gets the same answer again."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import HOUR, Instant
from leadrelay.store.raw import Statement

KEPT = 30 * 24 * HOUR
"""So long an answer is kept."""
_FIND = Statement("SELECT digest, status, answer FROM answered_calls WHERE key = :key AND at > :after")
_KEEP = Statement(
    "INSERT INTO answered_calls (key, at, digest, status, answer) VALUES (:key, :at, :digest, :status, :answer)"
    " ON CONFLICT (key) DO UPDATE SET at = excluded.at, digest = excluded.digest, status = excluded.status,"
    " answer = excluded.answer WHERE answered_calls.at <= :after"
)
_FORGET = Statement("DELETE FROM answered_calls WHERE at <= :after")


class Answered(NamedTuple):
    """An answer: the digest of the body that it is for, its status and its JSON."""

    digest: str
    status: int
    answer: str


def find(conn: Connection, key: str, now: Instant) -> Answered | None:
    """What was answered to a call with this key, if it is kept still."""
    rows = _FIND.rows(conn, key=key, after=now - KEPT)
    return Answered(*rows[0]) if rows else None


def keep(conn: Connection, key: str, answered: Answered, now: Instant) -> None:
    """Keeps an answer; of two at once the first stays. Forgets those that are too old."""
    _FORGET.run(conn, after=now - KEPT)
    _KEEP.run(conn, key=key, at=now, after=now - KEPT, **answered._asdict())
