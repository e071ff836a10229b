"""What a mail that came in is: by its structure (RFC 3464, ARF, RFC 3834), else by flufl.bounce, else by its words.

feedback report -> complaint         delivery status -> bounce, or delivered      answered by a machine -> auto_reply
flufl.bounce knows its form -> bounce    a mail server wrote it -> bounce by its words    everything else -> mail
"""

import re
from collections.abc import Iterator
from email.message import Message

from flufl.bounce import all_failures

from leadrelay.rulebook.filters import clean
from notifications.inbox.parts import (
    address_in,
    addresses_in,
    headers_of,
    notice,
    plain,
    reports_in,
    returned_to,
    value,
)
from notifications.inbox.verdict import Kind, Report, is_for_good

LONGEST_WHY = 300
_FROM_A_SERVER = re.compile(r"mailer.?daemon|post[._-]?master|mail delivery|mail administrator|no-?reply@.*dion", re.I)
_ABOUT_DELIVERY = re.compile(
    r"deliver|undeliver|returned|failure|failed|bounce|mail system error|could not (?:be sent|send)|error sending"
    r"|user unknown|invalid user|no such user|warning|non remis|unzustellbar|onbestelbaar|niet bezorgd",
    re.I,
)
_AUTOMATIC = re.compile(
    r"^\s*(?:auto(?:matic|matisch|mated)?[ -]?(?:reply|response|antwoord|antwort)|out of (?:the )?office|afwezig"
    r"|abwesen|away (?:from|until)|on (?:vacation|holiday)|vacation|r[ée]ponse automatique|absence du bureau)",
    re.I,
)
_COMPLAINT = re.compile(r"^complaint about message from|abuse report", re.I)
_DELAY = re.compile(
    r"delayed|will (?:be )?retr(?:y|ied)|still (?:be )?(?:trying|retried)|warning|for past|has not yet", re.I
)
_DELIVERED = ("delivered", "deliverable", "relayed", "expanded")


def classify(mail: Message) -> Report:
    """What this mail is. Never raises for what is in it."""
    for judge in (_complaint, _delivery_status, _automatic, _known_form, _by_words):
        if (report := judge(mail)) is not None:
            return report
    return Report(Kind.MAIL)


def _complaint(mail: Message) -> Report | None:
    """An abuse report (RFC 5965), or a vendor's own words for one."""
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            fields = headers_of(part)
            to = address_in(fields.get("original-rcpt-to", "")) or address_in(fields.get("removal-recipient", ""))
            return Report(Kind.COMPLAINT, (to,) if to else (), fields.get("feedback-type", ""), "ARF")
    if _COMPLAINT.search(value(mail, "Subject")):
        return Report(Kind.COMPLAINT, (), value(mail, "Subject"), "complaint in words")
    return None


def _delivery_status(mail: Message) -> Report | None:
    """A report with the fields of RFC 3464, in a part of its own or (as some have it) among the words."""
    fields = list(reports_in(mail))
    if not fields:
        return None
    failed = [one for one in fields if one.get("action", "failed").split()[0:1] != ["delayed"]]
    if all(one.get("action", "").startswith(_DELIVERED) for one in fields):
        return Report(Kind.DELIVERED, tuple(filter(None, map(_recipient, fields))), "", "RFC 3464")
    words = plain(notice(mail))
    about = [(one, " ".join(one.get("diagnostic-code", "").split())) for one in failed]
    good = [_recipient(one) for one, said in about if is_for_good(one.get("status", ""), said, words)]
    recipients = tuple(dict.fromkeys(filter(None, good or map(_recipient, fields)))) or _meant(mail)
    said = next((said for _, said in about if said), "") or words
    why = clean(" ".join(f"{fields[0].get('status', '')} {said}".split()), LONGEST_WHY)
    return Report(Kind.HARD_BOUNCE if good else Kind.SOFT_BOUNCE, recipients, why, "RFC 3464")


def _recipient(fields: dict[str, str]) -> str:
    """The address that we wrote to, rather than the one that it was passed on to."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        if found := address_in(fields.get(name, "").rpartition(";")[2]):
            return found
    return ""


def _automatic(mail: Message) -> Report | None:
    """Somebody's mail program answers: away, received, under treatment."""
    said = value(mail, "Auto-Submitted").lower()
    marked = said.startswith(("auto-replied", "auto-notified")) or any(
        mail.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From")
    )
    if not (marked or value(mail, "Precedence").lower() == "auto_reply" or _AUTOMATIC.search(value(mail, "Subject"))):
        return None
    if _FROM_A_SERVER.search(value(mail, "From")):
        return None
    return Report(Kind.AUTO_REPLY, (), clean(value(mail, "Subject"), LONGEST_WHY), "RFC 3834" if marked else "subject")


def _known_form(mail: Message) -> Report | None:
    """One of the many forms that flufl.bounce has detectors for; it says which address, not whether for good."""
    try:
        soft, hard = all_failures(mail)
    except Exception:  # its detectors meet mails that their writers never saw
        return None
    found = tuple(sorted({one.decode("ascii", "replace").lower() for one in (hard or soft)}))
    if not found:
        return None
    return _judged(mail, found, "flufl.bounce")


def _by_words(mail: Message) -> Report | None:
    """A mail server wrote it, and it speaks of delivery."""
    told = [value(mail, "X-Failed-Recipients"), value(mail, "X-Actual-Recipient")]
    if not any(told) and not (_is_from_server(mail) and _speaks_of_delivery(mail)):
        return None
    named = [one for text in told for one in addresses_in(text)]
    return _judged(mail, tuple(named) or _meant(mail), "words")


def _meant(mail: Message) -> tuple[str, ...]:
    """The address that a report without fields is about: one that it names and the returned message was for; else one
    that it names; else the one that the returned message was for."""
    own = {address_in(value(mail, name)) for name in ("From", "To", "Return-Path", "Reply-To", "Delivered-To")}
    named = [one for one in addresses_in(notice(mail)) if one not in own and not _FROM_A_SERVER.search(one)]
    returned = list(returned_to(mail))
    both = [one for one in named if one in returned]
    return tuple((both or named or [one for one in returned if one not in own])[:1])


def _judged(mail: Message, recipients: tuple[str, ...], form: str) -> Report:
    words = plain(notice(mail))
    subject = value(mail, "Subject")
    hard = not _DELAY.search(subject) and is_for_good("", words, subject)
    why = clean(" ".join(_telling(words) or words.split()), LONGEST_WHY)
    return Report(Kind.HARD_BOUNCE if hard else Kind.SOFT_BOUNCE, recipients, why, form)


def _telling(words: str) -> list[str]:
    """The lines with a server's code in them."""
    return [line.strip() for line in words.splitlines() if re.search(r"\b[45](?:\d\d|\.\d+\.\d+)\b", line)][:3]


def _is_from_server(mail: Message) -> bool:
    """Nobody's mail program wrote it: an empty return path, or a server's name."""
    sender = f"{value(mail, 'From')} {value(mail, 'Return-Path')}"
    return value(mail, "Return-Path") == "<>" or bool(_FROM_A_SERVER.search(sender))


def _speaks_of_delivery(mail: Message) -> bool:
    return any(_ABOUT_DELIVERY.search(text) for text in _told(mail))


def _told(mail: Message) -> Iterator[str]:
    yield value(mail, "Subject")
    yield plain(notice(mail))[:2_000]
