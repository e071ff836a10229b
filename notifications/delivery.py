"""Delivers what the outbox owes: claims a batch, renders each message, hands it over, writes down what became of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.mime.multipart import MIMEMultipart
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leadrelay.clock import Clock, Instant, system_clock
from leadrelay.errors import BadSettings, BadTemplate, UnknownTemplate
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.database import Database
from leadrelay.store.holder import new_token
from leadrelay.store.owners import whole_team
from notifications.audience import CONTACT, Refusal, reader_of
from notifications.facts import Facts, FactsReader
from notifications.mail import compose, file_name
from notifications.maildir import Maildir
from notifications.message import Message, State, Verdict
from notifications.outbox import claim, counts, failure, reclaim, settle
from notifications.render import Renderer
from notifications.standing import Found, Standings

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

BATCH = 200
"""So many messages are claimed, delivered and settled at a time."""
MAILDIR = "maildir:"


class Carrier(Protocol):
    """Takes a mail to where it goes. Delivering the same name twice must leave one mail."""

    def deliver(self, mail: MIMEMultipart, name: str) -> None:
        """Raises OSError when it could not be delivered."""


@dataclass
class DeliverySummary:
    """What one run of delivery did, and what the outbox holds after it."""

    outcomes: Counter[State] = field(default_factory=Counter)
    overtaken: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    where: str = ""
    undelivered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each (state, reason) was met."""

    @property
    def claimed(self) -> int:
        """How many messages this run has taken up."""
        return self.outcomes.total() + self.overtaken

    def as_dict(self) -> dict[str, object]:
        """As `run --json` prints it: outcomes of this run, then what is waiting still."""
        names = (State.SENT, State.FAILED, State.DEAD, State.SUPPRESSED)
        return {
            **{state.value: self.outcomes[state] for state in names},
            **self.waiting,
            "overtaken": self.overtaken,
            "where": self.where,
            "undelivered": [
                {"state": state, "reason": reason, "count": count}
                for (state, reason), count in self.undelivered.most_common(20)
            ],
        }


def deliver(
    database: Database,
    ruleset: Ruleset,
    files: Mapping[str, str],
    settings: "Settings",
    now: Instant,
    limit: int = 100_000,
    carrier: Carrier | None = None,
    clock: Clock = system_clock,
    go_on: Callable[[], bool] = lambda: True,
) -> DeliverySummary:
    """Delivers at most `limit` messages that are due at `now`; `files` are the project's by path, leases go by `clock`;
    `go_on` is asked before each batch but the first.

    Nothing that is wrong with one message stops the others. Raises BadSettings, DatabaseBusy, NoDatabase; whatever was
    claimed then is claimed again later."""
    carrier = carrier or carrier_of(settings.mail_url)
    worker = _Worker(ruleset, Renderer(ruleset, files, settings), carrier, settings)
    summary, token = DeliverySummary(where=str(carrier)), new_token()
    with database.begin() as conn:
        reclaim(conn, clock())
    while (left := limit - summary.claimed) > 0:
        with database.begin() as conn:
            batch = claim(conn, now, clock(), min(BATCH, left), token)
        if not batch:
            break
        with database.read() as conn:
            team = whole_team(conn, ruleset.team)
            facts = worker.facts.read(conn, _subjects(batch), now)
            found = worker.standings.read(conn, batch)
        verdicts = [
            worker.look_again(message, found, team, facts, now) or worker.handle(message, team, facts, now)
            for message in batch
        ]
        with database.begin() as conn:
            fenced = settle(conn, verdicts, token)
        _count(summary, verdicts, fenced)
        if not go_on():
            break
    with database.read() as conn:
        summary.waiting = waiting(counts(conn))
    return summary


def waiting(states: Mapping[str, int]) -> dict[str, int]:
    """What the outbox still has to do, from its counts per state: pending holds what is on its way too."""
    on_its_way = sum(states[state] for state in (State.PENDING, State.LEASED, State.SENDING))
    return {"pending": on_its_way, "held": states[State.HELD], "to_retry": states[State.FAILED]}


def carrier_of(url: str) -> Carrier:
    """Where mail goes by `mail.url`. Raises BadSettings for what leadrelay cannot deliver to."""
    if not url.startswith(MAILDIR):
        scheme = url.partition(":")[0]
        what = f"mail.url: mail is written to a folder (maildir:var/mail); '{scheme}' is not there yet"
        raise BadSettings(file="leadrelay.toml", what=what)
    return Maildir(Path(url.removeprefix(MAILDIR)))


def _subjects(batch: Sequence[Message]) -> set[str]:
    """What the messages are about, and the contacts that they go to."""
    return {message.subject for message in batch} | {message.to for message in batch if message.to.startswith(CONTACT)}


def _count(summary: DeliverySummary, verdicts: Sequence[Verdict], fenced: Sequence[Verdict]) -> None:
    """Adds what was written; what another worker has taken over is its business."""
    passed = {id(verdict) for verdict in fenced}
    summary.overtaken += len(fenced)
    for verdict in verdicts:
        if id(verdict) not in passed:
            summary.outcomes[verdict.state] += 1
            if verdict.error:
                summary.undelivered[verdict.state.value, verdict.error] += 1


class _Worker:
    """Takes one message at a time from its facts to its verdict."""

    def __init__(self, ruleset: Ruleset, renderer: Renderer, carrier: Carrier, settings: "Settings") -> None:
        self.facts = FactsReader(ruleset)
        self.standings = Standings(ruleset)
        self._renderer, self._carrier = renderer, carrier
        self._sender, self._zone = settings.mail.sender, str(settings.zone)

    def look_again(
        self, message: Message, found: Found, team: Team, facts: Mapping[str, Facts], now: Instant
    ) -> Verdict | None:
        """The verdict on a message that should not go any more; None if it should."""
        why = self.standings.objection(message, found, facts.get(message.subject), team, now)
        return Verdict(message, State.SUPPRESSED, error=why, failures=message.failures) if why else None

    def handle(self, message: Message, team: Team, facts: Mapping[str, Facts], now: Instant) -> Verdict:
        """Renders and hands over one message; whatever is wrong with it becomes its verdict."""
        reader = reader_of(message.to, team, facts.get(message.to))
        if isinstance(reader, Refusal):
            return Verdict(message, reader.state, error=reader.reason, failures=message.failures)
        try:
            rendered = self._renderer.render(message, reader, facts.get(message.subject, {}), now)
            mail = compose(message, reader, rendered, self._sender, now, self._zone)
            self._carrier.deliver(mail, file_name(message))
        except (BadTemplate, UnknownTemplate) as error:
            return failure(message, str(error), now)
        except Exception as error:  # one message that nobody foresaw must not keep the others from their readers
            return failure(message, f"{type(error).__name__}: {clean(str(error), 300)}", now)
        return Verdict(message, State.SENT, reader.address, sent_at=now, failures=message.failures)
