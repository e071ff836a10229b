"""A Prefect server of the project's own: a child process on a free port, with its files under var/prefect."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from flows.environment import home, server_environment
from flows.note import note_file, noted, write_note
from flows.password import own_password
from flows.run import admits, healthy
from leadrelay.errors import NoPrefectServer
from leadrelay.private import UMASK, make_folder, open_private

HOST = "127.0.0.1"
_LISTENS = "0A"
START = 120.0
"""How long, in seconds, a server may take until it is healthy; the first time it makes its database."""
STOP = 10.0
"""How long it may take to stop when it is asked to, before it is killed."""


class Server(Struct):
    """A server that answers at `url`. `process` is None when somebody else started it; then it is left alone, unless
    that one was killed and left it as an `orphan` (its process id): then it is ours to stop."""

    url: str
    process: subprocess.Popen[bytes] | None = None
    orphan: int | None = None

    @property
    def pages(self) -> str:
        """Where a person can look at flow runs and artifacts."""
        return self.url.removesuffix("/api")

    def stop(self) -> None:
        """Asks the server to stop, then makes it; without effect on a server that is not ours."""
        if self.orphan is not None and healthy(self.url):
            with suppress(ProcessLookupError):
                os.kill(self.orphan, signal.SIGTERM)
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def local_server(project: Path) -> Iterator[Server]:
    """The project's server, running: one that runs already, or a new one that stops at the end.

    Raises NoPrefectServer when none can be started."""
    server = start(project)
    try:
        yield server
    finally:
        end(project, server)


def end(project: Path, server: Server) -> None:
    """Stops a server that is ours, and forgets it."""
    server.stop()
    if server.process is not None or server.orphan is not None:
        note_file(project).unlink(missing_ok=True)


def start(project: Path, port: int | None = None, wanted: Callable[[], bool] = lambda: True) -> Server:
    """A healthy server: the one that var/prefect/server.json speaks of, or a new one, at `port` or a free one.

    Raises NoPrefectServer, also when it is `wanted` no longer before it is ready."""
    known = _known(project)
    if known and healthy(known.url) and admits(known.url, own_password(project)):
        return known
    folder = home(project)
    make_folder(folder)
    password = own_password(project)
    port = port or _free_port()
    url = f"http://{HOST}:{port}/api"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    with open_private(folder / "server.log", "ab") as log:
        process = subprocess.Popen(
            command,
            env=server_environment(project, port, password),
            cwd=folder,  # Prefect reads a .env and a prefect.toml where it stands
            umask=UMASK,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; we stop the server when our work is done
        )
    server = Server(url, process)
    try:
        _await_health(server, folder / "server.log", wanted)
    except BaseException:
        server.stop()
        raise
    write_note(project, url, process.pid)
    return server


def _await_health(server: Server, log: Path, wanted: Callable[[], bool]) -> None:
    """Returns when the server is healthy. Raises NoPrefectServer when it has ended or takes too long."""
    end = time.monotonic() + START
    while not healthy(server.url) or not is_ours(urlsplit(server.url).port or 0):
        if server.process is not None and server.process.poll() is not None:
            raise NoPrefectServer(why=f"it ended at once with code {server.process.returncode}", log=log)
        if time.monotonic() > end:
            raise NoPrefectServer(why=f"it was not ready within {START:.0f} seconds", log=log)
        if not wanted():
            raise NoPrefectServer(why="it was stopped before it was ready", log=log)
        time.sleep(0.1)


def is_ours(port: int, table: Path = Path("/proc/net/tcp")) -> bool:
    """Whether it is a program of our own account that listens at a port of this machine, as the kernel has it: another
    one that was quicker would be shown the password. True where the table is not there, or does not have the port."""
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return True
    owners = {int(row[7]) for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port}
    return owners <= {os.getuid()}


def _known(project: Path) -> Server | None:
    """The server that was started for this project before, unless it has ended."""
    note = noted(project)
    if note is None or note.is_gone:
        return None
    return Server(note.url, orphan=note.pid if note.is_orphan else None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
