"""Callers who never come to the end, and failures that nobody foresaw: the pages go on, and the log stays short."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from leadrelay.links import Purpose
from leadrelay.web import patience
from leadrelay.web.acting import Acting
from leadrelay.web.once import logger_of
from leadrelay.web.patience import Limits
from tests.web.world import Site, served

HEAD = b"POST /api/requests HTTP/1.1\r\nhost: x\r\n"


def opened(site: Site, stack: ExitStack, sent: bytes) -> socket.socket:
    """A connection on which this was sent, and nothing more comes."""
    address = (site.client.base_url.host, site.client.base_url.port or 80)
    connection = stack.enter_context(socket.create_connection(address, timeout=20))
    connection.sendall(sent)
    return connection


def said(connection: socket.socket) -> bytes:
    """All that is said until the other side closes."""
    found = b""
    try:
        while some := connection.recv(65536):
            found += some
    except ConnectionResetError:
        pass
    return found


@pytest.fixture
def hasty(site: Site) -> Iterator[Site]:
    """A site that waits a fifth of a second."""
    with served(site.project, Limits(head=0.2, body=0.2, answer=20)) as found:
        yield found


def test_a_hundred_unfinished_heads_are_in_nobodys_way(site: Site) -> None:
    with ExitStack() as stack:
        waiting = [opened(site, stack, HEAD) for _ in range(110)]
        assert site.client.get("/health").status_code == 200
        # Of one address so many may wait; those that waited longest had to go.
        assert said(waiting[0]) == b""
        waiting[-1].sendall(b"content-length: 2\r\n\r\n{}")
        assert waiting[-1].recv(12) == b"HTTP/1.1 401"


def test_of_many_addresses_the_longest_waiting_has_to_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST_WAITING", 5)
    with ExitStack() as stack:
        waiting = [opened(site, stack, HEAD) for _ in range(8)]
        assert site.client.get("/health").status_code == 200
        assert said(waiting[0]) == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b"HTTP/1.1 408 "),
        (b"G", b"HTTP/1.1 408 "),
        (HEAD, b"HTTP/1.1 408 "),
        (HEAD + b"content-length: 10\r\n\r\n{", b"HTTP/1.1 408 "),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n", b"HTTP/1.1 408 "),
        (b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /hea", b"HTTP/1.1 200 OK"),
        (b"POST /act/x HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nwhy=", b"HTTP/1.1 408 "),
        (b"POST /unsubscribe/x HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n", b"HTTP/1.1 408 "),
    ],
)
def test_what_never_comes_to_its_end_is_ended(hasty: Site, sent: bytes, status: bytes) -> None:
    with ExitStack() as stack:
        connection = opened(hasty, stack, sent)
        assert said(connection).startswith(status)
    assert hasty.client.get("/health").status_code == 200
    assert not [line for line in hasty.ear.lines if "500" in line or "Exception" in line]


def test_drops_do_not_buy_time(hasty: Site) -> None:
    with ExitStack() as stack:
        connection = opened(hasty, stack, b"GET /health HTTP/1.1\r\n")
        connection.settimeout(0.02)
        began, found = time.monotonic(), b""
        while not found and time.monotonic() - began < 10:
            try:
                connection.sendall(b"x-a: b\r\n")
                found = connection.recv(100)
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 5
        assert found.startswith(b"HTTP/1.1 408 ") or not found


@pytest.mark.parametrize("fields", [49, 50, 51, 500, 4_000])
def test_a_form_of_many_fields_is_no_failure(site: Site, fields: int) -> None:
    body = "&".join(["a=b"] * fields)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = site.client.post(site.link(Purpose.ACKNOWLEDGE, message=f"m{fields}"), content=body, headers=headers)
    assert answer.status_code == (200 if fields <= 50 else 413)


def test_the_unforeseen_is_told_once_per_kind_with_prefect_running_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(self: Acting, token: str, *_: object) -> None:
        if token == "b":
            raise KeyError("what the caller sent: \x1b[31m")
        raise ZeroDivisionError(token)

    monkeypatch.setattr(Acting, "ask", broken)
    for name in ("uvicorn.error", "uvicorn", "leadrelay.web"):  # as setups of logging do, Prefect's for one
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)
    before = len(site.ear.lines)
    for token in ("a", "b", "a", "b", "c"):
        answer = site.client.get(f"/act/{token}")
        assert (answer.status_code, answer.headers["x-frame-options"]) == (500, "DENY")
    told = site.ear.lines[before:]
    assert [("ZeroDivisionError" in line, "KeyError" in line) for line in told] == [(True, False), (False, True)]
    assert "broken test_patience.py:" in told[0]
    assert "what the caller sent" not in "".join(told)
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err


def test_nonsense_is_told_once(site: Site) -> None:
    before = len(site.ear.lines)
    for nonsense in (b"\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"X" * 100_000):
        with ExitStack() as stack:
            connection = opened(site, stack, b"")
            connection.settimeout(5)
            try:
                connection.sendall(nonsense)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            assert b" 500 " not in said(connection)
    with httpx.Client(base_url=site.client.base_url, trust_env=False) as client:
        for upgrade in ("websocket", "h2c", "x"):
            client.get("/health", headers={"connection": "upgrade", "upgrade": upgrade})
    assert len(site.ear.lines) - before <= 3


def test_a_logger_of_its_own_is_under_no_other() -> None:
    told: list[str] = []
    logger = logger_of(lambda about, line: told.append(about))
    assert logger.parent is None
    logger.info("not worth a word")
    logger.warning("  Some\nthing %s", 1)
    assert told == ["web: Some thing %s"]
