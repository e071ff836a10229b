"""Steps and rules keep their identity through edits: on a real database, with rules that go live."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

START = "2026-11-20 09:00"

STEP = "      - {{after: {after}, then: [{{notify: {{to: an, template: {template}}}}}]}}\n"


def ladder(*steps: tuple[str, str], name: str = "waits", was: str = "") -> str:
    later = "".join(STEP.format(after=after, template=template) for after, template in steps)
    renamed = f"    was: {was}\n" if was else ""
    return (
        "rulebook: waiting\nsubject: request\nflow: nudge\nhit: all\nscope: {request.status: open}\nrules:\n"
        f"  - id: {name}\n{renamed}    about: It waits\n    then: [{{notify: {{to: bram, template: news}}}}]\n"
        + (f"    later:\n{later}" if later else "")
    )


def run_all(project: Any, *times: str) -> None:
    for now in times:
        project.run(now)


LATE, LATER = ("2 days", "overdue"), ("4 days", "key_account")


def told(project: Any) -> list[str]:
    return [template for _, template in project.messages()]


def take(project: Any) -> None:
    project.take([{"id": "1", "received_at": START, "kind": "other"}], now=START)


def test_a_step_inserted_above_what_was_done_sends_nothing_again(project: Any) -> None:
    project.rules(ladder(LATER))
    take(project)
    run_all(project, START, "2026-11-25 09:00")
    project.rules(ladder(LATE, LATER))
    run_all(project, "2026-11-25 10:00", "2026-12-20 09:00")
    assert told(project) == ["news", "key_account"]


def test_the_next_one_goes_when_the_first_is_removed(project: Any) -> None:
    project.rules(ladder(LATE, LATER))
    take(project)
    run_all(project, START, "2026-11-23 09:00")
    project.rules(ladder(LATER))
    run_all(project, "2026-11-23 10:00", "2026-12-20 09:00")
    assert told(project) == ["news", "overdue", "key_account"]


@pytest.mark.parametrize("with_edit", [False, True], ids=["rules as they were", "rules edited together with it"])
def test_an_older_database_goes_on(project: Any, with_edit: bool) -> None:
    """Before migration 0020 the number of steps was all that was kept."""
    project.rules(ladder(LATE, LATER))
    take(project)
    run_all(project, START, "2026-11-23 09:00")
    forget_identities(project)
    if with_edit:
        project.rules(ladder(("1 day", "assignment_fallback"), LATE, LATER))
    run_all(project, "2026-11-23 10:00", "2026-11-23 11:00", "2026-12-20 09:00")
    assert told(project) == ["news", "overdue", "key_account"]


def forget_identities(project: Any) -> None:
    with sqlite3.connect(next(project.folder.rglob("*.db"))) as conn:
        conn.execute("UPDATE episodes SET way = NULL")
        conn.execute(
            "UPDATE decisions SET identity = '', key = rule_key || '|' || subject || '|' || episode || '|' || step"
        )
