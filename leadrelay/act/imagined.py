"""Subjects in memory, and the facts that rules read of them: linked, and derived as the database derives them."""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from msgspec import Struct, field

from leadrelay.act.case import Loads
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.derived import SOURCES, compute_all, derive
from leadrelay.leads.effects import Change, NewTask
from leadrelay.leads.facts import Row, Slots
from leadrelay.leads.fields import JOINED, SUBJECTS, UNTIL, Value
from leadrelay.leads.owner import owner_facts
from leadrelay.leads.team import Team
from leadrelay.store.windows import leaves_year, year_before

_DUE = attrgetter("due_at")
LINKS = {
    "request": ("contact", "account"),
    "opportunity": ("contact", "account"),
    "contact": ("account",),
    "account": (),
}
"""The other entities whose facts a subject's rules may read, beside its owner's."""


class Entities(Struct):
    """Values by kind and id, then by field name. A derived field that has a value here keeps it."""

    values: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    owner: Mapping[str, Value] = field(default_factory=dict)
    """What is given about the owner that `id` names in it, above what the team says."""
    tasks: dict[str, list[NewTask]] = field(default_factory=dict)
    """The open tasks of each subject (request/42)."""
    joined: dict[tuple[str, str], Instant] = field(default_factory=dict)
    """When contacts joined lists, by contact and list; what is given as joined is since what is given as joined.LIST,
    or since `start`."""
    start: Instant = 0

    def row(self, kind: str, name: str, slots: Slots, team: Team, now: Instant, loads: Loads) -> Row:
        """The facts of a subject as a row."""
        facts = {f"{kind}.{key}": value for key, value in self.values[kind, name].items()} | {f"{kind}.id": name}
        for entity, other in self._linked(kind, name):
            facts |= {f"{entity}.{key}": value for key, value in self.values[entity, other].items()}
            facts[f"{entity}.id"] = other
        for path in SOURCES:
            if path in slots.index and facts.get(path) is None:
                facts[path] = derive(path, facts)
        compute_all(slots.computed, facts)
        if isinstance(contact := facts.get("contact.id"), str):
            facts.setdefault("contact.site_visits_3w", 0)
            self._count("contact", contact, facts, team, now)
            self._derive_contact(contact, facts, now)
        if isinstance(account := facts.get("account.id"), str):
            self._count("account", account, facts, team, now)
            self._derive_account(account, facts)
        self._add_tasks(facts, slots)
        owner = facts.get(f"{kind}.owner")
        if isinstance(owner, str):
            facts |= owner_facts(owner, team, now, loads.of(owner))
            if owner == self.owner.get("id", owner):
                facts |= {f"owner.{key}": value for key, value in self.owner.items()}
        return [facts.get(path) for path in slots.paths]

    def _add_tasks(self, facts: dict[str, Value], slots: Slots) -> None:
        for entity in SUBJECTS:
            if f"{entity}.task_due_at" in slots.index or f"{entity}.task_owner" in slots.index:
                first = min(self.tasks.get(f"{entity}/{facts.get(f'{entity}.id')}", ()), key=_DUE, default=None)
                facts.setdefault(f"{entity}.task_due_at", first.due_at if first else None)
                facts.setdefault(f"{entity}.task_owner", first.owner if first else None)

    def follow(self, change: Change) -> None:
        """What a change means for the open tasks of its subject: see store/tasks.py."""
        subject = f"{change.kind}/{change.id}"
        if change.closes:
            self.tasks.pop(subject, None)
        elif change.field == "owner" and isinstance(change.new, str):
            self.tasks[subject] = [
                task._replace(owner=change.new) if task.owner == change.old else task
                for task in self.tasks.get(subject, ())
            ]

    def links(self, kind: str, name: str) -> Iterator[str]:
        """The contact and the account that a subject names, as `contact/3`."""
        own = self.values[kind, name]
        return (f"{entity}/{own[entity]}" for entity in LINKS[kind] if own.get(entity))

    def join(self, contact: str, joined: str, now: Instant) -> None:
        """A contact is on one more nurture list."""
        found = self.values.setdefault(("contact", contact), {})
        lists = found.get("lists") or ()
        assert isinstance(lists, tuple)
        if joined not in lists:
            self.joined[contact, joined] = now
        found["lists"] = tuple(sorted({*lists, joined}))

    def leave(self, contact: str, left: str) -> None:
        """A contact is no longer on a nurture list."""
        found = self.values.setdefault(("contact", contact), {})
        lists = found.get("lists") or ()
        assert isinstance(lists, tuple)
        found["lists"] = tuple(one for one in lists if one != left) or None

    def open_counts(self) -> dict[str, int]:
        """How many open requests and opportunities people have here."""
        counts: dict[str, int] = {}
        for (kind, _), own in self.values.items():
            closed = own.get("status") == "closed" if kind == "request" else own.get("closed_at") is not None
            if kind in ("request", "opportunity") and not closed and isinstance(owner := own.get("owner"), str):
                counts[owner] = counts.get(owner, 0) + 1
        return counts

    def _linked(self, kind: str, name: str) -> Iterator[tuple[str, str]]:
        own = self.values[kind, name]
        for entity in LINKS[kind]:
            other = own.get(entity)
            if isinstance(other, str) and (entity, other) in self.values:
                yield entity, other

    def _derive_contact(self, contact: str, facts: dict[str, Value], now: Instant) -> None:
        """What the contact's requests, answers and lists decide; given times that are still to come have not come."""
        asked = list(self._of("request", "contact", contact))
        still = [(own.get("received_at") or 0, str(own["id"])) for own in asked if own.get("status") != "closed"]
        facts.setdefault("contact.running_request", max(still)[1] if still else None)
        _newest(
            facts, "contact.last_asked_at", [own.get("received_at") for own in asked if own.get("same_as") is None], now
        )
        _newest(facts, "contact.last_answer_at", [], now)
        lists = facts.get("contact.lists") or ()
        assert isinstance(lists, tuple)
        for one in lists:
            given = facts.get(f"{JOINED}{one}", self.start)
            facts[f"{JOINED}{one}"] = self.joined.get((contact, one), given)

    def _count(self, link: str, name: str, facts: dict[str, Value], team: Team, now: Instant) -> None:
        """The requests of a contact or account, and those that were orders, in the past twelve months."""
        asked = [
            (own["received_at"], own.get("outcome"))
            for own in self._of("request", link, name)
            if own.get("same_as") is None
        ]
        past = year_before(now, team.zone)
        for path, wanted in ((f"{link}.requests_12m", None), (f"{link}.orders_12m", "order")):
            if path in facts:
                continue
            counted = [at for at, outcome in asked if isinstance(at, int) and wanted in (None, outcome)]
            inside = [at for at in counted if past < at <= now]
            ahead = [at for at in counted if at > now]
            facts[path] = len(inside)
            facts[path + UNTIL] = min((*(leaves_year(at, team.zone) for at in inside), *ahead), default=FOREVER)

    def _derive_account(self, account: str, facts: dict[str, Value]) -> None:
        """What the account's opportunities and orders decide; the running one may be given as no more than an id."""
        deals = list(self._of("opportunity", "account", account))
        running = [own for own in deals if own.get("closed_at") is None]
        newest = max(running, key=lambda own: (own.get("created_at") or 0, str(own["id"])), default={})
        for path, name in (("opportunity", "id"), ("owner", "owner"), ("stage", "stage")):
            facts.setdefault(f"account.running_{path}", newest.get(name))
        sales = [own.get("closed_at") for own in deals if own.get("outcome") == "won"]
        sales += [
            own.get("closed_at") for own in self._of("request", "account", account) if own.get("outcome") == "order"
        ]
        facts.setdefault("account.last_sale_at", max((at for at in sales if isinstance(at, int)), default=None))

    def _of(self, kind: str, link: str, name: str) -> Iterator[dict[str, Value]]:
        """The subjects of a kind whose link is that one, each with its id."""
        for (other, own_name), own in self.values.items():
            if other == kind and own.get(link) == name:
                yield {"id": own_name, **own}


def _newest(facts: dict[str, Value], path: str, moments: Iterable[Value], now: Instant) -> None:
    """The last of these moments and of what is given that has come, and when the next one does."""
    known = [at for at in (*moments, facts.get(path)) if isinstance(at, int)]
    facts[path] = max((at for at in known if at <= now), default=None)
    facts[path + UNTIL] = min((at for at in known if at > now), default=FOREVER)
