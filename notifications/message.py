"""A message that is owed to somebody, as the outbox hands it out, and what became of it."""

from enum import StrEnum

from msgspec import Struct

from leadrelay.clock import Instant

BY_HAND = "settled by hand"
"""How the error of a message begins that a person has settled: it is no trouble any more."""


class State(StrEnum):
    """Where a message stands. `failed` is tried again, `dead` never; `suppressed` was not wanted by the reader."""

    PENDING = "pending"
    HELD = "held"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


class Message(Struct, frozen=True):
    """One row of the outbox. `to` is a person's id or a contact (contact/3), `subject` what it is about (request/42),
    `reason` why the reader gets it, `failures` how often it could not be delivered before, `doubts` how often it may
    have been."""

    id: int
    key: str
    at: Instant
    to: str
    channel: str
    language: str
    template: str
    subject: str
    urgency: str
    reason: str
    decision: str
    failures: int = 0
    doubts: int = 0

    @property
    def rule(self) -> str:
        """The key of the rule that wrote it: the first part of its decision's key."""
        return self.decision.partition("|")[0]

    @property
    def episode(self) -> int:
        """The number of the episode that it belongs to."""
        return int(self.decision.rsplit("|", 2)[1])

    @property
    def step(self) -> str:
        """The step of that episode: 0, repeat-1…, or what a later one is known by (@id, ~digest; a number, of old)."""
        return self.decision.rsplit("|", 1)[1]


class Verdict(Struct, frozen=True):
    """What became of one message; `error` says why it did not go, or what happened on the way."""

    message: Message
    state: State
    address: str | None = None
    error: str | None = None
    sent_at: Instant | None = None
    not_before: Instant = 0
    failures: int = 0
    doubts: int = 0
    channel: str | None = None
