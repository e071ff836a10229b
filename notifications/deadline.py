"""Total deadlines: however slowly another system answers, a byte a second for ever, we do not wait for it for ever.

Timeouts of sockets count from byte to byte. A `Watch` ends a connection that we hold; `within` gives up a call whose
connection somebody else's library holds.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

Result = TypeVar("Result")
MOST_LEFT = 3
"""So many calls to one address may be left behind, still waiting, before no more are begun."""


class TooLate(OSError):
    """The other side took longer than it had."""


class Watch:
    """Ends one connection when its time is over; whoever reads from it or writes to it then gets an error at once."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._late = False
        self._lock = threading.Lock()

    def take(self, connection: socket.socket) -> None:
        """The connection to watch, in the place of an earlier one. Raises TooLate when time is over already."""
        with self._lock:
            self._drop()
            self._line = connection.dup()  # TLS takes the socket itself over
            if self._late:
                self._end()
                raise TooLate("its time was over before it was connected")

    @contextmanager
    def limit(self, seconds: float, *errors: type[Exception]) -> Iterator[None]:
        """Inside, everything together may take so long. Raises TooLate in the place of what a library raises then:
        OSError, or one of `errors`."""
        self._late = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, *errors) as error:  # type: ignore[misc]
            if self._late:
                raise TooLate(f"it took longer than {seconds:g} seconds in all") from error
            raise
        finally:
            timer.cancel()

    @property
    def late(self) -> bool:
        """Whether the connection was ended because its time was over."""
        return self._late

    def close(self) -> None:
        """Watches nothing any more."""
        with self._lock:
            self._drop()

    def _cut(self) -> None:
        with self._lock:
            self._late = True
            self._end()

    def _end(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def connected(host: str, port: int, timeout: float, source: object = None) -> socket.socket:  # noqa: ARG001 - smtplib's
    """A connection to the first address of a host that takes it; all together may take `timeout` seconds.

    Raises OSError."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    each = max(timeout / max(len(addresses), 1), 0.05)
    last: OSError = OSError(f"{host} has no address")
    for _, _, _, _, (address, number, *_more) in addresses:
        try:
            found = socket.create_connection((str(address), int(number)), each)
        except OSError as error:
            last = error
            continue
        found.settimeout(timeout)
        return found
    raise last


_left: dict[str, list[threading.Thread]] = {}


def within(seconds: float, where: str, work: Callable[[], Result]) -> Result:
    """What `work` returns or raises, if it is ready within so many seconds. Raises TooLate otherwise: it is left
    behind in a thread of its own, and of those there are at most MOST_LEFT for each `where`."""
    left = _left[where] = [one for one in _left.get(where, ()) if one.is_alive()]
    if len(left) >= MOST_LEFT:
        raise TooLate("earlier calls have no whole answer yet")
    done: list[Result] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name=f"call {where}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        left.append(thread)
        raise TooLate(f"no whole answer within {seconds:g} seconds")
    if raised:
        raise raised[0]
    return done[0]
