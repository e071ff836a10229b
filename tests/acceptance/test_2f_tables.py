"""Section 2, decision tables: written in the rulebook, and read from a spreadsheet export."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = "rulebook: places\nsubject: request\nflow: route\nhit: first\n"
INLINE = (
    HEAD
    + """\
table:
  when: [account.country, account.employees, request.kind]
  then: [assign, route]
  rows:
    - [NL, {at_least: 250}, any, an, account_manager]
    - [[BE, LU], any, {not: information}, {pool: field_sales}, sales]
    - [DE, {between: [10, 20]}, any, account.owner, sales]
otherwise: [{route: inside_sales}, {assign: carla}]
"""
)
FILE = HEAD + "table: {file: places.csv}\notherwise: [{route: inside_sales}, {assign: carla}]\n"
CSV = """\
account.country,account.employees,request.kind,> assign,> route
NL,{at_least: 250},,an,account_manager
"[BE, LU]",any,{not: information},{pool: field_sales},sales
DE,"{between: [10, 20]}",,account.owner,sales
"""
WITH_IDS = CSV.replace("account.country,", "id,account.country,", 1).replace("\nNL", "\nnl-large,NL")
WITH_IDS = WITH_IDS.replace('\n"[BE', '\nbenelux,"[BE').replace("\nDE", "\ngermany,DE")

CASES = [
    # country, employees, kind: row, owner, desk
    ("NL", 250, "other", 1, "an", "account_manager"),
    (" nl ", 900, "information", 1, "an", "account_manager"),
    ("NL", 249, "other", None, "carla", "inside_sales"),
    ("BE", 1, "other", 2, "an", "sales"),
    ("lu", None, None, 2, "an", "sales"),
    ("BE", 1, "information", None, "carla", "inside_sales"),
    ("DE", 10, "other", 3, "bram", "sales"),
    ("DE", 20, "other", 3, "bram", "sales"),
    ("DE", 21, "other", None, "carla", "inside_sales"),
    (None, 500, "other", None, "carla", "inside_sales"),
]


def rule_tests(ids: list[str]) -> str:
    lines = ["tests:"]
    for number, (country, employees, kind, row, owner, desk) in enumerate(CASES):
        account = {"country": country and f"'{country}'", "employees": employees, "owner": "bram"}
        given = ", ".join(f"{name}: {value}" for name, value in account.items() if value is not None)
        request = f"kind: {kind}" if kind else ""
        rule = ids[row - 1] if row else "otherwise"
        lines.append(
            f"  - {{test: t{number}, now: 2026-11-20 09:13, given: {{request: {{{request}}}, account: {{{given}}}}},"
            f" expect: {{places: {rule}, request.owner: {owner}, request.desk: {desk}}}}}"
        )
    return "\n".join(lines) + "\n"


NUMBERED = ["places-1", "places-2", "places-3"]


@pytest.mark.parametrize(
    ("book", "file", "ids"),
    [
        (INLINE, None, NUMBERED),
        (FILE, CSV, NUMBERED),
        (FILE, "\ufeff" + CSV.replace("\n", "\r\n"), NUMBERED),
        (FILE, CSV + "\n", NUMBERED),
        (FILE, WITH_IDS, ["nl-large", "benelux", "germany"]),
    ],
    ids=["inline", "csv", "as Excel writes it", "empty line at the end", "with ids"],
)
def test_it_decides(project: Any, book: str, file: str | None, ids: list[str]) -> None:
    project.rules(book, "places")
    if file is not None:
        project.write("rules/places.csv", "").write_bytes(file.encode())
    project.expect(rule_tests(ids))


def test_without_otherwise_a_gap_is_shown_with_an_example(project: Any) -> None:
    project.rules("""\
rulebook: places
subject: request
flow: route
hit: first
table:
  when: [account.country, account.employees]
  then: [assign]
  rows:
    - [NL, {at_least: 100}, an]
    - [NL, {under: 90}, bram]
    - [{not: NL}, any, bram]
    - [NL, {known: false}, bram]
""")
    (gap,) = [finding for finding in project.check() if finding["code"] == "missing-row"]
    assert gap["severity"] == "warning" and gap["file"] == "rules/rules.yaml"
    assert "account.employees 90" in gap["message"]


def test_overlapping_rows_are_shown_with_an_example(project: Any) -> None:
    project.rules("""\
rulebook: places
subject: request
flow: route
hit: first
table:
  when: [account.country, account.employees]
  then: [assign]
  rows:
    - [NL, {at_least: 100}, an]
    - [any, {between: [50, 150]}, bram]
    - [any, {under: 50}, bram]
otherwise: [{assign: carla}]
""")
    overlaps = [finding for finding in project.check() if finding["code"] == "overlapping-rows"]
    assert len(overlaps) == 1 and overlaps[0]["line"] in (9, 10)
    assert "account.country nl" in overlaps[0]["message"].lower()


def test_a_row_that_can_never_decide_is_shown(project: Any) -> None:
    project.rules(INLINE.replace("    - [DE,", "    - [be, {over: 5}, renewal, an, sales]\n    - [DE,"), "places")
    (finding,) = [finding for finding in project.check() if finding["code"] == "unreachable-rule"]
    assert (finding["file"], finding["line"]) == ("rules/places.yaml", 11)


@pytest.mark.parametrize(
    ("csv", "line", "column", "code"),
    [
        (CSV.replace("account.country", "account.county"), 1, 1, "unknown-field"),
        (CSV.replace("> assign", "> asign"), 1, None, "unknown-action"),
        (CSV.replace("{at_least: 250}", "{at_lest: 250}"), 2, None, "unknown-test"),
        (CSV.replace(",an,", ",nobody_here,"), 2, None, "unknown-who"),
        (CSV.replace("DE,", "DE,DE,"), 4, None, "row-width"),
        (CSV.replace("account_manager", "field_sales"), 2, None, "unknown-choice"),
    ],
)
def test_a_fault_in_the_file_is_placed_in_the_file(
    project: Any, csv: str, line: int, column: int | None, code: str
) -> None:
    project.rules(FILE, "places")
    project.write("rules/places.csv", csv)
    errors = [finding for finding in project.check() if finding["severity"] == "error"]
    assert [(finding["file"], finding["line"], finding["code"]) for finding in errors] == [
        ("rules/places.csv", line, code)
    ]
    assert column is None or errors[0]["column"] == column


def test_a_file_that_is_not_there(project: Any) -> None:
    project.rules(FILE, "places")
    assert [finding["code"] for finding in project.check()] == ["unknown-file"]
