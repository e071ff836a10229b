"""Prefect beside `serve`: keeps a server and the process of its schedules running, and says when they are not.

While it is up, the resident loop runs each flow through it once in every period of the flow's schedule.
"""

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol

from flows.environment import home, prepare, runs_environment
from flows.handed import Handed
from flows.password import password_for
from flows.run import CLOSED, admits, healthy
from flows.server import Server, end, start
from flows.voice import Voice
from leadrelay.errors import NoPrefectServer
from leadrelay.private import UMASK, make_folder, open_private

if TYPE_CHECKING:
    from leadrelay.project import Project

LOOK = 3.0
"""Seconds between two looks whether the server is well."""
MISSES = 3
"""So many looks in a row find no answer before a server is given up."""
RETRY = 30.0
"""Seconds until a server that could not be started is started again."""
STOP = 5.0
"""How long, in seconds, the process of the schedules may take to stop."""


class Ran(Protocol):
    """Runs flows through Prefect, as `flows.through_prefect.run` does."""

    def __call__(self, names: tuple[str, ...], handed: Handed, api_url: str, password: str | None) -> str | None:
        """None, or why Prefect did not run them."""


class Companion(threading.Thread):
    """Looks after Prefect until `stop` is set; then stops what it has started."""

    def __init__(
        self, project: "Project", voice: Voice, stop: threading.Event, api_url: str | None, port: int | None
    ) -> None:
        """`api_url`: a server that somebody else runs; without it there is one of the project's own, at `port`."""
        super().__init__(name="prefect", daemon=True)
        self._opened, self._project, self._voice, self._stop_asked = project, project.folder, voice, stop
        self._api_url, self._port = api_url, port
        self._server: Server | None = Server(api_url) if api_url else None
        self._schedules: subprocess.Popen[bytes] | None = None
        self._run: Ran | None = None
        self._up, self._look_now = threading.Event(), threading.Event()
        self._not_before = 0.0
        self._misses = 0

    def carry_out(self, name: str, handed: Handed) -> None:
        """Runs a flow through Prefect if it is up; whether it did is seen in `handed`."""
        server, run = self._server, self._run
        if not self._up.is_set() or server is None or run is None:
            return
        why = run((name,), handed, server.url, password_for(server.url, self._opened))
        if why:
            self._down(why)
            self._look_now.set()

    def run(self) -> None:
        """The thread: a look every few seconds, and the end."""
        while not self._stop_asked.is_set():
            try:
                self._look()
            except NoPrefectServer as error:
                self._not_before = time.monotonic() + RETRY
                self._down(str(error))
            except Exception as error:
                self._down(f"{type(error).__name__}: {error}")
            self._look_now.wait(LOOK)
            self._look_now.clear()
        self._up.clear()
        self._end_schedules()
        if self._server is not None:
            end(self._project, self._server)

    def wake(self) -> None:
        """Makes the thread look now, such as at the end."""
        self._look_now.set()

    def _look(self) -> None:
        if self._server is None or self._is_dead(self._server):
            self._renew()
        if self._server is not None and not self._misses and not self._stop_asked.is_set():
            self._knock(self._server)
            self._go_up(self._server)
            self._keep_schedules(self._server)

    def _knock(self, server: Server) -> None:
        """Raises NoPrefectServer when the server does not let us in."""
        if not self._up.is_set() and not admits(server.url, password_for(server.url, self._opened)):
            raise NoPrefectServer(why=f"the one at {server.url} {CLOSED}", log="where that server writes it")

    def _is_dead(self, server: Server) -> bool:
        """Whether it has ended, or has not answered several times: a busy machine makes it slow now and then."""
        ended = server.process is not None and server.process.poll() is not None
        self._misses = 0 if not ended and healthy(server.url) else self._misses + 1
        return ended or self._misses >= MISSES

    def _renew(self) -> None:
        """Finds or starts a server in the place of one that does not answer."""
        if self._server is not None:
            self._down(f"the server at {self._server.url} does not answer")
            self._end_schedules()
        if self._api_url:
            raise NoPrefectServer(why=f"nothing answers at {self._api_url}", log="where that server writes it")
        if time.monotonic() < self._not_before:
            return
        if self._server is not None:
            end(self._project, self._server)
            self._server = None
        self._server = start(self._project, self._port, lambda: not self._stop_asked.is_set())
        self._misses = 0

    def _go_up(self, server: Server) -> None:
        if self._run is None:
            prepare(server.url, self._project, password_for(server.url, self._opened))
            from flows import through_prefect  # here, because importing Prefect takes more than a second

            self._run = through_prefect.run
            self._voice.say(f"Prefect: flow runs and their pages are at {server.pages}")
        self._up.set()
        self._voice.over("prefect", f"Prefect: it is back, at {server.pages}; schedules run again.")

    def _down(self, why: str) -> None:
        self._up.clear()
        if not self._stop_asked.is_set():
            self._voice.trouble("prefect", f"Prefect: {why}. Work goes on: flows run directly until it is back.")

    def _keep_schedules(self, server: Server) -> None:
        """The process that serves the schedules runs, or is started again."""
        ended = self._schedules is not None and self._schedules.poll() is not None
        if ended and self._schedules is not None:
            log = home(self._project) / "schedules.log"
            self._voice.trouble(
                "schedules", f"Prefect: the schedules ended with code {self._schedules.returncode}; see {log}."
            )
        if self._schedules is not None and not ended:
            return
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + RETRY
        command = [sys.executable, "-m", "flows.schedules", str(os.getpid())]
        password = password_for(server.url, self._opened)
        make_folder(home(self._project))
        with open_private(home(self._project) / "schedules.log", "ab") as log_file:
            self._schedules = subprocess.Popen(
                command,
                env=runs_environment(self._project, self._opened.settings, server.url, password),
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                start_new_session=True,
                umask=UMASK,
            )

    def _end_schedules(self) -> None:
        process, self._schedules = self._schedules, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
