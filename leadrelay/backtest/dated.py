"""A story out of the dates of what was imported, for a company that has no history of its own yet.

Every request comes in when it was received, without a desk, an owner or an outcome; it is answered and closed when its
dates say so. What it is known of companies and people besides is taken as known from the beginning.
"""

from collections.abc import Iterable, Iterator, Mapping

import orjson
from sqlalchemy import Connection, select

from leadrelay.act.spreading import AT_ARRIVAL
from leadrelay.backtest.story import Begins, Changes, Deed, Happening, Story
from leadrelay.backtest.telling import Keep, activities, everybody
from leadrelay.clock import Instant
from leadrelay.leads.derived import SOURCES
from leadrelay.leads.fields import CORE, Type, Value
from leadrelay.store.lists import lists_of
from leadrelay.store.raw import Statement
from leadrelay.store.schema import TABLES, column_name

_TYPES = {one.path: one.type for one in CORE}
_ENDING = ("outcome", "reason", "closed_at")
_LATER = ("first_response_at", "last_touched_at")
_NEEDED = frozenset(
    {
        *("id", "received_at", "created_at", "status", "owner", "contact", "account", "country", "postcode"),
        *("summary", "product", "expected_value", "language", *_ENDING, *_LATER),
    }
)
"""Fields that the story or the actions of rules need, whoever reads them."""
Dated = tuple[Instant, Deed]


def dated(conn: Connection, now: Instant, read: Iterable[str], keep: Keep = everybody) -> Story:
    """The story up to `now`, with the fields that somebody reads (paths)."""
    paths = frozenset(read) | {source for path in read for source in SOURCES.get(path, ())}
    found: list[Dated] = []
    for name, values in _subjects(conn, "request", keep, paths):
        found += _request(name, values, now)
    for name, values in _subjects(conn, "opportunity", keep, paths):
        found += _opportunity(name, values, now)
    found += [(one.at, one) for _, one in activities(conn, keep)]
    found = sorted((one for one in found if one[0] <= now), key=lambda one: one[0])
    start = found[0][0] if found else now
    known: list[Deed] = [deed for kind in ("account", "contact") for deed in _known(conn, kind, keep, paths)]
    items = [Happening(start, known)] if known else []
    for at, deed in found:
        if items and items[-1].at == at:
            items[-1].deeds.append(deed)
        else:
            items.append(Happening(at, [deed]))
    return Story(start, now, [*items], "dates")


def _subjects(conn: Connection, kind: str, keep: Keep, read: frozenset[str]) -> Iterator[tuple[str, dict[str, Value]]]:
    """The subjects of a kind with those of their fields that matter."""
    names = [one.name for one in CORE if one.entity == kind and (not one.derived or one.name == "id")]
    chosen = [name for name in names if f"{kind}.{name}" in read or name in _NEEDED]
    extra = any(path.startswith(f"{kind}.extra.") for path in read)
    table = TABLES[kind]
    columns = [table.c[column_name(name)] for name in chosen] + ([table.c.extra] if extra else [])
    rows = Statement(select(*columns).order_by(table.c.id)).rows(conn)
    truths = [name for name in chosen if _TYPES[f"{kind}.{name}"] is Type.YES_NO]
    place = chosen.index("id")
    listed = lists_of(conn, (row[place] for row in rows)) if kind == "contact" else {}
    for row in rows:
        name = row[place]
        if not keep(f"{kind}/{name}"):
            continue
        values: dict[str, Value] = dict(zip(chosen, row, strict=False))
        for one in truths:
            values[one] = None if values[one] is None else bool(values[one])
        if extra and row[-1] != "{}":
            own = orjson.loads(row[-1]).items()
            values.update((f"extra.{key}", tuple(one) if isinstance(one, list) else one) for key, one in own)
        if name in listed:
            values["lists"] = listed[name]
        yield name, values


def _known(conn: Connection, kind: str, keep: Keep, paths: frozenset[str]) -> Iterator[Deed]:
    for name, values in _subjects(conn, kind, keep, paths):
        yield Begins(kind, name, values)


_ANEW: Mapping[str, Value] = {**dict.fromkeys(AT_ARRIVAL - {"id"}), "status": "open"}
_STILL_OPEN: Mapping[str, Value] = dict.fromkeys((*_ENDING, *_LATER))


def _request(name: str, values: Mapping[str, Value], now: Instant) -> Iterator[Dated]:
    came = _at(values, "received_at", now)
    first = {**values, **_ANEW, "received_at": came}
    yield came, Begins("request", name, first)
    yield from _later("request", name, values, came)
    if values.get("status") == "closed":
        known = (values.get("closed_at"), *(values.get(one) for one in _LATER))
        ended = next((at for at in known if isinstance(at, int) and at > came), came + 1)
        yield from _ends("request", name, {**values, "closed_at": ended}, ("status", *_ENDING))


def _opportunity(name: str, values: Mapping[str, Value], now: Instant) -> Iterator[Dated]:
    came = _at(values, "created_at", now)
    ends = isinstance(values.get("closed_at"), int)
    yield came, Begins("opportunity", name, {**values, **_STILL_OPEN, "created_at": came})
    yield from _later("opportunity", name, values, came)
    if ends:
        yield from _ends("opportunity", name, values, _ENDING)


def _later(kind: str, name: str, values: Mapping[str, Value], came: Instant) -> Iterator[Dated]:
    """Answered and touched when it was."""
    for field in _LATER:
        if isinstance(at := values.get(field), int):
            yield max(at, came), Changes(kind, name, {field: at})


def _ends(kind: str, name: str, values: Mapping[str, Value], fields: tuple[str, ...]) -> Iterator[Dated]:
    at = values["closed_at"]
    assert isinstance(at, int)
    yield at, Changes(kind, name, {field: values[field] for field in fields if values.get(field) is not None})


def _at(values: Mapping[str, Value], field: str, now: Instant) -> Instant:
    at = values.get(field)
    return at if isinstance(at, int) else now
