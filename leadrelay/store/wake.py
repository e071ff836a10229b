"""Which subjects a change wakes: the subject itself, those that reach it, and those whose counts it changes.

Only flows whose rules read what changed are woken (`agenda.watches`), so that a change costs what it can matter.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store import asleep
from leadrelay.store.agenda import mark, watches
from leadrelay.store.raw import Statement, listed
from leadrelay.store.schema import TABLES
from leadrelay.store.watches import OPEN_COUNT, OWNED, REACHED_BY, ChangedFields, Touched, Watch, counted, moves_loads


def wake(conn: Connection, touched: Iterable[Touched], now: Instant, rouse: bool = True) -> None:
    """Puts on the agenda, for `now`, every subject whose rules may say something else since these changed.

    Those that changed themselves, or have a new request, no longer sleep, unless that was history too (not `rouse`)."""
    live = watches(conn)
    if not live:
        return
    groups: dict[tuple[str, ChangedFields, str], list[str]] = {}
    for kind, subject, fields, settled in touched:
        groups.setdefault((kind, fields, settled), []).append(subject)
    for (kind, fields, settled), ids in groups.items():
        _wake_own(conn, live, kind, fields, settled, ids, now, rouse)
        _wake_reaching(conn, live, kind, fields, ids, now)
        _wake_counted(conn, live, kind, fields, ids, now, rouse)


def wake_owned(conn: Connection, owners: Iterable[str], now: Instant, paths: Iterable[str] = ()) -> None:
    """Something about these people changed (with `paths`: only these): wakes the subjects that they own."""
    chosen, given = sorted(owners), frozenset(paths)
    for watch in watches(conn):
        changed = given or watch.around("owner", None)
        if chosen and watch.kind in OWNED and watch.reads(changed):
            mark(conn, watch, "owner", chosen, now, paths=changed)


def _wake_own(
    conn: Connection,
    live: list[Watch],
    kind: str,
    fields: ChangedFields,
    settled: str,
    ids: list[str],
    now: Instant,
    rouse: bool,
) -> None:
    if rouse and (woken := asleep.rouse(conn, kind, ids)):
        for watch in live:
            if watch.kind == kind:
                mark(conn, watch, "id", woken, now)  # nobody looked at them yet
    for watch in live:
        if watch.kind == kind and watch.flow != settled and watch.minds(fields):
            mark(conn, watch, "id", ids, now, new=fields is None)


def _wake_reaching(
    conn: Connection, live: list[Watch], kind: str, fields: ChangedFields, ids: list[str], now: Instant
) -> None:
    for watch in live:
        if watch.kind in REACHED_BY.get(kind, ()) and watch.reads(changed := watch.around(kind, fields)):
            mark(conn, watch, kind, ids, now, paths=changed)


def _wake_counted(
    conn: Connection, live: list[Watch], kind: str, fields: ChangedFields, ids: list[str], now: Instant, rouse: bool
) -> None:
    """Wakes whom subjects count for: their contacts and accounts, and what else their owners have."""
    if rouse and kind == "request" and fields is None:
        for link in ("contact", "account"):
            _wake_own(conn, live, link, frozenset(), "", _linked(conn, kind, link, ids), now, rouse)
    for link, names in counted(live, kind, fields):
        linked = _linked(conn, kind, link, ids)
        _wake_own(conn, live, link, names, "", linked, now, rouse)
        _wake_reaching(conn, live, link, names, linked, now)
    if moves_loads(kind, fields) and any(watch.reads(OPEN_COUNT) for watch in live):
        wake_owned(conn, _linked(conn, kind, "owner", ids), now, OPEN_COUNT)


def _linked(conn: Connection, kind: str, link: str, ids: list[str]) -> list[str]:
    rows = Statement(
        f"SELECT DISTINCT {link} FROM {TABLES[kind].name} WHERE id IN LISTED(:ids) AND {link} IS NOT NULL"
    ).rows(conn, ids=listed(ids))
    return sorted(row[0] for row in rows)
