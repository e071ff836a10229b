"""Fair spreading, whoever comes, goes or is added: round robin, weighted and least loaded over many choices."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadrelay.act.assign import choose
from leadrelay.act.case import Loads, World
from leadrelay.act.sweep import Sweeper, sweep
from leadrelay.calendar import WorkCalendar
from leadrelay.clock import HOUR
from leadrelay.hours import parse_hours
from leadrelay.leads.team import Away, Person, Pool, Team
from leadrelay.leads.turns import Turns
from leadrelay.rulebook.model import Assign, By, Pick
from leadrelay.store import turns
from leadrelay.store.database import Database
from tests.act.builders import CALENDARS, NOW, at, bench, book, line, otherwise, person, rule, ruleset, team
from tests.act.test_sweep import put, requests, rows

NAMES = tuple("abcdef")


class Desk:
    """A pool that is chosen from again and again; everything stays open unless it is closed."""

    def __init__(self, people: Iterable[Person], by: By, loads: dict[str, int] | None = None) -> None:
        self.by = by
        self.open = Counter(loads or {})
        self.turns: Turns = {}
        self.join(*people)

    def join(self, *people: Person, **more: object) -> None:
        """From now on the pool is this."""
        self.team = team(*people, pool=Pool("pool", tuple(one.id for one in people), **more))  # type: ignore[arg-type]

    def away(self, *names: str) -> Team:
        """The team with these people away."""
        people = {one.id: replace(one, away=(Away(0, 99999),)) for one in self.team.people.values() if one.id in names}
        return replace(self.team, people={**self.team.people, **people})

    def give(self, times: int, *away: str, pick: Pick | None = None) -> list[str]:
        """Whom so many choices come to, one after the other."""
        found, people = [], self.away(*away)
        world = World(NOW, people, CALENDARS, loads=Loads(lambda: self.open), turns=self.turns)
        for _ in range(times):
            choice = choose(pick or Pick("pool", self.by), bench(people).case, world)
            assert choice is not None
            world.loads.carry(choice.person.id, 1)
            found.append(choice.person.id)
        self.open.update(found)
        return found


def longest(names: Sequence[str], one: str) -> int:
    """The most that somebody got in a row."""
    runs = "".join("x" if name == one else " " for name in names).split()
    return max(map(len, runs), default=0)


WEIGHTS = st.lists(st.sampled_from((0.5, 1.0, 1.0, 2.0, 3.0, 8.0)), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(WEIGHTS, st.integers(1, 60))
def test_by_weight_everybody_stays_within_one_of_the_exact_share(weights: list[float], number: int) -> None:
    people = [person(name, weight=weight) for name, weight in zip(NAMES, weights, strict=False)]
    got = Counter(Desk(people, "weighted").give(number))
    for one in people:
        assert abs(got[one.id] - number * one.weight / sum(weights)) < 1


def test_by_weight_the_turns_interleave() -> None:
    people = [person("an", weight=2), person("bram"), person("cees")]
    assert "".join(name[0] for name in Desk(people, "weighted").give(8)) == "abacabac"
    desk = Desk(people, "weighted")
    desk.join(*people, weights=(("an", 1.0), ("cees", 2.0)))
    assert Counter(desk.give(8)) == {"an": 2, "bram": 2, "cees": 4}


ABSENCES = st.lists(st.tuples(st.sets(st.sampled_from(NAMES[2:])), st.integers(1, 9)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(ABSENCES, st.sampled_from(("round_robin", "weighted")))
def test_who_is_always_there_gets_as_much_as_the_others_who_are(absences: list[tuple[set[str], int]], by: By) -> None:
    desk, got = Desk(map(person, NAMES), by), Counter[str]()
    for away, number in absences:
        given = desk.give(number, *away)
        assert not away.intersection(given)
        got.update(given)
        assert abs(got["a"] - got["b"]) <= 1


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(("round_robin", "weighted", "least_loaded")),
    st.integers(2, 6),
    st.integers(0, 25),
    st.integers(1, 60),
)
def test_nobody_gets_a_burst_after_leave_or_as_a_newcomer(by: By, size: int, before: int, missed: int) -> None:
    people = [person(name) for name in NAMES[:size]]
    desk = Desk(people, by)
    desk.give(before)
    desk.give(missed, "a")
    after = desk.give(4 * size)
    counts = Counter(after)
    assert longest(after, "a") <= 2
    assert counts["a"] <= max(counts[one.id] for one in people[1:]) + 2
    assert counts["a"] >= 1
    desk.join(*people, person("new"))
    after = desk.give(4 * size)
    assert longest(after, "new") <= 2
    assert 1 <= Counter(after)["new"] <= max(Counter(after)[one.id] for one in people) + 2


def test_who_eases_in_counts_by_what_they_have_once_that_is_as_much() -> None:
    desk = Desk([person("an"), person("bram")], "least_loaded", {"an": 5, "bram": 5})
    desk.give(6, "an")
    desk.open["bram"] = 6
    assert Counter(desk.give(4)) == {"an": 2, "bram": 2}
    desk.open["bram"] = 2
    desk.give(1)
    assert not desk.turns["pool"]["an"].easing
    desk.open["an"] = 0
    assert desk.give(2) == ["an", "an"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(NAMES[:4]), min_size=1, max_size=12))
def test_whoever_leaves_the_pool_does_not_disturb_the_turns_of_the_others(leavers: list[str]) -> None:
    everybody = {name: person(name) for name in NAMES}
    desk, got = Desk(everybody.values(), "round_robin"), Counter[str]()
    for name in leavers:
        desk.join(*(one for one in everybody.values() if one.id != name))
        got.update(desk.give(5))
        assert abs(got["e"] - got["f"]) <= 1


def test_territory_then_in_turn_and_the_pools_own_words() -> None:
    people = [person("an"), person("bram"), person("cees")]
    desk = Desk(people, "territory", {"an": 9})
    assert desk.give(4, pick=Pick("pool", "territory")) == ["bram", "cees", "bram", "cees"]
    desk = Desk(people, "territory", {"an": 9})
    assert Counter(desk.give(6, pick=Pick("pool", "territory", then="round_robin"))) == {"an": 2, "bram": 2, "cees": 2}
    desk.join(*people, by="round_robin")
    assert Counter(desk.give(6, pick=Pick("pool"))) == {"an": 2, "bram": 2, "cees": 2}


@pytest.mark.parametrize(
    ("hours", "capacity", "expected"),
    [("08:00-12:00", None, "bram"), ("13:00-17:00", None, "an"), ("08:00-12:00", 0, "an")],
)
def test_present_chooses_whose_own_hours_it_is_if_anybodys(hours: str, capacity: int | None, expected: str) -> None:
    night = replace_hours("18:00-22:00")
    calendars = {**CALENDARS, "night": night, "own": replace_hours(hours)}
    people = team(
        person("an", calendar="night"), person("bram", calendar="own", capacity=capacity), pool=("an", "bram")
    )
    world = World(NOW, people, calendars, loads=Loads(lambda: {"an": 0, "bram": 7}))
    choice = choose(Pick("pool", present=True), bench(people).case, world)
    assert choice is not None and choice.person.id == expected


def replace_hours(text: str) -> WorkCalendar:
    return replace(CALENDARS["default"], hours=parse_hours({"monday-friday": text}))


@pytest.mark.parametrize(
    ("out", "expected"),
    [("request.owner", "bram"), ("an", "bram"), ("request.received_by", "an"), ("dirk", "an")],
)
def test_not_leaves_somebody_out_as_long_as_another_one_can(out: str, expected: str) -> None:
    people = team(person("an"), person("bram"), person("dirk"), pool=("an", "bram"), lone=Pool("lone", ("an",)))
    found = bench(people, {"bram": 3}, request__owner="an")
    choice = choose(Pick("pool", without=out), found.case, found.world)
    assert choice is not None and choice.person.id == expected
    choice = choose(Pick("lone", without=out, keep="request.owner"), found.case, found.world)
    assert choice is not None and choice.person.id == "an"


SHARE = Assign(Pick("inside_sales", "round_robin"))
RULES = ruleset(
    book("routing", otherwise=otherwise("routing", SHARE), scope=line("request.kind", "other")),
    book("late", otherwise=otherwise("late", SHARE), scope=line("request.kind", "renewal"), flow="escalate"),
)


def test_turns_outlive_the_process_and_the_rules(database: Database) -> None:
    put(database, RULES, request=requests(3, kind="other"))
    sweep(database, RULES, "route", NOW, chunk=2)
    edited = ruleset(
        book("routing", rule("more", line("request.kind", "visit"), SHARE), otherwise=otherwise("routing", SHARE))
    )
    put(database, edited, request=[{"id": "x", "kind": "other"}])
    sweep(database, edited, "route", NOW + HOUR)
    assert rows(database, "SELECT owner FROM requests ORDER BY id") == [("an",), ("bram",), ("an",), ("bram",)]
    with database.read() as conn:
        assert turns.read(conn)["inside_sales"]["an"].credit == pytest.approx(0)


def test_two_sweeps_side_by_side_share_the_turns(database: Database) -> None:
    """One sweep runs whole between two chunks of another: neither undoes the turns, or forgets the loads, of both."""
    given = [{"id": f"{number}", "kind": ("other", "renewal")[number % 2]} for number in range(12)]
    put(database, RULES, request=given)
    begun: list[bool] = []

    def between() -> bool:
        if not begun:
            begun.append(True)
            sweep(database, RULES, "escalate", NOW, chunk=2)
        return True

    Sweeper(database, RULES, chunk=2).sweep("route", NOW, between)
    assert rows(database, "SELECT owner, count(*) FROM requests GROUP BY owner ORDER BY owner") == [
        ("an", 6),
        ("bram", 6),
    ]


def test_an_absence_ends_by_the_clock(database: Database) -> None:
    back = at("2026-11-23 09:00")
    people = team(person("an", away=("2026-11-20", "2026-11-20", None)), person("bram"), pool=("an", "bram"))
    rules = ruleset(
        book("routing", otherwise=otherwise("routing", Assign(Pick("pool"))), scope=line("request.owner")),
        people=people,
    )
    put(database, rules, request=requests(8))
    sweep(database, rules, "route", NOW)
    put(database, rules, NOW + HOUR, request=[{"id": f"x{number}"} for number in range(6)])
    sweep(database, rules, "route", back)
    found = rows(database, "SELECT owner, count(*) FROM requests WHERE id LIKE 'x%' GROUP BY owner ORDER BY owner")
    assert found == [("an", 3), ("bram", 3)]
