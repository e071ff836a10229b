"""Delivery: every message once, whatever dies in between; what cannot go says why, and stops nothing else."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from leadrelay.clock import HOUR, MINUTE
from leadrelay.errors import BadSettings, BadSubject, UnknownSubject, UnknownTemplate
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from leadrelay.store.schema import messages
from notifications.audience import Reader, Refusal, reader_of, usable
from notifications.carriers import carrier_of
from notifications.delivery import BATCH, deliver
from notifications.mail import address_of, file_name, message_id
from notifications.maildir import Maildir
from notifications.message import Message, State
from notifications.outbox import LEASE
from notifications.outcome import Outcome, Sending
from notifications.parcel import Parcel
from notifications.preview import preview
from notifications.render import Renderer
from tests.notifications.world import NOW, RULESET, SHIPPED, TEAM, fill, settings, states


def mails(folder: Path) -> list[EmailMessage]:
    """Every mail in var/mail, parsed, by file name."""
    files = sorted((folder / "var/mail").iterdir())
    assert all(file.suffix == ".eml" for file in files)
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]  # type: ignore[misc]


def run(database: Database, folder: Path, now: int = NOW, **more: object) -> dict[str, object]:
    return deliver(database, RULESET, SHIPPED, settings(folder), now, clock=lambda: now, **more).as_dict()  # type: ignore[arg-type]


def test_a_message_becomes_a_mail_with_the_facts_of_its_subject(database: Database, tmp_path: Path):
    fill(database, "an")
    done = run(database, tmp_path)
    assert (done["sent"], done["pending"], done["undelivered"]) == (1, 0, [])
    (mail,) = mails(tmp_path)
    assert str(mail["From"]) == "Verkoop <verkoop@werkplaats.example>"
    assert str(mail["To"]) == "An Peeters <an@example.com>"
    assert str(mail["Subject"]) == "Direct: topklant De Vries & Zn <BV> wil over voorwaarden praten"
    assert str(mail["Date"]) == "Fri, 20 Nov 2026 09:13:00 +0100"
    assert mail["Message-ID"].endswith("@werkplaats.example>")
    text, page = (part.get_content() for part in mail.iter_parts())
    assert "- Vraag: Terms of {{ 7*7 }}\n" in text.replace("\r\n", "\n")
    assert "- Verwachte waarde: € 12.500" in text
    assert "routing/key-account: A top customer wants to talk." in " ".join(text.split())
    assert "De Vries &amp; Zn &lt;BV&gt;" in page
    with database.read() as conn:
        row = conn.execute(select(messages)).mappings().one()
    assert (row["state"], row["address"], row["sent_at"]) == ("sent", "an@example.com", NOW)
    assert run(database, tmp_path)["sent"] == 0


def test_who_cannot_or_should_not_be_written_to_is_said(database: Database, tmp_path: Path):
    fill(database, "an", "bram", "cor", "dirk", "evi", "nobody", "contact/3", "contact/99")
    done = run(database, tmp_path)
    assert states(database) == [
        ("an", "sent", None),
        ("bram", "sent", None),
        ("cor", "dead", "cor has no e-mail address"),
        ("dirk", "suppressed", "dirk is not active"),
        ("evi", "dead", "the e-mail address of evi cannot be used: evi@example.com Bcc: all@example.com"),
        ("nobody", "dead", "there is nobody called 'nobody' in the team"),
        ("contact/3", "sent", None),
        ("contact/99", "dead", "there is no contact/99"),
    ]
    assert [done[state] for state in ("sent", "failed", "dead", "suppressed")] == [3, 0, 4, 1]
    assert {"state": "dead", "reason": "cor has no e-mail address", "count": 1} in done["undelivered"]  # type: ignore[operator]
    assert {address.addr_spec for mail in mails(tmp_path) for address in mail["To"].addresses} == {
        "an@example.com",
        "bram@xn--exmple-cua.com",
        "sanne@devries.example",
    }


def test_a_message_that_cannot_be_rendered_fails_alone_and_goes_once_the_template_is_mended(
    database: Database, tmp_path: Path
):
    fill(database, "an", template="news")
    fill(database, "an", template="absent")
    fill(database, "an")
    broken = {**SHIPPED, "templates/nl/news.j2": SHIPPED["templates/nl/nudge.j2"].replace("{{ who }}", "{{ whoo }}")}
    done = deliver(database, RULESET, broken, settings(tmp_path), NOW).as_dict()
    assert (done["sent"], done["failed"], done["to_retry"]) == (1, 2, 2)
    errors = [error for _, _, error in states(database)]
    assert errors[0] is not None and "templates/nl/news.j2" in errors[0] and "'whoo' is undefined" in errors[0]
    assert errors[1] is not None and "There is no template 'absent'" in errors[1]
    mended = {**SHIPPED, "templates/nl/news.j2": SHIPPED["templates/nl/nudge.j2"]}
    assert deliver(database, RULESET, mended, settings(tmp_path), NOW + 5 * MINUTE).as_dict()["sent"] == 1


def test_facts_that_no_template_foresaw_fail_alone(database: Database, tmp_path: Path):
    fill(database, "an")
    with database.begin() as conn:
        conn.exec_driver_sql("UPDATE requests SET received_at = 9000000000000000000")
    done = run(database, tmp_path)
    assert (done["sent"], done["failed"]) == (0, 1)


class Killed(BaseException):
    """What kill -9 looks like from the inside."""


class Dying(Maildir):
    """Writes as many mails as it is told to, and then the process is gone."""

    left = 0

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
        outcome = super().deliver(parcel, sending)
        self.left -= 1
        if self.left < 0:
            raise Killed
        return outcome


@pytest.mark.parametrize("survived", [0, 1, 4])
def test_killed_between_writing_and_committing_every_message_is_there_once(
    database: Database, tmp_path: Path, survived: int
):
    fill(database, *["an", "bram"] * 5)
    carrier = Dying(tmp_path / "var/mail")
    now = NOW
    for _ in range(3):
        carrier.left = survived
        with pytest.raises(Killed):
            run(database, tmp_path, now, carrier=carrier)
        assert {state for _, state, _ in states(database)} == {"leased"}
        now += LEASE
    assert run(database, tmp_path, now)["sent"] == 10
    assert {state for _, state, _ in states(database)} == {"sent"}
    found = mails(tmp_path)
    assert len(found) == len({mail["Message-ID"] for mail in found}) == 10


def test_a_worker_that_slept_too_long_overwrites_nothing(database: Database, tmp_path: Path):
    fill(database, "an")
    wall = [NOW]

    class Sleepy(Maildir):
        def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
            wall[0] += LEASE
            assert run(database, tmp_path, NOW + LEASE)["sent"] == 1
            return super().deliver(parcel, sending)

    carrier = Sleepy(tmp_path / "var/mail")
    done = deliver(database, RULESET, SHIPPED, settings(tmp_path), NOW, carrier=carrier, clock=lambda: wall[0])
    assert (done.overtaken, done.outcomes[State.SENT]) == (1, 0)
    assert len(mails(tmp_path)) == 1
    assert states(database) == [("an", "sent", None)]


def test_more_than_a_batch_and_a_limit(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, *["an"] * (BATCH + 20))
    assert run(sqlite_database, tmp_path, limit=BATCH + 5)["pending"] == 15
    assert run(sqlite_database, tmp_path)["sent"] == 15
    assert len(mails(tmp_path)) == BATCH + 20


def test_a_folder_that_cannot_be_written_to_is_a_failure_for_later(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, "an")
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var/mail").write_text("in the way")
    assert run(sqlite_database, tmp_path)["failed"] == 1
    (tmp_path / "var/mail").unlink()
    assert run(sqlite_database, tmp_path, NOW + HOUR)["sent"] == 1


def test_mail_goes_to_a_folder_or_the_settings_say_no(tmp_path: Path):
    assert str(carrier_of(settings(tmp_path).mail_url)) == str(tmp_path / "var/mail")
    for url, where in (
        ("smtp://user:secret@mail.example", "smtp://mail.example:25"),
        ("json://x.example/secret", "json"),
    ):
        assert str(carrier_of(url)) == where
    for url in (
        "nonsense://user:secret@x",
        "smtp://user:secret@",
        "smtp://u:secret@h?starttls=maybe",
        "smtps://h?tls=1",
    ):
        with pytest.raises(BadSettings) as error:
            carrier_of(url)
        assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("an@example.com", "an@example.com"),
        (" an@example.com ", "an@example.com"),
        ("an@exämple.com", "an@xn--exmple-cua.com"),
        ("o'neil+x@example.com", "o'neil+x@example.com"),
        ("än@example.com", None),
        ("an@example.com, bo@example.com", None),
        ("An <an@example.com>", None),
        ("an@example.com\nBcc: x@y", None),
        ("a b@example.com", None),
        ("an@", None),
        ("@example.com", None),
        ("an", None),
        ("", None),
        ("a@b@c", None),
        ("an@.example", None),
        ("an@" + "x" * 300 + ".com", None),
    ],
)
def test_an_address_is_one_mailbox(written: str, address: str | None):
    assert usable(written) == address


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("sales@example.com", "sales@example.com"),
        ("Sales <sales@example.com>", "Sales <sales@example.com>"),
        ("Sales, and more <sales@example.com>", "leadrelay@localhost"),
        ("nonsense", "leadrelay@localhost"),
    ],
)
def test_the_sender_is_always_an_address(sender: str, shown: str):
    assert str(address_of(sender)) == shown


def test_a_sender_brings_no_header_along():
    """Which address the standard library finds in it depends on its version; a line break is in none."""
    assert str(address_of("S\r\nBcc: x@y <sales@example.com>")) in ("x@y", "leadrelay@localhost")


def test_contacts_who_left_or_bounced_are_not_written_to():
    facts = {"contact.email": "s@example.com", "contact.name": "S", "contact.language": "nl"}
    assert reader_of("contact/3", TEAM, facts) == Reader("contact/3", "S", "s@example.com", "nl")
    for field in ("contact.unsubscribed_at", "contact.bounced_at"):
        refusal = reader_of("contact/3", TEAM, {**facts, field: NOW})
        assert isinstance(refusal, Refusal) and refusal.state == State.SUPPRESSED
    assert reader_of("contact/3", TEAM, {}) == Refusal(State.DEAD, "contact/3 has no e-mail address")


def test_names_of_files_and_message_ids_come_from_the_message_alone():
    one = Message(1, "k|1", NOW, "contact/3", "mail", "nl", "nudge", "request/4 2", "now", "why", "d")
    two = Message(9, "k|1", NOW, "contact/3", "mail", "en", "nudge", "request/4 2", "digest", "other", "d", 3)
    assert file_name(one) == file_name(two)
    assert file_name(one).startswith("20261120T081300-contact.3-nudge-request.4.2-") and len(file_name(one)) < 200
    assert message_id(one, "x@y.example") == message_id(two, "Y <z@y.example>")


def test_a_preview_of_an_invented_subject_and_of_a_known_one(database: Database, tmp_path: Path):
    fill(database, "an", reason="routing/key-account: the true reason")

    def shown(template: str, **more: str) -> str:
        words = preview(database, RULESET, SHIPPED, settings(tmp_path), NOW, template, **more)
        return f"{words.subject}\n{words.text}"

    assert "topklant De Vries Machinebouw" in shown("key_account")
    assert "top customer De Vries Machinebouw" in shown("key_account", language="en")
    assert "A top customer wants to talk." in shown("key_account")
    assert "opportunity/42" in shown("quote_follow_up")
    assert "What it is about\n- De Vries Machinebouw: Wants to talk" in shown("digest", language="en")
    known = shown("key_account", subject="request/42", language="en")
    assert "De Vries & Zn <BV>" in known and "the true reason" in known
    assert states(database) == [("an", "pending", None)]


@pytest.mark.parametrize("template", ["script_inbound", "script_outbound", "script_appointment", "script_closing"])
def test_a_script_greets_the_contact_in_their_language(sqlite_database: Database, tmp_path: Path, template: str):
    fill(sqlite_database, "an")
    with sqlite_database.begin() as conn:
        upsert(conn, "contact", [{"id": "3", "name": "Sanne", "language": "en"}], NOW, "import x")
        asked = {"id": "42", "contact": "3", "owner": "an", "summary": "squeeze them: they are late"}
        upsert(conn, "request", [asked], NOW, "import x")
    words = preview(sqlite_database, RULESET, SHIPPED, settings(tmp_path), NOW, template, "request/42")
    assert words.text.startswith("Hello Sanne,")
    assert not any(ours in words.text + words.html for ours in ("squeeze", "request/42", "rule", "Why you got this"))
    dutch = preview(sqlite_database, RULESET, SHIPPED, settings(tmp_path), NOW, template, "request/42", "nl")
    assert dutch.text.startswith("Dag Sanne,")


@pytest.mark.parametrize(
    ("template", "subject", "error"),
    [
        ("nonsense", None, UnknownTemplate),
        ("nudge", "request/99", UnknownSubject),
        ("nudge", "99", BadSubject),
        ("nudge", "lead/99", BadSubject),
    ],
)
def test_a_preview_that_cannot_be(
    sqlite_database: Database, tmp_path: Path, template: str, subject: str | None, error: type[Exception]
):
    with pytest.raises(error):
        preview(sqlite_database, RULESET, SHIPPED, settings(tmp_path), NOW, template, subject)


@pytest.mark.parametrize(
    ("zone", "language", "said"),
    [
        ("America/New_York", "en", "Fri 20 Nov 2026 03:13 (New York)"),
        ("America/New_York", "nl", "vr 20 nov 2026 03:13 (New York)"),
        ("Asia/Kolkata", "en", "Fri 20 Nov 2026 13:43 (Kolkata)"),
        ("Europe/Amsterdam", "en", "Fri 20 Nov 2026 09:13"),
    ],
)
def test_times_are_told_in_the_zone_of_the_reader(tmp_path: Path, zone: str, language: str, said: str):
    people = {**TEAM.people, "an": replace(TEAM.people["an"], calendar="theirs")}
    ruleset = replace(RULESET, team=replace(TEAM, people=people, zones={"theirs": zone}))
    renderer = Renderer(ruleset, SHIPPED, settings(tmp_path))
    one = Message(1, "k", NOW, "an", "mail", language, "new_request", "request/42", "now", "why", "d")
    facts = {"request.received_at": NOW, "request.summary": "a mill", "owner.name": "An"}
    words = renderer.render(one, Reader("an", "An", "an@example.com", language), facts, NOW)
    rows = [line for line in words.text.splitlines() if "20 " in line and "2026" in line]
    assert rows and all(line.endswith(said) or said in line for line in rows)
    assert ("(" in said) or not any("(Amsterdam)" in line for line in rows)
