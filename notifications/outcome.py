"""What became of one try to deliver a message, as far as the carrier can know it."""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

Sending = Callable[[], bool]
"""Called by a carrier right before the point of no return: writes down that the message is on its way. False: it is not
ours any more and must not go."""


class Fate(StrEnum):
    """`unreached`: the message was not tried, its carrier is out of order. `unknown`: it may have arrived or not."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"
    UNREACHED = "unreached"


class Outcome(Struct, frozen=True):
    """`why` has the server's code and words; `broken`: leave this carrier alone for the rest of the run."""

    fate: Fate
    why: str = ""
    broken: bool = False


ACCEPTED = Outcome(Fate.ACCEPTED)
NOT_OURS = Outcome(Fate.UNREACHED, "another worker has taken the message over")
