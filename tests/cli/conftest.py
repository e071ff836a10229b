"""A fresh project in a temporary folder, and a way to run commands in it as a person would."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leadrelay.cli import main
from leadrelay.commands.start import write_project

NOW = "2026-11-20 09:13"  # a Friday

ROUTING = """\
rulebook: routing
about: Where every new request goes.
subject: request
flow: route
order: 20
hit: first
scope: {request.status: open, request.desk: {known: false}}
rules:
  - id: large-company
    when: {account.employees: {at_least: 250}}
    then:
      - route: sales
      - assign: an
      - notify: {to: an, template: hello}
      - task: {for: an, what: Call, due: 4 working hours}
otherwise:
  - route: inside_sales
  - assign: {pool: inside, by: round_robin}
  - task: {for: request.owner, what: Answer, due: 4 working hours}
"""
TEAM = """\
people:
  - {id: an, name: An Peeters, email: an@example.com}
  - {id: bram, name: Bram Visser, email: bram@example.com}
  - {id: chris, name: Chris Smit, email: chris@example.com}
pools:
  inside: {members: [bram, chris], lead: an}
"""
TEMPLATE = """\
{% extends layout %}
{% block subject %}A request of {{ account.name | default('somebody') }}{% endblock %}
{% block intro %}They ask something.{% endblock %}
{% block todo %}Call them.{% endblock %}
"""
REQUESTS = """\
id,received_at,channel,kind,summary,contact.email,contact.name,account.name,account.employees
1,2026-11-20 09:00,phone,new_project,A lathe,jan@groot.example,Jan,Groot BV,250
2,2026-11-20 09:01,email,other,Call me,piet@klein.example,Piet,Klein BV,3
3,2026-11-20 09:02,email,other,Call me too,kees@klein2.example,Kees,Klein 2 BV,4
"""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; nothing may escape as a traceback."""

    def command(*arguments: object) -> Ran:
        code = main([str(one) for one in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return command


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A project as `init` writes it."""
    folder = tmp_path / "shipped"
    write_project(folder)
    return folder


@pytest.fixture
def small(tmp_path: Path, shipped: Path) -> Path:
    """A project with one rulebook, three people and one template."""
    folder = tmp_path / "small"
    for name, text in (("routing", ROUTING), ("team", TEAM)):
        path = folder / "rules" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for language in ("en", "nl"):
        (folder / "templates" / language).mkdir(parents=True)
        (folder / "templates" / language / "hello.j2").write_text(TEMPLATE, encoding="utf-8")
    for base in (shipped / "templates").glob("*.j2"):
        (folder / "templates" / base.name).write_text(base.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "leadrelay.toml").write_text("", encoding="utf-8")
    (folder / "requests.csv").write_text(REQUESTS, encoding="utf-8")
    return folder


@pytest.fixture
def imported(small: Path, run: Run) -> Path:
    """The small project with its three requests taken in."""
    ran = run("--project", small, "import", small / "requests.csv", "--as", "requests", "--now", NOW)
    assert ran.code == 0, ran
    return small
