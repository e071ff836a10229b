"""What links in messages open: a page that asks, and one that says what came of it; nothing changes before POST."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act import by_hand
from leadrelay.act.by_hand import Hand, Result, State
from leadrelay.calendar import WorkCalendar, default_calendar
from leadrelay.clock import Instant
from leadrelay.duration import parse_duration
from leadrelay.leads.fields import Type
from leadrelay.leads.team import Person, Team
from leadrelay.links import Fault, Opened, Purpose, Signer, Ticket, signer_of
from leadrelay.project import Project
from leadrelay.rulebook.filters import Voice, clean, say
from leadrelay.rulebook.load import template_names
from leadrelay.store.owners import whole_team
from leadrelay.web.about import About, about, colleagues
from leadrelay.web.pages import page
from leadrelay.web.words import SNOOZES, asking, said

CONTACT = "contact/"
INTERNAL = tuple(one for one in Purpose if one is not Purpose.UNSUBSCRIBE)
"""What people of the team can do; contacts can only unsubscribe."""
LONGEST_REASON = 200
_STATUS: Mapping[str, int] = {"gone": 404, "left": 403, "choose": 400, "expired": 410}


class Answer(NamedTuple):
    """A page and its status."""

    status: int
    html: str


class _Visit(Struct, frozen=True):
    """A link that may be used: what it says, who holds it, what it is about, in which language."""

    ticket: Ticket
    team: Team
    person: Person | None
    about: About
    language: str
    now: Instant


class Acting:
    """The pages of one project. It may change its rules while they are shown."""

    def __init__(self, project: Project) -> None:
        """Raises BadSettings for a secret that is too short."""
        self._project = project
        self._signer: Signer | None = signer_of(project.settings)

    def ask(self, token: str, purposes: tuple[Purpose, ...], language: str) -> Answer:
        """The page that a link opens; it only looks. `language`: for whoever is not known by the link."""
        with self._project.database.read() as conn:
            visit = self._visit(conn, token, purposes, language)
            return visit if isinstance(visit, Answer) else self._confirm(conn, visit)

    def act(self, token: str, purposes: tuple[Purpose, ...], form: Mapping[str, str], language: str) -> Answer:
        """Does what the link is for, once, in one transaction; `form` is what was chosen on the page."""
        with self._project.database.begin() as conn:
            visit = self._visit(conn, token, purposes, language)
            if isinstance(visit, Answer):
                return visit
            choice = self._choice(visit, form)
            if choice is None:
                return self._confirm(conn, visit, "choose")
            ticket = visit.ticket
            result = by_hand.once(
                conn,
                ticket.key,
                ticket.purpose,
                ticket.subject,
                ticket.holder,
                visit.now,
                lambda number: self._do(conn, visit, choice, number),
            )
            if result.what == "nobody":
                return self._confirm(conn, visit, "nobody", self._name(visit.team, result.who))
        return self._said(visit, result)

    def sorry(self, word: str, status: int, language: str) -> Answer:
        """A page that says why nothing was done."""
        return self._page(status, language, "heading_not", said(language, word))

    def _visit(self, conn: Connection, token: str, purposes: tuple[Purpose, ...], language: str) -> _Visit | Answer:
        """Who comes with this link and for what; or the page that says why it cannot be used."""
        now, company = self._project.clock(), self._project.settings.company.language
        opened = self._signer.open(token, now, *purposes) if self._signer else Opened(None, Fault.NOT_OURS)
        ticket = opened.ticket
        if ticket is None:
            return self.sorry(Fault.NOT_OURS, 403, language)
        team = whole_team(conn, self._project.ruleset.team)
        person = team.people.get(ticket.holder)
        found = about(conn, team, ticket.subject, now)
        own = found.language if found and ticket.holder.startswith(CONTACT) else person and person.language
        language = own or company
        if opened.fault:
            return self.sorry(opened.fault, _STATUS.get(opened.fault, 403), language)
        if ticket.purpose is not Purpose.UNSUBSCRIBE and (person is None or not person.active):
            return self.sorry("left", 403, language)
        if found is None:
            return self.sorry("gone", 404, language)
        return _Visit(ticket, team, person, found, language, now)

    def _choice(self, visit: _Visit, form: Mapping[str, str]) -> str | None:
        """What was chosen, as far as there is a choice; None when it has still to be made."""
        match visit.ticket.purpose:
            case Purpose.REASSIGN:
                person = visit.team.people.get(form.get("to", ""))
                return person.id if person and person.active else None
            case Purpose.SNOOZE:
                return form["for"] if form.get("for") in SNOOZES else None
            case Purpose.NOT_INTERESTING:
                return clean(form.get("why", ""), LONGEST_REASON).strip()
            case _:
                return ""

    def _do(self, conn: Connection, visit: _Visit, choice: str, number: int) -> Result:
        ticket = visit.ticket
        if visit.person is None or ticket.purpose is Purpose.UNSUBSCRIBE:
            return by_hand.unsubscribe(conn, ticket.subject, visit.now)
        templates = template_names(self._project.files)
        company = self._project.settings.company.language
        hand = Hand(visit.person, visit.now, visit.team, company, templates)
        match ticket.purpose:
            case Purpose.TAKE:
                return by_hand.take(conn, ticket.subject, hand, number)
            case Purpose.REASSIGN:
                return by_hand.reassign(conn, ticket.subject, choice, hand, number)
            case Purpose.SNOOZE:
                until = parse_duration(choice).after(visit.now, self._calendar(visit.person))
                return by_hand.snooze(conn, ticket.subject, until, hand)
            case Purpose.NOT_INTERESTING:
                return by_hand.not_interesting(conn, ticket.subject, choice, hand)
            case _:
                return by_hand.acknowledge(conn, ticket.subject, hand)

    def _calendar(self, person: Person) -> WorkCalendar:
        calendars = self._project.ruleset.calendars
        return calendars.get(person.calendar) or calendars.get("default") or default_calendar()

    def _confirm(self, conn: Connection, visit: _Visit, problem: str = "", who: str = "") -> Answer:
        purpose, language = visit.ticket.purpose, visit.language
        reassigns = purpose is Purpose.REASSIGN
        html = page(
            "confirm.html",
            language,
            heading=asking(language, purpose).heading,
            asking=asking(language, purpose),
            about=visit.about,
            with_owner=purpose in (Purpose.TAKE, Purpose.REASSIGN),
            colleagues=colleagues(conn, visit.team, visit.now, visit.about.owner_id) if reassigns else (),
            snoozes=[(one, said(language, one)) for one in SNOOZES] if purpose is Purpose.SNOOZE else (),
            with_reason=purpose is Purpose.NOT_INTERESTING,
            holder=clean(visit.person.name, 80) if visit.person else "",
            problem=said(language, problem).format(who=who) if problem else "",
            company=clean(self._project.settings.company.name, 80),
        )
        return Answer(200 if not problem else _STATUS.get(problem, 409), html)

    def _said(self, visit: _Visit, result: Result) -> Answer:
        refused = result.state is State.REFUSED
        word = "already" if result.state is State.ALREADY else result.what
        voice = Voice(visit.language, str(self._project.zone))
        at = say(result.at, Type.TIME, voice) if result.at else ""
        sentence = said(visit.language, word).format(who=self._name(visit.team, result.who), at=at)
        heading = "heading_not" if refused else "heading_done"
        status = _STATUS.get(result.what, 409) if refused else 200
        return self._page(status, visit.language, heading, sentence, visit.about)

    def _page(self, status: int, language: str, heading: str, sentence: str, what: About | None = None) -> Answer:
        company = clean(self._project.settings.company.name, 80)
        shown = page(
            "said.html", language, heading=said(language, heading), sentence=sentence, about=what, company=company
        )
        return Answer(status, shown)

    @staticmethod
    def _name(team: Team, name: str) -> str:
        person = team.people.get(name)
        return clean(person.name if person else name, 80)
