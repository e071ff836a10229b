"""The simulated company: every day is clean, the same seed gives the same history, and people leave and come."""

from pathlib import Path

import pytest

from simulation import figures
from simulation.company import company_of
from simulation.life import Life, born, live
from simulation.looks import looks

pytestmark = pytest.mark.serve

DAYS, REQUESTS = 6, 24


def lived(folder: Path, seed: int, days: int) -> Life:
    life = born(folder, days, REQUESTS, seed)
    live(life, days, lambda _look: None)
    return life


def history(life: Life) -> str:
    with life.project.database.read() as conn:
        return figures.fingerprint(conn)


def test_every_day_is_clean(tmp_path: Path) -> None:
    life = lived(tmp_path / "one", 7, DAYS)
    assert {day: [f"{one.subject} {one.code}" for one in found] for day, found in life.violations.items()} == {}
    assert f"Audit: clean on {DAYS} of {DAYS} days." in figures.text(life, DAYS, 1.0)


def test_the_same_seed_gives_the_same_history(tmp_path: Path) -> None:
    one, same, other = (history(lived(tmp_path / str(n), seed, 2)) for n, seed in enumerate((7, 7, 8)))
    assert one == same != other


@pytest.mark.parametrize("seed", range(3))
def test_people_leave_and_come_and_are_on_leave(seed: int) -> None:
    company = company_of(seed, 730, 60)
    left = [one for one in company.people.values() if one.left is not None]
    assert len(left) == 4
    assert {one.left for one in left} < set(company.changes)
    for one in left:
        assert not one.at_work(one.left)
    away = [one for one in company.people.values() if one.leave]
    assert all(not one.at_work(day) for one in away for day in one.leave[0])


def test_people_are_looked_in_on_three_times_a_working_day(tmp_path: Path) -> None:
    calendar = born(tmp_path / "one", 7, REQUESTS, 1).project.ruleset.calendars["default"]
    assert [(look.day, look.working, look.last) for look in looks(7, calendar)][-5:] == [
        (4, True, False),
        (4, True, False),
        (4, True, True),
        (5, False, True),
        (6, False, True),
    ]
