"""Mail as an Apprise plugin of our own: it carries our MIME message as it is, over a connection that is kept.

Apprise's own mailto:// makes its own Message-ID and text part, connects for every mail, and tells of a failure no more
than that there was one."""

# mypy: disable-error-code="no-untyped-call,assignment"
# Apprise says that it is typed, but its base classes are not, and their texts are declared as None.

from email.mime.multipart import MIMEMultipart
from typing import Any

from apprise import NotifyBase, NotifyFormat, NotifyType

from notifications.apprise_quiet import new_apprise
from notifications.mail import address_of
from notifications.outcome import Fate, Outcome, Sending
from notifications.parcel import Parcel
from notifications.smtp import Envelope, Smtp
from notifications.smtp_address import SmtpAddress


class MailPlugin(NotifyBase):
    """Sends the envelope that it was given, whatever Apprise made of title and body."""

    service_name = "leadrelay mail"
    service_url = "https://pypi.org/project/leadrelay/"
    setup_url = service_url
    request_rate_per_sec = 0
    notify_format = NotifyFormat.TEXT
    body_maxlen = 10_000_000
    title_maxlen = 1_000

    def __init__(self, smtp: Smtp, **more: Any) -> None:
        super().__init__(**more)
        self._smtp = smtp
        self._envelope: Envelope | None = None
        self._sending: Sending = lambda: False
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None

    def load(self, envelope: Envelope, sending: Sending) -> None:
        """Takes up the mail that the next `send` sends."""
        self._envelope, self._sending = envelope, sending
        self.outcome = self.error = None

    def send(self, body: str, title: str = "", notify_type: object = NotifyType.INFO, **more: Any) -> bool:  # noqa: ARG002
        """Hands the envelope over once; Apprise learns whether it was accepted."""
        envelope, self._envelope = self._envelope, None
        if envelope is None:
            return False
        try:
            self.outcome = self._smtp.send(envelope, self._sending)
        except Exception as error:  # Apprise would swallow it; the carrier raises it again
            self.error = error
            return False
        return self.outcome.fate is Fate.ACCEPTED

    def url(self, privacy: bool = False, *args: Any, **more: Any) -> str:  # noqa: ARG002
        """Where it goes, without who we are there."""
        return f"leadrelay+{self._smtp.address}"


class MailCarrier:
    """Hands mail to an SMTP server through Apprise."""

    safe = False

    def __init__(self, address: SmtpAddress) -> None:
        self._smtp = Smtp(address)
        self._plugin = MailPlugin(self._smtp)
        self._apprise = new_apprise()
        self._apprise.add(self._plugin)

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
        """Sends one message. Raises what `sending` raises."""

        def content(eight_bit: bool) -> bytes:
            mail: MIMEMultipart = parcel.mail(eight_bit)
            return mail.as_bytes()

        sender = address_of(parcel.sender).addr_spec
        self._plugin.load(Envelope(sender, parcel.reader.address, content), sending)
        self._apprise.notify(body=parcel.rendered.text, title=parcel.rendered.subject, body_format=NotifyFormat.TEXT)
        if self._plugin.error is not None:
            raise self._plugin.error
        return self._plugin.outcome or Outcome(Fate.TEMPORARY, "Apprise did not pass the mail on")

    def close(self) -> None:
        """Ends the connection."""
        self._smtp.quit()

    def __str__(self) -> str:
        return str(self._smtp.address)
