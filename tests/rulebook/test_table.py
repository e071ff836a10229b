"""Decision tables, written in the rulebook or exported from a spreadsheet, and the cells of a sheet."""

import pytest

from leadrelay.rulebook.condition import All, Equals, Line, Range
from leadrelay.rulebook.model import Assign, Pick, Route, Rule
from leadrelay.rulebook.sheet import UnclosedQuote, read_sheet
from tests.rulebook.projects import book_of, codes, head, load_with

INLINE = (
    head(hit="first")
    + """table:
  when: [account.country, account.postcode_number, account.employees]
  then: [assign, route]
  rows:
    - [BE, any, {at_least: 250}, an, account_manager]
    - [NL, {between: [1000, 1999]}, any, {pool: field_sales}, sales]
    - [[DE, FR], any, ~, "", archive]
otherwise: [{route: inside_sales}]
"""
)
FROM_FILE = head(hit="first") + "table: {file: where.csv}\notherwise: [{route: inside_sales}]\n"
COMMAS = (
    "account.country,account.postcode_number,account.employees,> assign,> route\n"
    "BE,any,{at_least: 250},an,account_manager\n"
    'NL,"{between: [1000, 1999]}",,{pool: field_sales},sales\n'
    '"[DE, FR]",,any,,archive\n'
)
SEMICOLONS = (
    "\ufeffaccount.country;account.postcode_number;account.employees;>;assign;route\r\n"
    "BE;any;{at_least: 250};;an;account_manager\r\n"
    "\r\n"
    "NL;{between: [1000, 1999]};;;{pool: field_sales};sales\r\n"
    "[DE, FR];;;;;archive\r\n"
    ";;;;;\r\n"
)


def shape(rule: Rule) -> tuple[object, ...]:
    """A rule without places."""
    assert isinstance(rule.when, All)
    lines = [(line.path, line.test) for line in rule.when.parts if isinstance(line, Line)]
    actions = [(one.name, getattr(one, "who", getattr(one, "desk", None))) for one in rule.then]
    return rule.id, rule.row, lines, actions


@pytest.mark.parametrize("sheet", [None, COMMAS, SEMICOLONS])
def test_rows_are_rules(sheet: str | None) -> None:
    book = book_of(INLINE) if sheet is None else book_of(FROM_FILE, **{"rules/where.csv": sheet})
    country, number, size = "account.country", "account.postcode_number", "account.employees"
    assert [shape(rule) for rule in book.rules] == [
        (
            "routing-1",
            1,
            [(country, Equals(frozenset({"be"}))), (size, Range(low=250))],
            [("assign", "an"), ("route", "account_manager")],
        ),
        (
            "routing-2",
            2,
            [(country, Equals(frozenset({"nl"}))), (number, Range(low=1000, high=1999))],
            [("assign", Pick("field_sales")), ("route", "sales")],
        ),
        ("routing-3", 3, [(country, Equals(frozenset({"de", "fr"})))], [("route", "archive")]),
    ]
    assert book.otherwise is not None


def test_a_column_names_the_rules() -> None:
    sheet = "id,account.country,about,> route\nbelgium,BE,The south,sales\n,NL,,sales\n"
    rules = book_of(FROM_FILE, **{"rules/where.csv": sheet}).rules
    assert [(rule.id, rule.key, rule.about) for rule in rules] == [
        ("belgium", "belgium", "The south"),
        ("routing-2", "routing-2", ""),
    ]
    assert isinstance(rules[0].then[0], Route)


def test_places_are_those_of_the_sheet() -> None:
    rules = book_of(FROM_FILE, **{"rules/where.csv": COMMAS}).rules
    assert [str(rule.place) for rule in rules] == ["rules/where.csv:2:1", "rules/where.csv:3:1", "rules/where.csv:4:2"]
    (_, number) = rules[1].when.lines()
    assert str(number.place) == "rules/where.csv:3:5"
    assign = rules[1].then[0]
    assert isinstance(assign, Assign)
    assert str(assign.place) == "rules/where.csv:3:31"


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        ("account.country,> route\nNL,sale\n", ["2:4 unknown-choice"]),
        ("account.contry,> route\nNL,sales\n", ["1:1 unknown-field"]),
        ("account.country,> rout\nNL,sales\n", ["1:1 no-actions", "1:19 unknown-action"]),
        ("account.country,request.kind\nNL,other\n", ["1:1 no-actions"]),
        ("account.employees,> route\n{at_least: many},sales\n", ["2:12 wrong-type"]),
        ("account.employees,> route\n{at_least: [},sales\n", ["2:13 yaml-syntax"]),
        ('account.employees,> route\n"{between: [9, 5]}",sales\n', ["2:2 empty-range"]),
        ("account.country,> route\nNL,sales,extra\n", ["2:10 row-width"]),
        ("account.country,,> route\nNL,,sales\n", ["1:17 no-value"]),
        ('account.country,> route\n"NL,sales\n', ["2:1 unclosed-cell"]),
        ("account.country,> route\n", ["1:1 no-rules"]),
        ("account.country,account.country,> route\nNL,NL,sales\n", ["1:17 duplicate-column"]),
        ("id,account.country,> route\nthe south,BE,sales\n", ["2:1 bad-name"]),
        ("id,account.country,> route\nx,BE,sales\nx,NL,sales\n", ["3:1 duplicate-rule"]),
    ],
)
def test_faults_point_into_the_sheet(sheet: str, found: list[str]) -> None:
    loaded = load_with({"rules/book.yaml": FROM_FILE, "rules/where.csv": sheet})
    assert [f"{one.place.line}:{one.place.column} {one.code}" for one in loaded.problems] == found
    assert {one.place.file for one in loaded.problems} == {"rules/where.csv"}


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("{}", ["5:8 missing-key"]),
        ("{file: nowhere.csv}", ["5:15 unknown-file"]),
        ("{file: where.csv, rows: []}", ["5:15 unknown-file", "5:26 file-and-rows"]),
        ("{when: [account.country], then: [route], rows: []}", ["5:55 no-rules"]),
        ("{when: [account.country], then: [route], rows: [[NL]]}", ["5:56 row-width"]),
        ("{when: [account.country], then: [route], rows: [NL]}", ["5:56 not-a-list"]),
        ("{when: [account.country], then: [route], ordered: maybe, rows: [[NL, sales]]}", ["5:58 not-yes-no"]),
        ("{when: [account.country], then: [route], row: [[NL, sales]]}", ["5:8 missing-key", "5:49 unknown-key"]),
    ],
)
def test_faults_of_a_table(table: str, found: list[str]) -> None:
    text = head(hit="first") + f"table: {table}\notherwise: [{{route: inside_sales}}]\n"
    assert sorted(codes(text)) == sorted(found)


def test_a_quoted_any_is_the_word_itself() -> None:
    text = INLINE.replace("[BE, any, ", '["any", any, ')
    (line, _) = book_of(text).rules[0].when.lines()
    assert line.test == Equals(frozenset({"any"}))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a,b\n1,2", [[("a", 1, 1), ("b", 1, 3)], [("1", 2, 1), ("2", 2, 3)]]),
        ("a;b,c\n1;2\n", [[("a", 1, 1), ("b,c", 1, 3)], [("1", 2, 1), ("2", 2, 3)]]),
        ("a\tb\n\n1\t\n", [[("a", 1, 1), ("b", 1, 3)], [("1", 3, 1), ("", 3, 3)]]),
        ('a,"x ""y"", z",c\n', [[("a", 1, 1), ('x "y", z', 1, 4), ("c", 1, 16)]]),
        ('a,"x\ny"\n1,2\n', [[("a", 1, 1), ("x\ny", 1, 4)], [("1", 3, 1), ("2", 3, 3)]]),
        ("a, b ,c\n", [[("a", 1, 1), ("b", 1, 4), ("c", 1, 7)]]),
        ("", []),
        (",,\n", []),
    ],
)
def test_cells_know_their_place(text: str, cells: list[list[tuple[str, int, int]]]) -> None:
    rows = read_sheet(text, "x.csv")
    found = [[(cell.text, cell.place.line, cell.place.column) for cell in row] for row in rows]
    assert [row[: len(wanted)] for row, wanted in zip(found, cells, strict=True)] == cells


def test_an_unclosed_quote_is_placed() -> None:
    with pytest.raises(UnclosedQuote) as caught:
        read_sheet('a,b\n1,"2\n3', "x.csv")
    assert str(caught.value.place) == "x.csv:2:3"
