"""Who gets a subject: never nobody, and nobody who is inactive, away or full while somebody else can.

In this order, each only if the former has nobody who can:

1. `keep`: whoever the field names; the deputy of who is away (and the deputy's deputy).
2. The person, the people with the role, or the members of the pool by its strategy (strategies.py). By territory:
   members whose own territory holds, then those without one (their territory is everywhere); among them the least
   loaded, or who `then` says. With `present`, those whose own calendar is open now go before the others.
3. Deputies of those of them who are away.
4. The fallback that the rule names, then the pool's fallback, then the pool's lead. For a single person: the pools
   that the person is in, then the person's manager.
5. The last resort: the pool that has the name of the request's desk, then the leads of all pools in the order of the
   team file, then the least loaded of everybody; then the same without looking at capacity, then without looking at
   absence. Only a team without a single active person leaves a subject to nobody.

From 4 on the one who gets it is told so, with the template `assignment_fallback`. Whom `not` names is passed over in
1 to 4 and gets it after that: when nobody else whom the rule meant can.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from leadrelay.act import strategies
from leadrelay.act import who as whom
from leadrelay.act.case import Case, Facts, World
from leadrelay.act.who import Means
from leadrelay.leads.team import Person
from leadrelay.rulebook.condition import Condition
from leadrelay.rulebook.model import Pick, Who

FALLBACK_TEMPLATE = "assignment_fallback"
Take = Callable[[Sequence[Person]], Person]


class Choice(NamedTuple):
    """Who got it, how that came, and whether it was for want of anybody whom the rule meant."""

    person: Person
    how: str
    fallback: bool = False


def choose(who: Who, case: Case, world: World) -> Choice | None:
    """The person that `who` comes to for this subject; None only if nobody in the team is active."""
    out = _left_out(who, case)
    found = _Choosing(case, world, out).by(who) if out else None
    if found is not None:
        return found
    choosing = _Choosing(case, world)
    return choosing.by(who) or choosing.last_resort()


def _left_out(who: Who, case: Case) -> str | None:
    """The id of whom the rule passes over, if it does."""
    if not isinstance(who, Pick) or who.without is None:
        return None
    return case.text(who.without) if "." in who.without else who.without


class _Choosing:
    """One choice: the pools that were asked already are not asked again."""

    __slots__ = ("asked", "case", "out", "own", "people", "world")

    def __init__(self, case: Case, world: World, out: str | None = None) -> None:
        self.case = case
        self.out = out  # who does not get it
        self.world = world
        self.people = world.team.people
        self.asked: set[str] = set()
        self.own = case.owner if case.open else None  # whose load has this subject in it already

    def by(self, who: Who) -> Choice | None:
        """By what the rule says."""
        if isinstance(who, Pick):
            return self._kept(who.keep) or self._of_pool(who)
        match whom.meaning(who, self.world.team):
            case Means.PERSON:
                return self._of_person(who)
            case Means.POOL:
                return self._of_pool(Pick(who))
            case Means.ROLE:
                return self._of_group(self.world.team.with_role(who), self._least_loaded, "least_loaded")
            case Means.FIELD:
                if isinstance(self.case.value(who), tuple):  # a team: whoever of it has least to do
                    return self._of_group(whom.people(who, self.case, self.world), self._least_loaded, "least_loaded")
                named = self.case.text(who)
                return self._of_person(named) if named is not None and named in self.people else None
            case Means.NOBODY:
                return None

    def last_resort(self) -> Choice | None:
        """Somebody, whatever it takes."""
        team = self.world.team
        desk = self.case.text("request.desk") if self.case.kind == "request" else None
        if desk is not None and (found := self._of_pool(Pick(desk))):
            return found._replace(fallback=True)
        for pool in team.pools.values():
            if lead := self._stand_in(pool.lead):
                return Choice(lead, "last_resort", fallback=True)
        everybody = list(team.active())
        present = [person for person in everybody if self.world.absence(person) is None]
        for group in ([person for person in present if self._has_room(person)], present, everybody):
            if group:
                return Choice(self._least_loaded(group), "last_resort", fallback=True)
        return None

    def _kept(self, path: str | None) -> Choice | None:
        person = self._stand_in(self.case.text(path)) if path else None
        return Choice(person, "kept") if person else None

    def _of_person(self, name: str) -> Choice | None:
        if found := self._stand_in(name):
            return Choice(found, "named" if found.id == name else "deputy")
        for pool in self.world.team.pools.values():
            if name in pool.members and (choice := self._of_pool(Pick(pool.name))):
                return choice._replace(fallback=True)
        person = self.people.get(name)
        manager = self._stand_in(person.manager) if person else None
        return Choice(manager, "manager", fallback=True) if manager else None

    def _of_pool(self, pick: Pick) -> Choice | None:
        if pick.pool in self.asked or pick.pool not in self.world.team.pools:
            return None
        self.asked.add(pick.pool)
        everyone = whom.members(pick.pool, self.world)
        pool = self.world.team.pools[pick.pool]
        by = pick.by or pool.by
        spread = strategies.spread(pick.pool, everyone, self.world)
        take = self._taker(spread, (pick.then or pool.then) if by == "territory" else by)
        if pool.present if pick.present is None else pick.present:
            take = partial(self._present_first, take)
        if spread.steady and by != "territory" and everyone and self.out is None:
            return Choice(take(everyone), by)
        for group in self._by_territory(everyone) if by == "territory" else (everyone,):
            if choice := self._of_group(group, take, by):
                return choice
        return self._beyond(pick)

    def _taker(self, spread: strategies.Spread, strategy: str) -> Take:
        """How one of the members who can is chosen."""
        if strategy == "least_loaded":
            return lambda able: spread.least_loaded(able, self.own)
        return lambda able: spread.in_turn(able, weighted=strategy == "weighted")

    def _present_first(self, take: Take, able: Sequence[Person]) -> Person:
        """One of those whose own working hours it is; of all when it is nobody's."""
        calendars, now = self.world.calendars, self.world.now
        return take([one for one in able if calendars[one.calendar].is_open(now)] or able)

    def _beyond(self, pick: Pick) -> Choice | None:
        pool = self.world.team.pools[pick.pool]
        for fallback in (pick.fallback, pool.fallback):
            if fallback and (choice := self.by(fallback)):
                return choice._replace(how="fallback", fallback=True)
        lead = self._stand_in(pool.lead)
        return Choice(lead, "lead", fallback=True) if lead else None

    def _of_group(self, group: Sequence[Person], take: Take, how: str) -> Choice | None:
        absence = self.world.absence
        able = [
            person
            for person in group
            if (person.capacity is None or self._has_room(person))
            and not (person.away and absence(person))
            and person.id != self.out
        ]
        if able:
            return Choice(take(able), how)
        deputies = [found for person in group if (found := self._stand_in(person.id))]
        return Choice(self._least_loaded(deputies), "deputy") if deputies else None

    def _by_territory(self, group: Iterable[Person]) -> tuple[list[Person], list[Person]]:
        facts = Facts(self.case.row, self.case.index)
        moment = self.world.moment
        here, everywhere = [], []
        for person in group:
            if person.territory is None:
                everywhere.append(person)
            else:
                territory: Condition = person.territory  # type: ignore[assignment]  # opaque to the floor of leads
                if territory.verdict(facts, moment).holds:
                    here.append(person)
        return here, everywhere

    def _least_loaded(self, group: Sequence[Person]) -> Person:
        return strategies.least_loaded(group, self.world, self.own)

    def _stand_in(self, name: str | None) -> Person | None:
        """The person if able; of who is away the deputy, or the deputy's deputy."""
        seen = set()
        while name is not None and name not in seen:
            seen.add(name)
            person = self.people.get(name)
            if person is None or not person.active:
                return None
            absence = self.world.absence(person)
            if absence is None:
                return person if self._has_room(person) and name != self.out else None
            name = absence.deputy
        return None

    def _load(self, person: Person) -> int:
        return self.world.loads.of(person.id) - (person.id == self.own)

    def _has_room(self, person: Person) -> bool:
        return person.capacity is None or self._load(person) < person.capacity
