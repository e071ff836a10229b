"""What comes in: only real changes are written, with history; people and activities, and whom these concern."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from leadrelay.leads.effects import Change
from leadrelay.leads.fields import Value
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, history
from leadrelay.store.activities import upsert_activities
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import Upserted, record_changes, upsert, upsert_people
from leadrelay.store.raw import Statement

NOW = 1_800_000_000_000_000
Watching = Callable[..., Ruleset]
Given = dict[str, Value]


def told(conn: Connection, subject: str) -> list[tuple[str, str | None, str | None, str]]:
    """What history has of a subject after its beginning."""
    return [(row.field, row.old, row.new, row.cause) for row in history.of(conn, [subject])[subject][1:]]


def state(conn: Connection, subject: str) -> dict[str, Value]:
    return history.replay(history.of(conn, [subject])[subject]) or {}


def test_a_new_subject_begins_with_one_row_of_history(database: Database) -> None:
    with database.begin() as conn:
        row: Given = {"id": "42", "summary": "a lathe", "product": None, "prompted": False, "extra.on": 20_000}
        assert upsert(conn, "request", [row], NOW, "import a.csv") == Upserted(1, 0, 0)
        rows = history.of(conn, ["request/42"])["request/42"]
    assert [(one.at, one.field, one.old, one.cause) for one in rows] == [(NOW, "*", None, "import a.csv")]
    assert history.replay(rows) == {
        "id": "42",
        "summary": "a lathe",
        "prompted": False,
        "extra.on": 20_000,
        "status": "open",
        "received_at": NOW,
    }
    assert {one.field for one in history.single_changes(rows[0])} == set(history.replay(rows) or {})


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        ({}, []),
        ({"summary": "a lathe", "prompted": True, "expected_value": 250_00, "extra.n": 1}, []),
        ({"summary": "a mill"}, [("summary", '"a lathe"', '"a mill"')]),
        ({"summary": None}, [("summary", '"a lathe"', None)]),
        ({"prompted": False}, [("prompted", "true", "false")]),
        ({"product": "mill"}, [("product", None, '"mill"')]),
        ({"extra.n": None, "extra.list": ("a",)}, [("extra.n", "1", None), ("extra.list", None, '["a"]')]),
        ({"extra.n": 1.0, "product": None}, []),
    ],
)
def test_only_what_differs_is_written(
    database: Database, row: Given, changes: list[tuple[str, str | None, str | None]]
) -> None:
    first: Given = {
        "id": "1",
        "summary": "a lathe",
        "prompted": True,
        "expected_value": 250_00,
        "extra.n": 1,
        "extra.x": "y",
    }
    with database.begin() as conn:
        upsert(conn, "request", [first], NOW, "import a.csv")
        assert upsert(conn, "request", [{"id": "1", **row}], NOW + 1, "import b.csv") == (0, bool(changes), not changes)
        assert [one[:3] for one in told(conn, "request/1")] == changes
        assert upsert(conn, "request", [{"id": "1", **row}], NOW + 2, "import b.csv") == (0, 0, 1)
        if "extra.list" in row:
            assert Statement("SELECT extra FROM requests").rows(conn) == [('{"x":"y","list":["a"]}',)]


def test_rows_about_one_subject_in_one_file(database: Database) -> None:
    with database.begin() as conn:
        rows: list[Given] = [{"id": "1", "name": "One"}, {"id": "1", "name": "Two"}, {"id": "1", "name": "Two"}]
        assert upsert(conn, "contact", rows, NOW, "import a.csv") == (1, 1, 1)
        assert Statement("SELECT id, name FROM contacts").rows(conn) == [("1", "Two")]
        assert told(conn, "contact/1") == [("name", '"One"', '"Two"', "import a.csv")]


@pytest.mark.parametrize(
    ("row", "since"),
    [
        ({"stage": "quote"}, NOW + 5),
        ({"stage": "quote", "stage_since": NOW + 2}, NOW + 2),
        ({"stage": "lead"}, NOW),
        ({"win_chance": 50}, NOW),
    ],
)
def test_since_when_an_opportunity_is_in_its_stage(database: Database, row: Given, since: int) -> None:
    with database.begin() as conn:
        upsert(conn, "opportunity", [{"id": "7", "stage": "lead"}], NOW, "import a.csv")
        upsert(conn, "opportunity", [{"id": "7", **row}], NOW + 5, "import b.csv")
        assert Statement("SELECT created_at, stage_since FROM opportunities").rows(conn) == [(NOW, since)]


def test_an_unchanged_import_wakes_nobody(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1", "kind": "other"}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "request.kind")), NOW)
        agenda.schedule(conn, "route", "request", [("1", None)])
        upsert(conn, "request", [{"id": "1", "kind": "other"}], NOW, "import a.csv")
        upsert(conn, "request", [{"id": "1", "summary": "nobody reads this"}], NOW, "import a.csv")
        assert agenda.count_due(conn, "route", NOW) == 0
        upsert(conn, "request", [{"id": "1", "kind": "renewal"}], NOW, "import a.csv")
        assert agenda.count_due(conn, "route", NOW) == 1


def test_what_a_person_changes(database: Database) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1", "owner": "an"}], NOW, "import a.csv")
        changes = [
            Change("request", "1", "owner", "an", "bram", "person an"),
            Change("request", "1", "desk", None, None, "person an"),
        ]
        assert record_changes(conn, changes, NOW + 1) == 1
        assert told(conn, "request/1") == [("owner", '"an"', '"bram"', "person an")]


def test_people(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        people: list[Given] = [{"id": "an", "roles": ("seller",)}, {"id": "bram", "name": "Bram", "active": False}]
        assert upsert_people(conn, people, NOW) == (2, 0, 0)
        assert upsert_people(conn, people, NOW) == (0, 0, 2)
        upsert(conn, "request", [{"id": "1", "owner": "an"}, {"id": "2", "owner": "bram"}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "owner.roles")), NOW)
        agenda.schedule(conn, "route", "request", [("1", None), ("2", None)])
        assert upsert_people(conn, [{"id": "an", "manager": "dirk"}], NOW) == (0, 1, 0)
        assert agenda.coming_for(conn, "request", "2") == []
        assert agenda.count_due(conn, "route", NOW) == 1
        rows = Statement("SELECT id, name, roles, manager, active FROM people ORDER BY id").rows(conn)
    assert rows == [("an", "an", '["seller"]', "dirk", True), ("bram", "Bram", "[]", None, False)]


def test_activities_touch_what_they_belong_to(database: Database) -> None:
    def activity(name: str, at: int, kind: str = "call", direction: str = "out") -> Given:
        return {"id": name, "at": at, "kind": kind, "direction": direction, "request": "1", "opportunity": "7"}

    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}], NOW, "import a.csv")
        upsert(conn, "opportunity", [{"id": "7"}], NOW, "import a.csv")
        came = [activity("a", NOW + 30, direction="in"), activity("b", NOW + 20), activity("c", NOW + 40, "site_visit")]
        assert upsert_activities(conn, [*came, activity("d", NOW + 99)], NOW + 50, "import b.csv") == (4, 0, 0)
        assert upsert_activities(conn, came, NOW + 50, "import b.csv") == (0, 0, 3)
        found = [state(conn, name).get("last_touched_at") for name in ("request/1", "opportunity/7")]
        assert found == [NOW + 30, NOW + 30]
        assert state(conn, "request/1")["first_response_at"] == NOW + 20
        upsert_activities(conn, [activity("e", NOW + 10), activity("f", NOW + 15, "email")], NOW + 60, "import b.csv")
        assert state(conn, "request/1")["first_response_at"] == NOW + 10
        assert state(conn, "request/1")["last_touched_at"] == NOW + 30
        assert upsert_activities(conn, [{"id": "a", "summary": "spoke to Jan"}], NOW + 60, "import b.csv") == (0, 1, 0)


def test_site_visits_wake_those_who_count_them(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "contact", [{"id": "3"}, {"id": "4"}], NOW, "import a.csv")
        upsert(conn, "request", [{"id": "1", "contact": "3"}, {"id": "2", "contact": "4"}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "contact.site_visits_3w")), NOW)
        agenda.schedule(conn, "route", "request", [("1", None), ("2", None)])
        upsert_activities(conn, [{"id": "a", "at": NOW, "kind": "visit", "contact": "3"}], NOW, "import b.csv")
        assert agenda.count_due(conn, "route", NOW) == 0
        upsert_activities(conn, [{"id": "b", "at": NOW, "kind": "site_visit", "contact": "3"}], NOW, "import b.csv")
        assert [due.id for due in agenda.next_due(conn, "route", 9)] == ["1"]
