"""How far a condition is from turning: which lines would have to turn, and the rule that came nearest to deciding.

Of two ways to turn a condition the nearer one turns fewer lines; of as many, the one with the smaller distance. The
distance of a line is, for a number or money, how far the value is from the nearest bound of the test, as a share of
the larger of the two; for a time or a date, how far it is from the bound, or how long until time alone turns the line,
as a share of a year; 1 for all else and for what is unknown, and never more than 1. Distances of lines are added.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from leadrelay.clock import FOREVER, HOUR, Instant
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import All, Any, Condition, Facts, Line, Moment, Nothing, Range, normal
from leadrelay.rulebook.evaluate import Outcome, ends_search
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.paths import leaves

YEAR: Instant = 365 * 24 * HOUR
MOST_WAYS = 12
"""So many ways to turn one condition are looked at, the nearest ones."""
DIGITS = 6
"""Distances are rounded to so many digits, so that equal ones are equal."""


class Way(NamedTuple):
    """Lines that would have to turn, all of them, and their distances added up."""

    lines: tuple[Line, ...]
    distance: float

    @property
    def length(self) -> tuple[int, float]:
        """What ways are compared by."""
        return len(self.lines), self.distance


class Nearest(NamedTuple):
    """The rule that failed by least, and by what."""

    rule: Rule
    way: Way


def nearest(book: Rulebook, facts: Facts, moment: Moment, outcome: Outcome) -> Nearest | None:
    """The rule that did not hold, though it would have decided if it had, and is nearest to holding; the upper one of
    two as near. None when the rulebook's scope does not hold or there is no such rule."""
    failed = [rule for rule in reachable(book, outcome) if not rule.when.verdict(facts, moment).holds]
    found = [Nearest(rule, way) for rule in failed for way in ways_to_turn(rule.when, facts, moment)[:1]]
    return min(found, key=lambda one: one.way.length, default=None)


def reachable(book: Rulebook, outcome: Outcome) -> Iterator[Rule]:
    """The rules that were tried for the subject: none out of scope, and none after the one that ended the search."""
    for index, rule in enumerate(book.rules if outcome.in_scope else ()):
        if rule.mode != "off":
            yield rule
        if index in outcome.rules and ends_search(book, rule):
            return


def ways_to_turn(condition: Condition, facts: Facts, moment: Moment) -> list[Way]:
    """The ways in which a condition turns, the nearest first; a line that stands in several places counts once."""
    if isinstance(condition, Line):
        return [Way((condition,), distance(condition, facts, moment))]
    assert isinstance(condition, All | Any | Nothing)
    holds = condition.verdict(facts, moment).holds
    if holds is not isinstance(condition, Any):  # one part is enough
        found = [way for part in condition.parts for way in ways_to_turn(part, facts, moment)]
    else:
        blocking = isinstance(condition, Any | Nothing)
        parts = [part for part in condition.parts if part.verdict(facts, moment).holds is blocking]
        found = _together([ways_to_turn(part, facts, moment) for part in parts])
    return sorted(found, key=lambda way: way.length)[:MOST_WAYS]


def _together(parts: Sequence[list[Way]]) -> list[Way]:
    """One way of each part: of every two parts the nearest ones are kept, as all of them would be too many."""
    found = [Way((), 0.0)]
    for ways in parts:
        joined = [_joined(one, other) for one, other in product(found, ways)]
        found = sorted(joined, key=lambda way: way.length)[:MOST_WAYS]
    return found if parts else []


def _joined(one: Way, other: Way) -> Way:
    more = [line for line in other.lines if line not in one.lines]
    return Way((*one.lines, *more), round(one.distance + other.distance, DIGITS))


def distance(line: Line, facts: Facts, moment: Moment) -> float:
    """How far a line is from turning, from 0 to 1: see the head of this file."""
    value = normal(facts.get(line.path))
    ranges = [leaf for leaf in leaves(line.test) if isinstance(leaf, Range)]
    edges = [edge for leaf in ranges for edge in (leaf.low, leaf.high) if edge is not None]
    if edges and isinstance(value, int | float):
        return min(apart(value, edge, line.type) for edge in edges)
    until = FOREVER if line.windowed else line.verdict(facts, moment).until
    return 1.0 if until >= FOREVER else round(min(1.0, (until - moment.now) / YEAR), DIGITS)


def apart(value: Value, other: Value, kind: Type) -> float:
    """How far two values of a field are apart, from 0 to 1; those that are no numbers or times are 1 apart."""
    if value == other:
        return 0.0
    if not isinstance(value, int | float) or not isinstance(other, int | float) or kind is Type.YES_NO:
        return 1.0
    gap = abs(value - other)
    if kind in (Type.TIME, Type.DATE):
        return round(min(1.0, gap / (YEAR if kind is Type.TIME else 365)), DIGITS)
    return round(min(1.0, gap / max(abs(value), abs(other))), DIGITS)
