"""A rule test as YAML, as somebody would have written it: quoted where it must be, times in the default zone."""

import json
import re
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from leadrelay.clock import MINUTE, Instant, date_of, datetime_of, iso, parse_time
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.rule_test import ExpectedMessage, RuleTest

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*(?: [A-Za-z][A-Za-z0-9_/-]*)*", re.ASCII)
_WORDS = frozenset(("yes", "no", "true", "false", "null", "on", "off", "y", "n", "nan", "inf", "any"))
"""Texts that would be read as something else, or make a reader think so."""
_WIDE = 110


def yaml_of(test: RuleTest, fields: Fields, zone: ZoneInfo, remarks: Sequence[str] = ()) -> str:
    """A whole file of tests with this one in it, its `tests:` alone on the first line; `remarks` stand above it."""
    lines = ["tests:", *(f"  # {one}" for one in remarks)]
    lines += [f"  - test: {_text(test.name)}", f"    now: {_time(test.now, zone)}", "    given:"]
    for entity, values in test.given.items():
        shown = [f"{name}: {_value(value, f'{entity}.{name}', fields, zone)}" for name, value in values.items()]
        lines += _mapping(f"      {entity}: ", shown)
    if test.load:
        lines += _mapping("    load: ", [f"{_text(who)}: {count}" for who, count in test.load.items()])
    lines.append("    expect:")
    for book in test.rules:
        ids = ", ".join(map(_text, book.rules))
        lines.append(f"      {book.rulebook}: {ids if len(book.rules) == 1 else f'[{ids}]' if ids else 'nothing'}")
    lines += [f"      {one.path}: {_value(one.value, one.path, fields, zone)}" for one in test.fields]
    if test.notify is not None:
        lines += _messages(test.notify)
    return "\n".join(lines) + "\n"


def _messages(expected: Sequence[ExpectedMessage]) -> Iterable[str]:
    if not expected:
        return ["      notify: nothing"]
    shown = []
    for one in expected:
        parts = {"to": one.to, "template": one.template, "urgency": one.urgency, "subject": one.subject}
        shown.append(", ".join(f"{key}: {_text(value)}" for key, value in parts.items() if value is not None))
    return ["      notify:", *(f"        - {{{one}}}" for one in shown)]


def _mapping(head: str, shown: Sequence[str]) -> list[str]:
    """In one line if it fits, else a line for each."""
    line = f"{head}{{{', '.join(shown)}}}"
    if len(line) <= _WIDE:
        return [line]
    indent = " " * (len(head) - len(head.lstrip()) + 2)
    return [head.rstrip(), *(f"{indent}{one}" for one in shown)]


def _value(value: Value, path: str, fields: Fields, zone: ZoneInfo) -> str:
    field = fields.get(path)
    kind = field.type if field else Type.TEXT
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if kind is Type.DATE:
        return date_of(int(value)).isoformat()
    if kind is Type.TIME:
        return _time(int(value), zone)
    if kind is Type.MONEY:
        cents = int(value)
        return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
    return f"{value}"


def _time(at: Instant, zone: ZoneInfo) -> str:
    """To the minute by the wall clock where that says it all, else with offset and all digits."""
    short = datetime_of(at, zone).strftime("%Y-%m-%d %H:%M")
    return short if at % MINUTE == 0 and parse_time(short, zone) == at else iso(at, zone)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
