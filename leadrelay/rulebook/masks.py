"""What a field's value leaves alive of a rulebook's rows: masks with a bit per row, by value or stretch of values."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import ceil, floor, inf, nextafter
from typing import NamedTuple, Protocol

from msgspec import Struct

from leadrelay.clock import FOREVER, Instant, day_of
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import (
    Contains,
    Equals,
    InList,
    Known,
    Moment,
    NewerThan,
    OlderThan,
    Past,
    Range,
    Test,
    Verdict,
    Within,
    judge,
    normal,
)
from leadrelay.rulebook.paths import leaves
from leadrelay.zone import local_of

Mask = int
TIMED = (OlderThan, NewerThan, Within, Past)
ORDERED = (Range, Equals, InList, Known)
_NEVER_ASKED = Moment(0, {})  # for tests that do not look at it
_KEPT = 8192  # values that a memo remembers
_KEPT_TEXTS = 1024


class Masked(Struct, frozen=True):
    """A test and the rows that survive its two outcomes; `rows`: those that have a literal on it."""

    test: Test
    if_true: Mask
    if_false: Mask
    rows: Mask


class ValueMasks(dict[Value, Mask]):
    """Raw value -> the rows it leaves alive; what is not yet known is asked of the interpreter's tests."""

    def __init__(self, tests: Sequence[Masked], full: Mask) -> None:
        super().__init__()
        self._tests = tests
        self._full = full
        self.rows = rows_with(tests)

    def __missing__(self, value: Value) -> Mask:
        mask, plain = self._full, normal(value)
        for one in self._tests:
            mask &= one.if_true if judge(one.test, plain, {}, _NEVER_ASKED).holds else one.if_false
        if len(self) >= _KEPT:
            self.clear()
        self[value] = mask
        return mask


class NumberMasks(dict[Value, Mask]):
    """Raw number -> the rows it leaves alive; what is not yet known is found among the stretches."""

    def __init__(self, tests: Sequence[Masked], full: Mask) -> None:
        super().__init__()
        self._stretches = range_masks(tests, full, whole=False)
        self.rows = rows_with(tests)

    def __missing__(self, value: Value) -> Mask:
        mask = self._stretches.of(value).possible
        if len(self) < _KEPT:
            self[value] = mask
        return mask


Memo = ValueMasks | NumberMasks


class TextMasks:
    """The text tests on a field: the first so many values are remembered with the rows they leave alive, for any other
    value tests are asked one by one, each only if a surviving row needs it."""

    def __init__(self, tests: Sequence[Masked], full: Mask) -> None:
        self._full = full
        self._kept: dict[Value, Mask] = {}
        asked = [(one, _needle(one.test)) for one in tests]
        self._needles = [(one.rows, needle, one.if_true, one.if_false) for one, needle in asked if needle is not None]
        self._asked = [(one.rows, one.test, one.if_true, one.if_false) for one, needle in asked if needle is None]
        self.rows = rows_with(tests)

    def left(self, mask: Mask, value: Value) -> Mask:
        """The rows of the mask that a raw value leaves alive."""
        kept = self._kept.get(value)
        if kept is None:
            if len(self._kept) >= _KEPT_TEXTS:
                return self._ask(mask, value)
            self._kept[value] = kept = self._ask(self._full, value)
        return mask & kept

    def _ask(self, mask: Mask, value: Value) -> Mask:
        plain = normal(value)
        text = plain if isinstance(plain, str) else ""
        for rows, needle, if_true, if_false in self._needles:
            if mask & rows:
                mask &= if_true if needle in text else if_false
        for rows, test, if_true, if_false in self._asked:
            if mask & rows:
                mask &= if_true if judge(test, plain, {}, _NEVER_ASKED).holds else if_false
        return mask


def _needle(test: Test) -> str | None:
    """The one text that a test looks for, to be looked for without a detour over verdicts."""
    if isinstance(test, Contains) and len(test.needles) == 1:
        return test.needles[0] or None
    return None


class Stretch(NamedTuple):
    """What holds for all values of one stretch: the rows not lost for good, and those that time may still turn."""

    possible: Mask
    open: Mask


class RangeMasks(Struct, frozen=True):
    """Stretches of an ordered field's values: `stretches[i]` goes from `cuts[i - 1]`, included, up to `cuts[i]`."""

    cuts: list[float]
    stretches: list[Stretch]
    unknown: Stretch
    rows: Mask

    def of(self, value: Value) -> Stretch:
        """The stretch of a raw value."""
        if value is None:
            return self.unknown
        assert isinstance(value, int | float)
        return self.stretches[bisect_right(self.cuts, value)]


def range_masks(tests: Sequence[Masked], full: Mask, moment: Moment = _NEVER_ASKED, whole: bool = True) -> RangeMasks:
    """The stretches of a field's values at a moment: each test is asked once per stretch of its own.

    `whole`: the field's values are whole numbers (cents, days, microseconds)."""
    asked = []
    for one in tests:
        cuts = _cuts(points_of(one.test, moment), whole)
        asked.append((one, cuts, [judge(one.test, value, {}, moment) for value in _samples(cuts)]))
    every = sorted({cut for _, cuts, _ in asked for cut in cuts})
    stretches = [
        _stretch(((one, verdicts[bisect_right(cuts, value)]) for one, cuts, verdicts in asked), full)
        for value in _samples(every)
    ]
    return RangeMasks(every, stretches, stretch_at(tests, None, full, moment), rows_with(tests))


def stretch_at(tests: Sequence[Masked], value: Value, full: Mask, moment: Moment) -> Stretch:
    """What holds for one value of an ordered field at a moment."""
    return _stretch([(one, judge(one.test, value, {}, moment)) for one in tests], full)


def _stretch(verdicts: Iterable[tuple[Masked, Verdict]], full: Mask) -> Stretch:
    possible, still_open = full, 0
    for one, (holds, until) in verdicts:
        if until != FOREVER:
            still_open |= one.rows
        else:
            possible &= one.if_true if holds else one.if_false
    return Stretch(possible, still_open)


def _cuts(points: Iterable[float], whole: bool) -> list[float]:
    """Where stretches begin, when a test may change at, or right after, each of these points."""
    if whole:
        return sorted({cut for point in points for cut in (ceil(point), floor(point) + 1)})
    return sorted({cut for point in points for cut in (point, min(point + 1, nextafter(point, inf)))})


def _samples(cuts: Sequence[float]) -> list[float]:
    """A value out of every stretch."""
    return [cuts[0] - 1, *cuts] if cuts else [0]


def points_of(test: Test, moment: Moment) -> set[float]:
    """A superset of the values at, or right after, which the test on an ordered field changes its verdict."""
    return {point for leaf in leaves(test) for point in _points(leaf, moment)}


def _points(test: Test, moment: Moment) -> set[float]:
    match test:
        case Range():
            return {edge for edge in (test.low, test.high) if edge is not None}
        case Equals() | InList():
            return {value for value in test.values if isinstance(value, int | float)}
        case OlderThan() | NewerThan() | Within() | Past():
            return _time_points(test, moment)
    return set()


def _time_points(test: OlderThan | NewerThan | Within | Past, moment: Moment) -> set[float]:
    calendar, now = moment.calendars[test.calendar], moment.now
    instants: set[Instant] = {now}
    if isinstance(test, OlderThan | NewerThan):
        instants.update(test.span.breakpoints(now, calendar))
    elif isinstance(test, Within):
        instants.add(test.span.after(now, calendar))
    instants.discard(FOREVER)
    if test.of_date:
        # The next day too: where the clock is put back over midnight, it has begun before the wall clock says so.
        days = {day_of(local_of(instant, calendar.zone).date()) for instant in instants}
        return {later for day in days for later in (day, day + 1)}
    return set(instants)


class _HasRows(Protocol):
    @property
    def rows(self) -> Mask: ...


def rows_with(tests: Iterable[_HasRows]) -> Mask:
    """The rows that have a literal on one of these."""
    mask = 0
    for one in tests:
        mask |= one.rows
    return mask
