"""Sequences through the whole chain: who is on a list gets its mails over a real mail server, and what ends that."""

import email
import email.policy
import random
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from leadrelay.act import by_hand
from leadrelay.act.consent import Said, write
from leadrelay.act.list_moves import carry_out
from leadrelay.act.sweep import Sweeper
from leadrelay.clock import HOUR, Instant, parse_time
from leadrelay.leads.effects import Joining, Leaving
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.settings_model import Settings
from leadrelay.store import agenda, rulesets
from leadrelay.store.activities import upsert_activities
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from leadrelay.store.schema import contacts, memberships, messages, requests
from leadrelay.zone import zone_of
from notifications import worker
from notifications.delivery import deliver
from notifications.outcome import ACCEPTED, Outcome, Sending
from notifications.parcel import Parcel
from notifications.permission import Permission
from tests.notifications.smtp_server import PostOffice, SmtpServer

ROOT = Path(__file__).parents[2]
START = parse_time("2026-11-20 10:00", zone_of("Europe/Amsterdam"))  # a Friday
DAY = 24 * HOUR
SECRET = "a secret of the tests alone"


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    return load(read_files(ROOT))


class World:
    """The shipped rules on a database, with a clock that a test moves."""

    def __init__(self, database: Database, loaded: Loaded, folder: Path, url: str = "maildir:mail") -> None:
        self.database, self.loaded, self.now = database, loaded, START
        written = {
            "company": {"name": "Werkplaats BV", "language": "en"},
            "mail": {"from": "Verkoop <verkoop@werkplaats.example>", "url": url},
            "web": {"secret": SECRET},
            "base_url": "https://leads.werkplaats.example",
        }
        self.settings = Settings.of(folder, written)
        self.sweeper = Sweeper(database, loaded.ruleset, clock=lambda: self.now)
        with database.begin() as conn:
            rulesets.put_live(conn, loaded.ruleset.digest, loaded.files, START, "test")
            agenda.touch_all(conn, loaded.ruleset, START)
            upsert(conn, "contact", [CONTACT], START, "import a.csv")

    def join(self, name: str, reason: str = "met at the fair") -> None:
        with self.database.begin() as conn:
            carry_out(conn, [Joining("3", name, reason, "person ines")], self.now)
        self.sweeper.sweep("nurture", self.now)

    def run(self, carrier: Any = None) -> dict[str, Any]:
        for flow in ("route", "nurture", "route"):
            self.sweeper.sweep(flow, self.now)  # type: ignore[arg-type]
        done = deliver(
            self.database,
            self.loaded.ruleset,
            self.loaded.files,
            self.settings,
            self.now,
            carrier=carrier,
            clock=lambda: self.now,
        )
        return done.as_dict()

    def rows(self, table: Any) -> list[Any]:
        with self.database.read() as conn:
            return list(conn.execute(select(table)).mappings())


CONTACT = {"id": "3", "name": "Sanne de Vries", "email": "sanne@devries.example", "language": "nl"}


class Letterbox:
    """A carrier that takes everything, and does something just before."""

    def __init__(self, before: Any = lambda: None) -> None:
        self.taken: list[Parcel] = []
        self._before = before

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
        self._before()
        self.taken.append(parcel)
        sending()
        return ACCEPTED

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def world(database: Database, shipped: Loaded, tmp_path: Path) -> World:
    return World(database, shipped, tmp_path)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    yield PostOffice()


def test_a_mail_of_a_sequence_reaches_the_prospect(
    database: Database, shipped: Loaded, tmp_path: Path, office: PostOffice
) -> None:
    with SmtpServer(office) as server:
        world = World(database, shipped, tmp_path, server.url)
        world.join("information-seekers")
        world.run()
        assert office.taken == []
        world.now = START + 5 * DAY  # three working days
        world.run()
    [(recipient, content)] = office.taken
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert recipient == "sanne@devries.example"
    assert str(mail["List-Unsubscribe"]).strip().startswith("<https://leads.werkplaats.example/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        text = body.get_content()
        assert "/unsubscribe/" in text and "een uur online" in str(mail["Subject"])
        for staff_only in ("/act/", "information-seekers", "contact/3", "Waarom je dit krijgt"):
            assert staff_only not in text
    [message] = world.rows(messages)
    assert (message["to"], message["state"], message["language"]) == ("contact/3", "sent", "nl")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"unsubscribed_at": START}, "contact/3 has unsubscribed"),
        ({"objected_at": START}, "contact/3 has objected"),
        ({"bounced_at": START}, "contact/3 could not be reached"),
        ({"consent": False}, "contact/3 gave no consent"),
    ],
)
def test_consent_is_looked_at_when_a_mail_goes(world: World, values: dict[str, Any], why: str) -> None:
    """What comes in after the mail was planned and put in words still counts."""
    world.join("webinar")
    world.now = START + 3 * DAY
    world.sweeper.sweep("nurture", world.now)
    box, refusal = Letterbox(), worker.Mark.refusal

    def late(mark: worker.Mark, permission: Permission, address: str) -> str | None:
        with world.database.begin() as conn:
            conn.execute(contacts.update().values(**values))
        return refusal(mark, permission, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker.Mark, "refusal", late)
        done = deliver(
            world.database, world.loaded.ruleset, world.loaded.files, world.settings, world.now, carrier=box
        ).as_dict()
    assert box.taken == []
    assert done["undelivered"] == [{"state": "suppressed", "reason": why, "count": 1}]


def test_an_answer_brings_the_contact_back_to_sales(world: World) -> None:
    world.join("webinar")
    world.now = START + 3 * DAY
    world.run(Letterbox())
    world.now += HOUR
    with world.database.begin() as conn:
        answer = {"id": "a", "at": world.now, "kind": "email", "direction": "in", "contact": "3"}
        upsert_activities(conn, [answer], world.now, "inbox")
    box = Letterbox()
    world.run(box)
    [request] = world.rows(requests)
    assert (request["source"], request["prompted"], request["contact"]) == ("webinar", True, "3")
    assert request["owner"] and request["desk"] == "inside_sales"
    assert "step 1 of 2" in request["summary"]
    [left] = [row for row in world.rows(memberships) if row["list"] == "webinar"]
    assert (left["left_at"], left["left_reason"]) == (world.now, "They answered or asked after the webinar.")
    world.now += 30 * DAY
    world.run(box)
    assert [one.message.to for one in box.taken if one.message.to.startswith("contact/")] == []
    assert len(world.rows(requests)) == 1


def test_who_joins_again_begins_anew(world: World) -> None:
    world.join("lost-deals")
    box = Letterbox()
    for months in (7, 8):
        world.now = START + months * 31 * DAY
        world.run(box)
    with world.database.begin() as conn:
        moves = [Leaving("3", "lost-deals", "a mistake", "person ines"), Joining("3", "lost-deals", "", "person ines")]
        carry_out(conn, moves, world.now)
    for months in (9, 15, 16):
        world.now = START + months * 31 * DAY
        world.run(box)
    assert [one.message.template for one in box.taken] == ["keeping_in_touch", "keeping_in_touch"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_nobody_gets_too_much(world: World, seed: int) -> None:
    """Random months: never more than the cap, nothing after a no, and no step twice in one stay on a list."""
    if world.database.engine.dialect.name != "sqlite" and seed:
        pytest.skip("one life on PostgreSQL is enough")
    dice, box, refused = random.Random(seed), Letterbox(), False
    lists = ("information-seekers", "webinar", "cold-leads", "ripening")
    stays = dict.fromkeys(lists, 0)
    sent: list[tuple[Instant, str, int]] = []
    for _ in range(18):
        world.now += dice.choice((1, 20, 48, 100)) * HOUR
        what = dice.choice(("join", "join", "join", "leave", "yes", "no", "unsubscribe", "pass", "pass"))
        name = dice.choice(lists)
        with world.database.begin() as conn:
            if what == "join":
                stays[name] += carry_out(conn, [Joining("3", name, "why", "person ines")], world.now)
            elif what == "leave":
                carry_out(conn, [Leaving("3", name, "why", "person ines")], world.now)
            elif what == "yes":
                write(conn, "3", Said.GIVEN, "fair", "person ines", world.now)
                refused = False
            elif what == "no":
                write(conn, "3", Said.OBJECTED, "phone", "person ines", world.now)
                refused = True
            elif what == "unsubscribe":
                by_hand.unsubscribe(conn, "contact/3", world.now)
                refused = True
        before = len(box.taken)
        world.run(box)
        new = [one for one in box.taken[before:] if one.message.to == "contact/3"]
        assert not (refused and new)
        sent += [(world.now, one.message.decision, stays[one.message.rule]) for one in new]
    moments = [at for at, _, _ in sent]
    assert all(sum(first <= at < first + 7 * DAY for at in moments) <= 2 for first in moments)
    assert len({decision for _, decision, _ in sent}) == len(sent)
    steps = [(decision.split("|")[0], decision.split("|")[3], stay) for _, decision, stay in sent]
    assert len(set(steps)) == len(steps)
