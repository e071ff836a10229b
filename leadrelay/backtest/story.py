"""What happened, as a backtest takes it: what came from outside in its order, and when the flows looked."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field

from leadrelay.act.brake import Brake
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.effects import NewTask
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.looks import Look

NONE_HELD: frozenset[str] = frozenset()


class Begins(NamedTuple):
    """A subject is new."""

    kind: str
    id: str
    values: Mapping[str, Value]


class Changes(NamedTuple):
    """Somebody outside gave fields of a subject values."""

    kind: str
    id: str
    values: dict[str, Value]


class Acknowledges(NamedTuple):
    """Somebody took note of a subject; `rules` are the keys of the rules that it stopped."""

    kind: str
    id: str
    rules: tuple[str, ...]


class Finishes(NamedTuple):
    """Somebody did a task; `key` is the one it was, if there is one of that key."""

    subject: str
    what: str
    key: str


class Visits(NamedTuple):
    """Something that a contact did: visit, site_visit or answer; `said` is the kind of activity."""

    contact: str
    kind: str
    said: str
    at: Instant


class Asks(NamedTuple):
    """A person's act made a task."""

    task: NewTask


Deed = Begins | Changes | Acknowledges | Finishes | Visits | Asks


class Happening(Struct, frozen=True):
    """What came from outside at one moment, together."""

    at: Instant
    deeds: list[Deed]


class Halted(NamedTuple):
    """A rule acted on nobody for a while: it was stopped, or had reached its limit."""

    rule: str
    since: Instant
    until: Instant


class GoesLive(Struct, frozen=True):
    """Other rules are in force from this moment on. `held` are the keys of rules that act on nobody; `halts` is when
    rules were halted besides."""

    at: Instant
    ruleset: Ruleset
    team: Team
    held: frozenset[str] = NONE_HELD
    halts: tuple[Halted, ...] = ()

    def brake(self, now: Instant) -> Brake:
        """Who is kept from acting at a moment."""
        return Brake(
            {one.rule for one in self.halts if one.since <= now < one.until},
            {one.rule: one.until for one in self.halts if one.until <= now},
        )


Item = Happening | Look | GoesLive


class Story(Struct, frozen=True):
    """All that happened up to `end`. `source`: of our own history, or of the dates of what was imported. `waiting`: by
    flow and kind, since when the first of what was due at the end waits. `prompt`: the flows looked whenever something
    was due, and not just now and then."""

    start: Instant
    end: Instant
    items: list[Happening | Look]
    source: Literal["history", "dates"] = "history"
    waiting: Mapping[tuple[str, str], Instant] = field(default_factory=dict)
    prompt: bool = True
    looks: int = 0

    def waits_since(self, pair: tuple[str, str]) -> Instant:
        """Since when something was due at the end and not looked at any more."""
        return self.waiting.get(pair, FOREVER)
