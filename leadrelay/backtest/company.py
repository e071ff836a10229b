"""The company in memory: subjects with what links them, their tasks and lists, and what everybody has open."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from operator import attrgetter

from msgspec import Struct

from leadrelay.clock import FOREVER, Instant
from leadrelay.geography.provinces import province
from leadrelay.leads.derived import postcode_number
from leadrelay.leads.effects import Change, Creation, Joining, Leaving, NewTask
from leadrelay.leads.fields import SUBJECTS, Value

Values = dict[str, Value]
Ids = dict[str, None]
"""Ids in the order in which they came."""
LINKS: Mapping[str, tuple[str, ...]] = {
    "request": ("contact", "account", "owner"),
    "opportunity": ("contact", "account", "owner"),
    "contact": ("account",),
    "account": ("owner",),
}
"""The fields by which subjects are found from others."""
_FILED: Mapping[str, frozenset[str]] = {
    "request": frozenset({"contact", "account", "received_at", "same_as"}),
    "opportunity": frozenset({"contact", "account", "created_at"}),
    "contact": frozenset({"account"}),
    "account": frozenset({"country", "postcode"}),
}
"""The fields besides the owner that decide where a subject is filed."""
_STANDING: Mapping[str, frozenset[str]] = {
    "request": frozenset({"status", "outcome"}),
    "opportunity": frozenset({"closed_at", "outcome"}),
    "contact": frozenset(),
    "account": frozenset(),
}
"""The fields that decide whether it counts as open, or as sold."""
_ENDS_OR_MOVES = frozenset({"status", "closed_at", "owner"})
NOBODY: Mapping[str, None] = {}
NEVER: list[Instant] = []


class Task(Struct):
    """A follow-up; `by_rule`: a rule made it, and not a person."""

    subject: str
    owner: str
    what: str
    due_at: Instant
    key: str
    number: int
    created_at: Instant
    by_rule: bool = True
    done_at: Instant | None = None


class Company:
    """Subjects by kind and id, and the registers that derived fields are read from."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Values]] = {kind: {} for kind in SUBJECTS}
        self.linked: dict[tuple[str, str], dict[str, Ids]] = {
            (kind, link): {} for kind, links in LINKS.items() for link in links
        }
        self.asked: dict[str, dict[str, list[Instant]]] = {"contact": {}, "account": {}}
        self.ordered: dict[str, dict[str, list[Instant]]] = {"contact": {}, "account": {}}
        self.asking: dict[str, Ids] = {}
        self.running: dict[str, Ids] = {}
        self.sold: dict[str, dict[tuple[str, str], None]] = {}
        self.visits: dict[tuple[str, str], list[Instant]] = {}
        self.joined: dict[tuple[str, str], Instant] = {}
        self.tasks: dict[str, list[Task]] = {}
        self.every_task: dict[str, Task] = {}
        self.open: Counter[str] = Counter()
        self.most: dict[str, int] = {}

    def begin(self, kind: str, name: str, values: Mapping[str, Value]) -> None:
        """A new subject."""
        own = self.values[kind][name] = {"id": name, **values}
        self._file(kind, name, own, 1)

    def update(self, kind: str, name: str, values: Mapping[str, Value]) -> list[tuple[str, Value, Value]]:
        """A subject's fields get values; what changed: field, old and new."""
        own = self.values[kind][name]
        found = [(field, old, value) for field, value in values.items() if (old := own.get(field)) != value]
        new = {field: value for field, _, value in found}
        if _FILED[kind].isdisjoint(new):
            if "owner" in new:
                self._give(kind, name, own, new["owner"])
            if _STANDING[kind].isdisjoint(new):
                own.update(new)
            else:
                self._stand(kind, name, own, -1)
                own.update(new)
                self._stand(kind, name, own, 1)
        else:
            self._file(kind, name, own, -1)
            own.update(new)
            self._file(kind, name, own, 1)
        return found

    def _give(self, kind: str, name: str, own: Values, owner: Value) -> None:
        """Another owner, which changes nothing else."""
        was, by_owner = own.get("owner"), self.linked[kind, "owner"]
        counts = (kind == "request" and own.get("status") == "open") or (
            kind == "opportunity" and own.get("closed_at") is None
        )
        own["owner"] = owner
        for one, way in ((was, -1), (owner, 1)):
            if one is not None:
                _enter(by_owner.setdefault(str(one), {}), name, way)
                if counts:
                    self._carry(str(one), way)

    def _file(self, kind: str, name: str, own: Values, way: int) -> None:
        """Enters a subject in every register that it belongs in, or (-1) takes it out of them."""
        for link in LINKS[kind]:
            if (other := own.get(link)) is not None:
                _enter(self.linked[kind, link].setdefault(str(other), {}), name, way)
        asks = kind == "request" and own.get("same_as") is None
        if asks and isinstance(at := own.get("received_at"), int):
            for link in ("contact", "account"):
                if (other := own.get(link)) is not None:
                    _note(self.asked[link].setdefault(str(other), []), at, way)
        elif kind == "account" and way > 0:
            own["postcode_number"] = number = postcode_number(own.get("postcode"))
            own["province"] = province(own.get("country"), number)
        self._stand(kind, name, own, way)

    def _stand(self, kind: str, name: str, own: Values, way: int) -> None:
        """Counts a subject as open, or as sold, or (-1) no longer."""
        if kind == "request":
            self._stand_request(name, own, way)
        elif kind == "opportunity":
            account, is_open = own.get("account"), own.get("closed_at") is None
            if account is not None and is_open:
                _enter(self.running.setdefault(str(account), {}), name, way)
            if account is not None and own.get("outcome") == "won":
                _enter(self.sold.setdefault(str(account), {}), (kind, name), way)
            if is_open and (owner := own.get("owner")) is not None:
                self._carry(str(owner), way)

    def _stand_request(self, name: str, own: Values, way: int) -> None:
        if own.get("status") == "open":
            if (contact := own.get("contact")) is not None:
                _enter(self.asking.setdefault(str(contact), {}), name, way)
            if (owner := own.get("owner")) is not None:
                self._carry(str(owner), way)
        if own.get("outcome") == "order":
            if (account := own.get("account")) is not None:
                _enter(self.sold.setdefault(str(account), {}), ("request", name), way)
            if isinstance(at := own.get("received_at"), int):
                for link in ("contact", "account"):
                    if (other := own.get(link)) is not None:
                        _note(self.ordered[link].setdefault(str(other), []), at, way)

    def _carry(self, owner: str, count: int) -> None:
        load = self.open[owner] = self.open[owner] + count
        if load > self.most.get(owner, 0):
            self.most[owner] = load

    def create(self, one: Creation) -> bool:
        """A subject that a rule made; False if there is one of that id."""
        if one.id in self.values[one.kind]:
            return False
        self.begin(one.kind, one.id, {name: value for name, value in one.values.items() if value is not None})
        return True

    def move(self, one: Joining | Leaving, now: Instant) -> Change | None:
        """A contact joins a list or leaves it; the change of its lists, if that is one."""
        own = self.values["contact"].get(one.contact)
        if own is None:
            return None
        old = own.get("lists") or ()
        assert isinstance(old, tuple)
        joins = isinstance(one, Joining)
        if (one.list in old) is joins:
            return None
        new = tuple(sorted((*old, one.list))) if joins else tuple(name for name in old if name != one.list)
        self.set_lists(one.contact, new, now)
        return Change("contact", one.contact, "lists", old or None, new or None, one.cause)

    def set_lists(self, contact: str, lists: tuple[str, ...], now: Instant) -> None:
        """A contact is on these lists from now on."""
        own = self.values["contact"][contact]
        for name in lists:
            self.joined.setdefault((contact, name), now)
        for name in own.get("lists") or ():  # type: ignore[union-attr]  # a tuple, as facts have it
            if name not in lists:
                del self.joined[contact, str(name)]
        own["lists"] = lists or None

    def add_task(self, one: NewTask, now: Instant, by_rule: bool = True) -> None:
        """A follow-up is asked of somebody; one that is there already stays as it is."""
        if one.key not in self.every_task:
            number = len(self.every_task)
            task = Task(one.subject, one.owner, one.what, one.due_at, one.key, number, now, by_rule)
            self.every_task[one.key] = task
            self.tasks.setdefault(one.subject, []).append(task)

    def finish_task(self, subject: str, what: str, key: str, now: Instant) -> bool:
        """Somebody did the task of this key, or else the first of the subject's tasks that asks for this."""
        waiting = self.tasks.get(subject, [])
        found = next((one for one in waiting if one.key == key), None)
        if found is None:
            alike = (one for one in waiting if one.what == what)
            found = min(alike, key=attrgetter("due_at", "number"), default=None)
        if found is None:
            return False
        found.done_at = now
        waiting.remove(found)
        return True

    def follow(self, changes: Iterable[Change], now: Instant) -> list[tuple[str, str]]:
        """What changes mean for the open tasks of their subjects (see store/tasks.py); whose fields that changes."""
        ended: dict[tuple[str, str], Change] = {}
        moved: dict[tuple[str, str], Change] = {}
        for change in changes:
            if change.field not in _ENDS_OR_MOVES:
                continue
            if change.closes:
                ended[change.kind, change.id] = change
            elif change.field == "owner" and change.old is not None and change.new is not None:
                moved[change.kind, change.id] = change
        for kind, name in ended:
            for task in self.tasks.pop(f"{kind}/{name}", ()):
                task.done_at = now
        for (kind, name), change in moved.items():
            for task in self.tasks.get(f"{kind}/{name}", ()):
                if task.owner == change.old:
                    task.owner = str(change.new)
        return [*{**ended, **moved}]

    def first_task(self, subject: str) -> Task | None:
        """The first of a subject's open tasks."""
        return min(self.tasks.get(subject, ()), key=attrgetter("due_at", "number"), default=None)

    def visit(self, contact: str, kind: str, at: Instant) -> None:
        """Something that a contact did: visit, site_visit or answer."""
        insort(self.visits.setdefault((contact, kind), []), at)

    def newest_request(self, contact: str) -> str | None:
        """The id of the contact's newest open request."""
        own = self.values["request"]
        names = self.asking.get(contact, NOBODY)
        return max(names, key=lambda name: (own[name].get("received_at") or 0, name), default=None)

    def newest_opportunity(self, account: str) -> Values | None:
        """The account's newest open opportunity."""
        own = self.values["opportunity"]
        names = self.running.get(account, NOBODY)
        newest = max(names, key=lambda name: (own[name].get("created_at") or 0, name), default=None)
        return None if newest is None else own[newest]

    def last_sale(self, account: str) -> Instant | None:
        """When a request of the account's last closed as an order, or an opportunity as won."""
        closed = (self.values[kind][name].get("closed_at") for kind, name in self.sold.get(account, ()))
        return max((at for at in closed if isinstance(at, int)), default=None)


def last_and_next(moments: list[Instant], now: Instant) -> tuple[Instant | None, Instant]:
    """The last of these moments up to now, and the next one."""
    for place in range(len(moments) - 1, -1, -1):
        if moments[place] <= now:
            return moments[place], moments[place + 1] if place + 1 < len(moments) else FOREVER
    return None, moments[0] if moments else FOREVER


def _enter(register: dict, name: object, way: int) -> None:  # type: ignore[type-arg]  # of ids or of kinds with ids
    if way > 0:
        register[name] = None
    else:
        register.pop(name, None)


def _note(moments: list[Instant], at: Instant, way: int) -> None:
    if way > 0:
        insort(moments, at)
    else:
        del moments[bisect_left(moments, at)]
