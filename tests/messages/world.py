"""What the tests of planning share: a small team, messages, and policies by their parts."""

from leadrelay.calendar import default_calendar
from leadrelay.clock import Instant, parse_time
from leadrelay.leads.team import Person, Pool, Team
from leadrelay.messages.policy import Policy
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Signal

CALENDAR = default_calendar()
TEAM = Team(
    {
        person.id: person
        for person in (
            Person("an", "An", roles=("account_manager",), pools=("sales",)),
            Person("bram", "Bram", pools=("sales",)),
            Person("dirk", "Dirk", roles=("director",)),
            Person("eva", "Eva", roles=("director",), active=False),
        )
    },
    {"sales": Pool("sales", ("an", "bram"))},
)


def at(text: str) -> Instant:
    """A time on Friday 20 November 2026, or a day and a time."""
    return parse_time(text if "-" in text else f"2026-11-20 {text}", CALENDAR.zone)


def names(*words: str) -> frozenset[str]:
    return frozenset(words)


def readers(**parts: object) -> Readers:
    """The readers of the team with a policy of these parts."""
    return Readers(Policy(**parts), TEAM, {"default": CALENDAR})  # type: ignore[arg-type]


def signal(number: int, when: str = "10:00", to: str = "an", template: str = "new_request", **more: object) -> Signal:
    """A message about request/NUMBER of account/NUMBER."""
    values = {"urgency": "now", "rule": "a-rule", "rulebook": "telling", "account": str(number), **more}
    return Signal(f"key-{number}-{template}-{to}", at(when), to, template, f"request/{number}", **values)  # type: ignore[arg-type]
