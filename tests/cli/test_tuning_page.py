"""docs/tuning.md walks through one change with what is really printed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Run

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tuning.md"
EDITS = {
    "rules/routing.yaml": {"account.employees: {at_least: 250}": "account.employees: {at_least: 100}"},
    "rules/tests/routing.yaml": {"employees: 249": "employees: 99", "at 249 people": "at 99 people"},
}
COUNTED = re.compile(r"\d+(?= files|passed| passed| rules in| rulebooks)|(?<=\.yaml:)\d+(:\d+)?")


def part_of(printed: str, begin: str, end: str) -> str:
    """The lines of a long answer that the page shows."""
    return printed[printed.index(begin) : printed.index(end)].rstrip() + "\n"


def walk(run: Run, folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each block, in order."""

    def say(words: list[str], now: str = NOW) -> str:
        found = run(*words, "--project", folder, "--now", now)
        return found.err + found.out

    def shown(*words: str, pick: Callable[[str], str] = str) -> str:
        return f"$ leadrelay {' '.join(words)}\n{pick(say(list(words)))}"

    def edit(file: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        for old, new in EDITS[file].items():
            assert old in text
            text = text.replace(old, new)
        (folder / file).write_text(text, encoding="utf-8")

    say(["import", str(ROOT / "docs" / "examples" / "tuning-requests.csv")], "2026-11-16 09:30")
    say(["run"], "2026-11-16 09:31")
    say(["run"])
    routing = "\nrouting: ", "\nrouted: "
    yield "explain", shown("explain", "request/52", pick=lambda text: part_of(text, *routing).lstrip("\n"))
    edit("rules/routing.yaml")
    yield "check", shown("check")
    yield "test", shown("test")
    edit("rules/tests/routing.yaml")
    yield "suggest", shown("test", "--suggest", "large-project", pick=lambda text: text.partition("\n\n")[0] + "\n")
    yield "retest", shown("test")
    yield "diff", shown("rules", "diff")
    yield "backtest", shown("backtest", "--rules", str(folder / "rules")).replace(str(folder / "rules"), "rules")
    yield "run", shown("run", pick=lambda text: text.partition("\n")[0] + "\n")
    yield "log", shown("rules", "log")
    yield "rollback", shown("rules", "rollback", "1", "--write")
    yield "nothing", shown("rules", "diff")


def block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


def apart(text: str) -> str:
    """Without the counts that every new rule or test changes, and trailing blanks."""
    return re.sub(r" +$", "", COUNTED.sub("N", text), flags=re.MULTILINE)


def test_the_page_shows_what_is_printed(shipped: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "olga")
    monkeypatch.setenv("LEADRELAY_CACHE", "")
    page, place = apart(PAGE.read_text(encoding="utf-8")), 0
    for name, text in walk(run, shipped):
        found = page.find(apart(block(text)), place)
        assert found >= 0, f"{name}: the page does not show\n{text}"
        place = found + 1
