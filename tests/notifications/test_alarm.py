"""The alarm to ops: once per episode of trouble, never about itself; and what a person does about a message."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from leadrelay.clock import HOUR, MINUTE, iso
from leadrelay.errors import NotForThisMessage, UnknownMessage
from leadrelay.leads.team import Person, Team
from leadrelay.store.audit import audit
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from leadrelay.zone import zone_of
from notifications import register
from notifications.delivery import deliver
from notifications.message import State
from tests.notifications.world import NOW, RULESET, SHIPPED, TEAM, fill, settings

DAY = 24 * HOUR
OPS = (Person("olga", "Olga", "olga@example.com", roles=("ops",), language="en"),)
OPS += (Person("piet", "Piet", "", roles=("ops",)), Person("quinn", "Quinn", "q@example.com", ("ops",), active=False))


def run(database: Database, folder: Path, now: int = NOW, team: Team | None = None) -> int:
    people = {**TEAM.people, **{one.id: one for one in OPS}}
    ruleset = replace(RULESET, team=team or Team(people))
    return deliver(database, ruleset, SHIPPED, settings(folder), now, clock=lambda: now).alarms


def alarms(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as conn:
        wanted = select(messages.c.to, messages.c.state, messages.c.reason).where(
            messages.c.template == "delivery_alarm"
        )
        return [(row[0], row[1], row[2]) for row in conn.execute(wanted.order_by(messages.c.id))]


def test_ops_hear_of_trouble_once_and_never_of_their_own_alarms(database: Database, tmp_path: Path):
    fill(database, "an", "cor", "nobody")
    assert run(database, tmp_path) == 2
    assert alarms(database) == [
        ("olga", "sent", "2 dead: cor has no e-mail address (1); there is nobody called 'nobody' in the team (1)"),
        ("piet", "dead", alarms(database)[0][2]),
    ]
    text = next(path for path in (tmp_path / "var/mail").iterdir() if "delivery_alarm" in path.name).read_text()
    assert "leadrelay messages retry ID" in text and "cor has no e-mail address" in text
    for minutes in (1, 60, 5_000):
        assert run(database, tmp_path, NOW + minutes * MINUTE) == 0
    with database.read() as conn:
        assert [
            one for one in audit(conn, NOW) if one.code == "message-without-decision" and one.subject == "outbox"
        ] == []


def test_new_trouble_is_told_a_day_later_or_after_the_former_was_settled(database: Database, tmp_path: Path):
    (first,) = fill(database, "cor")
    assert run(database, tmp_path) == 2
    (second,) = fill(database, "cor")
    assert run(database, tmp_path, NOW + HOUR) == 0
    fill(database, "cor")
    assert run(database, tmp_path, NOW + DAY) == 2
    with database.begin() as conn:
        for number in (first, second):
            register.settle_by_hand(conn, number, State.DEAD, NOW + DAY)
        conn.execute(update(messages).where(messages.c.state == "dead").values(state="sent"))
    fill(database, "cor")
    assert run(database, tmp_path, NOW + DAY + HOUR) == 2
    assert len(alarms(database)) == 6


def test_without_anybody_in_ops_there_is_no_alarm_and_no_harm(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, "cor")
    assert run(sqlite_database, tmp_path, team=TEAM) == 0


def test_what_a_person_may_decide(database: Database):
    (number,) = fill(database, "an")
    for state, can_retry, can_be_sent, can_be_dead in (
        ("unknown", True, True, True),
        ("dead", True, False, True),
        ("failed", True, False, True),
        ("suppressed", True, False, False),
        ("held", True, False, True),
        ("pending", False, False, True),
        ("sent", False, False, False),
        ("sending", False, False, False),
        ("leased", False, False, False),
    ):
        for allowed, act, becomes in (
            (can_retry, register.retry, "pending"),
            (can_be_sent, lambda conn, one, now: register.settle_by_hand(conn, one, State.SENT, now), "sent"),
            (can_be_dead, lambda conn, one, now: register.settle_by_hand(conn, one, State.DEAD, now), "dead"),
        ):
            with database.begin() as conn:
                conn.execute(update(messages).values(state=state, attempts=5))
                if allowed:
                    assert act(conn, number, NOW)["state"] == becomes, state
                else:
                    with pytest.raises(NotForThisMessage, match=state):
                        act(conn, number, NOW)
    with database.begin() as conn, pytest.raises(UnknownMessage):
        register.retry(conn, 99, NOW)


def test_a_retried_message_is_as_good_as_new(database: Database, tmp_path: Path):
    (number,) = fill(database, "cor")
    run(database, tmp_path)
    with database.begin() as conn:
        assert register.retry(conn, number, NOW)["attempts"] == 0
    mended = Team({**TEAM.people, "cor": replace(TEAM.people["cor"], email="cor@example.com")})
    run(database, tmp_path, team=mended)
    with database.read() as conn:
        assert register.shown(conn, number)["state"] == "sent"


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from leadrelay.cli import main

    folder = tmp_path / "company"
    assert main(["init", str(folder)]) == 0
    database = Database(f"sqlite:///{folder}/var/leadrelay.db")
    database.migrate()
    one, two = fill(database, "an", "contact/3", state="unknown", error="the connection was lost")
    database.close()
    at = ["--project", str(folder), "--now", iso(NOW, zone_of("UTC"))]
    capsys.readouterr()

    def said(*words: str, code: int = 0) -> str:
        assert main(["messages", *words, *at]) == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    assert "the connection was lost" in said() and "contact/3" in said("list", "--state", "unknown")
    assert [row["id"] for row in json.loads(said("list", "--json"))] == [two, one]
    assert json.loads(said("show", str(one), "--json"))["at"].startswith("2026-11-20T09:13:00")
    assert "pending" in said("retry", str(one))
    assert "settled by hand: it arrived" in said("settle", str(two), "--as", "sent")
    assert "cannot be sent again" not in said("list") and "contact/3" not in said()
    assert "There is no message 99" in said("show", "99", code=2)
    assert "it cannot be sent again" in said("retry", str(two), code=2)
