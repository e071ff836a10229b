"""One line of a condition and its edges: the goals under which it alone decides, and whether a test is at an edge."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from leadrelay.act.subjects import Goal
from leadrelay.clock import MINUTE
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import ALWAYS, Condition, Line, Moment, Nothing, _Group, normal
from leadrelay.rulebook.near_values import Point
from leadrelay.rulebook.rebuilt import NEVER, rebuilt


class Edge(Struct, frozen=True):
    """A line whose edges are tried, as part of the condition it decides about. `goals` are met by subjects about which
    it alone decides; `also` are fields to expect besides the rule."""

    line: Line
    whole: Condition
    goals: tuple[Goal, ...]
    named: str
    also: tuple[str, ...] = ()


def lines_of(condition: Condition, wanted: bool = True) -> Iterator[tuple[Line, bool]]:
    """Every line, and whether the condition is served by its holding: lines under `none` stand in the way."""
    if isinstance(condition, Line):
        yield condition, wanted
    else:
        assert isinstance(condition, _Group)
        for part in condition.parts:
            yield from lines_of(part, wanted is not isinstance(condition, Nothing))


def decisive(whole: Condition, line: Line, wanted: bool) -> tuple[Goal, Goal]:
    """The goals that are met where a line alone decides about a condition."""
    with_it = rebuilt(whole, lambda one: ALWAYS if one is line else one)
    against = rebuilt(whole, lambda one: NEVER if one is line else one)
    return ((with_it, wanted), (against, not wanted))


def decides(edge: Edge, facts: Mapping[str, Value], moment: Moment) -> bool:
    """Whether the line alone decides about these facts at this moment."""
    *_, one, other = edge.goals
    return all(goal.verdict(facts, moment).holds is wanted for goal, wanted in (one, other))


def is_at(line: Line, point: Point, facts: Mapping[str, Value], moment: Moment) -> bool:
    """Whether these facts are at that point, at that moment."""
    value = facts.get(line.path)
    if point.at is not None:
        return point.at <= moment.now < point.at + MINUTE
    if point.exact:
        return same(value, point.value)
    there = line.verdict({**facts, line.path: point.value}, moment)
    same_side = line.verdict(facts, moment).holds is there.holds
    return same_side and (normal(value) is None) is (point.value is None)


def same(one: Value, other: Value) -> bool:
    """Whether tests cannot tell two values apart."""
    return normal(one) == normal(other)
