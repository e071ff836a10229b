"""Apprise without its log, which prints addresses with their tokens; what it says is read here and goes nowhere."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apprise import Apprise, AppriseAsset

_LOGGERS = ("apprise", "urllib3", "requests")
_CODE = re.compile(r"error=(\d{3})\b")
_NEVER_REACHED = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Connection refused|Failed to establish|SSLError|"
    r"Name or service not known|Failed to resolve|No route to host",
    re.IGNORECASE,
)


def mute() -> None:
    """Keeps what Apprise and the HTTP library log from everybody, also when a call that was given up ends later."""
    for one in map(logging.getLogger, _LOGGERS):
        one.handlers, one.propagate = [logging.NullHandler()], False
        one.setLevel(logging.CRITICAL + 1)


class Heard(logging.Handler):
    """Takes from what Apprise says the HTTP status, and whether the server was reached at all; keeps nothing else."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.code: int | None = None
        self.never_reached = False

    def emit(self, record: logging.LogRecord) -> None:
        """Reads one record."""
        words = record.getMessage()
        if found := _CODE.search(words):
            self.code = int(found[1])
        self.never_reached = self.never_reached or bool(_NEVER_REACHED.search(words))


@contextmanager
def listening() -> Iterator[Heard]:
    """For the time of a delivery: what Apprise and the HTTP library log reaches this listener alone."""
    heard = Heard()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(one.handlers[:], one.propagate, one.level) for one in loggers]
    mute()
    loggers[0].handlers = [heard]
    loggers[0].setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
            one.handlers, one.propagate = handlers, propagate
            one.setLevel(level)


def new_apprise() -> Apprise:
    """Apprise as we want it: one thread, nothing kept on disk, no redirects followed to where a token should not go."""
    wanted: dict[str, Any] = {
        "async_mode": False,
        "secure_logging": True,
        "default_service_retry": 0,
        "http_redirects": False,
        "interpret_escapes": False,
        "interpret_emojis": False,
    }
    known = {name: value for name, value in wanted.items() if hasattr(AppriseAsset, name)}  # versions differ
    return Apprise(asset=AppriseAsset(storage_mode="memory", **known))
