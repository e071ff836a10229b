"""A message ready to go: whom to, in which words, and as a mail; and what a carrier is."""

from email.mime.multipart import MIMEMultipart
from typing import Protocol

from msgspec import Struct

from leadrelay.clock import Instant
from leadrelay.rulebook.sandbox import Rendered
from notifications.audience import Reader
from notifications.mail import compose, file_name
from notifications.message import Message
from notifications.outcome import Outcome, Sending


class Parcel(Struct, frozen=True):
    """Everything that a carrier may want to know of a message. `sender` is mail.from; `unsubscribe` where a prospect
    leaves (a web address); `invitation` the calendar file that goes with it."""

    message: Message
    reader: Reader
    rendered: Rendered
    sender: str
    now: Instant
    zone: str
    unsubscribe: str | None = None
    invitation: str | None = None

    def mail(self, eight_bit: bool = True) -> MIMEMultipart:
        """The whole mail; in ASCII alone unless `eight_bit`."""
        return compose(
            self.message,
            self.reader,
            self.rendered,
            self.sender,
            self.now,
            self.zone,
            unsubscribe=self.unsubscribe,
            invitation=self.invitation,
            eight_bit=eight_bit,
        )

    @property
    def name(self) -> str:
        """The name of the message as a file."""
        return file_name(self.message)


class Carrier(Protocol):
    """Takes messages to where they go."""

    @property
    def safe(self) -> bool:
        """Whether delivering the same message twice leaves one, so that `sending` need not be marked."""

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
        """Tries once; an unsafe carrier calls `sending` right before the point of no return. What `sending` raises it
        raises too; OSError is a temporary failure."""

    def close(self) -> None:
        """Gives back what it holds."""
