"""A real SMTP server for tests (aiosmtpd), which can be told to refuse, greylist, stall, hang up, or be down."""

import asyncio
import email
import email.policy
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG_UP, STALL, TAKE_AND_HANG_UP = "hang up", "stall", "take and hang up"
"""What the server can do at a step instead of answering."""
Answer = Callable[[str], str | None]
"""From a recipient (at RCPT) or a Message-ID (at DATA) to what the server says or does; None: it takes it."""


def _takes(_: str) -> str | None:
    return None


@dataclass
class PostOffice:
    """What the server does at each step, and what it has taken."""

    at_mail: Answer = _takes
    at_rcpt: Answer = _takes
    at_data: Answer = _takes
    login: tuple[str, str] | None = None
    watch: Callable[[str], None] = lambda step: None
    """Told of every step: mail, rcpt, data (the mail is there, nothing said yet), taken."""
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    """(recipient, content) of every mail that was taken, in order."""
    sessions: set[Any] = field(default_factory=set)
    secured: bool = False

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.watch("mail")
        self.sessions.add(session.peer)
        self.secured = session.ssl is not None
        if answer := self.at_mail(address):
            return await self._do(server, answer)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.watch("rcpt")
        if answer := self.at_rcpt(address):
            return await self._do(server, answer)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.watch("data")
        content = bytes(envelope.original_content or b"")
        answer = self.at_data(str(email.message_from_bytes(content)["Message-ID"]))
        if answer in (None, TAKE_AND_HANG_UP):
            self.taken += [(recipient, content) for recipient in envelope.rcpt_tos]
            self.watch("taken")
        return await self._do(server, answer) if answer else "250 OK"

    @staticmethod
    async def _do(server: SMTP, answer: str) -> str:
        if answer == STALL:
            await asyncio.Event().wait()
        if answer in (HANG_UP, TAKE_AND_HANG_UP):
            assert server.transport is not None
            server.transport.abort()
            return "221 Bye"
        return answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=right, handled=right)  # "handled": the server need not answer itself

    def mails(self) -> list[EmailMessage]:
        """Every mail as a mail client reads it."""
        return [email.message_from_bytes(one, policy=email.policy.default) for _, one in self.taken]  # type: ignore[misc]

    def ids(self) -> list[str]:
        """The Message-IDs in the order in which the mails came."""
        return [str(mail["Message-ID"]) for mail in self.mails()]


class SmtpServer:
    """The server itself, on a port of this machine; the same port when it comes back after being down."""

    def __init__(self, office: PostOffice, certificate: ssl.SSLContext | None = None) -> None:
        self.office = office
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._certificate = certificate
        self._controller: Controller | None = None

    def __enter__(self) -> "SmtpServer":
        login = self.office.login is not None
        self._controller = Controller(
            self.office,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self._certificate,
            require_starttls=self._certificate is not None,
            authenticator=self.office.authenticate if login else None,
            auth_required=login,
            auth_require_tls=self._certificate is not None,
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._controller is not None
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?timeout=0.5"
