"""`tasks`: what is open, what is late, and saying that it is done, once."""

from pathlib import Path

import pytest

from tests.cli.conftest import Ran, Run

EARLY, LATE = "2026-11-20 09:13", "2026-11-20 16:00"


@pytest.fixture
def tasks(run: Run, imported: Path) -> Run:
    assert run("run", "--project", imported, "--now", EARLY).code == 0

    def command(*arguments: object, now: str = EARLY) -> Ran:
        return run("tasks", *arguments, "--project", imported, "--now", now)

    return command


def test_a_task_is_listed_becomes_late_and_is_done_once(tasks: Run) -> None:
    listed = tasks("--for", "an")
    assert (listed.code, listed.out.splitlines()[1].split()[2:]) == (0, ["an", "request/1", "Call"])
    assert tasks("--overdue").out == "There is nothing to do.\n"
    assert tasks("--overdue", "--about", "request/2", now=LATE).code == 1
    number = tasks("--json").json[0]["id"]
    assert tasks("--done", number, "--by", "an").out == "request/1: 'Call' is done.\n"
    assert tasks("--done", number, "--by", "an").out == "request/1: 'Call' was done already.\n"
    assert [one["subject"] for one in tasks("--json").json] == ["request/2", "request/3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--done", 99, "--by", "an"), "There is no task 99."),
        (("--done", 1, "--by", "who"), "nobody called 'who'"),
        (("--done", 1), "belong together"),
    ],
)
def test_what_cannot_be_is_said(tasks: Run, arguments: tuple[object, ...], said: str) -> None:
    failed = tasks(*arguments)
    assert failed.code == 2
    assert said in failed.err
