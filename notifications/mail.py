"""A message as an e-mail: headers that nothing can be smuggled into, a text part and an HTML part."""

import hashlib
from email.charset import QP, Charset
from email.header import Header
from email.headerregistry import Address
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import Compat32
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from leadrelay.clock import Instant, datetime_of
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.sandbox import SUBJECT_LIMIT, Rendered
from leadrelay.zone import zone_of
from notifications.audience import Reader, usable
from notifications.message import Message

NOBODY = "leadrelay@localhost"
LONGEST_LINE = 900
"""So many bytes of UTF-8 a line of a part may have; SMTP takes 998."""
CRLF = "\r\n"
SHORT_LINE = 76
"""A header of so many characters, its name and colon included, needs no folding."""
_PLAIN, _QUOTED = Charset("utf-8"), Charset("utf-8")
_PLAIN.body_encoding = None  # type: ignore[assignment]
_QUOTED.body_encoding = _QUOTED.header_encoding = QP
_SPECIAL = {ord(char): " " for char in '<>@,;:"\\()[]'}


class _Policy(Compat32):
    """Not email.policy.SMTP: it parses every header that is set, which takes ten times as long, and decodes encoded
    words. And headers that fit on a line are written as they are: folding them is half of the work of a mail."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as it travels."""
        return f"{name}: {value}{CRLF}".encode("ascii") if _fits(name, value) else super().fold_binary(name, value)


_POLICY = _Policy(linesep=CRLF)


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


def compose(
    message: Message,
    reader: Reader,
    rendered: Rendered,
    sender: str,
    now: Instant,
    zone: str,
    *,
    unsubscribe: str | None = None,
    invitation: str | None = None,
    eight_bit: bool = True,
) -> MIMEMultipart:
    """The whole mail, dated `now` in `zone`. Its boundary comes from the key too: the same mail is the same file.

    `unsubscribe`: where its reader leaves with one click; `invitation`: iCalendar text; not `eight_bit`: all ASCII."""
    parts = [_part(rendered.text, "plain", eight_bit), _part(rendered.html, "html", eight_bit)]
    if invitation:
        parts.append(_part(invitation, "calendar", eight_bit))
        parts[-1].set_param("method", "REQUEST")
    mail = MIMEMultipart("alternative", f"leadrelay-{digest(message)[:32]}", parts, policy=_POLICY)
    mail["From"] = _mailbox(address_of(sender).display_name, address_of(sender).addr_spec)
    mail["To"] = _mailbox(_name(reader.name), reader.address)
    mail["Subject"] = _header(rendered.subject, "Subject")
    mail["Date"] = format_datetime(datetime_of(now, zone_of(zone)))
    mail["Message-ID"] = message_id(message, sender)
    mail["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["X-Leadrelay-Subject"] = _header(message.subject, "X-Leadrelay-Subject")
    mail["X-Leadrelay-Template"] = _header(message.template, "X-Leadrelay-Template")
    return mail


def _part(text: str, subtype: str, eight_bit: bool) -> MIMEText:
    """A part in UTF-8 as it is, or quoted-printable where a line is too long to travel so, or only ASCII may."""
    longest = max(map(len, text.encode().splitlines()), default=0)
    plain = longest < LONGEST_LINE and (eight_bit or text.isascii())
    return MIMEText(text, subtype, _PLAIN if plain else _QUOTED, policy=_POLICY)  # type: ignore[arg-type]


def file_name(message: Message) -> str:
    """A name that is always the same for a message, sorts by time, and can be read by people."""
    at = datetime_of(message.at, zone_of("UTC")).strftime("%Y%m%dT%H%M%S")
    readable = "-".join(_slug(part) for part in (message.to, message.template, message.subject))
    return f"{at}-{readable}-{digest(message)[:16]}.eml"


def _header(text: str, name: str) -> str:
    """Text as the value of the header `name`, on lines that are short enough, encoded if it is not ASCII."""
    flat = _flat(text)
    if _fits(name, flat):
        return flat
    return Header(flat, "us-ascii" if flat.isascii() else _QUOTED, header_name=name).encode(linesep=CRLF)


def _fits(name: str, value: str) -> bool:
    """Whether a value goes on the line of its header as it is: printable ASCII, and short."""
    return len(name) + 2 + len(value) <= SHORT_LINE and value.isascii() and value.isprintable()


def _flat(text: str) -> str:
    """Text that is one line and no encoded word: readers would decode =?utf-8?q?=0d=0aBcc:…?=, line break and all."""
    return clean(text, SUBJECT_LIMIT).replace("=?", "= ?")


def _mailbox(name: str, address: str) -> str:
    """A name and an address as a header has them."""
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, _QUOTED, header_name='From').encode(linesep=CRLF)} <{address}>"


def _name(name: str) -> str:
    """A display name without what some readers of mail take for more than a name."""
    return " ".join(_flat(clean(name, 80)).translate(_SPECIAL).split())


def _slug(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char == "_") else "." for char in text)[:40]
