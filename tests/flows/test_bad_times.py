"""What happens to ladders when the clock goes back, two servers run, a subject is deleted, or an owner leaves."""

import threading
from pathlib import Path

import pytest

from leadrelay.act.sweep import lease_name
from leadrelay.clock import HOUR, MINUTE, SECOND, system_clock
from leadrelay.errors import ClockBeforeData
from leadrelay.store import holder, leases
from tests.flows.life import LADDER, Life
from tests.flows.world import TEAM, make_project, opened, register


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_project(tmp_path / "project")
    (folder / "rules/waiting.yaml").write_text(LADDER)
    return folder


def test_a_clock_that_goes_back_stops_decisions_until_it_is_past_the_last_one(folder: Path):
    life = Life(opened(folder, "1"))
    start = life.project.clock()
    life.tick()
    life.at(start + 61 * MINUTE).tick()
    assert life.decided()[1:] == ["waits|request/1|1|0"]
    register(life.project.database, start, "2")
    life.at(start).tick(3)
    assert len(life.decided()) == 2
    assert len(life.said) == 1 and "The clock has gone back" in life.said[0]
    life.at(start + 62 * MINUTE).tick(2)
    assert "renewals|request/2|1|0" in life.decided() and len(life.decided()) == 4
    assert "flows go on" in life.said[1]


def test_a_clock_that_is_seconds_behind_another_machine_goes_unnoticed(folder: Path):
    life = Life(opened(folder, "1"))
    start = life.project.clock()
    life.tick()
    register(life.project.database, start, "2")
    life.at(start - 2 * SECOND).tick()
    assert len(life.decided()) == 2 and life.said == []
    assert life.column("SELECT DISTINCT at FROM decisions") == [str(start)], "it goes on with the later time"


def test_a_run_by_hand_with_a_clock_before_the_last_decision_is_refused(folder: Path):
    life = Life(opened(folder, "1"))
    life.tick()
    with pytest.raises(ClockBeforeData, match="before the last decision"):
        life.project.made("sweeper", lambda: None).sweep("route", life.project.clock() - HOUR)


def test_two_servers_on_one_database_decide_everything_once(folder: Path):
    first, second = Life(opened(folder)), Life(opened(folder))
    start = first.project.clock()
    for number in range(6):
        register(first.project.database, start, *(f"{number}-{one}" for one in range(20)))
        threads = [threading.Thread(target=one.tick) for one in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    first.tick()
    second.tick()
    routed = first.decided()
    assert len(routed) == len(set(routed)) == 120
    assert len(list((folder / "var/mail").glob("*.eml"))) == 240
    assert first.column("SELECT DISTINCT state FROM messages") == ["sent"]
    assert [line for life in (first, second) for line in life.said] == []


def test_what_a_killed_server_was_at_is_taken_over_at_once(folder: Path):
    life = Life(opened(folder, "1"))
    wall = system_clock()
    machine = holder.new_token().split("|")[0]
    with life.project.database.begin() as conn:  # of a process that no longer runs
        leases.take(conn, lease_name("route"), f"{machine}|999999999|1|x", wall, wall + HOUR)
    life.tick()
    assert life.decided() == ["renewals|request/1|1|0"]


def test_a_subject_that_is_deleted_climbs_no_further_and_its_messages_do_not_go(folder: Path):
    life = Life(opened(folder, "1", "2"))
    start = life.project.clock()
    life.tick()
    life.at(start + 61 * MINUTE).tick()
    (folder / "var/mail").rename(folder / "var/earlier")
    life.change("UPDATE messages SET state = 'pending' WHERE subject = 'request/1' AND template = 'overdue'")
    life.change("DELETE FROM requests WHERE id = '1'")
    life.at(start + 10 * HOUR).tick(3)
    assert [one for one in life.decided() if one.startswith("waits|request/1|")] == ["waits|request/1|1|0"]
    assert life.column("SELECT count(*) FROM agenda WHERE id = '1' AND due_at IS NOT NULL") == ["0"]
    assert life.column("SELECT count(*) FROM episodes WHERE subject = 'request/1' AND ended_at IS NULL") == ["0"]
    query = "SELECT state || ': ' || error FROM messages WHERE subject = 'request/1' AND template = 'overdue'"
    assert life.column(query) == ["suppressed: what it is about was deleted"]
    assert all(b"request/1" not in path.read_bytes() for path in (folder / "var/mail").glob("*.eml"))
    assert life.said == []


def test_an_owner_who_leaves_mid_ladder_hears_no_more_and_the_next_rungs_reach_the_others(folder: Path):
    """The ladder goes on by the clock of its episode, until somebody else owns the request or answers it."""
    life = Life(opened(folder, "1"))
    start = life.project.clock()
    life.tick()
    life.at(start + 61 * MINUTE).tick()
    (folder / "rules/team.yaml").write_text(TEAM.replace("pools: [inside]}", "pools: [inside], active: false}"))
    life.project.take_up_rules()
    life.at(start + 130 * MINUTE).tick()
    life.at(start + 250 * MINUTE).tick()
    waits = "SELECT step || ' ' || actions FROM decisions WHERE rule = 'waits' ORDER BY id"
    assert life.column(waits) == [
        '0 [{"notify":["an"],"template":"overdue"}]',
        '1 [{"notify":[],"template":"escalated"}]',
        '2 [{"notify":["bram"],"template":"escalated"}]',
    ]
    assert life.column("SELECT owner FROM requests") == ["an"], "who left is owner until a person or a rule says else"
    assert life.column("SELECT DISTINCT state FROM messages") == ["sent"]
