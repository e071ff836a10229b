"""The simulated company: the same seed gives the same history, every day is clean, and people leave and come."""

from pathlib import Path

import pytest

from simulation import figures
from simulation.company import company_of
from simulation.life import born, live
from simulation.looks import looks

DAYS, REQUESTS = 9, 24


def fortnight(folder: Path, seed: int) -> tuple[str, dict[int, list[str]], str]:
    life = born(folder, DAYS, REQUESTS, seed)
    live(life, DAYS, lambda _look: None)
    with life.project.database.read() as conn:
        digest = figures.fingerprint(conn)
    found = {day: [f"{one.subject} {one.code}" for one in some] for day, some in life.violations.items()}
    return digest, found, figures.text(life, DAYS, 1.0)


def test_the_same_seed_gives_the_same_history_and_every_day_is_clean(tmp_path: Path) -> None:
    digest, violations, text = fortnight(tmp_path / "one", 7)
    assert violations == {}
    assert f"Audit: clean on {DAYS} of {DAYS} days." in text
    assert fortnight(tmp_path / "two", 7)[0] == digest
    assert fortnight(tmp_path / "three", 8)[0] != digest


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
