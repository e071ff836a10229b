"""What the tests of the pages share: a small project, its web server on a free port, and links into it."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import insert, select

from leadrelay.clock import HOUR, Instant
from leadrelay.links import Purpose, Signer, Ticket
from leadrelay.project import Project, open_project
from leadrelay.store import history
from leadrelay.store.schema import accounts, contacts, episodes, messages, opportunities, requests
from leadrelay.web.patience import Limits
from leadrelay.web.server import WebServer

SECRET = "0123456789abcdef0123456789abcdef"
NOW = "2026-11-20 09:13"  # a Friday
TEAM = """\
people:
  - {id: an, name: An Peeters, email: an@example.com, language: nl, roles: [seller]}
  - {id: bram, name: Bram Visser, email: bram@example.com}
  - {id: chris, name: Chris Smit, email: chris@example.com, away: [{from: 2026-11-16, until: 2026-11-27, deputy: bram}]}
  - {id: evi, name: Evi, email: evi@example.com, away: [{from: 2026-11-16, until: 2026-11-27}]}
  - {id: gone, name: Gone, email: gone@example.com, active: false}
"""
RULES = """\
rulebook: waiting
about: What waits.
subject: request
flow: nudge
hit: all
scope: {request.status: open}
rules:
  - id: waits
    about: Nobody answered.
    when: {request.first_response_at: {known: false}}
    then: [{notify: {to: request.owner, template: nudge}}]
"""
TEMPLATE = """\
{% extends layout %}
{% block subject %}About {{ who }}{% endblock %}
{% block intro %}Something.{% endblock %}
{% block todo %}Something.{% endblock %}
"""


def make_project(folder: Path) -> Project:
    """A project with a team, one rule, and subjects: request/42 of bram with contact/3 and account/1, opportunity/7."""
    (folder / "rules").mkdir(parents=True)
    (folder / "templates" / "en").mkdir(parents=True)
    (folder / "leadrelay.toml").write_text('[company]\nname = "Werkplaats & Zn"\nlanguage = "en"\n', "utf-8")
    (folder / "rules" / "team.yaml").write_text(TEAM, "utf-8")
    (folder / "rules" / "waiting.yaml").write_text(RULES, "utf-8")
    root = Path(__file__).parents[2] / "templates"
    for layout in ("base.txt.j2", "base.html.j2"):
        (folder / "templates" / layout).write_text((root / layout).read_text("utf-8"), "utf-8")
    for name in ("nudge", "assigned", "passed_on"):
        (folder / "templates" / "en" / f"{name}.j2").write_text(TEMPLATE, "utf-8")
    project = open_project(folder, NOW, rules="take_up")
    assert not project.refused
    fill(project)
    return project


def fill(project: Project) -> None:
    """Subjects to act on."""
    now = project.clock()
    with project.database.begin() as conn:
        conn.execute(insert(accounts).values(id="1", name="De Vries", owner="bram"))
        conn.execute(
            insert(contacts).values(id="3", name="Sanne", email="s@devries.example", language="nl", account="1")
        )
        for name, status in (("42", "open"), ("43", "closed")):
            values = {"id": name, "summary": "Two lathes", "contact": "3", "account": "1", "owner": "bram"}
            conn.execute(insert(requests).values(**values, status=status, received_at=now - HOUR, desk="sales"))
        conn.execute(insert(opportunities).values(id="7", name="Hall", owner="bram", account="1", contact="3"))
        key = {"rule_key": "waits", "subject": "request/42", "number": 1}
        conn.execute(insert(episodes).values(**key, began_at=now - HOUR))


@dataclass
class Ear:
    """A voice that is listened to."""

    lines: list[str] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    troubles: set[str] = field(default_factory=set)

    def say(self, line: str) -> None:
        self.lines.append(line)
        self.heard.set()

    def trouble(self, about: str, line: str) -> None:
        if about not in self.troubles:
            self.troubles.add(about)
            self.say(line)

    def over(self, about: str, line: str) -> None:
        pass


@dataclass
class Site:
    """A running server: its project, and a client that follows nothing by itself."""

    project: Project
    client: httpx.Client
    ear: Ear

    @property
    def now(self) -> Instant:
        return self.project.clock()

    def link(
        self, purpose: Purpose, subject: str = "request/42", holder: str = "an", message: str = "m1", lasts: int = HOUR
    ) -> str:
        """The path of a link, signed as messages have it."""
        token = Signer(SECRET).sign(Ticket(purpose, subject, holder, message, self.now + lasts))
        assert token is not None
        return f"/{'unsubscribe' if purpose is Purpose.UNSUBSCRIBE else 'act'}/{token}"

    def changes(self) -> list[tuple[str, str, str | None, str]]:
        """(subject, field, new value as JSON, cause) of everything in history."""
        with self.project.database.read() as conn:
            names = ["request/42", "request/43", "contact/3", "account/1", "opportunity/7"]
            found = history.of(conn, names)
        rows = sorted((row for rows in found.values() for row in rows), key=lambda row: row.id)
        return [(row.subject, row.field, row.new, row.cause) for row in rows]

    def told(self) -> list[tuple[str, str, str]]:
        """(to, template, subject) of every message in the outbox."""
        with self.project.database.read() as conn:
            rows = conn.execute(select(messages.c.to, messages.c.template, messages.c.subject).order_by(messages.c.id))
            return [(row[0], row[1], row[2]) for row in rows]

    def stored(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table that an act could change."""
        with self.project.database.read() as conn:
            names = [row[0] for row in conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: [tuple(row) for row in conn.exec_driver_sql(f'SELECT * FROM "{name}"')] for name in names}


@contextmanager
def served(project: Project, limits: Limits | None = None) -> Iterator[Site]:
    """The project's web server on a free port, stopped at the end."""
    stop, ear = threading.Event(), Ear()
    port = free_port()
    web = project.settings.web.model_copy(update={"port": port})
    project.settings = project.settings.model_copy(update={"web": web})
    server = WebServer(project, ear, stop, limits)
    server.start()
    try:
        assert ear.heard.wait(20), "the server did not start"
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
            yield Site(project, client, ear)
    finally:
        stop.set()
        server.join(20)
        assert not server.is_alive()


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def text_of(page: str) -> str:
    """What a reader sees of a page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]).split())
