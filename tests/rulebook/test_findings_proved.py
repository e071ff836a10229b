"""What the linter says of rules, rows and conditions is held against enumeration; of clean rulebooks it is silent."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import All, Facts, normal
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.lint.hygiene import check_hygiene
from leadrelay.rulebook.lint.needless import parts_of
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.problem import Problem
from tests.rulebook import clean, oracle, strategies
from tests.rulebook.oracle import MOMENT, SUBJECTS, VALUES
from tests.rulebook.projects import head, load_with

OTHERWISE = "otherwise: [{route: inside_sales}]\n"
WHENS = st.lists(oracle.CONDITIONS, min_size=1, max_size=5)


def book_of(whens: list[str], scope: str, hit: str) -> tuple[Rulebook, list[Problem]]:
    """A rulebook with a rule per condition, every second of which stops, and what is found."""
    stop = ", {stop: true}" if hit == "all" else ""
    rules = "".join(
        f"  - id: r{n}\n    when: {{{when}}}\n    then: [{{route: sales}}{stop if n % 2 else ''}]\n"
        for n, when in enumerate(whens)
    )
    text = head(hit=hit) + f"scope: {{{scope}}}\nrules:\n{rules}" + (OTHERWISE if hit == "first" else "")
    loaded = load_with({"rules/book.yaml": text})
    assert loaded.usable
    return loaded.ruleset.rulebooks[0], loaded.problems


def check_claims(whens: list[str], scope: str, hit: str) -> None:
    book, problems = book_of(whens, scope, hit)
    for problem in problems:
        assert oracle.is_true(problem, book, MOMENT, SUBJECTS), problem
    told = {(one.code, one.place) for one in problems}
    inside = oracle.in_scope(book, MOMENT, SUBJECTS)
    alive = oracle.decided(book, MOMENT, inside)
    if not inside:
        return
    dead = {place for code, place in told if code in ("never-holds", "unreachable-rule")}
    assert dead == {rule.place for number, rule in enumerate(book.rules) if number not in alive}
    assert (len(book.rules) not in alive and hit == "first") is any(code == "unreachable-otherwise" for code, _ in told)
    for rule in book.rules:
        if rule.place not in dead and not told & {(code, line.place) for code, _ in told for line in rule.when.lines()}:
            assert_says_something(rule.when, inside)


def assert_says_something(condition: object, inside: list[Facts]) -> None:
    """Of a rule of which nothing was said, no part can be taken out."""
    parts = parts_of(condition)  # type: ignore[arg-type]
    verdicts = oracle.holders(All(tuple(parts)), MOMENT, inside)
    for number in range(len(parts)):
        rest = All((*parts[:number], *parts[number + 1 :]))
        assert oracle.holders(rest, MOMENT, inside) != verdicts


@settings(max_examples=25, deadline=None)
@given(WHENS, oracle.LINES, st.sampled_from(["first", "all"]))
def test_findings_are_what_enumeration_finds(whens: list[str], scope: str, hit: str) -> None:
    """The subjects have a value in every class that the tests can tell apart, so nothing may be missed either."""
    check_claims(whens, scope, hit)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(WHENS, oracle.LINES, st.sampled_from(["first", "all"]))
def test_findings_are_what_enumeration_finds_often(whens: list[str], scope: str, hit: str) -> None:
    check_claims(whens, scope, hit)


def check_world(world: strategies.World) -> None:
    """Whatever the tests are (times, texts, lists, fields compared), no subject shows a finding to be false."""
    book = oracle.placed(world.rulebook)
    context = Context({}, fields=strategies.FIELDS, calendars=dict(strategies.CALENDARS))
    check_hygiene(book, None, context)
    subjects = [facts for facts in world.subjects if can_be(facts)]
    for problem in context.problems:
        assert oracle.is_true(problem, book, world.moment, subjects), problem


def can_be(facts: Facts) -> bool:
    visits = facts["contact.site_visits_3w"]
    counted = visits is None or (isinstance(visits, int) and visits >= 0)
    choices = [field for field in strategies.FIELDS.by_path.values() if field.type is Type.CHOICE]
    return counted and all(
        normal(facts.get(field.path)) in (None, *map(normal, field.choices)) for field in choices if field.path in facts
    )


@settings(max_examples=60, deadline=None)
@given(strategies.worlds(subjects=12))
def test_no_subject_of_any_world_shows_a_finding_to_be_false(world: strategies.World) -> None:
    check_world(world)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(strategies.worlds(subjects=24))
def test_no_subject_of_many_worlds_shows_a_finding_to_be_false(world: strategies.World) -> None:
    check_world(world)


CELLS: dict[str, list[str]] = {
    "account.country": ["any", "NL", "BE", "[NL, BE]", "{not: NL}", "{starts_with: n}"],
    "account.employees": ["any", "{under: 10}", "{at_least: 10}", "{between: [5, 20]}", "{over: 20}", "10"],
    "account.tier": ["any", "key", "[key, important]", "{not: key}", "{known: false}"],
}
ROWS = st.lists(st.tuples(*map(st.sampled_from, CELLS.values())), min_size=1, max_size=5)


def table_of(rows: list[tuple[str, ...]], complete: bool) -> tuple[Rulebook, list[Problem]]:
    lines = "".join(f"    - [{', '.join(row)}, sales]\n" for row in rows)
    text = (
        head(hit="first") + f"table:\n  when: [{', '.join(CELLS)}]\n  then: [route]\n  ordered: false\n  rows:\n{lines}"
    )
    loaded = load_with({"rules/book.yaml": text + ("" if complete else OTHERWISE)})
    assert loaded.usable
    return loaded.ruleset.rulebooks[0], loaded.problems


def shown_in(problem: Problem) -> Facts:
    facts = oracle.read_example(problem.message.partition(" with ")[2].removesuffix("."), VALUES)
    assert any(path in problem.message for path in facts)
    return facts


@settings(max_examples=40, deadline=None)
@given(ROWS, st.booleans())
def test_each_example_of_a_table_shows_what_is_claimed(rows: list[tuple[str, ...]], complete: bool) -> None:
    book, problems = table_of(rows, complete)
    for problem in problems:
        if problem.code == "missing-row":
            assert decide(book, shown_in(problem), MOMENT).rules == ()
        elif problem.code == "overlapping-rows":
            numbers = [int(number) for number in re.findall(r"[Rr]ow (\d+)", problem.message)]
            facts = shown_in(problem)
            assert len(numbers) == 2 and all(book.rules[n - 1].when.verdict(facts, MOMENT).holds for n in numbers)
        elif problem.code == "unreachable-rule":
            facts = shown_in(problem)
            (number, *_) = [int(number) for number in re.findall(r"[Rr]ow (\d+)", problem.message)]
            assert book.rules[number - 1].when.verdict(facts, MOMENT).holds
            assert decide(book, facts, MOMENT).rules[0] < number - 1
    gap = any(not decide(book, facts, MOMENT).rules for facts in SUBJECTS)
    assert any(one.code == "missing-row" for one in problems) is (complete and gap)


@settings(max_examples=200, deadline=None)
@given(clean.books())
def test_a_clean_rulebook_is_met_with_silence(text: str) -> None:
    loaded = load_with(clean.LISTS | {"rules/book.yaml": text})
    assert [(one.place.line, one.code, one.message) for one in loaded.problems] == []


def test_value_of_examples_can_be_read_back() -> None:
    text = "account.country NL, account.employees 5 and no account.tier"
    expected: dict[str, Value] = dict.fromkeys(VALUES) | {"account.country": "NL", "account.employees": 5}
    assert oracle.read_example(text, VALUES) == expected
