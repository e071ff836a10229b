"""Conditions and actions in short words, as comparisons say them: 'account.employees at least 250'."""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.clock import date_of, datetime_of
from leadrelay.duration import Duration
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.condition import (
    After,
    All,
    Any,
    Condition,
    Contains,
    EndsWith,
    Equals,
    Every,
    InList,
    Known,
    Line,
    Matches,
    Mentions,
    NewerThan,
    Not,
    Nothing,
    OlderThan,
    Past,
    Range,
    SameAs,
    StartsWith,
    Test,
    Within,
)
from leadrelay.rulebook.model import Action, Assign, Set

_PLAIN: dict[type, str] = {
    Contains: "contains",
    StartsWith: "starts with",
    EndsWith: "ends with",
    Matches: "matches",
    SameAs: "same as",
    After: "after",
    OlderThan: "older than",
    NewerThan: "newer than",
    Within: "within",
    InList: "on the list",
    Mentions: "mentions the list",
}
_SHOWN_AS = {"who": "for", "without": "not"}
_LONGEST = 160


class Said(NamedTuple):
    """A test in words: 'at least' and '250'."""

    verb: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.what}".strip()


class Speaker(Struct, frozen=True):
    """Puts rules into words; times are told in `zone`, amounts in whole euros."""

    zone: ZoneInfo
    fields: Fields

    def value(self, value: Value, kind: Type) -> str:
        """A value of a field in the unit that rule files have it in."""
        if value is None:
            return "nothing"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float) and kind is Type.MONEY:
            return f"{value / 100:.2f}".removesuffix(".00")
        if isinstance(value, int) and kind is Type.DATE:
            return date_of(value).isoformat()
        if isinstance(value, int) and kind is Type.TIME:
            return datetime_of(value, self.zone).isoformat(" ", "microseconds" if value % 1_000_000 else "auto")
        if isinstance(value, int | float):
            return repr(value).removesuffix(".0")
        return ", ".join(value) if isinstance(value, tuple) else value

    def condition(self, condition: Condition) -> str:
        """A whole condition."""
        if isinstance(condition, Line):
            return self.line(condition)
        assert isinstance(condition, All | Any | Nothing)
        parts = [self.condition(one) for one in condition.parts]
        if isinstance(condition, Nothing):
            return f"none of ({'; '.join(parts)})"
        word = " and " if isinstance(condition, All) else " or "
        return word.join(parts) if len(parts) < 2 else f"({word.join(parts)})"

    def line(self, line: Line) -> str:
        """One field with its test."""
        return f"{line.path} {self.test(line.test, line.type)}"

    def test(self, test: Test, kind: Type) -> Said:
        """A test on a field of this type."""
        if isinstance(test, Not):
            return Said(f"not {(inner := self.test(test.test, kind)).verb}", inner.what)
        if isinstance(test, Every):
            return Said(" and ".join(str(self.test(one, kind)) for one in test.tests))
        if isinstance(test, Equals):
            return Said("is", " or ".join(sorted(self.value(one, kind) for one in test.values)))
        if isinstance(test, Range):
            return self._range(test, kind)
        if isinstance(test, Known):
            return Said("known" if test.wanted else "unknown")
        if isinstance(test, Past):
            return Said(f"{'past' if test.wanted else 'not past'}{_by(test.calendar)}")
        return Said(_PLAIN[type(test)], _operand(test))

    def _range(self, test: Range, kind: Type) -> Said:
        low = None if test.low is None else self.value(test.low, kind)
        high = None if test.high is None else self.value(test.high, kind)
        over, under = "over" if test.low_open else "at least", "under" if test.high_open else "at most"
        if low is not None and high is not None:
            if not test.low_open and not test.high_open:
                return Said("between", f"{low} and {high}")
            return Said(f"{over} {low} and {under}", high)
        return Said(over, low) if low is not None else Said(under, high or "")

    def action(self, action: Action) -> str:
        """An action as a rule file has it: 'assign: {pool: field_sales, by: territory}'."""
        if isinstance(action, Set):
            values = [f"{path}: {self._set(path, value)}" for path, value in action.values]
            return f"set: {{{', '.join(values)}}}"
        return _cut(f"{action.name}: {_bare(dict(_given(action)))}")

    def _set(self, path: str, value: Value) -> str:
        field = self.fields.get(path)
        return self.value(value, field.type if field else Type.TEXT)


def differing(old: Action, new: Action, then: Speaker, now: Speaker) -> str:
    """What is otherwise in an action of the same name: the key alone if it is one, and else all of it."""
    names = [name for name in old.__struct_fields__ if name != "place" and getattr(old, name) != getattr(new, name)]
    if len(names) == 1 and len(old.__struct_fields__) > 2:
        was, is_now = (_flow(getattr(one, names[0])) for one in (old, new))
        key = "" if isinstance(new, Assign) and names == ["who"] else f"{_SHOWN_AS.get(names[0], names[0])} "
        return f"{new.name}: {key}{was} → {is_now}"
    return f"{then.action(old)} → {now.action(new).removeprefix(f'{new.name}: ')}"


def _operand(test: object) -> str:
    if isinstance(test, OlderThan | NewerThan | Within):
        return f"{test.span}{_by(test.calendar)}"
    if isinstance(test, InList | Mentions):
        return test.name
    if isinstance(test, SameAs | After):
        return test.other
    if isinstance(test, Matches):
        return test.pattern
    assert isinstance(test, Contains | StartsWith | EndsWith)
    return " or ".join(sorted(test.needles))


def _by(calendar: str) -> str:
    return "" if calendar == "default" else f" by the calendar {calendar}"


def _given(value: Struct) -> Iterator[tuple[str, object]]:
    """The keys of an action that say something, as rule files call them."""
    for name, default in zip(value.__struct_fields__, _defaults(value), strict=True):
        given = getattr(value, name)
        if name != "place" and given != default:
            yield _SHOWN_AS.get(name, name), given


def _defaults(value: Struct) -> tuple[object, ...]:
    known = value.__struct_defaults__
    return (*([object()] * (len(value.__struct_fields__) - len(known))), *known)


def _bare(given: dict[str, object]) -> str:
    """The value alone when there is only one, and the keys with it otherwise."""
    return _flow(next(iter(given.values()))) if len(given) == 1 else _flow(given)


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, tuple):
        return _flow(value[0]) if len(value) == 1 else f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Struct) and not isinstance(value, Duration):
        return _flow(dict(_given(value)))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
