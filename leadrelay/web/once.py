"""What the web server logs: each kind of failure once, with where it came from; strangers could else fill the log."""

import logging
import traceback
from collections.abc import Callable

Trouble = Callable[[str, str], None]
"""Says that something is wrong with a thing, once (flows/voice.py)."""


class OncePerKind(logging.Handler):
    """Tells each kind of record once: by its exception and the line that raised it, else by its message's pattern."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(logging.WARNING)
        self._trouble = trouble

    def emit(self, record: logging.LogRecord) -> None:
        """Tells a record, unless one of its kind was told before."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            kind = " ".join(str(record.msg).split())
            self._trouble(f"web: {kind}", f"web: {kind} (said once)")
            return
        steps = traceback.extract_tb(error.__traceback__)
        place = f"{steps[-1].filename}:{steps[-1].lineno}" if steps else "?"
        way = " < ".join(f"{one.name} {one.filename.rpartition('/')[2]}:{one.lineno}" for one in reversed(steps[-12:]))
        name = type(error).__name__
        # Not the exception's own words: they may hold what the caller sent.
        line = f"web: a request was answered with 500: {name} in {way} (said once; please report it)"
        self._trouble(f"web: {name} {place}", line)


def logger_of(trouble: Trouble) -> logging.Logger:
    """A logger of the web server's own: under no other, so that whoever sets up logging (Prefect does) cannot turn it
    off or send it elsewhere."""
    logger = logging.Logger("leadrelay.web", logging.WARNING)
    logger.addHandler(OncePerKind(trouble))
    return logger
