"""How findings about rules name rules and rows, lines of conditions, and example subjects."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from leadrelay.clock import date_of, datetime_of
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import Condition, Line
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.lint.boxes import NOON
from leadrelay.rulebook.literals import zone
from leadrelay.rulebook.model import Rule
from leadrelay.rulebook.place import NOWHERE, Place

_WORDS = re.compile(r"[^\[\]{},:\"']+")


def named(rule: Rule) -> str:
    """A rule as findings call it: `rule 'large'`, or `row 4` of a table."""
    return f"row {rule.row}" if rule.row is not None and rule.id.endswith(f"-{rule.row}") else f"rule '{rule.id}'"


def all_named(rules: list[Rule]) -> str:
    """Several rules as findings call them: `row 2`, `rules 'a', 'b' and others`."""
    if len(rules) == 1:
        return named(rules[0])
    each = [named(rule).partition(" ") for rule in rules]
    kinds = {kind for kind, _, _ in each}
    names = [name if len(kinds) == 1 else f"{kind} {name}" for kind, _, name in each[:4]]
    names += ["others"] if len(rules) > 4 else []
    what = f"{kinds.pop()}s " if len(kinds) == 1 else ""
    return f"{what}{', '.join(names[:-1])} and {names[-1]}"


def place_of(condition: Condition) -> Place:
    """Where a condition stands: its first line; NOWHERE for one that no file has written."""
    return next((line.place for line in condition.lines() if line.place != NOWHERE), NOWHERE)


def as_written(line: Line) -> str:
    """A line of a condition as the file has it."""
    return f"{line.path}: {line.written}"


def spellings(conditions: Iterable[Condition]) -> dict[str, str]:
    """The texts that conditions name, by their form without case, as they were first written."""
    found: dict[str, str] = {}
    for condition in conditions:
        for line in condition.lines():
            for word in _WORDS.findall(line.written):
                found.setdefault(word.strip().casefold(), word.strip())
    return found


def shown(facts: Mapping[str, Value], context: Context, written: Mapping[str, str]) -> str:
    """An example subject: `account.country BE, account.employees 50 and no account.tier`."""
    parts = [_fact(path, value, context, written) for path, value in facts.items()]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""


def _fact(path: str, value: Value, context: Context, written: Mapping[str, str]) -> str:
    """A fact as a rule file would write it."""
    if value is None:
        return f"no {path}"
    return f"{path} {_value(path, value, context, written)}"


def _value(path: str, value: Value, context: Context, written: Mapping[str, str]) -> str:
    field = context.fields.get(path)
    if isinstance(value, bool) or field is None:
        return str(value).lower()
    if isinstance(value, int):
        return _number(field.type, value, context)
    return " and ".join(_texts(value, written))


def _number(kind: Type, value: int, context: Context) -> str:
    if kind is Type.MONEY:
        return str(Decimal(value) / 100)
    if kind is Type.DATE:
        return str(date_of(value))
    if kind is Type.TIME:
        where = zone(context)
        return f"{datetime_of(value, where):%Y-%m-%d %H:%M} (now {datetime_of(NOON, where):%Y-%m-%d %H:%M})"
    return str(value)


def _texts(value: Value, written: Mapping[str, str]) -> Iterator[str]:
    for one in value if isinstance(value, tuple) else (value,):
        yield written.get(str(one), str(one))
