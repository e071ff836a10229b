"""A message as an e-mail: headers that nothing can be smuggled into, a text part and an HTML part."""

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from leadrelay.clock import Instant, datetime_of
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.sandbox import SUBJECT_LIMIT, Rendered
from leadrelay.zone import zone_of
from notifications.audience import Reader, usable
from notifications.message import Message

NOBODY = "leadrelay@localhost"
_SPECIAL = {ord(char): " " for char in '<>@,;:"\\()[]'}


def digest(message: Message) -> str:
    """What identifies a message everywhere outside: a hash of its key, the same at every attempt."""
    return hashlib.sha256(message.key.encode("utf-8", "replace")).hexdigest()


def message_id(message: Message, sender: str) -> str:
    """The Message-ID: from the message's key and the sender's domain alone."""
    return f"<{digest(message)[:32]}@{address_of(sender).domain}>"


@lru_cache(maxsize=16)
def address_of(written: str) -> Address:
    """'Sales <sales@example.com>' as an address; without one that can be used it is leadrelay's own."""
    name, spec = parseaddr(clean(written, 300))
    return Address(display_name=_name(name), addr_spec=usable(spec) or NOBODY)


def compose(message: Message, reader: Reader, rendered: Rendered, sender: str, now: Instant, zone: str) -> EmailMessage:
    """The whole mail, dated `now` in `zone`."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = address_of(sender)
    mail["To"] = Address(display_name=_name(reader.name), addr_spec=reader.address)
    mail["Subject"] = _header(rendered.subject)
    mail["Date"] = format_datetime(datetime_of(now, zone_of(zone)))
    mail["Message-ID"] = message_id(message, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Leadrelay-Subject"] = _header(message.subject)
    mail["X-Leadrelay-Template"] = _header(message.template)
    mail.set_content(rendered.text)
    mail.add_alternative(rendered.html, subtype="html")
    mail.set_boundary(f"leadrelay-{digest(message)[:32]}")  # so that the same mail is the same file
    return mail


def file_name(message: Message) -> str:
    """A name that is always the same for a message, sorts by time, and can be read by people."""
    at = datetime_of(message.at, zone_of("UTC")).strftime("%Y%m%dT%H%M%S")
    readable = "-".join(_slug(part) for part in (message.to, message.template, message.subject))
    return f"{at}-{readable}-{digest(message)[:16]}.eml"


def _header(text: str) -> str:
    """Text for a header, without encoded words: `email` would decode =?utf-8?q?=0d=0aBcc:…?=, line break and all."""
    return clean(text, SUBJECT_LIMIT).replace("=?", "= ?")


def _name(name: str) -> str:
    """A display name without what some readers of mail take for more than a name."""
    return " ".join(_header(clean(name, 80)).translate(_SPECIAL).split())


def _slug(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char == "_") else "." for char in text)[:40]
