"""Leases: who may run what, until when; they expire by themselves and every write can be fenced by the token."""

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement

_TAKE = Statement(
    "INSERT INTO leases (name, token, until) VALUES (:name, :token, :until)"
    " ON CONFLICT (name) DO UPDATE SET token = excluded.token, until = excluded.until"
    " WHERE leases.until <= :now OR leases.token = :token RETURNING token"
)
_HOLD = Statement(
    "UPDATE leases SET until = :until WHERE name = :name AND token = :token AND until > :now RETURNING token"
)
_RELEASE = Statement("DELETE FROM leases WHERE name = :name AND token = :token")
_UNTIL = Statement("SELECT until FROM leases WHERE name = :name AND until > :now")


def take(conn: Connection, name: str, token: str, now: Instant, until: Instant) -> bool:
    """Takes a lease, or takes it again with the same token; False when somebody else has it past `now`."""
    return bool(_TAKE.rows(conn, name=name, token=token, now=now, until=until))


def hold(conn: Connection, name: str, token: str, now: Instant, until: Instant) -> bool:
    """Prolongs a lease; False when it was lost. In a unit of work that writes, it is the fence: until the commit nobody
    else can take the lease."""
    return bool(_HOLD.rows(conn, name=name, token=token, now=now, until=until))


def release(conn: Connection, name: str, token: str) -> None:
    """Gives a lease back; without effect when it was lost."""
    _RELEASE.run(conn, name=name, token=token)


def taken_until(conn: Connection, name: str, now: Instant) -> Instant | None:
    """Until when somebody holds the lease, if anybody does."""
    rows = _UNTIL.rows(conn, name=name, now=now)
    return int(rows[0][0]) if rows else None
