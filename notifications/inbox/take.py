"""What a mail that came in means for contacts, requests and messages; each once, by its Message-ID and what it says.

hard bounce   the address bounced, whoever has it; the message is dead, with what the server said
soft bounce   noted on the contact: it counts, nothing else
complaint     the address has unsubscribed: who calls our mail spam gets no more
auto-reply    nothing
mail          'STOP, remove me': an objection, and no answer; else, if it answers ours or is from a contact: an e-mail,
              which counts as an answer. From another address than we wrote to: that is offered as the contact's second
"""

import hashlib
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.act.by_hand import unsubscribe
from leadrelay.act.consent import Said, write
from leadrelay.clock import Instant, instant_of
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean
from leadrelay.store import seconds
from leadrelay.store.activities import upsert_activities
from leadrelay.store.addresses import contacts_at
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import suppress, upsert
from leadrelay.store.merges import standing
from leadrelay.store.owners import whole_team
from leadrelay.store.raw import Statement
from notifications.audience import CONTACT
from notifications.inbox.classify import classify
from notifications.inbox.objection import NO_WORDS, Objections
from notifications.inbox.parts import address_in, addresses_in, own_digests, value
from notifications.inbox.verdict import Kind, Report

CAUSE = "inbox"
BOUNCED = "bounced: "
"""What the error of a message begins with that came back."""
_SENT = Statement(
    'SELECT key, "to", subject, address FROM messages WHERE sent_at IS NOT NULL OR told_at IS NOT NULL ORDER BY id DESC'
)
_DEAD = Statement(
    "UPDATE messages SET state = 'dead', error = :why, settled_at = :now"
    " WHERE key = :key AND state IN ('sent', 'unknown')"
)
_NEWEST = Statement(
    "SELECT id FROM requests WHERE contact = :contact AND status = 'open' ORDER BY received_at DESC, id LIMIT 1"
)
_KNOWN = Statement("SELECT 1 FROM activities WHERE id = :id")


class Ours(NamedTuple):
    """A message of ours that a mail is about."""

    key: str
    to: str
    subject: str
    address: str | None
    """Where it was sent to."""


class Taken(Struct):
    """One mail, what it is, and what was done: `about` are messages and contacts it was matched with; `sender` and
    `subject` are what its head says."""

    id: str
    report: Report
    about: list[str] = field(default_factory=list)
    done: str = ""
    sender: str = ""
    subject: str = ""

    @property
    def whom(self) -> str:
        """Whom it is about, for a person to read: the mailboxes it names, else our subjects, else who wrote it."""
        return ", ".join(self.report.recipients) or ", ".join(self.about) or self.sender

    @property
    def told(self) -> str:
        """Why it is what it is, for a person to read: its own reason, else its subject line."""
        return self.report.why or self.subject or self.report.form

    def as_dict(self) -> dict[str, object]:
        """As `inbox --json` prints it."""
        found = self.report
        return {
            "id": self.id,
            "kind": found.kind.value,
            "recipients": list(found.recipients),
            "why": found.why,
            "form": found.form,
            "about": self.about,
            "sender": self.sender,
            "subject": self.subject,
            "done": self.done,
        }


def take_in(
    database: Database, team: Team, raw_mails: Iterable[bytes], now: Instant, objections: Objections = NO_WORDS
) -> list[Taken]:
    """Looks at every mail and does what follows from it, each in a unit of work of its own. `objections`: the words by
    which somebody who answers wants no more.

    Raises NoDatabase, DatabaseBusy; what was done before is not done again next time."""
    given = [(raw, message_from_bytes(raw)) for raw in raw_mails]
    wanted = {digest for raw, _ in given for digest in own_digests(raw)}
    with database.read() as conn:
        ours = _messages(conn, wanted)
        people = whole_team(conn, team)
    return [_take(database, people, raw, mail, ours, objections, now) for raw, mail in given]


def _messages(conn: Connection, wanted: set[str]) -> dict[str, Ours]:
    """The messages that these digests are of; their keys are hashed until all are found."""
    found: dict[str, Ours] = {}
    if not wanted:
        return found
    for key, to, subject, address in _SENT.rows(conn):
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
        if digest in wanted:
            found[digest] = Ours(key, to, subject, address)
            if len(found) == len(wanted):
                break
    return found


def _take(
    database: Database,
    team: Team,
    raw: bytes,
    mail: Message,
    known: dict[str, Ours],
    objections: Objections,
    now: Instant,
) -> Taken:
    report = classify(mail)
    name = value(mail, "Message-ID") or hashlib.sha256(raw).hexdigest()
    taken = Taken(name, report, sender=address_in(value(mail, "From")), subject=clean(value(mail, "Subject"), 200))
    ours = [known[digest] for digest in own_digests(raw) if digest in known]
    identity = hashlib.sha256("\0".join((name, *_says(mail, report, ours))).encode("utf-8", "replace")).hexdigest()
    with database.begin() as conn:
        doing = _Taking(conn, team, mail, report, ours, objections, f"mail-{identity[:24]}", now)
        taken.done = doing.run()
        taken.about = doing.about
    return taken


def _says(mail: Message, report: Report, ours: list[Ours]) -> tuple[str, ...]:
    """What tells mails with one Message-ID apart, whatever was put around them on the way: servers reuse theirs. Of a
    report what it is about, of a mail who wrote it when."""
    if report.kind is Kind.MAIL:
        return (value(mail, "From"), value(mail, "Date"), value(mail, "Subject"))
    return (report.kind.value, *sorted(report.recipients), report.why, *sorted(one.key for one in ours))


class _Taking(Struct):
    """One mail being taken in."""

    conn: Connection
    team: Team
    mail: Message
    report: Report
    ours: list[Ours]
    objections: Objections
    activity: str
    now: Instant
    about: list[str] = field(default_factory=list)

    def run(self) -> str:
        """Does what follows from the mail; says what, in a few words."""
        kind = self.report.kind
        if kind in (Kind.AUTO_REPLY, Kind.DELIVERED):
            return "nothing"
        if _KNOWN.rows(self.conn, id=self.activity):
            return "known already"
        if kind is Kind.MAIL:
            return self._answer()
        return self._came_back()

    def _came_back(self) -> str:
        """A bounce or a complaint: about the contacts that our message went to, or else those with the address."""
        contacts = [one.to.removeprefix(CONTACT) for one in self.ours if one.to.startswith(CONTACT)]
        contacts = contacts or self._contacts(self.report.recipients)
        self.about = [one.key for one in self.ours] + [CONTACT + one for one in contacts]
        if self.report.kind is Kind.HARD_BOUNCE:
            why = BOUNCED + clean(self.report.why, 200)
            for one in self.ours:
                _DEAD.run(self.conn, key=one.key, why=why, now=self.now)
        if self.report.kind is Kind.COMPLAINT:
            for contact in contacts:
                unsubscribe(self.conn, CONTACT + contact, self.now, "complaint about our mail")
        if not self.about:
            return "not about us"
        self._suppress(contacts)
        told = f"{self.report.kind.value.replace('_', ' ')}: {self.report.why}"
        self._note("note", told, contact=contacts[0] if contacts else None)
        return {Kind.HARD_BOUNCE: "bounced", Kind.SOFT_BOUNCE: "noted"}.get(self.report.kind, "unsubscribed")

    def _suppress(self, contacts: list[str]) -> None:
        """What came back belongs to the address that it came back from: the one that we wrote to, or else that the
        report names. A contact that has another one by now can still be reached."""
        flag = {Kind.HARD_BOUNCE: "bounced_at", Kind.COMPLAINT: "unsubscribed_at"}.get(self.report.kind)
        if flag is None:
            return
        written = {one.address for one in self.ours if one.to.startswith(CONTACT) and one.address}
        for address in written or set(self.report.recipients):
            suppress(self.conn, address, flag, self.now, CAUSE, self.now)
        if not written and flag == "bounced_at":
            rows: list[dict[str, Value]] = [{"id": contact, "bounced_at": self.now} for contact in contacts]
            upsert(self.conn, "contact", rows, self.now, CAUSE)

    def _objects(self, said: str, contact: str | None, senders: list[str]) -> str:
        """Whoever wants no more mail: the contact that we wrote to, and whoever has the address that it came from."""
        known = [*([contact] if contact else []), *contacts_at(self.conn, senders)]
        for one in dict.fromkeys(known):
            write(self.conn, one, Said.OBJECTED, f"mail: '{said}'", CAUSE, self.now)
        for address in senders[:1]:
            suppress(self.conn, address, "objected_at", self.now, CAUSE, self.now)
        self.about = [*(one.key for one in self.ours), *(CONTACT + one for one in dict.fromkeys(known))]
        self._note("note", f"objected to mail: '{said}'", contact=known[0] if known else None)
        return "objected"

    def _offered(self, contact: str, senders: list[str]) -> str:
        """An answer to our mail from an address that is none of the contact's: offered as its second."""
        if not senders or contact in contacts_at(self.conn, senders):
            return "noted as an answer"
        known = seconds.offer(self.conn, contact, senders[0], self.activity, self.now)
        return "noted as an answer" if known else f"noted as an answer; {senders[0]} may be {CONTACT}{contact}'s too"

    def _answer(self) -> str:
        """A real mail: an answer to ours, or from a contact; by a colleague to a contact it is our answer."""
        senders = list(addresses_in(value(self.mail, "From")))
        person = next((one.id for one in self.team.people.values() if one.email.lower() in senders), None)
        others = list(addresses_in(f"{value(self.mail, 'To')},{value(self.mail, 'Cc')}"))
        contacts = self._contacts(others if person else senders)
        subject = self.ours[0].subject if self.ours else None
        meant = None if person else next((one.to for one in self.ours if one.to.startswith(CONTACT)), None)
        if meant is not None:  # the Message-ID decides, whatever address it came from
            contacts = list(dict.fromkeys([standing(self.conn, meant.removeprefix(CONTACT)), *contacts]))
        contact = contacts[0] if contacts else None
        if person is None and (said := self.objections.found(self.mail)):
            return self._objects(said, contact, senders)
        if not contacts and subject is None:
            return "not about us"
        kind, _, name = (subject or self._request_of(contact)).partition("/")
        self.about = [*(one.key for one in self.ours), *(CONTACT + one for one in contacts), f"{kind}/{name}"]
        direction = None if person and not contacts else "out" if person else "in"
        belongs: dict[str, Value] = {kind: name} if name and kind in ("request", "opportunity", "account") else {}
        told = clean(value(self.mail, "Subject"), 200)
        self._note("email", told, contact=contact, person=person, direction=direction, **belongs)
        return self._offered(contact, senders) if meant is not None and contact else "noted as an answer"

    def _request_of(self, contact: str | None) -> str:
        rows = _NEWEST.rows(self.conn, contact=contact) if contact else []
        return f"request/{rows[0][0]}" if rows else f"contact/{contact}"

    def _contacts(self, addresses: Iterable[str]) -> list[str]:
        return contacts_at(self.conn, addresses)

    def _note(self, kind: str, summary: str, **more: Value) -> None:
        row: dict[str, Value] = {"id": self.activity, "at": self._at(), "kind": kind, "summary": summary}
        upsert_activities(self.conn, [{**row, "direction": "in", **more}], self.now, CAUSE)

    def _at(self) -> Instant:
        """When it was written, by its own date, if that is not still to come; else now."""
        try:
            at = instant_of(parsedate_to_datetime(str(self.mail["Date"])).astimezone())
        except (TypeError, ValueError, OverflowError):
            return self.now
        return at if 0 < at <= self.now else self.now
