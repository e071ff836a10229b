"""Reads `limit`: how much a rule may do within an hour before it is held."""

from leadrelay.rulebook.context import Context
from leadrelay.rulebook.nodes import Mapping, Node, Scalar

PER_HOUR = "per_hour"
OFF = "off"
NO_LIMIT = 0


def read_limit(node: Node | None, context: Context) -> int | None:
    """The steps that a rule may do within an hour, 0 for `off`; None if nothing is said, or it is wrong (reported)."""
    if node is None:
        return None
    if isinstance(node, Scalar) and node.value == OFF:
        return NO_LIMIT
    if not isinstance(node, Mapping):
        message = "'limit' says how much a rule may do within an hour, or off."
        context.report(node.place, "bad-limit", message, "Write limit: {per_hour: 200}, or limit: off.")
        return None
    context.keys(node, (PER_HOUR,), "a limit")
    if PER_HOUR not in node:
        context.report(node.place, "missing-key", "The limit has no per_hour.", "Write limit: {per_hour: 200}.")
    return context.whole(node.get(PER_HOUR), "'per_hour'", 1)
