"""Reads what happened out of the database: from history what came from outside, and when the flows looked."""

import statistics
from collections.abc import Callable, Collection, Iterable, Iterator

import orjson
from sqlalchemy import Connection

from leadrelay.backtest.story import (
    Acknowledges,
    Asks,
    Begins,
    Changes,
    Deed,
    Finishes,
    Happening,
    Story,
    Visits,
)
from leadrelay.clock import FOREVER, MINUTE, Instant
from leadrelay.leads.effects import NewTask
from leadrelay.leads.fields import SUBJECTS, Value
from leadrelay.store import looks as store_looks
from leadrelay.store import sweeps
from leadrelay.store.derived import ANSWERS
from leadrelay.store.history import EVERYTHING
from leadrelay.store.looks import Look
from leadrelay.store.raw import Statement

PROMPT = 2 * MINUTE
"""Flows that look within this time of what is due are always there."""
_HISTORY = Statement("SELECT id, at, subject, field, new, cause FROM history ORDER BY id")
_ACTIVITIES = Statement(
    "SELECT recorded_at, contact, kind, direction, at FROM activities WHERE contact IS NOT NULL"
    " AND kind IN ('visit', 'site_visit', 'email', 'call', 'meeting') ORDER BY recorded_at, id"
)
_TASKS = Statement("SELECT created_at, subject, owner, what, due_at, key, cause, done_at FROM tasks ORDER BY id")
_WAITING = Statement("SELECT flow, kind, min(due_at) FROM agenda WHERE due_at IS NOT NULL GROUP BY flow, kind")
_TAKEN = Statement("SELECT key, at FROM decisions WHERE at >= :since")
_DECIDED = Statement("SELECT 1 FROM decisions LIMIT 1")

Keep = Callable[[str], bool]
"""Whether a subject (request/42) takes part."""


def everybody(_subject: str) -> bool:
    """Every subject takes part."""
    return True


def has_history(conn: Connection) -> bool:
    """Whether the flows ever decided anything here."""
    return bool(_DECIDED.rows(conn))


def taken(conn: Connection, since: Instant) -> dict[str, Instant]:
    """When each decision was taken, by its key, from a moment on."""
    return dict(_TAKEN.rows(conn, since=since))


def told(conn: Connection, keep: Keep = everybody) -> Story:
    """Everything that happened, in its order."""
    found = list(store_looks.every(conn))
    changes = list(_from_outside(conn, keep, {look.seen for look in found}))
    others = sorted([*activities(conn, keep), *_asked(conn, keep)], key=lambda one: one[0])
    items = list(_in_order(changes, found, others))
    moments = [item.at for item in items]
    ends = [*moments, *(sweep.at for sweep in sweeps.last(conn).values())]
    return Story(
        min(moments, default=0),
        max(ends, default=0),
        items,
        waiting={(flow, kind): due for flow, kind, due in _WAITING.rows(conn)},
        prompt=_is_prompt(items),
        looks=len(found),
    )


Numbered = tuple[int, Instant, list[Deed]]
"""The last row of history of some deeds that came together, and when."""


def _from_outside(conn: Connection, keep: Keep, seen: Collection[int]) -> Iterator[Numbered]:
    """What history has from outside; rows that came together, with no look in between, are one."""
    done = {(one[1], one[3], one[7]): one[5] for one in _TASKS.rows(conn) if one[7] is not None}
    number, since, group, before = 0, 0, list[Deed](), 0
    for id_, at, subject, field, new, cause in _HISTORY.rows(conn):
        if is_ours(cause):
            if group:
                yield number, since, group
                group = []
            continue
        if group and (at != since or before in seen):
            yield number, since, group
            group = []
        before = id_
        deed = _deed(subject, field, new, at, done) if keep(subject) else None
        if deed is not None:
            number, since = id_, at
            _add(group, deed)
    if group:
        yield number, since, group


def _add(group: list[Deed], deed: Deed) -> None:
    """One more deed; changes of one subject that come after each other are one."""
    last = group[-1] if group else None
    if isinstance(deed, Changes) and isinstance(last, Changes) and last[:2] == deed[:2]:
        last.values.update(deed.values)
    else:
        group.append(deed)


def is_ours(cause: str) -> bool:
    """Whether a change was a rule's: its cause is the key of a decision."""
    return cause.count("|") >= 3 and not cause.startswith(("import ", "person "))


def _deed(subject: str, field: str, new: str | None, at: Instant, done: dict[tuple[str, str, int], str]) -> Deed | None:
    kind, _, name = subject.partition("/")
    if kind not in SUBJECTS:
        return None
    value = None if new is None else orjson.loads(new)
    if field == EVERYTHING:
        values = {key: tuple(one) if isinstance(one, list) else one for key, one in (value or {}).items()}
        return Begins(kind, name, values)
    if field == "acknowledged":
        return Acknowledges(kind, name, tuple(value or ()))
    if field == "task_done":
        return Finishes(subject, str(value), done.get((subject, str(value), at), ""))
    if field in _NO_FIELDS:
        return None
    return Changes(kind, name, {field: _value(value)})


_NO_FIELDS = ("snoozed", "merged_into", "overtaken", "kept")
"""What history notes of a subject that is no field of it."""


def _value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]


def activities(conn: Connection, keep: Keep) -> Iterator[tuple[Instant, Visits]]:
    """What contacts did that rules may look at, with the moment at which we learned of it."""
    for recorded_at, contact, kind, direction, at in _ACTIVITIES.rows(conn):
        if kind in ANSWERS and direction != "in":
            continue
        if keep(f"contact/{contact}"):
            yield recorded_at, Visits(contact, "answer" if kind in ANSWERS else kind, kind, at)


def _asked(conn: Connection, keep: Keep) -> Iterator[tuple[Instant, Deed]]:
    for created_at, subject, owner, what, due_at, key, cause, _ in _TASKS.rows(conn):
        if not is_ours(cause) and keep(subject):
            yield created_at, Asks(NewTask(subject, owner, what, due_at, key, cause))


def _in_order(
    changes: Collection[Numbered], looks: Iterable[Look], others: list[tuple[Instant, Deed]]
) -> Iterator[Happening | Look]:
    """Looks after what they could see; what has no number in history before all else of its moment."""
    ahead, waiting = iter(changes), list(reversed(others))
    change = next(ahead, None)

    def before(at: Instant) -> Iterator[Happening]:
        while waiting and waiting[-1][0] <= at:
            moment = waiting[-1][0]
            deeds = []
            while waiting and waiting[-1][0] == moment:
                deeds.append(waiting.pop()[1])
            yield Happening(moment, deeds)

    for look in looks:
        while change is not None and change[0] <= look.seen:
            yield from before(change[1])
            yield Happening(change[1], change[2])
            change = next(ahead, None)
        yield from before(look.at)
        yield look
    while change is not None:
        yield from before(change[1])
        yield Happening(change[1], change[2])
        change = next(ahead, None)
    yield from before(FOREVER)


def _is_prompt(items: Iterable[Happening | Look]) -> bool:
    """Whether what time alone made due was looked at without delay."""
    marked, late = set[Instant](), []
    for item in items:
        if isinstance(item, Look):
            if item.first_due not in marked:
                late.append(item.at - item.first_due)
            continue
        marked.add(item.at)
        for deed in item.deeds:
            if isinstance(deed, Begins) and isinstance(came := deed.values.get("received_at"), int):
                marked.add(came)
    return not late or statistics.median(late) <= PROMPT
