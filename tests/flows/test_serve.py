"""The real `leadrelay serve`: a scheduled run happens, what is imported is decided, Prefect may die, and it stops."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from flows.password import authorization, kept_password
from flows.run import healthy
from leadrelay.store.database import Database
from tests.flows.world import ROOT, make_project

pytestmark = [pytest.mark.prefect, pytest.mark.serve, pytest.mark.timeout(400)]

PATIENCE = 150.0
"""Seconds that anything may take on a machine that is busy with other tests."""


class Served:
    """A serving process and what can be seen of it."""

    def __init__(self, folder: Path, *options: str, umask: int = -1, **more: str) -> None:
        """`more`: its environment beside that of the tests."""
        self.folder = folder
        self.log = folder / "serve.log"
        own = ("PREFECT_API_URL", "LEADRELAY_NOW")
        environment = {name: value for name, value in os.environ.items() if name not in own}
        self.environment = {**environment, "PYTHONPATH": str(ROOT), **more}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "leadrelay", "--project", str(folder), "serve", *options],
                env=self.environment,
                cwd=ROOT,
                stderr=log,
                umask=umask,
            )

    def said(self, words: str) -> int:
        """In how many lines it said this."""
        return sum(words in line for line in self.log.read_text().splitlines())

    def note(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "var/prefect/server.json").read_text())
        return found

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        """What Prefect's API answers to whoever has the password. Raises HTTPError."""
        headers = {"Content-Type": "application/json", **authorization(kept_password(self.folder) or "")}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.note()['url']}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def take_in(self, name: str) -> None:
        path = self.folder / f"{name}.csv"
        path.write_text(f"id,kind,summary\n{name},renewal,Terms\n")
        command = [sys.executable, "-m", "leadrelay", "--project", str(self.folder), "import", str(path)]
        subprocess.run([*command, "--as", "requests"], env=self.environment, cwd=ROOT, check=True, capture_output=True)

    def decided(self, name: str) -> bool:
        return (f"renewals|request/{name}|1|0",) in self.rows("SELECT key FROM decisions")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        database = Database(f"sqlite:///{self.folder}/var/leadrelay.db")
        with database.read() as conn:
            found = [tuple(row) for row in conn.execute(text(query))]
        database.close()
        return found


def eventually(what: Callable[[], bool], served: Served) -> None:
    """Waits until it is so. Fails with the log when it does not come to be so."""
    end, pause = time.monotonic() + PATIENCE, threading.Event()
    while not what():
        assert time.monotonic() < end and served.process.poll() is None, served.log.read_text()
        pause.wait(0.05)


def scheduled(served: Served) -> list[dict[str, Any]]:
    """The finished runs of deployments."""
    query = {"flow_runs": {"deployment_id": {"is_null_": False}, "state": {"type": {"any_": ["COMPLETED"]}}}}
    found: list[dict[str, Any]] = served.ask("/flow_runs/filter", query)
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = Served(make_project(tmp_path_factory.mktemp("serve") / "project"))
    yield found
    if found.process.poll() is None:
        found.process.terminate()
        found.process.wait(PATIENCE)


def test_it_decides_at_once_and_a_scheduled_run_happens(served: Served):
    eventually(lambda: served.said("Prefect: flow runs and their pages are at") == 1, served)
    served.take_in("R1")
    eventually(lambda: served.decided("R1"), served)
    ((received, decided),) = served.rows("SELECT h.at, d.at FROM history h, decisions d WHERE h.field = '*'")
    assert 0 <= decided - received < PATIENCE * 1e6  # how quick it really is: benchmarks/serve.py
    eventually(lambda: len(list((served.folder / "var/mail").glob("*.eml"))) == 2, served)
    eventually(lambda: bool(scheduled(served)), served)
    assert scheduled(served)[0]["parameters"] == {}


def test_when_prefect_is_killed_work_goes_on_and_it_is_said_once_until_it_is_back(served: Served):
    os.killpg(served.note()["pid"], signal.SIGKILL)
    served.take_in("R2")
    eventually(lambda: served.decided("R2"), served)
    eventually(lambda: served.said("Work goes on: flows run directly") >= 1, served)
    eventually(lambda: served.said("Prefect: it is back") == served.said("Work goes on"), served)
    served.take_in("R3")
    eventually(lambda: served.decided("R3"), served)
    assert served.said("Traceback") == 0


def test_asked_to_stop_it_ends_with_everything_that_it_started(served: Served):
    server = served.note()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE) == 0
    assert not healthy(server["url"]) and not (served.folder / "var/prefect/server.json").exists()
    assert served.log.read_text().splitlines()[-1].endswith("stopped")
    assert served.rows("SELECT * FROM leases") == []
    query = "SELECT subject, count(*) FROM decisions GROUP BY subject ORDER BY subject"
    assert served.rows(query) == [("request/R1", 1), ("request/R2", 1), ("request/R3", 1)]
