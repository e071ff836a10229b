"""What is odd about a team as a whole: nobody to fall back on, names with two meanings, circles of deputies."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from leadrelay.leads.team import Away, Person, Team
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.place import Place

Places = dict[str, Place]
"""Where each thing is defined, by 'person an' or 'pool field_sales'."""


def check_team(ctx: Context, team: Team, places: Mapping[str, Place]) -> None:
    """Reports what no single entry shows. A hole through which work could fall is an error, what is odd a warning."""
    for check in (_empty_pools, _circular_fallbacks, _double_names, _deputies, _managers):
        check(ctx, team, places)


def _empty_pools(ctx: Context, team: Team, places: Mapping[str, Place]) -> None:
    for pool in team.pools.values():
        if pool.lead or pool.fallback or any(team.people[name].active for name in pool.members):
            continue
        ctx.report(
            places[f"pool {pool.name}"],
            "empty-pool",
            f"Nobody active is in the pool {pool.name}, and it has no lead and no fallback.",
            "Add members, a lead: PERSON, or a fallback: POOL.",
        )


def _circular_fallbacks(ctx: Context, team: Team, places: Mapping[str, Place]) -> None:
    def fallback(name: str) -> str | None:
        pool = team.pools.get(name)
        return pool.fallback if pool and not pool.lead else None

    for circle in _circles(team.pools, fallback):
        ctx.report(
            places[f"pool {circle[0]}"],
            "fallback-circle",
            f"These pools fall back on each other and none has a lead: {_arrows(circle)}.",
            "Give one of them a lead: PERSON, for when all are away.",
            "warning",
        )


def _double_names(ctx: Context, team: Team, places: Mapping[str, Place]) -> None:
    """One word for two things; a pool and a role with the same people are no two things."""
    for name in dict.fromkeys([*team.people, *team.pools]):
        role = {one.id for one in team.people.values() if name in one.roles}
        pool = set(team.pools[name].members) if name in team.pools else None
        meanings = [
            *(["a person"] if name in team.people else []),
            *(["a pool"] if pool is not None else []),
            *(["a role"] if role and role != pool else []),
        ]
        if len(meanings) > 1:
            ctx.report(
                places[f"person {name}" if name in team.people else f"pool {name}"],
                "double-name",
                f"'{name}' is {' and '.join(meanings)}; in rules it means the {meanings[0][2:]}.",
                "Rename one of them.",
                "warning",
            )


def _deputies(ctx: Context, team: Team, places: Mapping[str, Place]) -> None:
    for person in team.people.values():
        for number, away in enumerate(person.away):
            fault = _deputy_fault(person, away, team)
            if fault:
                place = places[f"away {person.id} {number}"]
                ctx.report(place, *fault, "Name a deputy who is there on those days.", "warning")


def _deputy_fault(person: Person, away: Away, team: Team) -> tuple[str, str] | None:
    """What is wrong with the deputy of an absence, as code and message."""
    deputy = team.people.get(away.deputy or "")
    if deputy is None:
        return None
    if deputy is person:
        return "own-deputy", f"{person.id} is their own deputy."
    if not deputy.active:
        return "inactive-deputy", f"{deputy.id}, the deputy of {person.id}, is not active."
    circle = _circle_of_deputies(person, away, team)
    if circle and person.id == min(circle):
        return "deputy-circle", f"Away on the same days, these stand in for each other: {_arrows(circle)}."
    return None


def _circle_of_deputies(person: Person, away: Away, team: Team) -> list[str]:
    """The people who stand in for each other, starting with this person, on days that they all are away; or none."""
    chain = [person.id]
    current: Away | None = away
    while current is not None and current.deputy not in chain:
        deputy = team.people.get(current.deputy or "")
        if deputy is None:
            return []
        chain.append(deputy.id)
        shared = (
            Away(max(one.first, current.first), min(one.last, current.last), one.deputy)
            for one in deputy.away
            if one.deputy
        )
        current = next((one for one in shared if one.first <= one.last), None)
    return chain if current is not None and current.deputy == person.id else []


def _managers(ctx: Context, team: Team, places: Mapping[str, Place]) -> None:
    for circle in _circles(team.people, lambda name: team.people[name].manager if name in team.people else None):
        message = (
            f"These manage each other: {_arrows(circle)}." if len(circle) > 1 else f"{circle[0]} manages themselves."
        )
        ctx.report(
            places[f"person {circle[0]}"], "manager-circle", message, "Leave the manager of the highest out.", "warning"
        )


def _circles(names: Iterable[str], following: Callable[[str], str | None]) -> Iterator[list[str]]:
    """Every circle that `following` goes round in, once, from its first name by the alphabet."""
    for start in names:
        chain, name = [start], following(start)
        while name is not None and name not in chain:
            chain.append(name)
            name = following(name)
        if name == start == min(chain):
            yield chain


def _arrows(circle: list[str]) -> str:
    return " -> ".join([*circle, circle[0]])
