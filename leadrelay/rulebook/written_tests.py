"""Rule tests as YAML, as somebody would have written them: quoted where they must be, read back as the same tests."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from leadrelay.clock import MINUTE, Instant, date_of, datetime_of, iso, parse_time
from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.rulebook.rule_test import ExpectedMessage, ExpectedRules, RuleTest

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z][\w./@-]*(?: [\w./@-]+)*")
_MEANT = frozenset(("yes", "no", "true", "false", "null", "on", "off", "y", "n", "nan", "inf", "any"))
"""Texts that would be read as something else, or make a reader think so."""


def as_yaml(tests: Iterable[RuleTest], fields: Fields, zone: ZoneInfo, remarks: Sequence[str] = ()) -> str:
    """The tests as a file for rules/tests/, `tests:` alone on its first line and then the remarks.

    Of what they expect, rules, fields and messages are written; times are in `zone`."""
    head = "".join(f"{line}\n" for line in ("tests:", *(f"  # {one}" for one in remarks)))
    return head + "\n".join("\n".join(_lines(test, fields, zone)) + "\n" for test in tests)


def _lines(test: RuleTest, fields: Fields, zone: ZoneInfo) -> Iterator[str]:
    yield f"  - test: {_text(test.name)}"
    yield f"    now: {_time(test.now, zone)}"
    if list(test.given) == [test.subject] and not test.given[test.subject] and not test.deals:
        yield f"    given: {{{test.subject}: {{}}}}"
    else:
        yield "    given:"
    for entity, values in test.given.items():
        if values or len(test.given) > 1 or test.deals:
            yield from _mapping("      ", entity, _values(entity, values, fields, zone))
    if test.deals:
        yield "      deals:"
        for deal in test.deals:
            yield f"        - {{{', '.join(_values('opportunity', deal, fields, zone))}}}"
    if test.load:
        yield from _mapping("    ", "load", [f"{_text(name)}: {count}" for name, count in test.load.items()])
    if test.after:
        yield f"    after: {test.after}"
    expected = [f"{one.rulebook}: {_rules(one)}" for one in test.rules]
    expected += [f"{one.path}: {_value(one.value, one.path, fields, zone)}" for one in test.fields]
    if test.notify is None:
        yield from _mapping("    ", "expect", expected)
    else:
        yield "    expect:"
        yield from (f"      {one}" for one in expected)
        yield from _messages(test.notify)


def _messages(expected: Sequence[ExpectedMessage]) -> Iterator[str]:
    yield "      notify:" if expected else "      notify: nothing"
    for one in expected:
        parts = {"to": one.to, "template": one.template, "urgency": one.urgency, "subject": one.subject}
        shown = ", ".join(f"{key}: {_text(value)}" for key, value in parts.items() if value is not None)
        yield f"        - {{{shown}}}"


def _mapping(indent: str, key: str, items: list[str]) -> Iterator[str]:
    """A mapping on one line, or on a line for each of its keys if it is too long for that."""
    line = f"{indent}{key}: {{{', '.join(items)}}}"
    if len(line) <= WIDTH:
        yield line
    else:
        yield f"{indent}{key}:"
        yield from (f"{indent}  {item}" for item in items)


def _values(entity: str, values: Mapping[str, Value], fields: Fields, zone: ZoneInfo) -> list[str]:
    return [f"{name}: {_value(value, f'{entity}.{name}', fields, zone)}" for name, value in values.items()]


def _value(value: Value, path: str, fields: Fields, zone: ZoneInfo) -> str:
    field = fields.get(path)
    assert field is not None, "a test that was read names fields that exist"
    return written(value, field, zone)


def _rules(expected: ExpectedRules) -> str:
    if len(expected.rules) == 1:
        return _text(expected.rules[0])
    return f"[{', '.join(map(_text, expected.rules))}]" if expected.rules else expected.written()


def written(value: Value, of: Field, zone: ZoneInfo) -> str:
    """A value of a field as rule files write it, in a list or mapping too."""
    if value is None or value == ():
        return "null"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if of.type is Type.MONEY:
        return str(Decimal(value) / 100)
    if isinstance(value, int) and of.type is Type.DATE:
        return date_of(value).isoformat()
    return _time(value, zone) if isinstance(value, int) and of.type is Type.TIME else str(value)


def _time(at: Instant, zone: ZoneInfo) -> str:
    """Wall-clock time to the minute if that says which moment is meant, else with all there is to say."""
    short = f"{datetime_of(at, zone):%Y-%m-%d %H:%M}"
    return short if at % MINUTE == 0 and parse_time(short, zone) == at else iso(at, zone)


def _text(text: str) -> str:
    """A text without quotes where YAML reads it as it is."""
    return (
        text
        if _PLAIN.fullmatch(text) and text.casefold() not in _MEANT
        else json.dumps(text, ensure_ascii=not text.isprintable())
    )
