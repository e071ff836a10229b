"""Values that are likely to pass tests which cannot be cut into classes: what example subjects are made of."""

from collections.abc import Iterable, Iterator, Mapping

from leadrelay.clock import HOUR, SECOND
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import (
    After,
    Contains,
    EndsWith,
    InList,
    Matches,
    Mentions,
    Moment,
    Past,
    SameAs,
    StartsWith,
    Test,
)
from leadrelay.rulebook.lint.relations import SPANS

Linked = tuple[str, SameAs | After, bool]
"""A path, the test that holds it against another field, and whether that test should hold."""


def around(tests: Iterable[Test], moment: Moment) -> Iterator[Value]:
    """Moments before, at, between and after all the edges of tests on time."""
    edges = {moment.now}
    for test in tests:
        if isinstance(test, SPANS):
            calendar = moment.calendars[test.calendar]
            edges.update(test.span.breakpoints(moment.now, calendar))
            edges.add(test.span.after(moment.now, calendar))
    yield from (edge + offset for edge in sorted(edges) for offset in (-HOUR, HOUR, -SECOND, -1, 0, 1, SECOND))


def samples(tests: list[Test], moment: Moment) -> Iterator[Value]:
    """Values that are likely to pass all of the tests."""
    timed = [test for test in tests if isinstance(test, SPANS | Past)]
    if timed:
        days = any(test.of_date for test in timed)
        yield from dict.fromkeys(moments_or_days(timed, moment)) if days else around(timed, moment)
    texts = [(test, sample) for test in tests if (sample := _sample(test))]
    for _, sample in texts:
        yield sample
        yield (sample,)
    if len(texts) > 1:
        starts = "".join(sample for test, sample in texts if isinstance(test, StartsWith))
        ends = "".join(sample for test, sample in texts if isinstance(test, EndsWith))
        inner = " ".join(sample for test, sample in texts if not isinstance(test, StartsWith | EndsWith))
        yield f"{starts} {inner} {ends}".strip()
        yield tuple(sample for _, sample in texts)


def moments_or_days(tests: Iterable[Test], moment: Moment) -> Iterator[Value]:
    """The days of `around`, and those beside them."""
    day = 24 * HOUR
    for value in around(tests, moment):
        assert isinstance(value, int)
        yield from (value // day, value // day - 1, value // day + 1)


def linked(facts: Mapping[str, Value], links: Iterable[Linked]) -> dict[str, Value]:
    """The facts with fields that should be the same, or one later than the other, made so where that is easy."""
    found = dict(facts)
    for path, test, wanted in links:
        value = found.get(path)
        value = found.get(test.other) if value is None else value
        if wanted and isinstance(test, SameAs):
            found[path] = found[test.other] = "someone" if value is None else value
        elif wanted and isinstance(value, int):
            found[path], found[test.other] = value, value - 1
        elif isinstance(value, str) and found.get(path) == found.get(test.other):
            found[path] = f"not {value}"
    return found


def _sample(test: Test) -> str:
    if isinstance(test, Contains | StartsWith | EndsWith):
        return test.needles[0]
    if isinstance(test, Matches):
        return test.pattern.strip().casefold().replace("*", "x").replace("?", "x")
    return str(min(test.values, key=str)) if isinstance(test, InList | Mentions) and test.values else ""
