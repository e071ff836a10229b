"""Two accounts or two contacts that turn out to be one are merged, and merges are undone."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table

from leadrelay.clock import Instant
from leadrelay.errors import CannotMerge, CannotUndo, UnknownSubject
from leadrelay.leads.effects import Change
from leadrelay.store import history, merges
from leadrelay.store.history import Entry
from leadrelay.store.intake_writes import keep_to_addresses, record_changes, stored_of
from leadrelay.store.merges import Merge, Moved
from leadrelay.store.raw import Statement
from leadrelay.store.schema import TABLES
from leadrelay.store.tables import metadata

MERGEABLE = ("account", "contact")
FIELD = "merged_into"
"""What history calls it, of the one that is gone."""
_OURS = frozenset({"matches", "merges", "match_keys", "match_index"})
_KINDS = {table.name: kind for kind, table in TABLES.items()}
_SEPARATOR = "\x1f"


def merge(conn: Connection, kind: str, kept: str, gone: str, person: str, now: Instant) -> Merge:
    """Merges `gone` into `kept`: all that pointed at it points at `kept` from now on; itself it stays as it was, and
    its name, domain and telephone lead to `kept`; what it said against mail holds for `kept`.

    Raises UnknownSubject, CannotMerge."""
    first, second = f"{kind}/{kept}", f"{kind}/{gone}"
    stored = stored_of(conn, kind, {kept, gone})
    for key in (kept, gone):
        if key not in stored:
            raise UnknownSubject(subject=f"{kind}/{key}")
    if kept == gone:
        raise CannotMerge(first=first, second=second, why="they are the same already")
    for subject, into in merges.merged(conn, [first, second]).items():
        raise CannotMerge(first=first, second=second, why=f"{subject} was merged into {kind}/{into} before")
    moved = list(_pointing(conn, kind, gone, kept))
    number = merges.add(conn, kind, kept, gone, moved, person, now)
    _point(conn, moved, gone, kept, now, f"person {person}")
    history.append(conn, now, [Entry(second, FIELD, None, first, f"person {person}")])
    if kind == "contact":
        keep_to_addresses(conn, [gone], (), now, f"person {person}")
    done = merges.find(conn, number)
    assert done is not None
    return done


def undo(conn: Connection, number: int, person: str, now: Instant) -> tuple[Merge, int]:
    """Undoes a merge; what somebody has pointed elsewhere since stays there. Returns the merge, and how many links went
    back. Raises CannotUndo."""
    one = merges.find(conn, number)
    if one is None:
        raise CannotUndo(number=number, why="there is none of that number")
    if one.undone_at is not None:
        raise CannotUndo(number=number, why=f"{one.undone_by} has undone it before")
    kept = f"{one.kind}/{one.kept}"
    later = merges.merged(conn, [kept])
    if later:
        raise CannotUndo(number=number, why=f"{kept} was merged into {one.kind}/{later[kept]} since; undo that first")
    back = [link for link in one.moved if _points(conn, link, one.kept)]
    merges.undo(conn, number, person, now)
    _point(conn, back, one.kept, one.gone, now, f"person {person}")
    history.append(conn, now, [Entry(f"{one.kind}/{one.gone}", FIELD, kept, None, f"person {person}")])
    return one, len(back)


def _links(kind: str) -> Iterator[tuple[Table, str]]:
    """Every column in which the id of an account or contact stands."""
    for table in metadata.sorted_tables:
        if table.name not in _OURS:
            names = (kind, "parent") if (kind, table.name) == ("account", "accounts") else (kind,)
            yield from ((table, name) for name in names if name in table.columns)


def _pointing(conn: Connection, kind: str, gone: str, kept: str) -> Iterator[Moved]:
    for table, name in _links(kind):
        keys = [column.name for column in table.primary_key.columns]
        others = [key for key in keys if key != name]
        columns = ", ".join(f't."{key}"' for key in keys)
        free = ""
        if name in keys:
            same = "".join(f' AND o."{key}" = t."{key}"' for key in others)
            free = f' AND NOT EXISTS (SELECT 1 FROM {table.name} o WHERE o."{name}" = :kept{same})'
        sql = f'SELECT {columns} FROM {table.name} t WHERE t."{name}" = :gone{free} ORDER BY {columns}'
        for row in Statement(sql).rows(conn, gone=gone, **({"kept": kept} if free else {})):
            ids = [str(value) for key, value in zip(keys, row, strict=True) if key != name]
            if _KINDS.get(table.name) is None or ids[0] != kept:
                yield Moved(table.name, _SEPARATOR.join(ids), name)


def _where(link: Moved) -> tuple[Table, str, dict[str, Any]]:
    """The row of a link, without the link's own column."""
    table = metadata.tables[link.kind]
    keys = [column for column in table.primary_key.columns if column.name != link.field]
    values = {
        f"key_{place}": column.type.python_type(text)
        for place, (column, text) in enumerate(zip(keys, link.id.split(_SEPARATOR), strict=True))
    }
    return table, "".join(f' AND "{column.name}" = :key_{place}' for place, column in enumerate(keys)), values


def _points(conn: Connection, link: Moved, at: str) -> bool:
    table, where, values = _where(link)
    return bool(Statement(f'SELECT 1 FROM {table.name} WHERE "{link.field}" = :at{where}').rows(conn, at=at, **values))


def _point(conn: Connection, links: list[Moved], old: str, new: str, now: Instant, cause: str) -> None:
    """Points links elsewhere: those of subjects with history, and the flows that read them are woken."""
    subjects = [link for link in links if link.kind in _KINDS]
    record_changes(conn, [Change(_KINDS[one.kind], one.id, one.field, old, new, cause) for one in subjects], now)
    for link in links:
        if link.kind not in _KINDS:
            table, where, values = _where(link)
            sql = f'UPDATE {table.name} SET "{link.field}" = :new WHERE "{link.field}" = :old{where}'
            Statement(sql).run(conn, new=new, old=old, **values)
