"""`limit`: read from rules, rulebooks, tables and sequences, and known to the schema."""

import pytest
from jsonschema import Draft7Validator

from leadrelay.rulebook.load import template_names
from leadrelay.rulebook.nodes import parse, plain
from leadrelay.rulebook.schema.json_schema import json_schema
from tests.rulebook.projects import book_of, codes, head, load_with, one_rule

OWN = "    limit: {{per_hour: {}}}\n"
OF_BOOK = "limit: {per_hour: 9}\n"
ROUTING = head(hit="first") + "otherwise: [{route: sales}]\n" + OF_BOOK
TABLE = "table:\n  when: [account.tier]\n  then: [assign]\n  rows: [[key, an]]\n"


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        (one_rule(), [None]),
        (one_rule(more=OWN.format(3)), [3]),
        (one_rule(more="    limit: off\n"), [0]),
        (OF_BOOK + one_rule(), [9]),
        (OF_BOOK + one_rule(more="    limit: off\n"), [0]),
        (ROUTING + "rules:\n  - {id: one, when: {account.tier: key}, then: [{route: sales}]}\n", [9, 9]),
        (ROUTING + TABLE, [9, 9]),
    ],
)
def test_a_limit_of_a_rule_goes_before_that_of_its_rulebook(text: str, limits: list[int | None]) -> None:
    assert [rule.limit for rule in book_of(text).every_rule()] == limits


def test_a_sequence_has_a_limit_for_its_steps_and_none_for_its_exits() -> None:
    steps = "steps:\n  - {after: 1 day, then: [{nurture: {list: warm}}]}\n"
    loaded = load_with({"rules/s.yaml": f"sequence: warm\n{OF_BOOK}{steps}"})
    (book,) = loaded.ruleset.rulebooks
    assert {rule.id: rule.limit for rule in book.rules}["warm"] == 9
    assert [rule.limit for rule in book.rules].count(9) == 1


@pytest.mark.parametrize("limit", ["{per_hour: 0}", "{per_hour: many}", "{}", "7", "on", "{per_hour: 3, per_day: 4}"])
def test_what_is_no_limit_is_a_fault_and_no_editor_takes_it(limit: str) -> None:
    text = one_rule(more=f"    limit: {limit}\n")
    assert codes(text)
    assert not _validator().is_valid(plain(parse(text, "x.yaml", [])))


@pytest.mark.parametrize("limit", ["{per_hour: 1}", "off"])
def test_what_is_a_limit_fits_the_schema(limit: str) -> None:
    assert _validator().is_valid(plain(parse(f"limit: {limit}\n" + one_rule(), "x.yaml", [])))


def _validator() -> Draft7Validator:
    loaded = load_with({})
    return Draft7Validator(json_schema(loaded.ruleset, template_names(loaded.files), "any"))
