"""Nurture lists by hand: a person puts a contact on a list or takes it off, with a reason."""

from sqlalchemy import Connection

from leadrelay.act.person import named
from leadrelay.clock import Instant
from leadrelay.errors import UnknownSubject
from leadrelay.leads.effects import Joining, Leaving
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import history
from leadrelay.store.database import Database
from leadrelay.store.history import Entry
from leadrelay.store.intake_writes import stored_of
from leadrelay.store.lists import move
from leadrelay.store.wake import wake
from leadrelay.store.watches import Touched


def move_by_hand(
    database: Database, ruleset: Ruleset, contact: str, name: str, joins: bool, person: str, reason: str, now: Instant
) -> bool:
    """Contact `contact` (its id) joins or leaves the list `name`; False if it was there (or not there) already.

    Raises UnknownSubject, UnknownPerson, NoDatabase, DatabaseBusy."""
    with database.begin() as conn:
        if contact not in stored_of(conn, "contact", {contact}):
            raise UnknownSubject(subject=f"contact/{contact}")
        named(conn, ruleset.team, person)
        cause = f"person {person}"
        kind = Joining if joins else Leaving
        return carry_out(conn, [kind(contact, name, reason, cause)], now)


def carry_out(conn: Connection, moves: list[Joining | Leaving], now: Instant) -> bool:
    """Moves contacts inside of a unit of work, with history, and wakes the rules that it concerns."""
    changes = move(conn, moves, now)
    entries = [Entry(f"contact/{one.id}", one.field, one.old, one.new, one.cause) for one in changes]
    history.append(conn, now, entries)
    wake(conn, [Touched("contact", one.id, frozenset({"lists"})) for one in changes], now)
    return bool(changes)
