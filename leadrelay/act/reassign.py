"""Somebody has a subject assigned again: to a colleague, or to whoever a pool's strategy comes to."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act import by_hand
from leadrelay.act.assign import choose
from leadrelay.act.by_hand import Hand, Result, State
from leadrelay.act.case import Case, World
from leadrelay.act.reads import slots_of
from leadrelay.act.sweep import Sweeper
from leadrelay.clock import Instant
from leadrelay.errors import CannotAssign, UnknownPerson, UnknownPool, UnknownSubject
from leadrelay.leads.owner import pools_of
from leadrelay.leads.team import Team
from leadrelay.rulebook.model import Assign, Pick, Rule, Rulebook, Ruleset, Subject
from leadrelay.store import turns
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader

_REFUSED = {
    "gone": "it does not exist, or is none that has an owner",
    "closed": "it is closed",
    "nobody": "whoever it is for is inactive, or away without a deputy who is there",
}


class Again(Struct, frozen=True):
    """What it takes: the rules and the database, who asks for it and when, and the names of the templates."""

    database: Database
    ruleset: Ruleset
    by: str
    now: Instant
    language: str = "en"
    templates: Collection[str] = ()

    def assign(self, kind: Subject, name: str, to: str | None = None, pool: str | None = None) -> str:
        """Gives the subject to a person, or by a pool's strategy to somebody else than its owner; returns whose it is.

        Without a pool: the one that is called as the request's desk, or else the first that its owner is in. The cause
        in history is `person ID`; both owners are told. Raises UnknownSubject, UnknownPerson, UnknownPool,
        CannotAssign."""
        subject = f"{kind}/{name}"
        with self.database.begin() as conn:
            world = Sweeper(self.database, self.ruleset, self.language).world(conn, self.now)
            for person in filter(None, (self.by, to)):
                if person not in world.team.people:
                    raise UnknownPerson(person=person)
            hand = Hand(world.team.people[self.by], self.now, world.team, self.language, self.templates)

            def do(number: int) -> Result:
                if to is not None:
                    return by_hand.reassign(conn, subject, to, hand, number)
                return self._by_strategy(conn, kind, name, pool, hand, number, world)

            key = f"assign|{subject}|{self.by}|{self.now}|{to or pool or ''}"
            result = by_hand.once(conn, key, "assign", subject, self.by, self.now, do)
            if result.state is State.REFUSED:
                raise CannotAssign(subject=subject, why=_REFUSED[result.what])
        return result.who

    def _by_strategy(
        self, conn: Connection, kind: Subject, name: str, pool: str | None, hand: Hand, number: int, world: World
    ) -> Result:
        team = world.team
        reads = [Assign(Pick(one, without=f"{kind}.owner")) for one in team.pools]
        book = Rulebook("assign", kind, "route", rules=(Rule("assign", "assign", then=tuple(reads)),))
        slots = slots_of([book], kind, team, self.ruleset.fields)
        rows = Reader(kind, slots, team).of(conn, [name], self.now)
        if not rows:
            raise UnknownSubject(subject=f"{kind}/{name}")
        case = Case(kind, name, rows[0], slots)
        choice = choose(Pick(pool or _pool_of(case, team), without=f"{kind}.owner"), case, world)
        if choice is None:
            return Result(State.REFUSED, "nobody")
        result = by_hand.give(conn, case.subject, choice.person, hand, number)
        if result.state is State.DONE:
            turns.save(conn, world.effects.turns)
        return result


def _pool_of(case: Case, team: Team) -> str:
    """The pool that a subject is spread over, as far as that can be seen from it."""
    desk = case.text("request.desk") if case.kind == "request" else None
    owner = team.people.get(case.owner or "")
    found = [desk] if desk in team.pools else sorted(pools_of(owner, team)) if owner else []
    if found and found[0] is not None:
        return found[0]
    raise UnknownPool(pool=desk or "", hint=" Name one with --pool.")
