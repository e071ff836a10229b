"""The book of the process: made from the rules, complete for the shipped ones, and up to date in docs/."""

import json
from pathlib import Path

import pytest

from leadrelay.cli import main
from leadrelay.report.book import Chapter, as_markdown, chapters
from leadrelay.rulebook.condition import ALWAYS
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.process import Step

SHIPPED = Path(__file__).parents[2]
NUMBERS = [*(f"M{number}" for number in range(1, 21)), "M23", "M24"]
BOOKS = (
    Rulebook(
        "waiting",
        "request",
        "escalate",
        about="What waits\n  too long (M12, M4).",
        rules=(
            Rule("waits", "waits", ALWAYS, about="Half a day without an answer."),
            Rule("asks", "asks", ALWAYS, about="Asks often (M13), never (really) orders (M3a).", mode="shadow"),
            Rule("asleep", "asleep", ALWAYS, about="No more (M12).", mode="off"),
        ),
        otherwise=Rule("otherwise", "waiting/otherwise"),
    ),
)
STEPS = (Step("M12", "It warns", ("It keeps a history.",)), Step("M2", "It is noted"), Step("M4", "It ends"))
PAGE = """\
## M2: It is noted

Nothing yet.

## M3

- `waiting/asks` (shadow: recorded only): Asks often, never (really) orders.

## M4: It ends

**waiting**: What waits too long.

- `waiting/waits`: Half a day without an answer. (*one*; *two* and 1 more)
- `waiting/otherwise`

## M12: It warns

**waiting**: What waits too long.

- `waiting/waits`: Half a day without an answer. (*one*; *two* and 1 more)
- `waiting/otherwise`

By the program itself: It keeps a history.

## M13

- `waiting/asks` (shadow: recorded only): Asks often, never (really) orders.
"""


def test_a_chapter_per_step_from_what_the_rules_say_of_themselves() -> None:
    found = chapters(STEPS, BOOKS, {"waits": ["one", "two", "three"]})
    assert as_markdown(found).partition("\n\n")[2].partition("\n\n")[2].strip() == PAGE.strip()
    assert [fault for chapter in found for fault in chapter.faults] == [
        "M2 has no rule, and nothing is said of the program.",
        "No rule test makes a rule of M3 hold.",
        "No rule test makes a rule of M13 hold.",
    ]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    page = tmp_path_factory.mktemp("book") / "process.md"
    assert main(["rules", "book", "--output", str(page), "--project", str(SHIPPED)]) == 0
    return page.read_text(encoding="utf-8")


def test_the_page_in_docs_is_up_to_date(printed: str) -> None:
    """If not: `make process`."""
    assert (SHIPPED / "docs" / "process.md").read_text(encoding="utf-8") == printed


def test_every_step_of_the_mission_has_its_rules_or_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "book", "--json", "--project", str(SHIPPED)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["number"] for one in found] == NUMBERS
    for one in found:
        assert one["title"]
        assert one["rules"] or one["program"], one["number"]
        assert all(rule["tests"] for rule in one["rules"]), f"{one['number']} has rules that no test makes hold"
    by_rule = {one["number"] for one in found if one["rules"]}
    assert by_rule >= {f"M{number}" for number in (*range(2, 15), 17, 18, 23, 24)}


def test_a_project_without_the_file_has_a_book_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "waiting.yaml").write_text(
        "rulebook: waiting\nabout: What waits (M12).\nsubject: request\nflow: nudge\nhit: all\n"
        "rules: [{id: waits, when: {request.status: open}, then: [{set: {summary: x}}]}]\n",
        encoding="utf-8",
    )
    assert main(["rules", "book", "--project", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "## M12\n\n**waiting**: What waits.\n\n- `waiting/waits`\n" in told.out
    assert told.err == "No rule test makes a rule of M12 hold.\n"
    assert Chapter(Step("M1", "x", ("y",)), (), ()).faults == []


def test_rules_with_faults_make_no_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "waiting.yaml").write_text("rulebook: waiting\n", encoding="utf-8")
    assert main(["rules", "book", "--project", str(tmp_path)]) == 2
    assert "leadrelay check" in capsys.readouterr().err
