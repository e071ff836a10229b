"""The records a chunk is about, stored and new, and the ways to find contacts and accounts among them."""

import hashlib
from collections.abc import Iterable

import orjson
from msgspec import Struct, field

from leadrelay.leads.fields import Value
from leadrelay.leads.mailbox import mailbox_of
from leadrelay.store.match_index import FILED, few, keys_of

_FILED_BY = frozenset({"name", "domain", "phone"})


class Named(str):
    """The name of an account where its id should stand; found or derived when the row is settled."""

    __slots__ = ()


class Record(Struct, eq=False):
    """One record as the rows so far leave it. `stored` is what the database has; None: it is new."""

    entity: str
    id: str
    values: dict[str, Value]
    stored: dict[str, Value] | None = None

    def get(self, name: str) -> Value:
        """The value of a field, None when it has none."""
        return self.values.get(name)

    def text(self, name: str) -> str | None:
        """A text field's value."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def changed(self) -> dict[str, Value]:
        """The fields that differ from what is stored; all that have a value when it is new."""
        before = self.stored or {}
        return {name: value for name, value in self.values.items() if value != before.get(name)}


class Known(Struct):
    """Everything known in one chunk, by entity and id, with contacts by e-mail and accounts by domain and name.

    `filed`: what the database has under the keys that rows ask for, `fresh`: what this chunk adds to that; `merged`:
    what was merged ('account/9') into which id."""

    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    emails: dict[str, list[Record]] = field(default_factory=dict)
    domains: dict[str, list[Record]] = field(default_factory=dict)
    names: dict[str, list[Record]] = field(default_factory=dict)
    filed: dict[str, list[str]] = field(default_factory=dict)
    fresh: dict[str, list[str]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)

    def add_stored(self, entity: str, stored: dict[str, dict[str, Value]]) -> None:
        """Adds records as the database has them."""
        for key, values in stored.items():
            if (entity, key) not in self.records:
                self._add(Record(entity, key, dict(values), values))

    def find(self, entity: str, key: str) -> Record | None:
        """The record with that id."""
        return self.records.get((entity, key))

    def all_of(self, entity: str) -> list[Record]:
        """Every record of that kind."""
        return [one for one in self.records.values() if one.entity == entity]

    def standing(self, record: Record | None) -> Record | None:
        """The record itself, or the one that it was merged into."""
        while record is not None and (kept := self.merged.get(f"{record.entity}/{record.id}")):
            record = self.records.get((record.entity, kept))
        return record

    def under(self, entity: str, keys: Iterable[str]) -> list[Record]:
        """The records filed under one of these keys, in the order of their ids; also those that were merged away.

        Keys that too many share lead nowhere, as in the database."""
        subjects = {one for key in keys for one in few(key, [*self.filed.get(key, ()), *self.fresh.get(key, ())])}
        found = [self.records.get((entity, one.partition("/")[2])) for one in subjects if one.startswith(entity)]
        return sorted((one for one in found if one is not None), key=lambda one: (len(one.id), one.id))

    def create(self, entity: str, key: str, values: dict[str, Value]) -> Record:
        """A new record."""
        record = self._add(Record(entity, key, {"id": key, **values}))
        self._file(record, record.values)
        return record

    def update(self, record: Record, values: dict[str, Value], overwrite: bool) -> bool:
        """Gives a record other values; without `overwrite` only those it lacks. Returns whether anything changed."""
        news = {
            name: value
            for name, value in values.items()
            if name != "id" and record.get(name) != value and (overwrite or record.get(name) is None)
        }
        record.values.update(news)
        if news.keys() & {"email", "domain", "name"}:
            self._index(record)
        self._file(record, news)
        return bool(news)

    def _file(self, record: Record, values: dict[str, Value]) -> None:
        """Files what a chunk changes, so that its later rows find it."""
        if record.entity in FILED:
            for name in values.keys() & _FILED_BY:
                for key in keys_of(record.entity, name, values[name]):
                    self.fresh.setdefault(key, []).append(f"{record.entity}/{record.id}")

    def _add(self, record: Record) -> Record:
        self.records[record.entity, record.id] = record
        self._index(record)
        return record

    def _index(self, record: Record) -> None:
        if record.entity == "contact":
            _enter(self.emails, mailbox_of(record.text("email") or ""), record)
        elif record.entity == "account":
            _enter(self.domains, lower(record.text("domain")), record)
            _enter(self.names, name_key(record.text("name")), record)


def _enter(index: dict[str, list[Record]], key: str, record: Record) -> None:
    if key and record not in index.setdefault(key, []):
        index[key].append(record)
        index[key].sort(key=lambda one: (len(one.id), one.id))


def lower(text: str | None) -> str:
    """An e-mail address or domain as it is compared."""
    return text.strip().lower() if text else ""


def name_key(text: str | None) -> str:
    """A name as it is compared: without case and superfluous spaces."""
    return " ".join(text.lower().split()) if text else ""


def derived_id(letter: str, parts: Iterable[object]) -> str:
    """A stable id for a record that brings none: the same parts always give the same id."""
    digest = hashlib.sha256(orjson.dumps(list(parts), default=str)).hexdigest()
    return f"{letter}{digest[:16]}"
