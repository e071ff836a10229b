"""Who reads messages: by which names the policy knows them, by which calendar they work, and what holds for them."""

from collections.abc import Mapping
from functools import cached_property

from leadrelay.calendar import WorkCalendar, default_calendar
from leadrelay.clock import Instant
from leadrelay.leads.team import Team
from leadrelay.messages.policy import ORDINARY, Cap, Digest, Names, Policy, Quiet, Route, entry_for
from leadrelay.messages.signal import Signal
from leadrelay.messages.times import next_digest, quiet_until


class Reader:
    """One person (or contact), with the policy as it is for them."""

    def __init__(self, to: str, policy: Policy, team: Team, calendars: Mapping[str, WorkCalendar]) -> None:
        self.to, self._policy = to, policy
        self.outside = to.startswith("contact/")
        """Somebody outside: what they get is never put together with anything else."""
        self.names = names_of(to, team)
        person = team.people.get(to)
        named = calendars.get(person.calendar) if person else None
        self.calendar = named or calendars.get("default") or default_calendar()

    @cached_property
    def quiet(self) -> Quiet | None:
        """The reader's quiet hours."""
        return entry_for(self.to, self.names, self._policy.quiet)

    @cached_property
    def digest(self) -> Digest | None:
        """When the reader gets digests, if at all."""
        return None if self.outside else entry_for(self.to, self.names, self._policy.digests)

    @cached_property
    def cap(self) -> Cap | None:
        """How many mails the reader gets at most; contacts have caps that name them: `to: contact`."""
        caps = self._policy.caps
        return entry_for(self.to, self.names, tuple(one for one in caps if one.to) if self.outside else caps)

    def route(self, signal: Signal) -> Route:
        """The route that a message to this reader takes."""
        return ORDINARY if self.outside else self._policy.route_of(signal, self.names)

    def quiet_until(self, now: Instant) -> Instant | None:
        """When the quiet hours that `now` is in end; None when the reader may be disturbed."""
        return quiet_until(self.quiet, now, self.calendar)

    def digest_after(self, since: Instant) -> Instant:
        """The reader's first digest at or after `since`; the reader must have digests."""
        assert self.digest is not None
        return next_digest(self.digest, since, self.calendar)

    def for_digest(self, signal: Signal, route: Route) -> bool:
        """Whether a message waits for the digest: it should, and this reader gets any."""
        if self.digest is None:
            return False
        if route.send == "digest" or (route.send == "rule" and signal.urgency == "digest"):
            return True
        quiet = self.quiet
        came_in_quiet = quiet is not None and quiet.then == "digest" and signal.template not in quiet.bypass
        return came_in_quiet and self.quiet_until(signal.at) is not None


class Readers:
    """The readers of one policy and team, each made when first asked for."""

    def __init__(self, policy: Policy, team: Team, calendars: Mapping[str, WorkCalendar]) -> None:
        self.policy, self.team, self._calendars = policy, team, calendars
        self._known: dict[str, Reader] = {}

    def of(self, to: str) -> Reader:
        """The reader with that id."""
        if to not in self._known:
            self._known[to] = Reader(to, self.policy, self.team, self._calendars)
        return self._known[to]

    def people(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of the active people that these ids, roles and pools mean, each once."""
        found = (one.id for name in names for one in self.team.active() if name in self.of(one.id).names)
        return tuple(dict.fromkeys(found))


def names_of(to: str, team: Team) -> Names:
    """A reader's id, roles and pools; every contact goes by the name `contact` too."""
    if to.startswith("contact/"):
        return frozenset((to, "contact"))
    person = team.people.get(to)
    pools = (pool.name for pool in team.pools.values() if to in pool.members)
    return frozenset((to, *pools, *((*person.roles, *person.pools) if person else ())))
