"""The values of one field cut into classes that no test of a rulebook tells apart; a set of classes is a bit mask."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from math import inf
from typing import Protocol

from msgspec import Struct

from leadrelay.leads.fields import Field, Type, Value
from leadrelay.rulebook.condition import Equals, InList, Known, Moment, Range, Test, judge, normal

Mask = int

_COUNTS = frozenset(
    (
        "contact.site_visits_3w",
        "contact.requests_12m",
        "contact.orders_12m",
        "account.requests_12m",
        "account.orders_12m",
        "account.postcode_number",
        "opportunity.scotsman_score",
        "opportunity.bant_score",
        "opportunity.decider_count",
        "owner.away_days",
        "owner.open_count",
        "owner.capacity",
    )
)
"""Number fields that we count ourselves: whole, and not below zero."""
_MEANT_WHOLE = frozenset(("account.employees", "account.open_complaints", "account.overdue_invoices"))
"""Number fields that are brought by imports: meant to be whole, and not sure to be."""
_LIMITS = {
    "opportunity.scotsman_score": (0, 8),
    "opportunity.bant_score": (0, 4),
    "opportunity.win_chance": (0, 100),
    "opportunity.project_chance": (0, 100),
}
_OTHER_TEXTS = ("something else", "another text", "a text of no list", "none of these")


class Space(Protocol):
    """One field's classes. Class 0 is 'no value' where there is such a class."""

    @property
    def full(self) -> Mask:
        """Every class."""

    def mask(self, test: Test) -> Mask:
        """The classes whose values pass a test."""

    def examples(self, mask: Mask) -> Iterator[Value]:
        """Values in these classes, the most ordinary first."""


def bits(mask: Mask) -> Iterator[int]:
    """The numbers of the classes in a mask, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class ValueSpace(Struct, dict=True):
    """Classes that are single values: choices, yes and no, or the texts that tests mention and 'any other text'."""

    values: list[Value]
    rest: Mask = 0
    """The class of any other text, where there is one."""

    @cached_property
    def index(self) -> dict[Value, int]:  # noqa: D102
        return {value: number for number, value in enumerate(self.values)}

    @cached_property
    def full(self) -> Mask:  # noqa: D102
        return (1 << len(self.values)) - 1

    def mask(self, test: Test) -> Mask:  # noqa: D102
        if isinstance(test, Known):
            return self.full ^ 1 if test.wanted else 1
        assert isinstance(test, Equals | InList)
        return sum(1 << self.index[value] for value in test.values if value in self.index)

    def examples(self, mask: Mask) -> Iterator[Value]:  # noqa: D102
        yield from (self.values[number] for number in bits(mask & ~1))
        if mask & 1:
            yield None


class NumberSpace(Struct, dict=True):
    """Classes along a line of numbers: the points that tests mention, and the gaps in front of, between and after them.

    Class 0 is no value, 1 + 2i the gap in front of point i, 2 + 2i the point itself. `step` is the least difference
    between two values (None: any fraction); no value lies outside `lowest` and `highest`."""

    points: list[float]
    step: int | None
    lowest: float = -inf
    highest: float = inf
    meant_whole: bool = False
    """Whether values are meant to be whole and not below zero, though others cannot be ruled out."""

    @cached_property
    def ordinary(self) -> Mask:
        """The classes that have a value as meant in them."""
        if not self.meant_whole or any(point % 1 for point in self.points):
            return self.full
        return NumberSpace(self.points, 1, 0).full

    @cached_property
    def full(self) -> Mask:  # noqa: D102
        numbers = range(1, 2 * len(self.points) + 2)
        return 1 | sum(1 << number for number in numbers if self._value(number) is not None)

    def mask(self, test: Test) -> Mask:  # noqa: D102
        if isinstance(test, Known):
            return self.full & ~1 if test.wanted else 1
        if isinstance(test, Equals):
            values = [value for value in test.values if isinstance(value, int | float)]
            return sum(1 << 2 + 2 * bisect_left(self.points, value) for value in values) & self.full
        assert isinstance(test, Range)
        first, last = 1, 2 * len(self.points) + 1
        if test.low is not None:
            first = 2 + 2 * bisect_left(self.points, test.low) + test.low_open
        if test.high is not None:
            last = 2 + 2 * bisect_left(self.points, test.high) - test.high_open
        return ((1 << last + 1) - (1 << first)) & self.full if last >= first else 0

    def examples(self, mask: Mask) -> Iterator[Value]:
        """Values in these classes; no fractions and nothing below zero where the tests do not speak of such either."""
        whole = all(point % 1 == 0 for point in self.points)
        least = 0 if all(point >= 0 for point in self.points) else -inf
        for value in map(self._value, bits(mask & ~1)):
            if value is not None and value >= least and not (whole and value % 1):
                yield value
        if mask & 1:
            yield None

    def _value(self, number: int) -> float | None:
        """An ordinary value of a class; None when no value lies in it."""
        index, is_point = divmod(number - 1, 2)
        if is_point:
            value = self.points[index]
            return value if self.lowest <= value <= self.highest else None
        low = self.points[index - 1] if index else -inf
        high = self.points[index] if index < len(self.points) else inf
        step = self.step or 1
        start = low + step if low > -inf else min(high - step, 0)
        middle = (max(low, self.lowest) + min(high, self.highest)) / 2
        for value in (max(start, self.lowest), start) if self.step else (max(start, self.lowest), middle):
            if low < value < high and self.lowest <= value <= self.highest:
                return value
        return None


class TestedSpace(Struct, dict=True):
    """Classes that are the ways in which a few tests come out, found by trying values on all sides of their edges."""

    tests: list[Test]
    tried: Iterable[tuple[Value, Moment]]

    @cached_property
    def outcomes(self) -> dict[tuple[bool, ...], Value]:
        """How the tests come out -> the first value tried that makes them come out so."""
        found: dict[tuple[bool, ...], Value] = {}
        for value, moment in self.tried:
            outcome = tuple(judge(test, value, {}, moment).holds for test in (*self.tests, Known(True)))
            found.setdefault(outcome, value)
        return found

    @cached_property
    def full(self) -> Mask:  # noqa: D102
        return (1 << len(self.outcomes)) - 1

    def mask(self, test: Test) -> Mask:  # noqa: D102
        known = isinstance(test, Known)
        place = len(self.tests) if known else self.tests.index(test)
        wanted = test.wanted if isinstance(test, Known) else True
        return sum(1 << number for number, outcome in enumerate(self.outcomes) if outcome[place] is wanted)

    def examples(self, mask: Mask) -> Iterator[Value]:  # noqa: D102
        values = list(self.outcomes.values())
        yield from sorted((values[number] for number in bits(mask)), key=lambda value: value is None)


def value_space(of: Field, tests: Iterable[Test]) -> ValueSpace | NumberSpace:
    """The classes of a field for tests that are `Equals`, `Range`, `InList` or `Known`."""
    tests = list(tests)
    if of.type is Type.YES_NO:
        return ValueSpace([None, True, False])
    if of.type is Type.CHOICE:
        return ValueSpace([None, *dict.fromkeys(normal(choice) for choice in of.choices)])
    if of.type in (Type.TEXT, Type.LIST):
        named = {value for test in tests if isinstance(test, Equals | InList) for value in test.values}
        other = next((text for text in _OTHER_TEXTS if text not in named), "-".join(map(str, sorted(named, key=str))))
        return ValueSpace([None, *sorted(named, key=str), other], rest=1 << len(named) + 1)
    return _number_space(of, tests)


def _number_space(of: Field, tests: list[Test]) -> NumberSpace:
    points: set[float] = set()
    for test in tests:
        if isinstance(test, Range):
            points.update(bound for bound in (test.low, test.high) if bound is not None)
        elif isinstance(test, Equals):
            points.update(value for value in test.values if isinstance(value, int | float))
    if of.type is not Type.NUMBER:
        return NumberSpace(sorted(points), step=1)
    counts = of.path in _COUNTS and all(point % 1 == 0 for point in points)
    lowest, highest = _LIMITS.get(of.path, (0, inf) if of.path in _COUNTS else (-inf, inf))
    return NumberSpace(sorted(points), 1 if counts else None, lowest, highest, of.path in _MEANT_WHOLE)
