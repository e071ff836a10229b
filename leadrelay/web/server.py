"""The web server of `serve`: one thread that serves the pages until it is asked to stop, whatever happens."""

import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from leadrelay.errors import BadSettings
from leadrelay.project import Project

if TYPE_CHECKING:
    from leadrelay.web.patience import Limits

RETRY = 15.0
"""Seconds until an address that is taken is tried again."""
FINISH = 5
"""Seconds that requests under way may take at the end."""
MOST_AT_ONCE = 500
"""Connections; how many of them may keep us waiting is in patience.py."""


class Voice(Protocol):
    """How the server tells people something (flows/voice.py)."""

    def say(self, line: str) -> None:
        """Says it."""

    def trouble(self, about: str, line: str) -> None:
        """Says that something is wrong, once."""

    def over(self, about: str, line: str) -> None:
        """Says that it is right again."""


class WebServer(threading.Thread):
    """Serves a project's pages at [web] host and port, in a thread of `serve`."""

    def __init__(self, project: Project, voice: Voice, stop: threading.Event, limits: "Limits | None" = None) -> None:
        super().__init__(name="web", daemon=True)
        self._project, self._voice, self._stop_asked, self._limits = project, voice, stop, limits

    def run(self) -> None:
        """The thread: serves until `stop` is set; when the address is taken it waits for it."""
        while not self._stop_asked.is_set():
            try:
                self._serve()
            except BadSettings as error:
                self._voice.trouble("web", f"web: {error} There are no pages.")
                return
            except OSError as error:
                web = self._project.settings.web
                why = error.strerror or str(error)
                self._voice.trouble("web", f"web: {web.host}:{web.port} cannot be used: {why}. It is tried again.")
                self._stop_asked.wait(RETRY)

    def _serve(self) -> None:
        """Raises OSError when the address cannot be used, BadSettings."""
        import uvicorn  # here, and in the thread: `serve` decides its first subjects before the pages are loaded

        from leadrelay.web.app import create_app
        from leadrelay.web.once import logger_of
        from leadrelay.web.patience import Crowd, Limits, Patient

        web = self._project.settings.web
        logger = logger_of(self._voice.trouble)
        app = create_app(self._project, self._voice.say, logger)
        patient = partial(Patient, crowd=Crowd(), limits=self._limits or Limits(), logger=logger)
        listener = _listener(web.host, web.port)
        # No access log: addresses of pages are keys to act with.
        config = uvicorn.Config(
            app,
            http=cast(Any, patient),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=FINISH,
        )
        server = uvicorn.Server(config)
        ending = threading.Thread(target=self._end, args=(server,), name="web-end", daemon=True)
        ending.start()
        self._voice.over("web", "web: the address is free; there are pages again.")
        self._voice.say(f"web: pages are at http://{web.host}:{web.port}{self._links()}")
        with listener:
            server.run([listener])

    def _links(self) -> str:
        if self._project.settings.web.secret:
            return ""
        return "; messages have no links to act, as LEADRELAY_WEB__SECRET is not set"

    def _end(self, server: "_Stoppable") -> None:
        self._stop_asked.wait()
        server.should_exit = True


class _Stoppable(Protocol):
    should_exit: bool


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # asyncio does this only for sockets that name their protocol; without it every page takes 40 ms more.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
