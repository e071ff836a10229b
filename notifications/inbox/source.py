"""Where mail comes in: a maildir, an mbox, a folder of .eml files, or an IMAP folder; read only, never changed."""

import imaplib
import mailbox
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from leadrelay.clock import Instant, datetime_of
from leadrelay.errors import BadInbox
from leadrelay.zone import zone_of
from notifications.deadline import Watch, connected

USER, PASSWORD = "LEADRELAY_IMAP_USER", "LEADRELAY_IMAP_PASSWORD"
LARGEST = 2_000_000
"""So many bytes of a mail are read; a report that returns a large attachment says all it has to say before."""
TIMEOUT, TOTAL, FAREWELL = 60.0, 120.0, 5.0
"""Seconds for one step; for logging in, and for one mail, with all their steps; and for a server to say goodbye."""
_SCHEMES = ("imap://", "imaps://")


def mails(source: str, now: Instant, days: int) -> Iterator[bytes]:
    """Every mail of a source, raw. Of an IMAP folder those of the past `days`. Raises BadInbox."""
    if source.startswith(_SCHEMES):
        try:
            yield from _imap(source, datetime_of(now, zone_of("UTC")).date() - timedelta(days=days))
        except (imaplib.IMAP4.error, OSError) as error:
            raise BadInbox(source=_without_user(source), why=_told(error)) from error
        return
    path = Path(source)
    if not path.exists():
        raise BadInbox(source=source, why="there is no such file or folder")
    try:
        yield from _local(path)
    except (OSError, mailbox.Error) as error:
        raise BadInbox(source=source, why=_told(error)) from error


def _local(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        folders = [path / name for name in ("new", "cur") if (path / name).is_dir()] or [path]
        for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
            if not file.name.startswith("."):
                yield _start_of(file)
    elif _start_of(path).startswith(b"From "):
        box = mailbox.mbox(path, create=False)
        try:
            for key in box.keys():  # noqa: SIM118 - a mailbox iterates over its messages, parsed
                yield box.get_bytes(key)[:LARGEST]
        finally:
            box.close()
    else:
        yield _start_of(path)


def _start_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST)


def _imap(source: str, since: date) -> Iterator[bytes]:
    """Over TLS; without it only on this machine, where no password travels."""
    where = urlsplit(source)
    host, folder = where.hostname or "", unquote(where.path.lstrip("/")) or "INBOX"
    user = unquote(where.username or "") or os.environ.get(USER, "")
    watch = Watch()
    try:
        with watch.limit(TOTAL, imaplib.IMAP4.error):
            server = _connected(watch, where.scheme, host, where.port)
        yield from _mails_of(server, watch, user, folder, since)
    finally:
        watch.close()


def _mails_of(server: imaplib.IMAP4, watch: Watch, user: str, folder: str, since: date) -> Iterator[bytes]:
    """Logs in, gives each mail, and says goodbye. Raises imaplib.IMAP4.error, OSError."""
    try:
        with watch.limit(TOTAL, imaplib.IMAP4.error):
            server.login(user, os.environ.get(PASSWORD, ""))
            numbers = _since(server, folder, since)
        for number in numbers:
            with watch.limit(TOTAL, imaplib.IMAP4.error):
                _, parts = server.uid("fetch", number, f"(BODY.PEEK[]<0.{LARGEST}>)")
            yield from (part[1] for part in parts if isinstance(part, tuple))
    finally:
        with suppress(imaplib.IMAP4.error, OSError), watch.limit(FAREWELL):
            server.logout()
        with suppress(OSError):
            server.shutdown()


def _since(server: imaplib.IMAP4, folder: str, since: date) -> list[str]:
    """The numbers of the mails that came since then. Raises imaplib.IMAP4.error."""
    quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    status, said = server.select(quoted, readonly=True)
    if status != "OK":
        raise imaplib.IMAP4.error(f"the folder '{folder}' cannot be opened: {_text(said)}")
    _, found = server.uid("search", "SINCE", since.strftime("%d-%b-%Y"))
    return (found[0] or b"").decode("ascii", "replace").split()


class _Plain(imaplib.IMAP4):
    """imaplib's, with a connection that is watched from its first byte on."""

    def __init__(self, watch: Watch, host: str, port: int) -> None:
        self._watch = watch
        super().__init__(host, port, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = connected(self.host, self.port, timeout or TIMEOUT)
        self._watch.take(connection)
        return connection


class _Secured(_Plain):
    """The same, encrypted from the start."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(connection, server_hostname=self.host)


def _connected(watch: Watch, scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        return _Secured(watch, host, port or 993)
    server = _Plain(watch, host, port or 143)
    if host not in ("localhost", "127.0.0.1", "::1"):
        server.starttls(ssl.create_default_context())
    return server


def _text(said: object) -> str:
    first = said[0] if isinstance(said, list) and said else said
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _told(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return _text(said) if isinstance(error, imaplib.IMAP4.error) else str(error)


def _without_user(source: str) -> str:
    """An address as it may be shown: a password that somebody wrote into it is not."""
    where = urlsplit(source)
    return f"{where.scheme}://{where.hostname or ''}{where.path}"
