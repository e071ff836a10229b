"""How messages are planned, as frozen values: what rules/messages.yaml says once it is read and checked."""

from itertools import chain
from typing import Literal, Protocol, TypeVar

from msgspec import Struct

from leadrelay.clock import Instant
from leadrelay.duration import Duration
from leadrelay.hours import Week
from leadrelay.messages.signal import Signal

By = Literal["message", "account", "subject", "rulebook", "rule", "template", "urgency"]
Names = frozenset[str]
"""Words of one kind; for people: ids, roles and pools. None at all means: whatever, or everybody."""
ROLL_UP = 3
"""More mails than this at one moment go as one, unless a cap says otherwise."""
MERGED = ("digest", "rollup")
"""The templates of mails that carry several messages."""


class Match(Struct, frozen=True):
    """Which messages are meant: each criterion that is given must fit. `about` are subjects: request/42, account/7."""

    to: Names = frozenset()
    template: Names = frozenset()
    rulebook: Names = frozenset()
    rule: Names = frozenset()
    urgency: Names = frozenset()
    about: Names = frozenset()

    def fits(self, signal: Signal, reader: Names) -> bool:
        """Whether a message to somebody with these names (id, roles, pools) is meant."""
        return (
            (not self.to or not self.to.isdisjoint(reader))
            and (not self.template or signal.template in self.template)
            and (not self.rulebook or signal.rulebook in self.rulebook)
            and (not self.rule or signal.rule in self.rule)
            and (not self.urgency or signal.urgency in self.urgency)
            and (not self.about or signal.subject in self.about or f"account/{signal.account}" in self.about)
        )


class Again(Struct, frozen=True):
    """What was told and not acknowledged is told again, every so long, at most so often."""

    every: Duration
    at_most: int


class Unheard(Struct, frozen=True):
    """Who is told, in which words, when nobody has acknowledged a message so long after it was told."""

    after: Duration
    to: tuple[str, ...]
    template: str


class Route(Struct, frozen=True):
    """How the messages that it matches go: at once, in the digest, or as their rule says; and grouped by what."""

    name: str = "otherwise"
    match: Match = Match()
    send: Literal["now", "digest", "rule"] = "rule"
    by: tuple[By, ...] = ("message",)
    wait: Duration | None = None
    interval: Duration | None = None
    repeat: Again | None = None
    escalate: Unheard | None = None


ORDINARY = Route()
"""The route of messages that none matches: as their rule says, each by itself."""


class Quiet(Struct, frozen=True):
    """When a reader is left alone: weekly frames by the wall clock, and with `days_off` all of a day on which the
    reader's calendar is closed. What comes then is held to their end, or goes to the next digest; `bypass` templates
    come through."""

    to: Names
    hours: Week
    days_off: bool = False
    then: Literal["hold", "digest"] = "hold"
    bypass: Names = frozenset()


class Digest(Struct, frozen=True):
    """At which minutes of a working day a reader gets what is for the digest."""

    to: Names
    at: tuple[int, ...]


class Cap(Struct, frozen=True):
    """At most so many mails in any stretch of `per`. Half of them go as they come; the others keep apart, and what
    waits for one goes in it, all together. More than `roll_up` at one moment go together as well. `bypass` templates
    neither wait nor count."""

    to: Names
    at_most: int
    per: Duration
    roll_up: int = ROLL_UP
    bypass: Names = frozenset()

    @property
    def burst(self) -> int:
        """So many mails go as they come."""
        return max(1, self.at_most // 2)


class Silence(Struct, frozen=True):
    """Messages that nobody wants for a while, and why."""

    match: Match
    until: Instant
    why: str
    since: Instant | None = None


class Inhibition(Struct, frozen=True):
    """A message with one of the templates `by` mutes those with one of `mutes` about the same subject or account, as
    long as it is true and unacknowledged, and with `lasts` no longer than that."""

    by: Names
    mutes: Names
    same: Literal["subject", "account"] = "subject"
    lasts: Duration | None = None


class ForSomebody(Protocol):
    """An entry that is for some people, or for everybody."""

    @property
    def to(self) -> Names: ...  # noqa: D102


Entry = TypeVar("Entry", bound=ForSomebody)


class Policy(Struct, frozen=True):
    """All of rules/messages.yaml. Without the file everything is empty: each message goes at once, by itself.

    `consent_required`: contacts get mail only when they said yes, not just as long as they did not say no."""

    routes: tuple[Route, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    digests: tuple[Digest, ...] = ()
    caps: tuple[Cap, ...] = ()
    silences: tuple[Silence, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    consent_required: bool = False

    def route_of(self, signal: Signal, reader: Names) -> Route:
        """The topmost route that fits, or the ordinary one."""
        for route in self.routes:
            if route.match.fits(signal, reader):
                return route
        return ORDINARY


def entry_for(person: str, reader: Names, entries: tuple[Entry, ...]) -> Entry | None:
    """The entry that is for a reader: one that names the person, else one of the reader's roles or pools, else one for
    everybody; of several the topmost."""
    by_person = (entry for entry in entries if person in entry.to)
    by_name = (entry for entry in entries if not entry.to.isdisjoint(reader))
    for_everybody = (entry for entry in entries if not entry.to)
    return next(chain(by_person, by_name, for_everybody), None)
