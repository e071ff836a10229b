"""docs/going-live.md shows what is printed, up to the number of rules and tests."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Run

pytestmark = pytest.mark.docs

PAGE = Path(__file__).parents[2] / "docs" / "going-live.md"
COUNTED = re.compile(r"\d+(?= rule tests| rules in| rulebooks)|(?<=\.yaml:)\d+:\d+")


def counts_apart(text: str) -> str:
    return COUNTED.sub("N", text)


def block(text: str) -> str:
    return f"```text\n{counts_apart(text).rstrip()}\n```"


def test_the_page_shows_what_is_printed(shipped: Path, run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGNAME", "olga")
    page = counts_apart(PAGE.read_text(encoding="utf-8"))
    project = ("--project", shipped, "--now", NOW)

    def edit(file: str, *pairs: tuple[str, str]) -> None:
        text = (shipped / file).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (shipped / file).write_text(text, encoding="utf-8")

    def shows(command: str) -> None:
        words = re.findall(r'"[^"]*"|\S+', command)
        printed = run(*(word.strip('"') for word in words[1:]), *project).out
        assert block(f"$ {command}\n{printed}") in page

    def says(number: int) -> None:
        lines = run("run", "route", *project).err.splitlines()[:number]
        assert block("\n".join(lines)) in page

    run("run", "route", *project)
    edit("rules/routing.yaml", ("account.employees: {at_least: 250}", "account.employees: {at_least: 100}"))
    shows("leadrelay rules diff")
    says(1)
    edit("rules/tests/routing.yaml", ("employees: 249", "employees: 99"), ("at 249 people", "at 99 people"))
    says(2)
    shows("leadrelay rules log")
    shows('leadrelay rules rollback 1 --reason "too much for field sales"')
