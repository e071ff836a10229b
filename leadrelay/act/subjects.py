"""Looks for a subject about which chosen conditions hold and others do not, from what a rule test gives, step by step.

Each change gives one field another value, so that as few lines as possible still have to turn.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any as Anything

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.act.case import Facts, Loads
from leadrelay.act.engine import Engine
from leadrelay.act.trial import given_of
from leadrelay.leads.fields import SUBJECTS, Value
from leadrelay.rulebook.condition import After, All, Any, Condition, Line, Moment, Nothing, SameAs
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.rulebook.near_values import likely, ordinary, with_partner
from leadrelay.rulebook.owner_calendar import moment_for
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.rule_test import RuleTest

MOST_CHANGES = 24
"""So many fields are changed before a search is given up."""
_FAR = 1000
"""As far as what no turning of lines can bring about."""
Goal = tuple[Condition, bool]
"""A condition, and whether it is to hold."""
Change = tuple[tuple[str, Value], ...]
"""Other values for one field, or for several at once."""


def distance(goal: Goal, facts: Facts, moment: Moment) -> int:
    """The fewest lines that would have to turn for the goal to be met."""
    condition, wanted = goal
    if isinstance(condition, Line):
        return int(condition.verdict(facts, moment).holds is not wanted)
    assert isinstance(condition, All | Any | Nothing)
    each = wanted is not isinstance(condition, Nothing)
    parts = (distance((part, each), facts, moment) for part in condition.parts)
    if wanted is isinstance(condition, Any):  # one part is enough
        return min(parts, default=_FAR)
    return sum(parts)


class Scene(Struct, frozen=True):
    """A rulebook's way of looking at what a rule test gives."""

    ruleset: Ruleset
    book: Rulebook
    engine: Engine

    def facts(self, test: RuleTest) -> tuple[Facts, Moment]:
        """The facts that the rulebook would see if it came first, and the moment as it sees it."""
        entities, ((kind, name),) = given_of(test)
        entities.start = test.now
        team = self.ruleset.team
        loads = Loads(partial(dict, test.load))
        row = entities.row(kind, name, self.engine.slots, team, test.now, loads)
        facts = Facts(row, self.engine.slots.index)
        return facts, moment_for(self.book, facts, Moment(test.now, self.ruleset.calendars), team)

    def distance(self, test: RuleTest, goals: Sequence[Goal]) -> int:
        """How many lines would have to turn for all goals to be met."""
        facts, moment = self.facts(test)
        return sum(distance(goal, facts, moment) for goal in goals)

    def unmet(self, test: RuleTest, goals: Sequence[Goal]) -> list[int]:
        """The numbers of the goals that are not met."""
        facts, moment = self.facts(test)
        return [number for number, goal in enumerate(goals) if distance(goal, facts, moment)]

    def solve(self, test: RuleTest, goals: Sequence[Goal], pinned: str) -> RuleTest:
        """The test with other values given, as near to the goals as was found. The field `pinned` stays as it is."""
        tried: set[object] = set()
        best, left = test, self.distance(test, goals)
        current = test
        for _ in range(MOST_CHANGES):
            if not left:
                break
            moves = [(key, one) for key, one in self._moves(current, goals, pinned) if key not in tried]
            if not moves:
                break
            there, number = min((self.distance(one, goals), number) for number, (_, one) in enumerate(moves))
            key, current = moves[number]
            tried.add(key)
            if there < left:
                best, left = current, there
        return best

    def pruned(self, test: RuleTest, goals: Sequence[Goal], pinned: str) -> RuleTest:
        """The test without what it need not give for the goals to be met."""
        for entity, values in test.given.items():
            for name in values:
                if f"{entity}.{name}" != pinned:
                    less = without(test, entity, name)
                    if not self.distance(less, goals):
                        test = less
        return test

    def _moves(self, test: RuleTest, goals: Sequence[Goal], pinned: str) -> Iterator[tuple[object, RuleTest]]:
        """Every change of a field, or of two that are compared, that turns a line of the first goal that is not met."""
        facts, moment = self.facts(test)
        goal = next(goal for goal in goals if distance(goal, facts, moment))
        seen: set[Change] = set()
        for line in goal[0].lines():
            holds = line.verdict(facts, moment).holds
            for change in self._changes(line, facts, moment):
                turned = Line.verdict(line, _With(facts, dict(change)), moment).holds is not holds
                if turned and change not in seen and pinned not in dict(change):
                    seen.add(change)
                    changed = test
                    for path, value in change:
                        changed = with_value(changed, path, value, self)
                    yield change, changed

    def _changes(self, line: Line, facts: Facts, moment: Moment) -> Iterator[Change]:
        """Values for the field of a line, and for the one that it is compared with."""
        fields = self.ruleset.fields.by_path
        if (field := fields.get(line.path)) is None:
            return
        for value in likely(line, field, facts, moment, self.people()):
            yield ((line.path, value),)
        for leaf in leaves(line.test):
            if isinstance(leaf, SameAs | After) and (other := fields.get(leaf.other)) is not None:
                there = facts.get(line.path)
                for value in (there, ordinary(other, moment, self.people())):
                    beside = with_partner(leaf, other, value)
                    yield ((leaf.other, beside),)
                    yield ((line.path, value), (leaf.other, beside))

    def people(self) -> Iterable[str]:
        """The ids of the active people."""
        return (person.id for person in self.ruleset.team.active())


class _With(Facts):
    """Facts with some other values."""

    def __init__(self, facts: Facts, others: Mapping[str, Value]) -> None:
        super().__init__(facts._row, facts._index)
        self._others = others

    def get(self, path: str, default: Anything = None) -> Anything:
        """The value, or the other one for that path."""
        return self._others[path] if path in self._others else super().get(path, default)


def with_value(test: RuleTest, path: str, value: Value, scene: Scene) -> RuleTest:
    """The test with another value given for a field; whose owner it is about, it names."""
    entity, _, name = path.partition(".")
    given = {key: dict(values) for key, values in test.given.items()}
    if entity == "owner":
        given.setdefault(test.subject, {}).setdefault("owner", next(iter(scene.people()), None))
    keeps_null = (path in ("request.received_at", "request.status")) or entity == "owner"
    if value is None and not keeps_null:
        given.get(entity, {}).pop(name, None)
    else:
        given.setdefault(entity, {})[name] = value
    ordered = {key: given[key] for key in (*SUBJECTS, "owner") if key in given}
    return replace(test, given={key: values for key, values in ordered.items() if values or key == test.subject})


def without(test: RuleTest, entity: str, name: str) -> RuleTest:
    """The test without one of the values that it gives."""
    given = {
        key: {one: value for one, value in values.items() if (key, one) != (entity, name)}
        for key, values in test.given.items()
    }
    return replace(test, given={key: values for key, values in given.items() if values or key == test.subject})
