"""The audit finds every request that is lost, and every decision that did not keep its word."""

from collections.abc import Callable

import pytest

from leadrelay.leads.effects import Decided, Effects, Joining, NewMessage, NewTask
from leadrelay.leads.fields import Value
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, write
from leadrelay.store.audit import audit, seen
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from leadrelay.store.raw import Statement

NOW = 1_800_000_000_000_000
Watching = Callable[..., Ruleset]
OPEN: dict[str, Value] = {"desk": "sales", "owner": "an"}
CLOSED: dict[str, Value] = {"status": "closed", "outcome": "order", "reason": "reordered"}


@pytest.mark.parametrize(
    ("row", "due", "codes"),
    [
        (OPEN, NOW + 5, []),
        (OPEN, NOW - 5, []),
        (OPEN, None, ["request-without-deadline"]),
        ({}, None, ["request-without-desk", "request-without-owner", "request-without-deadline"]),
        ({"desk": "sales"}, NOW, ["request-without-owner"]),
        (CLOSED, None, []),
        ({**CLOSED, "reason": None}, None, ["request-without-reason"]),
        ({**CLOSED, "reason": ""}, None, ["request-without-reason"]),
        ({"status": "closed"}, NOW, ["request-without-outcome", "request-without-reason"]),
        ({"status": "parked"}, NOW, ["request-without-status"]),
    ],
)
def test_requests(
    database: Database, watching: Watching, row: dict[str, Value], due: int | None, codes: list[str]
) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "42", **row}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("route", "request", "request.kind")), NOW)
        agenda.schedule(conn, "route", "request", [("42", due)])
        found = list(audit(conn, NOW))
    assert [one.code for one in found] == codes
    assert {one.subject for one in found} <= {"request/42"}


@pytest.mark.parametrize(("done", "codes"), [(None, []), (NOW, ["request-without-deadline"])])
def test_an_open_task_is_a_deadline(database: Database, done: int | None, codes: list[str]) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "42", **OPEN}], NOW, "import a.csv")
        write.apply(conn, Effects(tasks=[NewTask("request/42", "an", "call", NOW + 9, "k", "rule")]), NOW, 1)
        Statement("UPDATE tasks SET done_at = :done").run(conn, done=done)
        assert [one.code for one in audit(conn, NOW)] == codes


DEAL: dict[str, Value] = {"stage": "quote", "owner": "an", "contact": "3"}
WON: dict[str, Value] = {"closed_at": NOW, "outcome": "won", "reason": "the price"}


@pytest.mark.parametrize(
    ("row", "due", "codes"),
    [
        (DEAL, NOW + 5, []),
        (DEAL, None, ["opportunity-without-deadline"]),
        ({**DEAL, "next_step_at": NOW - 5}, None, []),
        ({}, NOW, ["opportunity-without-stage", "opportunity-without-owner"]),
        ({**DEAL, "outcome": "won"}, NOW, ["opportunity-without-end"]),
        (WON, None, []),
        ({**WON, "outcome": None}, None, ["opportunity-without-outcome"]),
        ({**WON, "reason": ""}, None, ["opportunity-without-reason"]),
    ],
)
def test_opportunities(
    database: Database, watching: Watching, row: dict[str, Value], due: int | None, codes: list[str]
) -> None:
    with database.begin() as conn:
        upsert(conn, "opportunity", [{"id": "7", **row}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("nudge", "opportunity", "opportunity.stage")), NOW)
        agenda.schedule(conn, "nudge", "opportunity", [("7", due)])
        assert [one.code for one in audit(conn, NOW)] == codes


def test_who_has_no_rules_about_deals_owes_them_no_deadline(database: Database) -> None:
    with database.begin() as conn:
        upsert(conn, "opportunity", [{"id": "7", **DEAL}], NOW, "import a.csv")
        assert list(audit(conn, NOW)) == []


@pytest.mark.parametrize(
    ("contact", "outcome", "lost"),
    [
        ({}, "lost", True),
        ({"consent": True}, "recycled", True),
        ({}, "won", False),
        ({"consent": False}, "lost", False),
        ({"unsubscribed_at": NOW}, "lost", False),
        ({"bounced_at": NOW}, "lost", False),
    ],
)
def test_contacts_of_lost_deals(
    database: Database, watching: Watching, contact: dict[str, Value], outcome: str, lost: bool
) -> None:
    with database.begin() as conn:
        upsert(conn, "contact", [{"id": "3", "email": "jan@example.com", **contact}], NOW, "import a.csv")
        upsert(conn, "opportunity", [{"id": "7", **DEAL, **WON, "outcome": outcome}], NOW, "import a.csv")
        agenda.touch_all(conn, watching(("nurture", "opportunity", "opportunity.outcome")), NOW)
        assert list(audit(conn, NOW)) == [], "the nurture flow is about to look at it"
        agenda.schedule(conn, "nurture", "opportunity", [("7", None)])
        found = [(one.code, one.subject) for one in audit(conn, NOW)]
        assert found == [("contact-out-of-marketing", "contact/3")] * lost
        joining = Effects(joined=[Joining("3", "lost-deals", "lost", "rule")])
        write.apply(conn, joining, NOW, 1)
        assert list(audit(conn, NOW)) == []


def test_decisions_keep_their_word(database: Database) -> None:
    def decided(step: str, mode: str = "live") -> Decided:
        actions: list[dict[str, object]] = [{"notify": ["an", "bram"], "template": "t"}, {"task": "an", "what": "call"}]
        return Decided("route", "routing", "key", "key", "request/42", 1, step, mode, actions)

    kept, broken = decided("0"), decided("1")
    effects = Effects(
        decided=[kept, broken, decided("2", "shadow"), decided("3", "skipped")],
        tasks=[NewTask("request/42", "an", "call", NOW, f"{kept.key}|task|call", kept.key)],
        messages=[
            NewMessage(to, "t", "nl", "request/42", "now", "because", f"{one.key}|t|{to}", one.key)
            for one, to in ((kept, "an"), (kept, "bram"), (broken, "an"))
        ],
    )
    with database.begin() as conn:
        write.apply(conn, effects, NOW, 1)
        found = [(one.code, one.message) for one in audit(conn, NOW)]
        assert found == [
            ("decision-without-message", f"message {broken.key}|t|bram is missing"),
            ("decision-without-task", f"task {broken.key}|task|call is missing"),
        ]
        assert list(audit(conn, NOW, seen(conn))) == []
        Statement("DELETE FROM decisions WHERE key = :key").run(conn, key=broken.key)
        assert [one.code for one in audit(conn, NOW)] == ["message-without-decision"]


def test_many_are_found_in_parts(database: Database) -> None:
    with database.begin() as conn:
        upsert(
            conn, "request", [{"id": f"{n}", "desk": "sales", "owner": "an"} for n in range(2005)], NOW, "import a.csv"
        )
        assert len(list(audit(conn, NOW))) == 2005
