"""Stand-ins of listmonk and Mautic for tests: real HTTP servers that keep what they are told, and can fail."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]


class StandIn:
    """A server on this machine for as long as the `with` block. `fail` says what to answer instead, by path."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.fail: Callable[[str], int | None] = lambda path: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {key.lower(): value for key, value in self.headers.items()}
                outer.asked.append((self.command, self.path, headers, body))
                wrong = outer.fail(self.path)
                status, answer = (wrong, {"message": "no"}) if wrong else outer.answer(self.command, self.path, body)
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = _any  # noqa: N815  (the names that http.server wants)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """What it says when nothing is wrong."""
        return 200, {"ok": True}

    def __enter__(self) -> Any:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class ListmonkStandIn(StandIn):
    """Subscribers by e-mail, as POST, GET and PUT under /api/subscribers have them."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        split = urlsplit(path)
        parts = split.path.removeprefix("/api/subscribers").strip("/").split("/")
        given = json.loads(body) if body else {}
        if method == "POST":
            return self._new(given)
        if method == "GET":
            wanted = parse_qs(split.query)["query"][0].partition("= '")[2].removesuffix("'").replace("''", "'")
            found = [self._shown(one) for one in self.people.values() if one["email"] == wanted]
            return 200, {"data": {"results": found}}
        if parts == ["lists"]:
            for one in self.people.values():
                if one["id"] in given["ids"]:
                    lists = set(given["target_list_ids"])
                    one["lists"] = one["lists"] | lists if given["action"] == "add" else one["lists"] - lists
            return 200, {"data": True}
        one = next(one for one in self.people.values() if str(one["id"]) == parts[0])
        one["status"] = "blocklisted" if parts[1:] == ["blocklist"] else given["status"]
        return 200, {"data": True}

    def _new(self, given: dict[str, Any]) -> Answer:
        if given["email"] in self.people:
            return 409, {"message": "E-mail already exists."}
        one = {**given, "id": len(self.people) + 1, "lists": set(given["lists"])}
        self.people[given["email"]] = one
        return 200, {"data": self._shown(one)}

    @staticmethod
    def _shown(one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "lists": [{"id": number} for number in sorted(one["lists"])]}


class MauticStandIn(StandIn):
    """Contacts kept apart by e-mail, segments, 'do not contact', and a token for OAuth 2."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, int] = {}
        self.segments: dict[str, set[int]] = {}
        self.never: set[int] = set()

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        parts = path.strip("/").split("/")
        if path == "/oauth/v2/token":
            return 200, {"access_token": "t0ken"}
        if path == "/api/contacts/new":
            number = self.ids.setdefault(json.loads(body)["email"], len(self.ids) + 1)
            return 201, {"contact": {"id": number}}
        if parts[1] == "contacts":
            (self.never.add if parts[-1] == "add" else self.never.discard)(int(parts[2]))
        else:
            members = self.segments.setdefault(parts[2], set())
            (members.add if parts[-1] == "add" else members.discard)(int(parts[4]))
        return 200, {"success": 1}
