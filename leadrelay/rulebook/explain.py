"""Why, and why not: one rulebook's decision about one subject, test by test, as facts and as text for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any as Anything
from zoneinfo import ZoneInfo

from leadrelay.clock import FOREVER, Instant, date_of, iso
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import All, Any, Condition, Facts, Line, Mentions, Moment, Nothing, normal
from leadrelay.rulebook.evaluate import decide, ends_search
from leadrelay.rulebook.model import OTHERWISE, Rule, Rulebook
from leadrelay.rulebook.paths import leaves

Explanation = dict[str, Anything]
"""The contract's JSON shape for one rulebook, ready for a JSON writer."""


def explain(rulebook: Rulebook, facts: Facts, moment: Moment) -> Explanation:
    """What the rulebook decides for these facts at this moment, and every test with the value it saw.

    `decided`: with `hit: first` a rule's id, 'otherwise', or None; with `hit: all` the ids of all rules that decided.
    A test's `group` is its way through any, all and none, as in `any.2/none.1`; a `mentions` test has `found`, the
    entries of its list that stand in the text. A rule that does not hold has `why_not`: the tests that would have to
    turn out otherwise, as few as possible. `reached` is false for a rule that came after the one that decided, or
    whose rulebook's scope does not hold. Times are ISO 8601 in the zone of the rulebook's calendar; `changes_at` is
    None if time alone will change nothing."""
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
        "changes_at": teller.time(outcome.until),
    }


def _rules(rulebook: Rulebook, teller: "Teller", in_scope: bool, held: Sequence[int]) -> Iterator[Explanation]:
    reached = in_scope
    for index, rule in enumerate(rulebook.rules):
        yield teller.rule(rule, reached)
        if index in held and ends_search(rulebook, rule):
            reached = False
    if rulebook.otherwise is not None:
        chosen = len(rulebook.rules) in held
        yield teller.rule(rulebook.otherwise, chosen) | {"id": OTHERWISE, "holds": chosen, "changes_at": None}


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
        groups = {id(line): group for line, group in _grouped(condition)}
        return [self._test(line, groups[id(line)]) for line in self._to_turn(condition)]

    def time(self, until: Instant) -> str | None:
        """A moment of change as people read it."""
        return None if until >= FOREVER else iso(until, self._zone)

    def _test(self, line: Line, group: str) -> Explanation:
        holds, until = line.verdict(self._facts, self._moment)
        test = {
            "field": line.path,
            "value": self._value(line),
            "test": line.written,
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
        value = self._facts.get(line.path)
        if isinstance(value, tuple):
            return list(value)
        if isinstance(value, int) and line.type is Type.MONEY:
            return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
        if isinstance(value, int) and line.type is Type.DATE:
            return date_of(value).isoformat()
        if isinstance(value, int) and line.type is Type.TIME:
            return iso(value, self._zone)
        return value

    def _to_turn(self, condition: Condition) -> list[Line]:
        """The fewest lines that would have to turn for the condition to turn."""
        if isinstance(condition, Line):
            return [condition]
        assert isinstance(condition, All | Any | Nothing)
        holds = condition.verdict(self._facts, self._moment).holds
        blocking = isinstance(condition, Any | Nothing)
        if holds is not isinstance(condition, Any):  # one part is enough
            return min((self._to_turn(part) for part in condition.parts), key=len, default=[])
        parts = (part for part in condition.parts if part.verdict(self._facts, self._moment).holds is blocking)
        return [line for part in parts for line in self._to_turn(part)]


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


def render(explanation: Explanation) -> str:
    """The explanation as text for somebody who writes no programs."""
    decided = explanation["decided"]
    names = decided if isinstance(decided, list) else [decided] if decided else []
    shown = [f"{explanation['rulebook']}: {', '.join(names) or 'nothing'} decided"]
    if explanation["changes_at"]:
        shown.append(f"  If no field changes, this stands until {explanation['changes_at']}.")
    scope = explanation["scope"]
    if scope["tests"]:
        shown += ["", f"  scope: {'in scope' if scope['holds'] else 'not in scope, so no rule is tried'}"]
        shown += render_tests(scope)
    for rule in explanation["rules"]:
        shown += ["", *_render_rule(rule, names)]
    return "\n".join(shown) + "\n"


def _render_rule(rule: Explanation, names: Sequence[str]) -> Iterator[str]:
    if rule["mode"] == "off":
        verdict = "is off"
    elif rule["id"] in names:
        verdict = "decided"
    elif not rule["holds"]:
        verdict = "does not hold"
    else:
        verdict = "holds, but was not reached"
    shadow = " (shadow: recorded only)" if rule["mode"] == "shadow" else ""
    yield f"  {rule['id']}: {verdict}{shadow}  [{rule['file']}:{rule['line']}]"
    if rule["about"]:
        yield f"    {rule['about']}"
    yield from render_tests(rule)
    if rule["changes_at"]:
        yield f"    may change at {rule['changes_at']}"


def render_tests(part: Mapping[str, Anything]) -> Iterator[str]:
    """The tests of a rule or a gate with the values they saw, and what stands in the way."""
    for test in part["tests"]:
        group = f"{test['group']}: " if test["group"] else ""
        seen = _render_value(test["value"]) + _found(test)
        yield f"    {'yes' if test['holds'] else 'no '}  {group}{test['field']}: {test['test']}  (it is {seen})"
    if part["why_not"]:
        lines = ", ".join(f"{test['field']} (line {test['line']})" for test in part["why_not"])
        yield f"    stands in the way: {lines}"


def _found(test: Mapping[str, Anything]) -> str:
    """What a text mentions, as its list has it."""
    entries = test.get("found")
    return f"; it mentions {', '.join(map(repr, entries))}" if entries else ""


def _render_value(value: object) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "empty"
    return str(value).strip()
