"""Times that cannot be: ahead of us, or before the company began. They are told, never believed (M1, M2)."""

from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.clock import HOUR, Instant, iso
from leadrelay.intake.mapping import Fault, Values, keep_unread
from leadrelay.zone import zone_of

PAST = {
    "request": ("received_at", "routed_at", "first_response_at", "last_touched_at", "closed_at"),
    "opportunity": ("created_at", "stage_since", "quote_sent_at", "last_touched_at", "closed_at"),
    "activity": ("at",),
    "contact": ("consent_at", "unsubscribed_at", "bounced_at"),
    "account": ("last_order_at",),
}
"""Fields that tell what has happened, so that their times cannot lie ahead."""


class Plausible(Struct, frozen=True):
    """What a time may be: at most `ahead` (microseconds) after now, not before `since`. The zone is for telling it."""

    ahead: int = 24 * HOUR
    since: Instant = -631_152_000_000_000
    zone: ZoneInfo = zone_of("UTC")

    def settle(self, values: Values, now: Instant, request: bool) -> list[Fault]:
        """Takes the times that cannot be out of a row. Of a request they are kept as text, and it came in now; other
        rows are at fault."""
        faults = []
        for entity, names in PAST.items():
            given = values.get(entity, {})
            for name in names:
                at = given.get(name)
                if isinstance(at, bool) or not isinstance(at, int):
                    continue
                why = self._why(at, now)
                if why and request:
                    del given[name]
                    keep_unread(values, f"{entity}.{name}", f"{iso(at, self.zone)} ({why})")
                elif why:
                    faults.append(Fault(f"{entity}.{name}", iso(at, self.zone), why))
        return faults

    def _why(self, at: Instant, now: Instant) -> str:
        if at > now + self.ahead:
            return "it lies ahead"
        return "it lies before the company began" if at < self.since else ""
