"""A database knows that it has lived in real time: what a set clock may do to it, and one that goes back."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.cli import main
from leadrelay.clock import HOUR, MINUTE, SECOND, Instant, forced, iso, steady, system_clock
from leadrelay.errors import ClockFarAway
from leadrelay.project import open_project
from leadrelay.store import leases
from leadrelay.store.database import Database
from leadrelay.store.lived import TOLERANCE, Chosen, Steady, mark_of
from leadrelay.store.lived import lived as lived_in
from leadrelay.zone import zone_of
from tests.flows.world import NOW, make_project, register

ZONE = zone_of("Europe/Amsterdam")
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADRELAY_NOW", raising=False)
    forced.set(False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def call(folder: Path, *words: str, now: Instant | None = None) -> int:
    """A command, as if it were so late."""
    chosen = () if now is None else ("--now", iso(now, ZONE))
    forced.set(False)
    return main(["--project", str(folder), *words, *chosen])


def lived(folder: Path) -> Path:
    """A project in which something was decided, by the machine's clock."""
    project = open_project(folder, None, "take_up")
    register(project.database, project.clock(), "1")
    project.database.close()
    assert call(folder, "run") == 0
    return folder


def decided(folder: Path) -> list[int]:
    database = Database(f"sqlite:///{folder}/var/leadrelay.db")
    with database.read() as conn:
        found = [int(row[0]) for row in conn.exec_driver_sql("SELECT at FROM decisions ORDER BY id")]
    database.close()
    return found


FAR = {"ten years ahead": 3652 * DAY, "a day ahead": DAY, "two hours ahead": 2 * HOUR, "a day back": -DAY}
WRITES = {
    "serve": ("serve", "--without-prefect"),
    "run": ("run",),
    "acknowledge": ("acknowledge", "request/1", "--by", "an"),
    "set": ("set", "request/1", "expected_value=5", "--by", "an"),
    "assign": ("assign", "request/1", "--to", "bram", "--by", "an"),
    "rules stop": ("rules", "stop", "renewals", "--reason", "why"),
}
LOOKS = {
    "explain": ("explain", "request/1"),
    "due": ("due",),
    "status": ("status", "--json"),
    "audit": ("audit",),
    "export": ("export", "decisions"),
    "report": ("report", "forecast"),
}


@pytest.mark.parametrize("away", FAR.values(), ids=FAR)
def test_a_time_far_away_is_refused_with_the_reason(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, away: int
):
    before = decided(lived(folder))
    now = system_clock() + away
    capsys.readouterr()
    assert call(folder, "run", now=now) == 2
    said = capsys.readouterr().err
    assert ("--force" in said or "before the last decision" in said) and iso(now, ZONE)[:13] in said
    assert away < 0 or "has lived in real time since" in said
    monkeypatch.setenv("LEADRELAY_NOW", iso(now, ZONE))
    assert call(folder, "run") == 2, "as --now, so LEADRELAY_NOW"
    assert decided(folder) == before


@pytest.mark.parametrize("words", WRITES.values(), ids=WRITES)
def test_nothing_is_written_at_a_time_far_away(folder: Path, words: tuple[str, ...]):
    lived(folder)
    assert call(folder, *words, now=system_clock() + 10 * DAY) == 2
    if words[0] != "serve":
        assert call(folder, *words, now=system_clock() + MINUTE) in (0, 1), "but close by it may be"


@pytest.mark.parametrize("words", LOOKS.values(), ids=LOOKS)
def test_looking_at_another_time_is_always_possible(folder: Path, words: tuple[str, ...]):
    lived(folder)
    assert call(folder, *words, now=system_clock() + 10 * DAY) in (0, 1)


def test_a_database_that_never_lived_in_real_time_is_free(folder: Path):
    """The demo, the simulation, tests, and whoever tries things out."""
    for now in ("2026-11-20 09:13", "2036-01-01", "2041-01-01"):
        assert main(["--project", str(folder), "run", "--now", now]) == 0
    project = open_project(folder, NOW)
    with project.database.read() as conn:
        assert mark_of(conn) is None


def test_a_change_of_the_rules_is_no_life(folder: Path):
    assert main(["--project", str(folder), "run", "--now", NOW]) == 0
    assert call(folder, "rules", "rollback", "1") == 0
    assert main(["--project", str(folder), "run", "--now", NOW]) == 0
    project = open_project(folder, None)
    register(project.database, project.clock(), "1")
    project.database.close()
    assert main(["--project", str(folder), "run", "--now", NOW]) == 2, "but what came in is"


def test_forced_it_is_done_and_can_be_brought_back(folder: Path, capsys: pytest.CaptureFixture[str]):
    lived(folder)
    far = system_clock() + 3652 * DAY
    project = open_project(folder, None)
    register(project.database, project.clock(), "2")
    project.database.close()
    assert call(folder, "run", "--force", now=far) == 0
    assert max(decided(folder)) > far - DAY
    assert call(folder, "run") == 2, "facts of the future must not decide"
    assert "leadrelay repair clock" in capsys.readouterr().err
    assert call(folder, "repair", "clock") == 1, "it explains first"
    shown = capsys.readouterr().out
    assert "decisions" in shown and "--yes" in shown and max(decided(folder)) > far - DAY
    assert call(folder, "repair", "clock", "--yes") == 0
    assert max(decided(folder)) <= system_clock()
    assert call(folder, "repair", "clock") == 0 and call(folder, "run") == 0


@given(st.lists(st.integers(min_value=-3600, max_value=7200), max_size=30), st.integers(0, 3600))
def test_steady_time_never_goes_back_and_catches_up(steps: list[int], ahead: int):
    """While the clock is never more than an hour behind, whatever it does."""
    wall = 1_800_000_000 * SECOND
    last, then = wall, wall
    highest = wall
    for step in steps:
        wall = max(wall + step * SECOND, highest - TOLERANCE)
        now = steady(wall, last, then, TOLERANCE)
        highest = max(highest, now)
        assert now >= last and now >= wall
        last, then = now, wall
    assert steady(wall + 2 * TOLERANCE + 2, last, then, TOLERANCE) == wall + 2 * TOLERANCE + 2
    assert steady(wall, wall + TOLERANCE + 1, wall, TOLERANCE) == wall, "a clock that is further behind is believed"
    assert steady(wall - ahead * SECOND, wall, wall, TOLERANCE) == wall


BACK = {"a second": SECOND, "a minute": MINUTE, "half an hour": HOUR // 2, "an hour": HOUR}


@pytest.mark.parametrize("back", BACK.values(), ids=BACK)
def test_a_clock_that_goes_back_stops_no_run_by_hand(folder: Path, monkeypatch: pytest.MonkeyPatch, back: int):
    """Each `run` is a process of its own, as a timer starts it."""
    lived(folder)
    wall = itertools.count(system_clock() - back, MINUTE)
    monkeypatch.setattr("leadrelay.store.lived.system_clock", lambda: next(wall))
    monkeypatch.setattr(Steady.__init__, "__defaults__", (lambda: next(wall),))
    for number in range(2, 6):
        project = open_project(folder, None)
        register(project.database, project.clock(), str(number))
        project.database.close()
        assert call(folder, "run") == 0
        assert len(decided(folder)) == number, "what came in is decided in the same run"
    assert decided(folder) == sorted(decided(folder))
    assert len(list((folder / "var/mail").glob("*.eml"))) == 10


def test_a_lease_of_a_clock_that_went_back_is_not_waited_for(database: Database):
    wall = system_clock()
    with database.begin() as conn:
        assert leases.take(conn, "sweep route", "elsewhere", wall, wall + 5 * MINUTE)
        assert not leases.take(conn, "sweep route", "here", wall + MINUTE, wall + 6 * MINUTE)
        assert not leases.take(conn, "sweep route", "here", wall - MINUTE, wall + 4 * MINUTE), (
            "two machines differ a bit"
        )
        assert leases.take(conn, "sweep route", "here", wall - HOUR, wall - HOUR + 5 * MINUTE)
        assert not leases.hold(conn, "sweep route", "elsewhere", wall, wall + 5 * MINUTE), "and it is fenced"


def test_what_is_far_is_said_with_both_times(folder: Path):
    project = open_project(lived(folder), "2036-01-01 09:00")
    with (
        pytest.raises(ClockFarAway, match=r"2036-01-01T09:00:00\+01:00, and the machine's says"),
        project.database.begin(),
    ):
        pass


def test_both_databases_know_when_they_lived(database: Database):
    wall = system_clock()
    database.keeper = clock = Steady(lambda: wall)
    register(database, clock(), "1")
    with database.read() as conn:
        assert mark_of(conn) == (wall, wall, wall) and lived_in(conn)
    wall -= HOUR
    assert clock() == wall + HOUR
    wall += 10 * MINUTE
    register(database, clock(), "2")
    other = Steady(lambda: wall)
    with database.read() as conn:
        mark = mark_of(conn)
        other.follow(conn)
    assert mark == (wall + 50 * MINUTE, wall + 55 * MINUTE, wall)
    assert other() == wall + 55 * MINUTE, "another process goes on where this one is"
    for away, refused in ((MINUTE, False), (-HOUR, False), (HOUR + 1, True), (-HOUR - 1, True)):
        database.keeper = Chosen(wall + away, ZONE, lambda: wall)
        if refused:
            with pytest.raises(ClockFarAway):
                register(database, wall, "3")
        else:
            register(database, wall, "3")
