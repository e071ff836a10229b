"""What stops a ladder and its repeats: taking note, a first response, somebody else's turn; on both databases."""

from collections.abc import Callable

import pytest

from leadrelay.act.acknowledge import acknowledge
from leadrelay.act.sweep import sweep
from leadrelay.clock import HOUR, MINUTE
from leadrelay.errors import UnknownPerson, UnknownRule, UnknownSubject
from leadrelay.leads.fields import Value
from leadrelay.rulebook.model import Notify
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.activities import upsert_activities
from leadrelay.store.database import Database
from leadrelay.store.past import facts_at
from leadrelay.store.raw import Statement
from tests.act.builders import NOW, book, line, rule, ruleset, when

OWNER = Notify(("request.owner",), "nudge")
WAITS = rule(
    "waits",
    when(line("request.first_response_at"), line("request.status", "open")),
    OWNER,
    later=(("2 hours", Notify(("dirk",), "overdue")), ("4 hours", Notify(("request.owner", "dirk"), "escalated"))),
    repeat=("90 minutes", 4),
)
OPEN = rule("stays-open", line("request.status", "open"), OWNER, later=(("3 hours", OWNER),))
RULES = ruleset(book("waiting", WAITS, OPEN, flow="nudge", hit="all"))


@pytest.fixture
def waiting(database: Database) -> Database:
    """request/1 of an has just come in."""
    with database.begin() as conn:
        rulesets.put_live(conn, "x", {}, NOW, "test")
        agenda.touch_all(conn, RULES, NOW)
        first = {"id": "1", "received_at": NOW, "status": "open", "owner": "an"}
        intake_writes.upsert(conn, "request", [first], NOW, "import x.csv")
    sweep(database, RULES, "nudge", NOW)
    return database


def written(database: Database, **values: Value) -> None:
    with database.begin() as conn:
        given = [{"id": "1", **values}]
        intake_writes.upsert(conn, "request", given, NOW + 2 * HOUR + MINUTE, "person dirk")


def call(direction: str) -> Callable[[Database], None]:
    def made(database: Database) -> None:
        with database.begin() as conn:
            one = {"id": "v1", "at": NOW + 2 * HOUR, "kind": "call", "direction": direction, "request": "1"}
            upsert_activities(conn, [one], NOW + 2 * HOUR + MINUTE, "person an")

    return made


def later_steps(database: Database) -> list[tuple[str, str]]:
    """What the rest of the day brings, swept every quarter of an hour."""
    for quarter in range(1, 9):  # up to the stop
        sweep(database, RULES, "nudge", NOW + quarter * HOUR // 4)
    return [(row[0], row[1]) for row in rest(database)]


def rest(database: Database) -> list[tuple[str, str]]:
    with database.read() as conn:
        found = Statement("SELECT rule, step FROM decisions WHERE step <> '0' ORDER BY id").rows(conn)
    return [(rule, step) for rule, step in found]


BEFORE = [("waits", "repeat-1"), ("waits", "1")]
ON = [("waits", "repeat-2"), ("stays-open", "1"), ("waits", "2"), ("waits", "repeat-3"), ("waits", "repeat-4")]
STAYS = [("stays-open", "1")]


@pytest.mark.parametrize(
    ("stop", "after"),
    [
        (lambda database: None, sorted(ON)),
        (lambda database: acknowledge(database, RULES, "request", "1", "bram", NOW + 2 * HOUR + MINUTE), []),
        (lambda database: acknowledge(database, RULES, "request", "1", "an", NOW + 2 * HOUR + MINUTE, "waits"), STAYS),
        (lambda database: written(database, first_response_at=NOW + 2 * HOUR), STAYS),
        (call("out"), STAYS),
        (call("in"), sorted(ON)),
        (lambda database: written(database, status="closed"), []),
        (lambda database: written(database, owner="bram"), sorted(ON)),
    ],
    ids=["nothing", "noted", "one-rule-noted", "answered", "called", "was-called", "closed", "reassigned"],
)
def test_what_stops_later_steps(
    waiting: Database, stop: Callable[[Database], object], after: list[tuple[str, str]]
) -> None:
    assert later_steps(waiting) == BEFORE
    stop(waiting)
    for quarter in range(9, 40):
        sweep(waiting, RULES, "nudge", NOW + quarter * HOUR // 4)
    assert sorted(rest(waiting)[2:]) == after


def test_after_a_reassignment_the_former_owner_hears_nothing_more(waiting: Database) -> None:
    later_steps(waiting)
    written(waiting, owner="bram")
    for quarter in range(9, 40):
        sweep(waiting, RULES, "nudge", NOW + quarter * HOUR // 4)
    with waiting.read() as conn:
        people = Statement('SELECT "to", count(*) FROM messages WHERE at > :at GROUP BY 1 ORDER BY 1').rows(
            conn, at=NOW + 2 * HOUR
        )
        began = Statement("SELECT DISTINCT began_at FROM episodes").rows(conn)
    assert people == [("bram", 5), ("dirk", 1)]
    assert began == [(NOW,)], "the asker waits as long as before, so the ladder goes on and does not begin anew"


def test_taking_note_lasts_as_long_as_the_episode(waiting: Database) -> None:
    assert acknowledge(waiting, RULES, "request", "1", "an", NOW, "waits") == ["waits"]
    assert acknowledge(waiting, RULES, "request", "1", "bram", NOW + 1) == ["stays-open"]
    assert acknowledge(waiting, RULES, "request", "1", "bram", NOW + 1) == []
    written(waiting, first_response_at=NOW + HOUR)
    sweep(waiting, RULES, "nudge", NOW + 3 * HOUR)
    written(waiting, first_response_at=None)
    sweep(waiting, RULES, "nudge", NOW + 4 * HOUR)
    sweep(waiting, RULES, "nudge", NOW + 6 * HOUR)
    with waiting.read() as conn:
        found = Statement("SELECT rule_key, number, acknowledged_by FROM episodes ORDER BY 1, 2").rows(conn)
        steps = Statement(
            "SELECT episode, step FROM decisions WHERE rule = 'waits' AND mode = 'live' ORDER BY id"
        ).rows(conn)
        noted = Statement("SELECT field, new, cause FROM history WHERE field = 'acknowledged' ORDER BY id").rows(conn)
        facts = facts_at(conn, "request/1", NOW + HOUR)
    assert found == [("stays-open", 1, "bram"), ("waits", 1, "an"), ("waits", 2, None)]
    assert steps == [(1, "0"), (2, "0"), (2, "1"), (2, "repeat-1")]
    assert noted == [
        ("acknowledged", '["waits"]', "person an"),
        ("acknowledged", '["stays-open"]', "person bram"),
    ]
    assert facts is not None and facts["request.owner"] == "an"


@pytest.mark.parametrize(
    ("name", "person", "named", "error"),
    [
        ("2", "an", None, UnknownSubject),
        ("1", "zoe", None, UnknownPerson),
        ("1", "an", "wait", UnknownRule),
    ],
)
def test_what_there_is_not_cannot_be_noted(
    waiting: Database, name: str, person: str, named: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        acknowledge(waiting, RULES, "request", name, person, NOW, named)
