"""What a decision does, as plain values: changes, messages, tasks and memberships, applied later in one transaction."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from leadrelay.clock import Instant
from leadrelay.leads.fields import Value
from leadrelay.leads.turns import Turns

GIVEN, PASSED_ON = "assigned", "passed_on"
"""The templates for whoever gets a subject that a colleague had, and for the colleague."""


class Change(NamedTuple):
    """One field of one subject gets another value. `field` is the name without its entity; values in its own unit."""

    kind: str
    id: str
    field: str
    old: Value
    new: Value
    cause: str

    @property
    def closes(self) -> bool:
        """Whether with this change its subject is closed."""
        if self.kind == "request":
            return self.field == "status" and self.new == "closed"
        return self.kind == "opportunity" and self.field == "closed_at" and self.new is not None


class Creation(NamedTuple):
    """A new subject (an opportunity of a qualified request), with its first values by field name."""

    kind: str
    id: str
    values: Mapping[str, Value]
    cause: str


class Joining(NamedTuple):
    """A contact joins a nurture list."""

    contact: str
    list: str
    reason: str
    cause: str


class StageMove(NamedTuple):
    """An opportunity goes from one stage to another, or out of them; `new` is a stage or an outcome, `move` what that
    is (rulebook/stages.py Move), `overridden` the gates that a person let it through."""

    opportunity: str
    old: str | None
    new: str
    move: str
    cause: str
    reason: str | None = None
    overridden: tuple[str, ...] = ()


class Leaving(NamedTuple):
    """A contact leaves a nurture list."""

    contact: str
    list: str
    reason: str
    cause: str


class NewTask(NamedTuple):
    """A follow-up with a deadline."""

    subject: str
    owner: str
    what: str
    due_at: Instant
    key: str
    cause: str


class NewMessage(NamedTuple):
    """A message that is owed to somebody; the outbox takes it from here. `reason` says why the reader gets it."""

    to: str
    template: str
    language: str
    subject: str
    urgency: str
    reason: str
    key: str
    decision: str


class Decided(NamedTuple):
    """One step of one episode of a rule, decided once and for all; unique by (rule_key, subject, episode, identity).

    `step` is its number in the ladder as it was then; `identity` what a later step is known by, '' of others; `due_at`
    when it was due."""

    flow: str
    rulebook: str
    rule: str
    rule_key: str
    subject: str
    episode: int
    step: str
    mode: str
    actions: list[dict[str, object]]
    identity: str = ""
    due_at: Instant = 0

    @property
    def key(self) -> str:
        """The idempotency key: rule, subject, episode and what the step is known by."""
        return decision_key(self.rule_key, self.subject, self.episode, self.identity or self.step)


def decision_key(rule_key: str, subject: str, episode: int, identity: str) -> str:
    """The idempotency key of a step: of a later one by what it is known by, wherever it stands."""
    return f"{rule_key}|{subject}|{episode}|{identity}"


class Episode(Struct):
    """A stretch of time in which a rule holds for a subject. `way`: how far it has come on its ladder, by what the
    steps are (rulebook/way.py); `steps` of them are behind it."""

    rule_key: str
    subject: str
    number: int
    began_at: Instant
    ended_at: Instant | None = None
    acknowledged_at: Instant | None = None
    steps: int = 0
    repeats: int = 0
    way: str = ""


class Effects(Struct):
    """Everything that one batch of subjects leads to, in the order in which it was decided."""

    decided: list[Decided] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    created: list[Creation] = field(default_factory=list)
    joined: list[Joining | Leaving] = field(default_factory=list)  # and who leaves, in order
    stage_moves: list[StageMove] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    messages: list[NewMessage] = field(default_factory=list)
    begun: list[Episode] = field(default_factory=list)
    moved: list[Episode] = field(default_factory=list)  # episodes with a step done, ended or skipped
    turns: Turns = field(default_factory=dict)  # of the pools in which somebody's turn changed
    cut: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # subject, rules that set each other off
