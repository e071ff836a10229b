"""Whether a contact may be written to, by what is known at the moment of sending; every no has a named reason."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.store.raw import Statement

CONTACT = "contact/"
FIELDS = ("consent", "unsubscribed_at", "objected_at", "bounced_at")
_NOW = Statement("SELECT consent, unsubscribed_at, objected_at, bounced_at FROM contacts WHERE id = :id")


class Permission(Struct, frozen=True):
    """How strict a company is: `required`: only who said yes; otherwise everybody who did not say no."""

    required: bool = False

    def refusal(self, contact: str, facts: Mapping[str, object]) -> str | None:
        """Why this contact (contact/3) may not be written to; `facts` by field name. None: it may."""
        if facts.get("objected_at") is not None:
            return f"{contact} has objected"
        if facts.get("unsubscribed_at") is not None:
            return f"{contact} has unsubscribed"
        if facts.get("bounced_at") is not None:
            return f"{contact} could not be reached"
        consent = facts.get("consent")
        if consent is not None and not consent:
            return f"{contact} gave no consent"
        return f"{contact} is not known to consent" if consent is None and self.required else None

    def refusal_now(self, conn: Connection, contact: str) -> str | None:
        """The same, by the database at this very moment; a contact that is gone may not be written to either."""
        rows = _NOW.rows(conn, id=contact.removeprefix(CONTACT))
        return self.refusal(contact, dict(zip(FIELDS, rows[0], strict=True))) if rows else f"there is no {contact}"
