"""Second addresses of contacts: offered when somebody answers from another one, kept or refused by a person."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.addresses import boxes_of
from leadrelay.store.raw import Statement

OFFERED, KEPT, REFUSED = "offered", "kept", "refused"
_FIND = Statement("SELECT state FROM second_addresses WHERE contact = :contact AND mailbox = :box")
_OFFER = Statement(
    "INSERT INTO second_addresses (contact, mailbox, address, state, offered_at, cause)"
    " VALUES (:contact, :box, :address, 'offered', :now, :cause) ON CONFLICT (contact, mailbox) DO NOTHING"
)
_SETTLE = Statement(
    "INSERT INTO second_addresses (contact, mailbox, address, state, offered_at, cause, settled_at)"
    " VALUES (:contact, :box, :address, :state, :now, :cause, :now) ON CONFLICT (contact, mailbox) DO UPDATE SET"
    " state = excluded.state, cause = excluded.cause, settled_at = excluded.settled_at"
)
_ALL = Statement(
    "SELECT contact, address, state, offered_at, cause FROM second_addresses"
    " WHERE (CAST(:state AS TEXT) IS NULL OR state = :state) AND (CAST(:contact AS TEXT) IS NULL OR contact = :contact)"
    " ORDER BY offered_at, contact, address"
)


class Second(NamedTuple):
    """Another address of a contact (its id): offered, kept or refused, since when and by what."""

    contact: str
    address: str
    state: str
    offered_at: Instant
    cause: str


def offer(conn: Connection, contact: str, address: str, cause: str, now: Instant) -> bool:
    """Offers an address as a contact's second; whether it was known before."""
    box = boxes_of(conn, [address]).get(address)
    if box is None or _FIND.rows(conn, contact=contact, box=box):
        return True
    _OFFER.run(conn, contact=contact, box=box, address=address, cause=cause, now=now)
    return False


def settle(conn: Connection, contact: str, address: str, keep: bool, cause: str, now: Instant) -> None:
    """A person says whether an address is the contact's."""
    box = boxes_of(conn, [address])[address]
    state = KEPT if keep else REFUSED
    _SETTLE.run(conn, contact=contact, box=box, address=address.strip(), state=state, cause=cause, now=now)


def listed_as(conn: Connection, state: str | None = None, contact: str | None = None) -> list[Second]:
    """The second addresses in this state, or of this contact, the oldest first."""
    return [Second(*row) for row in _ALL.rows(conn, state=state, contact=contact)]
