"""Who is to be looked at when, in memory, and whom a change wakes: the same as store/agenda.py and store/wake.py."""

from collections.abc import Iterable
from functools import cached_property
from heapq import heappop, heappush
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.backtest.company import NOBODY, Company, Values
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.derived import SOURCES
from leadrelay.leads.fields import SUBJECTS
from leadrelay.rulebook.closed import speaks_of_closed
from leadrelay.rulebook.evaluate import paths as read_by
from leadrelay.rulebook.model import FLOWS, Ruleset
from leadrelay.store.agenda import Watch
from leadrelay.store.wake import COUNTED, OWNED, REACHED_BY, RUNNING, Touched

Pair = tuple[str, str]
"""A flow and a kind of subject."""
_ENTITY_LINKS = frozenset({"contact", "account", "owner"})
_CLOSABLE = ("request", "opportunity")
_OPEN_COUNT = frozenset({"owner.open_count"})


class Agenda:
    """When each flow looks at each subject of a kind; what is due is found by a heap.

    Who is `out` of every scope, with no episode begun, is not looked at for a change that no scope reads: nothing would
    come of it."""

    def __init__(self) -> None:
        self.out: dict[Pair, set[str]] = {}
        self._due: dict[Pair, dict[str, Instant]] = {}
        self._heaps: dict[Pair, list[tuple[Instant, str]]] = {}

    def keep(self, pairs: Iterable[Pair]) -> None:
        """Only these pairs have anything to look at."""
        wanted = list(pairs)
        self.out = {pair: set() for pair in wanted}
        self._due = {pair: self._due.get(pair, {}) for pair in wanted}
        self._heaps = {pair: self._heaps.get(pair, []) for pair in wanted}

    def mark(self, pair: Pair, name: str, due: Instant) -> None:
        """A subject is looked at by then; what is due earlier stays so."""
        known = self._due[pair].get(name)
        if known is None or known > due:
            self.set(pair, name, due)

    def set(self, pair: Pair, name: str, due: Instant) -> None:
        """A subject is looked at then; FOREVER: not until it is marked."""
        if due >= FOREVER:
            self._due[pair].pop(name, None)
        else:
            self._due[pair][name] = due
            heappush(self._heaps[pair], (due, name))

    def first(self, pair: Pair) -> Instant:
        """When the first subject is due; FOREVER if none is."""
        heap, due = self._heaps[pair], self._due[pair]
        while heap and due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else FOREVER

    def take(self, pair: Pair, now: Instant, most: int) -> list[tuple[Instant, str]]:
        """Who is due by now, at most so many, the first first; they are off the agenda."""
        heap, due = self._heaps[pair], self._due[pair]
        found: list[tuple[Instant, str]] = []
        while heap and heap[0][0] <= now and len(found) < most:
            at, name = heappop(heap)
            if due.get(name) == at:
                del due[name]
                found.append((at, name))
        return found


Woken = tuple[tuple[Pair, bool, bool], ...]
"""Flows and kinds that a change wakes; whether also those who are out of every scope, and also closed ones."""


class _Plan(NamedTuple):
    """Whom a change of these fields wakes: in its own flows, those that reach it, and by what it counts for."""

    own: Woken
    reaching: Woken
    counted: tuple[tuple[str, Woken, Woken], ...]
    owned: Woken


class Alarm(Struct, dict=True):
    """Wakes whom a change concerns, by what the rules in force read."""

    company: Company
    agenda: Agenda
    ruleset: Ruleset
    watches: tuple[Watch, ...]
    scopes: dict[Pair, Watch]
    _plans: dict[tuple[str, frozenset[str] | None, str], _Plan]

    @classmethod
    def of(cls, company: Company, agenda: Agenda, ruleset: Ruleset) -> "Alarm":
        """For a ruleset."""
        found, scopes = [], dict[Pair, Watch]()
        for flow in FLOWS:
            for kind in SUBJECTS:
                if books := ruleset.of(flow, kind):
                    found.append(_watch(ruleset, flow, kind, (path for book in books for path in read_by(book))))
                    scoped = (path for book in books for path in read_by(replace(book, rules=())))
                    scopes[flow, kind] = _watch(ruleset, flow, kind, scoped)
        return cls(company, agenda, ruleset, tuple(found), scopes, {})

    def everybody(self, now: Instant) -> None:
        """Rules went live: every flow looks at every subject."""
        self.agenda.keep((watch.flow, watch.kind) for watch in self.watches)
        for watch in self.watches:
            for name in self.company.values[watch.kind]:
                self._mark((watch.flow, watch.kind), name, now, new=True)

    def wake(self, touched: Iterable[Touched], now: Instant) -> None:
        """Everybody whom these changes concern."""
        company = self.company
        for kind, name, fields, settled in touched:
            plan = self._plan(kind, fields, settled)
            self._wake_own(plan.own, kind, name, now, fields is None)
            self._wake_reaching(plan.reaching, kind, name, now)
            own = company.values[kind].get(name)
            if own is None:
                continue
            for link, pairs, reaching in plan.counted:
                if (other := own.get(link)) is not None:
                    self._wake_own(pairs, link, str(other), now, False)
                    self._wake_reaching(reaching, link, str(other), now)
            if plan.owned and (owner := own.get("owner")) is not None:
                self._wake_owned(plan.owned, str(owner), now)

    def wake_owned(self, owners: Iterable[str], now: Instant) -> None:
        """What these people have open changed."""
        pairs = self._counting_loads
        for owner in owners if pairs else ():
            self._wake_owned(pairs, owner, now)

    def touch(self, kind: str, name: str, now: Instant) -> None:
        """Every flow looks at the subject again."""
        pairs = tuple(((watch.flow, kind), True, True) for watch in self.watches if watch.kind == kind)
        self._wake_own(pairs, kind, name, now, False)

    @cached_property
    def _counting_loads(self) -> Woken:
        return tuple(
            (
                (watch.flow, watch.kind),
                bool(self.scopes[watch.flow, watch.kind].paths & _OPEN_COUNT),
                watch.kind not in _CLOSABLE or bool(watch.closed & _OPEN_COUNT),
            )
            for watch in self.watches
            if watch.paths & _OPEN_COUNT and watch.kind in OWNED
        )

    def _mark(self, pair: Pair, name: str, now: Instant, new: bool) -> None:
        due = now
        if new and pair[1] == "request":
            came = self.company.values["request"][name].get("received_at")
            due = came if isinstance(came, int) and came < now else now
        self.agenda.mark(pair, name, due)

    def _wake_own(self, pairs: Woken, kind: str, name: str, now: Instant, new: bool) -> None:
        if pairs and name in self.company.values[kind]:
            for pair, also_out, _ in pairs:
                if also_out or name not in self.agenda.out[pair]:
                    self._mark(pair, name, now, new)

    def _wake_reaching(self, pairs: Woken, entity: str, name: str, now: Instant) -> None:
        agenda = self.agenda
        for pair, also_out, also_closed in pairs:
            own = self.company.values[pair[1]]
            for other in self.company.linked[pair[1], entity].get(name, NOBODY):
                if (also_out or other not in agenda.out[pair]) and (also_closed or _is_open(pair[1], own[other])):
                    agenda.mark(pair, other, now)

    def _wake_owned(self, pairs: Woken, owner: str, now: Instant) -> None:
        self._wake_reaching(pairs, "owner", owner, now)

    def _plan(self, kind: str, fields: frozenset[str] | None, settled: str) -> _Plan:
        key = (kind, fields, settled)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._planned(kind, fields, settled)
        return found

    def _planned(self, kind: str, fields: frozenset[str] | None, settled: str) -> _Plan:
        read = frozenset().union(*(watch.paths for watch in self.watches))
        counted = []
        for link, names in COUNTED.items() if kind == "request" else ():
            if _hits(fields, {"received_at", link, "outcome", "status", "closed_at"}) and _paths(link, names) & read:
                counted.append((link, self._own(link, names, ""), self._reaching(link, names)))
        moved = {"created_at", "account", "closed_at", "owner", "stage", "outcome"}
        if kind == "opportunity" and _hits(fields, moved) and _paths("account", RUNNING) & read:
            counted.append(("account", self._own("account", RUNNING, ""), self._reaching("account", RUNNING)))
        owned: Woken = ()
        if kind in ("request", "opportunity") and _hits(fields, {"owner", "status", "closed_at"}):
            owned = self._counting_loads
        return _Plan(self._own(kind, fields, settled), self._reaching(kind, fields), tuple(counted), owned)

    def _own(self, kind: str, fields: frozenset[str] | None, settled: str) -> Woken:
        def reads(watch: Watch) -> bool:
            if fields is None:
                return True
            return bool(_paths(kind, fields) & watch.paths or fields & _ENTITY_LINKS & watch.entities)

        return tuple(
            ((watch.flow, kind), reads(self.scopes[watch.flow, kind]), True)
            for watch in self.watches
            if watch.kind == kind and watch.flow != settled and reads(watch)
        )

    def _reaching(self, kind: str, fields: frozenset[str] | None) -> Woken:
        def reads(paths: frozenset[str]) -> bool:
            if fields is None:
                return any(path.partition(".")[0] == kind for path in paths)
            return bool(_paths(kind, fields) & paths)

        return tuple(
            (
                (watch.flow, watch.kind),
                reads(self.scopes[watch.flow, watch.kind].paths),
                watch.kind not in _CLOSABLE or reads(watch.closed),
            )
            for watch in self.watches
            if watch.kind in REACHED_BY.get(kind, ()) and reads(watch.paths)
        )


def _watch(ruleset: Ruleset, flow: str, kind: str, paths: Iterable[str]) -> Watch:
    read = frozenset(ruleset.fields.with_sources(paths))
    of_closed = [path for book in ruleset.of(flow, kind) if speaks_of_closed(book) for path in read_by(book)]
    closed = frozenset(ruleset.fields.with_sources(of_closed))
    return Watch(flow, kind, read, frozenset(path.partition(".")[0] for path in read), closed)


def _is_open(kind: str, own: Values) -> bool:
    return own.get("status") == "open" if kind == "request" else own.get("closed_at") is None


def _hits(fields: frozenset[str] | None, which: set[str]) -> bool:
    return fields is None or bool(fields & which)


def _paths(kind: str, fields: frozenset[str]) -> set[str]:
    own = {f"{kind}.{name}" for name in fields}
    return own | {path for path, sources in SOURCES.items() if own & set(sources)}
