"""Acceptance tests: what shared/contract.md promises, seen through the command line alone, in folders of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from leadrelay.cli import main

NOW = "2026-11-20 09:13"  # a Friday

TEAM = """\
people:
  - {id: an, name: An Peeters, email: an@example.com, roles: [account_manager], pools: [field_sales]}
  - {id: bram, name: Bram Visser, email: bram@example.com, pools: [field_sales]}
  - {id: carla, name: Carla Smit, email: carla@example.com, pools: [inside_sales]}
  - {id: dirk, name: Dirk de Wit, email: dirk@example.com, roles: [sales_director]}
  - {id: gm, name: Greta Mol, email: greta@example.com, roles: [general_management]}
pools:
  field_sales: {members: [an, bram], lead: dirk, fallback: inside_sales}
  inside_sales: {lead: dirk}
"""

CALENDAR = """\
calendars:
  default:
    zone: Europe/Amsterdam
    holidays: NL
    closed: [2026-12-24]
    hours:
      monday-thursday: 09:00-12:30, 13:00-17:30
      friday: 09:00-17:00
"""

TEMPLATE = """\
{% extends layout %}
{% block subject %}About {{ what }}{% endblock %}

{% block intro %}
{{ what }}, from {{ who }}.
{% endblock %}

{% block todo %}
Do it.
{% endblock %}
"""


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback (most recent call last)" not in out + err, (out + err)[-3000:]
        assert code in (0, 1, 2), self

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.out)
        except ValueError as error:  # show what was printed instead
            raise AssertionError(f"no JSON document: {self}") from error

    def ok(self) -> Result:
        assert self.code == 0, self
        return self

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out[:3000]}\n--- err\n{self.err[:3000]}"


def command(*arguments: object) -> Result:
    """Runs one command line in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(word) for word in arguments])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
    return Result(int(code or 0), out.getvalue(), err.getvalue())


class Project:
    """A project folder, and the command line on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def rules(self, text: str, name: str = "rules") -> None:
        self.write(f"rules/{name}.yaml", text)

    def tests(self, text: str, name: str = "tests") -> None:
        self.write(f"rules/tests/{name}.yaml", text)

    def cli(self, *arguments: object) -> Result:
        return command(*arguments, "--project", self.folder)

    # the verbs

    def check(self) -> list[dict[str, Any]]:
        result = self.cli("check", "--json")
        findings = result.json["findings"]
        errors = [finding for finding in findings if finding["severity"] == "error"]
        assert result.code == (1 if errors else result.code), result
        return list(findings)

    def sound(self) -> Project:
        assert [f for f in self.check() if f["severity"] == "error"] == []
        return self

    def run(self, now: str = NOW, *flows: str) -> dict[str, Any]:
        return dict(self.cli("run", *flows, "--now", now, "--json").ok().json)

    def take(self, rows: Iterable[dict[str, Any]], kind: str = "requests", now: str = NOW) -> dict[str, Any]:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        file = self.write(f"in-{kind}.ndjson", lines)
        return dict(self.cli("import", file, "--as", kind, "--json", "--now", now).ok().json)

    def export(self, what: str, now: str = NOW) -> list[dict[str, Any]]:
        return list(self.cli("export", what, "--format", "json", "--now", now).ok().json)

    def one(self, what: str, name: str) -> dict[str, Any]:
        return next(row for row in self.export(what) if row["id"] == name)

    def steps(self) -> list[tuple[str, str, int, str]]:
        return [(row["rule"], row["subject"], row["episode"], row["step"]) for row in self.export("decisions")]

    def messages(self) -> list[tuple[str, str]]:
        return [(row["to"], row["template"]) for row in self.export("notifications")]

    def tested(self) -> dict[str, Any]:
        """The rule tests' report."""
        return dict(self.cli("test", "--json").json)

    def expect(self, tests: str) -> None:
        """These rule tests pass."""
        self.tests(tests)
        result = self.cli("test", "--json")
        wrong = [(test["test"], test["differences"]) for test in result.json["tests"] if not test["passed"]]
        assert wrong == [] and result.code == 0 and result.json["passed"] > 0, wrong


@pytest.fixture(scope="session")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `init` writes it: only its layout templates are used."""
    folder = tmp_path_factory.mktemp("skeleton") / "company"
    assert main(["init", str(folder)]) == 0
    return folder


def make(folder: Path, skeleton: Path) -> Project:
    project = Project(folder)
    project.write("leadrelay.toml", "")
    for layout in ("base.txt.j2", "base.html.j2"):
        project.write(f"templates/{layout}", "")
        shutil.copy(skeleton / "templates" / layout, folder / "templates" / layout)
    for name in ("key_account", "overdue", "news", "assignment_fallback"):
        project.write(f"templates/en/{name}.j2", TEMPLATE)
    project.write("rules/team.yaml", TEAM)
    project.write("rules/calendar.yaml", CALENDAR)
    return project


@pytest.fixture
def project(tmp_path: Path, skeleton: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("LEADRELAY_NOW", "LEADRELAY_DATABASE__URL", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return make(tmp_path / "company", skeleton)


@pytest.fixture(scope="module")
def company(skeleton: Path) -> Callable[[Path], Project]:
    """Makes a project for a whole module; what its commands print is caught without capsys."""
    return lambda folder: make(folder / "company", skeleton)
