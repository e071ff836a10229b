"""Who has to approve a quote, until when, and asking them: a task with a deadline and a message."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy import Connection

from leadrelay.act.by_hand import stand_in
from leadrelay.act.case import Case, World
from leadrelay.act.who import people
from leadrelay.clock import Instant
from leadrelay.errors import NotSo
from leadrelay.leads.effects import NewMessage, NewTask
from leadrelay.leads.facts import Slots
from leadrelay.leads.team import Person, Team
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import Authorisation
from leadrelay.store import acts, tasks
from leadrelay.store.facts import Reader
from leadrelay.store.owners import whole_team
from leadrelay.store.write import add_messages

TEMPLATE = "approval"
_WORDS: Mapping[str, tuple[str, str]] = {
    "en": (
        "Approve or refuse quote {number}",
        "{name} asks you to approve quote {number}: leadrelay quote approve {number} --by {you},"
        ' or refuse {number} --reason "…" --by {you}',
    ),
    "nl": (
        "Keur offerte {number} goed of af",
        "{name} vraagt je akkoord op offerte {number}: leadrelay quote approve {number} --by {you},"
        ' of refuse {number} --reason "…" --by {you}',
    ),
}


def is_needed(limit: Authorisation | None, total: int, discount: Decimal) -> bool:
    """Whether somebody has to approve a quote of this total (cents), with this much discount (percent) on a line."""
    if limit is None:
        return False
    over = limit.discount_over is not None and discount > Decimal(str(limit.discount_over))
    return over or (limit.amount_over is not None and total > limit.amount_over)


def approver(
    conn: Connection, ruleset: Ruleset, opportunity: str, maker: Person, now: Instant
) -> tuple[Person, Instant]:
    """Who approves, and until when: whom rules/stages.yaml names, their deputy when they are away, their managers when
    it would be whoever made the quote or owns the deal: nobody approves their own. Raises NotSo if there is nobody."""
    limit = ruleset.stages.authorisation
    assert limit is not None
    team = whole_team(conn, ruleset.team)
    names = [word for word in (limit.by, limit.deputy) if word and "." in word]
    slots = Slots.of(["opportunity.id", "opportunity.owner", *names])
    row = Reader("opportunity", slots, team).of(conn, [opportunity], now)[0]
    case, world = Case("opportunity", opportunity, row, slots), World(now, team, ruleset.calendars)
    partial = {maker.id, case.owner}
    for person in _candidates(limit, case, world):
        if person.id not in partial:
            calendar = ruleset.calendars.get(person.calendar) or ruleset.calendars["default"]
            return person, limit.due.after(now, calendar)
    remedy = "Name somebody else under authorisation: in rules/stages.yaml."
    raise NotSo(subject=f"opportunity/{opportunity}", what="has nobody who may approve its quote", remedy=remedy)


def _candidates(limit: Authorisation, case: Case, world: World) -> Iterator[Person]:
    """Whoever may be asked, in the order in which they are."""
    team, now = world.team, world.now
    meant = people(limit.by, case, world)
    deputies = people(limit.deputy, case, world) if limit.deputy else ()
    for one in meant:
        if (present := stand_in(team, one.id, now)) is not None:
            yield present
    yield from (found for one in deputies if (found := stand_in(team, one.id, now)))
    for one in (*meant, *deputies):
        yield from _above(one, team, now)


def _above(person: Person, team: Team, now: Instant) -> Iterator[Person]:
    """The managers above somebody, the nearest first, each or whoever stands in for them."""
    seen = {person.id}
    while person.manager is not None and person.manager not in seen and person.manager in team.people:
        person = team.people[person.manager]
        seen.add(person.id)
        if (present := stand_in(team, person.id, now)) is not None:
            yield present


def task_key(number: int) -> str:
    """The key of the task to approve a quote."""
    return f"quote {number}|approve"


def ask(
    conn: Connection,
    opportunity: str,
    number: int,
    asked: tuple[Person, Instant],
    maker: Person,
    language: str,
    now: Instant,
) -> None:
    """Asks for approval: the task and the message, in the approver's language or the company's."""
    person, due = asked
    subject, cause = f"opportunity/{opportunity}", f"person {maker.id}"
    task, reason = _WORDS.get(person.language or language, _WORDS["en"])
    what = task.format(number=number)
    tasks.ask(conn, NewTask(subject, person.id, what, due, task_key(number), cause), now)
    act = acts.claim(conn, task_key(number), now, maker.id, TEMPLATE, subject)
    decision = f"{cause}|{subject}|{act}|0"
    why = reason.format(name=maker.name, number=number, you=person.id)
    key = f"{decision}|{TEMPLATE}|{person.id}"
    spoken = person.language or language
    add_messages(conn, [NewMessage(person.id, TEMPLATE, spoken, subject, "now", why, key, decision)], now)
