"""Consent of a contact as people record it: given, withdrawn, or objected to, with where it was said and when."""

from enum import StrEnum

from sqlalchemy import Connection

from leadrelay.act.person import named
from leadrelay.clock import Instant
from leadrelay.errors import Forgotten, UnknownSubject
from leadrelay.leads.fields import Value
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.addresses import forgotten_contacts
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert


class Said(StrEnum):
    """What a contact said: yes to marketing mail; no to it; no to marketing of any kind."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"


def record(
    database: Database, ruleset: Ruleset, contact: str, said: Said, source: str, person: str, now: Instant
) -> dict[str, Value]:
    """Records what contact `contact` (its id) said, where (`source`), as `person` has it; returns what was written.

    A yes takes back an earlier objection and unsubscription, which history keeps. Raises UnknownSubject,
    UnknownPerson, Forgotten, NoDatabase, DatabaseBusy."""
    with database.begin() as conn:
        if contact not in stored_of(conn, "contact", {contact}):
            raise UnknownSubject(subject=f"contact/{contact}")
        named(conn, ruleset.team, person)
        if said is Said.GIVEN and forgotten_contacts(conn, {contact}):
            raise Forgotten()
        return write(conn, contact, said, source, f"person {person}", now)


def write(conn: Connection, contact: str, said: Said, source: str, cause: str, now: Instant) -> dict[str, Value]:
    """The same inside of a unit of work, for a contact that exists."""
    values: dict[str, Value] = {
        "consent": said is Said.GIVEN,
        "consent_source": source,
        "consent_at": now,
    }
    if said is Said.GIVEN:
        values |= {"unsubscribed_at": None, "objected_at": None}
    elif said is Said.OBJECTED:
        values["objected_at"] = now
    upsert(conn, "contact", [{"id": contact, **values}], now, cause)
    return values
