"""Facts about a subject's owner, from the team and the count of what the owner has open."""

from leadrelay.clock import Instant
from leadrelay.leads.fields import UNTIL, Value
from leadrelay.leads.team import Person, Team


def owner_facts(owner: str | None, team: Team, now: Instant, open_count: int | None) -> dict[str, Value]:
    """Every `owner.*` fact (and when its absence changes) of a subject whose owner is this one; unknown without one."""
    if owner is None:
        return {}
    facts: dict[str, Value] = {"owner.id": owner, "owner.open_count": open_count}
    person = team.people.get(owner)
    if person is None:
        return facts
    away, until = team.absence(person, now)
    absence: dict[str, Value] = {
        "owner.away": away is not None,
        "owner.away_days": away.last - away.first + 1 if away else None,
        "owner.deputy": away.deputy if away else None,
    }
    return facts | {
        "owner.name": person.name,
        "owner.roles": person.roles,
        "owner.pools": tuple(sorted(pools_of(person, team))),
        "owner.manager": person.manager,
        "owner.active": person.active,
        "owner.capacity": person.capacity,
        **absence,
        **{path + UNTIL: until for path in absence},
    }


def pools_of(person: Person, team: Team) -> set[str]:
    """The pools a person is in: by their own word or by the pool's."""
    return {*person.pools, *(pool.name for pool in team.pools.values() if person.id in pool.members)}
