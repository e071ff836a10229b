"""rules/lists/: named lists in YAML and CSV."""

import pytest

from leadrelay.rulebook.context import Context
from leadrelay.rulebook.lists import load_lists


def load(**files: str) -> tuple[dict[str, list[str]], list[str]]:
    """The lists with their values in order, and the problems as 'file:line code'."""
    ctx = Context({f"rules/lists/{name.replace('__', '.').replace('_', '-')}": text for name, text in files.items()})
    lists = {name: sorted(str(value) for value in values) for name, values in load_lists(ctx).items()}
    return lists, [f"{one.place.file.removeprefix('rules/lists/')}:{one.place.line} {one.code}" for one in ctx.problems]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("- ACME\n- ' Globex '\n", ["acme", "globex"]),
        ("[NO, 1000, 2.50]\n", ["1000", "2.50", "no"]),
    ],
)
def test_yaml(text: str, values: list[str]) -> None:
    assert load(target_accounts__yaml=text) == ({"target-accounts": values}, [])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Acme\nGlobex\n", ["acme", "globex"]),
        ("name\nAcme\n", ["acme"]),
        ("Value,since\nAcme,2020\n", ["acme"]),
        ("Target Accounts\nAcme\n", ["acme"]),
        ("target_accounts\nAcme\n", ["acme"]),
        ("company\nAcme\n", ["acme", "company"]),
        ("Acme\nName\n", ["acme", "name"]),
        ("\ufeffname;city\r\nAcme, Inc;Gent\r\n", ["acme, inc"]),
        ('"Acme, Inc",Gent\n"Two\nlines",x\n', ["acme, inc", "two\nlines"]),
        ("\nAcme\n\n  \n", ["acme"]),
        ('Acme\n"Globex, Ltd"\n', ["acme", "globex, ltd"]),
    ],
)
def test_csv_takes_the_first_column(text: str, values: list[str]) -> None:
    assert load(target_accounts__csv=text) == ({"target-accounts": values}, [])


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({"a__yaml": "- x\n- X\n"}, ["a.yaml:2 duplicate-entry"]),
        ({"a__csv": "x\ny\nx\n"}, ["a.csv:3 duplicate-entry"]),
        ({"a__csv": "name\n"}, ["a.csv:1 empty-list"]),
        ({"a__yaml": "[]\n"}, ["a.yaml:1 empty-list"]),
        ({"a__yaml": "x: 1\n"}, ["a.yaml:1 not-a-list"]),
        ({"a__yaml": "- x\n- [y]\n"}, ["a.yaml:2 not-a-text"]),
        ({"a__yaml": ""}, ["a.yaml:1 empty-file"]),
        ({"a__yaml": "- [\n"}, ["a.yaml:2 yaml-syntax"]),
        ({"a__csv": "Acme\nGlobex, Ltd\n"}, ["a.csv:2 ragged-row"]),
        ({"a__csv": "Acme,NL\nGlobex,NL,x\n"}, ["a.csv:2 ragged-row"]),
        ({"a__csv": 'Acme\n"Globex\nInitech\n'}, ["a.csv:2 unclosed-cell"]),
        ({"a__csv": "x\n", "a__yaml": "- y\n"}, ["a.yaml:1 duplicate-list"]),
        ({"a__txt": "x\n"}, ["a.txt:1 not-a-list-file"]),
        ({"README__md": "Lists of names.\n"}, []),
    ],
)
def test_what_is_reported(files: dict[str, str], problems: list[str]) -> None:
    assert load(**files)[1] == problems
