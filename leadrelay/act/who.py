"""WHO in a rule: the people that a person's id, a pool, a role or a field stands for."""

from enum import StrEnum

from leadrelay.act.case import Case, World
from leadrelay.leads.team import Person, Team
from leadrelay.matching.deals import SEPARATOR


class Means(StrEnum):
    """What a word for people can mean, in the order in which it is looked up."""

    PERSON = "person"
    POOL = "pool"
    ROLE = "role"
    FIELD = "field"
    NOBODY = "nobody"


def meaning(who: str, team: Team) -> Means:
    """What `who` stands for: a person's id goes before a pool, a pool before a role, a role before a field path."""
    if who in team.people:
        return Means.PERSON
    if who in team.pools:
        return Means.POOL
    if team.with_role(who):
        return Means.ROLE
    return Means.FIELD if "." in who else Means.NOBODY


def members(pool: str, world: World) -> tuple[Person, ...]:
    """The active members of a pool, in its order."""
    found = world.members.get(pool)
    if found is None:
        people = world.team.people
        found = tuple(people[name] for name in world.team.pools[pool].members if name in people and people[name].active)
        world.members[pool] = found
    return found


def people(who: str, case: Case, world: World) -> tuple[Person, ...]:
    """Everybody whom `who` reaches: every member of a pool, everyone with a role; the inactive never."""
    if who not in world.reached:
        world.reached[who] = _always(who, world)
    found = world.reached[who]
    if found is None:
        value = case.value(who)
        names = value if isinstance(value, tuple) else (case.text(who) or "").split(SEPARATOR)
        known = (world.team.people.get(name) for name in names)
        return tuple(person for person in known if person is not None and person.active)
    return found


def _always(who: str, world: World) -> tuple[Person, ...] | None:
    """Whom `who` reaches whatever the subject; None if that depends on a field."""
    team = world.team
    match meaning(who, team):
        case Means.PERSON:
            return (team.people[who],) if team.people[who].active else ()
        case Means.POOL:
            return members(who, world)
        case Means.ROLE:
            return team.with_role(who)
        case Means.FIELD:
            return None
        case Means.NOBODY:
            return ()


def audience(whos: tuple[str, ...], case: Case, world: World) -> tuple[Person, ...]:
    """Everybody whom a list of WHO reaches, each once, in order of first mention."""
    if len(whos) == 1:
        return people(whos[0], case, world)
    return tuple({person.id: person for who in whos for person in people(who, case, world)}.values())
