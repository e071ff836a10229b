"""Wrong keys and links: who shows them is answered later and later, counted, and told at the terminal."""

import asyncio
import time
from collections.abc import Callable

from msgspec import Struct

WINDOW = 600.0
"""Seconds after its last wrong one that an address has a clean sheet again."""
FREE = 10
"""So many wrong ones cost nothing: anybody can mistype."""
FIRST_PAUSE = 0.1
"""Seconds; it doubles with each further one."""
LONGEST_PAUSE = 5.0
MOST_ADDRESSES = 2_000
MOST_PAUSED = 50
"""So many answers are held back at once; further wrong ones are refused at once, unread by anybody."""
RETRY_AFTER = 60


class _Sheet(Struct):
    wrong: int = 0
    last: float = 0.0


class Guesses:
    """Counts wrong keys per address. A right key is let in at once, whatever came before it from the same address:
    behind a proxy all callers have one."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._sheets: dict[str, _Sheet] = {}
        self._paused = 0

    async def wrong(self, address: str) -> bool:
        """One more wrong key or link from this address; returns later. True: it has shown too many."""
        sheet = self._sheet(address)
        self._tell(address, sheet.wrong)
        excess = sheet.wrong - FREE
        if excess <= 0:
            return False
        if self._paused < MOST_PAUSED:
            self._paused += 1
            try:
                await asyncio.sleep(min(FIRST_PAUSE * 2 ** min(excess - 1, 20), LONGEST_PAUSE))
            finally:
                self._paused -= 1
        return True

    def _sheet(self, address: str) -> _Sheet:
        """The sheet of an address, with this one written on it. Of too many addresses the oldest are forgotten."""
        now = time.monotonic()
        sheet = self._sheets.pop(address, None)
        if sheet is None or now - sheet.last > WINDOW:
            sheet = _Sheet()
        sheet.wrong += 1
        sheet.last = now
        self._sheets[address] = sheet
        while len(self._sheets) > MOST_ADDRESSES:
            del self._sheets[next(iter(self._sheets))]
        return sheet

    def _tell(self, address: str, wrong: int) -> None:
        """Says it at the first, the tenth, the hundredth …, so that nobody can fill the log."""
        if str(wrong).strip("0") == "1":
            what = "a wrong key or link" if wrong == 1 else f"{wrong} wrong keys or links"
            self._say(f"web: {what} from {address}")
