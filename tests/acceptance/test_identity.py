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


def test_a_rule_that_says_what_it_was_called_goes_on(project: Any) -> None:
    project.rules(ladder(LATE, LATER))
    take(project)
    run_all(project, START, "2026-11-23 09:00")
    project.rules(ladder(LATE, LATER, name="is-waiting", was="waits"))
    run_all(project, "2026-11-23 10:00", "2026-12-20 09:00")
    assert told(project) == ["news", "overdue", "key_account"]
    assert [rule for rule, *_ in project.steps()] == ["waits", "waits", "is-waiting"]
    stats = project.cli("rules", "stats", "--json", "--now", "2026-12-21 09:00").json
    assert "is-waiting" in str(stats) and "'waits'" not in str(stats)


def test_a_rule_that_does_not_say_it_begins_anew_and_the_difference_says_so(project: Any) -> None:
    project.rules(ladder(LATE))
    take(project)
    run_all(project, START)
    project.rules(ladder(LATE, name="is-waiting"))
    said = project.cli("rules", "diff", "--now", START).out
    assert "was called waits; it begins anew with everybody it holds for, unless it says was: waits" in said
    run_all(project, "2026-11-20 10:00")
    assert told(project) == ["news", "news"]


def test_the_way_back_to_the_former_name_goes_on_as_well(project: Any) -> None:
    project.rules(ladder(LATE, LATER))
    take(project)
    run_all(project, START, "2026-11-23 09:00")
    project.rules(ladder(LATE, LATER, name="is-waiting", was="waits"))
    run_all(project, "2026-11-23 10:00")
    project.cli("rules", "rollback", "1", "--now", "2026-11-23 11:00").ok()
    run_all(project, "2026-11-23 12:00", "2026-12-20 09:00")
    assert told(project) == ["news", "overdue", "key_account"]


def test_a_stop_goes_on_under_the_new_name(project: Any) -> None:
    project.rules(ladder(LATE))
    take(project)
    run_all(project, START)
    project.cli("rules", "stop", "waits", "--now", "2026-11-20 10:00").ok()
    project.rules(ladder(LATE, name="is-waiting", was="waits"))
    run_all(project, "2026-11-20 11:00", "2026-12-20 09:00")
    assert "overdue" not in told(project)


TABLE = """\
rulebook: {name}
{was}subject: request
flow: route
hit: all
table:
  when: [request.kind]
  then: [notify]
  rows:
{rows}"""
RENEWAL = "    - [renewal, {to: an, template: news}]\n"
REORDER = "    - [reorder, {to: an, template: overdue}]\n"
OTHER = "    - [other, {to: an, template: key_account}]\n"


def table(*rows: str, name: str = "telling", was: str = "") -> str:
    return TABLE.format(name=name, was=f"was: {was}\n" if was else "", rows="".join(rows))


@pytest.mark.parametrize(
    "after",
    [
        table(OTHER, RENEWAL, REORDER),
        table(REORDER, RENEWAL),
        table(REORDER),
        table(REORDER, OTHER, name="said", was="telling"),
    ],
    ids=["inserted", "exchanged", "removed", "rulebook renamed"],
)
def test_rows_of_a_table_are_told_apart_by_what_they_say(project: Any, after: str) -> None:
    project.rules(table(RENEWAL, REORDER))
    project.take([{"id": "1", "received_at": START, "kind": "reorder"}], now=START)
    run_all(project, START)
    project.rules(after)
    run_all(project, "2026-11-20 10:00", "2026-11-20 11:00")
    assert told(project) == ["overdue"]
    project.rules(table(RENEWAL, REORDER) if "said" not in after else table(OTHER, REORDER, name="said"))
    run_all(project, "2026-11-20 12:00")
    assert told(project) == ["overdue"]


def test_a_row_in_the_place_of_another_is_no_other_for_that(project: Any) -> None:
    """A request for which the row held that is gone is told by the row that has its number now."""
    both = "    - [[renewal, reorder], {to: an, template: overdue}]\n"
    project.rules(table(RENEWAL, both))
    project.take([{"id": "1", "received_at": START, "kind": "renewal"}], now=START)
    run_all(project, START)
    project.rules(table(both))
    run_all(project, "2026-11-20 10:00")
    assert sorted(told(project)) == ["news", "overdue"]


def test_more_late_steps_than_the_first_run_limit_allows_are_held(project: Any) -> None:
    project.rules(ladder(LATER))
    rows = [{"id": str(number), "received_at": START, "kind": "other"} for number in range(60)]
    project.take(rows, now=START)
    project.cli("rules", "release", "waits", "--now", START)
    run_all(project, START)
    project.cli("rules", "release", "waits", "--now", START)
    run_all(project, START, "2026-11-23 09:00")
    assert told(project) == ["news"] * 60
    project.rules(ladder(("1 day", "overdue"), LATER))
    run_all(project, "2026-11-23 10:00")
    assert told(project) == ["news"] * 60
    project.cli("rules", "release", "waits", "--now", "2026-11-23 11:00").ok()
    run_all(project, "2026-11-23 11:00")
    assert told(project).count("overdue") == 60
