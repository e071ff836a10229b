"""The planner's view of the messages table: what waits, what was told, and which mails there were."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.messages.policy import MERGED
from leadrelay.store.raw import Statement, listed
from notifications.message import Message

_ROW = (
    *("id", "key", "at", "to", "channel", "language", "template", "subject", "urgency", "reason", "decision"),
    *(
        "attempts",
        "doubts",
        "state",
        "not_before",
        "planned",
        "told_at",
        "group_key",
        "watch_at",
        "follows",
        "repeats",
        "mail",
    ),
)
_SELECT = "SELECT " + ", ".join(f'm."{name}"' for name in _ROW) + " FROM messages m WHERE "
_UNPLANNED = "m.state = 'pending' AND m.mail IS NULL"
_HELD = "m.state = 'held' AND m.mail IS NULL"
_DUE = Statement(
    # Both halves in the words of their partial index, which SQLite takes for nothing less.
    f"SELECT m.\"to\" FROM messages m WHERE m.state IN ('pending', 'failed', 'leased') AND {_UNPLANNED}"
    f' AND m.not_before <= :now UNION SELECT m."to" FROM messages m WHERE {_HELD} AND m.not_before <= :now'
)
_WAITING = Statement(
    f"{_SELECT} m.state IN ('pending', 'failed', 'leased') AND {_UNPLANNED} AND m.\"to\" IN LISTED(:to)"
    f' UNION ALL {_SELECT} {_HELD} AND m."to" IN LISTED(:to)'
)
_WATCHED = Statement(f"{_SELECT} m.watch_at IS NOT NULL AND m.watch_at <= :now")
_BY_KEY = Statement(f"{_SELECT} m.key IN LISTED(:keys)")
_TOLD = Statement(
    f"{_SELECT} m.subject IN LISTED(:subjects) AND m.template IN LISTED(:templates) AND m.told_at IS NOT NULL"
    " AND m.state NOT IN ('suppressed', 'dead')"
)
_MAILS = Statement(
    'SELECT m."to", m.told_at FROM messages m WHERE m."to" IN LISTED(:to) AND m.told_at IS NOT NULL'
    " AND m.told_at > :since AND m.capped"
)
_LAST = Statement(
    'SELECT m.group_key, max(m.told_at) FROM messages m WHERE m."to" IN LISTED(:to) AND m.told_at IS NOT NULL'
    " AND m.told_at > :since AND m.group_key IS NOT NULL GROUP BY m.group_key"
)
_ACCOUNTS = {
    kind: Statement(f"SELECT id, account FROM {table} WHERE id IN LISTED(:ids) AND account IS NOT NULL")
    for kind, table in (("request", "requests"), ("opportunity", "opportunities"), ("contact", "contacts"))
}
_OF_ACCOUNTS = Statement(
    "SELECT 'request/' || id FROM requests WHERE account IN LISTED(:ids)"
    " UNION ALL SELECT 'opportunity/' || id FROM opportunities WHERE account IN LISTED(:ids)"
    " UNION ALL SELECT 'contact/' || id FROM contacts WHERE account IN LISTED(:ids)"
)
_PARTS = Statement(
    f"{_SELECT} m.mail IS NOT NULL AND m.state IN ('held', 'unknown', 'dead') AND m.mail IN LISTED(:mails)"
    " AND m.key <> m.mail"
)
_ACTS = Statement("SELECT subject, max(at) FROM acts WHERE subject IN LISTED(:subjects) GROUP BY subject")


class Row(NamedTuple):
    """One row of the table, with the message that it is."""

    message: Message
    state: str
    not_before: Instant
    planned: str | None
    told_at: Instant | None
    group_key: str | None
    watch_at: Instant | None
    follows: str | None
    repeats: int
    mail: str | None


def _rows(found: Iterable[Sequence[Any]]) -> list[Row]:
    return [Row(Message(*row[:13]), *row[13:]) for row in found]


def due_readers(conn: Connection, now: Instant) -> set[str]:
    """Who has a message that is new, or whose time to be looked at again has come."""
    return {row[0] for row in _DUE.rows(conn, now=now)}


def watched(conn: Connection, now: Instant) -> list[Row]:
    """What was told, and it is time to see whether anybody reacted."""
    return _rows(_WATCHED.rows(conn, now=now))


def waiting(conn: Connection, readers: Iterable[str]) -> list[Row]:
    """Everything that waits to be planned for these readers."""
    return _rows(_WAITING.rows(conn, to=listed(readers)))


def followed(conn: Connection, rows: Iterable[Row]) -> list[Row]:
    """The first messages that these repeat or escalate: what follows on a repeated one follows on the first."""
    keys = {row.follows for row in rows if row.follows}
    return _rows(_BY_KEY.rows(conn, keys=listed(keys))) if keys else []


def told(conn: Connection, subjects: Iterable[str], templates: Iterable[str]) -> list[Row]:
    """What was told about these subjects with these templates."""
    return _rows(_TOLD.rows(conn, subjects=listed(subjects), templates=listed(templates)))


def recent_mails(conn: Connection, readers: Iterable[str], since: Instant) -> list[tuple[str, Instant]]:
    """(reader, time) of the mails that count for caps."""
    return [(row[0], row[1]) for row in _MAILS.rows(conn, to=listed(readers), since=since)]


def last_of_groups(conn: Connection, readers: Iterable[str], since: Instant) -> dict[str, Instant]:
    """When each group last had a mail."""
    return dict(_LAST.rows(conn, to=listed(readers), since=since))


def accounts_of(conn: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """The id of the account that each of these subjects belongs to, where it has one."""
    by_kind: dict[str, list[str]] = {}
    for subject in set(subjects):
        kind, _, name = subject.partition("/")
        by_kind.setdefault(kind, []).append(name)
    found = {f"account/{name}": name for name in by_kind.get("account", ())}
    for kind, statement in _ACCOUNTS.items():
        if ids := by_kind.get(kind):
            found |= {f"{kind}/{name}": account for name, account in statement.rows(conn, ids=listed(ids))}
    return found


def subjects_of(conn: Connection, accounts: Iterable[str]) -> set[str]:
    """The subjects that belong to these accounts, and the accounts."""
    ids = set(accounts)
    rows = _OF_ACCOUNTS.rows(conn, ids=listed(ids)) if ids else []
    return {row[0] for row in rows} | {f"account/{name}" for name in ids}


def last_acts(conn: Connection, subjects: Iterable[str]) -> dict[str, Instant]:
    """When somebody last did something about a subject by following a link in a message."""
    return dict(_ACTS.rows(conn, subjects=listed(set(subjects))))


def parts_of(conn: Connection, batch: Iterable[Message]) -> dict[str, list[Message]]:
    """The messages that each of these carries, by its key: what needs its reader now first, then the oldest."""
    keys = [message.key for message in batch if message.template in MERGED]
    found: dict[str, list[Message]] = {}
    for row in _rows(_PARTS.rows(conn, mails=listed(keys))) if keys else ():
        found.setdefault(row.mail or "", []).append(row.message)
    return {key: sorted(parts, key=lambda one: (one.urgency != "now", one.at, one.id)) for key, parts in found.items()}
