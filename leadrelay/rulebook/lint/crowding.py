"""Looks for one person who gets everything: of a flow, of a pool, or in place of several who are away.

    one-person-flow     three rules or more of a flow give or tell people something, and all of it leads to the same
                        person, in a team of three or more
    one-person-pool     rules spread work over a pool of several, of whom one alone is active
    one-deputy          on one day three people or more are away, and the same one stands in for all of them

A field (`account.owner`) can lead to anybody, so a flow with a way through one is never meant.
"""

from collections.abc import Iterator

from leadrelay.clock import date_of
from leadrelay.leads.team import Away, Person, Team
from leadrelay.rulebook.lint.uses import actions_of, who_of
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.model import FLOWS, Action, Flow, Notify, Pick, Rule, Ruleset
from leadrelay.rulebook.problem import Problem
from leadrelay.rulebook.whos import CONTACT

MANY = 3
"""From so many on, of rules, people in a team, or people who are away on a day, one person for all is worth a word."""


def check_crowding(loaded: Loaded) -> list[Problem]:
    """Warnings of one person who gets everything, in rules that have no errors."""
    if not loaded.usable:
        return []
    return [*_flows(loaded.ruleset), *_pools(loaded), *_deputies(loaded)]


def _flows(ruleset: Ruleset) -> Iterator[Problem]:
    if sum(1 for _ in ruleset.team.active()) < MANY:
        return
    for flow in FLOWS:
        ways = list(_ways(ruleset, flow))
        reached = [_reached(who, ruleset.team) for _, _, who in ways]
        rules = {rule.key for rule, _, _ in ways}
        first = reached[0] if reached else None
        if first is not None and len(first) == 1 and len(rules) >= MANY and all(one == first for one in reached):
            name = next(iter(first))
            _, action, _ = ways[0]
            given = f"all that the {len(rules)} rules of the flow '{flow}' give or tell people"
            message = f"By rules/team.yaml {given} goes to '{name}'."
            remedy = (
                "Name somebody else as well, or a pool; if it is meant so, nothing is wrong as long as they are there."
            )
            yield Problem(action.place, "one-person-flow", message, remedy, "warning")


def _ways(ruleset: Ruleset, flow: Flow) -> Iterator[tuple[Rule, Action, str | Pick]]:
    """Every way in which rules of a flow that are not off give or tell somebody of ours something."""
    for book in ruleset.of(flow):
        for rule in book.every_rule():
            for action in actions_of(rule) if rule.mode != "off" else ():
                whos = action.to if isinstance(action, Notify) else (who_of(action),)
                for who in whos:
                    if who is not None and who != CONTACT:
                        yield rule, action, who


def _reached(who: str | Pick, team: Team) -> frozenset[str] | None:
    """Everybody whom a WHO can come to while they are there; None: anybody."""
    if isinstance(who, Pick):
        return None if who.keep else _reached(who.pool, team)
    if who in team.people:
        return frozenset({who} if team.people[who].active else ())
    if who in team.pools:
        return frozenset(name for name in team.pools[who].members if name in team.people and team.people[name].active)
    return None if "." in who else frozenset(person.id for person in team.with_role(who))


def _pools(loaded: Loaded) -> Iterator[Problem]:
    """Pools that rules name, of which all members but one have left."""
    team = loaded.ruleset.team
    picked = {name for _, rule in loaded.ruleset.rules() for action in actions_of(rule) for name in _pool_of(action)}
    for pool in team.pools.values():
        active = [name for name in pool.members if team.people[name].active]
        if pool.name in picked and len(active) == 1 and len(pool.members) > 1:
            members = f"Of the {len(pool.members)} members of the pool '{pool.name}'"
            message = f"{members} only {active[0]} is active and gets it all."
            remedy = "Add somebody who is active, or name that person instead of the pool."
            yield Problem(loaded.places[f"pool {pool.name}"], "one-person-pool", message, remedy, "warning")


def _pool_of(action: Action) -> Iterator[str]:
    who = who_of(action)
    if isinstance(who, Pick):
        yield who.pool
    elif who is not None:
        yield who


def _deputies(loaded: Loaded) -> Iterator[Problem]:
    """A deputy for too many at once; told once for each deputy, for the first day of the most absences."""
    team = loaded.ruleset.team
    behind: dict[str, list[tuple[Person, Away]]] = {}
    for person in team.active():
        for away in person.away:
            if away.deputy in team.people and away.deputy != person.id:
                behind.setdefault(str(away.deputy), []).append((person, away))
    for deputy, absences in behind.items():
        days = {away.first: _on(away.first, absences) for _, away in absences}
        worst, names = max(days.items(), key=lambda day: (len(day[1]), -day[0]))
        if len(names) >= MANY:
            message = f"On {date_of(worst)} '{deputy}' stands in for all of these at once: {', '.join(names)}."
            place = loaded.places[f"person {deputy}"]
            yield Problem(place, "one-deputy", message, "Name another deputy for one of them.", "warning")


def _on(day: int, absences: list[tuple[Person, Away]]) -> list[str]:
    """Who is away on a day, each once."""
    return list(dict.fromkeys(person.id for person, away in absences if away.first <= day <= away.last))
