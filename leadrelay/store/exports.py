"""Everything the database holds as flat rows with documented columns, read in parts so that memory stays flat."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant, date_of, iso
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.leads.team import Team
from leadrelay.store.facts import Reader
from leadrelay.store.history import Recorded, single_changes
from leadrelay.store.raw import Statement

Exported = dict[str, object]
CHUNK = 2000
SUBJECTS: Mapping[str, str] = {
    "requests": "request",
    "contacts": "contact",
    "accounts": "account",
    "opportunities": "opportunity",
}
"""What is exported of subjects, and which kind each is."""


class Listing(Struct, frozen=True):
    """An export that is a table as it stands: its columns, which of them are times or JSON, what it is read by;
    `shown`: the types of others that are kept in a unit of their own."""

    columns: tuple[str, ...]
    read: Statement
    start: tuple[object, ...]
    times: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    keys: tuple[int, ...] = (0,)
    shown: Mapping[str, Type] = MappingProxyType({})


def _by_id(table: str, columns: str, times: tuple[str, ...], json: tuple[str, ...] = (), start: object = 0) -> Listing:
    names = tuple(columns.split())
    selected = ", ".join(f'"{name}"' for name in names)
    read = f"SELECT {selected} FROM {table} WHERE id > :after0 ORDER BY id LIMIT {CHUNK}"
    return Listing(names, Statement(read), (start,), times, json)


LISTINGS: Mapping[str, Listing] = {
    "decisions": _by_id(
        "decisions", "id at rulebook rule subject episode step ruleset mode actions", ("at",), json=("actions",)
    ),
    "notifications": Listing(
        (
            "id",
            "at",
            "to",
            "channel",
            "language",
            "template",
            "subject",
            "urgency",
            "state",
            "reason",
            "decision",
            "key",
        ),
        Statement(
            'SELECT id, at, "to", channel, language, template, subject, urgency, state,'
            " CASE WHEN error IS NOT NULL THEN error || '; ' WHEN planned IS NOT NULL THEN planned || '; ' ELSE '' END"
            " || reason, decision, key FROM messages WHERE id > :after0 AND carries = 0"  # no mails made of messages
            f" ORDER BY id LIMIT {CHUNK}"
        ),
        (0,),
        times=("at",),
    ),
    "lists": Listing(
        ("contact", "list", "joined_at", "reason", "left_at", "left_reason", "cause"),
        Statement(
            "SELECT contact, list, joined_at, reason, left_at, left_reason, cause FROM memberships"
            f" WHERE (contact, list) > (:after0, :after1) ORDER BY contact, list LIMIT {CHUNK}"
        ),
        ("", ""),
        times=("joined_at", "left_at"),
        keys=(0, 1),
    ),
    "tasks": _by_id(
        "tasks", "id subject owner what due_at created_at done_at cause", ("due_at", "created_at", "done_at")
    ),
    "quotes": Listing(
        (
            *(
                "id",
                "opportunity",
                "status",
                "total",
                "discount",
                "valid_until",
                "document",
                "created_at",
                "created_by",
            ),
            *("approver", "approval_due_at", "decided_at", "decided_by", "sent_at", "answered_at", "reason", "lines"),
        ),
        Statement(
            "SELECT id, opportunity, status, total, discount, valid_until, document, created_at, created_by, approver,"
            " approval_due_at, decided_at, decided_by, sent_at, answered_at, reason,"
            " (SELECT count(*) FROM quote_lines l WHERE l.quote = quotes.id)"
            f" FROM quotes WHERE id > :after0 ORDER BY id LIMIT {CHUNK}"
        ),
        (0,),
        times=("created_at", "approval_due_at", "decided_at", "sent_at", "answered_at"),
        shown={"total": Type.MONEY, "valid_until": Type.DATE},
    ),
    "quote_lines": Listing(
        ("quote", "position", "product", "quantity", "unit_price", "discount", "total"),
        Statement(
            "SELECT quote, position, product, quantity, unit_price, discount, total FROM quote_lines"
            f" WHERE (quote, position) > (:after0, :after1) ORDER BY quote, position LIMIT {CHUNK}"
        ),
        (0, 0),
        shown={"unit_price": Type.MONEY, "total": Type.MONEY},
        keys=(0, 1),
    ),
    "moves": _by_id(
        "stage_moves", "id at opportunity from to move cause reason overridden", ("at",), json=("overridden",)
    ),
    "members": Listing(
        ("opportunity", "kind", "member", "role", "phase", "added_at", "cause"),
        Statement(
            "SELECT opportunity, kind, member, role, phase, added_at, cause FROM opportunity_people"
            " WHERE (opportunity, kind, member) > (:after0, :after1, :after2)"
            f" ORDER BY opportunity, kind, member LIMIT {CHUNK}"
        ),
        ("", "", ""),
        times=("added_at",),
        keys=(0, 1, 2),
    ),
    "activities": _by_id(
        "activities", "id at kind direction summary person contact account request opportunity", ("at",), start=""
    ),
}
HISTORY = ("at", "subject", "field", "old", "new", "cause")
_HISTORY = Statement(
    "SELECT id, at, subject, field, old, new, cause FROM history WHERE id > :after0 ORDER BY id" + f" LIMIT {CHUNK}"
)
NAMES: tuple[str, ...] = (*SUBJECTS, *LISTINGS, "history")
"""Everything that can be exported."""


class Exporter(Struct, frozen=True):
    """Exports in one zone, as of `now`: times as ISO 8601 with offset, dates as ISO, money as a decimal number, yes_no
    as true or false, lists as lists, own fields as `extra.NAME`, subjects as request/42; no value as None."""

    conn: Connection
    now: Instant
    zone: ZoneInfo
    fields: Fields = field(default_factory=Fields)
    team: Team = field(default_factory=Team)

    def columns(self, what: str) -> tuple[str, ...]:
        """The columns of an export, in order."""
        if what in SUBJECTS:
            return tuple(one.name for one in self._fields_of(SUBJECTS[what]))
        return HISTORY if what == "history" else LISTINGS[what].columns

    def _fields_of(self, kind: str) -> tuple[Field, ...]:
        return tuple(one for one in self.fields.of(kind) if not one.elsewhere)

    def rows(self, what: str) -> Iterator[Exported]:
        """The rows of an export, in order of id."""
        if what in SUBJECTS:
            return self._subjects(SUBJECTS[what])
        return self._history() if what == "history" else self._listing(LISTINGS[what])

    def value(self, one: Field | None, value: Value) -> object:
        """A fact as exports show it; of a field that is no longer declared, as it is kept."""
        if value is None or one is None:
            return value
        return _SHOWN[one.type](value, self.zone)

    def _subjects(self, kind: str) -> Iterator[Exported]:
        fields = self._fields_of(kind)
        names = [one.name for one in fields]
        shown = [_SHOWN[one.type] for one in fields]
        reader = Reader(kind, Slots.of((one.path for one in fields), self.fields), self.team)
        for rows in reader.all(self.conn, self.now, CHUNK):
            for row in rows:
                values = (
                    None if value is None else show(value, self.zone) for show, value in zip(shown, row, strict=True)
                )
                yield dict(zip(names, values, strict=True))

    def _listing(self, listing: Listing) -> Iterator[Exported]:
        after = listing.start
        while rows := listing.read.rows(self.conn, **{f"after{place}": value for place, value in enumerate(after)}):
            for row in rows:
                exported = dict(zip(listing.columns, row, strict=True))
                for name in listing.times:
                    exported[name] = None if exported[name] is None else iso(exported[name], self.zone)
                for name, kind in listing.shown.items():
                    exported[name] = None if exported[name] is None else _SHOWN[kind](exported[name], self.zone)
                for name in listing.json:
                    exported[name] = orjson.loads(exported[name])
                yield exported
            after = tuple(rows[-1][place] for place in listing.keys)

    def _history(self) -> Iterator[Exported]:
        after = 0
        while rows := _HISTORY.rows(self.conn, after0=after):
            for row in rows:
                at = iso(row[1], self.zone)
                for change in single_changes(Recorded(*row)):
                    yield self._change(change, at)
            after = rows[-1][0]

    def _change(self, change: Recorded, at: str) -> Exported:
        one = self.fields.get(f"{change.subject.partition('/')[0]}.{change.field}")
        old, new = (None if text is None else orjson.loads(text) for text in (change.old, change.new))
        return {
            "at": at,
            "subject": change.subject,
            "field": change.field,
            "old": self.value(one, old),
            "new": self.value(one, new),
            "cause": change.cause,
        }


def _plain(value: Any, _zone: ZoneInfo) -> object:
    return value


def _number(value: Any, _zone: ZoneInfo) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_SHOWN: Mapping[Type, Callable[[Any, ZoneInfo], object]] = {
    Type.TEXT: _plain,
    Type.CHOICE: _plain,
    Type.YES_NO: _plain,
    Type.NUMBER: _number,
    Type.MONEY: lambda cents, zone: _number(cents / 100, zone),
    Type.DATE: lambda day, _zone: date_of(day).isoformat(),
    Type.TIME: iso,
    Type.LIST: lambda names, _zone: list(names),
}
