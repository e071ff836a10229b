"""How requests would be spread over people: the live rules or one pool's strategy, in memory, while the clock moves.

Requests come evenly over the working time of the days asked for. Each stays open for a random while, five days on
average, as does what people have open at the start; so loads rise and fall as they would. Nothing is written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from random import Random

from msgspec import Struct, field

from leadrelay.act.assign import choose
from leadrelay.act.case import Case, Loads, World
from leadrelay.act.imagined import Entities
from leadrelay.act.memory import Memory, engines_of
from leadrelay.act.reads import slots_of
from leadrelay.calendar import WorkCalendar
from leadrelay.clock import HOUR, Instant, datetime_of, day_of
from leadrelay.leads.fields import CHANNELS, KINDS, Value
from leadrelay.leads.team import Person, Team
from leadrelay.leads.turns import Turns, copied
from leadrelay.rulebook.model import Assign, Pick, Rule, Rulebook, Ruleset
from leadrelay.zone import zone_of

DAY = 24 * HOUR
STAYS = 5 * DAY
"""How long a request stays open on average."""
AT_ARRIVAL = {
    *("id", "status", "desk", "outcome", "reason", "owner", "triage"),
    *("routed_at", "first_response_at", "last_touched_at", "closed_at"),
}
"""What a request that was seen before had come to have since: it comes in anew without."""

Sample = Mapping[str, Mapping[str, Value]]
"""A request with its contact and account: values by kind and field name."""


class Plan(Struct, frozen=True):
    """How many requests over how many days, from when on, and which chance; `pool`: by its strategy alone."""

    number: int
    days: int
    start: Instant
    seed: int = 0
    pool: str | None = None


class Share(Struct):
    """What somebody got: requests, how many of them while they had as much as they can have already, what they have
    open at the end, and on how many of the days they are away."""

    person: Person
    got: int = 0
    open: int = 0
    days_away: int = 0
    over_capacity: int = 0


class Outcome(Struct):
    """Everybody's share, and how many requests the rules gave to nobody."""

    shares: list[Share] = field(default_factory=list)
    nobody: int = 0


def invented(chance: Random) -> Sample:
    """A request that anybody might send in, somewhere in the Netherlands or Belgium."""
    country, low, high = chance.choice((("NL", 1011, 9999), ("NL", 1011, 9999), ("BE", 1000, 9992)))
    return {
        "request": {
            "channel": chance.choice(CHANNELS),
            "kind": chance.choice(KINDS),
            "prompted": chance.random() < 0.3,
        },
        "contact": {"name": "Somebody"},
        "account": {
            "name": "A company",
            "country": country,
            "postcode": str(chance.randint(low, high)),
            "tier": chance.choices(("standard", "important", "key"), (16, 3, 1))[0],
            "relation": chance.choice(("suspect", "prospect", "customer", "former_customer")),
            "employees": chance.choice((5, 20, 60, 300)),
        },
    }


def simulate(
    ruleset: Ruleset,
    plan: Plan,
    samples: Sequence[Sample],
    loads: Mapping[str, int],
    turns: Turns,
    language: str = "en",
) -> Outcome:
    """Who would get what. `samples` come round and round, invented ones if there are none; `loads` is what people have
    open at the start, `turns` where they stand. Neither changes. The same plan gives the same outcome."""
    run = _Run(ruleset, plan, Random(plan.seed), Counter(loads), copied(turns), language)
    for number, moment in enumerate(moments(plan, ruleset.calendars["default"])):
        sample = samples[number % len(samples)] if samples else invented(run.chance)
        run.one(f"simulated-{number}", sample, moment)
    return run.outcome()


def moments(plan: Plan, calendar: WorkCalendar) -> Iterator[Instant]:
    """When the requests come in: evenly over the working time, or over all of it when there is none."""
    end = plan.start + plan.days * DAY
    working = calendar.open_between(plan.start, end)
    for number in range(plan.number):
        if working > 0:
            yield calendar.add_open(plan.start, max(1, working * number // plan.number))
        else:
            yield plan.start + plan.days * DAY * number // plan.number


class _Run:
    """One simulation under way."""

    def __init__(
        self, ruleset: Ruleset, plan: Plan, chance: Random, loads: Counter[str], turns: Turns, language: str
    ) -> None:
        self.ruleset, self.plan, self.chance, self.open = ruleset, plan, chance, loads
        self.turns, self.language = turns, language
        self.engines = {key: engine for key, engine in engines_of(ruleset).items() if key[0] == "route"}
        self.got, self.over = Counter[str](), Counter[str]()
        self.nobody = 0
        self.closings: list[tuple[Instant, int, str]] = []
        for name in sorted(loads):
            for _ in range(loads[name]):
                self._closes(name, plan.start)

    def one(self, name: str, sample: Sample, now: Instant) -> None:
        """A request comes in, after what was finished by then is off the hands of whoever had it."""
        while self.closings and self.closings[0][0] <= now:
            self.open[heappop(self.closings)[2]] -= 1
        owner, stays = (self._by_rules if self.plan.pool is None else self._by_pool)(name, sample, now)
        person = self.ruleset.team.people.get(owner or "")
        if person is None:
            self.nobody += 1
            return
        self.got[person.id] += 1
        if person.capacity is not None and self.open[person.id] >= person.capacity:
            self.over[person.id] += 1
        if stays:
            self.open[person.id] += 1
            self._closes(person.id, now)

    def outcome(self) -> Outcome:
        """Everybody who is in the pool, or in any, or got something."""
        team, pools = self.ruleset.team, self.ruleset.team.pools.values()
        asked = {name for pool in pools if self.plan.pool in (None, pool.name) for name in pool.members}
        shares = [
            Share(one, self.got[one.id], self.open[one.id], self._days_away(one, team), self.over[one.id])
            for one in team.people.values()
            if self.got[one.id] or (one.id in asked and one.active)
        ]
        return Outcome(shares, self.nobody)

    def _closes(self, name: str, now: Instant) -> None:
        at = now + int(self.chance.expovariate(1.0) * STAYS)
        heappush(self.closings, (at, len(self.closings), name))

    def _entities(self, name: str, sample: Sample, now: Instant) -> Entities:
        own = {key: value for key, value in sample["request"].items() if key not in AT_ARRIVAL}
        own |= {"status": "open", "received_at": now}
        values: dict[tuple[str, str], dict[str, Value]] = {("request", name): own}
        for kind in ("contact", "account"):
            if sample.get(kind):
                values[kind, "simulated"] = dict(sample[kind])
                own[kind] = "simulated"
        return Entities(values)

    def _by_rules(self, name: str, sample: Sample, now: Instant) -> tuple[str | None, bool]:
        """Whom the route flow gives it to, and whether it is open after that."""
        entities, subject = self._entities(name, sample, now), ("request", name)
        memory = Memory(self.ruleset, self.engines, entities, [subject], self.open, self.language, turns=self.turns)
        memory.start(now)
        memory.sweep(now, ("route",))
        made = [own for (kind, _), own in entities.values.items() if kind == "opportunity"]
        last = made[-1] if made else entities.values[subject]
        owner = last.get("owner")
        return owner if isinstance(owner, str) else None, bool(made) or last.get("status") == "open"

    def _by_pool(self, name: str, sample: Sample, now: Instant) -> tuple[str | None, bool]:
        """Whom the pool's strategy gives it to."""
        team, pick = self.ruleset.team, Pick(self.plan.pool or "")
        book = Rulebook("simulated", "request", "route", rules=(Rule("one", "one", then=(Assign(pick),)),))
        slots, loads = slots_of([book], "request", team, self.ruleset.fields), Loads(lambda: self.open)
        row = self._entities(name, sample, now).row("request", name, slots, team, now, loads)
        world = World(now, team, self.ruleset.calendars, self.language, loads, self.turns)
        choice = choose(pick, Case("request", name, row, slots), world)
        return choice.person.id if choice else None, True

    def _days_away(self, person: Person, team: Team) -> int:
        first = day_of(datetime_of(self.plan.start, zone_of(team.zone)).date())
        days = range(first, first + self.plan.days)
        return sum(1 for day in days if any(away.first <= day <= away.last for away in person.away))
