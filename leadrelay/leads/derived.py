"""Fields that follow from other fields of the same subject, computed here and nowhere else."""

import re
from collections.abc import Mapping

from leadrelay.leads.fields import CRITERIA, Value

_LEADING_DIGITS = re.compile(r"(?:[A-Za-z]{1,2}[- ])?(\d{1,9})")

SOURCES: Mapping[str, tuple[str, ...]] = {
    "account.postcode_number": ("account.postcode",),
    "opportunity.scotsman_score": tuple(f"opportunity.scotsman.{name}" for name in CRITERIA["scotsman"]),
    "opportunity.bant_score": tuple(f"opportunity.bant.{name}" for name in CRITERIA["bant"]),
    "opportunity.decider_count": ("opportunity.deciders",),
    "opportunity.weighted_value": ("opportunity.expected_value", "opportunity.win_chance"),
}
"""Which fields each of them follows from."""


def postcode_number(postcode: Value) -> int | None:
    """The leading digits of a postcode as a number: 1017 of `1017 AB` and of `B-1017`."""
    found = _LEADING_DIGITS.match(postcode.strip()) if isinstance(postcode, str) else None
    return int(found[1]) if found else None


def score(answers: list[Value]) -> int:
    """How many criteria are answered with yes; unknown is not yes (M16)."""
    return sum(1 for answer in answers if answer is True)


def weighted_value(expected: Value, chance: Value) -> int | None:
    """Expected value (cents) times the chance of winning (0-100), in whole cents; unknown when either is."""
    if isinstance(expected, int) and isinstance(chance, int | float):
        return round(expected * chance / 100)
    return None


def derive(path: str, facts: Mapping[str, Value]) -> Value:
    """The value of one of `SOURCES` from the facts."""
    given = [facts.get(source) for source in SOURCES[path]]
    if path == "account.postcode_number":
        return postcode_number(given[0])
    if path == "opportunity.decider_count":
        return len(given[0]) if isinstance(given[0], tuple) else 0
    if path == "opportunity.weighted_value":
        return weighted_value(*given)
    return score(given)
