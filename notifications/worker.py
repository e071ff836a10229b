"""One message from its facts to its verdict: looked at again, put in words, handed over."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Clock, Instant
from leadrelay.errors import BadTemplate, DatabaseBusy, NoDatabase, UnknownTemplate
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean
from leadrelay.store.database import Database
from leadrelay.store.owners import whole_team
from notifications.audience import CONTACT, Reader, Refusal, reader_of
from notifications.carriers import Carriers
from notifications.facts import Facts
from notifications.invitation import Moments, invitation, moments
from notifications.message import Message, State, Verdict
from notifications.outbox import failure, mark_sending
from notifications.parcel import Parcel
from notifications.permission import Permission, given_before
from notifications.planned import parts_of
from notifications.ready import Ready
from notifications.standing import Found
from notifications.verdicts import in_doubt, later, verdict_of

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings


class Known(Struct, frozen=True):
    """What the database says about a batch of messages."""

    team: Team
    facts: Mapping[str, Facts]
    standings: Found
    moments: Moments
    parts: Mapping[str, Sequence[Message]]
    """What messages carry, by key."""


class Mark:
    """The mark `sending` of one message, committed when a carrier is about to pass the point of no return."""

    def __init__(self, database: Database, message: Message, token: str, clock: Clock) -> None:
        self._database, self._message, self._token, self._clock = database, message, token, clock
        self.made = False

    def refusal(self, permission: Permission, address: str) -> str | None:
        """Why the contact that it is for may not be written to at this address, as of this moment, or not once more;
        people of the team always may."""
        message = self._message
        if not message.to.startswith(CONTACT):
            return None
        with self._database.begin() as conn:
            refused = permission.refusal_now(conn, message.to, address)
            return refused or given_before(conn, message, address, self._clock())

    def __call__(self) -> bool:
        """Makes the mark; False when the message has passed to another worker. Raises NoDatabase, DatabaseBusy."""
        with self._database.begin() as conn:
            self.made = mark_sending(conn, self._message, self._token, self._clock())
        return self.made


class Worker:
    """Takes one message at a time from its facts to its verdict."""

    def __init__(self, ready: Ready, carriers: Carriers, settings: "Settings") -> None:
        ruleset = ready.ruleset
        self._facts, self._standings, self._renderer = ready.facts, ready.standings, ready.renderer
        self._team, self._permission = ruleset.team, Permission(ruleset.messages.consent_required)
        self._carriers, self._settings = carriers, settings

    def read(self, conn: Connection, batch: Sequence[Message], now: Instant) -> Known:
        """Everything that has to be known about a batch."""
        parts = parts_of(conn, batch)
        carried = (one for found in parts.values() for one in found)
        return Known(
            whole_team(conn, self._team),
            self._facts.read(conn, _subjects((*batch, *carried)), now),
            self._standings.read(conn, batch),
            moments(conn, batch),
            parts,
        )

    def handle(self, message: Message, known: Known, now: Instant, mark: Mark) -> Verdict:
        """What becomes of one message; whatever is wrong with it is its verdict. Raises NoDatabase, DatabaseBusy."""
        facts = known.facts.get(message.subject)
        why = self._standings.objection(message, known.standings, facts, known.team, now)
        if why:
            return Verdict(message, State.SUPPRESSED, error=why, failures=message.failures)
        reader = reader_of(message.to, known.team, known.facts.get(message.to), self._permission)
        if isinstance(reader, Refusal):
            return Verdict(message, reader.state, error=reader.reason, failures=message.failures)
        channel = self._carriers.channel_for(reader.channels, message.urgency)
        if down := self._carriers.out_of_order(channel):
            return later(message, down, now)
        try:
            parcel = self._parcel(message, reader, known, now)
            if refused := mark.refusal(
                self._permission, reader.address
            ):  # it may have come in while others were being sent
                return Verdict(message, State.SUPPRESSED, error=refused, failures=message.failures)
            channel, outcome = self._carriers.deliver(channel, parcel, mark)
        except (BadTemplate, UnknownTemplate) as error:
            return failure(message, str(error), now)
        except (DatabaseBusy, NoDatabase):
            raise
        except Exception as error:  # one message that nobody foresaw must not keep the others from their readers
            told = f"{type(error).__name__}: {clean(str(error), 300)}"
            return in_doubt(message, told, reader.address, now) if mark.made else failure(message, told, now)
        return verdict_of(message, outcome, reader.address, channel, now)

    def _parcel(self, message: Message, reader: Reader, known: Known, now: Instant) -> Parcel:
        """The message in words, with all that goes with it. Raises BadTemplate, UnknownTemplate."""
        facts, sender = known.facts.get(message.subject, {}), self._settings.mail.sender
        parts = [(one, known.facts.get(one.subject, {})) for one in known.parts.get(message.key, ())]
        rendered = self._renderer.render(message, reader, facts, now, parts)
        return Parcel(
            message,
            reader,
            rendered,
            sender,
            now,
            str(self._settings.zone),
            self._renderer.links.unsubscribe(message),
            invitation(message, reader, rendered, sender, facts, known.moments, now),
        )


def _subjects(batch: Iterable[Message]) -> set[str]:
    """What the messages are about, and the contacts that they go to."""
    found = set()
    for message in batch:
        found.add(message.subject)
        if message.to.startswith(CONTACT):
            found.add(message.to)
    return found
