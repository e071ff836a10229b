"""Rules and rows that never decide, overlap or are missing, case by case; differences of conditions are exact."""

import pytest
from hypothesis import given, settings

from leadrelay.leads.fields import Fields
from leadrelay.rulebook.condition import Condition, Facts
from leadrelay.rulebook.lint.regions import Regions
from tests.rulebook.oracle import CONDITIONS, MOMENT, SUBJECTS
from tests.rulebook.projects import head, load_with

OTHERWISE = "otherwise: [{route: inside_sales}]\n"


def found(text: str, **also: str) -> list[tuple[int, str]]:
    """Line and code of every problem of a rulebook."""
    return [(one.place.line, one.code) for one in load_with({"rules/book.yaml": text} | also).problems]


def rules(*whens: str, hit: str = "first", scope: str = "") -> str:
    """A rulebook with a rule per condition: rule n is in line 3n + 3 (4 with a scope)."""
    lines = "".join(f"  - id: r{n}\n    when: {when}\n    then: [{{route: sales}}]\n" for n, when in enumerate(whens))
    return (
        head(hit=hit)
        + (f"scope: {scope}\n" if scope else "")
        + "rules:\n"
        + lines
        + (OTHERWISE if hit == "first" else "")
    )


@pytest.mark.parametrize(
    ("whens", "lines"),
    [
        # one rule above takes all
        (["{TIER: key}", "{TIER: key, SIZE: 5}"], [9]),
        (["{TIER: [key, important]}", "{TIER: KEY}"], [9]),
        (["{SIZE: {at_least: 50}}", "{SIZE: {over: 50}}"], [9]),
        (["{SIZE: {over: 50}}", "{SIZE: {at_least: 51}}"], [9]),
        (["{TIER: {known: true}}", "{TIER: key}"], [9]),
        (["{account.name: {in_list: target-accounts}}", "{account.name: acme}"], [9]),
        (["{request.summary: {contains: price}}", "{request.summary: {contains: price}, TIER: key}"], [9]),
        (["{request.summary: {contains: price}}", "{request.summary: {contains: prices}}"], [9]),
        (["{GOT: {older_than: 2 days}}", "{GOT: {older_than: 3 days}}"], [9]),
        (["{GOT: {older_than: 3 hours}}", "{GOT: {older_than: 3 days}}"], [9]),
        (["{request.owner: {same_as: account.owner}}", "{request.owner: {same_as: account.owner}, TIER: key}"], [9]),
        # several above together
        (["{request.prompted: true}", "{request.prompted: false}", "{request.prompted: {known: true}}"], [12]),
        (["{SIZE: {under: 50}}", "{SIZE: {at_least: 50}}", "{SIZE: 7}"], [12]),
        (["{SIZE: {under: 50}}", "{SIZE: {over: 49}}", "{SIZE: {known: true}}"], [12]),
        (["{contact.site_visits_3w: {at_least: 0}}", "{contact.site_visits_3w: {known: true}}"], [9]),
        # not so
        (["{SIZE: {at_least: 50}}", "{SIZE: {at_least: 49}}"], []),
        (["{SIZE: {under: 50}}", "{SIZE: {over: 50}}", "{SIZE: {known: true}}"], []),
        (["{FLEET: {at_most: 5}}", "{FLEET: {at_least: 6}}",
          "{FLEET: {known: true}}"], []),
        (["{request.prompted: true}", "{request.prompted: {not: true}, TIER: key}"], []),
        (["{request.summary: {contains: prices}}", "{request.summary: {contains: price}}"], []),
        (["{GOT: {older_than: 3 days}}", "{GOT: {older_than: 2 days}}"], []),
        (["{GOT: {older_than: 8 working hours}}", "{GOT: {older_than: 1 working day}}"], []),
        (["{GOT: {older_than: 30 days}}", "{GOT: {older_than: 1 month}}"], []),
        (["{TIER: key}", "{any: [{TIER: key}, {account.flagged: true}]}"], []),
    ],
)  # fmt: skip
def test_unreachable_rules(whens: list[str], lines: list[int]) -> None:
    text = rules(*whens).replace("SIZE", "account.employees").replace("FLEET", "account.extra.fleet_size")
    text = text.replace("GOT", "request.received_at").replace("TIER", "account.tier")
    assert found(text) == [(line, "unreachable-rule") for line in lines]


@pytest.mark.parametrize(
    ("when", "never"),
    [
        ("{account.tier: key, none: [{account.tier: key}]}", True),
        ("{account.employees: {at_least: 50}, all: [{account.employees: {under: 50}}]}", True),
        ("{request.status: closed}", True),
        ("{request.received_at: {newer_than: 1 day}, all: [{request.received_at: {older_than: 2 days}}]}", True),
        ("{request.received_at: {newer_than: 2 days}, all: [{request.received_at: {older_than: 1 day}}]}", False),
        ("{account.tier: {not: key, known: any}, all: [{account.tier: {not: important}}]}", False),
        ("{contact.lists: {contains: a}, all: [{contact.lists: {contains: b}}]}", False),
    ],
)
@pytest.mark.parametrize("hit", ["first", "all"])
def test_rules_that_never_hold(when: str, never: bool, hit: str) -> None:
    text = rules(when, hit=hit, scope="{request.status: open}")
    assert found(text) == ([(7, "never-holds")] if never else [])


def test_a_scope_that_nothing_is_in_is_said_once() -> None:
    text = rules(
        "{account.tier: key}", "{account.tier: key}", scope="{account.tier: key, all: [{account.tier: important}]}"
    )
    assert [code for _, code in found(text)] == ["never-holds"]


def test_hit_all_and_rules_that_are_off_take_nothing_away() -> None:
    assert found(rules("{account.tier: key}", "{account.tier: key}", hit="all")) == []
    text = rules("{account.tier: key}", "{account.tier: key}").replace("id: r0\n", "id: r0\n    mode: off\n")
    assert found(text) == []


def test_the_finding_names_what_is_above_and_an_example() -> None:
    text = rules(
        "{account.tier: important}", "{request.expected_value: {over: 1000}}", "{request.expected_value: 2500}"
    )
    (problem,) = load_with({"rules/book.yaml": text}).problems
    assert problem.severity == "warning"
    assert problem.message == (
        "Rule 'r2' can never decide: rule 'r1' takes every request it would take, "
        "for example with request.expected_value 2500."
    )


def table(*rows: str, ordered: str = "", otherwise: bool = True) -> str:
    """A table over country, employees and tier; row n is in line 8 + n (9 + n with `ordered`)."""
    lines = "".join(f"    - [{row}]\n" for row in rows)
    said = f"  ordered: {ordered}\n" if ordered else ""
    columns = "  when: [account.country, account.employees, account.tier]\n  then: [route]\n"
    return head(hit="first") + f"table:\n{columns}{said}  rows:\n{lines}" + (OTHERWISE if otherwise else "")


@pytest.mark.parametrize(
    ("rows", "ordered", "overlapping"),
    [
        (["NL, {under: 50}, any, sales", "NL, {at_least: 40}, any, archive"], "", True),
        (["NL, {under: 50}, any, sales", "NL, {at_least: 40}, any, sales"], "", False),
        (["NL, {under: 50}, any, sales", "NL, {at_least: 40}, any, sales"], "false", True),
        (["NL, {under: 50}, any, sales", "NL, {at_least: 40}, any, archive"], "true", False),
        (["NL, {under: 50}, any, sales", "NL, {at_least: 50}, any, archive"], "false", False),
        (["NL, {under: 50}, any, sales", "NL, {over: 49}, any, archive"], "false", False),
        (["[NL, BE], any, any, sales", "[BE, DE], any, any, archive"], "", True),
        (["NL, any, any, sales", "any, any, key, archive"], "", False),
        (["NL, any, any, sales", "any, any, key, archive"], "false", True),
        (["NL, {under: 50}, any, sales", "any, any, {not: key, known: any}, archive"], "", False),
        (["NL, any, key, sales", "BE, any, key, archive"], "false", False),
    ],
)
def test_overlapping_rows(rows: list[str], ordered: str, overlapping: bool) -> None:
    line = 8 + len(rows) + bool(ordered)
    assert found(table(*rows, ordered=ordered)) == ([(line, "overlapping-rows")] if overlapping else [])


def test_missing_rows_are_shown_with_what_is_known_first() -> None:
    text = table("any, {under: 50}, any, sales", "any, {at_least: 50}, key, sales", otherwise=False)
    problems = load_with({"rules/book.yaml": text}).problems
    assert {one.code for one in problems} == {"missing-row"}
    assert problems[0].message == "No row for a request with account.employees 50 and account.tier important."


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (["any, any, key, sales", "any, any, {not: key, known: any}, archive"], []),
        (
            ["any, {under: 50}, any, sales", "any, {at_least: 50}, any, archive", "any, {known: false}, any, archive"],
            [],
        ),
        (
            [
                "any, {at_most: 49}, any, sales",
                "any, {at_least: 50}, any, archive",
                "any, {known: false}, any, archive",
            ],
            [],
        ),
        (
            ["any, {under: 50}, any, sales", "any, {over: 50}, any, archive", "any, {known: false}, any, sales"],
            ["missing-row"],
        ),
        (["NL, any, any, sales"], ["missing-row"]),
    ],
)
def test_a_table_without_otherwise_must_be_complete(rows: list[str], codes: list[str]) -> None:
    assert [code for _, code in found(table(*rows, otherwise=False))] == codes


def test_a_large_table_is_looked_through() -> None:
    rows = [
        f"{country}, {{between: [{n * 10}, {n * 10 + 9}]}}, any, sales" for n in range(300) for country in ("NL", "BE")
    ]
    assert found(table(*rows, ordered="false")) == []
    rows.append("NL, {between: [2995, 3005]}, any, archive")
    assert [code for _, code in found(table(*rows, ordered="false"))] == ["overlapping-rows"]


def conditions_of(whens: list[str]) -> list[Condition]:
    loaded = load_with({"rules/book.yaml": rules(*(f"{{{when}}}" for when in whens))})
    assert loaded.usable
    return [rule.when for rule in loaded.ruleset.rulebooks[0].rules]


@settings(max_examples=40, deadline=None)
@given(CONDITIONS, CONDITIONS)
def test_a_difference_has_an_example_exactly_when_a_subject_is_in_it(one: str, other: str) -> None:
    first, second = conditions_of([one, other])

    def proves(facts: Facts) -> bool:
        return first.verdict(facts, MOMENT).holds and not second.verdict(facts, MOMENT).holds

    regions = Regions([first, second], Fields(), MOMENT)
    example = regions.example(regions.minus(regions.region(first), regions.region(second)), proves)
    exists = any(proves(facts) for facts in SUBJECTS)
    assert (example is not None) is exists


def test_a_tangle_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the work would be too much nothing is said, rather than something that is not proved."""
    text = rules("{account.tier: key}", "{account.tier: key}")
    assert len(found(text)) == 1
    monkeypatch.setattr("leadrelay.rulebook.lint.regions.MOST_WORK", 0)
    assert found(text) == []
    incomplete = table("any, any, key, sales", "any, any, {not: key, known: any}, archive", otherwise=False)
    assert [code for _, code in found(incomplete)] == ["no-otherwise"]


def test_a_condition_of_too_many_boxes_is_left_alone() -> None:
    either = ", ".join(
        f"{{any: [{{account.employees: {{over: {n}}}}}, {{account.revenue: {{over: {n}}}}}]}}" for n in range(12)
    )
    assert found(rules(f"{{all: [{either}]}}", "{account.tier: key}")) == []
