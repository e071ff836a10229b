"""Quotes: made, approved when they have to be, sent, answered; each step is in the opportunity's history."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.act.approval import approver, ask, is_needed, task_key
from leadrelay.act.gates_at_acts import go_through
from leadrelay.act.person import Doer
from leadrelay.act.set_by_hand import Lacking, Outcome, Setting, set_within
from leadrelay.clock import Day, Instant, date_of, datetime_of, day_of
from leadrelay.errors import NotSo, UnknownQuote, UnknownSubject
from leadrelay.leads.fields import Value
from leadrelay.leads.quote import QuoteLine, largest_discount, total
from leadrelay.leads.team import Person
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import ACTS, QUOTE, Move
from leadrelay.store import quotes, tasks
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert
from leadrelay.store.noted import noted
from leadrelay.store.quotes import Quote
from leadrelay.zone import zone_of


class Step(Struct, frozen=True):
    """What may be done with a quote: from which statuses, to which, and whether it takes a reason."""

    start: tuple[str, ...]
    end: str
    reason: bool = False


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "approve": Step(("awaiting_approval",), "approved"),
        "refuse": Step(("awaiting_approval",), "refused", reason=True),
        "send": Step(("draft", "approved"), "sent"),
        "accept": Step(("sent",), "accepted"),
        "reject": Step(("sent",), "rejected", reason=True),
        "expire": Step(("sent",), "expired"),
        "withdraw": Step(("draft", "awaiting_approval", "approved", "refused", "sent"), "withdrawn", reason=True),
    }
)
"""The life of a quote, by verb."""


class Desk(Struct, frozen=True):
    """Where quotes are made: the database, the rules, the time, and the company's language."""

    database: Database
    ruleset: Ruleset
    now: Instant
    language: str = "en"

    @property
    def today(self) -> Day:
        """The day in the company's zone."""
        return day_of(datetime_of(self.now, zone_of(self.ruleset.team.zone)).date())

    def new(
        self, opportunity: str, lines: Sequence[QuoteLine], until: Day, maker: Person, document: str | None = None
    ) -> Quote:
        """A new quote of an open opportunity (by id). Over the limit of rules/stages.yaml, somebody is asked to approve
        it. Raises UnknownSubject, NotSo."""
        subject = f"opportunity/{opportunity}"
        if until < self.today:
            what = f"cannot have a quote that holds until {date_of(until)}, which is past"
            raise NotSo(subject=subject, what=what, remedy="Give --valid-until a day that is still to come.")
        with self._open(opportunity, f"person {maker.id}") as conn:
            asked = None
            if is_needed(self.ruleset.stages.authorisation, total(lines), largest_discount(lines)):
                asked = approver(conn, self.ruleset, opportunity, maker, self.now)
            approval = (asked[0].id, asked[0].manager, asked[1]) if asked else None
            status = "awaiting_approval" if asked else "draft"
            created = (self.now, maker.id)
            number = quotes.add(conn, opportunity, status, lines, until, created, document, approval)
            if asked is not None:
                ask(conn, opportunity, number, asked, maker, self.language, self.now)
            return _found(conn, number)

    def take(
        self, verb: str, number: int, person: Person, reason: str | None = None, override: str | None = None
    ) -> Quote:
        """One of STEPS but `send`. Raises UnknownQuote, Lacking when a gate keeps it from being accepted, and NotSo
        when the quote is not that far, when a reason is wanting, or when somebody would approve their own."""
        step = STEPS[verb]
        with self.database.read() as conn:
            quote = _found(conn, number)
        with self._open(quote.opportunity, f"person {person.id}", must_be_open=False) as conn:
            quote = _found(conn, number)
            self._check(verb, step, quote, reason)
            if step.end in ACTS:
                subject = f"opportunity/{quote.opportunity}"
                go_through(conn, self.ruleset, subject, step.end, Doer(person), self.now, override)
            values: dict[str, object] = {"status": step.end}
            if verb in ("approve", "refuse"):
                self._check_approver(conn, quote, person)
                values |= {"decided_at": self.now, "decided_by": person.id}
            elif verb != "withdraw":
                values["answered_at"] = self.now
            if reason:
                values["reason"] = reason
            quotes.change(conn, number, values)
            if (task := tasks.keyed(conn, task_key(number))) is not None:
                tasks.finish(conn, task, person.id, self.now)
            return _found(conn, number)

    def send(self, number: int, person: Person, override: str | None = None) -> tuple[Quote, Outcome]:
        """The quote goes out: the opportunity has it from now on, and is in the stage `quote` unless it is further.

        What it lacks for that is in the outcome, and then nothing was done. Raises UnknownQuote, NotSo."""
        with self.database.read() as conn:
            quote = _found(conn, number)
        cause = f"person {person.id}"
        try:
            with self._open(quote.opportunity, cause) as conn:
                quote = _found(conn, number)
                self._check("send", STEPS["send"], quote, None)
                quotes.change(conn, number, {"status": "sent", "sent_at": self.now})
                outcome = self._moved(conn, quote, Doer(person), override)
                return _found(conn, number), outcome
        except Lacking as lacking:
            return quote, lacking.outcome

    def _moved(self, conn: Connection, quote: Quote, doer: Doer, override: str | None) -> Outcome:
        stages, subject = self.ruleset.stages, f"opportunity/{quote.opportunity}"
        values: dict[str, Value] = {"quote_sent_at": self.now, "quote_valid_until": quote.valid_until}
        here = stored_of(conn, "opportunity", {quote.opportunity})[quote.opportunity].get("stage")
        overridden: tuple[str, ...] = ()
        if stages.find(QUOTE) is not None and stages.move(here, QUOTE) is not Move.BACK:
            values["stage"] = QUOTE
        else:
            overridden = go_through(conn, self.ruleset, subject, QUOTE, doer, self.now, override)
        outcome = set_within(conn, self.ruleset, Setting(subject, values, doer, self.now, override))
        return replace(outcome, overridden=(*overridden, *outcome.overridden))

    @contextmanager
    def _open(self, opportunity: str, cause: str, must_be_open: bool = True) -> Iterator[Connection]:
        """A transaction about an opportunity, whose history tells what was done to its quotes."""
        subject = f"opportunity/{opportunity}"
        with self.database.begin() as conn:
            values = stored_of(conn, "opportunity", {opportunity}).get(opportunity)
            if values is None:
                raise UnknownSubject(subject=subject)
            if must_be_open and values.get("closed_at") is not None:
                raise NotSo(subject=subject, what="is closed", remedy="A closed opportunity gets no more quotes.")
            with noted(conn, opportunity, self.now, cause):
                yield conn
            if must_be_open or values.get("closed_at") is None:
                upsert(conn, "opportunity", [{"id": opportunity, "last_touched_at": self.now}], self.now, cause)

    def _check(self, verb: str, step: Step, quote: Quote, reason: str | None) -> None:
        name = f"Quote {quote.id}"
        if quote.status not in step.start:
            wanted = " or ".join(step.start).replace("_", " ")
            what = f"is {quote.status.replace('_', ' ')}"
            raise NotSo(subject=name, what=what, remedy=f"To {verb} it, it must be {wanted}.")
        if step.reason and not (reason or "").strip():
            raise NotSo(subject=name, what=f"takes a reason to {verb}", remedy='Add --reason "why".')
        if verb == "expire" and quote.valid_until >= self.today:
            what = f"holds until {date_of(quote.valid_until)}"
            raise NotSo(subject=name, what=what, remedy="It expires the day after.")

    def _check_approver(self, conn: Connection, quote: Quote, person: Person) -> None:
        """The approver, the manager it climbs to, or somebody whom rules/stages.yaml names; nobody their own."""
        name = f"Quote {quote.id}"
        owner = stored_of(conn, "opportunity", {quote.opportunity})[quote.opportunity].get("owner")
        if person.id in (quote.created_by, owner):
            remedy = f"{quote.approver} has been asked."
            raise NotSo(subject=name, what="is your own, and nobody approves their own", remedy=remedy)
        limit = self.ruleset.stages.authorisation
        named = limit is not None and (limit.by == person.id or limit.by in person.roles)
        if person.id not in (quote.approver, quote.approval_manager) and not named:
            remedy = f"It is for {quote.approver} to say."
            raise NotSo(subject=name, what=f"is not for {person.id} to approve or refuse", remedy=remedy)


def _found(conn: Connection, number: int) -> Quote:
    quote = quotes.find(conn, number)
    if quote is None:
        raise UnknownQuote(number=number)
    return quote
