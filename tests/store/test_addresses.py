"""The suppression list: a no belongs to the mailbox, on whatever record it was said; only a later yes ends it."""

from typing import Any

import pytest
from sqlalchemy import select, text, update

from leadrelay.act import by_hand
from leadrelay.act.consent import Said, write
from leadrelay.act.merge import merge, undo
from leadrelay.clock import HOUR, parse_time
from leadrelay.leads.effects import Change, Decided, Effects
from leadrelay.store.addresses import boxes_of, fill, refusal, standing_of
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import suppress, upsert
from leadrelay.store.schema import contacts, history
from leadrelay.store.schema_address import suppressions
from leadrelay.store.write import apply
from leadrelay.zone import zone_of

NOW = parse_time("2026-11-20 09:13", zone_of("Europe/Amsterdam"))
FLAGS = ("objected_at", "unsubscribed_at", "bounced_at", "consent")


@pytest.fixture
def known(database: Database) -> Database:
    """Three records of one mailbox, and one of another."""
    rows = [
        {"id": "1", "email": "jan@bücher.example", "consent": True, "consent_at": NOW - 100 * HOUR},
        {"id": "2", "email": "JAN@xn--bcher-kva.example"},
        {"id": "3", "email": " Jan@Bücher.example "},
        {"id": "4", "email": "piet@x.example"},
    ]
    taken(database, *rows)
    return database


def taken(database: Database, *rows: dict[str, Any], cause: str = "import a.csv", at: int = NOW) -> None:
    with database.begin() as conn:
        upsert(conn, "contact", rows, at, cause)


def flags(database: Database, key: str) -> dict[str, object]:
    with database.read() as conn:
        row = conn.execute(select(*(contacts.c[name] for name in FLAGS)).where(contacts.c.id == key)).one()
    return {name: value for name, value in row._asdict().items() if value is not None}


def why(database: Database, key: str) -> str | None:
    with database.read() as conn:
        return refusal(conn, key)


def withdraw(database: Database, key: str, said: Said, at: int = NOW) -> None:
    with database.begin() as conn:
        write(conn, key, said, "telephone", "person ines", at)


WAYS: dict[str, Any] = {
    "by hand": lambda conn: write(conn, "1", Said.WITHDRAWN, "telephone", "person ines", NOW),
    "objected by hand": lambda conn: write(conn, "1", Said.OBJECTED, "telephone", "person ines", NOW),
    "link": lambda conn: by_hand.unsubscribe(conn, "contact/1", NOW),
    "import": lambda conn: upsert(conn, "contact", [{"id": "1", "consent": False}], NOW, "import b.csv"),
    "new record": lambda conn: upsert(
        conn, "contact", [{"id": "9", "email": "jan@bücher.example.", "unsubscribed_at": NOW}], NOW, "import b.csv"
    ),
    "rule": lambda conn: apply(
        conn,
        Effects(
            decided=[Decided("nurture", "b", "r", "r", "contact/1", 1, "0", "live", [])],
            changes=[Change("contact", "1", "objected_at", None, NOW, "r|contact/1|1|0")],
        ),
        NOW,
        1,
    ),
    "inbox": lambda conn: suppress(conn, "Jan <jan@bücher.example>", "objected_at", NOW, "inbox", NOW),
    "another record gets the address": lambda conn: upsert(
        conn, "contact", [{"id": "4", "objected_at": NOW}, {"id": "4", "email": "jan@bücher.example"}], NOW, "import b"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_no_by_any_way_holds_for_every_record_of_the_mailbox(known: Database, way: str) -> None:
    with known.begin() as conn:
        WAYS[way](conn)
    assert all(why(known, key) for key in ("1", "2", "3"))
    assert flags(known, "2") == flags(known, "3") != {}
    if way != "another record gets the address":
        assert why(known, "4") is None


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1", "consent": True},
        {"id": "1", "consent": True, "consent_at": NOW - HOUR},
        {"id": "1", "unsubscribed_at": None, "objected_at": None, "bounced_at": None},
        {"id": "8", "email": "JAN@BÜCHER.example", "consent": True, "consent_at": NOW - HOUR},
        {"id": "4", "email": "jan@bücher.example", "consent": True},
    ],
)
@pytest.mark.parametrize("said", [Said.WITHDRAWN, Said.OBJECTED])
def test_a_file_does_not_take_a_no_back(known: Database, row: dict[str, Any], said: Said) -> None:
    withdraw(known, "2", said)
    taken(known, row, at=NOW + HOUR)
    assert why(known, row["id"])
    assert flags(known, row["id"])["consent"] in (False, 0)


def test_importing_it_again_writes_nothing(known: Database) -> None:
    withdraw(known, "2", Said.WITHDRAWN)
    for _ in range(2):
        with known.begin() as conn:
            done = upsert(conn, "contact", [{"id": "1", "consent": True}], NOW + HOUR, "import a.csv")
    assert (done.changed, done.unchanged) == (0, 1)


def test_a_later_yes_takes_a_withdrawal_back_for_the_whole_mailbox_but_no_objection(known: Database) -> None:
    later = {"id": "3", "consent": True, "consent_at": NOW + 2 * HOUR, "consent_source": "web form"}
    withdraw(known, "2", Said.WITHDRAWN)
    taken(known, later, at=NOW + 3 * HOUR)
    assert [why(known, key) for key in ("1", "2", "3")] == [None, None, None]
    assert flags(known, "2")["consent"] in (True, 1)
    withdraw(known, "1", Said.OBJECTED, NOW + 4 * HOUR)
    taken(known, {**later, "consent_at": NOW + 5 * HOUR}, at=NOW + 6 * HOUR)
    assert why(known, "3") == "contact/3 has objected"


def test_a_person_takes_an_objection_back_for_the_whole_mailbox(known: Database) -> None:
    withdraw(known, "2", Said.OBJECTED)
    withdraw(known, "1", Said.GIVEN, NOW + HOUR)
    assert [why(known, key) for key in ("1", "2", "3")] == [None, None, None]
    with known.begin() as conn:
        upsert(conn, "contact", [{"id": "3", "email": "jan@bücher.example"}], NOW + 2 * HOUR, "import c.csv")
    assert why(known, "3") is None


def test_what_came_back_is_the_addresses_and_what_was_said_the_persons(known: Database) -> None:
    taken(known, {"id": "1", "bounced_at": NOW, "unsubscribed_at": NOW}, cause="inbox")
    taken(known, {"id": "1", "email": "jan@new.example"})
    assert "bounced_at" not in flags(known, "1") and why(known, "1") == "contact/1 has unsubscribed"
    taken(known, {"id": "5", "email": "jan@new.example"}, {"id": "6", "email": "jan@bücher.example"})
    assert why(known, "5") == "contact/5 has unsubscribed" and "bounced_at" in flags(known, "6")
    taken(known, {"id": "2", "email": " JAN@BÜCHER.example"})
    assert "bounced_at" in flags(known, "2"), "the same mailbox in other letters"


def test_a_person_says_that_an_address_works_again(known: Database) -> None:
    taken(known, {"id": "2", "bounced_at": NOW}, cause="inbox")
    taken(known, {"id": "3", "bounced_at": None}, cause="person ines")
    assert [why(known, key) for key in ("1", "2", "3")] == [None, None, None]


def test_a_merge_keeps_the_strictest_and_undoing_it_too(known: Database) -> None:
    withdraw(known, "2", Said.OBJECTED)
    with known.begin() as conn:
        done = merge(conn, "contact", "4", "2", "ines", NOW)
    assert why(known, "4") == "contact/4 has objected"
    with known.begin() as conn:
        undo(conn, done.id, "ines", NOW)
    assert why(known, "4") and why(known, "2")


def test_what_is_said_on_a_record_that_was_merged_away_holds_for_the_kept_one(known: Database) -> None:
    taken(known, {"id": "5", "email": "p@y.example"}, {"id": "6", "email": "p@z.example"})
    with known.begin() as conn:
        merge(conn, "contact", "5", "4", "ines", NOW)
        merge(conn, "contact", "6", "5", "ines", NOW)
        by_hand.unsubscribe(conn, "contact/4", NOW + HOUR)
    assert why(known, "6") == "contact/6 has unsubscribed"


def test_the_list_outlives_the_record_and_holds_no_address(known: Database) -> None:
    withdraw(known, "2", Said.OBJECTED)
    with known.begin() as conn:
        conn.execute(text("DELETE FROM contacts"))
        [row] = conn.execute(select(suppressions)).all()
        assert row.mailbox == boxes_of(conn, ["jan@bücher.example"])["jan@bücher.example"]
        assert len(row.mailbox) == 40 and "jan" not in row.mailbox
    taken(known, {"id": "n", "email": "jan@bücher.example"})
    assert why(known, "n") == "contact/n has objected"
    with known.read() as conn:
        found = conn.execute(select(history.c.cause).where(history.c.subject == "contact/n")).scalars().all()
    assert "suppression list" in found


def test_filling_an_older_database(known: Database) -> None:
    with known.begin() as conn:
        conn.execute(update(contacts).values(mailbox=None))
        conn.execute(update(contacts).where(contacts.c.id == "1").values(unsubscribed_at=NOW))
        fill(conn, NOW)
        assert standing_of(conn, "jan@bücher.example").unsubscribed_at == NOW
        assert standing_of(conn, "piet@x.example").unsubscribed_at is None
    assert why(known, "3") == "contact/3 has unsubscribed"
