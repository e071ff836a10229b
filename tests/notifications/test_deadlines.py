"""However slowly another system answers, nobody waits for it for ever, and what became of the message is known."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from leadrelay.errors import BadInbox
from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from notifications import carriers, chat
from notifications.asking import LARGEST, ask
from notifications.deadline import MOST_LEFT, TooLate, connected, within
from notifications.delivery import deliver
from notifications.inbox import source
from notifications.marketing.http import Caller
from notifications.marketing.system import Again
from tests.notifications.dripper import Dripper
from tests.notifications.http_server import HttpServer
from tests.notifications.world import NOW, RULESET, SHIPPED, fill

HELLO = (b"220 here\r\n", b"250-here\r\n250 8BITMIME\r\n")
READY = (*HELLO, b"250 sender\r\n", b"250 recipient\r\n")
SLOW_SMTP = {
    "a line of the greeting a second": ((), b"220-wait\r\n", "unreached"),
    "a byte of the greeting a second": ((), b"2", "unreached"),
    "lines of EHLO": (HELLO[:1], b"250-more\r\n", "unreached"),
    "MAIL": (HELLO, b"250-more\r\n", "unreached"),
    "RCPT": (READY[:3], b"250-more\r\n", "before"),
    "DATA": (READY, b"354-more\r\n", "before"),
    "the answer to the mail": ((*READY, b"354 go on\r\n"), b"250-more\r\n", "after"),
}
SAID = "it took longer than 0.3 seconds in all"
WORDS = {
    "before": "the connection was lost before the mail was sent",
    "after": "the connection was lost after the mail",
}


def run(database: Database, folder: Path, url: str, **more: object) -> None:
    settings = Settings.of(folder, {"mail": {"from": "a@werkplaats.example", "url": url}, **more})
    deliver(database, RULESET, SHIPPED, settings, NOW, clock=lambda: NOW)


def outcomes(database: Database) -> list[tuple[str, str]]:
    with database.read() as conn:
        rows = conn.execute(select(messages.c.state, messages.c.error).order_by(messages.c.id))
        return [(row.state, row.error or "") for row in rows]


@pytest.mark.parametrize(("answers", "drop", "when"), SLOW_SMTP.values(), ids=SLOW_SMTP)
def test_smtp(sqlite_database: Database, tmp_path: Path, answers: Sequence[bytes], drop: bytes, when: str):
    fill(sqlite_database, "an", "contact/3")
    with Dripper(answers, drop) as server:
        run(sqlite_database, tmp_path, f"smtp://127.0.0.1:{server.port}?timeout=20&total=0.3&starttls=no")
    (state, why), (other, _) = outcomes(sqlite_database)
    assert state == "failed" and SAID in why and WORDS.get(when, "cannot be used") in why
    assert other == "failed", "the channel is left alone for the rest of the run"


def test_mail_to_a_prospect_whose_fate_is_not_known_does_not_go_again(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, "contact/3")
    answers, drop, _ = SLOW_SMTP["the answer to the mail"]
    with Dripper(answers, drop) as server:
        run(sqlite_database, tmp_path, f"smtp://127.0.0.1:{server.port}?timeout=20&total=0.3&starttls=no")
    assert outcomes(sqlite_database)[0][0] == "unknown"


def test_a_handshake_of_tls_that_drips(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, "an")
    with Dripper((), b"\x16\x03\x03\x40\x00\x02", waits=True) as server:  # a record of 16 KB, a few bytes at a time
        run(sqlite_database, tmp_path, f"smtps://127.0.0.1:{server.port}?timeout=20&total=0.3")
    ((state, why),) = outcomes(sqlite_database)
    assert state == "failed" and SAID in why


HTTP_DRIPS = {
    "headers": ((), b"X"),
    "lines of headers": ((b"HTTP/1.1 200 OK\r\n",), b"X-More: x\r\n"),
    "the body": ((b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",), b" "),
    "a body without end": ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",), b"1\r\n \r\n"),
}


@pytest.fixture(params=HTTP_DRIPS.values(), ids=HTTP_DRIPS)
def slow_http(request: pytest.FixtureRequest) -> Iterator[Dripper]:
    answers, drop = request.param
    with Dripper(answers, drop, waits=True) as server:
        yield server


def test_chat(sqlite_database: Database, tmp_path: Path, slow_http: Dripper, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chat, "TOTAL_SECONDS", 0.3)
    fill(sqlite_database, "an")
    run(sqlite_database, tmp_path, f"json://127.0.0.1:{slow_http.port}/")
    ((state, why),) = outcomes(sqlite_database)
    assert state == "failed" and "no whole answer within 0.3 seconds; sent once more" in why


def test_marketing_systems(slow_http: Dripper):
    caller = Caller(f"http://127.0.0.1:{slow_http.port}", 0.1)
    with pytest.raises(Again, match=r"GET /x: no whole answer within 0.3"):
        caller.call("GET", "/x")
    caller.close()


def test_an_answer_that_cannot_be_read_is_asked_for_again():
    garbled = (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip!!",)
    with Dripper(garbled, b" ", waits=True) as server:
        caller = Caller(f"http://127.0.0.1:{server.port}", 1.0)
        with pytest.raises(Again, match="DecodingError"):
            caller.call("GET", "/x")
        caller.close()


def test_systems_that_changes_are_written_back_to(slow_http: Dripper):
    with httpx.Client(timeout=20) as client, pytest.raises(TooLate):
        ask(client, 0.3, "PATCH", f"http://127.0.0.1:{slow_http.port}/x", json={})


def test_an_answer_is_read_whole_and_only_as_long_as_one_can_be():
    with HttpServer(answer=b'{"ok": "ja"}') as server, httpx.Client() as client:
        answer = ask(client, 5, "POST", f"{server.url}/x", json={"a": 1})
        assert (answer.status_code, answer.json(), server.posted[0].json()) == (200, {"ok": "ja"}, {"a": 1})
    large = HttpServer(answer=b"x" * (LARGEST + 1))
    with large as server, httpx.Client() as client, pytest.raises(httpx.ReadError, match="longer than"):
        ask(client, 20, "POST", f"{server.url}/x")


@pytest.mark.parametrize(
    ("answers", "drop"), [((), b"* "), ((b"* OK here\r\n",), b"* OK more\r\n")], ids=["greeting", "capabilities"]
)
def test_the_inbox(monkeypatch: pytest.MonkeyPatch, answers: Sequence[bytes], drop: bytes):
    monkeypatch.setattr(source, "TOTAL", 0.3)
    monkeypatch.setattr(source, "FAREWELL", 0.1)
    with Dripper(answers, drop) as server, pytest.raises(BadInbox, match=r"longer than 0\.3 seconds"):
        list(source.mails(f"imap://127.0.0.1:{server.port}/INBOX", NOW, 10))


def test_one_run_waits_for_a_channel_only_so_long(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(carriers, "RUN_SECONDS", 0.0)
    fill(sqlite_database, "an", "bram", "an")
    run(sqlite_database, tmp_path, f"maildir:{tmp_path}/mail")
    assert [state for state, _ in outcomes(sqlite_database)] == ["sent", "failed", "failed"]
    assert "the next goes on" in outcomes(sqlite_database)[1][1]


def test_calls_that_were_given_up_do_not_pile_up():
    ending = threading.Event()
    for _ in range(MOST_LEFT):
        with pytest.raises(TooLate, match="no whole answer"):
            within(0.01, "somewhere", ending.wait)
    with pytest.raises(TooLate, match="earlier calls"):
        within(0.01, "somewhere", ending.wait)
    assert within(5, "elsewhere", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, "elsewhere", lambda: 1 // 0)
    ending.set()
    for thread in threading.enumerate():
        if thread.name == "call somewhere":
            thread.join(5)
    assert within(5, "somewhere", lambda: 7) == 7


def test_a_host_without_an_answer_is_told_apart():
    with pytest.raises(OSError, match="refused"):
        connected("127.0.0.1", 1, 1.0)
