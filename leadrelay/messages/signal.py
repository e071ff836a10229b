"""What the planner speaks of, as frozen values: messages that are owed, those that were told, mails, and a plan."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from leadrelay.clock import FOREVER, Instant

REACTIONS = ("first_response_at", "last_touched_at", "closed_at")
"""Fields of a subject that say when a person last did something about it: that acknowledges what was told before."""


class Why(StrEnum):
    """The named reason of everything that the planner does with a message."""

    ALONE = "sent by itself"
    GROUP = "grouped"
    DIGEST = "digest"
    ROLL_UP = "roll-up"
    WAIT = "group wait"
    INTERVAL = "group interval"
    QUIET = "quiet hours"
    CAP = "cap"
    SNOOZED = "snoozed"
    OVER = "no longer true"
    SILENCED = "silenced"
    INHIBITED = "inhibited"


class Signal(Struct, frozen=True):
    """A message that is owed to somebody. `rule` is a rule's key, `account` the id of the account it is about.

    `over` says why it is no longer true ('' while it is), `snoozed` until when its reader does not want it. `follows`
    is the key of the message that it repeats (for the `again`-th time) or, with `again` 0, escalates."""

    key: str
    at: Instant
    to: str
    template: str
    subject: str
    urgency: str
    rule: str = ""
    rulebook: str = ""
    account: str | None = None
    over: str = ""
    acknowledged_at: Instant | None = None
    snoozed: Instant = 0
    follows: str | None = None
    again: int = 0


class Told(Struct, frozen=True):
    """A message that went into a mail at `at`, in a group; `watch` is when to see whether anybody reacted."""

    signal: Signal
    at: Instant
    group: str
    watch: Instant | None = None

    @property
    def covered(self) -> bool:
        """Whether somebody acknowledged it after it was told: an acknowledgement covers what was told."""
        return self.signal.acknowledged_at is not None and self.signal.acknowledged_at >= self.at


class Mail(Struct, frozen=True):
    """One mail to one reader, with the keys of the messages in it. A mail of one message has that message's key and
    template; `capped` mails count against the reader's cap."""

    key: str
    to: str
    at: Instant
    template: str
    members: tuple[str, ...]
    why: Why
    capped: bool = True


class Held(NamedTuple):
    """A message that does not go before `until`, when it is looked at again."""

    key: str
    until: Instant
    why: Why


class Dropped(Struct, frozen=True):
    """A message that never goes; `detail` says more than the reason's name."""

    key: str
    why: Why
    detail: str = ""


class State(Struct, frozen=True):
    """Everything that a plan is made from, besides policy and team: messages that wait, those told that may matter
    still, recent mails, and when each group last had a mail (by the group's key)."""

    waiting: tuple[Signal, ...] = ()
    told: tuple[Told, ...] = ()
    mails: tuple[Mail, ...] = ()
    last: Mapping[str, Instant] = field(default_factory=dict)


class Plan(Struct, frozen=True):
    """What is to be done at one moment. `written` are new messages (repeats, escalations), which the rest of the plan
    already speaks of; `told` says of each message in `mails` its group and when to see whether anybody reacted;
    `watched` has the next such moment of messages told earlier."""

    mails: tuple[Mail, ...] = ()
    held: tuple[Held, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    written: tuple[Signal, ...] = ()
    told: tuple[Told, ...] = ()
    watched: Mapping[str, Instant | None] = field(default_factory=dict)

    @property
    def next(self) -> Instant:
        """The next moment at which there is something to plan, as long as nothing new comes; FOREVER for none."""
        watches = [*(one.watch for one in self.told), *self.watched.values()]
        return min([*(one.until for one in self.held), *(at for at in watches if at is not None)], default=FOREVER)
