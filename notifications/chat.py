"""Chat channels through the plugins that come with Apprise: Slack, Teams, ntfy, Telegram, any webhook, and the rest.

Apprise says no more than that a message went or did not; the rest is read from what it logs (apprise_quiet.py)."""

import zlib
from typing import Any

from apprise import Apprise, NotifyFormat

from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.sandbox import SUBJECT_LIMIT
from notifications.apprise_quiet import Heard, listening, mute, new_apprise
from notifications.chat_text import cut_to, for_chat
from notifications.deadline import TooLate, within
from notifications.outcome import ACCEPTED, NOT_OURS, Fate, Outcome, Sending
from notifications.parcel import Parcel

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 10.0, 30.0, 60.0
LONGEST = 4_000
"""So many bytes of text at most, where the channel does not take less."""
SHORTER = {"ntfy": 3_900, "ntfys": 3_900, "slack": 3_000, "discord": 1_900}
"""Channels that turn a longer text into a file, or show it folded up."""
_MARGIN = 40
_AGAIN = (408, 425, 429)


class ChatCarrier:
    """One address of Apprise. Raises ValueError when Apprise does not know what the address is."""

    safe = False

    def __init__(self, url: str) -> None:
        self.scheme = url.partition(":")[0].lower()
        self._where = f"chat {zlib.crc32(url.encode()):x}"  # no part of it, for it holds tokens
        mute()
        with listening():
            self._apprise = new_apprise()
            plugin = Apprise.instantiate(url, asset=self._apprise.asset, suppress_exceptions=True)
        if plugin is None:
            raise ValueError("it is no address that Apprise knows")
        self.plugin: Any = plugin
        self._tame()
        self._apprise.add(plugin)

    def _tame(self) -> None:
        """One try, at once, to that address alone: our outbox is what tries again."""
        for name, value in (
            ("retry", 0),
            ("redirects", False),
            ("request_rate_per_sec", 0),
            ("socket_connect_timeout", CONNECT_SECONDS),
            ("socket_read_timeout", READ_SECONDS),
        ):
            if hasattr(self.plugin, name):
                setattr(self.plugin, name, value)

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
        """Sends one message. Raises what `sending` raises."""
        title = for_chat(clean(parcel.rendered.subject, SUBJECT_LIMIT))
        body = cut_to(for_chat(parcel.rendered.text), self._room(title))
        if not sending():
            return NOT_OURS
        with listening() as heard:
            try:
                went = within(TOTAL_SECONDS, self._where, lambda: self._notify(title, body))
            except TooLate as error:
                return Outcome(Fate.UNKNOWN, f"{self}: {error}", broken=True)
        return ACCEPTED if went else self._outcome(heard)

    def _notify(self, title: str, body: str) -> bool:
        return bool(self._apprise.notify(body=body, title=title, body_format=NotifyFormat.TEXT))

    def _room(self, title: str) -> int:
        longest = min(LONGEST, SHORTER.get(self.scheme, LONGEST), getattr(self.plugin, "body_maxlen", LONGEST))
        return max(longest - len(title.encode()) - _MARGIN, 200)

    def _outcome(self, heard: Heard) -> Outcome:
        """What a failure means, as far as it can be known."""
        code = heard.code
        if code is not None and 300 <= code < 600:
            if code < 500 and code not in _AGAIN:
                return Outcome(Fate.PERMANENT, f"{self}: HTTP {code}")
            return Outcome(Fate.TEMPORARY, f"{self}: HTTP {code}", broken=code in (429, 503))
        if heard.never_reached:
            return Outcome(Fate.UNREACHED, f"{self} cannot be reached", broken=True)
        return Outcome(Fate.UNKNOWN, f"{self}: no answer that says whether it arrived", broken=True)

    def close(self) -> None:
        """Holds nothing."""

    def __str__(self) -> str:
        return self.scheme
