"""Literals of rule files as values of a field's type: money to cents, dates to days, text to text."""

from collections.abc import Mapping as Dictionary
from datetime import date
from decimal import Decimal, DecimalException
from enum import Enum
from zoneinfo import ZoneInfo

from leadrelay.calendar import default_calendar
from leadrelay.clock import day_of, parse_time
from leadrelay.duration import Duration, parse_duration
from leadrelay.errors import BadDuration, BadTime
from leadrelay.leads.bounds import is_amount, is_number
from leadrelay.leads.fields import Field, Type, Value
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Node, Scalar


class Fault(Enum):
    """What a literal is when it cannot be used; the problem has been reported."""

    FAULT = 0


FAULT = Fault.FAULT

_A: Dictionary[Type, tuple[str, str]] = {
    Type.TEXT: ("a text", "Write a text, between quotes if it looks like something else."),
    Type.NUMBER: ("a number", "Write digits without quotes, such as 250 or 12.5."),
    Type.MONEY: ("an amount of money", "Write digits without quotes or currency, such as 2500 or 99.95."),
    Type.YES_NO: ("true or false", "Write true or false, without quotes."),
    Type.DATE: ("a date", "Write it as 2026-11-20."),
    Type.TIME: ("a time", "Write it as 2026-11-20 09:13."),
    Type.CHOICE: ("a choice", "Write one of its choices."),
    Type.LIST: ("a list of texts", "Write a text, or [a, b]."),
}


def a(kind: Type) -> str:
    """A type with its article, as messages name it."""
    return _A[kind][0]


def literal(node: Node, of: Field, context: Context) -> Value | Fault:
    """The scalar as a value of the field's type, in its unit; FAULT when it is none, which has been reported."""
    if not isinstance(node, Scalar):
        context.report(
            node.place, "wrong-type", f"{of.path} is {a(of.type)}; here stands a list or mapping.", _A[of.type][1]
        )
        return FAULT
    if node.value is None or not node.text.strip():
        context.report(
            node.place,
            "no-value",
            f"There is no value here for {of.path}.",
            "Write a value, or {known: false} for 'has none'.",
        )
        return FAULT
    if of.type is Type.CHOICE:
        return _choice(node, of, context)
    value = _typed(node, of.type, context)
    if value is None:
        message = f"{of.path} is {a(of.type)}; '{node.text}' is not."
        context.report(node.place, "wrong-type", message, _A[of.type][1])
        return FAULT
    return value


def duration(node: Node | None, what: str, context: Context, calendar: str) -> Duration | None:
    """The duration that is written there, in working time only if the calendar is ever open; None was reported."""
    text = context.text(node, f"'{what}'")
    if text is None or node is None:
        return None
    try:
        span = parse_duration(text)
    except BadDuration as error:
        _, _, remedy = " ".join(str(error).split()).partition(". ")
        context.report(node.place, "bad-duration", f"'{text}' is not a duration.", remedy)
        return None
    if span.unit.startswith("working") and calendar in context.calendars and not any(context.calendars[calendar].hours):
        context.report(
            node.place,
            "never-open",
            f"The calendar {calendar} is never open, so working time in it never passes.",
            "Give it hours in rules/calendar.yaml.",
        )
        return None
    return span


def zone(context: Context) -> ZoneInfo:
    """The zone that times in rule files are written in: that of the default calendar."""
    return (context.calendars.get("default") or default_calendar()).zone


def _choice(node: Scalar, of: Field, context: Context) -> Value | Fault:
    for choice in of.choices:
        if choice.casefold() == node.text.strip().casefold():
            return choice
    remedy = suggestion(node.text, of.words)
    context.report(node.place, "unknown-choice", f"'{node.text}' is not one of the choices of {of.path}.", remedy)
    return FAULT


def _typed(node: Scalar, kind: Type, context: Context) -> Value:
    """The value, or None when it is not of that type."""
    value = node.value
    if kind in (Type.TEXT, Type.LIST):
        return None if isinstance(value, bool) else node.text
    if kind is Type.YES_NO:
        return value if isinstance(value, bool) else None
    if kind is Type.NUMBER:
        number = isinstance(value, int | float) and not isinstance(value, bool) and is_number(value)
        return value if number else None
    if kind is Type.MONEY:
        return _cents(node)
    return _day(node.text) if kind is Type.DATE else _time(node.text, context)


def _cents(node: Scalar) -> int | None:
    if isinstance(node.value, str | bool):
        return None
    try:
        cents = Decimal(node.text) * 100
        return int(cents) if cents % 1 == 0 and is_amount(int(cents)) else None
    except DecimalException:
        return None


def _day(text: str) -> int | None:
    try:
        return day_of(date.fromisoformat(text.strip()))
    except ValueError:
        return None


def _time(text: str, context: Context) -> int | None:
    try:
        return parse_time(text, zone(context))
    except BadTime:
        return None
