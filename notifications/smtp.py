"""Mail over SMTP: one connection kept from mail to mail, and an outcome with the server's code for each.

connect, EHLO, STARTTLS, AUTH, MAIL   in trouble here, the server is out of order: no mail is to blame   unreached
RCPT                                  4xx temporary, 5xx permanent
(the mark `sending` is committed)
DATA, the mail, the final dot         4xx temporary, 5xx permanent; silence or a broken line after it    unknown
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable

from msgspec import Struct

from leadrelay.rulebook.filters import clean
from notifications.deadline import Watch, connected
from notifications.outcome import ACCEPTED, NOT_OURS, Fate, Outcome, Sending
from notifications.smtp_address import SmtpAddress, Tls

CLOSING = 421
"""What a server says when it is about to close the connection, at whatever step."""
_DOT = re.compile(rb"^\.", re.MULTILINE)
_LOGINS = ("PLAIN", "LOGIN", "CRAM-MD5")
_TAKEN = (250, 251, 252)
FAREWELL = 5.0
"""Seconds that a server has to say goodbye."""


class Envelope(Struct, frozen=True):
    """A mail and whose it is. `content(eight_bit)` is the whole mail with CRLF, in ASCII unless `eight_bit`."""

    sender: str
    recipient: str
    content: Callable[[bool], bytes]


class _Plain(smtplib.SMTP):
    """smtplib's, with a connection that is watched from its first byte on."""

    def __init__(self, watch: Watch, name: str, timeout: float) -> None:
        self._watch = watch
        super().__init__(local_hostname=name, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = connected(host, port, timeout)
        self._watch.take(connection)
        return connection


class _Secured(_Plain):
    """The same, encrypted from the start."""

    def __init__(self, watch: Watch, name: str, timeout: float, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(watch, name, timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = super()._get_socket(host, port, timeout)
        try:
            return self._context.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise


class OutOfOrder(Exception):
    """The server cannot be used now; the text says why."""


class Smtp:
    """One server, connected to when the first mail goes."""

    def __init__(self, address: SmtpAddress) -> None:
        self.address = address
        self._server: smtplib.SMTP | None = None
        self._watch = Watch()

    def send(self, envelope: Envelope, sending: Sending) -> Outcome:
        """Hands one mail over, within `address.total` seconds. Raises what `sending` raises, nothing else."""
        with self._watch.limit(self.address.total):
            return self._send(envelope, sending)

    def _send(self, envelope: Envelope, sending: Sending) -> Outcome:
        try:
            server = self._begun(envelope.sender)
            code, words = server.rcpt(envelope.recipient)
        except OutOfOrder as error:
            return Outcome(Fate.UNREACHED, str(error), broken=True)
        except OSError as error:
            return self._lost(Fate.TEMPORARY, error, "before the mail was sent")
        if code not in _TAKEN:
            return self._refused(code, words)
        try:
            ours = sending()
        except BaseException:
            self.close()
            raise
        if not ours:
            self._reset()
            return NOT_OURS
        return self._data(server, envelope)

    def _data(self, server: smtplib.SMTP, envelope: Envelope) -> Outcome:
        content = _DOT.sub(b"..", envelope.content(server.has_extn("8bitmime")))
        try:
            code, words = server.docmd("DATA")
        except OSError as error:
            return self._lost(Fate.TEMPORARY, error, "before the mail was sent")
        if code != 354:
            return self._refused(code, words)
        try:
            server.send(content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"))  # in one, for speed
            code, words = server.getreply()
        except OSError as error:
            return self._lost(Fate.UNKNOWN, error, "after the mail was sent")
        return ACCEPTED if 200 <= code < 300 else self._refused(code, words)

    def close(self) -> None:
        """Ends the connection, if there is one."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._watch.close()

    def quit(self) -> None:
        """Ends the connection politely."""
        server, self._server = self._server, None
        if server is not None:
            try:
                with self._watch.limit(min(FAREWELL, self.address.total)):
                    server.quit()
            except OSError:
                server.close()
        self._watch.close()

    def _begun(self, sender: str) -> smtplib.SMTP:
        """A connection on which MAIL was accepted; one that went stale while nothing was sent is made anew."""
        if self._server is not None:
            try:
                code, words = self._mail(self._server, sender)
            except OSError:
                code, words = CLOSING, b""
            if code in _TAKEN:
                return self._server
            self.close()
            if code != CLOSING:
                raise OutOfOrder(f"the server refuses our sender: {self._said(code, words)}")
        try:
            self._server = self._connect()
            code, words = self._mail(self._server, sender)
        except OSError as error:
            self.close()
            raise OutOfOrder(f"{self.address} cannot be used: {self._told(error)}") from None
        if code not in _TAKEN:
            self.close()
            raise OutOfOrder(f"{self.address} refuses our sender: {self._said(code, words)}")
        return self._server

    @staticmethod
    def _mail(server: smtplib.SMTP, sender: str) -> tuple[int, bytes]:
        return server.mail(sender, ["BODY=8BITMIME"] if server.has_extn("8bitmime") else [])

    def _connect(self) -> smtplib.SMTP:
        """A connection, encrypted and logged in as the address says. Raises OSError (smtplib's own are such)."""
        address, name = self.address, socket.gethostname() or "localhost"
        server: smtplib.SMTP
        if address.tls is Tls.IMPLICIT:
            server = _Secured(self._watch, name, address.timeout, self._context())
        else:
            server = _Plain(self._watch, name, address.timeout)
        server._host = address.host  # type: ignore[attr-defined]  # what TLS checks the certificate against
        self._server = server
        code, words = server.connect(address.host, address.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        server.ehlo_or_helo_if_needed()
        if address.tls is Tls.ALWAYS or (address.tls is Tls.IF_OFFERED and server.has_extn("starttls")):
            server.starttls(context=self._context())
            server.ehlo_or_helo_if_needed()
        if address.user:
            self._log_in(server)
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        """Logs in once, by the first way that both know: smtplib would try a wrong password by every way there is."""
        offered = server.esmtp_features.get("auth", "").upper().split()
        way = next((one for one in _LOGINS if one in offered), None)
        if way is None:
            raise smtplib.SMTPNotSupportedError("the server offers no login that we know")
        server.user, server.password = self.address.user, self.address.password
        server.auth(way, getattr(server, f"auth_{way.lower().replace('-', '_')}"))

    def _context(self) -> ssl.SSLContext:
        """Certificates are always checked, against the system's authorities or those of `ca=`."""
        return ssl.create_default_context(cafile=self.address.ca)

    def _reset(self) -> None:
        """Takes MAIL and RCPT back, so that the connection can be used again."""
        if self._server is None:
            return
        try:
            self._server.rset()
        except OSError:
            self.close()

    def _refused(self, code: int, words: bytes) -> Outcome:
        if code == CLOSING:
            self.close()
        else:
            self._reset()
        fate = Fate.PERMANENT if code >= 500 else Fate.TEMPORARY
        return Outcome(fate, self._said(code, words), broken=code == CLOSING)

    def _lost(self, fate: Fate, error: OSError, when: str) -> Outcome:
        self.close()
        return Outcome(fate, f"the connection was lost {when}: {self._told(error)}", broken=True)

    def _told(self, error: OSError) -> str:
        """An error in words: smtplib's have the server's code and text."""
        if self._watch.late:
            return f"it took longer than {self.address.total:g} seconds in all"
        if isinstance(error, smtplib.SMTPResponseException):
            words = error.smtp_error
            return self._said(error.smtp_code, words if isinstance(words, bytes) else words.encode())
        return self._hidden(f"{type(error).__name__}: {clean(str(error), 200)}")

    def _said(self, code: int, words: bytes) -> str:
        return self._hidden(f"{code} {clean(words.decode('utf-8', 'replace'), 200)}".strip())

    def _hidden(self, text: str) -> str:
        """Text without the password, should a server repeat it."""
        return text.replace(self.address.password, "***") if self.address.password else text
