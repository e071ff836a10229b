"""Every way out of the house: mail and the chat channels of the settings; and which are out of order just now."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from leadrelay.clock import stopwatch
from leadrelay.errors import BadSettings
from notifications.maildir import Maildir
from notifications.outcome import Fate, Outcome, Sending
from notifications.parcel import Carrier, Parcel
from notifications.smtp_address import SCHEMES, smtp_address

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

MAIL = "mail"
MAILDIR = "maildir:"
RUN_SECONDS = 600.0
"""So long one run may wait for one channel in all; what is left then goes in the next."""


def carrier_of(url: str) -> Carrier:
    """Where mail goes by `mail.url`: a folder, an SMTP server, or any address of Apprise.

    Raises BadSettings, which never repeats the URL."""
    if url.startswith(MAILDIR):
        return Maildir(Path(url.removeprefix(MAILDIR)))
    if url.partition(":")[0].lower() in SCHEMES:
        from notifications.apprise_mail import MailCarrier  # Apprise is slow to import

        return MailCarrier(smtp_address(url))
    try:
        return _chat(url)
    except ValueError as error:
        what = f"mail.url: {error}; write maildir:var/mail, smtp://host:25 or an address of Apprise"
        raise BadSettings(file="leadrelay.toml", what=what) from None


def _chat(url: str) -> Carrier:
    from notifications.chat import ChatCarrier  # Apprise is slow to import

    return ChatCarrier(url)


class Carriers:
    """The carriers of one run of delivery, each made when it is first needed."""

    def __init__(self, settings: "Settings", mail: Carrier | None = None) -> None:
        """`mail`: the carrier for mail, if it is not the settings' one. Raises BadSettings."""
        self._urls = {name: url.get_secret_value() for name, url in settings.channels.items()}
        self._made: dict[str, Carrier] = {MAIL: mail or carrier_of(settings.mail_url)}
        self._down: dict[str, str] = {}
        self._left: dict[str, float] = {}

    def channel_for(self, wanted: Iterable[tuple[str, str]], urgency: str) -> str:
        """The channel that a reader, who wants (urgency, channel), gets a message of this urgency over: mail unless the
        settings know another one that the reader wants."""
        channel = dict(wanted).get(urgency, MAIL)
        return channel if channel in self._urls else MAIL

    def out_of_order(self, channel: str) -> str | None:
        """Why this channel is left alone for the rest of the run; None when it works as far as is known."""
        return self._down.get(channel)

    def deliver(self, channel: str, parcel: Parcel, sending: Sending) -> tuple[str, Outcome]:
        """One try over `channel`; what a chat channel refuses for good goes by mail. Returns the channel too.

        Raises what the carrier raises."""
        outcome = self._try(channel, parcel, sending)
        if channel == MAIL or outcome.fate is not Fate.PERMANENT:
            return channel, outcome
        by_mail = self._try(MAIL, parcel, sending)
        why = f"{outcome.why}; by mail instead" + (f": {by_mail.why}" if by_mail.why else "")
        return MAIL, Outcome(by_mail.fate, why, by_mail.broken)

    def _try(self, channel: str, parcel: Parcel, sending: Sending) -> Outcome:
        try:
            carrier = self._carrier(channel)
        except ValueError as error:
            return Outcome(Fate.PERMANENT, f"channels.{channel}: {error}")
        took = stopwatch()
        outcome = carrier.deliver(parcel, sending)
        left = self._left[channel] = self._left.get(channel, RUN_SECONDS) - took()
        if outcome.broken:
            self._down[channel] = outcome.why
        elif left <= 0:
            self._down[channel] = f"{carrier} took more than {RUN_SECONDS:g} seconds of this run; the next goes on"
        return outcome

    def _carrier(self, channel: str) -> Carrier:
        if channel not in self._made:
            self._made[channel] = _chat(self._urls[channel])
        return self._made[channel]

    def close(self) -> None:
        """Ends every connection."""
        for carrier in self._made.values():
            carrier.close()

    def __str__(self) -> str:
        return str(self._made[MAIL])
