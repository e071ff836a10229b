"""The words of the test language: what each fits, and how its YAML becomes a test of condition.py."""

from collections.abc import Callable, Set
from collections.abc import Mapping as Dictionary
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from leadrelay.leads.fields import Field, Type, Value
from leadrelay.rulebook.condition import (
    After,
    Contains,
    EndsWith,
    Equals,
    Every,
    InList,
    Known,
    Matches,
    Mentions,
    NewerThan,
    Not,
    OlderThan,
    Past,
    Range,
    SameAs,
    StartsWith,
    Test,
    Within,
    normal,
)
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.literals import FAULT, Fault, a, duration, literal
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, Sequence, written

_SORTED = frozenset((Type.NUMBER, Type.MONEY, Type.DATE, Type.TIME))
_TEXTUAL = frozenset((Type.TEXT, Type.CHOICE))
_TIMED = frozenset((Type.TIME, Type.DATE))


class Spot(NamedTuple):
    """A word of a test where it stands: the field it is for, the word, and what follows it."""

    field: Field
    word: str
    node: Node


class Tests(Struct, frozen=True):
    """Reads tests in rules about one kind of subject (None: any), working time counted in `calendar`."""

    context: Context
    subject: str | None
    calendar: str

    def read(self, field: Field, node: Node) -> Test | None:
        """The test that a node is for a field; None was reported."""
        if isinstance(node, Mapping):
            return self._words(field, node)
        return self._equals(field, node)

    def _equals(self, field: Field, node: Node) -> Test | None:
        items = node.items if isinstance(node, Sequence) else [node]
        if not items:
            self.context.report(node.place, "no-value", f"The list of values for {field.path} is empty.", "Write some.")
            return None
        if field.type is Type.LIST:
            remedy = f"Write {{contains: {written(node)}}}."
            self.context.report(
                node.place, "misfit-test", f"{field.path} is a list, and no list equals a text.", remedy
            )
            return None
        groups = {name.casefold(): members for name, members in field.groups}
        values: list[Value | Fault] = []
        for item in items:
            group = groups.get(item.text.strip().casefold()) if isinstance(item, Scalar) else None
            values += group or [literal(item, field, self.context)]
        if FAULT in values:
            return None
        if field.type is Type.TIME and any(isinstance(item, Scalar) and len(item.text.strip()) == 10 for item in items):
            self.context.report(
                node.place,
                "day-for-time",
                f"{field.path} is a moment; it never equals a whole day.",
                "Write the first moment and the day after: {at_least: 2026-11-20, under: 2026-11-21}.",
            )
            return None
        return Equals(frozenset(normal(value) for value in values if value is not FAULT))

    def _words(self, field: Field, node: Mapping) -> Test | None:
        if len(node) == 0:
            self.context.report(node.place, "no-value", f"There is no test here for {field.path}.", "Write one.")
            return None
        passed_over = "known" if means_unknown_too(node) else None
        tests = [self._word(field, word, value) for word, value in node.items() if word.text != passed_over]
        found = [test for test in tests if test is not None]
        if len(found) < len(tests):
            return None
        ranges = [test for test in found if isinstance(test, Range)]
        if ranges and _is_empty(ranges):
            self.context.report(
                node.place,
                "empty-range",
                f"No value of {field.path} is in this range.",
                "Put the lower bound first; check over, under, at_least and at_most against each other.",
            )
            return None
        return found[0] if len(found) == 1 else Every(tuple(found))

    def _word(self, field: Field, word: Scalar, value: Node) -> Test | None:
        entry = _WORDS.get(word.text)
        if entry is None:
            self.context.report(
                word.place, "unknown-test", f"'{word.text}' is no test.", suggestion(word.text, tuple(_WORDS))
            )
            return None
        fits, read = entry
        if field.type not in fits:
            known = ", ".join(name for name, (types, _) in _WORDS.items() if field.type in types)
            self.context.report(
                word.place,
                "misfit-test",
                f"'{word.text}' cannot test {field.path}, which is {a(field.type)}.",
                f"Use a value, a list of values, or one of: {known}.",
            )
            return None
        return read(self, Spot(field, word.text, value))

    def _negated(self, at: Spot) -> Test | None:
        test = self.read(at.field, at.node)
        return None if test is None else Not(test)

    def _bound(self, at: Spot) -> Test | None:
        value = literal(at.node, at.field, self.context)
        if not isinstance(value, int | float):
            return None
        low = at.word in ("over", "at_least")
        is_open = at.word in ("over", "under")
        if low:
            return Range(low=value, low_open=is_open)
        return Range(high=value, high_open=is_open)

    def _between(self, at: Spot) -> Test | None:
        if not isinstance(at.node, Sequence) or len(at.node) != 2:
            self.context.report(
                at.node.place,
                "bad-between",
                "'between' needs a lower and an upper bound.",
                "Write {between: [1000, 1999]}.",
            )
            return None
        low, high = (literal(item, at.field, self.context) for item in at.node)
        if isinstance(low, int | float) and isinstance(high, int | float):
            return Range(low=low, high=high)
        return None

    def _needles(self, at: Spot) -> Test | None:
        items = at.node.items if isinstance(at.node, Sequence) else [at.node]
        texts = [item.text.casefold() for item in self.context.texts(at.node, f"'{at.word}'")]
        if not texts or len(texts) < len(items):
            if not items:
                self.context.report(at.node.place, "no-value", f"'{at.word}' has no text to look for.", "Write one.")
            return None
        return _NEEDLES[at.word](tuple(texts))

    def _glob(self, at: Spot) -> Test | None:
        text = self.context.text(at.node, "'matches'")
        return None if text is None else Matches(text)

    def _listed(self, at: Spot) -> Test | None:
        name = self.context.text(at.node, f"'{at.word}'")
        if name is None:
            return None
        if name in self.context.lists:
            return _LISTED[at.word](name, self.context.lists[name])
        if self.context.is_broken_list(name):
            return None
        remedy = suggestion(name, tuple(self.context.lists)) + f" A list is a file rules/lists/{name}.yaml or .csv."
        self.context.report(at.node.place, "unknown-list", f"There is no list '{name}'.", remedy)
        return None

    def _same_as(self, at: Spot) -> Test | None:
        if self.context.text(at.node, "'same_as'") is None or not isinstance(at.node, Scalar):
            return None
        other = find_field(at.node, self.context, self.subject)
        if other is None:
            return None
        if other.type is not at.field.type and not {other.type, at.field.type} <= _TEXTUAL:
            message = (
                f"{at.field.path} is {a(at.field.type)} and {other.path} {a(other.type)}: they are never the same."
            )
            self.context.report(at.node.place, "misfit-test", message, "Compare fields of one type.")
            return None
        return SameAs(other.path)

    def _after(self, at: Spot) -> Test | None:
        if self.context.text(at.node, "'after'") is None or not isinstance(at.node, Scalar):
            return None
        other = find_field(at.node, self.context, self.subject)
        if other is None:
            return None
        if other.type is not at.field.type:
            message = f"{at.field.path} is {a(at.field.type)} and {other.path} {a(other.type)}: neither is the later."
            self.context.report(at.node.place, "misfit-test", message, "Compare two times, or two dates.")
            return None
        return After(other.path)

    def _known(self, at: Spot) -> Test | None:
        if _is_any(at.node):
            self.context.report(
                at.node.place,
                "misfit-test",
                "'known: any' says that a 'not' is also for those of whom it is unknown; here it says nothing.",
                "Write it beside a not, as {not: NL, known: any}, or leave it away.",
            )
            return None
        wanted = self.context.yes_no(at.node, "'known'")
        return None if wanted is None else Known(wanted)

    def _past(self, at: Spot) -> Test | None:
        wanted = self.context.yes_no(at.node, "'past'")
        return None if wanted is None else Past(self.calendar, at.field.type is Type.DATE, wanted=wanted)

    def _aged(self, at: Spot) -> Test | None:
        span = duration(at.node, at.word, self.context, self.calendar)
        return None if span is None else _AGED[at.word](self.calendar, at.field.type is Type.DATE, span=span)


def means_unknown_too(node: Node) -> bool:
    """Whether a test says that unknown passes its `not`, and is meant to: `{not: NL, known: any}`."""
    return isinstance(node, Mapping) and set(node.pairs) == {"not", "known"} and _is_any(node.get("known"))


def _is_any(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text.strip() == "any"


_NEEDLES: Dictionary[str, Callable[[tuple[str, ...]], Test]] = MappingProxyType(
    {"contains": Contains, "starts_with": StartsWith, "ends_with": EndsWith}
)
_LISTED: Dictionary[str, Callable[[str, Set[Value]], Test]] = MappingProxyType(
    {"in_list": InList, "mentions": Mentions}
)
_AGED: Dictionary[str, Callable[..., Test]] = MappingProxyType(
    {"older_than": OlderThan, "newer_than": NewerThan, "within": Within}
)
_Read = Callable[[Tests, Spot], Test | None]
_EVERY = frozenset(Type)
_WORDS: Dictionary[str, tuple[frozenset[Type], _Read]] = MappingProxyType(
    {
        "not": (_EVERY, Tests._negated),
        "over": (_SORTED, Tests._bound),
        "under": (_SORTED, Tests._bound),
        "at_least": (_SORTED, Tests._bound),
        "at_most": (_SORTED, Tests._bound),
        "between": (_SORTED, Tests._between),
        "contains": (_TEXTUAL | {Type.LIST}, Tests._needles),
        "starts_with": (_TEXTUAL, Tests._needles),
        "ends_with": (_TEXTUAL, Tests._needles),
        "matches": (_TEXTUAL, Tests._glob),
        "mentions": (_TEXTUAL, Tests._listed),
        "in_list": (_TEXTUAL, Tests._listed),
        "same_as": (_EVERY, Tests._same_as),
        "after": (_TIMED, Tests._after),
        "known": (_EVERY, Tests._known),
        "older_than": (_TIMED, Tests._aged),
        "newer_than": (_TIMED, Tests._aged),
        "within": (_TIMED, Tests._aged),
        "past": (_TIMED, Tests._past),
    }
)
"""Every word of the test language: the types it fits, and what reads it."""


def _is_empty(ranges: list[Range]) -> bool:
    low, low_open = max(((one.low, one.low_open) for one in ranges if one.low is not None), default=(None, False))
    highs = [(one.high, not one.high_open) for one in ranges if one.high is not None]
    high, high_closed = min(highs, default=(None, True))
    if low is None or high is None:
        return False
    return low > high or (low == high and (low_open or not high_closed))
