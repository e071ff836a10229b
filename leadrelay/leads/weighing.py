"""What an open opportunity weighs in a forecast: one definition for the field, the report and every rule (M20)."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from leadrelay.leads.fields import Value


def chance_of(stage: Value, seller: Value, chances: Iterable[Value]) -> Value:
    """The chance (0-100) that a deal is weighed with: that of its stage. A company none of whose stages has a chance
    goes by what its sellers say."""
    return stage if any(chance is not None for chance in chances) else seller


def weighted(expected: Value, stage_chance: Value, project_chance: Value) -> int | None:
    """Expected value (cents) times the chance of the stage times the chance that the project goes ahead (both 0-100),
    in whole cents, half a cent up.

    None when value or stage chance is not known: what cannot be weighed is listed, never counted as nothing. A chance
    of the project that nobody gave takes nothing off. The seller's own chance of winning is not multiplied in: the
    stage says already how likely deals there are won."""
    if not _is_number(expected) or not _is_number(stage_chance):
        return None
    exact = Decimal(str(expected)) * Decimal(str(stage_chance)) / 100
    if _is_number(project_chance):
        exact = exact * Decimal(str(project_chance)) / 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def by_seller(expected: Value, win_chance: Value) -> int | None:
    """Expected value (cents) times the seller's own chance of winning, shown beside the weighted value."""
    return weighted(expected, win_chance, None)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
