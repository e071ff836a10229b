"""A subject that is being decided about, with its facts as a row, and the world around it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.act.brake import Brake
from leadrelay.calendar import WorkCalendar
from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, Effects, Episode
from leadrelay.leads.facts import Row, Slots
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Away, Person, Team
from leadrelay.leads.turns import Turns, copied
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.stages import Stages


class Loads:
    """How many open requests and opportunities people have; counted only when somebody asks."""

    def __init__(self, count: Callable[[], Mapping[str, int]] = dict) -> None:
        self._count = count
        self._known: dict[str, int] | None = None
        self._since: dict[str, int] = {}  # what changed before anybody asked, and is not yet where `count` looks

    def of(self, person: str) -> int:
        """What a person has open now."""
        return self.counts().get(person, 0)

    def counts(self) -> Mapping[str, int]:
        """What everybody has open now; who is not in it has nothing."""
        if self._known is None:
            self._known = {**self._count()}
            for one, count in self._since.items():
                self._known[one] = self._known.get(one, 0) + count
        return self._known

    def carry(self, person: str | None, count: int) -> None:
        """`count` more (or fewer) for a person."""
        if person is not None:
            found = self._since if self._known is None else self._known
            found[person] = found.get(person, 0) + count

    def settle(self) -> None:
        """What was carried is written by now: a later count finds it."""
        self._since.clear()

    def copy(self) -> "Loads":
        """The same loads, going on by themselves."""
        found = Loads(self._count)
        found._known = None if self._known is None else dict(self._known)
        found._since = dict(self._since)
        return found


class World(Struct, dict=True):
    """What decisions need besides the subject; `loads`, `turns`, `effects` and `shaken` change as subjects go by.

    `turns` says whose turn it is in each pool. `shaken` are the accounts and contacts ('account/7') whose facts,
    which other subjects read too, were changed in this batch.
    """

    now: Instant
    team: Team
    calendars: Mapping[str, WorkCalendar]
    language: str = "en"
    loads: Loads = field(default_factory=Loads)
    turns: Turns = field(default_factory=dict)
    spreads: dict[str, object] = field(default_factory=dict)
    """How the work of each pool is spread (act/strategies.py), once looked up."""
    effects: Effects = field(default_factory=Effects)
    shaken: set[str] = field(default_factory=set)
    stages: Stages = field(default_factory=Stages)
    reached: dict[str, tuple[Person, ...] | None] = field(default_factory=dict)
    """Whom each WHO reaches, once looked up; None: that depends on the subject."""
    members: dict[str, tuple[Person, ...]] = field(default_factory=dict)
    """The active members of each pool, once looked up."""
    brake: Brake = field(default_factory=Brake)
    """Which rules are kept from acting."""
    _absences: dict[str, Away | None] = field(default_factory=dict)

    @cached_property
    def moment(self) -> Moment:
        """Now, as conditions take it."""
        return Moment(self.now, self.calendars)

    def absence(self, person: Person) -> Away | None:
        """The absence that covers now, if the person is away."""
        if not person.away:
            return None
        if person.id not in self._absences:
            self._absences[person.id] = self.team.absence(person, self.now)[0]
        return self._absences[person.id]

    def take_up(self, turns: Turns) -> None:
        """Goes on with the turns as they are by now: another process may have changed them."""
        self.turns = turns
        self.spreads.clear()

    def go_on(self, now: Instant, loads: Loads, *, roll: bool) -> None:
        """The same world at a later moment. `roll`: somebody may have gone or come since."""
        self.now, self.loads = now, loads
        self.__dict__.pop("moment", None)
        if roll:
            self._absences.clear()
            self.spreads.clear()

    def rehearsal(self) -> "World":
        """A copy in which things can be tried out without consequences here."""
        return replace(
            self, loads=self.loads.copy(), turns=copied(self.turns), effects=Effects(), spreads={}, shaken=set()
        )


class Case:
    """One subject: its row of facts, its open episodes and the last episode's number, both by rule key."""

    __slots__ = ("changed", "episodes", "id", "index", "kind", "last", "out", "over", "row", "slots", "subject")

    def __init__(
        self,
        kind: str,
        id: str,  # noqa: A002 - the subject's own word
        row: Row,
        slots: Slots,
        episodes: dict[str, Episode] | None = None,
        last: dict[str, int] | None = None,
    ) -> None:
        self.kind = kind
        self.id = id
        self.subject = f"{kind}/{id}"
        self.row = row
        self.slots = slots
        self.index = slots.index
        self.episodes = {} if episodes is None else episodes
        self.last = {} if last is None else last
        self.over: dict[str, Episode] = {}  # those that ended while it was looked at
        self.changed = False
        self.out = False  # no rulebook looked any further than its scope, the last time

    def value(self, path: str) -> Value:
        """The value of a field, None if the row has no slot for it."""
        slot = self.index.get(path)
        return None if slot is None else self.row[slot]

    def text(self, path: str) -> str | None:
        """The value of a text field; empty text is no value."""
        value = self.value(path)
        return value if isinstance(value, str) and value else None

    def learn(self, path: str, value: Value) -> None:
        """Another fact became different because of this subject: later rules see it, history does not tell it."""
        slot = self.index.get(path)
        if slot is not None and self.row[slot] != value:
            self.row[slot] = value
            self.changed = True

    def put(self, name: str, value: Value, cause: str, world: World) -> bool:
        """Gives one of the subject's own fields a value; True if that was another one."""
        slot = self.index[f"{self.kind}.{name}"]
        old = self.row[slot]
        if old == value:
            return False
        self.row[slot] = value
        self.changed = True
        if f"{self.kind}.{name}" in self.slots.feeds:
            self.slots.fill(self.row)
        world.effects.changes.append(Change(self.kind, self.id, name, old, value, cause))
        return True

    @property
    def open(self) -> bool:
        """Whether it counts for its owner's load: a request or an opportunity that is not closed."""
        if self.kind == "request":
            return self.value("request.status") != "closed"
        return self.kind == "opportunity" and self.value("opportunity.closed_at") is None

    @property
    def owner(self) -> str | None:
        """The id of its owner."""
        return self.text(f"{self.kind}.owner")

    def rehearsal(self) -> "Case":
        """A copy in which things can be tried out."""
        return Case(self.kind, self.id, list(self.row), self.slots)


class Facts(Mapping[str, Value]):
    """A row as the mapping that conditions read."""

    def __init__(self, row: Sequence[Value], index: Mapping[str, int]) -> None:
        self._row = row
        self._index = index

    def get(self, path: str, default: Any = None) -> Any:  # the quick way, which conditions go
        """The value, None where there is no slot for it."""
        slot = self._index.get(path)
        return default if slot is None else self._row[slot]

    def __getitem__(self, path: str) -> Value:
        return self._row[self._index[path]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)
