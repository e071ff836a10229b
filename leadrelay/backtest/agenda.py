"""Who is to be looked at when, in memory, and whom a change wakes: the same as store/agenda.py and store/wake.py."""

from collections.abc import Iterable
from functools import cached_property
from heapq import heappop, heappush
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.backtest.company import Company, Values
from leadrelay.clock import FOREVER, Instant
from leadrelay.rulebook.evaluate import paths as read_by
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.store.watches import (
    OPEN_COUNT,
    OWNED,
    REACHED_BY,
    ChangedFields,
    Touched,
    Watch,
    counted,
    moves_loads,
    watches_of,
)

Pair = tuple[str, str]
"""A flow and a kind of subject."""


class Agenda:
    """When each flow looks at each subject of a kind; what is due is found by a heap.

    Who is `out` of every scope, with no episode begun, is not looked at for a change that no scope reads: nothing would
    come of it."""

    def __init__(self) -> None:
        self.out: dict[Pair, set[str]] = {}
        self._due: dict[Pair, dict[str, Instant]] = {}
        self._heaps: dict[Pair, list[tuple[Instant, str]]] = {}
        self._soonest: Instant = FOREVER  # nobody is due before

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
            if due < self._soonest:
                self._soonest = due

    def first(self, pair: Pair) -> Instant:
        """When the first subject is due; FOREVER if none is."""
        heap, due = self._heaps[pair], self._due[pair]
        while heap and due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else FOREVER

    def is_due_before(self, until: Instant) -> bool:
        """Whether anybody is due before a moment."""
        if self._soonest < until:
            self._soonest = min(map(self.first, self._due), default=FOREVER)
        return self._soonest < until

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
    watches: tuple[Watch, ...]
    scopes: dict[Pair, Watch]
    _plans: dict[tuple[str, ChangedFields, str], _Plan]

    @classmethod
    def of(cls, company: Company, agenda: Agenda, ruleset: Ruleset) -> "Alarm":
        """For a ruleset."""
        scopes = {(watch.flow, watch.kind): watch for watch in watches_of(ruleset, _read_by_scope)}
        return cls(company, agenda, tuple(watches_of(ruleset)), scopes, {})

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
            if plan.own:
                self._wake_own(plan.own, kind, name, now, fields is None)
            if plan.reaching:
                self._wake_reaching(plan.reaching, kind, name, now)
            own = company.values[kind].get(name) if plan.counted or plan.owned else None
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
                self.scopes[watch.flow, watch.kind].reads(OPEN_COUNT),
                watch.wakes_closed(OPEN_COUNT),
            )
            for watch in self.watches
            if watch.kind in OWNED and watch.reads(OPEN_COUNT)
        )

    def _mark(self, pair: Pair, name: str, now: Instant, new: bool) -> None:
        due = now
        if new and pair[1] == "request":
            came = self.company.values["request"][name].get("received_at")
            due = came if isinstance(came, int) and came < now else now
        self.agenda.mark(pair, name, due)

    def _wake_own(self, pairs: Woken, kind: str, name: str, now: Instant, new: bool) -> None:
        if name in self.company.values[kind]:
            for pair, also_out, _ in pairs:
                if also_out or name not in self.agenda.out[pair]:
                    self._mark(pair, name, now, new)

    def _wake_reaching(self, pairs: Woken, entity: str, name: str, now: Instant) -> None:
        agenda = self.agenda
        for pair, also_out, also_closed in pairs:
            linked = self.company.linked[pair[1], entity].get(name)
            if not linked:
                continue
            own = self.company.values[pair[1]]
            for other in linked:
                if (also_out or other not in agenda.out[pair]) and (also_closed or _is_open(pair[1], own[other])):
                    agenda.mark(pair, other, now)

    def _wake_owned(self, pairs: Woken, owner: str, now: Instant) -> None:
        self._wake_reaching(pairs, "owner", owner, now)

    def _plan(self, kind: str, fields: ChangedFields, settled: str) -> _Plan:
        key = (kind, fields, settled)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._planned(kind, fields, settled)
        return found

    def _planned(self, kind: str, fields: ChangedFields, settled: str) -> _Plan:
        around = tuple(
            (link, self._own(link, names, ""), self._reaching(link, names))
            for link, names in counted(self.watches, kind, fields)
        )
        owned = self._counting_loads if moves_loads(kind, fields) else ()
        return _Plan(self._own(kind, fields, settled), self._reaching(kind, fields), around, owned)

    def _own(self, kind: str, fields: ChangedFields, settled: str) -> Woken:
        return tuple(
            ((watch.flow, kind), self.scopes[watch.flow, kind].minds(fields), True)
            for watch in self.watches
            if watch.kind == kind and watch.flow != settled and watch.minds(fields)
        )

    def _reaching(self, kind: str, fields: ChangedFields) -> Woken:
        return tuple(
            (
                (watch.flow, watch.kind),
                self.scopes[watch.flow, watch.kind].reads(changed),
                watch.wakes_closed(changed),
            )
            for watch in self.watches
            if watch.kind in REACHED_BY.get(kind, ()) and watch.reads(changed := watch.around(kind, fields))
        )


def _read_by_scope(book: Rulebook) -> Iterable[str]:
    return read_by(replace(book, rules=()))


def _is_open(kind: str, own: Values) -> bool:
    return own.get("status") == "open" if kind == "request" else own.get("closed_at") is None
