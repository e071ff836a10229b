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
    r"|(?:illegal|bad) host\b|rcpt[- ]?to validation failed|disabled recipient"
    r"|couldn.t be found|couldn.t find (?:any host|a mail exchanger)|no dns|name service error|nosuch"
    r"|mailbox unavailable|unbekannt|inconnu",
    re.IGNORECASE,
)
_PLAINLY = re.compile(r"\b(?:user|recipient|mailbox|account) (?:is )?unknown|unknown user|no such user", re.IGNORECASE)
"""Words that say so, whatever else is said around them."""
_NO_DOMAIN = re.compile(r"nxdomain|domain name not found|domain \S+ doesn.t receive email|\bnull mx\b", re.IGNORECASE)
"""Words that say that the recipient's domain takes no mail at all, whatever code a server puts before them."""
_NAME_SERVER_FAILED = re.compile(
    r"malformed|servfail|name ?server (?:fail|reply)|query failed|try again", re.IGNORECASE
)
"""A name server that failed says nothing of the domain."""
_BAD_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "7.13"})
"""Enhanced status codes (RFC 3463) behind the first digit that speak of the address: unknown, moved, switched off."""
_DOUBTFUL = frozenset({"0.0", "1.0", "1.1", "2.0", "3.0", "5.0", "5.1", "7.1"})
"""Codes that some servers give for everything, so that their words weigh more."""
_OF_THE_SENDER = frozenset({"1.7", "1.8", "4.6", "4.7"})
"""Codes about our own address, a loop or the time that it took, among those of `_BY_WORDS`."""
_BY_WORDS = ("1.", "4.")
"""How codes begin behind which the recipient or its domain may not exist, or something else is wrong: words tell."""


def is_for_good(status: str, *words: str) -> bool:
    """Whether an address is of no use any more, by the status code of a report, if any, and by a server's words: the
    first of them that say anything count.

    A full mailbox, a filter, a size limit, a lost connection say nothing of the address."""
    said = next((one for one in words if _NOT_FOR_GOOD.search(one) or _FOR_GOOD.search(one)), "")
    found = [match.groups() for match in _CODE.finditer(f"{status} {' '.join(words[:1])} {said}")]
    codes = [(major, f"{minor}.{detail}") for major, minor, detail in found if major != "2"]
    if codes and not any(major == "5" for major, _ in codes):
        return {code for _, code in codes} == {"0.0"} and any(map(_NO_DOMAIN.search, words))
    exact = {code for major, code in codes if major == "5"} - _DOUBTFUL
    if exact & _BAD_ADDRESS:
        return True
    if any(code in _OF_THE_SENDER or not code.startswith(_BY_WORDS) for code in exact):
        return False
    if exact and _NAME_SERVER_FAILED.search(said):
        return False
    if _NOT_FOR_GOOD.search(said):
        return _PLAINLY.search(said) is not None
    if any(map(_NO_DOMAIN.search, words)):
        return True
    if said:
        reply = _REPLY.search(said)
        return reply is None or reply[1] == "5"
    return ("5", "1.1") in codes
