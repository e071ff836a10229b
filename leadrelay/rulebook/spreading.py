"""Reads how a pool spreads its work: `by`, `then`, `present` and `weights` of rules/team.yaml."""

from collections.abc import Collection
from typing import NamedTuple

from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.whos import read_strategy, then_without_territory

MOST = 1000
"""The largest weight: more would be a slip of the pen."""


class Spreading(NamedTuple):
    """How a pool spreads its work, in the order in which a Pool has it."""

    by: str = "least_loaded"
    then: str = "least_loaded"
    present: bool = False
    weights: tuple[tuple[str, float], ...] = ()


def read_spreading(node: Mapping, members: Collection[str], context: Context) -> Spreading:
    """What a pool says of it; what is wrong was reported and is left out."""
    by, then = read_strategy(node, context)
    if then and by != "territory":
        then_without_territory(node, context)
    present = context.yes_no(node.get("present"), "'present'")
    weights = []
    given = context.mapping(node.get("weights"), "'weights'")
    for key, value in given.items() if given else ():
        if key.text not in members:
            message = f"'{key.text}' is no member of this pool, so that no weight counts."
            context.report(key.place, "weight-of-no-member", message, suggestion(key.text, members))
        elif (weight := read_weight(value, context)) is not None:
            weights.append((key.text, weight))
    return Spreading(by or "least_loaded", then or "least_loaded", bool(present), tuple(weights))


def read_weight(node: Node | None, context: Context) -> float | None:
    """A share of the work, above zero; None where there is none, or it was reported."""
    if node is None:
        return None
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MOST:
        return float(value)
    context.report(
        node.place,
        "bad-weight",
        f"A weight is a number above 0, up to {MOST}.",
        "Write 2 for twice the share, 0.5 for half; who gets nothing is no member, or away.",
    )
    return None
