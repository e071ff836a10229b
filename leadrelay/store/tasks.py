"""Follow-ups with a deadline: who has them, and how they end with their subject, move with its owner, or get done."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, NewTask
from leadrelay.store import history
from leadrelay.store.history import Entry
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema import tasks
from leadrelay.store.wake import wake
from leadrelay.store.watches import Touched

FIELDS = frozenset({"task_due_at", "task_owner"})
"""The fields of a subject that follow from its open tasks."""

_ADD = insert(tasks, ("subject", "owner", "what", "due_at", "created_at", "cause", "key"), conflict="(key) DO NOTHING")
_END = Statement("UPDATE tasks SET done_at = :now WHERE subject IN LISTED(:subjects) AND done_at IS NULL")
_MOVE = Statement("UPDATE tasks SET owner = :new WHERE subject = :subject AND owner = :old AND done_at IS NULL")
_ALL = Statement(
    "SELECT id, subject, owner, what, due_at, created_at FROM tasks WHERE done_at IS NULL AND due_at <= :until"
    " AND (CAST(:person AS TEXT) IS NULL OR owner = :person)"
    " AND (CAST(:subject AS TEXT) IS NULL OR subject = :subject) ORDER BY due_at, id"
)
_ONE = Statement("SELECT id, subject, owner, what, due_at, created_at, done_at FROM tasks WHERE id = :id")
_KEYED = Statement(
    "SELECT id, subject, owner, what, due_at, created_at FROM tasks WHERE key = :key AND done_at IS NULL"
)
_DONE = Statement("UPDATE tasks SET done_at = :now WHERE id = :id")


class OpenTask(NamedTuple):
    """A task that waits to be done: its number, subject (request/42), owner's id, what, deadline and since when."""

    id: int
    subject: str
    owner: str
    what: str
    due_at: Instant
    created_at: Instant


def add(conn: Connection, made: Sequence[NewTask], now: Instant) -> None:
    """Writes tasks that decisions have made; one that is there already stays as it is."""
    _ADD.many(conn, [{**one._asdict(), "created_at": now} for one in made])


def follow(conn: Connection, changes: Iterable[Change], now: Instant) -> list[Touched]:
    """What changes mean for the open tasks of their subjects: one that is closed needs no more of those it had, and
    those of its former owner go to the new one. Returns whose fields that changes."""
    ended: dict[str, Change] = {}
    moved: dict[str, Change] = {}
    for change in changes:
        subject = f"{change.kind}/{change.id}"
        if change.closes:
            ended[subject] = change
        elif change.field == "owner" and change.old is not None and change.new is not None:
            moved[subject] = change
    if ended:
        _END.run(conn, subjects=listed(ended), now=now)
    _MOVE.many(conn, [{"subject": subject, "old": one.old, "new": one.new} for subject, one in moved.items()])
    return [Touched(one.kind, one.id, FIELDS) for one in {**ended, **moved}.values()]


def waiting(conn: Connection, until: Instant, person: str | None = None, subject: str | None = None) -> list[OpenTask]:
    """The open tasks that are due by `until`, of a person or a subject if so wished, by deadline."""
    return [OpenTask(*row) for row in _ALL.rows(conn, person=person, subject=subject, until=until)]


def find(conn: Connection, number: int) -> tuple[OpenTask, Instant | None] | None:
    """A task, and when it was done if it was."""
    rows = _ONE.rows(conn, id=number)
    return (OpenTask(*rows[0][:-1]), rows[0][-1]) if rows else None


def finish(conn: Connection, task: OpenTask, person: str, now: Instant) -> None:
    """Somebody has done it: it waits no more, and history says so."""
    _DONE.run(conn, id=task.id, now=now)
    kind, _, name = task.subject.partition("/")
    history.append(conn, now, [Entry(task.subject, "task_done", None, task.what, f"person {person}")])
    wake(conn, [Touched(kind, name, FIELDS)], now)


def keyed(conn: Connection, key: str) -> OpenTask | None:
    """The task with this key, if it waits to be done."""
    rows = _KEYED.rows(conn, key=key)
    return OpenTask(*rows[0]) if rows else None


def ask(conn: Connection, task: NewTask, now: Instant) -> None:
    """A task that a person's act has made: written, and told to the rules on its subject."""
    add(conn, [task], now)
    kind, _, name = task.subject.partition("/")
    wake(conn, [Touched(kind, name, FIELDS)], now)
