"""Suggested rule tests: at edges that no test tries, with a subject for which one line decides; pasted, they pass."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from leadrelay.act.suggest import Suggestion, Unsuggested, suggest
from leadrelay.act.trial import Chosen, run_tests
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.rulebook.written_tests import as_yaml
from leadrelay.zone import zone_of
from tests.rulebook.projects import FILES, head, load_with

SHIPPED = Path(__file__).parents[2]
PASTED = "rules/tests/pasted.yaml"


def suggested(loaded: Loaded, only: str | None = None) -> tuple[list[Suggestion], list[Unsuggested]]:
    """What is suggested, after it was pasted into a file and found to pass there, and what is not."""
    assert loaded.errors == []
    found = list(suggest(loaded.ruleset, loaded.tests, only))
    made = [one for one in found if isinstance(one, Suggestion)]
    if made:
        prove(loaded, made)
    return made, [one for one in found if isinstance(one, Unsuggested)]


def prove(loaded: Loaded, made: Sequence[Suggestion]) -> None:
    """Every suggestion reads back as it is, without a word from check, and passes."""
    text = as_yaml([one.test for one in made], loaded.ruleset.fields, zone_of(loaded.ruleset.team.zone))
    again = load({**loaded.files, PASTED: text}, proofread=False)
    assert [str(one) for one in again.problems if one.place.file == PASTED] == []
    pasted = run_tests(Chosen(again.ruleset, tuple(one for one in again.tests if one.place.file == PASTED)))
    assert len(pasted) == len(made)
    assert [(one.test.name, one.differences) for one in pasted if not one.passed] == []
    assert [one.test.given for one in pasted] == [one.test.given for one in made]


def book(when: str, subject: str = "request", then: str = "[{set: {extra.tags: seen}}]") -> Mapping[str, str]:
    text = head(subject=subject, hit="first") + (
        f"rules:\n  - id: one\n    when: {when}\n    then: {then}\notherwise: [{{set: {{extra.tags: other}}}}]\n"
    )
    return {"rules/book.yaml": text}


def edges(loaded: Loaded, path: str) -> list[tuple[object, str]]:
    """The values that suggestions give a field, with what they expect of the rulebook."""
    entity, _, name = path.partition(".")
    made, left = suggested(loaded)
    assert left == []
    return [(one.test.given.get(entity, {}).get(name), one.test.rules[0].rules[0]) for one in made]


@pytest.mark.parametrize(
    ("path", "test", "wanted"),
    [
        ("account.employees", "{at_least: 250}", [(249, "otherwise"), (250, "one")]),
        ("account.employees", "{over: 250}", [(250, "otherwise"), (251, "one")]),
        ("account.employees", "{under: 250}", [(249, "one"), (250, "otherwise")]),
        ("account.employees", "{at_most: 250}", [(250, "one"), (251, "otherwise")]),
        (
            "account.employees",
            "{between: [10, 20]}",
            [(9, "otherwise"), (10, "one"), (20, "one"), (21, "otherwise")],
        ),
        ("account.employees", "{not: {at_least: 250}}", [(249, "one"), (250, "otherwise")]),
        ("account.extra.fleet_size", "{over: 2.5}", [(2.5, "otherwise"), (2.6, "one")]),
        ("request.expected_value", "{at_least: 250}", [(24999, "otherwise"), (25000, "one")]),
        ("account.tier", "[key, important]", [("important", "one"), ("key", "one"), ("standard", "otherwise")]),
        ("account.flagged", "true", [(True, "one"), (False, "otherwise")]),
        ("account.country", "NL", [("NL", "one"), ("NLx", "otherwise")]),
        ("account.name", "{in_list: target-accounts}", [("acme", "one"), ("acmex", "otherwise")]),
        ("account.name", "{mentions: target-accounts}", [("acme", "one"), ("acmex", "otherwise")]),
        ("account.name", "{contains: BV}", [("BV", "one"), ("B", "otherwise")]),
        ("account.domain", "{ends_with: .gov}", [(".gov", "one"), (".goy", "otherwise")]),
        ("contact.email", '{matches: "*@*.gov"}', [("x@x.gov", "one"), ("x@x.goy", "otherwise")]),
        ("contact.lists", "{contains: fair}", [(("fair",), "one"), (("fai",), "otherwise")]),
        ("account.owner", "{known: true}", [("an", "one"), (None, "otherwise")]),
        ("request.extra.machine_type", "mill", [("mill", "one"), ("Lathe", "otherwise")]),
    ],
)
def test_both_sides_of_the_edges_of_a_test(path: str, test: str, wanted: list[tuple[object, str]]) -> None:
    assert edges(load_with(book(f"{{{path}: {test}}}")), path) == wanted


@pytest.mark.parametrize(
    "test",
    [
        "request.received_at: {older_than: 4 working hours}",
        "request.received_at: {not: {newer_than: 3 days}}",
        "account.last_order_at: {within: 2 weeks}",
        "account.last_order_at: {past: true}",
        "request.extra.deadline_on: {within: 10 working days}",
        "request.extra.deadline_on: {at_least: 2026-11-20}",
        "request.received_at: {at_least: 2026-11-20}",
        "request.owner: {same_as: account.owner}",
        "account.last_order_at: {after: request.received_at}",
    ],
)
def test_moments_and_other_fields_have_a_subject_on_each_side(test: str) -> None:
    made, left = suggested(load_with(book(f"{{{test}}}")))
    assert left == []
    assert {one.test.rules[0].rules for one in made} == {("one",), ("otherwise",)}


def test_a_span_is_tried_a_minute_before_and_at_its_end() -> None:
    files = book("{request.received_at: {older_than: 4 working hours}}")
    before, at = suggested(load_with(files))[0]
    assert at.test.now - before.test.now == 60_000_000
    assert at.test.given == before.test.given
    assert (before.test.rules[0].rules, at.test.rules[0].rules) == (("otherwise",), ("one",))


def test_one_line_of_many_decides() -> None:
    """Of alternatives the others fail; what stands under `none` is away, and no rule above takes the subject."""
    rules = (
        head(hit="first")
        + """\
scope: {request.desk: {known: false}}
rules:
  - id: top
    when: {account.tier: key}
    then: [{route: sales}]
  - id: large
    when:
      account.country: [NL, BE]
      any:
        - account.employees: {at_least: 250}
        - account.name: {in_list: target-accounts}
      none: [{request.kind: information}]
    then: [{route: marketing}]
otherwise: [{route: inside_sales}]
"""
    )
    made, left = suggested(load_with({"rules/book.yaml": rules}), "large")
    assert left == []
    by_line: dict[str, list[Mapping[str, Mapping[str, object]]]] = {}
    for one in made:
        by_line.setdefault(one.line.path, []).append(one.test.given)
        assert one.test.given["account"].get("tier") != "key"
    assert [given["account"]["employees"] for given in by_line["account.employees"]] == [249, 250]
    assert all(given["account"].get("name") != "acme" for given in by_line["account.employees"])
    assert all(given["account"].get("employees") in (None, 249) for given in by_line["account.name"])
    assert {given["request"].get("kind") for given in by_line["request.kind"]} >= {"information"}


def test_what_a_test_tries_already_is_left_out() -> None:
    tests = """\
tests:
  - {test: just too small, now: 2026-11-20, given: {account: {employees: 249}, request: {}}, expect: {routing: one}}
"""
    files = book("{account.employees: {at_least: 250}, account.tier: key}")
    first = load_with({**files, "rules/tests/a.yaml": tests.replace("expect: {routing: one}", "expect: {tasks: []}")})
    of_employees = [one.test for one in suggested(first)[0] if one.line.path == "account.employees"]
    assert [test.given["account"]["employees"] for test in of_employees] == [249, 250]  # the tier decided there too
    with_tier = tests.replace("employees: 249", "employees: 249, tier: key").replace("one}", "otherwise}")
    second = load_with({**files, "rules/tests/a.yaml": with_tier})
    of_employees = [one.test for one in suggested(second)[0] if one.line.path == "account.employees"]
    assert [test.given["account"]["employees"] for test in of_employees] == [250]


def test_rows_rules_that_all_hold_and_drafts_are_suggested_for_too() -> None:
    table = (
        head("sizes", hit="first")
        + """\
table:
  when: [account.country, account.employees]
  then: [route]
  rows:
    - [NL, {at_least: 50}, sales]
    - [any, {at_least: 100}, marketing]
otherwise: [{route: inside_sales}]
"""
    )
    several = (
        head("several", hit="all", flow="nudge")
        + """\
rules:
  - {id: told, when: {account.employees: {over: 10}}, then: [{set: {product: a}}]}
  - {id: draft, mode: shadow, when: {account.employees: {over: 20}}, then: [{set: {product: b}}]}
  - {id: resting, mode: off, when: {account.employees: {over: 30}}, then: [{set: {product: c}}]}
"""
    )
    made, left = suggested(load_with({"rules/a.yaml": table, "rules/b.yaml": several}))
    assert left == []
    assert {one.rule.id for one in made} == {"sizes-1", "sizes-2", "told", "draft"}
    draft = [one.test.rules[0].rules for one in made if one.rule.id == "draft"]
    assert draft == [("told",), ("told", "draft")]


def test_territories_are_tried_where_work_is_assigned_by_them() -> None:
    team = FILES["rules/team.yaml"].replace(
        "roles: [account_manager]}", "territory: {account.postcode_number: {between: [1000, 1999]}}}"
    )
    files = book("{account.tier: key}", then="[{assign: {pool: field_sales, by: territory}}]")
    made, left = suggested(load_with({**files, "rules/team.yaml": team}))
    assert left == []
    owners = {
        one.test.given["account"]["postcode_number"]: one.test.fields[0].value
        for one in made
        if one.line.path == "account.postcode_number"
    }
    assert owners == {999: "bram", 1000: "an", 1999: "an", 2000: "bram"}


def test_where_there_is_no_subject_it_says_why() -> None:
    rules = (
        head(hit="first")
        + """\
scope: {request.kind: renewal}
rules:
  - {id: all-large, when: {account.employees: {at_least: 100}}, then: [{route: sales}]}
  - {id: larger, when: {account.employees: {at_least: 250}}, then: [{route: sales}]}
  - {id: twice, when: {any: [{account.tier: key}, {account.tier: {known: true}}]}, then: [{route: sales}]}
  - {id: outside, when: {request.kind: [renewal, other]}, then: [{route: sales}]}
otherwise: [{route: inside_sales}]
"""
    )
    left = suggested(load_with({"rules/book.yaml": rules}))[1]
    told = {(one.rule.id, one.edge, one.why) for one in left}
    assert ("larger", "with 250", "all-large, above it, takes every such subject that was found") in told
    assert ("outside", "with other", "no subject with it was found in the scope of the rulebook") in told
    beside = "no subject was found for which the other lines of the rule leave it to this one"
    assert ("twice", "with key", beside) in told


def test_what_another_rulebook_undoes_is_not_suggested() -> None:
    first = head("first", hit="first").replace("hit: first\n", "hit: first\norder: 1\n") + (
        "rules:\n  - {id: sized, when: {account.employees: {known: true}}, then: [{set: {product: sized}}]}\n"
        "otherwise: [{set: {product: unsized}}]\n"
    )
    second = head("second", hit="first").replace("hit: first\n", "hit: first\norder: 2\n") + (
        "rules:\n  - {id: named, when: {request.product: {known: true}}, then: [{route: sales}]}\n"
        "otherwise: [{route: inside_sales}]\n"
    )
    left = suggested(load_with({"rules/a.yaml": first, "rules/b.yaml": second}), "named")[1]
    assert {one.edge for one in left} == {"with no value", "with something"}
    assert "other rulebooks" in left[0].why


def test_of_one_shipped_rulebook_every_suggestion_passes() -> None:
    loaded = load(read_files(SHIPPED), proofread=False)
    own = [one for one in loaded.tests if one.place.file == "rules/tests/standing.yaml"]
    found = list(suggest(loaded.ruleset, own, "standing"))
    prove(loaded, [one for one in found if isinstance(one, Suggestion)])
    assert len(found) > 5


@pytest.mark.slow
def test_of_all_shipped_rules_every_suggestion_passes_and_none_is_left_then() -> None:
    loaded = load(read_files(SHIPPED), proofread=False)
    made, _ = suggested(loaded)
    assert len(made) > 100
    text = as_yaml([one.test for one in made], loaded.ruleset.fields, zone_of(loaded.ruleset.team.zone))
    again = load({**loaded.files, PASTED: text}, proofread=False)
    assert [one.test.name for one in suggest(again.ruleset, again.tests) if isinstance(one, Suggestion)] == []


def test_a_test_that_gives_nothing_is_something_to_start_from() -> None:
    tests = "tests:\n  - {test: bare, now: 2026-11-20, given: {}, expect: {routing: one}}\n"
    files = book("{any: [{request.kind: {known: false}}, {owner.capacity: {at_least: 5}}]}")
    made, left = suggested(load_with({**files, "rules/tests/a.yaml": tests}))
    assert left == []
    assert {one.line.path for one in made} == {"request.kind", "owner.capacity"}
