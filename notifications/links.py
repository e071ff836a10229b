"""Which links a message has: what its reader can do about it at once, and for a prospect where to leave."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from leadrelay.clock import HOUR
from leadrelay.links import Purpose, Ticket, signer_of
from leadrelay.rulebook.words import spoken
from notifications.audience import CONTACT, Reader
from notifications.context import Link
from notifications.facts import Facts
from notifications.mail import digest
from notifications.message import Message

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

LASTS = 30 * 24 * HOUR
"""How long after its message a link to act can be used."""
LEAVING_LASTS = 5 * 366 * 24 * HOUR
"""How long a link to unsubscribe can be used: a mail may be read years later."""
IN_BRIEF = (Purpose.TAKE, Purpose.ACKNOWLEDGE)
"""What can be done about a message that goes in a mail with others."""
_OWNED = ("request", "opportunity", "account")
_LABELS: Mapping[str, Mapping[Purpose, str]] = {
    "en": {
        Purpose.TAKE: "Take it",
        Purpose.ACKNOWLEDGE: "I know: no more reminders",
        Purpose.REASSIGN: "Give it to a colleague",
        Purpose.SNOOZE: "Later",
        Purpose.NOT_INTERESTING: "Not interesting",
        Purpose.UNSUBSCRIBE: "Unsubscribe",
    },
    "nl": {
        Purpose.TAKE: "Ik neem het",
        Purpose.ACKNOWLEDGE: "Ik weet ervan: geen herinneringen meer",
        Purpose.REASSIGN: "Aan een collega geven",
        Purpose.SNOOZE: "Later",
        Purpose.NOT_INTERESTING: "Niet interessant",
        Purpose.UNSUBSCRIBE: "Uitschrijven",
    },
}


class Links:
    """Makes the links of one project's messages; without `web.secret` there are none."""

    def __init__(self, settings: "Settings") -> None:
        """Raises BadSettings for a secret that is too short."""
        self._signer, self._base = signer_of(settings), settings.base_url

    def of(
        self, message: Message, reader: Reader, facts: Facts, language: str, among: Collection[Purpose] = tuple(Purpose)
    ) -> list[Link]:
        """What this reader can do `among` these: a person acts on the subject, as far as it is not done with; a contact
        leaves."""
        if self._signer is None:
            return []
        labels = _LABELS[spoken(language)]
        if reader.id.startswith(CONTACT):
            found: Iterator[Purpose] = iter((Purpose.UNSUBSCRIBE,))
        else:
            found = _acts(message.subject, reader, facts)
        made = ((labels[purpose], self._address(purpose, message)) for purpose in found if purpose in among)
        return [Link(label, address) for label, address in made if address]

    def unsubscribe(self, message: Message) -> str | None:
        """Where the contact that a message is for leaves with one click (RFC 8058); None for a message to a person."""
        return self._address(Purpose.UNSUBSCRIBE, message) if message.to.startswith(CONTACT) else None

    def _address(self, purpose: Purpose, message: Message) -> str | None:
        leaves = purpose is Purpose.UNSUBSCRIBE
        expires = message.at + (LEAVING_LASTS if leaves else LASTS)
        subject = message.to if leaves else message.subject
        ticket = Ticket(purpose, subject, message.to, digest(message)[:32], expires)
        token = self._signer.sign(ticket) if self._signer else None
        return f"{self._base}/{'unsubscribe' if leaves else 'act'}/{token}" if token else None


def _acts(subject: str, reader: Reader, facts: Facts) -> Iterator[Purpose]:
    """What can be done about a subject by this reader."""
    kind = subject.partition("/")[0]
    if facts.get("request.status") == "closed" or facts.get("opportunity.closed_at") is not None or not facts:
        return
    if kind in _OWNED:
        if facts.get("owner.id") != reader.id:
            yield Purpose.TAKE
        yield Purpose.REASSIGN
    yield Purpose.ACKNOWLEDGE
    yield Purpose.SNOOZE
    if kind == "request":
        yield Purpose.NOT_INTERESTING
