"""What is true of a rulebook as plain enumeration tells it: every subject is tried, and conditions are taken out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from hypothesis import strategies as st
from msgspec.structs import replace

from leadrelay.calendar import default_calendar
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import ALWAYS, All, Any, Condition, Facts, Moment, Nothing
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.lint.boxes import NOON
from leadrelay.rulebook.lint.shown import place_of
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem

MOMENT = Moment(NOON, {"default": default_calendar()})
TESTS = [
    "account.tier: key", "account.tier: [key, important]", "account.tier: {not: key}", "account.tier: {known: false}",
    "account.employees: {under: 10}", "account.employees: {at_least: 10}", "account.employees: {between: [5, 20]}",
    "account.employees: {not: {over: 20}}", "account.employees: 10", "request.prompted: true",
    "request.prompted: {not: true}", "account.country: NL", "account.country: {not: [NL, BE]}",
    "account.country: {starts_with: n}", "request.expected_value: {over: 9.99}",
    "request.expected_value: {at_most: 10}",
]  # fmt: skip
VALUES: dict[str, list[Value]] = {
    "account.tier": [None, "key", "important", "standard"],
    "account.employees": [None, 0, 5, 10, 11, 21],
    "request.prompted": [None, True, False],
    "account.country": [None, "nl", "be", "norway", "de"],
    "request.expected_value": [None, 999, 1000, 1001],
}
"""A value in every class that the tests can tell apart."""
LINES = st.sampled_from(TESTS)
CONDITIONS = st.recursive(
    LINES,
    lambda inner: st.builds(
        lambda word, parts: f"{word}: [{', '.join(f'{{{part}}}' for part in parts)}]",
        st.sampled_from(["any", "all", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
"""Conditions as YAML."""
SUBJECTS = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]


def in_scope(book: Rulebook, moment: Moment, subjects: Iterable[Facts]) -> list[Facts]:
    return [facts for facts in subjects if book.scope.verdict(facts, moment).holds]


def holders(condition: Condition, moment: Moment, subjects: Sequence[Facts]) -> list[bool]:
    return [condition.verdict(facts, moment).holds for facts in subjects]


def decided(book: Rulebook, moment: Moment, subjects: Iterable[Facts]) -> set[int]:
    """The rules, by number, that decide about any of the subjects; `otherwise` is the last."""
    return {index for facts in subjects for index in decide(book, facts, moment).rules}


def without(condition: Condition, place: Place, alternatives: bool) -> Iterator[Condition]:
    """The condition with what stands at a place taken out: an alternative of a group, or else what must hold or is a
    whole group; each way in which that can be read."""
    if not isinstance(condition, All | Any | Nothing):
        if place_of(condition) == place and not alternatives:
            yield ALWAYS
        return
    is_all = isinstance(condition, All)
    for number, part in enumerate(condition.parts):
        before, after = condition.parts[:number], condition.parts[number + 1 :]
        if place_of(part) == place and is_all is not alternatives:
            yield type(condition)((*before, *after))
        for changed in without(part, place, alternatives):
            yield type(condition)((*before, changed, *after))


def says_nothing(condition: Condition, problem: Problem, moment: Moment, subjects: Sequence[Facts]) -> bool:
    """Whether what a finding points at can be taken out of a condition without a difference to any subject."""
    either = (True, False) if problem.code == "excludes-nothing" else (problem.code != "always-holds",)
    verdicts = holders(condition, moment, subjects)
    ways = [way for alternatives in either for way in without(condition, problem.place, alternatives)]
    if place_of(condition) == problem.place and False in either:
        ways.append(ALWAYS)
    return any(holders(way, moment, subjects) == verdicts for way in ways)


def is_true(problem: Problem, book: Rulebook, moment: Moment, subjects: Sequence[Facts]) -> bool:
    """Whether enumeration agrees with a finding about a rulebook; each rule and line must have a place of its own."""
    inside = in_scope(book, moment, subjects)
    if problem.code == "unreachable-otherwise":
        return len(book.rules) not in decided(book, moment, inside)
    if problem.code == "unknown-passes":
        return passes_unknown(problem, book, moment, inside)
    by_place = {rule.place: number for number, rule in enumerate(book.rules)}
    number = by_place.get(problem.place)
    if problem.code == "unreachable-rule":
        return number is not None and number not in decided(book, moment, inside)
    if problem.code == "never-holds":
        return not inside if number is None else not any(holders(book.rules[number].when, moment, inside))
    if any(line.place == problem.place for line in book.scope.lines()):
        return says_nothing(book.scope, problem, moment, subjects)
    owner = next(rule for rule in book.rules if any(line.place == problem.place for line in rule.when.lines()))
    return says_nothing(owner.when, problem, moment, inside)


def passes_unknown(problem: Problem, book: Rulebook, moment: Moment, inside: Sequence[Facts]) -> bool:
    """Whether a rule that has the line in it, or in its scope, takes a subject of which the field is unknown."""
    conditions = [(None, book.scope), *((number, rule.when) for number, rule in enumerate(book.rules))]
    owners = [(n, line) for n, condition in conditions for line in condition.lines() if line.place == problem.place]
    ((number, line),) = owners
    taken = [decide(book, facts, moment).rules for facts in inside if facts.get(line.path) is None]
    return any(rules if number is None else number in rules for rules in taken)


def placed(book: Rulebook) -> Rulebook:
    """The rulebook with a place of its own for every rule and line."""
    counter = iter(range(1, 10_000))

    def of(condition: Condition) -> Condition:
        if isinstance(condition, All | Any | Nothing):
            return type(condition)(tuple(of(part) for part in condition.parts))
        return replace(condition, place=Place("book", next(counter), 1))  # type: ignore[type-var]

    def rule(one: Rule) -> Rule:
        return replace(one, place=Place("book", next(counter), 1), when=of(one.when))

    scope = of(book.scope)
    rules = tuple(rule(one) for one in book.rules)
    end = rule(book.otherwise) if book.otherwise else None
    return replace(book, scope=scope, rules=rules, otherwise=end, place=Place("book", 9999, 1))


_AND = re.compile(r"(?:, | and )(?=(?:no )?[a-z]+\.[a-z_])")


def read_example(text: str, types: Mapping[str, list[Value]]) -> dict[str, Value]:
    """The example subject in a message, with every other field unknown."""
    found: dict[str, Value] = dict.fromkeys(types)
    for part in _AND.split(text):
        absent, path, said = part.startswith("no "), *part.removeprefix("no ").partition(" ")[::2]
        value = next((one for one in types[path] if one is not None), None)
        if absent:
            found[path] = None
        elif isinstance(value, bool):
            found[path] = said == "true"
        elif path == "request.expected_value":
            found[path] = round(float(said) * 100)
        else:
            found[path] = float(said) if isinstance(value, int) else said
    return found
