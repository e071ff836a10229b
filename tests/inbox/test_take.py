"""What comes back, taken in on both databases: what it does to contacts, requests and messages, and only once."""

import pytest
from sqlalchemy import select, update

from leadrelay.act.merge import merge
from leadrelay.clock import HOUR, parse_time
from leadrelay.store import history, seconds
from leadrelay.store.addresses import FREE, Suppression, standing_of
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from leadrelay.store.schema import activities, contacts, messages, requests
from leadrelay.zone import zone_of
from notifications.inbox.objection import Objections
from notifications.inbox.take import Taken, take_in
from tests.inbox.world import bounce, complaint, id_of, mail
from tests.notifications.world import NOW, TEAM, fill

CONTACT = "sanne@devries.example"
WRITTEN = parse_time("2026-11-20 09:05", zone_of("Europe/Amsterdam"))
KEY = "key-account|request/42|0|0|key_account|contact/3"
ALERT = "key-account|request/42|1|0|key_account|an"


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, "contact/3", "an")
    with database.begin() as conn:
        conn.execute(update(messages).values(state="sent", sent_at=NOW - HOUR))
    return database


def take(database: Database, *raw: bytes) -> list[Taken]:
    return take_in(database, TEAM, raw, NOW)


def contact(database: Database) -> tuple[object, object, object]:
    with database.read() as conn:
        row = conn.execute(select(contacts.c.bounced_at, contacts.c.unsubscribed_at, contacts.c.consent)).one()
    return row[0], row[1], row[2]


def request(database: Database) -> tuple[object, object]:
    with database.read() as conn:
        row = conn.execute(select(requests.c.first_response_at, requests.c.last_touched_at)).one()
    return row[0], row[1]


def noted(database: Database) -> list[tuple[object, ...]]:
    names = ("kind", "direction", "person", "contact", "request")
    with database.read() as conn:
        return [tuple(row) for row in conn.execute(select(*(activities.c[name] for name in names)))]


def state_of(database: Database, key: str) -> tuple[str, str | None]:
    with database.read() as conn:
        row = conn.execute(select(messages.c.state, messages.c.error).where(messages.c.key == key)).one()
    return row[0], row[1]


@pytest.mark.parametrize("original", [id_of(KEY), "<unknown@elsewhere.example>"])
def test_a_hard_bounce_marks_the_contact_by_message_id_or_address(filled: Database, original: str) -> None:
    to = CONTACT if original.startswith("<unknown") else "forwarded-to@other.example"
    [taken] = take(filled, bounce(to, original=original))
    assert (taken.report.kind, taken.done) == ("hard_bounce", "bounced")
    assert contact(filled) == (NOW, None, None)
    assert request(filled) == (None, None)
    with filled.read() as conn:
        [entry] = history.of(conn, ["contact/3"])["contact/3"]
    assert (entry.field, entry.cause) == ("bounced_at", "inbox")
    assert (state_of(filled, KEY)[0] == "dead") == (original == id_of(KEY))


def test_a_bounced_alert_is_dead_so_that_ops_are_told(filled: Database) -> None:
    [taken] = take(filled, bounce("an@example.com", original=id_of(ALERT)))
    assert taken.done == "bounced"
    assert state_of(filled, ALERT) == ("dead", "bounced: 5.1.1 smtp; 550 5.1.1 User unknown")
    assert contact(filled) == (None, None, None)


@pytest.mark.parametrize(
    ("status", "said", "action"),
    [
        ("4.2.2", "452 4.2.2 mailbox full", "delayed"),
        ("5.2.2", "552 5.2.2 Over quota", "failed"),
        ("5.7.1", "554 5.7.1 blocked using a blacklist", "failed"),
        ("4.4.1", "connection timed out", "failed"),
        ("5.3.4", "552 5.3.4 Message too big", "failed"),
    ],
)
def test_a_soft_bounce_counts_and_changes_nothing_else(filled: Database, status: str, said: str, action: str) -> None:
    [taken] = take(filled, bounce(CONTACT, status, said, id_of(KEY), action))
    assert (taken.report.kind, taken.done) == ("soft_bounce", "noted")
    assert contact(filled) == (None, None, None)
    assert noted(filled) == [("note", "in", None, "3", None)]
    assert state_of(filled, KEY) == ("sent", None)
    assert request(filled) == (None, None)


def test_a_complaint_unsubscribes(filled: Database) -> None:
    [taken] = take(filled, complaint("hidden@provider.example", id_of(KEY)))
    assert (taken.report.kind, taken.done) == ("complaint", "unsubscribed")
    assert contact(filled) == (None, NOW, False)


@pytest.mark.parametrize(
    "raw",
    [
        mail(CONTACT, "Out of office: back on Monday", In_Reply_To=id_of(KEY), Auto_Submitted="auto-replied"),
        mail(CONTACT, "Automatisch antwoord: tot maandag weg", In_Reply_To=id_of(KEY)),
        mail(CONTACT, "Afwezig", Return_Path="<>", References=id_of(KEY)),
        bounce(CONTACT, "2.1.5", "250 2.1.5 Ok", id_of(KEY), "delivered"),
    ],
)
def test_machines_that_answer_change_nothing(filled: Database, raw: bytes) -> None:
    [taken] = take(filled, raw)
    assert taken.report.kind in ("auto_reply", "delivered")
    assert (contact(filled), request(filled), noted(filled)) == ((None, None, None), (None, None), [])


@pytest.mark.parametrize("headers", [{"In_Reply_To": id_of(KEY)}, {"References": f"<a@b> {id_of(KEY)}"}, {}])
def test_a_reply_of_a_contact_is_an_email_about_the_request(filled: Database, headers: dict[str, str]) -> None:
    [taken] = take(filled, mail(f"Sanne <{CONTACT.title()}>", **headers))
    assert taken.done == "noted as an answer"
    assert noted(filled) == [("email", "in", None, "3", "42")]
    assert request(filled) == (None, WRITTEN)


def test_a_colleague_who_answers_the_contact_is_our_first_response(filled: Database) -> None:
    [taken] = take(filled, mail("An Peeters <an@example.com>", to=f"{CONTACT}, verkoop@werkplaats.example"))
    assert taken.done == "noted as an answer"
    assert noted(filled) == [("email", "out", "an", "3", "42")]
    assert request(filled) == (WRITTEN, WRITTEN)


def test_a_colleague_who_answers_an_alert_has_touched_the_request(filled: Database) -> None:
    take(filled, mail("an@example.com", In_Reply_To=id_of(ALERT)))
    assert noted(filled) == [("email", None, "an", None, "42")]
    assert request(filled) == (None, WRITTEN)


def test_mail_of_strangers_is_left_alone(filled: Database) -> None:
    raw = [mail("stranger@else.example"), b"", b"\xff\xfe no mail at all", bounce("who@else.example")]
    assert {one.done for one in take(filled, *raw)} == {"not about us"}
    assert noted(filled) == []


def test_everything_counts_once_however_often_it_is_read(filled: Database) -> None:
    raw = [
        bounce(CONTACT, original=id_of(KEY)),
        bounce(CONTACT, "4.2.2", "mailbox full", id_of(KEY)),
        mail(CONTACT, In_Reply_To=id_of(KEY)),
        mail(CONTACT, "No date", In_Reply_To=id_of(KEY)).replace(b"Date:", b"X-Date:"),
    ]
    take(filled, *raw, *raw)
    before = noted(filled), contact(filled), request(filled)
    later = take_in(filled, TEAM, raw, NOW + HOUR)
    assert {one.done for one in later} == {"known already"}
    assert (noted(filled), contact(filled), request(filled)) == before
    assert len(before[0]) == 4


OBJECTIONS = Objections.of_project({})


def told(database: Database, *raw: bytes) -> list[Taken]:
    return take_in(database, TEAM, raw, NOW, OBJECTIONS)


def refused(database: Database, address: str) -> Suppression:
    with database.read() as conn:
        return standing_of(conn, address)


STOPS = [
    "STOP, remove me",
    "Stop.",
    "stop a.u.b.",
    "Please unsubscribe me from this list.",
    "Schrijf mij uit alstublieft",
    "Goedemiddag,\n\nWilt u mij van de lijst halen? Ik wil geen mails meer.",
    "Take me OFF your list!",
    "Ik maak bezwaar tegen deze reclame.",
    "STOP\n\nOn Fri, 20 Nov 2026 at 09:00, Verkoop wrote:\n> Yes, please call us.",
]
NO_STOPS = [
    "Yes, please call me.",
    "Can you stop by on Tuesday afternoon to look at the machine with us?",
    "De machine stopt steeds, kunt u helpen? Wij willen een offerte voor een nieuwe.",
    "Please do not remove me from the list, I like it.",
    "Schrijf mij niet uit, graag blijf ik op de hoogte.",
    "Call me.\n\nOn Fri, 20 Nov 2026 at 09:00, Verkoop wrote:\n> To unsubscribe, click here.",
    "Bel mij.\n\nOp vr 20 nov 2026 om 09:00 schreef Verkoop <verkoop@werkplaats.example>:\nUitschrijven kan hier.",
]


@pytest.mark.parametrize("said", STOPS)
def test_stop_is_an_objection_and_no_answer(filled: Database, said: str) -> None:
    [taken] = told(filled, mail(CONTACT, In_Reply_To=id_of(KEY), said=said))
    assert taken.done == "objected"
    assert refused(filled, "SANNE@devries.example").objected_at == NOW
    assert noted(filled) == [("note", "in", None, "3", None)]
    assert request(filled)[0] is None


@pytest.mark.parametrize("said", NO_STOPS)
def test_what_only_sounds_like_it_is_an_answer(filled: Database, said: str) -> None:
    [taken] = told(filled, mail(CONTACT, In_Reply_To=id_of(KEY), said=said))
    assert taken.done == "noted as an answer"
    assert refused(filled, CONTACT) == FREE


def test_stop_from_another_address_is_for_both_and_from_a_stranger_for_theirs(filled: Database) -> None:
    told(filled, mail("sanne@home.example", In_Reply_To=id_of(KEY), said="STOP"))
    assert refused(filled, CONTACT).objected_at == refused(filled, "Sanne@HOME.example").objected_at == NOW
    [taken] = told(filled, mail("stranger@x.example", subject="unsubscribe", said="me"))
    assert (taken.done, refused(filled, "stranger@x.example").objected_at) == ("objected", NOW)


def test_an_answer_from_another_address_is_the_contacts_and_the_address_is_offered(filled: Database) -> None:
    """The Message-ID decides."""
    [taken] = told(filled, mail("sanne@home.example", References=f"<x@y> {id_of(KEY)}"))
    assert taken.done == "noted as an answer; sanne@home.example may be contact/3's too"
    assert noted(filled) == [("email", "in", None, "3", "42")]
    with filled.read() as conn:
        [offered] = seconds.listed_as(conn)
    assert (offered.contact, offered.address, offered.state) == ("3", "sanne@home.example", "offered")
    again = mail("sanne@home.example", subject="Re: more", In_Reply_To=id_of(KEY))
    assert told(filled, again)[0].done == "noted as an answer", "offered once"
    stranger = mail("SANNE@home.example", subject="new")
    assert told(filled, stranger)[0].done == "not about us", "nobody has said that it is hers"
    with filled.begin() as conn:
        seconds.settle(conn, "3", "sanne@home.example", True, "person an", NOW)
    assert told(filled, stranger)[0].about == ["contact/3", "request/42"]


def test_an_answer_to_mail_for_one_who_was_merged_is_of_the_kept_one(filled: Database) -> None:
    with filled.begin() as conn:
        upsert(conn, "contact", [{"id": "7", "email": "sanne@new.example"}], NOW, "import a.csv")
        merge(conn, "contact", "7", "3", "an", NOW)
    told(filled, mail("sanne@new.example", In_Reply_To=id_of(KEY)))
    assert noted(filled) == [("email", "in", None, "7", "42")]


def test_two_reports_with_one_message_id_count_twice_if_they_differ(filled: Database) -> None:
    with filled.begin() as conn:
        upsert(conn, "contact", [{"id": "7", "email": "piet@x.example"}], NOW, "import a.csv")
    first, second = bounce(CONTACT, original=""), bounce("piet@x.example", original="")
    second = second.replace(
        b"<bounce-piet@x.example-5.1.1@mx.example>", f"<bounce-{CONTACT}-5.1.1@mx.example>".encode()
    )
    assert [one.done for one in told(filled, first, second)] == ["bounced", "bounced"]
    passed_on = b"Received: from mx2.example by mx3.example\nX-Spam-Score: 1\n" + first
    assert [one.done for one in told(filled, first, second, passed_on)] == ["known already"] * 3


def test_two_mails_with_one_message_id_count_twice_if_they_differ(filled: Database) -> None:
    first = mail(CONTACT)
    second = first.replace(b"Subject: Re: lathes", b"Subject: Re: mills")
    assert [one.done for one in told(filled, first, second, first)] == ["noted as an answer"] * 2 + ["known already"]


def test_what_comes_back_from_an_old_address_leaves_the_new_one_alone(filled: Database) -> None:
    with filled.begin() as conn:
        conn.execute(update(messages).values(address="Sanne@Devries.example"))
        upsert(conn, "contact", [{"id": "3", "email": "sanne@new.example"}], NOW, "import a.csv")
    told(filled, bounce("forwarded@other.example", original=id_of(KEY)))
    assert contact(filled)[0] is None
    assert refused(filled, CONTACT).bounced_at == NOW
    assert refused(filled, "sanne@new.example") == FREE


def test_a_bounce_marks_every_record_of_the_address(filled: Database) -> None:
    with filled.begin() as conn:
        upsert(conn, "contact", [{"id": "7", "email": "SANNE@DEVRIES.example"}], NOW, "import a.csv")
    told(filled, bounce(CONTACT, original=""))
    with filled.read() as conn:
        assert [row.bounced_at for row in conn.execute(select(contacts.c.bounced_at))] == [NOW, NOW]


def test_ops_extend_the_words(filled: Database) -> None:
    own = Objections.of_project({"objection-words": {"genoeg gehad"}})
    answer = mail(CONTACT, In_Reply_To=id_of(KEY), said="Ik heb er genoeg gehad, dank u.")
    assert take_in(filled, TEAM, [answer], NOW, own)[0].done == "objected"
