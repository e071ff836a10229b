"""Everything that is held about somebody, for their request of access: rows by table, what they said, files."""

from typing import TYPE_CHECKING, Any

from leadrelay.clock import iso
from leadrelay.store.addresses import standing_of
from leadrelay.store.persons import Taken, everything, person_at
from notifications.privacy.files import naming, of_database

if TYPE_CHECKING:
    from leadrelay.project import Project


def shown(project: "Project", written: str) -> dict[str, Any]:
    """All of it by table and column; moments as ISO 8601 in the company's zone. Raises NoDatabase, OSError."""
    with project.database.read() as conn:
        person, against = person_at(conn, written), standing_of(conn, written)
        tables = everything(conn, person)
        taken = Taken(conn, person)
    flags = {name: getattr(against, name) for name in against.__struct_fields__}
    return {
        "address": written,
        "contacts": list(person.contacts),
        "requests": list(person.requests),
        "said": {name: iso(at, project.zone) for name, at in flags.items() if at},
        "tables": {name: [_readable(row, project) for row in rows] for name, rows in tables.items()},
        "files": naming(project.folder, of_database(project), person, taken),
    }


def _readable(row: dict[str, Any], project: "Project") -> dict[str, Any]:
    """A row without what it has no value for; columns of moments in words."""
    return {
        name: iso(value, project.zone) if isinstance(value, int) and _is_moment(name) and value else value
        for name, value in row.items()
        if value is not None
    }


def _is_moment(column: str) -> bool:
    return column == "at" or column.endswith("_at")
