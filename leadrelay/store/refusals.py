"""Changed rules folders that were not fit to go live: which of them ops were told of, until it is mended."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement

_OPEN = Statement("SELECT id, digest, at, version, faults FROM refused_rules WHERE mended_at IS NULL ORDER BY id")
_PUT = Statement(
    "INSERT INTO refused_rules (digest, at, version, faults) VALUES (:digest, :at, :version, :faults)"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_MEND = Statement("UPDATE refused_rules SET mended_at = :at WHERE mended_at IS NULL RETURNING id")


class Refusal(NamedTuple):
    """A rules folder with that digest was refused; `version` went on; `faults` says what is wrong, in a line."""

    id: int
    digest: str
    at: Instant
    version: int
    faults: str


def unmended(conn: Connection) -> list[Refusal]:
    """Those of which ops were told, and which nothing has come in the place of, the oldest first."""
    return [Refusal(*row) for row in _OPEN.rows(conn)]


def refuse(conn: Connection, digest: str, now: Instant, version: int, faults: str) -> int | None:
    """Writes down that a rules folder was refused; its number, or None if that is known and not mended yet."""
    found = _PUT.rows(conn, digest=digest, at=now, version=version, faults=faults)
    return int(found[0][0]) if found else None


def mend(conn: Connection, now: Instant) -> list[int]:
    """The rules folder is what is live again: the numbers of the refusals that are over with it."""
    return sorted(int(row[0]) for row in _MEND.rows(conn, at=now))
