"""A clock that goes back an hour stops nothing: the same day, lived with it and without it, comes to the same."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.act.sweep import LEASE, lease_name
from leadrelay.clock import HOUR, MINUTE, SECOND, Instant, parse_time
from leadrelay.links import Purpose, Signer, Ticket
from leadrelay.project import open_project
from leadrelay.store import leases
from leadrelay.store.lived import Steady
from leadrelay.zone import zone_of
from tests.flows.life import LADDER, Life
from tests.flows.world import NOW, ROUTING, make_project, register

START = parse_time(NOW, zone_of("Europe/Amsterdam"))
STEP = 10 * MINUTE
GENTLY = """
routes:
  - route: grouped
    match: {template: overdue}
    group: {by: [template], wait: 20 minutes, interval: 30 minutes}
digests:
  - at: [12:00, 16:00]
caps:
  - {at_most: 3, per: 1 hour}
"""
DIGEST = ROUTING.replace("template: key_account, urgency: now", "template: key_account, urgency: digest")


class Day:
    """A day that is lived step by step, each of ten minutes, by a machine's clock that can be put back."""

    def __init__(self, folder: Path) -> None:
        make_project(folder)
        (folder / "rules/waiting.yaml").write_text(LADDER)
        (folder / "rules/routing.yaml").write_text(DIGEST)
        (folder / "rules/messages.yaml").write_text(GENTLY)
        self.wall: Instant = START
        project = open_project(folder, NOW, "take_up")
        project.clock = project.database.keeper = self.clock = Steady(lambda: self.wall)
        self.life = Life(project)
        self.told: list[Instant] = []

    def step(self, number: int, back: int = 0) -> None:
        """Ten minutes pass, a request comes in, and the loop looks."""
        self.wall += STEP - back
        self.told.append(self.clock())
        if number < 12:
            register(self.life.project.database, self.clock(), f"R{number}")
        self.life.tick(2)
        if number < 12:
            assert f"renewals|request/R{number}|1|0" in self.life.decided(), "decided in the tick in which it came"

    def outcome(self) -> tuple[list[str], list[str]]:
        """What was decided, and what reached people."""
        of_rules = "template IN ('key_account', 'overdue', 'escalated')"
        query = f"SELECT state || ' ' || template || ' ' || subject || ' ' || \"to\" FROM messages WHERE {of_rules}"
        return sorted(self.life.decided()), sorted(self.life.column(query))


def lived(folder: Path, back: dict[int, int], steps: int = 60) -> Day:
    day = Day(folder)
    for number in range(steps):
        day.step(number, back.get(number, 0))
    return day


@pytest.fixture(scope="module")
def in_peace(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return lived(tmp_path_factory.mktemp("peace") / "project", {})


BACK = {"a second": SECOND, "a minute": MINUTE, "half an hour": HOUR // 2, "an hour": HOUR}


def test_the_day_has_all_that_can_be_late(in_peace: Day):
    decided, told = in_peace.outcome()
    steps = {one.rpartition("|")[2] for one in decided if one.startswith("waits")}
    assert "0" in steps and len(steps) == 3
    assert {one.split()[1] for one in told} == {"key_account", "overdue", "escalated"}
    mails = in_peace.life.column("SELECT DISTINCT template FROM messages")
    assert len(mails) > 3, "and some went together"


@pytest.mark.parametrize("back", BACK.values(), ids=BACK)
@pytest.mark.parametrize("when", [17])
def test_sweeps_ladders_digests_and_caps_come_to_the_same(tmp_path: Path, in_peace: Day, back: int, when: int):
    day = lived(tmp_path / "project", {when: back}, steps=60 + 2 * back // STEP)
    assert day.outcome() == in_peace.outcome()
    assert day.told == sorted(day.told) and day.clock() == day.wall, "it never went back, and has caught up"
    assert day.life.said == []
    assert day.life.column("SELECT DISTINCT state FROM messages") == ["sent"]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(back=st.dictionaries(st.integers(0, 30), st.integers(1, 60).map(lambda minutes: minutes * MINUTE), max_size=1))
def test_whenever_it_goes_back(tmp_path_factory: pytest.TempPathFactory, in_peace: Day, back: dict[int, int]):
    day = lived(tmp_path_factory.mktemp("any") / "project", back, steps=75)
    assert day.outcome() == in_peace.outcome()
    assert day.life.said == []


def test_a_lease_of_before_is_not_waited_for(tmp_path: Path):
    day = Day(tmp_path / "project")
    day.step(0)
    with day.life.project.database.begin() as conn:
        leases.take(conn, lease_name("route"), "another machine", day.wall, day.wall + LEASE)
    day.wall -= HOUR
    with day.life.project.database.begin() as conn:
        assert leases.take(conn, lease_name("route"), "here", day.wall, day.wall + LEASE)


def test_a_link_of_before_still_opens(tmp_path: Path):
    signer = Signer("a secret of the tests alone")
    token = signer.sign(Ticket(Purpose.TAKE, "request/1", "an", "m", START + HOUR))
    assert token
    for now in (START - HOUR, START, START + HOUR - 1):
        assert signer.open(token, now, Purpose.TAKE).fault is None
