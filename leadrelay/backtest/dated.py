"""A story out of the dates of what was imported, for a company that has no history of its own yet.

Every request comes in when it was received, without a desk, an owner or an outcome; it is answered and closed when its
dates say so. What it is known of companies and people besides is taken as known from the beginning.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from leadrelay.act.spreading import AT_ARRIVAL
from leadrelay.backtest.story import Begins, Changes, Deed, Happening, Story
from leadrelay.backtest.telling import Keep, activities, everybody
from leadrelay.clock import Instant
from leadrelay.leads.fields import Value
from leadrelay.store.intake_writes import stored_of
from leadrelay.store.lists import lists_of
from leadrelay.store.raw import Statement
from leadrelay.store.schema import TABLES

_IDS = {kind: Statement(f"SELECT id FROM {table.name} ORDER BY id") for kind, table in TABLES.items()}
_CHUNK = 5000
_ENDING = ("outcome", "reason", "closed_at")
_LATER = ("first_response_at", "last_touched_at")
Dated = tuple[Instant, Deed]


def dated(conn: Connection, now: Instant, keep: Keep = everybody) -> Story:
    """The story up to `now`."""
    found: list[Dated] = []
    for name, values in _subjects(conn, "request", keep):
        found += _request(name, values, now)
    for name, values in _subjects(conn, "opportunity", keep):
        found += _opportunity(name, values, now)
    found += [(one.at, one) for _, one in activities(conn, keep)]
    found = sorted((one for one in found if one[0] <= now), key=lambda one: one[0])
    start = found[0][0] if found else now
    known: list[Deed] = [deed for kind in ("account", "contact") for deed in _known(conn, kind, keep)]
    items = [Happening(start, known)] if known else []
    for at, deed in found:
        if items and items[-1].at == at:
            items[-1].deeds.append(deed)
        else:
            items.append(Happening(at, [deed]))
    return Story(start, now, [*items], "dates")


def _subjects(conn: Connection, kind: str, keep: Keep) -> Iterator[tuple[str, dict[str, Value]]]:
    names = [row[0] for row in _IDS[kind].rows(conn) if keep(f"{kind}/{row[0]}")]
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        lists = lists_of(conn, chunk) if kind == "contact" else {}
        stored = stored_of(conn, kind, set(chunk))
        for name in chunk:
            values = {key: value for key, value in stored[name].items() if value is not None}
            yield name, {**values, "lists": lists[name]} if name in lists else values


def _known(conn: Connection, kind: str, keep: Keep) -> Iterator[Deed]:
    for name, values in _subjects(conn, kind, keep):
        yield Begins(kind, name, values)


def _request(name: str, values: Mapping[str, Value], now: Instant) -> Iterator[Dated]:
    came = _at(values, "received_at", now)
    first = {key: value for key, value in values.items() if key not in AT_ARRIVAL}
    yield came, Begins("request", name, {**first, "id": name, "status": "open", "received_at": came})
    yield from _later("request", name, values, came)
    if values.get("status") == "closed":
        known = (values.get("closed_at"), *(values.get(one) for one in _LATER))
        ended = next((at for at in known if isinstance(at, int) and at > came), came + 1)
        yield from _ends("request", name, {**values, "closed_at": ended}, ("status", *_ENDING))


def _opportunity(name: str, values: Mapping[str, Value], now: Instant) -> Iterator[Dated]:
    came = _at(values, "created_at", now)
    ends = isinstance(values.get("closed_at"), int)
    first = {key: value for key, value in values.items() if key not in (*_ENDING, *_LATER)}
    yield came, Begins("opportunity", name, {**first, "id": name, "created_at": came})
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


