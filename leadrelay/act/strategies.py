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
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from leadrelay.act.case import World
from leadrelay.leads.team import Person
from leadrelay.leads.turns import Turn

DIGITS = 9
TINY = 10.0**-DIGITS
"""Shares are sums of fractions: what differs by less than this is the same."""


class _Able(NamedTuple):
    """Those who can: their ids, turns and weights, and the sum of the weights."""

    names: list[str]
    turns: list[Turn]
    weights: list[float]
    total: float


class Spread(Struct, frozen=True, dict=True):
    """How the work of one pool is spread at this moment: its turns, and its members with their weights.

    `steady`: every member can, whatever happens meanwhile."""

    world: World
    pool: str
    turns: dict[str, Turn]
    members: tuple[Person, ...]
    weights: Mapping[str, float]
    steady: bool

    def in_turn(self, able: Sequence[Person], weighted: bool = True) -> Person:
        """The one whose turn it is; everybody's turns go on. `able` are members, at least one."""
        found = self._able(able)
        if not weighted:
            found = found._replace(weights=[1.0] * len(able), total=float(len(able)))
        return able[self._turn(found, range(len(able)))]

    def least_loaded(self, able: Sequence[Person], own: str | None) -> Person:
        """The one with the least open for their weight; `own` has the subject in hand already."""
        found, count = self._able(able), self.world.loads.counts().get
        loads = [
            (count(name, 0) - (name == own)) / weight for name, weight in zip(found.names, found.weights, strict=True)
        ]
        if True in [turn.easing for turn in found.turns]:
            self._ease(loads, found.turns)
        least = min(loads)
        chosen = self._turn(found, [place for place, load in enumerate(loads) if load == least])
        for turn in found.turns:  # who closes much gets much, which gives nobody else a claim
            if not -1.0 <= turn.credit <= 1.0:
                turn.credit = min(max(turn.credit, -1.0), 1.0)
        return able[chosen]

    def _able(self, able: Sequence[Person]) -> _Able:
        return self._everybody if able is self.members else self._some(able)

    @cached_property
    def _everybody(self) -> _Able:
        return self._some(self.members)

    def _some(self, able: Sequence[Person]) -> _Able:
        names = [person.id for person in able]
        weights = [self.weights[name] for name in names]
        return _Able(names, [self.turns[name] for name in names], weights, sum(weights))

    def _turn(self, able: _Able, places: Sequence[int]) -> int:
        """Gives everybody their share of a turn, and takes one from the one of these places whose share ends first."""
        _, turns, weights, total = able
        for turn, weight in zip(turns, weights, strict=True):
            turn.credit += weight / total
        chosen = places[0]
        if len(places) > 1:
            excess = sum([turn.credit for turn in turns]) - 1.0  # what those who left took along, or left behind
            dues = [(turns[place].credit - excess * weights[place] / total, weights[place], place) for place in places]
            # Whether it would be too early, and how many choices on the share is used up; the first of several.
            chosen = min([(due <= TINY, round((1.0 - due) / weight, DIGITS), place) for due, weight, place in dues])[2]
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


def spread(pool: str, members: tuple[Person, ...], world: World) -> Spread:
    """How the work of a pool with these active members is spread now; who came, left or joined since is noted."""
    known = world.spreads.get(pool)
    if isinstance(known, Spread):
        return known
    given = dict(world.team.pools[pool].weights)
    weights = {person.id: given.get(person.id, person.weight) for person in members}
    steady = not any(person.away or person.capacity is not None for person in members)
    turns = world.turns.setdefault(pool, {})
    found = world.spreads[pool] = Spread(world, pool, turns, members, weights, steady)
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
