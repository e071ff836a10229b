"""Signed links: what the reader of a message may do by following one; each is for one purpose, and expires.

    TOKEN = base64url(JSON of the ticket) "." base64url(HMAC-SHA-256 of that text)

Nothing about a link is kept: whoever has the secret can tell its own links from all others.
"""

import base64
import binascii
import hashlib
import hmac
import json
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from leadrelay.clock import SECOND, Instant

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

LONGEST_TOKEN = 1_500
"""So many characters at most; longer ones are neither made nor looked at."""
_DOMAIN = b"leadrelay link 1\n"


class Purpose(StrEnum):
    """What a link is for."""

    TAKE = "take"
    ACKNOWLEDGE = "acknowledge"
    REASSIGN = "reassign"
    SNOOZE = "snooze"
    NOT_INTERESTING = "not_interesting"
    UNSUBSCRIBE = "unsubscribe"


class Ticket(NamedTuple):
    """What a link says: `holder` (a person's id, or contact/3) may do this to `subject` (request/42) until `expires`.

    `message` identifies the message that it came in, so that each message's link works once."""

    purpose: Purpose
    subject: str
    holder: str
    message: str
    expires: Instant

    @property
    def key(self) -> str:
        """What identifies the act that this link is for."""
        return "|".join(("link", self.purpose, self.subject, self.holder, self.message))


class Fault(StrEnum):
    """Why a link does not work."""

    NOT_OURS = "not_ours"
    OTHER_PURPOSE = "other_purpose"
    EXPIRED = "expired"


class Opened(NamedTuple):
    """A link that was looked at: its ticket if the signature is ours, and what is wrong with it, if anything is."""

    ticket: Ticket | None
    fault: Fault | None


class Signer:
    """Makes links and tells them from others, by a secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, ticket: Ticket) -> str | None:
        """The token of a ticket; None when it would be too long to travel. Expiry is kept in whole seconds."""
        said = [*ticket[:-1], ticket.expires // SECOND]
        text = _encoded(json.dumps(said, separators=(",", ":")).encode())
        token = f"{text}.{self._signature(text)}"
        return token if len(token) <= LONGEST_TOKEN else None

    def open(self, token: str, now: Instant, *purposes: Purpose) -> Opened:
        """Looks at a token that should be for one of these purposes."""
        text, dot, signature = token.partition(".")
        if not dot or len(token) > LONGEST_TOKEN or not token.isascii():
            return Opened(None, Fault.NOT_OURS)
        if not hmac.compare_digest(signature, self._signature(text)):
            return Opened(None, Fault.NOT_OURS)
        ticket = _ticket(text)
        if ticket is None:
            return Opened(None, Fault.NOT_OURS)
        if ticket.purpose not in purposes:
            return Opened(ticket, Fault.OTHER_PURPOSE)
        return Opened(ticket, Fault.EXPIRED if ticket.expires <= now else None)

    def _signature(self, text: str) -> str:
        return _encoded(hmac.digest(self._secret, _DOMAIN + text.encode(), hashlib.sha256))


def signer_of(settings: "Settings") -> Signer | None:
    """The signer of a project; None without a secret: then messages have no links to act."""
    secret = settings.web.secret.get_secret_value() if settings.web.secret else ""
    return Signer(secret) if secret else None


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _ticket(text: str) -> Ticket | None:
    """What a text that we signed says; None when an older or a newer version of the program wrote it otherwise."""
    try:
        said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        purpose, subject, holder, message, seconds = said
        return Ticket(Purpose(purpose), str(subject), str(holder), str(message), int(seconds) * SECOND)
    except (ValueError, TypeError, binascii.Error):
        return None
