"""A small world in memory, in which the engine runs as on the database: subjects, agenda, episodes, messages."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from leadrelay.act.case import Case, Loads, World
from leadrelay.act.engine import Engine
from leadrelay.act.imagined import Entities
from leadrelay.clock import Instant
from leadrelay.leads.effects import Creation, Decided, Effects, Episode, Joining, NewMessage, NewTask
from leadrelay.leads.turns import Turns
from leadrelay.rulebook.model import FLOWS, Flow, Ruleset

PASSES = 20
"""So often at one moment do the flows take up what another flow, or another subject, left them."""

Engines = Mapping[tuple[str, str], Engine]


def engines_of(ruleset: Ruleset) -> Engines:
    """An engine for every flow and kind of subject that has rulebooks."""
    pairs = dict.fromkeys((book.flow, book.subject) for book in ruleset.rulebooks)
    return {(flow, kind): Engine(ruleset, flow, kind, batches=False) for flow, kind in pairs}


class Memory(Struct, dict=True):
    """Subjects by kind and id with their values by field name; `run` are those that the flows look at.

    `loads` says what people have open besides what is here."""

    ruleset: Ruleset
    engines: Engines
    entities: Entities
    run: list[tuple[str, str]]
    loads: Mapping[str, int] = field(default_factory=dict)
    language: str = "en"
    decided: list[tuple[Instant, Decided]] = field(default_factory=list)
    messages: dict[str, NewMessage] = field(default_factory=dict)
    tasks: dict[str, NewTask] = field(default_factory=dict)
    cut: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    agenda: dict[tuple[str, str, str], Instant] = field(default_factory=dict)
    episodes: dict[str, dict[str, Episode]] = field(default_factory=dict)
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    turns: Turns = field(default_factory=dict)
    now: Instant = 0

    @cached_property
    def counts(self) -> Loads:
        """What people have open now."""
        here = self.entities.open_counts()
        return Loads(lambda: {one: here.get(one, 0) + self.loads.get(one, 0) for one in {**here, **self.loads}})

    def start(self, now: Instant) -> None:
        """Everything is new at this moment."""
        self.entities.start = now
        for kind, name in self.run:
            self.touch(kind, name, now)

    def touch(self, kind: str, name: str, now: Instant) -> None:
        """Every flow looks at the subject again."""
        for flow, of_kind in self.engines:
            if of_kind == kind:
                self._put(flow, kind, name, now)

    def _put(self, flow: str, kind: str, name: str, now: Instant) -> None:
        self.agenda[flow, kind, name] = min(now, self.agenda.get((flow, kind, name), now))

    def next_due(self) -> Instant | None:
        """The earliest moment at which there is something to look at."""
        return min(self.agenda.values(), default=None)

    def run_until(self, end: Instant, now: Instant) -> None:
        """Runs all flows at `now` and at every due moment up to and including `end`."""
        self.sweep(now)
        while (due := self.next_due()) is not None and due <= end:
            now = max(now + 1, due)
            self.sweep(now)

    def sweep(self, now: Instant, flows: Iterable[Flow] = FLOWS) -> None:
        """Runs the flows in order, again and again until nothing is due at this moment."""
        self.now = now
        chosen = tuple(flows)
        for _ in range(PASSES):
            looked = [self._sweep(flow, now) for flow in chosen]
            if not any(looked):
                return
        restless = [key for key, due in self.agenda.items() if due <= now]
        for flow, kind, name in restless:
            del self.agenda[flow, kind, name]
            self.cut.append((f"{kind}/{name}", (f"flow {flow}",)))

    def _sweep(self, flow: Flow, now: Instant) -> bool:
        found = False
        for kind in dict.fromkeys(kind for of_flow, kind in self.engines if of_flow == flow):
            for name in [name for of_kind, name in self.run if of_kind == kind]:
                key = (flow, kind, name)
                if self.agenda.get(key, now + 1) <= now:
                    del self.agenda[key]
                    self._look(key, now)
                    found = True
        return found

    def _look(self, key: tuple[str, str, str], now: Instant) -> None:
        flow, kind, name = key
        engine, team = self.engines[flow, kind], self.ruleset.team
        world = World(
            now, team, self.ruleset.calendars, self.language, self.counts, self.turns, stages=self.ruleset.stages
        )
        row = self.entities.row(kind, name, engine.slots, team, now, self.counts)
        subject = f"{kind}/{name}"
        episodes, numbers = self.episodes.setdefault(subject, {}), self.numbers.setdefault(subject, {})
        case = Case(kind, name, row, engine.slots, episodes, numbers)
        until = engine.at(world).look(case)
        self.agenda[key] = until
        self._apply(world.effects, now)
        self._wake(flow, subject, world)

    def _apply(self, effects: Effects, now: Instant) -> None:
        self.decided += [(now, one) for one in effects.decided]
        self.cut += effects.cut
        for change in effects.changes:
            self.entities.values[change.kind, change.id][change.field] = change.new
            self.entities.follow(change)
        for creation in effects.created:
            self._create(creation, now)
        for joining in effects.joined:
            if isinstance(joining, Joining):
                self.entities.join(joining.contact, joining.list, now)
            else:
                self.entities.leave(joining.contact, joining.list)
        for message in effects.messages:
            self.messages.setdefault(message.key, message)
        for task in effects.tasks:
            if task.key not in self.tasks:
                self.tasks[task.key] = task
                self.entities.tasks.setdefault(task.subject, []).append(task)

    def _create(self, creation: Creation, now: Instant) -> None:
        key = (creation.kind, creation.id)
        if key not in self.entities.values:
            self.entities.values[key] = dict(creation.values)
            self.run.append(key)
            self.touch(*key, now)
            if ("contact", asker := creation.values.get("contact")) in self.run:
                self.touch("contact", str(asker), now)  # whose counts it changes

    def _wake(self, flow: str, subject: str, world: World) -> None:
        """Who sees other facts now: the subject in other flows, and whoever shares an account or contact with it."""
        changed = any(f"{change.kind}/{change.id}" == subject for change in world.effects.changes)
        for of_flow, kind in self.engines:
            for name in [name for of_kind, name in self.run if of_kind == kind]:
                here = f"{kind}/{name}"
                shared = world.shaken.intersection((here, *self.entities.links(kind, name)))
                if (here == subject and changed and of_flow != flow) or shared - {subject}:
                    self._put(of_flow, kind, name, world.now)
