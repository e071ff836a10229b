"""After an outage: each overdue step once, what a later one overtook as skipped, what has passed not at all."""

import pytest

from leadrelay.act.sweep import sweep
from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.rulebook.model import Notify
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.raw import Statement
from tests.act.builders import NOW, book, line, older, rule, ruleset, when

DIRK = Notify(("dirk",), "overdue")
WAITS = rule(
    "waits",
    when(older("request.received_at", "1 hour"), line("request.first_response_at")),
    Notify(("an",), "nudge"),
    later=(("1 hour", DIRK), ("2 hours", DIRK), ("4 hours", Notify(("bram",), "escalated")), ("3 days", DIRK)),
    repeat=("90 minutes", 5),
)
RULES = ruleset(book("waiting", WAITS, flow="nudge", hit="all"))


@pytest.fixture
def begun(database: Database) -> Database:
    """The episode of request/1 began on time, at NOW, and then the power went."""
    with database.begin() as conn:
        rulesets.put_live(conn, "x", {}, NOW, "test")
        agenda.touch_all(conn, RULES, NOW)
        intake_writes.upsert(conn, "request", [{"id": "1", "received_at": NOW - HOUR}], NOW, "import x.csv")
    sweep(database, RULES, "nudge", NOW)
    return database


def decided(database: Database, since: Instant) -> list[tuple[str, str]]:
    with database.read() as conn:
        rows = Statement("SELECT step, mode FROM decisions WHERE at >= :since ORDER BY id").rows(conn, since=since)
    return [(step, mode) for step, mode in rows]


def test_a_day_later_each_overdue_step_is_done_once(begun: Database) -> None:
    found = sweep(begun, RULES, "nudge", NOW + 24 * HOUR)
    assert (found.decided, found.acted, found.messages) == (8, 2, 2)
    assert decided(begun, NOW + 1) == [
        *((step, "skipped") for step in ("1", "2")),
        ("3", "live"),
        *((f"repeat-{number}", "skipped") for number in range(1, 5)),
        ("repeat-5", "live"),
    ]
    for minute in (0, 1, 60):
        assert sweep(begun, RULES, "nudge", NOW + 24 * HOUR + minute * MINUTE).decided == 0
    assert sweep(begun, RULES, "nudge", NOW + 80 * HOUR).decided == 1, "the last rung is still to come, on its own day"


@pytest.mark.parametrize("hours", [1, 2, 3, 4, 5, 100])
def test_however_long_it_lasted_no_message_comes_twice(begun: Database, hours: int) -> None:
    found = sweep(begun, RULES, "nudge", NOW + hours * HOUR)
    assert found.messages == len([one for one in decided(begun, NOW + 1) if one[1] == "live"])
    assert found.messages <= 2, "one rung and one repeat at most"
    steps = [step for step, _ in decided(begun, NOW)]
    assert len(steps) == len(set(steps))


def test_what_was_answered_meanwhile_brings_nothing(begun: Database) -> None:
    with begun.begin() as conn:
        given = [{"id": "1", "first_response_at": NOW + HOUR}]
        intake_writes.upsert(conn, "request", given, NOW + 23 * HOUR, "import x.csv")
    assert sweep(begun, RULES, "nudge", NOW + 24 * HOUR).decided == 0
    with begun.read() as conn:
        assert Statement("SELECT ended_at, steps FROM episodes").rows(conn) == [(NOW + 24 * HOUR, 0)]


def test_a_rule_that_came_to_hold_in_the_dark_begins_when_it_is_seen(begun: Database) -> None:
    with begun.begin() as conn:
        intake_writes.upsert(conn, "request", [{"id": "2", "received_at": NOW}], NOW, "import x.csv")
    sweep(begun, RULES, "nudge", NOW)
    back = NOW + 24 * HOUR
    sweep(begun, RULES, "nudge", back)
    with begun.read() as conn:
        rows = Statement("SELECT step, at FROM decisions WHERE subject = 'request/2'").rows(conn)
    assert rows == [("0", back)]
    assert sweep(begun, RULES, "nudge", back + HOUR).decided == 1, "its ladder counts from there: everybody gets time"
