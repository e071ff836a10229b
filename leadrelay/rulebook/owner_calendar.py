"""`calendar: owner` of a rulebook: working time counted in the calendar of whoever owns the subject.

In conditions it is a calendar like others, by the name OWNER; which one that is depends on the subject, so everything
is asked at a moment whose calendars have it under that name. Without an owner it is the default calendar."""

from collections.abc import Mapping

from msgspec.structs import replace

from leadrelay.calendar import WorkCalendar
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.model import Rulebook

OWNER = "owner"
OWNED = ("request", "opportunity", "account")
"""The kinds of subjects that have an owner."""


def owner_path(book: Rulebook) -> str:
    """The field that names the owner of the rulebook's subjects."""
    return f"{book.subject}.owner"


def name_for(owner: Value, team: Team) -> str:
    """The name of the calendar of a person by id; the default one for nobody and for strangers."""
    person = team.people.get(owner) if isinstance(owner, str) else None
    return person.calendar if person else "default"


def with_owners(calendars: Mapping[str, WorkCalendar], name: str = "default") -> dict[str, WorkCalendar]:
    """The calendars with the one of that name as the owner's."""
    return {**calendars, OWNER: calendars[name]}


def moment_for(book: Rulebook, facts: Facts, moment: Moment, team: Team) -> Moment:
    """The moment as a rulebook sees it that is about to decide about the subject of these facts."""
    if book.calendar != OWNER:
        return moment
    name = name_for(facts.get(owner_path(book)), team)
    return replace(moment, calendars=with_owners(moment.calendars, name))
