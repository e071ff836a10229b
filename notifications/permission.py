"""Whether a contact may be written to, by what is known at the moment of sending; every no has a named reason.

Asked are the record, whatever it was merged into, and last the suppression list for the very address that the mail goes
to (store/addresses.py)."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.consent import said_no
from leadrelay.store import merges
from leadrelay.store.addresses import boxes_of, standing_of
from leadrelay.store.raw import Statement
from notifications.message import Message

CONTACT = "contact/"
FIELDS = ("consent", "unsubscribed_at", "objected_at", "bounced_at")
_NOW = Statement("SELECT consent, unsubscribed_at, objected_at, bounced_at FROM contacts WHERE id = :id")
_GIVE = Statement(
    "INSERT INTO given_mails (mailbox, mail, message, at) VALUES (:box, :mail, :message, :at)"
    " ON CONFLICT (mailbox, mail) DO NOTHING"
)
_GIVEN = Statement("SELECT message FROM given_mails WHERE mailbox = :box AND mail = :mail")


class Permission(Struct, frozen=True):
    """How strict a company is: `required`: only who said yes; otherwise everybody who did not say no."""

    required: bool = False

    def refusal(self, contact: str, facts: Mapping[str, object]) -> str | None:
        """Why this contact (contact/3) may not be written to; `facts` by field name. None: it may."""
        if why := said_no(contact, facts):
            return why
        return f"{contact} is not known to consent" if facts.get("consent") is None and self.required else None

    def refusal_now(self, conn: Connection, contact: str, address: str) -> str | None:
        """The same, by the database at this very moment, for a mail to this address; a contact that is gone may not be
        written to either."""
        rows = _NOW.rows(conn, id=contact.removeprefix(CONTACT))
        if not rows:
            return f"there is no {contact}"
        return (
            self.refusal(contact, dict(zip(FIELDS, rows[0], strict=True)))
            or _refusal_of_kept(conn, contact)
            or said_no(contact, standing_of(conn, address).facts)
        )


def _refusal_of_kept(conn: Connection, contact: str) -> str | None:
    """What the contact says that this one was merged into; what came back is its own address's affair."""
    kept = merges.merged(conn, [contact]).get(contact)
    rows = _NOW.rows(conn, id=kept) if kept else []
    if not rows:
        return None
    facts = {**dict(zip(FIELDS, rows[0], strict=True)), "bounced_at": None}
    return said_no(f"{CONTACT}{kept}", facts)


def given_before(conn: Connection, message: Message, address: str, now: Instant) -> str | None:
    """Why a mailbox gets this mail not again: another of its records had it. Otherwise notes that it is given now."""
    box = boxes_of(conn, [address]).get(address)
    mail = mail_of(message)
    if box is None:
        return None
    _GIVE.run(conn, box=box, mail=mail, message=message.key, at=now)
    before = _GIVEN.rows(conn, box=box, mail=mail)[0][0]
    return None if before == message.key else f"{message.to} has an address that was given this mail already"


def mail_of(message: Message) -> str:
    """Which mail it is, whichever record of a mailbox it is for: rule, subject, episode and step, and the template."""
    about = "self" if message.subject == message.to else message.subject
    return f"{message.rule}|{about}|{message.episode}|{message.step}|{message.template}"
