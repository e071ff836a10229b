"""The facts of subjects in memory as rows: the same as store/facts.py reads from the database."""

from collections.abc import Callable, Mapping
from operator import itemgetter

from leadrelay.backtest.company import NEVER, Company, Values, last_and_next
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.derived import SOURCES, derive
from leadrelay.leads.facts import Row, Slots
from leadrelay.leads.fields import JOINED, UNTIL, Value
from leadrelay.leads.owner import owner_facts
from leadrelay.leads.team import Team
from leadrelay.store.watches import OWNED
from leadrelay.store.windows import THREE_WEEKS, leaves_three_weeks, leaves_year

Derive = Callable[[Values, Instant], Value]
"""A derived field of the entity whose values are given, at a moment."""
_NEAR = ("postcode_number", "province")
"""Derived fields that the company keeps beside the others."""
_WEEKS_OF_A_YEAR = 51 * 7 * 24 * 3600 * 1_000_000


class _Part:
    """What rows have of one entity: the plain fields at once, then the derived ones."""

    def __init__(self, entity: str, plain: list[tuple[int, str]], derived: list[tuple[int, Derive]]) -> None:
        self.entity = entity
        self.names = tuple(name for _, name in plain)
        self.slots = tuple(slot for slot, _ in plain)
        self.derived = derived
        self._pick = _picker(self.names)

    def fill(self, row: Row, own: Values, now: Instant) -> None:
        """The entity's fields into their slots."""
        try:
            found = self._pick(own)
        except KeyError:  # from now on every one of them has a value, or None
            own.update((name, None) for name in self.names if name not in own)
            found = self._pick(own)
        for slot, value in zip(self.slots, found, strict=True):
            row[slot] = value
        for slot, find in self.derived:
            row[slot] = find(own, now)


def _picker(names: tuple[str, ...]) -> Callable[[Values], tuple[Value, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda own: tuple(own[name] for name in names)


class Rows:
    """Makes rows of one kind of subject with these slots, out of a company."""

    def __init__(self, company: Company, kind: str, slots: Slots, team: Team) -> None:
        self._company, self._kind, self._slots, self._team = company, kind, slots, team
        plain: dict[str, list[tuple[int, str]]] = {}
        derived: dict[str, list[tuple[int, Derive]]] = {}
        self._owner_slots: list[tuple[int, str]] = []
        computed = dict(slots.computed)
        for slot, path in enumerate(slots.paths):
            entity, _, name = path.partition(".")
            if entity == "owner":
                self._owner_slots.append((slot, path))
            elif path in computed:
                continue
            elif (found := self._deriver(path, entity, name)) is not None:
                derived.setdefault(entity, []).append((slot, found))
            else:
                plain.setdefault(entity, []).append((slot, name))
        self._own = _Part(kind, plain.get(kind, []), derived.get(kind, []))
        self._others = [
            _Part(one, plain.get(one, []), derived.get(one, []))
            for one in ("contact", "account")
            if one != kind and (one in plain or one in derived)
        ]
        self._empty: Row = [FOREVER if path.endswith(UNTIL) else None for path in slots.paths]
        self._owner = kind in OWNED
        self._owners: dict[Value, list[Value]] = {}
        self._owners_at: Instant = -1

    def of(self, name: str, now: Instant) -> Row:
        """The facts of one subject now. Of an entity that is not there nothing is known, and nothing will change."""
        values = self._company.values
        own = values[self._kind][name]
        row = self._empty.copy()
        self._own.fill(row, own, now)
        for part in self._others:
            other = own.get(part.entity)
            found = None if other is None else values[part.entity].get(str(other))
            if found is not None:
                part.fill(row, found, now)
        if self._owner_slots:
            self._fill_owner(row, own.get("owner") if self._owner else None, now)
        if self._slots.computed:
            self._slots.fill(row)
        return row

    def _fill_owner(self, row: Row, owner: Value, now: Instant) -> None:
        if now != self._owners_at:
            self._owners.clear()
            self._owners_at = now
        found = self._owners.get(owner)
        if found is None:
            facts = owner_facts(str(owner), self._team, now, None) if owner is not None else {}
            found = self._owners[owner] = [facts.get(path) for _, path in self._owner_slots]
        for (slot, path), value in zip(self._owner_slots, found, strict=True):
            row[slot] = value
            if path == "owner.open_count" and owner is not None:
                row[slot] = self._company.open.get(str(owner), 0)

    def _deriver(self, path: str, entity: str, name: str) -> Derive | None:
        if path in SOURCES and name not in _NEAR:
            sources = [source.partition(".")[2] for source in SOURCES[path]]
            return lambda own, _now: derive(path, {f"{entity}.{one}": own.get(one) for one in sources})
        if path.startswith(JOINED):
            joined, listed = self._company.joined, path.removeprefix(JOINED)
            return lambda own, _now: joined.get((str(own["id"]), listed))
        if name in ("task_due_at", "task_owner"):
            return self._task(entity, name.removeprefix("task_"))
        return self._counted(path, entity)

    def _task(self, entity: str, what: str) -> Derive:
        def find(own: Values, _now: Instant) -> Value:
            task = self._company.first_task(f"{entity}/{own['id']}")
            found: Value = getattr(task, what) if task else None
            return found

        return find

    def _counted(self, path: str, entity: str) -> Derive | None:
        """What other subjects and visits decide; `path@until`: when that next changes by itself."""
        bare, until = path.removesuffix(UNTIL), path.endswith(UNTIL)
        company = self._company
        running = {"account.running_opportunity": "id", "account.running_owner": "owner"}
        running["account.running_stage"] = "stage"
        if bare in running:
            wanted = running[bare]
            return lambda own, _now: (company.newest_opportunity(str(own["id"])) or {}).get(wanted)
        if bare == "account.last_sale_at":
            return lambda own, _now: company.last_sale(str(own["id"]))
        if bare == "contact.running_request":
            return lambda own, _now: company.newest_request(str(own["id"]))
        if bare == "contact.last_asked_at":
            return _newest(lambda own: company.asked["contact"].get(str(own["id"]), NEVER), until)
        if bare in _VISITS:
            kind = _VISITS[bare]
            return _newest(lambda own: company.visits.get((str(own["id"]), kind), NEVER), until)
        if bare == "contact.site_visits_3w":
            visits = company.visits
            return _window(
                lambda own: visits.get((str(own["id"]), "site_visit"), NEVER), until, leaves_three_weeks, THREE_WEEKS
            )
        if bare.endswith("s_12m"):
            register = (company.asked if bare.endswith("requests_12m") else company.ordered)[entity]
            zone = self._team.zone
            return _window(
                lambda own: register.get(str(own["id"]), NEVER),
                until,
                lambda at: leaves_year(at, zone),
                _WEEKS_OF_A_YEAR,
            )
        return None


_VISITS: Mapping[str, str] = {
    "contact.last_visited_at": "visit",
    "contact.last_site_visit_at": "site_visit",
    "contact.last_answer_at": "answer",
}


def _newest(moments: Callable[[Values], list[Instant]], until: bool) -> Derive:
    place = 1 if until else 0
    return lambda own, now: last_and_next(moments(own), now)[place]


def _window(
    moments: Callable[[Values], list[Instant]], until: bool, leaves: Callable[[Instant], Instant], surely: Instant
) -> Derive:
    """How many of the moments are in the window that ends now, or when that changes; `surely`: younger ones are in."""

    def count(own: Values, now: Instant) -> Value:
        first = last = 0
        known = moments(own)
        for at in known:
            if at > now:
                break
            last += 1
            if at <= now - surely and leaves(at) <= now:
                first = last
        if not until:
            return last - first
        gone = leaves(known[first]) if first < last else FOREVER
        return min(gone, known[last]) if last < len(known) else gone

    return count
