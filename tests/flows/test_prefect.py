"""The real thing: a Prefect server of the project's own, flow runs and artifacts that exist in it, and its end.

Flows run in a process of their own, as they do for a user; the process of the tests never imports Prefect.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.password import authorization, kept_password
from flows.run import admits, healthy
from flows.server import Server, local_server, start
from leadrelay.clock import parse_time
from leadrelay.errors import NoPrefectServer
from leadrelay.zone import zone_of
from tests.flows.world import NOW, ROOT, make_project, opened, register

pytestmark = [pytest.mark.prefect, pytest.mark.serve]

PROGRAM = """
import json, sys
from pathlib import Path
from flows.run import run_flows
from leadrelay.errors import LeadrelayError
from leadrelay.project import open_project
project = open_project(Path(sys.argv[1]), sys.argv[2], "live")
try:
    print(json.dumps(run_flows([], project, project.clock())))
except LeadrelayError as error:
    print(json.dumps({"raised": type(error).__name__}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = make_project(tmp_path_factory.mktemp("prefect") / "project")
    opened(found, "1", "2").database.close()
    return found


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with local_server(folder) as running:
        yield running


def run(folder: Path, server: Server, now: str = NOW) -> tuple[dict[str, Any], str]:
    """All flows in a fresh process that knows the server: what was done, and what stood on standard error."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PREFECT_API_URL": server.url}
    command = [sys.executable, "-c", PROGRAM, str(folder), now]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout), ran.stderr


def ask(server: Server, folder: Path, what: str, **body: object) -> list[dict[str, Any]]:
    """What the server's API says to whoever has the password."""
    headers = {"Content-Type": "application/json", **authorization(kept_password(folder) or "")}
    request = urllib.request.Request(f"{server.url}/{what}/filter", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def test_every_flow_is_a_run_with_an_artifact(server: Server, folder: Path):
    done, said = run(folder, server)
    assert (done["via"], done["notice"], said) == ("prefect", None, "")
    assert (done["flows"]["route"]["decided"], done["notifications"]["sent"]) == (2, 4)
    assert len(list((folder / "var/mail").glob("*.eml"))) == 4

    flows = {flow["id"]: flow["name"] for flow in ask(server, folder, "flows")}
    runs = ask(server, folder, "flow_runs", sort="START_TIME_ASC")
    assert [flows[one["flow_id"]] for one in runs] == ["route", "escalate", "nudge", "nurture", "deliver"]
    assert {one["state"]["type"] for one in runs} == {"COMPLETED"}
    assert runs[0]["parameters"] == {}
    artifacts = {one["flow_run_id"]: one for one in ask(server, folder, "artifacts")}
    assert {one["key"] for one in artifacts.values()} == {f"leadrelay-{name}" for name in flows.values()}
    page = artifacts[runs[0]["id"]]["data"]
    assert page.startswith("# route, 2026-11-20T09:13:00+01:00") and "| decided | 2 |" in page

    again, _ = run(folder, server)
    assert again["via"] == "prefect" and again["notifications"]["sent"] == 0
    assert len(ask(server, folder, "flow_runs")) == 10


def test_what_the_work_raises_is_a_failed_run_and_reaches_the_caller_without_a_traceback(server: Server, folder: Path):
    project = opened(folder)
    register(project.database, parse_time("2026-11-18", zone_of("UTC")), "3")
    project.database.close()
    done, said = run(folder, server, "2026-11-19 12:00")  # before the decisions of the run above
    assert done == {"raised": "ClockBeforeData"} and "Traceback" not in said
    latest = ask(server, folder, "flow_runs", sort="START_TIME_DESC", limit=1)[0]
    assert latest["state"]["type"] == "FAILED"
    assert latest["state"]["message"].startswith("The clock stands at 2026-11-19T12:00:00+01:00")


def test_with_another_password_flows_run_directly_and_it_is_said(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LEADRELAY_PREFECT_AUTH", "leadrelay:not the right one")
    done, said = run(folder, server)
    assert (done["via"], said) == ("direct", "")
    assert "wants another password than ours" in done["notice"] and "not the right one" not in done["notice"]
    assert admits(server.url, kept_password(folder)) and not admits(server.url, None)


def test_a_running_server_is_reused_and_left_alone(server: Server, folder: Path):
    with local_server(folder) as second:
        assert (second.url, second.process) == (server.url, None)
    assert healthy(server.url)


def test_it_stops_when_asked_and_then_flows_run_directly(server: Server, folder: Path):
    assert server.pages == server.url.removesuffix("/api")
    assert server.process is not None and server.process.poll() is None
    server.stop()
    assert server.process.poll() is not None and not healthy(server.url)
    server.stop()  # a second time does nothing
    assert (folder / "var/prefect/prefect.db").exists()
    done, said = run(folder, server)
    assert (done["via"], said) == ("direct", "")
    assert "does not answer" in done["notice"]


def test_a_server_that_cannot_start_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("flows.server.sys.executable", "/bin/false")
    with pytest.raises(NoPrefectServer, match=r"server\.log"):
        start(tmp_path)
