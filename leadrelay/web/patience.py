"""How long the web server waits for its callers, and for how many at once: uvicorn by itself waits for ever."""

import asyncio
import logging
from typing import Any

from msgspec import Struct
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_WAITING = 200
"""So many connections may stand open with no whole request in them; one more, and the longest open one is closed."""
MOST_OF_ONE = 50
"""So many of them may be of one address."""
_LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Limits(Struct, frozen=True):
    """Seconds that the head of a request, its body, and taking the answer may each last."""

    head: float = 10.0
    body: float = 30.0
    answer: float = 120.0


class Crowd:
    """The connections that keep the server waiting, the longest waiting first."""

    def __init__(self) -> None:
        self._waiting: dict[Patient, str] = {}

    def enter(self, one: "Patient", address: str) -> None:
        """One more waits for its caller, of this address; when it is one too many, the longest waiting has to go."""
        self._waiting[one] = address
        of_one = [other for other, whose in self._waiting.items() if whose == address]
        if len(of_one) > MOST_OF_ONE:
            of_one[0].give_up()
        elif len(self._waiting) > MOST_WAITING:
            next(iter(self._waiting)).give_up()

    def leave(self, one: "Patient") -> None:
        """Its request is there, or it is gone."""
        self._waiting.pop(one, None)


class Patient(H11Protocol):
    """A connection that must be done in time with each part of a request."""

    def __init__(self, *, crowd: Crowd, limits: Limits, logger: logging.Logger, **given: Any) -> None:
        super().__init__(**given)
        self.logger = logger
        self._crowd, self._limits = crowd, limits
        self._state: tuple[str, object] = ("", None)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller is there."""
        super().connection_made(transport)
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone."""
        self._crowd.leave(self)
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A part of a request."""
        super().data_received(data)
        self._follow()

    def on_response_complete(self) -> None:
        """A request was answered; the next one may begin."""
        super().on_response_complete()
        self._follow()

    def give_up(self) -> None:
        """Waits for this caller no longer."""
        self._crowd.leave(self)
        self._stop_timer()
        self.transport.abort()

    def _follow(self) -> None:
        """Starts the clock of whatever is waited for now, if that is another thing than before."""
        if self.transport.is_closing():
            return
        state = (self._awaited(), self.cycle)
        if state == self._state:
            return
        self._state = state
        self._stop_timer()
        self._crowd.leave(self)
        if state[0] != "answer":
            self._crowd.enter(self, self.client[0] if self.client else "")
        if not self.transport.is_closing():
            self._timer = self.loop.call_later(getattr(self._limits, state[0]), self._late, state[0])

    def _awaited(self) -> str:
        if self.cycle is None or self.cycle.response_complete:
            return "head"
        return "body" if self.cycle.more_body else "answer"

    def _late(self, what: str) -> None:
        self._crowd.leave(self)
        if what == "answer":
            self.transport.abort()
            return
        if not (what == "body" and self.cycle.response_started):
            self.transport.write(_LATE)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
