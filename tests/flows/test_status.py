"""`status`: last and next run, what is due, late or stuck, and the exit code that says so."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.status import status
from leadrelay.cli import main
from leadrelay.clock import HOUR, MINUTE, system_clock
from leadrelay.store import holder, leases, sweeps
from tests.flows.life import LADDER, Life
from tests.flows.world import NOW, make_project, opened, register


@pytest.fixture
def life(tmp_path: Path) -> Life:
    folder = make_project(tmp_path / "project")
    (folder / "rules/waiting.yaml").write_text(LADDER)
    life = Life(opened(folder))
    life.tick()
    return life


def facts(life: Life) -> dict[str, Any]:
    return status(life.project, life.project.clock()).as_dict()


def test_a_project_in_which_everything_was_done_is_well(life: Life):
    register(life.project.database, life.project.clock(), "1")
    life.tick()
    found = facts(life)
    assert found["well"] and found["ruleset"] == 1 and found["stuck"] == found["held"] == []
    flows = {one["flow"]: one for one in found["flows"]}
    assert flows["escalate"]["next"] == "2026-11-20T10:13:00+01:00"
    assert flows["route"] == {
        "flow": "route",
        "last": "2026-11-20T09:13:00+01:00",
        "next": None,
        "due": 0,
        "late": False,
    }
    assert found["messages"] == {"pending": 0, "held": 0, "leased": 0, "sending": 0, "failed": 0}


@pytest.mark.parametrize(
    ("waited", "ran", "late"),
    [(10, 60, False), (20, 60, True), (20, 10, False)],
    ids=["not for long", "too long", "it is being worked through"],
)
def test_a_flow_is_late_when_something_waits_and_it_does_not_run(life: Life, waited: int, ran: int, late: bool):
    now = life.project.clock()
    register(life.project.database, now - waited * MINUTE, "1")
    with life.project.database.begin() as conn:
        sweeps.record(conn, "route", now - ran * MINUTE, {})
    found = facts(life)
    route = found["flows"][0]
    assert (route["due"], route["late"], found["well"]) == (1, late, not late)


def test_messages_that_do_not_go_make_delivery_late(life: Life):
    register(life.project.database, life.project.clock(), "1")
    life.tick()
    start = life.project.clock()
    life.change(f"UPDATE messages SET state = 'pending', not_before = {start}")
    life.at(start + HOUR)
    deliver = facts(life)["flows"][-1]
    assert (deliver["flow"], deliver["due"], deliver["late"]) == ("deliver", 2, True)


@pytest.mark.parametrize("state", ["sending", "unknown", "dead"])
def test_messages_that_need_a_person_are_stuck(life: Life, state: str):
    register(life.project.database, life.project.clock(), "1")
    life.tick()
    life.change(f"UPDATE messages SET state = '{state}' WHERE \"to\" = 'an'")
    assert [one["what"] for one in facts(life)["stuck"]] == [f"1 message(s) {state}"]
    life.change("UPDATE messages SET error = 'settled by hand: it need not arrive' WHERE \"to\" = 'an'")
    assert not facts(life)["stuck"]


@pytest.mark.parametrize(
    ("token", "left", "stuck"),
    [
        ("somewhere|1|1|x", HOUR, False),
        ("somewhere|1|1|x", -1, True),
        (f"{holder.new_token().split('|')[0]}|999999999|1|x", HOUR, True),
    ],
    ids=["held", "expired", "killed"],
)
def test_what_a_dead_process_was_at_is_stuck(life: Life, token: str, left: int, stuck: bool):
    wall = system_clock()
    with life.project.database.begin() as conn:
        leases.take(conn, "sweep route", token, wall, wall + left)
    found = facts(life)
    assert [one["what"] for one in found["stuck"]] == (["sweep route"] if stuck else [])
    assert found["well"] is not stuck


def test_held_rules_are_shown_and_are_no_fault(life: Life, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEADRELAY_FIRST_RUN_LIMIT", "1")
    folder = make_project(life.project.folder.parent / "held")
    (folder / "rules/waiting.yaml").write_text(LADDER)
    other = Life(opened(folder, "1", "2"))
    other.at(other.project.clock() + 2 * HOUR).tick()
    found = facts(other)
    assert found["held"] == [{"rule": "waits", "would_begin": 2}] and found["well"]


def test_the_command_prints_it_and_its_exit_code_says_whether_all_is_well(
    life: Life, capsys: pytest.CaptureFixture[str]
):
    folder = str(life.project.folder)
    assert main(["--project", folder, "--now", NOW, "status"]) == 0
    out = capsys.readouterr().out
    assert "route     2026-11-20T09:13:00+01:00" in out and "rules version 1; messages: none waiting" in out
    register(life.project.database, life.project.clock(), "1")
    assert main(["--project", folder, "--now", "2026-11-20 12:00", "status", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["flow"] for one in found["flows"] if one["late"]] == ["route", "escalate"]
    assert main(["--project", folder, "--now", "2026-11-20 12:00", "status"]) == 1
    assert "LATE" in capsys.readouterr().out
