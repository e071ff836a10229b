"""The address of an SMTP server, as `mail.url` writes it: smtp://user:password@host:587?starttls=yes."""

from enum import Enum
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from leadrelay.errors import BadSettings

SCHEMES = ("smtp", "smtps")
TIMEOUT, TOTAL = 30.0, 120.0
_PORTS = {"smtp": 25, "smtps": 465}


class Tls(Enum):
    """When the connection is encrypted: from the start, by STARTTLS or not at all, by STARTTLS if offered, never."""

    IMPLICIT = "smtps"
    ALWAYS = "yes"
    IF_OFFERED = "if_offered"
    NEVER = "no"


class SmtpAddress(Struct, frozen=True):
    """Where mail is handed over, and how. `timeout` in seconds, for every step; `total` for a whole mail with all its
    steps; `ca` a file of certificates."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = ""
    timeout: float = TIMEOUT
    ca: str | None = None
    total: float = TOTAL

    def __str__(self) -> str:
        return f"{'smtps' if self.tls is Tls.IMPLICIT else 'smtp'}://{self.host}:{self.port}"

    __repr__ = __str__  # the password stays out of it


def smtp_address(url: str) -> SmtpAddress:
    """The address in `mail.url`. With a user, STARTTLS is a must unless `starttls=no` says otherwise.

    Raises BadSettings, which never repeats the URL."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        port, host = parts.port, parts.hostname
        timeout, total = float(options.pop("timeout", TIMEOUT)), float(options.pop("total", TOTAL))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        tls = Tls(options.pop("starttls", "yes" if user else "if_offered"))
    except ValueError:
        host = None
    if not host or not 0 < timeout < 3600 or not 0 < total < 3600 or tls is Tls.IMPLICIT:
        raise _bad("it is not written as smtp://user:password@host:587?starttls=yes (yes, no or if_offered)")
    ca = options.pop("ca", None)
    if options:
        raise _bad(f"it has no option '{next(iter(options))}'; there are starttls, timeout, total and ca")
    if parts.scheme == "smtps":
        tls = Tls.IMPLICIT
    return SmtpAddress(host, port or _PORTS[parts.scheme], tls, user, password, timeout, ca, total)


def _bad(what: str) -> BadSettings:
    return BadSettings(file="leadrelay.toml", what=f"mail.url: {what}")
