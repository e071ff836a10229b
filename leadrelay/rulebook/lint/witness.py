"""Finds values for which given lines hold, or do not hold: a subject to try rules on.

A try, not a proof: where it finds none there may still be some; what it finds does what is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from msgspec.structs import replace

from leadrelay.calendar import WorkCalendar
from leadrelay.clock import HOUR, MINUTE, Instant, day_of, instant_of
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.condition import (
    Contains,
    EndsWith,
    Equals,
    InList,
    Line,
    Matches,
    Mentions,
    Moment,
    Range,
    StartsWith,
    Test,
)
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.paths import leaves

Asked = tuple[Line, bool]
"""A line, and whether it is to hold."""
NOW: Instant = instant_of(datetime(2026, 11, 18, 12, tzinfo=UTC))
"""The Wednesday noon at which subjects are tried."""
_TODAY = day_of(datetime(2026, 11, 18, tzinfo=UTC).date())
_DAY = 24 * HOUR
_SPANS = (MINUTE, HOUR, 5 * HOUR, *(days * _DAY for days in (1, 3, 8, 16, 25, 45, 75, 120, 200, 300, 400, 800, 4000)))
_MEMBER = "x"
LISTS = "contact.lists"


class Sieve:
    """Looks for values, and remembers for each field what was asked and found. What follows from other fields counts
    as any other field here: a value that does what is asked may not come about."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.fields = ruleset.fields
        self.moment = Moment(NOW, ruleset.calendars)
        self._found: dict[tuple[str, frozenset[tuple[Test, bool]]], tuple[Value, ...]] = {}

    def passes(self, asked: Iterable[Asked]) -> bool:
        """Whether there is a value for every field that the lines read."""
        return all(self.values(path, wishes) for path, wishes in _by_path(asked).items())

    def values_for(self, asked: Iterable[Asked]) -> dict[str, Value] | None:
        """A value for every field that the lines read; None when for one of them none was found.

        Fields that follow from others get none, and what is asked of them is not looked at."""
        found: dict[str, Value] = {}
        for path, wishes in _by_path(asked).items():
            field = self.fields.get(path)
            if field is not None and (not field.derived or path == LISTS):
                values = self.values(path, wishes)
                if not values:
                    return None
                found[path] = values[0]
        return found

    def values(self, path: str, wishes: list[Asked]) -> tuple[Value, ...]:
        """The first value that does what is asked of a field, if one was found."""
        key = (path, frozenset((line.test, wanted) for line, wanted in wishes))
        if key not in self._found:
            tests = [test for line, _ in wishes for test in leaves(line.test)]
            good = (
                value
                for value in _candidates(self.fields, path, tests)
                if all(line.verdict({path: value}, self.moment).holds is wanted for line, wanted in wishes)
            )
            self._found[key] = tuple(islice(good, 1))
        return self._found[key]


def without_holidays(calendars: Mapping[str, WorkCalendar]) -> dict[str, WorkCalendar]:
    """Calendars as they are between holidays; the package that knows holidays is slow to load."""
    return {name: replace(one, holidays=None) for name, one in calendars.items()}


def _by_path(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = {}
    for line, wanted in asked:
        found.setdefault(line.path, []).append((line, wanted))
    return found


def _candidates(fields: Fields, path: str, tests: list[Test]) -> Iterator[Value]:
    """Values to try for a field: those that the tests speak of, what lies beside them, and ordinary ones."""
    field = fields.get(path)
    assert field is not None
    yield None
    spoken = [value for test in tests for value in _spoken(test)]
    match field.type:
        case Type.TIME:
            yield from (NOW - span for span in _SPANS)
            yield from (NOW + span for span in _SPANS)
            yield from _numbers(spoken)
        case Type.DATE:
            yield from (_TODAY + step * (span // _DAY) for step in (-1, 1) for span in _SPANS)
            yield from _numbers(spoken)
        case Type.NUMBER | Type.MONEY:
            yield from _numbers(spoken)
            yield 1
        case Type.YES_NO:
            yield True
            yield False
        case Type.LIST:
            words = tuple(dict.fromkeys(str(value) for value in spoken))
            yield words or (_MEMBER,)
            yield from ((word,) for word in words)
            yield (_MEMBER,)
        case _:
            yield from (value for value in spoken if isinstance(value, str))
            yield from field.choices or (_MEMBER,)


def _spoken(test: Test) -> Iterator[Value]:
    """The values that a test speaks of."""
    match test:
        case Equals() | InList() | Mentions():
            yield from sorted(test.values, key=str)[:20]
        case Range():
            yield from (edge for edge in (test.low, test.high) if edge is not None)
        case Contains() | StartsWith() | EndsWith():
            yield from test.needles
        case Matches():
            yield test.pattern.replace("*", "").replace("?", "x")
        case _:
            return


def _numbers(spoken: list[Value]) -> Iterator[Value]:
    for value in spoken:
        if isinstance(value, int | float):
            yield value
            yield value + 1
            yield value - 1
