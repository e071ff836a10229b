"""Which subjects a change wakes: the subject itself, those that reach it, and those whose counts it changes.

Only flows whose rules read what changed are woken (`agenda.watches`), so that a change costs what it can matter.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.derived import SOURCES
from leadrelay.store.agenda import Watch, mark, watches
from leadrelay.store.derived import ANSWERS
from leadrelay.store.raw import Statement, listed
from leadrelay.store.schema import TABLES

REACHED_BY = {"contact": ("request", "opportunity"), "account": ("request", "opportunity", "contact")}
"""Which kinds of subjects have a contact and an account whose fields their rules may read."""
OWNED = ("request", "opportunity", "account")
ACTIVITY_FIELDS = {
    "visit": frozenset({"last_visited_at"}),
    "site_visit": frozenset({"last_site_visit_at", "site_visits_3w"}),
    **dict.fromkeys(ANSWERS, frozenset({"last_answer_at"})),
}
"""The fields of a contact that an activity of a kind changes."""

COUNTED: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"requests_12m", "orders_12m", "last_asked_at", "running_request"}),
    "account": frozenset({"requests_12m", "orders_12m", "last_sale_at"}),
}
"""The fields of a contact and of an account that their requests decide."""
RUNNING = frozenset({"running_opportunity", "running_owner", "running_stage", "last_sale_at"})
"""The fields of an account that its opportunities decide."""
_LINKS = frozenset({"contact", "account", "owner"})


class Touched(NamedTuple):
    """A subject whose fields changed; `fields` None: it is new. `settled`: the flow that has dealt with the change."""

    kind: str
    id: str
    fields: frozenset[str] | None = None
    settled: str = ""


def wake(conn: Connection, touched: Iterable[Touched], now: Instant) -> None:
    """Puts on the agenda, for `now`, every subject whose rules may say something else since these changed."""
    live = watches(conn)
    if not live:
        return
    groups: dict[tuple[str, frozenset[str] | None, str], list[str]] = {}
    for kind, subject, fields, settled in touched:
        groups.setdefault((kind, fields, settled), []).append(subject)
    for (kind, fields, settled), ids in groups.items():
        _wake_own(conn, live, kind, fields, settled, ids, now)
        _wake_reaching(conn, live, kind, fields, ids, now)
        _wake_counted(conn, live, kind, fields, ids, now)


def wake_owned(conn: Connection, owners: Iterable[str], now: Instant, paths: Iterable[str] = ()) -> None:
    """Something about these people changed (with `paths`: only these): wakes the subjects that they own."""
    chosen, wanted = sorted(owners), frozenset(paths)
    for watch in watches(conn):
        reads = watch.paths & wanted if wanted else "owner" in watch.entities
        if chosen and reads and watch.kind in OWNED:
            mark(conn, watch, "owner", chosen, now, paths=wanted or _of_entity(watch, "owner"))


def _wake_own(
    conn: Connection,
    live: list[Watch],
    kind: str,
    fields: frozenset[str] | None,
    settled: str,
    ids: list[str],
    now: Instant,
) -> None:
    for watch in live:
        if watch.kind == kind and watch.flow != settled and _reads(watch, kind, fields):
            mark(conn, watch, "id", ids, now, new=fields is None)


def _wake_reaching(
    conn: Connection, live: list[Watch], kind: str, fields: frozenset[str] | None, ids: list[str], now: Instant
) -> None:
    for watch in live:
        if watch.kind in REACHED_BY.get(kind, ()):
            paths = _of_entity(watch, kind) if fields is None else _paths(kind, fields)
            if paths & watch.paths:
                mark(conn, watch, kind, ids, now, paths=paths)


def _wake_counted(
    conn: Connection, live: list[Watch], kind: str, fields: frozenset[str] | None, ids: list[str], now: Instant
) -> None:
    """A request counts for its contact and account, an opportunity runs for its account, and both are open for their
    owner."""
    read = frozenset().union(*(watch.paths for watch in live))
    for link, counted in COUNTED.items() if kind == "request" else ():
        if _hits(fields, {"received_at", link, "outcome", "status", "closed_at"}):
            _wake_linked(conn, live, kind, link, counted, ids, now, read)
    if kind == "opportunity" and _hits(fields, {"created_at", "account", "closed_at", "owner", "stage", "outcome"}):
        _wake_linked(conn, live, kind, "account", RUNNING, ids, now, read)
    if (
        kind in ("request", "opportunity")
        and "owner.open_count" in read
        and _hits(fields, {"owner", "status", "closed_at"})
    ):
        wake_owned(conn, _linked(conn, kind, "owner", ids), now, ["owner.open_count"])


def _wake_linked(
    conn: Connection,
    live: list[Watch],
    kind: str,
    link: str,
    fields: frozenset[str],
    ids: list[str],
    now: Instant,
    read: frozenset[str],
) -> None:
    if not _paths(link, fields) & read:
        return
    linked = sorted(_linked(conn, kind, link, ids))
    _wake_own(conn, live, link, fields, "", linked, now)
    _wake_reaching(conn, live, link, fields, linked, now)


def _linked(conn: Connection, kind: str, link: str, ids: list[str]) -> set[str]:
    rows = Statement(
        f"SELECT DISTINCT {link} FROM {TABLES[kind].name} WHERE id IN LISTED(:ids) AND {link} IS NOT NULL"
    ).rows(conn, ids=listed(ids))
    return {row[0] for row in rows}


def _hits(fields: frozenset[str] | None, which: set[str]) -> bool:
    return fields is None or bool(fields & which)


def _reads(watch: Watch, kind: str, fields: frozenset[str] | None) -> bool:
    """Whether rules on the subject itself may read what changed; a changed link changes all that is behind it."""
    return fields is None or bool(_paths(kind, fields) & watch.paths or fields & _LINKS & watch.entities)


def _of_entity(watch: Watch, entity: str) -> set[str]:
    """Everything of an entity that a watch reads."""
    return {path for path in watch.paths if path.partition(".")[0] == entity}


def _paths(kind: str, fields: frozenset[str]) -> set[str]:
    """The paths of changed fields, with what is derived from them on the same subject."""
    own = {f"{kind}.{name}" for name in fields}
    return own | {path for path, sources in SOURCES.items() if own & set(sources)}
