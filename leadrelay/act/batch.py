"""Subjects out of the database as cases: rows of facts with their episodes."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.case import Case
from leadrelay.act.engine import Engine
from leadrelay.leads.facts import Row
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import episodes
from leadrelay.store.facts import Reader


class Batch(Struct, frozen=True):
    """What it takes to decide about subjects of one kind: the engine, and the reader of what it needs to know."""

    engine: Engine
    reader: Reader


def batches_of(ruleset: Ruleset, flow: str, held: frozenset[str]) -> list[Batch]:
    """One for every kind of subject that the flow has rulebooks about, in the order in which these come first."""
    kinds = dict.fromkeys(book.subject for book in ruleset.of(flow))
    engines = [Engine(ruleset, flow, kind, held) for kind in kinds]
    return [Batch(engine, Reader(engine.kind, engine.slots, ruleset.team)) for engine in engines]


def cases(conn: Connection, engine: Engine, rows: Sequence[Row]) -> Iterator[Case]:
    """The rows as cases, in their order."""
    kind, slots = engine.kind, engine.slots
    slot = slots.index[f"{kind}.id"]
    ids = [str(row[slot]) for row in rows]
    found = episodes.of(conn, [f"{kind}/{one}" for one in ids])
    last: dict[str, dict[str, int]] = {}
    for (rule_key, subject), number in found.last.items():
        last.setdefault(subject, {})[rule_key] = number
    for one, row in zip(ids, rows, strict=True):
        subject = f"{kind}/{one}"
        begun = found.open.get(subject, ())
        yield Case(kind, one, row, slots, {episode.rule_key: episode for episode in begun}, last.get(subject))
