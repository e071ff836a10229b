"""What links do, over real HTTP: they ask first, act once on POST, and say what came of it."""

import pytest

from leadrelay.clock import iso
from leadrelay.leads.effects import NewMessage
from leadrelay.links import Purpose
from leadrelay.store import episodes
from leadrelay.store.audit import audit
from leadrelay.store.write import add_messages
from tests.web.world import Site, text_of

INTERNAL = [one for one in Purpose if one is not Purpose.UNSUBSCRIBE]
FORMS = {Purpose.REASSIGN: {"to": "chris"}, Purpose.SNOOZE: {"for": "3 days"}, Purpose.NOT_INTERESTING: {"why": "spam"}}


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(site: Site, purpose: Purpose, method: str) -> None:
    holder, subject = ("contact/3", "contact/3") if purpose is Purpose.UNSUBSCRIBE else ("an", "request/42")
    before = site.stored()
    path = site.link(purpose, subject, holder)
    answer = site.client.request(method, path)
    assert answer.status_code == (405 if method == "OPTIONS" else 200)
    assert ("<form" in answer.text) == (method == "GET")
    assert site.stored() == before


def test_taking_makes_the_reader_the_owner_and_tells_the_former_one(site: Site) -> None:
    path = site.link(Purpose.TAKE)
    assert "De Vries – Two lathes Bij: Bram Visser" in text_of(site.client.get(path).text)
    answer = site.client.post(path)
    assert answer.status_code == 200
    assert "het is nu bij An Peeters" in text_of(answer.text)
    assert site.changes() == [
        ("request/42", "owner", '"an"', "person an"),
        ("request/42", "last_touched_at", str(site.now), "person an"),
    ]
    assert site.told() == [("bram", "passed_on", "request/42")]
    with site.project.database.read() as conn:  # a message that no rule wrote is not taken for one that lost its rule
        assert "message-without-decision" not in {one.code for one in audit(conn, site.now)}


def test_taking_what_one_has_says_that_somebody_is_on_it(site: Site) -> None:
    """As a seller does who was asked first: after-triage.yaml sees that it was touched."""
    assert site.client.post(site.link(Purpose.TAKE, holder="bram")).status_code == 200
    assert site.changes() == [("request/42", "last_touched_at", str(site.now), "person bram")]
    assert site.told() == []


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_second_post_says_that_it_was_done_and_by_whom(site: Site, purpose: Purpose) -> None:
    contact = purpose is Purpose.UNSUBSCRIBE
    path = site.link(purpose, *(("contact/3", "contact/3") if contact else ("request/42", "an")))
    assert site.client.post(path, data=FORMS.get(purpose, {})).status_code == 200
    before = site.stored()
    answer = site.client.post(path, data=FORMS.get(purpose, {}))
    assert answer.status_code == 200
    assert f"Dit was al gedaan, door {'contact/3' if contact else 'An Peeters'}, op vr 20 nov 2026" in text_of(
        answer.text
    )
    assert site.stored() == before


def test_a_link_of_a_later_message_acts_again(site: Site) -> None:
    site.client.post(site.link(Purpose.TAKE, message="m1"))
    site.client.post(site.link(Purpose.TAKE, holder="bram", message="m2"))
    assert "It is with Bram Visser already" not in site.client.post(site.link(Purpose.TAKE, message="m3")).text
    owners = [new for _, field, new, _ in site.changes() if field == "owner"]
    assert owners == ['"an"', '"bram"', '"an"']


def test_acknowledging_stops_the_open_episodes(site: Site) -> None:
    answer = site.client.post(site.link(Purpose.ACKNOWLEDGE))
    assert "herinneringen en escalaties stoppen" in text_of(answer.text)
    with site.project.database.read() as conn:
        [episode] = episodes.open_of(conn, ["request/42"])["request/42"]
    assert episode.acknowledged_at == site.now
    assert site.changes() == [("request/42", "acknowledged", '["waits"]', "person an")]
    assert "Er wachtte niets meer" in text_of(site.client.post(site.link(Purpose.ACKNOWLEDGE, message="m2")).text)


def test_reassigning_offers_active_colleagues_and_goes_to_the_deputy_of_who_is_away(site: Site) -> None:
    path = site.link(Purpose.REASSIGN)
    shown = site.client.get(path).text
    assert "Chris Smit (afwezig) · 0 lopend" in shown
    assert "Gone" not in shown
    assert "Bram Visser ·" not in shown  # who has it already
    answer = site.client.post(site.link(Purpose.REASSIGN, "account/1"), data={"to": "an"})
    assert "het is nu bij An Peeters" in text_of(answer.text)
    site.client.post(site.link(Purpose.TAKE))
    assert "het is nu bij Bram Visser" in text_of(site.client.post(path, data={"to": "chris"}).text)
    assert ("bram", "assigned", "request/42") in site.told()


@pytest.mark.parametrize(
    ("chosen", "status", "said"),
    [
        ({}, 400, "Kies eerst"),
        ({"to": "nobody-known"}, 400, "Kies eerst"),
        ({"to": "gone"}, 400, "Kies eerst"),
        ({"to": "evi"}, 409, "Evi kan het niet aannemen"),
    ],
)
def test_a_choice_that_cannot_be_made_is_asked_for_again(
    site: Site, chosen: dict[str, str], status: int, said: str
) -> None:
    before, path = site.stored(), site.link(Purpose.REASSIGN)
    answer = site.client.post(path, data=chosen)
    assert (answer.status_code, said in answer.text, "<form" in answer.text) == (status, True, True)
    assert site.stored() == before
    assert site.client.post(path, data={"to": "chris"}).status_code == 200  # the link was not used up


def test_snoozing_holds_what_waits_and_what_comes_for_this_reader_alone(site: Site) -> None:
    def owe(key: str, *to: str) -> None:
        new = [
            NewMessage(one, "nudge", "en", "request/42", "now", "why", f"{key}|{one}", "waits|request/42|1|0")
            for one in to
        ]
        with site.project.database.begin() as conn:
            add_messages(conn, new, site.now)

    owe("before", "an", "bram")
    answer = site.client.post(site.link(Purpose.SNOOZE), data={"for": "1 working day"})
    assert "je hoort er vanaf ma 23 nov 2026 09:13 weer van" in text_of(answer.text)
    owe("after", "an", "bram")
    with site.project.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT key, not_before FROM messages ORDER BY key")
        held = {row[0]: iso(row[1], site.project.zone) if row[1] else None for row in rows}
    until = "2026-11-23T09:13:00+01:00"
    assert held == {"before|an": until, "before|bram": None, "after|an": until, "after|bram": None}
    assert [change[1] for change in site.changes()] == ["snoozed"]


@pytest.mark.parametrize("chosen", [{}, {"for": "100 years"}, {"for": "1 day\r\nx"}])
def test_only_offered_times_can_be_snoozed(site: Site, chosen: dict[str, str]) -> None:
    assert site.client.post(site.link(Purpose.SNOOZE), data=chosen).status_code == 400
    assert site.changes() == []


def test_not_interesting_archives_with_name_and_reason(site: Site) -> None:
    answer = site.client.post(site.link(Purpose.NOT_INTERESTING), data={"why": "a\r\nstudent  <b>"})
    assert "De aanvraag is gearchiveerd" in text_of(answer.text).replace("Klaar: de", "De")
    reason = '"not interesting, says An Peeters: a student  <b>"'
    assert ("request/42", "reason", reason, "person an") in site.changes()
    assert ("request/42", "outcome", '"archived"', "person an") in site.changes()


@pytest.mark.parametrize(
    ("purpose", "subject", "status", "said"),
    [
        (Purpose.TAKE, "request/43", 409, "al afgesloten"),
        (Purpose.REASSIGN, "request/43", 409, "al afgesloten"),
        (Purpose.NOT_INTERESTING, "request/43", 409, "al afgesloten"),
        (Purpose.NOT_INTERESTING, "opportunity/7", 409, "Alleen een aanvraag"),
        (Purpose.TAKE, "request/999", 404, "bestaat niet"),
        (Purpose.TAKE, "nonsense", 404, "bestaat niet"),
        (Purpose.TAKE, "contact/3", 404, "bestaat niet"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    site: Site, purpose: Purpose, subject: str, status: int, said: str
) -> None:
    before = site.stored()
    answer = site.client.post(site.link(purpose, subject), data=FORMS.get(purpose, {}))
    assert (answer.status_code, said in answer.text) == (status, True)
    assert site.stored() == before


@pytest.mark.parametrize("body", ["List-Unsubscribe=One-Click", "", "x=" + "y" * 9_000])
def test_one_click_unsubscribes_without_a_question(site: Site, body: str) -> None:
    path = site.link(Purpose.UNSUBSCRIBE, "contact/3", "contact/3")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = site.client.post(path, content=body, headers=headers)
    assert answer.status_code == 200
    assert "we schrijven je niet meer" in text_of(answer.text)
    assert site.changes() == [
        ("contact/3", "unsubscribed_at", str(site.now), "contact 3"),
        ("contact/3", "consent", "false", "contact 3"),
        ("contact/3", "consent_source", '"unsubscribe link"', "contact 3"),
        ("contact/3", "consent_at", str(site.now), "contact 3"),
    ]


def test_somebody_who_left_can_do_nothing(site: Site) -> None:
    before = site.stored()
    for holder in ("gone", "never-was-here"):
        assert site.client.post(site.link(Purpose.TAKE, holder=holder)).status_code == 403
    assert site.stored() == before
