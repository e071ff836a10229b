"""What the tests of the store share: moments, and rulesets that watch the fields a test needs."""

from collections.abc import Callable

import pytest

from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import All, Equals, Line
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset

Watching = Callable[..., Ruleset]


@pytest.fixture
def watching() -> Watching:
    """Makes a ruleset with a rulebook per (flow, kind, path…), each reading these paths."""

    def make(*books: tuple[str, ...]) -> Ruleset:
        return Ruleset(tuple(_book(flow, kind, paths) for flow, kind, *paths in books))

    return make


def _book(flow: str, kind: str, paths: list[str]) -> Rulebook:
    lines = tuple(Line(path, Equals(frozenset[Value]({"x"}))) for path in paths)
    return Rulebook(f"{flow}-{kind}", kind, flow, rules=(Rule("r", "r", All(lines)),))  # type: ignore[arg-type]
