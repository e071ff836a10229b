"""What a page says of a subject, and of the people who could take it; every text made inert."""

from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import REACHABLE, SUBJECTS, Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean, cut
from leadrelay.store.facts import Reader
from leadrelay.store.owners import open_counts

_WHO = ("account.name", "contact.name", "contact.email")
_WHAT = ("opportunity.name", "opportunity.product", "request.summary", "request.product")
_OTHERS = ("owner.id", "owner.name", "contact.language")
LONGEST = 120


class About(NamedTuple):
    """A subject in a few words: whose it is, what it is, and who has it."""

    who: str
    what: str
    owner: str
    owner_id: str
    language: str | None


class Colleague(NamedTuple):
    """Somebody to choose: how much they have open, and whether they are away."""

    id: str
    name: str
    open: int
    away: bool


def about(conn: Connection, team: Team, subject: str, now: Instant) -> About | None:
    """What is known of a subject (request/42); None when there is none."""
    kind, _, name = subject.partition("/")
    if kind not in SUBJECTS or not name:
        return None
    slots = Slots.of(
        path for path in (f"{kind}.id", *_WHO, *_WHAT, *_OTHERS) if path.partition(".")[0] in REACHABLE[kind]
    )
    rows = Reader(kind, slots, team).of(conn, [name], now)
    if not rows:
        return None
    facts = slots.facts(rows[0])

    def first(paths: tuple[str, ...]) -> str:
        return next((text for path in paths if (text := _shown(facts.get(path)))), "")

    language = facts.get("contact.language")
    return About(
        first(_WHO) or _shown(subject),
        first(_WHAT),
        first(("owner.name", "owner.id")),
        str(facts.get("owner.id") or ""),
        language if isinstance(language, str) else None,
    )


def _shown(value: Value) -> str:
    return cut(clean(str(value or "")).strip(), LONGEST)


def colleagues(conn: Connection, team: Team, now: Instant, but: str) -> list[Colleague]:
    """Every active person by name, `but` not whoever has the subject now."""
    active = [one for one in team.active() if one.id != but]
    counts = open_counts(conn, [one.id for one in active])
    found = [
        Colleague(one.id, clean(one.name, 80), counts[one.id], team.absence(one, now)[0] is not None) for one in active
    ]
    return sorted(found, key=lambda one: one.name.casefold())
