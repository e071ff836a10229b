"""Every kind of fault has a small bad file, with what `check` says about it beside it.

    bad/project/                a sound project
    bad/CODE.bad.yaml           put in it, in place of the file that its first line names ('# rules/team.yaml')
    bad/CODE/                   or several files, put over it
    bad/CODE.txt                what is then found, CODE first of all or among it

`REWRITE_GOLDEN=1 pytest tests/rulebook/test_bad_files.py` writes the .txt files again; read the difference.
"""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import leadrelay.rulebook
from leadrelay.rulebook.load import load, read_files
from leadrelay.rulebook.problem import show

HERE = Path(__file__).parent / "bad"
CHECKS = Path(__file__).parents[2] / "docs" / "checks.md"
CASES = sorted(path for path in HERE.iterdir() if path.name != "project" and path.suffix != ".txt")
REPORTERS = {"report", "unknown", "Problem", "_warn", "_warning"}
ELSEWHERE = (
    "template-",
    "map-",
    "no-rulebooks",
    "unused-",
    "one-person-",
    "one-deputy",
    "never-known",
    "endless-",
    "empty-field",
)
"""Codes with these beginnings are shown in test_wording.py, tests/intake, test_load.py, test_upkeep.py or tests/act."""
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")


def name_of(case: Path) -> str:
    return case.name.removesuffix(".bad.yaml")


def files_of(case: Path) -> dict[str, str]:
    files = read_files(HERE / "project")
    if case.is_dir():
        return files | read_files(case)
    text = case.read_bytes().decode("utf-8", "surrogateescape")
    return files | {text.partition("\n")[0].removeprefix("# ").strip(): text}


def codes_in_source() -> Iterator[str]:
    """Every word with dashes that is handed to something that reports, or that stands in a tuple with its message."""
    home = Path(leadrelay.rulebook.__path__[0])
    for path in (*home.rglob("*.py"), home.parent / "act" / "circles.py", home.parent / "report" / "empty_fields.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for part in parts_of(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and CODE.fullmatch(part.value):
                    yield part.value


def parts_of(node: ast.AST) -> list[ast.expr]:
    """What may be a code in a call or a tuple."""
    if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in REPORTERS:
        chosen = [half for part in node.args if isinstance(part, ast.IfExp) for half in (part.body, part.orelse)]
        return node.args + chosen
    if isinstance(node, ast.Tuple) and any(is_message(part) for part in node.elts):
        return node.elts
    return []


def is_message(part: ast.expr) -> bool:
    return isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and str(part.value).endswith("."))


def test_the_project_itself_is_sound() -> None:
    assert load(read_files(HERE / "project")).problems == []


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_bad_file_is_explained(case: Path) -> None:
    files = files_of(case)
    loaded = load(files)
    problems = loaded.problems
    said = "\n\n".join(show(problem, loaded.files) for problem in problems) + "\n"
    golden = HERE / f"{name_of(case)}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")
    assert name_of(case).partition("--")[0] in {problem.code for problem in problems}
    assert all(problem.remedy for problem in problems), "every fault says what to do"


def test_every_code_is_documented_and_has_a_bad_file() -> None:
    used = set(codes_in_source())
    for golden in HERE.glob("*.txt"):
        used.update(
            re.findall(r": (?:error|warning): .*\[([a-z0-9-]+)\]$", golden.read_text(encoding="utf-8"), re.MULTILINE)
        )
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", CHECKS.read_text(encoding="utf-8"), re.MULTILINE))
    shown = {name_of(case).partition("--")[0] for case in CASES}
    assert len(used) > 40
    assert documented == used
    assert shown == {code for code in used if not code.startswith(ELSEWHERE)}


PAGES = re.findall(r"^### ([a-z0-9-]+)\n(.*?)(?=^#|\Z)", CHECKS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("code", "page"), PAGES, ids=[code for code, _ in PAGES])
def test_a_page_shows_the_bad_file_and_what_is_said_of_it(code: str, page: str) -> None:
    source, printed = re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert source == (HERE / f"{code}.bad.yaml").read_text(encoding="utf-8").partition("\n")[2]
    assert printed == (HERE / f"{code}.txt").read_text(encoding="utf-8")
    assert "**What to do.**" in page


def test_there_are_pages_for_how_rules_lie_to_each_other() -> None:
    assert {"never-holds", "unreachable-rule", "missing-row", "always-holds"} <= {code for code, _ in PAGES}
