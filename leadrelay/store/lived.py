"""Whether a database has lived in real time, and how its time goes on when the machine's clock goes back.

    steady     the machine's clock; after it went back an hour or less, half as fast until that has caught up
    chosen     --now: it stands still, and may not write to a database that has lived in real time when it is far away

Each keeps its database: `entered` before a unit of work writes, `left` when it is about to commit.
"""

from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from leadrelay.clock import HOUR, MINUTE, SECOND, Clock, Instant, forced, iso, steady, system_clock
from leadrelay.errors import ClockFarAway
from leadrelay.store import sweeps
from leadrelay.store.raw import Statement

TOLERANCE = HOUR
"""So far a clock may be away from the machine's, or go back, without a word."""

_READ = Statement("SELECT first_at, last_at, wall_at FROM machine_clock")
_MARK = Statement(
    "INSERT INTO machine_clock (id, first_at, last_at, wall_at) VALUES (1, :last, :last, :wall)"
    " ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, wall_at = excluded.wall_at"
    " WHERE machine_clock.last_at < excluded.last_at"
)
_HAPPENED = Statement(
    "SELECT (SELECT count(*) FROM sweeps WHERE at BETWEEN :first AND :last),"
    " (SELECT count(*) FROM (SELECT 1 FROM history WHERE at BETWEEN :first AND :last LIMIT 1) AS one)"
)


class Mark(NamedTuple):
    """When the machine's clock was first and last seen; `wall` is what it said at `last`, the database's own time."""

    first: Instant
    last: Instant
    wall: Instant


class Keeper(Protocol):
    """Keeps a database in its time."""

    def entered(self, conn: Connection) -> None:
        """A unit of work begins that may write. Raises ClockFarAway."""

    def left(self, conn: Connection) -> None:
        """It is about to commit."""


def mark_of(conn: Connection) -> Mark | None:
    """When the database lived in real time; None: never."""
    rows = _READ.rows(conn)
    return Mark(*map(int, rows[0])) if rows else None


def lived(conn: Connection) -> Mark | None:
    """The mark of a database that has lived in real time: something came in, was decided or ran by the machine's clock.
    A change of the rules alone is no life."""
    mark = mark_of(conn)
    if mark is None:
        return None
    happened = _HAPPENED.rows(conn, first=mark.first - MINUTE, last=mark.last + MINUTE)[0]
    return mark if any(happened) else None


class Steady:
    """The machine's clock as a database may see it: it goes on where it was after going back `TOLERANCE` or less."""

    def __init__(self, wall: Clock = system_clock) -> None:
        self._machine = wall
        self._at: tuple[Instant, Instant] = (0, 0)  # its own time, and what the machine said then
        self._kept: Instant = 0
        self._asked = False

    def __call__(self) -> Instant:
        """What time it is."""
        wall, (last, then) = self._machine(), self._at
        now = steady(wall, last, then, TOLERANCE)
        self._at, self._asked = (now, wall), True
        return now

    def follow(self, conn: Connection) -> None:
        """Takes up how far the database has come by the hands of others, and by its last decision."""
        mark, decided = mark_of(conn), sweeps.last_decision_at(conn)
        if mark is not None:
            self._go_on(mark.last, mark.wall)
        if decided is not None and decided <= self._machine() + TOLERANCE:
            self._go_on(decided, self._machine())

    def _go_on(self, last: Instant, wall: Instant) -> None:
        if last > self._at[0]:
            self._at = (last, wall)

    def entered(self, conn: Connection) -> None:
        """The machine's clock may always write."""

    def left(self, conn: Connection) -> None:
        """Marks how far the database has come, once a second at most, and only if anybody has asked for the time."""
        last, wall = self._at
        if self._asked and last >= self._kept + SECOND:
            _MARK.run(conn, last=last, wall=wall)
            self._kept = last


class Chosen:
    """A time that was set by hand."""

    def __init__(self, now: Instant, zone: ZoneInfo, wall: Clock = system_clock) -> None:
        self._now, self._zone, self._machine = now, zone, wall
        self._may = forced.get()

    def __call__(self) -> Instant:
        """What time it is."""
        return self._now

    def entered(self, conn: Connection) -> None:
        """Raises ClockFarAway when the database has lived in real time and this is far from it."""
        if self._may or not is_far(self._now, self._machine()):
            return
        mark = lived(conn)
        if mark is not None:
            since, now, wall = (iso(one - one % SECOND, self._zone) for one in (mark.first, self._now, self._machine()))
            raise ClockFarAway(now=now, wall=wall, since=since)
        self._may = True  # nobody else marks it while this lasts, and if so the next command learns of it

    def left(self, conn: Connection) -> None:
        """A time that was set leaves no mark."""


def is_far(now: Instant, wall: Instant) -> bool:
    """Whether a time that was set is so far from the machine's that it could stop what lives by that."""
    return abs(now - wall) > TOLERANCE
