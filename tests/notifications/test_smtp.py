"""Delivery over SMTP against a real server: what arrives, and what becomes of a message when the server misbehaves."""

import email
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import insert, select, update

from leadrelay.clock import HOUR, MINUTE
from leadrelay.duration import Duration
from leadrelay.errors import BadSettings
from leadrelay.messages.policy import Cap, Policy, Route, Unheard
from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.store.schema import messages, tasks
from notifications.delivery import deliver
from notifications.outbox import MOST_FAILURES
from notifications.smtp_address import Tls, smtp_address
from tests.notifications.smtp_server import HANG_UP, STALL, TAKE_AND_HANG_UP, PostOffice, SmtpServer
from tests.notifications.world import NOW, RULESET, SHIPPED, fill, states

SECRET = "a secret of the tests alone"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    yield PostOffice()


@pytest.fixture
def server(office: PostOffice) -> Iterator[SmtpServer]:
    with SmtpServer(office) as running:
        yield running


def settings(folder: Path, url: str, **more: Any) -> Settings:
    written = {
        "company": {"name": "Werkplaats BV", "language": "nl"},
        "mail": {"from": "Verkoop <verkoop@werkplaats.example>", "url": url},
        "base_url": "https://leads.werkplaats.example",
        **more,
    }
    return Settings.of(folder, written)


def run(database: Database, folder: Path, url: str, now: int = NOW, **more: Any) -> dict[str, Any]:
    chosen = settings(folder, url, **more)
    return deliver(database, RULESET, SHIPPED, chosen, now, clock=lambda: now).as_dict()


def rows(database: Database) -> list[Any]:
    with database.read() as conn:
        return list(conn.execute(select(messages).order_by(messages.c.id)).mappings())


def test_what_arrives_is_the_mail(database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer):
    fill(database, "an", "bram")
    assert run(database, tmp_path, server.url)["sent"] == 2
    mail, other = office.mails()
    assert [recipient for recipient, _ in office.taken] == ["an@example.com", "bram@xn--exmple-cua.com"]
    assert str(mail["From"]) == "Verkoop <verkoop@werkplaats.example>"
    assert str(mail["To"]) == "An Peeters <an@example.com>"
    assert mail["Message-ID"] != other["Message-ID"] and mail["Message-ID"].endswith("@werkplaats.example>")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in mail.iter_parts())  # type: ignore[attr-defined]
    assert "€ 12.500" in text and "De Vries &amp; Zn &lt;BV&gt;" in page
    assert mail["List-Unsubscribe"] is None and not mail.defects
    assert len(office.sessions) == 1, "one connection for both"
    assert next((row["state"], row["address"], row["channel"]) for row in rows(database)) == (
        "sent",
        "an@example.com",
        "mail",
    )


def test_a_mail_is_the_same_whether_it_goes_to_a_folder_or_a_server(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(sqlite_database, "an")
    run(sqlite_database, tmp_path, server.url)
    with sqlite_database.begin() as conn:
        conn.execute(messages.update().values(state="pending", not_before=0))
    run(sqlite_database, tmp_path, f"maildir:{tmp_path}/mail")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.read_bytes().rstrip() == office.taken[0][1].rstrip()


def test_prospects_can_leave_with_one_click(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(sqlite_database, "contact/3", "an")
    run(sqlite_database, tmp_path, server.url, web={"secret": SECRET})
    to_prospect, to_us = office.mails()
    address = str(to_prospect["List-Unsubscribe"]).strip()
    assert address.startswith("<https://leads.werkplaats.example/unsubscribe/") and address.endswith(">")
    assert str(to_prospect["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert to_us["List-Unsubscribe"] is None


def test_a_task_comes_with_an_invitation(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(sqlite_database, "an", "bram", template="visit_prospect")
    with sqlite_database.begin() as conn:
        for due, key in ((NOW + 5 * HOUR, "later"), (NOW + 3 * HOUR, "k")):
            values = {"subject": "request/42", "owner": "an", "what": "visit", "due_at": due, "created_at": NOW}
            conn.execute(insert(tasks).values(**values, cause="x", key=key))
    run(sqlite_database, tmp_path, server.url)
    mine, bram = office.mails()
    assert [part.get_content_type() for part in bram.iter_parts()] == ["text/plain", "text/html"]
    part = list(mine.iter_parts())[-1]
    assert part.get_content_type() == "text/calendar" and part.get_param("method") == "REQUEST"
    lines = part.get_content().replace("\r\n", "\n").replace("\n ", "").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    assert (facts["DTSTART"], facts["DTEND"]) == ("20261120T111300Z", "20261120T121300Z")
    assert f"<{facts['UID']}>" == str(mine["Message-ID"])
    assert facts["METHOD"] == "REQUEST" and facts["ORGANIZER"] == "mailto:verkoop@werkplaats.example"
    assert facts["SUMMARY"].startswith("Meteen") or "De Vries" in facts["SUMMARY"]


def always(answer: str) -> Any:
    return lambda _: answer


@pytest.mark.parametrize(
    ("step", "answer", "state", "why"),
    [
        ("at_rcpt", "550 5.1.1 no such user", "dead", "550 5.1.1 no such user"),
        ("at_rcpt", "451 4.7.1 greylisted, try again later", "failed", "451 4.7.1 greylisted"),
        ("at_rcpt", "421 4.3.2 closing", "failed", "421"),
        ("at_data", "554 5.7.1 looks like spam", "dead", "554 5.7.1 looks like spam"),
        ("at_data", "452 4.3.1 disk full", "failed", "452 4.3.1 disk full"),
        ("at_rcpt", STALL, "failed", "before the mail was sent"),
        ("at_rcpt", HANG_UP, "failed", "before the mail was sent"),
        ("at_mail", "550 5.7.1 you may not send here", "failed", "refuses our sender: 550 5.7.1"),
        ("at_mail", STALL, "failed", "cannot be used"),
    ],
)
def test_what_the_server_says_is_what_becomes_of_it(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer, step: str, answer: str,
    state: str, why: str,
):  # fmt: skip
    fill(sqlite_database, "an")
    setattr(office, step, always(answer))
    run(sqlite_database, tmp_path, server.url)
    ((_, found, error),) = states(sqlite_database)
    assert found == state and error is not None and why in error
    assert rows(sqlite_database)[0]["attempts"] == (0 if step == "at_mail" else 1)
    assert office.taken == []


@pytest.mark.parametrize("way", [HANG_UP, TAKE_AND_HANG_UP, STALL])
def test_silence_after_the_mail_is_settled_by_class(
    database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer, way: str
):
    fill(database, "an")
    office.at_data = always(way)
    assert run(database, tmp_path, server.url)["failed"] == 1
    assert "sent once more with the same Message-ID" in str(states(database)[0][2])
    assert run(database, tmp_path, server.url, NOW + 2 * MINUTE)["unknown"] == 1
    assert states(database)[0][1] == "unknown"
    assert len(set(office.ids())) <= 1 and len(office.ids()) == (2 if way == TAKE_AND_HANG_UP else 0)
    assert run(database, tmp_path, server.url, NOW + 99 * HOUR)["sent"] == 0


def test_mail_to_a_prospect_never_goes_twice(
    database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(database, "contact/3")
    office.at_data = always(TAKE_AND_HANG_UP)
    assert run(database, tmp_path, server.url)["unknown"] == 1
    office.at_data = always("250 OK")
    assert run(database, tmp_path, server.url, NOW + 99 * HOUR)["sent"] == 0
    assert len(office.taken) == 1


def test_a_doubt_that_is_lifted(database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer):
    fill(database, "an")
    office.at_data = always(TAKE_AND_HANG_UP)
    run(database, tmp_path, server.url)
    office.at_data = lambda _: None
    assert run(database, tmp_path, server.url, NOW + 2 * MINUTE)["sent"] == 1
    first, again = office.ids()
    assert first == again
    assert rows(database)[0]["doubts"] == 1


def test_greylisting_is_waited_out(database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer):
    fill(database, "an", "bram", "contact/3")
    seen: set[str] = set()

    def greylist(recipient: str) -> str | None:
        known = recipient in seen
        seen.add(recipient)
        return None if known else "451 4.7.1 come back later"

    office.at_rcpt = greylist
    assert run(database, tmp_path, server.url)["failed"] == 3
    assert run(database, tmp_path, server.url, NOW + MINUTE - 1)["sent"] == 0
    assert run(database, tmp_path, server.url, NOW + 2 * MINUTE)["sent"] == 3
    assert len(office.taken) == 3


def test_a_server_that_is_down_for_an_hour_costs_no_message_its_tries(
    database: Database, tmp_path: Path, office: PostOffice
):
    fill(database, *["an", "bram", "contact/3"] * 4)
    server = SmtpServer(office)
    for minute in range(0, 60, 2):
        done = run(database, tmp_path, server.url, NOW + minute * MINUTE)
        assert (done["sent"], done["failed"], done["to_retry"]) == (0, 12, 12)
    assert {row["attempts"] for row in rows(database)} == {0}
    assert "cannot be used: ConnectionRefusedError" in str(states(database)[0][2])
    waits = {row["not_before"] for row in rows(database)}
    assert len(waits) == 12, "they do not come back all at once"
    with server:
        assert run(database, tmp_path, server.url, NOW + 60 * MINUTE)["sent"] == 12
    assert len(set(office.ids())) == len(office.ids()) == 12


def test_what_a_server_that_is_back_gets_is_grouped(database: Database, tmp_path: Path, office: PostOffice):
    policy = Policy(
        caps=(Cap(frozenset(), 6, Duration(1, "hour")),),
        routes=(Route("own", escalate=Unheard(Duration(2, "hour"), ("dirk",), "escalated")),),
    )
    rules = replace(RULESET, messages=policy)
    server = SmtpServer(office)

    def look(now: int) -> dict[str, Any]:
        return deliver(database, rules, SHIPPED, settings(tmp_path, server.url), now, clock=lambda: now).as_dict()

    for minute in range(0, 60, 2):
        fill(database, "an", at=NOW + minute * MINUTE)
        assert look(NOW + minute * MINUTE)["sent"] == 0
    back = NOW + 62 * MINUTE
    with server:
        look(back)
        look(back + HOUR)
    found = rows(database)
    told = [one for one in found if not one["carries"]]
    assert len(told) == 30
    assert {one["state"] for one in found} == {"sent"}
    assert {one["told_at"] for one in told} == {back}, "reminders count from when it went"
    assert [to for to, _ in office.taken] == ["an@example.com"], "thirty messages in one mail"
    assert str(office.mails()[0]["Subject"]).startswith("30 berichten")


@pytest.mark.parametrize("state", ["sent", "dead", "suppressed", "unknown"])
def test_what_a_person_settled_in_a_mail_that_waits_stays_settled(
    database: Database, tmp_path: Path, office: PostOffice, state: str
):
    rules = replace(RULESET, messages=Policy(caps=(Cap(frozenset(), 2, Duration(1, "hour")),)))
    server = SmtpServer(office)

    def look(now: int) -> None:
        deliver(database, rules, SHIPPED, settings(tmp_path, server.url), now, clock=lambda: now)

    fill(database, *["an"] * 4)
    look(NOW)
    with database.begin() as conn:
        conn.execute(update(messages).where(messages.c.key.like("%|0|0|%")).values(state=state))
    with server:
        look(NOW + 2 * MINUTE)
    assert [one["state"] for one in rows(database) if not one["carries"]] == [state, "sent", "sent", "sent"]
    assert [str(mail["Subject"])[:11] for mail in office.mails()] == ["3 berichten"]


def test_one_look_at_a_server_that_hangs_up_is_enough_for_a_run(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(sqlite_database, *["contact/3"] * 5)
    office.at_data = always(HANG_UP)
    run(sqlite_database, tmp_path, server.url)
    found = [state for _, state, _ in states(sqlite_database)]
    assert found == ["unknown", "failed", "failed", "failed", "failed"]


def test_after_too_many_temporary_refusals_a_message_is_dead(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(sqlite_database, "an")
    office.at_rcpt = always("452 4.2.2 mailbox full")
    now = NOW
    for _ in range(MOST_FAILURES):
        run(sqlite_database, tmp_path, server.url, now)
        now += 6 * HOUR
    assert states(sqlite_database)[0][1:] == (
        "dead",
        f"given up after {MOST_FAILURES} failures; the last: 452 4.2.2 mailbox full",
    )


def test_a_connection_that_the_server_has_closed_in_between_is_made_again(
    sqlite_database: Database, tmp_path: Path, office: PostOffice, server: SmtpServer
):
    fill(sqlite_database, "an", "bram", "an")
    answers = iter([None, "421 4.4.2 too long idle", None, None])
    office.at_mail = lambda _: next(answers)
    assert run(sqlite_database, tmp_path, server.url)["sent"] == 3


def test_encrypted_and_logged_in(sqlite_database: Database, tmp_path: Path, certificate: tuple[Path, ssl.SSLContext]):
    ca, context = certificate
    office = PostOffice(login=("robot", "p@ss word"))
    fill(sqlite_database, "an")
    with SmtpServer(office, context) as server:
        at = f"127.0.0.1:{server.port}?timeout=2"
        for url, why in (
            (f"smtp://robot:wrong@{at}&ca={ca}", "535"),
            (f"smtp://robot:p%40ss%20word@{at}", "CERTIFICATE_VERIFY_FAILED"),
        ):
            run(sqlite_database, tmp_path, url)
            ((_, state, error),) = states(sqlite_database)
            assert state == "failed" and why in str(error) and "wrong" not in str(error)
            with sqlite_database.begin() as conn:
                conn.execute(messages.update().values(state="pending", not_before=0))
        assert run(sqlite_database, tmp_path, f"smtp://robot:p%40ss%20word@{at}&ca={ca}")["sent"] == 1
    assert office.secured


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user"),
    [
        ("smtp://mail.example", "mail.example", 25, Tls.IF_OFFERED, ""),
        ("smtp://mail.example:587?starttls=yes", "mail.example", 587, Tls.ALWAYS, ""),
        ("smtp://an%40b.example:s%2Fe@mail.example:587", "mail.example", 587, Tls.ALWAYS, "an@b.example"),
        ("smtp://u:p@localhost:2525?starttls=no", "localhost", 2525, Tls.NEVER, "u"),
        ("smtps://u:p@mail.example", "mail.example", 465, Tls.IMPLICIT, "u"),
    ],
)
def test_addresses_of_servers(url: str, host: str, port: int, tls: Tls, user: str):
    address = smtp_address(url)
    assert (address.host, address.port, address.tls, address.user) == (host, port, tls, user)
    assert "s/e" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://u:hush@",
        "smtp://u:hush@h:port",
        "smtp://u:hush@h?starttls=perhaps",
        "smtp://u:hush@h?timeout=long",
        "smtp://u:hush@h?timeout=0",
        "smtp://u:hush@h?nonsense=1",
        "smtp://u:hush@h?starttls",
    ],
)
def test_addresses_that_are_wrong(url: str):
    with pytest.raises(BadSettings) as error:
        smtp_address(url)
    assert "hush" not in str(error.value)


def test_lines_that_begin_with_a_dot_and_text_beyond_ascii_arrive_as_they_are(office: PostOffice, server: SmtpServer):
    from notifications.smtp import Envelope, Smtp

    body = "Subject: x\r\nMessage-ID: <a@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n.\r\n..é\r\n.\r\nend"
    smtp = Smtp(smtp_address(server.url))
    outcome = smtp.send(Envelope("a@b.example", "c@d.example", lambda eight_bit: body.encode()), lambda: True)
    smtp.quit()
    assert outcome.fate == "accepted"
    mail: EmailMessage = email.message_from_bytes(office.taken[0][1], policy=email.policy.default)  # type: ignore[assignment]
    assert mail.get_content().replace("\r\n", "\n") == ".\n..é\n.\nend\n"


def test_a_mail_that_is_not_ours_any_more_does_not_go(office: PostOffice, server: SmtpServer):
    from notifications.smtp import Envelope, Smtp

    smtp = Smtp(smtp_address(server.url))
    envelope = Envelope("a@b.example", "c@d.example", lambda eight_bit: b"Subject: x\r\n\r\nx\r\n")
    assert smtp.send(envelope, lambda: False).fate == "unreached"
    assert smtp.send(envelope, lambda: True).fate == "accepted"
    with pytest.raises(ZeroDivisionError):
        smtp.send(envelope, lambda: bool(1 // 0))
    smtp.quit()
    assert len(office.taken) == 1
