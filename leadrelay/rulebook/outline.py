"""Frozen values as an outline: every fact that they hold under its path, without places; what can be compared.

Person(id="an", capacity=20)  ->  {("capacity",): "20"}
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from leadrelay.calendar import WorkCalendar
from leadrelay.clock import date_of
from leadrelay.duration import Duration
from leadrelay.hours import WEEKDAYS, Frame
from leadrelay.leads.fields import Field, Type
from leadrelay.leads.team import Away
from leadrelay.messages.policy import Silence
from leadrelay.rulebook.condition import All, Any, Line, Nothing
from leadrelay.rulebook.meaning import text_of
from leadrelay.rulebook.model import Set
from leadrelay.rulebook.said import Speaker

Path = tuple[str, ...]
ORDER = "order"
"""The last word of the path under which the order of named things stands."""
_SILENT = ("place", "digest", "written", "version", "row")
_NAMES = ("id", "name", "number", "path")


class Fact(Struct, frozen=True):
    """A fact: as people read it, and as it is compared."""

    text: str
    key: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fact) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Outline(Struct, frozen=True):
    """Outlines values; `speaker` puts conditions and amounts into words."""

    speaker: Speaker

    def of(self, value: object, path: Path = (), skip: tuple[str, ...] = ()) -> dict[Path, Fact]:
        """The facts of a value by their paths; what is empty is not there. `skip`: attributes that do not count."""
        return dict(self._facts(value, path, skip))

    def _facts(self, value: object, path: Path, skip: tuple[str, ...] = ()) -> Iterator[tuple[Path, Fact]]:
        if value is None or value == () or value == "" or value == frozenset():
            return
        known = self._whole(value)
        if known is not None:
            yield path, known
        elif isinstance(value, WorkCalendar):
            yield from self._calendar(value, path)
        elif isinstance(value, Struct) and not isinstance(value, Duration):
            for name in value.__struct_fields__:
                if name not in _SILENT and name not in skip:
                    yield from self._facts(getattr(value, name), (*path, name))
        elif isinstance(value, Mapping):
            for key in sorted(value, key=str):
                yield from self._facts(value[key], (*path, str(key)))
        elif isinstance(value, tuple) and any(isinstance(one, Struct | tuple) for one in value):
            yield from self._several(value, path)
        else:
            yield path, Fact(_plain(value), repr(value) if isinstance(value, float) else _compared(value))

    def _whole(self, value: object) -> Fact | None:
        """What is one fact, though it has parts."""
        if isinstance(value, Line | All | Any | Nothing):
            return Fact(self.speaker.condition(value) or "always", text_of(value))
        if isinstance(value, Field):
            return Fact(value.path, value.path)
        if isinstance(value, Set):
            return Fact(self.speaker.action(value), value.values)
        return self._dated(value) if isinstance(value, Away | Silence) else None

    def _several(self, values: tuple[object, ...], path: Path) -> Iterator[tuple[Path, Fact]]:
        names = [_name(one) for one in values]
        known = len(set(names)) == len(names) and None not in names
        keys = [str(name) for name in names] if known else [str(number) for number in range(1, len(values) + 1)]
        for key, one in zip(keys, values, strict=True):
            if isinstance(one, tuple) and known:
                yield from self._facts(one[1:] if len(one) > 2 else one[1], (*path, key))
            else:
                found = list(self._facts(one, (*path, key)))
                yield from found or [((*path, key), Fact("there", key))]
        if known and len(keys) > 1:
            yield (*path, ORDER), Fact(", ".join(keys), tuple(keys))

    def _dated(self, value: Away | Silence) -> Fact:
        if isinstance(value, Away):
            deputy = f", deputy {value.deputy}" if value.deputy else ""
            return Fact(f"{date_of(value.first)} to {date_of(value.last)}{deputy}", value)
        inner = self.of(value.match)
        what = "; ".join(f"{' '.join(path)} {fact.text}" for path, fact in inner.items()) or "everything"
        since = f"from {self.speaker.value(value.since, Type.TIME)} " if value.since is not None else ""
        return Fact(f"{what}, {since}until {self.speaker.value(value.until, Type.TIME)}: {value.why}", value)

    def _calendar(self, value: WorkCalendar, path: Path) -> Iterator[tuple[Path, Fact]]:
        yield (*path, "zone"), Fact(str(value.zone), str(value.zone))
        for name, frames in zip(WEEKDAYS, value.hours, strict=True):
            yield (*path, name), Fact(_frames(frames), frames)
        yield from self._facts(value.holidays, (*path, "holidays"))
        for day in sorted(value.closed):
            yield (*path, "closed", day.isoformat()), Fact("closed", True)


def _name(value: object) -> str | None:
    """What one of several things is called, if anything."""
    if isinstance(value, tuple):
        return value[0] if len(value) > 1 and isinstance(value[0], str) else None
    for name in _NAMES:
        found = getattr(value, name, None)
        if isinstance(found, str | int) and found != "":
            return str(found)
    field = getattr(value, "field", None)
    if not isinstance(field, Field):
        return None
    columns = getattr(value, "columns", ())  # several columns may fill one field
    return f"{field.path} from {', '.join(columns)}" if columns else field.path


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _compared(value: object) -> object:
    return (type(value).__name__, value) if isinstance(value, bool | int) else value


def _frames(frames: Iterable[Frame]) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in frames) or "closed"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
