"""Reads `was:`, the names that a rule, a rulebook or a sequence had before."""

from leadrelay.rulebook.context import Context
from leadrelay.rulebook.nodes import Mapping


def read_was(node: Mapping, context: Context) -> tuple[str, ...]:
    """The former names, the newest first; one or a list of them."""
    return tuple(one.text for one in context.texts(node.get("was"), "'was'"))
