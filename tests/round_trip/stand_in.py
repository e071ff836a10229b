"""A real HTTP server that stands in for a CRM: it holds records, counts calls, and fails as it is told."""

import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from leadrelay.settings_model import SystemSettings

HANG_UP, HANG = 0, 1
"""Answers that are none: the connection ends after the change was made; the caller waits for ever."""


class Called(NamedTuple):
    """One call that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class StandIn:
    """Runs as long as the `with` block; `answers` are the statuses of the first calls, then 200."""

    def __init__(self, *answers: int, headers: dict[str, str] | None = None, body: Any = None) -> None:
        self.calls: list[Called] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.answers = list(answers)
        self.before: Callable[[], None] = lambda: None
        self.taken = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_PATCH(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                call = Called(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(raw))
                status = outer.answers.pop(0) if outer.answers else 200
                outer.calls.append(call)
                if status < 300:
                    key, fields = record_of(call)
                    outer.records.setdefault(key, {}).update(fields)
                outer.before()
                outer.taken.set()
                if status in (HANG_UP, HANG):
                    time.sleep(60 if status == HANG else 0)
                    self.close_connection = True
                    return
                answer = json.dumps(body or {}).encode()
                self.send_response(status)
                for name, value in (headers or {}).items() if status >= 300 else ():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_PUT = do_POST = do_PATCH  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def settings(self, **more: Any) -> SystemSettings:
        """How leadrelay.toml would name this system."""
        return SystemSettings(url=self.url, token="t0ken", **more)

    def __enter__(self) -> "StandIn":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def record_of(call: Called) -> tuple[str, dict[str, Any]]:
    """Whose record a call changes, and its fields, in the shape of each vendor."""
    body = call.body
    if "/crm/v6/" in call.path:
        (record,) = body["data"]
        return record["id"], {k: v for k, v in _flat(record).items() if k != "id"}
    if "/api/data/" in call.path:
        found = re.search(r"\((.*)\)$", call.path)
        assert found
        fields = {k: v for k, v in body.items() if not k.startswith("ownerid")}
        if "ownerid@odata.bind" in body:
            fields["ownerid"] = body["ownerid@odata.bind"].removeprefix("/systemusers(").rstrip(")")
        return found[1], fields
    if call.path in ("", "/"):
        return body["id"], _flat(body["fields"])
    return call.path.rpartition("/")[2], body.get("properties", body)


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name}.{inner}" if inner else name: one
        for name, value in fields.items()
        for inner, one in (value.items() if isinstance(value, dict) else (("", value),))
    }
