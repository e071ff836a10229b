"""What would change a decision: the fewest facts that, had they been otherwise, would have made another rule decide.

Every answer is evaluated with the interpreter before it is given, so it is true by construction; and as every smaller
part of its changes is evaluated too, none of its changes can be left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.leads.derived import SOURCES, compute, derive
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.condition import Condition, Facts, Line, Moment
from leadrelay.rulebook.evaluate import Outcome, decide
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.nearest import ways_to_turn
from leadrelay.rulebook.other_values import Instead, can_differ, instead
from leadrelay.rulebook.spoken import said, shown
from leadrelay.rulebook.through_sources import through_sources

MOST_CHANGES = 3
"""So many facts at most would have to be otherwise; what needs more is no help."""
MOST = 5
"""So many answers about a rulebook."""
MOST_RULES = 8
"""For so many rules, the nearest ones, an answer is looked for."""
MOST_TRIES = 40
"""So often are changed facts evaluated for one rule."""
MOST_VALUES = 3


class Change(Struct, frozen=True):
    """A fact as it was, and as it would have been; `words` come after 'had FIELD'."""

    path: str
    value: Value
    instead: Value
    words: str
    cost: float
    type: Type = Type.TEXT


class Counterfactual(Struct, frozen=True):
    """With these changes, all of them, this rule decides."""

    rule: Rule
    changes: tuple[Change, ...]

    @property
    def length(self) -> tuple[int, float]:
        """What answers are compared by: fewer changes first, then smaller ones."""
        return len(self.changes), round(sum(one.cost for one in self.changes), 6)


def would_change(
    book: Rulebook, facts: Facts, moment: Moment, fields: Fields, only: str | None = None
) -> list[Counterfactual]:
    """For each rule that does not decide the nearest changes of facts with which it does, the nearest rule first, at
    most MOST; with `only` a rule's id, for that rule alone, and then also from out of the rulebook's scope."""
    outcome = decide(book, facts, moment)
    if not outcome.in_scope and only is None:
        return []
    rules = [
        (index, rule)
        for index, rule in enumerate(book.every_rule())
        if rule.mode != "off" and index not in outcome.rules and only in (None, rule.id)
    ]
    rules = sorted(rules, key=lambda one: _far(one[1], facts, moment))[:MOST_RULES]
    found = [_Search(book, facts, moment, fields, index).best() for index, _ in rules]
    return sorted((one for one in found if one is not None), key=lambda one: one.length)[:MOST]


def _far(rule: Rule, facts: Facts, moment: Moment) -> tuple[int, float]:
    if rule.when.verdict(facts, moment).holds:
        return 0, 0.0
    ways = ways_to_turn(rule.when, facts, moment)
    return ways[0].length if ways else (MOST_TRIES, 0.0)


def with_changes(facts: Facts, changes: Mapping[str, Value], fields: Fields) -> dict[str, Value]:
    """The facts with these values, and with what is derived from them derived anew."""
    changed = {**facts, **changes}
    touched = set(changes)
    for path, sources in SOURCES.items():
        if touched.intersection(sources):
            changed[path] = derive(path, changed)
            touched.add(path)
    for path, formula in fields.formulas.items():
        if touched.intersection(formula.of):
            changed[path] = compute(formula, [changed.get(source) for source in formula.of])
            touched.add(path)
    return changed


class _Search:
    """Looks for the nearest changes with which one rule decides."""

    def __init__(self, book: Rulebook, facts: Facts, moment: Moment, fields: Fields, index: int) -> None:
        self._book, self._facts, self._moment, self._fields = book, facts, moment, fields
        self._index, self._tries = index, 0
        self._zone: ZoneInfo = moment.calendars[book.calendar].zone
        self._found: list[Counterfactual] = []

    def best(self) -> Counterfactual | None:
        """The nearest of what was found, without a change that it can do without."""
        self._reach({})
        best = min(self._found, key=lambda one: one.length, default=None)
        return None if best is None else self._least(best)

    def _least(self, found: Counterfactual) -> Counterfactual:
        for size in range(1, len(found.changes)):
            for part in combinations(found.changes, size):
                if self._decides(self._outcome({one.path: one for one in part})):
                    return Counterfactual(found.rule, part)
        return found

    def _outcome(self, changes: Mapping[str, Change]) -> Outcome:
        return decide(self._book, self._changed(changes), self._moment)

    def _changed(self, changes: Mapping[str, Change]) -> dict[str, Value]:
        return with_changes(self._facts, {path: one.instead for path, one in changes.items()}, self._fields)

    def _decides(self, outcome: Outcome) -> bool:
        return self._index in outcome.rules

    def _reach(self, changes: dict[str, Change]) -> None:
        """Follows what stands in the way, one thing after the other, as long as that leads nearer than what is
        found."""
        self._tries += 1
        facts = self._changed(changes)
        outcome = decide(self._book, facts, self._moment)
        if self._decides(outcome):
            rule = self._book.every_rule()[self._index]
            self._found.append(Counterfactual(rule, tuple(changes.values())))
            return
        shortest = min((len(one.changes) for one in self._found), default=MOST_CHANGES + 1)
        if len(changes) + 1 > min(shortest, MOST_CHANGES):
            return
        for way in ways_to_turn(self._obstacle(outcome, facts), facts, self._moment):
            for more in self._choices(way.lines, facts):
                joined = changes | more
                if len(joined) == len(changes) + len(more) <= MOST_CHANGES and self._tries < MOST_TRIES:
                    self._reach(joined)

    def _obstacle(self, outcome: Outcome, facts: Facts) -> Condition:
        """What has to turn first: the scope, the rule's own condition, or that of a rule that decides before it."""
        rules = self._book.every_rule()
        own = rules[self._index].when
        if not outcome.in_scope:
            return self._book.scope
        if not own.verdict(facts, self._moment).holds or not outcome.rules:
            return own
        before = [index for index in outcome.rules if index < self._index]
        return rules[(before or list(outcome.rules))[-1]].when

    def _choices(self, lines: Sequence[Line], facts: Facts) -> Iterator[dict[str, Change]]:
        """Changes with which all these lines turn: one value, or the values behind it, for each field."""
        by_path: dict[str, list[Line]] = {}
        for line in lines:
            by_path.setdefault(line.path, []).append(line)
        each = [self._for_field(path, goals, facts) for path, goals in by_path.items()]
        for chosen in product(*each):
            joined: dict[str, Change] = {}
            for one in chosen:
                joined |= one
            yield joined

    def _for_field(self, path: str, goals: Sequence[Line], facts: Facts) -> list[dict[str, Change]]:
        field = self._fields.get(path)
        if field is None:
            return []
        if can_differ(path, self._book.subject, self._fields):
            found = instead(field, goals, facts, self._moment)[:MOST_VALUES]
            return [{path: self._change(path, one)} for one in found]
        return [
            {source: self._change(source, one) for source, one in values.items()}
            for values in through_sources(field, goals, facts, self._moment, self._fields)
            if all(can_differ(source, self._book.subject, self._fields) for source in values)
        ][:MOST_VALUES]

    def _change(self, path: str, one: Instead) -> Change:
        field = self._fields.get(path)
        kind = field.type if field else Type.TEXT
        words = one.words or f"been {said(shown(one.value, kind, self._zone))}"
        return Change(path, self._facts.get(path), one.value, words, one.cost, kind)
