"""The agenda: read by index, woken by changes, set anew by new rules."""

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy import Connection, text

from leadrelay.clock import FOREVER
from leadrelay.leads.effects import Episode
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import Equals, Line
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, episodes
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader
from leadrelay.store.intake_writes import upsert
from leadrelay.store.raw import Statement

NOW = 1_800_000_000_000_000
Watching = Callable[..., Ruleset]
ALL = Statement("SELECT flow, kind, id, due_at FROM agenda ORDER BY flow, kind, id")


def rows(conn: Connection) -> list[tuple[object, ...]]:
    return ALL.rows(conn)


def test_before_any_rules_nothing_is_due_and_new_rules_look_at_everything(
    database: Database, watching: Watching
) -> None:
    with database.begin() as conn:
        came: list[dict[str, Value]] = [{"id": "1", "received_at": NOW - 9}, {"id": "2", "received_at": NOW + 9}]
        upsert(conn, "request", came, NOW, "import a.csv")
        upsert(conn, "account", [{"id": "1"}], NOW, "import a.csv")
        assert rows(conn) == []
        agenda.touch_all(
            conn, watching(("route", "request", "request.kind"), ("nudge", "account", "account.tier")), NOW
        )
        assert rows(conn) == [
            ("nudge", "account", "1", NOW),
            ("route", "request", "1", NOW - 9),
            ("route", "request", "2", NOW),
        ]


def test_new_rules_forget_what_nobody_looks_at_any_more(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}], NOW, "import a.csv")
        agenda.touch_all(
            conn, watching(("route", "request", "request.kind"), ("nudge", "request", "request.kind")), NOW
        )
        agenda.schedule(conn, "nudge", "request", [("1", NOW + 50)])
        agenda.touch_all(conn, watching(("nudge", "request", "request.kind")), NOW + 5)
        assert rows(conn) == [("nudge", "request", "1", NOW)]


def test_a_touch_never_puts_anything_off(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": str(number)} for number in range(4)], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "request.kind")), NOW)
        moments = [("0", NOW - 5), ("1", NOW + 5), ("2", None), ("3", FOREVER)]
        agenda.schedule(conn, "route", "request", moments)
        assert [row[3] for row in rows(conn)] == [NOW - 5, NOW + 5, None, None]
        agenda.touch(conn, "request", ["0", "1", "2", "gone"], NOW)
        assert [row[3] for row in rows(conn)] == [NOW - 5, NOW, NOW, None]
        agenda.touch(conn, "contact", ["0"], NOW)
        assert [row[3] for row in rows(conn)] == [NOW - 5, NOW, NOW, None]


def test_what_is_coming(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}, {"id": "2"}], NOW, "import a.csv")
        flows = [(flow, "request", "request.kind") for flow in ("route", "nudge", "nurture")]
        agenda.touch_all(conn, watching(*flows), NOW)
        agenda.schedule(conn, "route", "request", [("1", NOW + 9), ("2", NOW + 7)])
        agenda.schedule(conn, "nudge", "request", [("1", NOW + 3)])
        agenda.schedule(conn, "nurture", "request", [("1", None)])
        coming = agenda.coming_for(conn, "request", "1")
        assert [(due.flow, due.due_at) for due in coming] == [("nudge", NOW + 3), ("route", NOW + 9)]
        assert [due.id for due in agenda.next_due(conn, "route", 5)] == ["2", "1"]
        assert [due.id for due in agenda.next_due(conn, "route", 1)] == ["2"]


def test_an_account_wakes_only_flows_that_read_what_changed(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "account", [{"id": "1", "tier": "key"}], NOW, "import a.csv")
        upsert(conn, "request", [{"id": "1", "account": "1"}, {"id": "2", "account": "2"}], NOW, "import a.csv")
        upsert(conn, "opportunity", [{"id": "1", "account": "1"}], NOW, "import a.csv")
        rules = watching(
            ("route", "request", "account.tier"),
            ("nudge", "request", "account.name"),
            ("nudge", "opportunity", "account.postcode_number"),
        )
        agenda.touch_all(conn, rules, NOW)
        quiet = [("route", "request", "1"), ("route", "request", "2"), ("nudge", "request", "1")]
        for flow, kind, name in [*quiet, ("nudge", "request", "2"), ("nudge", "opportunity", "1")]:
            agenda.schedule(conn, flow, kind, [(name, None)])
        upsert(conn, "account", [{"id": "1", "tier": "standard"}], NOW, "import b.csv")
        assert [row[:3] for row in rows(conn) if row[3]] == [("route", "request", "1")]
        upsert(conn, "account", [{"id": "1", "postcode": "1017 AB"}], NOW, "import b.csv")
        assert ("nudge", "opportunity", "1", NOW) in rows(conn)


def test_what_is_due_is_found_by_index(sqlite_database: Database, watching: Watching) -> None:
    reader = Reader("request", Slots.of(["request.id", "request.kind", "account.tier"]))
    with sqlite_database.begin() as conn:
        upsert(conn, "request", [{"id": str(number)} for number in range(300)], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "request.kind")), NOW)
        sql, order, fixed = reader._due._for(conn)
        values = {**fixed, "flow": "route", "limit": 10, **reader._moments(NOW)}
        plan = conn.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, tuple(values[name] for name in order or ())).fetchall()
    steps = " / ".join(row[3] for row in plan)
    assert "USING COVERING INDEX ix_agenda_due (flow=? AND kind=? AND due_at<?)" in steps
    assert "SCAN requests" not in steps


def test_what_is_due_is_found_by_index_on_postgresql(postgres_database: Database, watching: Watching) -> None:
    with postgres_database.begin() as conn:
        upsert(conn, "request", [{"id": str(number)} for number in range(3000)], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "request.kind")), NOW)
        conn.execute(text("UPDATE agenda SET due_at = due_at + 1000 WHERE id <> '7'"))
        conn.execute(text("ANALYZE agenda"))
        plan = conn.execute(
            text(
                "EXPLAIN SELECT id, due_at FROM agenda WHERE flow = 'route' AND kind = 'request' AND due_at <= :now"
                " ORDER BY due_at, id LIMIT 10"
            ),
            {"now": NOW},
        )
        assert "ix_agenda_due" in " ".join(row[0] for row in plan)


def test_what_each_flow_waits_for_first(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}, {"id": "2"}], NOW, "import a.csv")
        upsert(conn, "account", [{"id": "1"}], NOW, "import a.csv")
        books = [("route", "request", "request.kind"), ("route", "account", "account.tier")]
        agenda.touch_all(conn, watching(*books, ("nudge", "request", "request.kind")), NOW)
        agenda.schedule(conn, "route", "request", [("1", NOW + 9), ("2", NOW + 7)])
        agenda.schedule(conn, "route", "account", [("1", NOW + 8)])
        agenda.schedule(conn, "nudge", "request", [("1", None), ("2", None)])
        assert agenda.earliest(conn) == {"route": NOW + 7}


def test_subjects_that_were_deleted_leave_the_agenda(database: Database, watching: Watching) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}, {"id": "2"}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "request.kind")), NOW)
        episodes.begin(conn, [Episode("late", f"request/{name}", 1, NOW) for name in ("1", "2")])
        assert not agenda.forget_missing(conn, "route", "request", NOW)
        Statement("DELETE FROM requests WHERE id = '2'").run(conn)
        assert agenda.forget_missing(conn, "route", "request", NOW)
        assert [row[2] for row in rows(conn)] == ["1"]
        assert list(episodes.open_of(conn, ["request/1", "request/2"])) == ["request/1"]


OPEN_ONLY = Line("request.status", Equals(frozenset({"open"})))


def test_what_is_closed_is_woken_only_by_what_its_rulebooks_read(database: Database, watching: Watching) -> None:
    rules = watching(("route", "request", "account.tier"), ("nudge", "request", "account.region"))
    for_open, for_all = rules.rulebooks
    with database.begin() as conn:
        agenda.touch_all(conn, replace(rules, rulebooks=(replace(for_open, scope=OPEN_ONLY), for_all)), NOW)
        upsert(conn, "account", [{"id": "a"}], NOW, "import a.csv")
        came = [{"id": "1", "account": "a"}, {"id": "2", "account": "a", "status": "closed"}]
        upsert(conn, "request", came, NOW, "import a.csv")
        quiet = [(flow, "request", one, None) for flow in ("nudge", "route") for one in ("1", "2")]
        for flow in ("route", "nudge"):
            agenda.schedule(conn, flow, "request", [("1", None), ("2", None)])
        assert rows(conn) == quiet
        upsert(conn, "account", [{"id": "a", "tier": "key"}], NOW + 1, "import a.csv")
        assert [row[:3] for row in rows(conn) if row[3]] == [("route", "request", "1")]
        upsert(conn, "account", [{"id": "a", "region": "Utrecht"}], NOW + 2, "import a.csv")
        assert [row[:3] for row in rows(conn) if row[3]] == [
            ("nudge", "request", "1"),
            ("nudge", "request", "2"),
            ("route", "request", "1"),
        ]
        upsert(conn, "request", [{"id": "2", "status": "open"}], NOW + 3, "import a.csv")
        assert ("route", "request", "2", NOW + 3) in rows(conn)
