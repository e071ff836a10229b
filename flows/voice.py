"""What `serve` says at the terminal: a line for each thing worth knowing, and trouble once, not per try."""

import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

from leadrelay.clock import SECOND, Clock, iso


class Voice:
    """Says lines with the time in front. Safe to use from several threads."""

    def __init__(self, tell: Callable[[str], None], clock: Clock, zone: ZoneInfo) -> None:
        self._tell, self._clock, self._zone = tell, clock, zone
        self._troubles: set[str] = set()
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """One line, now."""
        now = self._clock()
        self._tell(f"{iso(now - now % SECOND, self._zone)} {' '.join(line.split())}")

    def trouble(self, about: str, line: str) -> None:
        """Something is wrong with `about`; said once, until it is over."""
        with self._lock:
            known = about in self._troubles
            self._troubles.add(about)
        if not known:
            self.say(line)

    def over(self, about: str, line: str = "") -> None:
        """Nothing is wrong with `about` any more; said (if there is a line for it) when something was."""
        with self._lock:
            known = about in self._troubles
            self._troubles.discard(about)
        if known and line:
            self.say(line)
