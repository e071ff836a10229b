"""People, pools, territories and absence as frozen values; who is away, and until when that stands."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from leadrelay.clock import FOREVER, Day, Instant, datetime_of, day_of
from leadrelay.zone import midnight, zone_of


class Away(Struct, frozen=True):
    """A stretch of absence, both days included."""

    first: Day
    last: Day
    deputy: str | None = None


class Person(Struct, frozen=True):
    """Somebody who can own requests and get messages. `territory` is a condition (opaque here; None is everywhere),
    `channels` the channel for messages of an urgency, as (urgency, channel); mail for those that it does not name.
    `weight` is the share of a full member of a pool that they take: 0.5 is half of one."""

    id: str
    name: str
    email: str = ""
    roles: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    territory: object = None
    language: str | None = None
    calendar: str = "default"
    capacity: int | None = None
    away: tuple[Away, ...] = ()
    manager: str | None = None
    active: bool = True
    channels: tuple[tuple[str, str], ...] = ()
    weight: float = 1.0


class Pool(Struct, frozen=True):
    """A named group that requests are spread over. `calendar` is that of its members who have none of their own; `by`,
    `then` (within a territory) and `present` are for rules that do not say it, `weights` go before those of people."""

    name: str
    members: tuple[str, ...] = ()
    lead: str | None = None
    fallback: str | None = None
    calendar: str | None = None
    by: str = "least_loaded"
    then: str = "least_loaded"
    present: bool = False
    weights: tuple[tuple[str, float], ...] = ()


class Team(Struct, frozen=True):
    """Everybody, by id, and the pools with all their members (their own list and `pools:` of people).

    `zone` is the company's, `zones` those of its calendars by name."""

    people: Mapping[str, Person] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    zone: str = "Europe/Amsterdam"
    zones: Mapping[str, str] = field(default_factory=dict)

    def zone_for(self, person: Person) -> ZoneInfo:
        """The zone that a person lives in: that of their calendar, else the team's."""
        return zone_of(self.zones.get(person.calendar, self.zone))

    def active(self) -> Iterator[Person]:
        """The active people, in the order of the file."""
        return (person for person in self.people.values() if person.active)

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Every active person with that role."""
        return tuple(person for person in self.active() if role in person.roles)

    def absence(self, person: Person, now: Instant) -> tuple[Away | None, Instant]:
        """The absence that covers `now` in the person's zone, if any, and the moment at which the answer may change."""
        zone = self.zone_for(person)
        today = day_of(datetime_of(now, zone).date())
        until = FOREVER
        for away in person.away:
            if away.first <= today <= away.last:
                return away, midnight(away.last + 1, zone)
            if away.first > today:
                until = min(until, midnight(away.first, zone))
        return None, until
