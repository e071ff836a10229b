"""What is fuzzed: rule files, rows, payloads, forms and paths, each by the function that strangers or ops reach."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from leadrelay.clock import HOUR
from leadrelay.errors import LeadrelayError
from leadrelay.intake.importer import KINDS, intake_of
from leadrelay.links import Purpose, Signer, Ticket
from leadrelay.project import Project, open_project
from leadrelay.rulebook.differences import differences
from leadrelay.rulebook.load import BESIDE, load, read_files
from leadrelay.rulebook.problem import show
from leadrelay.web.app import create_app
from tests.fuzz.mutate import TOKENS, mutated
from tests.round_trip.world import FILES as MAPS
from tests.round_trip.world import SAMPLES
from tests.web.world import NOW, SECRET, make_project

ROOT = Path(__file__).parents[2]
LISTS = "rules/lists/"
LARGEST_SEED = 6_000
"""Characters; the effort goes into many cases, not into long ones."""
ROWS = (
    "id,summary,contact.email,account.name,received_at,expected_value\n1,Lathe,a@b.example,Vries,2026-11-20,125\n",
    "id;name;domain;employees;revenue;country\n1;De Vries;devries.example;250;1.234,56;NL\n2;Maas;;;;\n",
    "id,name,email,phone,consent,account\n3,Eva,eva@maas.example,+31 20 123 45 67,yes,1\n",
    "id,name,stage,expected_value,win_chance,decision_on\n7,Hall,quote,99.95,50 %,2026-12-01\n",
    "at,kind,direction,summary,contact\n2026-11-20 09:12,call,in,Hello,3\n",
    'id,name,email,roles,active\nan,An,an@example.com,"seller; closer",yes\n',
    '[{"id": "w1", "summary": "A lathe", "contact": {"name": "Eva", "email": "eva@maas.example"}}]',
    '{"requests": [{"id": 1, "received_at": "2026-11-20T09:12:00+01:00", "expected_value": 12500.5}]}',
    '{"id": 2, "summary": "x"}\n{"id": 3, "summary": "y", "contact.email": "c@d.example"}\n',
)


class Failed(Exception):
    """A call was answered as nobody foresaw."""


class World:
    """A small project with its web application, for one worker. `folder` is made."""

    def __init__(self, folder: Path) -> None:
        make_project(folder).database.close()
        self.folder = folder
        self.project: Project = open_project(folder, NOW)
        web = self.project.settings.web.model_copy(update={"secret": _Secret(SECRET), "api_key": _Secret(SECRET)})
        systems = {name: _system() for name in ("hubspot", "salesforce", "pipedrive", "dynamics", "zoho")}
        self.project.settings = self.project.settings.model_copy(update={"web": web, "systems": systems})
        self.project.files = {**self.project.files, **MAPS}
        self.loop = asyncio.new_event_loop()
        self.app = create_app(self.project, lambda _line: None, _Raising("fuzz"))
        self.signer = Signer(SECRET)
        whole = read_files(ROOT)
        self.rules = {
            file: text for file, text in whole.items() if len(text) <= LARGEST_SEED and not file.startswith("packs/")
        }
        self.base = {file: text for file, text in self.rules.items() if file in BESIDE or file.startswith(LISTS)}
        self.before = load(self.base)
        self.rows = (
            *ROWS,
            *(one.read_text("utf-8") for one in sorted(SAMPLES.iterdir()) if one.suffix in (".json", ".xml", ".csv")),
        )

    def close(self) -> None:
        """Ends the world."""
        self.loop.close()
        self.project.database.close()

    def rule_file(self, random: Random) -> None:
        """A rule file, list, test or template with a fault or two in it, beside sound ones."""
        file = random.choice(sorted(self.rules))
        text = mutated(random, [self.rules[file], *random.sample(sorted(self.rules.values()), 3)])
        loaded = load({**self.base, file: text}, proofread=random.random() < 0.5)
        for problem in loaded.problems[:5]:
            show(problem, loaded.files)
        if loaded.usable:
            differences(loaded, self.before)

    def row_file(self, random: Random) -> None:
        """A file to import, with a map or without."""
        seed = random.choice(self.rows)
        name = {"[": "in.json", "{": "in.ndjson", "<": "in.xml"}.get(seed.lstrip()[:1], "in.csv")
        text = mutated(random, [seed] * 3 + [random.choice(self.rows)])
        path = self.folder / name
        path.write_bytes(text.encode("utf-8", random.choice(("surrogatepass", "replace"))))
        map_ = random.choice((None, *(Path(one).stem for one in MAPS)))
        kind = None if map_ else random.choice((None, *KINDS))
        with suppress(LeadrelayError):
            intake_of(self.project).take(str(path), kind, map_)

    def payload(self, random: Random) -> None:
        """What is posted to the intake API and to webhooks."""
        names = ",".join(random.choices([Path(one).stem for one in MAPS], k=random.choice((1, 1, 2))))
        path = random.choice(("/api/requests", f"/hooks/{names}", f"/hooks/{names}/{SECRET}"))
        headers = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"}
        if random.random() < 0.2:
            headers[random.choice(("idempotency-key", "x-signature", "x-hubspot-signature-v3", "host"))] = mutated(
                random, TOKENS
            )
        self._call("POST", path, headers, mutated(random, self.rows).encode("utf-8", "surrogatepass"))

    def form(self, random: Random) -> None:
        """A form that is sent from the page behind a link."""
        purpose = random.choice(list(Purpose))
        subject = random.choice(
            ("request/42", "request/43", "contact/3", "account/1", "opportunity/7", random.choice(TOKENS))
        )
        holder = random.choice(("an", "bram", "gone", "contact/3", random.choice(TOKENS)))
        number = str(random.getrandbits(30))
        with suppress(UnicodeEncodeError):
            token = self.signer.sign(Ticket(purpose, subject, holder, number, self.project.clock() + HOUR))
            body = mutated(
                random, ("to=an", "for=3+days", "why=a+student&x=%20", "List-Unsubscribe=One-Click", "&" * 60)
            )
            way = "unsubscribe" if purpose is Purpose.UNSUBSCRIBE else "act"
            headers = {"content-type": "application/x-www-form-urlencoded"}
            self._call(
                random.choice(("POST", "POST", "GET")),
                f"/{way}/{token}",
                headers,
                body.encode("utf-8", "surrogatepass"),
            )

    def path(self, random: Random) -> None:
        """An address that somebody tries, with any method and odd headers."""
        path = mutated(
            random, ("/act/x.y", "/unsubscribe/x.y", "/api/requests", "/hooks/zoho_leads/x", "/health", "/?a=b")
        )
        names = (
            "host",
            "accept-language",
            "authorization",
            "content-type",
            "content-length",
            "cookie",
            "origin",
            "x-forwarded-for",
        )
        headers = {random.choice(names): mutated(random, ("nl-BE,nl;q=0.9", "Basic eDp5", "Bearer x", "a" * 50))}
        self._call(random.choice(("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "X")), path, headers, b"")

    def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """One call of the application, without a network. Raises Failed when it is answered with 500 or worse."""
        from urllib.parse import unquote_to_bytes

        raw, _, query = path.encode("utf-8", "surrogatepass").partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers.items()],
            "client": ("203.0.113.9", 1),
            "server": ("127.0.0.1", 8400),
        }
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        self.loop.run_until_complete(self.app(scope, receive, send))
        if not statuses or statuses[0] >= 500:
            raise Failed(f"{method} {path[:60]!r} was answered {statuses}")


TARGETS: Mapping[str, Callable[[World, Random], None]] = {
    "rule files": World.rule_file,
    "rows": World.row_file,
    "payloads": World.payload,
    "forms": World.form,
    "paths": World.path,
}
SHARES = {"rule files": 25, "rows": 25, "payloads": 20, "forms": 10, "paths": 20}
"""Of a hundred cases."""


class _Raising(logging.Logger):
    """Raises what the application would log."""

    def error(self, _message: object, *_: object, exc_info: Any = None, **__: Any) -> None:
        raise exc_info


class _Secret:
    """A secret, without the models of the settings."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self) -> str:
        """The text."""
        return self._text


def _system() -> Any:
    from leadrelay.settings_model import SystemSettings

    return SystemSettings(secret=SECRET)
