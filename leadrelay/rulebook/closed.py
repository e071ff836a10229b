"""Which rulebooks may hold for subjects that are closed: all the others need not look at those again."""

from leadrelay.rulebook.condition import All, Any, Condition, Equals, Known, Line
from leadrelay.rulebook.model import Rulebook


def speaks_of_closed(book: Rulebook) -> bool:
    """Whether a rule of this rulebook may hold for a request or an opportunity that is closed.

    Not if the scope, or every rule, demands that it is open: `request.status: open`, `opportunity.closed_at: {known:
    false}`. Contacts and accounts are never closed."""
    if _is_for_open(book.scope):
        return False
    return book.otherwise is not None or not all(_is_for_open(rule.when) for rule in book.rules)


def _is_for_open(condition: Condition) -> bool:
    """Whether it never holds for what is closed."""
    if isinstance(condition, Line):
        if condition.path == "request.status":
            return isinstance(condition.test, Equals) and condition.test.values == {"open"}
        return condition.path == "opportunity.closed_at" and condition.test == Known(wanted=False)
    if isinstance(condition, All):
        return any(map(_is_for_open, condition.parts))
    return isinstance(condition, Any) and bool(condition.parts) and all(map(_is_for_open, condition.parts))
