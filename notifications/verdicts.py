"""From what became of one try to what becomes of the message: again later, never, or held because nobody knows.

accepted     sent
temporary    failed: again after a while, dead after too often
permanent    dead, with the server's reason
unknown      an internal alert goes once more with the same Message-ID; mail to prospects is held and shown
unreached    failed, but not its own failure: again when its carrier may be back
"""

import zlib

from leadrelay.clock import MINUTE, Instant
from notifications.audience import CONTACT
from notifications.message import Message, State, Verdict
from notifications.outbox import failure, wait_after
from notifications.outcome import Fate, Outcome

OUTAGE = MINUTE
"""A carrier that is out of order is tried again after so long, and up to half as long more."""
MOST_DOUBTS = 1
"""So often an internal alert is sent once more when it is not known whether it arrived."""


def verdict_of(message: Message, outcome: Outcome, address: str, channel: str, now: Instant) -> Verdict:
    """What becomes of a message after one try over `channel`."""
    match outcome.fate:
        case Fate.ACCEPTED:
            return Verdict(
                message, State.SENT, address, outcome.why or None, now, 0, message.failures, message.doubts, channel
            )
        case Fate.TEMPORARY:
            return failure(message, outcome.why, now)
        case Fate.PERMANENT:
            return Verdict(message, State.DEAD, address, outcome.why, None, 0, message.failures + 1, message.doubts)
        case Fate.UNKNOWN:
            return in_doubt(message, outcome.why, address, now)
        case _:
            return later(message, outcome.why, now)


def later(message: Message, why: str, now: Instant) -> Verdict:
    """Again when the carrier may be back; that it is out of order is no failure of the message."""
    spread = zlib.crc32(message.key.encode("utf-8", "replace")) % 1000
    again = now + OUTAGE + OUTAGE * spread // 2000
    return Verdict(message, State.FAILED, error=why, not_before=again, failures=message.failures, doubts=message.doubts)


def in_doubt(message: Message, why: str, address: str | None, now: Instant) -> Verdict:
    """What becomes of a message of which nobody knows whether it arrived."""
    doubts = message.doubts + 1
    if goes_again(message.to, message.doubts):
        again = now + wait_after(1, message.key)
        why = f"{why}; sent once more with the same Message-ID"
        return Verdict(message, State.FAILED, address, why, None, again, message.failures, doubts)
    return Verdict(message, State.UNKNOWN, address, why, None, 0, message.failures, doubts)


def goes_again(to: str, doubts: int) -> bool:
    """Whether a message that may have arrived goes once more: better twice than never to our own people, better never
    than twice to prospects."""
    return not to.startswith(CONTACT) and doubts < MOST_DOUBTS
