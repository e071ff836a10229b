"""What a mail that came in is, as values, and what the words and codes of mail servers say about an address."""

import re
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What came in. Only a hard bounce says that the address itself is of no use."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    DELIVERED = "delivered"
    MAIL = "mail"


class Report(Struct, frozen=True):
    """A mail that was looked at. `recipients` are the addresses that it is about, `why` what the server said, `form`
    by which form it was recognised."""

    kind: Kind
    recipients: tuple[str, ...] = ()
    why: str = ""
    form: str = ""


_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-:]|$)")
_NOT_FOR_GOOD = re.compile(
    r"(?:mail ?box|mailfolder|inbox|account)\b[^.\n]{0,40}\b(?:full|size limit|exceed)|over ?quota"
    r"|quota[ _](?:full|exceed)"
    r"|exceed[^\n]{0,30}quota|disk (?:full|quota)|storage|insufficient|too (?:large|big|long|many)"
    r"|size (?:exceed|limit)"
    r"|spam|virus|blacklist|black list|block ?list|blocked|reputation|dmarc|\bspf\b|\bdkim\b|dnsbl|\brbl\b"
    r"|policy|relay(?:ing)? (?:access )?(?:denied|not)|unable to relay|not permitted to relay|authenticat"
    r"|try (?:again )?later|please try again|temporar|deferred|delayed|timed? ?out|greylist"
    r"|connection (?:refused|reset|lost|closed)"
    r"|loop|hop count|reverse dns|\bptr\b|hostname|\bhelo\b|\behlo\b|rate limit|throttl"
    r"|sender (?:address|domain|rejected)"
    r"|invalid sender|bad sender|domain of sender|filter|administrative prohibition|content (?:reject|not)",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"(?:user|recipient|mailbox|addressee|account|address|mail ?drop)[^\n]{0,60}"
    r"(?:unknown|not (?:exist|found|known|listed|valid)|does(?:n'?t| not) exist|doesn.t have|disabled|inactive"
    r"|has moved|no longer|unavailable or|is not a|not local|undeliverable|invalid)"
    r"|(?:unknown|invalid|no such|bad|illegal|nonexistent|non-existent)[ _](?:\w+ )?"
    r"(?:user|recipient|mailbox|address|account|person|local ?part|alias|destination mailbox)"
    r"|no mailbox|not our (?:user|customer)|unrouteable|unroutable|is not a (?:valid|known)|isn't in"
    r"|user \S+ not|does not like recipient|has (?:been )?(?:moved|disabled|deactivated)|no account|not exist"
    r"|(?:host|domain)[^\n]{0,60}(?:unknown|not found|not exist)|(?:unknown|bad|no such|invalid) (?:host|domain)"
    r"|couldn.t be found|couldn't find any host|no dns|name service error|nosuch|mailbox unavailable|unbekannt|inconnu",
    re.IGNORECASE,
)
_PLAINLY = re.compile(r"\b(?:user|recipient|mailbox|account) (?:is )?unknown|unknown user|no such user", re.IGNORECASE)
"""Words that say so, whatever else is said around them."""
_BAD_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
"""Enhanced status codes (RFC 3463) behind the first digit that speak of the address: unknown, moved, switched off."""
_DOUBTFUL = frozenset({"0.0", "1.0", "1.1", "2.0", "3.0", "5.0", "5.1", "7.1"})
"""Codes that some servers give for everything, so that their words weigh more."""


def is_for_good(status: str, *words: str) -> bool:
    """Whether an address is of no use any more, by the status code of a report, if any, and by a server's words: the
    first of them that say anything count.

    A full mailbox, a filter, a size limit, a lost connection say nothing of the address."""
    said = next((one for one in words if _NOT_FOR_GOOD.search(one) or _FOR_GOOD.search(one)), "")
    found = [match.groups() for match in _CODE.finditer(f"{status} {' '.join(words[:1])} {said}")]
    codes = [(major, f"{minor}.{detail}") for major, minor, detail in found if major != "2"]
    if codes and not any(major == "5" for major, _ in codes):
        return False
    exact = {code for major, code in codes if major == "5"} - _DOUBTFUL
    if exact:
        return bool(exact & _BAD_ADDRESS)
    if _NOT_FOR_GOOD.search(said):
        return _PLAINLY.search(said) is not None
    if said:
        reply = _REPLY.search(said)
        return reply is None or reply[1] == "5"
    return ("5", "1.1") in codes
