"""Conditions as disjunctive rows: alternatives of literals that must all hold, never wider than a cap."""

from collections.abc import Iterable
from itertools import product
from math import prod
from typing import NamedTuple

from msgspec.structs import replace

from leadrelay.rulebook.condition import All, Any, Condition, Line, Nothing
from leadrelay.rulebook.place import NOWHERE

CAP = 64
"""The most rows that one rule is written out to; what would be wider stays whole, for the interpreter."""


class Literal(NamedTuple):
    """A line, or a condition too wide to write out, that must hold (`wanted`) or must not."""

    condition: Condition
    wanted: bool


Row = frozenset[Literal]


def rows_of(condition: Condition, cap: int = CAP) -> list[Row]:
    """The rows of which at least one is wholly satisfied exactly when the condition holds: at most `cap`."""
    return _rows(condition, True, cap)


def _rows(condition: Condition, wanted: bool, cap: int) -> list[Row]:
    if isinstance(condition, Line):
        return [frozenset([Literal(replace(condition, written="", place=NOWHERE), wanted)])]
    if not isinstance(condition, All | Any | Nothing):
        return [frozenset([Literal(condition, wanted)])]
    each_wanted = wanted is not isinstance(condition, Nothing)
    parts = [_rows(part, each_wanted, cap) for part in condition.parts]
    if wanted is not isinstance(condition, Any):  # all, none and not-any need every part
        return _all_of(parts, [Literal(part, each_wanted) for part in condition.parts], cap)
    rows = _consistent(row for part in parts for row in part)
    return rows if len(rows) <= cap else [frozenset([Literal(condition, wanted)])]


def _all_of(parts: list[list[Row]], whole: list[Literal], cap: int) -> list[Row]:
    """Every way to take one row of each part; the widest parts stay whole until that fits the cap."""
    while prod(len(part) for part in parts) > cap:
        widest = max(range(len(parts)), key=lambda index: len(parts[index]))
        parts[widest] = [frozenset([whole[widest]])]
    return _consistent(frozenset().union(*choice) for choice in product(*parts))


def _consistent(rows: Iterable[Row]) -> list[Row]:
    """Each row once, without those that want a line both to hold and not to."""
    return [row for row in dict.fromkeys(rows) if len({literal.condition for literal in row}) == len(row)]
