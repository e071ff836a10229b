"""Rulebooks, rules and actions as frozen values: what the loader makes and everything after it reads."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AnySet
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from leadrelay.calendar import WorkCalendar
from leadrelay.duration import Duration
from leadrelay.leads.fields import Fields, Value
from leadrelay.leads.team import Team
from leadrelay.matching.policy import MatchPolicy
from leadrelay.messages.policy import Policy
from leadrelay.rulebook.condition import ALWAYS, Condition
from leadrelay.rulebook.packs import Pack
from leadrelay.rulebook.place import NOWHERE, Place
from leadrelay.rulebook.reports import Report
from leadrelay.rulebook.stages import Stages
from leadrelay.rulebook.way import marks_of

Subject = Literal["request", "opportunity", "contact", "account"]
Flow = Literal["route", "escalate", "nudge", "nurture"]
Mode = Literal["live", "shadow", "off"]
FLOWS: tuple[Flow, ...] = ("route", "escalate", "nudge", "nurture")
OTHERWISE = "otherwise"


By = Literal["least_loaded", "round_robin", "weighted", "territory"]
Then = Literal["least_loaded", "round_robin", "weighted"]


class Pick(Struct, frozen=True):
    """WHO as `{pool: NAME, by: …, then: …, keep: FIELD, fallback: WHO, not: WHO, present: …}`.

    `then` chooses among those whose territory holds. `without` is left out as long as another one can; with `present`
    those go first whose own calendar is open. What is None, the pool says."""

    pool: str
    by: By | None = None
    keep: str | None = None
    fallback: str | None = None
    then: Then | None = None
    without: str | None = None
    present: bool | None = None


Who = str | Pick
"""A person's id, a role, a pool, or a field path (it has a dot) that holds a person's id; or a Pick."""


class Route(Struct, frozen=True):
    """`route: DESK`."""

    desk: str
    place: Place = NOWHERE
    name = "route"


class Assign(Struct, frozen=True):
    """`assign: WHO`. With `tell` the new and the former owner are told, if there is another one."""

    who: Who
    place: Place = NOWHERE
    tell: bool = False
    name = "assign"


class Notify(Struct, frozen=True):
    """`notify: {to, template, urgency}`."""

    to: tuple[str, ...]
    template: str
    urgency: Literal["now", "digest"] = "now"
    place: Place = NOWHERE
    name = "notify"


class Qualify(Struct, frozen=True):
    """`qualify: {stage}`."""

    stage: str
    place: Place = NOWHERE
    name = "qualify"


class Nurture(Struct, frozen=True):
    """`nurture: {list}`."""

    list: str
    place: Place = NOWHERE
    name = "nurture"


class Leave(Struct, frozen=True):
    """`leave: {list, reason}`."""

    list: str
    reason: str = ""
    place: Place = NOWHERE
    name = "leave"


class ReturnToSales(Struct, frozen=True):
    """`return_to_sales: {summary, to}`; without `to` the rules of the route flow find its owner."""

    summary: str
    to: Who | None = None
    place: Place = NOWHERE
    name = "return_to_sales"


class Close(Struct, frozen=True):
    """`close: {outcome, reason}`."""

    outcome: str
    reason: str
    place: Place = NOWHERE
    name = "close"


class Set(Struct, frozen=True):
    """`set: {field: value}`; values in the field's own unit, paths in full (`request.triage`)."""

    values: tuple[tuple[str, Value], ...]
    place: Place = NOWHERE
    name = "set"


class Task(Struct, frozen=True):
    """`task: {for, what, due}`."""

    who: str
    what: str
    due: Duration
    place: Place = NOWHERE
    name = "task"


class Stop(Struct, frozen=True):
    """`stop: true`."""

    place: Place = NOWHERE
    name = "stop"


Action = Route | Assign | Notify | Qualify | Nurture | Leave | ReturnToSales | Close | Set | Task | Stop


class Step(Struct, frozen=True):
    """One rung of `later:`; counted from the moment the episode began. It is passed over if `when` does not hold when
    it is due. `id` is what it goes on being known by when what it does is changed."""

    after: Duration
    then: tuple[Action, ...]
    place: Place = NOWHERE
    when: Condition = ALWAYS
    id: str = ""


class Repeat(Struct, frozen=True):
    """`repeat: {every, at_most}` of `then`."""

    every: Duration
    at_most: int
    place: Place = NOWHERE


class Rule(Struct, frozen=True, dict=True):
    """A rule, a table row (`row` from 1), or a rulebook's `otherwise`. `key` is unique in the project:
    the id, and `<rulebook>/otherwise` for an otherwise. `digest` changes with the meaning of `when` or scope. `since`
    is a field with a moment: an episode that began before it is over, and another one begins. `limit`: so many steps
    within an hour, 0 for no limit; None: what rule_hour_limit says.
    `was`: keys that it had before."""

    id: str
    key: str
    when: Condition = ALWAYS
    then: tuple[Action, ...] = ()
    later: tuple[Step, ...] = ()
    repeat: Repeat | None = None
    about: str = ""
    mode: Mode = "live"
    backfill: bool = False
    row: int | None = None
    digest: str = ""
    place: Place = NOWHERE
    since: str = ""
    limit: int | None = None
    was: tuple[str, ...] = ()

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """What its later steps are known by, in their order."""
        return marks_of((step.id, step.then) for step in self.later)


class Rulebook(Struct, frozen=True):
    """A rulebook; `was`: names that it had before. `otherwise` (hit: first) decides when the scope holds and
    no rule does."""

    name: str
    subject: Subject
    flow: Flow
    order: int = 0
    hit: Literal["first", "all"] = "first"
    scope: Condition = ALWAYS
    rules: tuple[Rule, ...] = ()
    otherwise: Rule | None = None
    about: str = ""
    calendar: str = "default"
    ordered: bool = True
    place: Place = NOWHERE
    was: tuple[str, ...] = ()

    def every_rule(self) -> tuple[Rule, ...]:
        """The rules in order, `otherwise` last: the indexes that matchers and decisions speak in."""
        return self.rules if self.otherwise is None else (*self.rules, self.otherwise)


class Ruleset(Struct, frozen=True):
    """Everything in a rules folder that decides, checked and linked: what one version is."""

    rulebooks: tuple[Rulebook, ...] = ()
    team: Team = field(default_factory=Team)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    fields: Fields = field(default_factory=Fields)
    lists: Mapping[str, AnySet[Value]] = field(default_factory=dict)
    digest: str = ""
    version: int = 0
    messages: Policy = field(default_factory=Policy)
    stages: Stages = field(default_factory=Stages)
    packs: tuple[Pack, ...] = ()
    reports: tuple[Report, ...] = ()
    matching: MatchPolicy = field(default_factory=MatchPolicy)

    def of(self, flow: str, subject: str | None = None) -> tuple[Rulebook, ...]:
        """The rulebooks of a flow (for one kind of subject), in the order they run."""
        found = [book for book in self.rulebooks if book.flow == flow and subject in (None, book.subject)]
        return tuple(sorted(found, key=lambda book: (book.order, book.name)))

    def rules(self) -> Iterator[tuple[Rulebook, Rule]]:
        """Every rule with its rulebook."""
        for book in self.rulebooks:
            for rule in book.every_rule():
                yield book, rule
