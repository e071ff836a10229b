"""Which rules assign by territory, and whose territories those are."""

from collections.abc import Mapping

from leadrelay.rulebook.condition import Condition
from leadrelay.rulebook.model import Assign, Pick, Ruleset


def by_territory(ruleset: Ruleset) -> Mapping[str, list[tuple[str, Condition]]]:
    """By rule key the people among whom it chooses by territory, with the territory; each pool once, at its first
    rule."""
    found: dict[str, list[tuple[str, Condition]]] = {}
    met: set[str] = set()
    for _, rule in ruleset.rules():
        for action in rule.then:
            if not isinstance(action, Assign) or not isinstance(action.who, Pick) or action.who.pool in met:
                continue
            pool = ruleset.team.pools[action.who.pool]
            if (action.who.by or pool.by) != "territory" or rule.mode == "off":
                continue
            met.add(pool.name)
            people = [ruleset.team.people[name] for name in pool.members]
            lands = [(one.id, one.territory) for one in people if one.active and one.territory is not None]
            found.setdefault(rule.key, []).extend(lands)  # type: ignore[arg-type]  # opaque to the floor of leads
    return found
