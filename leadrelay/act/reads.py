"""Which fields must stand in a subject's row so that the actions of its rules can be carried out."""

from collections.abc import Iterable, Iterator

from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import REACHABLE, Fields
from leadrelay.leads.team import Team
from leadrelay.rulebook.condition import Condition
from leadrelay.rulebook.evaluate import paths
from leadrelay.rulebook.model import (
    Action,
    Assign,
    Close,
    Leave,
    Notify,
    Nurture,
    Pick,
    Qualify,
    ReturnToSales,
    Route,
    Rule,
    Rulebook,
    Set,
    Task,
    Who,
)
from leadrelay.rulebook.paths import read_paths
from leadrelay.rulebook.stages import Stages
from leadrelay.rulebook.whos import CONTACT

NO_STAGES = Stages()
ALWAYS: dict[str, tuple[str, ...]] = {
    "request": ("id", "status", "owner", "contact", "account"),
    "opportunity": ("id", "closed_at", "owner", "contact", "account"),
    "contact": ("id", "account"),
    "account": ("id", "owner"),
}
"""What every subject's row has."""
_CLOSING = {"request": ("outcome", "reason", "closed_at"), "opportunity": ("outcome", "reason", "closed_at", "stage")}
_QUALIFYING = (
    "request.summary",
    "request.product",
    "request.expected_value",
    "request.desk",
    "account.owner",
    "account.running_opportunity",
    "account.running_owner",
    "account.running_stage",
)


_SPOKEN = "contact.language"
_RETURNING = ("contact.account", "contact.language", "contact.running_request", "account.owner")


def slots_of(books: Iterable[Rulebook], kind: str, team: Team, fields: Fields, stages: Stages = NO_STAGES) -> Slots:
    """The slots that the matchers and the actions of these rulebooks about one kind of subject need."""
    found: list[str] = [f"{kind}.{name}" for name in ALWAYS[kind]]
    for book in books:
        found += paths(book)
        for rule in book.every_rule():
            for action in _actions(rule):
                found += _of_action(action, kind, team)
                if _moves(action):
                    found += stages.paths
    reachable = REACHABLE[kind]
    return Slots.of((path for path in found if path.partition(".")[0] in reachable), fields)


def _actions(rule: Rule) -> Iterator[Action]:
    yield from rule.then
    for step in rule.later:
        yield from step.then


def _moves(action: Action) -> bool:
    """Whether an action may bring an opportunity into a stage or end it, so that demands and gates are looked at."""
    return isinstance(action, Qualify | Close) or (
        isinstance(action, Set) and any(path == "opportunity.stage" for path, _ in action.values)
    )


def _of_action(action: Action, kind: str, team: Team) -> Iterator[str]:
    own: tuple[str, ...] = ()
    match action:
        case Route():
            own = ("desk", "routed_at", *_CLOSING["request"])
        case Assign(who=who):
            yield from _of_who(who, kind, team)
        case Task(who=word):
            yield from _of_who(word, kind, team)
        case Notify(to=words):
            yield from (_SPOKEN if word == CONTACT else word for word in words if "." in word or word == CONTACT)
        case Qualify():
            yield from _QUALIFYING
            yield from _of_who("account.owner", kind, team)
            own = _CLOSING["request"]
        case Nurture() | Leave():
            yield "contact.lists"
            own = _CLOSING["request"] if kind == "request" else ()
        case ReturnToSales(to=who):
            yield from _RETURNING
            yield from _of_who(who or "account.owner", kind, team)
        case Close():
            own = _CLOSING.get(kind, ())
        case Set(values=values):
            yield from (path for path, _ in values)
            own = ("stage_since",) if kind == "opportunity" else ()
    yield from (f"{kind}.{name}" for name in own)


def _of_who(who: Who, kind: str, team: Team) -> Iterator[str]:
    """Fields that choosing a person may look at: those named, the desk for the last resort, and territories."""
    words = (who.keep, who.fallback, who.without) if isinstance(who, Pick) else (who,)
    yield from (word for word in words if word and "." in word)
    yield from (pool.fallback for pool in team.pools.values() if pool.fallback and "." in pool.fallback)
    if kind == "request":
        yield "request.desk"
    if (isinstance(who, Pick) and who.by == "territory") or any(one.by == "territory" for one in team.pools.values()):
        for person in team.people.values():
            if person.territory is not None:
                territory: Condition = person.territory  # type: ignore[assignment]  # opaque to the floor of leads
                yield from read_paths(territory)
