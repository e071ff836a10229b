"""Prefect's server, tried as an attacker would: by a process of this machine, and by a foreign page in a browser."""

import html
import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.password import kept_password
from tests.flows.browser import browser, opened_page
from tests.flows.test_serve import PATIENCE, Served, eventually
from tests.flows.world import make_project

pytestmark = [pytest.mark.prefect, pytest.mark.serve, pytest.mark.timeout(400)]

SECRETS = {
    "LEADRELAY_WEB__SECRET": "links are signed with this 123",
    "LEADRELAY_WEB__API_KEY": "callers must show this 45678",
    "LEADRELAY_SYSTEMS__HUBSPOT__TOKEN": "the token of the CRM 9012",
    "LEADRELAY_CHANNELS__SLACK": "json://token-of-slack.example",
    "LEADRELAY_WEB__PORT": "8499",
}
ENTRY = {"name": "x", "flow_id": "00000000-0000-0000-0000-000000000000", "entrypoint": "/tmp/x.py:x"}
STOLEN = {"parameters": {"folder": "/tmp/elsewhere", "now": "2036-01-01"}, "state": {"type": "SCHEDULED"}}
CALLS = [
    ("POST", "/flows/filter", {}),
    ("POST", "/deployments/filter", {}),
    ("POST", "/flow_runs/filter", {}),
    ("POST", "/logs/filter", {}),
    ("POST", "/artifacts/filter", {}),
    ("GET", "/deployments/{deployment}", None),
    ("POST", "/deployments/{deployment}/create_flow_run", STOLEN),
    ("PATCH", "/deployments/{deployment}", {"parameters": STOLEN["parameters"], "entrypoint": "/tmp/x.py:x"}),
    ("POST", "/deployments/{deployment}/pause_deployment", {}),
    ("DELETE", "/deployments/{deployment}", None),
    ("POST", "/deployments/", ENTRY),
    ("POST", "/flow_runs/", {"flow_id": ENTRY["flow_id"], **STOLEN}),
    ("POST", "/variables/", {"name": "x", "value": "y"}),
    ("POST", "/work_pools/", {"name": "x", "type": "process"}),
    ("POST", "/admin/database/clear", {"confirm": True}),
    ("GET", "/admin/settings", None),
    ("GET", "/csrf-token?client=x", None),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A serving process with secrets in its environment and an umask that keeps nobody out."""
    found = Served(make_project(tmp_path_factory.mktemp("closed") / "project"), umask=0, **SECRETS)
    eventually(lambda: found.said("Prefect: flow runs and their pages are at") == 1, found)
    eventually(lambda: len(deployments(found)) == 5, found)
    yield found
    found.process.terminate()
    found.process.wait(PATIENCE)


def deployments(served: Served) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.ask("/deployments/filter", {})
    return found


def runs_with_parameters(served: Served) -> list[str]:
    """The runs that an attacker made: those that the server schedules have no parameters."""
    return sorted(one["id"] for one in served.ask("/flow_runs/filter", {}) if one["parameters"])


def call(served: Served, method: str, path: str, body: object, **headers: str) -> int:
    """The status of an answer."""
    data = None if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(f"{served.note()['url']}{path}", data, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        assert "WWW-Authenticate" not in error.headers, "a browser would ask for the password and send it for any page"
        return error.code


def children(parent: int) -> list[int]:
    """Every process below this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                child = int(path.parent.name)
                found += [child, *children(child)]
        except OSError:
            continue
    return found


def test_a_process_of_this_machine_without_the_password_can_do_nothing(served: Served):
    before = deployments(served)
    for method, path, body in CALLS:
        where = path.format(deployment=before[0]["id"])
        assert call(served, method, where, body) == 401, path
        assert call(served, method, where, body, Authorization="Basic OnBhc3M=") == 401, path
        assert call(served, method, where, body, Authorization="Bearer x", Host="localhost") == 401, path
    assert runs_with_parameters(served) == []
    assert [(one["id"], one["entrypoint"], one["paused"]) for one in deployments(served)] == [
        (one["id"], one["entrypoint"], False) for one in before
    ]


LISTENER = """
import json, sys
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
for path in ("/events/in", "/events/out", "/logs/out"):
    for token in (None, "leadrelay:wrong"):
        with connect(sys.argv[1] + path, subprotocols=["prefect"], proxy=None) as line:
            line.send(json.dumps({"type": "auth", "token": token}))
            try:
                print(line.recv(10))
            except ConnectionClosed as error:
                print(error.rcvd.code)
"""


def test_nor_can_it_listen(served: Served):
    command = [sys.executable, "-c", LISTENER, served.note()["url"].replace("http", "ws")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.split() == ["1008"] * 6, "each is closed: policy violation"


def test_who_has_the_password_can_name_neither_a_folder_nor_a_time(served: Served, tmp_path: Path):
    """A flow has no parameters: a run that names some fails before it does anything."""
    elsewhere = tmp_path / "elsewhere"
    where = f"/deployments/{deployments(served)[0]['id']}/create_flow_run"
    run = served.ask(where, {"parameters": {"folder": str(elsewhere), "now": "2036-01-01"}})["id"]
    ended = ("FAILED", "CRASHED", "COMPLETED")
    eventually(lambda: served.ask(f"/flow_runs/{run}")["state"]["type"] in ended, served)
    assert served.ask(f"/flow_runs/{run}")["state"]["type"] != "COMPLETED"
    said = [one["message"] for one in served.ask("/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})]
    assert "SignatureMismatchError: Function expects parameters []" in "\n".join(said)
    assert served.rows("SELECT flow FROM sweeps WHERE at > 1900000000000000") == []
    assert not elsewhere.exists()


def test_secrets_are_in_no_log_no_command_line_and_no_environment_but_of_those_who_need_them(served: Served):
    password = kept_password(served.folder)
    assert password and password.startswith("leadrelay:")
    server = served.note()["pid"]
    of_the_server = [server, *children(server)]
    everybody = [served.process.pid, *children(served.process.pid), *of_the_server]
    assert len(everybody) >= 3
    for process in set(everybody):
        assert password.encode() not in Path(f"/proc/{process}/cmdline").read_bytes()
    for process in of_the_server:
        environment = Path(f"/proc/{process}/environ").read_bytes()
        for name, value in SECRETS.items():
            assert value.encode() not in environment and name.encode() not in environment
    for process in set(everybody) - {served.process.pid, *of_the_server}:
        assert SECRETS["LEADRELAY_WEB__API_KEY"].encode() not in Path(f"/proc/{process}/environ").read_bytes()
    files = [path for path in served.folder.rglob("*") if path.is_file() and path.name not in ("password", "serve.log")]
    for path in [*files, served.log]:
        if path.exists():  # a journal may just have gone
            content = path.read_bytes()
            assert all(one.encode() not in content for one in (password, password.partition(":")[2])), path
            assert all(value.encode() not in content for name, value in SECRETS.items() if "PORT" not in name), path


def test_whatever_the_umask_only_the_owner_can_read_what_it_makes(served: Served):
    served.take_in("M1")
    eventually(lambda: served.decided("M1"), served)
    eventually(lambda: len(list((served.folder / "var/mail").glob("*.eml"))) == 2, served)
    found = [served.folder / "var", *(served.folder / "var").rglob("*")]
    assert {path.name for path in found} >= {"leadrelay.db", "prefect.db", "server.log", "schedules.log", "password"}
    for path in found:
        try:
            mode = path.stat().st_mode & 0o777
        except FileNotFoundError:  # a journal that has just gone
            continue
        if path.is_relative_to(served.folder / "var/prefect/ui"):  # Prefect's own pages, as it copies them
            continue
        assert mode & 0o077 == 0, f"{path}: {mode:o}"


PAGE = """<!doctype html><title>Win a price</title><body><pre id=said></pre><script>
const attempts = ATTEMPTS, said = {};
async function tried(name, url, options) {
  try {
    const answer = await fetch(url, options);
    said[name] = answer.type === "opaque" ? "opaque" : answer.status + " " + (await answer.text()).slice(0, 60);
  } catch (error) { said[name] = "refused"; }
}
(async () => {
  for (const [name, url, options] of attempts) await tried(name, url, options);
  document.getElementById("said").textContent = JSON.stringify(said);
})();
</script></body>"""


class Evil:
    """A page of another origin, which tries calls when it is opened."""

    def __init__(self, attempts: list[tuple[str, str, dict[str, Any]]]) -> None:
        page = PAGE.replace("ATTEMPTS", json.dumps(attempts)).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def visited(self) -> dict[str, str]:
        """What each attempt of the page came to."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            shown = opened_page(f"http://localhost:{self._server.server_address[1]}/")
        finally:
            self._server.shutdown()
            self._server.server_close()
        found = re.search(r'<pre id="said">(.*?)</pre>', shown, re.DOTALL)
        assert found and found[1], shown[-500:]
        return dict(json.loads(html.unescape(found[1])))


def test_a_page_of_another_origin_in_a_real_browser_reaches_nothing(served: Served):
    browser()
    before = runs_with_parameters(served)
    url, deployment = served.note()["url"], deployments(served)[0]["id"]
    run, stolen = f"{url}/deployments/{deployment}/create_flow_run", json.dumps(STOLEN)
    as_json = {"Content-Type": "application/json"}
    found = Evil(
        [
            ("it can call at all", f"{url}/health", {"mode": "no-cors"}),
            ("read", f"{url}/admin/settings", {}),
            ("list, simple", f"{url}/flows/filter", {"method": "POST", "body": "{}"}),
            ("list, pre-flight", f"{url}/flows/filter", {"method": "POST", "body": "{}", "headers": as_json}),
            ("run, pre-flight", run, {"method": "POST", "body": stolen, "headers": as_json}),
            ("run, simple", run, {"method": "POST", "body": stolen, "mode": "no-cors"}),
            ("run, with what the browser knows", run, {"method": "POST", "body": stolen, "credentials": "include"}),
            ("change", f"{url}/deployments/{deployment}", {"method": "PATCH", "body": stolen, "headers": as_json}),
            ("guess", run, {"method": "POST", "body": stolen, "headers": {**as_json, "Authorization": "Basic OnA="}}),
            ("health, to read it", f"{url}/health", {}),
        ]
    ).visited()
    assert found.pop("it can call at all") == "opaque"
    assert found.pop("run, simple") == "opaque", "sent, and refused with 401: see below"
    assert set(found.values()) == {"refused"}, found
    assert runs_with_parameters(served) == before
    assert deployments(served)[0]["parameters"] == {}


def test_nor_does_it_reach_intake(tmp_path: Path):
    """Without a key only this machine may hand in requests: a program of it may, a page in its browser may not."""
    browser()
    served = Served(make_project(tmp_path / "project"), "--without-prefect", LEADRELAY_WEB__PORT="8498")
    try:
        eventually(lambda: served.said("web: pages are at") == 1, served)
        url, lead = "http://127.0.0.1:8498/api/requests", {"kind": "renewal", "summary": "Terms"}
        as_json = {"Content-Type": "application/json"}
        body, by_name = json.dumps({**lead, "id": "evil"}), url.replace("127.0.0.1", "localhost")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        found = Evil(
            [
                ("it can call at all", "http://127.0.0.1:8498/health", {"mode": "no-cors"}),
                ("simple", url, {"method": "POST", "body": body, "mode": "no-cors"}),
                ("simple, to read it", url, {"method": "POST", "body": body}),
                ("a form", url, {"method": "POST", "body": "id=evil&kind=renewal", "headers": form, "mode": "no-cors"}),
                ("pre-flight", url, {"method": "POST", "body": body, "headers": as_json}),
                (
                    "by name",
                    by_name,
                    {"method": "POST", "body": body, "headers": as_json},
                ),
            ]
        ).visited()
        assert found.pop("it can call at all") in ("opaque", "refused"), "its resource policy may keep it out too"
        assert set(found.values()) <= {"opaque", "refused"}, found
        assert served.rows("SELECT id FROM requests") == []
        own = urllib.request.Request(url, json.dumps({**lead, "id": "own"}).encode(), as_json)
        with urllib.request.urlopen(own, timeout=10) as answer:
            assert answer.status in (200, 201, 202)
        assert len(served.rows("SELECT id FROM requests")) == 1
    finally:
        served.process.terminate()
        served.process.wait(PATIENCE)
