"""How one of several people who can is chosen: by load, or by turns that stay fair whoever comes and goes.

**Turns** (`round_robin`, everybody alike; `weighted`, by weight). Each member of a pool has a credit. A choice gives
all who can their share of one turn (weight / sum of weights) and takes a whole turn from the one chosen. Of those who
would not run ahead of their share by it, it is the one whose share is used up first: among people who are always there
everybody stays within one of their exact share, and those of one weight within one of each other. Whoever is away or
full is given no share: they miss those turns for good. Newcomers begin at the credit that the others have on average.

**Load** (`least_loaded`). What is open, divided by the weight; of several with the least, whose turn it is. Whoever
came back or joined has little open, and would get everything until they have caught up; so while they are `easing`
they count as having no less than the least loaded of the others, and share with those, until they have that much.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from leadrelay.act.case import World
from leadrelay.leads.team import Person
from leadrelay.leads.turns import Turn

DIGITS = 9
TINY = 10.0**-DIGITS
"""Shares are sums of fractions: what differs by less than this is the same."""


class Spread(Struct, frozen=True):
    """How the work of one pool is spread at this moment: its turns, and the weights of its members."""

    world: World
    pool: str
    turns: dict[str, Turn]
    weights: Mapping[str, float]

    def in_turn(self, able: Sequence[Person], weighted: bool = True) -> Person:
        """The one whose turn it is; everybody's turns go on. `able` are members, at least one."""
        return able[self._turn(able, [self.weights[one.id] if weighted else 1.0 for one in able], range(len(able)))]

    def least_loaded(self, able: Sequence[Person], own: str | None) -> Person:
        """The one with the least open for their weight; `own` has the subject in hand already."""
        counts = self.world.loads.counts()
        weights = [self.weights[one.id] for one in able]
        turns = [self.turns[one.id] for one in able]
        loads = [(counts.get(one.id, 0) - (one.id == own)) / weight for one, weight in zip(able, weights, strict=True)]
        if any(turn.easing for turn in turns):
            self._ease(loads, turns)
        least = min(loads)
        chosen = self._turn(able, weights, [place for place, load in enumerate(loads) if load == least])
        for turn in turns:  # who closes much gets much, which gives nobody else a claim
            turn.credit = min(max(turn.credit, -1.0), 1.0)
        return able[chosen]

    def _turn(self, able: Sequence[Person], weights: Sequence[float], places: Sequence[int]) -> int:
        """Gives everybody their share of a turn, and takes one from the one of these places whose share ends first."""
        total = sum(weights)
        turns = [self.turns[person.id] for person in able]
        for turn, weight in zip(turns, weights, strict=True):
            turn.credit += weight / total
        excess = sum(turn.credit for turn in turns) - 1.0  # what those who left took along, or left behind

        def ends(place: int) -> tuple[bool, float]:
            """Whether it would be too early, and how many choices on the share is used up."""
            due = turns[place].credit - excess * weights[place] / total
            return due <= TINY, round((1.0 - due) / weights[place], DIGITS)

        chosen = min(places, key=ends)
        turns[chosen].credit -= 1.0
        self._changed()
        return chosen

    def _ease(self, loads: list[float], turns: list[Turn]) -> None:
        """Raises the loads of those who ease in to the least of the others', and lets go of those who have as much."""
        others = [load for load, turn in zip(loads, turns, strict=True) if not turn.easing]
        floor = min(others, default=None)
        if floor is None:
            return
        for place, turn in enumerate(turns):
            if turn.easing and loads[place] < floor:
                loads[place] = floor
            elif turn.easing:
                turn.easing = False
                self._changed()

    def _changed(self) -> None:
        self.world.effects.turns[self.pool] = self.turns


def spread(pool: str, members: Sequence[Person], world: World) -> Spread:
    """How the work of a pool with these active members is spread now; who came, left or joined since is noted."""
    known = world.spreads.get(pool)
    if isinstance(known, Spread):
        return known
    given = dict(world.team.pools[pool].weights)
    weights = {person.id: given.get(person.id, person.weight) for person in members}
    found = world.spreads[pool] = Spread(world, pool, world.turns.setdefault(pool, {}), weights)
    if _call_roll(found.turns, members, world):
        found._changed()
    return found


def _call_roll(turns: dict[str, Turn], members: Sequence[Person], world: World) -> bool:
    """Notes who is there; whoever is so anew begins at the level of the others. Returns whether anything changed."""
    began = bool(turns)
    known = [turns[person.id].credit for person in members if person.id in turns]
    level = sum(known) / len(known) if known else 0.0
    here = {person.id: world.absence(person) is None for person in members}
    changed = False
    for name, there in here.items():
        turn = turns.get(name)
        if turn is None:
            turns[name] = Turn(level, there, began and there)
            changed = True
    for name, turn in turns.items():
        there = here.get(name, False)
        if turn.here != there:
            turn.here, turn.easing = there, there
            changed = True
    return changed


def least_loaded(group: Sequence[Person], world: World, own: str | None) -> Person:
    """The one of people who are no pool with the least open for their weight, the first of several."""
    if len(group) == 1:
        return group[0]
    counts = world.loads.counts()
    return min(group, key=lambda person: (counts.get(person.id, 0) - (person.id == own)) / person.weight)
