"""Whom a change concerns: what each flow's rules read, and what a change of a subject means for those around it.

The database (wake.py) and a company in memory (backtest/agenda.py) wake by this.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from leadrelay.leads.derived import SOURCES
from leadrelay.leads.fields import SUBJECTS
from leadrelay.rulebook.closed import speaks_of_closed
from leadrelay.rulebook.evaluate import paths as read_by
from leadrelay.rulebook.model import FLOWS, Rulebook, Ruleset
from leadrelay.store.derived import ANSWERS

REACHED_BY = {"contact": ("request", "opportunity"), "account": ("request", "opportunity", "contact")}
"""Which kinds of subjects have a contact and an account whose fields their rules may read."""
OWNED = ("request", "opportunity", "account")
CLOSABLE = ("request", "opportunity")
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
OPEN_COUNT = frozenset({"owner.open_count"})
"""What the requests and opportunities of an owner decide."""
_LINKS = frozenset({"contact", "account", "owner"})
_DECIDES_COUNTS = frozenset({"received_at", "same_as", "outcome", "status", "closed_at"})
_DECIDES_RUNNING = frozenset({"created_at", "account", "closed_at", "owner", "stage", "outcome"})
_DECIDES_LOAD = frozenset({"owner", "status", "closed_at"})

ChangedFields = frozenset[str] | None
"""Names of changed fields; None: the subject is new, or all of them may have changed."""


class Touched(NamedTuple):
    """A subject whose fields changed; `fields` None: it is new. `settled`: the flow that has dealt with the change."""

    kind: str
    id: str
    fields: ChangedFields = None
    settled: str = ""


class Watch(NamedTuple):
    """What a flow's rulebooks on one kind of subject read: paths, and the entities these are of; `closed`: the paths
    that rulebooks read which may hold for closed subjects."""

    flow: str
    kind: str
    paths: frozenset[str]
    entities: frozenset[str]
    closed: frozenset[str]

    @classmethod
    def of(cls, flow: str, kind: str, paths: Iterable[str], closed: Iterable[str]) -> "Watch":
        """With the entities that the paths are of."""
        read = frozenset(paths)
        return cls(flow, kind, read, frozenset(path.partition(".")[0] for path in read), frozenset(closed))

    def minds(self, fields: ChangedFields) -> bool:
        """Whether the rules may read what changed of the subject itself; a changed link changes all behind it."""
        if fields is None:
            return True
        return self.reads(paths_of(self.kind, fields)) or bool(fields & _LINKS & self.entities)

    def around(self, entity: str, fields: ChangedFields) -> frozenset[str]:
        """The paths that changed of a contact, an account or an owner; if any may have: all that is read of it."""
        if fields is None:
            return frozenset(path for path in self.paths if path.partition(".")[0] == entity)
        return paths_of(entity, fields)

    def reads(self, paths: frozenset[str]) -> bool:
        """Whether the rules read any of these."""
        return not self.paths.isdisjoint(paths)

    def wakes_closed(self, paths: Iterable[str]) -> bool:
        """Whether also closed subjects are woken when these changed around them."""
        return self.kind not in CLOSABLE or not self.closed.isdisjoint(paths)


def watches_of(ruleset: Ruleset, reads: Callable[[Rulebook], Iterable[str]] = read_by) -> Iterator[Watch]:
    """What a ruleset looks at: for every flow and kind of subject that it has rulebooks on. `reads`: the paths that
    count of a rulebook."""
    for flow in FLOWS:
        for kind in SUBJECTS:
            if books := ruleset.of(flow, kind):
                paths = ruleset.fields.with_sources(path for book in books for path in reads(book))
                of_closed = (path for book in books if speaks_of_closed(book) for path in read_by(book))
                yield Watch.of(flow, kind, paths, ruleset.fields.with_sources(of_closed))


def counted(watches: Iterable[Watch], kind: str, fields: ChangedFields) -> Iterator[tuple[str, frozenset[str]]]:
    """What a change of a subject may change of what counts it, as far as rules read that: link, and the fields of the
    contact or account behind it. A request counts for its contact and account, an opportunity runs for its account."""
    found: Iterable[tuple[str, frozenset[str]]] = ()
    if kind == "request":
        found = [(link, names) for link, names in COUNTED.items() if _hits(fields, _DECIDES_COUNTS | {link})]
    elif kind == "opportunity" and _hits(fields, _DECIDES_RUNNING):
        found = [("account", RUNNING)]
    read = frozenset().union(*(watch.paths for watch in watches))
    return ((link, names) for link, names in found if paths_of(link, names) & read)


def moves_loads(kind: str, fields: ChangedFields) -> bool:
    """Whether a change of a subject may change what its owner has open."""
    return kind in CLOSABLE and _hits(fields, _DECIDES_LOAD)


def paths_of(kind: str, fields: frozenset[str]) -> frozenset[str]:
    """The paths of changed fields, with what is derived from them on the same subject."""
    own = {f"{kind}.{name}" for name in fields}
    return frozenset(own | {path for path, sources in SOURCES.items() if own & set(sources)})


def _hits(fields: ChangedFields, which: frozenset[str]) -> bool:
    return fields is None or not fields.isdisjoint(which)
