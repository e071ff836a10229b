"""What our values are called in another system: the way back of an import map."""

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from zoneinfo import ZoneInfo

from leadrelay.clock import date_of, datetime_of, iso
from leadrelay.leads.fields import Field, Type, Value
from leadrelay.leads.records import REFERS
from leadrelay.leads.team import Team
from leadrelay.rulebook.import_map import ValueTable, WriteField


class NoWord(ValueError):
    """A value of ours that the map has no word for; str() is the reason."""


def in_their_words(field: WriteField, values: Mapping[str, Value], team: Team, zone: ZoneInfo) -> str | None:
    """What `field` is to hold, given our values by name (without the entity); None: nothing is to be written.

    Times are in `zone`. Raises NoWord."""

    def said(one: Field) -> str:
        return _text(one, values.get(one.name), field, team, zone)

    def woven(text: str) -> str:
        return re.sub(r"\{([^}]*)\}", lambda found: by_path.get(found[1].strip(), ""), text).strip()

    by_path = {name: said(one) for one in field.sources for name in (one.path, one.name)}
    ours = said(field.sources[0]) if field.text is None else woven(field.text)
    if field.values is None:
        return ours or None
    theirs = _through(field.values, ours, field) if ours else None
    return (woven(theirs) if "{" in theirs else theirs) or None if theirs else None


def _text(one: Field, value: Value, field: WriteField, team: Team, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if REFERS.get(one.path) == "person":
        return _person(str(value), field.person, team)
    write = _WRITERS.get(one.type)
    return write(value, field.dates, zone) if write else str(value)


def _person(name: str, called: str, team: Team) -> str:
    person = team.people.get(name)
    if called == "id" or person is None:
        return name
    found = person.name if called == "name" else person.email
    if not found:
        raise NoWord(f"{name} has no {called} in the team")
    return found


def _through(table: ValueTable, ours: str, field: WriteField) -> str | None:
    word = " ".join(ours.casefold().split())
    for pattern, theirs in table.rows:
        if pattern == word or ("*" in pattern and re.match(translate(pattern), word)):
            return theirs
    if table.closed:
        return table.otherwise
    raise NoWord(f"the map says nothing for '{ours}' under 'values' of {field.name}")


def _money(value: Value, _dates: str | None, _zone: ZoneInfo) -> str:
    cents = int(value)  # type: ignore[arg-type]
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02}"


def _date(value: Value, dates: str | None, _zone: ZoneInfo) -> str:
    day = date_of(int(value))  # type: ignore[arg-type]
    return day.strftime(dates) if dates else day.isoformat()


def _time(value: Value, dates: str | None, zone: ZoneInfo) -> str:
    instant = int(value)  # type: ignore[arg-type]
    return datetime_of(instant, zone).strftime(dates) if dates else iso(instant, zone)


def _yes_no(value: Value, _dates: str | None, _zone: ZoneInfo) -> str:
    return "true" if value else "false"


def _number(value: Value, _dates: str | None, _zone: ZoneInfo) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _list(value: Value, _dates: str | None, _zone: ZoneInfo) -> str:
    return ";".join(value) if isinstance(value, tuple | list) else str(value)


_WRITERS: Mapping[Type, Callable[[Value, str | None, ZoneInfo], str]] = {
    Type.MONEY: _money,
    Type.DATE: _date,
    Type.TIME: _time,
    Type.YES_NO: _yes_no,
    Type.NUMBER: _number,
    Type.LIST: _list,
}
