"""Who gets a subject: a table of cases, and what always holds, whatever the team."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.act.assign import Choice, choose
from leadrelay.act.case import Loads, World
from leadrelay.leads.team import Away, Person, Pool, Team
from leadrelay.leads.turns import Turn
from leadrelay.rulebook.condition import Line, Range
from leadrelay.rulebook.model import Pick, Who
from tests.act.builders import CALENDARS, NOW, bench, person, team

TODAY = "2026-11-20"


def area(low: int, high: int) -> Line:
    return Line("account.postcode_number", Range(low, high))


HERE = person("here", territory=area(1000, 1999))
PEOPLE = team(
    person("an", manager="dirk"),
    person("bram", capacity=5),
    person("carl", away=(TODAY, TODAY, "an"), manager="dirk"),
    person("dora", away=("2026-11-01", "2026-11-19", "bram")),
    person("emil", away=("2026-11-19", "2026-11-30", "carl")),
    person("ring", away=(TODAY, TODAY, "rung")),
    person("rung", away=(TODAY, TODAY, "ring")),
    person("gone", active=False),
    person("dirk", "director"),
    HERE,
    person("there", territory=area(2000, 2999), away=(TODAY, TODAY, "emil")),
    duo=("an", "bram"),
    full=Pool("full", ("bram",), lead="dirk"),
    away=Pool("away", ("ring", "gone"), lead="dirk", fallback="duo"),
    loop=Pool("loop", ("ring",), fallback="pool_of_loop"),
    pool_of_loop=Pool("pool_of_loop", ("rung",), lead="ring", fallback="loop"),
    covered=Pool("covered", ("carl",), lead="dirk"),
    field=Pool("field", ("here", "there"), lead="dirk"),
    wide=Pool("wide", ("an", "here"), lead="dirk"),
    inside_sales=Pool("inside_sales", ("bram",)),
)
FULL = {"bram": 5}


@pytest.mark.parametrize(
    ("who", "facts", "load", "expected"),
    [
        ("an", {}, {}, ("an", "named", False)),
        ("an", {}, {"an": 999}, ("an", "named", False)),
        ("director", {}, {}, ("dirk", "least_loaded", False)),
        ("duo", {}, {"an": 1}, ("bram", "least_loaded", False)),
        ("account.owner", {"account__owner": "dora"}, {}, ("dora", "named", False)),
        # absence, the deputy, and the deputy's deputy
        ("carl", {}, {}, ("an", "deputy", False)),
        ("emil", {}, {}, ("an", "deputy", False)),
        ("covered", {}, {}, ("an", "deputy", False)),
        # nobody whom the rule meant can
        ("bram", {}, FULL, ("an", "least_loaded", True)),
        ("bram", {"request__owner": "bram"}, FULL, ("bram", "named", False)),
        ("account.owner", {"account__owner": "gone"}, {}, ("an", "fallback", True)),
        ("full", {}, FULL, ("dirk", "lead", True)),
        ("away", {}, {}, ("an", "fallback", True)),
        (Pick("away", fallback="director"), {}, {}, ("dirk", "fallback", True)),
        # the last resort
        ("account.owner", {}, {}, ("dirk", "last_resort", True)),
        ("account.owner", {"account__owner": "a stranger"}, {}, ("dirk", "last_resort", True)),
        ("account.owner", {"request__desk": "inside_sales"}, {}, ("bram", "least_loaded", True)),
        ("loop", {}, {}, ("dirk", "last_resort", True)),
        ("ring", {}, {}, ("an", "fallback", True)),
        # keep
        (Pick("duo", keep="account.owner"), {"account__owner": "dirk"}, {}, ("dirk", "kept", False)),
        (Pick("duo", keep="account.owner"), {"account__owner": "emil"}, {}, ("an", "kept", False)),
        (Pick("duo", keep="account.owner"), {"account__owner": "bram"}, FULL, ("an", "least_loaded", False)),
        (Pick("duo", keep="account.owner"), {"account__owner": "gone"}, {}, ("an", "least_loaded", False)),
        (Pick("duo", keep="account.owner"), {}, {}, ("an", "least_loaded", False)),
        # territory
        (Pick("field", "territory"), {"account__postcode_number": 1500}, {}, ("here", "territory", False)),
        (Pick("field", "territory"), {"account__postcode_number": 2500}, {}, ("an", "deputy", False)),
        (Pick("field", "territory"), {"account__postcode_number": 9000}, {}, ("dirk", "lead", True)),
        (Pick("field", "territory"), {}, {}, ("dirk", "lead", True)),
        (Pick("wide", "territory"), {"account__postcode_number": 1500}, {"here": 9}, ("here", "territory", False)),
        (Pick("wide", "territory"), {"account__postcode_number": 9000}, {}, ("an", "territory", False)),
    ],
)  # fmt: skip
def test_who_gets_it(who: Who, facts: dict[str, str], load: dict[str, int], expected: tuple[str, str, bool]) -> None:
    found = bench(PEOPLE, load, **facts)
    choice = choose(who, found.case, found.world)
    assert choice is not None
    assert (choice.person.id, choice.how, choice.fallback) == expected


def test_when_all_are_full_somebody_there_gets_it_and_when_all_are_away_somebody_does() -> None:
    crowded = team(person("an", capacity=1), person("bram", capacity=2), duo=("an", "bram"))
    found = bench(crowded, {"an": 1, "bram": 2})
    assert choose("duo", found.case, found.world) == Choice(crowded.people["an"], "last_resort", True)
    deserted = team(person("an", away=(TODAY, TODAY, None)), person("gone", active=False), duo=("an", "gone"))
    found = bench(deserted)
    assert choose("duo", found.case, found.world) == Choice(deserted.people["an"], "last_resort", True)
    found = bench(team(person("gone", active=False)))
    assert choose("gone", found.case, found.world) is None


def test_absence_covers_both_its_days() -> None:
    for first, last, expected in (
        ("2026-11-20", "2026-11-20", "bram"),
        ("2026-11-21", "2026-11-30", "an"),
        ("2026-11-01", "2026-11-19", "an"),
    ):
        found = bench(team(person("an", away=(first, last, "bram")), person("bram")))
        choice = choose("an", found.case, found.world)
        assert choice is not None and choice.person.id == expected


NAMES = tuple("abcdef")


@st.composite
def teams(draw: st.DrawFn) -> tuple[Team, dict[str, int]]:
    names = st.sampled_from(NAMES)
    maybe = st.none() | names
    people = [
        Person(
            name,
            name,
            capacity=draw(st.none() | st.integers(0, 3)),
            active=draw(st.booleans()),
            away=(Away(0, 99999, draw(maybe)),) if draw(st.booleans()) else (),
            manager=draw(maybe),
            territory=draw(st.sampled_from((None, area(0, 4), area(5, 9)))),
        )
        for name in NAMES
    ]
    groups = [
        Pool(pool, tuple(draw(st.lists(names, unique=True))), draw(maybe), draw(st.sampled_from((None, "p", "q", "a"))))
        for pool in ("p", "q")
    ]
    loads = {name: draw(st.integers(0, 4)) for name in NAMES}
    return Team({one.id: one for one in people}, {one.name: one for one in groups}), loads


WHOS = st.sampled_from((*NAMES, "p", "q", "account.owner", "nobody")) | st.builds(
    Pick,
    st.sampled_from(("p", "q")),
    st.sampled_from((None, "least_loaded", "round_robin", "weighted", "territory")),
    st.sampled_from((None, "account.owner")),
    st.sampled_from((None, "q", "a")),
    st.sampled_from((None, "round_robin")),
    st.sampled_from((None, "request.owner", "b")),
    st.booleans(),
)


@settings(deadline=None, max_examples=400)
@given(teams(), WHOS, st.sampled_from((None, *NAMES)), st.sampled_from((None, *NAMES)), st.integers(0, 9))
def test_never_nobody_and_nobody_unable_while_another_can(
    world: tuple[Team, dict[str, int]], who: Who, owner: str | None, account_owner: str | None, postcode: int
) -> None:
    people, loads = world
    found = bench(people, loads, request__owner=owner, account__owner=account_owner, account__postcode_number=postcode)

    def able(one: Person) -> bool:
        load = loads[one.id] - (one.id == owner)
        return one.active and not one.away and (one.capacity is None or load < one.capacity)

    choice = choose(who, found.case, found.world)
    if not any(one.active for one in people.people.values()):
        assert choice is None
        return
    assert choice is not None
    assert choice.person.active
    if any(map(able, people.people.values())):
        assert able(choice.person)
    else:
        assert choice.fallback


@given(st.integers(1, 40), st.integers(1, 6), st.sampled_from((None, "b", "gone")))
def test_turns_are_spread_evenly(subjects: int, size: int, last: str | None) -> None:
    names = NAMES[:size]
    people = team(*(person(name) for name in names), pool=names)
    world = World(NOW, people, CALENDARS, loads=Loads(), turns={"pool": {last: Turn(-0.5)}} if last else {})
    got = Counter(dict.fromkeys(names, 0))
    for _ in range(subjects):
        choice = choose(Pick("pool", "round_robin"), bench(people).case, world)
        assert choice is not None
        got[choice.person.id] += 1
    assert max(got.values()) - min(got.values()) <= 1
    assert world.effects.turns["pool"] is world.turns["pool"]


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5), st.integers(1, 30))
def test_the_least_loaded_even_out(start: list[int], subjects: int) -> None:
    names = NAMES[: len(start)]
    loads = dict(zip(names, start, strict=True))
    people = team(*(person(name) for name in names), pool=names)
    world = World(NOW, people, CALENDARS, loads=Loads(lambda: loads))
    before = max(start)
    for _ in range(subjects):
        choice = choose(Pick("pool"), bench(people).case, world)
        assert choice is not None
        assert world.loads.of(choice.person.id) == min(world.loads.of(name) for name in names)
        world.loads.carry(choice.person.id, 1)
    after = [world.loads.of(name) for name in names]
    assert max(after) <= max(before, min(after) + 1)
