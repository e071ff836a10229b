"""Forgets somebody: marketing systems are told first, then tables and files are cleaned, and what stays is said."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.errors import NotTold
from leadrelay.leads.fields import Fields, Type
from leadrelay.store.erase import erase, named_in_rules
from leadrelay.store.intake_writes import suppress
from leadrelay.store.persons import Person, Taken, person_at
from leadrelay.store.raw import Statement, listed
from notifications.marketing.push import push_all
from notifications.privacy.files import Cleaned, clean_files, of_database

if TYPE_CHECKING:
    from leadrelay.project import Project

CAUSE = "forgotten"
_UNTOLD = Statement(
    "SELECT system, contact, error FROM pushes WHERE contact IN LISTED(:ids) AND state IN ('pending', 'failed', 'dead')"
    " ORDER BY id"
)
_ELSEWHERE = Statement(
    "SELECT DISTINCT subject, system, foreign_id FROM foreign_ids WHERE subject IN LISTED(:subjects) ORDER BY 1, 2, 3"
)
_OPEN = Statement("SELECT id FROM requests WHERE id IN LISTED(:ids) AND status = 'open' ORDER BY id")
_DEALS = Statement("SELECT id FROM opportunities WHERE contact IN LISTED(:ids) ORDER BY id")


class Forgotten(Struct, frozen=True):
    """What was done about somebody: rows by table, files, and in words what stays and why."""

    contacts: tuple[str, ...]
    requests: tuple[str, ...]
    rows: Mapping[str, int]
    files: Cleaned
    stays: tuple[str, ...]
    todo: tuple[str, ...]
    """What leadrelay cannot do, and somebody has to."""

    incomplete: bool = False
    """Something of ours still has the address."""

    def as_dict(self) -> dict[str, object]:
        """As `person forget --json` prints it."""
        return {
            "contacts": list(self.contacts),
            "requests": list(self.requests),
            "rows": dict(self.rows),
            "files": {"removed": self.files.removed, "rewritten": self.files.rewritten, "left": self.files.left},
            "stays": list(self.stays),
            "todo": list(self.todo),
        }


def forget(project: "Project", written: str, now: Instant, anyway: bool = False) -> Forgotten:
    """Forgets who has the mailbox of this address, everywhere below the project's folder.

    Raises NotTold (and has erased nothing, but noted the objection) when a marketing system cannot be told, unless
    `anyway`; NoDatabase, DatabaseBusy, OSError."""
    with project.database.begin() as conn:
        person = person_at(conn, written)
        for address in person.addresses:
            suppress(conn, address, "objected_at", now, CAUSE, now)
    untold = _tell(project, person, now)
    if untold and not anyway:
        raise NotTold(what="; ".join(untold))
    with project.database.begin() as conn:
        taken = Taken(conn, person)
        stays, todo = _stays(conn, person), [*untold, *_elsewhere(conn, person)]
        erased = erase(conn, person, _own_texts(project.ruleset.fields), now)
        in_rules = named_in_rules(conn, person)
    todo += [f"versions of the rules name the address ({one})" for one in in_rules]
    files = clean_files(project.folder, of_database(project), person, taken)
    todo += [f"{one} still has the address: change or remove it" for one in files.left]
    if not project.database.compact():
        todo.append("another program keeps the database open: freed pages are overwritten when it is done")
    incomplete = bool(in_rules or files.left)
    return Forgotten(person.contacts, person.requests, erased.rows, files, tuple(stays), tuple(todo), incomplete)


def _tell(project: "Project", person: Person, now: Instant) -> list[str]:
    """Tells marketing systems that they are blocked, and says what could not be told."""
    if not project.settings.marketing or not person.contacts:
        return []
    push_all(project.database, project.settings, now)
    with project.database.read() as conn:
        rows = _UNTOLD.rows(conn, ids=listed(person.contacts))
    return [
        f"{system} could not be told of contact/{contact}: {error or 'it waits'}" for system, contact, error in rows
    ]


def _stays(conn: Connection, person: Person) -> list[str]:
    """What is kept without them, and why."""
    stays = ["a keyed hash of the address: so that the objection holds, and an import of it is refused"]
    if person.contacts:
        ids = ", ".join(f"contact/{one}" for one in person.contacts)
        stays.append(f"{ids}, without name, address, telephone or words: reports count what happened")
    if person.requests:
        ids = ", ".join(f"request/{one}" for one in person.requests)
        stays.append(
            f"{ids}, without what was asked: its kind, channel, times, value and outcome are figures of reports"
        )
    deals = ", ".join(f"opportunity/{row[0]}" for row in _DEALS.rows(conn, ids=listed(person.contacts)))
    if deals:
        stays.append(f"{deals} with quotes: they are the company's, and the law asks for them")
    return stays


def _elsewhere(conn: Connection, person: Person) -> list[str]:
    """What leadrelay has no right to do in other systems, and what nobody can answer any more."""
    todo = [
        f"{system} knows {subject} as {name}: erase them there too"
        for subject, system, name in _ELSEWHERE.rows(conn, subjects=listed(person.subjects))
    ]
    todo += [
        f"request/{row[0]} is open, and nobody can be answered" for row in _OPEN.rows(conn, ids=listed(person.requests))
    ]
    return [*todo, "backups, and what mail servers and readers keep, are out of reach"]


def _own_texts(fields: Fields) -> frozenset[str]:
    """Own fields that hold free text, by path."""
    return frozenset(one.path for one in fields.by_path.values() if ".extra." in one.path and one.type is Type.TEXT)
