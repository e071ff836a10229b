"""Looking only at what is due gives what looking at everything every minute gives; each step happens once."""

from collections.abc import Sequence

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadrelay.act.engine import Engine
from leadrelay.act.ladder import coming, due_repeats, due_rungs, next_due, repeats, rungs
from leadrelay.act.memory import Memory
from leadrelay.calendar import default_calendar
from leadrelay.clock import FOREVER, HOUR, MINUTE, Instant
from leadrelay.duration import Duration
from leadrelay.leads.effects import Episode
from leadrelay.leads.fields import Fields, Value
from leadrelay.rulebook import condition as c
from leadrelay.rulebook.model import (
    Action,
    Assign,
    Close,
    Notify,
    Nurture,
    Pick,
    Qualify,
    Repeat,
    Route,
    Rule,
    Rulebook,
    Set,
    Step,
    Stop,
)
from leadrelay.rulebook.way import DONE, OWED, Entry, written
from tests.act.builders import at, memory, ruleset

STEADY = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
START = at("2026-11-20 15:00")  # a Friday: working time ends at 17:30
TICKS = 200
SPANS = st.builds(
    Duration, st.sampled_from((1, 7, 30, 45, 90)), st.sampled_from(("minute", "working minute"))
) | st.builds(Duration, st.integers(1, 3), st.sampled_from(("hour", "working hour", "working day")))
TIMES = st.integers(-200, TICKS).map(lambda minutes: START + minutes * MINUTE)
FIELDS = Fields().by_path
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "request.triage": st.sampled_from(("new", "doubt", None)),
    "request.desk": st.sampled_from(("sales", "inside_sales", None)),
    "request.received_at": TIMES,
    "request.first_response_at": st.none() | TIMES,
    "contact.bounced_at": st.none() | TIMES,
    "account.tier": st.sampled_from(("key", None)),
}


def _line(path: str) -> st.SearchStrategy[c.Condition]:
    values = VALUES[path].filter(lambda value: value is not None)
    if path.endswith("_at"):
        spans = st.tuples(st.sampled_from((c.OlderThan, c.NewerThan, c.Within)), SPANS).map(
            lambda one: one[0](span=one[1])
        )
        test = st.one_of(
            spans, st.builds(c.Known, st.booleans()), st.builds(lambda past: c.Past(wanted=past), st.booleans())
        )
    else:
        test = st.frozensets(values, min_size=1).map(c.Equals) | st.builds(c.Known, st.booleans())
    return (test | test.map(c.Not)).map(lambda one: c.Line(path, one, FIELDS[path].type))


LINES = st.sampled_from(tuple(VALUES)).flatmap(_line)
OWNER = c.Line("owner.open_count", c.Range(low=3), FIELDS["owner.open_count"].type)
CONDITIONS = st.one_of(
    LINES,
    st.builds(
        lambda group, parts: group(tuple(parts)),
        st.sampled_from((c.All, c.Any, c.Nothing)),
        st.lists(LINES | st.just(OWNER), max_size=3),
    ),
)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.just(Notify(("dirk",), "told")),
    st.just(Notify(("dirk",), "told")),
    st.sampled_from(("new", "doubt")).map(lambda value: Set((("request.triage", value),))),
    st.sampled_from(("sales", "inside_sales", "archive")).map(Route),
    st.sampled_from(("round_robin", "least_loaded")).map(lambda by: Assign(Pick("inside_sales", by))),
    st.sampled_from((Close("order", "x"), Nurture("cold"), Qualify("lead"), Stop())),
)


@st.composite
def rules(draw: st.DrawFn, key: str) -> Rule:
    afters = draw(st.lists(SPANS, max_size=2))
    later = tuple(Step(after, (draw(ACTIONS),)) for after in afters)
    repeat = draw(st.none() | st.builds(Repeat, SPANS, st.integers(1, 4)))
    then = tuple(draw(st.lists(ACTIONS, min_size=1, max_size=2)))
    mode = draw(st.sampled_from(("live", "live", "live", "shadow")))
    return Rule(key, key, draw(CONDITIONS), then, later, repeat, mode=mode)  # type: ignore[arg-type]


@st.composite
def rulebooks(draw: st.DrawFn, name: str, flow: str) -> Rulebook:
    found = tuple(draw(rules(f"{name}-{number}")) for number in range(draw(st.integers(1, 3))))
    otherwise = Rule("otherwise", f"{name}/otherwise", then=(Notify(("an",), "left"),)) if draw(st.booleans()) else None
    hit = draw(st.sampled_from(("first", "all")))
    scope = draw(st.sampled_from((c.ALWAYS, c.Line("request.status", c.Equals(frozenset({"open"}))))))
    return Rulebook(name, "request", flow, hit=hit, rules=found, otherwise=otherwise, scope=scope)  # type: ignore[arg-type]


EVENTS = st.lists(
    st.tuples(
        st.integers(0, TICKS),
        st.sampled_from(tuple(VALUES)).flatmap(lambda path: st.tuples(st.just(path), VALUES[path]))
        | st.just(("acknowledge", None)),
    ),
    max_size=4,
)


def happen(world: Memory, events: Sequence[tuple[int, tuple[str, Value]]], tick: int) -> None:
    now = START + tick * MINUTE
    for moment, (path, value) in events:
        if moment != tick:
            continue
        if path == "acknowledge":
            for episode in world.episodes.get("request/R-1", {}).values():
                episode.acknowledged_at = episode.acknowledged_at or now
            continue
        entity, _, name = path.partition(".")
        world.entities.values[entity, {"request": "R-1", "contact": "C-1", "account": "A-1"}[entity]][name] = value
        for kind, one in world.run:
            world.touch(kind, one, now)


@STEADY
@given(
    rulebooks("a", "route"),
    rulebooks("b", "route"),
    rulebooks("n", "nudge"),
    st.fixed_dictionaries(VALUES),
    EVENTS,
)
def test_due_moments_are_enough(
    one: Rulebook, two: Rulebook, three: Rulebook, facts: dict[str, Value], events: list[tuple[int, tuple[str, Value]]]
) -> None:
    given_: dict[str, dict[str, Value]] = {"request": {}, "contact": {}, "account": {}}
    for path, value in facts.items():
        entity, _, name = path.partition(".")
        given_[entity][name] = value
    loaded = ruleset(one, two, three)
    lazy, eager = (memory(loaded, {"an": 2}, **given_) for _ in range(2))
    lazy.engines = {
        (flow, kind): Engine(loaded, flow, kind) for flow, kind in eager.engines
    }  # compiled, not interpreted
    for world in (lazy, eager):
        world.start(START)
    for tick in range(TICKS + 1):
        now = START + tick * MINUTE
        for world in (lazy, eager):
            happen(world, events, tick)
        lazy.sweep(now)
        for kind, name in eager.run:
            eager.touch(kind, name, now)
        eager.sweep(now)
    # Flows that set each other off without end are stopped until a fact changes, and `touch` says that one has.
    assume(not any(key.startswith("flow ") for _, keys in lazy.cut for key in keys))
    assert lazy.decided == eager.decided
    assert lazy.messages == eager.messages
    assert lazy.entities == eager.entities
    assert lazy.episodes == eager.episodes
    keys = [decided.key for _, decided in lazy.decided]
    assert len(keys) == len(set(keys))


@STEADY
@given(
    st.lists(SPANS, max_size=3),
    st.none() | st.builds(Repeat, SPANS, st.integers(1, 5)),
    st.lists(st.integers(0, 3000), min_size=1, max_size=8),
)
def test_late_looks_lose_and_double_nothing(afters: list[Duration], repeat: Repeat | None, looks: list[int]) -> None:
    steps = tuple(Step(after, (Notify(("dirk",), "later"),)) for after in afters)
    lasting = Rule("lasting", "lasting", then=(Notify(("an",), "first"),), later=steps, repeat=repeat)
    world = memory(ruleset(Rulebook("b", "request", "route", rules=(lasting,))), request={})
    world.start(START)
    moments = [START, *(START + minutes * MINUTE for minutes in sorted(looks))]
    for now in moments:
        world.sweep(now)
    end, calendar = moments[-1], default_calendar()
    due = {str(number) for number, moment in enumerate(rungs(steps, START, calendar), start=1) if moment <= end}
    if repeat is not None:
        again = enumerate(repeats(repeat, START, calendar), start=1)
        due |= {f"repeat-{number}" for number, moment in again if moment <= end}
    done = [decided.step for _, decided in world.decided]
    assert sorted(done) == sorted(due | {"0"})
    for now in set(moments[1:]):
        live = [decided.step for moment, decided in world.decided if moment == now and decided.mode == "live"]
        assert sum(step.startswith("repeat") for step in live) <= 1
        assert (
            len(
                {
                    next(_due for n, _due in enumerate(rungs(steps, START, calendar), 1) if str(n) == step)
                    for step in live
                    if step.isdigit() and step != "0"
                }
            )
            <= 1
        )


@given(
    st.lists(SPANS, max_size=3),
    st.none() | st.builds(Repeat, SPANS, st.integers(1, 5)),
    st.integers(0, 3),
    st.integers(0, 5),
    st.integers(0, 5000),
)
def test_what_is_coming_is_what_is_not_yet_due(
    afters: list[Duration], repeat: Repeat | None, steps: int, done: int, minutes: int
) -> None:
    calendar, now = default_calendar(), START + minutes * MINUTE
    rule = Rule("r", "r", later=tuple(Step(after, ()) for after in afters), repeat=repeat)
    way = written(Entry(DONE if place < steps else OWED, mark) for place, mark in enumerate(rule.marks))
    episode = Episode("r", "request/1", 1, START, repeats=done, way=way)
    due: list[Instant] = [
        one.at for one in (*due_rungs(rule, episode, now, calendar), *due_repeats(rule, episode, now, calendar))
    ]
    assert all(moment <= now for moment in due)
    assert (next_due(rule, episode, calendar) <= now) is bool(due)
    episode.acknowledged_at = now
    assert list(coming(rule, episode, calendar)) == []
    assert next_due(rule, episode, calendar) == FOREVER


def test_a_rung_never_comes_before_the_one_above_it() -> None:
    steps = (Step(Duration(2, "working hour"), ()), Step(Duration(3, "hour"), ()))
    friday = at("2026-11-20 17:00")
    assert list(rungs(steps, friday, default_calendar())) == [at("2026-11-23 10:30")] * 2
    assert list(rungs(steps, friday - 5 * HOUR, default_calendar())) == [friday - 3 * HOUR, friday - 2 * HOUR]
