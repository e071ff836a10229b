"""Exports: documented columns, and values as people and other programs read them."""

import json
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leadrelay.clock import day_of, parse_time
from leadrelay.leads.effects import Decided, Effects, Joining, NewMessage, NewTask, StageMove
from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.leads.quote import QuoteLine
from leadrelay.store import exports, members, quotes, write
from leadrelay.store.activities import upsert_activities
from leadrelay.store.database import Database
from leadrelay.store.exports import Exporter
from leadrelay.store.intake_writes import upsert

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = parse_time("2026-11-20 09:13", ZONE)
SHOWN = "2026-11-20T09:13:00+01:00"
FIELDS = Fields((Field("request.extra.machine", Type.CHOICE, ""), Field("request.extra.on", Type.DATE, "")))


@pytest.fixture
def filled(database: Database) -> Database:
    row: dict[str, Value] = {"id": "42", "expected_value": 250_050, "prompted": False, "contact": "3", "account": "1"}
    row |= {"extra.machine": "lathe", "extra.on": day_of(date(2026, 12, 24)), "received_at": NOW}
    decision = Decided(
        "route", "routing", "key", "key", "request/42", 1, "0", "live", [{"notify": ["an"], "template": "t"}]
    )
    cause = decision.key
    effects = Effects(
        decided=[decision],
        joined=[Joining("3", "warm", "why", cause)],
        tasks=[NewTask("request/42", "an", "call", NOW + 1, f"{cause}|task|call", cause)],
        stage_moves=[StageMove("7", "new", "quote", "fast_forward", cause)],
        messages=[NewMessage("an", "t", "nl", "request/42", "now", "because", f"{cause}|t|an", cause)],
    )
    with database.begin() as conn:
        upsert(conn, "request", [row], NOW, "import a.csv")
        upsert(conn, "request", [{"id": "42", "expected_value": 300_000}], NOW, "import b.csv")
        upsert(conn, "contact", [{"id": "3", "account": "1"}], NOW, "import a.csv")
        upsert(conn, "account", [{"id": "1", "employees": 250, "postcode": "1017 AB"}], NOW, "import a.csv")
        upsert(conn, "opportunity", [{"id": "7", "decision_on": 20_000, "scotsman.time": True}], NOW, "import a.csv")
        upsert_activities(conn, [{"id": "a", "at": NOW, "kind": "call", "contact": "3"}], NOW, "import a.csv")
        quotes.add(conn, "7", "draft", [QuoteLine("mill", Decimal("1.5"), 999)], 20_000, (NOW, "an"))
        members.put(conn, "7", ("contact", "3", "decider", None), NOW, "person an")
        write.apply(conn, effects, NOW, 1)
    return database


EXPECTED: dict[str, list[dict[str, object]]] = {
    "requests": [
        {"id": "42", "received_at": SHOWN, "expected_value": 3000, "prompted": False, "status": "open", "contact": "3"}
        | {"extra.machine": "lathe", "extra.on": "2026-12-24", "desk": None}
    ],
    "contacts": [{"id": "3", "lists": ["warm"], "requests_12m": 1, "last_visited_at": None, "account": "1"}],
    "accounts": [{"id": "1", "employees": 250, "postcode": "1017 AB", "postcode_number": 1017}],
    "opportunities": [
        {"id": "7", "decision_on": "2024-10-04", "scotsman.time": True, "scotsman_score": 1, "bant.need": None}
        | {"deciders": ["3"], "decider_count": 1, "quote_status": "draft", "quote_total": 14.99, "team": None}
    ],
    "decisions": [
        {"id": 1, "at": SHOWN, "rulebook": "routing", "rule": "key", "subject": "request/42", "episode": 1, "step": "0"}
        | {"ruleset": 1, "mode": "live", "actions": [{"notify": ["an"], "template": "t"}]}
    ],
    "notifications": [
        {
            "id": 1,
            "at": SHOWN,
            "to": "an",
            "channel": "mail",
            "language": "nl",
            "template": "t",
            "subject": "request/42",
        }
        | {"urgency": "now", "state": "pending", "reason": "because", "decision": "key|request/42|1|0"}
    ],
    "lists": [
        {"contact": "3", "list": "warm", "joined_at": SHOWN, "reason": "why", "left_at": None, "left_reason": None}
        | {"cause": "key|request/42|1|0"}
    ],
    "tasks": [{"id": 1, "subject": "request/42", "owner": "an", "what": "call", "created_at": SHOWN, "done_at": None}],
    "quotes": [
        {"id": 1, "opportunity": "7", "status": "draft", "total": 14.99, "valid_until": "2024-10-04", "lines": 1}
        | {"created_at": SHOWN, "created_by": "an", "sent_at": None, "discount": 0}
    ],
    "quote_lines": [
        {"quote": 1, "position": 1, "product": "mill", "quantity": "1.5", "unit_price": 9.99, "total": 14.99}
    ],
    "moves": [
        {"id": 1, "at": SHOWN, "opportunity": "7", "from": "new", "to": "quote", "move": "fast_forward"}
        | {"cause": "key|request/42|1|0", "reason": None, "overridden": []}
    ],
    "members": [{"opportunity": "7", "kind": "contact", "member": "3", "role": "decider", "added_at": SHOWN}],
    "activities": [{"id": "a", "at": SHOWN, "kind": "call", "contact": "3", "summary": None}],
    "history": [
        {
            "at": SHOWN,
            "subject": "request/42",
            "field": "expected_value",
            "old": None,
            "new": 2500.5,
            "cause": "import a.csv",
        },
        {
            "at": SHOWN,
            "subject": "request/42",
            "field": "expected_value",
            "old": 2500.5,
            "new": 3000,
            "cause": "import b.csv",
        },
        {
            "at": SHOWN,
            "subject": "request/42",
            "field": "received_at",
            "old": None,
            "new": SHOWN,
            "cause": "import a.csv",
        },
        {"at": SHOWN, "subject": "contact/3", "field": "lists", "old": None, "new": ["warm"]},
    ],
}


@pytest.mark.parametrize("what", exports.NAMES)
def test_an_export(filled: Database, what: str) -> None:
    with filled.read() as conn:
        exporter = Exporter(conn, NOW, ZONE, FIELDS)
        rows = list(exporter.rows(what))
        columns = exporter.columns(what)
    assert all(tuple(row) == columns for row in rows)
    assert json.loads(json.dumps(rows)) == rows
    for expected in EXPECTED[what]:
        assert expected in [{name: row[name] for name in expected} for row in rows]


def test_the_columns_of_the_contract() -> None:
    listings = {name: " ".join(one.columns) for name, one in exports.LISTINGS.items()}
    assert listings["decisions"] == "id at rulebook rule subject episode step ruleset mode actions"
    assert listings["notifications"] == ("id at to channel language template subject urgency state reason decision key")
    assert " ".join(exports.HISTORY) == "at subject field old new cause"


def test_more_than_one_part(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.begin() as conn:
        many = [{"id": str(number)} for number in range(exports.CHUNK + 3)]
        upsert(conn, "contact", many, NOW, "import a.csv")
        joined = [Joining(str(number), "warm", "why", "rule") for number in range(exports.CHUNK + 3)]
        write.apply(conn, Effects(joined=joined), NOW, 1)
        exporter = Exporter(conn, NOW, ZONE)
        found = {
            what: [row["contact" if what == "lists" else "id"] for row in exporter.rows(what)]
            for what in ("contacts", "lists")
        }
        told = sum(1 for _ in exporter.rows("history"))
    assert found["contacts"] == found["lists"] == sorted(one["id"] for one in many)
    assert told == 2 * len(many)
