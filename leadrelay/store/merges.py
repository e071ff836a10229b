"""Which accounts and contacts were merged into which: looked up by intake, written by people."""

from collections.abc import Iterable

import orjson
from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

_COLUMNS = "id, at, by, kind, kept, gone, moved, undone_at, undone_by"
_INTO = Statement(
    "SELECT kind, gone, kept FROM merges WHERE undone_at IS NULL AND kind || '/' || gone IN LISTED(:subjects)"
)
_ANY = Statement("SELECT 1 FROM merges WHERE undone_at IS NULL LIMIT 1")
_ALL = Statement(f"SELECT {_COLUMNS} FROM merges ORDER BY id")
_ONE = Statement(f"SELECT {_COLUMNS} FROM merges WHERE id = :id")
_ADD = Statement(
    "INSERT INTO merges (at, by, kind, kept, gone, moved) VALUES (:at, :by, :kind, :kept, :gone, :moved) RETURNING id"
)
_UNDO = Statement("UPDATE merges SET undone_at = :at, undone_by = :by WHERE id = :id")


class Moved(Struct, frozen=True, array_like=True):
    """A link that pointed at the one that is gone: field `field` of subject `kind`/`id`."""

    kind: str
    id: str
    field: str


class Merge(Struct, frozen=True):
    """One merge: `gone` into `kept`."""

    id: int
    at: Instant
    by: str
    kind: str
    kept: str
    gone: str
    moved: tuple[Moved, ...]
    undone_at: Instant | None = None
    undone_by: str | None = None


def merged(conn: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Of these subjects ('account/9') those that were merged, and the id of what they were merged into; chains too."""
    found: dict[str, str] = {}
    wanted = set(subjects)
    if not wanted or not _ANY.rows(conn):
        return found
    while wanted:
        rows = _INTO.rows(conn, subjects=listed(sorted(wanted)))
        found.update((f"{kind}/{gone}", kept) for kind, gone, kept in rows)
        wanted = {f"{kind}/{kept}" for kind, _, kept in rows} - found.keys()
    return found


def standing(conn: Connection, contact: str) -> str:
    """The contact's id, or that of what it was merged into."""
    return merged(conn, [f"contact/{contact}"]).get(f"contact/{contact}", contact)


def add(conn: Connection, kind: str, kept: str, gone: str, moved: Iterable[Moved], by: str, at: Instant) -> int:
    """Writes a merge; its number."""
    links = orjson.dumps([[one.kind, one.id, one.field] for one in moved]).decode()
    return int(_ADD.rows(conn, at=at, by=by, kind=kind, kept=kept, gone=gone, moved=links)[0][0])


def find(conn: Connection, number: int) -> Merge | None:
    """The merge of that number."""
    rows = _ONE.rows(conn, id=number)
    return _read(rows[0]) if rows else None


def every(conn: Connection) -> list[Merge]:
    """All merges, also those undone."""
    return [_read(row) for row in _ALL.rows(conn)]


def undo(conn: Connection, number: int, by: str, at: Instant) -> None:
    """Notes that a merge was undone."""
    _UNDO.run(conn, id=number, by=by, at=at)


def _read(row: tuple[object, ...]) -> Merge:
    number, at, by, kind, kept, gone, moved, undone_at, undone_by = row
    links = tuple(Moved(*one) for one in orjson.loads(str(moved)))
    return Merge(number, at, by, kind, kept, gone, links, undone_at, undone_by)  # type: ignore[arg-type]
