"""What of a file is today's work and what is history: told by whoever imports it, or asked when most of it is old."""

from collections.abc import Iterable, Mapping
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.clock import Instant, datetime_of
from leadrelay.leads.fields import Value
from leadrelay.zone import midnight

_MOMENTS = {
    "request": ("received_at", "closed_at"),
    "opportunity": ("created_at", "stage_since", "quote_sent_at", "last_touched_at", "closed_at"),
    "activity": ("at",),
}
"""Times that tell when something happened to a record; the latest of them says how old its row is."""
_DAYS = {"opportunity": ("decision_on",)}


class Era(Struct, frozen=True):
    """Which rows are history: none (`live`), all, or those `before` a moment. Nobody acts on history; it is known."""

    mode: Literal["live", "history", "before"] = "live"
    before: Instant = 0
    zone: ZoneInfo = ZoneInfo("UTC")

    def is_history(self, entity: str, values: Mapping[str, Value]) -> bool:
        """Whether a row with these values of its record is history; one without any time is not before any."""
        if self.mode != "before":
            return self.mode == "history"
        at = moment_of(entity, values, self.zone)
        return at is not None and at < self.before


LIVE = Era()


class Survey(Struct):
    """What a look through a file finds: how many rows are new here, how many of them are old or closed elsewhere."""

    rows: int = 0
    old: int = 0
    closed: int = 0

    @property
    def past(self) -> int:
        """Rows that are no work of today."""
        return self.old + self.closed

    def note(self, entity: str, values: Mapping[str, Value], oldest: Instant, zone: ZoneInfo) -> None:
        """One more row that is new here."""
        self.rows += 1
        at = moment_of(entity, values, zone)
        if values.get("outcome") or values.get("status") == "closed":
            self.closed += 1
        elif at is not None and at < oldest:
            self.old += 1

    def is_past(self, least: int) -> bool:
        """Whether most of it is: more than half, and more than `least` rows."""
        return self.past > least and self.past * 2 > self.rows


def moment_of(entity: str, values: Mapping[str, Value], zone: ZoneInfo) -> Instant | None:
    """The latest moment at which something happened to a record, as its row says; None when it says none."""
    times = _whole(values.get(name) for name in _MOMENTS.get(entity, ()))
    days = _whole(values.get(name) for name in _DAYS.get(entity, ()))
    return max([*times, *(midnight(day, zone) for day in days)], default=None)


def day_before(oldest: Instant, zone: ZoneInfo) -> str:
    """The day to offer for `--history-before`."""
    return datetime_of(oldest, zone).date().isoformat()


def _whole(values: Iterable[Value]) -> list[int]:
    return [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
