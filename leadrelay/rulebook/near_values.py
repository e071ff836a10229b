"""Values to try on a test: those at its edges, on either side, and others that are likely to pass it or to fail it."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.clock import FOREVER, HOUR, MINUTE, Instant
from leadrelay.leads.fields import PERSON_FIELDS, Field, Type, Value
from leadrelay.rulebook.condition import (
    After,
    Contains,
    EndsWith,
    Equals,
    Facts,
    InList,
    Known,
    Line,
    Matches,
    Mentions,
    Moment,
    NewerThan,
    OlderThan,
    Past,
    Range,
    SameAs,
    StartsWith,
    Test,
    Within,
    normal,
)
from leadrelay.rulebook.paths import leaves

DAY = 24 * HOUR
MOST_ENTRIES = 3
"""So many entries of a list are tried."""
_TIMED = OlderThan | NewerThan | Within | Past


class Point(Struct, frozen=True):
    """One thing to try on a line: a value of its field, or (`at`) a moment at which to look at the value that it has,
    `told` in words. `exact`: another value on the same side of the test is not as good."""

    value: Value = None
    at: Instant | None = None
    exact: bool = True
    told: str = ""


def points(line: Line, field: Field, facts: Facts, moment: Moment, people: Iterable[str]) -> Iterator[Point]:
    """The edges of a line, each from both sides: 249 and 250 of `at_least: 250`, an entry of a list and a near miss,
    each choice and another one, a minute before a span has passed and the moment at which it has."""
    for point in _points(line, field, facts, moment, people):
        if point.at is None and _fits(point.value, field):
            yield replace(point, value=_as_written(point.value, line))
        elif point.at is not None and 0 < point.at < FOREVER - MINUTE:
            yield point


def _fits(value: Value, of: Field) -> bool:
    """Whether a rule test may give that value."""
    return value is None or of.type is not Type.CHOICE or value in of.choices


def _as_written(value: Value, line: Line) -> Value:
    """A text in the letters that the rule has it in: NL, not nl."""
    if not isinstance(value, str) or line.type is Type.CHOICE:
        return value
    for known, more in ((value, ""), (value[:-1], value[-1:])):  # the word itself, or with one letter more
        if known and (found := re.search(re.escape(known), line.written, re.IGNORECASE)):
            return found[0] + more
    return value


def _points(line: Line, field: Field, facts: Facts, moment: Moment, people: Iterable[str]) -> Iterator[Point]:
    people = tuple(people)
    for leaf in leaves(line.test):
        if isinstance(leaf, _TIMED):
            for at, told in _turns(leaf, facts.get(line.path), moment):
                yield Point(at=at, told=told)
        elif isinstance(leaf, Range):
            yield from (Point(value) for value in _bounds(leaf, field))
        elif isinstance(leaf, Equals) and field.type is not Type.TEXT:
            yield from (Point(_as_chosen(value, field)) for value in sorted(leaf.values, key=str))
            yield Point(next(_others(leaf, field), None), exact=False)
        else:
            passes, fails = _sample(leaf, field, facts, people), _near_miss(leaf, field, facts, people)
            yield from (Point(value, exact=False) for value in (passes, fails))


def likely(line: Line, field: Field, facts: Facts, moment: Moment, people: Iterable[str]) -> Iterator[Value]:
    """Values among which there are likely to be some that pass the line, and some that do not."""
    yield None
    found = _likely(line, field, facts, moment, people)
    yield from (_as_written(value, line) for value in found if _fits(value, field))


def _likely(line: Line, field: Field, facts: Facts, moment: Moment, people: Iterable[str]) -> Iterator[Value]:
    people = tuple(people)
    found: list[Value] = []
    for leaf in leaves(line.test):
        if isinstance(leaf, _TIMED):
            yield from _moments(leaf, field, moment)
            continue
        if isinstance(leaf, Range):
            yield from _bounds(leaf, field)
        if isinstance(leaf, Equals):
            yield from (_as_chosen(value, field) for value in sorted(leaf.values, key=str))
            yield from _others(leaf, field)
        passes = _sample(leaf, field, facts, people)
        found.append(passes)
        yield passes
        yield _near_miss(leaf, field, facts, people)
        if isinstance(leaf, InList | Mentions):
            yield from sorted(leaf.values, key=str)[:MOST_ENTRIES]
    if len(found) > 1 and field.type in (Type.TEXT, Type.LIST):
        yield " ".join(str(one) for one in found) if field.type is Type.TEXT else _together(found)
    yield ordinary(field, moment, people)


def _together(found: Iterable[Value]) -> Value:
    return tuple(word for one in found if isinstance(one, tuple) for word in one)


def _step(of: Field, bound: float) -> float:
    """The least difference that people write between two values."""
    if of.type is Type.TIME:
        return MINUTE
    if of.type is Type.NUMBER and bound % 1:
        exponent = Decimal(str(bound)).as_tuple().exponent
        return float(Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0))
    return 1


def _bounds(test: Range, of: Field) -> Iterator[Value]:
    for bound, is_open, down in ((test.low, test.low_open, -1), (test.high, test.high_open, 1)):
        if bound is not None:
            step = _step(of, bound)
            beyond = bound + (-down if is_open else down) * step
            yield from sorted((_whole(bound), _whole(round(beyond, 9))))


def _whole(value: float) -> float | int:
    return int(value) if value % 1 == 0 else value


def _as_chosen(value: Value, of: Field) -> Value:
    """A normal value as the field has it: choices in their own letters, a word of a list as a list."""
    if of.type is Type.LIST:
        return (value,) if isinstance(value, str) else value
    return next((choice for choice in of.choices if normal(choice) == value), value)


def _others(test: Equals, of: Field) -> Iterator[Value]:
    """Values that are none of these, the nearest first."""
    if of.type is Type.CHOICE:
        yield from (choice for choice in of.choices if normal(choice) not in test.values)
    elif of.type is Type.YES_NO:
        yield from (value for value in (True, False) if value not in test.values)
    elif of.type in (Type.NUMBER, Type.MONEY, Type.DATE, Type.TIME):
        for value in test.values:
            if isinstance(value, int | float):
                step = _step(of, value)
                yield from (_whole(near) for near in (value + step, value - step) if near not in test.values)
    else:
        yield from (f"{value}x" for value in sorted(test.values, key=str))


def _sample(test: Test, of: Field, facts: Facts, people: Iterable[str]) -> Value:
    """A value that passes a test which is not about time."""
    found: Value = None
    match test:
        case Equals(values=values) | InList(values=values) | Mentions(values=values):
            found = min((value for value in values if value is not None), key=str, default=None)
        case Contains(needles=needles) | StartsWith(needles=needles) | EndsWith(needles=needles):
            found = needles[0]
        case Matches(pattern=pattern):
            found = pattern.strip().replace("*", "x").replace("?", "x")
        case SameAs(other=other):
            found = facts.get(other)
        case After(other=other):
            there = facts.get(other)
            found = there + int(_step(of, 0)) if isinstance(there, int) else None
        case Known(wanted=wanted):
            found = ordinary(of, None, people) if wanted else None
    return _as_chosen(found, of)


def _near_miss(test: Test, of: Field, facts: Facts, people: Iterable[str]) -> Value:
    """A value that fails such a test, though not by much."""
    match test:
        case Known(wanted=wanted):
            return None if wanted else ordinary(of, None, ())
        case After(other=other):
            return facts.get(other)
        case SameAs(other=other):
            there = facts.get(other)
            if isinstance(there, int):
                return there + 1
            return _miss(there, of, people) if isinstance(there, str) else None
    found = _sample(test, of, facts, ())
    word = found[0] if isinstance(found, tuple) else found
    if not isinstance(word, str) or not word:
        return None
    near: Value = word[:-1] if isinstance(test, Contains | StartsWith) and len(word) > 1 else _miss(word, of, people)
    if isinstance(test, Matches | EndsWith):
        near = f"{word[:-1]}{'y' if word[-1] != 'y' else 'z'}"
    return _as_chosen(near, of)


def _miss(word: str, of: Field, people: Iterable[str]) -> str | None:
    """Another text; in a field that holds a person another person."""
    if _is_person(of):
        return next((one for one in people if normal(one) != normal(word)), None)
    return f"{word}x"


def _is_person(of: Field) -> bool:
    return of.name in PERSON_FIELDS or of.path == "owner.id"


def ordinary(of: Field, moment: Moment | None, people: Iterable[str]) -> Value:
    """A value such as the field often has."""
    now = moment.now if moment else None
    match of.type:
        case Type.CHOICE:
            return next(iter(of.choices), None)
        case Type.YES_NO:
            return True
        case Type.TIME:
            return None if now is None else now - DAY
        case Type.DATE:
            return None if now is None else now // DAY
        case Type.NUMBER:
            return 1
        case Type.MONEY:
            return 100_000
        case Type.LIST:
            return ("something",)
    if _is_person(of):
        return next(iter(people), None)
    return "jan@example.com" if of.name == "email" else "something"


def is_timed(line: Line) -> bool:
    """Whether time alone may turn a line, so that its edges are moments for the value that its field has."""
    return any(isinstance(leaf, _TIMED) for leaf in leaves(line.test))


def with_partner(test: SameAs | After, other: Field, value: Value) -> Value:
    """A value for the other field with which this value of a line's own field passes."""
    return value - int(_step(other, 0)) if isinstance(test, After) and isinstance(value, int) else value


def _turns(test: Test, value: Value, moment: Moment) -> Iterator[tuple[Instant, str]]:
    """For a field that has this value: a minute before a test on time turns and when it has, each in words."""
    assert isinstance(test, _TIMED)
    if not isinstance(value, int):
        return
    when, calendar = test.at(value, moment)
    if isinstance(test, Past):
        yield from ((when - MINUTE, "a minute before then"), (when, "at that moment"))
    elif isinstance(test, OlderThan | NewerThan):
        turn = test.span.after(when, calendar)
        yield from ((turn - MINUTE, f"a minute short of {test.span}"), (turn, f"after exactly {test.span}"))
    elif (length := test.span.after(when, calendar) - when) < FOREVER - when:
        reached = test.span.reaches(when, when - 2 * length - 7 * DAY, calendar)
        reached += -reached % MINUTE
        yield from ((reached - MINUTE, f"a minute more than {test.span} ahead"), (reached, f"{test.span} ahead"))
        yield from ((when, "at that moment"), (when + MINUTE, "a minute after then"))


def _moments(test: Test, of: Field, moment: Moment) -> Iterator[Value]:
    """Moments (or days) from long before the span up to long after it, seen from now."""
    assert isinstance(test, _TIMED)
    now, span = moment.now, 0
    if not isinstance(test, Past):
        span = test.span.after(now, moment.calendars[test.calendar]) - now
    for distance in (-span // 2, -2 * span - 3 * DAY, -DAY, -HOUR, span // 2, HOUR, DAY, 2 * span + 3 * DAY):
        at = now + distance
        yield at // DAY if of.type is Type.DATE else at - at % MINUTE
