"""Which fields a condition reads."""

from collections.abc import Iterator

from leadrelay.leads.fields import UNTIL, Fields
from leadrelay.rulebook.condition import After, Condition, Every, Not, SameAs, Test

_CORE = Fields()  # the company's own fields are never windowed, so the core ones are enough


def read_paths(condition: Condition) -> Iterator[str]:
    """Every path that a condition reads, companions of windowed fields included."""
    for line in condition.lines():
        yield line.path
        if line.windowed:
            yield line.path + UNTIL
        for test in leaves(line.test):
            if isinstance(test, SameAs | After):
                yield test.other
                other = _CORE.get(test.other)
                if other is not None and other.windowed:
                    yield test.other + UNTIL


def leaves(test: Test) -> Iterator[Test]:
    """The tests that a test is made of, without `Not` and `Every`."""
    if isinstance(test, Not):
        yield from leaves(test.test)
    elif isinstance(test, Every):
        for part in test.tests:
            yield from leaves(part)
    else:
        yield test
