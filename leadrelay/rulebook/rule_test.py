"""A rule test as frozen values: what is given, and what must have come of it once the rules have run."""

from collections.abc import Mapping

from msgspec import Struct, field

from leadrelay.clock import Instant
from leadrelay.duration import Duration
from leadrelay.leads.fields import Value
from leadrelay.rulebook.model import OTHERWISE
from leadrelay.rulebook.place import NOWHERE, Place

NOTHING = "nothing"
"""What `expect` says of a rulebook in which no rule and no otherwise decides."""


class ExpectedRules(Struct, frozen=True):
    """`rulebook: rule id, [ids], otherwise or nothing`. No ids is nothing; `otherwise` stands as that word."""

    rulebook: str
    rules: tuple[str, ...]
    place: Place = NOWHERE

    def written(self) -> str:
        """The ids as the test has them."""
        return ", ".join(self.rules) or NOTHING


class ExpectedField(Struct, frozen=True):
    """`request.desk: sales`: a field after the rules have run, in its own unit; None is no value."""

    path: str
    value: Value
    place: Place = NOWHERE


class ExpectedMessage(Struct, frozen=True):
    """One message, to a person's id; None is not checked. `subject` is a kind (request) or request/42."""

    to: str
    template: str | None = None
    urgency: str | None = None
    subject: str | None = None
    place: Place = NOWHERE


class ExpectedMail(Struct, frozen=True):
    """One mail, to a person's id, as rules/messages.yaml has it; None is not checked. `at` is the minute in which it
    goes, `messages` how many are in it."""

    to: str
    at: Instant | None = None
    template: str | None = None
    messages: int | None = None
    place: Place = NOWHERE


class ExpectedTask(Struct, frozen=True):
    """One task for a person's id; None is not checked. `due_at` is the instant of its deadline."""

    who: str
    what: str | None = None
    due_at: Instant | None = None
    place: Place = NOWHERE


class RuleTest(Struct, frozen=True):
    """One test of rules/tests/*.yaml. `given` has the values per entity by field name (`extra.fleet_size`); `deals` are
    opportunities besides, each with its id; `load` says how many open requests and opportunities people have already.
    Without `notify`, `tasks` or `mails` (None) those are not checked; an empty tuple means that there must be none."""

    name: str
    now: Instant
    given: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    load: Mapping[str, int] = field(default_factory=dict)
    deals: tuple[Mapping[str, Value], ...] = ()
    after: Duration | None = None
    rules: tuple[ExpectedRules, ...] = ()
    fields: tuple[ExpectedField, ...] = ()
    notify: tuple[ExpectedMessage, ...] | None = None
    tasks: tuple[ExpectedTask, ...] | None = None
    mails: tuple[ExpectedMail, ...] | None = None
    place: Place = NOWHERE

    @property
    def subject(self) -> str:
        """The kind of subject that the test is about: the first of these that is given."""
        kinds = ("request", "opportunity", "contact", "account")
        return next((kind for kind in kinds if kind in self.given), "request")


__all__ = [
    "NOTHING",
    "OTHERWISE",
    "ExpectedField",
    "ExpectedMail",
    "ExpectedMessage",
    "ExpectedRules",
    "ExpectedTask",
    "RuleTest",
]
