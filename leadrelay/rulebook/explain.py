"""Why, and why not: one rulebook's decision about one subject, test by test, as facts and as text for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any as Anything
from zoneinfo import ZoneInfo

from leadrelay.clock import FOREVER, Instant, iso
from leadrelay.leads.fields import Fields, Value
from leadrelay.rulebook.condition import All, Any, Condition, Facts, Line, Mentions, Moment, Nothing, normal
from leadrelay.rulebook.counterfactual import Counterfactual, would_change
from leadrelay.rulebook.evaluate import Outcome, decide, ends_search
from leadrelay.rulebook.model import OTHERWISE, Rule, Rulebook
from leadrelay.rulebook.nearest import nearest, ways_to_turn
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.spoken import said, shown, wanted

Explanation = dict[str, Anything]
"""The contract's JSON shape for one rulebook, ready for a JSON writer."""


def explain(
    rulebook: Rulebook, facts: Facts, moment: Moment, fields: Fields | None = None, only: str | None = None
) -> Explanation:
    """What the rulebook decides for these facts at this moment, and every test with the value it saw.

    `decided`: with `hit: first` a rule's id, 'otherwise', or None; with `hit: all` the ids of all rules that decided.
    A test's `group` is its way through any, all and none, as in `any.2/none.1`; a `mentions` test has `found`, the
    entries of its list that stand in the text. A rule that does not hold has `why_not`: the tests that would have to
    turn out otherwise, the nearest way. `reached` is false for a rule that came after the one that decided, or whose
    rulebook's scope does not hold; `beaten_by` is the rule that decided before one that holds. `nearest` is the rule
    that failed by least (rulebook/nearest.py), or None. With `fields`, `would_change` has the changes of facts with
    which another rule decides (rulebook/counterfactual.py); `only` asks that of one rule. Times are ISO 8601 in the
    zone of the rulebook's calendar; `changes_at` is None if time alone will change nothing."""
    teller = Teller(facts, moment, moment.calendars[rulebook.calendar].zone)
    outcome = decide(rulebook, facts, moment)
    ids = [rulebook.every_rule()[index].id for index in outcome.rules]
    scope = rulebook.scope.verdict(facts, moment)
    return {
        "rulebook": rulebook.name,
        "hit": rulebook.hit,
        "decided": ids if rulebook.hit == "all" else (ids[0] if ids else None),
        "scope": {
            "holds": scope.holds,
            "tests": teller.tests(rulebook.scope),
            "why_not": teller.why_not(rulebook.scope, scope.holds),
        },
        "rules": list(_rules(rulebook, teller, outcome.in_scope, outcome.rules)),
        "nearest": teller.nearest(rulebook, outcome),
        "would_change": [
            teller.otherwise(one) for one in (would_change(rulebook, facts, moment, fields, only) if fields else ())
        ],
        "changes_at": teller.time(outcome.until),
    }


def _rules(rulebook: Rulebook, teller: "Teller", in_scope: bool, held: Sequence[int]) -> Iterator[Explanation]:
    reached, ended = in_scope, None
    for index, rule in enumerate(rulebook.rules):
        told = teller.rule(rule, reached)
        yield told | {"beaten_by": ended if told["holds"] else None}
        if index in held and ends_search(rulebook, rule):
            reached, ended = False, rule.id
    if rulebook.otherwise is not None:
        chosen = len(rulebook.rules) in held
        told = teller.rule(rulebook.otherwise, chosen) | {"id": OTHERWISE, "holds": chosen, "changes_at": None}
        yield told | {"beaten_by": None}


class Teller:
    """Tells of conditions in the light of the facts of one subject at one moment."""

    def __init__(self, facts: Facts, moment: Moment, zone: ZoneInfo) -> None:
        self._facts = facts
        self._moment = moment
        self._zone = zone

    def rule(self, rule: Rule, reached: bool) -> Explanation:
        """A rule with its tests; one that is off never holds."""
        holds, until = rule.when.verdict(self._facts, self._moment)
        return {
            "id": rule.id,
            "about": rule.about,
            "file": rule.place.file,
            "line": rule.place.line,
            "mode": rule.mode,
            "reached": reached,
            "holds": holds and rule.mode != "off",
            "tests": self.tests(rule.when),
            "why_not": self.why_not(rule.when, holds),
            "changes_at": self.time(until) if rule.mode != "off" else None,
        }

    def tests(self, condition: Condition) -> list[Explanation]:
        """Every test of a condition, in the order of the file."""
        return [self._test(line, group) for line, group in _grouped(condition)]

    def why_not(self, condition: Condition, holds: bool) -> list[Explanation]:
        """The fewest tests that would have to turn out otherwise for the condition to hold."""
        if holds:
            return []
        ways = ways_to_turn(condition, self._facts, self._moment)
        return self._told(ways[0].lines, condition) if ways else []

    def _told(self, lines: Sequence[Line], condition: Condition) -> list[Explanation]:
        groups = {id(line): group for line, group in _grouped(condition)}
        return [self._test(line, groups[id(line)]) for line in lines]

    def nearest(self, rulebook: Rulebook, outcome: Outcome) -> Explanation | None:
        """The rule that came nearest, the tests by which it failed, and how far off they were."""
        found = nearest(rulebook, self._facts, self._moment, outcome)
        if found is None:
            return None
        tests = self._told(found.way.lines, found.rule.when)
        return {
            "rule": found.rule.id,
            "tests": tests,
            "distance": found.way.distance,
            "text": f"{found.rule.id} came nearest: {'; '.join(map(by_what, tests))}",
        }

    def otherwise(self, found: Counterfactual) -> Explanation:
        """A rule with the changes that would make it decide."""
        changes = [
            {
                "field": one.path,
                "value": shown(one.value, one.type, self._zone),
                "instead": shown(one.instead, one.type, self._zone),
                "text": f"{one.path} {one.words}",
            }
            for one in found.changes
        ]
        text = " and ".join(str(one["text"]) for one in changes)
        return {"rule": found.rule.id, "changes": changes, "text": f"had {text}: {found.rule.id}"}

    def time(self, until: Instant) -> str | None:
        """A moment of change as people read it."""
        return None if until >= FOREVER else iso(until, self._zone)

    def _test(self, line: Line, group: str) -> Explanation:
        holds, until = line.verdict(self._facts, self._moment)
        test = {
            "field": line.path,
            "value": self._value(line),
            "test": line.written,
            "wanted": wanted(line, self._zone),
            "holds": holds,
            "group": group,
            "file": line.place.file,
            "line": line.place.line,
            "column": line.place.column,
            "changes_at": self.time(until),
        }
        looked_for = [leaf for leaf in leaves(line.test) if isinstance(leaf, Mentions)]
        if looked_for:
            value = normal(self._facts.get(line.path))
            test["found"] = [entry for leaf in looked_for for entry in leaf.found(value)]
        return test

    def _value(self, line: Line) -> Value | list[str]:
        return shown(self._facts.get(line.path), line.type, self._zone)


def by_what(test: Mapping[str, Anything]) -> str:
    """By what a rule failed: `account.employees is 180, wanted at least 250`."""
    without = "not " if test["holds"] else ""
    return f"{test['field']} is {said(test['value'])}, wanted {without}{test['wanted']}"


def _grouped(condition: Condition, group: str = "", listed: bool = True) -> Iterator[tuple[Line, str]]:
    """Every line with its way through the groups. A mapping of lines, `listed` under a group or alone, is no group."""
    if isinstance(condition, Line):
        yield condition, group
    elif isinstance(condition, All) and listed:
        for part in condition.parts:
            yield from _grouped(part, group, listed=False)
    elif isinstance(condition, All | Any | Nothing):
        word = {All: "all", Any: "any", Nothing: "none"}[type(condition)]
        for number, part in enumerate(condition.parts, 1):
            yield from _grouped(part, f"{group}/{word}.{number}".lstrip("/"))
