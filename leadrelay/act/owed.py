"""What other systems are owed: the changes in history since the cursor, in the words of the maps they came by."""

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.import_map import ImportMap, WriteField
from leadrelay.rulebook.theirs import NoWord, in_their_words
from leadrelay.store import write_backs
from leadrelay.store.intake_writes import stored_of
from leadrelay.store.owners import whole_team
from leadrelay.store.write_backs import DEAD, OVERTAKEN, OWED, Changed, Owed, Settled, WriteBack
from leadrelay.zone import zone_of

Maps = Mapping[str, ImportMap]
_IMPORT = "import "


def owe(conn: Connection, maps: Maps, team: Team, zone: ZoneInfo, now: Instant) -> int:
    """Owes other systems what we changed since the last time; returns how many fields. Call it in a unit of work.

    What an import from a system changed is not owed to that system, nor what it holds already."""
    found, newest = write_backs.changes(conn)
    concerned = _concerned(found, maps)
    if concerned:
        owed = _Owing(conn, maps, whole_team(conn, team), zone, now, concerned).all()
        write_backs.add(conn, owed)
    else:
        owed = []
    if found or newest:
        write_backs.move_cursor(conn, newest)
    return sum(one.state == OWED for one in owed)


def _concerned(found: Iterable[Changed], maps: Maps) -> dict[tuple[str, str], list[Changed]]:
    """The changes that some map writes back, by (subject, map)."""
    by_target: dict[tuple[str, str], list[Changed]] = {}
    for one in found:
        back = maps[one.map].write_back if one.map in maps else None
        if back is None or _came_from(one, maps):
            continue
        if any(source.name == one.field for field in back.fields for source in field.sources):
            by_target.setdefault((one.subject, one.map), []).append(one)
    return by_target


def _came_from(change: Changed, maps: Maps) -> bool:
    """Whether that system itself told us of the change."""
    if not change.cause.startswith(_IMPORT) or not change.cause.endswith(")"):
        return False
    by = maps.get(change.cause.rpartition(" (")[2].removesuffix(")"))
    return by is not None and by.system == change.system


class _Owing:
    """Puts changes in the words of other systems, with what the database says now."""

    def __init__(
        self,
        conn: Connection,
        maps: Maps,
        team: Team,
        zone: ZoneInfo,
        now: Instant,
        concerned: Mapping[tuple[str, str], Sequence[Changed]],
    ) -> None:
        self._conn, self._maps, self._team, self._zone, self._now = conn, maps, team, zone, now
        self._concerned = concerned
        subjects = {subject for subject, _ in concerned}
        kinds: dict[str, set[str]] = {}
        for subject in subjects:
            kind, _, name = subject.partition("/")
            kinds.setdefault(kind, set()).add(name)
        self._values: dict[str, dict[str, Value]] = {
            f"{kind}/{name}": values
            for kind, names in kinds.items()
            for name, values in stored_of(conn, kind, names).items()
        }
        self._waiting: dict[tuple[str, str, str], list[WriteBack]] = {}
        for one in write_backs.waiting_of(conn, subjects):
            self._waiting.setdefault((one.subject, one.map, one.field), []).append(one)

    def all(self) -> list[Owed]:
        """What is owed now; what it replaces is overtaken."""
        owed, overtaken = [], []
        for (subject, name), changes in self._concerned.items():
            map_ = self._maps[name]
            for field in map_.write_back.fields if map_.write_back else ():
                last = [one for one in changes if any(source.name == one.field for source in field.sources)][-1:]
                if last:
                    new, old = self._owed(last[0], field, map_, self._waiting.get((subject, name, field.name), []))
                    owed += new
                    overtaken += old
        write_backs.settle(self._conn, overtaken)
        return owed

    def _owed(
        self, change: Changed, field: WriteField, map_: ImportMap, waiting: Sequence[WriteBack]
    ) -> tuple[list[Owed], list[Settled]]:
        state, why, value = OWED, None, None
        zone = zone_of(map_.zone) if map_.zone else self._zone
        try:
            value = in_their_words(field, self._values.get(change.subject, {}), self._team, zone)
        except NoWord as error:
            state, why = DEAD, str(error)
        replaced = [_overtaken(one, "changed again before it was sent") for one in waiting]
        holds = orjson.loads(change.holds)
        held = next((holds[one.casefold()] for one in field.columns if one.casefold() in holds), None)
        if state == OWED and (value is None or (held == value and not any(one.batch for one in waiting))):
            return [], replaced  # they have it already; what was taken up once may have changed it
        key = f"{change.subject}|{change.map}|{field.name}|{change.id}"
        target = (change.subject, change.map, change.system, change.foreign_id, field.name)
        return [Owed(key, change.at, *target, value or "", state, self._now, why)], replaced


def _overtaken(one: WriteBack, why: str) -> Settled:
    return Settled(one.id, OVERTAKEN, one.not_before, None, why)
