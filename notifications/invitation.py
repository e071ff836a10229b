"""The calendar invitation that goes with a visit or a task: iCalendar text whose UID comes from the message's key."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from leadrelay.clock import HOUR, Instant, datetime_of
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.sandbox import Rendered
from leadrelay.store.schema import tasks
from leadrelay.zone import zone_of
from notifications.audience import Reader
from notifications.facts import Facts
from notifications.mail import address_of, message_id
from notifications.message import Message

TEMPLATES = frozenset({"visit_prospect", "visit_invitation", "task_due", "yearly_talk"})
"""The messages that ask for a moment in the reader's calendar."""
LENGTH = HOUR
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})

Moments = Mapping[tuple[str, str], Instant]
"""When somebody has to do something about a subject, by (person, subject)."""


def moments(conn: Connection, batch: Iterable[Message]) -> Moments:
    """The deadlines of the open tasks that these messages are about, the earliest of each person and subject."""
    wanted = {message.subject for message in batch if message.template in TEMPLATES}
    if not wanted:
        return {}
    found = select(tasks.c.owner, tasks.c.subject, tasks.c.due_at)
    found = found.where(tasks.c.subject.in_(wanted), tasks.c.done_at.is_(None)).order_by(tasks.c.due_at.desc())
    return {(row[0], row[1]): row[2] for row in conn.execute(found)}


def invitation(
    message: Message, reader: Reader, rendered: Rendered, sender: str, facts: Facts, known: Moments, now: Instant
) -> str | None:
    """The invitation to what the message is about; None when it is no visit or task, or no moment to come is known."""
    if message.template not in TEMPLATES:
        return None
    start = known.get((message.to, message.subject)) or facts.get("opportunity.next_step_at")
    if not isinstance(start, int) or start <= now:
        return None
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//leadrelay//leadrelay//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{message_id(message, sender)[1:-1]}",
        f"DTSTAMP:{_utc(message.at)}",
        f"DTSTART:{_utc(start)}",
        f"DTEND:{_utc(start + LENGTH)}",
        f"SUMMARY:{_text(clean(rendered.subject, 180))}",
        f"DESCRIPTION:{_text(_lines(rendered.text))}",
        f"ORGANIZER:mailto:{address_of(sender).addr_spec}",
        f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{reader.address}",
        "STATUS:CONFIRMED",
        "SEQUENCE:0",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: Instant) -> str:
    return datetime_of(moment, zone_of("UTC")).strftime("%Y%m%dT%H%M%SZ")


def _lines(text: str) -> str:
    """The text part, each line made inert, cut where a calendar would cut it anyway."""
    return "\n".join(clean(line) for line in text[:4_000].split("\n"))


def _text(value: str) -> str:
    return value.translate(_ESCAPES)


def _folded(line: str) -> str:
    """A line in pieces of at most 74 bytes of UTF-8, as RFC 5545 wants them; no character is cut in two."""
    pieces, piece, size = [], "", 0
    for char in line:
        length = len(char.encode("utf-8", "replace"))
        if size + length > 73:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + char, size + length
    return "\r\n".join([*pieces, piece])
