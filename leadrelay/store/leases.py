"""Leases: who may run what, until when; they expire by themselves and every write can be fenced by the token."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import MINUTE, Instant
from leadrelay.store.holder import gone
from leadrelay.store.raw import Statement

_TAKE = Statement(
    "INSERT INTO leases (name, token, until) VALUES (:name, :token, :until)"
    " ON CONFLICT (name) DO UPDATE SET token = excluded.token, until = excluded.until"
    " WHERE leases.until <= :now OR leases.until > :odd OR leases.token = :token RETURNING token"
)
_HOLDER = Statement("SELECT token FROM leases WHERE name = :name")
_TAKE_FROM = Statement(
    "UPDATE leases SET token = :token, until = :until WHERE name = :name AND token = :holder RETURNING token"
)
_HOLD = Statement(
    "UPDATE leases SET until = :until WHERE name = :name AND token = :token AND until > :now RETURNING token"
)
_RELEASE = Statement("DELETE FROM leases WHERE name = :name AND token = :token")
_UNTIL = Statement("SELECT until FROM leases WHERE name = :name AND until > :now")
SKEW = 5 * MINUTE
"""So far the clocks of two machines may differ."""
_ALL = Statement("SELECT name, token, until FROM leases ORDER BY name")


class Lease(NamedTuple):
    """Who (by token) may run what, until when."""

    name: str
    token: str
    until: Instant


def take(conn: Connection, name: str, token: str, now: Instant, until: Instant) -> bool:
    """Takes a lease, or takes it again with the same token; False when somebody else has it past `now`.

    A holder that is known to run no longer (`holder.gone`) has it no longer, nor does one whose lease goes on longer
    than one that is taken now: it is of a clock that has gone back since, and nobody waits for it to come round."""
    if _TAKE.rows(conn, name=name, token=token, now=now, until=until, odd=until + SKEW):
        return True
    dead = [row[0] for row in _HOLDER.rows(conn, name=name) if gone(row[0])]
    return bool(dead and _TAKE_FROM.rows(conn, name=name, token=token, until=until, holder=dead[0]))


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


def holds(lease: Lease, now: Instant, longest: int) -> bool:
    """Whether somebody has it, as far as can be seen without taking it; `longest`: for how long it is taken."""
    return now < lease.until <= now + longest + SKEW and not gone(lease.token)


def current(conn: Connection) -> list[Lease]:
    """Every lease that was not given back, expired or not."""
    return [Lease(*row) for row in _ALL.rows(conn)]
