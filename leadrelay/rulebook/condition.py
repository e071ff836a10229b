"""Conditions as frozen values that know whether they hold and until when: the interpreter, the matcher's oracle.

    condition := Line | All(condition…) | Any(condition…) | Nothing(condition…)
    Line      := field path, test
    test      := Equals | Range | Contains | StartsWith | EndsWith | Matches | Mentions | InList | SameAs | After
               | Known | OlderThan | NewerThan | Within | Past | Not(test) | Every(test…)

A field without a value passes no test but `Known(False)` and `Not`. Every verdict carries the moment up to which it
stands if no field changes (findings, 'Time'): `Not` keeps it; all: true → the smallest of the parts, false → the
LARGEST among the false parts; any is the mirror image.
"""

from collections.abc import Iterator, Mapping, Set
from fnmatch import translate
from functools import cached_property, lru_cache
from re import Pattern
from re import compile as regex
from typing import NamedTuple, Protocol

from msgspec import Struct

from leadrelay.calendar import WorkCalendar
from leadrelay.clock import FOREVER, Instant
from leadrelay.duration import Duration
from leadrelay.leads.fields import UNTIL, Type, Value
from leadrelay.rulebook.phrases import Phrases
from leadrelay.rulebook.place import NOWHERE, Place

Facts = Mapping[str, Value]


class Verdict(NamedTuple):
    """Whether something holds, and the first moment after now at which that may change if no field changes."""

    holds: bool
    until: Instant = FOREVER


class Moment(Struct, frozen=True):
    """Now, and the calendars that working time is counted in (there is always one named 'default')."""

    now: Instant
    calendars: Mapping[str, WorkCalendar]


def normal(value: Value) -> Value:
    """A value as tests compare it: text without case and outer spaces, empty text is no value."""
    if isinstance(value, str):
        return value.strip().casefold() or None
    if isinstance(value, tuple):
        return tuple(one.strip().casefold() for one in value) or None
    return value


class Test(Protocol):
    """What a field's value is held against. `value` is already normal and known, unless `unknown_too` is set."""

    unknown_too: bool

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:
        """Whether the value passes, and until when that stands."""


class Equals(Struct, frozen=True):
    """`x` or `[x, y]`: equals one of these normal values."""

    values: frozenset[Value]
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict(value in self.values)


class Range(Struct, frozen=True):
    """`over` `under` `at_least` `at_most` `between`, in the field's own unit (cents, days, microseconds)."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        assert isinstance(value, int | float)
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return Verdict(above and below)


class Contains(Struct, frozen=True):
    """`contains`: any of these stands in the text; on a list field: is a member."""

    needles: tuple[str, ...]
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        assert isinstance(value, str | tuple)
        return Verdict(any(needle in value for needle in self.needles))


class StartsWith(Struct, frozen=True):
    """`starts_with`: the text begins with any of these."""

    needles: tuple[str, ...]
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict(str(value).startswith(self.needles))


class EndsWith(Struct, frozen=True):
    """`ends_with`: the text ends with any of these."""

    needles: tuple[str, ...]
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict(str(value).endswith(self.needles))


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> Pattern[str]:
    return regex(translate(pattern.strip().casefold()))


class Matches(Struct, frozen=True):
    """`matches`: the text against a glob."""

    pattern: str
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict(_glob(self.pattern).match(str(value)) is not None)


class InList(Struct, frozen=True):
    """`in_list`: is on the named list, whose normal values were read with the rules."""

    name: str
    values: Set[Value]
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict(value in self.values)


class Mentions(Struct, frozen=True, dict=True):
    """`mentions`: an entry of the named list stands in the text as whole words, ignoring case, accents and spacing."""

    name: str
    values: Set[Value]
    unknown_too = False

    @cached_property
    def phrases(self) -> Phrases:
        """The entries, ready to be looked for."""
        return Phrases(value for value in self.values if isinstance(value, str))

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict(any(True for _ in self.phrases.found(str(value))))

    def found(self, value: Value) -> tuple[str, ...]:
        """The entries that the text mentions, in the order of the text, each once."""
        return tuple(dict.fromkeys(self.phrases.found(value))) if isinstance(value, str) else ()


class SameAs(Struct, frozen=True):
    """`same_as`: equals the other field, both known."""

    other: str
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        edge = facts.get(self.other + UNTIL)  # there if the other field is windowed
        return Verdict(value == normal(facts.get(self.other)), edge if isinstance(edge, int) else FOREVER)


class After(Struct, frozen=True):
    """`after`: a time later than the other field's, both known."""

    other: str
    unknown_too = False

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        other, edge = facts.get(self.other), facts.get(self.other + UNTIL)
        later = isinstance(value, int) and isinstance(other, int) and value > other
        return Verdict(later, edge if isinstance(edge, int) else FOREVER)


class Known(Struct, frozen=True):
    """`known: true` or `known: false`."""

    wanted: bool
    unknown_too = True

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return Verdict((value is not None) is self.wanted)


class _Timed(Struct, frozen=True):
    """What tests on time share. `of_date`: the field is a date, which stands for its first instant in the calendar."""

    calendar: str = "default"
    of_date: bool = False
    unknown_too = False

    def at(self, value: Value, moment: Moment) -> tuple[Instant, WorkCalendar]:
        assert isinstance(value, int)
        calendar = moment.calendars[self.calendar]
        return (calendar.midnight(value) if self.of_date else value), calendar


class OlderThan(_Timed, frozen=True):
    """`older_than`: at least this long ago; holds from the very instant that it has passed."""

    span: Duration = Duration()

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        when, calendar = self.at(value, moment)
        due = self.span.after(when, calendar)
        return Verdict(True) if due <= moment.now else Verdict(False, due)


class NewerThan(_Timed, frozen=True):
    """`newer_than`: in the past, less than this long ago."""

    span: Duration = Duration()

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        when, calendar = self.at(value, moment)
        if when > moment.now:
            return Verdict(False, when)
        due = self.span.after(when, calendar)
        return Verdict(True, due) if moment.now < due else Verdict(False)


class Within(_Timed, frozen=True):
    """`within`: from now up to and including this far ahead."""

    span: Duration = Duration()

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        when, calendar = self.at(value, moment)
        if when < moment.now:
            return Verdict(False)
        if when <= self.span.after(moment.now, calendar):
            return Verdict(True, self.span.leaves(when, moment.now, calendar))
        return Verdict(False, self.span.reaches(when, moment.now, calendar))


class Past(_Timed, frozen=True):
    """`past: true` (at or before now) or `past: false` (after now)."""

    wanted: bool = True

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        when, _ = self.at(value, moment)
        gone = when <= moment.now
        return Verdict(gone is self.wanted, FOREVER if gone else when)


class Not(Struct, frozen=True):
    """`not`: does not pass the test, so also when unknown."""

    test: Test
    unknown_too = True

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        holds, until = judge(self.test, value, facts, moment)
        return Verdict(not holds, until)


class Every(Struct, frozen=True):
    """Several words in one mapping: all must hold."""

    tests: tuple[Test, ...]
    unknown_too = True

    def verdict(self, value: Value, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return conjunction([judge(test, value, facts, moment) for test in self.tests])


def judge(test: Test, value: Value, facts: Facts, moment: Moment) -> Verdict:
    """A test on a normal value that may be unknown."""
    if value is None and not test.unknown_too:
        return Verdict(False)
    return test.verdict(value, facts, moment)


def conjunction(parts: list[Verdict]) -> Verdict:
    """All of these: true up to the first change; false as long as the longest-lasting false part."""
    if all(part.holds for part in parts):
        return Verdict(True, min((part.until for part in parts), default=FOREVER))
    return Verdict(False, max(part.until for part in parts if not part.holds))


def disjunction(parts: list[Verdict]) -> Verdict:
    """Any of these; the mirror image of `conjunction`."""
    holds, until = conjunction([Verdict(not part.holds, part.until) for part in parts])
    return Verdict(not holds, until)


class Condition(Protocol):
    """What stands under `when:` and `scope:`."""

    def verdict(self, facts: Facts, moment: Moment) -> Verdict:
        """Whether it holds for these facts at this moment, and until when that stands."""

    def lines(self) -> Iterator["Line"]:
        """Every line of it, in the order of the file."""


class Line(Struct, frozen=True):
    """One field against one test; `written` is the test as the file has it, `place` where.

    `unknown_meant`: its `not` says by `known: any` that it is for subjects of which the field is unknown as well."""

    path: str
    test: Test
    type: Type = Type.TEXT
    windowed: bool = False
    written: str = ""
    place: Place = NOWHERE
    unknown_meant: bool = False

    def verdict(self, facts: Facts, moment: Moment) -> Verdict:
        """The test on the field's value; a windowed field's verdict also ends when the field itself changes."""
        holds, until = judge(self.test, normal(facts.get(self.path)), facts, moment)
        if self.windowed:
            edge = facts.get(self.path + UNTIL)
            until = min(until, edge) if isinstance(edge, int) else until
        return Verdict(holds, until)

    def lines(self) -> Iterator["Line"]:
        """Itself."""
        yield self


class _Group(Struct, frozen=True):
    parts: tuple[Condition, ...] = ()

    def lines(self) -> Iterator[Line]:
        """Every line below it."""
        for part in self.parts:
            yield from part.lines()


class All(_Group, frozen=True):
    """`all:`, and a mapping of lines: every part holds. Without parts it always holds."""

    def verdict(self, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return conjunction([part.verdict(facts, moment) for part in self.parts])


class Any(_Group, frozen=True):
    """`any:`: at least one part holds."""

    def verdict(self, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        return disjunction([part.verdict(facts, moment) for part in self.parts])


class Nothing(_Group, frozen=True):
    """`none:`: no part holds."""

    def verdict(self, facts: Facts, moment: Moment) -> Verdict:  # noqa: D102
        holds, until = disjunction([part.verdict(facts, moment) for part in self.parts])
        return Verdict(not holds, until)


ALWAYS = All()
