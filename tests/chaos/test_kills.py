"""Killed at random moments (-9) and started again, everything is decided, done and sent once: as in a run in peace."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.driver import Databases, Outcome, campaign, compare

pytestmark = pytest.mark.serve

KILLS = 7
STEPS = 12


def test_on_sqlite() -> None:
    tally = campaign(Databases(), KILLS, STEPS)
    assert tally.kills == KILLS
    assert tally.is_clean, tally.differences


@pytest.mark.postgres
def test_on_postgresql(postgres_url: str) -> None:
    tally = campaign(Databases(postgres_url), KILLS, STEPS)
    assert tally.kills == KILLS
    assert tally.is_clean, tally.differences


PEACE = Outcome({"messages": Counter({("a",): 1, ("b",): 1})}, frozenset({"a.eml", "b.eml"}))


@pytest.mark.parametrize(
    ("chaos", "found"),
    [
        (PEACE, set()),
        (replace(PEACE, rows={"messages": Counter({("a",): 1})}), {"messages lost", "mails without a message"}),
        (replace(PEACE, rows={"messages": Counter({("a",): 2, ("b",): 1})}), {"messages twice or besides"}),
        (replace(PEACE, mails=frozenset({"a.eml"})), {"mails lost"}),
        (replace(PEACE, mails=frozenset({"a.eml", "b.eml", "c.eml"})), {"mails twice or besides"}),
        (replace(PEACE, violations=1), {"audit violations"}),
        (replace(PEACE, unsent=1), {"messages not sent"}),
    ],
)
def test_what_is_lost_or_twice_is_counted(chaos: Outcome, found: set[str]) -> None:
    tally = compare(PEACE, chaos, 1)
    counted = {name for name, number in tally.differences.items() if number > 0}
    assert found <= counted and tally.is_clean is not bool(found)
