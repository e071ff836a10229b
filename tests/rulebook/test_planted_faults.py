"""Faults planted in rulebooks of many sorts are found, each with its code and in its line, and nothing else is.

They stand in planted_faults.yaml, a document each after its name; a comment `# ! CODE` ends the line that a finding
must point at.
"""

import re
from pathlib import Path

import pytest

from tests.rulebook.projects import head, load_with

LISTS = {
    "rules/lists/big.yaml": "[Acme, Globex BV, Initech]\n",
    "rules/lists/other.yaml": "[Hooli, Umbrella]\n",
}
_CASES = re.compile(r"^--- # (.+)\n((?:(?!---).*\n)+)", re.MULTILINE)
PLANTED = dict(_CASES.findall(Path(__file__).with_name("planted_faults.yaml").read_text(encoding="utf-8")))
_MARK = re.compile(r"# ! ([a-z-]+)$")


def marked(text: str) -> list[tuple[int, str]]:
    """Line and code of what the comments say has to be found."""
    lines = enumerate(text.splitlines(), start=1)
    return [(number, mark[1]) for number, line in lines if (mark := _MARK.search(line))]


def test_there_are_enough() -> None:
    assert len(PLANTED) > 60
    assert all(marked(text) for text in PLANTED.values())


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_nothing_else(name: str) -> None:
    problems = load_with(LISTS | {"rules/book.yaml": PLANTED[name]}).problems
    found = [(one.place.line, one.code) for one in problems]
    assert sorted(found) == sorted(marked(PLANTED[name])), "\n".join(str(one) for one in problems)
    assert {one.severity for one in problems} == {"warning"}


SHEET = """\
account.postcode_number,account.tier,> route
"{between: [1000, 1999]}",key,sales
"{between: [2000, 2999]}",,sales
"{between: [1500, 1600]}",key,archive
"{between: [2900, 3100]}",key,archive
"""


def test_faults_in_a_sheet_are_placed_in_the_sheet() -> None:
    book = head(hit="first") + "table: {file: places.csv}\notherwise: [{route: inside_sales}]\n"
    loaded = load_with({"rules/book.yaml": book, "rules/places.csv": SHEET})
    found = [(one.place.file, one.place.line, one.code) for one in loaded.problems]
    assert found == [("rules/places.csv", 4, "unreachable-rule"), ("rules/places.csv", 5, "overlapping-rows")]


def test_what_an_action_may_just_have_changed_is_not_counted_on() -> None:
    """A step is looked at after the actions of other rules, so its condition may come true where its rule's did."""
    step = "later: [{after: 1 day, when: {request.desk: sales}, then: [{task: {for: dirk, what: Call, due: 1 day}}]}]"
    one = f"  - {{id: one, when: {{request.desk: {{known: false}}}}, then: [{{route: sales}}], {step}}}\n"
    assert load_with({"rules/book.yaml": head() + "rules:\n" + one}).problems == []


def test_of_a_sequence_only_what_a_step_says_itself_is_looked_at() -> None:
    """`when` of a sequence counts for each step, and what one step says as well is needed for the others."""
    task = "then: [{task: {for: dirk, what: Call, due: 1 day}}]"
    text = (
        "sequence: leads\nabout: Warm them up.\nwhen: {contact.language: {known: true}}\nsteps:\n"
        f"  - {{after: 1 day, when: {{contact.language: nl}}, {task}}}\n"
        f"  - {{after: 2 days, {task}}}\n  - {{after: 3 days, when: {{contact.language: {{known: false}}}}, {task}}}\n"
    )
    problems = load_with({"rules/leads.yaml": text}).problems
    assert [(one.place.line, one.code) for one in problems if one.code != "list-nobody-fills"] == [
        (7, "step-never-holds")
    ]
