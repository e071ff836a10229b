"""A sample of `make fuzz`, seeded: no traceback, no hang."""

from pathlib import Path

import pytest

from leadrelay.web import guesses
from tests.fuzz.driver import Found, one_case
from tests.fuzz.targets import SHARES, TARGETS, World

SAMPLE = 4
"""Times the shares."""


@pytest.mark.parametrize("kind", TARGETS)
def test_no_case_ends_in_a_traceback_or_hangs(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "FREE", 1_000_000)
    world, found = World(tmp_path / "company"), Found()
    for number in range(SAMPLE * SHARES[kind]):
        one_case(world, kind, 2026, number, found)
    world.close()
    assert found.failures == {}
    assert found.cases[kind] == SAMPLE * SHARES[kind]


def test_the_fuzzer_notices_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tests.fuzz.targets.load", broken)
    world = World.__new__(World)
    world.rules, world.base = {"rules/a.yaml": "a", "rules/b.yaml": "b", "rules/c.yaml": "c"}, {}
    found = Found()
    one_case(world, "rule files", 1, 1, found)
    assert [name.partition(" ")[0] for name in found.failures] == ["ZeroDivisionError"]
