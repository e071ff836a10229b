"""A server that says what it has to say, and then drips: a little at a time, well within every timeout of a socket."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

PAUSE, DROPS = 0.03, 100
"""Seconds between two drops; after so many it hangs up, so that no test waits for ever."""


class Dripper:
    """Runs as long as the `with` block. It says each of `answers` and reads what is said to that, then drips `drop`;
    with `waits` it reads first, and not between."""

    def __init__(self, answers: Sequence[bytes], drop: bytes, waits: bool = False) -> None:
        self._answers, self._drop, self._waits = answers, drop, waits
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> "Dripper":
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                with line:
                    self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError):
            if self._waits:
                line.recv(65_536)
            for answer in self._answers:
                line.sendall(answer)
                if not self._waits:
                    line.recv(65_536)
            for _ in range(DROPS):
                if self._over.wait(PAUSE):
                    return
                line.sendall(self._drop)
