"""`leadrelay test`: coverage as text and JSON and its minimum, JUnit reports for CI, suggestions as a file to keep."""

import json
from pathlib import Path

import pytest

from leadrelay.commands.junit import clean
from tests.cli.conftest import Run
from tests.cli.junit_schema import read_strictly

TESTS = """\
tests:
  - test: a large company
    now: 2026-11-20 09:13
    given: {request: {}, account: {employees: 250}}
    expect: {routing: large-company}
  - test: "wrong <&> \\x07 \\uFFFE"
    now: 2026-11-20 09:13
    given: {request: {}, account: {employees: 3}}
    expect: {routing: large-company, request.desk: sales}
"""


@pytest.fixture
def tested(small: Path) -> Path:
    folder = small / "rules" / "tests"
    folder.mkdir()
    (folder / "some.yaml").write_text(TESTS, encoding="utf-8")
    return small


def test_coverage_is_told_with_places_and_a_sum(tested: Path, run: Run) -> None:
    ran = run("test", "--coverage", "--project", tested)
    assert ran.code == 1
    assert "\n\nEvery rule and row is made to hold by a test.\n" in ran.out
    assert "\nrules/routing.yaml:7:25: request.status: open is never false in a test\n" in ran.out
    assert ran.out.endswith(
        "\nCoverage 80 %: rules and rows 2 of 2 (100 %), steps and repeats 0 of 0 (100 %), "
        "conditions seen both true and false 2 of 3 (66.6 %)\n"
    )


def test_coverage_of_some_tests_is_what_these_reach(tested: Path, run: Run) -> None:
    (tested / "rules/tests/none.yaml").write_text("tests: []\n", encoding="utf-8")
    ran = run("test", "rules/tests/none.yaml", "--coverage", "--project", tested)
    assert ran.code == 0
    assert "No test makes these hold:\n    rules/routing.yaml:9:9: routing/large-company\n" in ran.out
    assert ": routing/otherwise\n" in ran.out


def test_coverage_has_a_key_of_its_own_beside_the_promised_shape(tested: Path, run: Run) -> None:
    found = run("test", "--coverage", "--json", "--project", tested).json
    assert (found["passed"], found["failed"], len(found["tests"])) == (1, 1, 2)
    assert found["coverage"]["percent"] == 80.0
    assert found["coverage"]["rules"] == {"covered": 2, "of": 2, "percent": 100.0}
    (one,) = found["coverage"]["missed"]
    assert (one["what"], one["file"], one["line"], one["never"]) == ("condition", "rules/routing.yaml", 7, "false")
    assert "coverage" not in run("test", "--json", "--project", tested).json


@pytest.mark.parametrize(("minimum", "code"), [("80", 0), ("80.1", 1)])
def test_less_than_the_minimum_is_wrong(tested: Path, run: Run, minimum: str, code: int) -> None:
    (tested / "rules/tests/some.yaml").write_text(
        TESTS.replace("routing: large-company, request.desk: sales", "routing: otherwise"), encoding="utf-8"
    )
    assert run("test", "--at-least", minimum, "--project", tested).code == code
    assert run("test", "--project", tested).code == 0


@pytest.mark.parametrize("minimum", ["-1", "101", "most"])
def test_a_minimum_is_a_percentage(tested: Path, run: Run, minimum: str) -> None:
    assert run("test", "--at-least", minimum, "--project", tested).code == 2


def test_a_strict_reader_takes_the_junit_report(tested: Path, run: Run) -> None:
    assert run("test", "--junit", tested / "report.xml", "--project", tested).code == 1
    root = read_strictly(tested / "report.xml")
    (suite,) = root
    assert suite.attrib["name"] == "rules/tests/some.yaml"
    assert {one.attrib["name"] for one in suite.iter("property")} == {"leadrelay", "file"}
    passed, failed = suite.iter("testcase")
    assert (passed.attrib["file"], passed.attrib["line"]) == ("rules/tests/some.yaml", "2")
    assert failed.attrib["name"] == "wrong <&> \ufffd \ufffd"
    (failure,) = failed
    assert failure.attrib["message"] == "2 differences"
    assert (failure.text or "").startswith("rules/tests/some.yaml:6:5: wrong")
    assert "routing: expected large-company, but otherwise decided." in (failure.text or "")


def test_faults_that_keep_tests_from_running_are_in_the_report_too(tested: Path, run: Run) -> None:
    rules = tested / "rules" / "routing.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("route: sales", "route: sails"), encoding="utf-8")
    assert run("test", "--junit", tested / "report.xml", "--project", tested).code == 2
    root = read_strictly(tested / "report.xml")
    (case,) = root.iter("testcase")
    assert (case.attrib["file"], case.attrib["line"]) == ("rules/routing.yaml", "12")
    assert case[0].tag == "error"


def test_a_report_that_cannot_be_written_is_told(tested: Path, run: Run) -> None:
    ran = run("test", "--junit", tested / "no" / "report.xml", "--project", tested)
    assert ran.code == 2
    assert "report.xml" in ran.err


def test_characters_that_xml_forbids_are_shown_as_signs() -> None:
    kept = "\t\n é € 😀 \ud7ff"
    assert clean(f"{kept}\x00\x0b\x1f\ud800\ufffe") == f"{kept}{chr(0xFFFD) * 5}"


def test_a_suggestion_becomes_a_test(tested: Path, run: Run) -> None:
    ran = run("test", "--suggest", "large-company", "--project", tested)
    assert ran.code == 0
    assert (
        ran.out
        == """\
tests:
  - test: "large-company, account.employees: {at_least: 250}, with 249"
    now: 2026-11-18 13:00
    given:
      request: {}
      account: {employees: 249}
    expect: {routing: otherwise}
"""
    )
    (tested / "rules/tests/edges.yaml").write_text(ran.out, encoding="utf-8")
    assert run("test", "rules/tests/edges.yaml", "--project", tested).out == "1 passed, 0 failed\n"
    again = run("test", "--suggest", "routing", "--project", tested)
    assert again.out == "tests: []   # every edge for which a test was found has one\n"
    assert again.code == 0


def test_suggestions_as_json(tested: Path, run: Run) -> None:
    found = run("test", "--suggest", "--json", "--project", tested).json
    (one,) = found["suggested"]
    assert (one["rulebook"], one["rule"], one["file"], one["line"]) == (
        "routing",
        "large-company",
        "rules/routing.yaml",
        10,
    )
    assert one["yaml"].startswith("tests:\n  - test: ")
    assert found["not_suggested"] == []
    assert json.dumps(found)


def test_a_rule_that_there_is_not(tested: Path, run: Run) -> None:
    ran = run("test", "--suggest", "large-compny", "--project", tested)
    assert (ran.code, ran.err) == (2, "leadrelay: There is no rule 'large-compny'. Did you mean 'large-company'?\n")
