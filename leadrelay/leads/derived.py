"""Fields that follow from other fields of the same subject, computed here and nowhere else."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from leadrelay.geography.provinces import province
from leadrelay.leads.bounds import is_amount
from leadrelay.leads.fields import CRITERIA, Formula, Value
from leadrelay.leads.weighing import chance_of, weighted

_LEADING_DIGITS = re.compile(r"(?:[A-Za-z]{1,2}[- ])?(\d{1,9})")

SOURCES: Mapping[str, tuple[str, ...]] = {
    "account.postcode_number": ("account.postcode",),
    "account.province": ("account.country", "account.postcode"),
    "opportunity.scotsman_score": tuple(f"opportunity.scotsman.{name}" for name in CRITERIA["scotsman"]),
    "opportunity.bant_score": tuple(f"opportunity.bant.{name}" for name in CRITERIA["bant"]),
    "opportunity.decider_count": ("opportunity.deciders",),
}
"""Which fields each of them follows from."""


def postcode_number(postcode: Value) -> int | None:
    """The leading digits of a postcode as a number: 1017 of `1017 AB` and of `B-1017`."""
    found = _LEADING_DIGITS.match(postcode.strip()) if isinstance(postcode, str) else None
    return int(found[1]) if found else None


def score(answers: list[Value]) -> int:
    """How many criteria are answered with yes; unknown is not yes (M16)."""
    return sum(1 for answer in answers if answer is True)


def derive(path: str, facts: Mapping[str, Value]) -> Value:
    """The value of one of `SOURCES` from the facts."""
    given = [facts.get(source) for source in SOURCES[path]]
    if path == "account.postcode_number":
        return postcode_number(given[0])
    if path == "opportunity.decider_count":
        return len(given[0]) if isinstance(given[0], tuple) else 0
    if path == "account.province":
        return province(given[0], postcode_number(given[1]))
    return score(given)


def compute(formula: Formula, given: Sequence[Value]) -> Value:
    """The value of a computed own field from the values of what it is computed from, in the formula's order.

    count: how many are answered, each counting as `each`: yes of yes-no fields, any value of others; no is not counted.
    sum: of those that are known; difference: the first less the second, unknown when either is; place_of: at which
    place (from 1) among the words of `among` the first stands, in any case of letters; chance_of, with the
    `chances` of the words, and weighted: leads/weighing.py. What is too large is unknown."""
    found = _FORMS[formula.form](formula, given)
    return found if not isinstance(found, int | float) or is_amount(found) else None


def compute_all(formulas: Iterable[tuple[str, Formula]], facts: dict[str, Value]) -> None:
    """Adds the computed own fields to the facts; one that has a value there keeps it."""
    for path, formula in formulas:
        if facts.get(path) is None:
            facts[path] = compute(formula, [facts.get(source) for source in formula.of])


def _count(formula: Formula, given: Sequence[Value]) -> Value:
    total = sum(formula.each for value in given if value is not None and value is not False and value not in ("", ()))
    return int(total) if float(total).is_integer() else total


def _sum(formula: Formula, given: Sequence[Value]) -> Value:  # noqa: ARG001 - the forms share one signature
    known = _numbers(given)
    return sum(known) if known else None


def _difference(formula: Formula, given: Sequence[Value]) -> Value:  # noqa: ARG001
    known = _numbers(given)
    return known[0] - known[1] if len(known) == 2 else None


def _place_of(formula: Formula, given: Sequence[Value]) -> Value:
    word = given[0].strip().casefold() if isinstance(given[0], str) else None
    return next((number for number, one in enumerate(formula.among, 1) if one.casefold() == word), None)


def _chance_of(formula: Formula, given: Sequence[Value]) -> Value:
    place = _place_of(formula, given)
    stage = formula.chances[place - 1] if isinstance(place, int) else None
    return chance_of(stage, given[1], formula.chances)


def _weighted(formula: Formula, given: Sequence[Value]) -> Value:  # noqa: ARG001
    return weighted(given[0], given[1], given[2])


def _numbers(given: Sequence[Value]) -> list[int | float]:
    return [value for value in given if isinstance(value, int | float) and not isinstance(value, bool)]


_FORMS: Mapping[str, Callable[[Formula, Sequence[Value]], Value]] = {
    "count": _count,
    "sum": _sum,
    "difference": _difference,
    "place_of": _place_of,
    "chance_of": _chance_of,
    "weighted": _weighted,
}
