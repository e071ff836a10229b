"""Tasks end with their subject, move with its owner, are done by people, and rules see the first of them."""

import pytest

from leadrelay.leads.effects import Change, Effects, NewTask
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.store import tasks
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader
from leadrelay.store.intake_writes import record_changes, upsert
from leadrelay.store.past import facts_at

NOW = 1_800_000_000_000_000
PATHS = ("request.id", "request.task_due_at", "request.task_owner")


def task(what: str, due: int, owner: str = "an", subject: str = "request/42") -> NewTask:
    return NewTask(subject, owner, what, NOW + due, f"k|task|{what}", "k")


@pytest.fixture
def filled(database: Database) -> Database:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "42", "owner": "an"}, {"id": "43", "owner": "an"}], NOW, "import a.csv")
        made = [task("call", 9), task("visit", 5, "bram"), task("write", 7, subject="request/43")]
        tasks.add(conn, made, NOW)
    return database


def first_of(database: Database) -> list[Value]:
    with database.read() as conn:
        return Reader("request", Slots.of(PATHS)).of(conn, ["42"], NOW)[0][1:]


def waiting(database: Database, **which: str) -> list[tuple[str, str, str]]:
    with database.read() as conn:
        return [(one.subject, one.owner, one.what) for one in tasks.waiting(conn, NOW + 100, **which)]


def test_rules_see_the_task_that_is_due_first(filled: Database) -> None:
    assert first_of(filled) == [NOW + 5, "bram"]
    assert waiting(filled) == [
        ("request/42", "bram", "visit"),
        ("request/43", "an", "write"),
        ("request/42", "an", "call"),
    ]
    assert waiting(filled, person="bram") == [("request/42", "bram", "visit")]
    assert waiting(filled, subject="request/43") == [("request/43", "an", "write")]


def test_what_is_done_waits_no_more_and_the_past_knows_when(filled: Database) -> None:
    with filled.begin() as conn:
        done = tasks.waiting(conn, NOW + 100)[0]
        tasks.finish(conn, done, "els", NOW + 3)
        assert tasks.find(conn, done.id) == (done, NOW + 3)
    assert first_of(filled) == [NOW + 9, "an"]
    with filled.read() as conn:
        then = [(facts_at(conn, "request/42", NOW + at) or {}).get("request.task_owner") for at in (2, 3)]
    assert then == ["bram", "an"]


def test_tasks_end_with_their_subject_and_those_of_the_same_step_go_on(filled: Database) -> None:
    closing: list[tuple[str, Value]] = [("status", "closed"), ("outcome", "order"), ("reason", "reordered")]
    changes = [Change("request", "42", name, None, value, "k2") for name, value in closing]
    with filled.begin() as conn:
        effects = Effects(changes=changes, tasks=[task("confirm", 20)])
        tasks.follow(conn, effects.changes, NOW + 1)
        tasks.add(conn, effects.tasks, NOW + 1)
    assert waiting(filled) == [("request/43", "an", "write"), ("request/42", "an", "confirm")]


def test_tasks_of_the_former_owner_go_to_the_new_one(filled: Database) -> None:
    with filled.begin() as conn:
        record_changes(conn, [Change("request", "42", "owner", "an", "els", "person dirk")], NOW)
    assert waiting(filled, subject="request/42") == [("request/42", "bram", "visit"), ("request/42", "els", "call")]


def test_a_person_who_closes_a_deal_ends_its_tasks(database: Database) -> None:
    with database.begin() as conn:
        upsert(conn, "opportunity", [{"id": "7", "owner": "an"}], NOW, "import a.csv")
        tasks.add(conn, [task("call", 9, subject="opportunity/7")], NOW)
        upsert(conn, "opportunity", [{"id": "7", "closed_at": NOW, "outcome": "won"}], NOW, "person an")
    assert waiting(database) == []
