"""Which fields the actions of a rulebook may write: what a step that comes a moment later cannot count on."""

from collections.abc import Callable

from leadrelay.leads.fields import Fields
from leadrelay.rulebook.model import Action, Assign, Notify, Route, Rulebook, Set, Stop, Task


def touched_by(book: Rulebook, fields: Fields) -> Callable[[str], bool]:
    """Whether an action of the rulebook may change the field of a path; anything may after a request is closed, say."""
    everything = False
    begins: list[str] = []
    for action in _actions(book):
        written = _written(action, book.subject)
        everything = everything or written is None
        begins += written or ()
    if any(isinstance(action, Set) for action in _actions(book)):
        begins += fields.formulas
    prefixes = tuple(begins)
    return lambda path: everything or path.startswith(prefixes)


def _actions(book: Rulebook) -> list[Action]:
    rules = book.every_rule()
    return [action for rule in rules for part in (rule.then, *(step.then for step in rule.later)) for action in part]


def _written(action: Action, subject: str) -> tuple[str, ...] | None:
    """How the paths begin that an action may write; None for those that may write any."""
    if isinstance(action, Notify | Stop):
        return ()
    if isinstance(action, Route):
        return (f"{subject}.desk", f"{subject}.routed_at", f"{subject}.last_touched_at")
    if isinstance(action, Assign):
        return (f"{subject}.owner", f"{subject}.last_touched_at", "owner.")
    if isinstance(action, Task):
        return (f"{subject}.task_", "owner.")
    if isinstance(action, Set):
        return (*(path for path, _ in action.values), f"{subject}.last_touched_at")
    return None
