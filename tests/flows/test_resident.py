"""The resident loop: what is due is done at once, in order; trouble is said once, and nothing ends it."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import resident, work
from flows.handed import Handed
from flows.names import ORDER
from leadrelay.act.sweep import lease_name
from leadrelay.clock import HOUR, MINUTE, SECOND, Instant, system_clock
from leadrelay.project import Project
from leadrelay.store import leases, sweeps
from leadrelay.store.database import Database
from tests.flows.life import LADDER, Life
from tests.flows.world import ROUTING, make_project, opened, register


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "FOLDER_LOOK", 0.0)
    monkeypatch.setattr(resident, "FIRST_PAUSE", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


@pytest.fixture
def life(folder: Path) -> Iterator[Life]:
    project = opened(folder)
    project.notices.clear()
    project.database = Database(project.settings.database_url, wait=0.05)
    yield Life(project)
    project.database.close()


def test_what_came_in_is_decided_and_told_in_one_look(life: Life):
    life.tick()
    now = life.project.clock()
    with life.project.database.read() as conn:
        assert set(sweeps.last(conn)) == set(ORDER), "at the start each flow runs once"
    register(life.project.database, now, "1", "2")
    life.at(now + SECOND).tick()
    assert life.decided() == ["renewals|request/1|1|0", "renewals|request/2|1|0"]
    assert len(list((life.project.folder / "var/mail").glob("*.eml"))) == 4
    life.at(now + HOUR).tick(3)
    with life.project.database.read() as conn:
        assert sweeps.last(conn)["route"].at == now + SECOND, "nothing was due, so nothing ran"
    assert life.said == []


class Recorder:
    """A way through Prefect that does the work, or is down."""

    def __init__(self, up: bool = True) -> None:
        self.up, self.asked = up, list[str]()

    def carry_out(self, name: str, handed: Handed) -> None:
        self.asked.append(name)
        if self.up:
            handed.done[name] = work.WORK[name](handed.project, handed.now, handed.go_on)


@pytest.mark.parametrize("up", [True, False])
def test_flows_go_through_prefect_and_directly_when_it_does_not_take_them(folder: Path, up: bool):
    recorder = Recorder(up)
    life = Life(opened(folder, "1"), recorder)
    life.tick()
    assert recorder.asked == list(ORDER)
    assert life.decided() == ["renewals|request/1|1|0"]


def test_route_goes_before_each_of_the_others(life: Life, monkeypatch: pytest.MonkeyPatch):
    ran: list[str] = []

    def watched(name: str) -> work.Work:
        def run(project: Project, now: Instant, go_on: work.GoOn) -> work.Summary:
            ran.append(name)
            if name == "escalate":
                register(project.database, now, "2")
            return work.WORK[name](project, now, go_on)

        return run

    monkeypatch.setattr(resident, "WORK", {name: watched(name) for name in ORDER})
    life.tick()
    assert ran[:4] == ["route", "escalate", "route", "nudge"]


def test_a_flow_is_shown_in_prefect_once_in_a_period_of_its_schedule(folder: Path):
    recorder = Recorder()
    life = Life(opened(folder, "1"), recorder)
    life.tick()
    register(life.project.database, life.project.clock(), "2")
    life.tick()
    assert len(life.decided()) == 2 and recorder.asked == list(ORDER)


def test_changed_rules_are_taken_up_when_they_are_whole_and_sound(life: Life):
    life.tick()
    path = life.project.folder / "rules/routing.yaml"
    path.write_text(ROUTING.replace("route: sales", "route: marketing"))
    life.tick()
    assert life.project.ruleset.version == 1, "not at once: the file may still be being written"
    life.tick()
    assert life.project.ruleset.version == 2
    path.write_text(ROUTING.replace("route: sales", "rout: sales"))
    life.tick(4)
    assert life.project.ruleset.version == 2
    register(life.project.database, life.project.clock(), "1")
    life.tick()
    assert life.column("SELECT desk FROM requests") == ["marketing"]
    path.write_text(ROUTING)
    life.tick(2)
    assert life.project.ruleset.version == 3
    assert [line.split(" ", 1)[1].split(" (")[0] for line in life.said] == [
        "rules: version 2 is live",
        "rules: 1 fault(s): rules/routing.yaml:14:9: 'rout' is no action; going on with version 2",
        "rules: nobody has the role ops in rules/team.yaml, so nobody gets a message about it",
        "rules: version 3 is live",
        "rules: the rules folder is sound again; version 3 is live",
    ]


def test_rules_that_another_process_put_live_are_followed(life: Life, folder: Path):
    life.tick()
    other = shutil.copytree(folder, folder.parent / "other", ignore=shutil.ignore_patterns("var"))
    (other / "rules/routing.yaml").write_text(ROUTING.replace("route: sales", "route: marketing"))
    life.project.folder = other
    life.project.take_up_rules()
    second = Life(opened(folder))  # takes its own folder up: version 3
    life.tick()
    assert life.project.ruleset.version == second.project.ruleset.version == 3
    assert "rules: version 3 is live (rules folder)" in life.said[-1]


def test_a_locked_database_is_said_once_and_waited_for(life: Life):
    life.tick()
    register(life.project.database, life.project.clock(), "1")
    other = sqlite3.connect(life.project.folder / "var/leadrelay.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    life.tick(3)
    assert len(life.said) == 1 and "locked by another program" in life.said[0]
    other.execute("ROLLBACK")
    other.close()
    life.tick()
    assert life.decided() and life.said[1].endswith("The database works again.")


def test_a_database_that_vanishes_is_said_once_and_its_backup_is_taken_up(life: Life):
    life.tick()
    path = life.project.folder / "var/leadrelay.db"
    backup = path.with_suffix(".bak")
    with sqlite3.connect(path) as source, sqlite3.connect(backup) as copy:
        source.backup(copy)
    for one in path.parent.glob("leadrelay.db*"):
        one.unlink()
    life.tick(3)
    assert len(life.said) == 1 and "the file is gone" in life.said[0] and not path.exists()
    backup.rename(path)
    register(life.project.database, life.project.clock(), "1")
    life.tick()
    assert life.decided() == ["renewals|request/1|1|0"] and life.said[1].endswith("works again.")


def test_a_flow_that_another_process_is_at_is_left_to_it(life: Life):
    life.tick()
    register(life.project.database, life.project.clock(), "1")
    wall = system_clock()
    with life.project.database.begin() as conn:
        leases.take(conn, lease_name("route"), "another machine", wall, wall + MINUTE)
    life.tick(2)
    assert life.decided() == life.said == []
    with life.project.database.begin() as conn:
        leases.release(conn, lease_name("route"), "another machine")
    life.tick()
    assert life.decided() == ["renewals|request/1|1|0"]


def test_an_error_in_one_flow_is_said_once_and_the_others_go_on(life: Life, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> dict[str, object]:
        raise ZeroDivisionError("a fault of ours")

    whole = dict(work.WORK)
    monkeypatch.setattr(resident, "WORK", {**whole, "nudge": broken})
    register(life.project.database, life.project.clock(), "1")
    life.tick(3)
    assert life.decided() == ["renewals|request/1|1|0"]
    assert [line.split(" ", 1)[1] for line in life.said] == [
        "nudge: ZeroDivisionError: a fault of ours It is tried again; the other flows go on."
    ]
    monkeypatch.setattr(resident, "WORK", whole)
    life.tick()
    assert life.said[1:] == [life.said[0].split(" ")[0] + " nudge: it works again."]


def test_a_held_rule_is_said_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEADRELAY_FIRST_RUN_LIMIT", "1")
    (folder / "rules/waiting.yaml").write_text(LADDER)
    life = Life(opened(folder, "1", "2", "3"))
    life.project.notices.clear()
    life.at(life.project.clock() + 2 * HOUR).tick(2)
    life.at(life.project.clock() + 3 * HOUR).tick(2)
    assert len(life.said) == 1 and "the rule 'waits' is held, it would act on 3 at once" in life.said[0]


def test_it_stops_between_two_flows(folder: Path):
    class Stopping(Recorder):
        def carry_out(self, name: str, handed: Handed) -> None:
            super().carry_out(name, handed)
            life.stop.set()

    recorder = Stopping()
    life = Life(opened(folder, "1"), recorder)
    life.loop.run()
    assert recorder.asked == ["route"]
    with life.project.database.read() as conn:
        assert leases.current(conn) == []
