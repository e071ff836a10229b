"""The flood: 1,000 signals in ten minutes to one director, planned as the database's would be, and what comes of it."""

from msgspec import Struct

from leadrelay.clock import HOUR, MINUTE, SECOND, Instant
from leadrelay.duration import Duration
from leadrelay.messages.policy import Cap, Policy
from leadrelay.messages.postbox import Postbox
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Mail, Signal

READER = "director"
KEY = "key_account"
FLOOD = Policy(caps=(Cap(frozenset(), 6, Duration(1, "hour"), bypass=frozenset((KEY,))),))
"""A cap of six mails an hour that the key account breaks; no grouping, no digest, no quiet hours."""


class Flooded(Struct, frozen=True):
    """What came of a flood: the mails, the time that the slowest message took, and the key account's."""

    signals: int
    mails: tuple[Mail, ...]
    slowest: int
    """Microseconds from a message's arrival to its mail."""
    key_account: int
    untold: int
    start: Instant

    @property
    def most_in_an_hour(self) -> int:
        """The most mails in any stretch of an hour."""
        times = [mail.at for mail in self.mails]
        return max(sum(first <= at < first + HOUR for at in times) for first in times)


def signals(count: int, spread: int, start: Instant, to: str = READER) -> list[Signal]:
    """So many messages to one reader, evenly spread over a stretch of microseconds; one in the middle is about a key
    account."""
    found = []
    for number in range(count):
        template = KEY if number == count // 2 else "new_request"
        at, subject = start + spread * number // count, f"request/{number + 1}"
        found.append(Signal(f"rule|{subject}|1|0|{template}|{to}", at, to, template, subject, "now"))
    return found


def flood(readers: Readers, start: Instant, count: int = 1000, spread: int = 10 * MINUTE, to: str = READER) -> Flooded:
    """Puts the signals into a postbox as they come, and plans every second as `serve` does, until all are told."""
    box, coming = Postbox(), signals(count, spread, start, to)
    for second in range(spread // SECOND + 1):
        now = start + second * SECOND
        box.put(one for one in coming if now - SECOND < one.at <= now)
        box.tick(readers, now)
    for _ in range(count):
        if box.waiting:
            box.tick(readers, box.next)
    waits = {told.signal.template: 0 for told in box.told.values()}
    for told in box.told.values():
        waits[told.signal.template] = max(waits[told.signal.template], told.at - told.signal.at)
    slowest, key_account = max(waits.values()), waits.get(KEY, spread)
    return Flooded(count, tuple(box.mails), slowest, key_account, count - len(box.told), start)
