"""What the answer of another system means: taken, again later, or never."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from leadrelay.clock import HOUR, MINUTE, SECOND, Instant, instant_of
from leadrelay.rulebook.filters import clean
from notifications.outcome import Fate, Outcome

_AGAIN = frozenset((401, 403, 408, 423, 425, 429))
"""Not the fault of the change: a token that has run out, a lock, too many calls."""
_PASSING = frozenset((429, 503))
LONGEST_WAIT = 24 * HOUR
MOST_ATTEMPTS = 12


def outcome_of(status: int, body: Any) -> Outcome:
    """What an answer means; `body` is its JSON, or its text."""
    said = _fault_in(body)
    if 200 <= status < 300:
        return Outcome(Fate.PERMANENT, said) if said else Outcome(Fate.ACCEPTED)
    why = f"HTTP {status}" + (f": {told}" if (told := said or _shown(body)) else "")
    if status in _AGAIN:
        return Outcome(Fate.TEMPORARY, why, broken=True)
    return Outcome(Fate.TEMPORARY if status >= 500 else Fate.PERMANENT, why, broken=status in _PASSING)


def _fault_in(body: Any) -> str:
    """Zoho answers 200 with a fault for each record that it did not take; Pipedrive with `success: false`."""
    if not isinstance(body, dict):
        return ""
    rows = body.get("data")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("status") == "error":
            return _shown(f"{row.get('code', '')} {row.get('message', '')}")
    return _shown(body.get("error") or "it was not taken") if body.get("success") is False else ""


def _shown(body: Any) -> str:
    return " ".join(clean(str(body), 200).split())


def wait_until(now: Instant, attempts: int, headers: Mapping[str, str]) -> Instant:
    """When it is tried again: as `Retry-After` says, else after a minute, two, four, up to four hours."""
    asked = _retry_after(headers.get("retry-after", ""), now)
    wait = asked if asked is not None else min(MINUTE * 2 ** max(0, min(attempts, 12) - 1), 4 * HOUR)
    return now + min(max(wait, SECOND), LONGEST_WAIT)


def _retry_after(text: str, now: Instant) -> int | None:
    """Seconds, or a date of HTTP."""
    if text.strip().isascii() and text.strip().isdigit():
        return int(text.strip()[:9]) * SECOND
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
