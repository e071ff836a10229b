"""Matcher and plain interpreter agree, no outcome changes before its `until`, and planted faults are caught."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from leadrelay.clock import FOREVER
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import UNTIL, Value
from leadrelay.rulebook import compile as compiled
from leadrelay.rulebook import condition, evaluate, masks, rows
from leadrelay.rulebook.compile import Matcher
from leadrelay.rulebook.condition import Moment, Verdict
from leadrelay.rulebook.evaluate import Outcome
from tests.rulebook import strategies
from tests.rulebook.strategies import DAY, NUMBERS, PATHS, World

STEADY = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
WINDOWED = [path for path in PATHS if strategies.FIELDS.by_path[path].windowed]
SLOTS = Slots.of([*PATHS, *(path + UNTIL for path in WINDOWED)])
Facts = dict[str, Value]
Decide = Callable[[World, Facts, Moment], Outcome]


def matched(world: World, facts: Facts, moment: Moment) -> Outcome:
    """What the first subject at a moment gets, for which tests on time are asked one by one; the second one gets the
    same from stretches that are ready."""
    decide, row = Matcher(world.rulebook, SLOTS).at(moment).decide, [facts[path] for path in SLOTS.paths]
    first = decide(row)
    assert decide(row) == first
    return first


def interpreted(world: World, facts: Facts, moment: Moment) -> Outcome:
    return evaluate.decide(world.rulebook, facts, moment)


def agree(world: World) -> None:
    """One matcher for all subjects of the world, so that what it remembers of one is used for the next."""
    decide = Matcher(world.rulebook, SLOTS).at(world.moment).decide
    for facts in world.subjects:
        fast = decide([facts[path] for path in SLOTS.paths])
        plain = interpreted(world, facts, world.moment)
        assert fast[:2] == plain[:2], facts
        assert fast.until >= plain.until, facts  # rows see as far as the tree, or further


def stands(world: World, decide: Decide) -> None:
    """At no later moment before `until` is there another outcome, whatever windowed fields turn into."""
    chance = Random(repr(world.subjects[0]))
    now = world.moment.now
    for facts in world.subjects:
        outcome = decide(world, facts, world.moment)
        assert outcome.until > now
        last = min(outcome.until, now + 800 * DAY) - 1
        for later in (now + 1, last, chance.randint(now, last), now + (last - now) // 1000):
            moment = Moment(min(later, last), world.moment.calendars)
            assert interpreted(world, turned(facts, moment.now, chance), moment)[:2] == outcome[:2], (facts, moment.now)


def turned(facts: Facts, now: int, chance: Random) -> Facts:
    """The facts at a later moment: a windowed field that has passed its edge has another value."""
    found = dict(facts)
    for path in WINDOWED:
        edge = facts[path + UNTIL]
        if isinstance(edge, int) and edge <= now:
            found[path] = chance.choice((True, False) if path == "owner.away" else NUMBERS)
            found[path + UNTIL] = None
    return found


@settings(STEADY, max_examples=250)
@given(strategies.worlds(subjects=10))
def test_matcher_and_interpreter_agree(world: World) -> None:
    agree(world)


@pytest.mark.parametrize("decide", [matched, interpreted])
@settings(STEADY, max_examples=120)
@given(world=strategies.worlds(subjects=6))
def test_nothing_changes_before_until(decide: Decide, world: World) -> None:
    stands(world, decide)


def forgets_the_smallest(parts: list[Verdict]) -> Verdict:
    """Mutant of `conjunction`: true up to the last change of a part."""
    if all(part.holds for part in parts):
        return Verdict(True, max((part.until for part in parts), default=FOREVER))
    return Verdict(False, max(part.until for part in parts if not part.holds))


def counts_true_parts(parts: list[Verdict]) -> Verdict:
    """Mutant of `conjunction`: false up to the last change of any part, true ones included."""
    if all(part.holds for part in parts):
        return Verdict(True, min((part.until for part in parts), default=FOREVER))
    return Verdict(False, max(part.until for part in parts))


def forgets_the_edge(line: condition.Line, facts: condition.Facts, moment: Moment) -> Verdict:
    """Mutant of `Line.verdict`: a windowed field never changes by itself."""
    return condition.judge(line.test, condition.normal(facts.get(line.path)), facts, moment)


def never_expires(test: condition.Not, value: Value, facts: condition.Facts, moment: Moment) -> Verdict:
    """Mutant of `Not.verdict`."""
    return Verdict(not condition.judge(test.test, value, facts, moment).holds)


def cuts_too_narrow(matcher: Matcher, mask: int, unsettled: int) -> int:
    """Mutant of `Matcher.narrow`: loses the settled row itself."""
    settled = mask & ~unsettled & matcher.layout.rules
    if matcher.rulebook.hit == "all" or not settled:
        return mask
    return mask & ((settled & -settled) - 1 | matcher.layout.scope)


def interpreter_stands(world: World) -> None:
    stands(world, interpreted)


def matcher_stands(world: World) -> None:
    stands(world, matched)


@pytest.mark.parametrize(
    ("target", "name", "mutant", "holds"),
    [
        (condition, "conjunction", forgets_the_smallest, interpreter_stands),
        (condition, "conjunction", counts_true_parts, interpreter_stands),
        (condition.Line, "verdict", forgets_the_edge, interpreter_stands),
        (condition.Not, "verdict", never_expires, matcher_stands),
        (compiled, "conjunction", forgets_the_smallest, matcher_stands),
        (masks, "_cuts", lambda points, whole: sorted({int(point) for point in points}), agree),
        (masks, "_time_points", lambda test, moment: {moment.now}, agree),
        (rows, "_consistent", lambda found: list(found)[:-1], agree),
        (Matcher, "narrow", cuts_too_narrow, agree),
    ],
)
def test_a_planted_fault_is_caught(
    monkeypatch: pytest.MonkeyPatch, target: object, name: str, mutant: object, holds: Callable[[World], None]
) -> None:
    monkeypatch.setattr(target, name, mutant)
    with pytest.raises(AssertionError):
        settings(STEADY, max_examples=400, phases=[Phase.generate])(given(strategies.worlds(subjects=6))(holds))()
