"""Effects in the database: everything once, in one transaction, and whom it wakes."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.leads.effects import (
    Change,
    Creation,
    Decided,
    Effects,
    Episode,
    Joining,
    NewMessage,
    NewTask,
    decision_key,
)
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.leads.turns import Turn
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, episodes, history, lists, past, turns, write
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader
from leadrelay.store.intake_writes import upsert
from leadrelay.store.raw import Statement
from leadrelay.store.write import Applied

NOW = 1_800_000_000_000_000
Watching = Callable[..., Ruleset]


def decided(rule: str = "key", subject: str = "request/1", step: str = "0", flow: str = "route") -> Decided:
    return Decided(flow, "routing", rule, rule, subject, 1, step, "live", [{"route": "sales"}])


def key(rule: str = "key", subject: str = "request/1", step: str = "0") -> str:
    return decision_key(rule, subject, 1, step)


def message(to: str, cause: str) -> NewMessage:
    return NewMessage(to, "nudge", "nl", "request/1", "now", "because", f"{cause}|nudge|{to}", cause)


def whole_decision() -> Effects:
    cause = key()
    return Effects(
        decided=[decided()],
        changes=[
            Change("request", "1", "desk", None, "sales", cause),
            Change("request", "1", "status", "open", "closed", cause),
            Change("request", "1", "extra.machine", None, "mill", cause),
            Change("request", "1", "kind", "other", "other", cause),  # no change at all
        ],
        created=[Creation("opportunity", "O-1", {"stage": "lead", "owner": "an", "account": "1"}, cause)],
        joined=[Joining("3", "warm", "asked", cause)],
        tasks=[NewTask("request/1", "an", "call", NOW + 5, f"{cause}|task|call", cause)],
        messages=[message("an", cause), message("bram", cause)],
        begun=[Episode("key", "request/1", 1, NOW)],
        turns={"field": {"an": Turn(-0.5), "bram": Turn(0.5, easing=True)}},
    )


def count(conn: Connection, table: str) -> int:
    return int(Statement(f"SELECT count(*) FROM {table}").rows(conn)[0][0])


def fields(conn: Connection, *names: str) -> list[Value]:
    reader = Reader("request", Slots.of(["request.id", *(f"request.{name}" for name in names)]))
    return reader.of(conn, ["1"], NOW)[0][1:]


@pytest.fixture
def one_request(database: Database) -> Database:
    with database.begin() as conn:
        row: dict[str, Value] = {"id": "1", "contact": "3", "account": "1", "owner": "eva", "extra.colour": "red"}
        upsert(conn, "request", [row], NOW - 5, "import a.csv")
        upsert(conn, "contact", [{"id": "3", "account": "1"}], NOW - 5, "import a.csv")
        upsert(conn, "account", [{"id": "1"}], NOW - 5, "import a.csv")
    return database


def test_a_decision_with_all_that_it_leads_to(one_request: Database) -> None:
    with one_request.begin() as conn:
        assert write.apply(conn, whole_decision(), NOW, 7) == Applied(1, 3, 1, 1, 1, 2)
    with one_request.read() as conn:
        assert fields(conn, "desk", "status", "extra.machine", "extra.colour") == ["sales", "closed", "mill", "red"]
        assert lists.lists_of(conn, ["3", "4"]) == {"3": ("warm",)}
        assert turns.read(conn) == {"field": {"an": Turn(-0.5), "bram": Turn(0.5, easing=True)}}
        assert episodes.of(conn, ["request/1"]).open == {"request/1": [Episode("key", "request/1", 1, NOW)]}
        rows = Statement('SELECT key, "to", state, at FROM messages ORDER BY id').rows(conn)
        assert rows == [(f"{key()}|nudge|{to}", to, "pending", NOW) for to in ("an", "bram")]
        assert Statement("SELECT ruleset, mode, actions FROM decisions").rows(conn) == [
            (7, "live", '[{"route":"sales"}]')
        ]
        told = history.of(conn, ["opportunity/O-1", "contact/3", "request/1"])
    changes = [(row.field, row.old, row.new) for row in told["request/1"] if row.cause == key()]
    assert changes == [("desk", None, '"sales"'), ("status", '"open"', '"closed"'), ("extra.machine", None, '"mill"')]
    assert [(row.field, row.new) for row in told["contact/3"] if row.cause == key()] == [("lists", '["warm"]')]
    assert history.replay(told["opportunity/O-1"]) == {"id": "O-1", "stage": "lead", "owner": "an", "account": "1"}


def test_nothing_happens_twice(one_request: Database) -> None:
    tables = ("decisions", "history", "messages", "tasks", "memberships", "episodes", "opportunities")
    with one_request.begin() as conn:
        write.apply(conn, whole_decision(), NOW, 7)
        before = [count(conn, table) for table in tables]
    with one_request.begin() as conn:
        again = whole_decision()
        again.changes[0] = again.changes[0]._replace(new="marketing")
        assert write.apply(conn, again, NOW + 1, 8) == Applied()
        assert [count(conn, table) for table in tables] == before
        assert fields(conn, "desk") == ["sales"]


def test_only_what_is_new_in_a_batch_is_written(one_request: Database) -> None:
    with one_request.begin() as conn:
        write.apply(conn, whole_decision(), NOW, 7)
        effects = whole_decision()
        later = key(step="1")
        effects.decided.append(decided(step="1"))
        effects.messages.append(message("an", later))
        effects.changes.append(Change("request", "1", "desk", "sales", "marketing", later))
        assert write.apply(conn, effects, NOW, 7) == Applied(1, 1, 0, 0, 0, 1)
        assert fields(conn, "desk") == ["marketing"]


def test_a_crash_leaves_nothing(one_request: Database) -> None:
    tables = ("decisions", "messages", "tasks", "memberships", "episodes", "opportunities", "turns")
    with pytest.raises(RuntimeError), one_request.begin() as conn:
        write.apply(conn, whole_decision(), NOW, 7)
        raise RuntimeError
    with one_request.read() as conn:
        assert [count(conn, table) for table in tables] == [0] * len(tables)
        assert fields(conn, "desk", "status") == [None, "open"]


def test_each_decision_knows_what_it_saw(one_request: Database) -> None:
    """Three decisions of one moment: the facts just before each are what the former ones left."""
    steps = [decided(step=step) for step in ("0", "1", "2", "3")]
    effects = Effects(
        decided=steps,
        changes=[
            Change("request", "1", "desk", None, "sales", steps[0].key),
            Change("request", "1", "desk", "sales", "marketing", steps[2].key),
        ],
    )
    with one_request.begin() as conn:
        write.apply(conn, effects, NOW, 7)
        saw = [row[0] for row in Statement("SELECT history_id FROM decisions ORDER BY id").rows(conn)]
        desks = [(past.facts_at(conn, "request/1", NOW, before) or {}).get("request.desk") for before in saw]
    assert desks == [None, "sales", "sales", "marketing"]


def test_several_changes_of_one_field_leave_the_last(one_request: Database) -> None:
    changes = [Change("request", "1", "owner", old, new, "rule") for old, new in (("eva", "an"), ("an", "bram"))]
    with one_request.begin() as conn:
        write.apply(conn, Effects(changes=changes), NOW, 7)
        assert fields(conn, "owner") == ["bram"]
        assert len(history.of(conn, ["request/1"])["request/1"]) == 3


def test_whom_a_decision_wakes(one_request: Database, watching: Watching) -> None:
    rules = watching(
        ("route", "request", "request.desk", "account.running_opportunity"),
        ("nudge", "request", "request.desk"),
        ("nurture", "request", "request.summary"),
        ("nurture", "contact", "contact.lists"),
        ("escalate", "opportunity", "opportunity.stage"),
    )
    with one_request.begin() as conn:
        upsert(conn, "request", [{"id": "2", "account": "1"}], NOW - 5, "import a.csv")
        agenda.touch_all(conn, rules, NOW)
        for flow in ("route", "nudge", "nurture"):
            agenda.schedule(conn, flow, "request", [("1", None), ("2", None)])
        agenda.schedule(conn, "nurture", "contact", [("3", None)])
        effects = replace(whole_decision(), created=[])
        write.apply(conn, effects, NOW, 7)
        woken = Statement("SELECT flow, kind, id FROM agenda WHERE due_at <= :now ORDER BY 1, 2, 3").rows(conn, now=NOW)
    # its own flow has dealt with the change of desk, and nobody in `nurture` reads it of a request
    assert woken == [("nudge", "request", "1"), ("nurture", "contact", "3")]


def test_what_others_reach_wakes_them_even_in_the_flow_that_decided(one_request: Database, watching: Watching) -> None:
    with one_request.begin() as conn:
        upsert(conn, "request", [{"id": "2", "account": "1"}], NOW - 5, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "account.running_opportunity")), NOW)
        agenda.schedule(conn, "route", "request", [("1", None), ("2", None)])
        write.apply(conn, whole_decision(), NOW, 7)
        woken = Statement("SELECT id FROM agenda WHERE due_at <= :now ORDER BY id").rows(conn, now=NOW)
    assert woken == [("1",), ("2",)]


def test_leaving_a_list_and_coming_back(one_request: Database) -> None:
    with one_request.begin() as conn:
        write.apply(conn, whole_decision(), NOW, 7)
        assert [change.new for change in lists.leave(conn, "3", "warm", "person an", NOW + 1)] == [None]
        assert lists.leave(conn, "3", "warm", "person an", NOW + 1) == []
        assert lists.lists_of(conn, ["3"]) == {}
        joined = [Joining("3", "warm", "again", "rule")] * 2
        assert write.apply(conn, Effects(joined=joined), NOW + 2, 7).joined == 1
        assert Statement("SELECT joined_at, reason, left_at FROM memberships").rows(conn) == [(NOW + 2, "again", None)]
