"""What is known about the subjects of messages, read in batches, one statement per kind of subject."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import JOINED, SUBJECTS, Fields, Value
from leadrelay.rulebook.evaluate import paths
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.store.facts import Reader

Facts = Mapping[str, Value]
"""Values by field path, in the field's own unit."""


class FactsReader:
    """Reads everything that a message may say about its subject."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._readers: dict[str, tuple[Reader, Slots]] = {}

    def read(self, conn: Connection, subjects: Iterable[str], now: Instant) -> dict[str, Facts]:
        """The facts of subjects such as 'request/42', by subject; those that do not exist are not in it."""
        wanted: dict[str, list[str]] = {}
        for subject in dict.fromkeys(subjects):
            kind, _, id_ = subject.partition("/")
            if kind in SUBJECTS and id_:
                wanted.setdefault(kind, []).append(id_)
        found: dict[str, Facts] = {}
        for kind, ids in wanted.items():
            reader, slots = self._reader(kind)
            for row in reader.of(conn, ids, now):
                facts = slots.facts(row)
                found[f"{kind}/{facts[f'{kind}.id']}"] = facts
        return found

    def _reader(self, kind: str) -> tuple[Reader, Slots]:
        if kind not in self._readers:
            slots = slots_of(kind, self._ruleset.fields, self._ruleset.rulebooks)
            self._readers[kind] = Reader(kind, slots, self._ruleset.team), slots
        return self._readers[kind]


def slots_of(kind: str, fields: Fields, books: Iterable[Rulebook] = ()) -> Slots:
    """A slot for every field that can be reached from this kind of subject, and for when contacts joined the lists
    that rules about it ask about."""
    read = (path for book in books if book.subject == kind for path in paths(book) if path.startswith(JOINED))
    return Slots.of((*(field.path for field in fields.reachable(kind)), *read), fields)
