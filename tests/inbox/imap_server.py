"""A small IMAP server on this machine: one user, one folder, read only; it notes every command it is given."""

import re
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

USER, PASSWORD = "sales", "pass word"


class ImapServer(socketserver.ThreadingTCPServer):
    """Serves these mails as the folder INBOX."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mails: Sequence[bytes]) -> None:
        self.mails, self.asked = mails, list[str]()
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self.say(b"* OK ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.server.asked.append(command)
            self.answer(tag, command)

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def answer(self, tag: str, command: str) -> None:
        verb = command.upper()
        outcome = "OK done"
        if verb.startswith("CAPABILITY"):
            self.say(b"* CAPABILITY IMAP4rev1")
        elif verb.startswith("LOGIN") and f'"{PASSWORD}"' not in command:
            outcome = "NO [AUTHENTICATIONFAILED] wrong password"
        elif verb.startswith("EXAMINE") and "INBOX" not in command:
            outcome = "NO no such folder"
        elif verb.startswith("EXAMINE"):
            self.say(f"* {len(self.server.mails)} EXISTS".encode())
        elif verb.startswith("UID SEARCH"):
            self.say(b"* SEARCH " + b" ".join(str(one + 1).encode() for one in range(len(self.server.mails))))
        elif found := re.match(r"UID FETCH (\d+)", verb):
            mail = self.server.mails[int(found[1]) - 1]
            self.wfile.write(
                f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(mail)}}}\r\n".encode() + mail + b")\r\n"
            )
        self.say(f"{tag} {outcome}".encode())


@contextmanager
def imap_server(mails: Sequence[bytes]) -> Iterator[ImapServer]:
    """The server, in a thread, stopped at the end."""
    with ImapServer(mails) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
