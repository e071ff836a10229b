"""Finding the field that a rule names, and saying so when there is none or it cannot be reached."""

from leadrelay.leads.fields import REACHABLE, SUBJECTS, Field
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Scalar
from leadrelay.rulebook.place import home


def find_field(key: Scalar, context: Context, subject: str | None, also: tuple[str, ...] = ()) -> Field | None:
    """The field that a key names; reported and None when there is none, or when `subject` cannot reach it.

    `also` are other words that could stand there, for the suggestion."""
    field = context.fields.get(key.text)
    if field is None:
        if not _undeclared(key.text, context):
            near = context.fields.nearest(key.text, subject) or context.fields.nearest(key.text)
            remedy = f"Did you mean '{near}'?" if near else _no_field(key.text, context, subject, also)
            context.report(key.place, "unknown-field", f"There is no field '{key.text}'.", remedy)
        return None
    if subject is not None and field.entity not in REACHABLE[subject]:
        context.report(
            key.place,
            "unreachable-field",
            f"A rule about {_article(subject)} cannot see {key.text}.",
            f"It sees fields of: {', '.join(REACHABLE[subject])}.",
        )
        return None
    return field


def _undeclared(path: str, context: Context) -> bool:
    """Whether this own field is declared with a fault, or in a file that cannot be read: nothing is known about it."""
    if not {f"field {path}", *(f"field {kind}.{path}" for kind in SUBJECTS)}.isdisjoint(context.broken):
        return True
    return (path.startswith("extra.") or ".extra." in path) and "rules/fields.yaml" in map(home, context.broken)


def _no_field(path: str, context: Context, subject: str | None, also: tuple[str, ...]) -> str:
    named = [field.path for field in context.fields.by_path.values() if field.name == path]
    if subject is not None and f"{subject}.{path}" in named:
        return f"Did you mean '{subject}.{path}'?"
    if named:
        return f"Did you mean '{named[0]}'?"
    if also and "." not in path:
        return suggestion(path, also)
    return "'leadrelay fields' lists them all; your own are declared in rules/fields.yaml."


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeio" else f"a {word}"
