"""Runs without Prefect: the same work, done directly, said in one line, and Prefect is never imported."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import environment, work
from flows.names import ORDER
from flows.run import healthy, run_flows
from leadrelay.errors import LeaseTaken
from tests.flows.world import NOW, ROOT, make_project, opened


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("LEADRELAY_NOW", raising=False)
    return make_project(tmp_path / "project")


def test_all_flows_in_order_and_the_messages_go_out_in_the_same_run(folder: Path):
    project = opened(folder, "1", "2")
    done = run_flows([], project, project.clock())
    assert list(done["flows"]) == list(ORDER) == ["route", "escalate", "nudge", "nurture", "deliver"]
    assert (done["now"], done["via"]) == ("2026-11-20T09:13:00+01:00", "direct")
    route = done["flows"]["route"]
    assert [route[figure] for figure in ("looked_at", "decided", "messages")] == [2, 2, 4]
    assert done["flows"]["deliver"] == {"looked_at": 4, "decided": 0, "acted": 4}
    assert (done["notifications"]["sent"], done["notifications"]["pending"]) == (4, 0)
    assert len(list((folder / "var/mail").glob("*.eml"))) == 4
    again = run_flows([], project, project.clock())
    assert again["flows"]["route"]["decided"] == again["notifications"]["sent"] == 0


def test_named_flows_alone_run_in_their_order_and_what_waits_is_counted(folder: Path):
    project = opened(folder, "1")
    done = run_flows(["nudge", "route"], project, project.clock())
    assert list(done["flows"]) == ["route", "nudge"]
    assert done["notifications"] == {"pending": 2, "held": 0, "to_retry": 0}
    assert run_flows(["deliver"], project, project.clock())["notifications"]["sent"] == 2


def test_it_says_in_one_line_why_prefect_has_no_part(folder: Path, monkeypatch: pytest.MonkeyPatch):
    project = opened(folder)
    assert "no server is set" in run_flows(["nudge"], project, project.clock())["notice"]
    monkeypatch.setenv("PREFECT_API_URL", "http://user:secret@127.0.0.1:9/api")
    notice = run_flows(["nudge"], project, project.clock())["notice"]
    assert notice == "Prefect: the server at http://127.0.0.1:9/api does not answer, so the flows run directly."


def test_what_the_work_raises_reaches_the_caller(folder: Path, monkeypatch: pytest.MonkeyPatch):
    project = opened(folder)

    def taken(*_: object) -> dict[str, object]:
        raise LeaseTaken(flow="route", until="later")

    monkeypatch.setitem(work.WORK, "route", taken)  # type: ignore[arg-type]
    with pytest.raises(LeaseTaken):
        run_flows([], project, project.clock())


def test_prefect_is_not_imported_without_a_server(folder: Path):
    code = (
        "import sys; from pathlib import Path; from flows.run import run_flows;"
        "from leadrelay.project import open_project;"
        f"project = open_project(Path(sys.argv[1]), '{NOW}', 'take_up');"
        "done = run_flows([], project, project.clock());"
        "import json; print(json.dumps([done, [name for name in sys.modules if name.startswith('prefect')]]))"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", code, str(folder)], env=variables, capture_output=True, text=True, check=True
    )
    done, imported = json.loads(ran.stdout)
    assert done["via"] == "direct" and imported == []


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every question with what the server was told to say."""

    def do_GET(self) -> None:
        status, body = self.server.answer  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def answering() -> Iterator[http.server.HTTPServer]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "well"),
    [((200, b"true"), True), ((200, b"<html>"), False), ((503, b"true"), False), ((404, b""), False)],
)
def test_a_server_is_healthy_only_if_it_says_so(
    answering: http.server.HTTPServer, answer: tuple[int, bytes], well: bool
):
    answering.answer = answer  # type: ignore[attr-defined]
    assert healthy(f"http://127.0.0.1:{answering.server_port}/api/") is well


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://", "ftp://127.0.0.1:9/x", "http://127.0.0.1:9/api", "http://[::1"]
)
def test_no_address_makes_it_fail(url: str):
    assert healthy(url) is False


def test_the_environment_is_quiet_and_keeps_what_the_user_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in environment.QUIET:
        monkeypatch.setenv(name, "mine" if name == "PREFECT_LOGGING_LEVEL" else "")
        if name != "PREFECT_LOGGING_LEVEL":
            monkeypatch.delenv(name)
    for name in (
        "PREFECT_HOME",
        "PREFECT_API_URL",
        "PREFECT_CLIENT_MAX_RETRIES",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL",
    ):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    environment.prepare("http://127.0.0.1:1/api", tmp_path)
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert (os.environ["DO_NOT_TRACK"], os.environ["PREFECT_LOGGING_LEVEL"]) == ("1", "mine")
    server = environment.server_environment(tmp_path, 4200, "us:password")
    assert "PREFECT_API_URL" not in server
    assert server["PREFECT_API_DATABASE_CONNECTION_URL"].endswith(f"{tmp_path}/var/prefect/prefect.db")
