"""A postbox in memory, which follows the planner's plans as the database does: for rule tests and the flood."""

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.clock import FOREVER, Instant
from leadrelay.messages.plan import plan
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Dropped, Held, Mail, Plan, Signal, State, Told


class Postbox(Struct):
    """Messages by key, in order of arrival: those that wait, those told, those dropped; and every mail there was."""

    waiting: dict[str, Signal] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    dropped: dict[str, Dropped] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    last: dict[str, Instant] = field(default_factory=dict)
    next: Instant = FOREVER
    """The next moment at which there is something to plan, as long as nothing new is put in."""

    def put(self, signals: Iterable[Signal]) -> None:
        """Messages that are owed from now on; one that is known already changes nothing."""
        for one in signals:
            if one.key not in self.told and one.key not in self.dropped:
                self.waiting.setdefault(one.key, one)

    def acknowledge(self, key: str, at: Instant) -> None:
        """Somebody acknowledged the episode that a message told of: this covers its repeats too."""
        origin = self.told[key].signal.follows or key
        for name, told in self.told.items():
            if origin in (name, told.signal.follows):
                self.told[name] = replace(told, signal=replace(told.signal, acknowledged_at=at))

    def end(self, key: str, why: str) -> None:
        """What a message says is true no longer."""
        if key in self.waiting:
            self.waiting[key] = replace(self.waiting[key], over=why)
        elif key in self.told:
            self.told[key] = replace(self.told[key], signal=replace(self.told[key].signal, over=why))

    @property
    def state(self) -> State:
        """What the planner is given."""
        return State(tuple(self.waiting.values()), tuple(self.told.values()), tuple(self.mails), dict(self.last))

    def tick(self, readers: Readers, now: Instant) -> Plan:
        """Plans what there is to plan at `now`, and carries it out."""
        made = plan(readers, self.state, now)
        self.follow(made)
        return made

    def follow(self, made: Plan) -> None:
        """Carries out a plan."""
        self.put(made.written)
        self.held = {one.key: one for one in made.held}
        for dropped in made.dropped:
            self.dropped[dropped.key] = dropped
            del self.waiting[dropped.key]
        for key, watch in made.watched.items():
            self.told[key] = replace(self.told[key], watch=watch)
        for told in made.told:
            self.told[told.signal.key] = told
            self.last[told.group] = told.at
            del self.waiting[told.signal.key]
        self.mails += made.mails
        watches = [one.watch for one in self.told.values() if one.watch is not None]
        self.next = min([*watches, *(one.until for one in self.held.values())], default=FOREVER)
