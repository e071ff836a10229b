"""Which request a row without an id is: by what it says, and when. The same again soon is a repeat, later a new one."""

from collections.abc import Sequence

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.intake.bundle import Bundle
from leadrelay.intake.ids import own_id
from leadrelay.intake.known import derived_id
from leadrelay.store.raw import Statement, listed

_RECEIVED = Statement("SELECT id, received_at FROM requests WHERE id IN LISTED(:ids)")


def with_ids(conn: Connection, rows: Sequence[Bundle], now: Instant, within: int) -> int:
    """Gives each request that brings neither an id nor a time of its own the id of the one that it repeats, if that
    came less than `within` (microseconds) ago, else a new one; returns how many are repeats.

    A row that says when it came is known by that: the same file taken in again changes nothing."""
    alike: dict[str, list[Bundle]] = {}
    for row in rows:
        if not row.of("request").keys() & {"id", "received_at"}:
            row.values.setdefault("request", {})
            alike.setdefault(own_id("request", row), []).append(row)
    repeats = 0
    for key, (settled, known) in _settled(conn, list(alike), now, within).items():
        repeats += len(alike[key]) - (not known)
        for row in alike[key]:
            row.of("request")["id"] = settled
    return repeats


def _settled(conn: Connection, keys: Sequence[str], now: Instant, within: int) -> dict[str, tuple[str, bool]]:
    """By what is said, the id of the request, and whether it is known: the first id that came lately or is free."""
    settled: dict[str, tuple[str, bool]] = {}
    tried = {key: key for key in keys}
    number = 1
    while tried:
        stored = _RECEIVED.rows(conn, ids=listed(sorted(tried.values())))
        received = {str(row[0]): int(row[1] or 0) for row in stored}
        for key, identity in list(tried.items()):
            at = received.get(identity)
            if at is not None and now - at >= within:
                tried[key] = derived_id("r-", (key, number))
            else:
                settled[key] = identity, at is not None
                del tried[key]
        number += 1
    return settled
