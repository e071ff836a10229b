"""Nurture lists in other systems: each change is told once, in order, again after a failure, and nothing is lost."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from leadrelay.act.list_moves import carry_out
from leadrelay.clock import HOUR, Instant
from leadrelay.errors import BadSettings
from leadrelay.leads.effects import Joining, Leaving
from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from notifications.marketing import queue
from notifications.marketing.push import push_all
from tests.marketing.stand_ins import ListmonkStandIn, MauticStandIn, StandIn
from tests.notifications.world import NOW

SANNE, PIET = "sanne@devries.example", "o'neill@vos.example"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_SECRET", "s3cret")


@pytest.fixture
def filled(database: Database) -> Database:
    with database.begin() as conn:
        people = [{"id": "3", "name": "Sanne de Vries", "email": SANNE}, {"id": "4", "name": "Piet", "email": PIET}]
        upsert(conn, "contact", people, NOW, "import a.csv")
        carry_out(conn, [Joining("3", "warm", "asked", "person ines"), Joining("4", "warm", "met", "person ines")], NOW)
    return database


def push(database: Database, folder: Path, kind: str, url: str, now: Instant = NOW, **more: Any) -> dict[str, Any]:
    section = {"kind": kind, "url": url, "secret_env": "MARKETING_SECRET", "user": "api", "lists": {"warm": 7}, **more}
    settings = Settings.of(folder, {"marketing": {"system": section}})
    return push_all(database, settings, now, clock=lambda: now)[0].as_dict()


def leave(database: Database, contact: str, now: Instant = NOW) -> None:
    with database.begin() as conn:
        assert carry_out(conn, [Leaving(contact, "warm", "enough", "person ines")], now)


def set_contact(database: Database, contact: str, now: Instant = NOW, **values: Any) -> None:
    with database.begin() as conn:
        upsert(conn, "contact", [{"id": contact, **values}], now, "person ines")


def test_listmonk_has_who_is_on_the_list_and_running_again_tells_nothing(filled: Database, tmp_path: Path) -> None:
    with ListmonkStandIn() as there:
        assert push(filled, tmp_path, "listmonk", there.url)["sent"] == 2
        asked = len(there.asked)
        assert push(filled, tmp_path, "listmonk", there.url)["sent"] == 0
        assert len(there.asked) == asked
        assert {mail: one["lists"] for mail, one in there.people.items()} == {SANNE: {7}, PIET: {7}}
        assert there.asked[0][2]["authorization"].startswith("Basic ")


def test_listmonk_knows_somebody_already(filled: Database, tmp_path: Path) -> None:
    with ListmonkStandIn() as there:
        there.people[PIET] = {"id": 1, "email": PIET, "name": "P", "status": "blocklisted", "lists": {2}}
        assert push(filled, tmp_path, "listmonk", there.url)["sent"] == 2
        assert (there.people[PIET]["lists"], there.people[PIET]["status"]) == ({2, 7}, "enabled")


def test_who_leaves_is_taken_off_and_who_objects_is_blocked(filled: Database, tmp_path: Path) -> None:
    with ListmonkStandIn() as there:
        push(filled, tmp_path, "listmonk", there.url)
        leave(filled, "4")
        set_contact(filled, "3", objected_at=NOW)
        assert push(filled, tmp_path, "listmonk", there.url)["sent"] == 2
        assert there.people[PIET]["lists"] == set()
        assert there.people[SANNE]["status"] == "blocklisted"
        assert push(filled, tmp_path, "listmonk", there.url)["sent"] == 0


@pytest.mark.parametrize(
    "never", [{"objected_at": NOW}, {"unsubscribed_at": NOW}, {"bounced_at": NOW}, {"consent": False}], ids=str
)
def test_who_may_not_be_written_to_does_not_join_over_there(
    filled: Database, tmp_path: Path, never: dict[str, Any]
) -> None:
    set_contact(filled, "3", **never)
    with ListmonkStandIn() as there:
        push(filled, tmp_path, "listmonk", there.url)
        assert list(there.people) == [PIET]


def test_mautic_keeps_contacts_apart_by_address(filled: Database, tmp_path: Path) -> None:
    with MauticStandIn() as there:
        there.ids[PIET] = 40
        assert push(filled, tmp_path, "mautic", there.url, lists={"warm": 9})["sent"] == 2
        assert there.segments == {"9": {there.ids[SANNE], 40}}
        leave(filled, "4")
        set_contact(filled, "3", unsubscribed_at=NOW)
        push(filled, tmp_path, "mautic", there.url, lists={"warm": 9})
        assert there.segments == {"9": {there.ids[SANNE]}}
        assert there.never == {there.ids[SANNE]}


def test_mautic_by_oauth2(filled: Database, tmp_path: Path) -> None:
    with MauticStandIn() as there:
        assert push(filled, tmp_path, "mautic", there.url, oauth2=True)["sent"] == 2
        tokens = [path for _, path, _, _ in there.asked if path.startswith("/oauth")]
        assert len(tokens) == 1
        assert there.asked[-1][2]["authorization"] == "Bearer t0ken"


def test_a_webhook_is_signed_and_each_attempt_has_the_same_key(filled: Database, tmp_path: Path) -> None:
    with StandIn() as there:
        there.fail = lambda path: 503
        assert push(filled, tmp_path, "webhook", there.url, lists={})["failed"] == 2
        there.fail = lambda path: None
        assert push(filled, tmp_path, "webhook", there.url, lists={})["sent"] == 0, "it waits before it tries again"
        assert push(filled, tmp_path, "webhook", there.url, NOW + HOUR, lists={})["sent"] == 2
        keys = [headers["idempotency-key"] for _, _, headers, _ in there.asked]
        assert keys[:2] == keys[2:] and len(set(keys)) == 2
        _, _, headers, body = there.asked[-1]
        seconds, _, digest = headers["x-leadrelay-signature"].removeprefix("t=").partition(",v1=")
        assert hmac.new(b"s3cret", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest() == digest
        assert json.loads(body)["contact"]["email"] == PIET


@pytest.mark.parametrize(("status", "came"), [(429, "failed"), (500, "failed"), (400, "dead"), (401, "dead")])
def test_what_an_answer_means(filled: Database, tmp_path: Path, status: int, came: str) -> None:
    with StandIn() as there:
        there.fail = lambda path: status
        assert push(filled, tmp_path, "webhook", there.url, lists={})[came] == 2
    with filled.read() as conn:
        assert str(status) in str(queue.trouble(conn, "system")[0]["error"])


def test_no_answer_in_time_is_tried_again(filled: Database, tmp_path: Path) -> None:
    assert push(filled, tmp_path, "webhook", "http://127.0.0.1:9", lists={}, timeout=0.2)["failed"] == 2


def test_leaving_waits_for_joining(filled: Database, tmp_path: Path) -> None:
    with ListmonkStandIn() as there:
        there.fail = lambda path: 500
        push(filled, tmp_path, "listmonk", there.url)
        leave(filled, "3", NOW + 1)
        there.fail = lambda path: None
        assert push(filled, tmp_path, "listmonk", there.url, NOW + 1)["sent"] == 0
        assert push(filled, tmp_path, "listmonk", there.url, NOW + HOUR)["sent"] == 3
        assert (there.people[SANNE]["lists"], there.people[PIET]["lists"]) == (set(), {7})


def test_what_was_given_up_can_be_tried_again(filled: Database, tmp_path: Path) -> None:
    with StandIn() as there:
        there.fail = lambda path: 500
        for again in range(12):
            push(filled, tmp_path, "webhook", there.url, NOW + again * 24 * HOUR, lists={})
        with filled.begin() as conn:
            assert queue.counts(conn, "system")["dead"] == 2
            queue.retry(conn, "system")
        there.fail = lambda path: None
        assert push(filled, tmp_path, "webhook", there.url, NOW + 400 * HOUR, lists={})["sent"] == 2


def test_only_the_lists_that_are_named_are_told(filled: Database, tmp_path: Path) -> None:
    with filled.begin() as conn:
        carry_out(conn, [Joining("3", "secret", "asked", "person ines")], NOW)
    with StandIn() as there:
        push(filled, tmp_path, "webhook", there.url)
        assert {json.loads(body)["list"] for *_, body in there.asked} == {"warm"}


def test_a_secret_that_is_not_there(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="NO_SUCH is not set"):
        push(filled, tmp_path, "webhook", "http://127.0.0.1:9", secret_env="NO_SUCH")
