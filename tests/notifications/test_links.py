"""Links in messages: which reader can do what about which subject, signed for them alone, and for how long."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from leadrelay.clock import HOUR
from leadrelay.leads.fields import Value
from leadrelay.links import Fault, Purpose, Signer
from leadrelay.settings_model import Settings
from notifications.audience import Reader
from notifications.links import IN_BRIEF, LASTS, LEAVING_LASTS, Links
from notifications.message import Message
from notifications.render import Renderer
from tests.notifications.world import NOW, RULESET, SHIPPED

SECRET = "a secret of the tests alone"
AN, SANNE = Reader("an", "An", "an@example.com"), Reader("contact/3", "Sanne", "s@devries.example")
OPEN = {"request.status": "open", "owner.id": "bram"}
ALL = ["take", "reassign", "acknowledge", "snooze", "not_interesting"]


def settings(folder: Path) -> Settings:
    return Settings.of(folder, {"web": {"secret": SECRET}, "base_url": "https://leads.example/"})


def message(subject: str = "request/42", to: str = "an", template: str = "nudge") -> Message:
    key = f"waits|{subject}|1|0|{template}|{to}"
    return Message(1, key, NOW, to, "mail", "en", template, subject, "now", "why", f"waits|{subject}|1|0")


@pytest.mark.parametrize(
    ("subject", "reader", "facts", "purposes"),
    [
        ("request/42", AN, OPEN, ALL),
        ("request/42", AN, {**OPEN, "owner.id": "an"}, ALL[1:]),
        ("request/42", AN, {**OPEN, "request.status": "closed"}, []),
        ("request/42", AN, {}, []),
        ("opportunity/7", AN, {"opportunity.id": "7"}, ALL[:4]),
        ("opportunity/7", AN, {"opportunity.id": "7", "opportunity.closed_at": NOW}, []),
        ("account/1", AN, {"account.id": "1"}, ALL[:4]),
        ("contact/3", AN, {"contact.id": "3"}, ALL[2:4]),
        ("request/42", SANNE, OPEN, ["unsubscribe"]),
    ],
)
def test_who_can_do_what(
    tmp_path: Path, subject: str, reader: Reader, facts: Mapping[str, Value], purposes: list[str]
) -> None:
    one = message(subject, reader.id)
    found = Links(settings(tmp_path)).of(one, reader, facts, "nl")
    tickets = [Signer(SECRET).open(link.address.rpartition("/")[2], NOW, *Purpose).ticket for link in found]
    assert [ticket.purpose for ticket in tickets if ticket] == purposes
    assert {ticket.holder for ticket in tickets if ticket} <= {reader.id}
    for link, purpose in zip(found, purposes, strict=True):
        place = "unsubscribe" if purpose == "unsubscribe" else "act"
        assert link.address.startswith(f"https://leads.example/{place}/")


def test_a_link_is_the_same_at_every_attempt_and_another_in_every_message(tmp_path: Path) -> None:
    links, one = Links(settings(tmp_path)), message()
    assert links.of(one, AN, OPEN, "en") == Links(settings(tmp_path)).of(replace(one, failures=3), AN, OPEN, "en")
    other = replace(one, key=one.key + "x")
    addresses = [{link.address for link in links.of(each, AN, OPEN, "en")} for each in (one, other)]
    assert not addresses[0] & addresses[1]


def test_in_a_mail_with_others_a_message_has_its_two_shortest_answers(tmp_path: Path) -> None:
    links, one = Links(settings(tmp_path)), message()
    brief = links.of(one, AN, OPEN, "en", IN_BRIEF)
    assert {link.label for link in brief} <= {"Take it", "I know: no more reminders"}
    assert {link.label for link in brief} >= {"I know: no more reminders"}
    assert all(link in links.of(one, AN, OPEN, "en") for link in brief)


@pytest.mark.parametrize(("reader", "lasts"), [(AN, LASTS), (SANNE, LEAVING_LASTS)])
def test_links_expire(tmp_path: Path, reader: Reader, lasts: int) -> None:
    [link, *_] = Links(settings(tmp_path)).of(message(to=reader.id), reader, OPEN, "en")
    token = link.address.rpartition("/")[2]
    assert Signer(SECRET).open(token, NOW + lasts - HOUR, *Purpose).fault is None
    assert Signer(SECRET).open(token, NOW + lasts, *Purpose).fault is Fault.EXPIRED


def test_without_a_secret_there_are_no_links(tmp_path: Path) -> None:
    links = Links(Settings.of(tmp_path, {}))
    assert links.of(message(), AN, OPEN, "en") == []
    assert links.unsubscribe(message(to="contact/3")) is None


def test_one_click_is_for_prospects_alone(tmp_path: Path) -> None:
    links = Links(settings(tmp_path))
    assert links.unsubscribe(message()) is None
    assert str(links.unsubscribe(message(to="contact/3"))).startswith("https://leads.example/unsubscribe/")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_prospect_reads_nothing_of_our_rules_and_facts(tmp_path: Path, language: str) -> None:
    facts: dict[str, Value] = {**OPEN, "request.product": "lathe", "account.tier": "key", "owner.name": "Bram Visser"}
    one = replace(message(to="contact/3", template="nurture_mail"), reason="cold/r: secret reason", language=language)
    words = Renderer(RULESET, SHIPPED, settings(tmp_path)).render(one, SANNE, facts, NOW)
    for part in (words.text, words.html):
        assert "/unsubscribe/" in part
        assert "lathe" in part
        assert not any(said in part for said in ("secret reason", "waits", "request/42", "Bram", "/act/", "leadrelay"))
