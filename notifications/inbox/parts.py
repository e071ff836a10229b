"""The parts of a mail that came in: headers and addresses in them, the words of a report, the fields of its status."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from leadrelay.rulebook.filters import clean

LONGEST = 60_000
"""So many characters of a report are looked at."""
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}[A-Za-z0-9]")
_FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{2,40}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_COPY = re.compile(
    r"^\W*(?:below (?:this line )?is a copy of|this is a copy of|copy of (?:the|your) (?:message|mail)|original "
    r"(?:mail|message)\b(?! was)|message headers follow|returned message|unsent message|---+ ?returned|-+ ?original "
    r"message|the (?:first|header)[^\n]{0,30} (?:of the|lines)|original message follows|return-path:|received: )",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(r"([0-9a-f]{32})@[\w.-]+")


def value(mail: Message, name: str) -> str:
    """A header in words, on one line; '' when there is none."""
    found = mail.get(name)
    if found is None:
        return ""
    try:
        text = str(make_header(decode_header(str(found))))
    except (LookupError, ValueError, HeaderParseError):  # a charset or a header that nobody knows
        text = str(found)
    return clean(text, 1_000).strip()


def address_in(text: str) -> str:
    """The first address in a text, in lower case; '' when there is none."""
    return next(addresses_in(text), "")


def addresses_in(text: str) -> Iterator[str]:
    """Every address in a text, in lower case."""
    return (match[0].lower() for match in _ADDRESS.finditer(text[:LONGEST]))


def words_of(part: Message) -> str:
    """What a part says, whatever its charset claims to be."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return str(part.get_payload())[:LONGEST] if not part.is_multipart() else ""
    try:
        return raw[:LONGEST].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return raw[:LONGEST].decode("latin-1")


def notice(mail: Message) -> str:
    """The words of a report before the message that it returns."""
    for part in _own_parts(mail):
        if part.get_content_maintype() == "text":
            words = words_of(part)
            if part.get_content_subtype() == "html":
                words = re.sub(r"<[^>]{0,500}>", " ", words)
            if words.strip():
                copy = _COPY.search(words)
                return words[: copy.start()] if copy and words[: copy.start()].strip() else words
    # Not a single part in words: one whose structure is broken, or what stands before the first part.
    broken = [part.get_payload() for part in _own_parts(mail) if part.get_content_maintype() in ("multipart", "text")]
    return next((str(words)[:LONGEST] for words in (*broken, mail.preamble) if words), "")


def returned_to(mail: Message) -> Iterator[str]:
    """Whom the message was for that a report returns, in a part of its own or below its words."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(inner := part.get_payload(), list):
            for message in inner:
                if isinstance(message, Message):
                    yield from addresses_in(value(message, "To"))
        elif kind in ("text/rfc822-headers", "text/plain", "message/partial"):
            for line in re.findall(r"^To: *(.+)$", words_of(part), re.IGNORECASE | re.MULTILINE):
                yield from addresses_in(line)


def plain(words: str) -> str:
    """Words without addresses, web addresses and quoting, in which a mailbox's name cannot be taken for a reason."""
    without = re.sub(r"https?://\S+", " ", _ADDRESS.sub("x@y", words))
    return re.sub(r"[ \t]+", " ", without.replace("\r", ""))


def reports_in(mail: Message) -> Iterator[dict[str, str]]:
    """The fields about each recipient of a delivery status, by name in lower case."""
    for part in _own_parts(mail):
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            blocks = part.get_payload()
            texts = [str(one) for one in blocks] if isinstance(blocks, list) else [words_of(part)]
        elif kind == "text/plain" and "Final-Recipient:" in (words := words_of(part)):
            texts = re.split(r"\n\s*\n", words.replace("\r", ""))
        else:
            continue
        yield from (fields for fields in map(_fields, texts) if "final-recipient" in fields or "action" in fields)


def headers_of(part: Message) -> dict[str, str]:
    """The fields of a part that is nothing but fields."""
    blocks = part.get_payload()
    text = "\n".join(map(str, blocks)) if isinstance(blocks, list) else words_of(part)
    return _fields(text)


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, said in _FIELD.findall(text.replace("\r", "")):
        found.setdefault(name.lower(), said.strip())
    if "action" in found:
        found["action"] = found["action"].lower() or "failed"
    return found


def _own_parts(mail: Message) -> Iterator[Message]:
    """The parts of the mail itself, without those of a message inside of it."""
    if mail.get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/partial"):
        return
    payload = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _own_parts(part)
    else:
        yield mail


def own_digests(raw: bytes) -> list[str]:
    """What may be the Message-IDs of ours in a mail, wherever it has them: in its headers, or in what it returns."""
    text = raw[:1_000_000].decode("latin-1")
    return list(dict.fromkeys(match[1] for match in _MESSAGE_ID.finditer(text)))
