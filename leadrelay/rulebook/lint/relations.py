"""How two tests of one field hang together whatever the value: one implies the other, or they never both hold.

Only what is sure is said; of any other pair nothing is known. The tests are those that cannot be cut into classes of
values (spaces.py): parts of texts, members of lists, globs, spans of time, and named lists that are too long to cut up.
"""

from collections.abc import Callable, Iterable

from leadrelay.rulebook.condition import (
    After,
    Contains,
    EndsWith,
    InList,
    Matches,
    Mentions,
    Moment,
    NewerThan,
    OlderThan,
    Past,
    SameAs,
    StartsWith,
    Test,
    Within,
    judge,
)
from leadrelay.rulebook.ladder import shorter

SPANS = OlderThan | NewerThan | Within
TEXTS = Contains | StartsWith | EndsWith | Matches | Mentions
MOST_TRIED = 5000
"""Of a list of more entries than this, not every one is held against a test of text."""
_NEVER_ASKED = Moment(0, {})  # for tests that do not look at it


def implies(one: Test, other: Test, members: bool = False) -> bool:
    """Whether a value that passes `one` is sure to pass `other`; `members`: of a list field, not of a text."""
    one, other = _plain(one), _plain(other)
    if one == other:
        return True
    if isinstance(one, InList) and isinstance(other, TEXTS | InList):
        return len(one.values) <= MOST_TRIED and all(_passes(value, other) for value in one.values)
    if isinstance(one, Mentions) and isinstance(other, Mentions):
        return one.values <= other.values
    if isinstance(one, Contains | StartsWith | EndsWith) and isinstance(other, Contains | StartsWith | EndsWith):
        inside = _within(type(one), type(other), members)
        return inside is not None and all(any(inside(text, part) for part in other.needles) for text in one.needles)
    return isinstance(one, SPANS | Past) and isinstance(other, SPANS | Past) and _follows(one, other)


def excludes(one: Test, other: Test) -> bool:
    """Whether no value passes both."""
    one, other = _plain(one), _plain(other)
    return _apart(one, other) or _apart(other, one)


def _apart(one: Test, other: Test) -> bool:
    if isinstance(one, InList) and isinstance(other, TEXTS | InList):
        return len(one.values) <= MOST_TRIED and not any(_passes(value, other) for value in one.values)
    if isinstance(one, StartsWith) and isinstance(other, StartsWith):
        return not any(a.startswith(b) or b.startswith(a) for a in one.needles for b in other.needles)
    if isinstance(one, EndsWith) and isinstance(other, EndsWith):
        return not any(a.endswith(b) or b.endswith(a) for a in one.needles for b in other.needles)
    if isinstance(one, After) and isinstance(other, SameAs):
        return one.other == other.other
    return isinstance(one, SPANS | Past) and isinstance(other, SPANS | Past) and _elsewhen(one, other)


def completes(one: Test, other: Test) -> bool:
    """Whether every known value passes one of the two."""
    return isinstance(one, Past) and isinstance(other, Past) and _alike(one, other) and one.wanted is not other.wanted


def _plain(test: Test) -> Test:
    """A glob that only asks how a text begins, ends or what it contains, as the test that says so."""
    if not isinstance(test, Matches):
        return test
    pattern = test.pattern.strip().casefold()
    core = pattern.strip("*")
    if not core or any(sign in core for sign in "*?["):
        return test
    begins, ends = not pattern.startswith("*"), not pattern.endswith("*")
    if begins and ends:
        return InList("", frozenset((core,)))
    return StartsWith((core,)) if begins else EndsWith((core,)) if ends else Contains((core,))


def _passes(value: object, test: Test) -> bool:
    return isinstance(value, str) and judge(test, value, {}, _NEVER_ASKED).holds


def _within(one: type, other: type, members: bool) -> Callable[[str, str], bool] | None:
    """How a text of `one` must hold one of `other` for a value with the first to have the second; None: it need not."""
    if members:
        return str.__eq__
    if other is Contains:
        return str.__contains__
    if one is not other:
        return None
    return str.startswith if one is StartsWith else str.endswith


def _alike(one: SPANS | Past, other: SPANS | Past) -> bool:
    return one.calendar == other.calendar and one.of_date is other.of_date


def _no_longer(one: SPANS, other: SPANS) -> bool:
    """Whether the span of `one` never passes after that of `other`."""
    return one.span == other.span or shorter(one.span, other.span) is True


def _follows(one: SPANS | Past, other: SPANS | Past) -> bool:
    if not _alike(one, other):
        return False
    if isinstance(other, Past):
        return isinstance(one, OlderThan | NewerThan) and other.wanted
    if isinstance(one, OlderThan) and isinstance(other, OlderThan):
        return _no_longer(other, one)
    same = isinstance(one, NewerThan | Within) and type(one) is type(other)
    return same and not isinstance(one, Past) and _no_longer(one, other)


def _elsewhen(one: SPANS | Past, other: SPANS | Past) -> bool:
    """Whether no moment passes both; looked at from one side."""
    if not _alike(one, other):
        return False
    if isinstance(one, Past):
        ahead = not one.wanted
        return ahead and (isinstance(other, OlderThan | NewerThan) or (isinstance(other, Past) and other.wanted))
    if isinstance(one, OlderThan):
        if isinstance(other, NewerThan):
            return _no_longer(other, one)
        return isinstance(other, Within) and one.span.amount > 0
    return False


def can_be(outcomes: Iterable[tuple[Test, bool]], known: bool, members: bool) -> bool:
    """Whether tests of one field may come out like this together; `known`: the field is known to have a value."""
    held = [test for test, holds in outcomes if holds]
    failed = [test for test, holds in outcomes if not holds]
    for number, one in enumerate(held):
        if any(excludes(one, other) for other in held[:number]) or any(implies(one, no, members) for no in failed):
            return False
    return not known or not any(completes(one, other) for n, one in enumerate(failed) for other in failed[:n])
