"""Whatever the policy and whatever comes: told once or a recorded reason, no quiet hour broken, caps held, idempotent,
no livelock, and the same plan after the planner's state was pickled, at every step of 320 random worlds."""

import pickle
import random
from dataclasses import dataclass, field

import pytest

from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.duration import Duration
from leadrelay.messages.plan import plan
from leadrelay.messages.policy import (
    Again,
    By,
    Cap,
    Digest,
    Inhibition,
    Match,
    Policy,
    Quiet,
    Route,
    Silence,
    Unheard,
)
from leadrelay.messages.postbox import Postbox
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Mail, Plan, Signal
from leadrelay.messages.times import parse_quiet
from tests.messages.world import CALENDAR, TEAM, at, names

WORLDS, PER_TEST = 320, 20
PEOPLE = ("an", "bram", "dirk", "contact/3")
WHOM = (names(), names("an"), names("sales"), names("director"), names("dirk", "bram"))
TEMPLATES = ("key_account", "nudge", "escalated", "new_request")
BY: tuple[By, ...] = ("account", "subject", "rulebook", "template", "urgency")
SPANS = tuple(Duration(*one) for one in ((5, "minute"), (1, "hour"), (3, "hour"), (2, "working hour"), (1, "day")))
HOURS = (
    {"monday-sunday": "19:00-07:30"},
    {"friday": "09:00-11:00, 11:30-18:00", "saturday-sunday": "00:00-24:00"},
    {"monday-sunday": "12:00-13:00"},
)
START = at("2026-11-20 06:00")
SPREAD = 40 * HOUR
MOST_TICKS = 3000


def some_templates(draw: random.Random) -> frozenset[str]:
    return frozenset(draw.sample(TEMPLATES, draw.choice((0, 0, 1, 2))))


def route_of(draw: random.Random, number: int) -> Route:
    return Route(
        f"route-{number}",
        Match(to=draw.choice(WHOM), template=some_templates(draw)),
        send=draw.choice(("rule", "rule", "now", "digest")),
        by=tuple(draw.sample(BY, draw.randrange(3))) if draw.random() < 0.6 else ("message",),
        wait=draw.choice((None, *SPANS[:3])),
        interval=draw.choice((None, *SPANS[:4])),
        repeat=Again(draw.choice(SPANS), draw.randint(1, 3)) if draw.random() < 0.3 else None,
        escalate=Unheard(draw.choice(SPANS), ("director", "an"), "escalated") if draw.random() < 0.3 else None,
    )


def quiet_of(draw: random.Random) -> Quiet:
    then = draw.choice(("hold", "digest"))
    return Quiet(draw.choice(WHOM), parse_quiet(draw.choice(HOURS)), draw.random() < 0.3, then, some_templates(draw))


def policy_of(draw: random.Random) -> Policy:
    def few(most: int) -> range:
        return range(draw.randint(0, most))

    return Policy(
        routes=tuple(route_of(draw, number) for number in few(3)),
        quiet=tuple(quiet_of(draw) for _ in few(2)),
        digests=tuple(Digest(draw.choice(WHOM), tuple(sorted(draw.sample(range(1440), 2)))) for _ in few(2)),
        caps=tuple(
            Cap(draw.choice(WHOM), draw.randint(1, 5), draw.choice(SPANS), draw.randint(1, 4), some_templates(draw))
            for _ in few(2)
        ),
        silences=tuple(
            Silence(Match(to=draw.choice(WHOM), template=some_templates(draw)), START + draw.randrange(SPREAD), "why")
            for _ in few(1)
        ),
        inhibitions=tuple(
            Inhibition(
                names("escalated"),
                names("nudge"),
                draw.choice(("subject", "account")),
                draw.choice((None, SPANS[1])),
            )
            for _ in few(1)
        ),
    )


def signals_of(draw: random.Random) -> list[Signal]:
    burst = draw.choice((SPREAD, SPREAD, 10 * MINUTE))
    found = []
    for number in range(draw.randint(5, 30)):
        to, template = draw.choice(PEOPLE), draw.choice(TEMPLATES)
        found.append(
            Signal(
                f"key-{number}",
                START + draw.randrange(burst),
                to,
                template,
                f"request/{draw.randrange(6)}",
                draw.choice(("now", "now", "digest")),
                rulebook=draw.choice(("telling", "nudges")),
                account=draw.choice((None, "A", "B")),
            )
        )
    return sorted(found, key=lambda one: one.at)


@dataclass
class World:
    """One world as it goes by, watched at every step."""

    draw: random.Random
    policy: Policy
    box: Postbox = field(default_factory=Postbox)
    owed: dict[str, Signal] = field(default_factory=dict)
    ticks: int = 0

    def __post_init__(self) -> None:
        self.readers = self.fresh_readers()

    def fresh_readers(self) -> Readers:
        return Readers(self.policy, TEAM, {"default": CALENDAR})

    def tick(self, now: Instant) -> None:
        """Plans, twice: the second time there is nothing left to do. And as a process that has just started would."""
        self.ticks += 1
        state = self.box.state
        again = pickle.loads(pickle.dumps((self.policy, state)))
        made = self.box.tick(self.readers, now)
        assert plan(Readers(again[0], TEAM, {"default": CALENDAR}), again[1], now) == made
        self.owed |= {one.key: one for one in made.written}
        self.box = pickle.loads(pickle.dumps(self.box))
        once_more = plan(self.readers, self.box.state, now)
        assert (once_more.mails, once_more.dropped, once_more.written) == ((), (), ())
        assert set(once_more.held) == set(made.held)
        assert all(one.until > now for one in made.held) and self.box.next > now
        self.check_reasons(made, now)

    def check_reasons(self, made: Plan, now: Instant) -> None:
        """Everything that waits has a reason; what goes breaks no quiet hours."""
        assert set(self.box.waiting) == {one.key for one in made.held}
        for mail in made.mails:
            reader = self.readers.of(mail.to)
            templates = {self.owed[key].template for key in mail.members}
            assert reader.quiet_until(now) is None or (reader.quiet and templates <= reader.quiet.bypass)

    def happens(self, now: Instant) -> None:
        """Now and then somebody acknowledges, or something is true no longer."""
        if self.box.told and self.draw.random() < 0.1:
            self.box.acknowledge(self.draw.choice(sorted(self.box.told)), now)
        if self.owed and self.draw.random() < 0.1:
            key = self.draw.choice(sorted(self.owed))
            if key not in self.box.dropped:
                self.box.end(key, "closed")

    def run(self) -> None:
        """Signals come, time goes by, until nothing waits and nothing follows any more."""
        now = START
        for one in signals_of(self.draw):
            while self.box.next < one.at:
                now = max(now, self.box.next)
                self.tick(now)
                self.happens(now)
            now = max(now, one.at)
            self.owed[one.key] = one
            self.box.put([one])
            self.tick(now)
        while self.box.waiting or self.box.next < START + 30 * 24 * HOUR:
            now = self.box.next
            self.tick(now)
            self.happens(now)
            assert self.ticks < MOST_TICKS, "it does not come to an end"


def check_told_once(world: World) -> None:
    told = [key for mail in world.box.mails for key in mail.members]
    assert len(told) == len(set(told))
    assert set(told) | set(world.box.dropped) == set(world.owed)
    assert not set(told) & set(world.box.dropped)
    assert len({mail.key for mail in world.box.mails}) == len(world.box.mails)
    for mail in world.box.mails:
        assert {world.owed[key].to for key in mail.members} == {mail.to}
        assert len(mail.members) == 1 or not mail.to.startswith("contact/")


def check_caps(world: World) -> None:
    for to in PEOPLE:
        reader = world.readers.of(to)
        governed: list[Mail] = [mail for mail in world.box.mails if mail.to == to and mail.capped]
        assert reader.cap or not governed
        for mail in governed:
            assert reader.cap is not None
            recent = [one for one in governed if one.at <= mail.at < reader.cap.per.after(one.at, reader.calendar)]
            assert len(recent) <= reader.cap.at_most


def check_follow_ups(world: World) -> None:
    for one in world.owed.values():
        if one.follows is not None:
            origin = world.owed[one.follows]
            route = world.readers.of(origin.to).route(origin)
            assert origin.follows is None and origin.key in world.box.told
            assert one.again <= route.repeat.at_most if route.repeat else not one.again
            assert one.again or (route.escalate and one.to != origin.to)


@pytest.mark.parametrize("first", range(0, WORLDS, PER_TEST))
def test_random_worlds(first: int):
    for seed in range(first, first + PER_TEST):
        draw = random.Random(seed)
        world = World(draw, policy_of(draw))
        world.run()
        check_told_once(world)
        check_caps(world)
        check_follow_ups(world)
