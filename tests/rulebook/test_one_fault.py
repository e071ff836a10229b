"""A file that cannot be read is one fault: nothing is said of other files that follows from what it would have held."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leadrelay.rulebook.load import load, read_files

PROJECT = Path(__file__).parents[2]
FILES = read_files(PROJECT)
EVERY = [file for file in FILES if file.endswith((".yaml", ".csv"))]
BREAK: dict[str, Callable[[str], str]] = {
    "unclosed": lambda text: f"{text}\n  x: [unclosed\n",
    "half": lambda text: f"{text[: len(text) // 2]}\n\t{{",
    "empty": lambda _text: "",
    "unknown key": lambda text: f"{text}\nzzz: 1\n",
    "not UTF-8": lambda text: f"{text[: len(text) // 2]}\udcff{text[len(text) // 2 :]}",
}
OF_EACH_KIND = (
    *("rules/team.yaml", "rules/fields.yaml", "rules/calendar.yaml", "rules/stages.yaml", "rules/matching.yaml"),
    *("rules/packs.yaml", "rules/process.yaml", "rules/messages.yaml", "rules/routing.yaml", "rules/lost.yaml"),
    *("rules/lists/free-mail.yaml", "rules/lists/reorder-words.yaml", "rules/sequences/webinar.yaml"),
    *("packs/bant/pack.yaml", "packs/bant/lists/bant-stages.yaml", "rules/tests/routing.yaml"),
)
"""Files that much else speaks of, and one of each kind."""


def elsewhere(file: str, way: str) -> Iterator[str]:
    """What is said of other files when this one is broken."""
    problems = load({**FILES, file: BREAK[way](FILES[file])}).problems
    if file.endswith(".yaml"):
        assert [one for one in problems if one.place.file == file], "the fault itself is not reported"
    return (f"{one.place.file}:{one.place.line}: {one.message}" for one in problems if one.place.file != file)


def test_the_shipped_files_have_no_fault() -> None:
    assert load(FILES).problems == []


@pytest.mark.parametrize("file", OF_EACH_KIND)
def test_nothing_is_said_of_other_files(file: str) -> None:
    assert list(elsewhere(file, "unclosed")) == []


@pytest.mark.parametrize("file", ["rules/lists/free-mail.yaml", "packs/bant/pack.yaml"])
def test_nothing_is_said_of_those_who_name_a_file_that_is_no_text(file: str) -> None:
    assert list(elsewhere(file, "not UTF-8")) == []


@pytest.mark.slow
@pytest.mark.parametrize("way", BREAK)
@pytest.mark.parametrize("file", EVERY)
def test_nothing_is_said_of_other_files_whichever_is_broken(file: str, way: str) -> None:
    assert list(elsewhere(file, way)) == []


def test_a_field_declared_with_a_fault_is_no_unknown_field() -> None:
    file = "rules/fields.yaml"
    broken = FILES[file].replace("waits_for: {type: choice", "waits_for: {type: choise")
    problems = load({**FILES, file: broken}).problems
    assert {one.place.file for one in problems} == {file}, problems
