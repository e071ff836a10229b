"""The values that a fact could have had instead, so that lines turn: on the edges of their tests, and off them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from leadrelay.clock import MINUTE, Instant, datetime_of, day_of
from leadrelay.leads.fields import SUBJECTS, Field, Fields, Type, Value
from leadrelay.rulebook import condition as c
from leadrelay.rulebook.nearest import apart
from leadrelay.rulebook.paths import leaves

SOMETHING, SOMETHING_ELSE = "something", "something else"
"""What a text could have been, where no test names anything."""
MOST_NAMED = 3
"""So many entries of a list, or values of a test, are tried."""
_IDS = frozenset(("id", "contact", "account", "request", "parent"))
_HAPPENED = frozenset(("received_at", "created_at", "routed_at", "stage_since"))
"""Moments at which something happened to the subject: not they could differ, but time goes on."""


class Instead(NamedTuple):
    """A value that a field could have had; `cost` is how far off that is, `words` what comes after 'had FIELD'."""

    value: Value
    cost: float
    words: str = ""


def can_differ(path: str, subject: str, fields: Fields) -> bool:
    """Whether somebody could have written another value there: no id or link, nothing that is derived from elsewhere,
    not who the subject's owner is (on which the facts about that owner hang), and not when things happened."""
    field = fields.get(path)
    if field is None or field.derived or field.formula is not None or field.entity not in SUBJECTS:
        return False
    if path == f"{subject}.owner" or field.name in _IDS:
        return False
    return field.name not in _HAPPENED


def instead(field: Field, goals: Sequence[c.Line], facts: c.Facts, moment: c.Moment) -> list[Instead]:
    """Values of a field with which all these lines turn, the nearest first."""
    value = c.normal(facts.get(field.path))
    turned = {id(line): not line.verdict(facts, moment).holds for line in goals}
    found: dict[Value, Instead] = {}
    for one in _tried(field, goals, facts, moment):
        there = c.normal(one.value)
        if there == value or there in found:
            continue
        changed = {**facts, field.path: one.value}
        if all(line.verdict(changed, moment).holds is turned[id(line)] for line in goals):
            found[there] = one
    return sorted(found.values(), key=lambda one: one.cost)


def _tried(field: Field, goals: Iterable[c.Line], facts: c.Facts, moment: c.Moment) -> Iterator[Instead]:
    value = facts.get(field.path)
    for line in goals:
        for leaf in leaves(line.test):
            yield from _around(leaf, field, value, facts, moment)
    if field.type is Type.YES_NO:
        yield from (Instead(one, 1.0) for one in (True, False))
    yield from (Instead(choice, 1.01) for choice in field.choices)
    if field.type is Type.TEXT:
        yield Instead(SOMETHING_ELSE, 1.1, f"been {SOMETHING_ELSE}")
    yield Instead(None, 1.2)


def _around(leaf: c.Test, field: Field, value: Value, facts: c.Facts, moment: c.Moment) -> Iterator[Instead]:
    match leaf:
        case c.Equals(values=values):
            for one in _few(values):
                yield Instead(one, apart(value, one, field.type))
                if isinstance(one, int | float) and field.type is not Type.YES_NO:
                    yield from _numbers((one - 1, one + 1), field, value)
        case c.Range(low=low, high=high):
            edges = [_whole(edge) for edge in (low, high) if edge is not None]
            step = MINUTE if field.type is Type.TIME else 1
            yield from _numbers((n for edge in edges for n in (edge, edge - step, edge + step)), field, value)
        case c.InList(name=name, values=values):
            for one in _few(values):
                yield Instead(one, 1.0, f"been on the list {name} (as '{one}' is)")
        case c.SameAs(other=other):
            if (same := facts.get(other)) is not None:
                yield Instead(same, 1.0)
        case c.Known(wanted=known):
            yield from _known(field, moment) if known else (Instead(None, 1.0),)
        case c.OlderThan() | c.NewerThan() | c.Within() | c.Past() | c.After():
            yield from _times(leaf, field, value, facts, moment)
        case _:
            yield from _texts(leaf, value if isinstance(value, str | tuple) else "")


def _few(values: Iterable[Value]) -> list[Value]:
    """Some of them, the shortest first."""
    return sorted(values, key=lambda one: (len(str(one)), str(one)))[:MOST_NAMED]


def _numbers(tried: Iterable[float], field: Field, value: Value) -> Iterator[Instead]:
    return (Instead(one, apart(value, one, field.type)) for one in tried)


def _whole(edge: float) -> int | float:
    return int(edge) if float(edge).is_integer() else edge


def _known(field: Field, moment: c.Moment) -> Iterator[Instead]:
    """Something where nothing is known."""
    today = day_of(datetime_of(moment.now, moment.calendars["default"].zone).date())
    by_type: dict[Type, Value] = {Type.NUMBER: 1, Type.MONEY: 100, Type.DATE: today, Type.TIME: moment.now}
    if field.type in by_type:
        yield Instead(by_type[field.type], 1.0)
    elif field.type is Type.TEXT:
        yield Instead(SOMETHING, 1.0, "been known")


def _texts(leaf: c.Test, value: str | tuple[str, ...]) -> Iterator[Instead]:
    """Texts and lists that have, or are, what a test looks for."""
    match leaf:
        case c.Contains(needles=needles):
            for one in needles[:MOST_NAMED]:
                if isinstance(value, tuple):
                    yield Instead((*value, one), 1.0, f"contained '{one}'")
                else:
                    yield Instead(f"{value} {one}".strip(), 1.0, f"contained '{one}'")
        case c.StartsWith(needles=needles):
            yield from (Instead(f"{one}{value}", 1.0, f"begun with '{one}'") for one in needles[:MOST_NAMED])
        case c.EndsWith(needles=needles):
            yield from (Instead(f"{value}{one}", 1.0, f"ended with '{one}'") for one in needles[:MOST_NAMED])
        case c.Matches(pattern=pattern):
            yield Instead(pattern.replace("*", "").replace("?", "x"), 1.0)
        case c.Mentions(values=values):
            for entry in _few(values):
                yield Instead(f"{value} {entry}".strip(), 1.0, f"mentioned '{entry}'")


def _times(leaf: c.Test, field: Field, value: Value, facts: c.Facts, moment: c.Moment) -> Iterator[Instead]:
    """Moments around those at which a test on time turns, to the minute where that is enough."""
    edges: list[Instant] = [moment.now]
    name = "default"
    if isinstance(leaf, c.After):
        edges = [other] if isinstance(other := facts.get(leaf.other), int) else []
    elif isinstance(leaf, c.OlderThan | c.NewerThan | c.Within):
        name = leaf.calendar
        calendar = moment.calendars[name]
        edges += [*leaf.span.breakpoints(moment.now, calendar)[-3:], leaf.span.after(moment.now, calendar)]
    if field.type is Type.DATE:
        zone = moment.calendars[name].zone
        days = {day_of(datetime_of(edge, zone).date()) for edge in edges if abs(edge) < _FAR}
        tried: Iterable[int] = sorted({day + step for day in days for step in (-1, 0, 1)})
    else:
        tried = (at for edge in edges if abs(edge) < _FAR for at in (edge, *_minutes(edge)))
    for one in tried:
        yield Instead(one, apart(value, one, field.type))


_FAR: Instant = 2**57
"""Beyond what a date can hold."""


def _minutes(edge: Instant) -> tuple[Instant, Instant]:
    floor = edge - edge % MINUTE
    return floor, floor + MINUTE
