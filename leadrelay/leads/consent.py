"""What a contact has said against mail, in a few words: the same wherever it is shown or asked."""

from collections.abc import Mapping

ANYWHERE, ALONE, TAKEN_BACK = "objection-words", "objection-alone", "objection-denials"
"""The lists (rules/lists/) of what people write back who want no more mail; `leadrelay inbox` reads them."""


def said_no(contact: str, facts: Mapping[str, object]) -> str | None:
    """Why this contact (contact/3) may not be written to, by its facts by field name; None: nothing was said."""
    if facts.get("objected_at") is not None:
        return f"{contact} has objected"
    if facts.get("unsubscribed_at") is not None:
        return f"{contact} has unsubscribed"
    if facts.get("bounced_at") is not None:
        return f"{contact} could not be reached"
    consent = facts.get("consent")
    return f"{contact} gave no consent" if consent is not None and not consent else None
