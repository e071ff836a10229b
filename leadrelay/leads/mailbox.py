"""When two written addresses are one mailbox: whatever their case, spaces and spelling of the domain (IDN)."""

import hashlib
import re
import unicodedata

import orjson

_SHELL = re.compile(r"^(?:.*<)?(?:mailto:)?([^<>]*)>?$", re.IGNORECASE | re.DOTALL)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def ascii_domain(domain: str) -> str:
    """A domain as mail servers look it up: in ASCII (IDNA), small letters, no dot at its end. Raises ValueError."""
    return domain.rstrip(".\u3002").encode("idna").decode("ascii").lower()


def mailbox_of(written: str) -> str:
    """The mailbox that a written address stands for, the same text however it was written; '' for an empty one.

    `Jan <JAN@Bücher.example>`, `mailto:jan@bücher.example` and `jan@xn--bcher-kva.example.` are one. What is no address
    is its own text in small letters."""
    text = unicodedata.normalize("NFKC", written).translate(_INVISIBLE).strip()
    shell = _SHELL.match(text)
    bare = (shell[1] if shell and "@" in shell[1] else text).strip().casefold()
    local, at, domain = bare.rpartition("@")
    if not at:
        return bare
    local, domain = local.strip(), domain.strip()
    try:
        return f"{local}@{ascii_domain(domain)}"
    except ValueError:  # of more than 63 letters in one part, or none
        return f"{local}@{domain}"


def contact_id_made_of(written: str) -> str:
    """The id of a contact that brings none, made of its address: the same for every spelling of the mailbox."""
    return f"c-{hashlib.sha256(orjson.dumps(['email', mailbox_of(written)])).hexdigest()[:16]}"
