"""Reads conditions: YAML nodes to the frozen values of condition.py, each literal typed by its field."""

from collections.abc import Mapping as Dictionary
from types import MappingProxyType

from msgspec import Struct

from leadrelay.leads.fields import Field
from leadrelay.rulebook.condition import ALWAYS, All, Any, Condition, Line, Nothing
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, written
from leadrelay.rulebook.vocabulary import Tests, means_unknown_too

_GROUPS: Dictionary[str, type[All] | type[Any] | type[Nothing]] = MappingProxyType(
    {"all": All, "any": Any, "none": Nothing}
)


def read_condition(
    node: Node | None, context: Context, subject: str | None = None, calendar: str = "default"
) -> Condition:
    """The condition that a mapping is; what is wrong in it is reported and left out, None is always true.

    Fields must be reachable from `subject` (None: any field will do); working time is counted in `calendar`."""
    if node is None:
        return ALWAYS
    return _Reader(context, subject, calendar).condition(node)


def read_line(field: Field, node: Node, context: Context, subject: str, calendar: str) -> Line | None:
    """One field with its test, as in a cell of a table; None when the test cannot be used, which has been reported."""
    return _Reader(context, subject, calendar).line(field, node)


class _Reader(Struct, frozen=True):
    """Reads conditions about one kind of subject."""

    context: Context
    subject: str | None
    calendar: str

    def condition(self, node: Node) -> Condition:
        mapping = self.context.mapping(node, "A condition")
        if mapping is None or not self._filled(mapping):
            return ALWAYS
        parts = [part for key, value in mapping.items() if (part := self._part(key, value)) is not None]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _filled(self, mapping: Mapping) -> bool:
        if len(mapping) == 0:
            self.context.report(
                mapping.place,
                "empty-condition",
                "This condition says nothing.",
                "Write a field with a test, or leave the key away if it should always hold.",
            )
        return len(mapping) > 0

    def _part(self, key: Scalar, value: Node) -> Condition | None:
        if key.text in _GROUPS:
            return self._group(key, value)
        field = find_field(key, self.context, self.subject, tuple(_GROUPS))
        return self.line(field, value) if field else None

    def _group(self, key: Scalar, value: Node) -> Condition | None:
        items = self.context.sequence(value, f"'{key.text}:'")
        if items is None:
            return None
        if len(items) == 0:
            self.context.report(
                value.place, "empty-condition", f"'{key.text}:' has no conditions.", "Add one, or remove it."
            )
            return None
        return _GROUPS[key.text](tuple(self.condition(item) for item in items))

    def line(self, field: Field, node: Node) -> Line | None:
        test = Tests(self.context, self.subject, self.calendar).read(field, node)
        if test is None:
            return None
        return Line(field.path, test, field.type, field.windowed, written(node), node.place, means_unknown_too(node))
