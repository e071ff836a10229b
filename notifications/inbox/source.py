"""Where mail comes in: a maildir, an mbox, a folder of .eml files, or an IMAP folder; read only, never changed."""

import imaplib
import mailbox
import os
import ssl
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from leadrelay.clock import Instant, datetime_of
from leadrelay.errors import BadInbox
from leadrelay.zone import zone_of

USER, PASSWORD = "LEADRELAY_IMAP_USER", "LEADRELAY_IMAP_PASSWORD"
LARGEST = 2_000_000
"""So many bytes of a mail are read; a report that returns a large attachment says all it has to say before."""
TIMEOUT = 60.0
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
    server = _connected(where.scheme, host, where.port)
    try:
        server.login(unquote(where.username or "") or os.environ.get(USER, ""), os.environ.get(PASSWORD, ""))
        quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        status, said = server.select(quoted, readonly=True)
        if status != "OK":
            raise imaplib.IMAP4.error(f"the folder '{folder}' cannot be opened: {_text(said)}")
        _, found = server.uid("search", "SINCE", since.strftime("%d-%b-%Y"))
        for number in (found[0] or b"").split():
            _, parts = server.uid("fetch", number.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)")
            yield from (part[1] for part in parts if isinstance(part, tuple))
    finally:
        server.logout()


def _connected(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        return imaplib.IMAP4_SSL(host, port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    server = imaplib.IMAP4(host, port or 143, timeout=TIMEOUT)
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
